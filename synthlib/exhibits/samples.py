"""Tables 2 and 5: samples of each class, the classes in the thesis's order."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.exhibits.shown import Shown, chosen, heading, in_order, photograph
from synthlib.figures import sample_rows, words
from synthlib.galleries import from_front, read

EACH, FEWER = 8, 3
"""Samples a class, and where there are more classes than fit a page: in two blocks."""

FIT = 9
"""Classes of one block."""


def sample_table(shown: Shown, number: int) -> pd.DataFrame:
    """Table 2 (photographs) or 5 (renders) as data, a row a class in the thesis's order.

    Columns: index (the thesis's number of the class), class, image_example (the names of the
    samples that `sample_sheet` shows, a list). Raises ValueError for another table.
    """
    if number not in (2, 5):
        raise ValueError(f"table {number} is no sheet of samples; allowed: 2 and 5")
    each = EACH if len(shown.params.classes) <= FIT else FEWER
    pick = _photographs if number == 2 else _renders
    rows = [(i, name, pick(shown, name, each)) for i, name in in_order(shown.params.classes)]
    return pd.DataFrame(rows, columns=["index", "class", "image_example"])


def sample_sheet(shown: Shown, number: int) -> Figure:
    """The same as a sheet: number, class and images of each."""
    table = sample_table(shown, number)
    labels = [f"{i}  {words(name)}" for i, name in zip(table["index"], table["class"], strict=True)]
    images = [[_image(shown, number, name) for name in names] for names in table["image_example"]]
    if number == 2:
        kind = "stand-in photographs" if shown.params.stand_in else "photographs"
        note = f"training {kind}, drawn at random"
    else:
        note = "one view of different training objects"
    return sample_rows(
        images,
        labels,
        blocks=1 if len(table) <= FIT else 2,
        title=heading("table", number, note),
        stand_in=shown.params.stand_in and number == 2,
    )


def _photographs(shown: Shown, cls: str, n: int) -> list[str]:
    table = shown.data.photographs.table
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    return chosen(train, n, "table_02", cls)["sample"].tolist()


def _renders(shown: Shown, cls: str, n: int) -> list[str]:
    table = shown.renders
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    train = from_front(train).sort_values("instance")
    return (
        train["file"].iloc[np.linspace(0, len(train) - 1, min(n, len(train))).astype(int)].tolist()
    )


def _image(shown: Shown, number: int, name: str) -> np.ndarray:
    return photograph(shown.root / name) if number == 2 else read(shown.store / name)
