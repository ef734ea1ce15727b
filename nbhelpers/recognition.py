"""Recognizes a Network in somebody else's program by what it does: its predictions, its loss, its gradient.

`audit` uses it where it is told how to predict, so that `diagnose` can name the term at fault.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from .activations import ACTIVATIONS, Activation, LeakyReLU, identity
from .arguments import Array, floats, numbers, plain
from .derivation import Formula, Layer
from .diagnosis import Diagnosis, diagnose
from .entropy import softmax
from .evidence import SINGLE_TOLERANCE, TOLERANCE
from .faults import CATALOGUE
from .layers import Dense
from .layouts import Layers, layouts
from .losses import LOSSES, Loss, half_ssr, mse, softmax_cross_entropy, ssr
from .network import Network
from .strangers import Stranger

KNOWN = [*ACTIVATIONS.values(), LeakyReLU(0.01), LeakyReLU(0.2)]
# In deeper networks all hidden layers are taken to have the same activation.
MIXED = 3
# So many samples tell one activation from another.
ENOUGH = 10


def of_softmax(loss: Loss) -> Loss:
    """`loss` of the probabilities that a softmax makes of the outputs."""

    def gradient(Z: Array, Y: Array, out: Array) -> Array:
        P = softmax(Z)
        loss.gradient_formula(P, Y, out)
        out -= (out * P).sum(axis=-1, keepdims=True)
        return np.multiply(out, P, out)

    name, label = f"{loss.name} of the softmax", f"{loss.label} of the softmax"
    return Loss(name, label, lambda Z, Y: loss.formula(softmax(Z), Y), gradient, loss.averaged)


LOSSES_OF_SOFTMAX = [softmax_cross_entropy, *map(of_softmax, (ssr, half_ssr, mse))]


class Recognized(NamedTuple):
    """A network that does what the program does, its data as rows, and where in the program each parameter is."""

    network: Network
    ends_in_softmax: bool
    X: Array
    Y: Array
    in_rows: bool
    order: np.ndarray

    def theta(self, parameters: Array) -> Array:
        """The program's parameters, or its gradient, one vector, in the order of the network's theta."""
        return parameters[self.order]

    def parameters(self, theta: Array) -> Array:
        """The way back: the network's theta in the order of the program."""
        result = np.empty_like(theta)
        result[self.order] = theta
        return result

    @property
    def losses(self) -> list[Loss]:
        return LOSSES_OF_SOFTMAX if self.ends_in_softmax else list(LOSSES.values())

    def __str__(self) -> str:
        turned = "" if self.in_rows else ", where a column of X, one sample, is called a row"
        return f"{self.network}{' with a softmax on its outputs' if self.ends_in_softmax else ''}{turned}"


def explained(
    stranger: Stranger, predict: Callable, thetas: Sequence[Array], passed: bool, tolerance: float
) -> tuple[list[str], Diagnosis | None]:
    """What can be said of a program that is made of dense layers: what it is, and the term at fault if not `passed`."""

    def predicted(theta: Array) -> Any:
        stranger.move(theta)
        return predict(stranger.data[0])

    X, Y = floats("X", stranger.data[0]), floats("Y", stranger.data[1])
    alike = SINGLE_TOLERANCE if stranger.single else TOLERANCE
    found = recognize([place.shape for place in stranger.places], predicted, X, Y, thetas, alike)
    if isinstance(found, str):
        return [found], None
    shown = _shown(found, [stranger.loss_at(theta) for theta in thetas], thetas, alike)
    other = None if passed else _descended(found, [stranger.gradient_at(theta) for theta in thetas], thetas, alike)
    if shown is None:
        says = f"Its loss is none of {', '.join(loss.name for loss in found.losses)}"
        rest = f", but its gradient is that of {_named(*other)}." if other else ", so no term at fault was looked for."
        return [f"Recognized as {found}. {says}{'.' if passed else rest}"], None
    loss, factor = shown
    remarks = [f"Recognized as {found}, with {_named(loss, factor)} as its loss."]
    if passed:
        return remarks, None
    if other and not _same_but_for_a_factor(found, loss, other[0], thetas):
        remarks.append(f"Its gradient is that of {_named(*other)}: the loss shown is not the loss descended.")
    found.network.theta, data = found.theta(thetas[0]), stranger.data

    def gradient(theta: Array, X: Array, Y: Array) -> Array:
        stranger.data = data if len(X) == len(found.X) else _data_for(stranger, found, X, Y)
        return found.theta(stranger.gradient_at(found.parameters(theta)))

    try:
        # In the program's own size, or a learning rate, a limit or a penalty would be named in another one.
        own, catalogue = _in_the_size_of(_for_any_rows(stranger, found, loss, factor), loss)
        diagnosis = diagnose(found.network, found.X, found.Y, own, gradient, tolerance=tolerance, catalogue=catalogue)
        if stranger.step and stranger.single and not diagnosis.explanations:
            # What it moved is off by the last digit of the parameters, divided by the learning rate.
            return [*remarks, "One step in float32 leaves too few digits to look for a term at fault."], None
        # Where it is known what is descended in place of the loss, no explanation adds nothing.
        return remarks, None if len(remarks) > 1 and not diagnosis.explanations else diagnosis
    finally:
        stranger.data = data


def _for_any_rows(stranger: Stranger, found: Recognized, loss: Loss, factor: float) -> Callable[[Array], float]:
    """The `factor` on `loss` as a function of the truth: that of a sum on a mean grows with the number of rows."""
    (X, Y), rows = (found.X[:1], found.Y[:1]), len(found.X)
    # A program may be made for its number of rows alone.
    with suppress(Exception):
        stranger.data = _data_for(stranger, found, X, Y)
        times = stranger.loss_at(found.parameters(found.network.theta)) / found.network.loss(X, Y, loss) / factor
        power = next(power for power in (1, -1) if abs(times * rows**power - 1) < SINGLE_TOLERANCE)
        return lambda Y: factor * (len(Y) / rows) ** power
    return lambda Y: factor


def _in_the_size_of(factor: Callable[[Array], float], loss: Loss) -> tuple[Loss, list[Formula]]:
    """`loss` times `factor`, and the catalogue for it: what stands in the place of its derivative is as much larger."""

    def gradient(A: Array, Y: Array, out: Array) -> Array:
        return np.multiply(loss.gradient_formula(A, Y, out), factor(Y), out)

    def larger(entry: Formula) -> Formula:
        def formula(at: Layer) -> Any:
            value = entry.formula(replace(at, loss=loss))
            return None if value is None else factor(at.Y) * value

        return entry._replace(formula=formula) if entry.term == "loss" else entry

    own = Loss(loss.name, loss.label, lambda A, Y: factor(Y) * loss.formula(A, Y), gradient, loss.averaged, loss.check)
    return own, [larger(entry) for entry in CATALOGUE]


def _data_for(stranger: Stranger, found: Recognized, X: Array, Y: Array) -> Any:
    """The rows `X` and `Y` in the form that the program takes. Raises ValueError where it takes no others."""
    if not stranger.takes_data or not all(type(part) is np.ndarray and part.ndim == 2 for part in stranger.data):
        raise ValueError("the program takes its own data alone")
    return tuple((new if found.in_rows else new.T).astype(old.dtype) for new, old in zip((X, Y), stranger.data))


def recognize(
    shapes: list[tuple], predict: Callable[[Array], Any], X: Array, Y: Array, starts: Sequence[Array], alike: float,
) -> Recognized | str:
    """The Network in which `predict(parameters)` comes out at all `starts`, or what stands in the way, as a sentence.

    `shapes` are those of the program's arrays, in the order in which they follow each other in a vector of parameters;
    `alike` is how well the predictions must come out, relative to the largest of them.
    """
    outputs = [numbers("the value of predict(X)", plain(predict(start))) for start in starts]
    if others := [output.shape for output in outputs if output.size != Y.size]:
        return (
            f"The program was not recognized: predict(X) has the shape {others[0]}, and Y {Y.shape}. Let predict(X) "
            "return the outputs, and Y hold what they should be: for a class zeros and a 1 in its place, not its "
            "number. A loss and a gradient that take the number may be functions of nothing."
        )
    candidates = list(_candidates(shapes, X, Y))
    if not candidates:
        return (
            f"The program was not recognized: arrays of the shapes {', '.join(map(str, shapes))} make no chain of "
            f"dense layers from X, {X.shape}, to Y, {Y.shape}. Are they named layer by layer?"
        )
    for in_rows, ours, theirs, layers in candidates:
        expected = [output.reshape(theirs.shape) if in_rows else output.reshape(theirs.T.shape).T for output in outputs]
        order = np.concatenate([part.ravel() for layer in layers for part in layer if part is not None])
        for activations in _activations(len(layers)):
            pairs = zip(layers, activations)
            network = Network(ours.shape[1], [Dense(W.shape[1], a or identity, b is not None) for (W, b), a in pairs])
            found = Recognized(network, activations[-1] is None, ours, theirs, in_rows, order)
            if all(_alike(found, start, output, alike) for start, output in zip(starts, expected)):
                return found
    return (
        "The program was not recognized: its predictions are not those of dense layers with the activations "
        f"{', '.join(map(repr, KNOWN))}, or a softmax at the end. Let predict(X) return the outputs, not the classes."
    )


def _candidates(shapes: list[tuple], X: Array, Y: Array) -> Iterator[tuple[bool, Array, Array, Layers]]:
    """(samples as rows?, X and Y as rows, layers) for all that the shapes allow."""
    for in_rows in (True, False):
        ours, theirs = (part[:, None] if part.ndim == 1 else part if in_rows else part.T for part in (X, Y))
        if ours.ndim == theirs.ndim == 2 and len(ours) == len(theirs):
            for layers in layouts(shapes, ours.shape[1], theirs.shape[1]):
                yield in_rows, ours, theirs, layers


def _activations(depth: int) -> Iterator[tuple[Activation | None, ...]]:
    """The activations of all layers, the likely ones first; None at the end is a softmax."""
    mixed = product(KNOWN, repeat=depth - 1) if depth <= MIXED else ((each,) * (depth - 1) for each in KNOWN)
    for names in sorted(mixed, key=lambda names: len(set(names))):
        for last in (*KNOWN, None):
            yield *names, last


def _alike(found: Recognized, start: Array, expected: Array, alike: float) -> bool:
    found.network.theta = found.theta(start)
    outputs = found.network.predict(found.X[:ENOUGH])
    outputs = softmax(outputs) if found.ends_in_softmax else outputs
    return bool(abs(outputs - expected[:ENOUGH]).max() <= alike * abs(expected[:ENOUGH]).max())


def _shown(
    found: Recognized, values: list[float], thetas: Sequence[Array], alike: float
) -> tuple[Loss, float] | None:
    """The Loss that the program shows, and the constant factor on it; None where it is none of ours."""
    return _up_to_a_factor(found, values, lambda loss, _: found.network.loss(found.X, found.Y, loss), thetas, alike)


def _descended(
    found: Recognized, gradients: list[Array], thetas: Sequence[Array], alike: float
) -> tuple[Loss, float] | None:
    """The Loss of which the program has the gradient, and the constant factor on it; None where it is none of ours."""
    given = [found.theta(gradient) for gradient in gradients]
    return _up_to_a_factor(found, given, lambda loss, _: found.network.gradient(found.X, found.Y, loss), thetas, alike)


def _up_to_a_factor(
    found: Recognized, values: list, right: Callable[[Loss, Array], Any], thetas: Sequence[Array], alike: float
) -> tuple[Loss, float] | None:
    """The loss for which `right` gives the values at all `thetas`, times a constant factor."""
    have, matching = np.stack([np.ravel(value) for value in values]), []
    for loss in found.losses:
        ours = np.empty_like(have)
        try:
            for row, theta in zip(ours, thetas):
                found.network.theta = found.theta(theta)
                row[:] = right(loss, theta)
        except ValueError:
            continue
        factor = float((have * ours).sum() / (ours * ours).sum())
        if factor and (abs(have - factor * ours).max(axis=1) <= alike * abs(have).max(axis=1)).all():
            matching.append((loss, factor))
    # Of losses that differ by a factor alone, the one nearest to the program's.
    return min(matching, key=lambda pair: abs(np.log(abs(pair[1]))), default=None)


def _same_but_for_a_factor(found: Recognized, loss: Loss, other: Loss, thetas: Sequence[Array]) -> bool:
    values = []
    for theta in thetas:
        found.network.theta = found.theta(theta)
        values.append([found.network.loss(found.X, found.Y, each) for each in (loss, other)])
    tops = [max(column) or 1.0 for column in zip(*values)]
    return all(abs(a / tops[0] - b / tops[1]) <= TOLERANCE * a / tops[0] for a, b in values)


def _named(loss: Loss, factor: float) -> str:
    return loss.name if abs(factor - 1) < SINGLE_TOLERANCE else f"{factor:.6g} times {loss.name}"
