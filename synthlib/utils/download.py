"""Downloads that are checked, and resumed after an interruption.

`download_file` writes `<folder>/<name>.part`, and renames it to `<folder>/<name>` when it is
complete, synced to disk and has the expected checksum. The `.part` of an interrupted download is
continued by an HTTP range request (RFC 9110, section 14), on condition (`If-Range`) that the
server's file is unchanged; a server without ranges sends the file from its beginning. A file that
the user has put into the folder under that name is used if its checksum is correct.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import requests
import tenacity
import urllib3
from tqdm import tqdm

from synthlib import __version__
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import write_atomic
from synthlib.utils.progress import progress_bar

MAX_ATTEMPTS = 5
"""Attempts in a row that may transfer no new byte before a download fails."""

RETRY_PAUSE = 1.0
"""Seconds to wait after the first attempt without a new byte; doubled after each further one."""

TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""

_CHUNK_BYTES = 1 << 18
"""Most bytes that are read from a connection at once."""

_TEMPORARY_STATUSES = {408, 425, 429, 500, 502, 503, 504}
"""HTTP statuses after which another request may succeed."""


class DownloadError(SynthlibError):
    """A file cannot be downloaded."""


class _ConnectionBroken(Exception):
    """A connection failed or ended early; another request may succeed."""


@dataclass(frozen=True)
class RemoteFile:
    """A file on the web.

    Attributes:
        name: Its name on this machine.
        url: Its address.
        size: Its size in bytes.
        md5: Its MD5 in hexadecimal digits; "" if it has a SHA-256.
        sha256: Its SHA-256 in hexadecimal digits; "" if it has an MD5.
    """

    name: str
    url: str
    size: int
    md5: str = ""
    sha256: str = ""


def download_file(
    remote: RemoteFile,
    folder: Path,
    *,
    url: str = "",
    progress: bool = True,
    attempts: int = MAX_ATTEMPTS,
    pause: float = RETRY_PAUSE,
) -> Path:
    """Download a file, unless it exists already.

    After a broken connection the download continues. If it fails, the bytes that have arrived are
    kept for the next call.

    Args:
        remote: The file.
        folder: Folder that it is stored in; created if necessary.
        url: Address of a mirror's copy; empty: the file's own address.
        progress: Show a progress bar.
        attempts: Attempts in a row that may transfer no new byte before the download fails.
        pause: Seconds to wait after the first such attempt; doubled after each further one.

    Returns:
        The path of the file in `folder`.

    Raises:
        DownloadError: The server fails, the disk is too small, or the file is not the expected one.
        FileError: The folder or the file cannot be written.
    """
    url = url or remote.url
    _raise_if_no_address(url)
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    target = folder / remote.name
    part = folder / f"{remote.name}.part"
    if target.exists():
        if mismatch := _mismatch(remote, target):
            raise DownloadError(f"{target} {mismatch}; delete it.")
        return target
    # An existing part may belong to another file. Then the checksum is wrong, the part is deleted
    # and the file is downloaded once more, from its beginning.
    for is_last in (False, True) if _size(part) else (True,):
        _complete(remote, url, part, progress, attempts, pause)
        if not (mismatch := _mismatch(remote, part)):
            break
        message = f"what {url} sent {mismatch}: removed. --url names a mirror."
        _discard(part)
        if is_last:
            raise DownloadError(message)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(target)
    _discard(part)
    return target


def read_url(url: str, max_bytes: int, *, pause: float = RETRY_PAUSE) -> bytes:
    """Read a small file from the web; nothing is stored.

    Args:
        url: Its address.
        max_bytes: Size in bytes that it may have.
        pause: Seconds to wait after the first broken connection; doubled after each further one.

    Raises:
        DownloadError: The server fails, or the file is larger.
    """
    _raise_if_no_address(url)
    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_ConnectionBroken),
        stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
        wait=tenacity.wait_exponential(pause),
        reraise=True,
    )
    try:
        return retry(_read_once, url, max_bytes)
    except _ConnectionBroken as error:
        raise DownloadError(f"{url} cannot be downloaded: {error}.") from error


def _read_once(url: str, max_bytes: int) -> bytes:
    headers = {"User-Agent": f"synthlib/{__version__}"}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            _raise_if_refused(url, response, "check the address.")
            content = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > max_bytes:
                    raise DownloadError(f"{url} has over {max_bytes:,} bytes: not that file.")
    except requests.RequestException as error:
        raise _ConnectionBroken(_root_cause(error)) from error
    return bytes(content)


def _raise_if_no_address(url: str) -> None:
    if not re.match(r"https?://[^/]", url):
        raise DownloadError(f"{url!r} is not an address; expected http://... or https://...")


def _raise_if_refused(url: str, response: requests.Response, advice: str) -> None:
    """Raise for a status of failure: _ConnectionBroken if another request may succeed, else a
    DownloadError that ends with an advice."""
    if response.ok:
        return
    message = f"the server says {response.status_code} {response.reason}"
    if response.status_code in _TEMPORARY_STATUSES:
        raise _ConnectionBroken(message)
    raise DownloadError(f"{url} cannot be downloaded: {message}; {advice}")


def _complete(
    remote: RemoteFile, url: str, part: Path, progress: bool, attempts: int, pause: float
) -> None:
    """Transfer the rest of `part`, until `attempts` requests in a row transfer no new byte."""
    if _size(part) > remote.size:
        _discard(part)
    needed = remote.size - _size(part)
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise DownloadError(
            f"{part.parent} has {free / 1e6:,.0f} MB free, and {remote.name} needs "
            f"{needed / 1e6:,.0f} MB more: free some space, or name another folder."
        )
    largest_size = _size(part)
    failures = 0  # attempts in a row without a new byte

    def count_failure(_: tenacity.RetryCallState) -> None:
        nonlocal largest_size, failures
        failures = 0 if _size(part) > largest_size else failures + 1
        largest_size = max(largest_size, _size(part))

    def report_failure(state: tenacity.RetryCallState) -> None:
        if progress and state.outcome:
            bar.write(f"{remote.name}: {state.outcome.exception()}; trying again", file=sys.stderr)

    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_ConnectionBroken),
        after=count_failure,
        stop=lambda _: failures >= attempts,
        wait=lambda _: pause * 2 ** (failures - 1) if failures else 0,
        before_sleep=report_failure,
        reraise=True,
    )
    size, title = remote.size, remote.name
    with progress_bar(total=size, title=title, unit="B", show=progress, unit_scale=True) as bar:
        try:
            if largest_size < remote.size:  # a process may have been killed before the renaming
                retry(_transfer, remote, url, part, bar)
        except _ConnectionBroken as error:
            raise DownloadError(
                f"{url} cannot be downloaded: {error}. {_size(part):,} of {remote.size:,} bytes "
                "are kept: the same command continues from there. Or name a mirror by --url, or "
                f"put the file into {part.parent} yourself."
            ) from error


def _transfer(remote: RemoteFile, url: str, part: Path, bar: tqdm) -> None:
    """Request the rest of `part`; append what the server sends, or start the file again.

    Raises:
        _ConnectionBroken: The file is not complete yet; another request may succeed.
        DownloadError: Another request would fail too.
        FileError: The file cannot be written; the disk may be full.
    """
    headers = {"User-Agent": f"synthlib/{__version__}", "Accept-Encoding": "identity"}
    if _size(part):
        validator = _read_validator(part, url)
        headers |= {"Range": f"bytes={_size(part)}-"}
        headers |= {"If-Range": validator} if validator else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            size = _start_offset(remote, url, part, response)
            with file_errors(part), part.open("ab") as file:
                if not size:
                    file.truncate(0)
                    _write_validator(part, url, response)
                bar.update(size - bar.n)
                # read1 returns what has arrived; iter_content would lose the last bytes before a
                # connection breaks
                while chunk := response.raw.read1(_CHUNK_BYTES):
                    file.write(chunk)
                    size += len(chunk)
                    if size > remote.size:
                        file.truncate(0)
                        raise DownloadError(
                            f"{url} sends more than {remote.size:,} bytes: not that file."
                        )
                    bar.update(len(chunk))
    except urllib3.exceptions.ProtocolError as error:
        raise _ConnectionBroken("the server ended early") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _ConnectionBroken(_root_cause(error)) from error
    if size < remote.size:
        raise _ConnectionBroken("the server ended early")


def _start_offset(remote: RemoteFile, url: str, part: Path, response: requests.Response) -> int:
    """Position in the file, in bytes, of the first byte of a response's body.

    Raises:
        _ConnectionBroken: The response is of no use; another request may succeed.
        DownloadError: The server refuses the request, or has another file.
    """
    status = response.status_code
    headers = response.headers
    if status == 416:  # Range Not Satisfiable
        _discard(part)
        raise _ConnectionBroken("the server has less than what is here")
    _raise_if_refused(url, response, "--url names a mirror.")
    start = "0"
    total = headers.get("Content-Length", "")
    if status == 206:  # Partial Content
        content_range = headers.get("Content-Range", "").strip()
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
        # "-1" differs from every size, so that a malformed header is refused
        start, total = match.groups() if match else ("-1", "*")
        if int(start) != _size(part):
            _discard(part)
            raise _ConnectionBroken("the server sent another part than it was asked for")
    if total.isdigit() and int(total) != remote.size:
        raise DownloadError(
            f"{url} has {int(total):,} bytes, and {remote.name} {remote.size:,}: this is not "
            "that file. --url names a mirror."
        )
    return int(start)


def _root_cause(error: BaseException) -> str:
    """Message of the innermost error; requests and urllib3 wrap it several times."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__


def _write_validator(part: Path, url: str, response: requests.Response) -> None:
    """Store the server's identifier of its version of the file: a strong ETag, else its date."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
    write_atomic(_validator_path(part), json.dumps({"url": url, "validator": validator}))


def _read_validator(part: Path, url: str) -> str:
    """The stored validator; "" if there is none for this address, so that the checksum decides."""
    try:
        stored = json.loads(_validator_path(part).read_text())
        return stored["validator"] if stored["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _validator_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _discard(part: Path) -> None:
    for path in (part, _validator_path(part)):
        path.unlink(missing_ok=True)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _mismatch(remote: RemoteFile, path: Path) -> str:
    """Text on how a file's checksum differs from the expected one; "" if it does not."""
    with path.open("rb") as file:
        if remote.sha256:
            name, expected = "SHA-256", remote.sha256
            found = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            name, expected = "MD5", remote.md5
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            found = md5.hexdigest()
    if found == expected:
        return ""
    return f"is not {remote.name}: {name} {found}, expected {expected}, {_size(path):,} bytes"
