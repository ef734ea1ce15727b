"""The checkers of all lessons: right answers pass, each usual mistake is named as itself, and nothing is ever raised.

The answers are written out here as a learner would write them, without the formulas of the checkers or of the package.
"""

import importlib
import inspect
import math
import pkgutil
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from nbhelpers import exercises, leaky_relu
from nbhelpers.exercises import and_net, autoencoder, feed_forward, or_net, or_net_pytorch, single_neuron


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def softplus(z):
    return np.log(1 + np.exp(z))


OUTPUT = {"tanh_slope": np.tanh, "sigmoid_slope": sigmoid, "softplus_slope": softplus}


def prediction(x, w, b, v):
    return v * softplus(w * x + b)


def leaky(Z):
    return np.where(Z > 0, Z, 0.1 * Z)


def leaky_slope(Z):
    return np.where(Z > 0, 1.0, 0.1)


def adam(m, v, t, learning_rate, first=0.9, second=0.999):
    return learning_rate * m / (1 - first**t) / ((v / (1 - second**t)) ** 0.5 + 1e-8)


def jacobian(x, neurons, entry):
    """Entry by entry; `entry(k, i, j)` gives one."""
    return np.array([[[entry(k, i, j) for j in range(neurons)] for i in range(len(x))] for k in range(neurons)])


def summed_outer(X, D):
    return sum(np.outer(x, d) for x, d in zip(X, D))


def scaled(X, by):
    mean = sum(by) / len(by)
    return (X - mean) / np.sqrt(sum((by - mean) ** 2) / len(by))


def or_parts(X, Y, W, v, b, slope=True):
    """The derivatives in the output sums and in the hidden sums, a row for each row of X."""
    A = sigmoid(X @ W + b)
    P = sigmoid(A @ v + b)
    D_T = 2 * (P - Y) * P * (1 - P) / len(X)
    return D_T, D_T * v.T * (A * (1 - A) if slope else 1)


def or_error(X, Y, W, v, b):
    return np.mean((sigmoid(sigmoid(X @ W + b) @ v + b) - Y) ** 2)


def through(x, y, W, v, b, rows):
    """The derivative of one row's part of the error in the shared bias."""
    a = [sigmoid(sum(x * column) + b) for column in W.T]
    p = sigmoid(sum(a * v[:, 0]) + b)
    return 2 / rows * (p - y) * p * (1 - p) * (1 + sum(w * unit * (1 - unit) for w, unit in zip(v[:, 0], a)))


def without_zero_grad(theta, gradients, rate):
    grad = 0 * theta
    for gradient in gradients:
        grad = grad + gradient
        theta = theta - rate * grad
    return theta


# For each checker: right answers in more than one form; and mistakes, by words that only the right message has.
TABLE = {
    single_neuron.check_softplus_slope: (
        [lambda z: np.exp(z) / (1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)), lambda z: 1 - 1 / (1 + np.exp(z))],
        {
            "slope at softplus(z)": lambda z: sigmoid(np.log(1 + np.exp(z))),
            "softplus itself": lambda z: np.log(1 + np.exp(z)),
            "slope of the sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
            "exp(z) alone": lambda z: np.exp(z),
            "upside down": lambda z: 1 / (1 + np.exp(z)),
        },
    ),
    single_neuron.check_bias_derivative: (
        [
            lambda x, y, w, b, v: -2 * (y - prediction(x, w, b, v)) * v * sigmoid(w * x + b),
            lambda x, y, w, b, v: 2 * v / (1 + np.exp(-b - w * x)) * (v * softplus(b + w * x) - y),
        ],
        {
            "derivative in w": lambda x, y, w, b, v: 2 * (prediction(x, w, b, v) - y) * v * sigmoid(w * x + b) * x,
            "sign": lambda x, y, w, b, v: 2 * (y - prediction(x, w, b, v)) * v * sigmoid(w * x + b),
            "factor 2": lambda x, y, w, b, v: (prediction(x, w, b, v) - y) * v * sigmoid(w * x + b),
            "factor v": lambda x, y, w, b, v: 2 * (prediction(x, w, b, v) - y) * sigmoid(w * x + b),
            "taken at softplus(z)": (
                lambda x, y, w, b, v: 2 * (prediction(x, w, b, v) - y) * v * sigmoid(softplus(w * x + b))
            ),
            "missing from the chain": lambda x, y, w, b, v: 2 * (prediction(x, w, b, v) - y) * v,
        },
    ),
    single_neuron.check_central_difference: (
        [
            lambda f, t, h: (f(t + h) - f(t - h)) / (2 * h),
            lambda f, t, h: ((f(t + h) - f(t)) / h + (f(t) - f(t - h)) / h) / 2,
        ],
        {
            "a step to both sides": lambda f, t, h: (f(t + h) - f(t)) / h,
            "to the left": lambda f, t, h: (f(t) - f(t - h)) / h,
            "you divide by h": lambda f, t, h: (f(t + h) - f(t - h)) / h,
            "right minus left": lambda f, t, h: (f(t - h) - f(t + h)) / (2 * h),
            "the rise alone": lambda f, t, h: f(t + h) - f(t - h),
        },
    ),
    autoencoder.check_hidden_derivative: (
        [
            lambda v, d, z, slope: np.sum(v * d) * slope(z),
            lambda v, d, z, slope: sum(weight * above * slope(z) for weight, above in zip(v, d)),
        ],
        {
            "the slope is missing": lambda v, d, z, slope: sum(v * d),
            "always takes the slope of the sigmoid": lambda v, d, z, slope: sum(v * d) * sigmoid_slope(z),
            "taken at the unit's output": lambda v, d, z, slope: sum(v * d) * slope(OUTPUT[slope.__name__](z)),
            "the last factor is z itself": lambda v, d, z, slope: sum(v * d) * z,
            "the weights are missing": lambda v, d, z, slope: np.sum(d) * slope(z),
            "you add up first": lambda v, d, z, slope: np.sum(v) * np.sum(d) * slope(z),
            "one by one": lambda v, d, z, slope: v * d * slope(z),
            "the sign is the other way round": lambda v, d, z, slope: -sum(v * d) * slope(z),
        },
    ),
    autoencoder.check_weight_derivatives: (
        [lambda H, D: H.T @ D, lambda H, D: sum(np.outer(h, d) for h, d in zip(H, D))],
        {
            "the mean over the samples": lambda H, D: H.T @ D / H.shape[0],
            "the transpose": lambda H, D: (H.T @ D).T,
            "the last sample alone": lambda H, D: H[-1][:, None] * D[-1],
            "the first sample alone": lambda H, D: H[0][:, None] * D[0],
            "add up over the samples first": lambda H, D: H.sum(0)[:, None] * D.sum(0),
            "keeps the samples apart": lambda H, D: np.array([np.outer(h, d) for h, d in zip(H, D)]),
            "the sign is the other way round": lambda H, D: -H.T @ D,
        },
    ),
    autoencoder.check_count_codes: (
        [lambda H: len(np.unique(H > 0.5, axis=0)), lambda H: len({tuple(code) for code in H.round()})],
        {
            "counts the patterns": lambda H: H.shape[0],
            "have not been rounded": lambda H: len({tuple(code) for code in H}),
            "counts the different numbers": lambda H: len(set(H.round().ravel())),
            "counts the different columns": lambda H: len({tuple(column) for column in H.round().T}),
            "codes that there could be": lambda H: 2 ** len(H[0]),
            "the different codes themselves": lambda H: np.unique(H.round(), axis=0),
            "counts clear activations": lambda H: np.sum(abs(H - 0.5) > 0.4),
        },
    ),
    and_net.check_weight_gradient: (
        [lambda A, W, D_Z: A.T @ D_Z, lambda A, W, D_Z: sum(np.outer(a, d) for a, d in zip(A, D_Z))],
        {
            "the weight stands where": lambda A, W, D_Z: W * D_Z.sum(axis=0),
            "turned on its side": lambda A, W, D_Z: D_Z.T @ A,
            "do not divide once more": lambda A, W, D_Z: A.T @ D_Z / len(A),
            "added up too early": lambda A, W, D_Z: np.outer(A.sum(axis=0), D_Z.sum(axis=0)),
            "the weights have no place here": lambda A, W, D_Z: A.T @ (D_Z @ W.T),
            "the sign is the other way round": lambda A, W, D_Z: -(A.T @ D_Z),
        },
    ),
    and_net.check_hand_down: (
        [
            lambda D, Z, W: (D * leaky_slope(Z)) @ W.T,
            lambda D, Z, W: np.einsum("rj,ij->ri", np.where(Z > 0, D, 0.1 * D), W),
        ],
        {
            "slope of the activation is missing": lambda D, Z, W: D @ W.T,
            "not turned": lambda D, Z, W: (D * leaky_slope(Z)) @ W,
            "too late": lambda D, Z, W: (D @ W.T) * leaky_slope(Z),
            "the activation itself": lambda D, Z, W: (D * leaky(Z)) @ W.T,
            "the slope of ReLU": lambda D, Z, W: (D * (Z > 0)) @ W.T,
            "this is D_Z": lambda D, Z, W: D * leaky_slope(Z),
        },
    ),
    and_net.check_adam_step: (
        [
            lambda m, v, t, rate: rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8),
            lambda m, v, t, rate: rate * (m / (1 - 0.9**t)) / (1e-8 + np.sqrt(v) / np.sqrt(1 - 0.999**t)),
        ],
        {
            "correction for the start is missing": lambda m, v, t, rate: rate * m / (v**0.5 + 1e-8),
            "corrected with 0.9. The": lambda m, v, t, rate: adam(m, v, t, rate, second=0.9),
            "corrected with 0.999. The": lambda m, v, t, rate: adam(m, v, t, rate, first=0.999),
            "swapped": lambda m, v, t, rate: adam(m, v, t, rate, first=0.999, second=0.9),
            "root is missing": lambda m, v, t, rate: rate * m / (1 - 0.9**t) / (v / (1 - 0.999**t) + 1e-8),
            "under the root": lambda m, v, t, rate: rate * m / (1 - 0.9**t) / (v / (1 - 0.999**t) + 1e-8) ** 0.5,
            "epsilon is missing": lambda m, v, t, rate: rate * m / (1 - 0.9**t) / (v / (1 - 0.999**t)) ** 0.5,
            "learning rate is missing": lambda m, v, t, rate: adam(m, v, t, 1),
            "sign is the other way": lambda m, v, t, rate: -adam(m, v, t, rate),
        },
    ),
    or_net.check_bias_derivatives: (
        [
            lambda D_Z: D_Z.sum(axis=0), lambda D_Z: [sum(column) for column in zip(*D_Z)],
            lambda D_Z: np.ones((1, len(D_Z))) @ D_Z, lambda D_Z: np.float32(D_Z.sum(0)),
        ],
        {
            "wrong axis": lambda D_Z: D_Z.sum(axis=1),
            "one number for all units": lambda D_Z: np.sum(D_Z),
            "mean of the rows": lambda D_Z: D_Z.sum(axis=0) / len(D_Z),
            "still apart": lambda D_Z: D_Z,
            "last row": lambda D_Z: D_Z[-1],
            "first row": lambda D_Z: D_Z[0],
            "sign": lambda D_Z: -sum(D_Z),
        },
    ),
    or_net.check_counted_slope: (
        [
            lambda p, y, counts: 2 / sum(counts) * counts * (p - y),
            lambda p, y, counts: [2 * c * (a - b) / counts.sum() for a, b, c in zip(p, y, counts)],
            lambda p, y, counts: ((2 * counts * (p - y)) / counts.sum()).astype(np.float32)[None, :],
        ],
        {
            "number of different rows": lambda p, y, counts: 2 / len(p) * counts * (p - y),
            "counts once": lambda p, y, counts: 2 / counts.sum() * (p - y),
            "has no say": lambda p, y, counts: 2 / p.size * (p - y),
            "0.5 is": lambda p, y, counts: (p - y) * counts / 2,
            "sum of the squares": lambda p, y, counts: 2 * (p - y) * counts,
            "factor 2": lambda p, y, counts: counts / counts.sum() * (p - y),
            "sign": lambda p, y, counts: -2 * counts * (p - y) / counts.sum(),
            "`/` comes before": lambda p, y, counts: 2 * counts * p - y / counts.sum(),
            "`*` comes before": lambda p, y, counts: 2 / counts.sum() * counts * p - y,
            "all zeros": lambda p, y, counts: 2 // counts.sum() * counts * (p - y),
            "one number": lambda p, y, counts: sum(2 * counts * (p - y) / counts.sum()),
            "error itself": lambda p, y, counts: np.mean(np.repeat((p - y) ** 2, counts)),
        },
    ),
    or_net.check_shared_bias: (
        [
            lambda X, Y, W, v, b: sum(through(row, y, W, v, b, len(X)) for row, y in zip(X, Y[:, 0])),
            lambda X, Y, W, v, b: (or_error(X, Y, W, v, b + 1e-5) - or_error(X, Y, W, v, b - 1e-5)) / 2e-5,
            lambda *given: np.array([sum(part.sum() for part in or_parts(*given))]),
        ],
        {
            "left out": lambda *given: or_parts(*given)[0].sum(),
            "through Z alone": lambda *given: or_parts(*given)[1].sum(),
            "mean of the hidden units": lambda *given: sum(part.mean(axis=1).sum() for part in or_parts(*given)),
            "not subtracted": lambda *given: or_parts(*given)[0].sum() - or_parts(*given)[1].sum(),
            "for each hidden unit": lambda *given: sum(part.sum(axis=0) for part in or_parts(*given)),
            "for each row": lambda *given: sum(part.sum(axis=1) for part in or_parts(*given)),
            "leave out b": lambda X, Y, W, v, b: sum(part.sum() for part in or_parts(X, Y, W, v, 0)),
            "is missing on the way": lambda *given: sum(part.sum() for part in or_parts(*given, slope=False)),
            "four rows only": lambda X, *given: len(X) * 0.25 * sum(part.sum() for part in or_parts(X, *given)),
            "the sign is": lambda *given: -sum(part.sum() for part in or_parts(*given)),
        },
    ),
    or_net_pytorch.check_rate_for_sum: (
        [lambda learning_rate, N: learning_rate / N, lambda learning_rate, N: 1 / N * learning_rate],
        {
            "N times the mean's": lambda learning_rate, N: learning_rate,
            "other way round": lambda learning_rate, N: learning_rate * N,
            "factor 2": lambda learning_rate, N: 2 * learning_rate / N,
            "drops": lambda learning_rate, N: learning_rate // N,
            "4 is the number": lambda learning_rate, N: learning_rate / 4,
        },
    ),
    or_net_pytorch.check_theta_from_torch: (
        [
            lambda hidden, output: np.hstack([hidden.ravel(order="F"), output.ravel(order="F")]),
            lambda hidden, output: [*hidden.T.flat, *output.T.flat],
        ],
        {
            "PyTorch's order": lambda hidden, output: np.concatenate([hidden.ravel(), output.ravel()]),
            "begins with": lambda hidden, output: np.concatenate([output.T.ravel(), hidden.T.ravel()]),
            "output layer are missing": lambda hidden, output: hidden.T.ravel(),
            "column": lambda hidden, output: np.concatenate([hidden.T.ravel(), output.T.ravel()])[:, None],
        },
    ),
    or_net_pytorch.check_without_zero_grad: (
        [
            without_zero_grad,
            lambda theta, gradients, rate: theta
            - rate * sum((len(gradients) - i) * gradient for i, gradient in enumerate(gradients)),
        ],
        {
            "with zero_grad() arrives": lambda theta, gradients, rate: theta - rate * sum(gradients),
            "last gradient alone": lambda theta, gradients, rate: theta - rate * gradients[-1],
            "by the last .grad": lambda theta, gradients, rate: theta - rate * len(gradients) * sum(gradients),
            "averaged": lambda theta, gradients, rate: theta - rate * np.cumsum(gradients, axis=0).mean(axis=0),
            "without axis=0": lambda theta, gradients, rate: theta - rate * sum(np.cumsum(gradients)),
            "holds in the end": lambda theta, gradients, rate: sum(gradients),
            "minus start": lambda theta, gradients, rate: -without_zero_grad(theta, gradients, rate),
            "the sign is": lambda theta, gradients, rate: without_zero_grad(theta, gradients, -rate),
            "rate is missing": lambda theta, gradients, rate: without_zero_grad(theta, gradients, 1),
        },
    ),
    feed_forward.check_loss_slope: (
        [lambda y, p: 2 * (p - y), lambda y, p: -2 * y + 2 * p],
        {
            "published text": lambda y, p: 2 * (y - p),
            "factor 2 of": lambda y, p: p - y,
            "this is the residual": lambda y, p: y - p,
            "squared residual itself": lambda y, p: (y - p) ** 2,
            "the slope of the sigmoid": lambda y, p: 2 * (p - y) * p * (1 - p),
        },
    ),
    feed_forward.check_weight_jacobian: (
        [
            lambda x, neurons: jacobian(x, neurons, lambda k, i, j: x[i] if k == j else 0.0),
            lambda x, neurons: np.einsum("i,kj->kij", x, np.identity(neurons)),
        ],
        {
            "published class": lambda x, neurons: jacobian(x, neurons, lambda k, i, j: x[i]),
            "wrong places": lambda x, neurons: jacobian(x, neurons, lambda k, i, j: 0.0 if k == j else x[i]),
            "there is x[i]": lambda x, neurons: jacobian(x, neurons, lambda k, i, j: 1.0 if k == j else 0.0),
            "exchanged": lambda x, neurons: np.array([
                [[x[i] if k == j else 0.0 for i in range(len(x))] for j in range(neurons)] for k in range(neurons)
            ]),
            "still 0": lambda x, neurons: np.zeros((neurons, len(x), neurons)),
        },
    ),
    feed_forward.check_weight_gradient: (
        [lambda X, D: X.T @ D, summed_outer],
        {
            "published class": lambda X, D: summed_outer(X, D.sum(axis=1)[:, None] + 0 * D),
            "transpose": lambda X, D: summed_outer(D, X),
            "mean": lambda X, D: summed_outer(X, D) / len(X),
            "biases": lambda X, D: sum(D),
            "first sample": lambda X, D: np.outer(X[0], D[0]),
            "too early": lambda X, D: np.outer(sum(X), sum(D)),
        },
    ),
    feed_forward.check_standardize: (
        [
            lambda X_train, X_test: scaled(X_test, X_train),
            lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0),
        ],
        {
            "test data's own": lambda X_train, X_test: scaled(X_test, X_test),
            "X_train alone": lambda X_train, X_test: scaled(X_test, np.concatenate([X_test, X_train])),
            "standard deviation is missing": lambda X_train, X_test: X_test - X_train.mean(axis=0),
            "mean is missing": lambda X_train, X_test: X_test / X_train.std(axis=0),
            "variance": lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.var(axis=0),
            "one mean for all features": lambda X_train, X_test: (X_test - X_train.mean()) / X_train.std(),
            "n - 1": lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1),
            "these are the training data": lambda X_train, X_test: scaled(X_train, X_train),
        },
    ),
}


def spoils(*arguments):
    """An answer that overwrites what it is given."""
    for argument in arguments:
        for array in argument if isinstance(argument, list) else [argument]:
            if isinstance(array, np.ndarray):
                array[...] = 0.0
    return 0.0


ODD = {
    "a number": 3, "another number": 3.14, "None": None, "a text": "X.T @ D", "takes nothing": lambda: 1,
    "not written": lambda *given: ..., "returns None": lambda *given: None, "returns a text": lambda *given: "three",
    "divides by zero": lambda *given: 1 / 0, "asks for too many": lambda *given: given[5],
    "not a number": lambda *given: np.nan, "infinite": lambda *given: np.inf, "a dictionary": lambda *given: {"d": 1},
    "an empty dictionary": lambda *given: {}, "an empty list": lambda *given: [], "no rows": lambda *given: np.zeros(0),
    "a vector": lambda *given: np.zeros(5), "a matrix": lambda *given: np.ones((7, 7)),
    "a cube": lambda *given: np.zeros((2, 2, 2)), "ragged": lambda *given: [[1, 2], [3]],
}


def name_of(checker):
    return f"{checker.__module__.rpartition('.')[2]}.{checker.__name__}"


CHECKERS = {
    name_of(function): function
    for module in pkgutil.iter_modules(exercises.__path__, exercises.__name__ + ".")
    for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
    if name.startswith("check_") and name != "check_mystery"
}
RIGHT = {
    f"{name_of(checker)}-{number}": (checker, answer)
    for checker, (right, _) in TABLE.items() for number, answer in enumerate(right)
}
MISTAKES = {
    f"{name_of(checker)}-{words}": (checker, words, answer)
    for checker, (_, mistakes) in TABLE.items() for words, answer in mistakes.items()
}
# The blank of each exercise as its lesson gives it, and the answer that folds out below.
FOLDED = {}
for path in sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb")):
    cells = nbformat.read(path, as_version=4).cells
    module = next(iter(re.findall(r"from nbhelpers.exercises import (\w+) as exercises", str(cells))), None)
    for place, blank in enumerate(cells):
        # A hint and an answer follow, in cells of their own or in one.
        below = "".join(cell.source for cell in cells[place + 1 : place + 3])
        for check in re.findall(r"^exercises\.(check_\w+)\(", blank.source, re.MULTILINE):
            FOLDED[f"{module}.{check}"] = blank.source, re.findall(r"```python\n(.*?)```", below, re.DOTALL)

for_every_checker = pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)


def messages_of(checker, monkeypatch):
    """The messages of all mistakes that the checker knows."""
    told = []
    module = sys.modules[checker.__module__]
    monkeypatch.setattr(module, "judge", lambda answer, mistakes, **_: told.extend(text for _, text in mistakes))
    checker(None)
    return told


def function_in(source):
    """The only function that `source` defines, among the names that the lessons have by then."""
    lesson = {"np": np, "math": math, "sigmoid": sigmoid, "softplus": softplus, "leaky_relu": leaky_relu}
    names = dict(lesson)
    exec(source, names)
    (name,) = names.keys() - lesson.keys() - {"__builtins__"}
    return names[name]


@pytest.mark.parametrize("checker, answer", RIGHT.values(), ids=RIGHT)
def test_a_right_answer_passes_however_it_is_written(checker, answer):
    verdict = checker(answer)
    assert verdict.passed and str(verdict).startswith("Right: ") and verdict.message == str(verdict)


@pytest.mark.parametrize("checker, words, answer", MISTAKES.values(), ids=MISTAKES)
def test_a_usual_mistake_is_named_as_itself_and_not_as_another(checker, words, answer, monkeypatch):
    verdict = checker(answer)
    (message,) = (message for message in messages_of(checker, monkeypatch) if words in message)
    assert not verdict.passed and str(verdict) == f"Not yet: {message}"


@for_every_checker
def test_every_checker_and_each_of_its_mistakes_is_in_the_table(checker, monkeypatch):
    right, mistakes = TABLE[checker]
    messages = messages_of(checker, monkeypatch)
    assert [message for message in messages if not any(words in message for words in mistakes)] == []
    assert len(mistakes) == len(messages) == len(set(messages)) >= 4 and len(right) >= 2


@for_every_checker
@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_an_odd_answer_gets_a_sentence_and_raises_nothing(checker, answer):
    verdict = checker(answer)
    assert not verdict.passed and len(str(verdict)) > 20 and str(verdict).endswith(".")
    assert str(verdict).startswith(("Not yet: ", "Not answered yet: ", "The checker needs "))


@for_every_checker
def test_an_answer_may_overwrite_what_it_is_given(checker):
    right = TABLE[checker][0][0]
    assert not checker(spoils).passed and checker(right).passed

    def right_and_then_spoils(*given):
        result = np.copy(right(*given))
        spoils(*given)
        return result

    assert checker(right_and_then_spoils).passed


@for_every_checker
def test_the_blank_of_the_lesson_is_not_answered_yet_and_its_folded_answer_is_right(checker):
    blank, folded = FOLDED[name_of(checker)]
    assert checker(function_in(blank.rpartition("exercises.")[0])).message.startswith("Not answered yet: ")
    (answer,) = folded
    assert checker(function_in(answer)).passed


def test_a_row_for_a_vector_and_a_list_of_one_number_are_right_and_a_column_is_not():
    assert or_net.check_bias_derivatives(lambda D_Z: D_Z.sum(axis=0, keepdims=True)).passed
    assert or_net_pytorch.check_rate_for_sum(lambda learning_rate, N: [[learning_rate / N]]).passed
    assert not or_net.check_bias_derivatives(lambda D_Z: D_Z.sum(axis=0)[:, None]).passed


def test_a_power_written_with_a_caret_is_told_how_python_writes_it():
    for slip in (lambda p, y, counts: (p - y) ^ 2, lambda p, y, counts: 1.5 ^ 2):
        message = or_net.check_counted_slope(slip).message
        assert "raised TypeError" in message and message.endswith("written `**` in Python; `^` is something else.")


def test_an_answer_that_is_wrong_in_no_usual_way_is_told_the_first_difference():
    assert "gives 17, but 1 is right" in autoencoder.check_count_codes(lambda H: 17).message


def test_of_a_wrong_matrix_the_first_entry_that_is_wrong_is_shown_or_its_shape():
    # The first case is H = [[0.5, 2]] and D = [[1, 3, -1]]: entry [1, 2] of the product is 2 * -1.
    def one_entry_off(H, D):
        return H.T @ D + np.eye(H.shape[1], D.shape[1], k=1 if len(H) == 1 else 0) * [0, 0, 1][: D.shape[1]]

    called = "one_entry_off(an array of shape (1, 2), an array of shape (1, 3))"
    message = autoencoder.check_weight_derivatives(one_entry_off).message
    assert message == f"Not yet: {called} gives -1 at [1, 2], but -2 is right."
    message = autoencoder.check_weight_derivatives(lambda H, D: (H.T @ D)[0]).message
    assert message.endswith("gives [ 0.5  1.5 -0.5], but an array of shape (2, 3) is right.")
