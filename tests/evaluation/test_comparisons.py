"""Comparisons of experiments and the thesis's statements, over fake runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthlib import evaluation
from synthlib.evaluation import comparisons, thesis_statements
from tests.helpers.fake_runs import write_fake_run


def test_a_difference_is_paired_by_image(tmp_path: Path) -> None:
    one, two = (write_fake_run(tmp_path, name, 60) for name in ("baseline", "mixed_real33"))
    different = evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    (two / "predictions.parquet").write_bytes((one / "predictions.parquet").read_bytes())
    same = evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    assert different is not None
    assert same is not None
    assert different["difference"] == same["difference"] == pytest.approx(0)
    assert -1.1 < same["low"] < 0 < same["high"] < 1.1  # the same of 350 images are right
    assert different["low"] < -4 < 4 < different["high"]
    assert different["n"] == 350


def test_an_interval_is_about_the_textbook_one(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "real33", 40)
    found = evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")
    assert found is not None
    a, b = (
        evaluation.correct_by_sample(runs["folder"].iloc[0], "real")
        for runs in (evaluation.finished_runs(tmp_path, "tiny", n) for n in ("baseline", "real33"))
    )
    differences = a.astype(float) - b.astype(float)
    half = 1.96 * 100 * differences.std() / np.sqrt(len(differences))
    assert found["low"] == pytest.approx(20 - half, abs=1)
    assert found["high"] == pytest.approx(20 + half, abs=1)


def test_more_seeds_count_and_only_common_ones(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        write_fake_run(tmp_path, "baseline", 60, seed=seed)
    for seed in (1, 2, 3):
        write_fake_run(tmp_path, "real33", 40, seed=seed)
    found = evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")
    assert found is not None
    assert found["seeds"] == "1, 2"
    assert evaluation.compare_experiments(tmp_path, "tiny", "baseline", "synth_bg") is None


def test_each_seed_is_compared_on_its_own_unused_photographs(tmp_path: Path) -> None:
    """No photograph is lost because another seed trained on it."""
    by_seed = {}
    for seed in (0, 1, 2):
        correct = {}
        for name, top1 in (("mixed_real33", 70), ("real33", 40 + 10 * seed)):
            folder = write_fake_run(tmp_path, name, top1, n=30, seed=seed)
            file = folder / "predictions.parquet"
            table = pd.read_parquet(file)
            number = table["sample"].str.extract(r"(\d+)\.JPEG")[0].astype(int)
            unused = (table["test_set"] != "real_rest") | (number % 3 != seed)
            table[unused].to_parquet(file)
            correct[name] = evaluation.correct_by_sample(folder, "real_rest")
        by_seed[seed] = correct["mixed_real33"].mean() - correct["real33"].mean()
    found = evaluation.compare_experiments(
        tmp_path, "tiny", "mixed_real33", "real33", test_set="real_rest"
    )
    assert found is not None
    assert found["n"] == 7 * 30  # each is unused by two of the seeds
    assert found["difference"] == pytest.approx(100 * np.mean(list(by_seed.values())))
    runs, baseline_runs = (
        evaluation.finished_runs(tmp_path, "tiny", name) for name in ("mixed_real33", "real33")
    )
    gains = comparisons.class_gains(runs, baseline_runs, "real_rest")
    assert gains["n"].tolist() == [30] * 7
    assert gains["measured"].mean() == pytest.approx(found["difference"])


def test_gains_by_class_need_independent_images(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60, n=5)
    runs = evaluation.finished_runs(tmp_path, "tiny", "baseline", test_set="synthetic_bg")
    with pytest.raises(ValueError, match="no p-values on synthetic_bg"):
        comparisons.class_gains(runs, runs, "synthetic_bg")


def test_an_unpaired_comparison_uses_the_seeds_of_both(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        write_fake_run(tmp_path, "baseline", 60 - seed, seed=seed)
    write_fake_run(tmp_path, "synth_bg", 20, seed=1)
    sets = {"test_set": "real", "second_test_set": "synthetic_bg"}
    found = evaluation.compare_experiments(tmp_path, "tiny", "baseline", "synth_bg", **sets)
    assert found is not None
    assert found["seeds"] == "1"
    assert found["levels"][0] == pytest.approx(59, abs=1)


@pytest.mark.parametrize(
    ("low", "high", "bound", "expected"),
    [
        (0.1, 4, {}, "supported"),
        (-1, 4, {}, "inconclusive"),
        (-5, -1, {}, "contradicted"),
        (-1.5, 3, {"above": -2}, "supported"),
        (-2.5, 3, {"above": -2}, "inconclusive"),
        (-9, -3, {"above": -2}, "contradicted"),
        (-3, 4, {"within": 5}, "supported"),
        (3, 6, {"within": 5}, "inconclusive"),
        (-9, -6, {"within": 5}, "contradicted"),
    ],
)
def test_verdicts(low: float, high: float, bound: dict, expected: str) -> None:
    assert evaluation.verdict(low, high, **bound) == expected


def test_statements_of_the_thesis(tmp_path: Path) -> None:
    top1 = {"baseline": 60, "real33": 40, "mixed_real33": 50, "synth_bg": 20, "synth_nobg": 20}
    for name, value in top1.items():
        write_fake_run(tmp_path, name, value)
    found = thesis_statements.statements(tmp_path, "tiny")
    rows = found[found["protocol"] == "thesis"].set_index("label")
    assert rows.loc["baseline - synth_bg", "verdict"] == "supported"
    assert rows.loc["mixed_real33 - baseline", "verdict"] == "contradicted"
    assert rows.loc["synth_bg - synth_nobg", "verdict"] == "inconclusive"
    assert rows.loc["mixed_synth37 - mixed_synth10", "verdict"] == "not run"
    gap = rows.loc["baseline - baseline, real - synthetic_bg"]
    assert gap["difference"] == pytest.approx(0)  # equally right on both, by construction
    assert gap["verdict"] == "inconclusive"
    rest = rows.loc["mixed_real33 - real33, unused photographs"]  # which both runs were tested on
    assert rest["difference"] == pytest.approx(10)
    assert (found.loc[found["protocol"] == "matched", "verdict"] == "not run").all()


def test_a_statement_beyond_the_thesis_is_decided_under_protocols_of_equal_steps(
    tmp_path: Path,
) -> None:
    for name, value in {"real10": 40, "mixed_real10": 60}.items():
        write_fake_run(tmp_path, name, value, protocol="tuned", test_sets=["real", "real_rest"])
    found = thesis_statements.statements(tmp_path, "tiny")
    rows = found[found["label"].str.startswith("mixed_real10 - real10")]
    assert rows["protocol"].tolist() == ["tuned", "tuned"]  # and on unused photographs
    assert set(rows["verdict"]) == {"supported"}
    assert set(found["protocol"]) == {"thesis", "tuned"}


def test_a_negative_finding_of_the_thesis_holds_if_the_runs_agree(tmp_path: Path) -> None:
    """The hybrid "did not produce any improved results" (6.3)."""
    for top1, verdict in ((10, "supported"), (60, "contradicted")):
        write_fake_run(tmp_path / verdict, "synth_bg", 30)
        write_fake_run(tmp_path / verdict, "synth_hybrid", top1)
        found = thesis_statements.statements(tmp_path / verdict, "tiny")
        [row] = found[found["statement"].str.contains("class by class")].to_dict("records")
        assert (row["label"], row["above"]) == ("synth_bg - synth_hybrid", -2)
        assert row["verdict"] == verdict
    assert not found["statement"].str.contains("the thesis found").any()


def test_mixed_runs_are_also_compared_with_real_batch_norm_statistics(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60, bn_real=60)
    write_fake_run(tmp_path, "real33", 40)
    write_fake_run(tmp_path, "mixed_real33", 50, bn_real=64)
    found = thesis_statements.statements(tmp_path, "tiny")
    rows = found[found["protocol"] == "thesis"].set_index("label")
    row = rows.loc["mixed_real33 - baseline"]
    assert (row["difference"], row["bn_real_difference"]) == pytest.approx((-10, 4))
    assert (row["verdict"], row["bn_real_verdict"]) == ("contradicted", "inconclusive")
    missing = rows.loc["mixed_real33 - real33"]  # real33 has no such predictions
    assert np.isnan(missing["bn_real_difference"])
    assert missing["bn_real_verdict"] == ""
