"""The optimizers against PyTorch's, and their first steps worked by hand."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from nbhelpers import SGD, Adam, Dense
from nbhelpers.optimizers import room

STEPS = 50


def gradients():
    """A gradient for each step, of sizes from small to large."""
    random = np.random.default_rng(0)
    return random.normal(size=(STEPS, 6)) * 10.0 ** np.arange(-3, 3)


def trace(optimizer):
    """theta after each of the steps from a start of six ones."""
    theta, step = np.ones(6), optimizer.start(6)
    rows = []
    for gradient in gradients():
        step(theta, gradient)
        rows.append(theta.copy())
    return np.array(rows)


@pytest.mark.parametrize("ours, theirs, settings", [
    (SGD, "SGD", {}),
    (SGD, "SGD", {"momentum": 0.9}),
    (SGD, "SGD", {"weight_decay": 0.05}),
    (SGD, "SGD", {"momentum": 0.5, "weight_decay": 0.3}),
    (Adam, "Adam", {}),
    (Adam, "Adam", {"weight_decay": 0.3}),
])
@pytest.mark.parametrize("learning_rate", [0.001, 0.3])
def test_fifty_steps_are_those_of_pytorch(ours, theirs, settings, learning_rate, torch):
    theta = torch.ones(6, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([theta], lr=learning_rate, **settings)
    expected = []
    for gradient in gradients():
        theta.grad = torch.tensor(gradient)
        optimizer.step()
        expected.append(theta.detach().numpy().copy())
    found = trace(ours(learning_rate, **settings))
    assert (abs(found - expected) <= 1e-12 * abs(np.array(expected)).max(axis=0)).all()


def test_adam_takes_its_betas_and_epsilon_as_pytorch_does(torch):
    theta = torch.ones(6, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=0.1, betas=(0.5, 0.7), eps=0.01)
    for gradient in gradients():
        theta.grad = torch.tensor(gradient)
        optimizer.step()
    found = trace(Adam(0.1, beta1=0.5, beta2=0.7, epsilon=0.01))[-1]
    np.testing.assert_allclose(found, theta.detach().numpy(), rtol=1e-12)


def test_two_steps_of_gradient_descent_with_momentum_and_decay_by_hand():
    theta, step = np.array([1.0]), SGD(0.1, momentum=0.5, weight_decay=0.2).start(1)
    step(theta, np.array([3.0]))
    # g = 3 + 0.2 * 1 = 3.2, v = 3.2, theta = 1 - 0.32
    assert theta[0] == pytest.approx(0.68, rel=1e-15)
    step(theta, np.array([1.0]))
    # g = 1 + 0.2 * 0.68 = 1.136, v = 1.6 + 1.136 = 2.736, theta = 0.68 - 0.2736
    assert theta[0] == pytest.approx(0.4064, rel=1e-14)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient():
    theta, step = np.zeros(3), Adam(0.01).start(3)
    step(theta, np.array([1e-3, -5.0, 1e6]))
    np.testing.assert_allclose(theta, [-0.01, 0.01, -0.01], rtol=2e-5)


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam(0.1)], ids=repr)
def test_an_optimizer_starts_afresh_with_every_run(optimizer):
    assert np.array_equal(trace(optimizer), trace(optimizer))


@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, momentum=0.9, weight_decay=0.1), Adam(0.1, weight_decay=0.1)],
                         ids=repr)
def test_a_step_leaves_the_gradient_alone(optimizer):
    gradient, theta, step = np.ones(3), np.ones(3), optimizer.start(3)
    step(theta, gradient)
    step(theta, gradient)
    assert gradient.tolist() == [1, 1, 1] and (theta < 1).all()


@pytest.mark.parametrize("part, name", [(SGD(), "momentum"), (Adam(), "beta1"), (Dense(2, "tanh"), "units")])
def test_an_optimizer_and_a_layer_cannot_be_changed_behind_the_back_of_a_training(part, name):
    with pytest.raises(FrozenInstanceError):
        setattr(part, name, 0.5)


def test_the_defaults_are_those_of_the_paper_and_a_hundredth():
    assert SGD() == SGD(learning_rate=0.01, momentum=0.0, weight_decay=0.0)
    assert Adam() == Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0)


@pytest.mark.parametrize("kind, name", [(SGD, "momentum"), (Adam, "beta1"), (Adam, "beta2")])
def test_what_is_a_share_of_the_past_is_less_than_all_of_it(kind, name):
    with pytest.raises(ValueError, match=f"^{name} must be .* less than 1, got 1.0"):
        kind(**{name: 1.0})


def test_an_optimizer_has_room_for_four_numbers_per_parameter_in_four_gigabytes():
    assert room(2**27) == 2**27
    with pytest.raises(ValueError, match="^parameters must be small enough for 4 GB of memory, got 134217729, "):
        room(2**27 + 1)
