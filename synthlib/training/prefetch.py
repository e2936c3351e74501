"""Prefetching: a thread computes the next batches while the model trains on the current one.

The thread runs the same code in the same order as a plain loop would, so results do not change.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

PREFETCH_BATCHES = 2
"""Largest number of batches computed ahead: enough to compensate for slow ones."""


class Prefetcher(Generic[T]):
    """Iterator over `make(step)` for each step in order, computed some steps ahead.

    It can be iterated over once. An error in `make` is raised in place of its step's result.

    Args:
        make: Computes the result of a step; called in a thread.
        steps: The steps.
        ahead: Largest number of results that wait to be taken, 1 or more.

    Attributes:
        seconds_waited: Seconds that the loop has waited for results so far.
    """

    def __init__(
        self, make: Callable[[int], T], steps: range, ahead: int = PREFETCH_BATCHES
    ) -> None:
        if ahead < 1:
            raise ValueError(f"ahead is {ahead}; allowed: 1 or more")
        self._make = make
        self._steps = steps
        self._ahead = ahead
        self.seconds_waited = 0.0

    def __iter__(self) -> Iterator[T]:
        pending: deque[Future[T]] = deque()
        pool = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
        try:
            for step in self._steps:
                pending.append(pool.submit(self._make, step))
                if len(pending) > self._ahead:
                    yield self._next(pending)
            while pending:
                yield self._next(pending)
        finally:  # if the loop leaves early, steps that have not begun are dropped
            pool.shutdown(wait=True, cancel_futures=True)

    def _next(self, pending: deque[Future[T]]) -> T:
        started = time.perf_counter()
        result = pending.popleft().result()
        self.seconds_waited += time.perf_counter() - started
        return result
