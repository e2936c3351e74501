"""Packed pixels: images decoded and scaled once, then read from a memory map while training.

A pack is a folder: `pixels.bin` (uint8, the images one after another, each (height, width,
channels) row by row), `index.npy` (int32 (N, 5): height, width, and of a cutout its top, left and
its canvas's side in px, else 0) and `pack.json` (counts and hashes), written last: without it the
pack does not exist. Aspect ratio is kept, so the images of one pack may differ in size.
"""

import hashlib
import json
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from synthlib.data.pack_builder import HASHED_BLOCKS, build_pack, sampled_hash
from synthlib.data.preprocess import Cutout
from synthlib.photographs.photographs import DataError
from synthlib.utils.files import digest

RELEASE_AFTER_BYTES = 256 * 2**20
"""Bytes read after which the map's pages are given back: memory stays at a batch's, not the map's.
They stay in the system's cache as long as it has room."""


@dataclass(frozen=True)
class Pack:
    """N packed images, in the order of the names they were packed under."""

    pixels: np.ndarray  # uint8 (bytes,), memory-mapped
    sizes: np.ndarray  # int64 (N, 2): height, width in px
    channels: int
    corners: np.ndarray  # int64 (N, 2): top and left on its canvas, of a cutout
    canvas_sides: np.ndarray  # int64 (N,): its canvas's side in px
    offsets: np.ndarray  # int64 (N,): where each image starts in `pixels`
    memory_map: mmap.mmap
    bytes_since_release: list[int] = field(
        default_factory=lambda: [0]
    )  # bytes since the last release

    def __len__(self) -> int:
        return len(self.sizes)

    def gather(
        self, rows: np.ndarray, windows: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Images `rows` as uint8 (n, H, W, channels), smaller ones padded with 0 at the right and
        bottom, and their sizes, int64 (n, 2).

        `windows`, int (n, 4): top, left, height and width of the part of each that is read.
        """
        sizes = self.sizes[rows] if windows is None else windows[:, 2:].astype(np.int64)
        batch = np.zeros((len(rows), *sizes.max(axis=0, initial=1), self.channels), np.uint8)
        whole, starts = self.sizes[rows].tolist(), self.offsets[rows].tolist()
        self._prefetch_pages(starts, whole)
        for i, (start, (height, width), (h, w)) in enumerate(
            zip(starts, whole, sizes.tolist(), strict=True)
        ):
            image = self.pixels[start : start + height * width * self.channels]
            image = image.reshape(height, width, self.channels)
            if windows is not None:
                top, left = int(windows[i, 0]), int(windows[i, 1])
                image = image[top : top + h, left : left + w]
            batch[i, :h, :w] = image
        self._release(int(sizes.prod(axis=1).sum()) * self.channels)
        return batch, sizes

    def _prefetch_pages(self, starts: list[int], whole: list[list[int]]) -> None:
        """Asks the system to read these images ahead, all at once: page by page, as they are
        touched, takes 20 times as long where they are not in its cache."""
        if hasattr(self.memory_map, "madvise"):
            for start, (height, width) in zip(starts, whole, strict=True):
                page = start // mmap.PAGESIZE * mmap.PAGESIZE
                length = start - page + height * width * self.channels
                self.memory_map.madvise(mmap.MADV_WILLNEED, page, length)

    def _release(self, read: int) -> None:
        self.bytes_since_release[0] += read
        if self.bytes_since_release[0] > RELEASE_AFTER_BYTES and hasattr(
            self.memory_map, "madvise"
        ):
            self.memory_map.madvise(mmap.MADV_DONTNEED)
            self.bytes_since_release[0] = 0


def build_or_open_pack(
    folder: Path,
    files: Sequence[Path] | Callable[[], Sequence[Path]],
    hashes: Sequence[str],
    *,
    transform: Callable[[Image.Image], Image.Image | Cutout],
    recipe: str,
    mode: str,
    title: str = "images",
    workers: int | None = None,
) -> Pack:
    """The pack of `files` (or what the function `files` gives) below `folder`, made if it is not
    there yet.

    `hashes` are the files' SHA-256, `recipe` names what `transform` does: together with `mode`
    ("RGB" or "RGBA", what an image is decoded to) they are the pack's digest, so a changed source
    makes another pack. `workers`: threads that decode, None: one a core. Raises DataError when a
    finished pack was cut short or changed, naming it.
    """
    name = digest({"recipe": recipe, "mode": mode, "sources": list(hashes)})
    target = folder / name
    if not (target / "pack.json").exists():
        paths = files() if callable(files) else files
        build_pack(target, paths, transform, mode, title, workers)
    return _open(target)


def _open(target: Path) -> Pack:
    """A finished pack: its index checked by hash, its pixels by size and a sample's hash."""
    try:
        meta = json.loads((target / "pack.json").read_text())
        found = (target / "pixels.bin").stat().st_size
        content = (target / "index.npy").read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"pack {target} lacks {Path(error.filename).name}: {_REBUILD}") from None
    except ValueError as error:
        raise DataError(f"pack {target}: pack.json is damaged ({error}): {_REBUILD}") from error
    if not isinstance(meta, dict) or "index" not in meta:
        raise DataError(f"pack {target} is of an older version: {_REBUILD}")
    if found != meta["bytes"]:
        raise DataError(
            f"pack {target} has {found} bytes where {meta['bytes']} were packed: {_REBUILD}"
        )
    if hashlib.sha256(content).hexdigest() != meta["index"]:
        raise DataError(f"pack {target}: index.npy is not what was packed: {_REBUILD}")
    if sampled_hash(target / "pixels.bin") != meta["sampled"]:
        raise DataError(f"pack {target}: some of {HASHED_BLOCKS} blocks read differ: {_REBUILD}")
    index = np.load(target / "index.npy").astype(np.int64)
    sizes = index[:, :2]
    lengths = sizes.prod(axis=1) * meta["channels"]
    with open(target / "pixels.bin", "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return Pack(
        np.frombuffer(mapped, np.uint8),
        sizes,
        meta["channels"],
        index[:, 2:4],
        index[:, 4],
        np.cumsum(lengths) - lengths,
        mapped,
    )


_REBUILD = "delete that folder and start again, it is rebuilt"
