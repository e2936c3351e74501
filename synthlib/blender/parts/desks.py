"""Desks without what is on them: their frames, drawers, shelves, and where things may stand.

They stand on z = 0, who works there sits at -Y; metres.
"""

from dataclasses import dataclass, field

import numpy as np
from bpy.types import Material

from synthlib.blender import materials, shapes
from synthlib.blender.colours import tinted
from synthlib.blender.parts import furniture
from synthlib.blender.parts.groups import block, place
from synthlib.blender.shapes import Shape

_STEELS = ("8d9094", "1c1c1d", "c9ccd0", "e6e6e4", "6f736a")


@dataclass
class Desk:
    """A desk: the height of its top and the rectangles of it, the first the working place.

    Rectangles are (x least, y least, x most, y most); shelves (x, y, z, width, clear height).
    """

    parts: list[Shape]
    z: float
    areas: list[tuple[float, float, float, float]]
    shelves: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    screen: tuple[float, float, float] | None = None  # x, y, turn; None where there is no room
    tray: tuple[float, float, float] | None = None  # x, y, z of a keyboard's own shelf
    chair: float | None = 0.1  # how far before the first rectangle one stands; None: on a wall
    clear: float = np.inf  # height under a shelf that things on the top have
    tower: tuple[float, float] | None = None


@dataclass(frozen=True)
class Finish:
    """What a desk is made of: grain along x, grain along z, the frame, the drawers, their pulls."""

    top: Material
    upright: Material
    frame: Material
    front: Material
    handle: Material
    pull: str


def finish(rng: np.random.Generator) -> Finish:
    """Wood and lacquer, one for all or a top that differs; legs of the same or steel."""
    flat, upright = furniture.timber(rng, painted=0.22)
    steel = materials.plastic(tinted(rng, str(rng.choice(_STEELS))), 0.35, 0.001)
    kind = rng.choice(["one", "top differs", "steel"], p=[0.6, 0.2, 0.2])
    front = upright
    if kind == "top differs":
        front = upright = furniture.timber(rng, painted=0.8)[1]
    elif kind == "steel":
        front = upright = steel
    handle = materials.brushed(
        tinted(rng, str(rng.choice(["c9ccd0", "b8923f", "2a2624", "8f9296"])))
    )
    frame = steel if rng.random() < 0.6 else upright
    return Finish(
        flat, upright, frame, front, handle, str(rng.choice(["bar", "bar", "knob", "cup"]))
    )


def _slab(rng: np.random.Generator, wide: float, deep: float, thick: float) -> Shape:
    return furniture.top(rng, furniture.outline("rectangle", wide, deep, 0.012), thick)


def area_of(wide: float, deep: float) -> tuple[float, float, float, float]:
    """The rectangle about the origin."""
    return -wide / 2, -deep / 2, wide / 2, deep / 2


def chest(
    rng: np.random.Generator, made: Finish, wide: float, deep: float, high: float
) -> list[Shape]:
    """Two to four drawers in the desk's finish."""
    rows = int(rng.integers(2, 5))
    return furniture.drawers(
        rng, (wide, deep, high), rows, made.upright, made.front, made.handle, made.pull
    )


def pedestal(rng: np.random.Generator, made: Finish) -> Desk:
    """The office desk: drawers on one side or on both, a panel behind the knees."""
    both = rng.random() < 0.55
    wide = rng.uniform(1.3, 1.8) if both else rng.uniform(1.05, 1.5)
    deep, high, thick = rng.uniform(0.6, 0.85), rng.uniform(0.72, 0.77), rng.uniform(0.025, 0.045)
    under, broad = high - thick + 0.001, rng.uniform(0.38, 0.46)
    x = wide / 2 - broad / 2 - 0.03
    side = rng.choice([-1, 1])
    parts = [_slab(rng, wide, deep, thick).of(made.top).moved(z=high - thick)]
    plinth = rng.uniform(0.0, 0.1)
    drawn = place(chest(rng, made, broad, deep - 0.07, under - plinth), z=plinth)
    if plinth > 0.03:
        drawn += [
            p.of(made.handle)
            for p in furniture.corners(block(0.04, 0.04, plinth + 0.001), broad - 0.08, deep - 0.2)
        ]
    elif plinth:
        drawn.append(block(broad - 0.06, deep - 0.16, plinth + 0.001).of(made.upright))
    parts += place(drawn, side * x)
    if both:
        parts += place(drawn, -side * x)
    else:
        if rng.random() < 0.5:
            parts.append(
                block(0.03, deep - 0.06, under).moved(-side * (wide / 2 - 0.04)).of(made.upright)
            )
        else:
            post = furniture.leg(rng, "square", under, 0.05).of(made.frame)
            parts += [post.moved(-side * (wide / 2 - 0.05), s * (deep / 2 - 0.06)) for s in (1, -1)]
    panel = block(wide - 0.1, 0.018, rng.uniform(0.3, 0.6) * under)
    low = under - float(np.ptp(panel.vertices[:, 2]))
    parts.append(panel.moved(0, deep / 2 - 0.09, low).of(made.upright))
    middle = wide - (2 if both else 1) * (broad + 0.06) - 0.04
    if middle > 0.4 and rng.random() < 0.6:  # the shallow drawer over the knees
        shallow = furniture.drawers(
            rng, (middle, 0.4, 0.1), 1, made.upright, made.front, made.handle, made.pull
        )
        parts += place(shallow, 0.0 if both else -side * broad / 2, -deep / 2 + 0.26, under - 0.1)
    return Desk(
        parts,
        high,
        [area_of(wide, deep)],
        screen=(0.0, deep / 2 - 0.16, 0.0),
        tower=None if both else (-side * 0.3 * wide, 0.0),
    )


def table(rng: np.random.Generator, made: Finish) -> Desk:
    """A table to work at: on legs with a drawer, trestles or steel ends; some to stand at."""
    wide, deep, thick = rng.uniform(1.0, 1.7), rng.uniform(0.55, 0.8), rng.uniform(0.022, 0.04)
    kind = str(rng.choice(["legs", "A", "sled", "T", "X", "standing"]))
    high = rng.uniform(0.95, 1.15) if kind == "standing" else rng.uniform(0.71, 0.77)
    under = high - thick + 0.001
    parts = [_slab(rng, wide, deep, thick).of(made.top).moved(z=high - thick)]
    if kind == "legs":
        style = str(rng.choice(["square", "tapered", "turned", "cabriole", "round"]))
        post = furniture.leg(rng, style, under, rng.uniform(0.04, 0.06))
        spread = wide - 0.14, deep - 0.12
        parts += [part.of(made.upright) for part in furniture.corners(post, *spread)]
        parts += [part.of(made.upright) for part in furniture.apron(*spread, 0.11, under)]
        for x in (-0.24, 0.24) if wide > 1.3 else (0.0,):
            drawn = furniture.drawers(
                rng, (0.4, 0.3, 0.1), 1, made.upright, made.front, made.handle, made.pull
            )
            parts += place(drawn, x * wide, -deep / 2 + 0.21, under - 0.1)
    elif kind == "standing":
        for x in (-0.36 * wide, 0.36 * wide):
            lower, upper = block(0.08, 0.1, 0.6), block(0.06, 0.08, under - 0.55).moved(z=0.55)
            foot, head = (
                block(0.07, 0.92 * deep, 0.03),
                block(0.06, 0.7 * deep, 0.03).moved(z=under - 0.03),
            )
            parts += [p.of(made.frame).moved(x) for p in (lower, upper, foot, head)]
        parts.append(block(0.72 * wide, 0.05, 0.04).moved(z=under - 0.05).of(made.frame))
    else:
        end = furniture.frame(kind, 0.9 * deep, under, rng.uniform(0.035, 0.06))
        reach = wide * rng.uniform(0.36, 0.45)
        parts += [part.of(made.frame) for x in (reach, -reach) for part in place(end, x)]
        parts.append(block(2 * reach, 0.02, 0.2).moved(0, 0.05, under - 0.26).of(made.frame))
        if kind != "X" and rng.random() < 0.4:  # drawers on castors pushed below
            drawn = chest(rng, made, 0.42, 0.5, under - 0.14)
            parts += place(drawn, wide / 2 - 0.36, 0.0, 0.06)
            parts += [
                p.moved(wide / 2 - 0.36).of(made.handle)
                for p in furniture.corners(block(0.04, 0.04, 0.061), 0.32, 0.4)
            ]
    return Desk(
        parts,
        high,
        [area_of(wide, deep)],
        screen=(rng.uniform(-0.2, 0.2) * wide, deep / 2 - 0.16, 0.0),
        tower=(-0.3 * wide, 0.05),
    )


def corner(rng: np.random.Generator, made: Finish) -> Desk:
    """L-shaped, its inner corner cut across; drawers at one end, panels at the others."""
    wide, long, deep = rng.uniform(1.4, 1.9), rng.uniform(1.2, 1.7), rng.uniform(0.5, 0.65)
    high, thick, cut = rng.uniform(0.72, 0.76), rng.uniform(0.025, 0.04), rng.uniform(0.05, 0.35)
    x, y = wide / 2, deep / 2
    left, low = -x + deep, y - long
    outline = [(x, y), (-x, y), (-x, low), (left, low), (left, -y - cut), (left + cut, -y), (x, -y)]
    under = high - thick + 0.001
    parts = [shapes.prism(outline, thick).of(made.top).moved(z=high - thick)]
    drawn = chest(rng, made, 0.4, deep - 0.06, under)
    parts += place(drawn, x - 0.22)
    if rng.random() < 0.5:
        parts += place(drawn, -x + deep / 2, low + 0.22, turn=90)
    else:
        parts.append(
            block(deep - 0.06, 0.03, under).moved(-x + deep / 2, low + 0.04).of(made.upright)
        )
    parts.append(
        block(wide - 0.08, 0.018, 0.45 * under).moved(0, y - 0.04, 0.55 * under).of(made.upright)
    )
    parts.append(
        block(0.018, long - 0.08, 0.45 * under)
        .moved(-x + 0.04, (y + low) / 2, 0.55 * under)
        .of(made.upright)
    )
    parts.append(block(0.04, 0.04, under).moved(-x + 0.06, y - 0.06).of(made.upright))
    areas = [(left, -y, x, y), (-x, low, left, y)]
    desk = Desk(parts, high, areas, screen=(left + 0.05, 0.02, 25.0), tower=(0.1 * wide, 0.0))
    if rng.random() < 0.5:  # the return on the right
        return _mirrored(desk)
    return desk


def _mirrored(desk: Desk) -> Desk:
    def flip(part: Shape) -> Shape:
        faces = tuple(face[:, ::-1] for face in part.faces)
        return Shape(part.vertices * [-1, 1, 1], faces, part.material, part.paint)

    desk.parts = [flip(part) for part in desk.parts]
    desk.areas = [(-c, b, -a, d) for a, b, c, d in desk.areas]
    desk.screen = desk.screen and (-desk.screen[0], desk.screen[1], -desk.screen[2])
    desk.tower = desk.tower and (-desk.tower[0], desk.tower[1])
    return desk
