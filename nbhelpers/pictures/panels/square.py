"""Panels for a network with two inputs and one output: its answers over the unit square (lessons 03 and 05)."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes

from ...arguments import Array
from ...records import History
from ..plots import BLACK, BLUE, ORANGE, VERMILLION
from ..protocols import Canvas, Panel

# The markers of the data points: a truth at or below the threshold, and one above it.
BELOW, ABOVE = (BLUE, "s"), (VERMILLION, "D")


class Square(Panel[History]):
    """The output over the square, light for low and dark for high, with every data point and the output there.

    A dotted line runs where the output crosses `threshold`: on its one side the network says no, on its other side
    yes. `limits` are those of both inputs, `range` the outputs that are drawn white and darkest.
    """

    def __init__(
        self, limits: tuple[float, float] = (-0.3, 1.3), range: tuple[float, float] = (0.0, 1.0),
        threshold: float = 0.5, cells: int = 32,
    ):
        self.limits, self.range, self.threshold, self.cells = limits, range, threshold, cells

    def still(self, ax: Axes, history: History) -> None:
        _demand_two_inputs(history)
        ax.set(title=f"output (dark: high; dotted: {self.threshold:g})", xlabel="input 1", ylabel="input 2")
        ax.set(xlim=self.limits, ylim=self.limits, xticks=(0, 1), yticks=(0, 1))
        for name, (color, marker) in (("truth 0", BELOW), ("truth 1", ABOVE)):
            ax.plot([], [], color=color, marker=marker, linestyle="none", label=name)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2, frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        across = np.linspace(*self.limits, self.cells)
        grid = np.column_stack([axis.ravel() for axis in np.meshgrid(across, across)])
        heights = history.network(record).predict(grid).reshape(self.cells, self.cells)
        if not canvas.pale:
            # The centers of the outer cells lie on the limits.
            half = (across[1] - across[0]) / 2
            edges = self.limits[0] - half, self.limits[1] + half
            canvas.surface(heights, *edges, *edges, low=self.range[0], high=self.range[1])
        x, y = _crossings(across, heights - self.threshold)
        canvas.dots(x, y, BLACK, "o", 2.0)
        if not canvas.pale:
            for (x, y), truth, output in _points(history, record):
                color, marker = ABOVE if truth > self.threshold else BELOW
                canvas.dots([x], [y], color, marker, 9.0)
                canvas.text(x, y + 0.09 * (self.limits[1] - self.limits[0]), _short(output))

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
        self.ylim = ylim

    def still(self, ax: Axes, history: History) -> None:
        _demand_two_inputs(history)
        points = list(_points(history, 0))
        truths = [truth for _, truth, _ in points]
        ax.plot(truths, color=ORANGE, marker="s", markersize=10, linestyle="none", label="truth")
        ax.plot([], [], color=BLUE, marker="D", linestyle="none", label="prediction")
        ax.set(title="prediction and truth", xlabel="inputs", ylabel="output", ylim=self.ylim)
        ax.set(xlim=(-0.6, len(points) - 0.4), xticks=range(len(points)), xticklabels=[_place(p) for p, _, _ in points])
        ax.grid(alpha=0.3, axis="y")
        ax.legend(loc="upper left", frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for place, (_, truth, output) in enumerate(_points(history, record)):
            canvas.line([place, place], [truth, output], BLUE, "solid", 1.5)
            canvas.dots([place], [output], BLUE, "D")

    def text(self, history: History, record: int) -> str:
        points = list(_points(history, record))
        said = ", ".join(f"{_short(output)} at {_place(point)}" for point, _, output in points)
        worst = max(abs(output - truth) for _, truth, output in points)
        return f"The predictions are {said}; the largest error is {worst:.3g}."


def _demand_two_inputs(history: History) -> None:
    shapes = history.X.shape[1], history.Y.shape[1]
    if shapes != (2, 1):
        came = f"{shapes[0]} and {shapes[1]}"
        raise ValueError(f"this panel shows a network with 2 inputs and 1 output, got {came}; take another panel")


def _points(history: History, record: int) -> Iterable[tuple[list[float], float, float]]:
    """(inputs, truth, output) for each pair of inputs in the data, in the order of counting."""
    inputs, first = np.unique(history.X, axis=0, return_index=True)
    outputs = history.network(record).predict(inputs)
    return zip(inputs.tolist(), history.Y[first, 0].tolist(), outputs[:, 0].tolist())


def _crossings(across: Array, heights: Array) -> Array:
    """The points, as x and y, where `heights` (rows, columns) crosses zero between two neighbors of the grid."""
    points = []
    for flipped in (False, True):
        rows = heights.T if flipped else heights
        left, right = rows[:, :-1], rows[:, 1:]
        row, column = np.nonzero((left > 0) != (right > 0))
        share = left[row, column] / (left[row, column] - right[row, column])
        along, beside = across[column] + share * (across[1] - across[0]), across[row]
        points.append((beside, along) if flipped else (along, beside))
    return np.concatenate(points, axis=1)


def _place(point: Sequence[float]) -> str:
    return f"({point[0]:g}, {point[1]:g})"


def _short(output: float) -> str:
    """Two decimals, or three digits where that is shorter; never minus zero."""
    return f"{round(output, 2) + 0.0:.2f}" if abs(output) < 10 else f"{output:.3g}"
