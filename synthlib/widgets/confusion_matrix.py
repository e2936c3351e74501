"""Confusion matrix of an explorer: of run A, of run B, or their difference, as HTML.

Each cell is the number of samples or its share of the true class in percent. The last column is the
recall of each class and the last row its precision, in percent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

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
    by = selection.predicted_by
    arguments = matrix, marked, TITLES[by], by == "only one"
    return html.render("explorer.html.j2", "matrix", *arguments)


def _of_one_run(part: pd.DataFrame, run: Literal["A", "B"], unit: str) -> Matrix:
    counts = inspection.count_sample_confusions(part, run=run)
    shares = _shares_of_class(counts.to_numpy(), counts.to_numpy())

    def cell(true: str, predicted: str, n: int, share: float) -> Cell:
        text = f"{n:,}" if unit == "counts" else _percent(share)
        tooltip = f"{_pair(true, predicted)}: {n:,} samples, {_percent(share)}% of the class"
        return Cell(true, predicted, text if n else "", tooltip, share, n == 0)

    recall, precision = inspection.recall_and_precision(counts)
    margins = [
        [(_percent(value), _percent(value)) for value in values]
        for values in (recall, precision, [_accuracy(counts)])
    ]
    rows = _cells(list(counts.index), cell, counts.to_numpy(), shares)
    return _with_margins(rows, margins, counts, inspection.most_confused_pairs(counts))


def _difference(part: pd.DataFrame, unit: str) -> Matrix:
    a = inspection.count_sample_confusions(part, run="A")
    b = inspection.count_sample_confusions(part, run="B")
    both = inspection.count_sample_confusions(part[part["predicted"] == part["predicted_b"]])
    shares = _shares_of_class((b - a).to_numpy(), a.to_numpy())
    largest = max(float(np.abs(shares).max(initial=0)), 1e-9)

    def cell(true: str, predicted: str, n_a: int, n_b: int, n_both: int, share: float) -> Cell:
        text = _signed(n_b - n_a) if unit == "counts" else _signed_percent(share)
        tooltip = f"{_pair(true, predicted)}: run B {n_b:,}, run A {n_a:,} samples"
        is_empty = n_a + n_b == 2 * n_both
        return Cell(true, predicted, text if n_a != n_b else "", tooltip, share / largest, is_empty)

    values_a, values_b = (
        (*inspection.recall_and_precision(counts), [_accuracy(counts)]) for counts in (a, b)
    )
    margins = [
        [
            (_signed_percent(of_b - of_a), f"run B {_percent(of_b)}, run A {_percent(of_a)}")
            for of_a, of_b in zip(by_a, by_b, strict=True)
        ]
        for by_a, by_b in zip(values_a, values_b, strict=True)
    ]
    counted = a.to_numpy(), b.to_numpy(), both.to_numpy(), shares
    rows = _cells(list(a.index), cell, *counted)
    return _with_margins(rows, margins, a + b, inspection.most_confused_pairs(b - a))


def _shares_of_class(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return values / counts.sum(axis=1, keepdims=True).clip(min=1)


def _accuracy(counts: pd.DataFrame) -> float:
    n = int(counts.to_numpy().sum())
    return float(np.trace(counts)) / n if n else np.nan


def _cells(classes: list[str], cell: Callable[..., Cell], *values: np.ndarray) -> list[list[Cell]]:
    """Make a cell of each pair of classes from its values in some arrays."""
    rows = zip(*(value.tolist() for value in values), strict=True)
    return [
        [cell(true, predicted, *v) for predicted, *v in zip(classes, *row, strict=True)]
        for true, row in zip(classes, rows, strict=True)
    ]


def _with_margins(
    rows: list[list[Cell]],
    margins: list[list[tuple[str, str]]],
    counts: pd.DataFrame,
    pairs: pd.DataFrame,
) -> Matrix:
    """Add recall, precision and accuracy.

    Args:
        rows: The cells.
        margins: Text and sentence of each class's recall and precision, and of the accuracy.
        counts: Number of samples of each cell.
        pairs: The most confused pairs.
    """
    classes = [str(name) for name in counts.index]
    n_true, n_predicted = counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
    by_classes = {(cell.true, cell.predicted): cell for row in rows for cell in row}
    keys = zip(pairs["true"], pairs["predicted"], strict=True)
    recall, precision, [(text, sentence)] = margins
    column = [
        _margin("recall", name, "", margin, n)
        for name, margin, n in zip(classes, recall, n_true, strict=True)
    ]
    last_row = [
        _margin("precision", "", name, margin, n)
        for name, margin, n in zip(classes, precision, n_predicted, strict=True)
    ]
    corner = Cell("", "", text, f"accuracy, in percent: {sentence}", is_empty=not sum(n_true))
    with_recall = [[*row, cell] for row, cell in zip(rows, column, strict=True)]
    return Matrix(classes, [*with_recall, [*last_row, corner]], [by_classes[key] for key in keys])


def _margin(name: str, true: str, predicted: str, margin: tuple[str, str], n: int) -> Cell:
    text, sentence = margin
    tooltip = f"{name} of {readable_name(true or predicted)}, in percent: {sentence}"
    return Cell(true, predicted, text, tooltip, is_empty=n == 0)


def _pair(true: str, predicted: str) -> str:
    return f"true {readable_name(true)}, predicted {readable_name(predicted)}"


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.0f}"


def _signed_percent(share: float) -> str:
    return "–" if np.isnan(share) else _signed(round(100 * share))


def _signed(n: int) -> str:
    return f"{n:+,}".replace("-", "−") if n else "0"
