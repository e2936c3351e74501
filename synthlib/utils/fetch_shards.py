"""Fetch an archive in shards (`shards`) into an outputs folder.

First comes `archive.json`. Entries that exist are compared with it and left alone. Then each shard
that has a missing entry is downloaded, checked and unpacked into `<outputs>/.fetch/`, and
its missing entries are moved to their places, each in one step. So a fetch can be killed at any
time: what is in its place is complete, and the next call transfers only what is missing, from
within the shard that was interrupted.
"""

import contextlib
import hashlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError
from synthlib.utils.download import RemoteFile, download_file, read_url
from synthlib.utils.errors import disk_full_as, file_errors
from synthlib.utils.files import digest
from synthlib.utils.locks import LockedError, lock_folder, unlock_folder
from synthlib.utils.shards import (
    ARCHIVE_FILE,
    Archive,
    StoredEntry,
    content_digest,
    parse_archive,
)

FETCH_FOLDER = ".fetch"
"""Folder for unfinished shards, in the outputs folder."""

_MAX_DESCRIPTION_BYTES = 100_000_000
"""Limit of an `archive.json`; 10,000 entries have 2 MB."""


@dataclass(frozen=True)
class FetchedArchive:
    """Outcome of a fetch.

    Attributes:
        archive: The archive's description.
        fetched: Entries that this call has put in their places.
        existing: Entries that existed, with the archive's content.
        different: Entries that existed with other content and were left alone.
        bytes: Size of the shards that were needed.
    """

    archive: Archive
    fetched: tuple[StoredEntry, ...]
    existing: tuple[StoredEntry, ...]
    different: tuple[StoredEntry, ...]
    bytes: int


def read_archive(url: str, kind: str, folders: Collection[str]) -> Archive:
    """Read an archive's description from the web.

    Args:
        url: Address of the archive's folder, or of its `archive.json`.
        kind: The kind that is expected.
        folders: Folders of the outputs folder that archives of this kind may fill.

    Raises:
        DownloadError: If it cannot be downloaded.
        ArchiveError: If there is no such archive, or it is of another kind or format, or would
            write into another folder.
    """
    address = _folder_url(url) + ARCHIVE_FILE
    archive = parse_archive(read_url(address, _MAX_DESCRIPTION_BYTES), address)
    if archive.kind != kind:
        raise ArchiveError(
            f"{url} is an archive of {archive.kind}, not of {kind}: "
            f"`synthlib fetch {archive.kind}` fetches it."
        )
    for entry in archive.entries:
        top, *rest = PurePosixPath(entry.path).parts
        if top not in folders or not rest or any(part.startswith(".") for part in rest):
            allowed = " and ".join(f"{name}/" for name in folders)
            raise ArchiveError(
                f"{address} names {entry.path!r}, and archives of {kind} fill only {allowed} of "
                "the outputs folder: nothing was fetched."
            )
    return archive


def fetch_archive(
    url: str, archive: Archive, outputs: Path, *, progress: bool = True
) -> FetchedArchive:
    """Fetch the entries of an archive that an outputs folder does not have.

    Args:
        url: Address of the archive's folder, or of its `archive.json`.
        archive: Its description, from `read_archive`.
        outputs: The outputs folder; created if necessary.
        progress: If true, show progress bars.

    Raises:
        DownloadError: If a shard cannot be downloaded, or is not the one that was archived.
        ArchiveError: If a shard does not contain what the description says, or the disk is full.
        LockedError: If another process is fetching into the folder.
        FileError: If the folder cannot be written to.
    """
    with _locked_folder(outputs) as work:
        # a name of its own, as shards of other archives have the same names
        downloads = work / digest([shard.sha256 for shard in archive.shards])
        states = _entry_states(archive.entries, outputs)
        missing = [e for e, state in zip(archive.entries, states, strict=True) if state is None]
        numbers = sorted({entry.shard for entry in missing})
        _check_disk(archive, missing, outputs)
        for number in numbers:
            wanted = [entry for entry in missing if entry.shard == number]
            in_shard = [entry for entry in archive.entries if entry.shard == number]
            shard = archive.shards[number]
            remote = RemoteFile(
                shard.name, _folder_url(url) + shard.name, shard.bytes, sha256=shard.sha256
            )
            path = download_file(remote, downloads, progress=progress)
            try:
                _unpack_shard(path, in_shard, wanted, outputs)
            except ArchiveError:
                path.unlink()
                raise
            path.unlink()
        shutil.rmtree(downloads, ignore_errors=True)
    pairs = list(zip(archive.entries, states, strict=True))
    return FetchedArchive(
        archive,
        fetched=tuple(missing),
        existing=tuple(entry for entry, state in pairs if state is True),
        different=tuple(entry for entry, state in pairs if state is False),
        bytes=sum(archive.shards[number].bytes for number in numbers),
    )


def _folder_url(url: str) -> str:
    return url.removesuffix(ARCHIVE_FILE).rstrip("/") + "/"


@contextlib.contextmanager
def _locked_folder(outputs: Path) -> Iterator[Path]:
    """Context with the folder for unfinished shards, for one process at a time."""
    work = outputs / FETCH_FOLDER
    with disk_full_as(ArchiveError, outputs):
        with file_errors(outputs):
            work.mkdir(parents=True, exist_ok=True)
            try:
                lock = lock_folder(work)
            except BlockingIOError:
                message = f"another process is fetching into {outputs}; wait for it."
                raise LockedError(message) from None
        try:
            with file_errors(outputs):
                yield work
        finally:
            unlock_folder(lock)
            with contextlib.suppress(OSError):  # not empty: a part of a download
                work.rmdir()


def _check_disk(archive: Archive, missing: Sequence[StoredEntry], outputs: Path) -> None:
    """Raise ArchiveError if the missing entries and the largest shard do not fit on the disk."""
    shard_bytes = [archive.shards[entry.shard].bytes for entry in missing]
    needed = sum(entry.bytes for entry in missing) + max(shard_bytes, default=0)
    free = shutil.disk_usage(outputs).free
    if needed > free:
        raise ArchiveError(
            f"{outputs} has {free / 1e6:,.1f} MB free, and the archive needs "
            f"{needed / 1e6:,.1f} MB: free some space, or name other --outputs."
        )


def _entry_states(entries: Sequence[StoredEntry], outputs: Path) -> list[bool | None]:
    """For each entry None if it is missing, else whether it has the archive's content."""

    def state(entry: StoredEntry) -> bool | None:
        path = outputs / entry.path
        if not path.exists():
            return None
        with file_errors(path, "read"):
            return entry.is_rewritten or _disk_digest(path) == entry.sha256

    with ThreadPoolExecutor() as pool:
        return list(pool.map(state, entries))


def _disk_digest(path: Path) -> str:
    """Digest of what is at an entry's path (`content_digest`)."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    hashes = {}
    for file_path in files:
        name = "" if file_path == path else file_path.relative_to(path).as_posix()
        with file_path.open("rb") as file:
            hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return content_digest(hashes)


def _unpack_shard(
    path: Path, entries: Sequence[StoredEntry], wanted: Sequence[StoredEntry], outputs: Path
) -> None:
    """Unpack the wanted entries of a shard, check them, and move each to its place."""
    staging = path.parent / "unpacked"
    shutil.rmtree(staging, ignore_errors=True)  # of a killed process
    listed = {entry.path for entry in entries}
    wanted_paths = {entry.path for entry in wanted}
    members = {}
    for name in archives.list_files(path):
        path_in_shard = PurePosixPath(name)
        above = {name, *map(str, path_in_shard.parents)}
        if not above & listed:
            raise ArchiveError(f"{path.name} holds {name}, which {ARCHIVE_FILE} does not list.")
        if above & wanted_paths:
            members[name] = name
    archives.unpack_files(path, staging, members, max_bytes=sum(entry.bytes for entry in wanted))
    for entry in wanted:
        unpacked = staging / entry.path
        if not unpacked.exists() or _disk_digest(unpacked) != entry.sha256:
            raise ArchiveError(f"{path.name} does not hold {entry.path} as {ARCHIVE_FILE} says.")
    for entry in wanted:
        _move(staging / entry.path, outputs / entry.path)
    shutil.rmtree(staging)


def _move(unpacked: Path, target: Path) -> None:
    """Move a file or folder to its place, unless another process has put it there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.parent.stat().st_dev != unpacked.stat().st_dev:
        raise ArchiveError(
            f"{target.parent} is on another disk than the outputs folder: name as --outputs a "
            "folder whose folders are all on one disk."
        )
    try:
        unpacked.rename(target)
    except OSError:
        if not target.exists():
            raise
    archives.fsync_path(target.parent)
