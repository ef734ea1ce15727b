"""The table of symbols in lesson 00: what it says of a lesson is what that lesson uses."""

import re

import pytest

from . import formulas

COLUMNS = ["symbol", "name in code", "what it is", "shape", "lesson"]


def table():
    """The rows of the table, a dictionary each; none where 00 has no such table."""
    for cell in formulas.cells("00_start_here"):
        lines = [line.strip() for line in cell.source.splitlines() if cell.cell_type == "markdown"]
        rows = [[entry.strip() for entry in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]
        if rows and [entry.strip().lower() for entry in rows[0]] == COLUMNS:
            return [dict(zip(COLUMNS, row)) for row in rows[2:]]
    return []


@pytest.fixture(scope="module")
def symbols():
    return table() or pytest.skip(f"00 has no table with the columns {', '.join(COLUMNS)}")


def lessons(row):
    """The notebooks of a row: "01, 03" or "all", but for the bench, which has no formulas; a range is 01-03."""
    named = row["lesson"].replace("–", "-")
    numbers = set(re.findall(r"\d\d", named))
    for first, last in re.findall(r"(\d\d)-(\d\d)", named):
        numbers |= {f"{n:02}" for n in range(int(first), int(last) + 1)}
    every = sorted(path.stem for path in formulas.NOTEBOOKS.glob("0[1-6]_*.ipynb"))
    return [name for name in every if name[:2] in numbers or named == "all"]


def source(notebook, kind):
    return "\n".join(cell.source for cell in formulas.cells(notebook) if cell.cell_type == kind)


def formulas_of(notebook):
    """All that stands between dollars, in lines of their own or in the text, without spaces."""
    found = re.findall(r"\$\$(.*?)\$\$|\$([^$\n]+)\$", source(notebook, "markdown"), re.DOTALL)
    return re.sub(r"\s", "", " ; ".join(displayed or inline for displayed, inline in found))


def test_every_row_of_the_table_has_its_five_entries(symbols):
    assert all(row.keys() == {*COLUMNS} and all(row.values()) for row in symbols)
    assert len({row["symbol"] for row in symbols}) == len(symbols)


def has(row, name):
    """Whether a symbol of the row stands in a formula of the notebook."""
    plain = [re.sub(r"\s", "", symbol) for symbol in re.findall(r"\$([^$]+)\$", row["symbol"])]
    ends = {symbol: "" if symbol.startswith("\\") else "(?![a-zA-Z])" for symbol in plain}
    return any(re.search(rf"(?<![a-zA-Z]){re.escape(symbol)}{end}", formulas_of(name)) for symbol, end in ends.items())


def is_named(row, name):
    """Whether a name of the row stands in the code of the notebook."""
    words = re.findall(r"`(\w+)[^`]*`", row["name in code"])
    return any(re.search(rf"\b{word}\b", source(name, "code")) for word in words)


def test_every_symbol_stands_in_the_formulas_of_a_lesson_that_the_table_names(symbols):
    for row in symbols:
        for symbol in re.findall(r"\$([^$]+)\$", row["symbol"]):
            assert any(has(row | {"symbol": f"${symbol}$"}, name) for name in lessons(row)), row


def test_every_lesson_that_the_table_names_has_the_symbol_or_its_name_and_no_other_has_the_symbol(symbols):
    # The derivative f' of school, and the letters of the author's document.
    others = {("$f$", "01"), ("$f$", "03"), ("$g$", "03")}
    for row in symbols:
        named = {name[:2] for name in lessons(row)}
        assert named == {name[:2] for name in lessons(row) if has(row, name) or is_named(row, name)}, row
        used = {name[:2] for name in lessons({"lesson": "all"}) if has(row, name)}
        assert {(row["symbol"], lesson) for lesson in used - named} <= others, row


def test_every_name_stands_in_the_code_of_a_lesson_that_the_table_names(symbols):
    for row in symbols:
        assert not re.search(r"`\w", row["name in code"]) or any(is_named(row, name) for name in lessons(row)), row


def test_every_letter_of_the_formulas_is_in_the_table(symbols):
    known = {re.sub(r"\s", "", symbol) for row in symbols for symbol in re.findall(r"\$([^$]+)\$", row["symbol"])}
    letters = {re.sub(r"_.*|\\hat", "", symbol).strip("{}") for symbol in known}
    for path in sorted(formulas.NOTEBOOKS.glob("0[1-9]_*.ipynb")):
        displayed = "".join(re.findall(r"\$\$(.*?)\$\$", source(path.stem, "markdown"), re.DOTALL))
        words = re.sub(r"\\(?:text|mathrm|operatorname|begin|end)\{[^}]*\}|\\[a-zA-Z]+", " ", displayed)
        used = set(re.findall(r"[a-zA-Z]", re.sub(r"_(?:\{[^}]*\}|\w)", "", words)))
        # e is the number, T transposes, and the letters of indices need no row.
        assert used - letters - set("eTijkn") == set(), path.stem
