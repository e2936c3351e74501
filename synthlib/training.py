"""Trains a ResNet from random weights on a `TrainingSet`, step by step, resumable (thesis 5.2).

Every random choice is keyed by (seed, step or sample), so a run that was killed and resumed from
its last checkpoint ends with the same bytes as one that never stopped (same CPU kind, same
device). The log (`log.csv`, a row a round; a round is an epoch, or 100 steps under the `matched`
protocol) and `checkpoint.pt` are written at the end of each round, atomically.
"""

import io
import math
import os
import time
from dataclasses import dataclass, field

import pandas as pd
import torch
from safetensors.torch import load_file
from safetensors.torch import save as save_tensors
from torch import nn
from torchvision import models
from tqdm import tqdm

from synthlib.datasets import TrainingSet
from synthlib.files import write_atomic
from synthlib.params import Params
from synthlib.runs import Run
from synthlib.schedule import learning_rate
from synthlib.seeding import key_for


def build_model(architecture: str, n_classes: int, seed: int) -> nn.Module:
    """A torchvision ResNet with random weights drawn from `seed`; global random state untouched."""
    with torch.random.fork_rng():
        torch.manual_seed(key_for(seed, "weights") >> 1)
        model = models.get_model(architecture, weights=None, num_classes=n_classes)
    return model.to(memory_format=torch.channels_last)


def build_optimizer(params: Params, model: nn.Module) -> torch.optim.Optimizer:
    """SGD with momentum, or Adam, over all weights (thesis 5.2, 5.3.5)."""
    lr, decay = params.learning_rate, params.weight_decay
    if params.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=lr, weight_decay=decay)
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=params.momentum, weight_decay=decay)


def pick_device() -> torch.device:
    """The device to train on: CUDA, Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: `auto` means where the hardware has it.

    Raises ValueError when `bf16` is asked of a CPU that lacks it (it would only emulate it).
    """
    if device.type == "cuda":
        able = torch.cuda.is_bf16_supported()
    else:
        able = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    if precision == "bf16" and not able:
        raise ValueError(f"precision: bf16 asked for, but this {device.type} lacks it; use fp32")
    return able and precision != "fp32"


@dataclass
class _Progress:
    """Counts over one round, divided once at its end."""

    images: int = 0
    loss: float = 0.0
    correct: dict[str, int] = field(default_factory=lambda: {"real": 0, "synthetic": 0})
    seen: dict[str, int] = field(default_factory=lambda: {"real": 0, "synthetic": 0})
    started: float = field(default_factory=time.perf_counter)
    data_seconds: float = 0.0

    def add(self, loss: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, n_real: int):
        self.images += len(labels)
        self.loss += float(loss.detach()) * len(labels)
        hits = (logits.detach().argmax(1) == labels).cpu()
        for domain, part in (("real", hits[:n_real]), ("synthetic", hits[n_real:])):
            self.correct[domain] += int(part.sum())
            self.seen[domain] += len(part)

    def row(self) -> dict[str, float]:
        seconds = time.perf_counter() - self.started
        share = {f"train_top1_{d}": _percent(self.correct[d], n) for d, n in self.seen.items()}
        return {
            "train_loss": self.loss / self.images,
            "train_top1": _percent(sum(self.correct.values()), self.images),
            **share,
            "images_per_second": self.images / seconds,
            "data_share": self.data_seconds / seconds,
        }


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else math.nan


def fit(run: Run, data: TrainingSet, *, bar: bool = True) -> nn.Module:
    """Trains the run's model to its last step, from its checkpoint if it has one.

    Writes `log.csv` (round, step, learning_rate, train_loss, train_top1, train_top1_real,
    train_top1_synthetic in percent, images_per_second, data_share), `checkpoint.pt` and, at the
    end, `model.safetensors`. Raises FloatingPointError naming the step when the loss is not
    finite, ValueError when the checkpoint is of another run.
    """
    params = run.params
    device = pick_device()
    model = build_model(params.architecture, len(params.classes), params.seed).to(device)
    optimizer = build_optimizer(params, model)
    rows = _restore(run, model, optimizer, data)
    plan, done = data.plan, len(rows)
    with tqdm(
        total=plan.steps,
        initial=min(done * plan.steps_per_round, plan.steps),
        unit="step",
        desc=params.experiment,
        disable=not bar,
        mininterval=_interval(),
    ) as progress:
        for index in range(done, plan.rounds):
            rows.append(_round(params, model, optimizer, data, index, device, progress))
            _save(run, model, optimizer, rows)
    weights = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    write_atomic(run.folder / "model.safetensors", save_tensors(weights))
    return model


def load(run: Run) -> nn.Module:
    """The trained model of a finished run, on `pick_device()`."""
    params = run.params
    model = build_model(params.architecture, len(params.classes), params.seed)
    model.load_state_dict(load_file(run.folder / "model.safetensors"))
    return model.to(pick_device())


def _round(params, model, optimizer, data, index, device, progress) -> dict[str, float]:
    """One round of steps: the log's row of it."""
    model.train()
    bf16 = use_bf16(params.precision, device)
    counts = _Progress()
    first, rate = index * data.plan.steps_per_round, 0.0
    last = min(first + data.plan.steps_per_round, data.plan.steps)
    for step in range(first, last):
        rate = learning_rate(params, data.plan, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        asked = time.perf_counter()
        batch = data.batch(step, device)
        counts.data_seconds += time.perf_counter() - asked
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits = model(batch.images.contiguous(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(logits.float(), batch.labels)
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss.item()} at step {step} (samples {', '.join(batch.names[:4])}, "
                "...): lower learning_rate or look at that batch"
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        counts.add(loss, logits, batch.labels, batch.n_real)
        progress.update(1)
        progress.set_postfix_str(_postfix(counts), refresh=False)
    return {"round": index + 1, "step": last, "learning_rate": rate} | counts.row()


def _postfix(counts: _Progress) -> str:
    row = counts.row()
    return (
        f"loss {row['train_loss']:.3f}, top-1 {row['train_top1']:.1f}%, "
        f"{row['images_per_second']:.0f} images/s"
    )


def _save(run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, rows: list[dict]) -> None:
    """Checkpoint first, log second: the log never claims a round that can't be resumed."""
    buffer = io.BytesIO()
    state = {"digest": run.digest, "classes": list(run.params.classes), "rows": rows}
    torch.save(state | {"model": model.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
    write_atomic(run.folder / "checkpoint.pt", buffer.getvalue())
    write_atomic(run.folder / "log.csv", pd.DataFrame(rows).to_csv(index=False))


def _restore(
    run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, data: TrainingSet
) -> list[dict]:
    """Loads the checkpoint, if there is one, into model and optimiser: the log's rows so far."""
    path = run.folder / "checkpoint.pt"
    if not path.exists():
        return []
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["digest"] != run.digest or state["classes"] != list(run.params.classes):
        raise ValueError(f"{path} is of another run or class list: move it away and start again")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    print(f"goes on after round {len(state['rows'])} of {data.plan.rounds}")
    return state["rows"]


def _interval() -> float:
    return 10.0 if os.environ.get("SYNTHLIB_BATCH") else 0.5
