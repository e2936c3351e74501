"""Folders of a data root that are filled from an archive, whole or not at all.

Each synset's and each scene category's folder appears whole or not at all, with a note
`.fetched.json` in it saying where it is from: a folder without one is the user's own, and is never
touched. Downloads and what is unpacked lie in `<root>/.fetch` until then, on the same disk.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthlib import archives
from synthlib.chunks import DISK_FULL_ERRNOS, disk_full_message
from synthlib.downloads import RemoteFile, make_progress_bar
from synthlib.files import write_atomic
from synthlib.holding import lock_folder, unlock_folder
from synthlib.utils.errors import SynthlibError, file_errors

_NOTE_FILE = ".fetched.json"


class FetchError(SynthlibError):
    """A data set cannot be laid out; the message is a sentence that says what to do."""


def unpack_folders(
    path: Path,
    wanted: dict[str, str],
    staging: Path,
    top: Path,
    folders: Sequence[Path],
    note: str,
    progress: bool,
) -> None:
    """Unpacks the files of the folders in `left`; when all are whole, each is moved in place."""
    keys = {folder.relative_to(top).as_posix() for folder in folders}
    wanted = {name: place for name, place in wanted.items() if place.rpartition("/")[0] in keys}
    with make_progress_bar(len(wanted), "unpacking", progress, unit=" files") as bar:
        archives.unpack_files(path, staging, wanted, progress_bar=bar)
    for folder in folders:
        made = staging / folder.relative_to(top)
        write_atomic(made / _NOTE_FILE, note)
        archives.fsync_path(made)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder)
        archives.fsync_path(folder.parent)


@contextlib.contextmanager
def staging_folder(root: Path, top: Path) -> Iterator[Path]:
    """The folder `<root>/.fetch`, for one process at a time; a full disk becomes a sentence."""
    work = root / ".fetch"
    try:
        with file_errors(root):
            work.mkdir(parents=True, exist_ok=True)
        root_lock = lock_folder(root)
        try:
            if top.exists() and top.stat().st_dev != work.stat().st_dev:
                raise FetchError(f"{top} is on another disk than {root}: name its own --data-root.")
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            yield work
        finally:
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            with contextlib.suppress(OSError):  # a download's part or a kept archive is in it
                work.rmdir()
            unlock_folder(root_lock)
    except BlockingIOError:
        raise FetchError(f"another process is fetching into {root}; wait for it.") from None
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise FetchError(disk_full_message(root)) from error
        raise


def remove_archives(paths: Sequence[Path], keep: bool) -> tuple[Path, ...]:
    """Removes the archives, unless they are to be kept; returns what stays."""
    if keep:
        return tuple(paths)
    for path in paths:
        path.unlink(missing_ok=True)
    return ()


def is_filled(folder: Path) -> bool:
    """Whether a folder is there and not empty."""
    return folder.is_dir() and any(folder.iterdir())


def source_note(archive: RemoteFile, *split: int) -> str:
    """What a fetched folder says of itself: its archive, and how that was split."""
    return json.dumps({"archive": archive.name, "md5": archive.md5, "split": split})


def read_source_note(folder: Path) -> str:
    """The note in a folder, "" if there is none."""
    try:
        return (folder / _NOTE_FILE).read_text()
    except (OSError, ValueError):
        return ""
