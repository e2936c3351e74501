"""Notebook 00's map: one row per run, notebooks in order, and links that lead somewhere."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from synthlib import params as parameters
from synthlib.study import overview, project_map
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.small_study import ROOT, make_project

LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")


def test_notebooks_are_listed_in_the_order_of_their_files(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    rows = project_map.notebooks_markdown(p).splitlines()[2:]
    names = [path.name for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))[1:]]
    assert [LINK.search(row)[1] for row in rows] == names  # pyright: ignore[reportOptionalSubscript]
    purposes = [row.split("|")[2].strip() for row in rows]
    assert all(purposes)
    [domain_gap] = [row for row in rows if "04_domain_gap" in row]
    assert "| 10 to 17 |" in domain_gap


def test_each_run_has_one_row_with_chance_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "a project")
    monkeypatch.chdir(project)
    outputs = project / "outputs"
    p = parameters.load("tiny", "baseline", outputs=str(outputs))
    assert project_map.runs_markdown(p) == "*No run has finished at this scale.*"
    folder = write_fake_run(outputs, "baseline", 60)
    (folder / "notebook.ipynb").write_text("{}")
    write_fake_run(outputs, "real33", 40)
    header, _, *rows = project_map.runs_markdown(p).splitlines()
    assert header.startswith("| experiment | protocol | seed | trained on | real photographs, %")
    assert len(rows) == 2
    cells = [cell.strip() for cell in rows[0].split("|")]
    assert cells[5] == "60.0"
    assert cells[-2] == "14.3"  # one of 7 classes
    linked = os.path.normpath(project / "notebooks" / unquote(LINK.search(rows[0])[1]))  # pyright: ignore[reportOptionalSubscript]
    assert Path(linked) == folder / "notebook.ipynb"
    assert not LINK.search(rows[1])  # it has no notebook to open


def test_results_are_linked_where_they_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "project")
    monkeypatch.chdir(project)
    p = parameters.load("tiny", "baseline", outputs=str(project / "outputs"))
    assert project_map.results_markdown(p) == "*No batch has finished at this scale.*"
    page = project / "outputs/reports/tiny/report.html"
    executed = project / "outputs/notebooks/tiny/04_domain_gap.ipynb"
    for path in (page, executed):
        path.parent.mkdir(parents=True)
        path.touch()
    targets = LINK.findall(project_map.results_markdown(p))
    assert [os.path.normpath(project / "notebooks" / t) for t in targets] == [
        str(page),
        str(executed),
    ]
    outside = parameters.load("tiny", "baseline", outputs=str(tmp_path / "elsewhere"))
    page = tmp_path / "elsewhere/reports/tiny/report.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert not LINK.search(project_map.results_markdown(outside))
    assert str(page) in project_map.results_markdown(outside)


def test_the_next_step_is_a_command_or_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    p = parameters.load("tiny", "baseline")
    monkeypatch.setattr(overview, "next_command", lambda _: ("synthlib doctor", "no data"))
    assert project_map.next_step_markdown(p) == "**Next:** `synthlib doctor` (no data)."
    step = ("08_inspect_errors.ipynb", "look")
    monkeypatch.setattr(overview, "next_command", lambda _: step)
    assert "[08_inspect_errors](08_inspect_errors.ipynb)" in project_map.next_step_markdown(p)
