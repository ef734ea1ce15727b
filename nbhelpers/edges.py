"""What the package's objects and functions say to a hand that slips: no such attribute, no such keyword."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, isfunction, signature, unwrap
from typing import Any, ClassVar, TypeVar

import numpy as np

from .arguments import listed

Named = TypeVar("Named", bound=Callable[..., Any])

# What other libraries call the things that have another name here.
ELSEWHERE = {
    "lr": "learning_rate", "eta": "learning_rate", "step_size": "learning_rate", "lrs": "learning_rates",
    "n_epochs": "epochs", "num_epochs": "epochs", "iterations": "epochs", "max_iter": "epochs", "n_iter": "epochs",
    "random_state": "seed", "rng": "seed", "batch": "batch_size", "criterion": "loss", "objective": "loss",
    "y": "Y", "x": "X", "targets": "Y", "inputs": "X", "data": "X", "grad": "gradient", "eps": "epsilon", "h": "step",
    "tol": "tolerance", "rtol": "tolerance", "atol": "tolerance", "l2": "weight_decay", "verbose": "progress",
    "params": "parameters", "test_size": "test_share", "n_units": "units", "use_bias": "bias",
    "hidden_layer_sizes": "hidden", "layer_sizes": "sizes", "random_seed": "seed", "filename": "path", "file": "path",
    "n_jobs": "executor",
}


class Fixed:
    """An object whose attributes are what they were when it was made, so that none of them can contradict another.

    Its constructor fills `vars(self)`. Only properties with a setter can be assigned; AttributeError for the rest.
    A class of one's own adds to it, and must not replace the `COMPUTED`: training does these in a loop of its own.
    """

    COMPUTED: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__mro__[1:]:
            if replaced := [name for name in vars(base).get("COMPUTED", ()) if name in vars(cls)]:
                raise TypeError(
                    f"class {cls.__name__} must not replace {listed(replaced)} of {base.__name__}: training would not "
                    "call yours, it has a loop of its own; give yours another name"
                )

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self._settable():
            raise AttributeError(self._refusal(name, "set"))
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(self._refusal(name, "deleted"))

    @classmethod
    def _settable(cls) -> list[str]:
        parts = {name: part for base in reversed(cls.__mro__) for name, part in vars(base).items()}
        return [name for name, part in parts.items() if isinstance(part, property) and part.fset is not None]

    def _refusal(self, name: str, done: str) -> str:
        kind, settable = type(self).__name__, self._settable()
        rest = f"; what can be set is {listed(settable)}" if settable and done == "set" else ""
        return f"{name!r} of a {kind} cannot be {done}: make another {kind}{rest}"


class NamedFunction(Fixed):
    """One that is called by its name in the lessons. A copy of it, as out of a file, is the same one."""

    name: str

    def __repr__(self) -> str:
        return self.name

    def __format__(self, layout: str) -> str:
        return format(repr(self), layout)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(self.name)


def unchanging(values: np.ndarray) -> np.ndarray:
    """The same numbers, for reading only: what is changed in place would be another number wherever it is shown."""
    values = values.view()
    values.flags.writeable = False
    return values


def spelled(named: Named) -> Named:
    """The same function or class, which says of a wrong keyword what the right one is, and of a missing argument which.

    Of a class it is the constructor and every public method.
    """
    if not isinstance(named, type):
        return _spelled(named, named.__qualname__)  # type: ignore[return-value]
    parts = dict(vars(named))
    if isfunction(constructor := getattr(named, "__init__")):  # noqa: B009
        # It may be inherited, and the errors are to have the name of this class.
        parts["__init__"] = unwrap(constructor)
    for name, part in parts.items():
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        label = named.__name__ if name == "__init__" else f"{named.__name__}.{getattr(part, '__name__', name)}"
        if isfunction(part):
            setattr(named, name, _spelled(part, label))
        elif isinstance(part, classmethod):
            setattr(named, name, classmethod(_spelled(part.__func__, label)))
    return named


def _spelled(function: Callable[..., Any], label: str) -> Callable[..., Any]:
    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except TypeError as error:
            # Where the call itself did not fit, nothing of the function has run.
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            refusal = _misfit(function, label, given, named)
        raise TypeError(refusal)

    return called


def _misfit(function: Callable[..., Any], label: str, given: tuple, named: dict[str, Any]) -> str:
    """Why the call does not fit, in a sentence."""
    parameters = [p for p in signature(function).parameters.values() if p.name not in ("self", "cls")]
    names = [p.name for p in parameters if p.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)]
    places = [p.name for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    given = given[len(signature(function).parameters) - len(parameters):]
    takes = f"{label} takes {listed(names) or 'no arguments'}"
    # Where any name is taken, as that of a slider, none is wrong: an argument is missing.
    any_name = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    for name in named:
        if name not in names and not any_name:
            return f"{label} has no argument {name!r}{_meant(name, names)}; {takes}"
    if len(given) > len(places):
        by_name = [name for name in names if name not in places]
        rest = f", and by their names {listed(by_name)}" if by_name else ""
        these = f": {listed(places)}" if places else ""
        counted = "1 argument by its place" if len(places) == 1 else f"{len(places)} arguments by their place"
        return f"{label} takes {counted}, got {len(given)}{these}{rest}"
    filled = {*places[: len(given)], *named}
    missing = [p.name for p in parameters if p.name in names and p.default is Parameter.empty and p.name not in filled]
    if missing:
        return f"{label} needs {listed(missing)}, got no such argument; {takes}"
    twice = [name for name in places[: len(given)] if name in named]
    return f"{label} got {listed(twice)} twice, by place and by name; {takes}"


def _meant(name: str, names: list[str]) -> str:
    near = [known for known in (ELSEWHERE.get(name.lower(), ""), name.lower(), name.upper()) if known in names]
    near = near or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else ""
