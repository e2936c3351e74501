"""The explorer without a browser: the effect of each event, and error messages."""

import re
import threading
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from ipywidgets import Widget

from synthlib import inspection, widgets
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_table import Selection
from synthlib.photographs import flags
from synthlib.widgets import interactive
from synthlib.widgets.confusion_matrix import build_matrix
from synthlib.widgets.explorer import Explorer, run_choices
from synthlib.widgets.sample_map import map_points
from tests.helpers.inspected_run import finished_run, reopen_run

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
    widgets.flag_path(a.params).unlink(missing_ok=True)
    return Explorer(a, b, run_choices(a.params))


class Elements(HTMLParser):
    """Attributes of all elements of a text of HTML, each with its text as `text`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append({"tag": tag, "text": "", **dict(attrs)})

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1]["text"] += data.strip()


def elements(html: str, **attributes: str) -> list[dict]:
    """The elements with these attributes; "-" in a name is written "_"."""
    wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
    return [e for e in Elements(html).found if wanted.items() <= e.items()]


def alt_texts(explorer: Explorer) -> list[str]:
    return [e["alt"] for e in elements(explorer.view.pane, tag="img")]


def open_first(explorer: Explorer, place: int = 0) -> int:
    """Open a sample of the gallery; returns its row."""
    row = int(explorer.shown_samples.index[place])
    explorer.handle("open", row=str(row))
    return row


def set_filters(explorer: Explorer, **values: str) -> None:
    for name, value in values.items():
        explorer.handle("set", name=name, value=value)


def test_it_opens_on_the_first_test_set_of_both_runs(explorer: Explorer) -> None:
    view = explorer.view
    assert "alert" not in view.status
    assert explorer.filters["test_set"] == "real"
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS
    assert len(alt_texts(explorer)) == 18
    assert f"1 to 18 of {N_PHOTOGRAPHS}" in view.pane
    assert re.search(r"the same 18 samples: both right \d+, only A.*p [01]", view.controls)
    set_filters(explorer, test_set="synthetic_bg")
    assert "the same 9 samples" in view.controls
    assert "p none, as 9 views of 3 objects are not independent" in view.controls


@pytest.mark.parametrize("run", ["A", "B"])
def test_a_cell_shows_its_samples_in_the_gallery(explorer: Explorer, run) -> None:
    set_filters(explorer, predicted_by=run)
    counted = inspection.count_sample_confusions(
        explorer.table, Selection(test_set="real"), run=run
    )
    cells = elements(explorer.view.matrix, role="gridcell")
    assert len(cells) == 4 * 4  # with recall and precision
    for cell in cells:
        true, predicted = cell["data-true"], cell["data-predicted"]
        if not (true and predicted):
            continue
        n = int(counted.loc[true, predicted])
        assert cell["text"] == (f"{n:,}" if n else "")
        assert (cell.get("aria-disabled") == "true") == (n == 0)
        assert cell["aria-label"].startswith(f"true {true}, predicted {predicted}: {n} samples, ")
        if n == 0:
            continue
        explorer.handle("pick", true=true, predicted=predicted)
        assert len(explorer.shown_samples) == n == len(alt_texts(explorer))
        assert set(explorer.shown_samples["true"]) == {true}
        column = "predicted" if run == "A" else "predicted_b"
        assert set(explorer.shown_samples[column]) == {predicted}
        [marked] = elements(explorer.view.matrix, role="gridcell", aria_selected="true")
        assert (marked["data-true"], marked["data-predicted"]) == (true, predicted)
        assert (explorer.filters["true"], explorer.filters["predicted"]) == (true, predicted)
    explorer.handle("unpick")
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS


def test_the_difference_of_two_runs_is_b_minus_a_and_shows_what_only_one_predicts(
    explorer: Explorer,
) -> None:
    set_filters(explorer, predicted_by="only one")
    part = explorer.table[explorer.table["test_set"] == "real"]
    for cell in elements(explorer.view.matrix, role="gridcell"):
        true, predicted = cell["data-true"], cell["data-predicted"]
        if not (true and predicted):
            continue
        by_a, by_b = (
            (part["true"] == true) & (part[column] == predicted)
            for column in ("predicted", "predicted_b")
        )
        difference = by_b.sum() - by_a.sum()
        assert cell["text"] == (f"{difference:+d}".replace("-", "−") if difference else "")
        explorer.handle("pick", true=true, predicted=predicted)
        expected = part.index[by_a ^ by_b]
        assert set(explorer.shown_samples.index) == set(expected)
        assert (cell.get("aria-disabled") == "true") == expected.empty


def test_margins_are_recall_and_precision_and_show_a_class(explorer: Explorer) -> None:
    part = explorer.table[explorer.table["test_set"] == "real"]
    matrix = build_matrix(explorer.table, Selection(test_set="real"))
    for name in matrix.classes:
        true, predicted = part["true"] == name, part["predicted"] == name
        recall = 100 * (true & predicted).sum() / true.sum()
        assert matrix.cell(name, "").text == f"{recall:.0f}"
        if predicted.any():
            precision = 100 * (true & predicted).sum() / predicted.sum()
            assert matrix.cell("", name).text == f"{precision:.0f}"
            explorer.handle("pick", true="", predicted=name)
            assert len(explorer.shown_samples) == predicted.sum()
        else:
            assert matrix.cell("", name).text == "–"
    assert matrix.cell("", "").text == f"{100 * part['right'].mean():.0f}"


def test_cells_in_percent_are_shares_of_the_true_class(explorer: Explorer) -> None:
    explorer.handle("unit", name="unit", value="percent")
    counted = inspection.count_sample_confusions(explorer.table, Selection(test_set="real"))
    for cell in elements(explorer.view.matrix, role="gridcell", data_true="banana"):
        if n := cell["data-predicted"] and counted.loc["banana", cell["data-predicted"]]:
            assert cell["text"] == f"{100 * n / counted.loc['banana'].sum():.0f}"


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

    def show_slowly(*args, **kwargs) -> None:
        if not second:  # during the first change comes another
            second.append(threading.Thread(target=set_filters, args=(explorer,), kwargs=right))
            second[0].start()
            second[0].join(0.5)
        show(*args, **kwargs)

    right = {"kind": "right"}
    monkeypatch.setattr(explorer.gallery, "show", show_slowly)
    set_filters(explorer, test_set="synthetic_bg")
    second[0].join()
    expected = inspection.select_samples(explorer.table, explorer.filters.selection)
    assert explorer.filters["kind"] == "right"
    assert explorer.shown_samples.index.tolist() == expected.index.tolist()
    assert alt_texts(explorer) == [t.alt_text for t in explorer.gallery.thumbnails]


def test_filters_select_the_same_samples_as_the_function(explorer: Explorer) -> None:
    for name, value in (
        ("test_set", "synthetic_bg"),
        ("kind", "misclassified"),
        ("sort", "smallest margin"),
        ("sort", "largest disagreement"),
        ("outcome", "both wrong"),
        ("low", "10"),
        ("high", "95"),
        ("name", "BANANA"),
        ("flagged", "not flagged"),
    ):
        set_filters(explorer, **{name: value})
        assert "alert" not in explorer.view.status
        expected = inspection.select_samples(explorer.table, explorer.filters.selection)
        assert explorer.shown_samples.index.tolist() == expected.index.tolist()
    assert explorer.filters.selection.confidence == (0.1, 0.95)
    explorer.handle("reset")
    assert explorer.filters.selection == Selection(test_set="real")
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS
    set_filters(explorer, low="many")
    assert "give two numbers from 0 to 100" in explorer.view.status


def test_pages_turn_and_fit_what_the_browser_shows(explorer: Explorer) -> None:
    first = alt_texts(explorer)
    explorer.handle("page_size", n="7")
    assert alt_texts(explorer) == first[:7]
    assert elements(explorer.view.pane, data_key="previous", disabled=None)
    explorer.handle("turn", by="1")
    explorer.handle("turn", by="1")
    assert alt_texts(explorer) == first[14:]
    assert elements(explorer.view.pane, data_key="next", disabled=None)
    explorer.handle("turn", by="1")  # there is no such page
    assert alt_texts(explorer) == first[14:]
    explorer.handle("page_size", n="5")  # the first sample of the page stays on it
    assert explorer.gallery.page == 2
    explorer.handle("turn", by="-1")
    assert alt_texts(explorer) == first[5:10]
    [gallery] = elements(explorer.view.pane, role="listbox")
    assert gallery["data-focus"] == f"row:{explorer.shown_samples.index[9]}"


def test_if_a_page_cannot_be_drawn_the_previous_one_stays(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer.handle("page_size", n="7")
    pane = explorer.view.pane

    def fail(test_set: str, samples: list[str]) -> list[str]:
        raise OSError(f"{samples[0]} is missing")

    monkeypatch.setattr(explorer.a.test_images, "data_uris", fail)
    explorer.handle("turn", by="1")
    assert "is missing" in explorer.view.status
    assert (explorer.gallery.page, explorer.view.pane) == (0, pane)
    set_filters(explorer, kind="right")
    assert "is missing" in explorer.view.status
    assert alt_texts(explorer) == []  # rather than those of another selection


def test_if_a_run_cannot_be_read_the_previous_one_stays_chosen(
    explorer: Explorer, tmp_path: Path
) -> None:
    before, table, controls = explorer.run_b.value, explorer.table, explorer.view.controls
    explorer._run_folders[explorer.run_a.value] = tmp_path / "lost"
    explorer.handle("run", name="run_b", value=explorer.run_a.value)
    assert "holds no finished run" in explorer.view.status
    assert explorer.run_b.value == before
    assert explorer.table is table
    assert explorer.view.controls != controls  # sent again, as the list shows the other run


def test_a_sample_is_closed_when_the_runs_change(explorer: Explorer) -> None:
    open_first(explorer)
    assert "run B: probabilities" in explorer.view.pane
    explorer.handle("run", name="run_b", value="none")
    assert explorer.b is None
    assert explorer.sample.row is None
    open_first(explorer)
    assert "run A: probabilities" in explorer.view.pane
    assert "run B: probabilities" not in explorer.view.pane


def test_two_hundred_clicks_make_no_widget_and_cache_few_images(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer.a.test_images, "_max_cached", 5)
    cells = [
        cell
        for cell in elements(explorer.view.matrix, role="gridcell")
        if "aria-disabled" not in cell
    ]
    constructed: list[Widget] = []
    Widget.on_widget_constructed(constructed.append)
    try:
        for i in range(100):
            cell = cells[i % len(cells)]
            explorer.handle("pick", true=cell["data-true"], predicted=cell["data-predicted"])
            open_first(explorer)
    finally:
        Widget.on_widget_constructed(None)
    assert constructed == []
    assert 0 < len(explorer.a.test_images) <= 5


def test_every_control_has_a_label_and_every_image_a_text(explorer: Explorer) -> None:
    htmls = [explorer.view.controls, explorer.view.matrix, explorer.view.pane]
    open_first(explorer)
    explorer.handle("act", action="nearest")
    htmls.append(explorer.view.pane)
    found = [element for html in htmls for element in Elements(html).found]
    for element in found:
        if element["tag"] in ("select", "input"):
            assert element["aria-label"]
        elif element["tag"] == "button":
            assert element["text"] or element["aria-label"]
        elif element["tag"] == "img":
            assert element["alt"]
        elif element.get("role") in ("option", "gridcell"):
            assert element["aria-label"]
    assert {"select", "input", "button", "img"} <= {element["tag"] for element in found}


def test_an_empty_selection_is_a_sentence(explorer: Explorer) -> None:
    set_filters(explorer, name="no such name", kind="misclassified")
    assert "no misclassified samples here" in explorer.view.pane
    assert alt_texts(explorer) == []
    assert explorer.view.matrix.count(">–<") == 7  # no recall, precision or accuracy


def test_a_sample_opens_with_the_predictions_of_both_runs(explorer: Explorer) -> None:
    set_filters(explorer, test_set="synthetic_bg")
    row = open_first(explorer, 2)
    pane = explorer.view.pane
    assert explorer.a.sample(row)["sample"] in pane
    for run in "AB":
        assert f"run {run}: probabilities" in pane
        assert f"where run {run} looked for" in pane
    assert "(true)" in pane
    for fact in ("view", "background", "placement", "seeds"):
        assert f">{fact}</th>" in pane
    assert elements(pane, data_action="composite")
    set_filters(explorer, test_set="real")
    open_first(explorer)
    assert "</th>" not in explorer.view.pane
    assert not elements(explorer.view.pane, data_action="composite")


def test_samples_are_paged_and_escape_returns_to_their_thumbnail(explorer: Explorer) -> None:
    explorer.handle("page_size", n="4")
    rows = explorer.shown_samples.index
    open_first(explorer, 2)
    for _ in range(3):
        explorer.handle("step", by="1")
    assert explorer.sample.row == rows[5]
    assert f"sample 6 of {N_PHOTOGRAPHS}" in explorer.view.pane
    explorer.handle("close")
    [gallery] = elements(explorer.view.pane, role="listbox")
    assert gallery["data-focus"] == f"row:{rows[5]}"
    assert [int(e["data-row"]) for e in elements(explorer.view.pane, role="option")] == list(
        rows[4:8]
    )
    open_first(explorer)
    explorer.handle("step", by="-1")
    assert explorer.sample.row == rows[0]


def test_neighbours_open_and_can_be_flagged(explorer: Explorer) -> None:
    open_first(explorer)
    explorer.handle("act", action="nearest")
    assert explorer.view.pane.count("nearest training samples of run") == 4  # headings and labels
    neighbours = elements(explorer.view.pane, data_event="neighbour")
    assert len(neighbours) == 2 * 8
    assert all("similarity" in e["aria-label"] for e in neighbours)
    explorer.handle("neighbour", index="9")
    name = explorer.sample.neighbours[9]["sample"]
    assert f"{name} · photograph of" in explorer.view.pane or f"{name} · render" in (
        explorer.view.pane
    )
    explorer.handle("toggle_flag")
    [flag] = flags.read_flags(widgets.flag_path(explorer.a.params)).to_dict("records")
    assert (flag["sample"], flag["test_set"]) == (name, "training")
    assert explorer.b is not None
    assert flag["run"] == explorer.b.run.folder.name
    explorer.handle("close")
    [view] = elements(explorer.view.pane, role="region")
    assert view["aria-label"] == "the opened sample"
    explorer.handle("close")
    assert explorer.sample.row is None


def test_flags_are_written_and_removed(explorer: Explorer) -> None:
    row = open_first(explorer)
    name, path = explorer.a.sample(row)["sample"], widgets.flag_path(explorer.a.params)
    explorer.handle("reason", name="reason", value="several classes")
    explorer.handle("note", name="note", value="a <b> & a bat")
    explorer.handle("add_flag")
    [flag] = flags.read_flags(path).to_dict("records")
    assert (flag["sample"], flag["note"]) == (name, "a <b> & a bat")
    assert flag["run"] == explorer.a.run.folder.name
    assert "flagged: several classes (a &lt;b&gt; &amp; a bat)" in explorer.view.pane
    assert len(widgets.read_flags(explorer.a.params)) == 1
    explorer.handle("step", by="1")
    assert explorer.sample.note == ""
    explorer.handle("step", by="-1")
    assert explorer.sample.note == "a <b> & a bat"
    explorer.handle("remove_flag")
    assert flags.read_flags(path).empty


def test_many_thumbnails_are_flagged_listed_and_filtered(explorer: Explorer) -> None:
    path = widgets.flag_path(explorer.a.params)
    rows = [int(row) for row in explorer.shown_samples.index[[1, 3, 4]]]
    explorer.handle("reason", name="reason", value="bad image")
    explorer.handle("flag_rows", rows=" ".join(map(str, rows)))
    assert set(flags.read_flags(path)["sample"]) == set(explorer.table.loc[rows, "sample"])
    assert set(flags.read_flags(path)["reason"]) == {"bad image"}
    assert explorer.view.pane.count('class="flag"') == 3
    assert "flags (3)" in explorer.view.pane
    set_filters(explorer, flagged="flagged")
    assert set(explorer.shown_samples.index) == set(rows)
    explorer.handle("tab", name="flags")
    opened = elements(explorer.view.pane, data_event="open")
    assert {int(e["data-row"]) for e in opened} == set(rows)
    explorer.handle("unflag", sample=opened[0]["text"])
    assert len(flags.read_flags(path)) == 2
    explorer.handle("flag_rows", rows=" ".join(map(str, rows)))  # one of them is not flagged
    assert len(flags.read_flags(path)) == 3
    explorer.handle("flag_rows", rows=" ".join(map(str, rows)))
    assert flags.read_flags(path).empty
    assert "No sample is flagged" in explorer.view.pane


def test_the_map_shows_the_selection_and_opens_samples(explorer: Explorer) -> None:
    explorer.handle("tab", name="map")
    points = [e for e in elements(explorer.view.pane, tag="path") if "data-row" in e]
    part = explorer.table[explorer.table["test_set"] == "real"]
    assert [int(e["data-row"]) for e in points] == part.index.tolist()
    assert [e["class"].split()[1] for e in points] == [
        "right" if right else "wrong" for right in part["right"]
    ]
    assert not any("dim" in e["class"] for e in points)
    true = str(part["true"].iloc[0])
    explorer.handle("pick", true=true, predicted="")
    points = [e for e in elements(explorer.view.pane, tag="path") if "data-row" in e]
    assert [("dim" in e["class"]) for e in points] == (part["true"] != true).tolist()
    row = str(part.index[-1])  # of another class
    explorer.handle("peek", row=row)
    assert f"true {part['true'].iloc[-1]}" in explorer.view.peek
    explorer.handle("open", row=row)
    assert "not in the selection" in explorer.view.pane
    explorer.handle("close")
    assert elements(explorer.view.pane, data_current=row)
    set_filters(explorer, test_set="synthetic_bg")
    assert explorer.view.pane.count("<path") == N_COMPOSITES


def test_positions_are_scaled_equally_to_the_map() -> None:
    positions = pd.DataFrame(
        {"x": [-3.0, 7.0, 2.0], "y": [1.0, 5.0, 3.0], "right": True, "true": "a", "predicted": "a"},
        index=[4, 2, 9],
    )
    points = map_points(positions)
    assert [p.row for p in points] == [4, 2, 9]
    assert [p.x for p in points] == [25, 975, 500]
    assert [p.y for p in points] == [690, 310, 500]  # from above


def test_an_error_is_shown_and_the_next_click_works(explorer: Explorer) -> None:
    weights = explorer.a.run.folder / "model.safetensors"
    hidden = weights.rename(weights.with_name("hidden"))
    open_first(explorer)
    assert "has lost its model.safetensors: run it again" in explorer.view.status
    assert 'role="alert"' in explorer.view.status
    assert "run A: probabilities" in explorer.view.pane  # needs no model
    hidden.rename(weights)
    open_first(explorer, 1)
    assert "alert" not in explorer.view.status


def test_runs_can_be_changed_and_a_single_run_has_no_outcomes(explorer: Explorer) -> None:
    first, second = (label for label, _ in explorer.run_a.options)
    data = explorer.a.data
    set_filters(explorer, sort="largest disagreement", predicted_by="B")
    explorer.handle("run", name="run_b", value="none")
    assert explorer.b is None
    assert "McNemar" not in explorer.view.controls
    for name in ("outcome", "predicted_by"):
        assert explorer.filters.controls[name].is_disabled
    assert explorer.filters.selection == Selection(test_set="real")
    assert len(explorer.shown_samples) == N_PHOTOGRAPHS
    previous = explorer.a.run.folder
    other = second if explorer.run_a.value == first else first
    explorer.handle("run", name="run_a", value=other)
    assert explorer.a.run.folder != previous
    explorer.a.data = data
    explorer.handle("reset")
    assert "alert" not in explorer.view.status
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
