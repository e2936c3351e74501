"""Sheets of photographs: Figures 1, 2, 10, 12 and 14."""

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from synthlib.photographs.photographs import DataError
from synthlib.reporting.figures.image_grids import page_sheet
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.context import (
    SheetContext,
    figure_class,
    random_rows,
    read_central_square,
    sheet_title,
    training_rows,
)

COLLAGE_COLUMNS = 8
"""Columns of a collage."""

CLASS_COLUMNS = 6
"""Columns of a sheet of one class."""

CAPTION_WIDTH = 14
"""Characters in a line above an image of a collage."""


def photograph_collage(context: SheetContext, rows: int = 6) -> Figure:
    """Draw Figure 1: training photographs of all classes in turn, each under its class."""
    table = context.data.photographs.table
    train = table[table["split"] == "train"]
    parts = _round_robin(
        train, "class", context.params.classes, rows * COLLAGE_COLUMNS, "figure_01"
    )
    note = f"{len(parts)} of the {len(train):,} training {_kind(context)} of this study"
    return _collage(context, parts, "class", sheet_title("figure", 1, note))


def background_collage(context: SheetContext, rows: int = 5) -> Figure:
    """Draw Figure 2: photographs of all scene categories in turn, each under its category.

    Raises:
        DataError: If the data was prepared without backgrounds.
    """
    if context.data.backgrounds is None:
        raise DataError("the data has no backgrounds: prepare it with the domain synthetic_bg")
    table = context.data.backgrounds.table
    categories = sorted(set(table["category"]))
    parts = _round_robin(table, "category", categories, rows * COLLAGE_COLUMNS, "figure_02")
    note = f"{len(parts)} of {len(table):,} photographs of {len(categories)} scene categories here"
    return _collage(context, parts, "category", sheet_title("figure", 2, note))


def real_variety(context: SheetContext, figure_number: int, rows: int = 4) -> Figure:
    """Draw Figure 10, 12 or 14: training photographs of one class, chosen at random.

    Args:
        context: The study's data.
        figure_number: 10, 12 or 14.
        rows: Largest number of rows.
    """
    cls, substitution = figure_class(figure_number, context.params.classes)
    train = training_rows(context.data.photographs.table, cls)
    part = random_rows(train, rows * CLASS_COLUMNS, "variety", cls)
    note = f"{len(part)} of {len(train):,} training {_kind(context)}, at random"
    return page_sheet(
        [read_central_square(context.root / name) for name in part["sample"]],
        columns=CLASS_COLUMNS,
        title=sheet_title("figure", figure_number, substitution, note),
    )


def _round_robin(
    table: pd.DataFrame, column: str, names: list[str], max_rows: int, *keys: str
) -> pd.DataFrame:
    """Draw at most `max_rows` rows: one of each name, then a second of each, and so on."""
    parts = [
        random_rows(table[table[column] == name], -(-max_rows // len(names)), *keys, name)
        for name in names
    ]
    rows = pd.concat(parts)
    turn = rows.groupby(column).cumcount()
    return rows.assign(turn=turn).sort_values("turn", kind="stable").head(max_rows)


def _kind(context: SheetContext) -> str:
    return "stand-in photographs" if context.params.stand_in else "photographs"


def _collage(context: SheetContext, rows: pd.DataFrame, column: str, title: str) -> Figure:
    return page_sheet(
        [read_central_square(context.root / name) for name in rows["sample"]],
        [fill(readable_name(name), CAPTION_WIDTH) for name in rows[column]],
        columns=COLLAGE_COLUMNS,
        title=title,
    )
