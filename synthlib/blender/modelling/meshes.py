"""Conversions between Blender and shapes: text as a `Shape`, and shapes as one mesh object.

A generator makes many shapes, moves them into place and assembles them. Several hundred parts
become one mesh in milliseconds, where one operator call per part would take seconds.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling.shapes import Shape

_CAPITAL_HEIGHT = 0.69
"""Height of a capital in Blender's default font at size 1."""


def text_shape(text: str, height: float) -> Shape:
    """Text in Blender's default font as a flat shape that faces +Z.

    Args:
        text: One line of text.
        height: Height of a capital in metres.

    Returns:
        The text, centred at the origin. Empty if it has no visible character.
    """
    curve = bpy.data.curves.new("text", "FONT")
    curve.body = text
    curve.resolution_u = 2
    obj = bpy.data.objects.new("text", curve)
    mesh = obj.to_mesh()
    vertices = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    mesh.calc_loop_triangles()
    triangles = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    bpy.data.objects.remove(obj)  # frees the mesh too
    bpy.data.curves.remove(curve)
    vertices = vertices.reshape(-1, 3).astype(np.float64)
    if len(vertices):
        vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return Shape(vertices * (height / _CAPITAL_HEIGHT), (triangles.reshape(-1, 3),))


def assemble(
    name: str, parts: Sequence[Shape], *, sharp_angle: float = 40.0
) -> list[bpy.types.Object]:
    """Join shapes into one mesh object of the current scene.

    Args:
        name: Name of the object and of its mesh.
        parts: The shapes; empty ones are left out.
        sharp_angle: Degrees; faces that meet at a smaller angle are shaded smoothly across their
            edge.

    Returns:
        A list with the object, resting on z = 0 and centred on the z axis. Its mesh has the
        attribute "paint" with the shapes' vertex attributes, 0 for shapes without one.
    """
    parts = [part for part in parts if len(part.vertices)]
    vertices = np.concatenate([part.vertices for part in parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = vertices - [*(low + high)[:2] / 2, low[2]]
    attributes = [
        np.zeros((len(part.vertices), 3))
        if part.vertex_attribute is None
        else part.vertex_attribute
        for part in parts
    ]

    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.ravel())
    _add_faces(mesh, parts)
    paint = mesh.attributes.new("paint", "FLOAT_VECTOR", "POINT")
    paint.data.foreach_set("vector", np.concatenate(attributes).ravel())
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=np.radians(sharp_angle))
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return [obj]


def _add_faces(mesh: bpy.types.Mesh, parts: Sequence[Shape]) -> None:
    """Add the parts' faces and materials to a mesh that has their vertices one after another."""
    first_vertices = np.cumsum([0, *(len(part.vertices) for part in parts)])
    # One entry per part and number of corners: vertex indices in the mesh, and the material.
    faces = [
        (indices + first_vertex, part.material)
        for part, first_vertex in zip(parts, first_vertices[:-1], strict=True)
        for indices in part.faces
    ]
    corners = np.concatenate([indices.ravel() for indices, _ in faces])
    corner_counts = np.concatenate([np.full(len(f), f.shape[1]) for f, _ in faces])
    materials = list(dict.fromkeys(part.material for part in parts))
    slots = np.concatenate([np.full(len(f), materials.index(material)) for f, material in faces])

    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(corner_counts))
    mesh.polygons.foreach_set("loop_start", np.r_[0, np.cumsum(corner_counts)[:-1]])
    for material in materials:
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", slots)
