"""The bench: settings that can be trained, judged, shared in a line of text and written as a program."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..activations import quiet
from ..arguments import Array, shown, whole_number
from ..diagnosis import diagnose
from ..edges import spelled, unchanging
from ..gradcheck import check_gradient
from ..network import Network
from ..records import History
from ..training import train
from ..watching import seen_as
from .program import program
from .runs import Run, data_of
from .settings import OPTIMIZERS, SCHEDULES, Settings
from .shares import read, written


@spelled
class Bench(Settings):
    """Settings (see there) that can be trained, judged, shared and written as a program.

    >>> from nbhelpers import Bench
    >>> bench = Bench(data="xor", layers=[(4, "tanh")], epochs=300)
    >>> bool(bench.run().test_loss[-1] < 0.01)
    True
    >>> bench == Bench.from_share(bench.share())
    True
    """

    def run(self) -> Run:
        """Train from the start to the end, with the edits on the way. Returns a Run, the History with its test."""
        data, network = data_of(self), self.network()
        network.initialize(self.start, self.seed)
        how: dict[str, Any] = {
            "loss": self.loss, "optimizer": OPTIMIZERS[self.optimizer](self.learning_rate, self.weight_decay),
            "batch_size": self.batch_size, "seed": None if self.batch_size is None else self.seed,
            "schedule": SCHEDULES[self.schedule], "gradient": self.gradient(network),
        }
        edited = tuple(epoch for epoch, _, _ in self.edits)
        histories: list[History] = []
        for first, last, room in self.parts:
            self._edit(network, first, histories)
            if self._lost(network, data.X, data.Y):
                raise ValueError(
                    f"the gradient with this fault must be finite where a training begins, got nan or inf at epoch "
                    f"{first}; take another seed or another fault"
                )
            with seen_as(lambda part: Run(History.joined([*histories, part]), data, edited)):
                histories.append(train(network, data.X, data.Y, epochs=last - first, record=room, **how))
            if histories[-1].stopped != "epochs":
                break
        else:
            self._edit(network, self.epochs, histories)
        return Run(History.joined(histories), data, edited)

    def _edit(self, network: Network, epoch: int, histories: list[History]) -> None:
        """Make the edits of an epoch, in the network and in the last record of what there is."""
        for at, place, value in self.edits:
            if at == epoch:
                network.theta[place] = value
        if histories:
            vars(histories[-1])["theta"] = unchanging(np.vstack([histories[-1].theta[:-1], network.theta]))

    def _lost(self, network: Network, X: Array, Y: Array) -> bool:
        """Whether the gradient of the fault has nan or inf there: `train` and the judge refuse it as one of users."""
        gradient = self.gradient(network)
        with quiet():
            return gradient is not None and not np.isfinite(gradient(network.theta, X, Y)).all()

    def judge(self, history: History, record: int = -1) -> str:
        """What the judge says of the gradient on the bench at the parameters of a record, in a few sentences."""
        if not isinstance(history, History) or history.theta.shape[1] != self.network().theta.size:
            raise TypeError(f"history must be a History of the network on this bench, got {shown(history, History)}")
        record = whole_number("record", record, least=-len(history), most=len(history) - 1)
        network = history.network(record)
        where = f"At {history.unit} {history.epochs[record]}"
        if self._lost(network, history.X, history.Y):
            return f"{where}: The gradient cannot be judged: it has nan or inf there. Take an earlier record."
        case = network, history.X, history.Y, history.loss_function, self.gradient(network)
        check = check_gradient(*case)
        return f"{where}: {check.text if check.verdict != 'wrong' else f'The gradient is wrong. {diagnose(*case)}'}"

    def share(self) -> str:
        """One line of text that `from_share` makes this bench of again. ValueError for a table that is too long."""
        return written(self)

    @classmethod
    def from_share(cls, line: str) -> Bench:
        """The bench of a line by `share`, from anybody: it is data. ValueError, in one sentence, for other lines."""
        return read(line, cls)

    def code(self, run: Run | None = None) -> str:
        """The lines of Python that do what this bench shows, with the package alone.

        Where it diverges, edits that come later are left out, as they are in a run. To see that it is trained, unless
        its `run` is given.
        """
        if run is not None and not isinstance(run, Run):
            raise TypeError(f"run must be the Run of this bench or None, got {shown(run, Run)}")
        run = self.run() if run is None else run
        return program(self, run.ended_at if run.stopped == "diverged" else None)

    def but(self, **changes: Any) -> Bench:
        """The same bench with other settings."""
        return replace(self, **changes)
