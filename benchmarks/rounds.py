"""What the benchmarks share: contenders in turn, rates over rounds, a table, ratios as JSON."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

Contender = Callable[[], int]
"""Does some work and says how many images that were."""


def measure(contenders: dict[str, Contender], rounds: int = 5) -> dict[str, list[float]]:
    """Images a second of every contender in every round, one after another in each."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            started = time.perf_counter()
            images = work()
            rates[name].append(images / (time.perf_counter() - started))
    return rates


def table(title: str, rates: dict[str, list[float]], unit: str = "images/s") -> None:
    """Prints a contender a line: the median, least and most of its rounds."""
    print(f"\n{title} ({unit})")
    print(f"  {'':34s}{'median':>10s}{'least':>10s}{'most':>10s}")
    for name, values in rates.items():
        middle = statistics.median(values)
        print(f"  {name:34s}{middle:10.0f}{min(values):10.0f}{max(values):10.0f}")


def ratio(rates: dict[str, list[float]], ours: str, theirs: str) -> dict[str, float]:
    """The ratio of medians, and the least and most of the rounds' own ratios."""
    each = [a / b for a, b in zip(rates[ours], rates[theirs], strict=True)]
    middle = statistics.median(rates[ours]) / statistics.median(rates[theirs])
    return {"ratio": round(middle, 2), "least": round(min(each), 2), "most": round(max(each), 2)}


def finish(name: str, **numbers: object) -> None:
    """Prints the last line: what was measured, on what, as JSON."""
    about = {"benchmark": name, "cpu": cpu(), "cores": os.cpu_count(), "torch": torch.__version__}
    print("\n" + json.dumps(about | numbers))


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def steady(batches: Iterable, skip: int, count: int) -> Contender:
    """A contender that takes `count` batches of a loader that is running already: `skip` are taken
    first, so that neither the start of workers nor what they had prepared counts."""
    stream = iter(batches)
    for _ in range(skip):
        next(stream)

    def work() -> int:
        return sum(len(next(stream)[0]) for _ in range(count))

    return work
