"""Bodies of remote controls: two shells, a face plate and the window; lengths in millimetres.

The deck lies at z = 0, the body below it; the far end points to +Y.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.materials import plain
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class BodyForm:
    """Form of a bar, which the buttons fit on; lengths in millimetres.

    Attributes:
        width: Least width of the deck; waist and taper make it wider elsewhere.
        far_radius: Of the corners at the far end; `near_radius` likewise.
        round_off: Radius of the upper edges; `under_radius` of the lower ones.
        waist: Additional width of both ends, as a share of the width.
        taper: Additional width of the far end, or of the near end if negative, likewise.
    """

    width: float
    length: float
    thickness: float
    far_radius: float
    near_radius: float
    round_off: float
    under_radius: float
    waist: float = 0.0
    taper: float = 0.0


def sample_body(
    rng: np.random.Generator, width: float, length: float, thickness: float, *, curved: bool
) -> BodyForm:
    """Sample the form of a bar.

    Args:
        width: Millimetres; `length` and `thickness` likewise.
        curved: Shaped for the hand, with a strong waist or taper.
    """
    taper = rng.choice([-1.0, 1.0]) * rng.uniform(0.0, 0.1)
    waist = float(rng.choice([0.0, rng.uniform(0.02, 0.12)]))
    if curved:
        waist, taper = rng.uniform(0.05, 0.34), rng.uniform(-0.16, 0.16)
    return BodyForm(
        width=width,
        length=length,
        thickness=thickness,
        far_radius=width * rng.choice([0.1, 0.25, 0.5]),
        near_radius=width * rng.choice([0.1, 0.3, 0.5]),
        round_off=min(rng.uniform(0.6, 3.0), 0.3 * thickness),
        under_radius=rng.uniform(0.15, 0.45) * thickness,
        waist=waist,
        taper=taper,
    )


def body(form: BodyForm, upper: Material, lower: Material, window: Material | None) -> list[Shape]:
    """Build the two shells, narrower towards their lower rims, and the window at the far end.

    Args:
        upper: Material of the upper shell; `lower` of the lower one.
        window: Material of the window, None for none.
    """
    thickness, under_radius = form.thickness, form.under_radius
    angles = np.linspace(0.0, np.pi / 2, 5)
    lower_profile = [
        (under_radius * (1 - np.sin(a)), -thickness + under_radius * (1 - np.cos(a)))
        for a in angles
    ]
    # The seam between the two halves of the shell.
    seam_z = under_radius - thickness + 0.2 * (thickness - under_radius)
    top = shapes.fillet_profile(
        thickness - under_radius, form.round_off, under_radius - thickness, steps=4
    )
    radii = (form.far_radius, form.far_radius, form.near_radius, form.near_radius)
    parts = []
    for profile, material in (
        ([*lower_profile, (0.0, seam_z)], lower),
        ([(0.0, seam_z), *top[1:]], upper),
    ):
        shell = shapes.slab(
            form.width + 5, form.length, profile, radii, segments=10, resample_count=160
        )
        parts.append(shell.deformed(_outline_deformation(form)).with_material(material))
    if window:
        pane = shapes.slab(0.45 * form.width, 4.0, shapes.fillet_profile(4.0, 1.0, -4.0), 1.5)
        pane = pane.translated(y=form.length / 2 - 1.2, z=-0.35 * thickness + 2)
        parts.append(pane.with_material(window))
    return parts


def _outline_deformation(form: BodyForm) -> Callable[[np.ndarray], np.ndarray]:
    """Return the deformation that widens a bar towards its ends."""

    def widen(points: np.ndarray) -> np.ndarray:
        along = 2 * points[:, 1] / form.length
        scale = 1.0 + form.waist * (1.0 - np.exp(-((along / 0.5) ** 2)))
        scale += abs(form.taper) + form.taper * along
        return points * np.stack([scale, np.ones_like(scale), np.ones_like(scale)], axis=1)

    return widen


def face_plate(rng: np.random.Generator, form: BodyForm, material: Material) -> Shape:
    """Build a plate of another material on the deck: all of it, its far part, or an oval."""
    share, start = (
        (0.94, 0.0) if rng.random() < 0.5 else (rng.uniform(0.35, 0.65), rng.uniform(0.0, 1.0))
    )
    depth = share * (form.length - 6.0)
    y = 0.5 * (form.length - 6.0 - depth) * start
    radius = rng.choice([2.0, 0.2 * form.width, 0.5 * form.width])
    plate = shapes.slab(
        0.98 * form.width, depth, [(0.0, -0.3), (0.0, 0.03), (0.4, 0.06)], radius, segments=6
    )
    return plate.translated(y=y).with_material(material)


def key_ring(form: BodyForm) -> Shape:
    """Build a metal loop at the far end."""
    angles = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
    section = 0.9 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [5.0, 0.0]
    ring = shapes.lathe_closed_section(section, 32)
    at = (0.0, form.length / 2 + 3.0, -0.5 * form.thickness)
    return ring.translated(*at).with_material(plain((0.4, 0.4, 0.41), 0.3))
