"""Signs of life: who was started, here or on another machine, ends when its supervisor is gone.

A supervisor's sign is a file on the disk that all share. It is there, and touched every few
seconds, while the supervisor lives; it is removed when that ends, and grows old when it is killed.
"""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Self

LEASE = 120.0
"""Seconds without a sign of life after which a supervisor counts as dead; more than a shared disk
takes to show a change."""

TOUCH_EVERY = 5.0
"""Seconds between two signs."""

VARIABLE = "SYNTHLIB_SUPERVISOR"
"""The environment variable that names its supervisor's sign to a run's kernel."""


class Sign:
    """What a supervisor shows: a context that makes the file and removes it."""

    def __init__(self, path: Path) -> None:
        self.path, self._touched = path, 0.0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def show(self) -> None:
        """Says that the supervisor lives, if it has not said so lately. Raises OSError."""
        if time.monotonic() - self._touched > TOUCH_EVERY:
            self.path.touch()  # also if somebody removed it
            self._touched = time.monotonic()

    def end(self) -> None:
        """Ends all that heed the sign; a full disk does not keep it from that."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class Alive:
    """Whether the supervisor of a sign still is, when called."""

    def __init__(self, path: Path) -> None:
        self.path, self.mark, self.seen = path, 0, time.monotonic()

    def __call__(self) -> bool:
        """Asked often: the sign's age is told by this machine's clock, as clocks differ."""
        try:
            mark = self.path.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a network disk that hiccups
            mark = self.mark
        now = time.monotonic()
        if mark != self.mark:
            self.mark, self.seen = mark, now
        return now - self.seen < LEASE


def heed() -> None:
    """Interrupts this process, as Ctrl-C does, when the supervisor that `VARIABLE` names is gone;
    does nothing where none is named. To be called by the main thread."""
    if path := os.environ.get(VARIABLE):
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a script started it by `&`
            signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=_watch, args=(Alive(Path(path)),), daemon=True).start()


def _watch(alive: Alive) -> None:
    while alive():
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)
