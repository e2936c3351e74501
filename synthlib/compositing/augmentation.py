"""Named presets: what happens to a batch of pictures between the store and the model.

Pictures are uint8 (N, H, W, 3) as stores keep photographs, or float (N, 3, H, W) in [0, 1] as
composites are; out come float32 (N, 3, size, size) in [0, 1], and `normalise` makes the model's
input of them. All chance is in the uniforms `u` (N, preset.draws) that the caller draws a sample
(`seeding.uniforms`): a row of the output depends on its own rows of the input alone.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from synthlib.compositing import crops, photometric, placement
from synthlib.compositing.crops import Crop
from synthlib.compositing.placement import Placement, PlacementRange
from synthlib.photographs.photographs import photograph_side

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, for red, green, blue in [0, 1]."""

_DRAWS_BY_STEP = {
    "placement": placement.PLACEMENT_DRAWS,
    "crop": crops.CROP_DRAWS,
    "flip": 1,
    "wear": 8,
    "color": 4,
}


@dataclass(frozen=True)
class Preset:
    """One named way to augment. Fields that keep their defaults do nothing.

    `placement`: how a render is put on its background (None: resized, on black). `crop`: "random"
    is RandomResizedCrop over `crop_area` (share of the picture) and `crop_ratio` (width by
    height), "center" is Resize(size * 256/224) and CenterCrop, "squash" is Resize to size x size.
    `flip` and `grayscale` are probabilities; `brightness`, `contrast` and `saturation` the largest
    relative changes, up or down. `blur`, `noise` and `jpeg` are probabilities, with ranges of the
    blur's sigma in pixels, the noise's spread (of white) and JPEG's quality.
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
    blur: float = 0.0
    blur_sigma: tuple[float, float] = (0.3, 1.2)
    noise: float = 0.0
    noise_spread: tuple[float, float] = (0.01, 0.05)
    jpeg: float = 0.0
    jpeg_quality: tuple[float, float] = (40.0, 95.0)

    @property
    def n_draws(self) -> int:
        """Uniforms a sample."""
        return sum(_DRAWS_BY_STEP.values())

    def composite_side(self, size: int) -> int:
        """Side in pixels at which composites are made for an input of `size`: that of
        photographs where a crop follows, so that both lose as much to it."""
        return size if self.crop == "squash" else photograph_side(size)


THESIS_REAL = Preset("thesis_real", crop="random", flip=0.5)
THESIS_SYNTHETIC = Preset("thesis_synthetic", placement=PlacementRange())
THESIS_SYNTHETIC_NOBG = Preset("thesis_synthetic_nobg")
THESIS_SYNTHETIC_NOBG_AFFINE = Preset(
    "thesis_synthetic_nobg_affine",
    placement=PlacementRange(rotation=(0.0, 0.0), scale=(1.0, 1.0)),  # no merge: on the whole
)
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
    blur=0.2,
    noise=0.2,
    jpeg=0.2,
)
MATCHED_NOBG = replace(MATCHED, name="matched_nobg", placement=None)
PRESETS = {
    preset.name: preset
    for preset in (
        THESIS_REAL,
        THESIS_SYNTHETIC,
        THESIS_SYNTHETIC_NOBG,
        THESIS_SYNTHETIC_NOBG_AFFINE,
        THESIS_TEST,
        MATCHED,
        MATCHED_NOBG,
    )
}
"""By name. The thesis's (5.2), and `matched`: one pipeline for real photographs and composites."""


def preset_placements(u: np.ndarray, preset: Preset) -> Placement:
    """Placements for a preset that pastes renders; the same `u` then goes to `augment`."""
    if preset.placement is None:
        raise ValueError(f"preset {preset.name} places nothing: it has no background to paste into")
    return placement.sample_placements(u, preset.placement)


def preset_crop(u: np.ndarray, preset: Preset, sizes: np.ndarray, size: int) -> Crop:
    """What a preset sees of pictures of `sizes`, int (N, 2) heights and widths."""
    draws = _split_draws(u)
    if preset.crop == "random":
        crop = crops.random_crop(draws["crop"], sizes, preset.crop_area, preset.crop_ratio)
    elif preset.crop == "center":
        crop = crops.centre_crop(sizes, size)
    else:
        crop = crops.squash_crop(sizes)
    return Crop(crop.box, crop.bounds, draws["flip"][:, 0] < preset.flip)


def augment(
    images: Tensor, u: np.ndarray, preset: Preset, size: int, sizes: np.ndarray | None = None
) -> Tensor:
    """float32 (N, 3, size, size) in [0, 1]: the preset applied to photographs or composites.

    `u` float (N, preset.draws). `sizes`, int (N, 2): height and width in pixels of pictures that
    are padded to one tensor at the right and below (None: they fill it).
    """
    if sizes is None:
        shape = images.shape[1:3] if images.dtype == torch.uint8 else images.shape[2:]
        sizes = np.tile(np.array(shape), (len(images), 1))
    return apply_after_crop(images, preset_crop(u, preset, sizes, size), u, preset, size)


def apply_after_crop(
    images: Tensor, crop: Crop, u: np.ndarray, preset: Preset, size: int
) -> Tensor:
    """The same with the crop known already, of pictures or of the windows it reads of them."""
    draws, given = _split_draws(u), images
    fits = images.dtype != torch.uint8 and images.shape[2:] == (size, size)
    if preset.crop != "squash" or crop.flip.any() or not fits:
        images = crops.crop_and_resize(images, crop, size)
    images = _adjust_colour(images, draws["color"], preset)
    return _degrade(images, draws["wear"], preset, in_place=images is not given)


def normalise(images: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] to zero mean and unit spread, by ImageNet's MEAN and STD."""
    return normalise_(images.clone())


def normalise_(images: Tensor) -> Tensor:
    """The same in place."""
    mean, std = (images.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return images.sub_(mean).div_(std)


def denormalise(images: Tensor) -> Tensor:
    """The inverse of `normalise`: pictures to look at."""
    mean, std = (images.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return images * std + mean


def _split_draws(u: np.ndarray) -> dict[str, np.ndarray]:
    parts = np.split(u, np.cumsum(list(_DRAWS_BY_STEP.values()))[:-1], axis=1)
    return dict(zip(_DRAWS_BY_STEP, parts, strict=True))


def _adjust_colour(images: Tensor, u: np.ndarray, preset: Preset) -> Tensor:
    strengths = (preset.brightness, preset.contrast, preset.saturation)
    if not any(strengths) and not preset.grayscale:
        return images
    brightness, contrast, saturation = (
        _between(u[:, i], 1 - s, 1 + s) for i, s in enumerate(strengths)
    )
    saturation = np.where(u[:, 3] < preset.grayscale, 0.0, saturation)
    return photometric.adjust_colour(images, brightness, contrast, saturation)


def _degrade(images: Tensor, u: np.ndarray, preset: Preset, *, in_place: bool) -> Tensor:
    """Blur, noise and JPEG, each on the samples that drew it; in place if they are our `own`."""
    if not in_place and (preset.blur or preset.noise or preset.jpeg):
        images = images.clone()
    for column, share, values, function in (
        (0, preset.blur, _between(u[:, 1], *preset.blur_sigma), photometric.blur),
        (2, preset.noise, _between(u[:, 3], *preset.noise_spread), photometric.sensor_noise),
        (6, preset.jpeg, _between(u[:, 7], *preset.jpeg_quality), photometric.jpeg),
    ):
        rows = np.flatnonzero(u[:, column] < share)
        if len(rows):
            index = torch.from_numpy(rows).to(images.device)
            more = (u[rows, 4:6],) if function is photometric.sensor_noise else ()
            images[index] = function(images[index], values[rows], *more)
    return images


def _between(u: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * u
