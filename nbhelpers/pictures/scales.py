"""The axes of a panel, for both renderers alike: where a value stands, what is written beside it, what lies outside."""

from math import ceil, floor, log10

import numpy as np
from numpy.typing import ArrayLike

from ..activations import quiet
from ..arguments import Array, numbers
from .protocols import Limits, Still, Ticks

# So many labels an axis has at the most, also where it is only 200 pixels long.
MOST = 5

# A tick has so many letters where it is written out.
LONGEST = 7

# A value that is written out up to here, and as a power of ten beyond.
PLAIN = range(-3, 4)
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Nearer to a limit than this part of the axis counts as inside, and marks along a side stand so far apart.
NEAR, APART = 0.01, 0.14

# (side, place along it as a part of its length, words, whether it is of the run before) of a mark that says how far
# outside of a panel something lies.
Mark = tuple[str, float, str, bool]


class Scale:
    """One axis: a call gives the places of values as parts of its length, 0 at its lower limit and 1 at its upper."""

    def __init__(self, limits: Limits, log: bool, ticks: Ticks = None):
        self.limits, self.log = limits, log
        self.low, self.high = map(log10, limits) if log else limits
        self.ticks = self._own_ticks() if ticks is None else ticks

    def __call__(self, values: ArrayLike) -> Array:
        values = np.asarray(values, dtype=np.float64)
        with quiet():
            return ((np.log10(np.maximum(values, 0)) if self.log else values) - self.low) / (self.high - self.low)

    def _own_ticks(self) -> tuple[tuple[float, str], ...]:
        """Powers of ten on a logarithmic axis that has two of them, else 1, 2 and 5 times one, else equal steps."""
        low, high = self.limits
        powers = range(ceil(self.low - 1e-9), floor(self.high + 1e-9) + 1) if self.log else ()
        if len(powers) > 1:
            # Counted from 1, so that it keeps its label where the limits move.
            apart = ceil(len(powers) / MOST)
            return tuple((10.0**power, power_of_ten(power)) for power in powers if power % apart == 0)
        if self.log:
            decades = range(floor(self.low), ceil(self.high))
            values = [digit * 10.0**power for power in decades for digit in (1, 2, 5)]
            inside = tuple((value, f"{value:g}") for value in values if low <= value <= high)
            if len(inside) > 1:
                return inside
        rough = (high - low) / MOST
        power = floor(log10(rough))
        step = next(digit * 10.0**power for digit in (1, 2, 5, 10) if digit * 10.0**power >= rough)
        decimals = max(0, -floor(log10(step) + 1e-9))
        places = [number * step for number in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
        labels = [f"{place:.{decimals}f}".replace("-", "−") for place in places]
        if max(map(len, labels)) > LONGEST:
            # Beside a panel they would be cut off, and a number without its first digits is another one.
            brief = [_in_powers(place, step) for place in places]
            labels = min(labels, brief, key=lambda found: max(map(len, found)))
        return tuple(zip(places, labels))


def power_of_ten(power: int) -> str:
    return f"{10.0**power:g}" if power in PLAIN else "10" + str(power).translate(SUPERSCRIPTS)


def short(value: float) -> str:
    """Three digits, in the words of a picture: a real minus, and powers of ten as such."""
    return _written(f"{value:.0f}" if 1000 <= abs(value) < 1e5 else f"{value:.3g}")


def _in_powers(place: float, step: float) -> str:
    """A tick with as many digits as tell it from the next one, which is a `step` away."""
    if abs(place) < step / 2:
        return "0"
    first, last = (floor(log10(abs(value)) + 1e-9) for value in (place, step))
    return _written(f"{place:.{max(0, first - last)}e}").replace(" ", "")


def _written(said: str) -> str:
    digits, e, power = said.partition("e")
    return (f"{digits} · 10{str(int(power)).translate(SUPERSCRIPTS)}" if e else digits).replace("-", "−")


def scales(still: Still) -> tuple[Scale, Scale]:
    """The two axes of a panel."""
    return Scale(still.xlim, still.xlog, still.xticks), Scale(still.ylim, still.ylog, still.yticks)


def points(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """`x` and `y`, a number or a column of numbers too, as vectors of one length. Raises TypeError or ValueError."""
    found = numbers("x", x), numbers("y", y)
    across, up = (values.ravel() for values in found)
    if len(across) != len(up) or any(values.ndim and len(values) < values.size for values in found):
        shapes = " and ".join(str(values.shape) for values in found)
        raise ValueError(f"x and y must be lists of the same length, got the shapes {shapes}")
    return across, up


def outside(across: Array, up: Array, x: Array, y: Array, each: bool, before: bool) -> list[Mark]:
    """The marks for points (x, y), which have the places `across` and `up`: for `each` of them, or the farthest.

    Their words are how far away that is, and an arrow.
    """
    # NaN, a gap, is left out by these two; most often nothing lies outside, and this is all there is to do.
    least = min(np.fmin.reduce(across), np.fmin.reduce(up))
    if least >= -NEAR and max(np.fmax.reduce(across), np.fmax.reduce(up)) <= 1 + NEAR:
        return []
    marks = []
    for side, places, along, values in (
        ("top", up, across, y), ("bottom", 1 - up, across, y), ("right", across, up, x), ("left", 1 - across, up, x)
    ):
        beyond = np.flatnonzero(places > 1 + NEAR)
        if len(beyond) and not each:
            beyond = beyond[[places[beyond].argmax()]]
        for point in beyond:
            words = _words(side, float(values[point]))
            marks.append((side, float(np.nan_to_num(along[point])), words, before))
    return marks


def apart(marks: list[Mark]) -> list[Mark]:
    """Those of the `marks` that can be read beside each other: those of the run that is shown come first."""
    kept: list[Mark] = []
    for side, along, words, before in sorted(marks, key=lambda mark: mark[-1]):
        place = min(max(along, 0.06), 0.94)
        if not any(_near(at_the_edge(side, place)[0], at_the_edge(other, there)[0]) for other, there, *_ in kept):
            kept.append((side, place, words, before))
    return kept


def _near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < APART and abs(a[1] - b[1]) < 0.08


def at_the_edge(side: str, along: float) -> tuple[tuple[float, float], str]:
    """Where the words of a mark stand, as parts of the panel, and which end of them does."""
    if side in ("left", "right"):
        return ((0.01, along), "start") if side == "left" else ((0.99, along), "end")
    up = 0.94 if side == "top" else 0.06
    if along < APART:
        return (0.01, up), "start"
    return ((0.99, up), "end") if along > 1 - APART else ((along, up), "middle")


def _words(side: str, value: float) -> str:
    said = short(value)
    return {"top": f"{said} ↑", "bottom": f"{said} ↓", "right": f"{said} →", "left": f"← {said}"}[side]
