"""The panels that pictures are made of, each one view of a training run.

A panel draws its axes, labels and legend once (`still`), and what changes from record to record each time
(`moving`). `text` says in a sentence what the panel shows at a record.
"""

import numpy as np

from .activations import quiet
from .network import ForwardPass
from .plots import BLACK, BLUE, LINES, ORANGE, VERMILLION


class Fit:
    """The data, and the network's prediction as a curve through it: one feature, one output."""

    def __init__(self, ylim=None):
        self.ylim = ylim

    def still(self, ax, history):
        x, y = history.X[:, 0], history.Y[:, 0]
        margin = 0.05 * (x.max() - x.min())
        self.grid = np.linspace(x.min() - margin, x.max() + margin, 60).reshape(-1, 1)
        ax.plot(x, y, color=ORANGE, marker="o", markersize=8, linestyle="none", label="data")
        ax.plot([], [], color=BLUE, label="prediction")
        ax.set(title="data and prediction", xlabel="x", ylabel="y", xlim=self.grid[[0, -1], 0])
        ax.set_ylim(*(self.ylim or _span(y, 0.3)))
        ax.legend(loc="upper left", frameon=False)

    def moving(self, canvas, history, record):
        canvas.line(self.grid[:, 0], history.network(record).predict(self.grid)[:, 0], BLUE)

    def text(self, history, record):
        misses = abs(history.network(record).predict(history.X) - history.Y)[:, 0]
        worst = int(misses.argmax())
        return f"The prediction misses the data by at most {misses[worst]:.3g}, at x = {history.X[worst, 0]:g}."


class LossCurve:
    """The loss over the training, on a logarithmic scale, with a marker at the record that is shown."""

    def __init__(self, ylim=None):
        self.ylim = ylim

    def still(self, ax, history):
        label = history.loss_function.label
        ax.set(title=f"{label} over the {history.unit}s", xlabel=history.unit, ylabel=label, yscale="log")
        ax.set_xlim(*_span(history.epochs, 0.02))
        positive = history.loss[history.loss > 0]
        ax.set_ylim(*(self.ylim or (positive.min() / 2, positive.max() * 2)))
        ax.grid(alpha=0.3)

    def moving(self, canvas, history, record):
        canvas.line(history.epochs, history.loss, BLUE)
        canvas.dots(history.epochs[[record]], history.loss[[record]], VERMILLION, "D")

    def text(self, history, record):
        start, now = history.loss[0], history.loss[record]
        way = "falls" if now < start else "rises" if now > start else "stays"
        units = f"{history.epochs[record]} {history.unit}s"
        return f"The {history.loss_function.label} {way} from {start:.3g} to {now:.3g} over {units}."


class Derivatives:
    """The derivatives of the loss in the parameters `indices`, called `names`, over the training."""

    def __init__(self, indices, names, ylim=None):
        self.indices, self.names, self.ylim = list(indices), list(names), ylim

    def still(self, ax, history):
        one = len(self.names) == 1
        ax.set(title=f"derivative in the {self.names[0]}" if one else "derivatives", xlabel=history.unit)
        ax.set_xlim(*_span(history.epochs, 0.02))
        ax.set_ylim(*(self.ylim or _span(history.gradient[:, self.indices], 0.1)))
        ax.axhline(0, color=BLACK, linewidth=0.8)
        if not one:
            for name, (color, dashes) in zip(self.names, LINES):
                ax.plot([], [], color=color, linestyle=dashes, label=name)
            ax.legend(loc="upper right", frameon=False)

    def moving(self, canvas, history, record):
        for index, (color, dashes) in zip(self.indices, LINES):
            canvas.line(history.epochs[: record + 1], history.gradient[: record + 1, index], color, dashes, 1.5)

    def text(self, history, record):
        values = ", ".join(
            f"{name} {history.gradient[record, index]:.3g}" for name, index in zip(self.names, self.indices)
        )
        return f"The derivatives at {history.unit} {history.epochs[record]}: {values}."


class Landscape:
    """The path of two parameters, `across` and `up`, over the landscape of the loss.

    The landscape is the slice in which all other parameters have their values of the record that is shown. Its
    shades are logarithmic, from the lowest loss (light) to a hundred times that and more (dark).
    """

    def __init__(self, across, up, names, xlim, ylim, columns=32, rows=24):
        self.across, self.up, self.names = across, up, names
        self.xlim, self.ylim = xlim, ylim
        self.columns, self.rows = columns, rows

    def still(self, ax, history):
        label = history.loss_function.label
        ax.set(title=f"path over the {label} (dark: high)", xlabel=self.names[0], ylabel=self.names[1])
        ax.set(xlim=self.xlim, ylim=self.ylim)

    def moving(self, canvas, history, record):
        if not canvas.pale:
            heights = self._heights(history, record)
            canvas.surface(heights, *self.xlim, *self.ylim, low=heights.min(), high=heights.min() + 2)
        path = history.theta[: record + 1, [self.across, self.up]]
        canvas.line(path[:, 0], path[:, 1], BLUE)
        canvas.dots(path[-1:, 0], path[-1:, 1], VERMILLION, "D")

    def text(self, history, record):
        start, now = history.theta[[0, record]][:, [self.across, self.up]]
        places = f"({start[0]:.3g}, {start[1]:.3g}) to ({now[0]:.3g}, {now[1]:.3g})"
        return f"The path of ({', '.join(self.names)}) leads from {places}."

    def _heights(self, history, record):
        """The logarithm of the loss at every place of the landscape, shape (rows, columns)."""
        network, heights = history.network(record), np.empty((self.rows, self.columns))
        forward = ForwardPass(network, len(history.X))
        with quiet():
            for row, up in enumerate(_centers(self.ylim, self.rows)):
                network.theta[self.up] = up
                for column, across in enumerate(_centers(self.xlim, self.columns)):
                    network.theta[self.across] = across
                    heights[row, column] = history.loss_function.formula(forward(history.X), history.Y)
        return np.log10(heights)


def _span(values, margin):
    """The least and the greatest of `values`, with `margin` times their distance added at both ends."""
    low, high = float(np.min(values)), float(np.max(values))
    extra = margin * ((high - low) or 1.0)
    return low - extra, high + extra


def _centers(limits, cells):
    """The centers of `cells` equal parts of the range `limits`."""
    low, high = limits
    return low + (np.arange(cells) + 0.5) * (high - low) / cells
