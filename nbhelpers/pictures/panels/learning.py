"""Panels for learning from a data set: training against test data, classes, hidden weights (lesson 04)."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np

from ...arguments import Array, matrix, refuse_reordered, whole_number
from ...records import History
from ...settings import label, labels, own_limits
from ...words import counted
from ..colors import BLUE, GREEN, INK, LINES, ORANGE, SOFT
from ..protocols import LAST_PLACE, MOST_CELLS, Canvas, Key, Line, Panel, Still
from .curves import log_span, over_time, span, two_places

CLASSES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))


class LearningCurves(Panel[History]):
    """The loss per sample over the training, of the training data and of the test data `X_test` and `Y_test`."""

    def __init__(
        self, X_test: Array, Y_test: Array, xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ):
        refuse_reordered(X_test, Y_test, ("X_test", "Y_test"))
        self.X_test = matrix("X_test", X_test)
        self.Y_test = matrix("Y_test", Y_test, rows=(len(self.X_test), "one for each row of X_test"))
        self.xlim, self.ylim = own_limits("xlim", xlim), own_limits("ylim", ylim, log=True)

    def still(self, history: History) -> Still:
        if self.X_test.shape[1] != history.X.shape[1]:
            came = f"{self.X_test.shape[1]} features, got a network with {history.X.shape[1]}"
            raise ValueError(f"this panel has test data of {came}; give the panel the test data of this network")
        keys = (Key(name, color, dashes) for name, (color, dashes) in zip(("training", "test"), LINES))
        return Still(
            "training and test data", self.xlim or over_time(history),
            self.ylim or log_span(self._curves(history)), history.unit, self._label(history), ylog=True, grid=True,
            legend=tuple(keys),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for curve, (color, dashes) in zip(self._curves(history), LINES):
            canvas.line(history.epochs, curve, color, dashes)
            canvas.dots(history.epochs[[record]], curve[[record]], color, "D")

    def text(self, history: History, record: int) -> str:
        parts = (
            f"from {curve[0]:.3g} to {curve[record]:.3g} on the {name} data"
            for curve, name in zip(self._curves(history), ("training", "test"))
        )
        units = counted(history.epochs[record], history.unit)
        return f"The {self._label(history)} goes {' and '.join(parts)} over {units}."

    def _label(self, history: History) -> str:
        loss = history.loss_function
        return loss.label if loss.averaged else f"{loss.label} per sample"

    def _curves(self, history: History) -> tuple[Array, Array]:
        """The two curves, each of shape (records,)."""
        loss = history.loss_function
        test = history.loss_on(self.X_test, self.Y_test)
        if loss.averaged:
            return history.loss, test
        return history.loss / len(history.X), test / len(self.X_test)


class Regions(Panel[History]):
    """Where in the plane of two features which class has the largest output, and the training data in that plane.

    `across` and `up` are the columns of the features in X, `names` what they are called, `classes` the names of the
    outputs, three at the most. All other features have their mean. A sample that gets the wrong class has a rim.
    """

    def __init__(
        self, across: int, up: int, names: Sequence[str], classes: Sequence[str], columns: int = 40, rows: int = 30
    ):
        self.across, self.up = two_places(across, up)
        self.names, self.classes = labels("names", names, 2, 2), labels("classes", classes, 2, len(CLASSES))
        self.columns = whole_number("columns", columns, least=2, most=MOST_CELLS)
        self.rows = whole_number("rows", rows, least=2, most=MOST_CELLS)

    def still(self, history: History) -> Still:
        if max(self.across, self.up) >= history.X.shape[1] or len(self.classes) != history.Y.shape[1]:
            wanted = f"{len(self.classes)} classes and more than {max(self.across, self.up)} features"
            came = f"{history.Y.shape[1]} outputs and {history.X.shape[1]} features"
            raise ValueError(f"this panel shows {wanted}, got a network with {came}; take another panel")
        left, right, bottom, top = self._limits(history)
        keys = (Key(name, color, marker=marker, shade=number)
                for number, (name, (color, marker)) in enumerate(zip(self.classes, CLASSES)))
        return Still(
            "answers and data (rim: wrong)", (left, right), (bottom, top), self.names[0], self.names[1],
            legend=tuple(keys), tall=True, before=False,
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.before:
            return
        winners = history.network(record).predict(self._centers(history)).argmax(axis=1)
        surface = winners.reshape(self.rows, self.columns).astype(np.float64)
        last = len(self.classes) - 1
        canvas.surface(surface, *self._limits(history), low=0, high=last, shades="classes", smooth=False)
        x, y = history.X[:, self.across], history.X[:, self.up]
        truth, wrong = history.Y.argmax(axis=1), ~self._right(history, record)
        for k, (color, marker) in enumerate(CLASSES[: len(self.classes)]):
            canvas.dots(x[(truth == k) & wrong], y[(truth == k) & wrong], INK, marker, 12)
            canvas.dots(x[truth == k], y[truth == k], color, marker, 6, halo=True)

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
        self.feature, self.name = whole_number("feature", feature, most=LAST_PLACE), label("name", name)
        self.xlim, self.ylim = own_limits("xlim", xlim), own_limits("ylim", ylim)

    def still(self, history: History) -> Still:
        if self.feature >= history.X.shape[1]:
            came = f"feature {self.feature}, got a network with {history.X.shape[1]}"
            raise ValueError(f"this panel shows {came}; count from 0")
        limits = self.xlim or over_time(history)
        return Still(
            f"weights from {self.name}", limits, self.ylim or span(self._weights(history), 0.1), history.unit, "weight",
            marks=(Line(limits, (0.0, 0.0), SOFT),),
        )

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
