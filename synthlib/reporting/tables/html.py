"""The class of the thesis's numbered tables, and how they are formatted as HTML and CSV."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from synthlib.evaluation.table_style import GREY, align, header_text, readable
from synthlib.reporting.thesis.published import COLUMN_HEADERS, METRICS

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

COUNT_COLUMNS = ("n_test", "instances", "images", "n_scenes")

SHORT_HEADERS = {
    "class": "class",
    "top1": "top-1 [95% interval]",
    "gain": "gain [95% interval]",
}
"""Headers of tables by class, in place of the thesis's."""

TEST_IMAGES = {
    "real": "photographs",
    "synthetic_bg": "renders with background",
    "synthetic_nobg": "renders on black",
    **{f"real_{k}": f"photographs (part {k})" for k in range(1, 6)},
}
"""Images of a test set in tables."""


@dataclass(frozen=True)
class ThesisTable:
    """A numbered table of the thesis, which a notebook displays as HTML.

    Attributes:
        number: Number of the table.
        frame: Its numbers; columns have two levels, (column, kind), see `thesis_tables`.
        caption: The thesis's caption, with notes on this table.
        companions: The same table under other protocols, by protocol, shown directly below; empty
            for most tables.
        notes: The sentences of the caption that concern this table alone, without its title.
        scale_note: How the scale differs from the thesis. A page says it once, at its top; a table
            that stands alone needs it.
    """

    number: int
    frame: pd.DataFrame
    caption: str
    companions: "Mapping[str, ThesisTable]" = field(default_factory=dict)
    notes: str = ""
    scale_note: str = ""

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
        """The texts of the cells by header, without markup; for LaTeX."""
        if self._has_results:
            return results_cells(self.frame, markup=False)
        return _table_cells(self.frame, markup=False)

    def styled(self) -> "Styler":
        """The frame formatted for people, as wide as a page.

        A row of results says what ran here: network, training data, test images, and top-1 with its
        95% interval, then the published top-1 and the difference. What the thesis prints is grey.
        """
        cells = results_cells(self.frame) if self._has_results else _table_cells(self.frame)
        texts = pd.DataFrame(cells)
        styled = texts.style.hide(axis="index").set_caption(escape(self.caption, quote=False))
        return align(styled, [texts[name] for name in texts])

    @property
    def _has_results(self) -> bool:
        """True for a table of results, False for one of data or of gains by class."""
        return ("top1", "measured") in self.frame and ("index", "") in self.frame

    def _repr_html_(self) -> str:
        tables = [self, *self.companions.values()]
        return "".join(table.styled().to_html() for table in tables)


def results_cells(frame: pd.DataFrame, *, markup: bool = True) -> dict[str, list[str]]:
    """Format a table of results: what ran here, its accuracy, and what the thesis prints.

    Args:
        frame: Frame of a table of results.
        markup: False: plain text, in which the experiment, the seeds, and published values of other
            metrics than top-1 are left out.
    """
    rows = range(len(frame))
    run = [dict(frame["run"].iloc[row]) for row in rows]
    texts: dict[str, list[str]] = {
        "row": [str(index) for index in frame["index", ""]],
        "network": ["" if _is_missing(r["network"]) else r["network"] for r in run],
        "trained here on": [_training_text(r, markup) for r in run],
        "tested on": [_test_text(r) for r in run],
        "top-1 [95% interval]": [
            _mean_text(frame, "top1", row) or _grey("not run", markup) for row in rows
        ],
    }
    if ("top1", "published") in frame:
        texts["published"] = [
            _grey(_number_text("top1", value), markup) for value in frame["top1", "published"]
        ]
        texts["difference"] = [
            _number_text("top1", value, "+") for value in frame["top1", "difference"]
        ]
    if ("bn_real", "measured") in frame and frame["bn_real", "measured"].notna().any():
        texts["† bn_real"] = [_mean_text(frame, "bn_real", row) for row in rows]
    for name in METRICS[1:]:
        header = header_text(name)
        if markup:
            header = header.replace("-", "\N{NON-BREAKING HYPHEN}")
        texts[header] = [_metric_text(frame, name, row, markup) for row in rows]
    labels = [name for name, kind in frame.columns if kind == "" and name != "index"]
    texts["in the thesis"] = [
        _thesis_label([str(frame[name, ""].iloc[row]) for name in labels], markup) for row in rows
    ]
    return texts


def _thesis_label(labels: list[str], markup: bool) -> str:
    """Join what the thesis prints about a row, without the dashes of empty cells."""
    text = ", ".join(short_label(label) for label in labels if label.strip("- "))
    return _grey(_breakable(text), True, small=True) if markup else text


def _breakable(text: str) -> str:
    """A text as HTML in which long words may continue on the next line."""
    return escape(text).replace("_", "_<wbr>").replace("(", "<wbr>(")


def short_label(label: str) -> str:
    """A printed label without the names of hyperparameters, which all labels repeat."""
    text = re.sub(r"Optimizer=|L?R?[Aa]djust=True|LRi?=", "", label)
    return re.sub(r"\s+", " ", text.replace("LRadjust=False", "constant")).strip()


def _metric_text(frame: pd.DataFrame, name: str, row: int, markup: bool) -> str:
    """Format a measured mean; with markup, the published value is below it in grey."""
    text = _number_text(name, float(frame[name, "measured"].iloc[row]))
    if not markup or (name, "published") not in frame:
        return text
    published = _number_text(name, frame[name, "published"].iloc[row])
    return f"{text}<br>{_grey(published, True)}" if published else text


def _grey(text: str, markup: bool, *, small: bool = False) -> str:
    if not markup or not text:
        return text
    return f'<span style="{GREY}{"; font-size: 90%" if small else ""}">{text}</span>'


def seeds_text(seeds: str) -> str:
    """Format seeds that are joined by commas: `seed 0`, or `seeds 0, 1, 2`."""
    return f"seed{'s' if ',' in seeds else ''} {seeds}"


def _training_text(row: dict, markup: bool) -> str:
    """Format what a row was trained on; with markup, experiment, steps and seeds are below."""
    if _is_missing(row["label"]):
        name = row["experiment"]
        return "" if _is_missing(name) else _grey(escape(name), markup, small=True)
    if not markup:
        return row["label"]
    details = f"{row['experiment']}, {row['steps']:,.0f} steps, {seeds_text(row['seeds'])}"
    return f"{escape(row['label'])}<br>{_grey(_breakable(details), True, small=True)}"


def _test_text(row: dict) -> str:
    """Format what a row was tested on: "350 photographs"."""
    if _is_missing(row["n_test"]):
        return ""
    name = TEST_IMAGES.get(row["test_set"], f"images ({readable(row['test_set'])})")
    return f"{row['n_test']:,.0f} {name}"


def _table_cells(frame: pd.DataFrame, *, markup: bool = True) -> dict[str, list[str]]:
    """Format any other table with one column per kind; empty columns are left out."""
    texts: dict[str, list[str]] = {}
    headers = COLUMN_HEADERS | SHORT_HEADERS
    if "instances" not in frame:
        headers |= {"images": COLUMN_HEADERS["images_7"]}
    n_measured = sum(kind == "measured" for _, kind in frame.columns)
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
            show = readable if name == "class" else str
            column = ["" if _is_missing(value) else show(value) for value in values]
            column = [escape(text) for text in column] if markup else column
        if name == "run" and not any(column):
            continue
        header = "test images" if name == "run" else headers.get(name, name)
        if kind in ("published", "difference"):
            header = kind if n_measured == 1 else f"{header}, {kind}"
        is_grey = markup and kind == "published"
        texts[header] = [_grey(text, True) for text in column] if is_grey else column
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
        return f"{value:{sign}.1f}"
    if name in ("p", "p_holm"):
        return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"
    return f"{value:{sign}g}"


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
