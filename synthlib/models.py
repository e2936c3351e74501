"""The networks: torchvision's ResNets from random weights, with ImageNet's stem or a small one."""

import torch
from torch import nn
from torchvision import models

from synthlib.seeding import stream_key
from synthlib.small_maps import use_small_map_convolutions


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
