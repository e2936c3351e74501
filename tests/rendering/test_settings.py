"""Cheaper frames: either the same bytes, or a setting that changes the store's digest."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib import params
from synthlib.data import prepare
from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import plan_renders
from synthlib.rendering.settings import RENDER_VERSION, RenderSettings
from synthlib.rendering.stage import instance_item, render
from synthlib.rendering.supervisor import RenderJob, RenderOptions, supervise
from synthlib.utils.errors import ParameterError
from tests.helpers.render_cases import QUIET, file_bytes

DEFAULTS = Path(__file__).parents[1] / "golden/render_defaults.json"
"""Defaults of the render settings, by render version."""

WHOLE_FRAMES = """
from synthlib.blender import render_instance, scene

def render_all(points):
    scene.bpy.context.scene.render.use_border = False

def run_item(item, settings, out):
    assert scene.set_render_border
    scene.set_render_border = render_all
    yield from render_instance.run_item(item, settings, out)
"""


def plan_with(outputs, models, **settings):
    small = {"size": 40, "samples": 4, "views": 6} | settings
    return plan_renders(
        outputs,
        ["crate", "block"],
        2,
        assets="models",
        models_root=models,
        settings=RenderSettings(**small),
    )


@pytest.mark.parametrize(
    "ranges", [{}, {"lens_shift": 0.4, "distance_range": (0.6, 4), "roll_range": (-180, 180)}]
)
def test_tracing_only_the_border_around_the_object_changes_no_byte(
    models, tmp_path, monkeypatch, ranges
):
    plan = plan_with(tmp_path / "stage", models, **ranges)
    render(plan, QUIET)
    (tmp_path / "whole_frames_module.py").write_text(WHOLE_FRAMES)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    job = RenderJob(
        module="whole_frames_module",
        items=[instance_item(instance) for instance in plan.instances],
        settings=asdict(plan.settings),
        out=tmp_path / "whole",
        is_done=lambda name: False,
    )
    supervise(job, QUIET)
    ours, whole = (
        {name: content for name, content in file_bytes(store).items() if name.count("/") == 2}
        for store in (plan.store, tmp_path / "whole")
    )
    assert sum(name.endswith(".png") for name in whole) == len(read_manifest(plan)) >= 12
    assert ours == whole


def test_denoised_renders_have_the_same_bytes_with_more_workers(models, tmp_path):
    stores = []
    for name, workers in (("one", 1), ("two", 2)):
        plan = plan_with(tmp_path / name, models, denoise=True)
        render(plan, RenderOptions(workers=workers, progress=False))
        stores.append({k: v for k, v in file_bytes(plan.store).items() if k.endswith(".png")})
    assert len(stores[0]) >= 12
    assert stores[0] == stores[1]
    plain = plan_with(tmp_path / "plain", models)
    render(plain, QUIET)
    name = read_manifest(plain)["file"][0]
    noisy, smooth = (np.asarray(Image.open(store / name)) for store in (plain.store, plan.store))
    assert (noisy[:, :, :3] != smooth[:, :, :3]).any()
    assert (noisy[:, :, 3] == smooth[:, :, 3]).all()  # outlines are left as they are


@pytest.mark.parametrize(
    ("key", "value"),
    [("denoise", True), ("bounces", 4), ("adaptive_threshold", 0.1), ("samples", 17)],
)
def test_the_settings_of_a_frame_s_cost_are_parameters_and_name_the_store(key, value):
    assert RenderSettings(**{key: value}).digest != RenderSettings().digest
    given = params.load("demo", "synth_bg", **{f"render_{key}": value})
    assert getattr(prepare.render_plan(given).settings, key) == value


@pytest.mark.parametrize(("key", "value"), [("bounces", -1), ("adaptive_threshold", 1.5)])
def test_settings_out_of_range_are_refused(key, value):
    with pytest.raises(ParameterError, match=f"^{key}: got {value}; .*equal to"):
        RenderSettings(**{key: value})
    with pytest.raises(ParameterError, match=f"render_{key}: got {value}"):
        params.load("demo", "synth_bg", **{f"render_{key}": value})


def test_a_changed_default_needs_a_new_render_version():
    """A store is named by the settings that differ from the defaults."""
    frozen = json.loads(DEFAULTS.read_text())[str(RENDER_VERSION)]
    now = json.loads(json.dumps(asdict(RenderSettings())))
    changed = {name for name, value in frozen.items() if now.get(name) != value}
    assert not changed, f"{changed}: raise RENDER_VERSION, and add its defaults to {DEFAULTS.name}"
    assert now.keys() == frozen.keys(), f"add new settings to {DEFAULTS.name}"


def test_only_what_differs_from_the_defaults_names_a_store():
    assert RenderSettings(size=512, lamps=0).digest == RenderSettings().digest
    for other in ({"size": 256}, {"lamps": 1}, {"exposure_range": (0, 1)}, {"bpy_version": "9.9"}):
        assert RenderSettings(**other).digest != RenderSettings().digest
