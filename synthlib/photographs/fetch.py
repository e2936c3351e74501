"""Downloads of data sets that need no registration, as a data root for the scale tiny.

A folder `imagenet/{train,val}/<synset>`, `imagenet_other/<synset>` or `places/<category>` of the
root is filled completely or not at all, and a note `.fetched.json` in it names the archive that it
comes from. A folder without the note belongs to the user and is never changed; folders that are
filled already are not downloaded again. Downloads and unpacked files are in `<root>/.fetch` until
they are moved, on the same disk.
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
from synthlib.utils import archives
from synthlib.utils.download import RemoteFile, download_file
from synthlib.utils.errors import ParameterError, SynthlibError, disk_full_as, file_errors
from synthlib.utils.files import resolve_in_project, write_atomic
from synthlib.utils.locks import lock_folder, unlock_folder
from synthlib.utils.progress import progress_bar

# --- data sets ------------------------------------------------------------------------------------

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
"""The lists of Places365-Standard, and its validation photographs at 256 x 256 pixels."""

TINY_CLASSES = ("backpack banana basketball computer_desk food_table pc_keyboard tv_remote").split()
"""The thesis's classes that Tiny-ImageNet has: those of the scale tiny."""

OTHER_SYNSETS = """
    n01698640 n01855672 n02002724 n02056570 n02074367 n02085620 n02099601 n02123045 n02129165
    n02132136 n02279972 n02395406 n02403003 n02410509 n02437312 n02504458 n02699494 n02788148
    n02791270 n02793495 n02795169 n02808440 n02814860 n02843684 n02892201 n02909870 n02917067
    n02927161 n02950826 n02977058 n03014705 n03042490 n03089624 n03100240 n03126707 n03160309
    n03355925 n03388043 n03393912 n03444034 n03447447 n03544143 n03599486 n03637318 n03649909
    n03662601 n03670208 n03733131 n03796401 n03837869 n03854065 n03891332 n03902125 n03930313
    n03976657 n03977966 n04008634 n04070727 n04099969 n04146614 n04149813 n04265275 n04275548
    n04285008 n04311004 n04366367 n04417672 n04465501 n04486054 n04487081 n04501370 n04507155
    n04532670 n04562935 n09193705 n09246464 n09256479 n09332890 n09428293 n12267677
""".split()
"""Synsets of Tiny-ImageNet that show none of the thesis's classes: landscapes, buildings, vehicles,
animals. Their photographs are backgrounds that say nothing about the class pasted into them, and
are stored in the same way as those of the classes. A few may show a table or a bag."""

OTHER_FOLDER = "imagenet_other"
"""Folder of a data root with photographs of `OTHER_SYNSETS`."""

TERMS_OF_USE = {
    "tiny-imagenet": "Tiny-ImageNet holds photographs of ImageNet, whose terms allow "
    "non-commercial research and education only: https://image-net.org/download",
    "places": "Places365 may be used for non-commercial research and education only, and its "
    "photographs may not be passed on: http://places2.csail.mit.edu/download-private.html",
}
"""A sentence per data set on what its user agrees to."""

MANUAL_DOWNLOADS = {
    "imagenet": "ImageNet needs an account and its terms accepted: at https://image-net.org/download"
    " take ILSVRC2012's training and validation images (train images go into "
    "{root}/imagenet/train/<synset>/, validation images into {root}/imagenet/val/<synset>/), for "
    "the synsets {synsets}; or fetch tiny-imagenet for the scale tiny.",
    "places205": "Places needs its terms accepted: at http://places2.csail.mit.edu take "
    "Places205 or Places365-Standard (its folders go to {root}/places/<category>/; letter "
    "folders are fine), or fetch places for the scale tiny.",
}
"""Data sets that the scale thesis needs and that can only be downloaded by hand."""

_NOTE_FILE = ".fetched.json"


class FetchError(SynthlibError):
    """A data set cannot be stored. The message is a sentence that says what to do."""


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """Options of a download.

    Attributes:
        agree: Called with the terms of use before anything is downloaded; it raises to refuse.
        url: Address of a mirror: of the archive, or of a folder (ending in /) with the archives.
            Default: the data set's own address.
        keep_archives: If true, archives stay in `<root>/.fetch`.
        progress: If true, show progress bars.
    """

    agree: Callable[[str], None]
    url: str = ""
    keep_archives: bool = False
    progress: bool = True


@dataclass(frozen=True)
class FetchReport:
    """Folders filled by this call, folders that were filled before, and archives that were kept."""

    fetched: tuple[Path, ...]
    existing: tuple[Path, ...]
    kept_archives: tuple[Path, ...] = ()


def target_data_root(folder: str = "") -> Path:
    """The folder for data: `folder`, or `$SYNTHLIB_DATA` if that is empty; it need not exist yet.

    Raises:
        ParameterError: If neither is given.
    """
    name = folder or os.environ.get("SYNTHLIB_DATA", "")
    if not name:
        raise ParameterError(
            "no data root: give --data-root FOLDER, or set the environment variable SYNTHLIB_DATA"
        )
    return resolve_in_project(name).resolve()


# --- fetching -------------------------------------------------------------------------------------


def fetch_tiny_imagenet(
    root: Path,
    options: FetchOptions,
    *,
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES[name] for name in TINY_CLASSES),
    archive: RemoteFile = TINY_IMAGENET_ARCHIVE,
    train: int = 450,
    val: int = 50,
    others: Sequence[str] = OTHER_SYNSETS,
    per_other: int = 50,
) -> FetchReport:
    """Fill `imagenet/{train,val}/<synset>` of a data root from Tiny-ImageNet's training part, and
    `imagenet_other/<synset>` with photographs of other synsets, for backgrounds.

    Tiny-ImageNet's own validation part is not used: the project's results at the scale tiny were
    made with this split.

    Args:
        root: The data root.
        options: Terms, mirror and display.
        classes: Classes that Tiny-ImageNet has.
        archive: The archive to download.
        train: Number of photographs for training, the first by their number in
            `<synset>_<number>.JPEG`.
        val: Number of photographs for validation, the remaining ones.
        others: Synsets for backgrounds, none of which is a class. A folder of one that has
            photographs from elsewhere stays as it is.
        per_other: Number of photographs of each of them, the first by their number.

    Raises:
        FetchError: If the archive has another number of photographs, a folder of a class has
            photographs from elsewhere, or another process is fetching into the root.
        DownloadError: If the archive cannot be downloaded.
        ArchiveError: If the archive is damaged.
    """
    top = root / "imagenet"
    folders = [top / split / cls.synset for cls in classes for split in ("train", "val")]
    folders += [root / OTHER_FOLDER / synset for synset in others]
    note = _source_note(archive, train, val)
    existing = tuple(folder for folder in folders if _is_filled(folder))
    for folder in existing:
        if folder.is_relative_to(top) and _read_source_note(folder) != note:
            raise FetchError(
                f"{folder} exists, and is not from {archive.name} with this split: photographs of "
                "two sources are not mixed. Move it away, or name another --data-root."
            )
    missing = tuple(folder for folder in folders if folder not in existing)
    if not missing:
        return FetchReport((), existing)
    options.agree(TERMS_OF_USE["tiny-imagenet"])
    with _staging_folder(root, top) as work:
        path = _download(archive, work, options)
        members = _tiny_imagenet_members(path, classes, train, val)
        members |= _other_members(path, others, per_other)
        target = _Target(root, missing, note)
        _unpack_folders(path, members, work / "unpacked", target, options.progress)
        return FetchReport(missing, existing, _remove_archives([path], options))


def fetch_places(
    root: Path,
    options: FetchOptions,
    *,
    classes: Sequence[ObjectClass] = tuple(THESIS_CLASSES.values()),
    files: tuple[RemoteFile, RemoteFile] = PLACES_FILES,
) -> FetchReport:
    """Fill `places/<category>` of a data root for the scene categories of classes (Table 3).

    A category gets all its validation photographs of Places365-Standard at 256 x 256 pixels, 100 of
    them. Folders are named as `normalise_category` writes their category.

    Args:
        root: The data root.
        options: Terms, mirror (a folder) and display.
        classes: Classes whose categories are fetched.
        files: The archives of the lists and of the photographs.

    Raises:
        FetchError: If Places365 does not have a category, or another process is fetching into the
            root.
        DownloadError: If an archive cannot be downloaded.
        ArchiveError: If an archive is damaged.
    """
    if options.url and not options.url.endswith("/"):
        raise FetchError(
            f"--url {options.url}: expected a folder's address, ending in /, that has "
            f"{files[0].name} and {files[1].name}."
        )
    top = root / "places"
    categories = sorted({normalise_category(scene) for cls in classes for scene in cls.scenes})
    folders = [top / category for category in categories]
    existing = tuple(folder for folder in folders if _is_filled(folder))
    missing = tuple(folder for folder in folders if folder not in existing)
    if not missing:
        return FetchReport((), existing)
    options.agree(TERMS_OF_USE["places"])
    with _staging_folder(root, top) as work:
        lists, photographs = (_download(file, work, options) for file in files)
        members = _places_members(lists, {folder.name for folder in missing})
        target = _Target(top, missing, _source_note(files[1]))
        _unpack_folders(photographs, members, work / "unpacked", target, options.progress)
        return FetchReport(missing, existing, _remove_archives([lists, photographs], options))


def _download(file: RemoteFile, work: Path, options: FetchOptions) -> Path:
    url = f"{options.url}{file.name}" if options.url.endswith("/") else options.url
    return download_file(file, work, url=url, progress=options.progress)


def _remove_archives(paths: Sequence[Path], options: FetchOptions) -> tuple[Path, ...]:
    """Remove the archives, unless they are to be kept; return those that are left."""
    if options.keep_archives:
        return tuple(paths)
    for path in paths:
        path.unlink(missing_ok=True)
    return ()


def _tiny_imagenet_members(
    path: Path, classes: Sequence[ObjectClass], train: int, val: int
) -> dict[str, str]:
    """Path below the root of each member of Tiny-ImageNet's archive that shows a class."""
    numbered = _numbered_photographs(path)
    members = {}
    for cls in classes:
        names = numbered.get(cls.synset, [])
        if len(names) != train + val:
            raise FetchError(
                f"class {cls.name}: {path.name} has {len(names)} training photographs of synset "
                f"{cls.synset}, expected {train + val}: nothing was stored."
            )
        for rank, name in enumerate(names):
            split = "train" if rank < train else "val"
            members[name] = f"imagenet/{split}/{cls.synset}/{name.rpartition('/')[2]}"
    return members


def _other_members(path: Path, synsets: Sequence[str], per_synset: int) -> dict[str, str]:
    """Path below the root of the first photographs of other synsets in Tiny-ImageNet's archive."""
    numbered = _numbered_photographs(path)
    members = {}
    for synset in synsets:
        names = numbered.get(synset, [])[:per_synset]
        if len(names) < per_synset:
            raise FetchError(
                f"{path.name} has {len(names)} training photographs of synset {synset}, expected "
                f"{per_synset} or more: nothing was stored."
            )
        for name in names:
            members[name] = f"{OTHER_FOLDER}/{synset}/{name.rpartition('/')[2]}"
    return members


def _numbered_photographs(path: Path) -> dict[str, list[str]]:
    """Members of Tiny-ImageNet's training part by synset, in the order of their numbers."""
    pattern = re.compile(r"[^/]+/train/(n\d+)/images/\1_(\d+)\.JPEG")
    found: dict[str, list[tuple[int, str]]] = {}
    for name in archives.list_files(path):
        if match := pattern.fullmatch(name):
            found.setdefault(match[1], []).append((int(match[2]), name))
    return {synset: [name for _, name in sorted(names)] for synset, names in found.items()}


def _places_members(lists: Path, wanted: set[str]) -> dict[str, str]:
    """Path below `places/` of each validation photograph of the wanted categories."""
    categories = {
        number: normalise_category(name)
        for name, number in _read_list_file(lists, "categories_places365.txt")
    }
    unknown = sorted(wanted - set(categories.values()))
    if unknown:
        raise FetchError(
            f"Places365 has no scene category {', '.join(unknown)}: nothing was stored."
        )
    members = {
        f"val_256/{name}": f"{categories[number]}/{archives.safe_relative_path(name, lists).name}"
        for name, number in _read_list_file(lists, "places365_val.txt")
        if categories.get(number) in wanted
    }
    empty = sorted(wanted - {path.partition("/")[0] for path in members.values()})
    if empty:
        raise FetchError(
            f"{lists.name} has no photograph of {', '.join(empty)}: nothing was stored."
        )
    return members


def _read_list_file(lists: Path, name: str) -> list[tuple[str, str]]:
    """(name, number) of each line of a list in the archive of Places's lists."""
    text = archives.read_file(lists, name).decode("latin-1")
    lines = [line.split() for line in text.splitlines()]
    if wrong := [line for line in lines if len(line) != 2]:
        raise FetchError(
            f"{name} in {lists.name}: expected `name number` on each line, not {wrong[0]}."
        )
    return [(line[0], line[1]) for line in lines]


# --- folders of the data root ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """Folders to fill, all below `top`, and the note that each gets."""

    top: Path
    folders: tuple[Path, ...]
    note: str


def _unpack_folders(
    path: Path, members: dict[str, str], staging: Path, target: _Target, progress: bool
) -> None:
    """Unpack the target's folders and, when all are complete, move each to its place.

    Args:
        path: The archive.
        members: Path below the target's `top` of each member of the archive, by its name.
        staging: Folder to unpack into.
        target: The folders to fill; members of other folders are left out.
        progress: If true, show a progress bar.
    """
    wanted = {folder.relative_to(target.top).as_posix() for folder in target.folders}
    members = {
        name: relative
        for name, relative in members.items()
        if relative.rpartition("/")[0] in wanted
    }
    with progress_bar(total=len(members), title="unpacking", unit="files", show=progress) as bar:
        archives.unpack_files(path, staging, members, progress_bar=bar)
    for folder in target.folders:
        unpacked = staging / folder.relative_to(target.top)
        write_atomic(unpacked / _NOTE_FILE, target.note)
        archives.fsync_path(unpacked)
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpacked.rename(folder)
        archives.fsync_path(folder.parent)


@contextlib.contextmanager
def _staging_folder(root: Path, top: Path) -> Iterator[Path]:
    """Context with the folder `<root>/.fetch`, for one process at a time.

    Raises:
        FetchError: If another process uses it, the disk is full, or `top` is on another disk.
    """
    work = root / ".fetch"
    with disk_full_as(FetchError, root):
        with file_errors(root):
            work.mkdir(parents=True, exist_ok=True)
        try:
            root_lock = lock_folder(root)
        except BlockingIOError:
            raise FetchError(f"another process is fetching into {root}; wait for it.") from None
        try:
            if top.exists() and top.stat().st_dev != work.stat().st_dev:
                raise FetchError(
                    f"{top} is on another disk than {root}; give a --data-root on that disk."
                )
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            yield work
        finally:
            shutil.rmtree(work / "unpacked", ignore_errors=True)
            with contextlib.suppress(OSError):  # not empty: a part of a download or kept archives
                work.rmdir()
            unlock_folder(root_lock)


def _is_filled(folder: Path) -> bool:
    """Tell if a folder exists and is not empty."""
    return folder.is_dir() and any(folder.iterdir())


def _source_note(archive: RemoteFile, *split: int) -> str:
    """The note of a fetched folder: its archive, and the numbers by which that was split."""
    return json.dumps({"archive": archive.name, "md5": archive.md5, "split": split})


def _read_source_note(folder: Path) -> str:
    """The note in a folder, "" if there is none."""
    try:
        return (folder / _NOTE_FILE).read_text()
    except (OSError, ValueError):
        return ""
