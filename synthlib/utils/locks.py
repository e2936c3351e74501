"""Locks on folders: only one process at a time writes into a folder, or makes a run in it.

`lock_folder` and `unlock_folder` lock any folder. `acquire` and `release` lock the folder of a run
for this process and remember the lock, so that a notebook's cell can be executed twice.
"""

import contextlib
import errno
import json
import time
import warnings
from pathlib import Path

from filelock import FileLock, Timeout

from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import remove_stale_temporaries

_LOCKS: dict[Path, FileLock] = {}
"""The run folders that this process has locked, and their locks."""

_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
"""Errors of file systems without locks, as some network disks are."""


class LockedError(SynthlibError):
    """Another process has locked the folder."""


def lock_folder(folder: Path) -> FileLock:
    """Lock a folder by its file `.lock`.

    The lock lasts until `unlock_folder` or the end of this process, even by SIGKILL. On a disk
    without locks nothing is locked, and a warning says so.

    Raises:
        BlockingIOError: Another process has locked the folder.
        OSError: The file `.lock` cannot be created.
    """
    # filelock's soft lock, its fallback on such disks, would outlive a killed process
    lock = FileLock(folder / ".lock", thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0.1, poll_interval=0.02)  # the other process may be about to end
    except Timeout:
        raise BlockingIOError(errno.EAGAIN, "another process holds it", str(folder)) from None
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        message = f"{folder} cannot be locked ({error.strerror}): let one process write into it"
        warnings.warn(message, stacklevel=3)
    return lock


def unlock_folder(lock: FileLock) -> None:
    """Release a lock and remove its file.

    The file is removed first: after the release another process may already have locked it.
    """
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def acquire(folder: Path) -> None:
    """Lock a run's folder for this process, creating it if necessary.

    The lock lasts until `release` or the end of this process, even by SIGKILL. A second call by the
    same process changes nothing. Temporary files of killed processes are removed.

    Raises:
        LockedError: Another process has locked the folder.
        FileError: The folder cannot be created or written to.
    """
    if folder in _LOCKS:
        return
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _LOCKS[folder] = lock_folder(folder)
        except BlockingIOError:
            raise LockedError(
                f"another process{_holder_pid_text(folder)} makes {folder}: wait for it, or stop "
                "it; the kernel of an open notebook holds a run that it has not finished"
            ) from None
    remove_stale_temporaries(folder)  # an interrupted checkpoint has hundreds of MB


def release(folder: Path) -> None:
    """Unlock a run's folder; without effect if this process has not locked it."""
    if folder in _LOCKS:
        unlock_folder(_LOCKS.pop(folder))


def lock_holder_message(folder: Path, timeout: float = 0.0) -> str:
    """A sentence about the process that has locked a run's folder.

    Args:
        folder: The run's folder, created if necessary.
        timeout: Seconds to wait for the other process: a notebook's kernel ends a second after the
            process that started it was killed.

    Returns:
        The sentence; "" if no other process has the lock, or it was released in time.
    """
    was_mine = folder in _LOCKS
    deadline = time.monotonic() + timeout
    while True:
        try:
            acquire(folder)
        except LockedError as error:
            if time.monotonic() >= deadline:
                return str(error)
            time.sleep(0.5)
        else:
            break
    if not was_mine:
        release(folder)
    return ""


def _holder_pid_text(folder: Path) -> str:
    try:
        return f" (number {json.loads((folder / 'status.json').read_text())['pid']})"
    except (OSError, ValueError, KeyError):  # the other process has not written it yet
        return ""
