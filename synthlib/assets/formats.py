"""Model files by format: which suffixes there are, what a file declares, and its licence.

Nothing here needs Blender, so that a plan can ask before anything is imported.
"""

import codecs
import html
import os
import re
import struct
from pathlib import Path

MODEL_SUFFIXES = (
    *(".obj", ".glb", ".gltf", ".usdz", ".usdc", ".usda", ".usd"),
    *(".fbx", ".dae", ".blend", ".ply", ".stl"),
)
"""Suffixes of model files; of a model in several formats the first one in this order is used."""

USD_SUFFIXES = (".usdz", ".usdc", ".usda", ".usd")

UNKNOWN = "unknown"
"""Text that stands for an unknown licence or origin."""

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


def declared_face_count(path: Path) -> int | None:
    """The number of faces that a file declares; None for formats that declare none.

    Raises:
        OSError: The file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        with path.open("rb") as file:
            return sum(line.startswith(b"f ") for line in file)
    if suffix == ".stl":
        if is_binary_stl(path):
            return (path.stat().st_size - _STL_HEADER_BYTES) // _STL_FACE_BYTES
        return sum(line.lstrip().lower().startswith(b"facet") for line in path.open("rb"))
    if suffix == ".ply":
        match = re.search(r"element\s+face\s+(\d+)", read_ply_header(path))
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


def read_ply_header(path: Path) -> str:
    """The header of a PLY file."""
    with path.open("rb") as file:
        return os.fsdecode(file.read(_PLY_HEADER_BYTES).split(b"end_header")[0])


def read_xml(path: Path) -> str:
    """The text of an XML file, in the encoding that its first bytes or its declaration tell.

    Bytes that are not of this encoding are replaced.
    """
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", "replace")
    declared = re.match(rb"[^>]{0,100}encoding\s*=\s*[\"']((?!utf-16)[\w.-]+)", content, re.I)
    try:
        return content.decode(declared[1].decode() if declared else "utf-8", "replace")
    except LookupError:  # an encoding that Python does not know
        return content.decode("utf-8", "replace")


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
