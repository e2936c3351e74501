"""Light and film of the stand-in scenes: HDRIs, a sun, and the look of a small camera's images.

All functions act on Blender's current scene.
"""

import io
import os
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from synthlib.blender import scene
from synthlib.utils.files import write_atomic


def begin_scene(size: int, samples: int, threads: int) -> None:
    """Reset the scene and set it up to render opaque images in linear light.

    The denoiser makes 4 samples look like 50, which makes hundreds of scenes affordable.

    Args:
        size: Width and height of the image in px.
        samples: Samples per pixel.
        threads: Number of CPU threads that Cycles uses.
    """
    new_scene = scene.reset_scene()
    scene.configure_render(size, samples, denoise=True, threads=threads)
    render = new_scene.render
    render.film_transparent = False
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode = "RGB"
    render.image_settings.color_depth = "32"
    # Cheap and free of fireflies; the difference is invisible at the size of the demo's images.
    cycles = new_scene.cycles
    cycles.max_bounces = 2
    cycles.sample_clamp_indirect = 8.0
    cycles.use_light_tree = False
    cycles.caustics_reflective = False
    cycles.caustics_refractive = False


def set_environment(hdri: str, rotation: float) -> None:
    """Surround the scene with one of the HDRIs that Blender comes with.

    Args:
        hdri: Name of the HDRI, such as "courtyard".
        rotation: Degrees about the vertical axis. A camera that looks along +Y is centred on the
            column 0.25 - rotation / 360 of the HDRI, as a share of its width, modulo 1.
    """
    world = bpy.context.scene.world
    nodes, links = world.node_tree.nodes, world.node_tree.links
    folder = bpy.utils.system_resource("DATAFILES", path="studiolights/world")
    image = nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(str(Path(folder) / f"{hdri}.exr"))
    mapping = nodes.new("ShaderNodeMapping")
    coordinates = nodes.new("ShaderNodeTexCoord")
    mapping.inputs["Rotation"].default_value[2] = np.radians(rotation)
    links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    links.new(mapping.outputs[0], image.inputs["Vector"])
    background = next(node for node in nodes if node.type == "BACKGROUND")
    links.new(image.outputs["Color"], background.inputs["Color"])
    # The automatic importance map has the image's size and would take two seconds per scene.
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 256


def add_sun(rng: np.random.Generator) -> None:
    """Add a sun, or a lamp far away, on the camera's side of the scene; it casts a shadow."""
    light = bpy.data.lights.new("lamp", "SUN")
    light.energy = float(rng.uniform(1, 6))
    light.angle = float(np.radians(rng.uniform(1, 25)))
    light.color = (1.0, *rng.uniform((0.75, 0.55), 1.0))
    obj = bpy.data.objects.new("lamp", light)
    tilt, azimuth = np.radians([rng.uniform(20, 60), rng.uniform(-110, 110)])
    obj.rotation_euler = (tilt, 0.0, azimuth)
    bpy.context.scene.collection.objects.link(obj)


def take_photograph(
    path: Path, rng: np.random.Generator, scratch_folder: Path, quality: int
) -> None:
    """Render the scene and save it as a JPEG, which appears at `path` only when it is complete.

    Args:
        path: The JPEG.
        rng: Source of the camera's exposure, white balance and noise.
        scratch_folder: Folder for a temporary file.
        quality: Quality of the JPEG, 1 to 95.
    """
    pixels = _develop_image(_render_linear(scratch_folder), rng)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    write_atomic(path, buffer.getvalue())


def _render_linear(scratch_folder: Path) -> np.ndarray:
    """Render the scene's linear light, float32 (H, W, 3) in [0, inf)."""
    scratch_folder.mkdir(parents=True, exist_ok=True)
    file = scratch_folder / f"{os.getpid()}.exr"
    bpy.context.scene.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(file))
    width, height = image.size
    channels = image.channels
    values = np.empty(width * height * channels, np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    file.unlink()
    # Blender stores the bottom row first, and alpha last.
    return np.maximum(values.reshape(height, width, channels)[::-1, :, :3], 0.0)


def _develop_image(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Convert linear light into the image of a small camera.

    The image is exposed for the middle of the frame, half white-balanced, and darker in the
    corners; it has more contrast than the scene, soft highlights and noise.

    Args:
        light: float32 (H, W, 3) in [0, inf).
        rng: Source of every random draw.

    Returns:
        uint8 (H, W, 3), sRGB.
    """
    height, width, _ = light.shape
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    squared_radius = x**2 + y**2
    exposure, balance = _measure_light(light, np.exp(-squared_radius))
    balance = balance * np.exp(rng.normal(0, 0.04, 3))
    exposed = light * balance * (2 ** rng.uniform(-0.5, 0.6) / exposure)
    contrast = rng.uniform(1.05, 1.3)
    vignetting = (1 - rng.uniform(0, 0.12) * squared_radius)[..., None]
    exposed = 0.2 * exposed**contrast * vignetting
    # Highlights above 0.6 approach 1 exponentially instead of being clipped.
    soft_highlights = 0.6 + 0.4 * (1 - np.exp(-(exposed - 0.6) / 0.4))
    exposed = np.where(exposed > 0.6, soft_highlights, exposed)
    encoded = np.where(exposed > 0.0031308, 1.055 * exposed ** (1 / 2.4) - 0.055, 12.92 * exposed)
    noise_level = rng.uniform(0.004, 0.015)
    encoded = encoded + rng.normal(0, noise_level, light.shape)
    return (np.clip(encoded, 0, 1) * 255 + 0.5).astype(np.uint8)


def _measure_light(light: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Measure linear light as a camera's automatic exposure and white balance do.

    Args:
        light: float32 (H, W, 3).
        weights: float (H, W), the weights of pixels.

    Returns:
        The weighted geometric mean of the luminance, and factors float (3,) on the channels that
        remove about half of the colour cast.
    """
    luminance = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    mean_luminance = np.exp(np.average(np.log(luminance + 1e-4), weights=weights))
    # Lamps and skies say little about the colour of the light, so bright pixels weigh less.
    weights = weights / (1 + luminance / mean_luminance)
    mean_colour = np.average(light.reshape(-1, 3), axis=0, weights=weights.ravel())
    return mean_luminance, (mean_colour.mean() / (mean_colour + 1e-6)) ** 0.45
