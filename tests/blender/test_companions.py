"""Companions and occluders: places that do not intersect, and what their masks and records say."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from synthlib import rendering
from synthlib.classes import (
    COMPANION_THINGS,
    NO_CLASS_THINGS,
    THESIS_CLASSES,
    generator_names,
    load_classes,
)
from synthlib.data.pack_builder import RGBA_AND_MASK
from synthlib.data.prepare import pack_table
from synthlib.data.preprocess import crop_to_alpha
from synthlib.rendering.footprints import (
    clear_distance,
    cover_share,
    covered_share,
    footprint,
)
from synthlib.rendering.store import verify_store
from synthlib.rendering.view_files import mask_file
from synthlib.utils.errors import ParameterError
from tests.helpers.render_cases import ONE_WORKER, QUIET, file_bytes, png_paths

SETTINGS = rendering.RenderSettings(size=32, samples=4, views=4, companions=1.0, occluders=0.5)

angles = st.floats(0, 2 * np.pi)
seeds = st.integers(0, 10**6)


def _blob(seed: int, centre: float = 0.0) -> np.ndarray:
    """The footprint of random points, longer than wide."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(20, 3)) * [rng.uniform(0.1, 2), rng.uniform(0.1, 2), 1] + centre
    return footprint(points)


def _gap(first: np.ndarray, second: np.ndarray) -> float:
    """Largest distance of two convex polygons along any of many normals; below 0 they overlap."""
    turns = np.linspace(0, 2 * np.pi, 3600)
    normals = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return float(((normals @ second.T).min(axis=1) - (normals @ first.T).max(axis=1)).max())


@given(seeds, seeds, seeds, angles, st.floats(0, 0.5))
def test_a_placed_footprint_is_clear_of_all_others_and_near(a, b, new, angle, gap):
    """Independently of `clear_distance`: no overlap, and a small step back overlaps again."""
    placed, moved = [_blob(a), _blob(b, 0.5)], _blob(new)
    direction = np.array([np.cos(angle), np.sin(angle)])
    distance = clear_distance(placed, moved, direction, gap)
    assert min(_gap(other, moved + distance * direction) for other in placed) >= gap - 1e-6
    # normals are 5 degrees apart, so the distance is at most a little too large
    size = max(np.ptp(shape, axis=0).max() for shape in (*placed, moved))
    back = moved + (distance - 0.2 * size - 0.1) * direction
    assert min(_gap(other, back) for other in placed) < gap


def test_squares_are_placed_side_by_side():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    assert clear_distance([square], square, np.array([1.0, 0.0])) == pytest.approx(1)
    assert clear_distance([square], square, np.array([0.0, -1.0]), 0.25) == pytest.approx(1.25)


def test_a_footprint_of_points_on_a_line_keeps_them():
    line = np.array([[0, 0, 0], [1, 1, 5], [2, 2, 9]], float)
    assert footprint(line).tolist() == [[0, 0], [1, 1], [2, 2]]
    assert footprint(line, (0, 2)).max(axis=0).tolist() == [2, 9]


def test_the_share_inside_a_square_is_its_area():
    grid = np.stack(np.meshgrid(*2 * [(np.arange(100) + 0.5) / 100]), -1).reshape(-1, 2)
    square = np.array([[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]])
    assert covered_share(grid, square) == pytest.approx(0.25)


@given(angles, st.floats(0.05, 0.4), st.floats(0.1, 1.0))
def test_an_occluder_covers_the_share_that_is_asked_for(angle, share, size):
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-0.5, 0.5, 41)]), -1).reshape(-1, 2)
    square = size * np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    direction = np.array([np.cos(angle), np.sin(angle)])
    outline, offset = cover_share(grid, square, direction, share)
    covered = covered_share(grid, outline + offset)
    assert share <= covered <= share + 0.12
    # enlarged only if the outline is too small even in front of the middle
    is_large_enough = covered_share(grid, square) >= share
    assert np.allclose(outline, square) == is_large_enough
    assert (offset - grid.mean(axis=0)) @ direction >= -1e-9


def make_plan(outputs: Path, settings: rendering.RenderSettings) -> rendering.RenderPlan:
    return rendering.plan_renders(
        outputs,
        ["banana", "basketball"],
        2,
        assets="procedural",
        models_root=None,
        settings=settings,
    )


def instance_files(plan: rendering.RenderPlan) -> list[dict]:
    paths = [plan.store / name / "instance.json" for name in plan.instance_names]
    return [json.loads(path.read_text()) for path in paths]


def alpha_and_mask(store: Path, file: str) -> tuple[np.ndarray, np.ndarray]:
    with Image.open(store / file) as render, Image.open(store / mask_file(file)) as mask:
        return np.asarray(render)[:, :, 3] / 255, np.asarray(mask) / 255


@pytest.fixture(scope="module")
def groups(tmp_path_factory) -> rendering.RenderPlan:
    """A rendered plan of groups with occluders, made by one worker, undisturbed."""
    plan = make_plan(tmp_path_factory.mktemp("groups"), SETTINGS)
    assert not rendering.render(plan, ONE_WORKER).failed
    return plan


def test_the_mask_is_the_visible_part_of_the_object_alone(groups):
    table = rendering.read_manifest(groups)
    assert len(table) == 16
    for row in table.itertuples():
        alpha, mask = alpha_and_mask(groups.store, row.file)
        assert (mask - alpha).max() < 0.5  # edges differ, as a mask has fewer samples
        assert row.coverage == np.mean(mask > 127.5 / 255)
        assert 0 <= row.occluded <= 0.6
        if row.others:
            assert alpha.sum() > 1.1 * mask.sum() > 0
        else:
            assert np.array_equal(alpha, mask)
            assert row.occluded == 0 or "basketball" in row.file
    assert table["occluded"].max() > 0.05


def test_instances_record_their_companions_and_views_what_is_in_them(groups):
    for content in instance_files(groups):
        listed = THESIS_CLASSES[content["class"]].companions
        assert set(content["companions"]) <= set(listed)
        for view in content["views"]:
            names = view["others"].split(", ") if view["others"] else []
            own = [name for name in content["companions"] if name != content["class"]]
            assert names[: len(own)] == own or not names  # then at most the occluder
            assert len(names) <= len(own) + 1
            left, top, right, bottom = view["full_box"]
            assert left <= view["box"][0] < view["box"][2] <= right
            assert top <= view["box"][1] < view["box"][3] <= bottom
            assert view["coverage"] <= view["full_coverage"]
    assert any(content["companions"] for content in instance_files(groups))


def test_an_interrupted_and_resumed_store_has_the_bytes_of_an_undisturbed_one(groups, tmp_path):
    plan = make_plan(tmp_path, SETTINGS)

    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rendering.render(plan, replace(QUIET, workers=2, on_done=interrupt))
    assert 0 < len(rendering.render(plan, QUIET).done) < 4
    assert file_bytes(plan.store) == file_bytes(groups.store)
    assert verify_store(plan, progress=False).faults == []
    victim = next(plan.store.rglob("*_mask.png"))
    victim.unlink()
    assert [fault.kind for fault in verify_store(plan, progress=False).faults] == ["missing"]


def test_an_object_that_is_small_in_its_group_is_shown_as_large_as_in_photographs(tmp_path):
    """A soccer ball with a player, and the same ball in close-ups, in which it always is."""
    mine = replace(SETTINGS, occluders=0.0, poses="photographed", close_ups=True, views=12)
    plan = rendering.plan_renders(
        tmp_path, ["soccer"], 3, assets="procedural", models_root=None, settings=mine
    )
    assert not rendering.render(plan, QUIET).failed
    table = rendering.read_manifest(plan)
    cut = table[table["others_cut"]]
    assert len(cut) > 3
    least, most = THESIS_CLASSES["soccer"].size
    at_edges = []
    for file in cut["file"]:
        alpha, _ = alpha_and_mask(plan.store, file)
        at_edges.append(
            max(edge.max() for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]))
        )
    assert min(at_edges) > 0  # some things only touch the edge
    assert np.mean(np.array(at_edges) > 0.5) > 0.7
    whole = cut[(cut["distance"] >= 1) & (cut["occluded"] < 0.1)]
    sides = (whole[["right", "bottom"]].to_numpy() - whole[["left", "top"]].to_numpy()).max(axis=1)
    assert len(whole)
    assert ((sides >= least * 32 - 2) & (sides <= most * 32 + 2)).all()
    assert (table["coverage"] > 0).all()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.blender import test_companions as cases
cases.rendering.render(cases.make_plan(Path({outputs!r}), cases.SETTINGS), cases.QUIET)
"""


def _has_frame_since(folder: Path, started: float) -> bool:
    for path in png_paths(folder):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime >= started:
                return True
    return False


def test_a_killed_and_resumed_store_and_its_packs_have_the_bytes_of_undisturbed_ones(
    groups, tmp_path
):
    """SIGKILL of all processes as soon as there is a frame of an instance, twice."""
    plan = make_plan(tmp_path, SETTINGS)
    script = KILLED.format(tests=str(Path(__file__).parents[2]), outputs=str(tmp_path))
    incomplete = kills = 0
    while kills < 2 or (kills < 4 and not incomplete):  # a kill may fall between two instances
        started, children = time.time(), []
        process = subprocess.Popen([sys.executable, "-c", script])
        while process.poll() is None and not _has_frame_since(plan.store / ".work", started):
            # listed before there is a frame: all of an instance take a tenth of a second
            children = psutil.Process(process.pid).children(recursive=True)
        kills += 1
        for victim in (process, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        assert process.wait() == -signal.SIGKILL
        psutil.wait_procs(children, timeout=60)
        incomplete += bool(png_paths(plan.store / ".work"))
        folders = {path.parent for path in png_paths(plan.store) if ".work" not in path.parts}
        assert all((folder / "instance.json").exists() for folder in folders)
        assert len(folders) < 4
    assert incomplete, "no kill fell into an instance"
    rendering.render(plan, QUIET)
    assert file_bytes(plan.store) == file_bytes(groups.store)
    packed = []
    for each in (plan, groups):
        table = rendering.read_manifest(each)
        folder = tmp_path / f"packs{len(packed)}"
        pack_table(folder, each.store, table, crop_to_alpha(32), "cutout", RGBA_AND_MASK, "groups")
        packed.append(file_bytes(folder))
        [meta] = folder.glob("*/pack.json")
        assert json.loads(meta.read_text())["channels"] == 5
    assert packed[0] == packed[1]


def test_the_occluded_share_is_what_the_same_view_has_less_than_without_occluder(tmp_path):
    """The object, frame and light of a view are those of a store without occluders, unless its lens
    had to be widened."""
    plain = rendering.RenderSettings(size=32, samples=16, views=4, fill=0.5)
    without = make_plan(tmp_path / "without", plain)
    with_them = make_plan(tmp_path / "with", replace(plain, occluders=1.0))
    for plan in (without, with_them):
        rendering.render(plan, QUIET)
    compared = 0
    for alone, occluded in zip(
        rendering.read_manifest(without).itertuples(),
        rendering.read_manifest(with_them).itertuples(),
        strict=True,
    ):
        assert alone.file == occluded.file
        if alone.field_of_view != occluded.field_of_view or not occluded.others:
            continue
        compared += 1
        with Image.open(without.store / alone.file) as render:
            full = np.asarray(render)[:, :, 3] / 255
        _, visible = alpha_and_mask(with_them.store, occluded.file)
        assert occluded.occluded == pytest.approx(1 - visible.sum() / full.sum(), abs=0.06)
        assert 0.02 < occluded.occluded <= 0.6
    assert compared >= 4


def test_a_ground_shadow_and_depth_leave_the_masks_of_groups_as_they_are(groups, tmp_path):
    plan = make_plan(tmp_path, replace(SETTINGS, ground_shadow=True, passes=("depth",), views=2))
    assert not rendering.render(plan, QUIET).failed
    assert verify_store(plan, progress=False).faults == []
    columns = ["class", "instance", "view", "mask_sha256", "others", "occluded"]
    plain = rendering.read_manifest(groups)
    with_shadows = rendering.read_manifest(plan)
    assert with_shadows[columns].equals(
        plain.loc[plain["view"] < 2, columns].reset_index(drop=True)
    )


def test_distractors_are_of_no_class_of_the_plan_and_of_none_if_it_has_all(tmp_path):
    settings = rendering.RenderSettings(size=16, samples=1, views=1, distractors=2)
    plan = make_plan(tmp_path, settings)
    assert {"banana", "basketball"}.isdisjoint(plan.distractor_names)
    assert len(plan.distractor_names) == 15
    rendering.render(plan, QUIET)
    names = ", ".join(rendering.read_manifest(plan)["others"]).split(", ")
    assert {*names} - {""} <= {*plan.distractor_names}
    assert len(names) > 2
    everything = rendering.plan_renders(
        tmp_path,
        list(THESIS_CLASSES),
        1,
        assets="procedural",
        models_root=None,
        settings=settings,
    )
    assert everything.distractor_names == list(NO_CLASS_THINGS)
    assert everything.store != plan.store


def test_groups_name_their_store_and_not_that_of_others():
    plain = rendering.RenderSettings()
    digests = {
        replace(plain, **changes).digest
        for changes in (
            {},
            {"companions": 0.5},
            {"companions": 1.0},
            {"occluders": 0.5},
            {"distractors": 1},
        )
    }
    assert len(digests) == 5


def test_another_list_of_companions_names_other_folders_of_that_class(tmp_path, monkeypatch):
    before = make_plan(tmp_path, SETTINGS).instance_names
    plain = make_plan(tmp_path, rendering.RenderSettings()).instance_names
    mine = tmp_path / "mine.yaml"
    mine.write_text("banana: {companions: [fruit]}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(mine))
    after = make_plan(tmp_path, SETTINGS).instance_names
    kept = [old == new for old, new in zip(before, after, strict=True)]
    assert kept == [name.startswith("basketball") for name in after]
    assert make_plan(tmp_path, rendering.RenderSettings()).instance_names == plain


def test_what_cannot_be_placed_is_refused_in_one_sentence(tmp_path, monkeypatch):
    file = tmp_path / "mine.yaml"
    file.write_text("banana: {companions: [elephant]}\n")
    with pytest.raises(ParameterError, match="there is nothing called elephant; allowed: alarm_cl"):
        load_classes(file, THESIS_CLASSES)
    file.write_text("crate: {scenes: [hall]}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(file))
    with pytest.raises(rendering.RenderError, match="companions is 1, but none of the classes"):
        rendering.plan_renders(
            tmp_path, ["crate"], 2, assets="procedural", models_root=None, settings=SETTINGS
        )
    for name in ("companions", "occluders"):
        with pytest.raises(ParameterError, match=name):
            rendering.RenderSettings(**{name: 1.5})


SCRIPT = """
import json, os, sys
from synthlib.blender.worker import import_bpy
import_bpy()
import bpy
import numpy as np
from synthlib.blender import scene
from synthlib.blender.companions import group
from synthlib.classes import THESIS_CLASSES
from synthlib.seeding import rng_for

result = {"names": sorted({*group._STANDING, *group._HOLDERS, *group.things.CARRIERS})}
result["hulls"] = []
for is_model in (False, True):
    for number in range(8):
        scene.reset_scene()
        bpy.ops.mesh.primitive_cube_add(size=0.2, location=(0, 0, 0.1))
        listed = ["fruit", "mug", "banana", "box"]
        placed = group.add_companions(
            number, "banana", "x", listed, own="banana", is_model=is_model
        )
        result["hulls"].append([hull.tolist() for hull in placed.hulls])
        result.setdefault("units", []).append(placed.unit)
print("RESULT" + json.dumps(result), flush=True)
os._exit(0)
"""


def test_things_stand_apart_on_the_ground_and_models_set_their_unit():
    """The builders are those that `classes.py` names; a cube of 0.2 m stands for the object."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout.partition("RESULT")[2])
    assert result["names"] == sorted(COMPANION_THINGS)
    assert result["units"][:8] == [1.0] * 8
    assert all(0.5 < unit < 2.5 for unit in result["units"][8:])  # a banana is 0.2 m long
    for hulls in result["hulls"]:
        points = [np.array(hull) for hull in hulls]
        assert all(abs(hull[:, 2].min()) < 1e-4 for hull in points)
        shapes = [footprint(hull) for hull in points]
        pairs = [(a, b) for i, a in enumerate(shapes) for b in shapes[:i]]
        assert all(_gap(a, b) > -1e-4 for a, b in pairs)
    assert max(len(hulls) for hulls in result["hulls"]) > 2


def test_every_class_lists_companions_and_every_thing_is_listed():
    listed = {name for cls in THESIS_CLASSES.values() for name in cls.companions}
    assert all(cls.companions for cls in THESIS_CLASSES.values())
    assert listed <= {*COMPANION_THINGS, *generator_names()}
