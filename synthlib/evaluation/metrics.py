"""Metrics of one test set's predictions (thesis 5.2), in percent.

Functions take a table from `predictions.read_predictions` that holds one test set.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, precision_score, recall_score, top_k_accuracy_score

from synthlib.evaluation.predictions import (
    BatchNormSource,
    has_batch_norm,
    logits_and_classes,
    predicted_classes,
    read_predictions,
)
from synthlib.runs import Run, describe_training_data

TOP_K = (1, 3, 5)


def compute_metrics(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> dict[str, float]:
    """Compute top-k accuracies, macro precision and macro recall of one test set (thesis 5.2).

    With k classes or fewer, top-k is 100 by definition. Precision of a class that is never
    predicted counts as 0, as in scikit-learn with `zero_division=0`; recall is averaged over the
    classes that occur.

    Args:
        predictions: Table from `read_predictions`, of one test set.
        batch_norm: Batch-norm statistics of the model that predicted.

    Returns:
        top1, top3, top5, precision, recall (all in percent) and n_test (number of images).

    Raises:
        RunError: If `bn_real` is requested for a run without real training photographs.

    Examples:
        >>> table = evaluation.read_predictions(run.folder, "real")
        >>> evaluation.compute_metrics(table)
        {'top1': 61.4, 'top3': 88.3, 'top5': 96.9, 'precision': 62.0, 'recall': 61.4, 'n_test': 350}
    """
    logits, classes = logits_and_classes(predictions, batch_norm)
    true = predictions["true"].map({name: i for i, name in enumerate(classes)}).to_numpy()
    predicted = logits.argmax(axis=1)
    labels = np.arange(len(classes))
    result = {f"top{k}": _top_k(true, logits, k) for k in TOP_K}
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        present = labels[np.isin(labels, true)] if name == "recall" else labels
        value = score(true, predicted, labels=present, average="macro", zero_division=0)  # pyright: ignore[reportArgumentType]
        result[name] = 100 * float(value)
    return result | {"n_test": len(predictions)}


def _top_k(true: np.ndarray, logits: np.ndarray, k: int) -> float:
    if k >= logits.shape[1]:
        return 100.0
    # scikit-learn breaks ties differently from argmax, on which precision and the matrix are based
    if k == 1:
        return 100 * float((logits.argmax(axis=1) == true).mean())
    return 100 * float(top_k_accuracy_score(true, logits, k=k, labels=np.arange(logits.shape[1])))


def count_confusions(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> pd.DataFrame:
    """Count test images by true class (rows) and predicted class (columns); Figures 18 to 32."""
    _, classes = logits_and_classes(predictions, batch_norm)
    predicted = predicted_classes(predictions, batch_norm)
    counts = confusion_matrix(predictions["true"], predicted, labels=classes)
    return pd.DataFrame(counts, pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))


def class_accuracy(predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained") -> pd.Series:
    """Top-1 accuracy per class in percent (Tables 15 to 17, 20, 21); NaN without test images."""
    counts = count_confusions(predictions, batch_norm)
    totals = counts.sum(axis=1).replace(0, np.nan)
    return pd.Series(100 * np.diag(counts) / totals, counts.index, name="top1")


def write_run_metrics(run: Run, training_counts: Mapping[str, float]) -> dict:
    """Compute a run's metrics from its predictions and write them to `metrics.json`.

    Args:
        run: A run whose predictions have been written.
        training_counts: Numbers of images, steps and epochs it trained on
            (`BatchSampler.counts()`).

    Returns:
        The content of the file: `counts` (the training counts with seed, data_seed, stand_in and a
        label that describes the training data), `test_sets` (metrics by test set) and, if the run
        has such predictions, `test_sets_bn_real`.
    """
    table = read_predictions(run.folder)
    params = run.params
    description = {
        "label": describe_training_data(params, training_counts),
        "seed": params.seed,
        "data_seed": params.data_seed,
        "stand_in": params.stand_in,
    }
    content: dict = {"counts": dict(training_counts) | description}
    sources: dict[str, BatchNormSource] = {"test_sets": "trained"}
    if has_batch_norm(table, "bn_real"):
        sources["test_sets_bn_real"] = "bn_real"
    for key, source in sources.items():
        content[key] = {
            str(name): compute_metrics(part, source)
            for name, part in table.groupby("test_set", sort=False)
        }
    run.write_json("metrics.json", content)
    return content
