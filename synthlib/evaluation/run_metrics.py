"""Runs as tables: one row a run and test set, computed from `predictions.parquet`.

Numbers are percent. A run's accuracy comes with its 95% interval (`top1_interval`, of the test
images alone: it says nothing of other seeds) and with what it was trained and tested on;
`seed_table` has the spread over seeds.

What runs say of one cell of the thesis: means, spread over seeds, 95% intervals.

Over several seeds a number is the mean, its spread their standard deviation (ddof 1, NaN for one
seed). An interval of top-1 is Wilson's for one run on photographs; otherwise it resamples seeds,
then photographs, or the objects of a synthetic test set, whose views are not independent.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthlib.evaluation import predictions
from synthlib.evaluation.predictions import BatchNormSource
from synthlib.evaluation.search import SEARCHED_PARAMETERS
from synthlib.evaluation.statistics import accuracy_interval, wilson_interval
from synthlib.params import read_params_yaml
from synthlib.runs import (
    RunError,
    earlier_version_message,
    is_from_earlier_version,
    load_runs,
    read_params,
    read_status,
)
from synthlib.seeding import rng_for
from synthlib.utils.files import project_dir

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
        predicted = predictions.read_predictions(run["folder"])
        for name, part in predicted.groupby("test_set", sort=False):
            measured = predictions.compute_metrics(part)
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
    right = [predictions.is_correct(part, batch_norm) for part in predictions_by_seed]
    objects = predictions.instance_ids(
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
        part = predictions.read_predictions(run["folder"], test_set)
        if len(part):
            key = (run["experiment"], run["protocol"], run["seed"])
            columns[key] = predictions.class_accuracy(part)
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


SHARED_DATA_KEYS = ("photographs", "backgrounds", "recipe")
"""Data that these runs share, by their digests, where both have them (of renders the recipe)."""

DATA_WORDS = {"photographs": "photographs", "backgrounds": "scenes", "recipe": "renders"}

PER_RUN_PARAMETERS = ("seed", "hybrid_nobg")
"""Parameters in which runs of one experiment differ; of a hybrid each chooses its classes."""


def finished_runs(
    outputs: Path, scale: str, experiment: str, protocol: str = "thesis", test_set: str = "real"
) -> pd.DataFrame:
    """The finished runs of an experiment that were tested on a test set, a row a seed, by seed.

    Columns as in `runs.load_runs`; empty if there are none.
    """
    found = load_runs(outputs, scale)
    if found.empty:
        return found
    mine = (found["experiment"] == experiment) & (found["protocol"] == protocol)
    found = found[mine]
    tested = [len(predictions.read_predictions(folder, test_set)) > 0 for folder in found["folder"]]
    return found[tested].reset_index(drop=True)


def raise_on_mixed_studies(folders: Sequence[Path]) -> None:
    """Raises RunError if runs that are held against each other are of other versions of synthlib,
    on other data (`DATA`) or of other settings: the newest run of each experiment and seed is
    taken, which may be a trial, or of a study that was changed since. What an experiment's file
    sets must be the same for all of its runs, and everything else for all runs, but `OF_A_RUN`."""
    _refuse_other_versions(folders)
    _raise_on_mixed_data(folders)
    found: dict[tuple[str, str], tuple[Path, Any]] = {}
    for folder in folders:
        experiment, mine = _study_parameters(folder)
        own = experiment_parameters(experiment)
        for key, value in mine.items():
            at = (experiment if own is None or key in own else "", key)
            other, its = found.setdefault(at, (folder, value))
            if its != value:
                raise RunError(
                    f"runs of two studies can't be held against each other: {key} is {its} in "
                    f"{other} and {value} in {folder}. Make the one anew with the other's "
                    "parameters, or move it out of the outputs folder"
                )


def _refuse_other_versions(folders: Sequence[Path]) -> None:
    earlier = [folder for folder in folders if is_from_earlier_version(read_status(folder))]
    if earlier and len(earlier) < len(folders):
        raise RunError(f"runs of two versions: {earlier_version_message(earlier[0])}")


def _raise_on_mixed_data(folders: Sequence[Path]) -> None:
    found = [(folder, read_status(folder).get("data", {})) for folder in folders]
    for key in SHARED_DATA_KEYS:
        mine = [(folder, data[key]) for folder, data in found if key in data]
        other = next((folder for folder, digest in mine if digest != mine[0][1]), None)
        if other:
            raise RunError(
                f"runs on other data can't be held against each other: the {DATA_WORDS[key]} of "
                f"{mine[0][0]} and {other} are not the same (another data_root, flags, classes or "
                "models). Make the one anew on the other's, or move it out of the outputs folder"
            )


@lru_cache(maxsize=512)
def _study_parameters(folder: Path) -> tuple[str, dict[str, Any]]:
    """A run's experiment, and all that can change its result but `OF_A_RUN`."""
    p = read_params(folder)
    found = p.result_parameters()
    return p.experiment, {
        key: value for key, value in found.items() if key not in PER_RUN_PARAMETERS
    }


def experiment_parameters(experiment: str) -> frozenset[str] | None:
    """The parameters in which an experiment differs from others: those of its file, and of a search
    what it tries. None for one that has no file here."""
    name, _, setting = experiment.partition("@")
    path = project_dir() / "params" / "experiments" / f"{name}.yaml"
    if not path.exists():
        return None
    return frozenset(read_params_yaml(path)) | frozenset(SEARCHED_PARAMETERS if setting else ())


def metrics_by_test_set(folder: Path) -> pd.DataFrame:
    """A run's metrics, a row a test set, from its predictions."""
    groups = predictions.read_predictions(folder).groupby("test_set", sort=False)
    return pd.DataFrame({name: predictions.compute_metrics(part) for name, part in groups}).T


def measured_row(runs: pd.DataFrame, test_set: str) -> dict[tuple[str, str], float | str]:
    """The measured half of a row of results; empty dict without runs.

    Keys are (column, kind): each metric's `measured` and `spread`, top1's `low` and `high`, under
    `bn_real` the same of top-1 with batch-norm statistics of the real training photographs (of
    runs that have such), and under `run` what it was trained and tested on (means over seeds),
    `seeds` and `label`. Raises RunError on seeds of different studies.
    """
    if runs.empty:
        return {}
    raise_on_mixed_studies(list(runs["folder"]))
    parts = [predictions.read_predictions(folder, test_set) for folder in runs["folder"]]
    measured = pd.DataFrame([predictions.compute_metrics(part) for part in parts])
    row: dict[tuple[str, str], float | str] = {}
    for metric in METRICS:
        row[metric, "measured"] = float(measured[metric].mean())
        row[metric, "spread"] = float(measured[metric].std(ddof=1))
    row["top1", "low"], row["top1", "high"] = top1_interval(parts)
    if all(predictions.has_batch_norm(part, "bn_real") for part in parts):
        again = pd.Series([100 * predictions.is_correct(part, "bn_real").mean() for part in parts])
        row["bn_real", "measured"] = float(again.mean())
        row["bn_real", "spread"] = float(again.std(ddof=1))
        row["bn_real", "low"], row["bn_real", "high"] = top1_interval(parts, "bn_real")
    row |= {("run", name): float(runs[name].mean()) for name in TRAINING_COUNTS}
    row["run", "n_test"] = float(measured["n_test"].mean())
    row["run", "seeds"] = ", ".join(str(seed) for seed in runs["seed"])
    row["run", "label"] = str(runs["label"].iloc[0])
    return row


def class_accuracy_summary(runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Top-1 accuracy a class: index class; columns measured, spread, low, high, n (images). Raises
    RunError as `run_values`."""
    raise_on_mixed_studies(list(runs["folder"]))
    parts = [predictions.read_predictions(folder, test_set) for folder in runs["folder"]]
    by_seed = pd.DataFrame([predictions.class_accuracy(part) for part in parts])
    table = pd.DataFrame({"measured": by_seed.mean(), "spread": by_seed.std(ddof=1)})
    bounds = {}
    for name in by_seed.columns:
        own = [part[part["true"] == name] for part in parts]
        bounds[name] = top1_interval(own) if len(own[0]) else (np.nan, np.nan)
    table[["low", "high"]] = pd.DataFrame(bounds, index=["low", "high"]).T
    table["n"] = parts[0]["true"].value_counts().reindex(table.index, fill_value=0)
    return table.rename_axis("class")


def mean_confusion_counts(runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Counts of a confusion matrix, the mean over seeds. Raises RunError as `run_values`."""
    raise_on_mixed_studies(list(runs["folder"]))
    parts = [
        predictions.count_confusions(predictions.read_predictions(f, test_set))
        for f in runs["folder"]
    ]
    total = parts[0].astype(float)
    for part in parts[1:]:
        total = total + part
    return total / len(parts)
