"""The places where somebody else's program keeps its parameters: read, moved and put back (used by `audit`)."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import FrozenInstanceError
from functools import partial
from inspect import getclosurevars, ismodule
from numbers import Real
from types import FunctionType
from typing import Any

import numpy as np

from .arguments import Array, floats, shown
from .settings import listing

# What can hold numbers that change, while it stays the same object.
KEPT_IN = list, tuple, dict, np.ndarray


class Parameter:
    """One place where a program keeps parameters, whatever they are kept in there.

    `name` is what a table calls it, `shape` and `size` are those of its numbers, and `single` says that they are kept
    in float32, so that what is put there is rounded. Raises TypeError or ValueError for what holds no numbers.
    """

    def __init__(self, name: str, owner: Any, key: Any = None):
        """`owner.key` for the name of an attribute, `owner[key]` for a key, and `owner` itself for None."""
        self.name, self.owner, self.key = name, owner, key
        original = self.kept()
        if not (isinstance(original, (Real, list, tuple, np.ndarray)) or is_tensor(original)):
            raise TypeError(
                f"{name} must be a number, a list, an array or a tensor, so that it can be moved; "
                f"got {type(original).__name__}"
            )
        if str(getattr(original, "dtype", "")).endswith("float16"):
            raise TypeError(
                f"{name} must be kept in float32 or float64, got {original.dtype}, which is too coarse "
                "for differences; convert it for the trial"
            )
        try:
            start = floats(name, original)
        except TypeError as error:
            entries = list(original.flat) if isinstance(original, np.ndarray) else original
            if isinstance(entries, (list, tuple)) and any(isinstance(part, np.ndarray) for part in entries):
                raise TypeError(f"{error}; of a list of arrays name each one, such as (net.weights, 0)") from None
            raise
        if not start.size:
            raise ValueError(f"{name} must hold one number or more, got the shape {start.shape}")
        self.shape, self.size, self.single = start.shape, start.size, start.dtype == np.float32
        try:
            self._original = remembered(original)
            if is_tensor(original):
                filled(original, start)
        except RuntimeError as error:
            raise ValueError(
                f"{name} must be a tensor that can be written to, but this one cannot: make it outside of "
                f"inference_mode, clone() what is expanded, make dense what is sparse, and give a tensor as a whole "
                f"and not its rows ({error})"
            ) from error

    def get(self) -> Array:
        """The numbers as they are now, a float64 vector of length `size`."""
        values = floats(self.name, self.kept())
        if values.shape != self.shape:
            came = f"but it became {values.shape}"
            raise ValueError(f"{self.name} must keep the shape {self.shape}, {came}")
        return values.astype(np.float64).ravel()

    def put(self, values: Array) -> None:
        """Move the parameters to `values`, in the very object that holds them where that can be."""
        self._keep(filled(self.kept(), values.reshape(self.shape)))

    def restore(self) -> None:
        """Put back the object that was there at first, with what it held then."""
        self._keep(self._original())

    def kept(self) -> Any:
        if self.key is None:
            return self.owner
        return getattr(self.owner, self.key) if self.is_attribute else self.owner[self.key]

    def _keep(self, value: Any) -> None:
        if self.key is None or value is self.kept():
            return
        try:
            if self.is_attribute:
                setattr(self.owner, self.key, value)
            else:
                self.owner[self.key] = value
        except (AttributeError, TypeError) as error:
            within = error.__traceback__ is None or error.__traceback__.tb_next is not None
            if within and not isinstance(error, FrozenInstanceError):
                # The program's own.
                raise
            raise ValueError(
                f"{self.name} must be one that can be set, but this {type(self.owner).__name__} does not "
                f"let it: name the place where the program really keeps it ({error})"
            ) from error

    @property
    def is_attribute(self) -> bool:
        """Whether it is kept as an attribute of its owner, and not under a key."""
        return _is_attribute(self.owner, self.key)


def found_in(parameters: Any) -> list[Parameter]:
    """A Parameter for each place that a caller of `audit` has named. Raises TypeError or ValueError."""
    if is_module(parameters):
        trained = [(name, tensor) for name, tensor in parameters.named_parameters() if tensor.requires_grad]
        if not trained:
            raise ValueError(f"parameters must hold one that is trained, but {type(parameters).__name__} has none")
        return [Parameter(name, tensor) for name, tensor in trained]
    if isinstance(parameters, np.ndarray) or is_tensor(parameters):
        parameters = [parameters]
    if isinstance(parameters, (str, bytes)) or not isinstance(parameters, Iterable):
        raise TypeError(
            f"parameters must be a list of places, such as [(net, 'W1'), (net, 'b1')], got {shown(parameters)}"
        )
    if named := isinstance(parameters, Mapping):
        names, places = [str(name) for name in parameters], list(parameters.values())
    else:
        places = listing("parameters", parameters)
        names = [f"parameter {i}" for i in range(1, len(places) + 1)]
    if not places:
        raise ValueError("parameters must name at least one place, such as (net, 'W1'); got none: nothing is trained")
    found = [_found(name, place, named) for name, place in zip(names, places)]
    names = [parameter.name for parameter in found]
    for i, parameter in enumerate(found, start=1):
        if names.count(parameter.name) > 1:
            parameter.name = f"{parameter.name} ({i})"
    return found


def state_of(
    parameters: Any, places: Iterable[Parameter], functions: Iterable[Callable | None]
) -> list[Callable[[], None]]:
    """Functions that put back what a program keeps besides its parameters: means of batch norm, a momentum, a history.

    It is looked for in the objects that keep the `places`, and in those that the `functions` speak of.
    """

    def put_back(module: Any, path: str, restore: Callable[[], Any]) -> None:
        owner, _, name = path.rpartition(".")
        setattr(module.get_submodule(owner), name, restore())

    def put_back_in(kept: dict[str, Any], name: str, restore: Callable[[], Any]) -> None:
        kept[name] = restore()

    found: list[Callable[[], None]] = []
    owners = [parameters, *(place.owner for place in places if place.is_attribute), *_spoken_of(functions)]
    for owner in {id(owner): owner for owner in owners}.values():
        # Whatever an object of somebody else's does when it is looked at.
        with suppress(Exception):
            kept = getattr(owner, "__dict__", None)
            if is_module(owner):
                found += [partial(put_back, owner, path, remembered(buffer)) for path, buffer in owner.named_buffers()]
            # Among the names of a class or of a module of Python are other things than a network.
            elif isinstance(kept, dict) and not ismodule(owner):
                state = [(name, value) for name, value in kept.items() if not is_tensor(value)]
                found += [partial(put_back_in, kept, name, remembered(value)) for name, value in state]
    return found


def _spoken_of(functions: Iterable[Callable | None]) -> list[Any]:
    """What the functions, and those that they call in the same file, are methods of or speak of by name."""
    waiting: list[Any] = [*functions]
    # One that is an object with a __call__ may keep something itself.
    found = {id(function): function for function in waiting}
    for function in waiting:
        values = [getattr(function, "__self__", None)]
        # It need not be written in Python, nor need all of its variables have a value yet.
        with suppress(TypeError, ValueError):
            names = getclosurevars(function)
            values += [*names.nonlocals.values(), *names.globals.values()]
        fresh = {id(value): value for value in values if id(value) not in found}
        found |= fresh
        home = getattr(function, "__globals__", None)
        waiting += [value for value in fresh.values() if type(value) is FunctionType and value.__globals__ is home]
    return list(found.values())


def _found(name: str, place: Any, named: bool) -> Parameter:
    pair = isinstance(place, tuple) and len(place) == 2
    # A text holds no numbers: it is the name, and stands in the wrong place. And numbers are no name.
    if pair and not isinstance(place[0], str) and not _is_place(place[1]):
        owner, key = place
        if not _has(owner, key):
            raise ValueError(f"parameters must be there, but {type(owner).__name__} has no {shown(key)}")
        if not named:
            name = key if isinstance(key, str) else f"{name} [{key}]"
        return Parameter(name, owner, key)
    if _is_place(place):
        return Parameter(name, place)
    raise TypeError(
        "a place in parameters must be (object, 'attribute'), (dict or list, key), or an array that is changed in "
        f"place; got {shown(place)}. Of a layer that holds several, as (W, b) or a dictionary does, name each one"
    )


def _is_place(value: Any) -> bool:
    """Whether it is something that keeps numbers and can be changed itself."""
    return isinstance(value, (np.ndarray, list)) or is_tensor(value)


def _has(owner: Any, key: Any) -> bool:
    if _is_attribute(owner, key):
        return True
    with suppress(LookupError, TypeError):
        owner[key]
        return True
    return False


def _is_attribute(owner: Any, key: Any) -> bool:
    return isinstance(key, str) and not isinstance(owner, Mapping) and hasattr(owner, key)


def is_tensor(value: Any) -> bool:
    return "torch" in sys.modules and isinstance(value, sys.modules["torch"].Tensor)


def is_module(value: Any) -> bool:
    """Whether it is a module of PyTorch; those of other libraries have named parameters too, of their own kinds."""
    return "torch" in sys.modules and isinstance(value, sys.modules["torch"].nn.Module)


def gets_a_gradient(value: Any) -> bool:
    """Whether PyTorch leaves a gradient in it: not in what is computed from others, as a part of a vector is."""
    return is_tensor(value) and value.requires_grad and (value.is_leaf or value.retains_grad)


def filled(kept: Any, values: Any) -> Any:
    """`kept` with `values` in it; another object of the same kind where it cannot be changed itself."""
    if is_tensor(kept):
        import torch

        with torch.no_grad():
            kept.copy_(torch.as_tensor(np.asarray(values), dtype=kept.dtype))
        return kept
    if isinstance(kept, np.ndarray):
        if kept.dtype.kind != "f" or not kept.flags.writeable:
            return np.array(values, dtype=np.float64)
        kept[...] = values
        return kept
    if isinstance(kept, (list, tuple)):
        entries = [filled(entry, value) for entry, value in zip(kept, values)]
        if isinstance(kept, tuple):
            return kept._make(entries) if hasattr(kept, "_make") else tuple(entries)
        kept[:] = entries
        return kept
    return kept.dtype.type(values) if isinstance(kept, np.floating) else float(values)


def remembered(value: Any) -> Callable[[], Any]:
    """A function that puts back into `value` what it holds now, down to the last list in it, and returns it."""
    if isinstance(value, (list, tuple, dict)):
        entries = [*value.values()] if isinstance(value, dict) else [*value]
        names = [*value] if isinstance(value, dict) else []
        # Of data as lists of numbers, a function for each number would fill the memory.
        within = [remembered(entry) for entry in entries if isinstance(entry, KEPT_IN) or is_tensor(entry)]

        def restore() -> Any:
            for entry in within:
                entry()
            if isinstance(value, list):
                value[:] = entries
            elif isinstance(value, dict):
                value.clear()
                value.update(zip(names, entries))
            return value

        return restore
    if is_tensor(value):
        return _remembered_tensor(value)
    if not isinstance(value, np.ndarray):
        return lambda: value
    numbers = value.copy()

    def restore_array() -> Any:
        if value.flags.writeable:
            value[...] = numbers
        return value

    return restore_array


def _remembered_tensor(value: Any) -> Callable[[], Any]:
    import torch

    numbers, leaf = value.detach().clone(), value.is_leaf
    grad = value.grad if leaf else None
    slopes = None if grad is None else grad.detach().clone()

    def restore() -> Any:
        with torch.no_grad():
            # What cannot be written to, as an expanded buffer, is as it was.
            with suppress(RuntimeError):
                value.copy_(numbers)
            if leaf:
                value.grad = grad
            if grad is not None:
                grad.copy_(slopes)
        return value

    return restore

