"""Several training runs in one picture (lesson 05)."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from ...records import History
from ..plots import LINES
from ..protocols import Canvas, Panel
from .curves import span


class LossCurves(Panel[History]):
    """The loss over the training for each of `histories`, a dictionary from the name of a run to its History.

    It has as many runs as there are kinds of lines, at the most. A marker stands at the record that is shown.
    """

    def __init__(self, histories: Mapping[str, History], ylim: tuple[float, float] | None = None):
        if not 0 < len(histories) <= len(LINES):
            raise ValueError(f"histories must hold 1 to {len(LINES)} runs, got {len(histories)}")
        self.histories, self.ylim = dict(histories), ylim

    def still(self, ax: Axes, history: History) -> None:
        label = history.loss_function.label
        ax.set(title=f"{label} over the {history.unit}s", xlabel=history.unit, ylabel=label, yscale="log")
        losses = np.concatenate([run.loss[run.loss > 0] for run in self.histories.values()])
        ax.set_xlim(*span([0, *(run.epochs[-1] for run in self.histories.values())], 0.02))
        ax.set_ylim(*(self.ylim or (losses.min() / 2, losses.max() * 2)))
        for name, (color, dashes) in zip(self.histories, LINES):
            ax.plot([], [], color=color, linestyle=dashes, label=name)
        ax.grid(alpha=0.3)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        for run, (color, dashes) in zip(self.histories.values(), LINES):
            canvas.line(run.epochs, run.loss, color, dashes)
            shown = min(record, len(run) - 1)
            canvas.dots(run.epochs[[shown]], run.loss[[shown]], color, "D")

    def text(self, history: History, record: int) -> str:
        shown = ((name, run, min(record, len(run) - 1)) for name, run in self.histories.items())
        said = ", ".join(f"{run.loss[at]:.3g} at {run.unit} {run.epochs[at]} ({name})" for name, run, at in shown)
        return f"The {history.loss_function.label} is {said}."
