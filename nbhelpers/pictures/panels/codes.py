"""Panels for the codes that an autoencoder invents: what its first hidden layer says of each pattern (lesson 02)."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from math import ceil, inf

import numpy as np

from ...activations import quiet
from ...arguments import Array, number, whole_number
from ...records import History
from ..colors import BLACK, BLUE, FAINT, SKY, VERMILLION
from ..protocols import Canvas, Key, Line, Panel, Still, Words
from ..scales import power_of_ten, short
from .curves import LossCurve, last_epoch

# The start is epoch 0, which a logarithmic axis does not have. It stands here instead.
START = 0.2

# How near to 0 or 1 an activation has to be to count as a clear answer.
CLEAR = 0.1

# What is left of the cube where there are fewer than three units.
PLACES = {1: "on a line (unit 1)", 2: "in the unit square (units 1, 2)", 3: "in the unit cube (units 1, 2, 3)"}

# Of more patterns or units the codes are shades alone: 60 000 numbers cannot be read, and take minutes to draw.
READABLE, MOST_UNITS = 40, 16

# Dots in the cube that are nearer to each other share one label.
TOUCHING = 0.06

# The squares of smaller numbers may be 0.
SQUARES = 1e-150


class LogLossCurve(LossCurve):
    """The loss over the training with both axes logarithmic, and a dashed line at the loss `goal` where it is given."""

    def __init__(
        self, ylim: tuple[float, float] | None = None, xmax: int | None = None, goal: float | None = None
    ):
        super().__init__(ylim)
        self.xmax = None if xmax is None else whole_number("xmax", xmax, least=1, most=10**12)
        self.goal = None if goal is None else number("goal", goal, above=0)

    def still(self, history: History) -> Still:
        last = self.xmax or max(last_epoch(history), 1)
        limits = START * 0.8, last * 1.25
        ticks = ((START, "start"), *((10.0**power, power_of_ten(power)) for power in range(len(str(last)))))
        still = replace(super().still(history), xlog=True, xlim=limits, xticks=ticks)
        if self.goal is None:
            return still
        goal, key = Line(limits, (self.goal, self.goal), VERMILLION, "dashed"), f"goal {self.goal:g}"
        return replace(still, marks=(goal,), legend=(Key(key, VERMILLION, "dashed", width=1.0),))

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        epochs = np.maximum(history.epochs, START)
        canvas.line(epochs, history.loss, BLUE)
        canvas.dots(epochs[[record]], history.loss[[record]], VERMILLION, "D")


class Codes(Panel[History]):
    """The codes as shades and numbers: a row for each pattern, the first one on top, and a column for each unit."""

    def still(self, history: History) -> Still:
        rows = len(history.X)
        return Still(
            "codes (blue: 0, orange: 1)", (0.0, 1.0), (0.0, float(rows)), "hidden units, from left to right", "pattern",
            xticks=(), before=False,
            yticks=tuple((rows - place + 0.5, str(place)) for place in range(rows, 0, -ceil(rows / READABLE))),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        # A second table behind the first could not be read.
        if canvas.before:
            return
        codes = codes_at(history, [record])[0][::-1]
        rows, units = codes.shape
        canvas.surface(codes, 0, 1, 0, rows, low=0, high=1, smooth=False)
        for row, unit in np.ndindex(codes.shape if _readable(codes) else (0, 0)):
            canvas.text((unit + 0.5) / units, row + 0.5, _two_decimals(codes[row, unit]))

    def text(self, history: History, record: int) -> str:
        codes = codes_at(history, [record])[0]
        # Codes of other activations than sigmoid lie beyond 0 and 1 too. And 0 gives minus zero no sign.
        clear, rounded = (np.minimum(abs(codes), abs(codes - 1)) < CLEAR).sum(), codes.round() + 0.0
        between = "" if np.isin(rounded, (0, 1)).all() else ","
        words = " ".join(between.join(f"{value:g}" for value in code) for code in rounded)
        listed = f"codes round to {words}," if _readable(codes) else f"{len(codes)} codes round to"
        return (
            f"The {listed} {len(np.unique(rounded, axis=0))} different ones; "
            f"{clear} of {codes.size} activations are within {CLEAR} of 0 or 1."
        )


class Cube(Panel[History]):
    """The codes as numbered points in the unit cube, each with its path from the start; unit 1 points to the right.

    Unit 2 points up and unit 3 to the back. Of more than three units the first three are drawn. With two units a
    square is left of the cube, and with one a line.
    """

    def still(self, history: History) -> Still:
        return _cube(min(3, history.network(0).layers[0].units))

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.before:
            points = _flat(codes_at(history, [record])[0])
            canvas.dots(points[:, 0], points[:, 1], BLUE, size=9)
            return
        paths = _flat(codes_at(history, slice(record + 1)))
        for path in paths.swapaxes(0, 1):
            canvas.line(path[:, 0], path[:, 1], BLUE, width=1)
        x, y = paths[-1].T
        canvas.dots(x, y, BLACK, size=18)
        canvas.dots(x, y, SKY, size=16)
        for place, names in _together(paths[-1]):
            if len(names) == 1:
                canvas.text(*place, names[0], color=BLACK)
            else:
                canvas.text(place[0] + 0.06, place[1] - 0.06, ", ".join(names), halo=True, anchor="start")

    def text(self, history: History, record: int) -> str:
        codes = codes_at(history, [record])[0]
        if len(codes) == 1:
            return "There is one code alone, and so no two that are near to each other."
        (a, b), apart = closest(codes)
        return f"The two codes nearest to each other, of patterns {a + 1} and {b + 1}, are {apart:.3g} apart."


def _two_decimals(code: float) -> str:
    """A code as it stands in its cell, which has no room for many digits."""
    return f"{code:z.2f}" if abs(code) < 1000 else short(code)


def _readable(codes: Array) -> bool:
    """Whether there are few enough numbers to be written out."""
    patterns, units = codes.shape
    return patterns <= READABLE and units <= MOST_UNITS


def codes_at(history: History, records: list[int] | slice) -> Array:
    """The activations of the first hidden layer for all rows of X, shape (records, samples, units)."""
    network = history.network(0)
    (W, *_), (b, *_) = network.split(history.theta[records])
    with quiet():
        Z = history.X @ W if b is None else history.X @ W + b[:, None]
    return network.layers[0].activation.value(Z)


def closest(codes: Array) -> tuple[tuple[int, int], float]:
    """The two rows of `codes` that lie nearest to each other, as a pair of indices, and how far apart they are."""
    nearest = []
    for a in range(len(codes) - 1):
        with quiet():
            apart = codes[a + 1 :] - codes[a]
            ways = np.linalg.norm(apart, axis=1)
            if not SQUARES < ways.min() < inf:
                # It takes longer, and squares nothing. What is no number is infinite less infinite.
                ways = np.nan_to_num(np.hypot.reduce(apart, axis=1), nan=inf, posinf=inf)
        nearest.append((float(ways.min()), (a, a + 1 + int(ways.argmin()))))
    distance, pair = min(nearest)
    return pair, distance


@cache
def _cube(units: int) -> Still:
    """The cube, the square or the line of so many units, with the names of its corners; the same for every run."""
    corners = np.array(list(np.ndindex((2,) * units)))
    marks: list[Line | Words] = []
    for a, b in combinations(corners, 2):
        if abs(a - b).sum() == 1:
            # The three edges behind the cube meet in its corner 001.
            behind = any(corner.tolist() == [0, 0, 1] for corner in (a, b))
            x, y = _flat(np.array([a, b])).T.tolist()
            marks.append(Line(tuple(x), tuple(y), FAINT, "dotted" if behind else "solid"))
    for corner, (x, y) in zip(corners, _flat(corners).tolist()):
        right, up = (2 * on - 1 for on in (*corner, 0)[:2])
        name = "".join(map(str, corner))
        marks.append(Words(x + 0.06 * right, y + 0.08 * up, name, anchor="start" if right > 0 else "end"))
    x, y = np.maximum(1.0, _flat(corners).max(axis=0)).tolist()
    return Still(
        f"codes {PLACES[units]}", (-0.28, x + 0.28), (-0.18, y + 0.18), marks=tuple(marks), frame=False, equal=True,
        tall=True,
    )


def _together(places: Array) -> Iterator[tuple[tuple[float, float], list[str]]]:
    """Places that lie on one another, as one of them and the numbers of all, counted from 1."""
    left = list(range(len(places)))
    while left:
        with quiet():
            # An infinite one is no number away from itself.
            apart = np.hypot(*(places[left] - places[left[0]]).T)
        near = [other for other, way in zip(left, apart) if other == left[0] or way < TOUCHING]
        x, y = places[near].max(axis=0).tolist()
        yield (x, y), [str(pattern + 1) for pattern in near]
        left = [other for other in left if other not in near]


def _flat(codes: Array) -> Array:
    """The places on the page of codes, shapes (..., 2) and (..., units): unit 3 runs up and to the right."""
    x, y, z = (codes[..., unit] if unit < codes.shape[-1] else np.zeros(codes.shape[:-1]) for unit in range(3))
    return np.stack([x + 0.45 * z, y + 0.35 * z], axis=-1)
