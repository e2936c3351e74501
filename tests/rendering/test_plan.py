"""The render store: plans and splits, rendering, the manifest."""

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from synthlib import rendering
from synthlib.assets import instances as assets
from synthlib.classes import CLASSES, ObjectClass
from synthlib.rendering import settings as render_settings, viewpoints
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.stage import instance_item
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import FileError, ParameterError
from tests.helpers.render_cases import QUIET, SETTINGS, make_plan
from tests.helpers.shapes_obj import CUBE, write_box

# --- plans and splits -----------------------------------------------------------------------------


def test_models_come_first_then_their_variations(models):
    instances = make_plan(Path("out"), models, 5).instances
    crates = [i for i in instances if i.cls == "crate"]
    assert [i.name.rsplit("-", 1)[0] for i in crates] == [
        "paint-v0",
        "plain-v0",
        "paint-v1",
        "plain-v1",
        "paint-v2",
    ]
    assert {i.asset for i in crates} == {"paint/paint.obj", "plain/plain.obj"}
    assert all(i.name.endswith(i.asset_digest[:8]) for i in crates)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(n_models=st.integers(1, 7), count=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_split_keeps_groups_together_and_is_close_to_a_fifth(tmp_path, n_models, count, seed):
    for number in range(n_models):
        write_box(tmp_path / f"c{n_models}/m{number}/m{number}.obj", CUBE * (number + 1))
    found = assets.list_instances(
        f"c{n_models}", count, assets="models", models_root=tmp_path, seed=seed
    )
    assert len(found) == len({i.name for i in found}) == count
    halves = {(i.split_group, i.split) for i in found}
    groups = {group for group, _ in halves}
    assert len(halves) == len(groups) == min(n_models, count)
    test = sum(i.split == "test" for i in found)
    assert (test > 0) == (len(groups) > 1)
    if test:
        sizes = Counter(i.split_group for i in found)
        assert test < count
        # moving one group into or out of the test half brings its share no closer to a fifth
        test_groups = {i.split_group for i in found if i.split == "test"}
        for group, size in sizes.items():
            other = test - size if group in test_groups else test + size
            assert other == 0 or abs(test - count / 5) <= abs(other - count / 5) + 1e-9


def test_files_of_one_model_are_in_one_half(tmp_path):
    for number in range(6):
        write_box(tmp_path / f"cup/m{number}/lod0.obj", CUBE * (number + 1))
        write_box(tmp_path / f"cup/m{number}/parts/lod1.obj", CUBE * (number + 0.5))
        write_box(tmp_path / f"cup/{number}.obj", CUBE * (number + 9))
    write_box(tmp_path / "cup/copy.obj", CUBE * 9)  # as 0.obj
    (tmp_path / "cup/copy.obj").with_suffix(".mtl").write_text("newmtl gold\n")
    found = assets.list_instances("cup", 19, assets="models", models_root=tmp_path, seed=0)
    groups = Counter(i.split_group for i in found)
    assert sorted(groups.values()) == [1] * 5 + [2] * 7
    assert len({(i.split_group, i.split) for i in found}) == len(groups)
    twins = {i.split_group for i in found if i.model_file.name in ("0.obj", "copy.obj")}
    assert len(twins) == 1


def test_every_generated_instance_is_its_own_group(tmp_path, monkeypatch):
    (tmp_path / "generators").mkdir()
    generator = tmp_path / "generators" / "thing.py"
    generator.write_text("VERSION = 1\ndef build(rng): return []\n")
    monkeypatch.setattr(assets, "GENERATORS", tmp_path / "generators")
    found = assets.list_instances("thing", 30, assets="procedural", models_root=None, seed=0)
    assert Counter(i.split for i in found) == {"train": 24, "test": 6}
    assert found[3].name == f"p0003-{found[3].asset_digest[:8]}"
    generator.write_text('"""Doc."""\nimport os\nVERSION: int = 1  # one\ndef build(rng): ...\n')
    again = assets.list_instances("thing", 30, assets="procedural", models_root=None, seed=0)
    assert again == found  # the text of the source is not part of a name
    generator.write_text("VERSION = 2\ndef build(rng): return []\n")
    changed = assets.list_instances("thing", 30, assets="procedural", models_root=None, seed=0)
    assert not {i.name for i in changed} & {i.name for i in found}
    write_box(tmp_path / "models/thing/a/a.obj", CUBE)
    both = assets.list_instances("thing", 3, assets="both", models_root=tmp_path / "models", seed=0)
    assert [i.asset for i in both] == ["a/a.obj", "procedural", "procedural"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def build(rng): ...", "has no line `VERSION = 1`"),
        ("def build(rng):\n    VERSION = 1", "has no line `VERSION = 1`"),
        ("VERSION = '1'", "has no line `VERSION = 1`"),
        ("VERSION = 0", "has no line `VERSION = 1`"),
        ("VERSION = True", "has no line `VERSION = 1`"),
        ("VERSION = 1 + 1", "has no line `VERSION = 1`"),
        ("VERSION = 1\nVERSION = 2", "has several lines `VERSION = 1`"),
    ],
)
def test_a_generator_without_a_version_is_named(tmp_path, monkeypatch, source, words):
    (tmp_path / "generators").mkdir()
    (tmp_path / "generators" / "thing.py").write_text(source)
    monkeypatch.setattr(assets, "GENERATORS", tmp_path / "generators")
    with pytest.raises(assets.AssetError, match=rf"generator .*thing\.py {words}"):
        assets.list_instances("thing", 3, assets="procedural", models_root=None, seed=0)
    with pytest.raises(RenderError, match=r"thing\.py"):
        rendering.plan_renders(
            tmp_path, ["thing"], 3, assets="procedural", models_root=None, settings=SETTINGS
        )


def test_every_generator_of_the_package_has_a_version():
    assert set(assets.generator_versions()) == set(CLASSES)
    assert all(version >= 1 for version in assets.generator_versions().values())


def test_a_changed_texture_makes_a_new_instance(tmp_path):
    mtl = "newmtl w\nmap_Kd wood.jpg\n"
    model = write_box(tmp_path / "m.obj", CUBE, mtl=mtl, usemtl="w")
    (tmp_path / "wood.jpg").write_bytes(b"oak")
    before = assets.model_digest(model)
    (tmp_path / "wood.jpg").write_bytes(b"elm")
    assert assets.model_digest(model) != before


def test_the_store_is_named_by_what_fixes_the_bytes(models):
    plan = make_plan(Path("out"), models)
    assert plan.store == make_plan(Path("out"), models, 2).store
    for change in (
        {"size": 25},
        {"samples": 3},
        {"views": 4},
        {"seed": 1},
        {"fill": 0.9},
        {"bpy_version": "4.5.16"},
    ):
        other = rendering.plan_renders(
            Path("out"),
            ["crate"],
            1,
            assets="models",
            models_root=models,
            settings=rendering.RenderSettings(**{"size": 24, "samples": 2, "views": 3, **change}),
        )
        assert other.store != plan.store
        assert other.recipe != plan.recipe


def test_the_store_is_named_by_the_versions_of_what_renders(monkeypatch):
    plain = rendering.RenderSettings()
    patterned = rendering.RenderSettings(random_textures=0.5)
    names = [plain.digest, patterned.digest]
    monkeypatch.setattr(render_settings, "RANDOM_TEXTURES_VERSION", 99)
    assert plain.digest == names[0]
    assert patterned.digest != names[1]
    monkeypatch.setattr(render_settings, "RENDER_VERSION", 99)
    assert plain.digest != names[0]


@pytest.mark.parametrize("poses", ["thesis", "photographed"])
def test_a_class_s_ranges_are_part_of_its_own_instances_identity(models, monkeypatch, poses):
    def plan():
        return rendering.plan_renders(
            Path("out"),
            ["crate", "block"],
            2,
            assets="models",
            models_root=models,
            settings=rendering.RenderSettings(poses=poses),
        )

    before = plan()
    names, recipe = before.instance_names, before.recipe
    known = ObjectClass("crate", "crate", ("attic",), elevation=(0.0, 30.0))
    other = ObjectClass("block", "block", ("block",))
    monkeypatch.setattr(viewpoints, "class_or_default", {"crate": known, "block": other}.get)
    after = plan()
    has_ranges = poses == "photographed"
    assert after.store == before.store
    assert [i.name for i in after.instances] == [i.name for i in before.instances]
    kept = [old == new for old, new in zip(names, after.instance_names, strict=True)]
    assert kept == [not has_ranges or i.cls == "block" for i in after.instances]
    assert (after.recipe != recipe) == has_ranges
    instance = after.instances[0]
    sample = f"{instance.cls}/{instance.name}/03"
    assert after.file_of(sample) == after.store / after.instance_names[0] / "03.png"


def test_another_blender_than_the_one_asked_for_is_refused(models, tmp_path):
    asked = replace(SETTINGS, bpy_version="4.2.0")
    plan = rendering.plan_renders(
        tmp_path, ["crate"], 2, assets="models", models_root=models, settings=asked
    )
    words = (
        r"bpy_version asks for bpy 4\.2\.0, and \S+ on \S+ has \d+\.\d+\.\d+: name a Python with "
        r"bpy==4\.2\.0 in SYNTHLIB_BLENDER_PYTHON, or set bpy_version to \d"
    )
    with pytest.raises(RenderError, match=words):
        rendering.render(plan, QUIET)
    assert not list(plan.store.rglob("*.png"))


def test_a_recipe_depends_on_the_content_of_models_not_on_their_folder(models, tmp_path):
    recipe = make_plan(Path("out"), models).recipe
    elsewhere = shutil.copytree(models, tmp_path / "models")
    assert make_plan(tmp_path, elsewhere).recipe == recipe
    assert make_plan(tmp_path, elsewhere, 2).recipe != recipe
    write_box(elsewhere / "crate/plain/plain.obj", CUBE * [1, 1, 3])
    assert make_plan(tmp_path, elsewhere).recipe != recipe


def test_invalid_arguments_are_named_in_a_sentence(tmp_path, models):
    def plan(**changes):
        arguments = {"assets": "models", "models_root": models, "settings": SETTINGS} | changes
        return rendering.plan_renders(tmp_path, ["crate"], 2, **arguments)

    with pytest.raises(RenderError, match=r"models_root .*nowhere is not a folder"):
        plan(models_root=tmp_path / "nowhere")
    with pytest.raises(RenderError, match=r"class sofa has no \.obj file"):
        rendering.plan_renders(
            tmp_path, ["sofa"], 2, assets="models", models_root=models, settings=SETTINGS
        )
    with pytest.raises(RenderError, match="class sofa has no generator"):
        rendering.plan_renders(
            tmp_path, ["sofa"], 2, assets="both", models_root=models, settings=SETTINGS
        )
    with pytest.raises(RenderError, match="assets is 'all'; allowed"):
        plan(assets="all")
    with pytest.raises(ParameterError, match=r"views: got 27; .*less than or equal to 26"):
        rendering.RenderSettings(views=27)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"cannot be written \(.*\): a file stands where a folder"):
        rendering.render(make_plan(tmp_path / "file", models), QUIET)


def test_an_item_survives_json(models):
    plan = make_plan(Path("out"), models, 5)
    for instance in plan.instances:
        item = instance_item(instance)
        assert InstanceItem.from_json(json.loads(json.dumps(asdict(item)))) == item
        assert Path(item.source).is_absolute()
    assert [instance_item(i).name for i in plan.instances] == plan.instance_names


# --- real renders ---------------------------------------------------------------------------------


def test_the_broken_model_is_named_and_the_others_are_rendered(rendered):
    plan, report = rendered
    assert len(plan.instances) == 6
    assert len(report.done) == 4
    assert {f["name"].split("-v")[0] for f in report.failed} == {"block/broken"}
    assert len(report.failed) == 2  # two variations of it were planned
    assert all("broken.obj has no faces" in f["reason"] for f in report.failed)
    assert rendering.failed_instances(plan) == report.failed


def test_the_manifest_describes_the_files(rendered):
    plan, _ = rendered
    table = rendering.read_manifest(plan)
    assert list(table.columns) == rendering.MANIFEST_COLUMNS
    assert len(table) == 4 * 3
    assert table[["class", "instance", "view"]].apply(tuple, axis=1).is_monotonic_increasing
    splits = {(i.cls, i.name): i.split for i in plan.instances}
    for row in table.to_dict("records"):
        assert row["split"] == splits[row["class"], row["instance"]]
        content = (plan.store / row["file"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
    written = pd.read_parquet(plan.store / "manifest.parquet")
    pd.testing.assert_frame_equal(written, table, check_dtype=False)


def test_finished_instances_are_skipped_and_counted(rendered, capsys):
    plan, first = rendered
    before = {path: path.stat().st_mtime_ns for path in plan.store.rglob("*.png")}
    report = rendering.render(plan)
    assert (report.done, report.skipped) == ([], 4)
    assert report.failed == first.failed  # still reported
    assert before == {path: path.stat().st_mtime_ns for path in plan.store.rglob("*.png")}
    output = capsys.readouterr().out
    assert "0 of 6 left (0 frames); 4 done before; 2 failed before" in output
