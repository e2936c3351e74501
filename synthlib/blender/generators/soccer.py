"""Soccer balls: 12 pentagons and 20 hexagons, and the patterns that makers print over them.

`rng` draws the size, colours, pattern, seam width, dirt, printed words and the pose. The diameter
is 18 to 23 cm; lengths are in metres.

The ball is a fine sphere whose vertex attribute holds the position on the unit sphere. Its material
computes the panel at each position: of the planes of a truncated icosahedron's faces, the one that
a ray from the centre meets first.
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
"""Normals of the faces near the octant x, y, z > 0, each divided by its plane's distance. By
symmetry the absolute values of a point's coordinates suffice."""

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
    "f2f2ee 15161a",
    "f2f2ee 15161a",
    "f4f4f0 111114",
    "ecebe4 1a1c22",
    "e3e0d6 22201e",
    "f2f2ee 1f3f9a",
    "f0f0ec b01e24",
    "f2f2ee 12703a",
    "f0e14a 15161a",
    "f2f2ee e06a1a",
    "17181c e8e8e4",
    "e9e2cf 6a4a2a",
    "d7dde4 20305a",
    "e8452c f2f2ee",
    "f2f2ee d3b13a",
)
_PATTERN_KINDS = ("classic", "rings", "stars", "waves", "one colour")
_PATTERN_PROBABILITIES = (0.66, 0.12, 0.08, 0.08, 0.06)


@dataclass(frozen=True)
class BallLook:
    """Colours of panels and of the figures on them.

    Attributes:
        seam_width: Width of a seam, as a share of the radius.
        mud: Amount of dirt, in [0, 1].
    """

    panel: Colour
    figure: Colour
    seam_width: float
    mud: float


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one ball of size 3 to 5, rotated at random.

    Returns:
        One mesh object, resting on z = 0.
    """
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
    """Return stitched panels that bulge between their seams, dirty where the ball has rolled."""
    graph = NodeGraph("soccer")
    positions = graph.vertex_attribute()
    pentagon, seam_distance = _panel_distances(graph, positions)
    pattern = _pattern_mask(rng, graph, positions, pentagon, kind)
    colour = graph.mix(pattern, look.panel, look.figure)
    colour = graph.mix(seam_distance.smoothstep(0.13, 0.0) * 0.35, colour, (0.0, 0.0, 0.0))
    mud_mask = graph.noise(0.6, positions, detail=3.0).smoothstep(0.45, 0.75) * look.mud
    colour = graph.mix(mud_mask, colour, srgb_to_linear("6b5636"))
    seam_mask = seam_distance.smoothstep(look.seam_width, 0.5 * look.seam_width)
    with_seams = graph.mix(seam_mask * 0.9, colour, scale_colour(look.panel, 0.12))
    return graph.build_material(with_seams, float(rng.uniform(0.3, 0.6)), specular=0.3)


def _panel_distances(graph: NodeGraph, at: Field) -> tuple[Field, Field]:
    """Return fields of the distances from the edges of panels.

    Returns:
        Depth inside a pentagon (below 0: in a hexagon) and distance from the nearest seam, as
        shares of the radius.
    """
    absolute = graph.add_node("VectorMath", at, operation="ABSOLUTE")

    # A point belongs to the face whose scaled normal has the largest dot product with it.
    def two_largest(normals: list[np.ndarray]) -> tuple[Field, Field | float]:
        """Return the largest and the second largest dot product with `normals`."""
        largest = None
        second_largest = 0.0
        for normal in normals:
            options = {"operation": "DOT_PRODUCT", "output": 1}
            value = graph.add_node("VectorMath", absolute, tuple(map(float, normal)), **options)
            if largest is None:
                largest = value
                continue
            second_largest = graph.math(
                "MAXIMUM", second_largest, graph.math("MINIMUM", largest, value)
            )
            largest = graph.math("MAXIMUM", largest, value)
        assert largest is not None
        return largest, second_largest

    pentagon, _ = two_largest(_PENTAGONS)
    hexagon, second_hexagon = two_largest(_HEXAGONS)
    pentagon_depth = pentagon - hexagon
    return pentagon_depth, graph.math(
        "MAXIMUM", pentagon_depth, hexagon - graph.math("MAXIMUM", pentagon, second_hexagon)
    )


def _pattern_mask(
    rng: np.random.Generator, graph: NodeGraph, at: Field, pentagon: Field, kind: str
) -> Field | float:
    """Return the mask of the second colour, in [0, 1]."""
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
        wave_phase = 5.0 * x + 2.5 * graph.math("SINE", 3.0 * y + 2.0 * z)
        return graph.math("SINE", wave_phase).smoothstep(0.3, 0.36)
    return pentagon.smoothstep(-0.002, 0.002)


def _printed_text(
    rng: np.random.Generator, radius: float, ink: bpy.types.Material
) -> list[shapes.Shape]:
    """Build the maker's words, wrapped around one panel just above the skin."""
    sheet = meshes.text_shape(
        str(rng.choice(_PRINTED_TEXTS)), radius * rng.uniform(0.1, 0.16)
    ).with_material(ink)
    start_latitude = rng.uniform(-0.5, 0.5)
    start_longitude = rng.uniform(0.0, 2 * np.pi)

    def wrap(points: np.ndarray) -> np.ndarray:
        longitude = start_longitude + points[:, 0] / radius
        latitude = start_latitude + points[:, 1] / radius
        directions = np.stack(
            [
                np.cos(latitude) * np.cos(longitude),
                np.cos(latitude) * np.sin(longitude),
                np.sin(latitude),
            ],
            1,
        )
        return 1.004 * radius * directions

    return [sheet.deformed(wrap)]
