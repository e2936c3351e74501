"""Metrics against hand-made cases and against the definitions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import precision_score, recall_score

from synthlib import evaluation

CLASSES = [f"c{i}" for i in range(7)]


def predictions_table(true: list[int], logits: np.ndarray) -> pd.DataFrame:
    columns = {f"logit_{name}": logits[:, i] for i, name in enumerate(CLASSES)}
    return pd.DataFrame({"test_set": "real", "true": [CLASSES[i] for i in true]} | columns)


def one_hot(predicted: list[int]) -> np.ndarray:
    return np.eye(len(CLASSES))[predicted] * 5


def test_a_hand_made_case() -> None:
    # c0: 2 of 2 correct; c1: 1 of 2, the other predicted as c0; c2: 0 of 1, predicted as c0
    table = predictions_table([0, 0, 1, 1, 2], one_hot([0, 0, 1, 0, 0]))
    metrics = evaluation.compute_metrics(table)
    assert metrics["top1"] == pytest.approx(60)
    # precision: c0 2/4, c1 1/1, c2 to c6 never predicted: 0 each
    assert metrics["precision"] == pytest.approx(100 * 1.5 / 7)
    # recall: of the classes that occur: 1, 1/2, 0
    assert metrics["recall"] == pytest.approx(100 * 1.5 / 3)
    assert metrics["n_test"] == 5


@settings(max_examples=20)  # each has 490 logits
@given(st.integers(0, 10_000))
def test_against_the_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 70
    true = np.repeat(np.arange(7), n // 7)
    logits = rng.normal(size=(n, 7)).astype(np.float32)
    metrics = evaluation.compute_metrics(predictions_table(list(true), logits))
    order = np.argsort(-logits, axis=1)
    for k in (1, 3, 5):
        correct = (order[:, :k] == true[:, None]).any(axis=1)
        assert metrics[f"top{k}"] == pytest.approx(100 * correct.mean())
    predicted = order[:, 0]
    precision = precision_score(true, predicted, average="macro", zero_division=0)
    assert metrics["precision"] == pytest.approx(100 * precision)
    assert metrics["recall"] == pytest.approx(100 * recall_score(true, predicted, average="macro"))
    assert metrics["recall"] == pytest.approx(metrics["top1"])  # a balanced test set


def test_confusion_and_class_accuracy_come_from_the_same_counts() -> None:
    predicted = predictions_table([0, 0, 1, 1, 2], one_hot([0, 3, 1, 0, 0]))
    counts = evaluation.count_confusions(predicted)
    assert counts.loc["c0", "c3"] == 1
    assert counts.to_numpy().sum() == 5
    accuracy = evaluation.class_accuracy(predicted)
    assert accuracy["c0"] == 50
    assert accuracy["c2"] == 0
    assert np.isnan(accuracy["c6"])  # no test image of it: no accuracy, not 0


def test_ties_do_not_split_top1_from_the_matrix() -> None:
    predicted = predictions_table([0, 1, 2], np.zeros((3, 7)))
    counts = evaluation.count_confusions(predicted)
    assert evaluation.compute_metrics(predicted)["top1"] == pytest.approx(
        100 * np.trace(counts) / 3
    )


def test_top_k_is_100_with_k_classes_or_fewer() -> None:
    small = pd.DataFrame({"true": ["a", "b"], "logit_a": [1.0, 2.0], "logit_b": [0.0, 0.0]})
    assert evaluation.compute_metrics(small)["top3"] == 100.0
