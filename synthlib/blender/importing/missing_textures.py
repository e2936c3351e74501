"""Images that a model refers to and that do not exist: loaded from nearby, or reported.

Blender's importers of .dae and USD files drop such images without a message, so the files
themselves are searched, as are .obj files and their material libraries. Images of other kinds of
files remain as images without pixels, which would render pink.
"""

import importlib
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import bpy

from synthlib.assets.formats import USD_SUFFIXES, read_obj_references, referenced_files


def missing_texture_names(path: Path) -> list[str]:
    """Names of the files that an .obj, .dae or USD file refers to and that do not exist.

    Returns:
        Names without folders; empty for other kinds of files, whose images can be checked after
        the import.
    """
    kind = path.suffix.lower()
    if kind == ".obj":
        return list(read_obj_references(path).missing)
    if kind == ".dae":
        return _missing_in_dae(path)
    return _missing_in_usd(path) if kind in USD_SUFFIXES else []


def relink_images(path: Path, folder: Path | None) -> None:
    """Load images without pixels from files of the same name that belong to the model.

    Args:
        path: The model file.
        folder: The folder that belongs to this model alone, or None; as for
            `formats.referenced_files`.
    """
    empty = [image for image in bpy.data.images if image.source == "FILE" and 0 in image.size]
    if not empty:
        return
    files_by_name = {file.name.lower(): file for file in referenced_files(path, folder)[0]}
    for image in empty:
        file = files_by_name.get(image_file_name(image).lower())
        if file is not None:
            image.filepath = str(file)
            image.reload()


def image_file_name(image: bpy.types.Image) -> str:
    """Name of an image's file without folders, with slashes of either kind."""
    path = image.filepath.replace("\\", "/").rstrip("/")
    return path.rsplit("/", 1)[-1] or image.name


def _missing_in_dae(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    names = re.findall(r"<image\b[^>]*>.*?<init_from>\s*(?:<ref>)?\s*([^<]+?)\s*<", text, re.S)
    names = [unquote(name).removeprefix("file://").replace("\\", "/") for name in names]
    return [name.rsplit("/", 1)[-1] for name in names if not (path.parent / name).is_file()]


def _missing_in_usd(path: Path) -> list[str]:
    """Missing assets according to USD's own library; empty if Blender comes without it."""
    libraries = Path(bpy.utils.system_resource("PYTHON") or ".", "lib")
    for folder in map(str, libraries.glob("python3*/site-packages")):
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        sdf = importlib.import_module("pxr.Sdf")
        usd = importlib.import_module("pxr.Usd")
    except ImportError:
        return []
    stage = usd.Stage.Open(str(path))
    names = []
    for prim in stage.Traverse() if stage else ():
        for attribute in prim.GetAttributes():
            value = attribute.Get()
            is_missing = isinstance(value, sdf.AssetPath) and value.path and not value.resolvedPath
            if is_missing and "<" not in value.path:  # <UDIM> stands for many files
                names.append(value.path.rsplit("/", 1)[-1])
    return list(dict.fromkeys(names))
