"""Parts of backpacks: stuffed bags, paths along their rims, straps, handle and back pads.

In a pack's own frame x points to its right, y up and z to the front; its back is the plane z = 0.
Lengths are in metres.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class Backpack:
    """Dimensions in metres and materials of one pack.

    Attributes:
        bulge: Height by which the middle of the front swells beyond `depth`.
        top_radius: Radius of the upper corners.
    """

    width: float
    height: float
    depth: float
    bulge: float
    top_radius: float
    body: bpy.types.Material
    second_cloth: bpy.types.Material
    webbing: bpy.types.Material
    zipper: bpy.types.Material
    trim: bpy.types.Material

    @property
    def front_z(self) -> float:
        """Largest z of the body."""
        return self.depth + self.bulge


def stuffed_bag(
    width: float, height: float, depth: float, bulge: float, top_radius: float
) -> Shape:
    """Build a bag, flat at the back, z = 0, its front swelling to z = depth + bulge."""
    back_radius = 0.15 * depth
    front_radius, lower_radius = _corner_radii(depth, top_radius, height)
    angles = np.linspace(0.0, np.pi / 2, 5)
    profile = [(back_radius * (1 - np.sin(a)), back_radius * (1 - np.cos(a))) for a in angles]
    profile += [(-0.03 * depth, depth / 2)]
    profile += [
        (front_radius * (1 - np.cos(a)), depth - front_radius * (1 - np.sin(a))) for a in angles
    ]
    max_inset = 0.45 * min(width, height)
    for inset in np.linspace(front_radius, max_inset, 8)[1:]:
        inset_share = (inset - front_radius) / (max_inset - front_radius)
        profile.append((inset, depth + bulge * (1 - (1 - inset_share) ** 2)))
    return shapes.slab(
        width,
        height,
        profile,
        (top_radius, top_radius, lower_radius, lower_radius),
        segments=10,
        resample_count=112,
    )


def _corner_radii(depth: float, top_radius: float, height: float) -> tuple[float, float]:
    """Return the radii of a bag's front edge and of its lower corners."""
    return min(0.3 * depth, 0.06), min(0.3 * top_radius + 0.02, 0.25 * height)


def rim_path(
    width: float, height: float, depth: float, top_radius: float, min_y: float, *, on_side: bool
) -> tuple:
    """Return a path around a `stuffed_bag` above y = min_y.

    Args:
        on_side: Follow the middle of the side, not the round front edge.

    Returns:
        Points from right to left over the top, and the directions in the surface across the path,
        float64 (N, 3) each.
    """
    front_radius, lower_radius = _corner_radii(depth, top_radius, height)
    inset = -0.03 * depth
    z = 0.5 * depth
    if not on_side:
        inset, z = 0.29 * front_radius, depth - 0.29 * front_radius
    outline = shapes.resample_polygon(
        shapes.rounded_rectangle(
            width, height, (top_radius, top_radius, lower_radius, lower_radius), 10
        ),
        160,
    )
    outline = outline * (1 - 2 * inset / np.array([width, height]))
    outline = np.roll(outline, -int(np.argmin(outline @ [0.1, 1.0])), axis=0)
    tangents = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    normals = np.c_[-tangents[:, 1], tangents[:, 0]] / np.linalg.norm(
        tangents, axis=1, keepdims=True
    )
    cross_directions = np.c_[normals * (not on_side), np.ones(len(tangents))]
    is_above = outline[:, 1] > min_y
    return np.c_[outline, np.full(len(outline), z)][is_above], cross_directions[is_above]


def straps(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Build two padded shoulder straps, with webbing from their ends to the lower corners."""
    height = pack.height
    width = pack.width
    slack = rng.uniform(0.05, 0.09)
    positions = np.linspace(0.0, 1.0, 40)
    knots = [(0.17 * width, 0.44 * height, 0.012), (0.2 * width, 0.45 * height, -0.4 * slack)]
    knots += [(0.29 * width, 0.2 * height, -slack), (0.36 * width, -0.15 * height, -0.8 * slack)]
    knots += [(0.4 * width, -0.42 * height, 0.012)]
    path = shapes.smooth_interpolation(positions, [0.0, 0.09, 0.4, 0.7, 1.0], knots)
    strap_width = rng.uniform(0.055, 0.072)
    padding = rng.uniform(0.01, 0.016)
    widths = shapes.smooth_interpolation(
        positions,
        [0.0, 0.1, 0.66, 0.7, 1.0],
        [0.8 * strap_width, strap_width, strap_width, 0.024, 0.024],
    )
    thicknesses = shapes.smooth_interpolation(
        positions, [0.0, 0.1, 0.66, 0.7, 1.0], [0.006, padding, padding, 0.004, 0.004]
    )
    sides = (path, path * [-1.0, 1.0, 1.0])
    return [
        shapes.ribbon(side, widths, thicknesses, (1.0, 0.0, 0.0)).with_material(pack.webbing)
        for side in sides
    ]


def handle(pack: Backpack) -> list[Shape]:
    """Build the loop of webbing on top."""
    angles = np.linspace(0.0, np.pi, 16)
    arch = np.stack(
        [
            0.045 * np.cos(angles),
            0.5 * pack.height - 0.012 + 0.05 * np.sin(angles),
            0.03 + 0 * angles,
        ]
    )
    return [shapes.ribbon(arch.T, 0.022, 0.007, (0.0, 0.0, 1.0)).with_material(pack.webbing)]


def back_pads(pack: Backpack) -> list[Shape]:
    """Build two pads that rest on the wearer's back."""
    pad = stuffed_bag(0.3 * pack.width, 0.68 * pack.height, 0.02, 0.006, 0.03).rotated("y", 180.0)
    sides = (-0.2 * pack.width, 0.2 * pack.width)
    return [
        pad.translated(x, -0.04 * pack.height, 0.008).with_material(pack.webbing) for x in sides
    ]
