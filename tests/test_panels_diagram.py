"""The diagram of a network: its lines are the weights, and its sentence is true."""

import numpy as np
import pytest

from nbhelpers import SGD, Dense, Network, mse, train
from nbhelpers.pictures.colors import BLACK, BLUE, SKY, VERMILLION, YELLOW
from nbhelpers.pictures.panels import Diagram
from nbhelpers.pictures.plots import draw
from nbhelpers.published import or_net

from .canvas import drawn


def history_of(network, theta=None):
    """A history whose first record has the parameters `theta`."""
    if theta is not None:
        network.theta = theta
    X, Y = np.zeros((2, network.sizes[0])), np.zeros((2, network.sizes[-1]))
    return train(network, X, Y, loss=mse, optimizer=SGD(0.001), epochs=2)


def places(canvas):
    """The place of every word."""
    return {words: (x, y) for x, y, words in canvas.words}


def by_ends(canvas):
    """(color, dashes, width) of every line, by the places of its two ends."""
    return {((x[0], y[0]), (x[1], y[1])): style for x, y, *style in canvas.lines}


def test_each_weight_leads_from_its_input_to_its_unit_with_its_width_and_sign():
    theta = np.array([1.0, -2.0, 0.001, 3.0, 50.0, -0.5, 4.0, -6.0, 0.0])
    canvas = drawn(Diagram("xgf"), history_of(or_net.build(), theta), 0)
    where, lines = places(canvas), by_ends(canvas)
    assert set(where) == {"x1", "x2", "g1", "g2", "g3", "f"}
    ends = [(x, g) for x in ("x1", "x2") for g in ("g1", "g2", "g3")] + [(g, "f") for g in ("g1", "g2", "g3")]
    assert len(canvas.lines) == len(lines) == 9
    for (below, above), weight in zip(ends, theta):
        color, dashes, width = lines[where[below], where[above]]
        assert (color, dashes) == ((VERMILLION, "dashed") if weight < 0 else (BLUE, "solid"))
        # As many points wide as the weight is large, but never too thin to be seen or wider than 10.
        assert width == pytest.approx(min(max(abs(weight), 0.4), 10.0))


def test_layers_stand_from_left_to_right_and_units_from_top_to_bottom():
    where = places(drawn(Diagram("xgf"), history_of(or_net.build()), 0))
    assert [where[name][0] for name in ("x1", "x2", "g1", "g3", "f")] == [0, 0, 1, 1, 2]
    assert where["x1"][1] > where["x2"][1] and where["g1"][1] > where["g2"][1] > where["g3"][1]
    assert where["f"][1] == where["g2"][1] == pytest.approx(0.5)


def test_biases_start_at_a_square_that_stands_for_1():
    history = history_of(or_net.build(hidden=2, bias=True), [1, 2, 3, 4, -5, 6, 7, 8, 9.0])
    canvas = drawn(Diagram("xgf"), history, 0)
    # A larger one in black lies under each, and is its edge.
    assert [size for *_, size in canvas.markers[::2]] == [size + 2 for *_, size in canvas.markers[1::2]]
    assert {color for *_, color, _, _ in canvas.markers[::2]} == {BLACK}
    assert [(*x, *y) for x, y, *_ in canvas.markers[::2]] == [(*x, *y) for x, y, *_ in canvas.markers[1::2]]
    squares = [(x[0], y[0]) for x, y, *style in canvas.markers if style[:2] == [YELLOW, "s"]]
    assert sorted(x for x, y in squares) == [0, 1]
    assert sum(style[:2] == [SKY, "o"] for x, y, *style in canvas.markers) == 5
    where, lines = places(canvas), by_ends(canvas)
    weights = {ends: width * (-1 if color == VERMILLION else 1) for ends, (color, _, width) in lines.items()}
    left, right = sorted(squares)
    assert weights[left, where["g1"]] == -5 and weights[left, where["g2"]] == 6 and weights[right, where["f"]] == 9
    assert len(weights) == 9


def test_the_units_fill_the_panel_from_side_to_side_and_from_the_bottom_to_the_top():
    history = history_of(or_net.build())
    still, markers = Diagram().still(history), drawn(Diagram(), history, 0).markers
    found = np.array([(x[0], y[0]) for x, y, *_ in markers])
    for (low, high), places in zip((still.xlim, still.ylim), found.T):
        assert low < places.min() < low + 0.25 * (high - low) and high - 0.25 * (high - low) < places.max() < high


def test_a_run_before_is_not_drawn():
    canvas = drawn(Diagram(), history_of(or_net.build()), 0, before=True)
    assert not canvas.lines and not canvas.markers and not canvas.words


def test_the_sentence_names_the_largest_weight():
    # The recorded weights at the end: the largest is w3, and v13, v23 and w3 are negative.
    theta = [*or_net.RECORDED.hidden_weights, *or_net.RECORDED.output_weights]
    text = Diagram("xgf").text(history_of(or_net.build(), theta), 0)
    assert text == "The largest of the network's 9 weights is -4.13, from g3 to f; negative: 3."


def test_the_sentence_names_the_largest_bias():
    text = Diagram("xgf").text(history_of(or_net.build(hidden=1, bias=True), [1, -2, 3.5, 3, 0.5]), 0)
    assert text == "The largest of the network's 5 weights and biases is 3.5, the bias of g; negative: 1."


def test_hidden_layers_share_a_letter_and_a_single_unit_has_no_number():
    network = Network(1, [Dense(2, "tanh"), Dense(3, "tanh", bias=False), Dense(2, "identity")])
    words = [words for *_, words in drawn(Diagram(), history_of(network), 0).words]
    assert words == ["x", "1", "h1", "h2", "h1", "h2", "h3", "1", "y1", "y2"]


def test_a_network_of_too_many_lines_is_refused_before_they_are_drawn():
    # 25450 lines, those of 784 pixels, 32 hidden units and 10 digits, took half a minute, and were a blot.
    Diagram().still(history_of(Network(100, [Dense(50, "tanh", bias=False)])))
    with pytest.raises(ValueError, match="weights and biases in a Diagram must be at most 5,000, got 5050"):
        draw([Diagram()], history_of(Network(100, [Dense(50, "tanh")])))
