"""The class of the thesis's numbered tables, and how they are formatted as HTML and CSV."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from synthlib.reporting.thesis.published import COLUMN_HEADERS, METRICS

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

COUNT_COLUMNS = ("n_test", "instances", "images")


@dataclass(frozen=True)
class ThesisTable:
    """A numbered table of the thesis, which a notebook displays as HTML.

    Attributes:
        number: Number of the table.
        frame: Its numbers; columns have two levels, (column, kind), see `thesis_tables`.
        caption: The thesis's caption, with notes.
        companions: The same table under other protocols, by protocol, shown directly below; empty
            for most tables.
        scale_note: The part of the caption on the scale. A notebook has it once, at its top, and
            therefore not above each table.
    """

    number: int
    frame: pd.DataFrame
    caption: str
    companions: "Mapping[str, ThesisTable]" = field(default_factory=dict)
    scale_note: str = field(default="", repr=False)

    def flatten(self) -> pd.DataFrame:
        """The frame with one level of columns ("top1 measured"), for a CSV file.

        Columns p and p_holm are text, because a CSV file has two decimals.
        """
        names = [" ".join(part for part in column if part) for column in self.frame.columns]
        flat = self.frame.set_axis(names, axis=1)
        for name in {"p", "p_holm"} & set(flat):
            flat[name] = [_number_text(name, value) for value in flat[name]]
        return flat

    def files(self) -> dict[str, pd.DataFrame]:
        """The flat frames of the table and its companions, by file name without the ending."""
        name = f"table_{self.number:02d}"
        files = {name: self.flatten()}
        for protocol, companion in self.companions.items():
            files[f"{name}_{protocol}"] = companion.flatten()
        return files

    def plain_cells(self) -> dict[str, list[str]]:
        """The texts of the cells by header, without markup; for LaTeX.

        Cells of results are the measured value, followed by the published one in parentheses.
        """
        if not self._has_results:
            return {k: [unescape(text) for text in v] for k, v in _table_cells(self.frame).items()}
        labels = [name for name, kind in self.frame.columns if kind == ""]
        texts = {COLUMN_HEADERS[name]: list(map(str, self.frame[name, ""])) for name in labels}
        rows = range(len(self.frame))
        for name in METRICS:
            texts[COLUMN_HEADERS[name]] = [_plain_cell(self.frame, name, row) for row in rows]
        return texts

    def styled(self) -> "Styler":
        """The frame formatted for people, as wide as a page.

        Tables of results have the thesis's columns. Each cell has the measured value, and below it
        in grey the published one and the difference.
        """
        cells = results_cells if self._has_results else _table_cells
        texts = pd.DataFrame(cells(self.frame))
        left = {"selector": "caption", "props": "text-align: left; max-width: 75em"}
        top = {"selector": "td, th", "props": "text-align: left; vertical-align: top"}
        caption = (
            self.caption.replace(f" {self.scale_note}", "") if self.scale_note else self.caption
        )
        styled = texts.style.hide(axis="index").set_caption(caption)
        return styled.set_table_styles([left, top])  # pyright: ignore[reportArgumentType]

    @property
    def _has_results(self) -> bool:
        """True for a table of results, False for one of data or of gains by class."""
        return ("top1", "measured") in self.frame and ("index", "") in self.frame

    def _repr_html_(self) -> str:
        tables = [self, *self.companions.values()]
        return "".join(table.styled().to_html() for table in tables)


def results_cells(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Format a table of results as HTML: the thesis's columns, then the run of each row."""
    labels = [name for name, kind in frame.columns if kind == ""]
    texts = {
        COLUMN_HEADERS[name]: [_label_html(text) for text in frame[name, ""]] for name in labels
    }
    for name in METRICS:
        texts[COLUMN_HEADERS[name]] = [_cell_html(frame, name, row) for row in range(len(frame))]
    if ("bn_real", "measured") in frame and frame["bn_real", "measured"].notna().any():
        texts[COLUMN_HEADERS["bn_real"]] = [
            _mean_text(frame, "bn_real", row) or "—" for row in range(len(frame))
        ]
    texts["run"] = [_run_html(dict(frame["run"].iloc[row])) for row in range(len(frame))]
    return texts


def _label_html(text: str) -> str:
    return f'<span style="font-size: 85%">{escape(text).replace("(", "<br>(")}</span>'


def _cell_html(frame: pd.DataFrame, name: str, row: int) -> str:
    """Format a measured value, and below it the published one and the difference."""
    lines = [_mean_text(frame, name, row) or _grey_html("not run")]
    if (name, "published") in frame:
        published = _number_text(name, frame[name, "published"].iloc[row])
        difference = _number_text(name, frame[name, "difference"].iloc[row], "+")
        lines.append(_grey_html(f"{published} ({difference})" if difference else published))
    return "<br>".join(lines)


def _plain_cell(frame: pd.DataFrame, name: str, row: int) -> str:
    """Format a measured value, followed by the published one in parentheses."""
    text = _mean_text(frame, name, row) or "not run"
    published = ""
    if (name, "published") in frame:
        published = _number_text(name, frame[name, "published"].iloc[row])
    return f"{text} ({published})" if published else text


def _grey_html(text: str) -> str:
    return f'<span style="color: #666666">{text}</span>'


def seeds_text(seeds: str) -> str:
    """Format seeds that are joined by commas: `seed 0`, or `seeds 0, 1, 2`."""
    return f"seed{'s' if ',' in seeds else ''} {seeds}"


def _run_html(row: dict) -> str:
    """Format in a few lines the images that a row was trained and tested on."""
    if _is_missing(row["experiment"]):
        return ""
    lines = [escape(row["experiment"])]
    if not _is_missing(row["n_test"]):
        counts = (("n_real", "real"), ("n_synthetic", "synthetic"))
        parts = [f"{row[key]:,.0f} {word}" for key, word in counts if row[key] > 0]
        lines.append(_grey_html(" + ".join(parts)))
        lines.append(_grey_html(f"{row['steps']:,.0f} steps, n\xa0=\xa0{row['n_test']:,.0f}"))
        lines.append(_grey_html(escape(seeds_text(row["seeds"]))))
    return f'<span style="font-size: 85%">{"<br>".join(lines)}</span>'


def _table_cells(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Format any other table with one column per kind; empty columns are left out."""
    texts: dict[str, list[str]] = {}
    headers = COLUMN_HEADERS | (
        {} if "instances" in frame else {"images": COLUMN_HEADERS["images_7"]}
    )
    for name, kind in frame.columns:
        values = frame[name, kind]
        if kind in ("spread", "low", "high"):  # part of the cell with the mean
            continue
        if kind == "measured" and values.dtype.kind == "f":
            column = [_mean_text(frame, name, row) for row in range(len(frame))]
        elif values.dtype.kind in "fi":
            sign = "+" if kind == "difference" else ""
            column = [_number_text(kind if name == "run" else name, v, sign) for v in values]
            if not kind and not any(column):  # tests of what has not run
                continue
        else:
            column = ["" if _is_missing(value) else escape(str(value)) for value in values]
        if name != "run" or any(column):
            header = "images" if name == "run" else headers.get(name, name)
            texts[header if name == "run" else f"{header} {kind}".strip()] = column
    return texts


def _mean_text(frame: pd.DataFrame, name: str, row: int) -> str:
    """Format `mean ± spread [low, high]`, as far as these are known."""

    def cell(kind: str) -> float:
        return float(frame[name, kind].iloc[row]) if (name, kind) in frame else np.nan

    text = _number_text(name, cell("measured"))
    if text and not np.isnan(cell("spread")):
        text += f" ± {cell('spread'):.1f}"
    if text and not np.isnan(cell("low")):
        text += f" [{cell('low'):.1f},\N{NO-BREAK SPACE}{cell('high'):.1f}]"
    return text


def _number_text(name: str, value: float, sign: str = "") -> str:
    if np.isnan(value):
        return ""
    if name in COUNT_COLUMNS:
        return f"{value:{sign},.0f}"
    if name in (*METRICS, "gain", "bn_real"):
        return f"{value:{sign}.2f}" if not sign else f"{value:{sign}.1f}"
    if name in ("p", "p_holm"):
        return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"
    return f"{value:{sign}g}"


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
