"""Finished runs as tables of numbers, each with its spread over seeds and its 95% interval.

Accuracies are in percent. Over several seeds a number is the mean and its spread the standard
deviation (ddof 1, NaN for one seed). The interval of top-1 is Wilson's for one run on photographs;
otherwise it resamples seeds, then photographs, or the instances of a synthetic test set, whose
views are not independent. The interval of a single run covers its test images alone: it does not
say how other seeds would do.

Functions that combine runs refuse to mix studies (`raise_on_mixed_studies`).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthlib.evaluation import metrics, predictions
from synthlib.evaluation.predictions import BatchNormSource
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

METRICS = ["top1", "top3", "top5", "precision", "recall"]
TRAINING_COUNTS = [
    "n_real",
    "n_synthetic",
    "steps",
    "images_seen",
    "real_epochs",
    "synthetic_epochs",
]
UNPAIRED_RESAMPLES = 2000

DATA_NAMES = {"photographs": "photographs", "backgrounds": "backgrounds", "recipe": "renders"}
"""Parts of a run's data that runs of one study share, by their digests, with their names in
messages. Renders are compared by their recipe, as their bytes differ between machines."""

PER_RUN_PARAMETERS = ("seed", "hybrid_nobg")
"""Parameters in which runs of one experiment differ; each hybrid run chooses its own classes."""

SEARCHED_PARAMETERS = ("learning_rate", "augmentation")
"""Parameters in which runs of one experiment differ in the search of `fair_baseline`."""


def finished_runs(
    outputs: Path, scale: str, experiment: str, protocol: str = "thesis", test_set: str = "real"
) -> pd.DataFrame:
    """List the finished runs of an experiment that were tested on a test set.

    Returns:
        One row per seed, sorted by seed, with the columns of `runs.load_runs`; empty if there are
        none.
    """
    runs = load_runs(outputs, scale)
    if runs.empty:
        return runs
    runs = runs[(runs["experiment"] == experiment) & (runs["protocol"] == protocol)]
    tested = [len(predictions.read_predictions(folder, test_set)) > 0 for folder in runs["folder"]]
    return runs[tested].reset_index(drop=True)


def raise_on_mixed_studies(folders: Sequence[Path]) -> None:
    """Refuse to compare runs of different versions, data or settings.

    The newest run of each experiment and seed is the one in tables; it may be a trial, or belong to
    a study that was changed since. A parameter that an experiment's file sets must be the same in
    all runs of that experiment, every other parameter in all runs, except `PER_RUN_PARAMETERS`.

    Args:
        folders: Run folders that are about to be compared or averaged.

    Raises:
        RunError: If two of them differ; the message names the difference and both folders.
    """
    _raise_on_mixed_versions(folders)
    _raise_on_mixed_data(folders)
    first_values: dict[tuple[str, str], tuple[Path, Any]] = {}
    for folder in folders:
        experiment, parameters = _study_parameters(folder)
        varied = experiment_parameters(experiment)
        for key, value in parameters.items():
            scope = experiment if varied is None or key in varied else ""
            other_folder, other_value = first_values.setdefault((scope, key), (folder, value))
            if other_value != value:
                raise RunError(
                    f"runs of two studies can't be compared: {key} is {other_value} in "
                    f"{other_folder} and {value} in {folder}. Repeat one of them with the other's "
                    "parameters, or move it out of the outputs folder"
                )


def _raise_on_mixed_versions(folders: Sequence[Path]) -> None:
    earlier = [folder for folder in folders if is_from_earlier_version(read_status(folder))]
    if earlier and len(earlier) < len(folders):
        raise RunError(f"runs of two versions: {earlier_version_message(earlier[0])}")


def _raise_on_mixed_data(folders: Sequence[Path]) -> None:
    data_by_folder = [(folder, read_status(folder).get("data", {})) for folder in folders]
    for key, name in DATA_NAMES.items():
        digests = [(folder, data[key]) for folder, data in data_by_folder if key in data]
        other = next((folder for folder, digest in digests if digest != digests[0][1]), None)
        if other:
            raise RunError(
                f"runs on other data can't be compared: the {name} of {digests[0][0]} and {other} "
                "differ (another data_root, flags, classes or models). Repeat one of them on the "
                "other's data, or move it out of the outputs folder"
            )


@lru_cache(maxsize=512)
def _study_parameters(folder: Path) -> tuple[str, dict[str, Any]]:
    """A run's experiment, and all that can change its result except `PER_RUN_PARAMETERS`."""
    params = read_params(folder)
    values = params.result_parameters()
    return params.experiment, {k: v for k, v in values.items() if k not in PER_RUN_PARAMETERS}


def experiment_parameters(experiment: str) -> frozenset[str] | None:
    """Parameters in which an experiment differs from others.

    Returns:
        The keys of the experiment's file and, for a run of the search (`real33@lr0.03-thesis`),
        `SEARCHED_PARAMETERS`. None for an experiment without a file in `params/experiments`.
    """
    name, _, setting = experiment.partition("@")
    path = project_dir() / "params" / "experiments" / f"{name}.yaml"
    if not path.exists():
        return None
    return frozenset(read_params_yaml(path)) | frozenset(SEARCHED_PARAMETERS if setting else ())


def top1_interval(
    predictions_by_seed: Sequence[pd.DataFrame], batch_norm: BatchNormSource = "trained"
) -> tuple[float, float]:
    """95% interval, in percent, of the mean top-1 over seeds.

    Args:
        predictions_by_seed: One table of predictions per seed, all of the same test set.
        batch_norm: Batch-norm statistics of the models that predicted.
    """
    correct = [predictions.is_correct(part, batch_norm) for part in predictions_by_seed]
    first = predictions_by_seed[0]
    instances = predictions.instance_ids(str(first["test_set"].iloc[0]), list(first["sample"]))
    if len(correct) == 1 and instances is None:
        return wilson_interval(100 * float(correct[0].mean()), len(correct[0]))
    if len({tuple(part["sample"]) for part in predictions_by_seed}) == 1:
        return accuracy_interval(np.stack(correct), instance_ids=instances)
    # seeds were tested on different images, so images are resampled within each seed
    rng = rng_for(0, "tables", "interval")
    means = []
    for _ in range(UNPAIRED_RESAMPLES):
        seeds = rng.integers(len(correct), size=len(correct))
        means.append(np.mean([rng.choice(correct[s], len(correct[s])).mean() for s in seeds]))
    low, high = np.percentile(means, [2.5, 97.5])
    return 100 * float(low), 100 * float(high)


def metrics_table(outputs: Path, scale: str) -> pd.DataFrame:
    """Compute the metrics of every finished run of a scale on each of its test sets.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.

    Returns:
        One row per run and test set, empty if nothing has run. Columns: protocol, experiment, label
        (description of the training data), test_set; top1, low, high (95% interval of top1), top3,
        top5, precision, recall (macro), all in percent; n_real, n_synthetic (training images),
        steps, images_seen, real_epochs, synthetic_epochs, n_test (test images), seed.

    Examples:
        >>> table = evaluation.metrics_table(Path("outputs"), "tiny")
        >>> table[table["test_set"] == "real"][["experiment", "seed", "top1", "low", "high"]]
    """
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        predicted = predictions.read_predictions(run["folder"])
        for name, part in predicted.groupby("test_set", sort=False):
            measured = metrics.compute_metrics(part)
            low, high = top1_interval([part])
            about = run[["protocol", "experiment", "label", *TRAINING_COUNTS, "seed"]].to_dict()
            rows.append(about | measured | {"test_set": name, "low": low, "high": high})
    first = ["protocol", "experiment", "label", "test_set", "top1", "low", "high"]
    columns = [*first, *METRICS[1:], *TRAINING_COUNTS, "n_test", "seed"]
    return pd.DataFrame(rows, columns=columns)


def metrics_by_test_set(folder: Path) -> pd.DataFrame:
    """Metrics of one run (columns as `compute_metrics`), one row per test set."""
    groups = predictions.read_predictions(folder).groupby("test_set", sort=False)
    return pd.DataFrame({name: metrics.compute_metrics(part) for name, part in groups}).T


def class_accuracy_by_run(outputs: Path, scale: str, test_set: str = "real") -> pd.DataFrame:
    """Top-1 accuracy per class in every run (thesis Tables 15 to 17, 20, 21).

    Returns:
        Percent, one row per class; columns are a MultiIndex (experiment, protocol, seed).
    """
    columns = {}
    for _, run in load_runs(outputs, scale).iterrows():
        part = predictions.read_predictions(run["folder"], test_set)
        if len(part):
            key = (run["experiment"], run["protocol"], run["seed"])
            columns[key] = metrics.class_accuracy(part)
    table = pd.DataFrame(columns)
    table.columns = pd.MultiIndex.from_tuples(
        list(columns), names=["experiment", "protocol", "seed"]
    )
    return table


def stage_times(outputs: Path, scale: str) -> pd.DataFrame:
    """Time and hardware of every finished run.

    Returns:
        One row per run: protocol, experiment, seed, one column of seconds per stage (training,
        testing, ...), device, cores.
    """
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        environment = pd.read_json(run["folder"] / "environment.json", typ="series")
        keys = run[["protocol", "experiment", "seed"]].to_dict()
        hardware = {"device": environment["device"], "cores": environment["cores"]}
        rows.append(keys | environment["seconds"] | hardware)
    return pd.DataFrame(rows)


def measured_row(runs: pd.DataFrame, test_set: str) -> dict[tuple[str, str], float | str]:
    """Compute the measured half of a row of a thesis table, over the seeds of an experiment.

    Args:
        runs: Runs of one experiment, from `finished_runs`.
        test_set: Test set on which all of them were tested.

    Returns:
        Empty without runs; else keyed by (column, kind): for each metric `measured` (mean over
        seeds) and `spread`; for top1 also `low` and `high`; under `bn_real` the same four of top-1
        with batch-norm statistics of the real training photographs, if all runs have them; under
        `run` the training counts and `n_test` (means over seeds), `seeds` and `label`.

    Raises:
        RunError: If the seeds belong to different studies.
    """
    if runs.empty:
        return {}
    parts = _predictions_by_seed(runs, test_set)
    measured = pd.DataFrame([metrics.compute_metrics(part) for part in parts])
    row: dict[tuple[str, str], float | str] = {}
    for metric in METRICS:
        row[metric, "measured"] = float(measured[metric].mean())
        row[metric, "spread"] = float(measured[metric].std(ddof=1))
    row["top1", "low"], row["top1", "high"] = top1_interval(parts)
    if all(predictions.has_batch_norm(part, "bn_real") for part in parts):
        top1 = pd.Series([100 * predictions.is_correct(part, "bn_real").mean() for part in parts])
        row["bn_real", "measured"] = float(top1.mean())
        row["bn_real", "spread"] = float(top1.std(ddof=1))
        row["bn_real", "low"], row["bn_real", "high"] = top1_interval(parts, "bn_real")
    row |= {("run", name): float(runs[name].mean()) for name in TRAINING_COUNTS}
    row["run", "n_test"] = float(measured["n_test"].mean())
    row["run", "seeds"] = ", ".join(str(seed) for seed in runs["seed"])
    row["run", "label"] = str(runs["label"].iloc[0])
    return row


def class_accuracy_summary(runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Top-1 accuracy per class over the seeds of an experiment.

    Returns:
        Index class; columns measured (mean over seeds), spread, low, high (95%), all in percent,
        and n (test images). Bounds of a class without test images are NaN.

    Raises:
        RunError: If the seeds belong to different studies.
    """
    parts = _predictions_by_seed(runs, test_set)
    by_seed = pd.DataFrame([metrics.class_accuracy(part) for part in parts])
    table = pd.DataFrame({"measured": by_seed.mean(), "spread": by_seed.std(ddof=1)})
    bounds = {}
    for name in by_seed.columns:
        of_class = [part[part["true"] == name] for part in parts]
        bounds[name] = top1_interval(of_class) if len(of_class[0]) else (np.nan, np.nan)
    table[["low", "high"]] = pd.DataFrame(bounds, index=["low", "high"]).T
    table["n"] = parts[0]["true"].value_counts().reindex(table.index, fill_value=0)
    return table.rename_axis("class")


def mean_confusion_counts(runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Confusion matrix (true classes as rows) of an experiment, counts averaged over its seeds.

    Raises:
        RunError: If the seeds belong to different studies.
    """
    parts = [metrics.count_confusions(part) for part in _predictions_by_seed(runs, test_set)]
    total = parts[0].astype(float)
    for part in parts[1:]:
        total = total + part
    return total / len(parts)


def _predictions_by_seed(runs: pd.DataFrame, test_set: str) -> list[pd.DataFrame]:
    raise_on_mixed_studies(list(runs["folder"]))
    return [predictions.read_predictions(folder, test_set) for folder in runs["folder"]]


def style_table(
    table: pd.DataFrame, caption: str, decimals: int = 1
) -> "pd.io.formats.style.Styler":
    """Style a table for a notebook: rounded numbers, grouped thousands, caption, no row numbers."""
    number = f"{{:,.{decimals}f}}"
    formats: dict[Any, Any] = {c: number for c in table if table[c].dtype.kind == "f"}
    formats |= {c: "{:,}" for c in table if table[c].dtype.kind == "i"}
    styled = table.style.format(formats, na_rep="").set_caption(caption)
    return styled.hide(axis="index") if isinstance(table.index, pd.RangeIndex) else styled
