"""Reading batches of images at other places: the one resampler of composites and of crops.

Places are in pixels, x to the right and y down, a pixel's middle at its number + 1/2. `maps`,
float (N, 2, 3), take a place in the output to the one to read at. An output pixel is the mean of
2 x 2 bilinear readings around it, spread by `taps`, float (N, 2, 2): (x and y) by (along the
output's x and y); zeros read once.
"""

from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SUPERSAMPLE_SIGNS = np.array([(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)])

COORDINATE_ROUNDING = 1e-4
"""Pixels by which a place in [-1, 1] is rounded at most."""


def sample_affine(
    images: Tensor, transforms: np.ndarray, supersample_offsets: np.ndarray, size: int
) -> Tensor:
    """float32 (N, C, size, size): readings of images, float32 (N, C, H, W), beyond which there is
    nothing (0)."""
    unit = _pixel_size(images)[:, None]
    transforms, along = transforms * unit, np.arange(size) + 0.5
    columns = transforms[:, None, :, 0] * along[:, None]  # (N, size, 2)
    rows = transforms[:, None, :, 1] * along[:, None] + transforms[:, None, :, 2] - 1
    offsets = (
        (supersample_offsets * unit) @ SUPERSAMPLE_SIGNS.T
        if supersample_offsets.any()
        else np.zeros((*transforms.shape[:2], 1))
    )
    spread = (rows + offsets[:, None, :, k] for k in range(offsets.shape[2]))
    return _mean_of_readings(_bilinear_readings(images, columns, places) for places in spread)


def sample_axis_aligned(
    images: Tensor,
    transforms: np.ndarray,
    supersample_offsets: np.ndarray,
    size: int,
    bounds: np.ndarray,
) -> Tensor:
    """The same for maps that do not turn; what lies beyond `bounds`, float (N, 4), top, left,
    bottom and right in pixels, repeats the border pixel within."""
    unit = _pixel_size(images)
    offsets = (supersample_offsets * unit[:, None]) @ SUPERSAMPLE_SIGNS.T
    low = (bounds[:, 1::-1] + 0.5 + COORDINATE_ROUNDING) * unit - 1
    high = (bounds[:, :1:-1] - 0.5 - COORDINATE_ROUNDING) * unit - 1
    transforms, along = transforms * unit[:, None], np.arange(size) + 0.5
    parts = []
    for axis in (0, 1):
        places = transforms[:, axis, axis, None] * along + transforms[:, axis, 2, None] - 1
        spread = places[None] + offsets[:, axis].T[:, :, None]  # (4, N, size)
        spread = np.clip(spread, low[:, axis, None], high[:, axis, None])
        zeros = np.zeros_like(spread)
        parts.append(np.stack([spread, zeros] if axis == 0 else [zeros, spread], axis=-1))
    once = not supersample_offsets.any()
    return _mean_of_readings(
        _bilinear_readings(images, parts[0][k], parts[1][k])
        for k in range(1 if once else len(SUPERSAMPLE_SIGNS))
    )


def halve(images: Tensor) -> Tensor:
    """Means of 2 x 2 pixels; an odd side is first padded with nothing, at the right and below."""
    down, right = (side % 2 for side in images.shape[2:])
    images = F.pad(images, (0, right, 0, down)) if down or right else images
    return F.avg_pool2d(images, 2)


def _pixel_size(images: Tensor) -> np.ndarray:
    """(2,): a pixel in the units of [-1, 1], x and y."""
    return np.array([2 / images.shape[3], 2 / images.shape[2]])


def _mean_of_readings(readings: Iterable[Tensor]) -> Tensor:
    total, count = None, 0
    for part in readings:
        total, count = part if total is None else total.add_(part), count + 1
    assert total is not None
    return total if count == 1 else total.mul_(1 / count)


def _bilinear_readings(images: Tensor, columns: np.ndarray, rows: np.ndarray) -> Tensor:
    """Bilinear readings at the sums of columns (N, w, 2) and rows (N, h, 2), in [-1, 1]."""
    # as complex numbers, because torch adds pairs one by one
    x, y = (
        torch.view_as_complex(torch.from_numpy(part.astype(np.float32)).to(images.device))
        for part in (columns, rows)
    )
    places = torch.view_as_real(y[:, :, None] + x[:, None])
    return F.grid_sample(images, places, align_corners=False)
