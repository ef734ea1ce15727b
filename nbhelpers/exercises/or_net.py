"""The exercises of lesson 03, on the network that learns OR."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import sigmoid
from ..arguments import Array
from ..losses import mse
from ..published import or_net as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.data, mse)


def check_bias_derivatives(answer: Callable[..., Any]) -> Verdict:
    """`answer(D_Z1)` is to give the derivatives in the biases of a layer, shape (units,).

    `D_Z1` holds the derivatives of the error in the sums of that layer, shape (rows, units).
    """
    return judge(
        answer,
        right=lambda D_Z1: D_Z1.sum(axis=0),
        mistakes=[
            (
                lambda D_Z1: D_Z1.sum(axis=1),
                "this adds up the units of each row, the wrong axis. A bias belongs to one unit and meets every row.",
            ),
            (lambda D_Z1: D_Z1.sum(), "this is one number for all units. Each unit has a bias of its own."),
            (
                lambda D_Z1: D_Z1.mean(axis=0),
                "this is the mean of the rows. The 2/N is in D_Z1 already, so the rows are added up.",
            ),
            (lambda D_Z1: D_Z1, "the rows are still apart. One bias is added in all of them, so add them up."),
            (lambda D_Z1: D_Z1[-1], "this is the last row alone. Is a sum overwritten, where it should grow?"),
            (lambda D_Z1: D_Z1[0], "this is the first row alone. Does the loop return too early?"),
            (lambda D_Z1: -D_Z1.sum(axis=0), "the sign is the other way round: a sum grows as its bias does."),
        ],
        cases=[_numbers((4, 3)), _numbers((5, 2)), _numbers((3, 3), seed=1)],
        praise="the factor of a bias is 1, so what is left is the sum over the rows.",
    )


def check_counted_slope(answer: Callable[..., Any]) -> Verdict:
    """`answer(p, y, counts)` is to give the derivative of the mean squared error in every prediction.

    All three have the shape (rows,). Row n stands in the table counts[n] times; `counts` are whole numbers.
    """
    return judge(
        answer,
        right=lambda p, y, counts: 2 * counts * (p - y) / counts.sum(),
        mistakes=[
            (
                lambda p, y, counts: 2 * counts * (p - y) / len(p),
                "this divides by the number of different rows. The mean is taken over all rows that stand there.",
            ),
            (
                lambda p, y, counts: 2 * (p - y) / counts.sum(),
                "each prediction counts once. A row that stands there three times brings three squares.",
            ),
            (lambda p, y, counts: 2 * (p - y) / len(p), "`counts` has no say here. Each row would stand there once."),
            (
                lambda p, y, counts: 0.5 * counts * (p - y),
                "0.5 is 2/N for the four rows of a truth table, as in the published code. These tables have another N.",
            ),
            (lambda p, y, counts: 2 * counts * (p - y), "this is for the sum of the squares. Take their mean."),
            (lambda p, y, counts: counts * (p - y) / counts.sum(), "the factor 2 of the square is missing."),
            (
                lambda p, y, counts: 2 * counts * (y - p) / counts.sum(),
                "the sign is the other way round: when p grows, p - y grows.",
            ),
            (
                lambda p, y, counts: 2 * counts * p - y / counts.sum(),
                "brackets are missing: `/` comes before `-`, so the difference needs them, (p - y).",
            ),
            (
                lambda p, y, counts: 2 / counts.sum() * counts * p - y,
                "brackets are missing: `*` comes before `-`, so the difference needs them, (p - y).",
            ),
            (
                lambda p, y, counts: np.zeros(len(p)),
                "all zeros. `//` drops what comes after the point, and so does an array of whole numbers, such as one "
                "made by np.zeros_like(counts). A fraction is written `/`.",
            ),
            (
                lambda p, y, counts: np.sum(2 * counts * (p - y) / counts.sum()),
                "this is one number for all rows. Each prediction has a derivative of its own: don't add them up.",
            ),
            (
                lambda p, y, counts: np.sum(counts * (p - y) ** 2) / counts.sum(),
                "this is the mean squared error itself. Its derivative is wanted.",
            ),
        ],
        cases=[
            (np.array([0.4, 0.9, 0.2]), np.array([0.0, 1.0, 1.0]), np.array([1, 2, 4])),
            (np.array([0.3, 0.6, 0.8, 0.7]), np.array([1.0, 0.0, 1.0, 1.0]), np.array([3, 1, 1, 6])),
        ],
        praise="2/N for each time that the row stands there, and N counts them all.",
    )


def check_shared_bias(answer: Callable[..., Any]) -> Verdict:
    """`answer(X, Y, W, v, b)` is to give dE/db, a number; the one number b is added in every sum of both layers.

    X has the shape (rows, inputs), Y (rows, 1), W (inputs, units) and v (units, 1).
    """
    return judge(
        answer,
        right=lambda *given: _ways(*given)[0].sum() + _ways(*given)[1].sum(),
        mistakes=[
            (
                lambda *given: _ways(*given)[0].sum(),
                "this is the published line that was left out. It has the way through Z2 alone, but b moves Z1 too.",
            ),
            (lambda *given: _ways(*given)[1].sum(), "this has the way through Z1 alone. b is added in Z2 as well."),
            (
                lambda *given: _ways(*given)[0].sum() + _ways(*given)[1].mean(axis=1).sum(),
                "the mean of the hidden units is taken. b is added in every one of them, so the ways add up.",
            ),
            (
                lambda *given: _ways(*given)[0].sum() - _ways(*given)[1].sum(),
                "the ways are added, not subtracted: b is added in both sums.",
            ),
            (
                lambda *given: _ways(*given)[0].sum() + _ways(*given)[1].sum(axis=0),
                "this is a number for each hidden unit. There is one b for all of them: add up the units.",
            ),
            (
                lambda *given: _ways(*given)[0].ravel() + _ways(*given)[1].sum(axis=1),
                "this is a number for each row. There is one b for all of them: add up the rows.",
            ),
            (
                lambda X, Y, W, v, b: sum(way.sum() for way in _ways(X, Y, W, v, b, forward=0.0)),
                "the sums of the forward pass leave out b. It is added before each sigmoid.",
            ),
            (
                lambda X, Y, W, v, b: sum(way.sum() for way in _ways(X, Y, W, v, b, slope=False)),
                "the slope of the hidden sigmoid, a (1 - a), is missing on the way through Z1.",
            ),
            (
                lambda X, Y, W, v, b: len(X) / 4 * sum(way.sum() for way in _ways(X, Y, W, v, b)),
                "0.5 is 2/N for four rows only. These tables have another N.",
            ),
            (lambda *given: -sum(way.sum() for way in _ways(*given)), "the sign is the other way round."),
        ],
        cases=[_shared_bias_case(5, 2, 3, b=0.5), _shared_bias_case(3, 4, 2, b=-1.2)],
        praise="b reaches the error through Z2 and through every Z1, and the chain rule adds up the ways.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the OR network with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)


def _ways(
    X: Array, Y: Array, W: Array, v: Array, b: float, forward: float | None = None, slope: bool = True
) -> tuple[Array, Array]:
    """The derivatives in Z2, (rows, 1), and in Z1, (rows, units); `forward` is the bias of the sums, if not b."""
    b = b if forward is None else forward
    A = sigmoid.value(X @ W + b)
    P = sigmoid.value(A @ v + b)
    D_Z2 = 2 / len(X) * (P - Y) * P * (1 - P)
    return D_Z2, D_Z2 @ v.T * (A * (1 - A) if slope else 1.0)


def _numbers(shape: tuple[int, ...], seed: int = 0) -> tuple[Array]:
    return (np.random.default_rng(seed).normal(size=shape).round(2),)


def _shared_bias_case(rows: int, inputs: int, units: int, b: float) -> tuple[Array, Array, Array, Array, float]:
    random = np.random.default_rng(units)
    X, W, v = (random.normal(size=shape).round(1) for shape in ((rows, inputs), (inputs, units), (units, 1)))
    return X, (np.arange(rows)[:, None] < rows - 2).astype(float), W, v, b
