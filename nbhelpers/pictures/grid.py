"""Where the panels of a picture stand, for both renderers alike."""

from collections.abc import Sequence
from math import ceil
from string import ascii_uppercase

from ..settings import text
from ..words import shown
from .protocols import Still


def rows_of(stills: Sequence[Still], arrangement: str | None) -> list[str]:
    """The rows of a grid with a letter for each panel; one with the same letter in several cells fills them all.

    Without an `arrangement`, a column for each panel that is tall, and to its left the others, three in a row at the
    most. Raises ValueError where an `arrangement` does not place every panel on a rectangle.
    """
    names = ascii_uppercase[: len(stills)]
    if arrangement is None:
        return _arranged([name for name, still in zip(names, stills) if not still.tall],
                         [name for name, still in zip(names, stills) if still.tall])
    lines = text("arrangement", arrangement).replace("\n", ";").split(";")
    rows = ["".join(row.split()) for row in lines if row.strip()]
    if set("".join(rows)) - {"."} != set(names):
        raise ValueError(f"arrangement must place the panels {names}, got {shown(arrangement)}")
    for name in names:
        places = [(row, column) for row, line in enumerate(rows) for column, cell in enumerate(line) if cell == name]
        height, width = (max(place) - min(place) + 1 for place in zip(*places))
        if len({len(line) for line in rows}) > 1 or len(places) != height * width:
            raise ValueError(
                f"arrangement must have rows of the same length, and a rectangle for each panel, got "
                f"{shown(arrangement)}"
            )
    return rows


def _arranged(small: list[str], tall: list[str]) -> list[str]:
    if not tall and len(small) <= 3:
        return ["".join(small)]
    columns = min(3, ceil(len(small) / 2))
    rows = ["".join(small[first : first + columns]) for first in range(0, len(small), columns or 1)] or [""]
    # The last panel of a row that is not full fills it.
    return [(row + row[-1:] * (columns - len(row))) + "".join(tall) for row in rows]
