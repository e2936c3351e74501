"""Random colours and patterns in place of an instance's materials, against texture bias.

A share of all instances (`random_textures` of the render settings) keeps its shape and gets random
materials: each is a pattern of two random colours that carries no information about the class, so
that a model has to rely on shape.
"""

import bpy
import numpy as np

from synthlib.blender.modelling.colours import sample_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph
from synthlib.blender.scene import evaluated_vertices

PATTERN_KINDS = ("even", "blotches", "stripes", "checks", "cells", "fade")
"""Kinds of patterns, each equally likely."""


def randomise_materials(rng: np.random.Generator) -> None:
    """Replace each material of the scene's meshes by a random pattern.

    Slots that share a material share its replacement. Objects are visited in the order of their
    names.
    """
    size = float(np.ptp(evaluated_vertices(), axis=0).max())
    replacements: dict[str, bpy.types.Material] = {}
    for obj in sorted(bpy.data.objects, key=lambda obj: obj.name):
        if obj.type != "MESH":
            continue
        if not obj.material_slots:
            obj.data.materials.append(_random_pattern_material(rng, size))
            continue
        for slot in obj.material_slots:
            name = slot.material.name if slot.material else ""
            if name not in replacements:
                replacements[name] = _random_pattern_material(rng, size)
            slot.material = replacements[name]


def _random_pattern_material(rng: np.random.Generator, size: float) -> bpy.types.Material:
    """A random pattern whose wavelength is 3% to 40% of the object's size in metres."""
    graph = NodeGraph("random")
    colours = [sample_colour(rng, (0.0, 1.0), (0.02, 0.9)) for _ in range(2)]
    wavelength = size * float(np.exp(rng.uniform(np.log(0.03), np.log(0.4))))
    mask = _pattern_mask(graph, str(rng.choice(PATTERN_KINDS)), wavelength, rng)
    return graph.build_material(graph.mix(mask, *colours), float(rng.uniform(0.1, 0.9)))


def _pattern_mask(
    graph: NodeGraph, kind: str, wavelength: float, rng: np.random.Generator
) -> Field | float:
    """Share of the second colour at each point of the surface, in [0, 1]."""
    direction = rng.normal(size=3)
    direction *= np.pi / (wavelength * np.linalg.norm(direction))
    if kind == "even":
        return 0.0
    if kind == "blotches":
        return graph.noise(wavelength, detail=3.0).smoothstep(0.45, 0.55)
    if kind == "cells":
        return graph.voronoi_distance(wavelength).smoothstep(0.45, 0.4)
    x, y, z = graph.object_coordinates().components()
    if kind == "checks":
        waves = [graph.math("SINE", axis * (np.pi / wavelength)) for axis in (x, y, z)]
        return (waves[0] * waves[1] * waves[2]).smoothstep(-0.02, 0.02)
    phase = x * direction[0] + y * direction[1] + z * direction[2]
    wave = graph.math("SINE", phase * (0.2 if kind == "fade" else 1.0))
    return wave.smoothstep(-1.0, 1.0) if kind == "fade" else wave.smoothstep(-0.1, 0.1)
