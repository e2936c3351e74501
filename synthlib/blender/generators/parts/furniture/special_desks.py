"""Desks that are more than a table: with a hutch, on castors, secretaries, in cubicles; metres."""

import itertools

import numpy as np

from synthlib.blender.generators.parts.furniture import joinery
from synthlib.blender.generators.parts.furniture.desks import (
    Desk,
    DeskFinish,
    centred_rectangle,
    corner_desk,
    pedestal_desk,
    table_desk,
)
from synthlib.blender.generators.parts.groups import block, place_group
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

_CLOTHS = ("6f7f8f", "8a8d90", "2f4a6a", "a8a090", "7a3a3a", "4a6a5a", "c9c2b0", "b08a5a")


def desk_with_hutch(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """A desk with shelves above, closed behind, room for a screen in the middle."""
    desk = pedestal_desk(rng, finish) if rng.random() < 0.7 else table_desk(rng, finish)
    x0, y0, x1, y1 = desk.free_areas[0]
    wide, deep, rise = x1 - x0 - 0.04, rng.uniform(0.24, 0.3), rng.uniform(0.55, 1.05)
    y, z, board = y1 - deep / 2 - 0.02, desk.top_height - 0.001, 0.022
    walls = [block(board, deep, rise).translated(s * (wide / 2 - board / 2), y, z) for s in (1, -1)]
    back = block(wide - 0.002, 0.01, rise - 0.002).translated(0, y + deep / 2 - 0.006, z)
    gap = rng.uniform(0.46, 0.56)
    levels = [gap, rise] if rise < 0.75 else [gap, (gap + rise) / 2, rise]
    boards = [
        block(wide + (0.05 if level == rise else -0.002), deep, board).translated(
            0, y, z + level - board
        )
        for level in levels
    ]
    parts = [*walls, back, *boards]
    for k, (low, up) in enumerate(itertools.pairwise(levels)):
        splits = np.sort(rng.uniform(-0.35, 0.35, int(rng.integers(1, 3)))) * wide
        parts += [
            block(board, deep - 0.004, up - low).translated(float(x), y, z + low - 0.5 * board)
            for x in splits
        ]
        ends = [-wide / 2 + board, *splits, wide / 2 - board]
        spots = itertools.pairwise(ends)
        desk.shelves += [
            ((a + b) / 2, y, z + low, b - a - 2 * board, up - low - board) for a, b in spots
        ]
        if k == 0 and rng.random() < 0.4:  # a cupboard door
            a, b = ends[0], ends[1]
            door = block(b - a - 0.01, 0.018, up - low - 0.012).with_material(finish.drawer_front)
            parts.append(door.translated((a + b) / 2, y - deep / 2, z + low))
    desk.clear_height = gap - 0.03
    desk.shelves.append((0.0, y, z + rise, wide - 0.1, 0.3))
    desk.parts += [
        part if part.material else part.with_material(finish.upright_panels) for part in parts
    ]
    desk.free_areas = [(x0 + 0.03, y0, x1 - 0.03, y1 - 0.05)]
    return desk


def wall_mounted_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """A top with shallow drawers on a wall board: little but what stands on it is seen."""
    wide, deep, board = rng.uniform(0.85, 1.5), rng.uniform(0.5, 0.7), rng.uniform(0.022, 0.04)
    low, rise = rng.uniform(0.1, 0.22), rng.uniform(0.45, 0.85)
    high, back = low + board, deep / 2
    chest = joinery.chest_of_drawers(
        rng,
        (wide - 0.02, deep - 0.04, low + 0.001),
        1,
        finish.upright_panels,
        finish.drawer_front,
        finish.handle,
    )
    parts = [
        *place_group(chest, y=0.02),
        block(wide, deep, board).with_material(finish.top).translated(z=low),
    ]
    pinboard = materials.fabric(jitter_colour(rng, str(rng.choice(_CLOTHS))), thread_width=0.006)
    face = finish.upright_panels if rng.random() < 0.5 else pinboard
    parts.append(
        block(wide + 0.04, 0.03, high + rise).with_material(face).translated(0, back + 0.014)
    )
    desk = Desk(
        parts,
        high,
        [centred_rectangle(wide, deep)],
        screen_pose=(0.0, back - 0.16, 0.0),
        chair_distance=None,
    )
    parts += pinned_notes(rng, (wide, back, high), rise)
    if rng.random() < 0.5:
        length, y = wide * rng.uniform(0.5, 1.0), back - 0.11
        x, z = rng.choice([-0.5, 0.5]) * (wide - length), high + rise - 0.06
        parts.append(
            block(length, 0.22, 0.025).with_material(finish.top).translated(float(x), y, z)
        )
        desk.shelves.append((float(x), y, z + 0.025, length, 0.28))
    return desk


def pinned_notes(
    rng: np.random.Generator, wall: tuple[float, float, float], rise: float
) -> list[Shape]:
    """Papers pinned to a wall of some width, its face at y, from z to `rise` above it."""
    wide, y, z = wall
    parts = []
    for k in range(int(rng.integers(0, 7))):
        note = block(rng.uniform(0.1, 0.2), 0.004, rng.uniform(0.1, 0.24))
        code = str(rng.choice(["f4f3ef", "f4f3ef", "f2e27a", "c9dcea", "e8a0a0"]))
        x, up = rng.uniform(-0.42, 0.42) * wide, z + 0.05 + rng.uniform(0.0, rise - 0.34)
        lifted = note.translated(x, y - 0.0025 - 0.0012 * k, up)
        parts.append(lifted.with_material(materials.plain(srgb_to_linear(code), 0.8)))
    return parts


def computer_trolley(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """The small computer desk: side panels, a tray drawn out for the keyboard, castors."""
    wide, deep, high = rng.uniform(0.7, 1.05), rng.uniform(0.48, 0.6), rng.uniform(0.74, 0.8)
    board, under = 0.022, high - 0.021
    parts = [block(wide, deep, board).with_material(finish.top).translated(z=high - board)]
    foot = 0.06
    parts += [
        block(board, deep - 0.04, under - foot)
        .with_material(finish.upright_panels)
        .translated(s * (wide / 2 - 0.03), 0, foot)
        for s in (1, -1)
    ]
    wheel = shapes.rod((-0.015, 0, 0.03), (0.015, 0, 0.03), 0.032, 12).translated(z=0.002)
    dark = materials.plain(srgb_to_linear("141414"), 0.5)
    parts += [
        part.with_material(dark)
        for part in joinery.place_at_corners(wheel, wide - 0.06, deep - 0.16)
    ]
    parts.append(
        block(wide - 0.06, deep - 0.06, board)
        .with_material(finish.upright_panels)
        .translated(z=0.1)
    )
    parts.append(
        block(wide - 0.06, 0.016, 0.3)
        .with_material(finish.upright_panels)
        .translated(0, deep / 2 - 0.05, under - 0.3)
    )
    out = rng.uniform(0.12, 0.26)
    tray = block(wide - 0.09, 0.34, 0.018).with_material(finish.top)
    parts.append(tray.translated(0, -deep / 2 + 0.17 - out, high - 0.13))
    rails = block(0.02, 0.34, 0.03).with_material(finish.handle)
    parts += [
        rails.translated(s * (wide / 2 - 0.045), -deep / 2 + 0.17 - 0.6 * out, high - 0.145)
        for s in (1, -1)
    ]
    desk = Desk(
        parts,
        high,
        [centred_rectangle(wide, deep)],
        screen_pose=(0.0, 0.06, 0.0),
        chair_distance=0.35,
        tower_position=(-wide / 2 + 0.18, 0.0),
    )
    desk.keyboard_tray = (0.0, -deep / 2 + 0.14 - out, high - 0.113)
    if rng.random() < 0.6:
        rise, shelf = rng.uniform(0.48, 0.6), rng.uniform(0.26, 0.34)
        y = deep / 2 - shelf / 2
        walls = [
            block(board, shelf, rise).translated(s * (wide / 2 - 0.03), y, high - 0.001)
            for s in (1, -1)
        ]
        parts += [
            part.with_material(finish.upright_panels)
            for part in (*walls, block(wide, shelf, board).translated(0, y, high + rise - 0.002))
        ]
        desk.shelves.append((0.0, y, high + rise + board - 0.002, wide - 0.1, 0.28))
        desk.screen_pose, desk.clear_height = (0.0, 0.0, 0.0), rise - 0.03
    return desk


def secretary_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """A cabinet with drawers below and a flap let down to write on, pigeonholes behind it."""
    wide, deep, low = rng.uniform(0.75, 1.05), rng.uniform(0.42, 0.5), rng.uniform(0.68, 0.76)
    legs = rng.uniform(0.1, 0.4)
    chest = joinery.chest_of_drawers(
        rng,
        (wide, deep, low - legs),
        int(rng.integers(1, 4)),
        finish.upright_panels,
        finish.drawer_front,
        finish.handle,
        "knob",
    )
    parts = place_group(chest, z=legs)
    post = joinery.leg(rng, str(rng.choice(["tapered", "turned", "cabriole"])), legs + 0.001, 0.05)
    parts += [
        part.with_material(finish.upright_panels)
        for part in joinery.place_at_corners(post, wide - 0.07, deep - 0.07)
    ]
    rise, board, slope = rng.uniform(0.32, 0.48), 0.022, 0.6 * deep
    side = shapes.prism(
        [
            (deep / 2, 0),
            (deep / 2, rise),
            (deep / 2 - 0.22, rise),
            (-deep / 2, 0.05),
            (-deep / 2, 0),
        ],
        board,
    )
    side = side.rotated("xz", 90, 90).with_material(finish.upright_panels)
    parts += [side.translated(x, 0, low - 0.001) for x in (-wide / 2, wide / 2 - board)]
    parts.append(
        block(wide + 0.02, 0.25, board)
        .with_material(finish.top)
        .translated(0, deep / 2 - 0.115, low + rise - 0.002)
    )
    parts.append(
        block(wide - 0.01, 0.012, rise)
        .with_material(finish.upright_panels)
        .translated(0, deep / 2 - 0.007, low - 0.001)
    )
    holes = int(rng.integers(3, 6))
    for x in np.linspace(-wide / 2, wide / 2, holes + 1)[1:-1]:
        parts.append(
            block(0.012, 0.2, rise)
            .with_material(finish.upright_panels)
            .translated(float(x), deep / 2 - 0.11, low - 0.001)
        )
    parts.append(
        block(wide - 0.03, 0.2, 0.012)
        .with_material(finish.upright_panels)
        .translated(0, deep / 2 - 0.111, low + 0.5 * rise)
    )
    flap = block(wide - 0.06, slope + 0.14, board).with_material(finish.top)
    parts.append(flap.translated(0, -deep / 2 - (slope + 0.14) / 2 + 0.03, low + 0.002))
    floor = block(wide - 2 * board - 0.002, deep - 0.036, board).with_material(finish.top)
    parts.append(floor.translated(0, 0.012, low + 0.002))  # behind the flap, at its height
    for x in (-wide / 2 + 0.05, wide / 2 - 0.05):  # the slides that carry it
        parts.append(
            block(0.022, 0.3, 0.04)
            .with_material(finish.upright_panels)
            .translated(x, -deep / 2 - 0.1, low - 0.037)
        )
    cell = wide / holes
    shelves = [
        ((k + 0.5) * cell - wide / 2, deep / 2 - 0.12, low + 0.001 + board, cell - 0.04, 0.4 * rise)
        for k in range(holes)
    ]
    area = (-wide / 2 + 0.05, -deep / 2 - slope, wide / 2 - 0.05, deep / 2 - 0.24)
    return Desk(parts, low + 0.002 + board, [area], shelves, chair_distance=0.3)


def cubicle_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """A working place between partitions covered with cloth, a locker over it."""
    desk = (corner_desk if rng.random() < 0.5 else pedestal_desk)(rng, finish)
    points = np.concatenate([part.vertices for part in desk.parts])
    low, high = points.min(axis=0), points.max(axis=0)
    rise = rng.uniform(1.1, 1.45)
    cloth = materials.fabric(jitter_colour(rng, str(rng.choice(_CLOTHS))), thread_width=0.006)
    rim = materials.plastic(
        jitter_colour(rng, str(rng.choice(["3a3c40", "b9bbbd", "d6d0bf"]))), 0.4
    )

    def wall(length: float) -> list[Shape]:
        panel = block(length, 0.05, rise - 0.06).with_material(cloth).translated(z=0.03)
        return [
            panel,
            block(length + 0.02, 0.06, 0.035).with_material(rim).translated(z=rise - 0.035),
            block(length, 0.056, 0.035).with_material(rim),
        ]

    wide, deep = high[0] - low[0], high[1] - low[1]
    desk.parts += place_group(wall(wide + 0.1), 0, high[1] + 0.024)
    left = len(desk.free_areas) < 2 or desk.free_areas[1][0] < 0
    x, turn = (low[0] - 0.024, -90) if left else (high[0] + 0.024, 90)
    if rng.random() < 0.6:  # the side, cut short lest it hide all from there
        short = deep * rng.uniform(0.35, 0.7)
        desk.parts += place_group(wall(short), x, high[1] - short / 2, rotation=turn)
    spread = (wide - 0.3, high[1], desk.top_height)
    desk.parts += [
        p.translated((low[0] + high[0]) / 2)
        for p in pinned_notes(rng, spread, rise - desk.top_height)
    ]
    return desk
