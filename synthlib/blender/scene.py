"""The scene of a render: emptied, lit white from everywhere, film transparent (thesis 4.3.3, 5.1).

What stands here and in `framing` fixes a render's bytes, together with the object: Cycles with a
fixed seed and sample count, no dithering, view transform Standard, straight-alpha PNG without
metadata. On the CPU one thread, in a process whose Blender has but one (see `worker`): then the
bytes are the same on all CPUs of a kind, whatever their load and number of cores.
"""

import errno
import os
import shutil
import struct
from pathlib import Path
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender.importing.errors import ModelError
from synthlib.utils.errors import SynthlibError

_MIN_FREE_BYTES = 1 << 20
"""Bytes free under which a frame that could not be written is put down to a full disk."""

_GPU_BACKENDS = ("OPTIX", "CUDA", "METAL", "HIP", "ONEAPI")


def select_device(device: str) -> str:
    """Chooses what Cycles renders on and says it in words; device is "auto", "cpu" or "gpu".

    "auto" takes a GPU when Blender finds one. Raises SynthlibError if "gpu" finds none.
    """
    preferences = bpy.context.preferences.addons["cycles"].preferences
    if device != "cpu":
        for kind in _GPU_BACKENDS:
            try:
                preferences.compute_device_type = kind
            except TypeError:  # this build of Blender lacks the kind
                continue
            preferences.refresh_devices()
            found = [d for d in preferences.devices if d.type == kind]
            for entry in preferences.devices:
                entry.use = entry.type == kind
            if found:
                return f"the GPU, {found[0].name} by {kind}"
        if device == "gpu":
            raise SynthlibError(
                "device is 'gpu' but Blender finds no GPU here; use 'auto' or 'cpu'"
            )
    preferences.compute_device_type = "NONE"
    return "the CPU"


def reset_scene() -> bpy.types.Scene:
    """Removes every datablock and returns a fresh, empty scene."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    return bpy.data.scenes[0]


def configure_render(
    size: int,
    samples: int,
    *,
    denoise: bool,
    bounces: int = 12,
    adaptive_threshold: float = 0.0,
    threads: int = 1,
) -> None:
    """Cycles at size x size px, `samples` a pixel, white ambient light, transparent film.

    bounces: the most that a path of light takes. adaptive_threshold in [0, 1]: a pixel whose noise
    is below gets no more samples; 0: all get all.
    """
    scene = bpy.data.scenes[0]
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    on_gpu = bpy.context.preferences.addons["cycles"].preferences.compute_device_type != "NONE"
    cycles.device = "GPU" if on_gpu else "CPU"
    cycles.samples = samples
    cycles.max_bounces = bounces
    cycles.use_adaptive_sampling = adaptive_threshold > 0
    cycles.adaptive_threshold = adaptive_threshold
    cycles.use_denoising, cycles.denoiser = denoise, "OPENIMAGEDENOISE"
    cycles.denoising_use_gpu = False
    # As near to the truth as with all passes and prefilters, for an eighth of their time.
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB", "NONE"
    cycles.denoising_quality = "FAST"
    cycles.seed = 0
    render.threads_mode, render.threads = "FIXED", threads
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage = 100
    render.film_transparent = True
    render.dither_intensity = 0.0
    render.use_persistent_data = True  # of an instance's views only the camera differs
    render.use_file_extension = False
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.color_depth = "8"
    render.image_settings.compression = 60  # docs/rendering.md has times and sizes
    for name in dir(render):
        if name.startswith("use_stamp"):
            setattr(render, name, False)
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.display_settings.display_device = "sRGB"
    _set_ambient_light(scene)


def _set_ambient_light(scene: bpy.types.Scene) -> None:
    """White ambient light of strength 1 and no lamp: colours render as they are painted."""
    world = bpy.data.worlds.new("ambient")
    world.use_nodes = True
    background = next(n for n in world.node_tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background.inputs["Strength"].default_value = 1.0
    scene.world = world


def evaluated_vertices() -> np.ndarray:
    """float64 (N, 3): the vertices of all meshes in the scene as rendered, modifiers applied.

    Raises ModelError if there is no surface.
    """
    for item in bpy.data.objects:
        for modifier in item.modifiers:  # this graph is the viewport's: let it show what renders do
            modifier.show_viewport = modifier.show_render
            if modifier.type in ("SUBSURF", "MULTIRES"):
                modifier.levels = modifier.render_levels
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for instance in graph.object_instances:
        item = instance.object
        if item.type != "MESH" or item.hide_render or not instance.show_self:
            continue
        mesh = cast(bpy.types.Mesh, item.data)
        if not mesh.polygons:
            continue
        matrix = np.array(instance.matrix_world, dtype=np.float64)
        parts.append(face_vertices(mesh) @ matrix[:3, :3].T + matrix[:3, 3])
    if not parts:
        raise ModelError("the object has no faces, so there is nothing to render")
    return np.concatenate(parts)


def face_vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    """float64 (N, 3): the mesh's vertices that faces use (stray ones do not show), local axes."""
    points = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    return points.reshape(-1, 3)[np.unique(corners)].astype(np.float64)


def add_camera(field_of_view: float) -> bpy.types.Object:
    """A square perspective camera; field_of_view in degrees."""
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "HORIZONTAL"
    data.angle = float(np.radians(field_of_view))
    camera = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return camera


def set_lens(
    camera: bpy.types.Object, field_of_view: float, shift_x: float, shift_y: float
) -> None:
    """field_of_view in degrees; shifts are shares of the frame's side that the picture moves to the
    right and up."""
    camera.data.angle = float(np.radians(field_of_view))
    camera.data.shift_x, camera.data.shift_y = -shift_x, -shift_y


def place_camera(
    camera: bpy.types.Object, axes: np.ndarray, position: np.ndarray, near: float, far: float
) -> None:
    """axes float64 (3, 3): rows right, up, back; position (3,), nearest and farthest depth in m."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes.T, position
    camera.matrix_world = Matrix(matrix.tolist())  # a bare list would be read by columns
    camera.data.clip_start, camera.data.clip_end = near / 2.0, far * 2.0


def set_render_border(points: np.ndarray, margin_px: int = 2) -> None:
    """Traces rays only where the object is; the image's size and pixels stay the same.

    points float64 (N, 2): the object's in the frame, [-1, 1]^2, y up, all that spans its outline.
    margin in px: the pixel filter's reach, 0.75 px, rounded up and one more.
    """
    render = bpy.context.scene.render
    outside = any(material.displacement_method != "BUMP" for material in bpy.data.materials)
    render.use_border, render.use_crop_to_border = not outside, False
    if outside:  # moved off the mesh that the points are of
        return
    size = render.resolution_x
    pixels = (points + 1.0) / 2.0 * size
    least = np.clip(np.floor(pixels.min(axis=0)) - margin_px, 0, size - 1) / size
    most = np.clip(np.ceil(pixels.max(axis=0)) + margin_px, 1, size) / size
    render.border_min_x, render.border_min_y = least.tolist()
    render.border_max_x, render.border_max_y = most.tolist()


def render_png(path: Path) -> bytes:
    """Renders the scene to a PNG that appears at `path` only when whole; returns its content."""
    part = path.with_name(path.name + ".part")
    bpy.context.scene.render.filepath = str(part)
    try:
        bpy.ops.render.render(write_still=True)
        content = _strip_ancillary_chunks(part.read_bytes())
    except (RuntimeError, struct.error, FileNotFoundError) as error:
        if shutil.disk_usage(path.parent).free < _MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise
    part.write_bytes(content)
    part.replace(path)
    return content


def _strip_ancillary_chunks(png: bytes) -> bytes:
    """The PNG without its ancillary chunks: Blender writes render times into them.

    Raises struct.error if the file ends before its last chunk.
    """
    kept, at = [png[:8]], 8
    while (kind := png[at + 4 : at + 8]) != b"IEND":
        end = at + 12 + struct.unpack_from(">I", png, at)[0]
        if kind[:1].isupper():
            kept.append(png[at:end])
        at = end
    return b"".join([*kept, png[at:]])
