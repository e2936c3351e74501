"""Every procedural generator: repeatable, varied, of real size, upright, closed outward shells.

Blender runs in subprocesses only: one builds a class's seeds, one more builds seed 0 of all
classes again under another hash seed. Whatever file lies in `procedural/` is tested.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthlib

ROOT = Path(synthlib.__file__).parent
CLASSES = sorted(
    path.stem for path in (ROOT / "blender/procedural").glob("*.py") if path.stem != "__init__"
)
SEEDS = 12

SIZES = {
    "backpack": ((0.24, 0.5), (0.14, 0.5), (0.3, 0.8)),
    "banana": ((0.04, 0.27), (0.02, 0.27), (0.02, 0.27)),
    "basketball": ((0.17, 0.25), (0.17, 0.25), (0.17, 0.25)),
    "pc_keyboard": ((0.22, 0.52), (0.08, 0.26), (0.008, 0.08)),
    "soccer": ((0.18, 0.23), (0.18, 0.23), (0.18, 0.23)),
    "tv_remote": ((0.025, 0.08), (0.08, 0.28), (0.006, 0.045)),
}
"""Least and most metres along x, y and z."""

SCRIPT = """
import hashlib, importlib, json, os, random, sys
from pathlib import Path

import bpy
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from synthlib.blender import scene
from synthlib.seeding import rng_for


def number(value):
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def wiring(material):
    tree = material.node_tree
    nodes = [
        (n.bl_idname, [number(i.default_value) for i in n.inputs if hasattr(i, "default_value")])
        for n in tree.nodes
    ]
    links = [
        (l.from_node.name, l.from_socket.name, l.to_node.name, l.to_socket.name)
        for l in tree.links
    ]
    return repr((material.name, nodes, links)).encode()


def volumes(points, corners):
    # signed volume of every closed shell; open sheets (printed words) are left out
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    n = len(points)
    _, shell = connected_components(coo_matrix((np.ones(len(edges)), edges.T), (n, n)))
    pairs, uses = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    sheets = np.unique(shell[pairs[uses == 1, 0]])
    count = shell.max() + 1
    members = np.maximum(np.bincount(shell, minlength=count), 1)
    middle = np.stack([np.bincount(shell, axis, count) for axis in points.T], axis=1)
    a, b, c = np.moveaxis((points - (middle / members[:, None])[shell])[corners], 1, 0)
    six = np.bincount(shell[corners[:, 0]], np.einsum("ni,ni->n", a, np.cross(b, c)), count)
    return np.delete(six / 6.0, sheets)


def report(cls, seed):
    scene.empty()
    before = repr(np.random.get_state()), random.getstate()
    rng = rng_for(seed, "asset", cls, f"test{seed}")
    built = importlib.import_module(f"synthlib.blender.procedural.{cls}").build(rng)
    untouched = before == (repr(np.random.get_state()), random.getstate())
    digest, clouds, shells, triangles, materials, linked = hashlib.sha256(), [], [], 0, set(), True
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for thing in built:
        linked &= thing.name in bpy.context.scene.objects
        mesh = thing.evaluated_get(depsgraph).to_mesh()
        mesh.calc_loop_triangles()
        points = np.array([thing.matrix_world @ v.co for v in mesh.vertices], dtype=np.float64)
        corners = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        slots = np.empty(len(mesh.polygons), dtype=np.int32)
        mesh.polygons.foreach_get("material_index", slots)
        for part in (points.tobytes(), corners.tobytes(), slots.tobytes()):
            digest.update(part)
        if "paint" in mesh.attributes:
            paint = np.empty(3 * len(points), dtype=np.float32)
            mesh.attributes["paint"].data.foreach_get("vector", paint)
            digest.update(paint.tobytes())
        for material in mesh.materials:
            digest.update(wiring(material))
        materials |= {material.name for material in mesh.materials}
        clouds.append(points)
        shells.append(volumes(points, corners.reshape(-1, 3)))
        triangles += len(corners) // 3
    cloud, shells = np.concatenate(clouds), np.concatenate(shells)
    return {
        "hash": digest.hexdigest(),
        "finite": bool(np.isfinite(cloud).all()),
        "low": cloud.min(axis=0).tolist(),
        "high": cloud.max(axis=0).tolist(),
        "triangles": triangles,
        "materials": len(materials),
        "volume": float(shells.sum()),
        "inside_out": int((shells < 0).sum()),
        "untouched": untouched,
        "linked": bool(linked),
    }


out, jobs = Path(sys.argv[1]), json.loads(sys.argv[2])
out.write_text(json.dumps([report(*job) for job in jobs]))
os._exit(0)
"""


def _reports(out: Path, jobs: list[tuple[str, int]], hash_seed: str) -> list[dict]:
    """What one fresh Blender reports of building (class, seed) after (class, seed)."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(out), json.dumps(jobs)],
        cwd=ROOT.parent,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert out.is_file(), f"building {jobs[0][0]} failed:\n{done.stderr[-3000:]}"
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> dict[str, str]:
    """The hash of each class's seed 0, built in a process of its own."""
    out = tmp_path_factory.mktemp("generators") / "again.json"
    found = _reports(out, [(cls, 0) for cls in CLASSES], hash_seed="2")
    return {cls: each["hash"] for cls, each in zip(CLASSES, found, strict=True)}


@pytest.fixture(scope="module", params=CLASSES)
def built(request, tmp_path_factory) -> tuple[str, list[dict]]:
    """A class and the reports of its seeds 0 .. SEEDS - 1, then of seed 0 once more."""
    out = tmp_path_factory.mktemp("generators") / f"{request.param}.json"
    jobs = [(request.param, seed) for seed in (*range(SEEDS), 0)]
    return request.param, _reports(out, jobs, hash_seed="1")


def test_there_are_the_generators_of_the_classes_without_models():
    assert {"banana", "pc_keyboard"} <= set(CLASSES)
    assert sorted(SIZES) == CLASSES, "a generator without plausible sizes in this file's table"


def test_a_seed_is_an_instance(built, elsewhere):
    cls, reports = built
    hashes = [each["hash"] for each in reports]
    assert hashes[0] == hashes[SEEDS], "the same seed differs within a process"
    assert hashes[0] == elsewhere[cls], "the same seed differs between processes"
    assert len(set(hashes[:SEEDS])) == SEEDS, "two seeds gave the same instance"


def test_no_global_random_state(built):
    assert all(each["untouched"] for each in built[1])


def test_sizes_are_real(built):
    cls, reports = built
    for seed, each in enumerate(reports):
        assert each["finite"]
        for axis, (least, most) in enumerate(SIZES[cls]):
            size = each["high"][axis] - each["low"][axis]
            assert least <= size <= most, f"seed {seed}: {size:.3f} m along {'xyz'[axis]}"


def test_sizes_vary(built):
    heights = {round(each["high"][2] - each["low"][2], 4) for each in built[1]}
    assert len(heights) >= 3, "all seeds have nearly one height"


def test_it_rests_on_the_ground_and_is_centred(built):
    for seed, each in enumerate(built[1]):
        assert abs(each["low"][2]) <= 0.001, f"seed {seed} stands at z = {each['low'][2]:.4f} m"
        for axis in (0, 1):
            low, high = each["low"][axis], each["high"][axis]
            assert abs(low + high) / 2 <= max(0.02, 0.05 * (high - low)), f"seed {seed} is off"


def test_it_faces_the_right_way(built):
    cls, reports = built
    for seed, each in enumerate(reports):
        x, y, z = (high - low for low, high in zip(each["low"], each["high"], strict=True))
        if cls == "pc_keyboard":
            assert x > 1.5 * y > 3 * z, f"seed {seed}: the long side lies along x"
        elif cls == "tv_remote":
            assert y > 1.5 * x, f"seed {seed}: the long side lies along y"
            assert y > 3 * z, f"seed {seed}: it lies flat"
        elif cls == "backpack":
            assert z > 1.1 * y, f"seed {seed}: it stands, taller than deep"
            assert z > x, f"seed {seed}: it stands, taller than wide"


def test_shells_face_outward(built):
    for seed, each in enumerate(built[1]):
        assert each["volume"] > 0, f"seed {seed}"
        assert each["inside_out"] == 0, f"seed {seed}: {each['inside_out']} shells inside out"


def test_it_is_light_has_materials_and_is_in_the_scene(built):
    for seed, each in enumerate(built[1]):
        assert 100 < each["triangles"] < 60_000, f"seed {seed}: {each['triangles']} triangles"
        assert each["materials"] >= 1, f"seed {seed} has no material"
        assert each["linked"], f"seed {seed} is not in the scene"
