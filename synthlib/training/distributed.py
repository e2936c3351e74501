"""Batch norm over a batch that is distributed over several processes, on any device.

torch's `SyncBatchNorm` works only on GPUs. This one computes the same by differentiable sums over
all processes: the mean, then squared deviations from it, so that no precision is lost by
subtracting two large numbers. Processes may hold parts of different sizes, even empty ones.
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn


class _AllSum(torch.autograd.Function):
    """The sum of a tensor over all processes, which all use: its gradient is summed too."""

    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        total = part.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        return total


class SyncBatchNorm2d(nn.BatchNorm2d):
    """`BatchNorm2d` whose training statistics are those of all processes' inputs (N, C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalised `input`, in its dtype; statistics are computed in float32 or float64."""
        if not self.training:
            return super().forward(input)
        x = input if input.dtype == torch.float64 else input.float()
        count = x.new_tensor([x.numel() / x.shape[1]])
        sums = _all_sum(torch.cat([x.sum((0, 2, 3)), count]))
        n = sums[-1].detach()
        mean = sums[:-1] / n
        centred = x - mean[:, None, None]
        variance = _all_sum((centred * centred).sum((0, 2, 3))) / n
        self._update_running_statistics(mean.detach(), variance.detach() * (n / (n - 1)))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(input.dtype)

    @torch.no_grad()
    def _update_running_statistics(self, mean: Tensor, unbiased: Tensor) -> None:
        assert self.momentum is not None  # torchvision's ResNets keep the default
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(unbiased, self.momentum)
        self.num_batches_tracked.add_(1)


def _all_sum(part: Tensor) -> Tensor:
    return _AllSum.apply(part)  # pyright: ignore[reportReturnType]


def convert_to_sync_batch_norm(model: nn.Module) -> nn.Module:
    """Replace each `BatchNorm2d` of a model in place; weights and their names stay."""
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm2d):
            layer = SyncBatchNorm2d(child.num_features, child.eps, child.momentum)
            layer = layer.to(child.weight)  # the device and dtype of the replaced layer
            layer.load_state_dict(child.state_dict())
            setattr(model, name, layer)
        else:
            convert_to_sync_batch_norm(child)
    return model
