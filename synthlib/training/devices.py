"""What a run computes on: device, precision, threads, and the processes that train together.

One process is the rule. Under `torchrun` (or Slurm, which starts it) several train one model:
each takes its part of every batch, and gradients, batch-norm statistics and counts are summed over
all, so that the result is that of a single process but for rounding (`team`).
"""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from synthlib.training.distributed import convert_to_sync_batch_norm
from synthlib.utils.errors import ParameterError

BARRIER_TIMEOUT = timedelta(hours=12)
"""How long a process waits for the others: the first may have all renders to make."""

DEFAULT_THREADS = torch.get_num_threads()
"""What torch takes by itself: the physical cores that this process may use."""


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train one model: this one's `rank` in [0, world), and its device."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes files and speaks."""
        return self.rank == 0

    def barrier(self) -> None:
        """Returns when every process has come here."""
        if self.world_size > 1:
            distributed.barrier()

    def all_sum(self, counts: Tensor) -> Tensor:
        """The sum of `counts` over all processes."""
        if self.world_size > 1:
            distributed.all_reduce(counts)
        return counts

    def all_min(self, value: Tensor) -> Tensor:
        """The smallest `value` of all processes."""
        if self.world_size > 1:
            distributed.all_reduce(value, distributed.ReduceOp.MIN)
        return value

    def wrap_ddp(self, model: nn.Module) -> nn.Module:
        """`model`, whose batch norm and gradients then see the whole batch; itself when alone."""
        if self.world_size == 1:
            return model
        if self.device.type == "cuda":
            shared = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        else:
            shared = convert_to_sync_batch_norm(model)
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(shared, device_ids=ids, broadcast_buffers=False)


@contextmanager
def join_process_group() -> Iterator[ProcessGroup]:
    """The processes that `torchrun` started, joined while the block runs; this one alone without.

    NCCL on GPUs, one process each; gloo on CPUs.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield single_process()
        return
    if not {"RANK", "LOCAL_RANK"} <= set(os.environ):
        raise ParameterError(
            f"WORLD_SIZE is {world} but RANK and LOCAL_RANK are not set: start by torchrun, or "
            "unset it to train in one process"
        )
    rank, local = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    if torch.cuda.is_available():
        found = torch.cuda.device_count()
        if local >= found:
            raise ParameterError(
                f"process {local} of this machine has no GPU: torchrun --nproc-per-node may be "
                f"at most {found} here"
            )
        device, backend = torch.device("cuda", local), "nccl"
        torch.cuda.set_device(device)
        _forbid_tf32()
    else:
        device, backend = torch.device("cpu"), "gloo"
    distributed.init_process_group(backend, timeout=BARRIER_TIMEOUT)
    try:
        yield ProcessGroup(rank, world, device)
    finally:
        distributed.destroy_process_group()


def single_process() -> ProcessGroup:
    """This process by itself, on the best device there is."""
    return ProcessGroup(0, 1, pick_device())


def pick_device() -> torch.device:
    """The device to train on: CUDA, Apple's MPS, else the CPU.

    float32 is float32 on it from then on: TF32 is switched off for the whole process.
    """
    _forbid_tf32()
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _forbid_tf32() -> None:
    # PyTorch lets cuDNN's convolutions use TF32, whose 10-bit mantissa would change what fp32
    # runs and all tests compute; matrix products are float32 by default.
    torch.backends.cudnn.allow_tf32 = False


def reserve_one_core() -> None:
    """Has torch compute on all CPU cores but one, unless `OMP_NUM_THREADS` says how many.

    The last is for the data path and whatever else the machine does. Threads wait for each other
    many times a step; with one for every core, all stand still when a single one is kept waiting
    (2 cores: a tenth of a single thread's speed beside two busy processes, 1.2 times it on an idle
    machine).
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, DEFAULT_THREADS - 1))


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: `auto` means where the hardware has it.

    Raises ParameterError when `bf16` is asked of hardware that lacks it (it would only emulate it).
    """
    if device.type == "cuda":
        able = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        able = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    if precision == "bf16" and not able:
        raise ParameterError(
            f"precision: bf16 asked for, but this {device.type} lacks it; use fp32"
        )
    return able and precision != "fp32"


def compute_info(process_group: ProcessGroup | None = None) -> dict[str, Any]:
    """What `environment.json` says of the computation: `device`, CPU `threads` and `processes`
    (both can change the last bits of a result), `bf16` (whether the device has it), and the peak
    memory of this process in GB (its own, and the GPU's)."""
    process_group = process_group or single_process()
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kB elsewhere
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    found: dict[str, Any] = {
        "device": str(process_group.device),
        "threads": torch.get_num_threads(),
        "processes": process_group.world_size,
        "bf16": use_bf16("auto", process_group.device),
        "peak_memory_gb": round(peak / 1e9, 2),
    }
    if process_group.device.type == "cuda":
        found["gpu"] = torch.cuda.get_device_name(process_group.device)
        found["peak_gpu_memory_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
    return found
