"""The feed-forward class with one hidden layer, as it was published (lesson 04).

After Trevor Gordon's `FeedForwardNeuralNetwork` of 2021, which follows the loop of Machine Learning from Scratch
(dafriedman97.github.io/mlbook, chapter 7). Its document has neither data nor figures: the run below
classifies Fisher's irises, which is this course's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..activations import quiet, sigmoid
from ..arguments import Array, matrix, number, numbers, whole_number
from ..datasets import iris, split
from ..edges import spelled
from ..losses import ssr
from ..network import Dense, Network
from ..optimizers import SGD
from ..records import History
from ..training import train
from .asked import CHECKS, MOST_EPOCHS, asked, three

FAULTS = (
    "The Jacobians of the weights are filled where they should be zero, so the weights of every neuron get the sum "
    "over all neurons of their layer: wrong from two hidden neurons on, and from two outputs on. The biases are right. "
    "The code of the book that it follows fills them too; the text of the book has the zeros.",
    "fit accepts a seed and ignores it: no two fits start alike.",
    "predict puts its input in the place of the training data.",
    "The text gives the slope of the squared residual as 2(y - yhat), with the wrong sign, and the slopes of the "
    "sigmoids at their outputs, where they belong at their inputs. The code has both right.",
)

# Empty: the document shows the class and never runs it, so there is no figure to repeat.
RECORDED: tuple = ()


@asked
def build(seed: int = 0, sizes: Sequence[int] = (4, 3, 3)) -> Network:
    """The network of the given `sizes`, (inputs, hidden, outputs), sigmoid in both layers, with the published start."""
    network = _network(sizes)
    network.theta = initial_theta(seed, sizes)
    return network


@asked
def initial_theta(seed: int = 0, sizes: Sequence[int] = (4, 3, 3)) -> Array:
    """The published start, shape (parameters,), in the order of Network.

    Every number comes from a normal distribution with mean 0 and standard deviation 1/5, drawn with NumPy's legacy
    generator: hidden weights, hidden biases, output weights, output biases, the weights neuron by neuron. The published
    class accepts a seed and ignores it; here it is honored.
    """
    return _draw(np.random.RandomState(seed), sizes)


@asked
def gradient(theta: Array, X: Array, Y: Array, sizes: Sequence[int] | None = None) -> Array:
    """The derivatives of the SSR as published, shape (parameters,), in the order of Network.

    `theta` has the shape (parameters,), `X` (samples, inputs) and `Y` (samples, outputs). `sizes`, (inputs, hidden,
    outputs), is read off their shapes where it is None. The derivatives of the biases are right; those of the weights
    are wrong, except in a layer of a single neuron. Raises ValueError where `theta` does not fit `sizes`.
    """
    network = _network(_sizes(theta, X, Y) if sizes is None else sizes)
    result = np.empty_like(network.theta)
    (W1, W2), (c1, c2) = network.split(theta)
    (dW1, dW2), (dc1, dc2) = network.split(result)
    with quiet():
        A1 = 1 / (1 + np.exp(-(X.dot(W1) + c1)))
        A2 = 1 / (1 + np.exp(-(A1.dot(W2) + c2)))
        # Row n, column k: the derivative in the weighted sum of neuron k for sample n. So far all is right.
        D2 = 2 * (A2 - Y) * A2 * (1 - A2)
        D1 = D2.dot(W2.T) * A1 * (1 - A1)
        # The fault: each neuron should get its own column of D, and every one of them gets the sum of all columns.
        dW2[:] = A1.T.dot(D2.sum(axis=1))[:, None]
        dW1[:] = X.T.dot(D1.sum(axis=1))[:, None]
        dc2[:], dc1[:] = D2.sum(axis=0), D1.sum(axis=0)
    return result


@asked
def data() -> tuple[Array, Array]:
    """The data of `run`, standardized: `X`, shape (105, 4), and `Y`, shape (105, 3)."""
    X, _, Y, _ = split(*iris())
    return (X - X.mean(axis=0)) / X.std(axis=0), Y


@asked
def run(seed: int = 0, hidden: int = 3, learning_rate: float = 0.01, epochs: int = 1000) -> History:
    """The published training on Fisher's irises: `epochs` steps of gradient descent on the SSR. Returns a History.

    The document names no data. This run takes the 105 training rows of `split(*iris())`, every feature less its mean
    and over its standard deviation, and a learning rate at which the corrected gradient learns them well; the published
    default of 0.00001 hardly moves in 1000 steps.
    """
    X, Y = data()
    return train(
        build(seed, (X.shape[1], hidden, Y.shape[1])), X, Y, loss=ssr, optimizer=SGD(learning_rate), epochs=epochs,
        gradient=gradient, engine="numpy",
    )


@spelled
class PublishedClass:
    """What the published class does between `fit` and `predict`, with its faults: `seed` and the training data `X`."""

    def fit(
        self, X: Array, y: Array, hidden: int, learning_rate: float = 1e-5, epochs: int = 1000, seed: int | None = None
    ) -> bool:
        """Train on `X` (samples, inputs) and `y` (samples,) or (samples, outputs). Returns True, as published."""
        hidden, epochs = CHECKS["hidden"]("hidden", hidden), whole_number("epochs", epochs, most=MOST_EPOCHS)
        learning_rate, X, y = number("learning_rate", learning_rate, above=0), matrix("X", X), numbers("y", y)
        rows = len(X), "one for each row of X"
        self.X, self.y = X, matrix("y", y.reshape(-1, 1) if y.ndim < 2 else y, rows=rows)
        self.sizes = X.shape[1], hidden, self.y.shape[1]
        # The fault: `seed` is not used. The draws come from the generator that the whole program shares.
        self.theta = _draw(np.random, self.sizes)
        with quiet():
            for _ in range(epochs):
                self.theta -= learning_rate * gradient(self.theta, self.X, self.y, self.sizes)
        return True

    @asked
    def predict(self, X: Array) -> Array:
        """The outputs for `X`, shape (outputs, samples), as published. Raises ValueError before `fit`."""
        if not hasattr(self, "theta"):
            raise ValueError("PublishedClass must be fitted before it predicts; call fit(X, y, hidden) first")
        # The fault: the training data are gone.
        self.X = matrix("X", X, columns=(self.sizes[0], "as in `fit`"))
        network = _network(self.sizes)
        network.theta = self.theta
        return network.predict(self.X).T


def _network(sizes: Sequence[int]) -> Network:
    inputs, hidden, outputs = three(sizes)
    return Network(inputs, [Dense(hidden, sigmoid), Dense(outputs, sigmoid)])


def _draw(random: Any, sizes: Sequence[int]) -> Array:
    """Parameters from a RandomState, or from `numpy.random` itself."""
    network = _network(sizes)
    for W, c in zip(*network.split(network.theta)):
        # As published, a row for each neuron and a column for each of its inputs.
        W[:] = random.randn(*W.T.shape).T / 5
        c[:] = random.randn(*c.shape) / 5
    return network.theta


def _sizes(theta: Array, X: Array, Y: Array) -> tuple[int, int, int]:
    inputs, outputs = X.shape[1], Y.shape[1]
    hidden, others = divmod(theta.size - outputs, inputs + 1 + outputs)
    if others or hidden < 1:
        came = f"got {theta.size} numbers for X with {inputs} columns and Y with {outputs}"
        raise ValueError(f"theta must hold all parameters of a network with one hidden layer, {came}")
    return inputs, hidden, outputs
