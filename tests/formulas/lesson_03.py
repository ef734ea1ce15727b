import numpy as np

from nbhelpers import mse, sigmoid

from . import code, slope

NOTEBOOK = "03_or_net"


def network(random):
    W, v = random.normal(size=(2, 3)), random.normal(size=3)
    x, y = random.normal(size=(4, 2)), random.random(4)
    lesson = code(NOTEBOOK)
    lesson |= {"rows": list(zip(x, y))}
    dW, dv = map(np.array, lesson["derivatives"](W, v))
    a, p = map(np.array, zip(*(lesson["forward"](row, W, v) for row in x)))
    z_1, z_2 = x @ W, a @ v
    units = np.arange(3)
    return {
        "n": range(4), "i": range(2), "j": range(3), "N": 4, "x": x, "y": y, "w": W, "v": v, "z_1": z_1, "a": a,
        "z_2": z_2, "p": p, "sigma": sigmoid.value, "E": mse.value(p, y),
        "dE/dw": dW, "dE/dv": dv, "dE/dp": mse.gradient(p, y), "dp/dz_2": sigmoid.slope(z_2),
        "dE/dz_2": slope(lambda z: ((1 / (1 + np.exp(-z)) - y) ** 2).mean(), z_2),
        "dz_2/dv": slope(lambda v: a @ v, v), "da/dz_1": sigmoid.slope(z_1),
        "dE/da": slope(lambda a: ((1 / (1 + np.exp(-a @ v)) - y) ** 2).mean(), a),
        # Row n, unit j, and the input i of that unit.
        "dz_1/dw": slope(lambda W: x @ W, W)[:, units, :, units].swapaxes(0, 1),
    }


def origin(random):
    v = random.normal(size=3)
    _, p = code(NOTEBOOK)["forward"]([0, 0], random.normal(size=(2, 3)), v)
    return {"p": p, "v_1": v[0], "v_2": v[1], "v_3": v[2], "sigma": sigmoid.value}


TIED = {
    r"E = \frac{1}{N}": network,
    r"\frac{\partial E}{\partial v_j} = \sum_n": network,
    r"\frac{\partial E}{\partial p_n} = \frac{2}{N}": network,
    r"\frac{\partial E}{\partial w_{ij}} = \sum_n": network,
    r"\frac{\partial E}{\partial a_{nj}} = \frac{\partial E}{\partial z_{2,n}} \cdot v_j": network,
    r"p = \sigma(\frac{1}{2}": origin,
}
UNTIED = {}
