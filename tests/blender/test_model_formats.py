"""Every kind of model file, written by Blender's exporters: the same object, broken ones named."""

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib.assets.formats import MODEL_SUFFIXES
from tests.helpers.model_cases import render_model_cases
from tests.helpers.model_exports import export_models, open_with_scripts, write_models_by_hand

FRONT, SIDE, TOP = 0, 3, 10  # views

COLOURED = [f"plain{kind}" for kind in MODEL_SUFFIXES if kind not in (".obj", ".stl")]
COLOURED += ["ascii.ply", "y_up.usda", "hand.gltf", "hand.dae", "mirrored.blend", "mirrored.glb"]
COLOURED += ["instanced.blend", "hidden.blend", "posed.blend", "hostile.blend", "kilometre.glb"]
COLOURED += ["micron.glb", "nan_normals.ply", "nan_normals.dae"]
UNCOLOURED = ["plain.stl", "ascii.stl", "kilometre.stl", "micron.stl"]
TEXTURED = [".glb", ".gltf", ".fbx", ".dae", ".usda", ".usdz", ".blend"]
BARE = {"glow.gltf": "hand.gltf", "glow.obj": "wedge.obj", "bare.gltf": "hand.gltf"}
LOST = [".gltf", ".fbx", ".dae", ".usda", ".blend"]  # .glb and .usdz hold theirs


def break_all(root: Path) -> dict[str, str]:
    """Broken twins of the plain files: {file name: a word of its fault}."""
    faults: dict[str, str] = {}

    def add(name: str, content: bytes, fault: str) -> None:
        (root / name).write_bytes(content)
        faults[name] = fault

    junk = np.random.default_rng(0).bytes(5000)
    for kind in MODEL_SUFFIXES:
        if kind == ".obj":
            continue
        whole = (root / f"plain{kind}").read_bytes()
        add(f"empty{kind}", b"", "empty")
        add(f"junk{kind}", junk, f"no whole {kind}" if kind in (".gltf", ".stl") else "is no")
        add(f"half{kind}", whole[: len(whole) // 2], "cannot be read|cut off|whole|no faces")
        add(f"most{kind}", whole[: len(whole) * 9 // 10], "cannot be read|cut off|whole|no faces")
        add(f"spoilt{kind}", whole[:64] + junk, "cannot be read|cut off|whole|no faces")
        add(f"other{kind}", (root / "wedge.obj").read_bytes(), "is no|whole")
    faults["junk.gltf"] = "no whole glTF"

    nan = struct.pack("<f", float("nan"))
    stl = bytearray((root / "plain.stl").read_bytes())
    stl[96:100] = nan
    add("nan.stl", stl, "finite")
    ply = (root / "plain.ply").read_bytes()
    start = ply.index(b"end_header\n") + 11
    add("nan.ply", ply[:start] + nan + ply[start + 4 :], "finite")
    head, _, body = (root / "ascii.ply").read_text().partition("end_header\n")
    body = re.sub(r"^\S+", "nan", body)
    add("nan_ascii.ply", f"{head}end_header\n{body}".encode(), "finite")
    usd = (root / "plain.usda").read_text()
    add("nan.usda", re.sub(r"points = \[\([^,]+", "points = [(nan", usd).encode(), "finite")
    dae = (root / "plain.dae").read_text()
    positions = r'(positions-array" count="\d+">)\S+'
    add("nan.dae", re.sub(positions, r"\1NaN", dae).encode(), "finite")
    glb = bytearray((root / "plain.glb").read_bytes())
    buffer = 28 + struct.unpack_from("<I", glb, 12)[0]
    glb[buffer : buffer + 4] = nan
    add("nan.glb", glb, "finite")
    gltf = json.loads((root / "plain.gltf").read_text())
    gltf["buffers"][0]["uri"] = "gone.bin"
    add("bufferless.gltf", json.dumps(gltf).encode(), "its buffer gone.bin is missing")
    gltf["buffers"][0]["uri"] = "plain.bin"
    gltf["bufferViews"][0]["byteOffset"] = 10**6
    add("overrun.gltf", json.dumps(gltf).encode(), "broken")
    gltf["meshes"] = []
    add("meshless.gltf", json.dumps(gltf).encode(), "cannot be read|no faces")
    facet = "facet normal 0 0 1\nouter loop\n" + "vertex 1 1 1\n" * 3 + "endloop\nendfacet\n"
    add("point.stl", f"solid x\n{facet * 3}endsolid x\n".encode(), "no faces|size")
    cloud = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\n"
    add("cloud.ply", f"{cloud}property float z\nend_header\n0 0 0\n".encode(), "no faces")
    faults["camera_only.blend"] = "no faces"
    add("model.max", junk, "is no model file; allowed are .obj, .glb")
    return faults


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """All files by one worker: {name: instance.json}, {name: reason}, expected faults, folders."""
    root = tmp_path_factory.mktemp("kinds")
    trap = tmp_path_factory.mktemp("trap") / "ran"
    export_models(root, trap)
    write_models_by_hand(root)
    faults = break_all(root)
    lost = [f"untextured{kind}" for kind in LOST]
    download = tmp_path_factory.mktemp("download")  # as some sites lay theirs out
    laid = {"source/model.fbx": "untextured.fbx", "maps/Untextured.PNG": "textured.png"}
    shared = tmp_path_factory.mktemp("shared")  # models without folders of their own
    loose = {"pictures/untextured.png": "textured.png", "mug.fbx": "untextured.fbx"}
    beside = {"mug.fbx": "untextured.fbx", "other/other.fbx": "plain.fbx"}
    beside |= {"other/maps/untextured.png": "textured.png"}
    for folder, files in ((download, laid), (shared / "a", loose), (shared / "b", beside)):
        for name, file in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((root / file).read_bytes())
    names = ["wedge.obj", *COLOURED, *UNCOLOURED, *(f"textured{kind}" for kind in TEXTURED)]
    elsewhere = {"download.fbx": download / "source/model.fbx"}
    elsewhere |= {"loose.fbx": shared / "a/mug.fbx", "neighbour.fbx": shared / "b/mug.fbx"}
    names += [*lost, *elsewhere, "curve.blend", *BARE, *faults]
    sources = {name: elsewhere.get(name, root / name) for name in names}
    folders = {"download.fbx": download}
    good, reasons, cases = render_model_cases(
        tmp_path_factory.mktemp("store"), sources, folders=folders
    )
    return good, reasons, faults, cases, root, trap


def pixels(folder: Path, name: str, view: int) -> np.ndarray:
    return np.asarray(Image.open(folder / name / f"{view:02d}.png")).astype(int)


def colours(image: np.ndarray) -> np.ndarray:
    """bool (H, W, 3): which channels are bright; formats differ in gloss, not in this."""
    return image[:, :, :3] > 0.6 * image[:, :, :3].max(axis=2, keepdims=True)


def test_what_is_whole_is_rendered_and_what_is_broken_is_named(imported):
    good, reasons, faults, _, root, _ = imported
    unexpected = {name: reason for name, reason in reasons.items() if name not in faults}
    assert unexpected == {}
    assert sorted(set(faults) & set(good)) == []
    for name, fault in faults.items():
        assert reasons[name].startswith(str(root / name)), reasons[name]
        assert re.search(fault, reasons[name]), (name, reasons[name])


@pytest.mark.parametrize("name", COLOURED)
def test_upright_front_forward_and_coloured_as_the_obj(imported, name):
    folder = imported[3]
    for view in (FRONT, SIDE, TOP):
        obj, other = (pixels(folder, which, view) for which in ("wedge.obj", name))
        assert np.abs(obj - other)[:, :, 3].mean() < 2.0, view
        both = (obj[:, :, 3] == 255) & (other[:, :, 3] == 255)
        assert (colours(obj)[both] != colours(other)[both]).any(axis=1).mean() < 0.03, view


@pytest.mark.parametrize("name", UNCOLOURED)
def test_stl_has_the_shape_in_grey(imported, name):
    folder = imported[3]
    for view in (FRONT, SIDE, TOP):
        obj, other = (pixels(folder, which, view) for which in ("wedge.obj", name))
        assert np.abs(obj - other)[:, :, 3].mean() < 2.0
    red, green, blue, alpha = pixels(folder, name, FRONT)[24, 24]
    assert red == green == blue > 150
    assert alpha == 255


@pytest.mark.parametrize("kind", TEXTURED)
def test_textures_are_found(imported, kind):
    good, _, _, folder, _, _ = imported
    assert good[f"textured{kind}"]["warnings"] == []
    red, green, blue, _ = pixels(folder, f"textured{kind}", FRONT)[24, 24]
    assert green > max(red, blue) + 100


@pytest.mark.parametrize("kind", LOST)
def test_a_missing_texture_is_named_and_not_pink(imported, kind):
    good, _, _, folder, _, _ = imported
    assert any("untextured.png is missing" in w for w in good[f"untextured{kind}"]["warnings"])
    red, green, blue, alpha = pixels(folder, f"untextured{kind}", FRONT)[24, 24]
    assert red == green == blue > 100
    assert alpha == 255


@pytest.mark.parametrize("name", ["download.fbx", "loose.fbx"])
def test_a_picture_is_found_near_the_model(imported, name):
    good, _, _, folder, _, _ = imported
    assert good[name]["warnings"] == []
    red, green, blue, _ = pixels(folder, name, FRONT)[24, 24]
    assert green > max(red, blue) + 100


def test_another_model_s_picture_is_not_taken(imported):
    good, _, _, folder, _, _ = imported
    assert any("untextured.png is missing" in w for w in good["neighbour.fbx"]["warnings"])
    red, green, blue, _ = pixels(folder, "neighbour.fbx", FRONT)[24, 24]
    assert red == green == blue > 100


@pytest.mark.parametrize("name", BARE)
def test_without_its_pictures_nothing_glows_nor_is_glass_or_metal(imported, name):
    good, _, _, folder, _, _ = imported
    assert any("glow.png is missing" in w for w in good[name]["warnings"])
    plain, bare = (pixels(folder, which, SIDE) for which in (BARE[name], name))
    assert np.abs(plain - bare).mean() < 4.0  # their gloss may differ


def test_a_curve_becomes_a_surface(imported):
    good, _, _, folder, _, _ = imported
    top = pixels(folder, "curve.blend", TOP)[:, :, 3]
    assert top[24, 24] == 0  # a ring
    assert good["curve.blend"]["views"][TOP]["coverage"] > 0.2


def test_nothing_in_a_blend_was_run(imported):
    root, trap = imported[4], imported[5]
    assert list(trap.parent.iterdir()) == []
    open_with_scripts(root / "hostile.blend")  # the traps do work
    assert {path.name for path in trap.parent.iterdir()} == {"ran.text", "ran.driver"}
