"""A training on the bench with what it is tested on."""

from functools import cached_property

import numpy as np

from ..arguments import Array
from ..network import LossAt
from ..records import History
from .recipes import Data


class Run(History):
    """A History that knows the rows that were held back, and the names on the bench.

    X_test, Y_test: the rows of the test, shapes (samples, features) and (samples, outputs).
    features, classes: the names of the inputs and of the classes; no classes where the targets are numbers.
    test_loss: the loss of the test's rows at every record, shape (records,).
    """

    def __init__(self, history: History, data: Data):
        super().__init__(history._job, history.epochs, history.theta, history.stopped, history.ended_at)
        self.X_test, self.Y_test = data.X_test, data.Y_test
        self.features, self.classes = data.features, data.classes

    @cached_property
    def test_loss(self) -> Array:
        loss_at = LossAt(self.network(0), self.X_test, self.Y_test, self.loss_function)
        return np.array([loss_at(theta) for theta in self.theta])

    def answers(self, X: Array, record: int) -> Array:
        """The class that the network names for every row of `X`, counted from 0, shape (samples,)."""
        outputs = self.loss_function.prediction(self.network(record).predict(X))
        return outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(int)

    def truths(self, Y: Array) -> Array:
        """The class that is right, likewise."""
        return Y.argmax(axis=1) if Y.shape[1] > 1 else Y[:, 0].astype(int)
