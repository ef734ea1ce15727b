"""Looks for what the course needs: the first cell that a student runs (00_start_here)."""

import sys
from importlib.metadata import PackageNotFoundError, metadata, requires, version

PROJECT = "backpropagation-checked"
REPAIR = "close JupyterLab and run `python3 start.py` in the course's folder"


def check_installation():
    """Print a sentence for everything that is missing or too old, or one that all is well. Returns nothing."""
    print("\n".join(_problems() or ["Everything is there. You can begin."]))


def _problems():
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in requires(PROJECT)]
    except PackageNotFoundError:
        return [f"The course itself is not installed in this Python ({sys.executable}): {REPAIR}."]
    problems = []
    if not Requirement(f"python{metadata(PROJECT)['Requires-Python']}").specifier.contains(_python_version()):
        needed = metadata(PROJECT)["Requires-Python"]
        problems.append(f"Python {_python_version()} is too old, {needed} is needed: install a newer one, then {REPAIR}.")
    for requirement in wanted:
        # The extras are for people who want them; only the lab belongs to every student's course.
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": "lab"}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            problems.append(f"{requirement.name} is missing: {REPAIR}.")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            problems.append(f"{requirement.name} {found} is too old, {requirement.specifier} is needed: {REPAIR}.")
    return problems


def _python_version():
    return ".".join(map(str, sys.version_info[:3]))
