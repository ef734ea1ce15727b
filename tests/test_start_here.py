"""Notebook 00 and the README: the map of the lessons against the lessons themselves."""

import re

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
