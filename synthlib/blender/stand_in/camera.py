"""Light and film of the stand-ins: HDRIs, lamps, and what a small camera makes of their light."""

import io
import os
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from synthlib.blender import scene
from synthlib.utils.files import write_atomic


def begin_scene(size: int, samples: int, threads: int) -> None:
    """An empty scene whose film takes in linear light, size x size px.

    The denoiser makes 4 samples look like 50, which is what makes hundreds of scenes affordable.
    """
    now = scene.reset_scene()
    scene.configure_render(size, samples, denoise=True, threads=threads)
    now.render.film_transparent = False
    now.render.image_settings.file_format = "OPEN_EXR"
    now.render.image_settings.color_mode = "RGB"
    now.render.image_settings.color_depth = "32"
    cycles = now.cycles
    cycles.denoising_quality, cycles.denoising_prefilter = "FAST", "NONE"
    cycles.max_bounces, cycles.sample_clamp_indirect = 2, 8.0
    cycles.use_light_tree = False
    cycles.caustics_reflective = cycles.caustics_refractive = False


def set_environment(hdri: str, rotation: float) -> None:
    """Puts one of Blender's HDRIs around the scene, turned by `turn` degrees about the vertical.

    The camera that looks along +Y sees the column 0.25 - turn / 360 of the image, in [0, 1).
    """
    world = bpy.context.scene.world
    nodes, links = world.node_tree.nodes, world.node_tree.links
    folder = bpy.utils.system_resource("DATAFILES", path="studiolights/world")
    image = nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(str(Path(folder) / f"{hdri}.exr"))
    mapping, coordinates = nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexCoord")
    mapping.inputs["Rotation"].default_value[2] = np.radians(rotation)
    links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    links.new(mapping.outputs[0], image.inputs["Vector"])
    background = next(n for n in nodes if n.type == "BACKGROUND")
    links.new(image.outputs["Color"], background.inputs["Color"])
    # The automatic map has the image's size and takes two seconds of every scene.
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 256


def add_sun(rng: np.random.Generator) -> None:
    """A sun, or a lamp far away: light from the camera's half, with a shadow."""
    data = bpy.data.lights.new("lamp", "SUN")
    data.energy, data.angle = float(rng.uniform(1, 6)), float(np.radians(rng.uniform(1, 25)))
    data.color = (1.0, *rng.uniform((0.75, 0.55), 1.0))
    thing = bpy.data.objects.new("lamp", data)
    tilt, turn = np.radians([rng.uniform(20, 60), rng.uniform(-110, 110)])
    thing.rotation_euler = (tilt, 0.0, turn)
    bpy.context.scene.collection.objects.link(thing)


def take_photograph(
    path: Path, rng: np.random.Generator, scratch_folder: Path, quality: int
) -> None:
    """Renders the scene and saves it as the JPEG `path`, whole or not at all; `work` is scratch."""
    buffer = io.BytesIO()
    Image.fromarray(_develop_image(_render_linear(scratch_folder), rng)).save(
        buffer, "JPEG", quality=quality
    )
    write_atomic(path, buffer.getvalue())


def _render_linear(scratch_folder: Path) -> np.ndarray:
    """float32 (H, W, 3): the scene's linear light, in [0, inf)."""
    scratch_folder.mkdir(parents=True, exist_ok=True)
    file = scratch_folder / f"{os.getpid()}.exr"
    bpy.context.scene.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(file))
    (width, height), channels = image.size, image.channels
    light = np.empty(width * height * channels, np.float32)
    image.pixels.foreach_get(light)
    bpy.data.images.remove(image)
    file.unlink()
    return np.maximum(light.reshape(height, width, channels)[::-1, :, :3], 0.0)


def _develop_image(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 (H, W, 3) sRGB of linear `light`, float32 in [0, inf).

    Exposed for the middle of the frame, half white-balanced, darker in the corners, with contrast,
    soft highlights and grain.
    """
    height, width, _ = light.shape
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corner = x**2 + y**2
    grey = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    level = np.exp(np.average(np.log(grey + 1e-4), weights=np.exp(-corner)))
    weights = np.exp(-corner) / (1 + grey / level)  # lamps and skies say little about the cast
    cast = np.average(light.reshape(-1, 3), axis=0, weights=weights.ravel())
    balance = (cast.mean() / (cast + 1e-6)) ** 0.45 * np.exp(rng.normal(0, 0.04, 3))
    light = light * balance * (2 ** rng.uniform(-0.5, 0.6) / level)
    light = 0.2 * light ** rng.uniform(1.05, 1.3) * (1 - rng.uniform(0, 0.12) * corner)[..., None]
    light = np.where(light > 0.6, 0.6 + 0.4 * (1 - np.exp(-(light - 0.6) / 0.4)), light)
    display = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    display = display + rng.normal(0, rng.uniform(0.004, 0.015), light.shape)
    return (np.clip(display, 0, 1) * 255 + 0.5).astype(np.uint8)
