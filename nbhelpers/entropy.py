"""The cross-entropies on the sums Z of the last layer, for classes: the formulas of two of the losses, and the softmax.

The probabilities P are made here: each one by a sigmoid, or all of a row by the softmax. Their exponential and the
logarithm of the loss so meet in one formula, which is stable for sums of any size, and whose derivative is P - Y over
the number of entries (sigmoid) or of samples (softmax).

Both start from the side on which a sum lies: from 0 or 1, whichever p is nearer to, or from the largest sum of the row.
So a small loss or slope is no difference of large numbers, and keeps its digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet, sigmoid
from .arguments import Array, numbers
from .edges import spelled


def check_range(loss: str, name: str, values: Array, hint: str = "a target is a probability") -> None:
    """Raises ValueError where one of the `values` is not a probability."""
    outside = values[(values < 0.0) | (values > 1.0)]
    if outside.size:
        raise ValueError(f"{name} must lie from 0 to 1 for {loss}, got {outside[0]}; {hint}")


def sigmoids(Z: ArrayLike) -> Array:
    """The probabilities sigmoid(z), shape as `Z`."""
    return sigmoid.value(Z)


def of_sigmoid(Z: Array, Y: Array) -> float:
    """-(y log p + (1 - y) log(1 - p)) with p = sigmoid(z), the mean of all entries."""
    missed, distance = np.where(Z > 0.0, 1.0 - Y, Y), np.abs(Z)
    return (_times(missed, distance) + np.log1p(np.exp(-distance))).sum() / Z.size


def of_sigmoid_gradient(Z: Array, Y: Array, out: Array) -> Array:
    """p - y, over the number of entries."""
    missed, sign = np.where(Z > 0.0, 1.0 - Y, Y), np.where(Z > 0.0, 1.0, -1.0)
    sigmoid.formula(-np.abs(Z), out)
    np.subtract(missed, out, out)
    return np.multiply(out, sign / Z.size, out)


def check_sigmoid(Z: Array, Y: Array) -> None:
    check_range("sigmoid_cross_entropy", "Y", Y)


@spelled
def softmax(Z: ArrayLike) -> Array:
    """The probabilities p = exp(z) / (sum of exp(z) over its row), shape (..., classes) as `Z`.

    A number added to all sums of a row changes nothing, so the largest is made 0, and nothing overflows.
    Raises TypeError or ValueError where `Z` is no such array.
    """
    Z = numbers("Z", Z)
    if Z.ndim == 0 or Z.shape[-1] == 0:
        raise ValueError(f"Z must have the shape (..., classes) with one class or more, got the shape {Z.shape}")
    with quiet():
        _, below, _ = _from_largest(Z.reshape(-1, Z.shape[-1]))
        P = np.exp(below)
        P /= P.sum(axis=1, keepdims=True)
    return P.reshape(Z.shape)


def of_softmax(Z: Array, Y: Array) -> float:
    """-(sum of y log p over the classes) with p = softmax(z), the mean of all samples."""
    _, below, others = _from_largest(Z)
    return (np.log1p(others.sum(axis=1)) - _times(Y, below).sum(axis=1)).sum() / len(Z)


def of_softmax_gradient(Z: Array, Y: Array, out: Array) -> Array:
    """p - y, over the number of samples."""
    place, _, others = _from_largest(Z)
    rest = others.sum(axis=1)
    np.divide(others, 1.0 + rest[:, np.newaxis], out)
    np.subtract(out, Y, out)
    out[place] = (1.0 - Y[place]) - rest / (1.0 + rest)
    return np.multiply(out, 1.0 / len(Z), out)


def check_softmax(Z: Array, Y: Array) -> None:
    if Y.ndim != 2 or Y.shape[1] < 2:
        raise ValueError(
            f"Y must have two columns or more for softmax_cross_entropy, one for each class, got the shape {Y.shape}; "
            "sigmoid_cross_entropy takes a single one"
        )
    check_range("softmax_cross_entropy", "Y", Y)
    sums = Y.sum(axis=1)
    wrong = np.flatnonzero(abs(sums - 1.0) > 1e-6)
    if wrong.size:
        raise ValueError(
            f"Y must have rows that sum to 1 for softmax_cross_entropy, got {sums[wrong[0]]} in row {wrong[0]}; "
            "give the right class 1 and the others 0, or divide each row by its sum"
        )


def _times(Y: Array, Z: Array) -> Array:
    """Y * Z, where what has no weight does not count, however large it is."""
    return np.where(Y == 0.0, 0.0, Y * Z)


def _from_largest(Z: Array) -> tuple[tuple[np.ndarray, np.ndarray], Array, Array]:
    """Of every row: the place of its largest sum (an index), all sums less that one, the exponentials of the others."""
    place = np.arange(len(Z)), Z.argmax(axis=1)
    largest = Z[place]
    below = Z - largest[:, np.newaxis]
    # Infinity less itself is nan, but here it is 0; nan stays nan.
    below[place] = np.where(np.isinf(largest), 0.0, below[place])
    others = np.exp(below)
    others[place] = 0.0
    return place, below, others
