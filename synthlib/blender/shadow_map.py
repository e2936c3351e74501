"""Shadow that the scene's object casts on the ground, rendered from above as a map.

The ground is one of Cycles' shadow catchers: its alpha is the share of the light that the object
takes away. Only light that reaches the ground directly counts, not what the object reflects. The
camera looks straight down from just above the ground, so it sees no part of the object but the
faces that touch the ground, where no light arrives either.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.blender.lighting import apply_light
from synthlib.rendering.ground_shadow import REACH, ShadowMap, smooth
from synthlib.rendering.lighting import Light
from synthlib.rendering.view_files import decode_png

SAMPLES = 0.5
"""Samples per pixel of a map, as a share of those of a render."""

SHARED_SIDE, OWN_SIDE, MAX_OWN_SIDE = 1.5, 0.75, 256
"""Side of a map for all views, as a multiple of a render's; that of a map for one view, and its
limit in pixels."""

_GAP = 1e-3
"""Height of the camera above the ground, in radii of the object."""


def render_shadow_maps(
    lights: Mapping[int, Light], points: np.ndarray, radius: float, settings: dict, folder: Path
) -> Iterator[tuple[int, ShadowMap]]:
    """Render the shadow of the scene's object in the light of each view.

    All maps are rendered one after another, because adding the ground to a scene and removing it
    costs as much as a small frame.

    Args:
        lights: The light of each view that shows the ground, by the view's number.
        points: float64 (N, 3), the object's points in metres.
        radius: The object's radius in metres.
        settings: The fields of `RenderSettings`.
        folder: Folder for a file that is removed again.

    Yields:
        The view's number and its map, which is the same one for views in the same light.
    """
    if not lights:
        return
    is_shared = len(set(lights.values())) == 1
    size = settings["size"]
    side = SHARED_SIDE * size if is_shared else min(OWN_SIDE * size, MAX_OWN_SIDE)
    samples = max(1, round(SAMPLES * settings["samples"]))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    centre = np.array([*middle[:2], points[:, 2].min() - _GAP * radius / 2.0])
    half_side = REACH * radius
    path = folder / "shadow_map.png"
    shadow_map = None
    with _scene_from_above(centre, half_side, radius), _changed_settings(round(side), samples):
        for view, light in lights.items():
            if shadow_map is None or not is_shared:
                apply_light(light, middle, radius)
                alpha = decode_png(scene.render_png(path))[:, :, 3]
                shadow_map = ShadowMap(smooth(alpha / 255.0), centre, half_side)
            yield view, shadow_map
    path.unlink()


@contextlib.contextmanager
def _scene_from_above(centre: np.ndarray, half_side: float, radius: float) -> Iterator[None]:
    """Add the ground, and see the scene from above."""
    camera = bpy.context.scene.camera
    ground = _add_ground(centre, 10.0 * half_side)
    above = _add_camera(centre, half_side, radius)
    yield
    bpy.context.scene.camera = camera
    bpy.data.batch_remove([ground.data, above.data])  # and their objects


@contextlib.contextmanager
def _changed_settings(side: int, samples: int) -> Iterator[None]:
    """Render only light that reaches a surface directly, in whole frames of another size."""
    current = bpy.context.scene
    changes = [
        (current.render, {"resolution_x": side, "resolution_y": side, "use_border": False}),
        (current.cycles, {"samples": samples, "max_bounces": 0, "use_denoising": False}),
    ]
    before = [(target, {name: getattr(target, name) for name in new}) for target, new in changes]
    for target, values in changes:
        _assign(target, values)
    yield
    for target, values in before:
        _assign(target, values)


def _assign(target: bpy.types.bpy_struct, values: dict) -> None:
    for name, value in values.items():
        setattr(target, name, value)


def _add_ground(centre: np.ndarray, half_side: float) -> bpy.types.Object:
    """Add a square that catches shadows."""
    mesh = bpy.data.meshes.new("ground")
    corners = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
    mesh.from_pydata((np.array(corners) * half_side + centre).tolist(), [], [(0, 1, 2, 3)])
    ground = bpy.data.objects.new("ground", mesh)
    ground.is_shadow_catcher = True
    bpy.context.scene.collection.objects.link(ground)
    return ground


def _add_camera(centre: np.ndarray, half_side: float, radius: float) -> bpy.types.Object:
    """Let the scene be seen from above, with +Y at the upper side, by a new camera."""
    lens = bpy.data.cameras.new("above the ground")
    lens.type = "ORTHO"
    lens.ortho_scale = 2.0 * half_side
    lens.clip_start = _GAP * radius / 10.0
    lens.clip_end = 2.0 * _GAP * radius
    camera = bpy.data.objects.new("above the ground", lens)
    camera.location = (*centre[:2].tolist(), float(centre[2] + _GAP * radius))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return camera
