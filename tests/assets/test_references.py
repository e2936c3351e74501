"""Files that models name: found as meant, part of the digest, and the same that Blender gets."""

import gzip
import json
from pathlib import Path

import pytest

from synthlib import assets
from synthlib.assets.references import ModelFiles, named_images, read_obj, referenced_files

MTL = "newmtl skin\nKd 1 1 1\nmap_Kd skin.png\n"
OBJ = "usemtl skin\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
DAE = "<COLLADA><library_images><image id='i'><init_from>{}</init_from></image></library_images>"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files into a folder and return the path of the first one."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / next(iter(files))


OBJ_CASES = {
    "elsewhere": {"mesh/m.obj": "mtllib m.mtl\n" + OBJ, "mesh/m.mtl": MTL, "maps/skin.png": ""},
    "library elsewhere": {"m.obj": "mtllib C:\\x\\a.mtl\n" + OBJ, "x/a.mtl": MTL, "skin.png": ""},
    "windows": {
        "m.obj": "mtllib m.mtl\n" + OBJ,
        "m.mtl": "newmtl skin\nmap_Kd C:\\Some One\\3. Pack 1.0\\my skin.png\n",
        "my skin.png": "",
    },
    "option and blank": {
        "m.obj": "mtllib m.mtl\n" + OBJ,
        "m.mtl": "newmtl skin\nmap_Kd -s 3 3 3 -bm 1.5 my skin.png\n",
        "my skin.png": "",
        "skin.png": "",
    },
    "wrong library": {"m.obj": "mtllib x.mtl\n" + OBJ, "m.mtl": MTL, "skin.png": ""},
    "no library": {"m.obj": OBJ, "m.mtl": MTL, "skin.png": ""},
    "bom": {"m.obj": "\ufeffmtllib a.mtl\n" + OBJ, "a.mtl": "\ufeff" + MTL, "skin.png": ""},
    "lower case": {"m.obj": "mtllib m.mtl\n" + OBJ, "m.mtl": MTL.lower(), "SKIN.png": ""},
    "quotes": {
        "m.obj": 'mtllib "a b.mtl"\n' + OBJ,
        "a b.mtl": 'newmtl skin\nmap_Kd "my skin.png"\n',
        "my skin.png": "",
    },
    "underscores": {
        "m.obj": "mtllib m.mtl\n" + OBJ,
        "m.mtl": "newmtl skin\nmap_Kd my_skin.png\n",
        "my skin.png": "",
    },
}
"""Files of OBJs, of each of which one image is meant: the first one."""


@pytest.mark.parametrize("case", OBJ_CASES)
def test_the_image_that_an_obj_means_is_found_and_part_of_its_digest(tmp_path, case):
    model = write(tmp_path, OBJ_CASES[case])
    [image] = [tmp_path / name for name in OBJ_CASES[case] if name.lower().endswith("skin.png")][:1]
    obj = read_obj(model, tmp_path)
    assert list(obj.images.values()) == [image]
    assert obj.missing_libraries == ()
    assert f" {image}\n" in obj.materials
    assert "map_Kd " in obj.materials
    before = assets.model_digest(model, tmp_path)
    image.write_bytes(b"other")
    assert assets.model_digest(model, tmp_path) != before


def test_options_stay_and_a_name_may_follow_an_unknown_one(tmp_path):
    mtl = "newmtl skin\nmap_Kd -s 2 2 1 -clamp on a b.png\nbump -new 1 c.png\nbump -bm 1.5\n"
    model = write(tmp_path, {"m.obj": OBJ, "m.mtl": mtl, "a b.png": "", "c.png": ""})
    obj = read_obj(model, tmp_path)
    assert obj.images == {"a b.png": tmp_path / "a b.png", "c.png": tmp_path / "c.png"}
    assert f"map_Kd -s 2 2 1 -clamp on {tmp_path}/a b.png\n" in obj.materials


def test_only_what_the_obj_uses_counts(tmp_path):
    mtl = MTL + "newmtl other\nmap_Kd lost.png\nnewmtl skin\nmap_Kd second.png\n"
    model = write(tmp_path, {"m.obj": "mtllib lost.mtl\n" + OBJ, "m.mtl": mtl, "skin.png": ""})
    assert referenced_files(model, tmp_path)[1] == ()
    model.write_text("mtllib lost.mtl\nusemtl unknown\n" + OBJ)
    assert referenced_files(model, tmp_path)[1] == ("lost.mtl",)


def test_tr_becomes_d_and_without_its_image_nothing_glows(tmp_path):
    mtl = "newmtl skin\nTr 0.25\nKe 1 1 1\nmap_Ke lost.png\n"
    model = write(tmp_path, {"m.obj": OBJ, "m.mtl": mtl})
    assert read_obj(model, tmp_path).materials == "newmtl skin\nd 0.75\n"
    for tr in ("0", "1", "0.5\nd 1"):
        (tmp_path / "m.mtl").write_text(f"newmtl skin\nTr {tr}\n")
        assert "d 0" not in read_obj(model, tmp_path).materials


def test_of_files_of_one_name_the_one_in_folders_of_the_same_name_is_meant(tmp_path):
    names = ["a/skin.png", "wood/skin.png", "z/other.png"]
    model = write(tmp_path, {"m/m.obj": "", **dict.fromkeys(names, "")})
    files = ModelFiles(model, tmp_path)
    assert files.find("D:\\maps\\Wood\\Skin.PNG") == tmp_path / "wood/skin.png"
    assert files.find("skin.png") == tmp_path / "a/skin.png"
    assert files.find("x" * 5000) is None
    (tmp_path / "class/other").mkdir(parents=True)
    shared = write(tmp_path / "class", {"m.obj": "", "other/o.obj": "", "other/skin.png": ""})
    assert ModelFiles(shared, None).find("skin.png") is None


@pytest.mark.parametrize(
    "files",
    [
        {"own/m.dae": DAE.format("../a%20b.png"), "a b.png": ""},
        {"own/m.dae": DAE.format("C:\\a b.png").encode("utf-16"), "own/x/A b.png": ""},
        {"own/m.ply": "ply\ncomment TextureFile a b.png\nend_header\n", "own/x/a_b.png": ""},
        {"own/m.gltf": json.dumps({"images": [{"uri": "../a%20b.png"}]}), "a b.png": ""},
        {"own/m.fbx": b"Kaydara FBX Binary  \0S\x0c\0\0\0..\\a b.png\0", "a b.png": ""},
        {"own/m.blend": b"BLENDER\0//../a b.png\0", "a b.png": ""},
        {"own/m.blend": gzip.compress(b"BLENDER\0//../b.blend\0"), "b.blend": ""},
        {"own/m.blend": b"//../b.blend\0", "c/d.png": "", "b.blend": b"//c/d.png\0"},
        {"own/m.usda": "#usda 1.0\nasset inputs:file = @../a b.png@", "a b.png": ""},
    ],
)
def test_an_image_of_any_format_is_part_of_the_digest_wherever_it_is(tmp_path, files):
    model = write(tmp_path, files)
    before = assets.model_digest(model, tmp_path / "own")
    (tmp_path / list(files)[1]).write_bytes(b"other")
    assert assets.model_digest(model, tmp_path / "own") != before


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_a_broken_compressed_file_has_a_digest_too(tmp_path, start):
    model = write(tmp_path, {"m.blend": start + b"junk"})
    assert len(assets.model_digest(model)) == 64


def test_embedded_images_of_a_gltf_are_named_too(tmp_path):
    images = [{"uri": "lost.ktx2"}, {"bufferView": 0}, {"uri": "data:image/png,x", "name": "skin"}]
    model = write(tmp_path, {"m.gltf": json.dumps({"images": images})})
    assert named_images(model, None) == {"lost.ktx2": None, "Image_1": model, "skin": model}
