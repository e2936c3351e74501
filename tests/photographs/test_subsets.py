"""Subsets of the real photographs: nested, disjoint, and none of them among the unused ones."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from synthlib.photographs.photographs import DataError
from synthlib.photographs.subsets import (
    UNUSED_REAL_FOLDS,
    real_subset,
    unused_real,
    unused_real_fold,
    without_fold,
)


def _table(*counts: int, twins: int = 0) -> pd.DataFrame:
    rows = [
        {"sample": f"{cls}/{i}", "class": f"c{cls}", "split": "train", "sha256": f"{cls}-{i}"}
        for cls, n in enumerate(counts)
        for i in range(n)
    ]
    table = pd.DataFrame(rows)
    for i in range(twins):  # the first files of every class are identical to those of class 0
        table.loc[table["sample"].str.endswith(f"/{i}"), "sha256"] = f"twin{i}"
    val = table.head(3).assign(split="val", sample="v", sha256="v")
    return pd.concat([table, val], ignore_index=True)


def _names(table: pd.DataFrame) -> set[str]:
    return set(table["sample"])


@given(st.integers(4, 90), st.integers(0, 5), st.floats(0.2, 1.0), st.floats(0.2, 1.0))
@settings(max_examples=40)
def test_subsets_are_nested(n, seed, one, two) -> None:
    table = _table(n, n + 3)
    small, large = sorted((one, two))
    assert _names(real_subset(table, small, seed)) <= _names(real_subset(table, large, seed))


def test_three_splits_are_disjoint_and_the_first_is_the_nested_subset() -> None:
    table = _table(1200, 1198)
    splits = [real_subset(table, 0.3333, 7, split) for split in (1, 2, 3)]
    assert _names(splits[0]) == _names(real_subset(table, 0.3333, 7))
    assert len(set.union(*map(_names, splits))) == sum(map(len, splits))
    assert [part["class"].value_counts()["c0"] for part in splits] == [400, 400, 400]
    assert {len(part) for part in splits} <= {799, 800}


@pytest.mark.parametrize(
    ("split", "fraction"), [(3, 0.34), (2, 0.6), (1, 1.2), (0, 0.0), (-1, 0.3)]
)
def test_more_photographs_than_exist_are_refused(split, fraction) -> None:
    with pytest.raises(ValueError, match=r"more photographs than there are|above 0, up to 1"):
        real_subset(_table(30, 30), fraction, 0, split)


def test_a_class_that_would_be_empty_is_named() -> None:
    with pytest.raises(DataError, match="class c1 are none"):
        real_subset(_table(300, 10), 0.01, 0)


def test_unused_photographs_have_no_copy_among_the_used_ones() -> None:
    table = _table(40, 40, twins=12)
    for fraction in (0.3, 0.75, 0.9):
        used = real_subset(table, fraction, 1)
        rest = unused_real(table, used, 1)
        assert not _names(used) & _names(rest)
        assert not set(used["sha256"]) & set(rest["sha256"])
        assert set(rest["split"]) == {"train"}
    assert len(unused_real(table, None, 1)) == 80


def test_no_unused_photographs_are_an_error() -> None:
    table = _table(9, 9)
    with pytest.raises(DataError, match="trains on all photographs of class c0"):
        unused_real(table, real_subset(table, 1.0, 0), 0)
    rest = unused_real(table, real_subset(table, 0.6, 0), 0)
    with pytest.raises(DataError, match="real_2: class c0 has fewer than 5"):
        unused_real_fold(rest, 2)
    with pytest.raises(ValueError, match="real_1 to real_5"):
        unused_real_fold(rest, 6)


@given(st.integers(18, 60), st.integers(0, 3), st.integers(1, 3))
@settings(max_examples=25)
def test_five_test_sets_are_disjoint_and_equally_large(n, seed, split) -> None:
    table = _table(n, n + 7)
    rest = unused_real(table, real_subset(table, 0.3333, seed, split), seed)
    parts = [unused_real_fold(rest, k) for k in range(1, UNUSED_REAL_FOLDS + 1)]
    assert len(set.union(*map(_names, parts))) == sum(map(len, parts))
    left = rest["class"].value_counts()
    for part in parts:
        counts = part["class"].value_counts()
        assert all(counts[name] == left[name] // UNUSED_REAL_FOLDS for name in left.index)


def test_the_thesis_numbers() -> None:
    """1,300 photographs per class give test sets of 180, and 1,200 of 160 (5.3.6)."""
    for n, size in ((1300, 180), (1200, 160)):
        table = _table(n)
        used = real_subset(table, 400 / n, 0, 2)
        assert len(used) == 400
        assert len(unused_real_fold(unused_real(table, used, 0), 5)) == size


def test_subsets_depend_on_the_seed_but_not_on_the_order_of_rows() -> None:
    table = _table(50, 50)
    shuffled = table.iloc[np.random.default_rng(0).permutation(len(table))]
    assert _names(real_subset(table, 0.4, 3)) == _names(real_subset(shuffled, 0.4, 3))
    assert _names(real_subset(table, 0.4, 3)) != _names(real_subset(table, 0.4, 4))


@given(st.integers(5, 40), st.integers(2, 5), st.integers(0, 3))
@settings(max_examples=25)
def test_folds_leave_out_every_photograph_once(n, folds, seed) -> None:
    table = _table(n, n + 7)
    train = _names(table[table["split"] == "train"])
    kept = [without_fold(table, k, folds, seed) for k in range(folds)]
    left_out = [train - _names(part) for part in kept]
    assert set.union(*left_out) == train
    assert sum(map(len, left_out)) == len(train)
    for part in kept:
        assert set(part["split"]) == {"train"}
        counts = part["class"].value_counts()
        assert abs(counts["c0"] - n * (folds - 1) / folds) < 1
        # the fold is what the run may be tested on
        assert _names(unused_real(table, real_subset(part, 1.0, 9), 9)) == train - _names(part)


def test_identical_photographs_share_a_fold_and_few_photographs_are_refused() -> None:
    table = _table(30, 30, twins=2)
    for k in range(5):
        part = without_fold(table, k, 5, 0)
        assert part["sha256"].isin(["twin0", "twin1"]).sum() in (0, 4)
    with pytest.raises(DataError, match=r"5 folds of class c1 .* only 4"):
        without_fold(_table(30, 4), 0, 5, 0)
