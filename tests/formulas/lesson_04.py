import numpy as np

from nbhelpers import sigmoid, softmax_cross_entropy, ssr

from . import code, slope

NOTEBOOK = "04_feed_forward_class"


def flower(random):
    """One flower: the derivatives are those of the lesson's function for one."""
    lesson = code(NOTEBOOK)
    W1, b1, W2, b2 = (random.normal(size=shape) for shape in ((4, 3), 3, (3, 2), 2))
    x, y = random.normal(size=4), random.random(2)
    z1 = x @ W1 + b1
    a1 = np.array(lesson["layer"](x, W1, b1))
    z2 = a1 @ W2 + b2
    p = np.array(lesson["layer"](a1, W2, b2))
    _, _, dW2, _ = lesson["one_flower"](x, y, W1, b1, W2, b2, lesson["right_jacobian"])
    return {
        "i": range(4), "x": x, "y": y, "W_1": W1, "b_1": b1, "W_2": W2, "b_2": b2, "z_1": z1, "a_1": a1, "z_2": z2,
        "p": p, "z": random.normal(), "sigma": sigmoid.value, "dL/dp": slope(lambda p: ((y - p) ** 2).sum(), p),
        "dL/dW_2": dW2, "dp/dz_2": slope(lambda z: 1 / (1 + np.exp(-z)), z2), "dz_2/dW_2": slope(lambda W: a1 @ W, W2),
    }


def hidden(random):
    return flower(random) | {"k": range(3)}


def outputs(random):
    names = flower(random)
    dL_dp = ssr.gradient(names["p"], names["y"])
    return names | {"k": range(2), "dp/dz_2": sigmoid.slope(names["z_2"]), "dL/dp": dL_dp}


def weights(random):
    """A layer of three neurons with two inputs, and any loss of its sums."""
    x, W, target = random.normal(size=2), random.normal(size=(2, 3)), random.normal(size=3)
    return {
        "i": range(2), "j": range(3), "k": range(3), "x": x, "J": code(NOTEBOOK)["right_jacobian"](x, 3).copy(),
        "dz/dW": slope(lambda W: x @ W, W), "dL/dz": 2 * (x @ W - target),
        "dL/dW": slope(lambda W: ((x @ W - target) ** 2).sum(), W),
    }


def flowers(random):
    """Several flowers at once: the derivatives are those of the lesson's `backpropagation`."""
    lesson, theta = code(NOTEBOOK), random.normal(size=27)
    X, Y = random.normal(size=(5, 4)), random.random((5, 3))
    _, _, W2, _ = parts = lesson["unpack"](theta, (4, 3, 3))
    A1, P = outputs_of(X, *parts)
    D2 = ssr.gradient(P, Y) * P * (1 - P)
    dW1, _, dW2, _ = lesson["unpack"](lesson["backpropagation"](theta, X, Y), (4, 3, 3))
    return {"X": X, "A_1": A1, "D_1": D2 @ W2.T * A1 * (1 - A1), "D_2": D2, "dL/dW_1": dW1, "dL/dW_2": dW2}


def outputs_of(X, W1, b1, W2, b2):
    A1 = sigmoid.value(X @ W1 + b1)
    return A1, sigmoid.value(A1 @ W2 + b2)


def probabilities(random):
    """One flower before the softmax: p is the lesson's, and the derivative what its gradient has for the biases."""
    lesson, theta = code(NOTEBOOK), random.normal(size=27)
    x, y = random.normal(size=4), random.dirichlet([1, 1, 1])
    W1, b1, W2, b2 = lesson["unpack"](theta, (4, 3, 3))
    z = sigmoid.value(x @ W1 + b1) @ W2 + b2
    dL_dz = lesson["with_softmax"](theta, x[None], y[None])[-3:]
    names = {"z": z, "y": y, "p": lesson["softmax"](z), "L": softmax_cross_entropy.value(z[None], y[None])}
    return names | {"i": range(3), "j": range(3), "k": range(3), "dL/dz": dL_dz}


TIED = {
    r"z_{1,k} = b_{1,k}": hidden,
    r"z_1 = x W_1 + b_1": flower,
    r"\frac{\partial L}{\partial p_k} = -2": outputs,
    r"\frac{\partial p_k}{\partial z_{2,k}} =": outputs,
    r"\frac{\partial L}{\partial W_2} = \underbrace": flower,
    r"\frac{\partial z_k}{\partial W_{ij}} = \begin{cases}": weights,
    r"\frac{\partial L}{\partial W_{ij}} = \sum_k": weights,
    r"\frac{\partial L}{\partial W_1} = X": flowers,
    r"p_k = \frac{e^{z_k}}": probabilities,
    r"L = -\sum_k": probabilities,
    r"\log(p_k) = z_k": probabilities,
    r"L = \log": probabilities,
    r"\frac{\partial L}{\partial z_i}": probabilities,
}
UNTIED: dict[str, str] = {}
