"""Repairs of imported materials that Cycles would render incorrectly, and their variation.

Faults are missing images, alpha that counts twice, and meshes without any material. All functions
change materials or meshes of a model that has just been imported. Colours are linear RGBA.
"""

from collections.abc import Callable, Iterator
from typing import cast

import bpy
import numpy as np

from synthlib.assets.formats import ObjReferences
from synthlib.blender.importing.missing_textures import image_file_name

_DEFAULT_COLOUR = (0.8, 0.8, 0.8, 1.0)
"""Base colour of a model without colours."""

_DEFAULT_INPUTS = {
    "Emission Color": (0.0, 0.0, 0.0, 1.0),
    "Emission Strength": 0.0,
    "Metallic": 0.0,
    "Transmission Weight": 0.0,
    "Alpha": 1.0,
}
"""Values of the principled shader's inputs that a missing image was meant to control.

Without the image, the factor that the file gives with it would apply to all of the surface, which
would glow, be of metal or glass, or be invisible."""

_DEFAULT_IOR = 1.45

_HUE_JITTER = 0.06
"""Half-width of the hue shift of a variation, in turns of the colour wheel."""

_SATURATION_JITTER = 0.3
"""Half-width of the factor on a variation's saturation, around 1."""

_VALUE_JITTER = 0.25
"""Half-width of the factor on a variation's value, around 1."""


def ensure_material(obj: bpy.types.Object) -> None:
    """Give a mesh object without materials one that shows its vertex colours, or else grey."""
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
    """Repair missing images, the index of refraction and alpha of a material.

    Args:
        material: An imported material.
        warn: Called with one sentence for each fault that changes the material's look.
        obj_info: Content of an OBJ's material libraries that Blender does not read; None for other
            kinds of files. With it, missing images are not reported again.
        single_layer_alpha: Alpha is the opacity of a single layer of surface, as in all formats
            except Blender's own.
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
    # Exporters write an index of 1 for "not known"; the surface would have no reflections.
    if shader.inputs["IOR"].default_value <= 1.0:
        shader.inputs["IOR"].default_value = _DEFAULT_IOR
    declared_alpha = None if obj_info is None else obj_info.alphas.get(material.name)
    _repair_alpha(material, shader.inputs["Alpha"], declared_alpha, warn)


def _repair_alpha(
    material: bpy.types.Material,
    socket: bpy.types.NodeSocket,
    declared_alpha: float | None,
    warn: Callable[[str], None],
) -> None:
    """Set the alpha of a material whose file means the opacity of a single layer by it."""
    if declared_alpha is not None:
        socket.default_value = declared_alpha
    if socket.is_linked:
        return
    alpha = socket.default_value
    if alpha <= 0.0:
        warn(f"material {material.name} is fully transparent (alpha 0); taken as opaque")
        socket.default_value = 1.0
    elif alpha < 1.0:
        # A ray crosses a pane's front and its back.
        socket.default_value = 1.0 - (1.0 - alpha) ** 0.5


def jitter_base_colour(material: bpy.types.Material, rng: np.random.Generator) -> None:
    """Shift hue, saturation and value of the base colour, plain or textured."""
    hue = 0.5 + rng.uniform(-_HUE_JITTER, _HUE_JITTER)
    saturation = 1.0 + rng.uniform(-_SATURATION_JITTER, _SATURATION_JITTER)
    value = 1.0 + rng.uniform(-_VALUE_JITTER, _VALUE_JITTER)
    tree = material.node_tree
    shader = tree and _principled_shader(tree)
    if not shader:
        return
    base_colour = cast(bpy.types.NodeSocket, shader.inputs["Base Color"])
    node = tree.nodes.new("ShaderNodeHueSaturation")
    node.inputs["Hue"].default_value = hue
    node.inputs["Saturation"].default_value = saturation
    node.inputs["Value"].default_value = value
    if base_colour.is_linked:
        tree.links.new(base_colour.links[0].from_socket, node.inputs["Color"])
    else:
        node.inputs["Color"].default_value = base_colour.default_value
    tree.links.new(node.outputs["Color"], base_colour)


def _principled_shader(tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    return next((node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"), None)


def _remove_missing_images(tree: bpy.types.NodeTree) -> list[str]:
    """Remove nodes of images without pixels, which would render pink.

    Returns:
        The images' file names without folders, each once.
    """
    names = []
    for subtree in _nested_node_trees(tree):
        for node in list(subtree.nodes):
            if node.type == "TEX_IMAGE" and (node.image is None or 0 in node.image.size):
                if node.image is not None:
                    names.append(image_file_name(node.image))
                _whiten_multiplied_inputs(subtree, node)
                _reset_driven_inputs(subtree, node)
                subtree.nodes.remove(node)
        for node in list(subtree.nodes):
            if node.type == "NORMAL_MAP" and not node.inputs["Color"].is_linked:
                subtree.nodes.remove(node)
    return list(dict.fromkeys(names))


def _whiten_multiplied_inputs(tree: bpy.types.NodeTree, image_node: bpy.types.Node) -> None:
    """Replace the image by white where it is multiplied, so that the other factor remains."""
    for link in tree.links:
        if (
            link.from_node == image_node
            and link.to_node.type in ("MIX", "MIX_RGB")
            and link.to_socket.type == "RGBA"
        ):
            link.to_socket.default_value = (1.0, 1.0, 1.0, 1.0)


def _reset_driven_inputs(tree: bpy.types.NodeTree, image_node: bpy.types.Node) -> None:
    """Set inputs that the image drives, directly or through other nodes, to `_DEFAULT_INPUTS`."""
    queue = [image_node]
    visited = {image_node.name}
    for node in queue:
        for link in [link for link in tree.links if link.from_node == node]:
            if link.to_node.type == "BSDF_PRINCIPLED":
                if link.to_socket.name in _DEFAULT_INPUTS:
                    link.to_socket.default_value = _DEFAULT_INPUTS[link.to_socket.name]
                    tree.links.remove(link)
            elif link.to_node.name not in visited:
                visited.add(link.to_node.name)
                queue.append(link.to_node)


def _nested_node_trees(tree: bpy.types.NodeTree) -> Iterator[bpy.types.NodeTree]:
    """The tree and all node groups in it, each once."""
    visited: set[str] = set()
    stack: list[bpy.types.NodeTree] = [tree]
    while stack:
        subtree = stack.pop()
        if subtree is None or subtree.name_full in visited:
            continue
        visited.add(subtree.name_full)
        yield subtree
        stack += [node.node_tree for node in subtree.nodes if node.type == "GROUP"]
