"""Contour lines lie where the surface has their level, in one piece."""

import numpy as np
import pytest

from nbhelpers.pictures.contours import crossings


def centers(low, high, cells):
    return low + (np.arange(cells) + 0.5) * (high - low) / cells


def lines(x, y):
    """The lines as arrays of points, cut at each NaN."""
    gaps = np.flatnonzero(np.isnan(x))
    assert np.array_equal(gaps, np.flatnonzero(np.isnan(y)))
    return [line[np.isfinite(line).all(axis=1)] for line in np.split(np.column_stack([x, y]), gaps + 1) if len(line)]


def test_a_plane_has_one_straight_line_exactly_at_its_level():
    across, up = np.meshgrid(centers(-1, 3, 12), centers(0, 2, 9))
    (line,) = lines(*crossings(across + 2 * up, -1, 3, 0, 2, 2.3))
    np.testing.assert_allclose(line[:, 0] + 2 * line[:, 1], 2.3, atol=1e-12)
    # From border to border, and never back.
    assert abs(np.diff(np.sign(np.diff(line[:, 0])))).sum() == 0 and np.ptp(line[:, 1]) > 1.4


def test_a_level_that_is_met_exactly_has_one_line_through_the_places_that_meet_it():
    (line,) = lines(*crossings(np.tile([-1.0, 0.0, 1.0], (4, 1)), 0, 3, 0, 4, 0.0))
    np.testing.assert_allclose(line[:, 0], 1.5)
    assert np.ptp(line[:, 1]) == 3


@pytest.mark.parametrize("radius", [0.3, 0.75])
def test_a_bowl_has_a_ring_that_closes(radius):
    across, up = np.meshgrid(centers(-1, 1, 40), centers(-1, 1, 40))
    (ring,) = lines(*crossings(across**2 + up**2, -1, 1, -1, 1, radius**2))
    np.testing.assert_allclose(np.hypot(*ring.T), radius, atol=0.005)
    np.testing.assert_allclose(ring[0], ring[-1], atol=1e-12)
    length = np.hypot(*np.diff(ring, axis=0).T).sum()
    assert length == pytest.approx(2 * np.pi * radius, rel=0.01)


def test_every_crossing_of_random_heights_is_drawn_once():
    values = np.random.default_rng(0).normal(size=(9, 7))
    points = np.concatenate(lines(*crossings(values, 0, 7, 0, 9, 0.1)))
    above = values > 0.1
    expected = (above[1:] != above[:-1]).sum() + (above[:, 1:] != above[:, :-1]).sum()
    expected += (above[1:, 1:] != above[:-1, :-1]).sum()
    assert len(np.unique(points.round(9), axis=0)) == expected


def test_a_level_that_is_not_reached_has_no_line():
    x, y = crossings(np.zeros((3, 4)), 0, 1, 0, 1, 5.0)
    assert len(x) == len(y) == 0
