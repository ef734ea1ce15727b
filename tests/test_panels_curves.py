"""The panels of lesson 01: curves and the landscape hold the figures of the run, and their sentences say them."""

import re

import numpy as np
import pytest

from nbhelpers import SGD, Dense, Network, fibonacci, ssr, train
from nbhelpers.pictures.colors import BLUE, VERMILLION
from nbhelpers.pictures.panels import Derivatives, Fit, Landscape, LossCurve
from nbhelpers.pictures.panels.curves import log_span
from nbhelpers.pictures.plots import draw
from nbhelpers.pictures.png import levels_of
from nbhelpers.published import single_neuron

from .canvas import drawn

NAMES = ["input weight", "bias", "output weight"]
LANDSCAPE = Landscape(0, 1, NAMES[:2], xlim=(-1.5, 2), ylim=(-1.5, 1.5), columns=8, rows=6)


@pytest.fixture(scope="module")
def history():
    return single_neuron.run()


def test_the_curve_of_the_fit_is_the_prediction(history):
    ((x, y, *_),) = drawn(Fit(), history, 50).lines
    # Step 50 of the recorded trace: input weight, bias, output weight.
    expected = np.logaddexp(0, 1.1019242520258374 * x + 0.45026606476615144) * 0.80868783159851
    np.testing.assert_allclose(y, expected, rtol=1e-9)
    # From one side of the panel to the other.
    assert (x[0], x[-1]) == Fit().still(history).xlim and x[0] < 0 and x[-1] > 5 and len(x) > 30


def test_the_loss_curve_is_the_recorded_loss_with_a_marker_at_the_record(history):
    canvas = drawn(LossCurve(), history, 50)
    ((x, y, *_),), ((at, height, color, *_),) = canvas.lines, canvas.markers
    assert np.array_equal(x, range(201)) and np.array_equal(y, history.loss)
    assert (at[0], height[0], color) == (50, history.loss[50], VERMILLION)


def test_the_derivatives_are_drawn_as_far_as_the_record(history):
    canvas = drawn(Derivatives([0, 2], ["input weight", "output weight"]), history, 50)
    (even, one, *_), (odd, one_odd, *_), (_, other, *_), (_, other_odd, *_) = canvas.lines
    assert np.array_equal(even, range(0, 51, 2)) and np.array_equal(odd, range(1, 51, 2))
    assert [color for _, _, color, *_ in canvas.lines] == [BLUE, BLUE, VERMILLION, VERMILLION]
    # The derivatives that the document prints for step 50 and 51 are those at records 49 and 50.
    np.testing.assert_allclose([one_odd[-1], one[-1]], [-13.593600809524405, 13.785773028563879], rtol=1e-9)
    np.testing.assert_allclose([other_odd[-1], other[-1]], [-24.496455996008784, 24.366746158948036], rtol=1e-9)


def test_the_landscape_is_the_logarithm_of_the_loss_on_a_grid(history):
    canvas = drawn(LANDSCAPE, history, 50)
    ((heights, *_),) = canvas.surfaces
    assert heights.shape == (6, 8)
    # The cell of row 2 and column 5 has its center at input weight -1.5 + 5.5 * 3.5 / 8 and bias -1.5 + 2.5 * 3 / 6.
    input_weight, bias, output_weight = -1.5 + 5.5 * 3.5 / 8, -1.5 + 2.5 * 3 / 6, 0.80868783159851
    misses = np.logaddexp(0, input_weight * history.X + bias) * output_weight - history.Y
    assert heights[2, 5] == pytest.approx(np.log10((misses**2).sum()), rel=1e-9)
    x, y, *_ = canvas.lines[-1]
    assert np.array_equal(x, history.theta[:51, 0]) and np.array_equal(y, history.theta[:51, 1])


def test_the_landscape_has_six_contours_in_two_powers_of_ten_and_its_words_in_the_corner_at_the_right(history):
    canvas = drawn(Landscape(0, 1, NAMES[:2], xlim=(-10, 10), ylim=(-20, 60)), history, 50)
    ((heights, *_),) = canvas.surfaces
    levels = heights.min() + np.arange(1, 10) / 3
    assert heights.max() > levels[7]
    # Each is one line, and the path is the last one.
    assert len(canvas.lines) == 6 + 1
    ((x, y, _),) = canvas.words
    assert 9 < x < 10 and -17 < y < -12


def test_the_landscape_asks_the_loss_with_the_outputs_first_and_names_what_it_holds_where_there_is_room():
    X, Y = np.array([[0.5, 1.0], [-1.0, 2.0]]), np.array([[0.0], [1.0]])
    names = ["w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c"]
    network = Network(2, [Dense(2, "tanh"), Dense(1, "sigmoid")]).initialize("normal", 1)
    run = train(network, X, Y, loss="binary_cross_entropy", optimizer=SGD(0.1), epochs=2)
    canvas = drawn(Landscape(0, 1, names, xlim=(-1, 1), ylim=(-1, 1), columns=2, rows=2), run, 1)
    theta = run.theta[1].copy()
    theta[:2] = 0.5, -0.5
    P = 1 / (1 + np.exp(-(np.tanh(X @ theta[:4].reshape(2, 2) + theta[4:6]) @ theta[6:8, None] + theta[8])))
    ((heights, *_),) = canvas.surfaces
    assert heights[0, 1] == pytest.approx(np.log10(-np.log(np.where(Y, P, 1 - P)).mean()), rel=1e-9)
    assert [words for *_, words in canvas.words] == ["7 others held"]
    # Three names find room, and four do not.
    for bias, said in ((False, "v1 .*, v2 .*, v3 .* held"), (True, "4 others held")):
        network = Network(2, [Dense(1, "tanh", bias=False), Dense(3, "identity", bias=False)])
        network = network if not bias else Network(2, [Dense(1, "tanh"), Dense(3, "identity", bias=False)])
        run = train(network, X, np.hstack([Y, Y, Y]), loss="mse", optimizer=SGD(0.1), epochs=1)
        panel = Landscape(0, 1, ["w1", "w2", *["b"] * bias, "v1", "v2", "v3"], xlim=(-1, 1), ylim=(-1, 1))
        ((*_, found),) = drawn(panel, run, 1).words
        assert re.fullmatch(said, found)


def test_where_the_loss_is_no_number_the_landscape_is_high_and_where_all_of_it_is_0_it_is_low():
    network = Network(1, [Dense(1, "identity"), Dense(1, "identity", bias=False)])
    shades = {}
    for name, x, output_weight in (("some", 1e160, 1.0), ("all", 1e308, 1e308), ("zero", 1.0, 0.0)):
        network.theta[:] = 0.0, 0.0, output_weight
        run = train(network, [[x]], [[0.0]], loss=ssr, optimizer=SGD(1e-300), epochs=1)
        panel = Landscape(0, 1, ["a", "b"], xlim=(-1, 1), ylim=(-1, 1), columns=3, rows=3)
        ((heights, *_, low, high, _),) = drawn(panel, run, 0).surfaces
        shades[name] = levels_of(heights, low, high, "losses")
    # In the middle the output is the bias alone, whose square is a number.
    assert shades["some"].tolist() == [[63, level, 63] for level in shades["some"][:, 1]]
    assert shades["some"][1, 1] == 0 and (shades["all"] == 63).all() and (shades["zero"] == 0).all()


def test_where_no_value_is_positive_a_logarithmic_axis_goes_from_a_half_to_two():
    assert log_span([]) == log_span([0.0, -1.0, np.nan, np.inf]) == (0.5, 2.0)


@pytest.mark.parametrize("values", [[1e305], [1e-320], [1.7e308, 1e-300], [np.inf], [np.nan, 0.0]])
def test_any_losses_have_a_logarithmic_axis(values):
    low, high = log_span(values)
    assert 0 < 2 * low < high < np.inf


def test_derivatives_that_are_no_numbers_leave_the_axis_to_the_others(history):
    run = train(single_neuron.build(), *fibonacci(), loss=ssr, optimizer=SGD(1e-3), epochs=4)
    gradient = run.gradient.copy()
    gradient[1:3, 0] = np.nan, np.inf
    vars(run)["gradient"], numbers = gradient, gradient[[0, 3, 4], 0]
    low, high = Derivatives([0], ["w"]).still(run).ylim
    assert low < numbers.min() < numbers.max() < high < low + 1.3 * np.ptp(numbers)
    vars(run)["gradient"] = np.full_like(gradient, np.nan)
    low, high = Derivatives([0], ["w"]).still(run).ylim
    assert low < 0 < high


def test_the_landscape_has_contour_lines_at_thirds_of_a_power_of_ten_and_says_which_slice_it_is(history):
    panel = Landscape(0, 1, NAMES, xlim=(-1.5, 2), ylim=(-1.5, 1.5))
    canvas = drawn(panel, history, 50)
    ((heights, *_),), contours = canvas.surfaces, canvas.lines[:-1]
    assert 3 <= len(contours) <= 6
    for x, y, *_ in contours[:1]:
        inside = ~np.isnan(x)
        misses = np.logaddexp(0, np.outer(x[inside], history.X) + y[inside, None]) * 0.80868783159851 - history.Y.T
        expected = heights.min() + np.arange(1, 7) / 3
        found = np.log10((misses**2).sum(axis=1))
        # Between the centers of its cells the surface is taken for flat.
        assert abs(found[:, None] - expected).min(axis=1).max() < 0.1
    assert [words for *_, words in canvas.words] == ["output weight 0.809 held"]
    assert [words for *_, words in drawn(LANDSCAPE, history, 50).words] == ["parameter 3 0.809 held"]


def test_of_more_than_three_other_parameters_the_landscape_says_the_number_and_of_none_nothing():
    for layers, words in (([Dense(2, "tanh"), Dense(1, "identity")], "5 others held"), ([Dense(1, "identity")], "")):
        run = train(Network(1, layers).initialize("normal", 0), *fibonacci(), loss=ssr, optimizer=SGD(1e-3), epochs=2)
        assert [found for *_, found in drawn(LANDSCAPE, run, 1).words] == [words]


def test_the_fit_says_where_it_misses_most(history):
    # At the start the prediction is softplus(-1.224 x + 0.995) * 0.3776: all but 0 at x = 5, where the truth is 5.
    miss = 5 - np.logaddexp(0, -1.224072675713965 * 5 + 0.9949996276709397) * 0.3775881983015979
    assert Fit().text(history, 0) == f"The prediction misses the data by at most {miss:.3g}, at x = 5."


def test_the_loss_curve_says_whether_the_loss_falls_rises_or_stays(history):
    assert LossCurve().text(history, 200) == "The SSR falls from 39.5 to 0.875 over 200 steps."
    assert LossCurve().text(history, 0).startswith("The SSR stays at 39.5")
    rising = single_neuron.run(learning_rate=0.1)
    assert LossCurve().text(rising, 200) == "The SSR rises from 39.5 to 40 over 200 steps."


def test_the_derivatives_are_said_with_their_names(history):
    # The derivatives that the document prints for step 51 are those at record 50.
    text = Derivatives([0, 1, 2], NAMES).text(history, 50)
    assert re.findall(r"step \d+|[\d.]*\d", text) == ["step 50", "13.8", "6.16", "24.4"]
    assert re.findall("|".join(NAMES), text) == NAMES


def test_the_landscape_says_from_where_to_where_the_path_leads(history):
    text = LANDSCAPE.text(history, 50)
    assert text == "The path of (input weight, bias) leads from (-1.22, 0.995) to (1.1, 0.45)."


def test_limits_that_are_given_are_kept(history):
    for panel in (Fit(ylim=(-2, 8)), LossCurve(ylim=(0.1, 1000)), Derivatives([0], NAMES[:1], ylim=(-9, 9))):
        (ax,) = draw([panel], history).figure.axes
        assert panel.still(history).ylim == ax.get_ylim() == panel.ylim


def test_the_axis_of_a_run_that_diverged_is_as_long_as_that_of_one_that_did_not():
    line = Network(1, [Dense(1, "identity")]).initialize("normal", 0)
    X, Y = fibonacci()
    good, bad = (train(line.copy(), X, Y, loss=ssr, optimizer=SGD(rate), epochs=300) for rate in (0.001, 1.0))
    assert bad.stopped == "diverged" and bad.epochs[-1] < 200 and good.planned == bad.planned == 300
    assert LossCurve().still(good).xlim == LossCurve().still(bad).xlim == (-6, 306)
    ended = train(line.copy(), X, Y, loss=ssr, optimizer=SGD(0.001), epochs=300, stop_below=good.loss[20])
    assert ended.stopped == "stop_below" and LossCurve().still(ended).xlim[1] == 1.02 * ended.epochs[-1] < 100


def test_more_derivatives_than_there_are_kinds_of_lines_are_refused():
    with pytest.raises(ValueError, match="^indices must have at most 4 entries"):
        Derivatives([0, 1, 2, 0, 1], ["a", "b", "c", "d", "e"])
