"""Device, precision and threads of a run, and the processes that train one model together.

Usually one process trains. Under `torchrun` (or Slurm, which starts it) several processes train one
model: each computes a part of every batch, and gradients, batch-norm statistics and counts are
summed over all, so that the result is that of a single process up to rounding.
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
from synthlib.utils.executors import available_cores

BARRIER_TIMEOUT = timedelta(hours=12)
"""Longest time that a process waits for the others: the main one may have to render everything."""

DEFAULT_THREADS = min(torch.get_num_threads(), available_cores())
"""Torch's default number of threads: the physical cores that this process may use."""


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train one model together, seen from this one.

    Attributes:
        rank: Number of this process, in [0, world_size).
        world_size: Number of processes.
        device: Device of this process.
    """

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """True for the one process that writes files and logs."""
        return self.rank == 0

    def barrier(self) -> None:
        """Wait until all processes have called this."""
        if self.world_size > 1:
            distributed.barrier()

    def all_sum(self, counts: Tensor) -> Tensor:
        """The sum of `counts` over all processes; `counts` itself is overwritten."""
        if self.world_size > 1:
            distributed.all_reduce(counts)
        return counts

    def all_min(self, value: Tensor) -> Tensor:
        """The smallest `value` of all processes; `value` itself is overwritten."""
        if self.world_size > 1:
            distributed.all_reduce(value, distributed.ReduceOp.MIN)
        return value

    def wrap_ddp(self, model: nn.Module) -> nn.Module:
        """Wrap a model so that its batch norm and its gradients use the whole batch.

        A process on its own gets the model back.
        """
        if self.world_size == 1:
            return model
        if self.device.type == "cuda":
            synchronised, ids = nn.SyncBatchNorm.convert_sync_batchnorm(model), [self.device.index]
        else:
            synchronised, ids = convert_to_sync_batch_norm(model), None
        return DistributedDataParallel(synchronised, device_ids=ids, broadcast_buffers=False)


@contextmanager
def join_process_group() -> Iterator[ProcessGroup]:
    """Context in which the processes that `torchrun` started are joined.

    NCCL connects GPUs, with one process for each; gloo connects CPUs. Without `torchrun`, the group
    is this process alone.

    Raises:
        ParameterError: If torchrun's variables are incomplete, or there are more processes than
            GPUs.
    """
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    if world_size == 1:
        yield single_process()
        return
    if not {"RANK", "LOCAL_RANK"} <= set(os.environ):
        raise ParameterError(
            f"WORLD_SIZE is {world_size} but RANK and LOCAL_RANK are not set: start by torchrun, "
            "or unset it to train in one process"
        )
    rank, local_rank = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    if torch.cuda.is_available():
        n_gpus = torch.cuda.device_count()
        if local_rank >= n_gpus:
            raise ParameterError(
                f"process {local_rank} of this machine has no GPU: torchrun --nproc-per-node may "
                f"be at most {n_gpus} here"
            )
        device, backend = torch.device("cuda", local_rank), "nccl"
        torch.cuda.set_device(device)
        _forbid_tf32()
    else:
        device, backend = torch.device("cpu"), "gloo"
    distributed.init_process_group(backend, timeout=BARRIER_TIMEOUT)
    try:
        yield ProcessGroup(rank, world_size, device)
    finally:
        distributed.destroy_process_group()


def single_process() -> ProcessGroup:
    """The group of this process alone, on the best device."""
    return ProcessGroup(0, 1, pick_device())


def pick_device() -> torch.device:
    """The device to train on: CUDA, Apple's MPS, else the CPU.

    TF32 is switched off for the whole process, so that float32 keeps its precision.
    """
    _forbid_tf32()
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _forbid_tf32() -> None:
    # PyTorch lets cuDNN's convolutions use TF32, whose 10-bit mantissa would change what fp32
    # runs and all tests compute; matrix products do if a user or a container asks for it. The
    # settings of old come first: torch raises an error when they and the new ones disagree.
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.conv.fp32_precision = "ieee"  # pyright: ignore[reportAttributeAccessIssue]
    torch.backends.cudnn.rnn.fp32_precision = "ieee"  # pyright: ignore[reportAttributeAccessIssue]
    torch.backends.cuda.matmul.fp32_precision = "ieee"


@contextmanager
def deterministic_convolutions() -> Iterator[None]:
    """Context in which cuDNN uses one algorithm, a deterministic one, for each convolution.

    It is in addition to what is always so: kernels of other libraries that training uses are
    deterministic on one device. `torch.backends.cudnn.flags` would also set TF32.
    """
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic
    cudnn.benchmark, cudnn.deterministic = False, True
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.deterministic = before


def reserve_one_core() -> None:
    """Let torch compute on all CPU cores except one, unless `OMP_NUM_THREADS` is set.

    The last core is for the data path and other programs. Threads wait for each other many times
    per step; with one per core, all wait when a single one is delayed (with 2 cores, a tenth of a
    single thread's speed next to two busy processes, 1.2 times on an idle machine).
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, DEFAULT_THREADS - 1))


def use_bf16(precision: str, device: torch.device) -> bool:
    """True if a run computes in bfloat16 on a device.

    Args:
        precision: `bf16`, `fp32`, or `auto`, which is bf16 where the hardware is faster with it.
        device: The device.

    Raises:
        ParameterError: If `bf16` is required of hardware that only emulates it.
    """
    if device.type == "cuda":
        supported = is_fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        supported = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
        is_fast = supported and _is_bf16_fast_on_cpu()
    if precision == "bf16" and not supported:
        raise ParameterError(f"precision: bf16 is not supported by this {device.type}; use fp32")
    return supported if precision == "bf16" else is_fast and precision == "auto"


def _is_bf16_fast_on_cpu() -> bool:
    """True if a CPU that has bf16 computes faster with it than with float32.

    AMD's do since Zen 4, Intel's only with AMX, which virtual machines may hide: with AVX-512
    alone, an Emerald Rapids takes twice as long for a convolution (measured in docs/speed.md).
    """
    cpu = torch.cpu.get_capabilities()
    return cpu["amx_bf16"] or not cpu["cpu_name"].startswith("Intel")


def compute_info(process_group: ProcessGroup | None = None) -> dict[str, Any]:
    """The computing environment of a run, for `environment.json`.

    Returns:
        `device`, CPU `threads` and `processes` (both can change the last bits of a result), `bf16`
        (true if `auto` uses it on the device), `peak_memory_gb` of this process; on a GPU also its
        name `gpu` and `peak_gpu_memory_gb`.
    """
    process_group = process_group or single_process()
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, others KiB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    info: dict[str, Any] = {
        "device": str(process_group.device),
        "threads": torch.get_num_threads(),
        "processes": process_group.world_size,
        "bf16": use_bf16("auto", process_group.device),
        "peak_memory_gb": round(peak / 1e9, 2),
    }
    if process_group.device.type == "cuda":
        info["gpu"] = torch.cuda.get_device_name(process_group.device)
        info["peak_gpu_memory_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
    return info
