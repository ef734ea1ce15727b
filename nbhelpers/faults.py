"""The catalogue of faults: what programs put in the place of a term of backpropagation, a line and a formula each.

`diagnose` tries them on a wrong gradient. They come from the five lessons, from their exercises, and from 41 published
programs that were put on trial. A formula reads what it needs from `at`, which is one layer at one place (see `Layer`
in derivation), and gives what the faulty program has there; None says that it does not fit this layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .activations import ACTIVATIONS, Activation, sigmoid
from .arguments import Array
from .derivation import Formula, Layer, Rule, loss_gradient
from .entropy import softmax


def one_row(row: int, times: Callable[[Layer], float] = lambda at: 1.0) -> Rule:
    """The derivative of the loss with zeros in every row but one."""
    return lambda at: times(at) * loss_gradient(at) * (np.arange(len(at.Y)) == row % len(at.Y))[:, None]


def entrywise(at: Layer) -> Array:
    """The part of each output in the loss, in the place where its derivative belongs."""
    parts = [at.loss.formula(a, y) for a, y in zip(at.A.reshape(-1, 1, 1), at.Y.reshape(-1, 1, 1))]
    return np.reshape(parts, at.A.shape) / (at.A.size if at.loss.averaged else 1)


def in_all_sizes(phrase: str, values: Rule, multiples: Sequence[float] = (1.0,)) -> list[Formula]:
    """The derivative of another loss as a sum, as a mean over the rows, and as a mean over all outputs of all rows."""

    def times(c: float, over: Callable[[Layer], int]) -> Rule:
        return lambda at: None if (value := values(at)) is None else c * value / over(at)

    sizes: list[Callable[[Layer], int]] = [lambda at: 1, lambda at: len(at.Y), lambda at: at.Y.size]
    return [Formula("loss", phrase, times(c, over)) for c in multiples for over in sizes]


def other_loss(name: str, values: Rule, multiples: Sequence[float] = (1.0,)) -> list[Formula]:
    return in_all_sizes(f"the place of {{loss}} is taken by {name}", values, multiples)


def if_loss(name: str, formula: Rule) -> Rule:
    """`formula` for the loss of that name, and None for the others."""
    return lambda at: formula(at) if at.loss.name == name else None


def of_softmax(values: Callable[[Array, Array], Array]) -> Rule:
    return if_loss(SOFTMAX, lambda at: values(softmax(at.A), at.Y))


def of_either(values: Callable[[Array, Array], Array]) -> Rule:
    """The same for the softmax and for the sigmoid, whichever is a part of the loss."""
    squash = {SOFTMAX: softmax, SIGMOID: sigmoid.value}
    return lambda at: values(squash[at.loss.name](at.A), at.Y) if at.loss.name in squash else None


def unless_loss(names: Sequence[str], formula: Rule) -> Rule:
    return lambda at: None if at.loss.name in names else formula(at)


def if_activation(name: str, formula: Rule) -> Rule:
    """`formula` for layers with the activation of that name, and None for the others."""
    return lambda at: formula(at) if at.activation.name == name else None


def unless_activation(names: Sequence[str], formula: Rule) -> Rule:
    return lambda at: None if at.activation.name in names else formula(at)


def if_kinked(formula: Rule) -> Rule:
    return lambda at: formula(at) if at.activation.kink else None


def leak_of(leak: float) -> Rule:
    return if_kinked(lambda at: np.where(at.Z > 0, 1.0, leak))


def slope_of(other: Activation) -> Rule:
    return unless_activation([other.name, *TWINS.get(other.name, ())], lambda at: other.slope(at.Z))


def slope_within(limit: float) -> Rule:
    return lambda at: np.where(abs(at.Z) <= limit, at.S, 0.0)


def tolerated(limit: float) -> Rule:
    return unless_loss([SOFTMAX], lambda at: np.where(abs(at.A - at.Y) >= limit, loss_gradient(at), 0.0))


def cut(limit: float) -> Rule:
    """The derivative of the loss, as if no output were further away from the truth than `limit`."""
    def formula(at: Layer) -> Array:
        A = at.Y + np.clip(at.A - at.Y, -limit, limit)
        return at.loss.gradient_formula(A, at.Y, np.empty_like(A))

    return lambda at: formula(at) if at.loss.name in SQUARED else None


def updated_with(rate: float) -> Rule:
    return lambda at: at.D_Z @ (at.W - rate * at.dW).T


def handed_down(slope: Rule) -> Rule:
    """What goes down with another slope than the layer has for its own weights and biases."""
    return lambda at: None if (value := slope(at)) is None else (at.D_A * value) @ at.W.T


SQUARED, CROSS_ENTROPY = ("ssr", "half_ssr", "mse"), "binary_cross_entropy"
SOFTMAX, SIGMOID = "softmax_cross_entropy", "sigmoid_cross_entropy"
TWICE = "p (1 - p) is multiplied in, which p - y has in it already"
# With the 2 of the square, and without.
SQUARES = (1.0, 2.0)

LOSS = [
    Formula("loss", "the last row alone is counted", one_row(-1)),
    Formula("loss", "the first row alone is counted", one_row(0)),
    Formula("loss", "the last row alone is counted, and a mean is taken of it", one_row(-1, lambda at: len(at.Y))),
    Formula("loss", "the first row alone is counted, and a mean is taken of it", one_row(0, lambda at: len(at.Y))),
    Formula("loss", "the mean of all rows stands in each of them",
            lambda at: np.broadcast_to(loss_gradient(at).mean(axis=0), at.A.shape)),
    Formula("loss", "the sum over the outputs stands in each of them",
            lambda at: np.broadcast_to(loss_gradient(at).sum(axis=1, keepdims=True), at.A.shape)),
    Formula("loss", "the loss itself stands where its derivative belongs", unless_loss([SOFTMAX, SIGMOID], entrywise)),
    Formula("loss", "the sign of the residuals is lost", lambda at: abs(loss_gradient(at))),
    Formula("loss", "all is 0, as from a prediction that is never computed again", lambda at: np.zeros_like(at.A)),
    # Fahlman 1988 trains so, on purpose: an output that is near enough counts as right.
    *(Formula("loss", f"residuals below {limit} are taken as 0", tolerated(limit))
      for limit in (0.1, 0.2, 0.25, 0.3, 0.4)),
    *(Formula("loss", f"residuals are cut at {limit:g}", cut(limit)) for limit in (0.5, 0.7)),
    *other_loss("the squared residuals", unless_loss(SQUARED, lambda at: at.A - at.Y), SQUARES),
    *other_loss("the absolute residuals", unless_loss([CROSS_ENTROPY], lambda at: np.sign(at.A - at.Y))),
    *other_loss("binary cross-entropy", unless_loss([CROSS_ENTROPY], lambda at: (at.A - at.Y) / (at.A * (1 - at.A)))),
    *other_loss("binary cross-entropy without its logarithm", if_loss(CROSS_ENTROPY, lambda at: 1 - 2 * at.Y)),
    # The softmax and the sigmoid may be parts of the loss. A are then sums, P = softmax(A), and the derivative P - Y.
    *in_all_sizes("the diagonal alone of the softmax's slopes is taken", of_softmax(lambda P, Y: -Y * (1 - P))),
    *in_all_sizes(TWICE, of_either(lambda P, Y: (P - Y) * P * (1 - P)), SQUARES),
    *other_loss("the squared residuals of the softmax",
                of_softmax(lambda P, Y: P * (P - Y - ((P - Y) * P).sum(axis=1, keepdims=True))), SQUARES),
    *in_all_sizes("the softmax is taken over the rows", if_loss(SOFTMAX, lambda at: softmax(at.A.T).T - at.Y)),
    *in_all_sizes("sigmoids stand where the softmax belongs",
                  if_loss(SOFTMAX, lambda at: sigmoid.value(at.A) - at.Y)),
    *in_all_sizes("the softmax stands where sigmoids belong",
                  if_loss(SIGMOID, lambda at: softmax(at.A) - at.Y)),
]

# Named already: the slope of softplus is the value of sigmoid, and that of leaky ReLU is a leak.
TWINS = {"softplus": ["sigmoid"], "leaky_relu": ["relu"]}

SLOPES: list[tuple[str, Rule]] = [
    ("the slope of {activation} is left out", lambda at: np.ones_like(at.Z)),
    ("the slope of {activation} is taken at the neuron's output, where it belongs at its sum",
     lambda at: at.activation.slope(at.A)),
    ("the value of {activation} stands where its slope belongs", lambda at: at.A),
    ("the neuron's sum stands where the slope of {activation} belongs",
     unless_activation(["identity"], lambda at: at.Z)),
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
    *((f"the slope of {{activation}} is {leak} below 0, which is another leak", leak_of(leak))
      for leak in (0.01, 0.1, 0.2, 0.3)),
    *((f"the slope of {{activation}} is 0 where the sum is beyond {limit}, as if the sum were clipped there",
       slope_within(limit)) for limit in (0.5, 1, 1.5, 2, 3)),
    *((f"the slope of {name} stands where that of {{activation}} belongs", slope_of(other))
      for name, other in ACTIVATIONS.items() if name != "identity"),
]

WEIGHTS: list[tuple[str, Rule]] = [
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

BIASES: list[tuple[str, Rule]] = [
    ("all is 0: they are never updated", lambda at: np.zeros_like(at.b)),
    ("each unit gets the sum over all units, as if they shared one bias",
     lambda at: np.full_like(at.b, at.D_Z.sum())),
    ("each unit gets the mean over all units", lambda at: np.full_like(at.b, at.D_Z.sum(axis=0).mean())),
    ("the last row alone is counted", lambda at: at.D_Z[-1]),
    ("the first row alone is counted", lambda at: at.D_Z[0]),
    ("the bias is multiplied in, where its input is 1", lambda at: None if at.b is None else at.b * at.D_Z.sum(axis=0)),
    ("the layer's inputs are multiplied in, where the input of a bias is 1",
     lambda at: (at.X.T @ at.D_Z).sum(axis=0)),
    ("the slope of {activation} is left out", lambda at: at.D_A.sum(axis=0)),
    ("1 stands where the derivative belongs", lambda at: np.ones_like(at.b)),
]

# The learning rates that are tried for a chain through weights that were updated too early.
RATES = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)

CHAIN: list[tuple[str, Rule]] = [
    ("the weights are left out", lambda at: np.repeat(at.D_Z.sum(axis=1, keepdims=True), len(at.W), axis=1)),
    ("weights and derivatives are added up before they are multiplied",
     lambda at: np.outer(at.D_Z.sum(axis=1), at.W.sum(axis=1))),
    ("the weights are not transposed", lambda at: at.D_Z @ at.W.reshape(at.W.T.shape)),
    ("the slope of {activation} is multiplied in after the weights, where it belongs before them",
     lambda at: (at.D_A @ at.W.T) * at.S if at.W.shape[0] == at.W.shape[1] else None),
    *((f"the weights are updated already, with the learning rate {rate:g}", updated_with(rate)) for rate in RATES),
    *((phrase, handed_down(slope)) for phrase, slope in SLOPES),
]

CATALOGUE = [
    *LOSS,
    *(Formula("slope", *entry) for entry in SLOPES),
    *(Formula("weights", *entry) for entry in WEIGHTS),
    *(Formula("biases", *entry) for entry in BIASES),
    *(Formula("chain", *entry) for entry in CHAIN),
]
