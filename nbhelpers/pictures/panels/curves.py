"""Panels that are curves: the prediction, the loss, the derivatives (every lesson)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import whole_number
from ...records import History
from ...settings import labels, ordered, own_limits
from ...words import counted, unlike
from ..colors import BLUE, LINES, ORANGE, SOFT, VERMILLION
from ..protocols import LAST_PLACE, Canvas, Dots, Key, Line, Panel, Still


class Fit(Panel[History]):
    """The data, and the network's prediction as a curve through it: one feature, one output."""

    def __init__(self, ylim: tuple[float, float] | None = None):
        self.ylim = own_limits("ylim", ylim)

    def still(self, history: History) -> Still:
        demand_sizes(history, 1, 1)
        x, y = history.X[:, 0], history.Y[:, 0]
        return Still(
            "data and prediction", span(x, 0.05), self.ylim or span(y, 0.3), "x", "y",
            legend=(Key("data", ORANGE, marker="o"), Key("prediction", BLUE, "solid")),
            marks=(Dots(tuple(x.tolist()), tuple(y.tolist()), ORANGE, "o", 8.0),),
        )

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
        self.ylim = own_limits("ylim", ylim, log=True)

    def still(self, history: History) -> Still:
        label = history.loss_function.label
        return Still(
            f"{label} over the {history.unit}s", over_time(history), self.ylim or log_span(history.loss),
            history.unit, label, ylog=True, grid=True,
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        canvas.line(history.epochs, history.loss, BLUE)
        canvas.dots(history.epochs[[record]], history.loss[[record]], VERMILLION, "D")

    def text(self, history: History, record: int) -> str:
        start, now = history.loss[0], history.loss[record]
        way = "falls" if now < start else "rises" if now > start else "stays"
        units = counted(history.epochs[record], history.unit)
        if way == "stays":
            return f"The {history.loss_function.label} stays at {now:.3g} over {units}."
        said = " to ".join(unlike(start, now))
        return f"The {history.loss_function.label} {way} from {said} over {units}."


class Derivatives(Panel[History]):
    """The derivatives of the loss in the parameters `indices`, called `names`, over the training.

    Even and odd records have a line each: where a training jumps to and fro, the two lie apart, and where it comes to
    rest, they meet. One line through all records would be a blob there.
    """

    def __init__(self, indices: Sequence[int], names: Sequence[str], ylim: tuple[float, float] | None = None):
        found = ordered("indices", indices, len(LINES))
        self.indices = [whole_number("each of the indices", index, most=LAST_PLACE) for index in found]
        if not self.indices or len({*self.indices}) < len(self.indices):
            raise ValueError(f"indices must be one or more different numbers, got {self.indices}")
        self.names, self.ylim = labels("names", names, 1, len(LINES)), own_limits("ylim", ylim)
        if len(self.names) != len(self.indices):
            raise ValueError(f"names must have one entry for each of the {len(self.indices)} indices, got {self.names}")

    def still(self, history: History) -> Still:
        size = history.theta.shape[1]
        if max(self.indices) >= size:
            raise ValueError(f"this panel shows parameter {max(self.indices)}, got a network of {size}; count from 0")
        limits, one = over_time(history), len(self.names) == 1
        return Still(
            f"derivative in the {self.names[0]}" if one else "derivatives", limits,
            self.ylim or span(history.gradient[:, self.indices], 0.1), history.unit, "" if one else "derivative",
            legend=() if one else tuple(Key(name, color, dashes) for name, (color, dashes) in zip(self.names, LINES)),
            marks=(Line(limits, (0.0, 0.0), SOFT),),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for index, (color, dashes) in zip(self.indices, LINES):
            for first in (0, 1):
                shown = slice(first, record + 1, 2)
                canvas.line(history.epochs[shown], history.gradient[shown, index], color, dashes, 1.5)

    def text(self, history: History, record: int) -> str:
        values = (f"{history.gradient[record, index]:.3g} ({name})" for name, index in zip(self.names, self.indices))
        verb = "derivative is" if len(self.names) == 1 else "derivatives are"
        return f"At {history.unit} {history.epochs[record]} the {verb} {', '.join(values)}."


def demand_sizes(history: History, inputs: int, outputs: int) -> None:
    """Raises ValueError, a sentence, where the network has others."""
    sizes = history.X.shape[1], history.Y.shape[1]
    if sizes != (inputs, outputs):
        wanted = f"{counted(inputs, 'input')} and {counted(outputs, 'output')}"
        raise ValueError(
            f"this panel shows a network with {wanted}, got {sizes[0]} and {sizes[1]}; take another panel"
        )


def two_places(across: int, up: int) -> tuple[int, int]:
    """`across` and `up`, what a panel has on its two axes, counted from 0. TypeError or ValueError else."""
    found = whole_number("across", across, most=LAST_PLACE), whole_number("up", up, most=LAST_PLACE)
    if across == up:
        raise ValueError(f"across and up must be different, got {across} for both; a plane has two axes")
    return found


def last_epoch(history: History) -> int:
    """Where an axis of epochs ends: with the run, but while it runs, and where it diverged, with what was planned.

    So the axis stands still while one drags a setting.
    """
    return history.planned if history.stopped in ("running", "diverged") else int(history.epochs[-1])


def over_time(history: History) -> tuple[float, float]:
    """The limits of an axis of epochs."""
    return span([0, last_epoch(history)], 0.02)


def log_span(values: ArrayLike) -> tuple[float, float]:
    """From half the least positive one of the `values` to twice the greatest; 0.5 and 2 where there is none."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite) & (finite > 0)]
    if not finite.size:
        return 0.5, 2.0
    # Half of the least float is 0, and twice the greatest infinite, which no axis has.
    return float(min(max(finite.min() / 2, 1e-300), 2e299)), float(min(max(finite.max(), 2e-300), 5e299) * 2)


def span(values: ArrayLike, margin: float) -> tuple[float, float]:
    """The least and the greatest of `values` that are finite, with `margin` times their distance added at both ends."""
    found = np.asarray(values, dtype=np.float64)
    found = found[np.isfinite(found)] if np.isfinite(found).any() else np.zeros(1)
    low, high = float(found.min()), float(found.max())
    # Of large numbers a little more: 1 may be less than their last digit.
    extra = margin * (high - low if high - low > 1e-300 else max(1.0, 1e-9 * abs(high)))
    return low - extra, high + extra
