"""Training images per second, time spent waiting for data, and peak memory.

    python benchmarks/training.py [--rounds 3] [--only resnet18]

(c) The training loop of synthlib (channels-last, bf16 if the device has it, fused optimiser, freed
memory kept) compared with the plain fp32 loop of PyTorch's official ImageNet example, both on one
batch in memory: ResNet-18 at 64 px with batches of 64, and ResNet-50 at 224 px with batches of 32.
(d) The same loop with synthlib's data path (composites by the thesis's merge from packs, a thread
that makes the next batch): share of the time spent waiting for data, and the cost of the data path.
(e) Peak memory of each.

Every contender is a separate process on the same cores; they work in turn.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

import composites
import fake_data
import harness
import torch
from torch import nn
from torchvision import models
from tqdm import tqdm

from synthlib.data.datasets import Batch
from synthlib.params import validate_params
from synthlib.training import devices, loop
from synthlib.training.models import build_model
from synthlib.training.optim import build_optimizer
from synthlib.utils.allocator import keep_freed_memory

CASES = {"resnet18": (64, 64, 12, 5), "resnet50": (224, 32, 2, 2)}
"""Image size in px, batch size, steps per turn of synthlib and of the plain loop."""
CLASSES = 17
PLAIN, OURS, FED = "PyTorch's example, fp32", "synthlib, batch in memory", "synthlib, data path"


def memory_batch(size: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One batch of noise with labels."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(batch, 3, size, size, generator=generator)
    return images, torch.arange(batch) % CLASSES


def plain_contender(
    architecture: str, size: int, batch: int, steps: int, _: Path
) -> harness.Contender:
    """The official example's training loop, on the CPU: default memory format and precision, SGD,
    loss and top-1 and top-5 accuracy read at every step."""
    model = models.get_model(architecture, weights=None, num_classes=CLASSES).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=1e-4)
    criterion = nn.CrossEntropyLoss()
    images, target = memory_batch(size, batch)

    def work() -> float:
        timer = time.perf_counter()
        for _ in range(steps):
            output = model(images)
            loss = criterion(output, target)
            with torch.no_grad():
                found = output.topk(5, 1)[1].t().eq(target.view(1, -1))
                [found[:k].reshape(-1).float().sum().item() for k in (1, 5)]
            loss.item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return steps * batch / (time.perf_counter() - timer)

    return work


def synthlib_contender(
    architecture: str, size: int, batch: int, steps: int, folder: Path, fed: bool = False
) -> harness.Contender:
    """Training steps of synthlib, without checkpoint and log.

    With `fed`, `work.data_share` is the share of the last turn's time spent waiting for data.
    """
    keep_freed_memory()
    names = ["banana", "basketball"]
    about = {"architecture": architecture, "image_size": size, "batch_size": batch}
    params = validate_params(
        about | {"classes": names, "real_fraction": 1.0, "synthetic_fraction": 1.0}
    )
    process_group = devices.ProcessGroup(0, 1, torch.device("cpu"))
    model = build_model(architecture, CLASSES, seed=0)
    optimizer = build_optimizer(params, model)
    if fed:
        renders = fake_data.write_renders(folder / "renders", 256, composites.RENDER_SIDE[size])
        scenes = fake_data.write_photographs(folder / "scenes", 256, (256, 256))
        data = composites.synthetic_training_set(folder / "packed", renders, scenes, size, batch)
    else:
        images, labels = memory_batch(size, batch)
        plan = SimpleNamespace(
            steps=10**6,
            steps_per_round=10**6,
            batch_indices=lambda step: SimpleNamespace(real=range(batch), synthetic=()),
        )
        data = SimpleNamespace(
            batch_sampler=plan, batch=lambda *a, **k: Batch(images, labels, [], batch)
        )
    at = 0

    def work() -> float:
        nonlocal at
        turn = range(at, at + steps)
        at += steps
        with tqdm(disable=True) as bar:
            row = loop._train_round(params, model, optimizer, data, turn, process_group, bar)  # type: ignore[arg-type]
        work.data_share = row["data_share"]
        return row["images_per_second"]

    return work


def serve_contender(pipe: Connection, kind: str, *about) -> None:
    """Process of a contender: works on request, and reports rate, waiting time and peak memory."""
    work = plain_contender(*about) if kind == PLAIN else synthlib_contender(*about, fed=kind == FED)
    work()  # the first turn is not counted
    pipe.send("ready")
    while pipe.recv():
        rate = work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        pipe.send((rate, getattr(work, "data_share", 0.0), peak))


def main() -> None:
    """Measure, and print one table per network and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=list(CASES))
    args = parser.parse_args()
    results = {}
    for name, (size, batch, our_steps, plain_steps) in CASES.items():
        if args.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            results |= measure_case(
                name, size, batch, our_steps, plain_steps, Path(folder), args.rounds
            )
    harness.print_result("training", threads=torch.get_num_threads(), **results)


def measure_case(
    name: str, size: int, batch: int, our_steps: int, plain_steps: int, folder: Path, turns: int
) -> dict[str, object]:
    """Measure the three contenders of a network in turn; returns its part of the last line."""
    context = multiprocessing.get_context("spawn")
    pipes, extra = {}, {}
    for kind in (PLAIN, OURS, FED):
        here, there = context.Pipe()
        steps = plain_steps if kind == PLAIN else our_steps
        about = (there, kind, name, size, batch, steps, folder)
        context.Process(target=serve_contender, args=about, daemon=True).start()
        there.close()
        here.recv()
        pipes[kind] = here

    def turn(kind: str) -> float:
        pipes[kind].send(True)
        rate, waited, peak = pipes[kind].recv()
        extra.setdefault(kind, []).append((waited, peak))
        return rate

    rates = harness.run_rounds({kind: lambda kind=kind: turn(kind) for kind in pipes}, turns)
    for pipe in pipes.values():
        pipe.send(False)
    harness.print_table(f"training {name} at {size} px, batches of {batch}", rates)
    peaks = {kind: round(values[-1][1], 2) for kind, values in extra.items()}
    waited = sum(wait for wait, _ in extra[FED]) / turns
    print(f"  peak memory, GB: {', '.join(f'{kind} {peak}' for kind, peak in peaks.items())}")
    print(f"  waiting for data: {100 * waited:.1f}% of the time")
    return {
        f"{name}_{size}": harness.rate_ratio(rates, OURS, PLAIN),
        f"{name}_{size}_with_data": harness.rate_ratio(rates, FED, PLAIN),
        f"{name}_{size}_fed_to_memory": harness.rate_ratio(rates, FED, OURS),
        f"{name}_{size}_data_wait": round(waited, 4),
        f"{name}_{size}_peak_gb": peaks,
    }


if __name__ == "__main__":
    main()
