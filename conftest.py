"""What pytest does over and above the tests: it skips a notebook that cannot run here, and says at the end what ran."""

import os
from importlib.util import find_spec

import pytest

from nbhelpers.training import prepare_loop

# Notebooks that need more than the course itself.
NEEDS = {"04_or_net_pytorch.ipynb": "torch"}


def pytest_collection_modifyitems(items):
    """Skip the notebooks whose package is missing; on a CI machine they run, and fail."""
    for item in items:
        module = NEEDS.get(item.path.name)
        if module and find_spec(module) is None and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(f"{module} is not installed: pip install -e '.[{module}]'"))
    if any(item.path.suffix == ".ipynb" for item in items):
        # Else the word about the wait for it would be one output more than a notebook has.
        prepare_loop()


def pytest_terminal_summary(terminalreporter):
    """Say what ran, kind by kind, and what was skipped; pytest's own lines before it give the reasons."""
    def count(outcome, kind):
        reports = terminalreporter.stats.get(outcome, [])
        return sum(getattr(report, "when", "call") in ("call", "setup") and kind(report.nodeid) for report in reports)

    kinds = {
        "notebook cells": lambda name: ".ipynb::" in name,
        "browser tests": lambda name: "test_browser" in name,
        "unit tests": lambda name: ".ipynb::" not in name and "test_browser" not in name,
    }
    terminalreporter.section("what ran")
    for name, kind in kinds.items():
        passed, failed, skipped = (count(outcome, kind) for outcome in ("passed", "failed", "skipped"))
        terminalreporter.line(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.line(f"skipped {report.nodeid}: {report.longrepr[-1].removeprefix('Skipped: ')}")
