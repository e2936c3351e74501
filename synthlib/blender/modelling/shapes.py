"""Closed shells of numpy arrays: lathed, swept, lofted, extruded, moved into place.

A `Shape` is vertices and faces in metres, outward normals, with the material its faces wear;
`meshes.assemble` makes one mesh object of many.
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

    vertices float64 (N, 3), metres; faces a tuple of int arrays (M, k), k corners a face, counter-
    clockwise from outside; paint float64 (N, 3) is what a material reads with `Graph.paint`.
    """

    vertices: np.ndarray
    faces: tuple[np.ndarray, ...]
    material: bpy.types.Material | None = None
    vertex_attribute: np.ndarray | None = None

    def with_material(self, material: bpy.types.Material) -> "Shape":
        """The same in a material."""
        return replace(self, material=material)

    def translated(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Shape":
        """Moved by metres."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def rotated(self, axes: str, *degrees: float) -> "Shape":
        """Turned about the fixed axes named, in that order, e.g. `turned("zx", 30, 90)`."""
        rotation = Rotation.from_euler(axes, list(degrees), degrees=True)
        return replace(self, vertices=rotation.apply(self.vertices))

    def deformed(self, function: Callable[[np.ndarray], np.ndarray]) -> "Shape":
        """Its vertices (N, 3) sent through `function`, which must not turn it inside out."""
        return replace(self, vertices=function(self.vertices))


def loft(rings: np.ndarray, *, closed: bool = False) -> Shape:
    """The shell through rings (R, K, 3) of points, its ends capped, or joined if `closed`.

    Either sense of the rings will do: the shell is turned to face outward.
    """
    count, around = rings.shape[:2]
    i, j = np.meshgrid(np.arange(count if closed else count - 1), np.arange(around), indexing="ij")
    above, beside = (i + 1) % count, (j + 1) % around
    corners = [(i, j), (i, beside), (above, beside), (above, j)]
    faces = [np.stack([(a * around + b).ravel() for a, b in corners], axis=1)]
    if not closed:
        ends = np.arange(around)
        faces += [ends[None, ::-1], ends[None] + (count - 1) * around]
    vertices = rings.reshape(-1, 3)
    outward = 1 if _signed_volume(vertices, faces) >= 0.0 else -1
    return Shape(vertices, tuple(face[:, ::outward] for face in faces))


def _signed_volume(vertices: np.ndarray, faces: Sequence[np.ndarray]) -> float:
    total, middle = 0.0, vertices.mean(axis=0)
    for corners in faces:
        points = vertices[corners] - middle
        for k in range(1, corners.shape[1] - 1):
            total += np.einsum("ni,ni->", points[:, 0], np.cross(points[:, k], points[:, k + 1]))
    return total


def rounded_rectangle(
    width: float, depth: float, radii: Sequence[float], segments: int = 4
) -> np.ndarray:
    """float64 (4 (segments + 1), 2): a rectangle about the origin with rounded corners, ccw.

    radii in metres: of the corners at (+, +), (-, +), (-, -), (+, -), or one for all; they are cut
    to half the shorter side.
    """
    most = 0.5 * min(width, depth)
    turns = np.radians(np.linspace(0.0, 90.0, segments + 1))
    points, signs = [], np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    for k, radius in enumerate(np.clip(np.broadcast_to(radii, 4), 1e-5, most)):
        angles = turns + k * np.pi / 2
        arc = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
        points.append(arc + signs[k] * (np.array([width, depth]) / 2 - radius))
    return np.concatenate(points)


def resample_polygon(outline: np.ndarray, count: int) -> np.ndarray:
    """float64 (count, D): the closed polygon `outline` (K, D) at equal steps of arc length."""
    closed = np.vstack([outline, outline[:1]])
    steps = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))]
    at = np.linspace(0.0, steps[-1], count, endpoint=False)
    return np.stack([np.interp(at, steps, column) for column in closed.T], axis=1)


def slab(
    width: float,
    depth: float,
    profile: Sequence[tuple],
    radii: float | Sequence[float],
    *,
    segments: int = 4,
    resample_count: int | None = None,
) -> Shape:
    """A rounded rectangle stacked along +Z: a box, key, button, disc or cushion.

    profile lists (inset, z) from the bottom up, metres: the outline at height z is narrower by
    `inset` on every side, its corners likewise. points resamples the outline, for bending it.
    """
    outline, size, rings = (
        rounded_rectangle(width, depth, radii, segments),
        np.array([width, depth]),
        [],
    )
    for inset, z in profile:
        if resample_count is None:
            corners = np.maximum(np.broadcast_to(radii, 4) - inset, 1e-4)
            ring = rounded_rectangle(width - 2 * inset, depth - 2 * inset, corners, segments)
        else:  # scaled, so that the points of all rings correspond
            ring = resample_polygon(outline, resample_count) * (size - 2 * inset) / size
        rings.append(np.c_[ring, np.full(len(ring), z)])
    return loft(np.array(rings))


def fillet_profile(height: float, radius: float, base: float = 0.0, steps: int = 3) -> list:
    """A profile for `slab`: straight sides from z = base, a quarter round of `radius` on top."""
    angles = np.linspace(0.0, np.pi / 2, steps + 1)
    top = [(radius * (1 - np.cos(a)), base + height - radius * (1 - np.sin(a))) for a in angles]
    return [(0.0, base), *top]


def box(width: float, depth: float, height: float, radius: float = 0.002) -> Shape:
    """A box with rounded edges, centred on the z axis, resting on z = 0; metres."""
    radius = min(radius, 0.45 * min(width, depth, height))
    top = fillet_profile(height - radius, radius, base=radius)
    bottom = [(inset, height - z) for inset, z in reversed(top[1:])]
    return slab(width, depth, [*bottom, *top], radius)


def prism(outline: ArrayLike, height: float, bevel: float = 0.0) -> Shape:
    """A polygon (K, 2), also a concave one, raised from z = 0 to height; metres.

    bevel draws its top in towards the middle of the points: for convex outlines only.
    """
    points = np.asarray(outline, dtype=float)
    middle = points.mean(axis=0)
    reach = np.linalg.norm(points - middle, axis=1).max()
    top = middle + (points - middle) * (1.0 - bevel / reach)
    levels = [(points, 0.0), (points, height - bevel), (top, height)]
    levels = levels if bevel else [levels[0], (points, height)]
    return loft(np.array([np.c_[at, np.full(len(at), z)] for at, z in levels]))


def lathe(profile: ArrayLike, segments: int = 64) -> Shape:
    """A profile (N, 2) of (radius, z) turned about the z axis, its ends closed by discs; metres.

    For a vessel the profile goes out along the bottom, up, over the lip and down inside again.
    """
    radii, heights = np.asarray(profile, dtype=float).T
    circle = _unit_circle(segments)
    rings = np.maximum(radii, 1e-5)[:, None, None] * circle
    level = np.broadcast_to(heights[:, None, None], (len(radii), segments, 1))
    return loft(np.concatenate([rings, level], axis=2))


def lathe_closed_section(section: ArrayLike, segments: int = 64) -> Shape:
    """A closed section (K, 2) of (radius, z) turned about the z axis: a rim, bezel or torus."""
    radii, heights = np.asarray(section, dtype=float).T
    circle = _unit_circle(segments)[:, None, :]
    level = np.broadcast_to(heights[None, :, None], (segments, len(radii), 1))
    return loft(np.concatenate([radii[None, :, None] * circle, level], axis=2), closed=True)


def sweep(path: np.ndarray, sections: np.ndarray, side: ArrayLike) -> Shape:
    """A section carried along path (N, 3).

    sections (N, K, 2) or (K, 2): offsets in metres along `side`, squared to the path, and along
    the path's normal. side, one vector or (N, 3), is never parallel to the path.
    """
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.broadcast_to(side, path.shape)
    across = across - np.sum(along * across, axis=1, keepdims=True) * along
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    normal = np.cross(along, across)
    offsets = np.broadcast_to(sections, (len(path), *np.shape(sections)[-2:]))
    rings = path[:, None] + offsets[..., :1] * across[:, None] + offsets[..., 1:] * normal[:, None]
    return loft(rings)


def _unit_circle(points: int, start: float = 0.0) -> np.ndarray:
    turns = np.linspace(0.0, 2 * np.pi, points, endpoint=False) + start
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def tube(path: np.ndarray, radii: float | np.ndarray, side: ArrayLike, segments: int = 10) -> Shape:
    """A round tube along path (N, 3); radii in metres, one or a point of the path each."""
    sizes = np.broadcast_to(radii, len(path))[:, None, None]
    return sweep(path, sizes * _unit_circle(segments), side)


def rod(start: ArrayLike, end: ArrayLike, radius: float, segments: int = 12) -> Shape:
    """A straight round bar between two points; metres."""
    path = np.array([start, end], dtype=float)
    along = path[1] - path[0]
    side = np.eye(3)[np.argmin(np.abs(along))]  # the axis least parallel to the bar
    return tube(path, radius, side, segments)


def ribbon(
    path: np.ndarray,
    widths: float | np.ndarray,
    thicknesses: float | np.ndarray,
    side: ArrayLike,
) -> Shape:
    """A flat band along path (N, 3), its width along `side`; metres, one or a point each."""
    section = _unit_circle(16, start=np.pi / 16)
    section = np.sign(section) * np.abs(section) ** [0.35, 0.6]
    extent = np.stack(np.broadcast_arrays(widths, thicknesses, np.empty(len(path))), axis=1)[:, :2]
    return sweep(path, 0.5 * extent[:, None] * section, side)


def sphere(radius: float, segments: int = 96) -> Shape:
    """A sphere about the origin."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    angles[[0, -1]] *= 1 - 0.1 / segments  # the caps: poles without degenerate quads
    circle = _unit_circle(segments)
    rings = [np.c_[np.cos(a) * circle, np.full(segments, np.sin(a))] for a in angles]
    return loft(radius * np.array(rings))


def smooth_interpolation(
    positions: np.ndarray, knots: Sequence[float], values: Sequence
) -> np.ndarray:
    """A smooth curve through values at rising knots, without overshoot; values may be vectors."""
    return PchipInterpolator(knots, np.array(values, dtype=float), axis=0)(positions)


def random_displacement(rng: np.random.Generator, amplitude: float, wavelength: float) -> Callable:
    """A smooth displacement for `bent`: up to about `size` metres, waves of about `length`."""
    waves = rng.normal(size=(4, 3))
    waves *= 2 * np.pi / (wavelength * np.linalg.norm(waves, axis=1, keepdims=True))
    phases, pushes = rng.uniform(0, 2 * np.pi, 4), rng.normal(size=(4, 3)) * amplitude / 3
    return lambda points: points + np.sin(points @ waves.T + phases) @ pushes
