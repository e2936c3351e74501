"""Camera positions from which an object fills the frame (thesis 5.1). Needs only numpy and scipy.

For a fixed orientation the position needs no search. With s = fill * tan(field of view / 2), a
point (x, y, depth) in camera axes is inside the left and right planes of the shrunken frustum of a
camera at (px, py, pz) if and only if

    px - s pz >= max(x - s depth)   and   -px - s pz >= max(-x - s depth)

Their sum gives the farthest admissible pz for the horizontal axis, and likewise for the vertical
one. The smaller of the two decides: on its axis the object touches both planes. On the other axis
the camera is moved sideways until the projected box is centred. A camera that then steps back, by a
factor on its distance to the nearest point, is centred again; the sides of the box shrink by no
more than that factor.

Points are float64 (N, 3) in metres; camera axes are float64 (3, 3) with the orthonormal rows right,
up and back.
"""

import numpy as np
from scipy.spatial import ConvexHull, QhullError

MIN_RELATIVE_DISTANCE = 1e-3
"""Least distance from camera to object, as a share of the object's size.

It matters only for an object that the frustum could contain at any distance, such as a needle seen
along its length, which then fills less of the frame."""


def convex_hull(points: np.ndarray) -> np.ndarray:
    """The points' convex hull, float64 (M, 3), which projects to the same box.

    Framing 26 views then costs the same for a million vertices. Flat objects, which have no hull,
    keep all their points.
    """
    try:
        return points[np.sort(ConvexHull(points).vertices)]
    except QhullError:  # no volume
        return points


def fit_camera(
    points: np.ndarray, axes: np.ndarray, field_of_view: float, fill: float, distance: float = 1.0
) -> tuple[np.ndarray, float, float]:
    """Position a camera such that the projected points fill the square frame.

    Args:
        points: The object's points, float64 (N, 3) in metres.
        axes: The camera's axes, float64 (3, 3).
        field_of_view: In degrees, in (0, 180).
        fill: Share of the frame's side that the larger side of the projected box takes, in (0, 1].
        distance: Factor > 0 on the distance to the nearest point. Above 1 the larger side is
            between fill / distance and fill; below 1 some points may be outside the frame.

    Returns:
        The position, float64 (3,), for which the projected box is centred on both axes, and the
        depths of the nearest and the farthest point in metres.

    Raises:
        ValueError: If the points have no extent or are not finite.
    """
    size = float(np.ptp(points, axis=0).max()) if len(points) else 0.0
    if not np.isfinite(size) or size <= 0.0:
        raise ValueError(f"the points have no finite extent: size {size} of {len(points)} points")
    slope = fill * np.tan(np.radians(field_of_view) / 2.0)
    centre = points.mean(axis=0)
    x, y, back = axes @ (points - centre).T
    depth = -back
    camera = min(_camera_depth(x, depth, slope), _camera_depth(y, depth, slope))
    camera = min(camera, depth.min() - MIN_RELATIVE_DISTANCE * size)
    camera -= (distance - 1.0) * (depth.min() - camera)
    across = [_centred_position(x, depth - camera), _centred_position(y, depth - camera)]
    position = centre + axes.T @ np.array([*across, -camera])
    return position, float(depth.min() - camera), float(depth.max() - camera)


def project_points(
    points: np.ndarray, axes: np.ndarray, position: np.ndarray, field_of_view: float
) -> np.ndarray:
    """Project points into the frame: float64 (N, 2), x right, y up, the frame being [-1, 1]^2."""
    x, y, back = axes @ (points - position).T
    return np.stack([x, y], axis=1) / (-back * np.tan(np.radians(field_of_view) / 2.0))[:, None]


def widen_lens(
    projected: np.ndarray, field_of_view: float, fill: float
) -> tuple[float, float, float]:
    """Lens with which projected points fill the frame of a camera that does not move.

    So nothing moves in front of anything else.

    Args:
        projected: From `project_points`, float64 (N, 2).
        field_of_view: In degrees, the lens that they were projected with.
        fill: Share of the frame's side that the larger side of their box takes, in (0, 1].

    Returns:
        The field of view in degrees, and the shifts to the right and upwards, as shares of the
        frame's side, that centre the box.
    """
    low, high = projected.min(axis=0), projected.max(axis=0)
    zoom = fill / (float((high - low).max()) / 2.0)
    slope = np.tan(np.radians(field_of_view) / 2.0) / zoom
    shift_x, shift_y = (-zoom * (low + high) / 4.0).tolist()
    return float(np.degrees(2.0 * np.arctan(slope))), shift_x, shift_y


def narrow_lens(
    own: np.ndarray,
    everything: np.ndarray,
    field_of_view: float,
    share: float,
    place: np.ndarray,
) -> tuple[float, float, float]:
    """Lens with which an object takes a share of the frame of a camera that does not move.

    The whole object is in the frame. Of what stands around it, the frame shows a part, and beyond
    it no more than it must.

    Args:
        own: The object's points from `project_points`, float64 (N, 2).
        everything: Those of all that is shown, likewise.
        field_of_view: In degrees, the lens that they were projected with.
        share: Share of the frame's side that the larger side of the object's box takes, in (0, 1].
        place: Which part of the surroundings the frame shows, right and up, float64 (2,) in [0, 1].

    Returns:
        The field of view in degrees, and the shifts to the right and upwards as shares of the
        frame's side.
    """
    low, high = own.min(axis=0), own.max(axis=0)
    half_side = float((high - low).max()) / 2.0 / share
    all_low, all_high = everything.min(axis=0), everything.max(axis=0)
    # centres of frames that contain the object, and show nothing beyond the surroundings
    first, last = high - half_side, low + half_side
    wanted = all_low + half_side + place * (all_high - all_low - 2.0 * half_side)
    is_narrower = all_high - all_low <= 2.0 * half_side
    wanted = np.where(is_narrower, (all_low + all_high) / 2.0, wanted)
    centre = np.clip(wanted, first, last)
    slope = np.tan(np.radians(field_of_view) / 2.0) * half_side
    shift_x, shift_y = (-centre / half_side / 2.0).tolist()
    return float(np.degrees(2.0 * np.arctan(slope))), shift_x, shift_y


def pixel_rays(
    axes: np.ndarray, field_of_view: float, shift: tuple[float, float], size: int
) -> np.ndarray:
    """Rays from the camera through the pixels' centres.

    Args:
        axes: The camera's axes, float64 (3, 3).
        field_of_view: In degrees.
        shift: Offset of the object to the right and upwards, as shares of the frame's side.
        size: Side of the frame in pixels.

    Returns:
        float64 (size, size, 3), the first row at the top, as long as their depth is 1.
    """
    slope = np.tan(np.radians(field_of_view) / 2.0)
    centres = (np.arange(size) + 0.5) / size * 2.0 - 1.0
    right = (centres - 2.0 * shift[0]) * slope
    up = (-centres - 2.0 * shift[1]) * slope
    return right[None, :, None] * axes[0] + up[:, None, None] * axes[1] - axes[2]


def _camera_depth(x: np.ndarray, depth: np.ndarray, slope: float) -> float:
    """The depth coordinate of a camera whose two planes of slope +-`slope` touch the points."""
    return -float(np.max(x - slope * depth) + np.max(-x - slope * depth)) / (2.0 * slope)


def _centred_position(x: np.ndarray, distance: np.ndarray) -> float:
    """The camera's x at which the largest and the smallest x / distance are opposite.

    Their sum falls as the camera moves right, piecewise linearly. Newton's method, kept between
    bounds by bisection, jumps to where the two points that are outermost now would be opposite, and
    ends when they stay outermost: after about 5 steps.
    """
    low, high = float(x.min()), float(x.max())
    middle = (low + high) / 2.0
    for _ in range(60):
        slopes = (x - middle) / distance
        right, left = int(slopes.argmax()), int(slopes.argmin())
        if slopes[right] + slopes[left] > 0.0:
            low = middle
        else:
            high = middle
        near = distance[left] + distance[right]
        opposite = float(x[right] * distance[left] + x[left] * distance[right]) / near
        if opposite == middle:
            break
        middle = opposite if low < opposite < high else (low + high) / 2.0
    return middle
