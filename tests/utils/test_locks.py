"""A folder is locked by one process at a time; a run is locked while it is made."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from synthlib import params as parameters
from synthlib.runs import RunError, finish_run, open_run
from synthlib.utils.errors import FileError
from synthlib.utils.locks import LockedError, acquire, lock_holder_message, release

HOLDER = """
import sys, time
from pathlib import Path
from synthlib.utils.locks import acquire
acquire(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""

TURNS = """
import sys, time
from pathlib import Path
from synthlib.utils.locks import lock_folder, unlock_folder
folder, turns, until = Path(sys.argv[1]), 0, time.monotonic() + 1
count = folder / "count"
while time.monotonic() < until:
    try:
        held = lock_folder(folder)
    except BlockingIOError:
        continue
    n = int(count.read_text()) if count.exists() else 0
    count.write_text(str(n + 1))
    unlock_folder(held)
    turns += 1
print(turns)
"""


def test_a_second_process_is_kept_out_until_the_first_ends(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    (folder / "status.json").write_text(f'{{"state": "running", "pid": {process.pid}}}')
    with pytest.raises(LockedError, match=rf"another process \(number {process.pid}\) makes .*run"):
        acquire(folder)
    assert lock_holder_message(folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert lock_holder_message(folder) == ""
    acquire(folder)
    acquire(folder)  # a cell that is executed again
    release(folder)
    assert not (folder / ".lock").exists()


def test_a_disk_without_locks_is_a_warning(tmp_path: Path, monkeypatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.warns(UserWarning, match=r"cannot be locked \(No locks available\): let one"):
        acquire(tmp_path)
    release(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(FileError, match="a folder stands where a file is expected"):
        acquire(tmp_path)


def test_of_many_processes_only_one_has_the_lock(tmp_path: Path) -> None:
    """Each process removes the lock's file while the others open it."""
    processes = [
        subprocess.Popen([sys.executable, "-c", TURNS, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    turns = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert int((tmp_path / "count").read_text()) == sum(turns) > 100


def test_locking_removes_the_temporaries_of_killed_processes(tmp_path: Path) -> None:
    dead, alive = 2**22 + 1, os.getppid()  # the first is above any process's number
    for pid in (dead, alive):
        (tmp_path / f".checkpoint.pt.{pid}.tmp").write_bytes(b"half")
    (tmp_path / ".mine.tmp").touch()
    acquire(tmp_path)
    release(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {f".checkpoint.pt.{alive}.tmp", ".mine.tmp"}


def test_a_run_is_locked_from_its_opening_to_its_end(tmp_path: Path) -> None:
    params = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    data = {"photographs": "abc"}
    run = open_run(params, data)
    message = _message_in_another_process(run.folder)
    assert "another process" in message
    run.write_json("metrics.json", {"test_sets": {name: {} for name in params.test_sets}})
    finish_run(run, {"start": 0.0, "data": 1.0}, {"device": "cpu"})
    assert _message_in_another_process(run.folder) == ""
    assert open_run(params, data).is_done
    other = params.model_copy(update={"test_sets": ["real", "real_rest"]})
    with pytest.raises(RunError, match="was not tested on real_rest: move it away"):
        open_run(other, data)
    kept = yaml.safe_load((run.folder / "params.yaml").read_text())
    assert kept["test_sets"] == params.test_sets


def _message_in_another_process(folder: Path) -> str:
    """The message that another process gets about the folder."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from synthlib.utils.locks import lock_holder_message\n"
        "print(lock_holder_message(Path(sys.argv[1])), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout
