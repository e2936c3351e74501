"""Model files into the current scene: upright, of sane size, with materials that render right.

Result: mesh objects, +Z up, front facing -Y, centred on x = y = 0, resting on z = 0, the largest
side one metre (files come in any unit; framing makes size irrelevant, numerics do not). Kinds that
have Y up (glTF, OBJ) or say which axis is up (USD, FBX, DAE) are turned by their importers, their
front +Z becoming -Y; PLY and STL say nothing and are taken as Z up, front -Y.

Nothing in a file is ever run: a .blend is appended, not opened, and automatic execution is off.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import bmesh
import bpy
import numpy as np
from mathutils import Euler, Matrix

from synthlib.assets.formats import (
    MODEL_SUFFIXES,
    USD_SUFFIXES,
    declared_face_count,
    read_obj_references,
)
from synthlib.assets.validation import NOT_FINITE, find_fault
from synthlib.blender.importing.errors import ModelError
from synthlib.blender.importing.flatten import flatten_objects, repair_meshes
from synthlib.blender.importing.materials import (
    ensure_material,
    jitter_base_colour,
    repair_material,
)
from synthlib.blender.importing.missing_textures import missing_texture_names, relink_images
from synthlib.blender.scene import face_vertices

AXIS_SCALE_JITTER = 0.12
"""A variation scales each axis by exp(U[-0.12, 0.12])."""

_MIN_READABLE_SHARE = 0.1
"""Share of a file's faces that must be readable; two-sided models lose half, as doubles."""


def import_model(
    path: Path,
    rng: np.random.Generator | None = None,
    *,
    folder: Path | None = None,
    turn: Sequence[float] = (0.0, 0.0, 0.0),
    warn: Callable[[str], None] = print,
) -> list[bpy.types.Object]:
    """Imports a model file of any of `model_files.KINDS`; its mesh objects.

    With `rng` it is varied: colours and proportions. `folder`: the model's own, None if it shares
    one with others; pictures that are not where the file says are looked for there. `turn`: degrees
    about the fixed axes x, then y, then z, applied first. `warn` gets one sentence for each thing
    mended (a missing texture, faces that were unreadable). Raises ModelError, naming the file, if
    it is missing, empty or broken.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise ModelError(f"{path} does not exist; give a model file.")
    if kind not in MODEL_SUFFIXES:
        raise ModelError(f"{path} is no model file; allowed are {', '.join(MODEL_SUFFIXES)}.")
    if fault := find_fault(path):
        raise ModelError(f"{path} {fault}")
    read = read_obj_references(path) if kind == ".obj" else None
    found = _run_importer(path, kind)
    for name in missing_texture_names(path):
        warn(f"{name} is missing; its material's plain colour is used")
    if kind != ".obj":
        relink_images(path, folder)
    if not repair_meshes(found):
        raise ModelError(f"{path} {NOT_FINITE}")
    objects = flatten_objects(found)
    _check_faces(path, objects, declared_face_count(path), warn)
    _normalise_pose_and_size(path, objects, rng, turn)
    for item in objects:
        ensure_material(item)
    used = {slot.material for item in objects for slot in item.material_slots} - {None}
    for material in sorted(used, key=lambda material: material.name):
        repair_material(material, warn, obj_info=read, single_layer_alpha=kind != ".blend")
        if rng is not None:
            jitter_base_colour(material, rng)
    return objects


def _run_importer(path: Path, kind: str) -> list[bpy.types.Object]:
    """Runs Blender's importer; all objects that it made, those of any type."""
    before = set(bpy.data.objects)
    try:
        result = _IMPORTERS[kind](str(path))
    except AttributeError as error:  # no such operator: Blender 5 has none for .dae
        version = bpy.app.version_string
        raise ModelError(
            f"{path} cannot be read: Blender {version} has no {kind} importer."
        ) from error
    except (RuntimeError, OSError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no reason"]
        raise ModelError(f"{path} cannot be read by Blender: {lines[-1]}") from error
    found = sorted(set(bpy.data.objects) - before, key=lambda item: item.name)
    if result is not None and "FINISHED" not in result and not found:
        raise ModelError(f"{path} cannot be read by Blender; it is empty or broken.")
    return found


def _import_obj(path: str) -> set[str]:
    return bpy.ops.wm.obj_import(
        filepath=path, forward_axis="NEGATIVE_Z", up_axis="Y", validate_meshes=False
    )


def _import_gltf(path: str) -> set[str]:
    return bpy.ops.import_scene.gltf(filepath=path, disable_bone_shape=True, loglevel=40)


def _import_usd(path: str) -> set[str]:
    return bpy.ops.wm.usd_import(
        filepath=path,
        import_cameras=False,
        import_lights=False,
        import_volumes=False,
        create_world_material=False,
        set_frame_range=False,
        validate_meshes=False,
    )


def _import_fbx(path: str) -> set[str]:
    return bpy.ops.wm.fbx_import(filepath=path, use_anim=False, validate_meshes=False)


def _import_dae(path: str) -> set[str]:
    return bpy.ops.wm.collada_import(filepath=path)


def _import_ply(path: str) -> set[str]:
    return bpy.ops.wm.ply_import(filepath=path, forward_axis="Y", up_axis="Z")


def _import_stl(path: str) -> set[str]:
    return bpy.ops.wm.stl_import(
        filepath=path, forward_axis="Y", up_axis="Z", use_mesh_validate=False
    )


def _import_blend(path: str) -> None:
    """Appends the file's first scene that has objects; of a file without scenes, all objects."""
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    with bpy.data.libraries.load(path, link=False) as (there, here):  # type: ignore[attr-defined]
        here.scenes = there.scenes
        if not there.scenes:
            here.objects = there.objects
    scenes = [scene for scene in here.scenes if scene is not None]
    chosen = next((scene for scene in scenes if scene.objects), None)
    shown = {item for item in here.objects if item is not None}
    if chosen is not None:
        shown = _renderable_objects(chosen.view_layers[0].layer_collection)
        bpy.context.scene.frame_set(chosen.frame_current)
    for scene in scenes:
        bpy.data.scenes.remove(scene)
    for item in sorted(shown, key=lambda item: item.name):
        bpy.context.scene.collection.objects.link(item)


def _renderable_objects(layer: bpy.types.LayerCollection) -> set[bpy.types.Object]:
    """The objects of a collection and those in it that are not left out of renders."""
    if layer.exclude or layer.collection.hide_render:
        return set()
    found = set(layer.collection.objects)
    return found.union(*(_renderable_objects(child) for child in layer.children))


_IMPORTERS: dict[str, Callable[[str], set[str] | None]] = {
    ".obj": _import_obj,
    ".glb": _import_gltf,
    ".gltf": _import_gltf,
    **dict.fromkeys(USD_SUFFIXES, _import_usd),
    ".fbx": _import_fbx,
    ".dae": _import_dae,
    ".blend": _import_blend,
    ".ply": _import_ply,
    ".stl": _import_stl,
}


def _check_faces(
    path: Path,
    objects: list[bpy.types.Object],
    declared: int | None,
    warn: Callable[[str], None],
) -> None:
    read = sum(len(item.data.polygons) for item in objects)
    if read == 0:
        raise ModelError(f"{path} has no faces that Blender can read; it is empty or broken.")
    if declared is None or read >= declared:
        return
    if read < declared * _MIN_READABLE_SHARE:
        raise ModelError(f"{path} is broken: only {read} of its {declared} faces can be read.")
    warn(f"{declared - read} of {declared} faces are unreadable or doubled and are left out")


def _normalise_pose_and_size(
    path: Path,
    objects: list[bpy.types.Object],
    rng: np.random.Generator | None,
    turn: Sequence[float],
) -> None:
    """Bakes turn, size and place into the vertices, in steps to keep float32 precise."""
    meshes = [cast(bpy.types.Mesh, item.data) for item in objects]
    if any(turn):
        rotation = Euler([float(np.radians(angle)) for angle in turn], "XYZ").to_matrix().to_4x4()
        for mesh in meshes:
            mesh.transform(rotation)
    points = np.concatenate([face_vertices(mesh) for mesh in meshes])
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if not np.isfinite(side) or side <= 0.0:
        raise ModelError(f"{path} is broken: its size is {side}, which must be finite and above 0.")
    stretch = (
        np.ones(3)
        if rng is None
        else np.exp(rng.uniform(-AXIS_SCALE_JITTER, AXIS_SCALE_JITTER, size=3))
    )
    scale = stretch / float(((high - low) * stretch).max())
    foot = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    for mesh in meshes:
        mesh.transform(Matrix.Translation((-foot).tolist()))
        mesh.transform(Matrix.Diagonal((*scale, 1.0)))
        mesh.validate(clean_customdata=False)
        if not mesh.has_custom_normals:
            _orient_faces_outward(mesh)


def _orient_faces_outward(mesh: bpy.types.Mesh) -> None:
    """Winds all faces outward: mixed windings make smooth shading black in places.

    Safe only without the file's own normals, which would no longer fit.
    """
    work = bmesh.new()
    work.from_mesh(mesh)
    bmesh.ops.recalc_face_normals(work, faces=list(work.faces))
    work.to_mesh(mesh)
    work.free()
