"""Reading and unpacking of zip and tar archives whose content is not trusted.

The caller says which files to unpack and where each goes: no name in the archive is ever used as a
path on disk. Links, devices and encrypted members are refused, an archive that names a path outside
itself is refused as a whole, and the number of unpacked bytes is limited.
"""

import contextlib
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tqdm import tqdm

from synthlib.utils.errors import SynthlibError

MAX_BYTES = 2 << 30
"""Default limit of the bytes unpacked from one archive."""

_CHUNK_BYTES = 1 << 20


class ArchiveError(SynthlibError):
    """An archive cannot be unpacked; the message names the archive and the fault."""


@dataclass(frozen=True)
class _Member:
    """One entry of an archive.

    Attributes:
        name: Its name, without a leading "./".
        is_file: True for a plain file.
        open: Opens its content.
    """

    name: str
    is_file: bool
    open: Callable[[], IO[bytes] | None]


def list_files(archive: Path) -> list[str]:
    """List the names of the plain files in an archive, in its order.

    Raises:
        ArchiveError: The archive is broken, or names a path outside itself.
        OSError: The archive cannot be read.
    """
    with _archive_errors(archive):
        return [member.name for member in _members(archive) if member.is_file]


def read_file(archive: Path, name: str, max_bytes: int = 64 << 20) -> bytes:
    """Read the content of one file of an archive.

    Raises:
        ArchiveError: The archive is broken, or the file is missing, is not a plain file, or has
            more than `max_bytes` bytes.
        OSError: The archive cannot be read.
    """
    with _archive_errors(archive):
        for member in _members(archive):
            if member.name == name:
                with _open_content(archive, member) as source:
                    content = source.read(max_bytes + 1)
                if len(content) > max_bytes:
                    raise ArchiveError(f"{name} in {archive} has over {max_bytes} bytes: not read.")
                return content
    raise ArchiveError(f"{archive} does not contain {name}.")


def unpack_files(
    archive: Path,
    folder: Path,
    paths_by_name: Mapping[str, str],
    *,
    max_bytes: int = MAX_BYTES,
    used: int = 0,
    progress_bar: tqdm | None = None,
) -> int:
    """Unpack files of an archive into a folder, and sync them to disk.

    Args:
        archive: A zip or an uncompressed tar.
        folder: Where the files go; after an error the caller removes it.
        paths_by_name: The files to unpack: name in the archive -> path below `folder`.
        max_bytes: Limit of the bytes that the archive may unpack to.
        used: Bytes of that limit which earlier calls have used.
        progress_bar: Advanced by one per file.

    Returns:
        `used` plus the bytes that this call has unpacked.

    Raises:
        ArchiveError: A file is missing or is not a plain file, or the archive is broken, names a
            path outside itself, or unpacks to more than `max_bytes`.
        OSError: The archive cannot be read, or the disk is full.
    """
    remaining = dict(paths_by_name)
    written = []
    with _archive_errors(archive):
        for member in _members(archive):
            if member.name not in paths_by_name:
                continue
            if remaining.pop(member.name, None) is None:
                raise ArchiveError(f"{archive} holds {member.name} twice: not unpacked.")
            target = folder / safe_relative_path(paths_by_name[member.name], archive)
            target.parent.mkdir(parents=True, exist_ok=True)
            with _open_content(archive, member) as source, target.open("xb") as file:
                while chunk := source.read(_CHUNK_BYTES):
                    used += len(chunk)
                    if used > max_bytes:
                        raise ArchiveError(
                            f"{archive} unpacks to over {max_bytes} bytes: not unpacked."
                        )
                    file.write(chunk)
            written.append(target)
    if remaining:
        raise ArchiveError(
            f"{archive} is missing {len(remaining)} files, the first is {next(iter(remaining))}."
        )
    # syncing takes most of the time; after all writes the system can order them
    for path in written:
        fsync_path(path)
        if progress_bar is not None:
            progress_bar.update()
    for path in {path.parent for path in written}:
        fsync_path(path)
    return used


def safe_relative_path(name: str, archive: Path) -> PurePosixPath:
    """Return a name as a relative path.

    Raises:
        ArchiveError: On some system the path could lead out of the folder that it is relative to.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(c in name for c in "\\:\0"):
        raise ArchiveError(f"{archive} names a path outside itself, {name!r}: not unpacked.")
    return path


def fsync_path(path: Path) -> None:
    """Write a file, or the list of names in a folder, through to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _archive_errors(archive: Path) -> Iterator[None]:
    """Turn the errors of the archive readers in the block into ArchiveErrors."""
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError) as error:
        # zipfile raises RuntimeError for encrypted members and unknown compression
        raise ArchiveError(f"{archive} cannot be unpacked: {error}") from error


def _members(archive: Path) -> Iterator[_Member]:
    """Iterate over all entries of an archive, of any kind."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                is_file = kind in (0, stat.S_IFREG) and not info.is_dir()
                name = safe_relative_path(info.filename, archive).as_posix()
                yield _Member(name, is_file, partial(opened.open, info))
        return
    with tarfile.open(archive, "r:") as opened:
        for info in opened:
            name = safe_relative_path(info.name, archive).as_posix()
            yield _Member(name, info.isreg(), partial(opened.extractfile, info))


def _open_content(archive: Path, member: _Member) -> Any:
    if not member.is_file:
        raise ArchiveError(f"{member.name} in {archive} is a link, a folder or a device: refused.")
    return member.open()
