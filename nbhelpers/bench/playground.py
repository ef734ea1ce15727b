"""The explorer of the open bench: every setting as a control, a weight that is taken in hand, the judge at a press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..arguments import shown
from ..edges import spelled
from ..pictures.explorer import Explorer
from ..pictures.panels.bench import Answers, BothLosses
from ..pictures.panels.units import Units
from ..records import History
from .positions import CONTROLS, GROUPS, LARGEST, moved, positions
from .runs import Run
from .tables import Table
from .workbench import Bench

# They show a Run, and the bench shows nothing else.
PANELS: tuple[Any, ...] = Answers(), Units(), BothLosses()


@spelled
class Playground(Explorer):
    """The bench with its controls. `bench` is what stands on it, and what it starts with; by default the spiral.

    A weight is taken in hand by a press on its line, or by its number. Dragged, it stands at the record that is shown,
    and training goes on from there. `set`, `show`, `status` and `history` are those of an Explorer; `put(bench)` puts
    another bench on it. Raises TypeError for what is no Bench.
    """

    bench: Bench
    _ways: ClassVar = {**Explorer._ways, "bench": "write put(...)"}

    def __init__(self, bench: Bench | None = None):
        self._first = bench = _checked(Bench() if bench is None else bench)
        self.__dict__.update(bench=bench)
        self._table = bench.data if isinstance(bench.data, Table) else None
        # Where the scrubber stays while a weight is moved, and the last run that came to its end, with its bench.
        self._epoch = 0
        self._ran: tuple[Bench, Run] | None = None
        super().__init__(
            lambda **_: self._run(), [*PANELS], "ABC", groups=GROUPS,
            actions={
                "judge": lambda _: self.bench.judge(self.history, self.record), "share": lambda _: self.bench.share(),
                "code": lambda _: self.bench.code(self._known()),
                "undo edits": lambda _: self.put(self.bench.but(edits=())),
            },
            lines={"paste a shared line": lambda _, line: self.restore(line)}, **CONTROLS,
        )
        self.put(bench)

    def put(self, bench: Bench) -> str:
        """Put `bench` on the bench: train it, and move all controls to where they stand for it. Returns the status."""
        bench = _checked(bench)
        with self._worker.lock:
            self.__dict__.update(bench=bench)
            if isinstance(bench.data, Table):
                self._table = bench.data
            return self.set()

    def restore(self, line: str) -> str:
        """Put the bench of a shared line on it. Returns a sentence, also where the line is no such."""
        try:
            bench = Bench.from_share(line)
        except ValueError as error:
            return str(error)
        return f"On the bench as it was shared: {self.put(bench)}"

    def _known(self) -> Run | None:
        """The run of what is on the bench, where it has come to its end."""
        return self._ran[1] if self._ran is not None and self._ran[0] is self.bench else None

    def _run(self) -> Run:
        bench = self.bench
        run = bench.run()
        self._ran = bench, run
        return run

    def _begin(self, names: tuple[str, ...], values: dict[str, Any]) -> None:
        # All at once from the page: that is the reset.
        self._move(values, set(names) == self.controls.keys())
        there = {**self._settings, **values, **positions(self.bench)}
        there["weight"] = min(there["weight"], self.bench.network().theta.size)
        super()._begin(names, there)
        self._follow = not (values and values.keys() <= {"weight", "value"})

    def _move(self, values: Mapping[str, Any], reset: bool) -> None:
        """Change the bench by the controls that were moved."""
        bench, now = self.bench, self._settings
        if reset:
            starts = {name: one.start for name, one in self.controls.items()}
            bench, now = self._first, starts | positions(self._first)
            # What stands elsewhere has been moved since.
            values = {name: value for name, value in values.items() if value != starts[name]}
        others = {name: value for name, value in values.items() if name not in ("weight", "value")}
        if others:
            bench = moved(bench, now, others, self._table)
        weight = values.get("weight", now["weight"])
        if "value" in values and 0 < weight <= bench.network().theta.size:
            # The end may have been moved to before the record that is shown.
            epoch = min(int(self.history.epochs[self.record]), bench.epochs)
            bench = bench.but(edits=(*bench.edits, (epoch, weight - 1, values["value"])))
        self.__dict__.update(bench=bench)

    def _train(self) -> None:
        if (known := self._known()) is not None and known is self._done:
            self._worker.cancel()
            self._finish(known)
        else:
            super()._train()

    def _finish(self, history: History) -> None:
        epoch = self._epoch
        if not self._follow:
            self.__dict__.update(record=int(history.epochs.searchsorted(epoch)))
        super()._finish(history)
        if not self._follow and history.stopped == "running":
            # It may be on its way there.
            self._epoch = epoch

    def _redraw(self) -> None:
        run: Any = self.history
        weight = self._settings["weight"]
        run.take_in_hand(weight - 1 if 0 < weight <= run.theta.shape[1] else None)
        self._epoch = int(run.epochs[self.record])
        if run.in_hand is not None:
            value = float(run.theta[self.record, run.in_hand])
            value = round(min(max(value, -LARGEST), LARGEST), 3)
            if value != self._settings["value"]:
                self._settings["value"] = value
                self.values = self.values | {"value": self.controls["value"].for_page(value)}
        super()._redraw()


def _checked(bench: Any) -> Bench:
    if not isinstance(bench, Bench):
        raise TypeError(f"bench must be a Bench, got {shown(bench, Bench)}")
    return bench
