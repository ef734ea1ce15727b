"""The challenges of lesson 07: each checker reads the shared line of a bench, trains it anew and looks at what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..bench import Bench
from ..bench.runs import Run
from ..gradcheck import check_gradient
from .judge import Verdict

__all__ = [
    "check_by_hand", "check_by_heart", "check_circles", "check_decay", "check_digits", "check_moons", "check_saved",
    "check_spiral", "check_wrong_and_well", "check_wrong_wins",
]

SEEDS = (0, 1, 2)
# What a bench must be, and what is said where it is not.
Demand = tuple[Callable[[Bench], bool], str]


def check_moons(line: Any) -> Verdict:
    """Moons: a test loss under 0.01, by the mean squared error."""

    def goal(bench: Bench) -> Verdict:
        return _under(0.01, bench.run().test_loss[-1], "the moons are told apart, those held back too.")

    return _judged([line], [data_is("moons"), BY_MSE], goal)


def check_circles(line: Any) -> Verdict:
    """Circles: a test loss under 0.01 with three hidden units at the most."""

    def goal(bench: Bench) -> Verdict:
        return _under(0.01, bench.run().test_loss[-1], "three lines make a triangle, and that is room enough.")

    return _judged([line], [data_is("circles"), BY_MSE, hidden_units(3), UNTOUCHED], goal)


def check_saved(diverged: Any, saved: Any) -> Verdict:
    """A bench that diverges, and one that differs from it in a single setting and ends under a tenth of its start."""

    def goal(first: Bench, second: Bench) -> Verdict:
        changed = _differences(first, second)
        if len(changed) != 1:
            return _not_yet(f"the two benches differ in {_counted(changed)}, and one setting is wanted")
        if first.run().stopped != "diverged":
            return _not_yet("the first bench does not diverge. Which knob decides how far a step goes?")
        run = second.run()
        if run.stopped == "diverged":
            return _not_yet("the second bench diverges too")
        if not run.loss[-1] < 0.1 * run.loss[0]:
            return _not_yet(
                f"the second bench ends at {run.loss[-1]:.3g}, and a tenth of {run.loss[0]:.3g}, its start, is wanted"
            )
        return Verdict(True, f"Right: it was the {changed[0].replace('_', ' ')}.")

    return _judged([diverged, saved], [], goal)


def check_by_hand(line: Any) -> Verdict:
    """XOR with weights that are set by hand, not trained: a test loss under 0.05 after a single epoch of tiny steps."""

    def goal(bench: Bench) -> Verdict:
        return _under(0.05, bench.run().test_loss[-1], "nobody has trained this network: you have taught it.")

    tiny: Demand = (
        lambda bench: bench.epochs == 1 and bench.learning_rate <= 1e-4,
        "nothing is to be learned here: take 1 epoch and a learning rate of 0.0001 at the most",
    )
    by_hand: Demand = (lambda bench: bool(bench.edits), "no weight is set by hand: take one in hand, and drag it")
    return _judged([line], [data_is("xor"), BY_MSE, tiny, by_hand], goal)


def check_by_heart(line: Any) -> Verdict:
    """Moons with a noise of 0.3: a training loss under 0.01 and a test loss over 0.1, by the mean squared error."""

    def goal(bench: Bench) -> Verdict:
        run = bench.run()
        if not run.loss[-1] < 0.01:
            return _not_yet(f"the training loss is {run.loss[-1]:.3g}: some samples it does not know by heart")
        if not run.test_loss[-1] > 0.1:
            return _not_yet(f"the test loss is {run.test_loss[-1]:.3g}: it has learned the moons, and not the noise")
        return Verdict(True, "Right: it knows the samples by heart, and has learned the noise with them.")

    return _judged([line], [data_is("moons"), noise_of(0.3), BY_MSE, UNTOUCHED], goal)


def check_decay(without: Any, with_decay: Any) -> Verdict:
    """Two benches that differ in the weight decay alone: with it the training loss is higher and the test loss lower.

    The test loss has to fall by a third at least, over the three seeds together.
    """

    def goal(first: Bench, second: Bench) -> Verdict:
        if _differences(first, second) != ["weight_decay"] or first.weight_decay:
            return _not_yet("the two benches must differ in the weight decay alone, which is 0 in the first")
        runs = [[bench.run() for bench in of_three_seeds(bench)] for bench in (first, second)]
        trained = [float(np.mean([run.loss[-1] for run in three])) for three in runs]
        tested = [float(np.mean([run.test_loss[-1] for run in three])) for three in runs]
        if not trained[1] > trained[0]:
            return _not_yet(f"the training loss does not rise: {trained[0]:.3g} without, {trained[1]:.3g} with it")
        losses = f"the test loss falls from {tested[0]:.3g} to {tested[1]:.3g}"
        if not tested[1] < tested[0]:
            return _not_yet(f"the test loss does not fall: {tested[0]:.3g} without decay, {tested[1]:.3g} with it")
        if not tested[1] < tested[0] * 2 / 3:
            return _not_yet(f"{losses}, and a third less is wanted")
        return Verdict(True, f"Right: it learns less by heart, and {losses}.")

    return _judged([without, with_decay], [noise_of(0.1), UNTOUCHED], goal)


def check_wrong_and_well(line: Any) -> Verdict:
    """Irises with a wrong gradient: nine of ten flowers of the test right, for three seeds."""

    def goal(bench: Bench) -> Verdict:
        shares = []
        for one in of_three_seeds(bench):
            run = one.run()
            if not is_wrong(one, run):
                return _not_yet(NO_FAULT)
            shares.append(right_answers(run))
        return _at_least(0.9, shares, "nobody would have noticed, but you have seen what the judge says.")

    return _judged([line], [data_is("iris"), FAULTY, UNTOUCHED], goal)


def check_wrong_wins(line: Any) -> Verdict:
    """A wrong gradient with half the test loss of the right one, or less, where the right one learns too."""

    def goal(bench: Bench) -> Verdict:
        wrong, right = bench.run(), bench.but(fault=None).run()
        if not is_wrong(bench, wrong):
            return _not_yet(NO_FAULT)
        if not right.test_loss[-1] < 0.5 * right.test_loss[0]:
            return _not_yet("the right gradient does not learn here, so there is nothing to win against")
        losses = f"the test loss is {wrong.test_loss[-1]:.3g} with the fault and {right.test_loss[-1]:.3g} without it"
        if not wrong.test_loss[-1] <= 0.5 * right.test_loss[-1]:
            return _not_yet(f"{losses}; try other seeds")
        return Verdict(True, f"Right: {losses}. One seed is an anecdote.")

    return _judged([line], [FAULTY, UNTOUCHED], goal)


def check_spiral(line: Any) -> Verdict:
    """Spiral: a test loss under 0.1, by the mean squared error, with at most 8 hidden units, for three seeds."""

    def goal(bench: Bench) -> Verdict:
        losses = [one.run().test_loss[-1] for one in of_three_seeds(bench)]
        each = ", ".join(f"{loss:.3g}" for loss in losses)
        return _under(0.1, max(losses), "eight units are enough, and it was no luck.", each)

    return _judged([line], [data_is("spiral"), noise_of(0.03), BY_MSE, hidden_units(8), UNTOUCHED, REAL_TEST], goal)


def check_digits(line: Any) -> Verdict:
    """Digits: 19 of 20 right in the test, with at most 16 hidden units, for three seeds."""

    def goal(bench: Bench) -> Verdict:
        shares = [right_answers(one.run()) for one in of_three_seeds(bench)]
        return _at_least(0.95, shares, "sixteen units read handwriting.")

    return _judged([line], [data_is("digits"), hidden_units(16), UNTOUCHED, REAL_TEST], goal)


def data_is(name: str) -> Demand:
    return lambda bench: bench.data == name, f"this challenge is about the data {name!r}"


def noise_of(least: float) -> Demand:
    return lambda bench: bench.noise >= least, f"this challenge has a noise of {least} at the least"


def hidden_units(most: int) -> Demand:
    return (
        lambda bench: sum(units for units, _ in bench.layers) <= most,
        f"there are more than {most} hidden units, all layers together",
    )


BY_MSE: Demand = (lambda bench: bench.loss == "mse", "this challenge is measured by the loss mse")
UNTOUCHED: Demand = (lambda bench: not bench.edits, "here no weight may be set by hand")
NO_FAULT = "here this fault is none: the judge calls the gradient right, or cannot judge it"
FAULTY: Demand = (lambda bench: bench.fault is not None, "the gradient is the right one: choose a fault")
REAL_TEST: Demand = (
    lambda bench: bench.samples >= 200 and bench.test_share >= 0.3,
    "take 200 samples at the least, and hold back 0.3 of them at the least for the test",
)


def of_three_seeds(bench: Bench) -> list[Bench]:
    return [bench.but(seed=seed, data_seed=seed) for seed in SEEDS]


def right_answers(run: Run) -> float:
    """The share of the test's rows that get the right class at the end."""
    return float((run.answers(run.X_test, -1) == run.truths(run.Y_test)).mean())


def is_wrong(bench: Bench, run: Run) -> bool:
    network = run.network(0)
    return check_gradient(network, run.X, run.Y, bench.loss, bench.gradient(network)).verdict == "wrong"


def _judged(lines: Sequence[Any], demands: Sequence[Demand], goal: Callable[..., Verdict]) -> Verdict:
    """The benches of the lines, each held against the demands, and then the goal. It never raises."""
    benches = []
    for line in lines:
        if line is ... or line is None or (isinstance(line, str) and not line.strip()):
            return Verdict(False, "Not answered yet: paste the shared line of a bench.")
        try:
            benches.append(Bench.from_share(line))
        except ValueError as error:
            return _not_yet(str(error))
    for holds, message in demands:
        if not all(map(holds, benches)):
            return _not_yet(message)
    try:
        return goal(*benches)
    except KeyboardInterrupt:
        return _not_yet("stopped before the training had come to its end")


def _not_yet(message: str) -> Verdict:
    return Verdict(False, f"Not yet: {message}{'' if message[-1] in '.?' else '.'}")


def _under(limit: float, loss: float, praise: str, each: str = "") -> Verdict:
    """`each` lists the losses where there are several; `loss` is then the largest."""
    found = f"the test losses are {each}" if each else f"the test loss is {loss:.3g}"
    if loss < limit:
        return Verdict(True, f"Right: {found}. {praise[0].upper()}{praise[1:]}")
    return _not_yet(f"{found}, and under {limit} is wanted")


def _at_least(limit: float, shares: Sequence[float], praise: str) -> Verdict:
    found = ", ".join(f"{share:.1%}" for share in shares)
    if min(shares) >= limit:
        return Verdict(True, f"Right: {found} of the test with the seeds 0, 1 and 2. {praise[0].upper()}{praise[1:]}")
    return _not_yet(f"with the seeds 0, 1 and 2 it gets {found} of the test right; {limit:.0%} are wanted")


def _differences(first: Bench, second: Bench) -> list[str]:
    return [name for name in Bench.__dataclass_fields__ if getattr(first, name) != getattr(second, name)]


def _counted(names: list[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names) if names else "nothing"
