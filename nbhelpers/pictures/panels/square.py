"""Panels for a network with two inputs and one output: its answers over the unit square (lessons 03 and 05)."""

from collections.abc import Iterable, Sequence

import numpy as np

from ... import settings
from ...arguments import number, whole_number
from ...records import History
from ..colors import BLUE, INK, ORANGE, VERMILLION
from ..protocols import MOST_CELLS, Canvas, Dots, Key, Panel, Still
from .curves import demand_sizes

# The markers of the data points: a truth at or below the threshold, and one above it.
BELOW, ABOVE = (BLUE, "s"), (VERMILLION, "D")


class Square(Panel[History]):
    """The output over the square, blue for low and orange for high, with every data point and the output there.

    A dotted line runs where the output crosses `threshold`: on its one side the network says no, on its other side
    yes. `limits` are those of both inputs, `range` the outputs that are drawn in full blue and in full orange.
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
        keys = (Key(name, color, marker=marker) for name, (color, marker) in (("truth 0", BELOW), ("truth 1", ABOVE)))
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
        if not canvas.before:
            for (x, y), truth, output in _points(history, record):
                color, marker = ABOVE if truth > self.threshold else BELOW
                canvas.dots([x], [y], color, marker, 9.0, halo=True)
                above = y + 0.09 * (self.limits[1] - self.limits[0])
                canvas.text(x, above, _short(output).replace("-", "−"), halo=True)

    def text(self, history: History, record: int) -> str:
        points = list(_points(history, record))
        above = [_place(point) for point, truth, output in points if output > self.threshold]
        right = sum((output > self.threshold) == (truth > self.threshold) for point, truth, output in points)
        where = f"at {' and '.join(above)}" if above else "nowhere"
        return (
            f"Of the {len(points)} corners the output is above {self.threshold:g} {where}; "
            f"{right} of {len(points)} answers are right."
        )


class Predictions(Panel[History]):
    """The prediction for each pair of inputs against the truth, with a line between the two: the error."""

    def __init__(self, ylim: tuple[float, float] = (-0.6, 1.6)):
        self.ylim = settings.limits("ylim", ylim)

    def still(self, history: History) -> Still:
        demand_sizes(history, 2, 1)
        corners, truths = _corners(history)
        places = tuple(map(float, range(len(corners))))
        return Still(
            "prediction and truth", (-0.6, len(corners) - 0.4), self.ylim, "inputs", "output", grid=True,
            xticks=tuple((place, _place(corner)) for place, corner in zip(places, corners)),
            legend=(Key("truth", ORANGE, marker="s"), Key("prediction", BLUE, marker="D")),
            marks=(Dots(places, tuple(truths), ORANGE, "s", 10.0),),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for place, (_, truth, output) in enumerate(_points(history, record)):
            canvas.line([place, place], [truth, output], BLUE, "solid", 1.5)
            canvas.dots([place], [output], BLUE, "D")

    def text(self, history: History, record: int) -> str:
        points = list(_points(history, record))
        said = ", ".join(f"{_short(output)} at {_place(point)}" for point, _, output in points)
        worst = max(abs(output - truth) for _, truth, output in points)
        return f"The predictions are {said}; the largest error is {worst:.3g}."


def _points(history: History, record: int) -> Iterable[tuple[list[float], float, float]]:
    """(inputs, truth, output) for each pair of inputs in the data, in the order of counting."""
    corners, truths = _corners(history)
    outputs = history.network(record).predict(corners)
    return zip(corners, truths, outputs[:, 0].tolist())


def _corners(history: History) -> tuple[list[list[float]], list[float]]:
    """The different pairs of inputs in the data, in the order of counting, and the truth of each."""
    inputs, first = np.unique(history.X, axis=0, return_index=True)
    return inputs.tolist(), history.Y[first, 0].tolist()


def _place(point: Sequence[float]) -> str:
    return f"({point[0]:g}, {point[1]:g})"


def _short(output: float) -> str:
    """Two decimals, or three digits where that is shorter; never minus zero."""
    return f"{round(output, 2) + 0.0:.2f}" if abs(output) < 10 else f"{output:.3g}"
