"""Several runs at once: in processes of this machine, or as tasks of a Dask cluster.

A run starts as soon as there is room, `synth_hybrid` only after the two runs that it chooses by,
and one on fetched photographs only after the run whose model labels them.
Each writes its output to `outputs/logs/<scale>/<protocol>/<experiment>-seed<k>.log`; this process
logs an overview at intervals. A task that a cluster lost with its machine is submitted again by the
cluster, and resumes from the run's last checkpoint. All runs end when this process does, even by
SIGKILL, on whatever machine they are.
"""

import contextlib
import logging
import math
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from synthlib.data.batch_sampler import EQUAL_STEPS_PER_ROUND
from synthlib.params import SCHEMA_VERSION, Params, validate_params
from synthlib.rendering import worker_process
from synthlib.runs import read_status
from synthlib.study import execute
from synthlib.study.execute import RunOutcome
from synthlib.utils import processes
from synthlib.utils.errors import error_text
from synthlib.utils.executors import ClusterError
from synthlib.utils.files import digest
from synthlib.utils.log import show_log_messages
from synthlib.utils.processes import die_with_parent
from synthlib.utils.progress import progress_bar

logger = logging.getLogger(__name__)

STATUS_INTERVAL = 60.0
"""Seconds between two overviews of all runs."""

NO_SCHEDULER = {"scheduler": ""}
"""Override for tasks: they render nothing, so they need no cluster themselves."""

INTERRUPTED_ERROR = "KeyboardInterrupt"
"""Error of a run that was interrupted because this process seemed dead, for example while it was
suspended; the run is submitted again."""

HYBRID_PREREQUISITES = ("synth_bg", "synth_nobg")
"""Experiments by which `synth_hybrid` chooses its classes: of its seed, under `thesis`."""


@contextlib.contextmanager
def process_pool(jobs: int) -> Iterator[Executor]:
    """Executor with `jobs` processes of this machine, which share its cores and die with this one.

    A process that is killed costs the task it had; the next task gets a new process.

    Args:
        jobs: Number of processes.

    Yields:
        The executor. Tasks that have not started when the block ends are cancelled.
    """
    from synthlib.training.devices import DEFAULT_THREADS  # loads torch

    executor = _IsolatedProcessExecutor(jobs, max(1, DEFAULT_THREADS // jobs))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


class _IsolatedProcessExecutor(ThreadPoolExecutor):
    """Threads that each own a process for their tasks.

    A single pool of processes would break, with all its tasks, when one process dies.

    Args:
        jobs: Number of processes.
        threads: Number of threads with which each process computes.
    """

    def __init__(self, jobs: int, threads: int) -> None:
        super().__init__(jobs)
        self._compute_threads = threads
        self._thread_local = threading.local()
        self._pools: list[ProcessPoolExecutor] = []

    def submit(self, fn, /, *args, **kwargs) -> Future:
        return super().submit(self._in_process, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        for pool in self._pools:
            pool.shutdown(wait)

    def _in_process(self, task, *arguments, **named):
        if (pool := getattr(self._thread_local, "pool", None)) is None:
            pool = self._thread_local.pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_initialise_process,
                initargs=(self._compute_threads, os.getpid()),
            )
            self._pools.append(pool)
        try:
            return pool.submit(task, *arguments, **named).result()
        except BrokenExecutor:
            self._thread_local.pool = None
            raise


def run_parallel(
    planned: Sequence[Params],
    executor: Executor,
    *,
    finished: Mapping[int, RunOutcome] | None = None,
    status_interval: float = STATUS_INTERVAL,
) -> list[RunOutcome]:
    """Execute runs at once, as many as the executor takes.

    A terminal shows one bar for all of them, with the time left; a log file gets an overview at
    intervals.

    Args:
        planned: Runs of one scale, from `plan_study`.
        executor: Where they run, such as a `process_pool` or a Dask cluster's executor.
        finished: Outcomes of runs that need not be executed, by index in the plan.
        status_interval: Seconds between two overviews in the log.

    Returns:
        Outcomes, in the order of the plan.
    """
    outcomes = dict(finished or {})
    futures: dict[Future, int] = {}
    waiting = [i for i in range(len(planned)) if i not in outcomes]
    started = last_status = time.monotonic()
    in_terminal = sys.stderr.isatty()
    name = f".batch-{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
    with contextlib.ExitStack() as stack:
        # cancels what has not started; running tasks end with the heartbeat
        stack.callback(lambda: [future.cancel() for future in futures])
        heartbeat = stack.enter_context(processes.Heartbeat(planned[0].output_dir / name))
        bar = stack.enter_context(_make_bar(len(waiting), show=in_terminal))
        while waiting or futures:
            for i in [i for i in waiting if not _must_wait(planned[i], planned, outcomes)]:
                waiting.remove(i)
                futures[_submit(executor, planned[i], heartbeat.path)] = i
            timeout = min(status_interval, processes.HEARTBEAT_INTERVAL)
            ended, _ = wait(futures, timeout=timeout, return_when=FIRST_COMPLETED)
            with contextlib.suppress(OSError):  # a network disk may fail for a moment
                heartbeat.beat()
            for future in ended:
                i = futures.pop(future)
                outcome = _collect_outcome(future, planned[i])
                if outcome.reason.startswith(INTERRUPTED_ERROR):
                    waiting.append(i)
                    continue
                outcomes[i] = outcome
                with bar.external_write_mode():  # else the line would be appended to the bar
                    logger.info(str(outcome))
            if in_terminal:
                _update_bar(bar, planned, outcomes)
            elif time.monotonic() - last_status > status_interval and (futures or waiting):
                last_status = time.monotonic()
                logger.info(status_text(planned, outcomes, last_status - started))
    return [outcomes[i] for i in range(len(planned))]


def _make_bar(n_runs: int, show: bool) -> tqdm:
    """A bar of all runs, whose unfinished ones count by the share of their rounds."""
    return progress_bar(
        total=n_runs,
        title="runs",
        show=show,
        smoothing=0,  # the time left is that of the mean pace
        bar_format="{l_bar}{bar}| {postfix} [{elapsed}<{remaining}]",
    )


def _update_bar(bar: tqdm, planned: Sequence[Params], outcomes: Mapping[int, RunOutcome]) -> None:
    shares = [_finished_share(p) for i, p in enumerate(planned) if i not in outcomes]
    n_left, n_failed = len(shares), sum(o.state == "failed" for o in outcomes.values())
    text = f"{len(planned) - n_left} of {len(planned)} done" if n_left else "all done"
    bar.set_postfix_str(text + (f", {n_failed} failed" if n_failed else ""), refresh=False)
    # never back, as a run that is submitted again starts from its checkpoint
    bar.n = max(bar.n, (bar.total or 0) - n_left + sum(shares))
    bar.refresh()


def _finished_share(params: Params) -> float:
    """Share of a run's rounds that are done, in [0, 1); 0 if it is not running."""
    n_rounds = _finished_rounds(params)
    equal = math.ceil(params.equal_steps / EQUAL_STEPS_PER_ROUND)
    expected = equal if params.has_equal_steps else params.epochs
    return 0.0 if n_rounds is None else min(n_rounds / expected, 0.99)


def _submit(executor: Executor, params: Params, heartbeat_path: Path) -> Future:
    return executor.submit(
        _run_task,
        params.model_dump() | NO_SCHEDULER,
        str(log_path(params)),
        training_code_digest(),
        str(heartbeat_path),
    )


def status_text(planned: Sequence[Params], outcomes: dict[int, RunOutcome], seconds: float) -> str:
    """Overview of all runs: counts, the time left at the pace so far, and the runs in progress.

    Args:
        planned: All runs.
        outcomes: Outcomes of those that ended, by index in the plan.
        seconds: Time since the first run started.

    Returns:
        A line with counts and time, then a line for each run in progress.
    """
    states = [outcome.state for outcome in outcomes.values()]
    counts = {state: states.count(state) for state in ("done", "skipped", "failed")}
    left = len(planned) - len(outcomes)
    text = ", ".join(f"{n} {state}" for state, n in counts.items()) + f", {left} to go"
    computed = counts["done"] + counts["failed"]
    if computed:
        text += f"; about {format_duration(seconds / computed * left)} left"
    lines = [f"\n{time.strftime('%H:%M')}  {text}"]
    for i, p in enumerate(planned):
        if i not in outcomes and (progress := _progress_text(p)):
            lines.append(f"  {p.protocol:9s}{p.experiment:26s}seed {p.seed}  {progress}")
    return "\n".join(lines)


def log_path(params: Params) -> Path:
    """Path of a run's log when several run at once.

    Args:
        params: The run's parameters.

    Returns:
        `<outputs>/logs/<scale>/<protocol>/<experiment>-seed<k>.log`; it need not exist yet.
    """
    name = f"{params.experiment}-seed{params.seed}.log"
    return params.output_dir / "logs" / params.scale / params.protocol / name


def format_duration(seconds: float) -> str:
    """Format a duration for reading.

    Args:
        seconds: The duration, not NaN.

    Returns:
        Text such as "40 s", "12 min" or "3 h 05 min".
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def training_code_digest() -> str:
    """Digest of the code that trains on this machine, by its explicit versions.

    They are those of the code that renders, which include the package's own
    (`worker_process.rendering_code_digest`), of the parameters' defaults and of torch.

    Returns:
        12 hex digits, equal on machines that train with the same code, defaults and torch.
    """
    return digest([SCHEMA_VERSION, worker_process.rendering_code_digest(), version("torch")])


def _initialise_process(threads: int, parent: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for the kernels that this process starts
    die_with_parent(parent)
    show_log_messages()


def _run_task(params: dict, log: str, code: str, heartbeat_path: str) -> RunOutcome:
    """The task of a process or a cluster's worker, stopped when the heartbeat's file is gone."""
    if code != training_code_digest():
        raise ClusterError(
            f"synthlib or torch on {os.uname().nodename} is not what the batch was started with; "
            "install the same on all machines, and start again after a change"
        )
    show_log_messages()
    os.environ["SYNTHLIB_BATCH"] = "1"  # a cluster's worker does not inherit it
    os.environ[processes.SUPERVISOR_VARIABLE] = heartbeat_path
    return execute.execute_run_logged(validate_params(params), Path(log))


def _collect_outcome(future: Future, params: Params) -> RunOutcome:
    try:
        return future.result()
    except Exception as error:  # also: the process died, or the cluster gave the task up
        reason = f"{error_text(error)} (see {log_path(params)})"
        return RunOutcome(params, "failed", 0.0, reason)


def _must_wait(params: Params, planned: Sequence[Params], outcomes: dict[int, RunOutcome]) -> bool:
    """True if a run must wait for another run of the plan."""
    if params.labelled_by:
        wanted = (params.labelled_by, params.seed, params.protocol)
        return any(
            (q.experiment, q.seed, q.protocol) == wanted
            for i, q in enumerate(planned)
            if i not in outcomes and q != params
        )
    if params.synthetic_domain != "hybrid":
        return False
    return any(
        q.experiment in HYBRID_PREREQUISITES and q.seed == params.seed and q.protocol == "thesis"
        for i, q in enumerate(planned)
        # not for itself either, should one of these experiments be set to train as a hybrid
        if i not in outcomes and q.synthetic_domain != "hybrid"
    )


def _progress_text(params: Params) -> str:
    """Progress of a run, from its newest folder; "" if it is not running."""
    n_rounds = _finished_rounds(params)
    if n_rounds is None:
        return ""
    return f"round {n_rounds} done" if n_rounds > 0 else "its first round"


def _finished_rounds(params: Params) -> int | None:
    """Number of rounds in the log of a run's newest folder; None if it is not running."""
    status_files = sorted(
        params.experiment_dir.glob(f"seed{params.seed}-*/status.json"),
        key=lambda file: file.stat().st_mtime,
    )
    if not status_files or read_status(status_files[-1].parent)["state"] != "running":
        return None
    log = status_files[-1].with_name("log.csv")
    return max(0, len(log.read_text().splitlines()) - 1) if log.exists() else 0
