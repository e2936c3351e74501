"""Alarm clocks with dials: twin bells, wind-up, bedside, cube, travel clocks and toys.

Six families share the dial (`parts.clocks.dials`) and the bodies (`parts.clocks.bodies`). `rng`
draws the family, colours and materials, the dial's style and time, proportions, feet, bells and
handles. A clock is 5 to 28 cm tall; lengths are in metres.

Parts are modelled lying on their backs, the dial facing +Z with 12 towards +Y, and rotated
upright at the end, so that the dial faces -Y.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import bodies, cases, dials
from synthlib.blender.generators.parts.clocks.bodies import ClockLook
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_BODIES = ("c8cacb", "18181a", "efece4", "b3202a", "8cc8bc", "2c4f86", "e2a0ac", "d8b45c", "3a5a48")
_METALS = ("c9cacb", "c9cacb", "b88a3c", "b06a44", "3a3a3c", "d9b867")
_WOODS = ("8a5a34", "b98852", "5c3620", "d0a870")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one alarm clock, in most cases with an alarm hand.

    Returns:
        One mesh object, standing on z = 0, its dial towards -Y.
    """
    families = (_twin_bell, _wind_up, _bedside, _cube, _travel, _toy)
    family = families[rng.choice(6, p=[0.36, 0.14, 0.16, 0.12, 0.1, 0.12])]
    parts = family(rng, _sample_look(rng))
    tilt = 90.0 - (rng.uniform(0.0, 8.0) if family in (_bedside, _cube) else 0.0)
    return meshes.assemble("alarm_clock", [part.rotated("x", tilt) for part in parts])


def _sample_look(rng: np.random.Generator) -> ClockLook:
    hex_code = str(rng.choice(_BODIES))
    colour = (
        jitter_colour(rng, hex_code)
        if rng.random() < 0.75
        else sample_colour(rng, (0.3, 0.85), (0.25, 0.75))
    )
    material_makers = [materials.plastic, materials.plain, materials.metal]
    return ClockLook(
        body=material_makers[rng.choice(3, p=[0.45, 0.35, 0.2])](colour),
        trim=materials.metal(jitter_colour(rng, str(rng.choice(_METALS)), 0.5)),
        dark=materials.plain(jitter_colour(rng, "2a2a2c"), 0.5),
        dial=dials.sample_dial_style(rng, alarm=True),
        radius=rng.uniform(0.034, 0.055),
    )


def _with_square_dial(look: ClockLook) -> ClockLook:
    """Return the look with a square dial, and upright numerals on it."""
    numerals = "arabic" if look.dial.numerals == "roman" else look.dial.numerals
    return replace(look, dial=replace(look.dial, squareness=0.9, numerals=numerals))


def _twin_bell(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build the classic alarm clock: a drum on two feet, two bells, a hammer and a handle."""
    depth = rng.uniform(0.7, 1.05) * look.radius
    radius = look.radius
    drum_radius = 1.12 * radius
    foot_kind = str(rng.choice(["ball", "cone", "rubber"]))
    parts = bodies.drum_case(rng, look, depth)
    parts += bodies.splayed_legs(look, drum_radius, depth, rng.uniform(30, 42), foot_kind)
    bell_angle = rng.uniform(28, 40)
    bell_radius = rng.uniform(0.42, 0.56) * radius
    height_ratio = rng.uniform(0.6, 0.95)
    top_parts = []
    for rotation in (-bell_angle, bell_angle):
        bell = bodies.bell(
            bell_radius, height_ratio, look.body if rng.random() < 0.3 else look.trim
        )
        top_parts += [part.translated(y=0.97 * drum_radius).rotated("z", rotation) for part in bell]
    hammer_top = 0.97 * drum_radius + 0.62 * bell_radius
    top_parts.append(
        shapes.rod((0, 0.9 * drum_radius, 0), (0, hammer_top, 0), 0.035 * radius).with_material(
            look.trim
        )
    )
    hammer = shapes.rod(
        (-0.13 * radius, hammer_top, 0), (0.13 * radius, hammer_top, 0), 0.08 * radius
    )
    top_parts.append(hammer.with_material(look.dark if rng.random() < 0.3 else look.trim))
    if rng.random() < 0.85:
        handle_distance = 0.97 * drum_radius + (0.7 + height_ratio) * bell_radius
        angle = np.radians(bell_angle)
        thickness = rng.uniform(0.05, 0.08) * radius
        rise = rng.uniform(0.35, 0.75) * radius
        handle_end = (handle_distance * np.sin(angle), handle_distance * np.cos(angle))
        handle = bodies.bow_handle(handle_end, rise, thickness, thickness * rng.uniform(1.0, 4.0))
        top_parts.append(handle.with_material(look.trim))
    return parts + [part.translated(z=-0.5 * depth) for part in top_parts]


def _wind_up(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build a clock without bells: a drum on a plinth or short legs, a button or a ring on top."""
    depth = rng.uniform(0.5, 0.9) * look.radius
    drum_radius = 1.12 * look.radius
    parts = bodies.drum_case(rng, look, depth)
    centre_z = -0.5 * depth
    if rng.random() < 0.55:
        width = rng.uniform(1.1, 1.9) * look.radius
        height = rng.uniform(0.25, 0.45) * look.radius
        levels = [(0.0, 0.0), (0.02 * width, 0.3 * height), (0.2 * width, height)]
        plinth = shapes.slab(width, 1.25 * depth, levels, 0.3 * depth).rotated("x", -90.0)
        parts.append(
            plinth.translated(0, -0.97 * drum_radius - 0.7 * height, centre_z).with_material(
                look.body
            )
        )
    else:
        parts += bodies.splayed_legs(look, drum_radius, depth, rng.uniform(24, 36), "cone")
    if rng.random() < 0.4:
        angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        section = (
            np.stack([0.2 + 0.035 * np.cos(angles), 0.035 * np.sin(angles)], axis=1) * drum_radius
        )
        loop = shapes.lathe_closed_section(section, 32).translated(0, 1.16 * drum_radius, centre_z)
        parts.append(loop.with_material(look.trim))
    else:
        button = shapes.rod(
            (0, 0.9 * drum_radius, centre_z), (0, 1.13 * drum_radius, centre_z), 0.13 * drum_radius
        )
        parts.append(button.with_material(look.trim))
    return parts


def _bedside(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build a plastic clock, round, square, wide or arched, with a snooze bar and feet."""
    look = _with_square_dial(look) if rng.random() < 0.35 else look
    radius = look.radius
    depth = rng.uniform(0.5, 1.0) * look.radius
    is_square = look.dial.squareness or rng.random() < 0.4
    width, height = (2.0 * radius * rng.uniform(1.16, 1.4) for _ in range(2))
    outline = cases.superellipse(
        width, height, rng.uniform(6, 12) if is_square else rng.uniform(2.0, 3.0)
    )
    if not is_square and rng.random() < 0.35:
        outline = cases.arch(width, 1.08 * height)
    parts = bodies.outlined_case(rng, look, outline, depth)
    top_y, depth_below_centre = outline[40, 1], -outline[120, 1]
    snooze_bar = shapes.box(0.55 * width, 0.4 * depth, 0.2 * radius, 0.03 * radius).rotated(
        "x", -90.0
    )
    material = look.trim if rng.random() < 0.4 else look.dark
    parts.append(
        snooze_bar.translated(0, top_y - 0.1 * radius, -0.5 * depth).with_material(material)
    )
    foot = shapes.box(0.16 * width, 0.8 * depth, 0.5 * depth_below_centre + 0.12 * radius, 0.002)
    foot = (
        foot.rotated("x", 90.0)
        .translated(y=-0.5 * depth_below_centre, z=-0.5 * depth)
        .with_material(look.dark)
    )
    return [*parts, foot.translated(-0.3 * width), foot.translated(0.3 * width)]


def _cube(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build a cube about as deep as wide, of plastic or wood, with a button on top."""
    if rng.random() < 0.35:
        hex_code = str(rng.choice(_WOODS))
        look = replace(look, body=materials.wood(jitter_colour(rng, hex_code), ring=0.006))
    look = _with_square_dial(look) if rng.random() < 0.6 else look
    radius = look.radius
    depth = rng.uniform(1.3, 2.2) * look.radius
    width, height = (2.0 * radius * rng.uniform(1.15, 1.35) for _ in range(2))
    parts = bodies.outlined_case(
        rng, look, cases.superellipse(width, height, rng.uniform(7, 30)), depth
    )
    button = shapes.slab(
        0.5 * width,
        0.3 * depth,
        shapes.fillet_profile(0.1 * radius, 0.04 * radius, -0.001),
        0.1 * depth,
    ).rotated("x", -90.0)
    material = look.trim if rng.random() < 0.5 else look.dark
    return [*parts, button.translated(0, height / 2, -0.5 * depth).with_material(material)]


def _travel(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build a flat clock held upright by the leather covers of its folding case."""
    look = _with_square_dial(look) if rng.random() < 0.65 else look
    radius, depth = 0.85 * look.radius, 0.3 * look.radius
    look = replace(look, radius=radius)
    leather = materials.leather(
        jitter_colour(rng, str(rng.choice(["6a2a1c", "2a1c16", "1c2c4a", "7a1c22", "20382c"])))
    )
    side = 2.0 * radius * rng.uniform(1.12, 1.25)
    case_look = replace(look, body=look.trim if rng.random() < 0.5 else leather)
    parts = bodies.outlined_case(rng, case_look, cases.superellipse(side, side, 9.0), depth)
    cover = shapes.box(1.06 * side, 1.06 * side, 0.006, 0.003).with_material(leather)
    lining = (
        shapes.box(0.95 * side, 0.95 * side, 0.003, 0.001)
        .with_material(look.dark)
        .translated(z=0.0045)
    )
    folded_cover = [part.translated(y=0.53 * side) for part in (cover, lining)]
    fold_angle = rng.uniform(20.0, 40.0)
    # One cover lies in front of the lower back edge, the other leans back from the upper edge.
    front_cover = [part.rotated("x", 180.0 + 90.0) for part in folded_cover]
    rear_cover = [part.rotated("x", -90.0 - 90.0 + fold_angle) for part in folded_cover]
    parts += [part.translated(y=-0.5 * side - 0.001, z=-depth) for part in front_cover]
    parts += [part.translated(y=0.5 * side - 0.002, z=-depth) for part in rear_cover]
    return parts


def _toy(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Build a children's clock: an animal's head, heart, flower, star or house."""
    bright_materials = dials.sample_bright_materials(rng)
    dial = replace(look.dial, numerals="arabic", boldness=1.5)
    if rng.random() < 0.6:
        white, black = (materials.plain(srgb_to_linear(code)) for code in ("f6f3ea", "1a1a1c"))
        dial = replace(
            dial,
            numeral_materials=bright_materials,
            face=white,
            ink=black,
            hands=black,
            centre_zone=None,
        )
    bright = materials.plain(sample_colour(rng, (0.45, 0.9), (0.4, 0.85)), 0.4)
    look = replace(look, dial=dial, body=bright, trim=bright_materials[0])
    radius = look.radius
    depth = rng.uniform(0.6, 0.9) * look.radius
    kind = rng.choice(["bear", "cat", "heart", "flower", "star", "house"])
    outlines = {
        "bear": cases.polar_outline(1.25 * radius),
        "cat": cases.cat(1.25 * radius),
        "heart": cases.heart(1.8 * radius),
        "flower": cases.scalloped_circle(1.6 * radius, int(rng.integers(6, 9)), 0.2),
        "star": cases.star(2.1 * radius, 0.62),
        "house": cases.arch(2.6 * radius, 3.1 * radius, 0.35),
    }
    outline = outlines[str(kind)]
    parts = bodies.outlined_case(rng, look, outline, depth)
    if kind == "bear":
        for side in (-1.0, 1.0):
            ear = shapes.slab(
                0.9 * radius, 0.9 * radius, shapes.fillet_profile(0.5 * depth, 0.1 * depth), radius
            )
            parts.append(
                ear.translated(side * 0.92 * radius, 0.98 * radius, -0.7 * depth).with_material(
                    look.body
                )
            )
            inner_ear = shapes.slab(0.5 * radius, 0.5 * radius, [(0, 0), (0, 0.003)], radius)
            parts.append(
                inner_ear.translated(
                    side * 0.95 * radius, 1.02 * radius, -0.2 * depth - 0.002
                ).with_material(bright_materials[1])
            )
    if kind == "house":  # a roof over the gable
        slope = np.degrees(np.arctan2(0.7, 1.0))
        board = shapes.box(1.9 * radius, 1.2 * depth, 0.16 * radius, 0.003).rotated("x", -90.0)
        board = board.translated(0.88 * radius).rotated("z", -slope)
        for side in (0.0, 180.0):
            eave = board.rotated("y", side).translated(0.0, 1.7 * radius, -0.45 * depth)
            parts.append(eave.with_material(bright_materials[1]))
    spacing, rise = (0.26, 0.4) if kind == "heart" else (0.62, 0.16)
    foot = shapes.sphere(0.34 * radius, 28).translated(y=rise * radius + outline[:, 1].min())
    for side in (-spacing, spacing):
        parts.append(foot.translated(side * radius, 0.0, -0.45 * depth).with_material(look.trim))
    return parts
