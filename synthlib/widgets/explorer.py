"""Explorer of misclassified samples: a confusion matrix, a gallery, and one sample in detail.

It shows one run, or two runs on the same samples. The same tables and figures are available from
plain functions: `inspection.build_sample_table`,
`select_samples` and `compare_samples`, and `inspection.sample_figures`.
"""

from dataclasses import replace
from pathlib import Path

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
"""Option of the second dropdown for showing a single run."""


class Explorer:
    """The explorer of notebook 08, usually made by `explore`; display its `box`.

    Args:
        a: Run A, whose predictions are shown.
        b: Run B, to compare with, or None.
        run_folders: Folders of the runs to choose from, by the name shown in the dropdowns; must
            include those of A and B.

    Attributes:
        a, b: The runs in use.
        table: The samples: those of run A, or of both runs (`inspection.compare_samples`).
    """

    def __init__(
        self, a: RunInspector, b: RunInspector | None, run_folders: dict[str, Path]
    ) -> None:
        self.a, self.b = a, b
        self._run_folders = run_folders
        self._counted: Selection | None = None  # the selection that the matrix counts now
        self.status = StatusLine()
        self.filters = Filters(self.refresh)
        self.gallery = Gallery(self.open, self.status)
        self.sample = SampleView(flag_path(a.params), self.status)
        self.paired_outcome = HTML()
        self._matrix_box = VBox()
        self.run_a = _run_dropdown("run A", run_folders, a)
        self.run_b = _run_dropdown("run B", {NO_RUN: Path(), **run_folders}, b)
        self._names_in_use = (self.run_a.value, self.run_b.value)
        self._is_resetting = False  # True while code, not the user, changes the dropdowns
        for dropdown in (self.run_a, self.run_b):
            dropdown.observe(lambda _: self._change_runs(), "value")
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
        """Show the selection of the filters."""
        self.status.show_message("")
        self.status.guard("samples", self._refresh)

    def open(self, row: int) -> None:
        """Show one sample in detail; `row` is an index of `table`."""
        self.status.show_message("")
        self.status.guard("sample", lambda: self._open(row))

    def _open(self, row: int) -> None:
        row_b = self.table.loc[[row]].to_dict("records")[0].get("row_b")
        self.sample.show(self.a, self.b, row, row_b)

    def _refresh(self) -> None:
        selection = self.filters.selection
        cell = (selection.true, selection.predicted)
        self.matrix.mark(cell if all(cell) else None)
        counted = replace(selection, true="", predicted="", kind="all", sort="highest loss")
        if counted != self._counted:  # a click on a cell changes no count
            self.matrix.show(inspection.count_sample_confusions(self.table, counted))
            self._show_paired_outcome(Selection(test_set=selection.test_set))
            self._counted = counted
        if not self.a.test_images.is_loaded:
            self.status.show_message("reading the run's data ...")
        self.gallery.show(self.a.test_images, self.table, selection)
        self.status.show_message("")

    def _show_paired_outcome(self, subset: Selection) -> None:
        if self.b is None:
            return
        outcome = inspection.paired_outcome(self.table, subset)
        text = f"runs A and B on the same {inspection.paired_outcome_sentence(outcome)}"
        shared = set(self.table["test_set"].cat.categories)
        for name in sorted(set(self.a.table["test_set"].cat.categories) - shared):
            text += f"; run B was not tested on {readable_name(name)}"
        self.paired_outcome.value = html.message_html(text)

    def _use(self, a: RunInspector, b: RunInspector | None) -> None:
        """Replace the runs in use; if the new tables cannot be joined, nothing is replaced."""
        self.table = a.table if b is None else inspection.compare_samples(a.table, b.table)
        self.a, self.b, self._counted = a, b, None
        classes = list(a.params.classes)
        if not hasattr(self, "matrix") or self.matrix.classes != classes:
            self.matrix = ConfusionMatrixView(classes, self.filters.select_cell)
            title = HTML(html.message_html("predictions of run A"))
            self._matrix_box.children = [title, self.matrix.box]
        self.paired_outcome.value = ""
        self.sample.close()
        test_sets = [str(name) for name in self.table["test_set"].unique()]
        self.filters.set_options(classes, test_sets, two_runs=b is not None)
        self.refresh()

    def _change_runs(self) -> None:
        if not self._is_resetting:
            self.status.guard("runs", self._open_chosen_runs)
            # if opening failed, the dropdowns must name the runs in use again
            self._is_resetting = True
            self.run_a.value, self.run_b.value = self._names_in_use
            self._is_resetting = False

    def _open_chosen_runs(self) -> None:
        a = self._opened_run(str(self.run_a.value), self.a)
        b = self._opened_run(str(self.run_b.value), self.b)
        assert a is not None  # the choices of run A do not include NO_RUN
        self._use(a, b)
        self._names_in_use = self.run_a.value, self.run_b.value

    def _opened_run(self, name: str, current: RunInspector | None) -> RunInspector | None:
        folder = self._run_folders.get(name)
        if folder is None:
            return None
        if current is not None and folder == current.run.folder:
            return current
        return RunInspector(load_run(folder))


def explore(
    params: Params, a: RunInspector | None = None, b: RunInspector | None = None
) -> Explorer:
    """Make the explorer of one run or two.

    Args:
        params: The study, and the run to show by default.
        a: Run A; default: `run_inspector.newest_run(params)`.
        b: Run B; default: `run_inspector.comparison_run(params)`, which may be None.

    Raises:
        RunError: There is no run; the message has the command that makes one.

    Examples:
        >>> show_widget(explore(params).box)
    """
    a = a or run_inspector.newest_run(params)
    b = b or run_inspector.comparison_run(params)
    run_folders = run_choices(params)
    # run_choices lists only the newest run of equal names; A and B must be among the choices
    for run in (a, b):
        if run is not None and run.run.folder not in run_folders.values():
            run_folders[f"{run.name}: {run.run.folder.name}"] = run.run.folder
    return Explorer(a, b, run_folders)


def run_choices(params: Params) -> dict[str, Path]:
    """Find the folders of a scale's finished runs, by a readable name."""
    table = load_runs(params.output_dir, params.scale, with_weights=True)
    return {_run_title(row): row["folder"] for row in table.to_dict("records")}


def flag_path(params: Params) -> Path:
    """Path of a scale's flags: `outputs/flags/<scale>.csv`."""
    return params.output_dir / "flags" / f"{params.scale}.csv"


def read_flags(params: Params) -> pd.DataFrame:
    """The flagged samples of a scale, one row each (`photographs.flags.read_flags`)."""
    return flags.read_flags(flag_path(params))


def _run_title(row: dict) -> str:
    name = f"{readable_name(row['experiment'])}, {row['protocol']}, seed {row['seed']}"
    return f"{name}: {row['label']}"


def _run_dropdown(name: str, folders: dict[str, Path], current: RunInspector | None) -> Dropdown:
    folder = Path() if current is None else current.run.folder
    value = next(text for text, path in folders.items() if path == folder)
    return Dropdown(
        options=list(folders), value=value, description=name, layout=Layout(width="560px")
    )


def _stand_in_banner(stand_in: bool) -> str:
    if not stand_in:
        return ""
    return html.message_html("STAND-IN data: rendered scenes instead of photographs, no result")
