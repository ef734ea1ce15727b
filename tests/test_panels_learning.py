"""The panels of the lesson on learning from data: the figures of the run, drawn and said."""

import gc
from weakref import ref

import numpy as np
import pytest

from nbhelpers import SGD, iris, mse, records, split, train
from nbhelpers.network import LossAt
from nbhelpers.pictures.colors import BLUE, GREEN, INK, ORANGE, PURPLE, VERMILLION
from nbhelpers.pictures.panels import HiddenWeights, LearningCurves, Regions
from nbhelpers.pictures.plots import draw, lay_out
from nbhelpers.published import feed_forward

from .canvas import drawn

SPECIES = ["setosa", "versicolor", "virginica"]
NAMES = ["petal length", "petal width"]
X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = split(*iris())
X_TEST = (X_TEST - X_TRAIN.mean(axis=0)) / X_TRAIN.std(axis=0)
REGIONS = Regions(2, 3, NAMES, SPECIES, columns=8, rows=6)
RECORDS = [0, 10, 40]


@pytest.fixture(scope="module")
def history():
    return feed_forward.run(hidden=5, epochs=40)


def outputs(theta, X, hidden):
    """The outputs of the network by its formula, theta cut up by hand."""
    W1, b1, W2, b2 = np.split(theta, np.cumsum([4 * hidden, hidden, 3 * hidden]))
    A1 = 1 / (1 + np.exp(-(X @ W1.reshape(4, hidden) + b1)))
    return 1 / (1 + np.exp(-(A1 @ W2.reshape(hidden, 3) + b2)))


def test_the_learning_curves_are_the_loss_per_sample_of_both_parts_of_the_data(history):
    canvas = drawn(LearningCurves(X_TEST, Y_TEST), history, 10)
    (x, training, blue, *_), (_, test, vermillion, dashes, _) = canvas.lines
    assert np.array_equal(x, history.epochs) and (blue, vermillion, dashes) == (BLUE, VERMILLION, "dashed")
    for record in RECORDS:
        for curve, X, Y in ((training, history.X, Y_TRAIN), (test, X_TEST, Y_TEST)):
            squares = (outputs(history.theta[record], X, 5) - Y) ** 2
            assert curve[record] == pytest.approx(squares.sum() / len(X), rel=1e-12)
    assert [(float(x[0]), float(y[0])) for x, y, *_ in canvas.markers] == [(10, training[10]), (10, test[10])]


def test_a_loss_that_is_a_mean_is_drawn_as_it_is():
    history = train(feed_forward.build(), X_TRAIN, Y_TRAIN, loss=mse, optimizer=SGD(0.1), epochs=5)
    panel = LearningCurves(X_TEST, Y_TEST)
    (_, training, *_), (_, test, *_) = drawn(panel, history, 5).lines
    np.testing.assert_allclose(training, history.loss, rtol=1e-12)
    assert test[5] == pytest.approx(((outputs(history.theta[5], X_TEST, 3) - Y_TEST) ** 2).mean(), rel=1e-12)
    assert panel.text(history, 5).startswith("The MSE goes from ")


def test_the_learning_curves_of_two_runs_are_not_mixed_up(history):
    panel, other = LearningCurves(X_TEST, Y_TEST), feed_forward.run(seed=1, hidden=5, epochs=40)
    first = [drawn(panel, run, 0).lines[1][1] for run in (history, other, history)]
    assert np.array_equal(first[0], first[2]) and not np.array_equal(first[0], first[1])


def test_the_learning_curves_are_computed_once_for_a_run(history, monkeypatch):
    panel, run, other = LearningCurves(X_TEST, Y_TEST), feed_forward.run(epochs=5), feed_forward.run(seed=1, epochs=5)
    computed = []
    monkeypatch.setattr(records, "LossAt", lambda *arguments: computed.append(arguments) or LossAt(*arguments))
    for shown in (run, other, run, other):
        drawn(panel, shown, 5)
        panel.text(shown, 3)
    assert len(computed) == 2


def test_learning_curves_follow_test_data_that_changed(history):
    X = X_TEST.copy()
    panel = LearningCurves(X, Y_TEST)
    drawn(panel, history, 10)
    X += 1
    _, (_, curve, *_) = drawn(panel, history, 10).lines
    squares = (outputs(history.theta[10], X, 5) - Y_TEST) ** 2
    assert curve[10] == pytest.approx(squares.sum() / len(X), rel=1e-12)


def test_learning_curves_keep_no_run_alive():
    run = feed_forward.run(epochs=5)
    drawn(LearningCurves(X_TEST, Y_TEST), run, 5)
    alive = ref(run)
    del run
    gc.collect()
    assert alive() is None


def test_the_learning_curves_say_both_losses(history):
    (_, training, *_), (_, test, *_) = drawn(LearningCurves(X_TEST, Y_TEST), history, 10).lines
    assert LearningCurves(X_TEST, Y_TEST).text(history, 10) == (
        f"The SSR per sample goes from {training[0]:.3g} to {training[10]:.3g} on the training data and from "
        f"{test[0]:.3g} to {test[10]:.3g} on the test data over 10 steps."
    )


def test_the_regions_are_the_largest_output_in_the_plane_of_two_features_all_others_at_their_mean():
    # Features in centimeters, so that their means are not 0, and a network that tells the species apart.
    history = train(feed_forward.build(0), X_TRAIN, Y_TRAIN, loss=mse, optimizer=SGD(0.5), epochs=400, batch_size=5)
    record = len(history) - 1
    _, (ax,) = lay_out([REGIONS], history)
    ((values, place, low, high, smooth),) = drawn(REGIONS, history, record).surfaces
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert place == (left, right, bottom, top) and (low, high, smooth) == (0, 2, False) and values.shape == (6, 8)
    assert left < X_TRAIN[:, 2].min() and right > X_TRAIN[:, 2].max() and set(values.ravel()) == {0, 1, 2}
    flower = X_TRAIN.mean(axis=0)
    for row, column in np.ndindex(6, 8):
        flower[2], flower[3] = left + (column + 0.5) * (right - left) / 8, bottom + (row + 0.5) * (top - bottom) / 6
        assert values[row, column] == outputs(history.theta[record], flower[None], 3).argmax()


@pytest.mark.parametrize("record", RECORDS)
def test_every_sample_stands_in_its_place_with_the_marker_of_its_class_and_a_rim_where_the_answer_is_wrong(
    record, history
):
    markers = drawn(REGIONS, history, record).markers
    wrong = outputs(history.theta[record], history.X, 5).argmax(axis=1) != Y_TRAIN.argmax(axis=1)
    for k, (color, shape) in enumerate(((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))):
        (x, y, _, marker, size), = [dots for dots in markers if dots[2] == color]
        (rim_x, _, _, rim_marker, rim_size), = [dots for dots in markers if dots[2:4] == (INK, shape)]
        members = Y_TRAIN[:, k] == 1
        assert marker == rim_marker == shape and rim_size > size
        assert np.array_equal(x, history.X[members, 2]) and np.array_equal(y, history.X[members, 3])
        assert np.array_equal(rim_x, history.X[members & wrong, 2])


def test_the_regions_say_how_many_of_each_class_are_right(history):
    right = outputs(history.theta[40], history.X, 5).argmax(axis=1) == Y_TRAIN.argmax(axis=1)
    members = Y_TRAIN == 1
    counts = [f"{right[members[:, k]].sum()} of {members[:, k].sum()} {name}" for k, name in enumerate(SPECIES)]
    expected = f"The right answer comes for {', '.join(counts)}, for {right.sum()} of 105 in all."
    assert REGIONS.text(history, 40) == expected


def test_the_smallest_regions_have_two_cells_each_way(history):
    ((values, *_),) = drawn(Regions(2, 3, NAMES, SPECIES, columns=2, rows=2), history, 0).surfaces
    assert values.shape == (2, 2)


def test_more_classes_than_there_are_markers_are_refused():
    with pytest.raises(ValueError, match="^classes must have at most 3 entries"):
        Regions(0, 1, NAMES, ["a", "b", "c", "d"])


def test_each_hidden_neuron_has_a_line_with_its_weight(history):
    canvas = drawn(HiddenWeights(2, "petal length"), history, 10)
    assert [color for _, _, color, *_ in canvas.lines] == [BLUE, VERMILLION, GREEN, PURPLE, BLUE]
    for neuron, (x, weight, *_) in enumerate(canvas.lines):
        assert np.array_equal(x, range(11))
        # theta has the weights of an input to all neurons one after the other.
        assert np.array_equal(weight, history.theta[:11, 2 * 5 + neuron])
        assert weight[10] == history.network(10).weights[0][2, neuron]


def test_the_hidden_weights_say_how_far_apart_they_lie(history):
    start, now = (np.ptp(history.theta[record, 10:15]) for record in (0, 10))
    assert HiddenWeights(2, "petal length").text(history, 10) == (
        f"The weights from petal length to the 5 hidden neurons lie at most {start:.3g} apart at the start and "
        f"{now:.3g} at step 10."
    )


def test_a_single_hidden_neuron_is_spoken_of_in_the_singular():
    history = feed_forward.run(hidden=1, epochs=4)
    start, now = history.theta[[0, 4], 2]
    assert HiddenWeights(2, "petal length").text(history, 4) == (
        f"The weight from petal length to the hidden neuron is {start:.3g} at the start and {now:.3g} at step 4."
    )


def test_limits_that_are_given_are_kept(history):
    curves = LearningCurves(X_TEST, Y_TEST, xlim=(0, 900), ylim=(0.01, 2))
    for panel in (curves, HiddenWeights(2, "petal length", xlim=(0, 900), ylim=(-7, 7))):
        (ax,) = draw([panel], history).figure.axes
        assert ax.get_xlim() == (0, 900) and ax.get_ylim() == panel.ylim
