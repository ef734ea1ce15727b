"""The checkers of lesson 03: the right answer passes, each usual mistake is named, and nothing is ever raised."""

import re

import numpy as np
import pytest

from nbhelpers import leaky_relu, relu
from nbhelpers.exercises import and_net as exercises

slope = leaky_relu.slope


def adam(m, v, t, rate, beta1=0.9, beta2=0.999):
    """The right step, with other betas where they are given."""
    return rate * m / (1 - beta1**t) / ((v / (1 - beta2**t)) ** 0.5 + 1e-8)


RIGHT = [
    (exercises.check_weight_gradient, lambda A, W, D_Z: A.T @ D_Z),
    (exercises.check_weight_gradient, lambda A, W, D_Z: sum(np.outer(a, d) for a, d in zip(A, D_Z))),
    (exercises.check_hand_down, lambda D, Z, W: (D * slope(Z)) @ W.T),
    (exercises.check_hand_down, lambda D, Z, W: np.einsum("rj,ij->ri", np.where(Z > 0, D, 0.1 * D), W)),
    (exercises.check_adam_step, lambda m, v, t, rate: rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)),
]
MISTAKES = [
    (exercises.check_weight_gradient, lambda A, W, D: W * D.sum(axis=0), "the weight stands where"),
    (exercises.check_weight_gradient, lambda A, W, D: D.T @ A, "turned on its side"),
    (exercises.check_weight_gradient, lambda A, W, D: A.T @ D / len(A), "do not divide once more"),
    (exercises.check_weight_gradient, lambda A, W, D: np.outer(A.sum(axis=0), D.sum(axis=0)), "added up too early"),
    (exercises.check_weight_gradient, lambda A, W, D: A.T @ (D @ W.T), "the weights have no place here"),
    (exercises.check_weight_gradient, lambda A, W, D: -(A.T @ D), "sign is the other way round"),
    (exercises.check_hand_down, lambda D, Z, W: D @ W.T, "slope of the activation is missing"),
    (exercises.check_hand_down, lambda D, Z, W: (D * slope(Z)) @ W, "not turned"),
    (exercises.check_hand_down, lambda D, Z, W: (D @ W.T) * slope(Z), "too late"),
    (exercises.check_hand_down, lambda D, Z, W: (D * leaky_relu.value(Z)) @ W.T, "the activation itself"),
    (exercises.check_hand_down, lambda D, Z, W: (D * relu.slope(Z)) @ W.T, "the slope of ReLU"),
    (exercises.check_hand_down, lambda D, Z, W: D * slope(Z), "this is D_Z"),
    (exercises.check_adam_step, lambda m, v, t, r: r * m / (v**0.5 + 1e-8), "correction for the start is missing"),
    (exercises.check_adam_step, lambda *given: adam(*given, beta2=0.9), "both .* with 0.9"),
    (exercises.check_adam_step, lambda *given: adam(*given, beta1=0.999), "both .* with 0.999"),
    (exercises.check_adam_step, lambda *given: adam(*given, beta1=0.999, beta2=0.9), "swapped"),
    (
        exercises.check_adam_step,
        lambda m, v, t, r: r * m / (1 - 0.9**t) / (v / (1 - 0.999**t) + 1e-8),
        "root is missing",
    ),
    (
        exercises.check_adam_step,
        lambda m, v, t, r: r * m / (1 - 0.9**t) / (v / (1 - 0.999**t) + 1e-8) ** 0.5,
        "under the root",
    ),
    (
        exercises.check_adam_step,
        lambda m, v, t, r: r * m / (1 - 0.9**t) / (v / (1 - 0.999**t)) ** 0.5,
        "epsilon is missing",
    ),
    (exercises.check_adam_step, lambda m, v, t, r: adam(m, v, t, 1), "learning rate is missing"),
    (exercises.check_adam_step, lambda *given: -adam(*given), "sign is the other way"),
]
CHECKERS = [exercises.check_weight_gradient, exercises.check_hand_down, exercises.check_adam_step]


@pytest.mark.parametrize("checker, answer", RIGHT)
def test_a_right_answer_passes_however_it_is_written(checker, answer):
    verdict = checker(answer)
    assert verdict.passed and verdict.message.startswith("Right: ")


@pytest.mark.parametrize("checker, answer, message", MISTAKES)
def test_a_usual_mistake_is_named(checker, answer, message):
    verdict = checker(answer)
    assert not verdict.passed and re.search(message, verdict.message), verdict.message


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_mistake_has_a_message_of_its_own(checker):
    messages = [checker(answer).message for used, answer, _ in MISTAKES if used is checker]
    assert len(set(messages)) == len(messages) >= 6


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("answer", [
    lambda *given: ..., lambda *given: None, lambda *given: "text", lambda *given: 1 / 0, lambda: 3, 7, None,
    lambda *given: np.zeros(5), lambda *given: np.nan, lambda *given: [[1], [2, 3]],
])
def test_nonsense_is_answered_and_not_raised(checker, answer):
    verdict = checker(answer)
    assert not verdict.passed and verdict.message


@pytest.mark.parametrize("checker", CHECKERS)
def test_an_answer_that_is_not_there_yet_is_said_to_be_so(checker):
    assert checker(lambda *given: ...).message.startswith("Not answered yet")
