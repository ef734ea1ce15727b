"""The losses against formulas worked by hand, central differences, PyTorch and, where digits are few, mpmath."""

import doctest
import math
import pickle
import re

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nbhelpers import losses
from nbhelpers.activations import sigmoid
from nbhelpers.entropy import softmax
from nbhelpers.losses import (
    LOSSES,
    Loss,
    binary_cross_entropy,
    half_ssr,
    mse,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    ssr,
)

each = pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)
INF, NAN = math.inf, math.nan


def outputs_and_truth(loss):
    random = np.random.default_rng(0)
    A, Y = random.uniform(0.05, 0.95, (7, 3)), random.uniform(0, 1, (7, 3))
    return A, Y / Y.sum(axis=1, keepdims=True) if loss is softmax_cross_entropy else Y


def in_pytorch(torch, loss, A, Y):
    """The loss and its gradient in A, by PyTorch."""
    formulas = {
        "ssr": torch.nn.MSELoss(reduction="sum"),
        "half_ssr": lambda A, Y: 0.5 * torch.nn.MSELoss(reduction="sum")(A, Y),
        "mse": torch.nn.MSELoss(),
        "binary_cross_entropy": torch.nn.BCELoss(),
        "sigmoid_cross_entropy": torch.nn.BCEWithLogitsLoss(),
        "softmax_cross_entropy": torch.nn.CrossEntropyLoss(),
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
    assert loss.value(A, Y) == loss(A, Y) == value
    assert np.array_equal(loss.gradient(A, Y), gradient)


def test_the_cross_entropy_of_a_coin_is_the_logarithm_of_two():
    assert binary_cross_entropy.value([[0.5, 0.5]], [[0, 1]]) == pytest.approx(math.log(2), rel=1e-15)


@each
def test_the_gradient_is_that_of_central_differences(loss):
    A, Y = outputs_and_truth(loss)
    h, expected = 1e-5, np.empty_like(A)
    for entry in np.ndindex(*A.shape):
        up, down = A.copy(), A.copy()
        up[entry] += h
        down[entry] -= h
        expected[entry] = (loss.value(up, Y) - loss.value(down, Y)) / (2 * h)
    np.testing.assert_allclose(loss.gradient(A, Y), expected, rtol=1e-6, atol=1e-9)


@each
def test_value_and_gradient_are_those_of_pytorch(loss, torch):
    A, Y = outputs_and_truth(loss)
    value, gradient = in_pytorch(torch, loss, A, Y)
    assert loss.value(A, Y) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(loss.gradient(A, Y), gradient, rtol=1e-12)


@pytest.mark.parametrize("output", [0.0, 1.0])
@pytest.mark.parametrize("truth", [0.0, 0.3, 1.0])
def test_the_cross_entropy_at_0_and_1_is_that_of_pytorch(output, truth, torch):
    A, Y = np.array([[output, 0.25]]), np.array([[truth, 1.0]])
    value, _ = in_pytorch(torch, binary_cross_entropy, A, Y)
    assert binary_cross_entropy.value(A, Y) == pytest.approx(value, rel=1e-12)
    # Where its logarithm is at the limit, the loss is flat. PyTorch's slope is another.
    expected = (1 - truth) if output == 0 else -truth
    np.testing.assert_allclose(binary_cross_entropy.gradient(A, Y), [[expected / 2, -1 / 0.25 / 2]], rtol=1e-12)


@each
def test_a_loss_is_a_python_float(loss):
    assert type(loss.value(*outputs_and_truth(loss))) is float
    assert type(loss.value([[1, 0]], [[0, 1]])) is float


@pytest.mark.parametrize("loss", [ssr, half_ssr, mse], ids=repr)
@pytest.mark.parametrize("output", [1e200, -1e308, INF, -INF])
def test_huge_outputs_have_an_infinite_square_in_silence(loss, output):
    assert loss.value([[output]], [[1.0]]) == INF
    assert np.sign(loss.gradient([[output]], [[1.0]])[0, 0]) == np.sign(output)


@each
@pytest.mark.parametrize("other", [0.25, NAN])
def test_nan_stays_nan(loss, other):
    A, Y = [[NAN, other]], [[0.0, 1.0]]
    assert math.isnan(loss.value(A, Y)) and math.isnan(loss.gradient(A, Y)[0, 0])


@each
def test_twice_the_same_rows_double_a_sum_and_leave_a_mean(loss):
    A, Y = outputs_and_truth(loss)
    times = loss.value(np.tile(A, (2, 1)), np.tile(Y, (2, 1))) / loss.value(A, Y)
    assert times == pytest.approx(1 if loss.averaged else 2, rel=1e-12)


@each
def test_a_truth_of_another_shape_is_refused(loss):
    with pytest.raises(ValueError, match=r"Y must have .*\(3, 1\).*\(3,\)"):
        loss.value(np.full((3, 1), 0.5), np.zeros(3))


# The cross-entropies on sums


# As z grows, -(y log p + (1 - y) log(1 - p)) with p = 1 / (1 + exp(-z)) comes to (1 - y) z: (z, y, value, gradient).
SIGMOID_LIMITS = [
    (0, 0, math.log(2), 0.5), (0, 1, math.log(2), -0.5), (0, 0.5, math.log(2), 0),
    (1000, 1, 0, 0), (1000, 0, 1000, 1), (-1000, 0, 0, 0), (-1000, 1, 1000, -1), (1000, 0.25, 750, 0.75),
    (1e308, 0, 1e308, 1), (-1e308, 1, 1e308, -1), (1e308, 1, 0, 0),
    (INF, 1, 0, 0), (INF, 0, INF, 1), (-INF, 0, 0, 0), (-INF, 1, INF, -1), (INF, 0.5, INF, 0.5),
    # log(1 + exp(-40)) and the sigmoid of -40, which no 1 - p could tell from 0.
    (40, 1, math.log1p(math.exp(-40)), -math.exp(-40) / (1 + math.exp(-40))),
]


@pytest.mark.parametrize("z, y, value, gradient", SIGMOID_LIMITS)
def test_the_cross_entropy_of_a_sigmoid_is_exact_in_its_limits(z, y, value, gradient):
    assert sigmoid_cross_entropy.value([[z]], [[y]]) == pytest.approx(value, rel=1e-15, abs=0)
    assert sigmoid_cross_entropy.gradient([[z]], [[y]]).item() == pytest.approx(gradient, rel=1e-15, abs=0)


# Far from the others the largest sum has all the probability: -log p is the distance from it. (z, y, value, gradient)
SOFTMAX_LIMITS = [
    ([0, 0], [1, 0], math.log(2), [-0.5, 0.5]), ([7, 7, 7], [0, 1, 0], math.log(3), [1 / 3, -2 / 3, 1 / 3]),
    ([0, 0], [0.5, 0.5], math.log(2), [0, 0]), ([1000, 0], [0.25, 0.75], 750, [0.75, -0.75]),
    ([1000, -1000], [1, 0], 0, [0, 0]), ([1000, -1000], [0, 1], 2000, [1, -1]),
    ([1e308, 0, 0], [0, 0, 1], 1e308, [1, 0, -1]), ([-1e308, 0], [0, 1], 0, [0, 0]),
    ([INF, 0], [1, 0], 0, [0, 0]), ([INF, 0], [0, 1], INF, [1, -1]), ([-INF, 0], [0, 1], 0, [0, 0]),
    ([-INF, 0], [1, 0], INF, [-1, 1]),
    # There is no limit where two sums are infinite.
    ([INF, INF], [1, 0], NAN, None), ([-INF, -INF], [1, 0], NAN, None),
    ([40, 0], [1, 0], math.log1p(math.exp(-40)), np.array([-1, 1]) * math.exp(-40) / (1 + math.exp(-40))),
]


@pytest.mark.parametrize("z, y, value, gradient", SOFTMAX_LIMITS)
def test_the_cross_entropy_of_a_softmax_is_exact_in_its_limits(z, y, value, gradient):
    assert softmax_cross_entropy.value([z], [y]) == pytest.approx(value, rel=1e-15, abs=0, nan_ok=True)
    if gradient is None:
        assert np.isnan(softmax_cross_entropy.gradient([z], [y])).any()
    else:
        assert softmax_cross_entropy.gradient([z], [y])[0] == pytest.approx(gradient, rel=1e-15, abs=0)


def sums(shape):
    return arrays.arrays(np.float64, shape, elements=st.one_of(st.floats(-1000, 1000), st.floats(-1e300, 1e300)))


def assert_near(found, exact, one_hot):
    """Equal to a dozen digits; a target between 0 and 1 may cancel with its probability."""
    np.testing.assert_allclose(found, np.array(exact, dtype=np.float64), rtol=1e-12, atol=1e-300 if one_hot else 1e-15)


@settings(deadline=None, max_examples=150)
@given(sums((2, 3)), st.permutations(range(3)), st.booleans(), st.integers(0, 99))
def test_the_cross_entropy_of_a_softmax_is_that_of_700_digits(Z, classes, one_hot, seed):
    Y = np.eye(3)[list(classes[:2])] if one_hot else np.random.default_rng(seed).dirichlet([1, 1, 1], 2)
    with mpmath.workdps(700):
        exponentials = [[mpmath.exp(mpmath.mpf(z)) for z in row] for row in Z.tolist()]
        P = [e / sum(row) for row in exponentials for e in row]
        pairs = list(zip(P, Y.ravel().tolist()))
        value = -sum(y * mpmath.log(p) for p, y in pairs if y) / 2
        assert_near(softmax_cross_entropy.value(Z, Y), value, one_hot)
        assert_near(softmax_cross_entropy.gradient(Z, Y).ravel(), [(p - y) / 2 for p, y in pairs], one_hot)
        assert_near(softmax(Z).ravel(), P, one_hot=True)


@settings(deadline=None, max_examples=150)
@given(sums((2, 2)), arrays.arrays(np.float64, (2, 2), elements=st.sampled_from([0.0, 1.0]) | st.floats(0, 1)))
def test_the_cross_entropy_of_a_sigmoid_is_that_of_700_digits(Z, Y):
    with mpmath.workdps(700):
        pairs = [(mpmath.mpf(z), mpmath.mpf(y)) for z, y in zip(Z.ravel().tolist(), Y.ravel().tolist())]
        # p = 1 / (1 + exp(-z)), and 1 - p the same at -z.
        value = sum(y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z)) for z, y in pairs) / 4
        gradient = [(1 / (1 + mpmath.exp(-z)) - y) / 4 for z, y in pairs]
        one_hot = set(Y.ravel()) <= {0.0, 1.0}
        assert_near(sigmoid_cross_entropy.value(Z, Y), value, one_hot)
        assert_near(sigmoid_cross_entropy.gradient(Z, Y).ravel(), gradient, one_hot)


@pytest.mark.parametrize("loss", [sigmoid_cross_entropy, softmax_cross_entropy], ids=repr)
def test_sums_of_a_thousand_are_what_pytorch_makes_of_them(loss, torch):
    random = np.random.default_rng(0)
    Z, Y = random.uniform(-1000, 1000, (20, 4)), np.eye(4)[random.integers(0, 4, 20)]
    value, gradient = in_pytorch(torch, loss, Z, Y)
    assert loss.value(Z, Y) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(loss.gradient(Z, Y), gradient, rtol=1e-12, atol=1e-17)


def test_on_sums_and_on_probabilities_the_binary_cross_entropy_is_the_same():
    Z, Y = np.random.default_rng(0).normal(size=(5, 3)), np.random.default_rng(1).random((5, 3))
    P = sigmoid.value(Z)
    assert sigmoid_cross_entropy.value(Z, Y) == pytest.approx(binary_cross_entropy.value(P, Y), rel=1e-13)
    assert np.array_equal(sigmoid_cross_entropy.prediction(Z), P)


def test_two_classes_of_a_softmax_are_a_sigmoid_of_the_difference():
    Z = np.random.default_rng(0).normal(size=(5, 2))
    Y = np.eye(2)[[0, 1, 1, 0, 1]]
    single = sigmoid_cross_entropy.value(Z[:, :1] - Z[:, 1:], Y[:, :1])
    assert softmax_cross_entropy.value(Z, Y) == pytest.approx(single, rel=1e-13)


def test_what_people_read_are_probabilities_where_the_outputs_are_sums():
    Z = np.array([[1000.0, 0.0, -1000.0], [1.0, 2.0, 3.0]])
    # exp(1), exp(2) and exp(3) over their sum.
    expected = [[1, 0, 0], np.exp([1, 2, 3]) / (math.exp(1) + math.exp(2) + math.exp(3))]
    np.testing.assert_allclose(softmax_cross_entropy.prediction(Z), expected, rtol=1e-15)
    assert all(np.array_equal(loss.prediction(Z), Z) for loss in (ssr, half_ssr, mse, binary_cross_entropy))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (2, 1), (0, 3)])
def test_the_softmax_runs_along_the_last_axis_and_leaves_its_argument_alone(shape, torch):
    Z = np.random.default_rng(0).normal(size=shape)
    before = Z.copy()
    np.testing.assert_allclose(softmax(Z), torch.softmax(torch.tensor(Z), -1).numpy(), rtol=1e-14)
    assert np.array_equal(Z, before)


@pytest.mark.parametrize("Z, row", [
    ([INF, 0, 5], [1, 0, 0]), ([-INF, 0, 0], [0, 0.5, 0.5]), ([1e308, 1e308, -1e308], [0.5, 0.5, 0]),
    ([NAN, 0, 0], [NAN] * 3), ([NAN], [NAN]),
])
def test_the_softmax_answers_every_float_in_silence(Z, row):
    np.testing.assert_array_equal(softmax(Z), row)


@pytest.mark.parametrize("Z", [3.0, [], np.empty((2, 0))])
def test_a_softmax_of_no_classes_is_refused(Z):
    with pytest.raises(ValueError, match=r"^Z must have the shape \(\.\.\., classes\) with one class or more, got the"):
        softmax(Z)


# What a loss is not made for


BAD_DATA = {
    "a target of 2": (binary_cross_entropy, [[0.5]], [[2]], "Y must lie from 0 to 1 for binary_cross_entropy, got 2.0"),
    "a target of -1": (
        sigmoid_cross_entropy, [[0.5]], [[-1]], "Y must lie from 0 to 1 for sigmoid_cross_entropy, got -1.0; a target"
    ),
    "a negative output": (
        binary_cross_entropy, [[-0.1]], [[1]],
        "outputs must lie from 0 to 1 for binary_cross_entropy, got -0.1; end the network in a sigmoid, "
        "or in the identity with sigmoid_cross_entropy, which takes sums",
    ),
    "an infinite output": (
        binary_cross_entropy, [[INF]], [[1]], "outputs must lie from 0 to 1 for binary_cross_entropy, got inf"
    ),
    "two classes at once": (
        softmax_cross_entropy, [[1, 2], [3, 4]], [[1, 0], [1, 1]],
        "Y must have rows that sum to 1 for softmax_cross_entropy, got 2.0 in row 1; give the right class 1",
    ),
    "a negative share": (
        softmax_cross_entropy, [[1, 2]], [[-1, 2]], "Y must lie from 0 to 1 for softmax_cross_entropy, got -1.0"
    ),
    "a single class": (
        softmax_cross_entropy, [[1], [2]], [[1], [1]],
        "Y must have two columns or more for softmax_cross_entropy, one for each class, got the shape (2, 1); "
        "sigmoid_cross_entropy takes a single one",
    ),
    "a flat list": (softmax_cross_entropy, [1, 2], [1, 0], "Y must have two columns or more for softmax_cross_entropy"),
}


@pytest.mark.parametrize("loss, A, Y, sentence", BAD_DATA.values(), ids=BAD_DATA)
def test_a_loss_refuses_what_it_is_not_made_for(loss, A, Y, sentence):
    for function in (loss.value, loss.gradient):
        with pytest.raises(ValueError) as caught:
            function(A, Y)
        assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("Y", [np.float32([[0.1, 0.7, 0.2]]), [[1 / 3] * 3], [[0, 0, 1]]])
def test_a_distribution_may_be_rounded(Y):
    assert math.isfinite(softmax_cross_entropy.value([[1, 2, 3]], Y))


# A loss of one's own


def test_the_example_of_the_docstring_works():
    result = doctest.testmod(losses)
    assert result.attempted > 5 and result.failed == 0


def test_a_gradient_that_does_not_write_to_out_is_refused():
    with pytest.raises(ValueError, match=r"^gradient_formula\(A, Y, out\) must write its result to out and return out"):
        Loss("mine", "mine", mse.formula, lambda A, Y, out: A - Y, averaged=True)


# Without a mean, with one for each output, as a product of matrices, and without a return: `float` takes none of them.
@pytest.mark.parametrize("formula, came", [
    (lambda A, Y: (A - Y) ** 2, r"an array of shape \(2, 2\)"),
    (lambda A, Y: ((A - Y) ** 2).mean(axis=0), r"array\(\[0\., 0\.\]\)"),
    (lambda A, Y: (A - Y).T @ (A - Y), r"an array of shape \(2, 2\)"),
    (lambda A, Y: None, "None"),
])
def test_a_formula_that_gives_no_number_is_refused(formula, came):
    with pytest.raises(TypeError, match=rf"^formula\(A, Y\) must return one number, got {came}; return the .sum"):
        Loss("own", "own", formula, mse.gradient_formula, averaged=True)


def test_a_loss_that_is_made_for_three_outputs_can_be_made():
    weights = np.array([1.0, 2.0, 3.0])
    weighted = Loss(
        "weighted", "weighted SSR", lambda A, Y: (weights * (A - Y) ** 2).sum(),
        lambda A, Y, out: np.multiply(2 * weights, A - Y, out), averaged=False,
    )
    assert weighted.gradient([[1, 1, 1]], [[0, 0, 0]]).tolist() == [[2, 4, 6]]


@each
def test_a_loss_from_another_process_is_known_as_ours(loss):
    twin = pickle.loads(pickle.dumps(loss))
    assert twin == loss and hash(twin) == hash(loss) and twin in {loss}
    assert all((twin == other) is (loss is other) for other in LOSSES.values())
    assert f"{twin:>30}|" == loss.name.rjust(30) + "|"


@pytest.mark.parametrize("name", losses.LOSSES)
@pytest.mark.parametrize("shape", [(0, 2), (3, 0), (0,)])
def test_no_outputs_have_no_loss(name, shape):
    for function in (losses.LOSSES[name].value, losses.LOSSES[name].gradient):
        with pytest.raises(ValueError, match=f"^A must hold one output or more, got the shape {re.escape(str(shape))}"):
            function(np.zeros(shape), np.zeros(shape))
