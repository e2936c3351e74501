"""Trains a ResNet from random weights on a `TrainingSet`, step by step, resumable (thesis 5.2).

Every random choice is keyed by (seed, step or sample), so a run that was killed and resumed from
its last checkpoint ends with the same bytes as one that never stopped (same CPU kind, same
device, same number of processes). The log (`log.csv`, a row a round; a round is an epoch, or 100
steps under the `matched` protocol) and `checkpoint.pt` are written at each round's end, atomically.
"""

import logging
import math
import os
import time

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from synthlib.data.datasets import Batch, TestSet, TrainingSet
from synthlib.params import Params
from synthlib.runs import Run
from synthlib.training import checkpoint
from synthlib.training.devices import (
    ProcessGroup,
    pick_device,
    reserve_one_core,
    single_process,
    use_bf16,
)
from synthlib.training.models import build_model
from synthlib.training.optim import build_optimizer, learning_rate_at
from synthlib.training.prefetch import Prefetcher
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import write_atomic

logger = logging.getLogger(__name__)


class TrainingError(SynthlibError):
    """Training cannot go on."""


LOSS_CHECK_INTERVAL = 20
"""Steps between two looks at the loss: each waits for the device, so not every step has one."""


def train(
    run: Run,
    training_set: TrainingSet,
    test_set: TestSet | None = None,
    *,
    show_progress: bool = True,
    process_group: ProcessGroup | None = None,
) -> nn.Module:
    """Trains the run's model to its last step, from its checkpoint if it has one.

    Writes `log.csv` (round, step, learning_rate, train_loss, train_top1, train_top1_real,
    train_top1_synthetic in percent, images_per_second, data_share: of the time, spent waiting for
    data, test_top1: of `test` after the round, to look at and never to choose by; NaN without),
    `checkpoint.pt` and, at the end, `model.safetensors`. `together`: the processes that
    train it (`devices.team`); each needs the run's folder. Raises TrainingError naming the
    batch when the loss is not finite, RunError when a checkpoint does not fit the run.
    """
    reserve_one_core()
    process_group = process_group or single_process()
    params, plan = run.params, training_set.batch_sampler
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    model = model.to(process_group.device)
    shared = process_group.wrap_ddp(model)  # the same weights, where processes train together
    optimizer = build_optimizer(params, model)
    rows = checkpoint.restore_checkpoint(run, model, optimizer)
    done, together_bar = len(rows), show_progress and process_group.is_main
    if done and process_group.is_main:
        logger.info(f"goes on after round {done} of {plan.n_rounds}")
        _write_log(run, rows)  # it lacks the last round where the run was killed just after it
    with (
        torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ),
        tqdm(
            total=plan.steps,
            initial=min(done * plan.steps_per_round, plan.steps),
            unit="step",
            desc=params.experiment,
            disable=not together_bar,
            mininterval=_progress_interval(),
        ) as progress,
    ):
        for index in range(done, plan.n_rounds):
            steps = _round_steps(training_set, index)
            rows.append(
                _train_round(
                    params, shared, optimizer, training_set, steps, process_group, progress
                )
            )
            if process_group.is_main:
                rows[-1]["test_top1"] = _test_top1(model, test_set, process_group.device)
                _save_checkpoint_and_log(run, model, optimizer, rows)
            process_group.barrier()
    if process_group.is_main:
        checkpoint.save_model(run, model)
    return model


def load_model(run: Run) -> nn.Module:
    """The trained model of a finished run, on `pick_device()`. Raises TrainingError with a sentence
    when its weights are missing, cut short, or of another architecture or class list."""
    params = run.params
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    return checkpoint.load_model_weights(run, model).to(pick_device())


class RunningMetrics:
    """Sums over one round, on the device; divided once, at its end."""

    NAMES = ("loss", "images", "right", "real", "right_real")

    def __init__(self, device: torch.device) -> None:
        exact = torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64
        self.sums = torch.zeros(len(self.NAMES), dtype=exact, device=device)
        self.first_nonfinite_step = torch.full((), torch.iinfo(torch.int64).max, device=device)
        self.started = time.perf_counter()

    @torch.no_grad()
    def update(self, step: int, losses: Tensor, logits: Tensor, batch: Batch) -> None:
        """Counts a step's part: `losses` (N,) and `logits` (N, classes) of `batch`."""
        right, n, n_real = logits.argmax(1) == batch.labels, len(batch.labels), batch.n_real
        loss = losses.sum()
        found = torch.stack([loss, right.sum(), right[:n_real].sum()]).to(self.sums.dtype)
        self.sums[[0, 2, 4]] += found
        self.sums[1] += n
        self.sums[3] += n_real
        first_bad = torch.where(torch.isfinite(loss), self.first_nonfinite_step, step)
        self.first_nonfinite_step = torch.minimum(self.first_nonfinite_step, first_bad)

    def log_row(self, sums: Tensor, waited: float) -> dict[str, float]:
        """The log's columns; `sums` are this process's or everybody's."""
        seconds = time.perf_counter() - self.started
        loss, images, right, real, right_real = sums.tolist()
        return {
            "train_loss": loss / images if images else math.nan,  # none on this process yet
            "train_top1": _percent(right, images),
            "train_top1_real": _percent(right_real, real),
            "train_top1_synthetic": _percent(right - right_real, images - real),
            "images_per_second": images / seconds,
            "data_share": waited / seconds,
        }


def _train_round(
    params: Params,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    training_set: TrainingSet,
    steps: range,
    process_group: ProcessGroup,
    progress: tqdm,
) -> dict[str, float]:
    """One round of steps: the log's row of it."""
    model.train()
    device, rate = process_group.device, 0.0
    bf16 = use_bf16(params.precision, device)
    counts = RunningMetrics(device)

    def make(step: int) -> Batch:
        return training_set.batch(
            step, device, rank=process_group.rank, world_size=process_group.world_size
        )

    feed = Prefetcher(make, steps)
    for step, batch in zip(steps, feed, strict=True):
        rate = learning_rate_at(params, training_set.batch_sampler, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits = model(batch.images.contiguous(memory_format=torch.channels_last))
        losses = nn.functional.cross_entropy(logits.float(), batch.labels, reduction="none")
        optimizer.zero_grad(set_to_none=True)
        # each process's gradient is divided by their number: the sum is the whole batch's mean
        (losses.sum() * (process_group.world_size / _batch_size(training_set, step))).backward()
        optimizer.step()
        counts.update(step, losses, logits, batch)
        progress.update(1)
        if step % LOSS_CHECK_INTERVAL == 0 or step == steps[-1]:
            raise_on_nonfinite_loss(training_set, process_group, counts)
            progress.set_postfix_str(
                _progress_text(counts.log_row(counts.sums, feed.seconds_waited)), refresh=False
            )
    row = counts.log_row(process_group.all_sum(counts.sums), feed.seconds_waited)
    return (
        {"round": steps.start // training_set.batch_sampler.steps_per_round + 1, "step": steps.stop}
        | {"learning_rate": rate}
        | row
    )


def _test_top1(model: nn.Module, test_set: TestSet | None, device: torch.device) -> float:
    """Percent of the test images that the model, in float32, names rightly."""
    if test_set is None:
        return math.nan
    model.eval()
    with torch.inference_mode():
        guesses = torch.cat([model(images).argmax(1).cpu() for images in test_set.batches(device)])
    return 100 * float((guesses.numpy() == test_set.image_set.labels).mean())


def _round_steps(data: TrainingSet, index: int) -> range:
    first = index * data.batch_sampler.steps_per_round
    return range(first, min(first + data.batch_sampler.steps_per_round, data.batch_sampler.steps))


def _batch_size(data: TrainingSet, step: int) -> int:
    picks = data.batch_sampler.batch_indices(step)
    return len(picks.real) + len(picks.synthetic)


def raise_on_nonfinite_loss(
    training_set: TrainingSet, process_group: ProcessGroup, metrics: RunningMetrics
) -> None:
    """Raises, in every process, when any has seen a loss that is not finite."""
    bad = int(process_group.all_min(metrics.first_nonfinite_step.clone()))
    if bad < training_set.batch_sampler.steps:
        names = ", ".join(training_set.batch(bad, torch.device("cpu")).names[:4])
        raise TrainingError(
            f"the loss is not finite at step {bad} (samples {names}, ...): lower learning_rate or "
            "look at that batch"
        )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def _progress_text(row: dict[str, float]) -> str:
    return (
        f"loss {row['train_loss']:.3f}, top-1 {row['train_top1']:.1f}%, "
        f"{row['images_per_second']:.0f} images/s"
    )


def _save_checkpoint_and_log(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, rows: list[dict]
) -> None:
    """Checkpoint first, log second: the log never claims a round that can't be resumed."""
    checkpoint.save_checkpoint(run, model, optimizer, rows)
    _write_log(run, rows)


def _write_log(run: Run, rows: list[dict]) -> None:
    write_atomic(run.folder / "log.csv", pd.DataFrame(rows).to_csv(index=False))


def _progress_interval() -> float:
    return 10.0 if os.environ.get("SYNTHLIB_BATCH") else 0.5
