"""Model files into the current scene: upright, of sane size, with materials that render right.

Result: mesh objects, +Z up, front facing -Y, centred on x = y = 0, resting on z = 0, the largest
side one metre (files come in any unit; framing makes size irrelevant, numerics do not).
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender.errors import ModelError
from synthlib.blender.scene import face_points
from synthlib.obj_files import obj_files

STRETCH = 0.12
"""A variation scales each axis by exp(U[-0.12, 0.12])."""

_LEAST_READ = 0.1
"""Share of a file's faces that must be readable; two-sided models lose half, as doubles."""

_HUE, _SATURATION, _VALUE = 0.06, 0.3, 0.25
"""Half-widths of a variation's colour jitter: hue in turns, the others as factors around 1."""


def import_model(
    path: Path, rng: np.random.Generator | None = None, *, warn: Callable[[str], None] = print
) -> list[bpy.types.Object]:
    """Imports an OBJ file; its mesh objects. With `rng` it is varied: colours and proportions.

    `warn` gets one sentence for each thing mended (a missing texture, faces that were unreadable).
    Raises ModelError, naming the file, if it is missing, empty or broken.
    """
    if not path.is_file():
        raise ModelError(f"{path} does not exist; give a model file.")
    if path.suffix.lower() != ".obj":
        raise ModelError(f"{path} is no OBJ file; allowed is .obj.")
    files = obj_files(path)
    for name in files.missing:
        warn(f"{name} is missing; its material's plain colour is used")
    before = set(bpy.data.objects)
    try:
        bpy.ops.wm.obj_import(filepath=str(path), forward_axis="NEGATIVE_Z", up_axis="Y")
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be read by Blender: {error}".strip()) from error
    objects = []
    for item in sorted(set(bpy.data.objects) - before, key=lambda item: item.name):
        if item.type == "MESH" and item.data.polygons:
            objects.append(item)
        else:
            bpy.data.objects.remove(item)
    _check_faces(path, objects, files.faces, warn)
    _normalise(path, objects, rng)
    used = {slot.material for item in objects for slot in item.material_slots} - {None}
    for material in sorted(used, key=lambda material: material.name):
        _mend(material, files.alphas.get(material.name), warn)
        if rng is not None:
            _jitter(material, rng)
    return objects


def _check_faces(
    path: Path, objects: list[bpy.types.Object], written: int, warn: Callable[[str], None]
) -> None:
    read = sum(len(item.data.polygons) for item in objects)
    if read == 0:
        raise ModelError(f"{path} has no faces that Blender can read; it is empty or broken.")
    if read < written * _LEAST_READ:
        raise ModelError(f"{path} is broken: only {read} of its {written} faces can be read.")
    if read < written:
        warn(f"{written - read} of {written} faces are unreadable or doubled and are left out")


def _normalise(
    path: Path, objects: list[bpy.types.Object], rng: np.random.Generator | None
) -> None:
    """Bakes rotation, size and place into the vertices, in two steps to keep float32 precise."""
    for item in objects:
        if item.data.users > 1:
            item.data = item.data.copy()
        item.data.transform(item.matrix_world)
        item.matrix_world = Matrix.Identity(4)
    meshes = [cast(bpy.types.Mesh, item.data) for item in objects]
    points = np.concatenate([face_points(mesh) for mesh in meshes])
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if not np.isfinite(side) or side <= 0.0:
        raise ModelError(f"{path} is broken: its size is {side}, which must be finite and above 0.")
    stretch = np.ones(3) if rng is None else np.exp(rng.uniform(-STRETCH, STRETCH, size=3))
    scale = stretch / float(((high - low) * stretch).max())
    foot = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    for mesh in meshes:
        mesh.transform(Matrix.Translation((-foot).tolist()))
        mesh.transform(Matrix.Diagonal((*scale, 1.0)))
        mesh.validate(clean_customdata=False)
        if not mesh.has_custom_normals:
            _wind(mesh)


def _wind(mesh: bpy.types.Mesh) -> None:
    """Winds all faces outward: mixed windings make smooth shading black in places.

    Safe only without the file's own normals, which would no longer fit.
    """
    work = bmesh.new()
    work.from_mesh(mesh)
    bmesh.ops.recalc_face_normals(work, faces=list(work.faces))
    work.to_mesh(mesh)
    work.free()


def _mend(material: bpy.types.Material, given: float | None, warn: Callable[[str], None]) -> None:
    """What MTL says and Cycles would show wrongly: absent images, no sheen, doubled glass.

    `given` is an alpha in (0, 1) that the file says and Blender did not read.
    """
    nodes = material.node_tree.nodes
    for node in [node for node in nodes if node.type in ("TEX_IMAGE", "NORMAL_MAP")]:
        absent = node.type == "TEX_IMAGE" and (node.image is None or 0 in node.image.size)
        if absent or (node.type == "NORMAL_MAP" and not node.inputs["Color"].is_linked):
            nodes.remove(node)  # else it renders pink
    shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return
    if shader.inputs["IOR"].default_value <= 1.0:
        shader.inputs["IOR"].default_value = 1.45  # Ni 1 is what exporters write for "not known"
    alpha = shader.inputs["Alpha"]
    alpha.default_value = alpha.default_value if given is None else given
    if not alpha.is_linked and alpha.default_value <= 0.0:
        warn(f"material {material.name} is fully transparent (d 0); taken as opaque")
        alpha.default_value = 1.0
    elif not alpha.is_linked and alpha.default_value < 1.0:
        # d is meant for one layer, but a ray crosses a pane's front and its back
        alpha.default_value = 1.0 - (1.0 - alpha.default_value) ** 0.5


def _jitter(material: bpy.types.Material, rng: np.random.Generator) -> None:
    """Shifts hue, saturation and value of the base colour, plain or textured."""
    hue = 0.5 + rng.uniform(-_HUE, _HUE)
    saturation = 1.0 + rng.uniform(-_SATURATION, _SATURATION)
    value = 1.0 + rng.uniform(-_VALUE, _VALUE)
    tree = material.node_tree
    shader = tree and next((n for n in tree.nodes if n.type == "BSDF_PRINCIPLED"), None)
    if not shader:
        return
    colour = cast(bpy.types.NodeSocket, shader.inputs["Base Color"])
    node = tree.nodes.new("ShaderNodeHueSaturation")
    node.inputs["Hue"].default_value = hue
    node.inputs["Saturation"].default_value = saturation
    node.inputs["Value"].default_value = value
    if colour.is_linked:
        tree.links.new(colour.links[0].from_socket, node.inputs["Color"])
    else:
        node.inputs["Color"].default_value = colour.default_value
    tree.links.new(node.outputs["Color"], colour)
