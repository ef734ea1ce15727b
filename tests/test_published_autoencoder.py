"""The published autoencoder against its document's figures, its gradient against loops, PyTorch and differences."""

import math
import statistics

import numpy as np
import pytest

from nbhelpers import SGD, Dense, History, Network, check_gradient, half_ssr, one_hot, ssr, train, training
from nbhelpers.published import autoencoder, or_net
from nbhelpers.records import Job

# The codes that the document prints, pattern by pattern.
PRINTED = """
0.02 0.   0.64 | 0.98 0.03 1.   | 0.   0.7  1.   | 0.99 0.01 0.12
0.98 0.95 0.   | 0.99 1.   0.99 | 0.01 0.99 0.21 | 0.07 0.19 0.
"""
SHAPES = [(8, 3, 8), (2, 4, 1), (3, 2, 5, 2), (1, 1)]


def added_in_loops(theta, x, y, sizes):
    """What the document's update adds to every parameter for the sample (x, y) at learning rate 1, one by one."""
    w, b, place = [], [], 0
    for n, m in zip(sizes, sizes[1:]):
        w.append([[theta[place + j * m + k] for k in range(m)] for j in range(n)])
        b.append([theta[place + n * m + k] for k in range(m)])
        place += n * m + m
    a, last = [list(x)], len(sizes) - 2
    for i, m in enumerate(sizes[1:]):
        sums = [sum(a[i][j] * w[i][j][k] for j in range(sizes[i])) + b[i][k] for k in range(m)]
        a.append([1 / (1 + math.exp(-z)) for z in sums])
    d = [None] * (last + 1)
    d[last] = [(y[k] - p) * p * (1 - p) for k, p in enumerate(a[-1])]
    for i in range(last - 1, -1, -1):
        d[i] = [
            sum(w[i + 1][j][k] * d[i + 1][k] for k in range(sizes[i + 2])) * h * (1 - h) for j, h in enumerate(a[i + 1])
        ]
    added = []
    for i in range(last + 1):
        added += [a[i][j] * d[i][k] for j in range(sizes[i]) for k in range(sizes[i + 1])] + d[i]
    error = sum((y[k] - p) ** 2 for k, p in enumerate(a[-1]))
    return np.array(added), error


def published_epoch(theta, sizes, learning_rate=1.0):
    """One epoch of the document's program on the one-hot patterns. Returns the new theta and the error it prints."""
    printed = 0.0
    for x, y in zip(*one_hot(sizes[0])):
        added, error = added_in_loops(theta, x, y, sizes)
        theta, printed = theta + learning_rate * added, printed + error
    return theta, printed


def an_example(sizes, seed=0, samples=5):
    generator = np.random.default_rng(seed)
    parameters = sum((n + 1) * m for n, m in zip(sizes, sizes[1:]))
    shapes = parameters, (samples, sizes[0]), (samples, sizes[-1])
    return [generator.normal(size=shape) for shape in shapes]


@pytest.fixture(scope="module")
def seeds(compiled_loop):
    """The runs of the seeds 0 to 29."""
    return [autoencoder.run(seed) for seed in range(30)]


def test_the_recorded_figures_are_those_of_the_document():
    printed = [tuple(map(float, code.split())) for line in PRINTED.strip().splitlines() for code in line.split("|")]
    assert list(autoencoder.RECORDED.codes) == printed and len(printed) == 8
    assert f"{autoencoder.RECORDED.error:.6f}" == "0.002000"


@pytest.mark.parametrize("sizes", SHAPES)
def test_the_gradient_is_what_the_published_loops_subtract(sizes):
    theta, X, Y = an_example(sizes)
    expected = -sum(added_in_loops(theta, x, y, sizes)[0] for x, y in zip(X, Y))
    np.testing.assert_allclose(autoencoder.gradient(theta, X, Y, sizes), expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("sizes", SHAPES)
def test_the_gradient_is_pytorchs_of_half_the_ssr(sizes, torch):
    theta, X, Y = an_example(sizes, seed=1)
    parameters, a, place = torch.tensor(theta, requires_grad=True), torch.tensor(X), 0
    for n, m in zip(sizes, sizes[1:]):
        w, b = parameters[place : place + n * m].reshape(n, m), parameters[place + n * m : place + (n + 1) * m]
        a, place = torch.sigmoid(a @ w + b), place + (n + 1) * m
    (0.5 * ((a - torch.tensor(Y)) ** 2).sum()).backward()
    ours = autoencoder.gradient(theta, X, Y, sizes)
    np.testing.assert_allclose(ours, parameters.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_the_check_finds_half_the_length_and_no_turn_and_passes_for_half_the_ssr():
    check = check_gradient(autoencoder.build(), *one_hot(8), ssr, gradient=autoencoder.gradient)
    assert set(check.table["verdict"]) == {"wrong"} and len(check.table) == 4
    np.testing.assert_allclose(check.table["relative error"], 0.5, rtol=1e-6)
    np.testing.assert_allclose(check.gradient, 0.5 * check.numerical, rtol=1e-5)
    assert check.angle_degrees < 1e-3
    assert check_gradient(autoencoder.build(), *one_hot(8), half_ssr, gradient=autoencoder.gradient).passed
    assert autoencoder.FAULTS == ()


@pytest.mark.parametrize("seed, hidden", [(0, 3), (4, 2)])
def test_the_start_is_drawn_layer_by_layer_weights_and_then_biases(seed, hidden):
    before = np.random.get_state()[1].copy()
    network = autoencoder.build(seed, hidden)
    assert np.array_equal(np.random.get_state()[1], before)
    random = np.random.RandomState(seed)
    for n, m, w, b in zip((8, hidden), (hidden, 8), network.weights, network.biases):
        assert np.array_equal(w, random.rand(n, m)) and np.array_equal(b, random.rand(m))


@pytest.mark.parametrize("learning_rate, hidden", [(1.0, 3), (0.3, 2)])
def test_a_run_goes_where_the_published_loops_go(learning_rate, hidden):
    history = autoencoder.run(seed=5, learning_rate=learning_rate, hidden=hidden, epochs=40)
    theta = autoencoder.initial_theta(5, (8, hidden, 8))
    assert autoencoder.initial_theta().tolist() == autoencoder.initial_theta(0, (8, 3, 8)).tolist()
    for epoch in range(1, 41):
        theta, _ = published_epoch(theta, (8, hidden, 8), learning_rate)
        if epoch in (1, 16, 40):
            (record,) = np.flatnonzero(history.epochs == epoch)
            np.testing.assert_allclose(history.theta[record], theta, rtol=1e-9)


def test_a_run_stops_after_the_first_epoch_whose_printed_error_is_small_enough():
    history = autoencoder.run(seed=3, final_error=7.5)
    theta, printed, epochs = autoencoder.initial_theta(3), np.inf, 0
    while printed > 7.5:
        theta, printed = published_epoch(theta, (8, 3, 8))
        epochs += 1
    assert (history.ended_at, history.stopped) == (epochs, "stop_below") and epochs > 1


def test_the_stretches_of_a_run_make_one_long_run():
    history, network = autoencoder.run(seed=7, final_error=0.05), autoencoder.build(seed=7)
    one = train(
        network, *one_hot(8), loss=ssr, optimizer=SGD(0.5), epochs=100_000, batch_size=1, stop_below=0.05, record=2
    )
    assert np.array_equal(history.theta[-1], network.theta)
    assert history.ended_at == history.epochs[-1] == one.ended_at
    np.testing.assert_allclose(history.loss[-1], one.loss[-1], rtol=1e-12)


def test_where_numpy_does_the_training_a_run_ends_early_and_says_so_once(monkeypatch, capsys):
    monkeypatch.setattr(autoencoder, "problem", lambda: "where a test says so")
    monkeypatch.setattr(autoencoder, "MOST_WITH_NUMPY", 40)
    training.say_once.cache_clear()
    for _ in range(2):
        history = autoencoder.run(epochs=500)
        assert (history.ended_at, history.stopped) == (40, "epochs")
        assert history.note == "the most that autoencoder.run does with NumPy: 500 were asked for"
    assert capsys.readouterr().out.count("Without the compiled loop autoencoder.run ends after 40 epochs") == 1
    enough = autoencoder.run(epochs=40), autoencoder.run(epochs=39), autoencoder.run(epochs=500, final_error=7.5)
    assert [history.note for history in enough] == ["", "", ""] and [enough[0].ended_at, enough[1].ended_at] == [40, 39]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("epochs", [1, 16, 17, 100, 1000])
def test_the_records_are_dense_at_first_and_double_their_distance(epochs):
    history = autoencoder.run(epochs=epochs)
    assert history.stopped == "epochs" and history.ended_at == epochs and history.unit == "epoch"
    apart = np.diff(history.epochs)
    assert history.epochs[0] == 0 and history.epochs[-1] == epochs and (apart > 0).all()
    assert history.epochs[: min(epochs, 32) + 1].tolist() == list(range(min(epochs, 32) + 1))
    # After epoch 32 two records lie a thirty-second to a sixteenth of the way apart, but for the last two.
    share = (apart / history.epochs[:-1].clip(1))[33:-1]
    assert (share <= 1 / 16).all() and (share >= 1 / 32).all()


def test_all_thirty_seeds_arrive_in_the_epochs_that_were_measured(seeds):
    # Measured beforehand with another program: 38 454 to 47 106 epochs, median 41 944.
    epochs = [history.ended_at for history in seeds]
    assert {history.stopped for history in seeds} == {"stop_below"}
    assert (min(epochs), max(epochs), int(statistics.median(epochs))) == (38_454, 47_106, 41_944)


@pytest.mark.parametrize("settings, about", [({"learning_rate": 10.0}, 3900), ({"hidden": 8}, 6400)])
def test_a_larger_step_and_more_units_are_as_fast_as_was_measured(compiled_loop, settings, about):
    epochs = [autoencoder.run(seed, **settings).ended_at for seed in range(9)]
    assert statistics.median(epochs) == pytest.approx(about, rel=0.1)


def test_the_recorded_codes_come_back_with_seed_22_up_to_their_arrangement(seeds):
    table = autoencoder.compare(seeds[22])
    assert len(table) == 24 and table["recorded"].tolist() == np.ravel(autoencoder.RECORDED.codes).tolist()
    np.testing.assert_allclose(table["ours"], table["recorded"], atol=0.05)
    assert f"{seeds[22].loss[-1]:.6f}" == f"{autoencoder.RECORDED.error:.6f}"
    assert abs(autoencoder.compare(seeds[0])["ours"] - table["recorded"]).max() > 0.2


def test_a_comparison_undoes_another_order_of_units_and_patterns_and_a_turned_unit():
    codes = np.array(autoencoder.RECORDED.codes).clip(1e-6, 1 - 1e-6)[[3, 0, 7, 1, 2, 6, 5, 4]][:, [2, 0, 1]]
    codes[:, 1] = 1 - codes[:, 1]
    network = autoencoder.build()
    network.weights[0][:], network.biases[0][:] = np.log(codes / (1 - codes)), 0
    history = History(Job(network, *one_hot(8), ssr), np.array([0]), network.theta[None], "epochs", 0)
    table = autoencoder.compare(history)
    np.testing.assert_allclose(table["ours"], table["recorded"], atol=1e-5)
    assert table[["pattern", "unit"]].values.tolist() == [[p, u] for p in range(1, 9) for u in range(1, 4)]


def test_a_turned_unit_leaves_every_prediction_as_it_was():
    network, (X, _) = autoencoder.build(seed=2), one_hot(8)
    codes, before = network.activations(X)[1:]
    (W, V), (b, c) = network.weights, network.biases
    c += V[0]
    W[:, 0], b[0], V[0] = -W[:, 0], -b[0], -V[0]
    np.testing.assert_allclose(network.predict(X), before, rtol=1e-12)
    np.testing.assert_allclose(network.activations(X)[1][:, 0], 1 - codes[:, 0], rtol=1e-12)


def test_codes_of_another_network_cannot_be_compared():
    # The OR network has three hidden units too.
    for history, sizes in ((autoencoder.run(hidden=2, epochs=5), (8, 2, 8)), (or_net.run(), (2, 3, 1))):
        with pytest.raises(ValueError) as refused:
            autoencoder.compare(history)
        expected = f"must be of a network of the sizes (8, 3, 8), got one of {sizes}: use run()"
        assert str(refused.value) == f"history {expected}"


def test_all_patterns_are_compared_whichever_of_them_the_run_had():
    network, (X, Y) = autoencoder.build(), one_hot(8)
    history = train(network, X[:5], Y[:5], loss=ssr, optimizer=SGD(0.5), epochs=5)
    whole = History(Job(network, X, Y, ssr), np.array([0]), network.theta[None], "epochs", 0)
    assert autoencoder.compare(history).equals(autoencoder.compare(whole))


@pytest.mark.parametrize("name, value, error", [
    ("seed", -1, ValueError), ("seed", 1.5, TypeError), ("seed", 2**32, ValueError), ("hidden", 0, ValueError),
    ("learning_rate", 0, ValueError), ("learning_rate", "fast", TypeError), ("epochs", 0, ValueError),
])
def test_an_argument_that_does_not_fit_is_refused_by_its_name(name, value, error):
    with pytest.raises(error, match=f"^{name} must be .* got {value!r}"):
        autoencoder.run(**{name: value})


def test_a_theta_that_does_not_fit_the_sizes_is_refused():
    with pytest.raises(ValueError, match=r"^theta must have the shape \(59,\), got the shape \(58,\)"):
        autoencoder.gradient(autoencoder.initial_theta()[1:], *one_hot(8))


def test_the_gradient_leaves_theta_alone_and_works_in_a_network_of_any_depth():
    theta, X, Y = an_example((3, 2, 5, 2))
    before = theta.copy()
    network = Network(3, [Dense(units, "sigmoid") for units in (2, 5, 2)])
    network.theta = theta
    check = check_gradient(network, X, Y, half_ssr, gradient=lambda *a: autoencoder.gradient(*a, sizes=(3, 2, 5, 2)))
    assert check.passed and np.array_equal(theta, before)


def test_the_recorded_codes_are_read_to_two_digits():
    codes = np.array(autoencoder.RECORDED.codes)
    assert np.array_equal(codes, codes.round(2)) and ((codes >= 0) & (codes <= 1)).all()
