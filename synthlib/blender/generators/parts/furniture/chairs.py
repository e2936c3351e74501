"""Chairs and benches for tables and desks.

A chair stands on z = 0 about the z axis, its front towards -Y; lengths are in metres.
"""

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.furniture.joinery import end_frame, leg
from synthlib.blender.generators.parts.groups import bar, block, merge_by_material, place_group
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape

DINING_CHAIR_DESIGNS = (
    "ladder slats spindles splat upholstered parsons windsor bentwood shell cantilever".split()
)


def dining(
    rng: np.random.Generator, design: str, wood: Material, seat_material: Material, metal: Material
) -> list[Shape]:
    """Build a chair of one of `DINING_CHAIR_DESIGNS`.

    Args:
        wood: Of the frame; `metal` of frames of steel.
        seat_material: Of the seat or its cushion.

    Returns:
        One shape per material.
    """
    if design == "shell":
        parts = _shell(rng, wood, seat_material, metal)
    elif design == "cantilever":
        parts = _cantilever(rng, seat_material, metal)
    elif design == "bentwood":
        parts = _bentwood(rng, wood, seat_material)
    elif design == "windsor":
        parts = _windsor(rng, wood)
    elif design == "parsons":
        parts = _parsons(rng, wood, seat_material)
    else:
        parts = _joined_chair(rng, design, wood, seat_material)
    return merge_by_material(parts)


def bench(length: float, wood: Material) -> list[Shape]:
    """Build a backless bench along x."""
    ends = [*place_group(end_frame("T", 0.28, 0.43, 0.06), -0.4 * length)]
    ends += place_group(end_frame("T", 0.28, 0.43, 0.06), 0.4 * length)
    rail = block(0.8 * length, 0.03, 0.08).translated(z=0.2)
    return [
        part.with_material(wood)
        for part in (*ends, rail, block(length, 0.34, 0.045).translated(z=0.42))
    ]


def _cushion(width: float, depth: float, thickness: float, base_z: float) -> Shape:
    """Build a cushion from z = base_z up."""
    profile = [(0.012, base_z), (0.0, base_z + 0.3 * thickness), (0.008, base_z + 0.75 * thickness)]
    return shapes.slab(width, depth, [*profile, (0.06, base_z + thickness)], 0.05, segments=3)


def _joined_chair(
    rng: np.random.Generator, design: str, wood: Material, seat_material: Material
) -> list[Shape]:
    """Build a joiner's chair: two raked stiles, rails, and whatever fills the back."""
    width = rng.uniform(0.42, 0.5)
    depth = rng.uniform(0.4, 0.46)
    seat_z = 0.44
    back_z = rng.uniform(0.86, 1.1)
    rake = rng.uniform(0.04, 0.12)
    thickness = rng.uniform(0.03, 0.045)
    stile_x, stile_y = width / 2 - thickness / 2, depth / 2 - thickness / 2

    def stile_y_at(z: float) -> float:
        return stile_y + rake * max(0.0, (z - seat_z) / (back_z - seat_z)) ** 1.3

    heights = np.array([0.0, 0.25, seat_z, 0.5 * (seat_z + back_z), back_z])
    stile_path = np.stack(
        [0 * heights, [stile_y_at(z) for z in heights] + 0.05 * (heights < 0.1), heights], axis=1
    )
    section = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * thickness / 2
    stile = shapes.sweep(stile_path, section, (1.0, 0.0, 0.0))
    parts = [stile.translated(stile_x), stile.translated(-stile_x)]
    parts += _front_legs_and_rails(rng, width, depth, thickness, seat_z)

    def slat(z: float, slat_height: float, slat_depth: float = 0.018) -> Shape:
        start = (-stile_x - 0.002, stile_y_at(z), z)
        end = (stile_x + 0.002, stile_y_at(z), z)
        return bar(start, end, slat_height, slat_depth, width_axis="z")

    crest_height = rng.uniform(0.06, 0.11)
    parts.append(slat(back_z - crest_height / 2 - 0.005, crest_height, 0.026))
    if design == "ladder":
        levels = np.linspace(seat_z + 0.13, back_z - crest_height - 0.09, int(rng.integers(2, 5)))
        parts += [slat(float(z), rng.uniform(0.04, 0.06)) for z in levels]
    elif design == "upholstered":
        panel_height = back_z - crest_height - seat_z - 0.09
        panel_z = back_z - crest_height - panel_height / 2
        panel = shapes.slab(
            width - thickness, panel_height, [(0.02, 0.0), (0.0, 0.02), (0.025, 0.05)], 0.03
        )
        angle = 90 - np.degrees(np.arctan2(rake, back_z - seat_z))
        parts.append(
            panel.rotated("x", angle)
            .translated(0, stile_y_at(panel_z) + 0.03, panel_z)
            .with_material(seat_material)
        )
    else:
        lower_z = seat_z + 0.07
        upper_z = back_z - crest_height
        parts.append(slat(lower_z, 0.03))
        count, bar_width = {"slats": (4, 0.035), "spindles": (6, 0.016), "splat": (1, 0.14)}[design]
        count += int(rng.integers(0, 3)) if count > 1 else 0
        for bar_x in np.linspace(-1, 1, count + 2)[1:-1] * (stile_x - thickness / 2):
            start = (bar_x, stile_y_at(lower_z), lower_z)
            end = (bar_x, stile_y_at(upper_z), upper_z + 0.01)
            parts.append(
                bar(start, end, bar_width, 0.014, rng.uniform(0.99, 1.5) if bar_width > 0.1 else 1)
            )
    seat = _cushion(width, depth + 0.01, 0.055, seat_z - 0.012)
    has_wooden_seat = rng.random() < 0.25
    return [part if part.material else part.with_material(wood) for part in parts] + [
        seat.with_material(wood if has_wooden_seat else seat_material)
    ]


def _front_legs_and_rails(
    rng: np.random.Generator, width: float, depth: float, thickness: float, seat_z: float
) -> list[Shape]:
    """Build front legs, the rails below the seat, and in some chairs stretchers."""
    x, y = width / 2 - thickness / 2, depth / 2 - thickness / 2
    styles = ["square", "tapered", "turned", "cabriole"]
    front_leg = leg(rng, str(rng.choice(styles)), seat_z - 0.01, thickness * 1.2)
    parts = [front_leg.rotated("z", -90).translated(side * x, -y) for side in (1, -1)]
    rail = block(width - thickness, 0.02, 0.06)
    parts += [rail.translated(0, side * y, seat_z - 0.07) for side in (1, -1)]
    side_rail = block(0.02, depth - thickness, 0.06)
    parts += [side_rail.translated(side * x, 0, seat_z - 0.07) for side in (1, -1)]
    if rng.random() < 0.5:
        stretcher = block(0.018, depth - thickness, 0.03)
        parts += [stretcher.translated(side * x, 0.01, 0.16) for side in (1, -1)]
        parts.append(block(width - thickness, 0.018, 0.03).translated(0, 0, 0.16))
    return parts


def _parsons(rng: np.random.Generator, wood: Material, seat_material: Material) -> list[Shape]:
    """Build a fully upholstered chair; in some the cover hangs to the floor, as at banquets."""
    width = rng.uniform(0.44, 0.52)
    depth = rng.uniform(0.46, 0.54)
    height = rng.uniform(0.86, 1.1)
    cover_z = 0.01 if rng.random() < 0.25 else rng.uniform(0.3, 0.38)
    seat = shapes.slab(width, depth, [(0.0, cover_z), (0.0, 0.45), (0.03, 0.48)], 0.03, segments=2)
    thickness = rng.uniform(0.06, 0.1)
    back_height = height - 0.3
    back = shapes.slab(
        width - 0.004, back_height, [(0.01, 0), (0, 0.02), (0.012, thickness)], 0.04, segments=2
    )
    tilt = rng.uniform(78, 88)
    back = (
        back.translated(0, back_height / 2).rotated("x", tilt).translated(0, depth / 2 - 0.005, 0.3)
    )
    post = leg(rng, "tapered", cover_z + 0.03, 0.045)
    posts = [
        post.translated(side_x * (width / 2 - 0.03), side_y * (depth / 2 - 0.03))
        for side_x in (1, -1)
        for side_y in (1, -1)
    ]
    return [
        seat.with_material(seat_material),
        back.with_material(seat_material),
        *(post.with_material(wood) for post in posts),
    ]


def _arched_path(width: float, low: float, high: float, y: float, rake: float) -> np.ndarray:
    """Return a path (N, 3) up one side, over and down the other."""
    angles = np.linspace(0.0, np.pi, 25)
    x = np.cos(angles) * width / 2
    height_share = np.sin(angles) ** 0.6
    return np.stack(
        [
            x * (1 - 0.1 * (1 - height_share)),
            y + rake * height_share,
            low + (high - low) * height_share,
        ],
        axis=1,
    )


def _splayed_legs(rng: np.random.Generator, style: str, seat: float, width: float) -> list[Shape]:
    """Build four legs splayed towards the corners, cut off level with the floor."""
    post = leg(rng, style, seat / np.cos(0.15), 0.035).translated(z=-seat).rotated("y", -9)
    post = post.translated(0.36 * width, 0, seat)
    post = post.deformed(lambda points: np.maximum(points, [-9.0, -9.0, 0.0]))
    return [post.rotated("z", angle) for angle in (45, 135, 225, 315)]


def _windsor(rng: np.random.Generator, wood: Material) -> list[Shape]:
    """Build a Windsor chair: a wooden seat, a bent hoop filled with spindles, splayed legs."""
    width = rng.uniform(0.42, 0.5)
    hoop_top = rng.uniform(0.85, 1.05)
    parts = _splayed_legs(rng, "turned", 0.42, width)
    parts.append(shapes.slab(width, 0.42, [(0.04, 0.41), (0.0, 0.43), (0.01, 0.46)], 0.15))
    hoop = _arched_path(0.9 * width, 0.45, hoop_top, 0.15, 0.1)
    parts.append(shapes.tube(hoop, 0.014, (0.0, 1.0, 0.0), 8))
    for index in range(4, 21, 3):
        spindle_top = hoop[index]
        parts.append(shapes.rod((0.75 * spindle_top[0], 0.16, 0.45), spindle_top, 0.008, 6))
    parts += [
        bar((-0.13, y, 0.2), (0.13, y, 0.2), 0.022, 0.022, width_axis="z") for y in (-0.13, 0.13)
    ]
    parts.append(bar((0, -0.14, 0.2), (0, 0.14, 0.2), 0.02, 0.02))
    return [part.with_material(wood) for part in parts]


def _bentwood(rng: np.random.Generator, wood: Material, seat_material: Material) -> list[Shape]:
    """Build a bentwood chair: a round seat, two bent hoops, round legs joined by a ring."""
    hoop_top = rng.uniform(0.84, 0.92)
    parts = _splayed_legs(rng, "round", 0.43, 0.42)
    parts.append(shapes.lathe([(0.19, 0.42), (0.205, 0.43), (0.205, 0.45), (0.19, 0.456)], 28))
    for hoop_width, top_z in ((0.38, hoop_top), (0.24, hoop_top - 0.1)):
        parts.append(
            shapes.tube(_arched_path(hoop_width, 0.44, top_z, 0.15, 0.1), 0.012, (0.0, 1.0, 0.0), 8)
        )
    parts.append(
        shapes.lathe_closed_section([(0.15, 0.2), (0.165, 0.2), (0.165, 0.22), (0.15, 0.22)], 24)
    )
    cushion = shapes.lathe([(0.17, 0.455), (0.17, 0.46), (0.15, 0.472)], 24)
    return [*(part.with_material(wood) for part in parts), cushion.with_material(seat_material)]


def _shell(
    rng: np.random.Generator, wood: Material, seat_material: Material, metal: Material
) -> list[Shape]:
    """Build a moulded seat and back of one piece on wooden or steel legs."""
    positions = np.linspace(0.0, 1.0, 18)
    top_z = rng.uniform(0.76, 0.86)
    spine = shapes.smooth_interpolation(
        positions,
        [0, 0.1, 0.45, 0.62, 1],
        [(-0.23, 0.42), (-0.19, 0.44), (0.1, 0.425), (0.18, 0.48), (0.25, top_z)],
    )
    path = np.c_[0 * positions, spine]
    widths = shapes.smooth_interpolation(
        positions, [0, 0.08, 0.4, 0.6, 0.9, 1], [0.34, 0.42, 0.46, 0.44, 0.42, 0.32]
    )
    seat = shapes.ribbon(path, widths, 0.024, (1.0, 0.0, 0.0))

    def dished(points: np.ndarray) -> np.ndarray:
        rise = 0.5 * points[:, 0] ** 2
        return points + np.stack([0 * rise, -rise * (points[:, 2] > 0.5), rise], axis=1)

    leg_material = wood if rng.random() < 0.6 else metal
    legs = [part.with_material(leg_material) for part in _splayed_legs(rng, "round", 0.425, 0.44)]
    hub = block(0.26, 0.26, 0.03).translated(z=0.4).with_material(leg_material)
    return [seat.deformed(dished).with_material(seat_material), hub, *legs]


def _cantilever(rng: np.random.Generator, seat_material: Material, metal: Material) -> list[Shape]:
    """Build a frame of bent steel tube with a padded seat and back."""
    top_z = rng.uniform(0.82, 1.02)
    back_height = rng.uniform(0.2, 0.5)
    knots = [0, 0.2, 0.24, 0.42, 0.46, 0.62, 0.66, 1]
    frame_points = [
        (0.22, 0.012),
        (-0.17, 0.012),
        (-0.22, 0.05),
        (-0.22, 0.4),
        (-0.18, 0.44),
        (0.17, 0.44),
        (0.2, 0.48),
        (0.3, top_z),
    ]
    positions = np.linspace(0.0, 1.0, 44)
    path = np.c_[0 * positions, shapes.smooth_interpolation(positions, knots, frame_points)]
    side = shapes.tube(path, 0.013, (1.0, 0.0, 0.0), 8)
    foot = shapes.rod((-0.21, 0.22, 0.012), (0.21, 0.22, 0.012), 0.0125, 8)
    parts = [
        part.with_material(metal) for part in (side.translated(-0.21), side.translated(0.21), foot)
    ]
    parts.append(_cushion(0.45, 0.42, 0.05, 0.435).with_material(seat_material))
    panel = shapes.slab(0.45, back_height, [(0.01, 0), (0, 0.02), (0.015, 0.05)], 0.03, segments=2)
    angle = 90 - np.degrees(np.arctan2(0.1, top_z - 0.48))
    back_centre_z = top_z - back_height / 2
    y = float(np.interp(back_centre_z, [0.48, top_z], [0.2, 0.3]))
    return [
        *parts,
        panel.rotated("x", angle)
        .translated(0, y + 0.022, back_centre_z + 0.01)
        .with_material(seat_material),
    ]


def office(
    rng: np.random.Generator, seat_material: Material, frame_material: Material
) -> list[Shape]:
    """Build a swivel chair on five castors, a task chair or a tall executive chair."""
    is_executive = rng.random() < 0.3
    width = rng.uniform(0.46, 0.54)
    seat_z = rng.uniform(0.44, 0.5)
    back_height = rng.uniform(0.48, 0.64) if is_executive else rng.uniform(0.28, 0.42)
    parts = [shapes.rod((0, 0, 0.07), (0, 0, seat_z), 0.03, 12)]
    for angle in range(18, 378, 72):
        foot_arm = bar((0, 0, 0.1), (0.3, 0, 0.07), 0.045, 0.05, 0.6, width_axis="y")
        castor = shapes.rod((0.29, -0.022, 0.03), (0.29, 0.022, 0.03), 0.03, 12)
        parts += place_group([foot_arm, castor], rotation=angle)
    back_y = 0.21
    parts.append(bar((0, 0.1, seat_z), (0, back_y + 0.07, seat_z + 0.2), 0.08, 0.02))
    if rng.random() < 0.65:
        for side in (1, -1):
            x = side * (width / 2 + 0.02)
            parts.append(
                bar((0.9 * x, 0.02, seat_z), (x, 0.02, seat_z + 0.21), 0.05, 0.03, width_axis="y")
            )
            parts.append(block(0.06, 0.26, 0.03).translated(x, 0.0, seat_z + 0.2))
    parts = [part.with_material(frame_material) for part in parts]
    parts.append(
        _cushion(width, 0.48, rng.uniform(0.07, 0.12), seat_z - 0.01).with_material(seat_material)
    )
    thickness = rng.uniform(0.07, 0.12) if is_executive else rng.uniform(0.04, 0.08)
    profile = [(0.03, 0.0), (0.0, 0.3 * thickness), (0.0, 0.6 * thickness), (0.05, thickness)]
    back = shapes.slab(
        width * 0.96, back_height, profile, rng.uniform(0.05, 0.16), resample_count=48
    )
    back = back.deformed(
        lambda points: (
            points + np.stack([0 * points[:, 0], 0 * points[:, 0], points[:, 0] ** 2], axis=1)
        )
    )
    back_bottom = seat_z + (0.06 if is_executive else 0.14)
    parts.append(
        back.rotated("x", 82)
        .translated(0, back_y + 0.06, back_bottom + back_height / 2)
        .with_material(seat_material)
    )
    return parts
