"""The thesis's published numbers: tables, confusion matrices, captions and claims, as printed.

Tables are 1, 3, 4 and 6 to 25 (2 and 5 are sheets of images); matrices are Figures 18 to 20, 26, 27
and 32. Numbers and labels are as printed, including errors (`consistency` lists these); only the
names of the columns are synthlib's. Accuracies, precision and recall are in percent.

A row of a matrix counts as transcribed if it has 17 values, they sum to the 50 test images of its
class, and the diagonal agrees with the table of class accuracies, if there is one. All other rows
are NaN: the available transcription of the thesis is damaged there, or contradicts its tables. All
rows of Figure 18 are complete, but the diagonal of ten differs from Table 15, perhaps because the
model was evaluated twice; `matrices.csv` has their counts too, because `consistency` checks them.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

HERE = Path(__file__).parent
METRICS = ("top1", "top3", "top5", "precision", "recall")
RESULT_TABLES = (10, 11, 12, 13, 14, 18, 19, 23, 24, 25)
CLASS_ACCURACY_TABLES = (15, 16, 17, 20, 21, 22)
CONFUSION_MATRIX_FIGURES = (18, 19, 20, 26, 27, 32)

QUANTITY_COLUMNS = {6: ["instances", "images"], 7: ["images"], 8: ["instances", "images"]}
"""Columns of counts in Tables 6 to 8, by table."""

DOUBTFUL_TOP1_ROWS = {11: ("4",), 23: ("5",)}
"""Rows, by table, whose printed top-1 is doubtful: it differs from their recall, although the two
are equal on a balanced test set (docs/design.md, Published numbers)."""


def published_table(table: int) -> pd.DataFrame:
    """Read a table as printed.

    Args:
        table: Number of the table: 1, 3, 4 or 6 to 25.

    Returns:
        A new DataFrame with rows and columns in the thesis's order. Its columns are, by table:

        - 1: synset, class.
        - 3: class, scenes (list of scene categories).
        - 4: class, n_scenes.
        - 6 and 8: class, instances, images; 7: class, images. The last row is TOTAL.
        - 9: parameter, value.
        - 15 to 17, 20 and 21: class, top1 (percent).
        - 22: class, gain (points).
        - All others: index (text; "sd" for the last row of Table 24), then train, or real and
          synthetic, then test, hyperparameters and `METRICS` (percent).

    Raises:
        ValueError: If the number is not that of a table of numbers.

    Examples:
        >>> thesis.published_table(10)["top1"].tolist()
        [66.82, 62.0]
    """
    if table in RESULT_TABLES:
        rows = _csv("results").query("table == @table").drop(columns="table")
        text_columns = [c for c in rows if c not in METRICS]
        empty = [c for c in ("train", "real", "synthetic") if (rows[c] == "").all()]
        return rows[text_columns + list(METRICS)].drop(columns=empty).reset_index(drop=True)
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
    """Read a confusion matrix as printed.

    Args:
        figure_number: Number of the figure: 18, 19, 20, 26, 27 or 32.
        include_inconsistent: Whether to include complete rows whose diagonal contradicts the table
            of class accuracies.

    Returns:
        float (17, 17) counts, true classes down and predicted ones across, in alphabetical order;
        NaN in rows that are not transcribed.

    Raises:
        ValueError: If the figure is not a confusion matrix.
    """
    rows = _matrix_csv(figure_number)
    counts = rows.drop(columns=["transcribed", "note"]).astype(float)
    counts.columns.name = "predicted"
    if not include_inconsistent:
        counts.loc[rows["transcribed"] != "yes"] = np.nan
    return counts


def matrix_transcription(figure_number: int) -> pd.DataFrame:
    """List the rows of a confusion matrix, and state for each whether it is transcribed.

    Returns:
        Indexed by class, with columns transcribed (bool) and note (the reason if it is not, or "").
    """
    rows = _matrix_csv(figure_number)
    return pd.DataFrame({"transcribed": rows["transcribed"] == "yes", "note": rows["note"]})


def published_caption(kind: Literal["table", "figure"], number: int) -> str:
    """Read the caption of a table or figure as printed.

    Raises:
        ValueError: If the thesis does not have the number.
    """
    entries = read_yaml("captions")[f"{kind}s"]
    if number not in entries:
        raise ValueError(f"{kind} {number}: the thesis has {kind}s 1 to {max(entries)}")
    return entries[number]["caption"]


def published_remark(kind: Literal["table", "figure"], number: int) -> str:
    """Read synthlib's remark on errors in a table's or figure's published numbers; often ""."""
    return read_yaml("captions")[f"{kind}s"][number].get("remark", "")


def published_claim(name: str) -> float:
    """Read a number that the thesis states in its text.

    Args:
        name: Key in `claims.yaml`.

    Raises:
        ValueError: If the name is unknown.
    """
    return float(claim_entry(name)["value"])


def claim_entry(name: str) -> dict[str, str]:
    """The entry of a number in `claims.yaml`: value (as printed), where; often claim and note."""
    claims = read_yaml("claims")
    if name not in claims:
        raise ValueError(f"claim {name!r}: unknown; allowed: {', '.join(claims)}")
    return claims[name]


def published_differences() -> pd.DataFrame:
    """Read the differences that the thesis prints for its statements (`stated.yaml`).

    Returns:
        Indexed by statement, with columns published (difference in points) and doubt (the reason
        why the printed values are doubtful, or "").
    """
    rows = pd.DataFrame(read_yaml("stated")).set_index("statement")
    # `stated.yaml` has pairs of printed accuracies
    points = [first - second for first, second in rows["published"]]
    return rows.assign(published=points, doubt=rows["doubt"].fillna(""))


def cell_experiments(item: str, number: float, protocol: str = "thesis") -> pd.DataFrame:
    """Find the experiments that fill the cells of a table or figure.

    Args:
        item: `table`, `figure` or `text`.
        number: Number of the table or figure, or section of the text.
        protocol: `thesis`, or a protocol of equal steps.

    Returns:
        Rows of `CELL_EXPERIMENTS`; none if no experiment fills the item.
    """
    is_match = (
        (CELL_EXPERIMENTS["item"] == item)
        & (CELL_EXPERIMENTS["number"] == number)
        & (CELL_EXPERIMENTS["protocol"] == ("thesis" if protocol == "thesis" else "matched"))
    )
    return CELL_EXPERIMENTS[is_match].reset_index(drop=True).assign(protocol=protocol)


@cache
def _csv(name: str) -> pd.DataFrame:
    types = {"index": str, "transcribed": str, "note": str}
    table = pd.read_csv(HERE / f"{name}.csv", dtype=types, keep_default_na=False, na_values={})
    numbers = [c for c in table if c in METRICS]
    return table.astype(dict.fromkeys(numbers, float))


def _matrix_csv(figure: int) -> pd.DataFrame:
    if figure not in CONFUSION_MATRIX_FIGURES:
        raise ValueError(
            f"figure {figure}: not a confusion matrix; allowed: {CONFUSION_MATRIX_FIGURES}"
        )
    table = pd.read_csv(HERE / "matrices.csv", dtype={"note": str}, keep_default_na=True)
    rows = table[table["figure"] == figure].set_index("true").drop(columns="figure")
    return rows.assign(note=rows["note"].fillna(""))


@cache
def read_yaml(name: str) -> Any:
    """Content of a YAML file of this folder."""
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


CELL_EXPERIMENTS: pd.DataFrame = _csv("fills")
"""The experiment that fills each cell, one row per row of a table.

Columns: item (table, figure or text), number (of the table or figure, or section of the text),
index (of the table's row; empty: the whole table), experiment (empty: published only), protocol
(`matched`: the rows of the table's companions, under every protocol of equal steps), test_set,
metric (`metrics`: the five of `METRICS`; `class_accuracy`; `confusion`), minus (an experiment that
is subtracted).
"""

COLUMN_HEADERS: dict[str, str] = read_yaml("captions")["columns"]
"""Headers that the thesis prints, by synthlib's column name. † marks columns that the thesis does
not have; `images_7` is the header of the column images in Table 7."""
