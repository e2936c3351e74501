"""The one reader of predictions."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib import evaluation


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
