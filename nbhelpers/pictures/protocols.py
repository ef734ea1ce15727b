"""What a panel is and what it draws on: write these three methods, and `plots` and `Explorer` show your panel too.

A panel says what stands still as data, a `Still`, and draws what moves on a `Canvas`. Two renderers show both: `svg`
in the sliders, `plots` in figures and films.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from math import inf
from string import ascii_uppercase
from typing import Any, Protocol, TypeVar, get_args, get_origin

from numpy.typing import ArrayLike

from .. import settings
from ..arguments import Array, choice, number
from ..arguments import shown as said
from ..settings import is_async, ordered
from .colors import BLACK, FAINT, INK, LIGHT, SHADES
from .contours import crossings, heights
from .style import DASHES

# What a panel shows: a History, or, where it has no records, something else with a length.
Shown = TypeVar("Shown", bound=Sized, contravariant=True)

Limits = tuple[float, float]
# A surface has so many cells at the most, to each side.
MOST_CELLS = 200
# No network has a parameter or a feature at a place beyond this one.
LAST_PLACE = 10**6
# Pairs of a place and what is written there; None leaves both to the renderers, () is an axis without any.
Ticks = tuple[tuple[float, str], ...] | None


KNOWN: dict[str, dict[Any, Any]] = {
    "color": LIGHT, "dashes": DASHES, "shades": SHADES,
    "marker": dict.fromkeys("os^D"), "anchor": dict.fromkeys(("start", "middle", "end")),
    "shade": dict.fromkeys(range(len(SHADES["classes"]))),
}


def known(words: str = "", /, **looks: Any) -> None:
    """Raises TypeError or ValueError for words that are no text, and for looks that no canvas has."""
    settings.text("words", words)
    for name, value in looks.items():
        if name not in KNOWN:
            number(name, value, least=0)
        elif not (isinstance(value, (str, int)) and value in KNOWN[name]):
            choice(name, value, KNOWN[name])


class Canvas(Protocol):
    """What a panel draws its moving parts on: places are in data coordinates of its axes, sizes in pixels.

    A color is a name of `colors`. `halo` puts a rim of paper round what stands on a surface. `before` is true while the
    run before is drawn, gray, dashed and behind the run that is shown, whatever color is asked for: a panel then leaves
    out what could not be read there, a surface above all. `sets` is the setting that a press on the shape stands for,
    "name=value".
    """

    before: bool

    def line(
        self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        """A line through the points (x, y), "solid", "dashed", "dotted" or "dashdot". A NaN makes a gap."""

    def dots(
        self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        """A marker, one of "o", "s", "^" and "D", at each point (x, y)."""

    def text(
        self, x: float, y: float, words: str, size: float = 12.0, color: str = INK, halo: bool = False,
        anchor: str = "middle",
    ) -> None:
        """Words at the point (x, y), which is their "start", their "middle" or their "end"."""

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        shades: str = "outputs", smooth: bool = True,
    ) -> None:
        """Shades a rectangle with `values`, shape (rows, columns), row 0 at the bottom, from `low` to `high`.

        `shades` is a name in `colors.SHADES`. With "classes" the values are their numbers, 0, 1 and 2. Between the
        centers of its cells the shades run into each other where `smooth` is true.
        """

    def contours(
        self, values: Array, left: float, right: float, bottom: float, top: float, levels: Sequence[float],
        color: str = INK, dashes: str = "solid", width: float = 1.0, halo: bool = False,
    ) -> None:
        """Lines where `values`, placed like those of a surface, cross the `levels`."""
        values = heights(values)
        for level in levels:
            x, y = crossings(values, left, right, bottom, top, level)
            if len(x):
                self.line(x, y, color, dashes, width, halo)


# What a canvas can draw, as data, for what stands still: the fields are the arguments of the method.
@dataclass(frozen=True)
class Line:
    x: tuple[float, ...]
    y: tuple[float, ...]
    color: str = FAINT
    dashes: str = "solid"
    width: float = 1.0

    def draw(self, canvas: Canvas) -> None:
        canvas.line(self.x, self.y, self.color, self.dashes, self.width)


@dataclass(frozen=True)
class Dots:
    x: tuple[float, ...]
    y: tuple[float, ...]
    color: str = BLACK
    marker: str = "o"
    size: float = 7.0

    def draw(self, canvas: Canvas) -> None:
        canvas.dots(self.x, self.y, self.color, self.marker, self.size)


@dataclass(frozen=True)
class Words:
    x: float
    y: float
    words: str
    size: float = 12.0
    anchor: str = "middle"

    def draw(self, canvas: Canvas) -> None:
        canvas.text(self.x, self.y, self.words, self.size, anchor=self.anchor)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a line where `dashes` is given, a marker where `marker` is, and what `label` calls them.

    Both stand on the shade number `shade` of "classes", where that is given.
    """

    label: str
    color: str
    dashes: str | None = None
    marker: str | None = None
    width: float = 2.0
    shade: int | None = None

    def __post_init__(self) -> None:
        settings.text("label", self.label)
        looks = {"dashes": self.dashes, "marker": self.marker, "shade": self.shade}
        known(color=self.color, width=self.width, **{name: look for name, look in looks.items() if look is not None})


@dataclass(frozen=True)
class Still:
    """What of a panel stays as it is from record to record.

    title, xlabel, ylabel: the words; empty for none.
    xlim, ylim: the limits of both axes.
    xlog, ylog: whether an axis is logarithmic; its limits are then positive.
    xticks, yticks: pairs of place and label; None for the renderers' own, () for none.
    legend: its Keys, in their order.
    marks: fixed lines, dots and words, behind what moves.
    grid: whether faint lines lead from the ticks across the panel.
    frame: whether axes are drawn at all.
    equal: whether a unit has the same length on both axes.
    tall: whether the panel wants two rows of the grid.
    before: whether the panel draws the run before, so that the legend names it.
    """

    title: str
    xlim: Limits
    ylim: Limits
    xlabel: str = ""
    ylabel: str = ""
    xlog: bool = False
    ylog: bool = False
    xticks: Ticks = None
    yticks: Ticks = None
    legend: tuple[Key, ...] = ()
    marks: tuple[Line | Dots | Words, ...] = ()
    grid: bool = False
    frame: bool = True
    equal: bool = False
    tall: bool = False
    before: bool = True

    def __post_init__(self) -> None:
        for name in ("title", "xlabel", "ylabel"):
            settings.text(name, getattr(self, name))
        for name, ends, log in (("xlim", self.xlim, self.xlog), ("ylim", self.ylim, self.ylog)):
            low, high = settings.pair(name, ends)
            if not 0 < high - low < inf or log and low <= 0:
                first = "the lower one first and greater than 0" if log else "the lower one first"
                raise ValueError(f"{name} of a Still must be (low, high), {first}, got {said(ends)}")
        kinds: dict[str, tuple[type, ...]] = {"legend": (Key,), "marks": (Line, Dots, Words)}
        for name, of_kind in kinds.items():
            parts = settings.listing(name, getattr(self, name))
            if not all(isinstance(part, of_kind) for part in parts):
                words = " or ".join(kind.__name__ for kind in of_kind)
                raise TypeError(f"each of the {name} must be a {words}, got {said(parts, *of_kind)}")
            object.__setattr__(self, name, tuple(parts))
        for name, log in (("xticks", self.xlog), ("yticks", self.ylog)):
            if (given := getattr(self, name)) is None:
                continue
            ticks = settings.listing(name, given)
            pairs = (isinstance(tick, (tuple, list)) and len(tick) == 2 and isinstance(tick[1], str) for tick in ticks)
            if not all(pairs):
                raise TypeError(f"{name} must be pairs of a place and a text, as (0.5, 'half'), got {said(given)}")
            for place, _ in ticks:
                number(f"each place of the {name}", place, above=0 if log else None)
            object.__setattr__(self, name, tuple(ticks))


class Panel(Protocol[Shown]):
    """One view of a training run, about which it keeps nothing: any calls in any order, for any runs, are right."""

    def __init__(self) -> None:
        """Most panels have settings of their own."""
        return

    def still(self, shown: Shown, /) -> Still:
        """What stays as it is from record to record. Raises ValueError where the panel cannot show it."""

    def moving(self, canvas: Canvas, shown: Shown, record: int, /) -> None:
        """Draw what there is to see at `record`, 0 or more."""

    def text(self, shown: Shown, record: int, /) -> str:
        """What `moving` shows, said in one sentence."""


def panels_of(panels: Any) -> list[Panel]:
    """`panels`, a list of at most 26 panels (each has a letter). TypeError or ValueError for anything else."""
    found = ordered("panels", panels, len(ascii_uppercase))
    if not found:
        raise ValueError("panels must have at least one panel, got none")
    for panel in found:
        try:
            methods = [getattr(panel, name) for name in ("still", "moving", "text")]
            fits = all(map(callable, methods)) and not any(map(is_async, methods))
        except Exception:
            fits = False
        if not fits or isinstance(panel, type):
            hint = f"; write {panel.__name__}() for one with its own settings" if fits else ""
            raise TypeError(f"panels must be panels, with still, moving and text, got {said(panel)}{hint}")
    return found


def demand(panels: Sequence[Panel], history: Any) -> None:
    """Raises TypeError where `history` is not what one of `panels` shows, which is said where its class begins.

    A panel that does not say it, or says it of what need not be installed, looks for itself in `still`.
    """
    for panel in panels:
        bases = (base for base in getattr(type(panel), "__orig_bases__", ()) if get_origin(base) is Panel)
        for kind in (kind for base in bases for kind in get_args(base) if isinstance(kind, type)):
            if not isinstance(history, kind):
                name, came = type(panel).__name__, said(history, kind)
                raise TypeError(f"history must be a {kind.__name__}, which the panel {name} shows, got {came}")
    try:
        empty = not len(history)
    except Exception:
        raise TypeError(f"history must be a History, or what else the panels show, got {said(history)}") from None
    if empty:
        raise ValueError(f"history must have at least one record, got {said(history)}")


def still_of(panel: Panel[Shown], shown: Shown) -> Still:
    """What stands still in a panel. TypeError where it gives something else than a Still."""
    found = panel.still(shown)
    if not isinstance(found, Still):
        raise TypeError(f"still of the panel {type(panel).__name__} must return a Still, got {said(found, Still)}")
    return found


def describe(panels: Sequence[Panel[Shown]], shown: Shown, record: int) -> str:
    """The sentences of all panels for `shown` as it was at `record`."""
    names = (f"what text of the panel {type(panel).__name__} returns" for panel in panels)
    return " ".join(settings.text(name, panel.text(shown, record)) for name, panel in zip(names, panels))
