"""`start.py run`: a notebook that was executed is as it is committed, whoever executed it and however often."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from .environment import NOTEBOOKS, PROJECT
from .execute import CHANGING, METADATA, joined, tidy
from .test_notebooks import nbval_on, write_notebook

# What shows whose settings count, and what it shows where they are nobody's.
CELLS = {
    "1\n2": "2",
    "import ipywidgets\nipywidgets.IntSlider()": "IntSlider(value=0)",
    "import matplotlib\nmatplotlib.rcParams['lines.linewidth']": "1.5",
    "'of_my_own' in globals()": "False",
}


def run(*paths, **options):
    command = [sys.executable, "-m", "tests.execute", *map(str, paths)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, **options)


def code(source, *outputs, **metadata):
    return nbformat.v4.new_code_cell(source, id=f"id-{len(source)}", outputs=list(outputs), metadata=metadata)


def printed(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


@pytest.fixture
def somebody(tmp_path):
    """The environment of somebody who has set up everything in another way."""
    home = tmp_path / "home"
    files = {
        "ipython/profile_default/ipython_config.py": "c.InteractiveShell.ast_node_interactivity = 'all'",
        "old/ipywidgets.py": "raise ImportError('an old version')",
        "jupyter/kernels/python3/kernel.json": json.dumps({"argv": ["nowhere"], "display_name": "", "language": ""}),
        "matplotlibrc": "lines.linewidth: 9",
        "startup.py": "of_my_own = True",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return os.environ | {
        "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": str(home / "old"), "JUPYTER_PATH": str(home / "jupyter"),
        "MATPLOTLIBRC": str(home / "matplotlibrc"), "PYTHONSTARTUP": str(home / "startup.py"), "MPLBACKEND": "svg",
    }


@pytest.fixture
def telling(tmp_path):
    """The path of a notebook that was executed where nobody's settings count."""
    cells = [code(source) for source in CELLS]
    for number, (cell, text) in enumerate(zip(cells, CELLS.values()), start=1):
        data = {"text/plain": text}
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=number)]
        cell.execution_count = number
    write_notebook(tmp_path / "telling.ipynb", cells)
    return tmp_path / "telling.ipynb"


def test_the_tests_compare_the_same_outputs_whatever_somebody_has_set_up(telling, somebody):
    outcomes = nbval_on(telling.parent, env=somebody)
    assert len(outcomes) == 2 * len(CELLS) and set(outcomes.values()) == {"PASSED"}, outcomes


def test_running_again_changes_nothing_whatever_somebody_has_set_up(telling, somebody):
    nbformat.write(tidy(nbformat.read(telling, as_version=4)), telling)
    before = telling.read_bytes()
    result = run(telling, env=somebody)
    assert (result.returncode, result.stderr) == (0, "") and telling.read_bytes() == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_notebook_is_committed_as_it_is_written_by_running_it(path):
    assert path.read_text(encoding="utf-8") == nbformat.writes(tidy(nbformat.read(path, as_version=4))) + "\n"


def test_what_jupyterlab_saves_over_and_above_the_outputs_is_taken_out():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "d6d8564a26954b3a924dc7285994ac06"}}
    shown = nbformat.v4.new_output("display_data", {"text/plain": "IntSlider(value=0)", **widget})
    times = {"iopub.execute_input": "2024-05-01T10:00:00.000000Z"}
    slider = code("slider", shown, execution=times, scrolled=True, tags=["kept"])
    cells = [slider, nbformat.v4.new_markdown_cell("text")]
    cells[1].metadata["jp-MarkdownHeadingCollapsed"] = True
    saved = nbformat.v4.new_notebook(cells=cells, metadata=METADATA | {
        "language_info": METADATA["language_info"] | {"version": "3.11.7", "pygments_lexer": "ipython3"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
    })
    found = tidy(saved)
    assert found.metadata == METADATA
    assert [cell.metadata for cell in found.cells] == [{"tags": ["kept"]}, {}]
    assert found.cells[0].outputs[0].data == {"text/plain": "IntSlider(value=0)"}


def test_what_is_printed_in_a_row_is_one_output():
    shown = nbformat.v4.new_output("display_data", {"text/plain": "a picture"})
    outputs = joined([printed("one\n"), printed("two\n"), shown, printed("three\n")])
    assert outputs == [printed("one\ntwo\n"), shown, printed("three\n")]


def test_what_changes_every_time_is_kept_the_rest_is_new_and_a_notebook_with_an_error_is_left_as_it_was(tmp_path):
    broken, sound = tmp_path / "broken.ipynb", tmp_path / "sound.ipynb"
    write_notebook(broken, [code("print(1)"), code("1 / 0")])
    before = broken.read_bytes()
    cells = [code("print(6 * 7)", printed("0\n")), code("print('a time')", printed("1.5 s\n"), tags=[CHANGING])]
    write_notebook(sound, cells)

    result = run(broken, tmp_path / "nowhere.ipynb", sound)
    assert result.returncode == 1 and result.stdout.strip() == str(sound)
    assert f"{broken} is left as it was" in result.stderr and "ZeroDivisionError" in result.stderr
    assert re.search(r"nowhere\.ipynb is left as it was: .*No such file", result.stderr)
    assert broken.read_bytes() == before
    found = nbformat.read(sound, as_version=4).cells
    assert [cell.outputs for cell in found] == [[printed("42\n")], [printed("1.5 s\n")]]
    assert [cell.execution_count for cell in found] == [1, 2]


def test_what_cannot_be_executed_is_said_in_a_line_and_the_others_are_executed(tmp_path):
    texts = {"a list": "[]", "nothing": "null", "lacking": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}'}
    for name, text in texts.items():
        (tmp_path / f"{name}.ipynb").write_text(text)
    write_notebook(tmp_path / "dying.ipynb", [code("import os; os._exit(1)")])
    # As Colab saves them: of a version in which cells have no names yet.
    sound = nbformat.v4.new_notebook(cells=[code("print(6 * 7)")], metadata=METADATA)
    sound.nbformat_minor = 0
    del sound.cells[0]["id"]
    (tmp_path / "sound.ipynb").write_text(json.dumps(sound))

    names = [*texts, "dying", "sound"]
    result = run(*(tmp_path / f"{name}.ipynb" for name in names))
    assert result.returncode == 1 and result.stdout.strip() == str(tmp_path / "sound.ipynb")
    lines = result.stderr.splitlines()
    assert len(lines) == 4 and "Kernel died" in lines[3]
    assert all(f"{name}.ipynb is left as it was: " in line for name, line in zip(names, lines))
    assert all("it is no notebook that can be read" in line for line in lines[:3])
    assert nbformat.read(tmp_path / "sound.ipynb", as_version=4).cells[0].outputs == [printed("42\n")]


@pytest.mark.skipif(os.name != "posix", reason="a limit of this kind is one of POSIX")
def test_a_notebook_that_finds_no_room_on_the_disk_is_left_as_it_was(tmp_path):
    import resource

    full = tmp_path / "full.ipynb"
    write_notebook(full, [code("print(3 * 10**6 * 'x')")])
    before = full.read_bytes()
    limit = 2**21, 2**21
    result = run(full, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{full} is left as it was: " in result.stderr and "make room" in result.stderr
    assert full.read_bytes() == before and [*tmp_path.iterdir()] == [full]


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent in another way there")
def test_ctrl_c_ends_in_a_sentence_and_leaves_what_is_not_done_as_it_was(tmp_path):
    first, second, begun = tmp_path / "first.ipynb", tmp_path / "second.ipynb", tmp_path / "begun"
    write_notebook(first, [code(f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)")])
    write_notebook(second, [code("print(1)")])
    before = first.read_bytes(), second.read_bytes()
    command = [sys.executable, "-m", "tests.execute", str(first), str(second)]
    # In a group of its own, as on a terminal: Ctrl-C goes to the kernel too.
    running = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not begun.exists():
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 1
    assert said == f"Stopped: {first} and what would have come after it are left as they were.\n"
    assert (first.read_bytes(), second.read_bytes()) == before
