"""The exercises of lesson 04, on the feed-forward class."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import Array
from ..losses import ssr
from ..published import feed_forward as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.data, ssr)


def check_loss_slope(answer: Callable[..., Any]) -> Verdict:
    """`answer(y, p)` is to give the derivative in the prediction `p` of the squared residual (y - p)²."""
    return judge(
        answer,
        right=lambda y, p: -2 * (y - p),
        mistakes=[
            (
                lambda y, p: 2 * (y - p),
                "the sign is the other way round: p stands behind a minus in y - p. The published text has the same "
                "slip.",
            ),
            (lambda y, p: p - y, "the factor 2 of the square is missing."),
            (
                lambda y, p: y - p,
                "this is the residual. The square brings a factor 2, and the minus before p a factor -1.",
            ),
            (
                lambda y, p: (y - p) ** 2,
                "this is the squared residual itself. Its slope is wanted: how fast it rises with p.",
            ),
            (
                lambda y, p: -2 * (y - p) * p * (1 - p),
                "this goes one arrow too far: p * (1 - p) is the slope of the sigmoid, which takes you from p to z.",
            ),
        ],
        cases=[(1.0, 0.3), (0.0, 0.6), (0.5, 0.9)],
        praise="it is negative where the prediction is too low, so the step against it raises the prediction.",
    )


def check_weight_jacobian(answer: Callable[..., Any]) -> Verdict:
    """`answer(x, neurons)` is to give the Jacobian of z = x @ W in W, shape (neurons, len(x), neurons)."""

    def jacobian(
        x: Array, neurons: int, filled: Callable[[Array, Array], Array] = lambda same, other: same
    ) -> Array:
        own = np.eye(neurons)[:, None, :]
        return x[None, :, None] * filled(own, 1 - own)

    return judge(
        answer,
        right=jacobian,
        mistakes=[
            (
                lambda x, neurons: jacobian(x, neurons, lambda same, other: same + other),
                "every entry is filled, as in the published class. z[k] changes with the weights of neuron k alone: "
                "where j is not k, the entry is 0.",
            ),
            (
                lambda x, neurons: jacobian(x, neurons, lambda same, other: other),
                "the zeros stand in the wrong places: z[k] changes with the weights of neuron k, and with no others.",
            ),
            (
                lambda x, neurons: jacobian(np.ones_like(x), neurons),
                "the places are right and the entries are not: z[k] has the term x[i] * W[i, k], so its slope there "
                "is x[i].",
            ),
            (
                lambda x, neurons: jacobian(x, neurons).swapaxes(1, 2),
                "the last two axes are exchanged: W has a row for each input and a column for each neuron, so it is "
                "J[k, i, j].",
            ),
            (lambda x, neurons: np.zeros((neurons, len(x), neurons)), "all entries are still 0: fill in J[k, :, k]."),
        ],
        cases=[(np.array([0.5, -1.0, 2.0]), 2), (np.array([1.5, -0.3]), 3)],
        praise="a column of x for the neuron's own weights, and zeros for those of all others.",
    )


def check_weight_gradient(answer: Callable[..., Any]) -> Verdict:
    """`answer(X, D)` is to give the derivatives of the loss in the weights of a layer, shape (inputs, neurons).

    `X` (samples, inputs) is what enters the layer, and `D` (samples, neurons) the derivatives of the loss in its sums.
    """
    generator = np.random.default_rng(5)
    cases = [
        (generator.integers(-3, 4, (rows, inputs)) / 2, generator.integers(1, 5, (rows, neurons)) / 4)
        for rows, inputs, neurons in ((2, 2, 3), (3, 4, 2))
    ]
    return judge(
        answer,
        right=lambda X, D: X.T @ D,
        mistakes=[
            (
                lambda X, D: np.repeat(X.T @ D.sum(axis=1, keepdims=True), D.shape[1], axis=1),
                "all neurons get the sum over all neurons, as in the published class. Each gets its own column of D.",
            ),
            (lambda X, D: D.T @ X, "this is the transpose: W has a row for each input and a column for each neuron."),
            (lambda X, D: X.T @ D / len(X), "this is the mean over the samples. The SSR is their sum."),
            (
                lambda X, D: D.sum(axis=0),
                "this is the derivative in the biases. The weights have what enters the layer too.",
            ),
            (lambda X, D: np.outer(X[0], D[0]), "this is the first sample alone: add up those of all samples."),
            (
                lambda X, D: np.outer(X.sum(axis=0), D.sum(axis=0)),
                "the sums come too early: multiply for each sample, and add up after.",
            ),
        ],
        cases=cases,
        praise="one product of matrices multiplies for each sample and adds up over all of them.",
    )


def check_standardize(answer: Callable[..., Any]) -> Verdict:
    """`answer(X_train, X_test)` is to give `X_test`, each feature less its mean and over its standard deviation.

    Mean and standard deviation are those of the training data.
    """

    def scaled(X: Array, by: Array) -> Array:
        return (X - by.mean(axis=0)) / by.std(axis=0)

    cases = [
        (np.array([[1.0, 5.0], [2.0, 9.0], [6.0, 7.0]]), np.array([[3.0, 8.0], [4.0, 2.0]])),
        (np.array([[0.5, -1.0], [2.5, 4.0], [-3.0, 0.0], [1.0, 1.0]]), np.array([[2.0, 1.5], [0.0, -2.0], [7.0, 3.0]])),
    ]
    return judge(
        answer,
        right=lambda X_train, X_test: scaled(X_test, X_train),
        mistakes=[
            (
                lambda X_train, X_test: scaled(X_test, X_test),
                "these are the test data's own mean and standard deviation. The test must be measured with the same "
                "ruler as the training data, and must not help to make it.",
            ),
            (
                lambda X_train, X_test: scaled(X_test, np.vstack([X_train, X_test])),
                "the test data helped to make the ruler: take mean and standard deviation of X_train alone.",
            ),
            (lambda X_train, X_test: X_test - X_train.mean(axis=0), "the standard deviation is missing."),
            (lambda X_train, X_test: X_test / X_train.std(axis=0), "the mean is missing: take it away first."),
            (
                lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.var(axis=0),
                "this divides by the variance. The standard deviation is its square root.",
            ),
            (
                lambda X_train, X_test: (X_test - X_train.mean()) / X_train.std(),
                "this takes one mean for all features. Each column has its own: axis=0.",
            ),
            (
                lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1),
                "this divides by the standard deviation of n - 1, as pandas has it. The lesson takes NumPy's "
                "std(axis=0).",
            ),
            (
                lambda X_train, X_test: scaled(X_train, X_train),
                "these are the training data. The test data are wanted.",
            ),
        ],
        cases=cases,
        praise="the training data make the ruler, and the test data are only measured with it.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the class with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
