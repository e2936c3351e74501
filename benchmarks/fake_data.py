"""Fake data for benchmarks: renders, backgrounds and photographs of realistic sizes."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from synthlib.seeding import rng_for


def noise_image(
    rng: np.random.Generator, width: int, height: int, cells: tuple[int, ...] = (4, 16, 64, 256)
) -> Image.Image:
    """An image with structure at several scales, given by their numbers of cells across.

    With the default, its JPEG is as large as a photograph's.
    """
    total = np.zeros((height, width, 3), np.float32)
    for across in cells:
        noise = rng.integers(0, 256, (across * height // width + 1, across, 3), dtype=np.uint8)
        part = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(part, np.float32) / across**0.5
    total -= total.min()
    return Image.fromarray((total * (255 / total.max())).astype(np.uint8))


def write_photographs(
    folder: Path, n: int, size: tuple[int, int], *, classes: int = 1, quality: int = 90
) -> list[Path]:
    """JPEG files of `size` (width, height), one folder per class."""
    paths = []
    for i in range(n):
        path = folder / f"class{i % classes}" / f"{i:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise_image(rng_for(0, "photograph", i), *size).save(path, quality=quality)
        paths.append(path)
    return paths


def write_renders(folder: Path, n: int, side: int) -> list[Path]:
    """PNG files like renders: textured objects whose larger side is 95% of the frame.

    Their texture is smooth, so that a file is no larger than a render's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for i in range(n):
        rng = rng_for(0, "render", i)
        aspect = rng.uniform(0.35, 1.0)
        w, h = (0.95 * side, 0.95 * side * aspect)[:: 1 if i % 2 else -1]
        box = [(side - w) / 2, (side - h) / 2, (side + w) / 2, (side + h) / 2]
        alpha = Image.new("L", (side, side))
        draw = ImageDraw.Draw(alpha)
        (draw.ellipse if i % 3 else draw.rectangle)(box, fill=255)
        image = noise_image(rng, side, side, (4, 16, 64)).convert("RGBA")
        image.putalpha(alpha)
        blank = Image.new("RGBA", image.size)
        blank.paste(image, mask=alpha)  # transparent pixels are black, as in renders
        paths.append(folder / f"{i:05d}.png")
        blank.save(paths[-1])
    return paths
