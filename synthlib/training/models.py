"""Networks: torchvision's ResNets with random weights, and with ImageNet's stem or a small one.

A mixed run may train a last layer per domain (`LayerPerDomain`); the trained model has one.
The last stage of a ResNet at 64 px has maps of 2 x 2 pixels. Where the CPU's library has no fast
kernel for these, convolutions are computed as matrix products (`SmallMapConv2d`).
"""

import itertools
from typing import cast

import torch
import torch.fx
from torch import Tensor, nn
from torchvision import models

from synthlib.data.batch_sampler import REAL
from synthlib.seeding import stream_key

MAX_SMALL_MAP_SIDE = 2
"""Largest side in pixels of an output map for which `SmallMapConv2d` multiplies matrices."""


def build_model(architecture: str, n_classes: int, seed: int, stem: str = "imagenet") -> nn.Module:
    """Build a torchvision ResNet with random weights.

    Args:
        architecture: `resnet18`, `resnet34`, `resnet50` or `resnet101`.
        n_classes: Number of outputs.
        seed: Seed of the weights; torch's global random state does not change.
        stem: `imagenet` is a 7 x 7 convolution of stride 2 with max pooling: an input of 64 px ends
            in a map of 2 x 2, the thesis's 224 px (5.2) in 7 x 7. `small` is a 3 x 3 convolution of
            stride 1 without pooling, usual for small inputs: 64 px end in 8 x 8, at about 14 times
            the computation. All weights after the stem are equal for both.

    Returns:
        The model on the CPU, in channels-last format and training mode. It maps normalised images,
        float32 (N, 3, H, W), to logits, float32 (N, n_classes).

    Raises:
        ValueError: If there is no such stem or architecture.

    Examples:
        >>> model = build_model("resnet18", n_classes=17, seed=0)
        >>> model(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 17])
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


class LayerPerDomain(nn.Linear):
    """Last layer with weights of their own for photographs and for synthetic images.

    Rendered and photographed objects of a class differ, and one layer for both has to fit both.
    With two, only the features are shared. In training the output has both, (N, 2 * n_classes),
    those for photographs first (`logits_by_domain`); in evaluation those of `tested_domain`,
    (N, n_classes), whatever the images are.

    Attributes:
        tested_domain: Domain of the weights used in evaluation: that of photographs, unless none
            were trained on yet.
    """

    def __init__(self, layer: nn.Linear) -> None:
        """Start with the weights of `layer` for both domains."""
        super().__init__(layer.in_features, 2 * layer.out_features, device="meta")
        self.weight = nn.Parameter(layer.weight.detach().repeat(2, 1))
        self.bias = nn.Parameter(layer.bias.detach().repeat(2))
        self.tested_domain = REAL

    def forward(self, input: Tensor) -> Tensor:
        """Logits of the features `input` (N, features)."""
        logits = super().forward(input)
        return logits if self.training else logits.chunk(2, dim=1)[self.tested_domain]

    @torch.no_grad()
    def copy_to(self, domain: int) -> None:
        """Replace the weights for a domain (`REAL` or `SYNTHETIC`) by those for the other."""
        for weights in (self.weight, self.bias):
            halves = weights.chunk(2)
            halves[domain].copy_(halves[1 - domain])

    def for_photographs(self) -> nn.Linear:
        """The layer for photographs, as a plain one."""
        n = self.out_features // 2
        layer = nn.Linear(self.in_features, n, device="meta")
        layer.weight = nn.Parameter(self.weight.detach()[:n].clone())
        layer.bias = nn.Parameter(self.bias.detach()[:n].clone())
        return layer


def layer_per_domain(model: nn.Module) -> LayerPerDomain:
    """The last layer of a model that has one per domain, also if the model is wrapped by DDP."""
    return next(module for module in model.modules() if isinstance(module, LayerPerDomain))


def logits_by_domain(logits: Tensor, n_real: int) -> Tensor:
    """Logits of each image by the layer of its own domain.

    Args:
        logits: Output of a `LayerPerDomain` in training, (N, 2 * n_classes).
        n_real: Number of photographs, which are the first images of the batch.

    Returns:
        (N, n_classes).
    """
    for_real, for_synthetic = logits.chunk(2, dim=1)
    return torch.cat([for_real[:n_real], for_synthetic[n_real:]])


class SmallMapConv2d(nn.Conv2d):
    """`nn.Conv2d` that computes by `conv2d_small_maps`; parameters and state are the same."""

    def forward(self, input: Tensor) -> Tensor:
        """Maps (N, filters, height, width) of `input` (N, channels, height, width)."""
        return conv2d_small_maps(
            input, self.weight, self.stride, cast(tuple[int, ...], self.padding)
        )


@torch.fx.wrap  # one node of a traced model, as shapes decide what it does
def conv2d_small_maps(
    images: Tensor, weight: Tensor, stride: tuple[int, ...], padding: tuple[int, ...]
) -> Tensor:
    """`conv2d` that computes small output maps as one matrix product of all windows and filters.

    Larger maps, devices other than the CPU, and bf16 (autocast) use torch's function. Results
    differ from it only by the order of sums.

    Args:
        images: (N, channels, height, width), of any floating dtype.
        weight: (filters, channels, height, width), of the same dtype.
        stride: In pixels, of height and width.
        padding: In pixels, of height and width.

    Returns:
        (N, filters, height, width), of the same dtype.
    """
    kernel = weight.shape[2:]
    height, width = (
        (side + 2 * pad - length) // step + 1
        for side, pad, length, step in zip(images.shape[2:], padding, kernel, stride, strict=True)
    )
    is_float32_on_cpu = images.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
    if not is_float32_on_cpu or max(height, width) > MAX_SMALL_MAP_SIDE:
        return nn.functional.conv2d(images, weight, None, stride, padding)
    # channels last, as the model's memory: neither windows, filters nor maps are transposed
    padded = nn.functional.pad(
        images.permute(0, 2, 3, 1), (0, 0, *padding[1:] * 2, *padding[:1] * 2)
    )
    reach = stride[0] * (height - 1) + 1, stride[1] * (width - 1) + 1
    windows = torch.cat(
        [
            padded[:, y : y + reach[0] : stride[0], x : x + reach[1] : stride[1]]
            for y, x in itertools.product(*map(range, kernel))
        ],
        dim=3,
    )  # (N, height, width, pixels of the kernel * channels)
    maps = windows.flatten(0, 2) @ weight.permute(0, 2, 3, 1).flatten(1).t()
    return maps.view(len(images), height, width, len(weight)).permute(0, 3, 1, 2)


def use_small_map_convolutions(model: nn.Module) -> None:
    """Turn a model's plain convolutions into `SmallMapConv2d`, where that is faster.

    The last stage of a ResNet at 64 px has 2 x 2 maps of 512 channels. On CPUs with AVX2 or
    AVX-512, oneDNN 3.12 computes float32 convolutions on these at a tenth to a third of the speed
    of a matrix product (measured in docs/speed.md). On other CPUs and on GPUs nothing changes.
    """
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        return
    for module in model.modules():
        if type(module) is nn.Conv2d and _is_plain_convolution(module):
            module.__class__ = SmallMapConv2d  # keeps its parameters and its position in the model


def _is_plain_convolution(module: nn.Conv2d) -> bool:
    return (
        module.kernel_size != (1, 1)
        and module.groups == 1
        and module.dilation == (1, 1)
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
        and module.bias is None
    )
