"""The words in which errors and verdicts speak of values: whatever came fits into one line of a sentence."""

import re
from collections.abc import Sequence
from datetime import timedelta
from numbers import Real
from typing import Any
from unicodedata import east_asian_width

import numpy as np

# A longer text would hide the sentence that it stands in.
LONGEST = 80

# What to try where the loss rises. Uphill no step is short enough, and a wrong gradient may lead there.
RISES = "try a smaller learning rate, and check the gradient"

# Texts that nobody means as the names of classes: all are of the first form and one has the second in it; what to do.
DISGUISES = {
    "a number with a comma": (
        re.compile(r"[-+]?\d[\d. ]*,\d[\d,.]*|[-+]?\d[\d.]*", re.ASCII), re.compile(","),
        "make numbers of the texts (pd.read_csv does with decimal=',', or with thousands=',' where that is meant)",
    ),
    # Blanks of a fixed width and apostrophes stand between thousands, and a page has another minus than a keyboard.
    "a number with other signs than digits": (
        re.compile(r"[-+\u2212]?[$€£¥]?\s?[-+\u2212]?\d[\d.,]*([\s'’]\d{3}[\d.,]*)*\s?[$€£¥]?"),
        re.compile(r"[$€£¥\u2212]|\d[\s'’]\d"),
        "make numbers of the texts (in pandas column.str.replace takes signs away, astype(float) makes numbers)",
    ),
    "a date": (
        re.compile(
            r"\d{4}-\d\d?-\d\d?([ T].*)?|\d\d?([./])\d\d?\2\d{2,4}( .*)?|\d\d?([- ])[a-z]{3,9}\4\d{2,4}( .*)?",
            re.ASCII | re.IGNORECASE,
        ), re.compile(""), "make numbers of the dates, such as the days since the first of them",
    ),
    "a time": (
        re.compile(r"\d\d?:\d\d(:\d\d([.,]\d+)?)?", re.ASCII), re.compile(""),
        "make numbers of the times, such as the minutes since midnight",
    ),
}


def listed(names: Sequence[str]) -> str:
    """The names in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)


def counted(number: int, what: str) -> str:
    """So many of them: "1 step", "2 steps"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def breadth(text: str) -> int:
    """How many letters of the usual width have room where `text` stands: one of Japanese or an emoji takes two."""
    return sum(2 if east_asian_width(letter) in "FW" else 1 for letter in text)


def unlike(*values: float, digits: int = 3) -> list[str]:
    """Numbers of which a sentence says that they differ: in so many `digits`, or in as many as it takes."""
    said = ([f"{value:.{more}g}" for value in values] for more in range(digits, 18))
    few = [f"{value:.{digits}g}" for value in values]
    return next((found for found in said if len({*found}) == len({*values})), few)


def undressed(value: object) -> str:
    """The text of `value` in code, where numbers and texts of NumPy, also in a list, look like Python's."""
    with np.printoptions(legacy="1.25"):
        return repr(value)


def shown(value: Any, *kinds: type) -> str:
    """`value` in a sentence: its text where that is one short line, else its type, and the shape of an array.

    It never raises, whatever an object of somebody else's does when it is asked for its text. Where one of `kinds` was
    expected, it says of a value, or of one in a list, that it is such a one from before the package was loaded again.
    """
    text = _text(value)
    # isinstance would ask the object itself, which may raise.
    for part in (value, *(value if issubclass(type(value), (list, tuple)) else ())):
        bases = type(part).__mro__
        names = [(base.__module__, base.__qualname__) for base in bases]
        if any((kind.__module__, kind.__qualname__) in names and kind not in bases for kind in kinds):
            return f"{text} from before the package was loaded again; import it and make everything anew"
    return text


def _text(value: Any) -> str:
    try:
        text = undressed(value)
        if isinstance(text, str) and 0 < len(text) <= LONGEST and text.isprintable():
            return text
    except Exception:
        pass
    if issubclass(type(value), np.ndarray):
        return f"an array of shape {value.shape}"
    kind = type(value).__name__
    kind = kind if kind.isprintable() and 0 < len(kind) <= LONGEST else "object"
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind} whose text is no short line"


def unread(value: Any) -> str:
    """`value`, no array of real numbers, in a sentence that says why and what to do, where it is known."""
    came = shown(value)
    try:
        if type(value).__name__.startswith("Uninitialized"):
            return f"{came}; a lazy module has its numbers after its first forward pass, so call it once before"
        if str(getattr(value, "device", "")) == "meta":
            return f"{came}, which has a shape and no numbers; make it on another device, such as 'cpu'"
        if "bfloat16" in str(getattr(value, "dtype", "")):
            return f"{came} of bfloat16, which NumPy does not know; convert it, as by .float()"
        if hasattr(value, "toarray"):
            return f"{came}, which is sparse; use .toarray()"
        if hasattr(value, "isna") and np.any(value.isna()):
            return f"{came}, in which values are missing; fill or drop them"
        rows = value if isinstance(value, (list, tuple)) else ()
        lengths = {len(row) for row in rows if isinstance(row, (list, tuple))}
        if len(lengths) > 1:
            return f"{came}, whose rows are of different lengths, {min(lengths)} to {max(lengths)}"
        if "complex" in str(getattr(value, "dtype", "")) or np.iscomplexobj(np.asarray(value)):
            return f"{came}, which has complex numbers; take the real part, or both parts as numbers of their own"
        first = rows[0] if rows else value
        if isinstance(getattr(first, "data", None), (Real, np.ndarray)):
            return f"{came}; what a {type(first).__name__} holds is in its .data"
    except Exception:
        # Whatever an object of somebody else's does when it is looked at.
        pass
    return came


def unnumbered(value: Any) -> str:
    """As `unread`, of what should hold numbers: a table is too long to be shown, its first word or date is not."""
    try:
        cells = np.asarray(value, dtype=object) if hasattr(value, "shape") else np.empty(0)
        odd = ((at, cell) for at, cell in np.ndenumerate(cells) if isinstance(cell, (str, bytes)) or is_date(cell))
        at, cell = next(odd)
        names = getattr(value, "columns", range(cells.shape[-1]))
        where = f"row {at[0]}, column {shown(names[at[1]])}" if len(at) == 2 else f"entry {at[0]}"
    except Exception:
        # Nothing of that kind is in it, or it is somebody else's object.
        return unread(value)
    return f"{shown(value)}, with {shown(cell)} in {where}; take out what is no number, or make numbers of it"


def is_date(value: object) -> bool:
    """Whether `value` is a date, a time or the span between two, of whichever library."""
    return isinstance(value, (np.datetime64, np.timedelta64, timedelta)) or hasattr(type(value), "strftime")


def disguised(words: Sequence[str]) -> str:
    """What the `words` are, and what to do, where all are numbers with other signs, all dates or all times; else ""."""
    for kind, (form, sign, advice) in DISGUISES.items():
        signed = next(filter(sign.search, words), None)
        if signed is not None and all(map(form.fullmatch, words)):
            return f"{shown(str(signed))}, which is {kind}; {advice}"
    return ""


def told(error: BaseException) -> str:
    """What was raised, as the last line of a traceback has it. It never raises, though the error's own text may."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return f"{kind}, whose own text raises an error"
