"""Photographs of objects on disk, in ImageNet's class folders: checked, split, listed in tables.

The data root (a parameter or `$SYNTHLIB_DATA`) has `imagenet/{train,val}/<synset>/**`, or the
class's name in place of its synset, and, for
backgrounds (`backgrounds`), `places/<category>/**`, where hidden files and folders are left out
(`files.is_hidden`). Every table has one row per photograph, with
columns `sample` (path relative to the root, with "/" on every system), `height` and `width` in
pixels, `sha256` of the file, and `split`. A row's split depends on its name and the other rows of
its group, never on the order in which a disk lists them. An orientation that is stored only as EXIF
metadata is not applied, as in torchvision's ImageFolder.
"""

import errno
import hashlib
import io
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from PIL import Image

from synthlib.classes import ObjectClass
from synthlib.seeding import sample_ids, uniforms
from synthlib.utils.errors import SynthlibError
from synthlib.utils.executors import available_cores
from synthlib.utils.files import digest, irregular_kind, printable_name, walk_files, write_atomic
from synthlib.utils.progress import progress_bar

UNSUPPORTED_FILE_NAME = re.compile(r".+\.(heic|heif|avif|gif|jp2|jxl|dng|cr[23]|nef|arw)", re.I)
"""Names of image files that are not read; they are listed as broken."""

PHOTOGRAPH_FILE_NAME = re.compile(
    r".+\.(jpe?g|jpe|jfif|png|bmp|webp|tiff?)|" + UNSUPPORTED_FILE_NAME.pattern, re.I
)
"""Names of files that count as photographs, unless they are hidden (`files.is_hidden`)."""

RESIZE_FACTOR = 256 / 224
"""Shorter side of a stored photograph, as a multiple of the model's input: the thesis resizes
photographs to it before its central crop (5.2)."""

BrokenPolicy = Literal["skip", "refuse"]
"""Treatment of photographs that cannot be decoded: left out ("skip"), or an error ("refuse")."""

_SCAN_VERSION = 3
"""Version of `_check_file`: raise it to make cached scans invalid."""


class DataError(SynthlibError):
    """Photographs are missing or not usable. The message is one sentence."""


@dataclass(frozen=True)
class Photographs:
    """The photographs of a study's classes.

    Attributes:
        table: One row per photograph: sample, class, split (train, dev or val), height, width,
            sha256.
        broken: "<sample>: <reason>" of each file that cannot be decoded and is left out.
        duplicates: "<sample> = <sample> ..." of each group of identical files.
    """

    table: pd.DataFrame
    broken: tuple[str, ...]
    duplicates: tuple[str, ...]


def photograph_side(size: int) -> int:
    """Shorter side in pixels of stored photographs for a model's input of `size` pixels.

    Composites that go through the same crops as photographs are made with this side, too.
    """
    return round(size * RESIZE_FACTOR)


def scan_photographs(
    root: Path,
    classes: Sequence[ObjectClass],
    *,
    dev_per_class: int,
    data_seed: int,
    broken: BrokenPolicy = "skip",
    cache: Path | None = None,
) -> Photographs:
    """List the photographs of classes, after decoding every file.

    Identical photographs are never in two splits: a training photograph that is also in val is left
    out, and none with an identical twin is in dev.

    Args:
        root: The data root; photographs are in `imagenet/{train,val}/<synset>/**`.
        classes: The study's classes.
        dev_per_class: Number of training photographs per class that become split "dev", at least 0
            and fewer than the class's distinct ones.
        data_seed: Seed of the choice of dev.
        broken: "skip" leaves files that cannot be decoded out, "refuse" raises an error.
        cache: Folder that keeps the result of decoding until a file changes; default: none.

    Returns:
        The table of photographs, sorted by class and split, and the files that are broken or
        identical.

    Raises:
        DataError: If a class has no folder or no readable photograph, `dev_per_class` is out of
            range, or `broken` is "refuse" and a file cannot be decoded.

    Examples:
        >>> classes = select_classes(["banana", "cup"])
        >>> photographs = scan_photographs(root, classes, dev_per_class=50, data_seed=0)
        >>> photographs.table.groupby(["class", "split"]).size()
    """
    folders = class_folders(root, classes)
    rows = [
        (sample, cls, split)
        for (cls, split), folder in folders.items()
        for sample in _samples_in(root, folder)
    ]
    table, broken_files = scan_files(root, rows, ["sample", "class", "split"], broken, cache)
    duplicates = duplicate_groups(table)
    is_val = table["split"] == "val"
    has_twin_in_val = table["sha256"].isin(table.loc[is_val, "sha256"])
    table = table[is_val | ~has_twin_in_val].reset_index(drop=True)
    not_empty = set(zip(table["class"], table["split"], strict=True))
    for (cls, split), folder in folders.items():
        if (cls, split) not in not_empty:
            raise DataError(f"class {cls}: {folder} holds no readable photograph of its own")
    table.loc[_dev_rows(table, dev_per_class, data_seed), "split"] = "dev"
    return Photographs(table, broken_files, duplicates)


def class_folders(root: Path, classes: Sequence[ObjectClass]) -> dict[tuple[str, str], Path]:
    """The folder of each (class, split); no file in it is read.

    Raises:
        DataError: If folders are missing, which the message names, or a class has two.
    """
    top = root / "imagenet"
    folders = {
        (c.name, split): _class_folder(top / split, c)
        for c in classes
        for split in ("train", "val")
    }
    missing = [
        f"{folder.relative_to(top)} ({cls})"
        for (cls, _), folder in folders.items()
        if not folder.is_dir()
    ]
    if missing:
        quantity = "none" if len(missing) == len(folders) else "not all"
        raise DataError(
            f"{quantity} of the classes' folders are in {top}: add {', '.join(missing)}"
        )
    return folders


def _class_folder(top: Path, cls: ObjectClass) -> Path:
    """The folder of a class, named by its synset or by the class itself."""
    by_synset, by_name = top / cls.synset, top / cls.name
    if not by_name.is_dir():
        return by_synset
    if by_synset.is_dir() and not by_synset.samefile(by_name):
        raise DataError(f"class {cls.name} has two folders, {by_synset} and {by_name}: keep one")
    return by_name


def _samples_in(root: Path, folder: Path) -> list[str]:
    """Samples in a folder and its subfolders, sorted."""
    paths = (path for path in walk_files(folder) if PHOTOGRAPH_FILE_NAME.fullmatch(path.name))
    return sorted(path.relative_to(root).as_posix() for path in paths)


def _dev_rows(table: pd.DataFrame, dev_per_class: int, data_seed: int) -> pd.Index:
    """Choose the training rows for dev: the same number in each class, none with a twin.

    Raises:
        DataError: If a class has too few photographs without a twin.
    """
    train = table[table["split"] == "train"]
    without_twin = train[~train["sha256"].duplicated(keep=False)]
    counts = without_twin["class"].value_counts().reindex(train["class"].unique(), fill_value=0)
    if dev_per_class < 0 or (dev_per_class and dev_per_class >= counts.min()):
        raise DataError(
            f"dev_per_class is {dev_per_class!r}; allowed: 0 or more, and fewer than class "
            f"{counts.idxmin()}'s {counts.min()} distinct training photographs"
        )
    rank = shuffle_rank(without_twin, "class", data_seed, "dev")
    return without_twin.index[rank < dev_per_class]


# --- shared with backgrounds and subsets ----------------------------------------------------------


def scan_files(
    root: Path,
    rows: list[tuple[str, ...]],
    columns: list[str],
    broken: BrokenPolicy,
    cache: Path | None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Decode photographs and measure them.

    Args:
        root: The data root.
        rows: One tuple per photograph, its sample first.
        columns: Names of the tuples' values.
        broken: "skip" leaves files that cannot be decoded out, "refuse" raises an error.
        cache: Folder that keeps the result until a file changes; None: the result is not kept.

    Returns:
        The rows that can be decoded, with the given columns and height, width and sha256; and
        "<sample>: <reason>" of each other row.

    Raises:
        DataError: If the cached result is damaged, or a file is broken and `broken` is "refuse".
    """
    paths = [root / row[0] for row in rows]
    # lstat for a link whose target does not exist, which is then listed as broken
    stats = [path.stat() if path.exists() else path.lstat() for path in paths]
    listing = [
        [row[0], stat.st_size, stat.st_mtime_ns] for row, stat in zip(rows, stats, strict=True)
    ]
    cache_file = (cache or Path()) / f"photos-{digest([_SCAN_VERSION, listing])}.parquet"
    if cache is not None and cache_file.exists():
        try:
            checks = pd.read_parquet(cache_file)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{cache_file} is damaged ({error}): delete it, and it is made again"
            ) from error
    else:
        with ThreadPoolExecutor(min(8, available_cores())) as threads:
            results = progress_bar(
                threads.map(_check_file, paths),
                title="checking photographs",
                unit="photographs",
                total=len(paths),
                leave=False,
            )
            check_columns = ["height", "width", "sha256", "error", "is_temporary"]
            checks = pd.DataFrame(results, columns=check_columns)
        # A result with temporary errors is not kept: the next scan may find these files readable.
        if not checks.pop("is_temporary").any() and cache is not None:
            write_atomic(cache_file, checks.to_parquet())
    printable = [[printable_name(value) for value in row] for row in rows]
    given = pd.DataFrame(printable, columns=columns, dtype=str)
    not_utf8 = [printable_name(row[0]) != row[0] for row in rows]
    checks.loc[not_utf8, "error"] = "its name is not UTF-8; rename it"
    table = pd.concat([given, checks], axis=1)
    is_broken = table["error"] != ""
    broken_files = tuple(f"{row.sample}: {row.error}" for row in table[is_broken].itertuples())
    if broken_files and broken == "refuse":
        count = len(broken_files)
        raise DataError(
            f"{count} photographs cannot be decoded; replace or delete {broken_files[0]}"
        )
    return table[~is_broken].drop(columns="error").reset_index(drop=True), broken_files


def _check_file(path: Path) -> tuple[int, int, str, str, bool]:
    """Decode a file.

    Returns:
        Height, width, SHA-256, the error ("" if the file decodes completely), and True if the error
        may be temporary, because it comes from the machine (disk, permissions, memory) and not from
        the file.
    """
    if UNSUPPORTED_FILE_NAME.fullmatch(path.name):
        return 0, 0, "", f"{path.suffix} is not read; save it as JPEG or PNG", False
    try:
        if kind := irregular_kind(path):
            return 0, 0, "", f"is {kind}, not a file", False
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            if image.mode[0] in "IF":  # Pillow would clip these to white, not scale them
                raise ValueError(f"pixels of mode {image.mode}; save it with 8 bits a channel")
            image.convert("RGB")
            return image.height, image.width, hashlib.sha256(content).hexdigest(), "", False
    except Exception as error:  # a decoder of broken bytes raises almost anything
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = re.sub(r"\s+(<.*>)?", " ", reason).strip()  # no memory addresses
        # Pillow's own errors have no errno. A link to a file that does not exist gives ENOENT.
        permanent_errnos = (None, errno.ENOENT)
        is_temporary = (
            isinstance(error, MemoryError) or getattr(error, "errno", None) not in permanent_errnos
        )
        return 0, 0, "", reason, is_temporary


def duplicate_groups(table: pd.DataFrame) -> tuple[str, ...]:
    """Groups of identical files, each as "<sample> = <sample> ..."."""
    twins = table[table["sha256"].duplicated(keep=False)]
    groups = twins.groupby("sha256")["sample"]
    return tuple(sorted(" = ".join(sorted(samples)) for _, samples in groups))


def shuffle_rank(table: pd.DataFrame, group: str, seed: int, stream: str) -> pd.Series:
    """Rank each row in a shuffle of its group; rows with an identical twin come last.

    Args:
        table: One row per photograph, with columns sample, sha256 and `group`.
        group: Column that defines the groups; each is shuffled separately.
        seed: Seed of the shuffle.
        stream: Name of the random stream.

    Returns:
        Ranks 0, 1, ... within each group, with the table's index.
    """
    draws = uniforms(seed, stream, ids=sample_ids(list(table["sample"])), n=1)[:, 0]
    keys = table[[group]].assign(twin=table["sha256"].duplicated(keep=False), draw=draws)
    return keys.sort_values(["twin", "draw"]).groupby(group).cumcount().reindex(table.index)
