"""Basketballs: leather and rubber ones of one to four colours, printed, worn, old, deflated, mini.

`rng` draws the size, the kind with its colours (orange, brown, two-tone, of many colours, street,
old leather), the surface, wear, seams, printed words, emblems and patterns, dents and the pose. The
diameter is 12 to 25 cm; lengths are in metres.

The seams are two great circles at right angles and, around the axis through either side, a loop
that extends further along one of the circles than along the other. Old balls have no loops.
"""

from collections.abc import Callable
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

VERSION = 2
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_ORANGES = ("c4581c", "d2661c", "b64a12", "dc7426", "c7621f", "a94a18", "e07a3a", "cc4a22")
_BROWNS = ("8a4a26", "74391c", "96582f", "5c2e18")
_PANEL_SETS = (  # colours of panels in turn, then of the seams
    ("c5602b e3cda4", "1a1412"),
    ("b8521f dfc48c", "201613"),
    ("d26a2a 22201f", "0d0c0c"),
    ("b3262b e8e6e1 23356f", "17181c"),
    ("b3262b e8e6e1 23356f", "e8e6e1"),
    ("cf6a2c 7a3514", "17110e"),
    ("e8e6e1 1f4f9e", "15171c"),
    ("b3262b 1c1c1e", "e3e0d8"),
    ("e8c02a 1c1c1e", "121212"),
    ("2f7d4a e8e6e1", "12241a"),
    ("5a2f86 e0a82a", "15101c"),
    ("e27fae f2efe9 7fb7d8", "2a2a30"),
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
    "TF 1000",
    "No. 7",
)
_KINDS = {
    "orange": 0.48,
    "brown": 0.14,
    "panels": 0.17,
    "one colour": 0.07,
    "street": 0.06,
    "old leather": 0.08,
}
"""Kinds of balls and their probabilities."""


@dataclass(frozen=True)
class _Skin:
    """Colours and surface of a ball.

    Attributes:
        panels: Colours of the panels in turn, one to three.
        pebble_depth: Share of the colour that is lost between the pebbles, in [0, 1].
        wear: How much of the ball is dirty, in [0, 1].
        seam_width: Factor on the width of the seams.
        pattern: "", or a print on the panels: "marbled", "camouflage", "graffiti", "stars".
        has_loops: The seams have two loops; else only great circles.
    """

    panels: tuple[Colour, ...]
    seam: Colour
    ink: Colour
    roughness: float
    pebble_depth: float
    wear: float
    seam_width: float
    pattern: str
    has_loops: bool


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one ball, mini or of size 3 to 7, rotated at random.

    Returns:
        One mesh object, resting on z = 0.
    """
    radius = float(rng.choice([0.064, 0.089, 0.109, 0.115, 0.121], p=[0.07, 0.1, 0.15, 0.18, 0.5]))
    radius *= rng.uniform(0.985, 1.015)
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    skin = _sample_skin(rng, kind)
    shell = shapes.sphere(radius)
    shell = replace(shell, vertex_attribute=shell.vertices / radius)
    parts = [shell.with_material(_skin_material(rng, radius, skin))]
    ink = materials.plain(skin.ink, 0.4)
    if rng.random() < 0.75:
        parts += _printed_text(rng, radius, ink)
    if rng.random() < 0.35:
        parts += _emblems(rng, radius, ink)
    pose = rng.uniform(-180.0, 180.0, 3)
    parts = [part.rotated("xyz", *pose) for part in parts]
    if rng.random() < (0.3 if kind == "old leather" else 0.12):
        deflate = _deflation(rng, radius)
        parts = [part.deformed(deflate) for part in parts]
    return meshes.assemble("basketball", parts)


def _sample_skin(rng: np.random.Generator, kind: str) -> _Skin:
    """Sample the colours and the surface of a kind of ball."""
    ink = jitter_colour(rng, str(rng.choice(["17120f", "17120f", "e9ddc4", "c9a24a"])))
    seam_codes = ["17120f", "17120f", "17120f", "d8a03e", "e4ddd0"]
    seam = jitter_colour(rng, str(rng.choice(seam_codes)))
    pattern = ""
    if kind == "panels":
        codes, seam_code = _PANEL_SETS[rng.integers(len(_PANEL_SETS))]
        panels = tuple(jitter_colour(rng, code) for code in codes.split())
        seam = srgb_to_linear(seam_code)
        ink = seam if rng.random() < 0.6 else ink
    elif kind == "one colour":
        dark = jitter_colour(rng, str(rng.choice(["1a1a1c", "2a2421"])))
        panels = (sample_colour(rng, (0.5, 0.95), (0.1, 0.7)) if rng.random() < 0.65 else dark,)
        pale = sum(panels[0]) < 0.35 or rng.random() < 0.3
        seam = srgb_to_linear(str(rng.choice(["e4ddd0", "d8a03e"])) if pale else "17120f")
        ink = seam
    elif kind == "street":
        colour = jitter_colour(rng, str(rng.choice([*_ORANGES[:3], "26282c", "e3e0d8", "3a6f8a"])))
        panels = (colour, sample_colour(rng, (0.5, 0.95), (0.15, 0.7)))
        pattern = str(rng.choice(["marbled", "camouflage", "graffiti", "stars"]))
    elif kind == "old leather":
        panels = (jitter_colour(rng, str(rng.choice(["6b3d20", "8a5428", "4a2a18", "a5713c"]))),)
        seam = scale_colour(panels[0], 0.3)
        ink = scale_colour(panels[0], 0.25)
    else:
        codes = _ORANGES if kind == "orange" else _BROWNS
        panels = (jitter_colour(rng, str(rng.choice(codes)), 1.6),)
    is_rubber = rng.random() < 0.4
    return _Skin(
        panels=panels,
        seam=seam,
        ink=ink,
        roughness=float(rng.uniform(0.3, 0.7)),
        pebble_depth=float(rng.uniform(0.1, 0.25) if is_rubber else rng.uniform(0.3, 0.5)),
        wear=float(rng.choice([rng.uniform(0.0, 0.35), rng.uniform(0.5, 0.9)], p=[0.8, 0.2])),
        seam_width=float(rng.uniform(0.8, 1.25) if rng.random() < 0.7 else rng.uniform(1.3, 2.0)),
        pattern=pattern,
        has_loops=kind != "old leather" or rng.random() < 0.5,
    )


def _skin_material(rng: np.random.Generator, radius: float, skin: _Skin) -> bpy.types.Material:
    """Return pebbled leather or rubber with recessed seams, worn where it is used."""
    graph = NodeGraph("basketball")
    # Positions on the unit sphere, before the ball is rotated.
    coordinates = graph.vertex_attribute()
    x, y, z = coordinates.components()
    loop_reach = rng.uniform(0.47, 0.53)
    loop_squeeze = rng.uniform(0.17, 0.24)
    loop = abs(x) - (loop_reach + loop_squeeze * (z * z - y * y))
    distance = graph.math("MINIMUM", abs(x), abs(z))
    third = abs(loop) if skin.has_loops else abs(y)
    distance = graph.math("MINIMUM", distance, third)
    seam_width = 0.0036 / radius * skin.seam_width
    panel_mask = distance.smoothstep(0.75 * seam_width, 1.1 * seam_width)

    base_colour = _panel_colours(rng, graph, skin, (x, y, z), loop)
    worn = graph.noise(0.6, coordinates, detail=4.0).smoothstep(0.35, 0.7)
    dirt_colour = jitter_colour(rng, str(rng.choice(["4d3d30", "4d3d30", "8f8578"])))
    dirt = graph.mix(worn * skin.wear, base_colour, dirt_colour)
    pebbles = graph.voronoi_distance(
        0.0034 / radius * rng.uniform(0.8, 1.3), coordinates
    ).smoothstep(0.75, 0.2)
    shaded = graph.mix(pebbles, graph.mix(skin.pebble_depth, dirt, (0.0, 0.0, 0.0)), dirt)
    bump_height = panel_mask * (0.6 + 0.4 * pebbles)
    return graph.build_material(
        graph.mix(panel_mask, skin.seam, shaded),
        skin.roughness,
        bump_height=bump_height,
        bump_distance=0.0012,
        specular=0.22,
    )


def _panel_colours(
    rng: np.random.Generator,
    graph: NodeGraph,
    skin: _Skin,
    position: tuple[Field, Field, Field],
    loop: Field,
) -> Field | Colour:
    """Return the colours of the panels, in turn or with a printed pattern."""
    x, _, z = position
    first, *others = skin.panels
    if not others:
        return first
    coordinates = graph.vertex_attribute()
    if skin.pattern:
        noise = graph.noise(0.7 if skin.pattern == "camouflage" else 0.45, coordinates, detail=2.0)
        cells = graph.voronoi_distance(0.42, coordinates)
        mask = {
            "marbled": abs(noise - 0.5).smoothstep(0.05, 0.01),
            "camouflage": noise.smoothstep(0.49, 0.5),
            "graffiti": graph.math("SINE", noise * 40.0 + x * 6.0).smoothstep(0.2, 0.3),
            "stars": cells.smoothstep(0.36, 0.33),
        }[skin.pattern]
        return graph.mix(mask, first, others[0])
    sign = x * z * loop if rng.random() < 0.5 else 1.0 * loop
    colour = graph.mix(graph.math("GREATER_THAN", sign, 0.0), first, others[0])
    if len(others) > 1:
        third = graph.math("GREATER_THAN", z, 0.0) * graph.math("GREATER_THAN", loop, 0.0)
        colour = graph.mix(third, colour, others[1])
    return colour


def _deflation(rng: np.random.Generator, radius: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the deformation of a ball that has lost air: flattened below, dented on a side."""
    sunk = radius * rng.uniform(0.04, 0.22)
    direction = rng.normal(size=3) * [1.0, 1.0, 0.4]
    direction[2] = abs(direction[2])
    direction /= np.linalg.norm(direction)
    depth = radius * rng.choice([0.0, rng.uniform(0.1, 0.3)])
    reach = rng.uniform(0.35, 0.6)

    def deflate(points: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(points, axis=1)
        angle = np.arccos(np.clip(points @ direction / length, -1.0, 1.0))
        dented = points - depth * np.exp(-((angle / reach) ** 2))[:, None] * direction
        floor = sunk - radius
        low = np.minimum(dented[:, 2] - floor, 0.0)
        spread = 1.0 + 0.25 * np.exp(-(((dented[:, 2] - floor) / (0.5 * radius)) ** 2)) * (
            sunk / radius
        )
        # What would be below the floor is pressed almost flat.
        return np.c_[dented[:, :2] * spread[:, None], dented[:, 2] - 0.97 * low]

    return deflate


def _emblems(
    rng: np.random.Generator, radius: float, ink: bpy.types.Material
) -> list[shapes.Shape]:
    """Build a ring, a disc or a star of ink on some panels, just above the skin."""
    kind = str(rng.choice(["ring", "disc", "star"]))
    size = rng.uniform(0.12, 0.26)
    points = 20 if kind != "star" else 10
    angles = np.linspace(0.0, 2 * np.pi, points, endpoint=False)
    scale = np.where(np.arange(points) % 2, 0.42, 1.0) if kind == "star" else np.ones(points)
    shares = np.array([1.0, 0.86]) if kind == "ring" else np.array([1.0, 0.5, 0.02])
    radii = size * shares[:, None] * scale
    flat = np.stack([radii * np.cos(angles), radii * np.sin(angles), 1.0 + 0.0 * radii], axis=-1)
    sheet = 1.004 * radius * flat / np.linalg.norm(flat, axis=-1, keepdims=True)
    quads = shapes.loft(sheet).faces[0]
    emblem = shapes.Shape(sheet.reshape(-1, 3), (quads,)).with_material(ink)
    turns = [(40.0, 45.0), (-40.0, 135.0), (40.0, 225.0), (-40.0, 315.0)]
    chosen = rng.permutation(len(turns))[: rng.integers(1, 5)]
    return [emblem.rotated("yz", 90.0 - turns[k][0], turns[k][1]) for k in chosen]


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
