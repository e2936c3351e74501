"""Stands of monitors: discs, plates, forks, bent sheets, easels.

A stand reaches from the table, z = 0, to the centre of the panel's back at (0, back_y, height). All
makers have the same arguments: the panel's width, `height`, and `back_y`, in metres.
"""

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape


def _neck(
    rng: np.random.Generator, height: float, back_y: float, material: bpy.types.Material
) -> list[Shape]:
    """Build a flat or round column with a joint behind the panel."""
    width = rng.uniform(0.03, 0.09)
    thickness = rng.uniform(0.018, 0.035)
    y = back_y + 0.5 * thickness
    joint = shapes.box(width * 1.3, 0.03, width * 1.2, 0.006)
    parts = [joint.translated(y=back_y + 0.011, z=height - 0.6 * width)]
    if rng.random() < 0.35:
        parts.append(shapes.rod((0, y, 0.004), (0, y, height), 0.5 * thickness + 0.004, 24))
    else:
        taper = rng.uniform(-0.25, 0.4)

        def tapered(points: np.ndarray) -> np.ndarray:
            return points * np.stack(
                [1.0 - taper * (points[:, 2] / height - 0.5), *np.ones((2, len(points)))], axis=1
            )

        parts.append(shapes.box(width, thickness, height, 0.005).deformed(tapered).translated(y=y))
    return [part.with_material(material) for part in parts]


def disc(
    rng: np.random.Generator,
    width: float,
    height: float,
    back_y: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build a stand with a round or oval foot."""
    radius = width * rng.uniform(0.19, 0.28)
    thickness = rng.uniform(0.008, 0.022)
    profile = [
        (0.0, 0.0),
        (radius, 0.0),
        (radius, 0.4 * thickness),
        (0.93 * radius, 0.8 * thickness),
    ]
    dome_ratio = rng.choice([1.0, rng.uniform(1.2, 2.0)])
    foot = shapes.lathe(
        [*profile, (0.5 * radius, dome_ratio * thickness), (0.0, dome_ratio * thickness)], 64
    )
    depth_ratio = rng.uniform(0.62, 1.0)
    foot = foot.deformed(lambda points: points * [1.0, depth_ratio, 1.0])
    return [foot.with_material(material), *_neck(rng, height, back_y, material)]


def plate(
    rng: np.random.Generator,
    width: float,
    height: float,
    back_y: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build a stand with a rectangular foot."""
    foot_width = width * rng.uniform(0.32, 0.55)
    depth = rng.uniform(0.16, 0.23)
    foot = shapes.slab(
        foot_width,
        depth,
        [(0.002, 0.0), *shapes.fillet_profile(0.008, 0.003, 0.003)],
        rng.uniform(0.003, 0.05),
    )
    return [
        foot.translated(y=back_y - 0.02).with_material(material),
        *_neck(rng, height, back_y, material),
    ]


def fork(
    rng: np.random.Generator,
    width: float,
    height: float,
    back_y: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build a stand with two legs spread to the front, and a short one behind or none."""
    reach = rng.uniform(0.15, 0.22)
    spread = np.radians(rng.uniform(30.0, 65.0))
    leg_width = rng.uniform(0.018, 0.04)
    thickness = rng.uniform(0.01, 0.016)
    parts = []
    angles = [-spread, spread] + [np.pi] * (rng.random() < 0.6)
    for angle in angles:
        length = reach * (0.4 if angle == np.pi else 1.0)
        path = np.array(
            [
                [0.0, 0.0, thickness],
                [0.4 * length, 0, 0.9 * thickness],
                [length, 0, 0.5 * thickness],
            ]
        )
        leg = shapes.sweep(
            path,
            shapes.rounded_rectangle(leg_width, 0.9 * thickness, [0.003]) * [[1.0, 1.0]],
            (0.0, 1.0, 0.0),
        )
        parts.append(leg.rotated("z", np.degrees(angle) - 90.0).translated(y=back_y + 0.015))
    hub = shapes.lathe([(0, 0.002), (0.032, 0.002), (0.032, 0.018), (0.024, 0.026), (0, 0.026)], 32)
    parts.append(hub.translated(y=back_y + 0.015))
    return [
        *(part.with_material(material) for part in parts),
        *_neck(rng, height, back_y, material),
    ]


def bent_sheet(
    rng: np.random.Generator,
    width: float,
    height: float,
    back_y: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build one bent sheet of metal, foot and neck in one."""
    sheet_width = width * rng.uniform(0.28, 0.4)
    depth = rng.uniform(0.15, 0.2)
    positions = np.linspace(0.0, 1.0, 26)
    lean = rng.uniform(0.02, 0.07)
    ys = (
        back_y - depth,
        back_y + lean - 0.01,
        back_y + lean + 0.012,
        back_y + lean,
        back_y + 0.004,
    )
    knots = (0.0, 0.42, 0.5, 0.6, 1.0)
    y = shapes.smooth_interpolation(positions, knots, ys)
    z = shapes.smooth_interpolation(positions, knots, (0.004, 0.004, 0.014, 0.05, height))
    path = np.stack([0 * positions, y, z], axis=1)
    return [shapes.ribbon(path, sheet_width, 0.007, (1.0, 0.0, 0.0)).with_material(material)]


def easel(
    rng: np.random.Generator,
    width: float,
    height: float,
    back_y: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build an easel: two props behind, splayed to the sides, and a bar under the panel."""
    parts = []
    half_spacing = width * rng.uniform(0.18, 0.32)
    for side in (-1.0, 1.0):
        foot = np.array([side * half_spacing * 1.25, back_y - 0.11, 0.008])
        heel = np.array([side * half_spacing * 1.25, back_y + 0.09, 0.008])
        knee = np.array([side * half_spacing, back_y + 0.006, height * 0.75])
        parts += [shapes.rod(foot, heel, 0.008), shapes.rod(0.45 * foot + 0.55 * heel, knee, 0.008)]
    y = 0.45 * (back_y - 0.11) + 0.55 * (back_y + 0.09)
    parts.append(
        shapes.rod((-half_spacing * 1.25, y, 0.009), (half_spacing * 1.25, y, 0.009), 0.007)
    )
    return [part.with_material(material) for part in parts]


STAND_PROBABILITIES = {disc: 0.3, plate: 0.26, fork: 0.22, bent_sheet: 0.14, easel: 0.08}
"""Makers of stands and their probabilities; the fourth is the one of all-in-ones."""
