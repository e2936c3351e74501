"""Files from the web: whole, of the right checksum, or not there; what was cut goes on.

`download` writes `<folder>/<name>.part`, and renames it to `<folder>/<name>` when it is complete,
synced and of the archive's checksum. A `.part` that an interrupted download left is continued with
an HTTP range (RFC 9110, section 14), on condition (`If-Range`) that the server still has the same
file; a server without ranges sends it all again. A file of that name put there by hand is taken.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import tenacity
import urllib3
from tqdm import tqdm

from synthlib import __version__
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import write_atomic

MAX_ATTEMPTS, RETRY_PAUSE = 5, 1.0
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
class RemoteFile:
    """A file on the web: its `name` here, its address, its `size` in bytes, its MD5 as hex."""

    name: str
    url: str
    size: int
    md5: str


def download_file(
    remote: RemoteFile,
    folder: Path,
    *,
    url: str = "",
    progress: bool = True,
    attempts: int = MAX_ATTEMPTS,
    pause: float = RETRY_PAUSE,
) -> Path:
    """The archive's path in `folder`, downloaded unless it is there; `url` names a mirror's file.

    Goes on after a cut connection; gives up when `attempts` in a row bring nothing, with waits of
    `pause`, twice `pause` ... seconds between them. What is there then is kept for the next call.
    Raises DownloadError if the server fails, the disk is too small, or the file another; FileError.
    """
    url = url or remote.url
    if not re.match(r"https?://[^/]", url):
        raise DownloadError(f"{url!r} is no address; expected http://... or https://...")
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / remote.name, folder / f"{remote.name}.part"
    if target.exists():
        if (found := _md5(target)) != remote.md5:
            raise DownloadError(f"{target} {_differs(remote, target, found)}; delete it.")
        return target
    for last in (False, True) if _size(part) else (True,):  # an old part may be of another file
        _complete(remote, url, part, progress, attempts, pause)
        if (found := _md5(part)) == remote.md5:
            break
        said = f"what {url} sent {_differs(remote, part, found)}: removed. --url names a mirror."
        _discard(part)
        if last:
            raise DownloadError(said)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(target)
    _discard(part)
    return target


def _complete(
    archive: RemoteFile, url: str, part: Path, progress: bool, attempts: int, pause: float
) -> None:
    """Transfers what is missing of `part`, until `attempts` in a row bring nothing."""
    if _size(part) > archive.size:
        _discard(part)
    need, free = archive.size - _size(part), shutil.disk_usage(part.parent).free
    if free < need:
        raise DownloadError(
            f"{part.parent} has {free / 1e6:,.0f} MB free, and {archive.name} needs "
            f"{need / 1e6:,.0f} MB more: free some space, or name another folder."
        )
    most, fruitless = _size(part), 0

    def count(_: tenacity.RetryCallState) -> None:
        nonlocal most, fruitless
        fruitless = 0 if _size(part) > most else fruitless + 1
        most = max(most, _size(part))

    def say(state: tenacity.RetryCallState) -> None:
        if progress and state.outcome:
            bar.write(f"{archive.name}: {state.outcome.exception()}; trying again", file=sys.stderr)

    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Cut),
        after=count,
        stop=lambda _: fruitless >= attempts,
        wait=lambda _: pause * 2 ** (fruitless - 1) if fruitless else 0,
        before_sleep=say,
        reraise=True,
    )
    with make_progress_bar(archive.size, archive.name, progress, unit="B", unit_scale=True) as bar:
        try:
            if most < archive.size:  # else it was stopped just before it got its name
                retry(_transfer, archive, url, part, bar)
        except _Cut as cut:
            raise DownloadError(
                f"{url} cannot be downloaded: {cut}. {_size(part):,} of {archive.size:,} bytes are "
                "kept: the same command goes on from there. Or name a mirror by --url, or put "
                f"the file into {part.parent} yourself."
            ) from cut


def _transfer(archive: RemoteFile, url: str, part: Path, bar: tqdm) -> None:
    """Requests what is missing of `part`: appends what the server sends, or writes it anew.

    Raises:
        _Cut: The file is not complete yet; another request may help.
        DownloadError: Another request would not help.
        FileError: The file cannot be written; the disk may be full.
    """
    headers = {"User-Agent": f"synthlib/{__version__}", "Accept-Encoding": "identity"}
    if _size(part):
        validator = _validator(part, url)
        headers |= {"Range": f"bytes={_size(part)}-"}
        headers |= {"If-Range": validator} if validator else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            size = _start(archive, url, part, response)
            with file_errors(part), part.open("ab") as file:
                if not size:
                    file.truncate(0)
                    _remember(part, url, response)
                bar.update(size - bar.n)
                # read1 gives what has arrived; iter_content loses the last bytes before a cut
                while piece := response.raw.read1(_PIECE):
                    file.write(piece)
                    size += len(piece)
                    if size > archive.size:
                        file.truncate(0)
                        words = f"{url} sends more than {archive.size:,} bytes: not that file."
                        raise DownloadError(words)
                    bar.update(len(piece))
    except urllib3.exceptions.ProtocolError as error:
        raise _Cut("the server ended early") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _Cut(_reason(error)) from error
    if size < archive.size:
        raise _Cut("the server ended early")


def _start(archive: RemoteFile, url: str, part: Path, response: requests.Response) -> int:
    """Where an answer's body begins in the file, in bytes. Raises _Cut, DownloadError."""
    status, headers = response.status_code, response.headers
    if status == 416:
        _discard(part)
        raise _Cut("the server has less than what is here")
    if not response.ok:
        words = f"the server says {status} {response.reason}"
        if status in _PASSES:
            raise _Cut(words)
        raise DownloadError(f"{url} cannot be downloaded: {words}. --url names a mirror.")
    start, total = "0", headers.get("Content-Length", "")
    if status == 206:
        said = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
        start, total = said.groups() if said else ("-1", "*")
        if int(start) != _size(part):
            _discard(part)
            raise _Cut("the server sent another part than it was asked for")
    if total.isdigit() and int(total) != archive.size:
        raise DownloadError(
            f"{url} has {int(total):,} bytes, and {archive.name} {archive.size:,}: this is not "
            "that file. --url names a mirror."
        )
    return int(start)


def _reason(error: BaseException) -> str:
    """What is at the bottom of an error of requests or urllib3, which wrap it several times."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__


def _remember(part: Path, url: str, response: requests.Response) -> None:
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


def _differs(archive: RemoteFile, path: Path, found: str) -> str:
    return f"is not {archive.name}: MD5 {found}, expected {archive.md5}, {_size(path):,} bytes"


def make_progress_bar(total: int, title: str, show: bool, **more: Any) -> tqdm:
    """A bar; in a terminal drawn twice a second, in a log every ten seconds."""
    more["mininterval"] = 0.5 if sys.stderr.isatty() else 10
    return tqdm(total=total, desc=title, disable=not show, **more)
