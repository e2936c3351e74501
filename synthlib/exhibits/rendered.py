"""Sheets of renders: Figures 3 to 5, 11, 13, 15, 21 and 22."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.curation.subsets import FROM_ABOVE, SPARSE_COVERAGE
from synthlib.exhibits.shown import Shown, class_of, heading, instead, said_instead, typical
from synthlib.figures import page_sheet, words
from synthlib.galleries import from_front, read

VIEWS, VARIETY, SPARSE = 9, 6, 6
"""Columns of a sheet of all views, of one class's instances, and of sparse views."""

DESKS = ("food_table", "computer_desk")
"""The classes of Figures 21 and 22."""


def viewpoints(renders: pd.DataFrame, store: Path, figure: int) -> Figure:
    """Figures 3 to 5: every view of an instance of a class, of a manifest and its store."""
    cls, why = class_of(figure, list(dict.fromkeys(renders["class"])))
    rows = typical(renders, cls)
    note = f"instance {rows['instance'].iloc[0]}: {len(rows)} views, under azimuth and elevation"
    titles = [f"{row.azimuth:.0f}°, {row.elevation:.0f}°" for row in rows.itertuples()]
    return page_sheet(
        [read(store / file) for file in rows["file"]],
        titles,
        columns=VIEWS,
        title=heading("figure", figure, why, note),
    )


def variety(shown: Shown, figure: int, rows: int = 4) -> Figure:
    """Figures 11, 13, 15: one view of as many instances of a class as fit, training ones first."""
    cls, why = class_of(figure, shown.params.classes)
    table = shown.renders
    here = from_front(table[table["class"] == cls])
    here = here.sort_values(["split", "instance"], ascending=[False, True])
    part = here.iloc[np.linspace(0, len(here) - 1, min(rows * VARIETY, len(here))).astype(int)]
    note = f"{len(part)} of {len(here):,} instances, one view of each"
    return page_sheet(
        [read(shown.store / file) for file in part["file"]],
        [""] * len(part),
        columns=VARIETY,
        title=heading("figure", figure, why, note),
    )


def sparse(shown: Shown, rows: int = 2) -> Figure:
    """Figure 21: training views of tables (top) and desks (below) that cover least of the frame."""
    part = pd.concat([_views(shown, cls, rows, dense=False) for cls in _desks(shown)])
    said = f"the views that cover least; below {SPARSE_COVERAGE:.0%} of the frame is sparse"
    return _covering(shown, 21, part, said)


def dense(shown: Shown, rows: int = 2) -> Figure:
    """Figure 22: views from above of the same desks (top) and tables (below)."""
    part = pd.concat([_views(shown, cls, rows, dense=True) for cls in reversed(_desks(shown))])
    said = f"views of the same objects from above {FROM_ABOVE:.0f}°, where they have such"
    return _covering(shown, 22, part, said)


def _desks(shown: Shown) -> list[str]:
    return list(dict.fromkeys(instead(DESKS, shown.params.classes)))


def _views(shown: Shown, cls: str, rows: int, *, dense: bool) -> pd.DataFrame:
    """The sparsest view of each of a class's instances, the sparsest first; or, for those same
    instances, the view from above that covers most (the densest of all if none is from above)."""
    table = shown.renders
    train = table[(table["split"] == "train") & (table["class"] == cls)]
    least = train.sort_values("coverage", kind="stable").drop_duplicates("instance")
    least = least.head(rows * SPARSE)
    if not dense:
        return least
    same = train[train["instance"].isin(least["instance"])]
    same = same.assign(above=same["elevation"] > FROM_ABOVE)
    most = same.sort_values(["above", "coverage"], ascending=False, kind="stable")
    most = most.drop_duplicates("instance").set_index("instance")
    return most.loc[least["instance"]].reset_index()


def _covering(shown: Shown, number: int, part: pd.DataFrame, said: str) -> Figure:
    """A sheet of views under their class and coverage; a class begins in a row of its own."""
    images: list[np.ndarray] = []
    titles: list[str] = []
    for cls, rows in part.groupby("class", sort=False):
        images += [read(shown.store / file) for file in rows["file"]]
        titles += [f"{words(str(cls))}, {share:.0%}" for share in rows["coverage"]]
        missing = -len(rows) % SPARSE
        images += [np.ones((8, 8, 3))] * missing
        titles += [""] * missing
    chosen = instead(DESKS, shown.params.classes)
    why = [said_instead(a, b) for a, b in zip(DESKS, chosen, strict=True) if a != b]
    return page_sheet(
        images,
        titles,
        columns=SPARSE,
        title=heading("figure", number, *why, said),
    )
