"""Plants faults in a copy of the package, one at a time, and tells which ones the unit tests do not notice.

`python -m tests.mutants [how many] [seed] [module ...]`: as many from each module, drawn with the seed; each is met
with the tests that run its line, the quick ones first. A fault that changes nothing a user can see has a line, with the
reason, in mutants_equivalent.txt. On Linux and macOS: it keeps two processes busy, each a fork of this one.
"""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import pytest

from .environment import PROJECT
from .mutations import Mutant, mutants

PROCESSES = 2
# A fault may have the tests that run its line for this long, as measured without it; then it has survived.
SECONDS_OF_TESTS = 60
# What starts programs, browsers and lessons takes minutes, as does what interrupts at many moments, or tries a whole
# table of values while its lines are watched; some reads the code instead of running it.
SKIPPED = {
    "test_benchmarks", "test_browser", "test_browser_saved", "test_code", "test_execute", "test_notebooks",
    "test_start", "test_claims_02", "test_mutants", "test_hostile", "test_interrupts",
}
# The share of the faults that has to be noticed.
ENOUGH = 0.95
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", "--tb=no"]


def modules() -> dict[str, Path]:
    """The modules of the package, by the names that the command takes: "losses", "published.and_net"."""
    package = PROJECT / "nbhelpers"
    return {".".join(path.relative_to(package).with_suffix("").parts): path for path in sorted(package.rglob("*.py"))}


def equivalent() -> dict[str, str]:
    """The faults that no test can notice, each with the reason: lines of "module | text | before -> after | why"."""
    lines = [line for line in EQUIVALENT.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return dict(line.rsplit(" | ", 1) for line in lines)


def drawn(count: int, seed: int, names: Iterable[str]) -> list[Mutant]:
    """`count` faults or a few more, as many from each module where it has so many."""
    known = equivalent()
    planted = {name: mutants(name, modules()[name].read_text(encoding="utf-8")) for name in names}
    found = {name: [mutant for mutant in faults if mutant.key not in known] for name, faults in planted.items()}
    share, result = -(-count // len(found)), []
    for name, faults in found.items():
        # Each module has its own generator: its faults are the same whatever else is asked for.
        result += random.Random(f"{seed} {name}").sample(faults, min(share, len(faults)))
    return result


class Reach:
    """A plugin of pytest that notes how long each test takes, and which lines of the package it runs."""

    def __init__(self, tree: Path):
        from coverage import Coverage

        self.tree, self.seconds = tree, {}
        self.coverage = Coverage(data_file=None, source=[str(tree / "nbhelpers")], config_file=False)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.coverage.switch_context(item.nodeid)
        begun = monotonic()
        result = yield
        self.seconds[item.nodeid] = monotonic() - begun
        return result

    def pytest_unconfigure(self):
        self.coverage.stop()
        data, lines = self.coverage.get_data(), defaultdict(dict)
        for file in data.measured_files():
            name = ".".join(Path(file).relative_to(self.tree / "nbhelpers").with_suffix("").parts)
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    lines[test].setdefault(name, []).append(line)
        for test in self.seconds:
            # What runs on import alone has no line that is put down to a test.
            for name in _imported(_file(test)):
                lines[test].setdefault(name, [])
        (self.tree / "reach.json").write_text(json.dumps({test: [s, lines[test]] for test, s in self.seconds.items()}))


class Only:
    """A plugin of pytest that runs these tests, in this order."""

    def __init__(self, tests: list[str]):
        self.places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((i for i in items if i.nodeid in self.places), key=lambda i: self.places[i.nodeid])


def forked(tree: Path, run: Callable[[], int]) -> int:
    """Call `run` in a copy of this process, in the folder `tree`; returns the number of the process."""
    process = os.fork()
    if process == 0:
        os.setsid()
        os.chdir(tree)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(output, stream)
        sys.path[0], sys.dont_write_bytecode = str(tree), True
        for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "nbhelpers")]:
            del sys.modules[name]
        os._exit(run())
    return process


def verdict(parts: list[list[str]]) -> int:
    """0 where all these tests are green."""
    for tests in parts:
        code = pytest.main([*OPTIONS, *sorted(set(map(_file, tests)))], plugins=[Only(tests)])
        if code:
            return code
    return 0


def shared_out(tasks: Iterable, trees: list[Path], start: Callable, end: Callable) -> None:
    """Run every task in one of the `trees`: start(task, tree) gives a process and its time, end(task, tree, code)."""
    waiting, running = list(tasks)[::-1], {}
    try:
        while waiting or running:
            for tree in trees:
                if tree not in running and waiting:
                    task = waiting.pop()
                    process, seconds = start(task, tree)
                    running[tree] = task, process, monotonic() + seconds
            sleep(0.02)
            for tree, (task, process, limit) in list(running.items()):
                done, status = os.waitpid(process, os.WNOHANG)
                if done or monotonic() > limit:
                    _stopped(process, done)
                    del running[tree]
                    end(task, tree, os.waitstatus_to_exitcode(status) if done else None)
    finally:
        for _, process, _ in running.values():
            _stopped(process, 0)


def _stopped(process: int, done: int) -> None:
    """End whatever a process has left running, and itself."""
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if not done:
        os.waitpid(process, 0)


def reach(trees: list[Path]) -> dict[str, tuple[float, dict[str, list[int]]]]:
    """For each unit test, its seconds and the lines it runs: kept, file by file, for as long as nothing changes."""
    kept = Path(tempfile.gettempdir(), "backpropagation-checked-reach")
    kept.mkdir(exist_ok=True)
    helpers = [path for path in (PROJECT / "tests").glob("[!t]*.py") if not path.stem.startswith("mut")]
    code = b"".join(path.read_bytes() for path in [*modules().values(), *helpers])
    tests = [path for path in sorted((PROJECT / "tests").glob("test_*.py")) if path.stem not in SKIPPED]
    places = {path: kept / f"{path.stem}-{hashlib.sha1(code + path.read_bytes()).hexdigest()}.json" for path in tests}

    def start(path: Path, tree: Path) -> tuple[int, float]:
        return forked(tree, lambda: pytest.main([*OPTIONS, f"tests/{path.name}"], plugins=[Reach(tree)])), 1800

    def end(path: Path, tree: Path, code: int | None) -> None:
        if code != 0:
            sys.exit(f"{path.name} fails without a fault:\n{(tree / 'output.txt').read_text()[-2000:]}")
        shutil.move(tree / "reach.json", places[path])

    shared_out([path for path in tests if not places[path].exists()], trees, start, end)
    return {test: found for place in places.values() for test, found in json.loads(place.read_text()).items()}


def tests_of(mutant: Mutant, reached: dict) -> list[list[str]]:
    """The quickest tests that run the line: those of one file, which mostly notice it, and then the others.

    For a line that is run on import, those that use the module.
    """
    # What stands in an __init__ is run on import of any module of its package.
    package = mutant.module.removesuffix("__init__")
    users = {
        test: lines.get(mutant.module, []) for test, (_, lines) in reached.items()
        if mutant.module in lines or (package != mutant.module and any(module.startswith(package) for module in lines))
    }
    by_line = [test for test, lines in users.items() if mutant.line in lines]
    # What runs on import is put down to whichever test of a file came first.
    if len(by_line) <= len(set(map(_file, by_line))):
        by_line = sorted(users, key=lambda test: test not in by_line)
    files = Counter(map(_file, by_line))
    words = mutant.module.split(".")
    home = max(files, default="", key=lambda file: (
        sum(word in file for word in words), mutant.module in _imported(file), files[file],
    ))
    parts: tuple[list, list] = [], []
    total = 0.0
    # What a function keeps, its first caller alone has reckoned: the others of that file use it too.
    kept = {test for test in users if _file(test) == home} - {*by_line}
    # Where the time does not suffice for all, it is the other files' tests that are left out.
    for test in sorted([*by_line, *kept], key=lambda test: (_file(test) != home, test in kept, reached[test][0])):
        if total + reached[test][0] < SECONDS_OF_TESTS:
            total += reached[test][0]
            parts[_file(test) != home].append(test)
    return [part for part in parts if part]


@cache
def _imported(file: str) -> list[str]:
    """The modules that a file of tests imports by their names."""
    path = PROJECT / file
    return re.findall(r"nbhelpers\.([\w.]+) import", path.read_text(encoding="utf-8")) if path.exists() else []


def _file(test: str) -> str:
    return test.partition("::")[0]


def main(arguments: list[str]) -> None:
    numbers = [int(word) for word in arguments if word.isdigit()]
    count, seed = [*numbers, *(400, 0)[len(numbers) :]]
    names = [word for word in arguments if not word.isdigit()] or list(modules())
    if unknown := [name for name in names if name not in modules()]:
        sys.exit(f"The package has no module {unknown[0]!r}; it has {', '.join(modules())}.")
    faults = drawn(count, seed, names)
    if not faults:
        sys.exit(f"No fault can be planted: {count} were asked for, in {', '.join(names)}.")
    # Loaded once, here, and not anew for each fault.
    for heavy in ("hypothesis", "matplotlib.pyplot", "mpmath", "pandas", "sklearn.neural_network", "torch"):
        if find_spec(heavy.partition(".")[0]):
            import_module(heavy)
    with tempfile.TemporaryDirectory() as folder:
        trees = [Path(folder, str(k)) for k in range(PROCESSES)]
        for tree in trees:
            shutil.copytree(PROJECT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info"))
        reached = reach(trees)
        caught, survived = Counter(), Counter()

        def start(mutant: Mutant, tree: Path) -> tuple[int, float]:
            file = tree / modules()[mutant.module].relative_to(PROJECT)
            file.write_text(mutant.source, encoding="utf-8")
            tests = tests_of(mutant, reached)
            seconds = 30 + 5 * sum(reached[test][0] for part in tests for test in part)
            return forked(tree, lambda: verdict(tests)), seconds

        def end(mutant: Mutant, tree: Path, code: int | None) -> None:
            original = modules()[mutant.module]
            shutil.copy(original, tree / original.relative_to(PROJECT))
            lived = code == 0
            (survived if lived else caught)[mutant.module] += 1
            print(f"{'SURVIVED' if lived else 'caught'}  {mutant.line:3}  {mutant.key}", flush=True)

        shared_out(faults, trees, start, end)
    for name in names:
        total = caught[name] + survived[name]
        if total:
            print(f"{caught[name] / total:5.0%}  {caught[name]:3} of {total:3}  {name}")
    total, lost = caught.total(), survived.total()
    print(f"{total} of {total + lost} caught ({total / (total + lost):.1%}), seed {seed}")
    sys.exit(total < ENOUGH * (total + lost))


if __name__ == "__main__":
    main(sys.argv[1:])
