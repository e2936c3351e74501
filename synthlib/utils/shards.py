"""Archives in shards: files and folders of an outputs folder, to be fetched on another machine.

An archive is a folder that any web server can offer:

- `archive.json`: its format, kind and digest, what it is about, the sources and licences of what it
  shows, and the size and SHA-256 of every entry and shard. It is written last.
- `shard-00000.tar`, ...: the entries. An *entry* is a file, or a folder that is complete or not
  there at all (an instance, a run). No entry is in two shards, so a shard can be fetched, checked
  and put in its place without the others.

The same entries give the same bytes: they are sorted, and times and owners are left out.
`fetch_shards` reads such archives.
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from synthlib import __version__
from synthlib.utils.archives import ArchiveError, safe_relative_path
from synthlib.utils.errors import file_errors
from synthlib.utils.files import digest
from synthlib.utils.folders import completed_folder

FORMAT = 1
"""Version of the format; it is raised when an earlier synthlib could not read the archive."""

ARCHIVE_FILE = "archive.json"

SHARD_BYTES = 500_000_000
"""Default size of a shard. An interrupted transfer continues within a shard."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ArchiveEntry:
    """A file or folder to archive.

    Attributes:
        path: Its path relative to the outputs folder, with slashes.
        files: Each file by its path relative to the entry, "" if the entry is a file: its path on
            disk, or its content.
        is_rewritten: True for a file that commands rewrite, so that its content says nothing about
            whether it is intact.
    """

    path: str
    files: Mapping[str, Path | bytes]
    is_rewritten: bool = False


@dataclass(frozen=True)
class StoredEntry:
    """An entry as `archive.json` describes it.

    Attributes:
        path: Its path relative to the outputs folder.
        files: Number of its files.
        bytes: Size of its files.
        sha256: Digest of its content (`content_digest`).
        shard: Number of its shard.
        is_rewritten: As in `ArchiveEntry`.
    """

    path: str
    files: int
    bytes: int
    sha256: str
    shard: int
    is_rewritten: bool = False


@dataclass(frozen=True)
class Shard:
    """A shard: its file's name, its size in bytes and its SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Archive:
    """Content of `archive.json`.

    Attributes:
        kind: Its kind, such as "renders".
        digest: Digest of the paths and contents of all entries.
        about: What it is about, by key; other keys for each kind.
        sources: What it shows: rows with kind, name, source, licence, use and number of images.
        entries: The entries, sorted by path.
        shards: The shards.
        synthlib: Version of synthlib that wrote it.
        format: Version of the format.
    """

    kind: str
    digest: str
    about: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    entries: tuple[StoredEntry, ...]
    shards: tuple[Shard, ...]
    synthlib: str = __version__
    format: int = field(default=FORMAT)

    @property
    def bytes(self) -> int:
        """Size of all shards."""
        return sum(shard.bytes for shard in self.shards)


def content_digest(hashes: Mapping[str, str]) -> str:
    """Digest of an entry: SHA-256 of a line `<hash> <name>` for each file, sorted by name.

    Args:
        hashes: SHA-256 of each file by its path relative to the entry.
    """
    lines = "".join(f"{hashes[name]} {name}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


# --- writing --------------------------------------------------------------------------------------


def write_archive(
    target: Path,
    kind: str,
    entries: Iterable[ArchiveEntry],
    *,
    about: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    texts: Mapping[str, str],
    shard_bytes: int = SHARD_BYTES,
) -> Archive:
    """Write an archive into a new folder, completely or not at all.

    Args:
        target: The folder, which must not exist or be empty.
        kind: Kind of the archive.
        entries: What it contains, with different paths; none lies in another.
        about: What it is about, as JSON values.
        sources: What it shows (`Archive.sources`).
        texts: Further files for people, by name, which are not fetched.
        shard_bytes: Size after which the next shard is begun; a larger entry has its own shard.

    Raises:
        FolderError: If the target is not empty.
        FileError: If a file cannot be read or written.
    """
    in_order = sorted(entries, key=lambda entry: entry.path)
    with completed_folder(target) as folder:
        shards, stored = [], []
        for number, group in enumerate(_groups(in_order, shard_bytes)):
            path = folder / f"shard-{number:05d}.tar"
            stored += _write_shard(path, group, number)
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            shards.append(Shard(path.name, path.stat().st_size, sha256))
        whole = digest([[entry.path, entry.sha256] for entry in stored])
        archive = Archive(kind, whole, about, sources, tuple(stored), tuple(shards))
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        content = json.dumps(asdict(archive), indent=1, sort_keys=True) + "\n"
        (folder / ARCHIVE_FILE).write_text(content, encoding="utf-8")
    return archive


def _groups(entries: Iterable[ArchiveEntry], shard_bytes: int) -> Iterable[list[ArchiveEntry]]:
    """The entries of each shard."""
    group, size = [], 0
    for entry in entries:
        added = sum(_file_bytes(content) for content in entry.files.values())
        if group and size + added > shard_bytes:
            yield group
            group, size = [], 0
        group.append(entry)
        size += added
    if group:
        yield group


def _file_bytes(content: Path | bytes) -> int:
    if isinstance(content, bytes):
        return len(content)
    with file_errors(content, "read"):
        return content.stat().st_size


def _write_shard(path: Path, entries: Iterable[ArchiveEntry], number: int) -> list[StoredEntry]:
    stored = []
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            hashes, size = {}, 0
            for name in sorted(entry.files):
                content = _read(entry.files[name])
                info = tarfile.TarInfo(f"{entry.path}/{name}" if name else entry.path)
                info.size = len(content)  # its mode is 0644, its time 0, its owner 0
                tar.addfile(info, io.BytesIO(content))
                hashes[name] = hashlib.sha256(content).hexdigest()
                size += len(content)
            digest_of_entry = content_digest(hashes)
            stored.append(
                StoredEntry(
                    entry.path, len(hashes), size, digest_of_entry, number, entry.is_rewritten
                )
            )
    return stored


def _read(content: Path | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    with file_errors(content, "read"):
        return content.read_bytes()


# --- reading --------------------------------------------------------------------------------------


def parse_archive(content: bytes, name: str) -> Archive:
    """Read the content of an `archive.json`, which is not trusted.

    Args:
        content: Its bytes.
        name: Its address, for messages.

    Raises:
        ArchiveError: If it is no description of an archive, has another format, or names a path
            outside the outputs folder.
    """
    try:
        values = json.loads(content)
        found = values["format"]
        if found != FORMAT:
            raise ArchiveError(
                f"{name} has format {found}, and synthlib {__version__} reads format {FORMAT}: it "
                f"was made by synthlib {values.get('synthlib', '?')}, install that."
            )
        entries = tuple(StoredEntry(**entry) for entry in values.pop("entries"))
        shards = tuple(Shard(**shard) for shard in values.pop("shards"))
        archive = Archive(entries=entries, shards=shards, **values)
        _check_values(archive)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ArchiveError(
            f"{name} is not an {ARCHIVE_FILE} of `synthlib archive`, or is damaged ({reason})."
        ) from error
    for path in (*(e.path for e in entries), *(s.name for s in shards)):
        safe_relative_path(path, Path(name))
    return archive


def _check_values(archive: Archive) -> None:
    """Raise a ValueError if a value cannot be."""
    paths = [entry.path for entry in archive.entries]
    if len(set(paths)) < len(paths):
        raise ValueError("two entries have one path")
    for item in (*archive.entries, *archive.shards):
        smallest = tarfile.BLOCKSIZE if isinstance(item, Shard) else 0
        if (
            type(item.bytes) is not int
            or item.bytes < smallest
            or not _SHA256.fullmatch(item.sha256)
        ):
            raise ValueError(f"size or SHA-256 of {item}")
    for shard in archive.shards:
        if not re.fullmatch(r"[\w-]+\.tar", shard.name):
            raise ValueError(f"name of the shard {shard.name!r}")
    if any(entry.shard not in range(len(archive.shards)) for entry in archive.entries):
        raise ValueError("number of a shard")
    texts = (archive.kind, archive.digest, archive.synthlib, *paths)
    if not all(isinstance(text, str) and text for text in texts):
        raise ValueError("text")
    if not isinstance(archive.about, dict) or not all(isinstance(s, dict) for s in archive.sources):
        raise ValueError("about or sources")
