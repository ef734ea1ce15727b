"""Contour lines of a surface, for both renderers alike."""

import numpy as np

from ..arguments import Array


def crossings(
    values: Array, left: float, right: float, bottom: float, top: float, level: float
) -> tuple[Array, Array]:
    """Where `values` (rows, columns), row 0 at the bottom, cross `level`: x and y of the line's pieces.

    The values stand in the centers of equal cells of the rectangle. A piece is two points, and a NaN follows it. Every
    cell between four centers is cut into two triangles, in each of which the line is straight.
    """
    with np.errstate(invalid="ignore"):
        above = values > level
        inner = above[:-1, :-1], above[:-1, 1:], above[1:, :-1], above[1:, 1:]
        row, column = np.nonzero((inner[0] != inner[1]) | (inner[0] != inner[2]) | (inner[0] != inner[3]))
        # Corners of the two triangles of each cell, as steps (up, across) from its first one.
        triangles = np.array([[(0, 0), (0, 1), (1, 1)], [(0, 0), (1, 0), (1, 1)]])
        up = (row[:, None, None] + triangles[..., 0]).reshape(-1, 3)
        across = (column[:, None, None] + triangles[..., 1]).reshape(-1, 3)
        heights = values[up, across] - level
        start, end = np.arange(3), np.array([1, 2, 0])
        crossed = (heights[:, start] > 0) != (heights[:, end] > 0)
        share = heights[:, start] / (heights[:, start] - heights[:, end])
    where = np.stack([grid[:, start] + share * (grid[:, end] - grid[:, start]) for grid in (across, up)], axis=-1)
    # A line that enters a triangle leaves it: two of its three sides are crossed, or none.
    pieces = where[crossed].reshape(-1, 2, 2)
    pieces = np.concatenate([pieces, np.full((len(pieces), 1, 2), np.nan)], axis=1).reshape(-1, 2)
    rows, columns = values.shape
    return left + (pieces[:, 0] + 0.5) * (right - left) / columns, bottom + (pieces[:, 1] + 0.5) * (top - bottom) / rows
