"""Files from the web: whole, of the right checksum, or not there; what was cut goes on.

`download` writes `<folder>/<name>.part`, and renames it to `<folder>/<name>` when it is complete,
synced and of the archive's checksum. A `.part` that an interrupted download left is continued with
an HTTP range (RFC 9110, section 14), on condition (`If-Range`) that the server still has the same
file; a server without ranges sends it all again. A file of that name put there by hand is taken.
"""

import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from synthlib import __version__
from synthlib.files import write_atomic
from synthlib.utils.errors import SynthlibError, file_errors

ATTEMPTS, PAUSE = 5, 1.0
"""Attempts in a row that may bring nothing new; seconds before the first one's repetition."""

TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as cut."""

_PIECE = 1 << 18
_PASSES = {408, 425, 429, 500, 502, 503, 504}  # answers that may be others a moment later


class DownloadError(SynthlibError):
    """A file cannot be had; the message is a sentence that says what to do."""


class _Cut(Exception):
    """A connection broke, or never came about; trying again may help."""


@dataclass(frozen=True)
class Archive:
    """A file on the web: its `name` here, its address, its `size` in bytes, its MD5 as hex."""

    name: str
    url: str
    size: int
    md5: str


def download(
    archive: Archive,
    folder: Path,
    *,
    url: str = "",
    progress: bool = True,
    attempts: int = ATTEMPTS,
    pause: float = PAUSE,
) -> Path:
    """The archive's path in `folder`, downloaded unless it is there; `url` names a mirror's file.

    Goes on after a cut connection; gives up when `attempts` in a row bring nothing, with waits of
    `pause`, twice `pause` ... seconds between them. What is there then is kept for the next call.
    Raises DownloadError if the server fails, the disk is too small, or the file another; FileError.
    """
    url = url or archive.url
    if not re.match(r"https?://[^/]", url):
        raise DownloadError(f"{url!r} is no address; expected http://... or https://...")
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / archive.name, folder / f"{archive.name}.part"
    if target.exists():
        if (found := _md5(target)) != archive.md5:
            raise DownloadError(f"{target} {_differs(archive, target, found)}; delete it.")
        return target
    for last in (False, True) if _size(part) else (True,):  # an old part may be of another file
        _complete(archive, url, part, progress, attempts, pause)
        if (found := _md5(part)) == archive.md5:
            break
        said = f"what {url} sent {_differs(archive, part, found)}: removed. --url names a mirror."
        _discard(part)
        if last:
            raise DownloadError(said)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(target)
    _discard(part)
    return target


def _complete(
    archive: Archive, url: str, part: Path, progress: bool, attempts: int, pause: float
) -> None:
    """Transfers what is missing of `part`, however often the connection is cut."""
    if _size(part) > archive.size:
        _discard(part)
    need, free = archive.size - _size(part), shutil.disk_usage(part.parent).free
    if free < need:
        raise DownloadError(
            f"{part.parent} has {free / 1e6:,.0f} MB free, and {archive.name} needs "
            f"{need / 1e6:,.0f} MB more: free some space, or name another folder."
        )
    most, fruitless = _size(part), 0
    with bar_for(archive.size, archive.name, progress, unit="B", unit_scale=True) as bar:
        while _size(part) < archive.size:
            cut = "the server ended early"
            try:
                _transfer(archive, url, part, bar)
            except _Cut as error:
                cut = str(error)
            have = _size(part)
            fruitless = 0 if have > most else fruitless + 1
            most = max(most, have)
            if fruitless >= attempts:
                raise DownloadError(
                    f"{url} cannot be downloaded: {cut}. {have:,} of {archive.size:,} bytes are "
                    "kept: the same command goes on from there. Or name a mirror by --url, or put "
                    f"the file into {part.parent} yourself."
                )
            if progress and have < archive.size:
                bar.write(f"{archive.name}: {cut}; trying again", file=sys.stderr)
            time.sleep(pause * 2 ** (fruitless - 1) if fruitless else 0)


def _transfer(archive: Archive, url: str, part: Path, bar: tqdm) -> None:
    """One request: appends to `part` what the server sends, or writes it anew. Raises _Cut if
    another try may help, DownloadError if not."""
    with _opened(url, part) as response:
        ranged = response.status == 206
        start, total = _sent(response, ranged)
        if ranged and start != _size(part):
            _discard(part)
            raise _Cut("the server sent another part than it was asked for")
        if total not in (None, archive.size):
            raise DownloadError(
                f"{url} has {total:,} bytes, and {archive.name} {archive.size:,}: this is not that "
                "file. --url names a mirror."
            )
        with file_errors(part), part.open("ab") as file:
            if not ranged:
                file.truncate(0)
                _remember(part, url, response)
            bar.update(start - bar.n)
            for piece in _pieces(response):
                file.write(piece)
                start += len(piece)
                if start > archive.size:
                    file.truncate(0)
                    raise DownloadError(f"{url} sends more than {archive.size:,} bytes: not it.")
                bar.update(len(piece))


@contextlib.contextmanager
def _opened(url: str, part: Path) -> Iterator[Any]:
    """The server's answer to a request for what `part` lacks."""
    headers = {"User-Agent": f"synthlib/{__version__}"}
    if _size(part):
        headers["Range"] = f"bytes={_size(part)}-"
        validator = _validator(part, url)
        headers |= {"If-Range": validator} if validator else {}
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            _discard(part)
            raise _Cut("the server has less than what is here") from error
        words = f"the server says {error.code} {error.reason}"
        if error.code in _PASSES:
            raise _Cut(words) from error
        raise DownloadError(
            f"{url} cannot be downloaded: {words}. --url names a mirror."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(str(getattr(error, "reason", "") or error) or type(error).__name__) from error
    with response:
        yield response


def _pieces(response: Any) -> Iterator[bytes]:
    """The body, piece by piece. A broken connection is a _Cut, unlike an error of the disk."""
    while True:
        try:
            piece = response.read1(_PIECE)
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(str(error) or type(error).__name__) from error
        if not piece:
            return
        yield piece


def _sent(response: Any, ranged: bool) -> tuple[int, int | None]:
    """Where the body begins in the file, and the whole file's size, None if it isn't said."""
    if ranged:
        header = response.headers.get("Content-Range", "").strip()
        said = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header) or ["", "-1", "*"]
        return int(said[1]), None if said[2] == "*" else int(said[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _remember(part: Path, url: str, response: Any) -> None:
    """Keeps what names this version of the server's file: a strong ETag, or else its date."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
    write_atomic(_notes(part), json.dumps({"url": url, "validator": validator}))


def _validator(part: Path, url: str) -> str:
    """What `_remember` kept; "" for another address, where only the checksum can tell."""
    try:
        notes = json.loads(_notes(part).read_text())
        return notes["validator"] if notes["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _discard(part: Path) -> None:
    for path in (part, _notes(part)):
        path.unlink(missing_ok=True)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _differs(archive: Archive, path: Path, found: str) -> str:
    return f"is not {archive.name}: MD5 {found}, expected {archive.md5}, {_size(path):,} bytes"


def bar_for(total: int, title: str, show: bool, **more: Any) -> tqdm:
    """A bar; in a terminal drawn twice a second, in a log every ten seconds."""
    more["mininterval"] = 0.5 if sys.stderr.isatty() else 10
    return tqdm(total=total, desc=title, disable=not show, **more)
