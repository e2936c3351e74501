"""One chunk of items on one machine: start workers, read their events, kill hung ones.

`run_chunk` is the task that a supervisor submits to an executor. It is a plain function of plain
data, so that threads, processes and a cluster can run it, and a cluster can run it again elsewhere
when it lost the first attempt. What an earlier attempt finished or gave up is not repeated.

Files of one attempt share a prefix:

- `.json`: the job, as `synthlib.blender.worker` reads it.
- `.events`: the worker's reports, one JSON object per line (state, name, reason, peak_memory_mb).
- `.log`: everything that the worker prints. Nothing in it is interpreted.
- `.part/`: unfinished instances.
- `.tmp/`: Blender's temporary folder.

The heartbeat file `alive` in the same folder belongs to the supervisor: when it stops, an attempt
kills its worker and returns the items that are left.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypedDict

from synthlib import __version__
from synthlib.assets.instances import generator_versions
from synthlib.classes import CLASSES
from synthlib.rendering.settings import (
    COMPANIONS_VERSION,
    RANDOM_TEXTURES_VERSION,
    RENDER_VERSION,
    STAND_IN_VERSION,
)
from synthlib.utils.errors import SynthlibError, disk_full_as, disk_full_message
from synthlib.utils.files import digest, resolve_in_project
from synthlib.utils.processes import HeartbeatMonitor

DISK_FULL_EXIT_CODE = 74
"""The exit code of a worker whose disk is full (it cannot write a report then)."""

BLENDER_PYTHON_VARIABLE = "SYNTHLIB_BLENDER_PYTHON"
"""Environment variable that names the interpreter of the workers on a machine."""

_START_WORKER = """
import importlib.util, runpy, sys
if sys.version_info < (3, 11):
    sys.exit("Python %d.%d is too old, it must be 3.11 or newer" % sys.version_info[:2])
folder = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location(
    "synthlib", folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules["synthlib"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
runpy.run_module("synthlib.blender.worker", run_name="__main__", alter_sys=True)
"""
"""Program of a worker; its arguments are this package's folder and those of `blender.worker`.

The package is loaded from its folder, and that folder's parent stays off the worker's path: it may
be the site-packages of another version of Python."""

MIN_FREE_BYTES = 64 * 1024
"""Free space in bytes below which a crash is taken for that of a full disk. No item is then
recorded as a failure, because the next start may well render it."""

_START_TIMEOUT = 60.0
"""Least seconds for a worker to import Blender: a loaded machine or a network disk is slow."""


class RenderError(SynthlibError):
    """Rendering cannot continue, whatever the item. The message is a sentence for the user."""


class Failure(TypedDict):
    """An item that could not be made: its name, a sentence on why, the end of a log or ""."""

    name: str
    reason: str
    log: str


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Items that one task makes, and everything that the task needs to know.

    Attributes:
        module: Dotted path of the module whose `run_item` makes an item.
        items: Items as JSON values, each with a unique `name`.
        settings: JSON values for `run_item`.
        out: Absolute path of the output folder, the same on all machines.
        frame_limit: Seconds that a frame may take.
        time_limit: Seconds that an item may take.
        code: The supervisor's `rendering_code_digest`.
        python: The workers' interpreter, as for `worker_interpreter`.
        times_lost: Times that a cluster lost the task before it began.
    """

    module: str
    items: list[dict[str, Any]]
    settings: dict[str, Any]
    out: str
    frame_limit: float
    time_limit: float
    code: str
    python: str = ""
    times_lost: int = 0


@dataclass(frozen=True)
class ChunkResult:
    """Failures of a chunk's items, and the items left when the supervisor's heartbeat stopped."""

    failures: list[Failure]
    left: list[dict[str, Any]]


_Ending = int | Literal["hung", "slow", "stopped"]
"""A worker's exit code, or the reason for which it was killed."""


def worker_interpreter(python: str = "") -> str:
    """The interpreter that workers run in on this machine; it need not be this one.

    Args:
        python: Its path, or its name on `PATH`; empty: that in the environment variable
            `SYNTHLIB_BLENDER_PYTHON`, or else the interpreter of this process.

    Raises:
        RenderError: There is no such program.
    """
    named = python or os.environ.get(BLENDER_PYTHON_VARIABLE, "")
    if not named:
        return sys.executable
    # an absolute path is not resolved: that of a virtual environment is a link to its base
    found = shutil.which(str(resolve_in_project(named)) if "/" in named else named)
    if found is None:
        setting = "blender_python" if python else BLENDER_PYTHON_VARIABLE
        raise RenderError(
            f"{setting} names {named}, which is no program on {socket.gethostname()}: {_ADVICE}"
        )
    return found


_ADVICE = (
    f"name a Python that has bpy in {BLENDER_PYTHON_VARIABLE} or blender_python; `synthlib doctor` "
    "finds them, or says how to make one."
)


def was_started(prefix: str) -> bool:
    """Tell if any attempt at a chunk has started a worker."""
    return any(Path(prefix).parent.glob(f"{Path(prefix).name}.*"))


def run_chunk(chunk: Chunk, prefix: str) -> ChunkResult:
    """Make a chunk's items with one worker after another.

    Args:
        chunk: The items.
        prefix: Path prefix of the files of all attempts at this chunk.

    Raises:
        RenderError: If a worker cannot start, the disk is full, or this machine has another version
            of the code or of Blender than the supervisor.
    """
    if chunk.code != rendering_code_digest():
        raise RenderError(
            f"synthlib, a generator's VERSION or SYNTHLIB_CLASSES on {socket.gethostname()} is not "
            "what rendering was started with: have the same on all machines, and start again "
            "after a change."
        )
    settled = _settled_events(_earlier_events(prefix))
    queue = [item for item in chunk.items if item["name"] not in settled]
    attempt = f"{prefix}.{socket.gethostname()}.{os.getpid()}.{threading.get_ident()}"
    try:
        with disk_full_as(RenderError, chunk.out):
            result = _run_queue(chunk, queue, attempt)
    finally:
        for suffix in ("part", "tmp"):
            shutil.rmtree(f"{attempt}.{suffix}", ignore_errors=True)
    return ChunkResult(_failures(settled) + result.failures, result.left)


def _run_queue(chunk: Chunk, queue: list[dict[str, Any]], attempt: str) -> ChunkResult:
    """Start workers until every item is settled or the supervisor's heartbeat stops."""
    monitor = HeartbeatMonitor(Path(attempt).with_name("alive"))
    crashed: set[str] = set()
    failures: list[Failure] = []
    failed_starts = 0
    while queue and monitor():
        ending, events, log = _run_worker(replace(chunk, items=queue), attempt, monitor)
        if refusals := [event["reason"] for event in events if event["state"] == "refused"]:
            raise RenderError(refusals[0])
        if ending == DISK_FULL_EXIT_CODE or (_is_crash(ending) and _is_disk_full(chunk.out)):
            raise RenderError(disk_full_message(chunk.out))
        settled = _settled_events(events)
        failures += _failures(settled)
        queue = [item for item in queue if item["name"] not in settled]
        if ending == "stopped":
            break
        begun = [event["name"] for event in events if event["state"] == "start"]
        if not begun:
            failed_starts += 1
            if failed_starts == 2:
                raise _start_error(worker_interpreter(chunk.python), log)
            continue
        culprit = next((item for item in queue if item["name"] == begun[-1]), None)
        if culprit is None:  # the worker ended between two items
            continue
        queue.remove(culprit)
        name = culprit["name"]
        if name not in crashed:
            crashed.add(name)
            queue.append(culprit)
            continue
        failure = Failure(name=name, reason=f"{_failure_reason(ending, chunk)}, twice", log=log)
        with open(f"{attempt}.events", "a") as file:
            file.write(json.dumps({"state": "failed", **failure}) + "\n")
        failures.append(failure)
    return ChunkResult(failures, queue)


def _is_crash(ending: _Ending) -> bool:
    """True if a worker ended by a signal or a non-zero exit code."""
    return isinstance(ending, int) and ending != 0


def _is_disk_full(folder: str) -> bool:
    """True if a disk has no room for a worker: Blender aborts where it cannot write."""
    return shutil.disk_usage(folder).free < MIN_FREE_BYTES


def _start_error(python: str, log: str) -> RenderError:
    """The error of a worker that ended before its first item, from what it printed."""
    reason = log.rpartition("\n")[2] or "it printed nothing; start again to resume"
    if missing := re.fullmatch(
        r"ModuleNotFoundError: No module named '((?!synthlib)\w+).*'", reason
    ):
        return RenderError(f"{python} cannot render, because it has no {missing[1]}: {_ADVICE}")
    return RenderError(f"a Blender worker could not start in {python}: {reason}")


def _run_worker(
    chunk: Chunk, attempt: str, monitor: HeartbeatMonitor
) -> tuple[_Ending, list[dict], str]:
    """Run one worker to its end: how it ended, its events, the end of its log."""
    job_file = Path(f"{attempt}.json")
    events_file = Path(f"{attempt}.events")
    temporary = Path(f"{attempt}.tmp")  # neither a killed worker nor `os._exit` would empty /tmp
    temporary.mkdir(exist_ok=True)
    settings = chunk.settings | {"scratch": f"{attempt}.part"}
    job = asdict(chunk) | {"settings": settings, "events": str(events_file)}
    job_file.write_text(json.dumps(job))
    package = str(Path(__file__).resolve().parents[1])
    command = [worker_interpreter(chunk.python), "-c", _START_WORKER, package]
    with open(f"{attempt}.log", "w+b") as log, events_file.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        try:
            worker = subprocess.Popen(
                [*command, str(job_file), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_worker_environment(temporary),
                start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops workers
            )
        except OSError as error:
            raise RenderError(
                f"{command[0]} cannot be started ({error.strerror}): {_ADVICE}"
            ) from error
        events: list[dict] = []
        try:
            ending = _wait_for_worker(worker, file, events, chunk, monitor)
        finally:
            worker.kill()
            worker.wait()
        events += read_events(file)
        return ending, events, _end_of_log(log)


def _worker_environment(temporary: Path) -> dict[str, str]:
    """The environment of a worker, without this user's settings of Blender and of its colours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OCIO", "BLENDER_"))}
    return kept | {"TMPDIR": str(temporary), "BLENDER_USER_RESOURCES": str(temporary)}


def _wait_for_worker(
    worker: subprocess.Popen,
    file: BinaryIO,
    events: list[dict],
    chunk: Chunk,
    monitor: HeartbeatMonitor,
) -> _Ending:
    """Wait for the worker's end or a reason to kill it; append its events."""
    last_event = last_check = time.monotonic()
    item_start = None
    limit = max(chunk.frame_limit, _START_TIMEOUT)
    while (exit_code := worker.poll()) is None:
        now = time.monotonic()
        if new := read_events(file):
            events += new
            last_event = now
            limit = chunk.frame_limit
            if any(event["state"] == "start" for event in new):
                item_start = now
        if now - last_check > 0.2:
            last_check = now
            if not monitor():
                return "stopped"
        if now - last_event > limit:
            return "hung"
        if item_start is not None and now - item_start > chunk.time_limit:
            return "slow"
        time.sleep(0.02)
    return exit_code


def read_events(file: BinaryIO) -> list[dict]:
    """Read the events on the complete lines from a file's position, and move it to their end."""
    start = file.tell()
    text = file.read()
    lines = text[: text.rfind(b"\n") + 1]
    file.seek(start + len(lines))
    return [json.loads(line) for line in lines.splitlines()]


def _earlier_events(prefix: str) -> list[dict]:
    """All events of earlier attempts at a chunk."""
    events = []
    for path in sorted(Path(prefix).parent.glob(f"{Path(prefix).name}.*.events")):
        with path.open("rb") as file:
            events += read_events(file)
    return events


def _settled_events(events: Iterable[dict]) -> dict[str, dict]:
    """The events that end an item, done or failed, by the item's name."""
    return {event["name"]: event for event in events if event["state"] in ("done", "failed")}


def _failures(settled: dict[str, dict]) -> list[Failure]:
    return [
        Failure(name=event["name"], reason=event["reason"], log=event.get("log", ""))
        for event in settled.values()
        if event["state"] == "failed"
    ]


def _failure_reason(ending: _Ending, chunk: Chunk) -> str:
    if ending == "hung":
        return f"finished no frame in {chunk.frame_limit:g} s"
    if ending == "slow":
        return f"was not finished after {chunk.time_limit:g} s"
    if isinstance(ending, int) and ending < 0:
        hint = " (often: out of memory)" if -ending == signal.SIGKILL else ""
        return f"crashed Blender with {signal.Signals(-ending).name}{hint}"
    return f"ended the worker with exit code {ending}"


def _end_of_log(log: BinaryIO) -> str:
    """The last 20 lines that a worker printed, without Cycles' progress, which is most of them."""
    log.seek(max(0, log.seek(0, os.SEEK_END) - 100_000))
    lines = log.read().decode(errors="replace").splitlines()
    return "\n".join([line for line in lines if line and not line.startswith("Fra:")][-20:])


def rendering_code_digest() -> str:
    """Digest of the code that makes items on this machine, from its explicit versions.

    They are the package's version, those of renders, random textures, companions, stand-ins and
    every generator, and each class's companions and the directions from which it is photographed,
    classes of the user included. Blender's version is not among them: each worker compares its
    own with the `bpy_version` of the settings.
    """
    return digest(
        {
            "synthlib": __version__,
            "render": RENDER_VERSION,
            "random textures": RANDOM_TEXTURES_VERSION,
            "stand-ins": STAND_IN_VERSION,
            "companions": COMPANIONS_VERSION,
            "generators": generator_versions(),
            "classes": [
                (c.name, c.azimuth, c.elevation, c.distance, c.size, c.companions)
                for c in CLASSES.values()
            ],
        }
    )
