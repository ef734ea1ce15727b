"""The exercises of lesson 03's second notebook, on PyTorch's ways. None of them needs PyTorch itself."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import Array
from .judge import Verdict, judge


def check_rate_for_sum(answer: Callable[..., Any]) -> Verdict:
    """`answer(learning_rate, N)` is to give the rate that trains on the sum of N squares as this does on the mean."""
    return judge(
        answer,
        right=lambda rate, N: rate / N,
        mistakes=[
            (lambda rate, N: rate, "the sum's gradient is N times the mean's: the rate must make up for it."),
            (lambda rate, N: rate * N, "the other way round: a longer gradient needs a smaller rate."),
            (
                lambda rate, N: rate * 2 / N,
                "the factor 2 of the square is in both gradients. It takes no part in the comparison.",
            ),
            (
                lambda rate, N: rate // N,
                "this rate is 0. `//` drops what comes after the point; a fraction is written `/`.",
            ),
            (lambda rate, N: rate / 4, "4 is the number of rows of the truth table. Here it is N."),
        ],
        cases=[(0.05, 4), (0.3, 100), (1.0, 7)],
        praise="a step is the rate times the gradient, so N times the gradient asks for a rate N times smaller.",
    )


def check_theta_from_torch(answer: Callable[..., Any]) -> Verdict:
    """`answer(hidden_weight, output_weight)` is to give our theta from PyTorch's weights of two layers.

    PyTorch's have the shapes (hidden units, inputs) and (outputs, hidden units); theta is one vector.
    """

    def theta(hidden_weight: Array, output_weight: Array) -> Array:
        return np.concatenate([hidden_weight.T.ravel(), output_weight.T.ravel()])

    return judge(
        answer,
        right=theta,
        mistakes=[
            (
                lambda hidden, output: np.concatenate([hidden.ravel(), output.ravel()]),
                "these are in PyTorch's order. Its rows are units and ours are inputs: transpose first.",
            ),
            (
                lambda hidden, output: np.concatenate([output.T.ravel(), hidden.T.ravel()]),
                "theta begins with the hidden layer.",
            ),
            (
                lambda hidden, output: np.concatenate([hidden.T.ravel(), output.ravel()]),
                "the output weights are not transposed yet. With one output that does not show.",
            ),
            (lambda hidden, output: hidden.T.ravel(), "the weights of the output layer are missing."),
            (lambda hidden, output: theta(hidden, output).reshape(-1, 1), "theta has one axis; this is a column."),
        ],
        cases=[_weights(2, 1), _weights(3, 1), _weights(3, 2)],
        praise="each matrix transposed, then row by row, the hidden layer first.",
    )


def check_without_zero_grad(answer: Callable[..., Any]) -> Verdict:
    """`answer(theta, gradients, learning_rate)` is to give the weights after a step for each gradient, never cleared.

    `theta` has the shape (parameters,); `gradients` is a list of such arrays: what each backward() pass computes.
    """

    def after(theta: Array, gradients: list[Array], rate: float) -> Array:
        return theta - rate * np.cumsum(gradients, axis=0).sum(axis=0)

    return judge(
        answer,
        right=after,
        mistakes=[
            (
                lambda theta, gradients, rate: theta - rate * np.sum(gradients, axis=0),
                "this is where the loop with zero_grad() arrives. Without it, each step moves by all gradients so far.",
            ),
            (
                lambda theta, gradients, rate: theta - rate * gradients[-1],
                "this is a step with the last gradient alone. backward() adds to what is there.",
            ),
            (
                lambda theta, gradients, rate: theta - rate * len(gradients) * np.sum(gradients, axis=0),
                "each step moves by the last .grad. The earlier steps did not know the later gradients.",
            ),
            (
                lambda theta, gradients, rate: theta - rate * np.cumsum(gradients, axis=0).mean(axis=0),
                "the steps are averaged. Each of them is taken in full.",
            ),
            (
                lambda theta, gradients, rate: theta - rate * np.cumsum(gradients).sum(),
                "the parameters are added up too, as np.cumsum does without axis=0. Each has a sum of its own.",
            ),
            (
                lambda theta, gradients, rate: np.sum(gradients, axis=0),
                "this is what .grad holds in the end. The weights are wanted.",
            ),
            (
                lambda theta, gradients, rate: rate * np.cumsum(gradients, axis=0).sum(axis=0) - theta,
                "start minus steps is wanted, and this is steps minus start.",
            ),
            (
                lambda theta, gradients, rate: theta + rate * np.cumsum(gradients, axis=0).sum(axis=0),
                "the sign is the other way round: a step goes against the gradient.",
            ),
            (lambda theta, gradients, rate: after(theta, gradients, 1.0), "the learning rate is missing."),
        ],
        cases=[
            (np.array([0.5, -1.0]), [np.array([1.0, -2.0]), np.array([0.5, 4.0]), np.array([3.0, 1.0])], 0.1),
            (np.array([0.2, 0.4, 0.6]), [np.array([0.1, 0.2, 0.3]), np.array([1.0, 1.0, -1.0])], 0.05),
        ],
        praise="the first gradient moves the weights at every step, the second at all but one, and so on.",
    )


def _weights(hidden: int, outputs: int) -> tuple[Array, Array]:
    """PyTorch's two matrices for a theta of the numbers 1, 2, 3, ..., which are not in order: sorting is no answer."""
    numbers = np.random.default_rng(hidden).permutation(np.arange(1.0, 1 + (2 + outputs) * hidden))
    return numbers[: 2 * hidden].reshape(2, hidden).T, numbers[2 * hidden :].reshape(hidden, outputs).T
