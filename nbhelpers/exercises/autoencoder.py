"""The exercises of lesson 02, on the 8-3-8 autoencoder."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import sigmoid, softplus, tanh
from ..arguments import numbers, plain
from ..datasets import one_hot
from ..edges import spelled
from ..losses import ssr
from ..published import autoencoder as published
from .judge import Verdict, judge, named_after
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, one_hot, ssr)


@spelled
def sigmoid_slope(z: float) -> Any:
    return sigmoid.slope(z)


@spelled
def tanh_slope(z: float) -> Any:
    return tanh.slope(z)


@spelled
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
                "the slope is missing. This is the derivative in a; one more arrow leads from z to a.",
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
                "the weights are missing: output k gets a times v[k], so its part counts v[k] times.",
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
    """`answer(A, D)` is to give the derivatives in the weights above a layer, for a minibatch.

    `A` (samples, units) holds the activations of the layer, `D` (samples, outputs) the derivatives in the sums above
    it; the result has the shape (units, outputs).
    """
    return judge(
        answer,
        right=lambda A, D: A.T @ D,
        mistakes=[
            (
                lambda A, D: A.T @ D / len(A),
                "this is the mean over the samples. The error is a sum over them, and so is its derivative.",
            ),
            (lambda A, D: D.T @ A, "this is the transpose: the weights have a row for each unit of A."),
            (
                lambda A, D: np.outer(A[-1], D[-1]),
                "this is the last sample alone. Each sample adds its own products to the sum.",
            ),
            (lambda A, D: np.outer(A[0], D[0]), "this is the first sample alone. All samples of the batch count."),
            (
                lambda A, D: np.outer(A.sum(axis=0), D.sum(axis=0)),
                "you add up over the samples first and multiply then. Multiply within each sample, then add up.",
            ),
            (
                lambda A, D: np.einsum("ni,nk->nik", A, D),
                "this keeps the samples apart. Add up over them.",
            ),
            (lambda A, D: -(A.T @ D), "the sign is the other way round: D has its minus already."),
        ],
        cases=[
            (np.array([[0.5, 2.0]]), np.array([[1.0, 3.0, -1.0]])),
            (np.array([[0.2, 0.9], [0.7, 0.1], [0.4, 0.6]]), np.array([[0.1, -0.2], [0.3, 0.5], [-0.4, 0.2]])),
            (np.array([[0.3, 0.8, 0.1], [0.9, 0.2, 0.5]]), np.array([[0.6, -0.1], [-0.3, 0.7]])),
        ],
        praise="one matrix product adds up over the samples of the batch.",
    )


def check_output_layer(answer: Callable[..., Any]) -> Verdict:
    """`answer(codes)` is to give `v` and `c`, so that at code k the largest of all `codes[k] * v + c` is number k.

    `codes` holds different numbers between 0 and 1, in any order; `v` and `c` have one number for each of them.
    """

    def winners(codes: Any) -> Any:
        lines = answer(codes.copy())
        if lines is None or lines is ...:
            return lines
        lines = [*lines] if np.iterable(lines) else [lines]
        if len(lines) != 2:
            raise ValueError(f"two arrays are wanted, v and c, and here are {len(lines)}")
        v, c = (numbers(name, plain(part)) for name, part in zip("vc", lines))
        for part in (v, c):
            if part.shape not in ((), codes.shape, (1, *codes.shape)):
                raise ValueError(f"v and c are wanted with the shape {codes.shape}, and here is {part.shape}")
        heights = codes[:, None] * v + c
        # argmax would take what is no number, or the first that is infinite, for the largest.
        return np.where(np.isfinite(heights).all(axis=1), heights.argmax(axis=1), np.nan)

    return judge(
        named_after(answer, winners),
        right=lambda codes: np.arange(len(codes)),
        mistakes=[
            (
                lambda codes: np.full(len(codes), codes.argmax()),
                "the line of the largest code is the highest everywhere: a steeper line has to start lower.",
            ),
            (
                lambda codes: (codes[:, None] * codes - codes**2).argmax(axis=1),
                "each line is the highest at twice its own code. Take twice the slopes v, or half of c.",
            ),
            (
                lambda codes: np.zeros(len(codes)),
                "the first line is the highest everywhere, or all are of one height. Each wants a place of its own.",
            ),
            (
                lambda codes: abs(codes[:, None] - codes).argmax(axis=1),
                "each line is the lowest at its own code. Turn both signs.",
            ),
        ],
        cases=[
            (np.array([0.1, 0.25, 0.4, 0.55, 0.7, 0.95]),),
            (np.array([0.9, 0.05, 0.6, 0.3]),),
            (np.linspace(0.02, 0.98, 8),),
        ],
        praise="each line touches the same curve at its own code, and there all others lie below it.",
        measured="the highest line at each code of",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the autoencoder with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
