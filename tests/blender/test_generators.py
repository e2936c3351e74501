"""The contract of every generator: repeatable, varied, of real size, upright, closed shells.

Blender runs in subprocesses only: one per class builds its seeds, and one more builds seed 0 of all
classes again with a different hash seed. Every module in `generators/` is tested.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthlib
from synthlib.classes import CLASSES as STUDY_CLASSES

ROOT = Path(synthlib.__file__).parent
CLASSES = sorted(
    path.stem for path in (ROOT / "blender/generators").glob("*.py") if path.stem != "__init__"
)
SEEDS = 50

SIZES = {
    "alarm_clock": ((0.05, 0.26), (0.025, 0.2), (0.05, 0.28)),
    "backpack": ((0.24, 0.5), (0.14, 0.5), (0.3, 0.8)),
    "banana": ((0.04, 0.36), (0.02, 0.36), (0.01, 0.36)),
    "basketball": ((0.12, 0.26), (0.12, 0.26), (0.09, 0.25)),
    "computer_desk": ((0.7, 2.4), (0.5, 2.1), (0.5, 2.1)),
    "cup": ((0.06, 0.28), (0.06, 0.28), (0.04, 0.21)),
    "digital_clock": ((0.05, 1.1), (0.015, 0.25), (0.03, 0.4)),
    "food_table": ((0.8, 3.5), (0.75, 2.7), (0.7, 1.6)),
    "laptop": ((0.23, 0.43), (0.17, 0.6), (0.012, 0.36)),
    "pc_keyboard": ((0.22, 0.52), (0.08, 0.26), (0.008, 0.08)),
    "pc_monitor": ((0.28, 0.98), (0.11, 0.52), (0.28, 0.88)),
    "pc_mouse": ((0.045, 0.2), (0.075, 0.34), (0.017, 0.085)),
    "soccer": ((0.18, 0.23), (0.18, 0.23), (0.18, 0.23)),
    "toaster": ((0.2, 0.5), (0.14, 0.5), (0.165, 0.29)),
    "tv_remote": ((0.025, 0.13), (0.055, 0.28), (0.005, 0.045)),
    "vase": ((0.04, 0.5), (0.04, 0.5), (0.12, 0.88)),
    "wall_clock": ((0.15, 0.8), (0.01, 0.25), (0.15, 1.1)),
}
"""Smallest and largest extent along x, y and z by class, metres."""

UPRIGHT = {
    "pc_keyboard": lambda x, y, z: x > 1.5 * y > 3 * z,  # long side along x
    "tv_remote": lambda x, y, z: y > 1.5 * x and y > 3 * z,  # lies flat, away from the user
    "backpack": lambda x, y, z: z > 1.1 * y and z > x,  # stands
    "pc_mouse": lambda x, y, z: y > 1.05 * x and y > 1.3 * z,
    "pc_monitor": lambda x, y, z: z > 0.7 * y and x < 2.5 * z,
    "laptop": lambda x, y, z: x > z,
    "wall_clock": lambda x, y, z: y < 0.6 * x and y < 0.6 * z,  # flat, on a wall
}
"""Conditions on the extents along x, y and z that a correctly rotated object meets."""

SCREENS = ("laptop", "pc_monitor")

PROBE = Path(__file__).parents[1] / "helpers" / "probe_generators.py"


def _reports(out: Path, jobs: list[tuple[str, int]], hash_seed: str) -> list[dict]:
    """Build (class, seed) pairs one after another in a fresh Blender, and return its reports."""
    process = subprocess.run(
        [sys.executable, str(PROBE), str(out), json.dumps(jobs)],
        cwd=ROOT.parent,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "TMPDIR": str(out.parent)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert out.is_file(), f"building {jobs[0][0]} failed:\n{process.stderr[-3000:]}"
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def rebuilt_hashes(tmp_path_factory) -> dict[str, str]:
    """The hash of seed 0 by class, built in one other process."""
    out = tmp_path_factory.mktemp("generators") / "again.json"
    reports = _reports(out, [(cls, 0) for cls in CLASSES], hash_seed="2")
    return {cls: report["hash"] for cls, report in zip(CLASSES, reports, strict=True)}


@pytest.fixture(scope="module", params=CLASSES)
def built(request, tmp_path_factory) -> tuple[str, list[dict]]:
    """A class and the reports of its seeds 0 to SEEDS - 1, then of seed 0 again."""
    out = tmp_path_factory.mktemp("generators") / f"{request.param}.json"
    jobs = [(request.param, seed) for seed in (*range(SEEDS), 0)]
    return request.param, _reports(out, jobs, hash_seed="1")


def test_every_class_has_a_generator():
    assert sorted(SIZES) == list(CLASSES)
    assert set(CLASSES) == set(STUDY_CLASSES)


def test_a_seed_determines_the_instance(built, rebuilt_hashes):
    cls, reports = built
    hashes = [report["hash"] for report in reports]
    assert hashes[0] == hashes[SEEDS], "one seed builds different objects within a process"
    assert hashes[0] == rebuilt_hashes[cls], "one seed builds different objects in two processes"
    assert len(set(hashes[:SEEDS])) == SEEDS, "two seeds built the same instance"


def test_no_global_random_state(built):
    assert all(report["untouched"] for report in built[1])


def test_sizes_are_real(built):
    cls, reports = built
    for seed, report in enumerate(reports):
        assert report["finite"]
        for axis, (smallest, largest) in enumerate(SIZES[cls]):
            size = report["high"][axis] - report["low"][axis]
            assert smallest <= size <= largest, f"seed {seed}: {size:.3f} m along {'xyz'[axis]}"


def test_sizes_vary(built):
    heights = {round(report["high"][2] - report["low"][2], 4) for report in built[1]}
    assert len(heights) >= 3, "all seeds have almost the same height"


def test_it_stands_on_the_ground_and_is_centred(built):
    for seed, report in enumerate(built[1]):
        assert abs(report["low"][2]) <= 0.001, f"seed {seed} stands at z = {report['low'][2]:.4f} m"
        for axis in (0, 1):
            low, high = report["low"][axis], report["high"][axis]
            assert abs(low + high) / 2 <= max(0.02, 0.05 * (high - low)), (
                f"seed {seed} is not centred"
            )


def test_it_has_the_right_orientation(built):
    cls, reports = built
    for seed, report in enumerate(reports):
        x, y, z = (high - low for low, high in zip(report["low"], report["high"], strict=True))
        assert UPRIGHT.get(cls, lambda *_: True)(x, y, z), f"seed {seed}: {x:.2f} {y:.2f} {z:.2f} m"


def test_nothing_floats(built):
    floating = {
        seed: report["floating"] for seed, report in enumerate(built[1]) if report["floating"]
    }
    assert not floating, f"number of floating groups of parts, by seed: {floating}"


def test_bodies_are_closed(built):
    cls, reports = built
    min_share = 0.4 if cls in SCREENS else 0.75  # printed text and screens are open sheets
    assert min(report["closed"] for report in reports) >= min_share


def test_shells_face_outward(built):
    for seed, report in enumerate(built[1]):
        assert report["volume"] > 0, f"seed {seed}"
        assert report["inside_out"] == 0, f"seed {seed}: {report['inside_out']} shells inside out"


def test_few_triangles_materials_and_in_the_scene(built):
    for seed, report in enumerate(built[1]):
        assert 100 < report["triangles"] < 60_000, f"seed {seed}: {report['triangles']} triangles"
        assert report["materials"] >= 1, f"seed {seed} has no material"
        assert report["linked"], f"seed {seed} is not in the scene"
