"""The gradient check: it must let right gradients pass and name what is wrong in the others."""

import math

import numpy as np
import pytest

from nbhelpers import (
    Dense,
    Network,
    check_gradient,
    identity,
    leaky_relu,
    mse,
    numerical_gradient,
    relu,
    sigmoid,
    softplus,
    ssr,
    tanh,
)


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


@pytest.mark.parametrize("step", [0, -1e-6, math.nan])
def test_a_step_that_is_no_step_is_refused(step):
    with pytest.raises(ValueError, match="^step must be a number greater than 0, got"):
        numerical_gradient(np.sum, [1.0], step=step)


def test_a_right_gradient_passes():
    network, X, Y = network_and_data()
    check = check_gradient(network, X, Y, mse)
    assert check.passed is True and check.relative_error <= 1e-6 and check.warning == ""
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


@pytest.mark.parametrize(
    "spoil", [wrong_sign, wrong_factor, wrong_by_a_hundredth_of_a_percent, one_wrong_entry, forgotten_row, transposed]
)
def test_a_wrong_gradient_fails_and_its_rows_are_named(spoil):
    network, X, Y = network_and_data()

    def gradient(theta, X, Y):
        right = network.gradient(X, Y, ssr)
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


def test_at_a_minimum_zeros_are_right():
    network, X, Y = two_parameters()
    check = check_gradient(network, X, 0 * Y, ssr, gradient=lambda theta, X, Y: np.zeros(2))
    assert check.passed is True


@pytest.mark.parametrize("activation", [relu, leaky_relu], ids=repr)
def test_a_unit_at_its_kink_gives_a_warning_that_names_the_activation(activation):
    check = check_gradient(at_the_kink(activation, -1), [[1]], [[5]], ssr)
    assert check.passed is False and f"kink of {activation} " in check.warning
    assert check.warning in check.text and check.warning in repr(check)


@pytest.mark.parametrize("activation, bias", [(relu, -0.999), (relu, -1.001), (leaky_relu, 1), (softplus, -1)])
def test_away_from_a_kink_there_is_no_warning(activation, bias):
    check = check_gradient(at_the_kink(activation, bias), [[1]], [[5]], ssr)
    assert check.passed is True and check.warning == ""


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

    check_gradient(network, X, Y, ssr)
    check_gradient(network, X, Y, ssr, gradient=vandal)
    assert network.theta.tobytes() == before


def test_the_network_is_not_changed_even_when_the_check_is_broken_off(monkeypatch):
    network, X, Y = network_and_data()
    before, formula, calls = network.theta.tobytes(), ssr.formula, iter(range(100))

    def breaks(A, Y):
        if next(calls) == 10:
            raise RuntimeError("broken off")
        return formula(A, Y)

    monkeypatch.setattr(ssr, "formula", breaks)
    with pytest.raises(RuntimeError, match="broken off"):
        check_gradient(network, X, Y, ssr)
    assert network.theta.tobytes() == before


def test_differences_that_overflow_never_pass():
    # The loss is bias**2, just below the largest float, so the step upwards overflows; the weight sees only zeros.
    network = Network(1, [Dense(1, identity)])
    network.theta = [0, 1.34078e154]
    with np.errstate(all="ignore"):
        check = check_gradient(network, [[0]], [[0]], ssr)
    assert check.table["verdict"].tolist() == ["right", "wrong"]
    assert check.passed is False
