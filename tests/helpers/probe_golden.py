"""Run by test_golden.py in a process of its own: hashes of generated objects that survive a change
of CPU.

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
"""Metres to which vertices are rounded, and the unit of what is painted on them."""


def rounded(values: np.ndarray) -> bytes:
    """Numbers as cells of a grid. CPUs differ in a float's last digit, a relative 1e-7, so that a
    value hardly ever changes its cell; the grid is shifted by a quarter of a cell, since values
    that people choose (0.5, 0.125) would lie on the edges of one that is not."""
    return np.round(values.astype(np.float64) / GRID + 0.25).astype(np.int64).tobytes()


def told(value) -> str:
    """A socket's default value, to five digits."""
    if isinstance(value, float):
        return f"{value + 0.0:.5g}"
    if hasattr(value, "__len__") and not isinstance(value, str):
        return ",".join(f"{float(part) + 0.0:.5g}" for part in value)
    return repr(value)


def wiring(material: bpy.types.Material) -> bytes:
    """A material's node tree: nodes, the values of their sockets, links."""
    tree = material.node_tree
    nodes = [
        (n.bl_idname, [told(i.default_value) for i in n.inputs if hasattr(i, "default_value")])
        for n in tree.nodes
    ]
    links = [
        (k.from_node.name, k.from_socket.name, k.to_node.name, k.to_socket.name) for k in tree.links
    ]
    return repr((nodes, links)).encode()


def read(collection, attribute: str, size: int, kind: type) -> np.ndarray:
    """An attribute of a mesh's elements, one after another."""
    values = np.empty(size * len(collection), dtype=kind)
    collection.foreach_get(attribute, values)
    return values


def hashes(cls: str, seed: int) -> dict[str, str]:
    """`mesh`: vertices, paint, faces and material slots; `materials`: their node trees."""
    scene.reset_scene()
    module = importlib.import_module(f"synthlib.blender.generators.{cls}")
    (thing,) = module.build(rng_for(seed, "asset", cls, f"golden{seed}"))
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    found = hashlib.sha256(rounded(read(mesh.vertices, "co", 3, np.float32)))
    found.update(rounded(read(mesh.attributes["paint"].data, "vector", 3, np.float32)))
    found.update(read(mesh.loops, "vertex_index", 1, np.int32).tobytes())
    for attribute in ("loop_start", "material_index"):
        found.update(read(mesh.polygons, attribute, 1, np.int32).tobytes())
    materials = hashlib.sha256(b"".join(wiring(material) for material in mesh.materials))
    return {"mesh": found.hexdigest()[:16], "materials": materials.hexdigest()[:16]}


if __name__ == "__main__":
    out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
    content = {
        "bpy": ".".join(map(str, bpy.app.version)),
        "hashes": {cls: {str(s): hashes(cls, s) for s in seeds} for cls, seeds in jobs.items()},
    }
    out.write_text(json.dumps(content))
    os._exit(0)  # Blender's module can hang when Python shuts down
