"""Run by test_generators.py in a process of its own: builds instances and reports what they are.

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

REACH = 0.006
"""Share of the object's size between the boxes of parts that still count as touching."""


def number(value):
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def wiring(material) -> bytes:
    """All that fixes a material's look."""
    tree = material.node_tree
    nodes = [
        (n.bl_idname, [number(i.default_value) for i in n.inputs if hasattr(i, "default_value")])
        for n in tree.nodes
    ]
    links = [
        (k.from_node.name, k.from_socket.name, k.to_node.name, k.to_socket.name) for k in tree.links
    ]
    return repr((material.name, nodes, links)).encode()


def shells_of(points, corners) -> np.ndarray:
    """The number of the connected shell that each vertex belongs to."""
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    n = len(points)
    return connected_components(coo_matrix((np.ones(len(edges)), edges.T), (n, n)))[1]


def open_shells(corners, shell) -> np.ndarray:
    """Shells with an edge of one triangle alone: printed words and other sheets."""
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    pairs, uses = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    return np.unique(shell[pairs[uses == 1, 0]])


def volumes(points, corners, shell) -> np.ndarray:
    """Signed volume of every shell, m^3."""
    count = shell.max() + 1
    members = np.maximum(np.bincount(shell, minlength=count), 1)
    middle = np.stack([np.bincount(shell, axis, count) for axis in points.T], axis=1)
    a, b, c = np.moveaxis((points - (middle / members[:, None])[shell])[corners], 1, 0)
    weights = np.einsum("ni,ni->n", a, np.cross(b, c))
    return np.bincount(shell[corners[:, 0]], weights, count) / 6.0


def areas(points, corners) -> np.ndarray:
    a, b, c = np.moveaxis(points[corners], 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def floating(points, shell, used) -> int:
    """Groups of shells whose boxes touch neither the ground nor a shell that stands on it."""
    kinds = np.unique(shell[used])
    reach = max(0.003, REACH * np.ptp(points, axis=0).max())
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


def global_randomness() -> str:
    return repr((np.random.get_state(), random.getstate()))  # noqa: NPY002  # it is watched


def report(cls: str, seed: int) -> dict:
    scene.reset_scene()
    before = global_randomness()
    rng = rng_for(seed, "asset", cls, f"test{seed}")
    module = importlib.import_module(f"synthlib.blender.generators.{cls}")
    started = time.perf_counter()
    (thing,) = module.build(rng)  # one object, where it was built
    assert np.allclose(thing.matrix_world, np.eye(4))
    seconds = time.perf_counter() - started
    untouched = before == global_randomness()
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
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
        digest.update(wiring(material))

    corners = corners.reshape(-1, 3)
    shell = shells_of(points, corners)
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
        "floating": floating(points, shell, np.unique(corners)),
        "seconds": seconds,
        "untouched": untouched,
        "linked": thing.name in bpy.context.scene.objects,
    }


if __name__ == "__main__":
    out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
    out.write_text(json.dumps([report(*job) for job in jobs]))
    os._exit(0)  # Blender's module can hang when Python shuts down
