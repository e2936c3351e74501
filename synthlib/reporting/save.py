"""The report of a study at one scale: figures as PNG, tables as CSV, notebooks as HTML.

A notebook makes one `Report` and hands it what it has computed. Everything lies in
`outputs/reports/<scale>/`; what stand-in photographs went into says so in its pixels, its title and
its file name, and carries no verdict.

    report = Report(params)
    report.thesis_table(10)
    report.table(scenes, "02_scenes", "scenes of each class")
    report.figure(figure, "figure_26")
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.reporting.figures.style import mark_stand_in, stand_in_title
from synthlib.reporting.html_page import notebook_to_html
from synthlib.reporting.tables.thesis_tables import ThesisTable
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

DPI = 200

NOT_OF_STAND_INS = ["published", "doubt", "verdict", "bn_real_verdict"]
"""Columns that are neither shown nor saved of stand-ins, which have no results."""

HOW_TO_READ = """\
**Tables** have the thesis's rows and columns. A cell's first line is what was measured: the mean \
over seeds, ± their standard deviation, with the 95% interval of top-1 in brackets (over seeds and \
test images). Below it, in grey, stands what is published, and in brackets measured less \
published. Every number is computed from the runs' `predictions.parquet`. Rows without a run say \
so. Columns marked † are not the thesis's.

**Verdicts**: a statement of the thesis is **held** if the paired 95% interval of its difference \
lies wholly where the statement puts it, **not held** if it lies wholly elsewhere, and \
**undecided** if it holds both: then there were too few photographs or seeds to tell, which is no \
evidence either way. Where there is one seed, the interval is of the photographs alone and knows \
nothing of another training: such verdicts are marked *by one seed*. *Replaces* and *does not \
beat* are held above -2 points, *matters little* and *similar* within 5 points either way, all \
others above 0."""
"""How tables and verdicts are read, for every notebook: Markdown."""


@dataclass(frozen=True)
class Report:
    """Saves and shows the tables and figures of one scale.

    Args:
        params: The parameters of a run or of the scale; their scale, outputs folder and stand-in
            status decide where files lie and how they are marked.
    """

    params: Params

    @property
    def folder(self) -> Path:
        """The folder of this scale's report."""
        return self.params.output_dir / "reports" / self.params.scale

    def path(self, name: str, ending: str) -> Path:
        """The file of a figure ("png"), table ("csv") or page ("html")."""
        mark = "STAND-IN_" if self.params.stand_in else ""
        return self.folder / f"{mark}{name}.{ending}"

    def title(self, text: str) -> str:
        """A title, marked where it stands over stand-in data."""
        return stand_in_title(text, self.params.stand_in)

    def figure(self, figure: Figure, name: str = "") -> Figure:
        """Writes a figure as `<name>.png`, if it has a name, stamped where it is of stand-in data.

        Returns:
            The figure, closed: a notebook shows it where it is a cell's last value.
        """
        mark_stand_in(figure, self.params.stand_in)
        if name:
            target = self._target(name, "png")
            with file_errors(target):
                figure.savefig(target, dpi=DPI, bbox_inches="tight", facecolor="white")
        plt.close(figure)
        return figure

    def table(
        self,
        frame: pd.DataFrame,
        name: str = "",
        caption: str = "",
        *,
        rows: int | None = None,
        decimals: int = 1,
    ) -> "Styler":
        """Writes a table as `<name>.csv`, numbers with two decimals, if it has a name.

        Args:
            frame: The table; of stand-ins it loses the columns `NOT_OF_STAND_INS`.
            name: The file's name; empty: the table is only shown.
            caption: What stands above it where it is shown.
            rows: How many of its first rows are shown; None: all.
            decimals: Decimals of the numbers that are shown.

        Returns:
            The table for reading.
        """
        if self.params.stand_in:
            frame = frame.drop(columns=NOT_OF_STAND_INS, errors="ignore")
        if name:
            index = not isinstance(frame.index, pd.RangeIndex)
            text = frame.to_csv(index=index, float_format="%.2f")
            write_atomic(self._target(name, "csv"), text)
        shown = frame if rows is None else frame.head(rows)
        return evaluation.style_table(shown, self.title(caption), decimals)

    def thesis_table(self, table: int | ThesisTable) -> ThesisTable:
        """Writes a table of the thesis as `table_<number>.csv`, its companion with `_matched`.

        Args:
            table: The table, or its number: Tables 1 to 8 are then filled from the study of these
                parameters, the others from the runs of the scale.

        Returns:
            The table: a notebook shows it with its companion.
        """
        if isinstance(table, int):
            p = self.params
            table = tables.thesis_table(table, p.output_dir, p.scale, p if table <= 8 else None)
        for name, frame in table.files().items():
            self.table(frame, name)
        return table

    def html(self, notebook: Path, name: str) -> Path:
        """Writes an executed notebook as one self-contained HTML page, its code folded away."""
        target = self._target(name, "html")
        title = self.title(f"synthlib, scale {self.params.scale}: {name}")
        write_atomic(target, notebook_to_html(notebook, title))
        return target

    def _target(self, name: str, ending: str) -> Path:
        path = self.path(name, ending)
        with file_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path
