"""Small programs with networks in them, each in a style of its own, right and wrong: what `audit` must make sense of.

A program is a function of its version, which is "right" or names a fault, and returns what `audit` is called with.
`says` is what has to come out for each version: the verdict, and words of the text.
"""

import math
import random
from dataclasses import dataclass, field

import numpy as np

PROGRAMS = []


def says(**versions):
    def registered(program):
        PROGRAMS.extend((program, version, *words) for version, words in versions.items())
        return program

    return registered


draw = np.random.default_rng(5)
X, Y = draw.normal(size=(6, 3)), draw.random((6, 2))
CLASSES = np.eye(2)[[0, 1, 1, 0, 1, 0]]


def sigma(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def normal(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


TWO_SIGMOIDS = "Recognized as Network(3, [Dense(4, sigmoid), Dense(2, sigmoid)]), with mse as its loss."


@says(
    right=("right", TWO_SIGMOIDS),
    half=("right up to a factor", TWO_SIGMOIDS, "the factor 0.5 at every place", "half this loss"),
    no_slope=("wrong", TWO_SIGMOIDS, "wrong in W1 and b1.", "In layer 1 the slope of sigmoid is"),
    value_for_slope=("wrong", "In layer 2", "wrong in W1, b1, W2 and b2."),
    zeros=("nothing arrives", "the gradient is zero at every place, and the loss is not flat there."),
)
def class_with_rows_as_samples(version):
    class Network:
        def __init__(self):
            self.W1, self.b1, self.W2, self.b2 = normal(3, 4), np.zeros((1, 4)), normal(4, 2), np.zeros((1, 2))

        def forward(self, X):
            self.hidden = sigma(X @ self.W1 + self.b1)
            self.out = sigma(self.hidden @ self.W2 + self.b2)
            return self.out

        def loss(self, X, Y):
            return np.mean((self.forward(X) - Y) ** 2)

        def backward(self, X, Y):
            d2 = 2 * (self.out - Y) / Y.size * (self.out if version == "value_for_slope" else self.out * (1 - self.out))
            d1 = d2 @ self.W2.T * (1 if version == "no_slope" else self.hidden * (1 - self.hidden))
            parts = X.T @ d1, d1.sum(axis=0, keepdims=True), self.hidden.T @ d2, d2.sum(axis=0, keepdims=True)
            return [part * {"half": 0.5, "zeros": 0}.get(version, 1) for part in parts]

    net = Network()
    return dict(
        parameters=[(net, "W1"), (net, "b1"), (net, "W2"), (net, "b2")], loss=net.loss, gradient=net.backward,
        predict=net.forward, X=X, Y=Y,
    )


@says(
    right=("right", "Dense(4, tanh), Dense(2, identity)", "with half_ssr as its loss"),
    summed_bias=("wrong", "wrong in c1.", "In the derivatives of the biases of layer 1"),
    twice=("right up to a factor", "the factor 2 at every place", "twice"),
)
def columns_as_samples(version):
    net = {"V1": normal(4, 3), "V2": normal(2, 4), "c1": normal(4, 1), "c2": normal(2, 1)}
    across, answers = X.T, Y.T

    def forward(x):
        h = np.tanh(net["V1"].dot(x) + net["c1"])
        return h, net["V2"].dot(h) + net["c2"]

    def gradient():
        h, out = forward(across)
        e2 = (out - answers) * (2 if version == "twice" else 1)
        e1 = net["V2"].T.dot(e2) * (1 - h**2)
        c1 = e1.sum() if version == "summed_bias" else e1.sum(axis=1, keepdims=True)
        return {"V1": e1.dot(across.T), "c1": c1, "V2": e2.dot(h.T), "c2": e2.sum(axis=1, keepdims=True)}

    return dict(
        parameters=[(net, "V1"), (net, "c1"), (net, "V2"), (net, "c2")],
        loss=lambda: 0.5 * ((forward(across)[1] - answers) ** 2).sum(), gradient=gradient,
        predict=lambda x: forward(x)[1], X=across, Y=answers,
    )


@says(
    right=("right", "Dense(3, sigmoid), Dense(2, sigmoid)", "half_ssr"),
    updated_weights=("wrong", "updated"),
    slope_at_output=("wrong", "In layer 2 the slope of sigmoid"),
)
def an_object_for_each_neuron(version):
    class Neuron:
        def __init__(self, inputs, seed):
            chance = random.Random(seed)
            self.weights, self.bias = [chance.gauss(0, 1) for _ in range(inputs)], chance.gauss(0, 1)

        def fire(self, inputs):
            self.inputs = inputs
            self.output = 1 / (1 + math.exp(-sum(w * x for w, x in zip(self.weights, inputs)) - self.bias))
            return self.output

        def slope(self):
            if version == "slope_at_output" and self in last:
                again = 1 / (1 + math.exp(-self.output))
                return again * (1 - again)
            return self.output * (1 - self.output)

        def learn(self):
            for i, x in enumerate(self.inputs):
                self.weights[i] -= 0.5 * self.blame * x
            self.bias -= 0.5 * self.blame

    first, last = [Neuron(3, seed) for seed in range(3)], [Neuron(3, seed) for seed in range(3, 5)]

    def fire(x):
        return [neuron.fire([other.fire(x) for other in first]) for neuron in last]

    def update(x, y):
        outputs = fire(x[0])
        for neuron, output, target in zip(last, outputs, y[0]):
            neuron.blame = (output - target) * neuron.slope()
            if version == "updated_weights":
                neuron.learn()
        for i, neuron in enumerate(first):
            neuron.blame = sum(above.weights[i] * above.blame for above in last) * neuron.slope()
        for neuron in [*first, *last] if version != "updated_weights" else first:
            neuron.learn()

    return dict(
        parameters=[(neuron, name) for neuron in [*first, *last] for name in ("weights", "bias")],
        loss=lambda x, y: sum((t - o) ** 2 for t, o in zip(y[0], fire(x[0]))) / 2, step=update, learning_rate=0.5,
        predict=lambda x: [fire(row) for row in x], X=X[:1].tolist(), Y=Y[:1].tolist(),
    )


@says(
    right=("right", "Dense(5, relu), Dense(2, identity)", "2 times mse"),
    summed=("right up to a factor", "6", "the number of samples"),
    threshold=("wrong", "In layer 1", "relu"),
)
def dictionaries_and_functions(version):
    parameters = {"weights 1": normal(3, 5), "biases 1": normal(5), "weights 2": normal(5, 2), "biases 2": normal(2)}

    def forward(p, X):
        z = X @ p["weights 1"] + p["biases 1"]
        return z, np.maximum(z, 0) @ p["weights 2"] + p["biases 2"]

    def gradients(X, Y):
        z, out = forward(parameters, X)
        down = 2 * (out - Y) / (1 if version == "summed" else len(X))
        below = down @ parameters["weights 2"].T * (z > (1 if version == "threshold" else 0))
        pairs = ("1", X, below), ("2", np.maximum(z, 0), down)
        return {f"weights {n}": a.T @ d for n, a, d in pairs} | {f"biases {n}": d.sum(0) for n, _, d in pairs}

    return dict(
        parameters={name: (parameters, name) for name in parameters},
        loss=lambda X, Y: ((forward(parameters, X)[1] - Y) ** 2).sum() / len(X), gradient=gradients,
        predict=lambda X: forward(parameters, X)[1], X=X, Y=Y,
    )


@says(right=("right",), never=("wrong", "Nothing arrives in parameter 1: zeros, where the loss is not flat."))
def closure_over_arrays_changed_in_place(version):
    def make():
        W, V = normal(3, 4), normal(4, 2)

        def run(x):
            return np.log1p(np.exp(x @ W)) @ V

        def derivatives():
            d = (run(X) - Y) * 2
            dW = X.T @ (d @ V.T * sigma(X @ W))
            return (0 * dW if version == "never" else dW), np.log1p(np.exp(X @ W)).T @ d

        return [W, V], lambda: np.sum((run(X) - Y) ** 2), derivatives

    weights, loss, derivatives = make()
    return dict(parameters=weights, loss=loss, gradient=derivatives)


@says(right=("right",), value=("wrong", "weights 2"))
def lists_in_lists(version):
    net = [[[0.5, -0.25, 1], [0.125, 2, -1]], [[1, -0.5, 0.75], [0.5, 0.5, -2]]]

    def layers(x):
        for layer in net:
            x = [math.tanh(sum(w * v for w, v in zip(unit, x + [1]))) for unit in layer]
            yield x

    pairs = [([0.5, -1], [0.25, 0.5]), ([1.5, 0.25], [-0.5, 0])]

    def loss():
        return sum((a - b) ** 2 for x, y in pairs for a, b in zip(list(layers(x))[-1], y))

    def slopes():
        total = [[[0] * 3 for _ in range(2)] for _ in range(2)]
        for x, y in pairs:
            hidden, out = layers(x)
            d = [2 * (a - b) * (1 - a * a) for a, b in zip(out, y)]
            e = [sum(net[1][k][j] * d[k] for k in range(2)) * (1 - hidden[j] ** 2) for j in range(2)]
            for k in range(2):
                for j, v in enumerate(hidden + [1]):
                    total[1][k][j] += d[k] * (net[1][k][j] if version == "value" else v)
                for j, v in enumerate(x + [1]):
                    total[0][k][j] += e[k] * v
        return total

    return dict(parameters={"weights 1": (net, 0), "weights 2": (net, 1)}, loss=loss, gradient=slopes)


@says(
    right=("right", "Dense(4, leaky_relu, bias=False)"),
    mean=("right up to a factor", "1/6 (the number of samples)"),
    first_row=("wrong", "first row"),
)
def update_only(version):
    class Model:
        def __init__(self, rate):
            self.rate, self.w_in, self.w_out = rate, normal(3, 4), normal(4, 2)

        def predict(self, x):
            z = x @ self.w_in
            return np.where(z > 0, z, 0.1 * z) @ self.w_out

        def fit_once(self, x, y):
            z = x @ self.w_in
            error = self.predict(x) - y
            if version == "first_row":
                z, x, error = z[:1], x[:1], error[:1]
            h, slope = np.where(z > 0, z, 0.1 * z), np.where(z > 0, 1, 0.1)
            share = self.rate / (len(x) if version == "mean" else 1)
            delta = error @ self.w_out.T * slope
            self.w_out = self.w_out - share * h.T @ error
            self.w_in = self.w_in - share * x.T @ delta

    model = Model(0.01)
    return dict(
        parameters=[(model, "w_in"), (model, "w_out")], loss=lambda x, y: ((model.predict(x) - y) ** 2).sum() / 2,
        step=model.fit_once, learning_rate=model.rate, predict=model.predict, X=X, Y=Y,
    )


def _linear(**changes):
    """A linear layer, which several programs below are built around."""
    return dict(W=normal(3, 2), **changes)


@says(shuffled=("not repeatable", "another one the second time"), first_batch=("wrong", "on all samples at once"))
def minibatches(version):
    net, shuffle = _linear(), np.random.default_rng(0)

    def step():
        rows = shuffle.permutation(6)[:3] if version == "shuffled" else slice(0, 3)
        net["W"] -= 0.1 * X[rows].T @ (X[rows] @ net["W"] - Y[rows])

    return dict(
        parameters=[(net, "W")], loss=lambda: np.sum((X @ net["W"] - Y) ** 2) / 2, step=step, learning_rate=0.1,
    )


@says(
    right=("right",), overwritten=("wrong",),
    added_up=("not repeatable", "twice as large the second time. Is it added up and never set to zero?"),
)
def tiny_autograd_engine(version):
    class Value:
        def __init__(self, data, parents=(), slopes=()):
            self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes

        def __add__(self, other):
            return Value(self.data + other.data, (self, other), (1, 1))

        def __mul__(self, other):
            return Value(self.data * other.data, (self, other), (other.data, self.data))

        def tanh(self):
            return Value(math.tanh(self.data), (self,), (1 - math.tanh(self.data) ** 2,))

        def backward(self, grad=1.0):
            self.grad = grad if version == "overwritten" else self.grad + grad
            for parent, slope in zip(self.parents, self.slopes):
                parent.backward(grad * slope)

    parameters = [Value(0.5), Value(-0.75), Value(0.25)]

    def loss():
        a, b, c = parameters
        h = (a * Value(1.5) + b).tanh()
        error = h * c + a * h + Value(-0.3)
        return error * error

    def gradient():
        if version != "added_up":
            for parameter in parameters:
                parameter.grad = 0.0
        loss().backward()
        return [parameter.grad for parameter in parameters]

    return dict(parameters=[(p, "data") for p in parameters], loss=lambda: loss().data, gradient=gradient)


SOFTMAX = "Dense(4, tanh), Dense(2, identity)]) with a softmax on its outputs, with softmax_cross_entropy as its loss."


@says(
    right=("right", SOFTMAX),
    summed=("right up to a factor", SOFTMAX, "6", "the number of samples"),
    diagonal=("wrong", SOFTMAX, "the diagonal alone of the softmax's slopes is taken"),
)
def softmax_with_cross_entropy(version):
    class Classifier:
        W1, b1, W2, b2 = normal(3, 4), normal(4), normal(4, 2), normal(2)

        def probabilities(self, X):
            self.h = np.tanh(X @ self.W1 + self.b1)
            return softmax(self.h @ self.W2 + self.b2)

        def grads(self, X, T):
            p = self.probabilities(X)
            d = {"summed": p - T, "diagonal": -T * (1 - p) / len(X)}.get(version, (p - T) / len(X))
            e = d @ self.W2.T * (1 - self.h**2)
            return X.T @ e, e.sum(0), self.h.T @ d, d.sum(0)

    c = Classifier()
    return dict(
        parameters=[(c, name) for name in ("W1", "b1", "W2", "b2")],
        loss=lambda X, T: -(T * np.log(c.probabilities(X))).sum() / len(X), gradient=c.grads,
        predict=c.probabilities, X=X, Y=CLASSES,
    )


@says(
    right=("right", "with mse of the softmax as its loss"),
    cross_entropy=("wrong", "softmax_cross_entropy", "the loss shown is not the loss descended"),
)
def softmax_with_squares(version):
    net = dict(W=normal(3, 2), b=normal(2))

    def forward(x):
        return softmax(x @ net["W"] + net["b"])

    def gradient(x, t):
        p = forward(x)
        g = 2 * (p - t) / t.size
        d = (p - t) / len(t) if version == "cross_entropy" else p * (g - (g * p).sum(axis=1, keepdims=True))
        return {"W": x.T @ d, "b": d.sum(axis=0)}

    return dict(
        parameters={name: (net, name) for name in net}, loss=lambda x, t: np.mean((forward(x) - t) ** 2),
        gradient=gradient, predict=forward, X=X, Y=CLASSES,
    )


@says(
    right=("right", "Dense(4, sigmoid), Dense(2, sigmoid)"),
    half=("right up to a factor", "it is the gradient of half this loss"),
    no_slope=("wrong", "in layer 2 the slope of sigmoid is left out"),
    step=("right",),
)
def float32_throughout(version):
    net = [normal(3, 4).astype("f"), normal(4).astype("f"), normal(4, 2).astype("f"), normal(2).astype("f")]
    x, y = X.astype("f"), Y.astype("f")

    def run(x):
        h = sigma(x @ net[0] + net[1])
        return h, sigma(h @ net[2] + net[3])

    def back():
        h, out = run(x)
        d = (out - y) * (1 if version == "no_slope" else out * (1 - out))
        e = d @ net[2].T * h * (1 - h)
        return [np.float32(0.5 if version == "half" else 1) * g for g in (x.T @ e, e.sum(0), h.T @ d, d.sum(0))]

    def step():
        net[:] = [p - np.float32(0.1) * g for p, g in zip(net, back())]

    how = dict(step=step, learning_rate=0.1) if version == "step" else dict(gradient=back)
    return dict(
        parameters=[(net, i) for i in range(4)], loss=lambda: ((run(x)[1] - y) ** 2).sum() / 2, **how,
        predict=lambda x: run(x)[1], X=x, Y=y,
    )


@says(
    right=("right", "Network(3, [Dense(5, tanh, bias=False), Dense(4, tanh, bias=False), Dense(3, tanh, bias=False), "),
    chain=("wrong", "On the way down from layer 2 to layer 1"),
    one_short=("wrong", "Layer 1 is never updated", "Nothing arrives in parameter 1 [0]"),
)
def many_layers_without_biases(version):
    sizes = 3, 5, 4, 3, 2
    weights = [normal(a, b, seed=a) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]

    def outputs(x):
        found = [x]
        for w in weights:
            found.append(np.tanh(found[-1] @ w))
        return found

    def deltas(x, y):
        a = outputs(x)
        d, result = (a[-1] - y) * (1 - a[-1] ** 2), [np.zeros_like(w) for w in weights]
        for k in range(len(weights) - 1, 0 if version == "one_short" else -1, -1):
            result[k] = a[k].T @ d
            d = (d if not (version == "chain" and k == 1) else d / (1 - a[2] ** 2)) @ weights[k].T * (1 - a[k] ** 2)
        return result

    return dict(
        parameters=[(weights, k) for k in range(4)], loss=lambda x, y: ((outputs(x)[-1] - y) ** 2).sum() / 2,
        gradient=deltas, predict=lambda x: outputs(x)[-1], X=X, Y=Y,
    )


@says(
    right=("right",),
    no_slope=("right direction, another length", "by another factor at each place", "missing or double"),
    double=("right direction, another length", "its direction is right"),
)
def one_output_one_sample_loss_in_a_matrix(version):
    class Net:
        v, w = normal(3, 4), normal(4, 1)

        def forward(self):
            self.h = sigma(X[:1] @ self.v)
            self.o = sigma(self.h @ self.w)
            return 0.5 * (self.o - 1) @ (self.o - 1).T

        def backward(self):
            slope = self.o * (1 - self.o)
            d = (self.o - 1) * {"no_slope": 1, "double": slope**2}.get(version, slope)
            return X[:1].T @ (d @ self.w.T * self.h * (1 - self.h)), self.h.T @ d

    net = Net()
    return dict(parameters=[(net, "v"), (net, "w")], loss=net.forward, gradient=net.backward)


@says(
    right=("right", "Dense(4, relu), Dense(1, sigmoid)", "binary_cross_entropy"),
    squares=("wrong", "the loss shown is not the loss descended", "half_ssr"),
)
def flat_vector_with_views(version):
    flat = normal(21) / 2
    W, b, v, c = flat[:12].reshape(3, 4), flat[12:16], flat[16:20].reshape(4, 1), flat[20:]
    y = CLASSES[:, :1]

    def forward(x):
        return sigma(np.maximum(x @ W + b, 0) @ v + c)

    def gradient():
        z = X @ W + b
        d = forward(X) - y
        d = d * forward(X) * (1 - forward(X)) if version == "squares" else d / len(X)
        e = d @ v.T * (z > 0)
        return np.concatenate([(X.T @ e).ravel(), e.sum(0), (np.maximum(z, 0).T @ d).ravel(), d.sum(0)])

    def loss():
        p = forward(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    return dict(
        parameters=[W, b, v, c], loss=loss, gradient=lambda: np.split(gradient(), [12, 16, 20]), predict=forward,
        X=X, Y=y,
    )


@says(right=("right",), sign=("right up to a factor", "minus"))
def one_flat_vector(version):
    theta = normal(8)

    def loss():
        return np.sum((np.tanh(X @ theta[:6].reshape(3, 2) + theta[6:]) - Y) ** 2)

    def gradient():
        a = np.tanh(X @ theta[:6].reshape(3, 2) + theta[6:])
        d = 2 * (a - Y) * (1 - a**2) * (-1 if version == "sign" else 1)
        return np.concatenate([(X.T @ d).ravel(), d.sum(axis=0)])

    return dict(parameters=[theta], loss=loss, gradient=gradient)


@says(right=("right",), bias_constant=("wrong", "wrong in offsets"))
def slots_and_properties(version):
    class Layer:
        __slots__ = ("_kernel", "_offsets", "seen")

        def __init__(self):
            self._kernel, self._offsets = normal(3, 2).T.copy(), (0.1, -0.2)

        @property
        def kernel(self):
            return self._kernel.T

        @kernel.setter
        def kernel(self, value):
            self._kernel = np.asarray(value).T.copy()

        offsets = property(lambda self: self._offsets, lambda self, value: setattr(self, "_offsets", tuple(value)))

        def __call__(self):
            self.seen = X @ self.kernel + np.array(self.offsets)
            return ((self.seen - Y) ** 2).mean()

    layer = Layer()

    def gradient():
        d = (layer.seen - Y) / 6
        return {"kernel": X.T @ d, "offsets": (1, 1) if version == "bias_constant" else tuple(d.sum(axis=0))}

    return dict(parameters=[(layer, "kernel"), (layer, "offsets")], loss=layer, gradient=gradient)


@says(right=("right",), left_out=("wrong", "wrong in W."), twice=("wrong",))
def penalty_in_the_loss(version):
    net = _linear()
    strength = {"left_out": 0, "twice": 2}.get(version, 1)
    return dict(
        parameters=[(net, "W")],
        loss=lambda: ((X @ net["W"] - Y) ** 2).mean() + 0.01 * (net["W"] ** 2).sum(),
        gradient=lambda: [(X.T @ (X @ net["W"] - Y)) / 6 + 0.02 * strength * net["W"]],
    )


@says(momentum=("not repeatable", "1.9 times", "velocity"), adam=("wrong", "Every parameter is moved equally far"))
def optimizers_that_remember(version):
    net = _linear(velocity=0, squares=0, steps=0)

    def step():
        g = 2 * X.T @ (X @ net["W"] - Y)
        if version == "momentum":
            net["velocity"] = 0.9 * net["velocity"] - 0.01 * g
            net["W"] += net["velocity"]
        else:
            net["steps"] += 1
            net["velocity"], net["squares"] = 0.9 * net["velocity"] + 0.1 * g, 0.999 * net["squares"] + 0.001 * g**2
            mean, spread = net["velocity"] / (1 - 0.9 ** net["steps"]), net["squares"] / (1 - 0.999 ** net["steps"])
            net["W"] -= 0.01 * mean / (np.sqrt(spread) + 1e-8)
            if version == "adam":
                net["velocity"], net["squares"], net["steps"] = 0, 0, 0

    return dict(
        parameters=[(net, "W")], loss=lambda: ((X @ net["W"] - Y) ** 2).sum(), step=step, learning_rate=0.01,
    )


@says(right=("right",))
def a_loss_that_is_known_only_after_the_update(version):
    class Model:
        w, shown = normal(3), []

        def train(self):
            residuals = X @ self.w - Y[:, 0]
            self.shown.append((residuals**2).sum())
            self.w = self.w - 0.02 * X.T @ residuals
            return self.shown[-1]

    model = Model()
    return dict(parameters=[(model, "w")], loss=model.train, step=model.train, learning_rate=0.01)


@says(
    small=("wrong", "The error is small,", "a larger tolerance lets it pass.", "It is that of the network and loss"),
    tiny=("right", "binary_cross_entropy"),
)
def a_small_number_in_the_logarithm(version):
    net, y, epsilon = dict(w=normal(3, 1), b=0.5), CLASSES[:, :1], {"small": 1e-7, "tiny": 1e-12}[version]

    def forward(x):
        return sigma(x @ net["w"] + net["b"])

    def loss(x, y):
        return -np.mean(y * np.log(forward(x) + epsilon) + (1 - y) * np.log(1 - forward(x) + epsilon))

    def gradient(x, y):
        d = (forward(x) - y) / len(x)
        return x.T @ d, d.sum()

    return dict(
        parameters=[(net, "w"), (net, "b")], loss=loss, gradient=gradient, predict=forward, X=X, Y=y,
    )


@says(dropout=("not repeatable", "the loss is", "dropout"))
def dropout(version):
    net, chance = _linear(), np.random.default_rng(0)

    def loss():
        net["kept"] = chance.random(X.shape) > 0.5
        return np.mean((X * net["kept"] @ net["W"] - Y) ** 2)

    return dict(
        parameters=[(net, "W")], loss=loss,
        gradient=lambda: [(X * net["kept"]).T @ (X * net["kept"] @ net["W"] - Y) / 6],
    )


@says(normalizes=("not repeatable", "It changes X"))
def data_that_are_changed(version):
    net = _linear()

    def loss(x, y):
        x -= x.mean(axis=0)
        x /= x.std(axis=0)
        return np.mean((x @ net["W"] - y) ** 2)

    return dict(
        parameters=[(net, "W")], loss=loss, gradient=lambda x, y: [x.T @ (x @ net["W"] - y) / 6], X=X.copy(), Y=Y,
    )


@says(stale=("nothing arrives",), rebound=("nothing arrives",))
def gradient_that_never_gets_there(version):
    class Layer:
        def __init__(self):
            self.W, self.dW, self.out = normal(3, 2), np.zeros((3, 2)), np.zeros((6, 2))

        def forward(self):
            out = sigma(X @ self.W)
            if version != "stale":
                self.out = out
            return ((out - Y) ** 2).sum()

        def backward(self):
            self.dW = X.T @ (2 * (self.out - Y) * self.out * (1 - self.out))

    layer = Layer()
    optimizer = [(layer.W, layer.dW)]

    def gradient():
        layer.backward()
        return [layer.dW] if version == "stale" else [d for _, d in optimizer]

    return dict(parameters=[(layer, "W")], loss=layer.forward, gradient=gradient)


@says(
    descends_another=("wrong", "mse as its loss", "binary_cross_entropy", "the loss shown is not the loss descended"),
)
def loss_shown_for_another_one(version):
    net = dict(W=normal(3, 4), b=normal(4), V=normal(4, 2), c=normal(2))

    def forward(x):
        h = sigma(x @ net["W"] + net["b"])
        return h, sigma(h @ net["V"] + net["c"])

    def gradient(x, y):
        h, out = forward(x)
        d = (out - y) / len(x)
        e = d @ net["V"].T * h * (1 - h)
        return x.T @ e, e.sum(0), h.T @ d, d.sum(0)

    return dict(
        parameters=[(net, name) for name in "WbVc"], loss=lambda x, y: np.mean((forward(x)[1] - y) ** 2),
        gradient=gradient, predict=lambda x: forward(x)[1], X=X, Y=Y,
    )


@says(
    dead=("cannot be judged", "The gradient cannot be judged here."),
    zeros=("cannot be judged", "At the given parameters nothing can be judged: the loss does not change there."),
)
def a_loss_that_is_flat(version):
    net, x = _linear(), X * 0 if version == "zeros" else X

    def loss():
        residuals = x @ net["W"] - Y
        return float(np.heaviside(abs(residuals).sum(), 1)) if version == "dead" else (residuals**2).sum()

    return dict(parameters=[(net, "W")], loss=loss, gradient=lambda: [x.T @ (x @ net["W"] - Y) * (version == "zeros")])


@says(right=("right", "softplus"), slope_at_output=("wrong", "softplus", "In layer 1 the slope of softplus is taken"))
def dataclasses_with_a_tape(version):
    @dataclass
    class Dense:
        weight: np.ndarray
        bias: np.ndarray
        tape: list = field(default_factory=list)

        def __call__(self, x):
            self.tape = [x, x @ self.weight.T + self.bias]
            return self.tape[1]

        def back(self, d):
            return d @ self.weight, d.T @ self.tape[0], d.sum(axis=0)

    first, second = Dense(normal(4, 3), normal(4)), Dense(normal(2, 4), normal(2))

    def forward(x):
        return second(np.logaddexp(0, first(x)))

    def gradient(x, y):
        d, *above = second.back(2 * (forward(x) - y))
        z = first.tape[1]
        return [*first.back(d * sigma(np.logaddexp(0, z) if version == "slope_at_output" else z))[1:], *above]

    return dict(
        parameters=[(layer, name) for layer in (first, second) for name in ("weight", "bias")],
        loss=lambda x, y: np.sum((forward(x) - y) ** 2), gradient=gradient, predict=forward, X=X, Y=Y,
    )


@says(right=("right", "Dense(1, sigmoid)"))
def a_generator_that_trains(version):
    unit = {"w": (0.5, -0.5, 0.25), "b": 0.125}
    y = Y[:, :1]

    def out(x):
        return sigma(x @ np.array(unit["w"]) + unit["b"])

    def training():
        while True:
            d = 2 * (out(X) - y[:, 0]) * out(X) * (1 - out(X)) * 0.1 / len(X)
            unit["w"], unit["b"] = tuple(np.array(unit["w"]) - X.T @ d), unit["b"] - d.sum()
            yield

    lessons = training()
    return dict(
        parameters=[(unit, "w"), (unit, "b")], loss=lambda: np.mean((out(X) - y[:, 0]) ** 2),
        step=lambda: next(lessons), learning_rate=0.1, predict=out, X=X, Y=y,
    )


@says(right=("right",), last_alone=("wrong",))
def layers_stacked_in_one_array(version):
    stack = normal(3, 2, 2)
    x = X[:, :2]

    def activations():
        found = [x]
        for W in stack:
            found.append(np.tanh(np.einsum("si,io->so", found[-1], W)))
        return found

    def gradient():
        a, result = activations(), np.zeros_like(stack)
        d = (a[-1] - Y) * (1 - a[-1] ** 2)
        for k in (2, 1, 0):
            result[k] = a[k].T @ d
            d = d @ stack[-1 if version == "last_alone" else k].T * (1 - a[k] ** 2)
        return result

    return dict(parameters=[stack], loss=lambda: ((activations()[-1] - Y) ** 2).sum() / 2, gradient=gradient)


@says(right=("right", "Dense(4, tanh), Dense(2, identity)", "mse"), bias=("wrong", "biases of layer 1"))
def biases_in_the_last_row_of_the_weights(version):
    net = dict(first=normal(4, 4), second=normal(5, 2))

    def with_one(x):
        return np.column_stack([x, np.ones(len(x))])

    def forward(x):
        h = np.tanh(with_one(x) @ net["first"])
        return h, with_one(h) @ net["second"]

    def gradient(x, y):
        h, out = forward(x)
        d = 2 * (out - y) / out.size
        e = (d @ net["second"].T)[:, :-1] * (1 - h**2)
        first = with_one(x).T @ e
        if version == "bias":
            first[-1] = first[-1].sum()
        return first, with_one(h).T @ d

    return dict(
        parameters=[(net, "first"), (net, "second")], loss=lambda x, y: np.mean((forward(x)[1] - y) ** 2),
        gradient=gradient, predict=lambda x: forward(x)[1], X=X, Y=Y,
    )


@says(right=("right", "Its loss is none of"), wrong=("wrong", "Its loss is none of"))
def a_loss_of_its_own(version):
    net = _linear()

    def gradient(x, y):
        r = x @ net["W"] - y
        return [x.T @ (np.cosh(r) if version == "wrong" else np.tanh(r))]

    return dict(
        parameters=[(net, "W")], loss=lambda x, y: np.log(np.cosh(x @ net["W"] - y)).sum(), gradient=gradient,
        predict=lambda x: x @ net["W"], X=X, Y=Y,
    )


@says(right=("right", "was not recognized"), wrong=("wrong", "was not recognized"))
def an_activation_of_its_own(version):
    net = _linear()

    def gradient(x, y):
        z = x @ net["W"]
        return [2 * x.T @ ((np.sin(z) - y) * (-1 if version == "wrong" else np.cos(z)))]

    return dict(
        parameters=[(net, "W")], loss=lambda x, y: ((np.sin(x @ net["W"]) - y) ** 2).sum(), gradient=gradient,
        predict=lambda x: np.sin(x @ net["W"]), X=X, Y=Y,
    )
