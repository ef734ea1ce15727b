"""The checkers of lesson 04: the right answer passes, and every mistake that they list gets a message of its own."""

import numpy as np
import pytest

from nbhelpers.exercises import or_net, or_net_pytorch

pytestmark = pytest.mark.filterwarnings("error")


def slope(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


def bend(z):
    return 1 / (1 + np.exp(-z))


# For each checker: right answers in more than one form, and mistakes with a word that only their message has.
CASES = {
    or_net.check_loss_slope: (
        [lambda f, f0: 2 * (f - f0) / f.size, lambda f, f0: [2 / len(f) * (a - b) for a, b in zip(f, f0)]],
        {
            "for the sum of the squares": lambda f, f0: 2 * (f - f0),
            "0.5 is 2/N": lambda f, f0: 0.5 * (f - f0),
            "half the sum": lambda f, f0: f - f0,
            "factor 2": lambda f, f0: (f - f0) / len(f),
            "sign": lambda f, f0: -2 * (f - f0) / len(f),
            "one number": lambda f, f0: 2 * (f - f0).mean(),
            "error itself": lambda f, f0: ((f - f0) ** 2).mean(),
        },
    ),
    or_net.check_hidden_derivative: (
        [lambda x, g, w, dE_dy: x * g * (1 - g) * w * dE_dy],
        {
            "is missing between": lambda x, g, w, dE_dy: dE_dy * w * x,
            "taken at g": lambda x, g, w, dE_dy: dE_dy * w * slope(g) * x,
            "output weight w is missing": lambda x, g, w, dE_dy: dE_dy * g * (1 - g) * x,
            "1 - g is missing": lambda x, g, w, dE_dy: dE_dy * w * g * x,
            "last factor": lambda x, g, w, dE_dy: dE_dy * w * g * (1 - g),
            "phase 1": lambda x, g, w, dE_dy: dE_dy * g,
            "sign": lambda x, g, w, dE_dy: -dE_dy * w * g * (1 - g) * x,
        },
    ),
    or_net.check_output_at_origin: (
        [lambda w: bend(0.5 * w.sum()), lambda w: bend((w * 0.5).sum())],
        {
            "1/2 is what": lambda w: 0.5,
            "takes 1 for": lambda w: bend(w.sum()),
            "weighted sum": lambda w: w.sum() / 2,
            "0 is what OR": lambda w: 0,
            "not averaged": lambda w: bend(w.mean()),
        },
    ),
    or_net.check_shared_bias: (
        [lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat.sum(), lambda dE_dy, dE_dyhat: sum(dE_dyhat) + dE_dy],
        {
            "commented line": lambda dE_dy, dE_dyhat: dE_dy,
            "yhat alone": lambda dE_dy, dE_dyhat: dE_dyhat.sum(),
            "mean": lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat.mean(),
            "for each hidden unit": lambda dE_dy, dE_dyhat: dE_dy + dE_dyhat,
            "not subtracted": lambda dE_dy, dE_dyhat: dE_dy - dE_dyhat.sum(),
            "not multiplied": lambda dE_dy, dE_dyhat: dE_dy * dE_dyhat.sum(),
        },
    ),
    or_net_pytorch.check_theta_from_torch: (
        [lambda hidden, output: np.hstack([hidden.ravel(order="F"), output.ravel(order="F")])],
        {
            "PyTorch's order": lambda hidden, output: np.concatenate([hidden.ravel(), output.ravel()]),
            "begins with": lambda hidden, output: np.concatenate([output.T.ravel(), hidden.T.ravel()]),
            "output layer are missing": lambda hidden, output: hidden.T.ravel(),
            "column": lambda hidden, output: np.concatenate([hidden.T.ravel(), output.T.ravel()])[:, None],
        },
    ),
    or_net_pytorch.check_left_in_grad: (
        [lambda gradients: sum(gradients), lambda gradients: np.array(gradients).sum(axis=0)],
        {
            "last gradient": lambda gradients: gradients[-1],
            "first gradient": lambda gradients: gradients[0],
            "nothing divides": lambda gradients: sum(gradients) / len(gradients),
            "parameters too": lambda gradients: np.sum(gradients),
        },
    ),
    or_net_pytorch.check_rate_for_sum: (
        [lambda learning_rate, N: learning_rate / N],
        {
            "N times the mean's": lambda learning_rate, N: learning_rate,
            "other way round": lambda learning_rate, N: learning_rate * N,
            "factor 2": lambda learning_rate, N: 2 * learning_rate / N,
            "4 is the number": lambda learning_rate, N: learning_rate / 4,
        },
    ),
}
RIGHT = [(check, answer) for check, (answers, _) in CASES.items() for answer in answers]
WRONG = [(check, words, answer) for check, (_, mistakes) in CASES.items() for words, answer in mistakes.items()]
NONSENSE = [
    3, None, "2/N", lambda: 1, lambda *a: None, lambda *a: ..., lambda *a: "a lot", lambda *a: np.nan, lambda *a: [],
    lambda *a: {}, lambda *a: 1 / 0, lambda *a: np.ones((7, 7)), lambda *a: [[1], [2, 3]],
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_the_right_answer_passes(check, answer):
    verdict = check(answer)
    assert verdict.passed and verdict.message.startswith("Right: ")


@pytest.mark.parametrize("check, words, answer", WRONG, ids=[f"{check.__name__}-{words}" for check, words, _ in WRONG])
def test_a_usual_mistake_is_named(check, words, answer):
    verdict = check(answer)
    assert not verdict.passed and verdict.message.startswith("Not yet: ") and words in verdict.message
    others = [check(other).message for c, w, other in WRONG if c is check and w != words]
    assert verdict.message not in others


@pytest.mark.parametrize("check", CASES)
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_answered_and_never_raised(check, nonsense):
    verdict = check(nonsense)
    assert not verdict.passed and str(verdict).startswith(("Not yet: ", "Not answered yet: ", "The checker needs "))


@pytest.mark.parametrize("check", CASES)
def test_the_blank_of_the_lesson_is_not_answered_yet(check):
    assert check(lambda *arguments: ...).message.startswith("Not answered yet: ")


@pytest.mark.parametrize("check", CASES)
def test_an_answer_does_not_change_what_the_next_one_is_asked(check):
    def spoils(*arguments):
        for argument in arguments:
            for array in argument if isinstance(argument, list) else [argument]:
                if isinstance(array, np.ndarray):
                    array[...] = 0.0
        return 0.0

    check(spoils)
    right = CASES[check][0][0]
    assert check(right).passed
