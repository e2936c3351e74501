"""Where the camera stands so that the object fills the frame (thesis 5.1); numpy only.

For a fixed orientation the answer needs no search. With s = fill * tan(field of view / 2), a point
(x, y, depth) in camera axes stays inside the left and right planes of the shrunken frustum iff

    px - s pz >= max(x - s depth)   and   -px - s pz >= max(-x - s depth)

which gives the farthest admissible pz an axis; the nearer of the two axes' solutions decides, and
there the object touches both planes. Along the other axis the camera is re-aimed at the centre of
the projected box. A camera that then steps back, by a factor on its distance to the nearest point,
is re-aimed again: the box stays centred, and its sides shrink by no more than that factor.
"""

import numpy as np
from scipy.spatial import ConvexHull, QhullError

MIN_RELATIVE_DISTANCE = 1e-3
"""Least distance from camera to object, as a share of the object's size; it decides only for an
object that the frustum could swallow, such as a needle seen along itself, which then fills less."""


def convex_hull(points: np.ndarray) -> np.ndarray:
    """float64 (M, 3): the points' convex hull, which projects to the same box; flat objects: all.

    Framing 26 views then costs the same for a million vertices.
    """
    try:
        return points[np.sort(ConvexHull(points).vertices)]
    except QhullError:  # no volume
        return points


def fit_camera(
    points: np.ndarray, axes: np.ndarray, field_of_view: float, fill: float, distance: float = 1.0
) -> tuple[np.ndarray, float, float]:
    """Camera position such that the projected points fill the square frame.

    points float64 (N, 3) in metres; axes float64 (3, 3), rows right, up, back, orthonormal;
    field_of_view in degrees, in (0, 180); fill in (0, 1], the share of the frame's side that the
    larger side of the projected box takes; distance > 0, a factor on the depth of the nearest
    point. Returns the position float64 (3,) and the depths of the nearest and the farthest point
    in metres. The projected box is centred in both axes, and all points are inside; at another
    distance than 1 its larger side is between fill and fill / distance, so that below 1 some points
    may be outside.
    Raises ValueError for points without extent or not finite.
    """
    size = float(np.ptp(points, axis=0).max()) if len(points) else 0.0
    if not np.isfinite(size) or size <= 0.0:
        raise ValueError(f"the points have no finite extent: size {size} of {len(points)} points")
    slope = fill * np.tan(np.radians(field_of_view) / 2.0)
    centre = points.mean(axis=0)
    x, y, back = axes @ (points - centre).T
    depth = -back
    eye = min(_camera_depth(x, depth, slope), _camera_depth(y, depth, slope))
    eye = min(eye, depth.min() - MIN_RELATIVE_DISTANCE * size)
    eye -= (distance - 1.0) * (depth.min() - eye)
    across = [_centred_position(x, depth - eye), _centred_position(y, depth - eye)]
    position = centre + axes.T @ np.array([*across, -eye])
    return position, float(depth.min() - eye), float(depth.max() - eye)


def project_points(
    points: np.ndarray, axes: np.ndarray, position: np.ndarray, field_of_view: float
) -> np.ndarray:
    """float64 (N, 2): where points fall in the frame, x right, y up, the frame being [-1, 1]^2."""
    x, y, back = axes @ (points - position).T
    return np.stack([x, y], axis=1) / (-back * np.tan(np.radians(field_of_view) / 2.0))[:, None]


def _camera_depth(x: np.ndarray, depth: np.ndarray, slope: float) -> float:
    """The depth coordinate of a camera whose two planes of slope +-`slope` touch the points."""
    return -float(np.max(x - slope * depth) + np.max(-x - slope * depth)) / (2.0 * slope)


def _centred_position(x: np.ndarray, distance: np.ndarray) -> float:
    """The camera's x for which the largest and the smallest x / distance are opposite.

    Their sum falls as the camera moves right, piecewise linearly: bisect.
    """
    low, high = float(x.min()), float(x.max())
    for _ in range(60):
        middle = (low + high) / 2.0
        slopes = (x - middle) / distance
        if slopes.max() + slopes.min() > 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
