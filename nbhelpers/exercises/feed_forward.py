"""The exercises of lesson 04, on the feed-forward class."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import sigmoid
from ..arguments import Array
from ..entropy import softmax
from ..losses import ssr
from ..published import feed_forward as published
from .judge import Verdict, judge, named_after
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.data, ssr)


def check_standardize(answer: Callable[..., Any]) -> Verdict:
    """`answer(X_train, X_test)` is to give `X_test`, each feature less its mean and over its standard deviation.

    Mean and standard deviation are those of the training data.
    """

    def scaled(X: Array, by: Array) -> Array:
        return (X - by.mean(axis=0)) / by.std(axis=0)

    def both(X_train: Array, X_test: Array) -> Array:
        """Stands for a pair of training and test data, whatever numbers are in it."""
        return np.full((len(X_train) + len(X_test), X_test.shape[1]), -1e9)

    def seen(*given: Array) -> Any:
        value, shapes = answer(*given), [X.shape for X in given]
        pair = type(value) in (tuple, list) and all(isinstance(part, np.ndarray) for part in value)
        return both(*given) if pair and [part.shape for part in value] == shapes else value

    # As many rows as features, so that the wrong axis raises no error and can be named.
    cases = [
        (np.array([[1.0, 5.0], [2.0, 9.0]]), np.array([[3.0, 8.0], [4.0, 2.0], [0.5, 7.0]])),
        (
            np.array([[0.5, -1.0, 2.0], [2.5, 4.0, 0.0], [-3.0, 0.0, 1.0]]),
            np.array([[2.0, 1.5, 4.0], [0.0, -2.0, 3.0]]),
        ),
    ]
    return judge(
        named_after(answer, seen),
        right=lambda X_train, X_test: scaled(X_test, X_train),
        mistakes=[
            (
                both,
                "training and test data both come back. The test data alone are wanted, as one array.",
            ),
            (
                lambda X_train, X_test: scaled(X_test, X_test),
                "these are the test data's own mean and standard deviation. The test must be measured with the same "
                "ruler as the training data, and must not help to make it.",
            ),
            (
                lambda X_train, X_test: scaled(X_test, np.vstack([X_train, X_test])),
                "the test data helped to make the ruler: take mean and standard deviation of X_train alone.",
            ),
            (
                lambda X_train, X_test: X_test - X_train.mean(axis=0) / X_train.std(axis=0),
                "brackets are missing: Python divides before it subtracts, so only the mean is divided.",
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
                lambda X_train, X_test: (X_test - X_train.mean(axis=1)) / X_train.std(axis=1),
                "axis=1 gives the mean of each flower. The mean of each feature, down the rows, is axis=0.",
            ),
            (
                lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1),
                "this divides by the standard deviation of n - 1, as pandas has it. The lesson takes NumPy's "
                "std(axis=0).",
            ),
            (
                lambda X_train, X_test: (X_test - X_train.min(axis=0)) / np.ptp(X_train, axis=0),
                "this stretches each feature from 0 to 1. Here it is less its mean and over its standard deviation.",
            ),
            (
                lambda X_train, X_test: scaled(X_train, X_train),
                "these are the training data. The test data are wanted.",
            ),
        ],
        cases=cases,
        praise="the training data make the ruler, and the test data are only measured with it.",
    )


def check_softmax_jacobian(answer: Callable[..., Any]) -> Verdict:
    """`answer(p)` is to give the Jacobian of the probabilities `p` = softmax(z) in z, shape (classes, classes)."""

    def jacobian(p: Array) -> Array:
        return np.diag(p) - np.outer(p, p)

    return judge(
        answer,
        right=jacobian,
        mistakes=[
            (
                lambda p: np.diag(p * (1 - p)),
                "only the diagonal is filled, as for sigmoids. Each probability is divided by the sum of all "
                "exponentials, so here every sum moves every probability.",
            ),
            (lambda p: p * (1 - p), "this is the diagonal as a vector. A table is wanted: a row for each p[k]."),
            (
                lambda p: np.diag(p - 2 * p * p) + np.outer(p, p),
                "the sign off the diagonal is the other way round: where z[i] rises, the other probabilities fall.",
            ),
            (
                lambda p: np.diag(p) + np.outer(p, p),
                "np.outer(p, p) comes with a minus: where the denominator grows, every probability falls.",
            ),
            (
                lambda p: np.eye(len(p)) - np.outer(p, p),
                "the identity has 1 on the diagonal. What belongs there is p[k]: np.diag(p).",
            ),
            (
                lambda p: np.diag(p * (1 - p)) - np.outer(p, p),
                "the square is taken away twice on the diagonal: np.outer(p, p) has it already.",
            ),
            (lambda p: -jacobian(p), "all signs are the other way round: p[k] rises with its own z[k]."),
            (lambda p: np.diag(p), "this is the slope of the numerator alone. The denominator moves as well."),
            (lambda p: -np.outer(p, p), "this is the part of the denominator alone. On the diagonal p[k] is added."),
            (lambda p: np.outer(p, 1 - p), "the 1 in p[k] (1 - p[i]) stands on the diagonal alone. Elsewhere it is 0."),
            (
                lambda p: np.diag(p) - p * p,
                "p * p multiplies entry by entry. Every p[k] times every p[i] is np.outer(p, p).",
            ),
            (
                lambda p: np.diag(p) - p @ p,
                "p @ p is one number, and .T changes nothing on a vector. The table of all products is np.outer(p, p).",
            ),
            (lambda p: jacobian(softmax(p)), "p is the softmax already: take it once, not twice."),
        ],
        cases=[(np.array([0.5, 0.2, 0.3]),), (np.array([0.1, 0.05, 0.6, 0.25]),)],
        praise="each column adds up to 0, because the probabilities add up to 1 whatever the sums are.",
    )


def check_input_jacobian(answer: Callable[..., Any]) -> Verdict:
    """`answer(x, W1, b1, W2, b2)` is to give the Jacobian of the probabilities in the inputs, (classes, inputs).

    The network has sigmoids in the hidden layer and a softmax over the sums of the last.
    """

    def chain(
        x: Array, W1: Array, b1: Array, W2: Array, b2: Array, *,
        slope: Callable[[Array], Array] = lambda a: a * (1 - a),
        top: Callable[[Array], Array] = lambda p: np.diag(p) - np.outer(p, p),
    ) -> Array:
        a1 = sigmoid.value(x @ W1 + b1)
        return top(softmax(a1 @ W2 + b2)) @ W2.T @ np.diag(slope(a1)) @ W1.T

    generator = np.random.default_rng(7)
    cases = [
        tuple(generator.normal(size=shape) for shape in (i, (i, hidden), hidden, (hidden, o), o))
        for i, hidden, o in ((2, 3, 3), (4, 2, 5))
    ]
    return judge(
        answer,
        right=chain,
        mistakes=[
            (
                lambda *given: chain(*given, top=lambda p: np.diag(p * (1 - p))),
                "the table of the softmax has its diagonal alone. Every sum moves every probability: take the whole "
                "table of exercise 2.",
            ),
            (
                lambda *given: chain(*given, top=lambda p: np.eye(len(p))),
                "this is how the sums of the last layer change. The table of the softmax is missing before it.",
            ),
            (
                lambda *given: chain(*given, slope=np.ones_like),
                "the slope of the hidden sigmoids is missing between the two layers.",
            ),
            (
                lambda *given: chain(*given, slope=lambda a: a),
                "the hidden layer has the value of its activation where the slope belongs, as the book's second class.",
            ),
            (
                lambda *given: chain(*given, slope=lambda a: sigmoid.value(a) * (1 - sigmoid.value(a))),
                "the slope of the hidden sigmoids is taken at a1. It belongs at the sums: a1 * (1 - a1).",
            ),
            (
                lambda *given: chain(*given).T,
                "this is transposed: a row for each probability and a column for each input are wanted.",
            ),
            (lambda *given: -chain(*given), "the sign is the other way round."),
            (lambda *given: chain(*given).sum(axis=1), "the inputs are added up. Each has its own column."),
        ],
        cases=cases,
        praise="four tables in a row, from the probabilities down to the inputs, and nothing of it needs a loss.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the class with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
