"""Import of model files into the current scene, upright, normalised and with repaired materials.

The result is mesh objects with +Z up and the front towards -Y, centred on x = y = 0, resting on
z = 0, their largest side one metre. (Files use any unit; framing makes the size irrelevant, but
Blender calculates in float32.) Importers rotate files that have Y up (glTF, OBJ) or declare their
up axis (USD, FBX, DAE), so that a front towards +Z faces -Y. PLY and STL declare nothing; they are
read with Z up and the front towards -Y.

No code in a file is ever run: a .blend is appended, not opened, and automatic execution is off.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import bpy
import numpy as np
from mathutils import Euler, Matrix

from synthlib.assets.formats import MODEL_SUFFIXES, USD_SUFFIXES, declared_face_count
from synthlib.assets.validation import NOT_FINITE, find_fault
from synthlib.blender.errors import ModelError
from synthlib.blender.importing.faces import (
    orient_faces_outward,
    remove_coincident_faces,
    repair_meshes,
)
from synthlib.blender.importing.flatten import flatten_objects
from synthlib.blender.importing.images import (
    lost_images,
    missing_libraries,
    relink_images,
    report_images,
    stage_model,
)
from synthlib.blender.importing.materials import (
    ensure_material,
    image_nodes,
    jitter_base_colour,
    paint,
    remove_lost_images,
    repair_image_alpha,
    repair_material,
)
from synthlib.blender.scene import face_vertices

AXIS_SCALE_JITTER = 0.12
"""A variation scales each axis by exp(u), with u uniform in [-0.12, 0.12]."""

_MIN_READABLE_SHARE = 0.1
"""Share of a file's faces that must be readable. Two-sided models lose half, as doubled faces."""


def import_model(
    path: Path,
    rng: np.random.Generator | None = None,
    *,
    folder: Path | None = None,
    turn: Sequence[float] = (0.0, 0.0, 0.0),
    warn: Callable[[str], None] = print,
) -> list[bpy.types.Object]:
    """Import a model file into the current scene.

    Args:
        path: The model file, with one of `formats.MODEL_SUFFIXES`.
        rng: Source of a variation's colours and proportions; None imports the model unchanged.
        folder: The folder that belongs to this model alone, None if it shares one with other
            models. Images that are not where the file says are searched for there.
        turn: Degrees about the fixed axes x, then y, then z, applied before all other changes.
        warn: Called with one sentence for each fault, which begins with its kind: "lost texture: ",
            "changed geometry: " or "changed material: ".

    Returns:
        The model's mesh objects.

    Raises:
        ModelError: The file is missing, empty or broken, or Blender cannot read its kind. The
            message names the file.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise ModelError(f"{path} does not exist; give a model file.")
    if kind not in MODEL_SUFFIXES:
        raise ModelError(f"{path} is no model file; allowed are {', '.join(MODEL_SUFFIXES)}.")
    if fault := find_fault(path):
        raise ModelError(f"{path} {fault}")
    with tempfile.TemporaryDirectory() as scratch:
        source, named = stage_model(path, folder, Path(scratch), warn)
        imported = _run_importer(path, source)
    for name in missing_libraries():
        warn(f"changed geometry: what is linked from {name} is left out; that file is missing")
    if kind == ".ply":
        for image in filter(None, named.values()):
            paint(imported, image)
    if not repair_meshes(imported):
        raise ModelError(f"{path} {NOT_FINITE}")
    objects = flatten_objects(imported)
    _check_faces(path, objects, declared_face_count(path), warn)
    meshes = [cast(bpy.types.Mesh, obj.data) for obj in objects]
    _normalise_pose_and_size(path, meshes, rng, turn)
    if count := remove_coincident_faces(meshes):
        warn(f"changed geometry: {count} faces lie exactly on other ones and are left out")
    for mesh in meshes:
        if not mesh.has_custom_normals:
            orient_faces_outward(mesh)
    relink_images(path, folder)
    _repair_materials(objects, named, warn, is_blend=kind == ".blend", rng=rng)
    return objects


def _repair_materials(
    objects: list[bpy.types.Object],
    named: dict[str, Path | None],
    warn: Callable[[str], None],
    *,
    is_blend: bool,
    rng: np.random.Generator | None,
) -> None:
    """Repair and vary the materials of objects, and report the images that they do not show."""
    for obj in objects:
        ensure_material(obj)
    slots = {slot.material for obj in objects for slot in obj.material_slots} - {None}
    materials = sorted(slots, key=lambda material: material.name)
    lost = lost_images([image for each in materials for image in remove_lost_images(each)])
    nodes = image_nodes(materials)
    if not is_blend:
        repair_image_alpha(nodes)
    report_images(named, lost, {node.image for node in nodes}, warn)
    for material in materials:
        repair_material(material, warn, single_layer_alpha=not is_blend)
        if rng is not None:
            jitter_base_colour(material, rng)


def _run_importer(path: Path, source: Path) -> list[bpy.types.Object]:
    """Run Blender's importer.

    Args:
        path: The model file, for messages.
        source: The file to import instead, from `stage_model`.

    Returns:
        All new objects, of any type, sorted by name.

    Raises:
        ModelError: Blender has no importer for this kind, or it failed.
    """
    kind = path.suffix.lower()
    objects_before = set(bpy.data.objects)
    try:
        result = _IMPORTERS[kind](str(source))
    except AttributeError as error:  # no such operator, as for .dae in Blender 5
        version = bpy.app.version_string
        raise ModelError(
            f"{path} cannot be read: Blender {version} has no {kind} importer; convert it to .glb."
        ) from error
    except (RuntimeError, OSError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reasons = [line for line in lines if not line.startswith("Location: ")] or ["no reason"]
        raise ModelError(f"{path} cannot be read by Blender: {reasons[-1]}") from error
    imported = sorted(set(bpy.data.objects) - objects_before, key=lambda obj: obj.name)
    if result is not None and "FINISHED" not in result and not imported:
        raise ModelError(f"{path} cannot be read by Blender; it is empty or broken.")
    return imported


def _import_obj(path: str) -> set[str]:
    return bpy.ops.wm.obj_import(
        filepath=path, forward_axis="NEGATIVE_Z", up_axis="Y", validate_meshes=False
    )


def _import_gltf(path: str) -> set[str]:
    # loglevel 40 is logging.ERROR
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
    """Append the first scene of the file that has objects; without scenes, all objects."""
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    with bpy.data.libraries.load(path, link=False) as (source, target):  # type: ignore[attr-defined]
        target.scenes = source.scenes
        if not source.scenes:
            target.objects = source.objects
    scenes = [scene for scene in target.scenes if scene is not None]
    chosen_scene = next((scene for scene in scenes if scene.objects), None)
    objects = {obj for obj in target.objects if obj is not None}
    if chosen_scene is not None:
        objects = _renderable_objects(chosen_scene.view_layers[0].layer_collection)
        bpy.context.scene.frame_set(chosen_scene.frame_current)
    for scene in scenes:
        bpy.data.scenes.remove(scene)
    for obj in sorted(objects, key=lambda obj: obj.name):
        bpy.context.scene.collection.objects.link(obj)


def _renderable_objects(layer: bpy.types.LayerCollection) -> set[bpy.types.Object]:
    """Objects of a collection and its child collections, without those that renders do not show."""
    if layer.exclude or layer.collection.hide_render or layer.holdout or layer.indirect_only:
        return set()
    objects = set(layer.collection.objects)
    return objects.union(*(_renderable_objects(child) for child in layer.children))


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
    """Compare the number of imported faces with the number that the file declares, if it does.

    Raises:
        ModelError: No faces, or too few of them, could be read.
    """
    face_count = sum(len(obj.data.polygons) for obj in objects)
    if face_count == 0:
        raise ModelError(f"{path} has no faces that Blender can read; it is empty or broken.")
    if declared is None or face_count >= declared:
        return
    if face_count < declared * _MIN_READABLE_SHARE:
        raise ModelError(
            f"{path} is broken: only {face_count} of its {declared} faces can be read."
        )
    left_out = f"{declared - face_count} of {declared} faces"
    warn(f"changed geometry: {left_out} are unreadable or doubled and are left out")


def _normalise_pose_and_size(
    path: Path,
    meshes: list[bpy.types.Mesh],
    rng: np.random.Generator | None,
    turn: Sequence[float],
) -> None:
    """Turn, scale and move the vertices.

    Args:
        path: The model file, for messages.
        meshes: The model's meshes, which are changed.
        rng: Source of a random scale of each axis; None scales all axes equally.
        turn: As for `import_model`.

    Raises:
        ModelError: The model has no finite size above 0.
    """
    if any(turn):
        rotation = Euler([float(np.radians(angle)) for angle in turn], "XYZ").to_matrix().to_4x4()
        for mesh in meshes:
            mesh.transform(rotation)
    vertices = np.concatenate([face_vertices(mesh) for mesh in meshes])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = float((high - low).max())
    if not np.isfinite(size) or size <= 0.0:
        raise ModelError(f"{path} is broken: its size is {size}, which must be finite and above 0.")
    axis_scale = np.ones(3)
    if rng is not None:
        axis_scale = np.exp(rng.uniform(-AXIS_SCALE_JITTER, AXIS_SCALE_JITTER, size=3))
    scale = axis_scale / float(((high - low) * axis_scale).max())
    base_centre = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    for mesh in meshes:
        # Two transforms instead of one, because float32 loses precision far from the origin.
        mesh.transform(Matrix.Translation((-base_centre).tolist()))
        mesh.transform(Matrix.Diagonal((*scale, 1.0)))
        mesh.validate(clean_customdata=False)
