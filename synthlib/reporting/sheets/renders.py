"""Sheets of renders: Figures 3 to 5, 11, 13, 15, 21 and 22."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.data.render_subsets import SPARSE_COVERAGE, TOP_VIEW_ELEVATION
from synthlib.reporting.figures.image_grids import page_sheet
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.context import (
    SheetContext,
    evenly_spaced_rows,
    figure_class,
    sheet_title,
    substitute_classes,
    substitution_note,
    training_rows,
    typical_instance_views,
)
from synthlib.reporting.sheets.run_images import front_views, read_image

VIEW_COLUMNS = 9
"""Columns of a sheet of all views of an instance."""

CLASS_COLUMNS = 6
"""Columns of a sheet of a class's instances."""

SPARSE_COLUMNS = 6
"""Columns of a sheet of sparse or dense views."""

DESK_CLASSES = ("food_table", "computer_desk")
"""The classes of Figures 21 and 22."""


def viewpoint_sheet(renders: pd.DataFrame, store: Path, figure_number: int) -> Figure:
    """Draw Figure 3, 4 or 5: every view of one instance.

    Args:
        renders: Manifest of the renders.
        store: Folder of the renders.
        figure_number: 3, 4 or 5.
    """
    cls, substitution = figure_class(figure_number, list(dict.fromkeys(renders["class"])))
    rows = typical_instance_views(renders, cls)
    note = f"instance {rows['instance'].iloc[0]}: {len(rows)} views, under azimuth and elevation"
    titles = [f"{row.azimuth:.0f}°, {row.elevation:.0f}°" for row in rows.itertuples()]
    return page_sheet(
        [read_image(store / file) for file in rows["file"]],
        titles,
        columns=VIEW_COLUMNS,
        title=sheet_title("figure", figure_number, substitution, note),
    )


def synthetic_variety(context: SheetContext, figure_number: int, rows: int = 4) -> Figure:
    """Draw Figure 11, 13 or 15: one view of several instances of a class, training ones first.

    Args:
        context: The study's data.
        figure_number: 11, 13 or 15.
        rows: Largest number of rows.
    """
    cls, substitution = figure_class(figure_number, context.params.classes)
    views = front_views(context.renders[context.renders["class"] == cls])
    views = views.sort_values(["split", "instance"], ascending=[False, True])
    part = evenly_spaced_rows(views, rows * CLASS_COLUMNS)
    note = f"{len(part)} of {len(views):,} instances, one view of each"
    return page_sheet(
        [read_image(context.store / file) for file in part["file"]],
        columns=CLASS_COLUMNS,
        title=sheet_title("figure", figure_number, substitution, note),
    )


def sparse_view_sheet(context: SheetContext, rows: int = 2) -> Figure:
    """Draw Figure 21: training views of tables and desks that cover least of the frame."""
    part = pd.concat(
        [_select_views(context, cls, rows, dense=False) for cls in _desk_classes(context)]
    )
    note = f"the views that cover least; below {SPARSE_COVERAGE:.0%} of the frame is sparse"
    return _coverage_sheet(context, 21, part, note)


def dense_view_sheet(context: SheetContext, rows: int = 2) -> Figure:
    """Draw Figure 22: views from above of the desks and tables of Figure 21."""
    part = pd.concat(
        [_select_views(context, cls, rows, dense=True) for cls in reversed(_desk_classes(context))]
    )
    note = f"views of the same objects from above {TOP_VIEW_ELEVATION:.0f}°, if there are any"
    return _coverage_sheet(context, 22, part, note)


def _desk_classes(context: SheetContext) -> list[str]:
    return list(dict.fromkeys(substitute_classes(DESK_CLASSES, context.params.classes)))


def _select_views(context: SheetContext, cls: str, rows: int, *, dense: bool) -> pd.DataFrame:
    """Choose the sparsest view of each instance of a class, the sparsest first.

    With `dense` they are, for these instances, the views from above that cover most (or the densest
    of all if none is from above).
    """
    train = training_rows(context.renders, cls)
    sparse = train.sort_values("coverage", kind="stable").drop_duplicates("instance")
    sparse = sparse.head(rows * SPARSE_COLUMNS)
    if not dense:
        return sparse
    views = train[train["instance"].isin(sparse["instance"])]
    views = views.assign(above=views["elevation"] > TOP_VIEW_ELEVATION)
    views = views.sort_values(["above", "coverage"], ascending=False, kind="stable")
    views = views.drop_duplicates("instance").set_index("instance")
    return views.loc[sparse["instance"]].reset_index()


def _coverage_sheet(context: SheetContext, number: int, part: pd.DataFrame, note: str) -> Figure:
    """Draw views under their class and coverage; classes that fill a row begin in a new one."""
    is_short = len(part) <= SPARSE_COLUMNS
    images: list[np.ndarray] = []
    titles: list[str] = []
    for cls, rows in part.groupby("class", sort=False):
        images += [read_image(context.store / file) for file in rows["file"]]
        titles += [f"{readable_name(str(cls))}, {share:.0%}" for share in rows["coverage"]]
        missing = 0 if is_short else -len(rows) % SPARSE_COLUMNS
        images += [np.ones((8, 8, 3))] * missing
        titles += [""] * missing
    chosen = substitute_classes(DESK_CLASSES, context.params.classes)
    substitutions = [substitution_note(a, b) for a, b in zip(DESK_CLASSES, chosen, strict=True)]
    return page_sheet(
        images,
        titles,
        columns=SPARSE_COLUMNS,
        title=sheet_title("figure", number, *substitutions, note),
    )
