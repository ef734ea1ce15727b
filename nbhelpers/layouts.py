"""How somebody else's arrays may make a chain of dense layers, whichever way round they are kept (for `audit`).

What is tried: weights as (inputs, units) or (units, inputs); biases behind or before each layer's weights, behind all
weights, in the first or last row of the weights, in no layer, or in all but the last; arrays for each unit; layers
stacked in one array.
"""

from collections.abc import Iterator, Sequence

import numpy as np

# For each layer where in the vector of all parameters its weights are, (inputs, units), and its biases, (units,).
Layers = list[tuple[np.ndarray, np.ndarray | None]]


def layouts(shapes: Sequence[tuple], inputs: int, outputs: int) -> Iterator[Layers]:
    """All chains of dense layers from `inputs` to `outputs` that arrays of these shapes can make."""
    parts, start = [], 0
    for shape in shapes:
        part = start + np.arange(int(np.prod(shape))).reshape(shape)
        start += part.size
        parts += list(part) if part.ndim == 3 else [part]
    for layers in (*_by_layers(parts, inputs), *_biases_inside(parts, inputs), *_by_units(_units(parts), inputs)):
        if layers and layers[-1][0].shape[1] == outputs:
            yield layers


def _by_layers(parts: list[np.ndarray], inputs: int) -> Iterator[Layers]:
    for weights, biases in _pairs(parts):
        for turned in (False, True):
            layers: Layers = []
            for part, bias in zip(weights, biases):
                W = _weights(part, layers[-1][0].shape[1] if layers else inputs, turned)
                if W is None or (bias is not None and bias.size != W.shape[1]):
                    break
                layers.append((W, None if bias is None else bias.ravel()))
            else:
                yield layers


def _pairs(parts: list[np.ndarray]) -> Iterator[tuple[list, list]]:
    half, count = len(parts) // 2, len(parts)
    if count % 2 == 0:
        yield parts[::2], parts[1::2]
        yield parts[1::2], parts[::2]
        yield parts[:half], parts[half:]
    yield parts, [None] * count
    if count % 2 == 1 and count > 1:
        yield parts[::2], [*parts[1::2], None]


def _biases_inside(parts: list[np.ndarray], inputs: int) -> Iterator[Layers]:
    for turned in (False, True):
        for first in (False, True):
            layers: Layers = []
            for part in parts:
                W = _weights(part, (layers[-1][0].shape[1] if layers else inputs) + 1, turned)
                if W is None:
                    break
                layers.append((W[1:], W[0]) if first else (W[:-1], W[-1]))
            else:
                yield layers


def _weights(part: np.ndarray, inputs: int, turned: bool) -> np.ndarray | None:
    """A part as (inputs, units), None where it does not fit; a vector is of one unit, or of one input."""
    if part.ndim < 2:
        return part.reshape(inputs, -1) if inputs in (1, part.size) else None
    W = part.T if turned else part
    return W if len(W) == inputs else None


Unit = tuple[np.ndarray, np.ndarray | None]


def _units(parts: list[np.ndarray]) -> list[Unit]:
    """The parts as weights of units, with a bias behind the weights of each or with none at all."""
    if any(part.ndim > 1 for part in parts):
        return []
    if len(parts) % 2 == 0 and all(part.size == 1 for part in parts[1::2]):
        return list(zip(parts[::2], parts[1::2]))
    return [(part, None) for part in parts]


def _by_units(units: list[Unit], inputs: int) -> Iterator[Layers]:
    """A layer has as many units as the next one has inputs, which is where it ends."""
    if not units:
        yield []
    for count, (weights, _) in enumerate(units, start=1):
        if weights.size != inputs:
            return
        if count == len(units) or units[count][0].size == count:
            W = np.stack([weights.ravel() for weights, _ in units[:count]], axis=1)
            b = [bias.ravel() for _, bias in units[:count] if bias is not None]
            for above in _by_units(units[count:], count):
                yield [(W, np.concatenate(b) if b else None), *above]
