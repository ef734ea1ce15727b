"""The contestants: each trains the network of a case with another library, from the same start.

A contestant is a function that takes a case and returns `run(epochs)`, which trains from the start of the case and
returns theta; or it raises `Missing` with the reason why it can't take part. What a library does once, like compiling,
is done before `run` is returned.
"""

import ctypes
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import as_published
import numpy as np

from nbhelpers import SGD, Adam, Dense, Network, train


class Missing(Exception):
    """Why a contestant can't take part in a case."""


@dataclass
class Case:
    """A training job. `published` names the module of the published algorithm, if it is one of the five."""

    name: str
    network: Network
    X: np.ndarray
    Y: np.ndarray
    loss: str
    rate: float
    batch_size: int
    adam: bool = False
    published: str = ""

    @property
    def updates(self):
        """Updates in an epoch."""
        return len(self.X) // self.batch_size

    def batches(self):
        starts = range(0, len(self.X), self.batch_size)
        return [(self.X[i : i + self.batch_size], self.Y[i : i + self.batch_size]) for i in starts]

    def optimizer(self):
        return Adam(self.rate) if self.adam else SGD(self.rate)


def module(name):
    try:
        return import_module(name)
    except ImportError:
        raise Missing("not installed") from None


def ours(case, engine):
    def run(epochs):
        network = case.network.copy()
        train(
            network, case.X, case.Y, loss=case.loss, optimizer=case.optimizer(), epochs=epochs,
            batch_size=case.batch_size, record=2, engine=engine,
        )
        return network.theta

    return run


def compiled(case):
    module("wasmtime")
    return ours(case, "compiled")


def numpy(case):
    return ours(case, "numpy")


def published(case):
    """The published program: as it was written for two of them, else by the gradient in its module."""
    if not case.published or case.adam:
        raise Missing("not among the published networks")
    published = module(f"nbhelpers.published.{case.published}")

    def run(epochs):
        written = getattr(as_published, case.published, None)
        if written is not None:
            return written(case.network, case.X, case.Y, case.rate, epochs)
        theta, batches = case.network.theta.copy(), case.batches()
        for _ in range(epochs):
            for X, Y in batches:
                theta -= case.rate * published.gradient(theta, X, Y, case.network.sizes)
        return theta

    if published.FAULTS:
        # Its parameters are its own: as its module says, and not as ours are.
        def reference(epochs):
            twin = case.network.copy()
            gradient = partial(published.gradient, sizes=case.network.sizes)
            train(twin, case.X, case.Y, loss=case.loss, optimizer=case.optimizer(), epochs=epochs,
                  batch_size=case.batch_size, record=2, gradient=gradient)
            return twin.theta

        run.reference = reference
    return run


def torch(case):
    torch = module("torch")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    activations = {
        "sigmoid": torch.nn.Sigmoid, "leaky_relu": lambda: torch.nn.LeakyReLU(0.1), "identity": torch.nn.Identity,
        "softplus": lambda: torch.nn.Softplus(threshold=700),
    }
    batches = [(torch.from_numpy(X), torch.from_numpy(Y)) for X, Y in case.batches()]
    mean = torch.nn.MSELoss(reduction="mean" if case.loss == "mse" else "sum")
    factor = 0.5 if case.loss == "half_ssr" else 1.0

    def run(epochs):
        linears, stack = [], []
        for layer, W, b in zip(case.network.layers, case.network.weights, case.network.biases):
            linear = torch.nn.Linear(*W.shape, bias=b is not None)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W.T.copy()))
                if b is not None:
                    linear.bias.copy_(torch.from_numpy(b))
            linears.append(linear)
            stack += [linear, activations[layer.activation.name]()]
        model = torch.nn.Sequential(*stack)
        optimizer = (torch.optim.Adam if case.adam else torch.optim.SGD)(model.parameters(), lr=case.rate)
        for _ in range(epochs):
            for X, Y in batches:
                optimizer.zero_grad()
                error = mean(model(X), Y)
                if factor != 1.0:
                    error = factor * error
                error.backward()
                optimizer.step()
        parts = []
        for linear in linears:
            parts.append(linear.weight.detach().numpy().T)
            if linear.bias is not None:
                parts.append(linear.bias.detach().numpy())
        return np.concatenate([part.ravel() for part in parts])

    return run


def _functional(case, np, sigmoid, softplus):
    """The loss of a case as a function of a list of weights and biases, for libraries that differentiate functions."""
    activations = {
        "sigmoid": sigmoid, "softplus": softplus, "identity": lambda z: z,
        "leaky_relu": lambda z: np.maximum(z, 0.1 * z),
    }
    layers = [(layer.bias, activations[layer.activation.name]) for layer in case.network.layers]

    def loss(parameters, X, Y):
        parameters = iter(parameters)
        for bias, activation in layers:
            Z = X @ next(parameters)
            X = activation(Z + next(parameters) if bias else Z)
        squares = (X - Y) ** 2
        return np.mean(squares) if case.loss == "mse" else np.sum(squares) * (0.5 if case.loss == "half_ssr" else 1.0)

    return loss


def _parameters(case):
    pairs = zip(case.network.weights, case.network.biases)
    return [part.copy() for pair in pairs for part in pair if part is not None]


def autograd(case):
    numpy, gradient = module("autograd.numpy"), module("autograd").grad
    loss = gradient(_functional(case, numpy, lambda z: 1 / (1 + numpy.exp(-z)), lambda z: numpy.logaddexp(0.0, z)))
    batches = case.batches()

    def run(epochs):
        parameters = _parameters(case)
        steps = [case.optimizer().start(part.size) for part in parameters]
        for _ in range(epochs):
            for X, Y in batches:
                for step, part, slope in zip(steps, parameters, loss(parameters, X, Y)):
                    step(part.reshape(-1), slope.reshape(-1))
        return np.concatenate([part.ravel() for part in parameters])

    return run


def _jax(case):
    jax = module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    gradient = jax.grad(_functional(case, jnp, jax.nn.sigmoid, jax.nn.softplus))

    def update(state, X, Y):
        parameters, m, v, t = state
        slopes = gradient(parameters, X, Y)
        if not case.adam:
            return [p - case.rate * g for p, g in zip(parameters, slopes)], m, v, t
        t = t + 1.0
        m = [0.9 * a + 0.1 * g for a, g in zip(m, slopes)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, slopes)]
        rate, unbiased = case.rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
        parameters = [p - rate * a / (jnp.sqrt(b * unbiased) + 1e-8) for p, a, b in zip(parameters, m, v)]
        return parameters, m, v, t

    def start():
        parameters = [jnp.array(part) for part in _parameters(case)]
        zeros = [jnp.zeros_like(part) for part in parameters]
        return parameters, zeros, zeros, jnp.array(0.0)

    def theta(state):
        return np.concatenate([np.asarray(part).ravel() for part in state[0]])

    return jax, update, start, theta


def jax_step(case):
    """One update compiled, the loop in Python."""
    jax, update, start, theta = _jax(case)
    update, batches = jax.jit(update), [(jax.numpy.array(X), jax.numpy.array(Y)) for X, Y in case.batches()]

    def run(epochs):
        state = start()
        for _ in range(epochs):
            for X, Y in batches:
                state = update(state, X, Y)
        return theta(state)

    run(1)
    return run


def jax_loop(case):
    """The whole loop compiled."""
    jax, update, start, theta = _jax(case)
    X, Y = (jax.numpy.array(values.reshape(case.updates, case.batch_size, -1)) for values in (case.X, case.Y))

    def epoch(i, state):
        if case.updates == 1:
            return update(state, X[0], Y[0])
        return jax.lax.fori_loop(0, case.updates, lambda k, state: update(state, X[k], Y[k]), state)

    loop = jax.jit(lambda epochs, state: jax.lax.fori_loop(0, epochs, epoch, state))

    def run(epochs):
        return theta(loop(epochs, start()))

    run(1)
    return run


def scikit_learn(case):
    """MLPRegressor, which has one activation for all hidden layers, none at the output, biases, and half the MSE.

    So it trains its own nearest network, for as many updates on as many rows; it is checked against ours on that one.
    """
    MLPRegressor = module("sklearn.neural_network").MLPRegressor
    if len(case.network.layers) != 2:
        raise Missing("not written for this depth")
    ours_to_theirs = {"sigmoid": "logistic", "softplus": "logistic", "leaky_relu": "relu"}
    theirs = ours_to_theirs[case.network.layers[0].activation.name]
    network = Network(case.network.inputs, [
        Dense(case.network.sizes[1], {"logistic": "sigmoid", "relu": "relu"}[theirs]),
        Dense(case.network.sizes[2], "identity"),
    ]).initialize("glorot", seed=0)
    Y = case.Y[:, 0] if case.Y.shape[1] == 1 else case.Y

    def run(epochs):
        model = MLPRegressor(
            hidden_layer_sizes=case.network.sizes[1:2], activation=theirs, solver="adam" if case.adam else "sgd",
            alpha=0.0, batch_size=case.batch_size, learning_rate_init=case.rate, shuffle=False, momentum=0.0,
            max_iter=epochs, tol=0.0, n_iter_no_change=10**9, warm_start=True, epsilon=1e-30,
        )
        # Its own way to set the start: prepare everything, and then overwrite the draws.
        model._random_state, model.n_outputs_ = np.random.RandomState(0), case.Y.shape[1]
        model._initialize(case.Y, list(network.sizes), np.float64)
        model.coefs_, model.intercepts_ = [W.copy() for W in network.weights], [b.copy() for b in network.biases]
        model._no_improvement_count, model.n_features_in_ = 0, network.inputs
        with warnings.catch_warnings():
            # It warns that it has not converged.
            warnings.simplefilter("ignore")
            model.fit(case.X, Y)
        return np.concatenate([part.ravel() for pair in zip(model.coefs_, model.intercepts_) for part in pair])

    def reference(epochs):
        twin = network.copy()
        # Half the squared error, a mean over the samples.
        share = 1.0 / case.batch_size
        gradient = None
        if case.adam:
            def gradient(theta, X, Y):
                other = network.copy()
                other.theta = theta
                return share * other.gradient(X, Y, "half_ssr")
        # Its epsilon stands elsewhere in the formula, so here there is none to speak of.
        optimizer = Adam(case.rate, epsilon=1e-30) if case.adam else SGD(case.rate * share)
        train(
            twin, case.X, case.Y, loss="half_ssr", optimizer=optimizer, epochs=epochs, batch_size=case.batch_size,
            record=2, engine="numpy", gradient=gradient,
        )
        return twin.theta

    run.reference = reference
    return run


def c_loop(case):
    """A loop in plain C, written for networks of two layers and compiled for this one only."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Missing("no C compiler")
    if len(case.network.layers) != 2:
        raise Missing("not written for this depth")
    first, second = case.network.layers
    scale = {"mse": 2.0 / (case.batch_size * case.network.sizes[2]), "ssr": 2.0, "half_ssr": 1.0}[case.loss]
    constants = {
        "INPUTS": case.network.inputs, "HIDDEN": first.units, "OUTPUTS": second.units, "ROWS": len(case.X),
        "BATCH": case.batch_size, "BIAS1": int(first.bias), "BIAS2": int(second.bias),
        "F1": first.activation.name.upper(), "F2": second.activation.name.upper(), "SCALE": scale,
        "ADAM": int(case.adam),
    }
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "loop.so"
        source = Path(__file__).with_name("loop.c")
        definitions = [f"-D{name}={value}" for name, value in constants.items()]
        command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source, *definitions, "-lm"]
        subprocess.run(command, check=True)
        loop = ctypes.CDLL(str(library)).train
    loop.argtypes = [ctypes.c_long, *[np.ctypeslib.ndpointer(np.float64, flags="C")] * 3, ctypes.c_double]
    loop.restype = None

    def run(epochs):
        theta = case.network.theta.copy()
        loop(epochs, case.X, case.Y, theta, case.rate)
        return theta

    return run


def products(case):
    """The matrix products of forward and backward pass, and nothing else: no network is trained."""
    random = np.random.default_rng(0)
    sizes, rows = case.network.sizes, case.batch_size
    A = [random.normal(size=(rows, units)) for units in sizes]
    D, W = [a.copy() for a in A], [w.copy() for w in case.network.weights]
    dW, Z = [w.copy() for w in W], [a.copy() for a in A]

    def run(epochs):
        for _ in range(epochs * case.updates):
            for k, w in enumerate(W):
                A[k].dot(w, Z[k + 1])
            for k in range(len(W) - 1, -1, -1):
                A[k].T.dot(D[k + 1], dW[k])
                if k:
                    D[k + 1].dot(W[k].T, Z[k])

    run.trains_nothing = True
    return run


CONTESTANTS = {
    "ours, compiled": compiled,
    "ours, NumPy": numpy,
    "published code": published,
    "PyTorch eager": torch,
    "JAX, jit per step": jax_step,
    "JAX, whole loop compiled": jax_loop,
    "scikit-learn": scikit_learn,
    "HIPS autograd": autograd,
    "plain C, gcc -O3": c_loop,
    "matrix products alone": products,
}
