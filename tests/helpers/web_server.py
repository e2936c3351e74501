"""A server on 127.0.0.1 that serves bytes and fails on demand; small archives for it."""

import hashlib
import io
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image

from synthlib.seeding import rng_for
from synthlib.utils.download import RemoteFile


class FakeServer(ThreadingHTTPServer):
    """A server whose failures are set by its attributes.

    Attributes:
        files: Content by path.
        redirects: Target by path.
        requests: Path and headers of every request so far.
        ranges: Whether it answers range requests.
        length: Whether it sends Content-Length.
        etag: Whether it sends an ETag.
        date: Last-Modified of all files; empty: not sent.
        statuses: Error statuses of the next answers, in turn.
        cuts: Numbers of bytes after which the next answers break off, in turn; None: not.
        shifts: Offsets by which the starts of the next ranges are wrong, in turn.
        gate: Event to wait for at a cut, before the answer ends.
        waiting_at_gate: Set when an answer waits for the gate.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.cuts: list[int | None] = []
        self.statuses: list[int] = []
        self.shifts: list[int] = []
        self.redirects: dict[str, str] = {}
        self.ranges, self.length, self.etag = True, True, True
        self.date = ""
        self.gate: threading.Event | None = None
        self.waiting_at_gate = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Print no traceback when a client hangs up, as some tests make it do."""

    def url(self, name: str = "") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def serve_file(self, name: str, content: bytes) -> RemoteFile:
        """Serve a file; returns its description for the downloader."""
        self.files[f"/{name}"] = content
        md5 = hashlib.md5(content).hexdigest()
        return RemoteFile(name, self.url(name), len(content), md5)

    def header_values(self, header: str) -> list[str | None]:
        """A header of every request so far."""
        return [headers.get(header) for _, headers in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:
        server = self.server
        server.requests.append((self.path, dict(self.headers)))
        if server.statuses:
            self.send_error(server.statuses.pop(0))
            return
        if self.path in server.redirects:
            self.send_response(301)
            self.send_header("Location", server.redirects[self.path])
            self.end_headers()
            return
        if self.path not in server.files:
            self.send_error(404)
            return
        content = server.files[self.path]
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", "")
        shift = server.shifts.pop(0) if asked and server.shifts else 0
        start = (
            int(asked[1]) + shift
            if asked and server.ranges and condition in ("", tag, server.date)
            else 0
        )
        if start and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.length:
            self.send_header("Content-Length", str(len(content) - start))
        if server.etag:
            self.send_header("ETag", tag)
        if server.date:
            self.send_header("Last-Modified", server.date)
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        if cut is not None and server.gate:
            self.wfile.flush()
            server.waiting_at_gate.set()
            server.gate.wait(60)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_server() -> Iterator[FakeServer]:
    """Run a server in a thread."""
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        if server.gate:
            server.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


def jpeg(size: int, *keys: object) -> bytes:
    """A JPEG of noise that depends on `keys`."""
    noise = rng_for(0, "jpeg", *map(str, keys)).integers(0, 255, (size, size, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "JPEG")
    return content.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            # ZipInfo dates files to 1980, so that the bytes are the same each time
            archive.writestr(zipfile.ZipInfo(name), data)
    return content.getvalue()


def tarred(files: dict[str, bytes], *members: tarfile.TarInfo) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in members:
            archive.addfile(info)
    return content.getvalue()
