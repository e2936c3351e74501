"""Instances built by generators, and measurements of their meshes.

A subprocess of test_generators.py, since test processes do not import bpy:

    python tests/probe_generators.py OUT.json '[["cup", 0], ...]'
"""

import hashlib
import importlib
import json
import os
import random
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from synthlib.blender import scene
from synthlib.seeding import rng_for

TOUCHING_DISTANCE = 0.006
"""Distance between bounding boxes of parts that still touch, as a share of the object's size."""


def plain_value(value):
    """A socket's value with vectors as tuples."""
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def describe_material(material) -> bytes:
    """Name, nodes, values and links of a material, which determine its look."""
    tree = material.node_tree
    nodes = [
        (
            node.bl_idname,
            [plain_value(i.default_value) for i in node.inputs if hasattr(i, "default_value")],
        )
        for node in tree.nodes
    ]
    links = [
        (k.from_node.name, k.from_socket.name, k.to_node.name, k.to_socket.name) for k in tree.links
    ]
    return repr((material.name, nodes, links)).encode()


def triangle_edges(triangles) -> np.ndarray:
    """Edges of triangles, int (3 M, 2)."""
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


def shell_labels(points, triangles) -> np.ndarray:
    """Number of the connected shell that each vertex belongs to."""
    edges = triangle_edges(triangles)
    n = len(points)
    return connected_components(coo_matrix((np.ones(len(edges)), edges.T), (n, n)))[1]


def open_shells(triangles, shells) -> np.ndarray:
    """Shells with an edge that only one triangle has: printed text and other sheets."""
    edges = np.sort(triangle_edges(triangles), axis=1)
    unique_edges, counts = np.unique(edges, axis=0, return_counts=True)
    return np.unique(shells[unique_edges[counts == 1, 0]])


def shell_volumes(points, triangles, shells) -> np.ndarray:
    """Signed volume of every shell, m^3."""
    count = shells.max() + 1
    sizes = np.maximum(np.bincount(shells, minlength=count), 1)
    sums = np.stack([np.bincount(shells, axis, count) for axis in points.T], axis=1)
    centred = points - (sums / sizes[:, None])[shells]
    a, b, c = np.moveaxis(centred[triangles], 1, 0)
    products = np.einsum("ni,ni->n", a, np.cross(b, c))
    return np.bincount(shells[triangles[:, 0]], products, count) / 6.0


def triangle_areas(points, triangles) -> np.ndarray:
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def count_floating(points, shells, used) -> int:
    """Number of groups of touching shells that do not reach the ground.

    Shells touch if their bounding boxes do. `used`: indices of the vertices that triangles have.
    """
    labels = np.unique(shells[used])
    distance = max(0.003, TOUCHING_DISTANCE * np.ptp(points, axis=0).max())
    low = np.array([points[shells == k].min(axis=0) for k in labels]) - distance / 2
    high = np.array([points[shells == k].max(axis=0) for k in labels]) + distance / 2
    touch = np.ones((len(labels), len(labels)), bool)
    for axis in range(3):
        touch &= low[:, None, axis] <= high[None, :, axis]
        touch &= high[:, None, axis] >= low[None, :, axis]
    groups = connected_components(coo_matrix(touch))[1]
    ground = points[:, 2].min() + 0.015 * np.ptp(points, axis=0).max()
    grounded = np.unique(groups[low[:, 2] <= ground])
    return len(np.setdiff1d(groups, grounded))


def global_random_state() -> str:
    return repr((np.random.get_state(), random.getstate()))  # noqa: NPY002  # only compared


def probe_instance(cls: str, seed: int) -> dict:
    """Build an instance of a class and measure its mesh."""
    scene.reset_scene()
    random_state = global_random_state()
    rng = rng_for(seed, "asset", cls, f"test{seed}")
    module = importlib.import_module(f"synthlib.blender.generators.{cls}")
    started = time.perf_counter()
    (obj,) = module.build(rng)
    seconds = time.perf_counter() - started
    assert np.allclose(obj.matrix_world, np.eye(4))
    is_state_unchanged = random_state == global_random_state()
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    mesh.calc_loop_triangles()
    points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3).astype(np.float64)
    triangles = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    slots = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    attribute = np.empty(3 * len(points), dtype=np.float32)
    mesh.attributes["paint"].data.foreach_get("vector", attribute)
    digest = hashlib.sha256()
    for array in (points, triangles, slots, attribute):
        digest.update(array.tobytes())
    for material in mesh.materials:
        digest.update(describe_material(material))

    triangles = triangles.reshape(-1, 3)
    shells = shell_labels(points, triangles)
    sheets = open_shells(triangles, shells)
    volumes = np.delete(shell_volumes(points, triangles, shells), sheets)
    areas = triangle_areas(points, triangles)
    return {
        "hash": digest.hexdigest(),
        "finite": bool(np.isfinite(points).all()),
        "low": points.min(axis=0).tolist(),
        "high": points.max(axis=0).tolist(),
        "triangles": len(triangles),
        "materials": len(mesh.materials),
        "volume": float(volumes.sum()),
        "inside_out": int((volumes < -1e-12).sum()),
        "closed": float(areas[~np.isin(shells[triangles[:, 0]], sheets)].sum() / areas.sum()),
        "floating": count_floating(points, shells, np.unique(triangles)),
        "seconds": seconds,
        "untouched": is_state_unchanged,
        "linked": obj.name in bpy.context.scene.objects,
    }


if __name__ == "__main__":
    out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
    out.write_text(json.dumps([probe_instance(*job) for job in jobs]))
    os._exit(0)  # Blender's module can hang when Python shuts down
