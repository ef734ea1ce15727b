"""The network of every lesson: dense layers over one flat vector of parameters, `theta`.

Rows are samples. `X` (samples, features), `Y` (samples, outputs), `W` (inputs, outputs), `b` (outputs,).
A layer computes `Z = X @ W + b` and `A = activation(Z)`. `theta` holds the parameters layer by layer: the
weights row by row, then the biases.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from .activations import ACTIVATIONS, Activation, quiet
from .arguments import choice, matrix, vector, whole_number
from .losses import LOSSES, Loss


@dataclass(frozen=True)
class Dense:
    """A layer in which every unit sees every input.

    `units` is a whole number of at least 1, `activation` an Activation or its name, `bias` whether each unit
    adds a number of its own.
    """

    units: int
    activation: Activation
    bias: bool = True

    def __post_init__(self):
        object.__setattr__(self, "units", whole_number("units", self.units, least=1))
        if not isinstance(self.bias, (bool, np.bool_)):
            raise TypeError(f"bias must be True or False, got {self.bias!r}")
        if not isinstance(self.activation, Activation):
            object.__setattr__(self, "activation", choice("activation", self.activation, ACTIVATIONS))


class Network:
    """Dense layers one after the other, all parameters in the one float64 vector `theta`, zero at first.

    `inputs` is the number of features, `layers` a list of Dense. `weights` and `biases` are lists of views into
    `theta`, one for each layer; a layer without a bias has None.
    """

    def __init__(self, inputs, layers):
        self.inputs = whole_number("inputs", inputs, least=1)
        self.layers = tuple(layers) if isinstance(layers, (list, tuple)) else ()
        if not self.layers or not all(isinstance(layer, Dense) for layer in self.layers):
            raise ValueError(f"layers must be a list of one or more Dense, got {layers!r}")
        self.sizes = (self.inputs, *(layer.units for layer in self.layers))
        parameters = sum(
            (inputs + layer.bias) * layer.units for inputs, layer in zip(self.sizes, self.layers)
        )
        self._theta = np.zeros(parameters)
        self.weights, self.biases = self.split(self._theta)

    def __repr__(self):
        layers = (
            f"Dense({layer.units}, {layer.activation}{'' if layer.bias else ', bias=False'})"
            for layer in self.layers
        )
        return f"Network({self.inputs}, [{', '.join(layers)}])"

    @property
    def theta(self):
        """The parameters, shape (parameters,). Assigning copies the new values into the same memory."""
        return self._theta

    @theta.setter
    def theta(self, values):
        self._theta[:] = vector("theta", values, self._theta.size)

    def split(self, parameters):
        """The weights and the biases, as two lists of views into `parameters`, a vector laid out like theta."""
        weights, biases, end = [], [], 0
        for inputs, layer in zip(self.sizes, self.layers):
            start, end = end, end + inputs * layer.units
            weights.append(parameters[start:end].reshape(inputs, layer.units))
            start, end = end, end + layer.bias * layer.units
            biases.append(parameters[start:end] if layer.bias else None)
        return weights, biases

    def initialize(self, how, seed):
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

    def activations(self, X):
        """The activations of all layers for the rows of `X`: the list [X, A1, ..., output]."""
        X = matrix("X", X, columns=self._features)
        forward = ForwardPass(self, len(X))
        with quiet():
            forward(X)
        return [X, *forward.A]

    def predict(self, X):
        """The outputs for the rows of `X`, shape (samples, outputs)."""
        return self.activations(X)[-1]

    def loss(self, X, Y, loss):
        """The `loss` (a Loss or its name) of the outputs for `X` against `Y`, a Python float."""
        X, Y, loss = self.check(X, Y, loss)
        return loss.value(self.predict(X), Y)

    def gradient(self, X, Y, loss):
        """The derivative of the loss in every parameter, by backpropagation, shape (parameters,)."""
        X, Y, loss = self.check(X, Y, loss)
        backpropagation = Backpropagation(self, len(X), loss)
        with quiet():
            backpropagation(X, Y)
        return backpropagation.gradient

    def check(self, X, Y, loss):
        """`X`, `Y` and `loss` as training needs them. Raises TypeError or ValueError where they do not fit."""
        X = matrix("X", X, columns=self._features)
        Y = matrix("Y", Y, columns=(self.sizes[-1], "one for each output"), rows=(len(X), "as many as X"))
        return X, Y, loss if isinstance(loss, Loss) else choice("loss", loss, LOSSES)

    def copy(self):
        """A network with the same layers and its own copy of theta."""
        twin = Network(self.inputs, self.layers)
        twin._theta[:] = self._theta
        return twin

    def __getstate__(self):
        return self.inputs, self.layers, self._theta

    def __setstate__(self, state):
        # Made anew, so that the weights and biases of a pickled or deeply copied network are views again.
        inputs, layers, theta = state
        self.__init__(inputs, layers)
        self._theta[:] = theta

    def save(self, path):
        """Write the layers and theta to `path`, a NumPy `.npz` file."""
        contents = {
            "theta": self.theta,
            "sizes": self.sizes,
            "activations": [layer.activation.name for layer in self.layers],
            "biases": [layer.bias for layer in self.layers],
        }
        # Through an open file, because NumPy would add .npz to a path that lacks it.
        with open(path, "wb") as file:
            np.savez(file, **contents)

    @classmethod
    def load(cls, path):
        """The network that `save` wrote to `path`. Raises ValueError for a file of another kind."""
        expected = {"theta", "sizes", "activations", "biases"}
        try:
            file = np.load(path, allow_pickle=False)
        except (ValueError, EOFError):
            file = None
        if not expected <= set(getattr(file, "files", ())):
            raise ValueError(f"{path} must be a file written by Network.save; it lacks the entries of one")
        with file:
            sizes, columns = file["sizes"].tolist(), (file["activations"].tolist(), file["biases"].tolist())
            network = cls(sizes[0], [Dense(*layer) for layer in zip(sizes[1:], *columns)])
            network.theta = file["theta"]
        return network

    @property
    def _features(self):
        return self.inputs, "one for each input of the network"


class ForwardPass:
    """The forward pass over `rows` samples, in arrays that are made once.

    `A` and `Z` hold the activations and the weighted sums of every layer after a call.
    """

    def __init__(self, network, rows):
        self.Z = [np.empty((rows, units)) for units in network.sizes[1:]]
        self.A = [np.empty((rows, units)) for units in network.sizes[1:]]
        activations = [layer.activation.formula for layer in network.layers]
        # As rows, because NumPy adds arrays of the same shape in half the time: Z has one row in online training.
        biases = [None if b is None else b.reshape(1, -1) for b in network.biases]
        self.layers = list(zip(network.weights, biases, activations, self.Z, self.A))

    def __call__(self, X):
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
    `D` is the derivative of the loss, at first in the activations `A` of a layer and then in its sums `Z`.
    """

    def __init__(self, network, rows, loss):
        self.loss = loss
        self.forward = ForwardPass(network, rows)
        self.gradient = np.empty_like(network.theta)
        dW, db = network.split(self.gradient)
        D = [np.empty_like(A) for A in self.forward.A]
        slopes = [layer.activation.slope_formula for layer in network.layers]
        slope_at = [np.empty_like(A) for A in self.forward.A]
        W_transposed = [W.T for W in network.weights]
        columns = zip(slopes, self.forward.Z, self.forward.A, slope_at, D, dW, db)
        # Backwards: each layer with the activations that enter it and the D that it hands on to the one below.
        below = zip([None, *self.forward.A], W_transposed, [None, *D])
        self.layers = [(*layer, *entering) for layer, entering in zip(columns, below)][::-1]
        self.D = D[-1]
        self.ones = np.ones(rows)

    def __call__(self, X, Y):
        output = self.forward(X)
        self.loss.gradient_formula(output, Y, self.D)
        for slope, Z, A, slope_at, D, dW, db, entering, W_transposed, D_below in self.layers:
            np.multiply(D, slope(Z, A, slope_at), D)
            if entering is None:
                entering = X
            entering.T.dot(D, dW)
            if db is not None:
                self.ones.dot(D, db)
            if D_below is not None:
                D.dot(W_transposed, D_below)
        return float(self.loss.formula(output, Y))


def _glorot(random, shape, weights):
    limit = sqrt(6.0 / sum(weights))
    return random.uniform(-limit, limit, shape)


DRAWS = {
    "uniform": lambda random, shape, weights: random.random(shape),
    "normal": lambda random, shape, weights: random.standard_normal(shape),
    "glorot": _glorot,
}
