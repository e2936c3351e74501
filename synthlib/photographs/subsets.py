"""Which training photographs a run trains on, and which of the others it is tested on (5.3.6).

Every choice is by one shuffle of a class's photographs, fixed by the run's seed: subsets of one
seed are nested (3% within 16% within 33%), the same in every experiment, and the disjoint splits
of Table 24 begin with the nested one.
"""

import numpy as np
import pandas as pd

from synthlib.photographs.photographs import DataError, shuffle_rank

UNUSED_REAL_FOLDS = 5
"""Disjoint test sets of a stability run."""


def real_subset(table: pd.DataFrame, fraction: float, seed: int, split: int = 0) -> pd.DataFrame:
    """The rows of split `train` that a run on `fraction`, in (0, 1], of the photographs trains on.

    floor(fraction * n + 1/2) of a class's n. `split` 0 or 1 is the nested subset, 2 and 3 the next
    so many (Table 24). Photographs with an identical twin come last, so that a subset and what it
    leaves out share none. Raises DataError naming a class that none is left of.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction of real photographs is {fraction!r}; allowed: above 0, up to 1")
    if split < 0 or max(1, split) * fraction > 1:
        raise ValueError(
            f"split {split} of disjoint ones with a fraction of {fraction} each asks for more "
            "photographs than there are"
        )
    train = table[table["split"] == "train"].reset_index(drop=True)
    n = train.groupby("class")["sample"].transform("size")
    place = shuffle_rank(train, "class", seed, "real_subset")
    first, last = (np.floor(k * fraction * n + 0.5) for k in (max(1, split) - 1, max(1, split)))
    chosen = train[(place >= first) & (place < last)]
    for name in sorted(set(train["class"]) - set(chosen["class"])):
        count = int((train["class"] == name).sum())
        raise DataError(
            f"{fraction:.2%} of the {count} training photographs of class {name} are none: it "
            f"takes {int(np.ceil(0.5 / fraction))} a class at least"
        )
    return chosen.reset_index(drop=True)


def unused_real(table: pd.DataFrame, used: pd.DataFrame | None, seed: int) -> pd.DataFrame:
    """The rows of split `train` that are not in `used` (`real_subset`'s, None: nothing), nor equal
    to one of these, a class after the other in the order of the shuffle.

    Raises DataError if a class has none left.
    """
    train = table[table["split"] == "train"].reset_index(drop=True)
    train = train.assign(place=shuffle_rank(train, "class", seed, "real_subset"))
    taken = set() if used is None else set(used["sha256"])
    rest = train[~train["sha256"].isin(taken)].sort_values(["class", "place"])
    for name in sorted(set(train["class"]) - set(rest["class"])):
        raise DataError(
            f"test set real_rest: the run trains on all photographs of class {name}; lower "
            "real_fraction"
        )
    return rest.drop(columns="place").reset_index(drop=True)


def unused_real_fold(unused: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Test set `number` in 1..5 of the rest: floor(rest / 5) of each class, none in two of them.

    Raises DataError naming a class with fewer than five left.
    """
    if not 1 <= fold <= UNUSED_REAL_FOLDS:
        raise ValueError(f"test set real_{fold}; allowed: real_1 to real_{UNUSED_REAL_FOLDS}")
    size = unused.groupby("class")["sample"].transform("size") // UNUSED_REAL_FOLDS
    for name in unused.loc[size == 0, "class"].unique():
        raise DataError(
            f"test set real_{fold}: class {name} has fewer than {UNUSED_REAL_FOLDS} photographs that the "
            "run does not train on; lower real_fraction or add photographs"
        )
    place = unused.groupby("class").cumcount()
    return unused[place // size == fold - 1].reset_index(drop=True)
