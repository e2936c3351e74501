"""Paired comparisons, the real-equivalent and accuracy by view, over made-up runs."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from synthlib import evaluation, params as parameters
from synthlib.evaluation import comparisons
from synthlib.photographs.photographs import DataError
from synthlib.reporting import save, tables, thesis
from synthlib.reporting.tables import answer_text
from synthlib.runs import RunError, load_runs, mark_as_newest
from synthlib.study import hybrid
from synthlib.utils.files import project_dir
from tests.helpers.fake_runs import write_fake_run

CURVE = {"real3": 20, "real16": 30, "real33": 40, "baseline": 60}
MIXED = {"mixed_real3": 30, "mixed_real16": 44, "mixed_real33": 50, "mixed_synth100": 70}


def study(outputs: Path, seeds: int = 1, **more: float) -> Path:
    for name, top1 in (CURVE | MIXED | more).items():
        for seed in range(seeds):
            write_fake_run(outputs, name, top1, seed=seed)
    return outputs


def test_a_difference_is_paired_by_image(tmp_path: Path) -> None:
    one, two = (write_fake_run(tmp_path, name, 60) for name in ("baseline", "mixed_real33"))
    apart = evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    (two / "predictions.parquet").write_bytes((one / "predictions.parquet").read_bytes())
    same = evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    assert apart is not None
    assert same is not None
    assert apart["difference"] == same["difference"] == pytest.approx(0)
    assert -1.1 < same["low"] < 0 < same["high"] < 1.1  # the same of 350 images are right
    assert apart["low"] < -4 < 4 < apart["high"]
    assert apart["n"] == 350


def test_an_interval_is_about_the_textbook_one(tmp_path: Path) -> None:
    study(tmp_path)
    found = evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")
    assert found is not None
    a, b = (
        evaluation.correct_by_sample(runs["folder"].iloc[0], "real")
        for runs in (evaluation.finished_runs(tmp_path, "tiny", n) for n in ("baseline", "real33"))
    )
    each = a.astype(float) - b.astype(float)
    half = 1.96 * 100 * each.std() / np.sqrt(len(each))
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


@pytest.mark.parametrize(
    ("low", "high", "bound", "word"),
    [
        (0.1, 4, {}, "held"),
        (-1, 4, {}, "undecided"),
        (-5, -1, {}, "not held"),
        (-1.5, 3, {"above": -2}, "held"),
        (-2.5, 3, {"above": -2}, "undecided"),
        (-9, -3, {"above": -2}, "not held"),
        (-3, 4, {"within": 5}, "held"),
        (3, 6, {"within": 5}, "undecided"),
        (-9, -6, {"within": 5}, "not held"),
    ],
)
def test_verdicts(low: float, high: float, bound: dict, word: str) -> None:
    assert evaluation.verdict(low, high, **bound) == word


def test_statements_of_the_thesis(tmp_path: Path) -> None:
    study(tmp_path, synth_bg=20, synth_nobg=20)
    found = tables.statements(tmp_path, "tiny")
    rows = found[found["protocol"] == "thesis"].set_index("label")
    assert rows.loc["baseline - synth_bg", "verdict"] == "held"
    assert rows.loc["mixed_real33 - baseline", "verdict"] == "not held"
    assert rows.loc["synth_bg - synth_nobg", "verdict"] == "undecided"
    assert rows.loc["mixed_synth37 - mixed_synth10", "verdict"] == "not run"
    gap = rows.loc["baseline - baseline, real - synthetic_bg"]
    assert gap["difference"] == pytest.approx(0)  # equally right on both, by construction
    assert gap["verdict"] == "undecided"
    rest = rows.loc["mixed_real33 - real33, unused photographs"]  # which both runs were tested on
    assert rest["difference"] == pytest.approx(10)
    assert np.isnan(rest["published"])
    assert (found.loc[found["protocol"] == "matched", "verdict"] == "not run").all()


def test_what_the_thesis_denies_is_stated_so_and_holds_if_runs_deny_it(tmp_path: Path) -> None:
    """The hybrid "did not produce any improved results" (6.3)."""
    for top1, word in ((10, "held"), (60, "not held")):
        study(tmp_path / word, synth_bg=30, synth_hybrid=top1)
        found = tables.statements(tmp_path / word, "tiny")
        [row] = found[found["statement"].str.contains("class by class")].to_dict("records")
        assert (row["label"], row["above"]) == ("synth_bg - synth_hybrid", -2)
        assert row["verdict"] == word
    assert not found["statement"].str.contains("the thesis found").any()


def test_every_statement_of_a_chapter_is_in_its_notebook() -> None:
    """6.5's are picked by words; a statement that no words pick would be in no chapter."""
    mixing = ("all real data (6.5)", "More synthetic", "of real data (6.5)")
    wanted = (("6.1", "04_domain_gap", ("(6.1)",)), ("6.5", "06_mixing", mixing))
    for chapter, notebook, chosen in wanted:
        cells = (project_dir() / "notebooks" / f"{notebook}.ipynb").read_text()
        assert all(f'said(found, \\"{word}\\"' in cells for word in chosen)
        texts = [
            e["statement"]
            for e in comparisons.read_statements()
            if f"({chapter})" in e["statement"]
        ]
        assert texts
        assert [t for t in texts if not any(word in t for word in chosen)] == []


def test_mixed_runs_are_compared_with_real_statistics_too(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60, bn_real=60)
    write_fake_run(tmp_path, "real33", 40)
    write_fake_run(tmp_path, "mixed_real33", 50, bn_real=64)
    found = tables.statements(tmp_path, "tiny")
    rows = found[found["protocol"] == "thesis"].set_index("label")
    row = rows.loc["mixed_real33 - baseline"]
    assert (row["difference"], row["bn_real_difference"]) == pytest.approx((-10, 4))
    assert (row["verdict"], row["bn_real_verdict"]) == ("not held", "undecided")
    lacking = rows.loc["mixed_real33 - real33"]  # real33 has no such predictions
    assert np.isnan(lacking["bn_real_difference"])
    assert lacking["bn_real_verdict"] == ""
    p = parameters.load("tiny", "baseline")
    text = tables.statements_markdown(found, "replaces", p)
    assert "With `bn_real`: **undecided**, +4.0 points [" in text
    assert "**" not in tables.statements_markdown(
        found, "replaces", p.model_copy(update={"stand_in": True})
    )


def test_published_halves_of_the_statements_are_cells_of_the_tables() -> None:
    cells = {
        cell
        for table in (10, 11, 14, 18, 19, 23, 25)
        for cell in thesis.published_table(table)["top1"].tolist()
    }
    rows = yaml.safe_load((Path(thesis.__file__).parent / "stated.yaml").read_text())
    for row in rows:
        assert set(row["published"]) <= cells, row["statement"]
    assert {row["statement"] for row in rows} <= {
        e["statement"] for e in comparisons.read_statements()
    }
    [doubtful] = [row for row in rows if "doubt" in row]
    recall = thesis.published_table(23).set_index("index").loc["5", "recall"]
    assert f"{recall}, gives {recall - doubtful['published'][1]:+.2f}" in doubtful["doubt"]


# --- the real-equivalent --------------------------------------------------------------------------


def test_a_curve_is_read_between_its_points() -> None:
    n, top1 = np.array([100.0, 1000.0]), np.array([20.0, 40.0])
    assert answer_text.equivalent(n, top1, 30) == pytest.approx(np.sqrt(1e5))
    assert answer_text.equivalent(n, top1, 40) == pytest.approx(1000)
    assert answer_text.equivalent(n, top1, 5) == 100
    assert np.isinf(answer_text.equivalent(n, top1, 41))


def test_real_equivalents(tmp_path: Path) -> None:
    study(tmp_path)
    rows = tables.real_equivalents(tmp_path, "tiny").set_index("experiment")
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


def test_levels_are_of_the_seeds_that_the_whole_curve_shares(tmp_path: Path) -> None:
    study(tmp_path)
    write_fake_run(tmp_path, "mixed_real33", 80, seed=1)
    third = tables.real_equivalents(tmp_path, "tiny", only=["mixed_real33"]).iloc[0]
    assert (third["top1"], third["seeds"]) == (pytest.approx(50), "0")  # not the mean with seed 1
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    text = tables.real_equivalent_markdown(p, "thesis")
    assert "reach 50.0% (seed 0); real ones alone need" in text


@pytest.mark.parametrize(
    ("top1", "words"),
    [(41, "may be no replacement at all"), (25, "fewer than it was trained on")],
)
def test_no_ratio_is_given_where_none_may_be_replaced(
    tmp_path: Path, top1: float, words: str
) -> None:
    study(tmp_path, mixed_real33=top1)  # real33 alone: 40
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


def test_runs_of_two_studies_are_not_compared(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "real33", 40, image_size=96)
    with pytest.raises(RunError, match=r"image_size is 96 in .*real33.* and 64 in .*baseline"):
        evaluation.compare_experiments(tmp_path, "tiny", "real33", "baseline")
    write_fake_run(
        tmp_path, "baseline", 60, seed=1, epochs=99
    )  # nor is a mean over their seeds taken
    with pytest.raises(RunError, match=r"epochs is .* and 99 in .*seed1"):
        tables.thesis_table(10, tmp_path, "tiny")


def test_a_run_of_other_settings_is_named_not_averaged(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    changed = write_fake_run(tmp_path, "baseline", 40, seed=1, learning_rate=0.3)
    with pytest.raises(RunError, match=r"learning_rate is 0.01 in .* and 0.3 in .*seed1"):
        tables.thesis_table(10, tmp_path, "tiny")
    shutil.rmtree(changed)
    write_fake_run(tmp_path, "baseline_lr01", 50)  # another experiment, which is about that
    write_fake_run(tmp_path, "real33", 40, batch_size=8)
    assert evaluation.compare_experiments(tmp_path, "tiny", "baseline_lr01", "baseline") is not None
    with pytest.raises(RunError, match=r"batch_size is 64 in .* and 8 in .*real33"):
        evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")


@pytest.mark.parametrize(
    "given",
    [
        {"real_share": 0.3},
        {"balanced": True},
        {"augmentation": "matched"},
        {"learning_rate": 0.1},
        {"schedule": "constant"},
        {"precision": "fp32"},
    ],
)
def test_a_trial_of_one_experiment_is_not_compared_with_the_study(
    tmp_path: Path, given: dict
) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "mixed_real33", 50, **given)
    [key] = given
    with pytest.raises(RunError, match=rf"{key} is .* in .*mixed_real33.* and .*baseline"):
        evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    with pytest.raises(RunError, match=f"{key} is "):
        tables.statements(tmp_path, "tiny")


def test_numbers_of_classes_are_not_averaged_over_two_studies(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "baseline", 40, seed=1, epochs=3)
    with pytest.raises(RunError, match="epochs is "):
        tables.thesis_table(20, tmp_path, "tiny")
    with pytest.raises(RunError, match="epochs is "):
        tables.confusion_pair(26, tmp_path, "tiny")


def test_the_two_sides_of_an_unpaired_test_are_of_one_study(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "synth_bg", 20, epochs=3)
    with pytest.raises(RunError, match="epochs is "):
        evaluation.compare_experiments(
            tmp_path,
            "tiny",
            "baseline",
            "synth_bg",
            test_set="real",
            second_test_set="synthetic_bg",
        )


def test_a_run_that_is_asked_for_again_is_shown_not_the_trial_since(tmp_path: Path) -> None:
    study = write_fake_run(tmp_path, "baseline", 60)
    trial = study.with_name("seed0-00000000")
    shutil.copytree(study, trial)
    status = json.loads((trial / "status.json").read_text()) | {"ended": "2026-02-01T00:00Z"}
    (trial / "status.json").write_text(json.dumps(status))
    shown = lambda: load_runs(tmp_path, "tiny")["folder"].tolist()  # noqa: E731
    assert shown() == [trial]
    mark_as_newest(study)
    assert shown() == [study]
    mark_as_newest(trial)
    assert shown() == [trial]
    shutil.rmtree(study)
    before = (trial / "status.json").read_bytes()
    mark_as_newest(trial)  # alone it needs no word
    assert (trial / "status.json").read_bytes() == before


def test_runs_on_other_photographs_are_not_compared(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    folder = write_fake_run(tmp_path, "real33", 40)
    status = json.loads((folder / "status.json").read_text())
    for key, word in (("photographs", "photographs"), ("recipe", "renders")):
        changed = status | {"data": status["data"] | {key: "000000"}}
        (folder / "status.json").write_text(json.dumps(changed))
        with pytest.raises(RunError, match=rf"runs on other data .*: the {word} of .*baseline"):
            evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")
    here = status | {
        "data": {"photographs": status["data"]["photographs"]}
    }  # tested on those alone
    (folder / "status.json").write_text(json.dumps(here))
    assert evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33") is not None


def test_a_run_whose_parameters_fit_no_more_is_named(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "baseline", 60)
    with (folder / "params.yaml").open("a") as file:
        file.write("old_key: 3\n")
    with pytest.raises(RunError, match=rf"{folder}/params.yaml: old_key: .* move it out"):
        tables.thesis_table(10, tmp_path, "tiny")


def test_unpaired_tests_are_of_the_same_seeds(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        write_fake_run(tmp_path, "baseline", 60 - seed, seed=seed)
    write_fake_run(tmp_path, "synth_bg", 20, seed=1)
    sets = {"test_set": "real", "second_test_set": "synthetic_bg"}
    found = evaluation.compare_experiments(tmp_path, "tiny", "baseline", "synth_bg", **sets)
    assert found is not None
    assert found["seeds"] == "1"
    assert found["levels"][0] == pytest.approx(59, abs=1)


def test_published_equivalents_need_no_run(tmp_path: Path) -> None:
    rows = tables.real_equivalents(tmp_path, "tiny").set_index("experiment")
    third = rows.loc["mixed_real33"]
    assert np.isnan(third["real_equivalent"])
    assert 18_000 < third["published_equivalent"] < 20_400  # 65.41 of 66.82
    assert 13.82 < third["published_per_replaced"] < 17
    assert np.isinf(rows.loc["mixed_synth100", "published_equivalent"])


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


def test_the_crossing_of_the_baseline(tmp_path: Path) -> None:
    nothing = evaluation.baseline_crossing(tmp_path, "tiny")
    assert np.isnan(nothing["measured"])
    assert 33.3 < tables.published_crossing() < 50  # between Table 23's rows 3 and 2
    study(tmp_path)
    found = evaluation.baseline_crossing(tmp_path, "tiny")
    assert found["measured"] == pytest.approx(100 / np.sqrt(3), rel=1e-3)  # half way from 50 to 70
    assert found["low"] < found["measured"] < found["high"]


def test_a_mixed_curve_below_the_baseline_does_not_reach_it(tmp_path: Path) -> None:
    study(tmp_path, mixed_synth100=54)
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    line = tables.real_equivalent_markdown(p, "thesis").splitlines()[-1]
    assert "The mixed curve does not reach the baseline of all real photographs" in line
    assert "100%" not in line


def test_the_headline_is_in_words_with_the_runs_numbers(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    text = tables.answer_markdown(p, "matched")
    assert text == "Protocol `matched`: `mixed_real33`, `baseline`: not run at this scale."
    study(tmp_path)
    text = tables.answer_markdown(p, "thesis")
    assert "**910 real photographs and 4,368 synthetic images reach 50.0%; all 2,730 real" in text
    assert "alone reach 60.0%.** That the first replaces the second is **not held** by one" in text
    assert "reach 40.0%; that these help is **held** by one seed (+10.0 points" in text
    equal = tables.real_equivalents(tmp_path, "tiny", only=["mixed_real33"]).iloc[0]
    assert f"takes {equal['words']} real photographs alone, so {equal['per_replaced']:.1f}" in text
    assert "The thesis: 65.4% with 6,800 and 66.8% with all 20,400" in text
    assert "13.82" in text
    write_fake_run(tmp_path, "baseline", 80, seed=1)
    again = tables.answer_markdown(p, "thesis")
    assert again == text  # of the seeds that both have
    plumbing = tables.answer_markdown(p.model_copy(update={"stand_in": True}), "thesis")
    assert "thesis:" not in plumbing.lower().replace("`thesis`:", "")
    assert "held" not in plumbing


def test_a_mix_without_a_curve_to_read_off_has_run_nevertheless(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "mixed_real33", 50)
    lines = tables.real_equivalent_markdown(p, "thesis").splitlines()
    third = next(line for line in lines if "`mixed_real33`" in line)
    assert "50.0%; runs on real photographs alone are missing" in third
    assert "not run" not in third


def test_statements_for_reading(tmp_path: Path) -> None:
    study(tmp_path)
    found = tables.statements(tmp_path, "tiny")
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    shown = tables.verdict_table(found, p)
    row = shown[(shown["compared"] == "mixed real33 - baseline")].iloc[0]
    assert row["verdict"] == "not held by one seed"
    assert set(shown.loc[shown["seeds"] == "", "verdict"]) == {"not run"}
    assert row["the thesis"] == "-1.41"
    assert row["points"].startswith("-10.0 [")
    counts = found["verdict"].value_counts()
    text = tables.verdicts_markdown(found, p)
    assert f"Of {len(found)} comparisons: {counts['held']} held, {counts['not held']} not" in text
    decided = counts["held"] + counts["not held"]
    assert f"{decided} of the {decided} decided ones rest on one seed" in text
    for seed in (1, 2):
        write_fake_run(tmp_path, "mixed_real33", 50, seed=seed)
        write_fake_run(tmp_path, "baseline", 60, seed=seed)
    found = tables.statements(tmp_path, "tiny")
    assert f"{decided - 1} of the {decided} decided" in tables.verdicts_markdown(found, p)
    assert "**not held**, -10.0 points" in tables.statements_markdown(found, "replaces", p)
    demo = p.model_copy(update={"stand_in": True})
    assert not {"verdict", "the thesis"} & set(tables.verdict_table(found, demo))
    assert "held" not in tables.verdicts_markdown(found, demo)
    for q in (p, demo):
        report = save.Report(q.model_copy(update={"outputs": str(tmp_path)}))
        shown = report.table(found, "found").data
        written = pd.read_csv(report.path("found", "csv"))
        assert list(written) == list(shown)
        assert {"difference", "low", "high", "seeds"} <= set(written)
        secret = {"published", "doubt", "verdict", "bn_real_verdict"} & set(written)
        assert len(secret) == (0 if q.stand_in else 4)


@pytest.mark.parametrize("notebook", ["06_mixing", "10_report"])
def test_what_a_notebook_saves_of_stand_ins_has_no_verdict(notebook: str) -> None:
    text = (project_dir() / "notebooks" / f"{notebook}.ipynb").read_text()
    assert "report.table(found, " in text
    assert not re.search(r"to_csv|save_table|tables\.show\((found|fair)", text)


# --- by view --------------------------------------------------------------------------------------


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
    with pytest.raises(DataError, match="cup/p0000/00 is in no render"):
        evaluation.accuracy_by_view(predictions, views[1:], "elevation", (-30, 90))


# --- the hybrid -----------------------------------------------------------------------------------


def test_the_hybrid_is_chosen_on_training_photographs_class_by_class(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)
    folder = write_fake_run(tmp_path, "synth_nobg", 20)
    assert hybrid.choose_hybrid_classes(tmp_path, "tiny", 0) == []  # ties: with background
    file = folder / "predictions.parquet"
    table = pd.read_parquet(file)
    bananas = (table["true"] == "banana") & (table["test_set"] == "real_rest")
    table.loc[bananas, "logit_banana"] = 50.0
    remotes = (table["true"] == "tv_remote") & (table["test_set"] == "real")
    table.loc[remotes, "logit_tv_remote"] = 50.0  # the test set has no say
    table.to_parquet(file, index=False)
    assert hybrid.choose_hybrid_classes(tmp_path, "tiny", 0) == ["banana"]
    with pytest.raises(RunError, match="no finished run of it with seed 1"):
        hybrid.choose_hybrid_classes(tmp_path, "tiny", 1)
    with pytest.raises(ValueError, match="choose on real_rest"):
        hybrid.choose_hybrid_classes(tmp_path, "tiny", 0, test_set="real")
