"""Runs as tables: one row a run and test set, computed from `predictions.parquet`.

Numbers are percent. A run's accuracy comes with its 95% interval (`top1_interval`, of the test
images alone: it says nothing of other seeds) and with what it was trained and tested on;
`seed_table` has the spread over seeds.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthlib import evaluation
from synthlib.evaluation import BatchNormSource
from synthlib.runs import load_runs
from synthlib.seeding import rng_for
from synthlib.statistics import accuracy_interval, wilson_interval

UNPAIRED_RESAMPLES = 2000
METRICS = ["top1", "top3", "top5", "precision", "recall"]
TRAINING_COUNTS = [
    "n_real",
    "n_synthetic",
    "steps",
    "images_seen",
    "real_epochs",
    "synthetic_epochs",
]


def metrics_table(outputs: Path, scale: str) -> pd.DataFrame:
    """Every finished run of a scale on every test set it was tested on.

    Columns: protocol, experiment, label, test_set, top1, low, high (95% interval of top1), top3,
    top5, precision, recall (macro, of top-1), n_real, n_synthetic, steps, images_seen,
    real_epochs, synthetic_epochs, n_test, seed. Empty when nothing has run.
    """
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        predicted = evaluation.read_predictions(run["folder"])
        for name, part in predicted.groupby("test_set", sort=False):
            measured = evaluation.compute_metrics(part)
            low, high = top1_interval([part])
            about = run[["protocol", "experiment", "label", *TRAINING_COUNTS, "seed"]].to_dict()
            rows.append(about | measured | {"test_set": name, "low": low, "high": high})
    first = ["protocol", "experiment", "label", "test_set", "top1", "low", "high"]
    columns = [*first, *METRICS[1:], *TRAINING_COUNTS, "n_test", "seed"]
    return pd.DataFrame(rows, columns=columns)


def top1_interval(
    predictions_by_seed: Sequence[pd.DataFrame], batch_norm: BatchNormSource = "trained"
) -> tuple[float, float]:
    """95% interval, in percent, of the mean top-1 of one test set's predictions, one a seed."""
    right = [evaluation.is_correct(part, batch_norm) for part in predictions_by_seed]
    objects = evaluation.instance_ids(
        str(predictions_by_seed[0]["test_set"].iloc[0]), list(predictions_by_seed[0]["sample"])
    )
    if len(right) == 1 and objects is None:
        return wilson_interval(100 * float(right[0].mean()), len(right[0]))
    if len({tuple(part["sample"]) for part in predictions_by_seed}) == 1:
        return accuracy_interval(np.stack(right), instance_ids=objects)
    rng = rng_for(0, "tables", "interval")  # seeds tested on images of their own
    means = []
    for _ in range(UNPAIRED_RESAMPLES):
        seeds = rng.integers(len(right), size=len(right))
        means.append(np.mean([rng.choice(right[s], len(right[s])).mean() for s in seeds]))
    low, high = np.percentile(means, [2.5, 97.5])
    return 100 * float(low), 100 * float(high)


def class_accuracy_by_run(outputs: Path, scale: str, test_set: str = "real") -> pd.DataFrame:
    """Top-1 accuracy of each class (rows) in each run (columns: experiment, protocol, seed) on one
    test set (thesis Tables 15 to 17, 20, 21)."""
    columns = {}
    for _, run in load_runs(outputs, scale).iterrows():
        part = evaluation.read_predictions(run["folder"], test_set)
        if len(part):
            key = (run["experiment"], run["protocol"], run["seed"])
            columns[key] = evaluation.class_accuracy(part)
    table = pd.DataFrame(columns)
    table.columns = pd.MultiIndex.from_tuples(
        list(columns), names=["experiment", "protocol", "seed"]
    )
    return table


def stage_times(outputs: Path, scale: str) -> pd.DataFrame:
    """Seconds a stage of every finished run took, and the hardware it ran on."""
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        environment = pd.read_json(run["folder"] / "environment.json", typ="series")
        keys = run[["protocol", "experiment", "seed"]].to_dict()
        about = {"device": environment["device"], "cores": environment["cores"]}
        rows.append(keys | environment["seconds"] | about)
    return pd.DataFrame(rows)


def style_table(
    table: pd.DataFrame, caption: str, decimals: int = 1
) -> "pd.io.formats.style.Styler":
    """A table for reading: so many decimals, thousands grouped, a caption, no row numbers."""
    number = f"{{:,.{decimals}f}}"
    formats: dict[Any, Any] = {c: number for c in table if table[c].dtype.kind == "f"}
    formats |= {c: "{:,}" for c in table if table[c].dtype.kind == "i"}
    styled = table.style.format(formats, na_rep="").set_caption(caption)
    return styled.hide(axis="index") if isinstance(table.index, pd.RangeIndex) else styled
