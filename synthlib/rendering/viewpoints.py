"""The 26 camera directions of an instance (thesis 4.3.3). All angles are in degrees.

The object stands on z = 0 with +Z up, and its front faces -Y. The camera looks at it from the unit
vector

    direction(a, e) = (cos e sin a, -cos e cos a, sin e)

where a is the azimuth and e the elevation, so that azimuth 0 and elevation 0 is the front view,
azimuth 90 looks from +X and elevation 90 from above. `roll` rotates the camera about its own axis,
from its right towards its up; at 180 it is upside down.

A view is made of two rotations, both from the front view: a *turn* about the vertical axis (the
thesis's y) and a *tilt* about the horizontal one (its x). A tilt beyond the zenith ends on the
other side with the camera upside down: tilt 125 is azimuth 180, elevation 55, roll 180, and tilt
200 is azimuth 180, elevation -20, roll 180. Views are stored in this normal form: azimuth in [0,
360), elevation in [-90, 90], roll 0 or 180.

Field of view, roll, lens offset and distance vary within the ranges of a `ViewRanges`. The thesis
varies none of them. They have a random stream of their own, from which all of them are always
drawn, so that varying one changes neither the directions nor the draws of another.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthlib.classes import class_or_default
from synthlib.params import THESIS_VIEW_RANGES, Poses, Range, ViewRanges
from synthlib.seeding import rng_for

VIEWS_PER_INSTANCE = 26
"""Views of an instance: 16 deterministic, 10 random."""

TURNS = tuple(range(0, 351, 50))
"""Degrees about the vertical axis, at tilt 0."""

TILTS = tuple(range(25, 201, 25))
"""Degrees about the horizontal axis, at turn 0; the last is elevation -20."""


@dataclass(frozen=True)
class View:
    """One camera pose; angles in degrees.

    Attributes:
        index: Number of the view, 0 to 25.
        kind: "deterministic" views are the same for every instance, "random" ones are drawn for
            each.
        azimuth: In [0, 360).
        elevation: In [-90, 90].
        roll: In [0, 360).
        field_of_view: In [1, 120].
        shift_x: Offset of the object from the frame's centre to the right, as a share of its side.
        shift_y: Offset upwards, likewise.
        distance: Factor on the distance, measured to the object's nearest point, at which the
            object fills the frame.
    """

    index: int
    kind: Literal["deterministic", "random"]
    azimuth: float
    elevation: float
    roll: float
    field_of_view: float = THESIS_VIEW_RANGES.field_of_view[0]
    shift_x: float = 0.0
    shift_y: float = 0.0
    distance: float = 1.0


def views_for(
    seed: int,
    cls: str,
    instance: str,
    poses: Poses = "thesis",
    ranges: ViewRanges = THESIS_VIEW_RANGES,
) -> tuple[View, ...]:
    """The 26 views of an instance, fixed by seed, class and instance.

    Args:
        seed: The data seed.
        cls: The class's name.
        instance: The instance's name.
        poses: "thesis": 8 turns, 8 tilts, then 10 random views, uniform in turn and tilt over [0,
            360) degrees; those with an elevation outside `ranges.elevation` are drawn again.
            "photographed": 26 random views, uniform in the azimuths and elevations of the class in
            `classes.yaml`, or anywhere above -25 degrees if the class is not in it;
            `ranges.elevation` is not used.
        ranges: Ranges of the uniform draws.

    Returns:
        The views, by their index from 0 to 25.
    """
    if poses == "photographed":
        directions = _photographed_poses(seed, cls, instance)
    else:
        directions = _thesis_poses(seed, cls, instance, ranges.elevation)
    uniforms = rng_for(seed, "lens", cls, instance).random((VIEWS_PER_INSTANCE, 5))
    low, high = np.array(
        [
            ranges.field_of_view,
            ranges.roll,
            (-ranges.shift, ranges.shift),
            (-ranges.shift, ranges.shift),
            ranges.distance,
        ]
    ).T
    draws = np.round(low + uniforms * (high - low), 6)
    views = []
    for index, (kind, azimuth, elevation, roll) in enumerate(directions):
        field_of_view, added_roll, shift_x, shift_y, distance = (float(v) for v in draws[index])
        # the second modulo, because rounding may give 360
        roll = round((roll + added_roll) % 360.0, 6) % 360.0
        pose = (azimuth, elevation, roll, field_of_view, shift_x, shift_y, distance)
        views.append(View(index, kind, *pose))
    return tuple(views)


_Pose = tuple[Literal["deterministic", "random"], float, float, float]
"""Kind, azimuth, elevation, roll."""


def _thesis_poses(seed: int, cls: str, instance: str, elevations: Range) -> list[_Pose]:
    angles = [(turn, 0.0) for turn in TURNS] + [(0.0, tilt) for tilt in TILTS]
    poses: list[_Pose] = [("deterministic", *pose_from_turn_and_tilt(*pair)) for pair in angles]
    rng = rng_for(seed, "views", cls, instance)
    while len(poses) < VIEWS_PER_INSTANCE:
        azimuth, elevation, roll = pose_from_turn_and_tilt(*rng.uniform(0.0, 360.0, size=2))
        if elevations[0] <= elevation <= elevations[1]:
            poses.append(("random", azimuth, elevation, roll))
    return poses


def _photographed_poses(seed: int, cls: str, instance: str) -> list[_Pose]:
    object_class = class_or_default(cls)
    rng = rng_for(seed, "photographed views", cls, instance)
    azimuths = rng.uniform(*object_class.azimuth, VIEWS_PER_INSTANCE)
    elevations = rng.uniform(*object_class.elevation, VIEWS_PER_INSTANCE)
    angles = zip(azimuths, elevations, strict=True)
    return [("random", *pose_from_turn_and_tilt(*pair)) for pair in angles]


def pose_from_turn_and_tilt(turn: float, tilt: float) -> tuple[float, float, float]:
    """Convert a turn and a tilt to a pose in the normal form.

    Args:
        turn: Degrees about the vertical axis, any number.
        tilt: Degrees about the horizontal axis, any number.

    Returns:
        Azimuth in [0, 360), elevation in [-90, 90] and roll, 0 or 180, in degrees. They are rounded
        to 1e-6, so that the stored numbers are those that are rendered.
    """
    tilt = (tilt + 180.0) % 360.0 - 180.0
    if abs(tilt) <= 90.0:
        azimuth, elevation, roll = turn % 360.0, tilt, 0.0
    else:
        azimuth, elevation, roll = (turn + 180.0) % 360.0, np.copysign(180.0, tilt) - tilt, 180.0
    return round(float(azimuth), 6) % 360.0, round(float(elevation), 6), roll


def camera_axes(azimuth: float, elevation: float, roll: float) -> np.ndarray:
    """Axes of a camera in the object's coordinates, for angles in degrees.

    Returns:
        float64 (3, 3), orthonormal rows right, up and back (from the object to the camera).
    """
    a, e, r = np.radians([azimuth, elevation, roll])
    back = np.array([np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)])
    right = np.array([np.cos(a), np.sin(a), 0.0])
    up = np.cross(back, right)
    return np.array([np.cos(r) * right + np.sin(r) * up, np.cos(r) * up - np.sin(r) * right, back])
