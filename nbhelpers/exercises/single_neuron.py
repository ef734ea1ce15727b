"""The exercises of lesson 01, on the single softplus neuron."""

from collections.abc import Callable
from math import exp, log1p, sin
from typing import Any

from ..activations import sigmoid, softplus
from ..datasets import fibonacci
from ..losses import ssr
from ..published import single_neuron as published
from .judge import Verdict, judge
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery

# What the last exercise is about.
LESSON = Lesson(published.build, fibonacci, ssr)


def check_softplus_slope(answer: Callable[..., Any]) -> Verdict:
    """`answer(z)` is to give the slope of softplus at the number `z`."""
    return judge(
        answer,
        right=sigmoid.value,
        mistakes=[
            (
                lambda z: sigmoid.value(softplus.value(z)),
                "this is the slope at softplus(z), the neuron's output. The slope belongs at its input, z. "
                "The published program makes the same mistake.",
            ),
            (softplus.value, "this is softplus itself. Its slope is wanted: how fast it rises at z."),
            (sigmoid.slope, "this is the slope of the sigmoid. The slope of softplus is the sigmoid itself."),
            (lambda z: exp(z), "this is the slope of exp(z) alone. The logarithm divides it by 1 + exp(z)."),
            (lambda z: 1 / (1 + exp(z)), "the fraction is upside down in part: the exp(z) above the line is missing."),
        ],
        cases=[(0.5,), (-1.0,), (2.0,)],
        praise="the slope of softplus at z is exp(z) / (1 + exp(z)), the sigmoid of z.",
    )


def check_bias_derivative(answer: Callable[..., Any]) -> Verdict:
    """`answer(x, y, w, b, v)` is to give the derivative in `b` of the squared residual of one data point."""

    def derivative(
        x: float, y: float, w: float, b: float, v: float, *, slope: Callable[[float], Any] = sigmoid.value
    ) -> Any:
        z = w * x + b
        return -2 * (y - v * softplus.value(z)) * v * slope(z)

    return judge(
        answer,
        right=derivative,
        mistakes=[
            (
                lambda x, *rest: derivative(x, *rest) * x,
                "this is the derivative in w: the factor x belongs to it alone.",
            ),
            (lambda *point: -derivative(*point), "the sign is the other way round: p stands behind a minus in y - p."),
            (lambda *point: derivative(*point) / 2, "the factor 2 of the square is missing."),
            (
                lambda x, y, w, b, v: derivative(x, y, w, b, v) / v,
                "the factor v is missing: the prediction is v times the activation.",
            ),
            (
                lambda *point: derivative(*point, slope=lambda z: sigmoid.value(softplus.value(z))),
                "the slope is taken at softplus(z), as in the published program. It belongs at z.",
            ),
            (
                lambda *point: derivative(*point, slope=lambda z: 1.0),
                "the slope of softplus is missing from the chain: z moves a by sigmoid(z), not by 1.",
            ),
        ],
        cases=[(2.0, 1.0, 0.5, -0.3, 1.5), (3.0, 2.0, -0.4, 0.8, 0.6), (5.0, 4.0, 0.2, 0.1, -0.7)],
        praise="four factors, one for each arrow of the chain, and the last one is 1.",
    )


def check_central_difference(answer: Callable[..., Any]) -> Verdict:
    """`answer(f, t, h)` is to give the central difference of the function `f` at the number `t`."""
    return judge(
        answer,
        right=lambda f, t, h: (f(t + h) - f(t - h)) / (2 * h),
        mistakes=[
            (
                lambda f, t, h: (f(t + h) - f(t)) / h,
                "this is the one-sided difference. Its error shrinks like h; take a step to both sides and it shrinks "
                "like h squared.",
            ),
            (lambda f, t, h: (f(t) - f(t - h)) / h, "this is the one-sided difference, to the left. Take both sides."),
            (lambda f, t, h: (f(t + h) - f(t - h)) / h, "the two points lie 2h apart, but you divide by h."),
            (lambda f, t, h: (f(t - h) - f(t + h)) / (2 * h), "the sign is the other way round: right minus left."),
            (lambda f, t, h: f(t + h) - f(t - h), "this is the rise alone. A slope is the rise over the distance, 2h."),
        ],
        cases=[(sin, 1.0, 0.01), (exp, 0.5, 0.1), (log1p, 2.0, 0.5)],
        praise="the rise over both steps, divided by their length.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the neuron with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)
