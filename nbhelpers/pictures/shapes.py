"""The canvas of the sliders: what moves in a panel, as SVG shapes.

Places are parts of the panel, sizes are pixels: so a panel may have any size, and its words keep theirs.
"""

from html import escape
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, scalar
from .colors import GRAY, INK, PAPER
from .png import data_url
from .protocols import Canvas, Still, known
from .scales import Mark, apart, at_the_edge, outside, points, scales
from .style import DASHES

# Lines are drawn in a square of so many units, which is then stretched; no place is farther away than FAR squares.
UNITS, FAR = 10_000, 20
STRETCHED = f'<svg viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none">'

# Corners in units of half the size.
CORNERS = {
    "^": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "D": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
}
CAPS = {"o": "round", "s": "square"}
HALO = 'class="nbh-halo" '


class SvgCanvas(Canvas):
    """A Canvas of SVG shapes on the axes that `still` describes."""

    def __init__(self, still: Still):
        self.across, self.up = scales(still)
        self.behind: list[str] = []
        # Whether they stand in the stretched square, and their text.
        self.shapes: list[tuple[bool, str]] = []
        self.outside: list[Mark] = []
        self.before = False

    def line(
        self, x: ArrayLike, y: ArrayLike, color: str, dashes: str = "solid", width: float = 2.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        known(color=color, dashes=dashes, width=width)
        across, up = self._places(x, y, each=False)
        if not across.size:
            return
        if self.before:
            color, dashes, width = GRAY, "before", 1.5
        path = f'd="{_path(across, up)}" {_pressed(sets)}'
        if halo:
            self.shapes.append((True, f'<path {path}stroke="var(--nbh-{PAPER})" stroke-width="{width + 3:g}"/>'))
        dashed = f' stroke-dasharray="{DASHES[dashes]}"' if DASHES[dashes] else ""
        self.shapes.append((True, f'<path {path}stroke="var(--nbh-{color})" stroke-width="{width:g}"{dashed}/>'))

    def dots(
        self, x: ArrayLike, y: ArrayLike, color: str, marker: str = "o", size: float = 7.0, halo: bool = False,
        sets: str | None = None,
    ) -> None:
        known(color=color, marker=marker, size=size)
        across, up = self._places(x, y, each=True)
        if not across.size:
            return
        if halo:
            self._dots(across, up, PAPER, marker, size + 3, sets)
        self._dots(across, up, GRAY if self.before else color, marker, size, sets)
        if self.before and size > 4:
            self._dots(across, up, PAPER, marker, size - 3, sets)

    def _dots(self, across: Array, up: Array, color: str, marker: str, size: float, sets: str | None) -> None:
        if marker in CAPS:
            # A line with wide ends: any number of dots in one element. It is a hair long, for one of no length with
            # square ends is left out where the page is printed.
            width = size if marker == "o" else 0.9 * size
            places = "".join(f"M{px} {py}h1" for px, py in zip(units_of(across), units_of(1 - up)))
            self.shapes.append((True, (
                f'<path d="{places}" {_pressed(sets)}stroke="var(--nbh-{color})" stroke-width="{width:g}" '
                f'stroke-linecap="{CAPS[marker]}"/>'
            )))
            return
        corners = " ".join(f"{size / 2 * right:.1f},{size / 2 * down:.1f}" for right, down in CORNERS[marker])
        for px, py in zip(units_of(across), units_of(1 - up)):
            self.shapes.append((False, (
                f'<svg x="{px / 100:g}%" y="{py / 100:g}%" class="nbh-dot"><polygon points="{corners}" {_pressed(sets)}'
                f'fill="var(--nbh-{color})"/></svg>'
            )))

    def text(
        self, x: float, y: float, words: str, size: float = 12.0, color: str = INK, halo: bool = False,
        anchor: str = "middle",
    ) -> None:
        known(words, color=color, anchor=anchor, size=size)
        across, up = self._places(scalar("x", x), scalar("y", y), each=True)
        if not max(abs(across[0]), abs(up[0])) < FAR:
            # It would be cut off anyway, and a browser puts what has no number for a place into the corner.
            return
        self._words(across[0], up[0], words, size, GRAY if self.before else color, halo, anchor)

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        shades: str = "outputs", smooth: bool = True,
    ) -> None:
        known(shades=shades)
        (x, x_right), (y_bottom, y) = units_of(self.across([left, right])), units_of(1 - self.up([bottom, top]))
        kind = "smooth" if smooth else "cells"
        self.behind.append(
            f'<image x="{x / 100:g}%" y="{y / 100:g}%" width="{(x_right - x) / 100:g}%" '
            f'height="{(y_bottom - y) / 100:g}%" preserveAspectRatio="none" class="nbh-{kind}" '
            f'href="{data_url(values, low, high, shades)}"/>'
        )

    def svg(self, mark: str = "") -> str:
        """All that was drawn, cut off at the axes; marks say what lies outside of them."""
        for side, along, words, before in apart(self.outside):
            place, anchor = at_the_edge(side, along)
            self._words(*place, words, 12, GRAY if before else INK, True, anchor)
        if mark:
            self._words(0.5, 0.8, mark, 15, INK, True, "middle", 'font-weight="bold"')
        groups = groupby(self.shapes, key=lambda shape: shape[0])
        drawn = ("".join(text for _, text in group).join((STRETCHED, "</svg>") if stretched else ("", ""))
                 for stretched, group in groups)
        return f'<svg class="nbh-moving">{"".join([*self.behind, *drawn])}</svg>'

    def _words(
        self, across: float, up: float, words: str, size: float, color: str, halo: bool, anchor: str, more: str = ""
    ) -> None:
        self.shapes.append((False, (
            f'<text x="{100 * across:.6g}%" y="{100 - 100 * up:.6g}%" font-size="{size:g}" fill="var(--nbh-{color})" '
            f'text-anchor="{anchor}" {HALO if halo else ""}{more}>{escape(words)}</text>'
        )))

    def _places(self, x: ArrayLike, y: ArrayLike, each: bool) -> tuple[Array, Array]:
        x, y = points(x, y)
        across, up = self.across(x), self.up(y)
        if across.size:
            self.outside += outside(across, up, x, y, each, self.before)
        return across, up


def units_of(parts: Array) -> list[int]:
    """Parts of an axis in units of the square, kept within numbers that a browser can draw."""
    # Unlike clip they make a number of NaN too.
    return np.rint(UNITS * np.fmin(np.fmax(parts, -FAR), FAR)).astype(int).tolist()


def _path(across: Array, up: Array) -> str:
    """The line as what SVG calls path data; it begins anew after each place that is not a number."""
    gaps = np.flatnonzero(np.isnan(across) | np.isnan(up)).tolist()
    units = [0] * (2 * len(across))
    units[::2], units[1::2] = units_of(across), units_of(1 - up)
    words = list(map(str, units))
    parts = (words[2 * begin : 2 * end] for begin, end in zip([0, *(gap + 1 for gap in gaps)], [*gaps, len(across)]))
    return "".join("M" + " ".join(part) for part in parts if part)


def _pressed(sets: str | None) -> str:
    return "" if sets is None else f'data-set="{escape(sets)}" '
