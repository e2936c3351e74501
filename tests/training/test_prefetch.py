"""Prefetched batches: in order, at most as many as asked, errors at their step."""

import threading
import time

import pytest

from synthlib.training.prefetch import Prefetcher


def test_everything_comes_in_order() -> None:
    assert list(Prefetcher(lambda step: step * step, range(3, 9))) == [9, 16, 25, 36, 49, 64]
    assert list(Prefetcher(lambda step: step, range(0))) == []
    assert list(Prefetcher(lambda step: step, range(1), ahead=5)) == [0]


def test_no_more_is_made_ahead_than_asked() -> None:
    results = []
    feed = iter(Prefetcher(lambda step: results.append(step) or step, range(10), ahead=2))
    assert next(feed) == 0
    time.sleep(0.1)
    assert max(results) <= 2
    feed.close()
    assert max(results) <= 2  # nothing is computed after the loop was left
    assert not [t for t in threading.enumerate() if t.name.startswith("prefetch")]


def test_the_next_one_is_made_while_the_loop_works() -> None:
    begun = threading.Event()

    def make(step: int) -> int:
        if step == 1:
            begun.set()
        return step

    for step in Prefetcher(make, range(2)):
        if step == 0:
            assert begun.wait(10)  # never set if step 1 is computed only when asked for


def test_an_error_comes_where_its_result_would_have() -> None:
    def make(step: int) -> int:
        if step == 2:
            raise RuntimeError("broken sample")
        return step

    feed = iter(Prefetcher(make, range(5)))
    assert [next(feed), next(feed)] == [0, 1]
    with pytest.raises(RuntimeError, match="broken sample"):
        next(feed)


def test_waiting_is_counted_and_ahead_is_checked() -> None:
    feed = Prefetcher(lambda step: time.sleep(0.05), range(3))
    list(feed)
    assert feed.seconds_waited > 0.1
    with pytest.raises(ValueError, match="ahead is 0"):
        Prefetcher(lambda step: step, range(3), ahead=0)
