"""Notebook 00's list of tables and figures by notebook."""

from pathlib import Path

from synthlib import params
from synthlib.reporting.save import Report
from synthlib.study import overview


def test_consecutive_numbers_are_written_as_spans() -> None:
    assert overview.format_number_spans([3, 1, 2, 5, 6, 9]) == "1 to 3, 5, 6, 9"
    assert overview.format_number_spans([24]) == "24"
    assert overview.format_number_spans([]) == ""


def test_all_tables_and_figures_are_listed_and_saved_ones_counted(tmp_path: Path) -> None:
    p = params.load("demo", "baseline", outputs=str(tmp_path))
    rows = overview.notebook_outputs(p).set_index("notebook")
    assert rows.loc["02_explore_data", "figures"] == "1 to 15, 21, 22"
    assert rows.loc["05_hyperparameters", "tables"] == "9, 18"
    assert rows["here"].tolist()[0] == "0 of 25"
    folder = Report(p).folder
    folder.mkdir(parents=True)
    for name in ("figure_01.png", "table_02.png", "table_02.csv", "02_views.png"):
        (folder / f"STAND-IN_{name}").touch()
    rows = overview.notebook_outputs(p).set_index("notebook")
    assert rows.loc["02_explore_data", "here"] == "2 of 25"
