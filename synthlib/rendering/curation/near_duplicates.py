"""Near-duplicate instances, found by perceptual hashes of their views (thesis 4.3.2).

A render is put on mid grey, and each colour channel is hashed by ImageHash's `phash`: 64 bits, each
of which says if a low frequency is above the median. Channels are hashed separately, because the
hash of the luminance alone cannot distinguish a red cup from a blue one. The hashes of a store are
computed once and kept in its `hashes.parquet`; a row is valid for the content (SHA-256) from which
it was computed.

Two instances of a class are *near-duplicates* if their hashes differ, on average over the views
that both have, in at most a given number of the 64 bits. Only the deterministic views count, which
are the same for every instance (4.3.3). All distances of a class are one product of matrices of
signs: 1,300 instances take seconds.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
from PIL import Image

from synthlib.rendering.view_files import mask_file
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import ParameterError
from synthlib.utils.executors import available_cores
from synthlib.utils.files import write_atomic
from synthlib.utils.progress import progress_bar

HASH_BITS = 64
"""Bits of one channel's hash."""

HASH_CHANNELS = ("red", "green", "blue")
"""Columns of a table of hashes: uint64, most significant bit first, as ImageHash orders them."""

BACKGROUND_GREY = 128
"""8-bit grey behind a render when it is hashed."""

_HASH_RECIPE = (
    f"phash{HASH_BITS} of {'/'.join(HASH_CHANNELS)} on {BACKGROUND_GREY}, "
    f"ImageHash {imagehash.__version__}"
)

_DISTANCE_BLOCK = 512
"""Instances whose distances to all others are in memory at once."""


# --- hashes ---------------------------------------------------------------------------------------


def view_hashes(manifest: pd.DataFrame, store: Path, *, progress: bool = True) -> pd.DataFrame:
    """Hash the deterministic views of a manifest.

    Hashes that `<store>/hashes.parquet` does not have are computed in threads (Pillow decodes
    without the interpreter's lock) and added to it.

    Args:
        manifest: From `read_manifest`.
        store: The store's folder.
        progress: If true, show a progress bar.

    Returns:
        One row per distinct view: sha256, `HASH_CHANNELS` and recipe.

    Raises:
        RenderError: If a render is missing or cannot be read, or `hashes.parquet` is damaged.
        FileError: If `hashes.parquet` cannot be written.
    """
    path = store / "hashes.parquet"
    views = manifest[manifest["kind"] == "deterministic"].drop_duplicates("sha256")
    stored = _stored_hashes(path)
    missing = views[~views["sha256"].isin(stored["sha256"])]
    if len(missing):
        has_masks = "mask_sha256" in missing
        hashes = _hash_files([store / file for file in missing["file"]], has_masks, progress)
        table = pd.DataFrame(hashes, columns=list(HASH_CHANNELS)).assign(recipe=_HASH_RECIPE)
        table.insert(0, "sha256", missing["sha256"].to_numpy(object))
        table = pd.concat([stored, table]).sort_values("sha256")
        write_atomic(path, table.to_parquet(index=False))
        stored = _stored_hashes(path)  # read again, so that dtypes are the same on every call
    return stored[stored["sha256"].isin(views["sha256"])].reset_index(drop=True)


def _stored_hashes(path: Path) -> pd.DataFrame:
    """The rows of the stored table that were made by this recipe; none if there is no file."""
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
            f"{path} is not a table of hashes ({error}); remove it, and it is computed again."
        ) from error


def _hash_files(files: Sequence[Path], has_masks: bool, progress: bool) -> np.ndarray:
    """uint64 (N, 3), in the order of the files, which all have own masks or all not."""
    with ThreadPoolExecutor(available_cores()) as threads:
        hashes = threads.map(_hash_file, files, repeat(has_masks))
        total = len(files)
        bar = progress_bar(hashes, title="hashing", unit="views", total=total, show=progress)
        return np.array(list(bar), np.uint64)


def _hash_file(path: Path, has_mask: bool) -> tuple[int, int, int]:
    try:
        with Image.open(path) as image:
            if has_mask:  # a shadow is no part of the object
                path = Path(mask_file(str(path)))
                with Image.open(path) as mask:
                    image.putalpha(mask)
            return view_hash(image)
    except OSError as error:
        raise RenderError(
            f"{path} cannot be hashed ({error}); `synthlib render verify` names what else is "
            "missing or broken."
        ) from error


def view_hash(image: Image.Image) -> tuple[int, int, int]:
    """Hash an RGBA image with straight alpha: 64 bits for each of red, green and blue."""
    grey = (BACKGROUND_GREY, BACKGROUND_GREY, BACKGROUND_GREY, 255)
    on_grey = Image.new("RGBA", image.size, grey)
    on_grey.alpha_composite(image.convert("RGBA"))
    red, green, blue = (_hash_channel(band) for band in on_grey.convert("RGB").split())
    return red, green, blue


def _hash_channel(band: Image.Image) -> int:
    bits = imagehash.phash(band, hash_size=int(HASH_BITS**0.5)).hash.ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


# --- near-duplicates ------------------------------------------------------------------------------


def find_near_duplicates(
    manifest: pd.DataFrame, hashes: pd.DataFrame, near_duplicate_bits: float
) -> pd.DataFrame:
    """Find the training instances that are near-duplicates of an instance that stays.

    Instances are compared in the order of their names, test instances first. Those all stay, so
    that no training instance that stays looks like one for testing.

    Args:
        manifest: From `read_manifest`.
        hashes: From `view_hashes` of this manifest.
        near_duplicate_bits: Largest distance of a near-duplicate, in [0, 64]: the number of bits in
            64 that differ, averaged over the views that both instances have.

    Returns:
        One row per near-duplicate: class, instance, duplicate_of (the closest instance that stays)
        and bits (float64, their distance).

    Raises:
        ParameterError: If no instance has deterministic views (poses "photographed").
        ValueError: If `near_duplicate_bits` is out of range or a view has no hash.
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
    without_hash = views[~views["sha256"].isin(hashes["sha256"])]
    if len(without_hash):
        view = without_hash.iloc[0]
        raise ValueError(
            f"view {view['view']} of {view['class']}/{view['instance']} has no hash; compute the "
            "table of hashes with view_hashes of this manifest"
        )
    unique_hashes = hashes[["sha256", *HASH_CHANNELS]].drop_duplicates("sha256")
    views = views[["class", "instance", "view", "split", "sha256"]].merge(
        unique_hashes, on="sha256"
    )
    tables = [
        _near_duplicates_of_class(str(cls), part, near_duplicate_bits)
        for cls, part in views.groupby("class", sort=True)
    ]
    filled = [table for table in tables if len(table)]
    if not filled:
        empty = pd.DataFrame({"class": [], "instance": [], "duplicate_of": []}, dtype=object)
        return empty.assign(bits=np.empty(0))
    return pd.concat(filled, ignore_index=True)


def _near_duplicates_of_class(cls: str, views: pd.DataFrame, max_bits: float) -> pd.DataFrame:
    # "test" comes before "train" in the alphabet.
    instances = views.drop_duplicates("instance").sort_values(["split", "instance"])
    names = instances["instance"].tolist()
    is_test = (instances["split"] == "test").to_numpy()
    signs, present = _hash_signs(views, names)
    stays = np.zeros(len(names), bool)
    rows = []
    for start in range(0, len(names), _DISTANCE_BLOCK):
        block = slice(start, start + _DISTANCE_BLOCK)
        for index, distances in enumerate(_hash_distances(signs, present, block), start):
            near = stays & (distances <= max_bits)
            if is_test[index] or not near.any():
                stays[index] = True
                continue
            closest = int(np.flatnonzero(near)[np.argmin(distances[near])])
            rows.append((cls, names[index], names[closest], float(distances[closest])))
    return pd.DataFrame(rows, columns=["class", "instance", "duplicate_of", "bits"])


def _hash_signs(views: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The bits of all hashes as signs, and which views exist.

    Returns:
        float32 (instances, views * channels * 64) of 1 and -1, 0 where a view is missing; and
        float32 (instances, views) of 1 and 0.
    """
    view_numbers = sorted(views["view"].unique())
    rows = views["instance"].map({name: i for i, name in enumerate(names)}).to_numpy()
    columns = views["view"].map({view: i for i, view in enumerate(view_numbers)}).to_numpy()
    hashes = np.ascontiguousarray(views[list(HASH_CHANNELS)].to_numpy("<u8"))
    bits = np.unpackbits(hashes.view(np.uint8), axis=1).astype(np.float32)
    signs = np.zeros((len(names), len(view_numbers), bits.shape[1]), np.float32)
    present = np.zeros((len(names), len(view_numbers)), np.float32)
    signs[rows, columns] = 2 * bits - 1
    present[rows, columns] = 1
    return signs.reshape(len(names), -1), present


def _hash_distances(signs: np.ndarray, present: np.ndarray, block: slice) -> np.ndarray:
    """float64 (block, instances): mean bits of 64 that differ; inf without a common view.

    The products of signs and of `present` are integers below 2^24, for which float32 is exact.
    """
    agreement = (signs[block] @ signs.T).astype(np.float64)  # equal bits minus different ones
    n_bits = HASH_BITS * len(HASH_CHANNELS) * (present[block] @ present.T).astype(np.float64)
    distances = np.full(n_bits.shape, np.inf)
    np.divide(HASH_BITS * (n_bits - agreement) / 2, n_bits, out=distances, where=n_bits > 0)
    return distances
