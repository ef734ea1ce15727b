"""How an answer is judged: against the right one and against the usual mistakes, on a few cases."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array

Formula = Callable[..., ArrayLike]


class Verdict:
    """What a checker says: `passed`, and a `message` for the learner."""

    def __init__(self, passed: bool, message: str):
        self.passed = passed
        self.message = message

    def __repr__(self) -> str:
        return self.message


def judge(
    answer: Callable[..., Any], right: Formula, mistakes: Iterable[tuple[Formula, str]], cases: Sequence[tuple],
    praise: str,
) -> Verdict:
    """Call the learner's function `answer` with every case and compare. Returns a Verdict; it never raises.

    right: the function that gives the right value.
    mistakes: pairs of a function that makes a usual mistake and the message that names it.
    cases: lists of arguments. A mistake is named when the answer makes it in every case.
    praise: what to say of the right answer.
    """
    if not callable(answer):
        problem = f"The checker needs your function itself, got {answer!r}"
        return Verdict(False, f"{problem}: pass its name without brackets.")
    name = getattr(answer, "__name__", "your function")
    calls = [f"{name}({', '.join(_shown(argument) for argument in case)})" for case in cases]
    found = []
    for case, called in zip(cases, calls):
        try:
            # On copies, because an answer may write into what it is given.
            value = answer(*deepcopy(case))
        except Exception as error:
            hint = " A power is written `**` in Python; `^` is something else." if _power(error) else ""
            return Verdict(False, f"Not yet: {called} raised {type(error).__name__}: {error}.{hint}")
        if value is None or value is ...:
            return Verdict(False, f"Not answered yet: {name} returns nothing. Write your formula after `return`.")
        try:
            found.append(np.asarray(value, dtype=np.float64))
        except (TypeError, ValueError):
            return Verdict(False, f"Not yet: {called} returns {value!r}, which is not a number.")
    if _agree(found, right, cases):
        return Verdict(True, f"Right: {praise}")
    for mistake, message in mistakes:
        if _agree(found, mistake, cases):
            return Verdict(False, f"Not yet: {message}")
    wrong = next(number for number, value in enumerate(found) if not _agree([value], right, [cases[number]]))
    return Verdict(False, f"Not yet: {calls[wrong]} {_difference(found[wrong], np.asarray(right(*cases[wrong])))}.")


def _agree(found: Sequence[Array], function: Formula, cases: Sequence[tuple]) -> bool:
    return all(_close(value, np.asarray(function(*case))).all() for value, case in zip(found, cases))


def _close(value: Array, expected: np.ndarray) -> np.ndarray:
    """Whether they are close, entry by entry; False where the shapes differ by more than leading axes of length 1.

    NumPy takes a row for a vector, and an array of one number for a number, wherever it computes with them.
    """
    if _core(value.shape) != _core(expected.shape):
        return np.array(False)
    return np.isclose(value.reshape(expected.shape), expected, rtol=1e-6, atol=1e-12)


def _core(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its leading axes of length 1."""
    return _core(shape[1:]) if shape[:1] == (1,) else shape


def _power(error: Exception) -> bool:
    """Whether it comes from `^` between numbers."""
    return isinstance(error, TypeError) and ("bitwise_xor" in str(error) or "for ^" in str(error))


def _difference(value: Array, expected: np.ndarray) -> str:
    """A number or a vector is shown whole, and of a matrix the first entry that is wrong."""
    if value.shape != expected.shape or value.ndim < 2:
        return f"gives {_shown(value)}, but {_shown(expected)} is right"
    place = tuple(np.argwhere(~_close(value, expected))[0].tolist())
    return f"gives {value[place]:.6g} at {list(place)}, but {expected[place]:.6g} is right"


def _shown(value: Any) -> str:
    if callable(value):
        return getattr(value, "__name__", "f")
    array = np.asarray(value)
    if array.ndim > 1:
        return f"an array of shape {array.shape}"
    return np.array2string(array, precision=6, max_line_width=1000) if array.ndim else f"{array[()]:.6g}"
