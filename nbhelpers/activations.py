"""The activation functions and their slopes: the first formulas of every lesson.

Each is exact in its limits, so that it answers every float in silence: softplus(800) is 800, its slope
there is 1, and sigmoid(-800) is 0.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .arguments import Array


# Overflow and its like are answered by the limits of the formulas, so a warning would only confuse.
def quiet() -> np.errstate:
    return np.errstate(all="ignore")


class Activation:
    """An activation function with its derivative.

    `name` is its word in the lessons. `formula(z, out)` writes the values at `z` to `out`, and
    `slope_formula(z, a, out)` writes the derivative at `z`, where `a` holds the values at `z`; both return
    `out`. Training loops call these two. `kink` says that the slope jumps at z = 0.
    """

    def __init__(
        self, name: str, formula: Callable[[Array, Array], Array],
        slope_formula: Callable[[Array, Array, Array], Array], kink: bool = False,
    ):
        self.name = name
        self.formula = formula
        self.slope_formula = slope_formula
        self.kink = kink

    def __repr__(self) -> str:
        return self.name

    def value(self, z: ArrayLike) -> Array:
        """The activation at `z`, a number or an array; the result has the same shape."""
        z = np.asarray(z, dtype=np.float64)
        with quiet():
            return self.formula(z, np.empty_like(z))[()]

    def slope(self, z: ArrayLike) -> Array:
        """The derivative of the activation at `z`, a number or an array; the result has the same shape."""
        z = np.asarray(z, dtype=np.float64)
        with quiet():
            return self.slope_formula(z, self.formula(z, np.empty_like(z)), np.empty_like(z))[()]


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
    return np.greater(z, 0.0, out)


LEAK = 0.1


def _leaky_relu(z: Array, out: Array) -> Array:
    np.multiply(z, LEAK, out)
    return np.maximum(z, out, out=out)


def _leaky_relu_slope(z: Array, a: Array, out: Array) -> Array:
    np.greater(z, 0.0, out)
    return np.maximum(out, LEAK, out=out)


def _softplus(z: Array, out: Array) -> Array:
    # log(exp(0) + exp(z)): the same as log(1 + exp(z)), without the overflow past 709.
    return np.logaddexp(0.0, z, out)


def _softplus_slope(z: Array, a: Array, out: Array) -> Array:
    return _sigmoid(z, out)


identity = Activation("identity", _identity, _identity_slope)
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_slope)
tanh = Activation("tanh", np.tanh, _tanh_slope)
relu = Activation("relu", _relu, _relu_slope, kink=True)
leaky_relu = Activation("leaky_relu", _leaky_relu, _leaky_relu_slope, kink=True)
softplus = Activation("softplus", _softplus, _softplus_slope)

ACTIVATIONS = {a.name: a for a in (identity, sigmoid, tanh, relu, leaky_relu, softplus)}
