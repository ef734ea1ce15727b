"""How an answer is judged: against the right one and against the usual mistakes, on a few cases."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from traceback import extract_tb
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import is_single, numbers, plain
from ..arguments import shown as said
from ..settings import is_async
from ..words import counted

Formula = Callable[..., ArrayLike]

# What happens in here is no line of the learner's.
PACKAGE = str(Path(__file__).parents[1])


class Verdict:
    """What a checker says: `passed`, and a `message` for the learner; true where it has passed."""

    def __init__(self, passed: bool, message: str):
        self.passed = passed
        self.message = message

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return self.message


def judge(
    answer: Callable[..., Any], right: Formula, mistakes: Iterable[tuple[Formula, str]], cases: Sequence[tuple],
    praise: str, measured: str = "",
) -> Verdict:
    """Call the learner's function `answer` with every case and compare. Returns a Verdict; it never raises.

    right: the function that gives the right value.
    mistakes: pairs of a function that makes a usual mistake and the message that names it.
    cases: lists of arguments. A mistake is named when the answer makes it in every case.
    praise: what to say of the right answer.
    measured: what of it is compared, such as "the angle of", where that is not what it returns.
    """
    if not _is_function(answer):
        came = "an async one: write def alone" if callable(answer) else f"{_kind(answer)}: write its name alone"
        return Verdict(False, f"The checker needs your function itself, got {came}.")
    name = _name_of(answer)
    plain_calls = [f"{name}({', '.join(_shown(argument) for argument in case)})" for case in cases]
    calls = [f"{measured} {call}".lstrip() for call in plain_calls]
    found: list[np.ndarray] = []
    without: list[str] = []
    for case, call, called in zip(cases, plain_calls, calls):
        try:
            # On copies, because an answer may write into what it is given.
            value = answer(*deepcopy(case))
        except KeyboardInterrupt:
            return Verdict(False, f"Not yet: stopped: {name} did not come to an end.")
        except BaseException as error:
            # exit() is no Exception.
            hint = " A power is written `**` in Python; `^` is something else." if _power(error) else ""
            return Verdict(False, f"Not yet: {called} raised {_told(error)}.{hint}")
        if value is None or value is ...:
            without.append(call)
            continue
        expected = np.asarray(right(*case))
        try:
            found.append(_numbers(value))
        except Exception:
            return Verdict(False, f"Not yet: {called} returns {_kind(value)}, and {_wanted(expected)} is wanted.")
        wrapped = _kind(value) if expected.ndim == 0 and found[-1].ndim else ""
    if len(without) == len(cases):
        return Verdict(False, f"Not answered yet: {name} returns nothing. Write your formula after `return`.")
    if without:
        return Verdict(False, f"Not yet: {without[0]} returns nothing. Does every way through it end in a `return`?")
    if _agree(found, right, cases):
        note = f" It came as {wrapped}, and the number itself is enough." if wrapped else ""
        return Verdict(True, f"Right: {praise}{note}")
    for mistake, message in mistakes:
        if _agree(found, mistake, cases):
            return Verdict(False, f"Not yet: {message}")
    wrong = next(number for number, value in enumerate(found) if not _agree([value], right, [cases[number]]))
    return Verdict(False, f"Not yet: {calls[wrong]} {_difference(found[wrong], np.asarray(right(*cases[wrong])))}.")


def _numbers(value: Any) -> np.ndarray:
    """`value` as a new array, in float64 or, where it has fewer digits, as it is. Raises for what are no numbers."""
    array = numbers("value", plain(value))
    return np.array(plain(value)) if is_single(np.asarray(plain(value))) else array.copy()


def _agree(found: Sequence[np.ndarray], function: Formula, cases: Sequence[tuple]) -> bool:
    return all(_close(value, np.asarray(function(*case))).all() for value, case in zip(found, cases))


def _close(value: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Whether they are close, entry by entry, to the digits that `value` has; False where the shapes do not fit."""
    fitted = _fitted(value, expected.shape)
    if fitted is None:
        return np.array(False)
    digits = {np.dtype(np.float32): 1e-4, np.dtype(np.float16): 1e-2}.get(value.dtype, 1e-6)
    return np.isclose(fitted, expected, rtol=digits, atol=digits * 1e-6)


def _power(error: BaseException) -> bool:
    """Whether it comes from `^` between numbers."""
    return isinstance(error, TypeError) and ("bitwise_xor" in str(error) or "for ^" in str(error))


def _fitted(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """`value` in the given shape, where NumPy would stretch it to that by itself; None where it would not."""
    while value.ndim > len(shape) and len(value) == 1:
        value = value[0]
    stretched = value.ndim <= len(shape) and all(
        size in (1, wanted) for size, wanted in zip(value.shape[::-1], shape[::-1])
    )
    return np.broadcast_to(value, shape) if stretched else None


def _difference(value: np.ndarray, expected: np.ndarray) -> str:
    """A number or a vector is shown whole, and of a matrix the first entry that is wrong."""
    if value.shape != expected.shape or value.ndim < 2:
        value = value.reshape(expected.shape) if value.size == expected.size == 1 else value
        shown = _shown(value), _shown(expected)
        if shown[0] == shown[1]:
            shown = _shown(value, digits=12), _shown(expected, digits=12)
        return f"gives {shown[0]}, but {shown[1]} is right"
    place = tuple(np.argwhere(~_close(value, expected))[0].tolist())
    return f"gives {value[place]:.6g} at {list(place)}, but {expected[place]:.6g} is right"


def _shown(value: Any, digits: int = 6) -> str:
    if callable(value):
        return getattr(value, "__name__", "f")
    try:
        array = np.asarray(value)
    except Exception:
        return said(value)
    if array.dtype.kind not in "biuf":
        return said(value)
    if array.ndim > 1:
        return f"an array of shape {array.shape}"
    if not array.ndim:
        return f"{array[()]:.{digits}g}"
    # Whatever the learner has set for print. This puts a formatter aside too.
    with np.printoptions(suppress=False, threshold=1000, floatmode="maxprec", sign="-", legacy=False):
        return np.array2string(array, precision=digits, max_line_width=1000)


def _is_function(answer: Any) -> bool:
    """Whether it can be called, and gives its result at once."""
    return callable(answer) and not is_async(answer)


def _name_of(answer: Any) -> str:
    """The name of the learner's function. It is not asked for, because what is no function may raise then."""
    return answer.__name__ if type(answer) in (FunctionType, BuiltinFunctionType) else "your function"


def named_after(answer: Any, measure: Callable[..., Any]) -> Any:
    """`measure`, a function of what `answer` gives, with its name; `answer` itself where that is no function."""
    if not _is_function(answer):
        return answer
    measure.__name__ = _name_of(answer)
    return measure


def _kind(value: Any) -> str:
    """What sort of thing it is, without its text, which may be long."""
    if type(value) in (list, tuple):
        parts = {type(part).__name__ for part in value}
        names = {"ndarray": "array", "list": "list", "int": "number", "float": "number", "str": "text"}
        of = (names | {"complex": "complex number"}).get("".join(parts), "thing")
        return f"a {type(value).__name__} of {counted(len(value), of)}"
    if type(value) in (np.ndarray, np.ma.MaskedArray):
        return f"an array of shape {value.shape}{_of_what(value)}"
    known = {str: "a text", dict: "a dictionary", set: "a set", type(None): "nothing", complex: "a complex number"}
    if type(value) in (int, float, bool):
        return "a number"
    return known.get(type(value), f"an object of the type {type(value).__name__}")


def _of_what(array: np.ndarray) -> str:
    """What stands in an array that is not made of numbers, as the end of a phrase; "" where it is."""
    if np.ma.is_masked(array):
        return " with masked entries"
    known = {"c": "complex numbers", "U": "texts", "S": "texts", "m": "times", "M": "dates", "O": "objects"}
    return "" if array.dtype.kind in "biuf" else f" of {known.get(array.dtype.kind, 'something else')}"


def _wanted(expected: np.ndarray) -> str:
    return "a number" if expected.ndim == 0 else f"an array of shape {expected.shape}"


def _told(error: BaseException) -> str:
    """An exception in words, with the line of the answer in which it was raised."""
    try:
        text = str(error).rstrip(".")
    except Exception:
        text = ""
    if isinstance(error, SystemExit):
        text = "it asks Python to end"
    elif "core dimension" in text or "broadcast together" in text or "not aligned" in text:
        text = f"two shapes do not fit each other ({text.partition(' (size ')[2].rstrip(')') or text})"
    elif "enough dimensions" in text:
        text = "`@` takes an array on each side, and one side is no array; for a number write `*`"
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith(PACKAGE)]
    lines = [frame for frame in frames if frame.filename == frames[0].filename]
    return f"{said}, in line {lines[-1].lineno}: {lines[-1].line}" if lines and lines[-1].line else said
