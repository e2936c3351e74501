"""Tables of what a study's prepared data holds: class sizes, backgrounds, coverage and faults.

All functions take a `StudyData` or its manifest of renders, and return a new DataFrame with one row
per class (`data_faults`: one row per fault).
"""

import pandas as pd

from synthlib import rendering
from synthlib.data.prepare import StudyData
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import RenderPlan

NEAR_DUPLICATE_BITS = 6.0
"""Mean distance, in bits of a 64-bit perceptual hash, below which two objects look the same."""

SPARSE_PERCENT = 10
"""Percent of the frame below which a render counts as sparse in `coverage_by_class`."""


def class_balance(data: StudyData) -> pd.DataFrame:
    """Count photographs, instances and renders of each class.

    Returns:
        Columns: class, then `photographs <split>`, `instances <split>` and `renders <split>` (int)
        for every split; the latter two only if the data was prepared with renders.
    """
    photographs = data.photographs.table.groupby(["class", "split"], sort=False).size().unstack()
    table = photographs.add_prefix("photographs ")
    if data.renders is not None:
        grouped = data.renders.groupby(["class", "split"], sort=False)
        table = table.join(grouped["instance"].nunique().unstack().add_prefix("instances "))
        table = table.join(grouped.size().unstack().add_prefix("renders "))
    return table.fillna(0).astype(int).reset_index()


def backgrounds_by_class(data: StudyData) -> pd.DataFrame:
    """List the backgrounds into which each class is pasted on this machine.

    Returns:
        Columns: class; n_here and n_missing (how many of the class's own scene categories, Table 3
        of the thesis, are present or not); own (whether its backgrounds are of these categories);
        photographs (background photographs that it is pasted into); categories (theirs, joined by
        commas).

    Raises:
        DataError: If the data was prepared without backgrounds.
    """
    backgrounds = data.backgrounds
    if backgrounds is None:
        raise DataError("the data has no backgrounds: prepare it with the domain synthetic_bg")
    counts = backgrounds.table["category"].value_counts()
    rows = []
    for cls, used in backgrounds.categories_by_class.items():
        n_own = len(backgrounds.own_categories(cls))
        own = "yes" if n_own == len(used) else "among others"
        rows.append(
            {
                "class": cls,
                "n_here": n_own,
                "n_missing": len(backgrounds.missing_categories[cls]),
                "own": own if n_own else "no: any scene of the study",
                "photographs": int(counts.reindex(list(used), fill_value=0).sum()),
                "categories": ", ".join(used),
            }
        )
    return pd.DataFrame(rows)


def coverage_by_class(renders: pd.DataFrame) -> pd.DataFrame:
    """Summarise how much of the frame the renders of each class cover.

    Args:
        renders: Rows of a manifest: columns class and coverage (a share in [0, 1]).

    Returns:
        Columns: class; least, median and most (percent of the frame); `views below 10` (how many
        cover less than 10 percent).
    """
    percent = 100 * renders["coverage"]
    grouped = percent.groupby(renders["class"], sort=False)
    table = grouped.agg(least="min", median="median", most="max")
    sparse = (percent < SPARSE_PERCENT).groupby(renders["class"], sort=False).sum()
    return table.assign(**{f"views below {SPARSE_PERCENT}": sparse.astype(int)}).reset_index()


def data_faults(data: StudyData, plan: RenderPlan) -> pd.DataFrame:
    """List what is wrong with the data.

    Returns:
        One row per fault, with columns kind, sample and about. Kinds: `unreadable` (a file),
        `byte-identical` (photographs), `not rendered` (an object, with the reason) and
        `near-duplicate` (a training object within `NEAR_DUPLICATE_BITS` of another one).
    """
    rows = []
    for collection in (data.photographs, data.backgrounds):
        if collection is not None:
            rows += [("unreadable", *line.split(": ", 1)) for line in collection.broken]
            rows += [("byte-identical", *line.split(" = ", 1)) for line in collection.duplicates]
    rows += [("not rendered", f["name"], f["reason"]) for f in rendering.failed_instances(plan)]
    renders = data.renders
    if renders is not None and (renders["kind"] == "deterministic").any():
        hashes = rendering.view_hashes(renders, plan.store, progress=False)
        pairs = rendering.find_near_duplicates(renders, hashes, NEAR_DUPLICATE_BITS)
        for row in pairs.to_dict("records"):
            name, twin = f"{row['class']}/{row['instance']}", row["duplicate_of"]
            rows.append(("near-duplicate", name, f"{row['bits']:.1f} bits from {twin}"))
    return pd.DataFrame(rows, columns=["kind", "sample", "about"])
