"""Panels for a network with two inputs and one output: its answers over the unit square (lessons 03 and 05)."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, nan
from typing import NamedTuple

import numpy as np

from ... import settings
from ...arguments import number, whole_number
from ...records import History
from ..colors import BLUE, INK, ORANGE, VERMILLION
from ..protocols import MOST_CELLS, Canvas, Dots, Key, Panel, Still
from .curves import demand_sizes

# The markers of the data points: a truth at or below the threshold, and one above it.
BELOW, ABOVE = (BLUE, "s"), (VERMILLION, "D")

# Of more points than these the outputs are not written beside them, nor all of them into a sentence.
READABLE = 16
# So many pairs of inputs find room along an axis.
MOST_TICKS = 8


class Point(NamedTuple):
    """A pair of inputs in the data, a truth that it has there, and the output."""

    inputs: list[float]
    truth: float
    output: float


class Square(Panel[History]):
    """The output over the square, blue for low and orange for high, with every data point and the output there.

    A dotted line runs where the output crosses `threshold`: on its one side the network says no, on its other side
    yes. `limits` are those of both inputs, `range` the outputs that are drawn in full blue and in full orange. Where
    the data have more than one truth for the same inputs, each of these is a point.
    """

    def __init__(
        self, limits: tuple[float, float] = (-0.3, 1.3), range: tuple[float, float] = (0.0, 1.0),
        threshold: float = 0.5, cells: int = 32,
    ):
        self.limits, self.range = settings.limits("limits", limits), settings.limits("range", range)
        self.threshold = number("threshold", threshold)
        self.cells = whole_number("cells", cells, least=2, most=MOST_CELLS)

    def still(self, history: History) -> Still:
        demand_sizes(history, 2, 1)
        corners = (0.0, "0"), (1.0, "1")
        names = f"truth up to {self.threshold:g}", f"truth above {self.threshold:g}"
        if {*history.Y[:, 0]} <= {0.0, 1.0} and 0 <= self.threshold < 1:
            names = "truth 0", "truth 1"
        keys = (Key(name, color, marker=marker) for name, (color, marker) in zip(names, (BELOW, ABOVE)))
        return Still(
            f"output (blue: {self.range[0]:g}, orange: {self.range[1]:g})", self.limits, self.limits, "input 1",
            "input 2", xticks=corners, yticks=corners, tall=True,
            legend=(*keys, Key(f"output {self.threshold:g}", INK, "dotted")),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        across = np.linspace(*self.limits, self.cells)
        grid = np.column_stack([axis.ravel() for axis in np.meshgrid(across, across)])
        heights = history.network(record).predict(grid).reshape(self.cells, self.cells)
        # The centers of the outer cells lie on the limits.
        half = (across[1] - across[0]) / 2
        edges = self.limits[0] - half, self.limits[1] + half
        if not canvas.before:
            canvas.surface(heights, *edges, *edges, low=self.range[0], high=self.range[1])
        canvas.contours(heights, *edges, *edges, [self.threshold], INK, "dotted", 2.0, halo=True)
        if canvas.before:
            return
        points = _points(history, record)
        if len(points) > READABLE:
            for yes, (color, marker) in ((False, BELOW), (True, ABOVE)):
                places = [point.inputs for point in points if (point.truth > self.threshold) == yes]
                x_of, y_of = np.reshape(places, (-1, 2)).T
                canvas.dots(x_of, y_of, color, marker, 6.0, halo=True)
            return
        for (x, y), truth, output in points:
            color, marker = ABOVE if truth > self.threshold else BELOW
            canvas.dots([x], [y], color, marker, 9.0, halo=True)
            above = y + 0.09 * (self.limits[1] - self.limits[0])
            canvas.text(x, above, _short(output).replace("-", "−"), halo=True)

    def text(self, history: History, record: int) -> str:
        points = _points(history, record)
        corners = {tuple(point.inputs): point.output for point in points}
        above = [_place(corner) for corner, output in corners.items() if output > self.threshold]
        right = sum((point.output > self.threshold) == (point.truth > self.threshold) for point in points)
        where = f"at {' and '.join(_first(above))}" if above else "nowhere"
        return (
            f"Of the {len(corners)} corners the output is above {self.threshold:g} {where}; "
            f"{right} of {len(points)} answers are right.{_contradictions(points)}"
        )


class Predictions(Panel[History]):
    """The prediction for each pair of inputs against the truth, with a line between the two: the error."""

    def __init__(self, ylim: tuple[float, float] = (-0.6, 1.6)):
        self.ylim = settings.limits("ylim", ylim)

    def still(self, history: History) -> Still:
        demand_sizes(history, 2, 1)
        corners, truths = _corners(history)
        places = tuple(map(float, range(len(corners))))
        ticks = [*zip(places, map(_place, corners))]
        return Still(
            "prediction and truth", (-0.6, len(corners) - 0.4), self.ylim, "inputs", "output", grid=True,
            xticks=tuple(ticks[:: ceil(len(ticks) / MOST_TICKS)]),
            legend=(Key("truth", ORANGE, marker="s"), Key("prediction", BLUE, marker="D")),
            marks=(Dots(places, tuple(truths), ORANGE, "s", 10.0),),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        points = _points(history, record)
        places, outputs = [*range(len(points))], [point.output for point in points]
        # One line with gaps: a line for each of a thousand points would take matplotlib many seconds.
        ends = [(point.truth, point.output, nan) for point in points]
        canvas.line(np.repeat(places, 3), np.ravel(ends), BLUE, "solid", 1.5)
        canvas.dots(places, outputs, BLUE, "D")

    def text(self, history: History, record: int) -> str:
        points = _points(history, record)
        outputs = {tuple(point.inputs): point.output for point in points}
        said = ", ".join(_first([f"{_short(output)} at {_place(corner)}" for corner, output in outputs.items()]))
        worst = max(abs(point.output - point.truth) for point in points)
        return f"The predictions are {said}; the largest error is {worst:.3g}.{_contradictions(points)}"


def _points(history: History, record: int) -> list[Point]:
    """The points of the data, in the order of counting."""
    corners, truths = _corners(history)
    outputs = history.network(record).predict(corners)
    return [*map(Point, corners, truths, outputs[:, 0].tolist())]


def _corners(history: History) -> tuple[list[list[float]], list[float]]:
    """The different pairs of inputs in the data, in the order of counting, and the truth of each.

    A pair that has more than one truth stands there with each of them.
    """
    found = np.unique(np.hstack([history.X, history.Y]), axis=0)
    return found[:, :-1].tolist(), found[:, -1].tolist()


def _contradictions(points: list[Point]) -> str:
    """A sentence where the data have more than one truth for the same inputs."""
    found = dict.fromkeys(_place(one.inputs) for one, other in pairwise(points) if one.inputs == other.inputs)
    return f" The data have more than one truth at {' and '.join(_first([*found]))}." if found else ""


def _first(said: list[str]) -> list[str]:
    """The first ones, and how many more there are."""
    return said if len(said) <= READABLE else [*said[:READABLE], f"{len(said) - READABLE} more"]


def _place(point: Sequence[float]) -> str:
    return f"({point[0]:g}, {point[1]:g})"


def _short(output: float) -> str:
    """Two decimals, or three digits where that is shorter; never minus zero."""
    return f"{round(output, 2) + 0.0:.2f}" if abs(output) < 10 else f"{output:.3g}"
