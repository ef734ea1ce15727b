"""The panels of lesson 02: the codes of the run in their places, and sentences with its figures."""

from itertools import product

import numpy as np
import pytest

from nbhelpers import Dense, History, Network, one_hot, ssr
from nbhelpers.pictures.colors import BLUE, SKY, VERMILLION
from nbhelpers.pictures.panels import Codes, Cube, LogLossCurve
from nbhelpers.pictures.panels.codes import closest, codes_at
from nbhelpers.pictures.plots import draw, lay_out
from nbhelpers.pictures.protocols import Line, Words
from nbhelpers.published import autoencoder
from nbhelpers.records import Job

from .canvas import drawn, drawn_as_svg, moving, shapes_in_svg

PANELS = {"loss": lambda: LogLossCurve(xmax=1000, goal=1.0), "codes": Codes, "cube": Cube}


@pytest.fixture(scope="module", params=[1, 2, 3, 8], ids="{} hidden".format)
def history(request):
    return autoencoder.run(seed=1, hidden=request.param, epochs=200)


@pytest.fixture(scope="module")
def recorded():
    """A History of one record whose codes are those that the document prints."""
    codes = np.array(autoencoder.RECORDED.codes).clip(1e-6, 1 - 1e-6)
    network = autoencoder.build()
    network.weights[0][:], network.biases[0][:] = np.log(codes / (1 - codes)), 0
    return History(Job(network, *one_hot(8), ssr), np.array([0]), network.theta[None].copy(), "epochs", 0)


def test_the_codes_are_the_first_activations_of_every_record(history):
    codes = codes_at(history, slice(None))
    assert codes.shape == (len(history), 8, history.network(0).sizes[1])
    for record in (0, 7, -1):
        np.testing.assert_allclose(codes[record], history.network(record).activations(history.X)[1], rtol=1e-12)
        assert np.array_equal(codes_at(history, [range(len(history))[record]])[0], codes[record])


def test_the_table_has_pattern_1_on_top_and_unit_1_on_the_left(recorded):
    canvas = drawn(Codes(), recorded, 0)
    ((values, place, low, high, smooth),) = canvas.surfaces
    np.testing.assert_allclose(values[::-1], autoencoder.RECORDED.codes, atol=1e-5)
    assert place == (0, 1, 0, 8) and (low, high, smooth) == (0, 1, False)
    found = {(round(x * 3 - 0.5), round(7.5 - y)): words for x, y, words in canvas.words}
    codes = enumerate(autoencoder.RECORDED.codes)
    assert found == {(unit, row): f"{value:.2f}" for row, code in codes for unit, value in enumerate(code)}
    _, (ax,) = lay_out([Codes()], recorded)
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(pattern) for pattern in range(8, 0, -1)]


def test_the_codes_are_said_as_bits_and_counted(recorded):
    # Of the document's 24 figures five are not within 0.1 of 0 or 1: 0.64, 0.7, 0.12, 0.21 and 0.19.
    assert Codes().text(recorded, 0) == (
        "The codes round to 001 101 011 100 110 111 010 000, 8 different ones; "
        "19 of 24 activations are within 0.1 of 0 or 1."
    )


def coding(activation, *codes):
    """A History of one record whose codes, a row for each pattern, are `codes`."""
    codes = np.array(codes, dtype=float)
    network = Network(len(codes), [Dense(codes.shape[1], activation, bias=False), Dense(1, "identity")])
    network.weights[0][:] = codes
    job = Job(network, np.eye(len(codes)), np.zeros((len(codes), 1)), ssr)
    return History(job, np.array([0]), network.theta[None].copy(), "epochs", 0)


@pytest.mark.parametrize("codes, words, different, clear", [
    ([[7.3], [0.05], [1.08]], "7 0 1", 3, 2),
    ([[-0.5, 12.0], [-0.06, 1.0]], "0,12 0,1", 2, 2),
    ([[1e30], [1e-300]], "1e+30 0", 2, 1),
])
def test_codes_beyond_0_and_1_are_said_as_they_are_and_are_no_clear_answers(codes, words, different, clear):
    said = Codes().text(coding("identity", *codes), 0)
    assert said == (
        f"The codes round to {words}, {different} different ones; "
        f"{clear} of {np.size(codes)} activations are within 0.1 of 0 or 1."
    )


def test_of_a_thousand_patterns_the_codes_are_shades_and_counts():
    codes = np.random.default_rng(0).uniform(size=(1000, 60))
    history = coding("identity", *codes)
    clear = (abs(codes - 0.5) > 0.4).sum()
    assert Codes().text(history, 0) == (
        f"The 1000 codes round to 1000 different ones; {clear} of 60000 activations are within 0.1 of 0 or 1."
    )
    assert len(Codes().still(history).yticks) <= 40 and not drawn(Codes(), history, 0).words
    near = codes.copy()
    near[700] = near[20] + 0.001
    assert Cube().text(coding("identity", *near), 0) == (
        "The two codes nearest to each other, of patterns 21 and 701, are 0.00775 apart."
    )


def test_a_single_code_is_near_to_no_other():
    assert Cube().text(coding("sigmoid", [0.3, 0.4]), 0).startswith("There is one code alone")


def test_codes_of_1e200_are_drawn_and_said_without_a_warning():
    history = coding("identity", [1e200, 0.0], [0.0, 1e200])
    assert draw([Cube(), Codes()], history).png()
    # An infinite one has its mark at the edge.
    history = coding("identity", [1e200])
    vars(history)["X"] = np.full((1, 1), 1e200)
    svg = drawn_as_svg(moving(Cube(), history, 0), Cube().still(history))
    assert "inf →" in [text.text for text in svg.iter("text")]


def test_the_cube_says_which_codes_are_nearest(recorded):
    distances = {
        (a + 1, b + 1): np.linalg.norm(np.subtract(autoencoder.RECORDED.codes[a], autoencoder.RECORDED.codes[b]))
        for a in range(8) for b in range(a)
    }
    (b, a), apart = min(distances.items(), key=lambda item: item[1])
    sentence = f"The two codes nearest to each other, of patterns {a} and {b}, are {apart:.3g} apart."
    assert Cube().text(recorded, 0) == sentence
    assert closest(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])) == ((0, 2), 1.0)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_how_far_codes_lie_apart_is_said_of_the_largest_and_the_smallest_too(scale):
    codes = scale * np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]])
    pair, apart = closest(codes)
    assert pair == (0, 1) and apart == pytest.approx(5 * scale, rel=1e-12)
    # What is infinite is near to nothing, not even to itself.
    assert closest(np.vstack([[np.inf, np.inf], [np.inf, np.inf], codes]))[0] == (2, 3)
    # A pair that is far apart hides no pair that is near.
    assert closest(np.array([[1e200], [1.0], [1.001]]))[0] == (1, 2)
    # Beside one that is far away, two whose squares are less than the smallest float.
    assert closest(np.array([[0.0], [2e-200], [5e-200], [1.0]])) == ((0, 1), 2e-200)


def test_the_codes_of_many_units_are_shades_alone_and_large_ones_have_few_digits():
    wide = coding("identity", *np.eye(17))
    assert not drawn(Codes(), wide, 0).words
    assert Codes().text(wide, 0).startswith("The 17 codes round to 17 different ones; 289 of 289")
    few = coding("identity", *np.eye(16))
    assert len(drawn(Codes(), few, 0).words) == 256 and "round to 1000" in Codes().text(few, 0)
    words = {said for *_, said in drawn(Codes(), coding("identity", [123456789.0, -0.5]), 0).words}
    assert words == {"1.23 · 10⁸", "-0.50"}


def test_a_code_that_is_0_to_its_two_digits_has_no_minus():
    shown = drawn(Codes(), coding("identity", [-0.004], [0.004], [-0.006]), 0)
    assert [words for *_, words in reversed(shown.words)] == ["0.00", "0.00", "-0.01"]


def test_every_corner_of_the_cube_has_its_name_where_a_code_of_these_bits_is_drawn():
    codes = np.array(list(np.ndindex(2, 2, 2))) * 1.0
    network = autoencoder.build()
    network.weights[0][:], network.biases[0][:] = 40 * (codes - 0.5), 0
    history = History(Job(network, *one_hot(8), ssr), np.array([0]), network.theta[None], "epochs", 0)
    _, (ax,) = lay_out([Cube()], history)
    labels = {label.get_text(): label.get_position() for label in ax.texts}
    (_, (x, y, color, *_)) = drawn(Cube(), history, 0).markers
    assert color == SKY and len(labels) == 8
    for code, place in zip(codes.astype(int), zip(x, y)):
        assert np.hypot(*np.subtract(labels["".join(map(str, code))], place)) < 0.11
    # Unit 1 is the first digit and points to the right, unit 2 up, and unit 3 up and to the right.
    places = {"".join(map(str, code)): np.array(place) for code, place in zip(codes.astype(int), zip(x, y))}
    right, up, back = (places[corner] - places["000"] for corner in ("100", "010", "001"))
    assert right[0] > 0 == right[1] and up[1] > 0 == up[0] and back[0] > 0 < back[1]
    for x_place, y_place in labels.values():
        assert ax.get_xlim()[0] < x_place < ax.get_xlim()[1] and ax.get_ylim()[0] < y_place < ax.get_ylim()[1]
    edges = [line.get_xydata() for line in ax.lines]
    assert len(edges) == 12
    # Those behind meet in a corner.
    behind = [line.get_xydata() for line in ax.lines if line.get_linestyle() == ":"]
    assert len(behind) == 3 and all(np.isclose(edge, places["001"]).all(axis=1).any() for edge in behind)
    for edge in edges:
        for end in edge:
            assert np.hypot(*(end - np.column_stack([x, y])).T).min() < 1e-6


def test_the_paths_in_the_cube_lead_from_the_start_to_the_record(history):
    canvas = drawn(Cube(), history, 9)
    assert len(canvas.lines) == 8 and {len(x) for x, *_ in canvas.lines} == {10}
    (_, (x, y, *_)) = canvas.markers
    assert [(line[0][-1], line[1][-1]) for line in canvas.lines] == list(zip(x, y))
    names = [name for *_, words in canvas.words for name in words.split(", ")]
    assert sorted(names) == list("12345678")


def test_codes_that_lie_on_one_another_share_a_label_beside_them(recorded):
    network = recorded.network(0)
    network.weights[0][3] = network.weights[0][6] = network.weights[0][1]
    history = History(Job(network, *one_hot(8), ssr), np.array([0]), network.theta[None], "epochs", 0)
    canvas = drawn(Cube(), history, 0)
    _, (x, y, *_) = canvas.markers
    ((label_x, label_y),) = [(left, up) for left, up, words in canvas.words if words == "2, 4, 7"]
    assert label_x > x[1] + 0.05 and label_y < y[1] and len(canvas.words) == 6
    # It lies on the paths.
    assert canvas.halos == ["2, 4, 7"]


@pytest.mark.parametrize("hidden, title, corners", [
    (1, "on a line (unit 1)", ["0", "1"]), (2, "in the unit square (units 1, 2)", ["00", "01", "10", "11"]),
    (4, "in the unit cube (units 1, 2, 3)", ["".join(bits) for bits in product("01", repeat=3)]),
])
def test_fewer_than_three_units_leave_a_square_or_a_line_of_the_cube(hidden, title, corners):
    still = Cube().still(history := autoencoder.run(hidden=hidden, epochs=20))
    edges = [mark for mark in still.marks if isinstance(mark, Line)]
    assert still.title == f"codes {title}" and len(edges) == {1: 1, 2: 4, 4: 12}[hidden]
    assert [mark.words for mark in still.marks if isinstance(mark, Words)] == corners
    if hidden == 1:
        assert set(np.concatenate([y for _, y, *_ in drawn(Cube(), history, -1).lines])) == {0.0}


def test_the_run_before_in_the_cube_is_its_last_dots_and_the_table_has_none(history):
    canvas = drawn(Cube(), history, -1, before=True)
    ((x, _, color, *_),) = canvas.markers
    assert len(x) == 8 and color == BLUE and not canvas.lines and not canvas.words
    table = drawn(Codes(), history, -1, before=True)
    assert not table.surfaces and not table.words


def test_the_loss_curve_puts_the_start_before_epoch_1(history):
    panel = LogLossCurve(ylim=(0.001, 60), xmax=60_000, goal=0.002)
    _, (ax,) = lay_out([panel], history)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    ticks = dict(zip([label.get_text() for label in ax.get_xticklabels()], ax.get_xticks()))
    assert ticks == {"start": 0.2, "1": 1, "10": 10, "100": 100, "1000": 1000, "10⁴": 10_000}
    assert ax.get_xlim()[0] < 0.2 and ax.get_xlim()[1] > 60_000 and ax.get_ylim() == (0.001, 60)
    (goal,) = ax.lines
    assert set(goal.get_ydata()) == {0.002}
    canvas = drawn(panel, history, 0)
    ((x, y, *_),), ((at, height, color, *_),) = canvas.lines, canvas.markers
    assert x[0] == 0.2 and np.array_equal(x[1:], history.epochs[1:]) and np.array_equal(y, history.loss)
    assert (at[0], height[0], color) == (0.2, history.loss[0], VERMILLION)
    said = panel.text(history, 5)
    assert said.startswith("The SSR falls from ") and said.endswith("over 5 epochs.")


def test_the_loss_curve_without_limits_ends_with_the_run():
    history = autoencoder.run(epochs=200)
    _, (ax,) = lay_out([LogLossCurve()], history)
    assert 200 <= ax.get_xlim()[1] <= 300 and not ax.lines
    assert ax.get_ylim()[0] < history.loss.min() and ax.get_ylim()[1] > history.loss.max()


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_draws_every_width_on_axes_that_were_laid_out_for_another(name):
    panel = PANELS[name]()
    still = panel.still(autoencoder.run(hidden=3, epochs=20))
    for hidden in (1, 2, 5, 8):
        history = autoencoder.run(hidden=hidden, epochs=20)
        shapes = shapes_in_svg(drawn_as_svg(moving(panel, history, 20), still))
        texts = [kind for kind, *_ in shapes].count("text")
        assert 1 <= texts <= 8 if name == "cube" else texts == {"codes": 8 * hidden, "loss": 0}[name]
        assert panel.text(history, 20)


def test_codes_of_sums_beyond_all_floats_come_without_a_warning():
    X = np.full((2, 2), 1e308)
    network = Network(2, [Dense(1, "sigmoid"), Dense(2, "sigmoid")])
    network.theta = np.ones(network.theta.size)
    history = History(Job(network, X, np.eye(2), ssr), np.array([0]), network.theta[None].copy(), "epochs", 0)
    assert codes_at(history, [0]).ravel().tolist() == [1.0, 1.0]


def test_the_three_edges_behind_the_cube_are_dotted_and_meet_in_001():
    marks = Cube().still(autoencoder.run(epochs=1)).marks
    places = {mark.words: mark for mark in marks if isinstance(mark, Words)}
    behind = [mark for mark in marks if isinstance(mark, Line) and mark.dashes == "dotted"]
    edges = [mark for mark in marks if isinstance(mark, Line)]
    assert len(behind) == 3 and len(edges) == 12 and len(places) == 8
    # Unit 3 runs up and to the right, by 0.45 and 0.35.
    assert all((0.45, 0.35) in zip(mark.x, mark.y) for mark in behind)
    assert not any((0.45, 0.35) in zip(mark.x, mark.y) for mark in edges if mark not in behind)
