"""Training images per second, with and without matrix products for convolutions on small maps.

    python benchmarks/small_maps.py [--rounds 3]

ResNet-18 in fp32 on one batch of 64 in memory, with one thread: its last maps are 1 x 1 at 32 px
and 2 x 2 at 64 px; larger maps are not affected. Both methods are measured on every CPU. synthlib
uses matrix products only on CPUs with AVX2 or AVX-512, the `capability` in the last line.
"""

import argparse
import time
from unittest import mock

import harness
import torch
from torch import nn

from synthlib.training.models import build_model

SIZES = {32: 8, 64: 4}
"""Image size in px: steps per turn."""
BATCH, CLASSES = 64, 17


def contender(size: int, steps: int, capability: str) -> harness.Contender:
    """Training steps of a model that is built as on a CPU of the given capability."""
    with mock.patch.object(torch.backends.cpu, "get_cpu_capability", return_value=capability):
        model = build_model("resnet18", CLASSES, seed=0).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    images = torch.randn(BATCH, 3, size, size, generator=torch.Generator().manual_seed(0))
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(BATCH) % CLASSES

    def work(count: int = steps) -> float:
        started = time.perf_counter()
        for _ in range(count):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        return count * BATCH / (time.perf_counter() - started)

    work(1)  # the first step is not counted
    return work


def main() -> None:
    """Measure, and print one table per size and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    ours, usual, found = "products of matrices", "nn.Conv2d", {}
    for size, steps in SIZES.items():
        ways = {ours: contender(size, steps, "AVX2"), usual: contender(size, steps, "DEFAULT")}
        rates = harness.run_rounds(ways, args.rounds)
        harness.print_table(f"training ResNet-18 at {size} px", rates)
        found[f"resnet18_{size}"] = harness.rate_ratio(rates, ours, usual)
    harness.print_result("small_maps", capability=torch.backends.cpu.get_cpu_capability(), **found)


if __name__ == "__main__":
    main()
