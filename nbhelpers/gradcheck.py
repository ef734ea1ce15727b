"""The gradient on trial: finite differences against whatever a network says its gradient is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import Array, number, vector
from .losses import Loss
from .network import LossAt, Network

if TYPE_CHECKING:
    import pandas as pd

# The best step for central differences is about the cube root of the rounding error of a float.
STEP = np.cbrt(np.finfo(np.float64).eps)
TOLERANCE = 1e-6


def numerical_gradient(function: Callable[[Array], float], theta: ArrayLike, step: float = STEP) -> Array:
    """The gradient of `function(theta)`, a number, by central differences; shape (parameters,).

    Each parameter in turn is moved by `step` times its size (by `step` itself below size 1) to both sides:
    (function(theta + h) - function(theta - h)) / 2h. The error is of the order of h**2.
    """
    step = number("step", step, above=0)
    theta = np.array(theta, dtype=np.float64)
    gradient = np.empty_like(theta)
    for i, value in enumerate(theta):
        h = step * max(1.0, abs(value))
        theta[i] = value + h
        above, moved_up = function(theta), theta[i] - value
        theta[i] = value - h
        below, moved_down = function(theta), value - theta[i]
        theta[i] = value
        # The steps as they were rounded, not as they were meant.
        gradient[i] = (above - below) / (moved_up + moved_down)
    return gradient


def check_gradient(
    network: Network, X: ArrayLike, Y: ArrayLike, loss: Loss | str,
    gradient: Callable[[Array, Array, Array], ArrayLike] | None = None,
) -> GradientCheck:
    """Compare a gradient of `network` with finite differences, parameter by parameter. Returns a GradientCheck.

    `gradient` is the function `gradient(theta, X, Y)` on trial, from anywhere; without it, it is the network's own
    backpropagation. The network is not changed. Raises TypeError or ValueError for arguments that do not fit.
    """
    X, Y, loss = network.check(X, Y, loss)
    network = network.copy()
    if gradient is None:
        found = network.gradient(X, Y, loss)
    else:
        answer = gradient(network.theta.copy(), X, Y)
        found = vector("the result of gradient(theta, X, Y)", answer, network.theta.size)
    loss_at, signs = LossAt(network, X, Y, loss), _Signs(network)

    def watched(theta: Array) -> float:
        value = loss_at(theta)
        signs.see(loss_at.forward.Z)
        return value

    height = watched(network.theta)
    with quiet():
        expected = numerical_gradient(watched, network.theta)
    # Differences of a loss this high cannot be told apart below the noise.
    noise = np.finfo(np.float64).eps * abs(height) / STEP
    return GradientCheck(network, found, expected, noise, signs.crossed)


class GradientCheck:
    """The verdict on a gradient.

    gradient, numerical: the gradient on trial and the finite differences, shape (parameters,).
    table: a pandas DataFrame with a row for each layer's weights and biases.
    relative_error: the largest of the table.
    passed: whether it is at most 1e-6.
    angle_degrees: the angle between the two gradients; below 90 a small step still goes downhill.
    warning: a sentence where a kink of the activation makes the finite differences doubtful, else "".

    An error is relative to the largest entry of its row. Where a whole row is lost in the rounding noise of the
    finite differences, it is relative to the smallest entry that they can tell from noise.
    """

    def __init__(self, network: Network, gradient: Array, numerical: Array, noise: float, kinked: list[str]):
        self.gradient, self.numerical = gradient, numerical
        self._rows = list(_rows(network, gradient, numerical, floor=10 * noise / TOLERANCE))
        self.relative_error = max(row["relative error"] for row in self._rows)
        self.passed = all(row["verdict"] == "right" for row in self._rows)
        self.angle_degrees = _angle(gradient, numerical)
        self.warning = (
            f"A kink of {' and '.join(kinked)} lies within the step, where the slope jumps: finite differences "
            "are no judge there. Check again from another start."
        ) if kinked else ""

    @property
    def table(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(self._rows).set_index("parameters")

    @property
    def text(self) -> str:
        """The verdict in a sentence or two."""
        wrong = [row["parameters"] for row in self._rows if row["verdict"] == "wrong"]
        verdict = f"The gradient is wrong in {' and '.join(wrong)}" if wrong else "The gradient is right"
        apart = f"{self.angle_degrees:.3g} degrees" if self.angle_degrees > 1e-3 else "less than 0.001 degrees"
        sentence = f"{verdict}. It points {apart} away from the finite differences."
        return f"{sentence} {self.warning}".rstrip()

    def _shown(self) -> pd.DataFrame:
        """The table with its figures in the digits that are the same on every machine."""
        table = self.table
        for column in ("largest entry", "largest error", "relative error"):
            least = 0.0 if column == "largest entry" else TOLERANCE
            table[column] = [f"{value:.3g}" if value > least else f"below {least:.0e}" for value in table[column]]
        return table

    def __repr__(self) -> str:
        return f"{self.text}\n{self._shown().to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{self.text}</p>{self._shown().to_html()}"


class _Signs:
    """Watches whether a weighted sum changes its sign at a unit whose activation has a kink there."""

    def __init__(self, network: Network):
        self.kinks = [(i, layer.activation) for i, layer in enumerate(network.layers) if layer.activation.kink]
        self.first: list[np.ndarray] = []
        self.crossed: list[str] = []

    def see(self, Z: list[Array]) -> None:
        signs = [Z[i] > 0 for i, _ in self.kinks]
        self.first = self.first or signs
        for (_, activation), now, first in zip(self.kinks, signs, self.first):
            if activation.name not in self.crossed and (now != first).any():
                self.crossed.append(activation.name)


def _rows(network: Network, gradient: Array, numerical: Array, floor: float) -> Iterator[dict]:
    parts = zip(zip(*network.split(gradient)), zip(*network.split(numerical)))
    for layer, (found, expected) in enumerate(parts, start=1):
        for kind, a, n in zip(("weights", "biases"), found, expected):
            if a is None:
                continue
            error, largest = abs(a - n).max(), max(abs(a).max(), abs(n).max())
            with quiet():
                relative = error / max(largest, floor) if error else 0.0
            yield {
                "parameters": f"layer {layer} {kind}",
                "count": a.size,
                "largest entry": float(abs(n).max()),
                "largest error": float(error),
                "relative error": float(relative),
                "verdict": "right" if relative <= TOLERANCE else "wrong",
            }


def _angle(a: Array, b: Array) -> float:
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("nan")
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if lengths == 0:
        return 0.0 if np.array_equal(a, b) else 90.0
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    # Kahan's formula: exact for small angles, where the arc cosine is not.
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))
