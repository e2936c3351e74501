"""The one reader of predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthlib import evaluation
from synthlib.runs import RunError


def test_predictions_are_read_once_and_may_be_changed(tmp_path: Path) -> None:
    logits = {f"logit_{name}": np.arange(3.0) for name in "abc"}
    written = pd.DataFrame({"test_set": "real", "true": ["a", "b", "c"]} | logits)
    written.to_parquet(tmp_path / "ranks.parquet")
    table = evaluation.read_predictions(tmp_path)
    assert {*table["background"], *table["placement"]} == {""}
    assert table["sample_seed"].isna().all()
    table["true"] = "another"
    assert evaluation.read_predictions(tmp_path)["true"].tolist() == ["a", "b", "c"]
    assert evaluation.read_predictions(tmp_path, "none").empty
    written.assign(true="c").to_parquet(tmp_path / "ranks.parquet")
    assert set(evaluation.read_predictions(tmp_path)["true"]) == {"c"}


def test_logits_that_are_nan_and_logits_that_are_not_there_are_told_apart() -> None:
    table = pd.DataFrame({"true": ["a", "b"], "logit_a": [1.0, np.nan], "logit_b": [0.0, np.nan]})
    with pytest.raises(RunError, match=r"NaN \(logit_<class>\): the training diverged; choose"):
        evaluation.logits_and_classes(table)
    with pytest.raises(RunError, match="no bn_real_logit_<class>: only runs that trained on real"):
        evaluation.logits_and_classes(table, "bn_real")
    assert evaluation.logits_and_classes(table.iloc[:1])[0].tolist() == [[1.0, 0.0]]
