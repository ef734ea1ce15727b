"""What speaks against a guess at a fault, where the fault was written by hand and so is known."""

import re

import numpy as np
import pytest

from nbhelpers import Dense, Network, identity, ssr, tanh
from nbhelpers.exercises.clues import Clues
from nbhelpers.observations import Case

NETWORK = Network(3, [Dense(4, tanh), Dense(2, identity)]).initialize("normal", 1)
X, Y = (np.random.default_rng(seed).normal(size=(6, columns)) for seed, columns in ((2, 3), (3, 2)))


def clues(spoil, start=NETWORK):
    """The clues of a gradient that `spoil(network, (dW1, dW2), (db1, db2), Y)` has changed in place."""
    def gradient(theta, X, Y):
        network = start.copy()
        network.theta = theta
        result = network.gradient(X, Y, ssr)
        spoil(network, *network.split(result), Y)
        return result

    return Clues(Case(start, ssr, gradient, 1e-6), X, Y)


def all_times(number):
    def spoil(network, weights, biases, Y):
        for part in (*weights, *biases):
            part *= number
    return spoil


def cut(network, weights, biases, Y):
    for part in (*weights, *biases):
        part.clip(-0.5, 0.5, out=part)


def decayed(network, weights, biases, Y):
    weights[0] += 0.05 * network.weights[0]


def doubled(*places):
    def spoil(network, weights, biases, Y):
        for layer, kind in places:
            {"weights": weights, "biases": biases}[kind][layer - 1][:] *= 2
    return spoil


@pytest.mark.parametrize("spoil, guesses", [
    (all_times(3.0), [(2, "factor")]), (all_times(-1.0), [(2, "factor")]), (all_times(0.5), [(2, "clip")]),
    (cut, [(2, "clip")]), (decayed, [(1, "penalty")]), (doubled((2, "weights")), [(2, "factor")]),
    (doubled((1, "weights"), (1, "biases")), [(2, "factor")]), (doubled((1, "weights"), (1, "biases")), [(1, "slope")]),
    # Of two faults neither has to explain the numbers alone.
    (decayed, [(1, "factor"), (1, "penalty")]), (decayed, [(1, "clip"), (2, "clip")]),
])
def test_nothing_speaks_against_what_is_the_fault_or_may_be(spoil, guesses):
    assert list(clues(spoil).reasons(guesses)) == []


@pytest.mark.parametrize("spoil, guesses, sentence", [
    (decayed, (1, "factor"), "no factor turns the right derivatives into those of the weights of layer 1 at the given"),
    (all_times(3.0), (2, "penalty"), "are wrong, and a penalty in layer 2 does not reach them"),
    (doubled((1, "weights"), (1, "biases"), (2, "weights")), (2, "chain"), "the weights of layer 2 are wrong, and"),
    (doubled((1, "weights")), (1, "penalty"), "a penalty adds a fixed multiple of the weights themselves, and what"),
    (doubled((1, "weights")), (2, "factor"), "a factor in layer 2 shows in its own derivatives or, on the way down"),
    (all_times(3.0), (2, "clip"), "clipping shortens the whole gradient or cuts its largest entries, and at the given"),
    (decayed, (2, "clip"), "clipping shortens the whole gradient or cuts its largest entries, and at the given"),
    (doubled((1, "weights")), (2, "weights"), "the weights of layer 2 are right at every place, so the fault is not"),
    (doubled((2, "weights")), (2, "slope"), "the biases of layer 2 are right at every place, and a fault in the slope"),
    (all_times(3.0), (2, "update"), "a layer that is never updated has derivatives of 0, and the weights of layer 2"),
    (doubled((2, "weights"), (1, "biases")), (2, "weights"), "the biases of layer 1 are wrong, and a fault in the"),
])
def test_what_speaks_against_a_guess_is_said(spoil, guesses, sentence):
    reasons = list(clues(spoil).reasons([guesses]))
    assert sentence in reasons[0]


def test_a_reason_against_a_guess_is_enough_and_no_other_is_looked_for():
    assert len(list(clues(doubled((1, "weights"))).reasons([(1, "slope")]))) == 1


@pytest.mark.parametrize("strength", [1.0, 1e-4])
def test_a_slope_does_not_depend_on_the_truth(strength):
    # Each unit has a factor of its own, so a sentence on all of them would have to name two.
    of_unit = strength * np.array([1.0, 2.0])

    def spoil(network, weights, biases, Y):
        for part in (weights[1], biases[1]):
            part *= 1 + of_unit * Y.sum()

    clue = clues(spoil)
    [reason] = clue.reasons([(2, "slope")])
    assert reason.startswith("a slope does not know the truth, and with the last row alone the largest derivative in ")
    said = [float(number) for number in re.findall("by (?:the factor )?([0-9.]+)", reason)]
    right = clue.case.look(clue.places[1].theta, X[-1:], Y[-1:]).right[2, "biases"]
    factors = 1 + of_unit[abs(right).argmax()] * np.array([Y[-1].sum(), Y[-1].sum() + 0.6])
    np.testing.assert_allclose(said, factors, rtol=0.005)
    assert said[0] != said[1]


@pytest.mark.parametrize("guess", [(1, "penalty"), (2, "clip"), (2, "weights"), (2, "penalty")])
def test_where_one_row_is_wrong_nothing_is_said_to_be_wrong_beside_it(guess):
    def longer(network, weights, biases, Y):
        # The largest entry alone, and it is lengthened: it is not cut, and no other is wrong.
        weights[0].flat[abs(weights[0]).argmax()] *= 9

    reasons = [*clues(longer).reasons([guess])]
    assert reasons and not re.search("wrong too|other entries", " ".join(reasons))


def test_the_nearest_known_form_of_a_factor_3_is_a_factor_2():
    said = clues(all_times(3.0)).unexplained([(2, "factor")])
    # Nine factors in four places: the loss, the chain, the weights and the biases of layer 2.
    assert said.startswith("36 known forms of a wrong factor in layer 2 were put into backpropagation, and none gives")
    assert f"the nearest is off by {1 - 2 / 3:.1%} in the " in said
    half = clues(doubled((1, "weights"), (1, "biases")))
    assert "none gives these numbers: the nearest is off by 0.0%" in half.unexplained([(2, "factor")])


def test_another_factor_at_every_place_is_no_factor_and_both_are_said():
    sizes = []

    def by_place(network, weights, biases, Y):
        sizes.append(1 + abs(network.theta).sum())
        for part in (*weights, *biases):
            part *= sizes[-1]

    [reason, *_] = clues(by_place).reasons([(2, "factor")])
    assert reason == (
        "a factor is the same at every place, and the derivatives in the biases of layer 1 are the right ones times "
        f"{sizes[0]:.3g} at the given parameters, and times {sizes[1]:.3g} at random start 1"
    )


def test_another_multiple_at_every_place_is_no_penalty_and_both_are_said():
    strengths = []

    def by_place(network, weights, biases, Y):
        strengths.append(1 + abs(network.theta).sum())
        weights[0] += strengths[-1] * network.weights[0]

    [reason] = clues(by_place).reasons([(1, "penalty")])
    assert reason == (
        "a penalty adds a fixed multiple of the weights themselves, and what the weights of layer 1 are off by is them "
        f"times {strengths[0]:.3g} at the given parameters, and times {strengths[1]:.3g} at random start 1"
    )


def test_a_fixed_factor_is_one_where_the_right_derivatives_are_zero_at_the_first_place():
    def spoil(network, weights, biases, Y):
        weights[0] *= 3.0

    here = Network(3, [Dense(4, tanh), Dense(2, identity)]).initialize("normal", 1)
    # Without a way on, layer 1 has derivatives of 0 at the given parameters.
    here.weights[1][:] = 0.0
    assert list(clues(spoil, here).reasons([(1, "factor")])) == []


def test_clipping_is_tried_with_the_limits_that_the_numbers_could_have():
    said = clues(all_times(0.5)).unexplained([(2, "clip")])
    # Two kinds of clipping, and a limit at each of the three places.
    assert said.startswith("6 known forms of clipping were put into backpropagation, and none gives these numbers")
    assert "the nearest is off by " in said and "inf" not in said
    both = clues(decayed).unexplained([(1, "weights"), (2, "clip")])
    assert not both.startswith("0 known") and "inf" not in both


def test_the_right_limit_of_a_clipping_leaves_nothing_off():
    assert "the nearest is off by 0.0% in " in clues(cut).unexplained([(2, "clip")])


def test_where_there_is_nothing_every_known_form_of_a_factor_is_off_by_all_that_it_gives():
    def never(network, weights, biases, Y):
        for part in (weights[1], biases[1]):
            part[:] = 0.0

    assert "the nearest is off by 100.0% in the weights of layer 2" in clues(never).unexplained([(2, "factor")])
