"""Faults planted on purpose, and the angle between what a training follows and what is right."""

import numpy as np
import pytest

from nbhelpers import SGD, Dense, Network, diagnose, faulty_gradient, mse, panels, plots, ssr, train
from nbhelpers.derivation import RIGHT
from nbhelpers.published import feed_forward, or_net

X, Y = feed_forward.data()
NETWORK = feed_forward.build()


def test_without_a_fault_it_is_backpropagation():
    found = faulty_gradient(NETWORK, ssr)(NETWORK.theta, X, Y)
    assert np.allclose(found, NETWORK.gradient(X, Y, ssr), rtol=1e-12)


@pytest.mark.parametrize("fault", [
    (2, "chain", "not transposed"), (1, "biases", "never updated"), (2, "slope", "twice"), (2, "loss", "last row"),
    (1, "weights", "over all units"), (1, "update"),
])
def test_a_planted_fault_is_the_one_that_diagnose_names(fault):
    (found,) = diagnose(NETWORK, X, Y, "ssr", faulty_gradient(NETWORK, "ssr", fault)).faults
    assert (found.layer, found.term) == fault[:2]


def test_the_published_fault_can_be_planted():
    both = [(layer, "weights", "sum over all units") for layer in (1, 2)]
    planted = faulty_gradient(NETWORK, ssr, *both)(NETWORK.theta, X, Y)
    assert np.allclose(planted, feed_forward.gradient(NETWORK.theta, X, Y), rtol=1e-12)


def test_the_network_may_change_afterwards():
    network = NETWORK.copy()
    gradient = faulty_gradient(network, ssr, (2, "slope", "left out"))
    before = gradient(NETWORK.theta, X, Y)
    network.theta = 0 * network.theta
    assert np.array_equal(gradient(NETWORK.theta, X, Y), before)


def test_whole_numbers_and_lists_get_the_derivatives_of_the_same_numbers():
    theta = np.arange(NETWORK.theta.size) % 3 - 1
    gradient = faulty_gradient(NETWORK, ssr, (1, "slope", "left out"))
    found = gradient(theta.astype(float), X, Y)
    # Rounded to whole numbers they would be others.
    assert not np.array_equal(found, np.trunc(found))
    assert np.array_equal(gradient(theta, X, Y), found)
    assert np.array_equal(gradient(theta.tolist(), X.tolist(), Y.tolist()), found)


@pytest.mark.parametrize("given, words", [
    # One column would be laid beside each of the three outputs.
    ((NETWORK.theta, X, Y[:, :1]), "^Y must have 3 columns, one for each output; got 1"),
    ((NETWORK.theta, X[:, :2], Y), "^X must have 4 columns, one for each input of the network; got 2"),
    ((NETWORK.theta, X[:3], Y), "^Y must have 3 rows, as many as X; got 105"),
    ((NETWORK.theta, X[0], Y[0]), "^X must have the shape .*use np.reshape"),
    ((NETWORK.theta[:5], X, Y), r"^theta must have the shape \(27,\), got the shape \(5,\)"),
], ids=["one column", "two features", "three rows", "one sample", "short theta"])
def test_data_that_do_not_fit_the_network_are_refused_as_by_the_network(given, words):
    with pytest.raises(ValueError, match=words):
        faulty_gradient(NETWORK, ssr, (1, "slope", "left out"))(*given)


def test_a_training_that_diverges_with_a_fault_says_so():
    line = Network(4, [Dense(3, "identity")]).initialize("normal", seed=0)
    wrong = faulty_gradient(line, ssr, (1, "slope", "twice"))
    # A step with which no parameter is finite any more.
    history = train(line, X, Y, loss=ssr, optimizer=SGD(1.7e308), epochs=3, gradient=wrong)
    assert history.stopped == "diverged"


@pytest.mark.parametrize("fault, error, words", [
    ((3, "slope", "twice"), ValueError, "the layer of a fault must be a whole number from 1 to 2, got 3"),
    ((0, "update"), ValueError, "the layer of a fault must be a whole number from 1 to 2, got 0"),
    ((1, "slop", "twice"), ValueError, "the term of a fault is not known: got 'slop'; did you mean slope"),
    ("ab", TypeError, r"each of faults must be \(layer, term, words\), got 'ab'"),
    ((1, "slope", "twice", 2.0), TypeError, r"each of faults must be \(layer, term, words\), got \(1, 'slope'"),
    ((1, "slope"), ValueError, "the words of a fault in the slope must be a part of .*; got None"),
    ((1, "slope", "three times"), ValueError, "the words of a fault in the slope must be a part of .*twice.*'three"),
])
def test_a_fault_that_is_not_known_is_refused_with_those_that_are(fault, error, words):
    with pytest.raises(error, match=words):
        faulty_gradient(NETWORK, ssr, fault)


@pytest.mark.parametrize("fault, words", [
    # Planted there, each of them would leave the gradient right.
    ((1, "loss", "last row"), "a fault in the loss must be in the last layer, 2, got 1"),
    ((1, "chain", "not transposed"), "a fault in the chain must be in layer 2 or higher, got 1"),
    ((2, "biases", "never updated"), "a fault in the biases must be in a layer with biases, got 2"),
])
def test_a_fault_in_a_term_that_its_layer_does_not_have_is_refused(fault, words):
    network = Network(4, [Dense(3, "sigmoid"), Dense(3, "sigmoid", bias=False)])
    with pytest.raises(ValueError, match=f"^{words}$"):
        faulty_gradient(network, ssr, fault)


def test_a_fault_is_planted_in_a_network_alone():
    with pytest.raises(TypeError, match="^network must be a Network, got 'spiral'"):
        faulty_gradient("spiral", mse)


@pytest.mark.parametrize("loss, squash", [
    ("sigmoid_cross_entropy", lambda A: 1 / (1 + np.exp(-A))),
    ("softmax_cross_entropy", lambda A: np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)),
])
def test_the_slope_that_is_in_p_minus_y_already_can_be_multiplied_in(loss, squash):
    network = Network(2, [Dense(3, "identity", bias=False)]).initialize("normal", 1)
    x, y = np.array([[1.0, -2.0], [0.5, 3.0]]), np.eye(3)[:2]
    P = squash(x @ network.theta.reshape(2, 3))
    found = faulty_gradient(network, loss, (1, "loss", "which p - y has in it already"))(network.theta, x, y)
    expected = (x.T @ ((P - y) * P * (1 - P))).ravel()
    # It may be a mean or a sum.
    assert found / np.linalg.norm(found) == pytest.approx(expected / np.linalg.norm(expected), rel=1e-9)


def test_a_fault_without_a_meaning_in_its_layer_is_said_where_it_is_asked_for():
    gradient = faulty_gradient(NETWORK, mse, (2, "loss", "which p - y has in it already"))
    with pytest.raises(ValueError, match="p - y has in it already' has no meaning in layer 2, of .* with the loss MSE"):
        gradient(NETWORK.theta, X, Y)


def turned(degrees):
    """A network of two parameters, and its gradient turned in the plane."""
    network = Network(1, [Dense(1, "identity")])
    network.theta = [1.0, 2.0]
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def gradient(theta, x, y):
        twin = network.copy()
        twin.theta = theta
        return np.array([[c, -s], [s, c]]) @ twin.gradient(x, y, mse)

    x, y = np.array([[1.0], [-1.0]]), np.zeros((2, 1))
    return train(network, x, y, loss=mse, optimizer=SGD(0.1), epochs=5, gradient=gradient)


@pytest.mark.parametrize("degrees", [0, 30, 89, 120, 180])
def test_a_history_knows_the_angle_at_each_of_its_records(degrees):
    history = turned(degrees)
    assert history.angles.shape == (6,) and np.allclose(history.angles, degrees, atol=1e-6)
    # Written out: the loss is w² + b², on the rows 1 and -1 with the truth 0.
    assert np.allclose(history.right_gradient, 2 * history.theta)


def test_the_panel_says_the_angles_of_its_own_run_whatever_the_picture_is_of():
    other, sharp = or_net.run(epochs=3), turned(30)
    text = plots.draw([panels.Angle(), panels.Angle(sharp, "a turned one")], other).text
    assert text == (
        "Angle to the right gradient: below 0.5 degrees at the start, below 0.5 degrees at step 3, below 0.5 degrees "
        "at the most. A turned one: 30 degrees at the start, 30 degrees at step 3, 30 degrees at the most."
    )


def test_every_term_of_backpropagation_can_be_given_a_fault():
    for term in RIGHT:
        network = Network(2, [Dense(2, "sigmoid"), Dense(2, "sigmoid")]).initialize("normal", 0)
        gradient = faulty_gradient(network, mse, (2, term, ""))
        assert gradient(network.theta, X[:3, :2], Y[:3, :2]).shape == network.theta.shape
