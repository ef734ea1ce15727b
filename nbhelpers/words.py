"""The words in which errors and verdicts speak of values: whatever came fits into one line of a sentence."""

from collections.abc import Sequence

import numpy as np

# A longer text would hide the sentence that it stands in.
LONGEST = 80


def listed(names: Sequence[str]) -> str:
    """The names in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)


def shown(value: object) -> str:
    """`value` in a sentence: its text where that is one short line, else its type, and the shape of an array.

    It never raises, whatever an object of somebody else's does when it is asked for its text.
    """
    try:
        text = repr(value)
        if isinstance(text, str) and 0 < len(text) <= LONGEST and text.isprintable():
            return text
    except Exception:
        pass
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    kind = type(value).__name__
    kind = kind if kind.isprintable() and 0 < len(kind) <= LONGEST else "object"
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind} whose text is no short line"


def told(error: BaseException) -> str:
    """What was raised, as the last line of a traceback has it. It never raises, though the error's own text may."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return f"{kind}, whose own text raises an error"
