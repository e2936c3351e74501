"""Composites under turned strengths, and the browsers over them."""

from pathlib import Path

import numpy as np
import pytest
from ipywidgets import Button

from synthlib.compositing.augmentation import MATCHED, PRESETS, THESIS_SYNTHETIC
from synthlib.data import datasets, samples
from synthlib.data.prepare import StudyData
from synthlib.data.samples import SyntheticImages
from synthlib.inspection import augmentation_preview
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.widgets.browsers import CompositeBrowser, RenderBrowser
from tests.helpers.fake_data import make_study_data, micro_params


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Params, StudyData]:
    folder = tmp_path_factory.mktemp("variants")
    params = micro_params(folder / "outputs", data_root=str(folder / "data"))
    return folder, params, make_study_data(folder, params)


@pytest.fixture(scope="module")
def made(study: tuple[Path, Params, StudyData]) -> SyntheticImages:
    _, params, data = study
    train = datasets.training_set(params, data)
    assert train.synthetic is not None
    return samples.synthetic_images(params, data, train.synthetic.renders)


def test_every_number_of_every_preset_can_be_turned_within_its_limits() -> None:
    for preset in PRESETS.values():
        found = augmentation_preview.preset_strengths(preset)
        assert {"flip", "brightness", "blur_sigma", "crop_area"} <= set(found)
        assert ("rotation" in found) == (preset.placement is not None)
        assert augmentation_preview.with_strengths(preset, found) == preset
    turned = augmentation_preview.with_strengths(MATCHED, {"rotation": (-90.0, 90.0), "flip": 0.0})
    assert turned.placement is not None
    assert turned.placement.rotation == (-90.0, 90.0)
    assert turned.flip == 0
    assert turned.brightness == MATCHED.brightness


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"flip": 1.5}, "flip is 1.5; allowed are 0 to 1"),
        ({"scale": (0.9, 0.2)}, "scale is"),
        ({"blur_sigma": (0.3, 4.0)}, "blur_sigma is .*; allowed are 0.1 to 1.5"),
        ({"hue": 0.1}, "hue is no strength of matched; it has affine_angle"),
    ],
)
def test_what_cannot_be_turned_is_a_sentence(values: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        augmentation_preview.with_strengths(MATCHED, values)


def test_turning_a_strength_changes_it_alone(made: SyntheticImages) -> None:
    plain = augmentation_preview.preview_composites(made, THESIS_SYNTHETIC, 0, 32, n=5)
    assert plain.shape == (5, 32, 32, 3)
    assert (
        plain == augmentation_preview.preview_composites(made, THESIS_SYNTHETIC, 0, 32, n=5)
    ).all()
    assert (
        plain != augmentation_preview.preview_composites(made, THESIS_SYNTHETIC, 0, 32, n=5, seed=1)
    ).any()
    flipped = augmentation_preview.with_strengths(THESIS_SYNTHETIC, {"flip": 1.0})
    mirrored = augmentation_preview.preview_composites(made, flipped, 0, 32, n=5)
    assert np.abs(mirrored[:, :, ::-1].astype(int) - plain).max() <= 1
    with pytest.raises(DataError, match="class number 7 has no training render"):
        augmentation_preview.preview_composites(made, THESIS_SYNTHETIC, 7, 32)


def test_renders_are_browsed_by_class_instance_and_view(study) -> None:
    folder, _, data = study
    about = {"azimuth": 10.0, "elevation": 0.0, "roll": 0.0, "coverage": 0.5}
    about |= {"asset": "procedural", "source": "synthlib", "licence": "MIT"}
    browser = RenderBrowser(data.renders.assign(**about), folder / "store")
    assert "banana/p0000/00" in browser.image.value
    assert (browser.instance.max, browser.view.max) == (4, 2)
    browser.view.value = 2
    browser.instance.value = 3
    assert "banana/p0003/02" in browser.image.value
    browser.cls.value = "backpack"
    assert "backpack/p0003/02" in browser.image.value
    assert ">azimuth</th>" in browser.facts.value
    (folder / "store/backpack/p0003/01.png").rename(folder / "gone.png")
    browser.view.value = 1
    assert 'role="alert"' in browser.status.line.value
    (folder / "gone.png").rename(folder / "store/backpack/p0003/01.png")
    browser.view.value = 0
    assert "alert" not in browser.status.line.value


def on_black(study, made: SyntheticImages, **more) -> SyntheticImages:
    """The first class on black, the others on scenes."""
    _, params, data = study
    hybrid = {"synthetic_domain": "hybrid", "hybrid_nobg": params.classes[:1]} | more
    return samples.synthetic_images(params.model_copy(update=hybrid), data, made.renders)


def test_a_class_on_black_is_turned_by_its_own_preset(study, made: SyntheticImages) -> None:
    black = on_black(study, made)
    assert [black.preset_of(label).name for label in (0, 1)] == [
        "thesis_synthetic_nobg",
        "thesis_synthetic",
    ]
    for label in (0, 1):
        preset = black.preset_of(label)
        plain = augmentation_preview.preview_composites(black, preset, label, 32, n=3)
        flipped = augmentation_preview.preview_composites(
            black, augmentation_preview.with_strengths(preset, {"flip": 1.0}), label, 32, n=3
        )
        assert np.abs(flipped[:, :, ::-1].astype(int) - plain).max() <= 1


def test_the_sliders_are_those_of_the_class_s_preset(study, made: SyntheticImages) -> None:
    browser = CompositeBrowser(on_black(study, made), study[1])
    assert browser.preset.name == "thesis_synthetic_nobg"
    assert "scale" not in browser.strengths
    first = browser.grid.value
    browser.strengths["brightness"].value = 1.0
    assert browser.grid.value != first
    browser.cls.value = 1
    assert browser.preset.name == "thesis_synthetic"
    first = browser.grid.value
    browser.strengths["scale"].value = (0.1, 0.2)
    assert browser.grid.value != first
    browser.reset.click()
    assert browser.grid.value == first
    assert "alert" not in browser.status.line.value


def test_composites_follow_the_sliders(study, made: SyntheticImages) -> None:
    _, params, _ = study
    browser = CompositeBrowser(made, params)
    first = browser.grid.value
    assert first.count("<img") == 12
    browser.strengths["scale"].value = (0.1, 0.2)
    smaller = browser.grid.value
    assert smaller != first
    assert isinstance(browser.reset, Button)
    browser.reset.click()
    assert browser.grid.value == first
    browser.cls.value = 1
    assert browser.grid.value != first
    assert "alert" not in browser.status.line.value
