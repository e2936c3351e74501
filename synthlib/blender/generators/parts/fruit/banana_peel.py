"""The peel of bananas: green, yellow, freckled, brown or black.

It reads the vertex attribute that `bananas.finger` stores.
"""

from collections.abc import Callable

import bpy
import numpy as np

from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.node_graph import NodeGraph

_SKINS = (
    (-0.4, "4a7426"),
    (0.0, "7f9a35"),
    (0.22, "b4b03a"),
    (0.42, "e6c02c"),
    (0.75, "e2b022"),
    (1.0, "a8762a"),
    (1.3, "5f3c1c"),
    (1.6, "2a1c13"),
)
"""Ripeness and the peel's colour between its spots, as sRGB hex; 0 is green, 1 brownish."""


def peel_material(rng: np.random.Generator, ripeness: float) -> bpy.types.Material:
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
