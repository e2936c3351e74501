"""Imported objects as plain mesh objects that look as a render of their file would show them.

Parents, modifiers, armatures, instances and curves are applied; lights, cameras, empties and
everything hidden in renders is removed.
"""

from collections.abc import Sequence
from typing import cast

import bpy
from mathutils import Matrix

from synthlib.blender.scene import use_render_modifiers


def flatten_objects(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    """Replace objects by one mesh object for each surface that they render.

    Args:
        objects: All imported objects, of any type. They are removed.

    Returns:
        The new objects, sorted by the names of the objects they come from, with vertices in world
        coordinates.
    """
    imported = set(objects)
    for obj in objects:
        _apply_render_visibility(obj)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    meshes: list[tuple[str, bpy.types.Mesh]] = []
    for instance in depsgraph.object_instances:
        obj = instance.object
        # An instance is owned by the object that creates it, such as an empty. The surface of a
        # curve, text or metaball is an instance that the object itself creates.
        owner = instance.parent.original if instance.parent else obj.original
        is_shown = instance.show_self and not any(map(_is_unseen, {obj.original, owner}))
        # Only the viewport shows the object that a mesh repeats on its vertices or faces.
        is_shown &= instance.is_instance or not _is_repeated_by_parent(obj)
        if owner not in imported or obj.type != "MESH" or not is_shown:
            continue
        # `new_from_object` would give the mesh of the instance's creator.
        mesh = cast(bpy.types.Mesh, obj.data).copy()
        _transform_to_world(mesh, obj, Matrix(instance.matrix_world))
        meshes.append((obj.name, mesh))
    flattened = [
        bpy.data.objects.new(f"{name} baked", mesh)
        for name, mesh in sorted(meshes, key=lambda pair: pair[0])
        if mesh.polygons
    ]
    bpy.data.batch_remove(list(objects))
    for obj in flattened:
        bpy.context.scene.collection.objects.link(obj)
    return flattened


def _is_unseen(obj: bpy.types.Object) -> bool:
    """True for an object that cuts a hole into the picture, or acts on others only."""
    return obj.is_holdout or obj.is_shadow_catcher or not obj.visible_camera


def _is_repeated_by_parent(obj: bpy.types.Object) -> bool:
    return obj.parent is not None and obj.parent.instance_type in ("VERTS", "FACES")


def _transform_to_world(mesh: bpy.types.Mesh, obj: bpy.types.Object, matrix: Matrix) -> None:
    """Transform a mesh to world coordinates and give it the materials of its object's slots."""
    for index, slot in enumerate(obj.material_slots):
        if slot.link == "OBJECT" and slot.material and index < len(mesh.materials):
            mesh.materials[index] = slot.material.original
    mesh.transform(matrix)
    if matrix.determinant() < 0.0:  # mirrored: the faces would point inward
        mesh.flip_normals()


def _apply_render_visibility(obj: bpy.types.Object) -> None:
    """Let the viewport show the object as a render does."""
    obj.hide_viewport = obj.hide_render
    obj.show_instancer_for_viewport = obj.show_instancer_for_render
    use_render_modifiers(obj)
    for system in obj.particle_systems:
        system.settings.display_percentage = 100
        system.settings.child_percent = system.settings.rendered_child_count
