"""Estimated disk space and time of renders."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from synthlib.cli import main
from synthlib.rendering import RenderSettings, plan_renders
from synthlib.rendering.estimate import estimate_renders
from synthlib.rendering.supervisor import write_failures

SIZE = {"size": 32, "samples": 4, "views": 3}


def plan(outputs: Path, **settings):
    return plan_renders(
        outputs,
        ["cup", "vase"],
        5,
        assets="procedural",
        models_root=None,
        settings=RenderSettings(**(SIZE | settings)),
    )


def write_store(planned, count: int, n_bytes: int, seconds: float) -> None:
    """Write `count` instances whose frames have `n_bytes` and together took `seconds` each."""
    timings = ""
    for name in planned.instance_names[:count]:
        folder = planned.store / name
        folder.mkdir(parents=True)
        (folder / "instance.json").touch()
        for view in range(planned.settings.views):
            (folder / f"{view:02d}.png").write_bytes(b"x" * n_bytes)
        timings += json.dumps({"name": name, "seconds": seconds}) + "\n"
    (planned.store / "timings.jsonl").write_text(timings)


def test_without_any_store_the_defaults_of_the_documentation_count(tmp_path) -> None:
    estimate = estimate_renders(plan(tmp_path), workers=2)
    assert estimate.missing_frames == 30
    assert estimate.missing_bytes == pytest.approx(30 * 32 * 32 * 1.10)  # as at 64 px
    assert estimate.missing_seconds == pytest.approx(15 * (0.005 + 0.7e-6 * 4 * 32 * 32))
    assert estimate.missing_seconds_otherwise > estimate.missing_seconds
    denoised = estimate_renders(plan(tmp_path, denoise=True), workers=2)
    assert denoised.missing_seconds_otherwise == pytest.approx(estimate.missing_seconds)
    assert denoised.missing_bytes < estimate.missing_bytes
    assert "by default" in estimate.size.basis


def test_renders_that_exist_are_measured_and_those_that_failed_are_not_missing(tmp_path) -> None:
    planned = plan(tmp_path)
    write_store(planned, 4, n_bytes=500, seconds=6.0)
    name = planned.instance_names[-1]
    write_failures(planned.store, {name: {"name": name, "reason": "hung", "log": ""}})
    (planned.store / planned.instance_names[0] / "00_mask.png").write_bytes(b"x" * 6000)
    estimate = estimate_renders(planned, workers=1)
    assert (estimate.existing_instances, estimate.failed_instances) == (4, 1)
    assert estimate.missing_frames == 5 * 3
    assert estimate.size.value == 500 + 6000 / 12  # a frame's mask is part of it
    assert estimate.missing_seconds == pytest.approx(15 * 2.0)


def test_another_store_of_the_same_kind_is_measured(tmp_path) -> None:
    other = plan(tmp_path, seed=7)
    write_store(other, 2, n_bytes=400, seconds=3.0)
    assert estimate_renders(plan(tmp_path), 1).seconds.basis.startswith("by default")
    settings = {"size": 32, "samples": 4, "denoise": False, "bounces": 12}
    (other.store / "settings.json").write_text(json.dumps(settings))
    estimate = estimate_renders(plan(tmp_path), 1)
    assert estimate.size.value == 400
    assert estimate.missing_seconds == pytest.approx(30 * 1.0)
    assert str(other.store) in estimate.seconds.basis
    assert estimate_renders(plan(tmp_path, samples=8), 1).size.basis.startswith("by default")
    (other.store / "settings.json").write_text("{")
    assert estimate_renders(plan(tmp_path), 1).size.basis.startswith("by default")


def test_a_rendered_store_says_its_settings(rendered) -> None:
    planned, _ = rendered
    settings = json.loads((planned.store / "settings.json").read_text())
    assert RenderSettings(**settings) == planned.settings
    estimate = estimate_renders(planned)
    assert estimate.missing_frames == 0
    assert estimate.failed_instances == 2


def test_a_dry_run_prints_and_renders_nothing(tmp_path) -> None:
    command = ["render", "--scale", "tiny", "--dry-run", "--outputs", str(tmp_path / "outputs")]
    command += ["--set", "assets=procedural", "--set", "workers=3"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "frames: 5,460: 0 exist, 5,460 missing" in done.output
    assert "kB per frame (by default: none of this kind here)" in done.output
    assert "with 3 workers with the denoiser" in done.output
    assert not (tmp_path / "outputs").exists()
