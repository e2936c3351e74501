"""The networks: torchvision's ResNets from random weights, with ImageNet's stem or a small one.

Convolutions on maps of 2 x 2 pixels, on CPUs where oneDNN has no fast kernel for them.
"""

from typing import cast

import torch
import torch.fx
from torch import nn
from torchvision import models

from synthlib.seeding import stream_key


def build_model(architecture: str, n_classes: int, seed: int, stem: str = "imagenet") -> nn.Module:
    """A torchvision ResNet with random weights drawn from `seed`; global random state untouched.

    `stem`: `imagenet` is the 7 x 7 convolution of stride 2 and the max pooling (an input of 64 px
    ends in a 2 x 2 map, thesis 5.2 at 224 px in 7 x 7); `small` is a 3 x 3 convolution of stride 1
    without pooling, usual for small inputs (64 px end in 8 x 8, at about 14 times the
    computation). All weights behind the stem are equal for both. Raises ValueError on another.
    """
    if stem not in ("imagenet", "small"):
        raise ValueError(f"stem: got {stem!r}; allowed: imagenet, small")
    with torch.random.fork_rng():
        torch.manual_seed(stream_key(seed, "weights") >> 1)
        model = models.get_model(architecture, weights=None, num_classes=n_classes)
        if stem == "small":
            model.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
            nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
            model.maxpool = nn.Identity()
    use_small_map_convolutions(model)
    return model.to(memory_format=torch.channels_last)


MAX_SMALL_MAP_SIDE = 2
"""Pixels along the side of an output map up to which `SmallMapConv2d` multiplies matrices."""


class SmallMapConv2d(nn.Conv2d):
    """`nn.Conv2d` that computes by `convolve`; same parameters, same state."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, channels, height, width) to (N, filters, height, width)."""
        return conv2d_small_maps(
            input, self.weight, self.stride, cast(tuple[int, ...], self.padding)
        )


@torch.fx.wrap  # one node of a traced model, as shapes decide what it does
def conv2d_small_maps(
    images: torch.Tensor, weight: torch.Tensor, stride: tuple[int, ...], padding: tuple[int, ...]
) -> torch.Tensor:
    """`conv2d` whose small output maps are one product of matrices: all windows, all filters.

    `images` (N, channels, height, width) and `weight` (filters, channels, height, width), of one
    floating dtype, make (N, filters, height, width) of it; `stride` and `padding` in pixels, of
    height and width. Equal to it but for the order of sums. Larger maps, and devices other than
    the CPU, take torch's way. Raises RuntimeError, torch's own, on shapes that don't fit.
    """
    n_filters, kernel = len(weight), weight.shape[2:]
    height, width = (
        (side + 2 * pad - length) // step + 1
        for side, pad, length, step in zip(images.shape[2:], padding, kernel, stride, strict=True)
    )
    if images.device.type != "cpu" or max(height, width) > MAX_SMALL_MAP_SIDE:
        return nn.functional.conv2d(images, weight, None, stride, padding)
    # (N, pixels of the map, channels x pixels of the kernel)
    windows = nn.functional.unfold(images, kernel, padding=padding, stride=stride).transpose(1, 2)
    maps = windows.reshape(-1, windows.shape[2]) @ weight.flatten(1).t()
    return maps.view(len(images), height, width, n_filters).permute(0, 3, 1, 2)


def use_small_map_convolutions(model: nn.Module) -> None:
    """Has the model's plain convolutions compute as `SmallMapConv2d`, where that is faster.

    The last stage of a ResNet at 64 px has 2 x 2 maps of 512 channels. With AVX2 alone, oneDNN
    (3.12) sums the gradient of such weights in a loop, at a tenth of the speed of a product of
    matrices: a third of the time of all convolutions. What that saves: docs/speed.md. With AVX-512,
    as on GPUs, nothing changes.
    """
    if torch.backends.cpu.get_cpu_capability() != "AVX2":
        return
    for module in model.modules():
        if type(module) is nn.Conv2d and _is_plain_convolution(module):
            module.__class__ = SmallMapConv2d  # its parameters and its place in the model stay


def _is_plain_convolution(module: nn.Conv2d) -> bool:
    return (
        module.kernel_size != (1, 1)
        and module.groups == 1
        and module.dilation == (1, 1)
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
        and module.bias is None
    )
