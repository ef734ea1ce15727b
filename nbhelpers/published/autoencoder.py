"""The 8-3-8 autoencoder trained online, one pattern at a time, as it was published (lesson 02).

After an untitled notebook (see README.md). Its author drew the start without a seed, so the recorded figures come
back up to what that draw decides: the order of the units, their direction, and who gets which code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..activations import quiet, sigmoid
from ..arguments import Array, number, whole_number
from ..datasets import one_hot
from ..instances import problem
from ..losses import ssr
from ..network import Network
from ..optimizers import SGD
from ..records import History
from ..training import say_once, train
from ..watching import following
from .asked import asked, layers_of, of_sizes

if TYPE_CHECKING:
    import pandas as pd

# The gradient is right: it is that of half the SSR, and the author's learning rate goes with it.
FAULTS = ()


class Recorded(NamedTuple):
    """What the document prints: the error of the last epoch, and the code of each pattern to two decimals."""

    error: float
    codes: tuple[tuple[float, ...], ...]


RECORDED = Recorded(
    error=0.002,
    codes=(
        (0.02, 0.0, 0.64),
        (0.98, 0.03, 1.0),
        (0.0, 0.7, 1.0),
        (0.99, 0.01, 0.12),
        (0.98, 0.95, 0.0),
        (0.99, 1.0, 0.99),
        (0.01, 0.99, 0.21),
        (0.07, 0.19, 0.0),
    ),
)


@asked
def initial_theta(seed: int = 0, sizes: Sequence[int] = (8, 3, 8)) -> Array:
    """The published start: every parameter uniform on [0, 1), layer by layer, weights and then biases.

    Returns theta, shape (parameters,). The author's generator is NumPy's older one, `numpy.random.rand`; it was not
    seeded, so `seed` is ours to choose.
    """
    random = np.random.RandomState(seed)
    return random.rand(_network(sizes).theta.size)


@asked
def build(seed: int = 0, hidden: int = 3) -> Network:
    """The autoencoder with the published start, as a Network of 8 inputs, `hidden` sigmoid units and 8 outputs."""
    sizes = (8, whole_number("hidden", hidden, least=1), 8)
    network = _network(sizes)
    network.theta = initial_theta(seed, sizes)
    return network


@asked
def gradient(theta: Array, X: Array, Y: Array, sizes: Sequence[int] = (8, 3, 8)) -> Array:
    """The published gradient, summed over the rows of `X`: what an update subtracts at learning rate 1.

    `theta` has the shape (parameters,), `X` (samples, sizes[0]) and `Y` (samples, sizes[-1]); any list of sizes will
    do. It is the derivative of half the SSR. Raises ValueError where `theta` does not fit `sizes`.
    """
    network = _network(sizes)
    result = np.empty_like(network.theta)
    (weights, biases), (dW, db) = network.split(theta), network.split(result)
    a = [X]
    for W, b in zip(weights, biases):
        a.append(sigmoid.value(a[-1] @ W + b))
    with quiet():
        # The author's d has the other sign: it is added to the parameters.
        d = (Y - a[-1]) * a[-1] * (1 - a[-1])
        for k in reversed(range(len(weights))):
            dW[k][:] = -(a[k].T @ d)
            db[k][:] = -d.sum(axis=0)
            d = (d @ weights[k].T) * a[k] * (1 - a[k])
    return result


# The records of a run: each of the first 16 epochs, then 16 for every doubling.
DENSE = 16
# Without the compiled loop this takes a second or two; to its goal a run would take eight, and lesson 02 has fifty.
MOST_WITH_NUMPY = 10_000


@asked
def run(
    seed: int = 0, learning_rate: float = 1.0, hidden: int = 3, epochs: int = 100_000,
    final_error: float = RECORDED.error,
) -> History:
    """The published run: online, until the error of an epoch is at or below `final_error`. Returns a History.

    `learning_rate` is the author's, for the derivative of half the SSR. `epochs` is the most that is run; the author
    sets no limit. Where NumPy has to do the training, it is MOST_WITH_NUMPY at the most; a sentence and the History's
    `note` say so of a run that this cuts short. The records lie close together at first and far apart later, as a
    logarithmic scale wants them.
    """
    optimizer = SGD(number("learning_rate", learning_rate, above=0) / 2)
    asked = whole_number("epochs", epochs, least=1)
    epochs = min(asked, MOST_WITH_NUMPY) if problem() else asked
    network, done = build(seed, hidden), 0
    parts: list[History] = []
    # Plain SGD remembers nothing, so one stretch after the other is the same as one long run.
    with following(parts):
        while not parts or (parts[-1].stopped == "epochs" and done < epochs):
            parts.append(train(
                network, *one_hot(8), loss=ssr, optimizer=optimizer, epochs=min(done or DENSE, epochs - done),
                batch_size=1, stop_below=final_error, record=DENSE + 1,
            ))
            done += parts[-1].ended_at
    note = ""
    if done == epochs < asked and parts[-1].stopped == "epochs":
        note = f"the most that autoencoder.run does with NumPy: {asked} were asked for"
        say_once(
            f"Without the compiled loop autoencoder.run ends after {epochs} epochs, and its figures are not those of "
            "the text; train(autoencoder.build(), ...) has no such limit."
        )
    return History.joined(parts, note)


@asked
def compare(history: History) -> pd.DataFrame:
    """The recorded codes beside those at the end of `history`, a run with 3 hidden units.

    Returns a pandas DataFrame with the columns pattern, unit, recorded and ours. Ours are rearranged first, so that
    their largest difference is as small as it can be: the start decides which unit comes first, which of its two ends
    is 1 (with `1 - h` for `h` the network can say the same), and which pattern has which code.
    """
    import pandas as pd

    # The patterns are those of the document, whichever of them the run had.
    codes = of_sizes(history, 8, 3, 8).network(-1).activations(one_hot(8)[0])[1]
    recorded = np.array(RECORDED.codes)
    orders = np.array(list(permutations(range(len(codes)))))

    def arranged() -> Iterator[tuple[float, Array]]:
        for units, turned in product(permutations(range(3)), product((False, True), repeat=3)):
            candidate = np.where(turned, 1 - codes[:, units], codes[:, units])
            apart = abs(recorded[:, None] - candidate).max(axis=2)
            largest = apart[np.arange(len(codes)), orders].max(axis=1)
            best = largest.argmin()
            yield largest[best], candidate[orders[best]]

    ours = min(arranged(), key=lambda pair: pair[0])[1]
    places = product(range(1, len(codes) + 1), range(1, 4))
    rows = [(*place, *figures) for place, figures in zip(places, np.column_stack([recorded.flat, ours.flat]).tolist())]
    return pd.DataFrame(rows, columns=["pattern", "unit", "recorded", "ours"])


def _network(sizes: Sequence[int]) -> Network:
    return Network(sizes[0], layers_of(sizes, sigmoid))
