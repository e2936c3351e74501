"""Basketballs: eight pebbled panels between the seams of the real ball.

`rng` draws the size, colours (orange, brown, two-tone, gold seams), wear, seam width, printed
words and the pose. The diameter is 18 to 25 cm; lengths are in metres.

The seams are two great circles at right angles and, around the axis through either side, a loop
that extends further along one of the circles than along the other.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_ORANGES = ("c4581c", "d2661c", "b64a12", "dc7426", "c7621f", "a94a18")
_BROWNS = ("8a4a26", "74391c", "96582f")
_TWO_TONES = (
    ("c5602b", "e3cda4", "1a1412"),
    ("b8521f", "dfc48c", "201613"),
    ("d26a2a", "22201f", "0d0c0c"),
    ("b3262b", "e8e6e1", "23356f"),
    ("cf6a2c", "7a3514", "17110e"),
)
_PRINTED_TEXTS = (
    "STREET",
    "COURT PRO",
    "ALL STAR",
    "HOOPS",
    "OFFICIAL",
    "INDOOR",
    "GAME BALL",
    "RIVALS",
)


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one ball of size 3 to 7, rotated at random.

    Returns:
        One mesh object, resting on z = 0.
    """
    radius = float(rng.choice([0.089, 0.109, 0.115, 0.121], p=[0.1, 0.15, 0.2, 0.55]))
    radius *= rng.uniform(0.985, 1.015)
    panel, second_panel, seam, ink = _sample_colours(rng)
    shell = shapes.sphere(radius)
    shell = replace(shell, vertex_attribute=shell.vertices / radius)
    parts = [shell.with_material(_skin_material(rng, radius, panel, second_panel, seam))]
    if rng.random() < 0.75:
        parts += _printed_text(rng, radius, materials.plain(ink, 0.4))
    pose = rng.uniform(-180.0, 180.0, 3)
    return meshes.assemble("basketball", [part.rotated("xyz", *pose) for part in parts])


def _sample_colours(rng: np.random.Generator) -> tuple[Colour, Colour, Colour, Colour]:
    """Sample the colours of panels, of every other panel, of seams and of the print."""
    kind = rng.choice(["orange", "brown", "two-tone", "gold seams"], p=[0.62, 0.16, 0.17, 0.05])
    ink = jitter_colour(rng, str(rng.choice(["17120f", "17120f", "e9ddc4", "c9a24a"])))
    if kind == "two-tone":
        first_code, second_code, seam = _TWO_TONES[rng.integers(len(_TWO_TONES))]
        return (
            jitter_colour(rng, first_code),
            jitter_colour(rng, second_code),
            srgb_to_linear(seam),
            srgb_to_linear(seam),
        )
    if kind == "gold seams":
        black = jitter_colour(rng, "2a2421")
        return black, black, srgb_to_linear("d8a03e"), srgb_to_linear("d8a03e")
    panel = jitter_colour(rng, str(rng.choice(_ORANGES if kind == "orange" else _BROWNS)), 1.3)
    return panel, panel, jitter_colour(rng, "17120f"), ink


def _skin_material(
    rng: np.random.Generator, radius: float, panel: Colour, other: Colour, seam: Colour
) -> bpy.types.Material:
    """Return pebbled leather or rubber with recessed seams, worn where it is used."""
    graph = NodeGraph("basketball")
    # Positions on the unit sphere, before the ball is rotated.
    coordinates = graph.vertex_attribute()
    x, y, z = coordinates.components()
    loop_reach = rng.uniform(0.47, 0.53)
    loop_squeeze = rng.uniform(0.17, 0.24)
    loop = abs(x) - (loop_reach + loop_squeeze * (z * z - y * y))
    distance = graph.math("MINIMUM", abs(x), graph.math("MINIMUM", abs(z), abs(loop)))
    seam_width = 0.0036 / radius * rng.uniform(0.8, 1.25)
    panel_mask = distance.smoothstep(0.75 * seam_width, 1.1 * seam_width)

    base_colour = panel
    if panel != other:
        sign = x * z * loop if rng.random() < 0.5 else 1.0 * loop
        base_colour = graph.mix(graph.math("GREATER_THAN", sign, 0.0), panel, other)
    worn = graph.noise(0.6, coordinates, detail=4.0).smoothstep(0.35, 0.7)
    dirt = graph.mix(worn * rng.uniform(0.0, 0.35), base_colour, (0.08, 0.05, 0.035))
    pebbles = graph.voronoi_distance(
        0.0034 / radius * rng.uniform(0.8, 1.3), coordinates
    ).smoothstep(0.75, 0.2)
    shaded = graph.mix(pebbles, graph.mix(0.38, dirt, (0.0, 0.0, 0.0)), dirt)
    bump_height = panel_mask * (0.6 + 0.4 * pebbles)
    return graph.build_material(
        graph.mix(panel_mask, seam, shaded),
        float(rng.uniform(0.42, 0.7)),
        bump_height=bump_height,
        bump_distance=0.0012,
        specular=0.22,
    )


def _printed_text(
    rng: np.random.Generator, radius: float, ink: bpy.types.Material
) -> list[shapes.Shape]:
    """Build words along the two opposite long panels, just above the skin."""
    parts = []
    for text, flip in zip(rng.choice(_PRINTED_TEXTS, 2, replace=False), (1.0, -1.0), strict=True):
        start = np.radians(rng.uniform(60.0, 120.0))
        sheet = meshes.text_shape(str(text), radius * rng.uniform(0.13, 0.2)).with_material(ink)

        def wrap(points: np.ndarray, start: float = start, flip: float = flip) -> np.ndarray:
            angle = start + points[:, 0] / radius
            lift = 0.24 - points[:, 1] / radius
            x = np.sin(lift)
            y = -np.cos(lift) * np.cos(angle)
            z = np.cos(lift) * np.sin(angle)
            return 1.004 * radius * np.stack([flip * x, y, flip * z], axis=1)

        parts.append(sheet.deformed(wrap))
    return parts
