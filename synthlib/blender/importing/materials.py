"""Repairs of imported materials that Cycles would render incorrectly, and their variation.

Faults are missing images, alpha that counts twice, and meshes without any material. All functions
change materials or meshes of a model that has just been imported. Colours are linear RGBA.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

import bpy
import numpy as np

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
    single_layer_alpha: bool = True,
) -> None:
    """Repair the index of refraction and the alpha of a material.

    Args:
        material: An imported material, after `remove_lost_images`.
        warn: Called with one sentence for each fault that changes the material's look.
        single_layer_alpha: Alpha is the opacity of a single layer of surface, as in all formats
            except Blender's own.
    """
    shader = _principled_shader(material.node_tree)
    if shader is None or not single_layer_alpha:
        return
    # Exporters write an index of 1 for "not known"; the surface would have no reflections.
    if shader.inputs["IOR"].default_value <= 1.0:
        shader.inputs["IOR"].default_value = _DEFAULT_IOR
    _repair_alpha(material, shader.inputs["Alpha"], warn)


def _repair_alpha(
    material: bpy.types.Material,
    socket: bpy.types.NodeSocket,
    warn: Callable[[str], None],
) -> None:
    """Set the alpha of a material whose file means the opacity of a single layer by it."""
    if socket.is_linked:
        return
    alpha = socket.default_value
    if alpha <= 0.0:
        warn(f"changed material: {material.name} is fully transparent (alpha 0); taken as opaque")
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


def remove_lost_images(material: bpy.types.Material) -> list[bpy.types.Image]:
    """Remove nodes of images without pixels, which would render pink.

    A material without nodes gets them, in its plain colour.

    Returns:
        The images.
    """
    if material.node_tree is None or not material.use_nodes:
        colour = tuple(material.diffuse_color)
        material.use_nodes = True
        _principled_shader(material.node_tree).inputs["Base Color"].default_value = colour
    lost = []
    for subtree in _nested_node_trees(material.node_tree):
        for node in list(subtree.nodes):
            if node.type == "TEX_IMAGE" and (node.image is None or 0 in node.image.size):
                if node.image is not None:
                    lost.append(node.image)
                _whiten_multiplied_inputs(subtree, node)
                _reset_driven_inputs(subtree, node)
                subtree.nodes.remove(node)
        for node in list(subtree.nodes):
            if node.type == "NORMAL_MAP" and not node.inputs["Color"].is_linked:
                subtree.nodes.remove(node)
    return lost


def image_nodes(materials: Iterable[bpy.types.Material]) -> list[bpy.types.Node]:
    """The nodes of all images of materials, of node groups too."""
    return [
        node
        for material in materials
        for tree in _nested_node_trees(material.node_tree)
        for node in tree.nodes
        if node.type == "TEX_IMAGE" and node.image is not None
    ]


def repair_image_alpha(nodes: Iterable[bpy.types.Node]) -> None:
    """Show the colours of images whose alpha nothing uses, and cut out by masks that are grey.

    Blender multiplies a colour by the image's alpha, so that one of alpha 0 would be black.
    """
    nodes = list(nodes)
    with_alpha = {node.image for node in nodes if node.outputs["Alpha"].is_linked}
    with_colour = {node.image for node in nodes if node.outputs["Color"].is_linked}
    for image in with_colour - with_alpha:
        image.alpha_mode = "CHANNEL_PACKED"
    masks = {image for image in with_alpha - with_colour if _is_opaque(image)}
    for image in masks:
        image.colorspace_settings.name = "Non-Color"
    for node in nodes:
        if node.image in masks:
            for link in list(node.outputs["Alpha"].links):
                node.id_data.links.new(node.outputs["Color"], link.to_socket)


def _is_opaque(image: bpy.types.Image) -> bool:
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return image.channels < 4 or bool((pixels[3::4] == 1.0).all())


def paint(objects: Iterable[bpy.types.Object], file: Path) -> None:
    """Paint mesh objects with an image by the texture coordinates of their vertices."""
    material = bpy.data.materials.new("painted")
    material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(file))
    base_colour = _principled_shader(material.node_tree).inputs["Base Color"]
    material.node_tree.links.new(node.outputs["Color"], base_colour)
    for obj in objects:
        mesh = cast(bpy.types.Mesh, obj.data)
        if not mesh.uv_layers and not _add_uv_layer(mesh):
            continue
        mesh.materials.clear()
        mesh.materials.append(material)


def _add_uv_layer(mesh: bpy.types.Mesh) -> bool:
    """Turn the vertices' texture coordinates into a UV layer; False if there are none."""
    axes = [mesh.attributes.get(name) for name in ("texture_u", "texture_v")]
    if None in axes:
        return False
    of_vertices = np.empty((2, len(mesh.vertices)), dtype=np.float32)
    for axis, values in zip(axes, of_vertices, strict=True):
        axis.data.foreach_get("value", values)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.uv_layers.new().uv.foreach_set("vector", of_vertices.T[corners].ravel())
    return True


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
