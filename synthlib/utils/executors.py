"""Executors for tasks: the cores of this machine, or the workers of a Dask cluster.

synthlib is only a client of a cluster and opens no port. The cluster's machines need the same
synthlib and bpy, and must see the render store and the model files under the same paths (a shared
disk). A task is one Blender process with one thread or one GPU.
"""

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from concurrent.futures import Executor

from synthlib.utils.errors import SynthlibError

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 30
"""Seconds to wait for a scheduler's answer."""


class ClusterError(SynthlibError):
    """A Dask cluster cannot be used: no scheduler answers, or its machines run other code."""


def available_cores() -> int:
    """Number of this machine's cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
