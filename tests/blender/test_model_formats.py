"""Every kind of model file, written by Blender's exporters, shows the same object as the OBJ.

Broken files of every kind are reported with their fault.
"""

import base64
import json
import re
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from synthlib.assets.formats import MODEL_SUFFIXES
from tests.helpers.model_cases import render_model_cases
from tests.helpers.model_exports import export_models, open_with_scripts, write_models_by_hand

FRONT, SIDE, TOP = 0, 3, 10  # views

COLOURED = [
    *(f"plain{kind}" for kind in MODEL_SUFFIXES if kind not in (".obj", ".stl")),
    "ascii.ply",
    "y_up.usda",
    "hand.gltf",
    "hand.dae",
    "mirrored.blend",
    "mirrored.glb",
    "instanced.blend",
    "repeated.blend",
    "nodes_object.blend",
    "nodes_mesh.blend",
    "hidden.blend",
    "posed.blend",
    "hostile.blend",
    "kilometre.glb",
    "micron.glb",
    "nan_normals.ply",
    "nan_normals.dae",
]
"""Files that show the wedge in the colours of the OBJ."""

UNCOLOURED = ["plain.stl", "ascii.stl", "kilometre.stl", "micron.stl"]
"""Files that show the wedge without colours."""

TEXTURED = [".glb", ".gltf", ".fbx", ".dae", ".usda", ".usdz", ".blend"]
"""Kinds that can have a texture."""

EXTERNALLY_TEXTURED = [".gltf", ".fbx", ".dae", ".usda", ".blend"]
"""Kinds whose texture is a file of its own; .glb and .usdz contain theirs."""

FOUND_IMAGES = [*(f"download{k}" for k in EXTERNALLY_TEXTURED), "loose.fbx", "outside.blend"]
"""Files whose images are not where they say, or outside their folder but named readably."""

WITHOUT_IMAGES = {"glow.gltf": "hand.gltf", "glow.obj": "wedge.obj", "bare.gltf": "hand.gltf"}
"""Files whose images are missing, and the file that they should look like."""


def break_all(root: Path) -> dict[str, str]:
    """Write broken copies of the plain files: {file name: regular expression of its fault}."""
    faults: dict[str, str] = {}

    def add(name: str, content: bytes, fault: str) -> None:
        (root / name).write_bytes(content)
        faults[name] = fault

    junk = np.random.default_rng(0).bytes(5000)
    for kind in MODEL_SUFFIXES:
        if kind == ".obj":
            continue
        content = (root / f"plain{kind}").read_bytes()
        add(f"empty{kind}", b"", "empty")
        has_length = kind in (".gltf", ".stl")
        add(f"junk{kind}", junk, f"not a complete {kind}" if has_length else "is not a")
        unreadable = "cannot be read|cut off|complete|no faces"
        add(f"half{kind}", content[: len(content) // 2], unreadable)
        add(f"most{kind}", content[: len(content) * 9 // 10], unreadable)
        add(f"spoilt{kind}", content[:64] + junk, unreadable)
        add(f"other{kind}", (root / "wedge.obj").read_bytes(), "is not a")
    faults["junk.gltf"] = "not a complete glTF"

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
    hand = json.loads((root / "hand.gltf").read_text())
    corners = base64.b64encode(struct.pack("<6H", 0, 1, 2, 0, 2, 99)).decode()
    hand["buffers"][0]["uri"] = hand["buffers"][0]["uri"][: -len(corners)] + corners
    add("corners.gltf", json.dumps(hand).encode(), "cannot be read by Blender: IndexError: .*99")
    gltf["meshes"] = []
    add("meshless.gltf", json.dumps(gltf).encode(), "cannot be read|no faces")
    facet = "facet normal 0 0 1\nouter loop\n" + "vertex 1 1 1\n" * 3 + "endloop\nendfacet\n"
    add("point.stl", f"solid x\n{facet * 3}endsolid x\n".encode(), "no faces|size")
    cloud = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\n"
    add("cloud.ply", f"{cloud}property float z\nend_header\n0 0 0\n".encode(), "no faces")
    faults["camera_only.blend"] = "no faces"
    add("model.max", junk, "is no model file; allowed are .obj, .glb")
    return faults


class Imported(NamedTuple):
    """All files after one worker has rendered them, or failed to.

    Attributes:
        rendered: Content of `instance.json` by file name.
        reasons: Reason of the failure by file name.
        faults: Regular expressions of the expected reasons.
        renders: Folder of the renders.
        models: Folder of most model files.
        trap: Prefix of the files that code in hostile.blend would create.
    """

    rendered: dict[str, dict]
    reasons: dict[str, str]
    faults: dict[str, str]
    renders: Path
    models: Path
    trap: Path


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    models = tmp_path_factory.mktemp("kinds")
    trap = tmp_path_factory.mktemp("trap") / "ran"
    export_models(models, trap)
    write_models_by_hand(models)
    faults = break_all(models)

    # Folders for one model alone, in the layout of some download sites.
    download = tmp_path_factory.mktemp("download")
    for kind in EXTERNALLY_TEXTURED:
        files = {f"source/model{kind}": f"untextured{kind}", "maps/Untextured.PNG": "textured.png"}
        if kind == ".gltf":
            files["source/untextured.bin"] = "untextured.bin"
        copy_files(models, download / kind, files)
    # Folders that several models share: "a" has the image, "b" has it in another model's folder.
    shared = tmp_path_factory.mktemp("shared")
    copy_files(
        models,
        shared / "a",
        {"images/untextured.png": "textured.png", "mug.fbx": "untextured.fbx"},
    )
    copy_files(
        models,
        shared / "b",
        {
            "mug.fbx": "untextured.fbx",
            "other/other.fbx": "plain.fbx",
            "other/maps/untextured.png": "textured.png",
        },
    )
    elsewhere = {
        **{f"download{k}": download / k / f"source/model{k}" for k in EXTERNALLY_TEXTURED},
        "outside.blend": models / "own/outside.blend",
        "outside.usdc": models / "own/outside.usdc",
        "loose.fbx": shared / "a/mug.fbx",
        "neighbour.fbx": shared / "b/mug.fbx",
    }
    names = [
        "wedge.obj",
        *COLOURED,
        *UNCOLOURED,
        *(f"textured{kind}" for kind in TEXTURED),
        *(f"untextured{kind}" for kind in EXTERNALLY_TEXTURED),
        *elsewhere,
        "curve.blend",
        "surfaces.blend",
        "linked.blend",
        *WITHOUT_IMAGES,
        *faults,
    ]
    sources = {name: elsewhere.get(name, models / name) for name in names}
    folders = {f"download{kind}": download / kind for kind in EXTERNALLY_TEXTURED}
    folders |= {"outside.blend": models / "own", "outside.usdc": models / "own"}
    rendered, reasons, renders = render_model_cases(
        tmp_path_factory.mktemp("store"), sources, folders=folders
    )
    return Imported(rendered, reasons, faults, renders, models, trap)


def copy_files(source: Path, target: Path, names: dict[str, str]) -> None:
    """Copy files from one folder to another: {new name: name in `source`}."""
    for new_name, name in names.items():
        (target / new_name).parent.mkdir(parents=True, exist_ok=True)
        (target / new_name).write_bytes((source / name).read_bytes())


def pixels(imported: Imported, name: str, view: int) -> np.ndarray:
    return np.asarray(Image.open(imported.renders / name / f"{view:02d}.png")).astype(int)


def bright_channels(image: np.ndarray) -> np.ndarray:
    """Channels that are bright, bool (H, W, 3), which is the same in formats of other gloss."""
    return image[:, :, :3] > 0.6 * image[:, :, :3].max(axis=2, keepdims=True)


def test_valid_files_are_rendered_and_broken_ones_are_reported(imported):
    faults, reasons = imported.faults, imported.reasons
    unexpected = {name: reason for name, reason in reasons.items() if name not in faults}
    assert unexpected == {}
    assert sorted(set(faults) & set(imported.rendered)) == []
    for name, fault in faults.items():
        assert reasons[name].startswith(str(imported.models / name)), reasons[name]
        assert re.search(fault, reasons[name]), (name, reasons[name])


@pytest.mark.parametrize("name", COLOURED)
def test_pose_and_colours_are_those_of_the_obj(imported, name):
    for view in (FRONT, SIDE, TOP):
        obj, other = (pixels(imported, file, view) for file in ("wedge.obj", name))
        assert np.abs(obj - other)[:, :, 3].mean() < 2.0, view
        opaque = (obj[:, :, 3] == 255) & (other[:, :, 3] == 255)
        differ = bright_channels(obj)[opaque] != bright_channels(other)[opaque]
        assert differ.any(axis=1).mean() < 0.03, view


@pytest.mark.parametrize("name", UNCOLOURED)
def test_stl_has_the_shape_in_grey(imported, name):
    for view in (FRONT, SIDE, TOP):
        obj, other = (pixels(imported, file, view) for file in ("wedge.obj", name))
        assert np.abs(obj - other)[:, :, 3].mean() < 2.0
    red, green, blue, alpha = pixels(imported, name, FRONT)[24, 24]
    assert red == green == blue > 150
    assert alpha == 255


@pytest.mark.parametrize("kind", TEXTURED)
def test_textures_are_found(imported, kind):
    assert imported.rendered[f"textured{kind}"]["warnings"] == []
    red, green, blue, _ = pixels(imported, f"textured{kind}", FRONT)[24, 24]
    assert green > max(red, blue) + 100


@pytest.mark.parametrize("kind", EXTERNALLY_TEXTURED)
def test_a_missing_texture_is_reported_and_not_pink(imported, kind):
    warnings = imported.rendered[f"untextured{kind}"]["warnings"]
    assert any("untextured.png is missing" in warning for warning in warnings)
    red, green, blue, alpha = pixels(imported, f"untextured{kind}", FRONT)[24, 24]
    assert red == green == blue > 100
    assert alpha == 255


@pytest.mark.parametrize("name", FOUND_IMAGES)
def test_an_image_is_found_near_the_model(imported, name):
    assert imported.rendered[name]["warnings"] == []
    red, green, blue, _ = pixels(imported, name, FRONT)[24, 24]
    assert green > max(red, blue) + 100


def test_an_image_of_another_model_is_not_used(imported):
    warnings = imported.rendered["neighbour.fbx"]["warnings"]
    assert any("untextured.png is missing" in warning for warning in warnings)
    red, green, blue, _ = pixels(imported, "neighbour.fbx", FRONT)[24, 24]
    assert red == green == blue > 100


def test_an_image_that_no_digest_covers_is_not_used(imported):
    [warning] = imported.rendered["outside.usdc"]["warnings"]
    assert "textured.png is outside the model's folder" in warning


def test_a_lost_library_is_reported(imported):
    assert imported.rendered["linked.blend"]["warnings"] == [
        "changed geometry: what is linked from library.blend is left out; that file is missing"
    ]


@pytest.mark.parametrize("name", WITHOUT_IMAGES)
def test_without_its_images_nothing_glows_or_is_glass_or_metal(imported, name):
    warnings = imported.rendered[name]["warnings"]
    assert any("glow.png is missing" in warning for warning in warnings)
    expected, image = (pixels(imported, file, SIDE) for file in (WITHOUT_IMAGES[name], name))
    assert np.abs(expected - image).mean() < 4.0  # their gloss may differ


def test_a_curve_becomes_a_surface(imported):
    alpha = pixels(imported, "curve.blend", TOP)[:, :, 3]
    assert alpha[24, 24] == 0  # the curve is a ring
    assert imported.rendered["curve.blend"]["views"][TOP]["coverage"] > 0.2


def test_every_surface_is_there_once(imported):
    for name in ("surfaces.blend", "repeated.blend", "nodes_object.blend", "nodes_mesh.blend"):
        assert imported.rendered[name]["warnings"] == []
    image = pixels(imported, "surfaces.blend", FRONT)
    assert image[image[:, :, 3] == 255][:, :3].min() > 50


def test_no_code_in_a_blend_file_was_run(imported):
    folder = imported.trap.parent
    assert list(folder.iterdir()) == []
    # The file's code does run where scripts are allowed.
    open_with_scripts(imported.models / "hostile.blend")
    assert {path.name for path in folder.iterdir()} == {"ran.text", "ran.driver"}
