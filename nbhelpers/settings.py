"""What public functions ask of arguments that are no numbers: truth values, texts, functions, lists, sizes, pairs."""

from collections.abc import Callable, Mapping
from inspect import isasyncgenfunction, iscoroutinefunction, signature
from itertools import islice
from math import inf
from typing import Any
from unicodedata import category

import numpy as np

from .arguments import number
from .words import listed, shown

# More than this is refused before it is tried; a system may promise it, and end the program when it is used.
MOST_BYTES = 4 * 2**30

# So many letters find room in a picture. Control characters, line ends and halves of letters cannot be drawn at all.
MOST_LETTERS, NOT_DRAWN = 200, {"Cc", "Cs", "Zl", "Zp"}


def flag(name: str, value: object) -> bool:
    """`value`, True or False. TypeError for anything else."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


def text(name: str, value: object) -> str:
    """`value`, a text. TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, got {shown(value)}")
    return value


def label(name: str, value: object, most: int = MOST_LETTERS) -> str:
    """`value`, a text on one line that a picture has room for. TypeError or ValueError for anything else."""
    found = text(name, value)
    if len(found) > most or any(category(letter) in NOT_DRAWN for letter in found):
        raise ValueError(f"{name} must be one line of at most {most} letters, got {shown(value)}")
    return found


def function(name: str, value: object, *takes: str) -> Callable[..., Any]:
    """`value`, a function that can be called with the arguments `takes`. TypeError for anything else."""
    expected = f"{name} must be a function of {listed(takes) or 'nothing'}"
    if not callable(value):
        raise TypeError(f"{expected}, got {shown(value)}")
    if is_async(value):
        raise TypeError(f"{expected}, got an async one, {shown(value)}; write def in place of async def")
    try:
        signature(value).bind(*takes)
    except TypeError:
        raise TypeError(f"{expected}, got {shown(value)}, which takes other arguments") from None
    except Exception:
        # What is not written in Python may have no signature to be read.
        pass
    return value


def is_async(value: Any) -> bool:
    """Whether a call of `value`, which can be called, promises a result: nobody here would wait for it."""
    try:
        parts = value, type(value).__call__
        return any(kind(part) for kind in (iscoroutinefunction, isasyncgenfunction) for part in parts)
    except Exception:
        # Whatever an object of somebody else's does when it is looked at.
        return False


def listing(name: str, values: Any, most: int = 10**6) -> list:
    """`values`, a list or anything else that gives one after the other, as a list of at most `most`.

    Raises TypeError for a text, a dictionary, and what gives none; ValueError for more.
    """
    try:
        if isinstance(values, (str, bytes, bytearray, dict)):
            raise TypeError
        found = list(islice(values, most + 1))
    except Exception:
        came = shown(values)
        raise TypeError(f"{name} must be a list, got {came}; write [{came}] for a single one") from None
    if len(found) > most:
        raise ValueError(f"{name} must have at most {most} entries, got more; take fewer")
    return found


def ordered(name: str, values: Any, most: int) -> list:
    """`values` as `listing` does, in the order that they have; TypeError for a set, which has none."""
    if isinstance(values, (set, frozenset)):
        raise TypeError(f"{name} must be a list, whose entries have an order, got {shown(values)}")
    return listing(name, values, most)


def labels(name: str, values: Any, least: int, most: int) -> list[str]:
    """`values`, `least` to `most` different texts as `label` has them. TypeError or ValueError for anything else."""
    found = [label(f"an entry of {name}", value) for value in ordered(name, values, most)]
    if len(found) < least:
        raise ValueError(f"{name} must have at least {least} entries, got {len(found)}")
    if len(set(found)) < len(found):
        raise ValueError(f"{name} must have different entries, got {shown(found)}")
    return found


def named(name: str, values: Any, kind: str, most: int = 100) -> dict[str, Any]:
    """`values`, a dictionary from names to what `kind` says, `most` entries at most; of None an empty one.

    TypeError or ValueError for anything else.
    """
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        raise TypeError(f"{name} must be a dictionary from names to {kind}, got {shown(values)}")
    if len(values) > most:
        raise ValueError(f"{name} must have at most {most} entries, got {len(values)}")
    return {label(f"a name in {name}", key): value for key, value in values.items()}


def pair(name: str, values: Any, least: float | None = None, most: float | None = None) -> tuple[float, float]:
    """`values`, two finite numbers, each from `least` to `most` where given. TypeError or ValueError else."""
    found = [number(f"each number of {name}", value, least=least, most=most) for value in ordered(name, values, 2)]
    if len(found) != 2:
        raise ValueError(f"{name} must be two numbers, got {shown(values)}")
    return found[0], found[1]


def limits(name: str, values: Any, log: bool = False) -> tuple[float, float]:
    """`values`, the ends (low, high) of an axis, positive for one that is `log`. TypeError or ValueError else."""
    low, high = pair(name, values)
    # An axis shorter than this has no ticks that differ.
    if not 1e-300 < high - low < inf or (log and low <= 0):
        first = "the lower one first and greater than 0" if log else "the lower one first"
        raise ValueError(f"{name} must be (low, high), {first}, got {shown(values)}")
    return low, high


def own_limits(name: str, values: Any, log: bool = False) -> tuple[float, float] | None:
    """The same, or None, which leaves the ends of the axis to the data."""
    return None if values is None else limits(name, values, log)


def at_most(name: str, value: int, most: int) -> int:
    """`value`, which is not larger than `most`. ValueError where it is."""
    if value > most:
        raise ValueError(f"{name} must be at most {most:,}, got {shown(value)}")
    return value


def affordable(name: str, value: object, count: int) -> None:
    """Raises ValueError where `count` numbers of 8 bytes, which `value` asks for, are more than MOST_BYTES."""
    if 8 * count > MOST_BYTES:
        size = f"{8 * count / 2**30:,.0f} GB" if count < 2**80 else "more memory than there is"
        raise ValueError(
            f"{name} must be small enough for {MOST_BYTES // 2**30} GB of memory, got {shown(value)}, which takes "
            f"{size}; take a smaller one"
        )


def progress_bar(total: int | None, unit: str, **settings: Any) -> Any:
    """A bar of tqdm's, on the terminal or in the notebook; unseen where there is neither, as under pythonw."""
    import sys

    from tqdm.auto import tqdm

    if sys.stderr is None:
        settings["disable"] = True
    return tqdm(total=total, unit=unit, **settings)
