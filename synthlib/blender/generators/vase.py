"""Vases of many outlines and materials, about half of them with flowers, branches or grasses.

`rng` draws the outline's family and proportions, the material (glaze, porcelain, glass, clay,
metal, celadon) and its decoration, handles or a section that is not round, and the bouquet
(`parts.pottery.bouquet`). The vase itself is 13 to 40 cm tall; lengths are in metres.
"""

from collections.abc import Callable

import bpy
import numpy as np

from synthlib.blender.generators.parts.pottery import bouquet, decorations, glazes, vessels
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_OUTLINE_FAMILIES = {
    "amphora": ("0.4 0 0.34 0.04 0.55 0.28 0.92 0.56 1 0.66 0.8 0.79 0.4 0.87 0.4 0.94 0.5 1", 0.3),
    "bottle": ("0.7 0 1 0.15 0.97 0.34 0.5 0.55 0.26 0.68 0.22 0.9 0.32 1", 0.26),
    "tulip": ("0.55 0 0.5 0.05 0.84 0.25 0.78 0.5 0.72 0.7 1 1", 0.25),
    "trumpet": ("0.75 0 0.5 0.1 0.4 0.3 0.5 0.6 0.72 0.86 1 1", 0.22),
    "cylinder": ("0.97 0 1 0.03 1 0.5 1 1", 0.26),
    "tapered": ("0.62 0 0.66 0.05 0.82 0.5 1 1", 0.28),
    "bulb": ("0.5 0 0.9 0.2 1 0.42 0.78 0.68 0.46 0.86 0.6 1", 0.42),
    "meiping": ("0.58 0 0.56 0.08 0.72 0.36 0.97 0.66 0.92 0.82 0.5 0.92 0.36 0.95 0.44 1", 0.29),
    "gourd": ("0.6 0 1 0.2 0.9 0.4 0.46 0.55 0.62 0.68 0.56 0.8 0.26 0.92 0.32 1", 0.3),
    "drop": ("0.45 0 0.98 0.22 0.9 0.42 0.5 0.66 0.28 0.84 0.27 1", 0.36),
    "urn": ("0.55 0 0.5 0.03 0.26 0.1 0.24 0.14 0.7 0.34 0.92 0.6 0.76 0.82 0.7 0.92 0.95 1", 0.33),
    "bowl": ("0.6 0 0.98 0.32 0.96 0.6 0.66 0.9 0.7 1", 0.5),
    "waisted": ("1 0 0.95 0.1 0.6 0.48 0.62 0.6 0.96 1", 0.26),
    "shouldered": ("0.7 0 0.74 0.06 0.92 0.5 1 0.78 0.86 0.87 0.46 0.91 0.44 0.95 0.52 1", 0.28),
    "bud": ("0.8 0 1 0.06 0.9 0.16 0.4 0.32 0.26 0.5 0.26 0.86 0.36 1", 0.22),
}
"""By family: radii and heights from foot to lip as shares of the maxima; radius over height."""

_FAMILIES_WITH_HANDLES = ("amphora", "urn", "meiping", "shouldered", "bottle")
_CLAYS = "b5623a c4764a 9c4f2e a87850 8a5a3c d0a27a".split()
_CELADONS = "8fae94 a5bfa5 7f9f96 9ab7b4 b8c4a0".split()
_TINTS = "c4dcd4 c4dcd4 d4e4ea 5fb08a 4a86c8 c8742a 8a4fa0 c83a4a 2f8f8a e0b040".split()
_METALS = ((0.72, 0.55, 0.28), (0.72, 0.72, 0.73), (0.62, 0.34, 0.2), (0.3, 0.29, 0.28))
_GLAZE_DECORATIONS = (
    decorations.plain,
    decorations.plain,
    decorations.plain,
    decorations.dipped,
    decorations.ombre,
    decorations.speckled,
    decorations.bands,
    decorations.vertical_stripes,
    decorations.zigzag,
    decorations.flowers,
    decorations.brush_strokes,
    decorations.marbled,
    decorations.lattice,
    decorations.garland,
    decorations.crackled,
)


_MATERIALS = ("glaze", "porcelain", "glass", "clay", "metal", "celadon")
_MATERIAL_PROBABILITIES = (0.42, 0.16, 0.16, 0.12, 0.07, 0.07)


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a vase, its handles if it has any, and the bouquet in it if there is one.

    Returns:
        One mesh object, standing on z = 0.
    """
    family = str(rng.choice(list(_OUTLINE_FAMILIES)))
    outline_text, radius_ratio = _OUTLINE_FAMILIES[family]
    height = rng.uniform(0.13, 0.4)
    radius = height * radius_ratio * rng.uniform(0.8, 1.2)
    knots = np.array(outline_text.split(), dtype=float).reshape(-1, 2)
    knots[1:-1] *= rng.uniform(0.93, 1.07, (len(knots) - 2, 2))
    outline = vessels.smooth_profile(np.maximum.accumulate(knots * [0, 1]) + knots * [1, 0], 48)
    outline = outline * [radius / outline[:, 0].max(), height]
    kind = str(rng.choice(_MATERIALS, p=_MATERIAL_PROBABILITIES))
    wall_thickness = rng.uniform(0.0035, 0.005)
    if kind in ("clay", "glaze") and rng.random() < 0.2:
        outline = outline + np.c_[_throwing_ridges(rng, outline[:, 1]), np.zeros(len(outline))]
    floor_height = rng.uniform(0.01, 0.02) if kind == "glass" else 0.008
    vessel = vessels.vessel(outline, wall_thickness, floor_height, segments=88)
    wall_material, handle_material = _sample_wall_materials(
        rng, kind, height / (2 * np.pi * 0.75 * radius)
    )
    parts = [vessel.with_material(wall_material)]
    has_handles = family in _FAMILIES_WITH_HANDLES and kind != "glass" and rng.random() < 0.55
    if has_handles:
        parts += [
            part.with_material(handle_material) for part in _handles(rng, outline, wall_thickness)
        ]
    elif rng.random() < (0.45 if kind != "porcelain" else 0.2):
        parts = [part.deformed(_section_deformation(rng, height)) for part in parts]
    if rng.random() < 0.52:
        neck_radius = 0.8 * float(
            vessels.inner_outline(outline, wall_thickness, 0.3 * height)[:, 0].min()
        )
        parts += bouquet.bouquet(rng, neck_radius, floor_height, height)
    yaw = rng.normal(0.0, 30.0)
    return meshes.assemble("vase", [part.rotated("z", yaw) for part in parts])


def _throwing_ridges(rng: np.random.Generator, z: np.ndarray) -> np.ndarray:
    """Return the ridges left by the potter's fingers: radius offsets at heights z, metres."""
    wavelength = rng.uniform(0.012, 0.025)
    return 0.0012 * np.sin(2 * np.pi * z / wavelength) * np.clip(z / wavelength, 0.0, 1.0)


def _section_deformation(
    rng: np.random.Generator, height: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a deformation of the round wall: square, oval, faceted, fluted, twisted or melon."""
    kind = str(rng.choice(["square", "oval", "facets", "flutes", "twist", "melon"]))
    count = {"facets": rng.integers(5, 11), "melon": rng.integers(6, 10)}.get(kind, 0)
    count = int(count) or int(rng.integers(12, 25))
    depth = rng.uniform(0.04, 0.08)
    depth_ratio = rng.uniform(0.5, 0.75)
    twist = rng.uniform(0.6, 2.2) if kind == "twist" else 0.0

    def deform(points: np.ndarray) -> np.ndarray:
        angle = np.arctan2(points[:, 1], points[:, 0]) - twist * points[:, 2] / height
        scale = np.ones((len(points), 2))
        if kind == "square":
            lobes = np.abs(np.cos(angle)) ** 7 + np.abs(np.sin(angle)) ** 7
            scale *= 0.88 * (lobes ** (-1 / 7))[:, None]
        elif kind == "oval":
            scale[:, 1] = depth_ratio
        elif kind == "facets":
            facet_angle = 2 * np.pi / count
            scale *= (np.cos(facet_angle / 2) / np.cos((angle % facet_angle) - facet_angle / 2))[
                :, None
            ]
        elif kind == "melon":
            scale *= 1.0 - 2 * depth * (1.0 - np.abs(np.sin(0.5 * count * angle)))[:, None]
        else:
            scale *= 1.0 - depth * np.abs(np.sin(0.5 * count * angle))[:, None]
        return points * np.c_[scale, np.ones(len(points))]

    return deform


def _handles(rng: np.random.Generator, outline: np.ndarray, wall: float) -> list[Shape]:
    """Build two opposite handles from the neck to the shoulder."""
    radius = outline[:, 0].max()
    height = outline[-1, 1]
    neck = outline[outline[:, 1] > 0.8 * height]
    neck_z = float(neck[np.argmin(neck[:, 0]), 1])
    belly = outline[outline[:, 1] < 0.8 * height]
    shoulder_z = float(belly[np.argmax(belly[:, 0]), 1])
    lower_z = max(shoulder_z - 0.04 * height, neck_z - 0.42 * height)
    clearance = max(0.35 * radius, rng.uniform(0.0, 0.25) * radius + 0.012)
    reach = clearance - 0.6 * (radius - neck[:, 0].min()) * float(rng.random() < 0.4)
    section = (rng.uniform(0.05, 0.075) * height, 0.04 * height)
    family = str(rng.choice(["C", "ear", "high", "square", "drop"]))
    ends = neck_z - 0.01 * height, lower_z
    handle = vessels.bent_handle(outline, family, *ends, max(reach, 0.2 * radius), section, wall)
    return [handle, handle.rotated("z", 180.0)]


def _sample_wall_materials(
    rng: np.random.Generator, kind: str, aspect_ratio: float
) -> tuple[bpy.types.Material, bpy.types.Material]:
    """Sample the materials of the wall and of the handles.

    Args:
        aspect_ratio: Height of the wall over its circumference.
    """
    gloss = float(rng.choice([0.05, 0.5, 0.85], p=[0.3, 0.3, 0.4]))
    if kind == "glass":
        material = glazes.clear_glass(
            srgb_to_linear(str(rng.choice(_TINTS))), float(rng.uniform(0.4, 0.6))
        )
        return material, material
    if kind == "metal":
        colour = _METALS[rng.integers(len(_METALS))]
        material = (
            materials.mirror_metal(colour, dullness=rng.uniform(0.0, 0.7))
            if rng.random() < 0.7
            else _hammered_metal(rng, colour)
        )
        return material, material
    decoration, colours = _sample_decoration(rng, kind)
    gloss = {"porcelain": 0.85, "celadon": 0.85, "clay": 0.0}.get(kind, gloss)
    material = glazes.make_glaze(
        rng,
        decoration,
        colours,
        aspect_ratio,
        inside_colour=scale_colour(colours[0], 0.6),
        gloss=gloss,
    )
    return material.wall_material, material.handle_material


def _sample_decoration(
    rng: np.random.Generator, kind: str
) -> tuple[Callable, tuple[Colour, Colour, Colour]]:
    """Sample the decoration and the (base, ink, second ink) colours of a kind of pottery."""
    if kind == "porcelain":
        base_colour = jitter_colour(rng, "eef0ee", 0.5)
        ink = jitter_colour(rng, "1f3a8a")
        if rng.random() < 0.25:  # other classic inks: famille rose, famille verte, iron red
            ink = vessels.choose_colour(rng, glazes.INK_COLOURS)
        decoration = decorations.vines
        if rng.random() < 0.2:
            decoration = (decorations.lattice, decorations.garland, decorations.flowers)[
                rng.integers(3)
            ]
        return decoration, (base_colour, ink, scale_colour(ink, 1.8))
    if kind == "celadon":
        base_colour = vessels.choose_colour(rng, _CELADONS)
        return decorations.crackled, (base_colour, scale_colour(base_colour, 0.4), base_colour)
    if kind == "clay":
        base_colour = vessels.choose_colour(rng, _CLAYS)
        ink = vessels.choose_colour(rng, ["1c1614", "1c1614", "e8d9bd", "5a2c1c"])
        earthy_decorations = (
            decorations.plain,
            decorations.bands,
            decorations.zigzag,
            decorations.lattice,
            decorations.dipped,
        )
        decoration = earthy_decorations[rng.integers(5)]
        return decoration, (base_colour, ink, scale_colour(base_colour, 0.6))
    family = rng.choice(["white", "earth", "vivid", "any"], p=[0.3, 0.3, 0.25, 0.15])
    hex_codes = {"white": glazes.WHITE_COLOURS, "earth": glazes.EARTH_COLOURS}.get(
        str(family), glazes.VIVID_COLOURS
    )
    base_colour = vessels.choose_colour(rng, hex_codes)
    if family == "any":
        base_colour = sample_colour(rng, (0.2, 0.85), (0.1, 0.8))
    ink = vessels.choose_colour(rng, glazes.INK_COLOURS)
    second_ink = vessels.choose_colour(rng, glazes.INK_COLOURS)
    if sum(base_colour) < 0.9:
        ink = vessels.choose_colour(rng, glazes.WHITE_COLOURS)
        second_ink = vessels.choose_colour(rng, _CLAYS)
    decoration = _GLAZE_DECORATIONS[rng.integers(len(_GLAZE_DECORATIONS))]
    return decoration, (base_colour, ink, second_ink)


def _hammered_metal(rng: np.random.Generator, colour: tuple) -> bpy.types.Material:
    """Return beaten metal, with dimples that catch the light."""
    graph = NodeGraph("hammered")
    dents = graph.voronoi_distance(float(rng.uniform(0.008, 0.014))).smoothstep(0.1, 0.8)
    return graph.build_material(
        colour, 0.3, bump_height=dents, bump_distance=0.002, hollow_darkening=0.35, metallic=1.0
    )
