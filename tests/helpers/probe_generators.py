"""Build instances and report their properties; run by test_generators.py in a separate process.

python -m tests.helpers.probe_generators OUT.json '[["cup", 0], ...]'
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

CONTACT_TOLERANCE = 0.006
"""Largest distance between touching parts, as a fraction of the object's size."""


def as_number(value):
    """A socket's value: a number, or a tuple of a vector."""
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def material_bytes(material) -> bytes:
    """Everything that determines a material's look."""
    tree = material.node_tree
    nodes = [
        (n.bl_idname, [as_number(i.default_value) for i in n.inputs if hasattr(i, "default_value")])
        for n in tree.nodes
    ]
    links = [
        (k.from_node.name, k.from_socket.name, k.to_node.name, k.to_socket.name) for k in tree.links
    ]
    return repr((material.name, nodes, links)).encode()


def connected_shells(points, corners) -> np.ndarray:
    """Index of the connected shell of each vertex."""
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    n = len(points)
    return connected_components(coo_matrix((np.ones(len(edges)), edges.T), (n, n)))[1]


def open_shells(corners, shell) -> np.ndarray:
    """Indices of shells with an edge of only one triangle, such as sheets and printed text."""
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    pairs, uses = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    return np.unique(shell[pairs[uses == 1, 0]])


def volumes(points, corners, shell) -> np.ndarray:
    """Signed volume of every shell in cubic metres."""
    count = shell.max() + 1
    members = np.maximum(np.bincount(shell, minlength=count), 1)
    middle = np.stack([np.bincount(shell, axis, count) for axis in points.T], axis=1)
    a, b, c = np.moveaxis((points - (middle / members[:, None])[shell])[corners], 1, 0)
    weights = np.einsum("ni,ni->n", a, np.cross(b, c))
    return np.bincount(shell[corners[:, 0]], weights, count) / 6.0


def areas(points, corners) -> np.ndarray:
    a, b, c = np.moveaxis(points[corners], 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def count_floating_groups(points, shell, used) -> int:
    """Number of groups of touching shells that do not reach the ground."""
    kinds = np.unique(shell[used])
    reach = max(0.003, CONTACT_TOLERANCE * np.ptp(points, axis=0).max())
    low = np.array([points[shell == k].min(axis=0) for k in kinds]) - reach / 2
    high = np.array([points[shell == k].max(axis=0) for k in kinds]) + reach / 2
    touch = np.ones((len(kinds), len(kinds)), bool)
    for axis in range(3):
        touch &= low[:, None, axis] <= high[None, :, axis]
        touch &= high[:, None, axis] >= low[None, :, axis]
    group = connected_components(coo_matrix(touch))[1]
    ground = points[:, 2].min() + 0.015 * np.ptp(points, axis=0).max()
    grounded = np.unique(group[low[:, 2] <= ground])
    return len(np.setdiff1d(group, grounded))


def global_random_state() -> str:
    return repr((np.random.get_state(), random.getstate()))  # noqa: NPY002  # only read


def probe_instance(cls: str, seed: int) -> dict:
    scene.reset_scene()
    before = global_random_state()
    rng = rng_for(seed, "asset", cls, f"test{seed}")
    module = importlib.import_module(f"synthlib.blender.generators.{cls}")
    started = time.perf_counter()
    (built,) = module.build(rng)  # one object, not moved
    assert np.allclose(built.matrix_world, np.eye(4))
    seconds = time.perf_counter() - started
    untouched = before == global_random_state()
    mesh = built.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    mesh.calc_loop_triangles()
    points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3).astype(np.float64)
    corners = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    slots = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    paint = np.empty(3 * len(points), dtype=np.float32)
    mesh.attributes["paint"].data.foreach_get("vector", paint)
    digest = hashlib.sha256()
    for part in (points, corners, slots, paint):
        digest.update(part.tobytes())
    for material in mesh.materials:
        digest.update(material_bytes(material))

    corners = corners.reshape(-1, 3)
    shell = connected_shells(points, corners)
    sheets = open_shells(corners, shell)
    volume = np.delete(volumes(points, corners, shell), sheets)
    size = areas(points, corners)
    return {
        "hash": digest.hexdigest(),
        "finite": bool(np.isfinite(points).all()),
        "low": points.min(axis=0).tolist(),
        "high": points.max(axis=0).tolist(),
        "triangles": len(corners),
        "materials": len(mesh.materials),
        "volume": float(volume.sum()),
        "inside_out": int((volume < -1e-12).sum()),
        "closed": float(size[~np.isin(shell[corners[:, 0]], sheets)].sum() / size.sum()),
        "floating": count_floating_groups(points, shell, np.unique(corners)),
        "seconds": seconds,
        "untouched": untouched,
        "linked": built.name in bpy.context.scene.objects,
    }


if __name__ == "__main__":
    out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
    out.write_text(json.dumps([probe_instance(*job) for job in jobs]))
    os._exit(0)  # Blender's module can hang when Python shuts down
