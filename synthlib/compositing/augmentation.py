"""Augmentation by named presets: the step between a batch of images and the model's input.

Input images are photographs, uint8 (N, H, W, 3), or composites, float (N, 3, H, W) in [0, 1]. The
result is float32 (N, 3, size, size) in [0, 1], which `normalise` turns into the model's input.

All randomness comes from the argument `u`, uniform numbers in [0, 1), float (N, preset.n_draws),
that the caller draws for each sample (`seeding.uniforms`). Each output image therefore depends only
on its own input image and its own row of `u`, not on the rest of the batch.
"""

from collections.abc import Callable
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
"""Mean and standard deviation of red, green and blue in [0, 1] over ImageNet."""

# Number of columns of `u` that each step reads, in this order. Placement is first because
# `sample_placements` reads the first columns.
_DRAWS_BY_STEP = {
    "placement": placement.PLACEMENT_DRAWS,
    "crop": crops.CROP_DRAWS,
    "flip": 1,
    "degrade": 8,
    "color": 4,
}


@dataclass(frozen=True)
class Preset:
    """A named augmentation. Fields that keep their defaults do nothing.

    Attributes:
        name: Name in `PRESETS`.
        placement: Ranges for the placement of a render on its background; None shows the whole
            render on black.
        crop: "random" is RandomResizedCrop, "center" is Resize(size * 256/224) and CenterCrop,
            "squash" is Resize to size x size.
        crop_area: Range of a random crop's area, as a share of the image.
        crop_ratio: Range of a random crop's width divided by its height.
        object_in_crop: Least share of an object's pixels that a random crop of a composite keeps.
        flip: Probability of mirroring left to right.
        brightness: Largest relative change of brightness b: a factor from [1 - b, 1 + b].
        contrast: Largest relative change of contrast, likewise.
        saturation: Largest relative change of saturation, likewise.
        grayscale: Probability of removing all colour.
        blur: Probability of a Gaussian blur.
        blur_sigma: Range of the blur's standard deviation in pixels.
        noise: Probability of sensor noise.
        noise_spread: Range of the noise's standard deviation at white, where white is 1.
        jpeg: Probability of JPEG artefacts.
        jpeg_quality: Range of the JPEG quality, from 1 to 100.
    """

    name: str
    placement: PlacementRange | None = None
    crop: Literal["random", "center", "squash"] = "squash"
    crop_area: tuple[float, float] = (0.08, 1.0)
    crop_ratio: tuple[float, float] = (3 / 4, 4 / 3)
    object_in_crop: float = 0.0
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
        """Number of uniform draws per sample."""
        return sum(_DRAWS_BY_STEP.values())

    def composite_side(self, size: int) -> int:
        """Side in pixels at which composites are made for a model input of `size` px.

        If a crop follows, it is the shorter side of packed photographs, so that cropping removes
        as much of a composite as of a photograph.
        """
        return size if self.crop == "squash" else photograph_side(size)


THESIS_REAL = Preset("thesis_real", crop="random", flip=0.5)
THESIS_SYNTHETIC = Preset("thesis_synthetic", placement=PlacementRange())
THESIS_SYNTHETIC_NOBG = Preset("thesis_synthetic_nobg")
THESIS_SYNTHETIC_NOBG_AFFINE = Preset(
    "thesis_synthetic_nobg_affine",
    placement=PlacementRange(rotation=(0.0, 0.0), scale=(1.0, 1.0)),  # the affine, but no merge
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
STRONG = replace(
    MATCHED,
    name="strong",
    brightness=0.5,
    contrast=0.5,
    saturation=0.5,
    grayscale=0.2,
    blur=0.5,
    noise=0.5,
    jpeg=0.5,
)
STRONG_NOBG = replace(STRONG, name="strong_nobg", placement=None)
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
        STRONG,
        STRONG_NOBG,
    )
}
"""All presets by name: those of the thesis (5.2); `matched` and `matched_nobg`, which treat
photographs and composites alike; `strong` and `strong_nobg`, with stronger changes of colour and
image quality."""


def preset_placements(
    u: np.ndarray,
    preset: Preset,
    scales: np.ndarray | None = None,
    feet: np.ndarray | None = None,
    places: np.ndarray | None = None,
) -> Placement:
    """Draw the placements of a preset that pastes renders.

    Args:
        u: Uniform draws in [0, 1), float (N, preset.n_draws); pass the same to `augment`.
        preset: A preset with a placement.
        scales: Least and greatest scale of each sample, as for `sample_placements`.
        feet: The foot of each render, likewise.
        places: Ranges of each sample's place, likewise.

    Raises:
        ValueError: If the preset has no placement.
    """
    if preset.placement is None:
        raise ValueError(f"preset {preset.name} has no placement, so it pastes no render")
    return placement.sample_placements(u, preset.placement, scales, feet, places)


def preset_crop(
    u: np.ndarray, preset: Preset, sizes: np.ndarray, size: int, masks: Tensor | None = None
) -> Crop:
    """Compute the crops of a preset.

    Args:
        u: Uniform draws in [0, 1), float (N, preset.n_draws).
        preset: The augmentation.
        sizes: Height and width of each image in pixels, int (N, 2).
        size: Side of the model's input in pixels.
        masks: Share of each pixel that the object of a composite covers, float (N, H, W); None for
            images without objects whose pixels are known.
    """
    draws = _split_draws(u)
    if preset.crop == "random" and masks is not None and preset.object_in_crop:
        crop = crops.object_crop(
            draws["crop"], masks, preset.crop_area, preset.crop_ratio, preset.object_in_crop
        )
    elif preset.crop == "random":
        crop = crops.random_crop(draws["crop"], sizes, preset.crop_area, preset.crop_ratio)
    elif preset.crop == "center":
        crop = crops.centre_crop(sizes, size)
    else:
        crop = crops.squash_crop(sizes)
    return Crop(crop.box, crop.bounds, draws["flip"][:, 0] < preset.flip)


def augment(
    images: Tensor,
    u: np.ndarray,
    preset: Preset,
    size: int,
    sizes: np.ndarray | None = None,
    masks: Tensor | None = None,
) -> Tensor:
    """Apply a preset to photographs or composites.

    Args:
        images: uint8 (N, H, W, 3), or float (N, 3, H, W) in [0, 1]; not modified.
        u: Uniform draws in [0, 1), float (N, preset.n_draws).
        preset: The augmentation, e.g. `PRESETS["matched"]`.
        size: Side of the result in pixels.
        sizes: Height and width of each image in pixels, int (N, 2), if images of different sizes
            were padded at the right and bottom. None: no padding.
        masks: The objects' pixels, as for `preset_crop`.

    Returns:
        float32 (N, 3, size, size) in [0, 1], not yet normalised.

    Examples:
        >>> preset = PRESETS["thesis_real"]
        >>> u = uniforms(0, "augment", ids=np.arange(8), n=preset.n_draws)
        >>> augment(photographs, u, preset, size=64).shape  # uint8 (8, 73, 98, 3)
        torch.Size([8, 3, 64, 64])
    """
    if sizes is None:
        shape = images.shape[1:3] if images.dtype == torch.uint8 else images.shape[2:]
        sizes = np.tile(np.array(shape), (len(images), 1))
    return apply_after_crop(images, preset_crop(u, preset, sizes, size, masks), u, preset, size)


def apply_after_crop(
    images: Tensor, crop: Crop, u: np.ndarray, preset: Preset, size: int
) -> Tensor:
    """Apply a preset whose crops have been computed (`preset_crop`).

    Args:
        images: Images as for `augment`, or only the windows of them that the crops read
            (`Crop.windows`).
        crop: N crops, relative to `images`.
        u: The uniform draws that the crops were computed from, float (N, preset.n_draws).
        preset: The augmentation.
        size: Side of the result in pixels.

    Returns:
        float32 (N, 3, size, size) in [0, 1], not yet normalised.
    """
    draws = _split_draws(u)
    given_images = images
    has_output_size = images.dtype != torch.uint8 and images.shape[2:] == (size, size)
    if preset.crop != "squash" or crop.flip.any() or not has_output_size:
        images = crops.crop_and_resize(images, crop, size)
    images = _adjust_colour(images, draws["color"], preset)
    return _degrade(images, draws["degrade"], preset, in_place=images is not given_images)


def normalise(images: Tensor) -> Tensor:
    """Normalise images (N, 3, H, W) in [0, 1] by ImageNet's mean and standard deviation."""
    return normalise_(images.clone())


def normalise_(images: Tensor) -> Tensor:
    """Normalise images (see `normalise`), in their own memory if its format is channels-last."""
    # whole rows of pixels at once: torch is slow on a last dimension of 3
    rows = images.permute(0, 2, 3, 1).flatten(2)
    width = images.shape[3]
    mean, std = (images.new_tensor(v).repeat(width) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return rows.sub_(mean).div_(std).unflatten(2, (width, 3)).permute(0, 3, 1, 2)


def denormalise(images: Tensor) -> Tensor:
    """Invert `normalise`, to display images: returns them in [0, 1]."""
    mean, std = images.new_tensor(IMAGENET_MEAN), images.new_tensor(IMAGENET_STD)
    return images * std[:, None, None] + mean[:, None, None]


def _split_draws(u: np.ndarray) -> dict[str, np.ndarray]:
    """Split the columns of `u` by the step that reads them, the keys of `_DRAWS_BY_STEP`."""
    parts = np.split(u, np.cumsum(list(_DRAWS_BY_STEP.values()))[:-1], axis=1)
    return dict(zip(_DRAWS_BY_STEP, parts, strict=True))


def _adjust_colour(images: Tensor, u: np.ndarray, preset: Preset) -> Tensor:
    strengths = (preset.brightness, preset.contrast, preset.saturation)
    if not any(strengths) and not preset.grayscale:
        return images
    brightness, contrast, saturation = (
        _between(u[:, i], 1 - s, 1 + s) for i, s in enumerate(strengths)
    )
    saturation = np.where(u[:, 3] < preset.grayscale, 0.0, saturation)  # 0 removes all colour
    images = images.contiguous()  # colour changes are slower on channels-last images
    return photometric.adjust_colour(images, brightness, contrast, saturation)


def _degrade(images: Tensor, u: np.ndarray, preset: Preset, *, in_place: bool) -> Tensor:
    """Apply blur, noise and JPEG, each only to the samples for which it was drawn.

    The columns of `u`: blur or not, its sigma; noise or not, its strength, two that choose a part
    of the noise field; JPEG or not, its quality.
    """
    if not in_place and (preset.blur or preset.noise or preset.jpeg):
        images = images.clone()

    def apply(is_drawn: np.ndarray, function: Callable[..., Tensor], *values: np.ndarray) -> None:
        rows = np.flatnonzero(is_drawn)
        if len(rows):
            index = torch.from_numpy(rows).to(images.device)
            images[index] = function(images[index], *(column[rows] for column in values))

    apply(u[:, 0] < preset.blur, photometric.blur, _between(u[:, 1], *preset.blur_sigma))
    noise_strength = _between(u[:, 3], *preset.noise_spread)
    apply(u[:, 2] < preset.noise, photometric.sensor_noise, noise_strength, u[:, 4:6])
    apply(u[:, 6] < preset.jpeg, photometric.jpeg, _between(u[:, 7], *preset.jpeg_quality))
    return images


def _between(u: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map numbers in [0, 1) to [low, high)."""
    return low + (high - low) * u
