"""The network itself: its units as dots, its weights as lines (lesson 03)."""

from collections.abc import Iterator

import numpy as np

from ...network import Network
from ...records import History
from ...settings import at_most, label
from ..colors import BLACK, BLUE, SKY, VERMILLION, YELLOW
from ..protocols import Canvas, Key, Panel, Still

Place = tuple[float, float]

# A line is as many points wide as its weight is large, within these limits.
THINNEST, WIDEST = 0.4, 10.0
# Of more lines nothing is seen, and each takes a thousandth of a second.
MOST_LINES = 5000


class Diagram(Panel[History]):
    """A small network: a dot for each unit, and for each weight a line from the unit below to the unit above.

    The width of a line is the size of its weight; color and dashes are its sign. A layer's biases start at a square
    that stands for the constant 1. `letters` names the layers: with "xgf" the inputs are x1, x2, ..., the hidden units
    g1, g2, ... and a single output f. Hidden layers without a letter of their own share the last one.
    """

    def __init__(self, letters: str = "xhy"):
        self.letters = label("letters", letters)
        if not letters:
            raise ValueError("letters must have a letter for each layer, got ''")

    def still(self, history: History) -> Still:
        network = history.network(0)
        at_most("the number of weights and biases in a Diagram", network.theta.size, MOST_LINES)
        layers = len(network.sizes)
        return Still(
            "network (width: size of a weight)", (-0.3, layers - 0.7), (-0.07, 1.07), frame=False, before=False,
            legend=(Key("positive", BLUE, "solid", width=3), Key("negative", VERMILLION, "dashed", width=3)),
        )

    def moving(self, canvas: Canvas, history: History, record: int) -> None:
        if canvas.before:
            # Two networks on top of each other cannot be read.
            return
        network = history.network(record)
        for _, below, above, value in self._lines(network):
            color, dashes = (BLUE, "solid") if value >= 0 else (VERMILLION, "dashed")
            width = float(np.clip(abs(value), THINNEST, WIDEST))
            canvas.line([below[0], above[0]], [below[1], above[1]], color, dashes, width)
        places = self._places(network)
        size = min(24.0, 110.0 / max(len(units) for units in places))
        for name, (x, y) in (unit for units in places for unit in units.items()):
            constant = name == "1"
            marker = "s" if constant else "o"
            canvas.dots([x], [y], BLACK, marker, size + 2)
            canvas.dots([x], [y], YELLOW if constant else SKY, marker, size)
            canvas.text(x, y, name, color=BLACK)

    def text(self, history: History, record: int) -> str:
        lines = list(self._lines(history.network(record)))
        way, *_, value = max(lines, key=lambda line: abs(line[-1]))
        kinds = "weights and biases" if any(line[0].startswith("the bias") for line in lines) else "weights"
        negative = sum(line[-1] < 0 for line in lines)
        return f"The largest of the network's {len(lines)} {kinds} is {value:.3g}, {way}; negative: {negative}."

    def _places(self, network: Network) -> list[dict[str, Place]]:
        """For each layer the places of its units and, where the layer above has biases, of their constant: by name."""
        places: list[dict[str, Place]] = []
        for layer, size in enumerate(network.sizes):
            last = layer == len(network.layers)
            letter = self.letters[-1] if last else self.letters[min(layer, len(self.letters) - 2)]
            names = [letter] if size == 1 else [f"{letter}{unit}" for unit in range(1, size + 1)]
            if not last and network.biases[layer] is not None:
                names.append("1")
            # From the top down, evenly spread.
            places.append({name: (layer, 1 - (place + 0.5) / len(names)) for place, name in enumerate(names)})
        return places

    def _lines(self, network: Network) -> Iterator[tuple[str, Place, Place, float]]:
        """(what it is in words, place below, place above, value) for each weight and bias."""
        places = self._places(network)
        for below, above, W, b in zip(places, places[1:], network.weights, network.biases):
            targets = [(name, place) for name, place in above.items() if name != "1"]
            for (source, start), row in zip(below.items(), W):
                for (target, end), value in zip(targets, row):
                    yield f"from {source} to {target}", start, end, float(value)
            for (target, end), value in zip(targets, () if b is None else b):
                yield f"the bias of {target}", below["1"], end, float(value)
