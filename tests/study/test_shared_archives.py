"""Renders and runs archived here and fetched elsewhere, from a server, on an interpreter without
Blender."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from synthlib import evaluation, runs
from synthlib.cli import main
from synthlib.data import prepare
from synthlib.inspection import run_inspector
from synthlib.params import Params, validate_params
from synthlib.photographs.stand_in import stand_in_files, stand_in_root
from synthlib.rendering.manifest import read_manifest, render_names
from synthlib.rendering.plan import failed_instances
from synthlib.rendering.store import verify_store
from synthlib.rendering.worker_process import RenderError
from synthlib.reporting import tables
from synthlib.runs import RunError
from synthlib.study import clean, shared_archives
from synthlib.utils.archives import ArchiveError
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.render_cases import file_bytes
from tests.helpers.shapes_obj import CUBE, WEDGE, write_box
from tests.helpers.small_study import DEMO_SCALE, make_project, make_runs, project_params
from tests.helpers.web_server import FakeServer, running_server

EXPERIMENT = "synth_bg"

COMMAND_WITHOUT_BPY = (
    "import sys; sys.modules['bpy'] = None; from synthlib.cli import main; main(sys.argv[1:])"
)


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with running_server() as web:
        yield web


def offer(web: FakeServer, folder: Path) -> str:
    for path in folder.iterdir():
        web.files[f"/{folder.name}/{path.name}"] = path.read_bytes()
    return web.url(folder.name)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a rendered store and one run, made by Blender here; not to be changed."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    make_runs(folder, (EXPERIMENT,))
    return folder


@pytest.fixture(scope="module")
def fetched(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another outputs folder, into which the commands brought the project's renders and runs."""
    outputs = tmp_path_factory.mktemp("elsewhere") / "outputs"
    target = tmp_path_factory.mktemp("web")
    with pytest.MonkeyPatch.context() as patch, running_server() as web:
        patch.setenv("no_proxy", "*")
        patch.chdir(project)
        for kind in ("renders", "runs"):
            given = ["archive", kind, "--scale", "demo", "--to", str(target / kind)]
            written = CliRunner().invoke(main, given)
            assert written.exit_code == 0, written.output
            url = offer(web, target / kind)
            done = CliRunner().invoke(
                main, ["fetch", kind, "--url", url, "--outputs", str(outputs)]
            )
            assert done.exit_code == 0, done.output
            assert f"next: synthlib batch --scale demo --outputs {outputs}\n" in done.output
    return outputs


def command(project: Path, *given: str) -> subprocess.CompletedProcess[str]:
    """Run a command where bpy cannot be imported, here or in a worker."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND_WITHOUT_BPY, *given],
        cwd=project,
        env=os.environ | {"SYNTHLIB_BLENDER_PYTHON": "/bin/false", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=600,
    )


# --- renders --------------------------------------------------------------------------------------


def test_a_fetched_store_is_complete_and_verified(project, fetched):
    here, there = (
        prepare.render_plan(project_params(project, EXPERIMENT, outputs=str(outputs)))
        for outputs in (project / "outputs", fetched)
    )
    assert here.store.name == there.store.name
    report = verify_store(there, progress=False)
    assert (report.instances, report.files, report.faults) == (9, 18, [])
    bytes_there = file_bytes(there.store)
    [record] = [name for name in bytes_there if name.startswith("plan-")]
    del bytes_there[record]
    assert bytes_there == file_bytes(here.store)


def test_nothing_is_left_to_render_without_blender(project, fetched):
    place = ("--scale", "demo", "--outputs", str(fetched))
    done = command(project, "render", *place)
    assert done.returncode == 0, done.stderr
    assert "0 of 9 left (0 frames); 9 done before." in done.stdout
    # an instance more cannot be rendered
    done = command(project, "render", *place, "--set", "instances=4")
    assert done.returncode == 1
    assert "/bin/false" in done.stderr


def test_a_fetched_run_is_the_run_of_these_parameters_without_blender(project, fetched):
    given = ("--scale", "demo", "--outputs", str(fetched), "--experiment", EXPERIMENT)
    done = command(project, "train", *given)
    assert done.returncode == 0, done.stderr
    assert "done already, nothing is computed again" in done.stdout
    # another run trains on the fetched renders
    done = command(project, "train", *given, "--seed", "1", "--set", "epochs=1")
    assert done.returncode == 0, done.stderr
    table = runs.load_runs(fetched, "demo", with_weights=True)
    assert list(table["seed"]) == [0, 1]


def test_the_same_store_gives_the_same_bytes_and_names_its_licences(project, tmp_path):
    params = project_params(project, "baseline")
    first = shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    second = shared_archives.archive_renders(params, tmp_path / "b", progress=False)
    assert first == second
    assert file_bytes(tmp_path / "a") == file_bytes(tmp_path / "b")
    assert first.about["renders"] == 18
    assert first.about["bpy"] == params.bpy_version
    assert {(s["name"], s["licence"], s["images"]) for s in first.sources} == {
        ("banana", "MIT", 6),
        ("basketball", "MIT", 6),
        ("backpack", "MIT", 6),
    }
    assert (
        "| generator | banana | synthlib | MIT | open | 6 |"
        in (tmp_path / "a" / "README.md").read_text()
    )
    for path in (tmp_path / "a").iterdir():
        assert str(project).encode() not in path.read_bytes()


def test_a_store_that_is_incomplete_or_damaged_is_not_archived(project, tmp_path):
    params = project_params(project, "baseline", instances=4)
    with pytest.raises(ArchiveError, match=r"has 3 faults, .*\(missing\).*`synthlib render"):
        shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    params = project_params(project, "baseline")
    [path, *_] = sorted(prepare.render_plan(params).store.glob("banana/*/00.png"))
    content = path.read_bytes()
    try:
        path.write_bytes(content[:-5])
        with pytest.raises(ArchiveError, match=r"has 1 faults, .*00\.png \(truncated\)"):
            shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    finally:
        path.write_bytes(content)
    assert not (tmp_path / "a").exists()


def test_a_store_that_exists_in_part_gets_the_rest(project, web, tmp_path):
    params = project_params(project, "baseline")
    shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    url = offer(web, tmp_path / "a")
    assert shared_archives.fetch_renders(url, tmp_path / "got", progress=False).fetched
    there = project_params(project, "baseline", outputs=str(tmp_path / "got"))
    plan = prepare.render_plan(there)
    lost = plan.store / plan.instance_names[0]
    lost.rename(tmp_path / "away")
    report = shared_archives.fetch_renders(url, tmp_path / "got", progress=False)
    assert [entry.path for entry in report.fetched] == [str(lost.relative_to(tmp_path / "got"))]
    assert verify_store(plan, progress=False).faults == []
    leftovers = clean.find_leftovers(tmp_path / "got")
    assert (leftovers.leftovers, leftovers.n_recent) == ([], 1)  # kept, as it came just now


def test_stand_in_photographs_come_with_the_renders(project, web, tmp_path, monkeypatch):
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs/renders").symlink_to(project / "outputs/renders")
    numbers = {"stand_in_train": 4, "stand_in_val": 1, "stand_in_backgrounds": 2}
    params = project_params(
        project, "baseline", stand_in=True, outputs=str(tmp_path / "outputs"), **numbers
    )
    settings = prepare.stand_in_settings(params)
    root = stand_in_root(params.output_dir, settings)
    files = stand_in_files(settings)
    assert len(files) == 1 + 3 * (4 + 1) + 2
    with pytest.raises(ArchiveError, match="is missing 18 stand-in photographs: synthlib batch"):
        shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    archive = shared_archives.archive_renders(params, tmp_path / "a", progress=False)
    assert {(s["kind"], s["licence"], s["images"]) for s in archive.sources} == {
        ("generator", "MIT", 6),
        ("photograph", "MIT", 17),
    }
    shared_archives.fetch_renders(offer(web, tmp_path / "a"), tmp_path / "got", progress=False)
    assert file_bytes(tmp_path / "got/stand_in") == file_bytes(tmp_path / "outputs/stand_in")
    monkeypatch.setenv("SYNTHLIB_BLENDER_PYTHON", "/bin/false")
    there = params.model_copy(update={"outputs": str(tmp_path / "got")})
    assert prepare.photograph_root(there, quiet=True) == tmp_path / "got/stand_in" / root.name


@pytest.fixture(scope="module")
def models_study(tmp_path_factory: pytest.TempPathFactory) -> Params:
    """Rendered model files: two that render, with their licence, one that does not."""
    folder = tmp_path_factory.mktemp("models")
    root = folder / "data/models"
    write_box(root / "banana/plain/plain.obj", CUBE)
    write_box(root / "banana/wedge/wedge.obj", WEDGE)
    (root / "banana/broken").mkdir()
    (root / "banana/broken/broken.obj").write_text("not a model\n")
    (root / "models.yaml").write_text(
        "banana/plain: {licence: CC-BY-NC-4.0, source: https://example.org/plain}\n"
    )
    values = DEMO_SCALE | {"experiment": "baseline", "assets": "both", "instances": 4}
    values |= {"real_fraction": 1.0, "synthetic_fraction": 0.0}
    values |= {"classes": ["banana", "backpack"], "render_size": 16}
    (root / "backpack").mkdir()
    places = {"data_root": str(folder / "data"), "outputs": str(folder / "outputs")}
    params = validate_params(values | places)
    prepare.render_and_curate(params, quiet=True)
    return params


def test_renders_of_models_are_used_without_the_models(models_study, web, tmp_path, monkeypatch):
    archive = shared_archives.archive_renders(models_study, tmp_path / "a", progress=False)
    assert (archive.about["instances"], archive.about["failed"]) == (7, 1)
    [plain] = [source for source in archive.sources if source["name"] == "banana/plain/plain.obj"]
    assert (plain["licence"], plain["use"]) == ("CC-BY-NC-4.0", "non-commercial")
    assert plain["source"] == "https://example.org/plain"
    sentence = shared_archives.licences_sentence(archive)
    assert "banana/plain/plain.obj (CC-BY-NC-4.0)" in sentence

    report = shared_archives.fetch_renders(
        offer(web, tmp_path / "a"), tmp_path / "got", progress=False
    )
    assert report.archive.sources == archive.sources
    (tmp_path / "data").mkdir()
    places = {"outputs": str(tmp_path / "got"), "data_root": str(tmp_path / "data")}
    there = models_study.model_copy(update=places)
    monkeypatch.setenv("SYNTHLIB_BLENDER_PYTHON", "/bin/false")
    plan, original = prepare.render_plan(there), prepare.render_plan(models_study)
    assert plan.instance_names == original.instance_names
    assert (plan.recipe, plan.store.name) == (original.recipe, original.store.name)
    [failure] = failed_instances(plan)
    assert failure["name"].startswith("banana/broken-v0-")
    assert str(models_study.output_dir.parent) not in json.dumps(failure)
    renders, _ = prepare.render_and_curate(there, quiet=True)
    assert render_names(renders) == render_names(read_manifest(original))
    pd.testing.assert_frame_equal(renders, read_manifest(original))
    # a store that lost an instance cannot be planned without the models
    (plan.store / plan.instance_names[-1]).rename(tmp_path / "away")
    with pytest.raises(RenderError, match=r"models_root .* is not a folder"):
        prepare.render_plan(there)


# --- runs -----------------------------------------------------------------------------------------


def test_a_fetched_run_has_the_numbers_and_weights_of_the_original(project, fetched):
    here, there = project / "outputs", fetched
    [name] = [p.name for p in (here / "runs/demo/thesis" / EXPERIMENT).iterdir()]
    original, copy = (o / "runs/demo/thesis" / EXPERIMENT / name for o in (here, there))
    assert {path.name for path in copy.iterdir()} == {
        *("params.yaml", "metrics.json", "environment.json", "log.csv", "status.json"),
        *("model.safetensors", "predictions.parquet"),
    }
    for file in ("model.safetensors", "predictions.parquet", "metrics.json", "log.csv"):
        assert (copy / file).read_bytes() == (original / file).read_bytes()
    for path in copy.iterdir():
        assert str(project).encode() not in path.read_bytes()
    of_seed_0 = evaluation.metrics_table(there, "demo").query("seed == 0").reset_index(drop=True)
    pd.testing.assert_frame_equal(of_seed_0, evaluation.metrics_table(here, "demo"))
    assert not tables.statements(there, "demo").empty


def test_a_fetched_run_is_inspected_as_the_original(project, fetched, monkeypatch):
    monkeypatch.setenv("SYNTHLIB_BLENDER_PYTHON", "/bin/false")
    here, there = (
        run_inspector.newest_run(project_params(project, EXPERIMENT, outputs=str(outputs)))
        for outputs in (project / "outputs", fetched)
    )
    assert there.params.output_dir == fetched
    assert runs.read_params(there.run.folder).data_root == ""
    pd.testing.assert_frame_equal(here.table, there.table)
    for test_set in ("real", "synthetic_bg"):
        row = int(here.table.index[here.table["test_set"] == test_set][0])
        image = there.image(row)
        assert np.array_equal(here.image(row), image)
        assert np.array_equal(here.saliency_overlay(row, image), there.saliency_overlay(row, image))
    assert there.origin(row).facts() == here.origin(row).facts()
    nearest = [run.nearest_training_samples(image, 3)["sample"].tolist() for run in (here, there)]
    assert nearest[0] == nearest[1]


def test_only_runs_with_weights_are_archived(tmp_path):
    outputs = tmp_path / "outputs"
    folder = write_fake_run(outputs, "baseline", 60)
    params = runs.read_params(folder).model_copy(update={"outputs": str(outputs)})
    message = "no finished run of {} at scale tiny has its weights"
    with pytest.raises(RunError, match=message.format("any experiment")):
        shared_archives.archive_trained_runs(params, tmp_path / "a")
    (folder / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(RunError, match=message.format("synth_bg")):
        shared_archives.archive_trained_runs(params, tmp_path / "a", only=("baseline", "synth_bg"))
    archive = shared_archives.archive_trained_runs(params, tmp_path / "a", only=("baseline",))
    assert [entry.path for entry in archive.entries] == [str(folder.relative_to(outputs))]
    assert archive.about["scale"] == "tiny"
    assert [(source["name"], source["use"]) for source in archive.sources] == [
        ("imagenet/", "non-commercial"),
        ("places/", "non-commercial"),
    ]


def test_runs_of_another_version_are_refused(tmp_path, web):
    outputs = tmp_path / "outputs"
    folder = write_fake_run(outputs, "baseline", 60)
    (folder / "model.safetensors").write_bytes(b"weights")
    params = runs.read_params(folder).model_copy(update={"outputs": str(outputs)})
    shared_archives.archive_trained_runs(params, tmp_path / "a")
    url = offer(web, tmp_path / "a")
    text = web.files["/a/archive.json"].decode()
    web.files["/a/archive.json"] = text.replace('"schema": 2', '"schema": 1').encode()
    with pytest.raises(ArchiveError, match=r"parameters have other defaults .* install synthlib"):
        shared_archives.fetch_runs(url, tmp_path / "got", progress=False)
    assert not (tmp_path / "got").exists()
    with pytest.raises(ArchiveError, match="is an archive of runs, not of renders"):
        shared_archives.fetch_renders(url, tmp_path / "got", progress=False)
