"""Panels for learning from a data set: training against test data, classes, hidden weights (lesson 04)."""

from collections.abc import Sequence
from itertools import cycle
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...arguments import Array
from ...network import LossAt
from ...records import History
from ..plots import BLACK, BLUE, GREEN, LINES, ORANGE, SHADES
from ..protocols import Canvas, Panel
from .curves import span

CLASSES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))


class LearningCurves(Panel[History]):
    """The loss per sample over the training, of the training data and of the test data `X_test` and `Y_test`."""

    def __init__(
        self, X_test: Array, Y_test: Array, xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ):
        self.X_test, self.Y_test, self.xlim, self.ylim = X_test, Y_test, xlim, ylim

    def still(self, ax: Axes, history: History) -> None:
        label, curves = self._label(history), self._curves(history)
        ax.set(title="training and test data", xlabel=history.unit, ylabel=label, yscale="log")
        ax.set_xlim(*(self.xlim or span(history.epochs, 0.02)))
        ax.set_ylim(*(self.ylim or (np.min(curves) / 2, np.max(curves) * 2)))
        ax.grid(alpha=0.3)
        for name, (color, dashes) in zip(("training", "test"), LINES):
            ax.plot([], [], color=color, linestyle=dashes, label=name)
        ax.legend(loc="upper right", frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for curve, (color, dashes) in zip(self._curves(history), LINES):
            canvas.line(history.epochs, curve, color, dashes)
            canvas.dots(history.epochs[[record]], curve[[record]], color, "D")

    def text(self, history: History, record: int) -> str:
        parts = (
            f"from {curve[0]:.3g} to {curve[record]:.3g} on the {name} data"
            for curve, name in zip(self._curves(history), ("training", "test"))
        )
        return f"The {self._label(history)} goes {' and '.join(parts)} over {history.epochs[record]} {history.unit}s."

    def _label(self, history: History) -> str:
        loss = history.loss_function
        return loss.label if loss.averaged else f"{loss.label} per sample"

    def _curves(self, history: History) -> tuple[Array, Array]:
        """The two curves, each of shape (records,)."""
        loss = history.loss_function
        test = _losses(history, self.X_test, self.Y_test)
        if loss.averaged:
            return history.loss, test
        return history.loss / len(history.X), test / len(self.X_test)


class Regions(Panel[History]):
    """Where in the plane of two features which class has the largest output, and the training data in that plane.

    `across` and `up` are the columns of the features in X, `names` what they are called, `classes` the names of the
    outputs, three at the most. All other features have their mean. A sample that gets the wrong class has a black rim.
    """

    def __init__(
        self, across: int, up: int, names: Sequence[str], classes: Sequence[str], columns: int = 40, rows: int = 30
    ):
        if len(classes) > len(CLASSES):
            raise ValueError(f"classes must be at most {len(CLASSES)} names, got {len(classes)}")
        self.across, self.up, self.names, self.classes = across, up, list(names), list(classes)
        self.columns, self.rows = columns, rows

    def still(self, ax: Axes, history: History) -> None:
        ax.set(title="answers and data (rim: wrong)", xlabel=self.names[0], ylabel=self.names[1])
        left, right, bottom, top = self._limits(history)
        ax.set(xlim=(left, right), ylim=(bottom, top))
        # Each class by its marker, on the shade of its region.
        shades = SHADES(np.linspace(0, 1, len(self.classes)))
        handles = [
            (Patch(facecolor=shade, edgecolor=BLACK), Line2D([], [], color=color, marker=marker, linestyle="none"))
            for shade, (color, marker) in zip(shades, CLASSES)
        ]
        ax.legend(
            handles, self.classes, loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=len(self.classes),
            frameon=False, handleheight=1.2,
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.pale:
            return
        winners = history.network(record).predict(self._centers(history)).argmax(axis=1)
        surface = winners.reshape(self.rows, self.columns)
        canvas.surface(surface, *self._limits(history), low=0, high=len(self.classes) - 1, smooth=False)
        x, y = history.X[:, self.across], history.X[:, self.up]
        truth, wrong = history.Y.argmax(axis=1), ~self._right(history, record)
        for k, (color, marker) in enumerate(CLASSES[: len(self.classes)]):
            canvas.dots(x[(truth == k) & wrong], y[(truth == k) & wrong], BLACK, marker, 10)
            canvas.dots(x[truth == k], y[truth == k], color, marker, 6)

    def text(self, history: History, record: int) -> str:
        right, truth = self._right(history, record), history.Y.argmax(axis=1)
        counts = (f"{right[truth == k].sum()} of {(truth == k).sum()} {name}" for k, name in enumerate(self.classes))
        return f"The right answer comes for {', '.join(counts)}, for {right.sum()} of {len(right)} in all."

    def _limits(self, history: History) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the part of the plane that is shown."""
        return *span(history.X[:, self.across], 0.08), *span(history.X[:, self.up], 0.08)

    def _centers(self, history: History) -> Array:
        """The centers of the cells of the surface, row by row from the bottom, shape (cells, features)."""
        left, right, bottom, top = self._limits(history)
        across, up = ((np.arange(cells) + 0.5) / cells for cells in (self.columns, self.rows))
        x, y = np.meshgrid(left + across * (right - left), bottom + up * (top - bottom))
        centers = np.tile(history.X.mean(axis=0), (x.size, 1))
        centers[:, self.across], centers[:, self.up] = x.ravel(), y.ravel()
        return centers

    def _right(self, history: History, record: int) -> np.ndarray:
        return history.network(record).predict(history.X).argmax(axis=1) == history.Y.argmax(axis=1)


class HiddenWeights(Panel[History]):
    """The weights from one feature, column `feature` of X called `name`, over the training: a line for each neuron."""

    def __init__(
        self, feature: int, name: str, xlim: tuple[float, float] | None = None, ylim: tuple[float, float] | None = None
    ):
        self.feature, self.name, self.xlim, self.ylim = feature, name, xlim, ylim

    def still(self, ax: Axes, history: History) -> None:
        ax.set(title=f"weights from {self.name}", xlabel=history.unit, ylabel="weight")
        ax.set_xlim(*(self.xlim or span(history.epochs, 0.02)))
        ax.set_ylim(*(self.ylim or span(self._weights(history), 0.1)))
        ax.axhline(0, color=BLACK, linewidth=0.8)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for weights, (color, dashes) in zip(self._weights(history).T, cycle(LINES)):
            canvas.line(history.epochs[: record + 1], weights[: record + 1], color, dashes, 1.5)

    def text(self, history: History, record: int) -> str:
        weights, now = self._weights(history), f"at {history.unit} {history.epochs[record]}"
        if weights.shape[1] == 1:
            (start, end), neurons = weights[[0, record], 0], f"The weight from {self.name} to the hidden neuron"
            return f"{neurons} is {start:.3g} at the start and {end:.3g} {now}."
        start, end = np.ptp(weights[[0, record]], axis=1)
        neurons = f"The weights from {self.name} to the {weights.shape[1]} hidden neurons"
        return f"{neurons} lie at most {start:.3g} apart at the start and {end:.3g} {now}."

    def _weights(self, history: History) -> Array:
        """Shape (records, hidden neurons)."""
        (W, *_), _ = history.network(0).split(history.theta)
        return W[:, self.feature]


# A picture asks for the same losses again and again: of the run that is shown and of its ghost. They are known for as
# long as there is the run, by the data that they are of.
KNOWN: WeakKeyDictionary[History, dict[tuple[bytes, bytes], Array]] = WeakKeyDictionary()


def _losses(history: History, X: Array, Y: Array) -> Array:
    """The loss of `X` and `Y` at every record of `history`, shape (records,)."""
    known, data = KNOWN.setdefault(history, {}), (X.tobytes(), Y.tobytes())
    if data not in known:
        loss_at = LossAt(history.network(0), X, Y, history.loss_function)
        known[data] = np.array([loss_at(theta) for theta in history.theta])
    return known[data]
