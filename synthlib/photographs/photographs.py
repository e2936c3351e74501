"""Photographs on disk: ImageNet's class folders and Places's scene folders, checked and split.

Data root (a parameter or `$SYNTHLIB_DATA`): `imagenet/{train,val}/<synset>/**` and
`places/<category>/**`. Every table has a row a photograph: `sample` (path relative to the root,
"/" on every system), `height` and `width` in pixels, `sha256` of the file, `split`. A row's split
depends on its own name and its neighbours', never on the order in which a disk lists them. An
orientation that a file only notes (EXIF) is not applied, as torchvision's ImageFolder doesn't.
"""

import errno
import hashlib
import io
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from synthlib.classes import CLASSES, ObjectClass, normalise_category
from synthlib.seeding import sample_ids, uniforms
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import (
    digest,
    printable_name,
    walk_files,
    write_atomic,
)

UNSUPPORTED_FILE_NAME = re.compile(r"[^.].*\.(heic|heif|avif|gif|jp2|jxl|dng|cr[23]|nef|arw)", re.I)
PHOTOGRAPH_FILE_NAME = re.compile(
    r"[^.].*\.(jpe?g|jpe|jfif|png|bmp|webp|tiff?)|" + UNSUPPORTED_FILE_NAME.pattern, re.I
)
"""File names that count as photographs: not hidden ones (`._x.JPEG`). `UNREAD` ones are broken."""

BrokenPolicy = Literal["skip", "refuse"]

_SCAN_VERSION = 3
"""Of `_decode`: a scan kept from before it was changed is made anew."""


class DataError(SynthlibError):
    """The photographs asked for are not there or not usable; the message is one sentence."""


@dataclass(frozen=True)
class Photographs:
    """`table`: sample, class, split (train, dev or val), height, width, sha256. `broken`: "sample:
    reason" of unreadable files, skipped. `duplicates`: "sample = sample" of identical ones."""

    table: pd.DataFrame
    broken: tuple[str, ...]
    duplicates: tuple[str, ...]


@dataclass(frozen=True)
class Backgrounds:
    """Scene photographs. `table`: sample, category (as `scene_key` writes it), split (train or
    test), height, width, sha256; a category in it has photographs in both splits. `choices`: the
    categories a class is pasted into. `missing`: a class's own categories that are not on disk.
    `fallback`: classes without any category of their own, pasted into all of the study's."""

    table: pd.DataFrame
    categories_by_class: dict[str, tuple[str, ...]]
    missing_categories: dict[str, tuple[str, ...]]
    fallback_classes: tuple[str, ...]
    broken: tuple[str, ...]
    duplicates: tuple[str, ...]

    def own_categories(self, cls: str) -> list[str]:
        """Those categories that a class is pasted into which are its own (Table 3)."""
        own = set(map(normalise_category, CLASSES[cls].scenes))
        return [category for category in self.categories_by_class[cls] if category in own]


def scan_photographs(
    root: Path,
    classes: Sequence[ObjectClass],
    *,
    dev_per_class: int,
    data_seed: int,
    broken: BrokenPolicy = "skip",
    cache: Path | None = None,
) -> Photographs:
    """The photographs of `classes` under `root/imagenet`, checked by decoding every file.

    `dev_per_class` a class are cut from train/ as split `dev`, by `data_seed`. Byte-identical ones
    stay on one side: none in dev, and none in train that val has too. `cache` is a folder that
    keeps the check's result until a file changes. Raises DataError naming the class and folder
    without photographs, or, with broken="refuse", the files that cannot be decoded.
    """
    folders = _class_folders(root, classes)
    rows = [(s, *key) for key, folder in folders.items() for s in _photograph_names(root, folder)]
    table, bad = _scan_files(root, rows, ["sample", "class", "split"], broken, cache)
    duplicates = _duplicate_groups(table)
    tested = table["sha256"].isin(table.loc[table["split"] == "val", "sha256"])
    table = table[(table["split"] == "val") | ~tested].reset_index(drop=True)
    filled = set(zip(table["class"], table["split"], strict=True))
    for (name, split), folder in folders.items():
        if (name, split) not in filled:
            raise DataError(f"class {name}: {folder} holds no readable photograph of its own")
    table.loc[_dev_rows(table, dev_per_class, data_seed), "split"] = "dev"
    return Photographs(table, bad, duplicates)


def scan_backgrounds(
    root: Path,
    classes: Sequence[ObjectClass],
    *,
    scenes: Literal["class", "shared", "random"] = "class",
    missing_scenes: Literal["fail", "any"] = "fail",
    data_seed: int,
    broken: BrokenPolicy = "skip",
    cache: Path | None = None,
) -> Backgrounds:
    """Scene photographs under `root/places` to paste the classes into, split 80/20 (4.2, Table 3).

    `scenes`: a class's own categories ("class"), those of any class of the study ("shared"), or
    any on disk ("random"). A category counts as on disk with two distinct readable photographs.
    A class left without any fails, or with missing_scenes="any" takes all of the study's.
    Byte-identical photographs are kept once. Raises DataError naming the class and categories.
    """
    study = {normalise_category(scene) for cls in classes for scene in cls.scenes}
    rows = _background_names(root, None if scenes == "random" else study)
    table, bad = _scan_files(root, rows, ["sample", "category"], broken, cache)
    duplicates = _duplicate_groups(table)
    table = table.drop_duplicates("sha256")
    table = table[table.groupby("category")["sample"].transform("size") > 1].reset_index(drop=True)
    n = table.groupby("category")["sample"].transform("size")
    is_test = shuffle_rank(table, "category", data_seed, "backgrounds") < np.maximum(
        1, np.round(n / 5)
    )
    table.insert(2, "split", np.where(is_test, "test", "train"))
    keys = tuple(sorted(set(table["category"])))
    own = {
        c.name: tuple(k for k in keys if k in map(normalise_category, c.scenes)) for c in classes
    }
    missing = {
        c.name: tuple(s for s in c.scenes if normalise_category(s) not in keys) for c in classes
    }
    lost = tuple(name for name, found in own.items() if scenes == "class" and not found)
    if not keys or (lost and missing_scenes == "fail"):
        name = (lost or tuple(own))[0]
        raise DataError(
            f"class {name}: no scene photographs in {root / 'places'} (its categories: "
            f"{', '.join(missing[name])}); add some, set missing_scenes to any, or scenes to random"
        )
    choices = {name: (scenes == "class" and found) or keys for name, found in own.items()}
    return Backgrounds(table, choices, missing, lost, bad, duplicates)


def _class_folders(root: Path, classes: Sequence[ObjectClass]) -> dict[tuple[str, str], Path]:
    """(class, split): its folder; or a sentence on the folders that are not there."""
    top, splits = root / "imagenet", ("train", "val")
    folders = {(c.name, split): top / split / c.synset for c in classes for split in splits}
    absent = [f"{f.relative_to(top)} ({c})" for (c, _), f in folders.items() if not f.is_dir()]
    if absent:
        some = "none" if len(absent) == len(folders) else "not all"
        raise DataError(f"{some} of the classes' folders are in {top}: add {', '.join(absent)}")
    return folders


def _photograph_names(root: Path, folder: Path) -> list[str]:
    """Root-relative names of the photographs in a folder and below it, sorted."""
    paths = (path for path in walk_files(folder) if PHOTOGRAPH_FILE_NAME.fullmatch(path.name))
    return sorted(path.relative_to(root).as_posix() for path in paths)


def _background_names(root: Path, wanted: set[str] | None) -> list[tuple[str, str]]:
    """(sample, category key) of the photographs in wanted categories' own folders, sorted."""
    rows = []
    for path in walk_files(root / "places"):
        inside = path.relative_to(root).parts[1:-1]
        key = normalise_category("/".join(inside))
        if (
            inside
            and (wanted is None or key in wanted)
            and PHOTOGRAPH_FILE_NAME.fullmatch(path.name)
        ):
            rows.append((path.relative_to(root).as_posix(), key))
    return sorted(rows)


def _scan_files(
    root: Path, rows: list[tuple], columns: list[str], broken: BrokenPolicy, cache: Path | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows that decode, with height, width and sha256; and the others' names and reasons."""
    paths = [root / row[0] for row in rows]
    stats = [path.stat() if path.exists() else path.lstat() for path in paths]
    listing = [[r[0], s.st_size, s.st_mtime_ns] for r, s in zip(rows, stats, strict=True)]
    kept = (cache or Path()) / f"photos-{digest([_SCAN_VERSION, listing])}.parquet"
    if cache is not None and kept.exists():
        try:
            scan = pd.read_parquet(kept)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{kept} is damaged ({error}): delete it, and it is made anew"
            ) from error
    else:
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
            bar = tqdm(
                threads.map(_check_file, paths), "checking photographs", len(paths), leave=False
            )
            scan = pd.DataFrame(bar, columns=["height", "width", "sha256", "error", "passing"])
        if not scan.pop("passing").any() and cache is not None:  # else the next look may find more
            write_atomic(kept, scan.to_parquet())
    named = pd.DataFrame([[*map(printable_name, row)] for row in rows], columns=columns, dtype=str)
    scan.loc[[printable_name(r[0]) != r[0] for r in rows], "error"] = (
        "its name is not UTF-8; rename it"
    )
    table = pd.concat([named, scan], axis=1)
    bad = tuple(f"{row.sample}: {row.error}" for row in table[table["error"] != ""].itertuples())
    if bad and broken == "refuse":
        raise DataError(f"{len(bad)} photographs cannot be decoded; replace or delete {bad[0]}")
    return table[table["error"] == ""].drop(columns="error").reset_index(drop=True), bad


def _check_file(path: Path) -> tuple[int, int, str, str, bool]:
    """Height, width, SHA-256 and error of a file, "" if it decodes to the end; and whether the
    error is the machine's, which may pass (a disk's, rights, memory), not the file's."""
    if UNSUPPORTED_FILE_NAME.fullmatch(path.name):
        return 0, 0, "", f"{path.suffix} is not read; save it as JPEG or PNG", False
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            if image.mode[0] in "IF":  # Pillow would clip these to white, not scale them
                raise ValueError(f"pixels of mode {image.mode}; save it with 8 bits a channel")
            image.convert("RGB")
            return image.height, image.width, hashlib.sha256(content).hexdigest(), "", False
    except Exception as error:  # a decoder fed with broken bytes raises almost anything
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = re.sub(r"\s+(<.*>)?", " ", reason).strip()  # no memory addresses
        lasting = (None, errno.ENOENT)  # Pillow's own have no number; a dead link stays dead
        passing = isinstance(error, MemoryError) or getattr(error, "errno", None) not in lasting
        return 0, 0, "", reason, passing


def _duplicate_groups(table: pd.DataFrame) -> tuple[str, ...]:
    twins = table[table["sha256"].duplicated(keep=False)]
    return tuple(sorted(" = ".join(sorted(g)) for _, g in twins.groupby("sha256")["sample"]))


def shuffle_rank(table: pd.DataFrame, group: str, seed: int, stream: str) -> pd.Series:
    """Each row's place (0, 1, ...) in its group's shuffle by `seed`; byte-identical rows last.

    `table` has columns sample, sha256 and `group`; `stream` names the shuffle.
    """
    draw = uniforms(seed, stream, ids=sample_ids(list(table["sample"])), n=1)[:, 0]
    keys = table[[group]].assign(twin=table["sha256"].duplicated(keep=False), draw=draw)
    return keys.sort_values(["twin", "draw"]).groupby(group).cumcount().reindex(table.index)


def _dev_rows(table: pd.DataFrame, dev_per_class: int, data_seed: int) -> pd.Index:
    """Index of the training rows to call dev: as many a class, none with an identical twin."""
    train = table[table["split"] == "train"]
    single = train[~train["sha256"].duplicated(keep=False)]
    distinct = single["class"].value_counts().reindex(train["class"].unique(), fill_value=0)
    if dev_per_class < 0 or (dev_per_class and dev_per_class >= distinct.min()):
        raise DataError(
            f"dev_per_class is {dev_per_class!r}; allowed: 0 or more, and fewer than class "
            f"{distinct.idxmin()}'s {distinct.min()} distinct training photographs"
        )
    return single.index[shuffle_rank(single, "class", data_seed, "dev") < dev_per_class]


RESIZE_FACTOR = 256 / 224
"""Photographs are kept with a shorter side of so many times the input's, as the thesis resizes
them before its central crop (5.2)."""


def photograph_side(size: int) -> int:
    """Shorter side in pixels of photographs for an input of `size`, and the side at which
    composites are made that go through the same crops."""
    return round(size * RESIZE_FACTOR)
