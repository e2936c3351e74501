"""Bananas, single and in hands of two to six: green, yellow, freckled or brown.

`rng` draws length, thickness, bend, number of ridges, ripeness, count and pose. A *finger* is one
banana, 16 to 24 cm long, and a *hand* several fingers that grow from one *crown*. Lengths are in
metres.

A finger is a soft four- to six-sided tube along a bent spine, from its black tip to the cut end of
its stem. Its vertex attribute holds three numbers that the peel's material computes colours from:
the position along the finger (0 tip to 1 stem), the closeness to a ridge (-1 to 1), and a random
number per finger.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_SKINS = ((0.0, "7f9a35"), (0.22, "b4b03a"), (0.42, "e6c02c"), (0.75, "e2b022"), (1.0, "a8762a"))
"""Ripeness in [0, 1] and the peel's colour between its spots, as sRGB hex."""


@dataclass(frozen=True)
class BananaForm:
    """Proportions shared by the fingers of one hand; lengths in metres, angles in degrees."""

    length: float
    radius: float
    bend: float
    stem: float  # length of the stem, as a share of the length
    sides: int
    ridge: float  # height of the section's corners, as a share of the radius
    bend_position: float  # position of the strongest bend, 0 tip to 1 stem
    dry_stem_end: bool = True  # the stem ends dry and black, not at a crown


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a banana that lies on its side, or a hand of bananas.

    Returns:
        A list with one mesh object, which lies on z = 0.
    """
    form = BananaForm(
        length=rng.uniform(0.16, 0.24),
        radius=rng.uniform(0.0155, 0.0205),
        bend=rng.uniform(55.0, 125.0),
        stem=rng.uniform(0.12, 0.2),
        sides=int(rng.choice([4, 5, 5, 5, 6])),
        ridge=rng.uniform(0.03, 0.09),
        bend_position=rng.uniform(0.4, 0.7),
    )
    skin = _peel_material(rng, float(rng.choice([rng.uniform(0.0, 1.0), rng.uniform(0.35, 0.7)])))
    count = 1 if rng.random() < 0.45 else int(rng.integers(2, 7))
    if count == 1:
        parts = [_finger(rng, form).rotated("x", rng.uniform(-15.0, 35.0))]
    else:
        parts = _hand(rng, form, count)
    yaw = rng.choice([0.0, 180.0]) + rng.normal(0.0, 30.0)  # rarely seen end-on
    return meshes.assemble("banana", [part.with_material(skin).rotated("z", yaw) for part in parts])


def _finger(rng: np.random.Generator, form: BananaForm) -> Shape:
    """Build one banana in the plane z = 0, its stem ending at the origin, bending towards -Y."""
    positions = np.linspace(0.0, 1.0, 44)
    radius = form.radius * rng.uniform(0.93, 1.05)
    neck_start = 1.0 - form.stem
    knots = (
        0.0,
        0.012,
        0.03,
        0.09,
        0.2,
        0.5,
        neck_start - 0.2,
        neck_start - 0.06,
        neck_start + 0.02,
        0.97,
        1.0,
    )
    relative_radii = (0.19, 0.22, 0.25, 0.62, 0.9, 1.0, 0.9, 0.52, 0.3, 0.25, 0.32)
    radii = radius * shapes.smooth_interpolation(positions, knots, relative_radii)
    curvature = 0.35 + np.exp(-(((positions - form.bend_position) / 0.3) ** 2))
    heading = (
        np.radians(form.bend * rng.uniform(0.92, 1.08)) * np.cumsum(curvature) / curvature.sum()
    )
    heading -= heading[-1]  # so that the stem ends parallel to the x axis
    steps = np.stack([-np.cos(heading), np.sin(heading), 0 * heading], axis=1)
    spine = np.cumsum(steps, axis=0) * form.length * rng.uniform(0.94, 1.06) / len(positions)
    spine = spine[-1] - spine

    angles = np.linspace(0.0, 2 * np.pi, 30, endpoint=False)
    ridge_wave = np.cos(form.sides * (angles - rng.uniform(0.0, 2 * np.pi)))
    ridge_strength = np.interp(positions, [0.05, 0.2, neck_start, 1.0], [0.2, 1.0, 1.0, 0.6])[
        :, None
    ]
    section_radii = radii[:, None] * (
        1.0 + form.ridge * ridge_strength * np.sign(ridge_wave) * ridge_wave**2
    )
    unit_circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    shape = shapes.sweep(spine, section_radii[..., None] * unit_circle, (0.0, 0.0, 1.0))
    finger_number = np.full(section_radii.shape, rng.random())
    # The material turns black from position 0.982 on, which a finger at a crown does not reach.
    position_along = positions if form.dry_stem_end else 0.975 * positions
    attribute = np.stack(
        np.broadcast_arrays(position_along[:, None], ridge_wave * ridge_strength, finger_number),
        axis=-1,
    )
    return replace(shape, vertex_attribute=attribute.reshape(-1, 3)).translated(*-spine[-1])


def _hand(rng: np.random.Generator, form: BananaForm, count: int) -> list[Shape]:
    """Build fingers side by side from a common crown, arched or lying on their outer curve."""
    form = replace(form, stem=form.stem * 0.85, dry_stem_end=False)
    gap = rng.uniform(0.5, 0.7) * form.radius
    half_length = 0.5 * form.length
    spread = np.degrees(1.96 * form.radius - gap) / half_length * rng.uniform(1.0, 1.15)
    parts = []
    for offset in np.arange(count) - (count - 1) / 2:
        finger = _finger(rng, form).rotated("x", rng.normal(0.0, 2.0))
        finger = finger.rotated("xz", 90.0, offset * spread + rng.normal(0.0, 1.0))
        parts.append(finger.translated(y=offset * gap))
    half_width = (count - 1) / 2 * gap + 0.35 * form.radius
    parts.append(_crown(rng, half_width, form.radius))
    tilt = rng.choice([rng.uniform(10.0, 35.0), rng.uniform(-180.0, -150.0)], p=[0.65, 0.35])
    return [part.rotated("y", tilt) for part in parts]


def _crown(rng: np.random.Generator, reach: float, radius: float) -> Shape:
    """Build the piece of stalk that joins the fingers of a hand, along Y.

    Args:
        rng: Source of every random draw.
        reach: Half the crown's length in metres.
        radius: Radius of a finger in metres.
    """
    positions = np.linspace(-1.0, 1.0, 13)
    path = np.stack([0.1 * radius * np.cos(positions), positions * reach, 0 * positions], axis=1)
    radii = 0.36 * radius * np.sqrt(1.0 - 0.75 * positions**4)
    shape = shapes.tube(path, radii, (0.0, 0.0, 1.0), segments=14)
    shape = shape.deformed(shapes.random_displacement(rng, 0.06 * radius, 1.2 * radius))
    return replace(shape, vertex_attribute=np.tile([0.985, 0.0, 0.5], (len(shape.vertices), 1)))


def _peel_material(rng: np.random.Generator, ripeness: float) -> bpy.types.Material:
    """Return the peel's material: greener at the ends, browner along ridges, freckled when ripe."""
    levels = [level for level, _ in _SKINS]
    hex_codes = [code for _, code in _SKINS]
    level_colours = np.array([jitter_colour(rng, code, 0.35) for code in hex_codes])
    base_colour = tuple(float(np.interp(ripeness, levels, level_colours[:, k])) for k in range(3))
    brown = jitter_colour(rng, "4a2c14", 0.6)
    graph = NodeGraph("banana")
    position_along, ridge, finger_number = graph.vertex_attribute().components()
    mottling = graph.noise(0.035, detail=2.0)

    def paint_over(colour: object, opacity: object, paint: object) -> object:
        return graph.mix(opacity, colour, paint)

    green = jitter_colour(rng, "7d9238", 0.5)
    end_mask = graph.math(
        "MAXIMUM", position_along.smoothstep(0.16, 0.03), position_along.smoothstep(0.62, 0.86)
    )
    colour = paint_over(
        base_colour, end_mask * float(np.interp(ripeness, [0, 0.45, 0.8], [1, 0.7, 0.15])), green
    )
    colour = paint_over(
        colour,
        (mottling * 0.6 + finger_number * 0.5).smoothstep(0.3, 0.9) * 0.3,
        jitter_colour(rng, "d9a51e"),
    )
    colour = paint_over(
        colour, ridge.smoothstep(0.55, 1.0) * (0.12 + 0.4 * ripeness), jitter_colour(rng, "8a6420")
    )
    colour = _add_spots(rng, graph, paint_over, colour, ripeness, brown)
    colour = paint_over(
        colour,
        position_along.smoothstep(0.9, 1.0) * (0.25 + 0.6 * ripeness),
        jitter_colour(rng, "6b5226"),
    )
    tip_mask = graph.math(
        "MAXIMUM", position_along.smoothstep(0.035, 0.022), position_along.smoothstep(0.982, 0.99)
    )
    colour = paint_over(colour, tip_mask, jitter_colour(rng, "2b1d12"))
    return graph.build_material(
        colour, 0.5, bump_height=graph.noise(0.012), bump_distance=0.0004, specular=0.25
    )


def _add_spots(
    rng: np.random.Generator,
    graph: NodeGraph,
    paint_over: Callable,
    colour: object,
    ripeness: float,
    brown: tuple,
) -> object:
    """Add freckles from ripeness 0.4 on, and blotches from 0.55 on, to the peel's colour."""
    if ripeness > 0.4:
        size = rng.uniform(0.004, 0.011)
        reach = (0.16 + 0.5 * (ripeness - 0.4)) * rng.uniform(0.8, 1.3)
        dot_radius = graph.noise(0.02).smoothstep(0.3, 0.8) * reach + 0.01
        dots = (graph.voronoi_distance(size) / dot_radius).smoothstep(1.0, 0.6)
        colour = paint_over(colour, dots * 0.85, brown)
    if ripeness > 0.55:
        threshold = 0.74 - 0.3 * (ripeness - 0.55) * rng.uniform(0.7, 1.3)
        blotch = graph.noise(0.022, detail=3.0).smoothstep(threshold, threshold + 0.07)
        colour = paint_over(colour, blotch * 0.8, brown)
    return colour
