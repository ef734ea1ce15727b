"""The published OR network against the figures of its document, and its gradient against other routes to it."""

import math

import numpy as np
import pytest

from nbhelpers import check_gradient, mse, numerical_gradient, train
from nbhelpers.optimizers import SGD
from nbhelpers.published import or_net

# Figures as the document prints them, to see that the table of recorded figures is not at odds with it.
PRINTED_ERRORS = """
error at step     0: 1.960156e-01
error at step  1000: 1.651662e-01
error at step  2000: 1.593565e-01
error at step  3000: 1.550351e-01
error at step  4000: 1.511067e-01
error at step  5000: 1.465351e-01
error at step  6000: 1.392272e-01
error at step  7000: 1.234844e-01
error at step  8000: 9.350530e-02
error at step  9000: 6.205274e-02
"""
PRINTED_START = [4.17022005e-01, 7.20324493e-01, 1.14374817e-04, 3.02332573e-01, 1.46755891e-01, 9.23385948e-02,
                 0.18626021, 0.34556073, 0.39676747]


@pytest.fixture(scope="module")
def published():
    return or_net.run()


def literal_gradient(theta, X, Y, inputs, hidden, outputs):
    """The document's formulas entry by entry: loops over rows and units, and its factor of 0.5."""
    v = [[theta[i * hidden + j] for j in range(hidden)] for i in range(inputs)]
    w = [[theta[inputs * hidden + j * outputs + k] for k in range(outputs)] for j in range(hidden)]
    dE_dv = [[0.0] * hidden for _ in range(inputs)]
    dE_dw = [[0.0] * outputs for _ in range(hidden)]
    for x, truth in zip(X.tolist(), Y.tolist()):
        g = [1 / (1 + math.exp(-sum(x[i] * v[i][j] for i in range(inputs)))) for j in range(hidden)]
        f = [1 / (1 + math.exp(-sum(g[j] * w[j][k] for j in range(hidden)))) for k in range(outputs)]
        dE_dy = [0.5 * (f[k] - truth[k]) * f[k] * (1 - f[k]) for k in range(outputs)]
        for j in range(hidden):
            dE_dg = sum(dE_dy[k] * w[j][k] for k in range(outputs))
            for k in range(outputs):
                dE_dw[j][k] += dE_dy[k] * g[j]
            for i in range(inputs):
                dE_dv[i][j] += dE_dg * g[j] * (1 - g[j]) * x[i]
    return np.array([*np.ravel(dE_dv), *np.ravel(dE_dw)])


def test_the_recorded_figures_are_those_of_the_document():
    lines = [line.split(":") for line in PRINTED_ERRORS.strip().splitlines()]
    assert [float(value) for _, value in lines] == list(or_net.RECORDED.loss)
    assert len(or_net.RECORDED.hidden_weights) == 6 and or_net.RECORDED.hidden_weights[1] == 2.43454525
    assert or_net.RECORDED.output_weights == (0.70570663, 2.04736287, -4.12867523)
    assert sum(or_net.RECORDED.predictions) == pytest.approx(0.334522 + 0.846053 + 0.849022 + 0.925358)
    # The document's errors are the truth 0, 1, 1, 1 minus its predictions.
    truth_minus_prediction = [0, 1, 1, 1] - np.array(or_net.RECORDED.predictions)
    np.testing.assert_allclose(or_net.RECORDED.errors, truth_minus_prediction, atol=1.1e-6)
    assert or_net.RECORDED.seconds == (2.1, 10.3)


def test_the_start_is_the_printed_one_and_leaves_numpys_generator_alone():
    state = np.random.get_state()
    np.testing.assert_allclose(or_net.initial_theta(), PRINTED_START, atol=6e-9)
    assert all(np.array_equal(a, b) for a, b in zip(state, np.random.get_state()))
    np.random.seed(7)
    hidden, output = np.random.rand(2, 5), np.random.rand(5, 1)
    np.random.set_state(state)
    network = or_net.build(seed=7, hidden=5)
    assert np.array_equal(network.weights[0], hidden) and np.array_equal(network.weights[1], output)


def test_a_bias_starts_at_zero_and_leaves_the_weights_where_they_were():
    without, with_bias = or_net.build(seed=4), or_net.build(seed=4, bias=True)
    for a, b in zip(without.weights, with_bias.weights):
        assert np.array_equal(a, b)
    assert [b.tolist() for b in with_bias.biases] == [[0, 0, 0], [0]] and list(without.biases) == [None, None]


def test_the_published_run_repeats_every_recorded_figure(published):
    table = or_net.compare(published)
    assert len(table) == 10 + 9 + 4 + 4
    assert table["step"].tolist() == [*range(0, 10_000, 1000)] + [10_000] * 17
    assert [name for name in table["figure"] if name.endswith("row 1")] == ["prediction of row 1", "error of row 1"]
    np.testing.assert_allclose(table["ours"], table["recorded"], rtol=0, atol=1e-12)


def test_a_run_that_differs_a_little_is_seen_to_differ():
    history = or_net.run(learning_rate=0.0501)
    table = or_net.compare(history)
    assert (abs(table["ours"] - table["recorded"]) > 1e-7).sum() >= 25


def test_backpropagation_repeats_the_published_run_too(published):
    network = or_net.build()
    train(network, *or_net.data(), loss=mse, optimizer=SGD(0.05), epochs=10_000, record=2)
    np.testing.assert_allclose(network.theta, published.theta[-1], rtol=1e-9)


def test_a_history_without_the_recorded_steps_is_refused():
    with pytest.raises(ValueError, match=r"^history must have the steps 0, 1000, .* but has no step 1000: use run\(\)"):
        or_net.compare(or_net.run(epochs=100))


@pytest.mark.parametrize("sizes, rows", [((2, 3, 1), 4), ((2, 1, 1), 4), ((3, 5, 2), 7), ((1, 2, 3), 1)])
def test_the_gradient_is_the_documents_formula_entry_by_entry(sizes, rows):
    inputs, hidden, outputs = sizes
    random = np.random.default_rng(hidden)
    theta = random.normal(0, 1.5, (inputs + outputs) * hidden)
    X, Y = random.normal(size=(rows, inputs)), random.random((rows, outputs))
    np.testing.assert_allclose(
        or_net.gradient(theta, X, Y, sizes), literal_gradient(theta, X, Y, *sizes), rtol=1e-10, atol=1e-14
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_check_acquits_it_on_the_truth_table(seed):
    network = or_net.build(seed)
    network.theta = np.random.default_rng(seed).normal(0, 2, 9)
    check = check_gradient(network, *or_net.data(), mse, gradient=or_net.gradient)
    assert check.passed and or_net.FAULTS == ()


@pytest.mark.parametrize("rows", [1, 3, 5, 12])
def test_for_other_numbers_of_rows_it_is_the_true_gradient_times_rows_over_four(rows):
    random = np.random.default_rng(rows)
    X, Y = random.normal(size=(rows, 2)), random.random((rows, 1))
    check = check_gradient(or_net.build(), X, Y, mse, gradient=or_net.gradient)
    assert not check.passed and check.angle_degrees < 1e-3
    np.testing.assert_allclose(check.gradient, check.numerical * rows / 4, rtol=1e-6, atol=1e-10)


def test_the_gradient_equals_pytorchs(torch):
    X, Y = or_net.data()
    for seed in range(5):
        theta = np.random.default_rng(seed).normal(0, 2, 9)
        v = torch.tensor(theta[:6].reshape(2, 3), requires_grad=True)
        w = torch.tensor(theta[6:].reshape(3, 1), requires_grad=True)
        f = torch.sigmoid(torch.sigmoid(torch.tensor(X) @ v) @ w)
        torch.nn.functional.mse_loss(f, torch.tensor(Y)).backward()
        expected = np.concatenate([v.grad.numpy().ravel(), w.grad.numpy().ravel()])
        np.testing.assert_allclose(or_net.gradient(theta, X, Y), expected, rtol=1e-10, atol=1e-15)


def right_answers(learning_rate, bias=False, hidden=3, seeds=100):
    """For each seed and row, whether the trained network answers on the right side of one half."""
    X, Y = or_net.data()
    answers = []
    for seed in range(seeds):
        network = or_net.build(seed, hidden, bias)
        train(network, X, Y, loss=mse, optimizer=SGD(learning_rate), epochs=10_000, record=2)
        answers.append((network.predict(X) > 0.5) == (Y > 0.5))
    return np.array(answers)[:, :, 0]


def test_at_the_published_rate_65_of_100_seeds_learn_or_and_the_others_fail_at_the_origin(compiled_loop):
    right = right_answers(0.05)
    assert right.all(axis=1).sum() == 65
    assert right.sum(axis=0).tolist() == [65, 100, 100, 100]


@pytest.mark.parametrize("settings", [{"learning_rate": 0.5}, {"learning_rate": 0.05, "bias": True}])
def test_at_ten_times_the_rate_or_with_a_bias_all_of_100_seeds_learn_or(compiled_loop, settings):
    assert right_answers(**settings).all()


@pytest.mark.parametrize("learning_rate", [0.05, 0.5])
def test_one_hidden_unit_without_a_bias_can_not_learn_or(learning_rate):
    # sigmoid(w * g) with g > 0 is on the same side of one half for all four rows.
    assert not right_answers(learning_rate, hidden=1, seeds=20).all(axis=1).any()


def steps_until_right(seed, bias, steps):
    """After how many of the steps, looked at every 50, all four answers are on the right side of one half."""
    history = train(
        or_net.build(seed, bias=bias), *or_net.data(), loss=mse, optimizer=SGD(0.05), epochs=steps,
        record=steps // 50 + 1,
    )
    right = [(history.network(i).predict(history.X) > 0.5) == (history.Y > 0.5) for i in range(len(history))]
    return history.epochs[[bool(answers.all()) for answers in right].index(True)]


def test_all_of_100_seeds_learn_or_without_a_bias_and_take_four_times_the_steps(compiled_loop):
    without = [steps_until_right(seed, bias=False, steps=40_000) for seed in range(100)]
    with_bias = [steps_until_right(seed, bias=True, steps=4000) for seed in range(100)]
    assert (min(without), np.median(without), max(without)) == (4350, 8750, 36_450)
    assert (min(with_bias), np.median(with_bias), max(with_bias)) == (1750, 2200, 3050)


def shared_bias_mse(theta, X, Y):
    """The mean squared error for the nine weights and the one bias in `theta`."""
    hidden = 1 / (1 + np.exp(-(X @ theta[:6].reshape(2, 3) + theta[9])))
    return ((1 / (1 + np.exp(-(hidden @ theta[6:9].reshape(3, 1) + theta[9]))) - Y) ** 2).mean()


def test_the_shared_bias_with_its_whole_derivative_descends_the_error_as_finite_differences_do():
    theta, (X, Y) = np.append(or_net.initial_theta(2), 0.0), or_net.data()
    for _ in range(3):
        theta -= 0.5 * numerical_gradient(lambda theta: shared_bias_mse(theta, X, Y), theta)
    found = or_net.with_shared_bias([7, 2], commented=False, learning_rate=0.5, epochs=3)
    assert found.shape == (2,) and found[1] == pytest.approx(shared_bias_mse(theta, X, Y), rel=1e-8)


def test_the_commented_line_moves_the_shared_bias_by_its_way_through_the_output_sum_alone():
    theta, (X, Y) = np.append(or_net.initial_theta(2), 0.0), or_net.data()

    def with_two_biases(eleven):
        hidden = 1 / (1 + np.exp(-(X @ eleven[:6].reshape(2, 3) + eleven[9])))
        return ((1 / (1 + np.exp(-(hidden @ eleven[6:9].reshape(3, 1) + eleven[10]))) - Y) ** 2).mean()

    for _ in range(3):
        slopes = numerical_gradient(with_two_biases, np.append(theta, theta[9]))
        theta -= 0.5 * np.delete(slopes, 9)
    found = or_net.with_shared_bias([2], commented=True, learning_rate=0.5, epochs=3)
    assert found[0] == pytest.approx(shared_bias_mse(theta, X, Y), rel=1e-8)


def test_without_further_words_the_shared_bias_is_trained_with_the_published_rate():
    found = or_net.with_shared_bias([7], commented=True, epochs=3)
    assert np.array_equal(found, or_net.with_shared_bias([7], commented=True, learning_rate=0.05, epochs=3))


def test_a_shared_bias_for_no_seed_is_refused():
    with pytest.raises(ValueError, match="^seeds must have at least one number, got none"):
        or_net.with_shared_bias([], commented=True)


def test_without_a_bias_the_answer_at_the_origin_is_half_the_sum_of_the_output_weights():
    network = or_net.build()
    network.theta = np.random.default_rng(3).normal(0, 3, 9)
    expected = 1 / (1 + math.exp(-network.theta[6:].sum() / 2))
    assert network.predict([[0, 0]])[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_theta_that_does_not_fit_the_sizes_is_refused():
    with pytest.raises(ValueError, match=r"^theta must have the shape \(9,\), got the shape \(8,\)"):
        or_net.gradient(np.zeros(8), *or_net.data())


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (2**32, ValueError), (1.5, TypeError), ("one", TypeError)])
def test_a_seed_that_is_no_seed_is_refused(seed, error):
    with pytest.raises(error, match=f"^seed must be a whole number from 0 to 4294967295, got {seed!r}"):
        or_net.run(seed=seed)


def test_a_run_with_far_too_large_steps_ends_without_a_warning():
    history = or_net.run(learning_rate=1e100, epochs=50)
    assert np.isfinite(history.loss).all()


@pytest.mark.parametrize("rows", [[3, 2, 1, 0], [0, 1, 2, 3, 3, 3], [1, 2]])
def test_the_rows_that_are_compared_are_those_of_the_document_whatever_the_run_had(rows):
    X, Y = or_net.data()
    network = or_net.build()
    history = train(network, X[rows], Y[rows], loss=mse, optimizer=SGD(0.05), epochs=or_net.STEPS, record=201)
    table = or_net.compare(history).set_index("figure")["ours"]
    predictions = network.predict([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])[:, 0]
    assert [table[f"prediction of row {n}"] for n in (1, 2, 3, 4)] == predictions.round(6).tolist()
    assert [table[f"error of row {n}"] for n in (1, 2, 3, 4)] == ([0, 1, 1, 1] - predictions).round(6).tolist()
