"""What a gradient on trial gives at some places, beside what backpropagation gives there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arguments import Array, in_single
from .derivation import Layer, Plan, backward, derive, forward, loss_gradient
from .differences import EPSILON, SINGLE_EPSILON, Line
from .evidence import SAFETY, SINGLE_TOLERANCE, laid_out
from .losses import Loss
from .network import Backpropagation, Network

Row = tuple[int, str]


@dataclass
class Place:
    """What was found at one place: for each row, (layer, "weights" or "biases"), the numbers and the right ones.

    `noise` is the rounding error of the right ones, where what is added up cancels or a unit is saturated.
    """

    theta: Array
    X: Array
    Y: Array
    layers: list[Layer]
    found: dict[Row, Array]
    right: dict[Row, Array]
    noise: dict[Row, float]

    def heard(self, row: Row) -> int:
        """How many of the numbers found in the row are more than the rounding of a 0."""
        return int((abs(self.found[row]) > self.noise[row]).sum())

    def tells(self, row: Row) -> bool:
        """Whether there is more in the row than the rounding of a 0, or should be."""
        return bool(self.heard(row) or (abs(self.right[row]) > self.noise[row]).any())


class Case:
    """A network, its loss, and the gradient on trial; `gradient` None is the network's own."""

    def __init__(
        self, network: Network, loss: Loss, gradient: Callable[[Array, Array, Array], Any] | None, tolerance: float
    ):
        self.network, self.loss, self.gradient, self.tolerance = network, loss, gradient, tolerance
        self.rows = list(self.by_row(network.theta))
        self.rows_of = {layer: sum(number == layer for number, _ in self.rows) for layer, _ in self.rows}

    def look(self, theta: Array, X: Array, Y: Array) -> Place:
        """Ask the gradient at a place. Raises TypeError or ValueError where it does not give a number per parameter."""
        epsilon = EPSILON
        if self.gradient is None:
            self.network.theta = theta
            own = Backpropagation(self.network, len(X), self.loss)
            own(X, Y)
            found = own.gradient
        else:
            answer = self.gradient(theta.copy(), X.copy(), Y.copy())
            found = laid_out(self.network, answer)
            if in_single(answer):
                self.tolerance, epsilon = max(self.tolerance, SINGLE_TOLERANCE), SINGLE_EPSILON
        right = derive(self.network, theta, X, Y, self.loss, {})
        layers = forward(self.network, theta, X, Y, self.loss)
        noise = {row: SAFETY * off for row, off in backward(layers, epsilon).items()}
        rows = self.by_row(found)
        for at in layers:
            at.dW = rows[at.number, "weights"]
        return Place(theta, X, Y, layers, rows, self.by_row(right), noise)

    def agrees(self, place: Place, row: Row, expected: Array) -> bool:
        """Whether `expected` is what was found, to the tolerance."""
        found = place.found[row]
        return bool(abs(found - expected).max() <= self.tolerance * abs(expected).max() + place.noise[row])

    def holds(self, plan: Plan, place: Place) -> bool:
        """Whether backpropagation with the faults of `plan` gives all that was found."""
        rows = self.by_row(derive(self.network, place.theta, place.X, place.Y, self.loss, plan))
        return all(np.isfinite(values).all() and self.agrees(place, row, values) for row, values in rows.items())

    def by_row(self, gradient: Array) -> dict[Row, Array]:
        """The weights and the biases of each layer, as views into a vector laid out like theta."""
        parts = enumerate(zip(*self.network.split(gradient)), start=1)
        kinds = ("weights", "biases")
        return {(n, kind): part for n, pair in parts for kind, part in zip(kinds, pair) if part is not None}

    def solve(self, row: Row, model: str, samples: list, unknowns: int) -> tuple[float, float] | None:
        """The factor and the strength of the penalty with which the samples come out, if there are any."""
        if model == "as it is":
            return (1.0, 0.0) if all(self.agrees(place, row, values) for place, values, _ in samples) else None
        sizes = [abs(place.found[row]).max() or 1.0 for place, _, _ in samples]
        g = np.concatenate([place.found[row].ravel() / size for (place, _, _), size in zip(samples, sizes)])
        R = np.concatenate([values.ravel() / size for (_, values, _), size in zip(samples, sizes)])
        W = np.concatenate([added.ravel() / size for (_, _, added), size in zip(samples, sizes)])
        if unknowns and sum(place.heard(row) for place, _, _ in samples) <= unknowns:
            return None
        times, plus = 1.0, 0.0
        if model == "factor":
            times = _along(g, R)
        elif model == "penalty":
            plus = _along(g - R, W)
        else:
            plus = _along(g, W - R * _along(W, R))
            times = _along(g - plus * W, R)
        if not times or (unknowns and model != "factor" and not plus):
            return None
        fits = all(self.agrees(place, row, times * values + plus * added) for place, values, added in samples)
        return (float(times), float(plus)) if fits else None


def misfits(layers: list[Layer]) -> list[tuple[int, str]]:
    """The network's own parts whose derivative is not that of their formula: (layer, "slope"), and "loss" last.

    Central differences judge; an activation or a loss of one's own may be wrong, and then nothing else can be judged.
    """
    h, found = 1e-5, []
    for at in layers:
        slope = (at.activation.value(at.Z + h) - at.activation.value(at.Z - h)) / (2 * h)
        smooth = abs(at.Z) > 2 * h if at.activation.kink else np.isfinite(at.Z)
        size = abs(slope[smooth & np.isfinite(slope)]).max(initial=0.0)
        # Where all is small, a formula with numbers of size 1 inside is still rounded to their last digit.
        if (abs(slope - at.S)[smooth] > np.maximum(1e-6 * (size + abs(at.A[smooth])), 1e-9)).any():
            found.append((at.number, "slope"))
    D = loss_gradient(at)
    way = np.where(D > 0, 1.0, -1.0)

    def along(t: float) -> tuple[float, float]:
        return t, float(at.loss.formula(at.A + t * way, at.Y))

    # Of several lengths, because a logarithm near 0 bends within 1e-5.
    value, uncertainty = Line(along, 1.0, along(0.0)[1], 0.0).slope()
    if abs(value - abs(D).sum()) > 1e-6 * abs(D).sum() + SAFETY * uncertainty:
        found.append((at.number, "loss"))
    return found


def _along(g: Array, R: Array) -> float:
    """How many times `R` goes into `g`; 1 where that cannot be told, because `R` is 0."""
    return float(g.dot(R) / R.dot(R)) if R.any() else 1.0
