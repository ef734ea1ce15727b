"""Backpropagation with faults in it: each of its terms can be exchanged, so that wrong numbers are made on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .activations import Activation, quiet
from .arguments import Array
from .losses import Loss
from .network import Network


@dataclass
class Layer:
    """One layer at one place, as backpropagation meets it; rows are samples.

    X, W, b: what enters the layer (rows, inputs), its weights (inputs, units) and its biases (units,) or None.
    Z, A, S: its sums, its activations and the slopes at its sums (rows, units).
    Z_below: the sums of the layer below (rows, inputs); None in the first layer.
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


Rule = Callable[[Layer], Any]


class Formula(NamedTuple):
    """An entry of the catalogue: the term that it changes, what stands there in words, and that as a formula of `at`.

    `term` is "loss", "slope", "weights", "biases" or "chain". `phrase` goes on where BEGINNINGS[term] stops, and may
    use {layer}, {below}, {activation} and {loss}. `formula(at)` gives an array of the shape of the term, or None where
    it does not fit the Layer `at`.
    """

    term: str
    phrase: str
    formula: Rule


# For each (layer, slot) that is changed the formula that stands there; `derive` says which slots there are.
Plan = Mapping[tuple[int, str], Formula]

BEGINNINGS = {
    "loss": "In the derivative of the loss",
    "slope": "In layer {layer}",
    "weights": "In the derivatives of the weights of layer {layer}",
    "biases": "In the derivatives of the biases of layer {layer}",
    "chain": "On the way down from layer {layer} to layer {below}",
    "clip": "In the whole gradient",
}


def loss_gradient(at: Layer) -> Array:
    # Not loss.gradient, which may refuse the outputs that a random start gives.
    return at.loss.gradient_formula(at.A, at.Y, np.empty_like(at.A))


# Backpropagation itself: the right formula for each term.
RIGHT = {
    "loss": Formula("loss", "all is right", loss_gradient),
    "slope": Formula("slope", "all is right", lambda at: at.S),
    "weights": Formula("weights", "all is right", lambda at: at.X.T @ at.D_Z),
    "biases": Formula("biases", "all is right", lambda at: at.D_Z.sum(axis=0)),
    "chain": Formula("chain", "all is right", lambda at: at.D_Z @ at.W.T),
}


# What goes on top of a term, wherever it is: a factor, a penalty, a limit. The search finds the places for them.


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
    return Formula("penalty", phrase, lambda at: strength * (at.W if slot == "weights" or at.b is None else at.b))


def clip(limit: float) -> Formula:
    return Formula("clip", f"each entry is clipped at {limit:.6g}", lambda g: np.clip(g, -limit, limit))  # type: ignore[call-overload]


def clip_length(limit: float) -> Formula:
    def clipped(g: Any) -> Any:
        length = np.linalg.norm(g)
        return g * (limit / length) if length > limit else g

    return Formula("clip", f"the length is clipped at {limit:.6g}", clipped)


# Stands for the weights and for the biases of a layer at once.
NEVER_UPDATED = Formula("update", "all is 0", lambda at: 0.0)


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


# A change of the outputs that is small, and larger than their rounding by far.
NUDGE = 1e-7
# A sum of many terms loses more than the last digit of the largest.
LOST = 10


def backward(layers: list[Layer], epsilon: float) -> dict[tuple[int, str], float]:
    """Backpropagation through the `layers` of `forward`, to their D_Z. Returns how far each row may be off by rounding.

    A row is (layer, "weights" or "biases"). It is off by some last digits, of the size `epsilon`, of the terms that are
    added up, however much of them cancels.
    """
    rounding: dict[tuple[int, str], float] = {}
    last = layers[-1]
    last.D_A = loss_gradient(last)
    # A difference such as A - Y is off by the last digit of A, however small it is.
    off = abs(loss_gradient(replace(last, A=last.A * (1 - NUDGE))) - last.D_A) / NUDGE
    for at in reversed(layers):
        at.D_Z = at.D_A * at.S
        # A slope such as a (1 - a) is off by the last digit of a, however small it is, and so is what goes down.
        off = off * abs(at.S) + abs(at.D_A) * np.minimum(abs(at.A), 1.0)
        terms = abs(at.D_Z) + off
        rounding[at.number, "weights"] = LOST * epsilon * float((abs(at.X).T @ terms).max())
        rounding[at.number, "biases"] = LOST * epsilon * float(terms.sum(axis=0).max())
        if at.number > 1:
            layers[at.number - 2].D_A, off = RIGHT["chain"].formula(at), off @ abs(at.W).T
    return rounding


def derive(network: Network, theta: Array, X: Array, Y: Array, loss: Loss, plan: Plan) -> Array:
    """The gradient by backpropagation with the faults of `plan`, shape (parameters,).

    A slot is one of the five terms of RIGHT; "loss factor" and its like for a factor on one of them; "weights penalty"
    and "biases penalty" for what is added; and "clip", in the last layer, for what is done to the whole gradient.
    Raises ValueError for a formula that gives another shape than its term has.
    """

    def term(at: Layer, slot: str, shape: tuple[int, ...]) -> Any:
        formula = plan.get((at.number, slot), RIGHT[slot])
        value = formula.formula(at)
        if value is None:
            where = f"layer {at.number}, of {at.activation.name} and with the loss {at.loss.label}"
            raise ValueError(f"the fault {formula.phrase!r} has no meaning in {where}: plant another one")
        if np.shape(value) not in ((), shape):
            what = f"{slot} ({formula.phrase!r}) must have the shape {shape} in layer {at.number}"
            raise ValueError(f"the formula for {what}, got {np.shape(value)}")
        if times := plan.get((at.number, f"{slot} factor")):
            value = value * times.formula(at)
        if plus := plan.get((at.number, f"{slot} penalty")):
            value = value + plus.formula(at)
        return value

    gradient = np.empty_like(theta)
    with quiet():
        layers = forward(network, theta, X, Y, loss)
        last = layers[-1]
        last.D_A = term(last, "loss", last.A.shape)
        for at, dW, db in reversed(list(zip(layers, *network.split(gradient)))):
            at.D_Z, at.dW = at.D_A * term(at, "slope", at.Z.shape), dW
            dW[:] = term(at, "weights", dW.shape)
            if db is not None:
                db[:] = term(at, "biases", db.shape)
            if at.number > 1:
                layers[at.number - 2].D_A = term(at, "chain", at.X.shape)
        clip = plan.get((last.number, "clip"))
        return clip.formula(gradient) if clip else gradient  # type: ignore[arg-type]
