"""Accuracy on synthetic test sets by how the object was seen: camera elevation, coverage."""

import itertools
from collections.abc import Sequence

import pandas as pd

from synthlib.evaluation.predictions import instance_ids, is_correct
from synthlib.evaluation.statistics import accuracy_interval
from synthlib.photographs.photographs import DataError

ELEVATION_EDGES = tuple(range(-30, 91, 20))
COVERAGE_EDGES = tuple(range(0, 101, 10))


def accuracy_by_view(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    column: str,
    bin_edges: Sequence[float],
    *,
    min_images: int = 10,
) -> pd.DataFrame:
    """Top-1 of each bin of a manifest's column, a row a synthetic test set and bin.

    predictions: as in `predictions.parquet`; samples of synthetic sets are `<class>/<instance>/
    <view>`. column: `elevation` (degrees) or `coverage` (percent: the manifest's share times 100).
    Bins with fewer than `least` images are left out. Columns: domain, at (the bin's middle), top1,
    low, high (95%; objects are resampled, not views), n. Empty without a synthetic test set.
    Raises DataError if a sample is not in the manifest.
    """
    rows = predictions[predictions["test_set"].str.startswith("synthetic")]
    views = manifest.assign(sample=manifest["file"].str.removesuffix(".png"))
    unknown = sorted(set(rows["sample"]) - set(views["sample"]))
    if unknown:
        raise DataError(f"sample {unknown[0]} is in no render of the manifest: take the run's own")
    values = views.set_index("sample")[column].loc[rows["sample"]].to_numpy(float)
    values = 100 * values if column == "coverage" else values
    middles = [(a + b) / 2 for a, b in itertools.pairwise(bin_edges)]
    bins = pd.cut(values, list(bin_edges), labels=middles, include_lowest=True)
    table = pd.DataFrame(
        {"domain": rows["test_set"].to_numpy(), "at": bins, "right": is_correct(rows)}
    )
    table["object"] = instance_ids("synthetic", list(rows["sample"]))
    found = []
    for (domain, at), part in table.groupby(["domain", "at"], sort=True, observed=True):
        if len(part) >= min_images:
            top1 = 100 * float(part["right"].mean())
            right = part["right"].to_numpy(bool)
            low, high = accuracy_interval(right, instance_ids=part["object"].to_numpy())
            about = {"domain": domain, "at": at, "top1": top1, "low": low, "high": high}
            found.append(about | {"n": len(part)})
    names = ["domain", "at", "top1", "low", "high", "n"]
    return pd.DataFrame(found, columns=names).astype({"at": float})
