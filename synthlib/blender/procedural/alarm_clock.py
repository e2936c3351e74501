"""Alarm clocks with dials: twin bells, round and square bedside clocks, cubes, travel clocks, toys.

All are made lying on their backs, face up and 12 towards +Y, and then stood up.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import any_colour, srgb, tinted
from synthlib.blender.parts import clock_bodies as bodies
from synthlib.blender.parts import clock_cases as cases
from synthlib.blender.parts import clock_faces as faces
from synthlib.blender.parts.clock_bodies import Look
from synthlib.blender.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_BODIES = ("c8cacb", "18181a", "efece4", "b3202a", "8cc8bc", "2c4f86", "e2a0ac", "d8b45c", "3a5a48")
_METALS = ("c9cacb", "c9cacb", "b88a3c", "b06a44", "3a3a3c", "d9b867")
_WOODS = ("8a5a34", "b98852", "5c3620", "d0a870")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One alarm clock, mostly with an alarm hand. Returns one object."""
    families = (_twin_bell, _wind_up, _bedside, _cube, _travel, _toy)
    family = families[rng.choice(6, p=[0.36, 0.14, 0.16, 0.12, 0.1, 0.12])]
    parts = family(rng, _look(rng))
    lean = 90.0 - (rng.uniform(0.0, 8.0) if family in (_bedside, _cube) else 0.0)
    return meshes.assemble("alarm_clock", [part.turned("x", lean) for part in parts])


def _look(rng: np.random.Generator) -> Look:
    code = str(rng.choice(_BODIES))
    colour = (
        tinted(rng, code) if rng.random() < 0.75 else any_colour(rng, (0.3, 0.85), (0.25, 0.75))
    )
    kinds = [materials.plastic, materials.plain, materials.metal]
    return Look(
        body=kinds[rng.choice(3, p=[0.45, 0.35, 0.2])](colour),
        trim=materials.metal(tinted(rng, str(rng.choice(_METALS)), 0.5)),
        dark=materials.plain(tinted(rng, "2a2a2c"), 0.5),
        dial=faces.style(rng, alarm=True),
        radius=rng.uniform(0.034, 0.055),
    )


def _squared(look: Look) -> Look:
    """With a square dial, and upright numerals on it."""
    numerals = "arabic" if look.dial.numerals == "roman" else look.dial.numerals
    return replace(look, dial=replace(look.dial, square=0.9, numerals=numerals))


def _twin_bell(rng: np.random.Generator, look: Look) -> list[Shape]:
    """The classic: a drum on two feet, two bells, the hammer between and a handle above."""
    depth, radius = rng.uniform(0.7, 1.05) * look.radius, look.radius
    reach, ends = 1.12 * radius, str(rng.choice(["ball", "cone", "rubber"]))
    parts = bodies.drum(rng, look, depth)
    parts += bodies.legs(look, reach, depth, rng.uniform(30, 42), ends)
    tilt, size, form = rng.uniform(28, 40), rng.uniform(0.42, 0.56) * radius, rng.uniform(0.6, 0.95)
    top = []
    for side in (-tilt, tilt):
        made = bodies.bell(size, form, look.body if rng.random() < 0.3 else look.trim)
        top += [part.moved(y=0.97 * reach).turned("z", side) for part in made]
    tip = 0.97 * reach + 0.62 * size
    top.append(shapes.rod((0, 0.9 * reach, 0), (0, tip, 0), 0.035 * radius).of(look.trim))
    head = shapes.rod((-0.13 * radius, tip, 0), (0.13 * radius, tip, 0), 0.08 * radius)
    top.append(head.of(look.dark if rng.random() < 0.3 else look.trim))
    if rng.random() < 0.85:
        far, angle = 0.97 * reach + (0.7 + form) * size, np.radians(tilt)
        thick, rise = rng.uniform(0.05, 0.08) * radius, rng.uniform(0.35, 0.75) * radius
        at = (far * np.sin(angle), far * np.cos(angle))
        bow = bodies.handle(at, rise, thick, thick * rng.uniform(1.0, 4.0))
        top.append(bow.of(look.trim))
    return parts + [part.moved(z=-0.5 * depth) for part in top]


def _wind_up(rng: np.random.Generator, look: Look) -> list[Shape]:
    """Without bells: a drum on a plinth or short legs, a button or a ring on top."""
    depth, reach = rng.uniform(0.5, 0.9) * look.radius, 1.12 * look.radius
    parts, middle = bodies.drum(rng, look, depth), -0.5 * depth
    if rng.random() < 0.55:
        wide, high = rng.uniform(1.1, 1.9) * look.radius, rng.uniform(0.25, 0.45) * look.radius
        levels = [(0.0, 0.0), (0.02 * wide, 0.3 * high), (0.2 * wide, high)]
        plinth = shapes.slab(wide, 1.25 * depth, levels, 0.3 * depth).turned("x", -90.0)
        parts.append(plinth.moved(0, -0.97 * reach - 0.7 * high, middle).of(look.body))
    else:
        parts += bodies.legs(look, reach, depth, rng.uniform(24, 36), "cone")
    if rng.random() < 0.4:
        turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        section = np.stack([0.2 + 0.035 * np.cos(turns), 0.035 * np.sin(turns)], axis=1) * reach
        loop = shapes.ring(section, 32).moved(0, 1.16 * reach, middle)
        parts.append(loop.of(look.trim))
    else:
        button = shapes.rod((0, 0.9 * reach, middle), (0, 1.13 * reach, middle), 0.13 * reach)
        parts.append(button.of(look.trim))
    return parts


def _bedside(rng: np.random.Generator, look: Look) -> list[Shape]:
    """A plastic clock, round, square, wide or arched, with a snooze bar and feet."""
    look = _squared(look) if rng.random() < 0.35 else look
    radius, depth = look.radius, rng.uniform(0.5, 1.0) * look.radius
    squarest = look.dial.square or rng.random() < 0.4
    wide, high = (2.0 * radius * rng.uniform(1.16, 1.4) for _ in range(2))
    around = cases.squarish(wide, high, rng.uniform(6, 12) if squarest else rng.uniform(2.0, 3.0))
    if not squarest and rng.random() < 0.35:
        around = cases.arch(wide, 1.08 * high)
    parts = bodies.cased(rng, look, around, depth)
    top, low = around[40, 1], -around[120, 1]
    bar = shapes.box(0.55 * wide, 0.4 * depth, 0.2 * radius, 0.03 * radius).turned("x", -90.0)
    made = look.trim if rng.random() < 0.4 else look.dark
    parts.append(bar.moved(0, top - 0.1 * radius, -0.5 * depth).of(made))
    foot = shapes.box(0.16 * wide, 0.8 * depth, 0.5 * low + 0.12 * radius, 0.002)
    foot = foot.turned("x", 90.0).moved(y=-0.5 * low, z=-0.5 * depth).of(look.dark)
    return [*parts, foot.moved(-0.3 * wide), foot.moved(0.3 * wide)]


def _cube(rng: np.random.Generator, look: Look) -> list[Shape]:
    """A cube about as deep as wide, of plastic or wood, with a button on top."""
    if rng.random() < 0.35:
        code = str(rng.choice(_WOODS))
        look = replace(look, body=materials.wood(tinted(rng, code), ring=0.006))
    look = _squared(look) if rng.random() < 0.6 else look
    radius, depth = look.radius, rng.uniform(1.3, 2.2) * look.radius
    wide, high = (2.0 * radius * rng.uniform(1.15, 1.35) for _ in range(2))
    parts = bodies.cased(rng, look, cases.squarish(wide, high, rng.uniform(7, 30)), depth)
    button = shapes.slab(
        0.5 * wide, 0.3 * depth, shapes.edge(0.1 * radius, 0.04 * radius, -0.001), 0.1 * depth
    ).turned("x", -90.0)
    made = look.trim if rng.random() < 0.5 else look.dark
    return [*parts, button.moved(0, high / 2, -0.5 * depth).of(made)]


def _travel(rng: np.random.Generator, look: Look) -> list[Shape]:
    """A flat clock held upright by the leather covers of its folding case."""
    look = _squared(look) if rng.random() < 0.65 else look
    radius, depth = 0.85 * look.radius, 0.3 * look.radius
    look = replace(look, radius=radius)
    hide = materials.leather(
        tinted(rng, str(rng.choice(["6a2a1c", "2a1c16", "1c2c4a", "7a1c22", "20382c"])))
    )
    side = 2.0 * radius * rng.uniform(1.12, 1.25)
    gilt = replace(look, body=look.trim if rng.random() < 0.5 else hide)
    parts = bodies.cased(rng, gilt, cases.squarish(side, side, 9.0), depth)
    cover = shapes.box(1.06 * side, 1.06 * side, 0.006, 0.003).of(hide)
    lining = shapes.box(0.95 * side, 0.95 * side, 0.003, 0.001).of(look.dark).moved(z=0.0045)
    lid = [part.moved(y=0.53 * side) for part in (cover, lining)]
    shut = rng.uniform(20.0, 40.0)
    # from the lower back edge of the clock one cover goes forward, one leans back from the top
    floor = [part.turned("x", 180.0 + 90.0) for part in lid]
    back = [part.turned("x", -90.0 - 90.0 + shut) for part in lid]
    parts += [part.moved(y=-0.5 * side - 0.001, z=-depth) for part in floor]
    parts += [part.moved(y=0.5 * side - 0.002, z=-depth) for part in back]
    return parts


def _toy(rng: np.random.Generator, look: Look) -> list[Shape]:
    """For children: an animal's head, heart, flower, star, house; coloured numerals."""
    inks = faces.bright_inks(rng)
    dial = replace(look.dial, numerals="arabic", bold=1.5)
    if rng.random() < 0.6:
        white, black = (materials.plain(srgb(code)) for code in ("f6f3ea", "1a1a1c"))
        dial = replace(dial, inks=inks, face=white, ink=black, hands=black, zone=None)
    bright = materials.plain(any_colour(rng, (0.45, 0.9), (0.4, 0.85)), 0.4)
    look = replace(look, dial=dial, body=bright, trim=inks[0])
    radius, depth = look.radius, rng.uniform(0.6, 0.9) * look.radius
    kind = rng.choice(["bear", "cat", "heart", "flower", "star", "house"])
    outlines = {
        "bear": cases.outline(1.25 * radius),
        "cat": cases.cat(1.25 * radius),
        "heart": cases.heart(1.8 * radius),
        "flower": cases.scalloped(1.6 * radius, int(rng.integers(6, 9)), 0.2),
        "star": cases.star(2.1 * radius, 0.62),
        "house": cases.arch(2.6 * radius, 3.1 * radius, 0.35),
    }
    around = outlines[str(kind)]
    parts = bodies.cased(rng, look, around, depth)
    if kind == "bear":
        for side in (-1.0, 1.0):
            ear = shapes.slab(
                0.9 * radius, 0.9 * radius, shapes.edge(0.5 * depth, 0.1 * depth), radius
            )
            parts.append(ear.moved(side * 0.92 * radius, 0.98 * radius, -0.7 * depth).of(look.body))
            inside = shapes.slab(0.5 * radius, 0.5 * radius, [(0, 0), (0, 0.003)], radius)
            parts.append(
                inside.moved(side * 0.95 * radius, 1.02 * radius, -0.2 * depth - 0.002).of(inks[1])
            )
    if kind == "house":  # a roof over the gable
        slope = np.degrees(np.arctan2(0.7, 1.0))
        board = shapes.box(1.9 * radius, 1.2 * depth, 0.16 * radius, 0.003).turned("x", -90.0)
        board = board.moved(0.88 * radius).turned("z", -slope)
        for side in (0.0, 180.0):
            eave = board.turned("y", side).moved(0.0, 1.7 * radius, -0.45 * depth)
            parts.append(eave.of(inks[1]))
    apart, rise = (0.26, 0.4) if kind == "heart" else (0.62, 0.16)
    foot = shapes.ball(0.34 * radius, 28).moved(y=rise * radius + around[:, 1].min())
    for side in (-apart, apart):
        parts.append(foot.moved(side * radius, 0.0, -0.45 * depth).of(look.trim))
    return parts
