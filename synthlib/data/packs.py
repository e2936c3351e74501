"""Packed pixels: images decoded and scaled once, then read from a memory map while training.

A pack is a folder of three files:

- `pixels.bin`: uint8, the images one after another, each (height, width, channels) row by row.
- `index.npy`: int32 (N, 5), height and width of each image, and for a cutout its top, left and the
  side of its canvas in pixels, else 0.
- `pack.json`: counts and hashes. It is written last; without it the pack does not exist.

Aspect ratios are kept, so the images of one pack may differ in size.
"""

import hashlib
import json
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthlib.data.pack_builder import HASHED_BLOCKS, Transform, build_pack, sampled_hash
from synthlib.photographs.photographs import DataError
from synthlib.utils.files import digest

RELEASE_AFTER_BYTES = 256 * 2**20
"""Bytes read after which the pages of the memory map are released, so that a process uses the
memory of a few batches and not of a whole pack. The pages stay in the system's cache while it has
room."""

_REBUILD = "delete that folder and start again, it is rebuilt"


@dataclass(frozen=True)
class Pack:
    """N packed images, in the order in which they were packed.

    Attributes:
        pixels: All bytes, uint8 (bytes,), memory-mapped.
        sizes: Height and width of each image in pixels, int64 (N, 2).
        channels: 3 for RGB, 4 for RGBA, 5 for RGBA and the own mask.
        corners: Top and left of each cutout on its canvas, int64 (N, 2); else 0.
        canvas_sides: Side of each cutout's canvas in pixels, int64 (N,); else 0.
        offsets: Start of each image in `pixels`, int64 (N,).
        memory_map: The memory map behind `pixels`.
        bytes_since_release: The only item counts the bytes read since pages were last released.
    """

    pixels: np.ndarray
    sizes: np.ndarray
    channels: int
    corners: np.ndarray
    canvas_sides: np.ndarray
    offsets: np.ndarray
    memory_map: mmap.mmap
    bytes_since_release: list[int] = field(default_factory=lambda: [0])

    def __len__(self) -> int:
        return len(self.sizes)

    def gather(
        self, rows: np.ndarray, windows: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Read images, or parts of them, into one array.

        Args:
            rows: Numbers of the images, int (n,).
            windows: Top, left, height and width in pixels of the part of each that is read,
                int (n, 4). None: all of it.

        Returns:
            uint8 (n, H, W, channels), smaller images padded with 0 at the right and below, and
            their heights and widths, int64 (n, 2).
        """
        sizes = self.sizes[rows] if windows is None else windows[:, 2:].astype(np.int64)
        batch = np.zeros((len(rows), *sizes.max(axis=0, initial=1), self.channels), np.uint8)
        full_sizes, starts = self.sizes[rows].tolist(), self.offsets[rows].tolist()
        self._prefetch_pages(starts, full_sizes)
        for i, (start, (height, width), (h, w)) in enumerate(
            zip(starts, full_sizes, sizes.tolist(), strict=True)
        ):
            image = self.pixels[start : start + height * width * self.channels]
            image = image.reshape(height, width, self.channels)
            if windows is not None:
                top, left = int(windows[i, 0]), int(windows[i, 1])
                image = image[top : top + h, left : left + w]
            batch[i, :h, :w] = image
        self._release(int(sizes.prod(axis=1).sum()) * self.channels)
        return batch, sizes

    def _prefetch_pages(self, starts: list[int], sizes: list[list[int]]) -> None:
        """Ask the system to read whole images at once.

        Reading them page by page takes 20 times as long where they are not in the system's cache.
        """
        if hasattr(self.memory_map, "madvise"):
            for start, (height, width) in zip(starts, sizes, strict=True):
                page = start // mmap.PAGESIZE * mmap.PAGESIZE
                length = start - page + height * width * self.channels
                self.memory_map.madvise(mmap.MADV_WILLNEED, page, length)

    def _release(self, n_bytes: int) -> None:
        self.bytes_since_release[0] += n_bytes
        is_due = self.bytes_since_release[0] > RELEASE_AFTER_BYTES
        if is_due and hasattr(self.memory_map, "madvise"):
            self.memory_map.madvise(mmap.MADV_DONTNEED)
            self.bytes_since_release[0] = 0


def build_or_open_pack(
    folder: Path,
    files: Sequence[Path] | Callable[[], Sequence[Path]],
    hashes: Sequence[str],
    *,
    transform: Transform,
    recipe: str,
    mode: str,
    title: str = "images",
    workers: int | None = None,
) -> Pack:
    """Open the pack of some files, after building it if it does not exist.

    `hashes`, `recipe` and `mode` are the pack's digest, so changed files make another pack.

    Args:
        folder: Folder of all packs.
        files: The images, or a function that returns them, called only to build the pack.
        hashes: SHA-256 of the files.
        transform: Applied to each decoded image (see `preprocess`).
        recipe: Name of what `transform` does, e.g. "square64".
        mode: Pillow mode to which images are decoded, "RGB" or "RGBA", or
            `pack_builder.RGBA_AND_MASK`.
        title: The plural of the images' kind, for the progress bar.
        workers: Threads that decode. None: one per core.

    Raises:
        DataError: If a file cannot be read, or a finished pack was truncated or changed.
    """
    target = folder / pack_name(hashes, recipe, mode)
    if not (target / "pack.json").exists():
        paths = files() if callable(files) else files
        build_pack(target, paths, transform, mode, title, workers)
    return _open(target)


def pack_name(hashes: Sequence[str], recipe: str, mode: str) -> str:
    """Name of a pack's folder; arguments are those of `build_or_open_pack`."""
    return digest({"recipe": recipe, "mode": mode, "sources": list(hashes)})


def empty_pack() -> Pack:
    """A pack without images."""
    none = np.zeros((0, 2), np.int64)
    pixels = np.zeros(0, np.uint8)
    return Pack(pixels, none, 3, none, none[:, 0], none[:, 0], mmap.mmap(-1, 1))


def _open(target: Path) -> Pack:
    """Open a finished pack; its index is checked by hash, its pixels by size and sampled hash."""
    try:
        meta = json.loads((target / "pack.json").read_text())
        n_bytes = (target / "pixels.bin").stat().st_size
        index_bytes = (target / "index.npy").read_bytes()
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise DataError(f"pack {target} is without its {missing}: {_REBUILD}") from None
    except ValueError as error:
        raise DataError(f"pack {target}: pack.json is damaged ({error}): {_REBUILD}") from error
    if not isinstance(meta, dict) or "index" not in meta:
        raise DataError(f"pack {target} is of an older version: {_REBUILD}")
    if n_bytes != meta["bytes"]:
        raise DataError(
            f"pack {target} has {n_bytes} bytes where {meta['bytes']} were packed: {_REBUILD}"
        )
    if hashlib.sha256(index_bytes).hexdigest() != meta["index"]:
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
