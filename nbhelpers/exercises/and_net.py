"""The exercises of lesson 05, on the AND network: backpropagation through a layer, and Adam."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import leaky_relu, relu
from ..arguments import Array
from ..losses import mse
from ..published import and_net as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.rows, mse)


def check_weight_gradient(answer: Callable[..., Any]) -> Verdict:
    """`answer(A, W, D_Z)` is to give the gradient of the weights of a layer, shape (inputs, units).

    `A` are its inputs (rows, inputs), `W` its weights, `D_Z` the derivative of the loss in its sums (rows, units).
    """
    return judge(
        answer,
        right=lambda A, W, D_Z: A.T @ D_Z,
        mistakes=[
            (
                lambda A, W, D_Z: W * D_Z.sum(axis=0),
                "the weight stands where the layer's input belongs. The published program makes the same mistake.",
            ),
            (
                lambda A, W, D_Z: D_Z.T @ A,
                "this is the gradient turned on its side: one line for each unit. W has one for each input.",
            ),
            (
                lambda A, W, D_Z: A.T @ D_Z / len(A),
                "the mean over the rows is in D_Z already; do not divide once more.",
            ),
            (
                lambda A, W, D_Z: A.sum(axis=0)[:, None] * D_Z.sum(axis=0),
                "the rows are added up too early. Multiply each row's input with the same row's D_Z, and then add.",
            ),
            (
                lambda A, W, D_Z: A.T @ (D_Z @ W.T),
                "that leads on to the layer's inputs: the weights have no place here.",
            ),
            (
                lambda A, W, D_Z: -A.T @ D_Z,
                "the sign is the other way round: the optimizer subtracts, not the gradient.",
            ),
        ],
        cases=[_layer_case(seed) for seed in range(3)],
        praise="each weight meets the input that it multiplies, added up over the rows.",
    )


def check_hand_down(answer: Callable[..., Any]) -> Verdict:
    """`answer(D, Z, W)` is to give the derivative of the loss in the inputs of a layer, shape (rows, inputs).

    `D` is the derivative in its outputs and `Z` are its sums, both (rows, units); `W` are its weights.
    """
    return judge(
        answer,
        right=lambda D, Z, W: (D * leaky_relu.slope(Z)) @ W.T,
        mistakes=[
            (
                lambda D, Z, W: D @ W.T,
                "the slope of the activation is missing. The published program makes the same mistake, and it is "
                "silent as long as every sum is positive.",
            ),
            (
                lambda D, Z, W: (D * leaky_relu.slope(Z)) @ W,
                "the weights are not turned: W leads forwards, W.T backwards.",
            ),
            (
                lambda D, Z, W: (D @ W.T) * leaky_relu.slope(Z),
                "the slope comes too late: it belongs to Z, this side of the weights.",
            ),
            (lambda D, Z, W: (D * leaky_relu.value(Z)) @ W.T, "this has the activation itself in place of its slope."),
            (
                lambda D, Z, W: (D * relu.slope(Z)) @ W.T,
                "this is the slope of ReLU. Leaky ReLU lets a tenth through where Z is negative.",
            ),
            (lambda D, Z, W: D * leaky_relu.slope(Z), "this is D_Z. It still has to go through the weights."),
        ],
        cases=[_layer_case(seed) for seed in range(3)],
        praise="the slope first, then the weights, turned.",
    )


def check_adam_step(answer: Callable[..., Any]) -> Verdict:
    """`answer(m, v, t, learning_rate)` is to give what Adam subtracts from a parameter at step `t`."""

    def step(
        m: float, v: float, t: int, learning_rate: float, *, beta1: float = 0.9, beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> Any:
        return learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)

    return judge(
        answer,
        right=step,
        mistakes=[
            (
                lambda m, v, t, rate: rate * m / (np.sqrt(v) + 1e-8),
                "the correction for the start is missing: divide m by 1 - 0.9**t and v by 1 - 0.999**t.",
            ),
            (
                lambda *given: step(*given, beta2=0.9),
                "both means are corrected with 0.9. The mean of the squares forgets with 0.999.",
            ),
            (
                lambda *given: step(*given, beta1=0.999),
                "both means are corrected with 0.999. The mean of g forgets with 0.9.",
            ),
            (
                lambda *given: step(*given, beta1=0.999, beta2=0.9),
                "the two corrections are swapped: 0.9 goes with m, 0.999 with v.",
            ),
            (
                lambda m, v, t, rate: rate * (m / (1 - 0.9**t)) / (v / (1 - 0.999**t) + 1e-8),
                "the root is missing: v is a mean of squares, and the step is to have the size of the learning rate.",
            ),
            (
                lambda m, v, t, rate: rate * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t) + 1e-8),
                "epsilon stands under the root. It is added to the root.",
            ),
            (lambda *given: step(*given, epsilon=0.0), "epsilon is missing. The published program leaves it out too."),
            (lambda m, v, t, rate: step(m, v, t, 1.0), "the learning rate is missing."),
            (lambda *given: -step(*given), "the sign is the other way round: this is what is subtracted."),
        ],
        cases=[(0.3, 0.2, 1, 0.1), (-2.0, 5.0, 10, 0.01), (1e-7, 1e-14, 3, 0.5)],
        praise="one mean over the root of the other, both corrected for their start at 0.",
    )


def _layer_case(seed: int) -> tuple[Array, ...]:
    """Three square matrices, so that a wrong formula gives another number and not another shape."""
    return tuple(np.random.default_rng(seed).normal(size=(3, 2, 2)).round(1))


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the AND network with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
