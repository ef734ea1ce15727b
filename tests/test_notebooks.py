"""The notebooks: executed, compared cell by cell, and the same when a cell is run twice.

nbval compares the outputs (see addopts in pyproject.toml), and conftest.py has it run each cell twice. It passes a
cell that was never run in silence, so these tests make sure that there is something to compare, and that the
comparison can fail. What is slow is run once, but for --whole.
"""

import ast
import dis
import re
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbval.plugin import get_sanitize_patterns

from .environment import NOTEBOOKS, PROJECT

LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.name[:2] != "00"]

# Cells whose output is not compared, by notebook and id, each with its reason.
TIMES = "times, which differ from run to run"
NOT_COMPARED = {("03_or_net_pytorch", "04-031"): TIMES, ("04_feed_forward_class", "ff-time"): TIMES}

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


def pytest_on(*arguments, **options):
    """Run pytest as CI does. Returns the finished process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    return subprocess.run([*command, *map(str, arguments)], cwd=PROJECT, capture_output=True, text=True, **options)


def nbval_on(path, **options):
    """What nbval, as CI runs it, says of the cells in `path`, a folder elsewhere: {"name.ipynb::Cell 0": "PASSED"}."""
    # Elsewhere pytest does not see our conftest.py by itself.
    said = pytest_on("-p", "conftest", "--whole", "-rA", "--color=no", path, **options).stdout
    lines = re.findall(r"^([A-Z]+) (?:\S*/)?(\w+\.ipynb::Cell \d+(?: again)?)", said, re.MULTILINE)
    return {cell: outcome for outcome, cell in lines}


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


# Cells with what they gave once: whether nbval takes it for the same when they are run, and when they are run again.
PICTURE = "from IPython.display import HTML\nHTML('<img alt=\"a line\" src=\"data:image/png;base64,BBBB\">')"
CASES = {
    "another picture": (PICTURE, '<img alt="a line" src="data:image/png;base64,AAAA">', "PASSED", "PASSED"),
    "another text": (PICTURE, '<img alt="a circle" src="data:image/png;base64,BBBB">', "FAILED", "FAILED"),
    "the same again": ("runs = 1\nprint(runs)", "1\n", "PASSED", "PASSED"),
    "another one again": ("often = globals().get('often', 0) + 1\nprint(often)", "1\n", "PASSED", "FAILED"),
    "the bar of a slow machine": ("from tqdm.auto import tqdm\ntqdm(total=1).close()", "", "PASSED", "PASSED"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What nbval says of a notebook with these cells: {"cases.ipynb::Cell 0": "PASSED"} and so on."""
    cells = []
    for source, given, *_ in CASES.values():
        shown = nbformat.v4.new_output("stream", name="stdout", text=given)
        if source == PICTURE:
            data = {"text/html": given, "text/plain": "<IPython.core.display.HTML object>"}
            shown = nbformat.v4.new_output("execute_result", data, execution_count=1)
        cells.append(nbformat.v4.new_code_cell(source, execution_count=1, outputs=[shown] if given else []))
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebook(folder / "cases.ipynb", cells)
    return nbval_on(folder)


@pytest.mark.parametrize("name", CASES)
def test_another_output_fails_at_the_first_run_and_at_the_second(outcomes, name):
    cell = f"cases.ipynb::Cell {list(CASES).index(name)}"
    assert [outcomes[cell], outcomes[f"{cell} again"]] == list(CASES[name][2:])


def test_every_cell_of_every_notebook_is_run_and_compared_twice():
    collected = pytest_on("--collect-only", *NOTEBOOKS).stdout.splitlines()
    for path in NOTEBOOKS:
        name, cells = path.relative_to(PROJECT).as_posix(), range(len(code_cells(path)))
        expected = [f"{name}::Cell {number}{again}" for number in cells for again in ("", " again")]
        assert [line for line in collected if line.startswith(f"{name}::")] == expected


@each_lesson
def test_a_lesson_reads_more_than_it_computes(path):
    cells = nbformat.read(path, as_version=4).cells
    prose, code = (sum(len(c.source) for c in cells if c.cell_type == kind) for kind in ("markdown", "code"))
    assert prose >= code
    assert not [cell.source for cell in code_cells(path) if len(cell.source.splitlines()) > 15]


@each_notebook
def test_a_count_in_a_printed_text_is_counted_and_not_typed(path):
    """A reader who changes range(20) to range(5) would go on reading "of 20 seeds" below it."""
    texts = [
        node.value
        for cell in code_cells(path)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    typed = re.compile(r"\b(of|after|all) \d\d|\b\d+ (seeds|starts|steps|epochs|parameters)\b|\bof (ten|twenty)\b")
    assert not [text for text in texts if typed.search(text)]


def names_of(source):
    """The global names that a cell reads before it sets them, and those that it sets other than by an import."""
    read, stored, imported = set(), set(), set()

    def visit(code, top):
        before = None
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in stored | imported:
                read.add(step.argval)
            if step.opname == "STORE_NAME" and top:
                (imported if before in ("IMPORT_NAME", "IMPORT_FROM") else stored).add(step.argval)
            before = step.opname
        for inner in code.co_consts:
            if hasattr(inner, "co_code"):
                visit(inner, top=False)

    visit(compile(source, "a cell", "exec"), top=True)
    return read, stored


@each_notebook
def test_no_later_cell_takes_the_name_that_an_earlier_one_reads(path):
    """Whoever goes back and runs a single cell again gets the numbers that the text below it speaks of."""
    cells = [names_of(cell.source) for cell in code_cells(path)]
    taken = {}
    for place, (read, _) in enumerate(cells):
        before = set().union(*[stored for _, stored in cells[:place]])
        after = set().union(*[stored for _, stored in cells[place + 1 :]])
        taken[place + 1] = read & before & after
    assert not {place: names for place, names in taken.items() if names}


@each_lesson
def test_what_a_cell_reads_is_set_by_one_earlier_cell_alone(path):
    """Whoever goes back, runs a cell there again and goes on further down goes on with what that place means."""
    cells = [names_of(cell.source) for cell in code_cells(path)]
    twice = {}
    for place, (read, _) in enumerate(cells):
        setters = {name: [k + 1 for k, (_, stored) in enumerate(cells[:place]) if name in stored] for name in read}
        twice |= {(place + 1, name): found for name, found in setters.items() if len(found) > 1}
    assert not twice


def test_the_run_of_pytorch_is_compared_by_what_was_kept_at_its_end():
    """Later cells train the model further; whoever comes back to a comparison still has the numbers of the run."""
    cells = code_cells(PROJECT / "notebooks" / "03_or_net_pytorch.ipynb")
    reads = [names_of(cell.source)[0] for cell in cells]
    shown = [read for read in reads if read & {"torch_weights", "predictions"}]
    assert len(shown) == 2 and not any("model" in read for read in shown)


def test_of_lesson_05_fewer_seeds_can_be_asked_than_are_repaired_one_at_a_time():
    """Who had made six of its thirty seeds read a KeyError of pandas three cells further down."""
    cells = code_cells(PROJECT / "notebooks" / "05_and_net.ipynb")
    source = next(cell.source for cell in cells if cell.source.startswith("few ="))
    asked = []

    def endings(seeds, repaired):
        asked.append(len(seeds))
        return np.ones(asked[-1])

    for seeds in (6, 30):
        errors = pd.DataFrame({"published": np.ones(seeds), "repaired": np.ones(seeds)})
        and_net = SimpleNamespace(endings=endings)
        exec(source, {"np": np, "pd": pd, "errors": errors, "and_net": and_net, "largest_errors": abs})
    assert asked == [6] * 6 + [10] * 6


@each_lesson
def test_every_exercise_folds_out_a_hint_and_an_answer(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    exercises = len(re.findall(r"^\*\*(?:Exercise|Challenge) \d+\.\*\*", text, re.MULTILINE))
    # The open bench has ten challenges in their place.
    assert 2 <= exercises <= 4 or exercises == 10 and path.stem == "07_playground"
    folded = re.split("## Exercises|## Challenges", text)[1]
    assert folded.count("<summary>Hint</summary>") == folded.count("<summary>Answer</summary>") == exercises
    assert (path.parent / "solutions" / path.name).exists()


@each_notebook
def test_every_link_and_picture_of_a_notebook_is_there(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    links = [match[1] or match[2] for match in re.finditer(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", text)]
    targets = [target for target in links if "://" not in target]
    assert not [target for target in targets if not (path.parent / target.split("#")[0]).exists()]
    assert not re.findall(r"!\[\]\(|<img (?!src=\"[^\"]+\" alt=\"[^\"]+\">)", text), "without words"
    # LaTeX stops at a film, and no PDF would be made. An <img> is left out of it.
    assert not re.findall(r"\]\([^)]*\.gif\)", text)
