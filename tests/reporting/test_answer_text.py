"""The answer as text, and the thesis's own curves next to it."""

from pathlib import Path

import numpy as np
import pytest

from synthlib import params as parameters
from synthlib.reporting import tables
from synthlib.reporting.tables import answer_text
from tests.helpers.fake_runs import write_fake_curves, write_fake_run


def test_a_curve_is_read_between_its_points() -> None:
    n, top1 = np.array([100.0, 1000.0]), np.array([20.0, 40.0])
    assert answer_text.equivalent(n, top1, 30) == pytest.approx(np.sqrt(1e5))
    assert answer_text.equivalent(n, top1, 40) == pytest.approx(1000)
    assert answer_text.equivalent(n, top1, 5) == 100
    assert np.isinf(answer_text.equivalent(n, top1, 41))


def test_levels_are_of_the_seeds_that_the_whole_curve_shares(tmp_path: Path) -> None:
    write_fake_curves(tmp_path)
    write_fake_run(tmp_path, "mixed_real33", 80, seed=1)
    third = tables.real_equivalents(tmp_path, "tiny", only=["mixed_real33"]).iloc[0]
    assert (third["top1"], third["seeds"]) == (pytest.approx(50), "0")  # not the mean with seed 1
    text = tables.real_equivalent_markdown(
        parameters.load("tiny", "baseline", outputs=str(tmp_path)), "thesis"
    )
    assert "reach 50.0% (seed 0); real ones alone need" in text


@pytest.mark.parametrize(
    ("top1", "words"),
    [(41, "may be no replacement at all"), (25, "fewer than it was trained on")],
)
def test_no_ratio_is_given_where_none_may_be_replaced(
    tmp_path: Path, top1: float, words: str
) -> None:
    write_fake_curves(tmp_path, mixed_real33=top1)  # real33 alone: 40
    third = tables.real_equivalents(tmp_path, "tiny", only=["mixed_real33"]).iloc[0]
    assert np.isnan(third["per_replaced"])
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    line = next(
        line
        for line in tables.real_equivalent_markdown(p, "thesis").splitlines()
        if line.startswith("- `mixed_real33`")
    )
    assert words in line
    assert "for each real one replaced" not in line
    assert words in tables.answer_markdown(p, "thesis")


def test_published_equivalents_need_no_run(tmp_path: Path) -> None:
    rows = tables.real_equivalents(tmp_path, "tiny").set_index("experiment")
    third = rows.loc["mixed_real33"]
    assert np.isnan(third["real_equivalent"])
    assert 18_000 < third["published_equivalent"] < 20_400  # 65.41 of 66.82
    assert 13.82 < third["published_per_replaced"] < 17
    assert np.isinf(rows.loc["mixed_synth100", "published_equivalent"])


def test_the_published_crossing_lies_between_two_rows_of_table_23() -> None:
    assert 33.3 < tables.published_crossing() < 50  # rows 3 and 2


def test_published_numbers_that_cannot_be_are_shown_with_their_doubt(tmp_path: Path) -> None:
    rows = tables.real_equivalents(tmp_path, "tiny").set_index("experiment")
    # 49.61 lies between 46.00 (6,800) and 66.82 (20,400), 43.88 between 30.82 (3,400) and 46.00
    least = rows.loc["mixed_real3"]
    assert least["published_equivalent"] == pytest.approx(6800 * 3 ** (3.61 / 20.82))
    assert least["recall_equivalent"] == pytest.approx(3400 * 2 ** (13.06 / 15.18))
    assert least["recall_per_replaced"] == pytest.approx(
        187_928 / (least["recall_equivalent"] - 680)
    )
    assert rows.drop("mixed_real3")["recall_equivalent"].isna().all()
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    text = tables.real_equivalent_markdown(p, "thesis")
    assert text.count("not a share of 850 images") == 1
    said = tables.statements_markdown(tables.statements(tmp_path, "tiny"), "a thirtieth", p)
    assert "The thesis: +28.20 (49.61 is no share of 850" in said
    assert said.count("The thesis") == 1  # not of unused photographs, nor under another protocol


def test_a_mixed_curve_below_the_baseline_does_not_reach_it(tmp_path: Path) -> None:
    write_fake_curves(tmp_path, mixed_synth100=54)
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    line = tables.real_equivalent_markdown(p, "thesis").splitlines()[-1]
    assert "The mixed curve does not reach the baseline of all real photographs" in line
    assert "100%" not in line


def test_the_answer_is_a_text_with_the_numbers_of_the_runs(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    text = tables.answer_markdown(p, "matched")
    assert text == "Protocol `matched`: `mixed_real33`, `baseline`: not run at this scale."
    write_fake_curves(tmp_path)
    text = tables.answer_markdown(p, "thesis")
    assert "**910 real photographs and 4,368 synthetic images reach 50.0%; all 2,730 real" in text
    assert (
        "alone reach 60.0%**; that the first replaces the second is **contradicted** by one" in text
    )
    assert "reach 40.0%; that these help is **supported** by one seed (+10.0 points" in text
    equal = tables.real_equivalents(tmp_path, "tiny", only=["mixed_real33"]).iloc[0]
    assert f"takes {equal['words']} real photographs alone, so {equal['per_replaced']:.1f}" in text
    assert "The thesis: 65.4% with 6,800 and 66.8% with all 20,400" in text
    assert "13.82" in text
    write_fake_run(tmp_path, "baseline", 80, seed=1)
    again = tables.answer_markdown(p, "thesis")
    assert again == text  # of the seeds that both have
    plumbing = tables.answer_markdown(p.model_copy(update={"stand_in": True}), "thesis")
    assert "thesis:" not in plumbing.lower().replace("`thesis`:", "")
    assert "supported" not in plumbing


def test_a_mix_without_a_complete_real_curve_is_not_reported_as_not_run(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "mixed_real33", 50)
    lines = tables.real_equivalent_markdown(p, "thesis").splitlines()
    third = next(line for line in lines if "`mixed_real33`" in line)
    assert "50.0%; runs on real photographs alone are missing" in third
    assert "not run" not in third


def test_the_answer_under_tuned_begins_with_the_primary_tests(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    for name, top1 in {"real10": 40, "mixed_real10": 60}.items():
        write_fake_run(tmp_path, name, top1, protocol="tuned", test_sets=["real"])
    [sentence] = tables.answer_sentences(p, "tuned")
    assert sentence.startswith("**273 real photographs reach 40.0% alone and 60.0% with synthetic")
    assert "that these help is **supported** by one seed (+20.0 points [" in sentence
    assert "after Holm's correction" in sentence
    [plumbing] = tables.answer_sentences(p.model_copy(update={"stand_in": True}), "tuned")
    assert "help" not in plumbing
    assert "p 0." not in plumbing
    assert not tables.answer_sentences(p, "matched")
    for name in ("crossval_real", "crossval_mixed"):
        write_fake_run(tmp_path, name, 60, protocol="tuned", test_sets=["real_rest"])
    _, none = tables.answer_sentences(p, "tuned")
    assert "that these help is **inconclusive** (+0.0 points" in none
    assert "unused photographs, seed 0" in none
    assert "smallest detectable effect" in none
