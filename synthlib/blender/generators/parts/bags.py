"""What packs are sewn of: stuffed bags, the lines along their rims, the harness behind; metres.

A pack's own frame: x to its right, y up, z to the front, its back in the plane z = 0.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class Backpack:
    """Sizes in metres and materials of one pack; `bulge` is how far the front swells."""

    width: float
    height: float
    depth: float
    bulge: float
    top_radius: float  # radius of the upper corners
    body: bpy.types.Material
    second: bpy.types.Material
    web: bpy.types.Material
    zip: bpy.types.Material
    trim: bpy.types.Material

    @property
    def front_z(self) -> float:
        """How far forward the body reaches, z."""
        return self.depth + self.bulge


def stuffed_bag(
    width: float, height: float, depth: float, bulge: float, top_radius: float
) -> Shape:
    """A stuffed bag: flat behind at z = 0, round edges, swelling in front to depth + bulge."""
    behind, (ahead, low) = 0.15 * depth, _corner_radii(depth, top_radius, height)
    turn = np.linspace(0.0, np.pi / 2, 5)
    profile = [(behind * (1 - np.sin(a)), behind * (1 - np.cos(a))) for a in turn]
    profile += [(-0.03 * depth, depth / 2)]
    profile += [(ahead * (1 - np.cos(a)), depth - ahead * (1 - np.sin(a))) for a in turn]
    most = 0.45 * min(width, height)
    for inset in np.linspace(ahead, most, 8)[1:]:
        share = (inset - ahead) / (most - ahead)
        profile.append((inset, depth + bulge * (1 - (1 - share) ** 2)))
    return shapes.slab(
        width, height, profile, (top_radius, top_radius, low, low), segments=10, resample_count=112
    )


def _corner_radii(depth: float, top_radius: float, height: float) -> tuple[float, float]:
    """How round a bag is: its edge to the front, its lower corners."""
    return min(0.3 * depth, 0.06), min(0.3 * top_radius + 0.02, 0.25 * height)


def rim_path(
    width: float, height: float, depth: float, top_radius: float, min_y: float, *, on_side: bool
) -> tuple:
    """Around a `_cushion` above y = low: on its side, or on the round edge to the front.

    Points, right to left over the top, and the directions in the surface across it, (N, 3) each.
    """
    (ahead, lower), inset, z = _corner_radii(depth, top_radius, height), -0.03 * depth, 0.5 * depth
    if not on_side:
        inset, z = 0.29 * ahead, depth - 0.29 * ahead
    outline = shapes.resample_polygon(
        shapes.rounded_rectangle(width, height, (top_radius, top_radius, lower, lower), 10), 160
    )
    outline = outline * (1 - 2 * inset / np.array([width, height]))
    outline = np.roll(outline, -int(np.argmin(outline @ [0.1, 1.0])), axis=0)
    along = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    inward = np.c_[-along[:, 1], along[:, 0]] / np.linalg.norm(along, axis=1, keepdims=True)
    across = np.c_[inward * (not on_side), np.ones(len(along))]
    kept = outline[:, 1] > min_y
    return np.c_[outline, np.full(len(outline), z)][kept], across[kept]


def straps(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Two padded shoulder straps looping behind, webbing from their ends to the lower corners."""
    h, w, slack = pack.height, pack.width, rng.uniform(0.05, 0.09)
    at = np.linspace(0.0, 1.0, 40)
    knots = [(0.17 * w, 0.44 * h, 0.012), (0.2 * w, 0.45 * h, -0.4 * slack)]
    knots += [(0.29 * w, 0.2 * h, -slack), (0.36 * w, -0.15 * h, -0.8 * slack)]
    knots += [(0.4 * w, -0.42 * h, 0.012)]
    path = shapes.smooth_interpolation(at, [0.0, 0.09, 0.4, 0.7, 1.0], knots)
    wide, padding = rng.uniform(0.055, 0.072), rng.uniform(0.01, 0.016)
    widths = shapes.smooth_interpolation(
        at, [0.0, 0.1, 0.66, 0.7, 1.0], [0.8 * wide, wide, wide, 0.024, 0.024]
    )
    thick = shapes.smooth_interpolation(
        at, [0.0, 0.1, 0.66, 0.7, 1.0], [0.006, padding, padding, 0.004, 0.004]
    )
    paths = (path, path * [-1.0, 1.0, 1.0])
    return [shapes.ribbon(p, widths, thick, (1.0, 0.0, 0.0)).with_material(pack.web) for p in paths]


def handle(pack: Backpack) -> list[Shape]:
    """The loop of webbing on top."""
    a = np.linspace(0.0, np.pi, 16)
    arch = np.stack([0.045 * np.cos(a), 0.5 * pack.height - 0.012 + 0.05 * np.sin(a), 0.03 + 0 * a])
    return [shapes.ribbon(arch.T, 0.022, 0.007, (0.0, 0.0, 1.0)).with_material(pack.web)]


def back_pads(pack: Backpack) -> list[Shape]:
    """Two pads that rest on the wearer's back."""
    pad = stuffed_bag(0.3 * pack.width, 0.68 * pack.height, 0.02, 0.006, 0.03).rotated("y", 180.0)
    sides = (-0.2 * pack.width, 0.2 * pack.width)
    return [pad.translated(x, -0.04 * pack.height, 0.008).with_material(pack.web) for x in sides]
