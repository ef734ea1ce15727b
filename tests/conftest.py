"""What several test files share."""

import importlib
import os

import pytest


def required(module, how):
    """The imported `module`. Without it the test is skipped, but on a CI machine it fails; `how` says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(how)


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the peer that gradients are compared with."""
    return required("torch", "PyTorch is not installed: pip install -e '.[torch]'")


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
