"""Perceptual hashes of renders, computed once a store.

A render is put on mid grey, and each of its colour channels hashed by ImageHash's `phash`: 64 bits
that say of low frequencies whether they are above the median. By channel, since the hash of the
luminance alone cannot tell a red cup from a blue one. The table lies in the store
(`hashes.parquet`), and a row counts for the content (SHA-256) that it was computed from.
"""

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from synthlib.chunks import RenderError
from synthlib.files import write_atomic

HASH_BITS = 64
"""Bits of one channel's hash."""

HASH_CHANNELS = ("red", "green", "blue")
"""Columns of the hash table: uint64, most significant bit first as ImageHash's."""

BACKGROUND_GREY = 128

_HASH_RECIPE = f"phash{HASH_BITS} of {'/'.join(HASH_CHANNELS)} on {BACKGROUND_GREY}, ImageHash {imagehash.__version__}"


def view_hashes(manifest: pd.DataFrame, store: Path, *, progress: bool = True) -> pd.DataFrame:
    """The hashes of a manifest's deterministic views, a row each: sha256, red, green, blue, recipe.

    Those that `<store>/hashes.parquet` lacks are computed, in threads (Pillow decodes without the
    interpreter's lock), and added to it. Raises RenderError naming a render that is missing or
    cannot be read, or a table that cannot be written.
    """
    path = store / "hashes.parquet"
    wanted = manifest[manifest["kind"] == "deterministic"].drop_duplicates("sha256")
    known = _stored_hashes(path)
    fresh = wanted[~wanted["sha256"].isin(known["sha256"])]
    if len(fresh):
        rows = _hash_all([store / file for file in fresh["file"]], progress)
        table = pd.DataFrame(rows, columns=list(HASH_CHANNELS)).assign(recipe=_HASH_RECIPE)
        table.insert(0, "sha256", fresh["sha256"].to_numpy(object))
        known = pd.concat([known, table], ignore_index=True).sort_values("sha256")
        _write_hashes(path, known)
        known = _stored_hashes(path)  # with the same dtypes now and later
    return known[known["sha256"].isin(wanted["sha256"])].reset_index(drop=True)


def view_hash(image: Image.Image) -> tuple[int, int, int]:
    """Three hashes of 64 bits, one a channel, of an RGBA image with straight alpha."""
    on_grey = Image.new(
        "RGBA", image.size, (BACKGROUND_GREY, BACKGROUND_GREY, BACKGROUND_GREY, 255)
    )
    on_grey.alpha_composite(image.convert("RGBA"))
    red, green, blue = (_hash_channel(band) for band in on_grey.convert("RGB").split())
    return red, green, blue


def _hash_channel(band: Image.Image) -> int:
    flat = imagehash.phash(band, hash_size=int(HASH_BITS**0.5)).hash.ravel()
    return int.from_bytes(np.packbits(flat).tobytes(), "big")


def _hash_all(files: Sequence[Path], progress: bool) -> np.ndarray:
    """uint64 (N, 3), in the order of the files."""
    bar = tqdm(total=len(files), desc="hashing", unit=" views", disable=not progress)
    found = np.empty((len(files), len(HASH_CHANNELS)), np.uint64)
    with bar, ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for place, words in enumerate(threads.map(_hash_file, files)):
            found[place] = words
            bar.update()
    return found


def _hash_file(path: Path) -> tuple[int, int, int]:
    try:
        with Image.open(path) as image:
            return view_hash(image)
    except OSError as error:
        raise RenderError(
            f"{path} cannot be hashed ({error}); `synthlib renders verify` names what else is "
            "missing or broken."
        ) from error


def _stored_hashes(path: Path) -> pd.DataFrame:
    """The rows of the stored table that were made by this recipe."""
    empty = pd.DataFrame({name: np.empty(0, np.uint64) for name in HASH_CHANNELS})
    empty.insert(0, "sha256", np.empty(0, object))
    empty["recipe"] = np.empty(0, object)
    try:
        table = pd.read_parquet(path)
        return table[table["recipe"] == _HASH_RECIPE][list(empty.columns)]
    except FileNotFoundError:
        return empty
    except (ValueError, KeyError, OSError) as error:
        raise RenderError(
            f"{path} is no table of hashes ({error}); remove it, and it is made anew."
        ) from error


def _write_hashes(path: Path, table: pd.DataFrame) -> None:
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    write_atomic(path, content.getvalue())
