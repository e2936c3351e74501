"""Why samples went wrong: a confusion matrix to click, a gallery, one sample at large, two runs.

    explorer = widgets.explore(params)
    widgets.show(explorer.box)

Under it are plain functions: `inspection.samples`, `select`, `compare` and `versus` give the
tables, `closeups` the figures.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from ipywidgets import HTML, Dropdown, HBox, Layout, VBox

from synthlib import inspection
from synthlib.inspection import run_inspector
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_table import Selection
from synthlib.params import Params
from synthlib.photographs import flags
from synthlib.reporting.figures.style import readable_name
from synthlib.runs import load_run, load_runs
from synthlib.widgets import html
from synthlib.widgets.confusion_matrix import ConfusionMatrixView
from synthlib.widgets.filters import Filters
from synthlib.widgets.gallery import Gallery
from synthlib.widgets.sample_view import SampleView
from synthlib.widgets.status_line import StatusLine

NO_RUN = "none"


class Explorer:
    """The whole of notebook 08's explorer; `box` to display, `a` and `b` the runs, `table` the
    samples that are shown: run A's, or those of both."""

    def __init__(self, a: RunInspector, b: RunInspector | None, others: dict[str, Path]) -> None:
        self.a, self.b = a, b
        self._counted: Selection | None = None
        self._others = others
        self.status = StatusLine()
        self.filters = Filters(self.refresh)
        self.gallery = Gallery(self.open, self.status)
        self.sample = SampleView(flag_path(a.params), self.status)
        self.paired_outcome = HTML()
        self._matrix_box = VBox()
        self.run_a = _run_dropdown("run A", others, a)
        self.run_b = _run_dropdown("run B", {NO_RUN: Path(), **others}, b)
        self._putting_back, self._in_use = False, (self.run_a.value, self.run_b.value)
        for choice in (self.run_a, self.run_b):
            choice.observe(lambda _: self._change_runs(), "value")
        wrap = Layout(flex_flow="row wrap", align_items="flex-start")
        self.box = VBox(
            [
                HTML(_stand_in_banner(a.params.stand_in)),
                HBox([self.run_a, self.run_b], layout=wrap),
                self.paired_outcome,
                self.filters.box,
                HBox([self._matrix_box, self.gallery.box], layout=wrap),
                self.status.line,
                self.sample.box,
            ]
        )
        self._use(a, b)

    @property
    def shown_samples(self) -> pd.DataFrame:
        """The rows of `table` that the gallery pages through, in its order."""
        return self.gallery.rows

    def refresh(self) -> None:
        """Shows what the filters now select."""
        self.status.show_message("")
        self.status.guard("samples", self._refresh)

    def open(self, row: int) -> None:
        """Opens a row of `table` at large."""
        self.status.show_message("")
        place: Any = self.table.at[row, "row_b"] if "row_b" in self.table else None
        row_b = None if place is None else int(place)
        self.status.guard("sample", lambda: self.sample.show(self.a, self.b, row, row_b))

    def _refresh(self) -> None:
        chosen = self.filters.selection
        cell = (chosen.true, chosen.predicted)
        self.matrix.mark(cell if all(cell) else None)
        around = replace(Selection(), test_set=chosen.test_set, domain=chosen.domain)
        matrix = replace(around, outcome=chosen.outcome, confidence=chosen.confidence)
        if matrix != self._counted:  # a click on a cell changes no count
            self._counted = matrix
            self.matrix.show(inspection.count_sample_confusions(self.table, matrix))
            self._compare(around)
        if not self.a.test_images.is_loaded:
            self.status.show_message("reading the run's data ...")
        self.gallery.show(self.a.test_images, self.table, chosen)
        self.status.show_message("")

    def _compare(self, around: Selection) -> None:
        if self.b is None:
            return
        found = inspection.paired_outcome_sentence(inspection.paired_outcome(self.table, around))
        shared = set(self.table["test_set"].cat.categories)
        lacking = sorted(set(self.a.table["test_set"].cat.categories) - shared)
        more = "".join(f"; run B was not tested on {readable_name(name)}" for name in lacking)
        self.paired_outcome.value = html.message_html(f"runs A and B on the same {found}{more}")

    def _use(self, a: RunInspector, b: RunInspector | None) -> None:
        self.table = a.table if b is None else inspection.compare_samples(a.table, b.table)
        self.a, self.b, self._counted = a, b, None
        classes = list(a.params.classes)
        if not hasattr(self, "matrix") or list(self.matrix.classes) != classes:
            self.matrix = ConfusionMatrixView(classes, self.filters.select_cell)
            self._matrix_box.children = [
                HTML(html.message_html("what run A says")),
                self.matrix.box,
            ]
        self.paired_outcome.value = ""
        self.sample.close()
        test_sets = [str(name) for name in self.table["test_set"].cat.categories]
        self.filters.set_options(classes, test_sets, two_runs=b is not None)
        self.refresh()

    def _change_runs(self) -> None:
        if not self._putting_back:
            self.status.guard("runs", self._read_runs)
            self._putting_back = True  # the choices name the runs in use, whatever failed
            self.run_a.value, self.run_b.value = self._in_use
            self._putting_back = False

    def _read_runs(self) -> None:
        chosen: list[RunInspector | None] = []
        for choice, now in ((self.run_a, self.a), (self.run_b, self.b)):
            folder = self._others.get(str(choice.value))
            if folder is None:
                chosen.append(None)
            else:
                same = now is not None and folder == now.run.folder
                chosen.append(now if same else RunInspector(load_run(folder)))
        a, b = chosen
        assert a is not None  # run A has no "none"
        self._use(a, b)
        self._in_use = self.run_a.value, self.run_b.value


def explore(
    params: Params, a: RunInspector | None = None, b: RunInspector | None = None
) -> Explorer:
    """The explorer of run `a`, default: the parameters' (`opened.newest`), beside `b`, default:
    another if there is one.

    Raises RunError with the command that makes a run if there is none.
    """
    a, b = a or run_inspector.newest_run(params), b or run_inspector.comparison_run(params)
    others = run_choices(params)
    for run in (a, b):  # an older run than its twin is in no list
        if run is not None and run.run.folder not in others.values():
            others[f"{run.name}: {run.run.folder.name}"] = run.run.folder
    return Explorer(a, b, others)


def run_choices(params: Params) -> dict[str, Path]:
    """The finished runs of the parameters' scale, in words: their folders."""
    found = load_runs(params.output_dir, params.scale, with_weights=True)
    return {_run_title(row): row["folder"] for row in found.to_dict("records")}


def flag_path(params: Params) -> Path:
    """Where a scale's flags are kept: `outputs/flags/<scale>.csv`."""
    return params.output_dir / "flags" / f"{params.scale}.csv"


def read_flags(params: Params) -> pd.DataFrame:
    """The flags of a scale, a row a sample."""
    return flags.read_flags(flag_path(params))


def _run_title(row: dict) -> str:
    name = f"{readable_name(row['experiment'])}, {row['protocol']}, seed {row['seed']}"
    return f"{name}: {row['label']}"


def _run_dropdown(name: str, options: dict[str, Path], current: RunInspector | None) -> Dropdown:
    folder = Path() if current is None else current.run.folder
    value = next(text for text, path in options.items() if path == folder)
    return Dropdown(
        options=list(options), value=value, description=name, layout=Layout(width="560px")
    )


def _stand_in_banner(stand_in: bool) -> str:
    if not stand_in:
        return ""
    return html.message_html(
        "STAND-IN data: rendered scenes in the place of photographs, no result"
    )
