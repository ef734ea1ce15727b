"""The sliders: one Explorer serves every lesson.

A move of a control (see `controls`) trains the network anew and replaces the picture, one HTML text (see `svg`).
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from math import ceil
from time import monotonic
from typing import Any

from ipywidgets import HTML, Box, HBox, Layout, ToggleButton, VBox

from ..arguments import choice, whole_number
from ..records import History
from .controls import SliderWithBox, control
from .protocols import Panel, describe
from .svg import Sheet

# A control that moves again within this many seconds is still in the same drag.
DRAG_SECONDS = 1.0

# A film of all records has at most this many frames, each shown for this long.
FRAMES, FRAME_SECONDS = 200, 0.05

WIDEST = "1000px"


class Explorer(VBox):
    """Sliders over a training run: move one, and the network is trained again from the same start.

    run: a function that trains a network with the settings as keywords and returns its History.
    panels: the panels of the picture (see `panels`).
    arrangement: how they are placed, as in `plots.draw`.
    settings: a control for each keyword of `run`. A triple (least, start, most) is a slider with a box, of whole
        numbers or, where one of the three is a float, of numbers on a logarithmic scale; a list is a choice that
        starts at its first entry; True or False is a checkbox.

    `set(learning_rate=0.3)` does what moving the slider does, and `show(record)` what the scrubber does. `history`
    is the run that is shown, `ghost` the one before it, and `status` the sentence above the picture.
    """

    def __init__(
        self, run: Callable[..., History], panels: Sequence[Panel[History]], arrangement: str | None = None,
        **settings: Any,
    ):
        controls = {name: control(name, start) for name, start in settings.items()}
        history = run(**{name: control.value for name, control in controls.items()})
        sheet = Sheet(list(panels), history, arrangement)
        line, picture = HTML(), HTML()
        scrubber = SliderWithBox("record", 0, 0, 1, slider_width="100%")
        play = ToggleButton(description="Play", layout=Layout(width="80px"))
        super().__init__([
            Box([control.box for control in controls.values()], layout=Layout(flex_flow="row wrap")),
            line,
            picture,
            HBox([play, scrubber.box], layout=Layout(max_width=WIDEST)),
        ])
        self.run, self.panels, self.arrangement, self.controls = run, sheet.panels, arrangement, controls
        self.history, self.status = history, ""
        self.ghost: History | None = None
        self._sheet, self._line, self._picture, self._scrubber, self._play = sheet, line, picture, scrubber, play
        # The control that moved last, and when its run was drawn.
        self._moved: tuple[str | None, float] = None, 0.0
        self._playing: asyncio.Task | None = None
        self._to_the_end()
        play.observe(lambda change: self._safely(self._play_or_pause), "value")
        scrubber.on_move(partial(self._safely, self._redraw))
        for name, moved in controls.items():
            moved.on_move(partial(self._safely, self._retrain, name))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of all controls, a dictionary of keywords for `run`."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **settings: Any) -> str:
        """Move controls to new `settings`, train once and redraw. Returns the status.

        Raises TypeError or ValueError, with no control moved, where a name or a value does not fit.
        """
        controls = {name: choice("setting", name, self.controls) for name in settings}
        values = {name: controls[name].check(name, value) for name, value in settings.items()}
        for name, value in values.items():
            controls[name].set(value)
        self._safely(self._retrain, None)
        return self.status

    def show(self, record: int) -> str:
        """Move the scrubber to `record`, a whole number; -1 is the last. Returns the status."""
        most = len(self.history) - 1
        self._scrubber.value = most if record == -1 else whole_number("record", record, most=most)
        return self.status

    @property
    def record(self) -> int:
        """The record that is shown."""
        return self._scrubber.value

    @property
    def text(self) -> str:
        """The status and the sentences of all panels: what the picture shows."""
        return f"{self.status}. {describe(self.panels, self.history, self.record)}"

    def _safely(self, action: Callable[..., None], *arguments: Any) -> None:
        """Do `action`, and say in the status line what went wrong: an error in a callback is seen nowhere else."""
        try:
            action(*arguments)
        except Exception as error:
            self._say(f"{type(error).__name__}: {error}")
            raise

    def _retrain(self, name: str | None) -> None:
        """Train with the present settings; `name` is the control that moved, None for several."""
        began = monotonic()
        before, history = self.history, self.run(**self.settings)
        # Throughout a drag the ghost stays what it was when the drag began.
        moved, self._moved = self._moved, (name, monotonic())
        if name is None or moved[0] != name or began - moved[1] > DRAG_SECONDS:
            self.ghost = before
        self.history = history
        self._to_the_end()

    def _to_the_end(self) -> None:
        self._scrubber.set_limit(len(self.history) - 1)
        self._redraw()

    def _redraw(self) -> None:
        self._say(_sentence(self.history, self.record))
        self._picture.value = self._sheet.html(self.history, self.record, self.ghost, self.text)

    def _say(self, sentence: str) -> None:
        self.status = sentence
        # The role makes a screen reader speak each time; a quieter one is not heard when the whole line is replaced.
        self._line.value = f'<div role="alert"><b>{escape(sentence)}</b></div>'

    def _play_or_pause(self) -> None:
        self._play.description = "Pause" if self._play.value else "Play"
        if self._playing is not None:
            self._playing.cancel()
        if self._play.value:
            self._playing = asyncio.ensure_future(self._play_on())

    async def _play_on(self) -> None:
        """Show record after record to the end, from the start where the end is shown, until the button is up again."""
        try:
            if self.record == len(self.history) - 1:
                self.show(0)
            apart = ceil(len(self.history) / FRAMES)
            while self._play.value and self.record < len(self.history) - 1:
                self.show(min(self.record + apart, len(self.history) - 1))
                await asyncio.sleep(FRAME_SECONDS)
        finally:
            # Also after an error; but where the button was pressed again, it belongs to the next film.
            if self._playing is asyncio.current_task():
                self._play.value = False

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        """The live widget, and for where no kernel runs a still picture and its text."""
        from .plots import draw

        picture = draw(self.panels, self.history, self.record, self.arrangement)
        picture.text = self.text
        bundle, metadata = picture._repr_mimebundle_()
        live = super()._repr_mimebundle_(**kwargs)
        return {**live, **bundle}, metadata


def _sentence(history: History, record: int) -> str:
    """What the status line says of `history` at `record`."""
    label, unit, epoch = history.loss_function.label, history.unit, history.epochs[record]
    if record < len(history) - 1:
        return f"{label} {history.loss[record]:.3g} after {epoch} of {history.ended_at} {unit}s"
    if history.stopped == "diverged":
        return f"{label} diverged at {unit} {history.ended_at}: try a smaller learning rate"
    sentence = f"{label} {history.loss[record]:.3g} after {epoch} {unit}s"
    if history.stopped == "stop_below":
        return f"{sentence}, goal reached"
    if history.loss[record] > history.loss[0]:
        sentence += f", more than {history.loss[0]:.3g} at the start: try a smaller learning rate"
    return sentence
