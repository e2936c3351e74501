"""Objects and renders compared with the files in `golden/`, so that no change goes unnoticed.

Objects, renders and stand-ins are named by explicit versions (`VERSION` of a generator,
`RENDER_VERSION`, ...). If one changes and its version does not, new pixels would stand under an old
name: then a test here fails and names the version to raise. After that,

    python -m pytest tests/blender/test_golden.py --renew

renews the files in `golden/`, except those whose version is unchanged.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import synthlib
from synthlib import assets, rendering
from synthlib.params import BPY_VERSION
from synthlib.photographs import stand_in
from synthlib.rendering import settings
from tests.helpers.render_cases import ONE_WORKER, SETTINGS, write_models

GOLDEN = Path(__file__).parents[1] / "golden"
MESHES = GOLDEN / "meshes.json"
IMAGE_VERSIONS = GOLDEN / "pictures.json"
PROBE = Path(__file__).parents[1] / "helpers" / "probe_golden.py"
RENEW = "python -m pytest tests/blender/test_golden.py --renew"
SEEDS = (0, 1)
CLASSES = sorted(assets.generator_versions())

MAX_MEAN_DIFFERENCE = 0.3
MAX_SHARE_DIFFERENT = 0.02
"""Limits for images of the same version on two kinds of CPU: the mean difference, of 255, and the
share of values that differ by more than 8, where a path of light took another way.
Without AVX2, AVX-512 and FMA a mean of 0.07 was measured; light that is 1% brighter makes 0.5."""

pytestmark = pytest.mark.skipif(
    version("bpy") != BPY_VERSION,
    reason=f"golden files are of bpy {BPY_VERSION}, here is {version('bpy')}",
)


def differ(a: np.ndarray, b: np.ndarray) -> bool:
    """True if two uint8 images differ by more than the same image does between kinds of CPU."""
    if a.shape != b.shape:
        return True
    difference = np.abs(a.astype(float) - b.astype(float))
    return bool(
        difference.mean() > MAX_MEAN_DIFFERENCE or (difference > 8).mean() > MAX_SHARE_DIFFERENT
    )


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


# --- what generators build ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each generator's version and hashes, by class, as the file has them."""
    out = tmp_path_factory.mktemp("golden") / "meshes.json"
    done = subprocess.run(
        [sys.executable, str(PROBE), str(out), json.dumps(dict.fromkeys(CLASSES, SEEDS))],
        cwd=Path(synthlib.__file__).parents[1],
        env=os.environ | {"TMPDIR": str(out.parent)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert out.is_file(), done.stderr[-3000:]
    found = json.loads(out.read_text())
    assert found["bpy"] == BPY_VERSION
    versions = assets.generator_versions()
    return {cls: {"version": versions[cls], **found["hashes"][cls]} for cls in CLASSES}


def unnamed_change(cls: str, now: dict[str, Any], then: dict[str, Any] | None) -> str:
    """Message on a generator that builds other objects under the same version, else ""."""
    if then is None or now == then or now["version"] != then["version"]:
        return ""
    parts = {part for seed in map(str, SEEDS) for part in now[seed] if now[seed] != then[seed]}
    return (
        f"generator {cls} builds other {' and '.join(sorted(parts))} than before: if that is "
        f"meant, bump its VERSION and run `{RENEW}` to renew the golden file"
    )


@pytest.mark.parametrize("cls", CLASSES)
def test_a_generator_builds_what_its_version_built(cls: str, built, request) -> None:
    then = read(MESHES).get("generators", {}).get(cls)
    said = unnamed_change(cls, built[cls], then)
    assert not said, said
    if request.config.getoption("--renew"):
        content = read(MESHES).get("generators", {}) | {cls: built[cls]}
        known = {name: content[name] for name in CLASSES if name in content}
        write(MESHES, {"bpy": BPY_VERSION, "generators": known})
    else:
        assert then is not None, f"generator {cls} is not in the golden file: run `{RENEW}`"
        assert then == built[cls], f"generator {cls} has another VERSION: run `{RENEW}`"


def test_the_golden_file_is_of_the_pinned_bpy_and_of_all_generators() -> None:
    content = read(MESHES)
    assert content["bpy"] == BPY_VERSION
    assert sorted(content["generators"]) == CLASSES


def test_another_mesh_under_the_same_version_is_named() -> None:
    hashes = {"mesh": "a", "materials": "b"}
    then = {"version": 1, "0": hashes, "1": hashes}
    now = then | {"1": hashes | {"mesh": "c"}}
    assert unnamed_change("cup", then, then) == ""
    assert unnamed_change("cup", now | {"version": 2}, then) == ""
    said = unnamed_change("cup", now, then)
    assert said.startswith("generator cup builds other ")
    assert (
        "bump its VERSION and run `python -m pytest tests/blender/test_golden.py --renew`" in said
    )


# --- what renders show ----------------------------------------------------------------------------


def _renders(folder: Path, **settings: Any) -> np.ndarray:
    """Two views each of a plain box, a coloured one and a variation of it, side by side."""
    plan = rendering.plan_renders(
        folder / "outputs",
        ["crate"],
        3,
        assets="models",
        models_root=write_models(folder / "models"),
        settings=replace(SETTINGS, size=32, samples=4, views=2, **settings),
    )
    assert not rendering.render(plan, replace(ONE_WORKER, device="cpu")).failed
    files = [plan.store / file for file in rendering.read_manifest(plan)["file"]]
    return np.concatenate([np.asarray(Image.open(file)) for file in files], axis=1)


def _stand_ins(folder: Path, **_: Any) -> np.ndarray:
    """A stand-in photograph, another one, and two backgrounds, side by side."""
    content = stand_in.StandInSettings(
        classes=["basketball"], train=1, val=1, backgrounds=2, size=32, seed=0
    )
    root = stand_in.make_stand_ins(folder, content, ONE_WORKER)
    files = sorted(path for path in root.rglob("*") if path.suffix in (".JPEG", ".jpg"))
    return np.concatenate([np.asarray(Image.open(file)) for file in files], axis=1)


def _versions(name: str) -> dict[str, int]:
    """The versions that determine the pixels of a golden image."""
    if name == "stand_ins":
        generator = assets.generator_versions()["basketball"]
        return {"STAND_IN_VERSION": settings.STAND_IN_VERSION, "basketball": generator}
    found = {"RENDER_VERSION": settings.RENDER_VERSION}
    if name == "random_textures":
        found["RANDOM_TEXTURES_VERSION"] = settings.RANDOM_TEXTURES_VERSION
    return found


@pytest.mark.parametrize(
    ("name", "settings"),
    [("renders", {}), ("random_textures", {"random_textures": 1.0}), ("stand_ins", {})],
)
def test_golden_images_are_those_of_their_version(
    name: str, settings: dict, tmp_path: Path, request
) -> None:
    now = (_stand_ins if name == "stand_ins" else _renders)(tmp_path, **settings)
    path, known = GOLDEN / f"{name}.png", read(IMAGE_VERSIONS)
    same = path.exists() and not differ(now, np.asarray(Image.open(path)))
    versions = _versions(name)
    bump = "STAND_IN_VERSION" if name == "stand_ins" else " or ".join(versions)
    assert same or known.get(name) != versions, (
        f"{name} show other pixels than before: if that is meant, bump {bump} in "
        f"rendering/settings.py and run `{RENEW}` to renew the golden image"
    )
    if request.config.getoption("--renew"):
        if not same or known.get(name) != versions:
            Image.fromarray(now).save(path)
            write(IMAGE_VERSIONS, known | {name: versions})
    else:
        assert known.get(name) == versions, f"{name} are of another version: run `{RENEW}`"


def test_other_pixels_are_seen() -> None:
    """As many as another light, framing or number of samples makes, and not fewer."""
    picture = np.asarray(Image.open(GOLDEN / "renders.png"))
    assert not differ(picture, picture)
    assert differ(picture, np.roll(picture, 1, axis=1))
    brighter = np.clip(picture * 1.03, 0, 255).astype(np.uint8)
    assert differ(picture, brighter)
