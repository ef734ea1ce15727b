"""The exercises of lesson 03, on the network that learns OR."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import sigmoid
from ..losses import mse
from ..published import or_net as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.data, mse)


def check_loss_slope(answer: Callable[..., Any]) -> Verdict:
    """`answer(f, f0)` is to give the derivative of the mean squared error in every output; both have the shape (N,)."""
    return judge(
        answer,
        right=lambda f, f0: 2 / len(f) * (f - f0),
        mistakes=[
            (
                lambda f, f0: 2 * (f - f0),
                "this is for the sum of the squares, as in the published text. The mean divides it by the rows, N.",
            ),
            (
                lambda f, f0: 0.5 * (f - f0),
                "0.5 is 2/N for the four rows of a truth table, as in the published code. These cases have another N.",
            ),
            (lambda f, f0: f - f0, "this is the derivative of half the sum of the squares. Differentiate the mean."),
            (lambda f, f0: (f - f0) / len(f), "the factor 2 of the square is missing."),
            (lambda f, f0: 2 / len(f) * (f0 - f), "the sign is the other way round: when f grows, f - f0 grows."),
            (
                lambda f, f0: 2 * np.mean(f - f0),
                "this is one number for all rows. Each output has a derivative of its own: don't add them up.",
            ),
            (lambda f, f0: np.mean((f - f0) ** 2), "this is the mean squared error itself. Its derivative is wanted."),
        ],
        cases=[
            (np.array([0.4, 0.9, 0.2]), np.array([0.0, 1.0, 1.0])),
            (np.array([0.3, 0.6, 0.8, 0.7, 0.1]), np.array([1.0, 0.0, 1.0, 1.0, 0.0])),
        ],
        praise="2/N times the difference, a number for each output. For N = 4 that is the published 0.5.",
    )


def check_hidden_derivative(answer: Callable[..., Any]) -> Verdict:
    """`answer(x, g, w, dE_dy)` is to give dE/dv for one row: v leads from the input `x` to the hidden unit `g`.

    `w` leads from that unit to the output, and `dE_dy` is the derivative there. All are numbers.
    """
    return judge(
        answer,
        right=lambda x, g, w, dE_dy: dE_dy * w * g * (1 - g) * x,
        mistakes=[
            (
                lambda x, g, w, dE_dy: dE_dy * w * x,
                "the slope of the hidden sigmoid, g (1 - g), is missing between dE/dg and dE/dyhat.",
            ),
            (
                lambda x, g, w, dE_dy: dE_dy * w * sigmoid.slope(g) * x,
                "the slope is taken at g, the unit's output. In terms of its output g the slope is g (1 - g).",
            ),
            (
                lambda x, g, w, dE_dy: dE_dy * g * (1 - g) * x,
                "the output weight w is missing: y moves by w when g moves.",
            ),
            (
                lambda x, g, w, dE_dy: dE_dy * w * g * x,
                "the slope of the sigmoid is g (1 - g): its factor 1 - g is missing.",
            ),
            (
                lambda x, g, w, dE_dy: dE_dy * w * g * (1 - g),
                "this is dE/dyhat. The last factor is missing: yhat moves by x when v moves.",
            ),
            (lambda x, g, w, dE_dy: dE_dy * g, "this is dE/dw, phase 1. The way to v leads on through g."),
            (
                lambda x, g, w, dE_dy: -dE_dy * w * g * (1 - g) * x,
                "the sign is the other way round: no factor has a minus.",
            ),
        ],
        cases=[(0.8, 0.7, -1.5, 0.25), (-1.2, 0.3, 0.6, 0.1), (2.0, 0.9, 2.5, -0.4)],
        praise="through w, through the slope g (1 - g), and through x: the three factors of phase 2.",
    )


def check_output_at_origin(answer: Callable[..., Any]) -> Verdict:
    """`answer(w)` is to give the output f for the input (0, 0), without biases; `w` has the shape (hidden units,)."""
    return judge(
        answer,
        right=lambda w: sigmoid.value(np.sum(w) / 2),
        mistakes=[
            (
                lambda w: 0.5,
                "1/2 is what each hidden unit gives at (0, 0). The output multiplies those halves by its weights w.",
            ),
            (
                lambda w: sigmoid.value(np.sum(w)),
                "this takes 1 for each hidden unit. At (0, 0) every hidden sum is 0, and the sigmoid of 0 is 1/2.",
            ),
            (lambda w: np.sum(w) / 2, "this is y, the weighted sum. The output is the sigmoid of it."),
            (lambda w: 0.0, "0 is what OR asks for. The question is what the network gives."),
            (lambda w: sigmoid.value(np.mean(w)), "the halves are added, not averaged: (w1 + w2 + ...) / 2."),
        ],
        cases=[(np.array([0.7, 2.0, -4.1]),), (np.array([1.5, -0.4]),), (np.array([0.3, 0.6, -0.2, -1.0]),)],
        praise="half the sum of w, bent by the sigmoid. The hidden weights have no say at (0, 0).",
    )


def check_shared_bias(answer: Callable[..., Any]) -> Verdict:
    """`answer(dE_dy, dE_dyhat)` is to give dE/db for one row, where the one number b is added in both layers.

    `dE_dy` is a number, `dE_dyhat` has the shape (hidden units,).
    """
    return judge(
        answer,
        right=lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat.sum(),
        mistakes=[
            (
                lambda dE_dy, dE_dyhat: dE_dy,
                "this is the author's commented line. It has the way through y alone, but b moves every yhat too.",
            ),
            (lambda dE_dy, dE_dyhat: dE_dyhat.sum(), "this has the way through yhat alone. b is added to y as well."),
            (
                lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat.mean(),
                "the mean of the hidden units is taken. b is added in every one of them, so the ways add up.",
            ),
            (
                lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat,
                "this is a number for each hidden unit. There is one b for all of them: add up the units.",
            ),
            (
                lambda dE_dy, dE_dyhat: dE_dy - dE_dyhat.sum(),
                "the ways are added, not subtracted: b is added in both sums.",
            ),
            (lambda dE_dy, dE_dyhat: dE_dy * dE_dyhat.sum(), "ways that lie side by side are added, not multiplied."),
        ],
        cases=[(0.2, np.array([0.1, -0.3, 0.5])), (-0.4, np.array([0.25, 0.05]))],
        praise="b reaches the error through y and through every yhat, and the chain rule adds up the ways.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the OR network with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
