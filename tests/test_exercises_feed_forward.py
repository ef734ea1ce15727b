"""The checkers of lesson 05: they know the right answer, and name the usual mistakes."""

import numpy as np
import pytest

from nbhelpers.exercises import feed_forward

pytestmark = pytest.mark.filterwarnings("error:::nbhelpers", "error::RuntimeWarning")


def jacobian(x, neurons, filled):
    """The Jacobian entry by entry; `filled(k, i, j)` gives the entry."""
    return np.array([[[filled(k, i, j) for j in range(neurons)] for i in range(len(x))] for k in range(neurons)])


def summed_outer(X, D):
    return sum(np.outer(x, d) for x, d in zip(X, D))


def scale(X, by):
    mean = sum(by) / len(by)
    return (X - mean) / np.sqrt(sum((by - mean) ** 2) / len(by))


RIGHT = {
    "check_loss_slope": lambda y, p: 2 * (p - y),
    "check_weight_jacobian": lambda x, neurons: jacobian(x, neurons, lambda k, i, j: x[i] if k == j else 0.0),
    "check_weight_gradient": summed_outer,
    "check_standardize": lambda X_train, X_test: scale(X_test, X_train),
}

MISTAKES = [
    ("check_loss_slope", lambda y, p: 2 * (y - p), "published text"),
    ("check_loss_slope", lambda y, p: p - y, "factor 2"),
    ("check_loss_slope", lambda y, p: y - p, "residual"),
    ("check_loss_slope", lambda y, p: (y - p) ** 2, "squared residual itself"),
    ("check_loss_slope", lambda y, p: 2 * (p - y) * p * (1 - p), "sigmoid"),
    ("check_weight_jacobian", lambda x, n: jacobian(x, n, lambda k, i, j: x[i]), "published class"),
    ("check_weight_jacobian", lambda x, n: jacobian(x, n, lambda k, i, j: 0.0 if k == j else x[i]), "wrong places"),
    ("check_weight_jacobian", lambda x, n: jacobian(x, n, lambda k, i, j: 1.0 if k == j else 0.0), "there is x[i]"),
    ("check_weight_jacobian",
     lambda x, n: jacobian(x, n, lambda k, i, j: x[i] if k == j else 0.0).transpose(0, 2, 1), "exchanged"),
    ("check_weight_jacobian", lambda x, n: np.zeros((n, len(x), n)), "still 0"),
    ("check_weight_gradient", lambda X, D: summed_outer(X, D.sum(axis=1)[:, None] + 0 * D), "published class"),
    ("check_weight_gradient", lambda X, D: summed_outer(D, X), "transpose"),
    ("check_weight_gradient", lambda X, D: summed_outer(X, D) / len(X), "mean"),
    ("check_weight_gradient", lambda X, D: sum(D), "biases"),
    ("check_weight_gradient", lambda X, D: np.outer(X[0], D[0]), "first sample"),
    ("check_weight_gradient", lambda X, D: np.outer(sum(X), sum(D)), "too early"),
    ("check_standardize", lambda X_train, X_test: scale(X_test, X_test), "test data's own"),
    ("check_standardize", lambda X_train, X_test: scale(X_test, np.concatenate([X_test, X_train])), "X_train alone"),
    ("check_standardize", lambda X_train, X_test: X_test - X_train.mean(axis=0), "standard deviation is missing"),
    ("check_standardize", lambda X_train, X_test: X_test / X_train.std(axis=0), "mean is missing"),
    ("check_standardize", lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.var(axis=0), "variance"),
    ("check_standardize", lambda X_train, X_test: (X_test - X_train.mean()) / X_train.std(), "axis=0"),
    ("check_standardize",
     lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1), "n - 1"),
    ("check_standardize", lambda X_train, X_test: scale(X_train, X_train), "training data. The test data"),
]


@pytest.mark.parametrize("checker", RIGHT)
def test_the_right_answer_passes(checker):
    verdict = getattr(feed_forward, checker)(RIGHT[checker])
    assert verdict.passed and str(verdict).startswith("Right: ")


@pytest.mark.parametrize("checker, answer, words", MISTAKES, ids=[f"{c} {w}" for c, _, w in MISTAKES])
def test_each_usual_mistake_is_named(checker, answer, words):
    verdict = getattr(feed_forward, checker)(answer)
    assert not verdict.passed and str(verdict).startswith("Not yet: ") and words in str(verdict)


def test_no_two_mistakes_get_the_same_message():
    messages = [str(getattr(feed_forward, checker)(answer)) for checker, answer, _ in MISTAKES]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("checker", RIGHT)
@pytest.mark.parametrize("answer", [
    None, 3, "X.T @ D", lambda *a: ..., lambda *a: None, lambda *a: "text", lambda *a: [[1], [2, 3]], lambda: 1,
    lambda *a: a[5], lambda *a: float("nan"), lambda *a: np.zeros(0),
], ids=str)
def test_nonsense_gets_a_sentence_and_raises_nothing(checker, answer):
    verdict = getattr(feed_forward, checker)(answer)
    assert not verdict.passed and len(str(verdict)) > 20


def test_the_answers_that_the_lesson_folds_out_are_right():
    import re
    from pathlib import Path

    import nbformat

    notebook = nbformat.read(Path(__file__).parent.parent / "notebooks" / "05_feed_forward_class.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    folded = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(folded) == len(RIGHT)
    for checker, source in zip(RIGHT, folded):
        names = {"np": np}
        exec(source, names)
        (answer,) = (value for name, value in names.items() if name not in ("np", "__builtins__"))
        assert getattr(feed_forward, checker)(answer).passed
