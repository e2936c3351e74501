"""Resumable training of a ResNet from random weights on a `TrainingSet` (thesis 5.2).

Training is divided into rounds: a round is an epoch, or 100 steps under a protocol of equal steps.
The checkpoint and the log are written atomically at the end of each round. All random choices are
keyed by the seed and the step or sample, so a run that was killed and resumed from its checkpoint
ends with the same bytes as one that was not, given the same kind of CPU, the same device and the
same number of processes.
"""

import logging
import math
import time
from dataclasses import replace
from typing import cast

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from synthlib.data.batch_sampler import REAL, SYNTHETIC, BatchSampler
from synthlib.data.datasets import Batch, TestSet, TrainingSet
from synthlib.params import Params
from synthlib.runs import DIVERGED, Run
from synthlib.training import checkpoint
from synthlib.training.devices import (
    ProcessGroup,
    deterministic_convolutions,
    reserve_one_core,
    single_process,
    use_bf16,
)
from synthlib.training.models import (
    LayerPerDomain,
    build_model,
    layer_per_domain,
    logits_by_domain,
)
from synthlib.training.optim import (
    build_optimizer,
    input_size_at,
    learning_rate_at,
    resize_input,
)
from synthlib.training.prefetch import Prefetcher
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import write_atomic
from synthlib.utils.progress import progress_bar

logger = logging.getLogger(__name__)

LOSS_CHECK_INTERVAL = 20
"""Number of steps between two checks that the loss is finite. A check waits for the device, which
would slow down training if it were made at every step."""


class TrainingError(SynthlibError):
    """Training cannot continue."""


def train(
    run: Run,
    training_set: TrainingSet,
    test_set: TestSet | None = None,
    *,
    show_progress: bool = True,
    process_group: ProcessGroup | None = None,
) -> nn.Module:
    """Train the model of a run to its last step, starting from its checkpoint if it has one.

    `checkpoint.pt` and `log.csv` are written to the run's folder after each round, and
    `model.safetensors` at the end. The columns of `log.csv`, one row per round:

    - `round`: number of the round, from 1.
    - `step`: number of steps so far.
    - `learning_rate`: the learning rate of the round's last step.
    - `train_loss`: mean cross-entropy of the round's training images, as augmented, with the
      labels as smoothed by `label_smoothing`.
    - `train_top1`: percent of these images that were classified correctly.
    - `train_top1_real`: `train_top1` of photographs only; NaN if there are none.
    - `train_top1_synthetic`: `train_top1` of synthetic images only; NaN if there are none.
    - `images_per_second`: training images per second.
    - `data_share`: share of the time spent waiting for data, in [0, 1].
    - `test_top1`: percent of the images of `test_set` classified correctly after the round; NaN
      without `test_set`. It is for monitoring: nothing is selected by it.

    Args:
        run: The run, with its parameters and its folder.
        training_set: The samples to train on.
        test_set: The test set for the column `test_top1`. It does not influence the weights.
        show_progress: If True, show a progress bar.
        process_group: The processes that train the model together (`devices.join_process_group`);
            all of them need access to the run's folder. None: this process alone, on the best
            device.

    Returns:
        The trained model, on the device it was trained on. With `separate_last_layers` it has the
        layer for photographs.

    Raises:
        TrainingError: If the loss or, at the end of a round, a weight is not finite; the message
            names the step. Nothing is saved of that round.
        RunError: If the run's checkpoint is damaged or belongs to another run.

    Examples:
        >>> run = runs.open_run(params, data.digests)
        >>> model = train(run, training_set(params, data), test_sets(params, data)["real"])
        >>> log = pd.read_csv(run.folder / "log.csv")
    """
    reserve_one_core()
    process_group = process_group or single_process()
    params = run.params
    batch_sampler = training_set.batch_sampler
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    if params.separate_last_layers:
        model.fc = LayerPerDomain(cast(nn.Linear, model.fc))
    model = model.to(process_group.device)
    ddp_model = process_group.wrap_ddp(model)  # shares its weights with `model`
    optimizer = build_optimizer(params, model)
    log_rows = checkpoint.restore_checkpoint(run, model, optimizer)
    n_done = len(log_rows)
    if n_done and process_group.is_main:
        logger.info(f"resumes after round {n_done} of {batch_sampler.n_rounds}")
        # a run that was killed between checkpoint and log has no row of its last round in the log
        _write_log(run, log_rows)
    progress = progress_bar(
        total=batch_sampler.steps,
        initial=min(n_done * batch_sampler.steps_per_round, batch_sampler.steps),
        unit="steps",
        title=params.experiment,
        show=show_progress and process_group.is_main,
    )
    # so that a resumed run computes the same bytes
    with deterministic_convolutions(), progress:
        for round_index in range(n_done, batch_sampler.n_rounds):
            steps = batch_sampler.round_steps(round_index)
            row = _train_round(
                params, ddp_model, optimizer, training_set, steps, process_group, progress
            )
            raise_on_nonfinite_weights(model, steps)
            log_rows.append(row)
            if process_group.is_main:
                if params.separate_last_layers:
                    has_real = steps.stop > batch_sampler.first_step(REAL)
                    layer_per_domain(model).tested_domain = REAL if has_real else SYNTHETIC
                row["test_top1"] = _test_top1(model, test_set, process_group.device)
                _save_checkpoint_and_log(run, model, optimizer, log_rows)
            process_group.barrier()
    if params.separate_last_layers:
        model.fc = layer_per_domain(model).for_photographs()
    if process_group.is_main:
        checkpoint.save_model(run, model)
    return model


class RunningMetrics:
    """Loss and accuracy of one round, summed on the device.

    Nothing is copied to the CPU before a row of the log is asked for, as that would make every step
    wait for the device.

    Attributes:
        sums: Sums over the batches of this process, in the order of `NAMES`, float64 (5,); float32
            on MPS.
        first_nonfinite_step: The first step whose loss was not finite, int64 (); the largest int64
            if there is none.
    """

    NAMES = ("loss", "images", "correct", "real", "correct_real")

    def __init__(self, device: torch.device) -> None:
        dtype = torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64
        self.sums = torch.zeros(len(self.NAMES), dtype=dtype, device=device)
        self.first_nonfinite_step = torch.full((), torch.iinfo(torch.int64).max, device=device)
        self._started = time.perf_counter()

    @torch.no_grad()
    def update(self, step: int, losses: Tensor, logits: Tensor, batch: Batch) -> None:
        """Add the results of a step.

        Args:
            step: Number of the step, from 0.
            losses: Cross-entropy of each sample, float32 (N,).
            logits: float (N, n_classes).
            batch: The batch that they were computed from.
        """
        correct = logits.argmax(1) == batch.labels
        loss = losses.sum()
        # counts are filled in on the device: copying them there would wait for it
        images, real = (loss.new_full((), n) for n in (len(batch.labels), batch.n_real))
        correct_real = correct[: batch.n_real].sum()
        device_sums = torch.stack([loss, images, correct.sum(), real, correct_real])
        self.sums += device_sums.to(self.sums.dtype)
        nonfinite_step = torch.where(torch.isfinite(loss), self.first_nonfinite_step, step)
        self.first_nonfinite_step = torch.minimum(self.first_nonfinite_step, nonfinite_step)

    def log_row(self, sums: Tensor, seconds_waited: float) -> dict[str, float]:
        """Compute the columns of the log that depend on the sums.

        Args:
            sums: Sums in the order of `NAMES`, of this process or added over all processes.
            seconds_waited: Time since the start of the round that was spent waiting for data.

        Returns:
            The columns `train_loss` to `data_share` (see `train`).
        """
        seconds = time.perf_counter() - self._started
        loss, images, correct, real, correct_real = sums.tolist()
        return {
            "train_loss": loss / images if images else math.nan,  # no image on this process yet
            "train_top1": _percent(correct, images),
            "train_top1_real": _percent(correct_real, real),
            "train_top1_synthetic": _percent(correct - correct_real, images - real),
            "images_per_second": images / seconds,
            "data_share": seconds_waited / seconds,
        }


def raise_on_nonfinite_loss(
    training_set: TrainingSet, process_group: ProcessGroup, metrics: RunningMetrics
) -> None:
    """Stop the training in all processes if any of them had a loss that is not finite.

    Raises:
        TrainingError: If the loss of a step was not finite; the message names the step and the
            first samples of its batch.
    """
    step = int(process_group.all_min(metrics.first_nonfinite_step.clone()))
    if step < training_set.batch_sampler.steps:
        names = ", ".join(training_set.batch(step, torch.device("cpu")).names[:4])
        raise TrainingError(
            f"the loss is not finite at step {step} (samples {names}, ...): {DIVERGED}, or look at "
            "that batch"
        )


def raise_on_nonfinite_weights(model: nn.Module, steps: range) -> None:
    """Stop the training if a weight or a batch-norm statistic is not finite after some steps.

    The weights can be lost in the last step of a round, whose loss is still that of the weights
    before it. All processes have the same weights, and so stop together.

    Raises:
        TrainingError: If one is not finite.
    """
    if names := checkpoint.nonfinite_weights(model):
        raise TrainingError(
            f"weights are not finite after steps {steps.start} to {steps[-1]} ({names}): {DIVERGED}"
        )


def _train_round(
    params: Params,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    training_set: TrainingSet,
    steps: range,
    process_group: ProcessGroup,
    progress: tqdm,
) -> dict[str, float]:
    """Train for the steps of one round; return its row of the log, without `test_top1`."""
    model.train()
    device = process_group.device
    batch_sampler = training_set.batch_sampler
    rank, world_size = process_group.rank, process_group.world_size
    bf16 = use_bf16(params.precision, device)
    metrics = RunningMetrics(device)
    learning_rate = 0.0

    def load_batch(step: int) -> Batch:
        batch = training_set.batch(step, device, rank=rank, world_size=world_size)
        size = input_size_at(params, batch_sampler.steps, step)
        return replace(batch, images=resize_input(batch.images, size))

    batches = Prefetcher(load_batch, steps)
    for step, batch in zip(steps, batches, strict=True):
        learning_rate = learning_rate_at(params, batch_sampler, step)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        if params.separate_last_layers:
            _start_later_layer(model, batch_sampler, step)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits = model(batch.images.contiguous(memory_format=torch.channels_last))
        if params.separate_last_layers:
            logits = logits_by_domain(logits, batch.n_real)
        losses = nn.functional.cross_entropy(
            logits.float(),
            batch.labels,
            reduction="none",
            label_smoothing=params.label_smoothing,
        )
        optimizer.zero_grad(set_to_none=True)
        # DDP averages gradients over processes; the factor world_size turns the average into a sum,
        # the gradient of the mean loss over the whole batch
        (losses.sum() * (world_size / _batch_size(training_set, step))).backward()
        optimizer.step()
        metrics.update(step, losses, logits, batch)
        progress.update(1)
        if step % LOSS_CHECK_INTERVAL == 0 or step == steps[-1]:
            raise_on_nonfinite_loss(training_set, process_group, metrics)
            row = metrics.log_row(metrics.sums, batches.seconds_waited)
            progress.set_postfix_str(_progress_text(row), refresh=False)
    row = metrics.log_row(process_group.all_sum(metrics.sums), batches.seconds_waited)
    return {
        "round": steps.start // batch_sampler.steps_per_round + 1,
        "step": steps.stop,
        "learning_rate": learning_rate,
    } | row


def _start_later_layer(model: nn.Module, batch_sampler: BatchSampler, step: int) -> None:
    """Copy the other domain's last layer to that of a domain whose first samples come now."""
    first_steps = [batch_sampler.first_step(domain) for domain in (REAL, SYNTHETIC)]
    if step == max(first_steps) > min(first_steps):
        layer_per_domain(model).copy_to(first_steps.index(step))


def _test_top1(model: nn.Module, test_set: TestSet | None, device: torch.device) -> float:
    """Percent of the test images that the model classifies correctly, computed in float32."""
    if test_set is None:
        return math.nan
    model.eval()
    with torch.inference_mode():
        predicted = torch.cat(
            [model(images).argmax(1).cpu() for images in test_set.batches(device)]
        )
    return 100 * float((predicted.numpy() == test_set.image_set.labels).mean())


def _batch_size(training_set: TrainingSet, step: int) -> int:
    """Size of a step's batch over all processes."""
    indices = training_set.batch_sampler.batch_indices(step)
    return len(indices.real) + len(indices.synthetic)


def _percent(part: float, total: float) -> float:
    return 100 * part / total if total else math.nan


def _progress_text(row: dict[str, float]) -> str:
    return (
        f"loss {row['train_loss']:.3f}, top-1 {row['train_top1']:.1f}%, "
        f"{row['images_per_second']:.0f} images/s"
    )


def _save_checkpoint_and_log(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, log_rows: list[dict[str, float]]
) -> None:
    # checkpoint first: the log never contains a round from which the run could not resume
    checkpoint.save_checkpoint(run, model, optimizer, log_rows)
    _write_log(run, log_rows)


def _write_log(run: Run, log_rows: list[dict[str, float]]) -> None:
    write_atomic(run.folder / "log.csv", pd.DataFrame(log_rows).to_csv(index=False))
