"""The catalogue of faults: what programs put in the place of a term of backpropagation, a line and a formula each.

`diagnose` tries them on a wrong gradient. They come from the five lessons, from their exercises, and from 41 published
programs that were put on trial. A formula reads what it needs from `at`, which is one layer at one place (see Layer), and
gives what the faulty program has there; None says that it does not fit this layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .activations import ACTIVATIONS, Activation, quiet, sigmoid
from .arguments import Array
from .losses import Loss
from .network import Network


@dataclass
class Layer:
    """One layer at one place, as backpropagation meets it; rows are samples.

    X, W, b: what enters the layer (rows, inputs), its weights (inputs, units) and its biases (units,) or None.
    Z, A, S: its sums, its activations and the slopes at its sums (rows, units).
    Z_below: the sums of the layer below; None in the first layer.
    Y: the truth (rows, outputs).
    D_A, D_Z: the derivative of the loss in A and in Z (rows, units), as the faulty program has them.
    dW: that in W, likewise.
    """

    number: int
    activation: Activation
    loss: Loss
    X: Array
    W: Array
    b: Array | None
    Z: Array
    A: Array
    S: Array
    Z_below: Array | None
    Y: Array
    D_A: Array
    D_Z: Array
    dW: Array


class Formula(NamedTuple):
    """An entry of the catalogue: the term that it changes, what stands there, and that as a formula of `at`.

    `term` is "loss", "slope", "weights", "biases" or "chain"; `phrase` goes on where BEGINNINGS[term] stops, and may
    use {layer}, {below}, {activation} and {loss}.
    """

    term: str
    phrase: str
    formula: Callable[[Layer], Any]


Plan = Mapping[tuple[int, str], Formula]

BEGINNINGS = {
    "loss": "In the derivative of the loss",
    "slope": "In layer {layer}",
    "weights": "In the derivatives of the weights of layer {layer}",
    "biases": "In the derivatives of the biases of layer {layer}",
    "chain": "On the way down from layer {layer} to layer {below}",
    "clip": "In the whole gradient",
}

# Backpropagation itself: the right formula for each term.
RIGHT = {
    "loss": Formula("loss", "all is right", lambda at: at.loss.gradient(at.A, at.Y)),
    "slope": Formula("slope", "all is right", lambda at: at.S),
    "weights": Formula("weights", "all is right", lambda at: at.X.T @ at.D_Z),
    "biases": Formula("biases", "all is right", lambda at: at.D_Z.sum(axis=0)),
    "chain": Formula("chain", "all is right", lambda at: at.D_Z @ at.W.T),
}


def only(at: Layer, row: int, values: Array) -> Array:
    """`values` (rows, units) with zeros in every row but one."""
    result = np.zeros_like(values)
    result[row] = values[row]
    return result


def entrywise(at: Layer) -> Array:
    """The part of each output in the loss, in the place where its derivative belongs."""
    parts = [at.loss.value([[a]], [[y]]) for a, y in zip(at.A.ravel(), at.Y.ravel())]
    return np.reshape(parts, at.A.shape) / (at.A.size if at.loss.averaged else 1)


def other_loss(name: str, values: Callable[[Layer], Array | None]) -> list[Formula]:
    """The derivative of another loss: a sum, or a mean over the rows or over all outputs, with and without a factor 2."""
    return in_all_sizes(f"that of {name} stands where that of {{loss}} belongs", values)


def in_all_sizes(phrase: str, values: Callable[[Layer], Array | None]) -> list[Formula]:
    return [
        Formula("loss", phrase, lambda at, c=c, over=over: None if (v := values(at)) is None else c * v / over(at))
        for c in (1.0, 2.0) for over in (lambda at: 1, lambda at: len(at.Y), lambda at: at.Y.size)
    ]


def of_softmax(phrase: str, values: Callable[[Array, Array], Array]) -> list[Formula]:
    return in_all_sizes(phrase, if_loss(SOFTMAX, lambda at: values(softmax(at.A, axis=1), at.Y)))


def softmax(Z: Array, axis: int) -> Array:
    P = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return P / P.sum(axis=axis, keepdims=True)


def if_loss(name: str, formula: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    """`formula` for the loss of that name, and None for the others."""
    return lambda at: formula(at) if at.loss.name == name else None


def unless_loss(names: Sequence[str], formula: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    return lambda at: None if at.loss.name in names else formula(at)


def if_activation(name: str, formula: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    """`formula` for layers with the activation of that name, and None for the others."""
    return lambda at: formula(at) if at.activation.name == name else None


def unless_activation(names: Sequence[str], formula: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    return lambda at: None if at.activation.name in names else formula(at)


def if_kinked(formula: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    return lambda at: formula(at) if at.activation.kink else None


SQUARED, CROSS_ENTROPY, SOFTMAX = ("ssr", "half_ssr", "mse"), "binary_cross_entropy", "softmax_cross_entropy"

LOSS = [
    Formula("loss", "the last row alone is counted", lambda at: only(at, -1, at.loss.gradient(at.A, at.Y))),
    Formula("loss", "the first row alone is counted", lambda at: only(at, 0, at.loss.gradient(at.A, at.Y))),
    Formula("loss", "the last row alone is counted, without the others in the mean",
            lambda at: len(at.Y) * only(at, -1, at.loss.gradient(at.A, at.Y))),
    Formula("loss", "the first row alone is counted, without the others in the mean",
            lambda at: len(at.Y) * only(at, 0, at.loss.gradient(at.A, at.Y))),
    Formula("loss", "the mean of all rows stands in each of them",
            lambda at: np.broadcast_to(at.loss.gradient(at.A, at.Y).mean(axis=0), at.A.shape)),
    Formula("loss", "the sum over the outputs stands in each of them",
            lambda at: np.broadcast_to(at.loss.gradient(at.A, at.Y).sum(axis=1, keepdims=True), at.A.shape)),
    Formula("loss", "the loss itself stands where its derivative belongs", unless_loss([SOFTMAX], entrywise)),
    Formula("loss", "the sign of the residuals is lost", lambda at: abs(at.loss.gradient(at.A, at.Y))),
    Formula("loss", "all is 0, as from a prediction that is never computed again", lambda at: np.zeros_like(at.A)),
    *other_loss("the squared residuals", unless_loss(SQUARED, lambda at: at.A - at.Y)),
    *other_loss("the absolute residuals", unless_loss([CROSS_ENTROPY], lambda at: np.sign(at.A - at.Y))),
    *other_loss("binary cross-entropy", unless_loss([CROSS_ENTROPY], lambda at: (at.A - at.Y) / (at.A * (1 - at.A)))),
    *other_loss("binary cross-entropy without its logarithm", if_loss(CROSS_ENTROPY, lambda at: 1 - 2 * at.Y)),
    # The softmax is a part of its loss: A are the sums of the last layer, P = softmax(A) and D = P - Y.
    *of_softmax("the diagonal alone of the softmax's slopes is taken", lambda P, Y: -Y * (1 - P)),
    *of_softmax("p (1 - p) is multiplied in, which p - y has in it already", lambda P, Y: (P - Y) * P * (1 - P)),
    *of_softmax("that of the squared residuals of the softmax stands where that of its cross-entropy belongs",
                lambda P, Y: P * (P - Y - ((P - Y) * P).sum(axis=1, keepdims=True))),
    Formula("loss", "the softmax is taken over the rows, where it belongs over the outputs",
            if_loss(SOFTMAX, lambda at: (softmax(at.A, axis=0) - at.Y) / len(at.Y))),
    Formula("loss", "sigmoids stand where the softmax belongs",
            if_loss(SOFTMAX, lambda at: (sigmoid.value(at.A) - at.Y) / len(at.Y))),
]

# Named already: the slope of softplus is the value of sigmoid, and that of leaky ReLU is a leak.
TWINS = {"softplus": ["sigmoid"], "leaky_relu": ["relu"]}

SLOPES = [
    ("the slope of {activation} is left out", lambda at: np.ones_like(at.Z)),
    ("the slope of {activation} is taken at the neuron's output, where it belongs at its sum",
     lambda at: at.activation.slope(at.A)),
    ("the value of {activation} stands where its slope belongs", lambda at: at.A),
    ("the neuron's sum stands where the slope of {activation} belongs", lambda at: at.Z),
    ("the slope of {activation} is multiplied in twice", lambda at: at.S**2),
    ("the slope of {activation} is taken at minus the sum", lambda at: at.activation.slope(-at.Z)),
    ("a (1 - a), the slope of sigmoid in terms of its output, is given the neuron's sum",
     if_activation("sigmoid", lambda at: at.Z * (1 - at.Z))),
    ("1 - a², the slope of tanh in terms of its output, is given the neuron's sum",
     if_activation("tanh", lambda at: 1 - at.Z**2)),
    ("the factor a is missing from a (1 - a), the slope of sigmoid", if_activation("sigmoid", lambda at: 1 - at.A)),
    ("the square is missing from 1 - a², the slope of tanh", if_activation("tanh", lambda at: 1 - at.A)),
    ("a (1 - a), which is the slope for sigmoid alone, stands where the slope of {activation} belongs",
     unless_activation(["sigmoid"], lambda at: at.A * (1 - at.A))),
    ("1 - a², which is the slope for tanh alone, stands where the slope of {activation} belongs",
     unless_activation(["tanh"], lambda at: 1 - at.A**2)),
    ("exp(z), where the slope of softplus divides it by 1 + exp(z), stands in its place",
     if_activation("softplus", lambda at: np.exp(at.Z))),
    ("the slope of {activation} switches where the sum is 1, and it belongs at 0",
     if_kinked(lambda at: at.activation.slope(at.Z - 1))),
    *((f"the slope of {{activation}} is {leak} below 0, which is another leak",
       if_kinked(lambda at, leak=leak: np.where(at.Z > 0, 1.0, leak))) for leak in (0.01, 0.1, 0.2, 0.3)),
    *((f"the slope of {name} stands where that of {{activation}} belongs",
       unless_activation([name, *TWINS.get(name, ())], lambda at, other=other: other.slope(at.Z)))
      for name, other in ACTIVATIONS.items() if name != "identity"),
]

WEIGHTS = [
    ("the weight stands where the layer's input belongs", lambda at: at.W * at.D_Z.sum(axis=0)),
    ("each unit gets the sum over all units", lambda at: np.repeat(
        (at.X.T @ at.D_Z).sum(axis=1, keepdims=True), at.Z.shape[1], axis=1)),
    ("the last row alone is counted", lambda at: np.outer(at.X[-1], at.D_Z[-1])),
    ("the first row alone is counted", lambda at: np.outer(at.X[0], at.D_Z[0])),
    ("the rows are added up before they are multiplied", lambda at: np.outer(at.X.sum(axis=0), at.D_Z.sum(axis=0))),
    ("the rows are averaged before they are multiplied", lambda at: np.outer(at.X.mean(axis=0), at.D_Z.mean(axis=0))),
    ("the mean input is multiplied by the sum over the rows",
     lambda at: np.outer(at.X.mean(axis=0), at.D_Z.sum(axis=0))),
    ("rows and columns are exchanged", lambda at: (at.X.T @ at.D_Z).T.reshape(at.W.shape)),
    ("the layer's input is left out", lambda at: np.broadcast_to(at.D_Z.sum(axis=0), at.W.shape)),
    ("the sums of the layer below stand where its activations belong",
     lambda at: None if at.Z_below is None else at.Z_below.T @ at.D_Z),
    ("the layer's output stands where its input belongs", lambda at: at.A.T @ at.D_Z),
    ("the slope of {activation} is left out", lambda at: at.X.T @ at.D_A),
    ("the derivative is led through the weights first", lambda at: at.X.T @ (at.D_Z @ at.W.T)),
    ("the weights are multiplied in once more", lambda at: at.W * (at.X.T @ at.D_Z)),
    ("all is 0: they are never updated", lambda at: None if at.b is None else np.zeros_like(at.W)),
]

BIASES = [
    ("all is 0: they are never updated", lambda at: np.zeros_like(at.b)),
    ("each unit gets the sum over all units, as if they shared one bias",
     lambda at: np.full_like(at.b, at.D_Z.sum())),
    ("each unit gets the mean over all units", lambda at: np.full_like(at.b, at.D_Z.sum(axis=0).mean())),
    ("the last row alone is counted", lambda at: at.D_Z[-1]),
    ("the first row alone is counted", lambda at: at.D_Z[0]),
    ("the bias is multiplied in, where its input is 1", lambda at: at.b * at.D_Z.sum(axis=0)),
    ("the layer's inputs are multiplied in, where the input of a bias is 1",
     lambda at: (at.X.T @ at.D_Z).sum(axis=0)),
    ("the slope of {activation} is left out", lambda at: at.D_A.sum(axis=0)),
    ("1 stands where the derivative belongs", lambda at: np.ones_like(at.b)),
]

# The learning rates that are tried for a chain through weights that were updated too early.
RATES = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)

CHAIN = [
    ("the weights are left out", lambda at: np.repeat(at.D_Z.sum(axis=1, keepdims=True), len(at.W), axis=1)),
    ("weights and derivatives are added up before they are multiplied",
     lambda at: np.outer(at.D_Z.sum(axis=1), at.W.sum(axis=1))),
    ("the weights are not transposed", lambda at: at.D_Z @ at.W.reshape(at.W.T.shape)),
    ("the slope of {activation} is multiplied in after the weights, where it belongs before them",
     lambda at: (at.D_A @ at.W.T) * at.S if at.W.shape[0] == at.W.shape[1] else None),
    *((f"the weights are updated already, with the learning rate {rate:g}",
       lambda at, rate=rate: at.D_Z @ (at.W - rate * at.dW).T) for rate in RATES),
    # A program may have the slope right in its own layer, and wrong in what it hands down.
    *((phrase, lambda at, slope=slope: None if (S := slope(at)) is None else (at.D_A * S) @ at.W.T)
      for phrase, slope in SLOPES),
]

CATALOGUE = [
    *LOSS,
    *(Formula("slope", *entry) for entry in SLOPES),
    *(Formula("weights", *entry) for entry in WEIGHTS),
    *(Formula("biases", *entry) for entry in BIASES),
    *(Formula("chain", *entry) for entry in CHAIN),
]

# What follows goes on top of a term, and the search finds the places for it: a factor, a penalty, a limit.


def factor(name: str, value: Callable[[Layer], float]) -> Formula:
    return Formula("factor", f"everything is multiplied by {name}", value)


FACTORS = [
    factor("1/2", lambda at: 0.5),
    factor("2", lambda at: 2.0),
    factor("-1, which turns the sign", lambda at: -1.0),
    factor("the number of outputs", lambda at: at.Y.shape[1]),
    factor("1 over the number of outputs", lambda at: 1 / at.Y.shape[1]),
]
# These need not be constant: another place may have another number of rows.
FACTORS_BY_ROWS = [
    factor("the number of rows", lambda at: len(at.Y)),
    factor("1 over the number of rows", lambda at: 1 / len(at.Y)),
    factor("the number of all outputs in all rows", lambda at: at.Y.size if at.Y.shape[1] > 1 else np.nan),
    factor("1 over the number of all outputs in all rows", lambda at: 1 / at.Y.size if at.Y.shape[1] > 1 else np.nan),
]


def penalty(slot: str, strength: float) -> Formula:
    """The derivative of a penalty, strength / 2 times the squares of the weights or of the biases."""
    phrase = f"a penalty with the strength {strength:.6g} is added, which the loss does not have"
    return Formula("penalty", phrase, lambda at: strength * (at.W if slot == "weights" else at.b))


def clip(limit: float) -> Formula:
    return Formula("clip", f"each entry is clipped at {limit:.6g}", lambda g: np.clip(g, -limit, limit))


def clip_length(limit: float) -> Formula:
    def clipped(g: Any) -> Any:
        length = np.linalg.norm(g)
        return g * (limit / length) if length > limit else g

    return Formula("clip", f"the length is clipped at {limit:.6g}", clipped)


NEVER_UPDATED = Formula("update", "", lambda at: 0.0)


def sentence(layer: int, slot: str, formula: Formula, network: Network, loss: Loss) -> str:
    """What is wrong, in one sentence."""
    if formula is NEVER_UPDATED:
        return f"Layer {layer} is never updated: all its derivatives are 0."
    words = f"{BEGINNINGS[slot.split()[0]]} {formula.phrase}."
    activation = network.layers[layer - 1].activation.name
    return words.format(layer=layer, below=layer - 1, activation=activation, loss=loss.label)


def forward(network: Network, theta: Array, X: Array, Y: Array, loss: Loss) -> list[Layer]:
    """The layers after a forward pass with the parameters `theta`; nothing is derived yet."""
    layers: list[Layer] = []
    for number, (layer, W, b) in enumerate(zip(network.layers, *network.split(theta)), start=1):
        Z = X @ W if b is None else X @ W + b
        A, S = layer.activation.value(Z), layer.activation.slope(Z)
        below = layers[-1].Z if layers else None
        layers.append(Layer(number, layer.activation, loss, X, W, b, Z, A, S, below, Y, A, Z, W))
        X = A
    return layers


def derive(network: Network, theta: Array, X: Array, Y: Array, loss: Loss, plan: Plan) -> Array:
    """The gradient by backpropagation with the faults of `plan`, shape (parameters,).

    `plan` has a Formula for each (layer, slot) that is changed. The slots are the five terms; "loss factor" and its like
    for a factor on one of them; "weights penalty" and "biases penalty"; and (last layer, "clip").
    """

    def term(at: Layer, slot: str) -> Any:
        value = plan.get((at.number, slot), RIGHT[slot]).formula(at)
        if times := plan.get((at.number, f"{slot} factor")):
            value = value * times.formula(at)
        if plus := plan.get((at.number, f"{slot} penalty")):
            value = value + plus.formula(at)
        return value

    def put(value: Array, row: Array) -> None:
        if np.shape(value) not in ((), row.shape):
            raise ValueError(f"a formula must give the shape {row.shape}, got the shape {np.shape(value)}")
        row[:] = value

    gradient = np.empty_like(theta)
    with quiet():
        layers = forward(network, theta, X, Y, loss)
        layers[-1].D_A = term(layers[-1], "loss")
        for at, dW, db in reversed(list(zip(layers, *network.split(gradient)))):
            at.D_Z = at.D_A * term(at, "slope")
            at.dW = dW
            put(term(at, "weights"), dW)
            if db is not None:
                put(term(at, "biases"), db)
            if at.number > 1:
                layers[at.number - 2].D_A = term(at, "chain")
        limit = plan.get((len(layers), "clip"))
        return gradient if limit is None else limit.formula(gradient)  # type: ignore[arg-type]
