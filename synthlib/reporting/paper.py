"""Figures as PDF and tables as LaTeX, for papers.

Figures have the widths of a column and of a page, with embedded fonts. Tables use the packages
booktabs and longtable. `main.tex` shows all of them, so that a document can be started from it.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from jinja2 import Environment
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from synthlib import evaluation
from synthlib.evaluation import table_style
from synthlib.reporting.tables.html import ThesisTable
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

WIDTHS = {"column": 3.5, "page": 7.2}
"""Widths of the PDFs in inches, by the end of their names: a column and a page of two columns."""

FONT_SCALES = {"column": (0.75, 0.65, 0.54), "page": (1.0,)}
"""Factors on the sizes of fonts, lines and markers, of which the largest that fits is used. With
the last one, a column is a page of the notebook made smaller as a whole."""

MIN_AXES_SHARE = 0.85
"""Least width and height of every Axes, relative to its share of the figure in the original layout:
labels must not crowd out what they label."""

MAX_TABLE_ROWS = 35
"""Rows above which a table may break across pages (longtable)."""

LONG_TEXT = 22
"""Characters above which a column of text is set in lines of `TEXT_WIDTH`."""

TEXT_WIDTH = "24mm"

PDF_DPI = 300
"""Resolution of images inside the PDFs."""

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "\N{MINUS SIGN}": "$-$",
        "\N{NO-BREAK SPACE}": "~",
        "\n": " ",
    }
)
"""Special characters of a text, as LaTeX writes them."""

_MAIN = r"""
\documentclass{article}
\usepackage[margin=20mm]{geometry}
\usepackage[T1]{fontenc}
\usepackage{booktabs,graphicx,longtable}
\begin{document}
\scriptsize
<% for name in tables %>
\input{<< name >>}
<% endfor %>
\clearpage
<% for name in figures %>
\noindent\includegraphics{<< name >>}

<% endfor %>
\end{document}
"""


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Save a figure as `<name>_column.pdf` and `<name>_page.pdf`.

    Args:
        figure: The figure. Its layout is computed again for each width, and then restored.
        folder: The folder of the files.
        name: Name without ending.

    Returns:
        The paths of the files, in the order of `WIDTHS`.
    """
    paths = []
    # fonts as TrueType outlines, because publishers refuse Type 3
    with plt.rc_context({"pdf.fonttype": 42}), warnings.catch_warnings():
        # at the larger scales, labels may leave no room for the Axes
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        for end, width in WIDTHS.items():
            path = folder / f"{name}_{end}.pdf"
            with file_errors(path), _resized(figure, width, FONT_SCALES[end]) as box:
                # no date, so that the same figure has the same bytes
                figure.savefig(path, bbox_inches=box, dpi=PDF_DPI, metadata={"CreationDate": None})
            paths.append(path)
    return paths


@contextmanager
def _resized(figure: Figure, width: float, scales: Sequence[float]) -> Iterator[Bbox]:
    """Lay out a figure for a width, with the first scale at which its labels fit, or the last one.

    Args:
        figure: The figure, which is restored at the end.
        width: Width in inches of what the figure shows.
        scales: Factors on the sizes of fonts, lines and markers.

    Yields:
        The box to save, in inches, of exactly that width.
    """
    size = tuple(figure.get_size_inches().tolist())
    properties = [
        (artist, name, getattr(artist, f"get_{name}")())
        for kind, names in ((Text, ["fontsize"]), (Line2D, ["linewidth", "markersize"]))
        for artist in figure.findobj(kind)
        for name in names
    ]
    figure.draw_without_rendering()
    shares = _axes_shares(figure)
    try:
        figure.set_size_inches(width, size[1] * width / size[0])
        for scale in scales:
            for artist, name, value in properties:
                getattr(artist, f"set_{name}")(value * scale)
            figure.draw_without_rendering()
            has_room = (_axes_shares(figure) >= MIN_AXES_SHARE * shares).all()
            if has_room and figure.get_tightbbox().width <= width:
                break
        drawn = figure.get_tightbbox()
        left = (drawn.x0 + drawn.x1 - width) / 2
        yield Bbox([[left, drawn.y0 - 0.02], [left + width, drawn.y1 + 0.02]])
    finally:
        for artist, name, value in properties:
            getattr(artist, f"set_{name}")(value)
        figure.set_size_inches(size)


def _axes_shares(figure: Figure) -> np.ndarray:
    """Width and height of each Axes as shares of the figure's, float64 (n_axes, 2)."""
    return np.array([ax.get_position().size for ax in figure.axes]).reshape(-1, 2)


def save_table(frame: pd.DataFrame, folder: Path, name: str, caption: str) -> Path:
    """Save a table as `<name>.tex`, numbers with one decimal.

    Args:
        frame: The table; an index other than row numbers becomes its first columns.
        folder: The folder of the file.
        name: Name without ending; the label is `tab:<name>`.
        caption: Caption, as plain text.
    """
    frame = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    texts = frame.map(lambda value: _to_latex(value) if isinstance(value, str) else value)
    headers = [_to_latex(str(column).replace("_", " ")) for column in frame]
    styled = evaluation.style_table(texts.set_axis(headers, axis=1), "")
    return _write_table(styled, len(frame), folder, name, caption)


def save_thesis_table(table: ThesisTable, folder: Path, name: str, caption: str) -> Path:
    """Save a table of the thesis as `<name>.tex`.

    Args:
        table: The table; its companion is not saved.
        folder: The folder of the file.
        name: Name without ending; the label is `tab:<name>`.
        caption: Caption, as plain text.
    """
    texts = pd.DataFrame(table.plain_cells())
    columns = "".join(_column_format(texts[column]) for column in texts)
    texts = texts.map(_to_latex).rename(columns=_to_latex)
    styled = texts.style.hide(axis="index")
    return _write_table(styled, len(texts), folder, name, caption, columns)


def save_main(folder: Path) -> Path:
    """Write `main.tex`, which shows every table, and every figure as wide as a page."""
    environment = Environment(
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    tables = sorted(path.stem for path in folder.glob("*.tex") if path.stem != "main")
    figures = sorted(path.stem for path in folder.glob("*_page.pdf"))
    text = environment.from_string(_MAIN.lstrip()).render(tables=tables, figures=figures)
    write_atomic(folder / "main.tex", text)
    return folder / "main.tex"


def _column_format(values: pd.Series) -> str:
    """Alignment of a column: numbers at the right, long texts in lines of `TEXT_WIDTH`."""
    if table_style.is_number_column(values):
        return "r"
    return f"p{{{TEXT_WIDTH}}}" if values.str.len().max() > LONG_TEXT else "l"


def _write_table(
    styled: "Styler",
    n_rows: int,
    folder: Path,
    name: str,
    caption: str,
    column_format: str | None = None,
) -> Path:
    is_long = n_rows > MAX_TABLE_ROWS
    text = styled.to_latex(
        column_format=column_format,
        hrules=True,
        caption=_to_latex(caption),
        label=f"tab:{name}",
        environment="longtable" if is_long else None,
        position_float=None if is_long else "centering",
        position=None if is_long else "htbp",
    )
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / f"{name}.tex", text)
    return folder / f"{name}.tex"


def _to_latex(text: str) -> str:
    return text.translate(_LATEX)
