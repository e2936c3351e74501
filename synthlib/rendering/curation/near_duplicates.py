"""Perceptual hashes of renders, computed once a store.

A render is put on mid grey, and each of its colour channels hashed by ImageHash's `phash`: 64 bits
that say of low frequencies whether they are above the median. By channel, since the hash of the
luminance alone cannot tell a red cup from a blue one. The table lies in the store
(`hashes.parquet`), and a row counts for the content (SHA-256) that it was computed from.

Near-duplicate instances and sparse views, left out of the training renders (thesis 4.3.2).

Two instances of a class are **near-duplicates** if their hashes differ, on the mean over the views
that both have, in at most so many of 64 bits. Only views that are the same for every instance
count: the deterministic ones (4.3.3). The distance is a product of matrices of signs, one a class:
1,300 instances take seconds.
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

from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import write_atomic

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


DEFAULT_NEAR_DUPLICATE_BITS = 6.0
"""Sensible for `near_duplicate_bits`: of 170 generated instances (10 a class, 64 px, 4 samples) the
two closest of a class are 13.6 apart and can be told apart by eye; 6 calls none of them equal."""

DEFAULT_MIN_COVERAGE = 0.05
"""Sensible for `min_coverage`: below are keyboards and wall clocks seen edge-on, 28 of those 4,420
renders (0.6%; the thesis left out 2,010 of 198,458, 1.0%). `stores.stats` calls them sparse."""

_DISTANCE_BLOCK = 512
"""Instances whose distances to all others are held at once."""


def drop_sparse_views(manifest: pd.DataFrame, min_coverage: float) -> pd.DataFrame:
    """Without the training renders of which less than `min_coverage`, in [0, 1], is covered.

    coverage is the share of a render's pixels with alpha above 0.5 (Figure 21).
    """
    if not 0 <= min_coverage <= 1:
        raise ValueError(f"min_coverage is {min_coverage!r}; expected a share in [0, 1]")
    return manifest[(manifest["split"] != "train") | (manifest["coverage"] >= min_coverage)]


def drop_instances(manifest: pd.DataFrame, instances: pd.DataFrame) -> pd.DataFrame:
    """The manifest without the instances of a table of columns class and instance."""
    dropped = pd.MultiIndex.from_frame(instances[["class", "instance"]])
    return manifest[~pd.MultiIndex.from_frame(manifest[["class", "instance"]]).isin(dropped)]


def find_near_duplicates(
    manifest: pd.DataFrame, hashes: pd.DataFrame, near_duplicate_bits: float
) -> pd.DataFrame:
    """The training instances within `near_duplicate_bits`, in [0, 64], of one that stays.

    Columns: class, instance, duplicate_of, bits (their distance: float64, mean bits of 64 over
    the views that both have). Instances are gone through by name, those for testing first: these
    all stay, so that none for training looks like one for testing. `hashes` is `view_hashes`'s
    table. Raises ValueError if a deterministic view's hash is not in it, ParameterError if no class
    has deterministic views (renders in poses `photographed` have none).
    """
    if not 0 <= near_duplicate_bits <= HASH_BITS:
        raise ValueError(
            f"near_duplicate_bits is {near_duplicate_bits!r}; expected 0 to {HASH_BITS} bits"
        )
    views = manifest[manifest["kind"] == "deterministic"]
    if len(manifest) and views.empty:
        raise ParameterError(
            "near-duplicates are found over views that are the same for every instance, and these "
            "renders have none (poses: photographed); set near_duplicate_bits to 0"
        )
    lacking = views[~views["sha256"].isin(hashes["sha256"])]
    if len(lacking):
        first = lacking.iloc[0]
        raise ValueError(
            f"view {first['view']} of {first['class']}/{first['instance']} has no hash; make the "
            "table of hashes with curation.view_hashes of this manifest"
        )
    unique = hashes[["sha256", *HASH_CHANNELS]].drop_duplicates("sha256")
    views = views[["class", "instance", "view", "split", "sha256"]].merge(unique, on="sha256")
    found = [
        _near_duplicates_of_class(str(cls), part, near_duplicate_bits)
        for cls, part in views.groupby("class", sort=True)
    ]
    empty = pd.DataFrame({"class": [], "instance": [], "duplicate_of": []}, dtype=object)
    whole = [table for table in found if len(table)]
    return pd.concat(whole, ignore_index=True) if whole else empty.assign(bits=np.empty(0))


def _near_duplicates_of_class(cls: str, views: pd.DataFrame, max_bits: float) -> pd.DataFrame:
    order = views.drop_duplicates("instance").sort_values(["split", "instance"])  # test < train
    names, testing = order["instance"].tolist(), (order["split"] == "test").to_numpy()
    signs, present = _hash_signs(views, names)
    kept = np.zeros(len(names), bool)
    rows = []
    for start in range(0, len(names), _DISTANCE_BLOCK):
        block = slice(start, start + _DISTANCE_BLOCK)
        distances = _hash_distances(signs, present, block)
        for place, row in enumerate(distances, start):
            near = kept & (row <= max_bits)
            if testing[place] or not near.any():
                kept[place] = True
                continue
            other = int(np.flatnonzero(near)[np.argmin(row[near])])
            rows.append((cls, names[place], names[other], float(row[other])))
    return pd.DataFrame(rows, columns=["class", "instance", "duplicate_of", "bits"])


def _hash_signs(views: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """float32 (instances, views * channels * 64) of 1 and -1, 0 where a view is missing; and
    float32 (instances, views) of 1 and 0: which there are."""
    numbers = {view: i for i, view in enumerate(sorted(views["view"].unique()))}
    rows = views["instance"].map({name: i for i, name in enumerate(names)}).to_numpy()
    columns = views["view"].map(numbers).to_numpy()
    words = np.ascontiguousarray(views[list(HASH_CHANNELS)].to_numpy("<u8"))
    bits = np.unpackbits(words.view(np.uint8), axis=1).astype(np.float32)
    signs = np.zeros((len(names), len(numbers), bits.shape[1]), np.float32)
    present = np.zeros((len(names), len(numbers)), np.float32)
    signs[rows, columns] = 2 * bits - 1
    present[rows, columns] = 1
    return signs.reshape(len(names), -1), present


def _hash_distances(signs: np.ndarray, present: np.ndarray, block: slice) -> np.ndarray:
    """float64 (block, instances): mean bits of 64 that differ; inf where no view is common.

    Equal bits less different ones, and the number of bits, are whole numbers below 2^24: exact.
    """
    agreeing = (signs[block] @ signs.T).astype(np.float64)
    count = HASH_BITS * len(HASH_CHANNELS) * (present[block] @ present.T).astype(np.float64)
    distances = np.full(count.shape, np.inf)
    np.divide(HASH_BITS * (count - agreeing) / 2, count, out=distances, where=count > 0)
    return distances
