import numpy as np

from nbhelpers import sigmoid, ssr

from . import code, slope

NOTEBOOK = "02_autoencoder_8_3_8"


def network(random):
    """One pattern; the derivatives are what the loops of the lesson take a step of length 1 against."""
    lesson = code(NOTEBOOK)
    W, b, V, c = (random.normal(size=shape) for shape in ((8, 3), 3, (3, 8), 8))
    x, y = random.normal(size=8), random.random(8)
    after = [part.tolist() for part in (W, b, V, c)]
    lesson["update_in_loops"](x, y, *after, 1)
    dW, db, dV, dc = (before - np.array(new) for before, new in zip((W, b, V, c), after))
    a, p = map(np.array, lesson["forward"](x, W.tolist(), b.tolist(), V.tolist(), c.tolist()))
    hidden, outputs = x @ W + b, a @ V + c

    def error(z):
        return ((1 / (1 + np.exp(-z)) - y) ** 2).sum()

    return {
        "i": range(8), "j": range(3), "k": range(8), "x": x, "y": y, "w": W, "b": b, "v": V, "c": c, "a": a, "p": p,
        "z": random.normal(), "z_j": hidden, "z_k": outputs, "sigma": sigmoid.value, "E": ssr.value(p, y),
        "dE/dw": dW, "dE/db": db, "dE/dv": dV, "dE/dc": dc,
        "dE/dz_k": slope(error, outputs), "dE/dz_j": slope(lambda z: error(1 / (1 + np.exp(-z)) @ V + c), hidden),
    }


TIED = {
    r"z_j = \sum_i x_i w_{ij} + b_j": network,
    r"E = \sum_k": network,
    r"\frac{\partial E}{\partial z_k} = -2": network,
    r"\frac{\partial E}{\partial z_j} = \Big(": network,
    r"\frac{\partial E}{\partial v_{jk}} = a_j": network,
}
UNTIED = {}
