"""The browser of renders: by class, instance and view; a missing file is an error message."""

from pathlib import Path

from synthlib.widgets.render_browser import RenderBrowser
from tests.helpers.fake_data import write_renders


def test_renders_are_browsed_by_class_instance_and_view(tmp_path: Path) -> None:
    store = tmp_path / "store"
    renders = write_renders(store).assign(
        azimuth=10.0,
        elevation=0.0,
        roll=0.0,
        coverage=0.5,
        asset="procedural",
        source="synthlib",
        licence="MIT",
    )
    browser = RenderBrowser(renders, store)
    assert "banana/p0000/00" in browser.image.value
    assert (browser.instance.max, browser.view.max) == (4, 2)
    browser.view.value = 2
    browser.instance.value = 3
    assert "banana/p0003/02" in browser.image.value
    browser.cls.value = "backpack"
    assert "backpack/p0003/02" in browser.image.value
    assert ">azimuth</th>" in browser.facts.value
    (store / "backpack/p0003/01.png").rename(tmp_path / "moved.png")
    browser.view.value = 1
    assert 'role="alert"' in browser.status.line.value
    (tmp_path / "moved.png").rename(store / "backpack/p0003/01.png")
    browser.view.value = 0
    assert "alert" not in browser.status.line.value
