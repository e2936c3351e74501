"""Smaller training sets out of the renders of a store (thesis 5.3.6, Figures 19 and 20).

Each render has one draw of the data seed, keyed by its name `<class>/<instance>/<view>`: it does
not depend on what else is in the manifest. A class's renders are taken either in the order of the
draws (`fraction`) or in **rounds** (the others): one view of every instance, then a second of
every one, and so on, so that instances are represented evenly. Smaller ones are within larger ones.
"""

from typing import Literal

import numpy as np
import pandas as pd

from synthlib.rendering.plan import render_names
from synthlib.seeding import sample_ids, uniforms

DENSE_CLASSES = ("computer_desk", "food_table")
"""The classes whose sparse views Figure 20's training set replaces."""

TOP_VIEW_ELEVATION = 45.0
"""Degrees of elevation above which a view is "from the top" (Figure 22)."""

SPARSE_COVERAGE = 0.3
"""Coverage below which a view of a desk or a table is sparse (Figure 21). Of generated tables, 44%
of the views from 45 degrees or less are, and 9% of those from above; of desks 8% and 6%."""


def render_subset(
    manifest: pd.DataFrame,
    name: Literal["all", "1200", "1200_dense"],
    *,
    photographs_per_class: int,
    seed: int,
) -> pd.DataFrame:
    """The training renders of that name: `all`, `thousand` or `dense` of it.

    n is the number of real training photographs a class, seed the data seed. Raises ValueError on
    another name.
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
    """Of each class min(available, max(n, instances)) training renders, one of every instance at
    least ("1200 per class", Table 17)."""
    if photographs_per_class < 1:
        raise ValueError(
            f"n is {photographs_per_class}; expected the number of real photographs a class, at least 1"
        )
    train = _ordered_training_renders(manifest, seed)
    instances = train.groupby("class")["instance"].transform("nunique")
    chosen = train.index[train["place"] < np.maximum(photographs_per_class, instances)]
    return _keep_training_rows(manifest, chosen)


def dense_view_subset(
    manifest: pd.DataFrame, *, photographs_per_class: int, seed: int
) -> pd.DataFrame:
    """`thousand`, with sparse views of desks and tables swapped for views from above (Figure 20).

    Sparsest first, a view below SPARSE_COVERAGE makes room for one of the same instance, of an
    elevation above FROM_ABOVE degrees, that covers at least that much and is not in the subset
    yet. Classes keep their sizes: a sparse view stays where its instance has no such view left
    (where a class has few more renders than n, many do).
    """
    chosen = per_class_subset(manifest, photographs_per_class=photographs_per_class, seed=seed)
    train = _ordered_training_renders(manifest, seed)
    train = train[train["class"].isin(DENSE_CLASSES)]
    inside = train.index.isin(chosen.index)
    sparse = train["coverage"] < SPARSE_COVERAGE
    out = train[inside & sparse].sort_values(["coverage", "draw"])
    fresh = train[~inside & ~sparse & (train["elevation"] > TOP_VIEW_ELEVATION)].sort_values("draw")
    pair = [_number_within_instance(table) for table in (out, fresh)]
    swapped = pair[0].merge(pair[1], on=["class", "instance", "turn"], suffixes=("_out", "_in"))
    kept = chosen.index.difference(pd.Index(swapped["row_out"])).union(pd.Index(swapped["row_in"]))
    return _keep_training_rows(manifest, kept)


def fraction_subset(manifest: pd.DataFrame, fraction: float, *, seed: int) -> pd.DataFrame:
    """floor(share * size + 1/2) of each class's training renders, share in [0, 1]; nested."""
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction of renders is {fraction!r}; expected 0 to 1")
    train = _ordered_training_renders(manifest, seed)
    by_class = train.groupby("class")["draw"]
    rank, size = by_class.rank(method="first"), by_class.transform("size")
    return _keep_training_rows(manifest, train.index[rank <= np.floor(fraction * size + 0.5)])


def split_by_view(manifest: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """The manifest with floor(n / 5 + 1/2) of each class's n renders to test on, whatever they are
    of: as the thesis split its images (5.3.3), so that a test shows objects trained on."""
    draw = uniforms(seed, "split_by_view", ids=sample_ids(render_names(manifest)), n=1)[:, 0]
    by_class = pd.Series(draw, manifest.index).groupby(manifest["class"])
    test = by_class.rank(method="first") <= np.floor(by_class.transform("size") / 5 + 0.5)
    return manifest.assign(split=np.where(test, "test", "train"))


def _ordered_training_renders(manifest: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The training rows with `draw`, in [0, 1), and `place`, in the class's order by rounds."""
    if not manifest.index.is_unique:
        raise ValueError("the manifest's index has a value twice; reset_index() makes it unique")
    train = manifest[manifest["split"] == "train"]
    draw = uniforms(seed, "synthetic_subset", ids=sample_ids(render_names(train)), n=1)[:, 0]
    train = train.assign(draw=draw).sort_values("draw", kind="stable")
    rounds = train.groupby(["class", "instance"]).cumcount()
    train = train.assign(round=rounds).sort_values(["round", "draw"], kind="stable")
    return train.assign(place=train.groupby("class").cumcount())


def _number_within_instance(rows: pd.DataFrame) -> pd.DataFrame:
    """Which of its instance's rows each is, in their order; `row` is its index."""
    turn = rows.groupby(["class", "instance"]).cumcount()
    return rows[["class", "instance"]].assign(turn=turn, row=rows.index)


def _keep_training_rows(manifest: pd.DataFrame, chosen: pd.Index) -> pd.DataFrame:
    """The chosen training rows and all others, in the manifest's order."""
    return manifest[manifest.index.isin(chosen) | (manifest["split"] != "train")]
