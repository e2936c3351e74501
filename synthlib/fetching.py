"""Data sets that may be downloaded without a form, laid out as a data root for the scale tiny.

What lands where; `data_folders` puts it there. Nothing that is there already is downloaded again.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlib import archives
from synthlib.classes import THESIS_CLASSES, ObjectClass, scene_key
from synthlib.data_folders import (
    FetchError,
    exists,
    lay_out,
    leave,
    note_in,
    note_of,
    workplace,
)
from synthlib.data_sets import PLACES, TERMS, TINY_CLASSES, TINY_IMAGENET
from synthlib.downloads import Archive, download
from synthlib.files import in_project


@dataclass(frozen=True)
class Fetched:
    """Folders `made` now, those that were `there`; kept `archives`."""

    made: tuple[Path, ...]
    there: tuple[Path, ...]
    archives: tuple[Path, ...] = ()


def tiny_imagenet(
    root: Path,
    *,
    agree: Callable[[str], None],
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES[name] for name in TINY_CLASSES),
    archive: Archive = TINY_IMAGENET,
    train: int = 450,
    val: int = 50,
    url: str = "",
    keep: bool = False,
    progress: bool = True,
) -> Fetched:
    """`imagenet/{train,val}/<synset>/` under `root`, both from Tiny-ImageNet's training part.

    Its photographs are numbered, `<synset>_<n>.JPEG`: the first `train` numbers are for training,
    the next `val` for validation, and it must have just as many. The project's results at `tiny`
    are made with this split, so Tiny-ImageNet's own validation part is left aside.
    `agree` is called with the terms before anything is downloaded, and raises to refuse.
    Raises FetchError, DownloadError, ArchiveError.
    """
    top = root / "imagenet"
    folders = [top / part / c.synset for c in classes for part in ("train", "val")]
    note = note_of(archive, train, val)
    own = [folder for folder in folders if exists(folder) and note_in(folder) != note]
    if own:
        raise FetchError(
            f"{own[0]} is there, and not from {archive.name} with this split: photographs of two "
            "sources are not mixed. Move it away, or name another --data-root."
        )
    there = tuple(folder for folder in folders if exists(folder))
    left = [folder for folder in folders if folder not in there]
    if not left:
        return Fetched((), there)
    agree(TERMS["tiny-imagenet"])
    with workplace(root, top) as work:
        path = download(archive, work, url=_mirror(url, archive), progress=progress)
        wanted = _split(archives.names(path), path, classes, train, val)
        lay_out(path, wanted, work / "unpacked", top, left, note, progress)
        return Fetched(tuple(left), there, leave([path], keep))


def places(
    root: Path,
    *,
    agree: Callable[[str], None],
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES.values()),
    files: tuple[Archive, Archive] = PLACES,
    url: str = "",
    keep: bool = False,
    progress: bool = True,
) -> Fetched:
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
    folders = [top / key for key in sorted({scene_key(s) for c in classes for s in c.scenes})]
    there = tuple(folder for folder in folders if exists(folder))
    left = [folder for folder in folders if folder not in there]
    if not left:
        return Fetched((), there)
    agree(TERMS["places"])
    with workplace(root, top) as work:
        lists, photographs = (
            download(file, work, url=_mirror(url, file), progress=progress) for file in files
        )
        wanted = _labelled(lists, {folder.name for folder in left}, "val_256")
        note = note_of(files[1])
        lay_out(photographs, wanted, work / "unpacked", top, left, note, progress)
        return Fetched(tuple(left), there, leave([lists, photographs], keep))


def data_root(given: str = "") -> Path:
    """The folder to lay data out in: `given`, or `$SYNTHLIB_DATA`; it need not exist yet."""
    name = given or os.environ.get("SYNTHLIB_DATA", "")
    if not name:
        raise FetchError(
            "no data root: give --data-root FOLDER, or set the environment variable SYNTHLIB_DATA"
        )
    return in_project(name).resolve()


def _split(
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


def _labelled(lists: Path, keys: set[str], folder: str) -> dict[str, str]:
    """Name in the archive of Places's validation photographs -> path below places/."""
    categories = {i: scene_key(name) for name, i in _rows(lists, "categories_places365.txt")}
    absent = sorted(keys - set(categories.values()))
    if absent:
        raise FetchError(f"Places365 has no scene category {', '.join(absent)}: nothing laid out.")
    wanted = {
        f"{folder}/{name}": f"{categories[i]}/{archives.check_path(name, lists).name}"
        for name, i in _rows(lists, "places365_val.txt")
        if categories.get(i) in keys
    }
    empty = sorted(keys - {path.partition("/")[0] for path in wanted.values()})
    if empty:
        raise FetchError(f"{lists.name} has no photograph of {', '.join(empty)}: nothing laid out.")
    return wanted


def _rows(lists: Path, name: str) -> list[tuple[str, str]]:
    """The `name number` lines of a list in the archive of Places's lists."""
    lines = [line.split() for line in archives.read(lists, name).decode("latin-1").splitlines()]
    if wrong := [line for line in lines if len(line) != 2]:
        raise FetchError(f"{name} in {lists.name}: expected `name number` a line, not {wrong[0]}.")
    return [(line[0], line[1]) for line in lines]


def _mirror(url: str, archive: Archive) -> str:
    return f"{url}{archive.name}" if url.endswith("/") else url
