"""Panels for learning from a data set: training against test data, classes, hidden weights (lesson 05)."""

from functools import lru_cache
from itertools import cycle

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...activations import quiet
from ...network import ForwardPass
from ..plots import BLACK, BLUE, GREEN, LINES, ORANGE, SHADES
from .curves import span

CLASSES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))


class LearningCurves:
    """The loss per sample over the training, of the training data and of the test data `X_test` and `Y_test`."""

    def __init__(self, X_test, Y_test, xlim=None, ylim=None):
        self.X_test, self.Y_test, self.xlim, self.ylim = X_test, Y_test, xlim, ylim
        # A picture asks for the same curves again and again: of the run that is shown and of its ghost.
        self._curves = lru_cache(maxsize=2)(self._curves)

    def still(self, ax, history):
        label, curves = self._label(history), self._curves(history)
        ax.set(title="training and test data", xlabel=history.unit, ylabel=label, yscale="log")
        ax.set_xlim(*(self.xlim or span(history.epochs, 0.02)))
        ax.set_ylim(*(self.ylim or (np.min(curves) / 2, np.max(curves) * 2)))
        ax.grid(alpha=0.3)
        for name, (color, dashes) in zip(("training", "test"), LINES):
            ax.plot([], [], color=color, linestyle=dashes, label=name)
        ax.legend(loc="upper right", frameon=False)

    def moving(self, canvas, history, record):
        for curve, (color, dashes) in zip(self._curves(history), LINES):
            canvas.line(history.epochs, curve, color, dashes)
            canvas.dots(history.epochs[[record]], curve[[record]], color, "D")

    def text(self, history, record):
        parts = (
            f"from {curve[0]:.3g} to {curve[record]:.3g} on the {name} data"
            for curve, name in zip(self._curves(history), ("training", "test"))
        )
        return f"The {self._label(history)} goes {' and '.join(parts)} over {history.epochs[record]} {history.unit}s."

    def _label(self, history):
        loss = history.loss_function
        return loss.label if loss.averaged else f"{loss.label} per sample"

    def _curves(self, history):
        """The two curves, each of shape (records,)."""
        loss = history.loss_function
        test = _losses(history, self.X_test, self.Y_test)
        if loss.averaged:
            return history.loss, test
        return history.loss / len(history.X), test / len(self.X_test)


class Regions:
    """Where in the plane of two features which class has the largest output, and the training data in that plane.

    `across` and `up` are the columns of the features in X, `names` what they are called, `classes` the names of the
    outputs, three at the most. All other features have their mean. A sample that gets the wrong class has a black rim.
    """

    def __init__(self, across, up, names, classes, columns=40, rows=30):
        if len(classes) > len(CLASSES):
            raise ValueError(f"classes must be at most {len(CLASSES)} names, got {len(classes)}")
        self.across, self.up, self.names, self.classes = across, up, list(names), list(classes)
        self.columns, self.rows = columns, rows

    def still(self, ax, history):
        x, y = history.X[:, self.across], history.X[:, self.up]
        ax.set(title="answers and data (rim: wrong)", xlabel=self.names[0], ylabel=self.names[1])
        ax.set(xlim=span(x, 0.08), ylim=span(y, 0.08))
        self.limits = (*ax.get_xlim(), *ax.get_ylim())
        self.grid = self._centers(history)
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

    def moving(self, canvas, history, record):
        if canvas.pale:
            return
        winners = history.network(record).predict(self.grid).argmax(axis=1).reshape(self.rows, self.columns)
        canvas.surface(winners, *self.limits, low=0, high=len(self.classes) - 1, smooth=False)
        x, y = history.X[:, self.across], history.X[:, self.up]
        truth, wrong = history.Y.argmax(axis=1), ~self._right(history, record)
        for k, (color, marker) in enumerate(CLASSES[: len(self.classes)]):
            canvas.dots(x[(truth == k) & wrong], y[(truth == k) & wrong], BLACK, marker, 10)
            canvas.dots(x[truth == k], y[truth == k], color, marker, 6)

    def text(self, history, record):
        right, truth = self._right(history, record), history.Y.argmax(axis=1)
        counts = (f"{right[truth == k].sum()} of {(truth == k).sum()} {name}" for k, name in enumerate(self.classes))
        return f"The right answer comes for {', '.join(counts)}, for {right.sum()} of {len(right)} in all."

    def _centers(self, history):
        """The centers of the cells of the surface, row by row from the bottom, shape (cells, features)."""
        left, right, bottom, top = self.limits
        across, up = ((np.arange(cells) + 0.5) / cells for cells in (self.columns, self.rows))
        x, y = np.meshgrid(left + across * (right - left), bottom + up * (top - bottom))
        centers = np.tile(history.X.mean(axis=0), (x.size, 1))
        centers[:, self.across], centers[:, self.up] = x.ravel(), y.ravel()
        return centers

    def _right(self, history, record):
        return history.network(record).predict(history.X).argmax(axis=1) == history.Y.argmax(axis=1)


class HiddenWeights:
    """The weights from one feature, column `feature` of X called `name`, over the training: a line for each neuron."""

    def __init__(self, feature, name, xlim=None, ylim=None):
        self.feature, self.name, self.xlim, self.ylim = feature, name, xlim, ylim

    def still(self, ax, history):
        ax.set(title=f"weights from {self.name}", xlabel=history.unit, ylabel="weight")
        ax.set_xlim(*(self.xlim or span(history.epochs, 0.02)))
        ax.set_ylim(*(self.ylim or span(self._weights(history), 0.1)))
        ax.axhline(0, color=BLACK, linewidth=0.8)

    def moving(self, canvas, history, record):
        for weights, (color, dashes) in zip(self._weights(history).T, cycle(LINES)):
            canvas.line(history.epochs[: record + 1], weights[: record + 1], color, dashes, 1.5)

    def text(self, history, record):
        weights, now = self._weights(history), f"at {history.unit} {history.epochs[record]}"
        if weights.shape[1] == 1:
            (start, end), neurons = weights[[0, record], 0], f"The weight from {self.name} to the hidden neuron"
            return f"{neurons} is {start:.3g} at the start and {end:.3g} {now}."
        start, end = np.ptp(weights[[0, record]], axis=1)
        neurons = f"The weights from {self.name} to the {weights.shape[1]} hidden neurons"
        return f"{neurons} lie at most {start:.3g} apart at the start and {end:.3g} {now}."

    def _weights(self, history):
        """Shape (records, hidden neurons)."""
        inputs, hidden = history.network(0).sizes[:2]
        return history.theta[:, : inputs * hidden].reshape(-1, inputs, hidden)[:, self.feature]


def _losses(history, X, Y):
    """The loss of `X` and `Y` at every record of `history`, shape (records,)."""
    network, losses = history.network(0), np.empty(len(history))
    forward = ForwardPass(network, len(X))
    with quiet():
        for i, theta in enumerate(history.theta):
            network.theta[:] = theta
            losses[i] = history.loss_function.formula(forward(X), Y)
    return losses
