"""Digests, places, and files that are there whole or not at all."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthlib.utils.errors import ParameterError, SynthlibError, file_errors

_ABSOLUTE_PATH = re.compile(r"(?<![\w<.:/])/(?:[A-Za-z_][\w.-]*)/[\w./-]*")


def digest(content: Any) -> str:
    """First 12 hex digits of SHA-256 over canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def project_dir() -> Path:
    """The project's folder: the nearest one above the working folder that has `params/scales/`,
    else the checkout this package lies in."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params" / "scales").is_dir():
            return folder
    return Path(__file__).resolve().parents[2]


def resolve_in_project(path: str | Path) -> Path:
    """A path that a person gave: a relative one lies in the project's folder, wherever the process
    works that reads it (a notebook's does in `notebooks/`).

    Raises ParameterError on an unknown ~user.
    """
    try:
        return project_dir() / Path(path).expanduser()
    except RuntimeError as error:
        raise ParameterError(f"{path}: there is no such user's folder on this machine") from error


def walk_files(folder: Path) -> Iterator[Path]:
    """All files below a folder, those of linked folders too, in no order; a link to a folder above
    itself, which would never end, is not followed."""
    for top, folders, names in os.walk(folder, followlinks=True):
        here = Path(top)
        linked = {name: (here / name).resolve() for name in folders if (here / name).is_symlink()}
        around = {here.resolve(), *here.resolve().parents}
        folders[:] = [name for name in folders if linked.get(name) not in around]
        yield from (here / name for name in names)


def printable_name(name: str) -> str:
    r"""A file's name as text that can be printed and kept: a byte that is not UTF-8 as \xe9."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def raise_on_absolute_paths(name: str, text: str) -> None:
    """Raises SynthlibError if a text that is to be published names an absolute path."""
    found = _ABSOLUTE_PATH.search(text)
    if found:
        raise SynthlibError(f"{name} would name a path of this machine: {found[0]}")


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there whole or not at all: temporary file, fsync, rename.

    Raises FileError, which names the path, if the disk is full or the place cannot be written.
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


def data_root(folder: str = "") -> Path:
    """The data's folder: `param`, or `$SYNTHLIB_DATA` when that is empty; ParameterError if none."""
    given = folder or os.environ.get("SYNTHLIB_DATA", "")
    root = resolve_in_project(given)
    if not given or not root.is_dir():
        raise ParameterError(
            f"data root {root if given else 'not given'}: no such folder; set the parameter "
            "data_root or the environment variable SYNTHLIB_DATA to the folder that holds "
            "imagenet/ and places/"
        )
    return root
