"""The optimizers, as formulas on one vector.

An optimizer holds its settings only. `start` makes the state of one training run and returns the function
that moves `theta` by one step, so that the same optimizer can be used again for another run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Any, Protocol

import numpy as np

from .arguments import Array, number, whole_number
from .edges import spelled
from .settings import affordable


class Optimizer(Protocol):
    """What `train` asks of an optimizer: settings, and a fresh state for each training."""

    def start(self, parameters: int) -> Callable[[Array, Array], None]:
        """The function `step(theta, gradient)` that changes `theta` in place; both have `parameters` entries."""


@spelled
@dataclass(frozen=True)
class SGD:
    """Gradient descent, with momentum and weight decay where wanted.

        g = gradient + weight_decay * theta
        v = momentum * v + g
        theta = theta - learning_rate * v

    `learning_rate` > 0, 0 <= `momentum` < 1, `weight_decay` >= 0 (Polyak 1964; the form is PyTorch's).
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _settle(self, "learning_rate", above=0)
        _settle(self, "momentum", least=0, below=1)
        _settle(self, "weight_decay", least=0)

    def start(self, parameters: int) -> Callable[[Array, Array], None]:
        parameters = room(parameters)
        g, v = np.empty(parameters), np.zeros(parameters)

        def step(theta: Array, gradient: Array) -> None:
            if self.weight_decay:
                np.multiply(theta, self.weight_decay, g)
                gradient = np.add(gradient, g, g)
            if self.momentum:
                np.multiply(v, self.momentum, v)
                gradient = np.add(v, gradient, v)
            np.subtract(theta, np.multiply(gradient, self.learning_rate, g), theta)

        return step


@spelled
@dataclass(frozen=True)
class Adam:
    """Adam: steps of about the learning rate, whatever the size of the gradient.

        g = gradient + weight_decay * theta
        m = beta1 * m + (1 - beta1) * g             the running mean of g
        s = beta2 * s + (1 - beta2) * g**2          the running mean of its square
        theta = theta - learning_rate * (m / (1 - beta1**t)) / (sqrt(s / (1 - beta2**t)) + epsilon)

    at step t = 1, 2, ... (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1).
    `learning_rate` > 0, 0 <= `beta1`, `beta2` < 1, `epsilon` > 0, `weight_decay` >= 0.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _settle(self, "learning_rate", above=0)
        _settle(self, "beta1", least=0, below=1)
        _settle(self, "beta2", least=0, below=1)
        _settle(self, "epsilon", above=0)
        _settle(self, "weight_decay", least=0)

    def start(self, parameters: int) -> Callable[[Array, Array], None]:
        parameters = room(parameters)
        g, m, s = np.empty(parameters), np.zeros(parameters), np.zeros(parameters)
        scratch = np.empty(parameters)
        # The powers beta**t, multiplied up step by step.
        beta1_t = beta2_t = 1.0

        def step(theta: Array, gradient: Array) -> None:
            nonlocal beta1_t, beta2_t
            beta1_t *= self.beta1
            beta2_t *= self.beta2
            if self.weight_decay:
                np.multiply(theta, self.weight_decay, g)
                gradient = np.add(gradient, g, g)
            np.multiply(m, self.beta1, m)
            np.add(m, np.multiply(gradient, 1 - self.beta1, scratch), m)
            np.multiply(s, self.beta2, s)
            np.multiply(gradient, gradient, scratch)
            np.add(s, np.multiply(scratch, 1 - self.beta2, scratch), s)
            np.sqrt(np.multiply(s, 1 / (1 - beta2_t), scratch), scratch)
            np.add(scratch, self.epsilon, scratch)
            np.divide(m, scratch, scratch)
            np.multiply(scratch, self.learning_rate / (1 - beta1_t), scratch)
            np.subtract(theta, scratch, theta)

        return step


def room(parameters: int) -> int:
    """The number of `parameters`, a whole number that memory has room for. Raises TypeError or ValueError."""
    parameters = whole_number("parameters", parameters, least=1)
    affordable("parameters", parameters, 4 * parameters)
    return parameters


def _settle(optimizer: SGD | Adam, name: str, **limits: float) -> None:
    object.__setattr__(optimizer, name, number(name, getattr(optimizer, name), **limits))


OPTIMIZERS: dict[str, Any] = {"sgd": SGD, "adam": Adam}

# The factor on the learning rate where a share of the epochs, from 0 to 1, is done. The cosine falls from 1 to 0 along
# half a period (Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts).
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "cosine": lambda share: (1 + cos(pi * share)) / 2,
}
