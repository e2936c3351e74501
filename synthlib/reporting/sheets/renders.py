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
    figure_class,
    sheet_title,
    substitute_classes,
    substitution_note,
    typical_instance_views,
)
from synthlib.reporting.sheets.run_images import front_views, read_image

VIEW_COLUMNS, CLASS_COLUMNS, SPARSE_COLUMNS = 9, 6, 6
"""Columns of a sheet of all views, of one class's instances, and of sparse views."""

DESK_CLASSES = ("food_table", "computer_desk")
"""The classes of Figures 21 and 22."""


def viewpoint_sheet(renders: pd.DataFrame, store: Path, figure_number: int) -> Figure:
    """Figures 3 to 5: every view of an instance of a class, of a manifest and its store."""
    cls, why = figure_class(figure_number, list(dict.fromkeys(renders["class"])))
    rows = typical_instance_views(renders, cls)
    note = f"instance {rows['instance'].iloc[0]}: {len(rows)} views, under azimuth and elevation"
    titles = [f"{row.azimuth:.0f}°, {row.elevation:.0f}°" for row in rows.itertuples()]
    return page_sheet(
        [read_image(store / file) for file in rows["file"]],
        titles,
        columns=VIEW_COLUMNS,
        title=sheet_title("figure", figure_number, why, note),
    )


def synthetic_variety(context: SheetContext, figure_number: int, rows: int = 4) -> Figure:
    """Figures 11, 13, 15: one view of as many instances of a class as fit, training ones first."""
    cls, why = figure_class(figure_number, context.params.classes)
    table = context.renders
    here = front_views(table[table["class"] == cls])
    here = here.sort_values(["split", "instance"], ascending=[False, True])
    part = here.iloc[
        np.linspace(0, len(here) - 1, min(rows * CLASS_COLUMNS, len(here))).astype(int)
    ]
    note = f"{len(part)} of {len(here):,} instances, one view of each"
    return page_sheet(
        [read_image(context.store / file) for file in part["file"]],
        [""] * len(part),
        columns=CLASS_COLUMNS,
        title=sheet_title("figure", figure_number, why, note),
    )


def sparse_view_sheet(context: SheetContext, rows: int = 2) -> Figure:
    """Figure 21: training views of tables (top) and desks (below) that cover least of the frame."""
    part = pd.concat(
        [_select_views(context, cls, rows, dense=False) for cls in _desk_classes(context)]
    )
    said = f"the views that cover least; below {SPARSE_COVERAGE:.0%} of the frame is sparse"
    return _coverage_sheet(context, 21, part, said)


def dense_view_sheet(context: SheetContext, rows: int = 2) -> Figure:
    """Figure 22: views from above of the same desks (top) and tables (below)."""
    part = pd.concat(
        [_select_views(context, cls, rows, dense=True) for cls in reversed(_desk_classes(context))]
    )
    said = f"views of the same objects from above {TOP_VIEW_ELEVATION:.0f}°, where they have such"
    return _coverage_sheet(context, 22, part, said)


def _desk_classes(context: SheetContext) -> list[str]:
    return list(dict.fromkeys(substitute_classes(DESK_CLASSES, context.params.classes)))


def _select_views(context: SheetContext, cls: str, rows: int, *, dense: bool) -> pd.DataFrame:
    """The sparsest view of each of a class's instances, the sparsest first; or, for those same
    instances, the view from above that covers most (the densest of all if none is from above)."""
    table = context.renders
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    least = train.sort_values("coverage", kind="stable").drop_duplicates("instance")
    least = least.head(rows * SPARSE_COLUMNS)
    if not dense:
        return least
    same = train[train["instance"].isin(least["instance"])]
    same = same.assign(above=same["elevation"] > TOP_VIEW_ELEVATION)
    most = same.sort_values(["above", "coverage"], ascending=False, kind="stable")
    most = most.drop_duplicates("instance").set_index("instance")
    return most.loc[least["instance"]].reset_index()


def _coverage_sheet(context: SheetContext, number: int, part: pd.DataFrame, note: str) -> Figure:
    """A sheet of views under their class and coverage; a class begins in a row of its own."""
    images: list[np.ndarray] = []
    titles: list[str] = []
    for cls, rows in part.groupby("class", sort=False):
        images += [read_image(context.store / file) for file in rows["file"]]
        titles += [f"{readable_name(str(cls))}, {share:.0%}" for share in rows["coverage"]]
        missing = -len(rows) % SPARSE_COLUMNS
        images += [np.ones((8, 8, 3))] * missing
        titles += [""] * missing
    chosen = substitute_classes(DESK_CLASSES, context.params.classes)
    why = [substitution_note(a, b) for a, b in zip(DESK_CLASSES, chosen, strict=True) if a != b]
    return page_sheet(
        images,
        titles,
        columns=SPARSE_COLUMNS,
        title=sheet_title("figure", number, *why, note),
    )
