"""What lies and stands on tables of all kinds: flowers, candles, bottles, a cloth.

Every maker returns a group about the origin on z = 0; a `Surface` says where there is room for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.groups import Paints, merge_by_material, place_group
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import ArrayLike, Shape

_SINK_DEPTH = 0.0008
"""Metres that things stand in the top, lest two faces share a plane."""


@dataclass
class TableSurface:
    """A top being laid: its height, where it extends, and the rectangles already taken."""

    height: float
    contains: Callable[[np.ndarray], np.ndarray]  # of points (N, 2)
    occupied: list[np.ndarray] = field(default_factory=list)

    def place_at(self, group: list[Shape], spot: ArrayLike, rotation: float = 0.0) -> list[Shape]:
        """The group set down at (x, y), whatever is there."""
        parts = place_group(group, spot[0], spot[1], self.height - _SINK_DEPTH, rotation)
        self.occupied.append(_bounding_rectangle(parts))
        return parts

    def place_if_free(
        self, rng: np.random.Generator, group: list[Shape], area: tuple, rotation: float
    ) -> list[Shape]:
        """The group where there is room in (x least, y least, x most, y most), if anywhere."""
        angle = np.radians(rotation)
        points = np.concatenate([part.vertices[:, :2] for part in group])
        points = points @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        reach = np.array([points.min(axis=0), points.max(axis=0)])
        for spot in rng.uniform(area[:2], area[2:], (14, 2)):
            low, high = reach + spot
            free = all((high < other[0]).any() or (low > other[1]).any() for other in self.occupied)
            edge = np.array([low, high, (low[0], high[1]), (high[0], low[1])])
            if free and self.contains(edge).all():
                return self.place_at(group, spot, rotation)
        return []


def _bounding_rectangle(parts: list[Shape]) -> np.ndarray:
    points = np.concatenate([part.vertices[:, :2] for part in parts])
    return np.array([points.min(axis=0), points.max(axis=0)])


def lump(rng: np.random.Generator, radius: float, half_height: float, segments: int) -> Shape:
    """A rounded lump about the origin, `radius` wide and `half` high or so."""
    stretch = np.array(
        [radius * rng.uniform(0.85, 1.15), radius * rng.uniform(0.85, 1.15), half_height]
    )
    made = _unit_sphere(segments).deformed(lambda points: points * stretch)
    return made.rotated("z", rng.uniform(0, 180))


@cache
def _unit_sphere(segments: int) -> Shape:
    return shapes.sphere(1.0, segments)


def vase_of_flowers(rng: np.random.Generator, paints: Paints, size: float = 1.0) -> list[Shape]:
    """A bunch in a vase, about 0.4 m high at size 1."""
    tall, wide = rng.uniform(0.12, 0.22) * size, rng.uniform(0.04, 0.075) * size
    at = np.linspace(0.0, 1.0, 10)
    radii = wide * shapes.smooth_interpolation(
        at, [0, 0.4, 0.8, 1], [0.6, rng.uniform(0.6, 1.1), 0.5, 0.7]
    )
    pot = shapes.lathe(np.stack([radii, at * tall], axis=1), 18)
    vase = str(rng.choice(["e8eaea", "33557a", "b7c9c4", "8a3a2a", "2a2a2c", "d9c9a0", "6f8f5f"]))
    parts, spread = [paints.glossy(pot, vase)], rng.uniform(0.11, 0.19) * size
    blooms = [
        sample_colour(rng, (0.0, 0.9), (0.45, 0.9)),
        jitter_colour(rng, str(rng.choice(["c21f2f", "f2ece4", "e6b82a", "d86a9a", "8a4ab0"]))),
    ]
    middle = tall + 0.75 * spread
    parts.append(
        paints.matte(shapes.rod((0, 0, tall - 0.01), (0, 0, middle), 0.5 * wide, 6), "33511f")
    )
    for k in range(34):
        up, turn = 1.0 - 1.35 * (k + 0.5) / 34, 2.4 * k
        out = np.sqrt(1 - up**2)
        spot = spread * np.array([out * np.cos(turn), out * np.sin(turn), 0.85 * up])
        leaf = rng.random() < (0.25 if up > 0.0 else 0.7)
        colour = jitter_colour(rng, "3f6b2a", 1.5) if leaf else blooms[int(rng.integers(2))]
        petals = lump(rng, spread * rng.uniform(0.16, 0.28), spread * 0.17, 8)
        x, y, z = spot * rng.uniform(0.72, 1.0)
        parts.append(paints.matte(petals.translated(x, y, middle + z), colour))
    parts.append(paints.matte(shapes.sphere(0.72 * spread, 12).translated(z=middle), "2c4a1c"))
    return merge_by_material(parts)


def candle(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A lit candle on a stick, or a stout one."""
    wax = str(rng.choice(["f4efdf", "f4efdf", "a8201f", "e9d9a8", "2f5a3a"]))
    metal = str(rng.choice(["b8923f", "c9ccd0", "2a2624"]))
    stout = rng.random() < 0.35
    low, high = (0.01, rng.uniform(0.1, 0.16)) if stout else (rng.uniform(0.06, 0.2), 0.0)
    high = high or low + rng.uniform(0.15, 0.25)
    radius = 0.035 if stout else 0.013
    foot = [(0.055, 0.0), (0.055, 0.008), (0.012, 0.02), (0.012, low), (0.024, low + 0.008)]
    stick = foot if not stout else [(0.06, 0.0), (0.06, 0.012)]
    parts = [paints.glossy(shapes.lathe(stick, 14), metal)]
    parts.append(paints.matte(shapes.lathe([(radius, low), (radius, high)], 12), wax))
    flame = [(0.003, 0.0), (0.011, 0.014), (0.007, 0.03), (0.001, 0.048)]
    return [*parts, paints.matte(shapes.lathe(flame, 8).translated(z=high - 0.001), "ffd24a")]


def bottle(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A bottle of wine or water with a label, or a jug."""
    code = str(rng.choice(["1c3018", "2a0f14", "0f1a14", "c9dfe0", "8a5a1c"]))
    profile = [(0.036, 0.0), (0.037, 0.19), (0.014, 0.235), (0.014, 0.3), (0.0, 0.3)]
    body = paints.glossy(shapes.lathe(profile, 16), code)
    label = paints.matte(shapes.lathe([(0.0378, 0.06), (0.0378, 0.15)], 16), "eee6cc")
    return [body, label]


def tablecloth(rng: np.random.Generator, outline: np.ndarray, z: float, drop: float) -> Shape:
    """A cloth over a top of that outline, at height z, hanging `drop` metres in folds.

    It wears no material yet, its paint is how deep in a fold a point is; edge as of
    `furniture.outline`.
    """
    points = shapes.resample_polygon(outline, 180)
    half = np.abs(points).max(axis=0)
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    folds = int(along[-1] / rng.uniform(0.14, 0.35))
    phase = 2 * np.pi * folds * np.arange(180) / 180 + 0.9 * np.sin(
        np.arange(180) / 180 * 6 * np.pi
    )
    swing = rng.uniform(0.012, 0.03) * min(1.0, drop / 0.25)
    normal = points / half**2
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    shares, flare = np.array([0.0, 0.05, 0.3, 0.65, 1.0]), rng.uniform(0.02, 0.08) * drop / 0.4

    def level(share: float, thick: float) -> np.ndarray:
        out = 0.008 - thick + flare * share + swing * share * (1 + np.cos(phase))
        return np.c_[points + normal * out[:, None], np.full(180, z - thick - share * drop)]

    lid = np.c_[points * (1 - 0.004 / half), np.full(180, z + 0.004)]
    outer = [level(share, 0.0) for share in shares]
    inner = [level(share, 0.005) for share in shares[::-1]]
    inner[0][:, 2] += 0.005
    hanging = shapes.loft(np.array([lid, *outer, *inner]))
    hollows = np.r_[0.0, shares, shares[::-1]][:, None] * (0.5 - 0.5 * np.cos(phase))
    paint = np.repeat(hollows.reshape(-1, 1), 3, axis=1)
    return replace(hanging, vertex_attribute=paint)


def sample_linen(rng: np.random.Generator) -> Material:
    """Table linen: white most often, plain, chequered or striped."""
    graph = NodeGraph("linen")
    white = jitter_colour(rng, str(rng.choice(["f2f0ec", "f2f0ec", "e8dfca", "dfe4e8"])), 0.5)
    colour = sample_colour(rng, (0.3, 0.8), (0.08, 0.4))
    kind = rng.choice(
        ["white", "plain", "chequered", "striped", "flowered"], p=[0.55, 0.17, 0.12, 0.06, 0.1]
    )
    x, y, z = graph.object_coordinates([np.pi / rng.uniform(0.04, 0.1)] * 3).components()
    base = white if kind != "plain" else colour
    if kind == "chequered":
        checks = [graph.math("SINE", axis).smoothstep(-0.1, 0.1) * 0.5 for axis in (x + z, y)]
        base = graph.mix(checks[0] + checks[1], white, colour)
    elif kind == "striped":
        base = graph.mix(graph.math("SINE", y).smoothstep(-0.1, 0.1), white, colour)
    elif kind == "flowered":
        base = graph.mix(
            graph.voronoi_distance(rng.uniform(0.06, 0.14)).smoothstep(0.4, 0.3), white, colour
        )
    folded = graph.vertex_attribute().components()[0] * 0.5
    shade = graph.add_node("MixRGB", folded, base, (0.4, 0.4, 0.44), blend_type="MULTIPLY")
    return graph.build_material(shade, 0.85, specular=0.2)
