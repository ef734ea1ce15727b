"""Contour lines of a surface, for both renderers alike."""

import numpy as np
from numpy.typing import ArrayLike

from ..activations import quiet
from ..arguments import Array, numbers

# The two triangles of a cell, as steps (up, across) from its first corner.
TRIANGLES = np.array([[(0, 0), (0, 1), (1, 1)], [(0, 0), (1, 0), (1, 1)]])


def heights(values: ArrayLike) -> Array:
    """The `values` of a surface as an array of shape (rows, columns). Raises TypeError or ValueError."""
    found = numbers("values", values)
    if found.ndim != 2 or not found.size:
        raise ValueError(f"values of a surface must have the shape (rows, columns), got the shape {found.shape}")
    return found


def crossings(
    values: Array, left: float, right: float, bottom: float, top: float, level: float
) -> tuple[Array, Array]:
    """Where `values` (rows, columns), row 0 at the bottom, cross `level`: x and y of lines, a NaN after each.

    The values stand in the centers of equal cells of the rectangle. Every cell between four centers is cut into two
    triangles, in each of which the line is straight.
    """
    rows, columns = values.shape
    with quiet():
        above = values > level
        first = above[:-1, :-1]
        mixed = (first != above[:-1, 1:]) | (first != above[1:, :-1]) | (first != above[1:, 1:])
        row, column = np.nonzero(mixed)
        up = (row[:, None, None] + TRIANGLES[..., 0]).reshape(-1, 3)
        across = (column[:, None, None] + TRIANGLES[..., 1]).reshape(-1, 3)
        heights = values[up, across] - level
        start, end = np.arange(3), np.array([1, 2, 0])
        crossed = (heights[:, start] > 0) != (heights[:, end] > 0)
        share = heights[:, start] / (heights[:, start] - heights[:, end])
        steps = ((grid[:, start], grid[:, end] - grid[:, start]) for grid in (across, up))
        places = np.stack([begin + share * step for begin, step in steps], axis=-1)
    # A side belongs to two triangles, and its lower corner with its direction tells it from all others.
    corners = up * columns + across
    sides = np.minimum(corners[:, start], corners[:, end]) * 4 + (up[:, start] != up[:, end]) * 2 + (
        across[:, start] != across[:, end]
    )
    # A line that enters a triangle leaves it: two of its three sides are crossed, or none.
    order = _lines(sides[crossed].reshape(-1, 2).tolist())
    line = np.concatenate([places[crossed], [[np.nan, np.nan]]])[order]
    return left + (line[:, 0] + 0.5) * (right - left) / columns, bottom + (line[:, 1] + 0.5) * (top - bottom) / rows


def _lines(pieces: list[list[int]]) -> list[int]:
    """The ends of `pieces`, pairs of names, as they follow one another: places in the flat list, -1 after a line."""
    at: dict[int, list[int]] = {}
    for place, name in enumerate(name for piece in pieces for name in piece):
        at.setdefault(name, []).append(place)
    # Lines that end at the border begin there; what is left then are rings.
    begins = [places[0] for places in at.values() if len(places) == 1] + list(range(0, 2 * len(pieces), 2))
    seen, order = [False] * len(pieces), []
    for place in begins:
        if seen[place // 2]:
            continue
        order.append(place)
        following: int | None = place
        while following is not None and not seen[following // 2]:
            seen[following // 2] = True
            other = following ^ 1
            order.append(other)
            following = next((end for end in at[pieces[other // 2][other % 2]] if end != other), None)
        order.append(-1)
    return order
