"""The other files that a model's file names: found where it says, or by name in the model's folder.

This is the only reading of those names. A model's digest covers the files that are found here, and
Blender is given the same files: an OBJ's materials and a DAE are rewritten for it, and an image
that is not among them is not used (`blender.importing.images`). Nothing here needs Blender.
"""

import gzip
import html
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

import zstandard

from synthlib.assets.formats import MODEL_SUFFIXES, USD_SUFFIXES, read_ply_header, read_xml
from synthlib.utils.files import is_hidden, printable_name, walk_files

_IMAGE_SUFFIXES = (
    ".png .jpg .jpeg .jpe .tga .tif .tiff .bmp .gif .webp .exr .hdr .dds .sgi .rgb .jp2".split()
)

_NAMED_SUFFIX = re.compile(
    rb"\.(?:%s)(?![a-z0-9])"
    % "|".join(s[1:] for s in [*_IMAGE_SUFFIXES, ".bin", ".blend", *USD_SUFFIXES]).encode(),
    re.IGNORECASE,
)
_NAME_BOUNDARY = re.compile(rb'[\x00-\x1f"<>|*?@]')

_OBJ_STATEMENT = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(mtllib|usemtl)[ \t]+([^\r\n]*)", re.IGNORECASE | re.MULTILINE
)
_MTL_TEXTURE = re.compile(r"map_\w+|bump|norm|disp|decal|refl")
_MTL_OPTIONS = re.compile(
    r"(?:-(?:[ost](?:\s+[-+.\deE]+){1,3}|mm\s+\S+\s+\S+"
    r"|(?:blendu|blendv|boost|bm|cc|clamp|imfchan|texres|type)\s+\S+)(?:\s+|$))*"
)
_MTL_KEYWORDS = {
    keyword.lower(): keyword
    for keyword in "Ka Kd Ks Ke Ns Ni Tf Pr Pm Ps Pc Pcr map_Kd map_Ks map_Ke map_Ns map_Bump "
    "map_Pr map_Pm map_Ps".split()
}
"""Spelling of the keywords that Blender reads only with these capital letters."""

_DAE_IMAGE = re.compile(r"(<image\b[^>]*>.*?<init_from>\s*(?:<ref>)?\s*)([^<]+?)(\s*<)", re.S)


class ModelFiles:
    """The files that belong to a model, and the search for those that it names.

    Args:
        model: The model's file.
        folder: The folder that belongs to the model alone. None if it shares its folder with other
            models: then the files next to it belong to it, and those in subfolders without models.
    """

    def __init__(self, model: Path, folder: Path | None) -> None:
        self._model = model
        self._folder = folder

    @cached_property
    def all(self) -> list[Path]:
        """The files, without the model's, sorted."""
        folder = self._folder
        files = walk_files(folder) if folder else _shared_files(self._model.parent)
        return sorted(file for file in files if file.is_file() and file != self._model)

    def find(self, name: str, start: Path | None = None) -> Path | None:
        """Find a file where its name says; else the file of that name that belongs to the model.

        Of several files of the same name, one whose folders are named alike too is preferred.

        Args:
            name: As the model's file gives it: a path with slashes of either kind.
            start: The folder that a relative path starts in; default: the model's.
        """
        name = name.replace("\\", "/")
        path = (start or self._model.parent) / name
        return path if os.path.isfile(path) else best_match(name, self.all)


def best_match(name: str, files: list[Path]) -> Path | None:
    """The one of some files that has a name, as in `ModelFiles.find`; None if no file has it.

    Upper and lower case are the same, and so are blanks and underscores.
    """
    parts = [_plain(part) for part in PurePosixPath(name.replace("\\", "/")).parts][::-1]

    def rank(file: Path) -> tuple[int, int, str]:
        pairs = zip(parts, map(_plain, file.parts[::-1]), strict=False)
        n_equal = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return -n_equal, len(file.parts), str(file)

    same_name = [file for file in files if parts and _plain(file.name) == parts[0]]
    return min(same_name, key=rank, default=None)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")


def base_name(name: str) -> str:
    """A file's name without folders, with slashes of either kind; printable."""
    return printable_name(name.replace("\\", "/").rstrip("/").rpartition("/")[2])


def referenced_files(path: Path, folder: Path | None) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Find the files that determine the look of a model.

    Of an OBJ, DAE or PLY these are the files that it names. Of other formats they are the images
    and buffers that belong to the model, the layers of USD, and what it names elsewhere.

    Args:
        path: The model's file.
        folder: The folder that belongs to the model alone; None as for `ModelFiles`.

    Returns:
        The files, beginning with the model's, and the names of missing ones.

    Raises:
        OSError: A file cannot be read.
    """
    kind = path.suffix.lower()
    if kind == ".obj":
        obj = read_obj(path, folder)
        return obj.files, obj.missing_libraries + _missing(obj.images)
    if kind in (".dae", ".ply", ".stl"):
        images = named_images(path, folder)
        found = [file for file in images.values() if file]
        return tuple(dict.fromkeys([path, *found])), _missing(images)
    suffixes = {*_IMAGE_SUFFIXES, ".bin", *(USD_SUFFIXES if kind in USD_SUFFIXES else ())}
    belonging = [f for f in ModelFiles(path, folder).all if f.suffix.lower() in suffixes]
    return (path, *belonging, *sorted(_named_elsewhere(path, belonging))), ()


def named_images(path: Path, folder: Path | None) -> dict[str, Path | None]:
    """The images that a text file or a glTF names, each with its file, or None if it is missing.

    Empty for other formats. An embedded image has no file of its own and counts as the model's.
    """
    kind = path.suffix.lower()
    find = ModelFiles(path, folder).find
    if kind == ".obj":
        return read_obj(path, folder).images
    if kind == ".dae":
        return read_dae(path, folder)[1]
    if kind == ".ply":
        names = re.findall(r"comment\s+TextureFile\s+([^\r\n]+)", read_ply_header(path))
        return {name.strip(): find(name.strip()) for name in names}
    images: dict[str, Path | None] = {}
    if kind in (".gltf", ".glb"):
        for index, image in enumerate(json.loads(read_gltf(path)[0]).get("images", ())):
            uri = image.get("uri", "")
            if uri and not uri.startswith("data:"):
                images[unquote(uri)] = find(unquote(uri))
            else:
                images[image.get("name") or f"Image_{index}"] = path
    return images


def read_gltf(path: Path) -> tuple[bytes, bytes]:
    """The JSON text of a .gltf or .glb, and the binary chunk of a .glb."""
    content = path.read_bytes()
    if path.suffix.lower() != ".glb":
        return content, b""
    end = 20 + int.from_bytes(content[12:16], "little")
    return content[20:end], content[end + 8 :]


def _missing(images: dict[str, Path | None]) -> tuple[str, ...]:
    return tuple(base_name(name) for name, file in images.items() if file is None)


def _shared_files(folder: Path) -> Iterator[Path]:
    """The files of a folder with several models, and those of its subfolders without models."""
    for entry in (entry for entry in folder.iterdir() if not is_hidden(entry.name)):
        files = list(walk_files(entry)) if entry.is_dir() else [entry]
        if not entry.is_dir() or not any(file.suffix.lower() in MODEL_SUFFIXES for file in files):
            yield from files


def _named_elsewhere(path: Path, known: list[Path]) -> set[Path]:
    """Other files that a model names, and those that its libraries and layers name."""
    found = {Path(os.path.abspath(file)) for file in [path, *known]}
    at_hand = found.copy()
    queue = [path]
    for file in queue:
        new = _names_in(file) - found
        found |= new
        queue += [each for each in new if each.suffix.lower() in (".blend", *USD_SUFFIXES)]
    return found - at_hand


def _names_in(path: Path) -> set[Path]:
    """The existing files that a file names, in its text or between its bytes."""
    content = _uncompressed(path.read_bytes())
    names = {
        _NAME_BOUNDARY.split(content[max(0, match.start() - 300) : match.end()])[-1]
        for match in _NAMED_SUFFIX.finditer(content)
    }
    texts = [unquote(os.fsdecode(name)).removeprefix("file://") for name in names]
    # Two slashes at the beginning are Blender's for a relative path.
    files = [path.parent / text.replace("\\", "/").removeprefix("//") for text in texts]
    return {Path(os.path.abspath(file)) for file in files if os.path.isfile(file)}


def _uncompressed(content: bytes) -> bytes:
    """The content of a .blend that may be compressed, of other files unchanged."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        if content.startswith(b"\x28\xb5\x2f\xfd"):
            frames = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
            return frames.read()
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        pass  # broken: the worker that renders it says so
    return content


# --- OBJ ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ObjFile:
    """The files that an OBJ needs.

    Attributes:
        files: Those that exist, beginning with the OBJ.
        missing_libraries: Names of material libraries that do not exist, if materials are missing.
        images: The images of its materials by name; None for one that is missing.
        materials: Text of a material library for Blender: the materials that the OBJ uses, with
            the absolute paths of their images.
    """

    files: tuple[Path, ...]
    missing_libraries: tuple[str, ...]
    images: dict[str, Path | None]
    materials: str


def read_obj(path: Path, folder: Path | None) -> ObjFile:
    """Read the materials of an OBJ from its material libraries.

    As in Blender, <its name>.mtl is one of them, and the first definition of a material counts.

    Args:
        path: The OBJ.
        folder: The folder that belongs to the model alone; None as for `ModelFiles`.

    Raises:
        OSError: A file cannot be read.
    """
    named: list[str] = []
    used: set[str] = set()
    for keyword, value in _OBJ_STATEMENT.findall(path.read_bytes()):
        text = value.decode("utf-8", "surrogateescape").strip()
        named.append(text.strip('"')) if keyword.lower() == b"mtllib" else used.add(text)
    model_files = ModelFiles(path, folder)
    found = {name: model_files.find(name) for name in dict.fromkeys(named)}
    own = path.with_suffix(".mtl")
    libraries = [file for file in found.values() if file] + ([own] if own.is_file() else [])
    blocks: dict[str, tuple[Path, list[tuple[str, str]]]] = {}
    for library in dict.fromkeys(libraries):
        for material, statements in _read_library(library).items():
            blocks.setdefault(material, (library, statements))
    images: dict[str, Path | None] = {}
    lines = []
    for material in [name for name in blocks if name in used] if used else blocks:
        library, statements = blocks[material]
        lines += [f"newmtl {material}"]
        lines += _blender_statements(
            statements, lambda name, start=library.parent: model_files.find(name, start), images
        )
    present = [file for file in images.values() if file]
    return ObjFile(
        files=tuple(dict.fromkeys([path, *libraries, *present])),
        missing_libraries=tuple(
            base_name(name) for name, file in found.items() if not file and used - blocks.keys()
        ),
        images=images,
        materials="\n".join(lines) + "\n",
    )


def _read_library(library: Path) -> dict[str, list[tuple[str, str]]]:
    """The statements of each material of a library: keyword in lower case, and arguments."""
    text = library.read_bytes().decode("utf-8-sig", "surrogateescape")
    blocks: dict[str, list[tuple[str, str]]] = {}
    statements: list[tuple[str, str]] = []
    for line in re.split(r"[\r\n]+", text):
        keyword, *arguments = line.split(None, 1)[:2] or [""]
        if keyword.lower() == "newmtl" and arguments:
            statements = []
            blocks.setdefault(arguments[0].strip(), statements)
        elif arguments:
            statements.append((keyword.lower(), arguments[0].strip()))
    return blocks


def _blender_statements(
    statements: list[tuple[str, str]],
    find: Callable[[str], Path | None],
    images: dict[str, Path | None],
) -> Iterator[str]:
    """A material's statements as Blender reads them; adds its images to `images`.

    A missing image is left out, with the light that it would distribute. `Tr`, which Blender does
    not read, becomes `d`; `Tr 1` does not: some files mean opaque by it, others invisible.
    """
    keywords = {keyword for keyword, _ in statements}
    textures = []
    for keyword, arguments in statements:
        if not _MTL_TEXTURE.fullmatch(keyword):
            continue
        match = _MTL_OPTIONS.match(arguments)
        options = match[0] if match else ""
        name = arguments[len(options) :].strip().strip('"')
        if not name:
            continue
        if name.startswith("-"):  # an option that nobody knows
            name = name.split()[-1]
        file = find(name)
        images[name] = file
        textures.append((keyword, options, file))
    dark = any(keyword == "map_ke" and file is None for keyword, _, file in textures)
    for keyword, arguments in statements:
        if keyword == "tr" and "d" not in keywords and re.fullmatch(r"0?\.\d*[1-9]\d*", arguments):
            yield f"d {1.0 - float(arguments)}"
        elif not _MTL_TEXTURE.fullmatch(keyword) and not (keyword == "ke" and dark):
            yield f"{_MTL_KEYWORDS.get(keyword, keyword)} {arguments}"
    for keyword, options, file in textures:
        if file is not None:
            yield f"{_MTL_KEYWORDS.get(keyword, keyword)} {options}{file.resolve()}"


# --- DAE ------------------------------------------------------------------------------------------


def read_dae(path: Path, folder: Path | None) -> tuple[str, dict[str, Path | None]]:
    """Read a DAE and find its images.

    Args:
        path: The DAE.
        folder: The folder that belongs to the model alone; None as for `ModelFiles`.

    Returns:
        Its text with the absolute paths of the images, without an XML declaration, and the
        images by name; None for one that is missing.

    Raises:
        OSError: The file cannot be read.
    """
    model_files = ModelFiles(path, folder)
    images: dict[str, Path | None] = {}

    def locate(match: re.Match) -> str:
        name = unquote(html.unescape(match[2])).removeprefix("file://")
        file = images[name] = model_files.find(name)
        return match[1] + (quote(os.fsencode(file.resolve())) if file else match[2]) + match[3]

    text = re.sub(r"^\s*<\?xml.*?\?>", "", read_xml(path), flags=re.S)
    return _DAE_IMAGE.sub(locate, text), images
