"""The gradient check: it must let right gradients pass and name what is wrong in the others."""

import math
from functools import partial
from itertools import chain, repeat

import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbhelpers import (
    Adam,
    Dense,
    Loss,
    Network,
    audit,
    binary_cross_entropy,
    check_gradient,
    circles,
    diagnose,
    evidence,
    faulty_gradient,
    identity,
    leaky_relu,
    mse,
    numerical_gradient,
    relu,
    sigmoid,
    softmax_cross_entropy,
    softplus,
    ssr,
    tanh,
    train,
    truth_table,
)
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.differences import Line, Slope
from nbhelpers.evidence import SAFETY, find, places
from nbhelpers.losses import LOSSES


def network_and_data():
    network = Network(3, [Dense(4, tanh), Dense(2, sigmoid, bias=False), Dense(2, softplus)])
    network.initialize("normal", seed=1)
    random = np.random.default_rng(0)
    return network, random.normal(size=(5, 3)), random.normal(size=(5, 2))


def two_parameters():
    """A line through the origin of each of two inputs, and data where its derivatives are 3 and 4."""
    # The output is 0, so the derivative of the SSR in the output is 2 * (0 + 0.5) = 1, and in the weights X itself.
    return Network(2, [Dense(1, identity, bias=False)]), np.array([[3.0, 4.0]]), np.array([[-0.5]])


def at_the_kink(activation, bias):
    """One unit whose weighted sum is 1 + `bias`."""
    network = Network(1, [Dense(1, activation), Dense(1, identity)])
    network.theta = [1, bias, 1, 0]
    return network


@pytest.mark.parametrize("function, gradient", [
    (lambda t: (t**3).sum(), lambda t: 3 * t**2),
    (lambda t: np.exp(t).sum(), np.exp),
    (lambda t: np.sin(t).prod(), lambda t: np.sin(t).prod() / np.tan(t)),
    (lambda t: (t * [1, 2, 3]).sum(), lambda t: [1, 2, 3]),
    (lambda t: 7.0, lambda t: [0, 0, 0]),
])
def test_finite_differences_are_those_of_the_formula(function, gradient):
    theta = np.array([0.3, -1.2, 2.0])
    np.testing.assert_allclose(numerical_gradient(function, theta), gradient(theta), rtol=1e-9, atol=1e-12)
    assert theta.tolist() == [0.3, -1.2, 2.0]


@pytest.mark.parametrize("value", [1e-9, 1.0, 1e9])
def test_the_step_grows_with_a_large_parameter(value):
    assert numerical_gradient(lambda t: t[0] ** 2, [value])[0] == pytest.approx(2 * value, rel=1e-6, abs=1e-9)


def test_whole_numbers_are_taken_as_parameters():
    np.testing.assert_allclose(numerical_gradient(lambda t: t[0] * t[1], [2, 5]), [5, 2], rtol=1e-9)


def test_parameters_of_any_shape_and_a_list_of_arrays_are_taken():
    W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])
    np.testing.assert_allclose(numerical_gradient(lambda t: (t**2).sum(), W), 2 * W, rtol=1e-8)
    assert numerical_gradient(lambda t: t**3, 2.0) == pytest.approx(12, rel=1e-8)
    dW, db = numerical_gradient(lambda parts: (parts[0] ** 2).sum() * parts[1].sum() + parts[1] @ [1, 2], [W, b])
    np.testing.assert_allclose(dW, np.zeros((2, 2)), atol=1e-8)
    np.testing.assert_allclose(db, [31, 32], rtol=1e-8)


def test_a_function_that_sets_the_network_leaves_it_where_it_was():
    network = Network(2, [Dense(2, tanh), Dense(1, sigmoid)]).initialize("normal", seed=0)
    X, Y, before = [[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]], network.theta.copy()

    def loss_at(theta):
        network.theta = theta
        return network.loss(X, Y, mse)

    found = numerical_gradient(loss_at, network.theta)
    assert np.array_equal(network.theta, before)
    assert np.allclose(found, network.gradient(X, Y, mse), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dress", [float, np.float64, lambda v: np.array(v), lambda v: np.array([[v]]), lambda v: [v]])
def test_a_value_may_be_a_number_in_any_dress(dress):
    found = numerical_gradient(lambda t: dress((t**2).sum()), [1.0, -3.0])
    np.testing.assert_allclose(found, [2, -6], rtol=1e-8)


def test_a_tensor_is_a_number_too(torch):
    found = numerical_gradient(lambda t: (torch.tensor(t, requires_grad=True) ** 2).sum(), [1.0, -3.0])
    np.testing.assert_allclose(found, [2, -6], rtol=1e-8)


def test_a_function_written_for_pytorch_is_given_tensors(torch):
    X = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64)
    theta = torch.tensor([0.3, -1.2], dtype=torch.float64, requires_grad=True)
    slopes = numerical_gradient(lambda t: (X @ torch.sin(t)).sum(), theta)
    np.testing.assert_allclose(slopes, torch.autograd.grad((X @ torch.sin(theta)).sum(), theta)[0], rtol=1e-8)
    weights, bias = numerical_gradient(lambda parts: torch.relu(X @ parts[0] + parts[1]).sum(), [theta, torch.ones(1)])
    np.testing.assert_allclose([*weights, *bias], [0.5, -1, 1], atol=1e-4)


@pytest.mark.parametrize("dress", [
    np.array, list, lambda w: [np.array(w), np.ones(2)], lambda w: pytest.importorskip("torch").tensor(w),
], ids=["array", "list", "several", "tensor"])
def test_a_function_that_reads_theta_and_not_its_copy_is_refused(dress):
    theta = dress([1.0, -3.0])
    before = repr(theta)
    # As behind a softmax, the value stays the same where all numbers are moved by the same.
    with pytest.raises(ValueError, match="^function must reckon with the copy of theta that it gets, but it reads"):
        numerical_gradient(lambda _: np.ptp(np.ravel([*theta])), theta)
    assert repr(theta) == before


def test_at_a_minimum_a_function_may_speak_of_theta_too():
    theta = np.zeros(2)
    assert numerical_gradient(lambda t: ((t - theta) ** 2).sum(), theta).tolist() == [0, 0]


def test_a_flat_function_that_takes_no_far_numbers_is_flat():
    def count(t):
        return [0.0, 1.0, 2.0].index(round(t[0]))

    assert numerical_gradient(count, [2.4]).tolist() == [0]


def test_in_float32_the_step_is_wider():
    # With the step for float64 the rounding of float32, 6e-8, would be a hundredth of the difference.
    for theta, function in (
        (np.array([1.0, -3.0], dtype=np.float32), lambda t: float((t**2).sum())),
        ([1.0, -3.0], lambda t: (t.astype(np.float32) ** 2).sum()),
    ):
        np.testing.assert_allclose(numerical_gradient(function, theta), [2, -6], rtol=1e-3)


def test_a_function_may_overwrite_what_it_is_given():
    def vandal(theta):
        value = (theta**2).sum()
        theta[:] = 0
        return value

    theta = np.array([1.0, -3.0])
    np.testing.assert_allclose(numerical_gradient(vandal, theta), [2, -6], rtol=1e-8)
    assert theta.tolist() == [1, -3]


def test_a_list_of_vectors_is_a_list_of_parameters():
    slopes = numerical_gradient(lambda parts: (parts[0] * parts[1]).sum(), [np.ones(2), np.full(2, 3.0)])
    assert isinstance(slopes, list)
    np.testing.assert_allclose(slopes, [[3, 3], [1, 1]], rtol=1e-9)
    # A bias alone may be a number beside them.
    slopes = numerical_gradient(lambda parts: (parts[0] * parts[1]).sum(), [np.ones(2), 3.0])
    assert isinstance(slopes, list) and [np.round(part, 6).tolist() for part in slopes] == [[3, 3], 2]


@pytest.mark.parametrize("function, theta, sentence", [
    (3, [1.0], "function must be a function of theta, got 3"),
    (lambda t: t, [1.0, 2.0], r"the value of function\(theta\) must be one number"),
    (lambda t: None, [1.0], r"the value of function\(theta\) must hold numbers only, got None"),
    (lambda t: "7", [1.0], r"the value of function\(theta\) must hold numbers only, got '7'"),
    (np.sum, ["a"], "theta must hold numbers only"),
    (np.sum, None, "theta must hold numbers only, got None"),
], ids=["no function", "vector", "nothing", "text", "letters", "no theta"])
def test_misuse_of_finite_differences_gets_a_sentence(function, theta, sentence):
    with pytest.raises(TypeError, match=f"^{sentence}"):
        numerical_gradient(function, theta)


@pytest.mark.parametrize("step", [0, -1e-6, math.nan])
def test_a_step_that_is_no_step_is_refused(step):
    with pytest.raises(ValueError, match="^step must be a number greater than 0, got"):
        numerical_gradient(np.sum, [1.0], step=step)


def test_a_right_gradient_passes():
    network, X, Y = network_and_data()
    check = check_gradient(network, X, Y, mse)
    assert check.passed is True and check.relative_error <= 1e-6 and check.verdict == "right"
    assert check.angle_degrees < 1e-3
    assert check.text.startswith("The gradient is right.")
    np.testing.assert_array_equal(check.gradient, network.gradient(X, Y, mse))
    np.testing.assert_allclose(check.numerical, check.gradient, rtol=1e-6, atol=1e-9)


def test_the_table_has_a_row_for_each_layers_weights_and_biases():
    network, X, Y = network_and_data()
    table = check_gradient(network, X, Y, ssr).table
    assert table.index.tolist() == [
        "layer 1 weights", "layer 1 biases", "layer 2 weights", "layer 3 weights", "layer 3 biases"
    ]
    assert table["count"].tolist() == [12, 4, 8, 4, 2]
    assert (table["verdict"] == "right").all() and (table["relative error"] <= 1e-6).all()


def wrong_sign(right):
    right[:12] *= -1


def wrong_factor(right):
    right[:12] *= 2


def wrong_by_a_hundredth_of_a_percent(right):
    right[:12] *= 1.0001


def one_wrong_entry(right):
    right[abs(right[:12]).argmax()] *= 1.001


def forgotten_row(right):
    right[:4] = 0


def transposed(right):
    right[:12] = right[:12].reshape(3, 4).T.ravel()


def test_one_array_in_float32_is_enough_for_the_longer_step():
    parts = [np.linspace(0.5, 2, 7, dtype=np.float32), np.linspace(-1, 1, 7)]
    found = numerical_gradient(lambda parts: float((parts[0] ** 3).sum()) + float((parts[1] ** 3).sum()), parts)
    # The rounding of float32, 1e-7, over a step of 5e-3; over one of 6e-6 it would be some percent.
    for part, slopes in zip(parts, found):
        np.testing.assert_allclose(slopes, 3 * part.astype(float) ** 2, atol=1e-3)


@pytest.mark.parametrize(
    "spoil", [wrong_sign, wrong_factor, wrong_by_a_hundredth_of_a_percent, one_wrong_entry, forgotten_row, transposed]
)
def test_a_wrong_gradient_fails_and_its_rows_are_named(spoil):
    network, X, Y = network_and_data()

    own = own_gradient(network, ssr)

    def gradient(theta, X, Y):
        right = own(theta, X, Y)
        spoil(right)
        return right

    check = check_gradient(network, X, Y, ssr, gradient=gradient)
    assert check.passed is False and check.relative_error > 1e-6
    assert (check.table["verdict"] == ["wrong", "right", "right", "right", "right"]).all()
    assert check.text.startswith("The gradient is wrong in layer 1 weights.")
    assert "wrong in layer 1 weights" in repr(check) and "layer 3 biases" in repr(check)
    assert "<table" in check._repr_html_() and "wrong in layer 1 weights" in check._repr_html_()


def test_the_errors_of_the_table_are_those_worked_by_hand():
    network, X, Y = two_parameters()
    row = check_gradient(network, X, Y, ssr, gradient=lambda theta, X, Y: np.array([3.0, 5.0])).table.iloc[0]
    # 3 and 5 for 3 and 4: apart by 1, which is a fifth of the largest entry of the two.
    assert row["largest error"] == pytest.approx(1, rel=1e-9)
    assert row["largest entry"] == pytest.approx(4, rel=1e-9)
    assert row["relative error"] == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize("degrees", [0.01, 30, 90, 135, 180])
def test_the_angle_is_the_one_that_the_gradient_was_turned_by(degrees):
    network, X, Y = two_parameters()
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = [3 * cosine - 4 * sine, 3 * sine + 4 * cosine]
    check = check_gradient(network, X, Y, ssr, gradient=lambda theta, X, Y: 7 * np.array(turned))
    assert check.angle_degrees == pytest.approx(degrees, abs=1e-5)


def test_a_gradient_of_zeros_is_wrong_and_points_nowhere():
    network, X, Y = two_parameters()
    check = check_gradient(network, X, Y, ssr, gradient=lambda theta, X, Y: np.zeros(2))
    assert check.passed is False and check.angle_degrees == 90
    assert check.factor == 0 and "up to a factor" not in check.text


@pytest.mark.parametrize("apart, same", [(3e-6, True), (1e-4, False)])
def test_factors_of_two_rows_are_the_same_to_about_five_digits(apart, same):
    network, X, Y = network_and_data()

    def gradient(theta, X, Y):
        twin = network.copy()
        twin.theta = theta
        found = 2 * twin.gradient(X, Y, ssr)
        found[:12] *= 1 + apart
        return found

    assert ("right up to the factor 2" in check_gradient(network, X, Y, ssr, gradient=gradient).text) == same


@pytest.mark.parametrize("factor", [1 + 1e-5, 1.001, 2.0])
def test_a_factor_in_one_layer_alone_is_not_one_of_every_place(factor):
    network, X, Y = network_and_data()

    def gradient(theta, X, Y):
        twin = network.copy()
        twin.theta = theta
        found = twin.gradient(X, Y, ssr)
        found[:12] *= factor
        return found

    check = check_gradient(network, X, Y, ssr, gradient=gradient)
    assert check.verdict == "wrong" and check.text.startswith("The gradient is wrong in layer 1 weights.")


def test_a_single_row_of_parameters_has_its_factor_too():
    network = Network(1, [Dense(1, sigmoid, bias=False)]).initialize("normal", seed=0)
    X, Y = np.array([[1.0], [-2.0]]), np.array([[1.0], [0.5]])

    def gradient(theta, X, Y):
        P = 1 / (1 + np.exp(-theta * X))
        return [3 * (2 * (P - Y) * P * (1 - P) * X).sum()]

    check = check_gradient(network, X, Y, ssr, gradient=gradient)
    assert check.factor == pytest.approx(3, rel=1e-6)


def test_zeros_at_a_minimum_are_no_evidence():
    network, X, Y = two_parameters()
    check = check_gradient(network, X, 0 * Y, ssr, gradient=lambda theta, X, Y: np.zeros(2), points=1)
    assert check.verdict == "cannot be judged" and not check
    # Elsewhere the slope is not zero, and so zeros are wrong.
    assert check_gradient(network, X, 0 * Y, ssr, gradient=lambda theta, X, Y: np.zeros(2)).verdict == "wrong"


# Places where there is no evidence


@pytest.mark.parametrize("activation", [relu, leaky_relu], ids=repr)
def test_a_unit_at_its_kink_cannot_be_judged_there(activation):
    check = check_gradient(at_the_kink(activation, -1), [[1]], [[5]], ssr, points=1)
    assert check.verdict == "cannot be judged" and "the slope jumps there" in check.text and check.text in repr(check)
    assert check_gradient(at_the_kink(activation, -1), [[1]], [[5]], ssr, points=5).verdict == "right"


@pytest.mark.parametrize("jump", [1e-2, 1e-4, 1e-5])
def test_of_a_kink_however_small_the_slopes_to_both_sides_and_between_are_right(jump):
    line = Line(lambda t: (t, math.exp(t) + jump * abs(t)), 1.0, 1.0, 0.0)
    claims = [1 - jump, 1.0, 1 + jump]
    assert all(find(np.array([claim]), [line.slope()], 1e-6).verdict != "wrong" for claim in claims)
    assert find(np.array([1.0]), [Line(lambda t: (t, math.exp(t)), 1.0, 1.0, 0.0).slope()], 1e-6).verdict == "right"


def test_the_slope_of_a_wave_is_off_by_no_more_than_the_judge_allows_for():
    random = np.random.default_rng(1)
    for _ in range(2000):
        speed, phase = 10 ** random.uniform(0, 3), random.uniform(0, 6)
        wave = Line(partial(a_wave, speed, phase), 1.0, math.sin(phase), 2.2e-16).slope()
        assert abs(wave.value - speed * math.cos(phase)) <= SAFETY * wave.uncertainty


def a_wave(speed, phase, t):
    return t, math.sin(speed * t + phase)


def test_a_row_arrives_where_one_of_its_derivatives_is_not_0():
    slopes = [Slope(0.0, 0.0), Slope(2.0, 0.0)]
    assert find(np.array([0.0, 2.0]), slopes, 1e-6).arrives and not find(np.zeros(2), slopes, 1e-6).arrives


def test_at_a_kink_the_slope_is_the_mean_of_both_sides_and_may_be_off_by_any_size():
    assert Line(lambda t: (t, 0.5 * t + abs(t)), 1.0, 0.0, 0.0).slope() == (pytest.approx(0.5), math.inf)


def test_a_function_that_is_0_everywhere_has_the_slope_0_without_a_doubt():
    assert Line(lambda t: (t, 0.0), 1.0, 0.0, 0.0).slope() == (0.0, 0.0)


@pytest.mark.parametrize("jump", [1e-4, 1e-6])
def test_a_small_jump_of_the_slope_is_what_the_difference_may_be_off_by(jump):
    slope = Line(lambda t: (t, t + jump * max(t, 0.0)), 1.0, 0.0, 0.0).slope()
    assert slope.value == pytest.approx(1 + jump / 2, abs=1e-9)
    assert slope.uncertainty == pytest.approx(jump, rel=0.02)


@pytest.mark.parametrize("claim, uncertainty, verdict", [
    # Beside an entry of 1 the square of the tolerance, 1e-6, is nothing, and so is 100 times the uncertainty.
    (8e-7, 0.0, "right"), (2e-6, 0.0, "wrong"), (8e-6, 1e-7, "right"), (2e-5, 1e-7, "wrong"),
])
def test_a_small_entry_is_off_where_it_is_beyond_rounding_and_beyond_any_doubt(claim, uncertainty, verdict):
    found = find(np.array([1.0, claim]), [Slope(1.0, 0.0), Slope(0.0, uncertainty)], 1e-3)
    assert found.verdict == verdict and found.small == (verdict == "wrong")


@pytest.mark.parametrize("uncertainty, seen", [(1e-3, True), (2.0, False)])
def test_what_stands_out_by_a_few_digits_alone_is_not_lost_in_rounding(uncertainty, seen):
    found = find(np.ones(3), [Slope(1.0, uncertainty)] * 3, 1e-6)
    assert (found.verdict, found.seen) == ("cannot be judged", seen)


def test_zero_is_not_off_where_there_is_nothing():
    assert find(np.zeros(2), [Slope(0.0, 0.0)] * 2, 1e-6).verdict == "cannot be judged"


def test_one_entry_that_a_factor_does_not_fit_is_enough_to_rule_it_out():
    slopes = [Slope(1.0, 1e-12), Slope(1e-3, 1e-12)]
    assert find(np.array([2.0, 2e-3]), slopes, 1e-6).factor == pytest.approx(2)
    assert np.isnan(find(np.array([2.0, 2.1e-3]), slopes, 1e-6).factor)


@pytest.mark.parametrize("factor", [1.0, 2.0])
@pytest.mark.parametrize("spoiled, verdict", [(1e-9, "right"), (-1e-9, "wrong"), (2e-9, "wrong"), (0.0, "wrong")])
def test_an_entry_that_is_nothing_beside_the_largest_is_judged_by_its_own_size(spoiled, verdict, factor):
    slopes = [Slope(1.0, 1e-12), Slope(1e-9, 1e-13)]
    found = find(factor * np.array([1.0, spoiled]), slopes, 1e-6)
    assert found.small == (verdict == "wrong" and factor == 1)
    assert found.verdict == (verdict if factor == 1 else "wrong")
    # The factor of the whole row is none, where that entry has another.
    assert found.factor == pytest.approx(factor) if verdict == "right" else np.isnan(found.factor)
    if found.small:
        assert found.relative == pytest.approx(abs(spoiled - 1e-9) / max(abs(spoiled), 1e-9))


@pytest.mark.parametrize("claim, uncertainty", [(1.05e-9, 1e-13), (2e-9, 1e-11), (1e-12, 1e-10)])
def test_a_small_entry_that_could_be_right_is_not_condemned(claim, uncertainty):
    # By a twentieth of its size, as an approximation makes it; and where the differences may be off as far.
    assert find(np.array([1.0, claim]), [Slope(1.0, 1e-12), Slope(1e-9, uncertainty)], 1e-6).verdict == "right"


def test_a_power_of_a_hundred_does_not_hide_the_sign_of_a_constant():
    # The columns of the powers 0 to 4 differ by a hundred million in size, and so do the slopes.
    t = np.linspace(1, 100, 12)[:, None]
    network = Network(5, [Dense(1, identity, bias=False)])
    network.theta = [1e-4, 2e-4, 3e-4, 4e-4, 5e-4]

    def turned(theta, X, Y):
        return 2 * X.T @ (X @ theta[:, None] - Y) / len(X) * np.array([[-1], [1], [1], [1], [1]])

    assert check_gradient(network, t ** np.arange(5), t**2, mse, points=1)
    check = check_gradient(network, t ** np.arange(5), t**2, mse, turned, points=1)
    assert check.verdict == "wrong" and check.relative_error == pytest.approx(2)
    assert "In the layer 1 weights only entries far smaller than the largest are off" in check.text


def test_one_sample_of_thousands_at_a_kink_does_not_condemn_a_right_gradient():
    X = np.random.default_rng(0).normal(size=(5000, 1))
    X[0] = 0
    check = check_gradient(at_the_kink(relu, 0), X, X + 1, mse, points=1)
    assert check.verdict == "cannot be judged"
    assert check_gradient(at_the_kink(relu, 0), X, X + 1, mse, lambda *_: [1.0, 2.0, 3.0, 4.0]).verdict == "wrong"


@pytest.mark.parametrize("seed", range(4))
def test_a_kink_here_and_there_among_thousands_of_samples_leaves_a_right_gradient_judged(seed):
    # The steps have to be so short that most of them cross none of 24 000 kinks.
    random = np.random.default_rng(seed)
    network = Network(3, [Dense(8, relu), Dense(1, identity)]).initialize("normal", seed)
    X, Y = random.normal(size=(3000, 3)), random.normal(size=(3000, 1))

    def without_slope(theta, X, Y):
        network.theta = theta
        hidden, output = network.activations(X)[1:]
        D = 2 * (output - Y) / Y.size
        below = D @ network.weights[1].T
        return [X.T @ below, below.sum(axis=0), hidden.T @ D, D.sum(axis=0)]

    assert check_gradient(network, X, Y, mse).verdict == "right"
    assert check_gradient(network, X, Y, mse, without_slope).verdict == "wrong"


@pytest.mark.parametrize("activation, bias", [(relu, -0.999), (relu, -1.001), (leaky_relu, 1), (softplus, -1)])
def test_away_from_a_kink_nothing_is_said_of_it(activation, bias):
    check = check_gradient(at_the_kink(activation, bias), [[1]], [[5]], ssr)
    assert check.passed is True and "jumps" not in check.text


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("weight", [*range(-40, 41, 4)])
def test_a_saturated_neuron_is_never_judged_wrong_for_being_right(weight, target):
    neuron = Network(1, [Dense(1, sigmoid)])
    neuron.theta = [weight, 0]
    assert check_gradient(neuron, [[1]], [[target]], mse, points=1).verdict != "wrong"
    assert check_gradient(neuron, [[1]], [[target]], mse).passed


def saturated():
    """A net of 100 sigmoid units whose output is 1 for every row, on every machine: its sums are far beyond 37."""
    random = np.random.default_rng(0)
    network = Network(2, [Dense(100, sigmoid), Dense(1, sigmoid)]).initialize("uniform", seed=0)
    network.theta = 3 * network.theta
    return network, random.random((10, 2)), random.random((10, 1))


def own_gradient(network, loss, factor=1.0):
    twin = network.copy()

    def gradient(theta, X, Y):
        twin.theta = theta
        return factor * twin.gradient(X, Y, loss)

    return gradient


@pytest.mark.parametrize("factor, verdict", [(1, "right"), (0, "wrong"), (-1, "wrong")])
def test_where_the_given_place_says_nothing_the_others_decide(factor, verdict):
    network, X, Y = saturated()
    gradient = own_gradient(network, mse, factor)
    assert check_gradient(network, X, Y, mse, gradient, points=1).verdict == "cannot be judged"
    check = check_gradient(network, X, Y, mse, gradient)
    assert check.verdict == verdict
    assert "At the given parameters nothing can be judged: the loss does not change there." in check.text
    assert "It points" not in check.text


def test_a_network_of_zeros_says_nothing_of_its_hidden_layer():
    network, X, Y = Network(2, [Dense(3, tanh), Dense(1, identity)]), [[1, 2], [3, 4]], [[1], [2]]

    def without_the_hidden_slope(theta, X, Y):
        twin = network.copy()
        twin.theta = theta
        A, D = twin.activations(X)[1], 2 * (twin.predict(X) - Y) / len(X)
        D_hidden = D @ twin.weights[1].T
        return np.concatenate([(X.T @ D_hidden).ravel(), D_hidden.sum(axis=0), (A.T @ D).ravel(), D.sum(axis=0)])

    alone = check_gradient(network, X, Y, mse, without_the_hidden_slope, points=1)
    assert alone.verdict == "cannot be judged"
    assert alone.table["verdict"].tolist() == ["cannot be judged"] * 3 + ["right"]
    check = check_gradient(network, X, Y, mse, without_the_hidden_slope)
    assert check.table["verdict"].tolist() == ["wrong", "wrong", "right", "right"]
    # The one derivative that is not 0 there is right.
    assert "It points less than 0.001 degrees away from the finite differences." in check.text


@pytest.mark.parametrize("gate", ["and", "or"])
def test_a_long_trained_gate_is_not_judged_wrong(gate):
    table = truth_table(gate)
    X, Y = table[["input1", "input2"]], table[["output"]]
    network = Network(2, [Dense(3, sigmoid), Dense(1, sigmoid)]).initialize("normal", seed=0)
    train(network, X, Y, loss=binary_cross_entropy, optimizer=Adam(0.1), epochs=20_000, record=2)
    assert check_gradient(network, X, Y, binary_cross_entropy).passed
    assert check_gradient(network, X, Y, binary_cross_entropy, points=1).verdict != "wrong"


def wrong_gradients(network, loss):
    """Gradients that are wrong wherever the right one is not zero."""
    right = own_gradient(network, loss)

    def one_entry(theta, X, Y):
        gradient = right(theta, X, Y)
        gradient[abs(gradient).argmax()] *= 1.01
        return gradient

    yield from (own_gradient(network, loss, factor) for factor in (0, -1, 1.0001))
    yield one_entry


@st.composite
def networks(draw):
    """Networks of every activation and loss, from all but zero to deep in saturation."""
    loss = draw(st.sampled_from(list(LOSSES.values())))
    activations = st.sampled_from(list(ACTIVATIONS.values()))
    layers = draw(st.lists(st.builds(Dense, st.integers(1, 4), activations, st.booleans()), min_size=1, max_size=3))
    if loss is binary_cross_entropy:
        layers[-1] = Dense(layers[-1].units, sigmoid, layers[-1].bias)
    if loss is softmax_cross_entropy:
        layers[-1] = Dense(layers[-1].units + 1, layers[-1].activation, layers[-1].bias)
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    network = Network(draw(st.integers(1, 3)), layers)
    network.theta = random.normal(size=network.theta.size) * 10 ** draw(st.floats(-2, 2))
    X = random.normal(size=(draw(st.integers(1, 5)), network.inputs)) * 10 ** draw(st.floats(-1, 1.5))
    Y = random.random((len(X), layers[-1].units))
    return network, X, Y / Y.sum(axis=1, keepdims=True) if loss is softmax_cross_entropy else Y, loss


def test_no_right_gradient_is_called_wrong_and_no_wrong_one_right(whole):
    @settings(deadline=None, max_examples=300 if whole else 60, suppress_health_check=[HealthCheck.too_slow])
    @given(networks(), st.sampled_from([1, 3]))
    def tried(job, points):
        *job, loss = job
        assert check_gradient(*job, loss, points=points).verdict != "wrong"
        for wrong in wrong_gradients(job[0], loss):
            assert check_gradient(*job, loss, wrong, points=points).verdict != "right"

    tried()


@pytest.mark.parametrize("near", [30.0, 32.0, 33.6, 35.0, 36.0])
def test_near_its_limit_an_output_is_too_coarse_to_condemn_a_right_gradient(near):
    # 1 - a has a few of the smallest digits left, so that the loss is a staircase. Other outputs are at their limits.
    X, Y = np.array([[near], [200.0], [300.0], [-2.0]]), np.array([[0.0], [1.0], [0.0], [1.0]])
    network = Network(1, [Dense(1, sigmoid, bias=False)])
    network.theta = [1.0]
    assert check_gradient(network, X, Y, binary_cross_entropy).verdict != "wrong"
    assert check_gradient(network, X, Y, binary_cross_entropy, lambda *_: [-500.0]).verdict == "wrong"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_random_starts_make_sums_of_size_1_of_inputs_of_any_size(sign):
    network = Network(50, [Dense(50, identity, bias=False)])
    X = sign * np.full((4, 50), 100.0)
    for theta in places(network, X, 4, seed=0)[1:]:
        network.theta = theta
        # Of 50 numbers, drawn from the standard normal distribution.
        assert 0.7 < np.std(network.predict(X)[0]) < 1.3


def test_the_differences_are_as_near_to_the_exact_derivatives_as_they_say():
    # mpmath works with 60 digits.
    for weight in (0.5, 2, 8, 14, 20, 26, 32, 38):
        for target in (0, 1):
            with mpmath.workdps(60):
                output = 1 / (1 + mpmath.exp(-mpmath.mpf(weight)))
                exact = 2 * (output - target) * output * (1 - output)

            def loss_at(t, weight=weight, target=target):
                moved = weight + t
                return moved - weight, (1 / (1 + math.exp(-moved)) - target) ** 2

            slope = Line(loss_at, max(1, weight), loss_at(0.0)[1], floor=2.2e-16).slope()
            assert abs(slope.value - exact) <= 10 * slope.uncertainty


# Factors


@pytest.mark.parametrize("factor, words", [
    (0.5, "the factor 0.5 at every place: it is the gradient of half or 1/2 (the number of outputs) of this loss"),
    (2.0, "twice or 2 (the number of outputs) times this loss"), (-1.0, "minus this loss"),
    (5.0, "5 (the number of samples) times this loss"), (0.2, "1/5 (the number of samples) of this loss"),
    (7.0, "the factor 7 at every place."),
])
def test_a_constant_factor_is_said_as_one(factor, words):
    network, X, Y = network_and_data()
    check = check_gradient(network, X, Y, mse, own_gradient(network, mse, factor))
    assert check.verdict == "wrong" and check.factor == pytest.approx(factor, rel=1e-6)
    assert words in check.text


def test_a_length_that_is_off_by_another_factor_at_each_place_is_wrong():
    # One output and one sample: a slope that is missing changes the length alone.
    neuron = Network(1, [Dense(1, sigmoid)]).initialize("normal", seed=0)

    def without_slope(theta, X, Y):
        twin = neuron.copy()
        twin.theta = theta
        D = 2 * (twin.predict(X) - Y)
        return [*(X.T @ D).ravel(), *D.sum(axis=0)]

    check = check_gradient(neuron, [[0.7]], [[0.3]], ssr, without_slope)
    assert check.verdict == "wrong" and math.isnan(check.factor) and check.angle_degrees < 1e-3
    assert "its direction is right, but its length is off by another factor at each place" in check.text


def test_a_root_that_is_shown_of_the_loss_descended_is_among_the_reasons_for_another_length():
    line, X, Y = *two_parameters()[:2], np.array([[2.0]])
    formulas = lambda A, Y: np.sqrt(np.mean((A - Y) ** 2)), lambda A, Y, out: np.sign(A - Y, out)
    root = Loss("rmse", "RMSE", *formulas, averaged=True)
    check = check_gradient(line, X, Y, root, lambda theta, X, Y: X.T @ (2 * (X @ theta[:, None] - Y)))
    assert "off by another factor at each place" in check.text and "a loss that is shown as its root" in check.text


@pytest.mark.parametrize("factor", [0.5, 2.0, -1.0])
def test_a_factor_is_seen_behind_small_weights_where_some_rows_have_few_digits(factor):
    # As many programs start, and on data where the derivatives in the biases nearly cancel.
    X, Y = circles(60)
    for seed in range(3):
        network = Network(2, [Dense(8, tanh), Dense(1, sigmoid)]).initialize("normal", seed=seed)
        network.theta *= np.where(np.isin(np.arange(33), [*range(16, 24), 32]), 1e-6, 0.01)
        other = network.copy()

        def gradient(theta, X, Y, other=other, turned=1.0):
            other.theta = theta
            wrong = factor * other.gradient(X, Y, mse)
            wrong[16:24] *= turned
            return wrong

        assert check_gradient(network, X, Y, mse, gradient).factor == pytest.approx(factor, rel=1e-6)
        for turned in (1.5, -2.0, 0.25, 4.0):
            found = check_gradient(network, X, Y, mse, partial(gradient, turned=turned), points=1)
            assert found.verdict == "wrong" and math.isnan(found.factor), (seed, turned)


def test_a_fault_that_hides_at_the_given_place_is_found_at_the_others():
    # ReLU with every sum positive: its slope is 1, and a gradient without it looks right.
    network = Network(1, [Dense(2, relu), Dense(1, identity)])
    network.theta = [1, 2, 1, 1, 1, -1, 0]

    def without_slope(theta, X, Y):
        twin = network.copy()
        twin.theta = theta
        A, D = twin.activations(X)[1], 2 * (twin.predict(X) - Y)
        D_hidden = D @ twin.weights[1].T
        return np.concatenate([(X.T @ D_hidden).ravel(), D_hidden.sum(axis=0), (A.T @ D).ravel(), D.sum(axis=0)])

    X, Y = [[1.0], [2.0]], [[0.5], [1.5]]
    assert check_gradient(network, X, Y, ssr, without_slope, points=1).passed
    check = check_gradient(network, X, Y, ssr, without_slope, points=5)
    assert check.verdict == "wrong"
    assert "does not show at the given parameters, but at the random starts" in check.text


# What learners hand over


def test_a_gradient_in_float32_is_judged_by_its_digits():
    network, X, Y = network_and_data()
    right = own_gradient(network, mse)
    assert check_gradient(network, X, Y, mse, lambda *given: right(*given).astype(np.float32)).passed
    assert not check_gradient(network, X, Y, mse, lambda *given: (1.01 * right(*given)).astype(np.float32))


def test_a_gradient_may_be_a_list_of_arrays():
    network, X, Y = network_and_data()

    def gradient(theta, X, Y):
        weights, biases = network.split(own_gradient(network, mse)(theta, X, Y))
        return [part for pair in zip(weights, biases) for part in pair if part is not None]

    assert check_gradient(network, X, Y, mse, gradient).passed

    def partly_in_float32(*given):
        first, *others = gradient(*given)
        return [(1.0001 * first).astype(np.float32), *others]

    assert check_gradient(network, X, Y, mse, partly_in_float32).passed


@pytest.mark.parametrize("arranged", [
    lambda W1, b1, W2, b2: [W1, W2, b1, b2],
    lambda W1, b1, W2, b2: [b1, W1, b2, W2],
], ids=["weights first", "biases before weights"])
def test_a_right_gradient_in_another_order_is_not_called_wrong(arranged):
    network, X = Network(3, [Dense(4, sigmoid), Dense(1, sigmoid)]).initialize("normal", seed=0), np.eye(3)
    Y, sentence = np.array([[0.0], [1.0], [1.0]]), r"shapes \(3, 4\), \(4,\), \(4, 1\) and \(1,\), in this order; got"

    def parts(*given):
        (W1, W2), (b1, b2) = network.split(own_gradient(network, mse)(*given))
        return W1, b1, W2, b2

    for judge in (check_gradient, diagnose):
        with pytest.raises(ValueError, match=sentence):
            judge(network, X, Y, mse, lambda *given: arranged(*parts(*given)))
        assert judge(network, X, Y, mse, lambda *given: [part.ravel() for part in parts(*given)])
        assert judge(network, X, Y, mse, lambda *given: [np.atleast_2d(part) for part in parts(*given)])


@pytest.mark.parametrize("units, refused", [((4, 2), True), ((3, 4, 1), True), ((1, 2), False), ((3, 3), False)])
def test_a_right_gradient_in_the_shapes_of_pytorch_is_not_called_wrong(units, refused):
    network = Network(3, [Dense(width, tanh) for width in units]).initialize("normal", seed=0)
    X, Y = np.eye(3), np.ones((3, units[-1]))

    def turned(*given):
        pairs = zip(*network.split(own_gradient(network, mse)(*given)))
        return [part for dW, db in pairs for part in (dW.T, db)]

    for judge in (check_gradient, diagnose):
        if refused:
            with pytest.raises(ValueError, match=r"must have the shapes \(3, .*in this order; got \("):
                judge(network, X, Y, mse, turned)
        else:
            # Of squares the shape says nothing, and a single row is the same numbers as a column.
            assert bool(judge(network, X, Y, mse, turned)) == (1 in units)


def test_the_tolerance_can_be_chosen():
    network, X, Y = network_and_data()
    nearly = own_gradient(network, mse, 1.0001)
    assert not check_gradient(network, X, Y, mse, nearly)
    assert check_gradient(network, X, Y, mse, nearly, tolerance=1e-3)


def test_a_gradient_that_is_not_repeatable_cannot_be_judged():
    network, X, Y = network_and_data()
    right, random = own_gradient(network, mse), np.random.default_rng(0)
    check = check_gradient(network, X, Y, mse, lambda *given: right(*given) * random.random())
    assert check.verdict == "cannot be judged" and "It gives another answer the second time" in check.text


def test_a_right_gradient_that_works_in_place_is_right_and_said_to_change_what_it_is_given():
    network, X, Y = network_and_data()
    right, before = own_gradient(network, mse), (X.copy(), Y.copy())

    def in_place(theta, X, Y):
        result = right(theta, X, Y)
        X *= 0
        Y -= 1
        return result

    check = check_gradient(network, X, Y, mse, in_place)
    assert check.passed and check.text.count("It changes what it is given: X and Y.") == 1
    assert "It changes" not in check_gradient(network, X, Y, mse, right).text
    assert np.array_equal(X, before[0]) and np.array_equal(Y, before[1])


def test_what_is_not_repeatable_is_not_judged_whatever_else_there_is_to_say_of_it():
    network, X, Y = network_and_data()
    right, random = own_gradient(network, mse), np.random.default_rng(0)

    def in_place(theta, X, Y):
        X *= random.random()
        return right(theta, X, Y)

    check = check_gradient(network, X, Y, mse, in_place)
    assert check.verdict == "cannot be judged" and "It changes what it is given: X." in check.text


def test_a_gradient_that_adds_up_in_any_order_repeats_itself_but_for_its_last_digits():
    network, answers = Network(3, [Dense(1, identity)]).initialize("normal", seed=0), []
    order = np.random.default_rng(1)
    X, Y = np.random.default_rng(0).normal(size=(50, 3)), np.repeat([1.0, -1.0], 50)[:, None]
    X = np.vstack([X, -X])

    def gradient(theta, X, Y):
        rows = order.permutation(100)
        residuals = 2 * (X[rows] @ theta[:3] + theta[3] - Y[rows, 0]) / 100
        answers.append(np.append(X[rows].T @ residuals, residuals.sum()))
        return answers[-1]

    assert check_gradient(network, X, Y, mse, gradient).verdict == "right"
    assert not np.array_equal(answers[0], answers[1])
    noisy = check_gradient(network, X, Y, mse, lambda *given: gradient(*given) + 1e-8 * order.normal())
    assert noisy.verdict == "cannot be judged" and "fix its random numbers" in noisy.text


def test_a_gradient_that_does_not_read_its_theta_is_told_so():
    network, X, Y = network_and_data()
    check = check_gradient(network, X, Y, mse, lambda theta, X, Y: network.gradient(X, Y, mse))
    remark = "It gives the same numbers at every place: does it read theta?"
    assert check.verdict == "wrong" and remark in check.text
    # It does, it had no chance to differ, or there is nothing to be the same.
    right = own_gradient(network, mse)
    fixed, zeros = lambda *given: network.gradient(X, Y, mse), lambda *given: 0 * right(*given)
    for gradient, points in ((right, 3), (fixed, 1), (zeros, 3)):
        assert remark not in check_gradient(network, X, Y, mse, gradient, points=points).text
    # The derivative of a mean of absolutes is the same as long as all outputs stay below the truth.
    flat = Loss(
        "mae", "MAE", lambda A, Y: abs(A - Y).mean(), lambda A, Y, out: np.multiply(np.sign(A - Y), 1 / A.size, out),
        averaged=True,
    )
    line, scores = Network(2, [Dense(1, identity)]).initialize("normal", seed=0), np.array([[75.0], [82.0], [93.0]])
    check = check_gradient(line, np.array([[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]]) / 10, scores, flat)
    assert check.passed and remark not in check.text
    # It may stand where a random start is, as after a training or a trial from there.
    network.theta = places(network, X, 2, seed=0)[1]
    assert remark not in check_gradient(network, X, Y, mse, right, points=2).text


@pytest.mark.parametrize("changes, error, sentence", [
    ({"network": None}, TypeError, "network must be a Network, got None"),
    ({"gradient": 3}, TypeError, "gradient must be a function of theta, X and Y, got 3"),
    ({"points": 0}, ValueError, "points must be a whole number of at least 1, got 0"),
    ({"tolerance": 0}, ValueError, "tolerance must be a number greater than 0 and less than 1, got 0"),
    ({"seed": -1}, ValueError, "seed must be a whole number of at least 0, got -1"),
    ({"gradient": lambda theta, X, Y: [1]}, ValueError,
     r"the result of gradient\(theta, X, Y\) must hold 30 numbers, one for each parameter; got 1"),
])
def test_what_does_not_fit_gets_a_sentence(changes, error, sentence):
    network, X, Y = network_and_data()
    with pytest.raises(error, match=f"^{sentence}"):
        check_gradient(**{"network": network, "X": X, "Y": Y, "loss": mse} | changes)


def test_a_large_network_is_tried_by_a_sample_and_by_random_directions():
    network = Network(30, [Dense(70, tanh), Dense(2, identity)]).initialize("glorot", seed=0)
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(5, 30)), random.normal(size=(5, 2))
    right = own_gradient(network, mse)

    def one_wrong_entry(theta, X, Y):
        gradient = right(theta, X, Y)
        gradient[abs(gradient[:2100]).argmax()] *= -1
        return gradient

    assert network.theta.size > 2000 and check_gradient(network, X, Y, mse).passed
    check = check_gradient(network, X, Y, mse, one_wrong_entry)
    assert check.table["verdict"].tolist() == ["wrong", "right", "right", "right"]
    tried = np.isfinite(check.numerical)
    assert [rows.sum() for rows in np.split(tried, [2100, 2170, 2310])] == [20, 20, 20, 2]


def test_a_bar_is_shown_of_what_takes_longer_than_two_seconds(capsys, monkeypatch):
    # 64 pixels, 26 hidden units and the 1797 digits took a minute.
    for seconds, seen in ((2.0, False), (2.1, True)):
        clock = chain([0.0], repeat(seconds))
        monkeypatch.setattr(evidence, "monotonic", lambda clock=clock: next(clock))
        assert check_gradient(*network_and_data(), mse)
        # It begins when the first of 30 parameters is done, the same at each of three places.
        assert ("check_gradient" in (said := capsys.readouterr().err)) == ("1/90" in said) == seen


def test_the_gradient_on_trial_is_given_theta_and_the_data():
    network, X, Y = two_parameters()
    network.theta = [1.0, -1.0]
    seen = []

    def gradient(theta, X, Y):
        seen.append((theta.copy(), X, Y))
        return 2 * X.T @ (X @ theta[:, None] - Y)[:, 0]

    assert check_gradient(network, X.tolist(), Y.tolist(), "ssr", gradient=gradient).passed
    assert seen[0][0].tolist() == [1, -1] and seen[0][1].tolist() == X.tolist() and seen[0][2].tolist() == Y.tolist()


def test_the_network_is_not_changed_even_by_a_gradient_that_writes_to_theta():
    network, X, Y = network_and_data()
    before = network.theta.tobytes()

    def vandal(theta, X, Y):
        theta[:] = 0
        return theta

    def user(theta, X, Y):
        network.theta = theta
        return network.gradient(X, Y, ssr)

    check_gradient(network, X, Y, ssr)
    check_gradient(network, X, Y, ssr, gradient=vandal)
    assert network.theta.tobytes() == before
    assert check_gradient(network, X, Y, ssr, gradient=user) and diagnose(network, X, Y, ssr, user)
    assert network.theta.tobytes() == before


def test_the_network_is_not_changed_even_when_the_check_is_broken_off(monkeypatch):
    network, X, Y = network_and_data()
    before, formula, calls = network.theta.tobytes(), ssr.formula, iter(range(100))

    def breaks(A, Y):
        if next(calls) == 10:
            raise RuntimeError("broken off")
        return formula(A, Y)

    monkeypatch.setitem(vars(ssr), "formula", breaks)
    with pytest.raises(RuntimeError, match="broken off"):
        check_gradient(network, X, Y, ssr)
    assert network.theta.tobytes() == before


def test_differences_that_overflow_never_pass():
    # The loss is bias**2, just below the largest float, so the step upwards overflows; the weight sees only zeros.
    network = Network(1, [Dense(1, identity)])
    network.theta = [0, 1.34078e154]
    with np.errstate(all="ignore"):
        check = check_gradient(network, [[0]], [[0]], ssr, points=1)
    assert check.table["verdict"].tolist()[0] == "cannot be judged"
    assert check.passed is False


def test_one_derivative_that_is_no_number_is_wrong_where_the_loss_has_a_slope():
    for nothing in (np.nan, np.inf):
        assert find(np.array([1.0, nothing]), [Slope(1.0, 0.0)] * 2, 1e-6).verdict == "wrong"
    lost = Slope(np.nan, np.inf)
    assert find(np.array([np.nan, np.nan]), [lost, lost], 1e-6).verdict == "cannot be judged"


def test_of_small_entries_that_are_off_alone_the_worst_is_said():
    slopes = [Slope(1.0, 0.0), Slope(1e-5, 0.0), Slope(1e-5, 0.0)]
    found = find(np.array([1.0, 1.1e-5, 1.5e-5]), slopes, 1e-4)
    assert found.verdict == "wrong" and found.relative == pytest.approx(0.5 / 1.5)


def test_one_kink_among_the_entries_of_a_row_is_given_as_the_reason():
    slopes = [Slope(1.0, 0.0), Slope(1.0, 0.0), Slope(0.5, np.inf)]
    found = find(np.ones(3), slopes, 1e-6)
    assert found.verdict == "cannot be judged" and found.kinked and not find(np.ones(2), slopes[:2], 1e-6).kinked


@pytest.mark.parametrize("points, words", [({"points": 2}, "at a random start."), ({}, "at 2 random starts.")])
def test_where_it_was_looked_is_said_in_as_many_words_as_it_takes(points, words):
    network, X, Y = network_and_data()
    assert words in check_gradient(network, X, Y, mse, own_gradient(network, mse, 3.0), **points).text


def test_what_is_shown_are_the_figures_of_the_table_but_for_what_lies_below_the_tolerance():
    network, X, Y = network_and_data()
    check = check_gradient(network, X, Y, mse, own_gradient(network, mse, 3.0))
    shown = repr(check)
    for column in ("largest entry", "largest error", "relative error"):
        assert all(f"{value:.3g}" in shown for value in check.table[column])
    right = check_gradient(network, X, Y, mse)
    assert "below 1e-06" not in shown and repr(right).count("below 1e-06") == 2 * len(right.table)


@pytest.mark.parametrize("size", [1e-3, 1e-4])
def test_long_steps_over_kinks_next_to_0_do_not_condemn_a_right_gradient(size):
    # On XOR p - y adds up to nearly 0, and with biases of 0 and tiny weights that is what a long step to either side of
    # a ReLU sees.
    X, Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    for seed in range(8):
        network = Network(2, [Dense(4, relu), Dense(1, sigmoid)])
        for W in network.weights:
            W[:] = size * np.random.default_rng(seed).normal(size=W.shape)
        assert check_gradient(network, X, Y, binary_cross_entropy).verdict == "right"
        wrong = faulty_gradient(network, binary_cross_entropy, (1, "slope", "left out"))
        assert check_gradient(network, X, Y, binary_cross_entropy, wrong).verdict == "wrong"


@pytest.mark.parametrize("judge", ["check_gradient", "audit"])
@pytest.mark.parametrize("hidden", [[6], [6, 3]])
def test_weights_of_every_small_size_do_not_condemn_a_right_gradient_of_relus_on_xor(judge, hidden):
    X, Y = np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    for seed, size in enumerate(np.logspace(-1, -7, 13)):
        network = Network(2, [*(Dense(units, relu) for units in hidden), Dense(1, sigmoid)])
        network.initialize("glorot", seed=seed)
        for W in network.weights:
            W *= size
        if judge == "audit":
            parts = [*network.weights, *network.biases]

            def gradient(network=network):
                dW, db = network.split(network.gradient(X, Y, mse))
                return [*dW, *db]

            found = audit(parts, lambda network=network: mse(network.predict(X), Y), gradient)
        else:
            found = check_gradient(network, X, Y, mse)
        assert found.verdict == "right", (seed, found)


@pytest.mark.parametrize("judge", ["check_gradient", "audit"])
def test_kinks_of_two_layers_that_cancel_along_an_axis_do_not_condemn_a_right_gradient(judge):
    # All sums of the row (0, 0) are 0. Where a sum of layer 1 moves by h, what goes on is h or -0.1 h; behind a weight
    # w < 0 the next leaky ReLU makes 0.1 w h of the one and -0.1 w h of the other: a straight line, which no step tells
    # from a smooth one. Its slope is 0.1 w, and backpropagation has 0.1 * 0.1 w.
    X, Y = np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    for seed in range(4):
        network = Network(2, [Dense(6, leaky_relu), Dense(3, leaky_relu), Dense(1, sigmoid)])
        network.initialize("glorot", seed=seed)

        def judged(gradient, network=network):
            if judge == "check_gradient":
                return check_gradient(network, X, Y, mse, gradient)

            def split():
                dW, db = network.split(gradient(network.theta, X, Y))
                return [*dW, *db]

            parts = [*network.weights, *network.biases]
            return audit(parts, lambda: mse(network.predict(X), Y), split)

        assert judged(faulty_gradient(network, mse)).verdict == "right", seed
        assert judged(faulty_gradient(network, mse, (1, "slope", "left out"))).verdict == "wrong", seed
        assert judged(faulty_gradient(network, mse, (1, "biases", "all is 0"))).verdict == "wrong", seed


@pytest.mark.parametrize("size", [0.1, 0.05])
def test_sums_that_shrink_from_layer_to_layer_do_not_condemn_a_right_gradient_of_relus_on_parity(size):
    # The sums of layer 3 are 0.005, or less, and all kinks lie that near to biases of 0.
    X = np.array([[a, b, c] for b in (0.0, 1.0) for a in (0.0, 1.0) for c in (0.0, 1.0)])
    Y = X.sum(axis=1, keepdims=True) % 2
    draw, network = np.random.default_rng(3), Network(3, [*[Dense(4, relu)] * 3, Dense(1, sigmoid)])
    for W in network.weights:
        W[:] = size * draw.normal(size=W.shape)
    assert check_gradient(network, X, Y, binary_cross_entropy).verdict == "right"
    wrong = faulty_gradient(network, binary_cross_entropy, (3, "slope", "left out"))
    assert check_gradient(network, X, Y, binary_cross_entropy, wrong).verdict == "wrong"


@pytest.mark.parametrize("size", [1e-3, 1e-5])
def test_a_smooth_program_with_small_weights_is_judged_where_it_stands(size):
    draw = np.random.default_rng(0)
    X, Y = draw.normal(size=(20, 4)), draw.normal(size=(20, 2))
    W, V = size * draw.normal(size=(4, 5)), size * draw.normal(size=(5, 2))

    def gradient():
        H = np.tanh(X @ W)
        D = 2 * (H @ V - Y)
        return [X.T @ (D @ V.T * (1 - H**2)), H.T @ D]

    found = audit([W, V], lambda: ((np.tanh(X @ W) @ V - Y) ** 2).sum(), gradient, points=1)
    assert found.verdict == "right", found
    wrong = audit([W, V], lambda: ((np.tanh(X @ W) @ V - Y) ** 2).sum(), lambda: [0.9 * g for g in gradient()])
    assert wrong.factor == pytest.approx(0.9) and wrong.verdict == "right up to a factor"


@pytest.mark.parametrize("judge", ["check_gradient", "audit"])
@pytest.mark.parametrize("hidden", [relu, tanh])
def test_a_wrong_gradient_is_seen_at_a_start_of_small_weights_alone(judge, hidden):
    # The start that many courses give: 0.01 times a normal draw.
    draw = np.random.default_rng(0)
    X, Y = draw.normal(size=(20, 4)), np.eye(3)[draw.integers(0, 3, 20)]
    network = Network(4, [Dense(6, hidden), Dense(6, hidden), Dense(3, identity)])
    for W in network.weights:
        W[:] = 0.01 * draw.normal(size=W.shape)

    def split():
        dW, db = network.split(0.5 * network.gradient(X, Y, mse))
        return [*dW, *db]

    if judge == "audit":
        found = audit([*network.weights, *network.biases], lambda: mse(network.predict(X), Y), split, points=1)
    else:
        found = check_gradient(network, X, Y, mse, lambda *at: 0.5 * faulty_gradient(network, mse)(*at), points=1)
    assert found.table["verdict"].eq("wrong").any()


def test_where_short_steps_see_the_fault_too_the_digits_of_the_long_ones_tell_its_factor():
    draw = np.random.default_rng(3)
    X, Y = draw.normal(size=(20, 4)), np.eye(3)[draw.integers(0, 3, 20)]
    network = Network(4, [Dense(6, relu), Dense(6, relu), Dense(3, identity)])
    for W in network.weights:
        W[:] = 0.03 * draw.normal(size=W.shape)

    def half():
        dW, db = network.split(0.5 * network.gradient(X, Y, mse))
        return [*dW, *db]

    found = audit([*network.weights, *network.biases], lambda: mse(network.predict(X), Y), half, points=1)
    assert found.verdict == "right up to a factor" and found.factor == pytest.approx(0.5)
