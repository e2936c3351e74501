"""A stage of a batch is repeated if anything that it reads or left has changed."""

from pathlib import Path

import pytest

from synthlib import params as parameters
from synthlib.study import batch, up_to_date
from synthlib.study.up_to_date import Stage, inputs_digest, runs_state
from tests.helpers.fake_runs import write_fake_run

NOTEBOOKS = ("04_domain_gap",)


def test_a_stage_is_current_until_an_input_or_a_file_changes(tmp_path: Path) -> None:
    figure = tmp_path / "reports" / "figure.png"
    figure.parent.mkdir()
    figure.write_bytes(b"1")
    record = tmp_path / "notebooks" / "results.json"
    record.parent.mkdir()
    stage = Stage(record, "inputs")
    assert not stage.is_current()
    stage.save([figure])
    assert stage.is_current()
    assert not Stage(record, "other inputs").is_current()
    figure.write_bytes(b"2")
    assert not stage.is_current()
    figure.unlink()
    assert not stage.is_current()
    stage.save([])  # nothing was left, so nothing can be shown
    assert not stage.is_current()
    record.write_text("{")
    assert not stage.is_current()


def test_every_kind_of_input_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    first = inputs_digest(p, NOTEBOOKS, [])
    assert first == inputs_digest(p, NOTEBOOKS, [])
    others = [
        inputs_digest(p.model_copy(update={"seed": 1}), NOTEBOOKS, []),
        inputs_digest(p, ("05_hyperparameters",), []),
        inputs_digest(p, NOTEBOOKS, ["a flag"]),
    ]
    with monkeypatch.context() as patch:
        patch.setenv("SYNTHLIB_DATA", "/elsewhere")
        others.append(inputs_digest(p, NOTEBOOKS, []))
    with monkeypatch.context() as patch:
        patch.setenv("SYNTHLIB_BATCH", "1")
        assert inputs_digest(p, NOTEBOOKS, []) == first
    code = tmp_path / "package" / "__init__.py"
    code.parent.mkdir()
    for text in ("a = 1", "a = 2"):
        code.write_text(text)
        monkeypatch.setattr(up_to_date.synthlib, "__file__", str(code))
        others.append(inputs_digest(p, NOTEBOOKS, []))
    assert len({first, *others}) == 1 + len(others)


def test_runs_are_compared_by_the_files_that_notebooks_read(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    assert runs_state(p) == []
    folder = write_fake_run(tmp_path, "baseline", 60)
    first = runs_state(p)
    (folder / "checkpoint.pt").write_bytes(b"1")
    (folder / "notebook.ipynb").write_bytes(b"1")
    assert runs_state(p) == first
    (folder / "predictions.parquet").write_bytes(b"1")
    second = runs_state(p)
    assert second != first
    write_fake_run(tmp_path, "real33", 50)
    assert runs_state(p) != second


def test_result_notebooks_are_executed_only_if_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 60)
    executed: list[str] = []

    def execute(name: str, output: Path, _params: object) -> None:
        executed.append(name)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("{}")

    def html(report: batch.Report, *_: object) -> None:
        report.folder.mkdir(parents=True, exist_ok=True)
        (report.folder / "report.html").write_text("page")

    data = [{"photographs": "1"}]
    monkeypatch.setattr(batch, "execute_notebook", execute)
    monkeypatch.setattr(batch.Report, "html", html)
    monkeypatch.setattr(batch, "_data_state", lambda *_, **__: data)
    monkeypatch.setattr(batch, "_notebooks_after_runs", lambda _: NOTEBOOKS)

    def batch_executes() -> list[str]:
        executed.clear()
        assert batch._execute_result_stage(p, tmp_path / "notebooks/tiny", 1, {}) == 0
        return list(executed)

    everything = [*NOTEBOOKS, "10_report"]
    assert batch_executes() == everything
    assert batch_executes() == []
    data.append({"photographs": "2"})
    assert batch_executes() == everything
    assert batch_executes() == []
    write_fake_run(tmp_path, "real33", 50)
    assert batch_executes() == everything
    (tmp_path / "reports/tiny/report.html").unlink()
    assert batch_executes() == everything
    assert batch_executes() == []
