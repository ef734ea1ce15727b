"""The losses against formulas worked by hand, central differences and PyTorch."""

import math

import numpy as np
import pytest

from nbhelpers.losses import LOSSES, binary_cross_entropy, half_ssr, mse, ssr

each = pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)


def outputs_and_truth():
    random = np.random.default_rng(0)
    return random.uniform(0.05, 0.95, (7, 3)), random.uniform(0, 1, (7, 3))


def in_pytorch(torch, loss, A, Y):
    """The loss and its gradient in A, by PyTorch."""
    formulas = {
        "ssr": torch.nn.MSELoss(reduction="sum"),
        "half_ssr": lambda A, Y: 0.5 * torch.nn.MSELoss(reduction="sum")(A, Y),
        "mse": torch.nn.MSELoss(),
        "binary_cross_entropy": torch.nn.BCELoss(),
    }
    A = torch.tensor(A, requires_grad=True)
    value = formulas[loss.name](A, torch.tensor(Y))
    value.backward()
    return value.item(), A.grad.numpy()


@pytest.mark.parametrize(
    "loss, value, gradient",
    [
        (ssr, 21, [[2, 0], [-4, 8]]),
        (half_ssr, 10.5, [[1, 0], [-2, 4]]),
        (mse, 5.25, [[0.5, 0], [-1, 2]]),
    ],
)
def test_the_residuals_1_0_minus_2_and_4_give_what_the_formula_says(loss, value, gradient):
    A, Y = [[1, 2], [3, 5]], [[0, 2], [5, 1]]
    assert loss.value(A, Y) == value
    assert np.array_equal(loss.gradient(A, Y), gradient)


def test_the_cross_entropy_of_a_coin_is_the_logarithm_of_two():
    assert binary_cross_entropy.value([[0.5, 0.5]], [[0, 1]]) == pytest.approx(math.log(2), rel=1e-15)


@each
def test_the_gradient_is_that_of_central_differences(loss):
    A, Y = outputs_and_truth()
    h, expected = 1e-5, np.empty_like(A)
    for entry in np.ndindex(*A.shape):
        up, down = A.copy(), A.copy()
        up[entry] += h
        down[entry] -= h
        expected[entry] = (loss.value(up, Y) - loss.value(down, Y)) / (2 * h)
    np.testing.assert_allclose(loss.gradient(A, Y), expected, rtol=1e-6, atol=1e-9)


@each
def test_value_and_gradient_are_those_of_pytorch(loss, torch):
    A, Y = outputs_and_truth()
    value, gradient = in_pytorch(torch, loss, A, Y)
    assert loss.value(A, Y) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(loss.gradient(A, Y), gradient, rtol=1e-12)


@pytest.mark.parametrize("output", [0.0, 1.0])
@pytest.mark.parametrize("truth", [0.0, 0.3, 1.0])
def test_the_cross_entropy_at_0_and_1_is_that_of_pytorch(output, truth, torch):
    A, Y = np.array([[output, 0.25]]), np.array([[truth, 1.0]])
    value, gradient = in_pytorch(torch, binary_cross_entropy, A, Y)
    assert binary_cross_entropy.value(A, Y) == pytest.approx(value, rel=1e-12)
    # PyTorch holds the limit of its slope, 1e-12, in single precision.
    np.testing.assert_allclose(binary_cross_entropy.gradient(A, Y), gradient, rtol=1e-8)


@each
def test_a_loss_is_a_python_float(loss):
    assert type(loss.value(*outputs_and_truth())) is float
    assert type(loss.value([[1]], [[0]])) is float


@each
@pytest.mark.parametrize("output", [1e200, -1e308, math.inf, -math.inf, math.nan])
def test_huge_outputs_pass_in_silence(loss, output):
    value, gradient = loss.value([[output]], [[1.0]]), loss.gradient([[output]], [[1.0]])
    if math.isnan(output):
        assert math.isnan(value) and np.isnan(gradient).all()
    elif loss is not binary_cross_entropy:
        assert value == math.inf and np.sign(gradient[0, 0]) == np.sign(output)


@each
def test_twice_the_same_rows_double_a_sum_and_leave_a_mean(loss):
    A, Y = outputs_and_truth()
    times = loss.value(np.tile(A, (2, 1)), np.tile(Y, (2, 1))) / loss.value(A, Y)
    assert times == pytest.approx(1 if loss.averaged else 2, rel=1e-12)


@each
def test_a_truth_of_another_shape_is_refused(loss):
    with pytest.raises(ValueError, match=r"Y must have .*\(3, 1\).*\(3,\)"):
        loss.value(np.full((3, 1), 0.5), np.zeros(3))
