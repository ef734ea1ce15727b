"""Notebook 00 and the README: the map of the lessons against the lessons themselves."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from .environment import NOTEBOOKS, PROJECT

PAGES = {path.name: nbformat.read(path, as_version=4).cells for path in NOTEBOOKS if path.parent.name == "notebooks"}
START = "\n".join(cell.source for cell in PAGES["00_start_here.ipynb"])


def rows(text, head):
    """The rows of the Markdown table whose head begins with `head`, a list of their cells each."""
    (table,) = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def linked(row):
    """The name of the notebook that a row of the map links to, and its minutes."""
    return re.findall(r"\((?:notebooks/)?(\w+\.ipynb)\)", row[0])[0], row[-1]


# The first parts of a lesson, as its headings begin.
FIRST = ["Play first", "By hand", "Reproduce", "Check"]
MAP = [row for row in rows(START, "lesson") if "](" in row[0]]


def test_the_map_has_every_lesson_in_the_order_of_their_numbers():
    assert [linked(row)[0] for row in MAP] == sorted(set(PAGES) - {"00_start_here.ipynb"})


def test_the_table_of_the_readme_is_the_map_and_the_start_page():
    readme = rows((PROJECT / "README.md").read_text(encoding="utf-8"), "lesson")
    first, *others = [[cell.replace("notebooks/", "") for cell in row] for row in readme]
    assert others == rows(START, "lesson") and linked(first)[0] == "00_start_here.ipynb"


@pytest.mark.parametrize("row", [linked(row) for row in MAP], ids=lambda row: row[0])
def test_the_map_says_the_minutes_that_a_lesson_says(row):
    name, minutes = row
    assert re.findall(r"^\| Time \| (\d+) minutes", PAGES[name][0].source, re.MULTILINE) == [minutes]


def test_the_lessons_that_begin_with_sliders_are_those_of_which_the_readme_says_so():
    first = {name: re.search("^## (.*)", "\n".join(cell.source for cell in cells), re.MULTILINE)[1]
             for name, cells in PAGES.items() if name != "00_start_here.ipynb"}
    without = [name for name, head in first.items() if not head.startswith("Play first")]
    assert without == ["03_or_net_pytorch.ipynb"]
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "every lesson from 01 on, but the one with PyTorch, begins with sliders" in readme
    assert "One lesson needs PyTorch as well, and says how to install it." in readme
    for name in first:
        assert "redict" in "".join(cell.source for cell in PAGES[name]), name


def test_the_lessons_of_which_the_start_page_says_so_have_the_same_parts_in_their_order():
    assert [part for part, _ in rows(START, "part")][:4] == [part.lower() for part in FIRST]
    whole = []
    for name, cells in PAGES.items():
        heads = re.findall("^## (.*)", "\n".join(cell.source for cell in cells), re.MULTILINE)
        heads = [part for head in heads for part in FIRST if head.startswith(part)]
        if [*dict.fromkeys(heads)] == FIRST:
            whole.append(name[:2])
    assert whole == ["01", "02", "03", "04", "05"]
    assert "Lessons 01 to 05 have the same parts, in this order." in START


@pytest.mark.parametrize("name, missing", [("numpy", "numpy.typing"), ("nbhelpers", "nbhelpers.installation")])
def test_a_file_of_ones_own_that_hides_a_package_is_named_by_the_first_cell(tmp_path, name, missing):
    (tmp_path / f"{name}.py").touch()
    first = next(cell.source for cell in PAGES["00_start_here.ipynb"] if cell.cell_type == "code")
    said = subprocess.run([sys.executable, "-c", first], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(PROJECT)},
                          capture_output=True, text=True)
    assert said.stdout.startswith(f"Python does not find {missing} here.") and said.stderr == ""
    assert f"is called {name}.py, rename it" in said.stdout
