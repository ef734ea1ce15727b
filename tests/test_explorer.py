"""The sliders, asked as the page asks them: by messages, and answered by what the page reads."""

import asyncio
import builtins
import copy
import gc
import json
import pickle
import re
import subprocess
import sys
import threading
import time
import weakref
from html import unescape
from itertools import count
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from nbhelpers import SGD, Dense, Explorer, Network, fibonacci, identity, one_hot, plots, ssr, train
from nbhelpers.pictures import cells, worker
from nbhelpers.pictures import explorer as module
from nbhelpers.pictures.panels import Fit
from nbhelpers.pictures.protocols import Key, Still
from nbhelpers.published import autoencoder, single_neuron

from .environment import neutral


def run(learning_rate=0.01, seed=11, gradient="published", epochs=200):
    """The job of lesson 01."""
    chosen = single_neuron.gradient if gradient == "published" else None
    return train(
        single_neuron.build(seed), *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=epochs, gradient=chosen
    )


def quick_run(learning_rate=0.01, seed=11, corrected=True, epochs=20):
    return run(learning_rate, seed, "corrected" if corrected else "published", epochs)


class Plain:
    """The loss as a line with a marker at the record: a panel that is drawn in no time."""

    def still(self, history):
        return Still(title="loss", xlim=(0, 20), ylim=(0, 50))

    def moving(self, canvas, history, record):
        canvas.line(history.epochs, history.loss, "blue")
        canvas.dots([history.epochs[record]], [history.loss[record]], "blue", "D")

    def text(self, history, record):
        return "A line."


class Broken(Plain):
    def moving(self, canvas, history, record):
        if record == 3:
            raise ZeroDivisionError("broken panel")


def quick(function=quick_run, **settings):
    settings = settings or {"learning_rate": (0.0001, 0.01, 1.0), "seed": (0, 11, 50), "corrected": True}
    return Explorer(function, [Plain()], **settings)


def line_run(learning_rate, seed):
    """A neuron without an activation, which diverges with a learning rate that is too large."""
    network = Network(1, [Dense(1, identity)]).initialize("normal", seed=seed)
    return train(network, *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=150)


def long_run(learning_rate):
    """Seconds of training: the 8-3-8 autoencoder, online, without a goal."""
    network = Network(8, [Dense(3, "sigmoid"), Dense(8, "sigmoid")]).initialize("uniform", 0)
    return train(network, *one_hot(8), loss=ssr, optimizer=SGD(learning_rate), epochs=3_000_000, batch_size=1)


def ask(explorer, view="a page", id=1, **question):
    """What the page sends. Where no event loop runs, the answer is there when it returns."""
    explorer._handle_custom_msg({"view": view, "id": id, **question}, [])
    return explorer.shown


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns by hand."""
    class Clock:
        now = 1000.0

    monkeypatch.setattr(module, "monotonic", lambda: Clock.now)
    return Clock


def test_it_opens_with_the_run_of_its_first_settings():
    explorer = quick()
    assert explorer.settings == {"learning_rate": 0.01, "seed": 11, "corrected": True}
    assert np.array_equal(explorer.history.theta, quick_run().theta) and explorer.before is None


def test_set_trains_again_with_the_new_settings():
    explorer = quick()
    status = explorer.set(learning_rate=0.005, seed=12, corrected=False)
    expected = quick_run(0.005, 12, False)
    assert np.array_equal(explorer.history.theta, expected.theta)
    assert status == explorer.status == f"SSR {expected.loss[-1]:.3g} after 20 steps"
    assert explorer.settings == {"learning_rate": 0.005, "seed": 12, "corrected": False}


def test_what_the_page_asks_for_does_what_set_does():
    explorer = quick()
    ask(explorer, values={"learning_rate": 0.02})
    assert np.array_equal(explorer.history.theta, quick_run(0.02).theta)
    ask(explorer, values={"seed": 4, "corrected": False})
    assert np.array_equal(explorer.history.theta, quick_run(0.02, 4, False).theta)
    # JavaScript writes 1.0 as 1, and a learning rate is a float all the same.
    ask(explorer, values={"learning_rate": 1})
    assert type(explorer.settings["learning_rate"]) is float


def test_the_page_is_told_the_controls_in_json():
    explorer = quick(lambda rate, seed, word, on, line: run(rate, epochs=5), rate=(1, 2.5, 9), seed=(0, 3, 9),
                     word=["one", 2], on=True, line="hello")
    rate, seed, word, on, line = explorer.board["controls"]
    assert rate == {"name": "rate", "label": "rate", "kind": "number", "start": 2.5, "least": 1, "most": 9,
                    "decades": 0.05}
    assert module.control("learning_rate", (0.1, 1.0, 9.0)).describe()["label"] == "learning rate"
    even = module.control("value", (-2.0, 0.0, 2.0))
    assert even.describe()["decades"] is None and even.describe()["apart"] == 0.01 and even.check(-1.234) == -1.234
    assert seed["decades"] is None and (seed["least"], seed["start"], seed["most"]) == (0, 3, 9)
    assert word["kind"] == "choice" and word["entries"] == ["one", "2"] and word["start"] == 0
    assert on["kind"] == "switch" and line["kind"] == "text" and line["start"] == "hello"
    ask(explorer, values={"word": 1, "line": "there"})
    assert explorer.settings == {"rate": 2.5, "seed": 3, "word": 2, "on": True, "line": "there"}


def test_set_trains_once_however_many_settings_change():
    calls = []
    explorer = quick(lambda **settings: calls.append(settings) or quick_run(**settings))
    explorer.set(learning_rate=0.02, seed=4, corrected=False)
    assert len(calls) == 2 and calls[1] == {"learning_rate": 0.02, "seed": 4, "corrected": False}


def test_the_start_stays_the_same_while_the_learning_rate_moves_and_the_seed_changes_it():
    explorer = quick()
    start = explorer.history.theta[0].copy()
    explorer.set(learning_rate=0.3)
    assert np.array_equal(explorer.history.theta[0], start)
    assert not np.array_equal(explorer.history.theta[1], explorer.before.theta[1])
    explorer.set(seed=12)
    assert np.array_equal(explorer.history.theta[0], single_neuron.initial_theta(12))


def test_a_question_is_answered_to_the_view_that_asked():
    explorer = quick()
    assert ask(explorer, "left", 3, values={"seed": 4})["answers"] == {"left": 3}
    shown = ask(explorer, "right", 7, values={"seed": 5})
    assert shown["answers"] == {"left": 3, "right": 7}
    explorer.set(seed=6)
    # No question stays open.
    assert explorer.shown["answers"] == {"left": 3, "right": 7}
    assert explorer.values["seed"] == 6


RATE = "learning_rate must be a number at least 0.0001 and at most 1.0, got "


@pytest.mark.parametrize("bad, error, sentence", [
    ({"learning_rat": 0.1}, ValueError, "setting is not known: got 'learning_rat'; did you mean learning_rate?"),
    ({"learning_rate": 2}, ValueError, RATE + "2"),
    ({"learning_rate": float("nan")}, ValueError, RATE + "nan"),
    ({"learning_rate": "fast"}, TypeError, RATE + "'fast'"),
    ({"seed": 51}, ValueError, "seed must be a whole number from 0 to 50, got 51"),
    ({"seed": 1.5}, TypeError, "seed must be a whole number from 0 to 50, got 1.5"),
    ({"corrected": "yes"}, ValueError, "corrected is not known: got 'yes'"),
    ({"corrected": None}, ValueError, "corrected is not known: got None"),
])
def test_a_setting_that_does_not_fit_is_refused_and_moves_nothing(bad, error, sentence):
    explorer = quick()
    before, history, status = explorer.settings, explorer.history, explorer.status
    # A good setting beside the bad one does not move either.
    with pytest.raises(error, match="^" + re.escape(sentence)):
        explorer.set(**{"seed": 3} | bad)
    assert explorer.settings == before and explorer.history is history and explorer.status == status


KINDS = "rate must be a triple (least, start, most), a list to choose from, True, False or a text, got "
ORDER = "rate must be (least, start, most) in this order, greater than 0 where they are not whole numbers, got "


@pytest.mark.parametrize("start, error, sentence", [
    ((0.0, 0.1, 1.0), ValueError, ORDER + "(0.0, 0.1, 1.0)"),
    ((3, 9, 8), ValueError, ORDER + "(3, 9, 8)"),
    (("a", 1, 2), TypeError, "rate must be a finite number, got 'a'"),
    ((1, 2), TypeError, KINDS + "(1, 2)"),
    (None, TypeError, KINDS + "None"),
    ([], ValueError, "rate must be a list of different entries to choose from, got []"),
    (["a", "a"], ValueError, "rate must be a list of different entries to choose from, got ['a', 'a']"),
    ([1, 1.0], ValueError, "rate must be a list of different entries to choose from, got [1, 1.0]"),
    ([1, True], ValueError, "rate must be a list of different entries to choose from, got [1, True]"),
    ([None, "None"], ValueError, "rate must be a list of different entries to choose from, got [None, 'None']"),
])
def test_a_control_that_cannot_be_gets_a_sentence(start, error, sentence):
    with pytest.raises(error, match="^" + re.escape(sentence)):
        quick(lambda rate: quick_run(), rate=start)


async def promised_run(**settings):
    return quick_run(**settings)


def test_a_control_is_no_attribute_and_may_have_the_name_of_one():
    explorer = quick()
    with pytest.raises(AttributeError, match=r"^'learning_rate' is a control: write set\(learning_rate=...\) to move"):
        explorer.learning_rate = 0.3
    explorer = quick(lambda record, status: quick_run(), record=(0, 1, 2), status="a")
    assert explorer.set(record=2, status="b") == explorer.status and explorer.record == 20
    assert explorer.settings == {"record": 2, "status": "b"}


@pytest.mark.parametrize("name, way", [
    ("record", r"write show\(...\)"), ("history", r"write set\(...\)"), ("panels", "make another explorer"),
])
def test_what_is_shown_is_not_assigned_behind_the_back_of_the_page(name, way):
    explorer = quick()
    with pytest.raises(AttributeError, match=f"^'{name}' of Explorer cannot be set: {way}$"):
        setattr(explorer, name, getattr(explorer, name))


@pytest.mark.parametrize("settings, sentence", [
    ({"seed": (0, 1, 2**53 + 1)}, "seed must not reach so far, got "),
    ({"seed": (-(2**53) - 1, 0, 1)}, "seed must not reach so far, got "),
    ({"rate": (-1e308, 0.0, 1e308)}, "rate must not reach so far, got "),
    ({"a\0b": True}, "the name of a control must be one line of at most 200 letters"),
    ({"\ud800": True}, "the name of a control must be one line of at most 200 letters"),
])
def test_a_control_that_no_page_can_show_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        quick(lambda **_: quick_run(), **settings)


class Own(Plain):
    """A panel of one's own with a mistake in it."""

    def __init__(self, **mistake):
        vars(self).update(mistake)


STILL = {"title": "loss", "xlim": (0, 20), "ylim": (0, 50)}


def stands(**changes):
    return {"still": lambda history: Still(**STILL | changes)}


def draws(act):
    return {"moving": lambda canvas, history, record: act(canvas)}


MISTAKES = {
    "none": ({"still": lambda history: None}, "still of the panel Own must return a Still, got None"),
    "text": ({"text": lambda history, record: 3}, "what text of the panel Own returns must be a text, got 3"),
    "title": (stands(title=None), "title must be a text, got None"),
    "no limits": (stands(xlim=None), "xlim must be a list, got None"),
    "equal limits": (stands(xlim=(1, 1)), r"xlim of a Still must be \(low, high\), the lower one first, got \(1, 1\)"),
    "endless": (stands(ylim=(0, np.inf)), "each number of ylim must be a finite number, got inf"),
    "logarithm": (stands(xlog=True), r"xlim of a Still must be \(low, high\), .* greater than 0, got \(0, 20\)"),
    "legend": (stands(legend=("a",)), r"each of the legend must be a Key, got \['a'\]"),
    "color": (draws(lambda canvas: canvas.line([0, 1], [0, 1], "bleu")), "color is not known: got 'bleu'; did you "),
    "dashes": (draws(lambda canvas: canvas.line([0, 1], [0, 1], "blue", "--")), "dashes is not known: got '--'"),
    "legend of one": (stands(legend=Key("a", "blue")), r"legend must be a list, got Key\(.*\); write \[Key"),
    "color of a key": ({"still": lambda history: Key("a", "red")}, "color is not known: got 'red'"),
    "marks": (stands(marks=("a",)), r"each of the marks must be a Line or Dots or Words, got \['a'\]"),
    "ticks": (stands(xticks=(0, 10, 20)), r"xticks must be pairs of a place and a text, as .*, got \(0, 10, 20\)"),
    "labels": (stands(yticks=((0, 0),)), r"yticks must be pairs of a place and a text, as .*, got \(\(0, 0\),\)"),
    "place of a tick": (stands(xticks=[("a", "b")]), "each place of the xticks must be a finite number, got 'a'"),
    "tick at 0": (stands(ylim=(1, 9), ylog=True, yticks=[(0, "0")]), "each place of the yticks must be .* than 0, got"),
    "width": (draws(lambda canvas: canvas.line([0, 1], [0, 1], "blue", width="2")), "width must be a number at least"),
    "size": (draws(lambda canvas: canvas.dots([0, 1], [0, 1], "blue", size=-1)), "size must be a number at least"),
    "size of words": (draws(lambda canvas: canvas.text(0, 0, "a", None)), "size must be a number at least"),
    "shade": ({"still": lambda history: Key("a", "blue", shade=7)}, "shade is not known: got 7; choose one of 0, 1, 2"),
    "width of a key": ({"still": lambda history: Key("a", "blue", width="2")}, "width must be a number at least 0"),
    "no width": ({"still": lambda history: Key("a", "blue", width=None)}, "width must be a number at least"),
    "list of colors": (draws(lambda canvas: canvas.dots([0], [0], ["blue"])), r"color is not known: got \['blue'\]"),
    "lengths": (draws(lambda canvas: canvas.line([0, 1], [0], "blue")), "x and y must be lists of the same length, "),
    "columns": (draws(lambda canvas: canvas.line(np.eye(2), np.eye(2), "blue")), "x and y must be lists of the same "),
    "places": (draws(lambda canvas: canvas.dots(["a"], [0], "blue")), r"x must hold numbers only, got \['a'\]"),
    "label": ({"still": lambda history: Key(3, "blue")}, "label must be a text, got 3"),
    "place of words": (draws(lambda canvas: canvas.text([0, 1], 0, "a")), r"x must be one number, got \[0, 1\]"),
    "heights": (draws(lambda canvas: canvas.contours([1, 2], 0, 1, 0, 1, [1])), "values of a surface must have "),
    "no values": (draws(lambda canvas: canvas.surface([[]], 0, 1, 0, 1, 0, 1)), "values of a surface must have "),
    "values": (draws(lambda canvas: canvas.surface(np.ones(3), 0, 1, 0, 1, 0, 1)), "values of a surface must have "),
    "marker": (draws(lambda canvas: canvas.dots([0, 1], [0, 1], "blue", "x")), "marker is not known: got 'x'"),
    "words": (draws(lambda canvas: canvas.text(0, 0, 3)), "words must be a text, got 3"),
    "anchor": (draws(lambda canvas: canvas.text(0, 0, "a", anchor="left")), "anchor is not known: got 'left'"),
    "shades": (draws(lambda canvas: canvas.surface(np.eye(2), 0, 1, 0, 1, 0, 1, "hot")), "shades is not known: got "),
}


@pytest.mark.parametrize("mistake, sentence", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_panel_of_ones_own_is_said_by_both_renderers(mistake, sentence):
    history = quick_run()
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        Explorer(lambda seed: history, [Own(**mistake)], seed=(1, 2, 3))
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        plots.draw([Own(**mistake)], history)


def test_what_run_cannot_do_gets_a_sentence():
    with pytest.raises(TypeError, match="^run must be a function that trains and returns a History, got 3"):
        quick(3)
    with pytest.raises(TypeError, match="^run must be a function, got an async one, .*; write def in place of "):
        quick(promised_run)
    with pytest.raises(TypeError, match="^run must take the settings as its keywords, got the settings rate: .*'rate'"):
        quick(quick_run, rate=(1, 2, 3))
    with pytest.raises(TypeError, match="^run must take the settings as its keywords, got the settings seed: missing"):
        quick(line_run, seed=(1, 2, 3))
    with pytest.raises(TypeError, match="^run must return the History of its training, got None: end it with `return"):
        quick(lambda seed: None, seed=(1, 2, 3))
    with pytest.raises(ValueError, match="^a control of the group 'data' is not known: got 'noise'"):
        Explorer(quick_run, [Plain()], groups={"data": ["noise"]}, seed=(1, 2, 3))
    with pytest.raises(ValueError, match="^groups must have each control once at the most, got "):
        Explorer(quick_run, [Plain()], groups={"data": ["seed"], "more": ["seed"]}, seed=(1, 2, 3))
    with pytest.raises(ValueError, match="^the group 'data' of groups must have different entries, got "):
        Explorer(quick_run, [Plain()], groups={"data": ["seed", "seed"]}, seed=(1, 2, 3), corrected=True)
    with pytest.raises(ValueError, match="^lines must have other names than actions, got 'share' in both"):
        Explorer(quick_run, [Plain()], actions={"share": print}, lines={"share": print}, seed=(1, 2, 3))


ITSELF = "^run and panels must not move their own explorer: take its set and show out of them"


@pytest.mark.parametrize("move", [lambda explorer: explorer.set(seed=3), lambda explorer: explorer.show(0)])
def test_a_run_that_moves_its_own_explorer_is_refused(move):
    made = []

    def moving_run(seed):
        for explorer in made:
            move(explorer)
        return quick_run(seed=seed)

    made.append(quick(moving_run, seed=(0, 11, 50)))
    [explorer] = made
    with pytest.raises(RuntimeError, match=ITSELF):
        explorer.set(seed=12)
    assert explorer.status.startswith("RuntimeError: run and panels must not") and explorer.settings == {"seed": 12}
    assert ask(explorer, values={"seed": 13})["rest"] == explorer.status

    explorer.show(-1)

    async def in_the_kernel(shown):
        ask(explorer, id=2, values={"seed": 14})
        await end_of(explorer)

    assert in_a_loop(explorer, in_the_kernel)[-1]["rest"] == explorer.status


def test_two_explorers_that_move_each_other_in_their_runs_are_refused_too():
    made = {}

    def run_and_move(other):
        def moving_run(seed):
            if len(made) == 2:
                made[other].set(seed=seed)
            return quick_run(seed=seed)

        return moving_run

    made |= {name: quick(run_and_move(other), seed=(0, 11, 50)) for name, other in ("ab", "ba")}
    with pytest.raises(RuntimeError, match=ITSELF):
        made["a"].set(seed=12)


def test_a_panel_that_moves_its_own_explorer_is_refused():
    made = []

    class Moving(Plain):
        def moving(self, canvas, history, record):
            for explorer in made:
                explorer.show(0)

    made.append(Explorer(quick_run, [Moving()], seed=(0, 11, 50)))
    with pytest.raises(RuntimeError, match=ITSELF):
        made[0].show(3)


def test_one_explorer_may_move_another_in_its_run_and_in_an_observer():
    other = quick()
    explorer = quick(lambda seed: other.set(seed=seed) and quick_run(seed=seed), seed=(0, 11, 50))
    explorer.set(seed=12)
    assert other.settings["seed"] == 12
    other.observe(lambda change: explorer.show(0), "shown")
    other.set(seed=13)
    assert explorer.record == 0


def one_network():
    return Network(1, [Dense(1, identity)]).initialize("normal", seed=0)


def trained(network, learning_rate):
    return train(network, *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=3)


def test_a_run_that_trains_one_network_on_and_on_is_refused():
    network = one_network()
    explorer = quick(lambda learning_rate: trained(network, learning_rate), learning_rate=(1e-5, 1e-3, 1e-2))
    first = explorer.history
    for _ in range(2):
        with pytest.raises(ValueError, match="^run must start anew at each call, but it trains one network"):
            explorer.set(learning_rate=1e-4)
        assert explorer.history is first and explorer.status.startswith("ValueError: run must start anew")
    assert ask(explorer, values={"learning_rate": 1e-3})["word"] == "error"


def test_a_run_that_leaves_its_network_elsewhere_every_time_is_refused():
    network = one_network()

    def shaken(learning_rate):
        history = trained(network, learning_rate)
        network.theta *= 0.9
        return history

    explorer = quick(shaken, learning_rate=(1e-5, 1e-3, 1e-2))
    for _ in range(2):
        with pytest.raises(ValueError, match="^run must start anew at each call, but it trains one network"):
            explorer.set(learning_rate=1e-4)


START = one_network().theta.copy()


def set_back(learning_rate, kept=one_network()):  # noqa: B008
    kept.theta = START
    return trained(kept, learning_rate)


def set_back_at_the_end(learning_rate, kept=one_network()):  # noqa: B008
    history = trained(kept, learning_rate)
    kept.theta = START
    return history


def set_back_at_the_end_to_another_start(learning_rate, kept=one_network().initialize("normal", seed=1)):  # noqa: B008
    return set_back_at_the_end(learning_rate, kept)


def drawn_anew(learning_rate, kept=one_network()):  # noqa: B008
    return trained(kept.initialize("normal", seed=round(1e5 * learning_rate)), learning_rate)


def remembered(learning_rate, known={}, kept=one_network()):  # noqa: B006, B008
    if learning_rate not in known:
        kept.theta = START
        known[learning_rate] = trained(kept, learning_rate)
    return known[learning_rate]


def at_rest(learning_rate, kept=one_network()):  # noqa: B008
    return train(kept, [[0.0]], kept.predict([[0.0]]), loss=ssr, optimizer=SGD(learning_rate), epochs=3)


def of_a_copy(learning_rate, kept=one_network()):  # noqa: B008
    return trained(kept.copy(), learning_rate)


@pytest.mark.parametrize("legal", [
    set_back, set_back_at_the_end, set_back_at_the_end_to_another_start, drawn_anew, remembered, at_rest, of_a_copy,
])
def test_a_run_that_starts_anew_may_keep_what_it_likes(legal):
    explorer = quick(legal, learning_rate=(1e-5, 1e-3, 1e-2))
    for rate in (1e-4, 1e-3, 1e-3, 1e-2, 1e-4):
        assert "Error" not in explorer.set(learning_rate=rate)


def test_the_run_before_is_what_a_run_is_compared_with():
    explorer = quick()
    first = explorer.history
    assert "before" not in explorer.shown["picture"] or explorer.before is None
    explorer.set(learning_rate=0.02)
    assert explorer.before is first
    second = explorer.history
    explorer.set(seed=4)
    assert explorer.before is second


def test_throughout_a_drag_it_is_the_run_from_before_the_drag(clock):
    explorer = quick()
    first = explorer.history
    for value in (0.02, 0.03, 0.04):
        clock.now += 0.4
        ask(explorer, values={"learning_rate": value})
        assert explorer.before is first
    last = explorer.history
    clock.now += 5
    ask(explorer, values={"learning_rate": 0.05})
    assert explorer.before is last


def test_another_control_ends_the_drag_and_a_slow_training_does_not(clock):
    def slow(learning_rate, seed):
        clock.now += 3
        return run(learning_rate, seed, epochs=2)

    explorer = quick(slow, learning_rate=(0.0001, 0.01, 1.0), seed=(0, 11, 50))
    first = explorer.history
    for value in (0.02, 0.03):
        ask(explorer, values={"learning_rate": value})
        clock.now += 0.1
        assert explorer.before is first
    moved = explorer.history
    ask(explorer, values={"seed": 12})
    assert explorer.before is moved


def test_a_run_that_is_kept_stays_until_it_is_let_go():
    explorer = quick()
    assert ask(explorer, keep=True)["kept"] is True
    kept = explorer.history
    for seed in (1, 2, 3):
        ask(explorer, values={"seed": seed})
        assert explorer.before is kept
    last = explorer.history
    assert ask(explorer, keep=False)["kept"] is False and explorer.before is None
    ask(explorer, values={"seed": 4})
    assert explorer.before is last


def test_the_status_line_says_where_the_lesson_ends():
    # The loss of step 200 by the formula, from a run whose trace is compared with the recorded one elsewhere.
    input_weight, bias, output_weight = single_neuron.run().theta[-1]
    X, Y = fibonacci()
    loss = ((np.logaddexp(0, X * input_weight + bias) * output_weight - Y) ** 2).sum()
    explorer = quick(run, learning_rate=(0.001, 0.01, 0.1), gradient=["published", "corrected"])
    assert explorer.status == f"SSR {loss:.3g} after 200 steps" == "SSR 0.875 after 200 steps"
    shown = explorer.shown
    assert (shown["word"], shown["loss"], shown["rest"]) == ("learning", "SSR 0.875", "after 200 steps")


def test_the_scrubber_goes_back_over_the_training_and_trains_nothing():
    calls = []
    explorer = quick(lambda **settings: calls.append(settings) or quick_run(**settings))
    assert explorer.times == {"unit": "step", "epochs": list(range(21))}
    at_the_end = explorer.shown["picture"]
    shown = ask(explorer, record=5)
    assert explorer.status == f"SSR {explorer.history.loss[5]:.3g} after 5 of 20 steps"
    assert shown["record"] == 5 and shown["picture"] != at_the_end and len(calls) == 1
    # A page that has not heard of a shorter run yet.
    assert ask(explorer, record=1000)["record"] == 20 and ask(explorer, record=5)["record"] == 5
    assert explorer.show(5) == explorer.status
    assert explorer.show(-1) == f"SSR {explorer.history.loss[-1]:.3g} after 20 steps"
    assert explorer.show(0) == "SSR 39.5 after 0 of 20 steps"


@pytest.mark.parametrize("record, error", [(21, ValueError), (-2, ValueError), (1.5, TypeError)])
def test_a_record_that_is_not_there_is_refused(record, error):
    with pytest.raises(error, match=f"^record must be a whole number from -1 to 20, got {record}"):
        quick().show(record)


def test_a_new_run_is_shown_at_its_end():
    explorer = quick(lambda epochs: run(epochs=epochs), epochs=(1, 20, 50))
    explorer.show(3)
    for epochs in (5, 50):
        shown = ask(explorer, values={"epochs": epochs})
        assert shown["record"] == len(explorer.times["epochs"]) - 1 == epochs
        assert explorer.status.endswith(f"after {epochs} steps")


def failing_run(seed):
    if seed == 13:
        raise RuntimeError("no luck <here>")
    return run(seed=seed, epochs=5)


def test_an_error_in_a_run_is_in_the_status_line_and_reaches_the_caller():
    explorer = quick(failing_run, seed=(0, 11, 50))
    with pytest.raises(RuntimeError, match="no luck"):
        explorer.set(seed=13)
    assert explorer.status == explorer.shown["rest"] == "RuntimeError: no luck <here>"
    assert explorer.shown["word"] == "error" and explorer.set(seed=12).endswith("after 5 steps")


class Speechless(Exception):
    """An error whose own text raises another."""

    def __str__(self):
        raise ZeroDivisionError("not this one")


def test_an_error_whose_text_raises_is_the_one_that_is_seen():
    def speechless_run(seed):
        if seed == 13:
            raise Speechless
        return run(seed=seed, epochs=5)

    explorer = quick(speechless_run, seed=(0, 11, 50))
    with pytest.raises(Speechless):
        explorer.set(seed=13)
    assert explorer.status == explorer.shown["rest"] == "Speechless, whose own text raises an error"
    assert explorer.set(seed=12).endswith("after 5 steps")


def test_an_error_behind_a_moved_slider_answers_the_page():
    explorer = quick(failing_run, seed=(0, 11, 50))
    picture = explorer.shown["picture"]
    shown = ask(explorer, id=8, values={"seed": 13})
    assert shown["picture"] == picture and "<svg" in picture
    assert shown["rest"] == "RuntimeError: no luck <here>" and shown["answers"] == {"a page": 8}
    assert ask(explorer, id=9, values={"seed": 12})["rest"].endswith("after 5 steps")


@pytest.mark.parametrize("error", [RuntimeError("no luck"), KeyboardInterrupt(), SystemExit()], ids=repr)
@pytest.mark.parametrize("by_page", [False, True])
def test_an_error_stays_until_a_run_of_the_settings_that_are_set_is_shown(error, by_page):
    def sometimes(seed):
        if seed == 13:
            raise error
        return run(seed=seed, epochs=5)

    explorer = quick(sometimes, seed=(0, 11, 50))
    with pytest.raises(type(error)):
        if by_page:
            explorer._asked(None, {"values": {"seed": 13}, "view": "a page", "id": 1}, None)
        else:
            explorer.set(seed=13)
    # The picture is that of seed 11, also where one plays through it.
    explorer.show(2)
    said = f"{type(error).__name__}: {error}"
    assert explorer.settings == {"seed": 13} and explorer.status == explorer.shown["rest"] == said
    assert explorer.shown["word"] == "error" and explorer.text.startswith(said)
    assert explorer.set(seed=12).startswith("SSR ") and explorer.show(2).startswith("SSR ")


def test_an_error_in_the_first_run_reaches_the_caller():
    with pytest.raises(RuntimeError, match="no luck"):
        quick(failing_run, seed=(0, 13, 50))


def test_an_error_in_a_panel_is_in_the_status_line_too():
    explorer = Explorer(quick_run, [Broken()], seed=(0, 11, 50))
    with pytest.raises(ZeroDivisionError):
        explorer.show(3)
    assert explorer.status == "ZeroDivisionError: broken panel" == explorer.shown["rest"]


def test_groups_keep_their_order_in_a_notebook_that_is_saved():
    # nbformat writes the keys of a dictionary in the order of the alphabet.
    groups = {"network": ["seed"], "data": ["noise"]}
    explorer = Explorer(
        lambda seed, noise: quick_run(seed=seed), [Plain()], seed=(0, 11, 50), noise=False, groups=groups
    )
    saved = json.loads(json.dumps(explorer.board, sort_keys=True))
    assert saved["groups"] == [["network", ["seed"]], ["data", ["noise"]]]


def test_buttons_and_lines_call_their_functions_and_show_what_they_say():
    explorer = Explorer(
        quick_run, [Plain()], seed=(0, 11, 50), groups={"start": ["seed"]},
        actions={"judge": lambda explorer: f"seed {explorer.settings['seed']} is right"},
        lines={"share": lambda explorer, line: explorer.set(seed=int(line))},
    )
    assert explorer.board["groups"] == [["start", ["seed"]]]
    assert explorer.board["actions"] == ["judge"] and explorer.board["lines"] == ["share"]
    assert ask(explorer, action="judge")["note"] == "seed 11 is right"
    assert ask(explorer, action="share", line="12")["note"] == explorer.status
    assert explorer.settings == {"seed": 12}
    shown = ask(explorer, action="share", line="a lie")
    assert shown["word"] == "error" and "invalid literal" in shown["rest"]
    assert ask(explorer, values={"seed": 1})["note"] == ""


@pytest.mark.parametrize("move", [lambda explorer: explorer.set(seed=12), lambda explorer: explorer.show(3)],
                         ids=["set", "show"])
def test_an_answer_does_not_stay_below_the_picture_that_a_cell_moved_on(move):
    explorer = Explorer(quick_run, [Plain()], seed=(0, 11, 50), actions={"judge": lambda _: "seed 11 is right"})
    ask(explorer, action="judge")
    move(explorer)
    assert explorer.shown["note"] == ""


def test_an_answer_that_the_interrupt_button_ends_is_answered():
    def interrupted(explorer):
        raise KeyboardInterrupt

    explorer = Explorer(quick_run, [Plain()], seed=(0, 11, 50), actions={"judge": interrupted})
    # In a kernel that answers in its main thread; a page that hears nothing asks nothing any more.
    with pytest.raises(KeyboardInterrupt):
        ask(explorer, id=4, action="judge")
    assert explorer.shown["answers"] == {"a page": 4} and explorer.shown["rest"].startswith("KeyboardInterrupt")
    assert ask(explorer, id=5, values={"seed": 12})["rest"].endswith("after 20 steps")


def in_a_loop(explorer, until, seconds=20):
    """Run the coroutine function `until`(shown), `shown` being a growing list of all that the page is given."""
    shown = []

    async def watch():
        explorer.observe(lambda change: shown.append(change["new"]), "shown")
        await asyncio.wait_for(until(shown), seconds)

    asyncio.run(watch())
    return shown


async def end_of(explorer):
    while explorer._worker.busy:
        await asyncio.sleep(0.005)


def test_in_the_kernel_a_move_trains_beside_the_event_loop_and_gives_the_same():
    threads = []
    explorer = quick(lambda **settings: threads.append(threading.current_thread()) or quick_run(**settings))

    async def move(shown):
        ask(explorer, values={"learning_rate": 0.02})
        await end_of(explorer)

    threads.clear()
    [answer] = in_a_loop(explorer, move)
    assert threads[0] is not threading.main_thread() and answer["word"] == "learning"
    # Python does not wait for such a thread where it ends in the middle of a long run.
    assert threads[0].daemon
    assert np.array_equal(explorer.history.theta, quick_run(0.02).theta)


def test_where_the_system_gives_no_thread_a_move_trains_at_once_and_the_next_one_asks_again(monkeypatch):
    threads = []
    explorer = quick(lambda **settings: threads.append(threading.current_thread()) or quick_run(**settings))

    def none_left(_):
        # What Python says where a limit such as `ulimit -u` is reached.
        raise RuntimeError("can't start new thread")

    async def move(shown):
        with monkeypatch.context() as limit:
            limit.setattr(threading.Thread, "start", none_left)
            assert ask(explorer, values={"learning_rate": 0.02})["word"] == "learning"
        ask(explorer, values={"learning_rate": 0.03})
        await end_of(explorer)

    threads.clear()
    assert len(in_a_loop(explorer, move)) == 2
    assert [thread is threading.main_thread() for thread in threads] == [True, False]
    assert np.array_equal(explorer.history.theta, quick_run(0.03).theta)


@pytest.fixture(scope="module")
def long():
    """An explorer over a long job; only its first run is short."""
    first = iter([lambda learning_rate: quick_run(learning_rate)])
    return quick(lambda learning_rate: next(first, long_run)(learning_rate), learning_rate=(0.1, 1.0, 10.0))


def test_a_long_job_shows_what_it_has_and_is_abandoned_for_a_newer_move(long):
    async def drag(shown):
        for step in range(1, 6):
            count = len(shown)
            ask(long, id=step, values={"learning_rate": 1 + step / 10})
            while len(shown) == count:
                await asyncio.sleep(0.001)
        long._worker.cancel()

    shown = in_a_loop(long, drag)
    # One picture for each move, and none of them waits for three million epochs.
    assert [answer["answers"]["a page"] for answer in shown] == [1, 2, 3, 4, 5]
    assert all(answer["word"] == "learning" and answer["rest"].endswith(" so far") for answer in shown)
    assert long.history.stopped == "running" and long.before.stopped == "epochs"


def test_a_run_that_is_kept_while_it_grows_is_kept_to_its_end_and_no_run_before_or_behind_it():
    def slow_run(seed, epochs):
        start = Network(1, [Dense(1, identity)]).initialize("normal", seed=seed)
        return train(start, *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=epochs,
                     gradient=lambda theta, X, Y: time.sleep(0.001) or theta)

    explorer = quick(slow_run, seed=(0, 1, 2), epochs=(1, 1, 200))

    async def move(shown):
        ask(explorer, id=1, values={"epochs": 200})
        while not shown:
            await asyncio.sleep(0.001)
        assert explorer.history.stopped == "running"
        ask(explorer, id=2, keep=True)
        await end_of(explorer)
        assert explorer.before is explorer.history and explorer.before.stopped == "epochs"
        ask(explorer, id=3, values={"seed": 2})
        await end_of(explorer)

    shown = in_a_loop(explorer, move)
    assert any(answer["kept"] and answer["rest"].endswith(" so far") for answer in shown)
    assert np.array_equal(explorer.before.theta, slow_run(1, 200).theta)
    assert np.array_equal(explorer.history.theta, slow_run(2, 200).theta)


def test_set_while_a_long_job_runs_has_the_last_word():
    explorer = quick(lambda learning_rate: (long_run if learning_rate > 5 else quick_run)(learning_rate),
                     learning_rate=(0.0001, 0.01, 10.0))

    async def move(shown):
        ask(explorer, id=5, values={"learning_rate": 10})
        while not shown:
            await asyncio.sleep(0.001)
        explorer.set(learning_rate=0.01)
        await asyncio.sleep(0.2)

    shown = in_a_loop(explorer, move)
    assert explorer.status.endswith("after 20 steps") and shown[-1]["answers"] == {"a page": 5}


def test_a_scrubber_that_is_moved_while_a_job_runs_is_not_torn_away(long):
    async def move(shown):
        ask(long, id=1, values={"learning_rate": 2})
        while not shown:
            await asyncio.sleep(0.001)
        ask(long, id=2, record=0)
        while len(shown) < 4:
            await asyncio.sleep(0.001)
        long._worker.cancel()

    assert [answer["record"] for answer in in_a_loop(long, move)[1:]] == [0, 0, 0]


def test_moves_that_come_while_a_job_runs_are_trained_in_its_thread():
    first = iter([lambda learning_rate: quick_run(learning_rate)])
    explorer = quick(lambda learning_rate: next(first, long_run)(learning_rate), learning_rate=(0.1, 1.0, 10.0))
    before = {*threading.enumerate()}

    async def move(shown):
        for rate in (2, 3, 4):
            ask(explorer, values={"learning_rate": rate})
        assert len({*threading.enumerate()} - before) == 1
        explorer._worker.cancel()

    in_a_loop(explorer, move)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a process of its own")
def test_a_job_that_is_given_up_leaves_the_interrupt_button_to_the_next_cell(long):
    import signal

    async def move(shown):
        before, long._worker._main = signal.getsignal(signal.SIGINT), asyncio.get_running_loop()
        ask(long, values={"learning_rate": 5})
        while not shown:
            await asyncio.sleep(0.001)
        assert signal.getsignal(signal.SIGINT) != before
        long._worker.cancel()
        # Once the loop of the kernel has come by.
        await asyncio.sleep(0.01)
        assert signal.getsignal(signal.SIGINT) == before

    in_a_loop(long, move)


def test_a_result_that_comes_while_set_is_at_work_is_not_shown_after_it():
    explorer = quick()
    job, worker = (lambda: None), explorer._worker
    worker._newest = job
    with worker.lock:
        late = threading.Thread(target=worker._hand_over, args=(job, quick_run(0.5)))
        late.start()
        explorer.set(learning_rate=0.02)
    late.join()
    assert np.array_equal(explorer.history.theta, quick_run(0.02).theta)


def test_an_error_in_the_thread_is_in_the_status_line_and_in_the_log(caplog):
    explorer = quick(failing_run, seed=(0, 11, 50))

    async def move(shown):
        ask(explorer, values={"seed": 13})
        await end_of(explorer)

    assert in_a_loop(explorer, move)[-1]["rest"] == "RuntimeError: no luck <here>"
    assert "no luck" in caplog.text


def test_exit_in_a_run_ends_the_run_and_not_the_kernel():
    explorer = quick(lambda seed: sys.exit("bye") if seed == 13 else quick_run(seed=seed), seed=(0, 11, 50))

    async def move(shown):
        ask(explorer, values={"seed": 13})
        await end_of(explorer)

    assert in_a_loop(explorer, move)[-1]["rest"] == "SystemExit: bye"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a process of its own")
def test_the_interrupt_button_stops_a_long_job_with_what_it_has(long):
    import signal

    before = signal.getsignal(signal.SIGINT)

    async def interrupt(shown):
        # As where it is made in a cell: the kernel's event loop is the main thread's.
        long._worker._main = asyncio.get_running_loop()
        ask(long, values={"learning_rate": 3})
        while not shown:
            await asyncio.sleep(0.001)
        signal.raise_signal(signal.SIGINT)
        await end_of(long)

    assert in_a_loop(long, interrupt)[-1]["word"] == "stopped"
    assert long.history.stopped == "interrupted" and signal.getsignal(signal.SIGINT) == before


def test_what_is_made_in_a_cell_knows_the_loop_of_the_kernel():
    async def made():
        return worker.Worker(print)._main is asyncio.get_running_loop()

    assert asyncio.run(made()) and worker.Worker(print)._main is None


def test_the_published_run_of_many_parts_is_shown_as_one(compiled_loop):
    seen = []
    explorer = quick(lambda seed: autoencoder.run(seed, epochs=60_000, final_error=1e-9), seed=(0, 0, 9))

    async def move(shown):
        explorer.observe(lambda change: seen.append(explorer.times["epochs"]), "shown")
        ask(explorer, values={"seed": 1})
        await end_of(explorer)

    shown = in_a_loop(explorer, move)
    assert shown[0]["rest"].endswith("so far")
    # The records of the first parts, and all that follow.
    assert all(epochs[:17] == list(range(17)) and np.all(np.diff(epochs) > 0) for epochs in seen)
    assert seen[-1][-1] == 60_000


def test_the_picture_is_said_in_words():
    explorer = Explorer(quick_run, [Fit()], learning_rate=(0.001, 0.01, 0.1))
    explorer.set(learning_rate=0.02)
    assert explorer.text.startswith(explorer.status + ". The prediction misses")
    explorer.show(2)
    label = re.search('role="img" aria-label="([^"]*)"', explorer.shown["picture"])[1]
    assert unescape(label) == explorer.text and "after 2 of 20 steps" in explorer.text


def test_printed_or_in_a_box_without_widgets_it_is_its_text():
    explorer = quick()
    assert str(explorer) == repr(explorer) == explorer.text
    assert repr(ipywidgets.VBox([explorer])) == f"VBox(children=({explorer.text},))"


def test_a_run_that_failed_says_so_in_the_picture():
    explorer = quick(line_run, learning_rate=(0.0001, 0.001, 10.0), seed=(0, 1, 9))
    assert ">diverged<" not in explorer.shown["picture"]
    explorer.set(learning_rate=1.0)
    advice = "try a smaller learning rate, and check the gradient"
    assert explorer.status == f"SSR diverged at step {explorer.history.ended_at}: {advice}"
    assert ">diverged<" in explorer.shown["picture"] and explorer.shown["advice"] == advice


def test_a_notebook_gets_the_live_sliders_and_a_still_with_its_text(monkeypatch):
    explorer = quick()
    explorer.show(3)
    monkeypatch.delenv("NBHELPERS_STILL_PNG", raising=False)
    bundle, metadata = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert bundle["text/plain"] == explorer.text and "image/png" not in bundle
    assert "<svg" in bundle["text/html"] and "Run this cell, and the sliders come alive." in bundle["text/html"]


def test_a_committed_notebook_has_the_still_as_png(monkeypatch):
    explorer = Explorer(quick_run, [Fit()], learning_rate=(0.001, 0.01, 0.1))
    monkeypatch.setenv("NBHELPERS_STILL_PNG", "1")
    bundle, metadata = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.text == metadata["image/png"]["alt"]
    assert bundle["image/png"].startswith("iVBORw0KGgo") and bundle["image/png"] in bundle["text/html"]
    assert "Run this cell, and the sliders come alive." in bundle["text/html"]


def test_the_sliders_load_neither_matplotlib_nor_pandas(tmp_path):
    code = (
        "import sys\n"
        "from nbhelpers import Explorer, panels\n"
        "from nbhelpers.published import single_neuron\n"
        "views = [panels.Fit(), panels.LossCurve(), panels.Landscape(0, 1, ['w', 'b'], xlim=(-2, 2), ylim=(-2, 2))]\n"
        "explorer = Explorer(single_neuron.run, views, learning_rate=(0.0001, 0.01, 1.0))\n"
        "explorer.set(learning_rate=0.1), explorer._repr_mimebundle_()\n"
        "print({'matplotlib', 'pandas', 'scipy'} & sys.modules.keys())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=neutral(tmp_path), capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_explorer_is_not_copied_and_its_history_is(copied):
    explorer = quick()
    with pytest.raises(TypeError, match="^Explorer cannot be copied or pickled, it belongs to a page; make another"):
        copied(explorer)
    assert copied(explorer.history)


def test_it_is_one_widget():
    before = len(ipywidgets.widgets.widget._instances)
    explorer = quick()
    # The second is the layout that ipywidgets gives to each.
    assert len(ipywidgets.widgets.widget._instances) - before <= 2
    explorer.close()
    assert len(ipywidgets.widgets.widget._instances) == before


def test_a_closed_explorer_opens_again_where_it_is_displayed_again():
    explorer = quick()
    explorer.close()
    bundle, _ = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert explorer.comm is not None and explorer.set(seed=3).endswith("after 20 steps")


@pytest.mark.parametrize("box", [ipywidgets.VBox, ipywidgets.Tab])
def test_a_closed_explorer_opens_again_in_a_box(box):
    explorer = quick()
    explorer.close()
    around = box([explorer])
    assert around.get_state()["children"] == [f"IPY_MODEL_{explorer.model_id}"] and explorer.comm is not None
    assert explorer.layout.comm is not None and explorer.set(seed=3).endswith("after 20 steps")
    around.close()


@pytest.fixture
def cell(monkeypatch):
    """Says which cell runs, and for which time."""
    now = ["", ""]
    monkeypatch.setattr(cells, "_now", lambda: tuple(now))

    def at(name, execution):
        now[:] = name, execution

    return at


def test_a_cell_that_is_run_again_frees_the_explorer_before(cell):
    cell("first", "1")
    old, beside = quick(), quick()
    old._repr_mimebundle_(), beside._repr_mimebundle_()
    assert old.comm is not None and beside.comm is not None
    cell("first", "2")
    new = quick()
    new._repr_mimebundle_()
    assert old.comm is None and beside.comm is None and new.comm is not None
    gone = weakref.ref(old)
    del old
    gc.collect()
    assert gone() is None


def test_the_cell_and_its_execution_are_those_of_the_message_that_the_kernel_answers(monkeypatch):
    message = {"metadata": {"cellId": "first"}, "header": {"msg_id": "7"}}
    monkeypatch.setattr(builtins, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: message), raising=False)
    explorer = quick()
    explorer._repr_mimebundle_()
    assert explorer.places == {"first": "7"}
    explorer.close()


def test_an_explorer_that_stands_in_another_cell_too_stays(cell):
    cell("first", "1")
    old = quick()
    old._repr_mimebundle_()
    cell("second", "2")
    old._repr_mimebundle_()
    cell("first", "3")
    new = quick()
    new._repr_mimebundle_()
    assert old.comm is not None
    cell("second", "4")
    new._repr_mimebundle_()
    assert old.comm is None and new.comm is not None


def test_an_explorer_that_stands_in_a_box_too_stays(cell):
    cell("first", "1")
    old = quick()
    old._repr_mimebundle_()
    box = ipywidgets.Accordion([old])
    cell("first", "2")
    quick()._repr_mimebundle_()
    assert old.comm is not None
    # No more than any other, where the box is closed.
    cell("second", "3")
    old._repr_mimebundle_()
    box.close()
    cell("second", "4")
    quick()._repr_mimebundle_()
    assert old.comm is None


MEMORY = """
import gc, psutil
gc.collect()
print(psutil.Process().memory_info().rss)
"""


def test_a_hundred_runs_of_a_cell_take_less_than_ten_megabytes(tmp_path):
    pytest.importorskip("psutil")
    manager, client = start_new_kernel(env=neutral(tmp_path))
    printed = []

    def execute(code, cell):
        message = client.session.msg("execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
        })
        message["metadata"]["cellId"] = cell
        client.shell_channel.send(message)
        while True:
            reply = client.get_iopub_msg(timeout=60)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if reply["msg_type"] == "stream":
                printed.append(reply["content"]["text"])
            assert reply["msg_type"] != "error", reply["content"]
            if reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
                return

    explorer = (
        "from nbhelpers import Explorer, panels\nfrom nbhelpers.published import single_neuron\n"
        "explorer = Explorer(single_neuron.run, [panels.Fit(), panels.LossCurve()], learning_rate=(0.001, 0.01, 1.0))\n"
        "explorer"
    )
    try:
        for _ in range(10):
            execute(explorer, "a cell")
        execute(MEMORY, "another")
        for _ in range(100):
            execute(explorer, "a cell")
        execute(MEMORY, "another")
        execute("import ipywidgets; print(len(ipywidgets.widgets.widget._instances))", "another")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    before, after, widgets = map(int, "".join(printed).split())
    assert widgets == 2 and after - before < 10e6, (before, after)


def test_a_part_of_a_run_is_delivered_before_the_next_one_is_asked_for(monkeypatch):
    delivered, part = [], single_neuron.run(epochs=3)
    vars(part)["stopped"] = "running"
    watched = worker.Worker(delivered.append)
    job = watched._newest = object()
    posted = []
    monkeypatch.setattr(watched, "_post", lambda job, part: posted.append(part))
    # Between two looks at the clock ten seconds go by.
    monkeypatch.setattr(worker, "monotonic", count(step=10).__next__)
    watch = watched._watcher(job)
    for _ in range(3):
        watch(lambda: part)
    assert posted == [part]
    watched._hand_over(job, posted[0])
    watch(lambda: part)
    assert delivered == [part] and posted == [part, part]
