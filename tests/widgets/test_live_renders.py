"""The latest renders: one image in a notebook, drawn in place; nothing outside a notebook."""

import base64
import io
import re

import pytest
from PIL import Image

from synthlib.widgets import live_renders


class Handle:
    def __init__(self, page) -> None:
        self.pages = [page.data]

    def update(self, page) -> None:
        self.pages.append(page.data)


@pytest.fixture
def handles(monkeypatch):
    """Handles of the displayed pages, as in a notebook."""
    shown = []

    def display(page, display_id):
        assert display_id
        shown.append(Handle(page))
        return shown[-1]

    monkeypatch.setattr(live_renders, "display", display)
    monkeypatch.setattr(live_renders, "get_ipython", object)
    return shown


def names_of(plan) -> list[str]:
    return [str(p.parent.relative_to(plan.store)) for p in plan.store.glob("*/*/instance.json")]


def test_the_newest_come_first_in_one_image_that_is_drawn_again(rendered, handles):
    plan, _ = rendered
    with live_renders.show_latest_renders(plan, columns=3, interval=0.0) as show:
        for name in names_of(plan):
            show(name)
    [handle] = handles
    assert len(handle.pages) == 4
    widths = []
    for page in handle.pages:
        [content] = re.findall(r"data:image/png;base64,([^\"]+)", page)
        widths.append(Image.open(io.BytesIO(base64.b64decode(content))).width)
    assert [round(width / widths[0]) for width in widths] == [1, 2, 3, 3]


def test_it_is_drawn_at_most_once_per_interval_and_at_the_end(rendered, handles):
    plan, _ = rendered
    with live_renders.show_latest_renders(plan, interval=1000.0) as show:
        for name in names_of(plan):
            show(name)
        assert len(handles[0].pages) == 1
    assert len(handles[0].pages) == 2  # the page that stays in the notebook has the last ones


def test_nothing_is_shown_outside_a_notebook(rendered, monkeypatch):
    monkeypatch.setattr(live_renders, "display", None)
    with live_renders.show_latest_renders(rendered[0]) as show:
        show("crate/x")
