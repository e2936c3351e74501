"""The scenes of the stand-in backgrounds: furnished rooms, a court and a field (thesis Table 3).

A room is seen from -Y; +Z up, metres. Boxes with random sizes, colours and places do: at the
demo's 64 to 128 px nobody sees more. Walls and ceilings on the camera's side are left out, so that
the environment's light falls in.
"""

import numpy as np

from synthlib.blender.stand_in.surfaces import (
    add_box,
    add_plane,
    emissive_material,
    sample_material,
)

Range = tuple[float, float]


def build_background(rng: np.random.Generator, category: str) -> tuple[Range, Range, Range]:
    """Builds a scene of the category; the ranges of x and y (m) and height in which cameras stand.

    Raises KeyError for a category that has no scene here.
    """
    if category == "soccer_field":
        return _build_soccer_field(rng)
    if category == "basketball_court/indoor":
        return _build_basketball_court(rng)
    width, depth, height = rng.uniform(3.6, 5.5), rng.uniform(3.6, 5.0), rng.uniform(2.4, 2.9)
    floors = {"kitchen": ["tiles", "planks"], "bedroom": ["planks", "fabric"]}
    _build_room_shell(
        rng, width, depth, height, rng.choice(floors.get(category, ["planks", "tiles"]))
    )
    _FURNISHERS[category](rng, width, depth)
    return (-0.3 * width, 0.3 * width), (-depth / 2 - 0.3, -depth / 2 + 0.8), (1.2, 1.7)


def _build_room_shell(
    rng: np.random.Generator, width: float, depth: float, height: float, floor: str
) -> None:
    """Floor, three walls, a ceiling that only the camera sees, and what hangs on the walls."""
    long, y = depth + 3.0, -1.5
    add_plane(width, long, (0, y, 0), sample_material(rng, floor))
    paint = sample_material(rng, "paint")
    back = sample_material(rng, "paint") if rng.random() < 0.3 else paint
    add_plane(width, height, (0, depth / 2, height / 2), back, facing="front")
    add_plane(long, height, (-width / 2, y, height / 2), paint, facing="right")
    add_plane(long, height, (width / 2, y, height / 2), paint, facing="left")
    ceiling = add_plane(
        width, long, (0, y, height), emissive_material((1, 1, 1), rng.uniform(0.7, 1.2))
    )
    ceiling.visible_shadow = ceiling.visible_diffuse = False
    trim = sample_material(rng, "white")
    add_box((width, 0.03, 0.1), (0, depth / 2 - 0.015, 0), trim)
    side = rng.choice([-1, 1])
    _add_window(rng, (side * (width / 2 - 0.02), rng.uniform(-0.5, depth / 4), 1.0), "left", trim)
    if rng.random() < 0.7:
        x, tall = rng.uniform(-0.3, 0.3) * width, rng.uniform(0.3, 0.7)
        add_box(
            (tall * rng.uniform(0.7, 1.6), 0.03, tall),
            (x, depth / 2 - 0.03, 1.5),
            _sample_any_material(rng),
        )
    else:
        x = rng.uniform(-0.25, 0.25) * width
        _add_window(rng, (x, depth / 2 - 0.02, 1.0), "front", trim)


def _add_window(rng: np.random.Generator, location: tuple, facing: str, trim: object) -> None:
    wide, tall = rng.uniform(0.8, 1.6), rng.uniform(1.0, 1.3)
    yaw = 0.0 if facing == "front" else 90.0
    add_box(
        (wide + 0.16, 0.06, tall + 0.16),
        (location[0], location[1], location[2] - 0.08),
        trim,
        yaw=yaw,
    )
    light = emissive_material((0.85, 0.93, 1.0), rng.uniform(1.0, 3.0))
    for half in (-0.25, 0.25):
        along = (half * wide, 0.0) if facing == "front" else (0.0, half * wide)
        place = (location[0] + along[0], location[1] + along[1], location[2])
        add_box((wide * 0.46, 0.1, tall), place, light, yaw=yaw)


def _sample_any_material(rng: np.random.Generator) -> object:
    return sample_material(rng, rng.choice(["fabric", "planks", "paint", "stone", "cloth"]))


def _furnish_bedroom(rng: np.random.Generator, width: float, depth: float) -> None:
    wide, long, x = rng.uniform(1.2, 1.9), 2.0, rng.uniform(-0.15, 0.15) * width
    y, wood, linen = depth / 2 - 1.1, sample_material(rng, "planks"), sample_material(rng, "white")
    add_box((wide, long, 0.3), (x, y, 0), wood)
    add_box((wide - 0.05, long - 0.05, 0.22), (x, y, 0.3), linen, bevel_width=0.08)
    cover = sample_material(rng, rng.choice(["fabric", "cloth"]))
    add_box((wide + 0.06, rng.uniform(1.0, 1.5), 0.3), (x, y - 0.3, 0.26), cover, bevel_width=0.1)
    add_box((wide + 0.1, 0.08, rng.uniform(0.8, 1.3)), (x, depth / 2 - 0.06, 0), wood)
    for side in (-1, 1):
        add_box(
            (wide * 0.38, 0.35, 0.16),
            (x + side * wide * 0.24, y + 0.7, 0.5),
            linen,
            bevel_width=0.08,
        )
        place = (x + side * (wide / 2 + 0.35), depth / 2 - 0.3)
        add_box((0.45, 0.4, rng.uniform(0.4, 0.6)), (*place, 0), wood)
        _add_lamp(rng, (*place, 0.5))
    if rng.random() < 0.6:
        side, tall = rng.choice([-1, 1]), rng.uniform(0.8, 2.1)
        add_box((0.6, 1.3, tall), (side * (width / 2 - 0.3), rng.uniform(-0.8, 0.2), 0), wood)


def _furnish_living_room(rng: np.random.Generator, width: float, depth: float) -> None:
    long, x, cover = (
        rng.uniform(1.6, 2.3),
        rng.uniform(-0.12, 0.12) * width,
        sample_material(rng, "fabric"),
    )
    y, wood = depth / 2 - 0.6, sample_material(rng, "planks")
    add_box((long, 0.85, 0.4), (x, y, 0), cover, bevel_width=0.06)
    add_box((long, 0.25, 0.8), (x, y + 0.35, 0), cover, bevel_width=0.08)
    for side in (-1, 1):
        add_box((0.22, 0.9, 0.6), (x + side * long / 2, y, 0), cover, bevel_width=0.08)
        pillow = (x + side * long * 0.3, y + 0.1, 0.42)
        add_box(
            (0.42, 0.16, 0.4),
            pillow,
            sample_material(rng, "fabric"),
            yaw=side * 15,
            bevel_width=0.08,
        )
    add_plane(long, 1.5, (x, y - 1.2, 0.01), _sample_any_material(rng))
    _add_table(rng, (x, y - 1.2), (rng.uniform(0.8, 1.2), 0.55), rng.uniform(0.35, 0.45), wood)
    side = rng.choice([-1, 1])
    _add_bookshelf(rng, (side * (width / 2 - 0.2), rng.uniform(-0.8, 0.3)), wood)
    _add_lamp(rng, (-side * (width / 2 - 0.4), depth / 2 - 0.5, rng.uniform(0.9, 1.2)))
    if rng.random() < 0.6:
        add_box(
            (0.8, 0.8, 0.4),
            (-side * width * 0.33, -0.5, 0),
            sample_material(rng, "fabric"),
            bevel_width=0.08,
        )
        add_box(
            (0.2, 0.8, 0.75),
            (-side * width * 0.4, -0.5, 0),
            sample_material(rng, "fabric"),
            bevel_width=0.08,
        )


def _furnish_kitchen(rng: np.random.Generator, width: float, depth: float) -> None:
    front, top = (
        _sample_any_material(rng) if rng.random() < 0.4 else sample_material(rng, "white"),
        sample_material(rng, "stone"),
    )
    dark, wall = sample_material(rng, "stone"), depth / 2
    add_plane(width, 0.6, (0, wall - 0.01, 1.2), sample_material(rng, "tiles"), facing="front")
    add_box((width, 0.6, 0.1), (0, wall - 0.3, 0), dark)
    add_box((width, 0.64, 0.04), (0, wall - 0.31, 0.88), top)
    units = int(width / 0.6)
    cold, oven = rng.choice(units, 2, replace=False)
    for unit in range(units):
        x = (unit + 0.5) * width / units - width / 2
        wide = width / units - 0.015
        if unit == cold:
            add_box(
                (wide, 0.7, 1.9),
                (x, wall - 0.36, 0),
                sample_material(rng, "white"),
                bevel_width=0.02,
            )
            continue
        add_box((wide, 0.6, 0.77), (x, wall - 0.3, 0.1), dark if unit == oven else front)
        add_box((wide * 0.6, 0.03, 0.02), (x, wall - 0.61, 0.75), dark)
        if unit != oven:
            add_box((wide, 0.35, 0.7), (x, wall - 0.18, 1.5), front)
        elif rng.random() < 0.7:
            add_box((wide, 0.45, 0.25), (x, wall - 0.23, 1.6), dark)
        for _ in range(rng.integers(0, 3)):
            size = rng.uniform(0.06, 0.22, 3)
            add_box(
                size,
                (x + rng.uniform(-0.2, 0.2), wall - 0.25, 0.92),
                _sample_any_material(rng),
                bevel_width=0.02,
            )
    if rng.random() < 0.5:
        _add_table(
            rng, (rng.uniform(-0.5, 0.5), 0.0), (1.2, 0.7), 0.85, sample_material(rng, "planks")
        )
    else:
        side = rng.choice([-1, 1])
        add_box((0.6, 1.6, 0.88), (side * (width / 2 - 0.3), wall - 1.4, 0), front)
        add_box((0.64, 1.64, 0.04), (side * (width / 2 - 0.3), wall - 1.4, 0.88), top)


def _furnish_dining_room(rng: np.random.Generator, width: float, depth: float) -> None:
    long, wood = rng.uniform(1.2, 1.9), sample_material(rng, "planks")
    seat = wood if rng.random() < 0.5 else sample_material(rng, "fabric")
    y = depth / 2 - 1.7
    _add_table(rng, (0, y), (long, 0.85), 0.74, wood)
    for x in np.linspace(-0.5, 0.5, 2 + (long > 1.5)) * long * 0.7:
        for side in (-1, 1):
            at = (x, y + side * rng.uniform(0.5, 0.7))
            _add_table(rng, at, (0.42, 0.42), 0.42, seat)
            add_box((0.42, 0.04, 0.5), (at[0], at[1] + side * 0.19, 0.44), seat)
    add_box(
        (0.18, 0.18, 0.22),
        (rng.uniform(-0.3, 0.3), y, 0.74),
        _sample_any_material(rng),
        bevel_width=0.06,
    )
    add_box(
        (0.4, 0.4, 0.2),
        (0, y, 1.6),
        emissive_material((1.0, 0.8, 0.55), rng.uniform(1, 3)),
        bevel_width=0.1,
    )
    add_box((1.4, 0.45, 0.9), (rng.uniform(-0.2, 0.2) * width, depth / 2 - 0.25, 0), wood)


_FURNISHERS = {
    "bedroom": _furnish_bedroom,
    "living_room": _furnish_living_room,
    "kitchen": _furnish_kitchen,
    "dining_room": _furnish_dining_room,
}


def _add_table(
    rng: np.random.Generator, location: tuple, size: tuple, height: float, wood: object
) -> None:
    add_box((*size, 0.04), (*location, height - 0.04), wood)
    leg = rng.uniform(0.03, 0.07)
    for x in (-1, 1):
        for y in (-1, 1):
            place = (
                location[0] + x * (size[0] / 2 - leg),
                location[1] + y * (size[1] / 2 - leg),
                0,
            )
            add_box((leg, leg, height - 0.04), place, wood)


def _add_bookshelf(rng: np.random.Generator, location: tuple, wood: object) -> None:
    """Boards with books on them, along a side wall."""
    for height in np.arange(0.3, rng.uniform(1.0, 2.0), 0.35):
        add_box((0.3, 1.0, 0.03), (*location, height), wood)
        for along in np.arange(-0.45, 0.4, 0.13):
            if rng.random() < 0.75:
                size = (0.2, rng.uniform(0.05, 0.12), rng.uniform(0.15, 0.28))
                add_box(
                    size,
                    (location[0], location[1] + along, height + 0.03),
                    sample_material(rng, "fabric"),
                )


def _add_lamp(rng: np.random.Generator, location: tuple) -> None:
    add_box((0.05, 0.05, 0.3), location, sample_material(rng, "stone"))
    shade = emissive_material((1.0, 0.75, 0.45), rng.uniform(0.5, 2.5))
    add_box((0.25, 0.25, 0.22), (*location[:2], location[2] + 0.3), shade, bevel_width=0.06)


def _build_basketball_court(rng: np.random.Generator) -> tuple[Range, Range, Range]:
    """A sports hall: planks with painted lines, a hoop, a padded wall, tiers of seats."""
    width, depth, height = 20.0, rng.uniform(14, 20), 7.0
    add_plane(width, depth + 10, (0, -5, 0), sample_material(rng, "planks"))
    wall, pad, line = (sample_material(rng, p) for p in ("paint", "fabric", "white"))
    add_plane(width, height, (0, depth / 2, height / 2), wall, facing="front")
    for side, facing in ((-1, "right"), (1, "left")):
        add_plane(depth + 10, height, (side * width / 2, -5, height / 2), wall, facing=facing)
    ceiling = add_plane(width, depth + 10, (0, -5, height), emissive_material((1, 1, 1), 0.15))
    ceiling.visible_shadow = ceiling.visible_diffuse = False
    add_box((width, 0.2, 1.8), (0, depth / 2 - 0.1, 0), pad)
    end, key = depth / 2 - 1.5, 4.9
    add_plane(key, 5.8, (0, end - 2.9, 0.005), pad)
    for x in (-7.3, -key / 2, key / 2, 7.3):
        reach = 5.8 if abs(x) < 7 else depth + 6
        add_plane(0.12, reach, (x, end - reach / 2, 0.01), line)
    for y in (0.0, -5.8, -depth / 2):
        add_plane(14.6 if y != -5.8 else key, 0.12, (0, end + y, 0.01), line)
    add_box((1.8, 0.05, 1.1), (0, end - 1.2, 2.9), line)
    add_box((0.15, 0.15, 3.4), (0, end + 0.6, 0), pad)
    add_box((0.45, 0.45, 0.04), (0, end - 1.5, 3.05), emissive_material((1.0, 0.15, 0.02), 0.5))
    seats = sample_material(rng, "fabric")
    for tier in range(4):
        add_box((0.5, depth, 0.4 * (tier + 1)), (7.8 + 0.5 * tier, 0, 0), seats)
    return (-4.0, 3.0), (-depth / 2 - 1, -depth / 4), (1.4, 3.0)


def _build_soccer_field(rng: np.random.Generator) -> tuple[Range, Range, Range]:
    """Mown stripes to the horizon, white lines and a goal."""
    grasses, line = [sample_material(rng, "grass") for _ in range(2)], sample_material(rng, "white")
    add_plane(400, 400, (0, 0, -0.02), grasses[0])
    for stripe in range(-6, 7):
        add_plane(60, 5.0, (0, stripe * 5.0, 0), grasses[stripe % 2])
    end = 15.0
    for x, reach in ((-20, 60), (-9, 7), (9, 7), (20, 60)):
        add_plane(0.15, reach, (x, end - reach / 2, 0.01), line)
    for y, wide in ((end, 40), (end - 7, 18), (end - 30, 40)):
        add_plane(wide, 0.15, (0, y, 0.01), line)
    for x in (-3.66, 3.66):
        add_box((0.15, 0.15, 2.44), (x, end, 0), line)
    add_box((7.4, 0.15, 0.15), (0, end, 2.44), line)
    return (-8.0, 8.0), (-8.0, 3.0), (1.2, 3.5)
