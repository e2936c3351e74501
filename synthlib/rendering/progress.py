"""Progress of rendering, from the event files of workers: bar, finished items, peak memory."""

import contextlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from synthlib.rendering.worker_process import read_events

logger = logging.getLogger(__name__)


class RenderProgress:
    """Reader of the event files of one supervisor's chunks, which any executor's tasks write.

    The bar counts frames and shows their rate, the time left and the number of failures.

    Args:
        bar: Counts frames; those of an item that failed count too, so that the bar ends full.
        frames_per_item: Frames that every item has.
        on_done: Called in this process with the name of each finished item.
        timings_file: Gets one JSON line per finished item: its name and its worker's seconds.

    Attributes:
        peak_memory_mb: Largest memory of a worker so far, in MB (1e6 bytes); 0 until one reports.
        device: Name of the device that renders; "" until a worker reports it.
    """

    def __init__(
        self,
        bar: tqdm,
        frames_per_item: int,
        on_done: Callable[[str], None] | None,
        timings_file: Path | None,
    ) -> None:
        self.bar = bar
        self.frames_per_item = frames_per_item
        self.on_done = on_done
        self.timings_file = timings_file
        self.peak_memory_mb = 0.0
        self._bytes_read: dict[str, int] = {}
        self._frames: dict[str, int] = {}
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self.device = ""

    def read_new_events(self, folder: Path) -> None:
        """Read what was appended to the folder's event files since the last call."""
        with os.scandir(folder) as entries:
            grown = [
                entry.path
                for entry in entries
                if entry.name.endswith(".events")
                and entry.stat().st_size > self._bytes_read.get(entry.path, 0)
            ]
        for path in sorted(grown):
            self._read_file(path)
        self.bar.update(sum(self._frames.values()) - self.bar.n)
        if self._failed:
            self.bar.set_postfix(failed=len(self._failed), refresh=False)

    def finish(self) -> None:
        """Fill the bar: all items are done or have failed, some of them without a last event."""
        self.bar.update((self.bar.total or 0) - self.bar.n)

    def finish_chunk(self, prefix: str) -> None:
        """Read the events of a finished chunk for the last time and remove its files."""
        for path in Path(prefix).parent.glob(f"{Path(prefix).name}.*"):
            if path.suffix == ".events":
                self._read_file(str(path))
                self._bytes_read.pop(str(path), None)
            if not path.is_dir():
                path.unlink(missing_ok=True)

    def _read_file(self, path: str) -> None:
        with open(path, "rb") as file:
            file.seek(self._bytes_read.get(path, 0))
            events = read_events(file)
            self._bytes_read[path] = file.tell()
        for event in events:
            self._handle_event(event)

    def _handle_event(self, event: dict) -> None:
        state = event["state"]
        name = event.get("name", "")
        self.peak_memory_mb = max(self.peak_memory_mb, event.get("peak_memory_mb", 0.0))
        if state == "ready" and not self.device:
            self.device = event["device"]
            # in the bar, as a log line would split it in two in a notebook
            self.bar.set_description_str(f"on {self.device}: ", refresh=False)
        elif state == "frame":
            self._frames[name] = min(self._frames.get(name, 0) + 1, self.frames_per_item)
        elif state == "start":
            self._frames[name] = 0
        elif state == "done":
            self._frames[name] = self.frames_per_item
            if name not in self._done:
                self._append_timing(name, event["seconds"])
                if self.on_done:
                    self.on_done(name)
            self._done.add(name)
        elif state == "failed":
            self._failed.add(name)
            self._frames[name] = self.frames_per_item

    def _append_timing(self, name: str, seconds: float) -> None:
        if self.timings_file is None:
            return
        line = json.dumps({"name": name, "seconds": seconds}) + "\n"
        # A timing that a full disk refuses is lost; the instance that it belongs to is not.
        with self.timings_file.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            file.write(line.encode())
