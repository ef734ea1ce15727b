"""Training against loops written out here, and the promises about what it records and how it stops."""

import copy
import os
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers import (
    SGD,
    Adam,
    Dense,
    History,
    LeakyReLU,
    Network,
    check_gradient,
    fibonacci,
    half_ssr,
    identity,
    leaky_relu,
    mse,
    one_hot,
    sigmoid,
    softmax_cross_entropy,
    ssr,
    training,
)
from nbhelpers.evidence import angle
from nbhelpers.watching import watching


def train(network, X, Y, **settings):
    """Train with the loop that the lessons read. A press on the stop button that gets out would end pytest itself."""
    try:
        return training.train(network, X, Y, engine="numpy", **settings)
    except KeyboardInterrupt:
        pytest.fail("the stop button did not end the training but the program")


def network_and_data(rows=7):
    network = Network(2, [Dense(3, sigmoid), Dense(1, leaky_relu, bias=False)]).initialize("normal", seed=2)
    random = np.random.default_rng(0)
    return network, random.normal(size=(rows, 2)), random.normal(size=(rows, 1))


def line():
    """A straight line, whose training diverges at once with a learning rate that is too large."""
    return Network(1, [Dense(1, identity)])


def plain_loop(network, X, Y, loss, optimizer, epochs, batch_size=None, seed=None):
    """theta after each epoch, the start included, and the loss of each epoch: the loop that `train` promises."""
    network, step = network.copy(), optimizer.start(network.theta.size)
    batch_size = batch_size or len(X)
    random = None if seed is None else np.random.default_rng(seed)
    thetas, losses = [network.theta.copy()], []
    for _ in range(epochs):
        order = np.arange(len(X)) if random is None else random.permutation(len(X))
        total = 0.0
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            part = network.loss(X[rows], Y[rows], loss)
            total += part * len(rows) / len(X) if loss is mse else part
            step(network.theta, network.gradient(X[rows], Y[rows], loss))
        thetas.append(network.theta.copy())
        losses.append(total)
    return np.array(thetas), np.array(losses)


def gradient_of(network, loss):
    """The network's own gradient as a function of theta and the data."""
    twin = network.copy()

    def gradient(theta, X, Y):
        twin.theta = theta
        return twin.gradient(X, Y, loss)

    return gradient


def interrupting(after, network, loss):
    """The same gradient, which presses the stop button in the epoch that follows `after` of them, once."""
    right, calls = gradient_of(network, loss), [0]

    def gradient(theta, X, Y):
        calls[0] += 1
        # The first call is the check of its result, before training.
        if calls[0] == after + 2:
            raise KeyboardInterrupt
        return right(theta, X, Y)

    return gradient


@pytest.mark.parametrize("batch_size", [None, 1, 3, 7, 50], ids="batches of {}".format)
@pytest.mark.parametrize("seed", [None, 4], ids="seed {}".format)
@pytest.mark.parametrize("loss", [ssr, mse], ids=repr)
@pytest.mark.parametrize("optimizer", [SGD(0.05, momentum=0.5, weight_decay=0.01), Adam(0.05)], ids=["sgd", "adam"])
def test_training_is_the_plain_loop(batch_size, seed, loss, optimizer):
    network, X, Y = network_and_data()
    expected, _ = plain_loop(network, X, Y, loss, optimizer, 12, batch_size, seed)
    history = train(network, X, Y, loss=loss, optimizer=optimizer, epochs=12, batch_size=batch_size, seed=seed)
    assert history.epochs.tolist() == list(range(13)) and history.stopped == "epochs" and history.ended_at == 12
    np.testing.assert_allclose(history.theta, expected, rtol=1e-12, atol=1e-12)
    assert np.array_equal(network.theta, history.theta[-1])


@pytest.mark.parametrize("theirs, ours", [
    ("SGD", SGD(0.05, momentum=0.5, weight_decay=0.01)), ("Adam", Adam(0.05, weight_decay=0.01)),
])
def test_the_cosine_schedule_is_that_of_pytorch(theirs, ours, torch):
    network, X, Y = network_and_data()
    gradient, theta = gradient_of(network, mse), torch.tensor(network.theta, requires_grad=True)
    settings = {"momentum": 0.5} if theirs == "SGD" else {}
    optimizer = getattr(torch.optim, theirs)([theta], lr=0.05, weight_decay=0.01, **settings)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
    expected = [network.theta.copy()]
    for _ in range(12):
        for start in range(0, 7, 3):
            theta.grad = torch.tensor(gradient(theta.detach().numpy(), X[start : start + 3], Y[start : start + 3]))
            optimizer.step()
        schedule.step()
        expected.append(theta.detach().numpy().copy())
    history = train(network, X, Y, loss=mse, optimizer=ours, epochs=12, batch_size=3, schedule="cosine")
    np.testing.assert_allclose(history.theta, expected, rtol=1e-10, atol=1e-10)


def test_names_stand_for_a_loss_and_an_optimizer():
    network, X, Y = network_and_data()
    twin = network.copy()
    train(network, X, Y, loss="mse", optimizer="adam", epochs=5)
    train(twin, X, Y, loss=mse, optimizer=Adam(), epochs=5)
    assert np.array_equal(network.theta, twin.theta)


def test_the_data_are_left_alone():
    network, X, Y = network_and_data()
    before = X.copy(), Y.copy()
    train(network, X, Y, loss=ssr, optimizer=SGD(), epochs=5, batch_size=2, seed=0)
    assert np.array_equal(X, before[0]) and np.array_equal(Y, before[1])


def test_a_seed_shuffles_in_the_same_way_each_time_and_another_seed_in_another():
    def last(seed):
        network, X, Y = network_and_data()
        return train(network, X, Y, loss=ssr, optimizer=SGD(0.05), epochs=3, batch_size=2, seed=seed).theta[-1]

    assert np.array_equal(last(1), last(1)) and not np.array_equal(last(1), last(2))
    assert not np.array_equal(last(1), last(None))


RUN = """
import sys
from nbhelpers import *
network = Network(8, [Dense(3, sigmoid), Dense(8, sigmoid)]).initialize("uniform", seed=0)
engine = sys.argv[1]
history = train(network, *one_hot(), loss=half_ssr, optimizer=Adam(0.1), epochs=40, batch_size=3, seed=1, engine=engine)
print(history.theta.tobytes().hex(), history.loss.tobytes().hex())
"""


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_the_same_call_gives_the_same_bits_in_another_process(engine):
    call = [sys.executable, "-c", RUN, engine]
    runs = [
        subprocess.Popen(call, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}) for seed in "12"
    ]
    one, other = (run.communicate(timeout=60)[0] for run in runs)
    assert one == other and len(one) > 10_000


@pytest.mark.parametrize("batch_size", [None, 3])
def test_how_often_the_engine_hands_back_control_changes_nothing(batch_size, monkeypatch):
    def run():
        network, X, Y = network_and_data()
        settings = {"optimizer": Adam(0.01), "batch_size": batch_size, "seed": 0, "record": 10, "stop_below": 0.0}
        return train(network, X, Y, loss=mse, epochs=100, **settings)

    unbroken = run()
    monkeypatch.setattr(training, "SLICE_SECONDS", -1.0)
    sliced = run()
    assert np.array_equal(sliced.theta, unbroken.theta) and np.array_equal(sliced.epochs, unbroken.epochs)


# Stopping below a loss


@pytest.mark.parametrize("loss", [ssr, mse], ids=repr)
@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_stop_below_ends_the_first_epoch_whose_loss_is_low_enough(loss, batch_size):
    network, X, Y = network_and_data()
    expected, losses = plain_loop(network, X, Y, loss, SGD(0.02), 40, batch_size)
    limit = float(losses[25])
    first = 1 + int(np.flatnonzero(losses <= limit + 1e-9)[0])
    history = train(
        network, X, Y, loss=loss, optimizer=SGD(0.02), epochs=40, batch_size=batch_size, stop_below=limit + 1e-9
    )
    assert history.stopped == "stop_below" and history.ended_at == history.epochs[-1] == first
    np.testing.assert_allclose(network.theta, expected[first], rtol=1e-12, atol=1e-12)


def test_the_autoencoder_stops_by_the_errors_summed_while_its_weights_move():
    X, Y = one_hot()
    network = Network(8, [Dense(3, sigmoid), Dense(8, sigmoid)]).initialize("uniform", seed=0)
    start = network.theta.copy()
    history = train(
        network, X, Y, loss=half_ssr, optimizer=SGD(1.0), epochs=100_000, batch_size=1, stop_below=2.9, record=20
    )
    # The published rule, in a program of its own: the halves of the squared errors, each before its own update.
    W1, b1, W2, b2 = np.split(start.copy(), [24, 27, 51])
    W1, W2 = W1.reshape(8, 3), W2.reshape(3, 8)
    error, epoch = np.inf, 0
    while error > 2.9:
        error, epoch = 0.0, epoch + 1
        for pattern in np.eye(8):
            hidden = 1 / (1 + np.exp(-(pattern @ W1 + b1)))
            output = 1 / (1 + np.exp(-(hidden @ W2 + b2)))
            error += ((output - pattern) ** 2).sum() / 2
            d_output = (output - pattern) * output * (1 - output)
            d_hidden = d_output @ W2.T * hidden * (1 - hidden)
            W2 -= np.outer(hidden, d_output)
            b2 -= d_output
            W1 -= np.outer(pattern, d_hidden)
            b1 -= d_hidden
    assert history.stopped == "stop_below" and history.ended_at == epoch > 50
    np.testing.assert_allclose(network.theta, np.concatenate([W1.ravel(), b1, W2.ravel(), b2]), rtol=1e-9)


# Records


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 150), st.integers(2, 40), st.one_of(st.none(), st.integers(1, 150)))
def test_records_are_evenly_spread_and_never_too_many(epochs, record, stop_after):
    network, X, Y = line(), *fibonacci()
    losses = plain_loop(network, X, Y, ssr, SGD(0.001), epochs)[1]
    ends = min(epochs, stop_after or epochs)
    stop_below = None if stop_after is None else float(losses[ends - 1]) * (1 + 1e-9)
    history = train(network, X, Y, loss=ssr, optimizer=SGD(0.001), epochs=epochs, record=record, stop_below=stop_below)
    assert history.ended_at == ends and history.stopped == ("stop_below" if stop_after else "epochs")
    assert history.epochs[0] == 0 and history.epochs[-1] == ends
    assert min(record, ends + 1) / 2 <= len(history) <= record + 1
    *gaps, last = np.diff(history.epochs)
    assert len(set(gaps)) <= 1 and 0 < last <= (gaps or [last])[0]


def test_a_step_that_returns_the_new_parameters_is_refused_and_one_that_returns_theta_is_taken():
    def by(step):
        network, X, Y = network_and_data()
        optimizer = type("Mine", (), {"start": lambda self, parameters: step})()
        return train(network, X, Y, loss=mse, optimizer=optimizer, epochs=3)

    with pytest.raises(TypeError, match="^step.theta, gradient. of optimizer must change theta in place"):
        by(lambda theta, gradient: theta - 0.1 * gradient)
    with pytest.raises(TypeError, match="^optimizer.start must be a function of parameters, got .* takes other arg"):
        train(*network_and_data(), loss=mse, optimizer=type("Mine", (), {"start": lambda self: None})(), epochs=3)
    network, X, Y = network_and_data()
    expected = train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=3)
    found = by(lambda theta, gradient: np.subtract(theta, 0.1 * gradient, out=theta))
    np.testing.assert_allclose(found.theta, expected.theta, rtol=1e-12)


@pytest.mark.parametrize("moves", [3, 1, 0])
def test_a_step_that_puts_other_numbers_under_the_name_theta_is_said_to_move_nothing(moves, capsys):
    class Own:
        def start(self, parameters):
            steps = iter(range(3))

            def step(theta, gradient):
                if next(steps) < moves:
                    theta -= 0.1 * gradient
                else:
                    theta = theta - 0.1 * gradient

            return step

    training.say_once.cache_clear()
    train(Network(1, [Dense(1, identity)]), [[1.0]], [[1.0]], loss=mse, optimizer=Own(), epochs=3)
    assert ("The first epoch has not moved theta" in capsys.readouterr().out) == (moves == 0)
    # At a minimum there is nothing to move.
    training.say_once.cache_clear()
    train(Network(1, [Dense(1, identity)]), [[1.0]], [[0.0]], loss=mse, optimizer=Own(), epochs=3)
    assert capsys.readouterr().out == ""


def test_every_record_is_the_network_as_it_was():
    network, X, Y = network_and_data()
    expected, _ = plain_loop(network, X, Y, mse, SGD(0.1), 60, 2)
    history = train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=60, batch_size=2, record=9)
    np.testing.assert_allclose(history.theta, expected[history.epochs], rtol=1e-12, atol=1e-12)
    for i in range(len(history)):
        then = history.network(i)
        assert history.loss[i] == then.loss(X, Y, mse)
        assert np.array_equal(history.gradient[i], then.gradient(X, Y, mse))
    assert np.array_equal(history.network(-1).theta, network.theta)
    assert not np.shares_memory(history.network(0).theta, history.theta)


def test_history_gives_the_gradient_that_was_descended():
    network, X, Y = network_and_data()
    expected, _ = plain_loop(network, X, Y, half_ssr, SGD(0.1), 10)
    gradient = gradient_of(network, half_ssr)
    history = train(network, X, Y, loss=ssr, optimizer=SGD(0.1), epochs=10, gradient=gradient)
    np.testing.assert_allclose(history.theta, expected, rtol=1e-12, atol=1e-12)
    descended = (expected[:-1] - expected[1:]) / 0.1
    np.testing.assert_allclose(history.gradient[:-1], descended, rtol=1e-9, atol=1e-12)
    assert history.loss[0] == history.network(0).loss(X, Y, ssr)


@pytest.mark.filterwarnings("error")
def test_a_gradient_of_your_own_may_overflow_in_silence():
    network, X, Y = network_and_data()

    def gradient(theta, X, Y):
        return np.minimum(np.exp(np.full_like(theta, 1000.0)), 0.0)

    history = train(network, X, Y, loss=ssr, optimizer=SGD(), epochs=3, gradient=gradient)
    assert np.array_equal(history.gradient, np.zeros((4, 12)))


def test_a_gradient_of_your_own_may_move_the_network_that_is_trained():
    network, X, Y = network_and_data()
    twin, right = network.copy(), gradient_of(network, mse)

    def moving(theta, X, Y):
        # As a function does that measures finite differences and leaves the network at the last of them.
        network.theta = theta + 1e-3
        return right(theta, X, Y)

    history = train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20, gradient=moving)
    expected = train(twin, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20)
    np.testing.assert_allclose(history.theta, expected.theta, rtol=1e-12)

    def failing(theta, X, Y):
        network.theta = theta + 1.0
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20, gradient=failing)
    assert np.array_equal(network.theta, history.theta[-1])


def test_a_gradient_may_read_the_network_that_is_trained_also_when_the_history_asks_for_it_again():
    network, X, Y = network_and_data()
    h, entries = 1e-6, np.eye(network.theta.size)

    def by_differences(theta, X, Y):
        # As programs from elsewhere do: they move what they keep, and know of no argument.
        start, slopes = network.theta.copy(), []
        for entry in entries:
            losses = []
            for end in (start + h * entry, start - h * entry):
                network.theta = end
                losses.append(network.loss(X, Y, mse))
            slopes.append((losses[0] - losses[1]) / (2 * h))
        return slopes

    history = train(network, X, Y, loss=mse, optimizer=SGD(0.5), epochs=20, gradient=by_differences)
    end = network.theta.copy()
    # A step of plain gradient descent is the gradient times the learning rate.
    np.testing.assert_allclose(history.gradient[:-1], (history.theta[:-1] - history.theta[1:]) / 0.5, atol=1e-12)
    assert history.angles.max() < 0.01
    # The network stays where the training left it.
    assert np.array_equal(network.theta, end) and np.array_equal(end, history.theta[-1])


def reading(theta, X, Y):
    """A gradient in a module, as a pickle wants it, that reads the network there and not its argument."""
    return reading.network.gradient(X, Y, mse)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda history: pickle.loads(pickle.dumps(history))])
def test_the_gradient_that_a_network_elsewhere_gave_goes_along_with_a_copied_history(copied):
    network, X, Y = network_and_data()
    reading.network = network
    history = train(network, X, Y, loss=mse, optimizer=SGD(0.5), epochs=20, gradient=reading)
    twin = copied(history)
    reading.network = network.copy()
    np.testing.assert_allclose(twin.gradient[:-1], (history.theta[:-1] - history.theta[1:]) / 0.5, atol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-600, 1.0, 2.0**600, 2.0**1020])
def test_the_angle_between_two_gradients_is_the_same_in_units_of_any_size(scale):
    # The squares of these numbers are 0 or infinite.
    turned = scale * np.array([1.0, np.sqrt(3.0)])
    assert angle(turned, scale * np.array([1.0, 0.0])) == pytest.approx(60.0, rel=1e-12)
    assert angle(turned, np.array([1.0, np.sqrt(3.0)])) == pytest.approx(0.0, abs=1e-12)


def test_a_running_training_is_not_disturbed_by_who_asks_its_history_for_the_gradient():
    network, X, Y = network_and_data()
    right, places, seen = gradient_of(network, mse), [], []

    def gradient(theta, X, Y):
        places.append(network.theta.copy())
        return right(theta, X, Y)

    def watcher(so_far):
        places.clear()
        assert so_far().gradient.shape[1] == network.theta.size
        seen.extend(np.array_equal(place, network.theta) for place in places)

    with watching(watcher):
        train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=50, record=5, gradient=gradient)
    assert seen and all(seen)


def test_a_gradient_of_your_own_may_overwrite_what_it_is_given():
    network, X, Y = network_and_data()
    twin, right, before = network.copy(), gradient_of(network, mse), (X.copy(), Y.copy())

    def in_place(theta, X, Y):
        result = right(theta, X, Y)
        theta[:], X[:], Y[:] = 0, 1, 2
        return result

    history = train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20, gradient=in_place)
    expected = train(twin, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20)
    np.testing.assert_allclose(network.theta, twin.theta, rtol=1e-12)
    np.testing.assert_allclose(history.gradient, expected.gradient, rtol=1e-9, atol=1e-12)
    assert np.array_equal(X, before[0]) and np.array_equal(Y, before[1])


class Optimistic:
    """theta -= rate * (2 * gradient - the one before): Popov 1980, and Daskalakis and others 2018."""

    def start(self, parameters):
        before = None

        def step(theta, gradient):
            nonlocal before
            theta -= 0.1 * (2 * gradient - (gradient if before is None else before))
            before = gradient

        return step


def test_an_optimizer_of_your_own_may_keep_the_gradient_until_the_next_step():
    network, X, Y = network_and_data()
    twin, before = network.copy(), network.gradient(X, Y, mse)
    train(network, X, Y, loss=mse, optimizer=Optimistic(), epochs=20)
    for _ in range(20):
        gradient = twin.gradient(X, Y, mse)
        twin.theta -= 0.1 * (2 * gradient - before)
        before = gradient
    np.testing.assert_allclose(network.theta, twin.theta, rtol=1e-12)


@pytest.mark.parametrize("form", ["arrays", "lists", "numbers", "array and number"])
def test_a_gradient_in_the_parts_that_the_judge_takes_is_descended(form):
    network, X, Y = network_and_data()
    twin, right = network.copy(), gradient_of(network, mse)

    def in_parts(theta, X, Y):
        gradient = right(theta, X, Y)
        parts = [part for pair in zip(*network.split(gradient)) for part in pair if part is not None]
        return {
            "arrays": parts, "lists": [part.tolist() for part in parts], "numbers": [*gradient],
            "array and number": [gradient[:-1], gradient[-1]],
        }[form]

    assert check_gradient(network, X, Y, mse, in_parts)
    history = train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20, gradient=in_parts)
    expected = train(twin, X, Y, loss=mse, optimizer=SGD(0.1), epochs=20)
    np.testing.assert_allclose(network.theta, twin.theta, rtol=1e-12)
    np.testing.assert_allclose(history.gradient, expected.gradient, rtol=1e-9, atol=1e-12)


def test_a_gradient_that_changes_its_shape_on_the_way_is_refused():
    network, X, Y = network_and_data()
    answers = iter([np.zeros(12)] * 3 + [0.5])
    with pytest.raises(ValueError, match=r"must hold 12 numbers, one for each parameter; got 1"):
        train(network, X, Y, loss=mse, optimizer=SGD(), epochs=10, gradient=lambda *given: next(answers))


def test_a_gradient_is_tried_with_each_size_of_a_batch_before_the_network_moves():
    network, X, Y = network_and_data()
    sizes, before = [], network.theta.copy()

    def wrong_for_the_shorter_last_batch(theta, X, Y):
        sizes.append(len(X))
        return network.gradient(X, Y, mse) if len(X) == 3 else [0.5]

    with pytest.raises(ValueError, match=r"must hold 12 numbers, one for each parameter; got 1"):
        train(network, X, Y, loss=mse, optimizer=SGD(), epochs=10, batch_size=3,
              gradient=wrong_for_the_shorter_last_batch)
    assert np.array_equal(network.theta, before) and {*sizes} <= {3, len(X) % 3} and len(X) % 3


def test_a_gradient_for_a_single_sample_serves_online_training():
    network, X, Y = network_and_data()

    def of_one_sample(theta, X, Y):
        assert len(X) == 1
        return network.gradient(X, Y, mse)

    twin = network.copy()
    settings = dict(loss=mse, optimizer=SGD(0.1), epochs=10, batch_size=1)
    train(network, X, Y, gradient=of_one_sample, **settings)
    train(twin, X, Y, **settings)
    assert np.array_equal(network.theta, twin.theta)


def test_to_frame_has_a_row_for_each_record():
    network, X, Y = network_and_data()
    history = train(network, X, Y, loss=mse, optimizer=SGD(), epochs=20, record=5)
    frame = history.to_frame()
    assert frame.columns.tolist() == ["epoch", "loss", *(f"theta{i}" for i in range(12))]
    assert np.array_equal(frame["epoch"], history.epochs) and np.array_equal(frame["loss"], history.loss)
    assert np.array_equal(frame.iloc[:, 2:], history.theta) and len(frame) == len(history)


def test_an_epoch_of_a_single_update_is_called_a_step():
    def unit(batch_size):
        network, X, Y = network_and_data()
        return train(network, X, Y, loss=ssr, optimizer=SGD(), epochs=1, batch_size=batch_size).unit

    assert [unit(None), unit(7), unit(6), unit(1)] == ["step", "step", "epoch", "epoch"]


@pytest.mark.parametrize("settings", [{"stop_below": 0.0}, {}], ids=["stop_below", "epochs"])
def test_memory_does_not_grow_with_the_number_of_epochs(settings):
    network, X, Y = network_and_data()
    tracemalloc.start()
    try:
        history = train(
            network, X, Y, loss=ssr, optimizer=SGD(), epochs=10**12, record=50,
            gradient=interrupting(1000, network, ssr), **settings,
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert history.stopped == "interrupted" and len(history) <= 51
    # 51 records of 12 parameters are 5 kB; a record for each epoch would be 100 kB.
    assert peak < 60_000


# Stopping by hand, and divergence


@pytest.mark.parametrize("after", [0, 1, 37])
def test_the_stop_button_gives_what_was_recorded_so_far(after):
    network, X, Y = network_and_data()
    expected, _ = plain_loop(network, X, Y, ssr, SGD(0.02), after)
    gradient = interrupting(after, network, ssr)
    history = train(network, X, Y, loss=ssr, optimizer=SGD(0.02), epochs=500, record=26, gradient=gradient)
    assert history.stopped == "interrupted"
    assert history.ended_at == history.epochs[-1] == after
    np.testing.assert_allclose(history.theta, expected[history.epochs], rtol=1e-12)
    assert np.array_equal(network.theta, history.theta[-1])


def test_after_the_stop_button_the_network_can_be_used_and_trained_on():
    network, X, Y = network_and_data()
    gradient = interrupting(20, network, ssr)
    history = train(network, X, Y, loss=ssr, optimizer=SGD(0.02), epochs=500, gradient=gradient)
    assert network.loss(X, Y, ssr) < history.loss[0]
    assert train(network, X, Y, loss=ssr, optimizer=SGD(0.02), epochs=5).stopped == "epochs"


def test_the_stop_button_works_in_the_middle_of_backpropagation(monkeypatch):
    network, X, Y = network_and_data()
    formula, calls = ssr.formula, iter(range(100))

    def stops_once(A, Y):
        if next(calls) == 10:
            raise KeyboardInterrupt
        return formula(A, Y)

    monkeypatch.setitem(vars(ssr), "formula", stops_once)
    history = train(network, X, Y, loss=ssr, optimizer=SGD(0.02), epochs=30)
    assert history.stopped == "interrupted" and history.ended_at == 10 and np.isfinite(history.loss).all()


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("stop_below", [None, 1e-9])
def test_divergence_stops_at_the_last_finite_record(batch_size, stop_below):
    network, X, Y = line(), *fibonacci()
    with np.errstate(all="ignore"):
        _, losses = plain_loop_until_it_overflows(network, X, Y, batch_size)
    history = train(
        network, X, Y, loss=ssr, optimizer=SGD(1.0), epochs=10_000, batch_size=batch_size, stop_below=stop_below,
        record=1000,
    )
    assert history.stopped == "diverged" and history.ended_at == len(losses)
    assert 0 < history.epochs[-1] < history.ended_at
    assert np.isfinite(history.loss).all() and history.loss[-1] > 1e100
    assert np.array_equal(network.theta, history.theta[-1])


def plain_loop_until_it_overflows(network, X, Y, batch_size):
    """The parameters of `line` and the loss of each epoch, worked with numbers alone, to the first infinite loss."""
    (w, b), losses = (0.0, 0.0), []
    x, y, size = X[:, 0], Y[:, 0], batch_size or len(X)
    while not losses or np.isfinite(losses[-1]):
        losses.append(0.0)
        for start in range(0, len(x), size):
            rows = slice(start, start + size)
            residuals = w * x[rows] + b - y[rows]
            losses[-1] += (residuals**2).sum()
            w, b = w - (2 * residuals * x[rows]).sum(), b - (2 * residuals).sum()
    return (w, b), losses


def test_a_diverged_run_keeps_the_start_if_there_is_nothing_else():
    network = line()
    network.theta = [1e200, 0]
    history = train(network, *fibonacci(), loss=ssr, optimizer=SGD(0.1), epochs=10)
    assert history.stopped == "diverged" and len(history) == 1 and network.theta.tolist() == [1e200, 0]


def test_parameters_that_overflow_count_as_diverged_though_the_loss_is_finite():
    network = Network(1, [Dense(1, sigmoid, bias=False)])
    history = train(network, [[1]], [[0]], loss=ssr, optimizer=Adam(1e308), epochs=20)
    assert history.stopped == "diverged" and np.isfinite(history.theta).all()
    assert np.array_equal(history.network(-1).theta, network.theta)


# The progress bar


def test_the_progress_bar_counts_every_epoch_and_is_closed(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, unit):
            self.total, self.count, self.text, self.closed = total, 0, "", False
            bars.append(self)

        def set_description(self, text, refresh):
            self.text = text

        def update(self, count):
            self.count += count

        def close(self):
            self.closed = True

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    network, X, Y = network_and_data()
    train(network, X, Y, loss=mse, optimizer=SGD(), epochs=5)
    assert not bars
    history = train(network, X, Y, loss=mse, optimizer=SGD(), epochs=70, record=10, progress=True)
    (bar,) = bars
    assert bar.total == bar.count == history.ended_at == 70 and bar.closed
    assert bar.text.startswith("mse 0.") or bar.text.startswith("mse 1.")
    train(network, X, Y, loss=mse, optimizer=SGD(), epochs=70, progress=True, gradient=interrupting(3, network, mse))
    assert bars[1].closed


@pytest.mark.parametrize("changes, sentence", [
    ({"network": None}, "network must be a Network, got None"),
    ({"gradient": 3}, "gradient must be a function of theta, X and Y, got 3"),
])
def test_what_is_no_network_or_no_function_gets_a_sentence(changes, sentence):
    network, X, Y = network_and_data()
    arguments = {"network": network, "X": X, "Y": Y, "loss": ssr, "optimizer": SGD(), "epochs": 1} | changes
    with pytest.raises(TypeError, match=f"^{sentence}$"):
        train(**arguments)


def test_a_schedule_that_is_not_known_gets_a_sentence():
    network, X, Y = network_and_data()
    with pytest.raises(ValueError, match="^schedule is not known: got 'cosin'; did you mean cosine?"):
        train(network, X, Y, loss=ssr, optimizer=SGD(), epochs=1, schedule="cosin")


def test_the_compiled_loop_is_chosen_for_single_samples_and_small_batches():
    # Parameters times samples under 100 000: 2 parameters, and 3.
    two, three = Network(1, [Dense(1, identity)]), Network(2, [Dense(1, identity)])
    assert training.is_small(three, 33_333) and not training.is_small(two, 50_000)
    assert training.is_small(Network(1000, [Dense(100, identity)]), 1)


def test_a_leak_of_ones_own_and_classes_train_alike_whoever_chooses_the_engine():
    network = Network(2, [Dense(3, LeakyReLU(0.3)), Dense(2, identity)]).initialize("normal", seed=0)
    X = np.random.default_rng(0).normal(size=(7, 2))
    Y = np.eye(2)[(X[:, 0] > X[:, 1]).astype(int)]
    settings = {"loss": softmax_cross_entropy, "optimizer": SGD(0.5), "epochs": 50, "batch_size": 3}
    reference = plain_loop(network, X, Y, **settings)[0]
    for engine in ("auto", "numpy"):
        history = training.train(network.copy(), X, Y, engine=engine, **settings)
        np.testing.assert_allclose(history.theta[-1], reference[-1], rtol=1e-9, atol=1e-12)
    assert history.loss[-1] < 0.3 * history.loss[0] and "softmax_cross_entropy" in repr(history)


def test_a_history_keeps_the_data_that_the_run_had():
    X, Y = (part.copy() for part in fibonacci())
    history = train(line(), X, Y, loss=ssr, optimizer=SGD(0.001), epochs=3)
    before = [part.copy() for part in (X, Y)]
    X += 1
    Y += 1
    assert np.array_equal(history.X, before[0]) and np.array_equal(history.Y, before[1])


def test_losses_that_are_changed_in_place_are_not_changed_in_the_history():
    X, Y = fibonacci()
    history = train(line(), X, Y, loss=ssr, optimizer=SGD(0.001), epochs=3)
    for losses in (history.loss, history.loss_on(X, Y)):
        losses /= losses[0]
    with pytest.raises(AttributeError, match="^'loss' of a History cannot be set"):
        history.loss /= 2
    expected = [history.network(record).loss(X, Y, ssr) for record in range(4)]
    assert history.loss.tolist() == history.loss_on(X, Y).tolist() == expected


def test_histories_are_joined_where_one_goes_on_from_the_other_and_nowhere_else():
    network, X, Y = network_and_data()
    settings = {"loss": mse, "optimizer": SGD(0.1)}
    first, second = (train(network, X, Y, epochs=epochs, **settings) for epochs in (3, 4))
    # Plain gradient descent remembers nothing: two parts are one long run.
    whole = train(first.network(0), X, Y, epochs=7, **settings)
    joined = History.joined([first, second])
    assert np.array_equal(joined.theta, whole.theta) and np.array_equal(joined.epochs, whole.epochs)
    anew = train(first.network(0), X, Y, epochs=4, **settings)
    other = train(line(), X[:, :1], Y, epochs=4, **settings)
    for apart in ([second, first], [first, first], [first, anew], [first, second, other]):
        with pytest.raises(ValueError, match="^histories must each begin where the one before ended, got others"):
            History.joined(apart)


def test_a_history_keeps_the_losses_of_other_data_and_not_the_data():
    network, X, Y = network_and_data(rows=10_000)
    history = train(network, X[:7], Y[:7], loss=mse, optimizer=SGD(0.1), epochs=3)
    before = len(pickle.dumps(history))
    # As where more and more noise is put on the rows of a test.
    losses = [history.loss_on(X + shift, Y).tolist() for shift in range(10)]
    # The data are 10 times 240 kB, the losses 10 times 4 numbers.
    assert len(pickle.dumps(history)) - before < 10_000
    for shift in (9, 0):
        expected = [history.network(record).loss(X + shift, Y, mse) for record in range(4)]
        assert history.loss_on(X + shift, Y).tolist() == losses[shift] == expected


@pytest.mark.parametrize("again", [
    lambda made: made, copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made)),
], ids=["itself", "copied", "deeply copied", "pickled"])
@pytest.mark.parametrize("name", ["epochs", "theta", "gradient", "right_gradient", "angles", "X", "Y"])
def test_what_else_a_history_holds_is_changed_in_copies_only(name, again):
    # As for a picture of the way to the end, or of the directions: `way = history.theta; way -= way[-1]`.
    network, X, Y = network_and_data()
    history = again(train(network, X, Y, loss=mse, optimizer=SGD(0.1), epochs=3, gradient=gradient_of(network, mse)))
    values = getattr(history, name)
    with pytest.raises(ValueError, match="read-only"):
        values *= 2
    copied = values.copy()
    copied *= 2
    assert np.array_equal(getattr(history, name), values)
    # What was handed in, and the network, can be changed as before.
    X *= 2
    network.theta *= 2


DEEP = """
import sys
import numpy as np
from nbhelpers import Dense, Network, first_seeds, train
from nbhelpers.instances import problem

def deep(calls, job):
    return job() if calls == 0 else deep(calls - 1, job)

def a_network():
    return Network(1, [Dense(2, "tanh"), Dense(1, "identity")]).initialize("normal", 0)

X = np.array([[0.0], [1.0]])
outcomes = set()
for left in range(20, 500, 3):
    for engine in ("auto", "numpy"):
        network = a_network()
        start = network.theta.copy()
        def job():
            train(network, X, X, loss="mse", optimizer="sgd", epochs=50, engine=engine)
            return "trained"
        def count():
            return "counted" if len(first_seeds(50)) else ""
        for work in (job, count):
            try:
                outcomes.add(deep(sys.getrecursionlimit() - left, work))
            except RecursionError:
                outcomes.add("refused")
                assert (network.theta == start).all() or work is count, left
            except BaseException as error:
                outcomes.add(f"{type(error).__name__}: {error}"[:200])
print(sorted(outcomes), repr(problem()))
"""


def test_near_the_limit_of_recursion_a_training_is_refused_before_it_begins_and_nothing_is_remembered(compiled_loop):
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True)
    assert done.stdout == "['counted', 'refused', 'trained'] ''\n", done.stdout + done.stderr[-2000:]


@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_gradient_of_ones_own_is_not_asked_at_parameters_that_are_infinite(batch_size):
    def gradient(theta, X, Y):
        assert np.isfinite(theta).all()
        return theta + 1

    # Of the largest number one step makes a negative one as large, and the second one infinity.
    network = Network(1, [Dense(1, "sigmoid")]).initialize("normal", 0)
    history = train(network, [[1.0], [2.0]], [[0.0], [1.0]], loss="mse", optimizer=SGD(1e308), epochs=5,
                    batch_size=batch_size, gradient=gradient)
    assert history.stopped == "diverged" and np.isfinite(history.theta).all() and np.isfinite(network.theta).all()
