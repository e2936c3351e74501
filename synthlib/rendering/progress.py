"""What workers report while they run, from their event files: a bar, counts, time, peak memory."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm


class RenderProgress:
    """Follows the event files of one supervisor's chunks, which any executor's tasks write.

    The bar counts frames, and shows their rate, the time left and the failures. `on_done` is called
    with the name of every item that is finished, in this process. `peak_memory_mb` is the most
    memory that a worker has used so far, in MB; 0 as long as none has said. The name of each
    finished item and its worker's seconds are appended to the file `timings`, if there is one, a
    JSON line each.
    """

    def __init__(
        self,
        bar: tqdm,
        frames_per_item: int,
        on_done: Callable[[str], None] | None,
        timings_file: Path | None,
    ) -> None:
        self.bar, self.frames_per_item, self.on_done = bar, frames_per_item, on_done
        self.timings_file = timings_file
        self.peak_memory_mb = 0.0
        self._bytes_read: dict[str, int] = {}
        self._frames: dict[str, int] = {}
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._device = ""

    @staticmethod
    def make_bar(frames: int, unit: str, show: bool) -> tqdm:
        """A bar; in a terminal drawn twice a second, in a log every ten seconds."""
        return tqdm(
            total=frames,
            unit=f" {unit}s",
            disable=not show,
            mininterval=0.5 if sys.stderr.isatty() else 10,
            bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, "
            "{rate_noinv_fmt}{postfix}]",
        )

    def read_new_events(self, folder: Path) -> None:
        """Reads what is new in the folder's event files."""
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

    def finish_chunk(self, prefix: str) -> None:
        """Reads a finished chunk's events for the last time and removes its files."""
        for path in Path(prefix).parent.glob(f"{Path(prefix).name}.*"):
            if path.suffix == ".events":
                self._read_file(str(path))
                self._bytes_read.pop(str(path), None)
            if not path.is_dir():
                path.unlink(missing_ok=True)

    def _read_file(self, path: str) -> None:
        start = self._bytes_read.get(path, 0)
        with open(path, "rb") as file:
            file.seek(start)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._bytes_read[path] = start + len(whole)
        for line in whole.splitlines():
            self._handle_event(json.loads(line))

    def _handle_event(self, event: dict) -> None:
        state, name = event["state"], event.get("name", "")
        self.peak_memory_mb = max(self.peak_memory_mb, event.get("peak_memory_mb", 0.0))
        if state == "ready" and not self._device:
            self._device = event["device"]
            if not self.bar.disable:
                self.bar.write(f"Rendering on {self._device}.")
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

    def _append_timing(self, name: str, seconds: float) -> None:
        if self.timings_file is None:
            return
        with self.timings_file.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            file.write(b"%s\n" % json.dumps({"name": name, "seconds": seconds}).encode())
