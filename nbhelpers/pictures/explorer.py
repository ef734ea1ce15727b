"""The sliders: one Explorer serves every lesson.

It is one widget. The page (`explorer.js`) makes the controls and owns their positions; it asks for a move, gets a
picture, and asks for the next. A move trains the network anew, beside the kernel's own work (see `worker`).
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

import numpy as np
from anywidget import AnyWidget
from ipywidgets import Layout
from traitlets import Dict

from ..arguments import choice, whole_number
from ..arguments import shown as said
from ..edges import spelled
from ..records import History
from ..settings import function, is_async, labels, named
from ..words import told
from . import cells, still
from .controls import control
from .outcomes import Outcome, outcome
from .protocols import Panel, describe, panels_of
from .style import STYLE
from .svg import Sheet
from .worker import Worker

# A control that moves again within this many seconds is still in the same drag.
DRAG_SECONDS = 1.0

# The ends of a run that stand in the picture itself.
MARKED = ("diverged", "dead", "stuck")

HERE = Path(__file__).parent

# The explorers whose `run` or panels are at work here.
AT_WORK: ContextVar[tuple["Explorer", ...]] = ContextVar("AT_WORK", default=())


@spelled
class Explorer(AnyWidget):
    """Sliders over a training run: move one, and the network is trained again from the same start.

    run: a function that trains a network, a new one or a copy, with the settings as keywords and returns its History.
    panels: the panels of the picture (see `panels`).
    arrangement: how they are placed, as in `plots.draw`.
    groups: headings for controls that belong together, {"data": ["noise", "seed"]}; the others stand before them.
    actions: buttons, {"judge": function}; it is called with the explorer, and the text that it returns is shown.
    lines: lines to type or paste, {"share": function}; it is called with the explorer and the line.
    settings: a control for each keyword of `run`. A triple (least, start, most) is a slider with a box, of whole
        numbers or, where one of the three is a float, of numbers on a logarithmic scale (an even one, where they may
        be negative); a list is a choice that starts at its first entry; True or False is a checkbox; a text is a line
        of text.

    `set(learning_rate=0.3)` does what moving the slider does, and `show(record)` what the scrubber does. `history`
    is the run that is shown, `before` the one that it is compared with, and `status` the sentence above the picture.
    Raises TypeError or ValueError for arguments that do not fit, and what `run` raises. `set` and `show` raise
    RuntimeError where `run` or a panel calls them.
    """

    _esm = (HERE / "explorer.js").read_text(encoding="utf-8")
    _css = STYLE + (HERE / "explorer.css").read_text(encoding="utf-8")

    # What the page reads. It writes none of them: it asks, by messages.
    board = Dict().tag(sync=True)
    values = Dict().tag(sync=True)
    times = Dict().tag(sync=True)
    shown = Dict().tag(sync=True)

    panels: list[Panel[History]]
    arrangement: str | None
    history: History
    record: int
    status: str
    before: History | None
    # What changes these from outside; here they are changed in `__dict__`.
    _ways: ClassVar = {
        "panels": "make another explorer", "arrangement": "make another explorer", "history": "write set(...)",
        "record": "write show(...)", "status": "write set(...)", "before": "write set(...)",
    }

    def __init__(
        self, run: Callable[..., History], panels: Sequence[Panel[History]], arrangement: str | None = None, *,
        groups: Mapping[str, Sequence[str]] | None = None, actions: Mapping[str, Callable] | None = None,
        lines: Mapping[str, Callable] | None = None, **settings: Any,
    ):
        _check_run(run, settings)
        panels = panels_of(panels)
        groups = {heading: labels(f"the group {heading!r} of groups", group, 0, len(settings))
                  for heading, group in named("groups", groups, "lists of controls").items()}
        actions, lines = named("actions", actions, "functions"), named("lines", lines, "functions")
        for act in actions.values():
            function("each of the actions", act, "explorer")
        for act in lines.values():
            function("each of the lines", act, "explorer", "line")
        if both := actions.keys() & lines.keys():
            raise ValueError(f"lines must have other names than actions, got {min(both)!r} in both")
        controls = {name: control(name, start) for name, start in settings.items()}
        values = {name: one.start for name, one in controls.items()}
        for heading, names in groups.items():
            for name in names:
                choice(f"a control of the group {heading!r}", name, controls)
        if len(placed := [name for names in groups.values() for name in names]) > len(set(placed)):
            raise ValueError(f"groups must have each control once at the most, got {said(groups)}")
        history = _history(run(**values))
        sheet = Sheet(panels, history, arrangement)
        super().__init__(
            values={name: one.for_page(one.start) for name, one in controls.items()},
            board={
                "controls": [one.describe() for one in controls.values()],
                # In pairs, because a notebook is saved with the keys of its dictionaries in the order of the alphabet.
                "groups": [[heading, list(names)] for heading, names in groups.items()],
                "actions": list(actions), "lines": list(lines),
            },
        )
        self.__dict__.update(panels=panels, arrangement=arrangement)
        self.__dict__.update(history=history, record=len(history) - 1, status="", before=None)
        self.run, self.actions = run, actions | lines
        self.kept, self._settings = False, values
        self.places: dict[str, str] = {}
        self._sheet, self._note, self._failed = sheet, "", ""
        self._worker = Worker(self._deliver)
        # The controls that moved last and when their run was drawn; the last run that was done; and whether the end of
        # a run is shown as it grows.
        self._moved: tuple[tuple[str, ...], float] = (), 0.0
        self._done, self._follow = history, True
        # The last question of each view of the page.
        self._answers: dict[str, int] = {}
        # Last, because a control may have the name of an attribute.
        self.controls = controls
        self.on_msg(self._asked)
        self._redraw()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of all controls, a dictionary of keywords for `run`."""
        return dict(self._settings)

    @property
    def text(self) -> str:
        """The status and the sentences of all panels: what the picture shows."""
        return f"{self.status}. {describe(self.panels, self.history, self.record)}"

    def set(self, **settings: Any) -> str:
        """Move controls to new `settings`, train once and redraw. Returns the status.

        Raises TypeError or ValueError, with no control moved, where a name or a value does not fit.
        """
        values = self._checked(settings)
        with self._worker.lock, self._saying_what_fails():
            self._demand_rest()
            self._worker.cancel()
            self._note = ""
            self._begin((), values)
            self._train_now()
        return self.status

    def show(self, record: int) -> str:
        """Move the scrubber to `record`, a whole number; -1 is the last. Returns the status."""
        with self._worker.lock:
            self._demand_rest()
            most = len(self.history) - 1
            record = whole_number("record", record, least=-1, most=most)
            self._note = ""
            self.__dict__.update(record=most if record == -1 else record)
            with self._saying_what_fails():
                self._redraw()
        return self.status

    def close(self) -> None:
        """Let go of the widget in the kernel and in the page. It opens again where it is displayed or boxed again."""
        if self.comm is not None:
            self._worker.cancel()
            self.layout.close()
            super().close()
            # ipywidgets forbids a closed widget to be displayed.
            self.__dict__.pop("_repr_mimebundle_", None)

    @property
    def model_id(self) -> str:
        """The name that the page has for it: who asks for it will show it, so that a closed one opens again."""
        if self.comm is None:
            self.layout = Layout()
            self.open()
        return super().model_id

    def __setattr__(self, name: str, value: Any) -> None:
        if name in vars(self).get("controls", ()) and not hasattr(self, name):
            raise AttributeError(f"{name!r} is a control: write set({name}=...) to move it")
        if name in self._ways:
            raise AttributeError(f"{name!r} of {type(self).__name__} cannot be set: {self._ways[name]}")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        # A box of ipywidgets shows it where there are no widgets.
        return self.text

    def __reduce_ex__(self, protocol: Any = 0) -> Any:
        """Raises TypeError."""
        kind = type(self).__name__
        raise TypeError(f"{kind} cannot be copied or pickled, it belongs to a page; make another, or copy its history")

    __copy__ = __deepcopy__ = __reduce_ex__

    def _checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings as they are set. Raises TypeError or ValueError."""
        controls = {name: choice("setting", name, self.controls) for name in settings}
        return {name: controls[name].check(value) for name, value in settings.items()}

    def _asked(self, _: Any, question: dict[str, Any], __: Any) -> None:
        """Answer the page, in the kernel's main thread or in another one.

        It asks for new "values", a "record", "keep" (or not), an "action" (with a "line").
        """
        with self._worker.lock, self._saying_what_fails():
            self._note = ""
            self._answers[question["view"]] = question["id"]
            if "keep" in question:
                self.kept = bool(question["keep"])
                self.__dict__.update(before=self.history if self.kept else None)
                self._moved = (), 0.0
            if "values" in question:
                values = {name: self.controls[name].from_page(value) for name, value in question["values"].items()}
                self._begin(tuple(sorted(values)), values)
                self._train()
                return
            if "record" in question:
                self.__dict__.update(record=min(question["record"], len(self.history) - 1), _follow=False)
            if "action" in question:
                line = [question["line"]] if "line" in question else []
                self._note = str(self.actions[question["action"]](self, *line) or "")
            self._redraw()

    def _train(self) -> None:
        """Train for the page, beside the event loop where there is one, and where the system gives a thread for it."""
        if sys.platform != "emscripten":
            with suppress(RuntimeError):
                self._worker.start(partial(self._trained, self.settings))
                return
            self._worker.cancel()
        self._train_now()

    def _train_now(self) -> None:
        try:
            history = self._trained(self.settings)
        except BaseException as error:
            self._fail(error)
            raise
        self._finish(history)

    def _trained(self, settings: dict[str, Any]) -> History:
        """What `run` returns for `settings`. Raises ValueError where it goes on with a network that it has trained.

        One that begins where its network was, and leaves it there again, begins there next time too.
        """
        before, network = self._done, self._done._job.network
        here = network.theta.copy()
        with self._at_work():
            history = _history(self.run(**settings))
        on = history._job.network is network and np.array_equal(history.theta[0], here)
        if on and not any(np.array_equal(here, anew) for anew in (before.theta[0], network.theta)):
            raise ValueError(
                "run must start anew at each call, but it trains one network on and on; make the network in run, or "
                "train its .copy()"
            )
        return history

    def _begin(self, names: tuple[str, ...], values: dict[str, Any]) -> None:
        """Take over `values`. Throughout a drag, `names` being what is dragged, `before` stays what it was."""
        moved, then = self._moved
        if not self.kept and not (names and moved == names and monotonic() - then <= DRAG_SECONDS):
            self.__dict__.update(before=self._done)
        self._moved, self._follow = (names, monotonic()), True
        self._settings |= values
        self.values = {name: self.controls[name].for_page(value) for name, value in self._settings.items()}

    def _deliver(self, result: History | BaseException) -> None:
        """What the worker has of the run, its end or a part of it, or what went wrong."""
        if isinstance(result, BaseException):
            self._fail(result)
            if not isinstance(result, Exception):
                # It must not end the event loop, and the kernel with it.
                return
        with self._saying_what_fails():
            if isinstance(result, Exception):
                raise result
            self._finish(result)

    def _finish(self, history: History) -> None:
        """Show `history`, the end of a run or what there is of it."""
        if self.before is not None and self.before._job is history._job:
            # What was kept while it was under way grows too.
            self.__dict__.update(before=history)
        self.__dict__.update(history=history)
        self._failed = ""
        if history.stopped != "running":
            self._done = history
        self._moved = self._moved[0], monotonic()
        last = len(history) - 1
        self.__dict__.update(record=last if self._follow else min(self.record, last))
        self._redraw()

    def _redraw(self) -> None:
        found = outcome(self.history, self.record)
        if self._failed:
            found = Outcome("error", "", self._failed, "")
        self.__dict__.update(status=self._failed or found.sentence)
        mark = found.word if found.word in MARKED else ""
        with self._at_work():
            picture = self._sheet.html(self.history, self.record, self.before, self.text, mark, style=False)
        times = {"unit": self.history.unit, "epochs": self.history.epochs.tolist()}
        with self.hold_sync():
            self.times = times
            self.shown = self._answer(found) | {"picture": picture}

    def _fail(self, error: BaseException) -> None:
        """Say what ended a training, until another one has ended: what is shown is not of these settings."""
        self._failed = told(error)
        self._say(error)

    def _say(self, error: BaseException) -> None:
        self.__dict__.update(status=told(error))
        found = Outcome("error", "", self.status, "")
        self.shown = self._answer(found) | {"picture": self.shown.get("picture", "")}

    def _answer(self, found: Outcome) -> dict[str, Any]:
        state = {"record": self.record, "kept": self.kept, "note": self._note}
        parts = {"word": found.word, "loss": found.loss, "rest": found.rest, "advice": found.advice}
        return {"answers": dict(self._answers), **state, **parts}

    @contextmanager
    def _saying_what_fails(self) -> Iterator[None]:
        """Say in the status line what went wrong, and raise it: an error in a callback is seen nowhere else."""
        try:
            yield
        except BaseException as error:
            self._say(error)
            raise

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """What is called in this block, `run` or a panel, must not move this explorer."""
        token = AT_WORK.set((*AT_WORK.get(), self))
        try:
            yield
        finally:
            AT_WORK.reset(token)

    def _demand_rest(self) -> None:
        """Raises RuntimeError where `run` or a panel asks, which would begin it again without end."""
        if self in AT_WORK.get():
            raise RuntimeError("run and panels must not move their own explorer: take its set and show out of them")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        """The live widget, and for where no kernel runs a still picture and its text."""
        cells.displayed(self)
        live, colab = super()._repr_mimebundle_(**kwargs) or ({}, {})
        bundle, metadata = still.bundle(
            self.panels, self.history, self.record, self.arrangement, self.text, self.shown["picture"]
        )
        return {**live, **bundle}, {**colab, **metadata}


def _check_run(run: Callable, settings: Mapping[str, Any]) -> None:
    """Raises TypeError where `run` is no function of these settings."""
    if not callable(run):
        raise TypeError(f"run must be a function that trains and returns a History, got {said(run)}")
    if is_async(run):
        raise TypeError(f"run must be a function, got an async one, {said(run)}; write def in place of async def")
    try:
        inspect.signature(run).bind(**settings)
    except TypeError as error:
        names = ", ".join(settings) or "none"
        raise TypeError(f"run must take the settings as its keywords, got the settings {names}: {error}") from None
    except ValueError:
        # A function of C has no signature to be read.
        pass


def _history(result: Any) -> History:
    if not isinstance(result, History):
        raise TypeError(
            f"run must return the History of its training, got {said(result, History)}: end it with `return train(...)`"
        )
    return result
