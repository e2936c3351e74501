"""Processes that end together with the one that started them.

On one machine a worker ends with its parent process (`die_with_parent`). Across machines a
supervisor shows that it is alive by a heartbeat: a file on a disk that all machines share. While
the supervisor lives, it touches the file every few seconds; when it ends, it removes the file, and
when it is killed, the file grows old. Either way everything that it started ends too.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Self

HEARTBEAT_INTERVAL = 5.0
"""Seconds between two heartbeats."""

HEARTBEAT_TIMEOUT = 120.0
"""Seconds without a heartbeat after which a supervisor counts as dead.

A shared disk takes less time than this to show a change to other machines."""

SUPERVISOR_VARIABLE = "SYNTHLIB_SUPERVISOR"
"""Environment variable that names its supervisor's heartbeat file to the kernel of a run."""

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """End this process as soon as its parent is gone, even if that was killed by SIGKILL.

    On Linux the kernel does it at once. On other systems, and if the parent ended before this call,
    a thread that looks every second does it.

    Args:
        parent_pid: Process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Heartbeat:
    """A supervisor's heartbeat file, created on entering the context and removed on leaving it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_beat = 0.0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def beat(self) -> None:
        """Touch the file if the last heartbeat is older than `HEARTBEAT_INTERVAL`.

        Raises:
            OSError: The file cannot be written.
        """
        if time.monotonic() - self._last_beat > HEARTBEAT_INTERVAL:
            self.path.touch()  # recreates the file if somebody removed it
            self._last_beat = time.monotonic()

    def stop(self) -> None:
        """Remove the file, which ends all processes that watch it. Disk errors are ignored."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class HeartbeatMonitor:
    """A predicate that is true as long as a heartbeat's supervisor is alive.

    Call it often: since clocks of machines differ, the age of the last heartbeat is measured by
    this machine's clock, from the call that first saw the file's new modification time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_mtime = 0
        self.last_change = time.monotonic()

    def __call__(self) -> bool:
        """Return False if the file is gone, or unchanged for `HEARTBEAT_TIMEOUT` seconds."""
        try:
            mtime = self.path.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a temporary failure of a network disk
            mtime = self.last_mtime
        now = time.monotonic()
        if mtime != self.last_mtime:
            self.last_mtime = mtime
            self.last_change = now
        return now - self.last_change < HEARTBEAT_TIMEOUT


def interrupt_when_supervisor_dies() -> None:
    """Interrupt this process, as Ctrl-C does, when its supervisor is gone.

    Has no effect unless `SUPERVISOR_VARIABLE` names a heartbeat file. Call it from the main thread.
    """
    if path := os.environ.get(SUPERVISOR_VARIABLE):
        # SIGINT is ignored in processes that a script starts in the background by `&`
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(
            target=_interrupt_when_dead, args=(HeartbeatMonitor(Path(path)),), daemon=True
        ).start()


def _interrupt_when_dead(monitor: HeartbeatMonitor) -> None:
    while monitor():
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)
