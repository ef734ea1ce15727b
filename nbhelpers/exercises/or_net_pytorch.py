"""The exercises of lesson 03's second notebook, on PyTorch's ways. None of them needs PyTorch itself."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import Array
from .judge import Verdict, judge


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
            (lambda hidden, output: hidden.T.ravel(), "the weights of the output layer are missing."),
            (lambda hidden, output: theta(hidden, output).reshape(-1, 1), "theta has one axis; this is a column."),
        ],
        cases=[_weights(2, 1), _weights(3, 1), _weights(3, 2)],
        praise="each matrix transposed, then row by row, the hidden layer first.",
    )


def check_left_in_grad(answer: Callable[..., Any]) -> Verdict:
    """`answer(gradients)` is to give what `.grad` holds after backward() ran once for each, and zero_grad() never.

    `gradients` is a list of arrays: what each backward() pass computes.
    """
    return judge(
        answer,
        right=lambda gradients: np.sum(gradients, axis=0),
        mistakes=[
            (lambda gradients: gradients[-1], "this is the last gradient alone. backward() adds to what is there."),
            (lambda gradients: gradients[0], "this is the first gradient alone. backward() adds each later one to it."),
            (lambda gradients: np.mean(gradients, axis=0), "backward() adds up; nothing divides by how often it ran."),
            (lambda gradients: np.sum(gradients), "this adds up the parameters too. Each has a derivative of its own."),
        ],
        cases=[([np.array([1.0, -2.0]), np.array([0.5, 4.0]), np.array([3.0, 1.0])],),
               ([np.array([0.1, 0.2, 0.3]), np.array([1.0, 1.0, -1.0])],)],
        praise="their sum, parameter by parameter. That is why the training loop calls zero_grad().",
    )


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
            (lambda rate, N: rate / 4, "4 is the number of rows of the truth table. Here it is N."),
        ],
        cases=[(0.05, 4), (0.3, 100), (1.0, 7)],
        praise="a step is the rate times the gradient, so N times the gradient asks for a rate N times smaller.",
    )


def _weights(hidden: int, outputs: int) -> tuple[Array, Array]:
    """PyTorch's two matrices for the theta 1, 2, 3, ..."""
    numbers = np.arange(1.0, 1 + (2 + outputs) * hidden)
    return numbers[: 2 * hidden].reshape(2, hidden).T, numbers[2 * hidden :].reshape(hidden, outputs).T
