"""Tables of a study's data: class balance, backgrounds, coverage of renders, faults."""

import pandas as pd

from synthlib import rendering
from synthlib.data.prepare import StudyData
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import RenderPlan

NEAR_DUPLICATE_BITS = 6.0
"""Mean hash distance, in bits of 64, below which two objects are reported as near-duplicates."""


def class_balance(data: StudyData) -> pd.DataFrame:
    """Numbers of photographs, instances and renders by split; one row per class."""
    photographs = data.photographs.table.groupby(["class", "split"], sort=False).size().unstack()
    table = photographs.add_prefix("photographs ")
    if data.renders is not None:
        grouped = data.renders.groupby(["class", "split"], sort=False)
        table = table.join(grouped["instance"].nunique().unstack().add_prefix("instances "))
        table = table.join(grouped.size().unstack().add_prefix("renders "))
    return table.fillna(0).astype(int).reset_index()


def backgrounds_by_class(data: StudyData) -> pd.DataFrame:
    """The backgrounds that each class is pasted into on this machine.

    Returns:
        One row per class: n_here and n_missing (of the scene categories that the thesis gives the
        class, Table 3), own (whether the class has its own categories), photographs (number of
        backgrounds it is pasted into) and categories (their names).

    Raises:
        DataError: The data were prepared without backgrounds.
    """
    backgrounds = data.backgrounds
    if backgrounds is None:
        raise DataError("the data have no backgrounds: prepare them with synthetic_bg")
    counts = backgrounds.table["category"].value_counts()
    rows = []
    for cls, categories in backgrounds.categories_by_class.items():
        n_own = len(backgrounds.own_categories(cls))
        own = "yes" if n_own == len(categories) else "among others"
        rows.append(
            {
                "class": cls,
                "n_here": n_own,
                "n_missing": len(backgrounds.missing_categories[cls]),
                "own": own if n_own else "no: any scene of the study",
                "photographs": int(counts.reindex(list(categories), fill_value=0).sum()),
                "categories": ", ".join(categories),
            }
        )
    return pd.DataFrame(rows)


def coverage_by_class(renders: pd.DataFrame) -> pd.DataFrame:
    """Percentage of the frame that renders cover.

    Args:
        renders: Rows of the manifest, with the columns class and coverage (in [0, 1]).

    Returns:
        One row per class: least, median, most (percent) and "views below 10" (number of renders
        that cover less than 10 percent).
    """
    percent = 100 * renders["coverage"]
    table = percent.groupby(renders["class"], sort=False).agg(
        least="min", median="median", most="max"
    )
    sparse = (percent < 10).groupby(renders["class"], sort=False).sum()
    return table.assign(**{"views below 10": sparse.astype(int)}).reset_index()


def data_faults(data: StudyData, plan: RenderPlan) -> pd.DataFrame:
    """Faults of the data.

    They are files that cannot be read, byte-identical photographs, objects that could not be
    rendered, and training objects within `NEAR_DUPLICATE_BITS` of another one.

    Returns:
        One row per fault, with the columns kind, sample and about.
    """
    rows = []
    for photographs in (data.photographs, data.backgrounds):
        if photographs is not None:
            rows += [("unreadable", *line.split(": ", 1)) for line in photographs.broken]
            rows += [("byte-identical", *line.split(" = ", 1)) for line in photographs.duplicates]
    for failed in rendering.failed_instances(plan):
        rows.append(("not rendered", failed["name"], failed["reason"]))
    renders = data.renders
    if renders is not None and (renders["kind"] == "deterministic").any():
        hashes = rendering.view_hashes(renders, plan.store, progress=False)
        near = rendering.find_near_duplicates(renders, hashes, NEAR_DUPLICATE_BITS)
        for row in near.to_dict("records"):
            name = f"{row['class']}/{row['instance']}"
            about = f"{row['bits']:.1f} bits from {row['duplicate_of']}"
            rows.append(("near-duplicate", name, about))
    return pd.DataFrame(rows, columns=["kind", "sample", "about"])
