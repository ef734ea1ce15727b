"""The AND network 2-100-1 with leaky ReLU, SGD first and a home-made "Adam" after it, as published (lesson 03).

After James Camacho's "Neural Net Built From Scratch". The sums are taken in the order of the original, because its
"Adam" turns another rounding in the sixteenth digit into another prediction in the fourth.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..activations import LEAK, leaky_relu, quiet
from ..arguments import number, whole_number
from ..losses import mse
from ..network import Dense, Network
from ..optimizers import SGD
from ..records import History
from ..training import train

FAULTS = (
    "The gradient of the weights multiplies by the weight where it should multiply by the layer's input.",
    "The chain backwards leaves out the slope of the activation of the layer above. This makes the gradient of the "
    "hidden layer wrong as soon as an output is negative.",
    'The "Adam" feeds the gradient of a unit\'s bias to all of the unit\'s weights, so that from its second step on it '
    "never looks at the gradient of the weights.",
    'The "Adam" is not Adam: one decay for both running means, a bias correction of its own, and no epsilon.',
    "The forward pass and the optimizers use global variables, so that only one network can exist at a time.",
)

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

# What the document prints at its end: the prediction for each pair of inputs. Its random state cannot be recovered.
RECORDED = {(0, 0): -0.15923, (0, 1): -0.01149, (1, 0): -0.01174, (1, 1): 1.02833}

SIZES, ROWS = (2, 100, 1), 100
SGD_STEPS, ADAM_STEPS, LEARNING_RATE, PENALTY = 1000, 10_000, 1e-4, 1e-3


def rows(seed=0):
    """The data of the run: 100 rows, each drawn from the truth table of AND.

    Returns `X`, shape (100, 2), and `Y`, shape (100, 1).
    """
    return _draw(seed, SIZES)[:2]


def build(seed=0, sizes=SIZES):
    """The Network with the published start: weights from normal(1, 0.1), biases from normal(0, 0.1).

    They are drawn with `default_rng(seed)` after the 100 rows, layer by layer, the weights before the biases.
    """
    network = Network(sizes[0], [Dense(units, leaky_relu) for units in sizes[1:]])
    network.theta = _draw(seed, network.sizes)[2]
    return network


def gradient(theta, X, Y, sizes=SIZES):
    """The gradient of the mean squared error as published, shape (parameters,): wrong in the weights.

    `theta` is laid out as in `Network`, `sizes` are the numbers of inputs and of units in each layer, all of them with
    leaky ReLU. The mean is taken over the rows of `X` (samples, inputs) and `Y` (samples, outputs). `theta` may
    also be a stack of such vectors, shape (runs, parameters). Raises ValueError where `theta` does not fit `sizes`.
    """
    return _gradient(np.asarray(theta, dtype=np.float64), X, Y, sizes, len(Y))


@dataclass(frozen=True)
class PublishedAdam:
    """The optimizer that the document calls Adam, for a network of these `sizes`.

        g = gradient + weight_decay * theta
        f = for every parameter, the entry of g that belongs to the bias of its unit
        s = ((1 - b) * f + b * s * (1 - b**t)) / (1 - b**(t + 1))           the "signal"; g before the first step
        n = ((1 - b) * f**2 + b * n * (1 - b**t)) / (1 - b**(t + 1))        the "noise"; g**2 before the first step
        theta = theta - learning_rate * s / sqrt(n), where that is finite

    at step t = 1, 2, ... with b = 1 - 0.1.
    """

    learning_rate: float = LEARNING_RATE
    weight_decay: float = PENALTY
    sizes: tuple = SIZES

    def __post_init__(self):
        object.__setattr__(self, "learning_rate", number("learning_rate", self.learning_rate, above=0))
        object.__setattr__(self, "weight_decay", number("weight_decay", self.weight_decay, least=0))

    def start(self, parameters):
        """The function `step(theta, gradient)` that changes `theta` in place; both have `parameters` entries.

        `parameters` may also be the shape of a stack of such vectors, (runs, parameters).
        """
        fed = np.arange(np.atleast_1d(parameters)[-1])
        for W, b in _layers(fed, self.sizes):
            W[:] = b
        signal = noise = None
        b, power = 1 - 0.1, 1.0

        def step(theta, gradient):
            nonlocal signal, noise, power
            gradient = gradient + theta * self.weight_decay
            if signal is None:
                signal, noise = gradient, gradient**2
            power *= b
            # The fault: the weights get the gradient of their unit's bias.
            gradient = gradient.take(fed, axis=-1)
            signal = ((1 - b) * gradient + b * signal * (1 - power)) / (1 - power * b)
            noise = ((1 - b) * gradient**2 + b * noise * (1 - power)) / (1 - power * b)
            with quiet():
                move = self.learning_rate * signal / noise**0.5
            np.subtract(theta, move, out=theta, where=np.isfinite(move))

        return step


def run(seed=0, steps=(SGD_STEPS, ADAM_STEPS)):
    """The published run: `steps` of SGD and of the published Adam. Returns one History of both, 200 records of each."""
    (X, Y), network, histories = rows(seed), build(seed), []
    for optimizer, epochs in zip((SGD(LEARNING_RATE, weight_decay=PENALTY), PublishedAdam()), steps):
        histories.append(train(
            network, X, Y, loss=mse, optimizer=optimizer, epochs=epochs, gradient=gradient, engine="numpy",
        ))
    return History.joined(histories)


def endings(seeds):
    """The predictions at the end of the published run for each of `seeds`, shape (seeds, 4), all runs side by side.

    Equal rows are taken together, so that 30 runs take little longer than one. That changes the order of the sums, and
    with it the predictions: by about 0.001 against `run`.
    """
    seeds = [whole_number("seed", seed) for seed in seeds]
    theta = np.array([build(seed).theta for seed in seeds])
    often = np.array([[(rows(seed)[0] == pair).all(axis=1).sum() for pair in INPUTS] for seed in seeds])
    truth = INPUTS.prod(axis=1, keepdims=True)
    with quiet():
        samples = ROWS / often[:, :, None]
        for optimizer, epochs in ((SGD(LEARNING_RATE, weight_decay=PENALTY), SGD_STEPS), (PublishedAdam(), ADAM_STEPS)):
            step = optimizer.start(theta.shape)
            for _ in range(epochs):
                step(theta, _gradient(theta, INPUTS, truth, SIZES, samples))
    return np.array([_predict(row) for row in theta])


def compare(history):
    """A pandas DataFrame with the recorded predictions beside those at the end of `history`, a row for each."""
    import pandas as pd

    names = [f"{first} AND {second}" for first, second in RECORDED]
    ours = history.network(-1).predict(INPUTS)[:, 0]
    return pd.DataFrame({"recorded": RECORDED.values(), "ours": ours}, index=names)


def _draw(seed, sizes):
    """X, Y and the start of theta, in the order in which the document draws them."""
    random = np.random.default_rng(whole_number("seed", seed))
    X = random.integers(2, size=(ROWS, 2)).astype(np.float64)
    layers = [(random.normal(1, 0.1, size).ravel(), random.normal(0, 0.1, size[1])) for size in pairwise(sizes)]
    return X, X.prod(axis=1, keepdims=True), np.concatenate([part for layer in layers for part in layer])


def _layers(theta, sizes):
    """The weights and the biases of each layer, as views into the vector or stack of vectors `theta`."""
    parameters = sum((inputs + 1) * units for inputs, units in pairwise(sizes))
    if theta.shape[-1] != parameters:
        raise ValueError(f"theta must have {parameters} entries for the sizes {tuple(sizes)}, got {theta.shape[-1]}")
    layers, end = [], 0
    for inputs, units in pairwise(sizes):
        start, middle, end = end, end + inputs * units, end + (inputs + 1) * units
        layers.append((theta[..., start:middle].reshape(*theta.shape[:-1], inputs, units), theta[..., middle:end]))
    return layers


def _gradient(theta, X, Y, sizes, samples):
    result, slopes, A = np.empty_like(theta), [], X
    layers = _layers(theta, sizes)
    for W, b in layers:
        Z = A @ W + b[..., None, :]
        slopes.append(np.where(Z > 0, 1.0, LEAK))
        A = np.maximum(LEAK * Z, Z)
    D = 2 * (A - Y) / samples
    for (W, _), (dW, db), slope in reversed([*zip(layers, _layers(result, sizes), slopes)]):
        in_Z = slope * D
        in_Z.sum(axis=-2, out=db)
        # The first fault: W stands where the input of the layer belongs.
        np.sum(W[..., None, :, :] * in_Z[..., :, None, :], axis=-3, out=dW)
        # The second fault: D goes on where in_Z should.
        D = D @ W.swapaxes(-1, -2)
    return result


def _predict(theta):
    network = build()
    network.theta = theta
    return network.predict(INPUTS)[:, 0]
