"""Folders that are written completely or not at all.

Files are written into a hidden folder next to the target, which gets the target's name at the end.
The remains of a killed process are removed by the next one with the same target.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from synthlib.utils.archives import fsync_path
from synthlib.utils.errors import SynthlibError, file_errors


class FolderError(SynthlibError):
    """A folder that is to be written exists already."""


def raise_if_not_empty(target: Path) -> None:
    """Check that a folder can be written to.

    Raises:
        FolderError: If it is a file, or a folder that is not empty.
    """
    with file_errors(target, "read"):
        if target.is_dir() and any(target.iterdir()):
            raise FolderError(f"{target} is not empty: name another folder, or empty this one")
        if target.exists() and not target.is_dir():
            raise FolderError(f"{target} is a file: name a folder")


@contextmanager
def completed_folder(target: Path) -> Iterator[Path]:
    """A new folder that gets the name of `target` at the end of the block; removed on an error.

    Raises:
        FolderError: If the target is a file, or a folder that is not empty.
        FileError: If a file cannot be written, for example because the disk is full.
    """
    raise_if_not_empty(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    with file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_parts(target)
        part.mkdir()
        try:
            yield part
            raise_if_not_empty(target)
            # before the rename, so that a power cut leaves no complete-looking folder
            for path in (*part.rglob("*"), part):
                fsync_path(path)
            part.rename(target)
            fsync_path(target.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _remove_stale_parts(target: Path) -> None:
    """Remove the remains of killed processes that wrote the same target."""
    for part in target.parent.glob(f".{target.name}.*.part"):
        pid = part.name.removesuffix(".part").rpartition(".")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(part, ignore_errors=True)
