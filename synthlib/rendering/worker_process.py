"""One chunk of items under one supervisor: starts workers, follows their events, kills hung ones.

`run_chunk` is the task that `supervision` puts on an executor: a plain function of plain data, so
that threads, processes and a cluster can all run it, and a cluster may run it again elsewhere when
it lost the first one. Each attempt's files share a prefix of its own: `.json` the job, `.events`
what the worker reports (JSON lines: state, name, reason, peak_memory_mb), `.log` all it prints,
`.part/` what is not finished, `.tmp/` Blender's temporary folder. What earlier attempts settled
stays settled.

The folder's file `alive` is the supervisor's sign of life (`alive.Sign`): without it an attempt
kills its worker and hands back what is left.
"""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from synthlib import __version__
from synthlib.assets.instances import generator_versions
from synthlib.classes import CLASSES
from synthlib.rendering.settings import RANDOM_TEXTURES_VERSION, RENDER_VERSION, STAND_IN_VERSION
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import digest
from synthlib.utils.processes import HeartbeatMonitor

DISK_FULL_EXIT_CODE = 74
"""The exit code of a worker whose disk is full (it cannot write that down)."""

DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)

_START_TIMEOUT = 60.0
"""Least seconds for a worker to import Blender: a loaded machine or a network disk is slow."""


class RenderError(SynthlibError):
    """Rendering cannot go on, whatever the item. The message is a sentence for the user."""


def was_started(prefix: str) -> bool:
    """Whether any attempt at a chunk came as far as starting a worker."""
    return any(Path(prefix).parent.glob(f"{Path(prefix).name}.*"))


def run_chunk(job: dict, prefix: str) -> dict:
    """Makes the job's items, one worker after another.

    `job` has `module`, `items`, `settings`, `out`, `frame_limit` and `time_limit` (seconds a frame
    and an item may take) and `code` (`code_version()`). Returns `failures` (name, reason, log) and
    `left`, the items that it was stopped before. Raises `RenderError` if a worker cannot start, its
    disk is full, or this machine has another version of the code or of Blender.
    """
    if job["code"] != rendering_code_digest():
        raise RenderError(
            f"synthlib, a generator's VERSION or SYNTHLIB_CLASSES on {socket.gethostname()} is not "
            "what rendering was started with: have the same on all machines, and start again "
            "after a change."
        )
    settled = {event["name"]: event for event in _settled_events(prefix)}
    failures = [_failure(e) for e in settled.values() if e["state"] == "failed"]
    queue = [item for item in job["items"] if item["name"] not in settled]
    attempt = f"{prefix}.{socket.gethostname()}.{os.getpid()}.{threading.get_ident()}"
    try:
        new, left = _run_queue(job, queue, attempt)
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise RenderError(disk_full_message(job["out"])) from error
        raise
    finally:
        for ending in ("part", "tmp"):
            shutil.rmtree(f"{attempt}.{ending}", ignore_errors=True)
    return {"failures": failures + new, "left": left}


def _run_queue(job: dict, queue: list[dict], attempt: str) -> tuple[list[dict], list[dict]]:
    alive = HeartbeatMonitor(Path(attempt).with_name("alive"))
    crashes, failures, starts = set(), [], 0
    while queue and alive():
        ended, events, log = _run_worker(job | {"items": queue}, attempt, alive)
        if refused := [event["reason"] for event in events if event["state"] == "refused"]:
            raise RenderError(refused[0])
        if ended == DISK_FULL_EXIT_CODE:
            raise RenderError(disk_full_message(job["out"]))
        settled = {e["name"]: e for e in events if e["state"] in ("done", "failed")}
        failures += [_failure(e) for e in settled.values() if e["state"] == "failed"]
        queue = [item for item in queue if item["name"] not in settled]
        if ended == "stopped":
            break
        begun = [e["name"] for e in events if e["state"] == "start"]
        if not begun:
            if (starts := starts + 1) < 2:
                continue
            reason = log[log.rfind(chr(10)) + 1 :] or "it left no word; start again to go on"
            raise RenderError(f"a Blender worker could not start: {reason}")
        culprit = next((item for item in queue if item["name"] == begun[-1]), None)
        if culprit is None:
            continue
        queue.remove(culprit)
        name = culprit["name"]
        if name not in crashes:
            crashes.add(name)
            queue.append(culprit)
            continue
        event = {"state": "failed", "name": name, "reason": _failure_reason(ended, job) + ", twice"}
        _append(attempt, event | {"log": log})
        failures.append(_failure(event | {"log": log}))
    return failures, queue


def _run_worker(
    job: dict, attempt: str, monitor: HeartbeatMonitor
) -> tuple[int | str, list[dict], str]:
    """Runs one worker to its end: exit code, or why it was killed; its events; its last output."""
    job_file, events_file = Path(f"{attempt}.json"), Path(f"{attempt}.events")
    settings = job["settings"] | {"scratch": f"{attempt}.part"}
    temporary = Path(f"{attempt}.tmp")  # neither a killed worker nor `os._exit` would empty /tmp
    temporary.mkdir(exist_ok=True)
    job_file.write_text(json.dumps(job | {"settings": settings, "events": str(events_file)}))
    with open(f"{attempt}.log", "w+b") as log, events_file.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        worker = subprocess.Popen(
            [sys.executable, "-m", "synthlib.blender.worker", str(job_file), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(temporary)},
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops its workers
        )
        events: list[dict] = []
        try:
            ended = _wait_for_worker(worker, file, events, job, monitor)
        finally:
            worker.kill()
            worker.wait()
        _read_new_events(file, events)
        return ended, events, _tail(log)


def _wait_for_worker(
    worker: subprocess.Popen,
    file: BinaryIO,
    events: list[dict],
    job: dict,
    monitor: HeartbeatMonitor,
) -> int | str:
    """Waits for the worker's end or a reason to kill it: "hung", "slow" or "stopped"."""
    last = looked = time.monotonic()
    begun, limit = None, max(job["frame_limit"], _START_TIMEOUT)
    while (ended := worker.poll()) is None:
        now = time.monotonic()
        if new := _read_new_events(file, events):
            last, limit = now, job["frame_limit"]
            if any(event["state"] == "start" for event in new):
                begun = now
        if now - looked > 0.2:
            looked = now
            if not monitor():
                return "stopped"
        if now - last > limit:
            return "hung"
        if begun is not None and now - begun > job["time_limit"]:
            return "slow"
        time.sleep(0.02)
    return ended


def _read_new_events(file: BinaryIO, events: list[dict]) -> list[dict]:
    """Appends the whole lines that are new in the file to `events`; returns them."""
    start = file.tell()
    text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    file.seek(start + len(whole))
    new = [json.loads(line) for line in whole.splitlines()]
    events += new
    return new


def _settled_events(prefix: str) -> list[dict]:
    """What earlier attempts at this chunk finished or gave up."""
    found = []
    for path in sorted(Path(prefix).parent.glob(f"{Path(prefix).name}.*.events")):
        with path.open("rb") as file:
            _read_new_events(file, found)
    return [event for event in found if event["state"] in ("done", "failed")]


def rendering_code_digest() -> str:
    """Names the code that makes items, as this machine has it, by its explicit versions.

    They are the package's, those of renders, random textures, stand-ins and every generator, and
    where each class is photographed from, classes of the user's own included. Blender's version is
    not among them: each worker compares its own with the `bpy_version` that is asked for.
    """
    return digest(
        {
            "synthlib": __version__,
            "render": RENDER_VERSION,
            "random textures": RANDOM_TEXTURES_VERSION,
            "stand-ins": STAND_IN_VERSION,
            "generators": generator_versions(),
            "classes": [(c.name, c.azimuth, c.elevation) for c in CLASSES.values()],
        }
    )


def disk_full_message(out: object) -> str:
    """The sentence on it."""
    return f"the disk of {out} is full; free some space, start again."


def _failure(event: dict) -> dict:
    return {"name": event["name"], "reason": event["reason"], "log": event.get("log", "")}


def _tail(log: BinaryIO) -> str:
    """The last lines a worker printed, without Cycles' progress, which is most of them."""
    log.seek(max(0, log.seek(0, 2) - 100_000))
    lines = log.read().decode(errors="replace").splitlines()
    return "\n".join([line for line in lines if line and not line.startswith("Fra:")][-20:])


def _failure_reason(ended: int | str, job: dict) -> str:
    if ended == "hung":
        return f"finished no frame in {job['frame_limit']:g} s"
    if ended == "slow":
        return f"was not finished after {job['time_limit']:g} s"
    if isinstance(ended, int) and ended < 0:
        hint = " (often: out of memory)" if -ended == signal.SIGKILL else ""
        return f"crashed Blender with {signal.Signals(-ended).name}{hint}"
    return f"ended the worker with exit code {ended}"


def _append(attempt: str, event: dict) -> None:
    with open(f"{attempt}.events", "a") as file:
        file.write(json.dumps(event) + "\n")
