"""The picture of an Explorer as SVG.

matplotlib draws the still parts once. What moves is a second SVG that lies over them, placed by the same axes.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO, StringIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imsave
from numpy.typing import ArrayLike

from ..activations import quiet
from ..arguments import Array
from ..records import History
from .plots import BLACK, SHADES, lay_out
from .protocols import Canvas, Panel

# matplotlib draws text and lines in these two colors, and the page puts those of its theme in their place.
TEXT, FAINT = "#010203", "#040506"
THEME = {TEXT: "var(--jp-content-font-color1, #222)", FAINT: "var(--jp-border-color1, #999)"}
# Any, because versions of matplotlib differ in the type of its keys.
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nbhelpers",
    "font.size": 11,
    "axes.facecolor": "none",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "grid.color": FAINT,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}

FILL = 'style="width: 100%; height: auto; display: block"'
DASHES = {"solid": "", "dashed": "7 4", "dotted": "2 3", "dashdot": "7 3 2 3"}
MARKERS = {
    "o": (),
    "s": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "^": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "D": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
}

# No place is drawn farther away than this, because a browser cannot.
FAR = 1e4


class Frame:
    """The axes of `panels`, laid out for `history`: their `still` parts, and `moving` for what changes."""

    def __init__(self, panels: Sequence[Panel[History]], history: History, arrangement: str | None):
        self.panels = panels
        with matplotlib.rc_context(STYLE):
            figure, self.axes = lay_out(panels, history, arrangement)
            self.still = _still_svg(figure)
        self.width, self.height = figure.bbox.size

    def moving(self, history: History, record: int, ghost: History | None, text: str) -> str:
        """The SVG of all panels for `history` at `record`, the whole of the run `ghost` behind it, with its `text`."""
        parts = [
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" {FILL} role="img" aria-label="{escape(text)}">'
        ]
        for panel, ax in zip(self.panels, self.axes):
            canvas = SvgCanvas(ax, self.height)
            if ghost is not None:
                canvas.pale = True
                panel.moving(canvas, ghost, len(ghost) - 1)
                canvas.pale = False
            panel.moving(canvas, history, record)
            parts.append(canvas.svg())
        return "".join([*parts, "</svg>"])


def _still_svg(figure: Figure) -> str:
    """The still parts as SVG that fills the width it is given."""
    file = StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    # Its metadata is of no use in a page, and its style sheet would hold for the whole page.
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'aria-hidden="true" {FILL}', svg, count=1)
    for drawn, themed in THEME.items():
        svg = svg.replace(drawn, themed)
    return svg


class SvgCanvas(Canvas):
    """A Canvas of SVG shapes in the place of the axes `ax`, in a picture of `height` pixels."""

    def __init__(self, ax: Axes, height: float):
        self.transform, self.height = ax.transData, height
        left, bottom, self.width, self.tall = ax.bbox.bounds
        self.corner = left, height - bottom - self.tall
        self.behind: list[str] = []
        self.ghost: list[str] = []
        self.shapes: list[str] = []
        self.pale = False

    def line(self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0) -> None:
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in self._places(x, y))
        self._add(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="{width}" '
            f'stroke-dasharray="{DASHES[dashes]}"/>'
        )

    def dots(self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0) -> None:
        for px, py in self._places(x, y):
            corners = " ".join(f"{px + size / 2 * dx:.1f},{py + size / 2 * dy:.1f}" for dx, dy in MARKERS[marker])
            round_one = f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{size / 2}" fill="{color}"/>'
            self._add(f'<polygon points="{corners}" fill="{color}"/>' if corners else round_one)

    def text(self, x: float, y: float, words: str, size: float = 9.0) -> None:
        [(px, py)] = self._places([x], [y])
        self._add(
            f'<text x="{px:.1f}" y="{py:.1f}" font-size="{size}" font-family="sans-serif" fill="{BLACK}" '
            f'text-anchor="middle" dominant-baseline="central">{escape(words)}</text>'
        )

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        smooth: bool = True,
    ) -> None:
        file = BytesIO()
        imsave(file, values, cmap=SHADES, vmin=low, vmax=high, origin="lower", format="png")
        (x, y_bottom), (x_right, y) = self._places([left, right], [bottom, top])
        self.behind.append(
            f'<image x="{x:.1f}" y="{y:.1f}" width="{x_right - x:.1f}" height="{y_bottom - y:.1f}" '
            f'preserveAspectRatio="none" style="image-rendering: {"auto" if smooth else "pixelated"}" '
            f'href="data:image/png;base64,{b64encode(file.getvalue()).decode()}"/>'
        )

    def svg(self) -> str:
        # An inner svg element cuts off what lies outside of it.
        x, y = self.corner
        place = f"{x:.1f} {y:.1f} {self.width:.1f} {self.tall:.1f}"
        return (
            f'<svg x="{x:.1f}" y="{y:.1f}" width="{self.width:.1f}" height="{self.tall:.1f}" viewBox="{place}">'
            f'{"".join(self.behind)}<g opacity="0.35">{"".join(self.ghost)}</g>{"".join(self.shapes)}</svg>'
        )

    def _add(self, shape: str) -> None:
        (self.ghost if self.pale else self.shapes).append(shape)

    def _places(self, x: ArrayLike, y: ArrayLike) -> list[list[float]]:
        """The points (x, y) in the units of the SVG, kept within numbers that a browser can draw."""
        with quiet():
            places = self.transform.transform(np.column_stack([x, y]))
        places = np.clip(np.nan_to_num(places, nan=-FAR), -FAR, FAR)
        places[:, 1] = self.height - places[:, 1]
        return places.tolist()
