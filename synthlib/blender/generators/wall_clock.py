"""Wall clocks: round, square, octagonal, school, pendulum, cuckoo, sunburst, frameless, shaped.

`rng` draws the family, the dial's style and time (`parts.clocks.dials`), materials, proportions,
frames and, with pendulums, their position. A clock is 15 to 110 cm tall; lengths are in metres.

Parts are modelled lying on their backs, the dial facing +Z with 12 towards +Y, and rotated
upright at the end, so that the dial faces -Y.
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
    """Build one wall clock.

    Returns:
        One mesh object, standing on z = 0, its dial towards -Y, its flat back in an x-z plane.
    """
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
    style = dials.sample_dial_style(rng)
    return meshes.assemble("wall_clock", [part.rotated("x", 90.0) for part in family(rng, style)])


def _sample_wood(rng: np.random.Generator, grain_axis: str = "z") -> bpy.types.Material:
    """Sample polished wood."""
    colour = jitter_colour(rng, str(rng.choice(_WOODS)))
    ring = rng.uniform(0.005, 0.011)
    contrast = rng.uniform(0.2, 0.4)
    return materials.wood(colour, grain_axis=grain_axis, ring=ring, contrast=contrast, gloss=0.3)


def _sample_metal(rng: np.random.Generator) -> bpy.types.Material:
    """Sample the metal of rims and frames."""
    return materials.metal(jitter_colour(rng, str(rng.choice(_METALS)), 0.5))


def _sample_case_material(rng: np.random.Generator) -> bpy.types.Material:
    """Sample the material of plain clocks' rims."""
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
    """Build a dial in a frame with a given outline, on the wall z = 0; the frame is `rise` high."""
    inner = cases.polar_outline(0.985 * radius)
    if style.squareness:
        inner = cases.superellipse(1.96 * radius, 1.96 * radius, 12.0)
    dial_z = 0.45 * rise
    levels = [(0.004, 0.0), (0.002, dial_z), (0.004, dial_z + 0.0005)]
    back = cases.extrude_outline(0.5 * (outline + inner), levels).with_material(material)
    frame = cases.frame(outline, inner, cases.sample_moulding(rng, 0.0, rise)).with_material(
        material
    )
    return [back, frame, *_raised_dial(rng, style, radius, dial_z + 0.003)]


def _raised_dial(
    rng: np.random.Generator, style: DialStyle, radius: float, z: float
) -> list[Shape]:
    """Build a dial at height z above the wall."""
    return [part.translated(z=z) for part in dials.dial(rng, radius, style)]


def _round_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build the kitchen and office clock: a rim, sometimes broad, sometimes with a metal ring."""
    radius = rng.uniform(0.1, 0.19)
    rise = rng.uniform(0.025, 0.05)
    outer_radius = radius * (1.0 + rng.choice([rng.uniform(0.05, 0.12), rng.uniform(0.12, 0.35)]))
    parts = _framed_dial(
        rng, style, radius, cases.polar_outline(outer_radius), _sample_case_material(rng), rise
    )
    if rng.random() < 0.3:
        inner, outer = radius * 0.97, radius * 1.03
        section = [
            (inner, 0.4 * rise),
            (outer, 0.4 * rise),
            (outer, 1.05 * rise),
            (inner, 1.02 * rise),
        ]
        parts.append(shapes.lathe_closed_section(section, 96).with_material(_sample_metal(rng)))
    return parts


def _square_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a square or oblong frame with a square or round dial."""
    if rng.random() < 0.6:
        numerals = "arabic" if style.numerals == "roman" else style.numerals
        style = replace(style, squareness=0.92, numerals=numerals)
    radius = rng.uniform(0.1, 0.16)
    margin_ratio = rng.uniform(1.12, 1.4)
    aspect_ratio = rng.uniform(1.0, 1.25) if rng.random() < 0.3 else 1.0
    outline = cases.superellipse(
        2 * radius * margin_ratio, 2 * radius * margin_ratio * aspect_ratio, rng.uniform(5, 40)
    )
    return _framed_dial(
        rng, style, radius, outline, _sample_case_material(rng), rng.uniform(0.025, 0.045)
    )


def _octagonal_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build an eight-sided clock, mostly of wood, with a ring of brass about the dial."""
    radius = rng.uniform(0.1, 0.15)
    rise = rng.uniform(0.03, 0.05)
    outline = cases.regular_polygon(8, radius * rng.uniform(1.2, 1.45))
    material = _sample_wood(rng) if rng.random() < 0.75 else _sample_case_material(rng)
    ring = pendulum_clocks.bezel(radius, 0.4 * rise, 1.16 * rise, pendulum_clocks.sample_brass(rng))
    return [*_framed_dial(rng, style, radius, outline, material, rise), ring]


def _schoolhouse_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build the schoolhouse regulator: an octagon or a disc above a short box with a pendulum."""
    radius = rng.uniform(0.1, 0.14)
    rise = rng.uniform(0.045, 0.06)
    material = _sample_wood(rng)
    outer_radius = rng.uniform(1.22, 1.4) * radius
    outline = (
        cases.regular_polygon(8, outer_radius)
        if rng.random() < 0.65
        else cases.polar_outline(outer_radius)
    )
    parts = _framed_dial(rng, style, radius, outline, material, rise)
    parts.append(
        pendulum_clocks.bezel(radius, 0.4 * rise, 1.12 * rise, pendulum_clocks.sample_brass(rng))
    )
    half_width = 1.02 * radius
    bottom = outer_radius + rng.uniform(0.9, 1.3) * radius
    tip_height = rng.choice([0.0, 0.3, 0.5]) * radius
    top = -0.55 * (radius + outer_radius)
    box_outline = [
        (half_width, top),
        (-half_width, top),
        (-half_width, tip_height - bottom),
        (-0.4 * half_width, -bottom),
    ]
    parts.append(
        shapes.prism(
            [*box_outline, (0.4 * half_width, -bottom), (half_width, tip_height - bottom)],
            0.7 * rise,
        ).with_material(material)
    )
    window_range = (0.6 * tip_height - bottom + 0.2 * radius, -outer_radius - 0.02 * radius)
    return parts + pendulum_clocks.pendulum_window(
        rng, material, 1.45 * half_width, window_range, 0.7 * rise
    )


def _pendulum_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a long-case clock for the wall."""
    return pendulum_clocks.long_case_clock(rng, style, _sample_wood(rng))


def _cuckoo_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a cuckoo clock."""
    return pendulum_clocks.cuckoo_clock(rng, style, _sample_wood(rng))


def _sunburst_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a small dial in a ring, with rays of metal, wood or balls."""
    radius = rng.uniform(0.06, 0.1)
    rise = rng.uniform(0.02, 0.035)
    metal = materials.metal(jitter_colour(rng, str(rng.choice(_METALS[1:]))))
    wood = _sample_wood(rng)
    parts = _framed_dial(rng, style, radius, cases.polar_outline(1.15 * radius), metal, rise)
    count = int(rng.integers(12, 33))
    kind = str(rng.choice(["spike", "rod", "paddle", "ball"]))
    count = min(count, 18) if kind in ("paddle", "ball") else count
    ray_radius = rng.uniform(2.0, 2.9) * radius
    odd_share = rng.uniform(0.7, 1.0)
    ray_materials = (
        dials.sample_bright_materials(rng)
        if kind == "ball" and rng.random() < 0.7
        else (wood, metal)
    )
    half_width = np.pi * 0.8 * radius / count
    z = 0.4 * rise
    for index, material in enumerate(
        ray_materials[index % len(ray_materials)] for index in range(count)
    ):
        ray_end = ray_radius * (odd_share if index % 2 else 1.0)
        if kind in ("spike", "paddle"):
            tip = 0.04 * half_width if kind == "spike" else 1.5 * half_width
            points = [(-half_width, radius), (half_width, radius), (tip, ray_end), (-tip, ray_end)]
            ray = [
                shapes.prism(points, z)
                .translated(z=0.1 * rise + 0.0005 * (index % 2))
                .with_material(material)
            ]
        else:
            ray = [shapes.rod((0, radius, z), (0, ray_end, z), 0.04 * radius).with_material(metal)]
            if kind == "ball":
                ray.append(
                    shapes.sphere(0.2 * radius, 18)
                    .translated(0, ray_end, z)
                    .with_material(material)
                )
        parts += [part.rotated("z", -360.0 * index / count) for part in ray]
    return parts


def _frameless_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a clock without a frame: a dial printed on a disc, square, slice of wood or record."""
    radius = rng.uniform(0.1, 0.17)
    thickness = rng.uniform(0.006, 0.018)
    kind = rng.choice(["disc", "square", "wood", "record"])
    light = materials.plain(jitter_colour(rng, "f2ead8", 0.3), 0.5)
    material = style.face
    if kind == "wood":
        pale_wood = rng.random() < 0.6
        material = materials.wood(
            jitter_colour(rng, "d8b07c" if pale_wood else "5a3420"), ring=0.007, contrast=0.3
        )
        ink = materials.plain(srgb_to_linear("17110c"), 0.5) if pale_wood else light
        style = replace(style, ink=ink, hands=ink, centre_zone=None)
    if kind == "record":
        material = _record_grooves_material(radius)
        zone_material = materials.plain(sample_colour(rng, (0.5, 0.9), (0.3, 0.8)), 0.5)
        style = replace(
            style, ink=light, hands=light, centre_zone=zone_material, numeral_materials=(), text=""
        )
    outline = cases.polar_outline(radius)
    if kind == "square":
        outline = cases.superellipse(2 * radius, 2 * radius, 30.0)
    levels = [(0.002, 0.0), (0.0, 0.002), (0.0, thickness - 0.001), (0.001, thickness)]
    parts = [cases.extrude_outline(outline, levels).with_material(material)]
    rim_section = [(0.0, 0.001), (1.0, 0.001), (1.0, thickness - 0.002), (0.0, thickness - 0.002)]
    parts.append(
        cases.frame(1.012 * outline, 0.98 * outline, rim_section).with_material(
            materials.plain(srgb_to_linear("2a2724"))
        )
    )
    print_shapes = dials.dial(rng, radius, style, with_face=False)
    return parts + [part.translated(z=thickness) for part in print_shapes]


def _record_grooves_material(radius: float) -> bpy.types.Material:
    """Return a vinyl record's grooves around the dial's centre, which is `radius` metres up."""
    graph = NodeGraph("record")
    x, _, z = graph.object_coordinates().components()
    height = z - radius
    distance = graph.math("SQRT", x * x + height * height)
    wave = 0.5 + 0.5 * graph.math("SINE", distance * (2 * np.pi / 0.006))
    return graph.build_material(
        graph.mix(wave, srgb_to_linear("0c0c0d"), srgb_to_linear("303033")), 0.3
    )


def _shaped_clock(rng: np.random.Generator, style: DialStyle) -> list[Shape]:
    """Build a kitchen clock with the outline of a pie, flower, heart, star, house or cat."""
    radius = rng.uniform(0.08, 0.13)
    rise = rng.uniform(0.02, 0.04)
    outlines = (
        cases.scalloped_circle(1.45 * radius, int(rng.integers(6, 13)), 0.14),
        cases.scalloped_circle(1.5 * radius, int(rng.integers(16, 27)), 0.06),
        cases.heart(1.8 * radius),
        cases.star(2.1 * radius, 0.62),
        cases.arch(2.5 * radius, 3.3 * radius, 0.4),
        cases.cat(1.25 * radius),
    )
    colour = sample_colour(rng, (0.2, 0.85), (0.3, 0.85))
    outline = outlines[rng.integers(len(outlines))]
    material = materials.plain(colour, 0.4)
    parts = _framed_dial(rng, style, radius, outline, material, rise)
    return [
        *parts,
        pendulum_clocks.bezel(
            radius, 0.4 * rise, 1.1 * rise, materials.plain(scale_colour(colour, 0.4))
        ),
    ]
