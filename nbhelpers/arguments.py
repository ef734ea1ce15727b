"""What every public function asks of its arguments, before any work is done.

Each function returns the value in the form that the rest of the package uses, or raises one sentence that
says which argument it was, what came, what was expected and what to do.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

# What the package computes with, everywhere.
Array = NDArray[np.float64]

# What a gradient on trial has returned is an argument too.
RESULT = "the result of gradient(theta, X, Y)"

Option = TypeVar("Option")


def number(
    name: str, value: object, above: float | None = None, least: float | None = None, below: float | None = None,
    most: float | None = None,
) -> float:
    """`value` as a float. It is finite and, where given, > `above`, >= `least`, < `below` and <= `most`.

    Raises TypeError for anything but a number and ValueError for a number out of range.
    """
    limits = [("greater than", above), ("at least", least), ("less than", below), ("at most", most)]
    expected = " and ".join(f"{word} {limit}" for word, limit in limits if limit is not None)

    def message(kind: str) -> str:
        return f"{name} must be a {kind} {expected}".rstrip() + f", got {value!r}"

    kind = "number" if expected else "finite number"
    if isinstance(value, (str, bytes, bool, np.bool_)):
        raise TypeError(message(kind))
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise TypeError(message(kind)) from None
    if math.isinf(result):
        raise ValueError(message("finite number"))
    too_small = (above is not None and result <= above) or (least is not None and result < least)
    too_large = (below is not None and result >= below) or (most is not None and result > most)
    if too_small or too_large or math.isnan(result):
        raise ValueError(message(kind))
    return result


def whole_number(name: str, value: object, least: int = 0, most: int | None = None) -> int:
    """`value` as an int from `least` to `most`. Raises TypeError or ValueError."""
    expected = f"of at least {least}" if most is None else f"from {least} to {most}"
    message = f"{name} must be a whole number {expected}, got {value!r}"
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(message)
    try:
        result = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(message) from None
    if result < least or (most is not None and result > most):
        raise ValueError(message)
    return result


def choice(name: str, value: object, options: Mapping[Any, Option]) -> Option:
    """The entry of the dictionary `options` that `value` names; ValueError with the nearest names otherwise."""
    for option, entry in options.items():
        if option is value or (type(option) is type(value) and option == value):
            return entry
    import difflib

    near = difflib.get_close_matches(str(value).lower(), map(str, options), n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(map(str, options))}"
    raise ValueError(f"{name} is not known: got {value!r}; {hint}")


def numbers(name: str, value: ArrayLike) -> Array:
    """`value`, a number or an array of any shape, as a float64 array. It may be `value` itself, and hold nan or inf.

    Raises TypeError where an entry is not a real number, and ValueError where one is masked.
    """
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value
    refuse_masked(name, value)
    try:
        array = np.asarray(value)
        # NumPy would read a text as the number that it spells, and None as nan.
        others = array.dtype == object and any(entry is None or isinstance(entry, (str, bytes)) for entry in array.flat)
        if array.dtype.kind not in "biufO" or others:
            raise TypeError
        return np.asarray(array, dtype=np.float64)
    except Exception:
        # Whatever an object of somebody else's does when it is asked for its numbers.
        raise TypeError(f"{name} must hold numbers only, got {_describe(value)}") from None


def refuse_masked(name: str, value: object) -> None:
    """Raises ValueError for an array with masked entries, which NumPy would read like the others (in lists too)."""
    if isinstance(value, (list, tuple)):
        for entry in value:
            refuse_masked(name, entry)
    elif isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        masked = np.ma.count_masked(value)
        raise ValueError(f"{name} must have no masked entries, got {masked} of {value.size}; fill or remove them")


def matrix(
    name: str, value: ArrayLike, columns: tuple[int, str] | None = None, rows: tuple[int, str] | None = None
) -> Array:
    """`value` as a contiguous float64 array of shape (samples, features), finite and not empty.

    `columns` and `rows`, where given, are (number, reason) pairs that the shape must agree with.
    Raises TypeError for entries that are not numbers and ValueError for everything else.
    """
    # Writeable, because the compiled loop would be compiled anew for the other kind, like a column of a DataFrame.
    array = np.require(numbers(name, value), np.float64, ["C_CONTIGUOUS", "WRITEABLE"])
    if array.ndim != 2:
        hint = f"; use {name}.reshape(-1, 1) for one column" if array.ndim == 1 else ""
        raise ValueError(f"{name} must have the shape (samples, features), got the shape {array.shape}{hint}")
    if array.size == 0:
        raise ValueError(f"{name} must have at least one row and one column, got the shape {array.shape}")
    for axis, expected, kind in ((1, columns, "columns"), (0, rows, "rows")):
        if expected is not None and array.shape[axis] != expected[0]:
            raise ValueError(f"{name} must have {expected[0]} {kind}, {expected[1]}; got {array.shape[axis]}")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        found = array[row, column]
        place = f"row {row}, column {column}"
        raise ValueError(f"{name} must be finite, got {found} in {place}; remove or replace that row")
    return array


def vector(name: str, value: ArrayLike, length: int) -> Array:
    """`value` as a contiguous float64 array of shape (length,), finite. Raises TypeError or ValueError."""
    array = numbers(name, value)
    if array.shape != (length,):
        raise ValueError(f"{name} must have the shape ({length},), got the shape {array.shape}")
    return matrix(name, array.reshape(length, 1))[:, 0]


def joined(name: str, value: Any, length: int) -> Array:
    """`value`, an array or a list of arrays of any shapes, as a new vector of `length` numbers; they may be nan or inf.

    Raises TypeError or ValueError for anything else.
    """
    value = plain(value)
    parts = value if isinstance(value, (list, tuple)) else [value]
    array = np.concatenate([np.empty(0), *(np.ravel(numbers(name, plain(part))) for part in parts)])
    if array.size != length:
        raise ValueError(f"{name} must hold {length} numbers, one for each parameter; got {array.size}")
    return array


def floats(name: str, value: Any) -> np.ndarray:
    """A copy of `value`, of any shape, finite, as float64, or as float32 where it is that. Raises as `numbers` does."""
    array = numbers(name, plain(value)).astype(np.float32 if is_single(value) else np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {_describe(value)}; start where the numbers are finite")
    return array


def scalar(name: str, value: Any) -> float:
    """`value`, one number in whatever dress (an array of one number, a tensor), as a float. Raises TypeError else."""
    array = numbers(name, plain(value))
    if array.size != 1:
        raise TypeError(f"{name} must be one number, got {_describe(value)}")
    return float(array.ravel()[0])


def is_single(value: Any) -> bool:
    """Whether `value` is kept in float32 or less, with 7 digits or fewer."""
    return getattr(plain(value), "dtype", None) in (np.float32, np.float16)


def plain(value: Any) -> Any:
    """What NumPy can read: a tensor of PyTorch without its history, anything else as it is."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") and hasattr(value, "cpu") else value


def listed(names: Sequence[str]) -> str:
    """The names in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)


def _describe(value: object) -> str:
    """A short word for `value` in an error: its text when that is short, else its type."""
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__} with other entries"
