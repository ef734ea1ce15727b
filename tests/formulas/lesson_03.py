import numpy as np

from nbhelpers import mse, sigmoid

from . import code, slope

NOTEBOOK = "03_or_net"


def network(random):
    v, w = random.normal(size=(2, 3)), random.normal(size=3)
    x, f0 = random.normal(size=(4, 2)), random.random(4)
    lesson = code(NOTEBOOK)
    lesson |= {"inputs": x, "truth": f0}
    dv, dw = map(np.array, lesson["derivatives"](v, w))
    g, f = map(np.array, zip(*(lesson["forward"](row, v, w) for row in x)))
    yhat, y = x @ v, g @ w
    units = np.arange(3)
    return {
        "n": range(4), "i": range(2), "j": range(3), "N": 4, "x": x, "f_0": f0, "v": v, "w": w, "hat y": yhat, "g": g,
        "y": y, "f": f, "sigma": sigmoid.value, "E": mse.value(f, f0),
        "dE/dv": dv, "dE/dw": dw, "dE/df": mse.gradient(f, f0), "df/dy": sigmoid.slope(y),
        "dE/dy": slope(lambda y: ((1 / (1 + np.exp(-y)) - f0) ** 2).mean(), y),
        "dy/dw": slope(lambda w: g @ w, w), "dg/dhat y": sigmoid.slope(yhat),
        "dE/dg": slope(lambda g: ((1 / (1 + np.exp(-g @ w)) - f0) ** 2).mean(), g),
        # Row n, unit j, and the input i of that unit.
        "dhat y/dv": slope(lambda v: x @ v, v)[:, units, :, units].swapaxes(0, 1),
    }


def origin(random):
    w = random.normal(size=3)
    _, f = code(NOTEBOOK)["forward"]([0, 0], random.normal(size=(2, 3)), w)
    return {"f": f, "w_1": w[0], "w_2": w[1], "w_3": w[2], "sigma": sigmoid.value}


TIED = {
    r"E = \frac1N": network,
    r"\frac{\partial E}{\partial w_j} = \sum_n": network,
    r"\frac{\partial E}{\partial v_{ij}} = \sum_n": network,
    r"f = \sigma\!\left(\tfrac12": origin,
}
UNTIED = {}
