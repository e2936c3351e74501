"""Metrics against hand-made cases and against the definitions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import precision_score, recall_score

from synthlib import evaluation

CLASSES = [f"c{i}" for i in range(7)]


def table(true: list[int], logits: np.ndarray) -> pd.DataFrame:
    columns = {f"logit_{name}": logits[:, i] for i, name in enumerate(CLASSES)}
    return pd.DataFrame({"test_set": "real", "true": [CLASSES[i] for i in true]} | columns)


def one_hot(guesses: list[int]) -> np.ndarray:
    return np.eye(len(CLASSES))[guesses] * 5


def test_a_hand_made_case() -> None:
    # c0: 2 of 2 right; c1: 1 of 2, the other called c0; c2: 0 of 1, called c0
    found = evaluation.compute_metrics(table([0, 0, 1, 1, 2], one_hot([0, 0, 1, 0, 0])))
    assert found["top1"] == pytest.approx(60)
    # precision: c0 2/4, c1 1/1, c2 to c6 never predicted: 0 each
    assert found["precision"] == pytest.approx(100 * 1.5 / 7)
    # recall: of the classes that are there: 1, 1/2, 0
    assert found["recall"] == pytest.approx(100 * 1.5 / 3)
    assert found["n_test"] == 5


@given(st.integers(0, 10_000))
def test_against_the_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 70
    true = np.repeat(np.arange(7), n // 7)
    logits = rng.normal(size=(n, 7)).astype(np.float32)
    found = evaluation.compute_metrics(table(list(true), logits))
    order = np.argsort(-logits, axis=1)
    for k in (1, 3, 5):
        hits = (order[:, :k] == true[:, None]).any(axis=1)
        assert found[f"top{k}"] == pytest.approx(100 * hits.mean())
    guess = order[:, 0]
    precision = precision_score(true, guess, average="macro", zero_division=0)
    assert found["precision"] == pytest.approx(100 * precision)
    assert found["recall"] == pytest.approx(100 * recall_score(true, guess, average="macro"))
    assert found["recall"] == pytest.approx(found["top1"])  # a balanced test set


def test_confusion_and_class_accuracy_come_from_the_same_counts() -> None:
    predicted = table([0, 0, 1, 1, 2], one_hot([0, 3, 1, 0, 0]))
    counts = evaluation.count_confusions(predicted)
    assert counts.loc["c0", "c3"] == 1
    assert counts.to_numpy().sum() == 5
    accuracy = evaluation.class_accuracy(predicted)
    assert accuracy["c0"] == 50
    assert accuracy["c2"] == 0
    assert np.isnan(accuracy["c6"])  # no test image of it: no accuracy, not 0


def test_ties_do_not_split_top1_from_the_matrix() -> None:
    predicted = table([0, 1, 2], np.zeros((3, 7)))
    counts = evaluation.count_confusions(predicted)
    assert evaluation.compute_metrics(predicted)["top1"] == pytest.approx(
        100 * np.trace(counts) / 3
    )


def test_few_classes_make_top5_trivial() -> None:
    small = pd.DataFrame({"true": ["a", "b"], "logit_a": [1.0, 2.0], "logit_b": [0.0, 0.0]})
    assert evaluation.compute_metrics(small)["top3"] == 100.0


def test_the_interval_is_wilsons() -> None:
    low, high = evaluation.wilson_interval(50.0, 100)  # 0.4038 to 0.5962 in any textbook
    assert (low, high) == (pytest.approx(40.38, abs=0.01), pytest.approx(59.62, abs=0.01))
    assert evaluation.wilson_interval(100.0, 50)[1] == 100.0


def test_an_empty_study_gives_an_empty_table(tmp_path: Path) -> None:
    found = evaluation.metrics_table(tmp_path, "tiny")
    assert found.empty
    assert {"top1", "n_real", "n_test", "seed", "protocol"} <= set(found.columns)


def test_a_table_of_predictions_is_read_once_and_can_be_changed(tmp_path: Path) -> None:
    made = table([0, 1, 2], one_hot([0, 1, 1]))
    made.drop(columns=["background", "placement"], errors="ignore").to_parquet(
        tmp_path / "ranks.parquet"
    )
    first = evaluation.read_predictions(tmp_path)
    assert {*first["background"], *first["placement"]} == {""}
    assert first["sample_seed"].isna().all()
    first["true"] = "another"
    assert evaluation.read_predictions(tmp_path)["true"].tolist() == ["c0", "c1", "c2"]
    assert evaluation.read_predictions(tmp_path, "none").empty
    made.assign(true="c6").to_parquet(tmp_path / "ranks.parquet")
    assert set(evaluation.read_predictions(tmp_path)["true"]) == {"c6"}
