"""The losses: one number for how far the outputs `A` are from the truth `Y`, and its derivative in `A`.

`ssr` is the sum of squared residuals of lesson 01; `half_ssr` is what lesson 02 really descends; `mse` is the
mean of lessons 03 and 04.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import Array


class Loss:
    """A loss with its derivative.

    `label` is what a picture calls it. `formula(A, Y)` gives the loss of outputs `A` against the truth `Y`, both of
    shape (samples, outputs), and `gradient_formula(A, Y, out)` writes its derivative with respect to `A` to `out`.
    Training loops call these two. `averaged` says that the loss is a mean over the samples and not a sum.
    """

    def __init__(
        self, name: str, label: str, formula: Callable[[Array, Array], float],
        gradient_formula: Callable[[Array, Array, Array], Array], averaged: bool,
    ):
        self.name = name
        self.label = label
        self.formula = formula
        self.gradient_formula = gradient_formula
        self.averaged = averaged

    def __repr__(self) -> str:
        return self.name

    def value(self, A: ArrayLike, Y: ArrayLike) -> float:
        """The loss, a Python float. `A` and `Y` have the shape (samples, outputs)."""
        A, Y = _same_shape(A, Y)
        with quiet():
            return float(self.formula(A, Y))

    def gradient(self, A: ArrayLike, Y: ArrayLike) -> Array:
        """The derivative of the loss in every entry of `A`; the shape is that of `A`."""
        A, Y = _same_shape(A, Y)
        with quiet():
            return self.gradient_formula(A, Y, np.empty_like(A))


def _same_shape(A: ArrayLike, Y: ArrayLike) -> tuple[Array, Array]:
    A, Y = np.asarray(A, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    if A.shape != Y.shape:
        raise ValueError(f"Y must have the shape of the outputs, {A.shape}; got the shape {Y.shape}")
    return A, Y


def _ssr(A: Array, Y: Array) -> float:
    residuals = (A - Y).ravel()
    return residuals.dot(residuals)


def _ssr_gradient(A: Array, Y: Array, out: Array) -> Array:
    np.subtract(A, Y, out)
    return np.multiply(out, 2.0, out)


def _half_ssr(A: Array, Y: Array) -> float:
    return 0.5 * _ssr(A, Y)


def _half_ssr_gradient(A: Array, Y: Array, out: Array) -> Array:
    return np.subtract(A, Y, out)


def _mse(A: Array, Y: Array) -> float:
    return _ssr(A, Y) / A.size


def _mse_gradient(A: Array, Y: Array, out: Array) -> Array:
    np.subtract(A, Y, out)
    return np.multiply(out, 2.0 / A.size, out)


# An output of exactly 0 or 1 would make the logarithm infinite. The two limits are those of PyTorch's BCELoss.
LEAST_LOG = -100.0
LEAST_SLOPE = 1e-12


def _binary_cross_entropy(A: Array, Y: Array) -> float:
    right = np.maximum(np.log(A), LEAST_LOG)
    wrong = np.maximum(np.log1p(-A), LEAST_LOG)
    return -(Y * right + (1.0 - Y) * wrong).mean()


def _binary_cross_entropy_gradient(A: Array, Y: Array, out: Array) -> Array:
    np.subtract(A, Y, out)
    out /= np.maximum(A * (1.0 - A), LEAST_SLOPE) * A.size
    return out


ssr = Loss("ssr", "SSR", _ssr, _ssr_gradient, averaged=False)
half_ssr = Loss("half_ssr", "half SSR", _half_ssr, _half_ssr_gradient, averaged=False)
mse = Loss("mse", "MSE", _mse, _mse_gradient, averaged=True)
binary_cross_entropy = Loss(
    "binary_cross_entropy", "binary cross-entropy", _binary_cross_entropy, _binary_cross_entropy_gradient, averaged=True
)

LOSSES = {loss.name: loss for loss in (ssr, half_ssr, mse, binary_cross_entropy)}
