"""What stands in a vase: stems with flower heads, leaves, branches, spikes, grasses."""

from dataclasses import replace

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


def bouquet(
    rng: np.random.Generator, neck_radius: float, floor_height: float, mouth_height: float
) -> list[Shape]:
    """Stems from the vase's floor through its neck, up to about as far above the mouth again.

    neck is the least radius inside, floor and mouth are heights; metres.
    """
    kind = str(rng.choice(list(_BOUQUET_KINDS), p=[0.2, 0.2, 0.1, 0.1, 0.14, 0.12, 0.14]))
    grow, low, high = _BOUQUET_KINDS[kind]
    count = int(rng.integers(low, high + 1))
    count = max(1, min(count, int(count * neck_radius / 0.022)))  # as many as go through
    petal = _petal_material()
    rise = min(rng.uniform(0.45, 0.95) * mouth_height, 0.3)
    wide = rng.uniform(0.25, 0.75) * (0.55 if kind in ("grasses", "branches") else 1.0)
    if count == 1:
        wide *= 0.4
    parts, turn = [], rng.uniform(0.0, 2 * np.pi)
    design = _sample_bouquet_design(rng, kind)
    for k in range(count):
        out = np.sqrt((k + 0.3) / count)  # a dome, evenly filled: steps of the golden angle
        angle = turn + 2.399963 * k + rng.normal(0.0, 0.15)
        side = np.array([np.cos(angle), np.sin(angle), 0.0])
        top = rise * (1.0 - 0.4 * out * out * wide) * rng.uniform(0.85, 1.1)
        tip = side * wide * rise * out + [0.0, 0.0, mouth_height + top]
        path = _stem_path(side, out * neck_radius * 0.55, floor_height, mouth_height, tip)
        parts += grow(rng, path, rise, design)
    return [part.with_material(petal) for part in parts]


def _petal_material() -> Material:
    graph = NodeGraph("petals")
    uneven = graph.noise(0.008).smoothstep(0.2, 0.6)
    dark = graph.add_node(
        "MixRGB", 1.0, graph.vertex_attribute(), (0.7,) * 3, blend_type="MULTIPLY"
    )
    return graph.build_material(
        graph.mix(uneven, dark, graph.vertex_attribute()), 0.7, specular=0.2
    )


def _sample_bouquet_design(rng: np.random.Generator, kind: str) -> dict:
    """What the stems of one bunch share: colours, kinds of heads, whether they have leaves."""
    codes = rng.choice(_PETALS, int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2])), replace=False)
    tones = [jitter_colour(rng, str(code), 0.7) for code in codes]
    if rng.random() < 0.15:
        tones.append(sample_colour(rng, (0.5, 0.9), (0.4, 0.9)))
    makers = rng.choice(len(HEAD_MAKERS), 1 if rng.random() < 0.6 else 2, replace=False)
    return {
        "tones": tones,
        "green": jitter_colour(rng, str(rng.choice(_GREENS))),
        "straw": jitter_colour(rng, str(rng.choice(_STRAWS))),
        "heads": [HEAD_MAKERS[k] for k in makers],
        "size": rng.uniform(0.13, 0.24) * (1.5 if kind == "few" else 1.0),
        "leaves": rng.choice([0, 1, 2, 3]),
        "bare": rng.random() < 0.35,
        "round": rng.uniform(0.3, 0.55),
    }


def _stem_path(
    side: np.ndarray, mouth_radius: float, floor_height: float, mouth_height: float, tip: np.ndarray
) -> np.ndarray:
    """float64 (12, 3): a stem from the floor on the far side, through the mouth, bending out."""
    foot = -0.6 * mouth_radius * side + [0.0, 0.0, floor_height - 0.0005]
    edge = mouth_radius * side + [0.0, 0.0, mouth_height]
    bend = edge + (tip - edge) * [0.35, 0.35, 0.5]
    return shapes.smooth_interpolation(
        np.linspace(0.0, 1.0, 12), (0.0, 0.3, 0.6, 1.0), (foot, edge, bend, tip)
    )


def _orient_head(head: FlowerHead, position: np.ndarray, direction: np.ndarray) -> FlowerHead:
    """A head moved to a point, its z axis along a direction."""
    up = direction / np.linalg.norm(direction)
    side = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    side /= np.linalg.norm(side)
    turn = np.stack([side, np.cross(up, side), up])
    return [part.deformed(lambda points: points @ turn + position) for part in head]


def _stem(path: np.ndarray, radius: float, colour: Colour) -> Shape:
    return colour_radially(shapes.tube(path, radius, (0.31, 0.95, 0.02), segments=6), colour)


def _leaf(
    base: np.ndarray, direction: np.ndarray, length: float, relative_width: float, colour: Colour
) -> Shape:
    """A pointed leaf from a point, drooping at its tip."""
    share = np.linspace(0.0, 1.0, 7)[:, None]
    path = base + share * direction * length - share**2 * [0.0, 0.0, 0.3 * length]
    widths = relative_width * length * np.sin(np.pi * share**0.8 * 0.97 + 0.06)
    section = np.array([(1.0, 0.0), (0.0, 0.06), (-1.0, 0.0), (0.0, -0.1)])
    side = np.cross(direction, [0.01, 0.02, 1.0])
    return colour_radially(
        shapes.sweep(path, np.maximum(widths, 0.0008)[..., None] * section, side), colour
    )


def _grow_flower(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """A stem with a head and a few leaves."""
    tone = design["tones"][rng.integers(len(design["tones"]))]
    make = design["heads"][rng.integers(len(design["heads"]))]
    size = min(design["size"] * rise, 0.055) * rng.uniform(0.8, 1.15)
    along = path[-1] - path[-3]
    along = along / np.linalg.norm(along) + rng.normal(0.0, 0.25, 3)
    stem = _stem(path, 0.0014 + 0.03 * size, design["green"])
    parts = [
        stem,
        *_orient_head(make(rng, size, scale_colour(tone, rng.uniform(0.85, 1.1))), path[-1], along),
    ]
    for _ in range(design["leaves"]):
        at = path[rng.integers(5, 10)]
        way = _outward_direction(rng, at, 0.7)
        green = scale_colour(design["green"], rng.uniform(0.75, 1.3))
        parts.append(_leaf(at, way, rng.uniform(0.25, 0.45) * rise, 0.16, green))
    return parts


def _outward_direction(rng: np.random.Generator, position: np.ndarray, rise: float) -> np.ndarray:
    """A direction away from the axis, rising."""
    way = np.array([*position[:2], 0.0]) / (np.hypot(*position[:2]) + 1e-4) + rng.normal(
        0.0, 0.6, 3
    )
    way[2] = rise
    return way / np.linalg.norm(way)


def _grow_branch(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """A crooked twig with side twigs: bare, with buds, berries or blossom."""
    bark = jitter_colour(rng, str(rng.choice(["4a3324", "5f4a38", "33261e"])))
    path = path.copy()
    path[5:] += np.cumsum(rng.normal(0.0, 0.012 * rise, (7, 3)), axis=0)
    taper = np.linspace(0.013, 0.004, 12) * rise + 0.0008
    parts, tone = (
        [colour_radially(shapes.tube(path, taper, (0.31, 0.95, 0.02), 6), bark)],
        design["tones"][0],
    )
    for k in rng.integers(5, 11, 6):
        way = path[k] - path[k - 1]
        way = way / np.linalg.norm(way) + 1.1 * _outward_direction(rng, path[k], 0.4)
        end = path[k] + way * rise * rng.uniform(0.1, 0.22)
        twig = shapes.smooth_interpolation(
            np.linspace(0, 1, 5), (0, 0.5, 1), (path[k], (path[k] + end) / 2, end)
        )
        parts.append(
            colour_radially(shapes.tube(twig, 0.003 * rise + 0.0006, (0.31, 0.95, 0.02), 5), bark)
        )
        if design["bare"]:
            continue
        for at in twig[2:]:
            size = rng.uniform(0.014, 0.028) * rise
            make = blossom if design["leaves"] > 1 else _bud
            parts += _orient_head(
                make(rng, size * (1.7 if make is not _bud else 1.0), tone), at, way
            )
    return parts


def _bud(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    ball = shapes.sphere(size, 8)
    long = rng.uniform(1.0, 1.5)
    return [colour_radially(ball.deformed(lambda points: points * [1.0, 1.0, long]), colour)]


def _grow_grass(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """A dry stalk under a feathery plume or an ear."""
    straw = scale_colour(design["straw"], rng.uniform(0.8, 1.15))
    parts = [_stem(path, 0.0012 + 0.003 * rise, scale_colour(straw, 0.8))]
    at, wide = np.linspace(0.0, 1.0, 14), design["size"] * rng.uniform(0.25, 0.4)
    plume = (
        shapes.smooth_interpolation(at, (0.0, 0.25, 0.6, 1.0), (0.1, 0.9, 0.75, 0.08)) * wide * rise
    )
    plume *= 1.0 + 0.25 * np.sin(np.arange(14) * 2.4)  # tufts
    spine = path[-1] + (path[-1] - path[-3]) * (at[:, None] - 0.3) * 2.2
    spine[:, 2] -= at**2 * rng.uniform(0.0, 0.12) * rise
    shape = shapes.tube(spine, plume, (0.31, 0.95, 0.02), 10)
    stripes = rng.uniform(0.65, 1.15, (len(shape.vertices), 1))
    return [*parts, replace(shape, vertex_attribute=np.clip(stripes * np.array(straw), 0.0, 1.0))]


def _grow_foliage(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """A stem with pairs of leaves, round as of eucalyptus or long."""
    parts, wide = (
        [_stem(path, 0.0012 + 0.004 * rise, scale_colour(design["green"], 0.7))],
        design["round"],
    )
    for k in range(5, 12):
        along = path[k] - path[k - 1]
        side = np.cross(along, rng.normal(size=3))
        side /= np.linalg.norm(side)
        for sign in (-1.0, 1.0):
            way = sign * side + 0.7 * along / np.linalg.norm(along)
            green = scale_colour(design["green"], rng.uniform(0.7, 1.4))
            long = (0.08 / wide**0.5) * rise * rng.uniform(0.8, 1.2)
            parts.append(_leaf(path[k], way, long, 0.6 * wide, green))
    return parts


def _grow_flower_spike(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """Florets close along the upper stem: lavender, delphinium, gladiolus."""
    tone = design["tones"][rng.integers(len(design["tones"]))]
    parts, size = [_stem(path, 0.0012 + 0.004 * rise, design["green"])], 0.03 * rise
    along = path[-1] - path[-4]
    for k in range(14):
        at = path[-1] - along * 0.12 * k
        way = np.array([np.cos(2.4 * k), np.sin(2.4 * k), 0.5])
        big = size * (0.5 + 0.05 * k) * rng.uniform(0.85, 1.15)
        floret = _bud(rng, big, scale_colour(tone, rng.uniform(0.7, 1.15)))
        parts += _orient_head(floret, at + way * 0.6 * big, way)
    return parts


def _grow_flower_or_foliage(
    rng: np.random.Generator, path: np.ndarray, rise: float, design: dict
) -> list[Shape]:
    """A flower or, one time in three, a stem of green."""
    grow = _grow_foliage if rng.random() < 0.33 else _grow_flower
    return grow(rng, path, rise, design)


_BOUQUET_KINDS = {  # how a stem grows, least and most stems
    "bunch": (_grow_flower, 7, 14),
    "mixed": (_grow_flower_or_foliage, 8, 14),
    "few": (_grow_flower, 1, 3),
    "branches": (_grow_branch, 2, 5),
    "grasses": (_grow_grass, 4, 11),
    "spikes": (_grow_flower_spike, 4, 9),
    "greens": (_grow_foliage, 2, 6),
}
