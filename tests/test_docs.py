"""README and docs: the worked example run as it stands, links and commands that are there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image, ImageDraw
from shapes_obj import CUBE, WEDGE, coloured_mtl, write_box

from synthlib.cli import main
from synthlib.seeding import rng_for

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in a language."""
    return [text for name, text in FENCE.findall(page.read_text()) if name == language]


def photograph(path: Path, shape: str, seed: int) -> None:
    """A shape of some colour on a ground of noise."""
    rng = rng_for(seed, "docs", *path.parts[-3:])
    image = Image.fromarray(rng.integers(0, 255, (48, 48, 3), dtype=np.uint8))
    draw = ImageDraw.Draw(image)
    box = [int(v) for v in (*rng.uniform(2, 12, 2), *rng.uniform(30, 46, 2))]
    colour = tuple(int(v) for v in rng.integers(0, 255, 3))
    if shape == "shoe":
        draw.ellipse(box, fill=colour)
    elif shape == "hat":
        draw.rectangle(box, fill=colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def test_the_worked_example_runs_as_it_stands(tmp_path: Path) -> None:
    page = ROOT / "docs" / "own_data.md"
    data = tmp_path / "mydata"
    for cls in ("shoe", "hat"):
        for split, count in (("train", 12), ("val", 6)):
            for i in range(count):
                photograph(data / "imagenet" / split / cls / f"{i}.png", cls, i)
    for category in ("hall", "street"):
        for i in range(6):
            photograph(data / "places" / category / f"{i}.png", "", i)
    for name, points in (
        ("shoe/boot", CUBE * [1, 2, 1]),
        ("shoe/sneaker", CUBE),
        ("hat/bowler", WEDGE),
        ("hat/cap", WEDGE * [1, 1, 2]),
    ):
        cls, model = name.split("/")
        path = data / "models" / cls / model / f"{model}.obj"
        write_box(path, points, mtl=coloured_mtl())
        assert path.relative_to(tmp_path).as_posix() in page.read_text()
    shutil.copytree(ROOT / "params", tmp_path / "params")
    for text in blocks(page, "yaml"):
        (tmp_path / text.splitlines()[0].removeprefix("# ")).write_text(text)
    [script] = blocks(page, "sh")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr[-3000:]
    table = shown.stdout[shown.stdout.index("protocol,experiment") :]
    experiments = {line.split(",")[1] for line in table.splitlines()[1:]}
    assert experiments == {"baseline", "mixed_synth100"}
    with Image.open(tmp_path / "outputs" / "reports" / "assets" / "shoe.png") as sheet:
        assert np.asarray(sheet).std() > 5


def test_the_map_of_the_thesis_is_the_data_s() -> None:
    command = [sys.executable, str(ROOT / "tools" / "thesis_map.py")]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    page = ROOT / "docs" / "thesis_map.md"
    assert page.read_text() == shown.stdout, "python tools/thesis_map.py > docs/thesis_map.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    spans = re.findall(r"`((?:\.venv/bin/)?synthlib [^`\n]+)`", page.read_text())
    lines = [line for line in text.splitlines() if re.match(r"\s*(\.venv/bin/)?synthlib ", line)]
    for line in lines + spans:
        check_command(shlex.split(line, comments=True)[1:], line)


def check_command(words: list[str], line: str) -> None:
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        word = words.pop(0)
        if word == "..." or word.startswith("-"):
            return
        assert word in command.commands, line
        command = command.commands[word]
    known = {option for param in command.params for option in param.opts} | {"--help"}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known, line
