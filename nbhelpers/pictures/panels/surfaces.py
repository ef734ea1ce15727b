"""Panels that are surfaces: the landscape of the loss (lesson 01)."""

from collections.abc import Sequence

import numpy as np

from ...activations import quiet
from ...arguments import Array, whole_number
from ...records import History
from ...settings import labels, limits
from ..colors import BLUE, SOFT, VERMILLION
from ..protocols import MOST_CELLS, Canvas, Panel, Still
from ..scales import short
from .curves import two_places


class Landscape(Panel[History]):
    """The path of two parameters, `across` and `up`, over the landscape of the loss.

    The landscape is the slice in which all other parameters have their values of the record that is shown. Its
    shades are logarithmic, from the lowest loss (paper) to a hundred times that and more (purple), with a contour line
    at each third of a power of ten. `names` are those of `across` and `up`, and of the other parameters if you like:
    the panel then says at which values these are held.
    """

    def __init__(
        self, across: int, up: int, names: Sequence[str], xlim: tuple[float, float], ylim: tuple[float, float],
        columns: int = 32, rows: int = 24,
    ):
        self.across, self.up = two_places(across, up)
        self.names, self.xlim, self.ylim = labels("names", names, 2, 1000), limits("xlim", xlim), limits("ylim", ylim)
        self.columns = whole_number("columns", columns, least=2, most=MOST_CELLS)
        self.rows = whole_number("rows", rows, least=2, most=MOST_CELLS)

    def still(self, history: History) -> Still:
        if max(self.across, self.up) >= history.theta.shape[1]:
            came = f"parameters {self.across} and {self.up}, got a network of {history.theta.shape[1]}"
            raise ValueError(f"this panel shows {came}; count from 0")
        label = history.loss_function.label
        across, up, *_ = self.names
        return Still(f"path over the {label} (purple: high)", self.xlim, self.ylim, across, up, tall=True)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if not canvas.before:
            heights = self._heights(history, record)
            lowest = float(heights.min()) if np.isfinite(heights).any() else 0.0
            canvas.surface(heights, *self.xlim, *self.ylim, low=lowest, high=lowest + 2, shades="losses")
            levels = [lowest + third / 3 for third in range(1, 7)]
            canvas.contours(heights, *self.xlim, *self.ylim, levels, SOFT, width=0.7)
        path = history.theta[: record + 1, [self.across, self.up]]
        canvas.line(path[:, 0], path[:, 1], BLUE, halo=True)
        canvas.dots(path[-1:, 0], path[-1:, 1], VERMILLION, "D", 9, halo=True)
        if not canvas.before:
            (left, right), (bottom, top) = self.xlim, self.ylim
            x, y = right - 0.02 * (right - left), bottom + 0.06 * (top - bottom)
            canvas.text(x, y, self._held(history, record), halo=True, anchor="end")

    def text(self, history: History, record: int) -> str:
        start, now = history.theta[[0, record]][:, [self.across, self.up]]
        places = f"({start[0]:.3g}, {start[1]:.3g}) to ({now[0]:.3g}, {now[1]:.3g})"
        return f"The path of ({', '.join(self.names)}) leads from {places}."

    def _held(self, history: History, record: int) -> str:
        """Which slice it is."""
        others = [index for index in range(history.theta.shape[1]) if index not in (self.across, self.up)]
        names = self.names[2:] or [f"parameter {index + 1}" for index in others]
        if not 0 < len(others) == len(names) <= 3:
            return f"{len(others)} others held" if others else ""
        held = (f"{name} {short(history.theta[record, index])}" for name, index in zip(names, others))
        return f"{', '.join(held)} held"

    def _heights(self, history: History, record: int) -> Array:
        """The logarithm of the loss at every place of the landscape, shape (rows, columns)."""
        across, up = np.meshgrid(_centers(self.xlim, self.columns), _centers(self.ylim, self.rows))
        theta = np.tile(history.theta[record], (across.size, 1))
        theta[:, self.across], theta[:, self.up] = across.ravel(), up.ravel()
        network, A = history.network(record), history.X
        for layer, W, b in zip(network.layers, *network.split(theta)):
            with quiet():
                Z = A @ W if b is None else A @ W + b[:, None]
            A = layer.activation.value(Z)
        formula = history.loss_function.formula
        with quiet():
            heights = np.array([formula(outputs, history.Y) for outputs in A]).reshape(across.shape)
        # Where the loss is no number it is high, and where all of it is 0 it is low.
        heights = np.nan_to_num(heights, nan=np.inf, posinf=np.inf)
        return np.log10(np.maximum(heights, heights[heights > 0].min() if heights.any() else 1.0))


def _centers(limits: tuple[float, float], cells: int) -> Array:
    """The centers of `cells` equal parts of the range `limits`."""
    low, high = limits
    return low + (np.arange(cells) + 0.5) * (high - low) / cells
