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


def softmax_table(p):
    return np.array([[p[k] * ((k == i) - p[i]) for i in range(len(p))] for k in range(len(p))])


def probabilities(x, W1, b1, W2, b2):
    exponentials = np.exp(sigmoid(x @ W1 + b1) @ W2 + b2)
    return exponentials / exponentials.sum()


def by_difference(x, i, *layers, step=1e-6):
    to_the_side = step * np.eye(len(x))[i]
    return (probabilities(x + to_the_side, *layers) - probabilities(x - to_the_side, *layers)) / (2 * step)


def down(x, W1, b1, W2, b2, slope, table):
    """From the probabilities down to the inputs, with the given slope of the hidden layer and table of the softmax."""
    return table(probabilities(x, W1, b1, W2, b2)) @ (slope(x @ W1 + b1)[:, None] * W2).T @ W1.T


def scaled(X, by):
    mean = sum(by) / len(by)
    return (X - mean) / np.sqrt(sum((by - mean) ** 2) / len(by))


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
        [lambda x, g, w, dE_dy: x * g * (1 - g) * w * dE_dy, lambda x, g, w, dE_dy: dE_dy * w * (g - g**2) * x],
        {
            "is missing between": lambda x, g, w, dE_dy: dE_dy * w * x,
            "taken at g": lambda x, g, w, dE_dy: dE_dy * w * sigmoid_slope(g) * x,
            "output weight w is missing": lambda x, g, w, dE_dy: dE_dy * g * (1 - g) * x,
            "1 - g is missing": lambda x, g, w, dE_dy: dE_dy * w * g * x,
            "last factor": lambda x, g, w, dE_dy: dE_dy * w * g * (1 - g),
            "phase 1": lambda x, g, w, dE_dy: dE_dy * g,
            "sign": lambda x, g, w, dE_dy: -dE_dy * w * g * (1 - g) * x,
        },
    ),
    or_net.check_output_at_origin: (
        [lambda w: sigmoid(0.5 * w.sum()), lambda w: sigmoid((w * 0.5).sum())],
        {
            "1/2 is what": lambda w: 0.5,
            "takes 1 for": lambda w: sigmoid(w.sum()),
            "weighted sum": lambda w: w.sum() / 2,
            "0 is what OR": lambda w: 0,
            "not averaged": lambda w: sigmoid(w.mean()),
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
        [lambda learning_rate, N: learning_rate / N, lambda learning_rate, N: 1 / N * learning_rate],
        {
            "N times the mean's": lambda learning_rate, N: learning_rate,
            "other way round": lambda learning_rate, N: learning_rate * N,
            "factor 2": lambda learning_rate, N: 2 * learning_rate / N,
            "4 is the number": lambda learning_rate, N: learning_rate / 4,
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
            "both come back": lambda X_train, X_test: (scaled(X_train, X_train), scaled(X_test, X_train)),
            "brackets are missing": lambda X_train, X_test: X_test - X_train.mean(axis=0) / X_train.std(axis=0),
            "variance": lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.var(axis=0),
            "axis=1 gives": lambda X_train, X_test: (X_test - X_train.mean(1)) / X_train.std(1),
            "from 0 to 1": lambda X_train, X_test: (X_test - X_train.min(0)) / (X_train.max(0) - X_train.min(0)),
            "one mean for all features": lambda X_train, X_test: (X_test - X_train.mean()) / X_train.std(),
            "n - 1": lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1),
            "these are the training data": lambda X_train, X_test: scaled(X_train, X_train),
        },
    ),
    feed_forward.check_softmax_jacobian: (
        [
            lambda p: np.diag(p) - p[:, None] * p,
            lambda p: [[p[k] * (1 - p[k]) if k == i else -p[k] * p[i] for i in range(len(p))] for k in range(len(p))],
        ],
        {
            "as for sigmoids": lambda p: np.eye(len(p)) * p * (1 - p),
            "diagonal as a vector": lambda p: p - p**2,
            "the sign off the diagonal": lambda p: np.where(np.eye(len(p)) == 1, p * (1 - p), np.outer(p, p)),
            "taken away twice": lambda p: softmax_table(p) - np.diag(p**2),
            "all signs": lambda p: np.outer(p, p) - np.diag(p),
            "numerator alone": lambda p: np.eye(len(p)) * p,
            "denominator alone": lambda p: -p[:, None] * p,
            "the 1 in": lambda p: p[:, None] * (1 - p),
            "entry by entry": lambda p: np.diag(p) - p**2,
            "one number": lambda p: np.diag(p) - p.T @ p,
            "not twice": lambda p: softmax_table(np.exp(p) / sum(np.exp(p))),
        },
    ),
    feed_forward.check_input_jacobian: (
        [
            lambda x, W1, b1, W2, b2: down(x, W1, b1, W2, b2, sigmoid_slope, softmax_table),
            lambda x, W1, b1, W2, b2: np.transpose([by_difference(x, i, W1, b1, W2, b2) for i in range(len(x))]),
        ],
        {
            "diagonal alone": lambda *given: down(*given, sigmoid_slope, lambda p: np.diag(p - p**2)),
            "the sums of the last layer": lambda *given: down(*given, sigmoid_slope, lambda p: np.eye(len(p))),
            "sigmoids is missing": lambda *given: down(*given, np.ones_like, softmax_table),
            "where the slope belongs": lambda *given: down(*given, sigmoid, softmax_table),
            "taken at a1": lambda *given: down(*given, lambda z: sigmoid_slope(sigmoid(z)), softmax_table),
            "transposed": lambda *given: down(*given, sigmoid_slope, softmax_table).T,
            "the other way round": lambda *given: -down(*given, sigmoid_slope, softmax_table),
            "added up": lambda *given: down(*given, sigmoid_slope, softmax_table).sum(axis=1),
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
    # The faults to be found have tests of their own.
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
    for blank, *below in zip(cells, cells[1:], cells[2:]):
        for check in re.findall(r"^exercises\.(check_\w+)\(", blank.source, re.MULTILINE):
            text = "".join(cell.source for cell in below)
            FOLDED[f"{module}.{check}"] = blank.source, re.findall(r"```python\n(.*?)```", text, re.DOTALL)

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
