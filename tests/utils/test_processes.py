"""Heartbeats: a process that watches one ends when the heartbeat is gone or grows old."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthlib.utils.processes import SUPERVISOR_VARIABLE, Heartbeat, HeartbeatMonitor

WATCHING_PROCESS = """
import signal, sys, time
from synthlib.utils import processes
signal.signal(signal.SIGINT, eval(sys.argv[2]))  # as a script's `&` has it, or a terminal
processes.HEARTBEAT_TIMEOUT = float(sys.argv[1])
processes.interrupt_when_supervisor_dies()
print("begun", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""


def start_watching(
    heartbeat: Path | None, timeout: float, ctrl_c: str = "signal.default_int_handler"
) -> subprocess.Popen:
    variables = {} if heartbeat is None else {SUPERVISOR_VARIABLE: str(heartbeat)}
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHING_PROCESS, str(timeout), ctrl_c],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("ctrl_c", ["signal.default_int_handler", "signal.SIG_IGN"])
def test_a_process_is_interrupted_when_its_heartbeat_is_gone(tmp_path: Path, ctrl_c: str) -> None:
    with Heartbeat(tmp_path / "below/alive") as heartbeat:
        process = start_watching(heartbeat.path, 60, ctrl_c)
        time.sleep(1.5)
        assert process.poll() is None
    assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_a_process_is_interrupted_when_its_heartbeat_grows_old(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("synthlib.utils.processes.HEARTBEAT_INTERVAL", 0.0)
    with Heartbeat(tmp_path / "alive") as heartbeat:
        process = start_watching(heartbeat.path, 3)
        for _ in range(10):
            time.sleep(0.5)
            heartbeat.beat()
        assert process.poll() is None
        assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_a_beat_recreates_a_removed_file(tmp_path: Path) -> None:
    with Heartbeat(tmp_path / "alive") as heartbeat:
        heartbeat.path.unlink()
        heartbeat.beat()
        assert HeartbeatMonitor(heartbeat.path)()
    assert not heartbeat.path.exists()


def test_a_process_without_a_supervisor_watches_nothing(monkeypatch) -> None:
    monkeypatch.delenv(SUPERVISOR_VARIABLE, raising=False)
    process = start_watching(None, 0)
    time.sleep(1.5)
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_supervisor_survives_a_temporary_disk_error(tmp_path: Path, monkeypatch) -> None:
    with Heartbeat(tmp_path / "alive") as heartbeat:
        is_alive = HeartbeatMonitor(heartbeat.path)
        assert is_alive()

        def failing(*_: object) -> None:
            raise OSError("Stale file handle")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "stat", failing)
            assert is_alive()
    assert not is_alive()
