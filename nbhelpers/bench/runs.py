"""The data of a bench, and its training with what it is tested on."""

from typing import NamedTuple

import numpy as np

from .. import datasets
from ..arguments import Array
from ..datasets import noisy, split, standardized
from ..records import History
from .recipes import RECIPES, names
from .settings import Settings
from .tables import Table


class Data(NamedTuple):
    """The rows for training and those held back for a test, with the names of the features and of the classes.

    `standardized` has an "X" in it where the features are, and a "Y" where the targets are.
    """

    X: Array
    X_test: Array
    Y: Array
    Y_test: Array
    features: tuple[str, ...]
    classes: tuple[str, ...]
    standardized: str


def data_of(bench: Settings) -> Data:
    """The data of a bench, noise and split included: what `program` writes in lines of code."""
    if isinstance(bench.data, Table):
        X, Y = bench.data.arrays()
        scaled = "X" if bench.data.classes else "XY"
    else:
        recipe = RECIPES[bench.data]
        X, Y = getattr(datasets, recipe.function)(*recipe.arguments, *([] if recipe.fixed else [bench.rows]))
        scaled = recipe.standardize
        X = standardized(X) if "X" in scaled else X
        Y = standardized(Y) if "Y" in scaled else Y
    features, classes = names(bench.data)
    if bench.noise and classes:
        X = noisy(X, bench.noise, bench.data_seed)
    elif bench.noise:
        Y = noisy(Y, bench.noise, bench.data_seed)
    if bench.two_columns:
        Y = np.hstack([1 - Y, Y])
    X, X_test, Y, Y_test = split(X, Y, bench.test_share, bench.data_seed)
    return Data(X, X_test, Y, Y_test, features, classes, scaled)


class Run(History):
    """A History that knows the rows that were held back, and the names on the bench.

    X_test, Y_test: the rows of the test, shapes (samples, features) and (samples, outputs).
    features, classes: the names of the inputs and of the classes; no classes where the targets are numbers.
    standardized: "X" where the features are standardized, "XY" where the targets are too, "" for neither.
    test_loss: the loss of the test's rows at every record, shape (records,).
    in_hand: the place in theta of the parameter that a picture marks; None for none.
    """

    X_test: Array
    Y_test: Array
    features: tuple[str, ...]
    classes: tuple[str, ...]
    standardized: str
    in_hand: int | None

    def __init__(self, history: History, data: Data, edited: tuple[int, ...]):
        super().__init__(history._job, history.epochs, history.theta, history.stopped, history.ended_at)
        vars(self).update(
            X_test=data.X_test, Y_test=data.Y_test, features=data.features, classes=data.classes,
            standardized=data.standardized, edited=edited,
        )
        self.take_in_hand(None)

    def take_in_hand(self, place: int | None) -> None:
        """Let pictures mark the parameter at `place` in theta, or none."""
        vars(self)["in_hand"] = place

    @property
    def test_loss(self) -> Array:
        return self.loss_on(self.X_test, self.Y_test)

    def answers(self, X: Array, record: int) -> np.ndarray:
        """The class that the network names for every row of `X`, counted from 0, shape (samples,)."""
        self._ask_for_classes()
        outputs = self.network(record).predict(X)
        if outputs.shape[1] > 1:
            # The largest sum is that of one class, where the probabilities of several may be rounded to 1.
            return outputs.argmax(axis=1)
        return (self.loss_function.prediction(outputs)[:, 0] > 0.5).astype(int)

    def truths(self, Y: Array) -> np.ndarray:
        """The class that is right, likewise."""
        self._ask_for_classes()
        return Y.argmax(axis=1) if Y.shape[1] > 1 else Y[:, 0].astype(int)

    def _ask_for_classes(self) -> None:
        if not self.classes:
            raise ValueError("the targets must be classes for an answer to be right, got numbers; look at the loss")
