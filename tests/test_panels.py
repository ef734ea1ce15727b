"""What holds for every panel: the same numbers by both renderers, two cues, and nothing kept about a run."""

from functools import cache, partial
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from nbhelpers import SGD, Dense, Network, fibonacci, iris, mse, panels, split, ssr, train
from nbhelpers.pictures.colors import LIGHT, SHADES
from nbhelpers.pictures.panels.curves import log_span, span
from nbhelpers.pictures.plots import lay_out
from nbhelpers.pictures.scales import Scale, scales
from nbhelpers.pictures.svg import _axes
from nbhelpers.published import and_net, autoencoder, feed_forward, or_net, single_neuron

from .canvas import drawn, drawn_as_svg, moving, same_on_both_canvases, shapes_in_svg

X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = split(*iris())


# Two runs each, which differ where they can: in their data, their networks and the number of their records.
@cache
def neurons():
    X, Y = fibonacci()
    other = train(single_neuron.build(3), 2 * X[:4] - 9, 3 * Y[:4], loss=ssr, optimizer=SGD(0.001), epochs=9)
    return single_neuron.run(epochs=40), other


@cache
def autoencoders():
    return autoencoder.run(seed=1, hidden=3, epochs=200), autoencoder.run(seed=2, hidden=1, epochs=50)


@cache
def gates():
    first = train(and_net.build(0), *and_net.rows(0), loss=mse, optimizer=SGD(1e-3), epochs=20)
    return first, train(or_net.build(1, 8, True), *or_net.data(), loss=mse, optimizer=SGD(0.5), epochs=90)


@cache
def networks():
    deep = Network(1, [Dense(2, "tanh"), Dense(3, "tanh", bias=False), Dense(2, "identity")])
    X, Y = np.zeros((2, 1)), np.zeros((2, 2))
    return gates()[1], train(deep.initialize("normal", 0), X, Y, loss=mse, optimizer=SGD(0.001), epochs=2)


@cache
def flowers():
    X, Y = 3 * X_TRAIN[:60], Y_TRAIN[:60]
    other = train(feed_forward.build(1, (4, 2, 3)), X, Y, loss=mse, optimizer=SGD(0.1), epochs=9)
    return feed_forward.run(hidden=5, epochs=40), other


@cache
def tables():
    table = pd.DataFrame({"learning_rate": [0.1, 0.1, 0.5], "seed": [0, 1, 0], "loss": [0.2, 0.02, 0.001]})
    return table, table[:2].assign(loss=[5.0, np.nan])


# Every panel, and the runs that it is tried with.
PANELS = {
    "Angle": (panels.Angle, neurons),
    "Codes": (panels.Codes, autoencoders),
    "Columns": (lambda: panels.Columns("derivative"), tables),
    "Cube": (panels.Cube, autoencoders),
    "Derivatives": (lambda: panels.Derivatives([0, 1, 2], ["a", "b", "c"]), neurons),
    "Diagram": (panels.Diagram, networks),
    "FinalLosses": (lambda: panels.FinalLosses("MSE", limit=0.06), tables),
    "Fit": (panels.Fit, neurons),
    "HiddenWeights": (lambda: panels.HiddenWeights(2, "petal length"), flowers),
    "Landscape": (lambda: panels.Landscape(0, 1, [*"ab"], (-1.5, 2), (-1.5, 1.5), columns=8, rows=6), neurons),
    "LearningCurves": (lambda: panels.LearningCurves(X_TEST, Y_TEST), flowers),
    "LogLossCurve": (lambda: panels.LogLossCurve(goal=1.0), autoencoders),
    "LossCurve": (panels.LossCurve, neurons),
    "LossCurves": (lambda: panels.LossCurves(dict(zip("ab", neurons()))), neurons),
    "Predictions": (panels.Predictions, gates),
    "Regions": (lambda: panels.Regions(2, 3, ["length", "width"], ["A", "B", "C"], columns=8, rows=6), flowers),
    "Square": (lambda: panels.Square(cells=8), gates),
}
every_panel = pytest.mark.parametrize("name", panels.__all__)

# These would hide the run that is shown, if they drew another one behind it, or have their own runs.
WITHOUT_A_RUN_BEFORE = {"Codes", "Columns", "Diagram", "FinalLosses", "LossCurves", "Regions"}


def records(history):
    return [0, len(history) // 2, len(history) - 1]


@every_panel
def test_both_canvases_draw_the_same_shapes_in_the_same_places(name):
    make, runs = PANELS[name]
    shapes = {False: 0, True: 0}
    for history in runs():
        panel = make()
        still, (_, (ax,)) = panel.still(history), lay_out([panel], history)
        for record, before in product(records(history), shapes):
            shapes[before] += same_on_both_canvases(moving(panel, history, record), ax, still, before)
    assert (shapes[False] == 0) == (name in ("Columns", "FinalLosses"))
    assert (shapes[True] == 0) == (name in WITHOUT_A_RUN_BEFORE)


def fixed(still, canvas):
    for mark in still.marks:
        mark.draw(canvas)


@every_panel
def test_both_renderers_have_the_same_limits_ticks_and_fixed_marks(name):
    make, runs = PANELS[name]
    for history in runs():
        panel = make()
        still, (_, (ax,)) = panel.still(history), lay_out([panel], history)
        assert (ax.get_xlim(), ax.get_ylim()) == (still.xlim, still.ylim)
        assert (ax.get_xscale() == "log", ax.get_yscale() == "log") == (still.xlog, still.ylog)
        assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == (still.title, still.xlabel, still.ylabel)
        marks = shapes_in_svg(drawn_as_svg(partial(fixed, still), still))
        artists = sum(len(line.get_xdata()) if line.get_linestyle() == "None" else 1 for line in ax.lines)
        assert len(marks) == artists + len(ax.texts)
        if not still.frame:
            continue
        svg = ElementTree.fromstring(f"<svg>{_axes(still)}</svg>")
        ticks = [text for text in svg.iter("text") if "nbh-tick" in text.get("class")]
        for axis, place, begin, mine in (
            (ax.xaxis, "x", 0, [t for t in ticks if t.get("x").endswith("%")]),
            (ax.yaxis, "y", 1, [t for t in ticks if not t.get("x").endswith("%")]),
        ):
            assert [tick.text for tick in mine] == [label.get_text() for label in axis.get_ticklabels()]
            values = axis.get_ticklocs()
            points = np.column_stack([values, np.ones_like(values)][:: 1 - 2 * begin])
            parts = (ax.transData + ax.transAxes.inverted()).transform(points)[:, begin]
            shown = [float(tick.get(place)[:-1]) / 100 for tick in mine]
            np.testing.assert_allclose(shown, 1 - parts if begin else parts, atol=1e-4)


@pytest.mark.parametrize("name", ["Angle", "Derivatives", "LossCurve", "LossCurves"])
def test_all_of_a_run_with_few_records_lies_inside_and_ends_near_the_right_edge(name):
    run = train(single_neuron.build(), *fibonacci(), loss="ssr", optimizer=SGD(0.001), epochs=100, record=3)
    panel = panels.LossCurves({"a": run}) if name == "LossCurves" else PANELS[name][0]()
    left, right = panel.still(run).xlim
    assert run.epochs.tolist() == [0, 50, 100] and -10 < left <= 0 and 100 <= right < 110


def test_all_angles_lie_inside_with_a_little_room():
    low, high = panels.Angle().still(neurons()[0]).ylim
    assert -10 < low < 0 and 180 < high < 190


@every_panel
def test_a_panel_says_which_argument_it_does_not_have(name):
    make, _ = PANELS[name]
    kind = type(make())
    with pytest.raises(TypeError, match=f"^{name} has no argument 'zzz'; {name} takes "):
        kind(zzz=1)


def test_the_angle_of_every_record_is_drawn_over_its_epoch():
    run, _ = neurons()
    canvas = drawn(panels.Angle(), run, 3)
    ((epochs, angles, *_),), ((epoch, angle, *_),) = canvas.lines, canvas.markers
    assert (epoch, angle) == (run.epochs[3], run.angles[3])
    assert np.array_equal(epochs, run.epochs) and np.array_equal(angles, run.angles) and np.ptp(angles) > 1


def test_the_angle_has_its_line_at_90_degrees_and_a_run_of_its_own_stays_at_its_end():
    run, _ = neurons()
    still = panels.Angle().still(run)
    ((line,), ticks) = still.marks, still.yticks
    assert (line.x, line.y) == (still.xlim, (90.0, 90.0))
    assert ticks == ((0.0, "0"), (45.0, "45"), (90.0, "90"), (135.0, "135"), (180.0, "180"))
    short = train(single_neuron.build(), *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=9, record=3)
    ((epoch, *_),) = drawn(panels.Angle(short), run, 7).markers
    assert epoch == short.epochs[-1] == 9


def test_the_run_of_an_angle_is_a_history():
    with pytest.raises(TypeError, match=r"^run must be a History or None, got \[1.0\]"):
        panels.Angle([1.0])


def run_with(gradients):
    """A run without a change, whose own gradient are `gradients` where the right one is (4, 4) times 1, a step each."""
    network, steps = Network(2, [Dense(1, "identity", bias=False)]), iter(gradients)
    run = train(network, np.full((1, 2), 2.0), [[-1.0]], loss=ssr, optimizer=SGD(1e-300), epochs=1)
    vars(run)["gradient"] = np.array([next(steps) for _ in range(len(run))])
    return run


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1, 1e200, 1e300])
def test_an_angle_does_not_depend_on_the_length_of_a_gradient(size):
    run = run_with([(size, 0.0), (-size, -size)])
    np.testing.assert_array_equal(run.right_gradient, [[4.0, 4.0]] * 2)
    np.testing.assert_allclose(run.angles, [45, 180])


@pytest.mark.parametrize("degrees, said", [(0.4, "below 0.5 degrees"), (1.2, "1 degrees")])
def test_an_angle_is_said_from_half_a_degree_on(degrees, said):
    turned = np.radians(45 + degrees)
    text = panels.Angle().text(run_with([(np.cos(turned), np.sin(turned)), (4.0, 4.0)]), 0)
    assert text.startswith(f"Angle to the right gradient: {said} at the start")


def test_of_a_gradient_that_has_no_direction_no_angle_is_said():
    said = panels.Angle().text(run_with([(np.inf, 0.0), (4.0, 0.0)]), 0)
    assert said == "Angle to the right gradient: none at the start, none at step 0, 45 degrees at the most."


def test_a_plane_is_tall_and_a_loss_has_a_logarithmic_axis_with_a_grid():
    stills = {name: make().still(runs()[0]) for name, (make, runs) in PANELS.items()}
    assert {name for name, still in stills.items() if still.tall} == {"Cube", "Landscape", "Regions", "Square"}
    for name in ("Columns", "LearningCurves", "LogLossCurve", "LossCurve", "LossCurves"):
        assert stills[name].ylog and stills[name].grid
    assert stills["FinalLosses"].ylog


@pytest.mark.parametrize("name", ["Diagram", "Predictions", "Square"])
def test_what_has_a_fixed_place_lies_inside_with_a_little_room(name):
    make, runs = PANELS[name]
    for history in runs():
        still, canvas = make().still(history), drawn(make(), history, 0)
        x = np.concatenate([np.atleast_1d(x) for x, *_ in (*canvas.markers, *canvas.words)])
        assert still.xlim[0] < x.min() - 0.1 and x.max() + 0.1 < still.xlim[1]
        assert still.ylim[0] < 0 and 1 < still.ylim[1]


def test_a_landscape_has_twenty_to_forty_cells_to_each_side():
    ((heights, *_),) = drawn(panels.Landscape(0, 1, ["a", "b"], (-1.5, 2), (-1.5, 1.5)), neurons()[0], 0).surfaces
    assert all(20 <= length <= 40 for length in heights.shape)


def test_derivatives_of_parameters_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="^this panel shows parameter 7, got a network of 3; count from 0"):
        panels.Derivatives([7], ["w"]).still(neurons()[0])


@every_panel
def test_own_ticks_are_two_to_six_and_lie_inside(name):
    make, runs = PANELS[name]
    for history in runs():
        still = make().still(history)
        for scale, own in zip(scales(still), (still.xticks, still.yticks)):
            places = scale([place for place, _ in scale.ticks])
            assert own is not None or 2 <= len(places) <= 6
            assert ((places >= -1e-6) & (places <= 1 + 1e-6)).all()


@every_panel
def test_a_run_before_is_named_in_the_legend_where_it_is_drawn_and_brings_no_surface(name):
    make, runs = PANELS[name]
    panel, history = make(), runs()[0]
    shapes = shapes_in_svg(drawn_as_svg(moving(panel, history, -1), panel.still(history), before=True))
    assert (len(shapes) > 0) == panel.still(history).before == (name not in WITHOUT_A_RUN_BEFORE)
    assert "surface" not in [kind for kind, *_ in shapes]


def test_a_panel_with_a_run_of_its_own_draws_no_run_before():
    run, other = neurons()
    assert drawn(panels.Angle(), other, -1, before=True).lines
    panel = panels.Angle(run, "angle")
    assert not panel.still(other).before and not drawn(panel, other, -1, before=True).lines


def gray(color):
    return float(np.dot(to_rgb(color), (0.299, 0.587, 0.114)))


def in_gray(key):
    """All of a Key that is left without color: its dashes, its marker and the shade that it stands on, coarsely."""
    shade = None
    if key.shade is not None:
        hue, opacity = SHADES["classes"][key.shade]
        shade = round((1 - opacity * (1 - gray(hue))) / 0.04)
    return key.dashes, key.marker, shade


@every_panel
def test_without_color_all_entries_of_a_legend_are_told_apart(name):
    make, runs = PANELS[name]
    for history in runs():
        still = make().still(history)
        keys = [in_gray(key) for key in still.legend]
        assert len(set(keys)) == len(keys) and "before" not in [key.dashes for key in still.legend]
        assert all(key.color in LIGHT for key in still.legend)


OTHERS = [
    ("Fit", gates, "1 input and 1 output, got 2 and 1"), ("Square", neurons, "2 inputs and 1 output, got 1 and 1"),
    ("Predictions", neurons, "2 inputs and 1 output, got 1 and 1"), ("Regions", neurons, "3 classes"),
    ("HiddenWeights", neurons, "feature 2, got"), ("LearningCurves", neurons, "4 features, got a network with 1"),
    ("FinalLosses", neurons, "a table, got History"), ("Columns", neurons, "a table, got History"),
]


@pytest.mark.parametrize("make, sentence", [
    (lambda: panels.Landscape(1, 1, ["w", "b"], (0, 1), (0, 1)), "across and up must be different, got 1 for both"),
    (lambda: panels.Regions(2, 2, ["w", "b"], ["A", "B"]), "across and up must be different, got 2 for both"),
    (lambda: panels.Derivatives([0, 1, 0], ["w", "b", "v"]), "indices must be one or more different numbers, got "),
    (lambda: panels.Derivatives([], []), "indices must be one or more different numbers, got "),
    (lambda: panels.Derivatives([0, 1], ["w", "w"]), "names must have different entries, got "),
    (lambda: panels.Landscape(0, 1, ["w", "w"], (0, 1), (0, 1)), "names must have different entries, got "),
    (lambda: panels.Regions(0, 1, ["w", "b"], ["A", "A"]), "classes must have different entries, got "),
    (lambda: panels.Regions(0, 1, ["w", "b", "v"], ["A", "B"]), "names must have at most 2 entries, got "),
    (lambda: panels.FinalLosses("MSE", 1).still(tables()[0].drop(columns="seed")), "this panel shows a table with"),
    (lambda: panels.FinalLosses("MSE", 1).still(tables()[0].assign(seed=np.nan)), "the table's learning rates and "),
    (lambda: panels.Landscape(0, 3, [*"abcd"], (0, 1), (0, 1)).still(neurons()[0]), "this panel shows parameters"),
])
def test_what_a_panel_cannot_use_is_refused(make, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        make()


def test_losses_that_are_texts_are_refused_by_their_name():
    with pytest.raises(TypeError, match="^the losses of the table must hold numbers only"):
        panels.FinalLosses("MSE", 1).still(tables()[0].assign(loss="low"))


@pytest.mark.parametrize("name, runs, words", OTHERS, ids=[name for name, *_ in OTHERS])
def test_what_a_panel_cannot_show_it_refuses_in_one_sentence(name, runs, words):
    make, _ = PANELS[name]
    with pytest.raises((ValueError, TypeError), match=f"^this panel .*{words}.*; .*[^.]$"):
        make().still(runs()[0])


def still_parts(panel, history):
    return [panel.still(history)]


def moving_parts(panel, history):
    return [vars(drawn(panel, history, record, before)) for record in records(history) for before in (False, True)]


def sentences(panel, history):
    return [panel.text(history, record) for record in records(history)]


CALLS = (still_parts, moving_parts, sentences)


@every_panel
def test_a_panel_that_two_runs_share_draws_each_as_if_it_were_alone(name):
    make, runs = PANELS[name]
    a, b = runs()
    alone = {}
    for history in (a, b):
        panel = make()
        alone |= {(call, id(history)): call(panel, history) for call in CALLS}
    shared = make()
    kept = dict(vars(shared))
    for call, history in [*product(CALLS[::-1], (a, b)), *product(CALLS, (b, a))]:
        np.testing.assert_equal(call(shared, history), alone[call, id(history)])
    assert vars(shared).keys() == kept.keys() and all(vars(shared)[key] is value for key, value in kept.items())


def test_data_too_far_apart_for_an_axis_are_refused_in_a_sentence():
    far = np.array([[-1e308], [1e308]])
    network, Y = Network(1, [Dense(1, "identity")]), np.array([[0.0], [1.0]])
    history = train(network, far, Y, loss=mse, optimizer=SGD(), epochs=2)
    with pytest.raises(ValueError, match="^(each number of )?xlim "):
        lay_out([panels.Fit()], history)


def test_the_least_loss_that_is_drawn_has_an_axis():
    low, high = log_span([1e-310])
    assert 0 < low < high and span([1e17, 1e17], 0.05)[0] < 1e17 < span([1e17, 1e17], 0.05)[1]
    low, high = span([0, 5e-324], 0.05)
    assert low <= 0 < high and len(Scale((low, high), False).ticks) > 1
