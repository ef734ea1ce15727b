"""The angle between the gradient that a training follows and the right one (lesson 06)."""

from matplotlib.axes import Axes

from ...records import History
from ..plots import BLACK, BLUE, VERMILLION
from ..protocols import Canvas, Panel
from .curves import span


class Angle(Panel[History]):
    """The angle between the gradient that a run follows and the right one, in degrees, over the training.

    Below the line at 90 degrees a small step goes downhill. `run` is the History that is shown, in the place of that
    of the picture, so that a picture can have several; `title` is what stands above.
    """

    def __init__(self, run: History | None = None, title: str = "angle to the right gradient"):
        self.run, self.title = run, title

    def still(self, ax: Axes, history: History) -> None:
        history = self.run or history
        ax.set(title=self.title, xlabel=history.unit, ylabel="degrees", ylim=(-5, 185), yticks=range(0, 181, 45))
        ax.set_xlim(*span(history.epochs, 0.02))
        ax.axhline(90, color=BLACK, linewidth=0.8)

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        history, record = self._at(history, record)
        angles = history.angles
        canvas.line(history.epochs, angles, BLUE)
        canvas.dots(history.epochs[[record]], angles[[record]], VERMILLION, "D")

    def text(self, history: History, record: int) -> str:
        history, record = self._at(history, record)
        angles, unit = history.angles, history.unit
        return (
            f"{self.title[:1].upper()}{self.title[1:]}: {_degrees(angles[0])} at the start, {_degrees(angles[record])} "
            f"at {unit} {history.epochs[record]}, {_degrees(angles.max())} at the most."
        )

    def _at(self, history: History, record: int) -> tuple[History, int]:
        return (history, record) if self.run is None else (self.run, min(record, len(self.run) - 1))


def _degrees(value: float) -> str:
    # A gradient near its end is small, and a tenth of a degree not the same on every machine.
    return f"{value:.0f} degrees" if value >= 0.5 else "below 0.5 degrees"
