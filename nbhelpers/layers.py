"""A layer of a network, and how its parameters are first drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from .activations import ACTIVATIONS, Activation
from .arguments import Array, choice, whole_number


@dataclass(frozen=True, init=False)
class Dense:
    """A layer in which every unit sees every input.

    `units` is a whole number of at least 1, `activation` an Activation or its name, `bias` whether each unit
    adds a number of its own. Raises TypeError or ValueError for anything else.
    """

    units: int
    activation: Activation
    bias: bool

    def __init__(self, units: int, activation: Activation | str, bias: bool = True):
        if not isinstance(bias, (bool, np.bool_)):
            raise TypeError(f"bias must be True or False, got {bias!r}")
        if not isinstance(activation, Activation):
            activation = choice("activation", activation, ACTIVATIONS)
        vars(self).update(units=whole_number("units", units, least=1), activation=activation, bias=bias)


def _glorot(random: np.random.Generator, shape: tuple, weights: tuple) -> Array:
    limit = sqrt(6.0 / sum(weights))
    return random.uniform(-limit, limit, shape)


DRAWS: dict[str, Callable[[np.random.Generator, tuple, tuple], Array]] = {
    "uniform": lambda random, shape, weights: random.random(shape),
    "normal": lambda random, shape, weights: random.standard_normal(shape),
    "glorot": _glorot,
}
