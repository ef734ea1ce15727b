"""The controls of an Explorer: a number with its slider, or a choice. Each swallows the echo of its own moves."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log10
from typing import Any

from ipywidgets import (
    BoundedFloatText,
    BoundedIntText,
    Checkbox,
    Dropdown,
    FloatLogSlider,
    HBox,
    IntSlider,
    Layout,
    RadioButtons,
    Widget,
    link,
)

from ..arguments import choice, number, whole_number

# A step of a logarithmic slider, in powers of ten: twenty steps from 0.01 to 0.1.
LOG_STEP = 0.05

# More words than these do not fit beside each other.
FEW = 4


class Control:
    """A value that moves by hand, or as by hand where `value` is assigned, or in silence by `set`.

    `widget` holds the value, and `box` is what is displayed: the widget itself or a row with it.
    """

    def __init__(self, widget: Widget, box: Widget):
        self.widget, self.box, self._quiet = widget, box, False

    @property
    def value(self) -> Any:
        return self.widget.value

    @value.setter
    def value(self, value: Any) -> None:
        self.widget.value = value

    def check(self, name: str, value: Any) -> Any:
        """`value` as it would be set. Raises TypeError or ValueError, speaking of `name`, where it does not fit."""
        raise NotImplementedError

    def set(self, value: Any) -> None:
        """Move to `value` without calling what waits for a move."""
        with self._quietly():
            self.value = value

    def on_move(self, act: Callable[[], object]) -> None:
        """Call `act` at every move but those by `set`."""
        self.widget.observe(lambda change: None if self._quiet else act(), "value")

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


class SliderWithBox(Control):
    """A slider and a box for the same number; `widget` is the box.

    The box has a name that a screen reader reads, which ipywidgets does not give to a slider. What the slider sets
    is rounded to the two digits that the box then shows.
    """

    def __init__(self, name: str, least: float, start: float, most: float, slider_width: str = "160px"):
        self.logarithmic = any(isinstance(value, float) for value in (least, start, most))
        if not least <= start <= most or (self.logarithmic and least <= 0):
            raise ValueError(
                f"{name} must be (least, start, most) in this order, greater than 0 where they are not whole numbers, "
                f"got {(least, start, most)}"
            )
        common = {"value": start, "min": least, "max": most, "description": name.replace("_", " ")}
        style = {"style": {"description_width": "initial"}, "layout": Layout(width="max-content", flex="0 0 auto")}
        slider = {"readout": False, "layout": Layout(width=slider_width)}
        if self.logarithmic:
            self.slider = FloatLogSlider(start, min=log10(least), max=log10(most), step=LOG_STEP, **slider)
            box = BoundedFloatText(**common, step=least, **style)
            self.slider.observe(self._slider_moved, "value")
            box.observe(self._box_moved, "value")
        else:
            self.slider = IntSlider(start, min=least, max=most, **slider)
            box = BoundedIntText(**common, **style)
            link((self.slider, "value"), (box, "value"))
        row = Layout(flex="1 1 auto" if slider_width == "100%" else None)
        super().__init__(box, HBox([box, self.slider], layout=row))

    # Slider and box agree when they are at the same step, and only another step of the one moves the other. For a typed
    # number lies between two steps, and the page must not round it; and the page computes a step with another last bit
    # than Python, whose answer would pull the slider back against the hand.

    def _box_moved(self, change: Any) -> None:
        if self._step(change.new) != self._step(self.slider.value):
            self.slider.value = 10 ** (self.slider.min + self._step(change.new) * LOG_STEP)

    def _slider_moved(self, change: Any) -> None:
        if self._step(change.new) != self._step(self.widget.value):
            self.widget.value = float(f"{change.new:.2g}")

    def _step(self, value: float) -> int:
        """The step of the slider that is nearest to `value`."""
        return round((log10(value) - self.slider.min) / LOG_STEP)

    def check(self, name: str, value: Any) -> float:
        limits = {"least": self.widget.min, "most": self.widget.max}
        return (number if self.logarithmic else whole_number)(name, value, **limits)

    def set_limit(self, most: float) -> None:
        """Let the number go up to `most`, and `set` it there."""
        with self._quietly():
            self.slider.max = self.widget.max = most
            self.widget.value = most


class Choice(Control):
    """One of a few words, or, for `entries` of True and False, a checkbox."""

    def __init__(self, name: str, entries: Sequence[Any]):
        label = name.replace("_", " ")
        self.entries = {entry: entry for entry in entries}
        if set(entries) == {True, False}:
            widget = Checkbox(entries[0], description=label, indent=False)
        else:
            common = {"options": entries, "value": entries[0], "description": label}
            common |= {"style": {"description_width": "initial"}, "layout": Layout(width="max-content")}
            few = len(entries) <= FEW
            widget = RadioButtons(orientation="horizontal", **common) if few else Dropdown(**common)
        super().__init__(widget, widget)

    def check(self, name: str, value: Any) -> Any:
        return choice(name, value, self.entries)


def control(name: str, start: Any) -> Control:
    """The control for a setting of an Explorer, by what it starts with: a triple, a list, True or False."""
    if isinstance(start, bool):
        return Choice(name, [start, not start])
    return Choice(name, start) if isinstance(start, list) else SliderWithBox(name, *start)
