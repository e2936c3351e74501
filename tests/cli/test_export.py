"""`synthlib export` on the command line: usage, refusals, and renders from end to end."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from torchvision.datasets import ImageFolder

from synthlib.cli import main

SETTINGS = {
    "classes": ["vase", "cup"],
    "assets": "procedural",
    "instances": 2,
    "views": 2,
    "render_size": 16,
    "render_samples": 1,
}


def export(tmp_path: Path, *arguments: str):
    command = ["export", "--scale", "tiny", "--outputs", str(tmp_path / "outputs")]
    command += [f"--set={key}={json.dumps(value)}" for key, value in SETTINGS.items()]
    return CliRunner().invoke(main, [*command, *arguments])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        ([], 2, "Missing option '--to'"),
        (["--to", "x", "--format", "voc"], 2, "'voc' is not one of"),
        (["--to", "x", "--format", "coco", "--epochs", "0"], 2, "0 is not in the range"),
        (
            ["--to", "x", "--format", "coco", "--content", "renders", "--epochs", "2"],
            2,
            "--epochs and --seed are about composites",
        ),
        (["--to", ".", "--format", "coco"], 1, ". is not empty: name another folder"),
        (["--to", "x", "--format", "coco", "--experiment", "baseline"], 2, "no composites that"),
        (["--to", "x", "--format", "coco", "--set", "seed=1"], 2, "gets seed from --seed"),
    ],
)
def test_wrong_usage_is_named(tmp_path: Path, arguments, exit_code, message) -> None:
    done = export(tmp_path, *arguments)
    assert done.exit_code == exit_code, done.output
    assert message in done.output
    assert not (tmp_path / "outputs").exists()


def test_renders_are_exported_without_photographs(tmp_path: Path) -> None:
    target = tmp_path / "exported"
    arguments = ["--to", str(target), "--format", "imagefolder", "--content", "renders"]
    done = export(tmp_path, *arguments)
    assert done.exit_code == 0, done.output
    assert f"8 images of 2 classes in {target}" in done.output
    assert "non-commercial" not in done.output
    assert ImageFolder(str(target / "train")).classes == ["cup", "vase"]
    lines = (target / "test" / "metadata.jsonl").read_text().splitlines()
    line = json.loads(lines[0])
    alpha = np.asarray(Image.open(target / "test" / line["file_name"]))[..., 3]
    [[left, top, width, height]] = line["objects"]["bbox"]
    rows, columns = np.nonzero(alpha > 127)
    assert (left, top) == (columns.min(), rows.min())
    assert (left + width, top + height) == (columns.max() + 1, rows.max() + 1)
    assert (line["asset_licence"], line["view"]) == ("MIT", 0)
