"""Tables as pictures: how the runs of a sweep ended (lesson 03), and columns over an index (lesson 05)."""

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


class Columns(Panel["pd.DataFrame"]):
    """The columns of a table over its index, on a logarithmic scale: a line with markers for each.

    In the place of a history this panel takes a table of positive numbers with at most four columns; its index has the
    name that stands below. `label` is what the numbers are called.
    """

    def __init__(self, label: str):
        self.label = label

    def still(self, ax: Axes, table: pd.DataFrame) -> None:
        if not 1 <= table.shape[1] <= len(LINES):
            raise ValueError(f"the table must have 1 to {len(LINES)} columns, a line for each; got {table.shape[1]}")
        for (name, values), (color, dashes), marker in zip(table.items(), LINES, MARKERS):
            ax.plot(values, color=color, linestyle=dashes, marker=marker, markersize=4, label=name)
        ax.set(title=self.label, xlabel=table.index.name, yscale="log")
        ax.grid(alpha=0.3)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)

    def moving(self, canvas: Canvas, table: pd.DataFrame, record: int) -> None:
        """Nothing moves: a table has no records."""

    def text(self, table: pd.DataFrame, record: int) -> str:
        first, last = table.index[[0, -1]]
        said = (f"{values.iloc[0]:.1e} and {values.iloc[-1]:.1e} ({name})" for name, values in table.items())
        return f"The {self.label} at {table.index.name} {first} and {last}: {', '.join(said)}."
