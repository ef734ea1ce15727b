"""Panels for the codes that an autoencoder invents: what its first hidden layer says of each pattern (lesson 02)."""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes

from ...arguments import Array
from ...records import History
from ..plots import BLUE, SKY, VERMILLION
from ..protocols import Canvas, Panel
from .curves import LossCurve

# The start is epoch 0, which a logarithmic axis does not have. It stands here instead.
START = 0.5

# How near to 0 or 1 an activation has to be to count as a clear answer.
CLEAR = 0.1


class LogLossCurve(LossCurve):
    """The loss over the training with both axes logarithmic, and a dashed line at the loss `goal` where it is given."""

    def __init__(
        self, ylim: tuple[float, float] | None = None, xmax: int | None = None, goal: float | None = None
    ):
        super().__init__(ylim)
        self.xmax, self.goal = xmax, goal

    def still(self, ax: Axes, history: History) -> None:
        super().still(ax, history)
        last = self.xmax or max(int(history.epochs[-1]), 1)
        powers = [10**power for power in range(len(str(last)))]
        ax.set_xscale("log")
        ax.set_xlim(START * 0.8, last * 1.25)
        ax.set_xticks([START, *powers], labels=["start", *map(str, powers)])
        ax.set_xticks([], minor=True)
        if self.goal is not None:
            ax.axhline(self.goal, color=VERMILLION, linestyle="dashed", linewidth=1)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        epochs = np.maximum(history.epochs, START)
        canvas.line(epochs, history.loss, BLUE)
        canvas.dots(epochs[[record]], history.loss[[record]], VERMILLION, "D")


class Codes(Panel[History]):
    """The codes as shades and numbers: a row for each pattern, the first one on top, and a column for each unit."""

    def still(self, ax: Axes, history: History) -> None:
        rows = len(history.X)
        ax.set(title="codes (dark: 1)", xlabel="hidden units, from left to right")
        ax.set_ylabel("pattern", labelpad=8)
        ax.set(xlim=(0, 1), ylim=(0, rows), xticks=[])
        ax.set_yticks(np.arange(rows) + 0.5, labels=map(str, range(rows, 0, -1)))
        ax.tick_params(length=0)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        # A second table behind the first could not be read.
        if canvas.pale:
            return
        codes = codes_at(history, [record])[0][::-1]
        rows, units = codes.shape
        canvas.surface(codes, 0, 1, 0, rows, low=0, high=1, smooth=False)
        for row, unit in np.ndindex(rows, units):
            canvas.text((unit + 0.5) / units, row + 0.5, f"{codes[row, unit]:.2f}")

    def text(self, history: History, record: int) -> str:
        codes = codes_at(history, [record])[0]
        clear, rounded = (np.minimum(codes, 1 - codes) < CLEAR).sum(), codes.round().astype(int)
        words = " ".join("".join(map(str, code)) for code in rounded)
        return (
            f"The codes round to {words}, {len(np.unique(rounded, axis=0))} different ones; "
            f"{clear} of {codes.size} activations are within {CLEAR} of 0 or 1."
        )


class Cube(Panel[History]):
    """The codes as numbered points in the unit cube, each with its path from the start; unit 1 points to the right.

    Unit 2 points up and unit 3 to the back. Of more than three units the first three are drawn; a unit that is not
    there counts as 0.
    """

    def still(self, ax: Axes, history: History) -> None:
        ax.set(title="codes in the unit cube (units 1, 2, 3)", xlim=(-0.14, 1.59), ylim=(-0.14, 1.49))
        ax.set_aspect("equal")
        ax.set_axis_off()
        corners = np.array(list(np.ndindex(2, 2, 2)))
        for a, b in combinations(corners, 2):
            if abs(a - b).sum() == 1:
                # The three edges behind the cube meet in its corner 001.
                behind = any((corner == (0, 0, 1)).all() for corner in (a, b))
                color, dashes = ax.xaxis.label.get_color(), "dotted" if behind else "solid"
                ax.plot(*_flat(np.array([a, b])).T, color=color, linestyle=dashes, linewidth=0.8)
        for corner, (x, y) in zip(corners, _flat(corners)):
            right, up = 2 * corner[0] - 1, 2 * corner[1] - 1
            name, side = "".join(map(str, corner)), "left" if right > 0 else "right"
            ax.text(x + 0.05 * right, y + 0.07 * up, name, ha=side, va="center", fontsize="small")

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.pale:
            points = _flat(codes_at(history, [record])[0])
            canvas.dots(points[:, 0], points[:, 1], BLUE, size=8)
            return
        paths = _flat(codes_at(history, slice(record + 1)))
        for path in paths.swapaxes(0, 1):
            canvas.line(path[:, 0], path[:, 1], BLUE, width=0.8)
        canvas.dots(paths[-1, :, 0], paths[-1, :, 1], SKY, size=15)
        for pattern, (x, y) in enumerate(paths[-1], start=1):
            canvas.text(x, y, str(pattern))

    def text(self, history: History, record: int) -> str:
        codes = codes_at(history, [record])[0]
        (a, b), apart = closest(codes)
        return f"The two codes nearest to each other, of patterns {a + 1} and {b + 1}, are {apart:.3g} apart."


def codes_at(history: History, records: list[int] | slice) -> Array:
    """The activations of the first hidden layer for all rows of X, shape (records, samples, units)."""
    network = history.network(0)
    (W, *_), (b, *_) = network.split(history.theta[records])
    Z = history.X @ W if b is None else history.X @ W + b[:, None]
    return network.layers[0].activation.value(Z)


def closest(codes: Array) -> tuple[tuple[int, int], float]:
    """The two rows of `codes` that lie nearest to each other, as a pair of indices, and how far apart they are."""
    pairs = combinations(range(len(codes)), 2)
    distance, pair = min((float(np.linalg.norm(codes[a] - codes[b])), (a, b)) for a, b in pairs)
    return pair, distance


def _flat(codes: Array) -> Array:
    """The places on the page of codes, shapes (..., 2) and (..., units): unit 3 runs up and to the right."""
    x, y, z = (codes[..., unit] if unit < codes.shape[-1] else 0.0 * codes[..., 0] for unit in range(3))
    return np.stack([x + 0.45 * z, y + 0.35 * z], axis=-1)
