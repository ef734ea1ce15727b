"""The exercises of lesson 02, on the 8-3-8 autoencoder."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import sigmoid, softplus, tanh
from ..datasets import one_hot
from ..losses import ssr
from ..published import autoencoder as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, one_hot, ssr)


def sigmoid_slope(z: float) -> Any:
    return sigmoid.slope(z)


def tanh_slope(z: float) -> Any:
    return tanh.slope(z)


def softplus_slope(z: float) -> Any:
    return softplus.slope(z)


ACTIVATION_OF = {sigmoid_slope: sigmoid, tanh_slope: tanh, softplus_slope: softplus}


def check_hidden_derivative(answer: Callable[..., Any]) -> Verdict:
    """`answer(v, d, z, slope)` is to give the derivative of the error in the sum `z` of one hidden unit.

    `v` holds the weights from that unit to the units above it and `d` the derivatives in their sums, two vectors;
    `slope` is the function that gives the slope of this layer's activation.
    """
    return judge(
        answer,
        right=lambda v, d, z, slope: v.dot(d) * slope(z),
        mistakes=[
            (
                lambda v, d, z, slope: v.dot(d),
                "the slope is missing. This is the derivative in h; one more arrow leads from z to h.",
            ),
            (
                lambda v, d, z, slope: v.dot(d) * sigmoid.slope(z),
                "this always takes the slope of the sigmoid. The layer may have another activation: use `slope`.",
            ),
            (
                lambda v, d, z, slope: v.dot(d) * slope(ACTIVATION_OF[slope].value(z)),
                "the slope is taken at the unit's output. It belongs at its sum, z, as lesson 01 found.",
            ),
            (
                lambda v, d, z, slope: v.dot(d) * z,
                "the last factor is z itself. It should be the slope of the activation at z: slope(z).",
            ),
            (
                lambda v, d, z, slope: d.sum() * slope(z),
                "the weights are missing: output k gets h times v[k], so its part counts v[k] times.",
            ),
            (
                lambda v, d, z, slope: v.sum() * d.sum() * slope(z),
                "you add up first and multiply then. Multiply each v[k] by its own d[k], and add the products up.",
            ),
            (
                lambda v, d, z, slope: v * d * slope(z),
                "these are the parts by way of each unit above, one by one. The unit moves all of them: add them up.",
            ),
            (lambda v, d, z, slope: -v.dot(d) * slope(z), "the sign is the other way round: d has its minus already."),
        ],
        cases=[
            (np.array([0.5, -1.0, 2.0]), np.array([0.2, 0.4, -0.1]), 0.7, tanh_slope),
            (np.array([1.5, 0.3]), np.array([-0.6, 0.8]), -0.4, sigmoid_slope),
            (np.array([-0.7, 0.9, 0.1, 1.2]), np.array([0.3, 0.1, -0.5, 0.25]), 1.3, softplus_slope),
        ],
        praise="the sum over all ways up, then the slope of this layer's own activation.",
    )


def check_weight_derivatives(answer: Callable[..., Any]) -> Verdict:
    """`answer(H, D)` is to give the derivatives in the weights above a layer, for a minibatch.

    `H` (samples, units) holds the activations of the layer, `D` (samples, outputs) the derivatives in the sums above
    it; the result has the shape (units, outputs).
    """
    return judge(
        answer,
        right=lambda H, D: H.T @ D,
        mistakes=[
            (
                lambda H, D: H.T @ D / len(H),
                "this is the mean over the samples. The error is a sum over them, and so is its derivative.",
            ),
            (lambda H, D: D.T @ H, "this is the transpose: the weights have a row for each unit of H."),
            (
                lambda H, D: np.outer(H[-1], D[-1]),
                "this is the last sample alone. Each sample adds its own products to the sum.",
            ),
            (lambda H, D: np.outer(H[0], D[0]), "this is the first sample alone. All samples of the batch count."),
            (
                lambda H, D: np.outer(H.sum(axis=0), D.sum(axis=0)),
                "you add up over the samples first and multiply then. Multiply within each sample, then add up.",
            ),
            (
                lambda H, D: np.einsum("ni,nk->nik", H, D),
                "this keeps the samples apart. Add up over them.",
            ),
            (lambda H, D: -(H.T @ D), "the sign is the other way round: D has its minus already."),
        ],
        cases=[
            (np.array([[0.5, 2.0]]), np.array([[1.0, 3.0, -1.0]])),
            (np.array([[0.2, 0.9], [0.7, 0.1], [0.4, 0.6]]), np.array([[0.1, -0.2], [0.3, 0.5], [-0.4, 0.2]])),
            (np.array([[0.3, 0.8, 0.1], [0.9, 0.2, 0.5]]), np.array([[0.6, -0.1], [-0.3, 0.7]])),
        ],
        praise="one matrix product adds up over the samples of the batch.",
    )


def check_count_codes(answer: Callable[..., Any]) -> Verdict:
    """`answer(H)` is to give the number of different codes in `H` (patterns, units), all rounded to 0 and 1."""
    return judge(
        answer,
        right=lambda H: len(np.unique(H.round(), axis=0)),
        mistakes=[
            (len, "this counts the patterns. Two of them may have the same code."),
            (lambda H: len(np.unique(H, axis=0)), "this counts codes that have not been rounded to 0 and 1."),
            (
                lambda H: len(np.unique(H.round())),
                "this counts the different numbers, 0 and 1. A code is a whole row: `axis=0` compares rows.",
            ),
            (
                lambda H: len(np.unique(H.round(), axis=1).T),
                "this counts the different columns. A code is a row, one number from each unit.",
            ),
            (lambda H: 2 ** H.shape[1], "this counts the codes that there could be. Count those that are there."),
            (
                lambda H: np.unique(H.round(), axis=0),
                "these are the different codes themselves. Their number is wanted: `len` counts rows.",
            ),
            (lambda H: int(((H < 0.1) | (H > 0.9)).sum()), "this counts clear activations. Count different rows."),
        ],
        cases=[
            (np.array([[0.02, 0.97, 0.61]]),),
            (np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.4], [0.7, 0.3], [0.6, 0.6]]),),
            (np.array([[0.3, 0.2, 0.9], [0.4, 0.1, 0.8], [0.45, 0.9, 0.7], [0.3, 0.2, 0.9]]),),
        ],
        praise="round, then count the rows that differ.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the autoencoder with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
