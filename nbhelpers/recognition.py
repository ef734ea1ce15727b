"""Recognizes dense layers in somebody else's arrays, whichever way round they are kept (used by `audit`).

What is tried, until the program's own predictions come out at several places: samples as rows or as columns, weights as
(inputs, units) or (units, inputs), biases behind each layer's weights, behind all weights, or nowhere, and every
activation of the package in every layer.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from .activations import ACTIVATIONS
from .arguments import Array
from .layers import Dense
from .losses import LOSSES, Loss
from .network import Network

# How well the predictions must come out, relative to the largest of them.
ALIKE = 1e-6


class Recognized(NamedTuple):
    """A network that does what the program does, its data as rows, and where in the program each parameter is."""

    network: Network
    X: Array
    Y: Array
    order: np.ndarray

    def theta(self, parameters: Array) -> Array:
        """The program's parameters, or its gradient, one vector, in the order of the network's theta."""
        return parameters[self.order]

    def parameters(self, theta: Array) -> Array:
        """The way back: the network's theta in the order of the program."""
        result = np.empty_like(theta)
        result[self.order] = theta
        return result


def recognize(
    shapes: list[tuple], predict: Callable[[Array], Array], X: Array, Y: Array, starts: list[Array],
) -> Recognized | str:
    """The Network in which `predict(parameters)` comes out at all `starts`, or what stands in the way, as a sentence.

    `shapes` are those of the program's arrays, in the order in which they follow each other in a vector of parameters.
    """
    X, Y = (part.reshape(-1, 1) if part.ndim == 1 else part for part in (X, Y))
    outputs = [np.asarray(predict(start), dtype=np.float64) for start in starts]
    structures = list(_structures(shapes, X, Y))
    if not structures:
        return (
            f"The program was not recognized: arrays of the shapes {', '.join(map(str, shapes))} make no chain of "
            f"dense layers from {X.shape} to {Y.shape}."
        )
    for in_rows, sizes, biases, order in structures:
        ours, theirs = (X, Y) if in_rows else (X.T, Y.T)
        expected = [output.reshape(theirs.shape) if in_rows else output.reshape(Y.shape).T for output in outputs]
        for names in product(ACTIVATIONS, repeat=len(biases)):
            layers = [Dense(units, name, bias) for units, name, bias in zip(sizes[1:], names, biases)]
            network = Network(sizes[0], layers)
            if all(_alike(network, ours, start[order], output) for start, output in zip(starts, expected)):
                return Recognized(network, ours, theirs, order)
    return (
        "The program was not recognized: its predictions are not those of dense layers with the activations "
        f"{', '.join(ACTIVATIONS)}."
    )


def shown_loss(losses: list[float], recognized: Recognized, starts: list[Array]) -> tuple[Loss, float] | None:
    """The Loss that the program shows, up to a constant factor, and that factor; None where it is none of ours."""
    found = []
    for loss in LOSSES.values():
        values = []
        for start in starts:
            recognized.network.theta = recognized.theta(start)
            try:
                values.append(recognized.network.loss(recognized.X, recognized.Y, loss))
            except ValueError:
                break
        else:
            factors = np.array(losses) / np.array(values)
            if np.ptp(factors) <= ALIKE * abs(factors).max():
                found.append((loss, float(factors[0])))
    # Of losses that differ by a factor alone, the one without.
    return min(found, key=lambda pair: abs(pair[1] - 1), default=None)


def _alike(network: Network, X: Array, theta: Array, expected: Array) -> bool:
    network.theta = theta
    found = network.predict(X)
    return bool(abs(found - expected).max() <= ALIKE * abs(expected).max())


def _structures(shapes: list[tuple], X: Array, Y: Array) -> Iterator[tuple[bool, list[int], list[bool], np.ndarray]]:
    """(samples as rows?, sizes, which layers have a bias, order of the parameters) for all that the shapes allow."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    starts = np.cumsum([0, *sizes[:-1]])
    for in_rows in (True, False):
        axis = 1 if in_rows else 0
        if X.shape[1 - axis] != Y.shape[1 - axis]:
            continue
        inputs, outputs = X.shape[axis], Y.shape[axis]
        for weights, biases in _layouts(len(shapes)):
            for transposed in (False, True):
                chain, order = [inputs], []
                for w, b in zip(weights, biases):
                    units = sizes[w] // chain[-1]
                    shape = (units, chain[-1]) if transposed else (chain[-1], units)
                    flat = shapes[w] == shape or (len(shapes[w]) == 1 and 1 in shape and sizes[w] == max(shape))
                    if not flat or (b is not None and sizes[b] != units):
                        break
                    places = (starts[w] + np.arange(sizes[w])).reshape(shape)
                    order.append((places.T if transposed else places).ravel())
                    if b is not None:
                        order.append(starts[b] + np.arange(units))
                    chain.append(units)
                else:
                    if chain[-1] == outputs:
                        yield in_rows, chain, [b is not None for b in biases], np.concatenate(order)


def _layouts(count: int) -> Iterator[tuple[list[int], list[int | None]]]:
    """Which arrays are weights and which biases: in pairs, weights first, no biases, none in the last layer."""
    if count % 2 == 0:
        half = count // 2
        yield list(range(0, count, 2)), list(range(1, count, 2))
        yield list(range(half)), list(range(half, count))
    yield list(range(count)), [None] * count
    if count % 2 == 1 and count > 1:
        yield list(range(0, count, 2)), [*range(1, count, 2), None]
