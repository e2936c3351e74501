"""Model files by kind: which endings there are, which files each needs; no bpy.

What an OBJ model is made of on disk, and under which licence; no bpy, so that plans can ask.
"""

import html
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthlib.utils.files import walk_files

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


_KNOWN_LICENCES = (
    ("CC0-1.0", r"\bCC[- ]?(0|zero)\b|Creative Commons Zero|public domain"),
    ("CC-BY-SA", r"\bCC[- ]BY[- ]SA\b|Attribution[- ]Share ?-?Alike"),
    ("CC-BY-NC", r"\bCC[- ]BY[- ]NC\b|Attribution[- ]Non-?Commercial"),
    ("CC-BY", r"\bCC[- ]BY\b|Creative Commons Attribution"),
    ("MIT", r"\bMIT License\b"),
    ("GPL", r"GNU General Public License"),
)


@dataclass(frozen=True)
class ObjReferences:
    """The files an OBJ needs: those that are there, and the names of those that are not.

    faces: how many it declares; alphas: of materials that give `Tr` and no `d`, 1 - Tr in (0, 1);
    unlit: materials whose picture of their own light is missing.
    """

    present: tuple[Path, ...]
    missing: tuple[str, ...]
    face_count: int
    alphas: dict[str, float]
    missing_emission_maps: frozenset[str]


def read_obj_references(path: Path) -> ObjReferences:
    """The OBJ, its material libraries and their textures, found as the importer finds them."""
    present, missing, libraries, faces = [path], [], [], 0
    alphas, unlit = {}, set()
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"f "):
                faces += 1
            elif line.startswith(b"mtllib"):
                libraries.append(line[6:].decode(errors="replace").strip())
    for library in libraries:
        found = _resolve_reference(path, library)
        if found is None:
            missing.append(library)
            continue
        present.append(found)
        alphas |= _alphas_from_tr(found)
        for material, kind, texture in _texture_statements(found):
            image = _resolve_reference(found, texture)
            present.append(image) if image else missing.append(texture.split()[-1])
            if image is None and kind == "map_ke":
                unlit.add(material)
    there, absent = tuple(dict.fromkeys(present)), tuple(dict.fromkeys(missing))
    return ObjReferences(there, absent, faces, alphas, frozenset(unlit))


def find_licence(path: Path) -> str:
    """The licence named first by a licence file beside the model, or "unknown".

    An SPDX-like name where the text is known, else "see <file name>".
    """
    for file in sorted(path.parent.iterdir()):
        if not re.search(r"licen[sc]e|copying|copyright", file.name, re.I) or not file.is_file():
            continue
        text = html.unescape(re.sub(r"<[^>]*>", " ", file.read_text(errors="replace")))
        matches = [
            (m.start(), name)
            for name, pattern in _KNOWN_LICENCES
            if (m := re.search(pattern, text, re.I))
        ]
        if not matches:
            return f"see {file.name}"
        start, name = min(matches)
        version = re.match(r"[^\n]{0,60}?(\d\.\d)", text[start:])
        return f"{name}-{version[1]}" if name.startswith("CC-") and version else name
    return "unknown"


def _texture_statements(library: Path) -> list[tuple[str, str, str]]:
    """The library's map statements: material, statement, and arguments (options, a file name)."""
    found, name = [], ""
    for line in library.read_text(errors="replace").splitlines():
        if match := re.match(r"\s*newmtl\s+(.+)", line):
            name = match[1].strip()
        elif match := re.match(r"\s*(map_\w+|bump|norm|disp|refl)\s+(.+)", line, re.I):
            found.append((name, match[1].lower(), match[2].strip()))
    return found


def _alphas_from_tr(library: Path) -> dict[str, float]:
    """Blender ignores `Tr`. Tr 1 is left out: as many files mean opaque by it as invisible."""
    found: dict[str, float] = {}
    solid, name = set(), ""
    for line in library.read_text(errors="replace").splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "newmtl":
            name = value.strip()
        elif key == "d":
            solid.add(name)
        elif key == "Tr" and re.fullmatch(r"\s*0?\.\d+\s*", value) and float(value) > 0.0:
            found[name] = 1.0 - float(value)
    return {name: alpha for name, alpha in found.items() if name not in solid}


def _resolve_reference(file: Path, name: str) -> Path | None:
    """The file that a statement of `file` names: with blanks in it, or after options."""
    for candidate in (name, name.strip('"'), name.split()[-1] if name.split() else name):
        path = file.parent / candidate.replace("\\", "/")
        if candidate and path.is_file():
            return path
    return None
