"""Predictions of a trained model on test sets, and the metrics made of them (thesis 5.2).

`predictions.parquet` is the contract: a row a test image with `test_set`, `sample`, `true`,
`background`, `placement`, `sample_seed`, and one `logit_<class>` a class. Every table and figure
is computed from it, never from the model again.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import confusion_matrix, precision_score, recall_score, top_k_accuracy_score
from torch import nn

from synthlib.datasets import TestSet
from synthlib.files import write_atomic
from synthlib.runs import Run, label

TOP_K = (1, 3, 5)


def predict(run: Run, model: nn.Module, test_sets: Mapping[str, TestSet]) -> pd.DataFrame:
    """Logits of `model` on every test set, written to `predictions.parquet`."""
    table = logits_table(model, run.params.classes, test_sets)
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomic(run.folder / "predictions.parquet", buffer.getvalue())
    return table


def logits_table(
    model: nn.Module, classes: Sequence[str], test_sets: Mapping[str, TestSet]
) -> pd.DataFrame:
    """Logits of `model` (in float32) on every test set: the columns of `predictions.parquet`."""
    device = next(model.parameters()).device
    model.eval()
    parts = []
    for name, test_set in test_sets.items():
        with torch.inference_mode():
            batches = [model(images).float().cpu() for images in test_set.batches(device)]
        logits = pd.DataFrame(torch.cat(batches).numpy(), columns=[f"logit_{c}" for c in classes])
        table = test_set.table.reset_index(drop=True)
        parts.append(pd.concat([table.assign(test_set=name), logits], axis=1))
    table = pd.concat(parts, ignore_index=True)
    first = ["test_set", "sample", "true", "background", "placement", "sample_seed"]
    return table[first + [c for c in table if c not in first]]


def predictions(run_folder: Path) -> pd.DataFrame:
    """The predictions of a run folder, as `predict` wrote them."""
    return pd.read_parquet(run_folder / "predictions.parquet")


def logits_of(table: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """float (N, classes) logits of a predictions table, and the classes in column order."""
    columns = [c for c in map(str, table.columns) if c.startswith("logit_")]
    return table[columns].to_numpy(), [c.removeprefix("logit_") for c in columns]


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """Of one test set's predictions, in percent: top1, top3, top5, macro precision and recall.

    With k classes or fewer, top-k is 100 by definition. Precision of a class that is never
    predicted counts as 0, as in scikit-learn with `zero_division=0`.
    """
    logits, classes = logits_of(table)
    true = table["true"].map({name: i for i, name in enumerate(classes)}).to_numpy()
    guess = logits.argmax(axis=1)
    labels = np.arange(len(classes))
    result = {f"top{k}": _top_k(true, logits, k) for k in TOP_K}
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        present = labels[np.isin(labels, true)] if name == "recall" else labels
        value = score(true, guess, labels=present, average="macro", zero_division=0)  # pyright: ignore[reportArgumentType]
        result[name] = 100 * float(value)
    return result | {"n_test": len(table)}


def _top_k(true: np.ndarray, logits: np.ndarray, k: int) -> float:
    if k >= logits.shape[1]:
        return 100.0
    if k == 1:  # scikit-learn breaks ties another way than argmax, which precision is made of
        return 100 * float((logits.argmax(axis=1) == true).mean())
    return 100 * float(top_k_accuracy_score(true, logits, k=k, labels=np.arange(logits.shape[1])))


def confusion(table: pd.DataFrame) -> pd.DataFrame:
    """Counts, true classes as rows and predicted ones as columns (thesis Figures 18 to 32)."""
    logits, classes = logits_of(table)
    guess = np.array(classes)[logits.argmax(axis=1)]
    counts = confusion_matrix(table["true"], guess, labels=classes)
    return pd.DataFrame(counts, pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))


def class_accuracy(table: pd.DataFrame) -> pd.Series:
    """Top-1 accuracy of each class in percent (Tables 15 to 17, 20, 21); NaN without samples."""
    counts = confusion(table)
    totals = counts.sum(axis=1).replace(0, np.nan)
    return pd.Series(100 * np.diag(counts) / totals, counts.index, name="top1")


def measure(run: Run, counts: Mapping[str, float]) -> dict:
    """The run's metrics a test set, computed from its predictions and written to `metrics.json`
    with what it trained on (`counts`, seeds and a plain-words label)."""
    table = predictions(run.folder)
    params = run.params
    about = {"label": label(params, counts), "seed": params.seed, "data_seed": params.data_seed}
    content = {
        "counts": dict(counts) | about | {"stand_in": params.stand_in},
        "test_sets": {
            str(name): metrics(part) for name, part in table.groupby("test_set", sort=False)
        },
    }
    run.write_json("metrics.json", content)
    return content
