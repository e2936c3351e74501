"""The contents of the report page, over fake runs."""

from pathlib import Path

from synthlib import params as parameters
from synthlib.reporting import contents
from synthlib.reporting.save import Report
from tests.helpers.fake_runs import write_fake_run


def here(found: contents.ReportContents) -> dict[tuple[str, int], str]:
    rows = found.items.to_dict("records")
    return {(row["kind"], row["number"]): row["here"] for row in rows}


def test_all_57_items_are_listed_in_order_with_their_coverage(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    for name in ("baseline", "synth_bg"):
        write_fake_run(tmp_path, name, 50)
    Report(p).folder.mkdir(parents=True)
    Report(p).path("figure_03", "png").write_bytes(b"image")
    found = contents.collect_report(p)
    kinds = found.items["kind"].tolist()
    assert kinds == ["table"] * 25 + ["figure"] * 32
    assert found.items["number"].tolist() == [*range(1, 26), *range(1, 33)]
    ran = here(found)
    assert ran["table", 10] == "1 of 2 rows"
    assert ran["table", 11] == "yes"  # its row 4 can't run
    assert ran["table", 14] == ran["figure", 17] == "2 of 4 rows"
    assert ran["table", 15] == "7 of 17 classes"
    assert ran["table", 16] == ran["table", 24] == "not run at this scale"
    assert ran["figure", 18] == ran["figure", 26] == ran["figure", 3] == "yes"
    assert ran["figure", 27] == ran["figure", 28] == ran["figure", 4] == "not run at this scale"
    complete = list(ran.values()).count("yes")
    text = contents.coverage_sentence(found)
    assert sum(map(int, (text.split(" complete")[i].split()[-1] for i in range(2)))) == complete
    listed = contents.contents_table(found)
    assert listed["what"].tolist()[24:26] == ["Table\xa025", "Figure\xa01"]


def test_every_table_and_figure_answers_one_question(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    found = contents.collect_report(p)
    listed = [
        name for groups in contents.QUESTIONS.values() for group in groups for name in group.split()
    ]
    assert sorted(listed) == sorted([*found.items["file"], *found.extras["file"]])


def test_experiments_that_an_item_needs_and_that_have_not_run_are_named(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 50)
    found = contents.collect_report(p)
    rows = {row["file"]: row for row in found.items.to_dict("records")}
    for name, missing in (
        ("table_10", ["baseline_lr01"]),
        ("table_11", []),
        ("figure_17", ["synth_bg", "synth_nobg", "synth_bg_1200"]),  # those of Table 14
        ("figure_28", ["mixed_synth100"]),
        ("table_22", ["mixed_synth100"]),
        ("figure_03", []),
    ):
        assert contents.missing_experiments(found, rows[name]) == missing, name


def test_every_figure_beyond_the_thesis_is_saved_by_a_notebook() -> None:
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    for name, (_, notebook) in contents.EXTRA_FIGURES.items():
        text = (folder / f"{notebook}.ipynb").read_text()
        assert name.removesuffix("_synth_bg") in text, name
