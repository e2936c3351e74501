"""Photometric changes of finished images: colour, blur, sensor noise, JPEG artefacts.

Images are float32 (N, 3, H, W) in [0, 1]; there is one strength per sample, drawn by the caller.
"""

from functools import lru_cache

import numpy as np
import torch
from kornia import enhance, filters
from torch import Tensor

from synthlib.seeding import rng_for

NOISE_FIELD_SIDE = 1024
"""Side of the noise field, of which each sample reads its own part, in pixels."""

JPEG_BLOCK = 16
"""Side in pixels of the blocks of a JPEG with halved colour resolution."""


def adjust_colour(
    images: Tensor, brightness: np.ndarray, contrast: np.ndarray, saturation: np.ndarray
) -> Tensor:
    """Change brightness, contrast and saturation, in this order, as torchvision does.

    Args:
        images: float32 (N, 3, H, W) in [0, 1].
        brightness: Factor of the values, (N,).
        contrast: Factor of the distance from the image's mean grey, (N,).
        saturation: Factor of the distance from each pixel's own grey, (N,); 0 makes it grey.

    Returns:
        float32 (N, 3, H, W) in [0, 1].
    """
    images = enhance.adjust_brightness_accumulative(images, _to_tensor(brightness, images))
    images = enhance.adjust_contrast_with_mean_subtraction(images, _to_tensor(contrast, images))
    return enhance.adjust_saturation_with_gray_subtraction(images, _to_tensor(saturation, images))


def adjust_cutouts(pixels: Tensor, contrast: float, brightness: float) -> Tensor:
    """Change contrast and brightness of cut out objects, each about its own mean grey.

    Args:
        pixels: RGBA, uint8 (N, H, W, 4), with colours premultiplied by alpha; or with the object's
            own mask as fifth channel, (N, H, W, 5).
        contrast: Factor of the distance from the mean grey of the object, weighted by the square of
            its own mask.
        brightness: Factor of that mean grey.

    Returns:
        uint8 like `pixels`, in which only the colours differ. A black shadow stays black. An
        object's result does not depend on the others of the batch, nor on transparent pixels.
    """
    colours, alpha, own = pixels[..., :3].int(), pixels[..., 3:4], pixels[..., -1:].int()
    # sums of whole numbers are exact, in whatever order a batch of any size adds them
    total, weight = ((own * part).sum((1, 2, 3), dtype=torch.int64) for part in (colours, own))
    mean = (total / (3 * weight.clamp(min=1))).float()[:, None, None, None]
    changed = contrast * colours + (brightness - contrast) * mean * alpha
    changed = torch.minimum(changed.clamp_(min=0), alpha).round_()
    return torch.cat([changed.byte(), pixels[..., 3:]], dim=3)


def blur(images: Tensor, sigma: np.ndarray) -> Tensor:
    """Gaussian blur with a standard deviation of `sigma` (N,) pixels, up to about 1.5."""
    sigmas = _to_tensor(sigma, images)[:, None].expand(-1, 2)
    return filters.gaussian_blur2d(images, (7, 7), sigmas)


def sharpen(images: Tensor, strength: float) -> Tensor:
    """Unsharp masking: raise the difference from a blurred image, whose weights reach 1 pixel.

    Args:
        images: float32 (N, 3, H, W) in [0, 1].
        strength: Factor of the difference that is added, at least 0.

    Returns:
        float32 (N, 3, H, W) in [0, 1].
    """
    blurred = filters.gaussian_blur2d(images, (3, 3), (1.0, 1.0), border_type="replicate")
    return torch.lerp(blurred, images, 1 + strength).clamp_(0, 1)


def sensor_noise(images: Tensor, strength: np.ndarray, u: np.ndarray) -> Tensor:
    """Add normal noise that grows with the square root of the light, as a sensor's does.

    Args:
        images: float32 (N, 3, H, W) in [0, 1].
        strength: Standard deviation at white, (N,); it falls to a third of that at black.
        u: Uniform draws in [0, 1), float (N, 2): the part of a fixed noise field that is added.

    Returns:
        float32 (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: If the images are as large as the noise field.
    """
    height, width = images.shape[2:]
    n_positions = NOISE_FIELD_SIDE - max(height, width) + 1
    if n_positions < 2:
        raise ValueError(
            f"noise is for images below {NOISE_FIELD_SIDE} px, these are {height} x {width} px"
        )
    field = _noise_field(images.device)
    tops, lefts = (u * n_positions).astype(int).T
    noise = torch.stack(
        [field[:, y : y + height, x : x + width] for y, x in zip(tops, lefts, strict=True)]
    )
    spread = images.clamp(min=1 / 9).sqrt() * _to_tensor(strength, images)[:, None, None, None]
    return torch.addcmul(images, noise, spread).clamp_(0, 1)


def jpeg(images: Tensor, quality: np.ndarray) -> Tensor:
    """Images as if saved as JPEG of `quality` (N,), 1 to 100, and read again."""
    height, width = images.shape[2:]
    padding = (0, -width % JPEG_BLOCK, 0, -height % JPEG_BLOCK)
    padded = torch.nn.functional.pad(images, padding, mode="replicate")
    coded = enhance.jpeg_codec_differentiable(padded, _to_tensor(quality, images))
    return coded[:, :, :height, :width]


@lru_cache(maxsize=2)
def _noise_field(device: torch.device) -> Tensor:
    """Standard normal noise, float32 (3, side, side), the same on every device."""
    draws = rng_for(0, "sensor_noise").standard_normal((3, NOISE_FIELD_SIDE, NOISE_FIELD_SIDE))
    return torch.from_numpy(draws.astype(np.float32)).to(device)


def _to_tensor(values: np.ndarray, images: Tensor) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)).to(images.device)
