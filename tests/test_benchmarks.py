"""The benchmarks: the contestants that are here agree, and the command runs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
contestants = pytest.importorskip("contestants")
run = pytest.importorskip("run")
CASES = {case.name: case for case in run.cases()}
# The other libraries take seconds to import; the command itself checks them in the same way.
HERE = ["ours, compiled", "ours, NumPy", "plain C, gcc -O3"]
PAIRS = [(case, name) for case in CASES for name in HERE]
PAIRS += [(name, "published code") for name, case in CASES.items() if case.published and not case.adam]


@pytest.mark.parametrize("case, name", PAIRS)
def test_contestants_reach_the_same_parameters(case, name):
    try:
        contestant = contestants.CONTESTANTS[name](CASES[case])
    except contestants.Missing as reason:
        pytest.skip(str(reason))
    run.check(name, contestant, CASES[case])


def test_a_contestant_that_goes_elsewhere_is_found_out():
    case = CASES["OR 2-3-1, 4 rows"]
    with pytest.raises(SystemExit, match="wrong must reach the same parameters in OR 2-3-1, 4 rows, but it is "):
        run.check("wrong", lambda epochs: case.network.theta * (1 + 1e-6), case)


def test_the_command_prints_a_table():
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--quick", "--only", "OR 2-3-1"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    assert "### OR 2-3-1, 4 rows" in found.stdout and "| ours, NumPy |" in found.stdout
    for name in contestants.CONTESTANTS:
        assert name == "matrix products alone" or f"| {name} |" in found.stdout


def test_ratios_are_of_the_minima_and_of_the_medians():
    times = {"slow": np.array([8.0, 10.0, 20.0]), "quick": np.array([2.0, 2.0, 4.0])}
    assert run.ratio(times, "slow", "quick") == "4 (5)" and run.ratio(times, "slow", "absent") == "missing"


@pytest.mark.parametrize("options, sentence", [
    (["--only", "XOR"], "no case has the words 'XOR': neuron, 6 rows"),
    (["--write", "--quick"], "--write goes with neither --only nor --quick"),
    (["--write", "--only", "OR"], "--write goes with neither --only nor --quick"),
])
def test_options_that_would_measure_nothing_or_spoil_the_tables_are_refused(options, sentence, capsys):
    with pytest.raises(SystemExit):
        run.main(options)
    assert sentence in capsys.readouterr().err


def test_the_tables_go_into_their_section_and_the_others_stay():
    before = "# Benchmarks\n\n## Measured\n\nold\n\n### a case\n\nold\n\n## Sliders\n\nkept\n"
    assert run.with_tables(before, ["new", "", "### a case"]) == (
        "# Benchmarks\n\n## Measured\n\nnew\n\n### a case\n\n## Sliders\n\nkept\n"
    )
