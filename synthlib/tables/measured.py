"""What runs say of one cell of the thesis: means, spread over seeds, 95% intervals.

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

from synthlib import evaluation
from synthlib.files import project_dir
from synthlib.param_files import read_params_yaml
from synthlib.runs import (
    RunError,
    earlier_version_message,
    is_from_earlier_version,
    load_runs,
    read_params,
    read_status,
)
from synthlib.search import SEARCHED_PARAMETERS
from synthlib.tables.overview import METRICS, TRAINING_COUNTS, top1_interval

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
    tested = [len(evaluation.read_predictions(folder, test_set)) > 0 for folder in found["folder"]]
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
    groups = evaluation.read_predictions(folder).groupby("test_set", sort=False)
    return pd.DataFrame({name: evaluation.compute_metrics(part) for name, part in groups}).T


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
    parts = [evaluation.read_predictions(folder, test_set) for folder in runs["folder"]]
    measured = pd.DataFrame([evaluation.compute_metrics(part) for part in parts])
    row: dict[tuple[str, str], float | str] = {}
    for metric in METRICS:
        row[metric, "measured"] = float(measured[metric].mean())
        row[metric, "spread"] = float(measured[metric].std(ddof=1))
    row["top1", "low"], row["top1", "high"] = top1_interval(parts)
    if all(evaluation.has_batch_norm(part, "bn_real") for part in parts):
        again = pd.Series([100 * evaluation.is_correct(part, "bn_real").mean() for part in parts])
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
    parts = [evaluation.read_predictions(folder, test_set) for folder in runs["folder"]]
    by_seed = pd.DataFrame([evaluation.class_accuracy(part) for part in parts])
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
        evaluation.count_confusions(evaluation.read_predictions(f, test_set))
        for f in runs["folder"]
    ]
    total = parts[0].astype(float)
    for part in parts[1:]:
        total = total + part
    return total / len(parts)
