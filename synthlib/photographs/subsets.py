"""Subsets of the training photographs that a run trains on, and test sets of the rest.

Every choice follows one shuffle of a class's photographs, fixed by the run's seed. Subsets of one
seed are therefore nested (3% in 16% in 33%) and the same in every experiment, and the first of the
disjoint splits of Table 24 is the nested subset (thesis 5.3.6).

Under cross-validation (`Params.folds`) a run first leaves out one fold of the photographs, which
all seeds cut alike, and takes its subset from the rest.
"""

import numpy as np
import pandas as pd

from synthlib.params import Params
from synthlib.photographs.photographs import DataError, shuffle_rank

UNUSED_REAL_FOLDS = 5
"""Number of disjoint test sets of a stability run."""

FETCHED_FOLDS = (1, 2, 3)
"""Folds of a run's unused photographs that stand for photographs fetched for the task. No run that
trains on them is tested on them: 4 and 5 are left for tests."""


def training_photographs(params: Params, table: pd.DataFrame) -> pd.DataFrame:
    """Choose the photographs that a run trains on, by its parameters.

    Args:
        params: The run's parameters: `real_fraction`, `real_split`, `folds` and both seeds.
        table: From `scan_photographs`.

    Returns:
        Rows of the table, from `real_subset`, without the fold that the run leaves out.

    Raises:
        DataError: If a class has too few photographs; the message names it.
    """
    if params.folds:
        table = without_fold(table, params.seed % params.folds, params.folds, params.data_seed)
    return real_subset(table, params.real_fraction, params.seed, params.real_split)


def without_fold(table: pd.DataFrame, fold: int, folds: int, data_seed: int) -> pd.DataFrame:
    """Leave out one fold of the training photographs, for cross-validation.

    Args:
        table: From `scan_photographs`.
        fold: Number of the fold, in [0, folds).
        folds: Number of folds; their sizes differ by at most one photograph of a class.
        data_seed: Seed of the shuffle that is cut into folds. Identical photographs come last in it
            and so share a fold, unless there are more of them than a fold has.

    Returns:
        The table's rows of split "train" without the fold, with a new index.

    Raises:
        DataError: If a class has fewer photographs than folds; the message names it.
    """
    train = _training_rows(table)
    n = train.groupby("class")["sample"].transform("size")
    for name in train.loc[n < folds, "class"].unique():
        raise DataError(
            f"folds: {folds} folds of class {name} are asked for, but it has only "
            f"{(train['class'] == name).sum()} training photographs"
        )
    rank = shuffle_rank(train, "class", data_seed, "folds")
    return train[rank * folds // n != fold].reset_index(drop=True)


def real_subset(table: pd.DataFrame, fraction: float, seed: int, split: int = 0) -> pd.DataFrame:
    """Choose the photographs that a run trains on.

    Of a class's n training photographs, floor(fraction * n + 1/2) are chosen. Those with an
    identical twin come last in the shuffle, so that a subset and the rest share none.

    Args:
        table: From `scan_photographs`.
        fraction: Share of each class's photographs, in (0, 1].
        seed: The run's seed.
        split: 0 or 1 for the first photographs of the shuffle (nested subsets), 2 or 3 for the
            second or third share of the same size (Table 24).

    Returns:
        The chosen rows of split "train", in the table's order, with a new index.

    Raises:
        DataError: If the fraction gives a class no photograph; the message names the class.
        ValueError: If the fraction is out of range or the splits exceed the photographs.

    Examples:
        >>> table = scan_photographs(root, classes, dev_per_class=50, data_seed=0).table
        >>> third = real_subset(table, 1 / 3, seed=0)
        >>> rest = unused_real(table, third, seed=0)
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction of real photographs is {fraction!r}; allowed: above 0, up to 1")
    if split < 0 or max(1, split) * fraction > 1:
        raise ValueError(
            f"split {split} of disjoint ones with a fraction of {fraction} each asks for more "
            "photographs than there are"
        )
    train = _training_rows(table)
    n = train.groupby("class")["sample"].transform("size")
    rank = shuffle_rank(train, "class", seed, "real_subset")
    share_number = max(1, split)
    begin = np.floor((share_number - 1) * fraction * n + 0.5)
    end = np.floor(share_number * fraction * n + 0.5)
    chosen = train[(rank >= begin) & (rank < end)]
    for name in _missing_classes(train, chosen):
        count = int((train["class"] == name).sum())
        raise DataError(
            f"{fraction:.2%} of the {count} training photographs of class {name} are none: at "
            f"least {int(np.ceil(0.5 / fraction))} are needed per class"
        )
    return chosen.reset_index(drop=True)


def unused_real(table: pd.DataFrame, used: pd.DataFrame | None, seed: int) -> pd.DataFrame:
    """List the training photographs that a run does not train on.

    Args:
        table: From `scan_photographs`.
        used: The run's photographs, from `real_subset`; None if it uses none.
        seed: The run's seed.

    Returns:
        The rows of split "train" that are neither in `used` nor identical to one of its files,
        sorted by class and rank in the shuffle.

    Raises:
        DataError: If the run uses all photographs of a class; the message names the class.
    """
    train = _training_rows(table)
    train = train.assign(rank=shuffle_rank(train, "class", seed, "real_subset"))
    used_hashes = set() if used is None else set(used["sha256"])
    rest = train[~train["sha256"].isin(used_hashes)].sort_values(["class", "rank"])
    for name in _missing_classes(train, rest):
        raise DataError(
            f"test set real_rest: the run trains on all photographs of class {name}; lower "
            "real_fraction"
        )
    return rest.drop(columns="rank").reset_index(drop=True)


def unused_real_fold(unused: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Select one of the disjoint test sets of the unused photographs.

    Args:
        unused: From `unused_real`.
        fold: Number of the test set, 1 to `UNUSED_REAL_FOLDS`.

    Returns:
        floor(n / 5) of each class's n rows, in the order of `unused`.

    Raises:
        DataError: If a class has fewer than five rows; the message names it.
        ValueError: If there is no such fold.
    """
    if not 1 <= fold <= UNUSED_REAL_FOLDS:
        raise ValueError(f"test set real_{fold}; allowed: real_1 to real_{UNUSED_REAL_FOLDS}")
    size = unused.groupby("class")["sample"].transform("size") // UNUSED_REAL_FOLDS
    for name in unused.loc[size == 0, "class"].unique():
        raise DataError(
            f"test set real_{fold}: class {name} has fewer than {UNUSED_REAL_FOLDS} photographs "
            "that the run does not train on; lower real_fraction or add photographs"
        )
    rank = unused.groupby("class").cumcount()
    return unused[rank // size == fold - 1].reset_index(drop=True)


def fetched_photographs(table: pd.DataFrame, used: pd.DataFrame, seed: int) -> pd.DataFrame:
    """List the photographs that stand for photographs fetched for the task.

    Args:
        table: From `scan_photographs`.
        used: The run's photographs, from `real_subset`.
        seed: The run's seed.

    Returns:
        The rows of `FETCHED_FOLDS` of `unused_real`: of split "train", not used by the run, in no
        other fold, and not identical to one of those.

    Raises:
        DataError: If a class has too few photographs; the message names it.
    """
    unused = unused_real(table, used, seed)
    folds = {k: unused_real_fold(unused, k) for k in range(1, UNUSED_REAL_FOLDS + 1)}
    chosen = pd.concat([folds[k] for k in FETCHED_FOLDS], ignore_index=True)
    left = unused[~unused["sample"].isin(chosen["sample"])]
    return chosen[~chosen["sha256"].isin(left["sha256"])].reset_index(drop=True)


def _training_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["split"] == "train"].reset_index(drop=True)


def _missing_classes(train: pd.DataFrame, part: pd.DataFrame) -> list[str]:
    """Classes that have no row in a part of the training photographs, sorted."""
    return sorted(set(train["class"]) - set(part["class"]))
