"""The notebooks: executed, compared cell by cell, and the same when a cell is run twice.

nbval compares the outputs (see addopts in pyproject.toml), and conftest.py has it run every cell twice. It passes a
cell that was never run in silence, so these tests make sure that there is something to compare, and that the
comparison can fail.
"""

import ast
import re
import subprocess
import sys

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

from .environment import NOTEBOOKS, PROJECT

LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.name[:2] != "00"]

# Cells whose output is not compared, by notebook and id, each with its reason.
NOT_COMPARED = {("04_or_net_pytorch", "04-031"): "times, which differ from run to run"}

# What nbval leaves out of every comparison: a picture's bytes, and the random name of a widget.
NEVER_COMPARED = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(PROJECT)))
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def compared_texts(cell):
    """The outputs of a cell that nbval compares."""
    for output in cell.outputs:
        yield from {"text": output.text} if "text" in output else output.get("data", {}).keys() - NEVER_COMPARED


def should_show_something(cell):
    """Whether the source of a cell prints at its top level or ends in an expression."""
    statements = ast.parse(cell.source).body
    prints = any("print(" in ast.unparse(node) for node in statements if not isinstance(node, ast.FunctionDef))
    return prints or isinstance(statements[-1], ast.Expr)


def without_output_comparison(cell):
    return {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", ())) or "NBVAL_" in cell.source


def pytest_on(*arguments, env=None):
    """Run pytest as CI does. Returns the finished process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    return subprocess.run([*command, *map(str, arguments)], cwd=PROJECT, env=env, capture_output=True, text=True)


def nbval_on(path, *options, env=None):
    """Run nbval as CI does over what is in `path`, a folder elsewhere, which does not see our conftest.py by itself."""
    return pytest_on("-p", "conftest", *options, path, env=env)


def write_notebook(path, cells):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


@each_notebook
def test_every_cell_was_run_once_from_top_to_bottom(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@each_notebook
def test_every_cell_that_shows_something_has_an_output_to_compare(path):
    showing = [cell for cell in code_cells(path) if should_show_something(cell)]
    assert showing and not [cell.source for cell in showing if not list(compared_texts(cell))]


@each_notebook
def test_no_output_is_an_error_or_a_warning(path):
    outputs = [output for cell in code_cells(path) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


def test_the_cells_that_are_not_compared_are_the_listed_ones():
    found = {(path.stem, cell.id) for path in NOTEBOOKS for cell in code_cells(path) if without_output_comparison(cell)}
    assert found == set(NOT_COMPARED)


def test_nbval_compares_in_strict_mode_with_the_rules_of_this_project(pytestconfig):
    assert pytestconfig.option.nbval and not pytestconfig.option.nbval_lax
    rules = get_sanitize_patterns((PROJECT / pytestconfig.option.nbval_sanitize_with).read_text())
    assert [replacement for pattern, replacement in rules] == ["PICTURE"]


def test_a_changed_output_fails_and_a_changed_picture_does_not(tmp_path):
    source = "from IPython.display import HTML\nHTML('<img alt=\"{}\" src=\"data:image/png;base64,{}\">')"
    results = {}
    for name, alt, picture in (("picture", "a line", "AAAA"), ("text", "a circle", "BBBB")):
        cell = nbformat.v4.new_code_cell(source.format("a line", "BBBB"), execution_count=1)
        html = f'<img alt="{alt}" src="data:image/png;base64,{picture}">'
        data = {"text/html": html, "text/plain": "<IPython.core.display.HTML object>"}
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
        write_notebook(tmp_path / f"{name}.ipynb", [cell])
        results[name] = nbval_on(tmp_path / f"{name}.ipynb")
    assert results["picture"].returncode == 0, results["picture"].stdout
    assert results["text"].returncode == 1, results["text"].stdout


def test_every_cell_of_every_notebook_is_run_and_compared_twice():
    collected = pytest_on("--collect-only", *NOTEBOOKS).stdout.splitlines()
    for path in NOTEBOOKS:
        name, cells = path.relative_to(PROJECT).as_posix(), range(len(code_cells(path)))
        expected = [f"{name}::Cell {number}{again}" for number in cells for again in ("", " again")]
        assert [line for line in collected if line.startswith(f"{name}::")] == expected


def test_a_cell_that_gives_another_output_when_it_is_run_again_fails(tmp_path):
    source = "runs = globals().get('runs', 0) + 1\nprint('run', min(runs, {}))"
    for name, most in ("same", 1), ("other", 2):
        output = nbformat.v4.new_output("stream", name="stdout", text="run 1\n")
        cell = nbformat.v4.new_code_cell(source.format(most), execution_count=1, outputs=[output])
        write_notebook(tmp_path / f"{name}.ipynb", [cell])
    result = nbval_on(tmp_path, "-rA", "--color=no")
    outcomes = re.findall(r"^(PASSED|FAILED) (?:\S*/)?(\w+)\.ipynb::(Cell 0(?: again)?)", result.stdout, re.MULTILINE)
    assert sorted(outcomes) == [
        ("FAILED", "other", "Cell 0 again"), ("PASSED", "other", "Cell 0"),
        ("PASSED", "same", "Cell 0"), ("PASSED", "same", "Cell 0 again"),
    ], result.stdout


@each_lesson
def test_a_lesson_reads_more_than_it_computes(path):
    cells = nbformat.read(path, as_version=4).cells
    prose, code = (sum(len(c.source) for c in cells if c.cell_type == kind) for kind in ("markdown", "code"))
    assert prose >= code
    assert not [cell.source for cell in code_cells(path) if len(cell.source.splitlines()) > 15]


@each_lesson
def test_every_exercise_folds_out_a_hint_and_an_answer(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    exercises = len(re.findall(r"^\*\*Exercise \d+\.\*\*", text, re.MULTILINE))
    assert 2 <= exercises <= 4
    folded = text.split("## Exercises")[1]
    assert folded.count("<summary>Hint</summary>") == folded.count("<summary>Answer</summary>") == exercises
    assert (path.parent / "solutions" / path.name).exists()


@each_notebook
def test_every_link_and_picture_of_a_notebook_is_there(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert not [target for target in targets if not (path.parent / target.split("#")[0]).exists()]
    assert not re.findall(r"!\[\]\(", text), "a picture without an alternative text"
