"""Scenes of the stand-in backgrounds: furnished rooms, a court and a field (thesis Table 3).

Cameras stand at -Y and look along +Y at the back wall; +Z is up, lengths are in metres. Everything
is made of boxes of random sizes, colours and positions, because more detail would not be visible at
the demo's 64 to 128 px. There are no walls behind the camera, so that the environment lights the
room.
"""

import numpy as np
from bpy.types import Material

from synthlib.blender.stand_in.surfaces import (
    Vector3,
    add_box,
    add_plane,
    emissive_material,
    sample_material,
)

Range = tuple[float, float]

_TABLE_TOP_THICKNESS = 0.04


def build_background(rng: np.random.Generator, category: str) -> tuple[Range, Range, Range]:
    """Build a scene of a category.

    Args:
        rng: Source of every random draw.
        category: One of `synthlib.photographs.stand_in.STAND_IN_CATEGORIES`.

    Returns:
        The ranges of x, y and z in which cameras may stand.

    Raises:
        KeyError: There is no scene for the category.
    """
    if category == "soccer_field":
        return _build_soccer_field(rng)
    if category == "basketball_court/indoor":
        return _build_basketball_court(rng)
    width = rng.uniform(3.6, 5.5)
    depth = rng.uniform(3.6, 5.0)
    height = rng.uniform(2.4, 2.9)
    floors = {"kitchen": ["tiles", "planks"], "bedroom": ["planks", "fabric"]}
    floor = rng.choice(floors.get(category, ["planks", "tiles"]))
    _build_room_shell(rng, width, depth, height, floor)
    _FURNISHERS[category](rng, width, depth)
    return (-0.3 * width, 0.3 * width), (-depth / 2 - 0.3, -depth / 2 + 0.8), (1.2, 1.7)


def _build_room_shell(
    rng: np.random.Generator, width: float, depth: float, height: float, floor: str
) -> None:
    """Build the floor, three walls, their windows and pictures, and the ceiling."""
    # Floor, ceiling and side walls extend behind the camera.
    length, y = depth + 3.0, -1.5
    add_plane(width, length, (0, y, 0), sample_material(rng, floor))
    paint = sample_material(rng, "paint")
    back_paint = sample_material(rng, "paint") if rng.random() < 0.3 else paint
    add_plane(width, height, (0, depth / 2, height / 2), back_paint, facing="front")
    add_plane(length, height, (-width / 2, y, height / 2), paint, facing="right")
    add_plane(length, height, (width / 2, y, height / 2), paint, facing="left")
    _add_ceiling(width, length, (0, y, height), rng.uniform(0.7, 1.2))
    trim = sample_material(rng, "white")
    add_box((width, 0.03, 0.1), (0, depth / 2 - 0.015, 0), trim)
    side = rng.choice([-1, 1])
    location = (side * (width / 2 - 0.02), rng.uniform(-0.5, depth / 4), 1.0)
    _add_window(rng, location, trim, on_side_wall=True)
    if rng.random() < 0.7:
        x = rng.uniform(-0.3, 0.3) * width
        picture_height = rng.uniform(0.3, 0.7)
        picture_size = (picture_height * rng.uniform(0.7, 1.6), 0.03, picture_height)
        add_box(picture_size, (x, depth / 2 - 0.03, 1.5), _sample_any_material(rng))
    else:
        x = rng.uniform(-0.25, 0.25) * width
        _add_window(rng, (x, depth / 2 - 0.02, 1.0), trim, on_side_wall=False)


def _add_ceiling(width: float, depth: float, location: Vector3, brightness: float) -> None:
    """Add a ceiling that only the camera sees, so that light from above reaches the room."""
    ceiling = add_plane(width, depth, location, emissive_material((1, 1, 1), brightness))
    ceiling.visible_shadow = False
    ceiling.visible_diffuse = False


def _add_window(
    rng: np.random.Generator, location: Vector3, trim: Material, *, on_side_wall: bool
) -> None:
    """Add a frame with two bright panes to the back wall or to a side wall."""
    width = rng.uniform(0.8, 1.6)
    height = rng.uniform(1.0, 1.3)
    yaw = 90.0 if on_side_wall else 0.0
    x, y, z = location
    add_box((width + 0.16, 0.06, height + 0.16), (x, y, z - 0.08), trim, yaw=yaw)
    light = emissive_material((0.85, 0.93, 1.0), rng.uniform(1.0, 3.0))
    for offset in (-0.25 * width, 0.25 * width):
        centre = (x, y + offset, z) if on_side_wall else (x + offset, y, z)
        add_box((width * 0.46, 0.1, height), centre, light, yaw=yaw)


def _sample_any_material(rng: np.random.Generator) -> Material:
    return sample_material(rng, rng.choice(["fabric", "planks", "paint", "stone", "cloth"]))


def _furnish_bedroom(rng: np.random.Generator, width: float, depth: float) -> None:
    """Add a bed between two bedside tables with lamps, and often a wardrobe."""
    bed_width, bed_length = rng.uniform(1.2, 1.9), 2.0
    x, y = rng.uniform(-0.15, 0.15) * width, depth / 2 - 1.1
    wood = sample_material(rng, "planks")
    linen = sample_material(rng, "white")
    add_box((bed_width, bed_length, 0.3), (x, y, 0), wood)
    add_box((bed_width - 0.05, bed_length - 0.05, 0.22), (x, y, 0.3), linen, bevel_width=0.08)
    cover = sample_material(rng, rng.choice(["fabric", "cloth"]))
    cover_size = (bed_width + 0.06, rng.uniform(1.0, 1.5), 0.3)
    add_box(cover_size, (x, y - 0.3, 0.26), cover, bevel_width=0.1)
    headboard_size = (bed_width + 0.1, 0.08, rng.uniform(0.8, 1.3))
    add_box(headboard_size, (x, depth / 2 - 0.06, 0), wood)
    for side in (-1, 1):
        pillow_size = (bed_width * 0.38, 0.35, 0.16)
        pillow_location = (x + side * bed_width * 0.24, y + 0.7, 0.5)
        add_box(pillow_size, pillow_location, linen, bevel_width=0.08)
        bedside = (x + side * (bed_width / 2 + 0.35), depth / 2 - 0.3)
        add_box((0.45, 0.4, rng.uniform(0.4, 0.6)), (*bedside, 0), wood)
        _add_lamp(rng, (*bedside, 0.5))
    if rng.random() < 0.6:
        side = rng.choice([-1, 1])
        wardrobe_size = (0.6, 1.3, rng.uniform(0.8, 2.1))
        add_box(wardrobe_size, (side * (width / 2 - 0.3), rng.uniform(-0.8, 0.2), 0), wood)


def _furnish_living_room(rng: np.random.Generator, width: float, depth: float) -> None:
    """Add a sofa with pillows, a rug, a table, a bookshelf, a lamp, and often an armchair."""
    length = rng.uniform(1.6, 2.3)
    x, y = rng.uniform(-0.12, 0.12) * width, depth / 2 - 0.6
    cover = sample_material(rng, "fabric")
    wood = sample_material(rng, "planks")
    add_box((length, 0.85, 0.4), (x, y, 0), cover, bevel_width=0.06)
    add_box((length, 0.25, 0.8), (x, y + 0.35, 0), cover, bevel_width=0.08)
    for side in (-1, 1):
        add_box((0.22, 0.9, 0.6), (x + side * length / 2, y, 0), cover, bevel_width=0.08)
        pillow_location = (x + side * length * 0.3, y + 0.1, 0.42)
        pillow = sample_material(rng, "fabric")
        add_box((0.42, 0.16, 0.4), pillow_location, pillow, yaw=side * 15, bevel_width=0.08)
    add_plane(length, 1.5, (x, y - 1.2, 0.01), _sample_any_material(rng))
    table_size = (rng.uniform(0.8, 1.2), 0.55)
    _add_table(rng, (x, y - 1.2), table_size, rng.uniform(0.35, 0.45), wood)
    side = rng.choice([-1, 1])
    _add_bookshelf(rng, (side * (width / 2 - 0.2), rng.uniform(-0.8, 0.3)), wood)
    _add_lamp(rng, (-side * (width / 2 - 0.4), depth / 2 - 0.5, rng.uniform(0.9, 1.2)))
    if rng.random() < 0.6:
        seat = sample_material(rng, "fabric")
        add_box((0.8, 0.8, 0.4), (-side * width * 0.33, -0.5, 0), seat, bevel_width=0.08)
        back = sample_material(rng, "fabric")
        add_box((0.2, 0.8, 0.75), (-side * width * 0.4, -0.5, 0), back, bevel_width=0.08)


def _furnish_kitchen(rng: np.random.Generator, width: float, depth: float) -> None:
    """Add a row of units along the back wall, and either a table or units along a side wall."""
    front = _sample_any_material(rng) if rng.random() < 0.4 else sample_material(rng, "white")
    worktop = sample_material(rng, "stone")
    dark = sample_material(rng, "stone")
    wall_y = depth / 2
    tiles = sample_material(rng, "tiles")
    add_plane(width, 0.6, (0, wall_y - 0.01, 1.2), tiles, facing="front")
    add_box((width, 0.6, 0.1), (0, wall_y - 0.3, 0), dark)
    add_box((width, 0.64, 0.04), (0, wall_y - 0.31, 0.88), worktop)
    unit_count = int(width / 0.6)
    fridge, oven = rng.choice(unit_count, 2, replace=False)
    for unit in range(unit_count):
        x = (unit + 0.5) * width / unit_count - width / 2
        unit_width = width / unit_count - 0.015
        if unit == fridge:
            white = sample_material(rng, "white")
            add_box((unit_width, 0.7, 1.9), (x, wall_y - 0.36, 0), white, bevel_width=0.02)
        else:
            _add_kitchen_unit(rng, (x, wall_y), unit_width, front, dark, is_oven=unit == oven)
    if rng.random() < 0.5:
        location = (rng.uniform(-0.5, 0.5), 0.0)
        _add_table(rng, location, (1.2, 0.7), 0.85, sample_material(rng, "planks"))
    else:
        x = rng.choice([-1, 1]) * (width / 2 - 0.3)
        add_box((0.6, 1.6, 0.88), (x, wall_y - 1.4, 0), front)
        add_box((0.64, 1.64, 0.04), (x, wall_y - 1.4, 0.88), worktop)


def _add_kitchen_unit(
    rng: np.random.Generator,
    location: tuple[float, float],
    width: float,
    front: Material,
    dark: Material,
    *,
    is_oven: bool,
) -> None:
    """Add a base unit with a handle, a wall unit or cooker hood above it, and things on it.

    Args:
        rng: Source of every random draw.
        location: x of the unit's centre, y of the wall.
        width: Width of the unit.
        front: Material of its fronts.
        dark: Material of handles, ovens and cooker hoods.
        is_oven: The unit is an oven.
    """
    x, wall_y = location
    add_box((width, 0.6, 0.77), (x, wall_y - 0.3, 0.1), dark if is_oven else front)
    add_box((width * 0.6, 0.03, 0.02), (x, wall_y - 0.61, 0.75), dark)
    if not is_oven:
        add_box((width, 0.35, 0.7), (x, wall_y - 0.18, 1.5), front)
    elif rng.random() < 0.7:
        add_box((width, 0.45, 0.25), (x, wall_y - 0.23, 1.6), dark)
    for _ in range(rng.integers(0, 3)):
        size = rng.uniform(0.06, 0.22, 3)
        thing_location = (x + rng.uniform(-0.2, 0.2), wall_y - 0.25, 0.92)
        add_box(size, thing_location, _sample_any_material(rng), bevel_width=0.02)


def _furnish_dining_room(rng: np.random.Generator, width: float, depth: float) -> None:
    """Add a table with four or six chairs, a vase, a hanging lamp and a sideboard."""
    length = rng.uniform(1.2, 1.9)
    wood = sample_material(rng, "planks")
    seat = wood if rng.random() < 0.5 else sample_material(rng, "fabric")
    y = depth / 2 - 1.7
    _add_table(rng, (0, y), (length, 0.85), 0.74, wood)
    for x in np.linspace(-0.5, 0.5, 2 + (length > 1.5)) * length * 0.7:
        for side in (-1, 1):
            chair_y = y + side * rng.uniform(0.5, 0.7)
            _add_table(rng, (x, chair_y), (0.42, 0.42), 0.42, seat)
            add_box((0.42, 0.04, 0.5), (x, chair_y + side * 0.19, 0.44), seat)
    vase_location = (rng.uniform(-0.3, 0.3), y, 0.74)
    add_box((0.18, 0.18, 0.22), vase_location, _sample_any_material(rng), bevel_width=0.06)
    light = emissive_material((1.0, 0.8, 0.55), rng.uniform(1, 3))
    add_box((0.4, 0.4, 0.2), (0, y, 1.6), light, bevel_width=0.1)
    add_box((1.4, 0.45, 0.9), (rng.uniform(-0.2, 0.2) * width, depth / 2 - 0.25, 0), wood)


_FURNISHERS = {
    "bedroom": _furnish_bedroom,
    "living_room": _furnish_living_room,
    "kitchen": _furnish_kitchen,
    "dining_room": _furnish_dining_room,
}


def _add_table(
    rng: np.random.Generator,
    location: tuple[float, float],
    size: tuple[float, float],
    height: float,
    material: Material,
) -> None:
    """Add a top of the given size in x and y on four legs."""
    leg_height = height - _TABLE_TOP_THICKNESS
    add_box((*size, _TABLE_TOP_THICKNESS), (*location, leg_height), material)
    leg_width = rng.uniform(0.03, 0.07)
    for side_x in (-1, 1):
        for side_y in (-1, 1):
            x = location[0] + side_x * (size[0] / 2 - leg_width)
            y = location[1] + side_y * (size[1] / 2 - leg_width)
            add_box((leg_width, leg_width, leg_height), (x, y, 0), material)


def _add_bookshelf(
    rng: np.random.Generator, location: tuple[float, float], material: Material
) -> None:
    """Add boards with books along a side wall."""
    x, y = location
    for height in np.arange(0.3, rng.uniform(1.0, 2.0), 0.35):
        add_box((0.3, 1.0, 0.03), (x, y, height), material)
        for offset in np.arange(-0.45, 0.4, 0.13):
            if rng.random() < 0.75:
                book_size = (0.2, rng.uniform(0.05, 0.12), rng.uniform(0.15, 0.28))
                book = sample_material(rng, "fabric")
                add_box(book_size, (x, y + offset, height + 0.03), book)


def _add_lamp(rng: np.random.Generator, location: Vector3) -> None:
    """Add a lamp with a foot and a bright shade."""
    x, y, z = location
    add_box((0.05, 0.05, 0.3), location, sample_material(rng, "stone"))
    light = emissive_material((1.0, 0.75, 0.45), rng.uniform(0.5, 2.5))
    add_box((0.25, 0.25, 0.22), (x, y, z + 0.3), light, bevel_width=0.06)


def _build_basketball_court(rng: np.random.Generator) -> tuple[Range, Range, Range]:
    """Build a sports hall: planks with painted lines, a hoop, a padded wall, tiers of seats."""
    width, depth, height = 20.0, rng.uniform(14, 20), 7.0
    add_plane(width, depth + 10, (0, -5, 0), sample_material(rng, "planks"))
    wall = sample_material(rng, "paint")
    padding = sample_material(rng, "fabric")
    white = sample_material(rng, "white")
    add_plane(width, height, (0, depth / 2, height / 2), wall, facing="front")
    for side, facing in ((-1, "right"), (1, "left")):
        add_plane(depth + 10, height, (side * width / 2, -5, height / 2), wall, facing=facing)
    _add_ceiling(width, depth + 10, (0, -5, height), 0.15)
    add_box((width, 0.2, 1.8), (0, depth / 2 - 0.1, 0), padding)
    baseline_y, key_width = depth / 2 - 1.5, 4.9
    add_plane(key_width, 5.8, (0, baseline_y - 2.9, 0.005), padding)
    for x in (-7.3, -key_width / 2, key_width / 2, 7.3):
        line_length = 5.8 if abs(x) < 7 else depth + 6
        add_plane(0.12, line_length, (x, baseline_y - line_length / 2, 0.01), white)
    for offset in (0.0, -5.8, -depth / 2):
        line_length = key_width if offset == -5.8 else 14.6
        add_plane(line_length, 0.12, (0, baseline_y + offset, 0.01), white)
    _add_basketball_hoop(baseline_y, white, padding)
    seats = sample_material(rng, "fabric")
    for tier in range(4):
        add_box((0.5, depth, 0.4 * (tier + 1)), (7.8 + 0.5 * tier, 0, 0), seats)
    return (-4.0, 3.0), (-depth / 2 - 1, -depth / 4), (1.4, 3.0)


def _add_basketball_hoop(baseline_y: float, backboard: Material, post: Material) -> None:
    add_box((1.8, 0.05, 1.1), (0, baseline_y - 1.2, 2.9), backboard)
    add_box((0.15, 0.15, 3.4), (0, baseline_y + 0.6, 0), post)
    ring = emissive_material((1.0, 0.15, 0.02), 0.5)
    add_box((0.45, 0.45, 0.04), (0, baseline_y - 1.5, 3.05), ring)


def _build_soccer_field(rng: np.random.Generator) -> tuple[Range, Range, Range]:
    """Build mown stripes up to the horizon, white lines and a goal."""
    grasses = [sample_material(rng, "grass") for _ in range(2)]
    white = sample_material(rng, "white")
    add_plane(400, 400, (0, 0, -0.02), grasses[0])
    for stripe in range(-6, 7):
        add_plane(60, 5.0, (0, stripe * 5.0, 0), grasses[stripe % 2])
    goal_y = 15.0
    for x, length in ((-20, 60), (-9, 7), (9, 7), (20, 60)):
        add_plane(0.15, length, (x, goal_y - length / 2, 0.01), white)
    for y, length in ((goal_y, 40), (goal_y - 7, 18), (goal_y - 30, 40)):
        add_plane(length, 0.15, (0, y, 0.01), white)
    for x in (-3.66, 3.66):
        add_box((0.15, 0.15, 2.44), (x, goal_y, 0), white)
    add_box((7.4, 0.15, 0.15), (0, goal_y, 2.44), white)
    return (-8.0, 8.0), (-8.0, 3.0), (1.2, 3.5)
