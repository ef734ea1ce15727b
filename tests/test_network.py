"""The network against a forward pass spelt out in the test, finite differences and PyTorch."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nbhelpers import Activation, Dense, LeakyReLU, Network, half_ssr, identity, leaky_relu, relu, sigmoid, ssr, tanh
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.losses import LOSSES

quick = settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])

# Nearer to a kink than this, finite differences would step over it.
MARGIN = 0.01


@st.composite
def cases(draw):
    """A random network with random data and a loss: (network, X, Y, loss)."""
    names = draw(st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=1, max_size=3))
    loss = draw(st.sampled_from(list(LOSSES.values())))
    if loss.name == "binary_cross_entropy":
        names[-1] = "sigmoid"
    layers = [Dense(draw(st.integers(1, 4)), name, bias=draw(st.booleans())) for name in names]
    if loss.name == "softmax_cross_entropy":
        layers[-1] = Dense(draw(st.integers(2, 4)), names[-1])
    network, rows = Network(draw(st.integers(1, 4)), layers), draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    network.theta = random.normal(0, 0.7, network.theta.size)
    X, Y = random.uniform(-1, 1, (rows, network.inputs)), random.random((rows, layers[-1].units))
    return network, X, Y / Y.sum(axis=1, keepdims=True) if loss.name == "softmax_cross_entropy" else Y, loss


def unpacked(network, theta):
    """(W, b) of each layer, cut out of `theta` as its layout says; b is 0 where there is none."""
    inputs = network.inputs
    for layer in network.layers:
        W, theta = theta[: inputs * layer.units].reshape(inputs, layer.units), theta[inputs * layer.units :]
        b, theta = (theta[: layer.units], theta[layer.units :]) if layer.bias else (0.0, theta)
        yield W, b
        inputs = layer.units


def sums_and_output(network, theta, X):
    """The weighted sums of every layer and the output, in the formulas of the lessons."""
    sums, A = [], X
    for (W, b), layer in zip(unpacked(network, theta), network.layers):
        sums.append(A @ W + b)
        A = layer.activation.value(sums[-1])
    return sums, A


def five_point_differences(function, theta, h=1e-4):
    """The gradient of `function` by differences whose error is of the order of h**4."""
    gradient = np.empty_like(theta)
    for i in range(theta.size):
        step = np.eye(theta.size)[i] * h
        near = function(theta + step) - function(theta - step)
        far = function(theta + 2 * step) - function(theta - 2 * step)
        gradient[i] = (8 * near - far) / (12 * h)
    return gradient


def in_pytorch(torch, network, X, Y, loss):
    """The loss and its gradient, laid out like theta, by PyTorch's autograd."""
    activations = {
        "identity": lambda Z: Z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda Z: torch.nn.functional.leaky_relu(Z, 0.1),
        "softplus": lambda Z: torch.logaddexp(Z, torch.zeros_like(Z)),
    }
    losses = {
        "ssr": lambda A, Y: ((A - Y) ** 2).sum(),
        "half_ssr": lambda A, Y: ((A - Y) ** 2).sum() / 2,
        "mse": torch.nn.MSELoss(),
        "binary_cross_entropy": torch.nn.BCELoss(),
        "sigmoid_cross_entropy": torch.nn.BCEWithLogitsLoss(),
        "softmax_cross_entropy": torch.nn.CrossEntropyLoss(),
    }
    theta, A = torch.tensor(network.theta, requires_grad=True), torch.tensor(X)
    for (W, b), layer in zip(unpacked(network, theta), network.layers):
        A = activations[layer.activation.name](A @ W + b)
    value = losses[loss.name](A, torch.tensor(Y))
    value.backward()
    return value.item(), theta.grad.numpy()


def small_network():
    """Two inputs, a layer with biases, a layer without; the parameters are 1, 2, ..., 8."""
    network = Network(2, [Dense(2, identity), Dense(1, identity, bias=False)])
    network.theta = np.arange(1.0, 9.0)
    return network


@quick
@given(cases())
def test_outputs_and_loss_are_those_of_the_formulas(case):
    network, X, Y, loss = case
    sums, output = sums_and_output(network, network.theta, X)
    activations = network.activations(X)
    assert [A.shape for A in activations] == [X.shape, *(Z.shape for Z in sums)]
    np.testing.assert_array_equal(activations[0], X)
    np.testing.assert_allclose(network.predict(X), output, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(activations[-1], network.predict(X))
    assert type(network.loss(X, Y, loss)) is float
    assert network.loss(X, Y, loss) == network.loss(X, Y, loss.name) == pytest.approx(loss.value(output, Y), rel=1e-12)


@quick
@given(cases())
def test_every_entry_of_the_gradient_is_that_of_finite_differences(case):
    network, X, Y, loss = case
    sums, _ = sums_and_output(network, network.theta, X)
    assume(all(abs(Z).min() > MARGIN for Z, layer in zip(sums, network.layers) if layer.activation.kink))

    def height(theta):
        return loss.value(sums_and_output(network, theta, X)[1], Y)

    expected = five_point_differences(height, network.theta)
    noise = 1e-10 * max(1.0, height(network.theta))
    np.testing.assert_allclose(network.gradient(X, Y, loss), expected, rtol=1e-6, atol=noise)


@quick
@given(case=cases())
def test_loss_and_gradient_are_those_of_pytorch(case, torch):
    network, X, Y, loss = case
    value, gradient = in_pytorch(torch, network, X, Y, loss)
    assert network.loss(X, Y, loss) == pytest.approx(value, rel=1e-12)
    largest = max(1.0, abs(gradient).max())
    np.testing.assert_allclose(network.gradient(X, Y, loss), gradient, rtol=0, atol=1e-12 * largest)


def test_theta_holds_the_weights_row_by_row_and_then_the_biases_of_each_layer():
    network = small_network()
    assert network.weights[0].tolist() == [[1, 2], [3, 4]]
    assert network.biases[0].tolist() == [5, 6]
    assert network.weights[1].tolist() == [[7], [8]]
    assert network.biases[1] is None
    # 1 and 10 enter: 1 + 30 + 5 = 36 and 2 + 40 + 6 = 48; then 7 * 36 + 8 * 48 = 636.
    assert [A.tolist() for A in network.activations([[1, 10]])] == [[[1, 10]], [[36, 48]], [[636]]]


def test_the_gradient_has_the_layout_of_theta():
    # The output is 36 * 7 + 48 * 8 = 636, so with a truth of 635 the derivative in the output is 1.
    gradient = small_network().gradient([[1, 10]], [[635]], half_ssr)
    assert gradient.tolist() == [7, 8, 70, 80, 7, 8, 36, 48]


def test_weights_and_biases_are_views_of_theta():
    network = small_network()
    network.weights[0][1, 0] = 30
    network.biases[0][1] = 60
    assert network.theta.tolist() == [1, 2, 30, 4, 5, 60, 7, 8]
    network.theta[-1] = 80
    assert network.weights[1].tolist() == [[7], [80]]


def test_assigning_theta_copies_the_values_into_the_same_memory():
    network, values = small_network(), np.arange(8.0)
    theta, weights = network.theta, network.weights[0]
    network.theta = values
    values[:] = 99
    assert network.theta is theta and weights.tolist() == [[0, 1], [2, 3]]
    network.theta = list(range(8, 0, -1))
    assert weights.tolist() == [[8, 7], [6, 5]]


def test_results_are_not_overwritten_by_the_next_call():
    network = small_network()
    output, gradient = network.predict([[1, 10]]), network.gradient([[1, 10]], [[635]], half_ssr)
    network.predict([[2, 20]])
    network.gradient([[2, 20]], [[0]], half_ssr)
    assert output.tolist() == [[636]] and gradient[0] == 7


def test_asking_for_results_changes_nothing():
    network, X, Y = small_network(), np.array([[1.0, 10.0]]), np.array([[635.0]])
    network.predict(X), network.loss(X, Y, ssr), network.gradient(X, Y, ssr)
    assert network.theta.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert X.tolist() == [[1, 10]] and Y.tolist() == [[635]]


def test_a_copy_is_a_network_of_its_own():
    network = small_network()
    twin = network.copy()
    assert repr(twin) == repr(network) and twin.theta.tolist() == network.theta.tolist()
    twin.weights[0][:] = 0
    assert network.theta.tolist() == [1, 2, 3, 4, 5, 6, 7, 8] and twin.theta[:4].sum() == 0


def test_the_repr_is_the_code_that_makes_the_network():
    network = Network(2, [Dense(3, "sigmoid", bias=False), Dense(1, leaky_relu)])
    assert repr(network) == "Network(2, [Dense(3, sigmoid, bias=False), Dense(1, leaky_relu)])"
    assert repr(eval(repr(network))) == repr(network)
    assert repr(network.biases) == repr([None, network.biases[1]])


@pytest.mark.parametrize("how, draws", [
    ("uniform", lambda random, count: random.random(count)),
    ("normal", lambda random, count: random.standard_normal(count)),
])
def test_initialize_fills_theta_in_order_from_the_seeded_generator(how, draws):
    network = Network(3, [Dense(4, sigmoid), Dense(2, relu, bias=False), Dense(2, sigmoid)])
    assert network.initialize(how, seed=5) is network
    assert np.array_equal(network.theta, draws(np.random.default_rng(5), network.theta.size))


def test_glorot_draws_weights_within_its_limit_and_leaves_biases_at_zero():
    network = Network(90, [Dense(60, sigmoid), Dense(4, sigmoid)])
    network.theta = np.ones(network.theta.size)
    network.initialize("glorot", seed=0)
    for W, b, units in zip(network.weights, network.biases, (90 + 60, 60 + 4)):
        limit = np.sqrt(6 / units)
        assert 0.97 * limit < abs(W).max() <= limit
        # The standard deviation of a uniform distribution of width 2 limit is limit / sqrt(3).
        assert W.std() == pytest.approx(limit / np.sqrt(3), rel=0.1) and abs(W.mean()) < 0.1 * limit
        assert not b.any()


@pytest.mark.parametrize("how", ["uniform", "normal", "glorot"])
def test_the_same_seed_draws_the_same_parameters_and_another_seed_others(how):
    def draw(seed):
        return Network(3, [Dense(2, sigmoid)]).initialize(how, seed=seed).theta

    assert np.array_equal(draw(1), draw(1)) and not np.array_equal(draw(1), draw(2))


@pytest.mark.parametrize("name", ["network.npz", "network"])
def test_a_saved_network_loads_as_it_was(name, tmp_path):
    network = Network(3, [Dense(2, name, bias=i % 2 == 0) for i, name in enumerate(ACTIVATIONS)])
    network.initialize("normal", seed=0).save(tmp_path / name)
    loaded = Network.load(tmp_path / name)
    assert repr(loaded) == repr(network) and loaded.biases[1] is None
    assert loaded.theta.tobytes() == network.theta.tobytes()
    X = np.random.default_rng(0).normal(size=(4, 3))
    assert np.array_equal(loaded.predict(X), network.predict(X))


def test_a_leak_of_ones_own_is_saved_with_the_network(tmp_path):
    network = Network(3, [Dense(2, LeakyReLU(0.3)), Dense(2, leaky_relu)]).initialize("normal", seed=0)
    network.save(tmp_path / "network.npz")
    loaded = Network.load(tmp_path / "network.npz")
    assert [layer.activation.leak for layer in loaded.layers] == [0.3, 0.1]
    assert repr(loaded) == repr(network) == "Network(3, [Dense(2, LeakyReLU(0.3)), Dense(2, leaky_relu)])"


def test_a_file_with_no_leak_beside_the_name_has_that_of_the_lessons(tmp_path):
    np.savez(tmp_path / "old.npz", theta=[1.0, 2.0], sizes=(1, 1), activations=["leaky_relu"], biases=[True])
    loaded = Network.load(tmp_path / "old.npz")
    assert loaded.layers == (Dense(1, leaky_relu),) and loaded.theta.tolist() == [1, 2]


@pytest.mark.parametrize("activation", [
    Activation("cube", lambda z, out: np.power(z, 3, out), lambda z, a, out: np.multiply(3, z * z, out)),
    Activation("relu", relu.formula, leaky_relu.slope_formula),
], ids=["another name", "a name of ours"])
def test_an_activation_of_ones_own_cannot_be_saved_and_the_file_stays_as_it_was(activation, tmp_path):
    path = tmp_path / "network.npz"
    path.write_text("kept")
    with pytest.raises(ValueError, match=f"^activation must be one of identity, .* to be saved, got {activation} "):
        Network(1, [Dense(1, activation)]).save(path)
    assert path.read_text() == "kept"


@pytest.mark.parametrize("name", ["identity", "tanh", "relu", "leaky_relu", "softplus"])
def test_a_last_layer_that_leaves_0_to_1_is_refused_under_a_loss_of_probabilities(name):
    network, X, Y = Network(1, [Dense(1, name)]), [[0.5]], [[1.0]]
    for call in (network.check, network.loss, network.gradient):
        with pytest.raises(ValueError, match="^outputs must lie from 0 to 1 .*; end the network in a sigmoid.* sums$"):
            call(X, Y, "binary_cross_entropy")
    assert Network(1, [Dense(1, sigmoid)]).loss(X, Y, "binary_cross_entropy") == pytest.approx(np.log(2))


def write_npz(path):
    with open(path, "wb") as file:
        np.savez(file, weights=np.ones(3))


def write_npy(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))


@pytest.mark.parametrize(
    "write", [write_npz, write_npy, lambda path: path.write_text("hello"), lambda path: path.touch()],
    ids=["npz", "npy", "text", "empty"],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(write, tmp_path):
    path = tmp_path / "foreign.npz"
    write(path)
    with pytest.raises(ValueError, match=r"foreign\.npz must be a file written by Network\.save"):
        Network.load(path)


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_a_pickled_network_still_computes_with_the_theta_that_is_assigned_to_it(twin_of):
    twin = twin_of(Network(1, [Dense(1, identity)]).initialize("normal", seed=0))
    twin.theta = [2.0, 3.0]
    assert twin.weights[0].item() == 2.0
    assert twin.predict([[10.0]]).item() == 2.0 * 10.0 + 3.0


class Xor(Network):
    """A network of one's own, whose constructor takes no arguments; here, so that a pickle finds it."""

    def __init__(self):
        super().__init__(2, [Dense(3, tanh), Dense(1, sigmoid)])


def test_a_class_of_ones_own_is_copied_pickled_saved_and_loaded_as_what_it_is(tmp_path):
    network = Xor().initialize("normal", seed=0)
    network.save(tmp_path / "xor.npz")
    pickled = pickle.dumps(network)
    for twin in (network.copy(), copy.deepcopy(network), pickle.loads(pickled), Xor.load(tmp_path / "xor.npz")):
        assert type(twin) is Xor and np.array_equal(twin.theta, network.theta)
        twin.theta += 1
        assert np.array_equal(twin.weights[0], network.weights[0] + 1)
