"""The data of the lessons against their definitions."""

import numpy as np
import pytest
from nbhelpers.datasets import fibonacci, one_hot, truth_table


def test_the_first_six_fibonacci_numbers_are_those_of_lesson_01():
    X, Y = fibonacci()
    assert X.dtype == Y.dtype == np.float64
    assert X.tolist() == [[0], [1], [2], [3], [4], [5]]
    assert Y.tolist() == [[0], [1], [1], [2], [3], [5]]


@pytest.mark.parametrize("samples", [2, 3, 40])
def test_every_fibonacci_number_is_the_sum_of_the_two_before_it(samples):
    X, Y = fibonacci(samples)
    assert X.shape == Y.shape == (samples, 1)
    assert np.array_equal(Y[2:], Y[:-2] + Y[1:-1])


def test_one_hot_patterns_have_a_single_1_in_the_place_of_their_row():
    X, Y = one_hot(8)
    assert X.shape == (8, 8) and np.array_equal(X, Y) and not np.shares_memory(X, Y)
    assert X.argmax(axis=1).tolist() == list(range(8)) and X.sum() == 8
    assert one_hot(1)[0].tolist() == [[1]]


@pytest.mark.parametrize(
    "gate, formula", [("and", lambda a, b: a & b), ("or", lambda a, b: a | b), ("xor", lambda a, b: a ^ b)]
)
def test_a_truth_table_holds_the_four_rows_of_its_gate(gate, formula):
    table = truth_table(gate)
    assert table.columns.tolist() == ["input1", "input2", "output"]
    assert table.values.tolist() == [[a, b, formula(a, b)] for a in (0, 1) for b in (0, 1)]


def test_a_truth_table_can_be_trained_on_as_it_is():
    from nbhelpers import Dense, Network

    table = truth_table("and")
    network = Network(2, [Dense(1, "identity")])
    assert network.loss(table[["input1", "input2"]], table[["output"]], "ssr") == 1.0


@pytest.mark.parametrize("call, name, came", [
    (lambda: fibonacci(1), "samples", "got 1"),
    (lambda: one_hot(0), "units", "got 0"),
    (lambda: truth_table("nad"), "gate", "'nad'; did you mean and"),
])
def test_data_that_do_not_exist_are_refused_in_a_sentence(call, name, came):
    with pytest.raises(ValueError, match=f"^{name} .*{came}"):
        call()
