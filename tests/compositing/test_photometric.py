"""Blur, noise and JPEG of each sample by its own strength, and what the presets do with them."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from synthlib.compositing import augmentation as a, photometric as p
from synthlib.seeding import uniforms

SIZE = 48


def _images(n):
    """float32 (n, 3, SIZE, SIZE): smooth, with an edge."""
    result = []
    for i in range(n):
        noise = np.random.default_rng(i).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        image = np.asarray(Image.fromarray(noise).resize((SIZE, SIZE), Image.Resampling.BICUBIC))
        image = image.copy()
        image[20:30, 10:40] = (220, 30, 90)
        result.append(torch.from_numpy(image).permute(2, 0, 1) / 255)
    return torch.stack(result)


def test_blur_is_pillow_s_gaussian_and_each_sample_s_own():
    images, sigma = _images(3), np.array([0.3, 0.8, 1.2])
    result = p.blur(images, sigma)
    for i in range(3):
        image = Image.fromarray((images[i].permute(1, 2, 0) * 255).round().byte().numpy())
        expected = np.asarray(image.filter(ImageFilter.GaussianBlur(float(sigma[i]))), float)
        error = np.abs(result[i].permute(1, 2, 0).numpy() * 255 - expected)[4:-4, 4:-4]
        assert error.mean() < 1.5
    change = (result - images).abs().mean((1, 2, 3))
    assert change[0] < change[1] < change[2]


def test_cutouts_get_contrast_about_their_own_mean() -> None:
    rng = np.random.default_rng(0)
    straight = rng.integers(100, 150, (2, 12, 12, 3))
    alpha = np.zeros((2, 12, 12, 1), int)
    alpha[0, 2:9, 1:10], alpha[0, 9:11], alpha[1, :6] = 255, 100, 200
    straight[0, 9:11] = 0  # a shadow, which the mask leaves out
    mask = np.where(np.arange(12)[:, None, None] < 9, alpha, 0)
    premultiplied = np.round(straight * alpha / 255)
    pixels = torch.from_numpy(np.concatenate([premultiplied, alpha, mask], 3).astype(np.uint8))
    changed = p.adjust_cutouts(pixels, 1.5, 0.8)
    assert torch.equal(changed[..., 3:], pixels[..., 3:])
    assert bool((changed[..., :3] <= changed[..., 3:4]).all())
    assert not changed[0, 9:11, :, :3].any()
    for before, after, inside in zip(pixels, changed, mask[..., 0] > 0, strict=True):
        before, after = (part.numpy()[inside].astype(float) for part in (before, after))
        before, after = (part[:, :3] / part[:, 3:4] * 255 for part in (before, after))
        assert after.mean() == pytest.approx(0.8 * before.mean(), abs=0.5)
        assert after.std() == pytest.approx(1.5 * before.std(), rel=0.03)
    # a larger batch pads with transparent pixels
    padded = torch.nn.functional.pad(pixels, (0, 0, 0, 5, 0, 9))
    assert torch.equal(p.adjust_cutouts(padded, 1.5, 0.8)[:, :12, :12], changed)
    assert torch.equal(p.adjust_cutouts(pixels[:1], 1.5, 0.8), changed[:1])
    opaque = torch.from_numpy(straight.astype(np.uint8))
    opaque = torch.cat([opaque, torch.full_like(opaque[..., :1], 255)], 3)
    assert torch.equal(p.adjust_cutouts(opaque, 1.0, 1.0), opaque)


def test_sharpening_raises_the_difference_from_a_blur_as_pillow_s_does() -> None:
    rng = np.random.default_rng(0)
    pixels = (rng.random((24, 24, 3)) * 120 + 60).astype(np.uint8)
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    kernel = np.exp(-(np.array([-1, 0, 1]) ** 2) / 2)
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    blurred = np.asarray(
        Image.fromarray(pixels).filter(ImageFilter.Kernel((3, 3), kernel.ravel().tolist()))
    )
    expected = pixels + 0.8 * (pixels.astype(float) - blurred)
    result = p.sharpen(image, 0.8)[0].permute(1, 2, 0).numpy() * 255
    inside = np.s_[1:-1, 1:-1]  # Pillow leaves the border as it is
    np.testing.assert_allclose(result[inside], expected[inside].clip(0, 255), atol=1)
    flat = torch.full((1, 3, 8, 8), 0.4)
    torch.testing.assert_close(p.sharpen(flat, 2.0), flat)


def test_noise_has_the_spread_asked_for_and_stays_in_range():
    images = torch.full((3, 3, SIZE, SIZE), 0.5)
    strength = np.array([0.01, 0.03, 0.05])
    u = uniforms(0, "noise", ids=np.arange(3), n=2)
    result = p.sensor_noise(images, strength, u)
    spread = (result - images).std((1, 2, 3)).numpy()
    np.testing.assert_allclose(spread, strength * 0.5**0.5, rtol=0.05)
    assert torch.equal(result, p.sensor_noise(images, strength, u))
    assert (result[0] - result[1]).abs().mean() > 0.005
    dark = p.sensor_noise(torch.zeros(1, 3, SIZE, SIZE), strength[2:], u[:1])
    assert dark.min() >= 0
    with pytest.raises(ValueError, match="noise is for images below 1024 px"):
        p.sensor_noise(torch.zeros(1, 3, 1024, 8), strength[:1], u[:1])


def test_jpeg_is_close_to_pillow_s():
    """Against Pillow's: they differ by less than the change that JPEG makes."""
    images, quality = _images(4), np.array([30.0, 50.0, 75.0, 95.0])
    result = p.jpeg(images, quality)
    assert result.shape == images.shape
    changes = []
    for i in range(4):
        file = io.BytesIO()
        pixels = (images[i].permute(1, 2, 0) * 255).round().byte().numpy()
        Image.fromarray(pixels).save(file, "JPEG", quality=int(quality[i]))
        expected = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1) / 255
        change = (expected - images[i]).abs().mean()
        changes.append(float((result[i] - images[i]).abs().mean()))
        assert (result[i] - expected).abs().mean() < 0.7 * change
    assert changes == sorted(changes, reverse=True)


@pytest.mark.parametrize("size", [40, 48])
def test_a_size_that_is_no_multiple_of_a_block(size):
    images = _images(2)[:, :, :size, : size - 3]
    result = p.jpeg(images, np.array([95.0, 95.0]))
    assert result.shape == images.shape
    assert (result - images).abs().mean() < 0.03


def test_degradations_affect_only_the_samples_that_draw_them():
    n, images = 300, _images(1).expand(300, -1, -1, -1).clone()
    u = uniforms(0, "wear", ids=np.arange(n), n=a.MATCHED.n_draws)
    plain = a.Preset("plain")
    for field in ("blur", "noise", "jpeg"):
        result = a.augment(images, u, replace(plain, **{field: 0.25}), SIZE)
        changed = (result - images).abs().amax((1, 2, 3)) > 1e-6
        assert changed.float().mean().item() == pytest.approx(0.25, abs=0.08)
        some = np.flatnonzero(changed.numpy())[:3]
        alone = a.augment(images[some], u[some], replace(plain, **{field: 0.25}), SIZE)
        torch.testing.assert_close(alone, result[some], atol=1e-5, rtol=0)
    assert torch.equal(images, _images(1).expand(300, -1, -1, -1))  # the input stays
