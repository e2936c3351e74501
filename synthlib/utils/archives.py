"""Files out of zip and tar archives, where nothing that the archive says is trusted.

`unpack` takes what the caller names, and puts it where the caller says: no name of the archive is
ever a path on disk. Links, devices and encrypted members are refused, an archive that names a path
outside itself is refused as a whole, and no more than a limit of bytes is written.
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
"""Limit of what is unpacked from one archive."""


class ArchiveError(SynthlibError):
    """An archive cannot be unpacked; the message is a sentence with its name and the fault."""


@dataclass(frozen=True)
class _Member:
    """A member's `name` without a leading "./", whether it is a plain file, and how it is read."""

    name: str
    is_file: bool
    open: Callable[[], IO[bytes] | None]


def list_files(archive: Path) -> list[str]:
    """Names of the plain files in an archive, in its order. Raises ArchiveError, OSError."""
    with _with_archive_errors(archive):
        return [member.name for member in _members(archive) if member.is_file]


def read_file(archive: Path, name: str, max_bytes: int = 64 << 20) -> bytes:
    """One file's content. Raises ArchiveError if it is not there or has over `most` bytes."""
    with _with_archive_errors(archive):
        for member in _members(archive):
            if member.name == name:
                with _content(archive, member) as source:
                    content = source.read(max_bytes + 1)
                if len(content) > max_bytes:
                    raise ArchiveError(f"{name} in {archive} has over {max_bytes} bytes: not read.")
                return content
    raise ArchiveError(f"{archive} lacks {name}.")


def unpack_files(
    archive: Path,
    folder: Path,
    paths_by_name: Mapping[str, str],
    *,
    max_bytes: int = MAX_BYTES,
    used: int = 0,
    progress_bar: tqdm | None = None,
) -> int:
    """Unpacks the files `wanted`, name in the archive -> path below `folder`, synced to disk.

    Args:
        archive: A zip or an uncompressed tar.
        folder: Where files go; the caller removes it after an error.
        wanted: Which files, and where each goes.
        most: Limit in bytes of what the archive may unpack to.
        used: Bytes of it that earlier calls have unpacked.
        bar: Counts files.

    Returns:
        `used` and the bytes of this call.

    Raises:
        ArchiveError: A file is not there or is not a plain one, or the archive is broken, names a
            path outside itself, or unpacks to more than the limit.
        OSError: The disk is full.
    """
    left, written = dict(paths_by_name), []
    with _with_archive_errors(archive):
        for member in _members(archive):
            if member.name not in paths_by_name:
                continue
            if left.pop(member.name, None) is None:
                raise ArchiveError(f"{archive} holds {member.name} twice: not unpacked.")
            target = folder / safe_relative_path(paths_by_name[member.name], archive)
            target.parent.mkdir(parents=True, exist_ok=True)
            with _content(archive, member) as source, target.open("xb") as file:
                while piece := source.read(1 << 20):
                    used += len(piece)
                    if used > max_bytes:
                        raise ArchiveError(
                            f"{archive} unpacks to over {max_bytes} bytes: not unpacked."
                        )
                    file.write(piece)
            written.append(target)
    if left:
        raise ArchiveError(f"{archive} lacks {len(left)} files, the first {next(iter(left))}.")
    for path in written:  # after all are written: the disk sorts them, and this is what takes time
        fsync_path(path)
        if progress_bar is not None:
            progress_bar.update()
    for path in {path.parent for path in written}:
        fsync_path(path)
    return used


def safe_relative_path(name: str, archive: Path) -> PurePosixPath:
    """The name as a relative path; ArchiveError if it could lead out of a folder anywhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(c in name for c in "\\:\0"):
        raise ArchiveError(f"{archive} names a path outside itself, {name!r}: not unpacked.")
    return path


def fsync_path(path: Path) -> None:
    """Has a file or a folder's list of names on the disk when it returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _with_archive_errors(archive: Path) -> Iterator[None]:
    """Whatever a broken archive raises while it is read becomes an ArchiveError with its name."""
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError) as error:
        # RuntimeError is zipfile's word for a password and for a compression it does not know
        raise ArchiveError(f"{archive} cannot be unpacked: {error}") from error


def _members(archive: Path) -> Iterator[_Member]:
    """All that an archive holds, of whatever kind."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                plain = kind in (0, stat.S_IFREG) and not info.is_dir()
                name = safe_relative_path(info.filename, archive).as_posix()
                yield _Member(name, plain, partial(opened.open, info))
        return
    with tarfile.open(archive, "r:") as opened:
        for info in opened:
            name = safe_relative_path(info.name, archive).as_posix()
            yield _Member(name, info.isreg(), partial(opened.extractfile, info))


def _content(archive: Path, member: _Member) -> Any:
    """A plain file's content, open; a link or a device is refused."""
    if not member.is_file:
        raise ArchiveError(f"{member.name} in {archive} is a link, a folder or a device: refused.")
    return member.open()
