"""The estimate of real-equivalents; learning curves and real-equivalents of fake runs."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from synthlib import evaluation
from synthlib.evaluation.real_equivalent import estimate_real_equivalent
from tests.helpers.fake_runs import write_fake_curves, write_fake_run


def first_correct(k: int, n: int) -> np.ndarray:
    return (np.arange(n) < k)[None]


CURVE = {100: first_correct(300, 1000), 1000: first_correct(500, 1000)}


def test_real_equivalent_interpolates_in_the_logarithm() -> None:
    found = estimate_real_equivalent(CURVE, first_correct(400, 1000))
    assert found.n == pytest.approx(math.sqrt(100 * 1000))
    assert 100 < found.low < found.n < found.high < 1000
    assert estimate_real_equivalent(CURVE, first_correct(500, 1000)).n == pytest.approx(1000)
    assert estimate_real_equivalent(CURVE, first_correct(300, 1000)).n == pytest.approx(100)


def test_real_equivalent_claims_nothing_beyond_the_curve() -> None:
    above = estimate_real_equivalent(CURVE, first_correct(700, 1000))
    assert (above.n, above.low, above.high) == (math.inf,) * 3
    assert str(above) == "> 1,000 (> 1,000 to > 1,000)"
    below = estimate_real_equivalent(CURVE, first_correct(100, 1000))
    assert str(below) == "< 100 (< 100 to < 100)"


def test_a_curve_has_two_points() -> None:
    with pytest.raises(ValueError, match="two numbers"):
        estimate_real_equivalent({1: first_correct(1, 3)}, first_correct(1, 3))


def test_a_dip_in_the_curve_does_not_bring_fewer_photographs() -> None:
    dip = {10: first_correct(300, 1000), 20: first_correct(420, 1000), 40: first_correct(380, 1000)}
    dip[80] = first_correct(500, 1000)
    found = estimate_real_equivalent(dip, first_correct(450, 1000))
    assert found.n == pytest.approx(40 * math.sqrt(2))  # 20 and 40 share 40%


@given(st.integers(0, 10_000))
def test_an_accuracy_that_the_curve_just_reaches_is_on_it(seed: int) -> None:
    """A target equal to the last point is no more than it, in whatever order sums were taken."""
    rng = np.random.default_rng(seed)
    curve = {n: rng.random((3, 300)) < accuracy for n, accuracy in ((10, 0.3), (20, 0.4))}
    curve[40] = rng.random((3, 300)) < 0.9
    found = estimate_real_equivalent(curve, rng.permuted(curve[40], axis=1), n_resamples=2)
    assert found.n == pytest.approx(40)


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
