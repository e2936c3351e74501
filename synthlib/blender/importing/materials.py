"""Materials that Cycles would show wrongly: absent images, doubled glass, none at all.

Everything here works on the materials and meshes of a model that has just been imported.
"""

from collections.abc import Callable, Iterator
from typing import cast

import bpy
import numpy as np

from synthlib.assets.formats import ObjReferences
from synthlib.blender.importing.missing_textures import image_file_name

_DEFAULT_COLOUR = (0.8, 0.8, 0.8, 1.0)
"""The colour of a model that has none, linear RGBA."""

_DEFAULT_INPUTS = {
    "Emission Color": (0.0, 0.0, 0.0, 1.0),
    "Emission Strength": 0.0,
    "Metallic": 0.0,
}
_DEFAULT_INPUTS |= {"Transmission Weight": 0.0, "Alpha": 1.0}
"""What inputs of the principled shader are where a picture is absent that said where they are so:
else all of the surface would glow, or be of metal or glass, or not be seen."""

_HUE_JITTER, _SATURATION_JITTER, _VALUE_JITTER = 0.06, 0.3, 0.25
"""Half-widths of a variation's colour jitter: hue in turns, the others as factors around 1."""


def ensure_material(obj: bpy.types.Object) -> None:
    """Gives a mesh object without materials one: its vertex colours, or grey if it has none."""
    mesh = cast(bpy.types.Mesh, obj.data)
    if any(slot.material for slot in obj.material_slots):
        return
    material = bpy.data.materials.new("unpainted")
    material.use_nodes = True
    colours = mesh.color_attributes.active_color
    shader = _principled_shader(material.node_tree)
    shader.inputs["Base Color"].default_value = _DEFAULT_COLOUR
    if colours is not None:
        material.name = "vertex colours"
        node = material.node_tree.nodes.new("ShaderNodeVertexColor")
        node.layer_name = colours.name
        material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    if obj.material_slots:
        for slot in obj.material_slots:
            slot.material = material
    else:
        mesh.materials.append(material)


def repair_material(
    material: bpy.types.Material,
    warn: Callable[[str], None],
    *,
    obj_info: ObjReferences | None = None,
    single_layer_alpha: bool = True,
) -> None:
    """What files say and Cycles would show wrongly: absent images, no sheen, doubled glass.

    `read`: what an OBJ says and Blender did not read; its absent images are named before. `sheets`:
    an alpha is meant for a single layer, as all formats but Blender's own mean it.
    """
    if material.node_tree is None or not material.use_nodes:
        colour = tuple(material.diffuse_color)
        material.use_nodes = True
        _principled_shader(material.node_tree).inputs["Base Color"].default_value = colour
    for name in _remove_missing_images(material.node_tree):
        if obj_info is None:
            warn(f"{name} is missing; its material's plain colour is used")
    shader = _principled_shader(material.node_tree)
    if shader is None or not single_layer_alpha:
        return
    if obj_info is not None and material.name in obj_info.missing_emission_maps:
        shader.inputs["Emission Strength"].default_value = 0.0
    if shader.inputs["IOR"].default_value <= 1.0:
        shader.inputs["IOR"].default_value = 1.45  # Ni 1 is what exporters write for "not known"
    socket = shader.inputs["Alpha"]
    alpha = None if obj_info is None else obj_info.alphas.get(material.name)
    socket.default_value = socket.default_value if alpha is None else alpha
    if not socket.is_linked and socket.default_value <= 0.0:
        warn(f"material {material.name} is fully transparent (alpha 0); taken as opaque")
        socket.default_value = 1.0
    elif not socket.is_linked and socket.default_value < 1.0:
        # meant for one layer, but a ray crosses a pane's front and its back
        socket.default_value = 1.0 - (1.0 - socket.default_value) ** 0.5


def jitter_base_colour(material: bpy.types.Material, rng: np.random.Generator) -> None:
    """Shifts hue, saturation and value of the base colour, plain or textured."""
    hue = 0.5 + rng.uniform(-_HUE_JITTER, _HUE_JITTER)
    saturation = 1.0 + rng.uniform(-_SATURATION_JITTER, _SATURATION_JITTER)
    value = 1.0 + rng.uniform(-_VALUE_JITTER, _VALUE_JITTER)
    tree = material.node_tree
    shader = tree and _principled_shader(tree)
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


def _principled_shader(tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    return next((node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"), None)


def _remove_missing_images(tree: bpy.types.NodeTree) -> list[str]:
    """Removes image nodes that would render pink; the images' names, without their folders."""
    names = []
    for inner in _nested_node_trees(tree):
        for node in list(inner.nodes):
            if node.type == "TEX_IMAGE" and (node.image is None or 0 in node.image.size):
                if node.image is not None:
                    names.append(image_file_name(node.image))
                _whiten_multiplied_inputs(inner, node)
                _reset_driven_inputs(inner, node)
                inner.nodes.remove(node)
        for node in list(inner.nodes):
            if node.type == "NORMAL_MAP" and not node.inputs["Color"].is_linked:
                inner.nodes.remove(node)
    return list(dict.fromkeys(names))


def _whiten_multiplied_inputs(tree: bpy.types.NodeTree, image_node: bpy.types.Node) -> None:
    """What the image was multiplied with stays: such inputs become white."""
    for link in tree.links:
        if (
            link.from_node == image_node
            and link.to_node.type in ("MIX", "MIX_RGB")
            and link.to_socket.type == "RGBA"
        ):
            link.to_socket.default_value = (1.0, 1.0, 1.0, 1.0)


def _reset_driven_inputs(tree: bpy.types.NodeTree, image_node: bpy.types.Node) -> None:
    """Inputs that the image leads to, directly or not, get their values of `_PLAIN`."""
    todo, seen = [image_node], {image_node.name}
    for node in todo:
        for link in [link for link in tree.links if link.from_node == node]:
            if link.to_node.type == "BSDF_PRINCIPLED":
                if link.to_socket.name in _DEFAULT_INPUTS:
                    link.to_socket.default_value = _DEFAULT_INPUTS[link.to_socket.name]
                    tree.links.remove(link)
            elif link.to_node.name not in seen:
                seen.add(link.to_node.name)
                todo.append(link.to_node)


def _nested_node_trees(tree: bpy.types.NodeTree) -> Iterator[bpy.types.NodeTree]:
    """The tree and all node groups in it, each once."""
    seen: set[str] = set()
    todo: list[bpy.types.NodeTree] = [tree]
    while todo:
        inner = todo.pop()
        if inner is None or inner.name_full in seen:
            continue
        seen.add(inner.name_full)
        yield inner
        todo += [node.node_tree for node in inner.nodes if node.type == "GROUP"]
