"""Scene of a render: reset, lit white from all sides, with a transparent film (thesis 4.3.3, 5.1).

This module, `synthlib.rendering.framing` and the object fix the bytes of a render: Cycles with a
fixed seed and sample count, no dithering, view transform Standard, straight-alpha PNG without
metadata. On the CPU, the bytes are the same on all CPUs of one kind, whatever their load and number
of cores.

All functions act on Blender's current scene. Lengths are in metres, +Z is up.
"""

import errno
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender.errors import ModelError
from synthlib.utils.errors import SynthlibError

_MIN_FREE_BYTES = 1 << 20
"""With fewer bytes free, a frame that could not be written is attributed to a full disk."""

_GPU_BACKENDS = ("OPTIX", "CUDA", "METAL", "HIP", "ONEAPI")
"""Cycles' GPU backends, the preferred first."""


def select_device(device: str) -> str:
    """Choose the device that Cycles renders on.

    Args:
        device: "cpu", "gpu", or "auto": a GPU if Blender finds one, else the CPU.

    Returns:
        A description of the device, such as "the CPU".

    Raises:
        SynthlibError: `device` is "gpu" and Blender finds none.
    """
    preferences = bpy.context.preferences.addons["cycles"].preferences
    if device != "cpu":
        for backend in _GPU_BACKENDS:
            try:
                preferences.compute_device_type = backend
            except TypeError:  # this build of Blender does not have the backend
                continue
            preferences.refresh_devices()
            gpus = [entry for entry in preferences.devices if entry.type == backend]
            for entry in preferences.devices:
                entry.use = entry.type == backend
            if gpus:
                return f"the GPU, {gpus[0].name} by {backend}"
        if device == "gpu":
            raise SynthlibError(
                "device is 'gpu' but Blender finds no GPU here; use 'auto' or 'cpu'"
            )
    preferences.compute_device_type = "NONE"
    return "the CPU"


def reset_scene() -> bpy.types.Scene:
    """Remove every datablock and return a new, empty scene."""
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
    """Set up Cycles, the film, the output format and the ambient light of the scene.

    Args:
        size: Width and height of the image in px.
        samples: Samples per pixel, at least 1.
        denoise: Denoise with Open Image Denoise, on the CPU.
        bounces: Maximum number of bounces of a light path.
        adaptive_threshold: In [0, 1]; a pixel whose noise is below it gets no more samples. 0 gives
            all samples to every pixel.
        threads: Number of CPU threads that Cycles uses.
    """
    scene = bpy.data.scenes[0]
    render = scene.render
    render.engine = "CYCLES"
    _configure_cycles(scene.cycles, samples, denoise, bounces, adaptive_threshold)
    render.threads_mode = "FIXED"
    render.threads = threads
    render.resolution_x = size
    render.resolution_y = size
    render.resolution_percentage = 100
    render.film_transparent = True
    render.dither_intensity = 0.0
    render.use_persistent_data = True  # between an instance's views only the camera changes
    render.use_file_extension = False
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.color_depth = "8"
    render.image_settings.compression = 60  # times and sizes: docs/rendering.md
    for name in dir(render):
        if name.startswith("use_stamp"):
            setattr(render, name, False)
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.display_settings.display_device = "sRGB"
    _set_ambient_light(scene)


def _configure_cycles(
    cycles: bpy.types.bpy_struct,
    samples: int,
    denoise: bool,
    bounces: int,
    adaptive_threshold: float,
) -> None:
    on_gpu = bpy.context.preferences.addons["cycles"].preferences.compute_device_type != "NONE"
    cycles.device = "GPU" if on_gpu else "CPU"
    cycles.samples = samples
    cycles.max_bounces = bounces
    cycles.use_adaptive_sampling = adaptive_threshold > 0
    cycles.adaptive_threshold = adaptive_threshold
    cycles.use_denoising = denoise
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_use_gpu = False
    # Measured: as accurate as with all passes and prefilters, in an eighth of their time.
    cycles.denoising_input_passes = "RGB"
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"
    cycles.seed = 0


def _set_ambient_light(scene: bpy.types.Scene) -> None:
    """Light the scene with white ambient light of strength 1, so that colours render unchanged."""
    world = bpy.data.worlds.new("ambient")
    world.use_nodes = True
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background.inputs["Strength"].default_value = 1.0
    scene.world = world


def evaluated_vertices() -> np.ndarray:
    """Vertices of all meshes of the scene as they are rendered, with modifiers applied.

    Returns:
        float64 (N, 3), world coordinates.

    Raises:
        ModelError: No mesh has a face.
    """
    parts = [
        face_vertices(mesh) @ matrix[:3, :3].T + matrix[:3, 3] for mesh, matrix in rendered_meshes()
    ]
    if not parts:
        raise ModelError("the object has no faces, so there is nothing to render")
    return np.concatenate(parts)


def rendered_meshes() -> Iterator[tuple[bpy.types.Mesh, np.ndarray]]:
    """The meshes of the scene that have faces, with modifiers applied.

    Yields:
        A mesh, which is valid until the next one, and its matrix to world coordinates, float64
        (4, 4).
    """
    for obj in bpy.data.objects:
        use_render_modifiers(obj)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for instance in depsgraph.object_instances:
        obj = instance.object
        if obj.type != "MESH" or obj.hide_render or not instance.show_self:
            continue
        mesh = cast(bpy.types.Mesh, obj.data)
        if mesh.polygons:
            yield mesh, np.array(instance.matrix_world, dtype=np.float64)


def use_render_modifiers(obj: bpy.types.Object) -> None:
    """Let the viewport evaluate the object's modifiers as a render does.

    The dependency graph that scripts can read is the viewport's.
    """
    for modifier in obj.modifiers:
        modifier.show_viewport = modifier.show_render
        if modifier.type in ("SUBSURF", "MULTIRES"):
            modifier.levels = modifier.render_levels


def face_vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    """Vertices of a mesh that belong to a face; stray vertices are not rendered.

    Returns:
        float64 (N, 3), the object's local coordinates.
    """
    vertices = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    return vertices.reshape(-1, 3)[np.unique(corners)].astype(np.float64)


def add_camera(field_of_view: float) -> bpy.types.Object:
    """Add a square perspective camera to the scene; field_of_view in degrees."""
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit = "HORIZONTAL"
    lens.angle = float(np.radians(field_of_view))
    camera = bpy.data.objects.new("camera", lens)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return camera


def set_lens(
    camera: bpy.types.Object, field_of_view: float, shift_x: float, shift_y: float
) -> None:
    """Set a camera's lens.

    Args:
        camera: A camera object.
        field_of_view: Degrees.
        shift_x: Distance by which the object moves to the right in the frame, as a share of the
            frame's side.
        shift_y: The same, upwards.
    """
    camera.data.angle = float(np.radians(field_of_view))
    camera.data.shift_x = -shift_x
    camera.data.shift_y = -shift_y


def place_camera(
    camera: bpy.types.Object, axes: np.ndarray, position: np.ndarray, near: float, far: float
) -> None:
    """Set a camera's pose and clipping planes.

    Args:
        camera: A camera object.
        axes: float64 (3, 3), orthonormal rows right, up, back.
        position: float64 (3,).
        near: Depth of the object's nearest point.
        far: Depth of its farthest point.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = axes.T
    matrix[:3, 3] = position
    camera.matrix_world = Matrix(matrix.tolist())  # an array would be read column by column
    camera.data.clip_start = near / 2.0
    camera.data.clip_end = far * 2.0


def set_render_border(points: np.ndarray, margin_px: int = 2) -> None:
    """Trace rays only around the object; the image's size and pixels stay the same.

    Args:
        points: float64 (N, 2), points in the frame [-1, 1]^2, y up, whose bounding box contains
            the object.
        margin_px: Width of a margin around the box. The default is the reach of the pixel filter,
            0.75 px, rounded up, plus one.
    """
    render = bpy.context.scene.render
    # Displacement moves the surface off the mesh that the points belong to.
    is_displaced = any(material.displacement_method != "BUMP" for material in bpy.data.materials)
    render.use_border = not is_displaced
    render.use_crop_to_border = False
    if is_displaced:
        return
    size = render.resolution_x
    pixels = (points + 1.0) / 2.0 * size
    low = np.clip(np.floor(pixels.min(axis=0)) - margin_px, 0, size - 1) / size
    high = np.clip(np.ceil(pixels.max(axis=0)) + margin_px, 1, size) / size
    render.border_min_x, render.border_min_y = low.tolist()
    render.border_max_x, render.border_max_y = high.tolist()


def render_png(path: Path) -> bytes:
    """Render the scene to a PNG, which appears at `path` only when it is complete.

    Returns:
        The content of the file.

    Raises:
        OSError: The disk is full (errno ENOSPC), or the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    bpy.context.scene.render.filepath = str(part)
    try:
        bpy.ops.render.render(write_still=True)
        content = _strip_ancillary_chunks(part.read_bytes())
    except (RuntimeError, struct.error, FileNotFoundError) as error:
        # Blender does not say why it could not write a file.
        if shutil.disk_usage(path.parent).free < _MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise
    part.write_bytes(content)
    part.replace(path)
    return content


def _strip_ancillary_chunks(png: bytes) -> bytes:
    """Remove a PNG's ancillary chunks, into which Blender writes render times.

    Raises:
        struct.error: The file ends before its last chunk.
    """
    chunks = [png[:8]]
    start = 8
    while (kind := png[start + 4 : start + 8]) != b"IEND":
        end = start + 12 + struct.unpack_from(">I", png, start)[0]
        if kind[:1].isupper():
            chunks.append(png[start:end])
        start = end
    return b"".join([*chunks, png[start:]])
