"""Stand-in photographs and backgrounds of the demo (docs/design.md, Scales).

A photograph shows a complete scene: an instance on a surface, with other objects and with walls or
open ground around it, lit by one of Blender's own HDRIs, and taken by several hand-held cameras
with a shallow depth of field. A background shows a furnished room, a court or a field, or a part of
the HDRI of a room, without any instance. Photographs and backgrounds never share an HDRI.

The instance's front faces -Y, as do the cameras' usual positions. Lengths are in metres.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender import scene
from synthlib.blender.stand_in import rooms
from synthlib.blender.stand_in.camera import add_sun, begin_scene, set_environment, take_photograph
from synthlib.blender.stand_in.surfaces import add_box, add_plane, sample_material
from synthlib.rendering import framing
from synthlib.rendering.items import StandInBackgroundsItem, StandInPhotographsItem
from synthlib.rendering.viewpoints import camera_axes
from synthlib.seeding import rng_for

PHOTOGRAPH_HDRIS = ("courtyard", "forest", "studio", "sunset")
BACKGROUND_HDRIS = ("city", "interior", "night", "sunrise")

_OUTDOOR_CATEGORIES = ("soccer_field",)

_INTERIOR_HDRI_ROTATIONS = {"bedroom": (-260.0, -140.0), "living_room": (-100.0, 40.0)}
"""Categories that the HDRI "interior" shows, and the range of its rotations in degrees."""

_HANGING_HEIGHTS = {"wall_clock": 1.6}
"""Classes that hang on a wall, and the height of their lowest point."""

_TABLE_HEIGHT = 0.72

_ALL_AZIMUTHS = (-55.0, 55.0)
"""Azimuths of cameras in degrees if nothing is in their way."""


@dataclass(frozen=True)
class _FreeArea:
    """Area around the instance in which other objects may stand, not limited towards -Y."""

    x_min: float = -np.inf
    x_max: float = np.inf
    y_max: float = np.inf

    def contains(self, x: float, y: float, radius: float) -> bool:
        """True if a disc lies within the area."""
        return self.x_min < x - radius and x + radius < self.x_max and y + radius < self.y_max


def run_item(item: dict, settings: dict, out: Path) -> Iterator[None]:
    """Make the images of one item, yielding after each.

    Args:
        item: The fields of a `StandInPhotographsItem` or a `StandInBackgroundsItem`, as JSON.
        settings: A dict with `size` (px), `samples`, `quality` (of the JPEGs, 1 to 95), `seed` and
            `threads`.
        out: The folder of the stand-ins.
    """
    if "generator" in item:
        return _render_photographs(StandInPhotographsItem(**item), settings, out)
    return _render_backgrounds(StandInBackgroundsItem(**item), settings, out)


def _render_photographs(item: StandInPhotographsItem, settings: dict, out: Path) -> Iterator[None]:
    """Build one instance in its surroundings and photograph it by one camera per file."""
    rng = rng_for(settings["seed"], "stand_in", item.name)
    begin_scene(settings["size"], settings["samples"], settings["threads"])
    points = _build_instance(rng, item.generator)
    azimuths = _build_surroundings(rng, points, hanging=item.generator in _HANGING_HEIGHTS)
    set_environment(str(rng.choice(PHOTOGRAPH_HDRIS)), float(rng.uniform(0, 360)))
    if rng.random() < 0.6:
        add_sun(rng)
    points = framing.convex_hull(points)
    for file in item.files:
        rng = rng_for(settings["seed"], "stand_in", item.name, file)
        _aim_camera(rng, points, azimuths)
        take_photograph(out / file, rng, out / ".work", settings["quality"])
        yield


def _render_backgrounds(item: StandInBackgroundsItem, settings: dict, out: Path) -> Iterator[None]:
    """Build a scene of the category for each file and photograph it."""
    category = item.category
    for number, file in enumerate(item.files):
        rng = rng_for(settings["seed"], "stand_in", item.name, file)
        begin_scene(settings["size"], settings["samples"], settings["threads"])
        if category in _INTERIOR_HDRI_ROTATIONS and number % 2:
            rotation = float(rng.uniform(*_INTERIOR_HDRI_ROTATIONS[category]))
            set_environment("interior", rotation)
            position, azimuth, elevation = np.zeros(3), 0.0, rng.uniform(0, 18)
        else:
            position = _build_background_scene(rng, category)
            # Roughly towards the middle (x = 0) of the scene, 6 m in front of the camera.
            azimuth = np.degrees(np.arctan2(position[0], 6.0)) + rng.normal(0, 8)
            elevation = rng.uniform(4, 18)
        camera = scene.add_camera(float(rng.uniform(55, 75)))
        axes = camera_axes(azimuth, elevation, rng.normal(0, 1.5))
        scene.place_camera(camera, axes, position, 0.1, 500.0)
        take_photograph(out / file, rng, out / ".work", settings["quality"])
        yield


def _build_background_scene(rng: np.random.Generator, category: str) -> np.ndarray:
    """Build and light a scene; returns the position of its camera, float64 (3,)."""
    camera_ranges = rooms.build_background(rng, category)
    is_outdoors = category in _OUTDOOR_CATEGORIES
    hdris = [name for name in BACKGROUND_HDRIS if name != "interior" or not is_outdoors]
    set_environment(str(rng.choice(hdris)), float(rng.uniform(0, 360)))
    if not is_outdoors and rng.random() < 0.6:
        add_sun(rng)
    return np.array([rng.uniform(*limits) for limits in camera_ranges])


def _build_instance(rng: np.random.Generator, generator: str) -> np.ndarray:
    """Build an instance, rotated as people leave things; returns its vertices, float64 (N, 3)."""
    objects = importlib.import_module(f"synthlib.blender.generators.{generator}").build(rng)
    yaw = rng.normal(0, 35) if rng.random() < 0.6 else rng.uniform(0, 360)
    rotation = Matrix.Rotation(0.0 if generator in _HANGING_HEIGHTS else np.radians(yaw), 4, "Z")
    lift = Matrix.Translation((0.0, 0.0, _HANGING_HEIGHTS.get(generator, 0.0)))
    bpy.context.view_layer.update()
    for obj in objects:
        if obj.parent is None:
            obj.matrix_world = lift @ rotation @ obj.matrix_world
    bpy.context.view_layer.update()
    return scene.evaluated_vertices()


def _build_surroundings(
    rng: np.random.Generator, points: np.ndarray, *, hanging: bool
) -> tuple[float, float]:
    """Place the instance in front of walls, on a table (small ones only) or on open ground.

    Args:
        rng: Source of every random draw.
        points: float64 (N, 3), the instance's vertices.
        hanging: The instance hangs on a wall.

    Returns:
        The range of azimuths in degrees in which nothing blocks a camera's view.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    radius = float(max(high - low)) / 2
    kind = rng.choice(["walls", "table", "open"], p=[0.45, 0.35, 0.2])
    if hanging or (kind == "table" and radius > 0.3):
        kind = "walls"
    floor = rng.choice(["planks", "planks", "tiles", "stone", "fabric", "cloth", "paint"])
    area, azimuths = _FreeArea(), _ALL_AZIMUTHS
    if kind == "open":
        ground = "grass" if rng.random() < 0.4 else floor
        add_plane(200, 200, (0, 0, 0), sample_material(rng, ground))
    else:
        floor_z = 0.0
        if kind == "table":
            floor_z = -_TABLE_HEIGHT
            area = _build_table_top(rng, radius, floor)
        wall_distance = 0.0
        if not hanging:
            wall_distance = rng.uniform(0.2, 3.0) * radius + 0.8 * (kind == "table")
        area, azimuths = _build_walls(rng, area, radius, high[1] + wall_distance, floor_z)
        add_plane(80, 80, (0, 0, floor_z), sample_material(rng, floor))
    if not hanging:
        _add_clutter(rng, radius, area)
    return azimuths


def _build_table_top(rng: np.random.Generator, object_radius: float, pattern: str) -> _FreeArea:
    """Build a table top below the instance; returns the area on it."""
    half_width, half_depth = rng.uniform(2.5, 5, 2) * object_radius
    y = 0.5 * object_radius
    material = sample_material(rng, pattern)
    size = (2 * half_width, 2 * half_depth, 0.03)
    add_box(size, (0, y, -0.03), material, bevel_width=0.005)
    return _FreeArea(-half_width, half_width, half_depth + y)


def _build_walls(
    rng: np.random.Generator,
    area: _FreeArea,
    object_radius: float,
    back_wall_y: float,
    floor_z: float,
) -> tuple[_FreeArea, tuple[float, float]]:
    """Build a wall behind the instance and, half the time, one to its left or right.

    Returns:
        The free area in front of the walls, and the range of azimuths in degrees in which they do
        not block a camera's view.
    """
    material = sample_material(rng, rng.choice(["paint", "paint", "paint", "tiles", "stone"]))
    height = 40 * object_radius + 3
    centre_z = floor_z + height / 2
    add_plane(80, height, (0, back_wall_y, centre_z), material, facing="front")
    if rng.random() < 0.5:
        skirting_board = (80, 0.015, 0.08)
        location = (0, back_wall_y - 0.0075, floor_z)
        add_box(skirting_board, location, sample_material(rng, "white"))
    area = replace(area, y_max=min(area.y_max, back_wall_y))
    side = rng.choice([-1, 0, 0, 1])
    if not side:
        return area, _ALL_AZIMUTHS
    x = side * object_radius * rng.uniform(1.5, 4.0) + 0.8 * side * (floor_z < 0)
    add_plane(80, height, (x, 0, centre_z), material, facing="left" if side > 0 else "right")
    if side > 0:
        return replace(area, x_max=min(area.x_max, x)), (-55.0, 5.0)
    return replace(area, x_min=max(area.x_min, x)), (-5.0, 55.0)


def _add_clutter(rng: np.random.Generator, object_radius: float, area: _FreeArea) -> None:
    """Add up to four boxes next to and behind the instance where the area has room for them."""
    for _ in range(rng.integers(0, 5)):
        proportions = rng.uniform(0.3, 1.1, 3)
        size = proportions * object_radius * np.array([1.0, 1.0, rng.uniform(0.2, 1.2)])
        direction = np.radians(rng.uniform(-20, 200))
        radius = 0.5 * np.hypot(*size[:2])
        distance = object_radius * rng.uniform(1.2, 3.0) + radius
        x, y = distance * np.cos(direction), distance * np.sin(direction)
        pattern = rng.choice(["fabric", "paint", "planks", "cloth", "stone"])
        material = sample_material(rng, pattern)
        yaw = rng.uniform(0, 180)
        bevel_width = float(rng.choice([0.0, 0.3])) * size.min()
        if area.contains(x, y, radius):
            add_box(tuple(size), (x, y, 0), material, yaw=yaw, bevel_width=bevel_width)


def _aim_camera(
    rng: np.random.Generator, points: np.ndarray, azimuths: tuple[float, float]
) -> None:
    """Point a hand-held camera at the instance: slightly tilted, off centre, blurred behind it.

    Args:
        rng: Source of every random draw.
        points: float64 (N, 3), the instance's vertices or those of its convex hull.
        azimuths: Range of the camera's azimuth in degrees.
    """
    extent = np.ptp(points, axis=0)
    is_flat = extent[2] < 0.3 * extent.max()
    elevation = rng.uniform(22, 50) if is_flat else rng.triangular(5, 18, 50)
    azimuth = rng.uniform(*azimuths)
    axes = camera_axes(azimuth, elevation, float(np.clip(rng.normal(0, 3), -8, 8)))
    field_of_view = float(rng.uniform(25, 55))
    fill = float(rng.uniform(0.55 if is_flat else 0.4, 0.9))
    position, near, _ = framing.fit_camera(points, axes, field_of_view, fill)
    camera = bpy.context.scene.camera or scene.add_camera(field_of_view)
    scene.place_camera(camera, axes, position, 0.2 * near, 500.0)
    lens = camera.data
    lens.angle = np.radians(field_of_view)
    lens.shift_x, lens.shift_y = (rng.uniform(-0.4, 0.4, 2) * (1 - fill)).tolist()
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    distance = float(axes[2] @ (position - centre))
    # A point far behind the instance is blurred over this share of the frame's width.
    blur = rng.uniform(0.01, 0.08)
    aperture = blur * 2 * distance * np.tan(np.radians(field_of_view) / 2)
    lens.dof.use_dof = True
    lens.dof.focus_distance = distance
    lens.dof.aperture_fstop = float(lens.lens / 1000 / aperture)
