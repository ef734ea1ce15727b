import numpy as np

from nbhelpers import sigmoid, softplus

from . import code

NOTEBOOK = "01_single_neuron_ssr"


def point(random):
    """One data point."""
    lesson, (x, w, b, v) = code(NOTEBOOK), random.normal(size=4)
    z = w * x + b
    return {
        "x": x, "w": w, "b": b, "v": v, "z": z, "a": lesson["softplus"](z), "p": lesson["predict"](x, w, b, v),
        "softplus": softplus.value,
    }


def all_points(random):
    lesson, (w, b, v) = code(NOTEBOOK), random.normal(size=3)
    x, y = random.normal(size=(2, 6))
    lesson |= {"x_data": x.tolist(), "y_data": y.tolist()}
    dw, db, dv = lesson["derivatives"](w, b, v)
    z = w * x + b
    step = 1e-4
    return {
        "i": range(6), "x": x, "y": y, "w": w, "b": b, "v": v, "z": z, "a": softplus.value(z),
        "p": np.array([lesson["predict"](one, w, b, v) for one in x]), "sigma": sigmoid.value,
        "varepsilon": step, "dSSR/dw": dw, "dSSR/db": db, "dSSR/dv": dv,
    }


def loss(random):
    lesson = code(NOTEBOOK)
    names = all_points(random)
    lesson |= {"x_data": names["x"].tolist(), "y_data": names["y"].tolist()}
    return names | {"SSR": lesson["sum_of_squares"](names["w"], names["b"], names["v"])}


def difference(random):
    lesson, names = code(NOTEBOOK), all_points(random)
    lesson |= {"x_data": names["x"].tolist(), "y_data": names["y"].tolist()}
    return names | {"SSR": lambda w: lesson["sum_of_squares"](w, names["b"], names["v"])}


def small_step(random):
    """A step so short that what is left out can't be seen, and the change in units of this rate."""
    lesson, names, rate = code(NOTEBOOK), all_points(random), 1e-8
    lesson |= {"x_data": names["x"].tolist(), "y_data": names["y"].tolist()}
    theta, g = np.array([names[name] for name in "wbv"]), random.normal(size=3)
    change = lesson["sum_of_squares"](*(theta - rate * g)) - lesson["sum_of_squares"](*theta)
    return names | {"rate": 1.0, "change": change / rate, "g_w": g[0], "g_b": g[1], "g_v": g[2]}


def slope_of_softplus(random):
    lesson, z = code(NOTEBOOK), random.normal()
    return {"z": z, "sigma": lesson["sigmoid"]}


TIED = {
    r"z = w x + b": point,
    r"\mathrm{SSR} = \sum": loss,
    r"\frac{\partial\, \mathrm{SSR}}{\partial w} = \sum": all_points,
    r"\frac{\partial\, \mathrm{SSR}}{\partial b} = \sum": all_points,
    r"\frac{\partial\, \mathrm{SSR}}{\partial v} = \sum": all_points,
    r"\mathrm{change} \approx": small_step,
    r"\sigma(z) = \frac": slope_of_softplus,
    r"\frac{\partial\, \mathrm{SSR}}{\partial w} \approx": difference,
}
UNTIED = {}
