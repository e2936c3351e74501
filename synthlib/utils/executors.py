"""Executors for tasks: the cores of this machine, or the workers of a Dask cluster.

synthlib is only a client of a cluster and opens no port. The cluster's machines need the same
synthlib and bpy, and must see the render store and the model files under the same paths (a shared
disk). A task is one Blender process with one thread or one GPU.
"""

import contextlib
import logging
import math
import os
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

from synthlib.utils.errors import SynthlibError

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 30
"""Seconds to wait for a scheduler's answer."""


class ClusterError(SynthlibError):
    """A Dask cluster cannot be used: no scheduler answers, or its machines run other code."""


def available_cores(root: Path = Path("/")) -> int:
    """Number of cores that this process may use, of this machine or of the container it is in.

    Args:
        root: The folder that contains `proc` and `sys`.
    """
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min([cores, *map(math.ceil, _cpu_quotas(root))])


def _cpu_quotas(root: Path) -> Iterator[float]:
    """Cores that each control group of this process may use, of those that have a limit."""
    for folder in _cpu_groups(root):
        with contextlib.suppress(OSError, ValueError):  # no such file, or no limit ("max")
            if (folder / "cpu.max").exists():
                quota, period = map(int, (folder / "cpu.max").read_text().split())
            else:
                quota = int((folder / "cpu.cfs_quota_us").read_text())
                period = int((folder / "cpu.cfs_period_us").read_text())
            if quota > 0:  # -1 is no limit
                yield quota / period


def _cpu_groups(root: Path) -> Iterator[Path]:
    """Folders of the control groups that limit this process's use of CPUs, outermost first.

    In a container, the outermost one is often the container's own, whatever its name outside.
    """
    with contextlib.suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            folder = root / "sys/fs/cgroup" / ("cpu" if controllers else "")  # version 1 or 2
            yield folder
            for part in group.split("/"):
                if part not in ("", ".."):
                    folder /= part
                    yield folder


@contextlib.contextmanager
def connect_executor(scheduler: str) -> Iterator[tuple[Executor | None, int | None]]:
    """Connect to a Dask scheduler for the duration of a `with` block.

    Args:
        scheduler: The scheduler's address, such as tcp://host:8786; empty for this machine.

    Yields:
        The scheduler's executor, and how many tasks its workers run at once (at least 1); both
        None if the address is empty, so that tasks run on this machine.

    Raises:
        ClusterError: The address is malformed, or no scheduler answers there.
    """
    if not scheduler:
        yield None, None
        return
    if not re.fullmatch(r"[a-z]+://.+:\d+", scheduler):
        raise ClusterError(f"scheduler is {scheduler!r}; expected one like tcp://host:8786.")
    from distributed import Client

    try:
        client = Client(scheduler, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"scheduler {scheduler} does not answer ({error}); start one by `dask scheduler` and "
            "give its address, such as tcp://host:8786."
        ) from error
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            logger.warning(
                f"scheduler {scheduler} has no workers yet, so all tasks wait for them: start some "
                f"by `dask worker {scheduler} --nthreads 1`."
            )
        yield client.get_executor(), max(1, sum(worker["nthreads"] for worker in workers.values()))
