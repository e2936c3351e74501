"""Supervision of Blender's workers: items in, finished items or named failures out.

This module does not import `bpy`. An *item* (`items`) has a unique name, and the function
`run_item` of a module makes it in a worker process (`synthlib.blender.worker`). Items are divided
into chunks. Each chunk is one task on a `concurrent.futures.Executor` (threads on this machine,
Dask on a cluster). A task runs one worker at a time, reads the worker's events and kills it when it
hangs (`worker_process`).

An item that raises is recorded as a failure. An item that crashes its worker, hangs or takes too
long is tried once more in a new worker and then recorded; the other items of its chunk are still
made. A task that a cluster lost together with its machine is submitted again.

Files in the output folder:

- `failed.jsonl`: one failure per line, with its name, reason and log.
- `.lock`: locked while a supervisor renders into the folder.
- `.work/<start>/`: unfinished work of the running supervisor, and its heartbeat file `alive`. Tasks
  end when the heartbeat stops, also those on other machines.
"""

import contextlib
import itertools
import json
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from synthlib.rendering.items import Item
from synthlib.rendering.progress import RenderProgress
from synthlib.rendering.worker_process import (
    Chunk,
    Failure,
    RenderError,
    rendering_code_digest,
    run_chunk,
    was_started,
)
from synthlib.utils.errors import SynthlibError, disk_full_as, file_errors
from synthlib.utils.executors import available_cores
from synthlib.utils.files import write_atomic
from synthlib.utils.locks import lock_folder, unlock_folder
from synthlib.utils.processes import Heartbeat
from synthlib.utils.progress import progress_bar

logger = logging.getLogger(__name__)

STOP_TIMEOUT = 20.0
"""Seconds to wait for tasks to end when rendering is stopped; a cluster may not answer."""

MAX_THREADS = 8
"""Threads of a worker at most; with as many, all frames of a trial had the bytes of one thread."""

MAX_RESUBMISSIONS = 5
"""Times that a task is submitted again which a cluster lost before it began."""


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """Workers, limits and display of rendering.

    No option except `device` changes a byte of the result; what does is in `RenderSettings`.

    Attributes:
        executor: Runs the tasks. Default: threads on this machine. A Dask client's
            `get_executor()` distributes the tasks over a cluster.
        workers: Blender processes at once, at least 1; with an executor, the tasks that it runs at
            once. Default: one per core, with one thread each, which is faster than fewer with more:
            on 2 cores at 64 px, two processes with one thread render 64 frames/s and one process
            with two threads 50; at 128 px 17.5 and 16. If there are fewer items than cores, their
            processes share the cores.
        recycle_after: Items after which a worker process is replaced, at least 1; Blender's memory
            grows with every scene.
        frame_limit: Seconds that a frame may take, including the import or build before an item's
            first frame; then the worker counts as hung and is killed.
        time_limit: Seconds that an item may take with all its frames; then its worker is killed.
        device: "cpu", "gpu", or "auto" for a GPU where there is one.
        python: The workers' interpreter, which needs bpy; default: that in the environment variable
            `SYNTHLIB_BLENDER_PYTHON` of the machine that renders, or else that of this process.
        progress: If true, show a progress bar and log the number of items.
        on_done: Called in this process with the name of each finished item.
        retry_failed: If true, try items again that failed in an earlier call.

    Raises:
        RenderError: If an option is not allowed.
    """

    executor: Executor | None = None
    workers: int | None = None
    recycle_after: int = 64
    frame_limit: float = 120.0
    time_limit: float = 1800.0
    device: Literal["auto", "cpu", "gpu"] = "auto"
    python: str = ""
    progress: bool = True
    on_done: Callable[[str], None] | None = None
    retry_failed: bool = False

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu", "gpu"):
            raise RenderError(f"device is {self.device!r}; allowed are 'auto', 'cpu' and 'gpu'.")
        for name in ("recycle_after", "workers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RenderError(f"{name} is {value}; it must be at least 1.")


DEFAULT_OPTIONS = RenderOptions()


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """Items to make, by which code, and the folder that they go to.

    Attributes:
        module: Dotted path of the module whose `run_item(item, settings, out)` makes an item.
        items: The items, with unique names.
        settings: JSON values for `run_item`. It also gets `device`, `threads` and `scratch`, a
            folder for unfinished files. With a key `bpy_version`, workers of another version of
            Blender's module refuse to start.
        out: The output folder.
        is_done: Returns True for the name of an item whose files exist already.
        frames_per_item: Frames that `run_item` reports for an item.
        unit: A frame's name in the progress bar.
        timings_file: Gets one JSON line per finished item: its name and its worker's seconds.

    Raises:
        RenderError: If two items have the same name.
    """

    module: str
    items: Sequence[Item]
    settings: dict[str, Any]
    out: Path
    is_done: Callable[[str], bool]
    frames_per_item: int = 1
    unit: str = "frame"
    timings_file: Path | None = None

    def __post_init__(self) -> None:
        names: set[str] = set()
        for item in self.items:
            if item.name in names:
                raise RenderError(f"two items are named {item.name}; each needs its own name.")
            names.add(item.name)


@dataclass(frozen=True)
class RenderReport:
    """Outcome of a job.

    Attributes:
        done: Names of the items made by this call.
        skipped: Number of items that existed before.
        failed: Failures of the job's items, of this call and of earlier ones.
        seconds: Duration of the call.
        peak_memory_mb: Largest memory of a worker process, in MB (1e6 bytes); 0 if none ran.
    """

    done: list[str] = field(default_factory=list)
    skipped: int = 0
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


def supervise(job: RenderJob, options: RenderOptions = DEFAULT_OPTIONS) -> RenderReport:
    """Make every item of a job that is not done yet and has not failed before.

    When it is stopped by an exception (Ctrl-C), it kills its workers; finished items stay.

    Raises:
        FileError: If the output folder cannot be written to.
        RenderError: If the disk is full, another process renders into the folder, no worker can
            start, workers have another version of bpy, or the executor gives up.
    """
    started = time.monotonic()
    failures = read_failures(job.out)
    missing = [item for item in job.items if not job.is_done(item.name)]
    skipped = len(job.items) - len(missing)
    pending = [i for i in missing if options.retry_failed or i.name not in failures]
    if options.progress:
        _log_summary(job, skipped, failed=len(missing) - len(pending))
    peak_memory_mb = 0.0
    if pending:
        peak_memory_mb = _make_items(job, options, pending, failures)
        if options.progress and peak_memory_mb:
            logger.info(f"Peak memory of a worker: {peak_memory_mb:.0f} MB.")
    names = {item.name for item in job.items}
    return RenderReport(
        done=[item.name for item in pending if item.name not in failures],
        skipped=skipped,
        failed=[failures[name] for name in sorted(failures) if name in names],
        seconds=time.monotonic() - started,
        peak_memory_mb=peak_memory_mb,
    )


def _log_summary(job: RenderJob, skipped: int, failed: int) -> None:
    left = len(job.items) - skipped - failed
    frames = f"{left * job.frames_per_item} {job.unit}s"
    line = f"{left} of {len(job.items)} left ({frames}); {skipped} done before"
    again = f"; {failed} failed before and skipped (--retry-failed tries them again)"
    logger.info(line + (again if failed else "") + ".")


def _make_items(
    job: RenderJob, options: RenderOptions, pending: list[Item], failures: dict[str, Failure]
) -> float:
    """Make the pending items and update `failures`, also on disk; return the peak memory in MB."""
    workers = min(options.workers or available_cores(), len(pending))
    is_default = options.workers is None and options.executor is None
    threads = min(available_cores() // workers, MAX_THREADS) if is_default else 1
    undivided = Chunk(
        module=job.module,
        items=[asdict(item) for item in pending],
        settings=job.settings | {"device": options.device, "threads": threads},
        out=str(job.out.resolve()),
        frame_limit=options.frame_limit,
        time_limit=options.time_limit,
        code=rendering_code_digest(),
        python=options.python,
    )
    chunks = list(_split_into_chunks(undivided, workers, options.recycle_after))
    bar = progress_bar(
        total=len(pending) * job.frames_per_item, unit=f"{job.unit}s", show=options.progress
    )
    progress = RenderProgress(bar, job.frames_per_item, options.on_done, job.timings_file)
    with disk_full_as(RenderError, job.out), WorkFolder(job.out) as work, bar:
        for item in pending:
            failures.pop(item.name, None)
        run = _run_chunks(chunks, work, options.executor, workers, progress, job.is_done)
        with contextlib.closing(run):
            for failure in run:
                failures[failure["name"]] = failure
                write_failures(job.out, failures)
        progress.finish()
        write_failures(job.out, failures)
    return progress.peak_memory_mb


def _split_into_chunks(undivided: Chunk, workers: int, max_items: int) -> Iterator[Chunk]:
    """Yield chunks of at most `max_items`, smaller towards the end, so that workers end together.

    A chunk has half of a worker's share of the remaining items, but at least 4, or the full share
    if that is smaller.
    """
    items = undivided.items
    while items:
        share = max(min(4, -(-len(items) // workers)), len(items) // (2 * workers))
        size = max(1, min(max_items, share))
        yield replace(undivided, items=items[:size])
        items = items[size:]


def _run_chunks(
    chunks: list[Chunk],
    work: "WorkFolder",
    executor: Executor | None,
    workers: int,
    progress: RenderProgress,
    is_done: Callable[[str], bool],
) -> Generator[Failure]:
    """Run the chunks on the executor and yield failures; stop every worker if interrupted."""
    pool = executor or ThreadPoolExecutor(workers, thread_name_prefix="render")
    running: dict[Future, tuple[Chunk, str]] = {}
    numbers = itertools.count()

    def submit(chunk: Chunk) -> None:
        prefix = str(work.path / f"{next(numbers):06d}")
        running[pool.submit(run_chunk, chunk, prefix)] = chunk, prefix

    try:
        for chunk in chunks:
            submit(chunk)
        while running:
            finished, _ = wait(running, timeout=0.3, return_when=FIRST_COMPLETED)
            work.heartbeat.beat()
            progress.read_new_events(work.path)
            for future in finished:
                chunk, prefix = running.pop(future)
                failures, resubmissions = _collect_result(future, chunk, prefix, is_done)
                progress.finish_chunk(prefix)
                yield from failures
                for resubmission in resubmissions:
                    submit(resubmission)
    finally:
        # Not cancelled at first: a cluster would only forget a running task, not end it.
        work.heartbeat.stop()
        for future in wait(running, timeout=STOP_TIMEOUT).not_done:
            future.cancel()
        if executor is None:
            pool.shutdown()


def _collect_result(
    future: Future, chunk: Chunk, prefix: str, is_done: Callable[[str], bool]
) -> tuple[list[Failure], list[Chunk]]:
    """A finished task's failures, and the chunks that must be submitted again.

    Raises:
        RenderError: If rendering cannot continue at all.
    """
    try:
        result = future.result()
    except SynthlibError:
        raise
    except (BrokenExecutor, CancelledError) as error:
        raise RenderError(
            f"the executor gave up ({type(error).__name__}: {error}); start again to resume."
        ) from error
    except OSError as error:
        raise RenderError(
            f"a rendering task failed: {error}; every machine that renders must reach and write "
            f"{chunk.out} under that name."
        ) from error
    except Exception as error:  # from a cluster whose machines died one after another on this task
        remaining = [item for item in chunk.items if not is_done(item["name"])]
        # A task that had not begun only waited behind the one that killed the machines.
        if not was_started(prefix) and chunk.times_lost < MAX_RESUBMISSIONS:
            return [], [replace(chunk, items=remaining, times_lost=chunk.times_lost + 1)]
        # one by one, so that only the item that is to blame fails
        if len(remaining) > 1:
            return [], [replace(chunk, items=[item]) for item in remaining]
        reason = f"its task was lost: {type(error).__name__}: {error}"
        return [Failure(name=item["name"], reason=reason, log="") for item in remaining], []
    # Items are left if the task believed this supervisor dead, for example after a suspension.
    resubmissions = [replace(chunk, items=result.left)] if result.left else []
    return result.failures, resubmissions


def read_failures(out: Path) -> dict[str, Failure]:
    """Recorded failures by name, without those of items that were tried again since."""
    path = out / "failed.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def write_failures(out: Path, failures: dict[str, Failure]) -> None:
    """Write the failures atomically; remove the file if there are none."""
    path = out / "failed.jsonl"
    if failures:
        write_atomic(path, "".join(json.dumps(failures[n]) + "\n" for n in sorted(failures)))
    else:
        path.unlink(missing_ok=True)


class WorkFolder:
    """Context manager that locks an output folder and keeps an empty folder for unfinished work.

    It makes `out` if needed. The lock ends with this process, even if that is killed; the next
    supervisor removes the leftovers and thereby ends tasks that still run for the killed one.

    Attributes:
        path: `<out>/.work/<start>`, where start is a name of this process and time.
        heartbeat: The heartbeat of this process, in `path`.

    Raises:
        FileError: On entry, if `out` cannot be written to.
        RenderError: On entry, if another process holds the lock.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        start = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.path = out / ".work" / start
        self.heartbeat = Heartbeat(self.path / "alive")

    def __enter__(self) -> Self:
        with file_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
            try:
                self._lock = lock_folder(self.out)
            except BlockingIOError:
                raise RenderError(
                    f"another process is rendering into {self.out}; wait for it or stop it."
                ) from None
            try:
                self._remove_work()
                for temporary in self.out.glob(".*.tmp"):  # from a killed supervisor
                    temporary.unlink(missing_ok=True)
                self.heartbeat.__enter__()
            except OSError:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.heartbeat.stop()
        self._remove_work()
        unlock_folder(self._lock)

    def _remove_work(self) -> None:
        """Remove everything in `.work`.

        The folder is renamed first: a worker of a killed supervisor may still write into it, and
        must lose its unfinished instance at once, not file by file.
        """
        removed = self.out / f".work-{self.path.name}"
        with contextlib.suppress(FileNotFoundError):
            (self.out / ".work").rename(removed)
        for leftover in self.out.glob(".work-*"):
            shutil.rmtree(leftover, ignore_errors=True)
