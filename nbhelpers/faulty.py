"""Gradients with faults that are planted on purpose, to see a training go on in spite of them (lesson 06)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from .arguments import Array, choice, listed, numbers, plain, shown, whole_number
from .derivation import NEVER_UPDATED, RIGHT, Formula, Plan, derive
from .edges import spelled
from .faults import CATALOGUE
from .losses import Loss, loss_of
from .network import Network, network_of


@spelled
def faulty_gradient(
    network: Network, loss: Loss | str, *faults: tuple
) -> Callable[[ArrayLike, ArrayLike, ArrayLike], Array]:
    """Backpropagation for `network` with `faults` in it, a function `gradient(theta, X, Y)`.

    A fault is (layer, term, words). The layer is counted from 1; the term is "loss", "slope", "weights", "biases" or
    "chain"; and the words are a part of what the catalogue of `faults` says: (2, "slope", "left out"). A fault
    (layer, "update") leaves out the update of a layer. What concerns the loss is counted with the last layer, a chain
    with the layer that it comes down from. Raises TypeError or ValueError for a fault that is not known.
    """
    network_of(network)
    loss = loss_of(loss)
    plan: dict[tuple[int, str], Formula] = {}
    for fault in faults:
        if not isinstance(fault, (tuple, list)) or len(fault) not in (2, 3):
            raise TypeError(f"each of faults must be (layer, term, words), got {shown(fault)}")
        layer, term, words = (*fault, None)[:3]
        whole_number("the layer of a fault", layer, least=1, most=len(network.layers))
        if term == "update":
            plan |= {(layer, kind): NEVER_UPDATED for kind in ("weights", "biases")}
        else:
            choice("the term of a fault", term, RIGHT)
            # Elsewhere it would change nothing, and a right gradient would be taken for a faulty one.
            there, where = {
                "loss": (layer == len(network.layers), f"the last layer, {len(network.layers)}"),
                "chain": (layer > 1, "layer 2 or higher"),
                "biases": (network.layers[layer - 1].bias, "a layer with biases"),
            }.get(term, (True, ""))
            if not there:
                raise ValueError(f"a fault in the {term} must be in {where}, got {layer}")
            plan[layer, term] = _entry(term, words)
    return Faulty(network, loss, faults, plan)


class Faulty:
    """The function that `faulty_gradient` returns. It is an object, because a file cannot hold a function made here."""

    def __init__(self, network: Network, loss: Loss, faults: Sequence[Any], plan: Plan):
        self.network, self.loss, self.faults, self.plan = network, loss, faults, plan

    def __call__(self, theta: ArrayLike, X: ArrayLike, Y: ArrayLike) -> Array:
        # It may have entries that are not finite: the training stops by itself where it diverges.
        theta = numbers("theta", theta)
        X, Y, loss = self.network.check(plain(X), plain(Y), self.loss)
        return derive(self.network, theta, X, Y, loss, self.plan)

    def __reduce__(self) -> tuple:
        return faulty_gradient, (self.network, self.loss, *self.faults)


def _entry(term: str, words: Any) -> Formula:
    """The first entry of the catalogue for this term that has the words in what it says."""
    entries = [entry for entry in CATALOGUE if entry.term == term]
    for entry in entries:
        if isinstance(words, str) and words in entry.phrase:
            return entry
    known = listed([repr(phrase) for phrase in dict.fromkeys(entry.phrase for entry in entries)])
    raise ValueError(f"the words of a fault in the {term} must be a part of {known}; got {shown(words)}")
