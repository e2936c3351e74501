"""A thing in front of an object, which hides a part of it from the camera.

It is of no class, so it cannot be mistaken for one. An image shows no distance, so its size is
free: it is as large in the image as the drawn share asks for. It is upright and turned at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mathutils import Matrix

from synthlib.blender import scene
from synthlib.blender.companions import things
from synthlib.blender.modelling import meshes
from synthlib.classes import NO_CLASS_THINGS
from synthlib.rendering.footprints import cover_share, footprint
from synthlib.rendering.framing import convex_hull
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE, View
from synthlib.seeding import rng_for

HIDDEN_SHARE = (0.05, 0.4)
"""Range of the share of the object that its occluder is meant to hide. Where the object has holes
or the occluder is not convex, it hides a little more or less."""

_SIZE = (0.35, 0.8)
"""Range of the larger side of the occluder in the image, as a share of that of the object."""

_DEPTH = (0.6, 0.9)
"""Range of its distance from the camera, as a share of that of the object's nearest point."""

_ANGLE = (160.0, 380.0)
"""Range of the direction from the object's middle to the occluder's in the image, degrees
anticlockwise from the right: rarely from above, as what is nearer stands lower."""


@dataclass(frozen=True)
class Occluder(things.Thing):
    """A thing that is placed for each view, one of `NO_CLASS_THINGS`.

    Attributes:
        hull: Points of its convex hull about its middle, float64 (N, 3), its largest side 1.
        draws: Uniform draws for each view, float64 (26, 6).
    """

    hull: np.ndarray
    draws: np.ndarray

    def is_in(self, view: View, share: float) -> bool:
        """True if the view is one of the share of views with an occluder."""
        return bool(self.draws[view.index, 0] < share)


def add_occluder(seed: int, cls: str, instance: str) -> Occluder:
    """Build the occluder of an instance, hidden at first."""
    rng = rng_for(seed, "occluder", cls, instance)
    name = str(rng.choice(NO_CLASS_THINGS))
    objects = meshes.assemble(name, things.BESIDE[name](rng, things.make_plain_paints()))
    points = np.concatenate([scene.face_vertices(obj.data) for obj in objects])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    size = float(np.ptp(points, axis=0).max())
    for obj in objects:  # from here on the matrices are those of the unit object about its middle
        obj.data.transform(Matrix.Scale(1 / size, 4) @ Matrix.Translation((-middle).tolist()))
    draws = rng_for(seed, "occluders", cls, instance).random((VIEWS_PER_INSTANCE, 6))
    occluder = Occluder(name, objects, convex_hull((points - middle) / size), draws)
    occluder.hide(True)
    return occluder


def place_occluder(
    occluder: Occluder,
    view: View,
    axes: np.ndarray,
    position: np.ndarray,
    near: float,
    mask: np.ndarray,
) -> np.ndarray | None:
    """Move the occluder to where it hides its share of the object in a view, and show it.

    Args:
        occluder: The occluder.
        view: The view, with the lens and shift that the mask was rendered with.
        axes: The camera's axes, float64 (3, 3), rows right, up and back.
        position: The camera's position, float64 (3,).
        near: Depth of the object's nearest point.
        mask: Mask of the object in this view, uint8 (height, width).

    Returns:
        The occluder's points, float64 (N, 3); None if no part of the object is in the frame.
    """
    silhouette = _silhouette(mask, view)
    if not len(silhouette):
        return None
    _, share, size, depth, angle, yaw = occluder.draws[view.index]
    turn = np.array(Matrix.Rotation(2 * np.pi * float(yaw), 3, "Z"))
    hull = occluder.hull @ turn.T
    seen = hull @ axes.T  # right, up, back
    outline = footprint(seen)
    wanted = _between(_SIZE, size) * float(np.ptp(silhouette, axis=0).max())
    outline *= wanted / float(np.ptp(outline, axis=0).max())
    direction = np.radians(_between(_ANGLE, angle))
    outline, offset = cover_share(
        silhouette,
        outline,
        np.array([np.cos(direction), np.sin(direction)]),
        _between(HIDDEN_SHARE, share),
    )
    # at distance 1 a length in the image is this long
    slope = float(np.tan(np.radians(view.field_of_view) / 2))
    scale = slope * float(np.ptp(outline, axis=0).max() / np.ptp(seen[:, :2], axis=0).max())
    half_depth = scale * float(np.abs(seen[:, 2]).max())
    distance = _between(_DEPTH, depth) * near / (1 + half_depth)
    middle = position + axes.T @ (distance * np.array([*(slope * offset), -1.0]))
    matrix = np.eye(4)
    matrix[:3, :3] = distance * scale * turn
    matrix[:3, 3] = middle
    for obj in occluder.objects:
        obj.matrix_world = Matrix(matrix.tolist())
    occluder.hide(False)
    return distance * scale * hull + middle


def _between(limits: Sequence[float], draw: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * float(draw)


def _silhouette(mask: np.ndarray, view: View, most: int = 2000) -> np.ndarray:
    """Middles of covered pixels, at most `most`, float64 (N, 2), in the frame [-1, 1]^2 without
    the lens's shift."""
    rows, columns = np.nonzero(mask > 127)
    step = -(-len(rows) // most) or 1
    size = mask.shape[0]
    x = (columns[::step] + 0.5) / size * 2 - 1 - 2 * view.shift_x
    y = 1 - (rows[::step] + 0.5) / size * 2 - 2 * view.shift_y
    return np.stack([x, y], axis=1)
