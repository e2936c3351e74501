"""Blending of pasted objects with their backgrounds: the edges and colours of tiles.

A tile is the square of a composite around an object (`composite`), premultiplied RGB and alpha. A
blending changes the tile before it is pasted "over" the background; the object's own mask is that
of the tile as it was. All work on batches, and a tile's result depends on its own background alone:

- `hard`: the antialiased edge of the render, unchanged.
- `feathered`: alpha rises linearly over the outermost pixels of the object.
- `gaussian`: alpha is blurred, and the object's colours are continued beyond its edge, as in
  D. Dwibedi, I. Misra and M. Hebert, "Cut, Paste and Learn", ICCV 2017.
- `colour`: a hard edge; the object's colours get the mean of the background's and its spread, after
  E. Reinhard et al., "Color transfer between images", IEEE CG&A 21(5), 2001, in CIE L*a*b*.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.params import Blending

METHODS = ("hard", "feathered", "gaussian", "colour")
"""The methods from which `random` chooses one for each composite."""

FEATHER_WIDTH = 1
"""Pixels of the composite over which the alpha of a feathered edge rises."""

BLUR_SIGMA = 1.0
"""Standard deviation of the blur of a Gaussian edge, in pixels of the composite."""

BLUR_RADIUS = 3
"""Pixels that a Gaussian edge extends beyond the object."""

COLOUR_STRENGTH = 0.5
"""Share of the way from the object's own mean and spread to those of its background. The whole way
takes the colour away from which a class is known: a ball in a grey room turns grey."""

SPREAD_RATIO_RANGE = (0.5, 2.0)
"""Least and greatest factor of an object's spread. Objects of one colour have next to none, and a
larger factor shows the noise of the render."""

STATISTICS_STEP = 3
"""Distance of the background's pixels whose mean and spread are computed, along each axis."""

# IEC 61966-2-1, and CIE 15: linear sRGB to X, Y, Z divided by those of white (D65)
_WHITE_D65 = (0.95047, 1.0, 1.08883)
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_RGB_TO_RELATIVE_XYZ = _RGB_TO_XYZ / np.array(_WHITE_D65)[:, None]
_F_TO_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_LINEAR_BELOW = 6 / 29  # of the cube root in CIE L*a*b*


def choose_methods(blending: Blending, u: np.ndarray) -> np.ndarray | None:
    """Choose the method of each of N composites.

    Args:
        blending: A method, or `random`.
        u: Uniform draws in [0, 1), float (N,).

    Returns:
        Names of methods, str (N,); None if all edges are hard.
    """
    if blending == "hard":
        return None
    methods = np.array(METHODS if blending == "random" else [blending])
    return methods[(u * len(methods)).astype(int)]


def blend(tiles: Tensor, methods: np.ndarray, backgrounds: Tensor) -> Tensor:
    """Blend objects with their backgrounds.

    Args:
        tiles: Premultiplied RGB, alpha and, where there is more than the object itself, its own
            mask, float32 (M, 4 or 5, side, side) in [0, 1]. Beyond the tile the object ends
            (`gaussian`: its border pixels repeat).
        methods: Name of each tile's method, str (M,).
        backgrounds: The whole backgrounds, float32 (M, 3, H, W) in [0, 1].

    Returns:
        Premultiplied RGB and alpha as they are to be pasted, float32 (M, 4, side, side).
    """
    blended, own_masks = tiles[:, :4].clone(), tiles[:, -1:]
    for method in np.unique(methods).tolist():
        if method == "hard":
            continue
        rows = torch.from_numpy(np.flatnonzero(methods == method)).to(tiles.device)
        if method == "feathered":
            blended[rows] = feathered(tiles[rows, :4])
        elif method == "gaussian":
            blended[rows] = gaussian(tiles[rows, :4])
        else:
            blended[rows] = colour_transferred(tiles[rows, :4], own_masks[rows], backgrounds[rows])
    return blended


def feathered(tiles: Tensor) -> Tensor:
    """Tiles whose alpha rises linearly from the edge inwards, over `FEATHER_WIDTH` pixels.

    Alpha becomes the mean of itself and of its erosions by 1 to `FEATHER_WIDTH` pixels. An edge of
    the tile is no edge of the object: one that the composite's frame cuts off does not fade there.
    """
    alpha = tiles[:, 3:]
    eroded, total = alpha, alpha.clone()
    for _ in range(FEATHER_WIDTH):
        eroded = -F.max_pool2d(-eroded, 3, stride=1, padding=1)
        total += eroded
    return tiles * (total / (FEATHER_WIDTH + 1) / alpha.clamp(min=1e-6))


def gaussian(tiles: Tensor) -> Tensor:
    """Tiles whose alpha is blurred by `BLUR_SIGMA`; colours inside the object stay.

    A pixel's colour is its own to the share alpha, and to the rest the mean of those around it.
    """
    weights = torch.from_numpy(_blur_weights(tiles.shape[3])).to(tiles.device)
    blurred = weights @ tiles @ weights.T
    alpha, new_alpha = tiles[:, 3:], blurred[:, 3:]
    # premultiplied by the new alpha: alpha * own colour + (1 - alpha) * mean colour
    colours = new_alpha * tiles[:, :3] + (1 - alpha) * blurred[:, :3]
    return torch.cat([colours, new_alpha], dim=1)


def colour_transferred(tiles: Tensor, own_masks: Tensor, backgrounds: Tensor) -> Tensor:
    """Tiles whose colours approach the mean and the standard deviation of their backgrounds'.

    In each of L*, a* and b*, both go `COLOUR_STRENGTH` of the way; the object's pixels are weighted
    by its mask, and the factor of the deviation stays within `SPREAD_RATIO_RANGE`. What is not the
    object, such as its shadow, keeps its colour.

    Args:
        tiles: Premultiplied RGB and alpha, float32 (M, 4, side, side) in [0, 1].
        own_masks: Share of each pixel that the object itself covers, float32 (M, 1, side, side).
        backgrounds: The whole backgrounds, float32 (M, 3, H, W) in [0, 1].
    """
    alpha = tiles[:, 3:]
    lab = rgb_to_lab(tiles[:, :3] / alpha.clamp(min=1e-6))
    mean, spread = _mean_and_spread(lab, own_masks)
    scene = rgb_to_lab(backgrounds[:, :, ::STATISTICS_STEP, ::STATISTICS_STEP])
    scene_mean, scene_spread = _mean_and_spread(scene, torch.ones_like(scene[:, :1]))
    ratio = (scene_spread / spread.clamp(min=1e-6)).clamp(*SPREAD_RATIO_RANGE)
    factor = 1 + COLOUR_STRENGTH * (ratio - 1)
    new_mean = torch.lerp(mean, scene_mean, COLOUR_STRENGTH)
    rgb = lab_to_rgb((lab - mean) * factor + new_mean)
    own_shares = (own_masks / alpha.clamp(min=1e-6)).clamp(max=1)
    return torch.cat([torch.lerp(tiles[:, :3], rgb * alpha, own_shares), alpha], dim=1)


def rgb_to_lab(images: Tensor) -> Tensor:
    """CIE L*a*b* (white D65) of sRGB images in [0, 1]; both float32 (N, 3, H, W)."""
    curved = ((images + 0.055) / 1.055) ** 2.4
    linear = _curve_above(0.04045, images, curved, images / 12.92)
    relative = _mix_channels(linear, _RGB_TO_RELATIVE_XYZ).clamp_(min=0)
    straight = relative / (3 * _LINEAR_BELOW**2) + 4 / 29
    roots = _curve_above(_LINEAR_BELOW**3, relative, relative ** (1 / 3), straight)
    lab = _mix_channels(roots, _F_TO_LAB)
    lab[:, 0] -= 16
    return lab


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Invert `rgb_to_lab`; colours that sRGB does not have are clipped to [0, 1]."""
    shifted = lab.clone()
    shifted[:, 0] += 16
    roots = _mix_channels(shifted, np.linalg.inv(_F_TO_LAB))
    straight = 3 * _LINEAR_BELOW**2 * (roots - 4 / 29)
    relative = _curve_above(_LINEAR_BELOW, roots, roots * roots * roots, straight)
    linear = _mix_channels(relative, np.linalg.inv(_RGB_TO_RELATIVE_XYZ)).clamp_(0, 1)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return _curve_above(0.0031308, linear, curved, 12.92 * linear)


def _curve_above(limit: float, values: Tensor, curve: Tensor, line: Tensor) -> Tensor:
    """`curve` where `values` exceed a limit, else `line`; several times as fast as torch.where."""
    return torch.lerp(line, curve, (values > limit).float())


@lru_cache
def _blur_weights(side: int) -> np.ndarray:
    """Matrix that blurs a column of `side` pixels, whose ends repeat: float32 (side, side)."""
    offsets = np.arange(-BLUR_RADIUS, BLUR_RADIUS + 1)
    kernel = np.exp(-((offsets / BLUR_SIGMA) ** 2) / 2)
    weights = np.zeros((side, side))
    for offset, weight in zip(offsets, kernel / kernel.sum(), strict=True):
        pixels = np.arange(side)
        np.add.at(weights, (pixels, np.clip(pixels + offset, 0, side - 1)), weight)
    return weights.astype(np.float32)


def _mix_channels(images: Tensor, matrix: np.ndarray) -> Tensor:
    weights = torch.from_numpy(matrix.astype(np.float32)).to(images.device)
    return (weights @ images.flatten(2)).view_as(images)


def _mean_and_spread(lab: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and standard deviation of each channel, (N, 3, 1, 1) each."""
    total = weights.sum(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    mean = (lab * weights).sum(dim=(2, 3), keepdim=True) / total
    variance = ((lab - mean) ** 2 * weights).sum(dim=(2, 3), keepdim=True) / total
    return mean, variance.sqrt()
