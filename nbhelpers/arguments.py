"""What every public function asks of its arguments, before any work is done.

Each function returns the value in the form that the rest of the package uses, or raises one sentence that
says which argument it was, what came, what was expected and what to do.
"""

import difflib
import math
import operator
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .words import is_date, undressed, unnumbered
from .words import listed as listed
from .words import shown as shown

# What the package computes with, everywhere.
Array = NDArray[np.float64]

# What a gradient on trial has returned is an argument too.
RESULT = "the result of gradient(theta, X, Y)"

Option = TypeVar("Option")

# So many of the things to choose from are listed in a sentence.
FEW = 9
# What is here called otherwise than elsewhere, and what else belongs to it.
ELSEWHERE = {"linear": "identity", "softmax": "identity, with softmax_cross_entropy as the loss", "xavier": "glorot"}


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
        return f"{name} must be a {kind} {expected}".rstrip() + f", got {shown(value)}"

    kind = "number" if expected else "finite number"
    try:
        result = _float(value)
    except Exception:
        # Whatever an object of somebody else's does when it is asked for its number.
        raise TypeError(message(kind)) from None
    if math.isinf(result):
        raise ValueError(message("finite number"))
    too_small = (above is not None and result <= above) or (least is not None and result < least)
    too_large = (below is not None and result >= below) or (most is not None and result > most)
    if too_small or too_large or math.isnan(result):
        raise ValueError(message(kind))
    return result


def _float(value: Any) -> float:
    """Raises for what float() takes and is no number: texts, truth values, arrays of one entry, dates."""
    if isinstance(value, np.ndarray):
        value = None if np.ma.is_masked(value) or value.ndim else value[()]
    others = isinstance(value, (str, bytes, bytearray, bool)) or getattr(value, "shape", ()) != ()
    if others or (isinstance(value, np.generic) and value.dtype.kind not in "iuf"):
        raise TypeError
    return float(value)


def whole_number(name: str, value: Any, least: int = 0, most: int | None = None) -> int:
    """`value` as an int from `least` to `most`. Raises TypeError or ValueError."""
    expected = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        if isinstance(value, (bool, np.bool_)) or getattr(value, "shape", ()) != () or np.ma.is_masked(value):
            raise TypeError
        result = operator.index(value)
    except Exception:
        raise TypeError(f"{name} must be a whole number {expected}, got {shown(value)}") from None
    if result < least or (most is not None and result > most):
        raise ValueError(f"{name} must be a whole number {expected}, got {shown(value)}")
    return result


def _pythons(value: Any) -> Any:
    """A text or a number out of an array of NumPy as Python has it, anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def choice(name: str, value: object, options: Mapping[Any, Option]) -> Option:
    """The entry of the dictionary `options` that `value` names; ValueError with the nearest names otherwise."""
    one = _pythons(value)
    for option, entry in options.items():
        other = _pythons(option)
        kinds = {type(one), type(other)}
        if option is value or ((len(kinds) == 1 or kinds == {int, float}) and other == one):
            return entry
    known, word = [str(option) for option in options], shown(value).strip("'").lower()
    # Another library's tanh looks like the text that is asked for: beside what is no text, texts are in quotes.
    said = known if isinstance(one, str) else [undressed(option) for option in options]
    near = [said[known.index(name)] for name in difflib.get_close_matches(word, known, n=2, cutoff=0.5)]
    near = [ELSEWHERE[word]] if ELSEWHERE.get(word, "").split(",")[0] in known else near
    few = said if len(said) <= FEW + 1 else [*said[:FEW], f"and {len(said) - FEW} others"]
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(few)}"
    came = shown(value, *map(type, options.values()))
    raise ValueError(f"{name} is not known: got {came}" + (f"; {hint}" if came == shown(value) else ""))


def numbers(name: str, value: ArrayLike) -> Array:
    """`value`, a number or an array of any shape, as a float64 array. It may be `value` itself, and hold nan or inf.

    Raises TypeError where an entry is not a real number, and ValueError where one is masked.
    """
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value
    refuse_masked(name, value)
    try:
        array = np.asarray(plain(value))
        # NumPy would read a text as the number that it spells, None as nan, and a date as a count of nanoseconds.
        others = array.dtype == object and any(
            entry is None or isinstance(entry, (str, bytes)) or is_date(entry) for entry in array.flat
        )
        if array.dtype.kind not in "biufO" or others:
            raise TypeError
        with np.errstate(all="ignore"):
            return np.asarray(array, dtype=np.float64)
    except Exception:
        # Whatever an object of somebody else's does when it is asked for its numbers.
        raise TypeError(f"{name} must hold numbers only, got {unnumbered(value)}") from None


def refuse_masked(name: str, value: object, depth: int = 0) -> None:
    """Raises ValueError for an array with masked entries, which NumPy would read like the others (in lists too)."""
    if isinstance(value, (list, tuple)):
        # NumPy looks no deeper: a list may hold itself.
        for entry in value if depth < 64 else ():
            refuse_masked(name, entry, depth + 1)
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
        number, each = columns or (1, "")
        way = "(1, -1)) for one row" if number == array.size > 1 else "(-1, 1)) for one column"
        way = way if array.ndim == 1 else f"(len({name}), -1)), a row for each sample"
        # A function of NumPy, because lists and columns of a DataFrame have no such method.
        hint = f"; use np.reshape({name}, {way}" if array.ndim else ""
        if array.ndim == 1 and number not in (1, array.size):
            # As the numbers of classes, where there is an output for each.
            hint = f"; it must have {number} columns, {each}"
        raise ValueError(f"{name} must have the shape (samples, features), got the shape {array.shape}{hint}")
    if array.size == 0:
        raise ValueError(f"{name} must have at least one row and one column, got the shape {array.shape}")
    for axis, expected, kind in ((1, columns, "columns"), (0, rows, "rows")):
        if expected is not None and array.shape[axis] != expected[0]:
            raise ValueError(f"{name} must have {expected[0]} {kind}, {expected[1]}; got {array.shape[axis]}")
    _refuse_infinite(name, array)
    return array


def refuse_reordered(X: Any, Y: Any, names: tuple[str, str] = ("X", "Y")) -> None:
    """Raises ValueError for two tables with the same labels of rows in another order: rows are paired by their places.

    Other labels are left alone: a table of one's own making counts its rows anew, and a series that is predicted a
    step ahead shares most of its labels with its input.
    """
    try:
        equal, first, second = X.index.equals(Y.index), list(X.index), list(Y.index)
        reordered = not equal and first != second and Counter(first) == Counter(second)
    except Exception:
        # It is no table, or one of another library.
        return
    if reordered:
        place = next(place for place, (one, other) in enumerate(zip(first, second)) if one != other)
        raise ValueError(
            f"{names[0]} and {names[1]} must have their rows in the same order, got the label {shown(first[place])} in "
            f"row {place} of {names[0]}, and {shown(second[place])} in that of {names[1]}; take "
            f"{names[1]}.loc[{names[0]}.index], or {names[1]}.reset_index(drop=True) where the places are right"
        )


def _refuse_infinite(name: str, array: Array) -> None:
    if not np.isfinite(array).all():
        place = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        where = "row {}, column {}; remove or replace that row" if array.ndim == 2 else "entry {}"
        raise ValueError(f"{name} must be finite, got {array[place]} in {where.format(*place)}")


def vector(name: str, value: ArrayLike, length: int) -> Array:
    """`value` as a contiguous float64 array of shape (length,), finite. Raises TypeError or ValueError."""
    return shaped(name, value, (length,))


def shaped(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Array:
    """`value` as a contiguous float64 array of the given shape, finite. Raises TypeError or ValueError."""
    array = np.require(numbers(name, value), np.float64, ["C_CONTIGUOUS", "WRITEABLE"])
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape {shape}, got the shape {array.shape}")
    _refuse_infinite(name, array)
    return array


def floats(name: str, value: Any) -> np.ndarray:
    """A copy of `value`, of any shape, finite, as float64, or as float32 where it is that. Raises as `numbers` does."""
    array = numbers(name, plain(value)).astype(np.float32 if is_single(value) else np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {shown(value)}; start where the numbers are finite")
    return array


def scalar(name: str, value: Any) -> float:
    """`value`, one number in whatever dress (an array of one number, a tensor), as a float. Raises TypeError else."""
    several = isinstance(value, (list, tuple)) and len(value) > 1
    hint = "; take the one that is meant, such as the first by [0]" if several else ""
    try:
        array = numbers(name, plain(value))
    except TypeError as error:
        raise TypeError(f"{error}{hint}") from None
    if array.size != 1:
        raise TypeError(f"{name} must be one number, got {shown(value)}{hint}")
    return float(array.ravel()[0])


def is_single(value: Any) -> bool:
    """Whether `value` is kept in float32 or less, with 7 digits or fewer."""
    kind = getattr(plain(value), "dtype", None)
    return isinstance(kind, np.dtype) and kind.kind == "f" and kind.itemsize <= 4


def in_single(answer: Any) -> bool:
    """Whether what a gradient on trial has returned, an array or a list of arrays, has float32 or less in it."""
    return is_single(answer) or (isinstance(answer, (list, tuple)) and any(map(is_single, answer)))


def plain(value: Any) -> Any:
    """What NumPy can read: a tensor of PyTorch without its history, anything else as it is."""
    try:
        if not (hasattr(value, "detach") and hasattr(value, "cpu")):
            return value
        return value.detach().cpu().to_dense().numpy()
    except Exception:
        # It only looks like one, or raises when it is looked at.
        return value
