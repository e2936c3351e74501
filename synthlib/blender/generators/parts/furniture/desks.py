"""Desks without the things on them: pedestal, table and corner desks, and where things may stand.

A desk stands on z = 0; the person who works there sits at -Y. Lengths are in metres.
"""

from dataclasses import dataclass, field

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.furniture import joinery
from synthlib.blender.generators.parts.groups import block, place_group
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.shapes import Shape

_STEELS = ("8d9094", "1c1c1d", "c9ccd0", "e6e6e4", "6f736a")


@dataclass
class Desk:
    """A desk and the places for things on, above and below it.

    Attributes:
        parts: Shapes of the desk.
        top_height: z of the top.
        free_areas: Rectangles (min x, min y, max x, max y) on the top, the working place first.
        shelves: (x, y, z, width, clear height) of each compartment; x and y are its centre.
        screen_pose: (x, y, rotation in degrees) of a screen; None if there is no space for one.
        keyboard_tray: (x, y, z) of the keyboard's own shelf.
        chair_distance: Distance of the chair in front of the first free area; None for a desk on a
            wall, without a chair.
        clear_height: Height available to things on the top, below a shelf.
        tower_position: (x, y) of a computer tower on the floor.
    """

    parts: list[Shape]
    top_height: float
    free_areas: list[tuple[float, float, float, float]]
    shelves: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    screen_pose: tuple[float, float, float] | None = None
    keyboard_tray: tuple[float, float, float] | None = None
    chair_distance: float | None = 0.1
    clear_height: float = np.inf
    tower_position: tuple[float, float] | None = None


@dataclass(frozen=True)
class DeskFinish:
    """Materials of a desk.

    Attributes:
        top: Grain along x.
        upright_panels: Grain along z.
        handle_style: As `joinery.drawer_pull` takes it.
    """

    top: Material
    upright_panels: Material
    frame: Material
    drawer_front: Material
    handle: Material
    handle_style: str


def sample_finish(rng: np.random.Generator) -> DeskFinish:
    """Sample wood or lacquer, one for all or a different top; legs of the same or of steel."""
    top, panels = joinery.sample_timber(rng, lacquered_share=0.22)
    steel = materials.plastic(jitter_colour(rng, str(rng.choice(_STEELS))), 0.35, 0.001)
    kind = rng.choice(["one", "top differs", "steel"], p=[0.6, 0.2, 0.2])
    drawer_front = panels
    if kind == "top differs":
        drawer_front = panels = joinery.sample_timber(rng, lacquered_share=0.8)[1]
    elif kind == "steel":
        drawer_front = panels = steel
    handle = materials.brushed_metal(
        jitter_colour(rng, str(rng.choice(["c9ccd0", "b8923f", "2a2624", "8f9296"])))
    )
    frame = steel if rng.random() < 0.6 else panels
    return DeskFinish(
        top, panels, frame, drawer_front, handle, str(rng.choice(["bar", "bar", "knob", "cup"]))
    )


def _desk_top(rng: np.random.Generator, width: float, depth: float, thickness: float) -> Shape:
    """Build a rectangular top on z = 0."""
    return joinery.moulded_top(
        rng, joinery.top_outline("rectangle", width, depth, 0.012), thickness
    )


def centred_rectangle(width: float, depth: float) -> tuple[float, float, float, float]:
    """Return the rectangle (min x, min y, max x, max y) about the origin."""
    return -width / 2, -depth / 2, width / 2, depth / 2


def drawer_chest(
    rng: np.random.Generator, finish: DeskFinish, width: float, depth: float, height: float
) -> list[Shape]:
    """Build two to four drawers in the desk's finish."""
    rows = int(rng.integers(2, 5))
    return drawers(rng, finish, (width, depth, height), rows, finish.handle_style)


def drawers(
    rng: np.random.Generator,
    finish: DeskFinish,
    size: tuple[float, float, float],
    rows: int,
    handle_style: str,
) -> list[Shape]:
    """Build `joinery.chest_of_drawers` in the desk's finish; `size` is (width, depth, height)."""
    return joinery.chest_of_drawers(
        rng,
        size,
        rows,
        finish.upright_panels,
        finish.drawer_front,
        finish.handle,
        handle_style,
    )


def pedestal_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build the office desk: drawers on one side or both, a panel behind the knees."""
    two_pedestals = rng.random() < 0.55
    width = rng.uniform(1.3, 1.8) if two_pedestals else rng.uniform(1.05, 1.5)
    depth = rng.uniform(0.6, 0.85)
    top_height = rng.uniform(0.72, 0.77)
    thickness = rng.uniform(0.025, 0.045)
    base_height = top_height - thickness + 0.001
    pedestal_width = rng.uniform(0.38, 0.46)
    pedestal_x = width / 2 - pedestal_width / 2 - 0.03
    side = rng.choice([-1, 1])
    parts = [
        _desk_top(rng, width, depth, thickness)
        .with_material(finish.top)
        .translated(z=top_height - thickness)
    ]
    pedestal = _pedestal(rng, finish, pedestal_width, depth, base_height)
    parts += place_group(pedestal, side * pedestal_x)
    if two_pedestals:
        parts += place_group(pedestal, -side * pedestal_x)
    else:
        if rng.random() < 0.5:
            parts.append(
                block(0.03, depth - 0.06, base_height)
                .translated(-side * (width / 2 - 0.04))
                .with_material(finish.upright_panels)
            )
        else:
            post = joinery.leg(rng, "square", base_height, 0.05).with_material(finish.frame)
            parts += [
                post.translated(-side * (width / 2 - 0.05), end * (depth / 2 - 0.06))
                for end in (1, -1)
            ]
    panel = block(width - 0.1, 0.018, rng.uniform(0.3, 0.6) * base_height)
    panel_z = base_height - float(np.ptp(panel.vertices[:, 2]))
    parts.append(
        panel.translated(0, depth / 2 - 0.09, panel_z).with_material(finish.upright_panels)
    )
    knee_width = width - (2 if two_pedestals else 1) * (pedestal_width + 0.06) - 0.04
    if knee_width > 0.4 and rng.random() < 0.6:  # a shallow drawer above the knees
        knee_drawer = drawers(rng, finish, (knee_width, 0.4, 0.1), 1, finish.handle_style)
        parts += place_group(
            knee_drawer,
            0.0 if two_pedestals else -side * pedestal_width / 2,
            -depth / 2 + 0.26,
            base_height - 0.1,
        )
    return Desk(
        parts,
        top_height,
        [centred_rectangle(width, depth)],
        screen_pose=(0.0, depth / 2 - 0.16, 0.0),
        tower_position=None if two_pedestals else (-side * 0.3 * width, 0.0),
    )


def _pedestal(
    rng: np.random.Generator, finish: DeskFinish, width: float, desk_depth: float, height: float
) -> list[Shape]:
    """Build drawers on feet or a plinth, for a desk of a given depth."""
    plinth_height = rng.uniform(0.0, 0.1)
    parts = place_group(
        drawer_chest(rng, finish, width, desk_depth - 0.07, height - plinth_height),
        z=plinth_height,
    )
    if plinth_height > 0.03:
        foot = block(0.04, 0.04, plinth_height + 0.001).with_material(finish.handle)
        parts += joinery.place_at_corners(foot, width - 0.08, desk_depth - 0.2)
    elif plinth_height:
        plinth = block(width - 0.06, desk_depth - 0.16, plinth_height + 0.001)
        parts.append(plinth.with_material(finish.upright_panels))
    return parts


def table_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build a table to work at, on legs, trestles or steel ends; some are for standing."""
    width = rng.uniform(1.0, 1.7)
    depth = rng.uniform(0.55, 0.8)
    thickness = rng.uniform(0.022, 0.04)
    kind = str(rng.choice(["legs", "A", "sled", "T", "X", "standing"]))
    top_height = rng.uniform(0.95, 1.15) if kind == "standing" else rng.uniform(0.71, 0.77)
    base_height = top_height - thickness + 0.001
    parts = [
        _desk_top(rng, width, depth, thickness)
        .with_material(finish.top)
        .translated(z=top_height - thickness)
    ]
    if kind == "legs":
        parts += _legs_and_drawers(rng, finish, width, depth, base_height)
    elif kind == "standing":
        parts += _standing_frame(finish, width, depth, base_height)
    else:
        parts += _end_frames(rng, finish, kind, width, depth, base_height)
    return Desk(
        parts,
        top_height,
        [centred_rectangle(width, depth)],
        screen_pose=(rng.uniform(-0.2, 0.2) * width, depth / 2 - 0.16, 0.0),
        tower_position=(-0.3 * width, 0.05),
    )


def _legs_and_drawers(
    rng: np.random.Generator, finish: DeskFinish, width: float, depth: float, height: float
) -> list[Shape]:
    """Build four legs with an apron, and one or two shallow drawers below the top."""
    style = str(rng.choice(["square", "tapered", "turned", "cabriole", "round"]))
    leg = joinery.leg(rng, style, height, rng.uniform(0.04, 0.06))
    leg_spacing = width - 0.14, depth - 0.12
    frame = joinery.place_at_corners(leg, *leg_spacing) + joinery.apron(*leg_spacing, 0.11, height)
    parts = [part.with_material(finish.upright_panels) for part in frame]
    for x in (-0.24, 0.24) if width > 1.3 else (0.0,):
        drawer = drawers(rng, finish, (0.4, 0.3, 0.1), 1, finish.handle_style)
        parts += place_group(drawer, x * width, -depth / 2 + 0.21, height - 0.1)
    return parts


def _standing_frame(finish: DeskFinish, width: float, depth: float, height: float) -> list[Shape]:
    """Build the two columns of a height-adjustable desk and the bar between them."""
    lower = block(0.08, 0.1, 0.6)
    upper = block(0.06, 0.08, height - 0.55).translated(z=0.55)
    foot = block(0.07, 0.92 * depth, 0.03)
    head = block(0.06, 0.7 * depth, 0.03).translated(z=height - 0.03)
    parts = [
        part.translated(x)
        for x in (-0.36 * width, 0.36 * width)
        for part in (lower, upper, foot, head)
    ]
    parts.append(block(0.72 * width, 0.05, 0.04).translated(z=height - 0.05))
    return [part.with_material(finish.frame) for part in parts]


def _end_frames(
    rng: np.random.Generator,
    finish: DeskFinish,
    style: str,
    width: float,
    depth: float,
    height: float,
) -> list[Shape]:
    """Build two end frames with a board between them, in some desks with drawers on castors."""
    end = joinery.end_frame(style, 0.9 * depth, height, rng.uniform(0.035, 0.06))
    end_x = width * rng.uniform(0.36, 0.45)
    parts = [
        part.with_material(finish.frame) for x in (end_x, -end_x) for part in place_group(end, x)
    ]
    board = block(2 * end_x, 0.02, 0.2).translated(0, 0.05, height - 0.26)
    parts.append(board.with_material(finish.frame))
    if style != "X" and rng.random() < 0.4:
        chest = drawer_chest(rng, finish, 0.42, 0.5, height - 0.14)
        castor = block(0.04, 0.04, 0.061).with_material(finish.handle)
        castors = joinery.place_at_corners(castor, 0.32, 0.4)
        x = width / 2 - 0.36
        parts += place_group(chest, x, 0.0, 0.06) + [part.translated(x) for part in castors]
    return parts


def corner_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """Build an L-shaped desk, its inner corner cut across; drawers at one end, panels at others."""
    width = rng.uniform(1.4, 1.9)
    return_length = rng.uniform(1.2, 1.7)
    depth = rng.uniform(0.5, 0.65)
    top_height = rng.uniform(0.72, 0.76)
    thickness = rng.uniform(0.025, 0.04)
    corner_cut = rng.uniform(0.05, 0.35)
    x, y = width / 2, depth / 2
    return_x, return_y = -x + depth, y - return_length
    outline = [
        (x, y),
        (-x, y),
        (-x, return_y),
        (return_x, return_y),
        (return_x, -y - corner_cut),
        (return_x + corner_cut, -y),
        (x, -y),
    ]
    base_height = top_height - thickness + 0.001
    parts = [
        shapes.prism(outline, thickness)
        .with_material(finish.top)
        .translated(z=top_height - thickness)
    ]
    chest = drawer_chest(rng, finish, 0.4, depth - 0.06, base_height)
    parts += place_group(chest, x - 0.22)
    if rng.random() < 0.5:
        parts += place_group(chest, -x + depth / 2, return_y + 0.22, rotation=90)
    else:
        parts.append(
            block(depth - 0.06, 0.03, base_height)
            .translated(-x + depth / 2, return_y + 0.04)
            .with_material(finish.upright_panels)
        )
    parts.append(
        block(width - 0.08, 0.018, 0.45 * base_height)
        .translated(0, y - 0.04, 0.55 * base_height)
        .with_material(finish.upright_panels)
    )
    parts.append(
        block(0.018, return_length - 0.08, 0.45 * base_height)
        .translated(-x + 0.04, (y + return_y) / 2, 0.55 * base_height)
        .with_material(finish.upright_panels)
    )
    parts.append(
        block(0.04, 0.04, base_height)
        .translated(-x + 0.06, y - 0.06)
        .with_material(finish.upright_panels)
    )
    areas = [(return_x, -y, x, y), (-x, return_y, return_x, y)]
    desk = Desk(
        parts,
        top_height,
        areas,
        screen_pose=(return_x + 0.05, 0.02, 25.0),
        tower_position=(0.1 * width, 0.0),
    )
    if rng.random() < 0.5:  # the return on the right
        return _mirrored_desk(desk)
    return desk


def _mirrored_desk(desk: Desk) -> Desk:
    """Mirror a desk in the plane x = 0."""

    def flip(part: Shape) -> Shape:
        faces = tuple(face[:, ::-1] for face in part.faces)
        return Shape(part.vertices * [-1, 1, 1], faces, part.material, part.vertex_attribute)

    desk.parts = [flip(part) for part in desk.parts]
    desk.free_areas = [
        (-max_x, min_y, -min_x, max_y) for min_x, min_y, max_x, max_y in desk.free_areas
    ]
    desk.screen_pose = desk.screen_pose and (
        -desk.screen_pose[0],
        desk.screen_pose[1],
        -desk.screen_pose[2],
    )
    desk.tower_position = desk.tower_position and (-desk.tower_position[0], desk.tower_position[1])
    return desk
