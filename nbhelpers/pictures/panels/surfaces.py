"""Panels that are surfaces: the landscape of the loss (lesson 01)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ...activations import quiet
from ...arguments import Array
from ...network import ForwardPass
from ...records import History
from ..plots import BLUE, VERMILLION
from ..protocols import Canvas, Panel


class Landscape(Panel[History]):
    """The path of two parameters, `across` and `up`, over the landscape of the loss.

    The landscape is the slice in which all other parameters have their values of the record that is shown. Its
    shades are logarithmic, from the lowest loss (light) to a hundred times that and more (dark).
    """

    def __init__(
        self, across: int, up: int, names: Sequence[str], xlim: tuple[float, float], ylim: tuple[float, float],
        columns: int = 32, rows: int = 24,
    ):
        self.across, self.up, self.names = across, up, names
        self.xlim, self.ylim = xlim, ylim
        self.columns, self.rows = columns, rows

    def still(self, ax: Axes, history: History) -> None:
        label = history.loss_function.label
        ax.set(title=f"path over the {label} (dark: high)", xlabel=self.names[0], ylabel=self.names[1])
        ax.set(xlim=self.xlim, ylim=self.ylim)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if not canvas.pale:
            heights = self._heights(history, record)
            canvas.surface(heights, *self.xlim, *self.ylim, low=heights.min(), high=heights.min() + 2)
        path = history.theta[: record + 1, [self.across, self.up]]
        canvas.line(path[:, 0], path[:, 1], BLUE)
        canvas.dots(path[-1:, 0], path[-1:, 1], VERMILLION, "D")

    def text(self, history: History, record: int) -> str:
        start, now = history.theta[[0, record]][:, [self.across, self.up]]
        places = f"({start[0]:.3g}, {start[1]:.3g}) to ({now[0]:.3g}, {now[1]:.3g})"
        return f"The path of ({', '.join(self.names)}) leads from {places}."

    def _heights(self, history: History, record: int) -> Array:
        """The logarithm of the loss at every place of the landscape, shape (rows, columns)."""
        # Two entries of theta in place, because LossAt copies all of them, and takes a third longer here.
        network, heights = history.network(record), np.empty((self.rows, self.columns))
        forward = ForwardPass(network, len(history.X))
        with quiet():
            for row, up in enumerate(_centers(self.ylim, self.rows)):
                network.theta[self.up] = up
                for column, across in enumerate(_centers(self.xlim, self.columns)):
                    network.theta[self.across] = across
                    heights[row, column] = history.loss_function.formula(forward(history.X), history.Y)
        return np.log10(np.maximum(heights, heights[heights > 0].min(initial=np.inf)))


def _centers(limits: tuple[float, float], cells: int) -> Array:
    """The centers of `cells` equal parts of the range `limits`."""
    low, high = limits
    return low + (np.arange(cells) + 0.5) * (high - low) / cells
