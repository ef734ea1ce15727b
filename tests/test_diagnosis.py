"""The diagnosis: it must name the faulty term, and never one that is not at fault."""

import doctest
import itertools
import re
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

import nbhelpers.diagnosis
from nbhelpers import (
    Dense,
    Network,
    binary_cross_entropy,
    check_gradient,
    diagnose,
    evidence,
    faulty_gradient,
    fibonacci,
    half_ssr,
    identity,
    iris,
    leaky_relu,
    mse,
    one_hot,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    softplus,
    ssr,
    tanh,
)
from nbhelpers.activations import ACTIVATIONS, Activation, quiet
from nbhelpers.derivation import FACTORS_BY_ROWS, Formula, derive, factor, penalty
from nbhelpers.diagnosis import Diagnosis, Fault
from nbhelpers.evidence import places
from nbhelpers.faults import CATALOGUE
from nbhelpers.hypotheses import Search
from nbhelpers.losses import LOSSES, Loss
from nbhelpers.observations import Case
from nbhelpers.published import and_net, autoencoder, feed_forward, or_net, single_neuron
from tests import planted

pytestmark = pytest.mark.filterwarnings("error:::nbhelpers", "error::RuntimeWarning")


def named(found):
    """The faults without their sentences."""
    return [(fault.layer, fault.term) for fault in found.faults]


def three_layers(seed=0, rows=6):
    """A network with three kinds of activation, and data."""
    network = Network(3, [Dense(4, tanh), Dense(4, softplus), Dense(2, sigmoid)]).initialize("normal", seed=seed)
    random = np.random.default_rng(seed)
    return network, random.normal(size=(rows, 3)), random.random((rows, 2))


class ByHand:
    """A 2-3-2 network of tanh and sigmoid and its backpropagation for the SSR, with one line of it exchanged."""

    def __init__(self, rows=5, **lines):
        self.lines = lines
        self.network = Network(2, [Dense(3, tanh), Dense(2, sigmoid)]).initialize("normal", seed=2)
        random = np.random.default_rng(3)
        self.X, self.Y = random.normal(size=(rows, 2)), random.random((rows, 2))

    def gradient(self, theta, X, Y):
        V, c, W, b = theta[:6].reshape(2, 3), theta[6:9], theta[9:15].reshape(3, 2), theta[15:]
        H = np.tanh(X @ V + c)
        P = 1 / (1 + np.exp(-(H @ W + b)))
        names = {"X": X, "Y": Y, "V": V, "W": W, "c": c, "b": b, "H": H, "P": P, "np": np, "N": len(X)}
        names |= {"Z": X @ V + c, "T": H @ W + b}
        lines = {
            "R": "2 * (P - Y)",
            "D": "R * P * (1 - P)",
            "dW": "H.T @ D",
            "db": "D.sum(axis=0)",
            "U": "D @ W.T",
            "E": "U * (1 - H**2)",
            "dV": "X.T @ E",
            "dc": "E.sum(axis=0)",
        }
        for name, line in (lines | self.lines).items():
            names[name] = eval(line, names)
        return np.concatenate([np.ravel(names[part]) for part in ("dV", "dc", "dW", "db")])

    def diagnose(self, **options):
        return diagnose(self.network, self.X, self.Y, ssr, self.gradient, **options)


def test_the_published_neuron_has_its_slope_at_the_neurons_output():
    found = diagnose(single_neuron.build(), *fibonacci(), ssr, single_neuron.gradient)
    assert named(found) == [(1, "slope")]
    sentence = "In layer 1 the slope of softplus is taken at the neuron's output, where it belongs at its sum."
    assert found.text == sentence
    assert not found and not found.passed
    assert repr(found) == found.text


def test_the_published_and_net_has_weights_for_inputs_and_a_chain_without_the_slope():
    # The chain is right as long as the outputs are positive, as they are at the start: other places show it.
    found = diagnose(and_net.build(seed=0), *and_net.rows(seed=0), mse, and_net.gradient)
    assert named(found) == [(2, "weights"), (2, "chain"), (1, "weights")]
    assert found.faults[0].sentence == (
        "In the derivatives of the weights of layer 2 the weight stands where the layer's input belongs."
    )
    assert found.faults[1].sentence == "On the way down from layer 2 to layer 1 the slope of leaky_relu is left out."


def test_the_published_class_sums_over_the_units_in_both_layers():
    X, Y = iris()
    found = diagnose(feed_forward.build(), (X - X.mean(axis=0)) / X.std(axis=0), Y, ssr, feed_forward.gradient)
    assert named(found) == [(2, "weights"), (1, "weights")]
    assert all(fault.sentence.endswith("each unit gets the sum over all units.") for fault in found.faults)


def test_the_published_autoencoder_has_half_the_gradient_of_the_ssr_and_all_of_that_of_its_half():
    case = autoencoder.build(), *one_hot(8)
    found = diagnose(*case, ssr, autoencoder.gradient)
    assert named(found) == [(2, "factor")]
    assert found.text == "In the derivative of the loss everything is multiplied by 1/2."
    assert diagnose(*case, half_ssr, autoencoder.gradient)


def test_the_published_or_net_is_acquitted():
    found = diagnose(or_net.build(), *or_net.data(), mse, or_net.gradient)
    assert found.passed and found.faults == found.explanations == []
    assert found.text == "The gradient is right at all 3 places."


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_is_acquitted(loss, activation):
    network = Network(3, [Dense(4, activation), Dense(2, sigmoid)]).initialize("normal", seed=0)
    X, Y = np.random.default_rng(0).normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]
    assert diagnose(network, X, Y, loss)
    found = diagnose(network, X, Y, loss, lambda *given: derive(network, *given, LOSSES[loss], {}), points=1)
    assert found.text == "The gradient is right at the one place looked at."


@pytest.mark.parametrize("lines, faults, words", [
    ({"D": "R"}, [(2, "slope")], "slope of sigmoid is left out"),
    ({"D": "R * (P * (1 - P))**2"}, [(2, "slope")], "multiplied in twice"),
    ({"E": "U * H"}, [(1, "slope")], "the value of tanh stands where its slope belongs"),
    ({"E": "U * (1 - Z**2)"}, [(1, "slope")], "the slope of tanh in terms of its output, is given the neuron's sum"),
    ({"E": "U * H * (1 - H)"}, [(1, "slope")], "which is the slope for sigmoid alone"),
    ({"E": "U * (1 - np.tanh(H)**2)"}, [(1, "slope")], "taken at the neuron's output"),
    ({"dW": "W * D.sum(axis=0)"}, [(2, "weights")], "the weight stands where the layer's input belongs"),
    ({"dV": "np.outer(X[-1], E[-1])"}, [(1, "weights")], "last row alone"),
    ({"dV": "np.outer(X.sum(axis=0), E.sum(axis=0))"}, [(1, "weights")], "added up before they are multiplied"),
    ({"dW": "D.T @ H"}, [(2, "weights")], "rows and columns are exchanged"),
    ({"db": "np.full(2, D.sum())"}, [(2, "biases")], "as if they shared one bias"),
    ({"dc": "0 * E[0]"}, [(1, "biases")], "never updated"),
    ({"dc": "E.mean(axis=0)"}, [(1, "factor")], "1 over the number of rows"),
    ({"U": "R @ W.T"}, [(2, "chain")], "the slope of sigmoid is left out"),
    ({"U": "np.repeat(D.sum(axis=1)[:, None], 3, axis=1)"}, [(2, "chain")], "the weights are left out"),
    ({"U": "D @ (W - 0.1 * dW).T"}, [(2, "chain")], "updated already, with the learning rate 0.1"),
    ({"R": "Y - P"}, [(2, "factor")], "multiplied by -0.5"),
    ({"R": "2 * (P - Y) / N"}, [(2, "factor")], "1 over the number of rows"),
    ({"R": "(P - Y) / (P * (1 - P))"}, [(2, "loss")], "the place of SSR is taken by binary cross-entropy"),
    ({"dW": "H.T @ D + 0.02 * W", "dV": "X.T @ E + 0.02 * V"}, [(2, "penalty"), (1, "penalty")], "the strength 0.02"),
    ({"dV": "0 * V", "dc": "0 * E[0]"}, [(1, "update")], "Layer 1 is never updated"),
    ({"D": "np.where(P > 0, R, 0)", "db": "D[0]"}, [(2, "slope"), (2, "biases")], "first row alone"),
    ({"dW": "3 * H.T @ D + 0.02 * W"}, [(2, "penalty"), (2, "factor")], "multiplied by 3"),
    ({"D": "3 * R * P * (1 - P)", "E": "U"}, [(2, "factor"), (1, "slope")], "multiplied by 3"),
], ids=str)
def test_a_fault_written_by_hand_is_named(lines, faults, words):
    assert ByHand().diagnose()
    found = ByHand(**lines).diagnose()
    assert named(found) == faults and found.explanations == [found.faults]
    assert words in found.text


@pytest.mark.parametrize("lines, term, words", [
    ({"R": "(P - Y)**2"}, "loss", "the loss itself stands where its derivative belongs"),
    ({"R": "abs(2 * (P - Y))"}, "loss", "the sign of the residuals is lost"),
    ({"R": "np.sign(P - Y)"}, "loss", "the place of SSR is taken by the absolute residuals"),
    ({"R": "np.sign(P - Y) / N"}, "loss", "the place of SSR is taken by the absolute residuals"),
    ({"R": "2 * (P - Y).mean(axis=0) + 0 * P"}, "loss", "the mean of all rows stands in each of them"),
    ({"R": "2 * (P - Y).sum(axis=1)[:, None] + 0 * P"}, "loss", "the sum over the outputs stands in each of them"),
    ({"R": "2 * (P - Y) * (np.arange(N) == 0)[:, None]"}, "loss", "the first row alone is counted"),
    *(({"R": f"2 * (P - Y) * (abs(P - Y) >= {limit})"}, "loss", f"residuals below {limit} are taken as 0")
      for limit in (0.1, 0.2, 0.25, 0.3, 0.4)),
    *(({"R": f"2 * np.clip(P - Y, -{limit}, {limit})"}, "loss", f"residuals are cut at {limit}")
      for limit in (0.5, 0.7)),
    *(({"U": f"D @ (W - {rate} * dW).T"}, "chain", f"updated already, with the learning rate {rate:g}")
      for rate in (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)),
    ({"U": "np.outer(D.sum(axis=1), W.sum(axis=1))"}, "chain", "are added up before they are multiplied"),
    ({"D": "R * (1 - P)"}, "slope", "the factor a is missing from a (1 - a)"),
    ({"D": "R * T * (1 - T)"}, "slope", "the slope of sigmoid in terms of its output, is given the neuron's sum"),
    ({"D": "R * T"}, "slope", "the neuron's sum stands where the slope of sigmoid belongs"),
    ({"D": "R * (1 - P**2)"}, "slope", "1 - a², which is the slope for tanh alone"),
    *(({"D": f"R * P * (1 - P) * (abs(T) <= {limit})"}, "slope", f"is 0 where the sum is beyond {limit},")
      for limit in (0.5, 1, 1.5)),
    *(({"E": f"U * (1 - H**2) * (abs(Z) <= {limit})"}, "slope", f"is 0 where the sum is beyond {limit},")
      for limit in (2, 3)),
    ({"dW": "np.outer(H[0], D[0])"}, "weights", "the first row alone is counted"),
    ({"dW": "np.outer(H.mean(axis=0), D.mean(axis=0))"}, "weights", "the rows are averaged before they are multiplied"),
    ({"dW": "np.outer(H.mean(axis=0), D.sum(axis=0))"}, "weights", "the mean input is multiplied by the sum over"),
    ({"dW": "0 * W + D.sum(axis=0)"}, "weights", "the layer's input is left out"),
    ({"dW": "(X @ V + c).T @ D"}, "weights", "the sums of the layer below stand where its activations belong"),
    ({"dW": "H.T @ R"}, "weights", "the slope of sigmoid is left out"),
    ({"dW": "W * (H.T @ D)"}, "weights", "the weights are multiplied in once more"),
    ({"dW": "0 * W"}, "weights", "all is 0: they are never updated"),
    ({"dW": "(H.T @ D).sum(axis=1)[:, None] + 0 * W"}, "weights", "each unit gets the sum over all units"),
    ({"db": "np.full(2, D.sum() / 2)"}, "biases", "each unit gets the mean over all units"),
    ({"db": "b * D.sum(axis=0)"}, "biases", "the bias is multiplied in"),
    ({"db": "D.sum(axis=0) + 0.25 * b"}, "penalty", "a penalty with the strength 0.25 is added, which the loss"),
    ({"db": "(H.T @ D).sum(axis=0)"}, "biases", "the layer's inputs are multiplied in"),
    ({"db": "R.sum(axis=0)"}, "biases", "the slope of sigmoid is left out"),
    ({"db": "np.ones(2)"}, "biases", "1 stands where the derivative belongs"),
    ({"db": "D[-1]"}, "biases", "the last row alone is counted"),
], ids=str)
def test_a_formula_of_the_catalogue_is_what_its_words_say(lines, term, words):
    # Residuals and sums of all sizes, so that every limit in the catalogue makes a difference of its own.
    found = ByHand(rows=200, **lines).diagnose()
    assert named(found) == [(1 if "E" in lines else 2, term)] and words in found.text


def test_where_the_middle_row_tells_nothing_the_first_rows_tell_a_constant_from_a_share_of_the_rows():
    network = Network(2, [Dense(3, tanh, bias=False), Dense(1, tanh, bias=False)]).initialize("normal", seed=0)
    X, Y = np.random.default_rng(0).normal(size=(4, 2)), np.full((4, 1), 0.5)
    # Without biases all derivatives of this row are 0.
    X[2] = 0.0
    found = diagnose(network, X, Y, ssr, lambda *given: derive(network, *given, ssr, {}) / 4)
    assert found.text == "In the derivative of the loss everything is multiplied by 0.25."


def test_two_factors_are_named_where_two_entries_of_the_gradient_are_always_the_same():
    # Two columns that are alike give the largest entry twice, as a limit would.
    network = Network(2, [Dense(2, tanh), Dense(1, "identity")]).initialize("normal", 3)
    x = 3 * np.random.default_rng(1).normal(size=(6, 1))
    X, Y = np.hstack([x, x]), 5 + x**2
    factors = np.ones(network.theta.size)
    factors[:4], factors[-1] = 7.0, 3.0

    found = diagnose(network, X, Y, ssr, lambda *given: factors * derive(network, *given, ssr, {}))
    assert {*named(found)} == {(1, "factor"), (2, "factor")} and "by 7" in found.text and "by 3" in found.text


@pytest.mark.parametrize("clipped", [
    lambda g: np.clip(g, -0.4, 0.4), lambda g: g * min(1.0, 0.4 / np.linalg.norm(g)),
], ids=["entries", "length"])
def test_a_gradient_that_is_clipped_is_named_with_the_limit(clipped):
    network, X, Y = three_layers()
    found = diagnose(network, X, Y, ssr, lambda *given: clipped(derive(network, *given, ssr, {})))
    assert named(found) == [(3, "clip")] and "clipped at 0.4" in found.text


def test_zeros_in_a_gradient_do_not_hide_its_limit_and_zeros_alone_are_not_taken_for_one():
    network = Network(2, [Dense(1, sigmoid)]).initialize("normal", seed=0)
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(4, 2)) * [1, 0], random.random((4, 1))

    def clipped(limit):
        def gradient(*given):
            right = derive(network, *given, mse, {})
            return right * min(1, limit / np.linalg.norm(right))

        return diagnose(network, X, Y, mse, gradient)

    # The longest of the three gradients is 0.097 long, the others 0.085 and 0.08.
    for limit in (0.05, 0.09):
        assert clipped(limit).text == f"In the whole gradient the length is clipped at {limit}."
    assert {fault.term for fault in clipped(0).faults} == {"update", "loss"}


def test_a_limit_that_shows_in_one_number_alone_is_not_taken_for_one():
    network, X, Y = three_layers()
    right = [derive(network, theta, X, Y, ssr, {}) for theta in places(network, X, 3, seed=0)]
    limit = np.sort(abs(np.concatenate(right)))[-2:].mean()
    found = diagnose(network, X, Y, ssr, lambda *given: np.clip(derive(network, *given, ssr, {}), -limit, limit))
    assert found.explanations == [] and found.wrong == ["layer 3 weights"]


def test_a_rule_of_relu_that_switches_at_1_is_found_where_sums_lie_between():
    network = Network(2, [Dense(3, relu), Dense(2, sigmoid)])
    X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.eye(2)[[0, 1, 0, 1, 1, 0]]
    network.theta[:] = np.random.default_rng(1).normal(size=network.theta.size)
    network.biases[0][:] = 50.0  # All sums are far above 1 at the start.

    def gradient(theta, X, Y):
        (V, W), (c, b) = network.split(theta)
        Z = X @ V + c
        A = np.maximum(Z, 0)
        P = sigmoid.value(A @ W + b)
        D = 2 * (P - Y) * P * (1 - P)
        E = (D @ W.T) * (Z > 1)
        return np.concatenate([(X.T @ E).ravel(), E.sum(axis=0), (A.T @ D).ravel(), D.sum(axis=0)])

    assert not diagnose(network, X, Y, ssr, gradient, points=1).wrong
    found = diagnose(network, X, Y, ssr, gradient)
    assert found.text == "In layer 1 the slope of relu switches where the sum is 1, and it belongs at 0."


def test_a_factor_that_may_be_the_rows_or_a_number_is_told_apart_with_fewer_rows():
    network, X, Y = three_layers(rows=4)
    by_four = diagnose(network, X, Y, ssr, lambda *given: 4 * derive(network, *given, ssr, {}))
    by_rows = diagnose(network, X, Y, ssr, lambda *given: len(given[1]) * derive(network, *given, ssr, {}))
    assert by_four.text == "In the derivative of the loss everything is multiplied by 4."
    assert "multiplied by the number of rows" in by_rows.text and "by 4" not in by_rows.text

    def for_four_rows(theta, X, Y):
        assert len(X) == 4
        return 4 * derive(network, theta, X, Y, ssr, {})

    both = diagnose(network, X, Y, ssr, for_four_rows)
    assert both.text.startswith("Either in the derivative of the loss everything is multiplied by 4, or ")
    assert len(both.explanations) > 1 and "the number of rows" in both.text


def test_a_factor_or_a_penalty_takes_more_numbers_than_it_has_unknowns():
    network = Network(1, [Dense(1, "identity", bias=False)])
    case = Case(network, ssr, lambda theta, X, Y: 2 * network.gradient(X, Y, ssr), 1e-6)
    row, X, Y = (1, "weights"), np.array([[1.0]]), np.array([[3.0]])
    samples = [(place, place.right[row], place.right[row]) for place in (case.look(network.theta, X, Y),) * 2]
    assert case.solve(row, "factor", samples[:1], 1) is None
    assert case.solve(row, "factor", samples, 1) == (2, 0)


@pytest.mark.parametrize("term, phrase, words", [
    ("chain", "the weights are left out", "Either layer 1 is never updated: all its derivatives are 0, or on the way "
     "down from layer 2 to layer 1 the weights are left out, or on the way down from layer 2 to layer 1 weights and "
     "derivatives are added up before they are multiplied."),
    ("loss", "the sum over the outputs stands in each of them", "Either in the derivative of the loss the sum over "
     "the outputs stands in each of them, or in the derivative of the loss all is 0, as from a prediction that is "
     "never computed again."),
])
def test_of_what_is_0_but_for_its_rounding_no_number_is_made(term, phrase, words):
    # Behind a softmax the derivatives of a row, P - Y, add up to 0.
    network = Network(3, [Dense(3, "sigmoid"), Dense(3, "identity")]).initialize("normal", seed=2)
    X, Y = np.random.default_rng(2).normal(size=(8, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]]
    plan = {(2, term): next(entry for entry in CATALOGUE if entry[:2] == (term, phrase))}

    def gradient(theta, X, Y):
        return derive(network, theta, X, Y, softmax_cross_entropy, plan)

    assert 0 < abs(gradient(network.theta, X, Y)[:12]).max() < 1e-15
    # It was a factor of 2e-17, and a limit of 1e-17.
    text = diagnose(network, X, Y, softmax_cross_entropy, gradient).text
    assert text == words


def test_a_factor_and_a_penalty_together_cost_two_faults_where_neither_is_there_yet():
    network, X, Y = three_layers()
    case = Case(network, ssr, None, 1e-6)
    search = Search(case, [case.look(network.theta, X, Y)], [])
    search.budget = 1
    assert search._models({}) == ["as it is", "factor", "penalty"]
    search.budget = 2
    assert search._models({}) == ["as it is", "factor", "penalty", "factor and penalty"]
    search.budget = 1
    assert search._models({(1, "weights penalty"): penalty("weights", 0.1)}) == ["as it is", "penalty"]


def test_of_a_term_those_formulas_are_tried_that_are_defined_at_all_places_and_differ_from_the_right_one():
    network, X, Y = three_layers()
    case = Case(network, ssr, None, 1e-6)
    seen = [case.look(theta, X, Y) for theta in places(network, X, 2, 0)]
    catalogue = [
        Formula("slope", "the same", lambda at: 1 - at.A**2),
        Formula("slope", "somewhere alone", lambda at: at.A if at is seen[0].layers[0] else None),
        Formula("slope", "another", lambda at: at.A),
    ]
    (right, _), (other, _) = Search(case, seen, catalogue)._variants("slope", [place.layers[0] for place in seen])
    assert not right and other == {(1, "slope"): catalogue[2]}


def by_hand(slope, activation):
    """A 2-3-1 network, data, and its backpropagation for the SSR with `slope(Z)` in the hidden layer."""
    network = Network(2, [Dense(3, activation), Dense(1, "identity")]).initialize("normal", seed=4)
    random = np.random.default_rng(5)
    X, Y = 2 * random.normal(size=(8, 2)), random.normal(size=(8, 1))

    def gradient(theta, X, Y):
        V, c, W, b = theta[:6].reshape(2, 3), theta[6:9], theta[9:12, None], theta[12]
        Z = X @ V + c
        H = activation.value(Z)
        D = 2 * (H @ W + b - Y)
        U = D @ W.T * slope(Z)
        return np.concatenate([(X.T @ U).ravel(), U.sum(axis=0), (H.T @ D).ravel(), D.sum(axis=0)])

    return network, X, Y, ssr, gradient


@pytest.mark.parametrize("leak", [0.01, 0.1, 0.2, 0.3])
def test_another_leak_is_named(leak):
    (fault,) = diagnose(*by_hand(lambda Z: np.where(Z > 0, 1.0, leak), relu)).faults
    assert fault.sentence == f"In layer 1 the slope of relu is {leak} below 0, which is another leak."


@pytest.mark.parametrize("limit", [0.5, 1, 1.5, 2, 3])
def test_a_slope_that_ends_at_a_limit_is_named_with_it(limit):
    (fault,) = diagnose(*by_hand(lambda Z: np.where(abs(Z) <= limit, 1 - np.tanh(Z) ** 2, 0.0), tanh)).faults
    assert f"the slope of tanh is 0 where the sum is beyond {limit}, as if" in fault.sentence


def test_the_factors_that_hang_on_the_rows_are_what_they_are_called():
    for outputs, expected in ((3, [4, 1 / 4, 12, 1 / 12]), (1, [4, 1 / 4, np.nan, np.nan])):
        at = SimpleNamespace(Y=np.zeros((4, outputs)))
        np.testing.assert_array_equal([factor.formula(at) for factor in FACTORS_BY_ROWS], expected)


def test_a_limit_that_two_entries_reach_is_named():
    network, X, Y = three_layers()
    entries = [abs(network.copy().gradient(X, Y, ssr))]
    for theta in places(network, X, 3, 0)[1:]:
        twin = network.copy()
        twin.theta = theta
        entries.append(abs(twin.gradient(X, Y, ssr)))
    limit = float(f"{np.mean(np.sort(np.concatenate(entries))[-3:-1]):.4g}")
    found = diagnose(network, X, Y, ssr, lambda *given: np.clip(derive(network, *given, ssr, {}), -limit, limit))
    assert named(found) == [(3, "clip")] and f"clipped at {limit:g}" in found.text


def test_faults_that_are_the_same_formula_in_a_network_are_both_said():
    # With one row the first is the last and the sum over the rows is each of them: nothing is wrong.
    network, X, Y = three_layers(rows=1)
    last = next(f for f in planted.CATALOGUE if f[:2] == ("weights", "the last row alone is counted"))
    alone = {(2, "weights"): last}
    assert diagnose(network, X, Y, ssr, lambda *given: derive(network, *given, ssr, alone))
    # The slope of leaky ReLU twice is that with a leak of a hundredth.
    network = Network(2, [Dense(3, leaky_relu), Dense(2, sigmoid)]).initialize("normal", seed=0)
    twice = {(1, "slope"): next(f for f in planted.CATALOGUE if f.term == "slope" and "twice" in f.phrase)}
    found = diagnose(network, X[:, :2], Y, ssr, lambda *given: derive(network, *given, ssr, twice))
    assert len(found.explanations) == 2 and named(found) == [(1, "slope"), (1, "slope")]
    assert "multiplied in twice, or in layer 1 the slope of leaky_relu is 0.01 below 0" in found.text


def test_the_faults_of_several_explanations_go_from_the_output_layer_down():
    low, high = (Fault(layer, "chain", f"On the way down from layer {layer}.") for layer in (2, 3))
    assert Diagnosis([[low], [high]], ["layer 1 weights"], [], 3).faults == [high, low]


@pytest.mark.parametrize("count, end", [
    (2, "a, or b."), (4, "a, or b, or c, or d."), (6, "a, or b, or c, or d, or one of 2 others with the same numbers."),
])
def test_of_many_explanations_four_are_told_and_the_others_counted(count, end):
    explanations = [[Fault(1, "slope", f"In layer 1 {letter}.")] for letter in "abcdef"[:count]]
    text = Diagnosis(explanations, ["layer 1 weights"], [], 3).text
    assert re.sub("in layer 1 ", "", text, flags=re.IGNORECASE) == f"Either {end}"


def test_every_fault_of_the_catalogue_is_named_where_it_makes_a_difference(whole):
    network, X, Y = three_layers()
    other = Network(3, [Dense(3, relu), Dense(4, leaky_relu), Dense(2, sigmoid)]).initialize("normal", seed=1)
    said = {}
    with quiet():
        for case in ((network, X, Y, mse), (other, X, Y.round(), binary_cross_entropy)):
            plans = [*planted.plans(case[0]), *planted.clips(*case)]
            # The second network has other activations and another loss: what hangs on them is planted there too.
            hanging = [plan for plan in plans if {slot for _, slot in plan} & {"slope", "chain", "loss"}]
            for plan in (plans if case[0] is network else hanging)[:: 1 if whole else 3]:
                said.setdefault(frozenset(planted.told(plan)), set()).add(planted.verdict(*case, plan))
    verdicts = list(itertools.chain.from_iterable(said.values()))
    assert set(verdicts) <= {"right", "either or", "no fault here", "does not fit"}
    assert verdicts.count("right") > 5 * verdicts.count("either or")
    if not whole:
        return
    # Those that never fit or never differ are the ones for other losses, and for faults that these activations hide.
    never = {phrase for plan, words in said.items() if not words & {"right", "either or"} for _, _, phrase in plan}
    some = {phrase for plan, words in said.items() if words & {"right", "either or"} for _, _, phrase in plan}
    assert all("softmax" in phrase or "p (1 - p)" in phrase for phrase in never - some), never - some


NOT_WRONG = {"right", "either or", "fewer", "same", "no fault here", "does not fit", "nothing"}


def test_pairs_of_faults_in_ten_random_networks_are_not_named_wrong(whole):
    with quiet():
        for seed in range(100, 110 if whole else 105):
            case = planted.random_case(seed)
            pairs = planted.pairs([*planted.plans(case[0])], np.random.default_rng(seed), 12)
            assert {planted.verdict(*case, plan) for plan in pairs} <= NOT_WRONG


BEYOND_1 = "the slope of {activation} is 0 where the sum is beyond 1, as if the sum were clipped there"


@pytest.mark.parametrize("seed, first, second", [
    # A threshold shows at few places, and where these are too few it passes for another one.
    (3, (3, "slope", BEYOND_1), (1, "weights", "each unit gets the sum over all units")),
    (36, (2, "loss", "residuals below 0.25 are taken as 0"), (2, "biases", "the slope of {activation} is left out")),
    (37, (1, "loss", "residuals below 0.25 are taken as 0"),
     (1, "loss factor", "everything is multiplied by the number of rows")),
    (37, (1, "loss", "residuals below 0.3 are taken as 0"),
     (1, "weights factor", "everything is multiplied by 1 over the number of rows")),
])
def test_a_threshold_beside_another_fault_is_not_taken_for_another_threshold(seed, first, second):
    case = planted.random_case(seed)
    plan = {}
    for single in planted.plans(case[0]):
        if planted.told(single) in ({first}, {second}):
            plan |= single
    with quiet():
        assert planted.verdict(*case, plan) in NOT_WRONG


@pytest.mark.parametrize("unknown", planted.UNKNOWN, ids=lambda formula: formula.phrase)
def test_a_fault_that_no_catalogue_knows_is_not_taken_for_another(unknown):
    network, X, Y = three_layers()
    for layer in {"loss": [3], "chain": [2, 3]}.get(unknown.term, [1, 2, 3]):
        plan = {(layer, unknown.term): unknown}
        found = diagnose(network, X, Y, ssr, lambda *given, plan=plan: derive(network, *given, ssr, plan))
        assert found.faults == [] and not found
        assert found.text.startswith("No single known fault explains this, nor do two; the rows that are wrong: layer ")
        rows = {"weights": [f"layer {layer} weights"], "biases": [f"layer {layer} biases"]}
        assert found.wrong == rows.get(unknown.term, found.wrong) != []


def test_the_softmax_has_its_faults_too():
    network = Network(2, [Dense(4, tanh), Dense(3, "identity")]).initialize("normal", seed=0)
    X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.eye(3)[[0, 1, 2, 2, 1, 0]]

    def gradient(of_outputs):
        def faulty(theta, X, Y):
            (V, W), (c, b) = network.split(theta)
            H = np.tanh(X @ V + c)
            D = of_outputs(softmax(H @ W + b), Y) / len(X)
            E = (D @ W.T) * (1 - H**2)
            return [X.T @ E, E.sum(axis=0), H.T @ D, D.sum(axis=0)]

        return faulty

    assert diagnose(network, X, Y, softmax_cross_entropy, gradient(lambda P, Y: P - Y))
    diagonal = diagnose(network, X, Y, softmax_cross_entropy, gradient(lambda P, Y: -Y / P * P * (1 - P)))
    assert diagonal.text == "In the derivative of the loss the diagonal alone of the softmax's slopes is taken."
    squares = diagnose(network, X, Y, softmax_cross_entropy, gradient(lambda P, Y: 2 * (P - Y) * P * (1 - P)))
    assert squares.text == "In the derivative of the loss p (1 - p) is multiplied in, which p - y has in it already."
    without_the_2 = diagnose(network, X, Y, softmax_cross_entropy, gradient(lambda P, Y: (P - Y) * P * (1 - P)))
    assert without_the_2.text == squares.text

    def of_squares(P, Y):
        slopes = P[:, :, None] * (np.eye(3) - P[:, None])
        return (slopes @ (2 * (P - Y))[:, :, None])[:, :, 0]

    whole = diagnose(network, X, Y, softmax_cross_entropy, gradient(of_squares))
    assert "is taken by the squared residuals of the softmax" in whole.text


def test_an_activation_or_a_loss_with_a_wrong_derivative_of_its_own_is_named():
    def doubled(z, a, out):
        return np.multiply(np.subtract(1.0, a * a, out), 2.0, out)

    network = Network(2, [Dense(3, Activation("my_tanh", np.tanh, doubled)), Dense(1, sigmoid)])
    X, Y = np.random.default_rng(0).normal(size=(4, 2)), np.ones((4, 1))
    found = diagnose(network.initialize("normal", seed=0), X, Y, ssr)
    assert found.text == "In layer 1 the slope_formula of my_tanh is not the derivative of its formula."
    assert named(found) == [(1, "slope")] and found.wrong == ["layer 1 weights", "layer 1 biases"] and not found
    halved = Loss("my_ssr", "my SSR", ssr.formula, half_ssr.gradient_formula, averaged=False)
    found = diagnose(Network(2, [Dense(1, tanh)]).initialize("normal", seed=0), X, Y, halved)
    assert found.text == "The gradient_formula of my SSR is not the derivative of its formula."
    # Of a loss in small units as well.
    tiny = Loss(
        "my_ssr", "my SSR", lambda A, Y: 1e-9 * ssr.formula(A, Y),
        lambda A, Y, out: np.multiply(0.5e-9, ssr.gradient_formula(A, Y, out), out), averaged=False,
    )
    assert "my SSR" in diagnose(Network(2, [Dense(1, tanh)]).initialize("normal", seed=0), X, Y, tiny).text


@pytest.mark.parametrize("far", [4.0, 6.0, 8.0, 10.0, 12.0, 20.0])
def test_the_logarithm_of_an_output_near_0_is_not_taken_for_a_wrong_derivative(far):
    # 1/a bends within a step of 1e-5 where a = sigmoid(-far) is small: one sample in many lies so far out.
    network = Network(1, [Dense(1, sigmoid, bias=False)]).initialize("normal", seed=0)
    weight = places(network, np.ones((1, 1)), 2, seed=0)[1][0]
    X = np.zeros((round((far / weight) ** 2), 1))
    # The starts are drawn for numbers of the usual size of X, which is 1 then.
    X[0] = -far / weight
    Y = (X < 0).astype(float)
    assert diagnose(network, X, Y, binary_cross_entropy).passed


def scaled_tanh(size, off=0.0):
    """`size` tanh(z), with a slope that is off by `off` above 0."""
    return Activation(
        "scaled_tanh", lambda z, out: np.multiply(size, np.tanh(z), out),
        lambda z, a, out: np.add(size - a * a / size, off * (z > 0), out),
    )


def test_the_parts_of_a_network_are_judged_to_the_digits_that_differences_have():
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(4, 2)), random.random((4, 1))
    for size in (1e-4, 0.5, 1.0, 1e4, 1e6):
        for off, right in ((0.0, True), (2e-7 * size, True), (2e-5 * size, False)):
            network = Network(2, [Dense(3, scaled_tanh(size, off)), Dense(1, "identity")])
            found = diagnose(network.initialize("normal", seed=0), X, Y, ssr)
            assert bool(found) == right and named(found) == ([] if right else [(1, "slope")])
    # A steep one bends within the step of a difference.
    steep = Activation(
        "steep", lambda z, out: np.tanh(50 * z, out), lambda z, a, out: np.multiply(50, 1 - a * a, out)
    )
    network = Network(2, [Dense(3, steep), Dense(3, steep), Dense(1, "identity")]).initialize("normal", seed=0)
    assert diagnose(network, X, Y, ssr)
    # All slopes are small here, and off by a tenth.
    network = Network(2, [Dense(3, scaled_tanh(1e-7, 1e-8)), Dense(1, "identity")]).initialize("normal", seed=0)
    assert named(diagnose(network, X, Y, ssr)) == [(1, "slope")]
    for size, off, right in ((1.0, 2e-7, True), (1.0, 2e-5, False), (1e4, 0.0, True)):

        def gradient(A, Y, out, off=off):
            return np.multiply(1 + off, ssr.gradient_formula(A, Y, out), out)

        network = Network(2, [Dense(3, tanh), Dense(1, scaled_tanh(size))]).initialize("normal", seed=0)
        found = diagnose(network, X, Y, Loss("mine", "mine", ssr.formula, gradient, averaged=False))
        assert named(found) == ([] if right else [(2, "loss")])


def test_a_kink_of_ones_own_is_judged_beside_the_kink_alone():
    X, Y = np.array([[0.0, 0.0], [1.0, -2.0], [-0.5, 1.0]]), np.array([[0.0], [1.0], [0.5]])

    def network(slope_above):
        mine = Activation(
            "my_relu", lambda z, out: np.maximum(z, 0, out=out), lambda z, a, out: np.multiply(z > 0, slope_above, out),
            kink=True,
        )
        # Without biases the sums of the first row are exactly 0.
        return Network(2, [Dense(3, mine, bias=False), Dense(1, tanh)]).initialize("normal", seed=0)

    assert diagnose(network(1.0), X, Y, ssr)
    assert named(diagnose(network(0.5), X, Y, ssr)) == [(1, "slope")]


def test_rounding_in_sums_that_cancel_is_no_fault():
    # All are powers of 2, so that the outputs are 0 and the residuals cancel to the last bit, in whatever order.
    network = Network(1, [Dense(2, "identity"), Dense(2, "identity")])
    network.biases[0][:], network.weights[1][:] = 0.5, [[1024, 0], [-1024, 0]]
    random = np.random.default_rng(0)
    half = random.normal(size=5000)
    X, Y = np.ones((10_000, 1)), np.zeros((10_000, 2))
    Y[:, 0] = random.permutation([*half, *-half])

    def added(terms):
        return np.cumsum(terms[::-1], axis=0)[-1]

    def gradient(theta, X, Y):
        (V, W), (c, b) = network.split(theta)
        H = X @ V + c
        D = 2 * (H @ W + b - Y)
        E = D @ W.T
        return [added(X[:, :, None] * E[:, None]), added(E), added(H[:, :, None] * D[:, None]), added(D)]

    theta = gradient(network.theta, X, Y)
    assert max(abs(part).max() for part in theta) > 0
    assert diagnose(network, X, Y, ssr, gradient)


@pytest.mark.parametrize("activation, slope", [
    (tanh, lambda z, a, out: np.divide(1, np.cosh(z) ** 2, out)),
    (sigmoid, lambda z, a, out: np.multiply(a, sigmoid.value(-z), out)),
], ids=["tanh", "sigmoid"])
def test_digits_that_the_slope_of_a_saturated_unit_has_lost_are_no_fault(activation, slope):
    # 1 - tanh(z)² is 1 / cosh(z)², and 1 - sigmoid(z) is sigmoid(-z): the second of each pair keeps all of its digits.
    exact = Activation(activation.name, activation.formula, slope)
    for seed in range(10):
        random = np.random.default_rng(seed)
        X, Y = random.normal(size=(4, 2)), random.normal(size=(4, 1))
        ours, theirs = (
            Network(2, [Dense(8, relu), Dense(1, last)]).initialize("glorot", seed=seed)
            for last in (activation, exact)
        )
        ours.theta *= 20.0
        assert diagnose(ours, X, Y, ssr, faulty_gradient(theirs, ssr)).passed
        found = diagnose(ours, X, Y, ssr, faulty_gradient(theirs, ssr, (1, "slope", "left out")))
        assert named(found) == [(1, "slope")]


@pytest.mark.parametrize("seed", [0, 1, 11])
def test_digits_that_float32_loses_where_units_are_saturated_are_no_fault(seed):
    random = np.random.default_rng(seed)
    X, Y = random.normal(size=(9, 3)), (random.random((9, 2)) > 0.5).astype(np.float64)
    network = Network(3, [Dense(5, tanh), Dense(4, tanh), Dense(2, sigmoid)]).initialize("glorot", seed=seed)
    network.theta *= 20.0

    def gradient(theta, X, Y, slope=lambda A: 1 - A * A):
        (U, V, W), (b, c, d) = network.split(theta.astype(np.float32))
        X, Y = X.astype(np.float32), Y.astype(np.float32)
        G = np.tanh(X @ U + b)
        H = np.tanh(G @ V + c)
        A = (1 + np.tanh((H @ W + d) / 2)) / 2
        D = 2 * (A - Y) * A * (1 - A)
        E = D @ W.T * slope(H)
        F = E @ V.T * (1 - G * G)
        return [X.T @ F, F.sum(axis=0), G.T @ E, E.sum(axis=0), H.T @ D, D.sum(axis=0)]

    def wrong(*at):
        return gradient(*at, slope=lambda A: np.float32(1))

    assert check_gradient(network, X, Y, ssr, gradient).passed and diagnose(network, X, Y, ssr, gradient).passed
    assert check_gradient(network, X, Y, ssr, wrong).verdict == "wrong"
    assert named(diagnose(network, X, Y, ssr, wrong)) == [(2, "slope")]


@pytest.mark.parametrize("head, loss", [(identity, mse), (sigmoid, half_ssr), (sigmoid, binary_cross_entropy)])
def test_digits_that_float32_loses_next_to_the_truth_are_no_fault(head, loss):
    # Learned to the last digit: A - Y is 1e-9, and in float32 A alone is off by 3e-8.
    network = Network(2, [Dense(4, tanh), Dense(1, head)]).initialize("glorot", seed=0)
    X = np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]])
    Y = network.predict(X) + 1e-9 if loss is not binary_cross_entropy else np.array([[0.0], [1.0], [1.0], [0.0]])
    times = {"mse": 2 / 4, "half_ssr": 1, "binary_cross_entropy": 1 / 4}[loss.name]

    def gradient(theta, X, Y, slope=lambda H: 1 - H * H):
        (V, W), (c, b) = network.split(theta.astype(np.float32))
        X, Y = X.astype(np.float32), Y.astype(np.float32)
        H = np.tanh(X @ V + c)
        Z = H @ W + b
        A = Z if head is identity else 1 / (1 + np.exp(-Z))
        D = np.float32(times) * (A - Y) * (A * (1 - A) if loss is half_ssr else 1)
        E = D @ W.T * slope(H)
        return [X.T @ E, E.sum(axis=0), H.T @ D, D.sum(axis=0)]

    def wrong(*at):
        return gradient(*at, slope=lambda H: np.float32(1))

    assert check_gradient(network, X, Y, loss, gradient).passed and diagnose(network, X, Y, loss, gradient).passed
    assert check_gradient(network, X, Y, loss, wrong).verdict == "wrong"
    assert named(diagnose(network, X, Y, loss, wrong)) == [(1, "slope")]


def test_a_fault_in_a_saturated_layer_is_not_taken_for_rounding():
    case = ByHand(dc="0.3 * E.sum(axis=0)")
    case.network.biases[0][:] = 12.0
    assert named(case.diagnose(points=1)) == [(1, "factor")]


def test_rows_that_are_0_at_every_place_are_not_called_right():
    network = Network(2, [Dense(3, tanh), Dense(1, sigmoid)])
    found = diagnose(network, np.zeros((4, 2)), np.ones((4, 1)), ssr)
    assert not found and found.faults == [] and found.unseen == ["layer 1 weights"]
    unseen = "layer 1 weights cannot be judged: all is 0 or rounding there."
    assert found.text == f"Nothing is wrong at all 3 places, but {unseen}"


def test_of_a_row_where_all_is_lost_in_rounding_nothing_is_said():
    # At z = 37 the slope of a sigmoid is 1e-16, and 1 - a is 0 or the last digit of 1.
    network = Network(2, [Dense(3, sigmoid), Dense(1, identity)]).initialize("glorot", seed=0)
    network.biases[0][:] = 37.0
    X, Y = np.random.default_rng(0).normal(size=(5, 2)), np.ones((5, 1))
    found = diagnose(network, X, Y, mse, points=1)
    assert found.unseen == ["layer 1 weights", "layer 1 biases"] and not found
    assert diagnose(network, X, Y, mse)


@pytest.mark.parametrize("times", [2.0, -1.0, 1 / 6, 0.37])
def test_a_factor_behind_a_single_output_is_seen_at_one_place(times):
    network = Network(2, [Dense(3, tanh), Dense(1, sigmoid)]).initialize("glorot", seed=0)
    X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.eye(2)[[0, 1, 1, 0, 1, 0], :1]

    def gradient(theta, X, Y):
        return times * derive(network, theta, X, Y, mse, {})

    for points in (1, 3):
        found = diagnose(network, X, Y, mse, gradient, points=points)
        assert "everything is multiplied by" in found.text, points
        assert all(fault.layer == 2 for fault in found.faults)


def test_faults_may_be_added_as_the_docstring_says():
    assert doctest.testmod(nbhelpers.diagnosis).failed == 0
    assert doctest.testmod(nbhelpers.diagnosis).attempted > 5


def test_a_gradient_that_does_not_read_its_theta_is_asked_whether_it_does():
    network, X, Y = three_layers()
    question = "It gives the same numbers at every place: does it read theta?"
    assert diagnose(network, X, Y, mse, lambda theta, X, Y: network.gradient(X, Y, mse)).text.endswith(question)
    # At one place it has no chance to differ; what reads it is not asked.
    fixed = network.copy()
    assert question not in diagnose(network, X, Y, mse, lambda *given: -fixed.gradient(X, Y, mse), points=1).text
    assert question not in diagnose(network, X, Y, mse, lambda *given: abs(derive(network, *given, mse, {}))).text


def test_nothing_handed_over_is_changed_by_a_gradient_that_overwrites_its_arguments():
    network, X, Y = three_layers()
    before = network.theta.copy(), X.copy(), Y.copy()

    def gradient(theta, X, Y):
        result = derive(network, theta, X, Y, ssr, {})
        theta[:], X[:], Y[:] = 1.0, 2.0, 3.0
        return result.tolist()

    assert diagnose(network, X, Y, ssr, gradient)
    assert all(np.array_equal(a, b) for a, b in zip(before, (network.theta, X, Y)))


def test_a_gradient_that_is_not_finite_is_wrong_and_not_explained():
    network, X, Y = three_layers()

    def gradient(theta, X, Y):
        result = derive(network, theta, X, Y, ssr, {})
        result[-1] = np.nan
        return result

    found = diagnose(network, X, Y, ssr, gradient)
    assert not found and found.faults == [] and found.wrong == ["layer 3 biases"]


def test_an_explanation_that_fails_at_a_fresh_start_is_dropped():
    # As long as all sums are positive, a tenth of the gradient is also the slope of leaky ReLU on its other side.
    network, X, Y, loss = planted.random_case(8)
    found = diagnose(network, X, Y, loss, lambda *given: 0.1 * derive(network, *given, loss, {}))
    assert found.text == "In the derivative of the loss everything is multiplied by 0.1."


@pytest.mark.parametrize("seed, clipped, size", [
    *((seed, clipped, 1.0) for seed in range(4) for clipped in (0, 1e-7)),
    # At the given parameters too.
    *((seed, clipped, 5.0) for seed in range(2) for clipped in (0, 1e-7)),
])
def test_a_fault_is_named_whatever_a_program_does_where_a_logarithm_is_at_its_limit(seed, clipped, size):
    network = Network(4, [Dense(5, "relu"), Dense(5, "relu"), Dense(3, "sigmoid")]).initialize("glorot", seed)
    network.theta = size * network.theta
    random = np.random.default_rng(seed)
    X, Y = random.normal(size=(12, 4)), np.eye(3)[random.integers(0, 3, 12)]

    def minus(theta, X, Y):
        network.theta = theta
        (_, W, U), (_, A, B, P) = network.weights, network.activations(X)
        # With the sign turned: in one piece, where nothing is 0 at P = 1, or in two, with P clipped in the first.
        Q = np.clip(P, clipped, 1 - clipped)
        D = (Y / Q - (1 - Y) / (1 - Q)) * P * (1 - P) / Y.size if clipped else (Y - P) / Y.size
        C = D @ U.T * (B > 0)
        E = C @ W.T * (A > 0)
        return [X.T @ E, E.sum(axis=0), A.T @ C, C.sum(axis=0), B.T @ D, D.sum(axis=0)]

    found = diagnose(network, X, Y, binary_cross_entropy, minus)
    assert found.text == "In the derivative of the loss everything is multiplied by -1, which turns the sign."


def test_the_search_goes_on_where_a_fresh_start_refutes_all_that_it_found():
    # One row: where the sum of the output is negative, the slope of ReLU in it makes all derivatives 0.
    network, X, Y, loss = planted.random_case(3)
    slope = next(f for f in planted.CATALOGUE if f.term == "slope" and f.phrase.startswith("the slope of relu stands"))
    squares = next(f for f in planted.CATALOGUE if f.term == "loss" and f.phrase.endswith("squared residuals"))
    assert planted.verdict(network, X, Y, loss, {(3, "slope"): slope, (3, "loss"): squares}) == "right"


def test_one_fault_in_two_layers_comes_before_two_different_ones():
    # The slope left out of the output layer has the numbers of another loss, binary cross-entropy, with its slope.
    network = Network(3, [Dense(4, sigmoid), Dense(2, sigmoid)]).initialize("normal", seed=0)
    random = np.random.default_rng(0)
    X, Y = random.normal(size=(6, 3)), random.random((6, 2))
    left_out = next(f for f in planted.CATALOGUE if f.term == "slope" and f.phrase.endswith("is left out"))
    plan = {(1, "slope"): left_out, (2, "slope"): left_out}
    found = diagnose(network, X, Y, half_ssr, lambda *given: derive(network, *given, half_ssr, plan))
    assert [{fault.term for fault in faults} for faults in found.explanations] == [{"slope"}]


def test_three_different_faults_are_not_explained():
    network, X, Y = three_layers()
    plan = {(3, "loss factor"): factor("5", lambda at: 5.0), (2, "weights factor"): factor("0.7", lambda at: 0.7)}
    plan |= {(1, "biases factor"): factor("0.3", lambda at: 0.3)}
    for least, faults in ((2, dict([*plan.items()][:2])), (3, plan)):
        found = diagnose(network, X, Y, ssr, lambda *given, faults=faults: derive(network, *given, ssr, faults))
        assert found.text.startswith("No single known fault explains this, nor do two") == (least == 3)


def test_a_factor_that_a_layer_without_biases_hides_is_looked_for_further_up():
    network = Network(3, [Dense(4, tanh), Dense(3, sigmoid, bias=False)]).initialize("normal", seed=0)
    X, Y = np.random.default_rng(0).normal(size=(6, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    whole, part = factor("5", lambda at: 5.0), factor("0.7", lambda at: 0.7)
    plan = {(2, "loss factor"): whole, (2, "weights factor"): part}
    found = diagnose(network, X, Y, ssr, lambda *given: derive(network, *given, ssr, plan))
    assert {
        "In the derivative of the loss everything is multiplied by 5.",
        "In the derivatives of the weights of layer 2 everything is multiplied by 0.7.",
    } in [{fault.sentence for fault in faults} for faults in found.explanations]


@pytest.mark.parametrize("in_a_list", [False, True])
@pytest.mark.parametrize("plan, faults", [
    ({}, []),
    (
        {(3, "loss factor"): factor("-1", lambda at: -1.0), (1, "weights penalty"): penalty("weights", 0.5)},
        [(3, "factor"), (1, "penalty")],
    ),
])
def test_a_gradient_in_single_precision_is_judged_to_the_digits_that_it_has(plan, faults, in_a_list):
    network, X, Y = three_layers()

    def gradient(theta, X, Y):
        # A sum over many rows loses some of the seven digits.
        found = derive(network, theta, X, Y, ssr, plan)
        found = (found * (1 + 1e-5 * np.sin(np.arange(found.size)))).astype(np.float32)
        return [found] if in_a_list else found

    assert named(diagnose(network, X, Y, ssr, gradient)) == faults


def test_a_diagnosis_that_takes_longer_than_two_seconds_has_a_bar_too(capsys, monkeypatch):
    # Of 30 layers, the lowest one wrong as no known fault makes it, it took minutes without a word.
    network, X, Y = three_layers()
    for seconds, seen in ((2.0, False), (2.1, True)):
        clock = itertools.chain([0.0], itertools.repeat(seconds))
        monkeypatch.setattr(evidence, "monotonic", lambda clock=clock: next(clock))
        assert diagnose(network, X, Y, ssr)
        # It begins when the first place is done; how many steps there will be is not known.
        assert ("diagnose: 1step" in capsys.readouterr().err) == seen


def test_fresh_starts_are_looked_at_only_where_something_is_wrong_and_are_not_kept(monkeypatch):
    # Twenty of them at once, with 5000 rows of 784 features and 138 units, took 1.5 GB.
    network, X, Y = three_layers()
    looked, alive, look = [], [], Case.look

    def counted(*given):
        place = look(*given)
        looked.append(weakref.ref(place.layers[-1].Z))
        alive.append(sum(kept() is not None for kept in looked))
        return place

    monkeypatch.setattr(Case, "look", counted)
    assert diagnose(network, X, Y, ssr, network_gradient(network, 1.0)) and len(looked) == 3
    looked.clear(), alive.clear()
    assert not diagnose(network, X, Y, ssr, network_gradient(network, 2.0))
    # Three places, twenty fresh ones, of which the one before may be there until the next is, and two with fewer rows.
    assert len(looked) == 25 and max(alive) <= 5


def network_gradient(network, times):
    """The gradient of the SSR of `network`, multiplied by `times`."""
    return lambda theta, X, Y: times * derive(network, theta, X, Y, ssr, {})


@pytest.mark.parametrize("change, message", [
    ({"network": None}, "network must be a Network, got None"),
    ({"gradient": 3}, "gradient must be a function of theta, X and Y, got 3"),
    ({"gradient": lambda *given: [1.0]}, r"gradient\(theta, X, Y\) must hold 46 numbers, one for each .*; got 1"),
    ({"gradient": lambda *given: "steep"}, r"gradient\(theta, X, Y\) must hold numbers only, got 'steep'"),
    ({"gradient": lambda *given: None}, r"gradient\(theta, X, Y\) must hold numbers only, got None"),
    ({"gradient": lambda *given: {}}, r"gradient\(theta, X, Y\) must hold numbers only, got {}"),
    ({"points": 0}, "points must be a whole number of at least 1, got 0"),
    ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
    ({"tolerance": 0}, "tolerance must be a number greater than 0"),
    ({"tolerance": 1.0}, "tolerance must be a number greater than 0 and less than 1, got 1.0"),
    ({"catalogue": ["a slip"]}, "catalogue must be a list of Formula with a term of loss, .* got 'a slip' in it"),
    ({"loss": "sse"}, "loss is not known: got 'sse'; did you mean ssr"),
    ({"Y": np.zeros((2, 2))}, "Y must have 6 rows"),
], ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_what_cannot_be_diagnosed_is_said_in_a_sentence(change, message):
    network, X, Y = three_layers()
    given = {"network": network, "X": X, "Y": Y, "loss": ssr, "gradient": None} | change
    with pytest.raises((TypeError, ValueError), match=message):
        diagnose(**given)
