"""Shadow that the scene's object casts on the ground, rendered from above as a map.

The ground is one of Cycles' shadow catchers: its alpha is the share of the light that the object
takes away. Only light that reaches the ground directly counts, not what the object reflects. The
camera looks straight down from just above the ground, so it sees no part of the object but the
faces that touch the ground, where no light arrives either.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.rendering.ground_shadow import REACH, ShadowMap, smooth
from synthlib.rendering.view_files import decode_png

VARIED_SIDE, VARIED_SAMPLES = 0.75, 0.5
"""Side of a map and its samples per pixel, as shares of those of a render, if every view has its
own map. A map for all views has twice the side and the samples of a render."""

_GAP = 1e-3
"""Height of the camera above the ground, in radii of the object."""


class ShadowMaps:
    """Maps of the shadow of the scene's object, one for all views in the same light.

    A map is rendered when it is first asked for, so a scene none of whose views shows the ground
    costs nothing.
    """

    def __init__(
        self, points: np.ndarray, radius: float, settings: dict, folder: Path, *, light_varies: bool
    ) -> None:
        """Plan the maps.

        Args:
            points: float64 (N, 3), the object's points in metres.
            radius: The object's radius in metres.
            settings: The fields of `RenderSettings`.
            folder: Folder for a file that is removed again.
            light_varies: Each view has its own light, and so its own map.
        """
        self._points, self._radius, self._folder = points, radius, folder
        self._light_varies = light_varies
        self._side, self._samples = 2 * settings["size"], settings["samples"]
        if light_varies:
            self._side = round(settings["size"] * VARIED_SIDE)
            self._samples = max(1, round(settings["samples"] * VARIED_SAMPLES))
        self._map: ShadowMap | None = None

    def current(self) -> ShadowMap:
        """The map in the light that the scene has now."""
        if self._map is None or self._light_varies:
            self._map = self._render()
        return self._map

    def _render(self) -> ShadowMap:
        centre = (self._points.min(axis=0) + self._points.max(axis=0)) / 2.0
        centre[2] = self._points[:, 2].min() - _GAP * self._radius / 2.0
        half_side = REACH * self._radius
        camera = bpy.context.scene.camera
        ground = _add_ground(centre, 10.0 * half_side)
        above = _add_camera(centre, half_side, self._radius)
        path = self._folder / "shadow_map.png"
        with _changed_scene(self._side, self._samples):
            alpha = decode_png(scene.render_png(path))[:, :, 3]
        path.unlink()
        bpy.context.scene.camera = camera
        bpy.data.batch_remove([ground.data, above.data])  # and their objects
        return ShadowMap(smooth(alpha / 255.0), centre, half_side)


@contextlib.contextmanager
def _changed_scene(side: int, samples: int) -> Iterator[None]:
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
