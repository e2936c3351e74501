"""Drinks in cups: coffee with crema or latte art, tea, milk, cocoa, matcha."""

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling.colours import jitter_colour, scale_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph

_COMMON_DRINKS = ("coffee", "coffee", "crema", "latte", "tea")
DRINKS = (*_COMMON_DRINKS * 2, "tea", "cappuccino", "green", "milk", "cocoa", "matcha")
"""Kinds that `drink_material` takes, each as many times as its relative frequency."""


def drink_material(rng: np.random.Generator, kind: str) -> Material:
    """Sample the material of a drink's surface: its colour, rim, foam, bubbles and latte art.

    It reads the position over the surface's radius from the vertex attribute, as
    `vessels.liquid_surface` stores it.

    Args:
        kind: One of `DRINKS`.
    """
    hex_code, rim_code = {
        "coffee": ("1d0d06", "3d1d0c"),
        "crema": ("8a4e1f", "6a3512"),
        "latte": ("8f5426", "6b3715"),
        "cappuccino": ("d9bd97", "8f5426"),
        "tea": ("6e2406", "a8480c"),
        "green": ("9a8f2c", "b8ad55"),
        "milk": ("e9e2d3", "d9cdb6"),
        "cocoa": ("5a3018", "7d4a28"),
        "matcha": ("7f9a35", "5f7d22"),
    }[kind]
    colour = jitter_colour(rng, hex_code)
    rim_colour = jitter_colour(rng, rim_code, 0.6)
    foam_colour = jitter_colour(rng, "eadbc0", 0.5)
    graph = NodeGraph("drink")
    x, y, _ = graph.vertex_attribute().components()
    radius = graph.math("SQRT", x * x + y * y)
    surface = graph.mix(radius.smoothstep(0.78, 0.97), colour, rim_colour)
    swirl = graph.noise(float(rng.uniform(0.006, 0.014)), detail=2.0)
    if kind in ("crema", "cappuccino", "cocoa"):
        surface = graph.mix(
            swirl.smoothstep(0.4, 0.75) * 0.6, surface, scale_colour(rim_colour, 1.5)
        )
    if kind in ("coffee", "crema") and rng.random() < 0.7:
        bubbles = graph.voronoi_distance(0.0035).smoothstep(0.5, 0.3) * (
            radius + swirl * 0.3
        ).smoothstep(0.92, 1.02)
        surface = graph.mix(bubbles * 0.8, surface, jitter_colour(rng, "a8703a"))
    if kind in ("latte", "matcha") or (kind == "cappuccino" and rng.random() < 0.3):
        art = latte_art(rng, graph, x, y)
        surface = graph.mix(art * radius.smoothstep(0.9, 0.8), surface, foam_colour)
    return graph.build_material(surface, 0.15, specular=0.3, coat=0.05)


def latte_art(rng: np.random.Generator, graph: NodeGraph, x: Field, y: Field) -> Field:
    """Sample latte art: a mask, 1 in the white of a heart, a tulip, a rosetta or a swirl.

    Args:
        x: Position over the surface's radius; y likewise.
    """
    angle = float(rng.uniform(0.0, 2 * np.pi))
    cosine = np.cos(angle)
    sine = np.sin(angle)
    scale = float(rng.uniform(1.5, 1.9))
    u, v = (x * cosine + y * sine) * scale, (y * cosine - x * sine) * scale
    noise = graph.noise(0.012) - 0.5
    kind = str(rng.choice(["heart", "rosetta", "tulip", "swirl"]))
    if kind == "swirl":
        spiral_phase = graph.math("ARCTAN2", v, u) + graph.math("SQRT", u * u + v * v) * 5.0
        return (graph.math("SINE", spiral_phase) + noise).smoothstep(-0.1, 0.25)
    lobe = v - 0.62 * graph.math("SQRT", abs(u) + 0.003) + 0.1  # turns a circle into a heart
    heart = (u * u * 0.95 + lobe * lobe).smoothstep(0.86, 0.78)
    if kind == "heart":
        return heart
    curvature, count = (abs(u) * 1.1, 10.0) if kind == "rosetta" else (u * u * 0.9, 6.0)
    lines = graph.math("SINE", (v + curvature) * count + noise * 2.0)
    stem = abs(u).smoothstep(0.07, 0.03) if kind == "rosetta" else 0.0
    return heart * graph.math("MAXIMUM", lines.smoothstep(-0.35, 0.0), stem)
