"""What a user can set on an object of the package is taken over whole or refused in a sentence; nothing comes apart."""

import copy
import pickle

import numpy as np
import pytest

from nbhelpers import SGD, Adam, Dense, Loss, Network, identity, leaky_relu, sigmoid, ssr, train

X, Y = np.array([[0.0, 1.0], [1.0, 0.5]]), np.array([[0.0], [1.0]])


@pytest.fixture
def network():
    return Network(2, [Dense(3, sigmoid), Dense(1, identity, bias=False)]).initialize("normal", seed=0)


def same_views(network):
    """Whether the weights and biases are the numbers of theta, in its memory, and a step moves both."""
    weights, biases = network.split(network.theta)
    pairs = zip([*network.weights, *network.biases], [*weights, *biases])
    return all(a is b is None or (np.shares_memory(a, network.theta) and np.array_equal(a, b)) for a, b in pairs)


def test_an_array_assigned_to_the_weights_of_a_layer_is_copied_into_theta(network):
    W = np.arange(6.0).reshape(2, 3)
    network.weights[0] = W
    W[:] = 99
    assert network.theta[:6].tolist() == [0, 1, 2, 3, 4, 5] and same_views(network)


def test_assigned_weights_are_those_that_predict(network):
    network.weights[-1] = [[1.0], [2.0], [4.0]]
    network.biases[0] = [0.0, 0.0, 0.0]
    network.weights[0] = np.zeros((2, 3))
    assert network.predict(X).ravel().tolist() == [3.5, 3.5]


@pytest.mark.parametrize("name", ["weights", "biases"])
def test_all_weights_or_biases_can_be_set_at_once(network, name):
    new = [None if part is None else np.full(part.shape, 0.25) for part in getattr(network, name)]
    setattr(network, name, new)
    assert all(part is None or (part == 0.25).all() for part in getattr(network, name)) and same_views(network)


def test_weights_changed_in_place_stay_views(network):
    before = network.theta[:6].copy()
    network.weights[0] *= 2
    network.biases[0] += 1
    assert network.theta[:6].tolist() == (2 * before).tolist() and same_views(network)


def test_layers_of_one_shape_exchange_their_weights():
    network = Network(2, [Dense(2, sigmoid), Dense(2, sigmoid)]).initialize("normal", seed=0)
    first, second = (W.copy() for W in network.weights)
    network.weights = network.weights[::-1]
    assert network.weights[0].tolist() == second.tolist() and network.weights[1].tolist() == first.tolist()


@pytest.mark.parametrize("place, value, sentence", [
    (0, np.zeros((3, 2)), r"weights\[0\] must have the shape \(2, 3\), got the shape \(3, 2\)"),
    (0, 1.0, r"weights\[0\] must have the shape \(2, 3\), got the shape \(\)"),
    (-1, [[1], [np.nan], [2]], r"weights\[1\] must be finite, got nan in row 1"),
    (0, None, r"weights\[0\] must hold numbers only, got None"),
    (2, 1.0, "the place in weights must be a whole number from -2 to 1, got 2"),
    ("0", 1.0, "the place in weights must be a whole number from -2 to 1, got '0'"),
    (slice(None), [np.zeros((2, 3))], "weights must be a list with one entry for each of 2 layers, got"),
    (slice(None), 3, "weights must be a list with one entry for each of 2 layers, got 3"),
    # The first of the two fits, and must not be taken over alone.
    (slice(None), [np.zeros((2, 3)), np.zeros((2, 2))], r"weights\[1\] must have the shape \(3, 1\)"),
])
def test_weights_that_do_not_fit_are_refused_and_nothing_changes(network, place, value, sentence):
    before = network.theta.tolist()
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        network.weights[place] = value
    assert network.theta.tolist() == before


def test_a_bias_cannot_be_given_to_a_layer_without_one(network):
    with pytest.raises(ValueError, match=r"^biases\[1\] must be None, because that layer has no bias; got 1\.0"):
        network.biases[1] = 1.0
    network.biases[1] = None


@pytest.mark.parametrize("make, name", [
    (lambda: Network(1, [Dense(1, identity)]), "layers"), (lambda: Network(1, [Dense(1, identity)]), "inputs"),
    (lambda: Network(1, [Dense(1, identity)]), "sizes"), (lambda: Network(1, [Dense(1, identity)]), "thetas"),
    (lambda: sigmoid, "formula"), (lambda: leaky_relu, "leak"), (lambda: ssr, "name"),
    (lambda: Dense(1, identity), "units"), (lambda: SGD(), "learning_rate"), (lambda: Adam(), "lr"),
    (lambda: a_history(), "theta"), (lambda: a_history(), "loss"), (lambda: a_history(), "thetas"),
])
def test_what_would_contradict_the_rest_cannot_be_set_or_deleted(make, name):
    thing = make()
    before = getattr(thing, name, None)
    with pytest.raises(AttributeError, match=name):
        setattr(thing, name, 3)
    with pytest.raises(AttributeError, match=name):
        delattr(thing, name)
    assert getattr(thing, name, None) is before


def a_history():
    return train(Network(2, [Dense(1, identity)]), X, Y, loss=ssr, optimizer=SGD(), epochs=2)


def test_the_refusal_says_what_to_do(network):
    sentence = "'layers' of a Network cannot be set: make another Network; what can be set is theta, weights and biases"
    with pytest.raises(AttributeError, match=sentence):
        network.layers = []


@pytest.mark.parametrize("twin_of", [copy.deepcopy, copy.copy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_copies_of_fixed_things_and_of_views_can_be_made(network, twin_of):
    assert twin_of(sigmoid) == sigmoid and twin_of(leaky_relu).leak == 0.1 and twin_of(ssr).name == "ssr"
    assert same_views(twin_of(network)) and twin_of(network).theta.tolist() == network.theta.tolist()
    weights = twin_of(network.weights)
    assert type(weights) is list and [W.tolist() for W in weights] == [W.tolist() for W in network.weights]
    assert twin_of(a_history()).loss.tolist() == a_history().loss.tolist()


def test_a_loss_of_ones_own_is_fixed_too():
    own = Loss("own", "own", ssr.formula, ssr.gradient_formula, averaged=False)
    with pytest.raises(AttributeError, match="'averaged' of a Loss cannot be set: make another Loss"):
        own.averaged = True
