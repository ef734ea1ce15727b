
import numpy as np

from nbhelpers import SGD, Adam, leaky_relu

from . import code

NOTEBOOK = "05_and_net"


def neuron(random):
    lesson, (x1, x2, y, w1, w2, b) = code(NOTEBOOK), random.normal(size=6)
    z = w1 * x1 + w2 * x2 + b
    d1, d2, db = lesson["derivatives"](x1, x2, y, w1, w2, b)
    return {
        "x_1": x1, "x_2": x2, "w_1": w1, "w_2": w2, "b": b, "y": y, "z": z, "p": lesson["leaky"](z),
        "leaky": leaky_relu.value, "slope": lesson["slope"], "dL/dw_1": d1, "dL/dw_2": d2, "dL/db": db,
    }


def layer(random):
    """A layer of the lesson's class, forwards and backwards."""
    A, W, b, D = (random.normal(size=shape) for shape in ((5, 4), (4, 3), 3, (5, 3)))
    ours = code(NOTEBOOK)["Layer"](W, b)
    ours.forward(A)
    below = ours.backward(D)
    return {
        "A": A, "W": W, "b": b, "D": D, "Z": ours.Z, "leaky": leaky_relu.value, "slope": leaky_relu.slope,
        "D_Z": D * leaky_relu.slope(ours.Z), "dL/dW": ours.dW, "dL/db": ours.db, "D_below": below,
    }


def descent(random):
    """A step of SGD with a penalty; a dash marks the new value."""
    W, g = random.normal(size=(2, 6))
    new = W.copy()
    SGD(0.3, weight_decay=0.2).start(6)(new, g)
    return {"W": W, "dL/dW": g, "eta": 0.3, "lambda": 0.2, "W'": new}


def adam(random):
    """The fourth step of Adam. Its running means are sums of what came before, each time worth less."""
    t, rate = 4, 0.3
    gradients, theta = random.normal(size=(t, 6)), random.normal(size=6)
    step = Adam(rate).start(6)
    for g in gradients:
        before = theta.copy()
        step(theta, g)

    def mean(values, keep):
        return sum((1 - keep) * keep ** (len(values) - 1 - n) * value for n, value in enumerate(values))

    m, s = mean(gradients, 0.9), mean(gradients**2, 0.999)
    return {
        "m": m, "s": s, "t": t, "w": before, "w'": theta, "eta": rate, "hat m": m / (1 - 0.9**t),
        "hat s": s / (1 - 0.999**t),
    }


def means(random):
    """The means before a step and after it."""
    values = random.normal(size=(2, 6))
    after, before = ([sum(k**n * (1 - k) * g**power for n, g in enumerate(some)) for k, power in ((0.9, 1), (0.999, 2))]
                     for some in (values, values[1:]))
    return {"g": values[0], "m": before[0], "s": before[1], "m'": after[0], "s'": after[1]}


def momentum(random):
    """The second step of SGD with momentum."""
    first, g, w = random.normal(size=(3, 6))
    step, new = SGD(0.3, momentum=0.9).start(6), w.copy()
    step(np.zeros(6), first)
    step(new, g)
    return {"u": first, "g": g, "w": w, "eta": 0.3, "u'": 0.9 * first + g, "w'": new}


TIED = {
    r"z = w_1 x_1 + w_2 x_2 + b": neuron,
    r"\frac{\partial L}{\partial w_1} = 2 (p": neuron,
    r"Z = A W + b": layer,
    r"D_Z = D \odot": layer,
    r"W \leftarrow W": descent,
    r"u \leftarrow 0.9": momentum,
    r"m \leftarrow 0.9": means,
    r"\hat m = \frac": adam,
}
UNTIED = {}
