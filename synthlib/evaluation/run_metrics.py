"""Tables of the metrics of finished runs, with their spread over seeds and 95% intervals.

Accuracies are in percent. Over several seeds, a value is the mean and its spread the standard
deviation (ddof 1; NaN for one seed). The 95% interval of top-1 is

- for one run on photographs: the Wilson interval. It covers the choice of test images, and says
  nothing about the results of other seeds.
- otherwise: a bootstrap that resamples seeds, then photographs. Of a synthetic test set it
  resamples instances instead, since the views of one instance are not independent.

Functions that combine several runs raise an error if these belong to different studies
(`raise_on_mixed_studies`).
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
from synthlib.params import PROTOCOLS, Params, domains_of, protocol_files, read_params_yaml
from synthlib.runs import (
    RunError,
    earlier_version_message,
    is_from_earlier_version,
    load_runs,
    read_params,
    read_status,
)
from synthlib.utils.files import project_dir

METRICS = ["top1", "top3", "top5", "precision", "recall"]
"""Metrics in tables, in percent; precision and recall are macro averages over classes."""

TRAINING_COUNTS = "n_real n_synthetic steps images_seen real_epochs synthetic_epochs".split()
"""Amounts of training data in tables (`BatchSampler.counts`)."""

DATA_NAMES = {"photographs": "photographs", "backgrounds": "backgrounds", "recipe": "renders"}
"""Parts of the data that must be equal in all runs of a study: key of the digest in `status.json`
-> name in messages. Renders are compared by their recipe, as their bytes differ between machines.
"""

PER_RUN_PARAMETERS = ("seed", "hybrid_nobg")
"""Parameters that may differ between runs of one experiment: the seed, and the classes that each
hybrid run chooses for itself."""

SEARCHED_PARAMETERS = ("learning_rate", "augmentation")
"""Parameters that the search of `fair_baseline` varies."""


def finished_runs(
    outputs: Path, scale: str, experiment: str, protocol: str = "thesis", test_set: str = "real"
) -> pd.DataFrame:
    """List the finished runs of an experiment that were tested on a test set.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        experiment: Name of the experiment, such as `baseline`.
        protocol: Protocol under which it ran.
        test_set: Name of the test set.

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


def shown_protocols(outputs: Path, scale: str) -> tuple[str, ...]:
    """Protocols that tables and figures of a scale show, in the order of `PROTOCOLS`.

    `thesis`, and those of equal steps that have a finished run; if none has, `matched`.
    """
    runs = load_runs(outputs, scale)
    finished = set(runs["protocol"]) if len(runs) else set()
    equal_steps = [name for name in PROTOCOLS[1:] if name in finished]
    return ("thesis", *(equal_steps or ["matched"]))


def raise_on_mixed_studies(folders: Sequence[Path]) -> None:
    """Raise an error if runs were made by different versions, from different data or settings.

    Tables use the newest run of each experiment and seed. That run may have been made with other
    settings than the rest, for instance before a study was changed. Therefore:

    - A parameter that the file of an experiment sets must be equal in all runs of that experiment.
    - A parameter that a protocol sets by training data (such as its `mixed.yaml`) must be equal in
      all runs on such data.
    - Every other parameter, except `PER_RUN_PARAMETERS`, must be equal in all runs.

    Args:
        folders: Run folders that are about to be compared or averaged.

    Raises:
        RunError: If two runs do not belong together; the message names the difference.
    """
    _raise_on_mixed_versions(folders)
    _raise_on_mixed_data(folders)
    # (group of runs, parameter) -> first run with it, and its value there
    first_values: dict[tuple[str, str], tuple[Path, Any]] = {}
    for folder in folders:
        for (group, key), value in _study_parameters(folder).items():
            other_folder, other_value = first_values.setdefault((group, key), (folder, value))
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
def _study_parameters(folder: Path) -> dict[tuple[str, str], Any]:
    """The parameters that influence a run's result, by the runs that share them and by name.

    A group of runs is named by its experiment or its training data, or "" for all runs.
    `PER_RUN_PARAMETERS` are left out.
    """
    params = read_params(folder)
    experiment = params.experiment
    own_keys, data = experiment_parameters(experiment), domains_of(params.model_dump())
    files = protocol_files(params.protocol, params.scale, experiment.partition("@")[0], data)

    def group_of(key: str) -> str:
        if own_keys is None or key in own_keys | files["experiment"].keys():
            return experiment
        return data if key in files["data"] else ""

    return {
        (group_of(key), key): value
        for key, value in params.result_parameters().items()
        if key not in PER_RUN_PARAMETERS
    }


def experiment_parameters(experiment: str) -> frozenset[str] | None:
    """Names of the parameters that distinguish an experiment from others.

    Args:
        experiment: Name of the experiment. In the search of a fair baseline, the setting follows
            the name, as in `real33@lr0.03-thesis`.

    Returns:
        The keys of the experiment's file in `params/experiments` and, in the search, also
        `SEARCHED_PARAMETERS`. None if the experiment has no file.
    """
    name, _, setting = experiment.partition("@")
    path = project_dir() / "params" / "experiments" / f"{name}.yaml"
    if not path.exists():
        return None
    return frozenset(read_params_yaml(path)) | frozenset(SEARCHED_PARAMETERS if setting else ())


def top1_interval(
    predictions_by_seed: Sequence[pd.DataFrame], batch_norm: BatchNormSource = "trained"
) -> tuple[float, float]:
    """95% interval of top-1 accuracy, averaged over seeds (see the module's docstring).

    Args:
        predictions_by_seed: One table of predictions per seed, all of the same test set.
        batch_norm: Batch-norm statistics of the models that predicted.

    Returns:
        Lower and upper end in percent.
    """
    correct = pd.DataFrame(  # NaN where a seed was not tested on an image
        {
            seed: pd.Series(predictions.is_correct(table, batch_norm), table["sample"].to_numpy())
            for seed, table in enumerate(predictions_by_seed)
        }
    )
    test_set = str(predictions_by_seed[0]["test_set"].iloc[0])
    instances = predictions.instance_ids(test_set, list(correct.index))
    if len(predictions_by_seed) == 1 and instances is None:
        return wilson_interval(100 * float(correct[0].mean()), len(correct))
    return accuracy_interval(correct.to_numpy(float).T, instance_ids=instances)


def metrics_table(outputs: Path, scale: str) -> pd.DataFrame:
    """Compute the metrics of every finished run of a scale on each of its test sets.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.

    Returns:
        One row per run and test set; empty if nothing has run. Columns:

        - `protocol`, `experiment`, `label` (description of the training data), `test_set`.
        - `top1`, `low`, `high` (95% interval of `top1`), `top3`, `top5`, `precision`, `recall`
          (macro averages), all in percent.
        - `n_real`, `n_synthetic`: number of training images.
        - `steps`, `images_seen`, `real_epochs`, `synthetic_epochs`: amount of training.
        - `n_test` (number of test images), `seed`.

    Examples:
        >>> table = evaluation.metrics_table(Path("outputs"), "tiny")
        >>> table[table["test_set"] == "real"][["experiment", "seed", "top1", "low", "high"]]
    """
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        run_columns = run[["protocol", "experiment", "label", *TRAINING_COUNTS, "seed"]].to_dict()
        run_predictions = predictions.read_predictions(run["folder"])
        for name, part in run_predictions.groupby("test_set", sort=False):
            values = metrics.compute_metrics(part)
            low, high = top1_interval([part])
            rows.append(run_columns | values | {"test_set": name, "low": low, "high": high})
    columns = ["protocol", "experiment", "label", "test_set", "top1", "low", "high"]
    columns += [*METRICS[1:], *TRAINING_COUNTS, "n_test", "seed"]
    return pd.DataFrame(rows, columns=columns)


def metrics_by_test_set(folder: Path) -> pd.DataFrame:
    """Metrics of the run in a folder: one row per test set, columns as in `compute_metrics`."""
    groups = predictions.read_predictions(folder).groupby("test_set", sort=False)
    return pd.DataFrame({name: metrics.compute_metrics(part) for name, part in groups}).T


def class_accuracy_by_run(outputs: Path, scale: str, test_set: str = "real") -> pd.DataFrame:
    """Top-1 accuracy per class in every run (thesis Tables 15 to 17, 20, 21).

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.
        test_set: Name of the test set; runs that were not tested on it are left out.

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
    """Computing time and hardware of every finished run.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study, such as `tiny`.

    Returns:
        One row per run: `protocol`, `experiment`, `seed`, one column per stage (training, testing,
        ...) in seconds, `device`, `cores`.
    """
    rows = []
    for _, run in load_runs(outputs, scale).iterrows():
        environment = pd.read_json(run["folder"] / "environment.json", typ="series")
        keys = run[["protocol", "experiment", "seed"]].to_dict()
        hardware = {"device": environment["device"], "cores": environment["cores"]}
        rows.append(keys | environment["seconds"] | hardware)
    return pd.DataFrame(rows)


def measured_row(runs: pd.DataFrame, test_set: str) -> dict[tuple[str, str], float | str]:
    """Compute the measured values of an experiment for a row of a thesis table, over its seeds.

    A row of such a table has measured and published values; these are the measured ones.

    Args:
        runs: Runs of one experiment, from `finished_runs`.
        test_set: Test set on which all of them were tested.

    Returns:
        A dict keyed by (column, kind), empty without runs:

        - (each of `METRICS`, `measured` or `spread`): mean and standard deviation over seeds.
        - (`top1`, `low` or `high`): 95% interval.
        - (`bn_real`, `measured`, `spread`, `low` or `high`): top-1 with batch-norm statistics of
          the real training photographs, if all runs have such predictions.
        - (`run`, each of `TRAINING_COUNTS` or `n_test`): means over seeds.
        - (`run`, `seeds`, `label` or `network`): texts.

    Raises:
        RunError: If the seeds belong to different studies.
    """
    if runs.empty:
        return {}
    parts = _predictions_by_seed(runs, test_set)
    by_seed = pd.DataFrame([metrics.compute_metrics(part) for part in parts])
    row: dict[tuple[str, str], float | str] = {}
    for metric in METRICS:
        row[metric, "measured"] = float(by_seed[metric].mean())
        row[metric, "spread"] = float(by_seed[metric].std(ddof=1))
    row["top1", "low"], row["top1", "high"] = top1_interval(parts)
    if all(predictions.has_batch_norm(part, "bn_real") for part in parts):
        top1 = pd.Series([100 * predictions.is_correct(part, "bn_real").mean() for part in parts])
        row["bn_real", "measured"] = float(top1.mean())
        row["bn_real", "spread"] = float(top1.std(ddof=1))
        row["bn_real", "low"], row["bn_real", "high"] = top1_interval(parts, "bn_real")
    row |= {("run", name): float(runs[name].mean()) for name in TRAINING_COUNTS}
    row["run", "n_test"] = float(by_seed["n_test"].mean())
    row["run", "network"] = describe_network(read_params(runs["folder"].iloc[0]))
    row["run", "seeds"] = ", ".join(str(seed) for seed in runs["seed"])
    row["run", "label"] = str(runs["label"].iloc[0])
    return row


def describe_network(params: Params) -> str:
    """Describe a run's network and optimiser as text: "ResNet-18, SGD 0.01"."""
    optimizer = {"sgd": "SGD", "adam": "Adam"}[params.optimizer]
    text = f"ResNet-{params.architecture.removeprefix('resnet')}, "
    text += f"{optimizer} {params.learning_rate:g}"
    falls = params.schedule != "constant" and (params.schedule != "step" or params.lr_decay_every)
    return text if falls else f"{text}, constant"


def class_accuracy_summary(runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Top-1 accuracy per class over the seeds of an experiment.

    Args:
        runs: Runs of one experiment, from `finished_runs`.
        test_set: Test set on which all of them were tested.

    Returns:
        One row per class (the index `class`) with the columns `measured` (mean over seeds),
        `spread` (standard deviation), `low`, `high` (95% interval), all in percent, and `n` (number
        of test images). The interval of a class without test images is NaN.

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
    """Confusion matrix of an experiment, averaged over its seeds.

    Args:
        runs: Runs of one experiment, from `finished_runs`; at least one.
        test_set: Test set on which all of them were tested.

    Returns:
        Mean number of images, float; rows are true classes, columns predicted ones.

    Raises:
        RunError: If the seeds belong to different studies.
    """
    parts = [metrics.count_confusions(part) for part in _predictions_by_seed(runs, test_set)]
    return sum(parts[1:], parts[0].astype(float)) / len(parts)


def _predictions_by_seed(runs: pd.DataFrame, test_set: str) -> list[pd.DataFrame]:
    raise_on_mixed_studies(list(runs["folder"]))
    return [predictions.read_predictions(folder, test_set) for folder in runs["folder"]]
