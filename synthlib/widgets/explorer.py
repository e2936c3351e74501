"""Explorer of misclassified samples: a confusion matrix, a gallery, and one sample in detail.

It shows one run, or two runs on the same samples. The same tables and figures are available from
plain functions: `inspection.build_sample_table`, `select_samples` and `compare_samples`,
`inspection.sample_figures`, and `inspection.feature_map.sample_map_figure`.
"""

from pathlib import Path

import pandas as pd

from synthlib import inspection
from synthlib.inspection import feature_map, run_inspector
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_table import Selection
from synthlib.params import Params
from synthlib.photographs import flags
from synthlib.reporting.figures.style import readable_name
from synthlib.runs import load_runs
from synthlib.utils.errors import SynthlibError
from synthlib.widgets import html
from synthlib.widgets.confusion_matrix import UNITS, build_matrix, matrix_html
from synthlib.widgets.explorer_view import ExplorerView
from synthlib.widgets.filters import Control, Filters
from synthlib.widgets.gallery import SIDES, Gallery, table_thumbnails
from synthlib.widgets.sample_map import MapPoint, map_points
from synthlib.widgets.sample_view import SampleView, sample_flaggable, write_flag
from synthlib.widgets.status_line import StatusLine

NO_RUN = "none"
"""Option of the second list of runs for showing a single run."""

STAND_IN_BANNER = "STAND-IN data: rendered scenes instead of photographs, no result"


class Explorer:
    """The explorer of notebook 08, usually made by `explore`; display its `view`.

    The browser reports events (`handle`); after each, the HTML of what has changed is sent to it.

    Args:
        a: Run A, whose predictions are shown.
        b: Run B, to compare with, or None.
        run_folders: Folders of the runs to choose from, by the name shown in the lists; must
            include those of A and B.

    Attributes:
        a, b: The runs in use.
        table: The samples: those of run A, or of both runs (`inspection.compare_samples`), with a
            column `flagged`.
        tab: The view next to the matrix: `gallery`, `map` or `flags`.
        view: The widget.
    """

    def __init__(
        self, a: RunInspector, b: RunInspector | None, run_folders: dict[str, Path]
    ) -> None:
        self.a, self.b = a, b
        self._run_folders = run_folders
        self._flag_path = flag_path(a.params)
        self._focus, self._revision = "", 0
        self._maps: dict[tuple[Path, str], pd.DataFrame] = {}  # by run and test set
        self.tab = "gallery"
        self.status = StatusLine()
        self.filters, self.gallery = Filters(), Gallery()
        self.sample = SampleView(self._flag_path, self.status)
        self.unit = Control("cells", [(name, name) for name in UNITS], UNITS[0])
        self.run_a = _run_control("run A", run_folders, a)
        self.run_b = _run_control("run B", {NO_RUN: Path(), **run_folders}, b)
        self.view = ExplorerView(self.handle)
        self.status.line.observe(lambda change: self._show_status(change["new"]), "value")
        self._use(a, b)
        self.status.guard("samples", self._refresh)
        self.status.guard("samples", self._draw)

    @property
    def shown_samples(self) -> pd.DataFrame:
        """The rows of `table` that the gallery pages through, in its order."""
        return self.gallery.rows

    def handle(self, event: str, **values: str) -> None:
        """Handle an event of the browser, and show what it changes.

        Args:
            event: Name of a method `_on_<event>`.
            **values: Its arguments.
        """
        self.status.show_message("")
        self.status.guard(event, lambda: self._handle(event, values))

    def _handle(self, event: str, values: dict[str, str]) -> None:
        self._focus = ""
        try:
            getattr(self, f"_on_{event}")(**values)
        finally:
            self._draw()

    # --- events -----------------------------------------------------------------------------------

    def _on_run(self, name: str, value: str) -> None:
        control = getattr(self, name)
        before, control.value = control.value, value
        try:
            a, b = self._opened_run(self.run_a.value, self.a), None
            assert a is not None  # run A is always chosen
            if self.run_b.value != NO_RUN:
                b = self._opened_run(self.run_b.value, self.b)
            self._use(a, b)
        except BaseException:
            control.value = before
            self._revision += 1  # the browser shows the new choice: send the controls again
            raise
        self._refresh()

    def _on_set(self, name: str, value: str) -> None:
        self.filters.set(**{name: value})
        self._refresh()

    def _on_unit(self, name: str, value: str) -> None:
        self.unit.value = value

    def _on_reset(self) -> None:
        self.filters.clear()
        self._refresh()

    def _on_pick(self, true: str, predicted: str) -> None:
        self.filters.select_cell(true, predicted)
        self._refresh()

    def _on_unpick(self) -> None:
        self._on_pick("", "")

    def _on_tab(self, name: str) -> None:
        self.tab = name
        self.sample.close()

    def _on_size(self, name: str, value: str) -> None:
        assert value in SIDES
        self.gallery.size = value

    def _on_page_size(self, n: str) -> None:
        self.gallery.resize(int(n))

    def _on_turn(self, by: str) -> None:
        self.gallery.show_page(self.gallery.page + int(by))
        row = self.gallery.thumbnails[0 if int(by) > 0 else -1].row
        self._focus = f"row:{row}"

    def _on_open(self, row: str) -> None:
        self._open(int(row))

    def _on_step(self, by: str) -> None:
        place = None if self.sample.row is None else self.gallery.place(self.sample.row)
        rows = self.gallery.rows.index
        if place is not None and 0 <= place + int(by) < len(rows):
            self._open(int(rows[place + int(by)]))

    def _on_close(self) -> None:
        if self.sample.neighbour is not None:
            self._focus = f"neighbour:{self.sample.neighbours.index(self.sample.neighbour)}"
            self.sample.open_neighbour(None)
            return
        self._focus = f"row:{self.sample.row}"
        self.sample.close()

    def _on_act(self, action: str) -> None:
        self.sample.act(action)

    def _on_neighbour(self, index: str) -> None:
        self.sample.open_neighbour(int(index))

    def _on_reason(self, name: str, value: str) -> None:
        self.sample.reason = value

    def _on_note(self, name: str, value: str) -> None:
        self.sample.note = value

    def _on_add_flag(self) -> None:
        self.sample.add_flag()
        self._update_flags()

    def _on_remove_flag(self) -> None:
        self.sample.remove_flag()
        self._update_flags()

    def _on_toggle_flag(self) -> None:
        self._on_add_flag() if self.sample.flag is None else self._on_remove_flag()

    def _on_flag_rows(self, rows: str) -> None:
        """Flag the rows, or if all of them are flagged remove their flags."""
        chosen = self.table.loc[[int(row) for row in rows.split()]]
        for row in chosen.index[~chosen["flagged"]]:
            write_flag(self._flag_path, sample_flaggable(self.a, int(row)), self.sample.reason)
        if chosen["flagged"].all():
            for name in chosen["sample"]:
                flags.remove_flag(self._flag_path, name)
        self._update_flags()

    def _on_unflag(self, sample: str) -> None:
        flags.remove_flag(self._flag_path, sample)
        self._update_flags()

    def _on_peek(self, row: str) -> None:
        [thumbnail] = table_thumbnails(self.a.test_images, self.table.loc[[int(row)]])
        self.view.peek = html.render("explorer.html.j2", "peek", thumbnail)

    # --- state ------------------------------------------------------------------------------------

    def _use(self, a: RunInspector, b: RunInspector | None) -> None:
        """Replace the runs in use; if the new tables cannot be joined, nothing is replaced."""
        self.table = a.table if b is None else inspection.compare_samples(a.table, b.table)
        self.a, self.b = a, b
        self._mark_flagged()
        test_sets = [str(name) for name in self.table["test_set"].unique()]
        self.filters.set_options(list(a.params.classes), test_sets, two_runs=b is not None)

    def _refresh(self) -> None:
        """Show the selection of the filters in the gallery."""
        if self.tab == "flags":
            self.tab = "gallery"
        if not self.a.test_images.is_loaded:
            self.status.show_message("reading the run's data ...")
        self.sample.close()
        self.gallery.clear()  # if its images cannot be read, it shows none
        self.gallery.show(self.a.test_images, self.table, self.filters.selection)
        self.status.show_message("")

    def _open(self, row: int) -> None:
        row_b = self.table.loc[[row]].to_dict("records")[0].get("row_b")
        self.sample.show(self.a, self.b, row, row_b)
        self.gallery.show_row(row)

    def _mark_flagged(self) -> None:
        flagged = set(flags.read_flags(self._flag_path)["sample"])
        self.table = self.table.assign(flagged=self.table["sample"].isin(flagged))

    def _update_flags(self) -> None:
        self._mark_flagged()
        selection = self.filters.selection
        self.gallery.show(self.a.test_images, self.table, selection, keep_page=True)

    def _opened_run(self, name: str, current: RunInspector | None) -> RunInspector | None:
        folder = self._run_folders[name]
        if current is not None and folder == current.run.folder:
            return current
        return run_inspector.inspect_run(folder, self.a.params)

    # --- what the browser shows -------------------------------------------------------------------

    def _draw(self) -> None:
        controls, matrix, pane = self._controls_html(), self._matrix_html(), self._pane_html()
        with self.view.hold_sync():
            self.view.controls, self.view.matrix, self.view.pane = controls, matrix, pane

    def _show_status(self, value: str) -> None:
        self.view.status = value

    def _controls_html(self) -> str:
        runs = {"run_a": self.run_a, "run_b": self.run_b}
        banner = STAND_IN_BANNER if self.a.params.stand_in else ""
        arguments = runs, self._paired_outcome(), banner, self._revision
        return html.render("explorer.html.j2", "runs", *arguments) + self.filters.html()

    def _paired_outcome(self) -> str:
        if self.b is None:
            return ""
        subset = Selection(test_set=self.filters["test_set"])
        outcome = inspection.paired_outcome(self.table, subset)
        text = f"runs A and B on the same {inspection.paired_outcome_sentence(outcome)}"
        shared = set(self.table["test_set"].cat.categories)
        for name in sorted(set(self.a.table["test_set"].cat.categories) - shared):
            text += f"; run B was not tested on {readable_name(name)}"
        return text

    def _matrix_html(self) -> str:
        selection = self.filters.selection
        matrix = build_matrix(self.table, selection, self.unit.value)
        controls = self.filters.controls["predicted_by"], self.unit
        bar = html.render("explorer.html.j2", "matrix_bar", *controls)
        return bar + matrix_html(matrix, selection)

    def _pane_html(self) -> str:
        if self.sample.row is not None:
            place, n = self.gallery.place(self.sample.row), len(self.gallery.rows)
            return self.sample.html(place, n, self.tab)
        flagged = flags.read_flags(self._flag_path)
        names = {"gallery": "gallery", "map": "map", "flags": f"flags ({len(flagged):,})"}
        tabs = html.render("explorer.html.j2", "tabs", names, self.tab)
        if self.tab == "flags":
            return tabs + self._flag_list_html(flagged)
        if self.tab == "map":
            return tabs + self._map_html()
        return tabs + self.gallery.html(self._focus, self.sample.reason, flags.FLAG_REASONS)

    def _map_html(self) -> str:
        try:
            points = self._map_points()
        except SynthlibError as error:
            return html.render("explorer.html.j2", "no_map", str(error))
        selected = set(self.gallery.rows.index)
        marked = sum(point.row in selected for point in points)
        title = (
            f"features of run A (t-SNE): {len(points):,} samples, {marked:,} of them selected; "
            "neighbours look alike to the model, long distances mean nothing"
        )
        current = self._focus.removeprefix("row:")
        return html.render("explorer.html.j2", "map", points, selected, title, current)

    def _map_points(self) -> list[MapPoint]:
        test_set = self.filters["test_set"]
        key = self.a.run.folder, test_set
        if key not in self._maps:
            self.status.show_message("placing the samples on a map, up to a minute ...")
            self._maps[key] = feature_map.sample_positions(self.a, test_set)
            self.status.show_message("")
        return map_points(self._maps[key])

    def _flag_list_html(self, flagged: pd.DataFrame) -> str:
        rows = self.table.reset_index(names="row").drop_duplicates("sample")
        places = dict(zip(rows["sample"], rows["row"], strict=True))
        records = [row | {"row": places.get(row["sample"])} for row in flagged.to_dict("records")]
        path = "/".join(self._flag_path.parts[-3:])
        return html.render("explorer.html.j2", "flag_list", records, path)


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
        >>> show_widget(explore(params).view)
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


def _run_control(label: str, folders: dict[str, Path], current: RunInspector | None) -> Control:
    folder = Path() if current is None else current.run.folder
    value = next(text for text, path in folders.items() if path == folder)
    return Control(label, [(name, name) for name in folders], value)
