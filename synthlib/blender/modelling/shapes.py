"""Closed shells as numpy arrays: lofted, swept, extruded and lathed, then moved into place.

A `Shape` has vertices in metres, faces whose normals point outward, and the material of its faces.
`meshes.assemble` joins shapes into one mesh object of Blender.

Outlines, profiles and sections are lists of points: an *outline* is a closed polygon in the x-y
plane, a *profile* an open polyline of (distance, height), a *section* a closed polygon that is
swept along a path or about an axis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation

ArrayLike = Sequence | np.ndarray


@dataclass(frozen=True)
class Shape:
    """A part of an object.

    Attributes:
        vertices: float64 (N, 3), metres.
        faces: int arrays (M, k), one for each number k of corners, with indices of vertices,
            counterclockwise seen from outside.
        material: Material of all faces.
        vertex_attribute: float64 (N, 3), values that the material reads with
            `NodeGraph.vertex_attribute`.
    """

    vertices: np.ndarray
    faces: tuple[np.ndarray, ...]
    material: bpy.types.Material | None = None
    vertex_attribute: np.ndarray | None = None

    def with_material(self, material: bpy.types.Material) -> "Shape":
        """Return the shape with another material."""
        return replace(self, material=material)

    def translated(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Shape":
        """Return the shape moved by a distance in metres along each axis."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def rotated(self, axes: str, *degrees: float) -> "Shape":
        """Return the shape rotated about fixed axes, in their order: `rotated("zx", 30, 90)`."""
        rotation = Rotation.from_euler(axes, list(degrees), degrees=True)
        return replace(self, vertices=rotation.apply(self.vertices))

    def deformed(self, function: Callable[[np.ndarray], np.ndarray]) -> "Shape":
        """Return the shape with its vertices (N, 3) mapped by `function`.

        `function` must not turn the shape inside out.
        """
        return replace(self, vertices=function(self.vertices))


def loft(rings: np.ndarray, *, closed: bool = False) -> Shape:
    """Connect rings of points by a shell.

    Args:
        rings: float (R, K, 3), R rings of K corresponding points, clockwise or counterclockwise:
            the faces are turned outward.
        closed: If true, connect the last ring to the first; else close both ends by caps.
    """
    ring_count, ring_size = rings.shape[:2]
    ring, point = np.meshgrid(
        np.arange(ring_count if closed else ring_count - 1), np.arange(ring_size), indexing="ij"
    )
    next_ring = (ring + 1) % ring_count
    next_point = (point + 1) % ring_size
    corners = [(ring, point), (ring, next_point), (next_ring, next_point), (next_ring, point)]
    faces = [np.stack([(i * ring_size + j).ravel() for i, j in corners], axis=1)]
    if not closed:
        cap = np.arange(ring_size)[None]
        faces += [cap[:, ::-1], cap + (ring_count - 1) * ring_size]
    vertices = rings.reshape(-1, 3)
    direction = 1 if _signed_volume(vertices, faces) >= 0.0 else -1
    return Shape(vertices, tuple(indices[:, ::direction] for indices in faces))


def _signed_volume(vertices: np.ndarray, faces: Sequence[np.ndarray]) -> float:
    """Six times the volume enclosed by faces, negative if their normals point inward."""
    volume = 0.0
    centre = vertices.mean(axis=0)
    for corners in faces:
        points = vertices[corners] - centre
        fans = np.cross(points[:, 1:-1], points[:, 2:]).sum(axis=1)  # triangles at the first corner
        volume += float(np.einsum("ni,ni->", points[:, 0], fans))
    return volume


def rounded_rectangle(
    width: float, depth: float, radii: float | Sequence[float], segments: int = 4
) -> np.ndarray:
    """Outline of a rectangle about the origin with rounded corners.

    Args:
        width: Size along x in metres.
        depth: Size along y in metres.
        radii: Metres, of the corners at (+, +), (-, +), (-, -), (+, -), or one for all. They are
            clipped to half the shorter side.
        segments: Edges per corner.

    Returns:
        float64 (4 (segments + 1), 2), counterclockwise.
    """
    max_radius = 0.5 * min(width, depth)
    quarter_turn = np.radians(np.linspace(0.0, 90.0, segments + 1))
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    arcs = []
    for k, radius in enumerate(np.clip(np.broadcast_to(radii, 4), 1e-5, max_radius)):
        angles = quarter_turn + k * np.pi / 2
        arc = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
        arcs.append(arc + signs[k] * (np.array([width, depth]) / 2 - radius))
    return np.concatenate(arcs)


def resample_polygon(outline: np.ndarray, count: int) -> np.ndarray:
    """Resample a closed polygon (K, D) at equal steps of arc length; float64 (count, D)."""
    closed = np.vstack([outline, outline[:1]])
    arc_lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))]
    positions = np.linspace(0.0, arc_lengths[-1], count, endpoint=False)
    return np.stack([np.interp(positions, arc_lengths, column) for column in closed.T], axis=1)


def slab(
    width: float,
    depth: float,
    profile: Sequence[tuple],
    radii: float | Sequence[float],
    *,
    segments: int = 4,
    resample_count: int | None = None,
) -> Shape:
    """Stack rounded rectangles along +Z: a box, key, button, disc or cushion.

    Args:
        width: Size along x in metres.
        depth: Size along y in metres.
        profile: Pairs (inset, z) in metres from the bottom up: at height z, the outline is
            narrower by `inset` on every side, and so are the radii of its corners.
        radii: As for `rounded_rectangle`.
        segments: Edges per corner.
        resample_count: Number of equally spaced points that the outline is resampled to, for a
            slab that will be deformed; None keeps the points of the rounded rectangle.
    """
    outline = rounded_rectangle(width, depth, radii, segments)
    size = np.array([width, depth])
    rings = []
    for inset, z in profile:
        if resample_count is None:
            inset_radii = np.maximum(np.broadcast_to(radii, 4) - inset, 1e-4)
            ring = rounded_rectangle(width - 2 * inset, depth - 2 * inset, inset_radii, segments)
        else:
            # Scaled instead of inset, so that the points of all rings correspond.
            ring = resample_polygon(outline, resample_count) * (size - 2 * inset) / size
        rings.append(np.c_[ring, np.full(len(ring), z)])
    return loft(np.array(rings))


def fillet_profile(height: float, radius: float, base: float = 0.0, steps: int = 3) -> list:
    """Profile for `slab` with straight sides and a rounded top edge.

    Args:
        height: Metres from bottom to top.
        radius: Radius of the rounded edge in metres.
        base: z of the bottom.
        steps: Number of segments of the rounded edge.

    Returns:
        Pairs (inset, z) in metres, from the bottom up.
    """
    angles = np.linspace(0.0, np.pi / 2, steps + 1)
    top = [(radius * (1 - np.cos(a)), base + height - radius * (1 - np.sin(a))) for a in angles]
    return [(0.0, base), *top]


def box(width: float, depth: float, height: float, radius: float = 0.002) -> Shape:
    """A box with rounded edges, centred on the z axis and resting on z = 0; metres."""
    radius = min(radius, 0.45 * min(width, depth, height))
    top = fillet_profile(height - radius, radius, base=radius)
    bottom = [(inset, height - z) for inset, z in reversed(top[1:])]
    return slab(width, depth, [*bottom, *top], radius)


def prism(outline: ArrayLike, height: float, bevel: float = 0.0) -> Shape:
    """Extrude a polygon from z = 0 upwards.

    Args:
        outline: (K, 2) in metres, convex or concave.
        height: Metres.
        bevel: Height of a bevel of the top edge in metres; only for convex outlines, because the
            top is scaled towards the mean of the points.
    """
    points = np.asarray(outline, dtype=float)
    levels = [(points, 0.0), (points, height - bevel)]
    if bevel:
        centre = points.mean(axis=0)
        radius = np.linalg.norm(points - centre, axis=1).max()
        levels.append((centre + (points - centre) * (1.0 - bevel / radius), height))
    return loft(np.array([np.c_[ring, np.full(len(ring), z)] for ring, z in levels]))


def lathe(profile: ArrayLike, segments: int = 64) -> Shape:
    """Rotate a profile about the z axis; its ends are closed by discs.

    Args:
        profile: (N, 2), pairs (radius, z) in metres. For a vessel it runs outward along the bottom,
            up, over the lip and down again on the inside.
        segments: Vertices per turn.
    """
    radii, heights = np.asarray(profile, dtype=float).T
    circle = _unit_circle(segments)
    # a radius of 0 would make faces without an area
    rings = np.maximum(radii, 1e-5)[:, None, None] * circle
    levels = np.broadcast_to(heights[:, None, None], (len(radii), segments, 1))
    return loft(np.concatenate([rings, levels], axis=2))


def lathe_closed_section(section: ArrayLike, segments: int = 64) -> Shape:
    """Rotate a closed section (K, 2) of (radius, z) about the z axis: a rim, bezel or torus."""
    radii, heights = np.asarray(section, dtype=float).T
    circle = _unit_circle(segments)[:, None, :]
    levels = np.broadcast_to(heights[None, :, None], (segments, len(radii), 1))
    return loft(np.concatenate([radii[None, :, None] * circle, levels], axis=2), closed=True)


def sweep(path: np.ndarray, sections: np.ndarray, side: ArrayLike) -> Shape:
    """Carry a section along a path.

    Args:
        path: float (N, 3), metres.
        sections: float (K, 2), or (N, K, 2) for one section per point of the path: offsets in
            metres along `side`, and along the normal of path and side.
        side: Direction (3,), or (N, 3), never parallel to the path. Its component along the path is
            removed.
    """
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    sides = np.broadcast_to(side, path.shape)
    sides = sides - np.sum(tangents * sides, axis=1, keepdims=True) * tangents
    sides /= np.linalg.norm(sides, axis=1, keepdims=True)
    normals = np.cross(tangents, sides)
    offsets = np.broadcast_to(sections, (len(path), *np.shape(sections)[-2:]))
    rings = path[:, None] + offsets[..., :1] * sides[:, None] + offsets[..., 1:] * normals[:, None]
    return loft(rings)


def _unit_circle(segments: int, start: float = 0.0) -> np.ndarray:
    """Points of the unit circle, float64 (segments, 2), from the angle `start` in radians."""
    angles = np.linspace(0.0, 2 * np.pi, segments, endpoint=False) + start
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def tube(path: np.ndarray, radii: float | np.ndarray, side: ArrayLike, segments: int = 10) -> Shape:
    """A round tube along a path.

    Args:
        path: float (N, 3), metres.
        radii: Metres, one or one per point of the path.
        side: As for `sweep`.
        segments: Vertices around the tube.
    """
    radii = np.broadcast_to(radii, len(path))[:, None, None]
    return sweep(path, radii * _unit_circle(segments), side)


def rod(start: ArrayLike, end: ArrayLike, radius: float, segments: int = 12) -> Shape:
    """A straight round bar between two points; metres."""
    path = np.array([start, end], dtype=float)
    direction = path[1] - path[0]
    side = np.eye(3)[np.argmin(np.abs(direction))]  # the axis that is least parallel to the bar
    return tube(path, radius, side, segments)


def ribbon(
    path: np.ndarray,
    widths: float | np.ndarray,
    thicknesses: float | np.ndarray,
    side: ArrayLike,
) -> Shape:
    """A flat band with rounded edges along a path.

    Args:
        path: float (N, 3), metres.
        widths: Metres along `side`, one or one per point of the path.
        thicknesses: Metres, one or one per point of the path.
        side: As for `sweep`.
    """
    section = _unit_circle(16, start=np.pi / 16)
    section = np.sign(section) * np.abs(section) ** [0.35, 0.6]  # almost a rectangle
    sizes = np.stack(np.broadcast_arrays(widths, thicknesses, np.empty(len(path))), axis=1)[:, :2]
    return sweep(path, 0.5 * sizes[:, None] * section, side)


def sphere(radius: float, segments: int = 96) -> Shape:
    """A sphere about the origin; `segments` vertices around its equator."""
    latitudes = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    latitudes[[0, -1]] *= 1 - 0.1 / segments  # small caps at the poles, not degenerate quads
    circle = _unit_circle(segments)
    rings = [np.c_[np.cos(a) * circle, np.full(segments, np.sin(a))] for a in latitudes]
    return loft(radius * np.array(rings))


def smooth_interpolation(
    positions: np.ndarray, knots: Sequence[float], values: Sequence
) -> np.ndarray:
    """Interpolate smoothly without overshoot (piecewise cubic, PCHIP).

    Args:
        positions: Positions to evaluate at.
        knots: Increasing positions of the given values.
        values: One value per knot, numbers or vectors of equal length.

    Returns:
        One value per position.
    """
    return PchipInterpolator(knots, np.array(values, dtype=float), axis=0)(positions)


def random_displacement(rng: np.random.Generator, amplitude: float, wavelength: float) -> Callable:
    """A smooth random deformation for `Shape.deformed`.

    Args:
        rng: Source of every random draw.
        amplitude: Approximate maximum of the displacement in metres.
        wavelength: Length of its waves in metres.

    Returns:
        A function of points, float64 (N, 3) in metres, that returns the displaced points.
    """
    waves = rng.normal(size=(4, 3))
    waves *= 2 * np.pi / (wavelength * np.linalg.norm(waves, axis=1, keepdims=True))
    phases = rng.uniform(0, 2 * np.pi, 4)
    displacements = rng.normal(size=(4, 3)) * amplitude / 3
    return lambda points: points + np.sin(points @ waves.T + phases) @ displacements
