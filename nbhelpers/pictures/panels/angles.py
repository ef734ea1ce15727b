"""The angle between the gradient that a training follows and the right one (lesson 06)."""

import numpy as np

from ...arguments import shown
from ...records import History
from ...settings import label
from ..colors import BLUE, SOFT, VERMILLION
from ..protocols import Canvas, Line, Panel, Still
from .curves import over_time


class Angle(Panel[History]):
    """The angle between the gradient that a run follows and the right one, in degrees, over the training.

    Below the line at 90 degrees a small step goes downhill. `run` is the History that is shown, in the place of that
    of the picture, so that a picture can have several; `title` is what stands above.
    """

    def __init__(self, run: History | None = None, title: str = "angle to the right gradient"):
        if run is not None and not isinstance(run, History):
            raise TypeError(f"run must be a History or None, got {shown(run, History)}")
        self.run, self.title = run, label("title", title)

    def still(self, history: History) -> Still:
        history = self.run or history
        limits = over_time(history)
        return Still(
            self.title, limits, (-5.0, 185.0), history.unit, "degrees", before=self.run is None,
            yticks=tuple((float(angle), str(angle)) for angle in range(0, 181, 45)),
            marks=(Line(limits, (90.0, 90.0), SOFT),),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.before and self.run is not None:
            return
        history, record = self._at(history, record)
        angles = history.angles
        canvas.line(history.epochs, angles, BLUE)
        canvas.dots(history.epochs[[record]], angles[[record]], VERMILLION, "D")

    def text(self, history: History, record: int) -> str:
        history, record = self._at(history, record)
        angles, unit = history.angles, history.unit
        return (
            f"{self.title[:1].upper()}{self.title[1:]}: {_degrees(angles[0])} at the start, {_degrees(angles[record])} "
            f"at {unit} {history.epochs[record]}, {_degrees(np.fmax.reduce(angles))} at the most."
        )

    def _at(self, history: History, record: int) -> tuple[History, int]:
        return (history, record) if self.run is None else (self.run, min(record, len(self.run) - 1))


def _degrees(value: float) -> str:
    if np.isnan(value):
        return "none"
    # A gradient near its end is small, and a tenth of a degree not the same on every machine.
    return f"{value:.0f} degrees" if value >= 0.5 else "below 0.5 degrees"
