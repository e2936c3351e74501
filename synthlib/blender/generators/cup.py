"""Cups of coffee and tea: of pottery, paper, glass, enamel and steel, with and without a saucer.

`rng` draws the kind, outline, handle, glaze and decoration (`parts.pottery`), the drink, printed
words and motifs, saucer, spoon and tea tag, and the pose. A cup is 4 to 21 cm tall; lengths are in
metres.
"""

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.generators.parts.pottery import (
    decorations,
    drinks,
    glazes,
    motifs,
    other_cups,
    takeaway_cups,
    vessels,
)
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.shapes import Shape

VERSION = 2
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_COMMON_DECORATIONS = (
    decorations.speckled,
    decorations.dipped,
    decorations.bands,
    decorations.flowers,
    decorations.garland,
)
_RARE_DECORATIONS = (
    decorations.dots,
    decorations.vertical_stripes,
    decorations.ombre,
    decorations.checks,
    decorations.zigzag,
    decorations.marbled,
    decorations.crackled,
    decorations.lattice,
    motifs.big_heart,
    motifs.big_star,
    motifs.small_motifs,
    motifs.face,
    motifs.hills,
    motifs.leaves,
    motifs.terrazzo,
    motifs.colour_block,
)
# One entry is drawn, all with equal probability, so repeated decorations are more frequent.
_DECORATIONS = (
    *(decorations.plain,) * 6,
    *(decorations.rims,) * 4,
    *_COMMON_DECORATIONS * 2,
    *_RARE_DECORATIONS,
    decorations.brush_strokes,
    decorations.vines,
    decorations.badge,
)

# Outlines from foot to lip, one per line: pairs (radius, height) as shares of the maxima.
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
_BEAKERS = """0.86 0 0.9 0.03 0.94 0.5 1 1
    0.72 0 0.74 0.04 0.84 0.5 1 1
    0.98 0 1 0.05 0.92 0.6 0.9 1"""
_BOWLS = """0.55 0 0.55 0.08 0.9 0.3 1 0.7 1 1
    0.75 0 0.85 0.06 0.95 0.5 1 1
    0.5 0 0.48 0.1 0.78 0.3 1 1"""


@dataclass(frozen=True)
class CupForm:
    """Dimensions and parts of a kind of cup.

    Attributes:
        radius: Range of the largest radius in metres.
        height: Range in metres.
        wall: Typical thickness of the wall in metres.
        outlines: Outlines to draw from, one per line.
        handles: Families of handles to draw from, for `vessels.bent_handle`; empty: no handle.
        saucer_probability: In [0, 1].
        drink_probability: In [0, 1].
    """

    radius: tuple[float, float]
    height: tuple[float, float]
    wall: float
    outlines: str
    handles: tuple[str, ...]
    saucer_probability: float
    drink_probability: float


_ORNATE_HANDLES = ("ear", "high", "C", "angular", "drop")
_PLAIN_HANDLES = ("C", "C", "ear", "square", "drop")
_FORMS = {
    "teacup": CupForm((0.043, 0.056), (0.05, 0.066), 0.0022, _TEACUPS, _ORNATE_HANDLES, 0.8, 0.8),
    "coffee cup": CupForm(
        (0.04, 0.052), (0.055, 0.072), 0.0042, _COFFEE_CUPS, _PLAIN_HANDLES, 0.75, 0.9
    ),
    "espresso": CupForm(
        (0.028, 0.034), (0.046, 0.056), 0.0042, _COFFEE_CUPS, _PLAIN_HANDLES, 0.8, 0.95
    ),
    "mug": CupForm((0.038, 0.046), (0.08, 0.112), 0.0042, _MUGS, _PLAIN_HANDLES, 0.06, 0.75),
    "beaker": CupForm((0.034, 0.042), (0.075, 0.115), 0.0036, _BEAKERS, (), 0.05, 0.7),
    "bowl": CupForm((0.036, 0.05), (0.05, 0.085), 0.0038, _BOWLS, (), 0.25, 0.85),
}


_KINDS = {
    "teacup": 0.24,
    "coffee cup": 0.19,
    "espresso": 0.06,
    "mug": 0.24,
    "beaker": 0.03,
    "bowl": 0.03,
    "paper": 0.07,
    "tumbler": 0.03,
    "glass": 0.06,
    "enamel": 0.03,
    "steel": 0.02,
}
"""Kinds of cups and their probabilities."""


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a cup, in most cases with a drink.

    Returns:
        A list with one mesh object, which stands on z = 0, with its saucer if it has one.
    """
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    other_kinds = {
        "paper": takeaway_cups.paper_cup,
        "tumbler": takeaway_cups.travel_tumbler,
        "glass": other_cups.glass_cup,
        "enamel": other_cups.enamel_mug,
        "steel": other_cups.steel_mug,
    }
    make = other_kinds.get(kind) or (lambda rng: _pottery_cup(rng, _FORMS[kind]))
    parts = make(rng)
    # The handle mostly points to the side, where it is visible.
    yaw = rng.choice([0.0, 180.0]) + rng.normal(0.0, 40.0)
    return meshes.assemble("cup", [part.rotated("z", yaw) for part in parts])


def _pottery_cup(rng: np.random.Generator, form: CupForm) -> list[Shape]:
    """Build a glazed cup with its handle, drink, printed words, saucer and spoon."""
    radius = rng.uniform(*form.radius)
    height = rng.uniform(*form.height)
    shares = np.array(str(rng.choice(form.outlines.split("\n"))).split(), dtype=float)
    knots = shares.reshape(-1, 2) * [radius, height]
    knots[1:-1] *= rng.uniform(0.96, 1.04, (len(knots) - 2, 1))
    outline = vessels.smooth_profile(knots, 30)
    wall_thickness = form.wall * rng.uniform(0.85, 1.2)
    is_ribbed = rng.random() < 0.14
    cup = vessels.vessel(
        outline, wall_thickness, wall_thickness + 0.003, segments=96 if is_ribbed else 72
    )
    drink_surface = vessels.liquid_surface(
        outline, wall_thickness, height * rng.uniform(0.74, 0.92)
    )
    if is_ribbed:
        cut_ribs = _ribbed_deformation(rng, height)
        cup = cup.deformed(cut_ribs)
        drink_surface = drink_surface.deformed(cut_ribs)
    decoration, glaze, ink = _sample_glaze(rng, height / (2 * np.pi * 0.85 * radius))
    parts = [cup.with_material(glaze.wall_material)]
    if form.handles:
        parts.append(
            _handle(rng, form, outline, wall_thickness).with_material(glaze.handle_material)
        )
    if decoration in (decorations.plain, decorations.rims) and not is_ribbed and rng.random() < 0.4:
        parts += vessels.printed_text(rng, outline, ink)
    if rng.random() < form.drink_probability:
        parts.append(
            drink_surface.with_material(drinks.drink_material(rng, str(rng.choice(drinks.DRINKS))))
        )
    if form.handles and rng.random() < 0.07:
        parts += other_cups.tea_tag(rng, outline, wall_thickness)
    if rng.random() < form.saucer_probability:
        well_radius = outline[0, 0] * 1.15
        saucer, saucer_profile = vessels.saucer(
            rng, max(radius, well_radius) * rng.uniform(1.55, 1.95), well_radius
        )
        parts = [part.translated(z=saucer_profile[0, 1] - 0.0006) for part in parts] + [
            saucer.with_material(glaze.wall_material)
        ]
        if rng.random() < 0.45:
            parts.append(vessels.spoon(rng, saucer_profile))
    return parts


def _handle(rng: np.random.Generator, form: CupForm, outline: np.ndarray, wall: float) -> Shape:
    """Build a handle of one of the form's families, on the side of the wall towards +X."""
    height = outline[-1, 1]
    radius = outline[:, 0].max()
    ends = rng.uniform(0.78, 0.9) * height, rng.uniform(0.2, 0.34) * height
    reach = rng.uniform(0.5, 0.8) * (0.6 * radius + 0.012)
    width = rng.uniform(0.1, 0.15) * height * (1.0 if height > 0.075 else 1.25)
    section = width * rng.uniform(0.9, 1.7), max(width * 0.8, 0.005)
    family = str(rng.choice(form.handles))
    taper = rng.uniform(0.7, 1.0)
    return vessels.bent_handle(outline, family, *ends, reach, section, wall, taper)


def _ribbed_deformation(
    rng: np.random.Generator, height: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a deformation that cuts vertical ribs into the wall, deeper from the foot upwards."""
    count = int(rng.choice([8, 12, 16, 24]))
    depth = rng.uniform(0.02, 0.045)

    def rib(points: np.ndarray) -> np.ndarray:
        angle = np.arctan2(points[:, 1], points[:, 0])
        strength = np.clip(points[:, 2] / (0.3 * height), 0.0, 1.0)
        scale = 1.0 - depth * strength * np.abs(np.sin(0.5 * count * angle))
        return points * np.stack([scale, scale, np.ones_like(scale)], axis=1)

    return rib


def _sample_glaze(
    rng: np.random.Generator, aspect_ratio: float
) -> tuple[Callable, glazes.Glaze, bpy.types.Material]:
    """Sample a decoration, the glaze that carries it, and a material for printed words.

    Args:
        aspect_ratio: Height of the wall over its circumference.
    """
    decoration = _DECORATIONS[rng.integers(len(_DECORATIONS))]
    family = str(rng.choice(["white", "earth", "vivid", "any"], p=[0.38, 0.25, 0.25, 0.12]))
    if family == "any":
        base_colour = sample_colour(rng, (0.2, 0.8), (0.15, 0.8))
    else:
        hex_codes = {
            "white": glazes.WHITE_COLOURS,
            "earth": glazes.EARTH_COLOURS,
            "vivid": glazes.VIVID_COLOURS,
        }[family]
        base_colour = vessels.choose_colour(rng, hex_codes)
    ink = vessels.choose_colour(rng, glazes.INK_COLOURS)
    second_ink = vessels.choose_colour(rng, glazes.INK_COLOURS)
    if sum(base_colour) < 0.9:  # a dark glaze gets light paint
        ink = vessels.choose_colour(rng, glazes.WHITE_COLOURS)
        second_ink = vessels.choose_colour(rng, glazes.VIVID_COLOURS)
    pale_inside = rng.random() < (0.3 if family == "earth" else 0.6)
    inside_colour = jitter_colour(rng, "ece8de", 0.5) if pale_inside else None
    gloss = float(rng.choice([0.2, 0.6, 0.85], p=[0.15, 0.35, 0.5]))
    glaze = glazes.make_glaze(
        rng,
        decoration,
        (base_colour, ink, second_ink),
        aspect_ratio,
        inside_colour=inside_colour,
        gloss=gloss,
    )
    return decoration, glaze, materials.plain(ink, 0.4)
