"""Anybody's network on trial, where its parameters live: `audit` (lesson 06).

    found = audit(parameters=[(net, "W1"), (net, "b1"), (net, "W2"), (net, "b2")],
                  loss=lambda: net.loss(X, y), gradient=lambda: net.backward(X, y))

The judge is that of `gradcheck`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import quiet
from .arguments import Array, listed, number, refuse_reordered, shown, whole_number
from .diagnosis import Diagnosis
from .edges import spelled
from .evidence import (
    MOST_POINTS,
    SINGLE_TOLERANCE,
    TOLERANCE,
    WRONG,
    Place,
    look,
    shown_on_a_bar,
)
from .parameters import found_in, gets_a_gradient, is_tensor, remembered, state_of
from .recognition import explained
from .remarks import afterthoughts, remarks
from .settings import at_most
from .settings import function as called
from .strangers import Stranger, another_loss, takes_two
from .verdict import GradientCheck

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

    article = ""
    advice = " If the loss does not depend on them, leave them out of `parameters`, and the rest is judged alone."

    def __init__(
        self, stranger: Stranger, places: list[tuple[Place, int]], gradient: Array, numerical: Array, tolerance: float
    ):
        """`places` are what was found at each place, and the number of samples there."""
        samples = places[0][1]
        sizes = {"the number of samples": samples} if samples > 1 else {}
        counts = {place.name: place.size for place in stranger.places}
        super().__init__(counts, [place for place, _ in places], gradient, numerical, sizes, (), tolerance)
        self.shapes = [place.shape for place in stranger.places]
        self.shares = [rows / samples for _, rows in places]
        self.tolerance, self.unrepeatable = tolerance, ""
        self.diagnosis: Diagnosis | None = None

    def add(self, remarks: Iterable[str], diagnosis: Diagnosis | None = None) -> None:
        """What else has come to light."""
        self._remarks += remarks
        self.diagnosis = self.diagnosis if diagnosis is None else diagnosis

    @property
    def verdict(self) -> str:
        if self.unrepeatable:
            return "not repeatable"
        if self._judged != WRONG:
            return self._judged
        if not any(finding.arrives for place in self._places for finding in place.findings):
            return "nothing arrives"
        if self._scaled:
            return "right up to a factor"
        return "right direction, another length" if self._lengths else WRONG

    def _factors(self) -> list[float]:
        """With one sample alone, N times or 1/N of the gradient is the gradient: that counts as the same factor."""
        told = list(zip(self._factor_by_place(), self.shares))
        for power in (0, -1, 1):
            factors = [factor * share**power for factor, share in told if factor is not None]
            if factors and np.ptp(factors) <= self._alike * abs(factors[0]):
                return factors
        return super()._factors()

    @property
    def table(self) -> pd.DataFrame:
        table = super().table
        decisive = list(self._decisive())
        table.insert(0, "shape", self.shapes)
        table.insert(5, "factor", [finding.factor for finding, _ in decisive])
        table["found at"] = [name for _, name in decisive]
        return table

    def _shown(self) -> pd.DataFrame:
        table = super()._shown()
        table["factor"] = ["" if np.isnan(factor) else f"{factor:.4g}" for factor in table["factor"]]
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
        unread = [
            name for name, row in zip(self._rows, self._by_row())
            if any(finding.verdict == WRONG for finding in row) and not any(finding.largest for finding in row)
        ]
        if unread:
            sentences.append(
                f"Moving {listed(unread)} does not change the loss at all: name what the program reads, and no copy. "
                "A loss that counts, such as the share of errors, has no slope."
            )
        if self._judged == WRONG and self.relative_error < 100 * TOLERANCE:
            sentences.append(
                f"The error is small, {self.relative_error:.1g} of the largest entry. A small penalty that is left out "
                "makes it, which is a fault, or a small number inside of a logarithm: a larger tolerance lets it pass."
            )
        faulty = [any(finding.verdict == WRONG for finding in place.findings) for place in self._places]
        if self.diagnosis is not None and not (self.diagnosis and self._judged == WRONG):
            sentences.append(self.diagnosis.text)
        elif self._judged == WRONG and all(share < 1 for share, wrong in zip(self.shares, faulty) if wrong):
            sentences.append("It shows with the first sample alone: is the number of samples written into the code?")
        elif self.diagnosis:
            sentences.append("It is that of the network and loss recognized, from which the program differs a little.")
        return " ".join(sentences)


@spelled
def audit(
    parameters: Any, loss: Callable[..., Any], gradient: Callable[..., Any] | None = None, *,
    step: Callable[..., Any] | None = None, learning_rate: float | None = None, points: int = 3, seed: int = 0,
    tolerance: float = TOLERANCE, predict: Callable[[Any], Any] | None = None, X: Any = None, Y: Any = None,
) -> Audit:
    """Put the gradient of any program on trial. Returns an Audit.

    >>> import numpy as np
    >>> from nbhelpers import audit
    >>> class Neuron:
    ...     def __init__(self):
    ...         self.w, self.b = np.array([0.5, -1.0]), 0.25
    ...     def predict(self, X):
    ...         return np.tanh(X @ self.w + self.b)
    ...     def gradient(self, X, y):
    ...         slope = 2 * (self.predict(X) - y)
    ...         return [X.T @ slope, slope.sum()]
    >>> net, X, y = Neuron(), np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([1.0, 0.0])
    >>> found = audit(parameters=[(net, "w"), (net, "b")],
    ...               loss=lambda: ((net.predict(X) - y) ** 2).sum(),
    ...               gradient=lambda: net.gradient(X, y),
    ...               predict=net.predict, X=X, Y=y)
    >>> found.verdict, found.diagnosis
    ('wrong', In layer 1 the slope of tanh is left out.)

    parameters: the places where the program keeps them, a list (or a dictionary with names of your own) of
        (object, "attribute"), (dictionary or list, key), arrays or lists that are changed in place; or one array, or
        a PyTorch module. They hold numbers, lists, lists of lists or arrays of any shape. They are moved there, and
        put back whatever happens.
    loss: the program's own loss as a function of nothing, `lambda: net.loss(X, y)`; any value that is one number. It is
        called before each gradient, so that a forward pass is there to go back from.
    gradient: a function that returns the gradient, a list laid out like `parameters` or a dictionary with their names.
        A PyTorch module's may be left out: it is what `loss().backward()` leaves.
    step, learning_rate: where the program gives no gradient but one update, `lambda: net.fit_once(X, y)`, and its
        learning rate: the gradient is then what one step moved, of plain descent, on all samples at once.
    points: how many places are looked at: the given parameters, and random starts drawn with `seed`.
    tolerance: the largest error, relative to the largest entry of its place, that counts as right; 1e-3 at least where
        the numbers are kept in float32.
    predict, X, Y: with these three the program is recognized, if it is made of dense layers, and `diagnose` names the
        term at fault. `predict(X)` gives the outputs. `loss`, `gradient` and `step` may then be functions of X and Y;
        where all are, the last random start is tried with the first sample alone.

    Of more than 2000 parameters a sample is tried, and some random directions. Raises TypeError or ValueError where
    something does not fit, and what the program itself raises, with the parameters as they were.
    """
    places = found_in(parameters)
    for name, function in (("loss", loss), ("gradient", gradient), ("step", step), ("predict", predict)):
        if (function is not None or name == "loss") and not callable(function):
            raise TypeError(f"{name} must be a function, such as lambda: net.{name}(X, y); got {shown(function)}")
        if function is not None:
            both = name != "predict" and X is not None and takes_two(function)
            called(name, function, *(["X", "Y"] if both else ["X"] * (name == "predict")))
    dark = [place.name for place in places if not gets_a_gradient(place.kept())]
    if (gradient is not None and step is not None) or (gradient is None and step is None and dark):
        refusal = "audit needs either gradient or step, a function, and not both"
        if step is None and any(is_tensor(place.kept()) for place in places):
            refusal += f"; backward() leaves none in {listed(dark)}, as each is no leaf or does not require it"
        raise ValueError(refusal)
    if step is not None and learning_rate is None:
        raise ValueError("learning_rate must be given with step: the gradient is what one step moved, divided by it")
    if (X is None) != (Y is None) or (predict is not None and X is None):
        raise ValueError("predict needs X and Y, and X and Y need each other: give all three, or X and Y alone")
    refuse_reordered(X, Y)
    rate = number("learning_rate", 1.0 if learning_rate is None else learning_rate, above=0)
    points, seed = at_most("points", whole_number("points", points, least=1), MOST_POINTS), whole_number("seed", seed)
    tolerance = number("tolerance", tolerance, above=0, below=1)
    stranger = Stranger(places, loss, gradient, step, rate, X, Y)
    with ExitStack() as afterwards, quiet():
        state = [remembered(X), remembered(Y), *state_of(parameters, places, (loss, gradient, step, predict))]
        for restore in [*state, *(place.restore for place in places)]:
            afterwards.callback(restore)
        start = stranger.theta()
        thetas = [start, *stranger.starts(max(points, 3) - 1, seed)]
        found = _looked_at(stranger, thetas[:points], tolerance)
        if predict is not None and not found.unrepeatable:
            found.add(*explained(stranger, predict, thetas[:3], found.passed, found.tolerance))
        if step is not None and found.verdict == WRONG and not (found.diagnosis is not None and found.diagnosis.faults):
            found.add(["One step must be a single update of plain descent, on all samples at once."])
    return found


def _looked_at(stranger: Stranger, thetas: Sequence[Array], tolerance: float) -> Audit:
    """Look at every place, after asking twice whether the program repeats itself."""
    stranger.refuse_tied(stranger.starts(1, seed=0)[0])
    first, unrepeatable = stranger.repeats(thetas[0])
    stranger.see_digits(thetas[0])
    floor = max(stranger.grain, stranger.epsilon * max(abs(stranger.loss_at(theta)) for theta in thetas))
    tolerance = max(tolerance, SINGLE_TOLERANCE) if stranger.single else tolerance
    whole, places, claims, numerical = stranger.data, [], [], []
    thetas = thetas[:1] if unrepeatable else thetas
    with shown_on_a_bar("audit", [place.size for place in stranger.places], len(thetas)) as each:
        for i, theta in enumerate(thetas):
            name = f"random start {i}" if i else "the given parameters"
            if i and i == len(thetas) - 1 and stranger.goes_on_with_one_sample(theta):
                name += " (one sample)"
            claims.append(stranger.gradient_at(theta))
            before = stranger.loss_at(theta)
            looked = partial(
                look, name, stranger.loss_at, theta, claims[-1], stranger.rows, floor=floor, each=each,
                tolerance=tolerance, reach=stranger.reach_at(theta), stored=stranger.stored,
                rounding=stranger.epsilon * abs(theta) / stranger.rate if stranger.step else None,
            )
            place, differences = looked(noise=stranger.noise_at(theta))
            # Of a loss that does not change at all, something else is said.
            if any(f.verdict == WRONG and f.largest for f in place.findings) and (jump := stranger.jump_at(theta)):
                place, differences = looked(noise=jump)
            # What has settled at the given parameters may still be on its way at others.
            unrepeatable = unrepeatable or another_loss(before, stranger.loss_at(theta), stranger.single)
            places.append((place, stranger.samples))
            numerical.append(differences)
    stranger.data = whole
    found = Audit(stranger, places, first, numerical[0], tolerance)
    found.unrepeatable = unrepeatable
    found.add(remarks(stranger, first, numerical[0], stranger.loss_at(thetas[0])))
    judged = [place for place, _ in places]
    found.add(afterthoughts(stranger, found.verdict, judged, thetas, claims, numerical, tolerance))
    return found
