"""Paths, digests, and files that are written completely or not at all."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from synthlib import __version__
from synthlib.utils.errors import ParameterError, SynthlibError, file_errors

STUDY_MARKER = "synthlib.yaml"
"""File of a study folder that states the version of synthlib which made it."""

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parent

_ABSOLUTE_PATH = re.compile(r"(?<![\w<.:/])/(?:[A-Za-z_][\w.-]*)/[\w./-]*")
"""A path such as `/home/name`, but no address (`https://...`), relative path or HTML tag."""


_SYSTEM_NAMES = {
    *("__macosx", "@eadir", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"),
    *("$recycle.bin", "system volume information", "lost+found"),
}
"""Folders that macOS, network storages, Windows and Linux make by themselves, in lower case."""

_FILE_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def digest(content: Any) -> str:
    """First 12 hex digits of the SHA-256 of a value's canonical JSON (sorted keys, no spaces).

    Raises:
        TypeError: The value cannot be written as JSON.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- paths ----------------------------------------------------------------------------------------


def project_dir() -> Path:
    """The folder of the study: its `params/` and `notebooks/` are read, relative paths start here.

    It is the nearest folder at or above the working folder that has `params/scales/`, which is a
    checkout or a folder that `synthlib init` made; else that in the environment variable
    `SYNTHLIB_PROJECT`; else the checkout that contains this package.

    Raises:
        ParameterError: There is none, or it is a study folder of another version of synthlib.
    """
    working_dir = Path.cwd()
    named = os.environ.get("SYNTHLIB_PROJECT", "")
    nearest = (f for f in (working_dir, *working_dir.parents) if _has_params(f))
    if folder := next(nearest, None):
        _check_study_version(folder)
        return folder
    if named:
        folder = Path(named).expanduser().absolute()
        if not _has_params(folder):
            raise ParameterError(
                f"SYNTHLIB_PROJECT names {folder}, which has no params/scales/: name a study "
                "folder, such as `synthlib init FOLDER` makes"
            )
        _check_study_version(folder)
        return folder
    if _has_params(_CHECKOUT):
        return _CHECKOUT
    raise ParameterError(
        f"no study folder is at or above {working_dir}: make one with `synthlib init FOLDER` and "
        "work in it, or name one in SYNTHLIB_PROJECT"
    )


def study_sources() -> Path:
    """The folder of the notebooks, parameter files and pinned versions of this version of synthlib.

    It is the checkout that contains this package, or a folder of an installed wheel.
    """
    return _CHECKOUT if _has_params(_CHECKOUT) else _PACKAGE / "study_files"


def _has_params(folder: Path) -> bool:
    return (folder / "params" / "scales").is_dir()


def _check_study_version(folder: Path) -> None:
    """Raise a ParameterError if a folder was made by an incompatible version of synthlib.

    Versions are compatible if they differ only behind the second dot. A checkout has no marker.
    """
    marker = folder / STUDY_MARKER
    if not marker.exists():
        return
    made_by = re.search(r"^version: (\d+\.\d+)(\.\w+)*$", read_text(marker), re.MULTILINE)
    if made_by is None:
        raise ParameterError(f"{marker} has no line such as `version: {__version__}`: restore it")
    if made_by[1] != ".".join(__version__.split(".")[:2]):
        version = made_by[0].removeprefix("version: ")
        raise ParameterError(
            f"{folder} is a study folder of synthlib {version}, and this is {__version__}: make a "
            "new one with `synthlib init FOLDER` and copy what you changed in params/ and "
            f"notebooks/, or install synthlib {version}"
        )


def resolve_in_project(path: str | Path) -> Path:
    """Resolve a user's path: a relative one starts at the study's folder (`project_dir`).

    Every process resolves it to the same file, whatever its working folder is (a notebook's is
    `notebooks/`).

    Raises:
        ParameterError: The path starts with an unknown `~user`, or there is no study folder.
    """
    try:
        expanded = Path(path).expanduser()
    except RuntimeError as error:
        raise ParameterError(f"{path}: there is no such user's folder on this machine") from error
    return expanded if expanded.is_absolute() else project_dir() / expanded


def data_root(folder: str = "") -> Path:
    """The folder of photographs and models.

    Args:
        folder: The user's path, resolved by `resolve_in_project`; empty: that in the environment
            variable `SYNTHLIB_DATA`.

    Raises:
        ParameterError: Neither is given, or the folder does not exist.
    """
    user_path = folder or os.environ.get("SYNTHLIB_DATA", "")
    root = resolve_in_project(user_path)
    if not user_path or not root.is_dir():
        advice = (
            "set the parameter data_root or the environment variable SYNTHLIB_DATA to the folder "
            "that holds imagenet/ and places/"
        )
        fault = f"data root {root}: no such folder" if user_path else "no data root is given"
        raise ParameterError(f"{fault}; {advice}")
    return root


def is_hidden(name: str) -> bool:
    """True for the name of a file or folder that a program made for itself, and not the user.

    Examples:
        >>> [is_hidden(name) for name in (".ipynb_checkpoints", "._x.jpg", "@eaDir", "kitchen")]
        [True, True, True, False]
    """
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def visible_folders(folder: Path) -> list[Path]:
    """The folders in a folder that are not hidden (`is_hidden`), sorted; none if it is missing."""
    return sorted(path for path in folder.glob("*") if path.is_dir() and not is_hidden(path.name))


def walk_files(folder: Path) -> Iterator[Path]:
    """Iterate over the files below a folder and below the folders it links to, in no fixed order.

    Hidden files and folders (`is_hidden`) are left out: trash, thumbnails, editors' copies. A link
    to a folder that contains the link is not followed, as the iteration would never end.
    """
    for current_path, subfolders, file_names in os.walk(folder, followlinks=True):
        current = Path(current_path)
        subfolders[:] = [name for name in subfolders if not is_hidden(name)]
        link_targets = {
            name: (current / name).resolve() for name in subfolders if (current / name).is_symlink()
        }
        enclosing = {current.resolve(), *current.resolve().parents}
        # os.walk descends into the folders that this list contains afterwards
        subfolders[:] = [name for name in subfolders if link_targets.get(name) not in enclosing]
        yield from (current / name for name in file_names if not is_hidden(name))


def irregular_kind(path: Path) -> str:
    """Name of what a path is if it is not a regular file, such as "a named pipe"; "" if it is one.

    Reading a pipe or a device may never end.

    Raises:
        OSError: The path does not exist, or is a link to one that does not.
    """
    mode = path.stat().st_mode
    return "" if stat.S_ISREG(mode) else _FILE_KINDS.get(stat.S_IFMT(mode), "of an unknown kind")


def read_text(path: Path) -> str:
    """Read a text file of the user.

    Raises:
        ParameterError: The file is not UTF-8; the message names its first other byte.
        FileError: The file cannot be read.
    """
    with file_errors(path, "read"):
        content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ParameterError(
            f"{path} is not UTF-8 (byte {content[error.start]:#x} in line {line}): save it as UTF-8"
        ) from error


def printable_name(name: str) -> str:
    r"""Make a text with file names printable: a byte that is not UTF-8 becomes an escape (\xe9)."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def raise_on_absolute_paths(name: str, text: str) -> None:
    """Check that a text to be published contains no absolute path.

    Args:
        name: Name of the text in the message, such as its file's name.
        text: The text.

    Raises:
        SynthlibError: The text contains an absolute path.
    """
    if match := _ABSOLUTE_PATH.search(text):
        raise SynthlibError(f"{name} would name a path of this machine: {match[0]}")


def shorten_absolute_paths(text: str) -> str:
    """A text to be published, with the last part of each absolute path in its place.

    Examples:
        >>> shorten_absolute_paths("/models/cup/cup.obj is broken")
        'cup.obj is broken'
    """
    return _ABSOLUTE_PATH.sub(lambda match: match[0].rstrip("/").rpartition("/")[2], text)


# --- writing --------------------------------------------------------------------------------------


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file completely or not at all: temporary file, fsync, rename.

    Missing folders are created; an existing file is replaced.

    Args:
        path: The file.
        content: Its content; text is written as UTF-8.

    Raises:
        FileError: The disk is full or the folder cannot be written to.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def remove_stale_temporaries(folder: Path) -> None:
    """Remove the temporary files of processes that were killed inside `write_atomic`.

    A temporary file's name contains the id of the process that wrote it. That process may run on
    another machine, where this one cannot look it up. So call this function only on a folder that
    this process has locked.
    """
    for temporary in folder.glob(".*.tmp"):
        pid = temporary.name.split(".")[-2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            temporary.unlink(missing_ok=True)
