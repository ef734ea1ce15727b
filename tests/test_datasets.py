"""The data of the lessons against their definitions."""

import numpy as np
import pytest

from nbhelpers.datasets import SPECIES, fibonacci, iris, one_hot, split, truth_table


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


# The means of Fisher's table II: sepal length and width, petal length and width, in centimeters.
FISHERS_MEANS = {
    "setosa": [5.006, 3.428, 1.462, 0.246],
    "versicolor": [5.936, 2.770, 4.260, 1.326],
    "virginica": [6.588, 2.974, 5.552, 2.026],
}


def test_the_irises_have_the_means_of_fishers_paper():
    X, Y = iris()
    assert X.shape == (150, 4) and Y.shape == (150, 3) and X.dtype == Y.dtype == np.float64
    assert np.array_equal(Y, np.repeat(np.eye(3), 50, axis=0)) and list(SPECIES) == list(FISHERS_MEANS)
    for k, name in enumerate(SPECIES):
        np.testing.assert_allclose(X[Y[:, k] == 1].mean(axis=0), FISHERS_MEANS[name], atol=1e-12)


def test_the_irises_are_those_of_scikit_learn():
    from .conftest import required

    X, Y = iris()
    theirs = required("sklearn.datasets", "scikit-learn is not installed: pip install scikit-learn").load_iris()
    assert np.array_equal(X, theirs.data) and np.array_equal(Y.argmax(axis=1), theirs.target)
    assert list(theirs.target_names) == list(SPECIES)


def test_the_irises_of_one_call_are_not_those_of_the_next():
    iris()[0][:] = 0
    assert iris()[0].min() > 0 and iris()[0].flags.c_contiguous


@pytest.mark.parametrize("share, held_back", [(0.3, 45), (0.5, 75), (0.01, 2), (0.99, 148)])
def test_a_split_deals_every_row_out_once_with_its_target(share, held_back):
    X, Y = iris()
    X_train, X_test, Y_train, Y_test = split(X, Y, share, seed=3)
    assert len(X_test) == len(Y_test) == held_back and len(X_train) == len(Y_train) == 150 - held_back
    dealt = np.hstack([np.vstack([X_train, X_test]), np.vstack([Y_train, Y_test])])
    assert sorted(map(tuple, dealt)) == sorted(map(tuple, np.hstack([X, Y])))
    # A row keeps its own target, and its place is left to chance.
    X = np.arange(150.0).reshape(-1, 1)
    parts = split(X, 2 * X, share, seed=3)
    assert np.array_equal(2 * parts[0], parts[2]) and np.array_equal(2 * parts[1], parts[3])
    assert (np.diff(parts[0][:, 0]) < 0).any() or len(parts[0]) < 3


def test_a_split_of_a_thousand_rows_holds_300_back_and_is_that_of_seed_0():
    X = np.arange(1000.0).reshape(-1, 1)
    assert [len(part) for part in split(X, X)] == [700, 300, 700, 300]
    assert all(np.array_equal(*parts) for parts in zip(split(X, X), split(X, X, 0.3, 0)))


def test_a_split_is_the_same_for_the_same_seed_and_another_for_another():
    first, same, other = (split(*iris(), test_share=0.3, seed=seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


@pytest.mark.parametrize("arguments, message", [
    ((np.ones((4, 1)), np.ones((3, 1))), "Y must have 4 rows, as many as X; got 3"),
    ((np.ones((4, 1)), np.ones((4, 1)), 0), "test_share must be a number greater than 0 and less than 1, got 0"),
    ((np.ones((4, 1)), np.ones((4, 1)), 1.5), "test_share must be a number greater than 0 and less than 1, got 1.5"),
    ((np.ones((4, 1)), np.ones((4, 1)), 0.1), "test_share must leave a row for each part, got 0.1 of 4 rows"),
    ((np.ones((4, 1)), np.ones((4, 1)), 0.3, -1), "seed must be a whole number of at least 0, got -1"),
])
def test_a_split_that_cannot_be_is_refused_in_a_sentence(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        split(*arguments)


@pytest.mark.parametrize("call, name, came", [
    (lambda: fibonacci(1), "samples", "got 1"),
    (lambda: one_hot(0), "units", "got 0"),
    (lambda: truth_table("nad"), "gate", "'nad'; did you mean and"),
])
def test_data_that_do_not_exist_are_refused_in_a_sentence(call, name, came):
    with pytest.raises(ValueError, match=f"^{name} .*{came}"):
        call()
