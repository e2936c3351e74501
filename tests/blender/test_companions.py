"""Companions and occluders: places that do not intersect, and what their masks and records say."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from synthlib.blender.companions.placement import (
    clear_distance,
    cover_share,
    covered_share,
    footprint,
)

angles = st.floats(0, 2 * np.pi)
seeds = st.integers(0, 10**6)


def _blob(seed: int, centre: float = 0.0) -> np.ndarray:
    """The footprint of random points, longer than wide."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(20, 3)) * [rng.uniform(0.1, 2), rng.uniform(0.1, 2), 1] + centre
    return footprint(points)


def _gap(first: np.ndarray, second: np.ndarray) -> float:
    """Largest distance of two convex polygons along any of many normals; below 0 they overlap."""
    turns = np.linspace(0, 2 * np.pi, 3600)
    normals = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return float(((normals @ second.T).min(axis=1) - (normals @ first.T).max(axis=1)).max())


@given(seeds, seeds, seeds, angles, st.floats(0, 0.5))
def test_a_placed_footprint_is_clear_of_all_others_and_near(a, b, new, angle, gap):
    """Independently of `clear_distance`: no overlap, and a small step back overlaps again."""
    placed, moved = [_blob(a), _blob(b, 0.5)], _blob(new)
    direction = np.array([np.cos(angle), np.sin(angle)])
    distance = clear_distance(placed, moved, direction, gap)
    assert min(_gap(other, moved + distance * direction) for other in placed) >= gap - 1e-6
    # normals are 5 degrees apart, so the distance is at most a little too large
    size = max(np.ptp(shape, axis=0).max() for shape in (*placed, moved))
    back = moved + (distance - 0.2 * size - 0.1) * direction
    assert min(_gap(other, back) for other in placed) < gap


def test_squares_are_placed_side_by_side():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    assert clear_distance([square], square, np.array([1.0, 0.0])) == pytest.approx(1)
    assert clear_distance([square], square, np.array([0.0, -1.0]), 0.25) == pytest.approx(1.25)


def test_a_footprint_of_points_on_a_line_keeps_them():
    line = np.array([[0, 0, 0], [1, 1, 5], [2, 2, 9]], float)
    assert footprint(line).tolist() == [[0, 0], [1, 1], [2, 2]]
    assert footprint(line, (0, 2)).max(axis=0).tolist() == [2, 9]


def test_the_share_inside_a_square_is_its_area():
    grid = np.stack(np.meshgrid(*2 * [(np.arange(100) + 0.5) / 100]), -1).reshape(-1, 2)
    square = np.array([[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]])
    assert covered_share(grid, square) == pytest.approx(0.25)


@given(angles, st.floats(0.05, 0.4), st.floats(0.1, 1.0))
def test_an_occluder_covers_the_share_that_is_asked_for(angle, share, size):
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-0.5, 0.5, 41)]), -1).reshape(-1, 2)
    square = size * np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    direction = np.array([np.cos(angle), np.sin(angle)])
    outline, offset = cover_share(grid, square, direction, share)
    covered = covered_share(grid, outline + offset)
    assert share <= covered <= share + 0.12
    # enlarged only if the outline is too small even in front of the middle
    is_large_enough = covered_share(grid, square) >= share
    assert np.allclose(outline, square) == is_large_enough
    assert (offset - grid.mean(axis=0)) @ direction >= -1e-9
