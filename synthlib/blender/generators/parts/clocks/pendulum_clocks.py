"""Wall clocks with pendulums: windows for schoolhouse clocks, long cases, cuckoo clocks.

Made lying on their backs on z = 0, the dial's middle at the origin, 12 towards +Y.
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
    """Polished brass, more or less red."""
    return materials.metal(jitter_colour(rng, "c89a3c", 0.6))


def bezel(radius: float, back_z: float, front_z: float, material: bpy.types.Material) -> Shape:
    """A metal ring about a dial, from z = low to high."""
    inner, outer = 0.96 * radius, 1.06 * radius
    top = back_z + 0.85 * (front_z - back_z)
    section = [(inner, back_z), (outer, back_z), (outer, top), (radius, front_z), (inner, top)]
    return shapes.lathe_closed_section(section, 96).with_material(material)


def pendulum(
    size: float, start: tuple[float, float], end: tuple[float, float], material: bpy.types.Material
) -> list[Shape]:
    """A rod from start to end (x, y) and a bob of radius `size` there, up to 9 mm above z = 0."""
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
    """A dark pane in a frame at height z from y = span[0] up to span[1], a pendulum before it."""
    low, high = y_range
    middle, tall = 0.5 * (low + high), high - low
    pane = shapes.slab(width, tall, [(0.0, -0.002), (0.0, 0.0015)], 0.004).translated(y=middle)
    dark = materials.plain(jitter_colour(rng, str(rng.choice(["17110d", "241812", "d8cfbb"]))), 0.3)
    outer = cases.superellipse(1.08 * width, tall + 0.08 * width, 30.0)
    inner = cases.superellipse(0.95 * width, tall - 0.05 * width, 30.0)
    section = [(0.0, -0.002), (1.0, -0.002), (1.0, 0.004), (0.5, 0.009), (0.0, 0.005)]
    rim = cases.frame(outer, inner, section).translated(y=middle)
    size = rng.uniform(0.22, 0.32) * min(width, tall)
    end = (rng.uniform(-0.12, 0.12) * width, low + size + 0.12 * tall)
    parts = [
        pane.with_material(dark),
        rim.with_material(frame_material),
        *pendulum(size, (0.0, high - 0.002), end, sample_brass(rng)),
    ]
    return [part.translated(z=z) for part in parts]


def long_case_clock(
    rng: np.random.Generator, style: DialStyle, material: bpy.types.Material
) -> list[Shape]:
    """A tall case with crown, ledges, dial and a window for its pendulum."""
    radius, depth = rng.uniform(0.08, 0.11), rng.uniform(0.06, 0.09)
    wide, tall, high = radius * rng.uniform(2.5, 2.9), radius * rng.uniform(5.2, 7.2), 1.4 * radius
    parts = [
        shapes.box(wide, tall, depth, 0.003).translated(y=high - tall / 2).with_material(material)
    ]
    for y, extra in ((high, 0.16), (high - tall, 0.12)):
        ledge = shapes.box(wide * (1 + extra), 0.03, depth + 0.015, 0.006)
        parts.append(ledge.translated(y=y).with_material(material))
    crown = str(rng.choice(["gable", "arch", "none"]))
    if crown != "none":
        turns = np.linspace(0.0, np.pi, 24)
        arch = np.stack([0.46 * np.cos(turns), 0.3 * np.sin(turns)], axis=1)
        top = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, 0.4)]) if crown == "gable" else arch
        parts.append(
            shapes.prism(top * wide, 0.7 * depth).translated(y=high + 0.01).with_material(material)
        )
        peak = high + 0.01 + top[:, 1].max() * wide
        knob = shapes.sphere(0.13 * radius, 20).translated(0.0, peak, 0.35 * depth)
        parts.append(knob.with_material(sample_brass(rng) if rng.random() < 0.5 else material))
        foot = shapes.sphere(0.16 * radius, 20)
        for x in (-0.4, 0.4):
            parts.append(
                foot.translated(x * wide, high - tall - 0.015, 0.5 * depth).with_material(material)
            )
    parts.append(bezel(radius, depth - 0.002, depth + 0.014, sample_brass(rng)))
    parts += [part.translated(z=depth + 0.004) for part in dials.dial(rng, radius, style)]
    span = (high - tall + 0.5 * radius, -1.3 * radius)
    return parts + pendulum_window(rng, material, 0.66 * wide, span, depth)


def _carved_leaf(length: float, width: float, thickness: float) -> Shape:
    """A carved vine leaf from the origin along +Y, ridged along its middle."""
    shares = [0.0, 0.12, 0.25, 0.4, 0.52, 0.64, 0.8, 1.0]
    halves = np.array([0.1, 0.6, 0.42, 1.0, 0.7, 0.85, 0.4, 0.02]) * width / 2
    right = [(x, y * length) for x, y in zip(halves, shares, strict=True)]
    return shapes.prism([*right, *((-x, y) for x, y in reversed(right))], thickness)


def cuckoo_clock(
    rng: np.random.Generator, style: DialStyle, material: bpy.types.Material
) -> list[Shape]:
    """The carved house: gable roof, leaves, a bird at its door, weights on chains, a pendulum."""
    size, depth = rng.uniform(0.07, 0.1), rng.uniform(0.07, 0.1)
    dark = materials.wood(jitter_colour(rng, "3a2014"), grain_axis="x", ring=0.006)
    light = materials.plain(jitter_colour(rng, "efe2c0", 0.4), 0.5)
    style = replace(
        style,
        numerals="roman",
        minute_track="none",
        centre_zone=None,
        has_second_hand=False,
        text="",
    )
    style = replace(style, boldness=1.6, face=dark, ink=light, hands=light)
    if rng.random() < 0.3:  # a painted one
        material = materials.plain(sample_colour(rng, (0.1, 0.9), (0.15, 0.8)), 0.5)
        style = replace(style, face=light, ink=dark, hands=dark)
    wide, tall, steep = 2.2 * size, 3.6 * size, rng.uniform(0.4, 0.6)
    top, low = 0.55 * tall, -0.45 * tall
    rise = steep * wide / 2
    house = [(-wide / 2, low), (wide / 2, low), (wide / 2, top - rise), (0.0, top)]
    parts = [shapes.prism([*house, (-wide / 2, top - rise)], depth).with_material(material)]
    base = shapes.box(1.15 * wide, 0.12 * size, 1.15 * depth, 0.003).translated(y=low)
    parts.append(base.with_material(dark))
    slope = np.degrees(np.arctan2(rise, wide / 2))
    long = np.hypot(rise, wide / 2) * 1.3
    board = shapes.box(long, 0.13 * size, 1.3 * depth, 0.003).translated(x=0.5 * long - 0.06 * size)
    for side in (0.0, 180.0):  # a board from the ridge down to the right, and its mirror image
        turned = board.rotated("z", -slope).rotated("y", side)
        parts.append(
            turned.translated(0.0, top + 0.02 * size, 1.3 * depth if side else 0.0).with_material(
                dark
            )
        )
    parts += _carved_leaves(rng, size, wide, top, low, depth, material)
    parts += _bird_and_door(rng, size, 0.28 * (top - rise) + 0.72 * size * 1.35, depth, dark)
    middle, dial = -0.15 * size, 0.72 * size
    face = [part.translated(y=middle, z=depth + 0.004) for part in dials.dial(rng, dial, style)]
    rim = bezel(dial, depth - 0.002, depth + 0.012, material if rng.random() < 0.5 else light)
    parts += [*face, rim.translated(y=middle)]
    return parts + _weights_and_pendulum(rng, size, low, depth, dark)


def _carved_leaves(
    rng: np.random.Generator,
    size: float,
    width: float,
    top: float,
    low: float,
    depth: float,
    material: bpy.types.Material,
) -> list[Shape]:
    """Leaves on the ridge, down both sides and at the foot; green or red ones are painted."""
    painted = materials.plain(jitter_colour(rng, "4a6a2c"), 0.5) if rng.random() < 0.3 else material
    places = [(0.0, top - 0.25 * size, 0.0, 1.0), (0.15, top - 0.35 * size, 50.0, 0.9)]
    out = 0.5 * width / size
    places.append((out - 0.2, low + 0.5 * size, 65.0, 1.0))
    places.append((out - 0.15, low + 1.3 * size, 50.0, 0.9))
    places.append((0.3, low + 0.2 * size, 150.0, 0.8))
    leaf, parts = _carved_leaf(1.0 * size, 0.75 * size, 0.02), []
    for x, y, angle, scale in places:
        for side in (1.0, -1.0) if x else (1.0,):
            shape = leaf.deformed(lambda points, by=scale: points * [by, by, 1.0])
            shape = shape.rotated("z", -side * angle).translated(side * x * size, y, depth - 0.004)
            parts.append(shape.with_material(painted))
    return parts


def _bird_and_door(
    rng: np.random.Generator, size: float, y: float, depth: float, dark: bpy.types.Material
) -> list[Shape]:
    """The door below the ridge, and the bird leaning out of it."""
    hole = shapes.slab(0.5 * size, 0.6 * size, [(0, -0.002), (0, 0.0015)], 0.2 * size)
    black = materials.plain(srgb_to_linear("0c0908"), 0.8)
    bird = materials.plain(jitter_colour(rng, str(rng.choice(["d8b060", "b0522c", "3c6a9c"]))), 0.6)
    body = shapes.sphere(0.16 * size, 20).deformed(lambda points: points * [1.0, 1.0, 1.8])
    beak = shapes.lathe([(0.07 * size, 0.0), (0.001, 0.2 * size)], 12).translated(z=0.26 * size)
    parts = [hole.with_material(black), body.with_material(bird), beak.with_material(dark)]
    return [part.translated(0.0, y, depth) for part in parts]


def _weights_and_pendulum(
    rng: np.random.Generator, size: float, low: float, depth: float, dark: bpy.types.Material
) -> list[Shape]:
    """Two or three pine cones on chains at different heights, and the pendulum between them."""
    iron, parts = materials.metal(jitter_colour(rng, "8a6a3a", 0.5)), []
    at = np.linspace(0.0, 1.0, 17)
    swell = np.sin(np.pi * at) ** 0.7 * (1.15 - 0.5 * at) + 0.05
    profile = np.stack([0.24 * size * swell * (1.0 + 0.1 * (-1.0) ** np.arange(17)), -at], axis=1)
    profile[:, 1] *= 0.95 * size
    cone = shapes.lathe(profile, 20).rotated("x", -90.0)
    for x in (-0.55, 0.55):
        drop = low - rng.uniform(0.6, 2.2) * size
        chain = shapes.rod(
            (x * size, low, 0.5 * depth), (x * size, drop - 0.02, 0.5 * depth), 0.0035
        )
        parts += [
            chain.with_material(iron),
            cone.translated(x * size, drop, 0.5 * depth).with_material(dark),
        ]
    end = (0.12 * size, low - rng.uniform(1.2, 1.8) * size)
    rod = pendulum(0.28 * size, (0.0, low + 0.01), end, dark)
    return parts + [part.translated(z=0.25 * depth) for part in rod]
