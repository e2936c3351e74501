"""Colours and patterns that say nothing of the class, against a model's bias for texture.

A share of instances (`random_textures`) keeps its shape and loses its materials: each becomes a
random pattern of two random colours, so that only the shape tells what it is.
"""

import bpy
import numpy as np

from synthlib.blender.modelling.colours import sample_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph
from synthlib.blender.scene import evaluated_vertices

PATTERN_KINDS = ("even", "blotches", "stripes", "checks", "cells", "fade")


def randomise_materials(rng: np.random.Generator) -> None:
    """Gives every material of the scene's meshes a random pattern in the materials' order."""
    size = float(np.ptp(evaluated_vertices(), axis=0).max())
    made: dict[str, bpy.types.Material] = {}
    for item in sorted(bpy.data.objects, key=lambda item: item.name):
        if item.type != "MESH":
            continue
        if not item.material_slots:
            item.data.materials.append(_random_pattern_material(rng, size))
            continue
        for slot in item.material_slots:
            name = slot.material.name if slot.material else ""
            if name not in made:
                made[name] = _random_pattern_material(rng, size)
            slot.material = made[name]


def _random_pattern_material(rng: np.random.Generator, size: float) -> bpy.types.Material:
    """A pattern whose details are 3% to 40% of the object's size, in metres."""
    graph = NodeGraph("random")
    one, two = (sample_colour(rng, (0.0, 1.0), (0.02, 0.9)) for _ in range(2))
    length = size * float(np.exp(rng.uniform(np.log(0.03), np.log(0.4))))
    share = _pattern_mask(graph, str(rng.choice(PATTERN_KINDS)), length, rng)
    return graph.build_material(graph.mix(share, one, two), float(rng.uniform(0.1, 0.9)))


def _pattern_mask(
    graph: NodeGraph, kind: str, length: float, rng: np.random.Generator
) -> Field | float:
    """How much of the second colour there is at a point, 0 to 1."""
    direction = rng.normal(size=3)
    direction *= np.pi / (length * np.linalg.norm(direction))
    if kind == "even":
        return 0.0
    if kind == "blotches":
        return graph.noise(length, detail=3.0).smoothstep(0.45, 0.55)
    if kind == "cells":
        return graph.voronoi_distance(length).smoothstep(0.45, 0.4)
    x, y, z = graph.object_coordinates().components()
    if kind == "checks":
        waves = [graph.math("SINE", axis * (np.pi / length)) for axis in (x, y, z)]
        return (waves[0] * waves[1] * waves[2]).smoothstep(-0.02, 0.02)
    phase = x * direction[0] + y * direction[1] + z * direction[2]
    wave = graph.math("SINE", phase * (0.2 if kind == "fade" else 1.0))
    return wave.smoothstep(-1.0, 1.0) if kind == "fade" else wave.smoothstep(-0.1, 0.1)
