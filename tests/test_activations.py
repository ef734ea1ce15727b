"""The activations against central differences, PyTorch, and their limits worked out by hand."""

import doctest
import math
import pickle

import numpy as np
import pytest

from nbhelpers import activations
from nbhelpers.activations import (
    ACTIVATIONS,
    Activation,
    LeakyReLU,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
    tanh,
)

each = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=repr)

INF = math.inf

# Far from 0 every formula has reached its limit: (activation, z, value, slope).
LIMITS = [
    *[(identity, z, z, 1) for z in (0, 1000, -1000, 1e308, -1e308, INF, -INF)],
    *[(sigmoid, z, 1, 0) for z in (1000, 1e308, INF)],
    *[(sigmoid, z, 0, 0) for z in (-800, -1000, -1e308, -INF)],
    *[(tanh, math.copysign(z, sign), sign, 0) for z in (1000, 1e308, INF) for sign in (1, -1)],
    *[(relu, z, z, 1) for z in (1000, 1e308, INF)],
    *[(relu, z, 0, 0) for z in (-1000, -1e308, -INF)],
    *[(leaky_relu, z, z, 1) for z in (1000, 1e308, INF)],
    (LeakyReLU(0.25), -8, -2, 0.25), (LeakyReLU(0.25), 8, 8, 1), (LeakyReLU(0.25), -INF, -INF, 0.25),
    (leaky_relu, -1000, -100, 0.1), (leaky_relu, -1e308, -1e307, 0.1), (leaky_relu, -INF, -INF, 0.1),
    *[(softplus, z, z, 1) for z in (800, 1000, 1e308, INF)],
    *[(softplus, z, 0, 0) for z in (-800, -1000, -1e308, -INF)],
    (sigmoid, 0, 0.5, 0.25), (tanh, 0, 0, 1), (relu, 0, 0, 0), (leaky_relu, 0, 0, 0.1),
    (softplus, 0, math.log(2), 0.5),
]


def points():
    """Random points, none of them at a kink."""
    z = np.random.default_rng(0).uniform(-20, 20, 1000)
    return z[abs(z) > 1e-3]


@each
def test_the_slope_is_that_of_central_differences(activation):
    z, h = points(), 1e-5
    expected = (activation.value(z + h) - activation.value(z - h)) / (2 * h)
    np.testing.assert_allclose(activation.slope(z), expected, rtol=0, atol=2e-9)


@each
def test_value_and_slope_are_those_of_pytorch(activation, torch):
    formulas = {
        "identity": lambda z: z * 1,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.1),
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    }
    at = np.array([*points(), 0.0, 1000.0, -1000.0])
    z = torch.tensor(at, requires_grad=True)
    value = formulas[activation.name](z)
    value.sum().backward()
    np.testing.assert_allclose(activation.value(at), value.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(activation.slope(at), z.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation, z, value, slope", LIMITS)
def test_the_limits_are_exact_and_silent(activation, z, value, slope):
    assert activation.value(z) == pytest.approx(value, rel=1e-15, abs=0)
    assert activation.slope(z) == pytest.approx(slope, rel=1e-15, abs=0)


@each
def test_nan_stays_nan(activation):
    assert math.isnan(activation.value(math.nan))


@pytest.mark.parametrize("activation", [sigmoid, tanh, relu, leaky_relu, softplus], ids=repr)
def test_the_slope_at_nan_is_nan(activation):
    assert math.isnan(activation.slope(math.nan))


@pytest.mark.parametrize("z", [-1, -40, -300, -700])
def test_values_near_zero_keep_all_their_digits(z):
    assert sigmoid.value(z) == pytest.approx(math.exp(z) / (1 + math.exp(z)), rel=1e-12, abs=0)
    assert softplus.value(z) == pytest.approx(math.log1p(math.exp(z)), rel=1e-12, abs=0)
    assert softplus.slope(z) == pytest.approx(math.exp(z) / (1 + math.exp(z)), rel=1e-12, abs=0)


@each
def test_the_result_has_the_shape_of_z_and_z_is_left_alone(activation):
    z = np.array([[-1.0, 2.0, 0.5]])
    for result in (activation.value(z), activation.slope(z)):
        assert result.shape == (1, 3) and result.dtype == np.float64 and not np.shares_memory(result, z)
    assert np.array_equal(z, [[-1.0, 2.0, 0.5]])
    assert np.ndim(activation.value(1)) == np.ndim(activation.slope(1)) == 0


@each
def test_only_relus_have_a_kink(activation):
    jump = abs(activation.slope(1e-9) - activation.slope(-1e-9))
    assert activation.kink == (jump > 0.5)


@pytest.mark.parametrize("leak", [1e-3, 0.01, 0.2, 0.99])
def test_a_leak_of_ones_own_is_that_of_pytorch(leak, torch):
    at = np.array([*points(), 0.0, 1000.0, -1000.0])
    z = torch.tensor(at, requires_grad=True)
    value = torch.nn.LeakyReLU(leak)(z)
    value.sum().backward()
    activation = LeakyReLU(leak)
    np.testing.assert_allclose(activation.value(at), value.detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(activation.slope(at), z.grad.numpy(), rtol=1e-15)
    assert activation.kink and activation.leak == leak and repr(activation) == f"LeakyReLU({leak})"


@pytest.mark.parametrize("leak, error", [
    (0, ValueError), (1, ValueError), (-0.1, ValueError), (INF, ValueError), ("0.1", TypeError),
])
def test_a_leak_out_of_range_is_refused(leak, error):
    with pytest.raises(error, match="^leak must be a .*number"):
        LeakyReLU(leak)


def test_activations_are_the_same_where_they_compute_the_same():
    assert all(pickle.loads(pickle.dumps(activation)) == activation for activation in ACTIVATIONS.values())
    assert len({*ACTIVATIONS.values(), LeakyReLU(0.1)}) == len(ACTIVATIONS)
    assert leaky_relu == LeakyReLU(0.1) != LeakyReLU(0.2) and vars(leaky_relu) != vars(LeakyReLU(0.2))
    assert Activation("tanh", np.tanh, relu.slope_formula) != tanh


def test_the_example_of_the_docstring_works():
    result = doctest.testmod(activations)
    assert result.attempted > 5 and result.failed == 0


@pytest.mark.parametrize("formula, slope_formula, named", [
    (lambda z, out: z * z, lambda z, a, out: np.multiply(z, 2.0, out), r"formula\(z, out\)"),
    (lambda z, out: np.multiply(z, z, out), lambda z, a, out: 2 * z, r"slope_formula\(z, a, out\)"),
])
def test_a_formula_that_does_not_write_to_out_is_refused(formula, slope_formula, named):
    with pytest.raises(ValueError, match=f"^{named} must write its result to out and return out; use np.multiply"):
        Activation("square", formula, slope_formula)
