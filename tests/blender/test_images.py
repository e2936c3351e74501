"""Images of models: Blender shows those that the digest covers, and every other one is named."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.model_cases import render_model_cases
from tests.helpers.model_exports import write_dae, write_gltf
from tests.helpers.shapes_obj import CUBE, write_box

FRONT = 0  # view
GREEN = np.full((16, 16, 4), (0, 255, 0, 255), np.uint8)
MTL = "newmtl skin\nKd 1 1 1\n"
PLAIN = "; its material's plain colour is used"

PLY = """ply
format ascii 1.0
comment TextureFile maps/skin.png
element vertex 4
property float x
property float y
property float z
property float texture_u
property float texture_v
element face 1
property list uchar int vertex_indices
end_header
-1 0 -1 0 0
1 0 -1 1 0
1 0 1 1 1
-1 0 1 0 1
4 0 1 2 3
"""

USD = """#usda 1.0
(
    upAxis = "Y"
)
def Mesh "sheet" (
    prepend apiSchemas = ["MaterialBindingAPI"]
)
{
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    point3f[] points = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
    texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
        interpolation = "vertex"
    )
    rel material:binding = </skin>
}
def Material "skin"
{
    token outputs:surface.connect = </skin/shader.outputs:surface>
    def Shader "shader"
    {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor.connect = </skin/image.outputs:rgb>
        token outputs:surface
    }
    def Shader "image"
    {
        uniform token info:id = "UsdUVTexture"
        asset inputs:file = @/nowhere/skin.<UDIM>.png@
        float3 outputs:rgb
    }
    def Shader "unused"
    {
        uniform token info:id = "UsdUVTexture"
        asset inputs:file = @skin.1001.png@
    }
}
"""


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind)
    return content.getvalue()


def write_cube(root: Path, name: str, statements: str, images: dict[str, bytes]) -> Path:
    """Write an OBJ of one material, and files next to it, into a folder of their own."""
    model = write_box(root / name / "cube.obj", CUBE, mtl=MTL + statements, usemtl="skin")
    for file, content in images.items():
        (model.parent / file).parent.mkdir(exist_ok=True)
        (model.parent / file).write_bytes(content)
    return model


def write_cubes(root: Path) -> dict[str, Path]:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    jpeg, png = encoded(noise, "JPEG"), encoded(GREEN)
    grey = np.zeros((16, 16), np.uint8)
    colour = "map_Kd skin.png\n"
    cases = {
        "below": ("map_Kd lost/skin.png\n", {"maps/skin.png": png}),
        "windows": ("map_Kd C:\\My Files\\a skin.png\n", {"a skin.png": png}),
        "lower case": ("map_kd -s 2 2 2 skin.png\n", {"skin.png": png}),
        "alpha 0": (colour, {"skin.png": encoded(GREEN * np.uint8([1, 1, 1, 0]))}),
        "grey mask": (colour + "map_d mask.png\n", {"skin.png": png, "mask.png": encoded(grey)}),
        "same mask": (colour + "map_d skin.png\n", {"skin.png": encoded(GREEN[:, :, :3])}),
        "page": (colour, {"skin.png": b"<html>404</html>"}),
        "pointer": (colour, {"skin.png": b"version https://git-lfs.github.com/spec/v1\n"}),
        "cut": (colour, {"skin.png": encoded(noise)[:6000]}),
        "cut jpeg": ("map_Kd skin.jpg\n", {"skin.jpg": jpeg[: len(jpeg) // 2]}),
        "gif": ("map_Kd skin.gif\n", {"skin.gif": encoded(GREEN[:, :, 0], "GIF")}),
        "unused": ("map_Kd skin.png\nmap_Ka light.png\n", {"skin.png": png, "light.png": png}),
    }
    models = {name: write_cube(root, name, *case) for name, case in cases.items()}
    models["bom"] = write_cube(root, "bom", colour, {"skin.png": png})
    text = models["bom"].read_text().replace("cube.mtl", "paint.mtl")
    models["bom"].write_text("\ufeff" + text)
    models["bom"].with_suffix(".mtl").rename(models["bom"].with_name("paint.mtl"))
    return models


def write_other_kinds(root: Path) -> dict[str, Path]:
    """Write a PLY, a USD with tiles, a DAE in UTF-16 and a glTF with an optional KTX2."""
    for name in ("ply/maps/skin.png", "tiles/maps/skin.1001.png", "dae/a skin.png"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(encoded(GREEN))
    (root / "ply/sheet.ply").write_text(PLY)
    (root / "tiles/sheet.usda").write_text(USD)
    write_dae(root / "hand.dae")
    write_gltf(root / "hand.gltf")
    dae = (root / "hand.dae").read_text()
    image = '<library_images><image id="i"><init_from>{}</init_from></image></library_images>'
    dae = dae.replace("<library_effects>", image.format("a%20skin.png") + "<library_effects>")
    surface = '<newparam sid="s"><surface type="2D"><init_from>i</init_from></surface></newparam>'
    sampler = '<newparam sid="t"><sampler2D><source>s</source></sampler2D></newparam>'
    dae = dae.replace("<technique ", surface + sampler + "<technique ")
    dae = re.sub("<color>.*?</color>", '<texture texture="t" texcoord="UV"/>', dae)
    dae = dae.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>')
    (root / "dae/model.dae").write_text(dae, encoding="utf-16")
    gltf = json.loads((root / "hand.gltf").read_text())
    extension = {"KHR_texture_basisu": {"source": 0}}
    gltf |= {"images": [{"uri": "skin.ktx2"}], "textures": [{"extensions": extension}]}
    gltf["extensionsUsed"] = ["KHR_texture_basisu"]
    gltf["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}
    (root / "gltf").mkdir()
    (root / "gltf/model.gltf").write_text(json.dumps(gltf))
    (root / "gltf/skin.ktx2").write_bytes(b"\xabKTX 20\xbb\r\n\x1a\n")
    kinds = {"ply": "sheet.ply", "tiles": "sheet.usda", "dae": "model.dae", "gltf": "model.gltf"}
    return {kind: root / kind / name for kind, name in kinds.items()}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """All cases rendered by one worker: {name: warnings}, and pixels of the front by name."""
    root = tmp_path_factory.mktemp("models")
    models = write_cubes(root) | write_other_kinds(root)
    folders = {name: root / name for name in models}
    out = tmp_path_factory.mktemp("store")
    rendered, failed, renders = render_model_cases(out, models, folders=folders)
    assert failed == {}
    fronts = {name: Image.open(renders / name / f"{FRONT:02d}.png") for name in models}
    return (
        {name: content["warnings"] for name, content in rendered.items()},
        {name: np.asarray(image).astype(int)[24, 24] for name, image in fronts.items()},
    )


SHOWN = ["below", "windows", "lower case", "bom", "alpha 0", "same mask", "ply", "tiles", "dae"]


@pytest.mark.parametrize("name", SHOWN)
def test_the_image_that_is_meant_is_shown(imported, name):
    warnings, pixels = imported
    assert not any("missing" in warning for warning in warnings[name])
    red, green, blue, alpha = pixels[name]
    assert green > max(red, blue) + 100
    assert alpha == 255


def test_a_grey_mask_cuts_out(imported):
    assert imported[0]["grey mask"] == [
        "empty renders: no view shows anything with alpha above 0.5"
    ]


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("page", "lost texture: skin.png is no image: it begins with b'<html>40'" + PLAIN),
        ("pointer", "lost texture: skin.png is a Git LFS pointer: run git lfs pull" + PLAIN),
        ("cut", "lost texture: skin.png is cut off or broken" + PLAIN),
        ("cut jpeg", "lost texture: skin.jpg is cut off; its end is grey"),
        ("gif", "lost texture: skin.gif is a GIF image, which Blender does not read" + PLAIN),
        ("unused", "lost texture: light.png is named by the model, but no material uses it"),
        ("gltf", "lost texture: skin.ktx2 is named by the model, but no material uses it"),
    ],
)
def test_a_image_that_is_not_shown_is_named(imported, name, warning):
    assert imported[0][name] == [warning]
