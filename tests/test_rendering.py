"""The render store: plans and splits, workers that fail, resume after SIGKILL, same bytes."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapes_obj import CUBE, WEDGE, coloured_mtl, write_box

from synthlib import assets, rendering
from synthlib.chunks import RenderError
from synthlib.supervision import supervise

SETTINGS = rendering.RenderSettings(size=24, samples=2, views=3)


def write_models(root: Path) -> Path:
    write_box(root / "crate/plain/plain.obj", CUBE)
    write_box(root / "crate/paint/paint.obj", CUBE * [1, 2, 1], mtl=coloured_mtl())
    write_box(root / "block/wedge/wedge.obj", WEDGE)
    broken = root / "block/broken/broken.obj"
    broken.parent.mkdir()
    broken.write_text("this is no model\n")
    return root


def a_plan(outputs: Path, models: Path, instances: int = 3) -> rendering.RenderPlan:
    return rendering.plan(
        outputs,
        ["crate", "block"],
        instances,
        assets="models",
        models_root=models,
        settings=SETTINGS,
    )


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def rendered(models, tmp_path_factory):
    """The plan rendered by one worker, undisturbed; and its report."""
    plan = a_plan(tmp_path_factory.mktemp("whole"), models)
    return plan, rendering.render(plan, workers=1, progress=False)


# --- plans and splits -----------------------------------------------------------------------------


def test_models_come_first_then_their_variations(models):
    instances = a_plan(Path("out"), models, 5).instances
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
@given(models_of=st.integers(1, 7), count=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_split_keeps_groups_whole_and_is_near_a_fifth(tmp_path, models_of, count, seed):
    for number in range(models_of):
        write_box(tmp_path / f"c{models_of}/m{number}/m{number}.obj", CUBE * (number + 1))
    found = assets.instances_of(
        f"c{models_of}", count, assets="models", models_root=tmp_path, seed=seed
    )
    assert len(found) == len({i.name for i in found}) == count
    sides = {(i.group, i.split) for i in found}
    groups = {group for group, _ in sides}
    assert len(sides) == len(groups) == min(models_of, count)
    test = sum(i.split == "test" for i in found)
    assert (test > 0) == (len(groups) > 1)
    if test:
        sizes = Counter(i.group for i in found)
        assert test < count
        # no exchange of one group, in or out, brings the test share nearer to a fifth
        inside = {i.group for i in found if i.split == "test"}
        for group, size in sizes.items():
            other = test - size if group in inside else test + size
            assert other == 0 or abs(test - count / 5) <= abs(other - count / 5) + 1e-9


def test_every_generated_instance_is_its_own_group(tmp_path, monkeypatch):
    (tmp_path / "procedural").mkdir()
    (tmp_path / "procedural" / "thing.py").write_text("def build(rng): return []\n")
    monkeypatch.setattr(assets, "_BLENDER", tmp_path)
    found = assets.instances_of("thing", 30, assets="procedural", models_root=None, seed=0)
    assert Counter(i.split for i in found) == {"train": 24, "test": 6}
    assert found[3].name == f"p0003-{found[3].asset_digest[:8]}"
    (tmp_path / "procedural" / "thing.py").write_text('"""Doc."""\ndef build(rng):\n  return []#\n')
    again = assets.instances_of("thing", 30, assets="procedural", models_root=None, seed=0)
    assert again == found  # words and layout are not what it builds
    (tmp_path / "procedural" / "thing.py").write_text("def build(rng): return [1]\n")
    changed = assets.instances_of("thing", 30, assets="procedural", models_root=None, seed=0)
    assert not {i.name for i in changed} & {i.name for i in found}
    write_box(tmp_path / "models/thing/a/a.obj", CUBE)
    both = assets.instances_of("thing", 3, assets="both", models_root=tmp_path / "models", seed=0)
    assert [i.asset for i in both] == ["a/a.obj", "procedural", "procedural"]


def test_a_changed_texture_makes_a_new_instance(tmp_path):
    mtl = "newmtl w\nmap_Kd wood.jpg\n"
    model = write_box(tmp_path / "m.obj", CUBE, mtl=mtl, usemtl="w")
    (tmp_path / "wood.jpg").write_bytes(b"oak")
    before = assets.model_digest(model)
    (tmp_path / "wood.jpg").write_bytes(b"elm")
    assert assets.model_digest(model) != before


def test_the_store_is_named_by_what_fixes_the_bytes(models):
    plan = a_plan(Path("out"), models)
    assert plan.store == a_plan(Path("out"), models, 2).store
    for change in ({"size": 25}, {"samples": 3}, {"views": 4}, {"seed": 1}, {"fill": 0.9}):
        other = rendering.plan(
            Path("out"),
            ["crate"],
            1,
            assets="models",
            models_root=models,
            settings=rendering.RenderSettings(**{"size": 24, "samples": 2, "views": 3, **change}),
        )
        assert other.store != plan.store


def test_bad_input_is_said_in_a_sentence(tmp_path, models):
    def planned(**changes):
        given = {"assets": "models", "models_root": models, "settings": SETTINGS} | changes
        return rendering.plan(tmp_path, changes.pop("classes", ["crate"]), 2, **given)

    with pytest.raises(RenderError, match=r"models_root .*nowhere is no folder"):
        planned(models_root=tmp_path / "nowhere")
    with pytest.raises(RenderError, match=r"class sofa has no \.obj file"):
        rendering.plan(
            tmp_path, ["sofa"], 2, assets="models", models_root=models, settings=SETTINGS
        )
    with pytest.raises(RenderError, match="class sofa has no generator"):
        rendering.plan(tmp_path, ["sofa"], 2, assets="both", models_root=models, settings=SETTINGS)
    with pytest.raises(RenderError, match="assets is 'all'; allowed"):
        planned(assets="all")
    with pytest.raises(ValueError, match="views is 27; allowed are 1 to 26"):
        rendering.RenderSettings(views=27)
    (tmp_path / "file").write_text("")
    with pytest.raises(RenderError, match="cannot write into"):
        rendering.render(a_plan(tmp_path / "file", models), progress=False)


# --- real renders ---------------------------------------------------------------------------------


def test_the_broken_model_is_named_and_the_rest_is_done(rendered):
    plan, report = rendered
    assert len(plan.instances) == 6
    assert len(report.done) == 4
    assert {f["name"].split("-v")[0] for f in report.failed} == {"block/broken"}
    assert len(report.failed) == 2  # two variations of it were planned
    assert all("broken.obj has no faces" in f["reason"] for f in report.failed)
    assert rendering.failures(plan) == report.failed


def test_the_manifest_describes_the_files(rendered):
    plan, _ = rendered
    table = rendering.manifest(plan)
    assert list(table.columns) == rendering.COLUMNS
    assert len(table) == 4 * 3
    assert table[["class", "instance", "view"]].apply(tuple, axis=1).is_monotonic_increasing
    splits = {(i.cls, i.name): i.split for i in plan.instances}
    for row in table.to_dict("records"):
        assert row["split"] == splits[row["class"], row["instance"]]
        content = (plan.store / row["file"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
    written = pd.read_parquet(plan.store / "manifest.parquet")
    pd.testing.assert_frame_equal(written, table, check_dtype=False)


def test_what_is_done_is_skipped_and_said(rendered, capsys):
    plan, first = rendered
    before = {path: path.stat().st_mtime_ns for path in plan.store.rglob("*.png")}
    report = rendering.render(plan)
    assert (report.done, report.skipped) == ([], 4)
    assert report.failed == first.failed  # still missing, still said
    assert before == {path: path.stat().st_mtime_ns for path in plan.store.rglob("*.png")}
    said = capsys.readouterr().out
    assert "0 of 6 to render (0 frames); 4 done before; 2 failed before" in said


def test_killed_in_the_middle_and_resumed_gives_the_same_bytes(rendered, models, tmp_path):
    whole, _ = rendered
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_rendering as t
        plan = t.a_plan(Path({str(tmp_path)!r}), Path({str(models)!r}))
        t.rendering.render(plan, workers=2, progress=False)
    """)
    store = tmp_path / "renders" / whole.store.name
    process = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 100
    while not list(store.rglob("*.png")):
        assert process.poll() is None, "it ended before it rendered anything"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while any(str(store) in line for line in command_lines()):
        assert time.monotonic() < deadline, "a worker outlived its supervisor"
        time.sleep(0.05)
    left = len(list(store.rglob("instance.json")))
    assert left < 4
    plan = a_plan(tmp_path, models)
    report = rendering.render(plan, workers=2, progress=False)
    assert len(report.done) == 4 - left
    assert tree(plan.store) == tree(whole.store)


def command_lines() -> list[str]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_text().replace("\0", " "))
        except OSError:
            continue
    return lines


# --- workers that fail ----------------------------------------------------------------------------

KIND = """
import errno, os, signal, time
from pathlib import Path

def run_item(item, settings, out):
    with open(out / "tries.txt", "a") as file:
        file.write(item["name"] + chr(10))
    match item["does"]:
        case "crash": os.kill(os.getpid(), signal.SIGSEGV)
        case "hang": time.sleep(1000)
        case "raise": raise KeyError("nose")
        case "fill": raise OSError(errno.ENOSPC, "No space left on device")
        case "crash once":
            if (out / "tries.txt").read_text().split(chr(10)).count(item["name"]) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
    for frame in range(2):
        yield
    (out / item["name"]).write_text("made of " + settings["stuff"])
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that supervises items which do as they are told; by a kind of the test's own."""
    (tmp_path / "test_only_kind.py").write_text(KIND)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    out = tmp_path / "out"

    def run(does: dict[str, str], **options):
        return supervise(
            "test_only_kind",
            [{"name": name, "does": what} for name, what in does.items()],
            settings={"stuff": "clay"},
            out=out,
            done=lambda item: (out / item["name"]).exists(),
            **(
                {"workers": 1, "recycle_after": 9, "progress": False, "frames_per_item": 2}
                | options
            ),
        )

    run.out = out
    return run


def test_a_crash_a_hang_and_an_exception_cost_only_themselves(run):
    does = {"a": "", "b": "crash", "c": "", "d": "hang", "e": "raise", "f": "crash once", "g": ""}
    report = run(does, frame_limit=1.0)
    assert report.done == ["a", "c", "f", "g"]
    assert [f["name"] for f in report.failed] == ["b", "d", "e"]
    reasons = [f["reason"] for f in report.failed]
    assert reasons == [
        "crashed Blender with SIGSEGV, twice",
        "finished no frame in 1 s, twice",
        "KeyError: 'nose'",
    ]
    tries = Counter((run.out / "tries.txt").read_text().split())
    assert tries == Counter(a=1, b=2, c=1, d=2, e=1, once=0) + Counter(f=2, g=1)
    lines = (run.out / "failed.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == report.failed
    assert not (run.out / ".work").exists()

    again = run({"b": "", "e": "raise"})  # as if b had been mended
    assert (again.done, [f["name"] for f in again.failed]) == ([], ["b", "e"])
    retried = run({"b": "", "e": "raise"}, retry_failed=True)
    assert (retried.done, [f["name"] for f in retried.failed]) == (["b"], ["e"])
    kept = [json.loads(line)["name"] for line in (run.out / "failed.jsonl").open()]
    assert kept == ["d", "e"]  # d was not asked for


def test_a_full_disk_ends_it_with_a_sentence(run):
    with pytest.raises(RenderError, match=r"the disk of .* is full"):
        run({"a": "", "b": "fill", "c": ""})
    assert (run.out / "a").exists()
    assert not (run.out / "failed.jsonl").exists()
    assert run({"a": "", "b": "", "c": ""}).done == ["b", "c"]


def test_a_worker_that_cannot_start_says_why(run, tmp_path):
    (tmp_path / "test_only_kind.py").write_text("import a_module_that_is_not_there")
    with pytest.raises(
        RenderError, match=r"could not start: ModuleNotFoundError.*a_module_that_is_not_there"
    ):
        run({"a": ""})


def test_any_executor_serves(run):
    with ThreadPoolExecutor(2) as executor:
        report = run(dict.fromkeys("abc", ""), executor=executor, workers=2, recycle_after=1)
    assert report.done == ["a", "b", "c"]
    assert (run.out / "a").read_text() == "made of clay"


def test_progress_counts_frames_and_failures(run, capsys):
    run({"a": "", "b": "raise", "c": ""}, progress=True)
    captured = capsys.readouterr()
    assert "3 of 3 to render (6 frames); 0 done before." in captured.out
    assert "Rendering on " in captured.out
    assert "4/6" in captured.err
    assert "failed=1" in captured.err


def test_two_supervisors_do_not_share_a_store(run):
    run.out.mkdir()
    held = subprocess.Popen(
        [sys.executable, "-c", "import fcntl,os,sys,time\n"
         "fcntl.flock(os.open(sys.argv[1], 66), fcntl.LOCK_EX); print('held', flush=True)\n"
         "time.sleep(100)", str(run.out / ".lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert held.stdout is not None
        held.stdout.readline()
        with pytest.raises(RenderError, match="another process is rendering into"):
            run({"a": ""})
    finally:
        held.kill()
        held.wait()
    assert run({"a": ""}).done == ["a"]
