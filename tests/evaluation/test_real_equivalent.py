"""Learning curves and real-equivalents, over fake runs."""

from pathlib import Path

import numpy as np
import pytest

from synthlib import evaluation
from tests.helpers.fake_runs import write_fake_curves, write_fake_run


def test_real_equivalents(tmp_path: Path) -> None:
    write_fake_curves(tmp_path)
    rows = evaluation.real_equivalents(tmp_path, "tiny").set_index("experiment")
    # 50 lies half way from 40 (910 photographs) to 60 (2,730)
    assert rows.loc["mixed_real33", "real_equivalent"] == pytest.approx(
        np.sqrt(910 * 2730), rel=1e-3
    )
    equal, n = rows.loc["mixed_real33", ["real_equivalent", "n_real"]]
    third = rows.loc["mixed_real33"]
    assert third["per_replaced"] == pytest.approx(4368 / (equal - n))
    assert n < third["low"] < equal < third["high"]
    assert third["per_replaced_low"] == pytest.approx(4368 / (third["high"] - n))
    assert third["per_replaced_high"] == pytest.approx(4368 / (third["low"] - n))
    top = rows.loc["mixed_synth100"]  # better than all real photographs: beyond what is known
    assert np.isinf(top["real_equivalent"])
    assert top["words"] == "> 2,730 (> 2,730 to > 2,730)"
    assert np.isnan(top["per_replaced"])


def test_the_crossing_of_the_baseline(tmp_path: Path) -> None:
    nothing = evaluation.baseline_crossing(tmp_path, "tiny")
    assert np.isnan(nothing["measured"])
    write_fake_curves(tmp_path)
    found = evaluation.baseline_crossing(tmp_path, "tiny")
    assert found["measured"] == pytest.approx(100 / np.sqrt(3), rel=1e-3)  # half way from 50 to 70
    assert found["low"] < found["measured"] < found["high"]


def test_a_tenth_is_on_the_curve_once_it_has_run_with_the_baselines_seeds(tmp_path: Path) -> None:
    write_fake_curves(tmp_path, seeds=2)
    write_fake_run(tmp_path, "real10", 24)
    write_fake_run(tmp_path, "mixed_real10", 34)
    before = evaluation.real_equivalents(tmp_path, "tiny")
    assert "mixed_real10" not in set(before["experiment"])  # seed 1 is missing
    for name, top1 in {"real10": 24, "mixed_real10": 34}.items():
        write_fake_run(tmp_path, name, top1, seed=1)
    curves = evaluation.learning_curve_table(tmp_path, "tiny")
    alone = curves[curves["curve"] == "alone"]
    assert alone["experiment"].tolist() == ["real3", "real10", "real16", "real33", "baseline"]
    assert alone["n_real"].is_monotonic_increasing
    row = evaluation.real_equivalents(tmp_path, "tiny").set_index("experiment").loc["mixed_real10"]
    low, high = (alone["n_real"][alone["top1"] == top1].iloc[0] for top1 in (30, 40))
    assert row["real_equivalent"] == pytest.approx(low**0.6 * high**0.4, rel=1e-6)
