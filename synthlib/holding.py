"""Which process makes a run: one at a time, or two would write over each other's checkpoints."""

import json
import time
from pathlib import Path

from synthlib.files import lock, remove_leftovers, unlock
from synthlib.utils.errors import SynthlibError, file_errors

_HELD: dict[Path, int] = {}
"""Folders that this process holds, and their locks."""


class LockedError(SynthlibError):
    """Another process holds the folder."""


def hold(folder: Path) -> None:
    """Keeps other processes out of a run's folder, which is made if it is not there, until
    `release` or this one's end, even by SIGKILL. Again by the same process: nothing changes.

    Raises LockedError if another process holds it.
    """
    if folder in _HELD:
        return
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _HELD[folder] = lock(folder)
        except BlockingIOError:
            raise LockedError(
                f"another process{_number(folder)} makes {folder}: wait for it, or stop it; the "
                "kernel of an open notebook holds a run that it has not finished"
            ) from None
    remove_leftovers(folder)  # a checkpoint cut off has hundreds of MB


def release(folder: Path) -> None:
    """Lets other processes in."""
    if folder in _HELD:
        unlock(folder, _HELD.pop(folder))


def held(folder: Path, patience: float = 0.0) -> str:
    """A sentence if another process holds the folder, and still does after so many seconds, else
    "". (A notebook's kernel ends a second after the process that started it was killed.)"""
    mine, until = folder in _HELD, time.monotonic() + patience
    while True:
        try:
            hold(folder)
        except LockedError as error:
            if time.monotonic() >= until:
                return str(error)
            time.sleep(0.5)
        else:
            break
    if not mine:
        release(folder)
    return ""


def _number(folder: Path) -> str:
    try:
        return f" (number {json.loads((folder / 'status.json').read_text())['pid']})"
    except (OSError, ValueError, KeyError):  # it has only begun
        return ""
