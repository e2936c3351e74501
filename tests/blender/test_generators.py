"""Every procedural generator: repeatable, varied, of real size, upright, closed outward shells.

Blender runs in subprocesses only: one builds a class's seeds, one more builds seed 0 of all
classes again under another hash seed. Whatever file lies in `generators/` is tested.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthlib
from synthlib.classes import CLASSES as THESIS

ROOT = Path(synthlib.__file__).parent
CLASSES = sorted(
    path.stem for path in (ROOT / "blender/generators").glob("*.py") if path.stem != "__init__"
)
SEEDS = 50

SIZES = {
    "alarm_clock": ((0.05, 0.26), (0.025, 0.2), (0.05, 0.28)),
    "backpack": ((0.24, 0.5), (0.14, 0.5), (0.3, 0.8)),
    "banana": ((0.04, 0.27), (0.02, 0.27), (0.02, 0.27)),
    "basketball": ((0.17, 0.25), (0.17, 0.25), (0.17, 0.25)),
    "computer_desk": ((0.7, 2.4), (0.5, 2.1), (0.5, 2.1)),
    "cup": ((0.06, 0.28), (0.06, 0.28), (0.04, 0.21)),
    "digital_clock": ((0.05, 1.1), (0.015, 0.25), (0.03, 0.4)),
    "food_table": ((0.8, 3.5), (0.75, 2.7), (0.7, 1.6)),
    "laptop": ((0.23, 0.43), (0.17, 0.6), (0.012, 0.36)),
    "pc_keyboard": ((0.22, 0.52), (0.08, 0.26), (0.008, 0.08)),
    "pc_monitor": ((0.28, 0.98), (0.11, 0.52), (0.28, 0.88)),
    "pc_mouse": ((0.045, 0.2), (0.075, 0.34), (0.017, 0.06)),
    "soccer": ((0.18, 0.23), (0.18, 0.23), (0.18, 0.23)),
    "toaster": ((0.2, 0.5), (0.14, 0.5), (0.165, 0.29)),
    "tv_remote": ((0.025, 0.08), (0.08, 0.28), (0.006, 0.045)),
    "vase": ((0.04, 0.5), (0.04, 0.5), (0.12, 0.88)),
    "wall_clock": ((0.15, 0.8), (0.01, 0.25), (0.15, 1.1)),
}
"""Least and most metres along x, y and z."""

UPRIGHT = {
    "pc_keyboard": lambda x, y, z: x > 1.5 * y > 3 * z,  # long side along x
    "tv_remote": lambda x, y, z: y > 1.5 * x and y > 3 * z,  # lies flat, away from the user
    "backpack": lambda x, y, z: z > 1.1 * y and z > x,  # stands
    "pc_mouse": lambda x, y, z: y > 1.05 * x and y > 2 * z,
    "pc_monitor": lambda x, y, z: z > 0.7 * y and x < 2.5 * z,
    "laptop": lambda x, y, z: x > z,
    "wall_clock": lambda x, y, z: y < 0.6 * x and y < 0.6 * z,  # a flat thing on a wall
}
"""What an object's extent along x, y and z says of how it stands."""

SCREENS = ("laptop", "pc_monitor")

PROBE = Path(__file__).parents[1] / "helpers" / "probe_generators.py"


def _reports(out: Path, jobs: list[tuple[str, int]], hash_seed: str) -> list[dict]:
    """What one fresh Blender reports of building (class, seed) after (class, seed)."""
    done = subprocess.run(
        [sys.executable, str(PROBE), str(out), json.dumps(jobs)],
        cwd=ROOT.parent,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "TMPDIR": str(out.parent)},
        capture_output=True,
        text=True,
        timeout=600,
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


def test_every_class_has_a_generator():
    assert sorted(SIZES) == list(CLASSES)
    assert set(CLASSES) == set(THESIS)


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
        assert UPRIGHT.get(cls, lambda *_: True)(x, y, z), f"seed {seed}: {x:.2f} {y:.2f} {z:.2f} m"


def test_nothing_floats(built):
    afloat = {seed: each["floating"] for seed, each in enumerate(built[1]) if each["floating"]}
    assert not afloat, f"groups of parts that hang in the air, by seed: {afloat}"


def test_bodies_are_closed(built):
    cls, reports = built
    least = 0.4 if cls in SCREENS else 0.75  # printed words and screens are sheets
    assert min(each["closed"] for each in reports) >= least


def test_shells_face_outward(built):
    for seed, each in enumerate(built[1]):
        assert each["volume"] > 0, f"seed {seed}"
        assert each["inside_out"] == 0, f"seed {seed}: {each['inside_out']} shells inside out"


def test_it_is_light_has_materials_and_is_in_the_scene(built):
    for seed, each in enumerate(built[1]):
        assert 100 < each["triangles"] < 60_000, f"seed {seed}: {each['triangles']} triangles"
        assert each["materials"] >= 1, f"seed {seed} has no material"
        assert each["linked"], f"seed {seed} is not in the scene"
