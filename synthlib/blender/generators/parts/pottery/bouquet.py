"""Bouquets in vases: stems with flower heads, leaves, branches, spikes, grasses; metres."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.pottery.flower_heads import (
    HEAD_MAKERS,
    FlowerHead,
    blossom,
    colour_radially,
)
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_PETALS = (
    "d81e2a f2f0ea f2f0ea e88ba0 f0c22c ee7a1f 8a4fa8 d94f8a 6a7fd0 f6d9c0 b01540 fae58a".split()
)
_GREENS = "3f6b2a 4f7a35 2f5524 6f8f4a 5a7050".split()
_STRAWS = "c9a86a b58a50 d9c49a 8f6f4a e3d6bd".split()


@dataclass(frozen=True)
class BouquetDesign:
    """Properties shared by all stems of one bouquet.

    Attributes:
        colours: Colours of the flowers.
        green: Colour of stems and leaves.
        straw: Colour of dry grasses.
        head_makers: Functions that build a flower's head.
        head_size: Radius of a head, as a share of the bouquet's height above the vase.
        leaves: Leaves per flower; branches with more than one bear blossoms instead of buds.
        bare: Branches are bare.
        leaf_roundness: Relative width of the leaves of foliage.
    """

    colours: list[Colour]
    green: Colour
    straw: Colour
    head_makers: list[Callable[[np.random.Generator, float, Colour], FlowerHead]]
    head_size: float
    leaves: int
    bare: bool
    leaf_roundness: float


def bouquet(
    rng: np.random.Generator, neck_radius: float, floor_height: float, mouth_height: float
) -> list[Shape]:
    """Build stems from the vase's floor through its neck, about as far above the mouth again.

    Args:
        neck_radius: Least radius inside the neck, metres.
        floor_height: Height of the inner floor, metres.
        mouth_height: Height of the mouth, metres.
    """
    kind = str(rng.choice(list(_BOUQUET_KINDS), p=[0.2, 0.2, 0.1, 0.1, 0.14, 0.12, 0.14]))
    grow, min_stems, max_stems = _BOUQUET_KINDS[kind]
    count = int(rng.integers(min_stems, max_stems + 1))
    count = max(1, min(count, int(count * neck_radius / 0.022)))  # limited by the neck's width
    petal_material = _petal_material()
    rise = min(rng.uniform(0.45, 0.95) * mouth_height, 0.3)
    spread = rng.uniform(0.25, 0.75) * (0.55 if kind in ("grasses", "branches") else 1.0)
    if count == 1:
        spread *= 0.4
    parts = []
    start_angle = rng.uniform(0.0, 2 * np.pi)
    design = _sample_bouquet_design(rng, kind)
    for k in range(count):
        # Steps of the golden angle fill the dome evenly.
        radius_share = np.sqrt((k + 0.3) / count)
        angle = start_angle + 2.399963 * k + rng.normal(0.0, 0.15)
        outward = np.array([np.cos(angle), np.sin(angle), 0.0])
        top_rise = (
            rise * (1.0 - 0.4 * radius_share * radius_share * spread) * rng.uniform(0.85, 1.1)
        )
        tip = outward * spread * rise * radius_share + [0.0, 0.0, mouth_height + top_rise]
        path = _stem_path(
            outward, radius_share * neck_radius * 0.55, floor_height, mouth_height, tip
        )
        parts += grow(rng, path, rise, design)
    return [part.with_material(petal_material) for part in parts]


def _petal_material() -> Material:
    """Return the material of all parts, which reads its colour from the vertex attribute."""
    graph = NodeGraph("petals")
    mottling = graph.noise(0.008).smoothstep(0.2, 0.6)
    dark = graph.add_node(
        "MixRGB", 1.0, graph.vertex_attribute(), (0.7,) * 3, blend_type="MULTIPLY"
    )
    return graph.build_material(
        graph.mix(mottling, dark, graph.vertex_attribute()), 0.7, specular=0.2
    )


def _sample_bouquet_design(rng: np.random.Generator, kind: str) -> BouquetDesign:
    """Sample the design of a bouquet of a kind of `_BOUQUET_KINDS`."""
    hex_codes = rng.choice(_PETALS, int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2])), replace=False)
    colours = [jitter_colour(rng, str(code), 0.7) for code in hex_codes]
    if rng.random() < 0.15:
        colours.append(sample_colour(rng, (0.5, 0.9), (0.4, 0.9)))
    head_indices = rng.choice(len(HEAD_MAKERS), 1 if rng.random() < 0.6 else 2, replace=False)
    return BouquetDesign(
        colours=colours,
        green=jitter_colour(rng, str(rng.choice(_GREENS))),
        straw=jitter_colour(rng, str(rng.choice(_STRAWS))),
        head_makers=[HEAD_MAKERS[k] for k in head_indices],
        head_size=rng.uniform(0.13, 0.24) * (1.5 if kind == "few" else 1.0),
        leaves=int(rng.choice([0, 1, 2, 3])),
        bare=bool(rng.random() < 0.35),
        leaf_roundness=rng.uniform(0.3, 0.55),
    )


def _stem_path(
    side: np.ndarray, mouth_radius: float, floor_height: float, mouth_height: float, tip: np.ndarray
) -> np.ndarray:
    """Return a stem's path, float64 (12, 3), from the floor through the mouth to the tip.

    Args:
        side: Horizontal unit vector towards the tip; the stem starts on the opposite side.
        mouth_radius: Distance from the axis at which the stem passes the mouth, metres.
    """
    foot = -0.6 * mouth_radius * side + [0.0, 0.0, floor_height - 0.0005]
    mouth = mouth_radius * side + [0.0, 0.0, mouth_height]
    bend = mouth + (tip - mouth) * [0.35, 0.35, 0.5]
    return shapes.smooth_interpolation(
        np.linspace(0.0, 1.0, 12), (0.0, 0.3, 0.6, 1.0), (foot, mouth, bend, tip)
    )


def _orient_head(head: FlowerHead, position: np.ndarray, direction: np.ndarray) -> FlowerHead:
    """Move a head to a point, its z axis along a direction."""
    up = direction / np.linalg.norm(direction)
    side = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    side /= np.linalg.norm(side)
    rotation = np.stack([side, np.cross(up, side), up])
    return [part.deformed(lambda points: points @ rotation + position) for part in head]


def _stem(path: np.ndarray, radius: float, colour: Colour) -> Shape:
    """Build a stem along a path."""
    return colour_radially(shapes.tube(path, radius, (0.31, 0.95, 0.02), segments=6), colour)


def _leaf(
    base: np.ndarray, direction: np.ndarray, length: float, relative_width: float, colour: Colour
) -> Shape:
    """Build a pointed leaf from a point, drooping at its tip.

    Args:
        relative_width: Half of the width over the length.
    """
    positions = np.linspace(0.0, 1.0, 7)[:, None]
    path = base + positions * direction * length - positions**2 * [0.0, 0.0, 0.3 * length]
    half_widths = relative_width * length * np.sin(np.pi * positions**0.8 * 0.97 + 0.06)
    section = np.array([(1.0, 0.0), (0.0, 0.06), (-1.0, 0.0), (0.0, -0.1)])
    side = np.cross(direction, [0.01, 0.02, 1.0])
    return colour_radially(
        shapes.sweep(path, np.maximum(half_widths, 0.0008)[..., None] * section, side), colour
    )


def _grow_flower(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow a stem with a head and a few leaves."""
    colour = design.colours[rng.integers(len(design.colours))]
    make_head = design.head_makers[rng.integers(len(design.head_makers))]
    size = min(design.head_size * rise, 0.055) * rng.uniform(0.8, 1.15)
    head_direction = path[-1] - path[-3]
    head_direction = head_direction / np.linalg.norm(head_direction) + rng.normal(0.0, 0.25, 3)
    stem = _stem(path, 0.0014 + 0.03 * size, design.green)
    parts = [
        stem,
        *_orient_head(
            make_head(rng, size, scale_colour(colour, rng.uniform(0.85, 1.1))),
            path[-1],
            head_direction,
        ),
    ]
    for _ in range(design.leaves):
        base = path[rng.integers(5, 10)]
        direction = _outward_direction(rng, base, 0.7)
        green = scale_colour(design.green, rng.uniform(0.75, 1.3))
        parts.append(_leaf(base, direction, rng.uniform(0.25, 0.45) * rise, 0.16, green))
    return parts


def _outward_direction(rng: np.random.Generator, position: np.ndarray, rise: float) -> np.ndarray:
    """Sample a unit vector away from the axis, rising."""
    direction = np.array([*position[:2], 0.0]) / (np.hypot(*position[:2]) + 1e-4) + rng.normal(
        0.0, 0.6, 3
    )
    direction[2] = rise
    return direction / np.linalg.norm(direction)


def _grow_branch(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow a crooked branch with twigs: bare, or with buds or blossoms."""
    bark = jitter_colour(rng, str(rng.choice(["4a3324", "5f4a38", "33261e"])))
    path = path.copy()
    path[5:] += np.cumsum(rng.normal(0.0, 0.012 * rise, (7, 3)), axis=0)
    radii = np.linspace(0.013, 0.004, 12) * rise + 0.0008
    parts = [colour_radially(shapes.tube(path, radii, (0.31, 0.95, 0.02), 6), bark)]
    colour = design.colours[0]
    for index in rng.integers(5, 11, 6):
        direction = path[index] - path[index - 1]
        direction = direction / np.linalg.norm(direction) + 1.1 * _outward_direction(
            rng, path[index], 0.4
        )
        end = path[index] + direction * rise * rng.uniform(0.1, 0.22)
        twig = shapes.smooth_interpolation(
            np.linspace(0, 1, 5), (0, 0.5, 1), (path[index], (path[index] + end) / 2, end)
        )
        parts.append(
            colour_radially(shapes.tube(twig, 0.003 * rise + 0.0006, (0.31, 0.95, 0.02), 5), bark)
        )
        if design.bare:
            continue
        for position in twig[2:]:
            size = rng.uniform(0.014, 0.028) * rise
            make_flower = blossom if design.leaves > 1 else _bud
            parts += _orient_head(
                make_flower(rng, size * (1.7 if make_flower is not _bud else 1.0), colour),
                position,
                direction,
            )
    return parts


def _bud(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build a bud about the origin."""
    sphere = shapes.sphere(size, 8)
    length_ratio = rng.uniform(1.0, 1.5)
    return [
        colour_radially(sphere.deformed(lambda points: points * [1.0, 1.0, length_ratio]), colour)
    ]


def _grow_grass(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow a dry stalk under a feathery plume or an ear."""
    straw = scale_colour(design.straw, rng.uniform(0.8, 1.15))
    parts = [_stem(path, 0.0012 + 0.003 * rise, scale_colour(straw, 0.8))]
    positions = np.linspace(0.0, 1.0, 14)
    relative_radius = design.head_size * rng.uniform(0.25, 0.4)
    plume_radii = (
        shapes.smooth_interpolation(positions, (0.0, 0.25, 0.6, 1.0), (0.1, 0.9, 0.75, 0.08))
        * relative_radius
        * rise
    )
    plume_radii *= 1.0 + 0.25 * np.sin(np.arange(14) * 2.4)  # tufts
    spine = path[-1] + (path[-1] - path[-3]) * (positions[:, None] - 0.3) * 2.2
    spine[:, 2] -= positions**2 * rng.uniform(0.0, 0.12) * rise
    shape = shapes.tube(spine, plume_radii, (0.31, 0.95, 0.02), 10)
    brightness = rng.uniform(0.65, 1.15, (len(shape.vertices), 1))
    return [
        *parts,
        replace(shape, vertex_attribute=np.clip(brightness * np.array(straw), 0.0, 1.0)),
    ]


def _grow_foliage(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow a stem with pairs of leaves, round as of eucalyptus, or long."""
    parts = [_stem(path, 0.0012 + 0.004 * rise, scale_colour(design.green, 0.7))]
    roundness = design.leaf_roundness
    for index in range(5, 12):
        stem_direction = path[index] - path[index - 1]
        side = np.cross(stem_direction, rng.normal(size=3))
        side /= np.linalg.norm(side)
        for sign in (-1.0, 1.0):
            direction = sign * side + 0.7 * stem_direction / np.linalg.norm(stem_direction)
            green = scale_colour(design.green, rng.uniform(0.7, 1.4))
            length = (0.08 / roundness**0.5) * rise * rng.uniform(0.8, 1.2)
            parts.append(_leaf(path[index], direction, length, 0.6 * roundness, green))
    return parts


def _grow_flower_spike(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow florets close together along the upper stem: lavender, delphinium, gladiolus."""
    colour = design.colours[rng.integers(len(design.colours))]
    parts = [_stem(path, 0.0012 + 0.004 * rise, design.green)]
    size = 0.03 * rise
    stem_direction = path[-1] - path[-4]
    for index in range(14):
        position = path[-1] - stem_direction * 0.12 * index
        direction = np.array([np.cos(2.4 * index), np.sin(2.4 * index), 0.5])
        floret_size = size * (0.5 + 0.05 * index) * rng.uniform(0.85, 1.15)
        floret = _bud(rng, floret_size, scale_colour(colour, rng.uniform(0.7, 1.15)))
        parts += _orient_head(floret, position + direction * 0.6 * floret_size, direction)
    return parts


def _grow_flower_or_foliage(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: BouquetDesign
) -> list[Shape]:
    """Grow a flower or, one time in three, foliage."""
    grow = _grow_foliage if rng.random() < 0.33 else _grow_flower
    return grow(rng, path, rise, design)


_BOUQUET_KINDS = {  # function that grows one stem, least and largest number of stems
    "bunch": (_grow_flower, 7, 14),
    "mixed": (_grow_flower_or_foliage, 8, 14),
    "few": (_grow_flower, 1, 3),
    "branches": (_grow_branch, 2, 5),
    "grasses": (_grow_grass, 4, 11),
    "spikes": (_grow_flower_spike, 4, 9),
    "greens": (_grow_foliage, 2, 6),
}
