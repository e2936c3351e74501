"""Tables 2 and 5: sample images of each class, with the classes in the thesis's order."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.reporting.figures.image_grids import labelled_image_rows
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.context import (
    SheetContext,
    evenly_spaced_rows,
    numbered_classes,
    random_rows,
    read_central_square,
    sheet_title,
    training_rows,
)
from synthlib.reporting.sheets.run_images import front_views, read_image

CLASSES_PER_BLOCK = 9
"""Classes that fit below each other on a page; more are shown in two blocks."""

SAMPLES_PER_CLASS = 8
"""Samples per class in one block."""

SAMPLES_PER_CLASS_IN_BLOCKS = 3
"""Samples per class in two blocks."""


def class_sample_table(context: SheetContext, number: int) -> pd.DataFrame:
    """Choose the samples of Table 2 (photographs) or Table 5 (renders).

    Args:
        context: The study's data.
        number: 2 or 5.

    Returns:
        One row per class in the thesis's order, with columns index (the thesis's number of the
        class), class, and image_example (list of the samples' names).

    Raises:
        ValueError: If `number` is another table's.
    """
    if number not in (2, 5):
        raise ValueError(f"table {number} is not a sheet of samples; allowed: 2 and 5")
    classes = numbered_classes(context.params.classes)
    n = SAMPLES_PER_CLASS if len(classes) <= CLASSES_PER_BLOCK else SAMPLES_PER_CLASS_IN_BLOCKS
    sample_names = _photograph_names if number == 2 else _render_names
    rows = [(i, name, sample_names(context, name, n)) for i, name in classes]
    return pd.DataFrame(rows, columns=["index", "class", "image_example"])


def class_sample_sheet(context: SheetContext, number: int) -> Figure:
    """Draw Table 2 or 5: number, name and sample images of each class (`class_sample_table`)."""
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
        title=sheet_title("table", number, note),
    )


def _photograph_names(context: SheetContext, cls: str, n: int) -> list[str]:
    train = training_rows(context.data.photographs.table, cls)
    return random_rows(train, n, "table_02", cls)["sample"].tolist()


def _render_names(context: SheetContext, cls: str, n: int) -> list[str]:
    train = front_views(training_rows(context.renders, cls)).sort_values("instance")
    return evenly_spaced_rows(train, n)["file"].tolist()


def _read_sample(context: SheetContext, number: int, name: str) -> np.ndarray:
    if number == 2:
        return read_central_square(context.root / name)
    return read_image(context.store / name)
