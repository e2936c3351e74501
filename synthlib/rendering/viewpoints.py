"""The 26 camera directions of an instance (thesis 4.3.3): numpy only, degrees throughout.

The object stands on z = 0, +Z up, and its front faces -Y. The camera looks at it from the unit
vector

    direction(azimuth, elevation) = (cos e sin a, -cos e cos a, sin e)

so azimuth 0, elevation 0 is the front view, azimuth 90 looks from +X, elevation 90 from above.
`roll` turns the camera about its own axis, from its right towards its up; 180 is upside down.

A view is made of two rotations: a **turn** about the vertical axis (the thesis's y) and a **tilt**
about the horizontal one (its x), both from the front view. A tilt beyond the zenith lands on the
other side with the camera upside down, as it falls out: tilt 125 is azimuth 180, elevation 55,
roll 180, and tilt 200 is azimuth 180, elevation -20, roll 180. Views are stored in that normal
form: azimuth in [0, 360), elevation in [-90, 90], roll 0 or 180.

How far views may differ beyond that is a `Ranges`: field of view, roll, lens offset and distance,
none of which the thesis varies. They are drawn from a stream of their own, so that turning one on
changes neither the directions nor another's draws.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthlib.classes import CLASSES, ObjectClass
from synthlib.params import THESIS_VIEW_RANGES, Poses, Range, ViewRanges
from synthlib.seeding import rng_for

VIEWS_PER_INSTANCE = 26
"""Views of an instance: 16 deterministic, 10 random."""

TURNS = tuple(range(0, 351, 50))
"""Degrees about the vertical axis, at tilt 0."""

TILTS = tuple(range(25, 201, 25))
"""Degrees about the horizontal axis, at turn 0; elevations down to -20."""


@dataclass(frozen=True)
class View:
    """One camera pose: azimuth in [0, 360), elevation in [-90, 90], roll in [0, 360),
    field_of_view; degrees. shift_x to the right and shift_y up: where the object stands off the
    frame's centre, as shares of its side; distance as in `Ranges`."""

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
    """The 26 views of an instance, its random ones from a stream of its own.

    "thesis": 8 turns, 8 tilts, then 10 random ones, uniform in both turn and tilt over [0, 360)
    degrees; those with an elevation outside `ranges.elevation` are drawn again. "photographed": all
    26 random, uniform in the azimuths and elevations of the class in `classes.yaml` (of a class
    that is not there: anywhere above -25 degrees); `ranges.elevation` is not used then.
    """
    if poses == "photographed":
        poses_of = _photographed_poses(seed, cls, instance)
    else:
        poses_of = _thesis_poses(seed, cls, instance, ranges.elevation)
    share = rng_for(seed, "lens", cls, instance).random((VIEWS_PER_INSTANCE, 5))
    least, most = np.array(
        [
            ranges.field_of_view,
            ranges.roll,
            (-ranges.shift, ranges.shift),
            (-ranges.shift, ranges.shift),
            ranges.distance,
        ]
    ).T
    drawn = np.round(least + share * (most - least), 6)
    views = []
    for index, (kind, azimuth, elevation, roll) in enumerate(poses_of):
        field_of_view, more, shift_x, shift_y, distance = (float(v) for v in drawn[index])
        roll = round((roll + more) % 360.0, 6) % 360.0
        pose = (azimuth, elevation, roll, field_of_view, shift_x, shift_y, distance)
        views.append(View(index, kind, *pose))
    return tuple(views)


_Pose = tuple[Literal["deterministic", "random"], float, float, float]
"""Kind, azimuth, elevation, roll."""


def _thesis_poses(seed: int, cls: str, instance: str, elevations: Range) -> list[_Pose]:
    angles = [(turn, 0.0) for turn in TURNS] + [(0.0, tilt) for tilt in TILTS]
    found: list[_Pose] = [("deterministic", *pose_from_turn_and_tilt(*pair)) for pair in angles]
    rng = rng_for(seed, "views", cls, instance)
    while len(found) < VIEWS_PER_INSTANCE:
        azimuth, elevation, roll = pose_from_turn_and_tilt(*rng.uniform(0.0, 360.0, size=2))
        if elevations[0] <= elevation <= elevations[1]:
            found.append(("random", azimuth, elevation, roll))
    return found


def _photographed_poses(seed: int, cls: str, instance: str) -> list[_Pose]:
    known = CLASSES.get(cls, ObjectClass(cls, cls, (cls,)))
    rng = rng_for(seed, "photographed views", cls, instance)
    angles = np.stack(
        [rng.uniform(*limits, VIEWS_PER_INSTANCE) for limits in (known.azimuth, known.elevation)],
        axis=1,
    )
    return [("random", *pose_from_turn_and_tilt(*pair)) for pair in angles]


def pose_from_turn_and_tilt(turn: float, tilt: float) -> tuple[float, float, float]:
    """Azimuth, elevation and roll of a turn and a tilt; degrees, rounded to 1e-6.

    The rounding makes the stored number the one that is rendered.
    """
    tilt = (tilt + 180.0) % 360.0 - 180.0
    if abs(tilt) <= 90.0:
        azimuth, elevation, roll = turn % 360.0, tilt, 0.0
    else:
        azimuth, elevation, roll = (turn + 180.0) % 360.0, np.copysign(180.0, tilt) - tilt, 180.0
    return round(float(azimuth), 6) % 360.0, round(float(elevation), 6), roll


def camera_axes(azimuth: float, elevation: float, roll: float) -> np.ndarray:
    """float64 (3, 3): rows right, up and back (from the object to the camera), orthonormal."""
    a, e, r = np.radians([azimuth, elevation, roll])
    back = np.array([np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)])
    right = np.array([np.cos(a), np.sin(a), 0.0])
    up = np.cross(back, right)
    return np.array([np.cos(r) * right + np.sin(r) * up, np.cos(r) * up - np.sin(r) * right, back])
