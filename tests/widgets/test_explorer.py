"""The explorer without a browser: the effect of each control, and error messages."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipywidgets import Box, Button, Dropdown, FloatRangeSlider, Text, Widget

from synthlib import inspection, widgets
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_table import Selection
from synthlib.photographs import flags
from synthlib.widgets import interactive
from synthlib.widgets.confusion_matrix import NO_COUNT
from synthlib.widgets.explorer import Explorer, run_choices
from tests.helpers.inspected_run import finished_run, reopen_run

CONTROLS = (Button, Dropdown, FloatRangeSlider, Text)
N_PHOTOGRAPHS, N_COMPOSITES = 18, 9


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


def alt_texts(explorer: Explorer) -> list[str]:
    return re.findall(r'alt="([^"]*)"', explorer.gallery.grid.value)


def test_it_opens_on_the_first_test_set_of_both_runs(explorer: Explorer) -> None:
    assert explorer.status.line.value.count("alert") == 0
    assert explorer.filters.test_set.value == "real"
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS
    assert len(alt_texts(explorer)) == 18
    assert f"1 to 18 of {N_PHOTOGRAPHS}" in explorer.gallery.title.value
    outcome = explorer.paired_outcome
    assert re.search(r"the same 18 samples: both right \d+, only A.*p [01]", outcome.value)
    explorer.filters.test_set.value = "synthetic_bg"
    assert "the same 9 samples" in outcome.value
    assert "p none, as 9 views of 3 objects are not independent" in outcome.value


def test_a_cell_shows_its_samples_in_the_gallery(explorer: Explorer) -> None:
    counted = inspection.count_sample_confusions(explorer.table, Selection(test_set="real"))
    for (true, predicted), cell in explorer.matrix.cells.items():
        n = int(counted.loc[true, predicted])
        assert cell.disabled == (n == 0)
        assert cell.description == (f"{n:,}" if n else NO_COUNT)
        if n == 0:
            continue
        cell.click()
        assert len(explorer.shown_samples) == n
        assert set(explorer.shown_samples["true"]) == {true}
        assert set(explorer.shown_samples["predicted"]) == {predicted}
        shown = alt_texts(explorer)
        assert len(shown) == min(n, 18)
        assert all(s.startswith(f"true {true}, predicted {predicted}, ") for s in shown)
        assert explorer.filters.true.value == true
        assert cell.layout is explorer.matrix._marked
    assert sum(c.layout is explorer.matrix._marked for c in explorer.matrix.cells.values()) == 1


def test_a_run_that_is_not_listed_can_be_opened(
    folder: Path, runs: tuple[RunInspector, RunInspector], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the newest run of an experiment and seed is listed."""
    a, b = runs
    monkeypatch.setattr("synthlib.widgets.explorer.run_choices", lambda _: {"newer": b.run.folder})
    explorer = widgets.explore(a.params, a, b)
    assert explorer.run_a.value == f"{a.name}: {a.run.folder.name}"
    assert explorer.run_b.value == "newer"


def test_a_filter_changed_while_another_is_applied_waits_for_it(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JupyterLab handles widgets in several threads."""
    show, second = explorer.gallery.show, []

    def show_slowly(*args) -> None:
        if not second:  # during the first change comes another
            second.append(threading.Thread(target=choose, args=("right",)))
            second[0].start()
            second[0].join(0.5)
        show(*args)

    def choose(kind: str) -> None:
        explorer.filters.kind.value = kind

    monkeypatch.setattr(explorer.gallery, "show", show_slowly)
    explorer.filters.test_set.value = "synthetic_bg"
    second[0].join()
    expected = inspection.select_samples(explorer.table, explorer.filters.selection)
    assert explorer.filters.kind.value == "right"
    assert explorer.shown_samples.index.tolist() == expected.index.tolist()


def test_filters_select_the_same_samples_as_the_function(explorer: Explorer) -> None:
    filters = explorer.filters
    for control, value in (
        (filters.test_set, "synthetic_bg"),
        (filters.kind, "misclassified"),
        (filters.sort, "smallest margin"),
        (filters.outcome, "both wrong"),
        (filters.confidence, (0.1, 0.95)),
    ):
        control.value = value
        expected = inspection.select_samples(explorer.table, filters.selection)
        assert explorer.shown_samples.index.tolist() == expected.index.tolist()
    filters.reset.click()
    assert filters.selection == Selection(test_set="real")
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS


def show_two_pages(explorer: Explorer) -> None:
    """Show the samples of both test sets in the gallery, which the filters do not offer."""
    explorer.gallery.show(explorer.a.test_images, explorer.table, Selection())


def test_pages_turn(explorer: Explorer) -> None:
    show_two_pages(explorer)
    gallery = explorer.gallery
    first = alt_texts(explorer)
    assert gallery.previous_button.disabled
    gallery.next_button.click()
    assert gallery.next_button.disabled
    assert len(alt_texts(explorer)) == N_COMPOSITES
    visible = [button.layout.visibility != "hidden" for button in gallery.buttons]
    assert sum(visible) == N_COMPOSITES
    gallery.previous_button.click()
    assert alt_texts(explorer) == first


def test_if_a_page_cannot_be_drawn_the_previous_one_stays(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_two_pages(explorer)
    gallery, title, first = explorer.gallery, explorer.gallery.title.value, alt_texts(explorer)

    def fail(test_set: str, samples: list[str]) -> list[str]:
        raise OSError(f"{samples[0]} is missing")

    monkeypatch.setattr(explorer.a.test_images, "data_uris", fail)
    gallery.next_button.click()
    assert "is missing" in explorer.status.line.value
    assert (gallery.page, gallery.title.value, alt_texts(explorer)) == (0, title, first)
    gallery.buttons[1].click()  # of the page that is shown, not of the next one
    row = int(explorer.shown_samples.index[1])
    assert explorer.a.sample(row)["sample"] in explorer.sample.title.value


def test_if_a_run_cannot_be_read_the_previous_one_stays_chosen(
    explorer: Explorer, tmp_path: Path
) -> None:
    before, table = explorer.run_b.value, explorer.table
    explorer._run_folders[explorer.run_a.value] = tmp_path / "lost"
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
    assert "click an image" in explorer.sample.title.value
    explorer.gallery.buttons[0].click()
    assert "run B: probabilities" not in explorer.sample.bars.value


def test_two_hundred_clicks_make_no_widget_and_cache_few_images(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer.a.test_images, "_max_cached", 5)
    cells = [cell for cell in explorer.matrix.cells.values() if not cell.disabled]
    explorer.gallery.buttons[0].click()  # the first sample adds its part of the page
    constructed: list[Widget] = []
    Widget.on_widget_constructed(constructed.append)
    try:
        for i in range(200):
            explorer.filters.reset.click()
            cells[i % len(cells)].click()
            explorer.gallery.buttons[0].click()
    finally:
        Widget.on_widget_constructed(None)
    assert constructed == []
    assert 0 < len(explorer.a.test_images) <= 5


def test_every_control_has_a_label(explorer: Explorer) -> None:
    explorer.gallery.buttons[0].click()
    controls = [w for w in descendants(explorer.box) if isinstance(w, CONTROLS)]
    kinds = {type(control).__name__ for control in controls}
    assert {"Button", "Dropdown", "FloatRangeSlider", "Text"} <= kinds
    unlabelled = [c for c in controls if not (c.description or getattr(c, "tooltip", ""))]
    assert unlabelled == []


def descendants(box: Box) -> Iterator[Widget]:
    """All widgets in a box and in its boxes."""
    for child in box.children:
        yield child
        if isinstance(child, Box):
            yield from descendants(child)


def test_an_empty_selection_is_a_sentence(explorer: Explorer) -> None:
    right = explorer.table[explorer.table["right"]]
    name = str(right["true"].iloc[0]) if len(right) else "banana"
    explorer.filters.select_cell(name, name)
    explorer.filters.kind.value = "misclassified"
    assert "no misclassified samples here" in explorer.gallery.title.value
    assert alt_texts(explorer) == []
    assert all(button.layout.visibility == "hidden" for button in explorer.gallery.buttons)


def test_a_sample_opens_with_the_predictions_of_both_runs(explorer: Explorer) -> None:
    explorer.filters.test_set.value = "synthetic_bg"
    row = explorer.shown_samples.index[2]
    explorer.gallery.buttons[2].click()
    sample = explorer.sample
    assert explorer.a.sample(int(row))["sample"] in sample.title.value
    for run in "AB":
        assert f"run {run}: probabilities" in sample.bars.value
        assert f"where run {run} looked for" in sample.images.value
    assert "(true)" in sample.bars.value
    for fact in ("view", "background", "placement", "seeds"):
        assert f">{fact}</th>" in sample.facts.value
    explorer.filters.test_set.value = "real"
    explorer.gallery.buttons[0].click()
    assert sample.facts.value == ""
    assert sample.composite.disabled
    sample.nearest.click()
    assert sample.details.value.count("nearest training samples of run") == 2
    assert "similarity" in sample.details.value


def test_flags_are_written_and_removed(explorer: Explorer) -> None:
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


def test_an_error_is_shown_and_the_next_click_works(explorer: Explorer) -> None:
    weights = explorer.a.run.folder / "model.safetensors"
    hidden = weights.rename(weights.with_name("hidden"))
    explorer.gallery.buttons[0].click()
    assert "has lost its model.safetensors: run it again" in explorer.status.line.value
    assert 'role="alert"' in explorer.status.line.value
    assert "run A: probabilities" in explorer.sample.bars.value  # needs no model
    hidden.rename(weights)
    explorer.gallery.buttons[1].click()
    assert "alert" not in explorer.status.line.value


def test_runs_can_be_changed_and_a_single_run_has_no_outcomes(explorer: Explorer) -> None:
    first, second = explorer.run_a.options
    data = explorer.a.data
    explorer.run_b.value = "none"
    assert explorer.b is None
    assert explorer.paired_outcome.value == ""
    assert explorer.filters.outcome.disabled
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS
    previous = explorer.a.run.folder
    other = second if explorer.run_a.value == first else first
    explorer.run_a.value = other
    assert explorer.a.run.folder != previous
    explorer.a.data = data
    explorer.refresh()
    assert explorer.status.line.value.count("alert") == 0
    assert len(alt_texts(explorer)) == 18


def test_only_interactive_notebooks_show_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
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
