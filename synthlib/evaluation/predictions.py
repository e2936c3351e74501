"""Predictions of runs on their test sets, and the metrics made of them (thesis 5.2).

`predictions` is the only reader. Its table has one row per test image:

- `test_set`, `sample` (root-relative id), `true` (class name);
- `background`, `placement`, `sample_seed`: what a composite was made of, "" or NaN where unknown;
- `logit_<class>` for each class and, of runs that trained on real photographs,
  `bn_real_logit_<class>`: the same model with batch-norm statistics re-estimated on those
  photographs.

An archived run (`kept`) has `rank_<class>` for `logit_<class>` and does not know its composites.
Every table and figure is computed from this table, never from the model.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, precision_score, recall_score, top_k_accuracy_score

from synthlib.runs import Run, RunError, describe_training_data
from synthlib.utils.errors import file_errors

TOP_K = (1, 3, 5)
LOGIT_PREFIXES = {"trained": "logit_", "bn_real": "bn_real_logit_"}
RANK_PREFIXES = {"trained": "rank_", "bn_real": "bn_real_rank_"}

BatchNormSource = Literal["trained", "bn_real"]
"""Whose batch-norm statistics: those gathered in training, or of the real training photographs."""


def read_predictions(run_folder: Path, test_set: str = "") -> pd.DataFrame:
    """A run's predictions, on one test set if it is named; see the module's header for the columns.

    The file is read once as long as it stays as it is. Empty for a test set that the run lacks.
    """
    file = predictions_path(run_folder)
    with file_errors(file, "read"):
        table = _read(run_folder, file.stat().st_mtime_ns)
    return table[table["test_set"] == test_set] if test_set else table.copy(deep=False)


@lru_cache(maxsize=128)
def _read(run_folder: Path, _changed: int) -> pd.DataFrame:
    table = pd.read_parquet(predictions_path(run_folder))
    unknown = {"background": "", "placement": "", "sample_seed": np.nan}
    return table.assign(**{k: v for k, v in unknown.items() if k not in table})


def correct_by_sample(
    run_folder: Path, test_set: str, batch_norm: BatchNormSource = "trained"
) -> pd.Series:
    """bool per test image of a run's test set, by sample: whether its top-1 is correct."""
    table = read_predictions(run_folder, test_set)
    return pd.Series(is_correct(table, batch_norm), table["sample"].to_numpy())


def predictions_path(run_folder: Path) -> Path:
    """Where a run's predictions lie: `predictions.parquet`, of a kept run `ranks.parquet`."""
    whole = run_folder / "predictions.parquet"
    ranked = run_folder / "ranks.parquet"  # left where bringing was cut off and the run made here
    return ranked if ranked.exists() and not whole.exists() else whole


def logits_to_ranks(predictions: pd.DataFrame) -> pd.DataFrame:
    """A predictions table with ranks in place of logits: uint8, 0 the likeliest class; a tie goes
    to the class that stands first, as in argmax. A table of ranks stays as it is."""
    found = predictions
    for kind, prefix in LOGIT_PREFIXES.items():
        columns = [c for c in map(str, predictions.columns) if c.startswith(prefix)]
        order = np.argsort(-predictions[columns].to_numpy(), axis=1, kind="stable")
        ranked = np.argsort(order, axis=1).astype(np.uint8)
        names = [RANK_PREFIXES[kind] + c.removeprefix(prefix) for c in columns]
        ranked = pd.DataFrame(ranked, columns=names, index=predictions.index)
        found = pd.concat([found.drop(columns=columns), ranked], axis=1)
    return found


def has_ranks(predictions: pd.DataFrame) -> bool:
    """Whether a predictions table has ranks, from which no probability follows."""
    return any(str(column).startswith(RANK_PREFIXES["trained"]) for column in predictions)


def logits_and_classes(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> tuple[np.ndarray, list[str]]:
    """float (N, classes) logits of a predictions table, and the classes in column order. Of a table
    of ranks they are the ranks' negatives: in the right order, and nothing else.

    Raises RunError when `bn_real` is asked of a run without real training photographs.
    """
    prefix = (RANK_PREFIXES if has_ranks(predictions) else LOGIT_PREFIXES)[batch_norm]
    columns = [c for c in map(str, predictions.columns) if c.startswith(prefix)]
    if not columns or bool(predictions[columns].isna().to_numpy().any()):
        raise RunError(
            f"these predictions have no {prefix}<class>: bn_real is only of runs that trained on "
            "real photographs"
        )
    values = predictions[columns].to_numpy()
    values = -values.astype(np.float32) if has_ranks(predictions) else values
    return values, [c.removeprefix(prefix) for c in columns]


def compute_metrics(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> dict[str, float]:
    """Of one test set's predictions, in percent: top1, top3, top5, macro precision and recall.

    With k classes or fewer, top-k is 100 by definition. Precision of a class that is never
    predicted counts as 0, as in scikit-learn with `zero_division=0`.
    """
    logits, classes = logits_and_classes(predictions, batch_norm)
    true = predictions["true"].map({name: i for i, name in enumerate(classes)}).to_numpy()
    guess = logits.argmax(axis=1)
    labels = np.arange(len(classes))
    result = {f"top{k}": _top_k(true, logits, k) for k in TOP_K}
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        present = labels[np.isin(labels, true)] if name == "recall" else labels
        value = score(true, guess, labels=present, average="macro", zero_division=0)  # pyright: ignore[reportArgumentType]
        result[name] = 100 * float(value)
    return result | {"n_test": len(predictions)}


def has_batch_norm(predictions: pd.DataFrame, batch_norm: BatchNormSource) -> bool:
    """Whether a run's predictions were made with these statistics, too."""
    prefixes = (LOGIT_PREFIXES[batch_norm], RANK_PREFIXES[batch_norm])
    return any(str(column).startswith(prefixes) for column in predictions)


def predicted_classes(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> np.ndarray:
    """str (N,): the class that each row's largest logit names."""
    logits, classes = logits_and_classes(predictions, batch_norm)
    return np.array(classes)[logits.argmax(axis=1)]


def is_correct(predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained") -> np.ndarray:
    """bool (N,): whether each row was named rightly; what `statistics` works on."""
    return predicted_classes(predictions, batch_norm) == predictions["true"].to_numpy()


def instance_ids(test_set: str, samples: Sequence[str]) -> np.ndarray | None:
    """str (N,): the object that each sample of a synthetic test set shows (`<class>/<instance>`),
    whose views are no independent images. None for photographs."""
    if not test_set.startswith("synthetic"):
        return None
    return np.array([sample.rsplit("/", 1)[0] for sample in samples])


def _top_k(true: np.ndarray, logits: np.ndarray, k: int) -> float:
    if k >= logits.shape[1]:
        return 100.0
    if k == 1:  # scikit-learn breaks ties another way than argmax, which precision is made of
        return 100 * float((logits.argmax(axis=1) == true).mean())
    return 100 * float(top_k_accuracy_score(true, logits, k=k, labels=np.arange(logits.shape[1])))


def count_confusions(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> pd.DataFrame:
    """Counts, true classes as rows and predicted ones as columns (thesis Figures 18 to 32)."""
    _, classes = logits_and_classes(predictions, batch_norm)
    guess = predicted_classes(predictions, batch_norm)
    counts = confusion_matrix(predictions["true"], guess, labels=classes)
    return pd.DataFrame(counts, pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))


def class_accuracy(predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained") -> pd.Series:
    """Top-1 accuracy of each class in percent (Tables 15 to 17, 20, 21); NaN without samples."""
    counts = count_confusions(predictions, batch_norm)
    totals = counts.sum(axis=1).replace(0, np.nan)
    return pd.Series(100 * np.diag(counts) / totals, counts.index, name="top1")


def write_run_metrics(run: Run, training_counts: Mapping[str, float]) -> dict:
    """The run's metrics a test set, computed from its predictions and written to `metrics.json`
    with what it trained on (`counts`, seeds and a plain-words label): `test_sets` and, where there
    are such predictions, `test_sets_bn_real`."""
    table = read_predictions(run.folder)
    params = run.params
    about = {
        "label": describe_training_data(params, training_counts),
        "seed": params.seed,
        "data_seed": params.data_seed,
    }
    content: dict = {"counts": dict(training_counts) | about | {"stand_in": params.stand_in}}
    kinds: list[BatchNormSource] = ["trained"]
    if has_batch_norm(table, "bn_real"):
        kinds.append("bn_real")
    for kind in kinds:
        content["test_sets" if kind == "trained" else f"test_sets_{kind}"] = {
            str(name): compute_metrics(part, kind)
            for name, part in table.groupby("test_set", sort=False)
        }
    run.write_json("metrics.json", content)
    return content
