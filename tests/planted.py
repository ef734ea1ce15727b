"""Faults planted in random networks, and what `diagnose` says of them: the table at the head of nbhelpers.diagnosis.

`python -m tests.planted` prints it, in about ten minutes; a number after it says how many networks to take.
"""

import itertools
import sys
import time
from collections import Counter

import numpy as np

from nbhelpers.activations import quiet
from nbhelpers.derivation import NEVER_UPDATED, derive
from nbhelpers.diagnosis import explain, places
from nbhelpers.faults import CATALOGUE, FACTORS, FACTORS_BY_ROWS, clip, clip_length, factor, penalty
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
    """What is said of a planted fault: "no fault here", "right", "either or", "fewer", "same", "nothing" or "wrong"."""
    thetas = places(network, X, 8, seed=12345)
    if any(fits(network, theta, X, Y, loss, plan) is None for theta in thetas):
        return "does not fit"
    case = Case(network.copy(), loss, lambda *given: derive(network, *given, loss, plan), 1e-6)
    wrong, _, found = explain(case, X, Y, 3, 0, catalogue)
    if not wrong:
        return "no fault here"
    if not found:
        return "nothing"
    told = [_told(other) for other in found]
    if _told(plan) in told:
        return "right" if len(set(map(frozenset, told))) == 1 else "either or"
    # Another explanation is none, unless it gives the same numbers wherever one looks.
    fresh = [case.look(theta, X, Y) for theta in thetas[1:]]
    if not all(case.holds(other, place) for other in found for place in fresh):
        return "wrong"
    size = min((len(kinds(other)), total(other)) for other in found)
    return "fewer" if size < (len(kinds(plan)), total(plan)) else "same"


def _told(plan):
    return {(layer, slot, formula.phrase) for (layer, slot), formula in plan.items()}


def pairs(singles, random, number):
    """`number` random pairs in different layers or terms."""
    every = [
        first | second for first, second in itertools.combinations(singles, 2) if not first.keys() & second.keys()
    ]
    return [every[i] for i in random.permutation(len(every))[:number]]


def measure(networks=100, pairs_each=60):
    """Two counters of verdicts, for single faults and for pairs, and the seconds that each diagnosis took."""
    counts, seconds, strange = (Counter(), Counter()), ([], []), []
    with quiet():
        for seed in range(networks):
            network, X, Y, loss = random_case(seed)
            singles = [*plans(network), *clips(network, X, Y, loss)]
            for kind, planted in enumerate((singles, pairs(singles, np.random.default_rng(seed), pairs_each))):
                for plan in planted:
                    start = time.perf_counter()
                    said = verdict(network, X, Y, loss, plan)
                    seconds[kind].append(time.perf_counter() - start)
                    counts[kind][said] += 1
                    if said in ("wrong", "same", "nothing"):
                        strange.append((seed, said, plan))
                    if said == "either or":
                        EITHER.update(f"{slot} {f.phrase}" for (_, slot), f in plan.items())
    return counts, seconds, strange


EITHER = Counter()
if __name__ == "__main__":
    counts, seconds, strange = measure(*map(int, sys.argv[1:]))
    for kind, count, times in zip(("single faults", "pairs"), counts, seconds):
        of = sum(count.values()) - count["does not fit"] - count["no fault here"]
        median, late, last = np.quantile(times, [0.5, 0.99, 1])
        print(f"{kind}: {of} planted; median {median:.3f} s, 99 % below {late:.2f} s, most {last:.2f} s")
        for said in ("right", "either or", "fewer", "same", "nothing", "wrong"):
            print(f"    {said:10} {100 * count[said] / of:6.2f} %   {count[said]}")
        print({said: count[said] for said in ("does not fit", "no fault here")})
    for seed, said, plan in strange[:400]:
        print(seed, said, sorted(_told(plan)))
    print(*EITHER.most_common(60), sep='\n')
