"""Notebook 00's list of tables and figures by notebook."""

import json
from pathlib import Path

import pandas as pd
import pytest

from synthlib import params
from synthlib.rendering import RenderPlan, RenderSettings
from synthlib.reporting.save import Report
from synthlib.study import overview
from tests.helpers.fake_data import micro_params
from tests.helpers.inspected_run import finished_run
from tests.helpers.small_study import ROOT


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


def test_an_empty_machine_is_told_what_to_do_next(tmp_path: Path) -> None:
    params = micro_params(tmp_path / "outputs")
    assert overview.newest_training_curve(params) is None
    assert overview.sample_strip(params) is None
    assert overview.next_command(params)[0] == "synthlib doctor"
    found = overview.local_inventory(params).set_index("what")["how many"]
    assert found["photographs"] == "none"
    assert found["finished runs"] == "0"
    stand_in = params.model_copy(update={"stand_in": True})
    assert overview.next_command(stand_in)[0] == "synthlib batch --scale micro"


def test_after_a_run_there_is_a_curve_and_a_strip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(tmp_path, epochs=1)
    plan = RenderPlan(tmp_path / "store", RenderSettings(), ())
    monkeypatch.setattr(overview.prepare, "render_plan", lambda _: plan)
    figure = overview.newest_training_curve(run.params)
    assert figure is not None
    assert "the newest run: mixed" in figure.get_suptitle()
    strip = overview.sample_strip(run.params)
    assert strip is not None
    titles = [ax.get_title() for ax in strip.axes]
    assert all(title.endswith(": render") for title in titles[::3])
    assert titles[1::3] == ["composite"] * 2
    assert titles[2::3] == ["photograph"] * 2
    assert overview.next_command(run.params)[0].endswith("--only baseline")
    two = pd.DataFrame({"experiment": ["baseline", "mixed"]})
    monkeypatch.setattr(overview, "load_runs", lambda *_: two)
    notebook, _ = overview.next_command(run.params)  # as JupyterLab is already open
    assert (ROOT / "notebooks" / notebook).exists()
    assert json.dumps(overview.local_inventory(run.params).to_dict("records"))
