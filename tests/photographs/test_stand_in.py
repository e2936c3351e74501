"""Stand-in photographs: the layout of real data, reproducibility, resuming, disjoint splits."""

import ast
import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import synthlib.photographs.stand_in as stand_in
from synthlib.classes import CLASSES, select_classes
from synthlib.rendering.supervisor import RenderOptions, RenderReport
from synthlib.utils.errors import ParameterError

NAMES = ["banana", "basketball"]
SIZES = {"train": 2, "val": 1, "backgrounds": 4, "size": 32}


SCRIPT = """
from synthlib.photographs.stand_in import StandInSettings, make_stand_ins
from synthlib.rendering import RenderOptions

settings = StandInSettings(classes={classes}, seed=0, **{numbers})
make_stand_ins({outputs!r}, settings, RenderOptions(workers=1, progress=False))
"""


def _make(outputs: Path, *, progress: bool = False, **changed: int) -> Path:
    settings = stand_in.StandInSettings(classes=NAMES, **(SIZES | {"seed": 0} | changed))
    return stand_in.make_stand_ins(outputs, settings, RenderOptions(progress=progress))


def _photographs(root: Path) -> dict[str, bytes]:
    found = [path for path in sorted(root.rglob("*")) if path.suffix in (".JPEG", ".jpg")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(tmp_path_factory.mktemp("stand_ins"))


def test_the_layout_is_that_of_real_data(stand_ins: Path) -> None:
    expected = {
        f"imagenet/{split}/{CLASSES[name].synset}/stand_in_{number:04d}.JPEG"
        for name in NAMES
        for split, count in (("train", 2), ("val", 1))
        for number in range(count)
    }
    expected |= {
        f"places/{category}/stand_in_{number:04d}.jpg"
        for category in ("kitchen", "basketball_court-indoor")
        for number in range(2)
    }
    assert set(_photographs(stand_ins)) == expected
    assert {path.name for path in stand_ins.iterdir()} == {"imagenet", "places", "stand_in.json"}


def test_photographs_decode_show_something_and_all_differ(stand_ins: Path) -> None:
    found = _photographs(stand_ins)
    for name in found:
        with Image.open(stand_ins / name) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (32, 32), "RGB")
            assert not image.getexif()
            pixels = np.asarray(image, dtype=float)
        assert 20 < pixels.mean() < 235, f"{name} is all dark or all bright"
        assert pixels.std() > 8, f"{name} shows nothing"
    hashes = {hashlib.sha256(content).hexdigest() for content in found.values()}
    assert len(hashes) == len(found)


def test_only_missing_files_are_made(stand_ins: Path, capfd: pytest.CaptureFixture) -> None:
    before = _photographs(stand_ins)
    lost = f"imagenet/train/{CLASSES['banana'].synset}/stand_in_0001.JPEG"
    other = f"imagenet/train/{CLASSES['basketball'].synset}/stand_in_0000.JPEG"
    (stand_ins / lost).unlink()
    modified = (stand_ins / other).stat().st_mtime_ns
    assert _make(stand_ins.parents[1], progress=True) == stand_ins
    assert "1 of 6 left" in capfd.readouterr().out
    assert _photographs(stand_ins) == before
    assert (stand_ins / other).stat().st_mtime_ns == modified


def test_the_bytes_are_the_same_after_a_kill(stand_ins: Path, tmp_path: Path) -> None:
    code = SCRIPT.format(outputs=str(tmp_path), classes=NAMES, numbers=SIZES)
    process = subprocess.Popen([sys.executable, "-c", code])
    root = tmp_path / "stand_in" / stand_ins.name
    while not _photographs(root) and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 0 < len(_photographs(root)) < len(_photographs(stand_ins))
    assert _make(tmp_path) == root
    assert _photographs(root) == _photographs(stand_ins)
    assert {path.name for path in root.iterdir()} == {"imagenet", "places", "stand_in.json"}


@pytest.mark.parametrize("changed", [{"seed": 1}, {"size": 33}, {"train": 3}])
def test_other_settings_have_another_root(
    stand_ins: Path, tmp_path: Path, changed: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "supervise", lambda *_, **__: RenderReport())
    assert _make(tmp_path, **changed).name != stand_ins.name
    assert _make(tmp_path).name == stand_ins.name


def test_scenes_and_splits_share_nothing() -> None:
    scenes = stand_in._scene_items(select_classes(NAMES), train=9, val=5, backgrounds=10)
    files = [file for scene in scenes for file in scene.files]
    assert len(files) == len(set(files)) == 2 * (9 + 5) + 10
    assert len({scene.name for scene in scenes}) == len(scenes)
    for scene in scenes:
        assert len({Path(file).parent for file in scene.files}) == 1
        assert 1 <= len(scene.files) <= stand_in.CAMERAS_PER_SCENE


def test_a_larger_data_set_begins_with_the_same_photographs() -> None:
    few = stand_in._scene_items(select_classes(NAMES), train=4, val=2, backgrounds=4)
    many = {s.name: s.files for s in stand_in._scene_items(select_classes(NAMES), 12, 8, 40)}
    for scene in few:
        assert many[scene.name][: len(scene.files)] == scene.files


def test_every_class_of_the_thesis_has_a_background() -> None:
    for count in (len(stand_in.STAND_IN_CATEGORIES) * 2, 60):
        found = stand_in._choose_categories(select_classes(list(CLASSES)), count)
        assert all(set(cls.scenes) & set(found) for cls in CLASSES.values())


def test_photographs_and_backgrounds_share_no_hdri() -> None:
    source = Path(stand_in.__file__).parents[1] / "blender/stand_in/photographs.py"
    hdris = {
        node.targets[0].id: set(ast.literal_eval(node.value))
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("_HDRIS")
    }
    assert set(hdris) == {"PHOTOGRAPH_HDRIS", "BACKGROUND_HDRIS"}
    assert all(hdris.values())
    assert not set.intersection(*hdris.values())


@pytest.mark.parametrize("name", ["train", "val", "backgrounds", "size"])
def test_a_number_that_is_too_small_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name}: got 0; .*greater than or equal to"):
        _make(tmp_path, **{name: 0})
