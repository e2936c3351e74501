"""Harness of the benchmarks: contenders take turns in rounds; rates become a table and JSON."""

import json
import statistics
import time
from collections.abc import Callable, Iterable

import torch
from cpu_usage import processor_name

from synthlib.data.datasets import TrainingSet
from synthlib.utils.executors import available_cores

Contender = Callable[[], float]
"""Function that does some work and returns its rate in images per second."""


def run_rounds(contenders: dict[str, Contender], rounds: int = 5) -> dict[str, list[float]]:
    """Images per second of each contender in each round; within a round they run in turn."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            rates[name].append(work())
    return rates


def print_table(title: str, rates: dict[str, list[float]], unit: str = "images/s") -> None:
    """Print one line per contender: median, minimum and maximum over rounds."""
    print(f"\n{title} ({unit})")
    print(f"  {'':34s}{'median':>10s}{'minimum':>10s}{'maximum':>10s}")
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"  {name:34s}{median:10.0f}{min(values):10.0f}{max(values):10.0f}")


def rate_ratio(rates: dict[str, list[float]], ours: str, theirs: str) -> dict[str, float]:
    """Ratio of the medians, and minimum and maximum of the ratios of single rounds."""
    ratios = [a / b for a, b in zip(rates[ours], rates[theirs], strict=True)]
    of_medians = statistics.median(rates[ours]) / statistics.median(rates[theirs])
    return {
        "ratio": round(of_medians, 2),
        "least": round(min(ratios), 2),
        "most": round(max(ratios), 2),
    }


def ratios(rates: dict[str, list[float]], name: str) -> dict[str, dict[str, float]]:
    """Ratios of all contenders to the first, by `name` and contender."""
    first, *others = rates
    return {f"{name}, {ours}": rate_ratio(rates, ours, first) for ours in others}


def print_result(name: str, **numbers: object) -> None:
    """Print the last line: results and machine as JSON."""
    machine = {"cpu": processor_name(), "cores": available_cores(), "torch": torch.__version__}
    print("\n" + json.dumps({"benchmark": name} | machine | numbers))


def loader_contender(batches: Iterable, ahead: int, count: int) -> Contender:
    """A contender that takes `count` batches of a loader whose workers are running already.

    The `ahead` batches that were prepared earlier are taken first and not counted. Afterwards the
    workers get the time to prepare the same number again, so that they are idle in the turns of
    other contenders.
    """
    stream = iter(batches)

    def work() -> float:
        for _ in range(ahead):
            next(stream)
        started = time.perf_counter()
        images = sum(len(next(stream)[0]) for _ in range(count))
        seconds = time.perf_counter() - started
        time.sleep(1.5 * seconds * ahead / count)
        return images / seconds

    return work


def training_set_contender(data: TrainingSet, count: int, threads: int) -> Contender:
    """A contender that takes the next `count` training steps, after two that are not counted.

    Runs on 2 cores compute with 1 thread (`devices.reserve_one_core`). Several threads wait for
    each other many times per step, and other programs then cost more than their share.
    """
    step, cpu_only = 2, torch.device("cpu")
    for early in range(step):
        data.batch(early, cpu_only)

    def work() -> float:
        nonlocal step
        torch.set_num_threads(threads)
        started = time.perf_counter()
        images = sum(len(data.batch(step + k, cpu_only).images) for k in range(count))
        step += count
        return images / (time.perf_counter() - started)

    return work
