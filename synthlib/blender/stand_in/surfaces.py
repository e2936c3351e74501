"""Planes and boxes with procedural materials, which the stand-in scenes are built from.

Lengths are in metres, +Z is up, colours are linear RGBA.
"""

import colorsys
from collections.abc import Sequence

import bpy
import numpy as np

Vector3 = Sequence[float] | np.ndarray
Rgba = tuple[float, float, float, float]

_BRICK_PATTERNS = ("planks", "tiles")
"""Patterns drawn by Blender's brick texture; they are the shiny ones."""

_NOISE_DEPTHS = {"paint": 0.06, "white": 0.04, "cloth": 0.15, "tiles": 0.15}
"""Strength of a pattern's noise in [0, 1]; 0.5 for all others."""

_SQUARE_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
"""Corners of the square [-1, 1]^2, counterclockwise."""


def sample_material(rng: np.random.Generator, pattern: str) -> bpy.types.Material:
    """Sample a material of a pattern.

    The pattern is laid out in the object's own axes, so that it has the same size on objects of
    any size.

    Args:
        rng: Source of every random draw.
        pattern: One of planks, tiles, stone, cloth, grass, paint, fabric and white.
    """
    material = bpy.data.materials.new(pattern)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    colours = _sample_colour_pair(rng, pattern)
    coordinates = nodes.new("ShaderNodeTexCoord")
    mapping = nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value[2] = rng.choice([0.0, np.pi / 2, rng.uniform(0, 3)])
    links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    texture, noise_scale = _add_texture(rng, nodes, pattern, colours)
    if "Vector" in texture.inputs:
        links.new(mapping.outputs[0], texture.inputs["Vector"])
    noise = _add_noise_shading(material, mapping, noise_scale, _NOISE_DEPTHS.get(pattern, 0.5))
    product = nodes.new("ShaderNodeMixRGB")
    product.blend_type = "MULTIPLY"
    product.inputs[0].default_value = 1.0
    links.new(texture.outputs[0], product.inputs[1])
    links.new(noise, product.inputs[2])
    if pattern in _BRICK_PATTERNS:
        shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
        shader.inputs["Roughness"].default_value = float(rng.uniform(0.2, 0.6))
    else:
        # Half the cost of a principled shader, and these surfaces do not shine.
        shader = nodes.new("ShaderNodeBsdfDiffuse")
        output = next(node for node in nodes if node.type == "OUTPUT_MATERIAL")
        links.new(shader.outputs[0], output.inputs["Surface"])
    links.new(product.outputs[0], shader.inputs[0])
    return material


def _add_texture(
    rng: np.random.Generator,
    nodes: bpy.types.Nodes,
    pattern: str,
    colours: tuple[Rgba, Rgba],
) -> tuple[bpy.types.Node, Vector3]:
    """Add the texture node of a pattern.

    Returns:
        The node, and the frequencies per metre along each axis of the noise that belongs to it.
    """
    if pattern in _BRICK_PATTERNS:
        texture = nodes.new("ShaderNodeTexBrick")
        width = float(rng.uniform(0.15, 0.45))
        height = width if pattern == "tiles" else float(rng.uniform(0.06, 0.16))
        is_planks = pattern == "planks"
        texture.offset = 0.5 if is_planks else 0.0
        inputs = {
            "Scale": 1.0,
            "Brick Width": width * (4.0 if is_planks else 1.0),
            "Row Height": height,
            "Mortar Size": float(rng.uniform(0.001, 0.006)),
            "Color1": colours[0],
            "Color2": colours[1],
            "Mortar": (*(0.4 * channel for channel in colours[0][:3]), 1.0),
        }
        noise_scale = (2.0, 30.0, 2.0) if is_planks else (4.0, 4.0, 4.0)
    elif pattern == "cloth":
        texture = nodes.new("ShaderNodeTexChecker")
        inputs = {
            "Scale": float(1 / rng.uniform(0.02, 0.12)),
            "Color1": colours[0],
            "Color2": colours[1],
        }
        noise_scale = (300.0, 300.0, 300.0)
    else:
        texture = nodes.new("ShaderNodeRGB")
        texture.outputs[0].default_value = colours[0]
        inputs = {}
        is_fibrous = pattern in ("grass", "fabric")
        noise_scale = (float(rng.uniform(80, 200)) if is_fibrous else 6.0,) * 3
    for name, value in inputs.items():
        texture.inputs[name].default_value = value
    return texture, noise_scale


def _add_noise_shading(
    material: bpy.types.Material, mapping: bpy.types.Node, noise_scale: Vector3, depth: float
) -> bpy.types.NodeSocket:
    """Add grey noise between 1 - depth and 1; returns its output."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    scaling = nodes.new("ShaderNodeMapping")
    noise = nodes.new("ShaderNodeTexNoise")
    scaling.inputs["Scale"].default_value = noise_scale
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = 1.0
    ramp = nodes.new("ShaderNodeMapRange")
    ramp.inputs["From Min"].default_value = 0.3
    ramp.inputs["From Max"].default_value = 0.7
    ramp.inputs["To Min"].default_value = 1.0 - depth
    links.new(mapping.outputs[0], scaling.inputs["Vector"])
    links.new(scaling.outputs[0], noise.inputs["Vector"])
    links.new(noise.outputs[0], ramp.inputs["Value"])
    return ramp.outputs[0]


def _sample_colour_pair(rng: np.random.Generator, pattern: str) -> tuple[Rgba, Rgba]:
    """Sample two related colours that a surface of the pattern may have."""
    if pattern == "planks":
        hue = rng.uniform(0.05, 0.1)
        saturation = rng.uniform(0.3, 0.8)
        value = rng.uniform(0.1, 0.6)
    elif pattern == "grass":
        hue = rng.uniform(0.23, 0.3)
        saturation = rng.uniform(0.6, 0.85)
        value = rng.uniform(0.1, 0.2)
    elif pattern == "white":
        hue = rng.uniform(0.05, 0.15)
        saturation = rng.uniform(0.0, 0.08)
        value = 0.8
    elif pattern in ("fabric", "cloth"):
        hue = rng.random()
        saturation = rng.uniform(0.05, 0.7)
        value = rng.uniform(0.08, 0.7)
    else:  # paint, stone and tiles: mostly warm or grey
        hue = rng.uniform(0.04, 0.14) if rng.random() < 0.6 else rng.random()
        saturation = rng.uniform(0.0, 0.45)
        value = rng.uniform(0.2, 0.8)
    second_value = value * (rng.uniform(0.2, 1.6) if pattern == "cloth" else rng.uniform(0.75, 1.0))
    second_colour = _hsv_to_rgba(hue, saturation * 0.9, min(second_value, 0.85))
    return _hsv_to_rgba(hue, saturation, value), second_colour


def _hsv_to_rgba(hue: float, saturation: float, value: float) -> Rgba:
    return (*colorsys.hsv_to_rgb(float(hue), float(saturation), float(value)), 1.0)


def emissive_material(colour: Vector3, strength: float) -> bpy.types.Material:
    """A material that emits light, for window panes and lamps; linear RGB."""
    material = bpy.data.materials.new("glowing")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes.new("ShaderNodeEmission")
    shader.inputs["Color"].default_value = (*colour, 1.0)
    shader.inputs["Strength"].default_value = strength
    output = next(node for node in nodes if node.type == "OUTPUT_MATERIAL")
    links.new(shader.outputs[0], output.inputs["Surface"])
    # It only has to look lit: the environment lights the scene, and sampling lamps costs time.
    material.cycles.emission_sampling = "NONE"
    return material


def add_box(
    size: Vector3,
    location: Vector3,
    material: bpy.types.Material,
    *,
    yaw: float = 0.0,
    bevel_width: float = 0.0,
) -> bpy.types.Object:
    """Add a box to the scene.

    Args:
        size: Metres along x, y and z.
        location: Centre of the bottom face.
        material: Material of all faces.
        yaw: Degrees about the vertical axis.
        bevel_width: Width of rounded edges, clipped to 45% of the shortest side; 0: sharp edges.
    """
    x, y = size[0] / 2, size[1] / 2
    corners = [(sx * x, sy * y, z) for z in (0.0, size[2]) for sx, sy in _SQUARE_CORNERS]
    bottom, top = (3, 2, 1, 0), (4, 5, 6, 7)
    sides = [(i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4) for i in range(4)]
    obj = _add_mesh_object(corners, [bottom, top, *sides], material, location)
    obj.rotation_euler[2] = np.radians(yaw)
    if bevel_width > 0:
        bevel = obj.modifiers.new("soft", "BEVEL")
        bevel.width = min(bevel_width, 0.45 * min(size))
        bevel.segments = 3
    return obj


def add_plane(
    width: float,
    depth: float,
    location: Vector3,
    material: bpy.types.Material,
    *,
    facing: str = "up",
) -> bpy.types.Object:
    """Add a rectangle to the scene.

    Args:
        width: Size along x, or horizontally if it stands.
        depth: Size along y, or its height if it stands.
        location: Its centre.
        material: Its material.
        facing: "up" (+Z), "front" (-Y), "left" (-X) or "right" (+X).
    """
    corners = [(sx * width / 2, sy * depth / 2, 0.0) for sx, sy in _SQUARE_CORNERS]
    obj = _add_mesh_object(corners, [(0, 1, 2, 3)], material, location)
    tilt = 0.0 if facing == "up" else np.pi / 2
    yaw = {"left": -np.pi / 2, "right": np.pi / 2}.get(facing, 0.0)
    obj.rotation_euler = (tilt, 0.0, yaw)
    return obj


def _add_mesh_object(
    corners: list, faces: list, material: bpy.types.Material, location: Vector3
) -> bpy.types.Object:
    mesh = bpy.data.meshes.new("shape")
    mesh.from_pydata([tuple(map(float, corner)) for corner in corners], [], faces)
    mesh.materials.append(material)
    obj = bpy.data.objects.new("shape", mesh)
    obj.location = tuple(map(float, location))
    bpy.context.scene.collection.objects.link(obj)
    return obj
