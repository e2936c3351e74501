"""A stand-in for a GPU: tensors that say they are on `cuda` and are computed on the CPU.

What mixes them with tensors of the CPU fails as on a GPU, and what makes the CPU wait for the
device is counted, so that the code paths of a GPU can be tested, values included, without one.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

CUDA = torch.device("cuda", 0)
aten = torch.ops.aten

_CROSSES_DEVICES = {aten.copy_.default, aten._to_copy.default}
_TAKES_CPU_INDICES = {
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._index_put_impl_.default,
}
_WAITS = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.is_nonzero.default,
    aten.nonzero.default,
    aten.masked_select.default,
}


class CudaTensor(Tensor):
    """A tensor on the stand-in; `on_cpu` has its values."""

    on_cpu: Tensor

    @staticmethod
    def __new__(cls, on_cpu: Tensor) -> "CudaTensor":
        return Tensor._make_wrapper_subclass(
            cls,
            on_cpu.size(),
            strides=on_cpu.stride(),
            storage_offset=on_cpu.storage_offset(),
            dtype=on_cpu.dtype,
            device=CUDA,
            requires_grad=on_cpu.requires_grad,
        )

    def __init__(self, on_cpu: Tensor) -> None:
        self.on_cpu = on_cpu.detach()

    def __repr__(self) -> str:
        return f"CudaTensor({self.on_cpu!r})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {}, Counter())


class StandInCuda(TorchDispatchMode):
    """Dispatch mode in which the device `cuda` exists.

    Attributes:
        waits: How often each operation made the CPU wait for the device, as in a copy from memory
            that is not pinned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {}, self.waits)


@contextmanager
def stand_in_cuda() -> Iterator[StandInCuda]:
    """Context in which the device `cuda` exists, in this thread."""
    with pytest.MonkeyPatch.context() as patch, StandInCuda() as mode:
        patch.setattr(torch.cuda, "_lazy_init", lambda: None)
        yield mode


def values(tensor: Tensor) -> Tensor:
    """The values of a tensor of the stand-in, on the CPU."""
    assert isinstance(tensor, CudaTensor)
    return tensor.on_cpu


def _compute(func: Any, args: tuple, kwargs: dict, waits: Counter[str]) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    on_cuda = [tensor for tensor in tensors if isinstance(tensor, CudaTensor)]
    on_cpu = [tensor for tensor in tensors if not isinstance(tensor, CudaTensor) and tensor.dim()]
    device = kwargs.get("device")
    to_cuda = bool(on_cuda) if device is None else torch.device(device).type == "cuda"
    if func is aten.copy_.default:
        to_cuda = isinstance(args[0], CudaTensor)
    crosses = func in _CROSSES_DEVICES and tensors and to_cuda != isinstance(tensors[-1], CudaTensor)
    if on_cuda and on_cpu and not crosses:
        if func not in _TAKES_CPU_INDICES or not isinstance(args[0], CudaTensor):
            shapes = [tuple(tensor.shape) for tensor in on_cpu]
            raise RuntimeError(f"{func}: tensors {shapes} are on the CPU, others on cuda")
        waits[str(func)] += 1  # the indices are copied
    if crosses and not kwargs.get("non_blocking"):
        waits["copy to cuda" if to_cuda else "copy to the CPU"] += 1
    if on_cuda and func in _WAITS:
        waits[str(func)] += 1
    plain_args, plain_kwargs = tree_map(_unwrap, (args, kwargs))
    result = tree_map(_wrap if to_cuda else _keep, func(*plain_args, **plain_kwargs))
    if not on_cuda:
        return result
    return return_and_correct_aliasing(func, args, kwargs, result)


def _unwrap(value: Any) -> Any:
    if isinstance(value, CudaTensor):
        return value.on_cpu
    is_cuda = isinstance(value, torch.device) and value.type == "cuda"
    return torch.device("cpu") if is_cuda else value


def _wrap(value: Any) -> Any:
    is_plain = isinstance(value, Tensor) and not isinstance(value, CudaTensor)
    return CudaTensor(value) if is_plain else value


def _keep(value: Any) -> Any:
    return value
