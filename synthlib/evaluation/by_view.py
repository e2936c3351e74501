"""Accuracy on synthetic test sets by the view of the object: camera elevation, coverage."""

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
    """Compute top-1 per synthetic test set and bin of a column of the render manifest.

    Args:
        predictions: Table from `read_predictions`; samples of synthetic test sets are
            `<class>/<instance>/<view>`. Other test sets are ignored.
        manifest: Manifest of the run's renders, from `rendering.read_manifest`.
        column: `elevation` (degrees) or `coverage` (share in [0, 1], binned as percent).
        bin_edges: Ascending edges of the bins, such as `ELEVATION_EDGES` or `COVERAGE_EDGES`.
        min_images: Bins with fewer images are left out.

    Returns:
        One row per test set and bin: domain (test set), at (middle of the bin), top1, low, high
        (percent; the 95% interval resamples instances, not views), n (images). Empty without a
        synthetic test set.

    Raises:
        DataError: If a sample is not in the manifest.
    """
    rows = predictions[predictions["test_set"].str.startswith("synthetic")]
    views = manifest.assign(sample=manifest["file"].str.removesuffix(".png"))
    unknown = sorted(set(rows["sample"]) - set(views["sample"]))
    if unknown:
        raise DataError(
            f"sample {unknown[0]} is not in the manifest of renders: use the manifest of the run's "
            "own renders"
        )
    values = views.set_index("sample")[column].loc[rows["sample"]].to_numpy(float)
    values = 100 * values if column == "coverage" else values
    middles = [(a + b) / 2 for a, b in itertools.pairwise(bin_edges)]
    table = pd.DataFrame(
        {
            "domain": rows["test_set"].to_numpy(),
            "at": pd.cut(values, list(bin_edges), labels=middles, include_lowest=True),
            "correct": is_correct(rows),
            "instance": instance_ids("synthetic", list(rows["sample"])),
        }
    )
    bins = []
    for (domain, at), part in table.groupby(["domain", "at"], sort=True, observed=True):
        if len(part) >= min_images:
            correct = part["correct"].to_numpy(bool)
            low, high = accuracy_interval(correct, instance_ids=part["instance"].to_numpy())
            top1 = 100 * float(correct.mean())
            bins.append((domain, at, top1, low, high, len(part)))
    columns = ["domain", "at", "top1", "low", "high", "n"]
    return pd.DataFrame(bins, columns=columns).astype({"at": float})
