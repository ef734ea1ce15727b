"""Where somebody else's program keeps its parameters: read there, moved there, and put back as they were."""

import sys
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import numpy as np

from .arguments import Array, floats, plain


class Parameter:
    """One place where a program keeps parameters, whatever they are kept in there.

    `name` is what a table calls it, `shape` and `size` are those of its numbers, and `single` says that they are kept in
    float32, so that what is put there is rounded.
    """

    def __init__(self, name: str, owner: Any, key: Any = None):
        """`owner.key` for the name of an attribute, `owner[key]` for a key, and `owner` itself for None."""
        self.name, self.owner, self.key = name, owner, key
        self.original = self._kept()
        self.backup = deepcopy(plain(self.original))
        start = floats(f"the parameter {name}", self.original)
        self.shape, self.size, self.single = start.shape, start.size, start.dtype == np.float32

    def get(self) -> Array:
        """The numbers as they are now, a float64 vector of length `size`."""
        values = floats(f"the parameter {self.name}", self._kept())
        if values.shape != self.shape:
            raise ValueError(f"the parameter {self.name} must keep the shape {self.shape}, but it became {values.shape}")
        return values.astype(np.float64).ravel()

    def put(self, values: Array) -> None:
        """Move the parameters to `values`; in the very object that holds them where that can be, so that others see it."""
        self._keep(_filled(self._kept(), values.reshape(self.shape)))

    def restore(self) -> None:
        """Put back the object that was there at first, with what it held then."""
        self._keep(self.original)
        if isinstance(self.original, (np.ndarray, list)) or _is_tensor(self.original):
            _filled(self.original, self.backup)

    def _kept(self) -> Any:
        if self.key is None:
            return self.owner
        return getattr(self.owner, self.key) if self._is_attribute else self.owner[self.key]

    def _keep(self, value: Any) -> None:
        if self.key is None or value is self._kept():
            return
        if self._is_attribute:
            setattr(self.owner, self.key, value)
        else:
            self.owner[self.key] = value

    @property
    def _is_attribute(self) -> bool:
        return isinstance(self.key, str) and not isinstance(self.owner, dict)


def found_in(parameters: Any) -> list[Parameter]:
    """A Parameter for each place that a caller of `audit` has named. Raises TypeError or ValueError, with an example."""
    if hasattr(parameters, "named_parameters"):
        return [Parameter(name, tensor) for name, tensor in parameters.named_parameters()]
    if isinstance(parameters, dict):
        return [_found(str(name), place) for name, place in parameters.items()]
    if isinstance(parameters, (str, bytes)) or not isinstance(parameters, Iterable):
        raise TypeError(f"parameters must be a list of places, such as [(net, 'W1'), (net, 'b1')], got {parameters!r}")
    places = list(parameters)
    if not places:
        raise ValueError("parameters must name at least one place, such as (net, 'W1'); got none")
    return _with_own_names([_found(f"parameter {i}", place) for i, place in enumerate(places, start=1)])


def _found(name: str, place: Any) -> Parameter:
    if isinstance(place, tuple) and len(place) == 2:
        owner, key = place
        there = hasattr(owner, key) if isinstance(key, str) and not isinstance(owner, dict) else _has(owner, key)
        if not there:
            raise ValueError(f"parameters must be there, but {type(owner).__name__} has no {key!r}")
        return Parameter(str(key) if isinstance(key, str) else f"{name} [{key}]", owner, key)
    if isinstance(place, (np.ndarray, list)) or _is_tensor(place):
        return Parameter(name, place)
    raise TypeError(
        f"a place in parameters must be (object, 'attribute'), (dict or list, key), or an array that is changed in "
        f"place; got {place!r}"
    )


def _with_own_names(parameters: list[Parameter]) -> list[Parameter]:
    """The same, where two have the same name with their number behind it."""
    names = [parameter.name for parameter in parameters]
    for i, parameter in enumerate(parameters, start=1):
        if names.count(parameter.name) > 1:
            parameter.name = f"{parameter.name} ({i})"
    return parameters


def _has(owner: Any, key: Any) -> bool:
    try:
        owner[key]
    except Exception:
        return False
    return True


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach") and "torch" in sys.modules


def _filled(kept: Any, values: Any) -> Any:
    """`kept` with `values` in it; another object of the same kind where it cannot be changed itself."""
    if _is_tensor(kept):
        import torch

        with torch.no_grad():
            kept.copy_(torch.as_tensor(np.asarray(values), dtype=kept.dtype))
        return kept
    if isinstance(kept, np.ndarray):
        if kept.dtype.kind != "f" or not kept.flags.writeable:
            return np.array(values, dtype=np.float64)
        kept[...] = values
        return kept
    if isinstance(kept, list):
        kept[:] = [
            _filled(entry, value) if isinstance(entry, (list, np.ndarray)) else float(value)
            for entry, value in zip(kept, values)
        ]
        return kept
    if isinstance(kept, tuple):
        return tuple(np.asarray(values).tolist())
    return kept.dtype.type(values) if isinstance(kept, np.floating) else float(values)
