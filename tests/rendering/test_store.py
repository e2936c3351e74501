"""Render stores that are damaged, on a full or read-only disk, under odd names, or tiny."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from synthlib import params, rendering
from synthlib.cli import main
from synthlib.data import prepare
from synthlib.rendering import supervisor
from synthlib.rendering.store import (
    png_bytes,
    remove_faulty_instances,
    seconds_by_instance,
    store_statistics,
    verify_store,
)
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import FileError
from tests.helpers.render_cases import (
    N_INSTANCES,
    ONE_WORKER,
    QUIET,
    SETTINGS,
    file_bytes,
    make_plan,
)
from tests.helpers.shapes_obj import CUBE, WEDGE, write_box
from tests.helpers.small_disks import temporary_disk

OTHER_COLOURS = """
ocio_profile_version: 1
roles: {default: raw, scene_linear: raw, color_picking: raw, data: raw}
displays: {Other: [!<View> {name: Other, colorspace: raw}]}
active_displays: [Other]
active_views: [Other]
colorspaces: [!<ColorSpace> {name: raw, isdata: true}]
"""
"""A configuration of colour management without the view that renders use."""


@pytest.fixture
def copied(rendered, tmp_path):
    """The plan of a copy of the complete store, which a test may damage."""
    plan, _ = rendered
    store = tmp_path / "renders" / plan.store.name
    shutil.copytree(plan.store, store)
    return replace(plan, store=store)


def damage(plan: rendering.RenderPlan) -> dict[str, str]:
    """Damage every file of the store in some way; return the expected fault kind of each."""
    first, second, third, fourth = sorted(p.parent for p in plan.store.glob("*/*/instance.json"))
    expected = {}

    def expect(path: Path, kind: str) -> Path:
        expected[str(path.relative_to(plan.store))] = kind
        return path

    path = expect(first / "00.png", "truncated")
    path.write_bytes(path.read_bytes()[:-5])
    path = expect(first / "01.png", "changed")
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    expect(first / "02.png", "missing").unlink()
    expect(first / "notes.txt", "unexpected").write_text("x")
    path = expect(second / "instance.json", "truncated")
    path.write_text(path.read_text()[:100])
    expect(third / "instance.json", "missing").unlink()
    shutil.rmtree(expect(fourth / "instance.json", "missing").parent)
    return expected


def test_verify_names_what_is_missing_truncated_or_changed(copied, rendered):
    whole, _ = rendered
    clean = verify_store(copied, progress=False)
    assert (clean.faults, clean.instances, clean.files, clean.failed) == ([], 6, 12, 2)
    expected = damage(copied)
    report = verify_store(copied, progress=False)
    assert {fault.file: fault.kind for fault in report.faults} == expected
    with pytest.raises(RenderError, match=r"instance\.json is broken .* render verify"):
        rendering.read_manifest(copied)
    assert remove_faulty_instances(copied, report.faults) == 4
    rendering.render(copied, QUIET)
    assert verify_store(copied, progress=False).faults == []
    assert file_bytes(copied.store) == file_bytes(whole.store)


def test_verify_compares_the_manifest_with_the_files(copied):
    path = copied.store / "manifest.parquet"
    table = pd.read_parquet(path)
    table.loc[3, "sha256"] = "0" * 64
    table.to_parquet(path, index=False)
    assert [f.kind for f in verify_store(copied, progress=False).faults] == ["changed"]
    path.write_bytes(path.read_bytes()[:50])
    assert [f.kind for f in verify_store(copied, progress=False).faults] == ["truncated"]
    path.unlink()
    assert [f.kind for f in verify_store(copied, progress=False).faults] == ["missing"]


def test_statistics_count_as_the_thesis_does(rendered):
    plan, _ = rendered
    whole = rendering.read_manifest(plan)
    table = store_statistics(whole, whole[whole["view"] < 2]).set_index("class")
    assert list(table.index) == ["block", "crate", "all"]
    done = [i for i in plan.instances if (plan.store / i.cls / i.name).exists()]
    for split in ("train", "test"):
        count = sum(i.split == split for i in done)
        assert table.loc["all", f"{split}_instances"] == count
        assert table.loc["all", f"{split}_renders"] == 3 * count
    assert table.loc["all", "curated_instances"] == table.loc["all", "train_instances"]
    assert table.loc["all", "curated_renders"] == 2 * table.loc["all", "train_instances"]
    assert table.loc["crate", "renders"] == 9
    assert 20 < table.loc["all", "coverage"] < 95
    assert png_bytes(plan) == sum(p.stat().st_size for p in plan.store.rglob("*.png"))
    with (plan.store / "timings.jsonl").open("a") as file:
        file.write('{"name": "crate/pl')  # cut off by a full disk
    seconds = seconds_by_instance(plan)
    assert sorted(seconds.index) == sorted(f"{i.cls}/{i.name}" for i in done)
    assert seconds.gt(0).all()


def test_the_commands_that_check_and_count(tmp_path):
    write_box(tmp_path / "models/vase/a/a.obj", CUBE)
    write_box(tmp_path / "models/cup/b/b.obj", WEDGE)
    settings = {"classes": ["vase", "cup"], "instances": 2, "views": 1, "render_size": 16}
    settings |= {"assets": "models", "models_root": str(tmp_path / "models"), "render_samples": 1}

    def command(*words: str):
        options = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
        options += ["--scale", "tiny", "--outputs", str(tmp_path / "out")]
        return CliRunner().invoke(main, [*words, *options])

    assert command("render", "stats").exit_code == 1
    assert "no renders in" in command("render", "stats").output
    assert command("render").exit_code == 0
    assert command("render", "verify").exit_code == 0
    shown = command("render", "stats")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0].startswith("class,train_instances,train_renders")
    assert shown.stdout.splitlines()[-1].startswith("all,")
    assert "4 of 4 renders" in shown.stderr
    counts = dict(zip(*(line.split(",") for line in shown.stdout.splitlines()[::3]), strict=True))
    assert counts["class"] == "all"
    assert int(counts["curated_renders"]) == int(counts["train_renders"]) > 0
    settings["min_coverage"] = 1.0  # nothing covers its whole frame
    assert "leaves no training render" in command("render", "stats").output
    del settings["min_coverage"]
    png = next((tmp_path / "out").rglob("*.png"))
    png.write_bytes(png.read_bytes()[:20])
    found = command("render", "verify", "--remove")
    assert found.exit_code == 1
    assert f"truncated: {png}" in found.stdout
    assert not png.parent.exists()
    assert command("render").exit_code == command("render", "verify").exit_code == 0


# --- disks ----------------------------------------------------------------------------------------


def test_a_full_disk_is_named_and_no_incomplete_instance_counts_as_done(whole, models, tmp_path):
    plan = make_plan(tmp_path / "disk", models, N_INSTANCES)
    with temporary_disk(tmp_path / "disk", "16k") as remount:
        for size in ("16k", "64k", "128k"):
            remount(f"size={size}")
            with pytest.raises(RenderError, match=r"the disk of .* is full; free some space"):
                rendering.render(plan, ONE_WORKER)
            kinds = {fault.kind for fault in verify_store(plan, progress=False).faults}
            assert kinds == {"missing"}
            assert not (plan.store / ".work").exists()
            assert not list(plan.store.rglob("*.tmp"))
        remount("size=16m")
        report = rendering.render(plan, ONE_WORKER)
        assert report.skipped > 0
        assert file_bytes(plan.store) == file_bytes(whole.store)


def test_a_read_only_store_is_enough_if_it_is_complete_and_is_named_if_not(models, tmp_path):
    plan = make_plan(tmp_path / "disk", models)
    with temporary_disk(tmp_path / "disk", "16m") as remount:
        rendering.render(plan, QUIET)
        remount("ro")
        assert rendering.render(plan, QUIET).skipped == 4
        assert verify_store(plan, progress=False).faults == []
        larger = make_plan(tmp_path / "disk", models, N_INSTANCES)
        with pytest.raises(FileError, match=r"cannot be written \(Read-only file system\): name a"):
            rendering.render(larger, QUIET)


# --- names and numbers ----------------------------------------------------------------------------


def test_folder_names_with_spaces_and_of_any_alphabet_change_no_byte(models, rendered, tmp_path):
    whole, _ = rendered
    folder = tmp_path / "größer, 大きい 'o' & co"
    shutil.copytree(models, folder / "die Modelle")
    plan = make_plan(folder / "was draus wird", folder / "die Modelle")
    rendering.render(plan, QUIET)
    content, expected = file_bytes(plan.store), file_bytes(whole.store)
    for files in (content, expected):
        del files["failed.jsonl"]  # it has paths of tracebacks and models
    assert content == expected
    assert [f["name"] for f in rendering.failed_instances(plan)] == [
        f["name"] for f in rendering.failed_instances(whole)
    ]


def test_one_view_and_one_instance_are_enough(models, tmp_path):
    plan = rendering.plan_renders(
        tmp_path,
        ["crate"],
        1,
        assets="models",
        models_root=models,
        settings=replace(SETTINGS, views=1),
    )
    assert len(rendering.render(plan, QUIET).done) == 1
    table = rendering.read_manifest(plan)
    assert table[["view", "azimuth", "elevation"]].to_numpy().tolist() == [[0, 0, 0]]
    assert [p.name for p in plan.store.rglob("*.png")] == ["00.png"]


@pytest.mark.parametrize(
    ("classes", "instances", "words"),
    [
        (["crate"], 0, "instances is 0; each class needs at least 1"),
        ([], 1, "classes is empty"),
        (["crate", "block", "crate"], 1, "classes names crate twice"),
    ],
)
def test_empty_plans_and_repeated_classes_are_refused(models, classes, instances, words):
    with pytest.raises(RenderError, match=words):
        rendering.plan_renders(
            Path("out"),
            classes,
            instances,
            assets="models",
            models_root=models,
            settings=SETTINGS,
        )


def test_models_that_would_share_a_name_never_share_a_folder(tmp_path):
    for folder in ("a b", "a-b", "a_b"):
        write_box(tmp_path / f"crate/{folder}/x.obj", CUBE)
    write_box(tmp_path / "crate/a.b/x.obj", WEDGE)
    plan = rendering.plan_renders(
        Path("out"), ["crate"], 6, assets="models", models_root=tmp_path, settings=SETTINGS
    )
    names = [i.name for i in plan.instances]
    assert len(names) == len(set(names)) == 6


def test_the_store_is_in_the_project_from_any_working_folder(tmp_path, monkeypatch):
    def store() -> Path:
        return prepare.render_plan(params.load("tiny", "baseline", assets="procedural")).store

    here = store()
    assert here.is_absolute()
    monkeypatch.chdir(tmp_path)
    assert store() == here


@pytest.mark.parametrize("source", ["variable", "home"])
def test_the_users_colour_management_changes_no_byte(
    source, rendered, models, tmp_path, monkeypatch
):
    folder = tmp_path / ".config" / "blender" / "4.5" / "datafiles" / "colormanagement"
    folder.mkdir(parents=True)
    config = folder / "config.ocio"
    config.write_text(OTHER_COLOURS)
    if source == "variable":
        monkeypatch.setenv("OCIO", str(config))
    else:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    plan = make_plan(tmp_path / "outputs", models)
    rendering.render(plan, ONE_WORKER)
    assert file_bytes(plan.store) == file_bytes(rendered[0].store)


def test_fewer_items_than_cores_have_several_threads_and_the_same_bytes(
    rendered, models, tmp_path, monkeypatch
):
    monkeypatch.setattr(supervisor, "available_cores", lambda: 5)
    plan = make_plan(tmp_path / "outputs", models, 1)
    threads = []
    run = supervisor._run_chunks
    monkeypatch.setattr(
        supervisor,
        "_run_chunks",
        lambda chunks, *rest: threads.append(chunks[0].settings["threads"]) or run(chunks, *rest),
    )
    rendering.render(plan, QUIET)
    assert threads == [2]
    expected = file_bytes(rendered[0].store)
    images = {name: png for name, png in file_bytes(plan.store).items() if name.endswith(".png")}
    assert len(images) == SETTINGS.views
    assert images == {name: expected[name] for name in images}
