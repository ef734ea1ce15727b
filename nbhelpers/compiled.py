"""Runs jobs with the compiled loop: `loop.c`, made into WebAssembly once (`loop.wasm`) and the same for every machine.

A job lies in the memory of an instance of the loop, as one struct (JOB) with the arrays that it points to.
"""

from itertools import pairwise
from math import inf
from time import perf_counter

import numpy as np

from .activations import ACTIVATIONS, LeakyReLU
from .instances import beginning, give_back, problem, take
from .losses import LEAST_LOG, LEAST_OUTPUT, LOSSES
from .optimizers import SGD, Adam
from .records import Job, Recorder

# The loop knows activations, losses and optimizers by their places in these lists.
ACTIVATION_CODES = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "softplus"]
LOSS_CODES = ["ssr", "half_ssr", "mse", "binary_cross_entropy", "sigmoid_cross_entropy", "softmax_cross_entropy"]
OPTIMIZER_CODES: list[type] = [SGD, Adam]


def _struct(numbers: str, others: str) -> np.dtype:
    """A struct of C in WebAssembly: float64, and then pointers and whole numbers of 32 bits."""
    fields = [(name, np.float64) for name in numbers.split()] + [(name, np.uint32) for name in others.split()]
    return np.dtype(fields, align=True)


SETTINGS = "learning_rate momentum weight_decay beta1 beta2 epsilon"
LAYER = _struct("leak", "W dW A D inputs units activation bias")
JOB = _struct(
    f"{SETTINGS} beta1_t beta2_t least_log least_output stop_below epoch_loss",
    "theta gradient m v X Y X_portion Y_portion orders records layers depth parameters loss optimizer samples "
    "batch_size portion first end epochs done due apart room kept",
)

# So many rows go through the layers together.
PORTION = 128
# So many entries of shuffled orders are held at a time, at the most (unless one order is longer), and so many numbers
# of records: the recorder has room for the others.
ORDERED_ROWS, RECORDED_NUMBERS = 100_000, 1_000_000
# The memory that loop.wasm was made for.
MOST_BYTES = 2**31
# No more epochs than this in a call: the loop counts in 32 bits.
MOST_EPOCHS = 2**30 - 1


class CompiledEngine:
    """Runs epochs with the compiled loop, as `training.NumpyEngine` does with NumPy."""

    def __init__(self, job: Job, recorder: Recorder):
        self.job, self.recorder, self.done = job, recorder, 0
        self.random = None if job.seed is None else np.random.default_rng(job.seed)
        # The orders of the rows in the epochs to come, as far as they have been drawn.
        self.orders = np.empty((0, len(job.X)), dtype=np.uint32)
        self.start = job.network.theta.copy()
        places, size = _places(job)
        self.instance = take(size)
        base = self.instance.base
        self.places = {name: base + place for name, place in places.items()}
        self.call = _call(job, self.places)
        self.learning_rate = float(self.call["learning_rate"])
        self.instance.write(self.places["layers"], _layers(job, self.places))
        zeros = np.zeros_like(self.start)
        for name, values in (("X", job.X), ("Y", job.Y), ("m", zeros), ("v", zeros)):
            self.instance.write(self.places[name], np.ascontiguousarray(values))
        # A high guess, until it has been measured: 3 ns for a weight (three products) and 30 ns for an activation, for
        # every sample, and 10 ns for a parameter in every update.
        updates, parameters = -(-len(job.X) // job.batch_size), self.start.size
        per_sample = 3 * parameters + 30 * sum(job.network.sizes[1:])
        self.seconds_per_epoch = 1e-9 * (len(job.X) * per_sample + 10 * updates * parameters)

    def __call__(self, until: int, seconds: float) -> float:
        if self.job.schedule == "constant":
            return self._slice(until, seconds)
        end, due = perf_counter() + seconds, min(self.recorder.next_epoch(self.done), until)
        while True:
            # In the loop the learning rate is the same for all epochs of a call.
            self.call["learning_rate"] = self.learning_rate * self.job.share_of_rate(self.done)
            epoch_loss = self._slice(self.done + 1, seconds)
            if self.done == due or perf_counter() > end or not self.job.stop_below < epoch_loss < inf:
                return epoch_loss

    def _slice(self, until: int, seconds: float) -> float:
        epochs = max(1, min(until - self.done, int(seconds / self.seconds_per_epoch), MOST_EPOCHS))
        if self.random is not None:
            epochs = self._shuffle(epochs, self.random)
        before, start = self.done, perf_counter()
        epoch_loss = self._run_epochs(epochs) if self.seconds_per_epoch <= seconds else self._run_long_epoch(seconds)
        # A clock that has not moved has measured nothing: what was known before will do.
        self.seconds_per_epoch = (perf_counter() - start) / (self.done - before) or self.seconds_per_epoch
        self.orders = self.orders[self.done - before :]
        return epoch_loss

    def _run_epochs(self, epochs: int) -> float:
        recorder = self.recorder
        due = recorder.next_epoch(self.done)
        room = min(recorder.room - recorder.count, RECORDED_NUMBERS // self.start.size)
        try:
            return self._run(epochs, 0, len(self.job.X), due - self.done, recorder.apart, room)
        finally:
            # Also where the stop button was pressed meanwhile: Python hears it before it sees what the call returns.
            self.done += int(self.call["done"])
            kept = slice(recorder.count, recorder.count + int(self.call["kept"]))
            recorder.epochs[kept] = due + recorder.apart * np.arange(kept.stop - kept.start)
            recorder.count = kept.stop
            self.call["done"] = self.call["kept"] = 0

    def _run_long_epoch(self, seconds: float) -> float:
        """Run one epoch in parts of about `seconds`: between two of them the stop button is heard."""
        samples, batch_size = len(self.job.X), self.job.batch_size
        batches = max(1, int(seconds / self.seconds_per_epoch * samples / batch_size))
        ends = [*range(0, samples, batches * batch_size), samples]
        # None of the parts is an epoch that is due for recording.
        epoch_loss = sum(self._run(1, first, end, 0, 0, 0) for first, end in pairwise(ends))
        self.done += 1
        return epoch_loss

    def _run(self, epochs: int, first: int, end: int, due: int, apart: int, room: int) -> float:
        """Call the loop. Returns the loss of the last epoch; new records lie behind those of the recorder."""
        call, instance, theta = self.call, self.instance, self.job.network.theta
        call["epochs"], call["first"], call["end"], call["done"], call["kept"] = epochs, first, end, 0, 0
        call["due"], call["apart"], call["room"] = min(due, MOST_EPOCHS + 1), min(apart, MOST_EPOCHS), room
        if self.random is not None:
            instance.write(self.places["orders"], self.orders)
        instance.write(self.places["theta"], theta)
        instance.write(self.places["job"], call)
        broken = None
        try:
            instance.call("run", self.places["job"])
        except instance.traps as trap:
            broken = trap
        finally:
            if broken is None:
                instance.read(self.places["job"], call)
                instance.read(self.places["theta"], theta)
                count = self.recorder.count
                instance.read(self.places["records"], self.recorder.theta[count : count + int(call["kept"])])
        if broken is not None:
            theta[:] = self.start
            # Its memory may be spoilt: no other job shall have it.
            del self.instance
            reason = str(broken).rpartition("wasm trap: ")[2].partition("\n")[0]
            raise RuntimeError(
                f"the compiled loop broke off ({reason}), and the network is as it was: train with engine='numpy', "
                "and please report it"
            )
        return float(call["epoch_loss"])

    def _shuffle(self, epochs: int, random: np.random.Generator) -> int:
        """Draw orders for up to `epochs` epochs. Returns for how many there are orders now."""
        samples = len(self.job.X)
        epochs = max(1, min(epochs, ORDERED_ROWS // samples))
        drawn = [random.permutation(samples).astype(np.uint32) for _ in range(epochs - len(self.orders))]
        self.orders = np.array([*self.orders, *drawn])
        return epochs

    def __del__(self) -> None:
        if hasattr(self, "instance"):
            give_back(self.instance)


def refusal(job: Job) -> str:
    """Why the loop cannot run this job, as the end of a sentence: "with ..." or "where ..."; "" where it can."""
    if job.gradient is not None:
        return "with a gradient of your own"
    if not is_known(job):
        return "with an activation, a loss or an optimizer of your own"
    if _places(job)[1] > MOST_BYTES - 2**20:
        return "with data or parameters of more than two gigabytes"
    return problem()


def is_known(job: Job) -> bool:
    """Whether its activations, its loss and its optimizer are the package's own."""
    # One of the same name may have another slope, say; a leak of one's own is known.
    known = [
        type(layer.activation) is LeakyReLU
        or layer.activation.name in ACTIVATION_CODES and layer.activation == ACTIVATIONS[layer.activation.name]
        for layer in job.network.layers
    ]
    loss_known = job.loss.name in LOSS_CODES and vars(job.loss) == vars(LOSSES[job.loss.name])
    return all(known) and loss_known and type(job.optimizer) in OPTIMIZER_CODES


def _places(job: Job) -> tuple[dict[str, int], int]:
    """Where in memory the struct and its arrays begin, from the first free byte on; and where the last one ends."""
    network, samples, portion = job.network, len(job.X), min(job.batch_size, PORTION)
    parameters, outputs = network.theta.size, network.sizes[-1]
    sizes = {"job": JOB.itemsize, "layers": LAYER.itemsize * len(network.layers)}
    sizes |= dict.fromkeys(("theta", "gradient", "m", "v"), 8 * parameters)
    sizes |= {"X": 8 * job.X.size, "Y": 8 * job.Y.size}
    sizes |= {"records": 8 * min(RECORDED_NUMBERS, (job.epochs + 1) * parameters)}
    for layer, units in enumerate(network.sizes[1:]):
        sizes |= {f"A{layer}": 8 * portion * units, f"D{layer}": 8 * portion * units}
    if job.seed is not None:
        sizes |= {"X_portion": 8 * portion * network.inputs, "Y_portion": 8 * portion * outputs}
        sizes |= {"orders": 4 * max(samples, ORDERED_ROWS)}
    places, end = {}, 0
    for name, size in sizes.items():
        places[name] = end
        # The loop works on pairs: it may look at the number behind the last one.
        end = beginning(end + size + 8)
    return places, end


def _layers(job: Job, places: dict[str, int]) -> np.ndarray:
    network, W = job.network, 0
    layers = np.zeros(len(network.layers), LAYER)
    for k, (inputs, layer) in enumerate(zip(network.sizes, network.layers)):
        leak, activation = getattr(layer.activation, "leak", 0.0), ACTIVATION_CODES.index(layer.activation.name)
        layers[k] = (
            leak, places["theta"] + 8 * W, places["gradient"] + 8 * W, places[f"A{k}"], places[f"D{k}"],
            inputs, layer.units, activation, layer.bias,
        )
        W += (inputs + layer.bias) * layer.units
    return layers


def _call(job: Job, places: dict[str, int]) -> np.ndarray:
    """The struct, but for what changes from call to call."""
    values = {name: getattr(job.optimizer, name, 0.0) for name in SETTINGS.split()}
    values |= {"beta1_t": 1.0, "beta2_t": 1.0, "least_log": LEAST_LOG, "least_output": LEAST_OUTPUT}
    values |= {name: place for name, place in places.items() if name in (JOB.names or ())}
    values |= {
        "stop_below": job.stop_below, "depth": len(job.network.layers), "parameters": job.network.theta.size,
        "loss": LOSS_CODES.index(job.loss.name), "optimizer": OPTIMIZER_CODES.index(type(job.optimizer)),
        "samples": len(job.X), "batch_size": job.batch_size, "portion": PORTION,
    }
    call = np.zeros((), JOB)
    for name, value in values.items():
        call[name] = value
    return call
