"""The browser of composites: sliders of the class's preset, images that follow them."""

from pathlib import Path

import pytest

from synthlib.widgets.composite_browser import CompositeBrowser
from tests.helpers.fake_data import make_synthetic_images


@pytest.fixture
def browser(tmp_path: Path) -> CompositeBrowser:
    return CompositeBrowser(*make_synthetic_images(tmp_path))


def test_composites_follow_the_sliders(browser: CompositeBrowser) -> None:
    before = browser.grid.value
    assert before.count("<img") == 12
    browser.strengths["scale"].value = (0.1, 0.2)
    assert browser.grid.value != before
    browser.reset.click()
    assert browser.grid.value == before
    browser.seed.value = 1
    assert browser.grid.value != before
    browser.seed.value = 0
    assert browser.grid.value == before
    browser.blending.value = "colour"
    assert browser.grid.value != before
    browser.blending.value = "hard"
    assert browser.grid.value == before
    browser.cls.value = 1
    assert browser.grid.value != before
    assert "alert" not in browser.status.line.value


def test_the_sliders_are_those_of_the_class_s_preset(tmp_path: Path) -> None:
    """The first class is on black, the others are on backgrounds."""
    synthetic, params = make_synthetic_images(
        tmp_path, synthetic_domain="hybrid", hybrid_nobg=["banana"]
    )
    browser = CompositeBrowser(synthetic, params)
    assert browser.preset.name == "thesis_synthetic_nobg"
    assert "scale" not in browser.strengths
    before = browser.grid.value
    browser.strengths["brightness"].value = 1.0
    assert browser.grid.value != before
    browser.cls.value = 1
    assert browser.preset.name == "thesis_synthetic"
    before = browser.grid.value
    browser.strengths["scale"].value = (0.1, 0.2)
    assert browser.grid.value != before
    browser.reset.click()
    assert browser.grid.value == before
    assert "alert" not in browser.status.line.value
