"""What an OBJ model is made of on disk, and under which licence; no bpy, so that plans can ask."""

import html
import re
from dataclasses import dataclass
from pathlib import Path

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
