"""Between Blender and shapes: words in its own font as a `Shape`, shapes as one mesh object.

Generators make many shapes, move them into place and `assemble` them: some hundred parts become
one mesh in milliseconds, where one operator call each would take seconds.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling.shapes import Shape


def text_shape(text: str, height: float) -> Shape:
    """Words in Blender's own font as a sheet facing +Z, centred; capitals `height` metres tall.

    An empty sheet for words without ink.
    """
    curve = bpy.data.curves.new("text", "FONT")
    curve.body, curve.resolution_u = text, 2
    holder = bpy.data.objects.new("text", curve)
    mesh = holder.to_mesh()
    vertices = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    mesh.calc_loop_triangles()
    corners = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    bpy.data.objects.remove(holder)  # and its mesh
    bpy.data.curves.remove(curve)
    vertices = vertices.reshape(-1, 3).astype(np.float64)
    if len(vertices):
        vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return Shape(vertices * (height / 0.69), (corners.reshape(-1, 3),))


def assemble(
    name: str, parts: Sequence[Shape], *, sharp_angle: float = 40.0
) -> list[bpy.types.Object]:
    """One mesh object of all parts in the current scene, resting on z = 0, centred on the z axis.

    Faces are shaded smoothly across edges of less than `sharp` degrees.
    """
    parts = [part for part in parts if len(part.vertices)]  # words may have no ink
    vertices = np.concatenate([part.vertices for part in parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = vertices - [*(low + high)[:2] / 2, low[2]]
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    materials = list(dict.fromkeys(part.material for part in parts))
    faces = [(f + starts[k], part.material) for k, part in enumerate(parts) for f in part.faces]
    totals = np.concatenate([np.full(len(f), f.shape[1]) for f, _ in faces])
    slots = np.concatenate([np.full(len(f), materials.index(made)) for f, made in faces])
    corners = np.concatenate([f.ravel() for f, _ in faces])

    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(totals))
    mesh.polygons.foreach_set("loop_start", np.r_[0, np.cumsum(totals)[:-1]])
    for made in materials:
        mesh.materials.append(made)
    mesh.polygons.foreach_set("material_index", slots)
    paints = [
        np.zeros((len(p.vertices), 3)) if p.vertex_attribute is None else p.vertex_attribute
        for p in parts
    ]
    paint = mesh.attributes.new("paint", "FLOAT_VECTOR", "POINT")
    paint.data.foreach_set("vector", np.concatenate(paints).ravel())
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=np.radians(sharp_angle))
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return [thing]
