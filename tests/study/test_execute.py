"""Runs whose notebook failed, and kernels that do not start."""

import errno
import socket
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_client.connect import LocalPortCache

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.runs import Run, find_run
from synthlib.study import execute
from tests.helpers.fake_runs import DATA_DIGESTS
from tests.helpers.small_study import ROOT


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    params: Params = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    prepared = SimpleNamespace(digests=DATA_DIGESTS)
    monkeypatch.setattr(execute.prepare, "prepare_data", lambda *_, **__: prepared)
    return find_run(params, DATA_DIGESTS)


@pytest.mark.parametrize("error", [execute.NotebookError("the kernel died"), KeyboardInterrupt()])
@pytest.mark.parametrize("state", ["running", "done"])
def test_a_run_that_another_process_makes_or_made_keeps_its_status(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, state: str
) -> None:
    holders = [""]

    def execute_notebook(*_) -> None:
        run.write_status(state, pid=1)
        holders.append("another process makes it" if state == "running" else "")
        raise error

    monkeypatch.setattr(execute, "execute_notebook", execute_notebook)
    monkeypatch.setattr(execute, "lock_holder_message", lambda *_: holders[-1])
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            execute.execute_run(run.params)
    else:
        assert execute.execute_run(run.params).reason == "the kernel died"
    assert (run.status["state"], run.status["pid"]) == (state, 1)


def test_a_notebook_that_leaves_no_finished_run_has_failed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "execute_notebook", lambda *_: None)
    outcome = execute.execute_run(run.params)
    assert outcome.state == run.status["state"] == "failed"
    assert f"{run.folder} contains no finished run" in outcome.reason


def test_a_full_disk_costs_no_other_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_, **__) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(execute, "execute_notebook", full)
    monkeypatch.setattr(Run, "write_status", full)
    outcome = execute.execute_run(run.params)
    assert outcome.state == "failed"
    assert "No space left on device" in outcome.reason


@pytest.mark.parametrize("taken", [1, 3])
def test_a_kernel_whose_port_is_taken_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture, taken: int
) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "p"}
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks/product.ipynb")
    monkeypatch.setattr(execute, "project_dir", lambda: tmp_path)
    find = LocalPortCache.find_available_port
    starts = []

    with socket.create_server(("127.0.0.1", 0)) as other:

        def first_taken(cache: LocalPortCache, ip: str) -> int:
            starts.append(ip)  # five ports a start: the first is that of the shell
            first = len(starts) % 5 == 1 and len(starts) < 5 * taken
            return other.getsockname()[1] if first else find(cache, ip)

        monkeypatch.setattr(LocalPortCache, "find_available_port", first_taken)
        output, params = tmp_path / "out.ipynb", parameters.load("tiny", "baseline")
        if taken < execute.MAX_KERNEL_STARTS:
            execute.execute_notebook("product", output, params)
            printed = capfd.readouterr().out
            assert printed == "the kernel died before it answered: it is started again\n42\n"
        else:
            with pytest.raises(execute.NotebookError, match=r"out\.ipynb died 3 times before"):
                execute.execute_notebook("product", output, params)
    assert len(starts) == 5 * min(taken + 1, execute.MAX_KERNEL_STARTS)


def test_only_changed_parameters_are_passed_to_a_notebook() -> None:
    notebook = ROOT / "notebooks" / "03_experiment.ipynb"
    planned = parameters.load("demo", "baseline")
    assert execute.changed_parameters(notebook, planned) == {}
    given = {"protocol": "tuned", "seed": 1, "outputs": "/elsewhere"}
    planned = parameters.load("tiny", "mixed_real33", **given)
    expected = {"scale": "tiny", "experiment": "mixed_real33"} | given
    assert execute.changed_parameters(notebook, planned) == expected
    # as if a parameter file had been edited since the run was planned
    edited = planned.model_copy(update={"epochs": planned.epochs + 1})
    assert execute.changed_parameters(notebook, edited) == expected | {"epochs": edited.epochs}


@pytest.mark.parametrize("experiment", ["baseline", "synth_hybrid", "mixed_synth100"])
@pytest.mark.parametrize("protocol", ["thesis", "matched", "tuned"])
def test_a_notebook_loads_the_planned_parameters(experiment: str, protocol: str) -> None:
    notebook = ROOT / "notebooks" / "03_experiment.ipynb"
    planned = parameters.load("tiny", experiment, protocol=protocol, data_root="/data", peek=True)
    passed = execute.changed_parameters(notebook, planned)
    assert len(passed) <= 5
    cell = execute._parameters_cell(notebook)
    assert parameters.from_namespace(cell | passed) == planned
