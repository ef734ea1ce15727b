"""The search behind `diagnose`: which few faults, put into backpropagation, give the numbers that were found.

It goes from the output layer down. In each layer it keeps only the hypotheses that reproduce the derivatives of that
layer's weights and biases at all places, so that few are left for the layer below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arguments import Array, vector
from .faults import (
    FACTORS,
    FACTORS_BY_ROWS,
    NEVER_UPDATED,
    RIGHT,
    Formula,
    Layer,
    Plan,
    clip,
    clip_length,
    derive,
    factor,
    forward,
    penalty,
)
from .losses import Loss
from .network import Network

# So many different faults are looked for at once; each may stand in several layers.
MOST_FAULTS = 2
Row = tuple[int, str]


@dataclass
class Place:
    """What was found at one place: for each row, (layer, "weights" or "biases"), the numbers `found` and the `right` ones.

    `noise` is the rounding error of the right ones, where what is added up cancels.
    """

    theta: Array
    X: Array
    Y: Array
    layers: list[Layer]
    found: dict[Row, Array]
    right: dict[Row, Array]
    noise: dict[Row, float]


class Case:
    """A network, its loss, and the gradient on trial; `gradient` None is the network's own."""

    def __init__(
        self, network: Network, loss: Loss, gradient: Callable[[Array, Array, Array], Any] | None, tolerance: float
    ):
        self.network, self.loss, self.gradient, self.tolerance = network, loss, gradient, tolerance
        self.rows = list(self._rows(network.theta))
        self.rows_of = {layer: sum(number == layer for number, _ in self.rows) for layer, _ in self.rows}

    def look(self, theta: Array, X: Array, Y: Array) -> Place:
        """Ask the gradient at a place. Raises TypeError or ValueError where it does not give a number per parameter."""
        if self.gradient is None:
            self.network.theta = theta
            answer = self.network.gradient(X, Y, self.loss)
        else:
            answer = _flat(self.gradient(theta.copy(), X.copy(), Y.copy()))
        found = vector("the result of gradient(theta, X, Y)", answer, theta.size)
        right, noise = derive(self.network, theta, X, Y, self.loss, {}), {}
        layers = forward(self.network, theta, X, Y, self.loss)
        layers[-1].D_A = RIGHT["loss"].formula(layers[-1])
        for at in reversed(layers):
            at.D_Z = at.D_A * at.S
            added = abs(at.X).T @ abs(at.D_Z), abs(at.D_Z).sum(axis=0)
            for kind, terms in zip(("weights", "biases"), added):
                noise[at.number, kind] = 100 * np.finfo(np.float64).eps * terms.max()
            if at.number > 1:
                layers[at.number - 2].D_A = RIGHT["chain"].formula(at)
        rows = self._rows(found)
        for at in layers:
            at.dW = rows[at.number, "weights"]
        return Place(theta, X, Y, layers, rows, self._rows(right), noise)

    def agrees(self, place: Place, row: Row, expected: Array) -> bool:
        """Whether `expected` is what was found, to the tolerance."""
        found = place.found[row]
        largest = max(abs(found).max(), abs(expected).max())
        return bool(abs(found - expected).max() <= self.tolerance * largest + place.noise[row])

    def holds(self, plan: Plan, place: Place) -> bool:
        """Whether backpropagation with the faults of `plan` gives all that was found."""
        rows = self._rows(derive(self.network, place.theta, place.X, place.Y, self.loss, plan))
        return all(np.isfinite(values).all() and self.agrees(place, row, values) for row, values in rows.items())

    def _rows(self, gradient: Array) -> dict[Row, Array]:
        parts = enumerate(zip(*self.network.split(gradient)), start=1)
        kinds = ("weights", "biases")
        return {(n, kind): part for n, pair in parts for kind, part in zip(kinds, pair) if part is not None}


class Search:
    """The smallest plans, sets of faults, that hold at all places."""

    def __init__(self, case: Case, places: list[Place], catalogue: Sequence[Formula]):
        self.case, self.catalogue, self.top = case, catalogue, len(case.network.layers)
        # Random starts first: they refute more than parameters that may be all 0.
        self.places = places[1:] + places[:1]
        self.limit, self.budget, self.least = np.inf, 0, np.inf
        self.held: list[Plan] = []
        self.slopes = {
            at.number: list(self._variants("slope", [place.layers[at.number - 1] for place in places[1:] + places[:1]]))
            for at in places[0].layers
        }
        self.losses = list(self._variants("loss", self._at(self.top)))

    def smallest(self) -> list[Plan]:
        for self.budget in range(1, MOST_FAULTS + 1):
            self._from_the_top({})
            if clipped := self._clip():
                self.limit = abs(np.concatenate([f.ravel() for place in self.places for f in place.found.values()])).max()
                self._from_the_top(clipped)
                self.limit = np.inf
            if self.budget == 1:
                lengths = [np.sqrt(sum((f**2).sum() for f in place.found.values())) for place in self.places]
                if any(lengths):
                    self._record({(self.top, "clip"): clip_length(float(max(lengths)))})
            if self.held:
                break
        return [plan for plan in self.held if _total(plan) == self.least]

    def _clip(self) -> dict[Row, Formula]:
        """The plan that clips at the largest entry, if it comes up more than once."""
        entries = abs(np.concatenate([f.ravel() for place in self.places for f in place.found.values()]))
        often = (entries >= entries.max() * (1 - 1e-12)).sum() > 1
        return {(self.top, "clip"): clip(float(entries.max()))} if often and entries.any() else {}

    def _at(self, layer: int) -> list[Layer]:
        return [place.layers[layer - 1] for place in self.places]

    def _from_the_top(self, plan: dict[Row, Formula]) -> None:
        for entry, D_A in self.losses:
            extended = plan | entry
            if self._affordable(extended):
                self._descend(self.top, D_A, extended)

    def _descend(self, layer: int, D_A: list[Array], plan: dict[Row, Formula]) -> None:
        for entry, slopes in self.slopes[layer]:
            extended = plan | entry
            if not self._affordable(extended):
                continue
            factors = self._ascend(layer, D_A, slopes, extended)
            # A factor in this layer's rows may come from above, and then it goes on to the layers below.
            slot = (self.top, "loss factor") if layer == self.top else (layer + 1, "chain factor")
            for times in factors:
                scaled = [D * times.formula(at) for D, at in zip(D_A, self._at(layer))]
                if self._affordable(extended | {slot: times}):
                    self._ascend(layer, scaled, slopes, extended | {slot: times})

    def _ascend(self, layer: int, D_A: list[Array], slopes: list[Array], plan: dict[Row, Formula]) -> list[Formula]:
        """Hold the rows of the layer against what was found, and go on below. Returns the factors that were met."""
        for at, D, S in zip(self._at(layer), D_A, slopes):
            at.D_A, at.D_Z = D, D * S
        weights = list(self._rows((layer, "weights"), plan))
        biases = list(self._rows((layer, "biases"), plan)) if weights and (layer, "biases") in self.case.rows else [{}]
        below = list(self._variants("chain", self._at(layer))) if layer > 1 and weights and biases else []
        met = {}
        for first in weights:
            for second in biases:
                met |= {f.phrase: f for slot, f in (first | second).items() if slot[1].endswith("factor")}
                never = sum(f is NEVER_UPDATED for f in (first | second).values())
                extended = plan | first | second
                # A layer that is never updated has neither its weights nor its biases updated.
                if not self._affordable(extended) or never not in (0, self.case.rows_of[layer]):
                    continue
                if layer == 1:
                    self._record(extended)
                for entry, D_below in below:
                    if self._affordable(extended | entry):
                        self._descend(layer - 1, D_below, extended | entry)
                        for at, D, S in zip(self._at(layer), D_A, slopes):
                            at.D_A, at.D_Z = D, D * S
        return list(met.values())

    def _variants(self, slot: str, layers: list[Layer]) -> Iterator[tuple[dict[Row, Formula], list[Array]]]:
        """The right values of a term at all places, and those of all entries of the catalogue that differ from them."""
        right = [RIGHT[slot].formula(at) for at in layers]
        yield {}, right
        for entry in self.catalogue:
            if entry.term == slot:
                values = [_values(entry, at, R.shape) for at, R in zip(layers, right)]
                if all(v is not None for v in values) and not _same(values, right):
                    yield {(layers[0].number, slot): entry}, values

    def _rows(self, row: Row, plan: dict[Row, Formula]) -> Iterator[dict[Row, Formula]]:
        """The affordable faults that reproduce the weights or the biases of a layer, each a piece of a plan."""
        yield from self._fits(row, RIGHT[row[1]], plan, {})
        for entry in [*self.catalogue, NEVER_UPDATED]:
            if entry.term in (row[1], "update") and self._affordable(plan | {row: entry}):
                yield from self._fits(row, entry, plan | {row: entry}, {row: entry})

    def _fits(
        self, row: Row, entry: Formula, plan: dict[Row, Formula], piece: dict[Row, Formula]
    ) -> Iterator[dict[Row, Formula]]:
        models = self._models(plan) if entry is not NEVER_UPDATED else ["as it is"]
        samples = []
        for place in self.places:
            found, at = place.found[row], place.layers[row[0] - 1]
            values = np.zeros_like(found) if entry is NEVER_UPDATED else _values(entry, at, found.shape)
            if values is None:
                return
            values = np.clip(values, -self.limit, self.limit)
            samples.append((place, values, at.W if row[1] == "weights" else at.b))
            models = [model for model in models if self._solve(row, model, samples[-1:], 0) is not None]
            if not models:
                return
        for model in models:
            if (solved := self._solve(row, model, samples, len(model.split(" and ")))) is not None:
                yield from self._pieces(row, model, *solved, piece)
                return

    def _models(self, plan: Plan) -> list[str]:
        """What may go on top of a formula, as far as it is affordable."""
        spare, terms = self.budget - len(_kinds(plan)), [formula.term for formula in plan.values()]
        if self.limit < np.inf:
            return ["as it is"]
        costs = {"as it is": 0, "factor": "factor" not in terms, "penalty": "penalty" not in terms}
        costs["factor and penalty"] = costs["factor"] + costs["penalty"]
        return [model for model, cost in costs.items() if cost <= spare]

    def _solve(self, row: Row, model: str, samples: list, unknowns: int) -> tuple[float, float] | None:
        """The factor and the strength of the penalty with which the samples come out, if there are any."""
        if model == "as it is":
            return (1.0, 0.0) if all(self.case.agrees(place, row, values) for place, values, _ in samples) else None
        sizes = [abs(place.found[row]).max() or 1.0 for place, _, _ in samples]
        g = np.concatenate([place.found[row].ravel() / size for (place, _, _), size in zip(samples, sizes)])
        R = np.concatenate([values.ravel() / size for (_, values, _), size in zip(samples, sizes)])
        W = np.concatenate([added.ravel() / size for (_, _, added), size in zip(samples, sizes)])
        if unknowns and np.count_nonzero(g) <= unknowns:
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
        fits = all(self.case.agrees(place, row, times * values + plus * added) for place, values, added in samples)
        return (float(times), float(plus)) if fits else None

    def _pieces(
        self, row: Row, model: str, times: float, plus: float, piece: dict[Row, Formula]
    ) -> Iterator[dict[Row, Formula]]:
        layer, kind = row
        if "penalty" in model:
            piece = piece | {(layer, f"{kind} penalty"): penalty(kind, float(f"{plus:.6g}"))}
        if "factor" not in model:
            yield piece
            return
        for formula in self._named(times):
            yield piece | {(layer, f"{kind} factor"): formula}

    def _named(self, times: float) -> list[Formula]:
        """What a factor may be: with a name where it has one, and as a number where another place could tell."""
        at, rounded = self._at(self.top)[0], float(f"{times:.6g}")
        constants, by_rows = (
            [f for f in many if abs(f.formula(at) - times) <= 2 * self.case.tolerance * abs(times)]
            for many in (FACTORS, FACTORS_BY_ROWS)
        )
        return [*(constants or [factor(f"{rounded:.6g}", lambda at: rounded)]), *by_rows]

    def _affordable(self, plan: Plan) -> bool:
        return len(_kinds(plan)) <= self.budget and _total(plan) <= self.least

    def _record(self, plan: dict[Row, Formula]) -> None:
        for candidate in [plan, *self._factor_higher_up(plan)]:
            if candidate not in self.held and all(self.case.holds(candidate, place) for place in self.places):
                self.held.append(candidate)
                self.least = min(self.least, _total(candidate))

    def _factor_higher_up(self, plan: dict[Row, Formula]) -> Iterator[dict[Row, Formula]]:
        """The same numbers with a chain's factor further up, where the layers between show nothing of it."""
        for start in range(2, self.top + 1):
            if (times := plan.get((start, "chain factor"))) is None:
                continue
            moved = {row: formula for row, formula in plan.items() if row != (start, "chain factor")}
            for layer in range(start, self.top + 1):
                for slot in ("weights factor", "biases factor"):
                    if own := moved.get((layer, slot)):
                        at = self._at(self.top)[0]
                        moved[layer, slot] = self._named(own.formula(at) / times.formula(at))[0]
                slot = (layer + 1, "chain factor") if layer < self.top else (layer, "loss factor")
                if slot not in moved:
                    yield moved | {slot: times}


def _kinds(plan: Plan) -> set[tuple[str, str]]:
    """The different faults of a plan: the same formula in several layers is one."""
    return {(formula.term, formula.phrase) for formula in plan.values()}


def _total(plan: Plan) -> int:
    return sum(formula is not NEVER_UPDATED or slot == "weights" for (_, slot), formula in plan.items())


def _along(g: Array, R: Array) -> float:
    """How many times `R` goes into `g`; 1 where that cannot be told, because `R` is 0."""
    return float(g.dot(R) / R.dot(R)) if R.any() else 1.0


def _values(entry: Formula, at: Layer, shape: tuple) -> Array | None:
    """What the entry has for this layer, or None where it does not fit."""
    values = entry.formula(at)
    if values is None or np.shape(values) != shape or not np.isfinite(values).all():
        return None
    return np.asarray(values, dtype=np.float64)


def _same(values: Sequence[Array | None], right: list[Array]) -> bool:
    return all(np.allclose(v, R, rtol=1e-12, atol=1e-14 * abs(R).max()) for v, R in zip(values, right) if v is not None)


def _flat(answer: Any) -> Any:
    """A list of arrays as one vector; anything else as it is, without its shape."""
    if isinstance(answer, (list, tuple)) and any(np.ndim(part) for part in answer):
        return np.concatenate([np.ravel(part) for part in answer])
    return np.ravel(answer)
