"""Predictions of a trained model on test sets, written as `predictions.parquet` (thesis 5.2).

The columns of that file are documented in `evaluation.predictions`, which reads it.

`bn_real` predictions are of the same weights with batch-norm statistics recomputed from the run's
real training photographs (docs/design.md, Batch norm). The statistics of a mixed run are those of
the union, which is mostly synthetic. They are recomputed in the test's preprocessing (Resize,
CenterCrop: no random draws), as they are meant to fit test photographs. A run on real photographs
alone changes too, because random crops differ from centre crops; its change is the reference for
that of a mixed run.
"""

import copy
import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from synthlib.compositing.augmentation import normalise_
from synthlib.data.datasets import TestSet, TrainingSet, photograph_test_set
from synthlib.photographs.photographs import DataError
from synthlib.runs import DIVERGED, Run, RunError
from synthlib.seeding import rng_for
from synthlib.utils.files import write_atomic

MAX_BATCH_SIZE = 128
"""Largest batch when batch-norm statistics are recomputed; batches are equal to within one."""


def predict(
    run: Run,
    model: nn.Module,
    test_sets: Mapping[str, TestSet],
    training_set: TrainingSet | None = None,
) -> pd.DataFrame:
    """Predict all test sets and write the run's `predictions.parquet`.

    Args:
        run: The run that the model belongs to.
        model: The trained model; its batch-norm statistics are not changed.
        test_sets: Test sets by name.
        training_set: What the run trained on. If given and with real photographs, the table also
            has the logits of `bn_real`.

    Returns:
        One row per test image: `test_set`, `sample`, `true`, `background`, `placement`,
        `sample_seed`, `logit_<class>` and, with `training_set`, `bn_real_logit_<class>` (float32).

    Raises:
        RunError: If a logit is not finite; the file is not written then.

    Examples:
        >>> table = predict(run, load_model(run), test_sets(params, data))
        >>> table.groupby("test_set").size()
    """
    table = logits_table(model, run.params.classes, test_sets)
    if training_set is not None and training_set.real is not None:
        photographs = photograph_test_set(run.params, training_set.real)
        recalibrated = recalibrate_batch_norm(model, photographs, run.params.seed)
        bn_real = logits_table(recalibrated, run.params.classes, test_sets)
        logits = [f"logit_{name}" for name in run.params.classes]
        table = pd.concat([table, bn_real[logits].add_prefix("bn_real_")], axis=1)
    is_finite = np.isfinite(table.filter(like="logit_")).all(axis=1)
    if not is_finite.all():
        raise RunError(
            f"{run.folder}: the logits of {(~is_finite).sum()} of {len(table)} test images are not "
            f"finite: {DIVERGED}"
        )
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomic(run.folder / "predictions.parquet", buffer.getvalue())
    return table


def logits_table(
    model: nn.Module, classes: Sequence[str], test_sets: Mapping[str, TestSet]
) -> pd.DataFrame:
    """Logits of a model, computed in float32, on every test set (columns: see `predict`)."""
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
    return table[first + [column for column in table if column not in first]]


def recalibrate_batch_norm(model: nn.Module, photographs: TestSet, seed: int) -> nn.Module:
    """Copy a model and recompute its batch-norm statistics from photographs.

    Args:
        model: The trained model; it is not changed.
        photographs: The photographs, in the test's preprocessing (`photograph_test_set`).
        seed: Seed of the shuffle that mixes the classes of each batch.

    Returns:
        A copy in evaluation mode. Its running means and variances are the averages over batches of
        at most `MAX_BATCH_SIZE` photographs; its weights are those of `model`.

    Raises:
        DataError: If there are fewer than 2 photographs.

    Examples:
        >>> photographs = photograph_test_set(params, train.real)
        >>> recalibrated = recalibrate_batch_norm(model, photographs, params.seed)
    """
    n = len(photographs.image_set)
    if n < 2:
        raise DataError(f"batch-norm statistics need 2 photographs or more, there are {n}")
    recalibrated = copy.deepcopy(model)
    device = next(model.parameters()).device
    order = rng_for(seed, "bn_real").permutation(n)
    batches = np.array_split(order, -(-n // MAX_BATCH_SIZE))
    with torch.no_grad():
        images = (normalise_(photographs.images(index, device)) for index in batches)
        update_bn(images, recalibrated)
    return recalibrated.eval()
