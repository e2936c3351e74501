"""Crops of photographs, drawn for each sample, and their resampling to the model's input.

Images are uint8 (N, H, W, 3) as packs hold them, or float (N, 3, H, W) in [0, 1]; smaller ones are
padded at the right and below, which is never visible. A `Crop` is computed from the images' sizes
alone, so that only its window need be read from the pack.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.compositing.resampling import sample_axis_aligned

MAX_TRIES = 10
"""Number of crops that RandomResizedCrop draws before it falls back to the centre, as in
torchvision."""

CROP_DRAWS = 2 * MAX_TRIES + 2
"""Uniform draws per random crop: area and ratio of every try, row, column."""

_POSITION_STEPS = (0.7548776662466927, 0.5698402909980532)
"""Steps in y and x from one try's position to the next, of the sequence R2 (M. Roberts, "The
unreasonable effectiveness of quasirandom sequences", 2018), which covers a square evenly."""

MAX_SUPERSAMPLED_SHRINK = 1.6
"""Largest ratio of a crop's side to the output's for which 2 x 2 readings per pixel are enough;
above it, every pixel is weighted. Crops of packed photographs rarely exceed it (256/224 * 4/3 =
1.52)."""

_WEIGHTS, _ONE_BY_ONE = 2, 3
"""Ways to resize a crop. 0 and 1 are supersampling of enlarged and of shrunk crops, which are
computed separately so that a crop does not depend on its batch."""


@dataclass(frozen=True)
class Crop:
    """Crops of N images.

    Attributes:
        box: Top, left, height and width in pixels, float (N, 4).
        bounds: Top, left, bottom and right in pixels, float (N, 4); beyond them nothing is read
            (the border pixels repeat).
        flip: True where the crop is mirrored left to right, bool (N,).
    """

    box: np.ndarray
    bounds: np.ndarray
    flip: np.ndarray

    def __len__(self) -> int:
        return len(self.box)

    def windows(self, size: int) -> np.ndarray:
        """The parts of the images that `crop_and_resize` reads.

        Args:
            size: Side of its output in pixels.

        Returns:
            Top, left, height and width in pixels, int64 (N, 4).
        """
        margin = np.ceil(np.maximum(1, self.box[:, 2:] / size)) + 1
        low = np.maximum(np.floor(self.box[:, :2] - margin), self.bounds[:, :2])
        high = np.ceil(self.box[:, :2] + self.box[:, 2:] + margin)
        high = np.minimum(high, self.bounds[:, 2:])
        return np.concatenate([low, high - low], axis=1).astype(np.int64)

    def relative_to(self, windows: np.ndarray) -> "Crop":
        """Express the crops in images of which only a part was read.

        Args:
            windows: The parts, int (N, 4), as `windows` returns them.

        Returns:
            N crops, whose coordinates begin at the parts' corners.
        """
        box = np.concatenate([self.box[:, :2] - windows[:, :2], self.box[:, 2:]], axis=1)
        bounds = np.concatenate([np.zeros_like(windows[:, :2]), windows[:, 2:]], axis=1)
        return Crop(box, bounds.astype(float), self.flip)

    def select(self, index: np.ndarray) -> "Crop":
        """The crops of some of the images.

        Args:
            index: Positions of the images, int (M,).

        Returns:
            M crops, in that order.
        """
        return Crop(self.box[index], self.bounds[index], self.flip[index])


def random_crop(
    u: np.ndarray, sizes: np.ndarray, area: tuple[float, float], ratio: tuple[float, float]
) -> Crop:
    """Draw crops as torchvision's RandomResizedCrop does.

    Args:
        u: Uniform draws in [0, 1), float (N, 22): area of each of 10 tries, ratio of each, row,
            column.
        sizes: Height and width of each image in pixels, int (N, 2).
        area: Range of the crop's area as a share of the image.
        ratio: Range of the crop's width divided by its height.

    Returns:
        N crops of whole pixels, not mirrored. Where none of the 10 tries fits into the image, the
        crop is at its centre, as in torchvision.
    """
    height, width = sizes.T.astype(float)
    hs, ws, fits = _drawn_sides(u, height, width, area, ratio)
    any_fits = fits.any(axis=1)
    first_fit = (np.arange(len(u)), fits.argmax(axis=1))
    w = np.where(any_fits, ws[first_fit], np.minimum(width, np.rint(height * ratio[1])))
    h = np.where(any_fits, hs[first_fit], np.minimum(height, np.rint(width / ratio[0])))
    free_y, free_x = height - h, width - w
    top = np.where(any_fits, np.floor(u[:, -2] * (free_y + 1)), free_y // 2)
    left = np.where(any_fits, np.floor(u[:, -1] * (free_x + 1)), free_x // 2)
    return _crop_before_resize(np.stack([top, left, h, w], axis=1))


def object_crop(
    u: np.ndarray,
    masks: Tensor,
    area: tuple[float, float],
    ratio: tuple[float, float],
    min_share: float,
) -> Crop:
    """Draw random crops that keep a share of an object: the first of 10 tries that does.

    Sides are drawn as in `random_crop`, positions for each try. A sample of which no try keeps
    enough is not cropped.

    Args:
        u: Uniform draws in [0, 1), float (N, 22), as for `random_crop`.
        masks: Share of each pixel that the object covers, float (N, H, W) in [0, 1].
        area: Range of the crop's area as a share of the image.
        ratio: Range of the crop's width divided by its height.
        min_share: Least share, in [0, 1], of the object's pixels that the crop keeps.
    """
    n, height, width = masks.shape
    hs, ws, fits = _drawn_sides(u, np.full(n, height), np.full(n, width), area, ratio)
    offsets = np.arange(MAX_TRIES) * np.array(_POSITION_STEPS)[:, None]
    tops = np.floor((u[:, -2:-1] + offsets[0]) % 1.0 * (height - hs + 1))
    lefts = np.floor((u[:, -1:] + offsets[1]) % 1.0 * (width - ws + 1))
    covered = np.zeros((n, height + 1, width + 1))  # sums over all pixels above and to the left
    # on the CPU: MPS has no float64, and CUDA's sums differ from call to call
    covered[:, 1:, 1:] = masks.cpu().double().cumsum(1).cumsum(2).numpy()
    tries = [np.where(fits, side, 0).astype(int) for side in (tops, lefts, tops + hs, lefts + ws)]
    top, left, bottom, right = tries
    sample = np.arange(n)[:, None]
    kept = covered[sample, bottom, right] - covered[sample, top, right]
    kept += covered[sample, top, left] - covered[sample, bottom, left]
    keeps = fits & (kept >= min_share * covered[:, -1:, -1] - 1e-6)
    first = (np.arange(n), keeps.argmax(axis=1))
    box = np.stack([tops[first], lefts[first], hs[first], ws[first]], axis=1)
    box[~keeps.any(axis=1)] = (0, 0, height, width)
    return _crop_before_resize(box)


def _drawn_sides(
    u: np.ndarray,
    height: np.ndarray,
    width: np.ndarray,
    area: tuple[float, float],
    ratio: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heights and widths of each try, (N, 10), and which of them fit into the image."""
    areas = _between(u[:, :MAX_TRIES], *area) * (height * width)[:, None]
    ratios = np.exp(_between(u[:, MAX_TRIES : 2 * MAX_TRIES], *np.log(ratio)))
    ws, hs = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
    fits = (ws > 0) & (ws <= width[:, None]) & (hs > 0) & (hs <= height[:, None])
    return hs, ws, fits


def _crop_before_resize(box: np.ndarray) -> Crop:
    """Crops that read nothing beyond their box, as torchvision crops before it resizes."""
    bounds = np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1)
    return Crop(box, bounds, np.zeros(len(box), bool))


def centre_crop(sizes: np.ndarray, size: int) -> Crop:
    """Resize(size * 256/224) and CenterCrop(size), the thesis's test transform (5.2).

    Args:
        sizes: Height and width of each image in pixels, int (N, 2).
        size: Side of the model's input in pixels.

    Returns:
        N crops, not mirrored; their sides are those of CenterCrop in pixels of the original.
    """
    sizes = sizes.astype(float)
    resized = np.floor(round(size * 256 / 224) * sizes / sizes.min(axis=1, keepdims=True))
    scale = sizes / resized
    start = np.rint((resized - size) / 2) * scale
    return _crop_within_image(np.concatenate([start, size * scale], axis=1), sizes)


def squash_crop(sizes: np.ndarray) -> Crop:
    """Resize([size, size]) of the whole image, as the thesis does with synthetic data (5.2).

    Args:
        sizes: Height and width of each image in pixels, int (N, 2).

    Returns:
        N crops that cover their whole image, not mirrored.
    """
    return _crop_within_image(np.concatenate([0.0 * sizes, sizes], axis=1), sizes)


def crop_and_resize(
    images: Tensor, crop: Crop, size: int, *, batched: bool | None = None
) -> Tensor:
    """Crop images and resize the crops with antialiasing.

    The result equals Pillow's bilinear resize to within about one grey level. The resampling of an
    image depends on its own crop alone, never on the rest of the batch.

    Args:
        images: uint8 (N, H, W, 3), or float (N, 3, H, W) in [0, 1], which is rounded to bytes
            first.
        crop: N crops.
        size: Side of the output in pixels.
        batched: True computes all crops at once, which is faster on a GPU; False one by one, which
            is faster on a CPU. None chooses by the device.

    Returns:
        float32 (N, 3, size, size) in [0, 1].
    """
    if images.dtype != torch.uint8:
        images = (images * 255).round_().byte().permute(0, 2, 3, 1).contiguous()
    shrink = crop.box[:, 2:].max(axis=1) / size
    methods = np.where(shrink > MAX_SUPERSAMPLED_SHRINK, _WEIGHTS, shrink > 1).astype(int)
    if not (images.is_cuda if batched is None else batched):
        methods[(crop.box == np.rint(crop.box)).all(axis=1)] = _ONE_BY_ONE
    resized = torch.empty(len(images), 3, size, size, device=images.device)
    for method in np.unique(methods).tolist():
        rows = np.flatnonzero(methods == method)
        if method == _ONE_BY_ONE:
            part = _resize_one_by_one(images, crop, rows, size)
        else:
            resize = _resize_by_weights if method == _WEIGHTS else _resize_by_supersampling
            part = resize(_float_planes(images, crop, rows), crop.select(rows), size)
        if len(rows) == len(images):
            return part
        resized[torch.from_numpy(rows).to(resized.device)] = part
    return resized


def _resize_one_by_one(images: Tensor, crop: Crop, rows: np.ndarray, size: int) -> Tensor:
    """Crops of whole pixels, resized by torch's own kernel, which equals Pillow's on bytes."""
    resized = images.new_empty(len(rows), size, size, 3)
    for k, row in enumerate(rows.tolist()):
        top, left, height, width = crop.box[row].astype(int).tolist()
        part = images[row : row + 1, top : top + height, left : left + width].permute(0, 3, 1, 2)
        if (height, width) != (size, size):
            part = F.interpolate(part, (size, size), mode="bilinear", antialias=True)
        resized[k] = (part.flip(3) if crop.flip[row] else part)[0].permute(1, 2, 0)
    return resized.float().div_(255).permute(0, 3, 1, 2)


def _float_planes(images: Tensor, crop: Crop, rows: np.ndarray) -> Tensor:
    """Some of the images as float32 (M, 3, H, W) in [0, 1]."""
    height, width = crop.bounds[rows, 2:].max(axis=0).astype(int).tolist()
    if len(rows) < len(images):
        images = images[torch.from_numpy(rows).to(images.device)]
    planes = images[:, :height, :width].permute(0, 3, 1, 2)
    return planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _resize_by_supersampling(images: Tensor, crop: Crop, size: int) -> Tensor:
    """Bilinear readings, 2 x 2 per output pixel where a side shrinks.

    Their distance is chosen so that their variance is that of Pillow's filter, a triangle as wide
    as the shrinkage.
    """
    top, left, height, width = crop.box.T
    transforms = np.zeros((len(images), 2, 3))
    transforms[:, 0, 0] = np.where(crop.flip, -width, width) / size
    transforms[:, 1, 1] = height / size
    transforms[:, 0, 2] = np.where(crop.flip, left + width, left)
    transforms[:, 1, 2] = top
    scale = np.maximum(1, np.stack([width, height], 1) / size)
    offsets = np.sqrt((scale**2 - 1) / 6)[:, :, None] * np.eye(2)
    return sample_axis_aligned(images, transforms, offsets, size, crop.bounds)


def _resize_by_weights(images: Tensor, crop: Crop, size: int) -> Tensor:
    """Pillow's bilinear resize as a matrix per sample and axis."""
    n, channels, height, width = images.shape
    vertical = _triangle_weights(crop, 0, height, size, images.device)
    horizontal = _triangle_weights(crop, 1, width, size, images.device)
    rows = torch.bmm(images.flatten(1, 2), horizontal.transpose(1, 2))
    resized = vertical[:, None] @ rows.view(n, channels, height, -1)
    flip = torch.from_numpy(crop.flip).to(resized.device)[:, None, None, None]
    return torch.where(flip, resized.flip(3), resized)


def _triangle_weights(
    crop: Crop, axis: int, length: int, size: int, device: torch.device
) -> Tensor:
    """Weights of the input pixels in each output pixel along one axis: float32 (N, size, length).

    Output pixel i is centred at start + (i + 1/2) * step of the input and averages under a triangle
    that is as wide as the shrinkage, so nothing aliases.
    """
    columns = [crop.box[:, axis], crop.box[:, 2 + axis] / size]
    columns += [crop.bounds[:, axis], crop.bounds[:, 2 + axis]]
    values = np.stack(columns).astype(np.float32)[:, :, None, None]
    start, step, low, high = torch.from_numpy(values).to(device)
    centre = start + (torch.arange(size, device=device)[:, None] + 0.5) * step
    pixel = torch.arange(length, device=device) + 0.5
    weights = (1 - (pixel - centre).abs() / step.clamp(min=1)).clamp_(min=0)
    weights *= (pixel > low) & (pixel < high)
    return weights / weights.sum(dim=2, keepdim=True)


def _crop_within_image(box: np.ndarray, sizes: np.ndarray) -> Crop:
    bounds = np.concatenate([np.zeros_like(sizes), sizes], axis=1).astype(float)
    return Crop(box, bounds, np.zeros(len(sizes), bool))


def _between(u: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * u
