"""The word for what has come of a run, on the runs of the lessons."""

import re

import numpy as np
import pytest

from nbhelpers import SGD, Adam, Bench, Dense, History, Network, fibonacci, ssr, train
from nbhelpers.pictures.outcomes import outcome
from nbhelpers.pictures.panels import LossCurve
from nbhelpers.published import and_net, autoencoder, single_neuron
from nbhelpers.watching import watching


def straight(learning_rate, epochs=1000):
    network = Network(1, [Dense(1, "identity")]).initialize("normal", 11)
    return train(network, *fibonacci(), loss=ssr, optimizer=SGD(learning_rate), epochs=epochs, record=201)


def last(history):
    return outcome(history, len(history) - 1)


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_the_neuron_of_lesson_01_is_dead_at_large_rates_and_was_not_at_the_start(rate):
    history = single_neuron.run(learning_rate=rate)
    # It predicts 0 everywhere, and the squares of 0, 1, 1, 2, 3 and 5 add up to 40.
    assert abs(history.network(-1).predict(history.X)).max() < 1e-6
    assert last(history).word == "dead" and outcome(history, 0).word == "learning"
    assert last(history).sentence == (
        "SSR 40 after 200 steps, more than 39.5 at the start: try a smaller learning rate or another seed"
    )


def test_it_is_learning_at_the_published_rate():
    found = last(single_neuron.run())
    assert (found.word, found.sentence, found.advice) == ("learning", "SSR 0.875 after 200 steps", "")


def test_a_line_diverges_where_its_rate_is_above_two_by_its_largest_curvature():
    X, _ = fibonacci()
    columns = np.column_stack([X, np.ones(len(X))])
    limit = 2 / np.linalg.eigvalsh(2 * columns.T @ columns).max()
    assert last(straight(0.95 * limit)).word == "learning"
    assert last(straight(1.05 * limit)).word == "diverged"
    history = straight(2 * limit)
    assert history.stopped == "diverged"
    advice = "try a smaller learning rate, and check the gradient"
    assert last(history).sentence == f"SSR diverged at step {history.ended_at}: {advice}"
    # On its way there too, from where the loss is ten times that of the start.
    high = history.loss > 10 * history.loss[0]
    assert not high[0] and high[1:].all()
    assert [outcome(history, record).word for record in (0, 1, 20)] == ["learning", "diverged", "diverged"]


def test_a_line_that_has_come_to_its_minimum_is_not_stuck():
    X, Y = fibonacci()
    columns = np.column_stack([X, np.ones(len(X))])
    _, [least], _, _ = np.linalg.lstsq(columns, Y[:, 0], rcond=None)
    history = straight(0.01, epochs=10_000)
    assert history.loss[-1] == pytest.approx(least) and last(history).word == "learning"


def test_a_goal_is_reached_at_the_last_record_alone():
    history = autoencoder.run(0, learning_rate=10.0)
    assert last(history).word == "goal reached" and last(history).sentence.endswith("epochs, goal reached")
    assert "goal" not in outcome(history, 1).sentence


def test_a_gradient_that_leads_nowhere_is_stuck_and_one_that_climbs_too():
    X, Y = fibonacci()

    def go(gradient, **settings):
        network = single_neuron.build(11)
        return train(network, X, Y, loss=ssr, optimizer=SGD(0.01), epochs=200, gradient=gradient, **settings)

    def nowhere(theta, X, Y):
        return np.zeros_like(theta)

    found = last(go(nowhere))
    assert found.word == "stuck" and found.advice == "try a smaller learning rate, and check the gradient"
    # Two records tell nothing of what the second half of a training brings, and three do.
    assert [last(go(nowhere, record=record)).word for record in (2, 3)] == ["learning", "stuck"]
    network = single_neuron.build(11)

    def uphill(theta, X, Y):
        network.theta = theta
        return -0.001 * network.gradient(X, Y, ssr)

    found = last(go(uphill))
    assert found.word == "stuck" and "at the start" in found.rest


@pytest.mark.parametrize("rate, way", [(1e-4, "larger"), (1.0, "smaller")])
def test_a_loss_that_falls_all_the_time_and_hardly_wants_longer_steps_and_one_that_jumps_shorter_ones(rate, way):
    network = Network(1, [Dense(1, "identity", bias=False)])
    history = train(network, [[1.0]], [[1.0]], loss="ssr", optimizer=SGD(rate), epochs=20)
    # The slope is 2 (w - 1): a rate of 1 leads from 0 to 2 and back, one of 0.0001 by 0.0002 of the way at each step.
    assert history.loss[-1] == pytest.approx(1.0, abs=0.01) and (history.loss[-1] < 1) == (way == "larger")
    found = last(history)
    assert (found.word, found.advice) == ("stuck", f"try a {way} learning rate, and check the gradient")


@pytest.mark.parametrize("make, decay, word, advice", [
    (SGD, 0.5, "learning", ""), (Adam, 0.5, "learning", ""),
    (SGD, 8.0, "stuck", "try another seed or a larger learning rate, or a smaller weight decay"),
])
def test_a_run_that_rests_where_its_weight_decay_holds_it_is_stuck_only_where_little_is_learned(
    make, decay, word, advice
):
    network = Network(1, [Dense(1, "identity", bias=False)])
    how = make(0.05, weight_decay=decay)
    history = train(network, [[1.0]], [[1.0]], loss="ssr", optimizer=how, epochs=1000)
    # The slope is 2 (w - 1) + decay w, so it rests at 2 / (2 + decay), where that of the loss alone is not 0.
    assert history.theta[-1, 0] == pytest.approx(2 / (2 + decay), abs=1e-6)
    found = last(history)
    assert (found.word, found.advice) == (word, advice)


@pytest.mark.parametrize("x", [1e-200, 1e-100, 1.0, 1e100, 1e150])
def test_a_derivative_that_stays_as_large_as_it_is_is_not_dead_whatever_its_size(x):
    # The output is 0, so the derivative in the weight is -2 x at the start and at the end.
    network = Network(1, [Dense(1, "identity", bias=False)])
    history = train(
        network, [[x]], [[1.0]], loss="ssr", optimizer=SGD(1.0), epochs=4, gradient=lambda theta, X, Y: [0.0]
    )
    found = last(history)
    assert history.right_gradient[-1] == -2 * x
    assert (found.word, found.advice) == ("stuck", "try a smaller learning rate, and check the gradient")


@pytest.mark.parametrize("weight, word", [(1e-3, "dead"), (1.0, "learning")])
def test_large_outputs_are_the_same_to_a_millionth_of_themselves(weight, word):
    # One step leads to a hidden unit that gives 10 000 and 10 000 + weight, and to an output that is right.
    network = Network(1, [Dense(1, "identity"), Dense(1, "identity")])
    network.theta[:] = 0.0, 0.0, 1.0, 1.0
    history = train(
        network, [[0.0], [1.0]], [[0.0], [0.0]], loss="ssr", optimizer=SGD(1.0), epochs=1,
        gradient=lambda theta, X, Y: theta - [weight, 1e4, 0.0, 0.0],
    )
    assert history.theta[-1].tolist() == [weight, 1e4, 0, 0] and last(history).word == word


@pytest.mark.parametrize("weights, word", [([0.0, 1.0], "learning"), ([0.0, 0.0], "dead")])
def test_a_network_is_dead_where_all_its_hidden_units_are_the_same_everywhere(weights, word):
    # One step leads to the hidden weights, and to outputs that are right there.
    network = Network(1, [Dense(2, "identity"), Dense(1, "identity")])
    end = np.array([*weights, 0.0, 0.0, 1.0, 1.0, 0.0])
    network.theta[:] = end + 0.1
    X = [[0.0], [1.0]]
    history = train(
        network, X, np.array(X) * sum(weights), loss="ssr", optimizer=SGD(1.0), epochs=1,
        gradient=lambda theta, X, Y: theta - end,
    )
    assert np.allclose(history.theta[-1], end) and last(history).word == word


@pytest.mark.parametrize("end, said", [(1.5, ("1", "1.5")), (1.0004, ("1", "1.0004")), (1 + 2**-40, None)])
def test_a_loss_that_is_more_than_another_one_is_said_with_the_digits_in_which_it_is(end, said):
    # The loss is the square of the one weight, which goes up from 1.
    network = Network(1, [Dense(1, "identity", bias=False)])
    network.theta[:] = 1.0
    history = train(
        network, [[1.0]], [[0.0]], loss="ssr", optimizer=SGD(1.0), epochs=1,
        gradient=lambda theta, X, Y: [1 - np.sqrt(end)],
    )
    before, after = re.search(r"rises from (\S+) to (\S+) over 1 ", LossCurve().text(history, 1)).groups()
    assert last(history).sentence == f"SSR {after} after 1 step, more than {before} at the start"
    assert float(before) == 1 < float(after)
    assert said is None or (float(before), float(after)) == tuple(map(float, said))


def test_a_record_is_not_dead_for_what_the_next_one_is():
    # The outputs are the same at both, and one step leads to where they are right and nothing moves any more.
    network = Network(1, [Dense(1, "identity"), Dense(1, "identity")])
    network.theta[:] = 0.0, 1.0, 1.0, 5.0
    history = train(
        network, [[0.0], [1.0]], [[1.0], [1.0]], loss="ssr", optimizer=SGD(1.0), epochs=1,
        gradient=lambda theta, X, Y: theta - [0.0, 1.0, 1.0, 0.0],
    )
    assert [outcome(history, record).word for record in (0, 1)] == ["learning", "dead"]


@pytest.mark.parametrize("times, word", [(10.5, "diverged"), (9.5, "stuck")])
def test_a_run_has_diverged_where_its_loss_is_more_than_ten_times_that_of_the_start(times, word):
    # The loss is the square of the one weight, which goes up from 1 by equal steps.
    network = Network(1, [Dense(1, "identity", bias=False)])
    network.theta[:] = 1.0
    history = train(
        network, [[1.0]], [[0.0]], loss="ssr", optimizer=SGD(1.0), epochs=4,
        gradient=lambda theta, X, Y: [(1 - np.sqrt(times)) / 4],
    )
    assert history.loss[-1] == pytest.approx(times) and last(history).word == word


@pytest.mark.parametrize("share, word, advice", [
    (0.6, "stuck", "try another seed or a larger learning rate"), (0.45, "learning", ""),
])
def test_a_run_that_has_come_to_rest_is_stuck_where_more_than_half_of_the_loss_is_left(share, word, advice):
    # The samples pull the one weight to both sides of 1: the loss 4 (w - 1)^2 + 4 goes to 4, and starts at 4 / share.
    network = Network(1, [Dense(1, "identity", bias=False)])
    network.theta[:] = 1 + np.sqrt(1 / share - 1)
    X, Y = [[1.0], [-1.0], [1.0], [-1.0]], [[2.0], [0.0], [0.0], [-2.0]]
    history = train(network, X, Y, loss="ssr", optimizer=SGD(0.1), epochs=100)
    assert history.loss[-1] / history.loss[0] == pytest.approx(share)
    assert (last(history).word, last(history).advice) == (word, advice)


@pytest.mark.parametrize("inputs", [1, 100])
def test_a_slope_of_less_than_a_hundredth_of_the_first_is_at_rest_however_many_parameters_there_are(inputs):
    # As above, with the one weight shared out; each step leaves 0.6 of the slope, and 11 steps 0.0036.
    network = Network(inputs, [Dense(1, "identity", bias=False)])
    network.theta[:] = (1 + np.sqrt(1 / 0.6 - 1)) / np.sqrt(inputs)
    X = np.array([[1.0], [-1.0], [1.0], [-1.0]]) * np.ones(inputs) / np.sqrt(inputs)
    history = train(network, X, [[2.0], [0.0], [0.0], [-2.0]], loss="ssr", optimizer=SGD(0.05), epochs=11)
    assert (last(history).word, last(history).advice) == ("stuck", "try another seed or a larger learning rate")


def test_a_run_that_is_under_way_is_learning_and_an_interrupted_one_stopped():
    seen = []

    def look(so_far):
        seen.append(so_far())
        if len(seen) == 3:
            raise KeyboardInterrupt

    with watching(look):
        history = straight(0.005, epochs=10_000_000)
    assert last(seen[0]).word == "learning" and last(seen[0]).sentence.endswith("steps so far")
    assert last(history).word == "stopped"


def test_momentum_of_lesson_05_diverges():
    network = and_net.build(0, sizes=(2, 100, 1))
    history = train(network, and_net.INPUTS, [[0], [0], [0], [1]], loss="mse", epochs=300,
                    optimizer=SGD(0.1, weight_decay=0.001))
    assert last(history).word == "diverged"


def test_what_a_history_notes_of_its_end_is_said_there_alone():
    history = History.joined([single_neuron.run()], note="and no more")
    assert outcome(history, len(history) - 1).sentence == "SSR 0.875 after 200 steps, and no more"
    assert outcome(history, 3).sentence.endswith("steps")


@pytest.mark.parametrize("edit, words", [
    # Right at the end nothing has been trained since; soon after it, the loss is high, and falls.
    ((100, 0, 20.0), {100: "learning"}), ((90, 0, 20.0), {90: "learning", 91: "learning", 100: "learning"}),
])
def test_a_loss_that_a_hand_has_made_larger_is_not_said_to_be_stuck_or_to_diverge(edit, words):
    run = Bench(data="line", layers=(), epochs=100, edits=[edit]).run()
    assert run.loss[edit[0]] > 100 * run.loss[0] > 100 * run.loss[edit[0] - 1]
    assert {record: outcome(run, record).word for record in words} == words


def test_a_training_that_makes_nothing_of_what_a_hand_has_set_is_stuck():
    # At a rate of 1e-9 the parameters stay where they are, and the loss with them.
    run = Bench(data="line", layers=(), epochs=100, learning_rate=1e-9, edits=[(60, 0, 20.0)]).run()
    assert run.loss[60] == pytest.approx(run.loss[100]) and run.loss[60] > 2 * run.loss[59]
    assert last(run).word == "stuck" and last(run).advice == "try a larger learning rate, and check the gradient"


@pytest.mark.parametrize("seed", [0, 1])
def test_a_line_that_is_learned_down_to_its_noise_is_not_stuck_though_small_batches_never_come_to_rest(seed):
    run = Bench(data="line", batch_size=10, seed=seed, epochs=300).run()
    # The noise has a standard deviation of 0.03, so its square is what the best line leaves.
    assert run.loss[-1] < 2 * 0.03**2 < 0.01 * run.loss[0]
    # The slope is that of the last ten samples, and far from 0; in the last half of the run the loss has not fallen.
    slopes = np.linalg.norm(run.right_gradient, axis=1)
    assert slopes[-1] > 0.01 * slopes.max() and run.loss[-1] > 0.99 * run.loss[len(run) // 2]
    assert (last(run).word, last(run).advice) == ("learning", "")


def test_where_a_weight_decay_holds_a_run_of_small_batches_the_advice_names_it():
    bench = Bench(data="moons", batch_size=10, weight_decay=0.1, epochs=100)
    run = bench.run()
    # A smaller rate gains nothing, and the run without the decay learns.
    assert bench.but(learning_rate=0.003).run().loss[-1] > 0.99 * run.loss[-1]
    assert bench.but(weight_decay=0.0).run().loss[-1] < 0.001 * run.loss[-1]
    advice = "try a smaller learning rate, or a smaller weight decay, and check the gradient"
    assert (last(run).word, last(run).advice) == ("stuck", advice)


def test_a_weight_decay_that_hardly_pulls_beside_the_gradient_is_not_named():
    # What is followed undoes the decay, so the weight stays at 1: the slope is -2, and the decay pulls by its own size.
    for decay, named in ((0.1, False), (0.3, True)):
        network = Network(1, [Dense(1, "identity", bias=False)])
        network.theta[:] = 1.0
        history = train(
            network, [[1.0]], [[2.0]], loss="ssr", optimizer=SGD(1.0, weight_decay=decay), epochs=4,
            gradient=lambda theta, X, Y, decay=decay: -decay * theta,
        )
        assert history.theta[-1, 0] == 1 and history.right_gradient[-1] == -2
        assert last(history).word == "stuck" and ("weight decay" in last(history).advice) == named


def test_what_a_weight_decay_pulls_is_seen_where_the_run_ends():
    # The weight goes to and fro between 1 and another place; the slope is 2 (w - 2), and a tenth of it is named.
    for decay, other, epochs, named in ((0.1, 3, 4, False), (0.1, 3, 5, True), (0.08, 4, 5, False)):

        def given(theta, X, Y, decay=decay, other=other):
            return theta * (1 - decay) - (other if theta[0] < 2 else 1)

        network = Network(1, [Dense(1, "identity", bias=False)])
        network.theta = [1.0]
        history = train(
            network, [[1.0]], [[2.0]], loss="ssr", optimizer=SGD(1.0, weight_decay=decay), epochs=epochs,
            gradient=given,
        )
        assert history.theta[-1, 0] == pytest.approx(other if epochs % 2 else 1)
        assert last(history).word == "stuck" and ("weight decay" in last(history).advice) == named
