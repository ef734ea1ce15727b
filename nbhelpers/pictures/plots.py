"""Pictures: every one comes with a text that says what it shows.

A picture is made of panels (see `panels`). The same panels make the still figures of a lesson, its film, and
the moving picture of its sliders.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from itertools import zip_longest
from os import PathLike
from string import ascii_uppercase
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..arguments import Array, whole_number
from ..records import History
from .protocols import Canvas, Panel, Shown

# Eight colors that people with any kind of color vision can tell apart (Okabe and Ito 2008).
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#000000"

# Color is never the only cue: lines that share a panel differ in their dashes too.
LINES = ((BLUE, "solid"), (VERMILLION, "dashed"), (GREEN, "dotted"), (PURPLE, "dashdot"))

# Light enough at its dark end for every line color to be seen on it.
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#8c8c8c"])
DPI = 110


class Picture:
    """A figure and `text`, the sentences that say what it shows.

    Shown in a notebook it is the picture with `text` as its alternative text; where there are no pictures it
    is the text alone.
    """

    def __init__(self, figure: Figure, text: str):
        self.figure = figure
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        from PIL import Image

        drawn, file = BytesIO(), BytesIO()
        self.figure.savefig(drawn, format="png", dpi=DPI)
        # A notebook carries its pictures: with a palette they take a third of the room.
        Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        data = b64encode(self.png()).decode()
        # JupyterLab gives an image/png no alternative text, so an HTML image carries it there.
        html = f'<img alt="{escape(self.text)}" src="data:image/png;base64,{data}" style="max-width: 100%">'
        bundle = {"text/plain": self.text, "text/html": html, "image/png": data}
        return bundle, {"image/png": {"alt": self.text}}


def draw(
    panels: Sequence[Panel[Shown]], history: Shown, record: int = -1, arrangement: str | None = None,
    size: tuple[float, float] = (10.0, 5.0),
) -> Picture:
    """A Picture of `panels`, a list, for `history` as it was at record `record`.

    `history` is a History, or what else the panels show: a panel of a sweep shows its table. `arrangement` places the
    panels, a letter for each, as matplotlib's `subplot_mosaic` does: "AB;CD" is two rows of two. `size` is the width
    and the height in inches.
    """
    record = range(len(history))[record]
    figure, axes = lay_out(panels, history, arrangement, size)
    for panel, ax in zip(panels, axes):
        panel.moving(AxesCanvas(ax), history, record)
    return Picture(figure, describe(panels, history, record))


def film(
    panels: Sequence[Panel[History]], history: History, path: str | PathLike, every: int = 1,
    arrangement: str | None = None, size: tuple[float, float] = (10.0, 5.0), progress: bool = True,
) -> int:
    """Write a film of the training to `path`, a GIF that plays once. Returns the number of its frames.

    It has a frame for every `every`-th record and for the last one, in the order of the records, and a progress
    bar where `progress` is true.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    from tqdm.auto import tqdm

    records = sorted({*range(0, len(history), whole_number("every", every, least=1)), len(history) - 1})
    figure, axes = lay_out(panels, history, arrangement, size, title=" ")
    screen, frames = FigureCanvasAgg(figure), []
    for record in tqdm(records, unit="frame", disable=not progress):
        canvases = [AxesCanvas(ax) for ax in axes]
        for panel, canvas in zip(panels, canvases):
            panel.moving(canvas, history, record)
        figure.suptitle(f"{history.unit} {history.epochs[record]}")
        screen.draw()
        frames.append(Image.fromarray(np.asarray(screen.buffer_rgba())).convert("RGB").quantize(64))
        for canvas in canvases:
            canvas.clear()
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=80)
    return len(records)


def describe(panels: Sequence[Panel[Shown]], history: Shown, record: int) -> str:
    """The sentences of all panels for `history` as it was at record `record`."""
    return " ".join(panel.text(history, record) for panel in panels)


def lay_out(
    panels: Sequence[Panel[Shown]], history: Shown, arrangement: str | None = None,
    size: tuple[float, float] = (10.0, 5.0), title: str | None = None,
) -> tuple[Figure, list[Axes]]:
    """A figure with the still parts of `panels` in it, and the list of their axes. The layout is final."""
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    names = ascii_uppercase[: len(panels)]
    if arrangement is None:
        pairs = zip_longest(names[::2], names[1::2], fillvalue=".")
        arrangement = names if len(names) < 2 else ";".join(left + right for left, right in pairs)
    if set(arrangement) - set(".;\n ") != set(names):
        raise ValueError(f"arrangement must place the panels {names}, got {arrangement!r}")
    placed = figure.subplot_mosaic(arrangement)
    axes = [placed[name] for name in names]
    for panel, ax in zip(panels, axes):
        panel.still(ax, history)
    if title is not None:
        figure.suptitle(title)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure, axes


class AxesCanvas(Canvas):
    """A Canvas on the axes of a matplotlib figure."""

    pale = False

    def __init__(self, ax: Axes):
        self.ax = ax
        self.artists: list[Artist] = []

    def line(self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0) -> None:
        self.artists += self.ax.plot(x, y, color=color, linestyle=dashes, linewidth=width)

    def dots(self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0) -> None:
        self.artists += self.ax.plot(x, y, color=color, marker=marker, markersize=size, linestyle="none")

    def text(self, x: float, y: float, words: str, size: float = 9.0) -> None:
        self.artists.append(self.ax.text(x, y, words, color=BLACK, fontsize=size, ha="center", va="center"))

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        smooth: bool = True,
    ) -> None:
        self.artists.append(self.ax.imshow(
            values, cmap=SHADES, vmin=low, vmax=high, extent=(left, right, bottom, top), origin="lower",
            aspect="auto", interpolation="bilinear" if smooth else "nearest", zorder=0,
        ))

    def clear(self) -> None:
        """Takes away all that was drawn."""
        for artist in self.artists:
            artist.remove()
        self.artists.clear()
