"""The command on broken input: it names the fault, does the rest, and exits with code 1."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from synthlib.cli import main
from tests.helpers.shapes_obj import CUBE, WEDGE, write_box

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"classes": ["vase", "cup"], "instances": 2, "views": 2, "render_size": 16}


def render(outputs: Path, models: Path, **changes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synthlib", "render", "--scale", "tiny"]
    command += ["--outputs", str(outputs)]
    settings = (
        SMALL | {"assets": "models", "models_root": str(models), "render_samples": 1} | changes
    )
    command += [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_model_that_blender_cannot_read_is_skipped_and_the_exit_code_is_1(
    tmp_path: Path,
) -> None:
    models = tmp_path / "models"
    write_box(models / "vase" / "whole" / "whole.obj", CUBE)
    write_box(models / "cup" / "whole" / "whole.obj", WEDGE)
    (models / "vase" / "broken").mkdir()
    (models / "vase" / "broken" / "broken.obj").write_text("v 0 0\nf 1 2 99\n")
    first = render(tmp_path / "outputs", models)
    assert first.returncode == 1, first.stderr
    [line] = [line for line in first.stdout.splitlines() if line.startswith("not rendered")]
    assert "vase/broken" in line
    assert len(list((tmp_path / "outputs").rglob("*.png"))) == 6  # 3 whole instances, 2 views
    again = render(tmp_path / "outputs", models)
    assert again.returncode == 1
    assert "failed before and skipped" in again.stdout + again.stderr


def test_a_class_without_models_is_named(tmp_path: Path) -> None:
    write_box(tmp_path / "models" / "vase" / "whole" / "whole.obj", CUBE)
    found = render(tmp_path / "outputs", tmp_path / "models")
    assert found.returncode == 1
    assert "class cup" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "outputs").exists()


def test_unpack_names_a_missing_library(tmp_path):
    command = ["assets", "unpack", str(tmp_path / "no.sh3f"), "--models-root", str(tmp_path / "m")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert "no.sh3f" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--set", "protocol=matched"],
            "--set protocol=matched: this command gets protocol from batch",
        ),
        (["--set", "seed=1"], "--set seed=1: this command gets seed from --seeds"),
        (["--set", "scale=tiny"], "gets scale from --scale"),
        (["--set", "experiment=baseline"], "gets experiment from --only"),
        (["--search", "--set", "learning_rate=0.1"], "gets learning_rate from the search itself"),
        (["--set", "classes=[banana"], "'[banana' is not YAML"),
        (["--set", "epochs"], "--set epochs: expected KEY=VALUE"),
        (["--set", "seeds=2026-13-45"], "'2026-13-45' is not YAML"),
        (["--set", "learning_rate=1e-3x"], "learning_rate: got '1e-3x'"),
        (["--seeds", "x"], "seeds 'x': expected numbers separated by commas"),
        (["--only", "synth_bg_1200", "--set", "batch_protocols=[matched]"], "nothing to run"),
        (["--search", "--only", "typo", "--only", "real33"], "typo is not part of the search"),
        (["--kept", "."], "holds no archive of a run"),
        (["--outputs", "~nobody_here/x"], "~nobody_here/x: there is no such user's folder"),
    ],
)
def test_batch_names_a_wrong_setting(arguments, message, tmp_path: Path) -> None:
    command = ["batch", "--scale", "tiny", "--dry-run", "--outputs", str(tmp_path), *arguments]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 1
    assert isinstance(found.exception, SystemExit)  # no traceback
    assert message in found.output


def test_results_names_an_unknown_setting(tmp_path: Path) -> None:
    command = ["results", "--scale", "tiny", "--outputs", str(tmp_path), "--to", str(tmp_path)]
    for setting in (["--set", "seeds=1"], ["--set", "only=1"]):
        found = CliRunner().invoke(main, [*command, *setting])
        assert isinstance(found.exception, SystemExit)  # no traceback
        assert "unknown parameter" in found.output


def test_results_needs_something_to_write_and_finished_runs(tmp_path: Path) -> None:
    command = ["results", "--scale", "tiny", "--outputs", str(tmp_path)]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 2
    assert "--to, --paper or --samples" in found.output
    for option in ("--to", "--paper", "--samples"):
        found = CliRunner().invoke(main, [*command, option, str(tmp_path / "results")])
        assert found.exit_code == 1
        assert "no finished run of scale tiny" in found.output
        assert not (tmp_path / "results").exists()


def test_a_plan_is_printed_without_models_and_a_repeated_seed_counts_once(tmp_path: Path) -> None:
    command = ["batch", "--scale", "tiny", "--dry-run", "--outputs", str(tmp_path / "outputs")]
    command += ["--data-root", str(tmp_path), "--only", "baseline", "--seeds", "0,0"]
    found = CliRunner().invoke(main, [*command, "--set", "learning_rate=1e-3"])
    assert found.exit_code == 0, found.output
    assert "renders: not known" in found.output
    assert found.output.count("baseline") == 3  # under each protocol
