"""Gains of mixes over photographs alone, the primary tests, and expectations read off them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthlib import params
from synthlib.data.batch_sampler import real_shares
from synthlib.evaluation import mix_gains as module
from synthlib.evaluation.comparisons import load_correct_predictions
from synthlib.evaluation.mix_gains import expected_gain, paired_gains
from synthlib.evaluation.statistics import holm_correction, mcnemar
from tests.helpers.fake_runs import write_fake_run


def test_without_runs_there_is_nothing(tmp_path: Path) -> None:
    table = paired_gains(tmp_path, "tiny")
    assert table.empty
    assert list(table) == module.GAIN_COLUMNS
    assert np.isnan(expected_gain(table, "tuned", photographs=50, classes=7).gain)


def test_pairs_are_compared_and_only_the_primary_tests_corrected(tmp_path: Path) -> None:
    for name, top1 in {"real10": 40, "mixed_real10": 50}.items():
        write_fake_run(tmp_path, name, top1, protocol="tuned", test_sets=["real", "real_rest"])
    for seed in (0, 1):
        for name, top1 in {"crossval_real": 60, "crossval_mixed": 62}.items():
            write_fake_run(
                tmp_path, name, top1, protocol="tuned", seed=seed, test_sets=["real_rest"]
            )
    write_fake_run(tmp_path, "real10_twice", 44, protocol="tuned")
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "mixed_synth100", 50)
    table = paired_gains(tmp_path, "tiny").set_index(["protocol", "mix", "alone", "test_set"])
    assert len(table) == 6
    rows = table.T.to_dict()
    ten, all_ = (rows["tuned", *test] for test in module.PRIMARY_TESTS)
    assert (ten["alone_top1"], ten["mixed_top1"], ten["difference"]) == pytest.approx((40, 50, 10))
    assert ten["low"] < 10 < ten["high"]
    assert ten["detectable"] == pytest.approx((ten["high"] - ten["low"]) * 2.80 / 3.92, rel=0.01)
    assert table["primary"].sum() == 2
    expected = holm_correction(np.array([ten["p"], all_["p"]]))
    assert (ten["p_holm"], all_["p_holm"]) == pytest.approx(tuple(expected))
    assert (all_["difference"], all_["seeds"]) == (pytest.approx(2), "0, 1")
    assert np.isnan(rows["tuned", "mixed_real10", "real10", "real_rest"]["p_holm"])
    assert rows["tuned", "mixed_real10", "real10_twice", "real"]["difference"] == pytest.approx(6)
    thesis = rows["thesis", "mixed_synth100", "baseline", "real"]
    assert np.isnan(thesis["p_holm"])
    assert thesis["high"] < 0
    # pairs that differ in their steps are on no curve
    gains = table.reset_index()
    at = expected_gain(gains, "tuned", photographs=ten["n_real"] / 7, classes=7)
    assert at.alone_top1 == pytest.approx(40)


def test_p_and_discordant_share_are_mcnemars(tmp_path: Path) -> None:
    for name, top1 in {"real10": 40, "mixed_real10": 46}.items():
        write_fake_run(tmp_path, name, top1, protocol="tuned")
    [row] = paired_gains(tmp_path, "tiny", test_sets=["real"]).to_dict("records")
    correct = load_correct_predictions(tmp_path, "tiny", ["mixed_real10", "real10"], "tuned")
    assert correct is not None
    a, b = (correct.by_experiment[name][0] > 0 for name in ("mixed_real10", "real10"))
    exact = mcnemar(a, b)
    assert row["p"] == pytest.approx(exact["p"])
    assert row["discordant"] == pytest.approx((exact["only_a"] + exact["only_b"]) / len(a))
    # a primary test whose partner has not run is corrected for both
    assert row["p_holm"] == pytest.approx(min(1, 2 * exact["p"]))


def gains_table() -> pd.DataFrame:
    rows = [("3", 70, 20, 10), ("33", 700, 50, 4)]
    return pd.DataFrame(
        {
            "protocol": "tuned",
            "mix": f"mixed_real{name}",
            "alone": f"real{name}",
            "test_set": "real",
            "n_real": n,
            "classes": 7,
            "alone_top1": alone,
            "difference": gain,
            "low": gain - 3,
            "high": gain + 3,
            "discordant": 0.3,
        }
        for name, n, alone, gain in rows
    )


def test_expectations_are_interpolated_in_the_logarithm() -> None:
    middle = expected_gain(gains_table(), "tuned", photographs=np.sqrt(10 * 100), classes=7)
    assert (middle.alone_top1, middle.gain) == pytest.approx((35, 7))
    assert (middle.low, middle.high) == pytest.approx((4, 10))
    assert middle.measured_range == (10, 100)
    assert middle.test_power(int(middle.test_photographs)) == pytest.approx(0.8, abs=0.01)
    assert np.isnan(expected_gain(gains_table(), "tuned", photographs=9, classes=7).gain)
    assert np.isnan(expected_gain(gains_table(), "matched", photographs=50, classes=7).alone_top1)
    with pytest.raises(ValueError, match="allowed"):
        expected_gain(gains_table(), "tuned", photographs=50, classes=1)


def test_other_numbers_of_classes_keep_the_share_above_chance() -> None:
    two = expected_gain(gains_table(), "tuned", photographs=10, classes=2)
    share = (20 - 100 / 7) / (100 - 100 / 7)
    assert two.alone_top1 == pytest.approx(50 + 50 * share)
    assert two.gain == pytest.approx(10 * 50 / (100 - 100 / 7))


def test_equal_exposure_is_as_many_photographs_as_the_mix_sees() -> None:
    mix = params.load("tiny", "mixed_real10", protocol="tuned")
    alone = params.load("tiny", "real10_exposure", protocol="tuned")
    shares = real_shares(mix, mix.equal_steps)
    assert shares is not None
    assert alone.equal_steps == pytest.approx(shares.sum())
    assert alone.learning_rate == mix.learning_rate
