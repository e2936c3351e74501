"""The folder of one supervisor's unfinished work, `<out>/.work/<start>/`, and the lock on `out`.

Its file `alive` is the supervisor's sign of life, by which tasks end, which may run on other
machines (`alive`). Whoever takes the lock on `out`
next removes what was left, and so ends what still runs of a supervisor that was killed.
Beside it lies `failed.jsonl`, a failure a line.
"""

import contextlib
import json
import os
import shutil
import socket
import time
from pathlib import Path
from typing import Self

from synthlib.alive import Heartbeat
from synthlib.chunks import DISK_FULL_ERRNOS, RenderError, disk_full_message
from synthlib.files import write_atomic
from synthlib.holding import lock_folder, unlock_folder


class WorkFolder:
    """A context: locks `out`, which it makes, and has an empty folder `path` in it for its time.

    The lock goes with this process, even by SIGKILL. Raises RenderError if `out` cannot be written
    or another process holds it.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        start = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.path = out / ".work" / start
        self.heartbeat = Heartbeat(self.path / "alive")

    def __enter__(self) -> Self:
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(self.out)
        except BlockingIOError:
            words = f"another process is rendering into {self.out}; wait for it or stop it."
            raise RenderError(words) from None
        except OSError as error:
            raise _cannot_write(self.out, error) from error
        try:
            self._remove_work()
            for left in self.out.glob(".*.tmp"):  # of a killed supervisor
                left.unlink(missing_ok=True)
            self.heartbeat.__enter__()
        except OSError as error:
            self.__exit__()
            raise _cannot_write(self.out, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.heartbeat.stop()
        self._remove_work()
        unlock_folder(self._lock)

    def _remove_work(self) -> None:
        """Removes all that is in `.work`. Renamed first: a worker of a killed supervisor may still
        write there, and must lose all of its unfinished instance at once, not file by file."""
        gone = self.out / f".work-{self.path.name}"
        with contextlib.suppress(FileNotFoundError):
            (self.out / ".work").rename(gone)
        for left in self.out.glob(".work-*"):
            shutil.rmtree(left, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> RenderError:
    if error.errno in DISK_FULL_ERRNOS:
        return RenderError(disk_full_message(out))
    return RenderError(f"cannot write into {out}: {error.strerror}; choose another.")


def read_failures(out: Path) -> dict[str, dict]:
    """What failed in `out` and was not tried again since, by name: name, reason, log."""
    path = out / "failed.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def write_failures(out: Path, failures: dict[str, dict]) -> None:
    """Writes them atomically; without any there is no file."""
    path = out / "failed.jsonl"
    if failures:
        write_atomic(path, "".join(json.dumps(failures[n]) + "\n" for n in sorted(failures)))
    else:
        path.unlink(missing_ok=True)
