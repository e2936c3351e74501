"""Decoration of tables: flowers, candles, bottles, tablecloths, and the free space on a top.

Makers return a group about the origin on z = 0; `TableSurface` places groups where there is space.
Lengths are in metres.
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
"""Depth by which things sink into the top, metres, so that no two faces share a plane."""


@dataclass
class TableSurface:
    """A top being laid.

    Attributes:
        height: z of the top.
        contains: Test of points (N, 2) for being on the top, bool (N,).
        occupied: Bounding rectangles of the groups on it, (2, 2) each: minima, maxima.
    """

    height: float
    contains: Callable[[np.ndarray], np.ndarray]
    occupied: list[np.ndarray] = field(default_factory=list)

    def place_at(self, group: list[Shape], spot: ArrayLike, rotation: float = 0.0) -> list[Shape]:
        """Place a group at (x, y), free or not; `rotation` in degrees."""
        parts = place_group(group, spot[0], spot[1], self.height - _SINK_DEPTH, rotation)
        self.occupied.append(_bounding_rectangle(parts))
        return parts

    def place_if_free(
        self, rng: np.random.Generator, group: list[Shape], area: tuple, rotation: float
    ) -> list[Shape]:
        """Place a group at a random free position in an area.

        Args:
            area: (min x, min y, max x, max y).
            rotation: Degrees.

        Returns:
            The placed group, or nothing if 14 random positions were all occupied or off the top.
        """
        angle = np.radians(rotation)
        points = np.concatenate([part.vertices[:, :2] for part in group])
        points = points @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        extent = np.array([points.min(axis=0), points.max(axis=0)])
        for position in rng.uniform(area[:2], area[2:], (14, 2)):
            minimum, maximum = extent + position
            is_free = all(
                (maximum < rectangle[0]).any() or (minimum > rectangle[1]).any()
                for rectangle in self.occupied
            )
            corners = np.array(
                [minimum, maximum, (minimum[0], maximum[1]), (maximum[0], minimum[1])]
            )
            if is_free and self.contains(corners).all():
                return self.place_at(group, position, rotation)
        return []


def _bounding_rectangle(parts: list[Shape]) -> np.ndarray:
    """Return the minima and maxima of x and y, (2, 2)."""
    points = np.concatenate([part.vertices[:, :2] for part in parts])
    return np.array([points.min(axis=0), points.max(axis=0)])


def lump(rng: np.random.Generator, radius: float, half_height: float, segments: int) -> Shape:
    """Build a rounded lump about the origin, about `radius` wide and `half_height` high."""
    stretch = np.array(
        [radius * rng.uniform(0.85, 1.15), radius * rng.uniform(0.85, 1.15), half_height]
    )
    scaled = _unit_sphere(segments).deformed(lambda points: points * stretch)
    return scaled.rotated("z", rng.uniform(0, 180))


@cache
def _unit_sphere(segments: int) -> Shape:
    """Return a cached sphere of radius 1."""
    return shapes.sphere(1.0, segments)


def vase_of_flowers(rng: np.random.Generator, paints: Paints, size: float = 1.0) -> list[Shape]:
    """Build a bunch of flowers in a vase, about 0.4 m tall for size 1."""
    height = rng.uniform(0.12, 0.22) * size
    width = rng.uniform(0.04, 0.075) * size
    positions = np.linspace(0.0, 1.0, 10)
    radii = width * shapes.smooth_interpolation(
        positions, [0, 0.4, 0.8, 1], [0.6, rng.uniform(0.6, 1.1), 0.5, 0.7]
    )
    vase = shapes.lathe(np.stack([radii, positions * height], axis=1), 18)
    vase_colour = str(
        rng.choice(["e8eaea", "33557a", "b7c9c4", "8a3a2a", "2a2a2c", "d9c9a0", "6f8f5f"])
    )
    parts = [paints.glossy(vase, vase_colour)]
    spread = rng.uniform(0.11, 0.19) * size
    flower_colours = [
        sample_colour(rng, (0.0, 0.9), (0.45, 0.9)),
        jitter_colour(rng, str(rng.choice(["c21f2f", "f2ece4", "e6b82a", "d86a9a", "8a4ab0"]))),
    ]
    centre_z = height + 0.75 * spread
    parts.append(
        paints.matte(shapes.rod((0, 0, height - 0.01), (0, 0, centre_z), 0.5 * width, 6), "33511f")
    )
    for index in range(34):
        height_share = 1.0 - 1.35 * (index + 0.5) / 34
        angle = 2.4 * index
        radius_share = np.sqrt(1 - height_share**2)
        offset = spread * np.array(
            [radius_share * np.cos(angle), radius_share * np.sin(angle), 0.85 * height_share]
        )
        is_leaf = rng.random() < (0.25 if height_share > 0.0 else 0.7)
        colour = (
            jitter_colour(rng, "3f6b2a", 1.5) if is_leaf else flower_colours[int(rng.integers(2))]
        )
        petals = lump(rng, spread * rng.uniform(0.16, 0.28), spread * 0.17, 8)
        x, y, z = offset * rng.uniform(0.72, 1.0)
        parts.append(paints.matte(petals.translated(x, y, centre_z + z), colour))
    parts.append(paints.matte(shapes.sphere(0.72 * spread, 12).translated(z=centre_z), "2c4a1c"))
    return merge_by_material(parts)


def candle(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a lit candle on a stick, or a stout one."""
    wax_colour = str(rng.choice(["f4efdf", "f4efdf", "a8201f", "e9d9a8", "2f5a3a"]))
    metal_colour = str(rng.choice(["b8923f", "c9ccd0", "2a2624"]))
    is_stout = rng.random() < 0.35
    bottom, top = (0.01, rng.uniform(0.1, 0.16)) if is_stout else (rng.uniform(0.06, 0.2), 0.0)
    top = top or bottom + rng.uniform(0.15, 0.25)
    radius = 0.035 if is_stout else 0.013
    stick_profile = [
        (0.055, 0.0),
        (0.055, 0.008),
        (0.012, 0.02),
        (0.012, bottom),
        (0.024, bottom + 0.008),
    ]
    holder_profile = stick_profile if not is_stout else [(0.06, 0.0), (0.06, 0.012)]
    parts = [paints.glossy(shapes.lathe(holder_profile, 14), metal_colour)]
    parts.append(paints.matte(shapes.lathe([(radius, bottom), (radius, top)], 12), wax_colour))
    flame = [(0.003, 0.0), (0.011, 0.014), (0.007, 0.03), (0.001, 0.048)]
    return [*parts, paints.matte(shapes.lathe(flame, 8).translated(z=top - 0.001), "ffd24a")]


def bottle(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a bottle of wine or water with a label."""
    hex_code = str(rng.choice(["1c3018", "2a0f14", "0f1a14", "c9dfe0", "8a5a1c"]))
    profile = [(0.036, 0.0), (0.037, 0.19), (0.014, 0.235), (0.014, 0.3), (0.0, 0.3)]
    body = paints.glossy(shapes.lathe(profile, 16), hex_code)
    label = paints.matte(shapes.lathe([(0.0378, 0.06), (0.0378, 0.15)], 16), "eee6cc")
    return [body, label]


def tablecloth(rng: np.random.Generator, outline: np.ndarray, z: float, drop: float) -> Shape:
    """Build a tablecloth over a top.

    Args:
        outline: Edge of the top (K, 2), as from `joinery.top_outline`.
        z: Height of the cloth.
        drop: Length by which it hangs over the edge.

    Returns:
        A shape without a material; its attribute is the depth in a fold, in [0, 1].
    """
    points = shapes.resample_polygon(outline, 180)
    half_size = np.abs(points).max(axis=0)
    arc_lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    folds = int(arc_lengths[-1] / rng.uniform(0.14, 0.35))
    phase = 2 * np.pi * folds * np.arange(180) / 180 + 0.9 * np.sin(
        np.arange(180) / 180 * 6 * np.pi
    )
    fold_depth = rng.uniform(0.012, 0.03) * min(1.0, drop / 0.25)
    normals = points / half_size**2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shares = np.array([0.0, 0.05, 0.3, 0.65, 1.0])
    flare = rng.uniform(0.02, 0.08) * drop / 0.4

    def level(share: float, inset: float) -> np.ndarray:
        offset = 0.008 - inset + flare * share + fold_depth * share * (1 + np.cos(phase))
        return np.c_[points + normals * offset[:, None], np.full(180, z - inset - share * drop)]

    top_ring = np.c_[points * (1 - 0.004 / half_size), np.full(180, z + 0.004)]
    outer = [level(share, 0.0) for share in shares]
    inner = [level(share, 0.005) for share in shares[::-1]]
    inner[0][:, 2] += 0.005
    hanging = shapes.loft(np.array([top_ring, *outer, *inner]))
    fold_attribute = np.r_[0.0, shares, shares[::-1]][:, None] * (0.5 - 0.5 * np.cos(phase))
    attribute = np.repeat(fold_attribute.reshape(-1, 1), 3, axis=1)
    return replace(hanging, vertex_attribute=attribute)


def sample_linen(rng: np.random.Generator) -> Material:
    """Sample table linen: white most often, plain, chequered, striped or flowered."""
    graph = NodeGraph("linen")
    white = jitter_colour(rng, str(rng.choice(["f2f0ec", "f2f0ec", "e8dfca", "dfe4e8"])), 0.5)
    colour = sample_colour(rng, (0.3, 0.8), (0.08, 0.4))
    kind = rng.choice(
        ["white", "plain", "chequered", "striped", "flowered"], p=[0.55, 0.17, 0.12, 0.06, 0.1]
    )
    x, y, z = graph.object_coordinates([np.pi / rng.uniform(0.04, 0.1)] * 3).components()
    pattern = white if kind != "plain" else colour
    if kind == "chequered":
        checks = [graph.math("SINE", axis).smoothstep(-0.1, 0.1) * 0.5 for axis in (x + z, y)]
        pattern = graph.mix(checks[0] + checks[1], white, colour)
    elif kind == "striped":
        pattern = graph.mix(graph.math("SINE", y).smoothstep(-0.1, 0.1), white, colour)
    elif kind == "flowered":
        pattern = graph.mix(
            graph.voronoi_distance(rng.uniform(0.06, 0.14)).smoothstep(0.4, 0.3), white, colour
        )
    fold_shade = graph.vertex_attribute().components()[0] * 0.5
    shade = graph.add_node("MixRGB", fold_shade, pattern, (0.4, 0.4, 0.44), blend_type="MULTIPLY")
    return graph.build_material(shade, 0.85, specular=0.2)
