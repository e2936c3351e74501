"""Builds a pack: decodes and scales images on all cores, writes them once, whole or not at all.

Images are decoded by threads (Pillow lets go of the interpreter), a few ahead of the one that is
written, so memory stays at a few images whatever their number. The folder gets its name when it
is whole; what a killed build left is removed by the next on that machine.
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
from tqdm import tqdm

from synthlib.data.preprocess import Cutout
from synthlib.photographs.photographs import DataError
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

Transform = Callable[[Image.Image], Image.Image | Cutout]
DECODE_AHEAD = 8
"""Images a worker decodes ahead of the one that is written."""

HASHED_BLOCKS, HASHED_BLOCK_BYTES = 64, 4096
"""Blocks of a pack's pixels, and bytes in each, that are hashed whenever it is opened."""


def build_pack(
    target: Path,
    files: Sequence[Path],
    transform: Transform,
    mode: str,
    title: str,
    workers: int | None = None,
) -> None:
    """Makes the pack `target` of `files`. Raises DataError naming a file that cannot be read."""
    if not files:
        raise DataError(f"no {title} to pack")
    _remove_stale_parts(target)
    part = target.with_name(
        f"{_part_prefix(target)}{os.getpid()}"
    )  # two runs may build one pack at once
    shutil.rmtree(part, ignore_errors=True)
    with file_errors(target):  # errors of `files` are named where they are decoded
        part.mkdir(parents=True)
        try:
            _write_pack(part, files, transform, mode, title, workers or os.cpu_count() or 1)
            _move_into_place(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _move_into_place(part: Path, target: Path) -> None:
    """Gives a pack its name, unless another process's whole one has it by now."""
    try:
        part.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not (target / "pack.json").exists():
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)


def sampled_hash(path: Path) -> str:
    """SHA-256 over blocks at even distances in a file, its first and last bytes among them."""
    found, size = hashlib.sha256(), path.stat().st_size
    with open(path, "rb") as file:
        for start in (
            np.linspace(0, max(0, size - HASHED_BLOCK_BYTES), HASHED_BLOCKS)
            .astype(np.int64)
            .tolist()
        ):
            file.seek(start)
            found.update(file.read(HASHED_BLOCK_BYTES))
    return found.hexdigest()


def _remove_stale_parts(target: Path) -> None:
    """Removes half-built folders of this pack whose process is gone; only this machine's, as the
    disk may be a cluster's."""
    for left in target.parent.glob(f"{_part_prefix(target)}*"):
        pid = left.name.removeprefix(_part_prefix(target))
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _part_prefix(target: Path) -> str:
    """What names of this machine's half-built folders of a pack begin with."""
    return f".{target.name}.{socket.gethostname()}."


def _write_pack(
    part: Path, files: Sequence[Path], transform: Transform, mode: str, title: str, workers: int
) -> None:
    index, channels = np.zeros((len(files), 5), np.int32), 0
    with open(part / "pixels.bin", "wb") as out:
        bar = tqdm(
            _decode_in_order(files, transform, mode, workers),
            desc=f"packing {title}",
            total=len(files),
            unit="image",
            mininterval=10.0 if os.environ.get("SYNTHLIB_BATCH") else 2.0,
        )
        for i, (pixels, place) in enumerate(bar):
            index[i] = (*pixels.shape[:2], *place)
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
    """uint8 (h, w, channels) of every file in order, and a cutout's top, left, canvas side."""
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
    try:
        with Image.open(file) as image:
            decoded = image.convert(mode)
    except Exception as error:  # a decoder fed with broken bytes raises almost anything
        if isinstance(error, MemoryError):
            raise
        if getattr(error, "errno", None):  # the machine's, not the file's content
            with file_errors(file, "read"):
                raise
        render = file.with_name("instance.json").exists()
        mend = f"delete the folder {file.parent}, and it is rendered again"
        raise DataError(
            f"{file} cannot be read ({error}): {mend if render else 'replace or delete it'}"
        ) from error
    made = transform(decoded)
    if isinstance(made, Cutout):
        # Pillow gives no array of premultiplied pixels, but their bytes
        pixels = np.frombuffer(made.image.tobytes(), np.uint8)
        shape = (made.image.height, made.image.width, 4)
        return pixels.reshape(shape), (made.top, made.left, made.canvas_side)
    return np.ascontiguousarray(made), (0, 0, 0)
