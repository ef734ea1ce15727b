"""Pictures: every one comes with a text that says what it shows.

A picture is made of panels (see `panels`). The same panels make the still figures of a lesson, its film, and
the moving picture of its sliders.
"""

import re
import warnings
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import BytesIO
from os import PathLike
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import settings
from ..arguments import shown, whole_number
from ..edges import spelled
from ..files import replaced, target_of
from ..records import History
from ..settings import affordable, flag, label, pair, progress_bar
from .axes import OURS, TITLE, AxesCanvas, stand
from .grid import rows_of
from .protocols import Panel, Shown, demand, describe, panels_of, still_of

DPI = 110
# What matplotlib warns of once for each letter that its font lacks, each time that it is drawn.
LACKING = re.compile(r"Glyph (\d+) .*missing from")
# The least and the most that a picture may be wide and high.
INCHES = 1.0, 100.0


@spelled
class Picture:
    """A figure and `text`, the sentences that say what it shows.

    Shown in a notebook it is the picture with `text` as its alternative text; where there are no pictures it
    is the text alone.
    """

    def __init__(self, figure: Figure, text: str):
        if not isinstance(figure, Figure):
            raise TypeError(f"figure must be a Figure of matplotlib, got {shown(figure)}")
        self.figure = figure
        self.text = settings.text("text", text)

    def __repr__(self) -> str:
        return self.text

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        from PIL import Image

        drawn, file = BytesIO(), BytesIO()
        with style.context(OURS), _letters():
            self.figure.savefig(drawn, format="png", dpi=DPI)
        # A notebook carries its pictures: with a palette they take a third of the room. This one keeps the color of a
        # single small marker.
        image = Image.open(drawn).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(file, format="png", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        data = b64encode(self.png()).decode()
        # JupyterLab gives an image/png no alternative text, so an HTML image carries it there.
        html = f'<img alt="{escape(self.text)}" src="data:image/png;base64,{data}" style="max-width: 100%">'
        bundle = {"text/plain": self.text, "text/html": html, "image/png": data}
        return bundle, {"image/png": {"alt": self.text}}


@spelled
def draw(
    panels: Sequence[Panel[Shown]], history: Shown, record: int = -1, arrangement: str | None = None,
    size: tuple[float, float] = (10.0, 5.0), mark: str = "",
) -> Picture:
    """A Picture of `panels`, a list, for `history` as it was at record `record`.

    `history` is a History, or what else the panels show: a panel of a sweep shows its table. `arrangement` places the
    panels, a letter for each, as matplotlib's `subplot_mosaic` does: "AB;CD" is two rows of two. `size` is the width
    and the height in inches; `mark` a word that stands in every panel, such as "diverged".
    """
    panels = panels_of(panels)
    demand(panels, history)
    record, mark = whole_number("record", record, least=-len(history), most=len(history) - 1), label("mark", mark)
    record %= len(history)
    with style.context(OURS):
        figure, axes = lay_out(panels, history, arrangement, size)
        for panel, ax in zip(panels, axes):
            canvas = AxesCanvas(ax, still_of(panel, history))
            panel.moving(canvas, history, record)
            canvas.finish(mark)
    return Picture(figure, describe(panels, history, record))


@spelled
def film(
    panels: Sequence[Panel[History]], history: History, path: str | PathLike, every: int = 1,
    arrangement: str | None = None, size: tuple[float, float] = (10.0, 5.0), progress: bool = True,
) -> int:
    """Write a film of the training to `path`, a GIF that plays once. Returns the number of its frames.

    It has a frame for every `every`-th record and for the last one, in the order of the records, and a progress
    bar where `progress` is true. An interrupt leaves what was at `path` as it was. Raises TypeError, ValueError,
    FileNotFoundError or PermissionError, before the first frame, where no GIF can be written.
    """
    if (target := target_of(path)).suffix.lower() != ".gif":
        raise ValueError(f"path must end in .gif, got {str(target)!r}")
    panels, progress = panels_of(panels), flag("progress", progress)
    if not isinstance(history, History):
        raise TypeError(f"history must be a History, got {shown(history, History)}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    records = sorted({*range(0, len(history), whole_number("every", every, least=1)), len(history) - 1})
    with style.context(OURS):
        figure, axes = lay_out(panels, history, arrangement, size, title=" ")
        # A byte for each point of a frame, which is there once more when it is written.
        points = round(figure.bbox.width * figure.bbox.height)
        affordable("size and the number of frames", (size, len(records)), 2 * points * len(records) // 8)
        stills = [still_of(panel, history) for panel in panels]
        frames: list[Image.Image] = []
        screen = FigureCanvasAgg(figure)
        for record in progress_bar(len(records), "frame", iterable=records) if progress else records:
            canvases = [AxesCanvas(ax, still) for ax, still in zip(axes, stills)]
            for panel, canvas in zip(panels, canvases):
                panel.moving(canvas, history, record)
                canvas.finish()
            figure.suptitle(f"{history.unit} {history.epochs[record]}")
            with _letters(say=not frames):
                screen.draw()
            frame = Image.fromarray(np.asarray(screen.buffer_rgba())).convert("RGB")
            frames.append(frame.quantize(128, Image.Quantize.FASTOCTREE))
            for canvas in canvases:
                canvas.clear()
    with replaced(path) as file:
        frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:], duration=80)
    return len(records)


@spelled
def lay_out(
    panels: Sequence[Panel[Shown]], history: Shown, arrangement: str | None = None,
    size: tuple[float, float] = (10.0, 5.0), title: str | None = None,
) -> tuple[Figure, list[Axes]]:
    """A figure with the still parts of `panels` in it, and the list of their axes. The layout is final."""
    panels, size = panels_of(panels), pair("size", size, *INCHES)
    demand(panels, history)
    title = None if title is None else label("title", title)
    stills = [still_of(panel, history) for panel in panels]
    with style.context(OURS):
        figure = Figure(figsize=size, dpi=72, layout="constrained")
        placed = figure.subplot_mosaic([list(row) for row in rows_of(stills, arrangement)])
        axes = [ax for _, ax in sorted(placed.items())]
        titles = [stand(still, ax) for still, ax in zip(stills, axes)]
        if title is not None:
            figure.suptitle(title).set(parse_math=False)
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "constrained_layout not applied")
            # It is said where the picture is drawn.
            warnings.filterwarnings("ignore", LACKING.pattern)
            try:
                figure.draw_without_rendering()
            except UserWarning:
                raise ValueError(f"size must leave room for the panels, got {size} inches; take a larger one") from None
        for ax, head in zip(axes, titles):
            # No layout keeps a title from running into the panel on its right, or out of the figure.
            room = min(1.05 * ax.bbox.width, figure.bbox.x1 - ax.bbox.x0)
            width = head.get_window_extent().width
            if width > room:
                # A little more, because letters are rounded to whole dots.
                head.set_fontsize(0.95 * TITLE * room / width)
    figure.set_layout_engine("none")
    return figure, axes


@contextmanager
def _letters(say: bool = True) -> Iterator[None]:
    """Warns in one sentence, or where not `say` in none, of letters that the font lacks: a picture has boxes there."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", LACKING.pattern)
        yield
    lacking: dict[str, None] = {}
    for warning in caught:
        if found := LACKING.match(str(warning.message)):
            lacking[chr(int(found[1]))] = None
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if lacking and say:
        letters = ", ".join([*lacking][:10]) + (" and others" if len(lacking) > 10 else "")
        warnings.warn(
            f"the font of the pictures has no {letters}: they are boxes there; the sliders and the texts have them",
            stacklevel=2,
        )
