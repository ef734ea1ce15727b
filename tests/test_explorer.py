"""The sliders, driven as a front end drives them: by setting the values of widgets."""

import asyncio
import re
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import pytest

from nbhelpers import SGD, Explorer, fibonacci, ssr, train
from nbhelpers.pictures import explorer as module
from nbhelpers.pictures.colors import BLUE
from nbhelpers.pictures.panels import Derivatives, Fit, Landscape
from nbhelpers.pictures.plots import draw
from nbhelpers.pictures.protocols import Still
from nbhelpers.published import single_neuron

NAMES = ["input weight", "bias", "output weight"]


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
        return Still("", (0.0, 20.0), (0.0, 50.0), xticks=(), yticks=())

    def moving(self, canvas, history, record):
        canvas.line(history.epochs, history.loss, BLUE)
        canvas.dots([history.epochs[record]], [history.loss[record]], BLUE, "D")

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
    from nbhelpers import Dense, Network, identity

    network = Network(1, [Dense(1, identity)]).initialize("normal", seed=seed)
    return train(network, *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=150)


def all_widgets(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_widgets(child)


def control(explorer, kind, description):
    """The one widget of `kind` in the explorer with this label."""
    (found,) = [w for w in all_widgets(explorer) if isinstance(w, kind) and w.description == description]
    return found


def slider_beside(explorer, box):
    """The slider that shares a row with `box`."""
    (row,) = [w for w in all_widgets(explorer) if box in getattr(w, "children", ()) and len(w.children) == 2]
    (slider,) = [w for w in row.children if w is not box]
    return slider


def scrubber(explorer):
    return control(explorer, ipywidgets.BoundedIntText, "record")


def svg(explorer):
    """The picture, parsed."""
    html = [w for w in all_widgets(explorer) if isinstance(w, ipywidgets.HTML) and "<svg" in w.value]
    return ElementTree.fromstring(html[-1].value)


def paths(explorer):
    """The lines that move."""
    moving = [part for part in svg(explorer).iter("svg") if part.get("class") == "nbh-moving"]
    return [path.get("d") for part in moving for path in part.iter("path") if "h0" not in path.get("d")]


def shown_status(explorer):
    """The words of the status line in the page."""
    (line,) = [w for w in all_widgets(explorer) if isinstance(w, ipywidgets.HTML) and "alert" in w.value]
    return "".join(ElementTree.fromstring(line.value).itertext())


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
    assert np.array_equal(explorer.history.theta, quick_run().theta) and explorer.ghost is None


def test_set_trains_again_with_the_new_settings():
    explorer = quick()
    status = explorer.set(learning_rate=0.005, seed=12, corrected=False)
    expected = quick_run(0.005, 12, False)
    assert np.array_equal(explorer.history.theta, expected.theta)
    assert status == explorer.status == f"SSR {expected.loss[-1]:.3g} after 20 steps"
    assert explorer.settings == {"learning_rate": 0.005, "seed": 12, "corrected": False}


def test_a_control_moved_by_hand_does_what_set_does():
    explorer = quick()
    control(explorer, ipywidgets.BoundedFloatText, "learning rate").value = 0.02
    assert np.array_equal(explorer.history.theta, quick_run(0.02).theta)
    control(explorer, ipywidgets.BoundedIntText, "seed").value = 4
    assert np.array_equal(explorer.history.theta, quick_run(0.02, 4).theta)
    control(explorer, ipywidgets.Checkbox, "corrected").value = False
    assert np.array_equal(explorer.history.theta, quick_run(0.02, 4, False).theta)


def test_a_choice_of_words_is_a_row_of_buttons_that_starts_at_the_first():
    explorer = quick(lambda gradient: run(gradient=gradient, epochs=5), gradient=["published", "corrected"])
    buttons = control(explorer, ipywidgets.RadioButtons, "gradient")
    assert explorer.settings == {"gradient": "published"}
    buttons.value = "corrected"
    assert np.array_equal(explorer.history.theta, run(gradient="corrected", epochs=5).theta)
    explorer.set(gradient="published")
    assert buttons.value == "published" and np.array_equal(explorer.history.theta, run(epochs=5).theta)


def test_many_words_are_a_list_that_opens():
    words = ["one", "two", "three", "four", "five"]
    explorer = quick(lambda word: run(epochs=1 + words.index(word)), word=words)
    control(explorer, ipywidgets.Dropdown, "word").value = "three"
    assert explorer.history.ended_at == 3 and explorer.set(word="five").endswith("after 5 steps")


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
    assert not np.array_equal(explorer.history.theta[1], explorer.ghost.theta[1])
    explorer.set(seed=12)
    assert np.array_equal(explorer.history.theta[0], single_neuron.initial_theta(12))


def test_the_slider_stands_by_the_number_in_its_box():
    explorer = quick()
    for kind, label, values in [
        (ipywidgets.BoundedFloatText, "learning rate", [0.5, 0.0123, 0.0001, 1.0]),
        (ipywidgets.BoundedIntText, "seed", [3, 50, 0]),
    ]:
        box = control(explorer, kind, label)
        slider = slider_beside(explorer, box)
        for value in values:
            box.value = value
            # The slider stands at the nearest of its steps, which lie a factor of 10 ** 0.05 apart.
            assert box.value == value and slider.value == pytest.approx(value, rel=10 ** 0.025 - 1)
        for value in values[::-1]:
            slider.value = value
            assert box.value == pytest.approx(value, rel=0.05)


def test_a_step_that_the_page_computes_with_another_last_bit_is_not_sent_back_to_it():
    explorer = quick(lambda learning_rate: run(learning_rate, epochs=1), learning_rate=(0.001, 0.01, 1.0))
    box = control(explorer, ipywidgets.BoundedFloatText, "learning rate")
    slider = slider_beside(explorer, box)
    for step in range(-59, 0):
        from_the_page = np.nextafter(10 ** (step * 0.05), 0)
        slider.value = from_the_page
        # What is sent back arrives late, and would pull the slider back against the hand.
        assert slider.value == from_the_page and box.value == float(f"{from_the_page:.2g}")


def test_the_slider_of_a_learning_rate_gives_two_significant_digits_from_end_to_end():
    explorer = quick(lambda learning_rate: run(learning_rate, epochs=1), learning_rate=(0.001, 0.01, 1.0))
    box = control(explorer, ipywidgets.BoundedFloatText, "learning rate")
    slider = slider_beside(explorer, box)
    assert isinstance(slider, ipywidgets.FloatLogSlider)
    assert slider.min == pytest.approx(-3) and slider.max == pytest.approx(0)
    seen = []
    for exponent in np.arange(-3, 0.001, slider.step):
        slider.value = 10**exponent
        assert re.fullmatch(r"[0.]*[1-9]\d?\.?0*", repr(box.value)), box.value
        assert explorer.settings["learning_rate"] == box.value == pytest.approx(10**exponent, rel=0.05)
        seen.append(box.value)
    assert seen == sorted(set(seen)) and seen[0] == 0.001 and seen[-1] == 1.0


def test_a_start_of_three_digits_is_kept_as_it_was_given():
    explorer = quick(lambda learning_rate: run(learning_rate, epochs=1), learning_rate=(0.0001, 0.0125, 1.0))
    assert explorer.settings == {"learning_rate": 0.0125}


RATE = "learning_rate must be a number at least 0.0001 and at most 1.0, got "


@pytest.mark.parametrize("bad, error, sentence", [
    ({"learning_rat": 0.1}, ValueError, "setting is not known: got 'learning_rat'; did you mean learning_rate?"),
    ({"learning_rate": 2}, ValueError, RATE + "2"),
    ({"learning_rate": -0.1}, ValueError, RATE + "-0.1"),
    ({"learning_rate": float("nan")}, ValueError, RATE + "nan"),
    ({"learning_rate": "fast"}, TypeError, RATE + "'fast'"),
    ({"seed": 51}, ValueError, "seed must be a whole number from 0 to 50, got 51"),
    ({"seed": 1.5}, TypeError, "seed must be a whole number from 0 to 50, got 1.5"),
    ({"corrected": "yes"}, (TypeError, ValueError), "corrected "),
    ({"corrected": None}, (TypeError, ValueError), "corrected "),
])
def test_a_setting_that_does_not_fit_is_refused_and_moves_nothing(bad, error, sentence):
    explorer = quick()
    before, history, status = explorer.settings, explorer.history, explorer.status
    # A good setting beside the bad one does not move either.
    with pytest.raises(error, match="^" + re.escape(sentence)):
        explorer.set(**{"seed": 3} | bad)
    assert explorer.settings == before and explorer.history is history and explorer.status == status


def test_a_word_that_is_no_choice_is_refused():
    explorer = quick(lambda gradient: run(gradient=gradient, epochs=5), gradient=["published", "corrected"])
    with pytest.raises(ValueError, match="gradient is not known: got 'correct'; did you mean corrected"):
        explorer.set(gradient="correct")


def test_a_list_of_numbers_is_a_choice_too():
    explorer = quick(lambda epochs: run(epochs=epochs), epochs=[5, 10, 20])
    assert explorer.set(epochs=10) == f"SSR {run(epochs=10).loss[-1]:.3g} after 10 steps"
    with pytest.raises((TypeError, ValueError), match="^epochs .*got 7"):
        explorer.set(epochs=7)


def test_the_ghost_is_the_run_before():
    explorer = quick()
    first = explorer.history
    explorer.set(learning_rate=0.02)
    assert explorer.ghost is first
    second = explorer.history
    explorer.set(seed=4)
    assert explorer.ghost is second


def test_the_ghost_is_in_the_picture_behind_the_run():
    explorer = quick()
    (before,) = paths(explorer)
    explorer.set(learning_rate=0.001)
    assert paths(explorer)[0] == before and len(paths(explorer)) == 2


def test_throughout_a_drag_the_ghost_is_the_run_from_before_the_drag(clock):
    explorer = quick()
    first, box = explorer.history, control(explorer, ipywidgets.BoundedFloatText, "learning rate")
    for value in (0.02, 0.03, 0.04):
        clock.now += 0.4
        box.value = value
        assert explorer.ghost is first
    last = explorer.history
    clock.now += 5
    box.value = 0.05
    assert explorer.ghost is last


def test_another_control_ends_the_drag(clock):
    explorer = quick()
    control(explorer, ipywidgets.BoundedFloatText, "learning rate").value = 0.02
    moved = explorer.history
    clock.now += 0.1
    control(explorer, ipywidgets.BoundedIntText, "seed").value = 12
    assert explorer.ghost is moved


def test_a_slow_training_run_does_not_end_the_drag(clock):
    def slow(learning_rate):
        clock.now += 3
        return run(learning_rate, epochs=2)

    explorer = quick(slow, learning_rate=(0.0001, 0.01, 1.0))
    first, box = explorer.history, control(explorer, ipywidgets.BoundedFloatText, "learning rate")
    for value in (0.02, 0.03, 0.04):
        box.value = value
        clock.now += 0.1
        assert explorer.ghost is first


def test_the_status_line_says_where_the_lesson_ends():
    # The loss of step 200 by the formula, from a run whose trace is compared with the recorded one elsewhere.
    input_weight, bias, output_weight = single_neuron.run().theta[-1]
    X, Y = fibonacci()
    loss = ((np.logaddexp(0, X * input_weight + bias) * output_weight - Y) ** 2).sum()
    explorer = quick(run, learning_rate=(0.001, 0.01, 0.1), gradient=["published", "corrected"])
    assert explorer.status == shown_status(explorer) == f"SSR {loss:.3g} after 200 steps" == "SSR 0.875 after 200 steps"


def test_the_scrubber_goes_back_over_the_training():
    explorer = quick()
    assert scrubber(explorer).min == 0 and scrubber(explorer).max == scrubber(explorer).value == 20
    scrubber(explorer).value = 5
    expected = f"SSR {explorer.history.loss[5]:.3g} after 5 of 20 steps"
    assert explorer.status == shown_status(explorer) == expected
    assert explorer.show(5) == expected
    assert explorer.show(-1) == f"SSR {explorer.history.loss[-1]:.3g} after 20 steps"
    assert explorer.show(0) == "SSR 39.5 after 0 of 20 steps"


def test_scrubbing_moves_the_marker_and_trains_nothing():
    calls = []
    explorer = quick(lambda **settings: calls.append(settings) or quick_run(**settings))
    (marker,) = [dot for dot in svg(explorer).iter("svg") if dot.get("class") == "nbh-dot"]
    at_the_end = marker.get("x")
    scrubber(explorer).value = 5
    (marker,) = [dot for dot in svg(explorer).iter("svg") if dot.get("class") == "nbh-dot"]
    assert marker.get("x") != at_the_end and len(calls) == 1


@pytest.mark.parametrize("record, error", [(21, ValueError), (-2, ValueError), (1.5, TypeError)])
def test_a_record_that_is_not_there_is_refused(record, error):
    with pytest.raises(error, match=f"^record must be a whole number from 0 to 20, got {record}"):
        quick().show(record)


def test_a_new_run_is_shown_at_its_end():
    explorer = quick(lambda epochs: run(epochs=epochs), epochs=(1, 20, 50))
    explorer.show(3)
    for epochs in (5, 50):
        explorer.set(epochs=epochs)
        assert scrubber(explorer).value == scrubber(explorer).max == epochs
        assert explorer.status.endswith(f"after {epochs} steps")


def played(explorer, while_playing):
    """The records shown from a press on the play button on, at every tick until nothing moves any more."""
    shown = []

    async def watch():
        scrubber(explorer).observe(lambda change: shown.append(change["new"]), "value")
        button(explorer).value = True
        await while_playing(shown)
        for _ in range(100):
            await asyncio.sleep(0)

    asyncio.run(watch())
    return shown


def button(explorer):
    (button,) = [w for w in all_widgets(explorer) if isinstance(w, ipywidgets.ToggleButton)]
    return button


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(module, "FRAME_SECONDS", 0)


async def nothing(shown):
    pass


def test_play_shows_every_record_from_the_start_and_lets_the_button_up(no_waiting):
    explorer = quick()
    assert button(explorer).description == "Play"
    assert played(explorer, nothing) == list(range(21))
    assert button(explorer).value is False and button(explorer).description == "Play"
    assert explorer.status.endswith("after 20 steps")


def test_play_goes_on_from_the_record_that_is_shown(no_waiting):
    explorer = quick()
    explorer.show(15)
    assert played(explorer, nothing) == list(range(16, 21))


def test_pause_stops_at_the_record_that_is_shown(no_waiting):
    explorer = quick()

    async def pause(shown):
        while len(shown) < 5:
            await asyncio.sleep(0)
        assert button(explorer).description == "Pause"
        button(explorer).value = False

    assert played(explorer, pause) == [0, 1, 2, 3, 4] and scrubber(explorer).value == 4


def test_play_pressed_again_at_once_does_not_play_twice(no_waiting):
    explorer = quick()

    async def press_again(shown):
        await asyncio.sleep(0)
        button(explorer).value = False
        button(explorer).value = True
        before = len(shown)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # Each tick shows one record more and not two.
        assert len(shown) - before <= 2

    assert played(explorer, press_again)[-1] == 20


def test_an_error_while_playing_is_in_the_status_line_and_lets_the_button_up(no_waiting):
    explorer = Explorer(quick_run, [Broken()])
    assert played(explorer, nothing) == [0, 1, 2] and explorer.record == 3
    assert button(explorer).value is False and explorer.status == "ZeroDivisionError: broken panel"


def test_a_long_run_is_played_in_a_limited_number_of_frames(no_waiting, monkeypatch):
    monkeypatch.setattr(module, "FRAMES", 5)
    assert played(quick(), nothing) == [0, 5, 10, 15, 20]


def test_divergence_is_a_sentence_with_the_step_it_happened_in():
    explorer = quick(line_run, learning_rate=(0.0001, 0.001, 10.0), seed=(0, 1, 9))
    explorer.set(learning_rate=1.0)
    assert explorer.history.stopped == "diverged"
    expected = f"SSR diverged at step {explorer.history.ended_at}: try a smaller learning rate"
    assert explorer.status == shown_status(explorer) == expected
    ElementTree.fromstring(ElementTree.tostring(svg(explorer)))
    explorer.show(1)
    assert explorer.status.startswith("SSR ") and f"after 1 of {explorer.history.ended_at} steps" in explorer.status
    assert explorer.set(learning_rate=0.001).endswith("after 150 steps")


def test_a_run_that_stopped_below_its_goal_says_so():
    def run_to(goal):
        return train(single_neuron.build(11), *fibonacci(), loss=ssr, optimizer=SGD(0.01), epochs=200, stop_below=goal)

    explorer = quick(run_to, goal=(0.1, 1.5, 30.0))
    assert explorer.history.stopped == "stop_below" and explorer.status == (
        f"SSR {explorer.history.loss[-1]:.3g} after {explorer.history.ended_at} steps, goal reached"
    )
    explorer.show(1)
    assert "goal" not in explorer.status
    assert explorer.set(goal=0.1).endswith("after 200 steps")


def test_a_run_that_ends_higher_than_it_began_is_called_so():
    explorer = quick(run, learning_rate=(0.001, 0.01, 0.5))
    # Here the neuron falls silent: it predicts 0 everywhere, and the squares of 0, 1, 1, 2, 3 and 5 add up to 40.
    assert explorer.set(learning_rate=0.1) == (
        "SSR 40 after 200 steps, more than 39.5 at the start: try a smaller learning rate"
    )


def failing_run(seed):
    if seed == 13:
        raise RuntimeError("no luck <here>")
    return run(seed=seed, epochs=5)


def test_an_error_in_a_run_is_in_the_status_line_and_reaches_the_caller():
    explorer = quick(failing_run, seed=(0, 11, 50))
    with pytest.raises(RuntimeError, match="no luck"):
        explorer.set(seed=13)
    assert explorer.status == shown_status(explorer) == "RuntimeError: no luck <here>"
    assert explorer.set(seed=12).endswith("after 5 steps")


def test_an_error_behind_a_moved_slider_is_in_the_status_line_too():
    explorer = quick(failing_run, seed=(0, 11, 50))
    box = control(explorer, ipywidgets.BoundedIntText, "seed")
    with pytest.raises(RuntimeError, match="no luck"):
        box.value = 13
    assert shown_status(explorer) == "RuntimeError: no luck <here>"
    box.value = 12
    assert shown_status(explorer).endswith("after 5 steps")


@pytest.mark.parametrize("triple", [(0.0, 0.1, 1.0), (0.2, 0.1, 1.0), (3, 9, 8)])
def test_a_slider_that_cannot_be_gets_a_sentence(triple):
    order = "rate must be (least, start, most) in this order, greater than 0 where they are not whole numbers"
    with pytest.raises(ValueError, match="^" + re.escape(f"{order}, got {triple}")):
        quick(lambda rate: quick_run(), rate=triple)


def test_an_error_in_the_first_run_reaches_the_caller():
    with pytest.raises(RuntimeError, match="no luck"):
        quick(failing_run, seed=(0, 13, 50))


def test_an_error_in_a_panel_is_in_the_status_line_too():
    explorer = Explorer(quick_run, [Broken()], seed=(0, 11, 50))
    with pytest.raises(ZeroDivisionError):
        scrubber(explorer).value = 3
    assert explorer.status == shown_status(explorer) == "ZeroDivisionError: broken panel"


def lesson():
    landscape = Landscape(0, 1, NAMES[:2], xlim=(-1.5, 2), ylim=(-1.5, 1.5), columns=6, rows=4)
    return Explorer(quick_run, [Fit(), landscape], learning_rate=(0.001, 0.01, 0.1), seed=(0, 11, 50))


def test_the_picture_is_well_formed_and_said_in_words():
    explorer = lesson()
    explorer.set(learning_rate=0.02)
    picture = svg(explorer)
    assert picture.get("role") == "img" and picture.get("aria-label") == explorer.text
    assert explorer.text.startswith(explorer.status + ". The prediction misses")
    assert [title.text for title in picture.iter("b")][0] == "data and prediction"
    # What is said follows the scrubber.
    explorer.show(2)
    assert svg(explorer).get("aria-label") == explorer.text and "after 2 of 20 steps" in explorer.text


def test_a_panel_that_also_draws_another_run_stays_as_it_is_in_the_sliders():
    panel = Fit()
    explorer = Explorer(quick_run, [panel], seed=(0, 11, 50))
    (before,) = paths(explorer)
    X, Y = fibonacci()
    draw([panel], train(single_neuron.build(1), 1000 * X, Y, loss=ssr, optimizer=SGD(1e-9), epochs=3))
    explorer.set(seed=12)
    explorer.set(seed=11)
    assert len(paths(explorer)) == 2 and paths(explorer)[1] == before


def test_names_with_quotes_and_angle_brackets_keep_the_picture_well_formed():
    explorer = Explorer(quick_run, [Derivatives([0, 1], ['<b> & "w"', "'"])], seed=(0, 11, 50))
    assert '<b> & "w"' in svg(explorer).get("aria-label")


def test_every_control_has_a_label_and_there_is_no_output_widget():
    widgets = list(all_widgets(quick()))
    assert not any(isinstance(widget, ipywidgets.Output) for widget in widgets)
    labels = [w.description for w in widgets if isinstance(w, (ipywidgets.BoundedFloatText, ipywidgets.BoundedIntText))]
    assert labels == ["learning rate", "seed", "record"]


def test_a_notebook_gets_the_live_sliders_and_a_still_with_its_text():
    explorer = lesson()
    explorer.show(3)
    bundle, metadata = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert bundle["text/plain"] == explorer.text == metadata["image/png"]["alt"]
    assert bundle["image/png"].startswith("iVBORw0KGgo") and bundle["image/png"] in bundle["text/html"]
    assert "after 3 of 20 steps" in bundle["text/html"]


def test_a_learner_hears_the_status_line_as_it_changes():
    explorer = quick()
    (line,) = [w for w in all_widgets(explorer) if isinstance(w, ipywidgets.HTML) and "alert" in w.value]
    before = line.value
    explorer.set(learning_rate=0.02)
    assert line.value != before and ElementTree.fromstring(line.value).get("role") == "alert"
