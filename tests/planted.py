"""Faults planted in random networks, and what `diagnose` says of them: the table at the head of nbhelpers.diagnosis.

`python -m tests.planted` prints it, in about five minutes; two numbers after it say how many networks to take, and how
many pairs of faults in each.
"""

import itertools
import sys
import time
from collections import Counter

import numpy as np

from nbhelpers.activations import quiet
from nbhelpers.derivation import (
    FACTORS,
    FACTORS_BY_ROWS,
    NEVER_UPDATED,
    Formula,
    clip,
    clip_length,
    derive,
    factor,
    penalty,
)
from nbhelpers.diagnosis import explain, places
from nbhelpers.faults import CATALOGUE
from nbhelpers.hypotheses import kinds, total
from nbhelpers.layers import Dense
from nbhelpers.losses import LOSSES
from nbhelpers.network import Network
from nbhelpers.observations import Case

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity")
FACTORS_PLANTED = [*FACTORS, *FACTORS_BY_ROWS, factor("0.3", lambda at: 0.3)]


def random_case(seed):
    """A random network of one to three layers, its data and its loss."""
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 6, random.integers(2, 5))
    loss = LOSSES[random.choice(list(LOSSES)[:4])]
    names = [str(random.choice(ACTIVATIONS)) for _ in sizes[1:]]
    if loss.name == "binary_cross_entropy":
        names[-1] = "sigmoid"
    layers = [Dense(int(units), name, bool(random.random() < 0.8)) for units, name in zip(sizes[1:], names)]
    network = Network(int(sizes[0]), layers)
    X = random.normal(size=(int(random.choice([1, 2, 4, 7, 20])), network.inputs))
    Y = random.integers(0, 2, (len(X), network.sizes[-1])).astype(float)
    return network.initialize("glorot", seed=seed), X, Y, loss


def plans(network, catalogue=CATALOGUE):
    """Every single fault that can be planted in the network, a plan each."""
    top = len(network.layers)
    for layer in range(1, top + 1):
        for entry in catalogue:
            if (entry.term != "chain" or layer > 1) and (entry.term != "loss" or layer == top):
                if entry.term != "biases" or network.biases[layer - 1] is not None:
                    yield {(layer, entry.term): entry}
        slots = ["weights", *["biases"] * (network.biases[layer - 1] is not None)]
        for slot in [*slots, *["chain"] * (layer > 1), *["loss"] * (layer == top)]:
            yield from ({(layer, f"{slot} factor"): times} for times in FACTORS_PLANTED)
        for slot in slots:
            yield {(layer, f"{slot} penalty"): penalty(slot, 0.01)}
        yield {(layer, slot): NEVER_UPDATED for slot in slots}


def fits(network, theta, X, Y, loss, plan):
    """The gradient with the faults of the plan, or None where a formula of it does not fit its layer."""
    try:
        gradient = derive(network, theta, X, Y, loss, plan)
    except (TypeError, ValueError):
        return None
    return gradient if np.isfinite(gradient).all() else None


def clips(network, X, Y, loss):
    """Clipping, with limits that a part of the gradients reaches."""
    gradients = [derive(network, theta, X, Y, loss, {}) for theta in places(network, X, 3, 0)]
    top = len(network.layers)
    yield {(top, "clip"): clip(float(f"{np.quantile(abs(np.concatenate(gradients)), 0.7):.3g}"))}
    yield {(top, "clip"): clip_length(float(f"{np.median([np.linalg.norm(g) for g in gradients]):.3g}"))}


def verdict(network, X, Y, loss, plan, catalogue=CATALOGUE):
    """What is said of a planted fault.

    "no fault here", where it changes nothing; "right"; "either or", where it is one of several that give the same
    numbers; "fewer" or "same", where fewer or other faults do so wherever one looks; "part", where the rest of it did
    not show at any place that was looked at; "nothing"; or "wrong".
    """
    thetas = places(network, X, 8, seed=12345)
    if any(fits(network, theta, X, Y, loss, plan) is None for theta in thetas):
        return "does not fit"
    case = Case(network.copy(), loss, lambda *given: derive(network, *given, loss, plan), 1e-6)
    wrong, _, found, _ = explain(case, X, Y, 3, 0, catalogue)
    if not wrong:
        return "no fault here"
    if not found:
        return "nothing"
    named = {frozenset(told(other)) for other in found}
    if told(plan) in named:
        return "right" if len(named) == 1 else "either or"
    # Another explanation is none, unless it gives the same numbers wherever one looks.
    fresh = [case.look(theta, X, Y) for theta in thetas[1:]]
    hold = [all(case.holds(other, place) for place in fresh) for other in found]
    if not any(hold):
        return "part" if all(told(other) < told(plan) for other in found) else "wrong"
    if not all(hold):
        return "either or"
    size = min((len(kinds(other)), total(other)) for other in found)
    return "fewer" if size < (len(kinds(plan)), total(plan)) else "same"


def told(plan):
    """What is said of a plan: where which phrase stands."""
    return {(layer, slot, formula.phrase) for (layer, slot), formula in plan.items()}


# Faults that are in no catalogue, one for each of ten programs.
UNKNOWN = [
    Formula("weights", "the inputs less their mean", lambda at: (at.X - at.X.mean(axis=0)).T @ at.D_Z),
    Formula("weights", "made as long as 1", lambda at: (g := at.X.T @ at.D_Z) / np.linalg.norm(g)),
    Formula("weights", "one entry with its sign turned", lambda at: np.where(
        np.arange(at.W.size).reshape(at.W.shape) == at.W.size // 2, -1, 1) * (at.X.T @ at.D_Z)),
    Formula("weights", "a penalty on the sizes", lambda at: at.X.T @ at.D_Z + 0.01 * np.sign(at.W)),
    Formula("biases", "the units in reverse", lambda at: at.D_Z.sum(axis=0)[::-1]),
    Formula("slope", "divided by", lambda at: 1 / (0.5 + at.S)),
    Formula("slope", "that of the next row", lambda at: np.roll(at.S, 1, axis=0)),
    Formula("slope", "dropout of every other unit", lambda at: at.S * (np.arange(at.S.shape[1]) % 2)),
    Formula("chain", "through the squares of the weights", lambda at: at.D_Z @ (at.W**2).T),
    Formula("loss", "residuals cut at a tenth", lambda at: np.clip(at.loss.gradient(at.A, at.Y), -0.1, 0.1)),
]


def pairs(singles, random, number):
    """`number` random pairs in different layers or terms."""
    every = [
        first | second for first, second in itertools.combinations(singles, 2) if not first.keys() & second.keys()
    ]
    return [every[i] for i in random.permutation(len(every))[:number]]


def measure(networks=50, pairs_each=60):
    """A Tally each for single faults, for pairs, and for single faults that are in no catalogue."""
    tallies = [Tally("single faults"), Tally("pairs of two"), Tally("not in the catalogue")]
    with quiet():
        for seed in range(networks):
            case = random_case(seed)
            network, random = case[0], np.random.default_rng(seed)
            singles = [*plans(network), *clips(*case)]
            unknown = [plan for plan in plans(network, UNKNOWN) if next(iter(plan.values())) in UNKNOWN]
            for tally, planted in zip(tallies, (singles, pairs(singles, random, pairs_each), unknown)):
                for plan in planted:
                    tally.add(seed, plan, *case)
    return tallies


class Tally:
    """The verdicts on many planted faults, and the seconds of processor time that they took."""

    def __init__(self, name):
        self.name, self.counts, self.seconds, self.strange = name, Counter(), [], []

    def add(self, seed, plan, *case):
        start = time.process_time()
        said = verdict(*case, plan)
        self.counts[said] += 1
        if said not in ("does not fit", "no fault here"):
            self.seconds.append(time.process_time() - start)
        if said in ("wrong", "same", "part", "nothing"):
            self.strange.append((seed, said, sorted(told(plan))))

    def __str__(self):
        of = sum(self.counts.values()) - self.counts["does not fit"] - self.counts["no fault here"]
        if not of:
            return f"{self.name}, 0"
        shares = ", ".join(
            f"{said} {100 * self.counts[said] / of:.2f} % ({self.counts[said]})"
            for said in ("right", "either or", "fewer", "same", "part", "nothing", "wrong")
        )
        median, late, last = np.quantile(self.seconds, [0.5, 0.99, 1])
        return f"{self.name}, {of}: {shares}; median {median:.3f} s, 99 % below {late:.2f} s, most {last:.2f} s"


if __name__ == "__main__":
    if len(sys.argv) > 3 or not all(word.isdigit() for word in sys.argv[1:]):
        sys.exit(__doc__)
    for tally in measure(*map(int, sys.argv[1:])):
        print(tally)
        print(*tally.strange[:100], sep="\n")
