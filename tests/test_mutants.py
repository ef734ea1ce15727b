"""The faults that `python -m tests.mutants` plants: what they are, and that those called equivalent can be planted."""

import ast

import pytest

from . import mutants as command
from .mutants import equivalent, modules
from .mutations import mutants


def planted(source):
    return {mutant.source for mutant in mutants("sample", source)}


@pytest.mark.parametrize("right, wrong", [
    ("a + b * c", {"(a - b * c)", "a + (b / c)"}), ("a < b", {"(a <= b)"}), ("x is not y", {"(x is y)"}),
    ("a or b", {"(a and b)"}), ("not a", {"a"}), ("-(a + b)", {"(a + b)", "-((a - b))"}),
    ("a < b < c", set()), ("f(a, b)", {"f(b, a)", "pass"}), ("f(a, a)", {"pass"}), ("max(a, b)", {"min(a, b)", "pass"}),
    ("x = 0.5", {"x = 1.5"}), ("x = 1e299", set()), ("y = np.clip(x, -a, a)", {"y = np.clip(x, a, a)"}),
    ("x = True", {"x = False"}), ("x = 1", {"x = 2"}),
    ("x.sum(axis=0)", {"x.mean(axis=0)", "x.sum(axis=1)", "pass"}), ("min(x)", {"max(x)", "pass"}),
    ("x += y", {"pass"}), ("x[i] = y", {"pass"}), ("a if b else c", {"(c if b else a)"}),
    ("def f(): return x", {"def f(): return None"}),
    ("raise ValueError(1 + 2, 3)", {"pass"}), ('f"{a + b}"', set()), ("x: list[0] = y", set()), ("import x", set()),
    ("x = f(cases=[0.5])", set()), ("x = np.array([0.5])", set()),
    ("def _browser_module(): return x", set()), ("raise NotImplementedError", set()),
    ('"ä" + x', {'("ä" - x)'.replace('"', "'")}),
])
def test_a_line_gets_these_faults(right, wrong):
    assert planted(right) == wrong


def test_every_fault_changes_one_place_and_can_be_read_by_python():
    for name, path in modules().items():
        source = path.read_text(encoding="utf-8")
        faults, unchanged = list(mutants(name, source)), ast.unparse(ast.parse(source))
        assert all(fault.source != source for fault in faults)
        for fault in faults[::40]:
            assert ast.unparse(ast.parse(fault.source)) != unchanged


def test_every_fault_that_is_called_equivalent_can_be_planted_and_has_a_reason():
    keys = {fault.key for name, path in modules().items() for fault in mutants(name, path.read_text(encoding="utf-8"))}
    assert not equivalent().keys() - keys
    assert all(len(reason.split()) >= 3 for reason in equivalent().values())


def test_a_fault_meets_the_quickest_tests_that_run_its_line_and_first_those_of_its_module():
    first, second = mutants("losses", "x = a + b\ny = a + b\n")
    reached = {
        "tests/test_network.py::quick": (0.1, {"losses": [2]}), "tests/test_losses.py::slow": (0.3, {"losses": [1, 2]}),
        "tests/test_losses.py::quick": (0.2, {"losses": [2]}), "tests/test_losses.py::none": (0.1, {"losses": [3]}),
        "tests/test_losses.py::endless": (99.0, {"losses": [2]}),
        "tests/test_network.py::other": (0.1, {"network": [2]}),
    }
    own = ["tests/test_losses.py::quick", "tests/test_losses.py::slow"]
    # At the end of the file's own those that may use what another one has made a function keep.
    assert command.tests_of(second, reached) == [[*own, "tests/test_losses.py::none"], ["tests/test_network.py::quick"]]
    # A line that one test of a file is said to run may have been run on import: so all that use the module.
    assert sorted(command.tests_of(first, reached)[0]) == sorted([*own, "tests/test_losses.py::none"])


def test_where_the_time_is_short_the_tests_of_the_module_itself_are_not_the_ones_left_out():
    (fault,) = mutants("losses", "x = a + b\n")
    reached = {f"tests/test_{name}.py::{k}": (s, {"losses": [1]})
               for name, s in (("losses", 29.0), ("network", 0.5)) for k in range(2 + 5 * (name == "network"))}
    own, others = command.tests_of(fault, reached)
    assert len(own) == 2 and len(others) == 3


def test_a_fault_in_an_init_meets_the_tests_of_all_modules_of_its_package():
    (fault,) = mutants("bench.__init__", "x = a + b\n")
    reached = {f"tests/test_it.py::{name}": (0.1, {name: [7]}) for name in ("bench.tables", "losses", "bench.runs")}
    assert command.tests_of(fault, reached) == [["tests/test_it.py::bench.tables", "tests/test_it.py::bench.runs"]]


@pytest.mark.parametrize("arguments, said", [
    (["5", "1", "loses"], "The package has no module 'loses'; it has __init__, activations,"),
    (["0", "1", "losses"], "No fault can be planted: 0 were asked for, in losses."),
])
def test_what_cannot_be_planted_is_said_before_any_test_runs(arguments, said, monkeypatch):
    monkeypatch.setattr(command, "reach", lambda trees: pytest.fail("the tests run"))
    with pytest.raises(SystemExit) as refused:
        command.main(arguments)
    assert str(refused.value).startswith(said)
