"""The light of a view in Blender's current scene: world, lamps, exposure and white balance.

It is chosen by `synthlib.rendering.lighting`. The default light changes nothing in a scene that
`scene.configure_render` set up.
"""

import functools
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from synthlib.blender.errors import ModelError
from synthlib.rendering.lighting import BLENDER_ENVIRONMENTS, Lamp, Light

_ENVIRONMENT_WIDTH = 256
"""Environments are reduced to about this width in px: enough for reflections, less noise."""

_MAX_RADIANCE = 6.0
"""Radiance, as a multiple of the mean, at which environments are cut off. A sun above it would be
hit by few paths of light, each a bright speck; `lamps` give hard light without noise."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear Rec. 709 red, green and blue (ITU-R BT.709)."""


def apply_light(light: Light, centre: np.ndarray, radius: float) -> None:
    """Light the scene for one view, in place of the light of the view before.

    Args:
        light: The light.
        centre: float64 (3,), where lamps are directed at.
        radius: Radius of the object about `centre`, the unit of lamps' sizes and distances.
    """
    view_settings = bpy.context.scene.view_settings
    view_settings.exposure = light.exposure
    view_settings.use_white_balance = light.white_balance != 6500.0
    view_settings.white_balance_temperature = light.white_balance
    background = _node("BACKGROUND")
    background.inputs["Strength"].default_value = light.strength
    if light.environment:
        texture = _environment_node()
        texture.image = _environment_image(light.environment)
        _node("MAPPING").inputs["Rotation"].default_value[2] = np.radians(light.turn)
    for lamp in list(bpy.data.lights):
        bpy.data.lights.remove(lamp)  # and its object
    for lamp in light.lamps:
        _add_lamp(lamp, centre, radius)


def _node(kind: str) -> bpy.types.Node | None:
    """The first node of a kind in the world's graph."""
    nodes = bpy.context.scene.world.node_tree.nodes
    return next((node for node in nodes if node.type == kind), None)


def _environment_node() -> bpy.types.Node:
    """The world's environment texture, which is added the first time."""
    if (texture := _node("TEX_ENVIRONMENT")) is not None:
        return texture
    world = bpy.context.scene.world
    # Importance sampling would cost twice the time per frame, and reduce little noise once
    # `_MAX_RADIANCE` has cut off the sun.
    world.cycles.sampling_method = "NONE"
    nodes, links = world.node_tree.nodes, world.node_tree.links
    coordinates = nodes.new("ShaderNodeTexCoord")
    mapping = nodes.new("ShaderNodeMapping")
    texture = nodes.new("ShaderNodeTexEnvironment")
    links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    links.new(texture.outputs["Color"], _node("BACKGROUND").inputs["Color"])
    return texture


def _environment_image(environment: str) -> bpy.types.Image:
    """An environment as an image of this scene, with mean radiance 1."""
    name = f"environment {environment}"[-60:]
    if name in bpy.data.images:
        return bpy.data.images[name]
    radiance = _read_environment(environment)
    height, width, _ = radiance.shape
    image = bpy.data.images.new(name, width, height, float_buffer=True)
    image.colorspace_settings.name = "Linear Rec.709"
    rgba = np.concatenate([radiance, np.ones((height, width, 1), np.float32)], axis=2)
    image.pixels.foreach_set(np.ascontiguousarray(rgba).ravel())
    image.update()
    return image


@functools.lru_cache(maxsize=32)
def _read_environment(environment: str) -> np.ndarray:
    """Read an environment, reduce it, and divide it by its mean radiance over all directions.

    Returns:
        float32 (height, width, 3), linear Rec. 709, the first row at the bottom.

    Raises:
        ModelError: Blender cannot read the file, or it is black.
    """
    path = Path(environment)
    if environment in BLENDER_ENVIRONMENTS:
        folder = bpy.utils.system_resource("DATAFILES", path="studiolights/world")
        path = Path(folder) / f"{environment}.exr"
    image = bpy.data.images.load(str(path))
    width, height = image.size
    if not width:
        bpy.data.images.remove(image)
        raise ModelError(f"Blender cannot read the environment {path}; replace or remove it")
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    radiance = pixels.reshape(height, width, image.channels)[:, :, :3]
    bpy.data.images.remove(image)

    block = max(1, width // _ENVIRONMENT_WIDTH)
    rows, columns = height // block, width // block
    radiance = radiance[: rows * block, : columns * block]
    radiance = radiance.reshape(rows, block, columns, block, 3).mean(axis=(1, 3))
    # a row's share of all directions
    weights = np.cos(np.pi * ((np.arange(rows) + 0.5) / rows - 0.5))
    for _ in range(3):  # the mean falls when the brightest spots are cut off
        luminance = radiance @ _LUMINANCE
        mean = float(np.average(luminance.mean(axis=1), weights=weights))
        if not 0 < mean < np.inf:
            raise ModelError(f"the environment {path} is black or not finite; remove it")
        cut = np.minimum(1.0, _MAX_RADIANCE / np.maximum(luminance / mean, 1e-9))
        radiance = radiance * (cut / mean)[:, :, None]
    return radiance.astype(np.float32)


def _add_lamp(lamp: Lamp, centre: np.ndarray, radius: float) -> None:
    """Add a lamp that shines at the object's centre."""
    data = bpy.data.lights.new("lamp", lamp.kind.upper())
    distance, size = lamp.distance * radius, lamp.size * radius
    # A white surface of radiance L is lit by L * pi. A lamp of power P lights it at distance d by
    # P / (4 pi d^2) if it shines evenly into all directions, by P / (pi d^2) as a square.
    if lamp.kind == "sun":
        data.energy = np.pi * lamp.strength
        data.angle = float(np.radians(10.0 * lamp.size))
    elif lamp.kind == "point":
        data.energy = 4.0 * np.pi**2 * distance**2 * lamp.strength
        data.shadow_soft_size = size / 2.0
    else:
        data.energy = np.pi**2 * distance**2 * lamp.strength
        data.size = size
    azimuth, elevation = np.radians([lamp.azimuth, lamp.elevation])
    direction = Vector(
        (
            np.cos(elevation) * np.sin(azimuth),
            -np.cos(elevation) * np.cos(azimuth),
            np.sin(elevation),
        )
    )
    obj = bpy.data.objects.new("lamp", data)
    obj.location = Vector(centre.tolist()) + direction * distance
    obj.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()  # lamps shine along -Z
    bpy.context.scene.collection.objects.link(obj)
