"""Stuffed bags and the lines along their rims, for packs and pockets; metres."""

import numpy as np

from synthlib.blender import shapes
from synthlib.blender.shapes import Shape


def cushion(width: float, height: float, depth: float, bulge: float, top: float) -> Shape:
    """A stuffed bag: flat behind at z = 0, round edges, swelling in front to depth + bulge."""
    behind, (ahead, low) = 0.15 * depth, _radii(depth, top, height)
    turn = np.linspace(0.0, np.pi / 2, 5)
    profile = [(behind * (1 - np.sin(a)), behind * (1 - np.cos(a))) for a in turn]
    profile += [(-0.03 * depth, depth / 2)]
    profile += [(ahead * (1 - np.cos(a)), depth - ahead * (1 - np.sin(a))) for a in turn]
    most = 0.45 * min(width, height)
    for inset in np.linspace(ahead, most, 8)[1:]:
        share = (inset - ahead) / (most - ahead)
        profile.append((inset, depth + bulge * (1 - (1 - share) ** 2)))
    return shapes.slab(width, height, profile, (top, top, low, low), segments=10, points=112)


def _radii(depth: float, top: float, height: float) -> tuple[float, float]:
    """How round a bag is: its edge to the front, its lower corners."""
    return min(0.3 * depth, 0.06), min(0.3 * top + 0.02, 0.25 * height)


def rim(width: float, height: float, depth: float, top: float, low: float, *, side: bool) -> tuple:
    """Around a `_cushion` above y = low: on its side, or on the round edge to the front.

    Points, right to left over the top, and the directions in the surface across it, (N, 3) each.
    """
    (ahead, lower), inset, z = _radii(depth, top, height), -0.03 * depth, 0.5 * depth
    if not side:
        inset, z = 0.29 * ahead, depth - 0.29 * ahead
    outline = shapes.resampled(shapes.rounded(width, height, (top, top, lower, lower), 10), 160)
    outline = outline * (1 - 2 * inset / np.array([width, height]))
    outline = np.roll(outline, -int(np.argmin(outline @ [0.1, 1.0])), axis=0)
    along = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    inward = np.c_[-along[:, 1], along[:, 0]] / np.linalg.norm(along, axis=1, keepdims=True)
    across = np.c_[inward * (not side), np.ones(len(along))]
    kept = outline[:, 1] > low
    return np.c_[outline, np.full(len(outline), z)][kept], across[kept]
