"""A sweep as a picture: how its runs ended (lesson 03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from ..plots import BLACK, LINES
from ..protocols import Canvas, Panel

if TYPE_CHECKING:
    import pandas as pd

MARKERS = "o^sD"


class FinalLosses(Panel["pd.DataFrame"]):
    """The final loss of every run of a sweep: a marker for each, its kind by the learning rate.

    In the place of a history this panel takes the table that `sweep` returns. `limit` is a loss that is drawn as a
    line, and the text counts the runs below it. `label` is what the loss is called.
    """

    def __init__(self, label: str, limit: float):
        self.label, self.limit = label, limit

    def still(self, ax: Axes, results: pd.DataFrame) -> None:
        rates = results["learning_rate"].nunique()
        if not 1 <= rates <= len(MARKERS):
            raise ValueError(f"results must have 1 to {len(MARKERS)} learning rates, a marker for each; got {rates}")
        for (rate, runs), (color, _), marker in zip(results.groupby("learning_rate"), LINES, MARKERS):
            ax.plot(runs["seed"], runs["loss"], color=color, marker=marker, markersize=4, linestyle="none",
                    label=f"learning rate {rate:g}")
        ax.axhline(self.limit, color=BLACK, linewidth=1)
        ax.set(title=f"final {self.label} of every run", xlabel="seed", ylabel=self.label, yscale="log")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)

    def moving(self, canvas: Canvas, results: pd.DataFrame, record: int) -> None:
        """Nothing moves: a sweep has no records."""

    def text(self, results: pd.DataFrame, record: int) -> str:
        return " ".join(
            f"At learning rate {rate:g} the final {self.label} is {loss.min():.3g} to {loss.max():.3g}, and below "
            f"{self.limit:g} for {(loss < self.limit).sum()} of {len(loss)} seeds."
            for rate, loss in results.groupby("learning_rate")["loss"]
        )
