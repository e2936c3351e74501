"""Several runs at once: their order, a lost one, how all stand, how long it takes."""

import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from synthlib import params as parameters
from synthlib.rendering.supervisor import write_failures
from synthlib.study import batch, estimate, execute, parallel
from synthlib.study.execute import RunOutcome
from synthlib.training import devices
from synthlib.utils import processes
from synthlib.utils.executors import ClusterError
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.render_cases import wait_until

NAMES = ["synth_hybrid", "baseline", "synth_bg", "synth_nobg"]


@pytest.fixture
def planned(tmp_path: Path):
    return batch.plan_study("tiny", only=NAMES, outputs=str(tmp_path), batch_protocols=["thesis"])


def test_a_hybrid_run_waits_for_those_it_chooses_by(planned, monkeypatch, capsys) -> None:
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
    said = capsys.readouterr().out
    assert " to go" in said
    assert said.count("done    thesis") == 4


def test_a_hybrid_run_waits_neither_for_itself_nor_for_another_hybrid(tmp_path: Path) -> None:
    given = {"outputs": str(tmp_path), "batch_protocols": ["thesis"]}
    mine = batch.plan_study(
        "tiny", only=parallel.HYBRID_PREREQUISITES, synthetic_domain="hybrid", **given
    )
    assert len(mine) == 2
    assert not any(parallel._must_wait(p, mine, {}) for p in mine)


def test_its_runs_have_a_sign_of_life_as_long_as_it_lives(planned, monkeypatch) -> None:
    signs = set()

    def run(params, log: Path) -> RunOutcome:
        signs.add(sign := Path(os.environ[processes.SUPERVISOR_VARIABLE]))
        assert sign.exists()
        if len(signs) == 2:
            raise KeyboardInterrupt
        return RunOutcome(params, "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    with ThreadPoolExecutor(1) as executor:
        parallel.run_parallel(planned, executor)
        with pytest.raises(KeyboardInterrupt):
            parallel.run_parallel(planned, executor)
    assert len(signs) == 2
    assert not any(sign.exists() for sign in signs)


def test_a_run_that_took_it_for_dead_goes_on(planned, monkeypatch, capsys) -> None:
    tried = []

    def run(params, log: Path) -> RunOutcome:
        tried.append(params.experiment)
        if len(tried) == 1:
            return RunOutcome(
                params, "failed", 1.0, "KeyboardInterrupt:  (cell 3 of notebook.ipynb)"
            )
        return RunOutcome(params, "done", 0.1)

    monkeypatch.setattr(execute, "execute_run_logged", run)
    with ThreadPoolExecutor(1) as executor:
        outcomes = parallel.run_parallel(planned, executor)
    assert [o.state for o in outcomes] == ["done"] * 4
    assert tried.count(tried[0]) == 2
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


def test_all_that_runs_share_is_packed_before_they_start(tmp_path: Path, monkeypatch) -> None:
    prepared = []
    monkeypatch.setattr(batch.prepare, "prepare_data", lambda p, quiet: prepared.append(p))
    planned = batch.plan_study("tiny", outputs=str(tmp_path), batch_protocols=["matched", "thesis"])
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


def test_how_all_stand(planned, tmp_path: Path) -> None:
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
    ("seconds", "said"), [(40.2, "40 s"), (720, "12 min"), (11100, "3 h 05 min")]
)
def test_times_are_said_as_a_person_does(seconds: float, said: str) -> None:
    assert parallel.format_duration(seconds) == said


def test_a_plan_s_time_is_that_of_runs_like_it(tmp_path: Path) -> None:
    given = {"outputs": str(tmp_path), "batch_protocols": ["thesis"]}
    write_fake_run(tmp_path, "baseline", 50)  # 102 s
    write_fake_run(tmp_path, "real33", 50, protocol="matched")
    names = ["baseline", "synth_bg", "synth_bg_resnet101"]
    planned = batch.plan_study("tiny", only=names, seeds=[0, 1], **given)
    found = {(e.params.experiment, e.params.seed): e for e in estimate.estimate_runs(planned)}
    assert found["baseline", 0].seconds == 0
    assert found["baseline", 1].seconds == 102
    assert found["synth_bg", 0].seconds == 102
    assert found["synth_bg", 0].basis == "the mean of 1 runs of its kind here"
    assert str(found["synth_bg_resnet101", 0]).endswith("not measured here yet")
    *_, renders, total = estimate.estimate_lines(planned, jobs=2)
    assert renders.startswith("renders: ")
    assert total == (
        "6 runs, 1 done; 3 take about 3 min with 2 at once; 2 of a kind that has not run here yet"
    )


def test_instances_known_to_fail_are_not_to_be_rendered(tmp_path: Path, monkeypatch) -> None:
    planned = [SimpleNamespace(cls="cup", name=name) for name in "abcd"]
    plan = SimpleNamespace(store=tmp_path, instances=planned)
    monkeypatch.setattr(estimate.prepare, "render_plan", lambda _: plan)
    (tmp_path / "cup/a").mkdir(parents=True)
    (tmp_path / "cup/a/instance.json").touch()
    (tmp_path / "timings.jsonl").write_text('{"name": "cup/a", "seconds": 60}\n')
    write_failures(tmp_path, {"cup/b": {"name": "cup/b", "reason": "hung", "log": ""}})
    p = parameters.load("tiny", "baseline", workers=1)
    assert estimate.remaining_render_seconds(p) == 120
