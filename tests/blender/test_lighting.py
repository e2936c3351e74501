"""Light as Blender renders it, compared with what its units promise."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from synthlib import rendering
from synthlib.rendering.lighting import list_environments
from tests.helpers.hdr import write_hdr
from tests.helpers.render_cases import ONE_WORKER, write_models

SCRIPT = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
from synthlib.blender.worker import import_bpy
import_bpy()
import bpy
import numpy as np
from PIL import Image
from synthlib.blender import lighting, scene
from synthlib.rendering.lighting import Lamp, Light

folder = Path(sys.argv[1])
scene.select_device("cpu")
scene.reset_scene()
scene.configure_render(16, 64, denoise=False, bounces=0)
bpy.ops.mesh.primitive_cube_add(size=2)  # its top is at z = 1
white = bpy.data.materials.new("white")
white.use_nodes = True
shader = white.node_tree.nodes["Principled BSDF"]
shader.inputs["Base Color"].default_value = (1, 1, 1, 1)
shader.inputs["Specular IOR Level"].default_value = 0
bpy.context.object.data.materials.append(white)
camera = scene.add_camera(20)
top = (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), np.array([0.0, 0.0, 5.0]))
right = (np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]]), np.array([5.0, 0.0, 0.0]))

def radiance(light, axes, position):
    scene.place_camera(camera, axes, position, 1, 10)
    lighting.apply_light(light, np.array([0.0, 0.0, 1.0]), 1.0)
    scene.render_png(folder / "render.png")
    value = np.asarray(Image.open(folder / "render.png").convert("RGB"))[6:10, 6:10] / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return [round(float(v), 4) for v in linear.mean(axis=(0, 1))]

dark = Light(strength=0.0)
found = {}
for kind in ("sun", "area", "point"):
    lamp = Lamp(kind, 0.0, 90.0, 0.4, 4.0, 0.2)
    found[kind] = radiance(replace(dark, lamps=(lamp,)), *top)
    found["two " + kind] = radiance(replace(dark, lamps=(lamp, lamp)), *top)
found["after lamps"] = radiance(dark, *top)
found["half"] = radiance(Light(strength=0.5), *top)
found["half, one stop more"] = radiance(Light(strength=0.5, exposure=1.0), *top)
found["half, for light of 3500 K"] = radiance(Light(strength=0.5, white_balance=3500.0), *top)
grey, side = str(folder / "grey.hdr"), str(folder / "side.hdr")
found["grey"] = radiance(Light(grey, strength=0.5), *top)
for turn in (0.0, 90.0, 180.0, 270.0):
    found[f"side {turn:.0f}"] = radiance(Light(side, turn, 0.5), *right)
Path(sys.argv[1], "found.json").write_text(json.dumps(found))
os._exit(0)
"""


@pytest.fixture(scope="module")
def radiance(tmp_path_factory) -> dict[str, list[float]]:
    """Linear red, green and blue of a white surface, by light."""
    folder = tmp_path_factory.mktemp("light")
    write_hdr(folder / "grey.hdr", np.full((64, 128, 3), 7.0))
    half_bright = np.full((64, 128, 3), 0.1)
    half_bright[:, :64] = 1.9
    write_hdr(folder / "side.hdr", half_bright)
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2]
    )
    assert (folder / "found.json").exists(), done.stderr[-2000:]
    return json.loads((folder / "found.json").read_text())


def test_a_lamp_gives_a_facing_white_surface_its_strength(radiance):
    for kind in ("sun", "area", "point"):
        assert radiance[kind] == pytest.approx([0.4] * 3, rel=0.08), kind
        assert radiance[f"two {kind}"] == pytest.approx([0.8] * 3, rel=0.08), kind
    assert radiance["after lamps"] == [0, 0, 0]


def test_strength_exposure_and_white_balance(radiance):
    assert radiance["half"] == pytest.approx([0.5] * 3, rel=0.02)
    assert radiance["half, one stop more"] == pytest.approx([1.0] * 3, rel=0.02)
    red, _, blue = radiance["half, for light of 3500 K"]
    assert red < 0.45 < 0.55 < blue


def test_an_environment_is_divided_by_its_mean_and_turned(radiance):
    assert radiance["grey"] == pytest.approx([0.5] * 3, rel=0.03)
    sides = [radiance[f"side {turn}"][0] for turn in (0, 90, 180, 270)]
    assert max(sides) > 10 * min(sides)
    # opposite turns together are light from both halves
    assert sides[0] + sides[2] == pytest.approx(1.0, rel=0.05)
    assert sides[1] + sides[3] == pytest.approx(1.0, rel=0.05)


def test_renders_record_their_light_and_a_broken_environment_is_named(tmp_path):
    models = write_models(tmp_path / "models")
    for i in range(5):
        write_hdr(tmp_path / "hdr" / f"{i}.hdr", np.full((8, 16, 3), 1.0 + i))
    settings = {"size": 24, "samples": 2, "views": 3, "lamps": 1, "exposure_range": (-1, 1)}

    def plan():
        return rendering.plan_renders(
            tmp_path,
            ["crate"],
            5,
            assets="models",
            models_root=models,
            settings=rendering.RenderSettings(
                environments=list_environments(tmp_path / "hdr"), **settings
            ),
        )

    report = rendering.render(plan(), ONE_WORKER)
    assert not report.failed
    used = {"train": set(), "test": set()}
    for instance in plan().instances:
        path = plan().store / f"crate/{instance.name}/instance.json"
        for view in json.loads(path.read_text())["views"]:
            assert len(view["light"]["lamps"]) == 1
            used[instance.split].add(view["light"]["environment"])
    assert used["train"]
    assert used["test"]
    assert not used["train"] & used["test"]

    for i in range(5):
        (tmp_path / "hdr" / f"{i}.hdr").write_bytes(b"#?RADIANCE\n")
    report = rendering.render(plan(), ONE_WORKER)
    assert len(report.failed) == 5
    assert "Blender cannot read the environment" in report.failed[0]["reason"]
