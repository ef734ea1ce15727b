"""The exercises of lesson 01, on the single softplus neuron."""

from collections.abc import Callable, Sequence
from functools import partial
from math import exp, expm1, log, log1p, sin
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

Function = Callable[[Sequence[float]], float]


def check_slope_from_output(answer: Callable[..., Any]) -> Verdict:
    """`answer(a)` is to give the slope of softplus where softplus is the number `a`."""
    return judge(
        answer,
        right=lambda a: 1 - exp(-a),
        mistakes=[
            (
                sigmoid.value,
                "this is the published program's line. The sigmoid is the slope when it is given z, and it is given a.",
            ),
            (lambda a: exp(-a), "this is 1 / (1 + exp(z)), what the slope lacks to 1."),
            (lambda a: exp(a) - 1, "this is exp(z), the part above the line. Below it is 1 + exp(z)."),
            (
                lambda a: 2 * (exp(a) - 1),
                "exp(z) / 1 + exp(z) is 2 exp(z), for Python divides before it adds. Write brackets round 1 + exp(z).",
            ),
            (
                lambda a: exp(a) - 1 / exp(a),
                "only the 1 is divided, for Python divides before it subtracts. Write brackets round exp(a) - 1.",
            ),
            (lambda a: log(expm1(a)), "this is z, the place. The slope of softplus at this place is wanted."),
            (lambda a: a, "this is a itself, the height of softplus. Its slope is wanted."),
            (lambda a: 1 - exp(a), "one sign is lost: the exponent is -a."),
            (lambda a: a * (1 - a), "this is the slope of the sigmoid in terms of its output. Here is softplus."),
            (lambda a: 1 - 1 // exp(a), "this is 1 wherever one looks. // cuts off all behind the point. Write /."),
        ],
        cases=[(0.5,), (1.3,), (3.0,)],
        praise="1 - exp(-a). With this line in the published program, its gradient would be right.",
    )


def check_slopes(answer: Callable[..., Any]) -> Verdict:
    """`answer(f, theta, step)` is to give the central difference of f(theta) in each entry of the list `theta`."""

    def each(rule: Callable[[Callable[[float], float], float], float]) -> Callable[..., list[float]]:
        """`rule(at, step)` for each entry, where `at(t)` is the value with this entry moved by t."""

        def slopes(f: Function, theta: Sequence[float], step: float) -> list[float]:
            def value(i: int, t: float) -> float:
                return f([*theta[:i], theta[i] + t, *theta[i + 1 :]])

            return [rule(partial(value, i), step) for i in range(len(theta))]

        return slopes

    right = each(lambda at, e: (at(e) - at(-e)) / (2 * e))
    return judge(
        answer,
        right=right,
        mistakes=[
            (
                each(lambda at, e: (at(e) - at(-e)) / 2 * e),
                "/ 2 * step divides by 2 and then multiplies by the step. Write brackets: / (2 * step).",
            ),
            (
                each(lambda at, e: at(e) - at(-e) / (2 * e)),
                "only the second value is divided, for Python divides before it subtracts. Write brackets round the "
                "difference.",
            ),
            (
                each(lambda at, e: (at(e) - at(0)) / e),
                "this is the one-sided difference. Its error shrinks like the step; go to both sides, and it shrinks "
                "like the square of the step.",
            ),
            (each(lambda at, e: (at(0) - at(-e)) / e), "this is the one-sided difference, to the left. Go both ways."),
            (each(lambda at, e: (at(e) - at(-e)) / e), "the two places lie two steps apart, but you divide by one."),
            (each(lambda at, e: (at(-e) - at(e)) / (2 * e)), "the sign is the other way round: above minus below."),
            (each(lambda at, e: at(e) - at(-e)), "this is the rise alone. A slope is the rise over the distance."),
            (
                each(lambda at, e: (at(e) - at(-e)) // (2 * e)),
                "// divides and rounds down to a whole number. Write /.",
            ),
            (_not_put_back, "an entry stays moved while the next one has its turn. Put it back first."),
            (
                lambda f, theta, step: [0.0] * len(theta),
                "all slopes are 0. Is each one kept? `above = theta` gives the same list a second name, and both move "
                "as one. Copy it: list(theta).",
            ),
            (
                lambda f, theta, step: [
                    (f([t + step for t in theta]) - f([t - step for t in theta])) / (2 * step)
                ] * len(theta),
                "all entries move at once. Each has its turn alone, while the others stay.",
            ),
            (
                lambda *given: right(*given)[0],
                "this is one number, the slope in the first entry. Does `return` stand inside of the loop?",
            ),
        ],
        cases=[(_wave, [1.0, 2.0], 0.01), (_product, [-0.5, -1.5, 2.0], 0.1), (_logarithm, [2.0, 0.3], 0.5)],
        praise="two looks for each parameter, one slope each. This is the judge.",
    )


def check_tied_derivative(answer: Callable[..., Any]) -> Verdict:
    """`answer(x, y, w, b)` is to give the derivative in `w` of (y - p) ** 2, where p = w * softplus(w * x + b)."""

    def of(rule: Callable[..., float], slope: Callable[..., Any] = sigmoid.value) -> Callable[..., float]:
        """`rule(r, a, s, x, w)` with the residual y - p, the activation, and the slope at z."""

        def derivative(x: float, y: float, w: float, b: float) -> float:
            z = w * x + b
            a = float(softplus.value(z))
            return rule(y - w * a, a, float(slope(z)), x, w)

        return derivative

    return judge(
        answer,
        right=of(lambda r, a, s, x, w: -2 * r * (a + w * s * x)),
        mistakes=[
            (
                of(lambda r, a, s, x, w: -2 * r * w * s * x),
                "this is the way through z alone. w is the output weight too: it moves p a second time.",
            ),
            (
                of(lambda r, a, s, x, w: -2 * r * a),
                "this is the way of the output weight alone. w stands inside of z too, and moves p from there.",
            ),
            (
                of(lambda r, a, s, x, w: -2 * r * a * w * s * x),
                "the two ways are multiplied. Along one way factors multiply; the effects of two ways add up.",
            ),
            (
                of(lambda r, a, s, x, w: -2 * r * a + w * s * x),
                "brackets are missing: -2 * (y - p) belongs to both ways, and it is multiplied to the first alone.",
            ),
            (
                of(lambda r, a, s, x, w: 2 * r * (a + w * s * x)),
                "the sign is the other way round: p stands behind a minus in y - p.",
            ),
            (of(lambda r, a, s, x, w: -r * (a + w * s * x)), "the factor 2 of the square is missing."),
            (of(lambda r, a, s, x, w: a + w * s * x), "this is the derivative of p. The square of y - p is missing."),
            (of(lambda r, a, s, x, w: -2 * r * (a + w * s)), "the factor x is missing: w moves z by x, not by 1."),
            (of(lambda r, a, s, x, w: -2 * r * (a + s * x)), "the factor w is missing: a moves p by the weight."),
            (
                of(lambda r, a, s, x, w: -2 * r * (a + w * x)),
                "the slope of softplus is missing: z moves a by sigmoid(z), not by 1.",
            ),
            (
                of(lambda r, a, s, x, w: -2 * r * (a + w * s * x), slope=lambda z: sigmoid.value(softplus.value(z))),
                "the slope is taken at softplus(z), as in the published program. It belongs at z.",
            ),
        ],
        cases=[(2.0, 1.0, 0.5, -0.3), (3.0, -2.0, -0.4, 0.8), (5.0, 4.0, 0.2, 0.1)],
        praise="w moves p along two ways. Each is a product, and the two add up.",
    )


def mystery(seed: int, grade: int = 1) -> Suspect:
    """A gradient of the neuron with a fault to be found: `suspect(theta, X, Y)`. See `Suspect` for the grades."""
    return Suspect(LESSON, seed, grade)


def _not_put_back(f: Function, theta: Sequence[float], step: float) -> list[float]:
    moved, slopes = [*theta], []
    for i in range(len(moved)):
        moved[i] += step
        above = f(moved)
        moved[i] -= 2 * step
        slopes.append((above - f(moved)) / (2 * step))
    return slopes


def _wave(theta: Sequence[float]) -> float:
    return sin(theta[0]) * theta[1] ** 2


def _product(theta: Sequence[float]) -> float:
    return theta[0] * exp(theta[1]) * theta[2] ** 3


def _logarithm(theta: Sequence[float]) -> float:
    return log1p(theta[0] * exp(theta[1]))
