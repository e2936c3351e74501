"""Renders the demo's stand-in photographs and backgrounds (docs/design.md, Scales).

A photograph is a whole scene: an instance on a surface, with other things, walls or open ground
around it, under one of Blender's own HDRIs, taken by several hand-held cameras with a shallow
focus. A background is a furnished room, a court or a field, or a piece of the HDRI of a room,
without any instance. The two never share an HDRI.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from synthlib.blender import scene
from synthlib.blender.stand_in import rooms
from synthlib.blender.stand_in.camera import add_sun, begin_scene, set_environment, take_photograph
from synthlib.blender.stand_in.surfaces import add_box, add_plane, sample_material
from synthlib.rendering import framing
from synthlib.rendering.viewpoints import camera_axes
from synthlib.seeding import rng_for

PHOTOGRAPH_HDRIS = ("courtyard", "forest", "studio", "sunset")
BACKGROUND_HDRIS = ("city", "interior", "night", "sunrise")
_OUTDOOR_CATEGORIES = ("soccer_field",)
_INTERIOR_HDRI_ROTATIONS = {"bedroom": (-260.0, -140.0), "living_room": (-100.0, 40.0)}
"""Categories that the HDRI `interior` shows, and at which turns of it (degrees)."""
_HANGING_HEIGHTS = {"wall_clock": 1.6}
"""Classes that hang on a wall, and the height of their lowest point in metres."""


def run_item(item: dict, settings: dict, out: Path) -> Iterator[None]:
    """Makes the files of one scene, `item["files"]` (relative to `out`), yielding after each.

    `item` has a unique `name`, which names the random streams, and `cls` (photographs of one
    instance) or `category` (backgrounds, each a scene of its own). `settings` has size (px),
    samples, quality (of the JPEG, 1 to 95), seed and threads.
    """
    return (_render_photographs if "cls" in item else _render_backgrounds)(item, settings, out)


def _render_photographs(item: dict, settings: dict, out: Path) -> Iterator[None]:
    rng = rng_for(settings["seed"], "stand_in", item["name"])
    begin_scene(settings["size"], settings["samples"], settings["threads"])
    points = _build_instance(rng, item["cls"])
    sides = _build_surroundings(rng, points, hanging=item["cls"] in _HANGING_HEIGHTS)
    set_environment(str(rng.choice(PHOTOGRAPH_HDRIS)), float(rng.uniform(0, 360)))
    if rng.random() < 0.6:
        add_sun(rng)
    points = framing.convex_hull(points)
    for file in item["files"]:
        rng = rng_for(settings["seed"], "stand_in", item["name"], file)
        _aim_camera(rng, points, sides)
        take_photograph(out / file, rng, out / ".work", settings["quality"])
        yield


def _render_backgrounds(item: dict, settings: dict, out: Path) -> Iterator[None]:
    for number, file in enumerate(item["files"]):
        rng = rng_for(settings["seed"], "stand_in", item["name"], file)
        begin_scene(settings["size"], settings["samples"], settings["threads"])
        if item["category"] in _INTERIOR_HDRI_ROTATIONS and number % 2:
            set_environment(
                "interior", float(rng.uniform(*_INTERIOR_HDRI_ROTATIONS[item["category"]]))
            )
            position, azimuth, elevation = np.zeros(3), 0.0, rng.uniform(0, 18)
        else:
            position = _build_background_scene(rng, item["category"])
            azimuth = np.degrees(np.arctan2(position[0], 6.0)) + rng.normal(0, 8)
            elevation = rng.uniform(4, 18)
        camera = scene.add_camera(float(rng.uniform(55, 75)))
        axes = camera_axes(azimuth, elevation, rng.normal(0, 1.5))
        scene.place_camera(camera, axes, position, 0.1, 500.0)
        take_photograph(out / file, rng, out / ".work", settings["quality"])
        yield


def _build_background_scene(rng: np.random.Generator, category: str) -> np.ndarray:
    """Builds and lights a background's scene; where its camera stands, float64 (3,) in metres."""
    ranges = rooms.build_background(rng, category)
    outdoors = category in _OUTDOOR_CATEGORIES
    hdris = [name for name in BACKGROUND_HDRIS if name != "interior" or not outdoors]
    set_environment(str(rng.choice(hdris)), float(rng.uniform(0, 360)))
    if not outdoors and rng.random() < 0.6:
        add_sun(rng)
    return np.array([rng.uniform(*limits) for limits in ranges])


def _build_instance(rng: np.random.Generator, cls: str) -> np.ndarray:
    """Builds an instance, turned as people leave things; its vertices, float64 (N, 3) in metres."""
    things = importlib.import_module(f"synthlib.blender.generators.{cls}").build(rng)
    yaw = rng.normal(0, 35) if rng.random() < 0.6 else rng.uniform(0, 360)
    turn = Matrix.Rotation(0.0 if cls in _HANGING_HEIGHTS else np.radians(yaw), 4, "Z")
    bpy.context.view_layer.update()
    for thing in things:
        if thing.parent is None:
            lift = Matrix.Translation((0.0, 0.0, _HANGING_HEIGHTS.get(cls, 0.0)))
            thing.matrix_world = lift @ turn @ thing.matrix_world
    bpy.context.view_layer.update()
    return scene.evaluated_vertices()


def _build_surroundings(
    rng: np.random.Generator, points: np.ndarray, *, hanging: bool
) -> tuple[float, float]:
    """Sets the instance before walls, on a table (small things only) or on open ground.

    Returns the azimuths in degrees between which nothing stands in a camera's way.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float(max(high - low)) / 2
    place = rng.choice(["walls", "table", "open"], p=[0.45, 0.35, 0.2])
    if hanging or (place == "table" and reach > 0.3):
        place = "walls"
    floor = rng.choice(["planks", "planks", "tiles", "stone", "fabric", "cloth", "paint"])
    # Where clutter may stand: x from, x to, y to.
    free, ground, sides = [-np.inf, np.inf, np.inf], 0.0, (-55.0, 55.0)
    if place == "open":
        add_plane(
            200, 200, (0, 0, 0), sample_material(rng, "grass" if rng.random() < 0.4 else floor)
        )
    else:
        if place == "table":
            ground, half, shift = -0.72, rng.uniform(2.5, 5, 2) * reach, 0.5 * reach
            top = sample_material(rng, floor)
            add_box((2 * half[0], 2 * half[1], 0.03), (0, shift, -0.03), top, bevel_width=0.005)
            free = [-half[0], half[0], half[1] + shift]
        away = 0.0 if hanging else rng.uniform(0.2, 3.0) * reach + 0.8 * (place == "table")
        sides = _build_walls(rng, free, reach, high[1] + away, ground)
        add_plane(80, 80, (0, 0, ground), sample_material(rng, floor))
    if not hanging:
        _add_clutter(rng, reach, free)
    return sides


def _build_walls(
    rng: np.random.Generator,
    free_area: list[float],
    object_radius: float,
    back_wall_y: float,
    floor_z: float,
) -> tuple[float, float]:
    """A wall at y = `back`, half the time one beside it; the free azimuths, and `free` narrowed."""
    wall = sample_material(rng, rng.choice(["paint", "paint", "paint", "tiles", "stone"]))
    tall = 40 * object_radius + 3
    add_plane(80, tall, (0, back_wall_y, floor_z + tall / 2), wall, facing="front")
    if rng.random() < 0.5:
        add_box(
            (80, 0.015, 0.08), (0, back_wall_y - 0.0075, floor_z), sample_material(rng, "white")
        )
    free_area[2] = min(free_area[2], back_wall_y)
    side = rng.choice([-1, 0, 0, 1])
    if not side:
        return -55.0, 55.0
    x = side * object_radius * rng.uniform(1.5, 4.0) + 0.8 * side * (floor_z < 0)
    add_plane(80, tall, (x, 0, floor_z + tall / 2), wall, facing="left" if side > 0 else "right")
    free_area[:2] = (
        (free_area[0], min(free_area[1], x)) if side > 0 else (max(free_area[0], x), free_area[1])
    )
    return (-55.0, 5.0) if side > 0 else (-5.0, 55.0)


def _add_clutter(rng: np.random.Generator, object_radius: float, free_area: list[float]) -> None:
    """Up to four boxes beside and behind the instance, where there is room for them."""
    for _ in range(rng.integers(0, 5)):
        size = (
            rng.uniform(0.3, 1.1, 3) * object_radius * np.array([1.0, 1.0, rng.uniform(0.2, 1.2)])
        )
        around, radius = np.radians(rng.uniform(-20, 200)), 0.5 * np.hypot(*size[:2])
        away = object_radius * rng.uniform(1.2, 3.0) + radius
        x, y = away * np.cos(around), away * np.sin(around)
        paint = sample_material(rng, rng.choice(["fabric", "paint", "planks", "cloth", "stone"]))
        yaw, soft = rng.uniform(0, 180), float(rng.choice([0.0, 0.3])) * size.min()
        if free_area[0] < x - radius and x + radius < free_area[1] and y + radius < free_area[2]:
            add_box(tuple(size), (x, y, 0), paint, yaw=yaw, bevel_width=soft)


def _aim_camera(
    rng: np.random.Generator, points: np.ndarray, azimuth_range: tuple[float, float]
) -> None:
    """A person's camera: hardly level or centred, focused on the object, blurred behind it."""
    extent = np.ptp(points, axis=0)
    flat = extent[2] < 0.3 * extent.max()
    elevation = rng.uniform(22, 50) if flat else rng.triangular(5, 18, 50)
    axes = camera_axes(
        rng.uniform(*azimuth_range), elevation, float(np.clip(rng.normal(0, 3), -8, 8))
    )
    view, fill = float(rng.uniform(25, 55)), float(rng.uniform(0.55 if flat else 0.4, 0.9))
    position, near, _ = framing.fit_camera(points, axes, view, fill)
    camera = bpy.context.scene.camera or scene.add_camera(view)
    scene.place_camera(camera, axes, position, 0.2 * near, 500.0)
    lens = camera.data
    lens.angle = np.radians(view)
    lens.shift_x, lens.shift_y = (rng.uniform(-0.4, 0.4, 2) * (1 - fill)).tolist()
    distance = float(axes[2] @ (position - (points.min(axis=0) + points.max(axis=0)) / 2))
    # The aperture blurs a far point over this share of the frame's width.
    aperture = rng.uniform(0.01, 0.08) * 2 * distance * np.tan(np.radians(view) / 2)
    lens.dof.use_dof, lens.dof.focus_distance = True, distance
    lens.dof.aperture_fstop = float(lens.lens / 1000 / aperture)
