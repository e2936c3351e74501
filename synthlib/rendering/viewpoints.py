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

Views "as photographed" take directions, roll, field of view and distance from the ranges of the
class in `classes.yaml`. A share of them, which the class states too, can be close-ups: the camera
is so near that only a part of the object is in the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from synthlib.classes import ObjectClass, class_or_default
from synthlib.params import Poses
from synthlib.render_ranges import THESIS_VIEW_RANGES, ViewRanges
from synthlib.seeding import rng_for
from synthlib.utils.validation import Range

VIEWS_PER_INSTANCE = 26
"""Views of an instance: 16 deterministic, 10 random."""

TURNS = tuple(range(0, 351, 50))
"""Degrees about the vertical axis, at tilt 0."""

TILTS = tuple(range(25, 201, 25))
"""Degrees about the horizontal axis, at turn 0; the last is elevation -20."""

CLOSE_UP_AIM = (0.0, 0.7)
"""Range of how far from the object's centre a close-up is aimed, as a share of the way to one of
its outermost points."""


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
        aim: How far from the object's centre a close-up is aimed, in [0, 0.7] of the way to the
            point `toward`; 0 for other views.
        toward: Which of the points of the object's convex hull, in [0, 1) of their number.
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
    aim: float = 0.0
    toward: float = 0.0


def views_for(
    seed: int,
    cls: str,
    instance: str,
    poses: Poses = "thesis",
    ranges: ViewRanges = THESIS_VIEW_RANGES,
    *,
    close_ups: bool = False,
) -> tuple[View, ...]:
    """The 26 views of an instance, fixed by seed, class and instance.

    Args:
        seed: The data seed.
        cls: The class's name.
        instance: The instance's name.
        poses: "thesis": 8 turns, 8 tilts, then 10 random views, uniform in turn and tilt over [0,
            360) degrees; those with an elevation outside `ranges.elevation` are drawn again.
            "photographed": 26 random views, uniform in the azimuths, elevations, rolls, fields of
            view and distances of the class in `classes.yaml`. A class that is not in it is seen
            from anywhere above -25 degrees.
        ranges: Ranges of the uniform draws; with "photographed" only `shift` is used, and
            `distance`, by which the class's distances are multiplied.
        close_ups: Only for "photographed": let the class's share of the views be close-ups.

    Returns:
        The views, by their index from 0 to 25.
    """
    if poses == "photographed":
        object_class = class_or_default(cls)
        directions = _photographed_poses(seed, object_class, instance)
        nearest, farthest = object_class.distance
        ranges = replace(
            ranges,
            field_of_view=object_class.field_of_view,
            roll=object_class.roll,
            distance=(nearest * ranges.distance[0], farthest * ranges.distance[1]),
        )
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
    if close_ups and poses == "photographed":
        return _with_close_ups(views, seed, class_or_default(cls), instance)
    return tuple(views)


def view_ranges(cls: str, *, close_ups: bool = False) -> list[Any]:
    """List what `classes.yaml` states of a class's photographed views, to identify them by.

    Args:
        cls: The class's name.
        close_ups: Whether views can be close-ups, whose distances then count.
    """
    known = class_or_default(cls)
    ranges = (known.azimuth, known.elevation, known.roll, known.field_of_view)
    # what was added later renames no store of classes that do not use it
    later = {
        name: list(getattr(known, name))
        for name in ("distance", *["close_up_distance"] * close_ups)
        if getattr(known, name) != getattr(ObjectClass, name)
    }
    return [cls, *map(list, ranges), known.close_ups, *([later] if later else [])]


def _with_close_ups(
    views: Sequence[View], seed: int, object_class: ObjectClass, instance: str
) -> tuple[View, ...]:
    """Replace the class's share of the views by close-ups from the same directions."""
    draws = rng_for(seed, "close-ups", object_class.name, instance).random((len(views), 4))
    is_close = draws[:, 0] < object_class.close_ups
    low, high = np.array([object_class.close_up_distance, CLOSE_UP_AIM, (0.0, 1.0)]).T
    values = np.floor((low + draws[:, 1:] * (high - low)) * 1e6) / 1e6  # below 1 after rounding too
    return tuple(
        replace(view, distance=distance, aim=aim, toward=toward, shift_x=0.0, shift_y=0.0)
        if close
        else view
        for view, close, (distance, aim, toward) in zip(
            views, is_close, values.tolist(), strict=True
        )
    )


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


def _photographed_poses(seed: int, object_class: ObjectClass, instance: str) -> list[_Pose]:
    rng = rng_for(seed, "photographed views", object_class.name, instance)
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
