"""Composites under changed strengths of an augmentation."""

from pathlib import Path

import numpy as np
import pytest

from synthlib.compositing.augmentation import MATCHED, PRESETS, THESIS_SYNTHETIC
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.inspection.augmentation_preview import (
    preset_strengths,
    preview_composites,
    with_strengths,
)
from synthlib.photographs.photographs import DataError
from tests.helpers.fake_data import make_synthetic_images


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> SyntheticImages:
    return make_synthetic_images(tmp_path_factory.mktemp("preview"))[0]


def test_every_strength_of_every_preset_can_be_changed_within_its_limits() -> None:
    for preset in PRESETS.values():
        strengths = preset_strengths(preset)
        assert {"flip", "brightness", "blur_sigma", "crop_area"} <= set(strengths)
        assert ("rotation" in strengths) == (preset.placement is not None)
        assert with_strengths(preset, strengths) == preset
    changed = with_strengths(MATCHED, {"rotation": (-90.0, 90.0), "flip": 0.0})
    assert changed.placement is not None
    assert changed.placement.rotation == (-90.0, 90.0)
    assert changed.flip == 0
    assert changed.brightness == MATCHED.brightness


@pytest.mark.parametrize(
    ("strengths", "message"),
    [
        ({"flip": 1.5}, "flip is 1.5; allowed are 0 to 1"),
        ({"scale": (0.9, 0.2)}, "scale is"),
        ({"blur_sigma": (0.3, 4.0)}, "blur_sigma is .*; allowed are 0.1 to 1.5"),
        ({"hue": 0.1}, "hue is not a strength of matched; it has affine_angle"),
    ],
)
def test_an_unknown_strength_or_value_is_an_error(strengths: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_strengths(MATCHED, strengths)


def test_a_changed_strength_is_the_only_difference(synthetic: SyntheticImages) -> None:
    plain = preview_composites(synthetic, THESIS_SYNTHETIC, 0, 32, n=5)
    assert plain.shape == (5, 32, 32, 3)
    assert (plain == preview_composites(synthetic, THESIS_SYNTHETIC, 0, 32, n=5)).all()
    assert (plain != preview_composites(synthetic, THESIS_SYNTHETIC, 0, 32, n=5, seed=1)).any()
    flip = with_strengths(THESIS_SYNTHETIC, {"flip": 1.0})
    flipped = preview_composites(synthetic, flip, 0, 32, n=5)
    assert np.abs(flipped[:, :, ::-1].astype(int) - plain).max() <= 1
    with pytest.raises(DataError, match="class number 7 has no training render"):
        preview_composites(synthetic, THESIS_SYNTHETIC, 7, 32)


def test_a_class_on_black_has_its_own_preset(tmp_path: Path) -> None:
    """The first class is on black, the others are on backgrounds."""
    synthetic, _ = make_synthetic_images(
        tmp_path, synthetic_domain="hybrid", hybrid_nobg=["banana"]
    )
    presets = [synthetic.preset_of(label) for label in (0, 1)]
    assert [preset.name for preset in presets] == ["thesis_synthetic_nobg", "thesis_synthetic"]
    for label, preset in enumerate(presets):
        plain = preview_composites(synthetic, preset, label, 32, n=3)
        flip = with_strengths(preset, {"flip": 1.0})
        flipped = preview_composites(synthetic, flip, label, 32, n=3)
        assert np.abs(flipped[:, :, ::-1].astype(int) - plain).max() <= 1
