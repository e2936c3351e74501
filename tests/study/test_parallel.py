"""Several runs at once: their order, lost processes, the overview."""

import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from synthlib.study import batch, execute, experiments, parallel
from synthlib.study.execute import RunOutcome
from synthlib.training import devices
from synthlib.utils import processes
from synthlib.utils.executors import ClusterError
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.render_cases import wait_until

NAMES = ["synth_hybrid", "baseline", "synth_bg", "synth_nobg"]


@pytest.fixture
def planned(tmp_path: Path):
    return experiments.plan_study(
        "tiny", only=NAMES, outputs=str(tmp_path), batch_protocols=["thesis"]
    )


def test_a_hybrid_run_waits_for_the_runs_it_chooses_by(planned, monkeypatch, capsys) -> None:
    order = []

    def run(params, log: Path) -> RunOutcome:
        order.append(params.experiment)
        time.sleep(0.05 if params.experiment in parallel.HYBRID_PREREQUISITES else 0)
        assert params.scheduler == ""
        assert log == parallel.log_path(params)
        order.append(f"{params.experiment} ended")
        return RunOutcome(params, "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    with ThreadPoolExecutor(4) as executor:
        outcomes = parallel.run_parallel(planned, executor, status_interval=0.01)
    assert [o.params.experiment for o in outcomes] == [p.experiment for p in planned]
    started = order.index("synth_hybrid")
    assert {f"{name} ended" for name in parallel.HYBRID_PREREQUISITES} <= set(order[:started])
    printed = capsys.readouterr().out
    assert " to go" in printed
    assert printed.count("done    thesis") == 4


def test_a_terminal_shows_one_bar_for_all_runs_that_are_left(
    planned, monkeypatch, capsys: pytest.CaptureFixture
) -> None:
    def run(params, log: Path) -> RunOutcome:
        return RunOutcome(params, "failed" if params.experiment == "synth_bg" else "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    finished = {0: RunOutcome(planned[0], "skipped", 0.1)}
    with ThreadPoolExecutor(1) as executor:
        outcomes = parallel.run_parallel(planned, executor, finished=finished)
    assert outcomes[0].state == "skipped"
    captured = capsys.readouterr()
    last = captured.err.rsplit("\r", 1)[-1]
    assert last.startswith("runs: 100%|")
    assert "all done, 1 failed [" in last
    assert " to go" not in captured.out


def test_a_run_counts_by_the_share_of_its_rounds(planned, tmp_path: Path) -> None:
    params = planned[0]
    folder = params.experiment_dir / f"seed{params.seed}-abc"
    assert parallel._finished_share(params) == 0
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"state": "running"}')
    rows = params.epochs // 2
    (folder / "log.csv").write_text("\n".join(["round", *map(str, range(rows))]) + "\n")
    assert parallel._finished_share(params) == rows / params.epochs
    (folder / "status.json").write_text('{"state": "failed"}')
    assert parallel._finished_share(params) == 0


def test_a_hybrid_run_waits_neither_for_itself_nor_for_another_hybrid(tmp_path: Path) -> None:
    given = {"outputs": str(tmp_path), "batch_protocols": ["thesis"]}
    hybrids = experiments.plan_study(
        "tiny", only=parallel.HYBRID_PREREQUISITES, synthetic_domain="hybrid", **given
    )
    assert len(hybrids) == 2
    assert not any(parallel._must_wait(p, hybrids, {}) for p in hybrids)


def test_a_run_on_fetched_photographs_waits_for_the_run_that_labels_them() -> None:
    planned = experiments.plan_study(
        "tiny", only=["real10", "fetched10"], seeds=[0, 1], batch_protocols=["matched", "tuned"]
    )
    assert len(planned) == 8
    for params in planned:
        waits = params.experiment == "fetched10"
        assert parallel._must_wait(params, planned, {}) == waits
        done = {
            i: RunOutcome(q, "done", 0.1)
            for i, q in enumerate(planned)
            if (q.experiment, q.seed, q.protocol) == ("real10", params.seed, params.protocol)
        }
        assert len(done) == 1
        assert not parallel._must_wait(params, planned, done)


def test_runs_see_a_heartbeat_until_the_batch_ends(planned, monkeypatch) -> None:
    heartbeats = set()

    def run(params, log: Path) -> RunOutcome:
        heartbeats.add(heartbeat := Path(os.environ[processes.SUPERVISOR_VARIABLE]))
        assert heartbeat.exists()
        if len(heartbeats) == 2:
            raise KeyboardInterrupt
        return RunOutcome(params, "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    with ThreadPoolExecutor(1) as executor:
        parallel.run_parallel(planned, executor)
        with pytest.raises(KeyboardInterrupt):
            parallel.run_parallel(planned, executor)
    assert len(heartbeats) == 2
    assert not any(heartbeat.exists() for heartbeat in heartbeats)


def test_a_run_that_took_the_batch_for_dead_is_submitted_again(
    planned, monkeypatch, capsys
) -> None:
    started = []

    def run(params, log: Path) -> RunOutcome:
        started.append(params.experiment)
        if len(started) == 1:
            return RunOutcome(
                params, "failed", 1.0, "KeyboardInterrupt:  (cell 3 of notebook.ipynb)"
            )
        return RunOutcome(params, "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    with ThreadPoolExecutor(1) as executor:
        outcomes = parallel.run_parallel(planned, executor)
    assert [o.state for o in outcomes] == ["done"] * 4
    assert started.count(started[0]) == 2
    assert "failed" not in capsys.readouterr().out


def test_a_lost_process_costs_its_run_alone(planned, monkeypatch, capsys) -> None:
    class Losing:
        """An executor whose second task is lost."""

        def __init__(self) -> None:
            self.count = 0

        def submit(self, task, *arguments) -> Future:
            self.count += 1
            future: Future = Future()
            if self.count == 2:
                future.set_exception(RuntimeError("the machine is gone"))
            else:
                future.set_result(task(*arguments))
            return future

    monkeypatch.setattr(execute, "execute_run_logged", lambda p, log: RunOutcome(p, "done", 1.0))
    outcomes = parallel.run_parallel(planned, Losing())  # pyright: ignore[reportArgumentType]
    assert sorted(o.state for o in outcomes) == ["done", "done", "done", "failed"]
    [lost] = [o for o in outcomes if o.state == "failed"]
    assert lost.reason.startswith("RuntimeError: the machine is gone (see ")
    assert "failed  thesis" in capsys.readouterr().out


def test_a_killed_process_costs_the_task_it_had() -> None:
    with parallel.process_pool(2) as pool:
        others = [pool.submit(math.factorial, n) for n in range(4)]
        killed = pool.submit(os._exit, 9)
        others += [pool.submit(math.factorial, n) for n in range(4, 8)]
        with pytest.raises(BrokenExecutor):
            killed.result()
        assert [o.result() for o in others] == [math.factorial(n) for n in range(8)]


def test_packs_that_runs_share_are_made_before_they_start(tmp_path: Path, monkeypatch) -> None:
    prepared = []
    monkeypatch.setattr(batch.prepare, "prepare_data", lambda p, quiet: prepared.append(p))
    planned = experiments.plan_study(
        "tiny", outputs=str(tmp_path), batch_protocols=["matched", "thesis"]
    )
    batch._prepare_packs(planned)
    wanted, packed = (
        {(p.image_size, side) for p in some for side in batch.prepare.composite_sides(p)}
        for some in ([p for p in planned if batch.prepare.needs_renders(p)], prepared)
    )
    assert packed >= wanted
    assert len(prepared) < 5 < len(planned)


def test_other_code_is_refused(planned) -> None:
    with pytest.raises(ClusterError, match="is not what the batch was started with"):
        parallel._run_task(planned[0].model_dump(), "log", "000000000000", "sign")


def test_processes_share_the_cores_and_die_with_the_batch(tmp_path: Path) -> None:
    script = """
import os, time
from synthlib.study.parallel import process_pool
if __name__ == "__main__":
    with process_pool(2) as pool:
        print(pool.submit(os.getpid).result(), pool.submit(os.getenv, "OMP_NUM_THREADS").result(),
              flush=True)
        pool.submit(time.sleep, 600)
        time.sleep(600)
"""
    path = tmp_path / "script.py"
    path.write_text(script)
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid, threads = map(int, process.stdout.readline().split())
    assert threads == max(1, devices.DEFAULT_THREADS // 2)
    assert psutil.pid_exists(pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_the_overview_of_all_runs(planned, tmp_path: Path) -> None:
    assert [p.experiment for p in planned] == ["baseline", "synth_bg", "synth_nobg", "synth_hybrid"]
    folder = write_fake_run(tmp_path, "baseline", 50)
    (folder / "status.json").write_text('{"state": "running"}')
    outcomes = {1: RunOutcome(planned[1], "done", 100.0), 2: RunOutcome(planned[2], "failed", 5.0)}
    text = parallel.status_text(planned, outcomes, 600.0)
    assert "1 done, 0 skipped, 1 failed, 2 to go; about 10 min left" in text
    [running] = [line for line in text.splitlines() if "seed" in line]
    rounds = len((folder / "log.csv").read_text().splitlines()) - 1
    assert running.split() == f"thesis baseline seed 0 round {rounds} done".split()


@pytest.mark.parametrize(
    ("seconds", "text"), [(40.2, "40 s"), (720, "12 min"), (11100, "3 h 05 min")]
)
def test_durations_for_reading(seconds: float, text: str) -> None:
    assert parallel.format_duration(seconds) == text
