"""Shadows on the ground: where they fall, which views have them, and that masks exclude them."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from synthlib import rendering
from synthlib.rendering.framing import project_points
from synthlib.rendering.ground_shadow import (
    EDGE,
    ShadowMap,
    has_ground_shadow,
    put_shadow_below,
    shadow_in_frame,
    smooth,
)
from synthlib.rendering.store import verify_store
from synthlib.rendering.view_files import mask_file
from synthlib.rendering.viewpoints import View, camera_axes
from tests.helpers.render_cases import ONE_WORKER, QUIET, SETTINGS, file_bytes, make_plan

SHADOWED = replace(SETTINGS, size=32, samples=4, views=12, ground_shadow=True)


def view(**changed) -> View:
    values = {"index": 0, "kind": "random", "azimuth": 0.0, "elevation": 30.0, "roll": 0.0}
    return View(**(values | changed))


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(-0.7, 0.7),
    y=st.floats(-0.7, 0.7),
    azimuth=st.floats(0, 359),
    elevation=st.floats(20, 90),
    roll=st.floats(-30, 30),
    shift=st.floats(-0.1, 0.1),
)
def test_a_spot_on_the_ground_is_seen_where_its_point_is_projected(
    x, y, azimuth, elevation, roll, shift
):
    """Compared with `framing.project_points`, which places the object in the frame."""
    side, size, ground = 200, 160, -0.3
    shares = np.zeros((side, side))
    rows, columns = np.indices(shares.shape)
    centre_x, centre_y = (columns + 0.5) / side * 2 - 1, 1 - (rows + 0.5) / side * 2
    shares = np.exp(-((centre_x - x) ** 2 + (centre_y - y) ** 2) / (2 * 0.06**2))
    shadow_map = ShadowMap(shares, np.array([0.0, 0.0, ground]), 1.0)
    seen = view(shift_x=shift, shift_y=-shift)
    axes = camera_axes(azimuth, elevation, roll)
    position = 6.0 * axes[2]
    frame = shadow_in_frame(shadow_map, axes, position, seen, size)
    point = project_points(np.array([[x, y, ground]]), axes, position, seen.field_of_view)[0]
    expected = (point * [1, -1] + 2 * np.array([shift, shift]) + 1) / 2 * size  # y down
    row, column = np.unravel_index(frame.argmax(), frame.shape)
    assert frame.max() > 0.8
    assert np.abs(np.array([column, row]) + 0.5 - expected).max() < 3.0


def test_shadows_end_at_the_edges_of_map_and_frame():
    shadow_map = ShadowMap(np.ones((40, 40)), np.zeros(3), 1.0)
    axes = camera_axes(0.0, 90.0, 0.0)
    near = shadow_in_frame(shadow_map, axes, np.array([0.0, 0.0, 1.0]), view(), 50)
    assert near[25, 25] == 1.0
    assert near[0].max() < 0.5 / (50 * EDGE) + 1e-9
    close_up = shadow_in_frame(shadow_map, axes, np.array([0.0, 0.0, 1.0]), view(aim=0.5), 50)
    assert close_up.min() == 1.0
    far = shadow_in_frame(shadow_map, axes, np.array([0.0, 0.0, 20.0]), view(), 50)
    assert not far[:8].any()
    axes = camera_axes(0.0, 0.0, 0.0)
    level = shadow_in_frame(shadow_map, axes, np.array([0.0, -3.0, 1.0]), view(), 50)
    assert not level[:25].any()  # above the horizon
    assert level[25:].any()


def test_smoothing_keeps_the_mean_and_reduces_noise():
    noise = np.random.default_rng(0).random((40, 40))
    smoothed = smooth(noise)
    assert smoothed.shape == noise.shape
    assert smoothed.mean() == pytest.approx(noise.mean(), abs=0.01)
    assert smoothed.std() < 0.4 * noise.std()
    assert np.allclose(smooth(np.full((5, 5), 0.3)), 0.3)


def test_a_shadow_is_put_below_the_object_only():
    pixels = np.array([[[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 128]]], np.uint8)
    none = put_shadow_below(pixels, np.zeros((1, 3)))
    assert np.array_equal(none, pixels)
    shaded = put_shadow_below(pixels, np.full((1, 3), 0.5))
    assert shaded[0, 0].tolist() == [200, 100, 50, 255]
    # half the light is 0.5 ** (1 / 2.2) of the encoded value of what is behind
    assert shaded[0, 1].tolist() == [0, 0, 0, round(255 * (1 - 0.5 ** (1 / 2.2)))]
    # over white: the object's colour by its alpha, the rest of the white darkened
    alpha = shaded[0, 2, 3] / 255
    over_white = shaded[0, 2, :3] * alpha + 255 * (1 - alpha)
    own = 128 / 255
    expected = np.array([200, 100, 50]) * own + 255 * (1 - own) * 0.5 ** (1 / 2.2)
    assert np.abs(over_white - expected).max() < 1.0


def test_which_views_show_the_ground():
    assert has_ground_shadow(view(), "cup")
    assert not has_ground_shadow(view(elevation=5.0), "cup")
    assert not has_ground_shadow(view(elevation=-20.0), "cup")
    assert not has_ground_shadow(view(roll=180.0), "cup")
    assert has_ground_shadow(view(roll=355.0), "cup")
    assert not has_ground_shadow(view(roll=330.0), "cup")  # people turn a banana, not a cup
    assert has_ground_shadow(view(roll=333.0), "banana")


@pytest.fixture(scope="module")
def stores(models, tmp_path_factory):
    """Plans of the same views with and without shadows, rendered."""
    outputs = tmp_path_factory.mktemp("shadows")
    plans = [
        make_plan(outputs, models, settings=replace(SHADOWED, ground_shadow=with_shadow))
        for with_shadow in (True, False)
    ]
    for plan in plans:
        rendering.render(plan, QUIET)
    return plans


def test_the_object_is_as_without_shadow_and_the_mask_excludes_it(stores):
    shadowed, _ = stores
    assert verify_store(shadowed, progress=False).faults == []
    table, before_table = (rendering.read_manifest(plan) for plan in stores)
    same = ["coverage", "left", "top", "right", "bottom", "elevation", "roll"]
    assert table[same].equals(before_table[same])
    n_shadows = 0
    for row, before_row in zip(table.itertuples(), before_table.itertuples(), strict=True):
        pixels = np.asarray(Image.open(shadowed.store / row.file))
        before = np.asarray(Image.open(stores[1].store / before_row.file))
        mask = np.asarray(Image.open(shadowed.store / mask_file(row.file)))
        assert np.array_equal(mask, before[..., 3])
        assert np.array_equal(pixels[mask == 255], before[mask == 255])
        added = pixels[..., 3].astype(int) - mask
        assert added.min() >= 0
        is_expected = row.elevation > 5 and row.roll == 0
        assert bool(added.max() > 5) == is_expected, (row.elevation, row.roll)
        if is_expected:
            n_shadows += 1
            assert not pixels[mask == 0][:, :3].any()  # black
            # more in the lower half of the frame, where the ground is nearer
            assert row.elevation > 60 or added[16:].sum() > added[:16].sum()
    assert n_shadows == 3 * len(table["instance"].unique())


def test_a_resumed_render_has_the_same_bytes(stores, tmp_path):
    """Another process makes one instance, without those before it, in a store that has the rest."""
    shadowed, _ = stores
    plan = replace(shadowed, store=tmp_path / shadowed.store.name)
    shutil.copytree(shadowed.store, plan.store)
    shutil.rmtree(sorted(plan.store.glob("*/*/instance.json"))[1].parent)
    rendering.render(plan, ONE_WORKER)
    assert file_bytes(plan.store) == file_bytes(shadowed.store)


def test_a_lamp_s_shadow_falls_away_from_it(models, tmp_path):
    settings = replace(SHADOWED, lamps=1, light_strength_range=(0, 0), lamp_strength_range=(1, 1))
    plan = make_plan(tmp_path, models, 2, settings=settings)
    rendering.render(plan, QUIET)
    checked = 0
    for path in sorted(plan.store.rglob("instance.json")):
        for record in json.loads(path.read_text())["views"]:
            if not (40 < record["elevation"] < 90 and record["roll"] == 0):
                continue
            lamp = record["light"]["lamps"][0]
            if lamp["elevation"] > 60:
                continue
            name = f"{record['view']:02d}"
            pixels = np.asarray(Image.open(path.parent / f"{name}.png"))
            mask = np.asarray(Image.open(path.parent / f"{name}_mask.png"))
            added = pixels[..., 3].astype(float) - mask
            ys, xs = np.indices(added.shape)
            centre = [(v * mask).sum() / mask.sum() for v in (xs, ys)]
            shift = np.array([(v * added).sum() / added.sum() for v in (xs, ys)]) - centre
            turn = np.radians(lamp["azimuth"] - record["azimuth"])
            away = np.array([-np.sin(turn), -np.cos(turn)])  # in the frame, y down, from above
            checked += 1
            assert shift @ away > 0, (record["azimuth"], lamp)
    assert checked
