"""Alarm clocks with dials: twin bells, round and square bedside clocks, cubes, travel clocks, toys.

All are made lying on their backs, face up and 12 towards +Y, and then stood up.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import bodies, cases, dials as faces
from synthlib.blender.generators.parts.clocks.bodies import ClockLook
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_BODIES = ("c8cacb", "18181a", "efece4", "b3202a", "8cc8bc", "2c4f86", "e2a0ac", "d8b45c", "3a5a48")
_METALS = ("c9cacb", "c9cacb", "b88a3c", "b06a44", "3a3a3c", "d9b867")
_WOODS = ("8a5a34", "b98852", "5c3620", "d0a870")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One alarm clock, mostly with an alarm hand. Returns one object."""
    families = (_twin_bell, _wind_up, _bedside, _cube, _travel, _toy)
    family = families[rng.choice(6, p=[0.36, 0.14, 0.16, 0.12, 0.1, 0.12])]
    parts = family(rng, _sample_look(rng))
    lean = 90.0 - (rng.uniform(0.0, 8.0) if family in (_bedside, _cube) else 0.0)
    return meshes.assemble("alarm_clock", [part.rotated("x", lean) for part in parts])


def _sample_look(rng: np.random.Generator) -> ClockLook:
    code = str(rng.choice(_BODIES))
    colour = (
        jitter_colour(rng, code)
        if rng.random() < 0.75
        else sample_colour(rng, (0.3, 0.85), (0.25, 0.75))
    )
    kinds = [materials.plastic, materials.plain, materials.metal]
    return ClockLook(
        body=kinds[rng.choice(3, p=[0.45, 0.35, 0.2])](colour),
        trim=materials.metal(jitter_colour(rng, str(rng.choice(_METALS)), 0.5)),
        dark=materials.plain(jitter_colour(rng, "2a2a2c"), 0.5),
        dial=faces.sample_dial_style(rng, alarm=True),
        radius=rng.uniform(0.034, 0.055),
    )


def _with_square_dial(look: ClockLook) -> ClockLook:
    """With a square dial, and upright numerals on it."""
    numerals = "arabic" if look.dial.numerals == "roman" else look.dial.numerals
    return replace(look, dial=replace(look.dial, squareness=0.9, numerals=numerals))


def _twin_bell(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """The classic: a drum on two feet, two bells, the hammer between and a handle above."""
    depth, radius = rng.uniform(0.7, 1.05) * look.radius, look.radius
    reach, ends = 1.12 * radius, str(rng.choice(["ball", "cone", "rubber"]))
    parts = bodies.drum_case(rng, look, depth)
    parts += bodies.splayed_legs(look, reach, depth, rng.uniform(30, 42), ends)
    tilt, size, form = rng.uniform(28, 40), rng.uniform(0.42, 0.56) * radius, rng.uniform(0.6, 0.95)
    top = []
    for side in (-tilt, tilt):
        made = bodies.bell(size, form, look.body if rng.random() < 0.3 else look.trim)
        top += [part.translated(y=0.97 * reach).rotated("z", side) for part in made]
    tip = 0.97 * reach + 0.62 * size
    top.append(
        shapes.rod((0, 0.9 * reach, 0), (0, tip, 0), 0.035 * radius).with_material(look.trim)
    )
    head = shapes.rod((-0.13 * radius, tip, 0), (0.13 * radius, tip, 0), 0.08 * radius)
    top.append(head.with_material(look.dark if rng.random() < 0.3 else look.trim))
    if rng.random() < 0.85:
        far, angle = 0.97 * reach + (0.7 + form) * size, np.radians(tilt)
        thick, rise = rng.uniform(0.05, 0.08) * radius, rng.uniform(0.35, 0.75) * radius
        at = (far * np.sin(angle), far * np.cos(angle))
        bow = bodies.bow_handle(at, rise, thick, thick * rng.uniform(1.0, 4.0))
        top.append(bow.with_material(look.trim))
    return parts + [part.translated(z=-0.5 * depth) for part in top]


def _wind_up(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """Without bells: a drum on a plinth or short legs, a button or a ring on top."""
    depth, reach = rng.uniform(0.5, 0.9) * look.radius, 1.12 * look.radius
    parts, middle = bodies.drum_case(rng, look, depth), -0.5 * depth
    if rng.random() < 0.55:
        wide, high = rng.uniform(1.1, 1.9) * look.radius, rng.uniform(0.25, 0.45) * look.radius
        levels = [(0.0, 0.0), (0.02 * wide, 0.3 * high), (0.2 * wide, high)]
        plinth = shapes.slab(wide, 1.25 * depth, levels, 0.3 * depth).rotated("x", -90.0)
        parts.append(
            plinth.translated(0, -0.97 * reach - 0.7 * high, middle).with_material(look.body)
        )
    else:
        parts += bodies.splayed_legs(look, reach, depth, rng.uniform(24, 36), "cone")
    if rng.random() < 0.4:
        turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        section = np.stack([0.2 + 0.035 * np.cos(turns), 0.035 * np.sin(turns)], axis=1) * reach
        loop = shapes.lathe_closed_section(section, 32).translated(0, 1.16 * reach, middle)
        parts.append(loop.with_material(look.trim))
    else:
        button = shapes.rod((0, 0.9 * reach, middle), (0, 1.13 * reach, middle), 0.13 * reach)
        parts.append(button.with_material(look.trim))
    return parts


def _bedside(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """A plastic clock, round, square, wide or arched, with a snooze bar and feet."""
    look = _with_square_dial(look) if rng.random() < 0.35 else look
    radius, depth = look.radius, rng.uniform(0.5, 1.0) * look.radius
    squarest = look.dial.squareness or rng.random() < 0.4
    wide, high = (2.0 * radius * rng.uniform(1.16, 1.4) for _ in range(2))
    around = cases.superellipse(
        wide, high, rng.uniform(6, 12) if squarest else rng.uniform(2.0, 3.0)
    )
    if not squarest and rng.random() < 0.35:
        around = cases.arch(wide, 1.08 * high)
    parts = bodies.outlined_case(rng, look, around, depth)
    top, low = around[40, 1], -around[120, 1]
    bar = shapes.box(0.55 * wide, 0.4 * depth, 0.2 * radius, 0.03 * radius).rotated("x", -90.0)
    made = look.trim if rng.random() < 0.4 else look.dark
    parts.append(bar.translated(0, top - 0.1 * radius, -0.5 * depth).with_material(made))
    foot = shapes.box(0.16 * wide, 0.8 * depth, 0.5 * low + 0.12 * radius, 0.002)
    foot = foot.rotated("x", 90.0).translated(y=-0.5 * low, z=-0.5 * depth).with_material(look.dark)
    return [*parts, foot.translated(-0.3 * wide), foot.translated(0.3 * wide)]


def _cube(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """A cube about as deep as wide, of plastic or wood, with a button on top."""
    if rng.random() < 0.35:
        code = str(rng.choice(_WOODS))
        look = replace(look, body=materials.wood(jitter_colour(rng, code), ring=0.006))
    look = _with_square_dial(look) if rng.random() < 0.6 else look
    radius, depth = look.radius, rng.uniform(1.3, 2.2) * look.radius
    wide, high = (2.0 * radius * rng.uniform(1.15, 1.35) for _ in range(2))
    parts = bodies.outlined_case(
        rng, look, cases.superellipse(wide, high, rng.uniform(7, 30)), depth
    )
    button = shapes.slab(
        0.5 * wide,
        0.3 * depth,
        shapes.fillet_profile(0.1 * radius, 0.04 * radius, -0.001),
        0.1 * depth,
    ).rotated("x", -90.0)
    made = look.trim if rng.random() < 0.5 else look.dark
    return [*parts, button.translated(0, high / 2, -0.5 * depth).with_material(made)]


def _travel(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """A flat clock held upright by the leather covers of its folding case."""
    look = _with_square_dial(look) if rng.random() < 0.65 else look
    radius, depth = 0.85 * look.radius, 0.3 * look.radius
    look = replace(look, radius=radius)
    hide = materials.leather(
        jitter_colour(rng, str(rng.choice(["6a2a1c", "2a1c16", "1c2c4a", "7a1c22", "20382c"])))
    )
    side = 2.0 * radius * rng.uniform(1.12, 1.25)
    gilt = replace(look, body=look.trim if rng.random() < 0.5 else hide)
    parts = bodies.outlined_case(rng, gilt, cases.superellipse(side, side, 9.0), depth)
    cover = shapes.box(1.06 * side, 1.06 * side, 0.006, 0.003).with_material(hide)
    lining = (
        shapes.box(0.95 * side, 0.95 * side, 0.003, 0.001)
        .with_material(look.dark)
        .translated(z=0.0045)
    )
    lid = [part.translated(y=0.53 * side) for part in (cover, lining)]
    shut = rng.uniform(20.0, 40.0)
    # from the lower back edge of the clock one cover goes forward, one leans back from the top
    floor = [part.rotated("x", 180.0 + 90.0) for part in lid]
    back = [part.rotated("x", -90.0 - 90.0 + shut) for part in lid]
    parts += [part.translated(y=-0.5 * side - 0.001, z=-depth) for part in floor]
    parts += [part.translated(y=0.5 * side - 0.002, z=-depth) for part in back]
    return parts


def _toy(rng: np.random.Generator, look: ClockLook) -> list[Shape]:
    """For children: an animal's head, heart, flower, star, house; coloured numerals."""
    inks = faces.sample_bright_materials(rng)
    dial = replace(look.dial, numerals="arabic", boldness=1.5)
    if rng.random() < 0.6:
        white, black = (materials.plain(srgb_to_linear(code)) for code in ("f6f3ea", "1a1a1c"))
        dial = replace(
            dial, numeral_materials=inks, face=white, ink=black, hands=black, centre_zone=None
        )
    bright = materials.plain(sample_colour(rng, (0.45, 0.9), (0.4, 0.85)), 0.4)
    look = replace(look, dial=dial, body=bright, trim=inks[0])
    radius, depth = look.radius, rng.uniform(0.6, 0.9) * look.radius
    kind = rng.choice(["bear", "cat", "heart", "flower", "star", "house"])
    outlines = {
        "bear": cases.polar_outline(1.25 * radius),
        "cat": cases.cat(1.25 * radius),
        "heart": cases.heart(1.8 * radius),
        "flower": cases.scalloped_circle(1.6 * radius, int(rng.integers(6, 9)), 0.2),
        "star": cases.star(2.1 * radius, 0.62),
        "house": cases.arch(2.6 * radius, 3.1 * radius, 0.35),
    }
    around = outlines[str(kind)]
    parts = bodies.outlined_case(rng, look, around, depth)
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
            inside = shapes.slab(0.5 * radius, 0.5 * radius, [(0, 0), (0, 0.003)], radius)
            parts.append(
                inside.translated(
                    side * 0.95 * radius, 1.02 * radius, -0.2 * depth - 0.002
                ).with_material(inks[1])
            )
    if kind == "house":  # a roof over the gable
        slope = np.degrees(np.arctan2(0.7, 1.0))
        board = shapes.box(1.9 * radius, 1.2 * depth, 0.16 * radius, 0.003).rotated("x", -90.0)
        board = board.translated(0.88 * radius).rotated("z", -slope)
        for side in (0.0, 180.0):
            eave = board.rotated("y", side).translated(0.0, 1.7 * radius, -0.45 * depth)
            parts.append(eave.with_material(inks[1]))
    apart, rise = (0.26, 0.4) if kind == "heart" else (0.62, 0.16)
    foot = shapes.sphere(0.34 * radius, 28).translated(y=rise * radius + around[:, 1].min())
    for side in (-apart, apart):
        parts.append(foot.translated(side * radius, 0.0, -0.45 * depth).with_material(look.trim))
    return parts
