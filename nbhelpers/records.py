"""What a training is (`Job`), the states that it keeps on its way (`Recorder`), and what came of it (`History`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import ceil, inf, isfinite
from pickle import dumps
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import Array, shown, whole_number
from .edges import Fixed, spelled, unchanging
from .evidence import angle, given_at
from .losses import Loss
from .network import Backpropagation, LossAt, Network
from .optimizers import SCHEDULES, SGD, Optimizer
from .settings import listing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Job:
    """A training as it was asked for: what is trained, on which data, and how; the fields are the arguments of `train`.

    `train` makes it after its checks. The data are copies, so that they stay what they were.
    """

    network: Network
    X: Array
    Y: Array
    loss: Loss
    optimizer: Optimizer = SGD()
    epochs: int = 1
    batch_size: int = 1
    stop_below: float = -inf
    seed: int | None = None
    gradient: Callable[[Array, Array, Array], Array] | None = None
    schedule: str = "constant"

    def __post_init__(self) -> None:
        vars(self).update(X=self.X.copy(), Y=self.Y.copy())

    def share_of_rate(self, done: int) -> float:
        """The factor on every step of the epoch that comes after `done` others."""
        return SCHEDULES[self.schedule](done / self.epochs)

    @property
    def unit(self) -> str:
        """What a picture calls an epoch: "step" where an epoch is a single update, else "epoch"."""
        return "step" if self.batch_size >= len(self.X) else "epoch"


class Recorder:
    """Copies of theta, evenly spread over a training run whose length need not be known.

    The records lie `apart` epochs from each other. When there is no room for more, every other one is dropped and the
    distance doubles, so that memory does not grow with the number of epochs.
    """

    def __init__(self, job: Job, room: int):
        self.job = job
        self.room = min(room, job.epochs + 1)
        self.apart = ceil(job.epochs / (room - 1)) if job.stop_below == -inf else 1
        self.epochs = np.empty(self.room + 1, dtype=np.int64)
        self.theta = np.empty((self.room + 1, job.network.theta.size))
        self.count = 0

    def next_epoch(self, done: int) -> int:
        """The next epoch that is due for recording when `done` are done."""
        return (done // self.apart + 1) * self.apart

    def keep(self, epoch: int, last: bool = False) -> None:
        """Record theta as it is now, if `epoch` is due or the `last` one, and not recorded yet."""
        if (self.count and self.epochs[self.count - 1] == epoch) or (epoch % self.apart and not last):
            return
        if self.count >= self.room and not last:
            kept = self.count = (self.count + 1) // 2
            self.epochs[:kept] = self.epochs[: 2 * kept : 2]
            self.theta[:kept] = self.theta[: 2 * kept : 2]
            self.apart *= 2
            if epoch % self.apart:
                return
        self.epochs[self.count], self.theta[self.count] = epoch, self.job.network.theta
        self.count += 1

    def back_to_finite(self) -> bool:
        """Drop the records at the end whose loss or theta is not finite, but never the first.

        The network is then where the last record is. Returns whether there was one that is not finite.
        """
        loss_at = LossAt(self.job.network, self.job.X, self.job.Y, self.job.loss)
        found = self.count

        def is_finite(theta: Array) -> bool:
            return isfinite(loss_at(theta)) and bool(np.isfinite(theta).all())

        while not (finite := is_finite(self.theta[self.count - 1])) and self.count > 1:
            self.count -= 1
        self.job.network.theta[:] = self.theta[self.count - 1]
        return self.count < found or not finite

    def history(self, stopped: str, ended_at: int) -> History:
        """All that was recorded; of copies, for the records of a run that goes on are thinned out on the way."""
        return History(self.job, self.epochs[: self.count].copy(), self.theta[: self.count].copy(), stopped, ended_at)


def left_behind(*_: Any) -> Any:
    """The gradient function of a History that was copied without it."""
    raise ValueError("the gradient function of this run was not copied with it: define it with def, in a module")


@spelled
class History(Fixed):
    """What a training run recorded, to be read; all rows belong together, one for each record.

    epochs: the epochs completed at each record, shape (records,); the first is 0, the start.
    theta: the parameters then, shape (records, parameters).
    loss: the loss of all data then, shape (records,).
    gradient: its derivative then, by the gradient function that the run used, shape (records, parameters).
    right_gradient: the same by backpropagation, whatever the run used.
    angles: the angle between the two in degrees, shape (records,); below 90 a small step goes downhill.
    stopped: "epochs", "stop_below", "diverged", "interrupted" (the last record may then have a part of the next
        epoch) or "running" (see `watching`).
    ended_at: the epoch in which that was.
    unit: what a picture calls an epoch: "step" where an epoch is a single update, else "epoch".
    note: what else is to be said of the end of the run, as the end of a sentence; mostly "".
    edited: the epochs at which parameters were set by hand, as on the bench; mostly ().
    X, Y, loss_function: what the network was trained on, and the Loss.
    """

    _job: Job
    epochs: np.ndarray
    theta: Array
    stopped: str
    ended_at: int
    X: Array
    Y: Array
    loss_function: Loss
    unit: str
    note: str
    edited: tuple[int, ...] = ()
    _known: dict[bytes, Array]

    def __init__(self, job: Job, epochs: np.ndarray, theta: Array, stopped: str, ended_at: int, note: str = ""):
        vars(self).update(
            _job=job, epochs=unchanging(epochs), theta=unchanging(theta), X=unchanging(job.X), Y=unchanging(job.Y),
            stopped=stopped, ended_at=ended_at, loss_function=job.loss, unit=job.unit, note=note, _known={},
        )

    @classmethod
    def joined(cls, histories: Sequence[History], note: str = "") -> History:
        """One History of several trainings, each of which went on where the one before had ended; `note` is its own.

        What it says of the data, the loss and the gradient is what the first of them says.
        """
        found = listing("histories", histories)
        if not found or not all(isinstance(history, History) for history in found):
            raise TypeError(f"histories must be a list of one History or more, got {shown(found, History)}")
        first, *others = found
        if not all(np.array_equal(part.theta[-1], after.theta[0]) for part, after in zip(found, others)):
            raise ValueError("histories must each begin where the one before ended, got others; put them in that order")
        # The start of each is the end of the one before.
        epochs, theta, ended_at = [first.epochs], [first.theta, *(part.theta[1:] for part in others)], first.ended_at
        for history in others:
            epochs.append(ended_at + history.epochs[1:])
            ended_at += history.ended_at
        return cls(first._job, np.concatenate(epochs), np.concatenate(theta), found[-1].stopped, ended_at, note)

    def __repr__(self) -> str:
        return (
            f"History({len(self)} records, {self.loss_function} {self.loss[0]:.6g} to {self.loss[-1]:.6g}, "
            f"stopped by {self.stopped} after {self.ended_at} epochs)"
        )

    def __len__(self) -> int:
        return len(self.epochs)

    def __getstate__(self) -> dict[str, Any]:
        """What goes into a file. A lambda does not, nor what a function reads; so what it gave as a gradient does."""
        given = self._job.gradient
        state = vars(self) | ({} if given is None else {"gradient": self.gradient})
        try:
            dumps(given)
        except Exception:
            state |= {"_job": replace(self._job, gradient=left_behind)}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        # NumPy makes every copy of an array one to write to.
        vars(self).update({k: unchanging(part) if isinstance(part, np.ndarray) else part for k, part in state.items()})

    @property
    def planned(self) -> int:
        """The epochs that were asked for, or that were done where these were more; a goal may end a run before."""
        return max(self._job.epochs, int(self.epochs[-1]))

    @property
    def loss(self) -> Array:
        # A copy: who scales the losses in place leaves those of the pictures as they are.
        return self._replay[0].copy()

    @property
    def right_gradient(self) -> Array:
        return unchanging(self._replay[1])

    @cached_property
    def gradient(self) -> Array:
        given = self._job.gradient
        if given is None:
            return self.right_gradient
        # A network that is trained still is left where it is.
        network = self._job.network if self.stopped != "running" else self.network(0)
        return unchanging(np.array([given_at(theta, network, given, self.X, self.Y) for theta in self.theta]))

    @cached_property
    def angles(self) -> Array:
        return unchanging(np.array([angle(used, right) for used, right in zip(self.gradient, self.right_gradient)]))

    @cached_property
    def _replay(self) -> tuple[Array, Array]:
        """The loss at every record, and its derivative by backpropagation."""
        network = self.network(0)
        backpropagation = Backpropagation(network, len(self.X), self.loss_function)
        losses, gradients = np.empty(len(self)), np.empty_like(self.theta)
        with quiet():
            for i, theta in enumerate(self.theta):
                network.theta[:] = theta
                losses[i] = backpropagation(self.X, self.Y)
                gradients[i] = backpropagation.gradient
        return losses, gradients

    def loss_on(self, X: ArrayLike, Y: ArrayLike) -> Array:
        """The loss of other data at every record, shape (records,), such as of rows held back for a test.

        Known by a digest of the data once it has been asked for, because pictures ask again. Raises as `train` does.
        """
        X, Y, loss = self._job.network.check(X, Y, self.loss_function)
        data = sha256(X.tobytes() + Y.tobytes()).digest()
        if data not in self._known:
            loss_at = LossAt(self.network(0), X, Y, loss)
            self._known[data] = np.array([loss_at(theta) for theta in self.theta])
        return self._known[data].copy()

    def network(self, i: int) -> Network:
        """A network of its own, as it was at record `i`."""
        network = self._job.network.copy()
        network.theta = self.theta[whole_number("i", i, least=-len(self), most=len(self) - 1)]
        return network

    def to_frame(self) -> pd.DataFrame:
        """A pandas DataFrame with a row for each record: epoch, loss, and the parameters theta0, theta1, ..."""
        import pandas as pd

        columns = {"epoch": self.epochs, "loss": self.loss}
        return pd.DataFrame(columns | {f"theta{i}": values for i, values in enumerate(self.theta.T)})
