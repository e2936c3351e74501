"""Chairs to sit on at a table or a desk: standing on z = 0, their front towards -Y; metres."""

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
    """A chair of one of `DESIGNS`: wood or metal its frame, pad its seat."""
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
    """A backless bench along x."""
    ends = [*place_group(end_frame("T", 0.28, 0.43, 0.06), -0.4 * length)]
    ends += place_group(end_frame("T", 0.28, 0.43, 0.06), 0.4 * length)
    rail = block(0.8 * length, 0.03, 0.08).translated(z=0.2)
    return [
        part.with_material(wood)
        for part in (*ends, rail, block(length, 0.34, 0.045).translated(z=0.42))
    ]


def _cushion(width: float, depth: float, thickness: float, base_z: float) -> Shape:
    profile = [(0.012, base_z), (0.0, base_z + 0.3 * thickness), (0.008, base_z + 0.75 * thickness)]
    return shapes.slab(width, depth, [*profile, (0.06, base_z + thickness)], 0.05, segments=3)


def _joined_chair(
    rng: np.random.Generator, design: str, wood: Material, seat_material: Material
) -> list[Shape]:
    """The joiner's chair: two raked stiles, rails, and whatever fills the back."""
    wide, deep, seat = rng.uniform(0.42, 0.5), rng.uniform(0.4, 0.46), 0.44
    high, rake, thick = rng.uniform(0.86, 1.1), rng.uniform(0.04, 0.12), rng.uniform(0.03, 0.045)
    x, y = wide / 2 - thick / 2, deep / 2 - thick / 2

    def lean(z: float) -> float:
        return y + rake * max(0.0, (z - seat) / (high - seat)) ** 1.3

    at = np.array([0.0, 0.25, seat, 0.5 * (seat + high), high])
    side = np.stack([0 * at, [lean(z) for z in at] + 0.05 * (at < 0.1), at], axis=1)
    square = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * thick / 2
    stile = shapes.sweep(side, square, (1.0, 0.0, 0.0))
    styles = ["square", "tapered", "turned", "cabriole"]
    front = leg(rng, str(rng.choice(styles)), seat - 0.01, thick * 1.2)
    parts = [stile.translated(x), stile.translated(-x)]
    parts += [front.rotated("z", -90).translated(s * x, -y) for s in (1, -1)]
    rail = block(wide - thick, 0.02, 0.06)
    parts += [rail.translated(0, s * y, seat - 0.07) for s in (1, -1)]
    parts += [block(0.02, deep - thick, 0.06).translated(s * x, 0, seat - 0.07) for s in (1, -1)]
    if rng.random() < 0.5:  # stretchers
        parts += [block(0.018, deep - thick, 0.03).translated(s * x, 0.01, 0.16) for s in (1, -1)]
        parts.append(block(wide - thick, 0.018, 0.03).translated(0, 0, 0.16))

    def slat(z: float, tall: float, thin: float = 0.018) -> Shape:
        start, end = (-x - 0.002, lean(z), z), (x + 0.002, lean(z), z)
        return bar(start, end, tall, thin, width_axis="z")

    crest = rng.uniform(0.06, 0.11)
    parts.append(slat(high - crest / 2 - 0.005, crest, 0.026))
    if design == "ladder":
        levels = np.linspace(seat + 0.13, high - crest - 0.09, int(rng.integers(2, 5)))
        parts += [slat(float(z), rng.uniform(0.04, 0.06)) for z in levels]
    elif design == "upholstered":
        tall = high - crest - seat - 0.09
        middle = high - crest - tall / 2
        panel = shapes.slab(wide - thick, tall, [(0.02, 0.0), (0.0, 0.02), (0.025, 0.05)], 0.03)
        angle = 90 - np.degrees(np.arctan2(rake, high - seat))
        parts.append(
            panel.rotated("x", angle)
            .translated(0, lean(middle) + 0.03, middle)
            .with_material(seat_material)
        )
    else:
        low, up = seat + 0.07, high - crest
        parts.append(slat(low, 0.03))
        count, broad = {"slats": (4, 0.035), "spindles": (6, 0.016), "splat": (1, 0.14)}[design]
        count += int(rng.integers(0, 3)) if count > 1 else 0
        for place_x in np.linspace(-1, 1, count + 2)[1:-1] * (x - thick / 2):
            start, end = (place_x, lean(low), low), (place_x, lean(up), up + 0.01)
            parts.append(
                bar(start, end, broad, 0.014, rng.uniform(0.99, 1.5) if broad > 0.1 else 1)
            )
    bottom = _cushion(wide, deep + 0.01, 0.055, seat - 0.012)
    solid = rng.random() < 0.25
    return [part if part.material else part.with_material(wood) for part in parts] + [
        bottom.with_material(wood if solid else seat_material)
    ]


def _parsons(rng: np.random.Generator, wood: Material, seat_material: Material) -> list[Shape]:
    """Upholstered all over; sometimes the cover hangs to the floor, as at banquets."""
    wide, deep, high = rng.uniform(0.44, 0.52), rng.uniform(0.46, 0.54), rng.uniform(0.86, 1.1)
    skirt = 0.01 if rng.random() < 0.25 else rng.uniform(0.3, 0.38)
    seat = shapes.slab(wide, deep, [(0.0, skirt), (0.0, 0.45), (0.03, 0.48)], 0.03, segments=2)
    thick, tall = rng.uniform(0.06, 0.1), high - 0.3
    back = shapes.slab(wide - 0.004, tall, [(0.01, 0), (0, 0.02), (0.012, thick)], 0.04, segments=2)
    tilt = rng.uniform(78, 88)
    back = back.translated(0, tall / 2).rotated("x", tilt).translated(0, deep / 2 - 0.005, 0.3)
    post = leg(rng, "tapered", skirt + 0.03, 0.045)
    posts = [
        post.translated(a * (wide / 2 - 0.03), b * (deep / 2 - 0.03))
        for a in (1, -1)
        for b in (1, -1)
    ]
    return [
        seat.with_material(seat_material),
        back.with_material(seat_material),
        *(post.with_material(wood) for post in posts),
    ]


def _arched_path(width: float, low: float, high: float, y: float, rake: float) -> np.ndarray:
    """A path (N, 3) up one side, over and down the other."""
    turns = np.linspace(0.0, np.pi, 25)
    x, rise = np.cos(turns) * width / 2, np.sin(turns) ** 0.6
    return np.stack(
        [x * (1 - 0.1 * (1 - rise)), y + rake * rise, low + (high - low) * rise], axis=1
    )


def _splayed_legs(rng: np.random.Generator, style: str, seat: float, width: float) -> list[Shape]:
    made = leg(rng, style, seat / np.cos(0.15), 0.035).translated(z=-seat).rotated("y", -9)
    made = made.translated(0.36 * width, 0, seat)
    made = made.deformed(lambda points: np.maximum(points, [-9.0, -9.0, 0.0]))
    return [made.rotated("z", turn) for turn in (45, 135, 225, 315)]


def _windsor(rng: np.random.Generator, wood: Material) -> list[Shape]:
    wide, high = rng.uniform(0.42, 0.5), rng.uniform(0.85, 1.05)
    parts = _splayed_legs(rng, "turned", 0.42, wide)
    parts.append(shapes.slab(wide, 0.42, [(0.04, 0.41), (0.0, 0.43), (0.01, 0.46)], 0.15))
    path = _arched_path(0.9 * wide, 0.45, high, 0.15, 0.1)
    parts.append(shapes.tube(path, 0.014, (0.0, 1.0, 0.0), 8))
    for k in range(4, 21, 3):
        end = path[k]
        parts.append(shapes.rod((0.75 * end[0], 0.16, 0.45), end, 0.008, 6))
    parts += [
        bar((-0.13, y, 0.2), (0.13, y, 0.2), 0.022, 0.022, width_axis="z") for y in (-0.13, 0.13)
    ]
    parts.append(bar((0, -0.14, 0.2), (0, 0.14, 0.2), 0.02, 0.02))
    return [part.with_material(wood) for part in parts]


def _bentwood(rng: np.random.Generator, wood: Material, seat_material: Material) -> list[Shape]:
    high = rng.uniform(0.84, 0.92)
    parts = _splayed_legs(rng, "round", 0.43, 0.42)
    parts.append(shapes.lathe([(0.19, 0.42), (0.205, 0.43), (0.205, 0.45), (0.19, 0.456)], 28))
    for wide, top in ((0.38, high), (0.24, high - 0.1)):
        parts.append(
            shapes.tube(_arched_path(wide, 0.44, top, 0.15, 0.1), 0.012, (0.0, 1.0, 0.0), 8)
        )
    parts.append(
        shapes.lathe_closed_section([(0.15, 0.2), (0.165, 0.2), (0.165, 0.22), (0.15, 0.22)], 24)
    )
    cover = shapes.lathe([(0.17, 0.455), (0.17, 0.46), (0.15, 0.472)], 24)
    return [*(part.with_material(wood) for part in parts), cover.with_material(seat_material)]


def _shell(
    rng: np.random.Generator, wood: Material, seat_material: Material, metal: Material
) -> list[Shape]:
    """A moulded seat and back of one piece on dowels or on steel."""
    at = np.linspace(0.0, 1.0, 18)
    high = rng.uniform(0.76, 0.86)
    spine = shapes.smooth_interpolation(
        at,
        [0, 0.1, 0.45, 0.62, 1],
        [(-0.23, 0.42), (-0.19, 0.44), (0.1, 0.425), (0.18, 0.48), (0.25, high)],
    )
    path = np.c_[0 * at, spine]
    wide = shapes.smooth_interpolation(
        at, [0, 0.08, 0.4, 0.6, 0.9, 1], [0.34, 0.42, 0.46, 0.44, 0.42, 0.32]
    )
    seat = shapes.ribbon(path, wide, 0.024, (1.0, 0.0, 0.0))

    def dish(points: np.ndarray) -> np.ndarray:
        curl = 0.5 * points[:, 0] ** 2
        return points + np.stack([0 * curl, -curl * (points[:, 2] > 0.5), curl], axis=1)

    style = wood if rng.random() < 0.6 else metal
    posts = [part.with_material(style) for part in _splayed_legs(rng, "round", 0.425, 0.44)]
    hub = block(0.26, 0.26, 0.03).translated(z=0.4).with_material(style)
    return [seat.deformed(dish).with_material(seat_material), hub, *posts]


def _cantilever(rng: np.random.Generator, seat_material: Material, metal: Material) -> list[Shape]:
    """Bent steel tube, with a padded seat and a back."""
    high, tall = rng.uniform(0.82, 1.02), rng.uniform(0.2, 0.5)
    knots = [0, 0.2, 0.24, 0.42, 0.46, 0.62, 0.66, 1]
    spots = [
        (0.22, 0.012),
        (-0.17, 0.012),
        (-0.22, 0.05),
        (-0.22, 0.4),
        (-0.18, 0.44),
        (0.17, 0.44),
        (0.2, 0.48),
        (0.3, high),
    ]
    at = np.linspace(0.0, 1.0, 44)
    path = np.c_[0 * at, shapes.smooth_interpolation(at, knots, spots)]
    side = shapes.tube(path, 0.013, (1.0, 0.0, 0.0), 8)
    foot = shapes.rod((-0.21, 0.22, 0.012), (0.21, 0.22, 0.012), 0.0125, 8)
    parts = [
        part.with_material(metal) for part in (side.translated(-0.21), side.translated(0.21), foot)
    ]
    parts.append(_cushion(0.45, 0.42, 0.05, 0.435).with_material(seat_material))
    panel = shapes.slab(0.45, tall, [(0.01, 0), (0, 0.02), (0.015, 0.05)], 0.03, segments=2)
    angle = 90 - np.degrees(np.arctan2(0.1, high - 0.48))
    middle = high - tall / 2
    y = float(np.interp(middle, [0.48, high], [0.2, 0.3]))
    return [
        *parts,
        panel.rotated("x", angle)
        .translated(0, y + 0.022, middle + 0.01)
        .with_material(seat_material),
    ]


def office(
    rng: np.random.Generator, seat_material: Material, frame_material: Material
) -> list[Shape]:
    """A swivel chair on five castors, a task chair or a tall executive's."""
    tall = rng.random() < 0.3
    wide, seat = rng.uniform(0.46, 0.54), rng.uniform(0.44, 0.5)
    high = rng.uniform(0.48, 0.64) if tall else rng.uniform(0.28, 0.42)
    parts = [shapes.rod((0, 0, 0.07), (0, 0, seat), 0.03, 12)]
    for turn in range(18, 378, 72):
        arm = bar((0, 0, 0.1), (0.3, 0, 0.07), 0.045, 0.05, 0.6, width_axis="y")
        wheel = shapes.rod((0.29, -0.022, 0.03), (0.29, 0.022, 0.03), 0.03, 12)
        parts += place_group([arm, wheel], rotation=turn)
    y = 0.21
    parts.append(bar((0, 0.1, seat), (0, y + 0.07, seat + 0.2), 0.08, 0.02))
    if rng.random() < 0.65:
        for s in (1, -1):
            x = s * (wide / 2 + 0.02)
            parts.append(
                bar((0.9 * x, 0.02, seat), (x, 0.02, seat + 0.21), 0.05, 0.03, width_axis="y")
            )
            parts.append(block(0.06, 0.26, 0.03).translated(x, 0.0, seat + 0.2))
    parts = [part.with_material(frame_material) for part in parts]
    parts.append(
        _cushion(wide, 0.48, rng.uniform(0.07, 0.12), seat - 0.01).with_material(seat_material)
    )
    thick = rng.uniform(0.07, 0.12) if tall else rng.uniform(0.04, 0.08)
    profile = [(0.03, 0.0), (0.0, 0.3 * thick), (0.0, 0.6 * thick), (0.05, thick)]
    back = shapes.slab(wide * 0.96, high, profile, rng.uniform(0.05, 0.16), resample_count=48)
    back = back.deformed(lambda p: p + np.stack([0 * p[:, 0], 0 * p[:, 0], p[:, 0] ** 2], axis=1))
    low = seat + (0.06 if tall else 0.14)
    parts.append(
        back.rotated("x", 82).translated(0, y + 0.06, low + high / 2).with_material(seat_material)
    )
    return parts
