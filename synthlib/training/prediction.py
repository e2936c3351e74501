"""A trained model's predictions on test sets, written as `predictions.parquet` (thesis 5.2).

What is read and measured of them is `evaluation`'s, which has the file's columns.
"""

import io
from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from torch import nn

from synthlib.data.datasets import TestSet, TrainingSet, photograph_test_set
from synthlib.runs import Run
from synthlib.training.batch_norm import recalibrate_batch_norm
from synthlib.utils.files import write_atomic


def predict(
    run: Run,
    model: nn.Module,
    test_sets: Mapping[str, TestSet],
    training_set: TrainingSet | None = None,
) -> pd.DataFrame:
    """Logits of `model` on every test set, written to `predictions.parquet`.

    With `train`, what the run trained on, and real photographs in it: those of `bn_real`, too.
    """
    table = logits_table(model, run.params.classes, test_sets)
    if training_set is not None and training_set.real is not None:
        photographs = photograph_test_set(run.params, training_set.real)
        again = recalibrate_batch_norm(model, photographs, run.params.seed)
        second = logits_table(again, run.params.classes, test_sets)
        logits = [c for c in map(str, second.columns) if c.startswith("logit_")]
        table = pd.concat([table, second[logits].add_prefix("bn_real_")], axis=1)
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
