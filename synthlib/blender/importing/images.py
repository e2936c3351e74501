"""Images of a model that is imported: Blender gets the files that the model's digest covers.

Blender's importers of .obj, .dae and USD files look for images in their own ways, and drop those
that they do not find. So they are given a copy of the file that names what `assets.references`
found. Afterwards every image that is missing, unreadable or unused is reported.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import bpy

from synthlib.assets.formats import USD_SUFFIXES
from synthlib.assets.references import (
    ModelFiles,
    base_name,
    best_match,
    named_images,
    read_dae,
    read_obj,
    referenced_files,
)
from synthlib.assets.validation import image_fault, is_cut_off_jpeg

_PLAIN_COLOUR = "its material's plain colour is used"


def stage_model(
    path: Path, folder: Path | None, scratch: Path, warn: Callable[[str], None]
) -> tuple[Path, dict[str, Path | None]]:
    """Prepare a model file for Blender's importer.

    Args:
        path: The model file.
        folder: The folder that belongs to this model alone, or None; as for
            `references.ModelFiles`.
        scratch: An empty folder for a copy of the file.
        warn: Called with one sentence for each material library that is missing.

    Returns:
        The file to import, and the images that the model names, with None for missing ones.
    """
    kind = path.suffix.lower()
    copy = scratch / f"model{kind}"
    if kind == ".obj":
        obj = read_obj(path, folder)
        for name in obj.missing_libraries:
            warn(f"lost texture: {name} is missing; its materials are grey")
        copy.symlink_to(path.resolve())
        copy.with_suffix(".mtl").write_bytes(os.fsencode(obj.materials))
        return copy, obj.images
    if kind == ".dae":
        text, images = read_dae(path, folder)
        copy.write_text(text, encoding="utf-8")
        return copy, images
    if kind in USD_SUFFIXES:
        return _stage_usd(path, folder, copy.with_suffix(".usda"))
    return path, named_images(path, folder)


def relink_images(path: Path, folder: Path | None) -> None:
    """Let images be those that belong to the model, which its digest covers, and no others.

    An image that is elsewhere, or that does not exist, becomes the file of the same name that
    belongs to the model. One without such a file loses its pixels.

    Args:
        path: The model file.
        folder: As for `stage_model`.
    """
    files = [Path(os.path.realpath(file)) for file in referenced_files(path, folder)[0]]
    for image in bpy.data.images:
        tiles = [file for file in _image_files(image) if file not in files]
        if not tiles or image.source == "GENERATED":
            continue
        file = best_match(str(tiles[0]), files)
        image["elsewhere"] = file is None and tiles[0].is_file()
        image.filepath = str(file or path / base_name(image.filepath))  # below a file is none
        image.reload()


def lost_images(images: Iterable[bpy.types.Image]) -> dict[str, str]:
    """The faults of images without pixels: the rest of a sentence by file name."""
    faults = {}
    for image in images:
        name = base_name(image.filepath) or image.name
        file = next(iter(_image_files(image)), None)
        if image.get("elsewhere"):
            faults[name] = "is outside the model's folder: copy it there"
        elif file is None:  # embedded
            faults[name] = "cannot be read by Blender"
        else:
            faults[name] = image_fault(file) if file.is_file() else "is missing"
    return faults


def report_images(
    named: dict[str, Path | None],
    lost: dict[str, str],
    used: Iterable[bpy.types.Image],
    warn: Callable[[str], None],
) -> None:
    """Report each image that a model names and that its materials do not show as it is.

    Args:
        named: The images that the model's file names, from `stage_model`.
        lost: Images that Blender could not read, from `lost_images`.
        used: The images with pixels of the model's materials.
        warn: Called with one sentence for each image.
    """
    used_names = set()
    faults = lost.copy()
    for image in sorted(used, key=lambda image: image.name):
        used_names |= {_key(image.name), _key(image.filepath)}
        for file in _image_files(image):
            if file.is_file() and is_cut_off_jpeg(file):
                warn(f"lost texture: {file.name} is cut off; its end is grey")
    for name, file in named.items():
        keys = {_key(name), _key(str(file or name))}
        if keys & used_names or keys & {_key(lost_name) for lost_name in lost}:
            continue
        if file is None:
            faults[base_name(name)] = "is missing"
        else:
            warn(f"lost texture: {base_name(name)} is named by the model, but no material uses it")
    for name, fault in faults.items():
        warn(f"lost texture: {name} {fault}; {_PLAIN_COLOUR}")


def _key(name: str) -> str:
    """A file's or an image's name as far as Blender keeps it, in lower case."""
    return base_name(name).lower().encode()[:63].decode(errors="ignore")


def missing_libraries() -> list[str]:
    """Names of the .blend files that an imported .blend links to and that do not exist."""
    paths = [bpy.path.abspath(library.filepath) for library in bpy.data.libraries]
    return [base_name(path) for path in paths if not os.path.isfile(path)]


def _image_files(image: bpy.types.Image) -> Iterator[Path]:
    """The files of an image, with links resolved: several for tiles, none if it is embedded."""
    if image.packed_file or not image.filepath:
        return
    path = os.path.realpath(bpy.path.abspath(image.filepath, library=image.library))
    for tile in image.tiles if image.source == "TILED" else [None]:
        yield Path(path.replace("<UDIM>", str(tile.number)) if tile else path)


def _stage_usd(path: Path, folder: Path | None, copy: Path) -> tuple[Path, dict[str, Path | None]]:
    """Find the images of a USD by USD's own library.

    Returns:
        The file to import, and the images that its shaders name. If some were found elsewhere
        than the file says, the file to import is `copy`, a layer over the model's.
    """
    sdf, usd = _usd_library()
    images: dict[str, Path | None] = {}
    try:
        stage = usd.Stage.Open(str(path))
    except RuntimeError:  # Blender's importer, which comes next, says what is wrong
        return path, images
    moved = {}
    model_files = ModelFiles(path, folder)
    for attribute in _asset_attributes(stage):
        value = attribute.Get()
        if not isinstance(value, sdf.AssetPath) or not value.path:
            continue
        file = Path(value.resolvedPath) if value.resolvedPath else None
        if file is None and (file := model_files.find(value.path.replace("<UDIM>", "1001"))):
            name = file.name.replace("1001", "<UDIM>") if "<UDIM>" in value.path else file.name
            moved[attribute.GetPath()] = sdf.AssetPath(str(file.resolve().with_name(name)))
        images[value.path] = file
    if not moved:
        return path, images
    layer = sdf.Layer.CreateNew(str(copy))
    root = stage.GetRootLayer()
    for key in root.pseudoRoot.ListInfoKeys():  # such as the up axis
        if key not in ("subLayers", "subLayerOffsets"):
            layer.pseudoRoot.SetInfo(key, root.pseudoRoot.GetInfo(key))
    layer.subLayerPaths.append(str(path))
    over = usd.Stage.Open(layer)
    for place, asset in moved.items():
        over.GetAttributeAtPath(place).Set(asset)
    layer.Save()
    return copy, images


def _asset_attributes(stage) -> Iterator:
    """The attributes of a USD stage's shaders."""
    for prim in stage.Traverse():
        if prim.GetTypeName() == "Shader":
            yield from prim.GetAttributes()


def _usd_library() -> tuple:
    """The modules Sdf and Usd of USD's library, which Blender's module contains."""
    libraries = Path(bpy.utils.system_resource("PYTHON") or ".", "lib")
    for folder in map(str, libraries.glob("python3*/site-packages")):
        if folder not in sys.path:
            sys.path.append(folder)
    return importlib.import_module("pxr.Sdf"), importlib.import_module("pxr.Usd")
