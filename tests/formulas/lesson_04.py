import numpy as np

from nbhelpers import sigmoid, ssr

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


TIED = {
    r"z_{1,k} = b_{1,k}": hidden,
    r"z_1 = x W_1 + b_1": flower,
    r"\frac{\partial L}{\partial p_k} = -2": outputs,
    r"\frac{\partial p_k}{\partial z_{2,k}} =": outputs,
    r"\frac{\partial L}{\partial W_2} =": flower,
    r"\frac{\partial z_k}{\partial W_{ij}} = \begin{cases}": weights,
    r"\frac{\partial L}{\partial W_{ij}} = \sum_k": weights,
}
UNTIED = {
    r"\sum_n x_n^\top D_{1,n} = X^\top D_1": "an identity of matrices, with x and D as rows: no derivative of its own",
}
