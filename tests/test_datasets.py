"""The data of the lessons against their definitions."""

import sys

import numpy as np
import pytest

from nbhelpers.datasets import (
    DIGITS,
    SPECIES,
    circles,
    digits,
    fibonacci,
    gate,
    iris,
    line,
    moons,
    noisy,
    one_hot,
    spiral,
    split,
    standardized,
    truth_table,
)

from .conftest import required


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


def test_a_fibonacci_number_too_long_for_a_float_is_the_float_next_to_it():
    def doubled(n):
        """F(n) and F(n + 1) as whole numbers: F(2k) = F(k) (2 F(k + 1) - F(k)), F(2k + 1) = F(k)^2 + F(k + 1)^2."""
        if n == 0:
            return 0, 1
        a, b = doubled(n // 2)
        even, odd = a * (2 * b - a), a * a + b * b
        return (odd, even + odd) if n % 2 else (even, odd)

    assert fibonacci(1477)[1][:, 0].tolist() == [float(doubled(n)[0]) for n in range(1477)]


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
    X, Y = iris()
    theirs = required("sklearn.datasets", "scikit-learn is not installed: pip install scikit-learn").load_iris()
    assert np.array_equal(X, theirs.data) and np.array_equal(Y.argmax(axis=1), theirs.target)
    assert list(theirs.target_names) == list(SPECIES)


def test_the_irises_are_there_where_the_folder_of_the_program_is_not(tmp_path, monkeypatch):
    if sys.platform == "win32":
        pytest.skip("Windows keeps the folder in which a program stands")
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert iris()[0].shape == (150, 4)


def test_the_irises_of_one_call_are_not_those_of_the_next():
    iris()[0][:] = 0
    assert iris()[0].min() > 0 and iris()[0].flags.c_contiguous


@pytest.mark.parametrize("name", ["and", "or", "xor"])
@pytest.mark.parametrize("samples", [4, 10, 200])
def test_the_corners_of_a_gate_are_those_of_its_truth_table_in_turn(name, samples):
    X, Y = gate(name, samples)
    rows = truth_table(name).values
    assert X.dtype == Y.dtype == np.float64
    assert np.array_equal(np.hstack([X, Y]), rows[np.arange(samples) % 4])


@pytest.mark.parametrize("samples", [4, 25, 200])
def test_the_two_arms_of_the_spiral_turn_evenly_and_lie_opposite_to_each_other(samples):
    X, Y = spiral(samples)
    first, second = X[Y[:, 0] == 1], X[Y[:, 0] == 0]
    assert len(first) + len(second) == samples == len(X) and 0 <= len(first) - len(second) <= 1
    # In polar coordinates an Archimedean spiral is a line: the radius grows with the angle, by 1 in 1.25 turns.
    radius = np.hypot(*first.T)
    angle = np.unwrap(np.arctan2(*first.T)) if samples > 10 else 2.5 * np.pi * radius
    np.testing.assert_allclose(angle, 2.5 * np.pi * radius)
    np.testing.assert_allclose(radius[-1], 1)
    if len(first) == len(second):
        np.testing.assert_allclose(second, -first)


@pytest.mark.parametrize("ours, theirs, settings", [
    (circles, "make_circles", {"factor": 0.5}), (moons, "make_moons", {}),
])
@pytest.mark.parametrize("samples", [4, 200])
def test_circles_and_moons_are_those_of_scikit_learn(ours, theirs, settings, samples):
    sklearn = required("sklearn.datasets", "scikit-learn is not installed: pip install scikit-learn")
    X, Y = ours(samples)
    expected = getattr(sklearn, theirs)(samples, shuffle=False, **settings)
    np.testing.assert_allclose(X, expected[0], atol=1e-15)
    assert np.array_equal(Y[:, 0], expected[1])


@pytest.mark.parametrize("data", [circles, moons, spiral])
def test_there_are_200_points_where_no_number_is_given(data):
    assert all(np.array_equal(part, other) for part, other in zip(data(), data(200)))


def test_circles_and_moons_of_an_odd_number_lie_on_their_circles():
    X, Y = circles(25)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(Y[:, 0] == 1, 0.5, 1.0))
    X, Y = moons(25)
    centers = np.where(Y == 1, [[1.0, 0.5]], [[0.0, 0.0]])
    np.testing.assert_allclose(np.hypot(*(X - centers).T), 1)
    assert len(Y) == 25 and Y.sum() == 12


def test_the_line_is_straight():
    assert len(line()[0]) == 200
    X, Y = line(50)
    assert X.shape == Y.shape == (50, 1) and X.min() == -1 and X.max() == 1
    np.testing.assert_allclose(np.diff(Y[:, 0]) / np.diff(X[:, 0]), 0.5)
    np.testing.assert_allclose(Y.mean(), 0.25)


def test_the_digits_are_those_of_scikit_learn():
    theirs = required("sklearn.datasets", "scikit-learn is not installed: pip install scikit-learn").load_digits()
    X, Y = digits()
    assert X.shape == (DIGITS, 64) and Y.shape == (DIGITS, 10) and X.dtype == Y.dtype == np.float64
    assert np.array_equal(16 * X, theirs.data) and np.array_equal(Y.argmax(axis=1), theirs.target)
    few = digits(30)
    assert np.array_equal(few[0], X[:30]) and np.array_equal(few[1], Y[:30])


def test_noise_has_the_spread_that_was_asked_for_and_belongs_to_its_seed():
    X = np.arange(20_000.0).reshape(-1, 2)
    noise = noisy(X, 0.3, seed=1) - X
    assert abs(noise.mean()) < 0.01 and abs(noise.std() - 0.3) < 0.01
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.05
    assert np.array_equal(noise, noisy(X, 0.3, seed=1) - X) and not np.array_equal(noise, noisy(X, 0.3, seed=2) - X)
    assert np.array_equal(noisy(X, 0), X)


def test_standardized_columns_have_mean_0_and_spread_1_and_a_steady_one_becomes_0():
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(5, 3, 50), 1e6 + random.random(50), np.full(50, 0.1)])
    found = standardized(X)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.std(axis=0), [1, 1, 0])
    # The mean of equal numbers may be off by its last digit.
    assert not any(standardized(np.full((samples, 1), 0.1)).any() for samples in range(2, 20))
    # Each column is moved and stretched as a whole.
    np.testing.assert_allclose(np.corrcoef(found[:, 0], X[:, 0])[0, 1], 1)


@pytest.mark.parametrize("size", [2.0**-1000, 2.0**-600, 2.0**600, 2.0**1000])
def test_a_column_without_squares_is_standardized_as_one_with_squares(size):
    X = np.random.default_rng(0).normal(5, 3, (50, 2))
    assert np.array_equal(standardized(X * [size, 1]), standardized(X))


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
    # Two matrices of 8 times 10 000 million bytes.
    (lambda: one_hot(100_000), "units", "got 100000, which takes 149 GB"),
    (lambda: truth_table("nad"), "gate", "'nad'; did you mean and"),
    (lambda: gate("nor"), "gate", "'nor'; did you mean"),
    (lambda: gate("or", 3), "samples", "got 3"),
    (lambda: spiral(3), "samples", "got 3"),
    (lambda: circles(0), "samples", "got 0"),
    (lambda: moons(-1), "samples", "got -1"),
    (lambda: line(1), "samples", "got 1"),
    (lambda: digits(1798), "samples", "got 1798"),
    (lambda: noisy([[1.0]], -1), "spread", "got -1"),
    (lambda: noisy([[1.7e308]], 1e308), "spread", "1.8e308, got 1e.308"),
    (lambda: standardized([[np.nan]]), "X", "got nan"),
])
def test_data_that_do_not_exist_are_refused_in_a_sentence(call, name, came):
    with pytest.raises(ValueError, match=f"^{name} .*{came}"):
        call()


def test_numbers_that_vanish_beside_others_are_no_error_whatever_numpy_is_told_to_do():
    with np.errstate(all="raise"):
        assert noisy([[1.0]], 1e-320) == [[1.0]]
        assert standardized([[1e-320, 1.0], [1e308, 2.0]]).tolist() == [[-1.0, -1.0], [1.0, 1.0]]
