"""What a user can set on an object of the package is taken over whole or refused in a sentence; nothing comes apart."""

import copy
import pickle

import numpy as np
import pytest

from nbhelpers import (
    SGD,
    Adam,
    Bench,
    Dense,
    FeedForwardClassifier,
    History,
    Loss,
    Network,
    audit,
    check_gradient,
    diagnose,
    exercises,
    faulty_gradient,
    identity,
    leaky_relu,
    panels,
    plots,
    published,
    sigmoid,
    ssr,
    sweep,
    train,
)
from nbhelpers.bench import Table

from .hostile import PANELS, panel

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


def test_copied_weights_are_those_of_before_the_training_and_bring_them_back(network):
    before, weights, biases = network.theta.copy(), network.weights.copy(), network.biases.copy()
    train(network, X, Y, loss=ssr, optimizer=SGD(0.1), epochs=5)
    assert not np.array_equal(network.theta, before) and biases[1] is None
    network.weights, network.biases = weights, biases
    assert np.array_equal(network.theta, before) and same_views(network)


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
    assert np.array_equal(getattr(thing, name, None), before)


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


def by_lambda():
    return train(
        Network(2, [Dense(1, identity)]).initialize("normal", 0), X, Y, loss=ssr, optimizer=SGD(), epochs=2,
        gradient=lambda theta, X, Y: 2 * theta,
    )


def test_a_history_with_a_lambda_for_a_gradient_goes_into_a_file_with_what_that_gave():
    history = by_lambda()
    twin = pickle.loads(pickle.dumps(history))
    assert np.array_equal(twin.gradient, 2 * history.theta) and np.array_equal(twin.angles, history.angles)
    assert np.array_equal(twin.X, history.X) and np.array_equal(twin.loss, history.loss)
    assert np.array_equal(copy.deepcopy(history).gradient, history.gradient)
    with pytest.raises(ValueError, match="^the gradient function of this run was not copied with it: define it with "):
        assert History.joined([twin]).gradient


def a_neuron():
    w = np.array([0.5, -0.5])
    return audit([w], lambda: float(((X @ w - Y[:, 0]) ** 2).sum()), lambda: 2 * X.T @ (X @ w - Y[:, 0]))


LEFT_OUT = 2, "slope", "the slope of {activation} is left out"
BENCH = Bench(data="xor", samples=40, layers=[(2, "tanh")], epochs=2, fault=LEFT_OUT)
THINGS = {
    "check": lambda: check_gradient(Network(2, [Dense(1, identity)]), X, Y, ssr), "audit": a_neuron,
    "diagnosis": lambda: diagnose(Network(2, [Dense(1, identity)]), X, Y, ssr, lambda theta, X, Y: 2 * theta + 1),
    "bench": lambda: BENCH, "run": BENCH.run, "sgd": lambda: SGD(0.1), "adam": lambda: Adam(0.1),
    "verdict": lambda: exercises.single_neuron.check_slopes(lambda *given: 0.0),
    "published adam": lambda: published.and_net.PublishedAdam(sizes=(2, 1)),
    "classifier": lambda: FeedForwardClassifier(epochs=2).fit([[0.0], [1.0]], ["a", "b"]),
    "own data": lambda: Table(("a", "b"), [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0)]),
    "table": lambda: sweep(lambda seed: Network(2, [Dense(1, identity)]), X, Y, loss=ssr, learning_rates=[0.1],
                           seeds=[0], epochs=1),
    "picture": lambda: plots.draw([panels.LossCurve()], a_history()),
    **{name: lambda name=name: panel(name)[0] for name in PANELS},
}


@pytest.mark.parametrize("twin_of", [copy.deepcopy, copy.copy, lambda thing: pickle.loads(pickle.dumps(thing))])
@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS.keys())
def test_what_the_package_returns_can_be_copied_and_sent_away(thing, twin_of):
    found = thing()
    twin = twin_of(found)
    assert type(twin) is type(found) and (repr(twin) == repr(found) or "object at" in repr(found))


def test_a_planted_fault_is_the_same_after_it_was_sent_away():
    network = Network(2, [Dense(2, "tanh"), Dense(1, identity)]).initialize("normal", 0)
    gradient = faulty_gradient(network, ssr, (2, "slope", ""), (1, "update"))
    twin = pickle.loads(pickle.dumps(gradient))
    assert np.array_equal(twin(network.theta, X, Y), gradient(network.theta, X, Y))
