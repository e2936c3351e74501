"""Composites stored as photographs are: at their size, with the losses of their JPEG compression.

A network that sees both can distinguish photographs from clean composites by the traces of storage
alone. `store` gives composites the same traces: the quantisation tables of photographs (and with
them their quality) and the subsampling of their colours. The losses are those of libjpeg's baseline
coding (ITU-T T.81), computed for whole batches on any device, with the tables of each photograph as
its file has them.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.photographs.storage import BLOCK, ImageStorage

MAX_ENLARGEMENT = 3.0
"""Largest side of a stored photograph, as a multiple of the composite's, for which losses are
computed. Shrinking averages them: of quality 75's 6.3 grey levels (root mean square), 2.5 are left
after shrinking to a half, and 1.8 after shrinking to a third."""

# ITU-T T.871 (JFIF): R, G, B to Y, Cb, Cr
_RGB_TO_YCC = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.168735892, -0.331264108, 0.5],
        [0.5, -0.418687589, -0.081312411],
    ]
)


def store(images: Tensor, storage: ImageStorage, rows: np.ndarray) -> Tensor:
    """Images as if stored as photographs are, and read again.

    For a photograph that is stored larger than the images are, the losses are those of the enlarged
    images, scaled down.

    Args:
        images: float32 (n, 3, side, side) in [0, 1].
        storage: The storage of photographs.
        rows: Photograph as which each image is stored, int (n,).

    Returns:
        float32 (n, 3, side, side) in [0, 1].
    """
    size = images.shape[3]
    sides = np.maximum(storage.sides[rows], size)
    is_lossy = storage.tables[rows].any(axis=(1, 2, 3)) & (sides < MAX_ENLARGEMENT * size)
    kinds = np.column_stack([sides, storage.subsampling[rows]])
    stored = images.clone()
    for kind in np.unique(kinds[is_lossy], axis=0).tolist():
        group = np.flatnonzero(is_lossy & (kinds == kind).all(axis=1))
        index = torch.from_numpy(group).to(images.device)
        tables = torch.from_numpy(storage.tables[rows[group]]).to(images.device)
        side, *subsampling = kind
        if side == size:
            stored[index] = jpeg_losses(images[index], tables, *subsampling)
            continue
        large = F.interpolate(images[index], (side, side), mode="bilinear")
        losses = jpeg_losses(large, tables, *subsampling) - large
        losses = F.interpolate(losses, (size, size), mode="bilinear", antialias=True)
        stored[index] = (images[index] + losses).clamp_(0, 1)
    return stored


def jpeg_losses(images: Tensor, tables: Tensor, down_y: int, down_x: int) -> Tensor:
    """Images as if saved as JPEG and read again, as libjpeg does.

    A tenth of the pixels differ from libjpeg's by more than a grey level: its transforms are of
    whole numbers, and round some values that are next to halfway between two steps the other way.

    Args:
        images: float32 (N, 3, H, W) in [0, 1], which are rounded to bytes.
        tables: Quantisation tables of luminance and colour of each, float32 (N, 2, 8, 8).
        down_y: Pixels along y for which one value of colour is stored: 1 or 2.
        down_x: Pixels along x, likewise.

    Returns:
        float32 (N, 3, H, W), multiples of 1/255 in [0, 1].
    """
    height, width = images.shape[2:]
    multiples = (BLOCK * down_y, BLOCK * down_x)
    padding = (0, -width % multiples[1], 0, -height % multiples[0])
    ycc = _mix_channels((images * 255).round_(), _RGB_TO_YCC)
    ycc = F.pad(ycc.round_(), padding, mode="replicate")  # 0 is the middle of Cb and Cr
    luminance, colour = ycc[:, :1] - 128, ycc[:, 1:]
    if (down_y, down_x) != (1, 1):
        # libjpeg rounds down and up in turn, so that the mean stays
        count = down_y * down_x
        parity = torch.arange(colour.shape[3] // down_x, device=colour.device) % 2
        colour = F.avg_pool2d(colour, (down_y, down_x)).add_((count / 2 - 1 + parity) / count)
        colour.floor_()
    luminance = _quantised(luminance, tables[:, :1]) + 128
    colour = _quantised(colour, tables[:, 1:])
    # without the padding, so that the border pixels repeat where colour is interpolated
    colour = colour[:, :, : -(-height // down_y), : -(-width // down_x)]
    if (down_y, down_x) != (1, 1):
        colour = F.interpolate(colour, scale_factor=(down_y, down_x), mode="bilinear").round_()
    planes = [plane[:, :, :height, :width] for plane in (luminance, colour)]
    decoded = torch.cat(planes, dim=1)
    return _mix_channels(decoded, np.linalg.inv(_RGB_TO_YCC)).round_().clamp_(0, 255).div_(255)


def _quantised(planes: Tensor, tables: Tensor) -> Tensor:
    """Planes (N, C, H, W) after quantisation of their blocks' cosine transforms, as whole numbers.

    H and W are multiples of 8; `tables` is (N, 1, 8, 8).
    """
    n, channels, height, width = planes.shape
    cosines = torch.from_numpy(_cosine_transform()).to(planes.device)
    blocks = (n, channels, height // BLOCK, BLOCK, width // BLOCK, BLOCK)

    def transform(values: Tensor, matrix: Tensor) -> Tensor:
        columns = matrix @ values.reshape(n, channels, height // BLOCK, BLOCK, width)
        return columns.view(blocks) @ matrix.T

    coefficients = transform(planes, cosines)
    steps = tables[:, :, None, :, None, :]
    quantised = _rounded_half_away(coefficients / steps) * steps
    values = transform(quantised, cosines.T).view(n, channels, height, width).round_()
    return values.clamp_(-128, 127)


def _rounded_half_away(values: Tensor) -> Tensor:
    """Round to whole numbers, and halves away from 0, as libjpeg does; sums of bytes give many."""
    return (values + values.sign().mul_(0.5 + 1e-4)).trunc_()


@lru_cache
def _cosine_transform() -> np.ndarray:
    """Orthonormal discrete cosine transform of 8 values, float32 (8, 8)."""
    k, x = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    matrix = np.cos((2 * x + 1) * k * np.pi / (2 * BLOCK)) * np.sqrt(2 / BLOCK)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


def _mix_channels(images: Tensor, matrix: np.ndarray) -> Tensor:
    weights = torch.from_numpy(matrix.astype(np.float32)).to(images.device)
    return (weights @ images.flatten(2)).view_as(images)
