"""Somebody else's program, as the judge sees it: its loss and its gradient as functions of one vector (for `audit`)."""

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from itertools import pairwise
from math import floor, frexp, isfinite, log10, prod
from typing import Any

import numpy as np

from .activations import quiet
from .arguments import Array, is_single, listed, numbers, plain, scalar, shown
from .differences import EPSILON, SINGLE_EPSILON
from .evidence import repeated, size_of
from .parameters import Parameter, is_tensor

# A loss that is off by more than this many times its rounding is reckoned with coarser numbers inside.
COARSE = 30.0
# In float64 this part of a loss may be off where large numbers cancel inside; float32 inside makes it 4e-10 and more.
CANCELED = 1e4 * EPSILON
# The lengths of the steps in which that is looked for.
UNEVEN = (1e-2, 1e-3, 1e-4, 1e-5)
# A jump is looked for in so many intervals, each half as long as the one before.
HALVINGS = 24


class Stranger:
    """Somebody's program. `data` are what its functions get, X and Y, or None and None."""

    def __init__(
        self, places: list[Parameter], loss: Callable, gradient: Callable | None, step: Callable | None, rate: float,
        X: Any, Y: Any,
    ):
        self.places, self.loss, self.gradient, self.step, self.rate = places, loss, gradient, step, rate
        self.data = (X, Y)
        ends = np.cumsum([place.size for place in places]).tolist()
        self.rows = [slice(end - place.size, end) for place, end in zip(places, ends)]
        self.single = any(place.single for place in places)
        self.grain, self.coarse = 0.0, False
        # Whether it has been tried at all, at the given parameters.
        self.begun = False
        self.stretched: list[str] = []

    @property
    def epsilon(self) -> float:
        return SINGLE_EPSILON if self.single else EPSILON

    @property
    def takes_data(self) -> bool:
        """Whether it can be called with other samples."""
        functions = self.loss, self.gradient or self.step or self.loss
        return self.data[0] is not None and all(map(takes_two, functions))

    @property
    def samples(self) -> int:
        """The number of samples, 1 where it is not known."""
        shapes = self._shapes()
        first, last = _agree(*shapes)
        return shapes[0][0] if first else shapes[0][-1] if last else 1

    def goes_on_with_one_sample(self, theta: Array) -> bool:
        """Give it the first sample alone from now on, if it is known what a sample is and the program can do it."""
        (X, Y), (first, last) = self.data, _agree(*self._shapes())
        if not self.takes_data or not (first or last):
            return False
        # It may be made for the number of samples that it has.
        with suppress(Exception):
            self.data = (X[:1], Y[:1]) if first else (X[..., :1], Y[..., :1])
            if np.isfinite([*self.gradient_at(theta), self.loss_at(theta)]).all():
                return True
        self.data = (X, Y)
        return False

    def _shapes(self) -> tuple[tuple, tuple]:
        with suppress(Exception):
            return np.shape(plain(self.data[0])), np.shape(plain(self.data[1]))
        return (), ()

    def theta(self) -> Array:
        return np.concatenate([place.get() for place in self.places])

    def move(self, theta: Array) -> None:
        for place, row in zip(self.places, self.rows):
            place.put(theta[row])

    def stored(self, theta: Array) -> Array:
        """`theta` as the program keeps it, rounded where that is float32."""
        kept = theta.copy()
        for place, row in zip(self.places, self.rows):
            if place.single:
                kept[row] = theta[row].astype(np.float32)
        return kept

    def starts(self, count: int, seed: int) -> list[Array]:
        """Random parameters: so small that sums stay of size 1, whichever way round matrices are kept."""
        random = np.random.default_rng(seed)
        sizes = self._sizes()
        return [self.stored(random.normal(size=sizes.size) * sizes) for _ in range(count)]

    def _sizes(self) -> Array:
        """The usual size of each parameter, a vector like theta."""
        widths = np.array([np.sqrt(max(place.shape)) if len(place.shape) > 1 else 2.0 for place in self.places])
        with suppress(Exception):
            X = np.asarray(plain(self.data[0]), np.float64)
            sides = {*X.shape} if X.ndim > 1 else {*X.shape, 1}
            # What has a side in common with X may be what multiplies it.
            beside = np.array([not sides.isdisjoint(place.shape or (1,)) for place in self.places])
            size = size_of(X)
            widths = np.where(beside & isfinite(size), size * widths, widths)
        return np.repeat(1 / widths, [place.size for place in self.places])

    def refuse_tied(self, theta: Array) -> None:
        """Raises ValueError where a place does not keep what is put there, as two do that share their memory."""
        self.move(theta)
        for place, row in zip(self.places, self.rows):
            if not np.array_equal(place.get(), self.stored(theta)[row]):
                raise ValueError(
                    f"{place.name} must keep what is put there, but it does not: name what two places "
                    "share once, name nothing that is computed from others, and name an array of whole numbers or one "
                    "that is read-only as (object, 'attribute')"
                )

    def loss_at(self, theta: Array) -> float:
        self.move(theta)
        value = self._or_nan(lambda: self._call(self.loss), np.nan)
        self.single |= is_single(value)
        return scalar("the value of loss()", value)

    def changed(self, theta: Array) -> list[str]:
        """The places that are not what they were after its loss was computed at `theta`."""
        self.loss_at(theta)
        kept = self.stored(theta)
        return [
            place.name for place, row in zip(self.places, self.rows)
            if not np.array_equal(plain(place.kept()), kept[row].reshape(place.shape))
        ]

    def see_digits(self, given: Array) -> None:
        """Find out whether its loss is rounded, in its last lines or because all is reckoned in float32 inside.

        And whether it is coarse, with numbers in float32, float16 or bfloat16 inside. A smooth function looks the
        straighter the closer one comes, and a kink the smaller; what is coarse stays as uneven as it was.
        """
        starts = self.starts(3, seed=0)
        losses = [self.loss_at(theta) for theta in starts]
        noise = _staying(np.median([self._unevenness(theta) for theta in starts], axis=(0, 2)))
        self.coarse = noise > max(COARSE * self.epsilon, CANCELED) * max(map(abs, losses))
        if not all(map(isfinite, losses)) or max(losses) == min(losses):
            return
        # At random starts that saturate all outputs a loss may be a whole number; what is rounded is so everywhere.
        losses += [loss for t in (0.0, *UNEVEN, 1e-6) if isfinite(loss := self.loss_at(given + t * starts[0]))]
        largest = max(map(abs, losses))
        # As float16 does, or bfloat16; and as round() and the formats of text do.
        for bits in range(20):
            if all((frexp(loss)[0] * 2**bits).is_integer() for loss in losses):
                self.grain = 2.0 ** (frexp(largest)[1] - bits)
                return
        for digits in range(9):
            if all(float(f"{loss:.{digits}e}") == loss for loss in losses):
                self.grain = 10.0 ** (floor(log10(largest)) - digits)
                return
        # A number of few bits fits in float32 whatever it was reckoned in.
        self.single |= all(float(np.float32(loss)) == loss for loss in losses)

    def _unevenness(self, theta: Array) -> Array:
        """How far its loss near `theta` is off a parabola: for steps of each length, in three directions."""
        value, at = self.loss_at(theta), []
        for length in UNEVEN:
            for way in np.random.default_rng(0).choice([-length, length], (3, theta.size)) * self._sizes():
                at.append([self.loss_at(self.stored(theta + t * way)) if t else value for t in range(-2, 3)])
        # Third differences are 0 for a parabola. Those of values that are off by 1 at random have the size 20**0.5.
        return (abs(np.diff(at, 3)).max(axis=1) / 20**0.5).reshape(-1, 3)

    def reach_at(self, theta: Array) -> float:
        """The longest step to be believed against its gradient at `theta`, where weights are very small."""
        # A row or a column may be biases, which are small or not whatever the weights are.
        pairs = zip(self.places, self.rows)
        tables = [row for place, row in pairs if len(place.shape) > 1 and min(place.shape) > 1]
        usual = self._sizes()
        sizes = [(float(abs(theta[row]).max()), float(usual[row].max())) for row in tables or [slice(None)]]
        # The sums of a layer are as small as all weights up to it make them.
        left = prod(min(1.0, size / large) for size, large in sizes if size)
        return left * min(large for _, large in sizes) if left < 0.1 else np.inf

    def noise_at(self, theta: Array) -> float:
        """How far its loss may be off at `theta`: by its rounding, or by more where it is coarse or much cancels."""
        rounding = self.epsilon * abs(self.loss_at(theta))
        noise = _staying(np.median(self._unevenness(theta), axis=1))
        return max(self.grain, rounding, noise if noise > COARSE * rounding else 0.0)

    def jump_at(self, theta: Array) -> float:
        """How far its loss jumps near `theta`, 0 where it does not.

        Where 1 - p has but a few digits left, log(1 - p) is a staircase, and short steps stay on one of its stairs.
        """
        if self.single or self.coarse:
            # Places so near to each other are the same in float32; and what is coarse is known already.
            return 0.0
        signs = np.random.default_rng(0).choice([-1.0, 1.0], (4, theta.size))
        # Of numbers in X that are not known to be large, parameters that are small for them tell.
        sizes = np.maximum(self._sizes(), abs(theta)), abs(theta)
        return max(self._jump_along(theta, way) for size in sizes for way in signs * size)

    def _jump_along(self, theta: Array, way: Array) -> float:
        """The more uneven half of an interval is halved again and again: a bend becomes straight so, a jump stays."""

        def at(t: float) -> float:
            return self.loss_at(theta + t * way)

        # Beyond a step in one of the directions the loss may be inf.
        for low, high in ((-0.1, 0.1), (-0.1, 0.0), (0.0, 0.1), (-0.01, 0.01)):
            line = [(t, at(t)) for t in np.linspace(low, high, 5)]
            if np.isfinite(line).all():
                break
        uneven = []
        for _ in range(HALVINGS):
            halves = sorted((line[:3], line[2:]), key=lambda half: abs(half[0][1] - 2 * half[1][1] + half[2][1]))
            left, middle, right = halves[-1]
            uneven.append(abs(left[1] - 2 * middle[1] + right[1]))
            first, second = (left[0] + middle[0]) / 2, (middle[0] + right[0]) / 2
            line = [left, (first, at(first)), middle, (second, at(second)), right]
        jumps = uneven[-1] > max(uneven[HALVINGS // 2] / 2, COARSE * self.epsilon * abs(middle[1]))
        return uneven[-1] if jumps else 0.0

    def gradient_at(self, theta: Array) -> Array:
        found = self._or_nan(lambda: self._gradient_at(theta), np.full(theta.size, np.nan))
        self.begun = True
        return found

    def _or_nan(self, compute: Callable[[], Any], nan: Any) -> Any:
        """What it computes, or `nan` where plain Python raises what NumPy and PyTorch give as nan or inf.

        At the given parameters, where the trial begins, the error is the caller's.
        """
        try:
            return compute()
        except (ArithmeticError, ValueError) as error:
            # From `math`; Python 3.14 says what it expected.
            outside = str(error) == "math domain error" or str(error).startswith("expected a ")
            if not self.begun or not (outside or isinstance(error, ArithmeticError)):
                raise
            return nan

    def _gradient_at(self, theta: Array) -> Array:
        self.loss_at(theta)
        # It may have moved them: some programs compute their loss only as they train.
        self.move(theta)
        if self.step is not None:
            self._call(self.step)
            return (self.stored(theta) - self.theta()) / self.rate
        parts = self._from_tensors() if self.gradient is None else self._in_order(self._call(self.gradient))
        self.single |= any(is_single(part) for part in parts)
        self.stretched = [place.name for part, place in zip(parts, self.places) if _stretches(part, place)]
        return np.concatenate([_fitted(part, place) for part, place in zip(parts, self.places)])

    def repeats(self, theta: Array) -> tuple[Array, str]:
        """Its gradient at `theta`, and what is not the same the second time, as a sentence; "" where all is."""
        before = _bits(self.data)
        first, losses = self.gradient_at(theta), [self.loss_at(theta) for _ in range(2)]
        second = self.gradient_at(theta)
        if _bits(self.data) != before:
            return first, "Not repeatable: It changes X or Y. Let it work on copies of them."
        if drift := another_loss(losses[0], losses[1], self.single):
            return first, drift
        if repeated(first, second, losses[0], self.single):
            return first, ""
        others = " Or does the step move parameters that are not named? Name them all." if self.step else ""
        return first, f"Not repeatable: {_other_the_second_time(first, second)}{others}"

    def _call(self, function: Callable) -> Any:
        return function(*self.data) if self.data[0] is not None and takes_two(function) else function()

    def _from_tensors(self) -> list[Any]:
        tensors = [place.kept() for place in self.places]
        for tensor in tensors:
            tensor.grad = None
        value = self._call(self.loss)
        if not is_tensor(value) or not value.requires_grad:
            import torch

            off = "" if torch.is_grad_enabled() else ", while gradients are off: torch.set_grad_enabled(True)"
            kind = f"{type(value).__name__}{off}"
            raise TypeError(f"loss() must return a tensor that knows its history, or give gradient= too; got {kind}")
        if value is self._call(self.loss):
            raise ValueError(
                "loss() must reckon the loss anew at each call, such as lambda: criterion(net(X), y); got the very "
                "tensor that it had returned before"
            )
        if any(tensor.grad is not None for tensor in tensors):
            # A second time it would fail, or add its gradient to what is there.
            raise ValueError(
                "loss() must not call backward() itself: return the loss alone, or give gradient= too, a function that "
                "returns what backward() left"
            )
        # Into no others, whose gradients are nobody's to change.
        value.backward(inputs=tensors)
        return [np.zeros(tensor.shape) if tensor.grad is None else tensor.grad for tensor in tensors]

    def _in_order(self, answer: Any) -> list[Any]:
        names = [place.name for place in self.places]
        if isinstance(answer, dict):
            # The names in a table are texts, the keys of a program may be the numbers of its layers.
            answer = {str(key): part for key, part in answer.items()}
            if not answer.keys() >= {*names}:
                raise ValueError(f"gradient() must have the keys {listed(names)}, got {shown([*answer])}")
            return [answer[name] for name in names]
        several = isinstance(answer, (list, tuple, np.ndarray)) or is_tensor(answer)
        if len(names) == 1 and answer is not None and not (isinstance(answer, (list, tuple)) and len(answer) == 1):
            return [answer]
        if not several or len(answer) != len(names):
            came = f"{len(answer)}" if several else shown(answer)
            raise ValueError(
                f"gradient() must return a list of {len(names)}, one for each of parameters; got {came}. Where the "
                "program keeps its gradient in attributes, write a function that goes back and then returns them"
            )
        return list(answer)


def _staying(uneven: Array) -> float:
    """What stays of the unevenness at each length when the next one is a tenth as long; 0 where it goes away."""
    # Measured: of a thousand kinks at most 0.08 times as much stays, and in float16 at least 0.15 times. What goes away
    # further on is of waves that the longer steps had missed; on a single stair it is 0.
    stays = [
        near for i, (far, near) in enumerate(pairwise(uneven), start=2)
        if near > far / 8 and not any(0 < nearer < near / 1e4 for nearer in uneven[i:])
    ]
    return max(stays, default=0.0)


def _stretches(part: Any, place: Parameter) -> bool:
    """Whether a parameter from which its gradient is subtracted as it is becomes larger, as (3, 1) does by (1, 3)."""
    # Whatever an object of somebody else's does when it is asked for its shape.
    with suppress(Exception):
        return prod(np.broadcast_shapes(getattr(plain(part), "shape", ()), place.shape)) > place.size
    return False


def _fitted(part: Any, place: Parameter) -> Array:
    """The gradient of a place as a vector, where it can be subtracted from it."""
    name = f"the gradient of {place.name}"
    array = numbers(name, plain(part))
    if array.shape != place.shape:
        squeezed = [[length for length in shape if length != 1] for shape in (array.shape, place.shape)]
        if squeezed[0] == squeezed[1] or array.shape == (place.size,):
            return array.ravel().copy()
        with suppress(ValueError):
            return np.broadcast_to(array, place.shape).ravel().copy()
        raise ValueError(f"{name} must have the shape {place.shape}, got {array.shape}")
    return array.ravel().copy()


def another_loss(first: float, second: float, single: bool) -> str:
    """That the loss is not the same the second time, as a sentence; "" where it is, but for its last digits."""
    # As of a gradient: some programs add up in any order.
    if np.isclose(first, second, rtol=30 * (SINGLE_EPSILON if single else EPSILON), atol=0, equal_nan=True):
        return ""
    # Two that look alike would say nothing.
    digits = 6 if f"{first:.6g}" != f"{second:.6g}" else 17
    return (
        f"Not repeatable: the loss is {first:.{digits}g} and then {second:.{digits}g} at the same parameters. Fix its "
        "random numbers, switch dropout off, and see that it changes no data and keeps nothing from call to call."
    )


def _other_the_second_time(first: Array, second: Array) -> str:
    with quiet():
        times = float(first @ second / (first @ first))
    if not np.allclose(times * first, second, rtol=1e-6, atol=1e-9 * float(abs(second).max())):
        times = np.nan
    if abs(times - 2) < 1e-6:
        return "the gradient is twice as large the second time. Is it added up and never set to zero?"
    larger = "another one" if np.isnan(times) or abs(times - 1) < 1e-3 else f"{times:.4g} times as large"
    return (
        f"the gradient is {larger} the second time, at the same parameters. Does the program keep something from one "
        "call to the next, such as a velocity (momentum) or gradients that are never set to zero, or draw random "
        "numbers? Let it start afresh at each call."
    )


def _agree(X: tuple, Y: tuple) -> tuple[bool, bool]:
    """Whether the samples can be the rows of both shapes, and whether they can be the columns."""
    return bool(X and Y) and X[0] == Y[0], len(X) > 1 and bool(Y) and X[-1] == Y[-1]


def _bits(data: tuple[Any, Any]) -> list[bytes]:
    with suppress(Exception):
        return [np.asarray(plain(part)).tobytes() for part in data]
    return []


def takes_two(function: Callable) -> bool:
    """Whether the function can be called with X and Y."""
    try:
        signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
