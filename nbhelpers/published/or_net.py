"""The 2-3-1 network that learns OR, as it was published (lesson 03).

After "Implementing a Neural Network", which compares its arithmetic with PyTorch's. Its gradient is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..activations import sigmoid
from ..arguments import Array
from ..datasets import truth_table
from ..losses import mse
from ..network import Dense, Network
from ..optimizers import SGD
from ..records import History
from ..training import train
from .asked import asked, of_sizes, three

if TYPE_CHECKING:
    import pandas as pd

FAULTS = ()


class Recorded(NamedTuple):
    """What the document prints.

    loss: the mean squared error before step 0, 1000, ..., 9000.
    hidden_weights, output_weights: the weights after step 10 000, row by row.
    predictions, errors: for the four rows, after step 10 000; an error is the truth minus the prediction.
    seconds: what the 10 000 steps took, by hand and with PyTorch.
    """

    loss: tuple[float, ...]
    hidden_weights: tuple[float, ...]
    output_weights: tuple[float, ...]
    predictions: tuple[float, ...]
    errors: tuple[float, ...]
    seconds: tuple[float, float]


RECORDED = Recorded(
    loss=(
        1.960156e-01, 1.651662e-01, 1.593565e-01, 1.550351e-01, 1.511067e-01,
        1.465351e-01, 1.392272e-01, 1.234844e-01, 9.350530e-02, 6.205274e-02,
    ),
    hidden_weights=(1.66707072, 2.43454525, -1.50667653, 1.66659174, 2.29166158, -1.50681196),
    output_weights=(0.70570663, 2.04736287, -4.12867523),
    predictions=(0.334522, 0.846053, 0.849022, 0.925358),
    errors=(-0.334522, 0.153947, 0.150978, 0.074642),
    seconds=(2.1, 10.3),
)
STEPS = 10_000


@asked
def data() -> tuple[Array, Array]:
    """The truth table of OR: `X`, shape (4, 2), and `Y`, shape (4, 1)."""
    table = np.array(truth_table("or"), dtype=np.float64)
    return table[:, :2].copy(), table[:, 2:].copy()


@asked
def initial_theta(seed: int = 1, hidden: int = 3) -> Array:
    """The published start: hidden and then output weights, uniform on [0, 1); shape (3 * hidden,).

    They are drawn with NumPy's old generator, `numpy.random.RandomState`, as the document does.
    """
    random = np.random.RandomState(seed)
    return random.rand(3 * hidden)


@asked
def build(seed: int = 1, hidden: int = 3, bias: bool = False) -> Network:
    """The network with the published start: `hidden` sigmoids, then one.

    With `bias`, every unit has a bias of its own, which starts at 0; the weights start as they do without.
    """
    network, without = _network((2, hidden, 1), bias), _network((2, hidden, 1))
    for W, start in zip(network.weights, without.split(initial_theta(seed, hidden))[0]):
        W[:] = start
    return network


@asked
def gradient(theta: Array, X: Array, Y: Array, sizes: Sequence[int] = (2, 3, 1)) -> Array:
    """The derivatives in hidden and output weights as published, shape (parameters,); they are right for four rows.

    `theta` holds the weights of a network of `sizes`, layer by layer and row by row, without biases; `X` has the
    shape (samples, inputs) and `Y` (samples, outputs). The factor 0.5 is 2 / N for N = 4 rows and one output.
    For another N the result is the gradient of the mean squared error times N / 4. Raises ValueError where `theta`
    does not fit `sizes`.
    """
    (weights_hidden, weights_output), _ = _network(sizes).split(theta)
    g = sigmoid.value(X.dot(weights_hidden))
    f = sigmoid.value(g.dot(weights_output))
    dE_df = 0.5 * (f - Y)
    dE_dy = dE_df * f * (1.0 - f)
    dE_dw = g.T.dot(dE_dy)
    dE_dg = dE_dy.dot(weights_output.T)
    dE_dyhat = dE_dg * g * (1.0 - g)
    dE_dv = X.T.dot(dE_dyhat)
    return np.concatenate([dE_dv.ravel(), dE_dw.ravel()])


@asked
def run(seed: int = 1, learning_rate: float = 0.05, epochs: int = STEPS) -> History:
    """The published run: `epochs` steps of plain gradient descent on the four rows. Returns a History."""
    return train(
        build(seed), *data(), loss=mse, optimizer=SGD(learning_rate), epochs=epochs, record=201,
        gradient=gradient, engine="numpy",
    )


@asked
def with_shared_bias(
    seeds: Iterable[int], commented: bool, learning_rate: float = 0.05, epochs: int = STEPS
) -> Array:
    """The network with one number, 0 at first, added in every sum; one for each of `seeds`, all trained together.

    The document has a line that trains this number, commented out: `bias -= LEARNING_RATE * dE_dy.sum()`. It knows only
    of the way through the output sum. With `commented` that line is followed, else the whole derivative. Returns the
    mean squared errors after `epochs` steps, shape (seeds,). Raises ValueError without a seed.
    """
    starts = [initial_theta(seed) for seed in seeds]
    X, Y = data()
    (v, w), _ = _network((2, 3, 1)).split(np.array(starts))
    bias = np.zeros((len(starts), 1, 1))
    for _ in range(epochs):
        g = sigmoid.value(X @ v + bias)
        f = sigmoid.value(g @ w + bias)
        dE_dy = 2 / len(X) * (f - Y) * f * (1.0 - f)
        dE_dyhat = dE_dy @ w.swapaxes(1, 2) * g * (1.0 - g)
        dE_db = dE_dy.sum(axis=(1, 2), keepdims=True)
        if not commented:
            dE_db += dE_dyhat.sum(axis=(1, 2), keepdims=True)
        w -= learning_rate * g.swapaxes(1, 2) @ dE_dy
        v -= learning_rate * X.T @ dE_dyhat
        bias -= learning_rate * dE_db
    f = sigmoid.value(sigmoid.value(X @ v + bias) @ w + bias)
    return ((f - Y) ** 2).mean(axis=(1, 2))


@asked
def compare(history: History) -> pd.DataFrame:
    """Every recorded figure but the seconds beside that of `history`, a History of 10 000 steps like that of `run`.

    Returns a pandas DataFrame with the columns step, figure, recorded and ours, which is rounded to the digits that
    the document prints. Its weights have the lesson's letters, w for the hidden layer and v for the output. Raises
    ValueError where `history` lacks a step that was recorded.
    """
    import pandas as pd

    steps = [*range(0, STEPS, STEPS // 10), STEPS]
    of_sizes(history, 2, 3, 1)
    missing = [step for step in steps if step not in history.epochs]
    if missing:
        raise ValueError(f"history must have the steps 0, 1000, ..., 10000, but has no step {missing[0]}: use run()")
    places = np.searchsorted(history.epochs, steps)
    printed = [float(f"{loss:.6e}") for loss in history.loss[places]]
    rows = [(step, "error", *figures) for step, *figures in zip(steps, RECORDED.loss, printed)]
    # The rows are those of the document, in whatever order the run had them.
    last, (X, Y) = history.network(places[-1]), data()
    predictions = last.predict(X)
    for names, recorded, ours, decimals in (
        (["w11", "w12", "w13", "w21", "w22", "w23"], RECORDED.hidden_weights, last.weights[0], 8),
        (["v1", "v2", "v3"], RECORDED.output_weights, last.weights[1], 8),
        ([f"prediction of row {n}" for n in (1, 2, 3, 4)], RECORDED.predictions, predictions, 6),
        ([f"error of row {n}" for n in (1, 2, 3, 4)], RECORDED.errors, Y - predictions, 6),
    ):
        rows += [(STEPS, *figures) for figures in zip(names, recorded, ours.ravel().round(decimals).tolist())]
    return pd.DataFrame(rows, columns=["step", "figure", "recorded", "ours"])


def _network(sizes: Sequence[int], bias: bool = False) -> Network:
    inputs, hidden, outputs = three(sizes)
    return Network(inputs, [Dense(hidden, sigmoid, bias), Dense(outputs, sigmoid, bias)])
