"""Supervision of workers that crash, hang, use much memory or cannot start."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from synthlib import rendering
from synthlib.rendering import worker_process
from synthlib.rendering.supervisor import RenderJob
from synthlib.rendering.worker_process import Chunk, ChunkResult, RenderError
from synthlib.utils import processes
from tests.helpers import render_cases
from tests.helpers.render_cases import ScriptedItem, process_command_lines


def test_a_crash_a_hang_and_an_exception_cost_only_themselves(run):
    actions = {
        "a": "",
        "b": "crash",
        "c": "",
        "d": "hang",
        "e": "raise",
        "f": "crash once",
        "g": "",
    }
    report = run(actions, frame_limit=1.0)
    assert report.done == ["a", "c", "f", "g"]
    assert [f["name"] for f in report.failed] == ["b", "d", "e"]
    reasons = [f["reason"] for f in report.failed]
    assert reasons == [
        "crashed Blender with SIGSEGV, twice",
        "finished no frame in 1 s, twice",
        "KeyError: 'nose'",
    ]
    tries = Counter((run.out / "tries.txt").read_text().split())
    assert tries == Counter(a=1, b=2, c=1, d=2, e=1, f=2, g=1)
    lines = (run.out / "failed.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == report.failed
    assert not (run.out / ".work").exists()

    again = run({"b": "", "e": "raise"})  # as if b had been repaired
    assert (again.done, [f["name"] for f in again.failed]) == ([], ["b", "e"])
    retried = run({"b": "", "e": "raise"}, retry_failed=True)
    assert (retried.done, [f["name"] for f in retried.failed]) == (["b"], ["e"])
    recorded = [json.loads(line)["name"] for line in (run.out / "failed.jsonl").open()]
    assert recorded == ["d", "e"]  # d was not among the items


def test_neither_a_crash_nor_a_kill_leaves_blender_s_temporary_folder(run, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    report = run({"a": "", "b": "crash", "c": "hang"}, frame_limit=1.0)
    assert report.done == ["a"]
    assert list(temporary.iterdir()) == []
    assert not list(run.out.glob(".work*"))


def test_an_item_has_a_time_limit_even_if_each_frame_is_quick(run):
    report = run({"a": "", "b": "creep", "c": ""}, frame_limit=30.0, time_limit=1.0)
    assert report.done == ["a", "c"]
    assert [f["reason"] for f in report.failed] == ["was not finished after 1 s, twice"]


def test_workers_are_recycled_and_their_memory_is_reported(run, capsys):
    report = run({"a": "", "b": "eat", "c": "", "d": ""}, recycle_after=2, progress=True)
    assert report.done == ["a", "b", "c", "d"]
    output = capsys.readouterr().out
    assert f"Peak memory of a worker: {report.peak_memory_mb:.0f} MB." in output
    one_worker = run({"e": "", "f": ""}, recycle_after=2).peak_memory_mb
    assert report.peak_memory_mb > one_worker + 190
    pids = (run.out / "pids.txt").read_text().split()
    assert len(pids) == 6
    assert len(set(pids)) == 3


def test_repeated_names_and_invalid_options_are_refused(run):
    with pytest.raises(RenderError, match="two items are named a"):
        RenderJob(
            module="scripted_module",
            items=[ScriptedItem("a", ""), ScriptedItem("a", "")],
            settings={},
            out=run.out,
            is_done=lambda name: False,
        )
    with pytest.raises(RenderError, match="device is 'tpu'; allowed are 'auto', 'cpu' and 'gpu'"):
        run({"a": ""}, device="tpu")
    with pytest.raises(RenderError, match="recycle_after is 0; it must be at least 1"):
        run({"a": ""}, recycle_after=0)
    assert not run.out.exists()


def test_an_interrupted_supervisor_kills_its_workers(run):
    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run({"a": "", "b": "hang"}, on_done=interrupt)
    assert not any(str(run.out) in line for line in process_command_lines())
    assert not (run.out / ".work").exists()
    assert run({"a": "", "b": ""}).done == ["b"]


def test_a_supervisor_that_is_believed_dead_submits_the_rest_again(run, monkeypatch):
    """As after a suspension: the first task ends at once, and its items are made later."""
    timeouts, calls = [0.0, 120.0], []

    def run_chunk(chunk: Chunk, prefix: str) -> ChunkResult:
        calls.append(chunk.items)
        monkeypatch.setattr(processes, "HEARTBEAT_TIMEOUT", timeouts.pop(0))
        return worker_process.run_chunk(chunk, prefix)

    monkeypatch.setattr("synthlib.rendering.supervisor.run_chunk", run_chunk)
    report = run({"a": "", "b": ""})
    assert (report.done, report.failed) == (["a", "b"], [])
    assert len(calls) == 2
    assert calls[0] == calls[1]


def test_other_code_on_another_machine_is_refused(run, monkeypatch):
    monkeypatch.setattr(
        "synthlib.rendering.supervisor.rendering_code_digest", lambda: "123456789abc"
    )
    with pytest.raises(RenderError, match="is not what rendering was started with"):
        run({"a": ""})


def test_a_full_disk_ends_rendering_with_a_sentence(run):
    with pytest.raises(RenderError, match=r"the disk of .* is full"):
        run({"a": "", "b": "fill", "c": ""})
    assert (run.out / "a").exists()
    assert not (run.out / "failed.jsonl").exists()
    assert run({"a": "", "b": "", "c": ""}).done == ["b", "c"]


def test_the_error_of_a_worker_that_cannot_start_has_the_reason(run, tmp_path):
    (tmp_path / "scripted_module.py").write_text("import a_missing_module")
    with pytest.raises(RenderError, match=r"cannot render, because it has no a_missing_module"):
        run({"a": ""})
    (tmp_path / "scripted_module.py").write_text("raise ImportError('libGL.so.1: not found')")
    with pytest.raises(RenderError, match=r"could not start in \S+: ImportError: libGL\.so\.1"):
        run({"a": ""})


def ask_worker_interpreter(code: str) -> str:
    command = [worker_process.worker_interpreter(), "-c", f"import sys, sysconfig; print({code})"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def make_environment(folder: Path) -> Path:
    """Make an empty virtual environment of the Python that renders here; returns its Python."""
    base = ask_worker_interpreter("sys._base_executable")
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def add_packages(python: Path) -> None:
    """Let an environment find the packages of the interpreter that renders here."""
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    (site / "others.pth").write_text(ask_worker_interpreter("sysconfig.get_path('purelib')"))


def test_a_worker_in_another_interpreter_renders_the_same_bytes(rendered, models, tmp_path):
    python = make_environment(tmp_path / "other")
    add_packages(python)
    plan, _ = rendered
    other = render_cases.make_plan(tmp_path / "outputs", models)
    rendering.render(other, replace(render_cases.ONE_WORKER, python=str(python)))
    assert other.store.name == plan.store.name
    assert render_cases.file_bytes(other.store) == render_cases.file_bytes(plan.store)


def test_the_workers_interpreter_is_a_setting(run, tmp_path, monkeypatch):
    """Another environment, with the packages of this one, and without synthlib."""
    python = make_environment(tmp_path / "other")
    with pytest.raises(RenderError, match=r"other/bin/python cannot render, .* has no \w+: name a"):
        run({"a": ""}, python=str(python))
    add_packages(python)
    monkeypatch.setenv(worker_process.BLENDER_PYTHON_VARIABLE, str(python))
    assert run({"a": "", "b": "tell"}).done == ["a", "b"]
    assert (run.out / "interpreter.txt").read_text() == str(python)


def test_a_complete_store_needs_no_blender(run, monkeypatch):
    assert run({"a": ""}).done == ["a"]
    monkeypatch.setenv(worker_process.BLENDER_PYTHON_VARIABLE, "nosuchpython")
    assert run({"a": ""}).skipped == 1


@pytest.mark.parametrize("setting", ["blender_python", worker_process.BLENDER_PYTHON_VARIABLE])
def test_an_interpreter_that_cannot_run_is_named(run, setting, tmp_path, monkeypatch):
    def render_with(python: str) -> None:
        monkeypatch.setenv(worker_process.BLENDER_PYTHON_VARIABLE, python)
        run({"a": ""}, python=python if setting == "blender_python" else "")

    with pytest.raises(RenderError, match=rf"{setting} names nosuchpython, which is no program on"):
        render_with("nosuchpython")
    with pytest.raises(RenderError, match=rf"{setting} names {tmp_path}, which is no program on"):
        render_with(str(tmp_path))
    script = tmp_path / "python"
    script.write_bytes(b"\0\1\2")
    script.chmod(0o755)
    with pytest.raises(
        RenderError, match=r"python cannot be started \(Exec format error\): name a"
    ):
        render_with(str(script))
    script.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(RenderError, match=rf"could not start in {script}: it printed nothing"):
        render_with(str(script))


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_threads_and_processes_can_be_the_executor(run, executor_class):
    with executor_class(2) as executor:
        report = run(dict.fromkeys("abc", ""), executor=executor, workers=2, recycle_after=1)
    assert report.done == ["a", "b", "c"]
    assert (run.out / "a").read_text() == "made of clay"


class LossyExecutor(ThreadPoolExecutor):
    """An executor that loses its first `times` tasks, as a cluster does with its machines.

    With `begins` they have started a worker before.
    """

    def __init__(self, times: int, begins: bool = False) -> None:
        super().__init__(1)
        self.times, self.begins = times, begins

    def submit(self, function, job, prefix):
        self.times -= 1
        return super().submit(self._lost if self.times >= 0 else function, job, prefix)

    def _lost(self, job: dict, prefix: str) -> None:
        if self.begins:
            Path(f"{prefix}.somewhere.json").write_text("{}")
        raise LookupError("2 workers died while trying to run it")


@pytest.mark.parametrize(
    ("executor", "done"),
    [(LossyExecutor(5), ["a"]), (LossyExecutor(6), []), (LossyExecutor(1, begins=True), [])],
)
def test_a_task_that_was_lost_before_it_began_is_submitted_again(run, executor, done):
    with executor:
        report = run({"a": ""}, executor=executor)
    assert report.done == done
    assert len(report.failed) == 1 - len(done)
    for failed in report.failed:
        assert failed["reason"].startswith("its task was lost: LookupError: 2 workers died")


def test_an_executor_that_gives_up_ends_rendering_with_a_sentence(run):
    with (
        ProcessPoolExecutor(1) as executor,
        pytest.raises(RenderError, match=r"the executor gave up \(BrokenProcessPool: .*resume"),
    ):
        run({"a": "", "b": "kill supervisor", "c": ""}, executor=executor)
    assert run({"a": "", "b": "", "c": ""}).done == ["b", "c"]


def test_progress_counts_frames_and_failures(run, capsys):
    run({"a": "", "b": "raise", "c": ""}, progress=True)
    captured = capsys.readouterr()
    assert "3 of 3 left (6 frames); 0 done before." in captured.out
    assert "on the CPU: 100%" in captured.err
    assert "6/6" in captured.err  # frames that could not be rendered count too
    assert "failed=1" in captured.err


LOCK_HOLDER = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(100)
"""


def test_two_supervisors_do_not_share_a_store(run):
    run.out.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK_HOLDER, str(run.out / ".lock")], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(RenderError, match="another process is rendering into"):
            run({"a": ""})
    finally:
        holder.kill()
        holder.wait()
    assert run({"a": ""}).done == ["a"]
