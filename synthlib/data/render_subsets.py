"""Subsets of the training renders of a store (thesis 5.3.6, Figures 19 and 20).

Each render has one random draw of the data seed, keyed by its name `<class>/<instance>/<view>`, so
it does not depend on the rest of the manifest. A class's renders are taken either in the order of
the draws (`fraction_subset`) or round by round (the others): one view of every instance, then a
second view of every instance, and so on, so that instances are represented evenly. Subsets are
nested. A manifest is the table that `rendering.read_manifest` returns.
"""

from typing import Literal

import numpy as np
import pandas as pd

from synthlib.rendering.manifest import render_names
from synthlib.seeding import sample_ids, uniforms

DENSE_CLASSES = ("computer_desk", "food_table")
"""The classes whose sparse views are replaced in the training set of Figure 20."""

TOP_VIEW_ELEVATION = 45.0
"""Elevation in degrees above which a view is "from the top" (Figure 22)."""

SPARSE_COVERAGE = 0.3
"""Coverage below which a view of a desk or a table is sparse (Figure 21). Of the views of generated
tables from 45 degrees or less 44% are sparse, of those from above 9%; of desks 8% and 6%."""


def render_subset(
    manifest: pd.DataFrame,
    name: Literal["all", "1200", "1200_dense"],
    *,
    photographs_per_class: int,
    seed: int,
) -> pd.DataFrame:
    """A named subset of the training renders.

    Args:
        manifest: The renders, with unique index.
        name: `all`, `1200` (see `per_class_subset`) or `1200_dense` (see `dense_view_subset`).
        photographs_per_class: Number of real training photographs per class.
        seed: The data seed.

    Returns:
        Rows of the manifest, in its order; rows that are not for training all stay.

    Raises:
        ValueError: If there is no such subset.
    """
    if name == "all":
        return manifest
    if name == "1200":
        return per_class_subset(manifest, photographs_per_class=photographs_per_class, seed=seed)
    if name == "1200_dense":
        return dense_view_subset(manifest, photographs_per_class=photographs_per_class, seed=seed)
    raise ValueError(f"subset {name!r} of renders is unknown; allowed: all, 1200, 1200_dense")


def per_class_subset(
    manifest: pd.DataFrame, *, photographs_per_class: int, seed: int
) -> pd.DataFrame:
    """As many training renders of each class as it has photographs ("1200 per class", Table 17).

    A class with more instances than photographs keeps one render of each instance; a class with
    fewer renders keeps all.

    Raises:
        ValueError: If `photographs_per_class` is below 1, or the manifest's index is not unique.
    """
    if photographs_per_class < 1:
        raise ValueError(f"photographs_per_class is {photographs_per_class}; allowed: 1 or more")
    train = _ordered_training_renders(manifest, seed)
    instances = train.groupby("class")["instance"].transform("nunique")
    chosen = train.index[train["rank"] < np.maximum(photographs_per_class, instances)]
    return _keep_training_rows(manifest, chosen)


def dense_view_subset(
    manifest: pd.DataFrame, *, photographs_per_class: int, seed: int
) -> pd.DataFrame:
    """`per_class_subset` with sparse views of desks and tables replaced from above (Figure 20).

    Sparsest first, a view below `SPARSE_COVERAGE` is replaced by one of the same instance that is
    not sparse, from an elevation above `TOP_VIEW_ELEVATION`, and not in the subset yet. Classes
    keep their sizes: a sparse view stays where its instance has no such view left (often where a
    class has few more renders than photographs).
    """
    chosen = per_class_subset(manifest, photographs_per_class=photographs_per_class, seed=seed)
    train = _ordered_training_renders(manifest, seed)
    train = train[train["class"].isin(DENSE_CLASSES)]
    is_chosen = train.index.isin(chosen.index)
    is_sparse = train["coverage"] < SPARSE_COVERAGE
    is_top_view = train["elevation"] > TOP_VIEW_ELEVATION
    removable = train[is_chosen & is_sparse].sort_values(["coverage", "draw"])
    substitutes = train[~is_chosen & ~is_sparse & is_top_view].sort_values("draw")
    swapped = _number_within_instance(removable).merge(
        _number_within_instance(substitutes),
        on=["class", "instance", "number"],
        suffixes=("_out", "_in"),
    )
    kept = chosen.index.difference(pd.Index(swapped["row_out"])).union(pd.Index(swapped["row_in"]))
    return _keep_training_rows(manifest, kept)


def fraction_subset(manifest: pd.DataFrame, fraction: float, *, seed: int) -> pd.DataFrame:
    """A fraction in [0, 1] of each class's n training renders: floor(fraction * n + 1/2).

    Raises:
        ValueError: If the fraction is outside [0, 1], or the manifest's index is not unique.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction of renders is {fraction!r}; allowed: 0 to 1")
    train = _ordered_training_renders(manifest, seed)
    by_class = train.groupby("class")["draw"]
    rank, size = by_class.rank(method="first"), by_class.transform("size")
    return _keep_training_rows(manifest, train.index[rank <= np.floor(fraction * size + 0.5)])


def split_by_view(manifest: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """The manifest split by view: floor(n / 5 + 1/2) of each class's n renders are for testing.

    The thesis split its images in this way (5.3.3), so tests show objects that were trained on.
    """
    draw = uniforms(seed, "split_by_view", ids=sample_ids(render_names(manifest)), n=1)[:, 0]
    by_class = pd.Series(draw, manifest.index).groupby(manifest["class"])
    test = by_class.rank(method="first") <= np.floor(by_class.transform("size") / 5 + 0.5)
    return manifest.assign(split=np.where(test, "test", "train"))


def _ordered_training_renders(manifest: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The training rows with their `draw` in [0, 1) and `rank` in the class, round by round."""
    if not manifest.index.is_unique:
        raise ValueError("the manifest's index has duplicates; reset_index() makes it unique")
    train = manifest[manifest["split"] == "train"]
    draw = uniforms(seed, "synthetic_subset", ids=sample_ids(render_names(train)), n=1)[:, 0]
    train = train.assign(draw=draw).sort_values("draw", kind="stable")
    rounds = train.groupby(["class", "instance"]).cumcount()
    train = train.assign(round=rounds).sort_values(["round", "draw"], kind="stable")
    return train.assign(rank=train.groupby("class").cumcount())


def _number_within_instance(rows: pd.DataFrame) -> pd.DataFrame:
    """Class and instance of each row, its `number` among its instance's rows, and its index."""
    number = rows.groupby(["class", "instance"]).cumcount()
    return rows[["class", "instance"]].assign(number=number, row=rows.index)


def _keep_training_rows(manifest: pd.DataFrame, chosen: pd.Index) -> pd.DataFrame:
    """The chosen training rows and all others, in the manifest's order."""
    return manifest[manifest.index.isin(chosen) | (manifest["split"] != "train")]
