"""The controls of an Explorer, as data: what can be set, what it starts with, and which values fit.

The page makes native elements of their descriptions (see `explorer.js`).
"""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from ..arguments import choice, number, shown, whole_number
from ..settings import label

# A step of a logarithmic slider, in powers of ten: twenty steps from 0.01 to 0.1.
LOG_STEP = 0.05
# So many steps has an even scale of fractions.
EVEN_STEPS = 400
# The page counts no further.
LARGEST_WHOLE = 2**53
# A shared line may have so many letters.
LONGEST = 200_000


class Control:
    """A setting `name` that starts at `start`; `kind` and what `describe` adds are for the page."""

    kind: str
    start: Any

    def __init__(self, name: str):
        self.name = label("the name of a control", name)

    def check(self, value: Any) -> Any:
        """`value` as it is set. Raises TypeError or ValueError where it does not fit."""
        raise NotImplementedError

    def for_page(self, value: Any) -> Any:
        """`value` in JSON."""
        return value

    def from_page(self, value: Any) -> Any:
        """What the page means by `value`, as it is set. Raises TypeError or ValueError where it does not fit."""
        return self.check(value)

    def describe(self) -> dict[str, Any]:
        """What the page has to know, in JSON."""
        label, start = self.name.replace("_", " "), self.for_page(self.start)
        return {"name": self.name, "label": label, "kind": self.kind, "start": start}


class Number(Control):
    """A number from `least` to `most`: whole, or, where one of the three is a float, on a logarithmic scale.

    Where `least` is negative, the scale of floats is an even one.
    """

    kind = "number"

    def __init__(self, name: str, least: float, start: float, most: float):
        super().__init__(name)
        values = [number(name, value) for value in (least, start, most)]
        self.whole = all(isinstance(value, (int, np.integer)) for value in (least, start, most))
        least, start, most = map(int, (least, start, most)) if self.whole else values
        self.logarithmic = not self.whole and least >= 0
        if self.whole and max(-least, most) > LARGEST_WHOLE or most - least == inf:
            raise ValueError(f"{name} must not reach so far, got {(least, start, most)}; take ends that lie nearer")
        if not least <= start <= most or (self.logarithmic and least <= 0):
            raise ValueError(
                f"{name} must be (least, start, most) in this order, greater than 0 where they are not whole numbers, "
                f"got {(least, start, most)}"
            )
        self.least, self.start, self.most = least, start, most

    def check(self, value: Any) -> float:
        if not self.whole:
            return number(self.name, value, least=self.least, most=self.most)
        return whole_number(self.name, value, least=int(self.least), most=int(self.most))

    def describe(self) -> dict[str, Any]:
        scale: dict[str, Any] = {"decades": LOG_STEP if self.logarithmic else None}
        if not self.whole and not self.logarithmic:
            scale["apart"] = (self.most - self.least) / EVEN_STEPS
        return super().describe() | {"least": self.least, "most": self.most} | scale


class Choice(Control):
    """One of a few `entries`, words or numbers; it starts at the first. The page speaks of their places."""

    kind = "choice"

    def __init__(self, name: str, entries: Sequence[Any]):
        super().__init__(name)
        for entry in entries:
            if isinstance(entry, str):
                label(f"an entry of {name}", entry)
            elif entry is not None and not isinstance(entry, bool):
                number(f"an entry of {name} that is no text", entry)
        # 1 and True are one key of a dictionary, and None and "None" are one word in the page.
        if not entries or min(len(set(entries)), len(set(map(str, entries)))) < len(entries):
            raise ValueError(f"{name} must be a list of different entries to choose from, got {shown(entries)}")
        self.entries, self.start = {entry: entry for entry in entries}, entries[0]

    def check(self, value: Any) -> Any:
        return choice(self.name, value, self.entries)

    def for_page(self, value: Any) -> int:
        return list(self.entries).index(value)

    def from_page(self, value: Any) -> Any:
        return list(self.entries)[whole_number(self.name, value, most=len(self.entries) - 1)]

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"entries": [str(entry) for entry in self.entries]}


class Switch(Control):
    """On or off."""

    kind = "switch"

    def __init__(self, name: str, start: bool):
        super().__init__(name)
        self.start = start

    def check(self, value: Any) -> bool:
        return choice(self.name, value, {True: True, False: False})


class Text(Control):
    """A line of text."""

    kind = "text"

    def __init__(self, name: str, start: str):
        super().__init__(name)
        self.start = self.check(start)

    def check(self, value: Any) -> str:
        return label(self.name, value, most=LONGEST)


def control(name: str, start: Any) -> Control:
    """The control for a setting, by what it starts with: a triple, a list, True or False, a text.

    Raises TypeError or ValueError for anything else.
    """
    if isinstance(start, bool):
        return Switch(name, start)
    if isinstance(start, str):
        return Text(name, start)
    if isinstance(start, list):
        return Choice(name, start)
    if isinstance(start, tuple) and len(start) == 3:
        return Number(name, *start)
    raise TypeError(
        f"{name} must be a triple (least, start, most), a list to choose from, True, False or a text, got "
        f"{shown(start)}"
    )
