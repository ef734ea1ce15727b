"""What a public function says of a wrong call, and that it takes the same numbers in another dress as they are."""

import gc
import warnings
from decimal import Decimal
from fractions import Fraction
from functools import partial
from inspect import signature

import numpy as np
import pandas as pd
import pytest

import nbhelpers
from nbhelpers import published
from nbhelpers.words import shown

from .hostile import Bad, Long, promises


@pytest.mark.parametrize("call, sentence", [
    (lambda: nbhelpers.Adam(lr=0.1), "^Adam has no argument 'lr': did you mean learning_rate?"),
    (lambda: nbhelpers.SGD(eta=0.1), "^SGD has no argument 'eta': did you mean learning_rate?"),
    (lambda: nbhelpers.split([[1.0], [2.0]], y=[[1.0], [2.0]]), "^split has no argument 'y': did you mean Y?"),
    (lambda: nbhelpers.fibonacci(n=3), "^fibonacci has no argument 'n'; fibonacci takes samples$"),
    (lambda: nbhelpers.Dense(3), "^Dense needs activation, got no such argument"),
    (lambda: nbhelpers.one_hot(3, 4), "^one_hot takes 1 argument by its place, got 2: units$"),
    (lambda: nbhelpers.train(1, 2, 3, 4), "^train takes 3 arguments by their place, got 4: network, X and Y, and by "),
    (lambda: nbhelpers.one_hot(3, units=3), "^one_hot got units twice, by place and by name"),
    (lambda: nbhelpers.train(None, random_state=3), "^train has no argument 'random_state': did you mean seed?"),
    (lambda: nbhelpers.FeedForward(hidden_layer_sizes=3), "^FeedForward has no argument .*: did you mean hidden?"),
    (lambda: published.or_net.run(n_epochs=3), "^run has no argument 'n_epochs': did you mean epochs?"),
    (lambda: nbhelpers.Network.load(filename="x"), "^Network.load has no argument 'filename': did you mean path?"),
    (lambda: nbhelpers.sigmoid.value(x=3), "^Activation.value has no argument 'x'"),
    (lambda: nbhelpers.sigmoid(), "^Activation.value needs z, got no such argument"),
    # The keywords are its sliders, of any name.
    (lambda: nbhelpers.Explorer(print, learning_rate=(0.1, 0.2, 0.3)), "^Explorer needs panels, got no such argument"),
    (lambda: nbhelpers.Bench().but(3, seed=4), "^Bench.but takes 0 arguments by their place, got 1"),
])
def test_the_right_keyword_is_named(call, sentence):
    with pytest.raises(TypeError, match=sentence.replace("?", r"\?")):
        call()


@pytest.mark.parametrize("kind, names", [
    (nbhelpers.Network, ["activations", "predict", "loss", "gradient"]), (nbhelpers.Activation, ["value", "slope"]),
    (nbhelpers.LeakyReLU, ["value", "slope"]), (nbhelpers.Loss, ["value", "gradient"]),
])
def test_a_class_of_ones_own_cannot_replace_what_training_would_not_call(kind, names):
    for name in names:
        with pytest.raises(TypeError, match=f"^class Own must not replace {name} of .*; give yours another name$"):
            type("Own", (kind,), {name: print})
    own = type("Own", (kind,), {"mine": lambda self: 3, "__repr__": lambda self: "own"})
    assert own.__bases__ == (kind,)


def test_who_names_no_seed_gets_the_seed_0_and_no_number_of_starts_three_of_them():
    defaults = {"seed": set(), "data_seed": set(), "points": set(), "tolerance": set()}
    for name in nbhelpers.__all__:
        if callable(named := getattr(nbhelpers, name)):
            for parameter in signature(named).parameters.values():
                if isinstance(parameter.default, (int, float)) and parameter.name in defaults:
                    defaults[parameter.name].add(parameter.default)
    assert defaults == {"seed": {0}, "data_seed": {0}, "points": {3}, "tolerance": {1e-6}}


def test_a_typeerror_inside_of_a_function_comes_through_as_it_is():
    def build(seed, more=None):
        return None + seed

    with pytest.raises(TypeError, match="unsupported operand"):
        nbhelpers.numerical_gradient(lambda theta: None + 1, [1.0])


# The same numbers in another dress


MATRIX = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 2.0]]
DRESSES = {
    "tuples": lambda: tuple(map(tuple, MATRIX)), "float32": lambda: np.array(MATRIX, np.float32),
    "float16": lambda: np.array(MATRIX, np.float16), "longdouble": lambda: np.array(MATRIX, np.longdouble),
    "Fortran": lambda: np.asfortranarray(MATRIX), "reversed": lambda: np.array(MATRIX[::-1])[::-1],
    "objects": lambda: np.array(MATRIX, dtype=object), "frame": lambda: pd.DataFrame(MATRIX, columns=["a", "b"]),
    "frame of Float64": lambda: pd.DataFrame(MATRIX).astype("Float64"), "swapped": lambda: np.array(MATRIX, ">f8"),
    "fractions": lambda: [[Fraction(x) for x in row] for row in MATRIX], "rows": lambda: list(np.array(MATRIX)),
    "decimals": lambda: [[Decimal(x) for x in row] for row in MATRIX],
    "matrix": lambda: np.array(MATRIX).view(np.matrix),
    "nothing masked": lambda: np.ma.array(MATRIX, mask=False),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_numbers_in_another_dress_give_the_same_bits(dress):
    network = nbhelpers.Network(2, [nbhelpers.Dense(2, "sigmoid")]).initialize("normal", seed=0)
    plain = np.array(MATRIX)
    assert network.predict(dress()).tobytes() == network.predict(plain).tobytes()
    assert network.gradient(plain, dress(), "mse").tobytes() == network.gradient(plain, plain, "mse").tobytes()
    assert nbhelpers.softmax(dress()).tobytes() == nbhelpers.softmax(plain).tobytes()
    assert nbhelpers.ssr.value(dress(), plain) == 0.0
    assert nbhelpers.split(dress(), plain)[0].tobytes() == nbhelpers.split(plain, plain)[0].tobytes()
    fitted = [nbhelpers.FeedForward(epochs=5).fit(X, plain).predict(plain) for X in (dress(), plain)]
    assert fitted[0].tobytes() == fitted[1].tobytes()


@pytest.mark.parametrize("rate", [np.float64(0.5), np.float32(0.5), np.array(0.5), Fraction(1, 2), Decimal("0.5")])
def test_a_number_in_another_dress_is_that_number(rate):
    assert nbhelpers.SGD(rate) == nbhelpers.SGD(0.5)


# What an error says of a value


@pytest.mark.parametrize("value, words", [
    (3, "3"), ("ssr", "'ssr'"), (10**5000, "an int whose text is no short line"), (Long(), "a Long whose text is"),
    (Bad(), "a Bad whose text is"), (np.zeros((200, 2)), "an array of shape (200, 2)"),
    ("x" * 1000, "a str whose text is"), ([[]] * 1000, "a list whose text is"),
    (type("a\nb", (), {})(), "an object whose"),
], ids=["int", "str", "digits", "long", "bad", "array", "text", "list", "kind"])
def test_a_value_is_said_in_a_few_words_on_one_line(value, words):
    assert shown(value).startswith(words) and len(shown(value)) < 120 and "\n" not in shown(value)


def test_of_a_value_whose_class_was_loaded_before_that_is_said():
    """In a notebook the module of a class may be loaded again, and its old instances are none of the new class."""
    old, new = (type("Kind", (), {"__module__": "lesson", "__repr__": lambda kind: "a kind"}) for _ in range(2))
    said = "a kind from before the package was loaded again; import it and make everything anew"
    assert shown(old(), new) == said and shown([old()], new) == "[a kind]" + said.removeprefix("a kind")
    assert shown(new(), new) == shown(old(), int) == "a kind"


# A function that gives its result later


class Promising:
    """Its methods are async, as those of a panel, an optimizer or an executor of somebody's."""

    still = moving = text = start = submit = __call__ = promises


def x_and_y():
    return nbhelpers.Network(2, [nbhelpers.Dense(2, "sigmoid")]), np.array(MATRIX), np.array(MATRIX)


def trained(**changes):
    return nbhelpers.train(*x_and_y(), **{"loss": "mse", "optimizer": "sgd", "epochs": 2} | changes)


def swept(**changes):
    job = {"build": lambda seed: x_and_y()[0], "X": MATRIX, "Y": MATRIX, "loss": "mse", "learning_rates": [0.1]}
    return nbhelpers.sweep(**job | {"seeds": [0], "epochs": 2} | changes)


def explored(panels=None, run=lambda: trained(), **more):
    return nbhelpers.Explorer(run, panels or [nbhelpers.panels.LossCurve()], **more)


class ReadyToStart:
    def start(self, parameters):
        return promises


ASYNC = {
    "gradient": lambda f: trained(gradient=f), "optimizer": lambda f: trained(optimizer=Promising()),
    "step": lambda f: trained(optimizer=ReadyToStart(), engine="numpy"),
    "check": lambda f: nbhelpers.check_gradient(*x_and_y(), "mse", f),
    "diagnose": lambda f: nbhelpers.diagnose(*x_and_y(), "mse", f), "build": lambda f: swept(build=f),
    "rates": lambda f: swept(optimizer=f), "executor": lambda f: swept(executor=Promising()),
    "audit loss": lambda f: nbhelpers.audit([[1.0]], f, lambda: [1.0]),
    "audit loss of two": lambda f: nbhelpers.audit([[1.0]], f, lambda: [1.0], X=MATRIX, Y=MATRIX),
    "audit step": lambda f: nbhelpers.audit([[1.0]], lambda: 1.0, step=f, learning_rate=1.0),
    "audit predict": lambda f: nbhelpers.audit([[1.0]], lambda: 1.0, lambda: [1.0], predict=f, X=MATRIX, Y=MATRIX),
    "numerical": lambda f: nbhelpers.numerical_gradient(f, [1.0]), "run": lambda f: explored(run=f),
    "activation": lambda f: nbhelpers.Activation("a", f, f), "loss": lambda f: nbhelpers.Loss("a", "a", f, f, True),
    "action": lambda f: explored(actions={"a": f}), "line": lambda f: explored(lines={"a": f}),
    "panel": lambda f: explored([Promising()]), "drawn": lambda f: nbhelpers.plots.draw([Promising()], trained()),
    "drawing": lambda f: nbhelpers.drawings.gradient(f, (1, 2), ["w", "b"]),
}


@pytest.mark.parametrize("function", [promises, partial(promises), Promising()], ids=["def", "partial", "object"])
@pytest.mark.parametrize("call", ASYNC.values(), ids=ASYNC.keys())
def test_an_async_function_is_refused_before_it_is_called(call, function):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises((TypeError, ValueError)) as caught:
            call(function)
        # What this call has left is young; to look at all that there is takes half a second.
        gc.collect(1)
    assert not warned and "\n" not in str(caught.value)


@pytest.mark.parametrize("check", [
    nbhelpers.exercises.single_neuron.check_slopes, nbhelpers.exercises.autoencoder.check_output_layer,
    nbhelpers.exercises.feed_forward.check_standardize, nbhelpers.exercises.audit.check_turned,
    nbhelpers.exercises.audit.check_third_loss,
])
def test_an_async_answer_is_named(check):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = check(promises)
        gc.collect(1)
    assert str(verdict) == "The checker needs your function itself, got an async one: write def alone."


# Sizes


@pytest.mark.parametrize("call, sentence", [
    (lambda: nbhelpers.one_hot(10**9), "units must be small enough for 4 GB of memory, got 1000000000, which takes 1"),
    (lambda: nbhelpers.Network(10**6, [nbhelpers.Dense(10**6, "relu")]), "inputs and the sizes of layers must be "),
    (lambda: nbhelpers.fibonacci(10**30), "samples must be a whole number from 2 to 1477"),
    (lambda: nbhelpers.Adam().start(10**10), "parameters must be small enough for 4 GB"),
    (lambda: nbhelpers.sweep(lambda seed: None, [[1.0]], [[1.0]], loss="mse", learning_rates=[1], seeds=range(10**12),
                             epochs=1), "seeds must have at most 1000000 entries"),
])
def test_sizes_that_cannot_be_had_are_said_before_they_are_tried(call, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        call()


def test_the_largest_fibonacci_number_that_is_allowed_is_finite_and_the_next_is_not():
    # F(1476) = 1.3e308 is the last below the largest float, 1.8e308.
    numbers = nbhelpers.fibonacci(1477)[1]
    assert np.isfinite(numbers).all() and float(numbers[-1, 0]) + float(numbers[-2, 0]) == np.inf
