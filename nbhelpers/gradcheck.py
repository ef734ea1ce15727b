"""The gradient on trial: finite differences against whatever a network says its gradient is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import RESULT, Array, in_single, listed, number, plain, shown, vector, whole_number
from .derivation import Layer, backward, forward
from .differences import EPSILON, SINGLE_EPSILON, numerical_gradient
from .edges import spelled
from .evidence import (
    MOST_POINTS,
    SINGLE_TOLERANCE,
    TOLERANCE,
    WRONG,
    laid_out,
    look,
    places,
    repeated,
    same_everywhere,
    shown_on_a_bar,
    size_of,
)
from .losses import Loss
from .network import LossAt, Network
from .parameters import remembered
from .settings import at_most, function
from .verdict import NOT_REPEATABLE, GradientCheck

__all__ = ["GradientCheck", "check_gradient", "numerical_gradient"]


@spelled
def check_gradient(
    network: Network, X: ArrayLike, Y: ArrayLike, loss: Loss | str,
    gradient: Callable[[Array, Array, Array], Any] | None = None, *, points: int = 3, seed: int = 0,
    tolerance: float = TOLERANCE,
) -> GradientCheck:
    """Hold a gradient of `network` against finite differences, parameter by parameter. Returns a GradientCheck.

    `gradient` is the function `gradient(theta, X, Y)` on trial, from anywhere; it gets copies. Without it, the
    network's own backpropagation is tried. Besides the parameters that the network has, `points` - 1 random starts are
    looked at, drawn with `seed`: a fault may hide at a single place. `tolerance` is the largest error, relative to the
    largest entry of its row, that still counts as right; for a gradient in float32 it is 1e-3 at least. Of more than
    2000 parameters a sample is tried, and some random directions. The network is not changed. Raises TypeError or
    ValueError for arguments that do not fit.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {shown(network, Network)}; `audit` takes any other")
    X, Y, loss = network.check(X, Y, loss)
    points, seed = at_most("points", whole_number("points", points, least=1), MOST_POINTS), whole_number("seed", seed)
    tolerance = number("tolerance", tolerance, above=0, below=1)
    if gradient is not None:
        function("gradient", gradient, "theta", "X", "Y")
    restore, network, remarks, named = remembered(network.theta), network.copy(), [], _rows(network)
    rows, single = list(named.values()), []
    loss_at, thetas = LossAt(network, X, Y, loss), places(network, X, points, seed)

    def claims(theta: Array) -> Array:
        if gradient is None:
            network.theta = theta
            return network.gradient(X, Y, loss)
        given = theta.copy(), X.copy(), Y.copy()
        answer = plain(gradient(*given))
        pairs = zip(("theta", "X", "Y"), (theta, X, Y), given)
        changed = [name for name, before, after in pairs if not np.array_equal(before, after)]
        remark = f"It changes what it is given: {listed(changed)}."
        if changed and remark not in remarks:
            remarks.append(remark)
        single.append(in_single(answer))
        return vector(RESULT, laid_out(network, answer), theta.size)

    with ExitStack() as afterwards, quiet():
        # The function on trial may use the very network, and move it.
        afterwards.callback(restore)
        first = claims(thetas[0])
        if not repeated(first, claims(thetas[0]), loss_at(thetas[0]), any(single)):
            remarks.insert(0, f"{NOT_REPEATABLE}: fix its random numbers.")
        tolerance = max(tolerance, SINGLE_TOLERANCE) if any(single) else tolerance
        epsilon = SINGLE_EPSILON if any(single) else EPSILON
        usual = EPSILON * max(map(loss_at, places(network, X, max(points, 3), seed)))
        found, claimed = [], [claims(theta) for theta in thetas]
        counts = {name: row.stop - row.start for name, row in named.items()}
        each = afterwards.enter_context(shown_on_a_bar("check_gradient", [*counts.values()], points))
        for place, theta in enumerate(thetas):
            name = f"random start {place}" if place else "the given parameters"
            layers = forward(network, theta, X, Y, loss)
            rounding = _rounded(backward(layers, epsilon), named)
            found.append(look(
                name, loss_at, theta, claimed[place], rows, floor=usual, noise=_rounded_away(loss_at, theta),
                tolerance=tolerance, reach=_reach(layers), rounding=rounding, each=each,
            ))
    sizes = {"the number of samples": len(X), "the number of outputs": Y.shape[1]}
    if same_everywhere(claimed, thetas) and any(f.verdict == WRONG for place, _ in found for f in place.findings):
        remarks.append("It gives the same numbers at every place: does it read theta?")
    return GradientCheck(counts, [place for place, _ in found], first, found[0][1], sizes, remarks, tolerance)


def _rounded_away(loss_at: LossAt, theta: Array) -> float:
    """How much the loss moves where every output moves to the next float, away from the truth or towards it."""
    here, A, Y = loss_at(theta), loss_at.forward.A[-1], loss_at.Y
    # An output that has reached 0 or 1 stays there: beyond it many a loss is no number, and hides what the others do.
    away, stays = np.where(A > Y, np.inf, -np.inf), (A == 0) | (A == 1)
    there = [loss_at.loss.formula(np.nextafter(A, np.where(stays, A, side)), Y) for side in (away, -away)]
    return max((abs(value - here) for value in there if np.isfinite(value)), default=0.0)


def _rounded(by_row: dict[tuple[int, str], float], named: dict[str, slice]) -> Array:
    """How far each derivative may be off by rounding, in the order of theta, as its row may be."""
    rounding = np.zeros(max(row.stop for row in named.values()))
    for (layer, kind), off in by_row.items():
        row = named.get(f"layer {layer} {kind}")
        if row and np.isfinite(off):
            rounding[row] = off
    return rounding


def _reach(layers: list[Layer]) -> float:
    """The longest step to be believed against a gradient: the small sums of a layer whose slope jumps."""
    sizes = [float(abs(at.Z).max()) / size_of(at.X) for at in layers if at.activation.kink]
    return min([size for size in sizes if 0 < size < 0.1], default=np.inf)


def _rows(network: Network) -> dict[str, slice]:
    """Where in theta the weights and the biases of each layer are, by their names in the table."""
    rows, place = {}, np.arange(network.theta.size, dtype=np.float64)
    for layer, parts in enumerate(zip(*network.split(place)), start=1):
        for kind, part in zip(("weights", "biases"), parts):
            if part is not None:
                rows[f"layer {layer} {kind}"] = slice(int(part.min()), int(part.max()) + 1)
    return rows
