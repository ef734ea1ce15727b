"""The axes: ticks at round places, and words for numbers."""

import numpy as np
import pytest

from nbhelpers.pictures.scales import Scale, apart, at_the_edge, outside, short

PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def ticks(low, high, log=False):
    return dict(Scale((low, high), log).ticks)


@pytest.mark.parametrize("low, high, expected", [
    (-0.25, 5.25, ["0", "2", "4"]),
    (0, 5, ["0", "1", "2", "3", "4", "5"]),
    (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (-40, 40, ["−40", "−20", "0", "20", "40"]),
    (-1.6, 2.2, ["−1", "0", "1", "2"]),
    (-200, 10_200, ["0", "5000", "10000"]),
    (0.31, 0.3213, ["0.310", "0.315", "0.320"]),
    (1e-9, 3e-9, ["1.0·10⁻⁹", "1.5·10⁻⁹", "2.0·10⁻⁹", "2.5·10⁻⁹", "3.0·10⁻⁹"]),
    (-2.2e12, 1e12, ["−2·10¹²", "−1·10¹²", "0", "1·10¹²"]),
    (9.98e299, 1.01e300, ["1.000·10³⁰⁰", "1.005·10³⁰⁰", "1.010·10³⁰⁰"]),
    (1e6, 2e6, ["1000000", "1200000", "1400000", "1600000", "1800000", "2000000"]),
    (1e7, 2e7, ["1.0·10⁷", "1.2·10⁷", "1.4·10⁷", "1.6·10⁷", "1.8·10⁷", "2.0·10⁷"]),
    # Where the powers would be no shorter, all digits stay.
    (1e9, 1e9 + 2, ["1000000000.0", "1000000000.5", "1000000001.0", "1000000001.5", "1000000002.0"]),
])
def test_steps_are_one_two_or_five_times_a_power_of_ten(low, high, expected):
    found = ticks(low, high)
    assert list(found.values()) == expected
    values = [label.translate(PLAIN).replace("·10", "e") for label in found.values()]
    assert list(map(float, values)) == pytest.approx(list(found), rel=1e-12, abs=1e-15)


def test_no_tick_has_so_many_letters_that_the_first_ones_are_cut_off():
    for low, high in np.outer([1e-300, 1e-30, 1e-6, 1, 1e6, 1e30, 1e300], [[-1, 2], [-7, -3], [0, 1.1]]).reshape(-1, 2):
        assert max(len(label) for label in ticks(low, high).values()) <= 10


@pytest.mark.parametrize("low, high, expected", [
    (0.3, 300, ["1", "10", "100"]),
    (0.001, 60, ["0.001", "0.01", "0.1", "1", "10"]),
    (1e-4, 1e5, ["10⁻⁴", "0.01", "1", "100", "10⁴"]),
    (1e-12, 1e9, ["10⁻¹⁰", "10⁻⁵", "1", "10⁵"]),
    (0.01, 1, ["0.01", "0.1", "1"]),
    (0.15, 0.9, ["0.2", "0.5"]),
    (0.5, 4, ["0.5", "1", "2"]),
    (0.21, 0.4, ["0.25", "0.30", "0.35", "0.40"]),
])
def test_a_logarithmic_axis_has_powers_of_ten_or_what_is_round_between_two(low, high, expected):
    found = ticks(low, high, log=True)
    assert list(found.values()) == expected and all(low <= place <= high * (1 + 1e-9) for place in found)


@pytest.mark.parametrize("seed", range(30))
def test_any_limits_have_two_to_six_ticks_inside_whose_labels_all_differ(seed):
    rng = np.random.default_rng(seed)
    for log in (False, True):
        low = 10 ** rng.uniform(-9, 9) if log else rng.normal() * 10 ** rng.uniform(-3, 4)
        high = low * 10 ** rng.uniform(0.1, 20) if log else low + 10 ** rng.uniform(-3, 4)
        found = Scale((low, high), log).ticks
        places = Scale((low, high), log)([place for place, _ in found])
        assert 2 <= len(found) <= 6 and -1e-6 < places.min() and places.max() < 1 + 1e-6
        assert len({label for _, label in found}) == len(found)


def test_a_scale_takes_values_to_parts_of_the_axis():
    np.testing.assert_allclose(Scale((2, 6), False)([2, 3, 6, 10]), [0, 0.25, 1, 2])
    np.testing.assert_allclose(Scale((0.1, 1000), True)([0.1, 1, 1000]), [0, 0.25, 1], atol=1e-12)
    assert Scale((0.1, 1000), True)([0.0, -5.0]).tolist() == [-np.inf, -np.inf]
    assert np.isnan(Scale((0.1, 1000), True)([np.nan])).all()


@pytest.mark.parametrize("value, words", [
    (2.0234, "2.02"), (-7, "−7"), (1690.4, "1690"), (99_999, "99999"), (100_400, "1 · 10⁵"),
    (1.23e5, "1.23 · 10⁵"), (2e-7, "2 · 10⁻⁷"),
    (-1e300, "−1 · 10³⁰⁰"), (np.inf, "inf"),
])
def test_numbers_are_said_in_three_digits(value, words):
    assert short(value) == words


@pytest.mark.parametrize("x, y, side", [
    (-0.5, 0.5, "left"), (1.5, 0.5, "right"), (0.5, -0.5, "bottom"), (0.5, 1.5, "top"),
])
def test_a_point_outside_is_marked_at_its_side(x, y, side):
    ((found, along, _, before),) = outside(np.array([x]), np.array([y]), [x], [y], True, False)
    assert found == side and along == 0.5 and before is False


def test_marks_that_would_lie_on_one_another_are_left_out():
    marks = [("top", 0.5, "a", True), ("top", 0.55, "b", False), ("bottom", 0.5, "c", False), ("top", 0.9, "d", False)]
    assert [words for _, _, words, _ in apart(marks)] == ["b", "c", "d"]
    corner = [("top", 0.0, "a", False), ("left", 0.99, "b", False)]
    assert [words for _, _, words, _ in apart(corner)] == ["a"]


@pytest.mark.parametrize("along, expected", [
    (0.001, ((0.01, 0.94), "start")), (0.5, ((0.5, 0.94), "middle")), (0.999, ((0.99, 0.94), "end")),
])
def test_words_at_the_top_end_inside_of_the_panel(along, expected):
    assert at_the_edge("top", along) == expected
