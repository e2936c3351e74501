"""Sentences over fake runs, with the numbers of the runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.reporting import tables, thesis
from tests.helpers.fake_runs import write_fake_run

P = parameters.load("tiny", "baseline")


@pytest.fixture
def p(tmp_path: Path) -> Params:
    """The scale's parameters, with the test's folder of outputs."""
    return P.model_copy(update={"outputs": str(tmp_path)})


STAND_IN = P.model_copy(update={"stand_in": True})


def test_rows_are_compared_with_one_of_them(tmp_path: Path, p: Params) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "synth_bg", 20)
    table = tables.thesis_table(14, tmp_path, "tiny")
    lines = tables.rows_markdown(table, p, reference_row="1").splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("- Row 2, `synth_bg`, less row 1, `baseline`: -40.0 points [-")
    assert lines[0].endswith("(paired, seed 0). The thesis: -50.82.")
    assert lines[1].endswith("`baseline`: not run at this scale. The thesis: -58.00.")
    across = tables.rows_markdown(tables.thesis_table(11, tmp_path, "tiny"), p, reference_row="1")
    assert "(other images, not paired, seed 0)" in across
    assert "Row 4" not in across  # published only
    doubtful = tables.rows_markdown(tables.thesis_table(23, tmp_path, "tiny"), p, reference_row="1")
    [row] = [line for line in doubtful.splitlines() if "cannot be" in line]
    assert row.startswith("- Row 5, ")
    note = "row 5's top-1 cannot be correct: it differs from its recall"
    assert f"The thesis: -17.21 ({note})." in row
    with pytest.raises(ValueError, match="table 14 has no row '9'"):
        tables.rows_markdown(table, p, reference_row="9")


def test_a_matched_companion_has_nothing_published(tmp_path: Path, p: Params) -> None:
    for name, top1 in {"baseline": 60, "mixed_synth100": 70}.items():
        write_fake_run(tmp_path, name, top1, protocol="matched")
    table = tables.thesis_table(19, tmp_path, "tiny")
    text = tables.rows_markdown(table, p, reference_row="1", protocol="matched")
    assert "`mixed_synth100`, less row 1, `baseline`: +10.0 points" in text
    assert "thesis" not in text


def test_best_and_worst_classes(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "baseline", 50)
    file = folder / "predictions.parquet"
    predictions = pd.read_parquet(file)
    predictions.loc[predictions["true"] == "banana", "logit_banana"] = 50.0
    predictions.to_parquet(file, index=False)
    table = tables.thesis_table(20, tmp_path, "tiny")
    text = tables.classes_markdown(table, n=1)
    assert text.startswith("- Measured: best banana 100%; worst ")
    assert "50 points apart over 7 classes" in text
    assert "Published: best " in text
    assert "over 17 classes" in text
    missing = tables.classes_markdown(tables.thesis_table(21, tmp_path, "tiny"))
    assert "not run at this scale" in missing


def test_gains_are_counted_and_significant_ones_named(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 20)
    write_fake_run(tmp_path, "mixed_synth100", 80)
    text = tables.gains_markdown(tables.thesis_table(22, tmp_path, "tiny"))
    assert "Measured: 7 of 7 classes gain, 0 lose, 0 stay" in text
    assert "after Holm's correction 7: " in text
    assert "banana (+60)" in text
    printed = thesis.published_table(22)["gain"]
    gain, lose, stay = (printed > 0).sum(), (printed < 0).sum(), (printed == 0).sum()
    assert f"Published: {gain} of 17 classes gain, {lose} lose, {stay} stay" in text


def test_mistakes_are_named_with_their_share(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)  # mistakes are predicted as the next class
    pair = tables.confusion_pair(18, tmp_path, "tiny")
    text = tables.confusions_markdown(pair, n=1)
    assert "- Measured: backpack as banana 80%." in text
    assert "- Published: " in text


def test_predicted_shares_cover_the_rows_that_all_figures_have(tmp_path: Path, p: Params) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)  # mistakes are predicted as the next class
    names = ["banana", "tv_remote"]
    shares = tables.predicted_share([18, 20], names, p).set_index("number")
    assert shares.loc[18, "measured"] == pytest.approx(200 / 7)
    assert np.isnan(shares.loc[20, "measured"])
    rows = [thesis.published_confusion_matrix(number).dropna() for number in (18, 20)]
    both = rows[0].index.intersection(rows[1].index)
    assert 0 < len(both) < max(map(len, rows))
    for number, counts in zip((18, 20), rows, strict=True):
        printed = counts.loc[both, names].to_numpy().sum() / (50 * len(both))
        assert shares.loc[number, "published"] == pytest.approx(100 * printed)
    text = tables.predicted_share_markdown(shares.reset_index())
    assert text.startswith("- Figure 18: 29% measured, ")
    assert "- Figure 20: " in text


def test_a_share_of_classes_missing_from_a_study_is_not_0(tmp_path: Path, p: Params) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)  # of 7 classes
    none = tables.predicted_share([18], ["cup", "vase"], p)
    assert none["missing"].item() == "cup, vase"
    assert np.isnan(none["measured"].item())
    assert tables.predicted_share_markdown(none).endswith(
        "% published, this study has no cup, vase."
    )
    text = tables.predicted_share_markdown(tables.predicted_share([18], ["banana", "cup"], p))
    assert text.startswith("- Figure 18: 14% measured, ")
    assert text.endswith("% published, this study has no cup.")


def test_over_stand_ins_there_is_nothing_published(tmp_path: Path) -> None:
    for name in ("baseline", "mixed_synth100", "synth_bg"):
        write_fake_run(tmp_path, name, 60, scale="demo", n=20)
    p = parameters.load("demo", "baseline", outputs=str(tmp_path))
    shown = [tables.gains_markdown(tables.thesis_table(22, tmp_path, "demo"))]
    shown += [tables.classes_markdown(tables.thesis_table(20, tmp_path, "demo"))]
    shown += [tables.rows_markdown(tables.thesis_table(14, tmp_path, "demo"), p, reference_row="1")]
    shown += [tables.confusions_markdown(tables.confusion_pair(18, tmp_path, "demo"))]
    shown += [tables.predicted_share_markdown(tables.predicted_share([18], ["banana"], p))]
    for text in shown:
        assert "thesis" not in text
        assert "ublished" not in text
        assert "chance" not in text


def test_training_and_test_accuracy_are_compared(tmp_path: Path, p: Params) -> None:
    folder = write_fake_run(tmp_path, "synth_bg", 20)
    last = pd.read_csv(folder / "log.csv")["train_top1_synthetic"].iloc[-1]
    text = tables.generalisation_gap_markdown(p, ["synth_bg", "synth_bg_adam"])
    assert f"`synth_bg` ends at {last:.1f}% on its synthetic training images" in text
    assert f"and at 20.0% on test photographs: {last - 20:.1f} points less" in text
    assert "`synth_bg_adam`: not run at this scale" in text


def test_the_spread_of_table_24_is_that_of_results_not_of_means_over_seeds(
    tmp_path: Path, p: Params
) -> None:
    text = tables.stability_markdown(tables.thesis_table(24, tmp_path, "tiny"), p)
    assert "- measured: not run at this scale." in text
    assert "- published: 15 results, mean 70.1%, standard deviation 0.59 points" in text
    for seed, levels in enumerate([(60, 62, 70), (70, 62, 60)]):
        for k, top1 in enumerate(levels, 1):
            write_fake_run(tmp_path, f"stability_split{k}", top1, seed=seed)
    text = tables.stability_markdown(tables.thesis_table(24, tmp_path, "tiny"), p)
    spread = np.std([60, 62, 70] * 5, ddof=1)  # of the means 65, 62, 65: 1.5
    assert f"15 results, mean 64.0%, standard deviation {spread:.2f} points (of a sample" in text
    assert ", averaged over 2 seeds; " in text


def test_the_fair_baseline_as_text() -> None:
    assert "synthlib batch --scale tiny --search" in tables.fair_comparison_markdown(
        pd.DataFrame(), P
    )
    row = {"fraction": 0.3333, "n_real": 910, "alone_setting": "lr 0.1", "alone_top1": 41.0,
           "mixed_setting": "lr 0.01", "mixed_top1": 50.0, "difference": 9.0, "low": 4.0,
           "high": 14.0, "n": 350, "seeds": "0", "verdict": "supported"}  # fmt: skip
    text = tables.fair_comparison_markdown(pd.DataFrame([row]), P)
    assert "33% of the real photographs (910): alone 41.0% (lr 0.1), mixed 50.0% (lr 0.01)" in text
    assert "**supported** by one seed, +9.0 points [+4.0, +14.0] (350 images, seed 0)" in text
    several = tables.fair_comparison_markdown(pd.DataFrame([row | {"seeds": "0, 1"}]), P)
    assert "**supported**, +9.0 points [+4.0, +14.0] (350 images, seeds 0, 1)" in several
    open_row = row | {"low": -4.0, "high": 22.0, "verdict": "inconclusive"}
    undecided = tables.fair_comparison_markdown(pd.DataFrame([open_row]), P)
    # 2.8 standard errors, of which the interval is 3.92 wide
    assert "(350 images, seed 0; smallest detectable effect 18.6 points)" in undecided
    assert "detectable" not in text
    assert "supported" not in tables.fair_comparison_markdown(pd.DataFrame([row]), STAND_IN)
