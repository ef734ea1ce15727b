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


def moved(theta, i, step):
    return [t + step * (number == i) for number, t in enumerate(theta)]


def slopes(rule):
    """An answer that applies `rule(up, down, step)` to each entry in turn."""
    return lambda f, theta, step: [
        rule(f(moved(theta, i, step)), f(moved(theta, i, -step)), step) for i in range(len(theta))
    ]


def in_place(f, theta, step, back=1):
    """The slopes with each entry moved where it is, and put `back`."""
    found = []
    for i in range(len(theta)):
        theta[i] += step
        up = f(theta)
        theta[i] -= 2 * step
        found.append((up - f(theta)) / (2 * step))
        theta[i] += back * step
    return found


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


# For each checker: right answers in more than one form; and mistakes, by words that only the right message has.
TABLE = {
    single_neuron.check_slope_from_output: (
        [
            lambda a: 1 - np.exp(-a),
            lambda a: (math.exp(a) - 1) / math.exp(a),
            lambda a: sigmoid(math.log(math.exp(a) - 1)),
            lambda a: np.float32(1) - np.exp(-np.float32(a)),
            lambda a: -np.expm1(-a),
        ],
        {
            "published program's line": lambda a: sigmoid(a),
            "what the slope lacks": lambda a: math.e**-a,
            "the part above the line": lambda a: math.exp(a) - 1,
            "divides before it adds": lambda a: (math.exp(a) - 1) / 1 + (math.exp(a) - 1),
            "this is a itself": lambda a: a,
            "one sign is lost": lambda a: 1 - math.exp(a),
            "slope of the sigmoid in terms": lambda a: a - a**2,
            "cuts off": lambda a: 1 - 1 // math.exp(a),
        },
    ),
    single_neuron.check_slopes: (
        [
            lambda f, theta, step: [
                (f(moved(theta, i, step)) - f(moved(theta, i, -step))) / (2 * step) for i in range(len(theta))
            ],
            lambda f, theta, step: tuple(in_place(f, theta, step)),
            lambda f, theta, step: in_place(f, np.array(theta), step),
        ],
        {
            "multiplies by the step": slopes(lambda up, down, step: (up - down) / 2 * step),
            "the second value is divided": slopes(lambda up, down, step: up - down / (2 * step)),
            "shrinks like the step": lambda f, theta, step: [
                (f(moved(theta, i, step)) - f(theta)) / step for i in range(len(theta))
            ],
            "to the left": lambda f, theta, step: [
                (f(theta) - f(moved(theta, i, -step))) / step for i in range(len(theta))
            ],
            "you divide by one": slopes(lambda up, down, step: (up - down) / step),
            "above minus below": slopes(lambda up, down, step: (down - up) / (2 * step)),
            "the rise alone": slopes(lambda up, down, step: up - down),
            "cuts off": slopes(lambda up, down, step: (up - down) // (2 * step)),
            "stays moved": lambda f, theta, step: in_place(f, theta, step, back=0),
            "all entries move at once": lambda f, theta, step: np.full(
                len(theta), (f(np.add(theta, step)) - f(np.subtract(theta, step))) / (2 * step)
            ),
            "inside of the loop": lambda f, theta, step: (
                (f(moved(theta, 0, step)) - f(moved(theta, 0, -step))) / 2 / step
            ),
        },
    ),
    single_neuron.check_tied_derivative: (
        [
            lambda x, y, w, b: (
                -2 * (y - prediction(x, w, b, w)) * (softplus(w * x + b) + w * sigmoid(w * x + b) * x)
            ),
            lambda x, y, w, b: (
                2 * (w * softplus(w * x + b) - y) * softplus(w * x + b)
                + 2 * (w * softplus(w * x + b) - y) * w * x / (1 + np.exp(-w * x - b))
            ),
        ],
        {
            "way through z alone": lambda x, y, w, b: -2 * (y - prediction(x, w, b, w)) * w * sigmoid(w * x + b) * x,
            "output weight alone": lambda x, y, w, b: -2 * (y - prediction(x, w, b, w)) * softplus(w * x + b),
            "multiplied. Along": lambda x, y, w, b: (
                -2 * (y - prediction(x, w, b, w)) * softplus(w * x + b) * w * sigmoid(w * x + b) * x
            ),
            "brackets are missing": lambda x, y, w, b: (
                -2 * (y - prediction(x, w, b, w)) * softplus(w * x + b) + w * sigmoid(w * x + b) * x
            ),
            "sign": lambda x, y, w, b: (
                2 * (y - prediction(x, w, b, w)) * (softplus(w * x + b) + w * sigmoid(w * x + b) * x)
            ),
            "factor 2": lambda x, y, w, b: (
                (prediction(x, w, b, w) - y) * (softplus(w * x + b) + w * sigmoid(w * x + b) * x)
            ),
            "derivative of p": lambda x, y, w, b: softplus(w * x + b) + w * sigmoid(w * x + b) * x,
            "factor x": lambda x, y, w, b: (
                2 * (prediction(x, w, b, w) - y) * (softplus(w * x + b) + w * sigmoid(w * x + b))
            ),
            "factor w": lambda x, y, w, b: (
                2 * (prediction(x, w, b, w) - y) * (softplus(w * x + b) + sigmoid(w * x + b) * x)
            ),
            "slope of softplus is missing": lambda x, y, w, b: (
                2 * (prediction(x, w, b, w) - y) * (softplus(w * x + b) + w * x)
            ),
            "taken at softplus(z)": lambda x, y, w, b: (
                2 * (prediction(x, w, b, w) - y) * (softplus(w * x + b) + w * sigmoid(softplus(w * x + b)) * x)
            ),
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
    autoencoder.check_output_layer: (
        [
            lambda codes: (2 * codes, -(codes**2)),
            lambda codes: ([200 * a for a in codes], [7 - 100 * a * a for a in codes]),
            lambda codes: (np.exp(codes), (1 - codes) * np.exp(codes)),
        ],
        {
            "lines through 0": lambda codes: (codes, np.zeros(len(codes))),
            "twice its own code": lambda codes: (codes, -(codes**2)),
            "all lines are level": lambda codes: (0 * codes, 0 * codes),
            "the lowest at its own code": lambda codes: (-2 * codes, codes**2),
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
    # That one takes no function.
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


def test_an_answer_that_is_wrong_in_no_usual_way_is_told_the_first_difference():
    # v.dot(d) = 0.1 - 0.4 - 0.2, times the slope of tanh at 0.7.
    message = autoencoder.check_hidden_derivative(lambda v, d, z, slope: 17).message
    assert f"gives 17, but {-0.5 * (1 - np.tanh(0.7) ** 2):.6g} is right" in message


def test_of_a_wrong_matrix_the_first_entry_that_is_wrong_is_shown_or_its_shape():
    # The first case is H = [[0.5, 2]] and D = [[1, 3, -1]]: entry [1, 2] of the product is 2 * -1.
    def one_entry_off(H, D):
        return H.T @ D + np.eye(H.shape[1], D.shape[1], k=1 if len(H) == 1 else 0) * [0, 0, 1][: D.shape[1]]

    called = "one_entry_off(an array of shape (1, 2), an array of shape (1, 3))"
    message = autoencoder.check_weight_derivatives(one_entry_off).message
    assert message == f"Not yet: {called} gives -1 at [1, 2], but -2 is right."
    message = autoencoder.check_weight_derivatives(lambda H, D: (H.T @ D)[0]).message
    assert message.endswith("gives [ 0.5  1.5 -0.5], but an array of shape (2, 3) is right.")


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError("no")

    __array__ = __float__ = __len__ = __iter__ = __repr__ = __str__ = lambda self, *given: 1 / 0


class Mute(Exception):
    __str__ = lambda self: 1 / 0  # noqa: E731


def muted(*given):
    raise Mute


@for_every_checker
@pytest.mark.parametrize("answer", [
    lambda *given: Hostile(), lambda *given: 10**400, lambda *given: 10**5000, lambda *given: 1j, muted,
    lambda *given: [Hostile()], lambda *given: np.ma.masked, lambda *given: given[0].nothing, lambda *given: object,
    Hostile(),
], ids=["hostile", "10**400", "10**5000", "complex", "mute", "in a list", "masked", "no attribute", "type", "itself"])
def test_a_checker_raises_nothing_whatever_comes_back(checker, answer):
    verdict = checker(answer)
    assert not verdict.passed and str(verdict).startswith(("Not yet: ", "The checker needs "))
