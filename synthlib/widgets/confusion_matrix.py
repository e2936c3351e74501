"""Confusion matrix of an explorer: of run A, of run B, or their difference, as HTML.

Each cell is the number of samples or its share of the true class in percent. The last column is the
recall of each class and the last row its precision, in percent.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from synthlib import inspection
from synthlib.inspection.sample_table import Selection, selection_mask
from synthlib.reporting.figures.style import readable_name
from synthlib.widgets import html

UNITS = ("counts", "percent")

TITLES = {"A": "predictions of run A", "B": "predictions of run B", "only one": "run B minus run A"}


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix or of its margins.

    Attributes:
        true: True class; empty in the last row.
        predicted: Predicted class; empty in the last column.
        text: The text in it.
        tooltip: The same as a sentence.
        shade: Strength of its colour, in [-1, 1]; negative: of the opposite colour.
        is_empty: Whether it has no samples to show.
    """

    true: str
    predicted: str
    text: str
    tooltip: str
    shade: float = 0.0
    is_empty: bool = False


@dataclass(frozen=True)
class Matrix:
    """Cells of a confusion matrix with margins, and its most confused pairs.

    Attributes:
        classes: Class names.
        rows: For each class its cells and its recall; at the end the precisions and the accuracy.
        pairs: The most confused pairs, as cells.
    """

    classes: list[str]
    rows: list[list[Cell]]
    pairs: list[Cell]

    def cell(self, true: str, predicted: str) -> Cell:
        """The cell of a true and a predicted class; empty: that of a margin."""
        cells = (cell for row in self.rows for cell in row)
        return next(cell for cell in cells if (cell.true, cell.predicted) == (true, predicted))


def build_matrix(table: pd.DataFrame, selection: Selection, unit: str = "counts") -> Matrix:
    """Count the samples of a selection, whatever its classes and kind are.

    Args:
        table: A sample table.
        selection: Filters on it; `predicted_by` is the run whose predictions are counted, or
            `only one` for the difference of run B from run A.
        unit: One of `UNITS`.
    """
    counted = replace(selection, true="", predicted="", kind="all", sort="highest loss")
    part = table[selection_mask(table, counted)]
    if selection.predicted_by == "only one":
        return _difference(part, unit)
    return _of_one_run(part, selection.predicted_by, unit)


def matrix_html(matrix: Matrix, selection: Selection) -> str:
    """The matrix as an HTML grid, with the selected cell marked."""
    marked = (selection.true, selection.predicted)
    return html.render("explorer.html.j2", "matrix", matrix, marked, TITLES[selection.predicted_by])


def _of_one_run(part: pd.DataFrame, run: str, unit: str) -> Matrix:
    counts = inspection.count_sample_confusions(part, run="B" if run == "B" else "A")
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    texts = counts.map(lambda n: f"{n:,}") if unit == "counts" else shares.map(_percent)
    tooltips = _tooltips(counts.map(lambda n: f"{n:,} samples"), shares)
    cells = _cells(texts.where(counts > 0, ""), tooltips, shares, counts == 0)
    recall, precision = inspection.recall_and_precision(counts)
    accuracy = np.trace(counts) / max(int(counts.to_numpy().sum()), 1)
    margins = _margins(
        {name: (_percent(value), _percent(value)) for name, value in recall.items()},
        {name: (_percent(value), _percent(value)) for name, value in precision.items()},
        (_percent(accuracy), _percent(accuracy)),
        counts,
    )
    pairs = inspection.most_confused_pairs(counts)
    return _with_margins(list(counts.index), cells, margins, pairs)


def _difference(part: pd.DataFrame, unit: str) -> Matrix:
    a = inspection.count_sample_confusions(part, run="A")
    b = inspection.count_sample_confusions(part, run="B")
    both = inspection.count_sample_confusions(part[part["predicted"] == part["predicted_b"]])
    n_true = a.sum(axis=1).clip(lower=1)
    shares = (b - a).div(n_true, axis=0)
    texts = (b - a).map(lambda n: f"{n:+,}") if unit == "counts" else shares.map(_signed_percent)
    sentences = "run B " + b.astype(str) + ", run A " + a.astype(str) + " samples"
    tooltips = _tooltips(sentences, shares, signed=True)
    shades = shares / max(float(shares.abs().to_numpy().max(initial=0)), 1e-9)
    cells = _cells(texts.where(b != a, ""), tooltips, shades, a + b - 2 * both == 0)
    (recall_a, precision_a), (recall_b, precision_b) = map(inspection.recall_and_precision, (a, b))
    accuracy_a, accuracy_b = (np.trace(n) / max(int(n.to_numpy().sum()), 1) for n in (a, b))

    def compared(of_a: float, of_b: float) -> tuple[str, str]:
        return _signed_percent(of_b - of_a), f"run B {_percent(of_b)}, run A {_percent(of_a)}"

    margins = _margins(
        {name: compared(recall_a[name], recall_b[name]) for name in a.index},
        {name: compared(precision_a[name], precision_b[name]) for name in a.index},
        compared(accuracy_a, accuracy_b),
        a + b,
    )
    return _with_margins(list(a.index), cells, margins, inspection.most_confused_pairs(b - a))


def _cells(
    texts: pd.DataFrame, tooltips: pd.DataFrame, shades: pd.DataFrame, empty: pd.DataFrame
) -> list[list[Cell]]:
    tables = [frame.to_numpy().tolist() for frame in (texts, tooltips, shades, empty)]
    return [
        [
            Cell(true, predicted, *values)
            for predicted, *values in zip(texts.columns, *rows, strict=True)
        ]
        for true, *rows in zip(texts.index, *tables, strict=True)
    ]


def _tooltips(counts: pd.DataFrame, shares: pd.DataFrame, *, signed: bool = False) -> pd.DataFrame:
    """The tooltip of each cell, of its count as text."""
    percent = _signed_percent if signed else _percent
    return pd.DataFrame(
        [
            [
                f"{_pair(true, predicted)}: {counts.loc[true, predicted]}, "
                f"{percent(shares.loc[true, predicted])}% of the class"
                for predicted in counts.columns
            ]
            for true in counts.index
        ],
        counts.index,
        counts.columns,
    )


def _margins(
    recall: dict, precision: dict, accuracy: tuple[str, str], counts: pd.DataFrame
) -> tuple[list[Cell], list[Cell]]:
    """The last column and the last row, each value given as its text and as a sentence."""
    n_true, n_predicted = counts.sum(axis=1), counts.sum(axis=0)
    column = [
        Cell(
            str(name),
            "",
            text,
            f"recall of {readable_name(str(name))}, in percent: {sentence}",
            is_empty=n_true[name] == 0,
        )
        for name, (text, sentence) in recall.items()
    ]
    row = [
        Cell(
            "",
            str(name),
            text,
            f"precision of {readable_name(str(name))}, in percent: {sentence}",
            is_empty=n_predicted[name] == 0,
        )
        for name, (text, sentence) in precision.items()
    ]
    text, sentence = accuracy
    corner = Cell("", "", text, f"accuracy, in percent: {sentence}", is_empty=not n_true.sum())
    return column, [*row, corner]


def _with_margins(
    classes: list[str],
    cells: list[list[Cell]],
    margins: tuple[list[Cell], list[Cell]],
    pairs: pd.DataFrame,
) -> Matrix:
    column, last_row = margins
    rows = [[*row, recall] for row, recall in zip(cells, column, strict=True)] + [last_row]
    by_classes = {(cell.true, cell.predicted): cell for row in cells for cell in row}
    confused = [
        by_classes[true, predicted]
        for true, predicted in zip(pairs["true"], pairs["predicted"], strict=True)
    ]
    return Matrix(classes, rows, confused)


def _pair(true: str, predicted: str) -> str:
    return f"true {readable_name(true)}, predicted {readable_name(predicted)}"


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.0f}"


def _signed_percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:+.0f}"
