"""Somebody else's program, as the judge sees it: its parameters where it keeps them, its loss, its gradient."""

import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from inspect import signature
from typing import Any

import numpy as np

from .arguments import Array, floats, is_single, listed, plain, scalar


class Parameter:
    """One place where a program keeps parameters, whatever they are kept in there.

    `name` is what a table calls it, `shape` and `size` are those of its numbers, and `single` says that they are kept
    in float32, so that what is put there is rounded.
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
            came = f"but it became {values.shape}"
            raise ValueError(f"the parameter {self.name} must keep the shape {self.shape}, {came}")
        return values.astype(np.float64).ravel()

    def put(self, values: Array) -> None:
        """Move the parameters to `values`, in the very object that holds them where that can be."""
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


class Stranger:
    """Somebody's program as the judge sees it: a loss and a gradient as functions of one vector."""

    def __init__(
        self, places: list[Parameter], loss: Callable, gradient: Callable | None, step: Callable | None, rate: float,
        X: Any, Y: Any,
    ):
        self.places, self.loss, self.gradient, self.step, self.rate = places, loss, gradient, step, rate
        self.data = (X, Y)
        ends = np.cumsum([place.size for place in places]).tolist()
        self.rows = [slice(end - place.size, end) for place, end in zip(places, ends)]
        self.single = any(place.single for place in places)

    def theta(self) -> Array:
        return np.concatenate([place.get() for place in self.places])

    def move(self, theta: Array) -> None:
        for place, row in zip(self.places, self.rows):
            place.put(theta[row])

    def stored(self, theta: Array) -> Array:
        """`theta` as the program keeps it, rounded where that is float32."""
        kept = theta.copy()
        for place, row in zip(self.places, self.rows):
            if place.single:
                kept[row] = theta[row].astype(np.float32)
        return kept

    def loss_at(self, theta: Array) -> float:
        self.move(theta)
        value = self._call(self.loss)
        self.single |= is_single(value)
        return scalar("the value of loss()", value)

    def gradient_at(self, theta: Array) -> Array:
        self.loss_at(theta)
        if self.step is not None:
            self._call(self.step)
            return (theta - self.theta()) / self.rate
        answer = self._from_tensors() if self.gradient is None else self._call(self.gradient)
        parts = self._in_order(answer)
        self.single |= any(is_single(part) for part in parts)
        return np.concatenate([self._fitted(part, place) for part, place in zip(parts, self.places)])

    def _call(self, function: Callable) -> Any:
        takes_data = self.data[0] is not None and takes_two(function)
        return function(*self.data) if takes_data else function()

    def _from_tensors(self) -> list[Any]:
        tensors = [place._kept() for place in self.places]
        for tensor in tensors:
            tensor.grad = None
        self._call(self.loss).backward()
        return [np.zeros(tensor.shape) if tensor.grad is None else tensor.grad for tensor in tensors]

    def _in_order(self, answer: Any) -> list[Any]:
        names = [place.name for place in self.places]
        if isinstance(answer, dict):
            missing = [name for name in names if name not in answer]
            if missing:
                raise ValueError(f"gradient() must have the keys {listed(names)}, but {listed(missing)} is missing")
            return [answer[name] for name in names]
        if len(self.places) == 1 and np.shape(plain(answer)) == self.places[0].shape:
            return [answer]
        if not isinstance(answer, (list, tuple, np.ndarray)) or len(answer) != len(names):
            came = f"{len(answer)}" if isinstance(answer, (list, tuple, np.ndarray)) else repr(answer)
            raise ValueError(f"gradient() must return a list of {len(names)}, one for each of parameters; got {came}")
        return list(answer)

    @staticmethod
    def _fitted(part: Any, place: Parameter) -> Array:
        array = np.asarray(plain(part), dtype=np.float64)
        if array.size != place.size:
            raise ValueError(f"the gradient of {place.name} must have the shape {place.shape}, got {array.shape}")
        return array.ravel().copy()


def found_in(parameters: Any) -> list[Parameter]:
    """A Parameter for each place that a caller of `audit` has named. Raises TypeError or ValueError."""
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


def takes_two(function: Callable) -> bool:
    """Whether the function can be called with X and Y."""
    try:
        signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
