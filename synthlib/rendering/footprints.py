"""Places next to and in front of other objects, by footprints. Needs only numpy and scipy.

A *footprint* is the convex hull of an object's points, projected onto a plane, as float64 (K, 2).
Footprints that are disjoint belong to objects that do not intersect.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

_ANGLES = np.radians(np.arange(0.0, 360.0, 5.0))
_NORMALS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
"""Normals of the lines that may separate two footprints, float64 (72, 2)."""


def footprint(points: np.ndarray, plane: Sequence[int] = (0, 1)) -> np.ndarray:
    """Project points onto a plane and keep the corners of their convex hull.

    Args:
        points: float64 (N, 3).
        plane: The two axes of the plane; (0, 1) is the ground.
    """
    flat = points[:, list(plane)]
    try:
        return flat[ConvexHull(flat).vertices]
    except QhullError:  # all points are on a line
        return flat


def clear_distance(
    placed: Sequence[np.ndarray], new: np.ndarray, direction: np.ndarray, gap: float = 0.0
) -> float:
    """Distance by which a footprint must move along a direction to be clear of all placed ones.

    A line with normal n separates the footprint, moved by t along d, from a placed one if

        min(n . new) + t n . d >= max(n . placed) + gap

    which every larger t fulfils too if n . d > 0. So the least such t over the normals n is clear
    of one footprint, and the largest of these is clear of all.

    Args:
        placed: Footprints, at least one.
        new: The footprint to place.
        direction: Unit vector, float64 (2,).
        gap: Least distance that remains, along the normal of a separating line.
    """
    along = _NORMALS @ direction
    normals, along = _NORMALS[along > 0.1], along[along > 0.1]
    low = (normals @ new.T).min(axis=1)
    return max(
        float(np.min(((normals @ other.T).max(axis=1) - low + gap) / along)) for other in placed
    )


def cover_share(
    silhouette: np.ndarray, outline: np.ndarray, direction: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """The outline, enlarged if needed, and the farthest place of its middle along a direction from
    the silhouette's where it still covers the share of the silhouette.

    Args:
        silhouette: float64 (N, 2).
        outline: Corners of a convex polygon about (0, 0), counterclockwise, float64 (K, 2).
        direction: Unit vector, float64 (2,).
        share: In (0, 1].
    """
    start = silhouette.mean(axis=0)
    while covered_share(silhouette, outline + start) < share:
        outline = 1.2 * outline
    reach = float(np.ptp(silhouette, axis=0).sum() + np.ptp(outline, axis=0).sum())
    offsets = start + np.linspace(reach, 0.0, 64)[:, None] * direction
    covers = (covered_share(silhouette, outline + offset) >= share for offset in offsets)
    return outline, offsets[next(number for number, enough in enumerate(covers) if enough)]


def covered_share(points: np.ndarray, outline: np.ndarray) -> float:
    """Share of points, float64 (N, 2), inside a convex polygon (K, 2), counterclockwise."""
    edges = np.roll(outline, -1, axis=0) - outline
    to_points = points[:, None] - outline
    sides = edges[:, 0] * to_points[..., 1] - edges[:, 1] * to_points[..., 0]
    return float((sides >= 0).all(axis=1).mean())
