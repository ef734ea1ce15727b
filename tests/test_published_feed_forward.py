"""The published feed-forward class against its formulas with the Jacobians written out, and each of its faults."""

import numpy as np
import pytest

from nbhelpers import check_gradient, iris, split, ssr
from nbhelpers.published import feed_forward

# (inputs, hidden, outputs): a layer of one neuron and of several, in every combination.
SHAPES = [(2, 1, 1), (3, 4, 1), (2, 1, 3), (4, 3, 3), (5, 2, 4)]
shapes = pytest.mark.parametrize("sizes", SHAPES, ids=str)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def data(sizes, rows=6):
    generator = np.random.default_rng(1)
    return generator.normal(size=(rows, sizes[0])), generator.uniform(size=(rows, sizes[2]))


def by_full_jacobians(theta, X, Y, sizes, filled):
    """The gradient of the SSR by the chain of full Jacobians, one row of X at a time; W has a row for each neuron.

    Where `filled`, every row of a weight Jacobian holds the inputs, as published; else only that of its own neuron.
    """
    inputs, hidden, outputs = sizes
    W1, c1, W2, c2 = np.split(theta, np.cumsum([inputs * hidden, hidden, hidden * outputs]))
    W1, W2 = W1.reshape(inputs, hidden).T, W2.reshape(hidden, outputs).T

    def weight_jacobian(entering, neurons):
        J = np.zeros((neurons, neurons, len(entering)))
        for changing in range(neurons):
            for neuron in range(neurons):
                if filled or changing == neuron:
                    J[changing, neuron] = entering
        return J

    dW1, dc1, dW2, dc2 = np.zeros_like(W1), np.zeros(hidden), np.zeros_like(W2), np.zeros(outputs)
    for x, y in zip(X, Y):
        z1 = sigmoid(W1 @ x + c1)
        p = sigmoid(W2 @ z1 + c2)
        in_h2 = -2 * (y - p) @ np.diag(p * (1 - p))
        in_h1 = in_h2 @ W2 @ np.diag(z1 * (1 - z1))
        dW2 += np.einsum("k,kji->ji", in_h2, weight_jacobian(z1, outputs))
        dW1 += np.einsum("k,kji->ji", in_h1, weight_jacobian(x, hidden))
        dc2, dc1 = dc2 + in_h2 @ np.eye(outputs), dc1 + in_h1 @ np.eye(hidden)
    return np.concatenate([dW1.T.ravel(), dc1, dW2.T.ravel(), dc2])


def by_differences(theta, X, Y, sizes):
    """The true gradient of the SSR, by central differences."""
    inputs, hidden, outputs = sizes

    def height(theta):
        W1, c1, W2, c2 = np.split(theta, np.cumsum([inputs * hidden, hidden, hidden * outputs]))
        p = sigmoid(sigmoid(X @ W1.reshape(inputs, hidden) + c1) @ W2.reshape(hidden, outputs) + c2)
        return ((p - Y) ** 2).sum()

    steps = 1e-6 * np.eye(len(theta))
    return np.array([(height(theta + step) - height(theta - step)) / 2e-6 for step in steps])


@shapes
@pytest.mark.parametrize("seed", range(3))
def test_the_published_gradient_is_that_of_the_filled_jacobians(sizes, seed):
    theta, (X, Y) = 5 * feed_forward.initial_theta(seed, sizes), data(sizes)
    expected = by_full_jacobians(theta, X, Y, sizes, filled=True)
    np.testing.assert_allclose(feed_forward.gradient(theta, X, Y, sizes), expected, rtol=1e-10, atol=1e-14)


@shapes
def test_with_the_zeros_in_their_places_the_same_chain_is_right(sizes):
    theta, (X, Y) = 5 * feed_forward.initial_theta(0, sizes), data(sizes)
    true = by_differences(theta, X, Y, sizes)
    np.testing.assert_allclose(by_full_jacobians(theta, X, Y, sizes, filled=False), true, rtol=1e-6, atol=1e-8)


@shapes
def test_the_weights_are_wrong_from_two_neurons_in_their_layer_on_and_the_biases_are_right(sizes):
    network, (X, Y) = feed_forward.build(0, sizes), data(sizes)
    published, true = (network.split(g) for g in (
        feed_forward.gradient(network.theta, X, Y, sizes), by_differences(network.theta, X, Y, sizes)
    ))
    for layer, neurons in enumerate(sizes[1:]):
        np.testing.assert_allclose(published[1][layer], true[1][layer], rtol=1e-6, atol=1e-8)
        is_right = np.allclose(published[0][layer], true[0][layer], rtol=1e-6, atol=1e-8)
        assert is_right == (neurons == 1)
    verdicts = check_gradient(network, X, Y, ssr, gradient=feed_forward.gradient).table["verdict"]
    hidden, outputs = ("right" if neurons == 1 else "wrong" for neurons in sizes[1:])
    assert verdicts.tolist() == [hidden, "right", outputs, "right"]


def test_all_neurons_of_a_layer_get_the_sum_of_the_derivatives_that_they_should_get():
    sizes = (4, 3, 2)
    network, (X, Y) = feed_forward.build(2, sizes), data(sizes)
    published, _ = network.split(feed_forward.gradient(network.theta, X, Y))
    true, _ = network.split(by_differences(network.theta, X, Y, sizes))
    for dW, dW_true in zip(published, true):
        np.testing.assert_allclose(dW, np.tile(dW_true.sum(axis=1, keepdims=True), dW.shape[1]), rtol=1e-6, atol=1e-8)


def test_so_the_weights_of_the_hidden_neurons_keep_their_distances_to_the_end():
    history = feed_forward.run(seed=1, epochs=50)
    W = history.theta[:, :12].reshape(-1, 4, 3)
    np.testing.assert_allclose(W - W[:, :, :1], np.tile(W[0] - W[0][:, :1], (len(W), 1, 1)), atol=1e-12)
    assert abs(W[-1] - W[0]).max() > 0.1


def test_the_start_is_drawn_in_the_published_order_and_the_seed_is_honored():
    inputs, hidden, outputs = sizes = (4, 3, 2)
    random = np.random.RandomState(11)
    W1, c1 = random.randn(hidden, inputs) / 5, random.randn(hidden, 1) / 5
    W2, c2 = random.randn(outputs, hidden) / 5, random.randn(outputs, 1) / 5
    expected = np.concatenate([W1.T.ravel(), c1.ravel(), W2.T.ravel(), c2.ravel()])
    state = np.random.get_state()[1].tolist()
    assert feed_forward.initial_theta(11, sizes).tolist() == expected.tolist()
    assert feed_forward.build(11, sizes).theta.tolist() == expected.tolist()
    assert np.random.get_state()[1].tolist() == state
    assert feed_forward.run(seed=5, epochs=1).theta[0].tolist() == feed_forward.initial_theta(5, (4, 3, 3)).tolist()


def test_the_run_is_plain_descent_on_the_standardized_training_flowers():
    history = feed_forward.run(seed=3, hidden=2, learning_rate=0.02, epochs=3)
    X, _, Y, _ = split(*iris(), test_share=0.3, seed=0)
    np.testing.assert_allclose(history.X, (X - X.mean(axis=0)) / X.std(axis=0), rtol=1e-12)
    assert np.array_equal(history.Y, Y) and history.loss_function is ssr and history.unit == "step"
    for before, after in zip(history.theta, history.theta[1:]):
        expected = before - 0.02 * by_full_jacobians(before, history.X, Y, (4, 2, 3), filled=True)
        np.testing.assert_allclose(after, expected, rtol=1e-9)


def test_the_run_on_three_species_falls_and_does_not_learn_while_the_corrected_one_does():
    from nbhelpers import SGD, train

    published = feed_forward.run(seed=0, epochs=300)
    corrected = train(feed_forward.build(0), published.X, published.Y, loss=ssr, optimizer=SGD(0.01), epochs=300)
    # A third for every species, whatever the flower: (2/3)² + 2 (1/3)² for each of the 105.
    knows_nothing = len(published.X) * 6 / 9
    assert published.loss[0] > knows_nothing > published.loss[-1] > 0.8 * knows_nothing
    assert corrected.loss[-1] < 0.2 * knows_nothing


def test_the_class_ignores_its_seed():
    X, Y = data((4, 3, 2))
    starts = []
    for _ in range(2):
        model = feed_forward.PublishedClass()
        assert model.fit(X, Y, hidden=3, epochs=0, seed=7) is True
        starts.append(model.theta)
    assert not np.array_equal(*starts)


def test_the_class_learns_at_the_published_rate_where_none_is_given():
    X, Y = data((4, 3, 2))
    ends = []
    for rate in ({}, {"learning_rate": 1e-5}):
        np.random.seed(4)
        model = feed_forward.PublishedClass()
        model.fit(X, Y, hidden=3, epochs=2, **rate)
        ends.append(model.theta)
    assert np.array_equal(*ends)


def test_the_class_loses_its_training_data_in_predict():
    X, Y = data((4, 3, 2))
    model = feed_forward.PublishedClass()
    model.fit(X, Y, hidden=3, epochs=5)
    outputs = model.predict(X[:2] + 1)
    assert outputs.shape == (2, 2) and np.array_equal(model.X, X[:2] + 1) and len(model.y) == len(X)


def test_the_class_takes_a_plain_y_and_follows_the_published_gradient():
    X, Y = data((4, 3, 1))
    model = feed_forward.PublishedClass()
    np.random.seed(4)
    model.fit(X, Y[:, 0], hidden=3, learning_rate=0.1, epochs=1)
    start = feed_forward.initial_theta(4, (4, 3, 1))
    expected = start - 0.1 * by_full_jacobians(start, X, Y, (4, 3, 1), filled=True)
    np.testing.assert_allclose(model.theta, expected, rtol=1e-10)
    # Outputs are columns for the samples, as published.
    W1, b1, W2, b2 = expected[:12].reshape(4, 3), expected[12:15], expected[15:18, None], expected[18:]
    outputs = 1 / (1 + np.exp(-(1 / (1 + np.exp(-(X @ W1 + b1))) @ W2 + b2)))
    np.testing.assert_allclose(model.predict(X), outputs.T, rtol=1e-9)


def test_the_class_refuses_to_predict_before_it_is_fitted():
    with pytest.raises(ValueError, match="^PublishedClass must be fitted before it predicts; call fit"):
        feed_forward.PublishedClass().predict([[1.0, 2.0, 3.0, 4.0]])


def test_there_are_four_faults_and_no_recorded_figures():
    assert len(feed_forward.FAULTS) == 4 and len(feed_forward.RECORDED) == 0
    for word, fault in zip(("Jacobians", "seed", "predict", "sign"), feed_forward.FAULTS):
        assert word in fault


def test_sizes_are_read_off_the_shapes_and_a_theta_of_others_is_refused():
    sizes = (4, 3, 2)
    theta, (X, Y) = feed_forward.initial_theta(0, sizes), data(sizes)
    assert np.array_equal(feed_forward.gradient(theta, X, Y), feed_forward.gradient(theta, X, Y, sizes))
    # Four hidden neurons need (4 + 1) * 4 + (4 + 1) * 2 parameters, three (4 + 1) * 3 + (3 + 1) * 2.
    with pytest.raises(ValueError, match=r"^theta must have the shape \(30,\), got the shape \(23,\)"):
        feed_forward.gradient(theta, X, Y, (4, 4, 2))


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (1.5, TypeError)])
def test_a_seed_that_is_no_seed_is_refused(seed, error):
    with pytest.raises(error, match=f"^seed must be a whole number from 0 to 4294967295, got {seed!r}"):
        feed_forward.run(seed=seed)


def test_the_lesson_runs_a_thousand_epochs_of_a_4_3_3_network_from_seed_0():
    assert feed_forward.run().ended_at == 1000
    assert tuple(feed_forward.build().sizes) == (4, 3, 3) and feed_forward.initial_theta().size == 27
    assert np.array_equal(feed_forward.build().theta, feed_forward.build(0, (4, 3, 3)).theta)
    assert np.array_equal(feed_forward.initial_theta(), feed_forward.initial_theta(0, (4, 3, 3)))
