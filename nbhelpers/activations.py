"""The activation functions and their slopes: the first formulas of every lesson.

Each is exact in its limits, so that it answers every float in silence: softplus(800) is 800, its slope
there is 1, and sigmoid(-800) is 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .arguments import Array, choice, number, numbers
from .edges import NamedFunction, spelled
from .settings import flag, function, text


# Overflow and its like are answered by the limits of the formulas, so a warning would only confuse.
def quiet() -> np.errstate:
    return np.errstate(all="ignore")


def exponent(values: np.ndarray, axis: int | None = None) -> np.ndarray | np.integer:
    """The power of 2 of the largest of `values`: ldexp(values, -exponent) loses no digit and has squares."""
    return np.frexp(abs(values).max(axis=axis, initial=0.0))[1]


@spelled
class Activation(NamedFunction):
    """An activation function with its derivative.

    `name` is its word in the lessons. `formula(z, out)` writes the values at `z` to the array `out`, and
    `slope_formula(z, a, out)` writes the derivative at `z`, where `a` holds the values at `z`; both return `out`.
    Training loops call these two. `kink` says that the slope jumps at z = 0, where finite differences are no judge.
    Raises ValueError for a formula that does not write to `out`.

    One of your own serves wherever ours do (Ramachandran, Zoph and Le 2017 call this one Swish):

    >>> from nbhelpers import Activation, Dense, Network, check_gradient, mse, one_hot, sigmoid
    >>> import numpy as np
    >>> def swish(z, out):
    ...     return np.multiply(z, sigmoid.value(z), out)
    >>> def swish_slope(z, a, out):
    ...     s = sigmoid.value(z)
    ...     return np.add(s, a * (1 - s), out)
    >>> activation = Activation("swish", swish, swish_slope)
    >>> network = Network(4, [Dense(3, activation), Dense(4, sigmoid)]).initialize("normal", seed=0)
    >>> check_gradient(network, *one_hot(4), mse).passed
    True
    """

    COMPUTED = "value", "slope"
    kink: bool
    formula: Callable[[Array, Array], Array]
    slope_formula: Callable[[Array, Array, Array], Array]

    def __init__(
        self, name: str, formula: Callable[[Array, Array], Array],
        slope_formula: Callable[[Array, Array, Array], Array], kink: bool = False,
    ):
        vars(self).update(
            name=text("name", name), formula=function("formula", formula, "z", "out"),
            slope_formula=function("slope_formula", slope_formula, "z", "a", "out"), kink=flag("kink", kink),
        )
        z = np.array([-1.0, 1.0])
        with quiet():
            writes_to_out("formula(z, out)", formula, z)
            writes_to_out("slope_formula(z, a, out)", slope_formula, z, z)

    def value(self, z: ArrayLike) -> Array:
        """The activation at `z`, a number or an array; the result has the same shape. TypeError for other things."""
        z = numbers("z", z)
        with quiet():
            return self.formula(z, np.empty_like(z))[()]

    # sigmoid(0.5) is what a hand writes first.
    __call__ = value

    def slope(self, z: ArrayLike) -> Array:
        """The derivative of the activation at `z`, a number or an array; the result has the same shape."""
        z = numbers("z", z)
        with quiet():
            return self.slope_formula(z, self.formula(z, np.empty_like(z)), np.empty_like(z))[()]


def writes_to_out(what: str, function: Callable[..., Array], *arguments: Array) -> None:
    """Raises ValueError where `function(*arguments, out)` does not return the array `out`, which loops use again."""
    out = np.empty_like(arguments[0])
    try:
        written = function(*arguments, out) is out
    except ValueError:
        # It may be made for arrays of another shape only.
        return
    if not written:
        raise ValueError(f"{what} must write its result to out and return out; use np.multiply(a, b, out) for a * b")


# As an array, because NumPy takes half as long with it as with the number 1.0.
ONE = np.array(1.0)


def _identity(z: Array, out: Array) -> Array:
    np.copyto(out, z)
    return out


def _identity_slope(z: Array, a: Array, out: Array) -> Array:
    out.fill(1.0)
    return out


def _sigmoid(z: Array, out: Array) -> Array:
    # 1 / (1 + exp(-z)). Where exp overflows to inf, the quotient is 0, which is the limit.
    np.negative(z, out)
    np.exp(out, out)
    np.add(out, ONE, out)
    return np.reciprocal(out, out)


def _sigmoid_slope(z: Array, a: Array, out: Array) -> Array:
    np.subtract(ONE, a, out)
    return np.multiply(out, a, out)


def _tanh_slope(z: Array, a: Array, out: Array) -> Array:
    np.multiply(a, a, out)
    return np.subtract(ONE, out, out)


def _relu(z: Array, out: Array) -> Array:
    return np.maximum(z, 0.0, out=out)


def _relu_slope(z: Array, a: Array, out: Array) -> Array:
    # 1 where a > 0, else 0; and nan where it is nan, which a comparison would lose.
    return np.sign(a, out)


def _softplus(z: Array, out: Array) -> Array:
    # log(exp(0) + exp(z)): the same as log(1 + exp(z)), without the overflow past 709.
    return np.logaddexp(0.0, z, out)


def _softplus_slope(z: Array, a: Array, out: Array) -> Array:
    return _sigmoid(z, out)


@spelled
class LeakyReLU(Activation):
    """max(z, leak * z): the slope is 1 above 0 and `leak`, between 0 and 1, below (Maas, Hannun and Ng 2013).

    `leaky_relu` is the one of the lessons, with a leak of 0.1. Raises TypeError or ValueError for another leak.
    """

    leak: float

    def __init__(self, leak: float):
        vars(self).update(leak=number("leak", leak, above=0, below=1), name="leaky_relu", kink=True)

    def __repr__(self) -> str:
        return self.name if self.leak == LEAK else f"LeakyReLU({self.leak})"

    def formula(self, z: Array, out: Array) -> Array:
        np.multiply(z, self.leak, out)
        return np.maximum(z, out, out=out)

    def slope_formula(self, z: Array, a: Array, out: Array) -> Array:
        np.sign(a, out)
        return np.maximum(out, self.leak, out=out)


LEAK = 0.1

identity = Activation("identity", _identity, _identity_slope)
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_slope)
tanh = Activation("tanh", np.tanh, _tanh_slope)
relu = Activation("relu", _relu, _relu_slope, kink=True)
leaky_relu = LeakyReLU(LEAK)
softplus = Activation("softplus", _softplus, _softplus_slope)

ACTIVATIONS = {a.name: a for a in (identity, sigmoid, tanh, relu, leaky_relu, softplus)}


def saved(activation: Activation) -> str:
    """The text from which `loaded` makes the activation again. Raises ValueError for one of your own."""
    if type(activation) is LeakyReLU:
        return f"{activation.name} {activation.leak!r}"
    if activation != ACTIVATIONS.get(activation.name):
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)} to be saved, got {activation} of your own; "
            "keep theta with np.save, and build the network again"
        )
    return activation.name


def loaded(text: str) -> Activation:
    """The activation that `saved` wrote."""
    name, _, leak = text.partition(" ")
    return LeakyReLU(float(leak)) if leak else choice("activation", name, ACTIVATIONS)
