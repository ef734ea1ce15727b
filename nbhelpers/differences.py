"""Derivatives without calculus, from differences of a function's values, and how far each can be trusted.

Every lesson's judge stands on this page. A difference errs in two ways: a long step misses the curve, and a short one
drowns in the rounding of the values. So the judge takes steps of several lengths, and believes what they agree on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .arguments import floats, is_single, number, scalar
from .edges import spelled
from .parameters import filled, is_tensor, remembered
from .settings import function as called

EPSILON, SINGLE_EPSILON = (float(np.finfo(kind).eps) for kind in (np.float64, np.float32))

# The best step for a single central difference is about the cube root of the rounding error of a float.
STEP = float(np.cbrt(EPSILON))
SINGLE_STEP = float(np.cbrt(SINGLE_EPSILON))

# The lengths of the judge's steps. Three in a row must agree; the middle ones are tried first.
LENGTHS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
FIRST = LENGTHS[2:5]


class Slope(NamedTuple):
    """A derivative as the differences give it, and how far it may be off; inf where they cannot say, as at a kink."""

    value: float
    uncertainty: float


@spelled
def numerical_gradient(function: Callable[[Any], Any], theta: Any, step: float | None = None) -> Any:
    """The gradient of `function(theta)`, a number, by central differences, in the shape of `theta`.

    `theta` is an array of any shape, or a list of arrays; then the result is a list too. Each entry in turn is moved to
    both sides by `step` times its size (by `step` itself below size 1):
    (function(theta + h) - function(theta - h)) / 2h. The error is of the order of h**2. Without a `step` it is 6e-6,
    and 5e-3 for a `theta` or a function in float32. `function` gets copies, tensors for tensors of PyTorch. Raises
    TypeError or ValueError for a function whose value is not a number, or that reads `theta` in place of its copy, and
    for parameters that are not numbers.
    """
    called("function", function, "theta")
    several = isinstance(theta, (list, tuple)) and any(_is_array(part) for part in theta)
    given = list(theta) if several else [theta]
    parts = [floats("theta", part) for part in given]

    def value() -> Any:
        copies = [_copy(part, original) for part, original in zip(parts, given)]
        with np.errstate(all="ignore"):
            return function(copies if several else copies[0])

    def height() -> float:
        return scalar("the value of function(theta)", value())

    if step is None:
        single = any(part.dtype == np.float32 for part in parts) or is_single(value())
        step = SINGLE_STEP if single else STEP
    step = number("step", step, above=0)
    gradients = [np.empty(part.shape) for part in parts]
    # The function may set the very array that theta is, as that of a network.
    restore = remembered(given)
    try:
        for part, gradient in zip(parts, gradients):
            for place in np.ndindex(part.shape):
                middle = part[place].copy()
                h = step * max(1.0, abs(float(middle)))
                part[place] = middle + h
                above, right = height(), float(part[place]) - float(middle)
                part[place] = middle - h
                below, left = height(), float(middle) - float(part[place])
                part[place] = middle
                if right + left == 0:
                    raise ValueError(f"step must be large enough to move theta, got {step}, too little for {middle}")
                # The steps as they were rounded, not as they were meant.
                gradient[place] = (above - below) / (right + left)
    finally:
        restore()
    if not any(map(np.any, gradients)) and _is_read(given, parts, height):
        raise ValueError(
            "function must reckon with the copy of theta that it gets, but it reads the very array that theta is, "
            "which is not moved: use its argument, or `audit`, which moves parameters where they are kept"
        )
    return gradients if several else gradients[0]


def _copy(part: np.ndarray, original: Any) -> Any:
    """A copy for a function that may be written for the kind of the `original`."""
    if not is_tensor(original):
        return part.copy()
    import torch

    return torch.tensor(part, device=original.device)


def _is_read(given: list[Any], parts: list[np.ndarray], height: Callable[[], float]) -> bool:
    """Whether the value of a function changes with the arrays that were `given`, and not with their copies, `parts`."""
    before, restores, random = height(), [remembered(part) for part in given], np.random.default_rng(0)
    for part in parts:
        # Not everywhere by the same: a softmax does not notice that.
        part += random.normal(size=part.shape)
    try:
        if height() != before:
            return False
        for original, part in zip(given, parts):
            if isinstance(original, (list, np.ndarray)) or is_tensor(original):
                filled(original, part)
        return height() != before
    except Exception:
        # Neither need the function take other numbers, nor a tensor be one that can be written to.
        return False
    finally:
        for restore in restores:
            restore()


def _is_array(part: Any) -> bool:
    try:
        return np.ndim(part) > 0
    except Exception:
        # It will be refused for what it is.
        return True


class Line:
    """A function along one direction: `at(t)` gives the t that was really taken, and the value there."""

    def __init__(
        self, at: Callable[[float], tuple[float, float]], size: float, value: float, floor: float, noise: float = 0.0
    ):
        """`size` is the unit of the steps, `value` the value at 0, `floor` the rounding of a value of usual size.

        `noise` is how far a value may be off for another reason than its own rounding.
        """
        self.at, self.size, self.value, self.floor, self.noise = at, size, value, floor, noise
        self.seen: dict[float, tuple[float, float, float]] = {}

    def slope(self, enough: float = 0.0, reach: float = np.inf) -> Slope:
        """The derivative at 0; the three middle lengths will do where they leave an uncertainty of at most `enough`.

        Steps longer than `reach` are not believed.
        """
        best = self._best(FIRST, reach)
        return best if best.uncertainty <= enough else self._best(LENGTHS, reach)

    def _best(self, lengths: tuple[float, ...], reach: float) -> Slope:
        """The three lengths in a row that agree best."""
        for length in lengths:
            if length not in self.seen:
                self.seen[length] = self._difference(length)
        best = Slope(self.seen[FIRST[0]][0], np.inf)
        for long, middle, short in zip(lengths, lengths[1:], lengths[2:]):
            slopes, noises, bends = zip(self.seen[long], self.seen[middle], self.seen[short])
            # The slopes to the right and to the left: on a curve they approach each other, at a kink they do not. What
            # stays between them where the step goes to 0 is a jump; a small one is of one sample among thousands.
            jump = abs(10 * bends[2] - bends[1]) / 9
            kink = abs(bends[2]) > max(0.3 * abs(bends[1]), 1e-3 * abs(slopes[2]), 8 * noises[2])
            uncertainty = max(abs(slopes[0] - slopes[1]), abs(slopes[1] - slopes[2])) + noises[1] + jump
            if uncertainty < best.uncertainty and not kink and long * self.size <= reach:
                best = Slope(slopes[1], uncertainty)
        return best

    def _difference(self, length: float) -> tuple[float, float, float]:
        """The slope over five points, the rounding in it, and how much the slopes to both sides differ."""
        h = length * self.size
        (left_2, below_2), (left, below), (right, above), (right_2, above_2) = map(self.at, (-2 * h, -h, h, 2 * h))
        if not left_2 < left < 0 < right < right_2:
            return np.nan, np.inf, 0.0
        near, far = (above - below) / (right - left), (above_2 - below_2) / (right_2 - left_2)
        bend = (above - self.value) / right - (below - self.value) / left
        values = self.value, above, below, above_2, below_2
        flat = max(values) == min(values)
        noise = max(EPSILON * max(map(abs, values)), self.noise)
        # Where no value differs at all, the rounding is hidden, as it is in an output that has reached its limit.
        return (4 * near - far) / 3, (max(noise, self.floor) if flat else noise) / right, bend
