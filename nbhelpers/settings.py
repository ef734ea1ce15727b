"""What public functions ask of arguments that are no numbers: truth values, texts, functions, lists, sizes."""

from collections.abc import Callable
from inspect import signature
from itertools import islice
from typing import Any

import numpy as np

from .words import listed, shown

# More than this is refused before it is tried; a system may promise it, and end the program when it is used.
MOST_BYTES = 4 * 2**30


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


def function(name: str, value: object, *takes: str) -> Callable[..., Any]:
    """`value`, a function that can be called with the arguments `takes`. TypeError for anything else."""
    expected = f"{name} must be a function of {listed(takes) or 'nothing'}"
    if not callable(value):
        raise TypeError(f"{expected}, got {shown(value)}")
    try:
        signature(value).bind(*takes)
    except TypeError:
        raise TypeError(f"{expected}, got {shown(value)}, which takes other arguments") from None
    except Exception:
        # What is not written in Python may have no signature to be read.
        pass
    return value


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
