"""The panels for two inputs and one output: the square and the predictions."""

import numpy as np
import pytest

from nbhelpers import SGD, Dense, Network, leaky_relu, mse, train
from nbhelpers.pictures.panels import Predictions, Square
from nbhelpers.pictures.plots import draw, lay_out
from nbhelpers.published import and_net, single_neuron

from .canvas import drawn

PAIRS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([[0.0], [0.0], [0.0], [1.0]])


def with_outputs(network):
    """A history of two records, of the `network` as it is and after one step that is all but none."""
    return train(network, PAIRS, AND, loss=mse, optimizer=SGD(1e-12), epochs=1)


def plane(x1, x2, bias):
    """The history of a network whose output is leaky(x1 * input 1 + x2 * input 2 + bias)."""
    network = Network(2, [Dense(1, leaky_relu)])
    network.theta = [x1, x2, bias]
    return with_outputs(network)


@pytest.fixture(scope="module")
def history():
    return train(and_net.build(0), *and_net.rows(0), loss=mse, optimizer=SGD(1e-3), epochs=20)


def test_the_surface_is_the_output_and_its_first_row_is_at_the_bottom():
    canvas = drawn(Square(limits=(-0.5, 1.5), cells=5, range=(-1, 2)), plane(1, 2, 0.5), -1)
    ((values, place, low, high, _),) = canvas.surfaces
    # The centers of the cells stand at -0.5, 0, 0.5, 1, 1.5.
    assert values.shape == (5, 5) and (low, high) == (-1, 2)
    assert values[1, 3] == pytest.approx(1 * 1 + 2 * 0 + 0.5) and values[3, 1] == pytest.approx(1 * 0 + 2 * 1 + 0.5)
    assert values[0, 0] == pytest.approx(0.1 * (-0.5 - 1 + 0.5))
    np.testing.assert_allclose(place, [-0.75, 1.75, -0.75, 1.75])


def test_an_output_has_two_decimals_below_10_and_three_digits_from_there_on():
    assert "9.99 at (1, 0)" in Predictions().text(plane(9.99, 0, 0), 0)
    assert "10 at (1, 0)" in Predictions().text(plane(10, 0, 0), 0)


def test_the_dotted_line_runs_where_the_output_is_one_half():
    canvas = drawn(Square(cells=16), plane(1, 2, -1), -1)
    ((x, y, _, dashes, _),) = canvas.lines
    assert len(x) > 16 and dashes == "dotted" and np.isnan(x).sum() == 1
    np.testing.assert_allclose((x + 2 * y - 1)[:-1], 0.5, atol=1e-9)
    ((x, y, *_),) = drawn(Square(cells=16, threshold=0.2), plane(1, 2, -1), -1).lines
    # In a cell where the output has its bend the line is only near to it.
    np.testing.assert_allclose((x + 2 * y - 1)[:-1], 0.2, atol=0.02)


def test_an_output_that_never_crosses_the_threshold_has_no_dotted_line():
    canvas = drawn(Square(), plane(0, 0, 5), -1)
    assert not canvas.lines and len(canvas.markers) == 4


def test_every_corner_has_a_marker_for_its_truth_and_its_output_beside_it():
    canvas = drawn(Square(), plane(1, 2, -1), -1)
    corners = {(x.item(), y.item()): marker for x, y, _, marker, _ in canvas.markers}
    assert corners == {(0, 0): "s", (0, 1): "s", (1, 0): "s", (1, 1): "D"}
    assert [words for *_, words in canvas.words] == ["−0.10", "1.00", "0.00", "2.00"]
    assert all(0.1 < y - corner[1] < 0.2 for (_, y, _), corner in zip(canvas.words, corners))


def test_a_truth_that_is_no_more_than_the_threshold_is_no_yes():
    assert {marker for *_, marker, _ in drawn(Square(threshold=1.0), plane(1, 2, -1), -1).markers} == {"s"}


@pytest.mark.parametrize("threshold, above", [(0.5, 10), (1.0, 0)])
def test_of_many_points_too_a_truth_at_the_threshold_is_no_yes(threshold, above):
    X, Y = np.random.default_rng(0).random((20, 2)), np.arange(20)[:, None] % 2
    run = train(Network(2, [Dense(1, "sigmoid")]), X, Y, loss=mse, optimizer=SGD(0.1), epochs=1)
    markers = drawn(Square(threshold=threshold), run, -1).markers
    assert {marker: len(x) for x, _, _, marker, _ in markers} == {"s": 20 - above, "D": above}


def test_a_run_before_brings_its_line_alone():
    canvas = drawn(Square(), plane(1, 2, -1), -1, before=True)
    assert len(canvas.lines) == 1 and not canvas.markers and not canvas.surfaces and not canvas.words
    assert [len(x) for x, *_ in drawn(Predictions(), plane(1, 2, -1), -1, before=True).markers] == [4]


def test_the_square_says_where_the_output_is_high_and_how_many_answers_are_right():
    assert Square().text(plane(1, 2, -1), 0) == (
        "Of the 4 corners the output is above 0.5 at (0, 1) and (1, 1); 3 of 4 answers are right."
    )
    assert "above 0.5 nowhere; 3 of 4" in Square().text(plane(0, 0, 0), 0)
    # A truth at the threshold is not above it.
    assert "above 1 nowhere; 4 of 4" in Square(threshold=1.0).text(plane(0, 0, 0.3), 0)


def test_the_predictions_are_drawn_as_far_from_the_truth_as_they_are():
    canvas = drawn(Predictions(), plane(1, 2, -1), -1)
    ((x, y, *_),), gap = canvas.lines, np.nan
    np.testing.assert_allclose(x, np.repeat([0, 1, 2, 3], 3))
    np.testing.assert_allclose(y, [0, -0.1, gap, 0, 1, gap, 0, 0, gap, 1, 2, gap], atol=1e-9)
    ((x, y, *_),) = canvas.markers
    np.testing.assert_allclose(x, [0, 1, 2, 3])
    np.testing.assert_allclose(y, [-0.1, 1, 0, 2], atol=1e-9)
    assert Predictions().text(plane(1, 2, -1), 0) == (
        "The predictions are -0.10 at (0, 0), 1.00 at (0, 1), 0.00 at (1, 0), 2.00 at (1, 1); the largest error is 1."
    )


def test_a_hundred_rows_make_four_corners(history):
    ((x, *_),) = drawn(Predictions(), history, -1).markers
    assert len(x) == 4
    # The document's network starts at these four outputs (see the lesson).
    assert "2.91 at (0, 0), 98.2 at (0, 1), 98.7 at (1, 0), 198 at (1, 1)" in Predictions().text(history, 0)


def with_data(X, Y):
    """A history whose network has the output x1 + x2."""
    network = Network(2, [Dense(1, leaky_relu)])
    network.theta = [1, 1, 0]
    return train(network, X, Y, loss=mse, optimizer=SGD(1e-12), epochs=1)


def test_inputs_with_more_than_one_truth_are_a_point_for_each_and_that_is_said():
    history = with_data([[0, 1], [1, 0], [0, 1], [0, 1]], [[1], [1], [0], [1]])
    markers = [((x.item(), y.item()), marker) for x, y, _, marker, _ in drawn(Square(), history, 0).markers]
    assert markers == [((0, 1), "s"), ((0, 1), "D"), ((1, 0), "D")]
    assert "2 of 3 answers are right. The data have more than one truth at (0, 1)." in Square().text(history, 0)
    assert "largest error is 1. The data have more than one truth at (0, 1)." in Predictions().text(history, 0)


def test_of_a_thousand_points_the_first_are_said_and_how_many_more():
    X = np.random.default_rng(0).uniform(0.3, 1, (1000, 2))
    history = with_data(X, X.sum(axis=1, keepdims=True) > 1)
    for panel in (Square(), Predictions()):
        text = panel.text(history, 0)
        assert text.count("(") == 16 and len(text) < 700
    assert ", 984 more; the largest error" in text
    # All outputs are above one half, as all sums are.
    assert f" and 984 more; {(X.sum(axis=1) > 1).sum()} of 1000 answers" in Square().text(history, 0)
    canvas = drawn(Square(), history, 0)
    assert not canvas.words
    for (x, y, _, marker, _), right in zip(canvas.markers, (X.sum(axis=1) <= 1, X.sum(axis=1) > 1), strict=True):
        assert marker == ("D" if right[X.sum(axis=1).argmax()] else "s")
        assert sorted(zip(x, y)) == sorted(map(tuple, X[right]))
    assert len(Predictions().still(history).xticks) <= 8


def test_the_legend_calls_other_truths_than_0_and_1_by_the_threshold():
    names = [key.label for key in Square(threshold=0.0).still(with_data(2 * PAIRS - 1, 2 * AND - 1)).legend]
    assert names == ["truth up to 0", "truth above 0", "output 0"]
    assert [key.label for key in Square().still(plane(1, 2, -1)).legend] == ["truth 0", "truth 1", "output 0.5"]


def test_a_network_with_other_inputs_is_refused_in_a_sentence():
    for panel in (Square(), Predictions()):
        with pytest.raises(ValueError, match="2 inputs and 1 output, got 1 and 1; take another panel"):
            lay_out([panel], single_neuron.run(epochs=3))


def test_a_picture_of_the_panels_can_be_drawn_and_says_what_it_shows(history):
    picture = draw([Square(), Predictions()], history)
    assert "4 corners" in picture.text and "largest error" in picture.text
    assert picture.png().startswith(b"\x89PNG")


def test_a_sentence_names_a_corner_once_however_many_truths_it_has():
    history = with_data([[0, 0], *[[0, 1]] * 20], [[0], *[[truth] for truth in range(20)]])
    found = Square().text(history, 0)
    assert found.startswith("Of the 2 corners the output is above 0.5 at (0, 1); 20 of 21 answers are right. ")
    assert Predictions().text(history, 0).startswith("The predictions are 0.00 at (0, 0), 1.00 at (0, 1); the largest")
