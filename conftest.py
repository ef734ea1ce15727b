"""What pytest does over and above the tests: it runs the quick cells of a notebook twice, skips a notebook that cannot
run here, lets nobody's own settings in, shares the work out between processes, and says at the end what ran."""

import os
import signal
from copy import deepcopy
from importlib.util import find_spec
from tempfile import TemporaryDirectory

import pytest

from tests.environment import NOTEBOOKS, only_neutral

# Where the compiled loop is missing, NumPy trains fewer networks, for fewer epochs: a lesson's cells have to run, but
# their outputs are not those that are kept.
COMPARED = find_spec("wasmtime") is not None
# A cell that takes longer than this, in seconds, is run a second time only with --whole.
QUICK = 0.1
# Notebooks that need more than the course itself.
NEEDS = {"03_or_net_pytorch.ipynb": "torch"}


def pytest_addoption(parser):
    parser.addoption("--whole", action="store_true", help="try everything, every lesson in the browser to its end")


def pytest_configure(config):
    # A shell starts what it puts in the background with Ctrl-C switched off, and some tests press it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    scratch = TemporaryDirectory(ignore_cleanup_errors=True)
    config.add_cleanup(scratch.cleanup)
    only_neutral(scratch.name)
    # Else it would be looked for in the folder where pytest was started.
    config.option.nbval_sanitize_with = str(config.rootpath / config.option.nbval_sanitize_with)
    if getattr(config.option, "dist", "no") != "no":
        # The cells of a notebook share a kernel, so they stay together; so do the tests of a file, and the browser's.
        config.option.dist, config.option.loadscopereorder = "loadfile", False
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Behind each cell of a notebook put the same cell once more: run twice in a row, it must give the same output."""
    report = yield
    if collector.path.suffix == ".ipynb" and report.passed:
        if collector.path in NOTEBOOKS and not COMPARED:
            for cell in report.result:
                cell.options["check"] = False
        report.result = [item for cell in report.result for item in (cell, again(cell))]
    return report


def again(item):
    # nbval changes the outputs that it compares with.
    cell = deepcopy(item.cell)
    name = f"{item.name} again"
    return type(item).from_parent(item.parent, name=name, cell_num=item.cell_num, cell=cell, options=item.options)


def pytest_runtest_makereport(item, call):
    if call.when == "call" and item.path.suffix == ".ipynb":
        item.parent.seconds = call.duration


def pytest_runtest_setup(item):
    slow = item.name.endswith(" again") and getattr(item.parent, "seconds", 0) > QUICK
    if slow and not item.config.getoption("--whole"):
        pytest.skip("the weekly run runs this cell twice, with --whole")


def pytest_collection_modifyitems(items):
    """Skip the notebooks whose package is missing; on a CI machine they run, and fail."""
    for item in items:
        module = NEEDS.get(item.path.name)
        if module and find_spec(module) is None and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(f"{module} is not installed: pip install -e '.[{module}]'"))
    if "PYTEST_XDIST_WORKER" in os.environ:
        # The long ones first, so that all workers end together: the browser, the lessons, the long files.
        items.sort(key=lambda item: (item.path.name != "test_browser.py", -item.path.stat().st_size))


def pytest_terminal_summary(terminalreporter):
    """Say what ran, kind by kind, and what was skipped; pytest's own lines before it give the reasons."""
    def count(outcome, kind):
        reports = terminalreporter.stats.get(outcome, [])
        return sum(getattr(report, "when", "call") in ("call", "setup") and kind(report.nodeid) for report in reports)

    kinds = {
        "notebook cells, the quick ones twice": lambda name: ".ipynb::" in name,
        "browser tests": lambda name: "test_browser" in name,
        "unit tests": lambda name: ".ipynb::" not in name and "test_browser" not in name,
    }
    terminalreporter.section("what ran")
    for name, kind in kinds.items():
        passed, failed, skipped = (count(outcome, kind) for outcome in ("passed", "failed", "skipped"))
        terminalreporter.line(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
    if not COMPARED:
        terminalreporter.line("without wasmtime the outputs of notebook cells are not compared: pip install wasmtime")
    for report in terminalreporter.stats.get("skipped", []):
        if not report.nodeid.endswith(" again"):
            terminalreporter.line(f"skipped {report.nodeid}: {report.longrepr[-1].removeprefix('Skipped: ')}")
