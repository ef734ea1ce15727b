"""A layer of a network, how its parameters are first drawn, and the views through which they are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from .activations import ACTIVATIONS, Activation
from .arguments import Array, choice, shaped, shown, whole_number
from .edges import spelled
from .settings import flag


@spelled
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
        if not isinstance(activation, Activation):
            activation = choice("activation", activation, ACTIVATIONS)
        vars(self).update(units=whole_number("units", units, least=1), activation=activation, bias=flag("bias", bias))

    def __repr__(self) -> str:
        return f"Dense({self.units}, {self.activation}{'' if self.bias else ', bias=False'})"


def _glorot(random: np.random.Generator, shape: tuple, weights: tuple) -> Array:
    limit = sqrt(6.0 / sum(weights))
    return random.uniform(-limit, limit, shape)


DRAWS: dict[str, Callable[[np.random.Generator, tuple, tuple], Array]] = {
    "uniform": lambda random, shape, weights: random.random(shape),
    "normal": lambda random, shape, weights: random.standard_normal(shape),
    "glorot": _glorot,
}


class Views(tuple):
    """The weights, or the biases, of all layers as views into theta; None for a layer without a bias.

    What is assigned to one of them, or to all (`weights[:] = ...`), is copied into theta, after every shape is checked.
    """

    name: str

    def __new__(cls, name: str, views: Iterable[Array | None]) -> Views:
        made = super().__new__(cls, views)
        made.name = name
        return made

    def __setitem__(self, place: Any, values: Any) -> None:
        several = isinstance(place, slice)
        if not several:
            whole_number(f"the place in {self.name}", place, least=-len(self), most=len(self) - 1)
        places = range(len(self))[place] if several else [range(len(self))[place]]
        if several and (not isinstance(values, (list, tuple)) or len(values) != len(places)):
            one_each = f"a list with one entry for each of {len(places)} layers"
            raise ValueError(f"{self.name} must be {one_each}, got {shown(values)}")
        new = [self._checked(i, value) for i, value in zip(places, values if several else [values])]
        for i, numbers in zip(places, new):
            if numbers is not None:
                self[i][:] = numbers

    def copy(self) -> list[Array | None]:
        """A list of copies, which a later training leaves as they are; assigned to the network, it is back there."""
        return [None if view is None else view.copy() for view in self]

    def _checked(self, i: int, value: Any) -> Array | None:
        """A copy of `value`, for it may be another of the views."""
        if self[i] is not None:
            return shaped(f"{self.name}[{i}]", value, self[i].shape).copy()
        if value is not None:
            raise ValueError(f"{self.name}[{i}] must be None, because that layer has no bias; got {shown(value)}")
        return None

    def __repr__(self) -> str:
        return repr(list(self))

    def __reduce__(self) -> tuple:
        # A copy has numbers of its own, of which no theta knows.
        return list, (list(self),)
