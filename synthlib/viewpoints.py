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
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthlib.classes import CLASSES, ObjectClass
from synthlib.seeding import rng_for

Poses = Literal["thesis", "photographed"]
"""Where an instance is seen from: the thesis's 26 views, or as its class is photographed."""

VIEWS = 26
"""Views of an instance: 16 deterministic, 10 random."""

TURNS = tuple(range(0, 351, 50))
"""Degrees about the vertical axis, at tilt 0."""

TILTS = tuple(range(25, 201, 25))
"""Degrees about the horizontal axis, at turn 0; elevations down to -20."""

LOWEST = -25.0
"""Degrees of elevation below which random views are rejected: the underside (thesis 4.3.3)."""


@dataclass(frozen=True)
class View:
    """One camera direction: azimuth in [0, 360), elevation in [-90, 90], roll; degrees."""

    index: int
    kind: Literal["deterministic", "random"]
    azimuth: float
    elevation: float
    roll: float


def views_for(seed: int, cls: str, instance: str, poses: Poses = "thesis") -> tuple[View, ...]:
    """The 26 views of an instance, its random ones from a stream of its own.

    "thesis": 8 turns, 8 tilts, then 10 random ones, uniform in both turn and tilt over [0, 360)
    degrees; those with an elevation below -25 degrees are drawn again. "photographed": all 26
    random, uniform in the azimuths and elevations of the class in `classes.yaml` (of a class that
    is not there: anywhere above -25 degrees).
    """
    if poses == "photographed":
        return _photographed(seed, cls, instance)
    angles = [(turn, 0.0) for turn in TURNS] + [(0.0, tilt) for tilt in TILTS]
    fixed = [View(i, "deterministic", *normal_form(*pair)) for i, pair in enumerate(angles)]
    rng = rng_for(seed, "views", cls, instance)
    drawn: list[View] = []
    while len(fixed) + len(drawn) < VIEWS:
        azimuth, elevation, roll = normal_form(*rng.uniform(0.0, 360.0, size=2))
        if elevation >= LOWEST:
            drawn.append(View(len(fixed) + len(drawn), "random", azimuth, elevation, roll))
    return (*fixed, *drawn)


def _photographed(seed: int, cls: str, instance: str) -> tuple[View, ...]:
    known = CLASSES.get(cls, ObjectClass(cls, "", ()))
    rng = rng_for(seed, "photographed views", cls, instance)
    angles = np.stack(
        [rng.uniform(*limits, VIEWS) for limits in (known.azimuth, known.elevation)], axis=1
    )
    return tuple(View(i, "random", *normal_form(*pair)) for i, pair in enumerate(angles))


def normal_form(turn: float, tilt: float) -> tuple[float, float, float]:
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
