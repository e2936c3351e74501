"""Supervises Blender workers: items in, finished items or named failures out. Never imports bpy.

An **item** is a plain dict with a unique `name`; `kind` says which module's `run_item` makes it
(`KINDS`, or any dotted module path). Items are cut into chunks; each chunk is one task on a
`concurrent.futures.Executor` (threads here, Dask on a cluster), and each task starts one
`python -m synthlib.blender.worker JOB.json` at a time, follows its events file and kills it when
it hangs. An item that raises is recorded; one that crashes or hangs is tried once more in a fresh
worker, then recorded; the others of its chunk go on. Nothing that a worker prints is a protocol.

Files, all in `out`: `failed.jsonl` (one failure a line: name, reason, log), and `.work/`, which
exists only while this runs. `out` is locked meanwhile: two supervisors never share a store.
"""

import contextlib
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from synthlib.chunks import RenderError, run_chunk
from synthlib.files import write_atomic

KINDS = {"instances": "synthlib.blender.instances", "stand_ins": "synthlib.blender.stand_in"}


@dataclass(frozen=True)
class SuperviseReport:
    """What became of the items: names done now, number done before, failures (old and new)."""

    done: list[str] = field(default_factory=list)
    skipped: int = 0
    failed: list[dict] = field(default_factory=list)
    seconds: float = 0.0


def supervise(
    kind: str,
    items: Sequence[dict],
    *,
    settings: dict,
    out: Path,
    done: Callable[[dict], bool],
    executor: Executor | None = None,
    workers: int | None = None,
    chunk: int = 4,
    time_limit: float = 120.0,
    device: str = "auto",
    progress: bool = True,
    unit: str = "frame",
    frames_per_item: int = 1,
    retry_failed: bool = False,
) -> SuperviseReport:
    """Makes every item that is not `done` yet and has not failed before; says what it skipped.

    `settings` is plain JSON and reaches `run_item` with `device` ("auto", "cpu" or "gpu") and
    `threads` (1: see `worker`) added. `workers` is the number of worker processes at once
    (default: one a core); `chunk` the most items a worker makes before a fresh one takes over,
    because Blender's memory grows with every scene. A worker that finishes no
    frame for `time_limit` seconds counts as hung. Failures of earlier starts stay in the report;
    `retry_failed` tries those items again. Raises `RenderError` if `out` cannot be written, the
    disk is full, another supervisor holds `out`, or a worker cannot even start.
    """
    if device not in ("auto", "cpu", "gpu"):
        raise RenderError(f"device is {device!r}; allowed are 'auto', 'cpu' and 'gpu'.")
    started = time.monotonic()
    failures = _read_failures(out)
    names = {item["name"] for item in items}
    missing = [item for item in items if not done(item)]
    skipped = len(items) - len(missing)
    pending = [i for i in missing if retry_failed or i["name"] not in failures]
    if progress:
        _say(len(items), skipped, len(missing) - len(pending), unit, frames_per_item)
    if pending:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        workers = min(workers or cores or 1, len(pending))
        job = {
            "module": KINDS.get(kind, kind),
            "settings": settings | {"device": device, "threads": 1},
            "out": str(out.resolve()),
            "time_limit": time_limit,
        }
        jobs = [job | {"items": part} for part in _cut(pending, workers, chunk)]
        bar = tqdm(
            total=len(pending) * frames_per_item,
            unit=f" {unit}s",
            disable=not progress,
            mininterval=0.5 if sys.stderr.isatty() else 10,
        )
        with _work_folder(out) as work, bar:
            for name in {i["name"] for i in pending} & set(failures):
                del failures[name]
            running = _run(jobs, work, executor, workers, _Progress(bar, frames_per_item))
            with contextlib.closing(running):
                for failure in running:
                    failures[failure["name"]] = failure
                    _write_failures(out, failures)
            _write_failures(out, failures)
    return SuperviseReport(
        done=[i["name"] for i in pending if i["name"] not in failures],
        skipped=skipped,
        failed=[failures[name] for name in sorted(failures) if name in names],
        seconds=time.monotonic() - started,
    )


def _cut(items: list[dict], workers: int, chunk: int) -> Iterator[list[dict]]:
    """Chunks of at most `chunk` items, smaller towards the end so that all workers end together."""
    while items:
        share = max(min(4, -(-len(items) // workers)), len(items) // (2 * workers))
        size = max(1, min(chunk, share))
        yield items[:size]
        items = items[size:]


def _run(
    jobs: list[dict], work: Path, executor: Executor | None, workers: int, progress: "_Progress"
) -> Generator[dict]:
    """Runs the jobs on the executor and yields failures; stops every worker if interrupted."""
    pool = executor or ThreadPoolExecutor(workers, thread_name_prefix="render")
    files = [str(work / f"{number:05d}") for number in range(len(jobs))]
    futures: set[Future] = set()
    try:
        futures = {pool.submit(run_chunk, j, f) for j, f in zip(jobs, files, strict=True)}
        running = futures
        while running:
            finished, running = wait(running, timeout=0.3, return_when=FIRST_COMPLETED)
            progress.update(work)
            for future in finished:
                yield from future.result()
    finally:
        (work / "stop").touch()
        for future in futures:
            future.cancel()
        wait(futures)
        if executor is None:
            pool.shutdown()


class _Progress:
    """Counts finished frames from the chunks' event files, which any executor's tasks write."""

    def __init__(self, bar: tqdm, frames_per_item: int) -> None:
        self.bar, self.per_item = bar, frames_per_item
        self.offsets: dict[Path, int] = {}
        self.frames: dict[str, int] = {}
        self.failed: set[str] = set()
        self.device = ""

    def update(self, work: Path) -> None:
        for path in work.glob("*.events"):
            with path.open("rb") as file:
                file.seek(self.offsets.get(path, 0))
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self.offsets[path] = self.offsets.get(path, 0) + len(whole)
            for line in whole.splitlines():
                self._take(json.loads(line))
        self.bar.update(sum(self.frames.values()) - self.bar.n)
        if self.failed:
            self.bar.set_postfix(failed=len(self.failed), refresh=False)

    def _take(self, event: dict) -> None:
        state, name = event["state"], event.get("name", "")
        if state == "ready" and not self.device:
            self.device = event["device"]
            if not self.bar.disable:
                self.bar.write(f"Rendering on {self.device}.")
        elif state == "frame":
            self.frames[name] += 1
        elif state == "start":
            self.frames[name] = 0
        elif state == "done":
            self.frames[name] = self.per_item
        elif state == "failed":
            self.failed.add(name)


@contextlib.contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """`out/.work`, empty, with `out` locked (the lock goes with this process, even by SIGKILL)."""
    work = out / ".work"
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise RenderError(f"cannot write into {out}: {error.strerror}; choose another.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RenderError(
                f"another process is rendering into {out}; wait for it or stop it."
            ) from None
        try:
            shutil.rmtree(work, ignore_errors=True)
            for left in out.glob(".*.tmp"):  # of a killed supervisor
                left.unlink(missing_ok=True)
            work.mkdir()
        except OSError as error:
            raise RenderError(f"cannot write into {out}: {error.strerror}.") from error
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def _say(total: int, skipped: int, failed: int, unit: str, frames_per_item: int) -> None:
    left = total - skipped - failed
    line = f"{left} of {total} to render ({left * frames_per_item} {unit}s); {skipped} done before"
    if failed:
        line += f"; {failed} failed before and skipped (retry_failed=True tries them again)"
    tqdm.write(line + ".")


def _read_failures(out: Path) -> dict[str, dict]:
    path = out / "failed.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def _write_failures(out: Path, failures: dict[str, dict]) -> None:
    path = out / "failed.jsonl"
    if failures:
        write_atomic(path, "".join(json.dumps(failures[n]) + "\n" for n in sorted(failures)))
    else:
        path.unlink(missing_ok=True)
