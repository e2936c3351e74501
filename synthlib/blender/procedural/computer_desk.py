"""Desks to work at: with drawers, L-shaped, with shelves, on trestles or castors, in cubicles.

Most carry a computer and clutter, and many have a chair drawn up.
"""

import bpy
import numpy as np

from synthlib.blender import materials, meshes
from synthlib.blender.colours import tinted
from synthlib.blender.parts import (
    chairs,
    desk_cabinets,
    desk_computers,
    desk_things,
    desks,
    furniture,
    groups,
    tabletop,
)
from synthlib.blender.parts.desks import Desk
from synthlib.blender.parts.groups import Paints, place
from synthlib.blender.parts.tabletop import Surface
from synthlib.blender.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_FAMILIES = (
    desks.pedestal,
    desks.table,
    desks.corner,
    desk_cabinets.hutch,
    desk_cabinets.trolley,
    desk_cabinets.secretary,
    desk_cabinets.cubicle,
    desk_cabinets.wall_mounted,
)
_SHARES = (0.2, 0.18, 0.12, 0.14, 0.09, 0.06, 0.09, 0.12)
_CHAIRS = "17181a 17181a 1c1d20 2a3040 1f3a6a 5a1f24 6a6d70 3a2a22 a8a6a0".split()


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A desk with what is on, under and before it. Returns one object."""
    make = _FAMILIES[int(rng.choice(len(_FAMILIES), p=_SHARES))]
    desk, paints = make(rng, desks.finish(rng)), groups.paints()
    messy = rng.choice([0.0, 0.3, 0.7, 1.0], p=[0.08, 0.25, 0.34, 0.33])
    if desk.chair is None:  # on a wall, where a bare board would be no desk
        messy = max(messy, 0.7)
    parts = desk.parts + _shelved(rng, desk, paints, messy)
    if messy:
        surface = Surface(desk.z, _inside(desk))
        parts += _computer(rng, desk, paints, surface)
        parts += _clutter(rng, desk, paints, surface, messy)
    parts += _below(rng, desk, paints, messy)
    if desk.chair is not None and rng.random() < 0.4:
        parts += _chair(rng, desk, desk.chair)
    return meshes.assemble("computer_desk", parts)


def _inside(desk: Desk):
    def inside(points: np.ndarray) -> np.ndarray:
        found = np.zeros(len(points), dtype=bool)
        for x0, y0, x1, y1 in desk.areas:
            found |= ((points > [x0, y0]) & (points < [x1, y1])).all(axis=1)
        return found

    return inside


def _fitted(group: list[Shape], clear: float) -> list[Shape]:
    """The group, made smaller if it is taller than that."""
    share = min(1.0, clear / max(float(part.vertices[:, 2].max()) for part in group))
    return [part.bent(lambda points: points * share) for part in group]


def _computer(
    rng: np.random.Generator, desk: Desk, paints: Paints, surface: Surface
) -> list[Shape]:
    """One screen or two with a keyboard before them, or a laptop."""
    if desk.screen is None:  # a secretary has room for a laptop at most
        x0, y0, x1, y1 = desk.areas[0]
        laptop = desk_computers.laptop(rng, paints)
        return surface.put(laptop, ((x0 + x1) / 2, (y0 + y1) / 2)) if rng.random() < 0.5 else []
    x, y, turn = desk.screen
    front = np.array([np.sin(np.radians(turn)), -np.cos(np.radians(turn))])
    across = np.array([-front[1], front[0]])
    kind = rng.choice(["screen", "two", "tube", "laptop", "none"], p=[0.42, 0.17, 0.16, 0.17, 0.08])
    if kind == "two" and desk.areas[0][2] - desk.areas[0][0] < 1.2:
        kind = "screen"
    parts: list[Shape] = []
    if kind == "none":
        return parts
    if kind == "laptop":
        spot = np.array([x, y]) + 0.12 * front
        return surface.put(desk_computers.laptop(rng, paints), spot, turn + rng.normal(0, 10))
    if kind == "two":
        made = _fitted(desk_computers.monitor(rng, paints), desk.clear)
        other = made if rng.random() < 0.7 else desk_computers.monitor(rng, paints)
        for each, side in ((made, -1), (_fitted(other, desk.clear), 1)):
            spot = np.array([x, y]) + side * 0.3 * across + 0.03 * front
            parts += surface.put(each, spot, turn + side * 10)
    else:
        make = desk_computers.tube_monitor if kind == "tube" else desk_computers.monitor
        parts += surface.put(
            _fitted(make(rng, paints), desk.clear), (x, y), turn + rng.normal(0, 6)
        )
    keys = desk_computers.keyboard(rng, paints)
    if desk.tray is not None:
        return parts + place(keys, desk.tray[0] - 0.1, *desk.tray[1:])
    spot = np.array([x, y]) + (0.36 if kind != "tube" else 0.4) * front - 0.1 * across
    return parts + surface.put(keys, spot, turn + rng.normal(0, 4))


def _clutter(
    rng: np.random.Generator, desk: Desk, paints: Paints, surface: Surface, messy: float
) -> list[Shape]:
    """Papers first, for other things lie on them; then whatever finds room."""
    parts: list[Shape] = []
    kept = list(surface.taken)
    for k in range(int(messy * rng.integers(2, 13))):
        sheet = desk_things.papers(rng, paints, k)
        area = desk.areas[int(rng.integers(len(desk.areas)))]
        parts += surface.find(rng, sheet, area, rng.normal(0.0, 25.0))
        surface.taken[:] = kept
    makers = [
        desk_things.lamp,
        desk_things.stack,
        desk_things.cup,
        desk_things.gadget,
        _plant,
        desk_computers.printer,
    ]
    for k in range(int(3 + messy * rng.integers(8, 28))):
        pick = (
            0
            if k == 0 and rng.random() < 0.5
            else int(rng.choice(6, p=[0.04, 0.3, 0.22, 0.3, 0.08, 0.06]))
        )
        area = desk.areas[int(rng.integers(len(desk.areas)))]
        if pick in (0, 5) and rng.random() < 0.7:  # tall things stand at the back
            area = (area[0], (area[1] + area[3]) / 2, area[2], area[3])
        if not (desk.shelves and pick == 5):
            thing = _fitted(makers[pick](rng, paints), desk.clear)
            parts += surface.find(rng, thing, area, rng.normal(0.0, 20.0))
    return parts


def _plant(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    return tabletop.flowers(rng, paints, rng.uniform(0.5, 0.8))


def _shelved(rng: np.random.Generator, desk: Desk, paints: Paints, messy: float) -> list[Shape]:
    """Books and things on the shelves."""
    parts: list[Shape] = []
    for x, y, z, wide, clear in desk.shelves:
        if wide < 0.08 or rng.random() > 0.35 + messy:
            continue
        used = wide * rng.uniform(0.4, 0.98)
        side = rng.choice([-0.5, 0.5]) * (wide - used)
        row = desk_things.books(rng, paints, used, min(0.85 * clear, 0.3))
        parts += place(row, x + side, y, z - 0.0008)
        if wide - used > 0.25 and clear > 0.24:
            thing = desk_things.gadget(rng, paints)
            parts += place(thing, x - np.sign(side) * used / 2, y, z - 0.0008)
    return parts


def _below(rng: np.random.Generator, desk: Desk, paints: Paints, messy: float) -> list[Shape]:
    """The computer and a wastepaper basket on the floor."""
    if desk.tower is None or rng.random() > 0.3 + 0.5 * messy:
        return []
    lift = 0.121 if desk.tray is not None else 0.0  # a trolley carries it
    return place(desk_computers.tower(rng, paints), *desk.tower, lift)


def _chair(rng: np.random.Generator, desk: Desk, before: float) -> list[Shape]:
    """A swivel chair or a plain one, turned as it was left."""
    colour = tinted(rng, str(rng.choice(_CHAIRS)))
    pad = (
        materials.leather(colour) if rng.random() < 0.5 else materials.fabric(colour, thread=0.005)
    )
    metal = materials.brushed(tinted(rng, str(rng.choice(["c9ccd0", "1c1b1b", "8f9296"]))))
    if rng.random() < 0.72:
        black = materials.plastic(tinted(rng, "1c1d1f"), 0.5)
        chair = chairs.office(rng, pad, metal if rng.random() < 0.3 else black)
    else:
        design = str(rng.choice(chairs.DESIGNS))
        chair = chairs.dining(rng, design, furniture.timber(rng)[1], pad, metal)
    x0, y0, x1, _ = desk.areas[0]
    x = np.clip(desk.screen[0] if desk.screen else 0.0, x0 + 0.3, x1 - 0.3) + rng.normal(0.0, 0.2)
    y = y0 - before + rng.uniform(-0.15, 0.12)
    return place(chair, float(x), float(y), turn=180 + rng.normal(0.0, 35.0))
