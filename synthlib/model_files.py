"""Model files by kind: which endings there are, which files each needs; no bpy."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from synthlib.files import walk_files
from synthlib.obj_files import read_obj_references

_ALL_SUFFIXES = ".obj .glb .gltf .usdz .usdc .usda .usd .fbx .dae .blend .ply .stl"
MODEL_SUFFIXES = tuple(str(kind) for kind in _ALL_SUFFIXES.split())
"""Endings of model files, the preferred first: of a model in several formats one is taken."""

USD_SUFFIXES = (".usdz", ".usdc", ".usda", ".usd")

_IMAGE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .tga .tif .tiff .bmp .gif .webp .exr .hdr .dds .sgi .rgb .jp2".split()
)
_STL_HEADER_BYTES, _STL_FACE_BYTES = 84, 50
"""Bytes of a binary STL's header, and of each of its triangles."""

_PLY_HEADER_BYTES = 1 << 16


def declared_face_count(path: Path) -> int | None:
    """How many faces the file says that it has; None for kinds that do not say. Raises OSError."""
    kind = path.suffix.lower()
    if kind == ".obj":
        return read_obj_references(path).face_count
    if kind == ".stl":
        if is_binary_stl(path):
            return (path.stat().st_size - _STL_HEADER_BYTES) // _STL_FACE_BYTES
        return sum(line.lstrip().lower().startswith(b"facet") for line in path.open("rb"))
    if kind == ".ply":
        with path.open("rb") as file:
            head = file.read(_PLY_HEADER_BYTES)
        found = re.search(rb"element\s+face\s+(\d+)", head.split(b"end_header")[0])
        return int(found[1]) if found else 0
    return None


def is_binary_stl(path: Path) -> bool:
    """Whether the file's length is what the count in its header asks for (or a little more)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_STL_HEADER_BYTES)
    if len(head) < _STL_HEADER_BYTES:
        return False
    faces = struct.unpack_from("<I", head, 80)[0]
    return faces > 0 and 0 <= size - _STL_HEADER_BYTES - faces * _STL_FACE_BYTES < _STL_FACE_BYTES


def referenced_files(path: Path, folder: Path | None) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files that fix what a model looks like, itself first, and the names of missing ones.

    Of an OBJ those that it names; of others the pictures and binary buffers below `folder`, the
    model's own, and for USD its layers. `folder` None: the model shares its folder with others, and
    what lies beside it or below a folder without models may be its own. Raises OSError.
    """
    kind = path.suffix.lower()
    if kind == ".obj":
        found = read_obj_references(path)
        return found.present, found.missing
    if kind in (".stl", ".ply", ".usdz"):
        return (path,), ()
    wanted = _IMAGE_SUFFIXES | {".bin"} | (set(USD_SUFFIXES) if kind in USD_SUFFIXES else set())
    near = _unclaimed_files(path.parent) if folder is None else walk_files(folder)
    beside = (file for file in near if file.suffix.lower() in wanted and file.is_file())
    return (path, *sorted(file for file in beside if file != path)), ()


def _unclaimed_files(folder: Path) -> Iterator[Path]:
    """The files of a folder with several models, and those below it that are of none of them."""
    for place in folder.iterdir():
        below = list(walk_files(place)) if place.is_dir() else [place]
        if not place.is_dir() or not any(file.suffix.lower() in MODEL_SUFFIXES for file in below):
            yield from below
