"""Notebook 00 and the README: the map of the lessons and the table of symbols, against the lessons themselves."""

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


def sources(lesson, kind):
    """All cells of a kind of the lessons with this number, as one text."""
    return "\n".join(
        cell.source for name, cells in PAGES.items() if name.startswith(lesson) for cell in cells
        if cell.cell_type == kind
    )


def linked(row):
    """The name of the notebook that a row of the map links to, and its minutes."""
    return re.findall(r"\((?:notebooks/)?(\w+\.ipynb)\)", row[0])[0], row[-1]


MAP = [row for row in rows(START, "lesson") if "](" in row[0]]
SYMBOLS = rows(START, "symbol")


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


@pytest.mark.parametrize("row", SYMBOLS, ids=lambda row: f"{row[-1]}-{row[1] or row[0]}")
def test_a_symbol_of_the_table_stands_in_the_text_and_in_the_code_of_its_lesson(row):
    symbols, names, _, _, lesson = row
    formulas = " ".join(re.findall(r"\$\$?([^$]+)\$", sources(lesson, "markdown")))
    # A letter counts where it stands alone: the x in \exp does not.
    for symbol in re.findall(r"\$([^$]+)\$", symbols):
        assert re.search(rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z])", formulas), symbol
    code = sources(lesson, "code")
    found = [bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code)) for name in re.findall("`([^`]+)`", names)]
    assert any(found) or not found, names
