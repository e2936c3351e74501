"""Closed shells of numpy arrays, and the one mesh object that an instance is made of.

A `Shape` is vertices and faces in metres, outward normals, with the material its faces wear.
Generators make many, move them into place and `assemble` them: some hundred parts become one
mesh in milliseconds, where one operator call each would take seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation

Vectors = Sequence | np.ndarray


@dataclass(frozen=True)
class Shape:
    """A part of an object.

    vertices float64 (N, 3), metres; faces a tuple of int arrays (M, k), k corners a face, counter-
    clockwise from outside; paint float64 (N, 3) is what a material reads with `Graph.paint`.
    """

    vertices: np.ndarray
    faces: tuple[np.ndarray, ...]
    material: bpy.types.Material | None = None
    paint: np.ndarray | None = None

    def of(self, material: bpy.types.Material) -> "Shape":
        """The same in a material."""
        return replace(self, material=material)

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Shape":
        """Moved by metres."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def turned(self, axes: str, *degrees: float) -> "Shape":
        """Turned about the fixed axes named, in that order, e.g. `turned("zx", 30, 90)`."""
        rotation = Rotation.from_euler(axes, list(degrees), degrees=True)
        return replace(self, vertices=rotation.apply(self.vertices))

    def bent(self, function: Callable[[np.ndarray], np.ndarray]) -> "Shape":
        """Its vertices (N, 3) sent through `function`, which must not turn it inside out."""
        return replace(self, vertices=function(self.vertices))


def loft(rings: np.ndarray) -> Shape:
    """The shell through rings (R, K, 3) of points, its ends capped.

    Either sense of the rings will do: the shell is turned to face outward.
    """
    count, around = rings.shape[:2]
    i, j = np.meshgrid(np.arange(count - 1), np.arange(around), indexing="ij")
    beside = (j + 1) % around
    corners = [(i, j), (i, beside), (i + 1, beside), (i + 1, j)]
    quads = np.stack([(a * around + b).ravel() for a, b in corners], axis=1)
    ends = np.arange(around)
    faces = [quads, ends[None, ::-1], ends[None] + (count - 1) * around]
    vertices = rings.reshape(-1, 3)
    outward = 1 if _volume(vertices, faces) >= 0.0 else -1
    return Shape(vertices, tuple(face[:, ::outward] for face in faces))


def _volume(vertices: np.ndarray, faces: Sequence[np.ndarray]) -> float:
    total, middle = 0.0, vertices.mean(axis=0)
    for corners in faces:
        points = vertices[corners] - middle
        for k in range(1, corners.shape[1] - 1):
            total += np.einsum("ni,ni->", points[:, 0], np.cross(points[:, k], points[:, k + 1]))
    return total


def rounded(width: float, depth: float, radii: Sequence[float], segments: int = 4) -> np.ndarray:
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


def resampled(outline: np.ndarray, count: int) -> np.ndarray:
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
    points: int | None = None,
) -> Shape:
    """A rounded rectangle stacked along +Z: a box, key, button, disc or cushion.

    profile lists (inset, z) from the bottom up, metres: the outline at height z is narrower by
    `inset` on every side, its corners likewise. points resamples the outline, for bending it.
    """
    outline, size, rings = rounded(width, depth, radii, segments), np.array([width, depth]), []
    for inset, z in profile:
        if points is None:
            corners = np.maximum(np.broadcast_to(radii, 4) - inset, 1e-4)
            ring = rounded(width - 2 * inset, depth - 2 * inset, corners, segments)
        else:  # scaled, so that the points of all rings correspond
            ring = resampled(outline, points) * (size - 2 * inset) / size
        rings.append(np.c_[ring, np.full(len(ring), z)])
    return loft(np.array(rings))


def edge(height: float, radius: float, base: float = 0.0, steps: int = 3) -> list:
    """A profile for `slab`: straight sides from z = base, a quarter round of `radius` on top."""
    angles = np.linspace(0.0, np.pi / 2, steps + 1)
    top = [(radius * (1 - np.cos(a)), base + height - radius * (1 - np.sin(a))) for a in angles]
    return [(0.0, base), *top]


def sweep(path: np.ndarray, sections: np.ndarray, side: Vectors) -> Shape:
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


def _circle(points: int, start: float = 0.0) -> np.ndarray:
    turns = np.linspace(0.0, 2 * np.pi, points, endpoint=False) + start
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def tube(path: np.ndarray, radii: float | np.ndarray, side: Vectors, around: int = 10) -> Shape:
    """A round tube along path (N, 3); radii in metres, one or a point of the path each."""
    sizes = np.broadcast_to(radii, len(path))[:, None, None]
    return sweep(path, sizes * _circle(around), side)


def ribbon(
    path: np.ndarray,
    widths: float | np.ndarray,
    thick: float | np.ndarray,
    side: Vectors,
) -> Shape:
    """A flat band along path (N, 3), its width along `side`; metres, one or a point each."""
    section = _circle(16, start=np.pi / 16)
    section = np.sign(section) * np.abs(section) ** [0.35, 0.6]
    extent = np.stack(np.broadcast_arrays(widths, thick, np.empty(len(path))), axis=1)[:, :2]
    return sweep(path, 0.5 * extent[:, None] * section, side)


def ball(radius: float, around: int = 96) -> Shape:
    """A sphere about the origin."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, around // 2 + 1)
    angles[[0, -1]] *= 1 - 0.1 / around  # the caps: poles without degenerate quads
    circle = _circle(around)
    rings = [np.c_[np.cos(a) * circle, np.full(around, np.sin(a))] for a in angles]
    return loft(radius * np.array(rings))


def smooth(at: np.ndarray, knots: Sequence[float], values: Sequence) -> np.ndarray:
    """A smooth curve through values at rising knots, without overshoot; values may be vectors."""
    return PchipInterpolator(knots, np.array(values, dtype=float), axis=0)(at)


def wobble(rng: np.random.Generator, size: float, length: float) -> Callable:
    """A smooth displacement for `bent`: up to about `size` metres, waves of about `length`."""
    waves = rng.normal(size=(4, 3))
    waves *= 2 * np.pi / (length * np.linalg.norm(waves, axis=1, keepdims=True))
    phases, pushes = rng.uniform(0, 2 * np.pi, 4), rng.normal(size=(4, 3)) * size / 3
    return lambda points: points + np.sin(points @ waves.T + phases) @ pushes


def text(words: str, height: float) -> Shape:
    """Words in Blender's own font as a sheet facing +Z, centred; capitals `height` metres tall.

    An empty sheet for words without ink.
    """
    curve = bpy.data.curves.new("text", "FONT")
    curve.body, curve.resolution_u = words, 2
    holder = bpy.data.objects.new("text", curve)
    mesh = holder.to_mesh()
    vertices = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    mesh.calc_loop_triangles()
    corners = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    bpy.data.objects.remove(holder)  # and its mesh
    bpy.data.curves.remove(curve)
    vertices = vertices.reshape(-1, 3).astype(np.float64)
    if len(vertices):
        vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return Shape(vertices * (height / 0.69), (corners.reshape(-1, 3),))


def assemble(name: str, parts: Sequence[Shape], *, sharp: float = 40.0) -> list[bpy.types.Object]:
    """One mesh object of all parts in the current scene, resting on z = 0, centred on the z axis.

    Faces are shaded smoothly across edges of less than `sharp` degrees.
    """
    parts = [part for part in parts if len(part.vertices)]  # words may have no ink
    vertices = np.concatenate([part.vertices for part in parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = vertices - [*(low + high)[:2] / 2, low[2]]
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    materials = list(dict.fromkeys(part.material for part in parts))
    faces = [(f + starts[k], part.material) for k, part in enumerate(parts) for f in part.faces]
    totals = np.concatenate([np.full(len(f), f.shape[1]) for f, _ in faces])
    slots = np.concatenate([np.full(len(f), materials.index(made)) for f, made in faces])
    corners = np.concatenate([f.ravel() for f, _ in faces])

    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(totals))
    mesh.polygons.foreach_set("loop_start", np.r_[0, np.cumsum(totals)[:-1]])
    for made in materials:
        mesh.materials.append(made)
    mesh.polygons.foreach_set("material_index", slots)
    paints = [np.zeros((len(p.vertices), 3)) if p.paint is None else p.paint for p in parts]
    paint = mesh.attributes.new("paint", "FLOAT_VECTOR", "POINT")
    paint.data.foreach_set("vector", np.concatenate(paints).ravel())
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=np.radians(sharp))
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return [thing]
