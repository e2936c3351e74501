"""The command on broken input: what is broken is named, the rest is done, the exit code says so."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from shapes_obj import CUBE, WEDGE, write_box

from synthlib.cli import main

ROOT = Path(__file__).resolve().parents[1]
SMALL = {"classes": ["vase", "cup"], "instances": 2, "views": 2, "render_size": 16}


def render(outputs: Path, models: Path, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synthlib", "render", "--scale", "tiny"]
    command += ["--outputs", str(outputs)]
    settings = SMALL | {"assets": "models", "models_root": str(models), "render_samples": 1} | more
    command += [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_model_that_blender_cannot_read_costs_itself_alone_and_the_exit_code(
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


def test_a_class_with_nothing_to_be_built_from_is_named(tmp_path: Path) -> None:
    write_box(tmp_path / "models" / "vase" / "whole" / "whole.obj", CUBE)
    found = render(tmp_path / "outputs", tmp_path / "models")
    assert found.returncode == 1
    assert "class cup" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "outputs").exists()


def test_unpack_names_a_library_that_is_not_there(tmp_path):
    words = ["assets", "unpack", str(tmp_path / "no.sh3f"), "--models-root", str(tmp_path / "m")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "no.sh3f" in done.output
