"""Model files by format: which suffixes there are, and which other files each model needs.

Nothing here needs Blender, so that a plan can ask before anything is imported.
"""

import html
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthlib.utils.files import is_hidden, walk_files

MODEL_SUFFIXES = (
    *(".obj", ".glb", ".gltf", ".usdz", ".usdc", ".usda", ".usd"),
    *(".fbx", ".dae", ".blend", ".ply", ".stl"),
)
"""Suffixes of model files; of a model in several formats the first one in this order is used."""

USD_SUFFIXES = (".usdz", ".usdc", ".usda", ".usd")

UNKNOWN = "unknown"
"""Text that stands for an unknown licence or origin."""

_IMAGE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .tga .tif .tiff .bmp .gif .webp .exr .hdr .dds .sgi .rgb .jp2".split()
)

_STL_HEADER_BYTES = 84
_STL_FACE_BYTES = 50
"""Bytes of a binary STL's header, and of each of its triangles."""

_PLY_HEADER_BYTES = 1 << 16
"""Most bytes of a PLY file that are searched for its header."""

_KNOWN_LICENCES = (
    ("CC0-1.0", r"\bCC[- ]?(0|zero)\b|Creative Commons Zero|public domain"),
    ("CC-BY-SA", r"\bCC[- ]BY[- ]SA\b|Attribution[- ]Share ?-?Alike"),
    ("CC-BY-NC", r"\bCC[- ]BY[- ]NC\b|Attribution[- ]Non-?Commercial"),
    ("CC-BY", r"\bCC[- ]BY\b|Creative Commons Attribution"),
    ("MIT", r"\bMIT License\b"),
    ("GPL", r"GNU General Public License"),
)


# --- any format -----------------------------------------------------------------------------------


def declared_face_count(path: Path) -> int | None:
    """The number of faces that a file declares; None for formats that declare none.

    Raises:
        OSError: The file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        return read_obj_references(path).face_count
    if suffix == ".stl":
        if is_binary_stl(path):
            return (path.stat().st_size - _STL_HEADER_BYTES) // _STL_FACE_BYTES
        return sum(line.lstrip().lower().startswith(b"facet") for line in path.open("rb"))
    if suffix == ".ply":
        with path.open("rb") as file:
            head = file.read(_PLY_HEADER_BYTES)
        match = re.search(rb"element\s+face\s+(\d+)", head.split(b"end_header")[0])
        return int(match[1]) if match else 0
    return None


def is_binary_stl(path: Path) -> bool:
    """True if the file's length agrees with the face count in its header, or is slightly larger."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_STL_HEADER_BYTES)
    if len(head) < _STL_HEADER_BYTES:
        return False
    faces = struct.unpack_from("<I", head, 80)[0]
    return faces > 0 and 0 <= size - _STL_HEADER_BYTES - faces * _STL_FACE_BYTES < _STL_FACE_BYTES


def referenced_files(path: Path, folder: Path | None) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Find the files that determine the look of a model.

    Of an OBJ these are the files that it names. Of other formats they are the images and binary
    buffers below the model's folder, and the layers of USD.

    Args:
        path: The model's file.
        folder: The folder that belongs to the model alone. None if it shares its folder with other
            models: then the files next to it count, and those in subfolders without models.

    Returns:
        The files, beginning with the model's, and the names of missing ones.

    Raises:
        OSError: A file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        references = read_obj_references(path)
        return references.present, references.missing
    if suffix in (".stl", ".ply", ".usdz"):
        return (path,), ()
    suffixes = _IMAGE_SUFFIXES | {".bin"} | (set(USD_SUFFIXES) if suffix in USD_SUFFIXES else set())
    candidates = _shared_files(path.parent) if folder is None else walk_files(folder)
    needed = (file for file in candidates if file.suffix.lower() in suffixes and file.is_file())
    return (path, *sorted(file for file in needed if file != path)), ()


def _shared_files(folder: Path) -> Iterator[Path]:
    """The files of a folder with several models, and those of its subfolders without models."""
    for entry in (entry for entry in folder.iterdir() if not is_hidden(entry.name)):
        files = list(walk_files(entry)) if entry.is_dir() else [entry]
        if not entry.is_dir() or not any(file.suffix.lower() in MODEL_SUFFIXES for file in files):
            yield from files


def find_licence(folder: Path) -> str:
    """The licence that the first licence file of a folder names first.

    Returns:
        An SPDX-like name if the text is known, else "see <file name>"; `UNKNOWN` if there is no
        licence file.
    """
    for file in sorted(folder.iterdir()):
        if not re.search(r"licen[sc]e|copying|copyright", file.name, re.I) or not file.is_file():
            continue
        text = html.unescape(re.sub(r"<[^>]*>", " ", file.read_text(errors="replace")))
        matches = [
            (match.start(), name)
            for name, pattern in _KNOWN_LICENCES
            if (match := re.search(pattern, text, re.I))
        ]
        if not matches:
            return f"see {file.name}"
        start, name = min(matches)
        version = re.match(r"[^\n]{0,60}?(\d\.\d)", text[start:])
        return f"{name}-{version[1]}" if name.startswith("CC-") and version else name
    return UNKNOWN


# --- OBJ ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ObjReferences:
    """The files that an OBJ needs, and what Blender's importer does not read from them.

    Attributes:
        present: Files that exist, beginning with the OBJ.
        missing: Names of files that do not.
        face_count: Number of faces that the OBJ declares.
        alphas: Alpha, 1 - Tr in (0, 1), of the materials that give `Tr` and no `d`.
        missing_emission_maps: Materials whose emission map is missing.
    """

    present: tuple[Path, ...]
    missing: tuple[str, ...]
    face_count: int
    alphas: dict[str, float]
    missing_emission_maps: frozenset[str]


def read_obj_references(path: Path) -> ObjReferences:
    """Find the material libraries and textures of an OBJ, where Blender's importer finds them.

    Raises:
        OSError: A file cannot be read.
    """
    libraries = []
    face_count = 0
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"f "):
                face_count += 1
            elif line.startswith(b"mtllib"):
                libraries.append(line[6:].decode(errors="replace").strip())
    present: list[Path] = [path]
    missing: list[str] = []
    alphas: dict[str, float] = {}
    missing_emission_maps = set()
    for name in libraries:
        library = _resolve_reference(path, name)
        if library is None:
            missing.append(name)
            continue
        present.append(library)
        alphas |= _alphas_from_tr(library)
        for material, statement, arguments in _texture_statements(library):
            if image := _resolve_reference(library, arguments):
                present.append(image)
                continue
            missing.append(arguments.split()[-1])
            if statement == "map_ke":
                missing_emission_maps.add(material)
    return ObjReferences(
        present=tuple(dict.fromkeys(present)),
        missing=tuple(dict.fromkeys(missing)),
        face_count=face_count,
        alphas=alphas,
        missing_emission_maps=frozenset(missing_emission_maps),
    )


def _texture_statements(library: Path) -> list[tuple[str, str, str]]:
    """The texture statements of a material library.

    Each is its material, the statement in lower case, and its arguments: options and a file name.
    """
    statements = []
    material = ""
    for line in library.read_text(errors="replace").splitlines():
        if match := re.match(r"\s*newmtl\s+(.+)", line):
            material = match[1].strip()
        elif match := re.match(r"\s*(map_\w+|bump|norm|disp|refl)\s+(.+)", line, re.I):
            statements.append((material, match[1].lower(), match[2].strip()))
    return statements


def _alphas_from_tr(library: Path) -> dict[str, float]:
    """Alpha by material, from `Tr`, which Blender's importer ignores.

    `Tr 1` is left out: some files mean opaque by it, others invisible.
    """
    alphas: dict[str, float] = {}
    with_d = set()
    material = ""
    for line in library.read_text(errors="replace").splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "newmtl":
            material = value.strip()
        elif key == "d":
            with_d.add(material)
        elif key == "Tr" and re.fullmatch(r"\s*0?\.\d+\s*", value) and float(value) > 0.0:
            alphas[material] = 1.0 - float(value)
    return {name: alpha for name, alpha in alphas.items() if name not in with_d}


def _resolve_reference(file: Path, reference: str) -> Path | None:
    """The file that a statement in `file` names; the name may contain blanks or follow options."""
    words = reference.split()
    for name in (reference, reference.strip('"'), words[-1] if words else reference):
        path = file.parent / name.replace("\\", "/")
        if name and path.is_file():
            return path
    return None
