"""Cases of clocks: outlines of one count of points about the origin, plates and frames of them.

Like dials they lie in the XY plane, facing +Z, up towards +Y. All outlines are seen whole from the
origin, so point k of each lies in direction k and a frame can lead from any to any other.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape

_DIRECTIONS = np.linspace(0.0, 2 * np.pi, 160, endpoint=False)
"""Directions counter-clockwise from +X: the corners of squares, octagons and 5-stars are in."""


def polar_outline(radii: np.ndarray | float) -> np.ndarray:
    """(160, 2): the points at `radii` metres in each direction; a circle for one number."""
    return (
        np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)], axis=1)
        * np.broadcast_to(radii, 160)[:, None]
    )


def star_shaped_outline(points: shapes.ArrayLike) -> np.ndarray:
    """The outline of a polygon (K, 2) that is seen whole from the origin, which it is about."""
    dense = shapes.resample_polygon(np.asarray(points, dtype=float), 3000)
    angles = np.arctan2(dense[:, 1], dense[:, 0])
    return polar_outline(
        np.interp(_DIRECTIONS, angles, np.linalg.norm(dense, axis=1), period=2 * np.pi)
    )


def regular_polygon(corners: int, apothem: float) -> np.ndarray:
    """A regular polygon lying on a side, `across` metres from the middle to its sides."""
    turn = np.pi / corners - np.pi / 2
    angles = np.mod(_DIRECTIONS - turn + 1e-9, 2 * np.pi / corners) - np.pi / corners
    return polar_outline(apothem / np.cos(angles))


def superellipse(width: float, height: float, exponent: float) -> np.ndarray:
    """An ellipse (power 2) to nearly a rectangle (10); metres."""
    shares = (
        np.abs(np.cos(_DIRECTIONS) * 2 / width) ** exponent
        + np.abs(np.sin(_DIRECTIONS) * 2 / height) ** exponent
    )
    return polar_outline(shares ** (-1 / exponent))


def scalloped_circle(radius: float, lobes: int, depth: float) -> np.ndarray:
    """A flower or pie edge of round lobes, `depth` of the radius deep."""
    return polar_outline(
        radius * (1.0 - depth + depth * np.abs(np.cos(lobes / 2 * (_DIRECTIONS - np.pi / 2))))
    )


def star(radius: float, inner_ratio: float, points: int = 5) -> np.ndarray:
    """A star, one point up; `inner` is the radius of the notches as a share."""
    turns = np.pi / 2 + np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, inner_ratio, 1.0) * radius
    return star_shaped_outline(np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii[:, None])


def heart(radius: float) -> np.ndarray:
    """A heart about as wide as 2.5 radius, its notch 0.6 radius above the origin."""
    t = np.linspace(0.0, 2 * np.pi, 200, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return star_shaped_outline(np.stack([16 * np.sin(t) ** 3, y + 3.0], axis=1) * (radius / 13.0))


def arch(width: float, height: float, gable_height: float = 0.0) -> np.ndarray:
    """Upright with a round top, or a gable that is `peak` of the width high; metres."""
    x, low, high = width / 2, -0.45 * height, 0.55 * height
    if gable_height:
        eaves = high - gable_height * width
        return star_shaped_outline([(-x, low), (x, low), (x, eaves), (0.0, high), (-x, eaves)])
    turns = np.linspace(0.0, np.pi, 40)
    top = np.stack([x * np.cos(turns), high - x + x * np.sin(turns)], axis=1)
    return star_shaped_outline(np.vstack([[(-x, low), (x, low)], top]))


def cat(radius: float) -> np.ndarray:
    """A round head with two pointed ears."""
    turns = _DIRECTIONS - np.pi / 2
    ears = [np.maximum(1.0 - np.abs(np.abs(turns) - np.pi / 4.6) / 0.34, 0.0)]
    ears.append(np.maximum(1.0 - np.abs(np.abs(turns - 2 * np.pi) - np.pi / 4.6) / 0.34, 0.0))
    return polar_outline(radius * (1.0 + 0.42 * np.maximum(*ears)))


def extrude_outline(outline: np.ndarray, levels: Sequence[tuple[float, float]]) -> Shape:
    """A plate or drum: `around` narrowed by inset at height z, for levels (inset, z); metres."""
    reach = np.linalg.norm(outline, axis=1, keepdims=True)
    rings = [
        np.c_[outline * (1.0 - inset / reach), np.full(len(outline), z)] for inset, z in levels
    ]
    return shapes.loft(np.array(rings))


def frame(outer: np.ndarray, inner: np.ndarray, section: Sequence[tuple[float, float]]) -> Shape:
    """A frame between two outlines; its closed section lists (share, z), share 0 inner, 1 outer."""
    rings = [np.c_[inner + share * (outer - inner), np.full(len(inner), z)] for share, z in section]
    return shapes.loft(np.array(rings), closed=True)


def sample_moulding(
    rng: np.random.Generator, back: float, front: float
) -> list[tuple[float, float]]:
    """The section of a frame from z = back to about `front`: flat, round, dished or stepped."""
    kind = rng.choice(["flat", "round", "in", "out", "step"])
    high = front - back
    tops = {
        "flat": [(0.97, 0.97), (0.9, 1.0), (0.1, 1.0), (0.03, 0.97)],
        "round": [(1.0, 0.5), (0.93, 0.8), (0.72, 0.96), (0.5, 1.0), (0.28, 0.96), (0.07, 0.8)],
        "in": [(1.0, 0.9), (0.95, 1.0), (0.8, 1.0), (0.5, 0.75), (0.2, 0.55), (0.0, 0.5)],
        "out": [(1.0, 0.35), (0.8, 0.45), (0.45, 0.75), (0.25, 1.0), (0.06, 1.0), (0.0, 0.95)],
        "step": [(1.0, 0.6), (0.62, 0.6), (0.6, 0.8), (0.36, 0.8), (0.34, 1.0), (0.03, 1.0)],
    }
    return [(0.0, back), (1.0, back), *((share, back + at * high) for share, at in tops[str(kind)])]


def knob(radius: float, length: float, material: bpy.types.Material) -> Shape:
    """A knurled knob on z = 0, rising along +Z."""
    turns = np.linspace(0.0, 2 * np.pi, 36, endpoint=False)
    radii = radius * (1.0 + 0.06 * np.sign(np.sin(9 * turns + 0.1)))
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii[:, None]
    levels = [(1.0, 0.0), (1.0, 0.85 * length), (0.85, length)]
    return shapes.loft(
        np.array([np.c_[ring * s, np.full(36, z)] for s, z in levels])
    ).with_material(material)
