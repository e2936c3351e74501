"""A server on 127.0.0.1 that serves bytes, and misbehaves as it is told; small archives for it."""

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
    """`files`: path -> content. `ranges`: whether it knows them. `cuts`: after how many bytes each
    next answer breaks off. `shifts`: by how much the next ranges are wrong. `statuses`: what to
    answer instead, in turn. `moved`: redirects. `requests`: path and headers of what came. `gate`:
    an event that is waited for after `cuts`, instead of breaking. `length`, `etag`, `date`: what
    it says of its files."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.cuts: list[int] = []
        self.statuses: list[int] = []
        self.shifts: list[int] = []
        self.redirects: dict[str, str] = {}
        self.ranges, self.length, self.etag = True, True, True
        self.date = ""
        self.gate: threading.Event | None = None
        self.waiting_at_gate = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about: no traceback."""

    def url(self, name: str = "") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def serve_file(self, name: str, content: bytes) -> RemoteFile:
        """Serves the content and returns what a caller needs to know of it."""
        self.files[f"/{name}"] = content
        md5 = hashlib.md5(content).hexdigest()
        return RemoteFile(name, self.url(name), len(content), md5)

    def header_values(self, header: str) -> list[str | None]:
        """That header of every request so far."""
        return [headers.get(header) for _, headers in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:
        web = self.server
        web.requests.append((self.path, dict(self.headers)))
        if web.statuses:
            self.send_error(web.statuses.pop(0))
            return
        if self.path in web.redirects:
            self.send_response(301)
            self.send_header("Location", web.redirects[self.path])
            self.end_headers()
            return
        if self.path not in web.files:
            self.send_error(404)
            return
        content = web.files[self.path]
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", "")
        shift = web.shifts.pop(0) if asked and web.shifts else 0
        start = (
            int(asked[1]) + shift
            if asked and web.ranges and condition in ("", tag, web.date)
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
        if web.length:
            self.send_header("Content-Length", str(len(content) - start))
        if web.etag:
            self.send_header("ETag", tag)
        if web.date:
            self.send_header("Last-Modified", web.date)
        self.end_headers()
        cut = web.cuts.pop(0) if web.cuts else None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        if cut is not None and web.gate:
            self.wfile.flush()
            web.waiting_at_gate.set()
            web.gate.wait(60)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_server() -> Iterator[FakeServer]:
    """A server in a thread of its own."""
    web = FakeServer()
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        if web.gate:
            web.gate.set()
        web.shutdown()
        web.server_close()
        thread.join()


def jpeg(size: int, *keys: object) -> bytes:
    """A photograph of noise, its own for its keys."""
    noise = rng_for(0, "jpeg", *map(str, keys)).integers(0, 255, (size, size, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "JPEG")
    return content.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # of 1980: same bytes each time
    return content.getvalue()


def tarred(files: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return content.getvalue()
