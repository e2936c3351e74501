"""Data sets that may be downloaded without a form, laid out as a data root for the scale tiny.

What lands where; `data_folders` puts it there. Nothing that is there already is downloaded again.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlib import archives
from synthlib.classes import THESIS_CLASSES, ObjectClass, normalise_category
from synthlib.data_folders import (
    FetchError,
    is_filled,
    read_source_note,
    remove_archives,
    source_note,
    staging_folder,
    unpack_folders,
)
from synthlib.data_sets import PLACES_FILES, TERMS_OF_USE, TINY_CLASSES, TINY_IMAGENET_ARCHIVE
from synthlib.downloads import RemoteFile, download_file
from synthlib.files import resolve_in_project


@dataclass(frozen=True)
class FetchReport:
    """Folders `made` now, those that were `there`; kept `archives`."""

    fetched: tuple[Path, ...]
    existing: tuple[Path, ...]
    kept_archives: tuple[Path, ...] = ()


def fetch_tiny_imagenet(
    root: Path,
    *,
    agree: Callable[[str], None],
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES[name] for name in TINY_CLASSES),
    archive: RemoteFile = TINY_IMAGENET_ARCHIVE,
    train: int = 450,
    val: int = 50,
    url: str = "",
    keep: bool = False,
    progress: bool = True,
) -> FetchReport:
    """`imagenet/{train,val}/<synset>/` under `root`, both from Tiny-ImageNet's training part.

    Its photographs are numbered, `<synset>_<n>.JPEG`: the first `train` numbers are for training,
    the next `val` for validation, and it must have just as many. The project's results at `tiny`
    are made with this split, so Tiny-ImageNet's own validation part is left aside.
    `agree` is called with the terms before anything is downloaded, and raises to refuse.
    Raises FetchError, DownloadError, ArchiveError.
    """
    top = root / "imagenet"
    folders = [top / part / c.synset for c in classes for part in ("train", "val")]
    note = source_note(archive, train, val)
    own = [folder for folder in folders if is_filled(folder) and read_source_note(folder) != note]
    if own:
        raise FetchError(
            f"{own[0]} is there, and not from {archive.name} with this split: photographs of two "
            "sources are not mixed. Move it away, or name another --data-root."
        )
    there = tuple(folder for folder in folders if is_filled(folder))
    left = [folder for folder in folders if folder not in there]
    if not left:
        return FetchReport((), there)
    agree(TERMS_OF_USE["tiny-imagenet"])
    with staging_folder(root, top) as work:
        path = download_file(archive, work, url=_mirror_url(url, archive), progress=progress)
        wanted = _tiny_imagenet_files(archives.list_files(path), path, classes, train, val)
        unpack_folders(path, wanted, work / "unpacked", top, left, note, progress)
        return FetchReport(tuple(left), there, remove_archives([path], keep))


def fetch_places(
    root: Path,
    *,
    agree: Callable[[str], None],
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES.values()),
    files: tuple[RemoteFile, RemoteFile] = PLACES_FILES,
    url: str = "",
    keep: bool = False,
    progress: bool = True,
) -> FetchReport:
    """`places/<category>/` under `root`, for the scene categories of `classes` (Table 3).

    All validation photographs of Places365-Standard at 256 x 256 pixels, 100 a category, named by
    `scene_key`; `files` are its lists and its photographs. A category's folder that is there is
    left as it is. `agree` as in `tiny_imagenet`. Raises FetchError, DownloadError, ArchiveError.
    """
    if url and not url.endswith("/"):
        raise FetchError(
            f"--url {url}: expected a folder's address, ending in /, that has "
            f"{files[0].name} and {files[1].name}."
        )
    top = root / "places"
    folders = [
        top / key for key in sorted({normalise_category(s) for c in classes for s in c.scenes})
    ]
    there = tuple(folder for folder in folders if is_filled(folder))
    left = [folder for folder in folders if folder not in there]
    if not left:
        return FetchReport((), there)
    agree(TERMS_OF_USE["places"])
    with staging_folder(root, top) as work:
        lists, photographs = (
            download_file(file, work, url=_mirror_url(url, file), progress=progress)
            for file in files
        )
        wanted = _places_files(lists, {folder.name for folder in left}, "val_256")
        note = source_note(files[1])
        unpack_folders(photographs, wanted, work / "unpacked", top, left, note, progress)
        return FetchReport(tuple(left), there, remove_archives([lists, photographs], keep))


def target_data_root(folder: str = "") -> Path:
    """The folder to lay data out in: `given`, or `$SYNTHLIB_DATA`; it need not exist yet."""
    name = folder or os.environ.get("SYNTHLIB_DATA", "")
    if not name:
        raise FetchError(
            "no data root: give --data-root FOLDER, or set the environment variable SYNTHLIB_DATA"
        )
    return resolve_in_project(name).resolve()


def _tiny_imagenet_files(
    names: Sequence[str], path: Path, classes: Sequence[ObjectClass], train: int, val: int
) -> dict[str, str]:
    """Name in Tiny-ImageNet's archive -> path below imagenet/, by the photographs' numbers."""
    wanted = {}
    for cls in classes:
        form = re.compile(rf"[^/]+/train/{cls.synset}/images/{cls.synset}_(\d+)\.JPEG")
        found = sorted((int(m[1]), m[0]) for name in names if (m := form.fullmatch(name)))
        if len(found) != train + val:
            raise FetchError(
                f"class {cls.name}: {path.name} has {len(found)} training photographs of synset "
                f"{cls.synset}, expected {train + val}: nothing was laid out."
            )
        for i, (_, name) in enumerate(found):
            part = "train" if i < train else "val"
            wanted[name] = f"{part}/{cls.synset}/{name.rpartition('/')[2]}"
    return wanted


def _places_files(lists: Path, keys: set[str], folder: str) -> dict[str, str]:
    """Name in the archive of Places's validation photographs -> path below places/."""
    categories = {
        i: normalise_category(name)
        for name, i in _read_list_file(lists, "categories_places365.txt")
    }
    absent = sorted(keys - set(categories.values()))
    if absent:
        raise FetchError(f"Places365 has no scene category {', '.join(absent)}: nothing laid out.")
    wanted = {
        f"{folder}/{name}": f"{categories[i]}/{archives.safe_relative_path(name, lists).name}"
        for name, i in _read_list_file(lists, "places365_val.txt")
        if categories.get(i) in keys
    }
    empty = sorted(keys - {path.partition("/")[0] for path in wanted.values()})
    if empty:
        raise FetchError(f"{lists.name} has no photograph of {', '.join(empty)}: nothing laid out.")
    return wanted


def _read_list_file(lists: Path, name: str) -> list[tuple[str, str]]:
    """The `name number` lines of a list in the archive of Places's lists."""
    lines = [
        line.split() for line in archives.read_file(lists, name).decode("latin-1").splitlines()
    ]
    if wrong := [line for line in lines if len(line) != 2]:
        raise FetchError(f"{name} in {lists.name}: expected `name number` a line, not {wrong[0]}.")
    return [(line[0], line[1]) for line in lines]


def _mirror_url(url: str, archive: RemoteFile) -> str:
    return f"{url}{archive.name}" if url.endswith("/") else url
