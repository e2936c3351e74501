"""Sheets of photographs: Table 2 and Figures 1, 2, 10, 12 and 14."""

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from synthlib.exhibits.shown import (
    Shown,
    chosen,
    class_of,
    heading,
    photograph,
)
from synthlib.figures import page_sheet, words
from synthlib.photos import DataError

MANY, VARIETY = 8, 6
"""Columns of a collage, and of a sheet of one class."""

CHARACTERS = 14
"""Of a line over an image of a collage."""


def photographs(shown: Shown, rows: int = 6) -> Figure:
    """Figure 1: training photographs of all classes in turn, each under its class."""
    table = shown.data.photographs.table
    train = table[table["split"] == "train"]
    parts = _in_turn(train, "class", shown.params.classes, rows * MANY, "figure_01")
    real = "stand-in photographs" if shown.params.stand_in else "photographs"
    note = f"{len(parts)} of the {len(train):,} training {real} of this study"
    return _collage(shown, parts, "class", heading("figure", 1, note))


def scenes(shown: Shown, rows: int = 5) -> Figure:
    """Figure 2: photographs of all scene categories in turn, each under its category."""
    if shown.data.backgrounds is None:
        raise DataError("these sources hold no backgrounds: prepare them with synthetic_bg")
    table = shown.data.backgrounds.table
    categories = sorted(set(table["category"]))
    parts = _in_turn(table, "category", categories, rows * MANY, "figure_02")
    note = f"{len(parts)} of {len(table):,} photographs of {len(categories)} scene categories here"
    return _collage(shown, parts, "category", heading("figure", 2, note))


def variety(shown: Shown, figure: int, rows: int = 4) -> Figure:
    """Figures 10, 12, 14: training photographs of one class, drawn at random."""
    cls, why = class_of(figure, shown.params.classes)
    table = shown.data.photographs.table
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    part = chosen(train, rows * VARIETY, "variety", cls)
    kind = "stand-in photographs" if shown.params.stand_in else "photographs"
    note = f"{len(part)} of {len(train):,} training {kind}, at random"
    return page_sheet(
        [photograph(shown.root / name) for name in part["sample"]],
        [""] * len(part),
        columns=VARIETY,
        title=heading("figure", figure, why, note),
        stand_in=shown.params.stand_in,
    )


def _in_turn(
    table: pd.DataFrame, column: str, names: list[str], most: int, *keys: str
) -> pd.DataFrame:
    """At most so many rows: one of each name, then a second of each, and so on."""
    parts = [
        chosen(table[table[column] == name], -(-most // len(names)), *keys, name) for name in names
    ]
    together = pd.concat(parts)
    turn = together.groupby(column).cumcount()
    return together.assign(turn=turn).sort_values("turn", kind="stable").head(most)


def _collage(shown: Shown, rows: pd.DataFrame, column: str, title: str) -> Figure:
    return page_sheet(
        [photograph(shown.root / name) for name in rows["sample"]],
        [fill(words(name), CHARACTERS) for name in rows[column]],
        columns=MANY,
        title=title,
        stand_in=shown.params.stand_in,
    )
