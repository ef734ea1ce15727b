"""What speaks against a guess at a fault: evidence from the rows of a gradient, never the fault itself."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from ..activations import quiet
from ..arguments import Array, listed
from ..derivation import FACTORS, FACTORS_BY_ROWS, NEVER_UPDATED, Plan, clip, clip_length, derive, penalty
from ..evidence import places
from ..faults import CATALOGUE
from ..observations import Case, Row
from ..words import unlike

Guess = tuple[int, str]

TERMS = {
    "loss": "a fault in the derivative of the loss",
    "slope": "a fault in the slope of layer {layer}",
    "weights": "a fault in the weights of layer {layer}",
    "biases": "a fault in the biases of layer {layer}",
    "chain": "a fault in the chain from layer {layer} down to layer {below}",
    "factor": "a wrong factor in layer {layer}",
    "penalty": "a penalty in layer {layer}",
    "update": "a missing update of layer {layer}",
    "clip": "clipping",
}
STRENGTHS = (0.01, 0.1)


def in_words(guess: Guess) -> str:
    return TERMS[guess[1]].format(layer=guess[0], below=guess[0] - 1)


class Clues:
    """A gradient at the three places where `check_gradient` looks, beside what is right there."""

    def __init__(self, case: Case, X: Array, Y: Array):
        self.case, self.X, self.Y = case, X, Y
        with quiet():
            self.places = [case.look(theta, X, Y) for theta in places(case.network, X, 3, seed=0)]
        self.wrong_at = [
            {row for row in case.rows if not case.agrees(place, row, place.right[row])} for place in self.places
        ]
        self.wrong = set().union(*self.wrong_at)

    def unexplained(self, guesses: list[Guess]) -> str:
        """Why the guesses together are not all that is wrong, as a clause."""
        return next(self.reasons(guesses), "") or self._none_known(guesses)

    def reasons(self, guesses: list[Guess]) -> Iterator[str]:
        """What speaks against the guesses, as far as it can be seen without trying other faults."""
        found = [*map(self.against, guesses), *self._out_of_reach(guesses)]
        if len(guesses) == 1 and not any(found):
            found.append(self._alone(*guesses[0]))
        yield from filter(None, found)

    def against(self, guess: Guess) -> str:
        """What speaks against one guess, whatever else is wrong; "" where nothing does."""
        layer, term = guess
        silent = [row for row in self._certain(layer, term) if row not in self.wrong]
        if silent and term in ("weights", "biases"):
            return f"{_rows(silent)} are right at every place, so the fault is not there"
        if silent:
            return f"{_rows(silent)} are right at every place, and {in_words(guess)} would change them"
        if term == "update":
            for row in self._of(layer):
                if largest := max(abs(place.found[row]).max() for place in self.places):
                    return (
                        f"a layer that is never updated has derivatives of 0, and {_rows([row])} have derivatives "
                        f"up to {largest:.3g}"
                    )
        return ""

    def _of(self, layer: int) -> list[Row]:
        return [row for row in self.case.rows if row[0] == layer]

    def _certain(self, layer: int, term: str) -> list[Row]:
        """The rows that such a fault changes, whatever stands there."""
        if term in ("weights", "biases"):
            return [(layer, term)]
        if term in ("loss", "slope", "update"):
            return self._of(layer)
        return self._of(layer - 1) if term == "chain" else []

    def _possible(self, layer: int, term: str) -> list[Row]:
        """The rows that such a fault can change."""
        if term in ("weights", "biases"):
            return [(layer, term)]
        if term in ("update", "penalty"):
            return self._of(layer)
        return [row for row in self.case.rows if row[0] <= layer - (term == "chain")]

    def _out_of_reach(self, guesses: list[Guess]) -> Iterator[str]:
        reached = {row for guess in guesses for row in self._possible(*guess)}
        if missed := [row for row in self.case.rows if row in self.wrong - reached]:
            named = " with ".join(map(in_words, guesses))
            yield f"{_rows(missed)} are wrong, and {named} does not reach them"

    def _alone(self, layer: int, term: str) -> str:
        """What speaks against a guess where nothing else is wrong."""
        if term == "factor":
            return self._no_factor(layer)
        if term == "penalty":
            return self._no_penalty(layer)
        if term == "clip":
            return self._no_clipping()
        return self._another_truth(layer) if term == "slope" else ""

    def _no_factor(self, layer: int) -> str:
        for row in sorted(self.wrong):
            rights = [at.right[row] for at in self.places]
            match self._against_a_multiple(row, rights, [0.0 * right for right in rights]):
                case [place]:
                    return f"no factor turns the right derivatives into those of {_rows([row])} at {place}"
                case [*found]:
                    return (
                        f"a factor is the same at every place, and the derivatives in {_rows([row])} are the right "
                        f"ones times {', and times '.join(found)}"
                    )
        own = self.wrong & {*self._of(layer)}
        if not own and not {*self._of(layer - 1)} <= self.wrong:
            return f"a factor in layer {layer} shows in its own derivatives or, on the way down, in all of those below"
        return ""

    def _no_penalty(self, layer: int) -> str:
        for row in sorted(self.wrong):
            said = f"a penalty adds a fixed multiple of the {row[1]} themselves, and what {_rows([row])} are off by"
            thetas = [self.case.by_row(at.theta)[row] for at in self.places]
            match self._against_a_multiple(row, thetas, [at.right[row] for at in self.places]):
                case [place]:
                    return f"{said} at {place} is no such multiple"
                case [*found]:
                    return f"{said} is them times {', and times '.join(found)}"
        return ""

    def _against_a_multiple(self, row: Row, parts: list[Array], rests: list[Array]) -> list[str] | None:
        """What speaks against its rest and a multiple of its part, the same at every place, as what a row is.

        The name of a place where there is no such multiple, or two that differ, each with its place. None where
        nothing does.
        """
        first, there = None, ""
        for number, (place, part, rest) in enumerate(zip(self.places, parts, rests)):
            times = float(((place.found[row] - rest) * part).sum() / (part**2).sum()) if part.any() else 0.0
            if not self.case.agrees(place, row, rest + times * part):
                return [_name(number)]
            if part.any():
                first, there = (times, _name(number)) if first is None else (first, there)
                if not self.case.agrees(place, row, rest + first * part):
                    return [f"{value} at {at}" for value, at in zip(unlike(first, times), (there, _name(number)))]
        return None

    def _no_clipping(self) -> str:
        for number, place in enumerate(self.places):
            found, right = (
                np.concatenate([part.ravel() for part in rows.values()]) for rows in (place.found, place.right)
            )
            times = found @ right / (right @ right) if right.any() else 1.0
            shorter = np.allclose(found, times * right, rtol=1e-6, atol=1e-9) and times <= 1 + 1e-9
            cut = np.allclose(found, np.clip(right, -abs(found).max(), abs(found).max()), rtol=1e-6, atol=1e-9)
            if not shorter and not cut:
                return (
                    f"clipping shortens the whole gradient or cuts its largest entries, and at {_name(number)} "
                    "what is found is neither the right one shortened nor the right one cut"
                )
        return ""

    def _another_truth(self, layer: int) -> str:
        """A slope knows the sums alone: with a single row, what it is off by is the same for every truth."""
        kind = "biases" if (layer, "biases") in self.case.rows else "weights"
        with quiet():
            one, other = (self.case.look(self.places[1].theta, self.X[-1:], self.Y[-1:] + by) for by in (0.0, 0.3))
            entry = np.argmax(abs(one.right[layer, kind]))
            ratios = [at.found[layer, kind].flat[entry] / at.right[layer, kind].flat[entry] for at in (one, other)]
        if np.isfinite(ratios).all() and np.ptp(ratios) > 1e-5 * abs(ratios[0]):
            first, second = unlike(*ratios)
            return (
                f"a slope does not know the truth, and with the last row alone the largest derivative in the {kind} of "
                f"layer {layer} is off by the factor {first}, with another truth by {second}"
            )
        return ""

    def _none_known(self, guesses: list[Guess]) -> str:
        """All known faults of the guessed terms are tried."""
        tried, nearest, where = 0, np.inf, ""
        for combination in product(*(self._plans(*guess) for guess in guesses)):
            misses = list(self._misses({slot: entry for part in combination for slot, entry in part.items()}))
            if misses:
                tried += 1
                nearest, where = min((nearest, where), max(misses))
        return (
            f"{tried} known forms of {' with '.join(map(in_words, guesses))} were put into backpropagation, and none "
            f"gives these numbers: the nearest is off by {nearest:.1%} {where}"
        )

    def _plans(self, layer: int, term: str) -> Iterator[Plan]:
        kinds = [kind for _, kind in self._of(layer)]
        if term == "factor":
            slots = [*kinds, *["loss"] * (layer == len(self.case.network.layers)), *["chain"] * (layer > 1)]
            yield from ({(layer, f"{s} factor"): f} for s in slots for f in [*FACTORS, *FACTORS_BY_ROWS])
        elif term == "penalty":
            yield from ({(layer, f"{kind} penalty"): penalty(kind, s)} for kind in kinds for s in STRENGTHS)
        elif term == "update":
            yield {(layer, kind): NEVER_UPDATED for kind in kinds}
        elif term == "clip":
            # What clipping has changed is as large as its limit.
            found = [np.concatenate([part.ravel() for part in place.found.values()]) for place in self.places]
            for clipped, sizes in ((clip, [abs(g).max() for g in found]), (clip_length, map(np.linalg.norm, found))):
                yield from ({(layer, term): clipped(float(limit))} for limit in dict.fromkeys(sizes))
        else:
            yield from ({(layer, term): entry} for entry in CATALOGUE if entry.term == term)

    def _misses(self, plan: Plan) -> Iterator[tuple[float, str]]:
        """How far the plan's numbers are from those found, relative to the largest of the row, and where."""
        for number, place in enumerate(self.places):
            try:
                gradient = derive(self.case.network, place.theta, place.X, place.Y, self.case.loss, plan)
            except (TypeError, ValueError):
                return
            # A form that does not apply to this network has no number.
            if np.isnan(gradient).any():
                return
            for row, values in self.case.by_row(gradient).items():
                largest = max(abs(values).max(), abs(place.found[row]).max()) or 1.0
                error = float(abs(values - place.found[row]).max() / largest)
                if np.isfinite(error):
                    yield error, f"in {_rows([row])} at {_name(number)}"


def _rows(rows: list[Row]) -> str:
    return listed([f"the {kind} of layer {layer}" for layer, kind in rows])


def _name(number: int) -> str:
    return f"random start {number}" if number else "the given parameters"
