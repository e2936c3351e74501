"""Dining tables without what is on them: their tops of wood, glass or stone, and their bases."""

from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender import materials
from synthlib.blender.colours import srgb, tinted
from synthlib.blender.parts import furniture
from synthlib.blender.parts.groups import block, place
from synthlib.blender.shapes import Shape


@dataclass(frozen=True)
class Plan:
    """A table's size in metres: its length along x, width, height; the edge of its top."""

    kind: str
    length: float
    width: float
    height: float
    edge: np.ndarray
    thick: float


def plan(rng: np.random.Generator) -> Plan:
    """Draws one."""
    kind = str(
        rng.choice(
            ["rectangle", "square", "round", "oval", "boat", "octagon"],
            p=[0.42, 0.14, 0.2, 0.14, 0.06, 0.04],
        )
    )
    width = rng.uniform(0.8, 1.1)
    length = width * rng.uniform(1.4, 2.4)
    if kind in ("square", "round", "octagon"):
        length = width = rng.uniform(0.85, 1.5)
    shape = {"square": "rectangle", "round": "oval"}.get(kind, kind)
    edge = furniture.outline(shape, length, width, rng.choice([0.008, 0.03, 0.1]))
    height = rng.uniform(0.72, 0.78) if rng.random() < 0.93 else rng.uniform(0.88, 0.95)
    return Plan(kind, length, width, height, edge, rng.uniform(0.025, 0.06))


def top(rng: np.random.Generator, plan: Plan, boards: Material) -> list[Shape]:
    """Of wood, planks, glass or stone."""
    low = plan.height - plan.thick
    kind = rng.choice(
        ["wood", "planks", "inlaid", "glass", "stone", "plain"],
        p=[0.56, 0.1, 0.1, 0.09, 0.09, 0.06],
    )
    if kind == "planks" and plan.kind in ("rectangle", "square"):
        count = int(rng.integers(4, 8))
        wide = plan.width / count
        plank = block(plan.length - 0.2, wide - 0.006, plan.thick).of(boards)
        rows = [plank.moved(0, (k - (count - 1) / 2) * wide, low) for k in range(count)]
        end = block(0.1, plan.width, plan.thick).of(boards)
        under = block(plan.length - 0.06, plan.width - 0.06, 0.02).of(boards)
        ends = [end.moved(s * (plan.length / 2 - 0.048), 0, low) for s in (1, -1)]
        return [*rows, *ends, under.moved(z=low - 0.012)]
    if kind == "glass":
        rim = [(0.0, 0.0), (0.0, plan.thick - 0.003), (0.003, plan.thick)]
        return [furniture.board(plan.edge, rim).of(_pane(rng)).moved(z=low)]
    slab = furniture.top(rng, plan.edge, plan.thick).moved(z=low)
    if kind == "stone":
        pale, vein = [
            ("e9e6e0", "8d8a86"),
            ("2a2a2c", "c9c2b5"),
            ("c9b493", "7a5a38"),
            ("4a5a4c", "d8dccf"),
        ][rng.integers(4)]
        return [slab.of(materials.stone(tinted(rng, pale), srgb(vein)))]
    if kind == "plain":
        return [slab.of(materials.plastic(tinted(rng, str(rng.choice(furniture.PAINTED))), 0.3))]
    parts = [slab.of(boards)]
    if kind == "inlaid":  # a field of another wood within a border
        other, _ = furniture.timber(rng, painted=0.0)
        inset = rng.uniform(0.07, 0.16)
        field = furniture.board(plan.edge, [(inset, -0.01), (inset, 0.001)])
        parts.append(field.of(other).moved(z=plan.height))
    return parts


def _pane(rng: np.random.Generator) -> Material:
    if rng.random() < 0.6:
        return materials.glass((0.8, 0.92, 0.88))
    return materials.plain(tinted(rng, str(rng.choice(["bcd3cd", "101314", "dfe8e6"]))), 0.08)


def base(rng: np.random.Generator, plan: Plan, wood: Material, metal: Material) -> list[Shape]:
    """Legs and apron, pedestals or ends; a millimetre into the top."""
    height = plan.height - plan.thick + 0.001
    long = plan.length > 1.25 * plan.width
    round_top = plan.kind in ("round", "oval", "octagon", "boat")
    kinds = ["legs", "legs", "legs", "pedestal"] if round_top else ["legs", "legs", "legs", "ends"]
    kind = str(rng.choice(kinds))
    spread = 0.36 * plan.width
    made = metal if rng.random() < 0.12 else wood
    if kind == "pedestal":
        spots = (-0.27 * plan.length, 0.27 * plan.length) if long else (0.0,)
        if rng.random() < 0.25:
            foot = [furniture.tulip(height, spread * 0.9)]
        else:
            foot = furniture.column(rng, height, spread, int(rng.choice([0, 3, 4, 4])))
        return [part.of(made) for x in spots for part in place(foot, x)]
    if kind == "ends":
        style, size = str(rng.choice(["I", "A", "sled", "X", "panel"])), rng.uniform(0.05, 0.09)
        end = furniture.frame(style, 0.82 * plan.width, height, size)
        reach = plan.length * rng.uniform(0.28, 0.42)
        parts = place(end, reach) + place(end, -reach)
        if style in ("I", "A", "X"):
            parts.append(block(2 * reach, 0.04, 0.09).moved(z=0.5 * height - 0.12))
        return [part.of(made) for part in parts]
    style = str(rng.choice(["square", "tapered", "round", "turned", "cabriole"]))
    size = rng.uniform(0.05, 0.1) if style != "round" else rng.uniform(0.04, 0.06)
    inset = 0.02 + size if not round_top else 0.3 * plan.width
    across = plan.length - 2 * inset, plan.width - 2 * inset
    post = furniture.leg(rng, style, height, size)
    parts = furniture.corners(post, *across)
    if rng.random() < 0.8 or style == "cabriole":
        parts += furniture.apron(*across, rng.uniform(0.06, 0.12), height)
    return [part.of(made) for part in parts]
