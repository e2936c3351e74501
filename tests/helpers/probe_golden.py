"""Hashes of generated objects that do not depend on the kind of CPU.

A subprocess of test_golden.py, since test processes do not import bpy:

    python tests/helpers/probe_golden.py OUT.json '{"cup": [0, 1], ...}'
"""

import hashlib
import importlib
import json
import os
import sys
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.seeding import rng_for

GRID = 1e-5
"""Size of the cells that vertices (in metres) and their attributes are rounded to."""


def round_to_grid(values: np.ndarray) -> bytes:
    """Round numbers to cells of a grid.

    CPUs differ in the last digit of a float32, a relative 1e-7, so that a value rarely changes its
    cell. The grid is shifted by a quarter of a cell, because values that people choose (0.5, 0.125)
    would otherwise be on the edges of cells.
    """
    return np.round(values.astype(np.float64) / GRID + 0.25).astype(np.int64).tobytes()


def format_value(value) -> str:
    """A socket's default value, to five digits."""
    if isinstance(value, float):
        return f"{value + 0.0:.5g}"
    if hasattr(value, "__len__") and not isinstance(value, str):
        return ",".join(f"{float(part) + 0.0:.5g}" for part in value)
    return repr(value)


def describe_material(material: bpy.types.Material) -> bytes:
    """A material's node tree: nodes, values of their inputs, links."""
    tree = material.node_tree
    nodes = [
        (
            node.bl_idname,
            [format_value(i.default_value) for i in node.inputs if hasattr(i, "default_value")],
        )
        for node in tree.nodes
    ]
    links = [
        (k.from_node.name, k.from_socket.name, k.to_node.name, k.to_socket.name) for k in tree.links
    ]
    return repr((nodes, links)).encode()


def read(collection, attribute: str, size: int, dtype: type) -> np.ndarray:
    """An attribute of all elements of a mesh, each of `size` values."""
    values = np.empty(size * len(collection), dtype=dtype)
    collection.foreach_get(attribute, values)
    return values


def hashes(cls: str, seed: int) -> dict[str, str]:
    """Build an instance and hash it.

    Returns:
        `mesh`, the hash of vertices, attributes, faces and material slots, and `materials`, the
        hash of node trees.
    """
    scene.reset_scene()
    module = importlib.import_module(f"synthlib.blender.generators.{cls}")
    (obj,) = module.build(rng_for(seed, "asset", cls, f"golden{seed}"))
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    mesh_hash = hashlib.sha256(round_to_grid(read(mesh.vertices, "co", 3, np.float32)))
    attribute = read(mesh.attributes["paint"].data, "vector", 3, np.float32)
    mesh_hash.update(round_to_grid(attribute))
    mesh_hash.update(read(mesh.loops, "vertex_index", 1, np.int32).tobytes())
    for name in ("loop_start", "material_index"):
        mesh_hash.update(read(mesh.polygons, name, 1, np.int32).tobytes())
    materials = b"".join(describe_material(material) for material in mesh.materials)
    return {
        "mesh": mesh_hash.hexdigest()[:16],
        "materials": hashlib.sha256(materials).hexdigest()[:16],
    }


if __name__ == "__main__":
    out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
    content = {
        "bpy": ".".join(map(str, bpy.app.version)),
        "hashes": {cls: {str(s): hashes(cls, s) for s in seeds} for cls, seeds in jobs.items()},
    }
    out.write_text(json.dumps(content))
    os._exit(0)  # Blender's module can hang when Python shuts down
