"""A stand-in for a GPU: tensors that say they are on `cuda` and are computed on the CPU.

What mixes them with tensors of the CPU fails as on a GPU, and what makes the CPU wait for the
device is counted, so that the code paths of a GPU can be tested, values included, without one.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

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
    """A tensor on the stand-in; `on_cpu` has its values.

    Only Python sees the device `cuda`: torch's C++ code, which would call the driver, sees the CPU.
    """

    on_cpu: Tensor
    device = property(lambda self: CUDA)
    is_cuda = property(lambda self: True)
    is_cpu = property(lambda self: False)

    @staticmethod
    def __new__(cls, on_cpu: Tensor) -> "CudaTensor":
        return Tensor._make_wrapper_subclass(
            cls,
            on_cpu.size(),
            strides=on_cpu.stride(),
            storage_offset=on_cpu.storage_offset(),
            dtype=on_cpu.dtype,
            requires_grad=on_cpu.requires_grad,
        )

    def __init__(self, on_cpu: Tensor) -> None:
        self.on_cpu = on_cpu.detach()
        for mode in _modes:
            mode.dtypes.add(on_cpu.dtype)

    def __repr__(self) -> str:
        return f"CudaTensor({self.on_cpu!r})"

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Convert; torch itself takes all values to be on the CPU, and would copy none to it."""
        target = kwargs.get("device", args[0] if args else None)
        is_cpu = isinstance(target, str | torch.device) and torch.device(target).type == "cpu"
        return self.cpu() if is_cpu else super().to(*args, **kwargs)

    def cpu(self) -> Tensor:
        """The values on the CPU."""
        _count_wait("copy to the CPU")
        return self.on_cpu.clone()

    def new_tensor(self, data: Any) -> Tensor:
        """A tensor of some numbers, of the same dtype and on the same device."""
        return torch.tensor(data, dtype=self.dtype).to(CUDA)

    def tolist(self) -> Any:
        """The values as numbers."""
        return self.cpu().tolist()

    def numpy(self) -> Any:
        """Refused, as for a tensor on a GPU."""
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {})


class StandInCuda(TorchDispatchMode):
    """Dispatch mode in which the device `cuda` exists.

    Attributes:
        waits: How often each operation made the CPU wait for the device, as in a copy from memory
            that is not pinned.
        dtypes: Those of all tensors on the device so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()
        self.dtypes: set[torch.dtype] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _compute(func, args, kwargs or {})


_modes: list[StandInCuda] = []


@contextmanager
def stand_in_cuda() -> Iterator[StandInCuda]:
    """Context in which the device `cuda` exists, in this thread."""
    with pytest.MonkeyPatch.context() as patch, StandInCuda() as mode:
        patch.setattr(torch.cuda, "_lazy_init", lambda: None)
        patch.setattr(torch.cuda, "current_stream", Mock())
        _modes.append(mode)
        # else `module.to` would put the values into the parameters of the CPU
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        try:
            yield mode
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(False)
            _modes.remove(mode)


def values(tensor: Tensor) -> Tensor:
    """The values of a tensor of the stand-in, on the CPU."""
    assert isinstance(tensor, CudaTensor)
    return tensor.on_cpu


def _count_wait(reason: str) -> None:
    for mode in _modes:
        mode.waits[reason] += 1


def _compute(func: Any, args: tuple, kwargs: dict) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    on_cuda = [tensor for tensor in tensors if isinstance(tensor, CudaTensor)]
    on_cpu = [tensor for tensor in tensors if not isinstance(tensor, CudaTensor) and tensor.dim()]
    device = kwargs.get("device")
    to_cuda = bool(on_cuda) if device is None else torch.device(device).type == "cuda"
    if func is aten.copy_.default:
        to_cuda = isinstance(args[0], CudaTensor)
    crosses = (
        func in _CROSSES_DEVICES and tensors and to_cuda != isinstance(tensors[-1], CudaTensor)
    )
    if on_cuda and on_cpu and not crosses:
        if func not in _TAKES_CPU_INDICES or not isinstance(args[0], CudaTensor):
            shapes = [tuple(tensor.shape) for tensor in on_cpu]
            raise RuntimeError(f"{func}: tensors {shapes} are on the CPU, others on cuda")
        _count_wait(str(func))  # the indices are copied
    if crosses and not kwargs.get("non_blocking"):
        _count_wait("copy to cuda" if to_cuda else "copy to the CPU")
    if on_cuda and func in _WAITS:
        _count_wait(str(func))
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
