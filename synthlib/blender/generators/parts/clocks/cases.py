"""Cases of clocks: outlines about the origin, and plates and frames made of them.

Like dials they lie in the x-y plane, facing +Z, up towards +Y. Every outline has 160 points, and
point k lies in direction k seen from the origin (the outlines are star-shaped), so that a frame can
connect any two. Lengths are in metres.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape

_DIRECTIONS = np.linspace(0.0, 2 * np.pi, 160, endpoint=False)
"""Angles counter-clockwise from +X, radians; those of the corners of squares, octagons and
five-pointed stars are among them."""


def polar_outline(radii: np.ndarray | float) -> np.ndarray:
    """Return the points (160, 2) at `radii` metres in each direction; a circle for one radius."""
    return (
        np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)], axis=1)
        * np.broadcast_to(radii, 160)[:, None]
    )


def star_shaped_outline(points: shapes.ArrayLike) -> np.ndarray:
    """Return the outline (160, 2) of a polygon (K, 2) that is star-shaped about the origin."""
    dense = shapes.resample_polygon(np.asarray(points, dtype=float), 3000)
    angles = np.arctan2(dense[:, 1], dense[:, 0])
    return polar_outline(
        np.interp(_DIRECTIONS, angles, np.linalg.norm(dense, axis=1), period=2 * np.pi)
    )


def regular_polygon(corners: int, apothem: float) -> np.ndarray:
    """Return a regular polygon (160, 2) resting on a side; `apothem` is its incircle's radius."""
    start = np.pi / corners - np.pi / 2
    angles = np.mod(_DIRECTIONS - start + 1e-9, 2 * np.pi / corners) - np.pi / corners
    return polar_outline(apothem / np.cos(angles))


def superellipse(width: float, height: float, exponent: float) -> np.ndarray:
    """Return a superellipse (160, 2): an ellipse for exponent 2, almost a rectangle for 10."""
    sums = (
        np.abs(np.cos(_DIRECTIONS) * 2 / width) ** exponent
        + np.abs(np.sin(_DIRECTIONS) * 2 / height) ** exponent
    )
    return polar_outline(sums ** (-1 / exponent))


def scalloped_circle(radius: float, lobes: int, depth: float) -> np.ndarray:
    """Return a circle (160, 2) with round lobes, as of a flower or a pie.

    Args:
        depth: Depth of the notches between lobes, as a share of the radius.
    """
    return polar_outline(
        radius * (1.0 - depth + depth * np.abs(np.cos(lobes / 2 * (_DIRECTIONS - np.pi / 2))))
    )


def star(radius: float, inner_ratio: float, points: int = 5) -> np.ndarray:
    """Return a star (160, 2), one point up.

    Args:
        inner_ratio: Radius of the notches, as a share of the radius of the points.
    """
    angles = np.pi / 2 + np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, inner_ratio, 1.0) * radius
    return star_shaped_outline(np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None])


def heart(radius: float) -> np.ndarray:
    """Return a heart (160, 2) about 2.5 radii wide, its notch 0.6 radii above the origin."""
    t = np.linspace(0.0, 2 * np.pi, 200, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return star_shaped_outline(np.stack([16 * np.sin(t) ** 3, y + 3.0], axis=1) * (radius / 13.0))


def arch(width: float, height: float, gable_height: float = 0.0) -> np.ndarray:
    """Return an upright outline (160, 2) with a round top or a gable.

    Args:
        gable_height: Height of the gable as a share of the width; 0 for a round top.
    """
    x, bottom, top = width / 2, -0.45 * height, 0.55 * height
    if gable_height:
        eaves = top - gable_height * width
        return star_shaped_outline([(-x, bottom), (x, bottom), (x, eaves), (0.0, top), (-x, eaves)])
    angles = np.linspace(0.0, np.pi, 40)
    arc = np.stack([x * np.cos(angles), top - x + x * np.sin(angles)], axis=1)
    return star_shaped_outline(np.vstack([[(-x, bottom), (x, bottom)], arc]))


def cat(radius: float) -> np.ndarray:
    """Return a round head with two pointed ears, (160, 2)."""
    angles = _DIRECTIONS - np.pi / 2
    ears = [np.maximum(1.0 - np.abs(np.abs(angles) - np.pi / 4.6) / 0.34, 0.0)]
    ears.append(np.maximum(1.0 - np.abs(np.abs(angles - 2 * np.pi) - np.pi / 4.6) / 0.34, 0.0))
    return polar_outline(radius * (1.0 + 0.42 * np.maximum(*ears)))


def extrude_outline(outline: np.ndarray, levels: Sequence[tuple[float, float]]) -> Shape:
    """Build a plate or drum from an outline.

    Args:
        outline: Points (K, 2), metres.
        levels: (inset, z) from the bottom up: the outline is narrowed by the inset at height z.
    """
    distances = np.linalg.norm(outline, axis=1, keepdims=True)
    rings = [
        np.c_[outline * (1.0 - inset / distances), np.full(len(outline), z)] for inset, z in levels
    ]
    return shapes.loft(np.array(rings))


def frame(outer: np.ndarray, inner: np.ndarray, section: Sequence[tuple[float, float]]) -> Shape:
    """Build a frame between two outlines of equally many points.

    Args:
        section: Closed section of the frame as (share, z), share 0 at `inner` and 1 at `outer`.
    """
    rings = [np.c_[inner + share * (outer - inner), np.full(len(inner), z)] for share, z in section]
    return shapes.loft(np.array(rings), closed=True)


def sample_moulding(
    rng: np.random.Generator, back: float, front: float
) -> list[tuple[float, float]]:
    """Sample the section of a frame from z = back to about `front`: flat, round, dished or stepped.

    Returns:
        (share, z) as `frame` takes them.
    """
    kind = rng.choice(["flat", "round", "in", "out", "step"])
    height = front - back
    profiles = {
        "flat": [(0.97, 0.97), (0.9, 1.0), (0.1, 1.0), (0.03, 0.97)],
        "round": [(1.0, 0.5), (0.93, 0.8), (0.72, 0.96), (0.5, 1.0), (0.28, 0.96), (0.07, 0.8)],
        "in": [(1.0, 0.9), (0.95, 1.0), (0.8, 1.0), (0.5, 0.75), (0.2, 0.55), (0.0, 0.5)],
        "out": [(1.0, 0.35), (0.8, 0.45), (0.45, 0.75), (0.25, 1.0), (0.06, 1.0), (0.0, 0.95)],
        "step": [(1.0, 0.6), (0.62, 0.6), (0.6, 0.8), (0.36, 0.8), (0.34, 1.0), (0.03, 1.0)],
    }
    return [
        (0.0, back),
        (1.0, back),
        *((share, back + z_share * height) for share, z_share in profiles[str(kind)]),
    ]


def knob(radius: float, length: float, material: bpy.types.Material) -> Shape:
    """Build a knurled knob on z = 0, rising along +Z."""
    angles = np.linspace(0.0, 2 * np.pi, 36, endpoint=False)
    radii = radius * (1.0 + 0.06 * np.sign(np.sin(9 * angles + 0.1)))
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
    levels = [(1.0, 0.0), (1.0, 0.85 * length), (0.85, length)]
    return shapes.loft(
        np.array([np.c_[ring * s, np.full(36, z)] for s, z in levels])
    ).with_material(material)
