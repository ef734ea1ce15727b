"""The search behind `diagnose`: which few faults, put into backpropagation, give the numbers that were found.

It goes from the output layer down. In each layer it keeps only the hypotheses that reproduce the derivatives of that
layer's weights and biases at all places, so that few are left for the layer below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from .arguments import Array
from .derivation import (
    FACTORS,
    FACTORS_BY_ROWS,
    NEVER_UPDATED,
    RIGHT,
    Formula,
    Layer,
    Plan,
    clip,
    clip_length,
    factor,
    penalty,
)
from .observations import Case, Place, Row

# So many different faults are looked for at once; each may stand in several layers.
MOST_FAULTS = 2


class Search:
    """The smallest plans, sets of faults, that hold at all places; `each` goes through the steps of the search."""

    def __init__(
        self, case: Case, places: list[Place], catalogue: Sequence[Formula], each: Callable[[list], Iterable] = iter
    ):
        self.case, self.catalogue, self.each, self.top = case, catalogue, each, len(case.network.layers)
        # Random starts first: they refute more than parameters that may be all 0.
        self.places = places[1:] + places[:1]
        self.limit, self.budget, self.least = np.inf, 0, np.inf
        self.held: list[Plan] = []
        self.slopes = {
            layer: list(self._variants("slope", self._at(layer))) for layer in range(1, self.top + 1)
        }
        self.losses = list(self._variants("loss", self._at(self.top)))

    def smallest(self) -> list[Plan]:
        for self.budget in range(1, MOST_FAULTS + 1):
            self._from_the_top({})
            self._clipped()
            if self.held:
                break
        return [plan for plan in self.held if total(plan) == self.least]

    def _clipped(self) -> None:
        """Gradients whose largest entry, or whose length, was too large at some places."""
        gradients = [np.concatenate([f.ravel() for f in place.found.values()]) for place in self.places]
        sizes = abs(np.concatenate(gradients))
        if not any(place.heard(row) for place in self.places for row in self.case.rows):
            return
        # Where a limit was at work, it comes up more than once.
        if (sizes >= sizes.max() * (1 - 1e-12)).sum() > 1:
            self.limit = float(sizes.max())
            self._from_the_top({(self.top, "clip"): clip(self.limit)})
            self.limit = np.inf
        self._record({(self.top, "clip"): clip_length(float(max(map(np.linalg.norm, gradients))))})

    def _at(self, layer: int) -> list[Layer]:
        return [place.layers[layer - 1] for place in self.places]

    def _from_the_top(self, plan: dict[Row, Formula]) -> None:
        for entry, D_A in self.losses:
            extended = plan | entry
            if self._affordable(extended):
                self._descend(self.top, D_A, extended)

    def _descend(self, layer: int, D_A: list[Array], plan: dict[Row, Formula]) -> None:
        for entry, slopes in self.each(self.slopes[layer]):
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
        # Those of the weights alone too: a single bias cannot tell a factor from anything else.
        pieces = [*weights, *biases]
        met = {f.phrase: f for piece in pieces for slot, f in piece.items() if slot[1].endswith("factor")}
        for first in weights:
            for second in biases:
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
        return list(met.values())

    def _variants(self, slot: str, layers: list[Layer]) -> Iterator[tuple[dict[Row, Formula], list[Array]]]:
        """The right values of a term at all places, and those of all entries of the catalogue that differ from them."""
        right = [RIGHT[slot].formula(at) for at in layers]
        yield {}, right
        for entry in self.catalogue:
            if entry.term == slot:
                values = [v for at, R in zip(layers, right) if (v := _values(entry, at, R.shape)) is not None]
                if len(values) == len(right) and not _same(values, right):
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
            models = [model for model in models if self.case.solve(row, model, samples[-1:], 0) is not None]
            if not models:
                return
        for model in models:
            if (solved := self.case.solve(row, model, samples, len(model.split(" and ")))) is not None:
                yield from self._pieces(row, model, *solved, piece)
                return

    def _models(self, plan: Plan) -> list[str]:
        """What may go on top of a formula, as far as it is affordable."""
        spare, terms = self.budget - len(kinds(plan)), [formula.term for formula in plan.values()]
        if self.limit < np.inf:
            return ["as it is"]
        costs = {"as it is": 0, "factor": "factor" not in terms, "penalty": "penalty" not in terms}
        costs["factor and penalty"] = costs["factor"] + costs["penalty"]
        return [model for model, cost in costs.items() if cost <= spare]

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
        return len(kinds(plan)) <= self.budget and total(plan) <= self.least

    def _record(self, plan: dict[Row, Formula]) -> None:
        for candidate in [plan, *self._factor_higher_up(plan)]:
            if candidate not in self.held and all(self.case.holds(candidate, place) for place in self.places):
                self.held.append(candidate)
                self.least = min(self.least, total(candidate))

    def _factor_higher_up(self, plan: dict[Row, Formula]) -> Iterator[dict[Row, Formula]]:
        """The same numbers with a chain's factor further up, where the layers between show nothing of it."""
        for start in range(2, self.top + 1):
            if (times := plan.get((start, "chain factor"))) is None:
                continue
            moved = {row: formula for row, formula in plan.items() if row != (start, "chain factor")}
            for layer in range(start, self.top + 1):
                for kind in ("weights factor", "biases factor"):
                    if own := moved.get((layer, kind)):
                        at = self._at(self.top)[0]
                        moved[layer, kind] = self._named(own.formula(at) / times.formula(at))[0]
                slot = (layer + 1, "chain factor") if layer < self.top else (layer, "loss factor")
                if slot not in moved:
                    yield moved | {slot: times}


def kinds(plan: Plan) -> set[tuple[str, str]]:
    """The different faults of a plan: the same formula in several layers is one."""
    return {(formula.term, formula.phrase) for formula in plan.values()}


def total(plan: Plan) -> int:
    return sum(formula is not NEVER_UPDATED or slot == "weights" for (_, slot), formula in plan.items())


def _values(entry: Formula, at: Layer, shape: tuple) -> Array | None:
    """What the entry has for this layer, or None where it does not fit."""
    values = entry.formula(at)
    if values is None or np.shape(values) != shape or not np.isfinite(values).all():
        return None
    return np.asarray(values, dtype=np.float64)


def _same(values: list[Array], right: list[Array]) -> bool:
    return all(np.allclose(v, R, rtol=1e-12, atol=1e-14 * abs(R).max()) for v, R in zip(values, right))
