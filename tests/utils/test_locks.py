"""A run is made by one process at a time."""

import errno
import fcntl
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from synthlib import params as parameters
from synthlib.runs import RunError, finish_run, open_run, read_status
from synthlib.utils.environment import environment_record
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


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(FileError, match="a folder stands where a file is expected"):
        acquire(tmp_path)


def test_many_at_once_and_never_two(tmp_path: Path) -> None:
    """Each removes the lock's file while others open it."""
    crowd = [
        subprocess.Popen([sys.executable, "-c", TURNS, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    turns = [int(process.communicate()[0]) for process in crowd]
    assert [process.returncode for process in crowd] == [0] * 4
    assert int((tmp_path / "count").read_text()) == sum(turns) > 100


def test_who_takes_a_run_removes_what_killed_writers_left(tmp_path: Path) -> None:
    dead, alive = 2**22 + 1, os.getppid()  # the first is above any process's number
    for pid in (dead, alive):
        (tmp_path / f".checkpoint.pt.{pid}.tmp").write_bytes(b"half")
    (tmp_path / ".mine.tmp").touch()
    acquire(tmp_path)
    release(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {f".checkpoint.pt.{alive}.tmp", ".mine.tmp"}


def test_a_run_is_made_where_there_is_no_git(tmp_path: Path, monkeypatch) -> None:
    run = open_run(parameters.load("tiny", "baseline", outputs=str(tmp_path)), {})
    monkeypatch.setenv("PATH", str(tmp_path))
    finish_run(run, {"start": 0.0, "data": 1.0}, {"device": "cpu"})
    assert read_status(run.folder)["state"] == "done"
    assert json.loads((run.folder / "environment.json").read_text())["git_commit"] is None


def test_a_processor_has_a_name_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def without_proc(path: Path, *args, **options) -> str:
        if path.is_relative_to("/proc"):
            raise FileNotFoundError(path)
        return read(path, *args, **options)

    monkeypatch.setattr(Path, "read_text", without_proc)
    assert environment_record({}, {})["cpu"] == (platform.processor() or platform.machine())


def test_the_commit_is_the_suite_s_not_that_of_the_folder_it_works_in(
    tmp_path: Path, monkeypatch
) -> None:
    mine = environment_record({}, {})["git_commit"]
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    assert environment_record({}, {})["git_commit"] == mine


def test_a_run_is_held_from_its_opening_to_its_end(tmp_path: Path) -> None:
    params = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    data = {"photographs": "abc"}
    run = open_run(params, data)
    said = _elsewhere(run.folder)
    assert "another process" in said
    run.write_json("metrics.json", {"test_sets": {name: {} for name in params.test_sets}})
    finish_run(run, {"start": 0.0, "data": 1.0}, {"device": "cpu"})
    assert _elsewhere(run.folder) == ""
    assert open_run(params, data).is_done
    other = params.model_copy(update={"test_sets": ["real", "real_rest"]})
    with pytest.raises(RunError, match="was not tested on real_rest: move it away"):
        open_run(other, data)
    kept = yaml.safe_load((run.folder / "params.yaml").read_text())
    assert kept["test_sets"] == params.test_sets


def _elsewhere(folder: Path) -> str:
    """What another process is told that asks for the folder."""
    script = "import sys; from pathlib import Path; from synthlib.utils.locks import lock_holder_message\n"
    script += "print(lock_holder_message(Path(sys.argv[1])), end='')"
    found = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    return found.stdout
