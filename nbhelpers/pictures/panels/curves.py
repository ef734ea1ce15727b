"""Panels that are curves: the prediction, the loss, the derivatives (every lesson)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ...records import History
from ..plots import BLACK, BLUE, LINES, ORANGE, VERMILLION
from ..protocols import Canvas, Panel


class Fit(Panel[History]):
    """The data, and the network's prediction as a curve through it: one feature, one output."""

    def __init__(self, ylim: tuple[float, float] | None = None):
        self.ylim = ylim

    def still(self, ax: Axes, history: History) -> None:
        x, y = history.X[:, 0], history.Y[:, 0]
        ax.plot(x, y, color=ORANGE, marker="o", markersize=8, linestyle="none", label="data")
        ax.plot([], [], color=BLUE, label="prediction")
        ax.set(title="data and prediction", xlabel="x", ylabel="y", xlim=span(x, 0.05))
        ax.set_ylim(*(self.ylim or span(y, 0.3)))
        ax.legend(loc="upper left", frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        grid = np.linspace(*span(history.X, 0.05), 60).reshape(-1, 1)
        canvas.line(grid[:, 0], history.network(record).predict(grid)[:, 0], BLUE)

    def text(self, history: History, record: int) -> str:
        misses = abs(history.network(record).predict(history.X) - history.Y)[:, 0]
        worst = int(misses.argmax())
        return f"The prediction misses the data by at most {misses[worst]:.3g}, at x = {history.X[worst, 0]:g}."


class LossCurve(Panel[History]):
    """The loss over the training, on a logarithmic scale, with a marker at the record that is shown."""

    def __init__(self, ylim: tuple[float, float] | None = None):
        self.ylim = ylim

    def still(self, ax: Axes, history: History) -> None:
        label = history.loss_function.label
        ax.set(title=f"{label} over the {history.unit}s", xlabel=history.unit, ylabel=label, yscale="log")
        ax.set_xlim(*span(history.epochs, 0.02))
        positive = history.loss[history.loss > 0] if (history.loss > 0).any() else np.ones(1)
        ax.set_ylim(*(self.ylim or (positive.min() / 2, positive.max() * 2)))
        ax.grid(alpha=0.3)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        canvas.line(history.epochs, history.loss, BLUE)
        canvas.dots(history.epochs[[record]], history.loss[[record]], VERMILLION, "D")

    def text(self, history: History, record: int) -> str:
        start, now = history.loss[0], history.loss[record]
        way = "falls" if now < start else "rises" if now > start else "stays"
        units = f"{history.epochs[record]} {history.unit}s"
        if way == "stays":
            return f"The {history.loss_function.label} stays at {now:.3g} over {units}."
        return f"The {history.loss_function.label} {way} from {start:.3g} to {now:.3g} over {units}."


class Derivatives(Panel[History]):
    """The derivatives of the loss in the parameters `indices`, called `names`, over the training."""

    def __init__(self, indices: Sequence[int], names: Sequence[str], ylim: tuple[float, float] | None = None):
        self.indices, self.names, self.ylim = list(indices), list(names), ylim
        if len(self.indices) > len(LINES):
            raise ValueError(f"indices must be at most 4, got {len(self.indices)}")

    def still(self, ax: Axes, history: History) -> None:
        ax.set(xlabel=history.unit)
        ax.set_xlim(*span(history.epochs, 0.02))
        ax.set_ylim(*(self.ylim or span(history.gradient[:, self.indices], 0.1)))
        ax.axhline(0, color=BLACK, linewidth=0.8)
        if len(self.names) == 1:
            ax.set_title(f"derivative in the {self.names[0]}")
            return
        ax.set_ylabel("derivative")
        for name, (color, dashes) in zip(self.names, LINES):
            ax.plot([], [], color=color, linestyle=dashes, label=name)
        # Above the axes, where no line runs through it.
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(self.names), frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for index, (color, dashes) in zip(self.indices, LINES):
            canvas.line(history.epochs[: record + 1], history.gradient[: record + 1, index], color, dashes, 1.5)

    def text(self, history: History, record: int) -> str:
        values = (f"{history.gradient[record, index]:.3g} ({name})" for name, index in zip(self.names, self.indices))
        verb = "derivative is" if len(self.names) == 1 else "derivatives are"
        return f"At {history.unit} {history.epochs[record]} the {verb} {', '.join(values)}."


def span(values: ArrayLike, margin: float) -> tuple[float, float]:
    """The least and the greatest of `values`, with `margin` times their distance added at both ends."""
    low, high = float(np.min(values)), float(np.max(values))
    extra = margin * ((high - low) or 1.0)
    return low - extra, high + extra
