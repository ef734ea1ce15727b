# mypy: ignore-errors
"""The training loop of `network` and `optimizers` told once more, as plain loops that Numba compiles.

Every unit has a column of numbers, one for each sample of the batch, and the columns of a layer lie one after the
other: in `A`, `slope` and `D`, the entry of unit j and sample r is at `above + j * rows + r`. A batch of a single
sample has a branch of its own, where the inner loops run along the units.
"""

from functools import cache
from math import exp, inf, log, log1p, sqrt, tanh
from threading import Lock
from time import perf_counter

import numpy as np
from numba import njit
from numba.core.event import Listener, install_listener

from .activations import ACTIVATIONS, LEAK
from .layers import Dense
from .losses import LEAST_LOG, LEAST_SLOPE, LOSSES
from .network import Network
from .optimizers import SGD, Adam
from .records import Job, Recorder

# Sums may be taken in another order, several numbers at once, but inf and nan keep their meaning, and a division by
# zero gives one of them. The loop needs no lock of Python's, so that threads can run it side by side, and as it makes
# no arrays, it need not count references to them (_nrt), which would take a fifth of its time.
FLAGS = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}
compiled, inlined = njit(**FLAGS), njit(**FLAGS, inline="always")

# A layer: its sizes, where its weights W and biases b begin in theta, and where the columns of its inputs (below)
# and of its units (above) begin. Unsigned, because an index that could be negative keeps a loop from being done
# several numbers at once. The leak is here, and the limits of the cross-entropy are arguments too, because Numba's
# cache on disk would not notice that they have changed in their own modules.
LAYER = np.dtype([
    *((name, np.uint64) for name in ("inputs", "units", "activation", "bias", "W", "b", "below", "above")),
    ("leak", np.float64),
])

# The compiled code knows activations and losses by their places in these lists.
ACTIVATION_CODES = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "softplus"]
LOSS_CODES = ["ssr", "half_ssr", "mse", "binary_cross_entropy"]
SIGMOID, TANH, RELU, LEAKY_RELU, SOFTPLUS = (
    ACTIVATION_CODES.index(name) for name in ("sigmoid", "tanh", "relu", "leaky_relu", "softplus")
)
SSR, HALF_SSR, CROSS_ENTROPY = (LOSS_CODES.index(name) for name in ("ssr", "half_ssr", "binary_cross_entropy"))


@inlined
def activate(activation, leak, A, slope, start, end):
    """Turns the sums in A[start:end] into activations, and puts the derivatives there into `slope`."""
    if activation == SIGMOID:
        for k in range(start, end):
            A[k] = 1.0 / (1.0 + exp(-A[k]))
            slope[k] = A[k] * (1.0 - A[k])
    elif activation == TANH:
        for k in range(start, end):
            A[k] = tanh(A[k])
            slope[k] = 1.0 - A[k] * A[k]
    elif activation == RELU:
        for k in range(start, end):
            slope[k] = 1.0 if A[k] > 0.0 else 0.0
            A[k] = 0.0 if A[k] <= 0.0 else A[k]
    elif activation == LEAKY_RELU:
        for k in range(start, end):
            slope[k] = 1.0 if A[k] > 0.0 else leak
            A[k] *= slope[k]
    elif activation == SOFTPLUS:
        for k in range(start, end):
            e = exp(-abs(A[k]))
            slope[k] = (1.0 if A[k] > 0.0 else e) / (1.0 + e)
            A[k] = (A[k] if A[k] > 0.0 else 0.0) + log1p(e)
    else:
        for k in range(start, end):
            slope[k] = 1.0


@inlined
def forward(layer, theta, A, slope, rows):
    """Z = X @ W + b and A = activation(Z), for the layer whose inputs X are the columns at `below`."""
    inputs, units, W, b = layer.inputs, layer.units, layer.W, layer.b
    below, above = layer.below * rows, layer.above * rows
    if rows == 1:
        for j in range(units):
            A[above + j] = theta[b + j] if layer.bias else 0.0
        for i in range(inputs):
            x = A[below + i]
            for j in range(units):
                A[above + j] += x * theta[W + i * units + j]
    else:
        for j in range(units):
            z = theta[b + j] if layer.bias else 0.0
            for r in range(rows):
                A[above + j * rows + r] = z
            for i in range(inputs):
                w = theta[W + i * units + j]
                for r in range(rows):
                    A[above + j * rows + r] += w * A[below + i * rows + r]
    activate(layer.activation, layer.leak, A, slope, above, above + units * rows)


@inlined
def backward(layer, theta, gradient, A, slope, D, rows):
    """The derivatives in W and b from those in A, and, but for the first layer, the derivatives in X."""
    inputs, units, W, b = layer.inputs, layer.units, layer.W, layer.b
    below, above = layer.below * rows, layer.above * rows
    for k in range(above, above + units * rows):
        D[k] *= slope[k]
    if rows == 1:
        if layer.bias:
            for j in range(units):
                gradient[b + j] = D[above + j]
        for i in range(inputs):
            x = A[below + i]
            for j in range(units):
                gradient[W + i * units + j] = x * D[above + j]
        if below > 0:
            for i in range(inputs):
                total = 0.0
                for j in range(units):
                    total += theta[W + i * units + j] * D[above + j]
                D[below + i] = total
    else:
        for j in range(units):
            if layer.bias:
                total = 0.0
                for r in range(rows):
                    total += D[above + j * rows + r]
                gradient[b + j] = total
            for i in range(inputs):
                total = 0.0
                for r in range(rows):
                    total += A[below + i * rows + r] * D[above + j * rows + r]
                gradient[W + i * units + j] = total
        if below > 0:
            for i in range(inputs):
                for r in range(rows):
                    D[below + i * rows + r] = 0.0
                for j in range(units):
                    w = theta[W + i * units + j]
                    for r in range(rows):
                        D[below + i * rows + r] += w * D[above + j * rows + r]


@inlined
def compare(loss, least_log, least_slope, A, D, above, Y, orders, epoch, first, rows):
    """The loss of the outputs against `Y`, and its derivative in every output, put into `D`."""
    total = 0.0
    outputs = np.uint64(Y.shape[1])
    size = float(outputs * rows)
    factor = 1.0 if loss == HALF_SSR else 2.0 if loss == SSR else 2.0 / size
    for r in range(rows):
        row = orders[epoch, first + r]
        for j in range(outputs):
            k = above + j * rows + r
            a, y = A[k], Y[row, j]
            if loss == CROSS_ENTROPY:
                # Written so that nan stays nan.
                right, wrong, steepness = log(a), log1p(-a), a * (1.0 - a)
                right = least_log if right < least_log else right
                wrong = least_log if wrong < least_log else wrong
                steepness = least_slope if steepness < least_slope else steepness
                total -= y * right + (1.0 - y) * wrong
                D[k] = (a - y) / (steepness * size)
            else:
                total += (a - y) * (a - y)
                D[k] = (a - y) * factor
    return total if loss == SSR else 0.5 * total if loss == HALF_SSR else total / size


@inlined
def sgd(theta, gradient, v, learning_rate, momentum):
    """One step of SGD; `v` is the velocity. The formula is in `optimizers`."""
    if momentum:
        for p in range(len(theta)):
            v[p] = momentum * v[p] + gradient[p]
            theta[p] -= learning_rate * v[p]
    else:
        for p in range(len(theta)):
            theta[p] -= learning_rate * gradient[p]


@inlined
def adam(theta, gradient, m, v, learning_rate, beta1, beta2, epsilon, beta1_t, beta2_t):
    """One step of Adam; `m` and `v` are the running means. The formula is in `optimizers`."""
    rate, unbiased = learning_rate / (1 - beta1_t), 1 / (1 - beta2_t)
    for p in range(len(theta)):
        m[p] = beta1 * m[p] + (1 - beta1) * gradient[p]
        v[p] = beta2 * v[p] + (1 - beta2) * (gradient[p] * gradient[p])
        theta[p] -= rate * (m[p] / (sqrt(v[p] * unbiased) + epsilon))


@compiled
def run_epochs(epochs, X, Y, orders, batch_size, layers, loss, averaged, stop_below, by_adam, settings, powers, theta,
               memory, columns, progress, due, apart, record_epochs, record_theta):
    """Train for up to `epochs` epochs. Returns the loss of the last one.

    `orders` holds the order of the rows in every epoch, or one order for all; where it has a part of the rows only,
    that part is the epoch. `powers` are those of Adam's betas, `memory` has the rows gradient, m and v, `columns` the
    rows A, slope and D, and `progress` the numbers of epochs done and of records kept: the next call goes on with them.
    Epoch `due` and every `apart` epochs after it are recorded; where there is no room for one, the loop ends early.
    """
    learning_rate, momentum, weight_decay, beta1, beta2, epsilon, least_log, least_slope = settings
    gradient, m, v = memory[0], memory[1], memory[2]
    A, slope, D = columns[0], columns[1], columns[2]
    samples, inputs, outputs_at = np.uint64(len(X)), np.uint64(X.shape[1]), layers[-1].above
    places = np.uint64(orders.shape[1])
    beta1_t, beta2_t = powers[0], powers[1]
    done, count = progress[0], progress[1]
    epoch_loss = 0.0
    for epoch in range(epochs):
        order = np.uint64(min(epoch, len(orders) - 1))
        epoch_loss = 0.0
        for first in range(np.uint64(0), places, batch_size):
            rows = min(batch_size, places - first)
            for r in range(rows):
                row = orders[order, first + r]
                for i in range(inputs):
                    A[i * rows + r] = X[row, i]
            for k in range(len(layers)):
                forward(layers[k], theta, A, slope, rows)
            batch_loss = compare(loss, least_log, least_slope, A, D, outputs_at * rows, Y, orders, order, first, rows)
            for k in range(len(layers) - 1, -1, -1):
                backward(layers[k], theta, gradient, A, slope, D, rows)
            if weight_decay:
                for p in range(len(theta)):
                    gradient[p] += weight_decay * theta[p]
            if by_adam:
                beta1_t *= beta1
                beta2_t *= beta2
                adam(theta, gradient, m, v, learning_rate, beta1, beta2, epsilon, beta1_t, beta2_t)
            else:
                sgd(theta, gradient, v, learning_rate, momentum)
            epoch_loss += batch_loss * (rows / samples) if averaged else batch_loss
        done += 1
        if not stop_below < epoch_loss < inf:
            break
        if done == due:
            if count == len(record_theta):
                break
            record_epochs[count] = done
            for p in range(len(theta)):
                record_theta[count, p] = theta[p]
            count += 1
            due += apart
    powers[0], powers[1] = beta1_t, beta2_t
    progress[0], progress[1] = done, count
    return epoch_loss


class NumbaEngine:
    """Runs epochs with the compiled loop, as `training.NumpyEngine` does with NumPy."""

    def __init__(self, job, recorder):
        network, X, optimizer = job.network, job.X, job.optimizer
        self.random = None if job.seed is None else np.random.default_rng(job.seed)
        self.recorder, self.done = recorder, 0
        self.data = X, job.Y
        # The orders of the rows in the epochs to come, as far as they are drawn; without shuffling, the one order.
        self.orders = np.arange(len(X), dtype=np.uint64).reshape(1, -1)[: 1 if self.random is None else 0]
        self.job = (
            np.uint64(job.batch_size), _layers(network), LOSS_CODES.index(job.loss.name), job.loss.averaged,
            float(job.stop_below), isinstance(optimizer, Adam),
            (*(getattr(optimizer, name, 0.0) for name in SETTINGS), LEAST_LOG, LEAST_SLOPE), np.ones(2),
            network.theta, np.zeros((3, network.theta.size)), np.zeros((3, job.batch_size * sum(network.sizes))),
        )
        # A high guess, until it has been measured: 3 ns for a weight (three products) and 30 ns for an activation, for
        # every sample, and 10 ns for a parameter in every update.
        updates, parameters = -(-len(X) // job.batch_size), network.theta.size
        per_sample = 3 * parameters + 30 * sum(network.sizes[1:])
        self.seconds_per_epoch = 1e-9 * (len(X) * per_sample + 10 * updates * parameters)

    def __call__(self, until, seconds):
        """Run to epoch `until`, or less far where that would take more than about `seconds`.

        At least one epoch is run. Returns the loss of the last one.
        """
        epochs = max(1, min(until - self.done, int(seconds / self.seconds_per_epoch)))
        if self.random is not None:
            epochs = self._shuffle(epochs)
        before, start = self.done, perf_counter()
        epoch_loss = self._run_epochs(epochs) if self.seconds_per_epoch <= seconds else self._run_long_epoch(seconds)
        self.seconds_per_epoch = (perf_counter() - start) / (self.done - before)
        if self.random is not None:
            self.orders = self.orders[self.done - before :]
        return epoch_loss

    def _run_epochs(self, epochs):
        recorder = self.recorder
        progress = np.array([self.done, recorder.count], dtype=np.int64)
        try:
            return run_epochs(
                epochs, *self.data, self.orders, *self.job, progress, recorder.next_epoch(self.done), recorder.apart,
                recorder.epochs[: recorder.room], recorder.theta[: recorder.room],
            )
        finally:
            # Also where the stop button was pressed meanwhile: Python hears it before it sees what the call returns.
            self.done, recorder.count = progress.tolist()

    def _run_long_epoch(self, seconds):
        """Run one epoch in parts of about `seconds`: between two of them the stop button is heard."""
        recorder, batch_size = self.recorder, int(self.job[0])
        places = self.orders.shape[1]
        batches = max(1, int(seconds / self.seconds_per_epoch * places / batch_size))
        epoch_loss = 0.0
        for first in range(0, places, batches * batch_size):
            part = self.orders[:1, first : first + batches * batch_size]
            # None of the parts is an epoch that is due for recording.
            progress = np.zeros(2, dtype=np.int64)
            epoch_loss += run_epochs(1, *self.data, part, *self.job, progress, 0, 1, recorder.epochs, recorder.theta)
        self.done += 1
        return epoch_loss

    def _shuffle(self, epochs):
        """Draw orders for up to `epochs` epochs. Returns for how many there are orders now."""
        rows = self.orders.shape[1]
        epochs = max(1, min(epochs, ORDERED_ROWS // rows))
        drawn = [self.random.permutation(rows).astype(np.uint64) for _ in range(epochs - len(self.orders))]
        self.orders = np.array([*self.orders, *drawn])
        return epochs


SETTINGS = ("learning_rate", "momentum", "weight_decay", "beta1", "beta2", "epsilon")
# So many entries of shuffled orders are held at a time, at the most (unless one order is longer).
ORDERED_ROWS = 100_000


def _layers(network):
    layers, W, below = np.zeros(len(network.layers), LAYER), 0, 0
    for place, (inputs, layer) in enumerate(zip(network.sizes, network.layers)):
        b, above, code = W + inputs * layer.units, below + inputs, ACTIVATION_CODES.index(layer.activation.name)
        layers[place] = inputs, layer.units, code, layer.bias, W, b, below, above, LEAK
        W, below = b + layer.bias * layer.units, above
    return layers


def refusal(job):
    """Why the loop cannot run this job, as the end of a sentence: "with ..."; "" where it can."""
    if job.gradient is not None:
        return "with a gradient of your own"
    layers = [(layer.activation, ACTIVATIONS, ACTIVATION_CODES) for layer in job.network.layers]
    parts = [*layers, (job.loss, LOSSES, LOSS_CODES)]
    # One of the same name may have another slope, say.
    ours = all(part.name in codes and vars(part) == vars(known[part.name]) for part, known, codes in parts)
    if not ours or type(job.optimizer) not in (SGD, Adam):
        return "with an activation, a loss or an optimizer of your own"
    return ""


@cache
def prepare():
    """Compile the loop, or read it from the cache on disk: seconds the first time, then some tenths of one.

    Numba keeps the result beside this file or, where it may not write there, in the user's own cache folder.
    """
    job = Job(Network(1, [Dense(1, "identity")]), np.zeros((1, 1)), np.zeros((1, 1)), LOSSES["ssr"])
    # One thread at a time, so that the others wait and do not tell the same again.
    with preparing, install_listener("numba:compile", Notice()):
        NumbaEngine(job, Recorder(job, room=2))(1, 0.0)


preparing = Lock()


class Notice(Listener):
    """Tells who has to wait that the loop is being compiled. Numba calls it when it really is."""

    def on_start(self, event):
        if event.data["dispatcher"] is run_epochs:
            print("Preparing the training loop (some seconds, once) ...", flush=True)

    def on_end(self, event):
        pass
