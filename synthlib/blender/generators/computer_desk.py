"""Desks: with drawers, L-shaped, with shelves, on trestles or castors, in cubicles, on walls.

`rng` draws the kind of desk (`parts.furniture.desks` and `special_desks`), its finish and size, the
computer on it, how cluttered it is, the shelves' contents, the computer tower and the chair. A
desk is 0.7 to 2.4 m wide; lengths are in metres.
"""

from collections.abc import Callable

import bpy
import numpy as np

from synthlib.blender.generators.parts import groups
from synthlib.blender.generators.parts.furniture import chairs, desks, joinery, special_desks
from synthlib.blender.generators.parts.furniture.desks import Desk
from synthlib.blender.generators.parts.groups import Paints, place_group
from synthlib.blender.generators.parts.tabletop import decoration, desk_accessories, desk_computers
from synthlib.blender.generators.parts.tabletop.decoration import TableSurface
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_DESK_MAKERS = (
    desks.pedestal_desk,
    desks.table_desk,
    desks.corner_desk,
    special_desks.desk_with_hutch,
    special_desks.computer_trolley,
    special_desks.secretary_desk,
    special_desks.cubicle_desk,
    special_desks.wall_mounted_desk,
)
_DESK_PROBABILITIES = (0.2, 0.18, 0.12, 0.14, 0.09, 0.06, 0.09, 0.12)
_CHAIRS = "17181a 17181a 1c1d20 2a3040 1f3a6a 5a1f24 6a6d70 3a2a22 a8a6a0".split()


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a desk with the things on, under and in front of it.

    Returns:
        One mesh object, standing on z = 0, its working place towards -Y.
    """
    make_desk = _DESK_MAKERS[int(rng.choice(len(_DESK_MAKERS), p=_DESK_PROBABILITIES))]
    desk = make_desk(rng, desks.sample_finish(rng))
    paints = groups.make_paints()
    messiness = rng.choice([0.0, 0.3, 0.7, 1.0], p=[0.08, 0.25, 0.34, 0.33])
    if desk.chair_distance is None:  # on a wall a bare board would not look like a desk
        messiness = max(messiness, 0.7)
    parts = desk.parts + _shelf_contents(rng, desk, paints, messiness)
    if messiness:
        surface = TableSurface(desk.top_height, _inside_test(desk))
        parts += _computer_setup(rng, desk, paints, surface)
        parts += _clutter(rng, desk, paints, surface, messiness)
    parts += _things_below_desk(rng, desk, paints, messiness)
    if desk.chair_distance is not None and rng.random() < 0.4:
        parts += _chair(rng, desk, desk.chair_distance)
    return meshes.assemble("computer_desk", parts)


def _inside_test(desk: Desk) -> Callable[[np.ndarray], np.ndarray]:
    """Return a test of points (N, 2): inside one of the desk's free areas or not, bool (N,)."""

    def inside(points: np.ndarray) -> np.ndarray:
        is_inside = np.zeros(len(points), dtype=bool)
        for x0, y0, x1, y1 in desk.free_areas:
            is_inside |= ((points > [x0, y0]) & (points < [x1, y1])).all(axis=1)
        return is_inside

    return inside


def _scaled_to_fit(group: list[Shape], clear_height: float) -> list[Shape]:
    """Scale a group down to `clear_height` metres if it is taller."""
    scale = min(1.0, clear_height / max(float(part.vertices[:, 2].max()) for part in group))
    return [part.deformed(lambda points: points * scale) for part in group]


def _computer_setup(
    rng: np.random.Generator, desk: Desk, paints: Paints, surface: TableSurface
) -> list[Shape]:
    """Build one or two screens with a keyboard in front of them, or a laptop, or nothing."""
    if desk.screen_pose is None:  # a secretary desk has room for a laptop at most
        x0, y0, x1, y1 = desk.free_areas[0]
        laptop = desk_computers.laptop(rng, paints)
        return (
            surface.place_at(laptop, ((x0 + x1) / 2, (y0 + y1) / 2)) if rng.random() < 0.5 else []
        )
    x, y, angle = desk.screen_pose
    front = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))])
    across = np.array([-front[1], front[0]])
    kind = rng.choice(["screen", "two", "tube", "laptop", "none"], p=[0.42, 0.17, 0.16, 0.17, 0.08])
    if kind == "two" and desk.free_areas[0][2] - desk.free_areas[0][0] < 1.2:
        kind = "screen"
    parts: list[Shape] = []
    if kind == "none":
        return parts
    if kind == "laptop":
        position = np.array([x, y]) + 0.12 * front
        return surface.place_at(
            desk_computers.laptop(rng, paints), position, angle + rng.normal(0, 10)
        )
    if kind == "two":
        first_screen = _scaled_to_fit(desk_computers.monitor(rng, paints), desk.clear_height)
        second_screen = first_screen if rng.random() < 0.7 else desk_computers.monitor(rng, paints)
        for screen, side in (
            (first_screen, -1),
            (_scaled_to_fit(second_screen, desk.clear_height), 1),
        ):
            position = np.array([x, y]) + side * 0.3 * across + 0.03 * front
            parts += surface.place_at(screen, position, angle + side * 10)
    else:
        make_screen = desk_computers.tube_monitor if kind == "tube" else desk_computers.monitor
        parts += surface.place_at(
            _scaled_to_fit(make_screen(rng, paints), desk.clear_height),
            (x, y),
            angle + rng.normal(0, 6),
        )
    keys = desk_computers.keyboard(rng, paints)
    if desk.keyboard_tray is not None:
        return parts + place_group(keys, desk.keyboard_tray[0] - 0.1, *desk.keyboard_tray[1:])
    position = np.array([x, y]) + (0.36 if kind != "tube" else 0.4) * front - 0.1 * across
    return parts + surface.place_at(keys, position, angle + rng.normal(0, 4))


def _clutter(
    rng: np.random.Generator, desk: Desk, paints: Paints, surface: TableSurface, messiness: float
) -> list[Shape]:
    """Place papers first, since other things lie on them, then whatever fits.

    Args:
        messiness: In [0, 1]; scales the number of things.
    """
    parts: list[Shape] = []
    # Papers may overlap each other and do not block the place of other things.
    occupied = list(surface.occupied)
    for index in range(int(messiness * rng.integers(2, 13))):
        sheet = desk_accessories.papers(rng, paints, index)
        area = desk.free_areas[int(rng.integers(len(desk.free_areas)))]
        parts += surface.place_if_free(rng, sheet, area, rng.normal(0.0, 25.0))
        surface.occupied[:] = occupied
    makers = [
        desk_accessories.lamp,
        desk_accessories.pile_of_books_or_paper,
        desk_accessories.cup,
        desk_accessories.desk_accessory,
        _plant,
        desk_computers.printer,
    ]
    for index in range(int(3 + messiness * rng.integers(8, 28))):
        maker_index = (
            0
            if index == 0 and rng.random() < 0.5
            else int(rng.choice(6, p=[0.04, 0.3, 0.22, 0.3, 0.08, 0.06]))
        )
        area = desk.free_areas[int(rng.integers(len(desk.free_areas)))]
        if maker_index in (0, 5) and rng.random() < 0.7:  # tall things stand at the back
            area = (area[0], (area[1] + area[3]) / 2, area[2], area[3])
        if not (desk.shelves and maker_index == 5):
            group = _scaled_to_fit(makers[maker_index](rng, paints), desk.clear_height)
            parts += surface.place_if_free(rng, group, area, rng.normal(0.0, 20.0))
    return parts


def _plant(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a small vase of flowers."""
    return decoration.vase_of_flowers(rng, paints, rng.uniform(0.5, 0.8))


def _shelf_contents(
    rng: np.random.Generator, desk: Desk, paints: Paints, messiness: float
) -> list[Shape]:
    """Place books and accessories on the shelves; `messiness` in [0, 1] fills them."""
    parts: list[Shape] = []
    for x, y, z, width, clear_height in desk.shelves:
        if width < 0.08 or rng.random() > 0.35 + messiness:
            continue
        row_length = width * rng.uniform(0.4, 0.98)
        row_offset = rng.choice([-0.5, 0.5]) * (width - row_length)
        row = desk_accessories.row_of_books(rng, paints, row_length, min(0.85 * clear_height, 0.3))
        parts += place_group(row, x + row_offset, y, z - 0.0008)
        if width - row_length > 0.25 and clear_height > 0.24:
            accessory = desk_accessories.desk_accessory(rng, paints)
            parts += place_group(accessory, x - np.sign(row_offset) * row_length / 2, y, z - 0.0008)
    return parts


def _things_below_desk(
    rng: np.random.Generator, desk: Desk, paints: Paints, messiness: float
) -> list[Shape]:
    """Place the computer tower, or nothing, on the floor or on a trolley's lower shelf."""
    if desk.tower_position is None or rng.random() > 0.3 + 0.5 * messiness:
        return []
    lift = 0.121 if desk.keyboard_tray is not None else 0.0  # on the lower shelf of a trolley
    return place_group(desk_computers.computer_tower(rng, paints), *desk.tower_position, lift)


def _chair(rng: np.random.Generator, desk: Desk, distance: float) -> list[Shape]:
    """Build a swivel chair or a dining chair, rotated as someone left it."""
    colour = jitter_colour(rng, str(rng.choice(_CHAIRS)))
    seat_material = (
        materials.leather(colour)
        if rng.random() < 0.5
        else materials.fabric(colour, thread_width=0.005)
    )
    metal = materials.brushed_metal(
        jitter_colour(rng, str(rng.choice(["c9ccd0", "1c1b1b", "8f9296"])))
    )
    if rng.random() < 0.72:
        black = materials.plastic(jitter_colour(rng, "1c1d1f"), 0.5)
        chair = chairs.office(rng, seat_material, metal if rng.random() < 0.3 else black)
    else:
        design = str(rng.choice(chairs.DINING_CHAIR_DESIGNS))
        chair = chairs.dining(rng, design, joinery.sample_timber(rng)[1], seat_material, metal)
    x0, y0, x1, _ = desk.free_areas[0]
    x = np.clip(desk.screen_pose[0] if desk.screen_pose else 0.0, x0 + 0.3, x1 - 0.3) + rng.normal(
        0.0, 0.2
    )
    y = y0 - distance + rng.uniform(-0.15, 0.12)
    return place_group(chair, float(x), float(y), rotation=180 + rng.normal(0.0, 35.0))
