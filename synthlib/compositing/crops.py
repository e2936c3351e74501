"""Crops of photographs, drawn for each sample, and their resampling to the model's input.

Pictures are uint8 (N, H, W, 3) as packs keep them, or float (N, 3, H, W) in [0, 1]; smaller ones
are padded at the right and below, which never shows. A `Crop` is made from the pictures' sizes
alone, so that only its window need be read from the pack.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.compositing.resampling import sample_axis_aligned

MAX_TRIES = 10
"""Crops that RandomResizedCrop draws before it falls back to the middle, as in torchvision."""

CROP_DRAWS = 2 * MAX_TRIES + 2
"""Uniforms of one random crop: area and ratio of every try, row, column."""

MAX_SUPERSAMPLED_SHRINK = 1.6
"""Where a crop shrinks more than this along a side, every pixel is weighed in: 2 x 2 readings
are too few. Crops of packed photographs hardly ever do (RESIZED * 4/3 = 1.52)."""


@dataclass(frozen=True)
class Crop:
    """What of N pictures is seen: `box` float (N, 4), top, left, height, width in pixels;
    `bounds` float (N, 4), top, left, bottom, right, beyond which nothing is read (the border
    repeats); `flip` bool (N,), mirrored left to right."""

    box: np.ndarray
    bounds: np.ndarray
    flip: np.ndarray

    def __len__(self) -> int:
        return len(self.box)

    def windows(self, size: int) -> np.ndarray:
        """int64 (N, 4): top, left, height, width of the pixels that a crop to `size` px reads."""
        margin = np.ceil(np.maximum(1, self.box[:, 2:] / size)) + 1
        low = np.maximum(np.floor(self.box[:, :2] - margin), self.bounds[:, :2])
        high = np.ceil(self.box[:, :2] + self.box[:, 2:] + margin)
        high = np.minimum(high, self.bounds[:, 2:])
        return np.concatenate([low, high - low], axis=1).astype(np.int64)

    def relative_to(self, windows: np.ndarray) -> "Crop":
        """The crop of pictures of which only `windows` were read."""
        box = np.concatenate([self.box[:, :2] - windows[:, :2], self.box[:, 2:]], axis=1)
        bounds = np.concatenate([np.zeros_like(windows[:, :2]), windows[:, 2:]], axis=1)
        return Crop(box, bounds.astype(float), self.flip)

    def select(self, index: np.ndarray) -> "Crop":
        """The crops of some of the pictures."""
        return Crop(self.box[index], self.bounds[index], self.flip[index])


def random_crop(
    u: np.ndarray, sizes: np.ndarray, area: tuple[float, float], ratio: tuple[float, float]
) -> Crop:
    """torchvision's RandomResizedCrop: `area` a share of the picture, `ratio` width by height.

    `u` float (N, 22) in [0, 1): area of each of 10 tries, ratio of each, row, column. `sizes`
    int (N, 2): heights and widths.
    """
    height, width = sizes.T.astype(float)
    areas = _between(u[:, :MAX_TRIES], *area) * (height * width)[:, None]
    ratios = np.exp(_between(u[:, MAX_TRIES : 2 * MAX_TRIES], *np.log(ratio)))
    ws, hs = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
    fits = (ws > 0) & (ws <= width[:, None]) & (hs > 0) & (hs <= height[:, None])
    found, first = fits.any(axis=1), (np.arange(len(u)), fits.argmax(axis=1))
    w = np.where(found, ws[first], np.minimum(width, np.rint(height * ratio[1])))
    h = np.where(found, hs[first], np.minimum(height, np.rint(width / ratio[0])))
    room_y, room_x = height - h, width - w
    top = np.where(found, np.floor(u[:, -2] * (room_y + 1)), room_y // 2)
    left = np.where(found, np.floor(u[:, -1] * (room_x + 1)), room_x // 2)
    # cut out first, resized after: nothing beyond the box is seen
    bounds = np.stack([top, left, top + h, left + w], axis=1)
    return Crop(np.stack([top, left, h, w], axis=1), bounds, np.zeros(len(u), bool))


def centre_crop(sizes: np.ndarray, size: int) -> Crop:
    """Resize the shorter side to size * 256/224, then CenterCrop(size): the thesis's test."""
    sizes = sizes.astype(float)
    resized = np.floor(round(size * 256 / 224) * sizes / sizes.min(axis=1, keepdims=True))
    scale = sizes / resized
    start = np.rint((resized - size) / 2) * scale
    return _crop_within_image(np.concatenate([start, size * scale], axis=1), sizes)


def squash_crop(sizes: np.ndarray) -> Crop:
    """Resize([size, size]), whatever the shape: the thesis's synthetic data."""
    return _crop_within_image(np.concatenate([0.0 * sizes, sizes], axis=1), sizes)


def crop_and_resize(
    images: Tensor, crop: Crop, size: int, *, batched: bool | None = None
) -> Tensor:
    """float32 (N, 3, size, size) in [0, 1]: the crops of pictures, resized with antialiasing.

    Pillow's bilinear resize to within about a grey level. How a picture is resampled depends on
    its own crop alone, never on the others of the batch. Composites are rounded to bytes first, as
    photographs are. `batched`: all at once, which a GPU is faster at, or one by one, which a CPU
    is; None: as suits the device.
    """
    if images.dtype != torch.uint8:
        images = (images * 255).round_().byte().permute(0, 2, 3, 1).contiguous()
    made = torch.empty(len(images), 3, size, size, device=images.device)
    shrink = crop.box[:, 2:].max(axis=1) / size
    kinds = np.where(shrink > MAX_SUPERSAMPLED_SHRINK, 2, shrink > 1).astype(int)
    if not (images.is_cuda if batched is None else batched):
        kinds[(crop.box == np.rint(crop.box)).all(axis=1)] = 3
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        if kind == 3:
            part = _resize_one_by_one(images, crop, rows, size)
        else:
            resize = _resize_by_weights if kind == 2 else _resize_by_supersampling
            part = resize(_float_planes(images, crop, rows), crop.select(rows), size)
        if len(rows) == len(images):
            return part
        made[torch.from_numpy(rows).to(made.device)] = part
    return made


def _resize_one_by_one(images: Tensor, crop: Crop, rows: np.ndarray, size: int) -> Tensor:
    """Crops of whole pixels, resized by torch's own kernel, which on bytes is Pillow's."""
    sheet = images.new_empty(len(rows), size, size, 3)
    for k, row in enumerate(rows.tolist()):
        top, left, height, width = crop.box[row].astype(int).tolist()
        part = images[row : row + 1, top : top + height, left : left + width].permute(0, 3, 1, 2)
        if (height, width) != (size, size):
            part = F.interpolate(part, (size, size), mode="bilinear", antialias=True)
        sheet[k] = (part.flip(3) if crop.flip[row] else part)[0].permute(1, 2, 0)
    planes = sheet.permute(0, 3, 1, 2)
    return planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _float_planes(images: Tensor, crop: Crop, rows: np.ndarray) -> Tensor:
    """float32 (M, 3, H, W) in [0, 1] of some pictures."""
    height, width = crop.bounds[rows, 2:].max(axis=0).astype(int).tolist()
    if len(rows) < len(images):
        images = images[torch.from_numpy(rows).to(images.device)]
    planes = images[:, :height, :width].permute(0, 3, 1, 2)
    return planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _resize_by_supersampling(images: Tensor, crop: Crop, size: int) -> Tensor:
    """Bilinear readings, 2 x 2 an output pixel where a side shrinks: apart by so much that their
    spread is that of Pillow's filter, which is a triangle as wide as the shrinking."""
    top, left, height, width = crop.box.T
    maps = np.zeros((len(images), 2, 3))
    maps[:, 0, 0], maps[:, 1, 1] = np.where(crop.flip, -width, width) / size, height / size
    maps[:, 0, 2], maps[:, 1, 2] = np.where(crop.flip, left + width, left), top
    scale = np.maximum(1, np.stack([width, height], 1) / size)
    taps = np.sqrt((scale**2 - 1) / 6)[:, :, None] * np.eye(2)
    return sample_axis_aligned(images, maps, taps, size, crop.bounds)


def _resize_by_weights(images: Tensor, crop: Crop, size: int) -> Tensor:
    """Pillow's bilinear resize as a matrix a sample and axis."""
    sides = []
    for axis, length in ((0, images.shape[2]), (1, images.shape[3])):
        start, extent = crop.box[:, axis], crop.box[:, 2 + axis]
        low, high = crop.bounds[:, axis], crop.bounds[:, 2 + axis]
        sides.append(
            _triangle_weights(start, extent / size, low, high, length, size, images.device)
        )
    n, channels, height, _ = images.shape
    wide = torch.bmm(images.flatten(1, 2), sides[1].transpose(1, 2))
    made = sides[0][:, None] @ wide.view(n, channels, height, -1)
    flipped = torch.from_numpy(crop.flip).to(made.device)[:, None, None, None]
    return torch.where(flipped, made.flip(3), made)


def _triangle_weights(
    start: np.ndarray,
    scale: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    length: int,
    size: int,
    device: torch.device,
) -> Tensor:
    """float32 (N, size, length): Pillow's bilinear resize along one axis.

    Output pixel i looks at start + (i + 1/2) * scale among the input pixels [low, high) and
    averages under a triangle that is as wide as it shrinks, so nothing aliases.
    """
    columns = np.stack([start, scale, low, high]).astype(np.float32)[:, :, None, None]
    first, step, lowest, highest = torch.from_numpy(columns).to(device)
    looks_at = first + (torch.arange(size, device=device)[:, None] + 0.5) * step
    pixel = torch.arange(length, device=device) + 0.5
    weights = (1 - (pixel - looks_at).abs() / step.clamp(min=1)).clamp_(min=0)
    weights *= (pixel > lowest) & (pixel < highest)
    return weights / weights.sum(dim=2, keepdim=True)


def _crop_within_image(box: np.ndarray, sizes: np.ndarray) -> Crop:
    bounds = np.concatenate([np.zeros_like(sizes), sizes], axis=1).astype(float)
    return Crop(box, bounds, np.zeros(len(sizes), bool))


def _between(u: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * u
