"""The light that views draw, which environments they may have, and how these are named."""

from dataclasses import replace

import numpy as np
import pytest

from synthlib import params, rendering
from synthlib.data import prepare
from synthlib.render_ranges import LightRanges
from synthlib.rendering.lighting import (
    BLENDER_ENVIRONMENTS,
    THESIS_LIGHT,
    light_record,
    lights_for,
    list_environments,
    split_environments,
)
from synthlib.utils.errors import ParameterError
from tests.helpers.hdr import write_hdr

VARIED = LightRanges((0.5, 2.0), 2, (0.2, 3.0), (-1.0, 1.0), (3000.0, 9000.0))


def test_by_default_the_light_is_white_and_does_not_vary():
    assert set(lights_for(0, "cup", "p0")) == {THESIS_LIGHT}


def test_every_value_stays_in_its_range_and_fills_it():
    lights = [
        light
        for i in range(80)
        for light in lights_for(0, "cup", f"p{i}", BLENDER_ENVIRONMENTS, VARIED)
    ]
    assert {light.environment for light in lights} == set(BLENDER_ENVIRONMENTS)
    lamps = [lamp for light in lights for lamp in light.lamps]
    assert len(lamps) == 2 * len(lights)
    assert {lamp.kind for lamp in lamps} == {"sun", "area", "point"}
    for values, (low, high) in (
        ([light.turn for light in lights], (0, 360)),
        ([light.strength for light in lights], (0.5, 2)),
        ([light.exposure for light in lights], (-1, 1)),
        ([light.white_balance for light in lights], (3000, 9000)),
        ([lamp.azimuth for lamp in lamps], (0, 360)),
        ([lamp.elevation for lamp in lamps], (15, 75)),
        ([lamp.strength for lamp in lamps], (0.2, 3)),
        ([lamp.distance for lamp in lamps], (2, 5)),
        ([lamp.size for lamp in lamps], (0.2, 2)),
    ):
        share = (np.array(values) - low) / (high - low)
        assert 0 <= share.min() < 0.05
        assert 0.95 < share.max() <= 1


def test_varying_one_value_changes_no_other():
    still = lights_for(0, "cup", "p0")
    for name, limits in (("exposure", (-1.0, 1.0)), ("white_balance", (3000.0, 9000.0))):
        lights = lights_for(0, "cup", "p0", ranges=replace(LightRanges(), **{name: limits}))
        assert len({getattr(light, name) for light in lights}) == 26
        assert [replace(light, **{name: getattr(THESIS_LIGHT, name)}) for light in lights] == list(
            still
        )
    one, two = (lights_for(0, "cup", "p0", ranges=LightRanges(lamps=n)) for n in (1, 2))
    assert [light.lamps[0] for light in one] == [light.lamps[0] for light in two]


def test_training_and_test_renders_share_no_environment():
    train, test = (split_environments(BLENDER_ENVIRONMENTS, 0, s) for s in ("train", "test"))
    assert len(train) == 6
    assert len(test) == 2
    assert {*train, *test} == set(BLENDER_ENVIRONMENTS)
    assert {split_environments(BLENDER_ENVIRONMENTS, s, "test") for s in range(20)} != {test}
    assert split_environments((), 0, "train") == ()


def test_environments_are_found_in_subfolders_and_named_by_content(tmp_path):
    for name in ("a.hdr", "deep/b.HDR"):
        write_hdr(tmp_path / "first" / name, np.full((2, 4, 3), 1.0))
        write_hdr(tmp_path / "moved" / name, np.full((2, 4, 3), 1.0))
    (tmp_path / "first/readme.txt").write_text("not an environment")
    found = list_environments(tmp_path / "first")
    assert [path.split("/")[-1] for path in found] == ["a.hdr", "b.HDR"]
    digests = [
        rendering.RenderSettings(environments=list_environments(tmp_path / folder)).digest
        for folder in ("first", "moved")
    ]
    assert digests[0] == digests[1] != rendering.RenderSettings().digest
    write_hdr(tmp_path / "moved/a.hdr", np.full((2, 4, 3), 2.0))
    moved = rendering.RenderSettings(environments=list_environments(tmp_path / "moved"))
    assert moved.digest != digests[0]
    assert "/" not in light_record(replace(THESIS_LIGHT, environment=found[0]))["environment"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has 0 .hdr or .exr files"),
        ({"a.hdr": b"#?RADIANCE"}, "has 1 .hdr or .exr files"),
        ({"a.hdr": b"#?RADIANCE", "b.exr": b"<html>"}, "b.exr is neither a Radiance file nor"),
    ],
)
def test_a_folder_without_environments_is_refused(tmp_path, files, message):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ParameterError, match=message):
        list_environments(tmp_path)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"light_strength_range": [2, 1]}, "light_strength_range"),
        ({"lamps": 5}, "lamps: got 5"),
        ({"white_balance_range": [100, 6500]}, "white_balance_range"),
        ({"exposure_range": [0, 9]}, "exposure_range"),
    ],
)
def test_an_impossible_range_is_refused(overrides, message):
    with pytest.raises(ParameterError, match=message):
        params.load("demo", "baseline", **overrides)


def test_the_parameters_reach_the_settings_and_the_split_names_the_store(tmp_path):
    given = {"environments": "blender", "lamps": 1, "exposure_range": [-1, 1]}
    plans = [
        prepare.render_plan(
            params.load("demo", "baseline", outputs=str(tmp_path), instances=n, **overrides)
        )
        for n, overrides in ((5, given), (6, given), (5, {}), (6, {}))
    ]
    assert plans[0].settings.environments == BLENDER_ENVIRONMENTS
    assert plans[0].settings.lamps == 1
    assert plans[0].settings.exposure_range == (-1, 1)
    # more instances may move one to the other side, where it would have another environment
    assert plans[0].store != plans[1].store
    assert plans[2].store == plans[3].store
