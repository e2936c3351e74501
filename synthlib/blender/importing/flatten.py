"""Imported objects as plain meshes: as a render of their file would show them, nothing else left.

Parents, modifiers, armatures, instances and curves are applied; lights, cameras, empties and what
is hidden in renders go.
"""

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix

_SURFACE_TYPES = ("MESH", "CURVE", "SURFACE", "FONT", "META")
"""Types of objects that have, or make, a surface."""


def repair_meshes(objects: Sequence[bpy.types.Object]) -> bool:
    """Repairs the imported meshes so that Blender can evaluate them; False if one is beyond it.

    Doubled and degenerate faces and those that name vertices which are not there are dropped.
    Beyond repair is a mesh with coordinates that are no finite numbers.
    """
    meshes = {item.data.name: item.data for item in objects if item.type == "MESH"}
    for mesh in meshes.values():
        points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
        mesh.vertices.foreach_get("co", points)
        if not np.isfinite(points).all():
            return False
        mesh.validate(clean_customdata=False)
    return True


def flatten_objects(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    """One mesh object for each surface that `found` renders, in world axes; `found` is removed."""
    own = set(objects)
    for item in objects:
        _apply_render_visibility(item)
    graph = bpy.context.evaluated_depsgraph_get()
    meshes: list[tuple[str, bpy.types.Mesh]] = []
    for instance in graph.object_instances:
        item = instance.object
        holder = instance.parent.original if instance.parent else item.original
        hidden = item.hide_render or holder.hide_render or not instance.show_self
        if holder not in own or item.type not in _SURFACE_TYPES or hidden:
            continue
        matrix = Matrix(instance.matrix_world)
        mesh = bpy.data.meshes.new_from_object(item, preserve_all_data_layers=True, depsgraph=graph)
        if mesh is not None:
            _transform_to_world(mesh, item, matrix)
            meshes.append((item.name, mesh))
    baked = []
    for name, mesh in sorted(meshes, key=lambda pair: pair[0]):
        if mesh.polygons:
            baked.append(bpy.data.objects.new(f"{name} baked", mesh))
    bpy.data.batch_remove(list(objects))
    for item in baked:
        bpy.context.scene.collection.objects.link(item)
    return baked


def _transform_to_world(mesh: bpy.types.Mesh, obj: bpy.types.Object, matrix: Matrix) -> None:
    """Moves a mesh to where its object stands, with the object's own materials."""
    for place, slot in enumerate(obj.material_slots):
        if slot.link == "OBJECT" and slot.material and place < len(mesh.materials):
            mesh.materials[place] = slot.material.original
    mesh.transform(matrix)
    if matrix.determinant() < 0.0:  # mirrored: the faces would look inward
        mesh.flip_normals()


def _apply_render_visibility(obj: bpy.types.Object) -> None:
    """The graph is the viewport's: lets it show what renders do."""
    obj.hide_viewport = obj.hide_render
    for modifier in obj.modifiers:
        modifier.show_viewport = modifier.show_render
        if modifier.type in ("SUBSURF", "MULTIRES"):
            modifier.levels = modifier.render_levels
