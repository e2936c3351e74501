"""Cases of digital clocks: extruded profiles, window panes and buttons.

Profiles and controls are upright, y and z as in the finished clock; panes lie at z = 0, facing +Z,
until `stand_upright` rotates them. Lengths are in metres.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

Point2 = tuple[float, float]

_NEUTRAL_COLOURS = ("17171a", "17171a", "2b2c30", "e9e7e1", "b9bcc0", "8a8d92")
_WOODS = (("8a5c38", "4e3222", "5a3a24"), ("c89a64", "dcb888", "d0a878"))


def sample_wood(rng: np.random.Generator, light: bool | None = None) -> bpy.types.Material:
    """Sample veneer, light or dark; either if None."""
    hex_codes = _WOODS[int(rng.random() < 0.5 if light is None else light)]
    colour = jitter_colour(rng, str(rng.choice(hex_codes)), 0.6)
    contrast = rng.uniform(0.15, 0.35)
    return materials.wood(colour, ring=rng.uniform(0.003, 0.007), contrast=contrast)


def sample_case_material(rng: np.random.Generator) -> bpy.types.Material:
    """Sample the material of a case: black, white, grey or coloured plastic, or wood."""
    kind = rng.choice(["sober", "colour", "wood"], p=[0.66, 0.2, 0.14])
    if kind == "wood":
        return sample_wood(rng)
    if kind == "colour":
        return materials.plastic(sample_colour(rng, (0.4, 0.9), (0.3, 0.8)))
    return materials.plastic(jitter_colour(rng, str(rng.choice(_NEUTRAL_COLOURS)), 0.6))


def window_material(colour: Colour) -> bpy.types.Material:
    """Return a dark pane's material, without reflections, which would turn black to grey."""
    return NodeGraph("window").build_material(colour, 0.5, specular=0.05)


def extruded_profile(profile: Sequence[Point2], length: float, corner_radius: float) -> Shape:
    """Build a convex profile extruded along x, with bevelled ends.

    Args:
        profile: Corners (y, z), metres.
        length: Along x, centred on x = 0, metres.
        corner_radius: Length by which each corner is rounded off, metres.
    """
    profile_points = np.array(profile, dtype=float)
    corners = []
    neighbours = zip(
        np.roll(profile_points, 1, 0), profile_points, np.roll(profile_points, -1, 0), strict=True
    )
    for before, corner, after in neighbours:
        start, end = (
            corner + corner_radius * (neighbour - corner) / np.linalg.norm(neighbour - corner)
            for neighbour in (before, after)
        )
        for t in np.linspace(0.0, 1.0, 6):
            corners.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    outline = np.array(corners)
    bevel = min(corner_radius, 0.004)
    centre = outline.mean(axis=0)
    narrow = centre + (outline - centre) * (1.0 - 1.2 * bevel / np.ptp(outline, axis=0).max())
    levels = [(narrow, 0.0), (outline, bevel), (outline, length - bevel), (narrow, length)]
    rings = [np.c_[np.full(len(points), x - length / 2), points] for points, x in levels]
    return shapes.loft(np.array(rings))


def stand_upright(parts: Sequence[Shape], lean_degrees: float, y: float, z: float) -> list[Shape]:
    """Rotate parts laid out facing +Z to face -Y, and move their origin to (0, y, z).

    Args:
        lean_degrees: Angle by which they lean back from upright.
    """
    return [part.rotated("x", 90.0 - lean_degrees).translated(0.0, y, z) for part in parts]


def window_pane(
    width: float, height: float, material: bpy.types.Material, thickness: float = 0.0015
) -> Shape:
    """Build a window on z = 0, `thickness` metres high."""
    levels = [(0.0, -0.002), (0.0, thickness - 0.0005), (0.0005, thickness)]
    return shapes.slab(width, height, levels, 0.004).with_material(material)


def top_controls(
    rng: np.random.Generator, width: float, front: Point2, back: Point2
) -> list[Shape]:
    """Build a snooze bar, buttons and speaker slots on a sloped top.

    Args:
        front: (y, z) of the top's front edge, metres.
        back: (y, z) of its back edge, metres.
    """
    button_material = materials.plain(
        jitter_colour(rng, str(rng.choice(["b9bcc0", "3a3b3e", "e0672a", "efece4"])))
    )
    dark_material = materials.plain(srgb_to_linear("0c0c0d"), 0.5)
    depth = back[0] - front[0]
    slope = np.degrees(np.arctan2(back[1] - front[1], back[0] - front[0]))
    button_profile = shapes.fillet_profile(0.006, 0.0015, -0.001)
    snooze_bar = shapes.slab(0.5 * width, 0.2 * depth, button_profile, 0.004)
    parts = [snooze_bar.translated(y=-0.25 * depth).with_material(button_material)]
    for k, x in enumerate(np.linspace(-0.32, 0.32, int(rng.integers(3, 7)))):
        button = shapes.slab(0.09 * width, 0.14 * depth, button_profile, 0.003)
        parts.append(
            button.translated(x * width, 0.02 * depth).with_material(
                button_material if k % 3 else dark_material
            )
        )
    for y in np.linspace(0.17, 0.4, int(rng.integers(4, 8))):
        slot = shapes.slab(0.6 * width, 0.02 * depth, [(0.0, -0.001), (0.0, 0.0006)], 0.001)
        parts.append(slot.translated(y=y * depth).with_material(dark_material))
    y, z = (front[0] + back[0]) / 2, (front[1] + back[1]) / 2
    return [part.rotated("x", float(slope)).translated(0.0, y, z) for part in parts]
