"""Data of your own on the bench: a table of numbers with a target column."""

from __future__ import annotations

import csv
import warnings
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from math import isfinite, isnan
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import Array, listed, shown
from ..datasets import standardized
from ..edges import spelled
from ..files import file_of
from ..settings import text
from ..words import disguised, is_date

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS, MOST_FEATURES, MOST_CLASSES = 2000, 64, 20
LARGEST = 1e9
LONGEST_WORD = 40
# What programs write for a value that is missing. It may be a word too, as NA for Namibia; None mostly is one, though
# pandas takes it for missing by default.
MISSING = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null"]
AS_WORDS = "give pd.read_csv(path, keep_default_na=False)"
# A target of few different whole numbers names classes.
FEW = 10


@spelled
@dataclass(frozen=True)
class Table:
    """Rows of numbers, and in the last column the target: words or a few whole numbers for classes, or any numbers.

    `columns` are the names, `rows` tuples of as many entries. Raises ValueError, in one sentence, for what is missing,
    not finite, no number or too much.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        columns = _items("the columns of a table", self.columns, 2, MOST_FEATURES + 1)
        rows = _items("the rows of a table", self.rows, 4, MOST_ROWS)
        for name in columns:
            if not isinstance(name, str) or len(name) > LONGEST_WORD:
                raise ValueError(f"a column's name must be a text, {LONGEST_WORD} letters at most, got {shown(name)}")
            _refuse_halves("a column's name", name)
        # Texts of NumPy are texts too, but have another look in sentences and programs.
        columns = tuple(map(str, columns))
        if len(set(columns)) < len(columns):
            raise ValueError(f"the columns must have different names, got {shown(columns)}")
        read = []
        for number, row in enumerate(rows):
            cells = _items(f"row {number} of the table", row, len(columns), len(columns))
            *features, target = (_cell(cell, name, number) for cell, name in zip(cells, columns))
            read.append((*features, target))
        for name, column in zip(columns[:-1], zip(*read)):
            words = [(number, cell) for number, cell in enumerate(column) if isinstance(cell, str)]
            if words:
                # A single word in a column of a file makes texts of all its numbers.
                number, cell = next((word for word in words if not _is_numeral(word[1])), words[0])
                other = f"{shown(cell)} in row {number}; drop the column, or make numbers of its words"
                raise ValueError(f"column {name!r} must hold numbers, got {disguised([cell]) or other}")
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "rows", tuple(read))
        if all(isinstance(cell, str) for cell in self._target) and (came := disguised(self._target)):
            raise ValueError(f"the target {columns[-1]!r} must hold numbers, or names of classes, got {came}")
        # A single word in a target of a file makes texts of all its numbers, and of each text a class.
        kinds = [isinstance(cell, str) + (isinstance(cell, str) and not _is_numeral(cell)) for cell in self._target]
        if len(set(kinds)) > 1:
            place = kinds.index(max(kinds))
            came = f"both, such as {shown(self._target[place])} in row {place}"
            raise ValueError(
                f"the target {columns[-1]!r} must hold either words or numbers, got {came}; repair or drop "
                "such rows, or name all classes by words"
            )
        if not 2 <= len(set(self._target)) or len(self.classes) > MOST_CLASSES:
            raise ValueError(
                f"the target {columns[-1]!r} must have 2 to {MOST_CLASSES} classes, or different numbers, got "
                f"{len(set(self._target))}"
            )
        if len({kind.strip() for kind in self.classes}) < len(self.classes):
            raise ValueError(f"the classes must differ by more than blanks, got {shown(self.classes)}; take these away")

    @classmethod
    def read(cls, table: pd.DataFrame | str | PathLike, target: str) -> Table:
        """The table of a pandas DataFrame or of a CSV file with a line of names. `target` is the target's column."""
        import pandas as pd

        if not isinstance(table, (pd.DataFrame, str, bytes, PathLike)):
            raise TypeError(f"table must be a DataFrame of pandas or the path of a CSV file, got {shown(table)}")
        if not isinstance(table, pd.DataFrame):
            # One row more than there may be is enough to see that there are too many.
            path = file_of(table, "table")
            try:
                with warnings.catch_warnings():
                    # Of more columns than names the first would be taken for an index, or the last be left out.
                    warnings.simplefilter("error", pd.errors.ParserWarning)
                    found = pd.read_csv(
                        path, nrows=MOST_ROWS + 1, index_col=False, keep_default_na=False, na_values=[""]
                    )
                    written = pd.read_csv(path, nrows=1, header=None, dtype=str, keep_default_na=False).iloc[0].tolist()
                misread = found.shape[1] == 1
            except Exception:
                # What pandas says of a file has many kinds, and often many lines.
                misread = True
            if misread:
                expected = "a CSV file in UTF-8 with a line of names, one for each column"
                raise ValueError(f"table must be {expected}, got {shown(table)}{_dialect(path)}")
            table = found
            if written != table.columns.tolist():
                # pandas names what has no name, and the second of a name: the target would be among the features.
                raise ValueError(
                    f"each column of a table must have a name of its own, got {shown(written)}; name or drop the "
                    "others (an index stays out of a file by to_csv(path, index=False), a title by "
                    "pd.read_csv(path, skiprows=1))"
                )
            for name, column in table.items():
                if (missing := column.isin(MISSING)).any():
                    row = int(missing.to_numpy().argmax())
                    raise ValueError(
                        f"a value seems to be missing in column {name!r}, row {row}, got {column.iloc[row]!r}; drop "
                        f"such rows, or, where it is a word, {AS_WORDS}"
                    )
        names = [str(name) for name in table.columns]
        if text("target", target) not in names:
            known = listed([shown(name) for name in names[:MOST_FEATURES]])
            raise ValueError(f"target must be a column of the table, {known}; got {shown(target)}")
        if len(table) > MOST_ROWS:
            raise ValueError(
                f"table must have at most {MOST_ROWS} rows, got more; take some at random, as by "
                f"pd.read_csv(path).sample({MOST_ROWS}, random_state=0)"
            )
        order = sorted(range(len(names)), key=lambda place: names[place] == target)
        table = table.iloc[:, order]
        return cls(tuple(names[place] for place in order), tuple(table.itertuples(index=False, name=None)))

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes in their order; () where the target is a number."""
        kinds = sorted(set(self._target))
        if isinstance(kinds[0], str):
            return tuple(kinds)
        whole = all(kind == round(kind) for kind in kinds)
        return tuple(f"{kind:.0f}" for kind in kinds) if whole and len(kinds) <= FEW else ()

    @property
    def _target(self) -> list[Any]:
        return [row[-1] for row in self.rows]

    def arrays(self) -> tuple[Array, Array]:
        """`X`, shape (rows, features), standardized; and `Y`.

        Y is 0 or 1 for two classes, shape (rows, 1); for more, 1 in the column of the class, shape (rows, classes); and
        a target of numbers is standardized, shape (rows, 1).
        """
        X = standardized(np.array([row[:-1] for row in self.rows], dtype=np.float64))
        if not self.classes:
            return X, standardized(np.array(self._target, dtype=np.float64).reshape(-1, 1))
        kinds = sorted(set(self._target))
        numbers = np.array([kinds.index(value) for value in self._target])
        return X, np.eye(len(kinds))[numbers] if len(kinds) > 2 else numbers.reshape(-1, 1).astype(np.float64)


@spelled
def own_data(table: pd.DataFrame | str | PathLike, target: str) -> tuple[Array, Array]:
    """`X` and `Y` of a table of your own, a DataFrame or the path of a CSV file, as the bench has them (see Table).

    They are standardized by the rows of this one table: read what is kept for a test with the others, and use `split`.
    """
    return Table.read(table, target).arrays()


def _dialect(path: Path) -> str:
    """What makes a file another one than was expected, as far as its beginning shows it, and what to do."""
    with open(path, "rb") as file:
        start = file.read(2**20)
    encoding = "utf-16" if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    if start.startswith(b"PK") or (b"\0" in start and encoding != "utf-16"):
        return ", which is no text; save it as a CSV file, or give what pandas reads from it, as by pd.read_excel(path)"
    try:
        content = getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        encoding = "cp1252"
        content = start.decode(encoding, "replace")
    # Spreadsheets write columns and letters of their own at once.
    reading = [] if encoding == "utf-8-sig" else [f"encoding={encoding!r}"]
    first, second, *_ = [line for line in content.splitlines() if line.strip()] + 2 * [""]
    if not second:
        return ", which has fewer than two lines; is it another file?"
    separator = next((sign for sign in ";\t|" if sign in first and "," not in first), None)
    if separator:
        reading += [f"sep={separator!r}"] + ["skiprows=1"] * first.startswith("sep=")
        return (
            f", whose columns are separated by {separator!r}; give pd.read_csv(path, {', '.join(reading)}), "
            "with decimal=',' where that is in its numbers"
        )
    if reading:
        other = "in UTF-16" if encoding == "utf-16" else "not in UTF-8"
        return f", which is {other}; save it in UTF-8, or give pd.read_csv(path, {reading[0]})"
    if first.count(",") < second.count(","):
        return (
            ", whose first line has fewer entries than the second; take away a title (pd.read_csv(path, skiprows=1) "
            "does), name all columns, and quote numbers with a comma"
        )
    if "," not in first:
        return ", in whose first line no comma stands between two names"
    # A quotation mark that is never closed makes one entry of all the rest.
    with suppress(csv.Error):
        lines = csv.reader(StringIO(content))
        names = len(next(lines))
        for entries in lines:
            if len(entries) > names:
                longer = f", whose line {lines.line_num} has {len(entries)} entries and its first {names}"
                return f"{longer}; quote what holds a comma, or take such lines away"
    return ""


def _items(name: str, value: Any, least: int, most: int) -> tuple:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{name} must be a list, got {shown(value)}")
    if not least <= len(value) <= most:
        expected = f"{least} entries" if least == most else f"from {least} to {most} entries"
        raise ValueError(f"{name} must have {expected}, got {len(value)}")
    return tuple(value)


def _is_numeral(word: str) -> bool:
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def _refuse_halves(name: str, word: str) -> None:
    """Raises ValueError for a half of a letter, as a cut emoji leaves it: it can be neither drawn nor written."""
    if any("\ud800" <= letter <= "\udfff" for letter in word):
        raise ValueError(f"{name} must be made of whole letters, got {shown(word)}")


def _cell(cell: Any, column: str, row: int) -> float | str:
    where = f"in column {column!r}, row {row}"
    if isinstance(cell, str):
        if not 0 < len(cell) <= LONGEST_WORD:
            raise ValueError(f"a word must have 1 to {LONGEST_WORD} letters, got {len(cell)} {where}")
        _refuse_halves(f"a word {where}", cell)
        return str(cell)
    try:
        number = float("" if is_date(cell) or isinstance(cell, (bytes, np.complexfloating)) else cell)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"a table must hold numbers and words, got {shown(cell)} {where}") from None
    if not abs(number) <= LARGEST:
        words = f"; where it is a word, such as None, {AS_WORDS}" if isnan(number) else ""
        raise ValueError(
            f"a number must be between -{LARGEST:g} and {LARGEST:g}, got {number:g} {where}; repair that row or drop it"
            + words
        )
    return number
