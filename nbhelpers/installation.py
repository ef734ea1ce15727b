"""Looks for what the course needs: the first cell that a student runs (00_start_here)."""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

PROJECT = "backpropagation-checked"
REPAIR = "close JupyterLab and run `python3 start.py` in the course's folder"


def check_installation() -> None:
    """Print a sentence for everything that is missing or too old, or one that all is well.

    Only what the lessons import is asked for. What shows them, be it JupyterLab, VS Code or a hub, runs already, and
    may do so from another Python.
    """
    print("\n".join(_problems()) or "Everything is there. You can begin.")


def _problems() -> Iterator[str]:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    try:
        python, needs = metadata(PROJECT)["Requires-Python"], requires(PROJECT) or []
    except PackageNotFoundError:
        yield f"The course itself is not installed in this Python ({sys.executable}): {REPAIR}."
        return
    running = ".".join(map(str, sys.version_info[:3]))
    if running not in SpecifierSet(python):
        yield f"Python {running} is too old, {python} is needed: install a newer one, then {REPAIR}."
    for need in map(Requirement, needs):
        # An extra is for those who ask for it, and other systems have needs of their own.
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        repair = f'run `%pip install "{need.name}{need.specifier}"` in a cell and restart the kernel'
        try:
            found = version(need.name)
        except PackageNotFoundError:
            yield f"{need.name} is missing: {repair}."
            continue
        if not need.specifier.contains(found, prereleases=True):
            yield f"{need.name} {found} is too old, {need.specifier} is needed: {repair}."
