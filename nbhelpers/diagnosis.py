"""Which term is wrong: backpropagation is derived again with known faults in it, until one gives the wrong numbers.

Measured by `python -m tests.planted` in 50 random networks of one to three layers: every fault of the catalogue in
every layer, 60 random pairs in each network where they fit, and ten faults that are in no catalogue, in every layer.

| planted | cases | named | either this or that | fewer or others | nothing | named wrong | seconds, 99 % below |
|---|---|---|---|---|---|---|---|
| one fault | 9163 | 91.3 % | 8.7 % | 0 | 0 | 0 | 0.02, 0.04 |
| two | 1621 | 65.3 % | 15.2 % | 17.7 % | 1.7 % | 0 | 0.04, 0.17 |
| an unknown one | 885 | 0 | 0 | 7.7 % | 92.3 % | 0 | 0.05, 0.25 |

"Fewer or others" give the same numbers wherever one looks: two faults may come to one, and in some networks an
unknown one to a known one. "Nothing" is said of two where one is a limit, and once of a factor beside a penalty.
In 80 networks, with 80 pairs in each, none of 3494 was named wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .activations import quiet
from .arguments import Array, listed, number, shown, whole_number
from .derivation import RIGHT, Formula, Plan, forward, sentence
from .edges import spelled
from .evidence import MOST_POINTS, places, same_everywhere, shown_on_a_bar
from .faults import CATALOGUE
from .hypotheses import Search
from .losses import Loss, binary_cross_entropy
from .network import Network, network_of
from .observations import Case, Place, Row, misfits
from .parameters import remembered
from .settings import at_most, function, listing

# An explanation has to hold at one more start for each of these, with all parameters multiplied by it: a limit or a
# threshold may show with large ones alone, or with small, and at few places of these.
FRESH = 4 * (1.0, 2.0, 0.5, 3.0, 0.2)

# Programs clip the outputs in a logarithm so near to 0 and 1, or nearer, and each goes on in its own way there.
CLIPPED = 1e-7


class Fault(NamedTuple):
    """A fault: its layer, counted from 1, the term that is wrong, and a sentence that says what stands there.

    `term` is "loss", "slope", "weights", "biases", "chain", "factor", "penalty", "update" or "clip". What concerns
    the loss or the whole gradient is counted with the last layer, and a chain with the layer that it comes down from.
    """

    layer: int
    term: str
    sentence: str


class Diagnosis:
    """What `diagnose` found; true where the gradient is right.

    explanations: the smallest sets of faults that reproduce the numbers at every place, each a list of Fault; more than
        one where several give the same numbers. Empty where nothing is wrong, or nothing known explains it.
    faults: the faults of all explanations, from the output layer down.
    wrong: the rows of the gradient that are wrong, such as "layer 1 weights".
    unseen: the rows that are 0 or rounding at every place, as they should be: nothing can be said of them.
    points: the number of places looked at.
    same: whether the gradient is the same at all of them, as of a function that does not read its theta.
    text: the same in words.
    """

    def __init__(self, explanations: list[list[Fault]], wrong: list[str], unseen: list[str], points: int,
                 same: bool = False):
        self.explanations, self.wrong, self.unseen, self.points, self.same = explanations, wrong, unseen, points, same

    @property
    def faults(self) -> list[Fault]:
        found = dict.fromkeys(fault for faults in self.explanations for fault in faults)
        return sorted(found, key=lambda fault: -fault.layer)

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.unseen

    def __bool__(self) -> bool:
        return self.passed

    @property
    def text(self) -> str:
        if self.wrong:
            return self._explained()
        places = "the one place looked at" if self.points == 1 else f"all {self.points} places"
        if self.unseen:
            unseen = listed(self.unseen)
            return f"Nothing is wrong at {places}, but {unseen} cannot be judged: all is 0 or rounding there."
        return f"The gradient is right at {places}."

    def _explained(self) -> str:
        if not self.explanations:
            same = " It gives the same numbers at every place: does it read theta?" if self.same else ""
            rows = listed(self.wrong)
            return f"No single known fault explains this, nor do two; the rows that are wrong: {rows}.{same}"
        common = [fault for fault in self.faults if all(fault in faults for faults in self.explanations)]
        sentences = [fault.sentence for fault in common]
        others = [[fault for fault in faults if fault not in common] for faults in self.explanations]
        if len(others) > 1:
            shown = [_clause(faults) for faults in others[:4]]
            rest = [f"one of {len(others) - 4} others with the same numbers"] if len(others) > 4 else []
            sentences.append(f"Either {', or '.join(shown + rest)}.")
        return " ".join(sentences)

    def __repr__(self) -> str:
        return self.text


@spelled
def diagnose(
    network: Network, X: ArrayLike, Y: ArrayLike, loss: Loss | str,
    gradient: Callable[[Array, Array, Array], Any] | None = None, *, points: int = 3, seed: int = 0,
    tolerance: float = 1e-6, catalogue: Sequence[Formula] = CATALOGUE,
) -> Diagnosis:
    """Find the terms in which a wrong gradient differs from backpropagation. Returns a Diagnosis.

    `gradient` is the function `gradient(theta, X, Y)` on trial; it gets copies, and may return any array or list with a
    number for each parameter. Without it, the network's own is tried. It is looked at with the network's theta and
    with `points` - 1 random starts, drawn with `seed`. A number is reproduced where it is off by at most `tolerance`
    times the largest entry of its row, the weights or the biases of a layer; for a gradient in float32 that is 1e-3 at
    least. What explains the numbers is then tried at twenty fresh starts, where it has to hold, and with fewer rows,
    which may tell explanations from each other.

    The network's own activations and loss are tried first, against differences: they may be of your own making too.
    `catalogue` may have faults of yours:

    >>> from nbhelpers import Dense, Network, diagnose, mse, sigmoid, truth_table
    >>> from nbhelpers.faults import CATALOGUE, Formula
    >>> import numpy as np
    >>> squared = Formula("weights", "the input is squared", lambda at: (at.X**2).T @ at.D_Z)
    >>> network = Network(1, [Dense(1, sigmoid)]).initialize("normal", seed=0)
    >>> X, Y = np.array([[2.0], [3.0]]), np.array([[0.0], [1.0]])
    >>> def gradient(theta, X, Y):
    ...     A = sigmoid.value(X * theta[0] + theta[1])
    ...     D = (A - Y) * A * (1 - A)
    ...     return [(D * X**2).sum(), D.sum()]
    >>> diagnose(network, X, Y, mse, gradient, catalogue=[*CATALOGUE, squared])
    In the derivatives of the weights of layer 1 the input is squared.

    Raises TypeError or ValueError for arguments that do not fit.
    """
    network_of(network)
    if gradient is not None:
        function("gradient", gradient, "theta", "X", "Y")
    catalogue = listing("catalogue", catalogue)
    for entry in catalogue:
        if not (isinstance(entry, Formula) and entry.term in RIGHT and callable(entry.formula)):
            terms = ", ".join(RIGHT)
            came = shown(entry, Formula)
            raise TypeError(f"catalogue must be a list of Formula with a term of {terms}; got {came} in it")
    X, Y, loss = network.check(X, Y, loss)
    points, seed = at_most("points", whole_number("points", points, least=1), MOST_POINTS), whole_number("seed", seed)
    case = Case(network.copy(), loss, gradient, number("tolerance", tolerance, above=0, below=1))
    with ExitStack() as afterwards, quiet(), shown_on_a_bar("diagnose") as each:
        # The function on trial may use the very network, and move it.
        afterwards.callback(remembered(network.theta))
        start = forward(network, places(network, X, 2, seed)[1], X, Y, loss)
        if own := [_own_fault(layer, term, network, loss) for layer, term in misfits(start)]:
            return Diagnosis([own], _names([row for row in case.rows if row[0] <= own[-1].layer]), [], points)
        wrong, unseen, plans, same = explain(case, X, Y, points, seed, catalogue, each)
    explanations = list(dict.fromkeys(tuple(_faults(plan, network, loss)) for plan in plans))
    return Diagnosis([list(faults) for faults in explanations], _names(wrong), _names(unseen), points, same)


def explain(
    case: Case, X: Array, Y: Array, points: int, seed: int, catalogue: Sequence[Formula],
    each: Callable[[list], Iterable] = iter,
) -> tuple[list[Row], list[Row], list[Plan], bool]:
    """The rows that are wrong, those that tell nothing anywhere, and the smallest plans that explain the wrong ones.

    And whether the gradient is the same at all places. `each` goes through the steps.
    """
    thetas = places(case.network, X, points + len(FRESH), seed)
    thetas, fresh = thetas[:points], [size * theta for size, theta in zip(FRESH, thetas[points:])]
    seen = [case.look(theta, X, Y) for theta in each(thetas)]
    wrong = _wrong(case, seen)
    unseen = [row for row in case.rows if not any(place.tells(row) for place in seen)]
    clear = [place for place in seen if _unclipped(place, case.loss)]
    tried = clear if _wrong(case, clear) else seen
    plans = _explained(case, tried, fresh, X, Y, catalogue, each) if wrong else []
    claims = [np.concatenate([place.found[row].ravel() for row in case.rows]) for place in seen]
    return wrong, unseen, _told_apart(case, plans, fresh[0], X, Y), same_everywhere(claims, thetas)


def _wrong(case: Case, places: list[Place]) -> list[Row]:
    """The rows that are wrong at one of the places."""
    return [row for row in case.rows if not all(case.agrees(place, row, place.right[row]) for place in places)]


def _unclipped(place: Place, loss: Loss) -> bool:
    """Whether no logarithm is near its limit, where a program may descend something else than ours, right or wrong."""
    A = place.layers[-1].A
    return loss.name != binary_cross_entropy.name or bool((np.minimum(A, 1 - A) > CLIPPED).all())


def _explained(
    case: Case, seen: list[Place], fresh: list[Array], X: Array, Y: Array, catalogue: Sequence[Formula],
    each: Callable[[list], Iterable],
) -> list[Plan]:
    """The smallest plans that hold at all places; where fresh ones refute all of them, they join those searched."""
    while plans := Search(case, seen, catalogue, each).smallest():
        refuting: list[Place] = []
        # One after the other, and the first that refutes is kept: with much data twenty places would fill a memory.
        for theta in each(fresh):
            place = case.look(theta, X, Y)
            if not _unclipped(place, case.loss):
                continue
            held = [plan for plan in plans if case.holds(plan, place)]
            if held != plans and not refuting:
                refuting = [place]
            plans = held
            if not plans:
                break
        if plans:
            return plans
        seen = seen + refuting
    return []


def _told_apart(case: Case, plans: list[Plan], theta: Array, X: Array, Y: Array) -> list[Plan]:
    """Those of several plans that hold with fewer rows too, if that leaves any."""
    middle = len(X) // 2
    for rows in (slice(middle, middle + 1), slice(0, middle + 1)):
        if len(plans) < 2 or len(X) < 2:
            return plans
        try:
            place = case.look(theta, X[rows], Y[rows])
        except Exception:
            # A program may be made for this number of rows alone.
            return plans
        plans = [plan for plan in plans if case.holds(plan, place)] or plans
    return plans


def _faults(plan: Plan, network: Network, loss: Loss) -> list[Fault]:
    """The faults of a plan in words, from the output layer down."""
    faults = [
        Fault(layer, formula.term, sentence(layer, slot, formula, network, loss))
        for (layer, slot), formula in plan.items()
    ]
    return sorted(dict.fromkeys(faults), key=lambda fault: -fault.layer)


def _own_fault(layer: int, term: str, network: Network, loss: Loss) -> Fault:
    if term == "loss":
        return Fault(layer, term, f"The gradient_formula of {loss.label} is not the derivative of its formula.")
    name = network.layers[layer - 1].activation.name
    return Fault(layer, term, f"In layer {layer} the slope_formula of {name} is not the derivative of its formula.")


def _names(rows: list[Row]) -> list[str]:
    return [f"layer {layer} {kind}" for layer, kind in rows]


def _clause(faults: list[Fault]) -> str:
    """The sentences of some faults as a part of a sentence."""
    return " and ".join(fault.sentence[0].lower() + fault.sentence[1:-1] for fault in faults)
