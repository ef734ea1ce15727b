"""Whatever is handed to a public function: the right result, or one sentence that names the argument, and nothing else.

The values and what is called are in `hostile`; a normal run tries a part of the pairs, `--whole` all of them.
"""

import signal
import traceback
import warnings
from inspect import signature
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import nbhelpers
from nbhelpers import published

from .hostile import VALUES, Theirs, targets

PACKAGE = str(Path(nbhelpers.__file__).parent)
TARGETS = targets()
# One pair of so many is tried in a normal run, and a call may take so many seconds.
PART, SECONDS = 4, 60
# A callable that says in C what it wants cannot be asked before.
UNREADABLE = {"class", "builtin of two", "ufunc", "builtin", "exception"}
# A sentence may say what one of several is, or what the argument is for.
OTHER_NAMES = {
    "learning_rates": "learning rate", "seeds": "seed", "parameters": "parameter", "faults": "fault", "A": "outputs",
    "history": "table", "layers": "a layer", "edits": "an edit",
}
# What they say is in their documentation.
WARNINGS = ("the training diverged", "A column-vector y was passed")

each_target = pytest.mark.parametrize("target", TARGETS, ids=str)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A path may be a good one, and 11 000 steps are too many to be tried often."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(published.and_net, "SGD_STEPS", 2)
    monkeypatch.setattr(published.and_net, "ADAM_STEPS", 2)


class Hang(BaseException):
    """The call did not come to an end."""


def _ring(*_):
    raise Hang


def call(target, arguments):
    """The result, or the exception; a warning counts as one."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for words in WARNINGS:
                warnings.filterwarnings("ignore", words)
            return target(arguments), None
    except BaseException as error:
        return None, error
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def fault(error, name, value):
    """What is wrong with the exception, as a refusal of the argument `name`; "" where nothing is."""
    if isinstance(error, Theirs) and value not in ("bad", "list of bad"):
        return ""
    if type(error) not in (TypeError, ValueError, FileNotFoundError):
        return f"{type(error).__name__} came out"
    said, frame = str(error), traceback.extract_tb(error.__traceback__)[-1]
    if not frame.filename.startswith(PACKAGE):
        return f"raised in {frame.filename}: {said}"
    if "\n" in said or len(said) > 600:
        return f"no sentence: {said[:200]}"
    named = name in said or OTHER_NAMES.get(name, name) in said or value in UNREADABLE
    return "" if named else f"does not name it: {said}"


def snapshot(arguments):
    """The bytes of the arrays that are handed over."""
    return {
        name: value.tobytes() for name, value in arguments.items()
        if type(value) is np.ndarray and value.dtype != object
    }


def is_tried(target, name, value, whole):
    return whole or crc32(f"{target} {name} {value}".encode()) % PART == 0


@each_target
def test_a_good_call_succeeds_without_a_warning(target):
    _, error = call(target, target.base())
    assert error is None, f"{target}: tests/hostile.py has no good call of it: {error!r}"


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@each_target
def test_a_value_that_fits_nowhere_is_refused_in_a_sentence_or_taken_rightly(target, whole):
    faults = []
    for name in [*(parameter.name for parameter in target.parameters), *target.settings]:
        for value, make in VALUES.items():
            if not is_tried(target, name, value, whole):
                continue
            arguments = target.base() | {name: make()}
            before = snapshot(arguments)
            _, error = call(target, arguments)
            said = fault(error, name, value) if error is not None else ""
            if snapshot(arguments) != before:
                said += " it changed what was handed over"
            if said:
                faults.append(f"{target}({name}=<{value}>): {said}")
    assert not faults, "\n".join(faults)


# These take any keyword.
KEYWORDS = [
    target for target in TARGETS
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature(target.function).parameters.values())
]


@pytest.mark.parametrize("target", KEYWORDS, ids=str)
def test_a_wrong_keyword_is_said_with_the_right_ones(target):
    named = [p.name for p in target.parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for name in named:
        arguments = target.base()
        wrong = f"{name}_"
        arguments[wrong] = arguments.pop(name, None)
        with pytest.raises(TypeError, match=f"no argument '{wrong}'.*(did you mean|takes).*{name}"):
            target.unchecked(arguments)
