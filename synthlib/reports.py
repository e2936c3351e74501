"""What a study leaves to read: figures as PNG, tables as CSV, a notebook as one HTML file.

All of it lies in `outputs/reports/<scale>/`. What stand-in photographs went into says so in its
pixels and in its file name.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from synthlib.figures import stamp, titled
from synthlib.files import write_atomic
from synthlib.pages import page
from synthlib.params import Params
from synthlib.tables import NumberedTable
from synthlib.utils.errors import file_errors

DPI = 200


def save_figure(figure: Figure, params: Params, name: str) -> Path:
    """Writes a figure as `<name>.png`, stamped where it is of stand-in data.

    Where no backend shows figures (`MPLBACKEND=Agg`), the figure is closed.
    """
    target = _target(params, name, "png")
    stamp(figure, params.stand_in)
    with file_errors(target):
        figure.savefig(target, dpi=DPI, bbox_inches="tight", facecolor="white")
    if plt.get_backend().lower() == "agg":  # a notebook's own closes what its cell has shown
        plt.close(figure)
    return target


def save_table(table: pd.DataFrame, params: Params, name: str) -> Path:
    """Writes a table as `<name>.csv`, numbers with two decimals."""
    target = _target(params, name, "csv")
    index = not isinstance(table.index, pd.RangeIndex)
    write_atomic(target, table.to_csv(index=index, float_format="%.2f"))
    return target


def save_numbered(table: NumberedTable, params: Params) -> NumberedTable:
    """Writes a table of the thesis as `table_<number>.csv`, its companion with `_matched`; returns
    it, so that a notebook's last line shows it."""
    save_table(table.flat(), params, f"table_{table.number:02d}")
    if table.companion is not None:
        save_table(table.companion.flat(), params, f"table_{table.number:02d}_matched")
    return table


def save_html(notebook: Path, params: Params, name: str) -> Path:
    """Writes an executed notebook as one self-contained HTML page, its code folded away."""
    target = _target(params, name, "html")
    title = titled(f"synthlib, scale {params.scale}: {name}", params.stand_in)
    write_atomic(target, page(notebook, title))
    return target


def report_dir(params: Params) -> Path:
    """Where a scale's report lies."""
    return params.output_dir / "reports" / params.scale


def report_path(params: Params, name: str, ending: str) -> Path:
    """Where a figure ("png"), table ("csv") or page ("html") of a report lies."""
    mark = "STAND-IN_" if params.stand_in else ""
    return report_dir(params) / f"{mark}{name}.{ending}"


def _target(params: Params, name: str, ending: str) -> Path:
    path = report_path(params, name, ending)
    with file_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path
