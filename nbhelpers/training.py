"""Training: one loop for full batches, minibatches and online updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import inf, isfinite
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import RESULT, Array, choice, number, shown, vector, whole_number
from .edges import spelled
from .evidence import given_at
from .instances import descend
from .losses import Loss
from .network import Backpropagation, ForwardPass, Network, network_of
from .optimizers import OPTIMIZERS, SCHEDULES, Optimizer
from .records import History, Job, Recorder
from .settings import affordable, at_most, flag, function, is_async, progress_bar
from .watching import WATCHER

# The engine hands back control this often, so that the stop button, the progress bar and sliders stay alive.
SLICE_SECONDS = 0.05
# And this often where somebody watches, and may want it to end.
WATCHED_SLICE_SECONDS = 0.02
# Epochs beyond this would take a lifetime; they are counted in whole numbers of 64 bits.
LONGEST = 10**12


@spelled
def train(
    network: Network, X: ArrayLike, Y: ArrayLike, *, loss: Loss | str, optimizer: Optimizer | str, epochs: int,
    batch_size: int | None = None, stop_below: float | None = None, record: int = 200, seed: int | None = None,
    gradient: Callable[[Array, Array, Array], Any] | None = None, schedule: str = "constant",
    engine: str = "auto", progress: bool = False,
) -> History:
    """Train `network` in place on `X` (samples, features) and `Y` (samples, outputs). Returns a History.

    loss, optimizer: a Loss and an optimizer, or their names. Momentum and the averages of Adam begin anew in each call.
    epochs: passes over the data, at least 1.
    batch_size: samples for one update; None takes all of them, 1 is online training.
    stop_below: stop after the first epoch whose loss is at or below this number. The loss of an epoch is
        summed (a mean: averaged) over its batches, each measured just before its own update.
    record: how many states to keep at the most, evenly spread; the first and the last are always kept (with
        `stop_below` the last may be one more).
    seed: shuffle the rows before every epoch with this seed; None keeps their order.
    gradient: a function `gradient(theta, X, Y)` to descend in place of backpropagation, as `check_gradient` takes it.
    schedule: "constant", or "cosine" for a learning rate that falls from epoch to epoch, at last nearly to 0 (see
        `optimizers.SCHEDULES`).
    engine: "numpy" for the loop that the lessons read, "compiled" for the same loop compiled (the same numbers, but for
        roundings, which a long training with Adam may amplify; its parameters have the same bits on every machine, and
        its losses, which NumPy measures, all but the last of their digits), "auto" for the faster one, as measured: the
        compiled loop for updates after a single sample, or where parameters times samples of a batch are under 100 000;
        NumPy for the others, for a `gradient`, an activation, a loss or an optimizer of your own, and where the
        compiled loop does not run.
    progress: show a progress bar with the loss.

    The stop button (KeyboardInterrupt) ends the training and returns what was recorded so far. When the loss is
    no longer finite, training ends and the network goes back to the last recorded state with a finite loss.
    Threads that train at the same time need a network each: `network.copy()`.
    Raises TypeError or ValueError, with the network unchanged, for arguments that do not fit.
    """
    network_of(network)
    X, Y, loss = network.check(X, Y, loss)
    choice("schedule", schedule, SCHEDULES)
    size = len(X) if batch_size is None else min(whole_number("batch_size", batch_size, least=1), len(X))
    job = Job(
        network, X, Y, loss, _optimizer(optimizer), batch_size=size,
        epochs=at_most("epochs", whole_number("epochs", epochs, least=1), LONGEST),
        stop_below=-inf if stop_below is None else number("stop_below", stop_below),
        seed=None if seed is None else whole_number("seed", seed),
        gradient=None if gradient is None else _checked(gradient, network, X, Y, size), schedule=schedule,
    )
    room, progress = whole_number("record", record, least=2), flag("progress", progress)
    affordable("record", room, min(room, job.epochs) * network.theta.size)
    descend()
    recorder = Recorder(job, min(room, job.epochs + 1))
    return _run(_engine(engine, job, recorder), job, recorder, progress)


def _run(run: Engine, job: Job, recorder: Recorder, progress: bool) -> History:
    """Let an engine run, slice by slice, until the job is done, its goal reached, its loss infinite."""
    bar = progress_bar(job.epochs, "epoch") if progress else None
    watcher, stopped = WATCHER.get(), ""
    seconds = SLICE_SECONDS if watcher is None else WATCHED_SLICE_SECONDS
    recorder.keep(0)
    try:
        while not stopped:
            before = run.done
            epoch_loss = run(job.epochs, seconds)
            if not isfinite(epoch_loss):
                stopped = "diverged"
            elif epoch_loss <= job.stop_below:
                stopped = "stop_below"
            elif run.done == job.epochs:
                stopped = "epochs"
            recorder.keep(run.done, last=stopped != "")
            if bar is not None:
                bar.set_description(f"{job.loss} {epoch_loss:.3g}", refresh=False)
                bar.update(run.done - before)
            if watcher is not None and stopped != "diverged":
                watcher(lambda: recorder.history("running", run.done))
    except KeyboardInterrupt:
        stopped = "interrupted"
        recorder.keep(run.done, last=True)
    finally:
        if bar is not None:
            bar.close()
    return recorder.history("diverged" if recorder.back_to_finite() else stopped, run.done)


class Engine(Protocol):
    """What runs the epochs of a job; `done` counts them."""

    done: int

    def __call__(self, until: int, seconds: float) -> float:
        """Run to epoch `until`, or less far: to a record that is due, or for about `seconds`.

        At least one epoch is run. Returns the loss of the last one.
        """


class NumpyEngine:
    """Runs epochs with NumPy: the loop that the lessons read."""

    def __init__(self, job: Job, recorder: Recorder):
        self.job, self.recorder, self.done = job, recorder, 0
        step = function("optimizer.start", job.optimizer.start, "parameters")(job.network.theta.size)
        self.step = function("the result of optimizer.start(parameters)", step, "theta", "gradient")
        self.ours = type(job.optimizer) in OPTIMIZERS.values()
        self.random = None if job.seed is None else np.random.default_rng(job.seed)
        self.passes: dict[int, Backpropagation | GivenGradient] = {}
        self.batches = list(self._batches(job.X, job.Y))

    def __call__(self, until: int, seconds: float) -> float:
        end = perf_counter() + seconds
        due = min(self.recorder.next_epoch(self.done), until)
        with quiet():
            while self.done < due:
                epoch_loss = self._epoch()
                self.done += 1
                if not self.job.stop_below < epoch_loss < inf or perf_counter() > end:
                    break
        return epoch_loss

    def _epoch(self) -> float:
        """Every batch once: its gradient, and a step. Returns the loss of the epoch."""
        theta, epoch_loss, share_of_rate = self.job.network.theta, 0.0, self.job.share_of_rate(self.done)
        start = None if self.ours or self.done else theta.copy()
        if self.random is not None:
            order = self.random.permutation(len(self.job.X))
            self.batches = list(self._batches(self.job.X[order], self.job.Y[order]))
        for X, Y, share, backpropagation in self.batches:
            epoch_loss += share * backpropagation(X, Y)
            before = theta.copy() if share_of_rate < 1 else theta
            # One of your own may keep the gradient until the next step, and ours is overwritten by then.
            gradient = backpropagation.gradient if self.ours else backpropagation.gradient.copy()
            moved: object = self.step(theta, gradient)
            if moved is not None and moved is not theta:
                raise TypeError(
                    "step(theta, gradient) of optimizer must change theta in place, as theta -= ... does, and return "
                    f"nothing, got {shown(moved)}"
                )
            if share_of_rate < 1:
                # Both optimizers move by the learning rate times something.
                theta[:] = before + share_of_rate * (theta - before)
        # It may be meant so, where a rate grows from 0 or gradients are collected: no error.
        if start is not None and gradient.any() and np.array_equal(start, theta):
            say_once("The first epoch has not moved theta: where that is not meant, let the step of your optimizer "
                     "change theta in place, as theta -= ... does.")
        return epoch_loss

    def _batches(self, X: Array, Y: Array) -> Iterator[tuple]:
        """(X, Y, share of the epoch's loss, pass over that many rows) for each batch."""
        for start in range(0, len(X), self.job.batch_size):
            rows = slice(start, start + self.job.batch_size)
            size = len(X[rows])
            if size not in self.passes:
                self.passes[size] = self._pass(size)
            yield X[rows], Y[rows], size / len(X) if self.job.loss.averaged else 1.0, self.passes[size]

    def _pass(self, rows: int) -> Backpropagation | GivenGradient:
        network, loss, gradient = self.job.network, self.job.loss, self.job.gradient
        if gradient is None:
            return Backpropagation(network, rows, loss)
        return GivenGradient(network, rows, loss, gradient)


class GivenGradient:
    """Stands in for Backpropagation where the gradient comes from another function."""

    def __init__(self, network: Network, rows: int, loss: Loss, given: Callable):
        self.forward = ForwardPass(network, rows)
        self.network, self.theta, self.loss, self.given = network, network.theta, loss, given

    def __call__(self, X: Array, Y: Array) -> float:
        if not np.isfinite(self.theta).all():
            # It has diverged; no function need know a gradient there, and many refuse.
            self.gradient = np.full_like(self.theta, np.nan)
            return np.nan
        self.gradient = given_at(self.theta, self.network, self.given, X, Y)
        return float(self.loss.formula(self.forward(X), Y))


def _optimizer(optimizer: Optimizer | str) -> Optimizer:
    """The optimizer itself, or a new one where its name was given."""
    try:
        start = getattr(optimizer, "start", None)
        other = isinstance(optimizer, (str, type)) or not callable(start) or is_async(start)
    except Exception:
        other = True
    return choice("optimizer", optimizer, OPTIMIZERS)() if other else optimizer  # type: ignore[return-value]


def _checked(gradient: Callable, network: Network, X: Array, Y: Array, batch_size: int) -> Callable:
    """The function `gradient`, tried once for each size of a batch: the last one may be shorter."""
    function("gradient", gradient, "theta", "X", "Y")
    for rows in {batch_size, len(X) % batch_size or batch_size}:
        vector(RESULT, given_at(network.theta, network, gradient, X[:rows], Y[:rows]), network.theta.size)
    return gradient


def _engine(engine: str, job: Job, recorder: Recorder) -> Engine:
    choice("engine", engine, dict.fromkeys(("auto", "numpy", "compiled")))
    if engine == "compiled" or (engine == "auto" and job.gradient is None and is_small(job.network, job.batch_size)):
        from . import compiled

        refusal, problem = compiled.refusal(job), compiled.problem()
        if not refusal:
            try:
                return compiled.CompiledEngine(job, recorder)
            except MemoryError:
                if engine == "compiled":
                    raise
                refusal = problem = "where that gets no memory"
        elif engine == "compiled":
            raise ValueError(f"engine must be 'auto' or 'numpy' {refusal}, got 'compiled'")
        if refusal == problem:
            say_once(f"NumPy does the training, several times slower than the compiled loop, {refusal}.")
    return NumpyEngine(job, recorder)


@cache
def say_once(sentence: str) -> None:
    """Print a sentence that the kernel has not printed yet."""
    print(sentence, flush=True)


def is_small(network: Network, batch_size: int) -> bool:
    """Whether the compiled loop is the faster one for `network` in batches of `batch_size` samples."""
    # Measured: below the limit the compiled loop is 1 to 70 times as fast (0.9 times where most of the time goes into
    # exp); far above, NumPy is about twice as fast. A single sample gains nothing from matrix products.
    return batch_size == 1 or network.theta.size * batch_size < 100_000
