"""The published numbers: complete, as printed, and known errors are found."""

import json

import numpy as np
import pandas as pd
import pytest

from synthlib import params
from synthlib.classes import CLASSES
from synthlib.reporting import thesis
from synthlib.reporting.thesis import consistency, consistency_prose
from synthlib.reporting.thesis.published import (
    CLASS_ACCURACY_TABLES,
    CONFUSION_MATRIX_FIGURES,
    METRICS,
    RESULT_TABLES,
)
from synthlib.study import experiments
from synthlib.utils.files import project_dir

ROWS = {10: 2, 11: 4, 12: 2, 13: 2, 14: 4, 18: 6, 19: 5, 23: 6, 24: 16, 25: 3}
TRANSCRIBED = {18: 7, 19: 15, 20: 16, 26: 17, 27: 13, 32: 14}


@pytest.mark.parametrize("table", RESULT_TABLES)
def test_a_table_of_results_is_whole(table: int) -> None:
    rows = thesis.published_table(table)
    assert len(rows) == ROWS[table]
    assert list(rows.columns[-5:]) == list(METRICS)
    assert rows[list(METRICS)].notna().all(axis=None)
    assert (rows["top1"] <= rows["top3"]).sum() >= len(rows) - (table == 24)  # but not spreads
    numbered = [i for i in rows["index"] if i != "sd"]
    assert numbered == [str(i + 1) for i in range(len(numbered))]


def test_cells_as_printed() -> None:
    """One cell per table, read from the page by eye."""
    cells = {
        (10, "2", "top1"): 62.00,
        (11, "3", "precision"): 29.62,
        (12, "1", "top5"): 99.84,
        (13, "2", "recall"): 10.62,
        (14, "4", "top3"): 26.47,
        (18, "5", "precision"): 34.66,
        (19, "5", "top1"): 77.18,
        (23, "5", "top5"): 82.03,
        (24, "13", "top1"): 68.84,
        (24, "sd", "precision"): 0.61,
        (25, "2", "precision"): 28.94,
    }
    for (table, index, column), number in cells.items():
        rows = thesis.published_table(table).set_index("index")
        assert rows.loc[index, column] == number
    assert thesis.published_table(23)["real"].tolist()[3:] == ["3,400(16%)", "680(3.3%)", "0(0%)"]
    assert thesis.published_table(24)["train"][0] == "Synth hybrid Imagenet Train 1"
    assert thesis.published_table(9)["value"].tolist()[2:] == ["120", "64"]
    sizes = thesis.published_table(8).set_index("class")
    assert tuple(sizes.loc["vase"]) == (1307, 33982)
    assert tuple(thesis.published_table(6).set_index("class").loc["TOTAL"]) == (12994, 337844)


@pytest.mark.parametrize("table", [*CLASS_ACCURACY_TABLES, 6, 7, 8])
def test_a_table_of_classes_has_them_in_alphabetical_order(table: int) -> None:
    names = [name for name in thesis.published_table(table)["class"] if name != "TOTAL"]
    assert names == list(CLASSES)


def test_classes_and_scenes_are_those_that_synthlib_uses() -> None:
    synsets = thesis.published_table(1).set_index("class")["synset"]
    assert {name: c.synset for name, c in CLASSES.items()} == synsets.to_dict()
    scenes = thesis.published_table(3).set_index("class")["scenes"]
    assert {name: list(c.scenes) for name, c in CLASSES.items()} == scenes.to_dict()


@pytest.mark.parametrize("number", [0, 2, 5, 26])
def test_what_is_no_table_of_numbers_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"table {number}: .* 6 to 25"):
        thesis.published_table(number)


def test_a_published_table_cannot_be_spoilt_by_its_user() -> None:
    table = thesis.published_table(14)
    table.loc[0, "top1"] = -1
    assert thesis.published_table(14).loc[0, "top1"] == 66.82
    settings = thesis.published_table(9)
    settings.loc[0, "value"] = "?"
    assert thesis.published_table(9).loc[0, "value"] == "ResNet 50"


# --- matrices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", CONFUSION_MATRIX_FIGURES)
def test_a_matrix_row_is_whole_or_marked(figure: int) -> None:
    counts, rows = thesis.published_confusion_matrix(figure), thesis.matrix_transcription(figure)
    assert list(counts.index) == list(counts.columns) == list(CLASSES)
    kept = rows["transcribed"]
    assert kept.sum() == TRANSCRIBED[figure]
    assert (counts[kept].sum(axis=1) == 50).all()
    assert counts[~kept].isna().all(axis=None)
    assert (rows.loc[kept, "note"] == "").all()
    assert (rows.loc[~kept, "note"] != "").all()


@pytest.mark.parametrize(("figure", "table"), [(18, 15), (19, 17), (26, 20), (27, 21)])
def test_diagonals_are_the_accuracies_of_the_classes(figure: int, table: int) -> None:
    counts = thesis.published_confusion_matrix(figure)
    diagonal = pd.Series(2 * np.diag(counts), counts.index).dropna()
    accuracy = thesis.published_table(table).set_index("class")["top1"]
    assert len(diagonal) == TRANSCRIBED[figure]
    assert (diagonal == accuracy[diagonal.index]).all()


def test_rows_inconsistent_with_their_table_are_excluded() -> None:
    """Figure 18 is complete; the rows that its table contradicts are shown nowhere."""
    whole = thesis.published_confusion_matrix(18, include_inconsistent=True)
    assert (whole.sum(axis=1) == 50).all()
    assert np.trace(whole.to_numpy()) == 134
    pd.testing.assert_frame_equal(whole.loc[thesis.published_confusion_matrix(18).dropna().index],
                                  thesis.published_confusion_matrix(18).dropna())  # fmt: skip
    accuracy = thesis.published_table(15).set_index("class")["top1"]
    for name, row in thesis.matrix_transcription(18).query("~transcribed").iterrows():
        right = whole.loc[name, name]
        assert row["note"] == f"diagonal {right:g} against {accuracy[name] / 2:g} in Table 15"


def test_a_figure_without_a_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="figure 17: not a confusion matrix"):
        thesis.published_confusion_matrix(17)


# --- captions and fills ---------------------------------------------------------------------------


def test_every_table_and_figure_has_its_caption() -> None:
    assert all(thesis.published_caption("table", n) for n in range(1, 26))
    assert all(thesis.published_caption("figure", n) for n in range(1, 33))
    assert thesis.published_caption("table", 22) == "difference between baseline and mixed"
    assert thesis.published_caption("figure", 17).endswith("(figure):")
    with pytest.raises(ValueError, match="tables 1 to 25"):
        thesis.published_caption("table", 26)


@pytest.mark.parametrize("table", RESULT_TABLES)
def test_every_row_of_results_has_its_run(table: int) -> None:
    rows = [i for i in thesis.published_table(table)["index"] if i != "sd"]
    for protocol in ("thesis", "matched") if table in (19, 23, 25) else ("thesis",):
        filled = thesis.cell_experiments("table", table, protocol)
        assert sorted(filled["index"], key=int) == rows
    if table not in (19, 23, 25):
        assert thesis.cell_experiments("table", table, "matched").empty


def test_fills_name_experiments_and_test_sets_that_there_are() -> None:
    filled = thesis.CELL_EXPERIMENTS
    empty = filled[filled["experiment"] == ""]
    assert empty[["number", "index"]].to_numpy().tolist() == [[11.0, "4"]]  # published only
    for (experiment, protocol), rows in filled[filled["experiment"] != ""].groupby(
        ["experiment", "protocol"]
    ):
        loaded = params.load("tiny", experiment, protocol=protocol)
        assert set(rows["test_set"]) <= set(loaded.test_sets)
    assert len(set(filled["experiment"]) - {""}) == 26


# --- checks ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return consistency.consistency_checks()


def error(found: pd.DataFrame, claim: str) -> pd.Series:
    rows = consistency.failed_checks(found)
    chosen = rows[rows["claim"].str.contains(claim, regex=False)]
    assert len(chosen) == 1, chosen["claim"].tolist()
    return chosen.iloc[0]


def test_known_errors_are_found(found: pd.DataFrame) -> None:
    assert error(found, "Table 11.4: accuracies that are")["recomputed"] == 3
    assert error(found, "Table 23.5: accuracies")["recomputed"] == 0
    assert "373 of 850" in error(found, "Table 23.5: recall")["note"]
    assert error(found, "643 correct")["recomputed"] == 2
    assert error(found, "gain of mixed")["recomputed"] == pytest.approx(13.204, abs=5e-4)
    assert error(found, "Table 8: TOTAL of images")["recomputed"] == 198_458
    assert error(found, "trained on, once more")["published"] == 187_982
    assert error(found, "against the binomial")["recomputed"] == pytest.approx(0.83, abs=0.005)
    assert error(found, "5 disjoint sets")["recomputed"] == 160
    assert error(found, "Synth hybrid")["where"].startswith("Table 24")
    assert "1,281" in error(found, "1,000 samples per class")["note"]
    assert "below -25" in error(found, "[90°, 25°]")["note"]
    assert "Places" in error(found, "[29]")["note"]


def test_further_errors_are_found(found: pd.DataFrame) -> None:
    assert "shares of 256" in error(found, "Table 23.5: accuracies")["note"]
    assert error(found, "better ('for each class')")["recomputed"] == 11
    assert "laptop 0 to 8" in error(found, "better ('for each class')")["note"]
    assert "17 of 17 are a quarter" in error(found, "Table 7: classes whose count")["note"]
    assert error(found, "instances per class that are used")["recomputed"] == 449
    assert "6.58 of the 187,982" in error(found, "a balanced set's percent")["note"]
    assert "5.64% and 2.02%" in error(found, "gains in one paragraph")["note"]
    assert error(found, "index in Table 14")["recomputed"] == 4
    assert "basketball has 598" in error(found, "'1200 per class' (Table 14.4)")["note"]
    assert error(found, "shares of 3060 images")["recomputed"] < 20
    assert error(found, "Figure 18: classes whose")["recomputed"] == 7
    assert "134 of 850 are correct, 136 in" in error(found, "Figure 18: classes whose")["note"]
    assert error(found, "Figure 18: top-1")["recomputed"] == pytest.approx(15.76, abs=0.005)
    assert error(found, "Figure 18: macro")["recomputed"] == pytest.approx(19.84, abs=0.005)


def test_the_reproduced_experiment_is_another(found: pd.DataFrame) -> None:
    row = error(found, "which it reproduces")
    assert row["published"] == 65.41
    assert row["recomputed"] == pytest.approx(70.09, abs=0.005)
    assert "± 3.26 (2 SD); 15 of 15 are above" in row["note"]


def test_errors_of_wording_are_counted_separately(found: pd.DataFrame) -> None:
    is_wording = found["claim"].isin(
        [c.claim for c in consistency_prose._wording() if np.isnan(c.published)]
    )
    errors = int(is_wording.sum()) + 1  # 80% kept: no sentence prints it
    numbers = len(found) - errors
    agree = int(found["agrees"].sum())
    text = consistency.agreement_sentence(found)
    assert text.startswith(f"{numbers} numbers recomputed: {agree} agree, {numbers - agree} do")
    assert f" {errors} more errors are in the wording" in text


def test_correct_claims_agree(found: pd.DataFrame) -> None:
    rows = found.set_index("claim")
    for claim in (
        "Figure 26: macro precision from the columns",
        "Table 14.2: top-1 is the mean of the classes of Table 15",
        "Table 22, wall_clock: Table 21 less Table 20",
        "correct in both + only mixed",
        "Table 6: TOTAL of images",
        "synthetic images for one real photograph",
        "percent that 3.3% real photographs add",
        "Table 24: standard deviation of top5",  # 0.424 of rounded values, printed as 0.43
    ):
        assert rows.loc[claim, "agrees"], claim
    assert found["claim"].str.startswith("Table 22, ").sum() == 17
    assert (
        found["difference"].isna() == found[["published", "recomputed"]].isna().any(axis=1)
    ).all()


def test_shares_of_a_total() -> None:
    third = np.array([33.33, 66.67])
    assert consistency.granularity_test(third, 3) == (2, 2, "")
    assert consistency.granularity_test(third, 4) == (0, 2, "33.33")
    assert consistency.smallest_denominator(third) == 3
    assert consistency.smallest_denominator(np.array([33.34, 0.01]), most=50) == 0


# --- the study ------------------------------------------------------------------------------------


def test_the_study_runs_what_fills_the_tables() -> None:
    filled = thesis.CELL_EXPERIMENTS[thesis.CELL_EXPERIMENTS["experiment"] != ""]
    assert set(experiments.EXPERIMENTS) == set(filled["experiment"])
    assert len(experiments.EXPERIMENTS) == len(set(experiments.EXPERIMENTS)) == 26
    matched = set(filled.loc[filled["protocol"] == "matched", "experiment"])
    controls = {*experiments.CONTROL_EXPERIMENTS, *experiments.ADDED_EXPERIMENTS}
    assert matched == set(experiments.EQUAL_STEPS_EXPERIMENTS) - controls
    before = experiments.EXPERIMENTS[: experiments.EXPERIMENTS.index("synth_hybrid")]
    assert {"synth_bg", "synth_nobg"} <= set(before)


def test_a_demonstration_runs_the_core_and_a_study_everything() -> None:
    core = experiments.CORE_EXPERIMENTS
    planned = {"thesis": [], "tuned": []}
    for p in experiments.plan_study("demo"):
        planned[p.protocol].append(p.experiment)
    assert planned["thesis"] == list(core)
    assert planned["tuned"] == [e for e in core if e in experiments.EQUAL_STEPS_EXPERIMENTS]
    planned = [p.experiment for p in experiments.plan_study("thesis") if p.protocol == "thesis"]
    assert planned == [*experiments.EXPERIMENTS, *experiments.CONTROL_EXPERIMENTS]


def test_the_catalogue_has_every_table_and_figure_once() -> None:
    found = thesis.load_catalogue()
    wanted = [("table", n) for n in range(1, 26)] + [("figure", n) for n in range(1, 33)]
    assert list(zip(found["kind"], found["number"], strict=True)) == wanted
    assert (found[["title", "section", "notebook", "file"]] != "").all(axis=None)
    rows = found.set_index(["kind", "number"])
    assert rows.loc[("figure", 7), "file"] == "figure_07"
    assert rows.loc[("table", 4), "title"] == thesis.published_caption("table", 4)
    assert "2,010 removed views" in rows.loc[("table", 8), "note"]
    assert found["note"].str.contains("A scale without this class").sum() == 13


@pytest.mark.parametrize(
    "row", thesis.load_catalogue().to_dict("records"), ids=lambda row: row["file"]
)
def test_a_notebook_contains_the_cell_that_makes_it(row: dict) -> None:
    path = project_dir() / "notebooks" / f"{row['notebook']}.ipynb"
    cells = [c["source"] for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    sources = ["".join(cell) for cell in cells]
    saved = f'"{row["file"]}"'
    by_number = f"thesis_table({row['number']})" if row["kind"] == "table" else saved
    makers = [s for s in sources if saved in s or by_number in s]
    assert makers, f"{row['notebook']} has no cell for {row['file']}"
    assert any("report." in source for source in makers)
