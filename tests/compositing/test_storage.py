"""Composites stored as photographs: the losses against Pillow's JPEG, sizes, and single samples."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from synthlib.compositing.storage import MAX_ENLARGEMENT, jpeg_losses, store
from synthlib.photographs.storage import ImageStorage

SUBSAMPLINGS = {(1, 1): 0, (1, 2): 1, (2, 2): 2}
"""Pillow's number by the pixels along y and x with one value of colour."""


def _images(n=6, size=(50, 66)):
    """Smooth colours with edges and some noise, uint8 (n, *size, 3)."""
    rng = np.random.default_rng(2)
    images = []
    for _ in range(n):
        coarse = rng.integers(20, 235, (6, 8, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC)
        pixels = np.asarray(image).astype(int)
        pixels[10:30, 20:40] = rng.integers(30, 220, 3)
        images.append((pixels + rng.normal(0, 4, pixels.shape)).clip(0, 255).astype(np.uint8))
    return np.stack(images)


def _saved(image, quality, subsampling):
    """Pixels and quantisation tables of an image that Pillow saved as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(buffer) as file:
        tables = np.array([file.quantization[0], file.quantization[1]], np.float32)
        return np.asarray(file.convert("RGB")), tables.reshape(2, 8, 8)


def _planes(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2) / 255


def _grey_levels(images):
    return images.permute(0, 2, 3, 1).numpy() * 255


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("qualities", [(95,), (75,), (30, 60, 90)])
def test_losses_are_those_of_pillow_s_jpeg(qualities, subsampling):
    """Also of images whose sides are no multiples of a block, and with tables of each image."""
    images = _images()
    saved = [
        _saved(image, qualities[i % len(qualities)], SUBSAMPLINGS[subsampling])
        for i, image in enumerate(images)
    ]
    expected, tables = (np.stack(part) for part in zip(*saved, strict=True))
    stored = jpeg_losses(_planes(images), torch.from_numpy(tables), *subsampling)
    error = np.abs(_grey_levels(stored) - expected)
    loss = np.abs(images.astype(float) - expected).mean()
    assert loss > 1.5
    assert error.mean() < 0.25 * loss
    assert (error > 1.01).mean() < 0.15
    bytes_ = _grey_levels(stored)
    np.testing.assert_allclose(bytes_, bytes_.round(), atol=1e-3)


def test_a_flat_image_stays_flat():
    flat = torch.full((1, 3, 20, 20), 100 / 255)
    tables = torch.full((1, 2, 8, 8), 4.0)
    stored = jpeg_losses(flat, tables, 2, 2)
    torch.testing.assert_close(stored, flat, atol=1e-6, rtol=0)


def _storage(sides, quality=50):
    tables = _saved(_images(1)[0], quality, 2)[1]
    n = len(sides)
    return ImageStorage(np.array(sides), np.stack([tables] * n), np.full((n, 2), 2))


def test_each_is_stored_as_its_own_photograph():
    """Without loss, larger than the image, much larger, and of the image's size."""
    images = _planes(_images(4, (48, 48)))
    storage = _storage([48, 72, round(MAX_ENLARGEMENT * 48), 48])
    storage.tables[3] = 0
    together = store(images, storage, np.arange(4))
    losses = (together - images).abs().mean(dim=(1, 2, 3)) * 255
    assert losses[0] > losses[1] > 0.5  # shrinking averages losses
    assert losses[2] == losses[3] == 0
    for row in range(4):
        alone = store(images[row : row + 1], storage, np.array([row]))
        torch.testing.assert_close(alone[0], together[row], atol=1e-6, rtol=0)
    assert images.min() >= 0
    assert together.max() <= 1


def test_photographs_are_drawn_equally_often():
    rows = _storage([10, 20, 30, 40]).sample_rows(np.linspace(0, 1, 100, endpoint=False))
    assert np.bincount(rows).tolist() == [25] * 4
