"""The checkers of all lessons: right answers pass, each usual mistake is named as itself, and nothing is ever raised.

The answers are written out here as a learner would write them, without the formulas of the checkers or of the package.
"""

import functools
import importlib
import inspect
import math
import pkgutil
import re
import sys
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from nbhelpers import exercises, leaky_relu
from nbhelpers.exercises import and_net, audit, autoencoder, feed_forward, or_net, or_net_pytorch, single_neuron
from nbhelpers.exercises.judge import judge


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


def adam_that_overwrites(gradients, learning_rate):
    m = s = total = 0.0
    for t, g in enumerate(gradients, start=1):
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        m /= 1 - 0.9**t
        s /= 1 - 0.999**t
        total += learning_rate * m / (math.sqrt(s) + 1e-8)
    return total


def adam(
    gradients, rate, first=0.9, second=0.999, share=lambda keeps: 1 - keeps,
    hat=lambda mean, keeps, t: mean / (1 - keeps**t), over=lambda s: s**0.5 + 1e-8,
):
    m = s = moved = 0
    for t, g in enumerate(gradients, 1):
        m, s = first * m + share(first) * g, second * s + share(second) * g * g
        moved += rate * hat(m, first, t) / over(hat(s, second, t))
    return moved


def influences(start, parameters, since=1):
    """Whether each derivative, changed in the steps from `since` on, moves each of the parameters."""
    def end(changed):
        theta, step = np.ones(parameters), start(parameters)
        for t in range(4):
            gradient = np.arange(1.0, parameters + 1) * (t + 1)
            if t >= since and changed is not None:
                gradient[changed] = -7.0
            step(theta, gradient)
        return theta

    return np.array([end(i) != end(None) for i in range(parameters)])


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


def length(a):
    return sum(entry**2 for entry in a) ** 0.5


def cosine(a, b):
    return sum(a * b) / length(a) / length(b)


def mixed(gradient, along, across, long=True):
    """A part along the gradient and one at 90 degrees to it, as long as the gradient or of length 1."""
    other = np.roll(gradient, 1) - gradient * sum(np.roll(gradient, 1) * gradient) / sum(gradient**2)
    return along * gradient + across * other / length(other) * (length(gradient) if long else 1)


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
            "only the 1 is divided": lambda a: math.exp(a) - 1 / math.exp(a),
            "this is z, the place": lambda a: math.log(math.exp(a) - 1),
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
            "rounds down": slopes(lambda up, down, step: (up - down) // (2 * step)),
            "stays moved": lambda f, theta, step: in_place(f, theta, step, back=0),
            "a second name": slopes(lambda up, down, step: (up - up) / (2 * step)),
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
            "has to start lower": lambda codes: (codes, np.zeros(len(codes))),
            "twice its own code": lambda codes: (codes, -(codes**2)),
            "all are of one height": lambda codes: (0 * codes, 0 * codes),
            "the lowest at its own code": lambda codes: (-2 * codes, codes**2),
        },
    ),
    and_net.check_too_large: (
        [
            lambda Z: np.where(np.array(Z) > 0, 1, 10),
            lambda Z: [[1 if z > 0 else 10 for z in row] for row in Z],
            lambda Z: 1 / leaky_slope(Z).astype(np.float32),
        ],
        {
            "slope itself": leaky_slope,
            "ten everywhere": lambda Z: 10 + 0 * Z,
            "one everywhere": lambda Z: 1 + 0 * Z,
            "branches are exchanged": lambda Z: np.where(Z > 0, 10, 1),
            "that is the activation": leaky,
            "a difference": lambda Z: np.where(Z > 0, 0, 0.9),
            "a tenth of it": lambda Z: np.where(Z > 0, 0.1, 1),
        },
    ),
    and_net.check_adam: (
        [
            adam,
            lambda gradients, rate: rate * sum(
                sum(0.1 * 0.9 ** (t - k) * gradients[k] for k in range(t + 1)) / (1 - 0.9 ** (t + 1))
                / (1e-8 + math.sqrt(
                    sum(0.001 * 0.999 ** (t - k) * gradients[k] ** 2 for k in range(t + 1)) / (1 - 0.999 ** (t + 1))
                ))
                for t in range(len(gradients))
            ),
        ],
        {
            "correction for the start is missing": lambda *given: adam(*given, hat=lambda mean, keeps, t: mean),
            "forget with 0.9. The": lambda *given: adam(*given, second=0.9),
            "forget with 0.999. The": lambda *given: adam(*given, first=0.999),
            "swapped": lambda *given: adam(*given, first=0.999, second=0.9),
            "root is missing": lambda *given: adam(*given, over=lambda s: s + 1e-8),
            "under the root": lambda *given: adam(*given, over=lambda s: (s + 1e-8) ** 0.5),
            "epsilon is missing": lambda *given: adam(*given, over=lambda s: s**0.5),
            "0.1 and 0.001 are missing": lambda *given: adam(*given, share=lambda keeps: 1),
            "divides before it subtracts": lambda *given: adam(
                *given, hat=lambda mean, keeps, t: mean / 1 - 0.9**t if keeps == 0.9 else mean / (1 - keeps**t)
            ),
            "written over m and s": adam_that_overwrites,
            "begin at 0 in every step": lambda gradients, rate: sum(
                rate * g / (math.sqrt(0.001 / (1 - 0.999**t)) * abs(g) + 1e-8) * 0.1 / (1 - 0.9**t)
                for t, g in enumerate(gradients, start=1)
            ),
            "single steps": lambda gradients, rate: [
                adam(gradients[: k + 1], rate) - adam(gradients[:k], rate) for k in range(len(gradients))
            ],
            "last step alone": lambda gradients, rate: (
                adam(gradients, rate) - (adam(gradients[:-1], rate) if len(gradients) > 1 else 0)
            ),
            "learning rate is missing": lambda gradients, rate: adam(gradients, 1),
            "sign is the other way": lambda *given: -adam(*given),
        },
    ),
    and_net.check_ignored: (
        [lambda *given: [not any(row) for row in influences(*given)], lambda *given: ~influences(*given).any(axis=1)],
        {
            "finds none": lambda *given: ~influences(*given, since=0).any(axis=1),
            "the other way round": lambda *given: influences(*given).any(axis=1),
            "places of the ignored": lambda *given: [i for i, row in enumerate(influences(*given)) if not row.any()],
            "another parameter than its own": lambda *given: [not row[i] for i, row in enumerate(influences(*given))],
            "says of all": lambda start, parameters: [True] * parameters,
            "this is one True or False": lambda *given: not influences(*given).any(axis=1).all(),
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
        ],
        {
            "left out": lambda *given: or_parts(*given)[0].sum(),
            "through Z1 alone": lambda *given: or_parts(*given)[1].sum(),
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
            "not transposed yet": lambda hidden, output: [*hidden.T.flat, *output.flat],
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
            "comes with a minus": lambda p: np.diag(p) + p[:, None] * p,
            "1 on the diagonal": lambda p: np.eye(len(p)) - p[:, None] * p,
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
    audit.check_angle: (
        [
            lambda a, b: np.degrees(np.arccos(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))),
            lambda a, b: math.acos(cosine(a, b)) * 180 / math.pi,
            lambda a, b: np.float32(np.degrees(2 * np.arctan2(length(a / length(a) - b / length(b)),
                                                              length(a / length(a) + b / length(b))))),
        ],
        {
            "in radians": lambda a, b: np.arccos(cosine(a, b)),
            "the cosine of the angle": cosine,
            "dot product alone": lambda a, b: np.dot(a, b),
            "lengths are missing": lambda a, b: np.degrees(np.arccos(a.dot(b))),
            "only the length of a": lambda a, b: np.degrees(np.arccos(a.dot(b) / length(a))),
            "entry by entry": lambda a, b: np.degrees(np.arccos(a * b / (length(a) * length(b)))),
            "opposite vector": lambda a, b: np.degrees(np.arccos(-cosine(a, b))),
            "length squared": lambda a, b: np.degrees(np.arccos(a.dot(b) / (length(a) ** 2 * length(b) ** 2))),
        },
    ),
    audit.check_third_loss: (
        [
            lambda p, y: -(y * np.log(p) + (1 - y) * np.log(1 - p)),
            lambda p, y: -math.log(p) if y else -math.log(1 - p),
            lambda p, y: 7 - np.log(1 - abs(p - y)),
        ],
        {
            "squared error": lambda p, y: (y - p) ** 2,
            "as its derivative in p": lambda p, y: 0.5 * (y - p) ** 2,
            "Turn the sign": lambda p, y: y * np.log(p) + (1 - y) * np.log(1 - p),
            "y = 1 alone": lambda p, y: -y * np.log(p),
            "y = 0 alone": lambda p, y: (y - 1) * np.log(1 - p),
            "natural logarithm": lambda p, y: -np.log2(p) if y else -np.log2(1 - p),
            "the slope of p - y itself": lambda p, y: p - y,
            "does not look at y": lambda p, y: -np.log(p),
        },
    ),
    audit.check_turned: (
        [
            lambda gradient, degrees: mixed(gradient, np.cos(np.radians(degrees)), np.sin(np.radians(degrees))),
            lambda gradient, degrees: -3 * mixed(
                gradient, -math.cos(math.radians(degrees)), math.sin(math.radians(degrees))),
            lambda gradient, degrees: mixed(gradient, 1 / np.tan(np.radians(degrees)), -1).tolist(),
        ],
        {
            "times a factor: it points": lambda gradient, degrees: gradient * degrees,
            "minus the gradient": lambda gradient, degrees: -gradient,
            "whatever `degrees` says": lambda gradient, degrees: mixed(gradient, 0, 1),
            "exchanged": lambda gradient, degrees: mixed(
                gradient, np.sin(np.radians(degrees)), np.cos(np.radians(degrees))),
            "take radians": lambda gradient, degrees: mixed(gradient, np.cos(degrees), np.sin(degrees)),
            "has length 1": lambda gradient, degrees: mixed(
                gradient, np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), long=False),
            "other side": lambda gradient, degrees: mixed(
                gradient, -np.cos(np.radians(degrees)), np.sin(np.radians(degrees))),
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
    # That one takes no function, and those of the bench take lines of text (see test_bench_challenges).
    if name.startswith("check_") and name != "check_mystery" and not module.name.endswith(".bench")
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
        # The hint and the answer are in one cell below or in two.
        below = "".join(cell.source for cell in cells[place + 1 : place + 3] if cell.cell_type == "markdown")
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


@for_every_checker
def test_a_checker_says_which_argument_it_does_not_have(checker):
    assert not checker(None).passed
    with pytest.raises(TypeError, match=f"^{checker.__name__} has no argument 'zzz'; {checker.__name__} takes "):
        checker(zzz=1)


# What may stand in the place of an argument, by a law of what is asked: of the number of the argument.
FREE = {
    # Two-sided differences with the step reversed; an angle to the other side.
    ("single_neuron.check_slopes", 2): {"negative"}, ("audit.check_turned", 1): {"negative"},
    # A sum over all rows; deviations that the other way round are as large.
    ("or_net.check_bias_derivatives", 0): {"backwards"}, ("feed_forward.check_standardize", 0): {"backwards"},
    # Counts over the sum of the counts.
    ("or_net.check_counted_slope", 2): {"negative"},
    # The softmax of sums that are all raised alike.
    ("feed_forward.check_input_jacobian", 3): {"one more"}, ("feed_forward.check_input_jacobian", 4): {"one more"},
}
OTHER = {
    "zeros": lambda given: 0 * given, "ones": lambda given: 0 * given + 1, "negative": lambda given: -given,
    "one more": lambda given: given + 1, "backwards": lambda given: given[::-1],
}


@for_every_checker
def test_an_answer_that_does_not_read_an_argument_is_not_right(checker):
    right, seen = TABLE[checker][0][0], []
    assert checker(lambda *given: seen.append(given) or right(*given)).passed
    first = seen[0]
    for place, given in enumerate(first):
        if not isinstance(given, (np.ndarray, float)):
            continue
        # The same in every case is as good as not read.
        others = OTHER | {"that of the first case": lambda _, given=given: given}
        for name, other in others.items():
            if name == "backwards" and np.ndim(given) == 0 or name in FREE.get((name_of(checker), place), ()):
                continue

            def answer(*given, place=place, other=other):
                return right(*given[:place], other(given[place]), *given[place + 1 :])

            with np.errstate(all="ignore"):
                assert not checker(answer).passed, (place, name)


# What is above 0 by its nature: a slope of softplus, factors, truth values, angles, rates, numbers in an order, losses.
ABOVE_0 = {
    single_neuron.check_slope_from_output, and_net.check_too_large, and_net.check_ignored, audit.check_angle,
    or_net_pytorch.check_rate_for_sum, or_net_pytorch.check_theta_from_torch, audit.check_third_loss,
}


@pytest.mark.parametrize("checker", [one for one in CHECKERS.values() if one not in ABOVE_0], ids=name_of)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_answer_whose_signs_are_all_the_same_is_not_right(checker, sign):
    right = TABLE[checker][0][0]
    assert not checker(lambda *given: sign * abs(np.array(right(*given)))).passed


def test_the_matrices_have_the_shapes_of_pytorchs_linear_layers(torch):
    def answer(*matrices):
        (hidden, _), (outputs, _) = (matrix.shape for matrix in matrices)
        layers = torch.nn.Linear(2, hidden), torch.nn.Linear(hidden, outputs)
        assert [matrix.shape for matrix in matrices] == [layer.weight.shape for layer in layers]
        return np.concatenate([matrix.T.ravel() for matrix in matrices])

    assert or_net_pytorch.check_theta_from_torch(answer).passed


def test_an_answer_for_three_classes_alone_is_not_right():
    def three(*given):
        return [[by_difference(given[0], i, *given[1:])[k] for i in range(len(given[0]))] for k in range(3)]

    assert feed_forward.check_input_jacobian(three).message.endswith("but an array of shape (5, 4) is right.")


def test_a_vector_of_another_shape_has_no_angle():
    verdict = audit.check_turned(lambda gradient, degrees: gradient[:-1])
    assert not verdict.passed and "the answer must have the shape of the gradient, (" in verdict.message


def test_a_vector_that_is_turned_up_to_90_degrees_alone_is_not_right():
    # tan(120 degrees) = -tan(60 degrees), so the angle is 60.
    said = audit.check_turned(lambda gradient, degrees: mixed(gradient, 1, math.tan(math.radians(degrees)))).message
    assert "120) gives 60, but 120 is right" in said


def test_a_vector_of_zeros_is_at_no_angle_and_texts_are_no_numbers():
    right = TABLE[audit.check_turned][0][0]
    for answer, said in (
        (lambda gradient, degrees: 0 * gradient, "must point somewhere, got zeros alone"),
        (lambda *given: [str(part) for part in right(*given)], "the answer must hold numbers only"),
        (lambda *given: (right(*given), 30.0), "the answer must hold numbers only, got (array("),
    ):
        assert said in audit.check_turned(answer).message


@pytest.mark.parametrize("history", [False, True])
def test_answers_in_pytorch_pass_with_and_without_a_history(torch, history):
    def tensor(value):
        return torch.tensor(value, dtype=torch.float64, requires_grad=history)

    entropy, turned = torch.nn.functional.binary_cross_entropy, TABLE[audit.check_turned][0][0]
    assert audit.check_third_loss(lambda p, y: entropy(tensor(p), tensor(y))).passed
    assert audit.check_turned(lambda *given: tensor(turned(*given))).passed
    assert autoencoder.check_output_layer(lambda codes: (tensor(2 * codes), tensor(-codes**2))).passed
    # Without a word on its type too: what is given has the digits of float64.
    assert audit.check_third_loss(lambda p, y: entropy(torch.tensor(p), torch.tensor(y))).passed


@pytest.mark.parametrize("lines", [
    lambda codes: (1 + 0 * codes, 0 * codes), lambda codes: (1 + 0 * codes, -np.arange(len(codes))),
    lambda codes: (0 * codes, [1, *0 * codes[1:]]),
])
def test_lines_of_which_the_first_is_never_below_another_are_not_called_level(lines):
    said = autoencoder.check_output_layer(lines).message
    assert "level" not in said and "the first line is the highest everywhere, or all are of one height" in said


def test_a_reason_is_true_of_every_answer_that_gets_it():
    for checker, answer, said in (
        # None of them has a // or a second name in it.
        (single_neuron.check_slope_from_output, lambda a: 1, "Not yet: this is 1 wherever one looks."),
        (single_neuron.check_slopes, lambda f, theta, step: [0.0] * len(theta), "slopes are 0. Is each one kept?"),
        (or_net_pytorch.check_rate_for_sum, lambda rate, N: round(rate / N), "Not yet: this rate is 0."),
        (audit.check_third_loss, lambda p, y: p, "Not yet: this has the slope of p - y itself."),
    ):
        assert said in checker(answer).message


def test_zeros_of_an_array_of_whole_numbers_are_told_where_they_come_from():
    def counted_slope(p, y, counts):
        found = np.zeros_like(counts)
        for row in range(len(p)):
            found[row] = 2 * counts[row] * (p[row] - y[row]) / counts.sum()
        return found

    assert "all zeros" in or_net.check_counted_slope(counted_slope).message
    assert "np.zeros_like(counts)" in or_net.check_counted_slope(counted_slope).message


def test_what_is_too_little_for_a_comparison_is_named_among_the_reasons():
    def ignored(start, parameters):
        def end(changed):
            theta, step = np.zeros(parameters), start(parameters)
            for t in range(3):
                step(theta, np.ones(parameters) + 1e-12 * (t > 0) * (np.arange(parameters) == changed))
            return theta

        return [np.allclose(end(i), end(None)) for i in range(parameters)]

    assert "by so much that the comparison sees it" in and_net.check_ignored(ignored).message


@pytest.mark.parametrize("own_start, own_theta, own_gradient, one, said", [
    (False, True, True, False, "give both runs a `start` and a theta of their own"),
    (True, False, True, False, "in a copy: after `other = theta` both move as one."),
    (True, True, False, False, "in a copy: after `other = theta` both move as one."),
    (True, True, True, True, "Does `return` stand inside of the loop?"),
])
def test_of_two_runs_it_is_said_what_they_must_not_share(own_start, own_theta, own_gradient, one, said):
    def ignored(start, parameters):
        found = []
        for i in range(parameters):
            step, theta, gradient = start(parameters), np.zeros(parameters), np.ones(parameters)
            step_2 = start(parameters) if own_start else step
            other, changed = theta.copy() if own_theta else theta, gradient.copy() if own_gradient else gradient
            changed[i] = 5.0
            for t in range(2):
                step(theta, gradient)
                step_2(other, changed if t else gradient)
            found.append(bool((theta == other).all()))
            if one:
                return found[0]
        return found

    assert said in and_net.check_ignored(ignored).message


def test_lines_that_are_highest_at_twice_their_code_are_told_both_ways_to_mend_them():
    for answer in (lambda codes: (codes, -(codes**2)), lambda codes: (2 * codes, -2 * codes**2)):
        assert autoencoder.check_output_layer(answer).message.endswith("Take twice the slopes v, or half of c.")


def test_a_sorted_theta_is_not_in_the_right_order():
    for answer in (
        lambda hidden, output: np.sort(np.concatenate([hidden.ravel(), output.ravel()])),
        lambda hidden, output: np.arange(1.0, 1 + hidden.size + output.size),
    ):
        assert not or_net_pytorch.check_theta_from_torch(answer).passed


@pytest.mark.parametrize("pair", [
    lambda X, T: (scaled(X, X), scaled(T, T)), lambda X, T: [X, T], lambda X, T: (scaled(X, X), scaled(T, X)),
])
def test_training_and_test_data_in_a_pair_are_called_so_whatever_numbers_they_are(pair):
    assert "training and test data both come back" in feed_forward.check_standardize(pair).message


def test_one_array_of_training_and_test_data_is_an_array():
    said = feed_forward.check_standardize(lambda X, T: np.vstack([X, T])).message
    assert said.endswith("gives an array of shape (5, 2), but an array of shape (3, 2) is right.")


def test_a_loss_that_is_infinite_gets_a_sentence_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "gives nan, but -0.7 is right" in audit.check_third_loss(lambda p, y: np.inf).message


def test_a_loss_with_too_few_digits_for_its_slope_is_told_so_and_a_text_that_it_is_no_number():
    def loss(p, y):
        return -(y * np.log(p) + (1 - y) * np.log(1 - p))

    for answer, said in (
        (lambda *given: np.float32(loss(*given)), "too few digits for its slope: compute it in float64"),
        (lambda *given: str(loss(*given)), "the loss must hold numbers only"),
    ):
        assert said in audit.check_third_loss(answer).message


@pytest.mark.parametrize("checker, answer", RIGHT.values(), ids=RIGHT)
def test_a_right_answer_passes_however_it_is_written(checker, answer):
    verdict = checker(answer)
    assert verdict and verdict.passed is True and str(verdict).startswith("Right: ") and verdict.message == str(verdict)


@pytest.mark.parametrize("checker, words, answer", MISTAKES.values(), ids=MISTAKES)
def test_a_usual_mistake_is_named_as_itself_and_not_as_another(checker, words, answer, monkeypatch):
    verdict = checker(answer)
    (message,) = (message for message in messages_of(checker, monkeypatch) if words in message)
    assert not verdict and verdict.passed is False and str(verdict) == f"Not yet: {message}"


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
def test_a_right_answer_may_give_the_same_array_each_time(checker):
    right, kept = TABLE[checker][0][0], {}

    def answer(*given):
        result = np.asarray(right(*given), dtype=np.float64)
        array = kept.setdefault(result.shape, np.empty(result.shape))
        array[...] = result
        return array

    assert checker(answer).passed


@for_every_checker
def test_the_blank_of_the_lesson_is_not_answered_yet_and_its_folded_answer_is_right(checker):
    blank, folded = FOLDED[name_of(checker)]
    assert checker(function_in(blank.rpartition("exercises.")[0])).message.startswith("Not answered yet: ")
    (answer,) = folded
    assert checker(function_in(answer)).passed


def test_a_power_written_with_a_caret_is_told_how_python_writes_it():
    for slip in (lambda p, y, counts: (p - y) ^ 2, lambda p, y, counts: 1.5 ^ 2):
        message = or_net.check_counted_slope(slip).message
        assert "raised TypeError" in message and message.endswith("written `**` in Python; `^` is something else.")


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


@pytest.mark.parametrize("checker, called", [
    (audit.check_third_loss, "the derivative in z of mine(0."), (audit.check_turned, "the angle of mine(["),
    (autoencoder.check_output_layer, "the highest line at each code of mine(["),
])
def test_a_checker_that_measures_an_answer_says_of_whose_it_speaks(checker, called):
    def mine(*given):
        return "three"

    assert called in checker(mine).message


@pytest.mark.parametrize("checker", [audit.check_third_loss, audit.check_turned, autoencoder.check_output_layer])
def test_an_answer_that_is_not_written_yet_is_called_by_its_own_name_whatever_is_measured_of_it(checker):
    def mine(*given):
        return ...

    assert checker(mine).message == "Not answered yet: mine returns nothing. Write your formula after `return`."


def test_one_array_where_two_are_wanted_is_said():
    def lines(codes):
        return codes

    said = repr(autoencoder.check_output_layer(lines))
    assert "lines([" in said and "two arrays are wanted, v and c" in said
    for other in (3.0, np.argmax):
        assert "two arrays are wanted, v and c" in repr(autoencoder.check_output_layer(lambda codes, it=other: it))
    # The tangents of a parabola, as rows, and from a generator.
    assert autoencoder.check_output_layer(lambda codes: (2 * codes[None], -(codes[None] ** 2))).passed
    assert autoencoder.check_output_layer(lambda codes: (part for part in (2 * codes, -(codes**2)))).passed


@pytest.mark.parametrize("lines, said", [
    (lambda codes: (2 * codes[:, None], -codes[:, None] ** 2), "with the shape (6,), and here is (6, 1)"),
    (lambda codes: (codes * np.nan, codes), "gives [nan nan nan nan nan nan]"),
    (lambda codes: (codes * np.inf, codes), "gives [nan nan nan nan nan nan]"),
    (lambda codes: (["1"] * len(codes), codes), "v must hold numbers only"),
    (lambda codes: (np.eye(len(codes)), 0 * codes), "with the shape (6,), and here is (6, 6)"),
    (lambda codes: (0 * codes, np.eye(len(codes))), "with the shape (6,), and here is (6, 6)"),
], ids=["columns", "nan", "infinite", "texts", "a weight for each code", "a bias for each code"])
def test_lines_that_are_columns_or_tables_or_no_numbers_are_neither_right_nor_called_level(lines, said):
    assert said in repr(autoencoder.check_output_layer(lines))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_vector_with_fewer_digits_is_turned_as_far_as_these_tell(kind):
    turned = TABLE[audit.check_turned][0][0]
    assert audit.check_turned(lambda gradient, degrees: kind(turned(gradient, degrees))).passed
    assert not audit.check_turned(lambda gradient, degrees: kind(turned(gradient, 1.1 * degrees))).passed


def test_an_answer_without_a_name_is_told_as_your_function():
    message = feed_forward.check_standardize(functools.partial(lambda X_train, X_test: X_test)).message
    assert message.startswith("Not yet: your function(")


def test_the_sums_of_biases_that_are_shown_have_two_decimals():
    message = or_net.check_bias_derivatives(lambda D: 12345.0).message
    (shown,) = re.findall(r"but \[(.*)\] is right", message)
    assert all(re.fullmatch(r"-?\d\.\d\d?", number) for number in shown.split())


def test_a_right_array_is_praised_without_a_word_on_its_dress():
    def right(x):
        return np.array([x, 2 * x])

    verdict = judge(right, right=right, mistakes=[], cases=[(1.0,), (2.0,)], praise="so it is.")
    assert str(verdict) == "Right: so it is."


def test_who_asks_the_folder_for_a_checker_is_told_in_which_module_it_is():
    # As after `from nbhelpers import *`, which puts the folder in the place of the lesson's module.
    every = " or ".join(exercises.__all__)
    for name, modules in [("check_adam", "and_net"), ("check_slopes", "single_neuron"), ("check", every)]:
        line = f"from nbhelpers.exercises import {modules.split()[0]} as exercises"
        with pytest.raises(AttributeError) as raised:
            getattr(exercises, name)
        assert str(raised.value) == (
            f"nbhelpers.exercises has no {name!r}; take the module of the lesson, {modules}: {line}"
        )
        exec(line, {})
