"""Tables 2 and 5: samples of each class, the classes in the thesis's order."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.reporting.figures.image_grids import labelled_image_rows
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.context import (
    SheetContext,
    numbered_classes,
    random_rows,
    read_central_square,
    sheet_title,
)
from synthlib.reporting.sheets.run_images import front_views, read_image

SAMPLES_PER_CLASS, SAMPLES_PER_CLASS_IN_BLOCKS = 8, 3
"""Samples a class, and where there are more classes than fit a page: in two blocks."""

CLASSES_PER_BLOCK = 9
"""Classes of one block."""


def class_sample_table(context: SheetContext, number: int) -> pd.DataFrame:
    """Table 2 (photographs) or 5 (renders) as data, a row a class in the thesis's order.

    Columns: index (the thesis's number of the class), class, image_example (the names of the
    samples that `sample_sheet` shows, a list). Raises ValueError for another table.
    """
    if number not in (2, 5):
        raise ValueError(f"table {number} is no sheet of samples; allowed: 2 and 5")
    each = (
        SAMPLES_PER_CLASS
        if len(context.params.classes) <= CLASSES_PER_BLOCK
        else SAMPLES_PER_CLASS_IN_BLOCKS
    )
    pick = _photograph_names if number == 2 else _render_names
    rows = [
        (i, name, pick(context, name, each)) for i, name in numbered_classes(context.params.classes)
    ]
    return pd.DataFrame(rows, columns=["index", "class", "image_example"])


def class_sample_sheet(context: SheetContext, number: int) -> Figure:
    """The same as a sheet: number, class and images of each."""
    table = class_sample_table(context, number)
    labels = [
        f"{i}  {readable_name(name)}"
        for i, name in zip(table["index"], table["class"], strict=True)
    ]
    images = [
        [_read_sample(context, number, name) for name in names] for names in table["image_example"]
    ]
    if number == 2:
        kind = "stand-in photographs" if context.params.stand_in else "photographs"
        note = f"training {kind}, drawn at random"
    else:
        note = "one view of different training objects"
    return labelled_image_rows(
        images,
        labels,
        blocks=1 if len(table) <= CLASSES_PER_BLOCK else 2,
        title=sheet_title("table", number, note),
        stand_in=context.params.stand_in and number == 2,
    )


def _photograph_names(context: SheetContext, cls: str, n: int) -> list[str]:
    table = context.data.photographs.table
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    return random_rows(train, n, "table_02", cls)["sample"].tolist()


def _render_names(context: SheetContext, cls: str, n: int) -> list[str]:
    table = context.renders
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    train = front_views(train).sort_values("instance")
    return (
        train["file"].iloc[np.linspace(0, len(train) - 1, min(n, len(train))).astype(int)].tolist()
    )


def _read_sample(context: SheetContext, number: int, name: str) -> np.ndarray:
    return (
        read_central_square(context.root / name)
        if number == 2
        else read_image(context.store / name)
    )
