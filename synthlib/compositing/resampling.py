"""Bilinear sampling of batches of images: the one resampler of composites and of crops.

Coordinates are in pixels, x to the right and y down; the centre of a pixel is at its number + 1/2.
`transforms`, float (N, 2, 3), map a point of the output to the point of the input to read. An
output pixel is the mean of 2 x 2 bilinear readings around its centre, at distances of
`supersample_offsets`, float (N, 2, 2): (x and y of the input) by (along the output's x and y).
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SUPERSAMPLE_SIGNS = np.array([(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)])

COORDINATE_ROUNDING = 1e-4
"""Largest rounding of a coordinate in [-1, 1], in pixels."""


def sample_affine(
    images: Tensor, transforms: np.ndarray, supersample_offsets: np.ndarray, size: int
) -> Tensor:
    """Sample images by any affine transforms.

    Args:
        images: float32 (N, C, H, W); beyond their borders everything is 0.
        transforms: See the module.
        supersample_offsets: See the module.
        size: Side of the output in pixels.

    Returns:
        float32 (N, C, size, size).
    """
    unit = _pixel_size(images)[:, None]
    transforms, centres = transforms * unit, np.arange(size)[:, None] + 0.5
    columns = transforms[:, None, :, 0] * centres  # (N, size, 2)
    rows = transforms[:, None, :, 1] * centres + transforms[:, None, :, 2] - 1
    offsets = ((supersample_offsets * unit) @ SUPERSAMPLE_SIGNS.T).swapaxes(1, 2)  # (N, 4, 2)
    return _mean_of_readings(images, columns[:, None], rows[:, None] + offsets[:, :, None])


def sample_axis_aligned(
    images: Tensor,
    transforms: np.ndarray,
    supersample_offsets: np.ndarray,
    size: int,
    bounds: np.ndarray,
) -> Tensor:
    """Sample images by transforms without rotation, repeating the border pixels.

    Args:
        images: float32 (N, C, H, W).
        transforms: See the module; entries off the diagonal are 0.
        supersample_offsets: See the module.
        size: Side of the output in pixels.
        bounds: Top, left, bottom and right in pixels, float (N, 4); beyond them, the nearest pixel
            within is read.

    Returns:
        float32 (N, C, size, size).
    """
    unit = _pixel_size(images)
    offsets = (supersample_offsets * unit[:, None]) @ SUPERSAMPLE_SIGNS.T
    low = (bounds[:, 1::-1] + 0.5 + COORDINATE_ROUNDING) * unit - 1
    high = (bounds[:, :1:-1] - 0.5 - COORDINATE_ROUNDING) * unit - 1
    transforms, centres = transforms * unit[:, None], np.arange(size) + 0.5
    axes = []
    for axis in (0, 1):
        points = transforms[:, axis, axis, None] * centres + transforms[:, axis, 2, None] - 1
        readings = points[:, None] + offsets[:, axis, :, None]  # (N, 4, size)
        readings = np.clip(readings, low[:, axis, None, None], high[:, axis, None, None])
        zeros = np.zeros_like(readings)
        axes.append(np.stack([readings, zeros] if axis == 0 else [zeros, readings], axis=-1))
    # offsets of 0 make all readings equal
    n_readings = len(SUPERSAMPLE_SIGNS) if supersample_offsets.any() else 1
    columns, rows = (points[:, :n_readings] for points in axes)
    return _mean_of_readings(images, columns, rows)


def halve(images: Tensor) -> Tensor:
    """Means of 2 x 2 pixels; an odd side is first padded with zeros, at the right and below."""
    odd_height, odd_width = (side % 2 for side in images.shape[2:])
    if odd_height or odd_width:
        images = F.pad(images, (0, odd_width, 0, odd_height))
    return F.avg_pool2d(images, 2)


def _pixel_size(images: Tensor) -> np.ndarray:
    """Width and height of a pixel where images span [-1, 1], (2,)."""
    return np.array([2 / images.shape[3], 2 / images.shape[2]])


def _mean_of_readings(images: Tensor, columns: np.ndarray, rows: np.ndarray) -> Tensor:
    """Means of K bilinear readings of images that span [-1, 1].

    Reading k of a pixel is at the sum of its column's point and its row's point, float (N, K, w, 2)
    and (N, K, h, 2); the columns' K may be 1.
    """
    # as complex numbers, because torch adds pairs one by one
    pairs = (
        part.astype(np.float32, order="C").view(np.complex64)[..., 0] for part in (columns, rows)
    )
    x, y = (torch.from_numpy(part).to(images.device) for part in pairs)
    grid = torch.view_as_real(y[..., None] + x[:, :, None])  # (N, K, h, w, 2)
    readings = F.grid_sample(images, grid.flatten(1, 2), align_corners=False)
    return readings.unflatten(2, grid.shape[1:3]).mean(dim=2)
