"""The exercises of lesson 05, on the AND network: a slope that is left out, Adam, and what an optimizer ignores."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import leaky_relu
from ..arguments import Array
from ..edges import spelled
from ..losses import mse
from ..optimizers import SGD, Adam
from ..published import and_net as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, published.rows, mse)

Step = Callable[[Array, Array], None]


def check_too_large(answer: Callable[..., Any]) -> Verdict:
    """`answer(Z)` is to give, for each sum in `Z`, the factor by which a left-out slope of leaky ReLU is too much."""
    return judge(
        answer,
        right=lambda Z: 1 / leaky_relu.slope(Z),
        mistakes=[
            (leaky_relu.slope, "that is the slope itself. What lacks a factor of 0.1 is how many times too large?"),
            (lambda Z: 10.0 * np.ones_like(Z), "ten everywhere is too much: where a sum is positive the slope is 1."),
            (np.ones_like, "one everywhere says that the fault never shows. Look at the sums that are not positive."),
            (lambda Z: 10 * leaky_relu.slope(Z), "the two branches are exchanged: positive sums have the slope 1."),
            (leaky_relu.value, "that is the activation. The chain needs its slope, and you what lacks without it."),
            (lambda Z: 1 - leaky_relu.slope(Z), "that is a difference. A factor is asked for: the one over the other."),
            (lambda Z: 0.1 / leaky_relu.slope(Z), "that is a tenth of it: where the slope is 1 nothing is too large."),
        ],
        cases=[(np.array([[2.5], [-0.5], [-3.0]]),), (np.array([[-0.2, 0.2, 7.0], [1.0, -4.0, 3.0]]),)],
        praise="nothing to see where the sum is positive, and ten times too large elsewhere.",
    )


def check_adam(answer: Callable[..., Any]) -> Verdict:
    """`answer(gradients, learning_rate)` is to give what Adam has subtracted from a parameter after all `gradients`."""
    return judge(
        answer,
        right=_subtracted,
        mistakes=[
            (
                lambda *given: _subtracted(*given, corrected=False),
                "the correction for the start is missing: divide m by 1 - 0.9**t and s by 1 - 0.999**t.",
            ),
            (
                lambda *given: _subtracted(*given, beta2=0.9),
                "both means forget with 0.9. The mean of the squares forgets with 0.999.",
            ),
            (
                lambda *given: _subtracted(*given, beta1=0.999),
                "both means forget with 0.999. The mean of g forgets with 0.9.",
            ),
            (
                lambda *given: _subtracted(*given, beta1=0.999, beta2=0.9),
                "the two are swapped: 0.9 goes with m, 0.999 with s.",
            ),
            (
                lambda *given: _subtracted(*given, root=1.0),
                "the root is missing: s is a mean of squares, and the step is to have the size of the learning rate.",
            ),
            (
                lambda *given: _subtracted(*given, under_root=True),
                "epsilon stands under the root. It is added to the root.",
            ),
            (
                lambda *given: _subtracted(*given, epsilon=0.0),
                "epsilon is missing. The published program leaves it out too.",
            ),
            (
                lambda *given: _subtracted(*given, shares=False),
                "0.1 and 0.001 are missing: a mean takes that share of the new, beside 0.9 and 0.999 of the old.",
            ),
            (
                lambda *given: _subtracted(*given, brackets=False),
                "Python divides before it subtracts: m / 1 - 0.9**t needs brackets around 1 - 0.9**t.",
            ),
            (
                lambda *given: _subtracted(*given, overwritten=True),
                "the corrected means are written over m and s, and go into the next ones. Give them other names.",
            ),
            (
                lambda *given: _subtracted(*given, forgetful=True),
                "m and s begin at 0 in every step. They do so once, before the loop.",
            ),
            (
                lambda gradients, rate: np.diff([_subtracted(gradients[:k], rate) for k in range(len(gradients) + 1)]),
                "these are the single steps. Add them up.",
            ),
            (lambda *given: _subtracted(*given, last=True), "that is the last step alone. Add up all of them."),
            (lambda gradients, rate: _subtracted(gradients, 1.0), "the learning rate is missing."),
            (lambda *given: -_subtracted(*given), "the sign is the other way round: this is what is subtracted."),
        ],
        cases=[([0.3], 0.1), ([-2.0, 0.5, 4.0], 0.01), ([1e-8, 3e-8, 2e-8, -1e-8], 0.5)],
        praise="the mean of the gradients over the root of the mean of their squares, both corrected, step by step.",
    )


def check_ignored(answer: Callable[..., Any]) -> Verdict:
    """`answer(start, parameters)` is to give a list of booleans, a boolean for each of the derivatives.

    It is true where no parameter depends on that derivative from the second step on, for the optimizer whose
    `start(parameters)` makes the function `step(theta, gradient)` of a new run.
    """
    return judge(
        answer,
        right=lambda start, parameters: ~_influences(start, parameters).any(axis=1),
        mistakes=[
            (
                lambda start, parameters: np.zeros(parameters),
                'it finds none that is ignored, not even in the published "Adam". That one looks at all derivatives '
                "in its first step: give both runs a `start` and a theta of their own, the same first step, and more "
                "than one step in all.",
            ),
            (
                lambda start, parameters: np.ones(parameters),
                "it says of all that they are ignored. Take more than one step, and change the derivative from the "
                "second step on, by so much that the comparison sees it, and in a copy: after `other = theta` both "
                "move as one.",
            ),
            (
                lambda start, parameters: _influences(start, parameters).any(axis=1),
                "it is the other way round: True is for a derivative that has no influence.",
            ),
            (
                lambda start, parameters: np.flatnonzero(~_influences(start, parameters).any(axis=1)),
                "these are the places of the ignored derivatives. A True or False for each of them is wanted.",
            ),
            (
                lambda start, parameters: ~_influences(start, parameters).diagonal(),
                "a derivative may move another parameter than its own. Compare the whole of both thetas.",
            ),
            (
                lambda start, parameters: (~_influences(start, parameters).any(axis=1)).any(),
                "this is one True or False. One for each derivative is wanted. Does `return` stand inside of the loop?",
            ),
        ],
        cases=[(published_adam, 7), (adam, 3), (gradient_descent, 4), (neighbors, 3)],
        praise='the published "Adam" ignores the derivatives of its weights, and the other optimizers ignore none.',
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the AND network with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)


@spelled
def published_adam(parameters: int) -> Step:
    """The published "Adam" for a network 1-2-1: weights 0, 1, 4 and 5, biases 2, 3 and 6."""
    return published.PublishedAdam(0.1, sizes=(1, 2, 1)).start(parameters)


@spelled
def adam(parameters: int) -> Step:
    return Adam(0.1).start(parameters)


@spelled
def gradient_descent(parameters: int) -> Step:
    return SGD(0.1).start(parameters)


@spelled
def neighbors(parameters: int) -> Step:
    """Gradient descent in which every derivative moves the next parameter instead of its own."""
    step = SGD(0.1).start(parameters)
    return lambda theta, gradient: step(theta, np.roll(gradient, 1))


def _influences(start: Callable[[int], Step], parameters: int) -> NDArray[np.bool_]:
    """Whether derivative i has moved parameter j after three steps, if it was another from the second step on."""
    given = np.random.default_rng(0).normal(size=(3, parameters))
    ends = []
    for changed in [None, *range(parameters)]:
        theta, step, gradients = np.zeros(parameters), start(parameters), given.copy()
        if changed is not None:
            gradients[1:, changed] += 1.0
        for gradient in gradients:
            step(theta, gradient)
        ends.append(theta)
    return np.array(ends[1:]) != ends[0]


def _subtracted(
    gradients: Sequence[float], learning_rate: float, *, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-8, root: float = 0.5, corrected: bool = True, under_root: bool = False, shares: bool = True,
    brackets: bool = True, last: bool = False, overwritten: bool = False, forgetful: bool = False,
) -> float:
    """What Adam has subtracted after all `gradients`; the rest of the arguments put the usual mistakes in."""
    m = s = step = total = 0.0
    for t, g in enumerate(gradients, start=1):
        m, s = (0.0, 0.0) if forgetful else (m, s)
        m = beta1 * m + (1 - beta1 if shares else 1.0) * g
        s = beta2 * s + (1 - beta2 if shares else 1.0) * g**2
        m_hat = m / (1 - beta1**t if corrected else 1.0) if brackets else m - beta1**t
        s_hat = s / (1 - beta2**t if corrected else 1.0)
        step = learning_rate * m_hat / ((s_hat + epsilon) ** root if under_root else s_hat**root + epsilon)
        total += step
        m, s = (m_hat, s_hat) if overwritten else (m, s)
    return step if last else total
