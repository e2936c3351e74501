"""Packed pixels: images decoded and scaled once, then read from a memory map while training.

A pack is a folder: `pixels.bin` (uint8, the images one after another, each (height, width,
channels) row by row) and `pack.json` (sizes, channels, digest), written last: without it the pack
does not exist. Aspect ratio is kept, so the images of one pack may differ in size.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from synthlib.files import digest, write_atomic


@dataclass(frozen=True)
class Pack:
    """N packed images, in the order of the names they were packed under."""

    pixels: np.ndarray  # uint8 (bytes,), memory-mapped
    sizes: np.ndarray  # int64 (N, 2): height, width in px
    channels: int

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def offsets(self) -> np.ndarray:
        """int64 (N,): where each image starts in `pixels`."""
        lengths = self.sizes.prod(axis=1) * self.channels
        return np.concatenate([[0], np.cumsum(lengths)[:-1]])

    def gather(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images `rows` as uint8 (n, H, W, channels), smaller ones padded with 0 at the right and
        bottom, and their sizes, int64 (n, 2)."""
        sizes = self.sizes[rows]
        batch = np.zeros((len(rows), *sizes.max(axis=0, initial=1), self.channels), np.uint8)
        for i, (start, (h, w)) in enumerate(zip(self.offsets[rows], sizes, strict=True)):
            block = self.pixels[start : start + h * w * self.channels]
            batch[i, :h, :w] = block.reshape(h, w, self.channels)
        return batch, sizes


def pack(
    folder: Path,
    files: Sequence[Path],
    hashes: Sequence[str],
    *,
    transform: Callable[[Image.Image], Image.Image],
    recipe: str,
    mode: str,
    title: str = "images",
) -> Pack:
    """The pack of `files` below `folder`, made if it is not there yet.

    `hashes` are the files' SHA-256, `recipe` names what `transform` does: together with `mode`
    ("RGB" or "RGBA") they are the pack's digest, so a changed source makes another pack. Raises
    ValueError when a finished pack was cut short, naming it.
    """
    name = digest({"recipe": recipe, "mode": mode, "sources": list(hashes)})
    target = folder / name
    if not (target / "pack.json").exists():
        _build(target, files, transform, mode, title)
    meta = json.loads((target / "pack.json").read_text())
    sizes = np.array(meta["sizes"], np.int64).reshape(-1, 2)
    expected = int(sizes.prod(axis=1).sum()) * meta["channels"]
    found = (target / "pixels.bin").stat().st_size
    if found != expected:
        raise ValueError(
            f"pack {target} has {found} bytes where {expected} were packed: "
            "delete that folder and start again, it is rebuilt"
        )
    pixels = np.memmap(target / "pixels.bin", np.uint8, mode="r")
    return Pack(pixels, sizes, meta["channels"])


def _build(
    target: Path,
    files: Sequence[Path],
    transform: Callable[[Image.Image], Image.Image],
    mode: str,
    title: str,
) -> None:
    if not files:
        raise ValueError(f"no {title} to pack")
    part = target.with_name(f".{target.name}.{os.getpid()}")  # two runs may build one pack at once
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _write(part, files, transform, mode, title)
        if not (target / "pack.json").exists():
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(
    part: Path,
    files: Sequence[Path],
    transform: Callable[[Image.Image], Image.Image],
    mode: str,
    title: str,
) -> None:
    sizes = []
    with open(part / "pixels.bin", "wb") as out:
        for file in tqdm(files, desc=f"packing {title}", unit="image", mininterval=2):
            with Image.open(file) as image:
                array = np.asarray(transform(image.convert(mode)))
            sizes.append(array.shape[:2])
            out.write(array.tobytes())
        out.flush()
        os.fsync(out.fileno())
    meta = {"sizes": np.array(sizes).tolist(), "channels": len(mode), "mode": mode}
    write_atomic(part / "pack.json", json.dumps(meta))


def shorter_side(size: int) -> Callable[[Image.Image], Image.Image]:
    """Scales an image down until its shorter side is `size` px; never up."""

    def scale(image: Image.Image) -> Image.Image:
        factor = size / min(image.size)
        if factor >= 1:
            return image
        width, height = (max(1, round(side * factor)) for side in image.size)
        return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)

    return scale


def centre_square(size: int) -> Callable[[Image.Image], Image.Image]:
    """Cuts the central square out of an image and scales it to (size, size)."""

    def cut(image: Image.Image) -> Image.Image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        return image.crop(box).resize((size, size), Image.Resampling.BILINEAR)

    return cut
