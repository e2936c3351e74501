"""The batched presets against torchvision's and Pillow's one image at a time."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from synthlib.compositing import augmentation as a
from synthlib.compositing.crops import (
    centre_crop,
    crop_and_resize,
    object_crop,
    random_crop,
    squash_crop,
)
from synthlib.seeding import uniforms

SIZE = 32
SHAPES = ((40, 60), (64, 64), (90, 36), (200, 33))  # the last: no crop of the wanted shape fits


def _photograph(height, width, seed=0):
    """Smooth, with edges: what photographs are to a resize."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))
    pixels = pixels.copy()
    pixels[height // 3 : height // 2, width // 4 : width // 2] = (250, 10, 120)
    return pixels


def _padded(photographs, fill=255):
    """One uint8 tensor of all, padded with a colour that must not show, and their sizes."""
    sizes = np.array([p.shape[:2] for p in photographs])
    batch = np.full((len(photographs), *sizes.max(axis=0), 3), fill, np.uint8)
    for i, photograph in enumerate(photographs):
        batch[i, : photograph.shape[0], : photograph.shape[1]] = photograph
    return torch.from_numpy(batch), sizes


def _draws(n, seed=0, name="augment"):
    return uniforms(seed, name, ids=np.arange(n), n=a.MATCHED.n_draws)


def _crop(u, height, width):
    """RandomResizedCrop.make_params on the draws `u` (22,): top, left, height, width."""
    for i in range(10):
        area = height * width * (0.08 + 0.92 * u[i])
        ratio = math.exp(math.log(3 / 4) + u[10 + i] * math.log(16 / 9))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return int(u[20] * (height - h + 1)), int(u[21] * (width - w + 1)), h, w
    if width / height < 3 / 4:
        w, h = width, round(width / (3 / 4))
    else:
        w, h = round(height * 4 / 3), height
    return (height - h) // 2, (width - w) // 2, h, w


def _random(batch, u, size, sizes, batched=None):
    """A crop with the thesis's ranges."""
    ranges = a.THESIS_REAL.crop_area, a.THESIS_REAL.crop_ratio
    return crop_and_resize(batch, random_crop(u, sizes, *ranges), size, batched=batched)


def _levels(result, expected):
    """Mean difference in grey levels of float (3, H, W) in [0, 1] and a Pillow image."""
    expected = np.asarray(expected).astype(float)
    return np.abs(result.permute(1, 2, 0).numpy() * 255 - expected).mean()


@pytest.mark.parametrize("batched", [False, True])
def test_random_resized_crop_is_torchvisions(batched):
    photographs = [_photograph(*SHAPES[i % 4], seed=i) for i in range(40)]
    batch, sizes = _padded(photographs)
    u = _draws(40)[:, :22]
    result = _random(batch, u, SIZE, sizes, batched)
    assert result.shape == (40, 3, SIZE, SIZE)
    assert result.dtype == torch.float32
    fallbacks = 0
    for i, photograph in enumerate(photographs):
        box = _crop(u[i], *photograph.shape[:2])
        fallbacks += box[2:] == (44, 33)
        expected = F.resized_crop(Image.fromarray(photograph), *box, [SIZE, SIZE])
        assert _levels(result[i], expected) < 1
    assert fallbacks > 0


def test_crops_are_drawn_as_torchvision_draws_them():
    """Area and place of the crops, read off a photograph of its own coordinates."""
    n, side = 4000, 64
    y, x = np.mgrid[:side, :side]
    photograph = torch.from_numpy(np.dstack([x, y, 0 * x]).astype(np.uint8))
    photographs, sizes = photograph.expand(n, -1, -1, -1), np.full((n, 2), side)
    result = _random(photographs, _draws(n)[:, :22], SIZE, sizes) * 255
    wide = (result[:, 0, :, -1] - result[:, 0, :, 0]).mean(1) + 1
    high = (result[:, 1, -1] - result[:, 1, 0]).mean(1) + 1
    torch.manual_seed(0)
    drawn = v2.RandomResizedCrop(SIZE)
    blank = torch.zeros(3, side, side)
    params = [drawn.make_params([blank]) for _ in range(n)]
    for ours, theirs in (
        (result[:, 0].mean((1, 2)), [p["left"] + p["width"] / 2 for p in params]),
        (result[:, 1].mean((1, 2)), [p["top"] + p["height"] / 2 for p in params]),
    ):
        assert ours.mean() == pytest.approx(np.mean(theirs), abs=1)
        assert ours.std() == pytest.approx(np.std(theirs), rel=0.08)
    scale = SIZE / (SIZE - 1)  # first to last pixel centre, to the crop's whole side
    ours = ((wide - 1) * scale * (high - 1) * scale).numpy()
    theirs = np.array([p["width"] * p["height"] for p in params])
    np.testing.assert_allclose(
        np.quantile(ours, [0.1, 0.5, 0.9]), np.quantile(theirs, [0.1, 0.5, 0.9]), rtol=0.1
    )


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("size", [32, 56])
def test_test_photographs_are_torchvisions(size, batched):
    photographs = [_photograph(*shape, seed=i) for i, shape in enumerate([*SHAPES, (333, 500)])]
    batch, sizes = _padded(photographs)
    result = crop_and_resize(batch, centre_crop(sizes, size), size, batched=batched)
    reference = v2.Compose([v2.Resize(round(size * 256 / 224)), v2.CenterCrop(size)])
    for image, photograph in zip(result, photographs, strict=True):
        assert _levels(image, reference(Image.fromarray(photograph))) < 1
    u = np.zeros((len(photographs), a.THESIS_TEST.n_draws))
    if not batched:  # the way of this device
        assert torch.equal(a.augment(batch, u, a.THESIS_TEST, size, sizes), result)


def test_squash_is_pillows_resize_and_leaves_what_fits():
    photographs = [_photograph(*shape, seed=i) for i, shape in enumerate(SHAPES)]
    batch, sizes = _padded(photographs)
    for image, photograph in zip(
        crop_and_resize(batch, squash_crop(sizes), SIZE), photographs, strict=True
    ):
        expected = Image.fromarray(photograph).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        assert _levels(image, expected) < 1
    composites = torch.rand(2, 3, SIZE, SIZE)
    untouched = a.augment(composites, _draws(2), a.THESIS_SYNTHETIC, SIZE)
    assert torch.equal(untouched, composites)


@given(
    st.floats(0.05, 1),
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30)),
)
def test_an_object_crop_keeps_its_share_of_the_object(min_share, box):
    top, left, height, width = box
    masks = torch.zeros(40, 48, 48)
    masks[:, top : top + height, left : left + width] = 1.0
    crop = object_crop(_draws(40)[:, :22], masks, (0.08, 1.0), (3 / 4, 4 / 3), min_share)
    for mask, (y, x, h, w) in zip(masks, crop.box.astype(int), strict=True):
        assert y >= 0
        assert x >= 0
        assert y + h <= 48
        assert x + w <= 48
        assert float(mask[y : y + h, x : x + w].sum()) >= min_share * float(mask.sum()) - 1e-3


def test_an_object_crop_is_a_random_crop_where_that_keeps_enough():
    masks = torch.zeros(500, 48, 48)
    masks[:, 4:16, 28:40] = 1.0
    u, area, ratio = _draws(500)[:, :22], (0.08, 1.0), (3 / 4, 4 / 3)
    plain = random_crop(u, np.full((500, 2), 48), area, ratio).box.astype(int)
    kept = [
        float(mask[y : y + h, x : x + w].sum() / mask.sum())
        for mask, (y, x, h, w) in zip(masks, plain, strict=True)
    ]
    assert np.mean(np.array(kept) < 0.1) > 0.1  # what random crops lose
    crop = object_crop(u, masks, area, ratio, 0.5).box
    enough = np.array(kept) >= 0.5
    same = (crop == plain).all(axis=1)
    assert same[enough].mean() > 0.8  # the others need another side first
    assert not same[~enough].any()
    # few samples have no try that keeps enough, and small crops remain
    is_whole = (crop == (0, 0, 48, 48)).all(axis=1)
    assert is_whole.mean() < 0.1
    assert np.mean(crop[:, 2] * crop[:, 3] < 0.4 * 48**2) > 0.1
    no_object = object_crop(u, torch.zeros(500, 48, 48), area, ratio, 0.5).box
    np.testing.assert_array_equal(no_object[:, 2:], plain[:, 2:])  # the first that fits


@pytest.mark.parametrize("batched", [False, True])
def test_a_crop_reads_only_its_window(batched):
    """Reading only its window from a pack gives the crop of the whole image."""
    photographs = [_photograph(*SHAPES[i % 4], seed=i) for i in range(24)]
    batch, sizes = _padded(photographs)
    drawn = random_crop(_draws(24)[:, :22], sizes, (0.08, 1), (0.75, 1.33))
    for crop in (drawn, centre_crop(sizes, 30)):
        crop.flip[::2] = True
        windows = crop.windows(30)
        parts = [
            photograph[top : top + height, left : left + width]
            for photograph, (top, left, height, width) in zip(photographs, windows, strict=True)
        ]
        result = crop_and_resize(_padded(parts)[0], crop.relative_to(windows), 30, batched=batched)
        whole = crop_and_resize(batch, crop, 30, batched=batched)
        torch.testing.assert_close(result, whole, atol=1e-4, rtol=0)


@given(st.integers(0, 10**6), st.sampled_from(["thesis_real", "matched"]))
@settings(max_examples=25)
def test_padding_never_shows(seed, name):
    """The content of the padding does not change the result."""
    photographs = [_photograph(*shape, seed=i) for i, shape in enumerate(SHAPES)]
    u = _draws(len(photographs), seed)
    result = []
    for fill in (0, 255):
        batch, sizes = _padded(photographs, fill)
        result.append(a.augment(batch, u, a.PRESETS[name], SIZE, sizes))
    assert torch.equal(*result)
    assert result[0].min() >= 0
    assert result[0].max() <= 1 + 1e-5


def test_a_sample_depends_on_its_own_draws_alone():
    photographs = [_photograph(64, 64, seed=i) for i in range(6)]
    batch, sizes = _padded(photographs)
    u = _draws(6)
    result = a.augment(batch, u, a.MATCHED, SIZE, sizes)
    order = [4, 0, 5]
    some = a.augment(batch[order], u[order], a.MATCHED, SIZE, sizes[order])
    torch.testing.assert_close(some, result[order], atol=1e-6, rtol=0)
    assert not torch.allclose(result, a.augment(batch, _draws(6, 1), a.MATCHED, SIZE, sizes))


def test_uint8_and_float_images_give_the_same_result():
    """One pipeline for photographs (uint8, N H W C) and composites (float, N C H W)."""
    batch, _ = _padded([_photograph(64, 64, seed=i) for i in range(6)])
    composites = batch.permute(0, 3, 1, 2).float() / 255
    kept = composites.clone()
    from_bytes = a.augment(batch, _draws(6), a.MATCHED, SIZE)
    from_shares = a.augment(composites, _draws(6), a.MATCHED, SIZE)
    torch.testing.assert_close(from_bytes, from_shares, atol=1e-6, rtol=0)
    assert torch.equal(composites, kept)


def test_half_are_flipped():
    n = 600
    photograph = torch.zeros(3, SIZE, SIZE)
    photograph[:, :, : SIZE // 2] = 1
    only_flip = a.Preset("flip", flip=0.5)
    result = a.augment(photograph.expand(n, -1, -1, -1), _draws(n), only_flip, SIZE)
    flipped = (result[:, 0, 0, 0] == 0).float()
    assert flipped.mean().item() == pytest.approx(0.5, abs=0.08)
    assert torch.equal(result[flipped.bool()][0], photograph.flip(2))
    assert torch.equal(result[~flipped.bool()][0], photograph)


@pytest.mark.parametrize(
    ("field", "column", "reference"),
    [
        ("brightness", 0, F.adjust_brightness),
        ("contrast", 1, F.adjust_contrast),
        ("saturation", 2, F.adjust_saturation),
    ],
)
def test_colour_changes_are_torchvisions(field, column, reference):
    images = torch.from_numpy(_photograph(SIZE, SIZE)).permute(2, 0, 1).expand(5, -1, -1, -1) / 255
    u = _draws(5)
    result = a.augment(images, u, replace(a.Preset("one"), **{field: 0.4}), SIZE)
    for i in range(5):
        expected = reference(images[i], 0.6 + 0.8 * u[i, -4 + column])
        torch.testing.assert_close(result[i], expected, atol=2e-3, rtol=0)


def test_some_are_gray():
    n = 600
    images = torch.rand(1, 3, 8, 8).expand(n, -1, -1, -1)
    result = a.augment(images, _draws(n), a.Preset("gray", grayscale=0.3), 8)
    gray = (result.amax(1) - result.amin(1)).amax((1, 2)) < 1e-5
    assert gray.float().mean().item() == pytest.approx(0.3, abs=0.08)
    expected = F.rgb_to_grayscale(images[0], num_output_channels=3)
    torch.testing.assert_close(result[gray][0], expected, atol=2e-3, rtol=0)
    torch.testing.assert_close(result[~gray][0], images[0])


def test_normalise_is_torchvisions_and_invertible():
    images = torch.rand(3, 3, 8, 8)
    normal = a.normalise(images)
    torch.testing.assert_close(
        normal, F.normalize(images, list(a.IMAGENET_MEAN), list(a.IMAGENET_STD))
    )
    torch.testing.assert_close(a.denormalise(normal), images)


def test_presets_have_names_and_only_some_have_placements():
    assert all(name == preset.name for name, preset in a.PRESETS.items())
    u = _draws(300)
    turns = a.preset_placements(u, a.MATCHED)
    assert turns.rotation.abs().max() <= 20
    assert turns.affine_angle.abs().max() == 0
    assert (turns.affine_scale == 1).all()
    assert a.preset_placements(u, a.THESIS_SYNTHETIC).affine_angle.max() > 150
    with pytest.raises(ValueError, match="thesis_real has no placement"):
        a.preset_placements(u, a.THESIS_REAL)
