"""Own masks of renders: their pixels, names, hashes and boxes, through kill and damage."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synthlib import rendering
from synthlib.data.pack_builder import RGBA_AND_MASK
from synthlib.data.prepare import pack_table
from synthlib.data.preprocess import crop_to_alpha
from synthlib.rendering.curation.near_duplicates import view_hashes
from synthlib.rendering.store import remove_faulty_instances, verify_store
from synthlib.rendering.view_files import mask_extent, mask_file
from tests.helpers.render_cases import QUIET, SETTINGS, file_bytes, make_plan


@pytest.fixture(scope="module")
def masked(models, tmp_path_factory):
    """The plan of a rendered store with own masks."""
    outputs = tmp_path_factory.mktemp("masked")
    plan = make_plan(outputs, models, settings=replace(SETTINGS, passes=("mask",)))
    rendering.render(plan, QUIET)
    return plan


@pytest.fixture
def copied(masked, tmp_path):
    """The plan of a copy of that store, which a test may damage."""
    shutil.copytree(masked.store, tmp_path / masked.store.name)
    return replace(masked, store=tmp_path / masked.store.name)


def test_a_mask_is_the_alpha_of_a_render_without_shadow(masked, rendered):
    plain, _ = rendered
    table = rendering.read_manifest(masked)
    assert plain.store.name != masked.store.name
    pd.testing.assert_frame_equal(
        table.drop(columns="mask_sha256"), rendering.read_manifest(plain), check_dtype=True
    )
    for row in table.itertuples():
        alpha = np.asarray(Image.open(masked.store / row.file))[:, :, 3]
        path = masked.store / mask_file(row.file)
        with Image.open(path) as mask:
            assert mask.mode == "L"
            assert np.array_equal(np.asarray(mask), alpha)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.mask_sha256
        ys, xs = np.nonzero(alpha > 127)
        box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert box == [row.left, row.top, row.right, row.bottom]
        assert row.coverage == len(ys) / alpha.size
    assert list(pd.read_parquet(masked.store / "manifest.parquet")) == list(table)


def test_a_store_without_masks_has_neither_their_files_nor_their_column(rendered):
    plan, _ = rendered
    assert plan.settings.file_suffixes == ("",)
    assert "mask_sha256" not in rendering.read_manifest(plan)
    assert not list(plan.store.rglob("*_mask.png"))
    record = json.loads(next(plan.store.rglob("instance.json")).read_text())["views"][0]
    assert "mask_sha256" not in record


def test_missing_and_truncated_masks_are_found_and_rendered_again(copied, masked):
    first, second = sorted(path.parent for path in copied.store.glob("*/*/instance.json"))[:2]
    (first / "01_mask.png").unlink()
    path = second / "00_mask.png"
    path.write_bytes(path.read_bytes()[:-5])
    report = verify_store(copied, progress=False)
    kinds = {fault.file: fault.kind for fault in report.faults}
    assert kinds == {
        f"{first.relative_to(copied.store)}/01_mask.png": "missing",
        f"{second.relative_to(copied.store)}/00_mask.png": "truncated",
    }
    assert remove_faulty_instances(copied, report.faults) == 2
    rendering.render(copied, QUIET)
    assert verify_store(copied, progress=False).faults == []
    assert file_bytes(copied.store) == file_bytes(masked.store)


def test_near_duplicates_are_compared_by_the_mask_not_by_alpha(copied):
    """An object whose alpha covers everything hashes like the one with the mask as alpha."""
    table = rendering.read_manifest(copied)
    before = view_hashes(table, copied.store, progress=False)
    for file in table["file"]:
        pixels = np.array(Image.open(copied.store / file))
        pixels[pixels[..., 3] == 0] = (0, 0, 0, 200)  # a shadow everywhere
        Image.fromarray(pixels).save(copied.store / file)
    (copied.store / "hashes.parquet").unlink()
    after = view_hashes(table, copied.store, progress=False)
    pd.testing.assert_frame_equal(before, after)


def test_a_pack_carries_the_mask_as_fifth_channel(copied, tmp_path):
    """A shadow beyond the object widens the cutout, and is in alpha but not in the mask."""
    table = rendering.read_manifest(copied).iloc[:4]
    for file in table["file"]:
        pixels = np.array(Image.open(copied.store / file))
        pixels[-2:, :10, 3] = 90
        Image.fromarray(pixels).save(copied.store / file)

    def pack(table: pd.DataFrame, mode: str, side: int):
        return pack_table(
            tmp_path, copied.store, table, crop_to_alpha(side), f"cutout{side}", mode, "renders"
        )

    for side in (24, 12):
        plain = pack(table.drop(columns="mask_sha256"), "RGBA", side)
        packed = pack(table, RGBA_AND_MASK, side)
        assert (plain.channels, packed.channels) == (4, 5)
        rows = np.arange(len(table))
        pixels, sizes = packed.gather(rows)
        assert np.array_equal(pixels[..., :4], plain.gather(rows)[0])
        for i, file in enumerate(table["file"]):
            with Image.open(copied.store / mask_file(file)) as mask:
                whole = np.asarray(mask.resize((side, side), Image.Resampling.BILINEAR))
            (top, left), (height, width) = packed.corners[i], sizes[i]
            part = whole[top : top + height, left : left + width]
            assert np.abs(pixels[i, :height, :width, 4].astype(int) - part).max() <= 1
            assert part.sum() == whole.sum()
            assert top + height == side  # the shadow's last row


def test_the_extent_of_a_mask():
    mask = np.zeros((6, 8), np.uint8)
    assert mask_extent(mask) == {"coverage": 0.0, "box": [0, 0, 0, 0]}
    mask[2:4, 3:7] = 128
    mask[0, 0] = 127
    assert mask_extent(mask) == {"coverage": 8 / 48, "box": [3, 2, 7, 4]}
    assert replace(SETTINGS, passes=("mask",)).file_suffixes == ("", "_mask")


def test_depth_is_the_distance_of_the_first_surface(models, tmp_path):
    """The cube's front face is at one depth, from which its area follows; tilted, depth varies."""
    settings = replace(SETTINGS, passes=("depth",), views=10)
    plan = make_plan(tmp_path, models, settings=settings)
    rendering.render(plan, QUIET)
    assert verify_store(plan, progress=False).faults == []
    areas = {}
    for path in sorted(plan.store.glob("crate/*/instance.json")):
        content = json.loads(path.read_text())
        for record in content["views"]:
            name = f"{record['view']:02d}"
            with Image.open(path.parent / f"{name}_depth.png") as image:
                assert image.mode == "I;16"
                levels = np.array(image)
            alpha = np.asarray(Image.open(path.parent / f"{name}.png"))[..., 3]
            assert (levels[alpha == 255] > 0).all()
            assert (levels[alpha == 0] == 0).all()
            depth = levels * record["depth_scale"]
            if record["azimuth"] == record["elevation"] == 0 and not content["variation"]:
                face = depth[alpha == 255]
                assert np.ptp(face) <= 2 * record["depth_scale"]
                per_pixel = 2 * np.tan(np.radians(record["field_of_view"] / 2)) / alpha.shape[0]
                areas[content["asset"]] = alpha.sum() / 255 * (per_pixel * face.mean()) ** 2
            if record["elevation"] == 50:
                assert np.ptp(depth[alpha == 255]) > 0.1 * depth.max()
    # models are scaled to a height of 1 m
    assert areas == pytest.approx({"plain/plain.obj": 1.0, "paint/paint.obj": 0.5}, rel=0.06)
