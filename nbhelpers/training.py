"""Training: one loop for full batches, minibatches and online updates, and the record of what happened."""

from functools import cache, cached_property
from math import ceil, inf, isfinite
from time import perf_counter

import numpy as np

from .activations import quiet
from .arguments import choice, number, vector, whole_number
from .network import Backpropagation, ForwardPass, Network
from .optimizers import OPTIMIZERS

# The engine hands back control this often, so that the stop button, the progress bar and sliders stay alive.
SLICE_SECONDS = 0.05


def train(network, X, Y, *, loss, optimizer, epochs, batch_size=None, stop_below=None, record=200, seed=None,
          gradient=None, engine="auto", progress=False):
    """Train `network` in place on `X` (samples, features) and `Y` (samples, outputs). Returns a History.

    loss, optimizer: a Loss and an optimizer, or their names.
    epochs: passes over the data, at least 1.
    batch_size: samples for one update; None takes all of them, 1 is online training.
    stop_below: stop after the first epoch whose loss is at or below this number. The loss of an epoch is
        summed (a mean: averaged) over its batches, each measured just before its own update.
    record: how many states to keep at the most, evenly spread; the first and the last are always kept.
    seed: shuffle the rows before every epoch with this seed; None keeps their order.
    gradient: a function `gradient(theta, X, Y)` to descend in place of backpropagation.
    engine: "numpy" for the loop that the lessons read, "numba" for the same loop compiled (to the same numbers, but for
        roundings, which a long training with Adam may amplify), "auto" for the faster one, as measured: Numba for
        updates after a single sample, and for fewer than 4000 parameters in batches small enough (parameters times
        samples under 250 000); NumPy for the others, for a `gradient`, an activation, a loss or an optimizer of your
        own, and where Numba is missing.
    progress: show a progress bar with the loss.

    The stop button (KeyboardInterrupt) ends the training and returns what was recorded so far. When the loss is
    no longer finite, training ends and the network goes back to the last recorded state with a finite loss.
    Raises TypeError or ValueError, with the network unchanged, for arguments that do not fit.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {network!r}")
    X, Y, loss = network.check(X, Y, loss)
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "start", None)):
        optimizer = choice("optimizer", optimizer, OPTIMIZERS)()
    epochs = whole_number("epochs", epochs, least=1)
    batch_size = len(X) if batch_size is None else min(whole_number("batch_size", batch_size, least=1), len(X))
    stop_below = -inf if stop_below is None else number("stop_below", stop_below)
    recorder = Recorder(network, whole_number("record", record, least=2), epochs, spread=stop_below == -inf)
    random = None if seed is None else np.random.default_rng(whole_number("seed", seed))
    if gradient is not None:
        if not callable(gradient):
            raise TypeError(f"gradient must be a function of theta, X and Y, got {gradient!r}")
        with quiet():
            vector("the result of gradient(theta, X, Y)", gradient(network.theta.copy(), X, Y), network.theta.size)
    run = _engine(engine, network, X, Y, loss, optimizer, batch_size, stop_below, random, recorder, gradient)

    bar = _progress_bar(epochs) if progress else None
    stopped = None
    recorder.keep(0)
    try:
        while stopped is None:
            before = run.done
            epoch_loss = run(epochs, SLICE_SECONDS)
            if not isfinite(epoch_loss):
                stopped = "diverged"
            elif epoch_loss <= stop_below:
                stopped = "stop_below"
            elif run.done == epochs:
                stopped = "epochs"
            recorder.keep(run.done, last=stopped is not None)
            if bar is not None:
                bar.set_description(f"{loss} {epoch_loss:.3g}", refresh=False)
                bar.update(run.done - before)
    except KeyboardInterrupt:
        stopped = "interrupted"
        recorder.keep(run.done, last=True)
    finally:
        if bar is not None:
            bar.close()

    unit = "step" if batch_size == len(X) else "epoch"
    history = History(network, X, Y, loss, gradient, *recorder.records(), stopped, run.done, unit)
    return history._back_to_finite()


class History:
    """What a training run recorded; all rows belong together, one for each record.

    epochs: the epochs completed at each record, shape (records,); the first is 0, the start.
    theta: the parameters then, shape (records, parameters).
    loss: the loss of all data then, shape (records,).
    gradient: its derivative then, by the gradient function that the run used, shape (records, parameters).
    stopped: "epochs", "stop_below", "diverged" or "interrupted" (the last record may then have a part of the next epoch).
    ended_at: the epoch in which that was.
    unit: what a picture calls an epoch: "step" where an epoch is a single update, else "epoch".
    """

    def __init__(self, network, X, Y, loss, gradient, epochs, theta, stopped, ended_at, unit):
        # Copies: the gradients are computed when they are first asked for, and must be those of the run.
        self.X, self.Y, self.loss_function = X.copy(), Y.copy(), loss
        self.epochs, self.theta, self.stopped, self.ended_at, self.unit = epochs, theta, stopped, ended_at, unit
        self._network, self._gradient = network, gradient

    def __repr__(self):
        return (
            f"History({len(self)} records, {self.loss_function} {self.loss[0]:.6g} to {self.loss[-1]:.6g}, "
            f"stopped by {self.stopped} after {self.ended_at} epochs)"
        )

    def __len__(self):
        return len(self.epochs)

    @cached_property
    def loss(self):
        return self._replay()[0]

    @cached_property
    def gradient(self):
        losses, gradients = self._replay()
        if self._gradient is not None:
            with quiet():
                gradients = np.array([self._gradient(theta, self.X, self.Y) for theta in self.theta])
        return gradients

    def network(self, i):
        """A network of its own, as it was at record `i`."""
        network = self._network.copy()
        network.theta = self.theta[i]
        return network

    def to_frame(self):
        """A pandas DataFrame with a row for each record: epoch, loss, and the parameters theta0, theta1, ..."""
        import pandas as pd

        columns = {"epoch": self.epochs, "loss": self.loss}
        return pd.DataFrame(columns | {f"theta{i}": values for i, values in enumerate(self.theta.T)})

    def _replay(self):
        network = self._network.copy()
        backpropagation = Backpropagation(network, len(self.X), self.loss_function)
        losses, gradients = np.empty(len(self)), np.empty_like(self.theta)
        with quiet():
            for i, theta in enumerate(self.theta):
                network.theta[:] = theta
                losses[i] = backpropagation(self.X, self.Y)
                gradients[i] = backpropagation.gradient
        self.__dict__.setdefault("loss", losses)
        return losses, gradients

    def _back_to_finite(self):
        """Drop the records at the end whose loss is not finite, and put the network where the last one is."""
        theta, forward = self._network.theta, ForwardPass(self._network, len(self.X))

        def is_finite():
            with quiet():
                loss = self.loss_function.formula(forward(self.X), self.Y)
            return isfinite(loss) and np.isfinite(theta).all()

        theta[:] = self.theta[-1]
        while not is_finite():
            self.stopped = "diverged"
            if len(self) == 1:
                break
            self.epochs, self.theta = self.epochs[:-1], self.theta[:-1]
            theta[:] = self.theta[-1]
        return self


class Recorder:
    """Copies of theta, evenly spread over a training run whose length need not be known.

    The records lie a fixed number of epochs apart. When there is no room for more, every other one is
    dropped and the distance doubles, so that memory does not grow with the number of epochs.
    """

    def __init__(self, network, record, epochs, spread):
        self.network = network
        self.room = min(record, epochs + 1)
        self.apart = ceil(epochs / (record - 1)) if spread else 1
        self.epochs = np.empty(self.room + 1, dtype=np.int64)
        self.theta = np.empty((self.room + 1, network.theta.size))
        self.count = 0

    def next_epoch(self, done):
        return (done // self.apart + 1) * self.apart

    def keep(self, epoch, last=False):
        if self.count and self.epochs[self.count - 1] == epoch:
            return
        if not last and epoch % self.apart:
            return
        if self.count >= self.room and not last:
            kept = self.count = (self.count + 1) // 2
            self.epochs[:kept] = self.epochs[: 2 * kept : 2]
            self.theta[:kept] = self.theta[: 2 * kept : 2]
            self.apart *= 2
            if epoch % self.apart:
                return
        self.epochs[self.count] = epoch
        self.theta[self.count] = self.network.theta
        self.count += 1

    def records(self):
        return self.epochs[: self.count], self.theta[: self.count]


def _engine(engine, network, X, Y, loss, optimizer, batch_size, stop_below, random, recorder, gradient):
    choice("engine", engine, dict.fromkeys(("auto", "numpy", "numba")))
    arguments = network, X, Y, loss, optimizer, batch_size, stop_below, random, recorder
    if engine == "numba" or (engine == "auto" and gradient is None and _is_small(network, batch_size)):
        compiled, problem = _compiled()
        if gradient is not None:
            problem = "with a gradient of your own"
        elif compiled and not compiled.knows(network, loss, optimizer):
            problem = "with an activation, a loss or an optimizer of your own"
        if not problem:
            compiled.prepare()
            return compiled.NumbaEngine(*arguments)
        if engine == "numba":
            raise ValueError(f"engine must be 'auto' or 'numpy' {problem}, got 'numba'")
    return NumpyEngine(*arguments, gradient)


def prepare_loop():
    """Compile the training loop, where Numba is there to do it: seconds, once, and a printed sentence says so."""
    compiled, _ = _compiled()
    if compiled:
        compiled.prepare()


@cache
def _compiled():
    """The module `compiled` and "", or None and what stands in the way."""
    try:
        from . import compiled
    except ImportError as error:
        return None, f"where Numba cannot be imported ({error})"
    return compiled, ""


def _is_small(network, batch_size):
    # Measured: below both limits the compiled loop is 1 to 50 times as fast; above either, NumPy is up to 4 times as fast
    # (but for one input, where it is half as fast). After a single sample there is nothing to gain from matrix products.
    parameters = network.theta.size
    return batch_size == 1 or (parameters < 4000 and parameters * batch_size < 250_000)


class NumpyEngine:
    """Runs epochs with NumPy: the loop that the lessons read. `done` counts them."""

    def __init__(self, network, X, Y, loss, optimizer, batch_size, stop_below, random, recorder, gradient):
        self.network, self.X, self.Y, self.loss = network, X, Y, loss
        self.step = optimizer.start(network.theta.size)
        self.batch_size, self.stop_below, self.random, self.gradient = batch_size, stop_below, random, gradient
        self.recorder, self.done = recorder, 0
        self.passes = {}
        self.in_order = self._batches(X, Y)

    def __call__(self, until, seconds):
        """Run to epoch `until`, or less far: to the next record that is due, or until `seconds` are over.

        At least one epoch is run. Returns the loss of the last one.
        """
        end = perf_counter() + seconds
        theta, step = self.network.theta, self.step
        with quiet():
            due = min(self.recorder.next_epoch(self.done), until)
            while self.done < due:
                epoch_loss = 0.0
                for X, Y, share, backpropagation in self.in_order if self.random is None else self._shuffled():
                    epoch_loss += share * backpropagation(X, Y)
                    step(theta, backpropagation.gradient)
                self.done += 1
                if not self.stop_below < epoch_loss < inf or perf_counter() > end:
                    break
        return epoch_loss

    def _shuffled(self):
        order = self.random.permutation(len(self.X))
        return self._batches(self.X[order], self.Y[order])

    def _batches(self, X, Y):
        """(X, Y, share of the epoch's loss, pass over that many rows) for each batch."""
        batches = []
        for start in range(0, len(X), self.batch_size):
            rows = slice(start, start + self.batch_size)
            size = len(X[rows])
            if size not in self.passes:
                self.passes[size] = self._pass(size)
            share = size / len(X) if self.loss.averaged else 1.0
            batches.append((X[rows], Y[rows], share, self.passes[size]))
        return batches

    def _pass(self, rows):
        if self.gradient is None:
            return Backpropagation(self.network, rows, self.loss)
        return GivenGradient(self.network, rows, self.loss, self.gradient)


class GivenGradient:
    """Stands in for Backpropagation where the gradient comes from another function."""

    def __init__(self, network, rows, loss, function):
        self.forward = ForwardPass(network, rows)
        self.theta, self.loss, self.function = network.theta, loss, function

    def __call__(self, X, Y):
        self.gradient = np.asarray(self.function(self.theta, X, Y), dtype=np.float64)
        return float(self.loss.formula(self.forward(X), Y))


def _progress_bar(epochs):
    from tqdm.auto import tqdm

    return tqdm(total=epochs, unit="epoch")
