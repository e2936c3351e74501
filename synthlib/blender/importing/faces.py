"""Repairs of imported faces: broken, coincident with another one, or wound inward."""

from collections.abc import Sequence
from typing import NamedTuple

import bmesh
import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

_SAME_PLACE = 1e-4
"""Metres within which two corners are in the same place; a model's largest side is one metre."""

_NEIGHBOURS = 6
"""Faces with the nearest centres that a face is compared with at once, itself included."""


def repair_meshes(objects: Sequence[bpy.types.Object]) -> bool:
    """Repair imported meshes so that Blender can evaluate them.

    Faces that are doubled, degenerate or refer to missing vertices are removed.

    Returns:
        False if a mesh cannot be repaired because a coordinate is not a finite number.
    """
    meshes = {obj.data.name: obj.data for obj in objects if obj.type == "MESH"}
    for mesh in meshes.values():
        if not np.isfinite(_vertices(mesh)).all():
            return False
        mesh.validate(clean_customdata=False)
    return True


def _read(collection: bpy.types.bpy_prop_collection, name: str, dtype: type) -> np.ndarray:
    values = np.empty(len(collection), dtype=dtype)
    collection.foreach_get(name, values)
    return values


def _vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    vertices = np.empty((len(mesh.vertices), 3), dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices.ravel())
    return vertices


class _Faces(NamedTuple):
    """Faces of several meshes, one after another, as arrays.

    Attributes:
        corners: Positions of the corners, float64 (C, 3).
        next_corners: Position of the corner that follows each in its face, float64 (C, 3).
        starts: Index of each face's first corner, int (F,).
        sizes: Number of corners of each face, int (F,).
        centres: Means of the corners of each face, float64 (F, 3).
        materials: Number of each face's material, int (F,).
    """

    corners: np.ndarray
    next_corners: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    centres: np.ndarray
    materials: np.ndarray


def remove_coincident_faces(meshes: Sequence[bpy.types.Mesh]) -> int:
    """Keep one of all faces that have their corners in the same places, also across meshes.

    Light that leaves one of them hits the other at once, so they render black. Models have them
    whose two sides are faces of their own. As Cycles shades both sides of a face, the first one is
    kept. Only if their materials differ, the one that faces more open space is, which is what
    people see: the outside of a body, not its inside.

    Args:
        meshes: A model's meshes in world coordinates, its largest side one metre.

    Returns:
        The number of removed faces.
    """
    faces = _read_faces(meshes)
    count = len(faces.sizes)
    pairs = _coincident_pairs(faces)
    if not len(pairs):
        return 0
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(count, count))
    _, groups = connected_components(graph, directed=False)
    order = np.lexsort((-_open_space(faces, pairs), groups))
    removed = np.zeros(count, dtype=bool)
    removed[order[1:]] = np.diff(groups[order]) == 0
    ends = np.cumsum([len(mesh.polygons) for mesh in meshes])
    for mesh, is_removed in zip(meshes, np.split(removed, ends[:-1]), strict=True):
        if is_removed.any():
            _delete_faces(mesh, is_removed)
    # If there are more faces in one place than are compared at once, several can be left.
    is_complete = np.bincount(pairs.ravel()).max() < _NEIGHBOURS - 1
    return int(removed.sum()) + (0 if is_complete else remove_coincident_faces(meshes))


def _read_faces(meshes: Sequence[bpy.types.Mesh]) -> _Faces:
    numbers: dict[bpy.types.Material | None, int] = {}
    corners, sizes, materials = [], [], []
    for mesh in meshes:
        vertices = _vertices(mesh).astype(np.float64)
        corners.append(vertices[_read(mesh.loops, "vertex_index", np.int32)])
        sizes.append(_read(mesh.polygons, "loop_total", np.int32))
        slots = [numbers.setdefault(material, len(numbers)) for material in mesh.materials] or [-1]
        indices = _read(mesh.polygons, "material_index", np.int32)
        materials.append(np.array(slots)[np.minimum(indices, len(slots) - 1)])
    corner, size = np.concatenate(corners), np.concatenate(sizes)
    starts = np.cumsum(size) - size
    following = np.arange(len(corner)) + 1
    following[starts + size - 1] = starts
    centres = np.add.reduceat(corner, starts) / size[:, None]
    return _Faces(corner, corner[following], starts, size, centres, np.concatenate(materials))


def _coincident_pairs(faces: _Faces) -> np.ndarray:
    """Find faces whose corners are in the same places, in the same order or its reverse.

    Returns:
        Indices of faces, int (P, 2), the lower one first.
    """
    edges = np.linalg.norm(faces.next_corners - faces.corners, axis=1)
    # So that a face of a fine mesh is not taken for its neighbour.
    tolerances = np.minimum(_SAME_PLACE, np.minimum.reduceat(edges, faces.starts) / 4.0)
    tree = cKDTree(faces.centres, balanced_tree=False)
    _, nearest = tree.query(faces.centres, k=_NEIGHBOURS, distance_upper_bound=_SAME_PLACE)
    first, neighbour = np.nonzero(nearest < len(faces.sizes))  # that number stands for none
    pairs = np.stack([first, nearest[first, neighbour]], axis=1)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    sizes = faces.sizes[pairs]
    found = [np.empty((0, 2), dtype=int)]
    for size in np.unique(sizes[sizes[:, 0] == sizes[:, 1]]):
        candidates = pairs[(sizes == size).all(axis=1)]
        corners = faces.corners[faces.starts[candidates][..., None] + np.arange(size)]
        distances = _corner_distances(corners[:, 0], corners[:, 1])
        found.append(candidates[distances <= tolerances[candidates].min(axis=1)])
    return np.concatenate(found)


def _corner_distances(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Largest distance between corresponding corners of pairs of faces with n corners.

    Args:
        ones: Corners of a face of each pair, float64 (P, n, 3).
        others: Corners of the other one, which may begin elsewhere and run the other way round.

    Returns:
        float64 (P,).
    """
    size = ones.shape[1]
    start = np.linalg.norm(others - ones[:, :1], axis=2).argmin(axis=1)[:, None]
    ways = [(start + step * np.arange(size)) % size for step in (1, -1)]
    aligned = np.stack([np.take_along_axis(others, way[..., None], axis=1) for way in ways])
    return np.linalg.norm(aligned - ones, axis=3).max(axis=2).min(axis=0)


def _open_space(faces: _Faces, pairs: np.ndarray) -> np.ndarray:
    """Distance that each face can look ahead, where a pair has two materials; 0 elsewhere.

    Returns:
        float64 (F,), rounded to millimetres.
    """
    distances = np.zeros(len(faces.sizes))
    one, other = faces.materials[pairs].T
    if (one == other).all():
        return distances
    normals = np.add.reduceat(np.cross(faces.corners, faces.next_corners), faces.starts)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    polygons = np.split(np.arange(len(faces.corners)), faces.starts[1:])
    tree = BVHTree.FromPolygons(faces.corners.tolist(), [polygon.tolist() for polygon in polygons])
    for face in np.unique(pairs[one != other]):
        origin = Vector(faces.centres[face] + _SAME_PLACE * normals[face])
        distance = tree.ray_cast(origin, Vector(normals[face]))[3]
        distances[face] = np.inf if distance is None else distance
    return np.round(distances, 3)


def _delete_faces(mesh: bpy.types.Mesh, is_deleted: np.ndarray) -> None:
    editable = bmesh.new()
    editable.from_mesh(mesh)
    editable.faces.ensure_lookup_table()
    deleted = [editable.faces[index] for index in np.flatnonzero(is_deleted)]
    bmesh.ops.delete(editable, geom=deleted, context="FACES_ONLY")
    editable.to_mesh(mesh)
    editable.free()


def orient_faces_outward(mesh: bpy.types.Mesh) -> None:
    """Wind all faces outward, because mixed windings make smooth shading black in places.

    Meshes that have normals from the file must not be passed: the normals would no longer fit the
    faces.
    """
    editable = bmesh.new()
    editable.from_mesh(mesh)
    bmesh.ops.recalc_face_normals(editable, faces=list(editable.faces))
    editable.to_mesh(mesh)
    editable.free()
