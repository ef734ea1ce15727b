"""Tables as pictures: how the runs of a sweep ended (lesson 03), and columns over an index (lesson 05)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ... import settings
from ...arguments import listed, matrix, number, numbers, shown
from ..colors import LINES, SOFT
from ..protocols import Canvas, Dots, Key, Line, Panel, Still
from .curves import log_span, span

if TYPE_CHECKING:
    import pandas as pd

MARKERS = "o^sD"


class FinalLosses(Panel["pd.DataFrame"]):
    """The final loss of every run of a sweep: a marker for each, its kind by the learning rate.

    In the place of a history this panel takes the table that `sweep` returns. `limit` is a loss that is drawn as a
    line, and the text counts the runs below it. `label` is what the loss is called.
    """

    def __init__(self, label: str, limit: float):
        self.label, self.limit = settings.label("label", label), number("limit", limit, above=0)

    def still(self, results: pd.DataFrame) -> Still:
        _demand_table(results, "learning_rate", "seed", "loss")
        matrix("the table's learning rates and seeds", results[["learning_rate", "seed"]])
        results = _with_floats(results)
        rates = results["learning_rate"].nunique()
        if not 1 <= rates <= len(MARKERS):
            raise ValueError(f"results must have 1 to {len(MARKERS)} learning rates, a marker for each; got {rates}")
        parts = list(zip(results.groupby("learning_rate"), LINES, MARKERS))
        limits = span(results["seed"], 0.03)
        dots = (Dots(*_finite(runs["seed"], runs["loss"]), color, marker, 6.0)
                for (_, runs), (color, _), marker in parts)
        return Still(
            f"final {self.label} of every run", limits, log_span([*results["loss"], self.limit]), "seed", self.label,
            ylog=True, before=False,
            legend=tuple(Key(f"learning rate {rate:g}", color, marker=marker)
                         for (rate, _), (color, _), marker in parts),
            marks=(Line(limits, (self.limit, self.limit), SOFT), *dots),
        )

    def moving(self, canvas: Canvas, results: pd.DataFrame, record: int) -> None:
        """Nothing moves: a sweep has no records."""

    def text(self, results: pd.DataFrame, record: int) -> str:
        rates = _with_floats(results).groupby("learning_rate")["loss"]
        return " ".join(self._said(rate, loss) for rate, loss in rates)

    def _said(self, rate: float, loss: pd.Series) -> str:
        # A run that diverged has no final loss, and an infinite one has no place in the picture.
        ended = loss[np.isfinite(loss)]
        lost = len(loss) - len(ended)
        if not len(ended):
            return f"At learning rate {rate:g} the final {self.label} is infinite or missing for all of {lost} seeds."
        without = f"; it is infinite or missing for {lost}" if lost else ""
        return (
            f"At learning rate {rate:g} the final {self.label} is {ended.min():.3g} to {ended.max():.3g}, and below "
            f"{self.limit:g} for {(ended < self.limit).sum()} of {len(loss)} seeds{without}."
        )


class Columns(Panel["pd.DataFrame"]):
    """The columns of a table over its index, on a logarithmic scale: a line with markers for each.

    In the place of a history this panel takes a table of positive numbers with at most four columns; its index has the
    name that stands below. `label` is what the numbers are called.
    """

    def __init__(self, label: str):
        self.label = settings.label("label", label)

    def still(self, table: pd.DataFrame) -> Still:
        _demand_table(table)
        if not 1 <= table.shape[1] <= len(LINES):
            raise ValueError(f"the table must have 1 to {len(LINES)} columns, a line for each; got {table.shape[1]}")
        matrix("the index of the table", np.reshape(numbers("the index of the table", table.index), (-1, 1)))
        numbers("the table", table)
        parts = list(zip(table.items(), LINES, MARKERS))
        x = tuple(map(float, table.index))
        lines = (Line(*_finite(x, values), color, dashes, 2.0) for (_, values), (color, dashes), _ in parts)
        dots = (Dots(*_finite(x, values), color, marker, 6.0) for (_, values), (color, _), marker in parts)
        return Still(
            self.label, span(x, 0.04), log_span(table), table.index.name or "", ylog=True, grid=True, before=False,
            xticks=tuple((place, f"{place:g}") for place in x) if len(x) <= 8 else None,
            legend=tuple(Key(str(name), color, dashes, marker) for (name, _), (color, dashes), marker in parts),
            marks=(*lines, *dots),
        )

    def moving(self, canvas: Canvas, table: pd.DataFrame, record: int) -> None:
        """Nothing moves: a table has no records."""

    def text(self, table: pd.DataFrame, record: int) -> str:
        first, last = table.index[[0, -1]]
        said = (f"{values.iloc[0]:.1e} and {values.iloc[-1]:.1e} ({name})" for name, values in table.items())
        name = "" if table.index.name is None else f"{table.index.name} "
        return f"The {self.label} at {name}{first} and {last}: {', '.join(said)}."


def _with_floats(results: pd.DataFrame) -> pd.DataFrame:
    """The losses of pandas' own kinds, and those among objects, have other signs for what is missing."""
    return results.assign(loss=numbers("the losses of the table", results["loss"]))


def _finite(x: Iterable[float], y: Iterable[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A run that diverged has no loss, and no place in the picture."""
    places = [(float(across), float(up)) for across, up in zip(x, y) if np.isfinite(up)]
    across, up = zip(*places) if places else ((), ())
    return across, up


def _demand_table(table: object, *columns: str) -> None:
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"this panel shows a table, got {type(table).__name__}; give draw the table that it shows")
    if set(columns) - {*table.columns} or not table.columns.is_unique:
        wanted = f"the columns {listed(columns)}" if columns else "a name for each column"
        raise ValueError(f"this panel shows a table with {wanted}, got {shown([*table.columns])}")
