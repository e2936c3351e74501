"""Bodies of table clocks around their dials: drums and cases of any outline, legs, bells, handles.

All parts lie on their backs, the dial facing +Z with 12 towards +Y; the front of the body is at
z = 0 and its back below. Lengths are in metres.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import cases, dials
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class ClockLook:
    """Materials of one clock, the style of its dial, and the dial's radius in metres."""

    body: bpy.types.Material
    trim: bpy.types.Material
    dark: bpy.types.Material
    dial: dials.DialStyle
    radius: float


def drum_case(rng: np.random.Generator, look: ClockLook, depth: float) -> list[Shape]:
    """Build a round case with its dial, rim and the controls on its back.

    Args:
        depth: Depth of the case, metres; its radius is 1.12 times the dial's.
    """
    radius = look.radius
    case_radius = 1.12 * look.radius
    rim_height = rng.uniform(0.14, 0.22) * radius
    fillet = rng.uniform(0.05, 0.3) * radius
    profile = [(case_radius - fillet, -depth), (case_radius - 0.3 * fillet, -depth + 0.3 * fillet)]
    profile += [(case_radius, -depth + fillet), (case_radius, -0.002), (0.98 * case_radius, 0.0)]
    inner_radius = 0.985 * radius
    rim_radius = case_radius + rng.uniform(0.01, 0.06) * radius
    section = [
        (inner_radius, -0.003),
        (rim_radius, -0.006),
        (rim_radius, 0.5 * rim_height),
        (0.5 * (rim_radius + inner_radius), rim_height),
    ]
    rim = shapes.lathe_closed_section([*section, (inner_radius, 0.6 * rim_height)], 72)
    parts = [shapes.lathe(profile, 72).with_material(look.body)]
    parts.append(rim.with_material(look.trim if rng.random() < 0.65 else look.body))
    parts += [part.translated(z=0.002) for part in dials.dial(rng, radius, look.dial)]
    return parts + _back_controls(look, depth)


def outlined_case(
    rng: np.random.Generator, look: ClockLook, outline: np.ndarray, depth: float
) -> list[Shape]:
    """Build a case with any outline and a frame, the dial in it round or square as its style says.

    Args:
        outline: Points (160, 2) as from `cases.polar_outline`, metres.
        depth: Depth of the case, metres.
    """
    radius = look.radius
    fillet = rng.uniform(0.03, 0.12) * look.radius
    levels = [
        (fillet, -depth),
        (0.3 * fillet, 0.3 * fillet - depth),
        (0.0, fillet - depth),
        (0.0, -0.001),
    ]
    inner = cases.polar_outline(0.98 * radius)
    if look.dial.squareness > 0.5:
        inner = cases.superellipse(1.96 * radius, 1.96 * radius, 9.0)
    section = cases.sample_moulding(rng, -0.002, rng.uniform(0.14, 0.28) * radius)
    parts = [cases.extrude_outline(outline, levels).with_material(look.body)]
    parts.append(cases.frame(0.995 * outline, inner, section).with_material(look.body))
    if rng.random() < 0.6:
        lip_height = rng.uniform(0.17, 0.3) * radius
        lip = [
            (0.0, 0.0),
            (1.0, 0.0),
            (1.0, 0.85 * lip_height),
            (0.5, lip_height),
            (0.0, 0.85 * lip_height),
        ]
        parts.append(cases.frame(1.08 * inner, 0.96 * inner, lip).with_material(look.trim))
    parts += [part.translated(z=0.002) for part in dials.dial(rng, radius, look.dial)]
    return parts + _back_controls(look, depth)


def _back_controls(look: ClockLook, depth: float) -> list[Shape]:
    """Build the battery door, two winding keys and a lever on the back, at z = -depth."""
    radius = look.radius
    door = shapes.slab(0.8 * radius, 0.45 * radius, [(0.0, -0.001), (0.0, 0.001)], 0.003)
    parts = [door.with_material(look.dark).translated(y=-0.42 * radius)]
    for x in (-0.4, 0.4):
        key = cases.knob(0.17 * radius, 0.2 * radius, look.dark)
        parts.append(key.translated(x * radius, 0.15 * radius, -0.001))
    lever = cases.knob(0.08 * radius, 0.14 * radius, look.dark)
    parts.append(lever.translated(0.0, 0.5 * radius, -0.001))
    return [part.rotated("y", 180.0).translated(z=-depth) for part in parts]


def splayed_legs(
    look: ClockLook, drum_radius: float, depth: float, angle: float, foot_kind: str
) -> list[Shape]:
    """Build two splayed legs below a drum.

    Args:
        drum_radius: Distance from the clock's axis at which the legs start, metres.
        depth: Depth of the drum; the legs are at half of it.
        angle: Of each leg from the vertical, degrees.
        foot_kind: "ball", "rubber" or "cone".
    """
    parts = []
    offset = np.array([0.0, 0.0, -0.5 * depth])
    for side in (-1.0, 1.0):
        direction = np.array([side * np.sin(np.radians(angle)), -np.cos(np.radians(angle)), 0.0])
        start, centre, end = (
            share * drum_radius * direction + offset for share in (0.9, 1.05, 1.36)
        )
        if foot_kind == "cone":
            path = np.array([start, centre, end])
            radii = np.array([0.16, 0.14, 0.06]) * drum_radius
            parts.append(shapes.tube(path, radii, (0.0, 0.0, 1.0), 20).with_material(look.trim))
        else:
            foot = shapes.sphere(0.135 * drum_radius, 20).translated(*end)
            parts.append(foot.with_material(look.dark if foot_kind == "rubber" else look.trim))
            parts.append(shapes.rod(start, end, 0.055 * drum_radius).with_material(look.trim))
    return parts


def bell(size: float, height_ratio: float, material: bpy.types.Material) -> list[Shape]:
    """Build a bell on its post, the post rising from y = 0 along +Y.

    Args:
        size: Radius of the bell, metres.
        height_ratio: Height of the bell over its radius.
    """
    angles = np.linspace(0.0, np.pi / 2, 9)
    outside = [(size * np.cos(a), height_ratio * size * np.sin(a)) for a in angles]
    inside = [(0.9 * r, 0.9 * z + 0.02 * size) for r, z in reversed(outside)]
    parts = [shapes.lathe([*inside, (0.97 * size, -0.05 * size), *outside], 40)]
    parts.append(shapes.sphere(0.16 * size, 16).translated(z=(height_ratio + 0.05) * size))
    parts.append(shapes.rod((0, 0, -0.7 * size), (0, 0, height_ratio * size), 0.11 * size))
    return [
        part.rotated("x", -90.0).translated(y=0.7 * size).with_material(material) for part in parts
    ]


def bow_handle(ends: tuple[float, float], rise: float, thickness: float, width: float) -> Shape:
    """Build a curved handle from (-x, y) over to (x, y).

    Args:
        ends: (x, y) of the right end, metres.
        rise: Height of the handle's middle above its ends, metres.
    """
    x, y = ends
    angles = np.linspace(0.0, np.pi, 25)
    bow_x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** 0.75
    path = np.stack([x * bow_x, y + rise * np.sin(angles), np.zeros(25)], axis=1)
    return shapes.ribbon(path, width, thickness, (0, 0, 1))
