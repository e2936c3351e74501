"""Photographs by which settings were chosen, which no comparison under `tuned` counts."""

from pathlib import Path

import pandas as pd
import pytest

from synthlib.evaluation.added_data import added_images
from synthlib.evaluation.comparisons import compare_experiments, load_correct_predictions
from synthlib.evaluation.mix_gains import paired_gains
from synthlib.evaluation.unseen_photographs import unseen_photographs
from tests.helpers.fake_runs import write_fake_run

UNSEEN = 25
"""Photographs per class that no choice has looked at, of the 50 in `real_rest` of `study`."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds of a mix and the photographs alone. `real_rest` has 50 photographs per class.
    `real_1` of seeds 0 and 1 has 10 of them each, and seed 0 trains on the last 5."""
    outputs = tmp_path_factory.mktemp("study")
    for seed in (0, 1, 2):
        for name, top1 in {"real10": 40, "mixed_real10": 50}.items():
            folder = write_fake_run(outputs, name, top1, protocol="tuned", seed=seed, n=50)
            table = pd.read_parquet(folder / "predictions.parquet")
            number = table.groupby(["test_set", "true"]).cumcount()
            table["sample"] = [f"{t}/{k}" for t, k in zip(table["true"], number, strict=True)]
            is_val = table["test_set"] == "real"
            table.loc[is_val, "sample"] = "val/" + table["sample"]
            table = table[(table["test_set"] != "real_1") | (number // 10 == seed)]
            if seed == 0:
                table = table[((number < 45) | is_val).loc[table.index]]
            table.to_parquet(folder / "predictions.parquet")
    return outputs


def test_no_comparison_under_tuned_counts_them(study: Path) -> None:
    n = 7 * UNSEEN
    [row] = paired_gains(study, "tiny", test_sets=["real_rest"]).to_dict("records")
    assert (row["n"], row["seeds"]) == (n, "0, 1, 2")
    compared = compare_experiments(study, "tiny", "mixed_real10", "real10", "tuned", "real_rest")
    assert compared is not None
    assert compared["n"] == n
    added = added_images(study, "tiny", "tuned")
    assert set(added["n"]) == {7 * 50 + n}  # val counts whole


def test_val_counts_whole(study: Path) -> None:
    correct = load_correct_predictions(study, "tiny", ["real10"], "tuned")
    assert correct is not None
    assert correct.n == 7 * 50


def test_all_photographs_count_where_nothing_was_chosen(study: Path, tmp_path: Path) -> None:
    assert unseen_photographs(study, "tiny", "matched") is None
    assert unseen_photographs(tmp_path, "tiny", "tuned") is None
