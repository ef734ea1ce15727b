"""The exercises of lesson 06, on what a wrong gradient is and what it does."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import quiet, sigmoid
from ..arguments import Array, is_single, numbers, plain
from ..evidence import angle
from ..layers import Dense
from ..losses import mse
from ..network import Network
from ..published import feed_forward
from .judge import Verdict, judge, named_after
from .mystery import Lesson, Suspect
from .mystery import check_mystery as check_mystery


def build() -> Network:
    """What the last exercise is about: the program of the cases that teach, on flowers."""
    return Network(4, [Dense(3, sigmoid), Dense(3, sigmoid)]).initialize("normal", 0)


LESSON = Lesson(build, feed_forward.data, mse)

# Short enough for the curve of a logarithm, long enough for the rounding.
STEP = 1e-5


def check_angle(answer: Callable[..., Any]) -> Verdict:
    """`answer(a, b)` is to give the angle between two vectors of the same length, in degrees."""

    def cosine(a: Array, b: Array) -> float:
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    return judge(
        answer,
        right=lambda a, b: np.degrees(np.arccos(cosine(a, b))),
        mistakes=[
            (lambda a, b: np.arccos(cosine(a, b)), "this is in radians. `np.degrees` makes degrees of them."),
            (cosine, "this is the cosine of the angle. `np.arccos` leads back from it."),
            (lambda a, b: a @ b, "this is the dot product alone. Divide it by both lengths to have the cosine."),
            (
                lambda a, b: np.degrees(np.arccos(a @ b)),
                "the lengths are missing: the dot product is the cosine only of vectors of length 1.",
            ),
            (
                lambda a, b: np.degrees(np.arccos(a @ b / np.linalg.norm(a))),
                "only the length of a is divided out. The length of b belongs there too.",
            ),
            (
                lambda a, b: np.degrees(np.arccos(a * b / (np.linalg.norm(a) * np.linalg.norm(b)))),
                "a * b multiplies entry by entry. The dot product adds them up: `a @ b`.",
            ),
            (
                lambda a, b: 180 - np.degrees(np.arccos(cosine(a, b))),
                "this is the angle to the opposite vector. Is there a minus too much?",
            ),
            (
                lambda a, b: np.degrees(np.arccos(a @ b / (a @ a * (b @ b)))),
                "`a @ a` is the length squared. `np.linalg.norm(a)` is the length.",
            ),
        ],
        cases=[
            (np.array([0.6, -0.3, 0.2]), np.array([0.5, 0.4, -0.7])),
            (np.array([-0.4, 0.8]), np.array([0.9, 0.3])),
            (np.array([0.5, 0.1, -0.2, 0.3]), np.array([0.7, 0.2, 0.4, -0.1])),
        ],
        praise="the dot product over both lengths is the cosine. It is positive below 90 degrees.",
    )


def check_third_loss(answer: Callable[..., Any]) -> Verdict:
    """`answer(p, y)` is to give a loss whose derivative in z is p - y, where p = sigmoid(z) and y is 0 or 1."""

    def derivative(p: float, y: float) -> Any:
        high = answer(p + STEP, y)
        if high is None or high is ...:
            return high
        if is_single(high):
            raise TypeError("the loss has too few digits for its slope: compute it in float64")
        # A copy, because an answer may give the same array each time.
        high = numbers("the loss", plain(high)).copy()
        low = numbers("the loss", plain(answer(p - STEP, y)))
        with quiet():
            return (high - low) / (2 * STEP) * p * (1 - p)

    return judge(
        named_after(answer, derivative),
        right=lambda p, y: p - y,
        mistakes=[
            (
                lambda p, y: 2 * (p - y) * p * (1 - p),
                "this is the squared error. Its derivative in z has the slope p (1 - p) in it, and the factor 2.",
            ),
            (
                lambda p, y: (p - y) * p * (1 - p),
                "this has p - y as its derivative in p. Its derivative in z has the slope p (1 - p) too.",
            ),
            (lambda p, y: y - p, "its derivative is y - p. Turn the sign: a loss is low where all is well."),
            (lambda p, y: -y * (1 - p), "this counts the samples with y = 1 alone. Where y is 0, p has to be small."),
            (lambda p, y: (1 - y) * p, "this counts the samples with y = 0 alone. Where y is 1, p has to be large."),
            (lambda p, y: (p - y) / np.log(2), "take the natural logarithm, `np.log`: the one to base 2 has a factor."),
            (
                lambda p, y: p * (1 - p),
                "this has the slope of p - y itself. A loss is wanted that has p - y as its derivative in z.",
            ),
            (lambda p, y: p - 1, "this does not look at y: it is the loss of a sample with y = 1."),
        ],
        # Of a number of NumPy's, PyTorch makes a tensor in float64.
        cases=[tuple(np.array([p, y])) for p, y in ((0.3, 1), (0.8, 0), (0.6, 1), (0.25, 0))],
        praise="this is binary cross-entropy. The slope p (1 - p) stands in its derivative too, and cancels.",
        measured="the derivative in z of",
    )


def check_turned(answer: Callable[..., Any]) -> Verdict:
    """`answer(gradient, degrees)` is to give a vector that points `degrees` away from `gradient`, shape (parameters,).

    Its length and the side to which it is turned are free.
    """

    def turn(gradient: Array, degrees: float) -> Any:
        value = answer(gradient.copy(), degrees)
        if value is None or value is ...:
            return value
        value, came = numbers("the answer", plain(value)), np.asarray(plain(value))
        if value.shape != gradient.shape:
            raise ValueError(f"the answer must have the shape of the gradient, {gradient.shape}, got {value.shape}")
        if not value.any():
            raise ValueError("the answer must point somewhere, got zeros alone")
        # The angle has no more digits than the answer.
        return came.dtype.type(angle(value, gradient)) if is_single(came) else angle(value, gradient)

    return judge(
        named_after(answer, turn),
        right=lambda gradient, degrees: degrees,
        mistakes=[
            (lambda gradient, degrees: 0.0, "this is the gradient times a factor: it points where that points."),
            (lambda gradient, degrees: 180.0, "this is minus the gradient times a factor, turned by 180 degrees."),
            (
                lambda gradient, degrees: 90.0,
                "this is at 90 degrees to the gradient whatever `degrees` says. Mix it with the gradient.",
            ),
            (
                lambda gradient, degrees: abs(90 - degrees),
                "sine and cosine are exchanged: the gradient gets the cosine, what is at 90 degrees to it the sine.",
            ),
            (
                lambda gradient, degrees: np.degrees(np.arccos(np.cos(degrees))),
                "`np.cos` and `np.sin` take radians: give them `np.radians(degrees)`.",
            ),
            (
                lambda gradient, degrees: np.degrees(
                    np.arctan2(np.sin(np.radians(degrees)), np.linalg.norm(gradient) * np.cos(np.radians(degrees)))
                ),
                "what is at 90 degrees has length 1, and the gradient has not. Both must be of the same length.",
            ),
            (
                lambda gradient, degrees: 180 - degrees,
                "this is turned to the other side of 90 degrees: the gradient has the wrong sign.",
            ),
        ],
        cases=[
            (np.array([0.8, -1.5, 0.4, 2.0]), 30.0),
            (np.array([1.2, 0.3, -0.7, 0.5, 2.5]), 75.0),
            (np.array([-0.2, 0.9, 3.0]), 120.0),
        ],
        praise="a part along the gradient and a part at 90 degrees to it, as cosine and sine.",
        measured="the angle of",
    )


def mystery(seed: int, grade: int = 3) -> Suspect:
    """A gradient of a stranger's network with faults to be found: `suspect(theta, X, Y)`. See `Suspect` for grades."""
    return Suspect(LESSON, seed, grade)
