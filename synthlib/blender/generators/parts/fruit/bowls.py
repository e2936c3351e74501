"""Plates and bowls with fruit: apples, oranges, pears and limes; lengths in metres."""

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_FRUITS = {  # colours, radius, height over diameter, depth of the dimple
    "apple": (("a81e1e", "b8342a", "7fa032", "c9b03a", "8e1a22"), 0.037, 0.9, 0.25),
    "orange": (("e07a14", "e8901e", "d9640f"), 0.037, 0.96, 0.04),
    "lemon": (("e8cc2a", "d9d040"), 0.028, 1.25, 0.0),
    "lime": (("4f8a2a", "6fa03a"), 0.025, 1.15, 0.0),
    "peach": (("e09a5a", "c8603c"), 0.034, 0.95, 0.12),
    "plum": (("4a1f3a", "35203f"), 0.024, 1.05, 0.08),
}


def dish(rng: np.random.Generator, radius: float, height: float) -> Shape:
    """Build a bowl, or a plate if it is low, about the z axis."""
    foot = radius * rng.uniform(0.4, 0.6)
    knots = [(foot, 0.0), (0.5 * (foot + radius), 0.35 * height), (radius, height)]
    positions = np.linspace(0.0, 1.0, 14)
    outer = shapes.smooth_interpolation(positions, [0.0, 0.5, 1.0], knots)
    inner = outer[::-1] + np.array([-0.003, 0.003])
    profile = [(0.0, 0.0), *outer, *inner, (0.0, 0.004)]
    return shapes.lathe(profile, 56).with_material(_dish_material(rng))


def _dish_material(rng: np.random.Generator) -> Material:
    """Return glazed pottery, mostly white, or wood."""
    if rng.random() < 0.2:
        code = str(rng.choice(["8a5a30", "a8794a", "5a3820"]))
        return materials.wood(jitter_colour(rng, code), ring=0.008, gloss=0.4)
    if rng.random() < 0.5:
        return materials.plain(jitter_colour(rng, "efece4", 0.5), 0.25)
    return materials.plain(sample_colour(rng, (0.3, 0.9), (0.1, 0.7)), 0.25)


def fruit(rng: np.random.Generator) -> tuple[list[Shape], float]:
    """Build one fruit on z = 0, and return it with its radius."""
    codes, radius, stretch, dimple = _FRUITS[str(rng.choice(list(_FRUITS)))]
    radius *= rng.uniform(0.88, 1.1)
    angles = np.linspace(-np.pi / 2, np.pi / 2, 22)
    top = np.exp(-(((angles - np.pi / 2) / 0.4) ** 2)) + 0.5 * np.exp(
        -(((angles + np.pi / 2) / 0.3) ** 2)
    )
    heights = np.sin(angles) * stretch * (1.0 - dimple * top)
    profile = radius * np.stack([np.cos(angles), heights - heights.min()], axis=1)
    body = shapes.lathe(profile, 32).deformed(shapes.random_displacement(rng, 0.0015, 0.07))
    colour = jitter_colour(rng, str(rng.choice(codes)))
    graph = NodeGraph("fruit")
    mottled = graph.noise(0.025, detail=3.0).smoothstep(0.35, 0.7)
    blush = graph.mix(
        mottled, colour, scale_colour(jitter_colour(rng, str(rng.choice(codes))), 1.1)
    )
    pores = graph.voronoi_distance(0.003).smoothstep(0.1, 0.4)
    material = graph.build_material(
        blush, 0.4, bump_height=pores, bump_distance=0.0003, specular=0.35
    )
    parts = [body.with_material(material)]
    if dimple > 0.2:
        stem = shapes.rod((0, 0, 1.4 * radius), (0.003, 0, 1.95 * radius), 0.0012, 8)
        parts.append(stem.with_material(materials.plain(jitter_colour(rng, "4a3220"))))
    tilt = rng.uniform(-35.0, 35.0, 2)
    middle = 0.5 * float(profile[:, 1].max())
    return [
        part.translated(z=-middle).rotated("xy", *tilt).translated(z=radius * 0.95)
        for part in parts
    ], radius


def fruits_in_ring(rng: np.random.Generator, count: int, reach: float, base: float) -> list[Shape]:
    """Build fruits around the z axis.

    Args:
        count: Number of fruits.
        reach: Distance of their middles from the axis.
        base: Height that they lie on.
    """
    start = rng.uniform(0.0, 2 * np.pi)
    parts = []
    for k in range(count):
        angle = start + 2 * np.pi * k / count + rng.normal(0.0, 0.1)
        pieces, _ = fruit(rng)
        at = reach * np.cos(angle), reach * np.sin(angle), base
        parts += [piece.translated(*at) for piece in pieces]
    return parts
