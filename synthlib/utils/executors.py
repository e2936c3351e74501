"""Where tasks run: this machine's cores, or a Dask cluster. No port is opened here: it is a client.

The scheduler's machines need the same synthlib and bpy, and the render store and the model files
under the same paths (a shared disk). One task is one Blender process with one thread, or a GPU.
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


class ClusterError(SynthlibError):
    """A Dask cluster cannot be used: no scheduler answers, or its machines have other code."""


def available_cores() -> int:
    """How many of this machine's this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def connect_executor(scheduler: str) -> Iterator[tuple[Executor | None, int | None]]:
    """The executor of the Dask scheduler at an address such as tcp://host:8786, and how many tasks
    its workers run at once; (None, None), this machine's threads, if the address is empty.

    Raises ClusterError if nobody answers there, or it is no address.
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
                f"scheduler {scheduler} has no workers yet, and all waits for them: start some by "
                f"`dask worker {scheduler} --nthreads 1`."
            )
        yield client.get_executor(), max(1, sum(each["nthreads"] for each in workers.values()))
