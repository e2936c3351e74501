"""Named presets: what happens to a batch of pictures between the store and the model.

Pictures are uint8 (N, H, W, 3) as stores keep photographs, or float (N, 3, H, W) in [0, 1] as
composites are; out come float32 (N, 3, size, size) in [0, 1], and `normalise` makes the model's
input of them. All chance is in the uniforms `u` (N, preset.draws) that the caller draws a sample
(`seeding.uniforms`): a row of the output depends on its own rows of the input alone.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from synthlib.placement import DRAWS, Placement, PlacementRange, sample_placements

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, for red, green, blue in [0, 1]."""

TRIES = 10
"""Crops that RandomResizedCrop draws before it falls back to the middle, as in torchvision."""

CROP_DRAWS = 2 * TRIES + 2
"""Uniforms of one random crop: area and ratio of every try, row, column."""


@dataclass(frozen=True)
class Preset:
    """One named way to augment. Fields that keep their defaults do nothing.

    `placement`: how a render is put on its background (None: there is no background).
    `crop`: "random" is RandomResizedCrop over `crop_area` (share of the picture) and `crop_ratio`
    (width by height), "center" is Resize(size * 256/224) and CenterCrop, "squash" is Resize to
    size x size. `flip` and `grayscale` are probabilities; `brightness`, `contrast` and
    `saturation` are the largest relative changes, up or down.
    """

    name: str
    placement: PlacementRange | None = None
    crop: Literal["random", "center", "squash"] = "squash"
    crop_area: tuple[float, float] = (0.08, 1.0)
    crop_ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    grayscale: float = 0.0

    @property
    def draws(self) -> int:
        """Uniforms a sample: the placement's, the crop's, the flip's, and four for colour."""
        return DRAWS + CROP_DRAWS + 1 + 4


THESIS_REAL = Preset("thesis_real", crop="random", flip=0.5)
THESIS_SYNTHETIC = Preset("thesis_synthetic", placement=PlacementRange())
THESIS_SYNTHETIC_NOBG = Preset("thesis_synthetic_nobg")
THESIS_TEST = Preset("thesis_test", crop="center")
MATCHED = Preset(
    "matched",
    placement=PlacementRange((0.0, 0.0), 0.0, (1.0, 1.0), rotation=(-20.0, 20.0)),
    crop="random",
    flip=0.5,
    brightness=0.2,
    contrast=0.2,
    saturation=0.2,
    grayscale=0.05,
)
PRESETS = {
    preset.name: preset
    for preset in (THESIS_REAL, THESIS_SYNTHETIC, THESIS_SYNTHETIC_NOBG, THESIS_TEST, MATCHED)
}
"""By name. The thesis's (5.2), and `matched`: one pipeline for real photographs and composites."""


def place(u: np.ndarray, preset: Preset) -> Placement:
    """Placements for a preset that pastes renders; the same `u` then goes to `augment`."""
    if preset.placement is None:
        raise ValueError(f"preset {preset.name} places nothing: it has no background to paste into")
    return sample_placements(u, preset.placement)


def augment(
    images: Tensor, u: np.ndarray, preset: Preset, size: int, sizes: np.ndarray | None = None
) -> Tensor:
    """float32 (N, 3, size, size) in [0, 1]: the preset applied to photographs or composites.

    `u` float (N, preset.draws). `sizes`, int (N, 2): height and width in pixels of pictures that
    are padded to one tensor at the right and below (None: they fill it).
    """
    _, crop_u, flip_u, color_u = np.split(u, np.cumsum([DRAWS, CROP_DRAWS, 1]), axis=1)
    if preset.crop == "random":
        images = random_resized_crop(images, crop_u, size, sizes, preset)
    elif preset.crop == "center":
        images = center_crop(images, size, sizes)
    else:
        images = squash(images, size, sizes)
    if preset.flip:
        flipped = torch.from_numpy(flip_u < preset.flip).to(images.device)[:, :, None, None]
        images = torch.where(flipped, images.flip(3), images)
    return _recolor(images, color_u, preset)


def random_resized_crop(
    images: Tensor,
    u: np.ndarray,
    size: int,
    sizes: np.ndarray | None = None,
    preset: Preset = THESIS_REAL,
) -> Tensor:
    """torchvision's RandomResizedCrop, drawn for each sample; float32 (N, 3, size, size).

    `u` float (N, 22): area of each of 10 tries, ratio of each, row, column.
    """
    images, height, width = _planes(images, sizes)
    areas = _between(u[:, :TRIES], *preset.crop_area) * (height * width)[:, None]
    ratios = np.exp(_between(u[:, TRIES : 2 * TRIES], *np.log(preset.crop_ratio)))
    ws, hs = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
    fits = (ws > 0) & (ws <= width[:, None]) & (hs > 0) & (hs <= height[:, None])
    found, first = fits.any(axis=1), (np.arange(len(u)), fits.argmax(axis=1))
    low, high = preset.crop_ratio
    w = np.where(found, ws[first], np.minimum(width, np.rint(height * high)))
    h = np.where(found, hs[first], np.minimum(height, np.rint(width / low)))
    room_y, room_x = height - h, width - w
    top = np.where(found, np.floor(u[:, -2] * (room_y + 1)), room_y // 2)
    left = np.where(found, np.floor(u[:, -1] * (room_x + 1)), room_x // 2)
    rows = _weights(top, h / size, top, top + h, images.shape[2], size, images.device)
    columns = _weights(left, w / size, left, left + w, images.shape[3], size, images.device)
    return _resample(images, rows, columns)


def center_crop(images: Tensor, size: int, sizes: np.ndarray | None = None) -> Tensor:
    """Resize the shorter side to size * 256/224, then CenterCrop(size): the thesis's test."""
    images, height, width = _planes(images, sizes)
    shorter = round(size * 256 / 224)
    weights = []
    for side, length in ((height, images.shape[2]), (width, images.shape[3])):
        resized = np.floor(shorter * side / np.minimum(height, width))
        scale, start = side / resized, np.rint((resized - size) / 2)
        weights.append(_weights(start * scale, scale, 0 * side, side, length, size, images.device))
    return _resample(images, *weights)


def squash(images: Tensor, size: int, sizes: np.ndarray | None = None) -> Tensor:
    """Resize([size, size]), whatever the shape: the thesis's synthetic data and backgrounds."""
    images, height, width = _planes(images, sizes)
    if sizes is None and images.shape[2:] == (size, size):
        return images
    rows = _weights(
        0 * height, height / size, 0 * height, height, images.shape[2], size, images.device
    )
    columns = _weights(
        0 * width, width / size, 0 * width, width, images.shape[3], size, images.device
    )
    return _resample(images, rows, columns)


def normalise(images: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] to zero mean and unit spread, by ImageNet's MEAN and STD."""
    mean, std = (images.new_tensor(v)[:, None, None] for v in (MEAN, STD))
    return (images - mean) / std


def denormalise(images: Tensor) -> Tensor:
    """The inverse of `normalise`: pictures to look at."""
    mean, std = (images.new_tensor(v)[:, None, None] for v in (MEAN, STD))
    return images * std + mean


def _planes(images: Tensor, sizes: np.ndarray | None) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """float32 (N, 3, H, W) in [0, 1], and the valid heights and widths, float (N,)."""
    if images.dtype == torch.uint8:
        images = images.permute(0, 3, 1, 2)
        images = images.to(torch.float32, memory_format=torch.contiguous_format).div_(255)
    if sizes is None:
        sizes = np.tile(np.array(images.shape[2:]), (len(images), 1))
    return images, sizes[:, 0].astype(float), sizes[:, 1].astype(float)


def _weights(
    start: np.ndarray,
    scale: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    length: int,
    size: int,
    device: torch.device,
) -> Tensor:
    """float32 (N, size, length): Pillow's bilinear resize along one axis, as a matrix a sample.

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


def _resample(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(N, 3, size, size): images (N, 3, H, W) under weights (N, size, H) and (N, size, W)."""
    n, channels, height, _ = images.shape
    wide = torch.bmm(images.flatten(1, 2), columns.transpose(1, 2))
    return rows[:, None] @ wide.view(n, channels, height, -1)


def _recolor(images: Tensor, u: np.ndarray, preset: Preset) -> Tensor:
    """Brightness, contrast, saturation and grayscale as torchvision's, in that order."""
    strengths = (preset.brightness, preset.contrast, preset.saturation)
    if not any(strengths) and not preset.grayscale:
        return images
    factors = [_between(u[:, i], 1 - s, 1 + s) for i, s in enumerate(strengths)]
    factors[2] = np.where(u[:, 3] < preset.grayscale, 0.0, factors[2])
    brightness, contrast, saturation = (
        torch.from_numpy(f.astype(np.float32)).to(images.device)[:, None, None, None]
        for f in factors
    )
    images = (images * brightness).clamp_(0, 1)
    mean = _gray(images).mean(dim=(2, 3), keepdim=True)
    images = torch.lerp(mean, images, contrast).clamp_(0, 1)
    return torch.lerp(_gray(images), images, saturation).clamp_(0, 1)


def _gray(images: Tensor) -> Tensor:
    """(N, 1, H, W): luma of ITU-R 601, as Pillow's mode L."""
    return (images * images.new_tensor((0.299, 0.587, 0.114))[:, None, None]).sum(1, keepdim=True)


def _between(u: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * u
