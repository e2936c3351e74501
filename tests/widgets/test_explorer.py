"""The explorer without a browser: what each control changes, and that it tells what went wrong."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipywidgets import Box, Button, Dropdown, FloatRangeSlider, Text, Widget

from synthlib import inspection, widgets
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_table import Selection
from synthlib.photographs import flags
from synthlib.widgets import interactive
from synthlib.widgets.explorer import Explorer, run_choices
from tests.helpers.inspected_run import finished_run, reopen_run

CONTROLS = (Button, Dropdown, FloatRangeSlider, Text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("widgets")


@pytest.fixture(scope="module")
def runs(folder: Path) -> tuple[RunInspector, RunInspector]:
    return finished_run(folder, epochs=4), finished_run(
        folder, experiment="second", epochs=4, seed=1
    )


@pytest.fixture
def explorer(folder: Path, runs: tuple[RunInspector, RunInspector]) -> Explorer:
    a, b = (reopen_run(folder, run.params) for run in runs)
    return Explorer(a, b, run_choices(a.params))


def pictures(explorer: Explorer) -> list[str]:
    return re.findall(r'alt="([^"]*)"', explorer.gallery.grid.value)


def test_it_opens_on_all_samples_beside_the_second_run(explorer: Explorer) -> None:
    assert explorer.status.line.value.count("alert") == 0
    n = len(explorer.table)
    assert len(explorer.shown_samples) == n == 18 + 9  # photographs, composites
    assert len(pictures(explorer)) == 18
    assert f"1 to 18 of {n}" in explorer.gallery.title.value
    assert re.search(
        rf"the same {n} samples: both right \d+, only A", explorer.paired_outcome.value
    )


def test_a_cell_fills_the_gallery_with_its_samples(explorer: Explorer) -> None:
    counted = inspection.count_sample_confusions(explorer.table)
    for (true, predicted), cell in explorer.matrix.cells.items():
        n = int(counted.loc[true, predicted])
        assert cell.disabled == (n == 0)
        assert cell.description == (f"{n:,}" if n else "")
        if n == 0:
            continue
        cell.click()
        assert len(explorer.shown_samples) == n
        assert set(explorer.shown_samples["true"]) == {true}
        assert set(explorer.shown_samples["predicted"]) == {predicted}
        shown = pictures(explorer)
        assert len(shown) == min(n, 18)
        assert all(s.startswith(f"true {true}, predicted {predicted}, ") for s in shown)
        assert explorer.filters.true.value == true
        assert cell.layout is explorer.matrix._marked
    assert sum(c.layout is explorer.matrix._marked for c in explorer.matrix.cells.values()) == 1


def test_a_run_that_is_in_no_list_is_opened_too(
    folder: Path, runs: tuple[RunInspector, RunInspector], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an experiment and seed only the newest is listed."""
    a, b = runs
    monkeypatch.setattr("synthlib.widgets.explorer.run_choices", lambda _: {"newer": b.run.folder})
    found = widgets.explore(a.params, a, b)
    assert found.run_a.value == f"{a.name}: {a.run.folder.name}"
    assert found.run_b.value == "newer"


def test_filters_and_sorting_choose_what_the_plain_function_chooses(explorer: Explorer) -> None:
    filters = explorer.filters
    for control, value in (
        (filters.domain, "synthetic_bg"),
        (filters.kind, "misclassified"),
        (filters.sort, "smallest margin"),
        (filters.outcome, "both wrong"),
        (filters.confidence, (0.1, 0.95)),
    ):
        control.value = value
        expected = inspection.select_samples(explorer.table, filters.selection)
        assert explorer.shown_samples.index.tolist() == expected.index.tolist()
    filters.reset.click()
    assert filters.selection == Selection()
    assert len(explorer.shown_samples) == len(explorer.table)


def test_pages_turn(explorer: Explorer) -> None:
    gallery = explorer.gallery
    first = pictures(explorer)
    assert gallery.previous_button.disabled
    gallery.next_button.click()
    assert gallery.next_button.disabled
    assert len(pictures(explorer)) == len(explorer.table) - 18
    visible = [button.layout.visibility != "hidden" for button in gallery.buttons]
    assert sum(visible) == len(explorer.table) - 18
    gallery.previous_button.click()
    assert pictures(explorer) == first


def test_a_page_that_cannot_be_drawn_leaves_the_one_before(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery, title, first = explorer.gallery, explorer.gallery.title.value, pictures(explorer)

    def lost(test_set: str, samples: list[str]) -> list[str]:
        raise OSError(f"{samples[0]} is gone")

    monkeypatch.setattr(explorer.a.test_images, "data_uris", lost)
    gallery.next_button.click()
    assert "is gone" in explorer.status.line.value
    assert (gallery.page, gallery.title.value, pictures(explorer)) == (0, title, first)
    gallery.buttons[1].click()  # what the picture shows, not what the next page would
    row = int(explorer.shown_samples.index[1])
    assert explorer.a.sample(row)["sample"] in explorer.sample.title.value


def test_a_run_that_cannot_be_read_is_not_named_as_the_one_in_use(
    explorer: Explorer, tmp_path: Path
) -> None:
    before, table = explorer.run_b.value, explorer.table
    explorer._others[explorer.run_a.value] = tmp_path / "lost"
    explorer.run_b.value = explorer.run_a.value
    assert "holds no finished run" in explorer.status.line.value
    assert explorer.run_b.value == before
    assert explorer.table is table


def test_a_sample_is_closed_when_the_runs_change(explorer: Explorer) -> None:
    explorer.gallery.buttons[0].click()
    assert len(explorer.sample.box.children) > 1
    explorer.run_b.value = "none"
    assert explorer.b is None
    assert explorer.run_b.value == "none"
    assert len(explorer.sample.box.children) == 1
    assert "click a picture" in explorer.sample.title.value
    explorer.gallery.buttons[0].click()
    assert "run B says" not in explorer.sample.bars.value


def test_two_hundred_clicks_make_no_widget_and_keep_few_pictures(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer.a.test_images, "_max_cached", 5)
    cells = [cell for cell in explorer.matrix.cells.values() if not cell.disabled]
    explorer.gallery.buttons[0].click()  # the first sample shows its part of the page
    made: list[Widget] = []
    Widget.on_widget_constructed(made.append)
    try:
        for i in range(200):
            explorer.filters.reset.click()
            cells[i % len(cells)].click()
            explorer.gallery.buttons[0].click()
    finally:
        Widget.on_widget_constructed(None)
    assert made == []
    assert 0 < len(explorer.a.test_images) <= 5


def test_every_control_has_a_label(explorer: Explorer) -> None:
    explorer.gallery.buttons[0].click()
    controls = [w for w in inside(explorer.box) if isinstance(w, CONTROLS)]
    kinds = {type(control).__name__ for control in controls}
    assert {"Button", "Dropdown", "FloatRangeSlider", "Text"} <= kinds
    nameless = [c for c in controls if not (c.description or getattr(c, "tooltip", ""))]
    assert nameless == []


def inside(box: Box) -> Iterator[Widget]:
    """All widgets of a box and of the boxes in it."""
    for child in box.children:
        yield child
        if isinstance(child, Box):
            yield from inside(child)


def test_nothing_to_show_is_a_sentence(explorer: Explorer) -> None:
    right = explorer.table[explorer.table["right"]]
    name = str(right["true"].iloc[0]) if len(right) else "banana"
    explorer.filters.select_cell(name, name)
    explorer.filters.kind.value = "misclassified"
    assert "no misclassified samples here" in explorer.gallery.title.value
    assert pictures(explorer) == []
    assert all(button.layout.visibility == "hidden" for button in explorer.gallery.buttons)


def test_a_sample_opens_with_what_both_runs_say(explorer: Explorer) -> None:
    explorer.filters.domain.value = "synthetic_bg"
    row = explorer.shown_samples.index[2]
    explorer.gallery.buttons[2].click()
    sample = explorer.sample
    assert explorer.a.sample(int(row))["sample"] in sample.title.value
    for run in "AB":
        assert f"run {run} says" in sample.bars.value
        assert f"where run {run} looked for" in sample.images.value
    assert "(true)" in sample.bars.value
    for fact in ("view", "background", "placement", "seeds"):
        assert f">{fact}</th>" in sample.facts.value
    explorer.filters.domain.value = "real"
    explorer.gallery.buttons[0].click()
    assert sample.facts.value == ""
    assert sample.composite.disabled
    sample.nearest.click()
    assert sample.more.value.count("nearest training samples of run") == 2
    assert "similarity" in sample.more.value


def test_flags_are_written_and_taken_back(explorer: Explorer) -> None:
    explorer.gallery.buttons[0].click()
    name = explorer.a.sample(int(explorer.shown_samples.index[0]))["sample"]
    view, path = explorer.sample, widgets.flag_path(explorer.a.params)
    view.reason.value, view.note.value = "several classes", "a <b> & a bat"
    view.flag.click()
    [row] = flags.read_flags(path).to_dict("records")
    assert (row["sample"], row["note"]) == (name, "a <b> & a bat")
    assert row["run"] == explorer.a.run.folder.name
    assert "flagged: several classes (a &lt;b&gt; &amp; a bat)" in view.flagged.value
    assert len(widgets.read_flags(explorer.a.params)) == 1
    explorer.gallery.buttons[1].click()
    assert view.note.value == ""
    explorer.gallery.buttons[0].click()
    assert view.note.value == "a <b> & a bat"
    view.unflag.click()
    assert flags.read_flags(path).empty


def test_what_goes_wrong_is_told_and_the_next_click_works(explorer: Explorer) -> None:
    weights = explorer.a.run.folder / "model.safetensors"
    hidden = weights.rename(weights.with_name("hidden"))
    explorer.gallery.buttons[0].click()
    assert "has lost its model.safetensors: run it again" in explorer.status.line.value
    assert 'role="alert"' in explorer.status.line.value
    assert "run A says" in explorer.sample.bars.value  # what needs no model is there
    hidden.rename(weights)
    explorer.gallery.buttons[1].click()
    assert "alert" not in explorer.status.line.value


def test_runs_are_changed_and_one_run_alone_has_no_outcomes(explorer: Explorer) -> None:
    first, second = explorer.run_a.options
    data = explorer.a.data
    explorer.run_b.value = "none"
    assert explorer.b is None
    assert explorer.paired_outcome.value == ""
    assert explorer.filters.outcome.disabled
    assert len(explorer.shown_samples) == len(explorer.a.table)
    was = explorer.a.run.folder
    other = second if explorer.run_a.value == first else first
    explorer.run_a.value = other
    assert explorer.a.run.folder != was
    explorer.a.data = data
    explorer.refresh()
    assert explorer.status.line.value.count("alert") == 0
    assert len(pictures(explorer)) == 18


def test_widgets_are_shown_where_they_can_be_clicked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Parent:
        def __init__(self, command: list[str]) -> None:
            self.command = command

        def parent(self) -> "Parent":
            return self

        def cmdline(self) -> list[str]:
            return self.command

    monkeypatch.delenv("SYNTHLIB_BATCH", raising=False)
    for command, expected in (
        (["python", "-m", "jupyterlab"], True),
        (["python", "-m", "papermill", "a.ipynb"], False),
        (["/x/jupyter-nbconvert", "--execute"], False),
        (["/papermill-study/.venv/bin/python", "/x/bin/jupyter-lab", "papermill.ipynb"], True),
    ):
        monkeypatch.setattr(interactive.psutil, "Process", lambda command=command: Parent(command))
        assert interactive.is_interactive() == expected
    monkeypatch.setattr(interactive.psutil, "Process", lambda: Parent(["jupyter-lab"]))
    monkeypatch.setenv("SYNTHLIB_BATCH", "1")
    assert not interactive.is_interactive()
