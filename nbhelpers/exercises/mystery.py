"""Find the fault: gradients with a fault that the learner has not seen, the last exercise of every lesson.

The faults are those of the catalogue of `diagnose`, and only such as it names without a doubt are handed out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, islice, zip_longest
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..activations import quiet
from ..arguments import Array, listed, plain, shown, vector, whole_number
from ..derivation import (
    FACTORS,
    FACTORS_BY_ROWS,
    NEVER_UPDATED,
    Plan,
    clip,
    clip_length,
    derive,
    penalty,
    sentence,
)
from ..diagnosis import diagnose
from ..edges import Fixed
from ..evidence import places
from ..faults import CATALOGUE
from ..losses import Loss
from ..network import Network
from ..observations import Case
from .clues import STRENGTHS, TERMS, Clues, Guess
from .judge import Verdict

# So many seeds in a row have different faults, as far as there are as many.
CLASS = 40
NUMBERS = {"one": 1, "first": 1, "two": 2, "second": 2, "three": 3, "third": 3, "four": 4, "fourth": 4}
SINGULAR = {"bias": "biases", "weight": "weights"}


class Lesson(NamedTuple):
    """The network, the data and the loss of a lesson."""

    build: Callable[[], Network]
    data: Callable[[], tuple[Array, Array]]
    loss: Loss


class Suspect(Fixed):
    """A function `suspect(theta, X, Y)` that gives a gradient, shape (parameters,), with a fault drawn by `seed`.

    `theta` has as many numbers as the lesson's network has parameters; `X` and `Y` may have any number of rows.
    `grade` 1 is a single fault that shows at the lesson's start, 2 one that shows at some places only, 3 is two at
    once. Raises TypeError or ValueError for what does not fit.
    """

    lesson: Lesson
    seed: int
    grade: int

    def __init__(self, lesson: Lesson, seed: int, grade: int = 1):
        seed, grade = whole_number("seed", seed), whole_number("grade", grade, least=1, most=3)
        vars(self).update(lesson=lesson, seed=seed, grade=grade)

    def __call__(self, theta: ArrayLike, X: ArrayLike, Y: ArrayLike) -> Array:
        network, loss = _network(self.lesson), self.lesson.loss
        theta = vector("theta", plain(theta), network.theta.size)
        X, Y, loss = network.check(plain(X), plain(Y), loss)
        return derive(network, theta.copy(), X.copy(), Y.copy(), loss, _fault(self.lesson, self.seed, self.grade))

    def __repr__(self) -> str:
        faults = "two unknown faults" if self.grade == 3 else "an unknown fault"
        return f"a gradient with {faults} (seed {self.seed})"


def check_mystery(suspect: Any, *faults: Any, layer: Any = None, term: Any = None) -> Verdict:
    """Whether that is the fault of `suspect`; else the Verdict has the evidence that speaks against it. Never raises.

    `layer` is counted from 1 and `term` is a word such as "slope". For two faults, give two pairs:
    `check_mystery(suspect, (1, "slope"), (2, "weights"))`. What concerns the loss or the whole gradient is counted with
    the last layer, and a chain with the layer that it comes down from.
    """
    if not _is(suspect, Suspect):
        return Verdict(False, f"The checker needs what `mystery` gave you, got {shown(suspect, Suspect)}.")
    # Both pairs may stand in one list.
    faults = (*faults[0],) if len(faults) == 1 and _is_list_of_pairs(faults[0]) else faults
    given = [*faults, *[(layer, term)] * (layer is not None or term is not None or not faults)]
    network, guesses = _network(suspect.lesson), []
    if not faults and layer is None and term is None or layer is ... or term is ...:
        return Verdict(False, 'Not answered yet: name a layer and a term, such as layer=1, term="slope".')
    if any(part is ... for fault in given if _is(fault, tuple, list) for part in fault):
        return Verdict(False, 'Not answered yet: write each fault as a layer and a term, such as (1, "slope").')
    for fault in given:
        if not (_is(fault, tuple, list) and len(fault) == 2):
            return Verdict(False, 'Not yet: write each fault as a layer and a term, such as (1, "slope").')
        guess, problem = _read(network, *fault)
        if problem:
            return Verdict(False, f"Not yet: {problem}.")
        guesses.append(guess)
    guesses = list(dict.fromkeys(guesses))
    if len(guesses) > (most := 2 if suspect.grade == 3 else 1):
        return Verdict(False, f"Not yet: grade {suspect.grade} has {'two faults' if most == 2 else 'one fault'}.")
    plan = _fault(suspect.lesson, suspect.seed, suspect.grade)
    truth = _named(suspect.lesson, plan)
    if {*guesses} == truth.keys():
        return Verdict(True, f"Right: {' '.join(truth.values())}")
    wrong = [guess for guess in guesses if guess not in truth]
    clues = _clues(suspect.lesson, plan)
    said = next(filter(None, map(clues.against, wrong)), "") or clues.unexplained(guesses)
    return Verdict(False, f"{'Not yet' if len(wrong) == len(guesses) else 'One is right, but it is not all'}: {said}.")


def _is(value: Any, *types: type) -> bool:
    # isinstance would ask the object itself, which may raise.
    return issubclass(type(value), types)


def _is_list_of_pairs(value: Any) -> bool:
    return _is(value, list, tuple) and bool(value) and all(_is(part, list, tuple) for part in value)


def _read(network: Network, layer: Any, term: Any) -> tuple[Guess, str]:
    """A guess as the learner writes it; and what does not fit in it, "" where all does."""
    top, nowhere = len(network.layers), (0, "")
    # A whole number of 5000 digits has no text.
    readable = _is(layer, str, float, np.number) or (type(layer) is int and abs(layer) < 1000)
    # Neither -1 nor 1.5 is layer 1; but "layer-1" is.
    words = re.findall(r"[a-z]+|(?<!\w)-\d+|\d+(?:\.\d+)?", str(layer).lower().removesuffix(".0")) if readable else []
    named = NUMBERS | {str(n): n for n in range(1, top + 1)} | {"last": top, "output": top, "hidden": 1}
    numbers = {named[word] for word in words if word in named}
    if len(numbers) != 1 or not 1 <= (number := numbers.pop()) <= top:
        return nowhere, f"the layers are counted {listed([str(n) for n in range(1, top + 1)])}; give one of these"
    word = term.strip().lower() if _is(term, str) else ""
    word = next((SINGULAR.get(w, w) for w in (word, word.removesuffix("s")) if w in {*TERMS, *SINGULAR}), "")
    if not word:
        return nowhere, f"the term is one of {', '.join(TERMS)}"
    if word == "biases" and network.biases[number - 1] is None:
        return nowhere, f"layer {number} has no biases"
    if word == "chain" and number == 1:
        return nowhere, "no chain goes down from layer 1; it is counted with the layer that it comes down from"
    if word in ("loss", "clip") and number < top:
        return nowhere, f"what concerns the loss or the whole gradient is counted with the last layer, {top}"
    return (number, word), ""


@cache
def _network(lesson: Lesson) -> Network:
    return lesson.build()


def _clues(lesson: Lesson, plan: Plan) -> Clues:
    network, (X, Y) = _network(lesson), lesson.data()
    return Clues(Case(network.copy(), lesson.loss, _derived(lesson, plan), 1e-6), X, Y)


def _derived(lesson: Lesson, plan: Plan) -> Callable[[Array, Array, Array], Array]:
    return lambda theta, X, Y: derive(_network(lesson), theta, X, Y, lesson.loss, plan)


def _named(lesson: Lesson, plan: Plan) -> dict[Guess, str]:
    """The layers and terms of a plan, and the sentence of each."""
    return {
        (layer, formula.term): sentence(layer, slot, formula, _network(lesson), lesson.loss)
        for (layer, slot), formula in plan.items()
    }


class Drawn:
    """A list of plans that grows as far as it is asked for, and begins again where there are no more."""

    def __init__(self, draw: Callable[[], Iterator[Plan]]):
        self.draw, self.found, self.lock = draw, list[Plan](), RLock()
        self.plans: Iterator[Plan] | None = None

    def __getitem__(self, place: int) -> Plan:
        with self.lock:
            # What the stop button has ended gives no more: it is drawn anew, up to where it was.
            plans, self.plans = self.plans or islice(self.draw(), len(self.found), None), None
            self.found += islice(plans, max(0, place + 1 - len(self.found)))
            self.plans = plans
            return self.found[place % len(self.found)]


@cache
def _drawn(lesson: Lesson, grade: int, block: int) -> Drawn:
    return Drawn(lambda: _suited(lesson, np.random.default_rng([grade, block]), grade))


def _fault(lesson: Lesson, seed: int, grade: int) -> Plan:
    """The plan that the seed draws."""
    block, place = (seed, 0) if grade == 3 else divmod(seed, CLASS)
    return _drawn(lesson, grade, block)[place]


def _suited(lesson: Lesson, random: np.random.Generator, grade: int) -> Iterator[Plan]:
    """The faults of a grade in a random order, the terms in turn."""
    groups: dict[str, list[Plan]] = {}
    for plan in [*_singles(lesson), *(_clips(lesson) if grade == 2 else [])]:
        groups.setdefault(next(iter(plan.values())).term, []).append(plan)
    if grade == 3:
        for _ in range(1000):
            terms = random.permutation([*groups])[:2]
            first, second = (groups[term][random.integers(len(groups[term]))] for term in terms)
            if _suits(lesson, pair := {**first, **second}, grade):
                yield pair
        return
    mixed = [[plans[i] for i in random.permutation(len(plans))] for plans in groups.values()]
    suited = [filter(lambda plan: _suits(lesson, plan, grade), plans) for plans in mixed]
    yield from filter(None, chain.from_iterable(zip_longest(*suited)))


def _suits(lesson: Lesson, plan: Plan, grade: int) -> bool:
    """Whether the fault shows where its grade says, and whether it is the only explanation of what it does."""
    network, (X, Y), truth = _network(lesson), lesson.data(), _named(lesson, plan)
    if len(truth) != (2 if grade == 3 else 1):
        return False
    try:
        clues = _clues(lesson, plan)
        shows = [bool(rows) for rows in clues.wrong_at]
        if not (any(shows) and not all(shows) if grade == 2 else shows[0]) or any(clues.reasons([*truth])):
            return False
        found = diagnose(network, X, Y, lesson.loss, _derived(lesson, plan))
    except (TypeError, ValueError):
        # A formula that does not fit this network.
        return False
    return [{(fault.layer, fault.term): fault.sentence for fault in faults} for faults in found.explanations] == [truth]


def _singles(lesson: Lesson) -> Iterator[Plan]:
    """Every fault of the catalogue wherever it can be; of the factors only those that no other fault looks like."""
    network = _network(lesson)
    top, factors = len(network.layers), [*FACTORS, *FACTORS_BY_ROWS]
    for layer, biases in enumerate(network.biases, start=1):
        kinds = ["weights"] if biases is None else ["weights", "biases"]
        here = ["slope", *kinds, *["chain"] * (layer > 1), *["loss"] * (layer == top)]
        yield from ({(layer, entry.term): entry} for entry in CATALOGUE if entry.term in here)
        yield from ({(layer, f"{kind} factor"): times} for kind in kinds for times in factors)
        yield from ({(layer, f"{kind} penalty"): penalty(kind, strength)} for kind in kinds for strength in STRENGTHS)
        yield {(layer, kind): NEVER_UPDATED for kind in kinds}
    yield from ({(top, "loss factor"): times} for times in factors)


def _clips(lesson: Lesson) -> Iterator[Plan]:
    """Clipping at limits that some of the gradients reach."""
    network, (X, Y) = _network(lesson), lesson.data()
    with quiet():
        gradients = [_derived(lesson, {})(theta, X, Y) for theta in places(network, X, 3, 0)]
    largest, lengths = ([size(g) for g in gradients] for size in (lambda g: abs(g).max(), np.linalg.norm))
    for sizes, clipped in ((largest, clip), (lengths, clip_length)):
        low, high = min(sizes), max(sizes)
        limits = dict.fromkeys(float(f"{low + share * (high - low):.3g}") for share in np.linspace(0.2, 0.8, 7))
        yield from ({(len(network.layers), "clip"): clipped(limit)} for limit in limits)
