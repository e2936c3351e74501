"""Reading batches of images at other places: the one resampler of composites and of crops.

Places are in pixels, x to the right and y down, a pixel's middle at its number + 1/2. `maps`,
float (N, 2, 3), take a place in the output to the one to read at. An output pixel is the mean of
2 x 2 bilinear readings around it, spread by `taps`, float (N, 2, 2): (x and y) by (along the
output's x and y); zeros read once.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

SIGNS = ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0))
ROUNDING = 1e-4
"""Pixels by which a place in [-1, 1] is rounded at most."""


def read(
    images: Tensor, maps: Tensor, taps: Tensor, size: tuple[int, int], inside: Tensor | None = None
) -> Tensor:
    """float32 (N, C, *size): readings of images (N, C, H, W), height and width of `size`.

    `inside`, float (N, 2): widths and heights in pixels; what lies beyond repeats the border pixel
    of these. Without it, there is nothing (0) beyond the images. Maps and taps are on any device.
    """
    height, width = images.shape[2:]
    unit = maps.new_tensor((2 / width, 2 / height))[:, None]
    to_unit = (maps * unit).to(images)
    offsets = ((taps * unit) @ taps.new_tensor(SIGNS).T).to(images)  # (N, 2, 4)
    x = torch.arange(size[1], device=images.device) + 0.5
    y = torch.arange(size[0], device=images.device) + 0.5
    rows = to_unit[:, :, 1, None] * y + to_unit[:, :, 2, None]  # (N, 2, height)
    columns = to_unit[:, :, 0, None] * x  # (N, 2, width)
    places = rows.transpose(1, 2)[:, :, None] + columns.transpose(1, 2)[:, None]
    low, high = _border(inside, unit, images)
    if not taps.any():
        return _at(images, places.sub_(1), low, high)
    total = None
    for k in range(len(SIGNS)):
        part = _at(images, places + (offsets[:, None, None, :, k] - 1), low, high)
        total = part if total is None else total.add_(part)
    assert total is not None
    return total.mul_(1 / len(SIGNS))


def halve(images: Tensor) -> Tensor:
    """Means of 2 x 2 pixels; an odd side is first padded with nothing, at the right and below."""
    down, right = (side % 2 for side in images.shape[2:])
    images = F.pad(images, (0, right, 0, down)) if down or right else images
    return F.avg_pool2d(images, 2)


def _border(
    inside: Tensor | None, unit: Tensor, images: Tensor
) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Of the middles of the first and last pixels, in [-1, 1]: (2,) and (N, 1, 1, 2); by so
    little inside that rounding does not reach beyond."""
    if inside is None:
        return None, None
    low, high = (0.5 + ROUNDING) * unit[:, 0] - 1, (inside - 0.5 - ROUNDING) * unit[:, 0] - 1
    return low.to(images), high.to(images)[:, None, None]


def _at(images: Tensor, places: Tensor, low: Tensor | None, high: Tensor | None) -> Tensor:
    """Bilinear readings at places (N, h, w, 2) in [-1, 1]."""
    if low is not None and high is not None:
        places = places.clamp_(min=low).clamp_(max=high)
    return F.grid_sample(images, places, align_corners=False)
