"""The folder of one supervisor's unfinished work, `<out>/.work/<start>/`, and the lock on `out`.

Its file `alive` is the supervisor's sign of life, by which tasks end, which may run on other
machines (`alive`). Whoever takes the lock on `out`
next removes what was left, and so ends what still runs of a supervisor that was killed.
Beside it lies `failed.jsonl`, a failure a line.

Supervises Blender workers: items in, finished items or named failures out. Never imports bpy.

An **item** is a plain dict with a unique `name`; `kind` says which module's `run_item` makes it
(`KINDS`, or any dotted module path). Items are cut into chunks; each chunk is one task on a
`concurrent.futures.Executor` (threads here, Dask on a cluster), and each task starts one
`python -m synthlib.blender.worker` at a time, follows its events file and kills it when it hangs
(`chunks`). An item that raises is recorded; one that crashes, hangs or takes too long is tried once
more in a fresh worker, then recorded; the others of its chunk go on. A task that a cluster lost
with its machine is given out again. Nothing that a worker prints is a protocol.

Files in `out`: `failed.jsonl` (a failure a line: name, reason, log), `.lock`, `.work/` meanwhile.
"""

import contextlib
import itertools
import json
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tqdm import tqdm

from synthlib.rendering.progress import RenderProgress
from synthlib.rendering.worker_process import (
    DISK_FULL_ERRNOS,
    RenderError,
    disk_full_message,
    rendering_code_digest,
    run_chunk,
    was_started,
)
from synthlib.utils.errors import SynthlibError
from synthlib.utils.executors import available_cores
from synthlib.utils.files import write_atomic
from synthlib.utils.locks import lock_folder, unlock_folder
from synthlib.utils.processes import Heartbeat


class WorkFolder:
    """A context: locks `out`, which it makes, and has an empty folder `path` in it for its time.

    The lock goes with this process, even by SIGKILL. Raises RenderError if `out` cannot be written
    or another process holds it.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        start = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.path = out / ".work" / start
        self.heartbeat = Heartbeat(self.path / "alive")

    def __enter__(self) -> Self:
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(self.out)
        except BlockingIOError:
            words = f"another process is rendering into {self.out}; wait for it or stop it."
            raise RenderError(words) from None
        except OSError as error:
            raise _cannot_write(self.out, error) from error
        try:
            self._remove_work()
            for left in self.out.glob(".*.tmp"):  # of a killed supervisor
                left.unlink(missing_ok=True)
            self.heartbeat.__enter__()
        except OSError as error:
            self.__exit__()
            raise _cannot_write(self.out, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.heartbeat.stop()
        self._remove_work()
        unlock_folder(self._lock)

    def _remove_work(self) -> None:
        """Removes all that is in `.work`. Renamed first: a worker of a killed supervisor may still
        write there, and must lose all of its unfinished instance at once, not file by file."""
        gone = self.out / f".work-{self.path.name}"
        with contextlib.suppress(FileNotFoundError):
            (self.out / ".work").rename(gone)
        for left in self.out.glob(".work-*"):
            shutil.rmtree(left, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> RenderError:
    if error.errno in DISK_FULL_ERRNOS:
        return RenderError(disk_full_message(out))
    return RenderError(f"cannot write into {out}: {error.strerror}; choose another.")


def read_failures(out: Path) -> dict[str, dict]:
    """What failed in `out` and was not tried again since, by name: name, reason, log."""
    path = out / "failed.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def write_failures(out: Path, failures: dict[str, dict]) -> None:
    """Writes them atomically; without any there is no file."""
    path = out / "failed.jsonl"
    if failures:
        write_atomic(path, "".join(json.dumps(failures[n]) + "\n" for n in sorted(failures)))
    else:
        path.unlink(missing_ok=True)


ITEM_MODULES = {
    "instances": "synthlib.blender.render_instance",
    "stand_ins": "synthlib.blender.stand_in.photographs",
}

STOP_TIMEOUT = 20.0
"""How long to wait for tasks to end when rendering is stopped; a cluster may not answer."""

MAX_RESUBMISSIONS = 5
"""How often a task is given out again that a cluster lost before it began."""


@dataclass(frozen=True)
class SuperviseReport:
    """What became of the items: names done now, number done before, failures (old and new).

    `seconds` in all; `peak_memory_mb` is the most memory that a worker process used, in MB.
    """

    done: list[str] = field(default_factory=list)
    skipped: int = 0
    failed: list[dict] = field(default_factory=list)
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


def supervise(
    kind: str,
    items: Sequence[dict],
    *,
    settings: dict,
    out: Path,
    is_done: Callable[[dict], bool],
    executor: Executor | None = None,
    workers: int | None = None,
    recycle_after: int = 64,
    frame_limit: float = 120.0,
    time_limit: float = 1800.0,
    device: str = "auto",
    progress: bool = True,
    on_done: Callable[[str], None] | None = None,
    unit: str = "frame",
    frames_per_item: int = 1,
    retry_failed: bool = False,
    timings_file: Path | None = None,
) -> SuperviseReport:
    """Makes every item that is not `done` yet and has not failed before; says what it skipped.

    `settings` is plain JSON and reaches `run_item` with `device` ("auto", "cpu" or "gpu"),
    `threads` (1: see `worker`) and `scratch` (a folder for what is not finished) added; if it has
    `bpy_version`, a worker with another version of Blender's module refuses to begin. `workers` is
    the number of tasks at once: of threads here (default: one a core), or of what `executor` runs
    at once. A worker process is replaced after `recycle_after` items, because Blender's memory
    grows with every scene. One that finishes no frame for `frame_limit` seconds counts as hung; an
    item may take `time_limit` seconds in all. `on_done` is called here with each finished item's
    name; `timings` gets its seconds (`Progress`). Failures of earlier starts stay in the report;
    `retry_failed` tries them again.

    Stopped by an exception (Ctrl-C), it kills its workers; what is done stays. Raises `RenderError`
    if `out` cannot be written, the disk is full, another supervisor holds `out`, a name is there
    twice, a worker cannot even start or has another bpy, or the executor gives up.
    """
    _check(items, device, recycle_after=recycle_after, workers=workers or 1)
    started = time.monotonic()
    failures = read_failures(out)
    names = {item["name"] for item in items}
    missing = [item for item in items if not is_done(item)]
    skipped = len(items) - len(missing)
    pending = [i for i in missing if retry_failed or i["name"] not in failures]
    if progress:
        _print_summary(len(items), skipped, len(missing) - len(pending), unit, frames_per_item)
    peak = 0.0
    if pending:
        workers = min(workers or available_cores(), len(pending))
        job = {
            "module": ITEM_MODULES.get(kind, kind),
            "settings": settings | {"device": device, "threads": 1},
            "out": str(out.resolve()),
            "frame_limit": frame_limit,
            "time_limit": time_limit,
            "code": rendering_code_digest(),
        }
        jobs = [
            job | {"items": part} for part in _split_into_chunks(pending, workers, recycle_after)
        ]
        bar = RenderProgress.make_bar(len(pending) * frames_per_item, unit, progress)
        watch = RenderProgress(bar, frames_per_item, on_done, timings_file)
        with _disk_full_as_render_error(out), WorkFolder(out) as work, bar:
            for name in {i["name"] for i in pending} & set(failures):
                del failures[name]
            with contextlib.closing(
                _run_jobs(jobs, work, executor, workers, watch, is_done)
            ) as run:
                for failure in run:
                    failures[failure["name"]] = failure
                    write_failures(out, failures)
            write_failures(out, failures)
        peak = watch.peak_memory_mb
        if progress and peak:
            tqdm.write(f"Peak memory of a worker: {peak:.0f} MB.")
    return SuperviseReport(
        done=[i["name"] for i in pending if i["name"] not in failures],
        skipped=skipped,
        failed=[failures[name] for name in sorted(failures) if name in names],
        seconds=time.monotonic() - started,
        peak_memory_mb=peak,
    )


def _split_into_chunks(items: list[dict], workers: int, max_items: int) -> Iterator[list[dict]]:
    """Chunks of at most `most` items, smaller towards the end so that all workers end together."""
    while items:
        share = max(min(4, -(-len(items) // workers)), len(items) // (2 * workers))
        size = max(1, min(max_items, share))
        yield items[:size]
        items = items[size:]


def _run_jobs(
    jobs: list[dict],
    work: WorkFolder,
    executor: Executor | None,
    workers: int,
    progress: RenderProgress,
    is_done: Callable[[dict], bool],
) -> Generator[dict]:
    """Runs the jobs on the executor and yields failures; stops every worker if interrupted."""
    pool = executor or ThreadPoolExecutor(workers, thread_name_prefix="render")
    running: dict[Future, tuple[dict, str]] = {}
    numbers = itertools.count()

    def submit(job: dict) -> None:
        prefix = str(work.path / f"{next(numbers):06d}")
        running[pool.submit(run_chunk, job, prefix)] = job, prefix

    try:
        for job in jobs:
            submit(job)
        while running:
            finished, _ = wait(running, timeout=0.3, return_when=FIRST_COMPLETED)
            work.heartbeat.beat()
            progress.read_new_events(work.path)
            for future in finished:
                job, prefix = running.pop(future)
                failed, again = _collect_result(future, job, prefix, is_done)
                progress.finish_chunk(prefix)
                yield from failed
                for part in again:
                    submit(part)
    finally:
        # Not cancelled at first: a running task of a cluster would only be forgotten, not ended.
        work.heartbeat.stop()
        for future in wait(running, timeout=STOP_TIMEOUT).not_done:
            future.cancel()
        if executor is None:
            pool.shutdown()


def _collect_result(
    future: Future, job: dict, prefix: str, is_done: Callable[[dict], bool]
) -> tuple[list[dict], list[dict]]:
    """A task's failures, and the jobs that must be given out again."""
    try:
        result = future.result()
    except SynthlibError:
        raise
    except (BrokenExecutor, CancelledError) as error:
        raise RenderError(
            f"the executor gave up ({type(error).__name__}: {error}); start again to go on."
        ) from error
    except OSError as error:
        raise RenderError(
            f"a rendering task failed: {error}; every machine that renders must reach and write "
            f"{job['out']} under that name."
        ) from error
    except Exception as error:  # of a cluster whose machines died one after another on this task
        left = [item for item in job["items"] if not is_done(item)]
        lost = job.get("lost", 0)
        if (
            not was_started(prefix) and lost < MAX_RESUBMISSIONS
        ):  # it only waited behind what killed them
            return [], [job | {"items": left, "lost": lost + 1}]
        if len(left) > 1:
            return [], [job | {"items": [item]} for item in left]
        reason = f"its task was lost: {type(error).__name__}: {error}"
        return [{"name": item["name"], "reason": reason, "log": ""} for item in left], []
    # Left, though nobody stopped it: it took this supervisor for dead, say when it was suspended.
    return result["failures"], [job | {"items": result["left"]}] if result["left"] else []


def _check(items: Sequence[dict], device: str, **least_one: int) -> None:
    if device not in ("auto", "cpu", "gpu"):
        raise RenderError(f"device is {device!r}; allowed are 'auto', 'cpu' and 'gpu'.")
    for name, value in least_one.items():
        if value < 1:
            raise RenderError(f"{name} is {value}; it must be at least 1.")
    seen: set[str] = set()
    for item in items:
        if item["name"] in seen:
            raise RenderError(f"{item['name']} is there twice; each item needs a name of its own.")
        seen.add(item["name"])


@contextlib.contextmanager
def _disk_full_as_render_error(out: Path) -> Iterator[None]:
    """Says which disk is full, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise RenderError(disk_full_message(out)) from error
        raise


def _print_summary(total: int, skipped: int, failed: int, unit: str, frames_per_item: int) -> None:
    left = total - skipped - failed
    line = f"{left} of {total} to render ({left * frames_per_item} {unit}s); {skipped} done before"
    again = f"; {failed} failed before and skipped (--retry-failed tries them again)"
    tqdm.write(line + (again if failed else "") + ".")
