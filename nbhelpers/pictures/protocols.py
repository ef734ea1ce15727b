"""What a panel is and what it draws on: write these three methods, and `plots` and `Explorer` show your panel too."""

from collections.abc import Sized
from typing import Protocol, TypeVar

from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..arguments import Array

# What a panel shows: a History, or, where it has no records, something else with a length.
Shown = TypeVar("Shown", bound=Sized, contravariant=True)


class Canvas(Protocol):
    """What a panel draws its moving parts on: places are in data coordinates of its axes, sizes in points.

    `pale` is true while the ghost of another run is drawn, pale and behind the run that is shown: a panel then leaves
    out what could not be read there, a surface above all.
    """

    pale: bool

    def line(self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0) -> None:
        """A line through the points (x, y), "solid", "dashed", "dotted" or "dashdot"."""

    def dots(self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0) -> None:
        """A marker, one of "o", "s", "^" and "D", at each point (x, y)."""

    def text(self, x: float, y: float, words: str, size: float = 9.0) -> None:
        """Words centered at the point (x, y), black, which is readable on every shade of a surface."""

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        smooth: bool = True,
    ) -> None:
        """Shades a rectangle with `values`, shape (rows, columns), row 0 at the bottom: `low` light, `high` dark.

        Between the centers of its cells the shades run into each other where `smooth` is true.
        """


class Panel(Protocol[Shown]):
    """One view of a training run, about which it keeps nothing: any calls in any order, for any runs, are right."""

    def still(self, ax: Axes, shown: Shown, /) -> None:
        """Draw on `ax` what stays as it is from record to record: limits, labels, legend."""

    def moving(self, canvas: Canvas, shown: Shown, record: int, /) -> None:
        """Draw what there is to see at `record`, 0 or more. Its run may be another one than that of `still`."""

    def text(self, shown: Shown, record: int, /) -> str:
        """What `moving` shows, said in one sentence."""
