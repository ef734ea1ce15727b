"""The single softplus neuron fitted to Fibonacci numbers, as it was published (lesson 01).

After "Simple Neural Network from scratch in pure python". The arithmetic is scalar, in the order of the
original, so that its figures come out to the last digit.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..activations import identity, quiet, sigmoid, softplus
from ..arguments import Array, choice
from ..datasets import fibonacci
from ..losses import ssr
from ..network import Dense, Network
from ..optimizers import SGD
from ..records import History
from ..training import train
from .asked import asked, of_sizes

if TYPE_CHECKING:
    import pandas as pd

FAULTS = (
    "The slope of softplus is taken at the neuron's output, softplus(z), where it belongs at its input, z. "
    "This makes the derivatives of the input weight and of the bias wrong.",
)


class Step(NamedTuple):
    """One step of the recorded trace: the derivatives that were used, and the parameters after the step.

    None where the document prints nothing; text where it cuts a figure short.
    """

    step: int
    d_input_weight: float | None
    d_bias: float | None
    d_output_weight: float | None
    input_weight: float | None
    bias: float | str | None
    output_weight: float | None


class Recorded(NamedTuple):
    """What the document prints: the start, which is step 0, and 30 of the 200 steps."""

    steps: tuple[Step, ...]


RECORDED = Recorded(steps=(
    Step(0, None, None, None,
         -1.224072675713965, 0.9949996276709397, 0.3775881983015979),
    Step(1, -17.485638049162585, -4.272199423890715, -0.4451145302847917,
         -1.0492162952223392, 1.0377216219098468, 0.3820393436044458),
    Step(2, -17.788035983703395, -4.329203766742774, -1.0102408651427344,
         -0.8713359353853052, 1.0810136595772746, 0.39214175225587317),
    Step(3, -18.454932796846865, -4.46190178152654, -1.9530629847808416,
         -0.6867866074168365, 1.12563267739254, 0.41167238210368157),
    Step(4, -19.79300857499461, -4.727419294527547, -3.631810082854193,
         -0.4888565216668904, 1.1729068703378156, 0.4479904829322235),
    Step(5, -22.444813702593255, -5.232809192968425, -6.774966822189565,
         -0.26440838464095784, 1.2252349622674998, 0.5157401511541191),
    Step(6, -27.455824067685818, -6.084377194276533, -12.4668406347769,
         0.010149856035900351, "1.28607873421026", None),
    Step(50, -13.593600809524405, -2.298977650481809, -24.496455996008784,
         1.1019242520258374, 0.45026606476615144, 0.80868783159851),
    Step(51, 13.785773028563879, 6.159544356562502, 24.366746158948036,
         0.9640665217401987, 0.3886706212005264, 0.5650203700090296),
    Step(52, -13.944699074235157, -2.4177494755090088, -24.966039922934748,
         1.1035135124825501, 0.4128481159556165, 0.8146807692383771),
    Step(53, 13.930755685012194, 6.16362667163407, 24.14830428602503,
         0.9642059556324282, 0.3512118492392758, 0.5731977263781267),
    Step(54, -13.93798893285523, -2.4147880247825007, -24.43824777651939,
         1.1035858449609806, 0.3753597294871008, 0.8175802041433207),
    Step(55, 13.571242795724196, 6.016469066099701, 23.219779516528334,
         0.9678734170037386, "0.315195038826103", None),
    Step(98, -7.157123091160589, -0.787949930500339, -10.669811665473286,
         1.2057088741523443, -0.27634929698122274, 0.8006435832556299),
    Step(99, 6.57307516209411, 3.1213401224847646, 10.269100824718665,
         1.1399781225314032, -0.3075626982060704, 0.6979525750084432),
    Step(100, -6.892375875043028, -0.7294792656829615, -10.229771032120503,
         1.2089018812818335, -0.30026790554924077, 0.8002502853296483),
    Step(101, 6.316762006706686, 3.0226456547951077, 9.828008170311273,
         1.1457342612147667, -0.33049436209719185, 0.7019702036265355),
    Step(102, -6.622340884110338, -0.6694795347502358, -9.785445895143432,
         1.21195767005587, -0.3237995667496895, 0.7998246625779698),
    Step(103, 6.055533789572976, 2.9234717841836626, 9.38370248534816,
         1.1514023321601403, "-0.35303428", None),
    Step(146, -1.1841343438781058, 0.5272943928787179, -1.6500730722908061,
         1.249457530752249, -0.759191507359115, 0.8011976642442471),
    Step(147, 0.9815388030729943, 1.1132527178938112, 1.3103517022873952,
         1.2396421427215192, -0.7703240345380531, 0.7880941472213732),
    Step(148, -1.0341144231433574, 0.5563092794503364, -1.4497839971817204,
         1.2499832869529528, -0.7758871273325565, 0.8025919871931904),
    Step(149, 0.8519973707640469, 1.0652311751193988, 1.1132815158312441,
         1.2414633132453123, -0.7865394390837505, 0.7914591720348779),
    Step(150, -0.8968719506273857, 0.5819971200887069, -1.2686486709960993,
         1.250432032751586, -0.7923594102846375, 0.8041456587448389),
    Step(151, 0.7347710001464289, 1.020945813167053, 0.9351301457006809,
         1.2430843227501218, "-0.8", None),
    Step(193, 0.04876354696295504, 0.6277636044603169, -0.1677550336210034,
         1.244598029323248, -1.0999526623437437, 0.8646574308901753),
    Step(194, 0.03706763485917097, 0.6205235042129408, -0.18345274983372928,
         1.2442273529746561, -1.106157897385873, 0.8664919583885127),
    Step(195, 0.049242003485225894, 0.6196493085990815, -0.17131111136633326,
         1.243734932939804, -1.1123543904718638, 0.868205069502176),
    Step(196, 0.040807865195809256, 0.6133299610569863, -0.1829983219348339,
         1.243326854287846, -1.1184876900824336, 0.8700350527215244),
    Step(197, 0.05002172544643191, 0.611718170440233, -0.17424716811115015,
         1.2428266370333816, -1.124604871786836, 0.8717775244026359),
    Step(198, 0.04402717894508967, 0.6060980969450979, -0.18293155424384722,
         1.2423863652439306, None, None),
))


@asked
def initial_theta(seed: int = 11) -> Array:
    """The published start: input weight, bias and output weight, drawn with Python's own generator.

    Returns theta, shape (3,). The draws come in the order input weight, output weight, bias, each from a normal
    distribution with mean 0 and standard deviation 1.
    """
    generator = random.Random(seed)
    input_weight, output_weight, bias = (generator.gauss(0, 1) for _ in range(3))
    return np.array([input_weight, bias, output_weight])


@asked
def build(seed: int = 11) -> Network:
    """The neuron as a Network with the published start: softplus, then an output weight without a bias."""
    network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)])
    network.theta = initial_theta(seed)
    return network


@asked
def gradient(theta: Array, X: Array, Y: Array, sizes: Sequence[int] = (1, 1, 1)) -> Array:
    """The derivatives of the SSR in input weight, bias and output weight as published, shape (3,).

    `theta` has the shape (3,), `X` and `Y` the shape (samples, 1). The first two derivatives are wrong.
    Raises ValueError for other `sizes`: the published program has one neuron.
    """
    if tuple(sizes) != (1, 1, 1):
        raise ValueError(f"sizes must be (1, 1, 1), the published program has one neuron; got {sizes!r}")
    if theta.shape != (3,):
        raise ValueError(f"theta must have the shape (3,), got the shape {theta.shape}")
    input_weight, bias, output_weight = (float(value) for value in theta)
    d_input_weight = d_bias = d_output_weight = 0.0
    for x, y in zip(X[:, 0].tolist(), Y[:, 0].tolist()):
        activation = _softplus(x * input_weight + bias)
        d_prediction = -2 * (y - activation * output_weight)
        # The fault: the slope of softplus at z is sigmoid(z), but the published line puts softplus(z) in place of z.
        slope = _sigmoid(activation)
        d_input_weight += d_prediction * output_weight * slope * x
        d_bias += d_prediction * output_weight * slope * 1
        d_output_weight += d_prediction * activation
    return np.array([d_input_weight, d_bias, d_output_weight])


@asked
def run(seed: int = 11, learning_rate: float = 0.01, epochs: int = 200) -> History:
    """The published run: `epochs` steps of plain gradient descent on six Fibonacci numbers. Returns a History."""
    return train(
        build(seed), *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=epochs,
        record=epochs + 1, gradient=gradient, engine="numpy",
    )


@asked
def many(
    seeds: Iterable[int], learning_rate: float, epochs: Sequence[int], gradient: str = "published"
) -> Array:
    """The SSR of many neurons, a row for each of `epochs` and a column for each of `seeds`.

    All are trained side by side, each from the start of its seed, which takes a fiftieth of the time of `run`.
    `gradient` is "published" or "corrected". Where the numbers grow too large, the SSR is nan or inf.
    """
    published = choice("gradient", gradient, {"published": True, "corrected": False})
    x, y = (values[:, 0] for values in fibonacci())
    w, b, v = (column[:, None] for column in np.array([initial_theta(seed) for seed in seeds]).T)
    found = np.empty((len(epochs), len(w)))
    with quiet():
        for epoch in range(max(epochs) + 1):
            z = w * x + b
            a = softplus.value(z)
            residual = y - v * a
            found[[epoch == wanted for wanted in epochs]] = (residual**2).sum(axis=1)
            # The fault, as in `gradient`: softplus(z) in place of z.
            d_z = -2 * residual * v * sigmoid.value(a if published else z)
            d_w, d_b, d_v = (d.sum(axis=1, keepdims=True) for d in (d_z * x, d_z, -2 * residual * a))
            w, b, v = w - learning_rate * d_w, b - learning_rate * d_b, v - learning_rate * d_v
    return found


@asked
def compare(history: History) -> pd.DataFrame:
    """Every recorded figure beside the same figure of `history`, a History of 200 steps that records them all.

    Returns a pandas DataFrame with the columns step, figure, recorded and ours. Where the document cuts a figure
    short, ours is cut after as many digits. Raises ValueError where `history` is of another network or lacks a step.
    """
    import pandas as pd

    network = of_sizes(history, 1, 1, 1).network(0)
    if [layer.bias for layer in network.layers] != [True, False]:
        raise ValueError(f"history must be of a neuron with a bias and an output without, got {network}: use run()")
    if len(history) < 199 or history.epochs[198] != 198:
        raise ValueError(f"history must have a record of each of 198 steps, got {len(history)} records: use run()")
    rows = []
    for recorded in RECORDED.steps:
        used, after = history.gradient[max(recorded.step - 1, 0)], history.theta[recorded.step]
        for name, ours in zip(Step._fields[1:], (*used.tolist(), *after.tolist())):
            value = getattr(recorded, name)
            if isinstance(value, str):
                rows.append((recorded.step, name, float(value), float(repr(ours)[: len(value)])))
            elif value is not None:
                rows.append((recorded.step, name, value, ours))
    return pd.DataFrame(rows, columns=["step", "figure", "recorded", "ours"])


def _softplus(z: float) -> float:
    return math.log(1 + math.exp(z)) if z < 700 else z


def _sigmoid(z: float) -> float:
    return math.exp(z) / (1 + math.exp(z)) if z < 700 else 1.0
