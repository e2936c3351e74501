"""No process outlives the one that started it.

Signs of life: who was started, here or on another machine, ends when its supervisor is gone.

A supervisor's sign is a file on the disk that all share. It is there, and touched every few
seconds, while the supervisor lives; it is removed when that ends, and grows old when it is killed.
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


def die_with_parent(parent_pid: int) -> None:
    """Ends this process when `parent` is gone, even by SIGKILL: no worker outlives its supervisor.

    Linux's kernel does it at once; elsewhere, and if it was gone before that was asked for, a
    thread looks every second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


HEARTBEAT_TIMEOUT = 120.0
"""Seconds without a sign of life after which a supervisor counts as dead; more than a shared disk
takes to show a change."""

HEARTBEAT_INTERVAL = 5.0
"""Seconds between two signs."""

SUPERVISOR_VARIABLE = "SYNTHLIB_SUPERVISOR"
"""The environment variable that names its supervisor's sign to a run's kernel."""


class Heartbeat:
    """What a supervisor shows: a context that makes the file and removes it."""

    def __init__(self, path: Path) -> None:
        self.path, self._last_beat = path, 0.0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def beat(self) -> None:
        """Says that the supervisor lives, if it has not said so lately. Raises OSError."""
        if time.monotonic() - self._last_beat > HEARTBEAT_INTERVAL:
            self.path.touch()  # also if somebody removed it
            self._last_beat = time.monotonic()

    def stop(self) -> None:
        """Ends all that heed the sign; a full disk does not keep it from that."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class HeartbeatMonitor:
    """Whether the supervisor of a sign still is, when called."""

    def __init__(self, path: Path) -> None:
        self.path, self.last_mtime, self.last_change = path, 0, time.monotonic()

    def __call__(self) -> bool:
        """Asked often: the sign's age is told by this machine's clock, as clocks differ."""
        try:
            mark = self.path.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a network disk that hiccups
            mark = self.last_mtime
        now = time.monotonic()
        if mark != self.last_mtime:
            self.last_mtime, self.last_change = mark, now
        return now - self.last_change < HEARTBEAT_TIMEOUT


def interrupt_when_supervisor_dies() -> None:
    """Interrupts this process, as Ctrl-C does, when the supervisor that `VARIABLE` names is gone;
    does nothing where none is named. To be called by the main thread."""
    if path := os.environ.get(SUPERVISOR_VARIABLE):
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a script started it by `&`
            signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(
            target=_interrupt_when_dead, args=(HeartbeatMonitor(Path(path)),), daemon=True
        ).start()


def _interrupt_when_dead(monitor: HeartbeatMonitor) -> None:
    while monitor():
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)
