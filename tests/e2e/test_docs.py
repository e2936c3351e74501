"""README and docs: the worked example runs as printed; links, commands and names exist."""

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

from synthlib.classes import THESIS_CLASSES, load_classes
from synthlib.cli import main
from synthlib.params import Params, load
from synthlib.seeding import rng_for
from tests.helpers.shapes_obj import CUBE, WEDGE, coloured_mtl, write_box

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in a language."""
    return [text for name, text in FENCE.findall(page.read_text()) if name == language]


def photograph(path: Path, shape: str, seed: int) -> None:
    """Write a coloured shape on noise."""
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


def test_the_worked_example_runs_as_printed(tmp_path: Path) -> None:
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
    kinds = load_classes(tmp_path / "kinds.yaml", THESIS_CLASSES)
    assert kinds["mug"].scenes == THESIS_CLASSES["cup"].scenes
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


def test_the_settings_that_helped_can_be_copied_to_an_own_scale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = ROOT / "docs" / "own_data.md"
    shutil.copytree(ROOT / "params", tmp_path / "params")
    for text in blocks(page, "yaml"):
        (tmp_path / text.splitlines()[0].removeprefix("# ")).write_text(text)
    [script] = re.findall(r"^mkdir params.*?(?=^synthlib)", page.read_text(), re.M | re.S)
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True)
    monkeypatch.setattr("synthlib.params.project_dir", lambda: tmp_path)
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(tmp_path / "myclasses.yaml"))
    own = load("shoes", "mixed_real10", protocol="tuned")
    monkeypatch.delenv("SYNTHLIB_CLASSES")
    tiny = load("tiny", "mixed_real10", protocol="tuned")
    for name in ("poses", "views", "object_sizes", "composite_sharpening", "phase_real_shares"):
        assert getattr(own, name) == getattr(tiny, name)
    assert own.image_size == 32  # of the scale


def test_the_files_of_the_tutorial_are_valid(monkeypatch, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    for text in blocks(ROOT / "docs" / "tutorial.md", "yaml"):
        (tmp_path / text.splitlines()[0].removeprefix("# ")).write_text(text)
    monkeypatch.setattr("synthlib.params.project_dir", lambda: tmp_path)
    runs = [
        load("trio", name, protocol="tuned")
        for name in ("baseline", "real10", "mixed_real10", "mixed_real10_photographed")
    ]
    assert [run.tuned_steps for run in runs] == [600] * 4
    assert runs[3].poses == "photographed"
    assert runs[3].real_fraction == runs[2].real_fraction == 0.1
    assert runs[3].phase_real_shares == runs[2].phase_real_shares != []


def test_the_map_of_the_thesis_is_what_its_tool_makes() -> None:
    command = [sys.executable, str(ROOT / "tools" / "thesis_map.py")]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    page = (ROOT / "docs" / "thesis_map.md").read_text()
    assert page == shown.stdout, "run python tools/thesis_map.py > docs/thesis_map.md"


def test_the_page_of_the_code_names_every_package() -> None:
    page = (ROOT / "docs" / "code.md").read_text()
    linked = set(re.findall(r"\]\(\.\./synthlib/(\w+)(?:\.py)?\)", page))
    modules = {path.stem for path in (ROOT / "synthlib").glob("[!_]*.py")}
    packages = {path.parent.name for path in (ROOT / "synthlib").glob("*/__init__.py")}
    assert linked == modules | packages


@pytest.mark.parametrize("page", ["code", "contributing", "design"])
def test_names_of_modules_and_functions_exist(page: str) -> None:
    """`package.module.name` in backticks; what Blender imports is looked up as text."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    packages = "|".join(path.parent.name for path in (ROOT / "synthlib").glob("*/__init__.py"))
    names = re.findall(rf"`((?:{packages}|params|runs|seeding|classes)(?:\.\w+)+)`", text)
    assert names or page == "design"
    missing = []
    for name in dict.fromkeys(names):
        parts = name.split(".")
        *_, stem = paths = [
            path
            for n in range(1, len(parts) + 1)
            for path in [ROOT.joinpath("synthlib", *parts[:n])]
            if path.is_dir() or path.with_suffix(".py").exists()
        ]
        rest = parts[len(paths) :]
        source = (stem / "__init__.pyi") if stem.is_dir() else stem.with_suffix(".py")
        known = source.read_text() if source.exists() else ""
        if not all(re.search(rf"\b{re.escape(part)}\b", known) for part in rest):
            missing.append(name)
    assert missing == []


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


NAMED = r"(?:\.ci|benchmarks|docs|notebooks|params|synthlib|tests|tools)/[\w./*{},-]+"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_named_files_of_the_project_exist(page: Path) -> None:
    words = re.findall(rf"(?<![\w./]){NAMED}", without_example(page))
    assert [word for word in words if not found_in_project(word.rstrip("./,"))] == []


def without_example(page: Path) -> str:
    """A page's text, without the files that its reader creates."""
    created = {
        "own_data.md": r"\S*/shoes?(\.\w+|/?(?=\s))",
        "tutorial.md": r"\S*/(trio|mixed_real10_photographed)\.\w+",
    }
    text = page.read_text()
    return re.sub(created[page.name], "", text) if page.name in created else text


def found_in_project(word: str) -> bool:
    """True if a path, a pattern, or a notebook's path without its ending exists."""
    return any(any(ROOT.glob(f"{word}{ending}")) for ending in ("", ".py", ".ipynb"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_make_targets_scales_experiments_and_keys_exist(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= made
    scales = set(re.findall(r"--scale ([\w/.]+)", text)) - {"SCALE", "shoes", "trio"}
    assert scales <= {path.stem for path in (ROOT / "params" / "scales").iterdir()}
    experiments = set(re.findall(r"synthlib .*(?:--only|--experiment) (\w+)", text))
    experiments -= {"mixed_real10_photographed"}  # of the tutorial
    experiments |= set(re.findall(r"`((?:baseline|synth_|mixed_|real\d|stability_|bg_)\w*)`", text))
    there = {path.stem for path in (ROOT / "params" / "experiments").iterdir()}
    assert experiments - set(Params.model_fields) <= there | {"synthetic_bg", "synthetic_nobg"}
    keys = {key for key in re.findall(r"(?:--set|-p) (\w+)[= ]", text) if key != "KEY"}
    assert keys <= set(Params.model_fields)


def test_quoted_messages_of_the_project_are_in_its_source() -> None:
    """Messages in the table of symptoms, except those of other programs."""
    source = "".join(
        path.read_text() for folder in ("synthlib", "tools") for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".sh", ".yaml")
    )  # fmt: skip
    source += "".join(path.read_text() for path in (ROOT / "notebooks").glob("*.ipynb"))
    source = re.sub(r'"\s*\n\s*f?"', "", source)  # a text of several lines
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    symptoms = re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    own = [text for text in symptoms if not re.match(OTHER_PROGRAMS, text)]
    assert len(own) > 8
    for text in own:
        parts = [part.strip(" .:;") for part in re.split(r"\.\.\.|\bN\b|\bcpu\b", text)]
        missing = [part for part in parts if part and part.removeprefix("synthlib: ") not in source]
        assert missing == [], text


OTHER_PROGRAMS = r"ImportError|ModuleNotFoundError|OSError|No matching|NoSuchKernel|Passed unknown"
"""Messages of Python, pip and papermill."""
