"""Pictures that a model names and that are not where it says: found nearby, or named.

Blender's importers of .usd and .dae drop such pictures without a word; of the other kinds they stay
as images without pixels, which would render pink.
"""

import importlib
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import bpy

from synthlib.assets.formats import USD_SUFFIXES, read_obj_references, referenced_files


def missing_texture_names(path: Path) -> list[str]:
    """The files that a model names in vain, of the kinds whose importers say nothing of it."""
    kind = path.suffix.lower()
    if kind == ".obj":
        return list(read_obj_references(path).missing)
    if kind == ".dae":
        return _missing_in_dae(path)
    return _missing_in_usd(path) if kind in USD_SUFFIXES else []


def relink_images(path: Path, folder: Path | None) -> None:
    """Loads images without pixels from a file of the same name among the model's (`files_of`)."""
    lost = [image for image in bpy.data.images if image.source == "FILE" and 0 in image.size]
    if not lost:
        return
    near = {file.name.lower(): file for file in referenced_files(path, folder)[0]}
    for image in lost:
        found = near.get(image_file_name(image).lower())
        if found is not None:
            image.filepath = str(found)
            image.reload()


def image_file_name(image: bpy.types.Image) -> str:
    """The name of an image's file without its folders, however these are written."""
    path = image.filepath.replace("\\", "/").rstrip("/")
    return path.rsplit("/", 1)[-1] or image.name


def _missing_in_dae(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    names = re.findall(r"<image\b[^>]*>.*?<init_from>\s*(?:<ref>)?\s*([^<]+?)\s*<", text, re.S)
    names = [unquote(name).removeprefix("file://").replace("\\", "/") for name in names]
    return [name.rsplit("/", 1)[-1] for name in names if not (path.parent / name).is_file()]


def _missing_in_usd(path: Path) -> list[str]:
    """By USD's own library, which Blender brings; nothing where it lacks it."""
    packages = Path(bpy.utils.system_resource("PYTHON") or ".", "lib")
    for folder in map(str, packages.glob("python3*/site-packages")):
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        sdf, usd = importlib.import_module("pxr.Sdf"), importlib.import_module("pxr.Usd")
    except ImportError:
        return []
    stage, names = usd.Stage.Open(str(path)), []
    for prim in stage.Traverse() if stage else ():
        for attribute in prim.GetAttributes():
            value = attribute.Get()
            lost = isinstance(value, sdf.AssetPath) and value.path and not value.resolvedPath
            if lost and "<" not in value.path:  # <UDIM>: many files by one name
                names.append(value.path.rsplit("/", 1)[-1])
    return list(dict.fromkeys(names))
