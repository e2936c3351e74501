"""Accuracy by camera elevation and coverage."""

import numpy as np
import pandas as pd
import pytest

from synthlib import evaluation
from synthlib.photographs.photographs import DataError


def test_accuracy_by_view() -> None:
    views = pd.DataFrame(
        {
            "file": [f"cup/p0000/{i:02d}.png" for i in range(20)],
            "elevation": [-10.0] * 10 + [50.0] * 10,
            "coverage": [0.05] * 10 + [0.55] * 10,
        }
    )
    right = np.array([True] * 3 + [False] * 7 + [True] * 9 + [False])
    predictions = pd.DataFrame(
        {
            "test_set": "synthetic_bg",
            "sample": views["file"].str.removesuffix(".png"),
            "true": "cup",
            "logit_cup": right.astype(float),
            "logit_vase": 0.5,
        }
    )
    shuffled = predictions.sample(frac=1, random_state=0)
    found = evaluation.accuracy_by_view(shuffled, views, "elevation", (-30, 0, 30, 60))
    assert found["at"].tolist() == [-15, 45]
    assert found["top1"].tolist() == pytest.approx([30, 90])
    assert found["n"].tolist() == [10, 10]
    covered = evaluation.accuracy_by_view(shuffled, views, "coverage", (0, 10, 60))
    assert covered["top1"].tolist() == pytest.approx([30, 90])
    few = evaluation.accuracy_by_view(predictions[:9], views, "elevation", (-30, 90))
    assert few.empty
    with pytest.raises(DataError, match="cup/p0000/00 is not in the manifest"):
        evaluation.accuracy_by_view(predictions, views[1:], "elevation", (-30, 90))
