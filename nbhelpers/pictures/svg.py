"""The picture of an Explorer as HTML: a panel is an SVG of its own, in a grid that wraps. It needs no matplotlib.

A library would draw axes too, but for a width that is known; here the page lays them out (see `shapes`).
"""

from collections.abc import Sequence
from html import escape
from math import ceil

from ..records import History
from ..words import breadth
from .colors import GRAY, SHADES
from .grid import rows_of
from .protocols import Key, Panel, Still, demand, panels_of, still_of
from .scales import scales
from .shapes import CAPS, CORNERS, SvgCanvas, units_of
from .style import DASHES, STYLE

# A grid of one row has this height in pixels, and each row of a larger one.
ALONE, ROW = 300, 184

# How wide letters are in ticks, in pixels of the widest of the usual fonts, and how much room these have at the most.
WIDTHS, WIDE, MOST_ROOM = dict.fromkeys(".·", 4) | {"−": 10, "⁻": 7} | dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹", 5), 7.7, 120

BAD = ("diverged", "dead", "stuck")

BEFORE = Key("before", GRAY, "before", width=1.5)

__all__ = ["STYLE", "Sheet"]


class Sheet:
    """A picture of `panels` that can be drawn again and again, placed by `arrangement` as in `plots.draw`.

    Raises ValueError where the panels cannot show `history`, or `arrangement` does not fit.
    """

    def __init__(self, panels: Sequence[Panel[History]], history: History, arrangement: str | None = None):
        self.panels = panels_of(panels)
        demand(self.panels, history)
        stills = [still_of(panel, history) for panel in self.panels]
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
            still = still_of(panel, history)
            if still != self._known[number][0]:
                self._known[number] = still, _frame(still)
            head, behind, end = self._known[number][1]
            canvas = SvgCanvas(still)
            # On axes that mean something else the run before would be read wrong: another loss, codes of fewer units.
            if before is not None and _meaning(still_of(panel, before)) == _meaning(still):
                canvas.before = True
                panel.moving(canvas, before, len(before) - 1)
                canvas.before = False
            for fixed in still.marks:
                fixed.draw(canvas)
            panel.moving(canvas, history, record)
            parts += [f'<div class="nbh-panel{" nbh-tall" if still.tall else ""}" style="--area:{name}">',
                      head, behind, canvas.svg(mark if mark in BAD else ""), end]
        return "".join([*parts, "</div></div>"])


def _meaning(still: Still) -> tuple[str, str, str]:
    return still.title, still.xlabel, still.ylabel


def _frame(still: Still) -> tuple[str, str, str]:
    """What stands above what moves, behind it, and the end of it all."""
    legend = (*still.legend, BEFORE) if still.before else still.legend
    keys = "".join(map(_key, legend))
    head = f'<div class="nbh-head"><b>{escape(still.title)}</b>{keys}</div>'
    (left, right), (bottom, top) = still.xlim, still.ylim
    ratio = (right - left) / (top - bottom) if still.equal else 0
    room = f' style="padding-left:{_room(still)}px"' if still.frame and not still.equal else ""
    kind = " nbh-equal" if still.equal else "" if still.frame else " nbh-bare"
    body = f'<div class="nbh-body{kind}"{room}'
    shape = f' style="--ratio:{ratio:.4f}"' if ratio else ""
    return head, f'{body}><svg class="nbh-axes"{shape}>{_axes(still) if still.frame else ""}', "</svg></div></div>"


def _room(still: Still) -> int:
    """The pixels to the left of the axes for their ticks, which would be cut off there, and for their label."""
    labels = (label for _, label in scales(still)[1].ticks)
    widths = (sum(WIDTHS.get(letter, WIDE * breadth(letter)) for letter in label) for label in labels)
    needed = min(MOST_ROOM, ceil(max(widths, default=0)) + 5)
    return max(54, needed + 18) if still.ylabel else max(40, needed)


def _axes(still: Still) -> str:
    """Frame, ticks and labels."""
    across, up = scales(still)
    parts = []
    for place, label in zip(units_of(across([tick for tick, _ in across.ticks])), across.ticks):
        x = f"{place / 100:g}%"
        grid = f'<line x1="{x}" x2="{x}" y2="100%" class="nbh-grid-line"/>' if still.grid else ""
        parts.append(f'{grid}<text x="{x}" y="100%" dy="12" class="nbh-tick">{escape(label[1])}</text>')
    for place, label in zip(units_of(1 - up([tick for tick, _ in up.ticks])), up.ticks):
        y = f"{place / 100:g}%"
        grid = f'<line y1="{y}" y2="{y}" x2="100%" class="nbh-grid-line"/>' if still.grid else ""
        parts.append(f'{grid}<text x="-5" y="{y}" class="nbh-tick nbh-up">{escape(label[1])}</text>')
    below = 26 if across.ticks else 12
    parts.append(f'<text x="50%" y="100%" dy="{below}" class="nbh-label">{escape(still.xlabel)}</text>')
    if still.ylabel:
        parts.append(
            f'<svg x="{12 - _room(still)}" y="50%" class="nbh-dot"><text transform="rotate(-90)" class="nbh-label">'
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
        path = f'<path d="M{middle} 6h.1" stroke="{color}" stroke-width="8" '
        parts.append(f'{path}stroke-linecap="{CAPS[key.marker]}"/>')
    elif key.marker is not None:
        corners = " ".join(f"{middle + 4 * right:.1f},{6 + 4 * down:.1f}" for right, down in CORNERS[key.marker])
        parts.append(f'<polygon points="{corners}" fill="{color}"/>')
    return f'<span><svg width="{width}">{"".join(parts)}</svg>{escape(key.label)}</span>'
