"""Predictions of runs on their test sets: the one reader, and the columns it returns.

`read_predictions` is the only reader; every table and figure is computed from what it returns,
never from the model. Its table has one row per test image:

- `test_set`, `sample` (id relative to the data root), `true` (class name);
- `background`, `placement`, `sample_seed`: the parts of a composite, "" or NaN where unknown;
- `logit_<class>` for each class and, for runs trained on real photographs,
  `bn_real_logit_<class>`: the same model with batch-norm statistics re-estimated on those
  photographs.

An archived run (`study.run_archive`) has `rank_<class>` in place of `logit_<class>`, and the parts
of its composites are not known.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from synthlib.runs import DIVERGED, RunError
from synthlib.utils.errors import file_errors

LOGIT_PREFIXES = {"trained": "logit_", "bn_real": "bn_real_logit_"}
RANK_PREFIXES = {"trained": "rank_", "bn_real": "bn_real_rank_"}

BatchNormSource = Literal["trained", "bn_real"]
"""The source of batch-norm statistics: training itself, or the real training photographs alone."""


def read_predictions(run_folder: Path, test_set: str = "") -> pd.DataFrame:
    """Read a run's predictions.

    The file is read once as long as it does not change; the returned table may be modified.

    Args:
        run_folder: Folder of a finished run.
        test_set: Name of one test set, such as `real`; "" for all of them.

    Returns:
        One row per test image, with the columns test_set, sample, true, background, placement,
        sample_seed and logit_<class> (or rank_<class>) described in the module's docstring. Empty
        if the run was not tested on `test_set`.

    Raises:
        FileError: If the file cannot be read.

    Examples:
        >>> run = runs.newest_run(Path("outputs"), "tiny", "baseline")
        >>> real = evaluation.read_predictions(run.folder, "real")
        >>> evaluation.compute_metrics(real)["top1"]
    """
    file = predictions_path(run_folder)
    with file_errors(file, "read"):
        table = _read(run_folder, file.stat().st_mtime_ns)
    return table[table["test_set"] == test_set] if test_set else table.copy(deep=False)


@lru_cache(maxsize=128)
def _read(run_folder: Path, _modified_ns: int) -> pd.DataFrame:
    table = pd.read_parquet(predictions_path(run_folder))
    unknown = {"background": "", "placement": "", "sample_seed": np.nan}
    return table.assign(**{name: v for name, v in unknown.items() if name not in table})


def predictions_path(run_folder: Path) -> Path:
    """Path of a run's predictions: `predictions.parquet`, or `ranks.parquet` of an archived run."""
    logits_file = run_folder / "predictions.parquet"
    ranks_file = run_folder / "ranks.parquet"
    # both exist where a restore was interrupted and the run was then made here: logits say more
    return ranks_file if ranks_file.exists() and not logits_file.exists() else logits_file


def logits_to_ranks(predictions: pd.DataFrame) -> pd.DataFrame:
    """Replace the logits of a predictions table by ranks.

    Returns:
        The table with uint8 columns rank_<class> (0 is the most likely class) in place of
        logit_<class>. Ties go to the class whose column comes first, as in argmax. A table of ranks
        is returned as it is.
    """
    table = predictions
    for source, prefix in LOGIT_PREFIXES.items():
        columns = [c for c in map(str, predictions.columns) if c.startswith(prefix)]
        order = np.argsort(-predictions[columns].to_numpy(), axis=1, kind="stable")
        ranks = np.argsort(order, axis=1).astype(np.uint8)
        names = [RANK_PREFIXES[source] + c.removeprefix(prefix) for c in columns]
        ranks = pd.DataFrame(ranks, columns=names, index=predictions.index)
        table = pd.concat([table.drop(columns=columns), ranks], axis=1)
    return table


def has_ranks(predictions: pd.DataFrame) -> bool:
    """True if a predictions table has ranks, from which no probability can be computed."""
    return any(str(column).startswith(RANK_PREFIXES["trained"]) for column in predictions)


def has_batch_norm(predictions: pd.DataFrame, batch_norm: BatchNormSource) -> bool:
    """True if a run also predicted with these batch-norm statistics."""
    prefixes = (LOGIT_PREFIXES[batch_norm], RANK_PREFIXES[batch_norm])
    return any(str(column).startswith(prefixes) for column in predictions)


def logits_and_classes(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> tuple[np.ndarray, list[str]]:
    """Logits of a predictions table as an array.

    Args:
        predictions: Table from `read_predictions`.
        batch_norm: Batch-norm statistics with which the logits were computed.

    Returns:
        Logits, float (N, classes), and the class names in column order. For a table of ranks the
        logits are the negative ranks: their order is right, their values mean nothing.

    Raises:
        RunError: If `bn_real` is requested for a run without real training photographs, or a logit
            is NaN.
    """
    prefix = (RANK_PREFIXES if has_ranks(predictions) else LOGIT_PREFIXES)[batch_norm]
    columns = [c for c in map(str, predictions.columns) if c.startswith(prefix)]
    if not columns:
        raise RunError(
            f"these predictions have no {prefix}<class>: only runs that trained on real "
            "photographs have bn_real"
        )
    values = predictions[columns].to_numpy()
    if np.isnan(values).any():  # saved by an earlier version
        raise RunError(f"these predictions have logits that are NaN ({prefix}<class>): {DIVERGED}")
    values = -values.astype(np.float32) if has_ranks(predictions) else values
    return values, [c.removeprefix(prefix) for c in columns]


def predicted_classes(
    predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained"
) -> np.ndarray:
    """str (N,): the class with the largest logit in each row."""
    logits, classes = logits_and_classes(predictions, batch_norm)
    return np.array(classes)[logits.argmax(axis=1)]


def is_correct(predictions: pd.DataFrame, batch_norm: BatchNormSource = "trained") -> np.ndarray:
    """bool (N,): True where the predicted class is the true one; the input of `statistics`."""
    return predicted_classes(predictions, batch_norm) == predictions["true"].to_numpy()


def correct_by_sample(
    run_folder: Path, test_set: str, batch_norm: BatchNormSource = "trained"
) -> pd.Series:
    """Correctness of a run's top-1 on a test set: bool, indexed by sample."""
    table = read_predictions(run_folder, test_set)
    return pd.Series(is_correct(table, batch_norm), table["sample"].to_numpy())


def instance_ids(test_set: str, samples: Sequence[str]) -> np.ndarray | None:
    """Instances shown by the samples of a synthetic test set, whose views are not independent.

    Returns:
        str (N,) of `<class>/<instance>`; None for photographs, which are independent images.
    """
    if not test_set.startswith("synthetic"):
        return None
    return np.array([sample.rsplit("/", 1)[0] for sample in samples])
