"""The checkers of lesson 02: a right answer passes, every usual mistake gets a message of its own, nothing raises."""

import numpy as np
import pytest

from nbhelpers.exercises import autoencoder as exercises


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# (a wrong answer, words of the message that names the mistake), for each checker.
HIDDEN = [
    (lambda v, d, z, slope: sum(v * d), "the slope is missing"),
    (lambda v, d, z, slope: sum(v * d) * sigmoid(z) * (1 - sigmoid(z)), "always takes the slope of the sigmoid"),
    (lambda v, d, z, slope: sum(v * d) * slope(OUTPUT[slope.__name__](z)), "taken at the unit's output"),
    (lambda v, d, z, slope: sum(v * d) * z, "the last factor is z itself"),
    (lambda v, d, z, slope: np.sum(d) * slope(z), "the weights are missing"),
    (lambda v, d, z, slope: np.sum(v) * np.sum(d) * slope(z), "you add up first and multiply then"),
    (lambda v, d, z, slope: v * d * slope(z), "one by one"),
    (lambda v, d, z, slope: -sum(v * d) * slope(z), "the sign is the other way round"),
]
OUTPUT = {
    "tanh_slope": np.tanh,
    "sigmoid_slope": sigmoid,
    "softplus_slope": lambda z: np.log(1 + np.exp(z)),
}
WEIGHTS = [
    (lambda H, D: H.T @ D / H.shape[0], "the mean over the samples"),
    (lambda H, D: (H.T @ D).T, "the transpose"),
    (lambda H, D: H[-1][:, None] * D[-1], "the last sample alone"),
    (lambda H, D: H[0][:, None] * D[0], "the first sample alone"),
    (lambda H, D: H.sum(0)[:, None] * D.sum(0), "add up over the samples first"),
    (lambda H, D: np.array([np.outer(h, d) for h, d in zip(H, D)]), "keeps the samples apart"),
    (lambda H, D: -H.T @ D, "the sign is the other way round"),
]
COUNT = [
    (lambda H: H.shape[0], "counts the patterns"),
    (lambda H: len({tuple(code) for code in H}), "have not been rounded"),
    (lambda H: len(set(H.round().ravel())), "counts the different numbers"),
    (lambda H: len({tuple(column) for column in H.round().T}), "counts the different columns"),
    (lambda H: 2 ** len(H[0]), "codes that there could be"),
    (lambda H: np.unique(H.round(), axis=0), "the different codes themselves"),
    (lambda H: np.sum(abs(H - 0.5) > 0.4), "counts clear activations"),
]
RIGHT = [
    (exercises.check_hidden_derivative, lambda v, d, z, slope: np.sum(v * d) * slope(z)),
    (exercises.check_weight_derivatives, lambda H, D: sum(np.outer(h, d) for h, d in zip(H, D))),
    (exercises.check_count_codes, lambda H: len({tuple(code) for code in H > 0.5})),
]
WRONG = [(check, *pair) for (check, _), pairs in zip(RIGHT, (HIDDEN, WEIGHTS, COUNT)) for pair in pairs]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_a_right_answer_passes(check, answer):
    verdict = check(answer)
    assert verdict.passed and verdict.message.startswith("Right: ")


@pytest.mark.parametrize("check, answer, words", WRONG, ids=[words for *_, words in WRONG])
def test_every_usual_mistake_is_named(check, answer, words):
    verdict = check(answer)
    assert not verdict.passed and verdict.message.startswith("Not yet: ") and words in verdict.message


def test_no_two_mistakes_have_the_same_message():
    for check, _ in RIGHT:
        messages = [other(answer).message for other, answer, _ in WRONG if other is check]
        assert len(set(messages)) == len(messages) > 5


@pytest.mark.parametrize("check, _", RIGHT)
@pytest.mark.parametrize("answer", [
    3.14, None, lambda *a: ..., lambda *a: None, lambda *a: "three", lambda: 1, lambda *a: 1 / 0, lambda *a: np.nan,
    lambda *a: [[1, 2], [3]], lambda *a: np.zeros((2, 2, 2)), lambda *a: {"d": 1},
], ids=str)
def test_nonsense_is_answered_and_not_raised(check, _, answer):
    verdict = check(answer)
    assert not verdict.passed and verdict.message.endswith((".", "`return`.", "right."))


def test_an_answer_that_is_wrong_in_no_usual_way_is_told_the_first_difference():
    message = exercises.check_count_codes(lambda H: 17).message
    assert "gives 17, but 1 is right" in message


def test_of_a_wrong_matrix_the_first_entry_that_is_wrong_is_shown_or_its_shape():
    # The first case is H = [[0.5, 2]] and D = [[1, 3, -1]]: entry [1, 2] of the product is 2 * -1.
    def one_entry_off(H, D):
        return H.T @ D + np.eye(H.shape[1], D.shape[1], k=1 if len(H) == 1 else 0) * [0, 0, 1][: D.shape[1]]

    called = "one_entry_off(an array of shape (1, 2), an array of shape (1, 3))"
    assert exercises.check_weight_derivatives(one_entry_off).message == f"Not yet: {called} gives -1 at [1, 2], but -2 is right."
    message = exercises.check_weight_derivatives(lambda H, D: (H.T @ D)[0]).message
    assert message.endswith("gives [ 0.5  1.5 -0.5], but an array of shape (2, 3) is right.")
