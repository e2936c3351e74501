"""The report of a study at one scale: figures as PNG, tables as CSV, notebooks as HTML.

A notebook creates one `Report` and passes it what it computes. Files are saved in
`outputs/reports/<scale>/`. At a scale of stand-in photographs every figure has the word STAND-IN
small in its pixels and in its file name, and tables have no verdicts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import paper, tables
from synthlib.reporting.figures.style import (
    alt_text,
    mark_stand_in,
    stand_in_title,
    with_alt_text,
)
from synthlib.reporting.html_page import notebook_to_html
from synthlib.reporting.tables.thesis_tables import ThesisTable
from synthlib.utils.errors import file_errors
from synthlib.utils.files import resolve_in_project, write_atomic

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

DPI = 200

RESULT_COLUMNS = ["published", "doubt", "verdict", "detectable", "bn_real_verdict"]
"""Columns left out of tables of stand-in photographs, from which no results are drawn."""

HOW_TO_READ = """\
**Tables** have the thesis's rows. Each says what ran here: the network, what it was trained and \
tested on, and its accuracy in percent: the mean over seeds, ± their standard deviation, with the \
95% interval of top-1 in brackets (over seeds and test images). Then follow the published value \
and the difference (measured - published). What the thesis prints is grey, its label of the row \
in the last column. Every measured number is computed from the runs' `predictions.parquet`. Rows \
without a run say so. Columns marked † are not in the thesis.

**Verdicts**: a statement of the thesis is **supported** if the paired 95% interval of its \
difference lies entirely in the range that the statement claims, **contradicted** if it lies \
entirely outside, and **inconclusive** otherwise: then there are too few photographs or seeds to \
decide, which is not evidence for either. The smallest effect that such a comparison would \
detect in 80% of repetitions is then named. With one seed the interval covers the choice of \
test photographs, but not the variation between trainings: such verdicts are marked *by one seed*. \
*Replaces* and *does not beat* are supported above -2 points, *matters little* and *similar* \
within ±5 points, all others above 0."""
"""Markdown on how to read the tables and verdicts of every notebook."""


@dataclass(frozen=True)
class Report:
    """Saves and shows the tables and figures of one scale.

    Attributes:
        params: The parameters of the scale or of one of its runs. They determine the folder, and
            whether all output is marked as showing stand-in photographs.

    Examples:
        In a notebook, a cell shows the value of its last line:

        >>> report = Report(params)
        >>> report.thesis_table(10)
        >>> report.table(backgrounds, "02_scenes", "backgrounds of each class")
        >>> report.figure(figures.confusion_figure(pair, params), "figure_26")
    """

    params: Params

    @property
    def folder(self) -> Path:
        """The folder of this scale's report."""
        return self.params.output_dir / "reports" / self.params.scale

    def path(self, name: str, ending: str) -> Path:
        """The path of a figure ("png"), table ("csv") or page ("html")."""
        mark = "STAND-IN_" if self.params.stand_in else ""
        return self.folder / f"{mark}{name}.{ending}"

    def title(self, text: str) -> str:
        """The title of a page or a document that stands alone, marked if it is of stand-ins."""
        return stand_in_title(text, self.params.stand_in)

    def figure(self, figure: Figure, name: str = "") -> Figure:
        """Mark a figure if the photographs are stand-ins, and save it as `<name>.png`.

        Args:
            figure: The figure.
            name: Name of the file without ending; empty: the figure is not saved.

        Returns:
            The figure, closed, so that a notebook shows it once: as the last value of a cell. In
            the notebook and in the file it has an alternative text.
        """
        mark_stand_in(figure, self.params.stand_in)
        if name:
            target = self._target(name, "png")
            with file_errors(target):
                figure.savefig(
                    target,
                    dpi=DPI,
                    bbox_inches="tight",
                    facecolor="white",
                    metadata={"Description": alt_text(figure)},
                )
            if folder := self._paper_folder():
                paper.save_figure(figure, folder, target.stem)
        plt.close(figure)
        return with_alt_text(figure)

    def table(
        self,
        frame: pd.DataFrame,
        name: str = "",
        caption: str = "",
        *,
        rows: int | None = None,
        decimals: int = 1,
    ) -> "Styler":
        """Save a table as `<name>.csv`, numbers with two decimals, and format it for people.

        Args:
            frame: The table; at a scale of stand-in photographs `RESULT_COLUMNS` are left out.
            name: Name of the file without ending; empty: the table is not saved.
            caption: Caption of the formatted table.
            rows: Number of rows in the formatted table, from the first; None: all.
            decimals: Decimals in the formatted table.

        Returns:
            The formatted table, which a notebook shows.
        """
        frame = self._save_csv(frame, name)
        if name and (folder := self._paper_folder()):
            stem = self.path(name, "tex").stem
            paper.save_table(frame, folder, stem, self.title(caption or name.replace("_", " ")))
        visible_rows = frame if rows is None else frame.head(rows)
        return evaluation.style_table(visible_rows, caption, decimals)

    def thesis_table(self, table: int | ThesisTable) -> ThesisTable:
        """Save a table of the thesis as `table_<number>.csv`, companions with their protocol.

        Args:
            table: The table, or its number. Tables 1 to 8 are then filled for these parameters, the
                others from the runs of the scale.

        Returns:
            The table, which a notebook shows with its companions.

        Raises:
            ValueError: If the number is not that of a table of numbers (`tables.thesis_table`).
        """
        if isinstance(table, int):
            p = self.params
            table = tables.thesis_table(table, p.output_dir, p.scale, p if table <= 8 else None)
        folder = self._paper_folder()
        tables_of_files = [table, *table.companions.values()]
        for each, (name, frame) in zip(tables_of_files, table.files().items(), strict=True):
            self._save_csv(frame, name)
            if folder:
                stem = self.path(name, "tex").stem
                caption = f"{each.caption} {each.scale_note}".strip()
                paper.save_thesis_table(each, folder, stem, self.title(caption))
        return table

    def html(self, notebook: Path, name: str) -> Path:
        """Save an executed notebook as one self-contained HTML page with hidden code."""
        target = self._target(name, "html")
        title = self.title(f"synthlib, scale {self.params.scale}: {name}")
        write_atomic(target, notebook_to_html(notebook, title))
        return target

    def _save_csv(self, frame: pd.DataFrame, name: str) -> pd.DataFrame:
        """Save a table, if it has a name, and return it; of stand-ins without result columns."""
        if self.params.stand_in:
            frame = frame.drop(columns=RESULT_COLUMNS, errors="ignore")
        if name:
            index = not isinstance(frame.index, pd.RangeIndex)
            text = frame.to_csv(index=index, float_format="%.2f")
            write_atomic(self._target(name, "csv"), text)
        return frame

    def _paper_folder(self) -> Path | None:
        """The folder of figures as PDF and tables as LaTeX; None if they are not asked for."""
        if not self.params.paper:
            return None
        folder = resolve_in_project(self.params.paper)
        with file_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _target(self, name: str, ending: str) -> Path:
        path = self.path(name, ending)
        with file_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path
