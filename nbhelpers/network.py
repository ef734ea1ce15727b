"""The network of every lesson: dense layers over one flat vector of parameters, `theta`.

Rows are samples. `X` (samples, features), `Y` (samples, outputs), `W` (inputs, outputs), `b` (outputs,).
A layer computes `Z = X @ W + b` and `A = activation(Z)`. `theta` holds the parameters layer by layer: the
weights row by row, then the biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import files
from .activations import quiet
from .arguments import Array, choice, matrix, refuse_reordered, shown, vector, whole_number
from .edges import Fixed, spelled
from .layers import DRAWS, Dense, Views
from .losses import Loss, loss_of
from .settings import affordable


@spelled
class Network(Fixed):
    """Dense layers one after the other, all parameters in the one float64 vector `theta`, zero at first.

    `inputs` is the number of features, `layers` a list of Dense. `weights` and `biases` are lists of views into
    `theta`, one for each layer; a layer without a bias has None. What is assigned to them is copied into `theta`.
    """

    COMPUTED = "activations", "predict", "loss", "gradient"
    inputs: int
    layers: tuple[Dense, ...]
    sizes: tuple[int, ...]
    _theta: Array
    _views: tuple[Views, Views]

    def __init__(self, inputs: int, layers: Sequence[Dense]):
        inputs = whole_number("inputs", inputs, least=1)
        found = tuple(layers) if isinstance(layers, (list, tuple)) else ()
        if not found or not all(isinstance(layer, Dense) for layer in found):
            raise ValueError(f"layers must be a list of one or more Dense, got {shown(layers, Dense)}")
        sizes = (inputs, *(layer.units for layer in found))
        parameters = sum((below + layer.bias) * layer.units for below, layer in zip(sizes, found))
        affordable("inputs and the sizes of layers", sizes, parameters)
        vars(self).update(inputs=inputs, layers=found, sizes=sizes, _theta=np.zeros(parameters))
        weights, biases = self.split(self._theta)
        vars(self).update(_views=(Views("weights", weights), Views("biases", biases)))

    def __repr__(self) -> str:
        return f"Network({self.inputs}, {list(self.layers)})"

    @property
    def theta(self) -> Array:
        """The parameters, shape (parameters,). Assigning copies the new values into the same memory."""
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._theta[:] = vector("theta", values, self._theta.size)

    @property
    def weights(self) -> Views:
        return self._views[0]

    @weights.setter
    def weights(self, values: Sequence[ArrayLike]) -> None:
        self._views[0][:] = values

    @property
    def biases(self) -> Views:
        return self._views[1]

    @biases.setter
    def biases(self, values: Sequence[ArrayLike | None]) -> None:
        self._views[1][:] = values

    def split(self, parameters: Array) -> tuple[list[Array], list[Any]]:
        """The weights and the biases, as two lists of views into `parameters`, a vector laid out like theta.

        `parameters` may also be a stack of such vectors, shape (..., parameters): the views are then stacks of weights,
        (..., inputs, units), and of biases, (..., units). Raises ValueError where it is longer or shorter than theta.
        """
        if not isinstance(parameters, np.ndarray):
            raise TypeError(f"parameters must be an array, so that there can be views into it, got {shown(parameters)}")
        if parameters.shape[-1:] != self._theta.shape:
            came = f"got the shape {parameters.shape} of parameters"
            raise ValueError(f"theta must have the shape {self._theta.shape}, {came}")
        weights, biases, end, stack = [], [], 0, parameters.shape[:-1]
        for inputs, layer in zip(self.sizes, self.layers):
            start, end = end, end + inputs * layer.units
            weights.append(parameters[..., start:end].reshape(*stack, inputs, layer.units))
            start, end = end, end + layer.bias * layer.units
            biases.append(parameters[..., start:end] if layer.bias else None)
        return weights, biases

    def initialize(self, how: str, seed: int) -> Network:
        """Draw new parameters, layer by layer, weights and then biases. Returns the network itself.

        `how` is "uniform" (every parameter on [0, 1)), "normal" (mean 0, standard deviation 1) or "glorot"
        (weights uniform within sqrt(6 / (inputs + outputs)) of 0 and biases 0, after Glorot and Bengio 2010).
        `seed` is a whole number for `numpy.random.default_rng`.
        """
        draw = choice("how", how, DRAWS)
        random = np.random.default_rng(whole_number("seed", seed))
        for W, b in zip(self.weights, self.biases):
            W[:] = draw(random, W.shape, W.shape)
            if b is not None:
                b[:] = 0.0 if how == "glorot" else draw(random, b.shape, W.shape)
        return self

    def activations(self, X: ArrayLike) -> list[Array]:
        """The activations of all layers for the rows of `X`: the list [X, A1, ..., output]."""
        X = matrix("X", X, columns=self._features)
        forward = ForwardPass(self, len(X))
        with quiet():
            forward(X)
        return [X, *forward.A]

    def predict(self, X: ArrayLike) -> Array:
        """The outputs for the rows of `X`, shape (samples, outputs)."""
        return self.activations(X)[-1]

    def loss(self, X: ArrayLike, Y: ArrayLike, loss: Loss | str) -> float:
        """The `loss` (a Loss or its name) of the outputs for `X` against `Y`, a Python float."""
        X, Y, loss = self.check(X, Y, loss)
        return loss.value(self.predict(X), Y)

    def gradient(self, X: ArrayLike, Y: ArrayLike, loss: Loss | str) -> Array:
        """The derivative of the loss in every parameter, by backpropagation, shape (parameters,)."""
        X, Y, loss = self.check(X, Y, loss)
        backpropagation = Backpropagation(self, len(X), loss)
        with quiet():
            backpropagation(X, Y)
        return backpropagation.gradient

    def check(self, X: ArrayLike, Y: ArrayLike, loss: Loss | str) -> tuple[Array, Array, Loss]:
        """`X`, `Y` and `loss` as training needs them. Raises TypeError or ValueError where they do not fit."""
        refuse_reordered(X, Y)
        X = matrix("X", X, columns=self._features)
        Y = matrix("Y", Y, columns=(self.sizes[-1], "one for each output"), rows=(len(X), "as many as X"))
        loss = loss_of(loss)
        # Four outputs show the range of the last layer to a loss that is not made for all of them.
        loss.check(self.layers[-1].activation.value([-20.0, -1.0, 1.0, 20.0]), Y)
        return X, Y, loss

    def copy(self) -> Network:
        """A network with the same layers and its own copy of theta."""
        return self._of(self.__getstate__())

    def __getstate__(self) -> tuple:
        return self.inputs, self.layers, self._theta

    def __setstate__(self, state: tuple) -> None:
        # Made anew, so that weights and biases are views again; by name: a class of your own may take other arguments.
        inputs, layers, theta = state
        Network.__init__(self, inputs, layers)
        self._theta[:] = theta

    @classmethod
    def _of(cls, state: tuple) -> Network:
        network = cls.__new__(cls)
        network.__setstate__(state)
        return network

    def save(self, path: str | PathLike) -> None:
        """Write the layers and theta to `path`, a NumPy `.npz` file; what was there stays until all is written.

        Raises ValueError for an activation of your own, and TypeError, ValueError, FileNotFoundError or PermissionError
        where `path` is none to write to, OSError where the disk is full or breaks.
        """
        files.write(path, self.layers, self.sizes, self.theta)

    @classmethod
    def load(cls, path: str | PathLike) -> Network:
        """The network that `save` wrote to `path`. Raises ValueError for a file of another kind; runs nothing in it."""
        return cls._of(files.read(path))

    @property
    def _features(self) -> tuple[int, str]:
        return self.inputs, "one for each input of the network"


class ForwardPass:
    """The forward pass over `rows` samples, in arrays that are made once.

    `Z` and `A` are lists with the weighted sums and the activations of every layer, as the last call left them.
    """

    def __init__(self, network: Network, rows: int):
        self.Z = [np.empty((rows, layer.units)) for layer in network.layers]
        self.A = [np.empty((rows, layer.units)) for layer in network.layers]
        activations = [layer.activation.formula for layer in network.layers]
        # As rows, because NumPy adds arrays of the same shape in half the time: Z has one row in online training.
        biases = [None if b is None else b.reshape(1, -1) for b in network.biases]
        self.layers = list(zip(network.weights, biases, activations, self.Z, self.A))

    def __call__(self, X: Array) -> Array:
        """The outputs for `X`, shape (rows, outputs); they are overwritten by the next call."""
        for W, b, activation, Z, A in self.layers:
            X.dot(W, Z)
            if b is not None:
                np.add(Z, b, Z)
            X = activation(Z, A)
        return X


class Backpropagation:
    """One forward and one backward pass over `rows` samples, in arrays that are made once.

    A call returns the loss and leaves its derivative in every parameter in `gradient`, laid out like theta.
    `D` holds, for every layer, the derivative of the loss in its activations `A`, and then in its sums `Z`.
    """

    def __init__(self, network: Network, rows: int, loss: Loss):
        self.loss, self.forward = loss, ForwardPass(network, rows)
        self.W_transposed = [W.T for W in network.weights]
        self.slope = [layer.activation.slope_formula for layer in network.layers]
        self.D = [np.empty_like(A) for A in self.forward.A]
        self.slope_at = [np.empty_like(A) for A in self.forward.A]
        self.gradient = np.empty_like(network.theta)
        self.dW, self.db = network.split(self.gradient)
        self.from_the_last = range(len(network.layers) - 1, -1, -1)
        self.ones = np.ones(rows)

    def __call__(self, X: Array, Y: Array) -> float:
        output = self.forward(X)
        Z, A, D, dW, db = self.forward.Z, self.forward.A, self.D, self.dW, self.db
        self.loss.gradient_formula(output, Y, D[-1])
        for k in self.from_the_last:
            # D *= slope(Z): from the derivative in A to the derivative in Z.
            np.multiply(D[k], self.slope[k](Z[k], A[k], self.slope_at[k]), D[k])
            entering = A[k - 1] if k else X
            # dW = entering.T @ D: every weight meets the input that it multiplies.
            entering.T.dot(D[k], dW[k])
            if db[k] is not None:
                # db = D.sum(axis=0), which takes NumPy four times as long.
                self.ones.dot(D[k], db[k])
            if k:
                # On to the layer below: the derivative in its activations is D @ W.T.
                D[k].dot(self.W_transposed[k], D[k - 1])
        return float(self.loss.formula(output, Y))


class LossAt:
    """The loss as a function of theta alone: `LossAt(network, X, Y, loss)(theta)`, on a copy of the network."""

    def __init__(self, network: Network, X: Array, Y: Array, loss: Loss):
        self.network, self.X, self.Y, self.loss = network.copy(), X, Y, loss
        self.forward = ForwardPass(self.network, len(X))

    def __call__(self, theta: Array) -> float:
        self.network.theta[:] = theta
        with quiet():
            return float(self.loss.formula(self.forward(self.X), self.Y))


def network_of(network: object) -> Network:
    """`network`, a Network. TypeError for anything else."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {shown(network, Network)}")
    return network
