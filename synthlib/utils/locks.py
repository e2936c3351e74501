"""Locks on folders: one process at a time writes into a folder, or makes a run in it."""

import contextlib
import errno
import json
import time
import warnings
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from synthlib.utils.errors import SynthlibError, file_errors

_LOCKS: dict[Path, FileLock] = {}
"""Run folders that this process holds, and their locks."""

_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
"""Errors of a file system without locks, as some network disks are."""


def lock_folder(folder: Path) -> FileLock:
    """Locks a folder by its file `.lock`, until `unlock` or this process's end, even by SIGKILL.

    On a disk without locks a warning says so, and nothing is locked.

    Raises:
        BlockingIOError: Another process holds the folder.
        OSError: The file cannot be made.
    """
    # a soft lock, filelock's stand-in on such disks, would outlive a killed process
    found = FileLock(folder / ".lock", thread_local=False, fallback_to_soft=False)
    try:
        found.acquire(timeout=0.1, poll_interval=0.02)  # a holder that ends now may let us in
    except Timeout:
        raise BlockingIOError(errno.EAGAIN, "another process holds it", str(folder)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        words = f"{folder} cannot be locked ({error.strerror}): let one process write into it"
        warnings.warn(words, stacklevel=3)
    return found


def unlock_folder(held_lock: FileLock) -> None:
    """Releases a lock and removes its file; in the other order the file removed could be one that
    another process has locked since."""
    with contextlib.suppress(OSError):
        Path(held_lock.lock_file).unlink(missing_ok=True)
    held_lock.release()


class LockedError(SynthlibError):
    """Another process holds the folder."""


def acquire(folder: Path) -> None:
    """Keeps other processes out of a run's folder, which is made if it is not there, until
    `release` or this one's end, even by SIGKILL. Again by the same process: nothing changes.

    Raises LockedError if another process holds it.
    """
    if folder in _LOCKS:
        return
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _LOCKS[folder] = lock_folder(folder)
        except BlockingIOError:
            raise LockedError(
                f"another process{_holder_pid_text(folder)} makes {folder}: wait for it, or stop it; the "
                "kernel of an open notebook holds a run that it has not finished"
            ) from None
    _remove_leftovers(folder)  # a checkpoint cut off has hundreds of MB


def release(folder: Path) -> None:
    """Lets other processes in."""
    if folder in _LOCKS:
        unlock_folder(_LOCKS.pop(folder))


def lock_holder_message(folder: Path, timeout: float = 0.0) -> str:
    """A sentence if another process holds the folder, and still does after so many seconds, else
    "". (A notebook's kernel ends a second after the process that started it was killed.)"""
    mine, until = folder in _LOCKS, time.monotonic() + timeout
    while True:
        try:
            acquire(folder)
        except LockedError as error:
            if time.monotonic() >= until:
                return str(error)
            time.sleep(0.5)
        else:
            break
    if not mine:
        release(folder)
    return ""


def _remove_leftovers(folder: Path) -> None:
    """Removes what processes that were killed inside `write_atomic` left in a folder. Only for one
    that this process has locked: a number on another machine says nothing of life here."""
    for left in folder.glob(".*.tmp"):
        pid = left.name.split(".")[-2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            left.unlink(missing_ok=True)


def _holder_pid_text(folder: Path) -> str:
    try:
        return f" (number {json.loads((folder / 'status.json').read_text())['pid']})"
    except (OSError, ValueError, KeyError):  # it has only begun
        return ""
