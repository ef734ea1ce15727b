"""The panels of a figure by matplotlib: what stands still on its axes, and the canvas for what moves."""

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import ArrayLike

from ..arguments import Array, scalar
from .colors import GRAY, INK, LIGHT, PAPER, SHADES
from .png import levels_of, palette
from .protocols import Canvas, Key, Still, known
from .scales import Mark, apart, at_the_edge, outside, points, scales
from .shapes import FAR

TITLE = 11

# Nothing of the user's own settings: the same picture for everybody.
OURS: Any = ["default", {
    "font.size": 10, "axes.titlesize": TITLE, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.edgecolor": LIGHT["faint"], "axes.labelcolor": LIGHT["ink"], "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["faint"], "ytick.color": LIGHT["faint"], "xtick.labelcolor": LIGHT["soft"],
    "ytick.labelcolor": LIGHT["soft"], "grid.color": LIGHT["grid"], "legend.frameon": False, "legend.fontsize": 10,
}]

# Solid, dashed, dotted and dashdot are matplotlib's own.
DASHES: Any = {"before": (0, (9, 4))}

# A legend's row, in points, and how many letters of it find room above a panel.
LEGEND_ROW, LEGEND_LETTERS = 15, 46


def stand(still: Still, ax: Axes) -> Text:
    """Draws what stands still. Returns the title."""
    across, up = scales(still)
    ax.set(xlabel=still.xlabel, ylabel=still.ylabel)
    ax.set(xscale="log" if still.xlog else "linear", yscale="log" if still.ylog else "linear")
    ax.set(xlim=still.xlim, ylim=still.ylim)
    for axis, scale in ((ax.xaxis, across), (ax.yaxis, up)):
        axis.set_ticks([place for place, _ in scale.ticks], labels=[label for _, label in scale.ticks])
        axis.set_ticks([], minor=True)
    ax.grid(still.grid)
    ax.set_axisbelow(True)
    if not still.frame:
        ax.axis("off")
    if still.equal:
        ax.set_aspect("equal")
    # In two columns, where all keys in one row would be too wide.
    letters = sum(len(key.label) + 8 for key in still.legend)
    columns = len(still.legend) if letters <= LEGEND_LETTERS else 2
    rows = -(-len(still.legend) // max(columns, 1))
    title = ax.set_title(still.title, loc="left", pad=6 + LEGEND_ROW * rows)
    if still.legend:
        ax.legend(
            [_handle(key) for key in still.legend], [key.label for key in still.legend], loc="lower left",
            bbox_to_anchor=(0, 1), ncols=columns, borderpad=0, borderaxespad=0.4, handlelength=2.6, labelspacing=0.25,
            columnspacing=1.4,
        )
    canvas = AxesCanvas(ax, still)
    for fixed in still.marks:
        fixed.draw(canvas)
    canvas.finish()
    as_written(ax)
    return title


def as_written(ax: Axes) -> None:
    """Leaves the words as they are, where matplotlib would read a formula between two dollars; ticks may have one."""
    ticks = {*ax.xaxis.findobj(Text), *ax.yaxis.findobj(Text)} - {ax.xaxis.label, ax.yaxis.label}
    for words in {*ax.findobj(Text)} - ticks:
        words.set(parse_math=False)


def _handle(key: Key) -> Any:
    """What stands in a legend before its label."""
    line = Line2D(
        [], [], color=LIGHT[key.color], linestyle="none" if key.dashes is None else DASHES.get(key.dashes, key.dashes),
        marker=key.marker or "none", linewidth=key.width,
    )
    if key.shade is None:
        return line
    hue, opacity = SHADES["classes"][key.shade]
    return Patch(facecolor=hue, alpha=opacity, linewidth=0), line


class AxesCanvas(Canvas):
    """A Canvas on the axes of a matplotlib figure, which `still` describes."""

    def __init__(self, ax: Axes, still: Still):
        self.ax, self.before = ax, False
        self.across, self.up = scales(still)
        self.artists: list[Artist] = []
        self.outside: list[Mark] = []

    def line(
        self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        known(color=color, dashes=dashes, width=width)
        if not self._look_outside(x, y, each=False):
            return
        if self.before:
            color, dashes, width = GRAY, "before", 1.5
        if halo:
            self._plot(x, y, color=LIGHT[PAPER], linewidth=width + 3)
        self._plot(x, y, color=LIGHT[color], linestyle=DASHES.get(dashes, dashes), linewidth=width)

    def dots(
        self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        known(color=color, marker=marker, size=size)
        if not self._look_outside(x, y, each=True):
            return
        if halo:
            self._mark(x, y, PAPER, marker, size + 3)
        self._mark(x, y, GRAY if self.before else color, marker, size)
        if self.before and size > 4:
            self._mark(x, y, PAPER, marker, size - 3)

    def text(
        self, x: float, y: float, words: str, size: float = 12.0, color: str = INK, halo: bool = False,
        anchor: str = "middle",
    ) -> None:
        known(words, color=color, anchor=anchor, size=size)
        x, y = scalar("x", x), scalar("y", y)
        if not max(abs(self.across(x)), abs(self.up(y))) < FAR:
            # It would be cut off anyway, and matplotlib cannot count so far.
            return
        color = GRAY if self.before else color
        self.artists.append(self.ax.text(x, y, words, clip_on=True, **_font(size, color, halo, anchor)))

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        shades: str = "outputs", smooth: bool = True,
    ) -> None:
        known(shades=shades)
        colors = palette(shades) / 255
        self.artists.append(self.ax.imshow(
            levels_of(values, low, high, shades), cmap=ListedColormap(colors), vmin=0, vmax=len(colors),
            extent=(left, right, bottom, top), origin="lower", aspect=self.ax.get_aspect(),
            interpolation="bilinear" if smooth else "nearest", zorder=0,
        ))

    def finish(self, mark: str = "") -> None:
        """Marks what lies outside of the axes, and writes the word `mark` into them."""
        for side, along, words, before in apart(self.outside):
            place, anchor = at_the_edge(side, along)
            self._part(*place, words, 12, GRAY if before else INK, anchor)
        if mark:
            self._part(0.5, 0.8, mark, 15, INK, "middle", weight="bold")

    def clear(self) -> None:
        """Takes away all that was drawn."""
        for artist in self.artists:
            artist.remove()

    def _plot(self, x: ArrayLike, y: ArrayLike, **looks: Any) -> None:
        self.artists += self.ax.plot(x, y, scalex=False, scaley=False, **looks)

    def _mark(self, x: ArrayLike, y: ArrayLike, color: str, marker: str, size: float) -> None:
        self._plot(x, y, color=LIGHT[color], marker=marker, markersize=size, markeredgewidth=0, linestyle="none")

    def _part(self, across: float, up: float, words: str, size: float, color: str, anchor: str, **more: Any) -> None:
        """Words in a place that is a part of the panel."""
        self.artists.append(self.ax.text(
            across, up, words, transform=self.ax.transAxes, **_font(size, color, True, anchor), **more
        ))

    def _look_outside(self, x: ArrayLike, y: ArrayLike, each: bool) -> bool:
        """Notes what lies outside of the axes. Returns whether there is anything at all."""
        x, y = points(x, y)
        across, up = self.across(x), self.up(y)
        if across.size:
            self.outside += outside(across, up, x, y, each, self.before)
        return bool(across.size)


def _font(size: float, color: str, halo: bool, anchor: str) -> dict[str, Any]:
    # A figure has 72 dots to the inch and is shown larger than the sliders are.
    font = {"fontsize": 0.8 * size, "color": LIGHT[color], "va": "center", "zorder": 5, "parse_math": False}
    if halo:
        font["path_effects"] = [withStroke(linewidth=3, foreground=LIGHT[PAPER])]
    return font | {"ha": {"start": "left", "middle": "center", "end": "right"}[anchor]}
