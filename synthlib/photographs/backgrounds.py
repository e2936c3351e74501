"""Backgrounds on disk: in Places's category folders, for the classes that need them, or in any.

Places's are in `places/<category>/**` of the data root, and tables are as described in
`photographs`.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from synthlib.classes import CLASSES, ObjectClass, normalise_category
from synthlib.photographs.photographs import (
    PHOTOGRAPH_FILE_NAME,
    BrokenPolicy,
    DataError,
    duplicate_groups,
    scan_files,
    shuffle_rank,
)
from synthlib.utils.files import walk_files

Scenes = Literal["class", "shared", "random"]
"""The categories that a class is pasted into (`scan_backgrounds`)."""

MissingScenes = Literal["fail", "any"]
"""The treatment of a class without any category on disk (`scan_backgrounds`)."""


@dataclass(frozen=True)
class Backgrounds:
    """Backgrounds and the classes that are pasted into them.

    Attributes:
        table: One row per background: sample, category (as `normalise_category` writes it), split
            (train or test), height, width, sha256. Every category has rows in both splits.
        categories_by_class: The categories that each class is pasted into.
        missing_categories: The categories of each class that are not on disk.
        fallback_classes: Classes that have no category on disk; they are pasted into all
            categories of the study.
        broken: "<sample>: <reason>" of each file that cannot be decoded and is left out.
        duplicates: "<sample> = <sample> ..." of each group of identical files.
    """

    table: pd.DataFrame
    categories_by_class: dict[str, tuple[str, ...]]
    missing_categories: dict[str, tuple[str, ...]]
    fallback_classes: tuple[str, ...]
    broken: tuple[str, ...]
    duplicates: tuple[str, ...]

    def own_categories(self, cls: str) -> list[str]:
        """The categories that a class is pasted into and that Table 3 lists for it."""
        own = set(map(normalise_category, CLASSES[cls].scenes))
        return [category for category in self.categories_by_class[cls] if category in own]


def scan_backgrounds(
    root: Path,
    classes: Sequence[ObjectClass],
    *,
    scenes: Scenes = "class",
    missing_scenes: MissingScenes = "fail",
    data_seed: int,
    broken: BrokenPolicy = "skip",
    cache: Path | None = None,
) -> Backgrounds:
    """List the backgrounds to paste classes into, split 80/20 (thesis 4.2, Table 3).

    A category is on disk if it has at least two distinct photographs that can be decoded. Identical
    photographs are listed once.

    Args:
        root: The data root; backgrounds are in `places/<category>/**`.
        classes: The study's classes.
        scenes: The categories that a class is pasted into: its own ("class"), those of all classes
            of the study ("shared"), or all on disk ("random").
        missing_scenes: A class without any category on disk is an error ("fail"), or is pasted into
            all categories of the study ("any").
        data_seed: Seed of the split.
        broken: "skip" leaves files that cannot be decoded out, "refuse" raises an error.
        cache: Folder that keeps the result of decoding until a file changes; default: none.

    Returns:
        The table of backgrounds, and the categories by class.

    Raises:
        DataError: If a class has no background, or `broken` is "refuse" and a file cannot be
            decoded.

    Examples:
        >>> classes = select_classes(["banana", "cup"])
        >>> backgrounds = scan_backgrounds(root, classes, data_seed=0)
        >>> backgrounds.categories_by_class["banana"]
        ('bakery_shop', 'dining_room', 'kitchen')
    """
    study_categories = {normalise_category(scene) for cls in classes for scene in cls.scenes}
    rows = _background_rows(root, None if scenes == "random" else study_categories)
    table, broken_files = scan_files(root, rows, ["sample", "category"], broken, cache)
    duplicates = duplicate_groups(table)
    table = table.drop_duplicates("sha256")
    table = table[_category_sizes(table) > 1].reset_index(drop=True)
    n_test = np.maximum(1, np.round(_category_sizes(table) / 5))
    is_test = shuffle_rank(table, "category", data_seed, "backgrounds") < n_test
    table.insert(2, "split", np.where(is_test, "test", "train"))

    on_disk = tuple(sorted(set(table["category"])))
    own_categories: dict[str, tuple[str, ...]] = {}
    missing_categories: dict[str, tuple[str, ...]] = {}
    for cls in classes:
        own = {normalise_category(scene) for scene in cls.scenes}
        own_categories[cls.name] = tuple(category for category in on_disk if category in own)
        missing_categories[cls.name] = tuple(
            scene for scene in cls.scenes if normalise_category(scene) not in on_disk
        )
    fallback_classes = _classes_without_category(
        root, classes, set(on_disk), scenes, missing_scenes
    )
    categories_by_class = {
        name: own if scenes == "class" and own else on_disk for name, own in own_categories.items()
    }
    return Backgrounds(
        table, categories_by_class, missing_categories, fallback_classes, broken_files, duplicates
    )


def check_background_folders(
    root: Path,
    classes: Sequence[ObjectClass],
    *,
    scenes: Scenes = "class",
    missing_scenes: MissingScenes = "fail",
) -> int:
    """Check that there are folders of the backgrounds of classes; no file in them is read.

    Args:
        root: The data root.
        classes: The study's classes.
        scenes: See `scan_backgrounds`, as for `missing_scenes`.
        missing_scenes: See there.

    Returns:
        The number of categories on disk that `scan_backgrounds` would list, if all files decode.

    Raises:
        DataError: If a class has no background.
    """
    study_categories = {normalise_category(scene) for cls in classes for scene in cls.scenes}
    rows = _background_rows(root, None if scenes == "random" else study_categories)
    on_disk = {category for _, category in rows}
    _classes_without_category(root, classes, on_disk, scenes, missing_scenes)
    return len(on_disk)


def _classes_without_category(
    root: Path,
    classes: Sequence[ObjectClass],
    on_disk: Set[str],
    scenes: Scenes,
    missing_scenes: MissingScenes,
) -> tuple[str, ...]:
    """Names of the classes that have no category of their own on disk, and need one.

    Raises:
        DataError: If they are not allowed, or no category is on disk.
    """
    missing = {
        cls.name: cls.scenes
        for cls in classes
        if scenes == "class" and on_disk.isdisjoint(map(normalise_category, cls.scenes))
    }
    if not on_disk or (missing and missing_scenes == "fail"):
        first = next(cls for cls in classes if cls.name in missing or not missing)
        raise DataError(
            f"class {first.name}: no backgrounds in {root / 'places'} (its categories: "
            f"{', '.join(first.scenes)}); add some, set missing_scenes to any, or scenes to random"
        )
    return tuple(missing)


def scan_background_folder(
    folder: Path,
    *,
    excluded: Collection[str] = (),
    broken: BrokenPolicy = "skip",
    cache: Path | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """List the photographs of a folder and its subfolders, as backgrounds to train on.

    Args:
        folder: Any folder.
        excluded: SHA-256 of files to leave out, such as test images.
        broken: "skip" leaves files that cannot be decoded out, "refuse" raises an error.
        cache: Folder that keeps the result of decoding until a file changes; default: none.

    Returns:
        One row per distinct photograph: sample (path relative to the folder that contains
        `folder`), split (train), height, width, sha256; and "<sample>: <reason>" of each file that
        cannot be decoded.

    Raises:
        DataError: If the folder has no photograph left, or a file is broken and `broken` is
            "refuse".
    """
    names = sorted(
        (path.relative_to(folder.parent).as_posix(), "train")
        for path in (walk_files(folder) if folder.is_dir() else ())
        if PHOTOGRAPH_FILE_NAME.fullmatch(path.name)
    )
    if not names:
        raise DataError(
            f"backgrounds_folder: no photographs in {folder}; name a folder that contains some, at "
            "any depth"
        )
    table, broken_files = scan_files(folder.parent, names, ["sample", "split"], broken, cache)
    table = table[~table["sha256"].isin(set(excluded))].drop_duplicates("sha256")
    if table.empty:
        raise DataError(
            f"backgrounds_folder: none of the {len(names)} files in {folder} is a readable "
            "photograph that is not one of the study's own; name another folder"
        )
    return table.reset_index(drop=True), broken_files


def _background_rows(root: Path, categories: set[str] | None) -> list[tuple[str, ...]]:
    """(sample, category) of the photographs in the folders of some categories, or all; sorted."""
    rows = []
    for path in walk_files(root / "places"):
        folders = path.relative_to(root).parts[1:-1]
        if not folders or not PHOTOGRAPH_FILE_NAME.fullmatch(path.name):
            continue
        category = normalise_category("/".join(folders))
        if categories is None or category in categories:
            rows.append((path.relative_to(root).as_posix(), category))
    return sorted(rows)


def _category_sizes(table: pd.DataFrame) -> pd.Series:
    return table.groupby("category")["sample"].transform("size")
