"""The AND network 2-100-1 with leaky ReLU, SGD first and a home-made "Adam" after it, as published (lesson 05).

After James Camacho's "Neural Net Built From Scratch". The sums are taken in the order of the original, because its
"Adam" turns another rounding in the sixteenth digit into another prediction in the fourth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..activations import LEAK, leaky_relu, quiet
from ..arguments import Array, choice, number, shown, whole_number
from ..edges import spelled
from ..losses import mse
from ..network import Network
from ..optimizers import SGD, Adam, Optimizer
from ..records import History
from ..settings import listing
from ..training import train
from .asked import LISTS, all_of, asked, layers_of, of_sizes

if TYPE_CHECKING:
    import pandas as pd

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

# What `endings` can put right, by what stands there then.
REPAIRS = {name: name for name in ("input", "slope", "Adam")}

SIZES, ROWS = (2, 100, 1), 100
SGD_STEPS, ADAM_STEPS, LEARNING_RATE, PENALTY = 1000, 10_000, 1e-4, 1e-3


@asked
def rows(seed: int = 0) -> tuple[Array, Array]:
    """The data of the run: 100 rows, each drawn from the truth table of AND.

    Returns `X`, shape (100, 2), and `Y`, shape (100, 1).
    """
    X, Y, _ = _draw(seed, SIZES)
    return X, Y


@asked
def build(seed: int = 0, sizes: Sequence[int] = SIZES) -> Network:
    """The Network with the published start: weights from normal(1, 0.1), biases from normal(0, 0.1).

    They are drawn with `default_rng(seed)` after the 100 rows, layer by layer, the weights before the biases.
    """
    network = _network(sizes)
    network.theta = _draw(seed, network.sizes)[2]
    return network


@asked
def gradient(theta: Array, X: Array, Y: Array, sizes: Sequence[int] = SIZES) -> Array:
    """The gradient of the mean squared error as published, shape (parameters,): wrong in the weights.

    `theta` is laid out as in `Network`, `sizes` are the numbers of inputs and of units in each layer, all of them with
    leaky ReLU. The mean is taken over the rows of `X` (samples, inputs) and `Y` (samples, outputs). Raises ValueError
    where `theta` does not fit `sizes`.
    """
    network = _network(sizes)
    result = np.empty_like(network.theta)
    (weights, biases), (dW, db) = network.split(theta), network.split(result)
    slopes, x = [], X
    for W, b in zip(weights, biases):
        z = x @ W + b
        slopes.append(np.where(z > 0, 1.0, LEAK))
        x = np.maximum(LEAK * z, z)
    dx = 2 * (x - Y) / len(Y)
    for k in reversed(range(len(weights))):
        dz = slopes[k] * dx
        db[k][:] = dz.sum(axis=0)
        # The first fault: the weight stands where the input of the layer belongs.
        dW[k][:] = (weights[k] * dz[:, None, :]).sum(axis=0)
        # The second fault: dx goes on where dz should.
        dx = dx @ weights[k].T
    return result


@spelled
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
    sizes: Sequence[int] = SIZES

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", number("learning_rate", self.learning_rate, above=0))
        object.__setattr__(self, "weight_decay", number("weight_decay", self.weight_decay, least=0))
        object.__setattr__(self, "sizes", all_of("sizes", self.sizes, LISTS["sizes"]))

    def start(self, parameters: int) -> Callable[[Array, Array], None]:
        """The function `step(theta, gradient)` that changes `theta` in place; both have the shape (..., parameters)."""
        expected = _network(self.sizes).theta.size
        if whole_number("parameters", parameters) != expected:
            raise ValueError(f"theta must have the shape ({expected},), got {shown(parameters)} parameters")
        places = np.arange(float(expected))
        for W, b in zip(*_network(self.sizes).split(places)):
            W[:] = b
        bias_of = places.astype(int)
        signal = noise = None
        b, power = 1 - 0.1, 1.0

        def step(theta: Array, gradient: Array) -> None:
            nonlocal signal, noise, power
            gradient = gradient + theta * self.weight_decay
            if signal is None or noise is None:
                signal, noise = gradient, gradient**2
            power *= b
            # The fault: the weights get the gradient of their unit's bias.
            gradient = gradient.take(bias_of, axis=-1)
            signal = ((1 - b) * gradient + b * signal * (1 - power)) / (1 - power * b)
            noise = ((1 - b) * gradient**2 + b * noise * (1 - power)) / (1 - power * b)
            with quiet():
                move = self.learning_rate * signal / noise**0.5
            np.subtract(theta, move, out=theta, where=np.isfinite(move))

        return step


@asked
def run(seed: int = 0, steps: tuple[int, int] = (SGD_STEPS, ADAM_STEPS)) -> History:
    """The published run: `steps` of SGD and of the published Adam. Returns one History, up to 200 records of each."""
    network, (X, Y) = build(seed), rows(seed)
    optimizers: list[Optimizer] = [SGD(LEARNING_RATE, weight_decay=PENALTY), PublishedAdam()]
    return History.joined([
        train(network, X, Y, loss=mse, optimizer=optimizer, epochs=epochs, gradient=gradient, engine="numpy")
        for optimizer, epochs in zip(optimizers, steps)
    ])


@asked
def endings(seeds: Iterable[int], repaired: Iterable[str] = ()) -> Array:
    """The predictions at the end of the published run for each of `seeds`, shape (seeds, 4).

    `repaired` names what is put right in it: "input", "slope" and "Adam" for the first three of FAULTS, with Kingma and
    Ba's Adam for the third and the fourth. All runs go side by side and equal rows are taken together: 30 runs in the
    time of two. That changes the order of the sums, and with it the predictions, by about 0.001 against `run`. Raises
    ValueError for another name.
    """
    repairs = {choice("repaired", name, REPAIRS) for name in listing("repaired", repaired)}
    draws = [_draw(seed, SIZES) for seed in seeds]
    thetas = np.array([theta for _, _, theta in draws])
    often = np.array([[(X == pair).all(axis=1).sum() for pair in INPUTS] for X, _, _ in draws])
    with quiet():
        # Infinite for a row of the truth table that a run's data do not have: its part of the gradient is then 0.
        samples = ROWS / often[:, :, None]
        for optimizer, steps in ((SGD, SGD_STEPS), (Adam if "Adam" in repairs else PublishedAdam, ADAM_STEPS)):
            # The first two treat every entry alike, so that they may take all runs as one long vector.
            shape = thetas.shape if optimizer is PublishedAdam else (thetas.size,)
            step = optimizer(LEARNING_RATE, weight_decay=PENALTY).start(shape[-1])
            for _ in range(steps):
                step(thetas.reshape(shape), _side_by_side(thetas, samples, repairs).reshape(shape))
    return np.array([_predict(theta) for theta in thetas])


@asked
def compare(history: History) -> pd.DataFrame:
    """A pandas DataFrame with the recorded predictions beside those at the end of `history`, a row for each."""
    import pandas as pd

    names = [f"{first} AND {second}" for first, second in RECORDED]
    ours = of_sizes(history, *SIZES).network(-1).predict(INPUTS)[:, 0]
    return pd.DataFrame({"recorded": RECORDED.values(), "ours": ours}, index=names)


def _network(sizes: Sequence[int]) -> Network:
    return Network(sizes[0], layers_of(sizes, leaky_relu))


def _draw(seed: int, sizes: Sequence[int]) -> tuple[Array, Array, Array]:
    """X, Y and the start of theta, in the order in which the document draws them."""
    random = np.random.default_rng(seed)
    X = random.integers(2, size=(ROWS, 2)).astype(np.float64)
    layers = [(random.normal(1, 0.1, size).ravel(), random.normal(0, 0.1, size[1])) for size in pairwise(sizes)]
    return X, X.prod(axis=1, keepdims=True), np.concatenate([part for layer in layers for part in layer])


def _side_by_side(thetas: Array, samples: Array, repairs: Set[str]) -> Array:
    """What `gradient` does, but for the `repairs`, for each of `thetas` (runs, parameters).

    It is taken on the four rows of the truth table; a row counts as one of `samples` rows, shape (runs, 4, 1).
    """
    network, result = _network(SIZES), np.empty_like(thetas)
    (W1, W2), (b1, b2) = network.split(thetas)
    (dW1, dW2), (db1, db2) = network.split(result)
    z1 = INPUTS @ W1 + b1[:, None]
    a1 = np.maximum(LEAK * z1, z1)
    z2 = a1 @ W2 + b2[:, None]
    dx2 = 2 * (np.maximum(LEAK * z2, z2) - INPUTS.prod(axis=1, keepdims=True)) / samples
    dz2 = np.where(z2 > 0, 1.0, LEAK) * dx2
    dz1 = np.where(z1 > 0, 1.0, LEAK) * ((dz2 if "slope" in repairs else dx2) @ W2.mT)
    for x, W, dz, dW, db in ((INPUTS, W1, dz1, dW1, db1), (a1, W2, dz2, dW2, db2)):
        db[:] = dz.sum(axis=1)
        dW[:] = x.mT @ dz if "input" in repairs else (W[:, None] * dz[:, :, None]).sum(axis=1)
    return result


def _predict(theta: Array) -> Array:
    network = _network(SIZES)
    network.theta = theta
    return network.predict(INPUTS)[:, 0]
