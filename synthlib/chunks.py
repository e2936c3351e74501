"""One chunk of items under one supervisor: starts workers, follows their events, kills hung ones.

`run_chunk` is the task that `supervision` puts on an executor: a plain function of plain data, so
that threads, processes and a cluster can all run it. Its files share the prefix it is given:
`.json` the job, `.events` what the worker reports (JSON lines: state, name, reason), `.log` all it
prints. A file `stop` in the same folder ends it.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

DISK_FULL = 74
"""The exit code of a worker whose disk is full (it cannot write that down)."""

_START_LIMIT = 60.0
"""Least seconds for a worker to import Blender: a loaded machine or a network disk is slow."""


class RenderError(RuntimeError):
    """Rendering cannot go on, whatever the item. The message is a sentence for the user."""


def run_chunk(job: dict, prefix: str) -> list[dict]:
    """Makes the job's items, one worker after another; the failures as {name, reason, log}.

    `job` has `module`, `items`, `settings`, `out` and `time_limit` (seconds without a finished
    frame). Raises `RenderError` if a worker cannot start or its disk is full.
    """
    queue, crashes, failures = list(job["items"]), {}, []
    stop = Path(prefix).with_name("stop")
    while queue and not stop.exists():
        ended, events, log = _run_worker(job | {"items": queue}, prefix, stop)
        if ended == "stopped":
            break
        if ended == DISK_FULL:
            raise RenderError(f"the disk of {job['out']} is full; free some space, start again.")
        settled = {e["name"] for e in events if e["state"] in ("done", "failed")}
        failures += [
            {"name": e["name"], "reason": e["reason"], "log": e.get("log", "")}
            for e in events
            if e["state"] == "failed"
        ]
        begun = [e["name"] for e in events if e["state"] == "start"]
        if not begun:
            raise RenderError(f"a Blender worker could not start: {log[log.rfind(chr(10)) + 1 :]}")
        queue = [item for item in queue if item["name"] not in settled]
        culprit = next((item for item in queue if item["name"] == begun[-1]), None)
        if culprit is None:
            continue
        queue.remove(culprit)
        name = culprit["name"]
        if crashes.setdefault(name, 0) == 0:
            crashes[name] = 1
            queue.append(culprit)
            continue
        reason = _why(ended, job["time_limit"]) + ", twice"
        failures.append({"name": name, "reason": reason, "log": log})
        _append(prefix, {"state": "failed", "name": name})
    return failures


def _run_worker(job: dict, prefix: str, stop: Path) -> tuple[int | str, list[dict], str]:
    """Runs one worker to its end: exit code, "hung" or "stopped"; its events; its last output."""
    job_file, events_file = Path(f"{prefix}.json"), Path(f"{prefix}.events")
    job_file.write_text(json.dumps(job | {"events": str(events_file)}))
    events_file.touch()
    offset, seen = events_file.stat().st_size, 0
    limit = max(job["time_limit"], _START_LIMIT)
    with open(f"{prefix}.log", "w+b") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "synthlib.blender.worker", str(job_file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops its workers
        )
        ended: int | str | None = None
        try:
            last = time.monotonic()
            while (ended := worker.poll()) is None:
                if (size := events_file.stat().st_size) > offset + seen:
                    last, seen, limit = time.monotonic(), size - offset, job["time_limit"]
                if stop.exists():
                    ended = "stopped"
                elif time.monotonic() - last > limit:
                    ended = "hung"
                if ended is not None:
                    break
                time.sleep(0.02)
        finally:
            worker.kill()
            worker.wait()
        tail = _tail(log)
    with events_file.open("rb") as file:
        file.seek(offset)
        lines = file.read().decode().splitlines(keepends=True)
    return ended, [json.loads(line) for line in lines if line.endswith("\n")], tail


def _tail(log: BinaryIO) -> str:
    """The last lines a worker printed, without Cycles' progress, which is most of them."""
    log.seek(max(0, log.seek(0, 2) - 100_000))
    lines = log.read().decode(errors="replace").splitlines()
    return "\n".join([line for line in lines if line and not line.startswith("Fra:")][-20:])


def _why(ended: int | str, time_limit: float) -> str:
    if ended == "hung":
        return f"finished no frame in {time_limit:g} s"
    if isinstance(ended, int) and ended < 0:
        hint = " (often: out of memory)" if -ended == signal.SIGKILL else ""
        return f"crashed Blender with {signal.Signals(-ended).name}{hint}"
    return f"ended the worker with exit code {ended}"


def _append(prefix: str, event: dict) -> None:
    with open(f"{prefix}.events", "a") as file:
        file.write(json.dumps(event) + "\n")
