"""What happens to the values of finished pictures: colour, blur, sensor noise, JPEG artefacts.

Pictures are float32 (N, 3, H, W) in [0, 1]; strengths come a sample, drawn by the caller. Blur,
noise and JPEG touch a share of the samples and are computed for these alone.
"""

from functools import lru_cache

import numpy as np
import torch
from kornia import enhance, filters
from torch import Tensor

from synthlib.seeding import rng_for

NOISE_FIELD_SIDE = 1024
"""Side of the field of noise that samples read at places of their own, in pixels."""

JPEG_BLOCK = 16
"""JPEG with halved colour works on squares of so many pixels."""


def adjust_colour(
    images: Tensor, brightness: np.ndarray, contrast: np.ndarray, saturation: np.ndarray
) -> Tensor:
    """Multiplied by `brightness`, spread about the mean grey by `contrast`, about each pixel's own
    grey by `saturation` (0: grey), all (N,), in that order: torchvision's operations."""
    images = enhance.adjust_brightness_accumulative(images, _to_tensor(brightness, images))
    images = enhance.adjust_contrast_with_mean_subtraction(images, _to_tensor(contrast, images))
    return enhance.adjust_saturation_with_gray_subtraction(images, _to_tensor(saturation, images))


def blur(images: Tensor, sigma: np.ndarray) -> Tensor:
    """A Gaussian of `sigma` (N,) pixels, up to about 1.5."""
    sigmas = _to_tensor(sigma, images)[:, None].expand(-1, 2)
    return filters.gaussian_blur2d(images, (7, 7), sigmas)


def sensor_noise(images: Tensor, strength: np.ndarray, u: np.ndarray) -> Tensor:
    """Normal noise of a spread of `strength` (N,) at white, falling with the root of the light as
    a sensor's does, but not below a third.

    It is read from one fixed field of noise, at the place that `u` (N, 2) in [0, 1) says.
    """
    height, width = images.shape[2:]
    room = NOISE_FIELD_SIDE - max(height, width) + 1
    if room < 2:
        raise ValueError(
            f"noise is for pictures below {NOISE_FIELD_SIDE} px, these are {height} px"
        )
    field = _noise_field(images.device)
    tops, lefts = (u * room).astype(int).T
    noise = torch.stack(
        [field[:, y : y + height, x : x + width] for y, x in zip(tops, lefts, strict=True)]
    )
    spread = images.clamp(min=1 / 9).sqrt() * _to_tensor(strength, images)[:, None, None, None]
    return torch.addcmul(images, noise, spread).clamp_(0, 1)


def jpeg(images: Tensor, quality: np.ndarray) -> Tensor:
    """As if saved as JPEG of `quality` (N,) in 1 to 100, and read again."""
    height, width = images.shape[2:]
    padding = (0, -width % JPEG_BLOCK, 0, -height % JPEG_BLOCK)
    padded = torch.nn.functional.pad(images, padding, mode="replicate")
    coded = enhance.jpeg_codec_differentiable(padded, _to_tensor(quality, images))
    return coded[:, :, :height, :width]


@lru_cache(maxsize=2)
def _noise_field(device: torch.device) -> Tensor:
    """float32 (3, side, side): standard normal, the same on every device."""
    draws = rng_for(0, "sensor_noise").standard_normal((3, NOISE_FIELD_SIDE, NOISE_FIELD_SIDE))
    return torch.from_numpy(draws.astype(np.float32)).to(device)


def _to_tensor(values: np.ndarray, images: Tensor) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)).to(images.device)
