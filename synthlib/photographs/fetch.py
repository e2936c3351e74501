"""Data sets on the web: what may be downloaded, on which terms, and what only by hand.

Folders of a data root that are filled from an archive, whole or not at all.

Each synset's and each scene category's folder appears whole or not at all, with a note
`.fetched.json` in it saying where it is from: a folder without one is the user's own, and is never
touched. Downloads and what is unpacked lie in `<root>/.fetch` until then, on the same disk.

Data sets that may be downloaded without a form, laid out as a data root for the scale tiny.

What lands where; `data_folders` puts it there. Nothing that is there already is downloaded again.
"""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlib.classes import THESIS_CLASSES, ObjectClass, normalise_category
from synthlib.rendering.worker_process import DISK_FULL_ERRNOS, disk_full_message
from synthlib.utils import archives
from synthlib.utils.download import RemoteFile, download_file, make_progress_bar
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import resolve_in_project, write_atomic
from synthlib.utils.locks import lock_folder, unlock_folder

# Size and MD5: the key `MD5E-s248100043--90528d7c....zip` of github.com/datasets-mila/
# datasets--tinyimagenet (git-annex), and the classes TinyImageNet of Avalanche and many others.
TINY_IMAGENET_ARCHIVE = RemoteFile(
    "tiny-imagenet-200.zip",
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    248_100_043,
    "90528d7ca1a48142e341f4ef8d21d0de",
)

# Addresses and MD5: torchvision.datasets.Places365 (torchvision 0.29). Sizes: the server's
# Content-Length, as two public data logs have it.
_CSAIL = "https://data.csail.mit.edu/places/places365/"
PLACES_FILES = (
    RemoteFile(
        "filelist_places365-standard.tar",
        f"{_CSAIL}filelist_places365-standard.tar",
        67_498_496,
        "35a0585fee1fa656440f3ab298f8479c",
    ),
    RemoteFile(
        "val_256.tar",
        f"{_CSAIL}val_256.tar",
        525_158_400,
        "e27b17d8d44f4af9a78502beb927f808",
    ),
)

TINY_CLASSES = ("backpack banana basketball computer_desk food_table pc_keyboard tv_remote").split()
"""The thesis's classes that Tiny-ImageNet has: the scale tiny's."""

TERMS_OF_USE = {
    "tiny-imagenet": "Tiny-ImageNet holds photographs of ImageNet, whose terms allow "
    "non-commercial research and education only: https://image-net.org/download",
    "places": "Places365 may be used for non-commercial research and education only, and its "
    "photographs may not be passed on: http://places2.csail.mit.edu/download-private.html",
}
"""One sentence a data set on what its user agrees to."""

MANUAL_DOWNLOADS = {
    "imagenet": "ImageNet needs an account and its terms accepted: at https://image-net.org/download"
    " take ILSVRC2012's training and validation images (train images go into "
    "{root}/imagenet/train/<synset>/, validation images into {root}/imagenet/val/<synset>/), for "
    "the synsets {synsets}; or fetch tiny-imagenet for the scale tiny.",
    "places205": "Places needs its terms accepted: at http://places2.csail.mit.edu take "
    "Places205 or Places365-Standard (its folders go to {root}/places/<category>/; letter "
    "folders are fine), or fetch places for the scale tiny.",
}
"""What the scale thesis needs, and where to get it."""


_NOTE_FILE = ".fetched.json"


class FetchError(SynthlibError):
    """A data set cannot be laid out; the message is a sentence that says what to do."""


def unpack_folders(
    path: Path,
    wanted: dict[str, str],
    staging: Path,
    top: Path,
    folders: Sequence[Path],
    note: str,
    progress: bool,
) -> None:
    """Unpacks the files of the folders in `left`; when all are whole, each is moved in place."""
    keys = {folder.relative_to(top).as_posix() for folder in folders}
    wanted = {name: place for name, place in wanted.items() if place.rpartition("/")[0] in keys}
    with make_progress_bar(len(wanted), "unpacking", progress, unit=" files") as bar:
        archives.unpack_files(path, staging, wanted, progress_bar=bar)
    for folder in folders:
        made = staging / folder.relative_to(top)
        write_atomic(made / _NOTE_FILE, note)
        archives.fsync_path(made)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder)
        archives.fsync_path(folder.parent)


@contextlib.contextmanager
def staging_folder(root: Path, top: Path) -> Iterator[Path]:
    """The folder `<root>/.fetch`, for one process at a time; a full disk becomes a sentence."""
    work = root / ".fetch"
    try:
        with file_errors(root):
            work.mkdir(parents=True, exist_ok=True)
        root_lock = lock_folder(root)
        try:
            if top.exists() and top.stat().st_dev != work.stat().st_dev:
                raise FetchError(f"{top} is on another disk than {root}: name its own --data-root.")
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            yield work
        finally:
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            with contextlib.suppress(OSError):  # a download's part or a kept archive is in it
                work.rmdir()
            unlock_folder(root_lock)
    except BlockingIOError:
        raise FetchError(f"another process is fetching into {root}; wait for it.") from None
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise FetchError(disk_full_message(root)) from error
        raise


def remove_archives(paths: Sequence[Path], keep: bool) -> tuple[Path, ...]:
    """Removes the archives, unless they are to be kept; returns what stays."""
    if keep:
        return tuple(paths)
    for path in paths:
        path.unlink(missing_ok=True)
    return ()


def is_filled(folder: Path) -> bool:
    """Whether a folder is there and not empty."""
    return folder.is_dir() and any(folder.iterdir())


def source_note(archive: RemoteFile, *split: int) -> str:
    """What a fetched folder says of itself: its archive, and how that was split."""
    return json.dumps({"archive": archive.name, "md5": archive.md5, "split": split})


def read_source_note(folder: Path) -> str:
    """The note in a folder, "" if there is none."""
    try:
        return (folder / _NOTE_FILE).read_text()
    except (OSError, ValueError):
        return ""


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
