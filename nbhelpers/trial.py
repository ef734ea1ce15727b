"""Anybody's network on trial, where its parameters live: `audit` (lesson 06).

    found = audit(parameters=[(net, "W1"), (net, "b1"), (net, "W2"), (net, "b2")],
                  loss=lambda: net.loss(X, y), gradient=lambda: net.backward(X, y))

The judge is that of `gradcheck`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import quiet
from .arguments import Array, floats, listed, number, plain, whole_number
from .diagnosis import Diagnosis, diagnose
from .differences import EPSILON
from .evidence import SINGLE_TOLERANCE, TOLERANCE, WRONG, Place, look
from .gradcheck import GradientCheck
from .losses import LOSSES
from .recognition import ALIKE, recognize, shown_loss
from .strangers import Parameter, Stranger, found_in, takes_two

if TYPE_CHECKING:
    import pandas as pd


class Audit(GradientCheck):
    """What `audit` found. It is true where the gradient is right.

    verdict: "right"; "right up to a factor" (`factor`); "right direction, another length" (by another factor at each
        place); "wrong"; "nothing arrives" (zeros, where the loss is not flat); "cannot be judged"; "not repeatable".
    table: a pandas DataFrame with a row for each place that keeps parameters.
    text: the verdict in a few sentences. diagnosis: the Diagnosis, where the network was recognized, else None.
    passed, factor, relative_error, angle_degrees, gradient, numerical: as in GradientCheck.
    """

    shapes: list[tuple]
    unrepeatable = ""
    diagnosis: Diagnosis | None = None

    def add(self, remarks: list[str], diagnosis: Diagnosis | None) -> None:
        """What the recognition of the program has brought to light."""
        self._remarks += remarks
        self.diagnosis = diagnosis

    @property
    def verdict(self) -> str:
        if self.unrepeatable:
            return "not repeatable"
        if self._judged != WRONG:
            return self._judged
        if not any(finding.arrives for place in self._places for finding in place.findings):
            return "nothing arrives"
        if not np.isnan(self.factor):
            return "right up to a factor"
        factors = self._factors()
        positive = len(factors) > 1 and not np.isnan(factors).any() and min(factors) > 0
        return "right direction, another length" if positive else WRONG

    @property
    def table(self) -> pd.DataFrame:
        table = super().table
        decisive = list(self._decisive())
        table.insert(0, "shape", self.shapes)
        table["factor"] = [finding.factor for finding, _ in decisive]
        table["found at"] = [name for _, name in decisive]
        return table

    @property
    def text(self) -> str:
        if self.unrepeatable:
            return self.unrepeatable
        sentences = [self._verdict_in_words(), *self._where(), *self._remarks]
        silent = [
            name for name, row in zip(self._rows, self._by_row())
            if not any(finding.arrives for finding in row) and any(finding.verdict == WRONG for finding in row)
        ]
        if self.verdict == "nothing arrives":
            sentences[0] = "Nothing arrives: the gradient is zero at every place, and the loss is not flat there."
        elif silent:
            sentences.append(f"Nothing arrives in {listed(silent)}: zeros, where the loss is not flat.")
        if self.diagnosis is not None:
            sentences.append(self.diagnosis.text)
        return " ".join(sentences)


def audit(
    parameters: Any, loss: Callable[..., Any], gradient: Callable[..., Any] | None = None, *,
    step: Callable[..., Any] | None = None, learning_rate: float | None = None, points: int = 3, seed: int = 0,
    tolerance: float = TOLERANCE, predict: Callable[[Any], Any] | None = None, X: Any = None, Y: Any = None,
) -> Audit:
    """Put the gradient of any program on trial. Returns an Audit.

    parameters: the places where the program keeps them, a list (or a dictionary with names of your own) of
        (object, "attribute"), (dictionary or list, key), arrays or lists that are changed in place; or a PyTorch
        module. They hold numbers, lists, lists of lists or arrays of any shape. They are moved there, and put back
        whatever happens.
    loss: the program's own loss as a function of nothing, `lambda: net.loss(X, y)`; any value that is one number. It is
        called before each gradient, so that a forward pass is there to go back from.
    gradient: a function that returns the gradient, a list laid out like `parameters` or a dictionary with their names.
    step, learning_rate: where the program gives no gradient but one update, `lambda: net.fit_once(X, y)`, and its
        learning rate: the gradient is then what one step moved.
    points: how many places are looked at: the given parameters, and random starts drawn with `seed`.
    tolerance: the largest error, relative to the largest entry of its place, that counts as right; 1e-3 at least where
        the numbers are kept in float32.
    predict, X, Y: with these three the program is recognized, if it is made of dense layers, and `diagnose` names the
        term at fault. `loss`, `gradient` and `step` may then be functions of X and Y; the last random start is tried
        with the first row alone.

    Raises TypeError or ValueError where something does not fit, with the parameters as they were.
    """
    places = found_in(parameters)
    for name, function in (("loss", loss), ("gradient", gradient), ("step", step), ("predict", predict)):
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function, such as lambda: net.{name}(X, y); got {function!r}")
    if (gradient is None) == (step is None) and not _are_tensors(places):
        raise ValueError("audit needs either gradient or step, a function, and not both")
    if step is not None and learning_rate is None:
        raise ValueError("learning_rate must be given with step: the gradient is what one step moved, divided by it")
    rate = number("learning_rate", 1.0 if learning_rate is None else learning_rate, above=0)
    points, seed = whole_number("points", points, least=1), whole_number("seed", seed)
    tolerance = number("tolerance", tolerance, above=0, below=1)
    stranger = Stranger(places, loss, gradient, step, rate, X, Y)
    try:
        with quiet():
            found = _looked_at(stranger, points, seed, tolerance)
            if predict is not None and X is not None and Y is not None and not found.unrepeatable:
                found.add(*_recognized(found, stranger, predict, X, Y, _starts(stranger, 2, seed + 1)))
    finally:
        for place in places:
            place.restore()
    return found


def _looked_at(stranger: Stranger, points: int, seed: int, tolerance: float) -> Audit:
    """Look at every place, after asking twice whether the program repeats itself."""
    start = stranger.theta()
    thetas = [start, *_starts(stranger, points - 1, seed)]
    first, losses = stranger.gradient_at(start), [stranger.loss_at(start) for _ in range(2)]
    second = stranger.gradient_at(start)
    tolerance = max(tolerance, SINGLE_TOLERANCE) if stranger.single else tolerance
    epsilon = float(np.finfo(np.float32).eps) if stranger.single else EPSILON
    floor = epsilon * max(abs(stranger.loss_at(theta)) for theta in thetas)
    found: list[tuple[Place, Array]] = []
    data = stranger.data
    for i, theta in enumerate(thetas):
        name = f"random start {i}" if i else "the given parameters"
        if i and i == points - 1 and data[0] is not None and takes_two(stranger.loss):
            stranger.data, name = (data[0][:1], data[1][:1]), f"{name} (one row)"
        claimed = stranger.gradient_at(theta)
        found.append(look(
            name, stranger.loss_at, theta, claimed, stranger.rows, floor=floor, tolerance=tolerance,
            stored=stranger.stored, rounding=EPSILON * abs(theta) / stranger.rate if stranger.step else None,
        ))
    stranger.data = data
    counts = {place.name: place.size for place in stranger.places}
    result = Audit(counts, [place for place, _ in found], first, found[0][1], {})
    result.shapes = [place.shape for place in stranger.places]
    result.unrepeatable = _unrepeatable(losses, first, second)
    return result


def _unrepeatable(losses: list[float], first: Array, second: Array) -> str:
    """What is not the same the second time, as a sentence; "" where all is."""
    if losses[0] != losses[1] and not np.isnan(losses).all():
        return (
            f"Not repeatable: the loss is {losses[0]:.6g} and then {losses[1]:.6g} at the same parameters. "
            "Fix its random numbers, switch dropout off, and see that it changes no data."
        )
    if np.allclose(first, second, rtol=1e-9, atol=0, equal_nan=True):
        return ""
    if np.allclose(2 * first, second, rtol=1e-6):
        return "Not repeatable: the gradient is twice as large the second time. Is it added up and never set to zero?"
    return (
        "Not repeatable: the gradient is another one the second time, at the same parameters. Does the program keep "
        "something from one call to the next, such as a velocity, or draw random numbers?"
    )


def _starts(stranger: Stranger, count: int, seed: int) -> list[Array]:
    """Random parameters: those of matrices so that sums stay of size 1, whichever way round they are kept."""
    random = np.random.default_rng(seed)
    widths = [np.sqrt(max(place.shape)) if len(place.shape) > 1 else 2.0 for place in stranger.places]

    def start() -> Array:
        return np.concatenate([random.normal(size=p.size) / width for p, width in zip(stranger.places, widths)])

    return [stranger.stored(start()) for _ in range(count)]


def _are_tensors(places: Sequence[Parameter]) -> bool:
    return all(hasattr(place.original, "requires_grad") for place in places)


def _recognized(
    found: Audit, stranger: Stranger, predict: Callable, X: Any, Y: Any, starts: list[Array]
) -> tuple[list[str], Diagnosis | None]:
    """What can be said of a program that is made of dense layers: what it is, and the term at fault."""
    start = stranger.theta()
    thetas = [start, *starts]

    def predicted(theta: Array) -> Any:
        stranger.move(theta)
        return plain(predict(X))

    network = recognize([place.shape for place in stranger.places], predicted, floats("X", X), floats("Y", Y), thetas)
    if isinstance(network, str):
        return [network], None
    shown = shown_loss([stranger.loss_at(theta) for theta in thetas], network, thetas)
    what = f"Recognized as {network.network}"
    if shown is None:
        return [f"{what}. Its loss is none of {', '.join(LOSSES)}, so the term at fault was not looked for."], None
    loss, factor = shown
    times = "" if abs(factor - 1) < ALIKE else f"{factor:.6g} times "
    remarks = [f"{what}, with {times}{loss} as its loss."]
    if found.passed:
        return remarks, None
    network.network.theta = network.theta(start)

    def gradient(theta: Array, X: Array, Y: Array) -> Array:
        return network.theta(stranger.gradient_at(network.parameters(theta))) / factor

    return remarks, diagnose(network.network, network.X, network.Y, loss, gradient)
