"""Cups of coffee and tea: teacups on saucers, mugs, espresso cups, bowls, paper and travel cups."""

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender import materials, meshes
from synthlib.blender.colours import any_colour, tinted
from synthlib.blender.parts import drinks, glazes, painting, tableware, takeaway
from synthlib.blender.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_OFTEN = (painting.speckled, painting.dipped, painting.bands, painting.flowers, painting.garland)
_SELDOM = (painting.dots, painting.upright, painting.ombre, painting.checks, painting.zigzag)
_PAINTED = (
    *((painting.plain,) * 7 + (painting.rims,) * 5 + _OFTEN * 2 + _SELDOM),
    *(painting.brushed, painting.vines, painting.badge),
)

_TEACUPS = """0.45 0 0.46 0.06 0.7 0.2 0.86 0.5 0.93 0.8 1 1
    0.5 0 0.48 0.08 0.85 0.3 0.96 0.6 1 1
    0.4 0 0.36 0.1 0.62 0.25 0.72 0.55 0.82 0.82 1 1
    0.44 0 0.42 0.1 0.66 0.22 0.86 0.6 1 1"""
_COFFEE_CUPS = """0.55 0 0.57 0.06 0.82 0.25 0.95 0.6 1 1
    0.6 0 0.62 0.05 0.9 0.2 0.98 0.45 1 1
    0.62 0 0.64 0.1 0.76 0.5 1 1"""
_MUGS = """0.95 0 1 0.04 1 0.5 1 1
    0.95 0 1 0.04 1 0.5 1 1
    0.72 0 0.76 0.04 0.88 0.5 1 1
    0.78 0 0.86 0.08 1 0.45 0.92 0.8 0.95 1
    0.95 0 1 0.08 0.9 0.5 0.97 1
    0.6 0 0.62 0.05 0.98 0.24 1 0.5 1 1"""
_BOWLS = """0.55 0 0.55 0.08 0.9 0.3 1 0.7 1 1
    0.75 0 0.85 0.06 0.95 0.5 1 1
    0.5 0 0.48 0.1 0.78 0.3 1 1"""
"""Outlines from foot to lip: radius and height, as shares of the greatest."""


@dataclass(frozen=True)
class Form:
    """What cups of a kind have in common; metres, and chances of a saucer and of a drink."""

    radius: tuple[float, float]
    height: tuple[float, float]
    wall: float
    outlines: str
    handles: tuple[str, ...]
    saucer: float
    full: float


_CURLS = ("ear", "high", "C", "angular", "drop")
_PLAIN = ("C", "C", "ear", "square", "drop")
_FORMS = {
    "teacup": Form((0.043, 0.056), (0.05, 0.066), 0.0022, _TEACUPS, _CURLS, 0.8, 0.8),
    "coffee cup": Form((0.04, 0.052), (0.055, 0.072), 0.0042, _COFFEE_CUPS, _PLAIN, 0.75, 0.9),
    "espresso": Form((0.028, 0.034), (0.046, 0.056), 0.0042, _COFFEE_CUPS, _PLAIN, 0.8, 0.95),
    "mug": Form((0.038, 0.046), (0.08, 0.112), 0.0042, _MUGS, _PLAIN, 0.06, 0.75),
    "bowl": Form((0.036, 0.05), (0.05, 0.085), 0.0038, _BOWLS, (), 0.25, 0.85),
}


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A cup, mostly full, turned as it was put down. Returns one object."""
    kinds = [*_FORMS, "paper", "tumbler"]
    kind = str(rng.choice(kinds, p=[0.3, 0.23, 0.07, 0.25, 0.05, 0.07, 0.03]))
    if kind == "paper":
        parts = takeaway.paper(rng)
    elif kind == "tumbler":
        parts = takeaway.tumbler(rng)
    else:
        parts = _pottery(rng, _FORMS[kind])
    yaw = rng.choice([0.0, 180.0]) + rng.normal(0.0, 40.0)  # a handle is seen from the side
    return meshes.assemble("cup", [part.turned("z", yaw) for part in parts])


def _pottery(rng: np.random.Generator, form: Form) -> list[Shape]:
    """A glazed cup with its handle, its drink, words on its wall, its saucer and spoon."""
    radius, height = rng.uniform(*form.radius), rng.uniform(*form.height)
    shares = np.array(str(rng.choice(form.outlines.split("\n"))).split(), dtype=float)
    knots = shares.reshape(-1, 2) * [radius, height]
    knots[1:-1] *= rng.uniform(0.96, 1.04, (len(knots) - 2, 1))
    outline, wall = tableware.curve(knots, 30), form.wall * rng.uniform(0.85, 1.2)
    ribbed = rng.random() < 0.14
    cup = tableware.vessel(outline, wall, wall + 0.003, around=96 if ribbed else 72)
    brim = tableware.liquid(outline, wall, height * rng.uniform(0.74, 0.92))
    if ribbed:
        rib = _ribs(rng, height)
        cup, brim = cup.bent(rib), brim.bent(rib)
    painter, glaze, ink = _glaze(rng, height / (2 * np.pi * 0.85 * radius))
    parts = [cup.of(glaze.wall)]
    if form.handles:
        parts.append(_handle(rng, form, outline, wall).of(glaze.plain))
    if painter in (painting.plain, painting.rims) and not ribbed and rng.random() < 0.4:
        parts += tableware.printed(rng, outline, ink)
    if rng.random() < form.full:
        parts.append(brim.of(drinks.drink(rng, str(rng.choice(drinks.DRINKS)))))
    if rng.random() < form.saucer:
        well = outline[0, 0] * 1.15
        plate, upper = tableware.saucer(rng, max(radius, well) * rng.uniform(1.55, 1.95), well)
        parts = [part.moved(z=upper[0, 1] - 0.0006) for part in parts] + [plate.of(glaze.wall)]
        if rng.random() < 0.45:
            parts.append(tableware.spoon(rng, upper))
    return parts


def _handle(rng: np.random.Generator, form: Form, outline: np.ndarray, wall: float) -> Shape:
    height, radius = outline[-1, 1], outline[:, 0].max()
    ends = rng.uniform(0.78, 0.9) * height, rng.uniform(0.2, 0.34) * height
    reach = rng.uniform(0.5, 0.8) * (0.6 * radius + 0.012)
    size = rng.uniform(0.1, 0.15) * height * (1.0 if height > 0.075 else 1.25)
    section = size * rng.uniform(0.9, 1.7), max(size * 0.8, 0.005)
    family, taper = str(rng.choice(form.handles)), rng.uniform(0.7, 1.0)
    return tableware.handle(outline, family, *ends, reach, section, wall, taper)


def _ribs(rng: np.random.Generator, height: float) -> Callable[[np.ndarray], np.ndarray]:
    """Ribs around the wall, growing from the foot."""
    count, depth = int(rng.choice([8, 12, 16, 24])), rng.uniform(0.02, 0.045)

    def rib(points: np.ndarray) -> np.ndarray:
        angle = np.arctan2(points[:, 1], points[:, 0])
        grow = np.clip(points[:, 2] / (0.3 * height), 0.0, 1.0)
        by = 1.0 - depth * grow * np.abs(np.sin(0.5 * count * angle))
        return points * np.stack([by, by, np.ones_like(by)], axis=1)

    return rib


def _glaze(
    rng: np.random.Generator, tall: float
) -> tuple[Callable, glazes.Glaze, bpy.types.Material]:
    """How it is decorated, its glaze, and an ink for words."""
    painter = _PAINTED[rng.integers(len(_PAINTED))]
    family = str(rng.choice(["white", "earth", "vivid", "any"], p=[0.46, 0.24, 0.22, 0.08]))
    if family == "any":
        base = any_colour(rng, (0.2, 0.8), (0.15, 0.8))
    else:
        codes = {"white": glazes.WHITES, "earth": glazes.EARTH, "vivid": glazes.VIVID}[family]
        base = tableware.coloured(rng, codes)
    ink, other = tableware.coloured(rng, glazes.INKS), tableware.coloured(rng, glazes.INKS)
    if sum(base) < 0.9:  # what is painted on dark ground is light
        ink, other = tableware.coloured(rng, glazes.WHITES), tableware.coloured(rng, glazes.VIVID)
    pale = rng.random() < (0.3 if family == "earth" else 0.6)
    inside = tinted(rng, "ece8de", 0.5) if pale else None
    gloss = float(rng.choice([0.2, 0.6, 0.85], p=[0.15, 0.35, 0.5]))
    made = glazes.glaze(rng, painter, (base, ink, other), tall, inside=inside, gloss=gloss)
    return painter, made, materials.plain(ink, 0.4)
