"""Batches made ahead: a thread makes the next one while the model trains on this one.

The thread runs the same code in the same order as a plain loop would, so results don't change.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

PREFETCH_BATCHES = 2
"""Batches that wait, made, at most: enough to even out slow ones."""


class Prefetcher(Generic[T]):
    """What `make(step)` gives for each of `steps`, in order, made up to `ahead` steps ahead.

    Iterate over it once. An error in `make` is raised where its step's result would have come.
    `waited` is how many seconds the loop has stood still for a result so far.
    """

    def __init__(
        self, make: Callable[[int], T], steps: range, ahead: int = PREFETCH_BATCHES
    ) -> None:
        if ahead < 1:
            raise ValueError(f"ahead is {ahead}; allowed: 1 or more")
        self._make, self._steps, self._ahead = make, steps, ahead
        self.seconds_waited = 0.0

    def __iter__(self) -> Iterator[T]:
        made: deque[Future[T]] = deque()
        pool = ThreadPoolExecutor(1, thread_name_prefix="feed")
        try:
            for step in self._steps:
                made.append(pool.submit(self._make, step))
                if len(made) > self._ahead:
                    yield self._next(made)
            while made:
                yield self._next(made)
        finally:  # the loop may leave early: what is not begun is never made
            pool.shutdown(wait=True, cancel_futures=True)

    def _next(self, made: deque[Future[T]]) -> T:
        asked = time.perf_counter()
        result = made.popleft().result()
        self.seconds_waited += time.perf_counter() - asked
        return result
