"""Several runs at once: in processes of this machine, or as tasks of a Dask cluster.

A run starts as soon as there is room, `synth_hybrid` only after the two that it chooses by. Each
prints into `outputs/logs/<scale>/<protocol>/<experiment>-seed<k>.log`; here stands, now and then,
how all are. A task that a cluster lost with its machine is given out again, and goes on from the
run's last checkpoint. All end when this process does, even by SIGKILL, wherever they run.
"""

import contextlib
import logging
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
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

from synthlib import __version__
from synthlib.params import SCHEMA_VERSION, Params, validate_params
from synthlib.rendering import worker_process
from synthlib.runs import read_status
from synthlib.study import execute
from synthlib.study.execute import RunOutcome
from synthlib.utils import processes
from synthlib.utils.errors import SynthlibError
from synthlib.utils.executors import ClusterError
from synthlib.utils.files import digest
from synthlib.utils.log import show_log_messages
from synthlib.utils.processes import die_with_parent

logger = logging.getLogger(__name__)

STATUS_INTERVAL = 60.0
"""Seconds between two tables of how all runs are."""

NO_SCHEDULER = {"scheduler": ""}
"""A task renders nothing, so it needs no cluster of its own."""

INTERRUPTED_ERROR = "KeyboardInterrupt"
"""What a run fails with that took this process for dead, say when it was suspended: it goes on."""

HYBRID_PREREQUISITES = ("synth_bg", "synth_nobg")
"""Runs after which `synth_hybrid` can choose its classes, of its seed, as the thesis trains."""


@contextlib.contextmanager
def process_pool(jobs: int) -> Iterator[Executor]:
    """`jobs` processes of this machine, which share its cores and die with this one. One that is
    killed costs the task it had, and the next task gets a fresh one."""
    from synthlib.training.devices import DEFAULT_THREADS

    executor = _IsolatedProcessExecutor(jobs, max(1, DEFAULT_THREADS // jobs))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


class _IsolatedProcessExecutor(ThreadPoolExecutor):
    """Threads, each with a process that does its tasks: of one pool of processes, all end when one
    does. `cores`: threads that a process computes with."""

    def __init__(self, jobs: int, cores: int) -> None:
        super().__init__(jobs)
        self._cores, self._mine = cores, threading.local()
        self._pools: list[ProcessPoolExecutor] = []

    def submit(self, fn, /, *args, **kwargs) -> Future:
        return super().submit(self._in_process, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        for pool in self._pools:
            pool.shutdown(wait)

    def _in_process(self, task, *arguments, **named):
        if (pool := getattr(self._mine, "pool", None)) is None:
            pool = self._mine.pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_initialise_process,
                initargs=(self._cores, os.getpid()),
            )
            self._pools.append(pool)
        try:
            return pool.submit(task, *arguments, **named).result()
        except BrokenExecutor:
            self._mine.pool = None
            raise


def run_parallel(
    planned: Sequence[Params], executor: Executor, *, status_interval: float = STATUS_INTERVAL
) -> list[RunOutcome]:
    """Executes runs at once, as many as the executor takes; outcomes in the order of the plan."""
    outcomes: dict[int, RunOutcome] = {}
    futures: dict[Future, int] = {}
    waiting, begun = list(range(len(planned))), time.monotonic()
    shown = begun
    name = f".batch-{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
    with contextlib.ExitStack() as ending:
        ending.callback(lambda: [future.cancel() for future in futures])  # a task that runs goes on
        sign = ending.enter_context(processes.Heartbeat(planned[0].output_dir / name))
        while waiting or futures:
            for i in [i for i in waiting if not _must_wait(planned[i], planned, outcomes)]:
                waiting.remove(i)
                about = (str(log_path(planned[i])), training_code_digest(), str(sign.path))
                futures[
                    executor.submit(_run_task, planned[i].model_dump() | NO_SCHEDULER, *about)
                ] = i
            patience = min(status_interval, processes.HEARTBEAT_INTERVAL)
            ended, _ = wait(futures, timeout=patience, return_when=FIRST_COMPLETED)
            with contextlib.suppress(OSError):  # a network disk that hiccups
                sign.beat()
            for future in ended:
                i = futures.pop(future)
                found = _collect_outcome(future, planned[i])
                if found.reason.startswith(INTERRUPTED_ERROR):
                    waiting.append(i)
                    continue
                outcomes[i] = found
                logger.info(str(found))
            if time.monotonic() - shown > status_interval and (futures or waiting):
                shown = time.monotonic()
                logger.info(status_text(planned, outcomes, shown - begun))
    return [outcomes[i] for i in range(len(planned))]


def status_text(planned: Sequence[Params], outcomes: dict[int, RunOutcome], seconds: float) -> str:
    """How all runs are: counts, the time that is left at the pace so far, and those that run."""
    states = [outcomes[i].state for i in outcomes]
    counts = {state: states.count(state) for state in ("done", "skipped", "failed")}
    left = len(planned) - len(outcomes)
    text = ", ".join(f"{n} {state}" for state, n in counts.items()) + f", {left} to go"
    computed = counts["done"] + counts["failed"]
    if computed:
        text += f"; about {format_duration(seconds / computed * left)} left"
    lines = [f"\n{time.strftime('%H:%M')}  {text}"]
    for i, p in enumerate(planned):
        if i not in outcomes and (said := _progress_of(p)):
            lines.append(f"  {p.protocol:9s}{p.experiment:26s}seed {p.seed}  {said}")
    return "\n".join(lines)


def log_path(params: Params) -> Path:
    """Where a run prints when several run at once."""
    name = f"{params.experiment}-seed{params.seed}.log"
    return params.output_dir / "logs" / params.scale / params.protocol / name


def format_duration(seconds: float) -> str:
    """A time as a person says it: 40 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def training_code_digest() -> str:
    """Names the code that trains, as this machine has it, by its explicit versions: those of the
    package, of the parameters' defaults, of what renders (`chunks.code_version`) and of torch."""
    return digest(
        [__version__, SCHEMA_VERSION, worker_process.rendering_code_digest(), version("torch")]
    )


def _initialise_process(threads: int, parent: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for the kernels that start from here
    die_with_parent(parent)
    show_log_messages()


def _run_task(params: dict, log: str, code: str, heartbeat_path: str) -> RunOutcome:
    """What a process or a cluster's worker does, as long as the `sign` of life is there."""
    if code != training_code_digest():
        raise ClusterError(
            f"synthlib or torch on {os.uname().nodename} is not what the batch was started with; "
            "install the same on all machines, and start again after a change"
        )
    show_log_messages()
    os.environ["SYNTHLIB_BATCH"] = "1"  # a cluster's worker has not heard of it
    os.environ[processes.SUPERVISOR_VARIABLE] = heartbeat_path
    return execute.execute_run_logged(validate_params(params), Path(log))


def _collect_outcome(future: Future, params: Params) -> RunOutcome:
    try:
        found = future.result()
    except SynthlibError as error:
        return RunOutcome(params, "failed", 0.0, f"{error} (see {log_path(params)})")
    except Exception as error:  # the process died, or the cluster gave the task up
        return RunOutcome(
            params, "failed", 0.0, f"{type(error).__name__}: {error} (see {log_path(params)})"
        )
    return found


def _must_wait(params: Params, planned: Sequence[Params], outcomes: dict[int, RunOutcome]) -> bool:
    """Whether a run must wait for another one of the plan."""
    if params.synthetic_domain != "hybrid":
        return False
    return any(
        q.experiment in HYBRID_PREREQUISITES and q.seed == params.seed and q.protocol == "thesis"
        for i, q in enumerate(planned)
        if i not in outcomes and q.synthetic_domain != "hybrid"  # nor for itself
    )


def _progress_of(params: Params) -> str:
    """How far a run is, if it runs: by its newest folder."""
    found = sorted(
        params.experiment_dir.glob(f"seed{params.seed}-*/status.json"),
        key=lambda f: f.stat().st_mtime,
    )
    if not found or read_status(found[-1].parent)["state"] != "running":
        return ""
    log = found[-1].with_name("log.csv")
    rounds = len(log.read_text().splitlines()) - 1 if log.exists() else 0
    return f"round {rounds} done" if rounds > 0 else "its first round"
