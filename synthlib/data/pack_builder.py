"""Building of packs: images are decoded and scaled on all cores and written once.

Images are decoded by threads (Pillow releases the interpreter lock), a few ahead of the one that is
written, so the memory used does not grow with their number. The folder gets its final name when it
is complete; the remains of a killed build are removed by the next build on that machine.
"""

import errno
import hashlib
import json
import os
import shutil
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil
from PIL import Image

from synthlib.data.preprocess import Cutout
from synthlib.photographs.photographs import DataError
from synthlib.rendering.view_files import mask_file
from synthlib.utils.errors import file_errors
from synthlib.utils.executors import available_cores
from synthlib.utils.files import write_atomic
from synthlib.utils.progress import progress_bar

Transform = Callable[..., Image.Image | Cutout]

RGBA_AND_MASK = "RGBA and mask"
"""Mode of renders that have own masks (`view_files`), which are the transform's second argument."""

DECODE_AHEAD = 8
"""Images per worker that are decoded ahead of the one that is written."""

HASHED_BLOCKS, HASHED_BLOCK_BYTES = 64, 4096
"""Number and size of the blocks of a pack's pixels that are hashed whenever it is opened."""


def build_pack(
    target: Path,
    files: Sequence[Path],
    transform: Transform,
    mode: str,
    title: str,
    workers: int | None = None,
) -> None:
    """Write a pack.

    Args:
        target: Folder of the pack.
        files: The images, in the pack's order.
        transform: Applied to each decoded image (see `preprocess`).
        mode: Pillow mode to which images are decoded, "RGB" or "RGBA", or `RGBA_AND_MASK`.
        title: The plural of the images' kind, for the progress bar.
        workers: Threads that decode; None: one per core.

    Raises:
        DataError: Names a file that cannot be read.
    """
    if not files:
        raise DataError(f"no {title} to pack")
    _remove_stale_parts(target)
    # with the process in its name, as two runs may build the same pack at the same time
    part = target.with_name(f"{_part_prefix(target)}{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    with file_errors(target):  # errors of `files` are named where they are decoded
        part.mkdir(parents=True)
        try:
            _write_pack(part, files, transform, mode, title, workers or available_cores())
            _move_into_place(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _move_into_place(part: Path, target: Path) -> None:
    """Give a pack its name, unless a complete one of another process has it already."""
    try:
        part.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not (target / "pack.json").exists():
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)


def sampled_hash(path: Path) -> str:
    """SHA-256 over evenly spaced blocks of a file, from its first byte to its last."""
    content = hashlib.sha256()
    last_start = max(0, path.stat().st_size - HASHED_BLOCK_BYTES)
    starts = np.linspace(0, last_start, HASHED_BLOCKS).astype(np.int64)
    with open(path, "rb") as file:
        for start in starts.tolist():
            file.seek(start)
            content.update(file.read(HASHED_BLOCK_BYTES))
    return content.hexdigest()


def _remove_stale_parts(target: Path) -> None:
    """Remove half-built folders of this pack whose process has ended.

    Only those of this machine: the disk may be shared by a cluster, and the numbers of another
    machine's processes say nothing here.
    """
    for part in target.parent.glob(f"{_part_prefix(target)}*"):
        pid = part.name.removeprefix(_part_prefix(target))
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(part, ignore_errors=True)


def _part_prefix(target: Path) -> str:
    """Beginning of the names of this machine's half-built folders of a pack."""
    return f".{target.name}.{socket.gethostname()}."


def _write_pack(
    part: Path, files: Sequence[Path], transform: Transform, mode: str, title: str, workers: int
) -> None:
    index, channels = np.zeros((len(files), 5), np.int32), 0
    with open(part / "pixels.bin", "wb") as out:
        bar = progress_bar(
            _decode_in_order(files, transform, mode, workers),
            title=f"packing {title}",
            unit="images",
            total=len(files),
        )
        for i, (pixels, cutout_position) in enumerate(bar):
            index[i] = (*pixels.shape[:2], *cutout_position)
            channels = pixels.shape[2]
            out.write(pixels.data)
        _sync(out)
    with open(part / "index.npy", "wb") as out:
        np.save(out, index)
        _sync(out)
    meta = {
        "images": len(files),
        "channels": channels,
        "mode": mode,
        "bytes": (part / "pixels.bin").stat().st_size,
        "index": hashlib.sha256((part / "index.npy").read_bytes()).hexdigest(),
        "sampled": sampled_hash(part / "pixels.bin"),
    }
    write_atomic(part / "pack.json", json.dumps(meta))


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _decode_in_order(
    files: Sequence[Path], transform: Transform, mode: str, workers: int
) -> Iterator[tuple[np.ndarray, tuple[int, int, int]]]:
    """Pixels of all files in order, uint8 (h, w, channels), with a cutout's top, left, canvas side.

    The three numbers are 0 for an image that is not a cutout.
    """
    waiting: deque[Future] = deque()
    with ThreadPoolExecutor(workers) as threads:
        try:
            for file in files:
                waiting.append(threads.submit(_decode, file, transform, mode))
                if len(waiting) >= DECODE_AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)


def _decode(file: Path, transform: Transform, mode: str) -> tuple[np.ndarray, tuple[int, int, int]]:
    decoded = [_open_image(file, "RGBA" if mode == RGBA_AND_MASK else mode)]
    if mode == RGBA_AND_MASK:
        decoded.append(_open_image(Path(mask_file(str(file))), "L"))
    transformed = transform(*decoded)
    if isinstance(transformed, Cutout):
        position = (transformed.top, transformed.left, transformed.canvas_side)
        return np.ascontiguousarray(transformed.pixels()), position
    return np.ascontiguousarray(transformed), (0, 0, 0)


def _open_image(file: Path, mode: str) -> Image.Image:
    try:
        with Image.open(file) as image:
            return image.convert(mode)
    except Exception as error:  # a decoder fed with broken bytes raises almost anything
        if isinstance(error, MemoryError):
            raise
        if getattr(error, "errno", None):  # an error of the disk, not of the content
            with file_errors(file, "read"):
                raise
        advice = "replace or delete it"
        if file.with_name("instance.json").exists():
            advice = f"delete the folder {file.parent}, and it is rendered again"
        raise DataError(f"{file} cannot be read ({error}): {advice}") from error
