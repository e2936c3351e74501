"""Special desks: with a hutch, on a wall, on castors, secretaries, in cubicles; metres."""

import itertools

import numpy as np

from synthlib.blender.generators.parts.furniture import joinery
from synthlib.blender.generators.parts.furniture.desks import (
    Desk,
    DeskFinish,
    centred_rectangle,
    corner_desk,
    drawers,
    pedestal_desk,
    table_desk,
)
from synthlib.blender.generators.parts.groups import block, place_group
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

_CLOTHS = ("6f7f8f", "8a8d90", "2f4a6a", "a8a090", "7a3a3a", "4a6a5a", "c9c2b0", "b08a5a")


def desk_with_hutch(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build a desk with shelves above, closed at the back, and space for a screen."""
    desk = pedestal_desk(rng, finish) if rng.random() < 0.7 else table_desk(rng, finish)
    x0, y0, x1, y1 = desk.free_areas[0]
    width = x1 - x0 - 0.04
    depth = rng.uniform(0.24, 0.3)
    hutch_height = rng.uniform(0.55, 1.05)
    y, z = y1 - depth / 2 - 0.02, desk.top_height - 0.001
    board_thickness = 0.022
    walls = [
        block(board_thickness, depth, hutch_height).translated(
            side * (width / 2 - board_thickness / 2), y, z
        )
        for side in (1, -1)
    ]
    back = block(width - 0.002, 0.01, hutch_height - 0.002).translated(0, y + depth / 2 - 0.006, z)
    screen_height = rng.uniform(0.46, 0.56)
    levels = (
        [screen_height, hutch_height]
        if hutch_height < 0.75
        else [screen_height, (screen_height + hutch_height) / 2, hutch_height]
    )
    boards = [
        block(
            width + (0.05 if level == hutch_height else -0.002), depth, board_thickness
        ).translated(0, y, z + level - board_thickness)
        for level in levels
    ]
    parts = [*walls, back, *boards]
    for k, (lower, upper) in enumerate(itertools.pairwise(levels)):
        splits = np.sort(rng.uniform(-0.35, 0.35, int(rng.integers(1, 3)))) * width
        parts += [
            block(board_thickness, depth - 0.004, upper - lower).translated(
                float(x), y, z + lower - 0.5 * board_thickness
            )
            for x in splits
        ]
        ends = [-width / 2 + board_thickness, *splits, width / 2 - board_thickness]
        positions = itertools.pairwise(ends)
        desk.shelves += [
            (
                (left + right) / 2,
                y,
                z + lower,
                right - left - 2 * board_thickness,
                upper - lower - board_thickness,
            )
            for left, right in positions
        ]
        if k == 0 and rng.random() < 0.4:  # a cupboard door
            left, right = ends[0], ends[1]
            door = block(right - left - 0.01, 0.018, upper - lower - 0.012).with_material(
                finish.drawer_front
            )
            parts.append(door.translated((left + right) / 2, y - depth / 2, z + lower))
    desk.clear_height = screen_height - 0.03
    desk.shelves.append((0.0, y, z + hutch_height, width - 0.1, 0.3))
    desk.parts += [
        part if part.material else part.with_material(finish.upright_panels) for part in parts
    ]
    desk.free_areas = [(x0 + 0.03, y0, x1 - 0.03, y1 - 0.05)]
    return desk


def wall_mounted_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build a top with shallow drawers on a wall board, with nothing below it."""
    width = rng.uniform(0.85, 1.5)
    depth = rng.uniform(0.5, 0.7)
    top_thickness = rng.uniform(0.022, 0.04)
    drawer_height = rng.uniform(0.1, 0.22)
    wall_height = rng.uniform(0.45, 0.85)
    top_height = drawer_height + top_thickness
    back_y = depth / 2
    chest = drawers(rng, finish, (width - 0.02, depth - 0.04, drawer_height + 0.001), 1, "bar")
    parts = [
        *place_group(chest, y=0.02),
        block(width, depth, top_thickness).with_material(finish.top).translated(z=drawer_height),
    ]
    pinboard = materials.fabric(jitter_colour(rng, str(rng.choice(_CLOTHS))), thread_width=0.006)
    wall_material = finish.upright_panels if rng.random() < 0.5 else pinboard
    parts.append(
        block(width + 0.04, 0.03, top_height + wall_height)
        .with_material(wall_material)
        .translated(0, back_y + 0.014)
    )
    desk = Desk(
        parts,
        top_height,
        [centred_rectangle(width, depth)],
        screen_pose=(0.0, back_y - 0.16, 0.0),
        chair_distance=None,
    )
    parts += pinned_notes(rng, (width, back_y, top_height), wall_height)
    if rng.random() < 0.5:
        length = width * rng.uniform(0.5, 1.0)
        y = back_y - 0.11
        x = rng.choice([-0.5, 0.5]) * (width - length)
        z = top_height + wall_height - 0.06
        parts.append(
            block(length, 0.22, 0.025).with_material(finish.top).translated(float(x), y, z)
        )
        desk.shelves.append((float(x), y, z + 0.025, length, 0.28))
    return desk


def pinned_notes(
    rng: np.random.Generator, wall: tuple[float, float, float], rise: float
) -> list[Shape]:
    """Build papers pinned to a wall.

    Args:
        wall: Width of the wall, y of its face, and the z from which it is free.
        rise: Height of the wall above that z.
    """
    width, y, z = wall
    parts = []
    for index in range(int(rng.integers(0, 7))):
        note = block(rng.uniform(0.1, 0.2), 0.004, rng.uniform(0.1, 0.24))
        hex_code = str(rng.choice(["f4f3ef", "f4f3ef", "f2e27a", "c9dcea", "e8a0a0"]))
        x = rng.uniform(-0.42, 0.42) * width
        note_z = z + 0.05 + rng.uniform(0.0, rise - 0.34)
        placed = note.translated(x, y - 0.0025 - 0.0012 * index, note_z)
        parts.append(placed.with_material(materials.plain(srgb_to_linear(hex_code), 0.8)))
    return parts


def computer_trolley(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build the small computer desk: side panels, a drawn-out keyboard tray, castors."""
    width = rng.uniform(0.7, 1.05)
    depth = rng.uniform(0.48, 0.6)
    top_height = rng.uniform(0.74, 0.8)
    board_thickness = 0.022
    base_height = top_height - 0.021
    parts = [
        block(width, depth, board_thickness)
        .with_material(finish.top)
        .translated(z=top_height - board_thickness)
    ]
    foot_height = 0.06
    parts += [
        block(board_thickness, depth - 0.04, base_height - foot_height)
        .with_material(finish.upright_panels)
        .translated(side * (width / 2 - 0.03), 0, foot_height)
        for side in (1, -1)
    ]
    castor = shapes.rod((-0.015, 0, 0.03), (0.015, 0, 0.03), 0.032, 12).translated(z=0.002)
    castor_material = materials.plain(srgb_to_linear("141414"), 0.5)
    parts += [
        part.with_material(castor_material)
        for part in joinery.place_at_corners(castor, width - 0.06, depth - 0.16)
    ]
    parts.append(
        block(width - 0.06, depth - 0.06, board_thickness)
        .with_material(finish.upright_panels)
        .translated(z=0.1)
    )
    parts.append(
        block(width - 0.06, 0.016, 0.3)
        .with_material(finish.upright_panels)
        .translated(0, depth / 2 - 0.05, base_height - 0.3)
    )
    tray_offset = rng.uniform(0.12, 0.26)
    tray = block(width - 0.09, 0.34, 0.018).with_material(finish.top)
    parts.append(tray.translated(0, -depth / 2 + 0.17 - tray_offset, top_height - 0.13))
    rail = block(0.02, 0.34, 0.03).with_material(finish.handle)
    parts += [
        rail.translated(
            side * (width / 2 - 0.045), -depth / 2 + 0.17 - 0.6 * tray_offset, top_height - 0.145
        )
        for side in (1, -1)
    ]
    desk = Desk(
        parts,
        top_height,
        [centred_rectangle(width, depth)],
        screen_pose=(0.0, 0.06, 0.0),
        chair_distance=0.35,
        tower_position=(-width / 2 + 0.18, 0.0),
    )
    desk.keyboard_tray = (0.0, -depth / 2 + 0.14 - tray_offset, top_height - 0.113)
    if rng.random() < 0.6:
        shelf_height = rng.uniform(0.48, 0.6)
        shelf_depth = rng.uniform(0.26, 0.34)
        y = depth / 2 - shelf_depth / 2
        wall = block(board_thickness, shelf_depth, shelf_height)
        shelf_parts = [
            wall.translated(side * (width / 2 - 0.03), y, top_height - 0.001) for side in (1, -1)
        ]
        board = block(width, shelf_depth, board_thickness)
        shelf_parts.append(board.translated(0, y, top_height + shelf_height - 0.002))
        parts += [part.with_material(finish.upright_panels) for part in shelf_parts]
        desk.shelves.append(
            (0.0, y, top_height + shelf_height + board_thickness - 0.002, width - 0.1, 0.28)
        )
        desk.screen_pose = (0.0, 0.0, 0.0)
        desk.clear_height = shelf_height - 0.03
    return desk


def secretary_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build a cabinet with drawers below and a flap to write on, pigeonholes behind it."""
    width = rng.uniform(0.75, 1.05)
    depth = rng.uniform(0.42, 0.5)
    cabinet_z = rng.uniform(0.68, 0.76)
    leg_height = rng.uniform(0.1, 0.4)
    rows = int(rng.integers(1, 4))
    chest = drawers(rng, finish, (width, depth, cabinet_z - leg_height), rows, "knob")
    parts = place_group(chest, z=leg_height)
    leg = joinery.leg(
        rng, str(rng.choice(["tapered", "turned", "cabriole"])), leg_height + 0.001, 0.05
    )
    parts += [
        part.with_material(finish.upright_panels)
        for part in joinery.place_at_corners(leg, width - 0.07, depth - 0.07)
    ]
    cabinet_height = rng.uniform(0.32, 0.48)
    board_thickness = 0.022
    flap_depth = 0.6 * depth
    hole_count = int(rng.integers(3, 6))
    cabinet = _pigeonhole_cabinet(finish, width, depth, cabinet_height, hole_count)
    parts += [part.translated(z=cabinet_z) for part in cabinet]
    flap = block(width - 0.06, flap_depth + 0.14, board_thickness).with_material(finish.top)
    parts.append(flap.translated(0, -depth / 2 - (flap_depth + 0.14) / 2 + 0.03, cabinet_z + 0.002))
    floor = block(
        width - 2 * board_thickness - 0.002, depth - 0.036, board_thickness
    ).with_material(finish.top)
    # The floor of the pigeonholes, behind the flap and at its height.
    parts.append(floor.translated(0, 0.012, cabinet_z + 0.002))
    for x in (-width / 2 + 0.05, width / 2 - 0.05):  # the slides that carry the flap
        parts.append(
            block(0.022, 0.3, 0.04)
            .with_material(finish.upright_panels)
            .translated(x, -depth / 2 - 0.1, cabinet_z - 0.037)
        )
    hole_width = width / hole_count
    shelves = [
        (
            (index + 0.5) * hole_width - width / 2,
            depth / 2 - 0.12,
            cabinet_z + 0.001 + board_thickness,
            hole_width - 0.04,
            0.4 * cabinet_height,
        )
        for index in range(hole_count)
    ]
    area = (-width / 2 + 0.05, -depth / 2 - flap_depth, width / 2 - 0.05, depth / 2 - 0.24)
    return Desk(parts, cabinet_z + 0.002 + board_thickness, [area], shelves, chair_distance=0.3)


def _pigeonhole_cabinet(
    finish: DeskFinish, width: float, depth: float, height: float, hole_count: int
) -> list[Shape]:
    """Build a secretary's upper cabinet from z = 0 up, open towards -Y, with pigeonholes."""
    thickness = 0.022
    back_y = depth / 2
    side_outline = [
        (back_y, 0),
        (back_y, height),
        (back_y - 0.22, height),
        (-back_y, 0.05),
        (-back_y, 0),
    ]
    side = shapes.prism(side_outline, thickness).rotated("xz", 90, 90)
    panels = [side.translated(x, 0, -0.001) for x in (-width / 2, width / 2 - thickness)]
    panels.append(block(width - 0.01, 0.012, height).translated(0, back_y - 0.007, -0.001))
    for x in np.linspace(-width / 2, width / 2, hole_count + 1)[1:-1]:
        panels.append(block(0.012, 0.2, height).translated(float(x), back_y - 0.11, -0.001))
    panels.append(block(width - 0.03, 0.2, 0.012).translated(0, back_y - 0.111, 0.5 * height))
    top = block(width + 0.02, 0.25, thickness).translated(0, back_y - 0.115, height - 0.002)
    return [
        *(panel.with_material(finish.upright_panels) for panel in panels[:2]),
        top.with_material(finish.top),
        *(panel.with_material(finish.upright_panels) for panel in panels[2:]),
    ]


def cubicle_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build a workplace between partitions covered with cloth, with notes pinned to them."""
    desk = (corner_desk if rng.random() < 0.5 else pedestal_desk)(rng, finish)
    points = np.concatenate([part.vertices for part in desk.parts])
    lower_corner = points.min(axis=0)
    upper_corner = points.max(axis=0)
    wall_height = rng.uniform(1.1, 1.45)
    cloth = materials.fabric(jitter_colour(rng, str(rng.choice(_CLOTHS))), thread_width=0.006)
    rim_material = materials.plastic(
        jitter_colour(rng, str(rng.choice(["3a3c40", "b9bbbd", "d6d0bf"]))), 0.4
    )

    def wall(length: float) -> list[Shape]:
        panel = block(length, 0.05, wall_height - 0.06).with_material(cloth).translated(z=0.03)
        return [
            panel,
            block(length + 0.02, 0.06, 0.035)
            .with_material(rim_material)
            .translated(z=wall_height - 0.035),
            block(length, 0.056, 0.035).with_material(rim_material),
        ]

    width, depth = upper_corner[0] - lower_corner[0], upper_corner[1] - lower_corner[1]
    desk.parts += place_group(wall(width + 0.1), 0, upper_corner[1] + 0.024)
    on_left = len(desk.free_areas) < 2 or desk.free_areas[1][0] < 0
    x, rotation = (lower_corner[0] - 0.024, -90) if on_left else (upper_corner[0] + 0.024, 90)
    if rng.random() < 0.6:  # a side partition, short enough to leave the desk visible
        side_length = depth * rng.uniform(0.35, 0.7)
        desk.parts += place_group(
            wall(side_length), x, upper_corner[1] - side_length / 2, rotation=rotation
        )
    wall_geometry = (width - 0.3, upper_corner[1], desk.top_height)
    desk.parts += [
        part.translated((lower_corner[0] + upper_corner[0]) / 2)
        for part in pinned_notes(rng, wall_geometry, wall_height - desk.top_height)
    ]
    return desk
