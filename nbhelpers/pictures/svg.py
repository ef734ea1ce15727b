"""The picture of an Explorer as HTML: a panel is an SVG of its own, in a grid that wraps. It needs no matplotlib.

Places are parts of the panel, sizes are pixels: so a panel may have any size, and its words keep theirs. A library
would draw axes too, but for a width that is known.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from ..records import History
from .colors import GRAY, INK, PAPER, SHADES
from .grid import rows_of
from .png import data_url
from .protocols import Canvas, Key, Panel, Still
from .scales import Mark, apart, at_the_edge, outside, scales
from .style import DASHES, STYLE

# Lines are drawn in a square of so many units, which is then stretched; no place is farther away than FAR squares.
UNITS, FAR = 10_000, 20
STRETCHED = f'<svg viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none">'

# Corners in units of half the size.
CORNERS = {
    "^": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "D": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
}
CAPS = {"o": "round", "s": "square"}

# A grid of one row has this height in pixels, and each row of a larger one.
ALONE, ROW = 300, 184

BAD = ("diverged", "dead", "stuck")

HALO = 'class="nbh-halo" '
BEFORE = Key("before", GRAY, "before", width=1.5)

__all__ = ["STYLE", "Sheet", "SvgCanvas"]


class Sheet:
    """A picture of `panels` that can be drawn again and again, placed by `arrangement` as in `plots.draw`.

    Raises ValueError where the panels cannot show `history`, or `arrangement` does not fit.
    """

    def __init__(self, panels: Sequence[Panel[History]], history: History, arrangement: str | None = None):
        self.panels = list(panels)
        stills = [panel.still(history) for panel in self.panels]
        rows = rows_of(stills, arrangement)
        self._areas = " ".join("'" + " ".join(row) + "'" for row in rows)
        self._columns, self._row = len(rows[0]), ALONE if len(rows) == 1 else ROW
        self._names = sorted({name for name in "".join(rows) if name != "."})
        self._known = [(still, _frame(still)) for still in stills]

    def html(
        self, history: History, record: int, before: History | None = None, text: str = "", mark: str = "",
        style: bool = True,
    ) -> str:
        """The picture of `history` at `record` with its `text`, the whole of the run `before` behind it.

        `mark` is what has come of the run, in a word; one of those in BAD stands in every panel, so that no picture of
        a run that failed looks like one that went well. Without the `style` it needs a page that has STYLE already.
        """
        parts = [
            f'<div class="nbh" role="img" aria-label="{escape(text)}">{f"<style>{STYLE}</style>" if style else ""}'
            f'<div class="nbh-grid nbh-{min(self._columns, 4)}" style="--areas:{self._areas};--columns:{self._columns};'
            f'--row:{self._row}px">'
        ]
        for number, (panel, name) in enumerate(zip(self.panels, self._names)):
            still = panel.still(history)
            if still != self._known[number][0]:
                self._known[number] = still, _frame(still)
            head, behind, end = self._known[number][1]
            canvas = SvgCanvas(still)
            if before is not None:
                canvas.before = True
                panel.moving(canvas, before, len(before) - 1)
                canvas.before = False
            for fixed in still.marks:
                fixed.draw(canvas)
            panel.moving(canvas, history, record)
            parts += [f'<div class="nbh-panel{" nbh-tall" if still.tall else ""}" style="--area:{name}">',
                      head, behind, canvas.svg(mark if mark in BAD else ""), end]
        return "".join([*parts, "</div></div>"])


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
            # A line of no length with a wide end: any number of dots in one element.
            width = size if marker == "o" else 0.9 * size
            places = "".join(f"M{px} {py}h0" for px, py in zip(_units(across), _units(1 - up)))
            self.shapes.append((True, (
                f'<path d="{places}" {_pressed(sets)}stroke="var(--nbh-{color})" stroke-width="{width:g}" '
                f'stroke-linecap="{CAPS[marker]}"/>'
            )))
            return
        corners = " ".join(f"{size / 2 * right:.1f},{size / 2 * down:.1f}" for right, down in CORNERS[marker])
        for px, py in zip(_units(across), _units(1 - up)):
            self.shapes.append((False, (
                f'<svg x="{px / 100:g}%" y="{py / 100:g}%" class="nbh-dot"><polygon points="{corners}" {_pressed(sets)}'
                f'fill="var(--nbh-{color})"/></svg>'
            )))

    def text(
        self, x: float, y: float, words: str, size: float = 12.0, color: str = INK, halo: bool = False,
        anchor: str = "middle",
    ) -> None:
        across, up = self._places([x], [y], each=True)
        self._words(across[0], up[0], words, size, GRAY if self.before else color, halo, anchor)

    def surface(
        self, values: Array, left: float, right: float, bottom: float, top: float, low: float, high: float,
        shades: str = "outputs", smooth: bool = True,
    ) -> None:
        (x, x_right), (y_bottom, y) = _units(self.across([left, right])), _units(1 - self.up([bottom, top]))
        kind = "smooth" if smooth else "cells"
        self.behind.append(
            f'<image x="{x / 100:g}%" y="{y / 100:g}%" width="{(x_right - x) / 100:g}%" '
            f'height="{(y_bottom - y) / 100:g}%" preserveAspectRatio="none" class="nbh-{kind}" '
            f'href="{data_url(values, low, high, shades)}"/>'
        )

    def svg(self, mark: str = "") -> str:
        """All that was drawn, cut off at the axes; marks say what lies outside of them."""
        for side, along, words in apart(self.outside):
            place, anchor = at_the_edge(side, along)
            self._words(*place, words, 12, INK, True, anchor)
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
        across, up = self.across(x), self.up(y)
        if across.size:
            self.outside += outside(across, up, x, y, each)
        return across, up


def _units(parts: Array) -> list[int]:
    """Parts of an axis in units of the square, kept within numbers that a browser can draw."""
    # Unlike clip they make a number of NaN too.
    return np.rint(UNITS * np.fmin(np.fmax(parts, -FAR), FAR)).astype(int).tolist()


def _path(across: Array, up: Array) -> str:
    """The line as what SVG calls path data; it begins anew after each place that is not a number."""
    gaps = np.flatnonzero(np.isnan(across) | np.isnan(up)).tolist()
    units = [0] * (2 * len(across))
    units[::2], units[1::2] = _units(across), _units(1 - up)
    words = list(map(str, units))
    parts = (words[2 * begin : 2 * end] for begin, end in zip([0, *(gap + 1 for gap in gaps)], [*gaps, len(across)]))
    return "".join("M" + " ".join(part) for part in parts if part)


def _pressed(sets: str | None) -> str:
    return "" if sets is None else f'data-set="{escape(sets)}" '


def _frame(still: Still) -> tuple[str, str, str]:
    """What stands above what moves, behind it, and the end of it all."""
    legend = (*still.legend, BEFORE) if still.before else still.legend
    keys = "".join(map(_key, legend))
    head = f'<div class="nbh-head"><b>{escape(still.title)}</b>{keys}</div>'
    (left, right), (bottom, top) = still.xlim, still.ylim
    ratio = (right - left) / (top - bottom) if still.equal else 0
    kind = " nbh-equal" if still.equal else "" if still.frame else " nbh-bare"
    body = f'<div class="nbh-body{kind}{" nbh-named" if still.ylabel else ""}"'
    shape = f' style="--ratio:{ratio:.4f}"' if ratio else ""
    return head, f'{body}><svg class="nbh-axes"{shape}>{_axes(still) if still.frame else ""}', "</svg></div></div>"


def _axes(still: Still) -> str:
    """Frame, ticks and labels."""
    across, up = scales(still)
    parts = []
    for place, label in zip(_units(across([tick for tick, _ in across.ticks])), across.ticks):
        x = f"{place / 100:g}%"
        grid = f'<line x1="{x}" x2="{x}" y2="100%" class="nbh-grid-line"/>' if still.grid else ""
        parts.append(f'{grid}<text x="{x}" y="100%" dy="12" class="nbh-tick">{escape(label[1])}</text>')
    for place, label in zip(_units(1 - up([tick for tick, _ in up.ticks])), up.ticks):
        y = f"{place / 100:g}%"
        grid = f'<line y1="{y}" y2="{y}" x2="100%" class="nbh-grid-line"/>' if still.grid else ""
        parts.append(f'{grid}<text x="-5" y="{y}" class="nbh-tick nbh-up">{escape(label[1])}</text>')
    below = 26 if across.ticks else 12
    parts.append(f'<text x="50%" y="100%" dy="{below}" class="nbh-label">{escape(still.xlabel)}</text>')
    if still.ylabel:
        parts.append(
            f'<svg x="-42" y="50%" class="nbh-dot"><text transform="rotate(-90)" class="nbh-label">'
            f"{escape(still.ylabel)}</text></svg>"
        )
    return "".join([*parts, '<rect width="100%" height="100%" class="nbh-frame"/>'])


def _key(key: Key) -> str:
    """An entry of the legend."""
    color, parts = f"var(--nbh-{key.color})", []
    middle, width = (14, 28) if key.dashes or key.shade is not None else (6, 12)
    if key.shade is not None:
        hue, opacity = SHADES["classes"][key.shade]
        parts.append(f'<rect x="3" width="22" height="12" fill="{hue}" fill-opacity="{opacity}"/>')
    if key.dashes is not None:
        parts.append(f'<path d="M0 6h28" stroke="{color}" stroke-width="{key.width:g}" '
                     f'stroke-dasharray="{DASHES[key.dashes]}"/>')
    if key.marker in CAPS:
        parts.append(f'<path d="M{middle} 6h0" stroke="{color}" stroke-width="8" stroke-linecap="{CAPS[key.marker]}"/>')
    elif key.marker is not None:
        corners = " ".join(f"{middle + 4 * right:.1f},{6 + 4 * down:.1f}" for right, down in CORNERS[key.marker])
        parts.append(f'<polygon points="{corners}" fill="{color}"/>')
    return f'<span><svg width="{width}">{"".join(parts)}</svg>{escape(key.label)}</span>'
