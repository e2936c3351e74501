"""Model files by kind: which endings there are, which files each needs; no bpy."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from synthlib.files import files_below
from synthlib.obj_files import obj_files

_ALL = ".obj .glb .gltf .usdz .usdc .usda .usd .fbx .dae .blend .ply .stl"
KINDS = tuple(str(kind) for kind in _ALL.split())
"""Endings of model files, the preferred first: of a model in several formats one is taken."""

USD_KINDS = (".usdz", ".usdc", ".usda", ".usd")

_PICTURES = frozenset(
    ".png .jpg .jpeg .jpe .tga .tif .tiff .bmp .gif .webp .exr .hdr .dds .sgi .rgb .jp2".split()
)
_STL_HEAD, _STL_FACE = 84, 50
"""Bytes of a binary STL's header, and of each of its triangles."""

_HEAD = 1 << 16


def declared_faces(path: Path) -> int | None:
    """How many faces the file says that it has; None for kinds that do not say. Raises OSError."""
    kind = path.suffix.lower()
    if kind == ".obj":
        return obj_files(path).faces
    if kind == ".stl":
        if is_binary_stl(path):
            return (path.stat().st_size - _STL_HEAD) // _STL_FACE
        return sum(line.lstrip().lower().startswith(b"facet") for line in path.open("rb"))
    if kind == ".ply":
        with path.open("rb") as file:
            head = file.read(_HEAD)
        found = re.search(rb"element\s+face\s+(\d+)", head.split(b"end_header")[0])
        return int(found[1]) if found else 0
    return None


def is_binary_stl(path: Path) -> bool:
    """Whether the file's length is what the count in its header asks for (or a little more)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_STL_HEAD)
    if len(head) < _STL_HEAD:
        return False
    faces = struct.unpack_from("<I", head, 80)[0]
    return faces > 0 and 0 <= size - _STL_HEAD - faces * _STL_FACE < _STL_FACE


def files_of(path: Path, folder: Path | None) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files that fix what a model looks like, itself first, and the names of missing ones.

    Of an OBJ those that it names; of others the pictures and binary buffers below `folder`, the
    model's own, and for USD its layers. `folder` None: the model shares its folder with others, and
    what lies beside it or below a folder without models may be its own. Raises OSError.
    """
    kind = path.suffix.lower()
    if kind == ".obj":
        found = obj_files(path)
        return found.present, found.missing
    if kind in (".stl", ".ply", ".usdz"):
        return (path,), ()
    wanted = _PICTURES | {".bin"} | (set(USD_KINDS) if kind in USD_KINDS else set())
    near = _shared(path.parent) if folder is None else files_below(folder)
    beside = (file for file in near if file.suffix.lower() in wanted and file.is_file())
    return (path, *sorted(file for file in beside if file != path)), ()


def _shared(folder: Path) -> Iterator[Path]:
    """The files of a folder with several models, and those below it that are of none of them."""
    for place in folder.iterdir():
        below = list(files_below(place)) if place.is_dir() else [place]
        if not place.is_dir() or not any(file.suffix.lower() in KINDS for file in below):
            yield from below
