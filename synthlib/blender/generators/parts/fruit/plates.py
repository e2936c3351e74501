"""Plates for cut fruit; lengths in metres."""

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.shapes import Shape


def plate(rng: np.random.Generator, radius: float, height: float) -> Shape:
    """Build a plate about the z axis."""
    foot = radius * rng.uniform(0.4, 0.6)
    knots = [(foot, 0.0), (0.5 * (foot + radius), 0.35 * height), (radius, height)]
    positions = np.linspace(0.0, 1.0, 14)
    outer = shapes.smooth_interpolation(positions, [0.0, 0.5, 1.0], knots)
    inner = outer[::-1] + np.array([-0.003, 0.003])
    profile = [(0.0, 0.0), *outer, *inner, (0.0, 0.004)]
    return shapes.lathe(profile, 56).with_material(_glaze_or_wood(rng))


def _glaze_or_wood(rng: np.random.Generator) -> Material:
    """Return glazed pottery, mostly white, or wood."""
    if rng.random() < 0.2:
        code = str(rng.choice(["8a5a30", "a8794a", "5a3820"]))
        return materials.wood(jitter_colour(rng, code), ring=0.008, gloss=0.4)
    if rng.random() < 0.5:
        return materials.plain(jitter_colour(rng, "efece4", 0.5), 0.25)
    return materials.plain(sample_colour(rng, (0.3, 0.9), (0.1, 0.7)), 0.25)
