"""Tables 1, 3, 4, 6 to 25 and the matrices of Figures 18 to 20, 26, 27, 32, as printed.

Numbers and labels are the page's own, slips included (`checks` lists those); only the columns'
names are synthlib's. Accuracies, precision and recall are percent. A matrix row that the available
transcription damages, or that is at odds with its table, is NaN: a row counts as transcribed only
if it has 17 values, sums to the 50 test images of its class, and its diagonal is what the class's
accuracy table says, where one does. (All rows of Figure 18 are whole; ten have another diagonal
than Table 15, as of another evaluation of that model: `matrices.csv` keeps these rows' counts, as
`checks` recomputes what they say.)
Tables 2 and 5 are sheets of pictures.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml

HERE = Path(__file__).parent
METRICS = ("top1", "top3", "top5", "precision", "recall")
RESULT_TABLES = (10, 11, 12, 13, 14, 18, 19, 23, 24, 25)
CLASS_ACCURACY_TABLES = (15, 16, 17, 20, 21, 22)
CONFUSION_MATRIX_FIGURES = (18, 19, 20, 26, 27, 32)

COLUMN_HEADERS = {
    "index": "Index",
    "train": "Train",
    "real": "Real #(%)",
    "synthetic": "Synthetic #(%)",
    "test": "Test",
    "hyperparameters": "Hyper parameters",
    "top1": "accuracy-top1",
    "top3": "accuracy-top3",
    "top5": "accuracy-top5",
    "precision": "precision-top1",
    "recall": "recall-top1",
    "class": "Class name",
    "synset": "ImageNet ID",
    "instances": "Number of class instances",
    "images": "Number of total images (instances X view angles)",
    "images_7": "Number of total images",
    "n_scenes": "Number of background categories",
    "bn_real": "† top1, bn_real",
    "p": "† p",
    "p_holm": "† p, Holm",
    "clear": "† clear of chance",
}
"""synthlib's column names and what the thesis prints over the same column (†: not the thesis's);
Table 7 has one of its own."""

QUANTITY_COLUMNS = {6: ["instances", "images"], 7: ["images"], 8: ["instances", "images"]}


DOUBTFUL_TOP1_ROWS = {11: ("4",), 23: ("5",)}
"""Rows, by table, whose printed top-1 is doubtful: it differs from the recall beside it, though the
two are equal on a balanced test set (docs/design.md, Published numbers)."""


def published_table(table: int) -> pd.DataFrame:
    """A numbered table as printed: a new DataFrame, rows and columns in the thesis's order.

    Columns: 1: synset, class; 3: class, scenes (a list); 4: class, n_scenes; 6 and 8: class,
    instances, images, 7: class, images (the last row is TOTAL); 9: parameter, value; 15 to 17, 20,
    21: class, top1; 22: class, gain (points); results: index (text, "sd" for Table 24's last row),
    what it trains on (train, or real and synthetic), test, hyperparameters, then `METRICS`.
    Raises ValueError for a number that is no table of numbers.
    """
    if table in RESULT_TABLES:
        rows = _csv("results").query("table == @table").drop(columns="table")
        text = [c for c in rows if c not in METRICS]
        empty = [c for c in ("train", "real", "synthetic") if (rows[c] == "").all()]
        return rows[text + list(METRICS)].drop(columns=empty).reset_index(drop=True)
    if table in CLASS_ACCURACY_TABLES:
        values = _csv("class_accuracy")[["class", f"table_{table}"]]
        return values.set_axis(["class", "gain" if table == 22 else "top1"], axis=1)
    if table in QUANTITY_COLUMNS:
        names = QUANTITY_COLUMNS[table]
        values = _csv("quantities")[["class", *(f"table_{table}_{name}" for name in names)]]
        return values.set_axis(["class", *names], axis=1)
    if table == 9:
        return _csv("hyperparameters").copy()
    if table in (1, 3, 4):
        wanted = {1: ["synset", "class"], 3: ["class", "scenes"], 4: ["class", "n_scenes"]}[table]
        rows = _csv("classes").assign(scenes=_csv("classes")["scenes"].str.split())
        return rows[wanted]
    raise ValueError(
        f"table {table}: not a table of numbers of the thesis; allowed: 1, 3, 4, 6 to 25 "
        "(2 and 5 are sheets of images)"
    )


def published_confusion_matrix(
    figure_number: int, *, include_inconsistent: bool = False
) -> pd.DataFrame:
    """float (17, 17): counts of a confusion matrix as printed, true classes down, predicted ones
    across, in alphabetical order; NaN in the rows that are not transcribed. With `at_odds` also
    whole rows that only their diagonal excludes.

    Raises ValueError for a figure that is no confusion matrix.
    """
    rows = _matrix_csv(figure_number)
    counts = rows.drop(columns=["transcribed", "note"]).astype(float)
    counts.columns.name = "predicted"
    return (
        counts
        if include_inconsistent
        else counts[rows["transcribed"] == "yes"].reindex(counts.index)
    )


def matrix_transcription(figure_number: int) -> pd.DataFrame:
    """A row a class of `matrix`: `transcribed` (bool), `note` (why not, else empty)."""
    rows = _matrix_csv(figure_number)
    return pd.DataFrame({"transcribed": rows["transcribed"] == "yes", "note": rows["note"]})


def published_caption(kind: Literal["table", "figure"], number: int) -> str:
    """The caption as printed: "per class top-1 accuracy: baseline real(100%)".

    Raises ValueError for a number that the thesis does not have.
    """
    entries = _yaml("captions")[f"{kind}s"]
    if number not in entries:
        raise ValueError(f"{kind} {number}: the thesis has {kind}s 1 to {max(entries)}")
    return entries[number]["caption"]


def published_remark(kind: Literal["table", "figure"], number: int) -> str:
    """What a reader must know of a table's published numbers (slips, labels); often empty."""
    return _yaml("captions")[f"{kind}s"][number].get("remark", "")


def published_claim(name: str) -> float:
    """A number that the thesis states in its prose (`claims.yaml`).

    Raises ValueError for an unknown name.
    """
    claims = _yaml("claims")
    if name not in claims:
        raise ValueError(f"claim {name!r}: unknown; allowed: {', '.join(claims)}")
    return float(claims[name]["value"])


def stated() -> pd.DataFrame:
    """What the thesis prints for its statements (`stated.yaml`), by statement: `published` (points,
    the first value less the second) and `doubt` (what is wrong with them, else "")."""
    rows = (
        pd.DataFrame(_yaml("stated")).set_index("statement").reindex(columns=["published", "doubt"])
    )
    points = [first - second for first, second in rows["published"]]
    return rows.assign(published=points, doubt=rows["doubt"].fillna(""))


def cell_experiments(item: str, number: float, protocol: str = "thesis") -> pd.DataFrame:
    """The rows of `FILLS` of one table or figure under one protocol; empty if nothing fills it."""
    chosen = (
        (CELL_EXPERIMENTS["item"] == item)
        & (CELL_EXPERIMENTS["number"] == number)
        & (CELL_EXPERIMENTS["protocol"] == protocol)
    )
    return CELL_EXPERIMENTS[chosen].reset_index(drop=True)


@cache
def _csv(name: str) -> pd.DataFrame:
    types = {"index": str, "transcribed": str, "note": str}
    table = pd.read_csv(HERE / f"{name}.csv", dtype=types, keep_default_na=False, na_values={})
    numbers = [c for c in table if c in METRICS]
    return table.astype(dict.fromkeys(numbers, float))


def _matrix_csv(figure: int) -> pd.DataFrame:
    if figure not in CONFUSION_MATRIX_FIGURES:
        raise ValueError(
            f"figure {figure}: no confusion matrix; allowed: {CONFUSION_MATRIX_FIGURES}"
        )
    table = pd.read_csv(HERE / "matrices.csv", dtype={"note": str}, keep_default_na=True)
    rows = table[table["figure"] == figure].set_index("true").drop(columns="figure")
    return rows.assign(note=rows["note"].fillna(""))


@cache
def _yaml(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


CELL_EXPERIMENTS: pd.DataFrame = _csv("fills")
"""Which run fills which cell, a row each.

Columns: item (table, figure, text), number (of it; the section of a text), index (of the table's
row; empty: all of it), experiment (empty: no run, published only), protocol (a `matched` row is in
the companion below the table), test_set, metric (metrics: the five of `METRICS`; class_accuracy;
confusion), minus (an experiment whose value is taken off).
"""
