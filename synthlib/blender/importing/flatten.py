"""Imported objects as plain mesh objects that look as a render of their file would show them.

Parents, modifiers, armatures, instances and curves are applied; lights, cameras, empties and
everything hidden in renders is removed.
"""

from collections.abc import Sequence

import bpy
from mathutils import Matrix

from synthlib.blender.scene import use_render_modifiers

_SURFACE_TYPES = ("MESH", "CURVE", "SURFACE", "FONT", "META")
"""Types of objects that have a surface or can be converted into one."""


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
        # An instance is owned by the object that creates it, such as an empty.
        owner = instance.parent.original if instance.parent else obj.original
        is_hidden = obj.hide_render or owner.hide_render or not instance.show_self
        if owner not in imported or obj.type not in _SURFACE_TYPES or is_hidden:
            continue
        matrix = Matrix(instance.matrix_world)
        mesh = bpy.data.meshes.new_from_object(
            obj, preserve_all_data_layers=True, depsgraph=depsgraph
        )
        if mesh is not None:
            _transform_to_world(mesh, obj, matrix)
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
    use_render_modifiers(obj)
