"""Wall clocks with pendulums: windows for schoolhouse clocks, long cases, cuckoo clocks.

Parts lie on their backs on z = 0, the dial's centre at the origin, 12 towards +Y; metres.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import cases, dials
from synthlib.blender.generators.parts.clocks.dials import DialStyle
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape


def sample_brass(rng: np.random.Generator) -> bpy.types.Material:
    """Sample polished brass, more or less red."""
    return materials.metal(jitter_colour(rng, "c89a3c", 0.6))


def bezel(radius: float, back_z: float, front_z: float, material: bpy.types.Material) -> Shape:
    """Build a metal ring around a dial.

    Args:
        radius: Of the dial, metres.
    """
    inner, outer = 0.96 * radius, 1.06 * radius
    top = back_z + 0.85 * (front_z - back_z)
    section = [(inner, back_z), (outer, back_z), (outer, top), (radius, front_z), (inner, top)]
    return shapes.lathe_closed_section(section, 96).with_material(material)


def pendulum(
    size: float, start: tuple[float, float], end: tuple[float, float], material: bpy.types.Material
) -> list[Shape]:
    """Build a rod and a bob, up to 9 mm above z = 0.

    Args:
        size: Radius of the bob, metres.
        start: (x, y) of the rod's upper end, metres.
        end: (x, y) of the bob's centre, metres.
    """
    levels = [(0.3 * size, 0.0), (0.0, 0.004), (0.4 * size, 0.009)]
    bob = shapes.slab(2 * size, 2 * size, levels, size, segments=8).translated(*end)
    rod = shapes.rod((*start, 0.003), (*end, 0.003), 0.05 * size + 0.0012)
    return [rod.with_material(material), bob.with_material(material)]


def pendulum_window(
    rng: np.random.Generator,
    frame_material: bpy.types.Material,
    width: float,
    y_range: tuple[float, float],
    z: float,
) -> list[Shape]:
    """Build a dark pane in a frame with a pendulum in front of it.

    Args:
        y_range: Lower and upper edge, metres.
        z: Height of the pane, metres.
    """
    bottom, top = y_range
    centre_y = 0.5 * (bottom + top)
    height = top - bottom
    pane = shapes.slab(width, height, [(0.0, -0.002), (0.0, 0.0015)], 0.004).translated(y=centre_y)
    pane_material = materials.plain(
        jitter_colour(rng, str(rng.choice(["17110d", "241812", "d8cfbb"]))), 0.3
    )
    outer = cases.superellipse(1.08 * width, height + 0.08 * width, 30.0)
    inner = cases.superellipse(0.95 * width, height - 0.05 * width, 30.0)
    section = [(0.0, -0.002), (1.0, -0.002), (1.0, 0.004), (0.5, 0.009), (0.0, 0.005)]
    rim = cases.frame(outer, inner, section).translated(y=centre_y)
    bob_radius = rng.uniform(0.22, 0.32) * min(width, height)
    end = (rng.uniform(-0.12, 0.12) * width, bottom + bob_radius + 0.12 * height)
    parts = [
        pane.with_material(pane_material),
        rim.with_material(frame_material),
        *pendulum(bob_radius, (0.0, top - 0.002), end, sample_brass(rng)),
    ]
    return [part.translated(z=z) for part in parts]


def long_case_clock(
    rng: np.random.Generator, style: DialStyle, material: bpy.types.Material
) -> list[Shape]:
    """Build a tall case with crown, ledges, dial and a window for its pendulum."""
    radius = rng.uniform(0.08, 0.11)
    depth = rng.uniform(0.06, 0.09)
    width = radius * rng.uniform(2.5, 2.9)
    height = radius * rng.uniform(5.2, 7.2)
    top_y = 1.4 * radius
    parts = [
        shapes.box(width, height, depth, 0.003)
        .translated(y=top_y - height / 2)
        .with_material(material)
    ]
    for y, extra in ((top_y, 0.16), (top_y - height, 0.12)):
        ledge = shapes.box(width * (1 + extra), 0.03, depth + 0.015, 0.006)
        parts.append(ledge.translated(y=y).with_material(material))
    crown = str(rng.choice(["gable", "arch", "none"]))
    if crown != "none":
        angles = np.linspace(0.0, np.pi, 24)
        arc = np.stack([0.46 * np.cos(angles), 0.3 * np.sin(angles)], axis=1)
        crown_outline = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, 0.4)]) if crown == "gable" else arc
        parts.append(
            shapes.prism(crown_outline * width, 0.7 * depth)
            .translated(y=top_y + 0.01)
            .with_material(material)
        )
        peak_y = top_y + 0.01 + crown_outline[:, 1].max() * width
        knob = shapes.sphere(0.13 * radius, 20).translated(0.0, peak_y, 0.35 * depth)
        parts.append(knob.with_material(sample_brass(rng) if rng.random() < 0.5 else material))
        foot = shapes.sphere(0.16 * radius, 20)
        for x in (-0.4, 0.4):
            parts.append(
                foot.translated(x * width, top_y - height - 0.015, 0.5 * depth).with_material(
                    material
                )
            )
    parts.append(bezel(radius, depth - 0.002, depth + 0.014, sample_brass(rng)))
    parts += [part.translated(z=depth + 0.004) for part in dials.dial(rng, radius, style)]
    window_range = (top_y - height + 0.5 * radius, -1.3 * radius)
    return parts + pendulum_window(rng, material, 0.66 * width, window_range, depth)


def _carved_leaf(length: float, width: float, thickness: float) -> Shape:
    """Build a carved vine leaf from the origin along +Y."""
    shares = [0.0, 0.12, 0.25, 0.4, 0.52, 0.64, 0.8, 1.0]
    half_widths = np.array([0.1, 0.6, 0.42, 1.0, 0.7, 0.85, 0.4, 0.02]) * width / 2
    right = [(x, y * length) for x, y in zip(half_widths, shares, strict=True)]
    return shapes.prism([*right, *((-x, y) for x, y in reversed(right))], thickness)


def cuckoo_clock(
    rng: np.random.Generator, style: DialStyle, material: bpy.types.Material
) -> list[Shape]:
    """Build the carved house: gable roof, leaves, a bird at its door, pine cones, a pendulum."""
    size = rng.uniform(0.07, 0.1)
    depth = rng.uniform(0.07, 0.1)
    dark_wood = materials.wood(jitter_colour(rng, "3a2014"), grain_axis="x", ring=0.006)
    pale_material = materials.plain(jitter_colour(rng, "efe2c0", 0.4), 0.5)
    style = replace(
        style,
        numerals="roman",
        minute_track="none",
        centre_zone=None,
        has_second_hand=False,
        text="",
    )
    style = replace(style, boldness=1.6, face=dark_wood, ink=pale_material, hands=pale_material)
    if rng.random() < 0.3:  # a painted house
        material = materials.plain(sample_colour(rng, (0.1, 0.9), (0.15, 0.8)), 0.5)
        style = replace(style, face=pale_material, ink=dark_wood, hands=dark_wood)
    width = 2.2 * size
    height = 3.6 * size
    roof_slope = rng.uniform(0.4, 0.6)
    top_y, bottom_y = 0.55 * height, -0.45 * height
    gable_height = roof_slope * width / 2
    outline = [
        (-width / 2, bottom_y),
        (width / 2, bottom_y),
        (width / 2, top_y - gable_height),
        (0.0, top_y),
    ]
    parts = [
        shapes.prism([*outline, (-width / 2, top_y - gable_height)], depth).with_material(material)
    ]
    base = shapes.box(1.15 * width, 0.12 * size, 1.15 * depth, 0.003).translated(y=bottom_y)
    parts.append(base.with_material(dark_wood))
    roof_angle = np.degrees(np.arctan2(gable_height, width / 2))
    board_length = np.hypot(gable_height, width / 2) * 1.3
    board = shapes.box(board_length, 0.13 * size, 1.3 * depth, 0.003).translated(
        x=0.5 * board_length - 0.06 * size
    )
    for side in (0.0, 180.0):  # a board from the ridge down to the right, and its mirror image
        turned = board.rotated("z", -roof_angle).rotated("y", side)
        parts.append(
            turned.translated(0.0, top_y + 0.02 * size, 1.3 * depth if side else 0.0).with_material(
                dark_wood
            )
        )
    parts += _carved_leaves(rng, size, width, top_y, bottom_y, depth, material)
    parts += _bird_and_door(
        rng, size, 0.28 * (top_y - gable_height) + 0.72 * size * 1.35, depth, dark_wood
    )
    dial_y = -0.15 * size
    dial_radius = 0.72 * size
    dial_parts = [
        part.translated(y=dial_y, z=depth + 0.004) for part in dials.dial(rng, dial_radius, style)
    ]
    rim = bezel(
        dial_radius, depth - 0.002, depth + 0.012, material if rng.random() < 0.5 else pale_material
    )
    parts += [*dial_parts, rim.translated(y=dial_y)]
    return parts + _weights_and_pendulum(rng, size, bottom_y, depth, dark_wood)


def _carved_leaves(
    rng: np.random.Generator,
    size: float,
    width: float,
    top: float,
    low: float,
    depth: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Build leaves on the ridge, down both sides and at the foot, of wood or painted."""
    leaf_material = (
        materials.plain(jitter_colour(rng, "4a6a2c"), 0.5) if rng.random() < 0.3 else material
    )
    leaf_poses = [(0.0, top - 0.25 * size, 0.0, 1.0), (0.15, top - 0.35 * size, 50.0, 0.9)]
    half_width_ratio = 0.5 * width / size
    leaf_poses.append((half_width_ratio - 0.2, low + 0.5 * size, 65.0, 1.0))
    leaf_poses.append((half_width_ratio - 0.15, low + 1.3 * size, 50.0, 0.9))
    leaf_poses.append((0.3, low + 0.2 * size, 150.0, 0.8))
    leaf = _carved_leaf(1.0 * size, 0.75 * size, 0.02)
    parts = []
    for x, y, angle, scale in leaf_poses:
        for side in (1.0, -1.0) if x else (1.0,):
            shape = leaf.deformed(lambda points, scale=scale: points * [scale, scale, 1.0])
            shape = shape.rotated("z", -side * angle).translated(side * x * size, y, depth - 0.004)
            parts.append(shape.with_material(leaf_material))
    return parts


def _bird_and_door(
    rng: np.random.Generator, size: float, y: float, depth: float, dark: bpy.types.Material
) -> list[Shape]:
    """Build the door below the ridge, and the bird leaning out of it."""
    door = shapes.slab(0.5 * size, 0.6 * size, [(0, -0.002), (0, 0.0015)], 0.2 * size)
    door_material = materials.plain(srgb_to_linear("0c0908"), 0.8)
    bird_material = materials.plain(
        jitter_colour(rng, str(rng.choice(["d8b060", "b0522c", "3c6a9c"]))), 0.6
    )
    body = shapes.sphere(0.16 * size, 20).deformed(lambda points: points * [1.0, 1.0, 1.8])
    beak = shapes.lathe([(0.07 * size, 0.0), (0.001, 0.2 * size)], 12).translated(z=0.26 * size)
    parts = [
        door.with_material(door_material),
        body.with_material(bird_material),
        beak.with_material(dark),
    ]
    return [part.translated(0.0, y, depth) for part in parts]


def _weights_and_pendulum(
    rng: np.random.Generator, size: float, low: float, depth: float, dark: bpy.types.Material
) -> list[Shape]:
    """Build two pine cones on chains at different heights, and the pendulum between them."""
    iron = materials.metal(jitter_colour(rng, "8a6a3a", 0.5))
    parts = []
    depths = np.linspace(0.0, 1.0, 17)
    relative_radii = np.sin(np.pi * depths) ** 0.7 * (1.15 - 0.5 * depths) + 0.05
    profile = np.stack(
        [0.24 * size * relative_radii * (1.0 + 0.1 * (-1.0) ** np.arange(17)), -depths], axis=1
    )
    profile[:, 1] *= 0.95 * size
    cone = shapes.lathe(profile, 20).rotated("x", -90.0)
    for x in (-0.55, 0.55):
        cone_top = low - rng.uniform(0.6, 2.2) * size
        chain = shapes.rod(
            (x * size, low, 0.5 * depth), (x * size, cone_top - 0.02, 0.5 * depth), 0.0035
        )
        parts += [
            chain.with_material(iron),
            cone.translated(x * size, cone_top, 0.5 * depth).with_material(dark),
        ]
    end = (0.12 * size, low - rng.uniform(1.2, 1.8) * size)
    pendulum_parts = pendulum(0.28 * size, (0.0, low + 0.01), end, dark)
    return parts + [part.translated(z=0.25 * depth) for part in pendulum_parts]
