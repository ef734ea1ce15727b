"""`audit`: what it says of strangers right and wrong, that it leaves them as they were, and what it refuses."""

import doctest
import math
import re
import subprocess
import sys
from collections import UserDict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, wraps
from itertools import chain, repeat
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from nbhelpers import (
    Dense,
    LeakyReLU,
    Network,
    audit,
    evidence,
    fibonacci,
    identity,
    mse,
    numerical_gradient,
    one_hot,
    recognition,
    sigmoid,
    tanh,
    trial,
)
from nbhelpers.parameters import found_in
from nbhelpers.published import and_net, autoencoder, feed_forward, or_net, single_neuron
from nbhelpers.recognition import LOSSES_OF_SOFTMAX, recognize
from nbhelpers.strangers import Stranger

from .strangers import PROGRAMS, normal

NAMES = [f"{program.__name__}-{version}" for program, version, *_ in PROGRAMS]


@pytest.mark.parametrize("program, version, verdict, words", [(*p[:3], p[3:]) for p in PROGRAMS], ids=NAMES)
def test_every_stranger_gets_its_verdict_in_words(program, version, verdict, words):
    found = audit(**program(version))
    assert found.verdict == verdict
    assert not [sentence for sentence in words if sentence not in found.text]
    assert bool(found) == found.passed == (verdict == "right")


def test_every_verdict_is_that_of_two_strangers_at_least():
    verdicts = [verdict for _, _, verdict, *_ in PROGRAMS]
    assert len({program for program, *_ in PROGRAMS}) >= 30
    assert len(set(verdicts)) == 7
    assert min(map(verdicts.count, verdicts)) >= 2


def holdings(arguments):
    """All that the program keeps as parameters: the objects themselves, and their numbers bit by bit."""

    def frozen(value):
        if isinstance(value, (list, tuple)):
            return id(value), [frozen(entry) for entry in value]
        return (id(value), value.tobytes()) if isinstance(value, np.ndarray) else repr(value)

    # A property makes a new object each time that it is read.
    if isinstance(arguments["loss"], Callable) and hasattr(arguments["loss"], "_kernel"):
        return arguments["loss"]._kernel.tolist(), arguments["loss"]._offsets
    return [frozen(parameter.kept()) for parameter in found_in(arguments["parameters"])]


class Stop(BaseException):
    """Nobody catches this one by mistake."""


FIRST = {program: version for program, version, *_ in reversed(PROGRAMS)}
INTERRUPTIONS = [(1, ZeroDivisionError), (2, KeyboardInterrupt), (7, SystemExit), (40, Stop)]


@pytest.mark.parametrize("program", FIRST, ids=lambda program: program.__name__)
def test_parameters_are_put_back_bit_for_bit_whatever_happens(program, whole):
    arguments = program(FIRST[program])
    before = holdings(arguments)
    audit(**arguments)
    assert holdings(arguments) == before
    for when, what in INTERRUPTIONS if whole else INTERRUPTIONS[1::2]:
        for name in {"loss", "gradient", "step", "predict"} & arguments.keys():
            calls, raised, inner = [], False, arguments[name]

            @wraps(inner)
            def interrupted(*data, calls=calls, inner=inner, when=when, what=what):
                # After the call, because a step has moved the parameters by then.
                value = inner(*data)
                calls.append(1)
                if len(calls) == when:
                    raise what("mine")
                return value

            try:
                audit(**{**arguments, name: interrupted})
            except what as error:
                raised = error.args == ("mine",)
            assert raised == (len(calls) == when)
            assert holdings(arguments) == before


def small():
    """A layer without a fault: its parameters, and what `audit` is called with."""
    net = {"W": np.array([[0.5, -0.25], [1.0, 0.75]]), "b": [0.125, -1]}
    x, y = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]]), np.array([[0.0, 1.0], [1.0, 0.5], [0.25, 0.0]])

    def gradient():
        d = 2 * (x @ net["W"] + net["b"] - y)
        return [x.T @ d, d.sum(axis=0)]

    def loss():
        return float(((x @ net["W"] + net["b"] - y) ** 2).sum())

    return net, dict(parameters=[(net, "W"), (net, "b")], loss=loss, gradient=gradient)


class Bomb:
    def __array__(self, *_, **__):
        raise OSError("no array today")


@dataclass
class Value:
    """As in a small engine that differentiates by itself."""

    data: object


class Computed:
    W = property(lambda self: np.zeros(3))


@dataclass(frozen=True)
class Frozen:
    b: float = 0.5


READ_ONLY, TIED = np.zeros(3), np.zeros((2, 3))
READ_ONLY.flags.writeable = False
REFUSED = {
    "no parameters": (dict(parameters=[]), ValueError, "parameters must name at least one place, such as (net, 'W1');"),
    "one text": (dict(parameters="W1"), TypeError, "parameters must be a list of places, such as [(net, 'W1')"),
    "names alone": (dict(parameters=["W1"]), TypeError, "a place in parameters must be (object, 'attribute'), (dict"),
    "the name first": (dict(parameters=[("W", [0.5])]), TypeError, "must be (object, 'attribute'), (dict or list, key"),
    "a layer in a pair": (dict(parameters=[(np.eye(2), np.ones(2))]), TypeError, "as (W, b) or a dictionary does"),
    "and of whole numbers": (dict(parameters=[(np.eye(2), np.array([0, 1]))]), TypeError, "several, as (W, b)"),
    "not there": (dict(parameters=[({}, "W7")]), ValueError, "parameters must be there, but dict has no 'W7'"),
    "no attribute": (dict(parameters=[(Bomb(), "W")]), ValueError, "parameters must be there, but Bomb has no 'W'"),
    "empty": (dict(parameters=[np.zeros((0, 3))]), ValueError, "must hold one number or more, got the shape (0, 3)"),
    "texts": (dict(parameters=[({"W": ["a"]}, "W")]), TypeError, "W must hold numbers only"),
    "none": (dict(parameters=[({"W": None}, "W")]), TypeError, "W must be a number, a list, an array"),
    "bomb": (dict(parameters=[({"W": Bomb()}, "W")]), TypeError, "must be a number, a list, an array or a tensor"),
    "nan": (dict(parameters=[({"W": np.nan}, "W")]), ValueError, "must be finite, got nan; start where the numbers"),
    "half precision": (dict(parameters=[({"W": np.zeros(3, "f2")}, "W")]), TypeError, "or float64, got float16, which"),
    "computed": (dict(parameters=[(Computed(), "W")]), ValueError, "W must be one that can be set, but this Computed"),
    "frozen": (dict(parameters=[(Frozen(), "b")]), ValueError, "b must be one that can be set, but this Frozen"),
    "in a tuple": (dict(parameters=[((0.5, 1), 0)]), ValueError, "one that can be set, but this tuple does not"),
    "read-only": (dict(parameters=[READ_ONLY]), ValueError, "must keep what is put there, but it does not"),
    "whole numbers": (dict(parameters=[np.array([1, 2])]), ValueError, "name an array of whole numbers or one that"),
    "twice": (dict(parameters=[TIED, TIED]), ValueError, "name what two places share once"),
    "overlapping": (dict(parameters=[TIED[0], TIED]), ValueError, "parameter 1 must keep what is put there"),
    "a transpose of it": (dict(parameters=[TIED, TIED.T]), ValueError, "must keep what is put there"),
    "loss is a number": (dict(loss=0.5), TypeError, "loss must be a function, such as lambda: net.loss(X, y); got 0.5"),
    "loss gives None": (dict(loss=lambda: None), TypeError, "the value of loss() must hold numbers only, got None"),
    "loss gives text": (dict(loss=lambda: "0.5"), TypeError, "the value of loss() must hold numbers only, got '0.5'"),
    "loss gives several": (dict(loss=lambda: np.ones(3)), TypeError, "the value of loss() must be one number"),
    "loss gives its cache too": (dict(loss=lambda: (0.5, {"h": np.ones(3)})), TypeError, "such as the first by [0]"),
    "loss gives accuracy too": (dict(loss=lambda: (0.5, 0.9)), TypeError, "got (0.5, 0.9); take the one that is"),
    "loss gives an object": (dict(loss=lambda: Value(0.5)), TypeError, "; what a Value holds is in its .data"),
    "objects in a list": (dict(parameters=[[Value(0.5)]]), TypeError, "; what a Value holds is in its .data"),
    "an object of an array": (dict(loss=lambda: Value(np.ones(1))), TypeError, "; what a Value holds is in its .data"),
    "loss gives a bomb": (dict(loss=Bomb), TypeError, "the value of loss() must hold numbers only, got"),
    "loss is too large": (dict(loss=lambda: 10**400), TypeError, "the value of loss() must hold numbers only"),
    "gradient is a list": (dict(gradient=[1, 2]), TypeError, "gradient must be a function, such as lambda: net."),
    "gradient gives None": (dict(gradient=lambda: None), ValueError, "must return a list of 2, one for each of param"),
    "gradient is a table": (dict(gradient=lambda: pd.DataFrame({"W": [1, 2]})), ValueError, "got a DataFrame whose"),
    "gradient is short": (dict(gradient=lambda: [1]), ValueError, "must return a list of 2, one for each of param"),
    "gradient in a dict": (dict(gradient=lambda: {"W": 1}), ValueError, "must have the keys W and b, got ['W']"),
    "gradient of another shape": (
        dict(gradient=lambda: [np.zeros((3, 2)), np.zeros(2)]), ValueError,
        "the gradient of W must have the shape (2, 2), got (3, 2)",
    ),
    "gradient of texts": (dict(gradient=lambda: ["a", "b"]), TypeError, "the gradient of W must hold numbers only"),
    "gradient holds None": (dict(gradient=lambda: [None, None]), TypeError, "the gradient of W must hold numbers only"),
    "gradient holds a bomb": (dict(gradient=lambda: [Bomb()] * 2), TypeError, "the gradient of W must hold numbers"),
    "gradient is ragged": (
        dict(gradient=lambda: [[[1, 2], [3]], [1, 2]]), TypeError, "the gradient of W must hold numbers only",
    ),
    "neither": (dict(gradient=None), ValueError, "audit needs either gradient or step, a function, and not both"),
    "both": (dict(step=print, learning_rate=1), ValueError, "audit needs either gradient or step"),
    "list of arrays": (
        dict(parameters=[({"W": [np.zeros((2, 3)), np.zeros((3, 1))]}, "W")]), TypeError,
        "of a list of arrays name each one, such as (net.weights, 0)",
    ),
    "array of arrays": (
        dict(parameters=[({"W": np.array([np.zeros((2, 3)), np.zeros(3)], dtype=object)}, "W")]), TypeError,
        "of a list of arrays name each one, such as (net.weights, 0)",
    ),
    "gradient is a view": (
        dict(gradient=lambda: {1: np.zeros((2, 2)), 2: 0}.values()), ValueError, "got a dict_values whose text is no",
    ),
    "no rate": (dict(gradient=None, step=print), ValueError, "learning_rate must be given with step"),
    "rate 0": (dict(gradient=None, step=print, learning_rate=0), ValueError, "learning_rate must be a number greater"),
    "no points": (dict(points=0), ValueError, "points must be a whole number of at least 1, got 0"),
    "seed": (dict(seed="a"), TypeError, "seed must be a whole number of at least 0, got 'a'"),
    "tolerance": (dict(tolerance=0), ValueError, "tolerance must be a number greater than 0"),
    "X alone": (dict(X=[[1.0]]), ValueError, "X and Y need each other"),
    "predict alone": (dict(predict=print), ValueError, "predict needs X and Y"),
    "predict gives None": (dict(predict=lambda X: None, X=[1.0], Y=[1.0]), TypeError, "the value of predict(X) must"),
    "X of texts": (dict(predict=print, X=["a"], Y=[1.0]), TypeError, "X must hold numbers only"),
}


@pytest.mark.parametrize("changes, error, sentence", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence_and_all_is_put_back(changes, error, sentence):
    net, arguments = small()
    with pytest.raises(error) as raised:
        audit(**arguments | changes)
    assert sentence in str(raised.value)
    assert net["W"].tolist() == [[0.5, -0.25], [1.0, 0.75]]
    assert repr(net["b"]) == "[0.125, -1]"


def test_the_strangers_own_exception_comes_through_as_it_is():
    net, arguments = small()
    with pytest.raises(KeyError, match="^'mine'$") as raised:
        audit(**arguments | dict(gradient=lambda: [{}["mine"]]))
    assert raised.value.__cause__ is None
    with pytest.raises(SystemExit):
        audit(**arguments | dict(loss=sys.exit))
    assert repr(net["b"]) == "[0.125, -1]"

    class Guarded(dict):
        def __setitem__(self, key, value):
            raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        audit(**arguments | dict(parameters=[(Guarded(W=net["W"].tolist(), b=0.5), "b")], gradient=lambda: [0.0]))


def test_a_named_tuple_stays_one_and_any_mapping_is_a_dictionary():
    class Line(NamedTuple):
        slope: float
        offset: float

    for kept in ({"line": Line(0.5, -1.0)}, UserDict(line=Line(0.5, -1.0))):
        before = kept["line"]
        found = audit(
            [(kept, "line")], lambda kept=kept: kept["line"].slope ** 2 + 3 * kept["line"].offset,
            lambda kept=kept: [[2 * kept["line"].slope, 3.0]],
        )
        assert found.passed and kept["line"] is before


@pytest.mark.parametrize("dress", [np.float64, np.float32, Fraction, lambda v: np.array([[v]]), lambda v: [[v]]])
def test_a_loss_is_any_value_that_is_one_number(dress):
    _, arguments = small()
    inner = arguments["loss"]
    found = audit(**arguments | dict(loss=lambda: dress(inner())))
    assert found.passed


@pytest.mark.parametrize("rounded, said", [
    *((partial(round, ndigits=digits), f"{10**-digits:g}") for digits in (2, 4, 6, 8)),
    # Its significand has 11 bits, and the largest loss is between 2 and 4.
    (np.float16, f"{2.0**-9:g}"),
])
def test_where_the_loss_comes_rounded_nothing_is_judged_and_the_text_says_why(rounded, said):
    network, X, Y = Network(3, [Dense(4, tanh), Dense(1, identity)]), normal(30, 3), normal(30, 1)
    kept = {"theta": network.initialize("normal", seed=1).theta.copy()}

    def loss():
        network.theta = kept["theta"]
        return rounded(network.loss(X, Y, "mse"))

    found = audit([(kept, "theta")], loss, lambda: network.gradient(X, Y, "mse"))
    assert found.verdict == "cannot be judged" and f"in steps of {said}: give it as it is" in found.text
    assert audit([(kept, "theta")], loss, lambda: np.full(network.theta.size, 9.0)).verdict == "wrong"


@pytest.mark.parametrize("slope, verdict", [(lambda H: 1 - H**2, "right"), (lambda H: 1 - H, "wrong")])
def test_a_loss_that_is_reckoned_in_float32_inside_is_judged_to_its_own_digits(slope, verdict):
    W, V, X, Y = normal(3, 4), normal(4, 1), normal(30, 3), normal(30, 1)

    def loss():
        w, v, x, y = (part.astype(np.float32) for part in (W, V, X, Y))
        return float(np.mean((np.tanh(x @ w) @ v - y) ** 2))

    def gradient():
        H = np.tanh(X @ W)
        D = 2 * (H @ V - Y) / len(X)
        return [X.T @ (D @ V.T * slope(H)), H.T @ D]

    found = audit([W, V], loss, gradient)
    assert found.verdict == verdict and "in float32" in found.text


def test_a_loss_that_is_reckoned_in_float16_inside_condemns_no_right_gradient():
    W, V, X, Y = normal(3, 4), normal(4, 1), normal(30, 3), normal(30, 1)

    def loss():
        w, v, x = (part.astype(np.float16) for part in (W, V, X))
        return float(np.mean(((np.tanh(x @ w) @ v).astype(float) - Y) ** 2))

    def gradient():
        H = np.tanh(X @ W)
        D = 2 * (H @ V - Y) / len(X)
        return [X.T @ (D @ V.T * (1 - H**2)), H.T @ D]

    found = audit([W, V], loss, gradient)
    assert found.verdict == "cannot be judged" and "coarse numbers inside" in found.text


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_float32_inside_of_a_loss_in_float64_condemns_no_right_gradient_and_is_said(seed):
    random = np.random.default_rng(seed)
    X, Y = random.integers(0, 256, (20, 4)), random.normal(size=(20, 2))
    W, V = random.normal(size=(4, 16)) / 100, random.normal(size=(16, 2)) / 100

    def loss():
        x, w, v = (part.astype(np.float32) for part in (X, W, V))
        return np.mean(abs((np.tanh(x @ w) @ v).astype(float) - Y))

    def gradient(times=1.0):
        H = np.tanh(X @ W)
        D = np.sign(H @ V - Y) / Y.size
        return [times * X.T @ (D @ V.T * (1 - H**2)), H.T @ D]

    found = audit([W, V], loss, gradient)
    assert found.verdict == "cannot be judged" and "coarse numbers inside, such as float32" in found.text
    assert audit([W, V], loss, lambda: gradient(-1.0)).verdict == "wrong"


@pytest.mark.parametrize("size, takes_data", [(1, False), (100, False), (100, True), (300, True)])
@pytest.mark.parametrize("near", [31.0, 32.0, 33.4, 34.5, 35.5, 36.5])
def test_a_right_gradient_is_not_condemned_by_a_loss_whose_outputs_have_few_digits_left(near, size, takes_data):
    # 1 - p has 1 to 300 of the smallest digits left in the first row, so that its loss is a staircase.
    X, Y, w = np.array([[near], [-1.5]]) * size, np.array([[0.0], [1.0]]), np.array([1.0]) / size
    data = {"X": X, "Y": Y} if takes_data else {}

    def predict():
        return 1 / (1 + np.exp(-X @ w))[:, None]

    def loss():
        p = predict()
        return -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).sum()

    assert audit([w], loss, lambda: X.T @ (predict() - Y)[:, 0], **data).verdict == "right"
    assert audit([w], loss, lambda: 2 * X.T @ (predict() - Y)[:, 0], **data).verdict == "right up to a factor"
    assert not audit([w], loss, lambda: X.T @ predict()[:, 0], **data)
    assert w.tolist() == [1.0 / size]


def test_a_loss_that_loses_digits_to_a_large_constant_inside_is_not_taken_for_coarse():
    # Where 1000 comes and goes, some 600 of its own last digits are lost to a loss of about 1.
    w = np.array([0.6, -0.8])
    found = audit([w], lambda: (1000.0 + w @ w) - 1000.0, lambda: 2 * w)
    assert found.verdict == "right" and "coarse" not in found.text and "rounded" not in found.text


def test_of_a_vector_of_large_numbers_a_single_weight_starts_small():
    X, Y, w = np.array([35.0, -1.5]) * 300, np.array([0.0, 1.0]), np.array([1.0]) / 300

    def predict():
        return 1 / (1 + np.exp(-X * w[0]))

    def loss():
        p = np.clip(predict(), 1e-12, 1 - 1e-12)
        return -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).sum()

    w[:] = 0.001
    assert audit([w], loss, lambda: [[X @ (predict() - Y)]], X=X, Y=Y).verdict == "right"


@pytest.mark.parametrize("seed", range(20))
def test_a_loss_with_many_kinks_is_not_taken_for_coarse(seed):
    random = np.random.default_rng(seed)
    W, V, X, Y = (random.normal(size=shape) for shape in ((3, 20), (20, 1), (300, 3), (300, 1)))

    def loss():
        return np.mean(abs(np.maximum(X @ W, 0) @ V - Y))

    def gradient():
        H = np.maximum(X @ W, 0)
        D = np.sign(H @ V - Y) / len(X)
        return [X.T @ (D @ V.T * (H > 0)), H.T @ D]

    assert "coarse" not in audit([W, V], loss, gradient, points=1).text


def test_what_float32_is_too_coarse_for_is_sent_to_float64():
    for kind, verdict in ((np.float32, "cannot be judged"), (np.float64, "right")):
        w = np.ones(3, kind)
        found = audit([w], lambda w=w: 1000 + (w**2).sum() / 1000, lambda w=w: [w / 500])
        assert found.verdict == verdict
        assert ("In float64 more can be told, as after net.double()" in found.text) == (kind == np.float32)


def test_parameters_in_float32_may_have_their_bytes_in_any_order():
    net, arguments = small()
    net["W"] = np.asarray(net["W"], ">f4")
    assert audit(**arguments).passed


def test_gradients_in_any_dress_are_read():
    _, arguments = small()
    inner = arguments["gradient"]
    for dress in (
        tuple, lambda g: {"W": g[0].tolist(), "b": g[1], "more": None}, lambda g: [g[0], g[1].reshape(2, 1)],
        lambda g: [g[0].ravel(), g[1][None]], lambda g: [g[0].tolist(), tuple(g[1])],
    ):
        assert audit(**arguments | dict(gradient=lambda dress=dress: dress(inner()))).passed


def test_a_gradient_in_a_dictionary_may_have_the_numbers_of_the_layers_as_keys():
    W, x = {1: random.normal(size=(3, 2)), 2: random.normal(size=(2, 1))}, random.normal(size=(5, 3))

    def gradient():
        d = 2 * x @ W[1] @ W[2]
        return {2: (x @ W[1]).T @ d, 1: x.T @ d @ W[2].T}

    found = audit(W, lambda: ((x @ W[1] @ W[2]) ** 2).sum(), gradient)
    assert found.passed and found.table.index.tolist() == ["1", "2"]


@pytest.mark.parametrize("dress", [list, tuple, lambda rows: [np.array(rows)], np.array])
def test_the_gradient_of_a_single_parameter_may_stand_by_itself(dress):
    net, x = {"W": random.normal(size=(2, 1))}, random.normal(size=(5, 2))
    found = audit([(net, "W")], lambda: ((x @ net["W"]) ** 2).sum(), lambda: dress((2 * x.T @ x @ net["W"]).tolist()))
    assert found.passed


@pytest.mark.parametrize("make", [UserDict, lambda kept: np.array((kept["W"],), [("W", float, 2)])])
def test_a_place_is_named_in_whatever_has_it_as_a_key(make):
    net = make({"W": np.array([0.5, 2.0])})
    found = audit([(net, "W")], lambda: (net["W"] ** 3).sum(), lambda: 3 * net["W"] ** 2)
    assert found.passed and found.table.index.tolist() == ["W"] and net["W"].tolist() == [0.5, 2.0]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_wrong(value, alone):
    _, arguments = small()
    W = arguments["gradient"]()[0] if alone else np.empty((2, 2))
    W[1, 1 if alone else slice(None)] = value
    found = audit(**arguments | dict(gradient=lambda: [W, np.zeros(2)]))
    assert found.verdict == "wrong"
    assert "At the given parameters the gradient is not finite: nan or inf in W." in found.text
    assert "Nothing arrives in b: zeros, where the loss is not flat." in found.text
    repr(found)


def test_the_error_of_a_gradient_that_is_nan_is_not_said_to_be_small_where_the_first_row_is_right():
    _, arguments = small()
    right = arguments["gradient"]
    found = audit(**arguments | dict(gradient=lambda: [right()[0], np.full(2, np.nan)]))
    assert found.table["verdict"].tolist() == ["right", "wrong"]
    assert np.isnan(found.relative_error) and "The error is small" not in found.text
    assert re.search(r"b .* nan +nan +wrong", repr(found))


def test_a_loss_that_is_nan_cannot_be_judged():
    _, arguments = small()
    found = audit(**arguments | dict(loss=lambda: np.nan))
    assert found.verdict == "cannot be judged"
    assert "The loss is nan at the given parameters: start where it is a number." in found.text
    assert "nothing can be judged: the loss is not a number there." in found.text


def test_a_gradient_is_not_wrong_for_being_no_number_where_its_loss_is_none_either():
    net = {"v": np.array([1.2, 3.0])}
    arguments = dict(parameters=[(net, "v")], loss=lambda: np.sqrt(net["v"]).sum())
    # Of the four random starts two have a negative number in them.
    found = audit(**arguments, gradient=lambda: 0.5 / np.sqrt(net["v"]), points=5)
    assert found.passed and found.verdict == "right"
    assert audit(**arguments, gradient=lambda: 0.51 / np.sqrt(net["v"]), points=5).verdict == "right up to a factor"
    # The loss is a number, and its gradient is none.
    found = audit(**arguments | dict(loss=lambda: (net["v"] ** 2).sum()), gradient=lambda: 0.5 / np.sqrt(net["v"]))
    assert found.verdict == "wrong"


def test_copies_of_parameters_and_a_gradient_that_goes_on_from_what_was_are_said_as_such():
    net, arguments = small()
    found = audit(**arguments | dict(parameters=[net["W"], np.array(net["b"])]))
    assert found.verdict == "wrong"
    assert "Moving parameter 2 does not change the loss at all: name what the program reads, and no copy." in found.text
    copies = [net["W"].copy(), np.array(net["b"])]
    assert "Moving parameter 1 and parameter 2 does not change" in audit(**arguments | dict(parameters=copies)).text
    stale = arguments["gradient"]()
    found = audit(**arguments | dict(gradient=lambda: stale))
    assert found.verdict == "wrong" and "The gradient is the same at every place" in found.text
    assert "the same at every place" not in audit([copies[0]], lambda: copies[0].sum(), lambda: np.ones((2, 2))).text


def test_a_loss_that_changes_its_parameters_is_said_to_do_so_where_the_gradient_is_wrong_for_it():
    net, arguments = small()

    def loss():
        np.clip(net["W"], -0.2, 0.2, out=net["W"])
        return arguments["loss"]()

    def gradient():
        loss()
        return arguments["gradient"]()

    found = audit(**arguments | dict(loss=loss, gradient=gradient))
    assert found.verdict == "wrong" and "The loss changes W, as it is computed" in found.text
    assert "The loss changes" not in audit(**arguments | dict(gradient=lambda: [0.0, 0.0])).text


def test_a_gradient_that_differs_in_its_last_digits_is_not_said_to_be_1_time_as_large():
    _, arguments = small()
    calls = []

    def gradient():
        calls.append(1)
        return [(1 + 1e-7 * len(calls)) * part for part in arguments["gradient"]()]

    assert "the gradient is another one the second time" in audit(**arguments | dict(gradient=gradient)).text


@pytest.mark.parametrize("before", [[1.0, 2.0], [4.0, 1.0]])
def test_of_what_was_left_in_a_gradient_from_before_it_is_asked_whether_it_is_set_to_zero(before):
    # As a tensor's .grad after backward() in the cell above.
    w, left = np.array([0.5, 1.0]), np.array(before)

    def gradient():
        nonlocal left
        left = left + 2 * w
        return left

    found = audit([w], lambda: w @ w, gradient)
    assert found.verdict == "not repeatable" and "gradients that are never set to zero" in found.text


def test_what_cannot_be_judged_beside_a_factor_is_named():
    X, y, w, unread = normal(20, 3), normal(20), normal(3), normal(2)
    for parts, said in (([w, unread], True), ([w], False)):
        found = audit(
            parts, lambda: ((X @ w - y) ** 2).sum(),
            lambda parts=parts: [X.T @ (X @ w - y), np.zeros(2)][: len(parts)],
        )
        assert found.verdict == "right up to a factor"
        assert ("half this loss. That of parameter 2 cannot be judged." in found.text) == said


def test_a_factor_near_1_is_shown_with_the_digits_in_which_it_differs():
    X, y, w = normal(20, 3), normal(20), normal(3)
    found = audit([w], lambda: ((X @ w - y) ** 2).sum(), lambda: (1 + 3e-7) * 2 * X.T @ (X @ w - y), tolerance=1e-8)
    assert "up to the factor 1.0000003" in found.text


def test_a_program_that_adds_up_in_any_order_repeats_itself_where_a_derivative_is_0_but_for_its_rounding():
    # Of data with mean 0 the bias has nothing to do; and at the lowest point nothing has.
    X, order = np.random.default_rng(0).normal(size=(50, 3)), np.random.default_rng(1)
    X, y = np.vstack([X, -X]), np.repeat([1.0, -1.0], 50)
    for w in (normal(3), np.linalg.lstsq(X, y)[0]):
        net = {"w": w, "b": 0.0}

        def gradient(net=net):
            rows = order.permutation(100)
            residuals = 2 * (X[rows] @ net["w"] + net["b"] - y[rows]) / 100
            return [X[rows].T @ residuals, residuals.sum()]

        found = audit([(net, "w"), (net, "b")], lambda net=net: np.mean((X @ net["w"] + net["b"] - y) ** 2), gradient)
        assert found.verdict == "right"
        drawn = audit(
            [(net, "w"), (net, "b")], lambda net=net: np.mean((X @ net["w"] + net["b"] - y) ** 2),
            lambda gradient=gradient: [part + order.normal() * 1e-9 for part in gradient()],
        )
        assert drawn.verdict == "not repeatable"


def test_a_gradient_that_would_stretch_its_parameter_is_read_and_said():
    W = np.array([[0.5], [2.0]])
    for dress, stretches in ((np.transpose, True), (np.ravel, True), (np.array, False), (np.ndarray.tolist, False)):
        found = audit([W], lambda: (W**3).sum(), lambda dress=dress: dress(3 * W**2))
        assert found.passed and ("parameter 1 has its numbers in another shape" in found.text) == stretches


def test_of_a_loss_that_counts_it_is_said_that_it_has_no_slope():
    x, y = random.normal(size=(9, 2)), random.random(9) > 0.5
    w = np.array([0.5, -1.0])
    found = audit([w], lambda: np.mean((x @ w > 0) != y), lambda: [x.T @ (sigmoid.value(x @ w) - y)])
    assert found.verdict == "wrong" and "A loss that counts, such as the share of errors, has no slope." in found.text


def test_of_a_loss_that_counts_to_four_it_is_not_said_that_its_numbers_are_in_float32():
    X, y, w = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0]), normal(2)
    found = audit([w], lambda: np.mean((X @ w > 0.1) != y), lambda: X.T @ (sigmoid.value(X @ w) - y))
    assert found.verdict == "cannot be judged"
    assert "a count has no slope" in found.text and "float" not in found.text and "lost in rounding" not in found.text


@pytest.mark.parametrize("start", [0.0, 1e-4])
@pytest.mark.parametrize("samples", [4, 8, 20])
def test_a_loss_that_is_a_whole_number_where_random_starts_saturate_it_is_not_called_rounded(samples, start):
    X = np.random.default_rng(4).normal(size=(samples, 3)) * 3000
    y, w = (X[:, 0] > 0).astype(float), start * np.array([1.0, -2.0, 1.5])

    def predict():
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-X @ w))

    def gradient(times=1.0):
        p = predict()
        return [times * 2 * X.T @ ((p - y) * p * (1 - p))]

    def loss():
        return ((predict() - y) ** 2).sum()

    found = audit([w], loss, gradient)
    assert found.verdict == "right" and "rounded" not in found.text and "float32" not in found.text
    assert audit([w], loss, lambda: [np.array([1.0, 1.0, 1.0005]) * gradient()[0]]).verdict == "wrong"


@pytest.mark.parametrize("x", [(1.0, 1.0, 1.0), (1.0, -1.0, 1.0)])
def test_plain_descent_on_a_sample_of_ones_is_not_taken_for_adam(x):
    x, net = np.array(x), {"w": np.array([0.3, -0.2, 0.1])}

    def step(adam=False):
        p = np.tanh(x @ net["w"])
        g = 2 * (p - 1) * (1 - p**2) * x
        net["w"] = net["w"] - 0.1 * (np.sign(g) if adam else g)

    found = audit([(net, "w")], lambda: (np.tanh(x @ net["w"]) - 1) ** 2, step=step, learning_rate=0.1)
    assert found.verdict == "right" and "Adam" not in found.text
    x = np.array([1.0, 2.0, 3.0])
    found = audit(
        [(net, "w")], lambda: (np.tanh(x @ net["w"]) - 1) ** 2, step=lambda: step(adam=True), learning_rate=0.1
    )
    assert "as Adam and RMSprop do in their first step" in found.text


def test_two_parameters_that_are_moved_equally_far_are_enough_to_ask_for_a_step_of_plain_descent():
    net, x = {"w": np.array([0.3, -0.2])}, np.array([1.0, 2.0])

    def slopes():
        return 2 * (np.tanh(x @ net["w"]) - 1) * (1 - np.tanh(x @ net["w"]) ** 2) * x

    def step():
        net["w"] = net["w"] - 0.1 * np.sign(slopes())

    found = audit([(net, "w")], lambda: (np.tanh(x @ net["w"]) - 1) ** 2, step=step, learning_rate=0.1)
    assert "as Adam and RMSprop do in their first step" in found.text


@pytest.mark.parametrize("size, sampled", [(2000, False), (2001, True)])
def test_up_to_2000_parameters_are_all_tried_and_of_more_it_is_said_how_many(size, sampled):
    w = normal(size)
    found = audit([w], lambda: (w**2).sum(), lambda: 2 * w, points=1)
    assert found.verdict == "right" and (f"Of {size} parameters, 20 in each place" in found.text) == sampled


def test_a_factor_is_given_in_six_digits_and_one_that_is_all_but_1_in_ten():
    w = np.array([0.3, -0.2, 0.5])
    found = audit([w], lambda: (w**2).sum(), lambda: 1.23456789 * 2 * w)
    assert "The gradient is right up to the factor 1.23457 at every place" in found.text


def test_a_fault_that_shows_at_the_random_starts_alone_is_said_of_that_parameter_and_of_no_other():
    x, y, w, v, b = normal(5), normal(5, seed=2), np.array([1.0]), np.array([2.0]), np.array([0.5])

    def residuals():
        return v * w * x + b - y

    def gradient():
        # `v` stands in the place of 2, which it is at the start; that of b is wrong there too.
        r = 2 * residuals()
        return [v / 2 * (r * v * x).sum(), (r * w * x).sum(), 3 * r.sum()]

    found = audit({"w": w, "v": v, "b": b}, lambda: (residuals() ** 2).sum(), gradient)
    assert found.table["verdict"].tolist() == ["wrong", "right", "wrong"]
    assert "The fault in w does not show at the given parameters, but at the random starts." in found.text


def test_a_step_that_moves_what_is_not_named_is_asked_for_all_its_parameters():
    x, y, net = normal(9, 3), normal(9), {"w": np.zeros(3), "b": 0.0}

    def step():
        residuals = 2 * (x @ net["w"] + net["b"] - y) / 9
        net["w"], net["b"] = net["w"] - 0.1 * x.T @ residuals, net["b"] - 0.1 * residuals.sum()

    named = [(net, "w"), (net, "b")]
    found = [
        audit(named[:count], lambda: np.mean((x @ net["w"] + net["b"] - y) ** 2), step=step, learning_rate=0.1)
        for count in (1, 2)
    ]
    assert [each.verdict for each in found] == ["not repeatable", "right"]
    assert found[0].text.endswith("Or does the step move parameters that are not named? Name them all.")


def test_of_a_small_error_a_forgotten_penalty_is_said_to_be_a_reason():
    x, y, W = normal(20, 3), normal(20, 2), normal(3, 2)
    found = audit(
        [W], lambda: np.mean((x @ W - y) ** 2) + 1e-5 * (W**2).sum(), lambda: [2 * x.T @ (x @ W - y) / y.size]
    )
    assert found.verdict == "wrong" and "A small penalty that is left out makes it, which is a fault" in found.text


@pytest.mark.parametrize("turned", [False, True])
def test_numbers_of_houses_leave_a_clipped_logarithm_its_slope(turned):
    random, parameters = np.random.default_rng(0), {"w": np.zeros(3), "b": 0.0}
    X = np.column_stack([random.uniform(50, 200, 30), random.integers(1, 6, 30), random.uniform(1950, 2020, 30)])
    y = (X[:, 0] > 120).astype(float)

    def loss(X, y):
        # From p = 1 - 1e-15 on the loss is flat, and its gradient is not p - y.
        p = np.clip(predict(X), 1e-15, 1 - 1e-15)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(X, y):
        D = (predict(X) - y) / len(y)
        return [(X.T if turned else X).T @ D, D.sum()]

    def predict(X):
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-((X.T if turned else X) @ parameters["w"] + parameters["b"])))

    found = audit([(parameters, "w"), (parameters, "b")], loss, gradient, X=X.T if turned else X, Y=y)
    assert found.verdict == "right", found.text


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_penalty_that_large_numbers_hide_is_not_said_to_be_right_in_silence(forgotten):
    random, w = np.random.default_rng(0), np.zeros(3)
    X, y = random.uniform(1950, 2020, (30, 3)), random.normal(size=30)

    def loss(X, y):
        return np.mean((X @ w - y) ** 2) + 0.05 * w @ w

    def gradient(X, y):
        return 2 * X.T @ (X @ w - y) / len(y) + (0 if forgotten else 0.1 * w)

    said = "a penalty of the strength 0.01 is too small to be seen"
    assert said in audit({"w": w}, loss, gradient, X=X, Y=y).text
    summed = audit({"w": w}, loss, lambda X, y: len(y) * gradient(X, y), X=X, Y=y)
    assert summed.verdict == "right up to a factor" and said in summed.text
    small = audit({"w": w}, loss, gradient, X=X / 2000, Y=y)
    assert small.verdict == ("wrong" if forgotten else "right") and said not in small.text


def test_starts_that_know_nothing_of_x_are_said_where_a_clipped_logarithm_is_flat():
    random, w = np.random.default_rng(0), np.zeros(3)
    X, y = random.uniform(50, 200, (30, 3)), (random.random(30) > 0.5).astype(float)

    def predict():
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-X @ w))

    def loss():
        p = np.clip(predict(), 1e-7, 1 - 1e-7)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    said = "Give X and Y too, and the starts will suit them."
    assert said in audit([w], loss, lambda: X.T @ (predict() - y) / len(y)).text
    known = audit([w], loss, lambda: X.T @ (predict() - y) / len(y), X=X, Y=y)
    assert known.verdict == "right" and said not in known.text
    # What is wrong at the given parameters too has another reason.
    assert said not in audit([w], loss, lambda: X.T @ predict() / len(y)).text


def test_a_clipped_logarithm_that_is_flat_at_the_given_parameters_alone_is_said():
    said = "At the random starts nothing is wrong, and at the given parameters the loss is flatter than its gradient"
    x, y = np.array([[1.0, 0.2], [-2.0, 0.1], [0.5, -0.3]]), np.array([1.0, 1.0, 0.0])

    def tried(start, target=y):
        w = np.array([start, 0.0])

        def loss():
            p = np.clip(sigmoid.value(x @ w), 1e-7, 1 - 1e-7)
            return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

        return audit([w], loss, lambda: x.T @ (sigmoid.value(x @ w) - target) / 3, X=x, Y=y)

    # The logarithm is clipped where a sum is beyond log(1e7), which is 16.1; of the second it is -20.
    flat = tried(10.0)
    assert flat.verdict == "wrong" and said in flat.text
    assert tried(7.0).passed
    # What is wrong everywhere has another reason.
    assert said not in tried(10.0, 1 - y).text


@pytest.mark.parametrize("seed", range(6))
def test_of_a_gradient_that_is_clipped_at_random_starts_it_is_not_said_that_they_know_nothing_of_x(seed):
    X, w = np.random.default_rng(seed).normal(size=(20, 3)), np.array([0.2, -0.1, 0.3])
    y = X @ (w + 0.02)
    found = audit([w], lambda: np.mean((X @ w - y) ** 2), lambda: np.clip(2 * X.T @ (X @ w - y) / 20, -0.3, 0.3))
    assert "does not show at the given parameters" in found.text and "know nothing of X" not in found.text


def test_where_all_parameters_are_0_a_gradient_that_is_off_is_not_put_down_to_a_logarithm():
    w = np.array([0.0])
    found = audit([w], lambda: (w**2).sum(), lambda: 2 * w + (w == 0))
    assert found.verdict == "wrong" and "At the random starts nothing is wrong" not in found.text


def test_places_of_the_same_name_in_two_objects_are_told_apart_by_their_number():
    first, second = (SimpleNamespace(W=np.ones(2), b=np.ones(1)) for _ in range(2))
    named = found_in([(first, "W"), (second, "W"), (first, "b")])
    assert [parameter.name for parameter in named] == ["W (1)", "W (2)", "b"]


def stranger_of(loss, w):
    """One number as somebody's program, whose loss is a function of it."""
    return Stranger(found_in([w]), lambda: loss(float(w[0])), lambda: [0 * w], None, 0.1, None, None)


@pytest.mark.parametrize("loss", [
    lambda t: 0.1 * (t - 3) ** 2 + 0.001 * (t > 0.001),
    # Where it is inf beyond, short intervals are left.
    lambda t: 0.001 * (t > 0.001) if abs(t) < 0.02 else np.inf,
    lambda t: 0.001 * (t > -0.001) if t < 0.01 else np.inf,
], ids=["on a slope", "between walls", "before a wall"])
def test_how_far_a_loss_jumps_is_the_height_of_the_step_whatever_is_around_it(loss):
    w = np.array([0.0])
    assert stranger_of(loss, w).jump_at(np.array([0.0])) == pytest.approx(0.001, rel=1e-4)


def test_among_the_kinks_of_thousands_of_samples_few_digits_are_left_and_not_none():
    random = np.random.default_rng(1)
    X = random.normal(size=(3000, 5))
    Y = np.sin(X[:, :1])
    net = {"W": random.normal(size=(5, 8)) / 2, "b": np.zeros(8), "V": random.normal(size=(8, 1)) / 2, "c": np.zeros(1)}

    def forward():
        A = np.maximum(0, X @ net["W"] + net["b"])
        return A, A @ net["V"] + net["c"] - Y

    def gradient():
        A, misses = forward()
        D_A = misses @ net["V"].T * (A > 0)
        return [2 / len(X) * part for part in (X.T @ D_A, D_A.sum(axis=0), A.T @ misses, misses.sum(axis=0))]

    found = audit([(net, name) for name in net], lambda: (forward()[1] ** 2).mean(), gradient)
    assert found.verdict == "right" and "lost in rounding" not in found.text
    assert "the differences have too few digits there, from rounding or from many kinks." in found.text


@pytest.mark.parametrize("in_rows", [True, False])
def test_other_samples_go_to_a_program_that_takes_tables_alone_and_as_it_keeps_them(in_rows):
    X, Y, found = np.ones((4, 2)), np.zeros((4, 1)), SimpleNamespace(X=np.ones((9, 2)), in_rows=in_rows)
    own = np.ones((9, 2), np.float32), np.zeros((9, 1))
    taken = recognition._data_for(SimpleNamespace(takes_data=True, data=own), found, X, Y)
    assert [part.shape for part in taken] == ([(4, 2), (4, 1)] if in_rows else [(2, 4), (1, 4)])
    assert taken[0].dtype == np.float32
    for takes_data, data in ((False, own), (True, (own[0], own[1].tolist())), (True, (own[0], own[1].ravel()))):
        with pytest.raises(ValueError, match="^the program takes its own data alone"):
            recognition._data_for(SimpleNamespace(takes_data=takes_data, data=data), found, X, Y)


def test_a_step_that_moves_nothing_says_how_to_name_the_places():
    W = np.array([0.5, 2.0])
    found = audit(parameters=[W], loss=lambda: (W**2).sum(), step=lambda: W - 0.1 * W, learning_rate=0.1)
    assert found.verdict == "nothing arrives"
    assert "name the places as (object, 'attribute')" in found.text


def test_a_step_whose_fault_is_named_is_not_asked_to_be_plain_descent():
    X, Y, random = np.array([[1.0, 2], [0.5, -1], [-1, 0.3]]), np.array([[1.0], [0], [0.4]]), np.random.default_rng(0)
    net = {"W": random.normal(size=(2, 3)), "V": random.normal(size=(3, 1))}

    def said(*batches):
        def step():
            for rows in batches:
                A = np.tanh(X[rows] @ net["W"])
                D = A @ net["V"] - Y[rows]
                net["V"] = net["V"] - 0.1 * A.T @ D
                # Too early: the weights are updated already.
                net["W"] = net["W"] - 0.1 * X[rows].T @ (D @ net["V"].T * (1 - A**2))

        return audit(
            [(net, "W"), (net, "V")], lambda: ((predict(X) - Y) ** 2).sum() / 2, step=step, learning_rate=0.1,
            predict=predict, X=X, Y=Y,
        ).text

    def predict(X):
        return np.tanh(X @ net["W"]) @ net["V"]

    advice = "One step must be a single update of plain descent, on all samples at once."
    assert "updated already, with the learning rate 0.1." in said(slice(3)) and advice not in said(slice(3))
    assert advice in said(slice(1), slice(1, 3))


def test_a_program_that_descends_another_loss_is_told_so_where_that_loss_is_0():
    # At W = I and c = 0 the outputs are what they should be, and the mean squared error is 0.
    net, X = {"W": np.eye(2), "c": np.zeros(2)}, np.eye(2)

    def predict(X):
        return X @ net["W"] + net["c"]

    def loss():
        return (np.logaddexp(0, predict(X)) - X * predict(X)).mean()

    def gradient():
        D = 2 * (predict(X) - X) / X.size
        return [X.T @ D, D.sum(axis=0)]

    found = audit([(net, "W"), (net, "c")], loss, gradient, predict=predict, X=X, Y=X)
    assert "Its gradient is that of mse: the loss shown is not the loss descended." in found.text


@pytest.mark.parametrize("rate", [0.5, 0.0005])
def test_the_few_digits_of_a_small_step_in_float32_are_not_taken_for_an_unknown_fault(rate):
    x, y = normal(7, 3), normal(7, 2, seed=1)
    net = {"W": normal(3, 2, seed=2).astype(np.float32), "b": normal(2, seed=3).astype(np.float32)}

    def predict(x):
        return np.tanh(x @ net["W"] + net["b"])

    def step(x, y):
        # Half of the gradient of the mean of the squares, -1 times.
        d = -(predict(x) - y) * (1 - predict(x) ** 2) / y.size
        net["W"] -= (rate * x.T @ d).astype(np.float32)
        net["b"] -= (rate * d.sum(axis=0)).astype(np.float32)

    found = audit(
        [(net, "W"), (net, "b")], lambda x, y: ((predict(x) - y) ** 2).mean(), step=step, learning_rate=rate,
        predict=predict, X=x, Y=y,
    )
    assert (found.verdict, found.factor) == ("right up to a factor", pytest.approx(-0.5, rel=1e-2))
    assert "No single known fault" not in found.text
    assert ("One step in float32 leaves too few digits" in found.text) == (found.diagnosis is None) == (rate < 0.1)


def test_a_step_in_float32_that_leaves_the_biases_where_they_are_is_said_to_do_so():
    x, y = normal(7, 3), normal(7, 2, seed=1)
    net = {"W": normal(3, 2, seed=2).astype(np.float32), "b": np.array([1, 2], np.float32)}

    def predict(x):
        return np.tanh(x @ net["W"] + net["b"])

    def step(x, y):
        net["W"] -= (0.5 * x.T @ (2 * (predict(x) - y) * (1 - predict(x) ** 2) / y.size)).astype(np.float32)

    found = audit(
        [(net, "W"), (net, "b")], lambda x, y: ((predict(x) - y) ** 2).mean(), step=step, learning_rate=0.5,
        predict=predict, X=x, Y=y,
    )
    # What is moved there is rounded before the step, which is no part of it.
    assert found.diagnosis.text == "In the derivatives of the biases of layer 1 all is 0: they are never updated."


def test_a_step_that_makes_a_new_list_of_arrays_is_told_what_to_give():
    class Network:
        def __init__(self):
            self.weights = [np.array([[0.5, 2.0]]), np.array([1.0])]

        def step(self):
            self.weights = [w - 0.1 * 2 * w for w in self.weights]

    net = Network()

    def loss():
        return float(sum((w**2).sum() for w in net.weights))

    found = audit([(net.weights, 0), (net.weights, 1)], loss, step=net.step, learning_rate=0.1)
    assert not found and "makes a new list of arrays, give `gradient` in the place of `step`." in found.text
    assert audit([(net.weights, 0), (net.weights, 1)], loss, lambda: [2 * w for w in net.weights])


def test_the_factor_is_given_and_named():
    _, arguments = small()
    inner = arguments["gradient"]
    for factor in (0.5, 2.0, -1.0, 1 / 3, 1e-3, 1e6):
        found = audit(**arguments | dict(gradient=lambda factor=factor: [factor * part for part in inner()]))
        assert (found.verdict, found.passed) == ("right up to a factor", False)
        assert found.factor == pytest.approx(factor, rel=1e-6)
        np.testing.assert_allclose(found.table["factor"], factor, rtol=1e-6)
        names = {0.5: "half", 2.0: "twice", -1.0: "minus"}
        assert f"the gradient of {names.get(factor, '?')} this loss" in found.text or factor not in names
        # How many there are is not known here.
        assert "samples" not in found.text


def test_of_a_step_that_is_off_by_a_factor_the_learning_rate_is_named():
    w = np.array([0.5, -1.0])

    def step(rate):
        w[:] -= rate * 2 * w

    for rate, said in ((0.1, False), (0.01, True)):
        found = audit([w], lambda: w @ w, step=lambda rate=rate: step(rate), learning_rate=0.1)
        assert ("with another learning rate than the 0.1 given is off by a factor too." in found.text) == said
    assert "learning rate" not in audit([w], lambda: w @ w, lambda: 0.2 * w).text


def test_what_does_not_repeat_itself_is_not_asked_at_other_places():
    net, arguments = small()
    start, seen = net["W"].copy(), []

    def gradient():
        seen.append(net["W"].copy())
        return [len(seen) * part for part in arguments["gradient"]()]

    assert audit(**arguments | dict(gradient=gradient)).verdict == "not repeatable"
    assert seen and all(np.array_equal(W, start) for W in seen)


def test_what_has_settled_at_the_given_parameters_and_drifts_at_others_does_not_repeat_itself():
    net, arguments = small()
    seen = net["W"].copy()

    def loss():
        # One step of an iteration towards the weights at each call, as in spectral normalization.
        seen[...] = (seen + net["W"]) / 2
        return arguments["loss"]() / (1 + (seen**2).sum())

    found = audit(**arguments | dict(loss=loss))
    assert found.verdict == "not repeatable" and "Not repeatable: the loss is" in found.text


def test_a_loss_that_is_a_number_once_and_nan_then_does_not_repeat_itself():
    _, arguments = small()
    calls = []

    def loss():
        calls.append(1)
        return arguments["loss"]() if len(calls) % 2 else np.nan

    found = audit(**arguments | dict(loss=loss))
    assert found.verdict == "not repeatable"
    assert found.text.startswith("Not repeatable: the loss is nan and then 16.0195 at the same parameters.")


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("times, verdict", [(1.0, "right"), (1.01, "wrong")])
def test_a_loss_that_is_added_up_in_any_order_repeats_itself_but_for_its_last_digits(kind, times, verdict):
    random = np.random.default_rng(0)
    X, y, w, order = random.normal(size=(200, 3)), random.normal(size=200), random.normal(size=3), random.permutation
    X, y, w = (part.astype(kind) for part in (X, y, w))

    def added(parts):
        return sum(parts[order(200)]) / kind(200)

    def gradient():
        found = added(2 * (X @ w - y)[:, None] * X)
        found[0] *= times
        return [found]

    seen = []
    found = audit([w], lambda: seen.append(added((X @ w - y) ** 2)) or seen[-1], gradient)
    assert found.verdict == verdict and len({*seen[:4]}) > 1


def test_numbers_that_are_said_to_differ_do_not_look_alike():
    W, calls = np.array([0.5, 2.0]), []

    def grown(value, by):
        calls.append(1)
        return value * (1 + by) ** (len(calls) - 1)

    with_loss = audit([W], lambda: grown((W**2).sum(), 1e-8), lambda: 2 * W).text
    before, after = re.search(r"the loss is (\S+) and then (\S+) at", with_loss).groups()
    assert float(after) / float(before) == pytest.approx(1 + 1e-8, abs=1e-12)
    with_gradient = audit([W], lambda: (W**2).sum(), lambda: grown(2 * W, 2e-4)).text
    assert "the gradient is another one the second time" in with_gradient
    # The derivative of w², and a part of it that is another one at each place.
    with_lengths = audit(
        [w := np.array([1.0])], lambda: w[0] ** 2, lambda: 2 * w * (1 + 1e-3 * (w + 1)), points=3, seed=0
    ).text
    lengths = re.search(r"at each place \((.*?)\)", with_lengths).group(1).split(", ")
    assert lengths[0] == "1.002" and len(set(lengths)) == 3


@pytest.mark.parametrize("times, said", [(0.0, True), (1.5, False)])
def test_nothing_arrives_where_all_is_0_and_the_loss_is_not_flat_at_some_places(times, said):
    net = {"w": -1.0, "b": 0.5}
    found = audit(
        parameters=[(net, "w"), (net, "b")], loss=lambda: max(net["w"], 0) ** 2 + net["b"] ** 2,
        gradient=lambda: [times * 2 * max(net["w"], 0), 2 * net["b"]], points=8,
    )
    assert found.verdict == "wrong" and ("Nothing arrives in w: zeros" in found.text) == said


def test_the_table_has_a_row_for_each_place_and_says_where_it_was_found():
    net = {"W": np.array([[0.5], [2.0]]), "b": 1.25}
    x, y = np.array([[1.0, 2.0], [3.0, 1.0], [2.0, 2.5]]), np.array([[1.0], [0.0], [2.0]])

    def gradient():
        # The threshold is at 1 where it belongs at 0: no sum lies between them at the given parameters.
        z = x @ net["W"] + net["b"]
        d = 2 * (np.maximum(z, 0) - y) * (z > 1)
        return {"W": x.T @ d, "b": d.sum()}

    found = audit(
        parameters=[(net, "W"), (net, "b")], gradient=gradient, points=6,
        loss=lambda: ((np.maximum(x @ net["W"] + net["b"], 0) - y) ** 2).sum(),
    )
    assert found.table.columns.tolist() == [
        "shape", "count", "largest entry", "largest error", "relative error", "factor", "verdict", "found at",
    ]
    assert found.table.index.tolist() == ["W", "b"]
    assert found.table["shape"].tolist() == [(2, 1), ()]
    assert found.table["count"].tolist() == [2, 1]
    assert found.verdict == "wrong"
    assert "The fault in W and b does not show at the given parameters, but at the random starts." in found.text
    assert all(place.startswith("random start") for place in found.table["found at"])
    assert "nan" not in repr(found).lower()
    assert found._repr_html_().startswith("<p>The gradient is wrong in W and b.")


def test_a_name_with_markup_is_shown_as_it_is_and_never_run():
    name = "<img src=x onerror=alert(1)> & <script>"
    own = {name: np.array([1.0, 2.0])}
    found = audit(parameters=[(own, name)], loss=lambda: float(own[name] @ own[name]), gradient=lambda: [1 + own[name]])
    shown = found._repr_html_()
    assert name in found.text and name in found.table.index
    assert "<img" not in shown and "<script" not in shown and shown.count("&lt;img src=x onerror") >= 2


def test_audit_agrees_with_the_numerical_gradient_and_gives_both():
    net, arguments = small()
    found = audit(**arguments)

    def loss(parts):
        net["W"], net["b"] = parts
        return arguments["loss"]()

    W, b = numerical_gradient(loss, [net["W"].copy(), np.array(net["b"])])
    np.testing.assert_allclose(found.numerical, [*W.ravel(), *b], rtol=1e-7)
    np.testing.assert_allclose(found.gradient, found.numerical, rtol=1e-7)


def published(module, network, X, Y, loss):
    """A published program behind lists of arrays, which are changed in place."""

    def arrays(pair):
        return [part for both in zip(*pair) for part in both if part is not None]

    def gradient():
        return arrays(network.split(module.gradient(network.theta.copy(), X, Y, network.sizes)))

    return audit(
        arrays((network.weights, network.biases)), lambda: network.loss(X, Y, loss), gradient, X=X, Y=Y,
        predict=network.predict,
    )


random = np.random.default_rng(0)
PUBLISHED = {
    "single_neuron": (
        (single_neuron, single_neuron.build(), *fibonacci(), "ssr"), "wrong",
        ["In layer 1 the slope of softplus is taken at the neuron's output, where it belongs at its sum."],
    ),
    "autoencoder": (
        (autoencoder, autoencoder.build(), *one_hot(8), "ssr"), "right up to a factor",
        ["right up to the factor 0.5 at every place: it is the gradient of half this loss"],
    ),
    "and_net": (
        (and_net, and_net.build(sizes=(2, 9, 1)), *and_net.rows(), "mse"), "wrong",
        [f"In the derivatives of the weights of layer {layer} the weight stands where the layer's input belongs."
         for layer in (1, 2)] + ["On the way down from layer 2 to layer 1 the slope of leaky_relu is left out."],
    ),
    "or_net": ((or_net, or_net.build(), *or_net.data(), "mse"), "right", ["with mse as its loss"]),
    "feed_forward": (
        (feed_forward, feed_forward.build(), random.normal(size=(6, 4)), random.random((6, 3)), "ssr"), "wrong",
        [f"In the derivatives of the weights of layer {layer} each unit gets the sum over all units."
         for layer in (1, 2)],
    ),
}


@pytest.mark.parametrize("program, verdict, sentences", PUBLISHED.values(), ids=PUBLISHED)
def test_audit_of_the_published_programs_comes_to_what_the_lessons_say(program, verdict, sentences):
    found = published(*program)
    assert found.verdict == verdict
    assert not [sentence for sentence in sentences if sentence not in found.text]


def module(torch, dtype):
    torch.manual_seed(0)
    X, Y = torch.randn(7, 3, dtype=dtype), torch.randn(7, 2, dtype=dtype)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
    return torch.nn.Sequential(*layers).to(dtype), X, Y


def test_a_module_of_pytorch_is_right_to_1e_6_and_is_recognized(torch):
    net, X, Y = module(torch, torch.float64)
    found = audit(net, lambda: torch.nn.functional.mse_loss(net(X), Y), predict=net, X=X, Y=Y)
    assert found.passed and found.relative_error < 1e-6
    assert found.table.index.tolist() == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert "Recognized as Network(3, [Dense(4, tanh), Dense(2, identity)]), with mse as its loss." in found.text
    classes = torch.tensor([0, 1, 1, 0, 1, 0, 1])
    found = audit(
        net, lambda: torch.nn.functional.cross_entropy(net(X), classes), predict=net, X=X, Y=np.eye(2)[classes],
    )
    assert found.passed and "with softmax_cross_entropy as its loss." in found.text


def test_a_module_of_pytorch_in_float32_is_right_to_its_own_digits(torch):
    net, X, Y = module(torch, torch.float32)
    found = audit(net, lambda: torch.nn.functional.mse_loss(net(X), Y), predict=net, X=X, Y=Y)
    assert found.passed and found.relative_error < 1e-3
    assert "The numbers are in float32, so an error below 0.001 counts as right." in found.text
    assert "Recognized as Network(3, [Dense(4, tanh), Dense(2, identity)]), with mse as its loss." in found.text
    for factor in (0, 1.01, -1):

        def gradient(factor=factor):
            net.zero_grad()
            torch.nn.functional.mse_loss(net(X), Y).backward()
            return [parameter.grad * (factor if i == 1 else 1) for i, parameter in enumerate(net.parameters())]

        found = audit(net, lambda: torch.nn.functional.mse_loss(net(X), Y), gradient)
        assert found.verdict == "wrong" and "wrong in 0.bias." in found.text and "larger tolerance" not in found.text


@pytest.mark.parametrize("kind, start", [("bfloat16", 0), ("float16", 1), ("bfloat16", 3), ("float16", 2)])
def test_a_right_gradient_of_numbers_that_are_coarse_inside_is_not_called_wrong(torch, kind, start):
    torch.manual_seed(start)
    layers = torch.nn.Linear(3, 4), (torch.nn.Tanh, torch.nn.ReLU)[start % 2](), torch.nn.Linear(4, 2)
    net, X, Y = torch.nn.Sequential(*layers), torch.randn(40, 3), torch.randn(40, 2)

    def loss():
        with torch.autocast("cpu", dtype=getattr(torch, kind)):
            outputs = net(X)
        return torch.nn.functional.mse_loss(outputs.float(), Y)

    found = audit(net, loss)
    assert found.verdict == "cannot be judged" and "coarse numbers inside, such as float16 or bfloat16" in found.text
    assert audit(net, loss, lambda: [torch.full_like(part, 50.0) for part in net.parameters()]).verdict == "wrong"


def test_what_the_loss_does_not_depend_on_is_named_beside_what_is_right(torch):
    layers = torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
    net = torch.nn.Sequential(*layers).double()
    X, Y = torch.randn(20, 3).double(), torch.randn(20, 2).double()
    # Batch norm subtracts every mean, so that the bias before it changes nothing.
    found = audit(net, lambda: torch.nn.functional.mse_loss(net(X), Y))
    assert found.verdict == "cannot be judged" and found.text.startswith(
        "The gradient cannot be judged in 0.bias; that of 0.weight, 1.weight, 1.bias, 3.weight and 3.bias is right. If "
        "the loss does not depend on them, leave them out of `parameters`"
    )
    rest = [parameter for name, parameter in net.named_parameters() if name != "0.bias"]
    assert audit(rest, lambda: torch.nn.functional.mse_loss(net(X), Y)).passed


def test_a_module_of_another_library_is_asked_for_its_places(torch):
    class Module:
        def named_parameters(self):
            return {"W": 0.5}

    with pytest.raises(TypeError, match="^parameters must be a list of places, such as"):
        audit(Module(), lambda: 0.0, lambda: [0.0])


def test_a_module_of_pytorch_is_put_back_with_its_gradients(torch):
    net, X, Y = module(torch, torch.float64)
    net[0].bias.requires_grad_(False)
    net[2].bias.grad = torch.tensor([1.0, -2.0], dtype=torch.float64)
    before, grad = [parameter.clone() for parameter in net.parameters()], net[2].bias.grad
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def loss():
        return ((net(X) - Y) ** 2).mean()

    def step():
        optimizer.zero_grad(set_to_none=False)
        loss().backward()
        optimizer.step()

    # What is frozen is not trained, and so is not tried.
    assert audit(net, loss).table.index.tolist() == ["0.weight", "2.weight", "2.bias"]
    assert audit(net, loss, step=step, learning_rate=0.1).passed
    assert all(map(torch.equal, before, net.parameters()))
    assert net[2].bias.grad is grad and grad.tolist() == [1, -2]
    assert net[0].weight.grad is None


def test_nothing_is_left_in_the_gradients_of_tensors_that_are_not_on_trial(torch):
    net, X, Y = module(torch, torch.float64)
    net[0].bias.grad = torch.ones(4, dtype=torch.float64)
    assert audit([net[2].weight], lambda: ((net(X) - Y) ** 2).mean()).passed
    assert net[0].bias.grad.tolist() == [1, 1, 1, 1] and net[0].weight.grad is None


def test_a_tensor_in_which_no_gradient_is_left_is_refused_by_its_name(torch):
    whole = torch.ones(5, dtype=torch.float64, requires_grad=True)
    W, b = whole[:4], whole[4:]
    with pytest.raises(ValueError, match="leaves none in parameter 1 and parameter 2, as each is no leaf or does not"):
        audit([W, b], lambda: (W**2).sum() + b.sum())
    W.retain_grad()
    assert audit([W], lambda: (W**2).sum()).passed
    with pytest.raises(ValueError, match="leaves none in parameter 2,"):
        audit([whole, torch.ones(2)], lambda: (whole**2).sum())


def test_a_loss_reckoned_once_is_refused_in_a_sentence(torch):
    net = torch.nn.Linear(2, 1).double()
    value = (net(torch.ones(3, 2).double()) ** 2).mean()
    with pytest.raises(ValueError, match="^loss\\(\\) must reckon the loss anew at each call, such as lambda"):
        audit(net, lambda: value)


@pytest.mark.parametrize("keep", [False, True])
def test_a_loss_that_goes_back_itself_is_refused_in_a_sentence(torch, keep):
    net, X, Y = module(torch, torch.float64)

    def loss():
        net.zero_grad()
        value = ((net(X) - Y) ** 2).mean()
        value.backward(retain_graph=keep)
        return value

    with pytest.raises(ValueError, match="^loss\\(\\) must not call backward\\(\\) itself: return the loss alone, or"):
        audit([*net.parameters(), torch.ones(1, requires_grad=True)], loss)
    # The way out that the sentence names.
    assert audit(net, loss, lambda: [parameter.grad for parameter in net.parameters()]).verdict == "right"


def test_a_sparse_gradient_is_read(torch):
    torch.manual_seed(0)
    net, rows = torch.nn.Embedding(5, 2, sparse=True).double(), torch.tensor([1, 3, 3])
    assert audit(net, lambda: (net(rows) ** 2).sum()).passed


def test_a_tensor_that_cannot_be_written_to_is_refused_in_a_sentence(torch):
    stretched = torch.nn.Parameter(torch.ones(1, 2).expand(3, 2))
    with torch.inference_mode():
        frozen = torch.nn.Parameter(torch.ones(2))
    for tensor in (stretched, frozen, torch.eye(2).to_sparse().requires_grad_()):
        with pytest.raises(ValueError, match="parameter 1 must be a tensor that can be written to"):
            audit([tensor], lambda tensor=tensor: (tensor**2).sum())


def test_what_a_module_keeps_besides_its_parameters_is_put_back(torch):
    class Centred(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(3))

        def forward(self, X):
            # A new tensor in the place of the old one.
            self.mean = 0.9 * self.mean + 0.1 * X.detach().mean(0)
            return X

    torch.manual_seed(0)
    layers = torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), Centred(), torch.nn.Linear(3, 1)
    net, X = torch.nn.Sequential(*layers), torch.randn(8, 2)
    net(X)
    before, objects = {name: value.clone() for name, value in net.state_dict().items()}, list(net.buffers())
    assert audit(net, lambda: (net(X) ** 2).mean(), points=1).table.loc["1.weight", "verdict"] == "right"
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(now is then for now, then in zip(net.buffers(), objects))


def test_a_module_may_keep_a_tensor_that_cannot_be_written_to(torch):
    net = torch.nn.Linear(2, 3).double()
    net.register_buffer("mask", torch.tensor([1.0, 0.0, 2.0]).expand(4, 3))
    X = torch.ones(4, 2).double()
    assert audit(net, lambda: ((net(X) * net.mask) ** 2).sum()).verdict == "right"
    assert net.mask.tolist() == [[1, 0, 2]] * 4


def test_a_module_without_a_history_gets_a_sentence(torch):
    net, X, Y = module(torch, torch.float64)
    with pytest.raises(TypeError, match="must return a tensor that knows its history, or give gradient= too"):
        audit(net, lambda: ((net(X) - Y) ** 2).mean().item())
    with pytest.raises(ValueError, match="parameters must hold one that is trained, but Tanh has none"):
        audit(torch.nn.Tanh(), lambda: 0.0)
    found = audit(net, lambda: ((torch.nn.functional.linear(net[:2](X).detach(), net[2].weight) - Y) ** 2).mean())
    assert "Nothing arrives in 0.weight and 0.bias: zeros, where the loss is not flat." in found.text
    # A whole notebook may have it so, as one that had measured predictions alone.
    with torch.set_grad_enabled(False), pytest.raises(TypeError, match=r"are off: torch.set_grad_enabled\(True\)$"):
        audit(net, lambda: ((net(X) - Y) ** 2).sum())


def large(fault=lambda gradient: None):
    """3937 parameters; `fault` may change the flat gradient."""
    network = Network(40, [Dense(77, sigmoid), Dense(10, sigmoid)]).initialize("glorot", seed=0)
    X, Y = random.normal(size=(8, 40)), random.random((8, 10))

    def gradient():
        theta = network.gradient(X, Y, mse)
        fault(theta)
        (W1, W2), (b1, b2) = network.split(theta)
        return [W1, b1, W2, b2]

    return dict(
        parameters=[network.weights[0], network.biases[0], network.weights[1], network.biases[1]],
        loss=lambda: network.loss(X, Y, mse), gradient=gradient, points=2,
    )


def test_of_many_parameters_a_sample_is_tried_and_single_entries_are_still_found_out():
    found = audit(**large())
    assert found.passed
    assert found.table["count"].sum() == 3937
    assert "Of 3937 parameters, 20 in each place were tried one by one" in found.text
    assert "That finds practically all faults of 1 % or more in a single entry" in found.text
    hidden = np.random.default_rng(1).integers(3937, size=6)
    for entry, change in zip(hidden, (0.0, 0.5, -1.0, 2.0, 0.99, 0.0)):

        def fault(gradient, entry=entry, change=change):
            gradient[entry] *= change

        assert audit(**large(fault)).verdict == "wrong"


def test_up_to_2000_parameters_are_all_tried_one_by_one():
    for size, sampled in ((2000, False), (2001, True)):
        w = np.ones(size)
        found = audit([w], lambda w=w: w @ w, lambda w=w: [2 * w], points=1)
        assert found.passed and ("20 in each place were tried one by one" in found.text) == sampled
        assert np.isnan(found.numerical).any() == sampled


def test_a_bar_shows_itself_where_it_takes_more_than_two_seconds(capsys, monkeypatch):
    _, arguments = small()
    for seconds, seen in ((2.0, False), (2.1, True)):
        clock = chain([0.0], repeat(seconds))
        monkeypatch.setattr(evidence, "monotonic", lambda clock=clock: next(clock))
        audit(**arguments)
        assert ("audit:" in capsys.readouterr().err) == seen


class WithMeans:
    """A network that keeps a running mean and a count, in its attributes and in a dictionary."""

    def __init__(self):
        self.w, self.mean, self.calls, self.kept, self.seen = np.ones(2), np.zeros(2), 0, {"last": 0.0, "all": []}, []

    def loss(self):
        self.mean += 0.1 * (1 - self.mean)
        self.calls, self.more = self.calls + 1, True
        self.kept["last"], self.kept["other"] = self.calls, 1
        self.kept["all"].append(self.calls)
        self.seen = [*self.seen, self.calls]
        return (self.w**2).sum()

    def gradient(self):
        return [2 * self.w]


def test_what_a_program_keeps_besides_its_parameters_is_put_back():
    net = WithMeans()
    w, mean, kept = net.w, net.mean, net.kept
    assert audit([(net, "w")], net.loss, net.gradient)
    assert net.w is w and net.mean is mean and net.kept is kept and w.tolist() == [1, 1]
    assert mean.tolist() == [0, 0] and kept == {"last": 0.0, "all": []} and net.calls == 0 and net.seen == []


def test_what_the_functions_speak_of_is_put_back_too():
    class Layer:
        def __init__(self):
            self.w = np.array([1.0, 2.0])

    class Stack:
        def __init__(self):
            self.layers, self.losses, self.weights = [Layer()], [], [np.ones(2), np.ones(3)]

        def loss(self):
            self.losses.append((self.layers[0].w ** 2).sum())
            self.weights = [w - 0.1 for w in self.weights]
            return self.losses[-1]

    net = Stack()
    weights, places = net.weights, [(net.layers[0], "w")]

    def looked_at():
        return net.loss()

    class Counting:
        def __init__(self):
            self.counted = 0

        def __call__(self):
            self.counted += 1
            return (net.layers[0].w ** 2).sum()

    counting = Counting()
    for loss in (net.loss, lambda: net.loss(), lambda: looked_at(), counting):
        assert audit(places, loss, lambda: [2 * net.layers[0].w])
        assert net.losses == [] and net.weights is weights and counting.counted == 0


def test_an_object_that_cannot_be_looked_at_may_be_spoken_of():
    class Elsewhere:
        def __getattribute__(self, name):
            raise RuntimeError("not here")

    elsewhere, w = Elsewhere(), np.array([1.0, 2.0])
    assert audit([w], lambda: (w**2).sum() + (elsewhere is None), lambda: [2 * w])


def test_a_momentum_of_pytorch_and_the_means_of_a_module_whose_parameters_are_listed_are_put_back(torch):
    net, X = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).double(), torch.randn(5, 2).double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step():
        optimizer.zero_grad()
        ((net(X) - 1) ** 2).sum().backward()
        optimizer.step()

    def velocities():
        return [kept["momentum_buffer"].clone() for kept in optimizer.state.values()]

    step()
    means, before = net[1].running_mean.clone(), velocities()
    found = audit(net.parameters(), lambda: ((net(X) - 1) ** 2).sum(), step=step, learning_rate=0.1)
    assert found.verdict == "not repeatable" and torch.equal(means, net[1].running_mean)
    assert all(map(torch.equal, before, velocities()))


def test_outside_its_domain_a_program_in_plain_python_is_not_judged_and_elsewhere_it_is():
    net = {"w": [3.0, 2.0]}

    def loss():
        # NumPy would give nan and inf there, and Python raises.
        return math.log(net["w"][0]) + 0 * math.exp(net["w"][1] ** 4) + 1 / max(net["w"][1], 0.0)

    def gradient(sign=1.0):
        return [[1 / net["w"][0], -sign / net["w"][1] ** 2]]

    net["w"] = [3.0, 1.0]
    assert audit([(net, "w")], loss, gradient).passed
    assert audit([(net, "w")], loss, lambda: gradient(-1.0)).verdict == "wrong"
    # At the parameters that are given the error is the caller's.
    for given, error in (([-3.0, 1.0], ValueError), ([3.0, 0.0], ZeroDivisionError), ([3.0, 9.0], OverflowError)):
        net["w"] = given
        with pytest.raises(error):
            audit([(net, "w")], loss, gradient)
        assert net["w"] == given


def test_without_a_terminal_a_trial_a_training_and_a_sweep_show_no_bar():
    # As under Windows' pythonw.
    code = """import sys; sys.stderr = None
import numpy as np
from nbhelpers import SGD, Dense, Network, audit, sweep, train
w = np.ones(2)
assert audit([w], lambda: w @ w, lambda: [2 * w])
X = np.ones((2, 1))
build = lambda seed: Network(1, [Dense(1, "tanh")]).initialize("normal", seed=seed)
train(build(0), X, X, loss="mse", optimizer=SGD(0.1), epochs=2, progress=True)
sweep(build, X, X, loss="mse", learning_rates=[0.1], seeds=[0, 1], epochs=2, progress=True)"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


NETWORK = Network(3, [Dense(4, "tanh"), Dense(4, "relu"), Dense(2, "sigmoid")]).initialize("normal", seed=0)
(W1, W2, W3), (b1, b2, b3) = NETWORK.weights, NETWORK.biases
LAST_WITHOUT = Network(3, [Dense(4, "tanh"), Dense(2, "identity", bias=False)]).initialize("normal", seed=0)
SAME = Network(2, [Dense(2, LeakyReLU(0.01)), Dense(2, LeakyReLU(0.2), bias=False)]).initialize("normal", seed=0)
ARRANGED = {
    "weights and biases in turn": (NETWORK, [W1, b1, W2, b2, W3, b3]),
    "biases before weights": (NETWORK, [b1, W1, b2, W2, b3, W3]),
    "all weights, then all biases": (NETWORK, [W1, W2, W3, b1, b2, b3]),
    "turned, biases as columns": (NETWORK, [W1.T, b1[:, None], W2.T, b2[:, None], W3.T, b3[:, None]]),
    "biases in the first row": (NETWORK, [np.vstack([b, W]) for W, b in zip(NETWORK.weights, NETWORK.biases)]),
    "biases in the last row": (NETWORK, [np.vstack([W, b]) for W, b in zip(NETWORK.weights, NETWORK.biases)]),
    "biases in the last column": (NETWORK, [np.vstack([W, b]).T for W, b in zip(NETWORK.weights, NETWORK.biases)]),
    "unit by unit": (NETWORK, [part for W, b in zip(NETWORK.weights, NETWORK.biases) for pair in zip(W.T, b)
                               for part in pair]),
    "no bias at the end": (LAST_WITHOUT, [LAST_WITHOUT.weights[0], LAST_WITHOUT.biases[0], LAST_WITHOUT.weights[1]]),
    "stacked": (
        Network(2, [Dense(2, "tanh", False), Dense(2, "tanh", False)]), [np.arange(8.0).reshape(2, 2, 2) / 4 - 1],
    ),
    "square, with leaks": (SAME, [SAME.weights[0], SAME.biases[0], SAME.weights[1]]),
}


@pytest.mark.parametrize("network, parts", ARRANGED.values(), ids=ARRANGED)
@pytest.mark.parametrize("in_rows", [True, False], ids=["rows", "columns"])
def test_layers_are_recognized_however_their_arrays_are_arranged(network, parts, in_rows):
    # Where each number of theta is in the arrays: they hold the places themselves, one after the other.
    theta = np.concatenate([np.ravel(part) for part in parts])
    draws = np.random.default_rng(3)
    X = draws.normal(size=(7, network.inputs))
    sought = network.theta.copy() if len(parts) > 1 else theta
    positions = np.argsort(theta)[np.argsort(np.argsort(sought))]
    assert np.array_equal(theta[positions], sought)

    def predict(parameters):
        twin = network.copy()
        twin.theta = parameters[positions]
        outputs = twin.predict(X)
        return outputs if in_rows else outputs.T

    Y = draws.random((7, network.sizes[-1]))
    data = (X, Y) if in_rows else (X.T, Y.T)
    starts = [theta, *draws.normal(size=(2, theta.size))]
    found = recognize([np.shape(part) for part in parts], predict, *data, starts, 1e-6)
    assert repr(found.network) == repr(network)
    assert found.order.tolist() == positions.tolist()
    assert found.in_rows == in_rows
    # "The number of rows" in a diagnosis would be taken for that of the features.
    assert ("where a column of X, one sample, is called a row" in str(found)) != in_rows
    assert np.array_equal(found.parameters(found.theta(theta)), theta)


@pytest.mark.parametrize("loss", LOSSES_OF_SOFTMAX, ids=str)
def test_losses_behind_a_softmax_have_the_derivatives_that_differences_give(loss):
    Z, Y = random.normal(size=(4, 3)), np.eye(3)[[0, 2, 1, 1]]
    np.testing.assert_allclose(loss.gradient(Z, Y), numerical_gradient(lambda Z: loss.value(Z, Y), Z), atol=1e-8)


def test_arrays_that_make_no_chain_of_dense_layers_are_said_with_their_shapes():
    net, x, y = {"scale": random.normal(size=3)}, random.normal(size=(5, 3)), random.normal(size=(5, 3))
    found = audit(
        [(net, "scale")], lambda: ((x * net["scale"] - y) ** 2).sum(),
        lambda: [2 * (x * (x * net["scale"] - y)).sum(axis=0)], predict=lambda x: x * net["scale"], X=x, Y=y,
    )
    assert found.passed
    assert "arrays of the shapes (3,) make no chain of dense layers from X, (5, 3), to Y, (5, 3)." in found.text


def test_labels_beside_outputs_are_asked_for_as_zeros_and_a_1_in_its_place():
    net, x, labels = {"W": normal(3, 3), "b": normal(3)}, normal(8, 3), np.array([0, 2, 1, 1, 0, 2, 0, 1])

    def predict(x):
        e = np.exp(x @ net["W"] + net["b"])
        return e / e.sum(axis=1, keepdims=True)

    def gradient():
        d = (predict(x) - np.eye(3)[labels]) / len(x)
        return [x.T @ d, d.sum(axis=0)]

    def asked(Y):
        return audit(
            [(net, "W"), (net, "b")], lambda: -np.log(predict(x)[np.arange(8), labels]).mean(), gradient,
            predict=predict, X=x, Y=Y,
        ).text

    # It was said that these predictions are not those of dense layers with a softmax at the end.
    assert "predict(X) has the shape (8, 3), and Y (8,)" in asked(labels) and "dense layers" not in asked(labels)
    assert "with a softmax on its outputs, with softmax_cross_entropy as its loss." in asked(np.eye(3)[labels])


def test_deep_networks_are_recognized_where_all_hidden_layers_are_alike():
    network = Network(3, [*[Dense(3, "tanh")] * 5, Dense(2, "softplus")]).initialize("normal", seed=0)
    X, Y = random.normal(size=(7, 3)), random.random((7, 2))
    parts = [part for pair in zip(network.weights, network.biases) for part in pair]
    found = audit(parts, lambda: network.loss(X, Y, mse), lambda: [
        part for pair in zip(*network.split(network.gradient(X, Y, mse))) for part in pair
    ], predict=network.predict, X=X, Y=Y)
    assert found.passed
    assert f"Recognized as {network}, with mse as its loss." in found.text


def test_the_last_start_is_tried_with_the_first_sample_alone_where_all_functions_take_data():
    net, arguments = small()
    x, y = random.normal(size=(5, 2)), random.normal(size=(5, 1))
    sizes = []

    def loss(x, y):
        sizes.append(len(x))
        return ((x @ net["W"] + net["b"] - y) ** 2).sum()

    def gradient(x, y):
        # With a single sample it is wrong, and only then.
        d = 2 * (x @ net["W"] + net["b"] - y)
        return [x.T @ d * (1 if len(x) > 1 else np.array([[1.0, 2.0]])), d.sum(axis=0)]

    found = audit(**arguments | dict(loss=loss, gradient=gradient, X=x, Y=y))
    assert set(sizes) == {5, 1}
    assert found.table["found at"].tolist() == ["random start 2 (one sample)", "the given parameters"]
    assert found.verdict == "wrong" and "wrong in W." in found.text

    sizes.clear()
    found = audit(**arguments | dict(loss=loss, gradient=lambda: gradient(x, y), X=x, Y=y))
    assert found.passed and set(sizes) == {5}


@pytest.mark.parametrize("recognized", [True, False])
def test_a_number_of_samples_that_is_written_into_the_program_is_asked_for(recognized):
    X, Y, net = normal(4, 2), normal(4, 1, seed=1), {"W": normal(2, 1, seed=2)}
    predict = dict(predict=lambda X: X @ net["W"]) if recognized else {}
    # 0.5 is 2/N for four samples, and for one 2/N is 2.
    found = audit(
        [(net, "W")], lambda X, Y: ((X @ net["W"] - Y) ** 2).mean(), lambda X, Y: 0.5 * X.T @ (X @ net["W"] - Y),
        X=X, Y=Y, **predict,
    )
    assert found.table["found at"].tolist() == ["random start 2 (one sample)"]
    assert found.relative_error == pytest.approx(0.75)
    assert found.text.endswith("with the first sample alone: is the number of samples written into the code?")


def test_a_program_that_takes_its_own_number_of_samples_alone_is_judged_with_these():
    net, arguments = small()
    x, y, ones = random.normal(size=(5, 2)), random.normal(size=(5, 2)), np.ones(5)

    def loss(x, y):
        return ones @ ((x @ net["W"] + net["b"] - y) ** 2).sum(axis=1)

    def gradient(x, y):
        d = 2 * (x @ net["W"] + net["b"] - y) * 3
        return [x.T @ d, ones @ d]

    found = audit(**arguments | dict(
        loss=loss, gradient=gradient, X=x, Y=y, predict=lambda x: x @ net["W"] + np.array(net["b"]),
    ))
    assert (found.verdict, found.factor) == ("right up to a factor", pytest.approx(3))
    assert "In the derivative of the loss everything is multiplied by 3." in found.text


def test_a_program_with_samples_as_columns_is_asked_for_fewer_of_them_in_its_own_form():
    net = {"W": random.normal(size=(2, 3)), "b": random.normal(size=(2, 1))}
    x, y = random.normal(size=(3, 5)), random.integers(2, size=(2, 5))

    def off(x, y):
        assert (len(x), len(y)) == (3, 2) and (x.dtype, y.dtype) == (np.float64, np.int64)
        return net["W"] @ x + net["b"] - y

    def gradient(x, y):
        d = 2 * off(x, y) * x.shape[1]
        return [d @ x.T, d.sum(axis=1, keepdims=True)]

    found = audit(
        [(net, "W"), (net, "b")], lambda x, y: (off(x, y) ** 2).sum(), gradient, X=x, Y=y,
        predict=lambda x: net["W"] @ x + net["b"],
    )
    assert "the gradient of 5 (the number of samples) times this loss" in found.text
    # With all five samples alone it could be the number 5 as well.
    assert found.diagnosis.text == "In the derivative of the loss everything is multiplied by the number of rows."


def test_a_program_whose_data_are_vectors_is_asked_with_these_alone():
    net, x, y = {"w": np.array([[0.7]]), "b": np.array([0.2])}, random.normal(size=6), random.normal(size=6)

    def predict(x):
        assert x.shape == (6,)
        return np.tanh(x[:, None] @ net["w"] + net["b"])[:, 0]

    def gradient(x, y):
        d = 2 * (predict(x) - y)
        return [[[x @ d]], [d.sum()]]

    found = audit(
        [(net, "w"), (net, "b")], lambda x, y: ((predict(x) - y) ** 2).sum(), gradient, X=x, Y=y, predict=predict,
    )
    assert found.diagnosis.text == "In layer 1 the slope of tanh is left out."


def test_a_fault_is_named_beside_a_loss_of_ones_own_size():
    net, arguments = small()
    x, y = random.normal(size=(5, 2)), random.random((5, 2))

    def predict(x):
        return np.tanh(x @ net["W"] + np.array(net["b"]))

    def gradient():
        d = 3 * 2 * (predict(x) - y) / y.size
        return [x.T @ d, d.sum(axis=0)]

    found = audit(**arguments | dict(
        loss=lambda: 3 * ((predict(x) - y) ** 2).mean(), gradient=gradient, predict=predict, X=x, Y=y,
    ))
    # Three times the mean of ten squares is 0.6 times half of their sum.
    assert "with 0.6 times half_ssr as its loss" in found.text
    assert found.diagnosis.text == "In layer 1 the slope of tanh is left out."


@pytest.mark.parametrize("version, words", {
    "penalty": "In the derivatives of the weights of layer 2 a penalty with the strength 0.25 is added",
    "clipped": "In the whole gradient each entry is clipped at 0.015625.",
    "too early": "On the way down from layer 2 to layer 1 the weights are updated already, with the learning rate 0.2.",
    "cross-entropy": "the place of half SSR is taken by binary cross-entropy.",
}.items())
def test_the_numbers_of_a_fault_are_those_of_the_program_beside_a_loss_of_any_size(version, words):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(5, 2)), np.tile([0.25, 0.5, 0.75], (5, 1))
    net = {"W": random.normal(size=(2, 4)), "V": random.normal(size=(4, 3))}

    def run(x):
        h = np.tanh(x @ net["W"])
        return h, sigmoid.value(h @ net["V"])

    def gradient():
        h, p = run(x)
        D = 2 * (p - y) / 5 * (1 if version == "cross-entropy" else p * (1 - p))
        V, dV = net["V"], h.T @ D
        dW = x.T @ (D @ (V - 0.2 * dV * (version == "too early")).T * (1 - h**2))
        if version == "clipped":
            return [np.clip(d, -0.015625, 0.015625) for d in (dW, dV)]
        return [dW, dV + 0.25 * V * (version == "penalty")]

    found = audit(
        [(net, "W"), (net, "V")], lambda: ((run(x)[1] - y) ** 2).sum() / 5, gradient,
        predict=lambda x: run(x)[1], X=x, Y=y,
    )
    # A fifth of all squares is 0.4 times half of them.
    assert "with 0.4 times half_ssr as its loss" in found.text
    assert words in str(found.diagnosis or found.text)


@pytest.mark.parametrize("rows", [2, 4, 10])
@pytest.mark.parametrize("shown", ["the sum", "the mean, times 1000"])
@pytest.mark.parametrize("fault, words", {
    "mean": "In the derivative of the loss everything is multiplied by 1 over the number of rows.",
    "bias": "In the derivatives of the biases of layer 1 everything is multiplied by 1 over the number of rows.",
}.items())
def test_a_share_of_the_rows_is_no_number_where_the_loss_shown_is_a_sum_and_ours_a_mean(rows, shown, fault, words):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(rows, 2)), random.integers(2, size=(rows, 1)).astype(float)
    net = {"W": random.normal(size=(2, 1)), "b": random.normal(size=1)}

    def predict(x):
        return sigmoid.value(x @ net["W"] + net["b"])

    def size(y):
        return 1.0 if shown == "the sum" else 1000 / len(y)

    def loss(x, y):
        p = predict(x)
        return -size(y) * (y * np.log(p) + (1 - y) * np.log(1 - p)).sum()

    def gradient(x, y):
        d = size(y) * (predict(x) - y) / (len(y) if fault == "mean" else 1)
        return [x.T @ d, d.sum(axis=0) / (len(y) if fault == "bias" else 1)]

    found = audit([(net, "W"), (net, "b")], loss, gradient, predict=predict, X=x, Y=y)
    # With all rows alone it could be a number, 0.5, 0.25 or 0.1; the program is asked with fewer.
    assert found.diagnosis.text == words


def test_the_example_of_the_docstring_runs():
    assert doctest.testmod(trial).failed == 0
    assert doctest.testmod(trial).attempted > 5


@pytest.mark.parametrize("kind", ["array", "tensor"])
@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_one_array_in_place_of_a_list_is_one_place(kind, shape):
    W = normal(*shape)
    if kind == "tensor":
        W = pytest.importorskip("torch").tensor(W, requires_grad=True)

    def audit_of(factor):
        return audit(W, lambda: ((W - 2) ** 2).sum().item(), lambda: factor * (np.array(W.tolist()) - 2))

    assert [audit_of(factor).verdict for factor in (2, 1)] == ["right", "right up to a factor"]
    assert len(audit_of(2).table) == 1


def test_the_rows_of_a_tensor_are_refused_as_places():
    W = pytest.importorskip("torch").ones(4, 2, requires_grad=True)
    with pytest.raises(ValueError, match="^parameter 2 must be a tensor .* give a tensor as a whole and not its rows"):
        audit([*W], lambda: float((W**2).sum()), lambda: list(2 * W.detach()))


@pytest.mark.parametrize("shape", [(5, 1), (1, 5), (5,)], ids=["column", "row", "vector"])
def test_biases_that_have_hardly_moved_from_0_are_judged_in_any_shape(shape):
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(40, 3)), draw.normal(size=(40, 1))
    net = {"W": draw.normal(size=(3, 5)), "V": draw.normal(size=(5, 1))}
    net |= {"b": np.full(shape, 1e-6), "c": np.full((1, 1), 1e-6)}

    def hidden():
        return np.tanh(x @ net["W"] + net["b"].ravel())

    def gradient():
        d = 2 * (hidden() @ net["V"] + net["c"] - y)
        e = d @ net["V"].T * (1 - hidden() ** 2)
        return {"W": x.T @ e, "b": e.sum(axis=0).reshape(shape), "V": hidden().T @ d, "c": d.sum(axis=0, keepdims=True)}

    found = audit(net, lambda: ((hidden() @ net["V"] + net["c"] - y) ** 2).sum(), gradient, points=1)
    assert found.verdict == "right", found
