"""Wall clocks: round, square, octagonal, school, pendulum, cuckoo, sunburst, frameless, shaped.

All are made lying on their backs, face up and 12 towards +Y, and then hung up facing -Y.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import cases, dials, pendulum_clocks
from synthlib.blender.generators.parts.clocks.dials import DialStyle
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import (
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_WOODS = ("6a3a1c", "8a5a30", "4a2a18", "b0804c", "d0aa74", "7a2c18")
_METALS = ("c9cacb", "d0a648", "b06a44", "2c2c2e", "e0c070")
_PLASTICS = ("18181a", "18181a", "efeeea", "b8babc", "a41e24", "24406e", "2c6a50", "e0b030")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One wall clock, its flat back in a plane y = const. Returns one object."""
    families = (
        _round_clock,
        _square_clock,
        _octagonal_clock,
        _schoolhouse_clock,
        _pendulum_clock,
        _cuckoo_clock,
        _sunburst_clock,
        _frameless_clock,
        _shaped_clock,
    )
    family = families[rng.choice(9, p=[0.3, 0.1, 0.09, 0.1, 0.09, 0.1, 0.08, 0.08, 0.06])]
    look = dials.sample_dial_style(rng)
    return meshes.assemble("wall_clock", [part.rotated("x", 90.0) for part in family(rng, look)])


def _sample_wood(rng: np.random.Generator, grain_axis: str = "z") -> bpy.types.Material:
    colour = jitter_colour(rng, str(rng.choice(_WOODS)))
    ring, contrast = rng.uniform(0.005, 0.011), rng.uniform(0.2, 0.4)
    return materials.wood(colour, grain_axis=grain_axis, ring=ring, contrast=contrast, gloss=0.3)


def _sample_metal(rng: np.random.Generator) -> bpy.types.Material:
    return materials.metal(jitter_colour(rng, str(rng.choice(_METALS)), 0.5))


def _sample_case_material(rng: np.random.Generator) -> bpy.types.Material:
    """What the rims of plain clocks are made of."""
    kind = rng.choice(["plastic", "colour", "metal", "wood"], p=[0.5, 0.12, 0.2, 0.18])
    if kind == "wood":
        return _sample_wood(rng, grain_axis=str(rng.choice(["x", "z"])))
    if kind == "metal":
        return _sample_metal(rng)
    colour = jitter_colour(rng, str(rng.choice(_PLASTICS)), 0.7)
    return materials.plastic(
        sample_colour(rng, (0.4, 0.9), (0.2, 0.7)) if kind == "colour" else colour, 0.35
    )


def _framed_dial(
    rng: np.random.Generator,
    style: DialStyle,
    radius: float,
    outline: np.ndarray,
    material: bpy.types.Material,
    rise: float,
) -> list[Shape]:
    """A dial in a frame of the outline `around`, z = 0 the wall, the frame `rise` high."""
    inner = cases.polar_outline(0.985 * radius)
    if style.squareness:
        inner = cases.superellipse(1.96 * radius, 1.96 * radius, 12.0)
    base = 0.45 * rise
    levels = [(0.004, 0.0), (0.002, base), (0.004, base + 0.0005)]
    back = cases.extrude_outline(0.5 * (outline + inner), levels).with_material(material)
    frame = cases.frame(outline, inner, cases.sample_moulding(rng, 0.0, rise)).with_material(
        material
    )
    return [back, frame, *_raised_dial(rng, style, radius, base + 0.003)]


def _raised_dial(
    rng: np.random.Generator, style: DialStyle, radius: float, z: float
) -> list[Shape]:
    return [part.translated(z=z) for part in dials.dial(rng, radius, style)]


def _round_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """The kitchen and office clock: a rim, sometimes broad, sometimes one of metal within it."""
    radius, rise = rng.uniform(0.1, 0.19), rng.uniform(0.025, 0.05)
    outer = radius * (1.0 + rng.choice([rng.uniform(0.05, 0.12), rng.uniform(0.12, 0.35)]))
    parts = _framed_dial(
        rng, style, radius, cases.polar_outline(outer), _sample_case_material(rng), rise
    )
    if rng.random() < 0.3:
        low, high = radius * 0.97, radius * 1.03
        section = [(low, 0.4 * rise), (high, 0.4 * rise), (high, 1.05 * rise), (low, 1.02 * rise)]
        parts.append(shapes.lathe_closed_section(section, 96).with_material(_sample_metal(rng)))
    return parts


def _square_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """A square or oblong frame, its dial square too or a disc in it."""
    if rng.random() < 0.6:
        numerals = "arabic" if style.numerals == "roman" else style.numerals
        style = replace(style, squareness=0.92, numerals=numerals)
    radius, grow = rng.uniform(0.1, 0.16), rng.uniform(1.12, 1.4)
    tall = rng.uniform(1.0, 1.25) if rng.random() < 0.3 else 1.0
    around = cases.superellipse(2 * radius * grow, 2 * radius * grow * tall, rng.uniform(5, 40))
    return _framed_dial(
        rng, style, radius, around, _sample_case_material(rng), rng.uniform(0.025, 0.045)
    )


def _octagonal_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Eight-sided, of wood mostly, with a ring of brass about the dial."""
    radius, rise = rng.uniform(0.1, 0.15), rng.uniform(0.03, 0.05)
    around = cases.regular_polygon(8, radius * rng.uniform(1.2, 1.45))
    made = _sample_wood(rng) if rng.random() < 0.75 else _sample_case_material(rng)
    ring = pendulum_clocks.bezel(radius, 0.4 * rise, 1.16 * rise, pendulum_clocks.sample_brass(rng))
    return [*_framed_dial(rng, style, radius, around, made, rise), ring]


def _schoolhouse_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """The schoolhouse regulator: an octagon or round above a short box with a pendulum."""
    radius, rise, made = rng.uniform(0.1, 0.14), rng.uniform(0.045, 0.06), _sample_wood(rng)
    reach = rng.uniform(1.22, 1.4) * radius
    around = cases.regular_polygon(8, reach) if rng.random() < 0.65 else cases.polar_outline(reach)
    parts = _framed_dial(rng, style, radius, around, made, rise)
    parts.append(
        pendulum_clocks.bezel(radius, 0.4 * rise, 1.12 * rise, pendulum_clocks.sample_brass(rng))
    )
    wide, drop = 1.02 * radius, reach + rng.uniform(0.9, 1.3) * radius
    tip = rng.choice([0.0, 0.3, 0.5]) * radius
    top = -0.55 * (radius + reach)
    box = [(wide, top), (-wide, top), (-wide, tip - drop), (-0.4 * wide, -drop)]
    parts.append(
        shapes.prism([*box, (0.4 * wide, -drop), (wide, tip - drop)], 0.7 * rise).with_material(
            made
        )
    )
    span = (0.6 * tip - drop + 0.2 * radius, -reach - 0.02 * radius)
    return parts + pendulum_clocks.pendulum_window(rng, made, 1.45 * wide, span, 0.7 * rise)


def _pendulum_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    return pendulum_clocks.long_case_clock(rng, style, _sample_wood(rng))


def _cuckoo_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    return pendulum_clocks.cuckoo_clock(rng, style, _sample_wood(rng))


def _sunburst_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """A small dial in a ring that rays of metal, wood or balls stand out from."""
    radius, rise = rng.uniform(0.06, 0.1), rng.uniform(0.02, 0.035)
    metal, wood = (
        materials.metal(jitter_colour(rng, str(rng.choice(_METALS[1:])))),
        _sample_wood(rng),
    )
    parts = _framed_dial(rng, style, radius, cases.polar_outline(1.15 * radius), metal, rise)
    count, kind = int(rng.integers(12, 33)), str(rng.choice(["spike", "rod", "paddle", "ball"]))
    count = min(count, 18) if kind in ("paddle", "ball") else count
    far, odd = rng.uniform(2.0, 2.9) * radius, rng.uniform(0.7, 1.0)
    inks = (
        dials.sample_bright_materials(rng)
        if kind == "ball" and rng.random() < 0.7
        else (wood, metal)
    )
    half, z = np.pi * 0.8 * radius / count, 0.4 * rise
    for k, made in enumerate(inks[k % len(inks)] for k in range(count)):
        long = far * (odd if k % 2 else 1.0)
        if kind in ("spike", "paddle"):
            tip = 0.04 * half if kind == "spike" else 1.5 * half
            points = [(-half, radius), (half, radius), (tip, long), (-tip, long)]
            ray = [
                shapes.prism(points, z)
                .translated(z=0.1 * rise + 0.0005 * (k % 2))
                .with_material(made)
            ]
        else:
            ray = [shapes.rod((0, radius, z), (0, long, z), 0.04 * radius).with_material(metal)]
            if kind == "ball":
                ray.append(
                    shapes.sphere(0.2 * radius, 18).translated(0, long, z).with_material(made)
                )
        parts += [part.rotated("z", -360.0 * k / count) for part in ray]
    return parts


def _frameless_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Without a frame: the dial printed on a disc, square or slice of wood, or on a record."""
    radius, thick = rng.uniform(0.1, 0.17), rng.uniform(0.006, 0.018)
    kind = rng.choice(["disc", "square", "wood", "record"])
    light = materials.plain(jitter_colour(rng, "f2ead8", 0.3), 0.5)
    made = style.face
    if kind == "wood":
        pale = rng.random() < 0.6
        made = materials.wood(
            jitter_colour(rng, "d8b07c" if pale else "5a3420"), ring=0.007, contrast=0.3
        )
        ink = materials.plain(srgb_to_linear("17110c"), 0.5) if pale else light
        style = replace(style, ink=ink, hands=ink, centre_zone=None)
    if kind == "record":
        made = _record_grooves_material(radius)
        zone = materials.plain(sample_colour(rng, (0.5, 0.9), (0.3, 0.8)), 0.5)
        style = replace(
            style, ink=light, hands=light, centre_zone=zone, numeral_materials=(), text=""
        )
    around = cases.polar_outline(radius)
    if kind == "square":
        around = cases.superellipse(2 * radius, 2 * radius, 30.0)
    levels = [(0.002, 0.0), (0.0, 0.002), (0.0, thick - 0.001), (0.001, thick)]
    parts = [cases.extrude_outline(around, levels).with_material(made)]
    rim = [(0.0, 0.001), (1.0, 0.001), (1.0, thick - 0.002), (0.0, thick - 0.002)]
    parts.append(
        cases.frame(1.012 * around, 0.98 * around, rim).with_material(
            materials.plain(srgb_to_linear("2a2724"))
        )
    )
    print_ = dials.dial(rng, radius, style, with_face=False)
    return parts + [part.translated(z=thick) for part in print_]


def _record_grooves_material(radius: float) -> bpy.types.Material:
    """The grooves of a vinyl record about the dial's middle, which is `radius` metres up."""
    graph = NodeGraph("record")
    x, _, z = graph.object_coordinates().components()
    up = z - radius
    away = graph.math("SQRT", x * x + up * up)
    wave = 0.5 + 0.5 * graph.math("SINE", away * (2 * np.pi / 0.006))
    return graph.build_material(
        graph.mix(wave, srgb_to_linear("0c0c0d"), srgb_to_linear("303033")), 0.3
    )


def _shaped_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """A kitchen clock with the edge of a pie, flower, heart, star, house or cat."""
    radius, rise = rng.uniform(0.08, 0.13), rng.uniform(0.02, 0.04)
    outlines = (
        cases.scalloped_circle(1.45 * radius, int(rng.integers(6, 13)), 0.14),
        cases.scalloped_circle(1.5 * radius, int(rng.integers(16, 27)), 0.06),
        cases.heart(1.8 * radius),
        cases.star(2.1 * radius, 0.62),
        cases.arch(2.5 * radius, 3.3 * radius, 0.4),
        cases.cat(1.25 * radius),
    )
    colour = sample_colour(rng, (0.2, 0.85), (0.3, 0.85))
    around, made = outlines[rng.integers(len(outlines))], materials.plain(colour, 0.4)
    parts = _framed_dial(rng, style, radius, around, made, rise)
    return [
        *parts,
        pendulum_clocks.bezel(
            radius, 0.4 * rise, 1.1 * rise, materials.plain(scale_colour(colour, 0.4))
        ),
    ]
