"""The published neuron against the figures that its document prints, and its fault against the formula of the fault."""

import random

import numpy as np
import pytest

from nbhelpers import SGD, Dense, Network, check_gradient, fibonacci, identity, softplus, ssr, train
from nbhelpers.published import single_neuron

# Figures as the document prints them, to see that the table of recorded figures is not at odds with it.
PRINTED = {
    (0, "input_weight"): -1.224072675713965,
    (1, "d_input_weight"): -17.485638049162585,
    (50, "d_bias"): -2.298977650481809,
    (55, "bias"): "0.315195038826103",
    (102, "output_weight"): 0.7998246625779698,
    (149, "d_output_weight"): 1.1132815158312441,
    (198, "input_weight"): 1.2423863652439306,
}


def differences(theta, X, Y):
    """The true gradient of the SSR, by central differences of a vectorized formula."""
    def height(theta):
        return ((np.logaddexp(0, X * theta[0] + theta[1]) * theta[2] - Y) ** 2).sum()

    steps = 1e-6 * np.eye(3)
    return np.array([(height(theta + step) - height(theta - step)) / 2e-6 for step in steps])


def test_the_recorded_trace_has_every_figure_of_the_document():
    figures = [value for step in single_neuron.RECORDED.steps for value in step[1:] if value is not None]
    # The start has 3 figures. Of the 30 steps after it, 25 are whole; 4 break off in the bias and one in the input
    # weight.
    assert len(figures) == 3 + 25 * 6 + 4 * 5 + 4 == 177
    steps = [step.step for step in single_neuron.RECORDED.steps]
    assert steps == [*range(7), *range(50, 56), *range(98, 104), *range(146, 152), *range(193, 199)]
    by_step = {step.step: step for step in single_neuron.RECORDED.steps}
    assert {(step, name): getattr(by_step[step], name) for step, name in PRINTED} == PRINTED


def test_the_published_run_repeats_the_recorded_trace():
    table = single_neuron.compare(single_neuron.run())
    assert len(table) == 177
    np.testing.assert_allclose(table["ours"], table["recorded"], rtol=1e-9)


def test_a_figure_that_is_cut_short_is_compared_in_the_digits_it_has():
    table = single_neuron.compare(single_neuron.run()).set_index(["step", "figure"])
    assert table.loc[(103, "bias"), "recorded"] == -0.35303428
    assert table.loc[(151, "bias"), "ours"] == -0.8


def test_another_run_is_seen_to_differ_from_the_recorded_one():
    table = single_neuron.compare(single_neuron.run(learning_rate=0.0100001))
    assert (abs(table["ours"] - table["recorded"]) > 1e-9 * abs(table["recorded"])).sum() > 100


def test_the_run_has_every_one_of_its_200_steps():
    history = single_neuron.run()
    assert history.epochs.tolist() == list(range(201)) and history.stopped == "epochs" and history.unit == "step"
    assert history.loss[0] == pytest.approx(ssr.value(history.network(0).predict(history.X), history.Y), rel=1e-15)


def test_the_first_step_goes_where_the_document_says_and_not_along_the_true_gradient():
    theta, (X, Y) = single_neuron.initial_theta(), fibonacci()
    published, true = single_neuron.gradient(theta, X, Y), differences(theta, X, Y)
    np.testing.assert_allclose(published, [-17.4856, -4.2722, -0.4451], atol=5e-5)
    np.testing.assert_allclose(true, [-1.1026, -0.2828, -0.4451], atol=5e-5)
    np.testing.assert_allclose(single_neuron.build().gradient(X, Y, ssr), true, rtol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_the_fault_is_the_slope_taken_at_the_output(seed):
    generator = np.random.default_rng(seed)
    theta = generator.normal(0, 2, 3)
    X, Y = generator.normal(size=(9, 1)), generator.normal(size=(9, 1))
    z = X * theta[0] + theta[1]
    activation = np.logaddexp(0, z)
    residuals = activation * theta[2] - Y
    in_z = 2 * residuals * theta[2] / (1 + np.exp(-activation))
    expected = [(in_z * X).sum(), in_z.sum(), (2 * residuals * activation).sum()]
    np.testing.assert_allclose(single_neuron.gradient(theta, X, Y), expected, rtol=1e-10)


def test_the_check_finds_the_fault_in_the_first_layer_and_nowhere_else():
    check = check_gradient(single_neuron.build(), *fibonacci(), ssr, gradient=single_neuron.gradient)
    assert check.table["verdict"].to_dict() == {
        "layer 1 weights": "wrong", "layer 1 biases": "wrong", "layer 2 weights": "right"
    }
    assert len(single_neuron.FAULTS) == 1 and "slope" in single_neuron.FAULTS[0]


def test_the_published_descent_rests_where_the_true_gradient_is_not_zero():
    network, (X, Y) = single_neuron.build(), fibonacci()
    network.theta = [0.862, -2.099, 2.082]
    history = train(
        network, X, Y, loss=ssr, optimizer=SGD(0.003), epochs=12_000, record=2, gradient=single_neuron.gradient
    )
    rest = network.theta
    np.testing.assert_allclose(rest, [0.86190765, -2.09914718, 2.08196519], atol=1e-4)
    assert history.loss[-1] == pytest.approx(0.402, abs=5e-4)
    assert abs(single_neuron.gradient(rest, X, Y)).max() < 1e-4
    np.testing.assert_allclose(differences(rest, X, Y), [0.349, 0.119, 0], atol=1e-3)


def test_the_recorded_rest_point_is_one():
    X, Y = fibonacci()
    theta = np.array([0.86190765, -2.09914718, 2.08196519])
    # Eight decimals of theta leave a gradient of a few millionths.
    assert abs(single_neuron.gradient(theta, X, Y)).max() < 5e-6
    np.testing.assert_allclose(differences(theta, X, Y), [0.349, 0.119, 0], atol=1e-3)


def test_the_start_is_drawn_in_the_published_order_and_leaves_pythons_generator_alone():
    state = random.getstate()
    start = single_neuron.initial_theta(seed=3)
    assert random.getstate() == state
    random.seed(3)
    input_weight, output_weight, bias = (random.gauss(0, 1) for _ in range(3))
    random.setstate(state)
    assert start.tolist() == [input_weight, bias, output_weight]
    assert single_neuron.build(3).theta.tolist() == start.tolist()
    assert single_neuron.run(seed=3, epochs=1).theta[0].tolist() == start.tolist()


def test_a_run_that_diverges_ends_in_a_word_and_not_in_an_overflow():
    history = single_neuron.run(learning_rate=1e100)
    assert history.stopped == "diverged" and np.isfinite(history.loss).all()


def test_sizes_that_the_published_program_does_not_have_are_refused():
    with pytest.raises(ValueError, match=r"^sizes must be \(1, 1, 1\), .* got \(1, 2, 1\)"):
        single_neuron.gradient(np.zeros(3), *fibonacci(), sizes=(1, 2, 1))


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (1.5, TypeError), ("eleven", TypeError)])
def test_a_seed_that_is_no_seed_is_refused(seed, error):
    with pytest.raises(error, match=f"^seed must be a whole number from 0 to 4294967295, got {seed!r}"):
        single_neuron.run(seed=seed)


@pytest.mark.parametrize("name, rule", [("published", single_neuron.gradient), ("corrected", None)])
def test_many_neurons_side_by_side_end_where_each_of_them_ends_alone(name, rule):
    found = single_neuron.many(range(8), 0.003, [0, 1, 300], gradient=name)
    for seed in range(8):
        alone = train(single_neuron.build(seed), *fibonacci(), loss=ssr, optimizer=SGD(0.003), epochs=300, record=301,
                      gradient=rule, engine="numpy")
        assert np.allclose(found[:, seed], alone.loss[[0, 1, 300]], rtol=1e-9)


def test_the_answers_that_the_lesson_folds_away_are_what_its_sliders_show():
    def end(seed, rate, rule):
        return train(single_neuron.build(seed), *fibonacci(), loss=ssr, optimizer=SGD(rate), epochs=200, record=201,
                     gradient=rule)

    # Question 1: "It rises, from 1.02 to 2.6", and "the curve gets smooth".
    rough, smooth = end(11, 0.01, None), end(11, 0.003, None)
    assert f"{rough.loss[-1]:.2f} {smooth.loss[-1]:.1f}" == "1.02 2.6"
    assert (np.diff(smooth.loss) < 0).all() and (np.diff(rough.loss) > 0).sum() > 50
    # Question 2: "A flat line at 0, and the SSR is 40"; derivatives "as good as 0", but for two of the published ones.
    right, wrong = end(11, 0.1, None), end(11, 0.1, single_neuron.gradient)
    assert np.allclose([right.loss[-1], wrong.loss[-1]], 40)
    assert abs(right.gradient[-1]).max() < 1e-30 and wrong.gradient[-1, 2] == 0
    assert min(wrong.gradient[-1, :2]) > 40, "inside of the panel, whose axis goes to 40"
    # Question 3: "With seed 18 for one: 0.892 against 0.560".
    assert f"{end(18, 0.01, single_neuron.gradient).loss[-1]:.3f} {end(18, 0.01, None).loss[-1]:.3f}" == "0.892 0.560"


@pytest.mark.parametrize("biases", [(True, True), (False, True), (False, False)])
def test_a_neuron_with_other_biases_is_not_compared(biases):
    # Its parameters stand at other places: those of an output bias were given out for the input weight.
    network = Network(1, [Dense(1, softplus, biases[0]), Dense(1, identity, biases[1])]).initialize("normal", seed=0)
    history = train(network, *fibonacci(), loss=ssr, optimizer=SGD(1e-4), epochs=200, record=201)
    with pytest.raises(ValueError, match="^history must be of a neuron with a bias and an output without, got Network"):
        single_neuron.compare(history)
