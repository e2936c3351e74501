"""Photographs instead of renders, with classes that a model predicts for them.

They stand for photographs fetched for the task, to compare an hour of rendering with an hour of
photographs (docs/design.md). A run on `synthetic_domain: fetched` gets them from the training
photographs that it leaves out, and their labels from the model of the experiment `labelled_by`
that was trained on the run's own photographs, so that nobody has to look at them: some labels are
wrong. True classes of fetched photographs are read nowhere.

Only `subsets.fetched_photographs` may be used: they are in no test set that such a run is tested
on, neither in `dev` nor `val`. The labels are in a file of the outputs folder, which
`study.labelling` writes before the run.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.photographs.subsets import fetched_photographs, training_photographs
from synthlib.seeding import sample_ids, uniforms
from synthlib.utils.errors import file_errors

LABEL_COLUMNS = ["sample", "sha256", "label"]


def labels_path(params: Params) -> Path:
    """Path of the labels of a run's fetched photographs."""
    folder = params.output_dir / "labels" / params.scale / params.protocol
    return folder / f"{params.labelled_by}-seed{params.seed}.csv"


def candidates(params: Params, table: pd.DataFrame) -> pd.DataFrame:
    """The photographs that a run may fetch.

    Args:
        params: The run's parameters.
        table: The study's photographs, from `scan_photographs`.

    Returns:
        Rows of the table (`subsets.fetched_photographs`).

    Raises:
        DataError: If a class has too few photographs that the run leaves out.
    """
    used = training_photographs(params, table)
    return fetched_photographs(table, used, params.seed)


def read_labels(params: Params, table: pd.DataFrame) -> pd.DataFrame:
    """Read the fetched photographs of a run, with their predicted classes.

    Args:
        params: The run's parameters; `synthetic_fraction` is the share of the file to use, of a
            shuffle by the run's seed that knows no class, so that subsets are nested.
        table: The study's photographs.

    Returns:
        Columns sample, sha256 and label, in the order of the file.

    Raises:
        DataError: If the file does not exist, or names a photograph that the run may not use: one
            that it trains on, of `dev` or `val`, or left for tests.
    """
    path = labels_path(params)
    if not path.exists():
        raise DataError(
            f"no {path}: a batch writes it from the run of {params.labelled_by} with seed "
            f"{params.seed}: synthlib batch --scale {params.scale} --only {params.labelled_by} "
            f"--only {params.experiment} --seeds {params.seed} "
            f"--set 'batch_protocols=[{params.protocol}]'"
        )
    with file_errors(path, "read"):
        labels = pd.read_csv(path, dtype=str, keep_default_na=False)[LABEL_COLUMNS]
    allowed = candidates(params, table).set_index("sample")["sha256"]
    is_allowed = labels["sha256"] == labels["sample"].map(allowed)
    if not is_allowed.all():
        raise DataError(
            f"{path}: {labels['sample'][~is_allowed].iloc[0]} is not among the photographs that "
            f"this run may fetch: it trains or is tested on it, or the photographs have changed. "
            "Delete the file, and the batch writes it again"
        )
    if unknown := sorted(set(labels["label"]) - set(params.classes)):
        raise DataError(f"{path}: label {unknown[0]!r} is not in classes; delete the file")
    draws = uniforms(params.seed, "fetched", ids=sample_ids(list(labels["sample"])), n=1)[:, 0]
    rank = np.argsort(np.argsort(draws, kind="stable"), kind="stable")
    n = max(1, round(params.synthetic_fraction * len(labels)))
    return labels[rank < n].reset_index(drop=True)
