"""Rendering on a Dask cluster: workers killed, tasks lost, stopped; the bytes of a local run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import dask
import distributed
import pytest
from click.testing import CliRunner

from synthlib import rendering
from synthlib.cli import main
from synthlib.utils.executors import ClusterError, connect_executor
from tests.helpers.render_cases import (
    N_INSTANCES,
    SCRIPTED_MODULE_SOURCE,
    file_bytes,
    make_plan,
    png_paths,
    process_command_lines,
    wait_until,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Three worker processes on 127.0.0.1, one task each at a time."""
    folder = tmp_path_factory.mktemp("kind")
    (folder / "scripted_module.py").write_text(SCRIPTED_MODULE_SOURCE)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    with (
        pytest.MonkeyPatch.context() as patch,
        dask.config.set({"distributed.scheduler.allowed-failures": 2}),
    ):
        patch.setenv("PYTHONPATH", path)
        with distributed.LocalCluster(
            n_workers=3,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster:
            yield cluster


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(cluster, whole, models, tmp_path):
    plan = make_plan(tmp_path, models, N_INSTANCES)
    killed = []

    def kill_one() -> None:
        """Kill a worker of the cluster as soon as its Blender has an incomplete instance."""
        found: set[Path] = set()
        wait_until(lambda: found.update(png_paths(plan.store / ".work")) or found)
        part = found.pop()
        name = next(parent.name for parent in part.parents if parent.name.endswith(".part"))
        killed.append(int(name.split(".")[-3]))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with connect_executor(cluster.scheduler_address) as (executor, slots):
        assert slots == 3
        report = rendering.render(
            plan,
            rendering.RenderOptions(
                executor=executor, workers=slots, recycle_after=3, progress=False
            ),
        )
    killer.join()
    assert len(killed) == 1
    assert len(report.done) == 12
    assert len(report.failed) == 4
    assert report.peak_memory_mb > 50
    assert file_bytes(plan.store) == file_bytes(whole.store)


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.helpers import render_cases
from synthlib import rendering
from synthlib.utils.executors import connect_executor
plan = render_cases.make_plan(Path({outputs!r}), Path({models!r}), render_cases.N_INSTANCES)
with connect_executor({address!r}) as (executor, slots):
    options = rendering.RenderOptions(executor=executor, workers=slots, progress=False)
    rendering.render(plan, options)
"""


def test_tasks_of_a_killed_supervisor_do_not_disturb_the_next_one(cluster, whole, models, tmp_path):
    plan = make_plan(tmp_path, models, N_INSTANCES)
    script = SCRIPT.format(
        tests=str(Path(__file__).parents[2]),
        outputs=str(tmp_path),
        models=str(models),
        address=cluster.scheduler_address,
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    wait_until(lambda: png_paths(plan.store))
    process.kill()
    process.wait()
    with connect_executor(cluster.scheduler_address) as (executor, slots):
        report = rendering.render(
            plan, rendering.RenderOptions(executor=executor, workers=slots, progress=False)
        )
    assert len(report.done) > 0
    assert file_bytes(plan.store) == file_bytes(whole.store)


def test_an_interrupt_ends_all_workers_of_a_cluster(cluster, models, tmp_path):
    plan = make_plan(tmp_path, models, N_INSTANCES)

    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    with connect_executor(cluster.scheduler_address) as (executor, slots):
        with pytest.raises(KeyboardInterrupt):
            rendering.render(
                plan,
                rendering.RenderOptions(
                    executor=executor, workers=slots, progress=False, on_done=interrupt
                ),
            )
        assert not any(str(plan.store) in line for line in process_command_lines())
        assert not (plan.store / ".work").exists()
        report = rendering.render(
            plan, rendering.RenderOptions(executor=executor, workers=slots, progress=False)
        )
    assert 0 < report.skipped < 12
    assert len(report.done) + report.skipped == 12


def test_an_item_that_kills_workers_of_the_cluster_fails_alone(cluster, run):
    actions = {"a": "", "b": "kill supervisor", "c": ""}
    with connect_executor(cluster.scheduler_address) as (executor, _):
        report = run(actions, executor=executor)
    assert {f["name"]: f["reason"] for f in report.failed}.keys() == {"b"}
    assert report.done == ["a", "c"]
    assert "its task was lost: KilledWorker" in report.failed[0]["reason"]


def test_the_command_renders_on_a_cluster(cluster, models, tmp_path):
    shutil.copytree(models / "crate", tmp_path / "models/vase")
    shutil.copytree(models / "crate", tmp_path / "models/cup")
    settings = {"classes": ["vase", "cup"], "instances": 2, "views": 2, "render_size": 16}
    settings |= {"assets": "models", "models_root": str(tmp_path / "models"), "render_samples": 1}
    words = ["render", "--scale", "tiny", "--outputs", str(tmp_path / "out")]
    words += ["--scheduler", cluster.scheduler_address]
    done = CliRunner().invoke(
        main, [*words, *(f"--set={k}={json.dumps(settings[k])}" for k in settings)]
    )
    assert done.exit_code == 0, done.output
    assert len(png_paths(tmp_path / "out")) == 8


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("synthlib.utils.executors.CONNECT_TIMEOUT", 0.5)
    words = r"scheduler tcp://127\.0\.0\.1:9 does not answer"
    with pytest.raises(ClusterError, match=words), connect_executor("tcp://127.0.0.1:9"):
        pass


def test_a_scheduler_without_workers_is_named_in_a_warning(capsys):
    with (
        distributed.LocalCluster(
            n_workers=0, processes=True, host="127.0.0.1", dashboard_address=None
        ) as empty,
        connect_executor(empty.scheduler_address) as (executor, slots),
    ):
        assert executor is not None
        assert slots == 1
    output = capsys.readouterr().out
    assert "has no workers yet, so all tasks wait for them: start some by `dask worker" in output


def test_an_invalid_address_is_refused():
    words = "scheduler is 'foo'; expected one like tcp://host:8786"
    with pytest.raises(ClusterError, match=words), connect_executor("foo"):
        pass


def test_without_a_scheduler_there_is_no_executor():
    with connect_executor("") as (executor, slots):
        assert (executor, slots) == (None, None)
