"""Planes and boxes with procedural surfaces, in metres: what the stand-ins' scenes are made of."""

import colorsys

import bpy
import numpy as np

Vector3 = tuple[float, float, float]


def sample_material(rng: np.random.Generator, pattern: str) -> bpy.types.Material:
    """A random material. Patterns: planks, tiles, stone, cloth, grass, paint, fabric, white.

    The pattern lies in the object's own axes, so a plank has one width on every object.
    """
    made = bpy.data.materials.new(pattern)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    one, two = _sample_colour_pair(rng, pattern)
    coordinates, mapping = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value[2] = rng.choice([0.0, np.pi / 2, rng.uniform(0, 3)])
    links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    if pattern in ("planks", "tiles"):
        texture, width = nodes.new("ShaderNodeTexBrick"), float(rng.uniform(0.15, 0.45))
        texture.offset = 0.5 if pattern == "planks" else 0.0
        row = rng.uniform(0.06, 0.16) if pattern == "planks" else width
        settings = {
            "Scale": 1.0,
            "Brick Width": width * (4.0 if pattern == "planks" else 1.0),
            "Row Height": float(row),
            "Mortar Size": float(rng.uniform(0.001, 0.006)),
            "Color1": one,
            "Color2": two,
            "Mortar": (*(0.4 * c for c in one[:3]), 1.0),
        }
        stretch = (2.0, 30.0, 2.0) if pattern == "planks" else (4.0, 4.0, 4.0)
    elif pattern == "cloth":
        texture = nodes.new("ShaderNodeTexChecker")
        settings = {"Scale": float(1 / rng.uniform(0.02, 0.12)), "Color1": one, "Color2": two}
        stretch = (300.0, 300.0, 300.0)
    else:
        texture = nodes.new("ShaderNodeRGB")
        texture.outputs[0].default_value = one
        settings = {}
        stretch = (float(rng.uniform(80, 200)) if pattern in ("grass", "fabric") else 6.0,) * 3
    for name, value in settings.items():
        texture.inputs[name].default_value = value
    if "Vector" in texture.inputs:
        links.new(mapping.outputs[0], texture.inputs["Vector"])
    depth = {"paint": 0.06, "white": 0.04, "cloth": 0.15, "tiles": 0.15}.get(pattern, 0.5)
    grain = _add_noise_shading(made, mapping, stretch, depth)
    mixed = nodes.new("ShaderNodeMixRGB")
    mixed.blend_type, mixed.inputs[0].default_value = "MULTIPLY", 1.0
    links.new(texture.outputs[0], mixed.inputs[1])
    links.new(grain, mixed.inputs[2])
    if pattern in ("planks", "tiles"):
        shader = next(n for n in nodes if n.type == "BSDF_PRINCIPLED")
        shader.inputs["Roughness"].default_value = float(rng.uniform(0.2, 0.6))
    else:  # half the cost of a principled surface, and these do not shine
        shader = nodes.new("ShaderNodeBsdfDiffuse")
        out = next(n for n in nodes if n.type == "OUTPUT_MATERIAL")
        links.new(shader.outputs[0], out.inputs["Surface"])
    links.new(mixed.outputs[0], shader.inputs[0])
    return made


def _add_noise_shading(
    material: bpy.types.Material, mapping: bpy.types.Node, noise_scale: Vector3, depth: float
) -> bpy.types.NodeSocket:
    """A grey noise between 1 - depth and 1, its scale a metre by axis in `stretch`."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    scale, noise = nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexNoise")
    scale.inputs["Scale"].default_value = noise_scale
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = 1.0
    ramp = nodes.new("ShaderNodeMapRange")
    ramp.inputs["From Min"].default_value, ramp.inputs["From Max"].default_value = 0.3, 0.7
    ramp.inputs["To Min"].default_value = 1.0 - depth
    links.new(mapping.outputs[0], scale.inputs["Vector"])
    links.new(scale.outputs[0], noise.inputs["Vector"])
    links.new(noise.outputs[0], ramp.inputs["Value"])
    return ramp.outputs[0]


def _sample_colour_pair(rng: np.random.Generator, pattern: str) -> tuple[tuple, tuple]:
    """Two related linear RGBA colours that such a surface has."""
    if pattern == "planks":
        hue, saturation, value = (
            rng.uniform(0.05, 0.1),
            rng.uniform(0.3, 0.8),
            rng.uniform(0.1, 0.6),
        )
    elif pattern == "grass":
        hue, saturation, value = (
            rng.uniform(0.23, 0.3),
            rng.uniform(0.6, 0.85),
            rng.uniform(0.1, 0.2),
        )
    elif pattern == "white":
        hue, saturation, value = rng.uniform(0.05, 0.15), rng.uniform(0.0, 0.08), 0.8
    elif pattern in ("fabric", "cloth"):
        hue, saturation, value = rng.random(), rng.uniform(0.05, 0.7), rng.uniform(0.08, 0.7)
    else:  # paint, stone and tiles: warm or grey more often than not
        hue = rng.uniform(0.04, 0.14) if rng.random() < 0.6 else rng.random()
        saturation, value = rng.uniform(0.0, 0.45), rng.uniform(0.2, 0.8)
    other = value * (rng.uniform(0.2, 1.6) if pattern == "cloth" else rng.uniform(0.75, 1.0))
    return _rgba(hue, saturation, value), _rgba(hue, saturation * 0.9, min(other, 0.85))


def _rgba(hue: float, saturation: float, value: float) -> tuple[float, float, float, float]:
    return (*colorsys.hsv_to_rgb(float(hue), float(saturation), float(value)), 1.0)


def emissive_material(colour: Vector3, strength: float) -> bpy.types.Material:
    """A material that shines by itself: window panes and lamps."""
    made = bpy.data.materials.new("glowing")
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = nodes.new("ShaderNodeEmission")
    shader.inputs["Color"].default_value = (*colour, 1.0)
    shader.inputs["Strength"].default_value = strength
    out = next(n for n in nodes if n.type == "OUTPUT_MATERIAL")
    links.new(shader.outputs[0], out.inputs["Surface"])
    made.cycles.emission_sampling = "NONE"  # it is to be seen; the environment gives the light
    return made


def add_box(
    size: Vector3,
    location: Vector3,
    material: bpy.types.Material,
    *,
    yaw: float = 0.0,
    bevel_width: float = 0.0,
) -> bpy.types.Object:
    """A box of `size` whose bottom face's centre is `at`; yaw in degrees; `soft` rounds, metres."""
    x, y = size[0] / 2, size[1] / 2
    corners = [(sx * x, sy * y, z) for z in (0.0, size[2]) for sx, sy in _SQUARE_CORNERS]
    faces = [
        (3, 2, 1, 0),
        (4, 5, 6, 7),
        *((i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4) for i in _CORNER_INDICES),
    ]
    thing = _add_mesh_object(corners, faces, material, location)
    thing.rotation_euler[2] = np.radians(yaw)
    if bevel_width > 0:
        bevel = thing.modifiers.new("soft", "BEVEL")
        bevel.width, bevel.segments = min(bevel_width, 0.45 * min(size)), 3
    return thing


_SQUARE_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
_CORNER_INDICES = range(4)


def add_plane(
    width: float,
    depth: float,
    location: Vector3,
    material: bpy.types.Material,
    *,
    facing: str = "up",
) -> bpy.types.Object:
    """A rectangle centred `at`, `facing` up, front (-Y), left (-X) or right (+X)."""
    corners = [(sx * width / 2, sy * depth / 2, 0.0) for sx, sy in _SQUARE_CORNERS]
    thing = _add_mesh_object(corners, [(0, 1, 2, 3)], material, location)
    tilt = 0.0 if facing == "up" else np.pi / 2
    turn = {"left": -np.pi / 2, "right": np.pi / 2}.get(facing, 0.0)
    thing.rotation_euler = (tilt, 0.0, turn)
    return thing


def _add_mesh_object(
    corners: list, faces: list, material: bpy.types.Material, location: Vector3
) -> bpy.types.Object:
    mesh = bpy.data.meshes.new("shape")
    mesh.from_pydata([tuple(map(float, c)) for c in corners], [], faces)
    mesh.materials.append(material)
    thing = bpy.data.objects.new("shape", mesh)
    thing.location = tuple(map(float, location))
    bpy.context.scene.collection.objects.link(thing)
    return thing
