"""Soccer balls: 12 pentagons and 20 hexagons, with the patterns that makers print over them.

A fine sphere whose points carry in `paint` where they lie on the unit sphere; the skin's formula
finds the panel there: of the planes of a truncated icosahedron's faces, the one met first.
"""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.node_graph import Field, NodeGraph

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_GOLDEN = (1 + 5**0.5) / 2
_PENTAGONS = [
    np.roll((0.0, 1.0, _GOLDEN), k) / np.hypot(1.0, _GOLDEN) / 0.8157379 for k in range(3)
]
_HEXAGONS = [np.ones(3) / 3**0.5 / 0.7946545] + [
    np.roll((0.0, _GOLDEN, sign / _GOLDEN), k) / 3**0.5 / 0.7946545
    for k in range(3)
    for sign in (1, -1)
]
"""Normals of the faces near the octant x, y, z > 0, each over its plane's distance: the solid is
symmetric, so that the absolute values of a point's coordinates say all."""

_PRINTED_TEXTS = (
    "STRIKER",
    "OFFICIAL",
    "MATCH BALL",
    "GOAL",
    "LEAGUE",
    "VOLTA",
    "SIZE 5",
    "ORBIT FC",
)
_COLOUR_PAIRS = (  # panels, pentagons
    *("f2f2ee 15161a", "f2f2ee 15161a", "f4f4f0 111114", "ecebe4 1a1c22", "e3e0d6 22201e"),
    *("f2f2ee 1f3f9a", "f0f0ec b01e24", "f2f2ee 12703a", "f0e14a 15161a", "f2f2ee e06a1a"),
    *("17181c e8e8e4", "e9e2cf 6a4a2a", "d7dde4 20305a", "e8452c f2f2ee", "f2f2ee d3b13a"),
)
_PATTERN_KINDS = ("classic", "rings", "stars", "waves", "one colour")
_PATTERN_PROBABILITIES = (0.66, 0.12, 0.08, 0.08, 0.06)


@dataclass(frozen=True)
class BallLook:
    """Colours of panels and of the figures on them; width of a seam as a share of the radius."""

    panel: Colour
    figure: Colour
    seam_width: float
    mud: float


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A ball of size 3 to 5, turned as it came to rest. Returns one object."""
    radius = float(rng.choice([0.095, 0.102, 0.11], p=[0.15, 0.2, 0.65]))
    radius *= rng.uniform(0.985, 1.015)
    panel, figure = (
        jitter_colour(rng, code, 0.6)
        for code in _COLOUR_PAIRS[rng.integers(len(_COLOUR_PAIRS))].split()
    )
    if rng.random() < 0.12:
        figure = sample_colour(rng, (0.5, 0.95), (0.1, 0.7))
    mud = float(rng.choice([0.0, 0.25, 0.8], p=[0.5, 0.3, 0.2]))
    look = BallLook(panel, figure, rng.uniform(0.014, 0.024), mud)
    shell = shapes.sphere(radius, segments=128)
    kind = str(rng.choice(_PATTERN_KINDS, p=_PATTERN_PROBABILITIES))
    parts = [
        replace(shell, vertex_attribute=shell.vertices / radius).with_material(
            _skin_material(rng, kind, look)
        )
    ]
    if rng.random() < 0.6:
        ink = scale_colour(figure, 0.7) if kind != "one colour" else srgb_to_linear("202024")
        parts += _printed_text(rng, radius, materials.plain(ink, 0.4))
    pose = rng.uniform(-180.0, 180.0, 3)
    return meshes.assemble("soccer", [part.rotated("xyz", *pose) for part in parts])


def _skin_material(rng: np.random.Generator, kind: str, look: BallLook) -> bpy.types.Material:
    """Stitched panels that bulge between their seams, dirty where the ball has rolled."""
    graph = NodeGraph("soccer")
    at = graph.vertex_attribute()
    pentagon, gap = _panel_distances(graph, at)
    figure = _pattern_mask(rng, graph, at, pentagon, kind)
    base = graph.mix(figure, look.panel, look.figure)
    base = graph.mix(gap.smoothstep(0.13, 0.0) * 0.35, base, (0.0, 0.0, 0.0))
    mud = graph.noise(0.6, at, detail=3.0).smoothstep(0.45, 0.75) * look.mud
    base = graph.mix(mud, base, srgb_to_linear("6b5636"))
    seam = gap.smoothstep(look.seam_width, 0.5 * look.seam_width)
    worn = graph.mix(seam * 0.9, base, scale_colour(look.panel, 0.12))
    return graph.build_material(worn, float(rng.uniform(0.3, 0.6)), specular=0.3)


def _panel_distances(graph: NodeGraph, at: Field) -> tuple[Field, Field]:
    """How far a point is into a pentagon (below 0: a hexagon), and its distance from a seam."""
    folded = graph.add_node("VectorMath", at, operation="ABSOLUTE")

    def over(normals: list[np.ndarray]) -> tuple[Field, Field | float]:
        """The largest and the second largest of the products with `normals`."""
        first, second = None, 0.0
        for normal in normals:
            options = {"operation": "DOT_PRODUCT", "output": 1}
            value = graph.add_node("VectorMath", folded, tuple(map(float, normal)), **options)
            if first is None:
                first = value
                continue
            second = graph.math("MAXIMUM", second, graph.math("MINIMUM", first, value))
            first = graph.math("MAXIMUM", first, value)
        assert first is not None
        return first, second

    (pentagon, _), (hexagon, other) = over(_PENTAGONS), over(_HEXAGONS)
    into = pentagon - hexagon
    return into, graph.math("MAXIMUM", into, hexagon - graph.math("MAXIMUM", pentagon, other))


def _pattern_mask(
    rng: np.random.Generator, graph: NodeGraph, at: Field, pentagon: Field, kind: str
) -> Field | float:
    """Where the second colour is, 0 to 1."""
    if kind == "one colour":
        return 0.0
    if kind == "rings":
        return abs(pentagon + rng.uniform(-0.02, 0.05)).smoothstep(0.028, 0.022)
    if kind == "stars":
        x, y, z = at.components()
        rays = graph.math("SINE", 14.0 * x) * graph.math("SINE", 14.0 * y + 9.0 * z)
        return (pentagon + 0.05 * rays).smoothstep(0.02, 0.026)
    if kind == "waves":
        x, y, z = at.components()
        bent = 5.0 * x + 2.5 * graph.math("SINE", 3.0 * y + 2.0 * z)
        return graph.math("SINE", bent).smoothstep(0.3, 0.36)
    return pentagon.smoothstep(-0.002, 0.002)


def _printed_text(
    rng: np.random.Generator, radius: float, ink: bpy.types.Material
) -> list[shapes.Shape]:
    """The maker's words, wrapped around one panel just above the skin."""
    sheet = meshes.text_shape(
        str(rng.choice(_PRINTED_TEXTS)), radius * rng.uniform(0.1, 0.16)
    ).with_material(ink)
    lift, start = rng.uniform(-0.5, 0.5), rng.uniform(0.0, 2 * np.pi)

    def wrap(points: np.ndarray) -> np.ndarray:
        angle, up = start + points[:, 0] / radius, lift + points[:, 1] / radius
        spread = np.stack([np.cos(up) * np.cos(angle), np.cos(up) * np.sin(angle), np.sin(up)], 1)
        return 1.004 * radius * spread

    return [sheet.deformed(wrap)]
