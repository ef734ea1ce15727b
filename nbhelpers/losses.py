"""The losses: one number for how far the outputs `A` are from the truth `Y`, and its derivative in `A`.

`ssr` is the sum of squared residuals of lesson 01; `half_ssr` is what lesson 02 really descends; `mse` is the
mean of lessons 03 and 05. The cross-entropies are for classes: `binary_cross_entropy` takes the probabilities that a
sigmoid gives, the other two (see `entropy`) the sums of the last layer, whose activation is the identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from . import entropy
from .activations import quiet, writes_to_out
from .arguments import Array, choice, numbers, refuse_reordered, shown
from .edges import NamedFunction, spelled
from .settings import flag, function, text


def _anything(A: Array, Y: Array) -> None:
    """For a loss of all outputs and all targets."""


@spelled
class Loss(NamedFunction):
    """A loss with its derivative.

    `label` is what a picture calls it. `formula(A, Y)` gives the loss of outputs `A` against the truth `Y`, both of
    shape (samples, outputs), and `gradient_formula(A, Y, out)` writes its derivative with respect to `A` to the array
    `out` and returns it. Training loops call these two. `averaged` says that the loss is a mean over the samples and
    not a sum. `check(A, Y)` raises ValueError for outputs and targets that the loss is not made for (it is also called
    with an `A` of another shape). `prediction(A)` gives what people read: the probabilities, where `A` holds sums.
    Raises TypeError for a formula that gives no number, and ValueError for a gradient formula that does not write to
    `out`.

    One of your own serves wherever ours do:

    >>> from nbhelpers import Dense, Loss, Network, check_gradient, one_hot, sigmoid
    >>> import numpy as np
    >>> def mean_of_absolutes(A, Y):
    ...     return abs(A - Y).mean()
    >>> def its_gradient(A, Y, out):
    ...     return np.multiply(np.sign(A - Y), 1 / A.size, out)
    >>> loss = Loss("mae", "mean absolute error", mean_of_absolutes, its_gradient, averaged=True)
    >>> network = Network(4, [Dense(3, sigmoid), Dense(4, sigmoid)]).initialize("normal", seed=0)
    >>> check_gradient(network, *one_hot(4), loss).passed
    True
    """

    COMPUTED = "value", "gradient"
    label: str
    averaged: bool
    formula: Callable[[Array, Array], float]
    gradient_formula: Callable[[Array, Array, Array], Array]
    check: Callable[[Array, Array], None]
    prediction: Callable[[Array], Array]

    def __init__(
        self, name: str, label: str, formula: Callable[[Array, Array], float],
        gradient_formula: Callable[[Array, Array, Array], Array], averaged: bool,
        check: Callable[[Array, Array], None] = _anything, prediction: Callable[[Array], Array] = np.asarray,
    ):
        vars(self).update(
            name=text("name", name), label=text("label", label), formula=function("formula", formula, "A", "Y"),
            gradient_formula=function("gradient_formula", gradient_formula, "A", "Y", "out"),
            averaged=flag("averaged", averaged), check=function("check", check, "A", "Y"),
            prediction=function("prediction", prediction, "A"),
        )
        A = np.full((2, 2), 0.5)
        with quiet():
            writes_to_out("gradient_formula(A, Y, out)", gradient_formula, A, A)
            _gives_a_number(formula, A)

    def value(self, A: ArrayLike, Y: ArrayLike) -> float:
        """The loss, a Python float. `A` and `Y` have the shape (samples, outputs).

        Raises TypeError or ValueError for what is not made of numbers, is empty, has two shapes, or does not suit the
        loss.
        """
        A, Y = self._checked(A, Y)
        with quiet():
            return float(self.formula(A, Y))

    __call__ = value

    def gradient(self, A: ArrayLike, Y: ArrayLike) -> Array:
        """The derivative of the loss in every entry of `A`; the shape is that of `A`. Raises as `value` does."""
        A, Y = self._checked(A, Y)
        with quiet():
            return self.gradient_formula(A, Y, np.empty_like(A))

    def _checked(self, A: ArrayLike, Y: ArrayLike) -> tuple[Array, Array]:
        refuse_reordered(A, Y, ("A", "Y"))
        A, Y = numbers("A", A), numbers("Y", Y)
        if A.shape != Y.shape:
            raise ValueError(f"Y must have the shape of the outputs A, {A.shape}; got the shape {Y.shape}")
        if not A.size:
            raise ValueError(f"A must hold one output or more, got the shape {A.shape}; see how its rows were chosen")
        self.check(A, Y)
        return A, Y


def _gives_a_number(formula: Callable[[Array, Array], float], A: Array) -> None:
    """Raises TypeError where `formula(A, A)` is not one number, as where its sum or mean is left out."""
    try:
        value = formula(A, A)
    except Exception:
        # It may be made for arrays of another shape only.
        return
    try:
        float(value)
    except Exception:
        raise TypeError(
            f"formula(A, Y) must return one number, got {shown(value)}; return the .sum() or .mean() of all entries"
        ) from None


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


# An output of exactly 0 or 1 would make the logarithm infinite. The limit is that of PyTorch's BCELoss; where it holds,
# the loss is flat. (PyTorch also bounds a (1 - a), at 1e-12, and its derivative is then not that of its loss.)
LEAST_LOG = -100.0
LEAST_OUTPUT = math.exp(LEAST_LOG)


def _binary_cross_entropy(A: Array, Y: Array) -> float:
    right = np.maximum(np.log(A), LEAST_LOG)
    wrong = np.maximum(np.log1p(-A), LEAST_LOG)
    return -(Y * right + (1.0 - Y) * wrong).mean()


def _binary_cross_entropy_gradient(A: Array, Y: Array, out: Array) -> Array:
    np.subtract(A, Y, out)
    out /= A * (1.0 - A)
    np.copyto(out, 1.0 - Y, where=A < LEAST_OUTPUT)
    np.copyto(out, -Y, where=1.0 - A < LEAST_OUTPUT)
    out /= A.size
    return out


def _check_probabilities(A: Array, Y: Array) -> None:
    hint = "end the network in a sigmoid, or in the identity with sigmoid_cross_entropy, which takes sums"
    entropy.check_range("binary_cross_entropy", "outputs", A, hint)
    entropy.check_range("binary_cross_entropy", "Y", Y)


ssr = Loss("ssr", "SSR", _ssr, _ssr_gradient, averaged=False)
half_ssr = Loss("half_ssr", "half SSR", _half_ssr, _half_ssr_gradient, averaged=False)
mse = Loss("mse", "MSE", _mse, _mse_gradient, averaged=True)
binary_cross_entropy = Loss(
    "binary_cross_entropy", "binary cross-entropy", _binary_cross_entropy, _binary_cross_entropy_gradient,
    averaged=True, check=_check_probabilities,
)
sigmoid_cross_entropy = Loss(
    "sigmoid_cross_entropy", "sigmoid cross-entropy", entropy.of_sigmoid, entropy.of_sigmoid_gradient,
    averaged=True, check=entropy.check_sigmoid, prediction=entropy.sigmoids,
)
softmax_cross_entropy = Loss(
    "softmax_cross_entropy", "softmax cross-entropy", entropy.of_softmax, entropy.of_softmax_gradient,
    averaged=True, check=entropy.check_softmax, prediction=entropy.softmax,
)

LOSSES = {
    loss.name: loss
    for loss in (ssr, half_ssr, mse, binary_cross_entropy, sigmoid_cross_entropy, softmax_cross_entropy)
}


def loss_of(loss: Loss | str) -> Loss:
    """The loss itself, or the one of that name. Raises ValueError for an unknown one."""
    return loss if isinstance(loss, Loss) else choice("loss", loss, LOSSES)
