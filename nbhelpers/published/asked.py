"""What the functions of the published programs ask of their arguments, which have the same names in all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

from ..activations import Activation, quiet
from ..arguments import number, numbers, refuse_reordered, shown, whole_number
from ..edges import spelled
from ..layers import Dense
from ..records import History
from ..settings import flag, listing
from ..words import counted

Function = TypeVar("Function", bound=Callable[..., Any])

# The old generators of NumPy take no larger seed; what is larger than the other two would run for days.
LARGEST_SEED, MOST_EPOCHS, MOST_UNITS = 2**32 - 1, 10**7, 10**5


def _history(name: str, value: object) -> History:
    if not isinstance(value, History):
        raise TypeError(f"{name} must be a History, such as run() returns, got {shown(value, History)}")
    return value


def _steps(name: str, value: object) -> tuple[int, ...]:
    steps = tuple(whole_number(f"each of the {name}", step, least=1, most=MOST_EPOCHS) for step in listing(name, value))
    if len(steps) != 2:
        raise ValueError(f"{name} must be two numbers, those of SGD and of Adam, got {shown(value)}")
    return steps


# For each name what checks its value; in a list, each entry of it.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "seed": lambda name, value: whole_number(name, value, most=LARGEST_SEED),
    "hidden": lambda name, value: whole_number(name, value, least=1, most=MOST_UNITS),
    "epochs": lambda name, value: whole_number(name, value, least=1, most=MOST_EPOCHS),
    "learning_rate": lambda name, value: number(name, value, above=0),
    "final_error": lambda name, value: number(name, value, least=0),
    "bias": flag, "commented": flag, "history": _history, "steps": _steps, "theta": numbers, "X": numbers, "Y": numbers,
}
LISTS: dict[str, Callable[[str, Any], Any]] = {
    "seeds": CHECKS["seed"],
    "epochs": lambda name, value: whole_number(name, value, most=MOST_EPOCHS),
    "sizes": lambda name, value: whole_number(name, value, least=1, most=10**7),
}


def asked(function: Function) -> Function:
    """The same function, which checks its arguments by their names. It raises TypeError or ValueError."""
    form = signature(function)
    kinds = {
        name: LISTS if str(parameter.annotation).startswith(("Sequence", "Iterable")) else CHECKS
        for name, parameter in form.parameters.items()
    }

    called = spelled(function)

    @wraps(function)
    def checked(*given: Any, **named: Any) -> Any:
        if len(given) > len(kinds) or any(name not in kinds for name in named):
            return called(*given, **named)
        named |= zip(kinds, given)
        refuse_reordered(named.get("X"), named.get("Y"))
        for name, value in named.items():
            check = kinds[name].get(name)
            if check is not None and value is not form.parameters[name].default:
                named[name] = all_of(name, value, check) if kinds[name] is LISTS else check(name, value)
        with quiet():
            if "theta" in named and "sizes" in kinds:
                _fitting(**{"sizes": form.parameters["sizes"].default} | named)
            return called(**named)

    return checked  # type: ignore[return-value]


def all_of(name: str, values: Any, check: Callable[[str, Any], Any]) -> tuple:
    """`values` as a tuple, each of them checked. Raises TypeError or ValueError, for an empty list too."""
    found = tuple(check(f"each of the {name}", value) for value in listing(name, values))
    if not found:
        raise ValueError(f"{name} must have at least one number, got none")
    return found


def _fitting(theta: Any, X: Any = None, Y: Any = None, sizes: Any = None) -> None:
    """Raises ValueError where the shapes of the arguments of a gradient do not fit each other."""
    if theta.ndim != 1:
        raise ValueError(f"theta must have the shape (parameters,), got the shape {theta.shape}")
    for name, value, place in (("X", X, 0), ("Y", Y, -1)):
        if value is not None and (value.ndim != 2 or not value.size):
            raise ValueError(f"{name} must have one row or more and one column or more, got the shape {value.shape}")
        if value is not None and sizes is not None and value.shape[1] != sizes[place]:
            columns = counted(sizes[place], "column")
            raise ValueError(f"{name} must have {columns}, as sizes says, got the shape {value.shape}")
    if X is not None and Y is not None and len(X) != len(Y):
        raise ValueError(f"Y must have {len(X)} rows, as many as X, got {len(Y)}; X and Y belong together")


def layers_of(sizes: Any, activation: Activation) -> list[Dense]:
    """A layer for each of `sizes` but the first. Raises ValueError for fewer than two."""
    if len(sizes) < 2:
        raise ValueError(f"sizes must be two numbers or more, of inputs and of units, got {shown(sizes)}")
    return [Dense(units, activation) for units in sizes[1:]]


def three(sizes: Any) -> tuple[int, int, int]:
    """`sizes` as (inputs, hidden, outputs). Raises ValueError for more or fewer."""
    if len(sizes) != 3:
        raise ValueError(f"sizes must be three numbers, (inputs, hidden, outputs), got {shown(sizes)}")
    return tuple(sizes)


def of_sizes(history: History, *sizes: int) -> History:
    """`history`, of a network of these `sizes`. Raises ValueError for one of another network."""
    found = history.network(0).sizes
    if found != sizes:
        raise ValueError(f"history must be of a network of the sizes {sizes}, got one of {found}: use run()")
    return history
