"""Signs of life: what heeds one ends when it is gone or grows old."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthlib.utils.processes import SUPERVISOR_VARIABLE, Heartbeat, HeartbeatMonitor

HEEDING = """
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


def heeding(
    sign: Path | None, lease: float, ctrl_c: str = "signal.default_int_handler"
) -> subprocess.Popen:
    named = {} if sign is None else {SUPERVISOR_VARIABLE: str(sign)}
    process = subprocess.Popen(
        [sys.executable, "-c", HEEDING, str(lease), ctrl_c],
        env=os.environ | named,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("ctrl_c", ["signal.default_int_handler", "signal.SIG_IGN"])
def test_without_its_sign_a_process_is_interrupted(tmp_path: Path, ctrl_c: str) -> None:
    with Heartbeat(tmp_path / "below/alive") as sign:
        process = heeding(sign.path, 60, ctrl_c)
        time.sleep(1.5)
        assert process.poll() is None
    assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_a_sign_that_is_shown_no_more_grows_old(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("synthlib.utils.processes.HEARTBEAT_INTERVAL", 0.0)
    with Heartbeat(tmp_path / "alive") as sign:
        process = heeding(sign.path, 3)
        for _ in range(10):
            time.sleep(0.5)
            sign.beat()
        assert process.poll() is None
        assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_a_sign_that_somebody_removed_comes_back(tmp_path: Path) -> None:
    with Heartbeat(tmp_path / "alive") as sign:
        sign.path.unlink()
        sign.beat()
        assert HeartbeatMonitor(sign.path)()
    assert not sign.path.exists()


def test_without_a_supervisor_nothing_is_heeded(monkeypatch) -> None:
    monkeypatch.delenv(SUPERVISOR_VARIABLE, raising=False)
    process = heeding(None, 0)
    time.sleep(1.5)
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_disk_that_hiccups_is_no_death(tmp_path: Path, monkeypatch) -> None:
    with Heartbeat(tmp_path / "alive") as sign:
        alive = HeartbeatMonitor(sign.path)
        assert alive()

        def failing(*_: object) -> None:
            raise OSError("Stale file handle")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "stat", failing)
            assert alive()
    assert not alive()
