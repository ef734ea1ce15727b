"""The network on the bench: what every unit gives over the plane, and the weights as lines to take in hand."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...arguments import Array
from ...bench.runs import Run
from ...network import Network
from ...words import breadth
from ..colors import BLUE, INK, SKY, VERMILLION
from ..protocols import Canvas, Key, Panel, Still
from .bench import brief, grid_of, limits, outputs, range_of

# Of a layer with more units the first are drawn, and of more inputs none: their weights would be a gray field.
MOST_UNITS, MOST_INPUTS = 10, 8
CELLS = 12
WIDE, HIGH = 1.2, 1.0
THINNEST, WIDEST = 1.0, 7.0


class Weight(NamedTuple):
    """A weight or a bias: its place in theta, where its line begins and ends, and its value."""

    place: int
    start: tuple[float, float]
    end: tuple[float, float]
    value: float


class Units(Panel[Run]):
    """A map for each unit: its own output over the plane of two inputs; a line for each weight, a dot for each bias.

    Width is size, color and dashes are the sign. A press takes a weight in hand: `run.in_hand` is its place in theta.
    Where the inputs are 64 pixels, which their names say, the maps of the first layer are the weights of the pixels.
    """

    def still(self, run: Run) -> Still:
        # The names of the inputs stand to the left of them, in words that keep their size in a narrow panel.
        left = -0.02 - 0.06 * max(map(breadth, _named(run)), default=12)
        return Still(
            "network (width: size; press a line)", (left, WIDE + 0.12), (-0.04, HIGH), frame=False, equal=True,
            tall=True, legend=(Key("positive", BLUE, "solid", width=3), Key("negative", VERMILLION, "dashed", width=3)),
            before=False,
        )

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        if canvas.before:
            return
        network = run.network(record)
        found = list(weights(network))
        scale = max((abs(weight.value) for weight in found), default=1.0) or 1.0
        for weight in sorted(found, key=lambda weight: weight.place == run.in_hand):
            color, dashes = (BLUE, "solid") if weight.value >= 0 else (VERMILLION, "dashed")
            width = float(np.clip(WIDEST * abs(weight.value) / scale, THINNEST, WIDEST))
            across, up = zip(weight.start, weight.end)
            sets = f"weight={weight.place + 1}"
            if weight.start == weight.end:
                continue
            if weight.place == run.in_hand:
                canvas.line(across, up, INK, width=width + 4)
            canvas.line(across, up, color, dashes, width, sets=sets)
        self._maps(canvas, run, record, network)
        for weight in found:
            if weight.start == weight.end:
                color, marker = (BLUE, "o") if weight.value >= 0 else (VERMILLION, "D")
                if weight.place == run.in_hand:
                    canvas.dots([weight.end[0]], [weight.end[1]], INK, "o", 15)
                size = float(np.clip(10 * abs(weight.value) / scale, 5, 10))
                canvas.dots([weight.end[0]], [weight.end[1]], color, marker, size, True, f"weight={weight.place + 1}")

    def _maps(self, canvas: Canvas, run: Run, record: int, network: Network) -> None:
        """The inputs by their names, and a map or a dot for every unit."""
        for name, (x, y) in zip(_named(run), places(network)[0]):
            canvas.text(x - 0.03, y, name, anchor="end")
        if not places(network)[0]:
            canvas.text(0.0, HIGH / 2, f"{network.inputs} inputs", anchor="end")
        maps = _maps(run, record, network)
        for layer, units in enumerate(places(network)[1:]):
            half = _half(len(units))
            of_layer = maps[layer]
            for unit, (x, y) in enumerate(units):
                if of_layer is None:
                    canvas.dots([x], [y], INK, "o", 18)
                    canvas.dots([x], [y], SKY, "o", 15)
                    continue
                left, right, bottom, top = edges = x - half, x + half, y - half, y + half
                low, high = _range(run, network, layer, of_layer[unit])
                canvas.surface(of_layer[unit], *edges, low=low, high=high)
                canvas.line([left, right, right, left, left], [bottom, bottom, top, top, bottom], INK, width=1)
            if (more := network.sizes[layer + 1] - len(units)) > 0:
                canvas.text(units[-1][0], -0.02, f"+{more}")

    def text(self, run: Run, record: int) -> str:
        network = run.network(record)
        if run.in_hand is not None:
            return f"In hand: {words(network, run.in_hand)}, {network.theta[run.in_hand]:.4g}."
        largest = int(abs(network.theta).argmax())
        found = f"{words(network, largest)}, {network.theta[largest]:.3g}"
        return f"The largest of {network.theta.size} parameters is {found}."


def places(network: Network) -> list[list[tuple[float, float]]]:
    """For each layer, the inputs first, the places of the units that are drawn, from the top down."""
    found = []
    for layer, size in enumerate(network.sizes):
        drawn = min(size, MOST_UNITS) if layer or size <= MOST_INPUTS else 0
        across = WIDE * layer / (len(network.sizes) - 1)
        found.append([(across, HIGH * (1 - (unit + 0.5) / drawn)) for unit in range(drawn)])
    return found


def weights(network: Network) -> Iterator[Weight]:
    """The weights between units that are drawn, and the biases: theirs begin where they end, at the unit's corner."""
    numbers = np.arange(network.theta.size, dtype=np.float64)
    where = places(network)
    for layer, (W, b) in enumerate(zip(*network.split(numbers))):
        half, below = _half(len(where[layer + 1])), _half(len(where[layer])) if layer else 0.0
        for source, (start, beside) in enumerate(where[layer]):
            for unit, (x, y) in enumerate(where[layer + 1]):
                place = int(W[source, unit])
                yield Weight(place, (start + below, beside), (x - half, y), float(network.theta[place]))
        for unit, (x, y) in enumerate(where[layer + 1]):
            place, corner = int(b[unit]), (x - half, y - half)
            yield Weight(place, corner, corner, float(network.theta[place]))


def _half(units: int) -> float:
    """Half the side of the map of one of so many units."""
    return 0.42 * HIGH / max(units, 5)


def _named(run: Run) -> list[str]:
    """The inputs by names that are short enough, where they are drawn."""
    if len(run.features) > MOST_INPUTS:
        return []
    return brief(run.features, 12)


def words(network: Network, place: int) -> str:
    """What the parameter at `place` of theta is called."""
    for layer, (W, b) in enumerate(zip(*network.split(np.arange(network.theta.size, dtype=np.float64))), start=1):
        for source, unit in np.argwhere(W == place):
            below = f"input {source + 1}" if layer == 1 else f"unit {source + 1} of layer {layer - 1}"
            return f"weight {place + 1}, from {below} to unit {unit + 1} of layer {layer}"
        for (unit,) in np.argwhere(b == place):
            return f"weight {place + 1}, the bias of unit {unit + 1} of layer {layer}"
    raise ValueError(f"place must be less than {network.theta.size}, got {place}")


def _maps(run: Run, record: int, network: Network) -> list[Array | None]:
    """For each layer the maps of its units, (units, rows, columns), row 0 at the bottom; None where there is none."""
    count = len(network.layers)
    if network.inputs == 2:
        A = network.activations(grid_of(limits(run), CELLS))[1:-1]
        A.append(outputs(run, record, grid_of(limits(run), CELLS)))
        return [layer.T.reshape(-1, CELLS, CELLS) for layer in A]
    if network.inputs == 64 and all(name.startswith("pixel") for name in run.features):
        return [network.weights[0].T.reshape(-1, 8, 8)[:, ::-1], *[None] * (count - 1)]
    return [None] * count


def _range(run: Run, network: Network, layer: int, values: Array) -> tuple[float, float]:
    """What is shown in full blue and in full orange: the range of the activation, or as far as the values go from 0."""
    name = network.layers[layer].activation.name
    if network.inputs == 2 and layer == len(network.layers) - 1:
        return range_of(run)
    if network.inputs == 2 and name == "sigmoid":
        return 0.0, 1.0
    most = 1.0 if name == "tanh" and network.inputs == 2 else float(abs(values).max()) or 1.0
    return -most, most
