"""The panels of the bench against what the network itself says, for every kind of data."""

import re

import numpy as np
import pandas as pd
import pytest

from nbhelpers import Bench, Dense, Network
from nbhelpers.bench import Table
from nbhelpers.pictures import svg
from nbhelpers.pictures.colors import BLUE, INK, SKY, VERMILLION
from nbhelpers.pictures.panels.bench import Answers, BothLosses, outputs
from nbhelpers.pictures.panels.units import MOST_UNITS, Units, places, words

from .canvas import RememberingCanvas, drawn
from .environment import PROJECT

RANDOM = np.random.default_rng(0)
NUMBERS = Table.read(pd.DataFrame(RANDOM.normal(size=(30, 4)), columns=list("abcd")), "d")
PLANE = pd.DataFrame(RANDOM.normal(size=(30, 2)), columns=list("ab"))
CLASSES = Table.read(PLANE.assign(kind=list("uvw") * 10), "kind")
TITLES = {
    "spiral": "output over the plane", "xor": "output over the plane", "line": "data and output",
    "fibonacci": "data and output", "iris": "test: rows are truths, columns answers",
    "digits": "test: rows are truths, columns answers", NUMBERS: "output and truth", CLASSES: "classes over the plane",
}


def run_of(data, **settings):
    return Bench(data=data, epochs=40, layers=((4, "tanh"), (3, "relu"))).but(**settings).run()


@pytest.fixture(scope="module")
def spiral():
    return run_of("spiral")


@pytest.mark.parametrize("data", TITLES, ids=str)
def test_every_kind_of_data_has_its_picture_at_every_record(data):
    run = run_of(data)
    assert Answers().still(run).title == TITLES[data]
    sheet = svg.Sheet([Answers(), Units(), BothLosses()], run)
    for record in (0, 7, len(run) - 1):
        assert sheet.html(run, record, run, "text").count("<svg") > 6
        for panel in (Answers(), Units(), BothLosses()):
            sentence = panel.text(run, record)
            assert sentence.endswith(".") and "nan" not in sentence
            # The run before is drawn by the curves alone: two planes on each other cannot be read.
            before = drawn(panel, run, record, before=True)
            assert not before.surfaces and bool(before.lines) == (panel.still(run).before)


@pytest.mark.parametrize("data, smooth", [("spiral", True), (CLASSES, False), ("iris", False)], ids=str)
def test_an_output_runs_into_the_next_one_and_a_class_or_a_count_has_an_edge(data, smooth):
    assert [surface[-1] for surface in drawn(Answers(), run_of(data), 5).surfaces] == [smooth]


def test_the_class_of_the_largest_sum_is_the_answer_where_several_probabilities_are_rounded_to_1():
    # Every sum is its bias, and all three sigmoids are 1 but for less than a float can hold.
    edits = [(0, place, value) for place, value in enumerate([0] * 6 + [50, 40, 60])]
    run = Bench(data=CLASSES, layers=(), loss="sigmoid_cross_entropy", edits=edits, epochs=1).run()
    assert (outputs(run, 0, run.X) == 1).all()
    assert (run.answers(run.X, 0) == 2).all()
    (shown, *_), = drawn(Answers(), run, 0).surfaces
    assert (shown == 2).all()


def test_the_dotted_line_of_the_plane_runs_where_both_classes_are_as_likely():
    run = run_of("circles")
    dotted = [np.column_stack([x, y]) for x, y, _, dashes, _ in drawn(Answers(), run, -1).lines if dashes == "dotted"]
    points = np.concatenate(dotted)
    # Pieces of the line are parted by what is no number.
    points = points[np.isfinite(points).all(axis=1)]
    assert len(points) > 10 and abs(run.network(-1).predict(points) - 0.5).max() < 0.1


def test_the_line_of_one_input_is_the_output_over_all_of_the_data():
    run = run_of("line")
    ((x, y, *_),) = drawn(Answers(), run, 5).lines
    data = np.concatenate([run.X, run.X_test])
    assert x[0] < data.min() and data.max() < x[-1] and np.ptp(x) < 1.2 * np.ptp(data)
    assert y == pytest.approx(run.network(5).predict(x.reshape(-1, 1))[:, -1])


def test_all_units_lie_inside_of_their_panel(spiral):
    still, canvas = Units().still(spiral), drawn(Units(), spiral, 5)
    places = np.concatenate([np.column_stack([x, y]) for x, y, *_ in canvas.markers])
    assert (places > [still.xlim[0], still.ylim[0]]).all() and (places < [still.xlim[1], still.ylim[1]]).all()
    assert np.ptp(places[:, 0]) > 0.5 * np.ptp(still.xlim) and still.tall
    assert [(key.label, key.color) for key in still.legend] == [("positive", BLUE), ("negative", VERMILLION)]


def test_the_plane_shows_the_output_and_every_sample_of_training_and_test_by_its_own_marker(spiral):
    canvas = drawn(Answers(), spiral, 5)
    ((values, (left, right, bottom, top), low, high, _),) = canvas.surfaces
    rows, columns = values.shape
    for row, column in ((0, 0), (3, 17), (rows - 1, 5)):
        x = left + (column + 0.5) / columns * (right - left)
        y = bottom + (row + 0.5) / rows * (top - bottom)
        assert values[row, column] == pytest.approx(spiral.network(5).predict([[x, y]])[0, 0])
    assert (low, high) == (0, 1)
    found = {(color, marker): set(zip(x, y)) for x, y, color, marker, _ in canvas.markers}
    expected = {}
    for X, Y, markers in ((spiral.X, spiral.Y, "os"), (spiral.X_test, spiral.Y_test, "^D")):
        for k, color in enumerate((BLUE, VERMILLION)):
            expected[color, markers[k]] = set(map(tuple, X[Y[:, 0] == k]))
    assert found == expected and sum(map(len, found.values())) == 200


def test_the_plane_of_a_number_shows_every_sample_too():
    table = Table.read(PLANE.assign(height=PLANE.sum(axis=1)), "height")
    run = run_of(table)
    found = [set(zip(x, y)) for x, y, *_ in drawn(Answers(), run, -1).markers]
    assert found == [set(map(tuple, run.X)), set(map(tuple, run.X_test))]


def test_a_softmax_shows_the_probability_of_the_second_class():
    run = run_of("moons", loss="softmax_cross_entropy")
    ((values, (left, right, bottom, top), *_),) = drawn(Answers(), run, -1).surfaces
    corner = np.array([[left + (right - left) / values.shape[1] / 2, bottom + (top - bottom) / values.shape[0] / 2]])
    sums = run.network(-1).predict(corner)[0]
    assert values[0, 0] == pytest.approx(np.exp(sums[1]) / np.exp(sums).sum())


@pytest.mark.parametrize("data", ["iris", "digits"])
def test_the_table_counts_the_samples_of_the_test_by_truth_and_answer(data):
    run = run_of(data, loss="softmax_cross_entropy")
    kinds = len(run.classes)
    answers = run.network(-1).predict(run.X_test).argmax(axis=1)
    counts = {}
    for truth, answer in zip(run.Y_test.argmax(axis=1).tolist(), answers.tolist()):
        # The first class stands on top.
        counts[answer, kinds - 1 - truth] = counts.get((answer, kinds - 1 - truth), 0) + 1
    canvas = drawn(Answers(), run, -1)
    assert {(x, y): int(count) for x, y, count in canvas.words} == counts
    ((cells, (left, right, bottom, top), low, high, _),) = canvas.surfaces
    # The darkest shade is that of a largest class which is answered rightly throughout.
    assert (low, high) == (0, np.bincount(run.Y_test.argmax(axis=1)).max())
    still = Answers().still(run)
    assert still.xlim == (left, right) and still.ylim == (bottom, top)
    assert all(cells[y, x] == count for (x, y), count in counts.items()) and cells.sum() == len(answers)
    right = sum(count for (answer, row), count in counts.items() if answer == kinds - 1 - row)
    assert f"for {right} of {len(answers)} of the test." in Answers().text(run, len(run) - 1)


def test_the_curves_are_the_losses_of_training_and_test(spiral):
    training, test = drawn(BothLosses(), spiral, 3).lines
    np.testing.assert_allclose(training[1], spiral.loss)
    np.testing.assert_allclose(test[1], spiral.test_loss)


class Sets(RememberingCanvas):
    """Remembers what a press on a line or a dot stands for."""

    def __init__(self):
        super().__init__(False)
        self.pressed = {}

    def line(self, x, y, color, dashes="solid", width=2.0, halo=False, sets=None):
        super().line(x, y, color, dashes, width)
        if sets:
            self.pressed[sets] = color, width

    def dots(self, x, y, color, marker="o", size=7.0, halo=False, sets=None):
        super().dots(x, y, color, marker, size)
        if sets:
            self.pressed[sets] = color, size


def test_a_press_on_a_line_or_a_dot_takes_that_weight_or_bias_in_hand(spiral):
    canvas, theta = Sets(), spiral.theta[9]
    Units().moving(canvas, spiral, 9)
    assert canvas.pressed.keys() == {f"weight={place + 1}" for place in range(len(theta))}
    for place, value in enumerate(theta):
        assert canvas.pressed[f"weight={place + 1}"][0] == (BLUE if value >= 0 else VERMILLION)
    weights = [place for place in range(8)]
    widths = [canvas.pressed[f"weight={place + 1}"][1] for place in weights]
    assert widths.index(max(widths)) == int(abs(theta[:8]).argmax())


def test_a_unit_for_each_of_8_inputs_is_drawn_and_9_are_a_word():
    eight, nine = (places(Network(inputs, [Dense(11, "tanh"), Dense(1, "identity")])) for inputs in (8, 9))
    assert [len(layer) for layer in eight] == [8, 10, 1] and [len(layer) for layer in nine] == [0, 10, 1]


def test_numbers_from_many_inputs_stand_at_their_truth_and_as_high_as_the_output():
    run = run_of(NUMBERS)
    training, test = drawn(Answers(), run, 9).markers
    for (x, y, *_), X, Y in ((training, run.X, run.Y), (test, run.X_test, run.Y_test)):
        assert np.array_equal(x, Y[:, 0]) and np.array_equal(y, run.network(9).predict(X)[:, 0])


def test_a_unit_of_many_inputs_is_a_dot_with_a_rim():
    markers = drawn(Units(), run_of(NUMBERS), -1).markers
    dots = {color: [(*x, *y) for x, y, found, *_ in markers if found == color] for color in (INK, SKY)}
    # Two hidden layers, of 4 and 3 units, and the output.
    assert len(dots[SKY]) == 8 and dots[SKY] == dots[INK]


def test_what_is_in_hand_has_a_rim_and_is_read_in_words():
    run = run_of("xor")
    plain = drawn(Units(), run, 9)
    run.take_in_hand(1)
    canvas = drawn(Units(), run, 9)
    (rim,) = [line for line in canvas.lines if line[2] == INK and line[4] > 1]
    assert len(canvas.lines) == len(plain.lines) + 1
    under = next(line for line in canvas.lines if np.array_equal(line[:2], rim[:2]) and line[2] != INK)
    assert rim[4] == pytest.approx(under[4] + 4)
    value = run.network(9).weights[0][0, 1]
    assert Units().text(run, 9) == f"In hand: weight 2, from input 1 to unit 2 of layer 1, {value:.4g}."


def test_every_parameter_has_its_words():
    network = Bench(layers=((2, "tanh"),)).network()
    assert [words(network, place).partition(", ")[2] for place in range(network.theta.size)] == [
        "from input 1 to unit 1 of layer 1", "from input 1 to unit 2 of layer 1",
        "from input 2 to unit 1 of layer 1", "from input 2 to unit 2 of layer 1",
        "the bias of unit 1 of layer 1", "the bias of unit 2 of layer 1",
        "from unit 1 of layer 1 to unit 1 of layer 2", "from unit 2 of layer 1 to unit 1 of layer 2",
        "the bias of unit 1 of layer 2",
    ]
    with pytest.raises(ValueError, match="^place must be less than 9, got 9"):
        words(network, 9)


def test_the_map_in_a_unit_is_what_the_unit_gives_over_the_plane(spiral):
    maps = drawn(Units(), spiral, 9).surfaces
    assert len(maps) == 4 + 3 + 1
    (left, right), (bottom, top) = Answers().still(spiral).xlim, Answers().still(spiral).ylim
    cells = maps[0][0].shape[0]
    point = [[left + 2.5 / cells * (right - left), bottom + 7.5 / cells * (top - bottom)]]
    units = np.concatenate([A[0] for A in spiral.network(9).activations(point)[1:]])
    np.testing.assert_allclose([values[7, 2] for values, *_ in maps], units)


def test_a_bias_is_a_dot_at_the_corner_of_the_map_of_its_unit(spiral):
    canvas = drawn(Units(), spiral, 9)
    corners = {(place[0], place[2]) for _, place, *_ in canvas.surfaces}
    assert len(corners) == 8
    found = {(x[0], y[0]) for x, y, *_ in canvas.markers}
    np.testing.assert_allclose(sorted(found), sorted(corners))


def test_the_dot_of_a_bias_is_a_diamond_where_it_is_negative_as_the_lesson_says(spiral):
    markers = [marker for _, _, _, marker, _ in drawn(Units(), spiral, 9).markers]
    biases = np.concatenate(spiral.network(9).biases)
    assert set(markers) == {"o", "D"} and markers == ["D" if bias < 0 else "o" for bias in biases]
    lesson = (PROJECT / "notebooks" / "07_playground.ipynb").read_text(encoding="utf-8")
    # Wherever its lines break.
    lesson = re.sub(r'\\n",\s*"', " ", lesson)
    assert "the small dot at a unit's corner is its bias, a diamond where it is negative" in lesson


def test_the_parts_of_a_plane_of_numbers_are_named_with_their_markers():
    legend = Answers().still(run_of(NUMBERS)).legend
    assert [(key.label, key.color, key.marker) for key in legend] == [
        ("training", BLUE, "o"), ("test", VERMILLION, "D"),
    ]


@pytest.mark.parametrize("data, label", [
    ("moons", "output 0.5"), (Table.read(PLANE.assign(c=np.linspace(2.1, 9.9, 30)), "c"), "halfway from low to high"),
])
def test_the_line_in_the_middle_of_the_outputs_stands_in_the_legend(data, label):
    *_, key = Answers().still(run_of(data)).legend
    assert (key.label, key.dashes) == (label, "dotted")


def test_of_three_classes_the_legend_shows_the_shades_of_the_plane_too():
    columns, rows = ("x", "y", "kind"), [(float(k), float(k % 5), "abc"[k % 3]) for k in range(30)]
    three = run_of(Table(columns, rows), loss="softmax_cross_entropy")
    assert [key.shade for key in Answers().still(three).legend] == [0, 0, 1, 1, 2, 2]
    assert {key.shade for key in Answers().still(run_of("moons")).legend} == {None}


LARGE = 1e6 * np.random.default_rng(2).normal(size=40)


def table_of(columns, target):
    numbers = np.random.default_rng(1).normal(size=(40, columns))
    return Table.read(pd.DataFrame(numbers, columns=[f"c{k}" for k in range(columns)]).assign(t=target), "t")


@pytest.mark.parametrize("data, across, up", [
    (table_of(1, LARGE), "c0 (standardized)", "output (standardized)"),
    (table_of(1, ["a", "b"] * 20), "c0 (standardized)", "output"),
    (table_of(2, LARGE), "c0 (standardized)", "c1 (standardized)"),
    (table_of(3, LARGE), "truth (standardized)", "output (standardized)"),
    ("line", "x", "output"), ("fibonacci", "position (standardized)", "output (standardized)"), ("spiral", "x1", "x2"),
])
def test_what_is_standardized_is_named_so(data, across, up):
    run = run_of(data)
    still, said = Answers().still(run), Answers().text(run, -1)
    assert (still.xlabel, still.ylabel) == (across, up)
    in_deviations = abs(np.vstack([run.Y, run.Y_test]).std() - 1) < 0.1 and not run.classes
    assert ("standard deviations of the target on average" in said) == in_deviations


def test_numbers_over_a_plane_have_the_same_shades_in_the_last_unit_as_in_the_answers():
    run = run_of(table_of(2, LARGE))
    *_, (_, _, low, high, _) = drawn(Units(), run, -1).surfaces
    ((_, _, *answers, _),) = drawn(Answers(), run, -1).surfaces
    assert [low, high] == answers == [run.Y.min(), run.Y.max()] and low < -1


def test_64_inputs_are_a_picture_where_their_names_say_so_alone():
    assert len(drawn(Units(), run_of("digits", samples=40), -1).surfaces) == 4
    assert not drawn(Units(), run_of(table_of(64, ["a", "b"] * 20)), -1).surfaces


def test_a_line_is_as_wide_as_its_weight_is_large_beside_the_largest(spiral):
    # The edges of the maps have five points.
    found = sorted(width for x, *_, width in drawn(Units(), spiral, 9).lines if len(x) == 2)
    sizes = np.concatenate([abs(W).ravel() for W in spiral.network(9).weights])
    assert found == pytest.approx(sorted(np.clip(7.0 * sizes / abs(spiral.theta[9]).max(), 1.0, 7.0)))
    # A network of smaller weights looks the same.
    small = run_of("spiral", epochs=1, edits=[(1, k, 0.01) for k in range(spiral.theta.shape[1])])
    assert max(width for x, *_, width in drawn(Units(), small, -1).lines if len(x) == 2) == pytest.approx(7.0)


def test_the_names_of_the_inputs_end_to_the_left_of_them_and_inside(spiral):
    (left, _), words = Units().still(spiral).xlim, drawn(Units(), spiral, 9).words
    assert len(words) >= 2 and all(left < x < 0 for x, *_ in words[:2])


def test_a_probability_is_shaded_from_0_to_1_and_a_tanh_from_minus_1_to_1():
    *hidden, output = drawn(Units(), run_of("moons", loss="softmax_cross_entropy", layers=((2, "tanh"),)), -1).surfaces
    assert [(low, high) for _, _, low, high, _ in hidden[:2]] == [(-1, 1)] * 2
    assert output[2:4] == (0, 1) and 0 <= output[0].min() and output[0].max() <= 1


def test_the_maps_of_digits_are_the_weights_of_their_pixels():
    run = run_of("digits", loss="softmax_cross_entropy")
    maps = drawn(Units(), run, -1).surfaces
    assert len(maps) == 4
    # Pixels go row by row from the top, and a surface from the bottom.
    weights = run.network(-1).weights[0]
    np.testing.assert_array_equal(maps[2][0][::-1].ravel(), weights[:, 2])
    # Of each map the largest weight is in full color: weights are no activations, which a tanh would keep within 1.
    assert [high for *_, high, _ in maps] == [-low for _, _, low, *_ in maps] == abs(weights).max(axis=0).tolist()


def test_of_a_large_layer_the_first_units_are_drawn_and_the_others_counted():
    run = run_of("moons", layers=((MOST_UNITS + 6, "tanh"),))
    canvas = drawn(Units(), run, 0)
    assert len(canvas.surfaces) == MOST_UNITS + 1 and "+6" in [text for *_, text in canvas.words]


@pytest.mark.parametrize("count, apart", [(3, 1), (6, 1), (8, 2), (20, 3)])
def test_the_names_of_many_classes_do_not_run_into_each_other_below_the_table(count, apart):
    # A letter is about 7 pixels wide, and the table about 280 where a page is wide: 40 letters, the gaps included.
    table = pd.DataFrame(RANDOM.normal(size=(4 * count, 3)), columns=list("abc"))
    kinds = Table.read(table.assign(kind=[f"kind {number:02d}" for number in range(count)] * 4), "kind")
    still = Answers().still(run_of(kinds))
    assert still.yticks == tuple((count - 1.0 - k, f"ki…{k:02d}") for k in range(count))
    assert still.xticks == tuple((float(k), f"ki…{k:02d}") for k in range(0, count, apart))
    assert sum(len(name) for _, name in still.xticks) <= 40


def test_letters_that_are_twice_as_wide_get_the_room_of_two():
    # As Unicode's standard annex 11 has it, a letter of Japanese is as wide as two of the usual ones.
    def shown(features, classes):
        table = pd.DataFrame(RANDOM.normal(size=(40, 3)), columns=features).assign(kind=[*classes] * 20)
        run = run_of(Table.read(table, "kind"), loss="softmax_cross_entropy")
        return Units().still(run).xlim[0], drawn(Units(), run, 0).words, Answers().still(run)

    left, words, table = shown(["身長の平均値センチメートル", "体重", "年"], ["女子学生の集まり", "男子"])
    assert [text for *_, text in words if text[0] in "身体年"] == ["身長の平均…", "体重", "年"]
    assert [name for _, name in table.xticks] == ["女子…", "男子"]
    usual, _, other = shown(["abcdefghijk", "ab", "a"], ["abcdefg", "abcd"])
    assert left == usual and svg._room(table) == svg._room(other)


def test_every_digit_stands_below_the_table():
    assert [name for _, name in Answers().still(run_of("digits")).xticks] == list("0123456789")


@pytest.mark.parametrize("classes", [
    ["apple", "banana", "cherry"], ["class_1", "class_10", "class_2"], ["a tall tree", "a tall bush", "a thin bush"],
    ["some old tree", "some old bushy tree", "some new tree"],
])
def test_shortened_names_can_be_told_apart_and_are_of_their_own_class(classes):
    rows = [(float(k % 7), float(k % 5), float(k % 3), kind) for k, kind in enumerate(classes * 8)]
    columns = ("temperature inside", "temperature outside", "wind", "kind")
    run = run_of(Table(columns, rows), loss="softmax_cross_entropy")
    shown = [name for _, name in Answers().still(run).xticks]
    inputs = [name for *_, name in drawn(Units(), run, 0).words if name[0] in "tw"]
    assert len(set(shown)) == len(set(inputs)) == 3
    for short, name in (*zip(shown, run.classes), *zip(inputs, run.features)):
        begin, _, end = short.partition("…")
        assert name.startswith(begin) and name.endswith(end) and begin
