"""Several training runs in one picture (lesson 05)."""

from collections.abc import Mapping

import numpy as np

from ...arguments import shown
from ...records import History
from ...settings import named, own_limits
from ..colors import LINES
from ..protocols import Canvas, Key, Panel, Still
from .curves import log_span, span


class LossCurves(Panel[History]):
    """The loss over the training for each of `histories`, a dictionary from the name of a run to its History.

    It has as many runs as there are kinds of lines, at the most. A marker stands at the record that is shown.
    """

    def __init__(self, histories: Mapping[str, History], ylim: tuple[float, float] | None = None):
        self.histories, self.ylim = named("histories", histories, "runs"), own_limits("ylim", ylim, log=True)
        if not 0 < len(self.histories) <= len(LINES):
            raise ValueError(f"histories must hold 1 to {len(LINES)} runs, got {len(self.histories)}")
        for run in self.histories.values():
            if not isinstance(run, History):
                raise TypeError(f"histories must hold a History for each name, got {shown(run, History)}")

    def still(self, history: History) -> Still:
        label = history.loss_function.label
        losses = np.concatenate([run.loss for run in self.histories.values()])
        return Still(
            f"{label} over the {history.unit}s", span([0, *(run.epochs[-1] for run in self.histories.values())], 0.02),
            self.ylim or log_span(losses), history.unit, label, ylog=True, grid=True, before=False,
            legend=tuple(Key(name, color, dashes) for name, (color, dashes) in zip(self.histories, LINES)),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.before:
            return
        for run, (color, dashes) in zip(self.histories.values(), LINES):
            canvas.line(run.epochs, run.loss, color, dashes)
            shown = min(record, len(run) - 1)
            canvas.dots(run.epochs[[shown]], run.loss[[shown]], color, "D")

    def text(self, history: History, record: int) -> str:
        shown = ((name, run, min(record, len(run) - 1)) for name, run in self.histories.items())
        said = ", ".join(f"{run.loss[at]:.3g} at {run.unit} {run.epochs[at]} ({name})" for name, run, at in shown)
        return f"The {history.loss_function.label} is {said}."
