"""Desks without what is on them: their frames, drawers, shelves, and where things may stand.

They stand on z = 0, who works there sits at -Y; metres.
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
    """A desk: the height of its top and the rectangles of it, the first the working place.

    Rectangles are (x least, y least, x most, y most); shelves (x, y, z, width, clear height).
    """

    parts: list[Shape]
    top_height: float
    free_areas: list[tuple[float, float, float, float]]
    shelves: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    screen_pose: tuple[float, float, float] | None = None  # x, y, turn; None where there is no room
    keyboard_tray: tuple[float, float, float] | None = None  # x, y, z of a keyboard's own shelf
    chair_distance: float | None = (
        0.1  # how far before the first rectangle one stands; None: on a wall
    )
    clear_height: float = np.inf  # height under a shelf that things on the top have
    tower_position: tuple[float, float] | None = None


@dataclass(frozen=True)
class DeskFinish:
    """What a desk is made of: grain along x, grain along z, the frame, the drawers, their pulls."""

    top: Material
    upright_panels: Material
    frame: Material
    drawer_front: Material
    handle: Material
    handle_style: str


def sample_finish(rng: np.random.Generator) -> DeskFinish:
    """Wood and lacquer, one for all or a top that differs; legs of the same or steel."""
    flat, upright = joinery.sample_timber(rng, lacquered_share=0.22)
    steel = materials.plastic(jitter_colour(rng, str(rng.choice(_STEELS))), 0.35, 0.001)
    kind = rng.choice(["one", "top differs", "steel"], p=[0.6, 0.2, 0.2])
    front = upright
    if kind == "top differs":
        front = upright = joinery.sample_timber(rng, lacquered_share=0.8)[1]
    elif kind == "steel":
        front = upright = steel
    handle = materials.brushed_metal(
        jitter_colour(rng, str(rng.choice(["c9ccd0", "b8923f", "2a2624", "8f9296"])))
    )
    frame = steel if rng.random() < 0.6 else upright
    return DeskFinish(
        flat, upright, frame, front, handle, str(rng.choice(["bar", "bar", "knob", "cup"]))
    )


def _desk_top(rng: np.random.Generator, width: float, depth: float, thickness: float) -> Shape:
    return joinery.moulded_top(
        rng, joinery.top_outline("rectangle", width, depth, 0.012), thickness
    )


def centred_rectangle(width: float, depth: float) -> tuple[float, float, float, float]:
    """The rectangle about the origin."""
    return -width / 2, -depth / 2, width / 2, depth / 2


def drawer_chest(
    rng: np.random.Generator, finish: DeskFinish, width: float, depth: float, height: float
) -> list[Shape]:
    """Two to four drawers in the desk's finish."""
    rows = int(rng.integers(2, 5))
    return joinery.chest_of_drawers(
        rng,
        (width, depth, height),
        rows,
        finish.upright_panels,
        finish.drawer_front,
        finish.handle,
        finish.handle_style,
    )


def pedestal_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """The office desk: drawers on one side or on both, a panel behind the knees."""
    both = rng.random() < 0.55
    wide = rng.uniform(1.3, 1.8) if both else rng.uniform(1.05, 1.5)
    deep, high, thick = rng.uniform(0.6, 0.85), rng.uniform(0.72, 0.77), rng.uniform(0.025, 0.045)
    under, broad = high - thick + 0.001, rng.uniform(0.38, 0.46)
    x = wide / 2 - broad / 2 - 0.03
    side = rng.choice([-1, 1])
    parts = [_desk_top(rng, wide, deep, thick).with_material(finish.top).translated(z=high - thick)]
    plinth = rng.uniform(0.0, 0.1)
    drawn = place_group(drawer_chest(rng, finish, broad, deep - 0.07, under - plinth), z=plinth)
    if plinth > 0.03:
        drawn += [
            p.with_material(finish.handle)
            for p in joinery.place_at_corners(
                block(0.04, 0.04, plinth + 0.001), broad - 0.08, deep - 0.2
            )
        ]
    elif plinth:
        drawn.append(
            block(broad - 0.06, deep - 0.16, plinth + 0.001).with_material(finish.upright_panels)
        )
    parts += place_group(drawn, side * x)
    if both:
        parts += place_group(drawn, -side * x)
    else:
        if rng.random() < 0.5:
            parts.append(
                block(0.03, deep - 0.06, under)
                .translated(-side * (wide / 2 - 0.04))
                .with_material(finish.upright_panels)
            )
        else:
            post = joinery.leg(rng, "square", under, 0.05).with_material(finish.frame)
            parts += [
                post.translated(-side * (wide / 2 - 0.05), s * (deep / 2 - 0.06)) for s in (1, -1)
            ]
    panel = block(wide - 0.1, 0.018, rng.uniform(0.3, 0.6) * under)
    low = under - float(np.ptp(panel.vertices[:, 2]))
    parts.append(panel.translated(0, deep / 2 - 0.09, low).with_material(finish.upright_panels))
    middle = wide - (2 if both else 1) * (broad + 0.06) - 0.04
    if middle > 0.4 and rng.random() < 0.6:  # the shallow drawer over the knees
        shallow = joinery.chest_of_drawers(
            rng,
            (middle, 0.4, 0.1),
            1,
            finish.upright_panels,
            finish.drawer_front,
            finish.handle,
            finish.handle_style,
        )
        parts += place_group(
            shallow, 0.0 if both else -side * broad / 2, -deep / 2 + 0.26, under - 0.1
        )
    return Desk(
        parts,
        high,
        [centred_rectangle(wide, deep)],
        screen_pose=(0.0, deep / 2 - 0.16, 0.0),
        tower_position=None if both else (-side * 0.3 * wide, 0.0),
    )


def table_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """A table to work at: on legs with a drawer, trestles or steel ends; some to stand at."""
    wide, deep, thick = rng.uniform(1.0, 1.7), rng.uniform(0.55, 0.8), rng.uniform(0.022, 0.04)
    kind = str(rng.choice(["legs", "A", "sled", "T", "X", "standing"]))
    high = rng.uniform(0.95, 1.15) if kind == "standing" else rng.uniform(0.71, 0.77)
    under = high - thick + 0.001
    parts = [_desk_top(rng, wide, deep, thick).with_material(finish.top).translated(z=high - thick)]
    if kind == "legs":
        style = str(rng.choice(["square", "tapered", "turned", "cabriole", "round"]))
        post = joinery.leg(rng, style, under, rng.uniform(0.04, 0.06))
        spread = wide - 0.14, deep - 0.12
        parts += [
            part.with_material(finish.upright_panels)
            for part in joinery.place_at_corners(post, *spread)
        ]
        parts += [
            part.with_material(finish.upright_panels)
            for part in joinery.apron(*spread, 0.11, under)
        ]
        for x in (-0.24, 0.24) if wide > 1.3 else (0.0,):
            drawn = joinery.chest_of_drawers(
                rng,
                (0.4, 0.3, 0.1),
                1,
                finish.upright_panels,
                finish.drawer_front,
                finish.handle,
                finish.handle_style,
            )
            parts += place_group(drawn, x * wide, -deep / 2 + 0.21, under - 0.1)
    elif kind == "standing":
        for x in (-0.36 * wide, 0.36 * wide):
            lower, upper = block(0.08, 0.1, 0.6), block(0.06, 0.08, under - 0.55).translated(z=0.55)
            foot, head = (
                block(0.07, 0.92 * deep, 0.03),
                block(0.06, 0.7 * deep, 0.03).translated(z=under - 0.03),
            )
            parts += [
                p.with_material(finish.frame).translated(x) for p in (lower, upper, foot, head)
            ]
        parts.append(
            block(0.72 * wide, 0.05, 0.04).translated(z=under - 0.05).with_material(finish.frame)
        )
    else:
        end = joinery.end_frame(kind, 0.9 * deep, under, rng.uniform(0.035, 0.06))
        reach = wide * rng.uniform(0.36, 0.45)
        parts += [
            part.with_material(finish.frame)
            for x in (reach, -reach)
            for part in place_group(end, x)
        ]
        parts.append(
            block(2 * reach, 0.02, 0.2)
            .translated(0, 0.05, under - 0.26)
            .with_material(finish.frame)
        )
        if kind != "X" and rng.random() < 0.4:  # drawers on castors pushed below
            drawn = drawer_chest(rng, finish, 0.42, 0.5, under - 0.14)
            parts += place_group(drawn, wide / 2 - 0.36, 0.0, 0.06)
            parts += [
                p.translated(wide / 2 - 0.36).with_material(finish.handle)
                for p in joinery.place_at_corners(block(0.04, 0.04, 0.061), 0.32, 0.4)
            ]
    return Desk(
        parts,
        high,
        [centred_rectangle(wide, deep)],
        screen_pose=(rng.uniform(-0.2, 0.2) * wide, deep / 2 - 0.16, 0.0),
        tower_position=(-0.3 * wide, 0.05),
    )


def corner_desk(rng: np.random.Generator, finish: DeskFinish) -> Desk:
    """L-shaped, its inner corner cut across; drawers at one end, panels at the others."""
    wide, long, deep = rng.uniform(1.4, 1.9), rng.uniform(1.2, 1.7), rng.uniform(0.5, 0.65)
    high, thick, cut = rng.uniform(0.72, 0.76), rng.uniform(0.025, 0.04), rng.uniform(0.05, 0.35)
    x, y = wide / 2, deep / 2
    left, low = -x + deep, y - long
    outline = [(x, y), (-x, y), (-x, low), (left, low), (left, -y - cut), (left + cut, -y), (x, -y)]
    under = high - thick + 0.001
    parts = [shapes.prism(outline, thick).with_material(finish.top).translated(z=high - thick)]
    drawn = drawer_chest(rng, finish, 0.4, deep - 0.06, under)
    parts += place_group(drawn, x - 0.22)
    if rng.random() < 0.5:
        parts += place_group(drawn, -x + deep / 2, low + 0.22, rotation=90)
    else:
        parts.append(
            block(deep - 0.06, 0.03, under)
            .translated(-x + deep / 2, low + 0.04)
            .with_material(finish.upright_panels)
        )
    parts.append(
        block(wide - 0.08, 0.018, 0.45 * under)
        .translated(0, y - 0.04, 0.55 * under)
        .with_material(finish.upright_panels)
    )
    parts.append(
        block(0.018, long - 0.08, 0.45 * under)
        .translated(-x + 0.04, (y + low) / 2, 0.55 * under)
        .with_material(finish.upright_panels)
    )
    parts.append(
        block(0.04, 0.04, under)
        .translated(-x + 0.06, y - 0.06)
        .with_material(finish.upright_panels)
    )
    areas = [(left, -y, x, y), (-x, low, left, y)]
    desk = Desk(
        parts, high, areas, screen_pose=(left + 0.05, 0.02, 25.0), tower_position=(0.1 * wide, 0.0)
    )
    if rng.random() < 0.5:  # the return on the right
        return _mirrored_desk(desk)
    return desk


def _mirrored_desk(desk: Desk) -> Desk:
    def flip(part: Shape) -> Shape:
        faces = tuple(face[:, ::-1] for face in part.faces)
        return Shape(part.vertices * [-1, 1, 1], faces, part.material, part.vertex_attribute)

    desk.parts = [flip(part) for part in desk.parts]
    desk.free_areas = [(-c, b, -a, d) for a, b, c, d in desk.free_areas]
    desk.screen_pose = desk.screen_pose and (
        -desk.screen_pose[0],
        desk.screen_pose[1],
        -desk.screen_pose[2],
    )
    desk.tower_position = desk.tower_position and (-desk.tower_position[0], desk.tower_position[1])
    return desk
