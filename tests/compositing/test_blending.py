"""Blending in batches against single images in NumPy, and what it leaves as it was."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from synthlib.compositing.blending import (
    BLUR_SIGMA,
    COLOUR_STRENGTH,
    FEATHER_WIDTH,
    METHODS,
    SPREAD_RATIO_RANGE,
    STATISTICS_STEP,
    blend,
    choose_methods,
    lab_to_rgb,
    rgb_to_lab,
)
from synthlib.compositing.composite import paste, uncropped
from synthlib.compositing.placement import PLACEMENT_DRAWS, PlacementRange, sample_placements
from synthlib.params import Blending
from synthlib.seeding import uniforms

SIDE, SIZE, N = 40, 48, 12


def _tiles(n=4, side=21):
    """Discs of noise with soft edges, the last cut off by the tile's left edge; premultiplied."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    tiles = []
    for i in range(n):
        middle = -side / 2 if i == n - 1 else 0
        alpha = np.clip(5.5 - np.hypot(x - middle, y), 0, 1)
        colours = rng.uniform(0.2, 0.9, 3)[:, None, None] + rng.uniform(-0.1, 0.1, (3, side, side))
        tiles.append(np.concatenate([colours * alpha, alpha[None]]))
    return torch.from_numpy(np.stack(tiles).astype(np.float32))


def _backgrounds(n=4, side=30):
    rng = np.random.default_rng(4)
    colours = rng.uniform(0, 0.5, (n, 3, 1, 1)) + rng.uniform(0, 0.5, (n, 3, side, side))
    return torch.from_numpy(colours.astype(np.float32))


def _pasted(methods, n_channels=4):
    """Composites of discs over noise by paste, with their masks; and the backgrounds."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    render = np.zeros((N, SIDE, SIDE, 4), np.uint8)
    render[..., :3] = np.random.default_rng(5).integers(60, 200, (N, SIDE, SIDE, 3))
    render[..., 3] = 255 * np.clip(15 - np.hypot(x, y), 0, 1)
    images = torch.zeros(N, n_channels, SIZE, SIZE)
    images[:, :3] = torch.from_numpy(np.random.default_rng(6).random((N, 3, SIZE, SIZE)))
    backgrounds = images[:, :3].clone()
    ranges = PlacementRange(affine_scale=(0.5, 1.0))
    placement = sample_placements(uniforms(0, "x", ids=np.arange(N), n=PLACEMENT_DRAWS), ranges)
    paste(uncropped(torch.from_numpy(render)), images, placement, methods)
    return images, backgrounds


# --- against single images ------------------------------------------------------------------------


def _feathered(tile):
    """Alpha is the mean of the least alphas within 0 to `FEATHER_WIDTH` pixels along both axes."""
    alpha = tile[3]
    result = np.zeros_like(alpha)
    for reach in range(FEATHER_WIDTH + 1):
        for y, x in np.ndindex(alpha.shape):
            near = alpha[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
            result[y, x] += near.min() / (FEATHER_WIDTH + 1)
    straight = tile[:3] / np.maximum(alpha, 1e-9)
    return np.concatenate([straight * result, result[None]])


def _gaussian(tile):
    """Every pixel by the sum over its 7 x 7 neighbours; the border pixels repeat."""
    height, width = tile.shape[1:]
    reach = np.arange(-3, 4)
    weights = np.exp(-(reach[:, None] ** 2 + reach**2) / (2 * BLUR_SIGMA**2))
    weights /= weights.sum()
    result = np.zeros_like(tile)
    for y, x in np.ndindex(height, width):
        rows = np.clip(y + reach, 0, height - 1)
        columns = np.clip(x + reach, 0, width - 1)
        mean = (tile[:, rows[:, None], columns] * weights).sum(axis=(1, 2))
        alpha, blurred = tile[3, y, x], mean[3]
        own = tile[:3, y, x] / alpha if alpha else np.zeros(3)
        around = mean[:3] / blurred if blurred else np.zeros(3)
        colour = alpha * own + (1 - alpha) * around
        result[:, y, x] = [*(colour * blurred), blurred]
    return result


def _lab(rgb):
    """L*a*b* of (..., 3) by the formulas of CIE 15 and IEC 61966-2-1."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    red, green, blue = np.moveaxis(linear, -1, 0)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (
        np.where(v > 216 / 24389, np.cbrt(v), (24389 / 27 * v + 16) / 116) for v in (x, y, z)
    )
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def _rgb(lab):
    fy = (lab[..., 0] + 16) / 116
    fs = [fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200]
    x, y, z = (np.where(f**3 > 216 / 24389, f**3, (116 * f - 16) * 27 / 24389) for f in fs)
    x, z = x * 0.95047, z * 1.08883
    linear = np.stack(
        [
            3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
            -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
            0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
        ],
        axis=-1,
    ).clip(0, 1)
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


def _colour(tile, background):
    alpha = tile[3]
    inside = alpha > 0
    lab = _lab((tile[:3, inside] / alpha[inside]).T)
    scene = _lab(background[:, ::STATISTICS_STEP, ::STATISTICS_STEP].reshape(3, -1).T)
    mean = np.average(lab, axis=0, weights=alpha[inside])
    spread = np.sqrt(np.average((lab - mean) ** 2, axis=0, weights=alpha[inside]))
    ratio = np.clip(scene.std(axis=0) / spread, *SPREAD_RATIO_RANGE)
    shifted = (lab - mean) * (1 + COLOUR_STRENGTH * (ratio - 1))
    shifted += mean + COLOUR_STRENGTH * (scene.mean(axis=0) - mean)
    result = tile.copy()
    result[:3, inside] = _rgb(shifted).T * alpha[inside]
    return result


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_is_blended_as_single_images_are(method):
    tiles, backgrounds = _tiles(), _backgrounds()
    blended = blend(tiles, np.array([method] * len(tiles)), backgrounds).numpy()
    for tile, background, result in zip(tiles, backgrounds, blended, strict=True):
        tile, background = tile.double().numpy(), background.double().numpy()
        expected = {
            "hard": lambda tile, _: tile,
            "feathered": lambda tile, _: _feathered(tile),
            "gaussian": lambda tile, _: _gaussian(tile),
            "colour": _colour,
        }[method](tile, background)
        np.testing.assert_allclose(result, expected, atol=2e-4)
    assert blended.min() >= 0
    assert (blended[:, :3] <= blended[:, 3:] + 1e-5).all()


def test_the_parameter_names_every_method() -> None:
    assert set(get_args(Blending)) == {*METHODS, "random"}


def test_a_shadow_keeps_its_colour_and_does_not_count_as_the_object():
    tiles, backgrounds = _tiles(), _backgrounds()
    own_masks = tiles[:, 3:].clone()
    shadow = (1 - own_masks) * 0.4  # black, premultiplied, over the whole tile
    methods = np.array(["colour"] * len(tiles))
    with_shadow = torch.cat([tiles[:, :3], own_masks + shadow, own_masks], dim=1)
    blended, alone = blend(with_shadow, methods, backgrounds), blend(tiles, methods, backgrounds)
    outside, inside = own_masks[:, 0] == 0, own_masks[:, 0] == 1
    assert (blended[:, :3].movedim(1, -1)[outside] == 0).all()
    difference = (blended - alone)[:, :3].movedim(1, -1)[inside].abs()
    assert difference.max() < 0.1  # soft edges are darker under a shadow, and so is their mean
    torch.testing.assert_close(blended[:, 3:], own_masks + shadow)


def test_lab_has_the_known_values_and_can_be_inverted():
    """Published L*a*b* of sRGB's white and primaries under D65."""
    rgb = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=2e-4, rtol=0)
    grey = torch.linspace(0, 1, 11).expand(1, 3, 1, 11)
    assert rgb_to_lab(grey)[:, 1:].abs().max() < 0.02
    primaries = torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]).T[None, :, :, None]
    known = [[100, 0, 0], [53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86]]
    lab = rgb_to_lab(primaries)[0, :, :, 0].T.numpy()
    assert lab == pytest.approx(np.array(known), abs=0.03)


# --- in composites --------------------------------------------------------------------------------


def test_hard_edges_are_the_default():
    plain, _ = _pasted(None)
    hard, _ = _pasted(np.array(["hard"] * N))
    torch.testing.assert_close(hard, plain, atol=1e-5, rtol=0)


@pytest.mark.parametrize("method", METHODS[1:])
def test_blending_changes_what_it_should_and_not_the_mask(method):
    plain, backgrounds = _pasted(None)
    blended, _ = _pasted(np.array([method] * N))
    torch.testing.assert_close(blended[:, 3], plain[:, 3], atol=1e-5, rtol=0)
    without_mask, _ = _pasted(np.array([method] * N), n_channels=3)
    torch.testing.assert_close(without_mask, blended[:, :3], atol=1e-6, rtol=0)
    change = (blended[:, :3] - plain[:, :3]).abs().amax(dim=1)
    touched = (plain[:, :3] - backgrounds).abs().amax(dim=1) > 0
    assert (change.amax(dim=(1, 2)) > 0.02).all()
    # far outside nothing changes
    near = torch.nn.functional.max_pool2d(plain[:, 3:], 7, 1, 3)[:, 0] > 0
    assert change[~near & ~touched].max() == 0
    deep = 1 - torch.nn.functional.max_pool2d(1 - plain[:, 3:], 9, 1, 4)[:, 0] > 0.999
    assert deep.any()
    if method != "colour":  # colours inside stay
        assert change[deep].max() < 2e-3


def test_one_sample_s_method_changes_no_other():
    everything, _ = _pasted(np.array((METHODS * N)[:N]))
    for i, method in enumerate((METHODS * N)[:N]):
        alone, _ = _pasted(np.array([method] * N))
        torch.testing.assert_close(everything[i], alone[i], atol=1e-6, rtol=0)


def test_an_edge_at_the_frame_stays_opaque():
    """A render that fills the frame is no softer there."""
    white = uncropped(torch.full((4, SIDE, SIDE, 4), 255, dtype=torch.uint8))
    u = np.full((4, PLACEMENT_DRAWS), 0.5)
    placement = sample_placements(u, PlacementRange()).fill_frame(np.ones(4, bool))
    placement = replace(placement, affine_scale=torch.full((4,), 1.2))
    images = torch.zeros(4, 4, SIZE, SIZE)
    paste(white, images, placement, np.array(["feathered", "gaussian"] * 2))
    # the canvas ends at the frame, where half a pixel of it is the least that is covered
    assert images[:, 0, 4:-4, 4:-4].min() > 0.999


def test_random_chooses_each_method_equally_often_by_its_draw():
    assert choose_methods("hard", np.array([0.2])) is None
    assert set(choose_methods("gaussian", np.array([0.1, 0.9]))) == {"gaussian"}
    chosen = choose_methods("random", np.linspace(0, 1, 400, endpoint=False))
    names, counts = np.unique(chosen, return_counts=True)
    assert dict(zip(names, counts, strict=True)) == dict.fromkeys(METHODS, 100)
