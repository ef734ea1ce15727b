"""Bad input at the public doors: a sentence that says what came and what was expected, and nothing has changed."""

import math
import re
import subprocess
import sys
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest

import nbhelpers
from nbhelpers import (
    SGD,
    Adam,
    Dense,
    FeedForward,
    FeedForwardClassifier,
    Network,
    audit,
    check_gradient,
    diagnose,
    fibonacci,
    identity,
    noisy,
    panels,
    plots,
    published,
    sigmoid,
    softmax,
    split,
    ssr,
    standardized,
    train,
)
from nbhelpers.arguments import choice, plain, scalar, shown
from nbhelpers.settings import affordable, at_most, is_async, listing

from .hostile import promises

X, Y = fibonacci()
NAN, INF = math.nan, math.inf


def with_entry(value):
    data = X.copy()
    data[3, 0] = value
    return data


class Sparse:
    """As the matrices of SciPy are: in `data` stands what is not 0, and not where."""

    data = np.ones(6)

    def toarray(self):
        return self.data.reshape(6, 1)

    def __repr__(self):
        return "sparse"


# What is wrong with X: (X, exception, what the sentence says).
BAD_X = {
    "a column too many": (np.ones((6, 2)), ValueError, "X must have 1 columns, one for each input of the network; got 2"),
    "a flat list": ([0, 1, 2, 3, 4, 5], ValueError, "X must have the shape (samples, features), got the shape (6,); use np.reshape(X, (-1, 1))"),
    "a single number": (3.0, ValueError, "X must have the shape (samples, features), got the shape ()"),
    "three dimensions": (np.ones((6, 1, 1)), ValueError, "X must have the shape (samples, features), got the shape (6, 1, 1); use np.reshape(X, (len(X), -1)), a row"),
    "no rows": (np.ones((0, 1)), ValueError, "X must have at least one row and one column, got the shape (0, 1)"),
    "no columns": (np.ones((6, 0)), ValueError, "X must have at least one row and one column, got the shape (6, 0)"),
    "an empty list": ([], ValueError, "X must have the shape (samples, features), got the shape (0,)"),
    "nan": (with_entry(NAN), ValueError, "X must be finite, got nan in row 3, column 0"),
    "inf": (with_entry(INF), ValueError, "X must be finite, got inf in row 3, column 0"),
    "minus inf": (with_entry(-INF), ValueError, "X must be finite, got -inf in row 3, column 0"),
    "a sparse matrix": (Sparse(), TypeError, "X must hold numbers only, got sparse, which is sparse; use .toarray()"),
    "text": ([["a"]] * 6, TypeError, "X must hold numbers only, got [['a'], ['a']"),
    "text among numbers": (np.array([[1.0]] * 5 + [["1"]], dtype=object), TypeError, "X must hold numbers only, got "),
    "nothing": (None, (TypeError, ValueError), "X must … got …"),
    "complex numbers": ([[1j]] * 6, TypeError, "X must hold numbers only, got [[1j]"),
    "rows of two lengths": ([[1], [1, 2]], TypeError, "X must hold numbers only, got [[1], [1, 2]]"),
    "a masked entry": (
        np.ma.masked_equal(X, 3), ValueError, "X must have no masked entries, got 1 of 6; fill or remove them"
    ),
    "a masked entry in a list of rows": (
        [np.ma.masked_equal(row, 3) for row in X], ValueError, "X must have no masked entries, got 1 of 1"
    ),
    "none among numbers": ([[None], *[[1.0]] * 5], TypeError, "X must hold numbers only, got [[None], [1.0]"),
    "a number beyond every float": ([[10**400]] * 6, (TypeError, ValueError), "X must "),
}

BAD_Y = {
    "a row too few": (Y[:5], ValueError, "Y must have 6 rows, as many as X; got 5"),
    "a row too many": (np.ones((7, 1)), ValueError, "Y must have 6 rows, as many as X; got 7"),
    "a column too many": (np.ones((6, 2)), ValueError, "Y must have 1 columns, one for each output; got 2"),
    "a flat list": (Y[:, 0], ValueError, "Y must have the shape (samples, features), got the shape (6,); use np.reshape(Y, (-1, 1))"),
    "nan": (with_entry(NAN), ValueError, "Y must be finite, got nan in row 3, column 0"),
    "a masked entry": (np.ma.masked_equal(Y, 5), ValueError, "Y must have no masked entries, got 1 of 6"),
    "text": ([["b"]] * 6, TypeError, "Y must hold numbers only, got [['b']"),
    "nothing": (None, (TypeError, ValueError), "Y must … got …"),
}

BAD_SETTINGS = {
    "no epochs": ({"epochs": 0}, ValueError, "epochs must be a whole number of at least 1, got 0"),
    "epochs below 0": ({"epochs": -3}, ValueError, "epochs must be a whole number of at least 1, got -3"),
    "a fraction of an epoch": ({"epochs": 2.5}, TypeError, "epochs must be a whole number of at least 1, got 2.5"),
    "epochs in words": ({"epochs": "ten"}, TypeError, "epochs must be a whole number of at least 1, got 'ten'"),
    "epochs yes": ({"epochs": True}, TypeError, "epochs must be a whole number of at least 1, got True"),
    "empty batches": ({"batch_size": 0}, ValueError, "batch_size must be a whole number of at least 1, got 0"),
    "half a batch": ({"batch_size": 0.5}, TypeError, "batch_size must be a whole number of at least 1, got 0.5"),
    "a seed below 0": ({"seed": -1}, ValueError, "seed must be a whole number of at least 0, got -1"),
    "half a seed": ({"seed": 1.5}, TypeError, "seed must be a whole number of at least 0, got 1.5"),
    "one record": ({"record": 1}, ValueError, "record must be a whole number of at least 2, got 1"),
    "stop below nan": ({"stop_below": NAN}, ValueError, "stop_below must be … finite … got nan"),
    "stop below text": ({"stop_below": "low"}, TypeError, "stop_below must be … number … got 'low'"),
    "an unknown loss": ({"loss": "msee"}, ValueError, "loss is not known: got 'msee'; did you mean mse"),
    "a loss like nothing": ({"loss": "x"}, ValueError, "loss is not known: got 'x'; choose one of ssr, half_ssr, mse"),
    "no loss": ({"loss": None}, ValueError, "loss is not known: got None; choose one of"),
    "an unknown optimizer": ({"optimizer": "adm"}, ValueError, "optimizer is not known: got 'adm'; did you mean adam?"),
    "no optimizer": ({"optimizer": 0.1}, ValueError, "optimizer is not known: got 0.1; choose one of 'sgd', 'adam'"),
    "an optimizer's class": ({"optimizer": SGD}, (TypeError, ValueError), "optimizer "),
    "a range": ({"optimizer": range(3)}, (TypeError, ValueError), "optimizer "),
    "an unknown engine": ({"engine": "numpi"}, ValueError, "engine is not known: got 'numpi'; did you mean numpy"),
    "a gradient of another length": (
        {"gradient": lambda theta, X, Y: np.ones(3)}, ValueError,
        "the result of gradient(theta, X, Y) must hold 2 numbers, one for each parameter; got 3",
    ),
    "a gradient of nan": (
        {"gradient": lambda theta, X, Y: [1.0, NAN]}, ValueError, "the result of gradient(theta, X, Y) must be finite, got nan"
    ),
    "a gradient of text": (
        {"gradient": lambda theta, X, Y: ["a", "b"]}, TypeError, "the result of gradient(theta, X, Y) must hold numbers only"
    ),
}

# What makes no object at all: (call, exception, what the sentence says).
BAD_OBJECTS = {
    "no units": (lambda: Dense(0, identity), ValueError, "units must be a whole number of at least 1, got 0"),
    "units below 0": (lambda: Dense(-2, identity), ValueError, "units must be a whole number of at least 1, got -2"),
    "half a unit": (lambda: Dense(1.5, identity), TypeError, "units must be a whole number of at least 1, got 1.5"),
    "an unknown activation": (lambda: Dense(1, "tahn"), ValueError, "activation is not known: got 'tahn'; did you mean tanh"),
    "Keras's word for none": (lambda: Dense(1, "linear"), ValueError, "activation is not known: got 'linear'; did you mean identity?"),
    "Keras's last layer": (lambda: Dense(3, "softmax"), ValueError, "activation is not known: got 'softmax'; did you mean identity, with softmax_cross_entropy as the loss?"),
    "a capital letter": (lambda: Dense(1, "Sigmoid"), ValueError, "activation is not known: got 'Sigmoid'; did you mean sigmoid"),
    "an activation from elsewhere": (lambda: Dense(1, math.sin), ValueError, "activation is not known: got <built-in function sin>"),
    # As after `from numpy import *`, and after that of SymPy, whose tanh has no other text than the name of ours.
    "NumPy's tanh": (lambda: Dense(1, np.tanh), ValueError, "activation is not known: got <ufunc 'tanh'>; choose one of 'identity', 'sigmoid', 'tanh'"),
    "SymPy's tanh": (lambda: Dense(1, type("Theirs", (), {"__repr__": lambda self: "tanh"})()), ValueError, "activation is not known: got tanh; did you mean 'tanh'?"),
    "a bias of two": (lambda: Dense(1, identity, bias=2), (TypeError, ValueError), "bias must be True or False, got 2"),
    "no inputs": (lambda: Network(0, [Dense(1, identity)]), ValueError, "inputs must be a whole number of at least 1, got 0"),
    "no layers": (lambda: Network(1, []), ValueError, "layers must be a list of one or more Dense, got []"),
    "layers of numbers": (lambda: Network(1, [3, 1]), ValueError, "layers must be a list of one or more Dense, got [3, 1]"),
    "a layer without its list": (lambda: Network(1, Dense(1, identity)), (TypeError, ValueError), "layers must be a list of one or more Dense, got Dense("),
    **{
        f"{optimizer.__name__} with the learning rate {rate!r}": (
            lambda optimizer=optimizer, rate=rate: optimizer(rate), error,
            f"learning_rate must be a number greater than 0, got {rate!r}",
        )
        for optimizer in (SGD, Adam)
        for rate, error in [(0, ValueError), (-0.1, ValueError), (NAN, ValueError), ("fast", TypeError), (None, TypeError), (True, TypeError)]
    },
    "a learning rate without end": (lambda: SGD(INF), ValueError, "learning_rate must be … finite … got inf"),
    "a learning rate beyond every float": (lambda: SGD(10**400), (TypeError, ValueError), "learning_rate must be a "),
    "momentum of 1": (lambda: SGD(0.1, momentum=1), ValueError, "momentum must be a number at least 0 and less than 1, got 1"),
    "decay below 0": (lambda: Adam(weight_decay=-1), ValueError, "weight_decay must be a number at least 0, got -1"),
    "beta of 1": (lambda: Adam(beta2=1.0), ValueError, "beta2 must be a number at least 0 and less than 1, got 1.0"),
    "epsilon of 0": (lambda: Adam(epsilon=0), ValueError, "epsilon must be a number greater than 0, got 0"),
}

BAD_THETA = {
    "too short": ([1.0], ValueError, "theta must have the shape (2,), got the shape (1,)"),
    "a matrix": ([[1.0, 2.0]], ValueError, "theta must have the shape (2,), got the shape (1, 2)"),
    "nan": ([1.0, NAN], ValueError, "theta must be finite, got nan"),
    "a masked entry": (np.ma.array([1.0, 2.0], mask=[0, 1]), ValueError, "theta must have no masked entries, got 1 of"),
    "complex": ([1j, 2.0], TypeError, "theta must hold numbers only"),
    "text": (["a", "b"], TypeError, "theta must hold numbers only, got …"),
    "lists of two lengths": ([[1], [1, 2]], (TypeError, ValueError), "theta must "),
}


def over(cases):
    return pytest.mark.parametrize("bad, error, sentence", cases.values(), ids=cases.keys())


@pytest.fixture
def network():
    """A network that is checked to be the same, to the bit, after the test."""
    network = Network(1, [Dense(1, identity)])
    network.theta = [0.5, 0.25]
    yield network
    assert network.theta.tolist() == [0.5, 0.25]


def refuses(call, error, sentence):
    """Whether `call` raises `error` with a message that begins with `sentence`, in which … stands for any words."""
    with pytest.raises(error) as caught:
        call()
    pattern = ".*".join(re.escape(part.strip()) for part in sentence.split("…"))
    assert re.match(pattern, str(caught.value)), str(caught.value)


@over(BAD_X)
def test_x_that_does_not_fit_is_refused_by_every_function_that_takes_it(network, bad, error, sentence):
    refuses(lambda: train(network, bad, Y, loss=ssr, optimizer=SGD(), epochs=3), error, sentence)
    refuses(lambda: check_gradient(network, bad, Y, ssr), error, sentence)
    refuses(lambda: network.gradient(bad, Y, ssr), error, sentence)
    refuses(lambda: network.loss(bad, Y, ssr), error, sentence)
    refuses(lambda: network.activations(bad), error, sentence)
    refuses(lambda: network.predict(bad), error, sentence)


@over(BAD_Y)
def test_y_that_does_not_fit_is_refused_by_every_function_that_takes_it(network, bad, error, sentence):
    refuses(lambda: train(network, X, bad, loss=ssr, optimizer=SGD(), epochs=3), error, sentence)
    refuses(lambda: check_gradient(network, X, bad, ssr), error, sentence)
    refuses(lambda: network.gradient(X, bad, ssr), error, sentence)
    refuses(lambda: network.loss(X, bad, ssr), error, sentence)


ROWS = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5]})
TARGETS = pd.DataFrame({"y": [0.0, 1, 1, 2, 3, 5]})
SHUFFLED = TARGETS.iloc[[0, 2, 1, 5, 4, 3]]
PAIRED = {
    "train": lambda X, Y: train(Network(1, [Dense(1, identity)]), X, Y, loss=ssr, optimizer=SGD(1e-3), epochs=1),
    "check_gradient": lambda X, Y: check_gradient(Network(1, [Dense(1, identity)]), X, Y, ssr),
    "diagnose": lambda X, Y: diagnose(Network(1, [Dense(1, identity)]), X, Y, ssr, lambda *_: np.zeros(2)),
    "loss": lambda X, Y: Network(1, [Dense(1, identity)]).loss(X, Y, ssr), "split": split,
    "a loss": lambda X, Y: ssr.value(X, Y), "curves": panels.LearningCurves,
    "fit": lambda X, Y: FeedForward(epochs=1).fit(X, Y["y"]), "table": lambda X, Y: FeedForward(epochs=1).fit(X, Y),
    "score": lambda X, Y: FeedForward(epochs=1).fit(ROWS, TARGETS["y"]).score(X, Y["y"]),
    "classes": lambda X, Y: FeedForwardClassifier(epochs=1).fit(X, Y["y"]),
    "accuracy": lambda X, Y: FeedForwardClassifier(epochs=1).fit(ROWS, TARGETS["y"]).score(X, Y["y"]),
    "published": lambda X, Y: published.single_neuron.gradient([1.0, 1, 1], X, Y),
    "audit": lambda X, Y: audit([np.ones(1)], lambda: 1.0, lambda: [0.0], X=X, Y=Y),
}


@pytest.mark.parametrize("call", PAIRED.values(), ids=PAIRED)
def test_tables_with_the_same_labels_in_another_order_are_refused_and_all_others_paired_by_place(call):
    said = r"^(X|A|X_test) and (y|Y_test|Y) must have their rows in the same order, got the label 1 in row 1 of \1, "
    with pytest.raises(ValueError, match=rf"{said}and 2 in that of \2; take \2.loc\[\1.index\], or \2.reset_index"):
        call(ROWS, SHUFFLED)
    for Y in (TARGETS, SHUFFLED.loc[ROWS.index], SHUFFLED.reset_index(drop=True)):
        call(ROWS, Y)
    # Shuffled alike, labels of its own, and a series that is predicted a step ahead.
    call(ROWS.loc[SHUFFLED.index], SHUFFLED)
    call(ROWS, TARGETS.set_axis(list("abcdef")))
    call(ROWS, TARGETS.set_axis([1, 2, 3, 4, 5, 6]))
    call(ROWS.set_axis([0, 0, 1, 1, 2, 2]), TARGETS.set_axis([0, 0, 1, 1, 2, 2]))
    call(ROWS.set_axis([0.0, 1, 2, 3, 4, np.nan]), TARGETS.set_axis([0.0, 1, 2, 3, 4, np.nan]))


@over(BAD_SETTINGS)
def test_a_setting_that_does_not_fit_is_refused_before_training(network, bad, error, sentence):
    settings = {"loss": ssr, "optimizer": SGD(), "epochs": 3, **bad}
    refuses(lambda: train(network, X, Y, **settings), error, sentence)


@over(BAD_OBJECTS)
def test_an_object_that_makes_no_sense_cannot_be_made(bad, error, sentence):
    refuses(bad, error, sentence)


@over(BAD_THETA)
def test_parameters_that_do_not_fit_are_refused(network, bad, error, sentence):
    refuses(lambda: setattr(network, "theta", bad), error, sentence)


@pytest.mark.parametrize("bad, error, words", [
    (None, TypeError, "must hold numbers only, got None"),
    ([[1.0, None]], TypeError, "must hold numbers only, got [[1.0, None]]"),
    ("3", TypeError, "must hold numbers only, got '3'"), (1j, TypeError, "must hold numbers only, got 1j"),
    ([[1], [1, 2]], TypeError, "must hold numbers only"), ([[10**400]], TypeError, "must hold numbers only"),
    (np.ma.array([[1.0, 2.0]], mask=[[0, 1]]), ValueError, "must have no masked entries, got 1 of 2; fill or remove"),
    ([np.ma.array([1.0, 2.0], mask=[0, 1])], ValueError, "must have no masked entries, got 1 of 2"),
], ids=["none", "none in a list", "text", "complex", "ragged", "too large", "masked", "a masked row"])
def test_what_is_no_number_is_refused_by_activations_losses_and_the_softmax(bad, error, words):
    refuses(lambda: sigmoid.value(bad), error, f"z {words}")
    refuses(lambda: sigmoid.slope(bad), error, f"z {words}")
    refuses(lambda: softmax(bad), error, f"Z {words}")
    refuses(lambda: ssr.value(bad, [[1.0, 2.0]]), error, f"A {words}")
    refuses(lambda: ssr.gradient([[1.0, 2.0]], bad), error, f"Y {words}")


COMPLEX = "which has complex numbers; take the real part, or both parts as numbers of their own"


def refused_as_numbers(bad, words):
    """Whether every kind of function that takes numbers says the `words` of `bad`."""
    network = Network(1, [Dense(1, identity)])
    for call in (
        lambda: network.loss(bad, [[0.0], [1.0]], ssr), lambda: network.loss([[0.0], [1.0]], bad, ssr),
        lambda: setattr(network, "theta", bad), lambda: sigmoid.value(bad), lambda: FeedForward().fit([[0.0]], bad),
        lambda: FeedForwardClassifier().fit([[0.0]], bad), lambda: audit([bad], lambda: 1.0, lambda: [0.0]),
        lambda: check_gradient(network, [[0.0], [1.0]], [[0.0], [1.0]], ssr, lambda *_: bad),
    ):
        with pytest.raises(TypeError, match=rf" must hold (numbers only|labels, .*), got .*{re.escape(words)}$"):
            call()


@pytest.mark.parametrize("bad", [np.ones((2, 1), complex), [[1j], [2j]], np.ones((50, 1), np.complex64)])
def test_complex_numbers_are_told_what_to_make_of_them(bad):
    refused_as_numbers(bad, COMPLEX)


@pytest.mark.parametrize("bad, advice", [
    ([[0.0, 1.0], [0.0]], ", whose rows are of different lengths, 1 to 2"),
    (pd.Series([1.5, pd.NA]), ", in which values are missing; fill or drop them"),
])
def test_numbers_that_cannot_be_had_as_an_array_are_told_why(bad, advice):
    network = Network(1, [Dense(1, identity)])
    for call in (lambda: network.predict(bad), lambda: sigmoid.value(bad), lambda: noisy(bad, 0.1)):
        with pytest.raises(TypeError, match=f" must hold numbers only, got .*{re.escape(advice)}$"):
            call()
    with pytest.raises(TypeError, match=re.escape(advice)):
        FeedForward().fit(bad, [0.0, 1.0])


def test_of_a_list_of_one_there_is_no_other_to_be_taken():
    for given, end in ((["a"], r"got \['a'\]"), (["a", 1], r"got \['a', 1\]; take the one that is meant, .*")):
        with pytest.raises(TypeError, match=f"^x must hold numbers only, {end}$"):
            scalar("x", given)


@pytest.mark.parametrize("bad, came", [
    (pd.DataFrame({"size": [1.5] * 40, "species": ["setosa"] * 40}), "'setosa' in row 0, column 'species'"),
    # A value is missing too, and to fill it would not help.
    (pd.DataFrame({"size": [1.5] * 40, "at": [*[None] * 39, date(2026, 1, 1)]}), "date(2026, 1, 1) in row 39, column"),
    (np.array([[0.0, 1.0]] * 40 + [[0.0, "x"]], dtype=object), "'x' in row 40, column 1"),
    (pd.Series(["setosa"] * 40), "'setosa' in entry 0"),
])
def test_the_first_word_or_date_in_a_table_that_is_too_long_to_be_shown_is_named(bad, came):
    for call in (lambda: standardized(bad), lambda: FeedForward().fit(bad, [0.0] * len(bad))):
        with pytest.raises(TypeError, match=f", with .*{re.escape(came)}.*; take out what is no number, or make num"):
            call()


@pytest.mark.parametrize("make, words", [
    (lambda torch: torch.ones(2, 1, dtype=torch.complex64), COMPLEX),
    (lambda torch: torch.ones(2, 1, dtype=torch.complex64).conj(), COMPLEX),
    (lambda torch: torch.empty(2, 1, device="meta"), "shape and no numbers; make it on another device, such as 'cpu'"),
])
def test_tensors_without_real_numbers_are_told_what_to_do(torch, make, words):
    refused_as_numbers(make(torch), words)


def test_tensors_whose_numbers_numpy_does_not_know_are_told_what_to_do(torch):
    refuses(lambda: sigmoid.value(torch.ones(2, dtype=torch.bfloat16)), TypeError,
            "z must hold numbers only, got … of bfloat16, which NumPy does not know; convert it, as by .float()")


def test_a_lazy_module_is_told_to_be_called_once(torch):
    with warnings.catch_warnings():
        # PyTorch calls them a feature under development.
        warnings.simplefilter("ignore")
        lazy = torch.nn.LazyLinear(1)
    for parameters in (lazy, [*lazy.parameters()], {"W": lazy.weight}):
        refuses(lambda: audit(parameters, lambda: lazy(torch.ones(2, 3)).sum()), TypeError,  # noqa: B023
                "… must hold numbers only, got <UninitializedParameter>; a lazy module has its numbers after its first ")
    lazy(torch.ones(2, 3))
    assert audit(lazy, lambda: lazy(torch.ones(2, 3)).sum()).passed


def test_a_masked_array_without_a_masked_entry_is_taken():
    assert sigmoid.value(np.ma.array([0.0, 0.0], mask=[0, 0])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("bad, sentence", [
    ({"Y": np.ones((2, 1))}, "Y must have 3 rows, as many as X, got 2; X and Y belong together"),
    ({"X": np.ones(3)}, "X must have one row or more and one column or more, got the shape (3,)"),
    ({"X": np.ones((0, 2))}, "X must have one row or more and one column or more, got the shape (0, 2)"),
    ({"X": np.ones((3, 1))}, "X must have 2 columns, as sizes says, got the shape (3, 1)"),
    ({"Y": np.ones((3, 2))}, "Y must have 1 column, as sizes says, got the shape (3, 2)"),
    ({"theta": np.ones((9, 1))}, "theta must have the shape (parameters,), got the shape (9, 1)"),
])
def test_a_published_gradient_says_which_of_its_arguments_does_not_fit(bad, sentence):
    given = {"theta": np.ones(9), "X": np.ones((3, 2)), "Y": np.ones((3, 1)), "sizes": (2, 3, 1)}
    assert published.or_net.gradient(**given).shape == (9,)
    refuses(lambda: published.or_net.gradient(**given | bad), ValueError, sentence)


def test_targets_that_a_loss_is_not_made_for_are_refused_before_training(network):
    refuses(lambda: train(network, X, Y, loss="sigmoid_cross_entropy", optimizer=SGD(), epochs=3), ValueError,
            "Y must lie from 0 to 1 for sigmoid_cross_entropy, got 2.0; a target is a probability")
    refuses(lambda: check_gradient(network, X, Y, "sigmoid_cross_entropy"), ValueError, "Y must lie from 0 to 1")
    refuses(lambda: train(network, X, X / 5, loss="binary_cross_entropy", optimizer=SGD(), epochs=3), ValueError,
            "outputs must lie from 0 to 1 for binary_cross_entropy, got -20.0; end the network in a sigmoid")
    refuses(lambda: network.loss(X, X / 5, "softmax_cross_entropy"), ValueError, "Y must have two columns or more")


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (0.5, TypeError), ("0", TypeError), (None, TypeError)])
def test_a_seed_for_the_start_that_does_not_fit_is_refused(network, seed, error):
    sentence = f"seed must be a whole number of at least 0, got {seed!r}"
    refuses(lambda: network.initialize("normal", seed=seed), error, sentence)


def test_an_unknown_way_to_draw_the_start_is_refused(network):
    refuses(lambda: network.initialize("norml", seed=0), ValueError, "how is not known: got 'norml'; did you mean normal")
    refuses(lambda: network.initialize("xavier", seed=0), ValueError, "how is not known: got 'xavier'; did you mean glorot")


@pytest.mark.parametrize("name", ["loss", "gradient"])
def test_an_unknown_loss_is_refused_by_the_network(network, name):
    refuses(lambda: getattr(network, name)(X, Y, "srs"), ValueError, "loss is not known: got 'srs'; did you mean ssr")


def test_a_gradient_on_trial_of_another_length_is_refused(network):
    sentence = "the result of gradient(theta, X, Y) must hold 2 numbers, one for each parameter; got 1"
    refuses(lambda: check_gradient(network, X, Y, ssr, gradient=lambda theta, X, Y: [1.0]), ValueError, sentence)


@pytest.mark.parametrize("data", [
    [[1], [2]], ((1.0,), (2.0,)), np.array([[1], [2]], dtype=np.int8), np.array([[1], [2]], dtype=object),
    np.array([[1.0, 5.0], [2.0, 5.0]])[:, :1],
], ids=["list", "tuple", "int8", "object", "a strided view"])
def test_numbers_in_any_container_are_taken(network, data):
    assert network.predict(data).tolist() == [[0.75], [1.25]]


@pytest.mark.parametrize("seed", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_every_kind_are_taken_as_a_seed(seed):
    def draw(seed):
        return Network(1, [Dense(1, identity)]).initialize("normal", seed).theta.tolist()

    assert draw(seed) == draw(3)


# What a sentence says of a value, and of memory


@pytest.mark.parametrize("kind, said", [
    ("Tree", "a Tree"), ("Oak", "an Oak"), ("T", "a T"), ("K" * 80, f"a {'K' * 80}"), ("K" * 81, "an object"),
])
def test_a_value_whose_text_is_no_short_line_is_said_by_its_kind(kind, said):
    for text in ("", "x" * 81, "a\nb"):
        value = type(kind, (), {"__repr__": lambda self, text=text: text})()
        assert shown(value) == f"{said} whose text is no short line"
    assert shown("x" * 78) == repr("x" * 78) and shown("x" * 79) == "a str whose text is no short line"


@pytest.mark.parametrize("value, said", [
    (np.str_("a"), "'a'"), (np.float64(0.1), "0.1"), (np.float32(0.1), "0.1"), (np.True_, "True"), (np.int64(3), "3"),
    ([np.float64(0.5), np.str_("b")], "[0.5, 'b']"), ({"x": np.int64(1)}, "{'x': 1}"), (np.array([0.5]), "array([0.5])"),
    (np.array([np.float64(0.5), "b"], dtype=object), "array([0.5, 'b'], dtype=object)"),
])
def test_numbers_and_texts_of_numpy_are_shown_as_those_of_python(value, said):
    assert shown(value) == said


def test_the_most_is_allowed_and_one_more_is_not():
    assert at_most("rows", 1000, 1000) == 1000
    refuses(lambda: at_most("rows", 1001, 1000), ValueError, "rows must be at most 1,000, got 1001")


def test_four_gigabytes_are_allowed_and_a_number_more_is_not():
    affordable("size", 3, 2**29)
    sentence = "size must be small enough for 4 GB of memory, got 3, which takes … GB; take a smaller one"
    refuses(lambda: affordable("size", 3, 2**29 + 1), ValueError, sentence.replace("…", "4"))
    refuses(lambda: affordable("size", 3, 2**80 - 1), ValueError, sentence.replace("…", "9,007,199,254,740,992"))
    refuses(lambda: affordable("size", 3, 2**80), ValueError, sentence.replace("… GB", "more memory than there is"))


# The package itself


def test_importing_the_package_loads_nothing_heavier_than_numpy():
    code = "import sys, nbhelpers; print(*{'matplotlib', 'pandas', 'ipywidgets', 'wasmtime', 'torch', 'tqdm', 'PIL'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_every_promised_name_is_there():
    assert dir(nbhelpers) == sorted(nbhelpers.__all__)
    assert all(getattr(nbhelpers, name) is not None for name in nbhelpers.__all__)


def test_an_unknown_name_gives_the_known_ones():
    with pytest.raises(AttributeError, match="nbhelpers has no 'trian'; it has .*train"):
        _ = nbhelpers.trian


RELOADED = """
import importlib, sys
import nbhelpers
from nbhelpers.faults import CATALOGUE
before, old = nbhelpers.Network(1, [nbhelpers.Dense(1, "tanh")]), nbhelpers
X = [[0.0], [1.0]]
history, settings = old.train(before, X, X, loss="mse", optimizer="sgd", epochs=1, engine="numpy"), old.Bench()
if sys.argv[1] == "cleared":
    for name in [name for name in sys.modules if name.startswith("nbhelpers")]:
        del sys.modules[name]
else:
    for name in ("layers", "losses", "records", "network", "gradcheck", "training"):
        importlib.reload(sys.modules[f"nbhelpers.{name}"])
    importlib.reload(nbhelpers)
import nbhelpers as new
network = new.Network(1, [new.Dense(1, "tanh")])
calls = {
    "train": lambda: new.train(before, X, X, loss="mse", optimizer="sgd", epochs=1),
    "check": lambda: new.check_gradient(before, X, X, "mse"), "layer": lambda: new.Network(1, [before.layers[0]]),
    "loss": lambda: network.loss(X, X, old_loss), "joined": lambda: new.History.joined([history], ""),
}
old_loss = history.loss_function
if sys.argv[1] == "cleared":
    calls |= {
        "sweep": lambda: new.sweep(lambda seed: before, X, X, loss="mse", learning_rates=[1], seeds=[0], epochs=1),
        "catalogue": lambda: new.diagnose(network, X, X, "mse", catalogue=CATALOGUE),
        "activation": lambda: new.Dense(1, before.layers[0].activation),
        "panel": lambda: new.plots.draw([new.panels.Fit()], history), "bench": lambda: new.Playground(settings),
        "judge": lambda: new.Bench().judge(history), "an old function": lambda: old.check_gradient(network, X, X, "mse"),
        "film": lambda: new.plots.film([new.panels.Fit()], history, "film.gif"),
    }
for name, call in calls.items():
    try:
        call()
        print(name, "is taken")
    except (TypeError, ValueError) as error:
        if " from before the package was loaded again; import it and make everything anew" not in str(error):
            print(name, error)
print("done")
"""


@pytest.mark.parametrize("how", ["cleared", "reloaded"])
def test_of_what_was_made_before_the_package_was_loaded_again_that_is_said(how):
    done = subprocess.run([sys.executable, "-c", RELOADED, how], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_what_has_a_part_of_a_tensors_names_alone_is_left_as_it_is():
    for name in ("detach", "cpu"):
        other = type("Other", (), {name: lambda self: None})()
        assert plain(other) is other


def test_a_misspelled_argument_is_named_with_the_one_that_was_meant():
    for name, meant in (("activaton", ": did you mean activation?"), ("zzz", "")):
        with pytest.raises(TypeError) as refused:
            Dense(1, **{name: "tanh"})
        assert str(refused.value) == f"Dense has no argument {name!r}{meant}; Dense takes units, activation and bias"


def test_a_title_may_have_as_many_letters_as_is_said():
    assert panels.Angle(title="x" * 200).title == "x" * 200


@pytest.mark.parametrize("row", [[1.0, 2.0], [1.0, 2.0, 3.0]])
def test_a_single_row_is_told_how_it_becomes_one(row):
    sentence = rf"got the shape \({len(row)},\); use np.reshape\(X, \(1, -1\)\) for one row$"
    with pytest.raises(ValueError, match=sentence):
        Network(len(row), [Dense(1, "identity")]).predict(row)


def test_a_single_column_is_told_how_it_becomes_one():
    for column in ([1.0], [1.0, 2.0]):
        with pytest.raises(ValueError, match=r"use np.reshape\(X, \(-1, 1\)\) for one column$"):
            Network(1, [Dense(1, "identity")]).predict(column)


def test_where_several_columns_are_wanted_a_single_one_is_not_told_to_become_a_column():
    # As the numbers of classes, which other libraries take beside an output for each class.
    network, labels = Network(2, [Dense(3, "identity")]), [0, 2, 1, 1]
    with pytest.raises(ValueError, match=r"got the shape \(4,\); it must have 3 columns, one for each output$"):
        network.loss(np.ones((4, 2)), labels, "softmax_cross_entropy")
    with pytest.raises(ValueError, match=r"got the shape \(4,\); it must have 2 columns, one for each input of the"):
        network.predict(labels)


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_the_way_to_another_shape_that_is_told_goes_for_lists_and_columns_of_a_table_too(kind):
    network = Network(1, [Dense(1, "identity")])
    X = kind([1.0, 2.0, 3.0, 4.0])
    with pytest.raises(ValueError, match="for one column$") as refused:
        network.predict(X)
    way = re.search(r"use (np\..+\)) for", str(refused.value))[1]
    assert network.predict(eval(way, {"np": np, "X": X})).shape == (4, 1)


def test_of_many_names_to_choose_from_the_first_are_given_and_how_many_more_there_are():
    ten = [f"name_{k}" for k in range(10)]
    with pytest.raises(ValueError, match=f"choose one of {', '.join(ten)}$"):
        choice("x", "?", dict.fromkeys(ten))
    with pytest.raises(ValueError, match=f"choose one of {', '.join(ten[:9])}, and 2 others$"):
        choice("x", "?", dict.fromkeys([*ten, "name_10"]))


@pytest.mark.parametrize("entry, value", [
    ("tanh", np.str_("tanh")), (0.001, np.float64(0.001)), (np.float64(0.001), 0.001), (10, np.int64(10)),
    (True, np.True_), (np.str_("tanh"), "tanh"), (0.0, 0), (10, np.float64(10)),
])
def test_a_name_or_a_number_out_of_an_array_is_the_entry_that_it_is_in_python(entry, value):
    assert choice("x", value, {"other": 1, entry: 2}) == 2


def test_a_number_of_another_kind_is_no_entry():
    for value in (np.True_, np.array(1)):
        with pytest.raises(ValueError, match="^x is not known: got "):
            choice("x", value, {1: 1})


class Row:
    """A panel of somebody's own, which shows anything that has a length."""

    still = panels.Angle().still

    def moving(self, canvas, shown, record):
        pass

    def text(self, shown, record):
        return "A row."


@pytest.mark.parametrize("call, error, sentence", [
    (lambda: panels.Fit(ylim=(2, 1)), ValueError, "ylim must be (low, high), the lower one first, got (2, 1)"),
    (lambda: panels.Fit(ylim=(1, 2, 3)), ValueError, "ylim must have at most 2 entries, got more"),
    (lambda: panels.Angle(title=3), TypeError, "title must be a text, got 3"),
    (lambda: panels.Fit(ylim={1, 2}), TypeError, "ylim must be a list, whose entries have an order, got {1, 2}"),
    (lambda: panels.LossCurve(ylim=(0, 1)), ValueError, "ylim must be (low, high), the lower one first and greater"),
    (lambda: panels.Angle(title="a\nb"), ValueError, "title must be one line of at most 200 letters, got 'a\\nb'"),
    (lambda: panels.Angle(title="x" * 201), ValueError, "title must be one line of at most 200 letters, got a str"),
    (lambda: panels.Derivatives([0, 1], ["w"]), ValueError, "names must have one entry for each of the 2 indices"),
    (lambda: panels.Regions(0, 1, ["a"], ["b", "c"]), ValueError, "names must have at least 2 entries, got 1"),
    (lambda: panels.LossCurves([1]), TypeError, "histories must be a dictionary from names to runs, got [1]"),
    (lambda: panels.LossCurves({"a": 3}), TypeError, "histories must hold a History for each name, got 3"),
    (lambda: panels.Landscape(-1, 1, ["a", "b"], (0, 1), (0, 1)), ValueError, "across must be a whole number from 0"),
    (lambda: plots.draw([type("Late", (Row,), {"text": promises})()], run()), TypeError, "panels must be panels, with"),
    (lambda: plots.draw([panels.Fit], run()), TypeError, "panels must be panels, with still, moving and text, got "),
    (lambda: plots.draw([type("Still", (Row,), {"still": 3})()], run()), TypeError, "panels must be panels, with still"),
    (lambda: plots.draw([panels.Columns("e")], pd.DataFrame({"a": ["x"]})), TypeError, "the table must hold numbers"),
    (lambda: plots.draw([], run()), ValueError, "panels must have at least one panel, got none"),
    (lambda: plots.draw([panels.Fit()], 3), TypeError, "history must be a History, which the panel Fit shows, got 3"),
    (lambda: plots.draw([panels.LogLossCurve()], [1]), TypeError, "history must be a History, which the panel LogLoss"),
    (lambda: plots.draw([Row()], 3), TypeError, "history must be a History, or what else the panels show, got 3"),
    (lambda: plots.draw([Row()], []), ValueError, "history must have at least one record, got []"),
    (lambda: plots.draw([panels.Fit()], run(), size=(1, 1)), ValueError, "size must leave room for the panels, got "),
    (lambda: plots.draw([panels.Fit()], run(), record=9), ValueError, "record must be a whole number from -3 to 2"),
])
def test_what_a_picture_cannot_be_made_of_is_said(call, error, sentence):
    refuses(call, error, sentence)


def run():
    return published.single_neuron.run(epochs=2)


def test_of_what_is_missing_that_alone_is_named(network):
    refuses(lambda: train(network, X, Y, loss=ssr, epochs=3), TypeError, "train needs optimizer, got no such argument;")
    refuses(lambda: train(network, X, epochs=3), TypeError, "train needs Y, loss and optimizer, got no such argument;")


@pytest.mark.parametrize("value", ["abc", b"abc", {"a": 1}, 3])
def test_a_text_and_a_dictionary_are_no_lists(value):
    with pytest.raises(TypeError, match="^seeds must be a list, got .*; write .* for a single one$"):
        listing("seeds", value)


def test_what_cannot_be_called_is_not_async():
    assert not is_async(3)
