"""What stands on the bench: a network, its data and its training, as settings that are checked and never change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..arguments import Array, choice, number, shown, whole_number
from ..derivation import RIGHT
from ..edges import spelled
from ..faults import CATALOGUE
from ..faulty import faulty_gradient
from ..layers import DRAWS, Dense
from ..losses import LOSSES
from ..network import Network
from ..optimizers import SGD, Adam, Optimizer
from . import recipes
from .tables import Table

OPTIMIZERS: dict[str, Callable[[float, float], Optimizer]] = {
    "sgd": lambda rate, decay: SGD(rate, weight_decay=decay),
    "momentum": lambda rate, decay: SGD(rate, momentum=0.9, weight_decay=decay),
    "adam": lambda rate, decay: Adam(rate, weight_decay=decay),
}
SCHEDULES = {"off": "constant", "cosine": "cosine"}
OF_NUMBERS = ("mse", "ssr", "half_ssr")
MOST_LAYERS, MOST_UNITS, MOST_EPOCHS, MOST_EDITS, MOST_SEED = 4, 64, 50_000, 100, 999_999
LARGEST_WEIGHT = 1e6
# So many states are kept, about.
RECORDS = 200
# About a minute: seconds for a parameter at a sample, for an update, and for an update with a fault, which NumPy does.
MOST_SECONDS, PER_PRODUCT, PER_UPDATE, PER_FAULTY_UPDATE = 60, 5e-9, 2e-6, 3e-4

Fault = tuple[int, str, str]


@spelled
@dataclass(frozen=True)
class Settings:
    """All settings of the bench; a setting that does not fit the others raises one sentence, a TypeError or ValueError.

    data: a name in `recipes.RECIPES`, or a Table of your own; samples: how many, where a formula gives them.
    noise: the standard deviation of normal noise on the inputs, or on the targets where these are numbers.
    test_share: the share of the samples that is held back for a test; data_seed: draws the noise and the test's rows.
    batch_size: samples for one update, None for all.
    layers: up to four hidden ones, each (units, activation); the output layer follows from the data and the loss.
    loss: a name in LOSSES; optimizer: "sgd", "momentum" (of 0.9) or "adam"; schedule: "off" or "cosine".
    start: how the parameters are drawn (see `Network.initialize`); seed: draws them, and the order of batches.
    fault: None for the right gradient, or a fault as in `faulty_gradient`: (layer, term, words of the catalogue).
    edits: parameters set by hand, each (epoch, place in theta, value); training goes on from there as a new one, with
        a fresh optimizer and schedule.
    """

    data: str | Table = "spiral"
    samples: int = 200
    noise: float = 0.03
    test_share: float = 0.3
    data_seed: int = 0
    batch_size: int | None = None
    layers: Sequence[tuple[int, str]] = ((8, "tanh"), (8, "tanh"))
    loss: str = "mse"
    optimizer: str = "adam"
    learning_rate: float = 0.03
    schedule: str = "off"
    weight_decay: float = 0.0
    start: str = "glorot"
    seed: int = 0
    epochs: int = 1000
    fault: Fault | None = None
    edits: Sequence[tuple[int, int, float]] = ()

    def __post_init__(self) -> None:
        settled: dict[str, Any] = {
            "samples": whole_number("samples", self.samples, least=4, most=2000),
            "noise": number("noise", self.noise, least=0, most=2),
            "test_share": number("test_share", self.test_share, least=0.05, most=0.95),
            "data_seed": whole_number("data_seed", self.data_seed, most=MOST_SEED),
            "layers": _layers(self.layers),
            "learning_rate": number("learning_rate", self.learning_rate, above=0, most=100),
            "weight_decay": number("weight_decay", self.weight_decay, least=0, most=1),
            "seed": whole_number("seed", self.seed, most=MOST_SEED),
            "epochs": whole_number("epochs", self.epochs, least=1, most=MOST_EPOCHS),
        }
        if self.batch_size is not None:
            settled["batch_size"] = whole_number("batch_size", self.batch_size, least=1, most=2000)
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.data, (str, Table)):
            came = shown(self.data, Table)
            raise TypeError(f"data must be a name or a Table, got {came}; Table.read(table, target) makes one")
        if not isinstance(self.data, Table):
            choice("data", self.data, recipes.RECIPES)
            object.__setattr__(self, "data", str(self.data))
        for name, options in (
            ("loss", LOSSES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("start", DRAWS),
        ):
            choice(name, getattr(self, name), options)
            object.__setattr__(self, name, str(getattr(self, name)))
        _, classes = recipes.names(self.data)
        if not classes and self.loss not in OF_NUMBERS:
            raise ValueError(
                f"loss must be one of {', '.join(OF_NUMBERS)} where the targets are numbers, got {self.loss!r}"
            )
        if not 0 < round(self.test_share * self.rows) < self.rows:
            raise ValueError(f"test_share must leave a row for each part, got {self.test_share} of {self.rows} rows")
        object.__setattr__(self, "edits", self._edits())
        if self.seconds > MOST_SECONDS:
            raise ValueError(
                f"this bench would train for about {self.seconds:.0f} seconds, and {MOST_SECONDS} are the most; take "
                "fewer epochs, samples or units, or larger batches"
            )
        object.__setattr__(self, "fault", self._fault())

    def _edits(self) -> tuple[tuple[int, int, float], ...]:
        if not isinstance(self.edits, (list, tuple)):
            raise ValueError(f"edits must be a list, each (epoch, place in theta, value), got {shown(self.edits)}")
        found, most = {}, self.network().theta.size - 1
        for edit in self.edits:
            if not (isinstance(edit, (list, tuple)) and len(edit) == 3):
                raise ValueError(f"an edit must be (epoch, place in theta, value), got {shown(edit)}")
            epoch = whole_number("the epoch of an edit", edit[0], most=self.epochs)
            place = whole_number("the place of an edit", edit[1], most=most)
            found[epoch, place] = number("the value of an edit", edit[2], least=-LARGEST_WEIGHT, most=LARGEST_WEIGHT)
        if len(found) > MOST_EDITS:
            raise ValueError(f"edits must be at most {MOST_EDITS}, got {len(found)}; undo them or take fewer")
        return tuple((*where, value) for where, value in sorted(found.items()))

    def _fault(self) -> Fault | None:
        if self.fault is None:
            return None
        if not (isinstance(self.fault, (list, tuple)) and len(self.fault) == 3):
            raise ValueError(f"fault must be None or (layer, term, words), got {shown(self.fault)}")
        layer = whole_number("the layer of a fault", self.fault[0], least=1, most=len(self.layers) + 1)
        term, words = choice("the term of a fault", self.fault[1], {term: term for term in RIGHT}), self.fault[2]
        known = {entry.phrase: entry.phrase for entry in CATALOGUE if entry.term == term}
        fault = layer, term, choice(f"the fault in the {term}", words, known)
        if not fits(self, fault):
            raise ValueError(f"in layer {layer} there is no such fault: {term}, {words!r}; take another layer or fault")
        return fault

    @property
    def parts(self) -> list[tuple[int, int, int]]:
        """The trainings between edits: from which epoch each goes to which, and how many states of it are kept."""
        apart = ceil(self.epochs / RECORDS)
        stops = pairwise(sorted({0, *(edit[0] for edit in self.edits), self.epochs}))
        return [(first, last, ceil((last - first) / apart) + 1) for first, last in stops]

    @property
    def rows(self) -> int:
        """How many samples there are, the test's included."""
        return recipes.count(self.data, self.samples)

    @property
    def two_columns(self) -> bool:
        """Whether the one column of two classes must become two: a softmax has an output for each class."""
        return self.loss == "softmax_cross_entropy" and len(recipes.names(self.data)[1]) == 2

    @property
    def seconds(self) -> float:
        """About how long a training takes, on a slow machine."""
        updates = ceil(self.rows / (self.batch_size or self.rows))
        per_update = PER_UPDATE if self.fault is None else PER_FAULTY_UPDATE
        return self.epochs * (updates * per_update + self.rows * self.network().theta.size * PER_PRODUCT)

    def network(self) -> Network:
        """The network with its parameters at 0."""
        features, classes = recipes.names(self.data)
        outputs = len(classes) if len(classes) > 2 or self.loss == "softmax_cross_entropy" else 1
        sums = not classes or self.loss in ("sigmoid_cross_entropy", "softmax_cross_entropy")
        output = Dense(outputs, "identity" if sums else "sigmoid")
        return Network(len(features), [*(Dense(units, activation) for units, activation in self.layers), output])

    def gradient(self, network: Network) -> Callable[[Array, Array, Array], Array] | None:
        """The function with the fault in it; None for backpropagation itself."""
        return None if self.fault is None else faulty_gradient(network, self.loss, self.fault)


def fits(bench: Settings, fault: Fault) -> bool:
    """Whether the fault has a meaning in this network: a chain comes down from layer 2 or higher, and so on."""
    network = bench.network()
    X = np.random.default_rng(0).standard_normal((3, network.inputs))
    Y = np.eye(network.sizes[-1])[np.arange(3) % network.sizes[-1]]
    try:
        faulty_gradient(network, bench.loss, fault)(network.theta, X, Y)
    except ValueError:
        return False
    return True


def _layers(layers: Any) -> tuple[tuple[int, str], ...]:
    if not isinstance(layers, (list, tuple)) or len(layers) > MOST_LAYERS:
        raise ValueError(f"layers must be a list of at most {MOST_LAYERS} hidden layers, each (units, activation)")
    found = []
    for layer in layers:
        if not (isinstance(layer, (list, tuple)) and len(layer) == 2):
            raise ValueError(f"a layer must be (units, activation), got {shown(layer)}")
        units = whole_number("the units of a layer", layer[0], least=1, most=MOST_UNITS)
        found.append((units, choice("activation", layer[1], {name: name for name in ACTIVATIONS})))
    return tuple(found)
