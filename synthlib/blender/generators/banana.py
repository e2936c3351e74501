"""Bananas, single and in hands of two to six: green, yellow, freckled, brown.

A finger is a soft five-sided tube along a bent spine, from its black tip to the cut end of its
stem. It carries in `paint` how far along it a point is, how near to a ridge, and its own number.
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
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_SKINS = ((0.0, "7f9a35"), (0.22, "b4b03a"), (0.42, "e6c02c"), (0.75, "e2b022"), (1.0, "a8762a"))
"""Ripeness in [0, 1] and the colour of the skin between its spots."""


@dataclass(frozen=True)
class BananaForm:
    """What the fingers of one hand share; metres, degrees."""

    length: float
    radius: float
    bend: float
    stem: float  # share of the length
    sides: int
    ridge: float  # how far the corners of the section stand out, a share of the radius
    bend_position: float  # where along the finger it bends most, 0 tip to 1 stem
    dry_stem_end: bool = True  # whether the end of the stem is the dry, black one


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A banana lying on its side, or a hand of them. Returns one object."""
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
    yaw = rng.choice([0.0, 180.0]) + rng.normal(0.0, 30.0)  # rarely end on
    return meshes.assemble("banana", [part.with_material(skin).rotated("z", yaw) for part in parts])


def _finger(rng: np.random.Generator, form: BananaForm) -> Shape:
    """One banana in the plane z = 0, the end of its stem at the origin, bending towards -Y."""
    at = np.linspace(0.0, 1.0, 44)
    radius = form.radius * rng.uniform(0.93, 1.05)
    neck = 1.0 - form.stem
    knots = (0.0, 0.012, 0.03, 0.09, 0.2, 0.5, neck - 0.2, neck - 0.06, neck + 0.02, 0.97, 1.0)
    girth = (0.19, 0.22, 0.25, 0.62, 0.9, 1.0, 0.9, 0.52, 0.3, 0.25, 0.32)
    radii = radius * shapes.smooth_interpolation(at, knots, girth)
    turning = 0.35 + np.exp(-(((at - form.bend_position) / 0.3) ** 2))
    heading = np.radians(form.bend * rng.uniform(0.92, 1.08)) * np.cumsum(turning) / turning.sum()
    heading -= heading[-1]
    steps = np.stack([-np.cos(heading), np.sin(heading), 0 * heading], axis=1)
    spine = np.cumsum(steps, axis=0) * form.length * rng.uniform(0.94, 1.06) / len(at)
    spine = spine[-1] - spine

    turns = np.linspace(0.0, 2 * np.pi, 30, endpoint=False)
    ridge = np.cos(form.sides * (turns - rng.uniform(0.0, 2 * np.pi)))
    angular = np.interp(at, [0.05, 0.2, neck, 1.0], [0.2, 1.0, 1.0, 0.6])[:, None]
    section = radii[:, None] * (1.0 + form.ridge * angular * np.sign(ridge) * ridge**2)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    shape = shapes.sweep(spine, section[..., None] * circle, (0.0, 0.0, 1.0))
    own = np.full(section.shape, rng.random())
    along = at if form.dry_stem_end else 0.975 * at
    paint = np.stack(np.broadcast_arrays(along[:, None], ridge * angular, own), axis=-1)
    return replace(shape, vertex_attribute=paint.reshape(-1, 3)).translated(*-spine[-1])


def _hand(rng: np.random.Generator, form: BananaForm, count: int) -> list[Shape]:
    """Fingers side by side from a common crown, arched or lying on their outer curve."""
    form = replace(form, stem=form.stem * 0.85, dry_stem_end=False)
    gap = rng.uniform(0.5, 0.7) * form.radius
    middle = 0.5 * form.length
    spread = np.degrees(1.96 * form.radius - gap) / middle * rng.uniform(1.0, 1.15)
    parts = []
    for place in np.arange(count) - (count - 1) / 2:
        finger = _finger(rng, form).rotated("x", rng.normal(0.0, 2.0))
        finger = finger.rotated("xz", 90.0, place * spread + rng.normal(0.0, 1.0))
        parts.append(finger.translated(y=place * gap))
    reach = (count - 1) / 2 * gap + 0.35 * form.radius
    parts.append(_crown(rng, reach, form.radius))
    tilt = rng.choice([rng.uniform(10.0, 35.0), rng.uniform(-180.0, -150.0)], p=[0.65, 0.35])
    return [part.rotated("y", tilt) for part in parts]


def _crown(rng: np.random.Generator, reach: float, radius: float) -> Shape:
    """The lump of stalk that a hand was cut from, along Y."""
    at = np.linspace(-1.0, 1.0, 13)
    path = np.stack([0.1 * radius * np.cos(at), at * reach, 0 * at], axis=1)
    radii = 0.36 * radius * np.sqrt(1.0 - 0.75 * at**4)
    shape = shapes.tube(path, radii, (0.0, 0.0, 1.0), segments=14)
    shape = shape.deformed(shapes.random_displacement(rng, 0.06 * radius, 1.2 * radius))
    return replace(shape, vertex_attribute=np.tile([0.985, 0.0, 0.5], (len(shape.vertices), 1)))


def _peel_material(rng: np.random.Generator, ripeness: float) -> bpy.types.Material:
    """The peel: greener at both ends, brown along the ridges and in freckles as it ripens."""
    levels, codes = [level for level, _ in _SKINS], [code for _, code in _SKINS]
    tone = np.array([jitter_colour(rng, code, 0.35) for code in codes])
    base = tuple(float(np.interp(ripeness, levels, tone[:, k])) for k in range(3))
    brown = jitter_colour(rng, "4a2c14", 0.6)
    graph = NodeGraph("banana")
    along, ridge, own = graph.vertex_attribute().components()
    mottled = graph.noise(0.035, detail=2.0)

    def over(colour: object, share: object, other: object) -> object:
        return graph.mix(share, colour, other)

    green = jitter_colour(rng, "7d9238", 0.5)
    ends = graph.math("MAXIMUM", along.smoothstep(0.16, 0.03), along.smoothstep(0.62, 0.86))
    colour = over(base, ends * float(np.interp(ripeness, [0, 0.45, 0.8], [1, 0.7, 0.15])), green)
    colour = over(
        colour, (mottled * 0.6 + own * 0.5).smoothstep(0.3, 0.9) * 0.3, jitter_colour(rng, "d9a51e")
    )
    colour = over(
        colour, ridge.smoothstep(0.55, 1.0) * (0.12 + 0.4 * ripeness), jitter_colour(rng, "8a6420")
    )
    colour = _add_spots(rng, graph, over, colour, ripeness, brown)
    colour = over(
        colour, along.smoothstep(0.9, 1.0) * (0.25 + 0.6 * ripeness), jitter_colour(rng, "6b5226")
    )
    tips = graph.math("MAXIMUM", along.smoothstep(0.035, 0.022), along.smoothstep(0.982, 0.99))
    colour = over(colour, tips, jitter_colour(rng, "2b1d12"))
    return graph.build_material(
        colour, 0.5, bump_height=graph.noise(0.012), bump_distance=0.0004, specular=0.25
    )


def _add_spots(
    rng: np.random.Generator,
    graph: NodeGraph,
    over: Callable,
    colour: object,
    ripeness: float,
    brown: tuple,
) -> object:
    """Freckles from ripeness 0.4 on, then blotches."""
    if ripeness > 0.4:
        size = rng.uniform(0.004, 0.011)
        reach = (0.16 + 0.5 * (ripeness - 0.4)) * rng.uniform(0.8, 1.3)
        wide = graph.noise(0.02).smoothstep(0.3, 0.8) * reach + 0.01
        dots = (graph.voronoi_distance(size) / wide).smoothstep(1.0, 0.6)
        colour = over(colour, dots * 0.85, brown)
    if ripeness > 0.55:
        low = 0.74 - 0.3 * (ripeness - 0.55) * rng.uniform(0.7, 1.3)
        blotch = graph.noise(0.022, detail=3.0).smoothstep(low, low + 0.07)
        colour = over(colour, blotch * 0.8, brown)
    return colour
