"""Computer monitors, 13 to 38 inches: flat, curved, tubes with deep tapered backs, all-in-ones.

A head is made lying on its back, its screen up at z = 0, the upper side towards +Y; then it is
raised, tilted and set on a stand, facing -Y.
"""

from collections.abc import Callable
from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers.monitor_cases import (
    chin_parts,
    vented_back_material,
)
from synthlib.blender.generators.parts.computers.monitor_stands import STAND_PROBABILITIES
from synthlib.blender.generators.parts.computers.screens import bezel_frame, screen_shapes
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_BLACKS = ("141517", "1b1c1e", "232528", "2e3034")
_BEIGES = ("d8d0ba", "cfc8b6", "e0d9c6", "bfbcb2", "d4d3ce")
_SILVERS = ("b4b7bb", "c8cacd", "8d9196", "e9e9e8", "f1f1ef")
_CANDY_COLOURS = ("1a8aa0", "3a6ad0", "e8702a", "c02a5a", "7a3ab0", "4a9a3a", "5a6068")
_STANDARD_SIZES = ((0.305, 0.229), (0.338, 0.27), (0.376, 0.301), (0.41, 0.256), (0.474, 0.296))
_WIDE_SIZES = ((0.477, 0.268), (0.531, 0.299), (0.597, 0.336), (0.597, 0.336), (0.64, 0.4))
_ULTRAWIDE_SIZES = ((0.673, 0.284), (0.8, 0.335), (0.698, 0.393), (0.88, 0.37))


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One monitor on its stand. Returns one object."""
    kind = str(rng.choice(["flat", "curved", "tube", "one"], p=[0.53, 0.11, 0.21, 0.15]))
    if kind == "tube":
        return meshes.assemble("pc_monitor", _tube_monitor(rng))
    sizes = {"curved": _ULTRAWIDE_SIZES, "one": _WIDE_SIZES}.get(
        kind, (*_STANDARD_SIZES, *_WIDE_SIZES, *_WIDE_SIZES, *_ULTRAWIDE_SIZES[:1])
    )
    width, height = (side * rng.uniform(0.96, 1.04) for side in sizes[rng.integers(len(sizes))])
    if kind == "flat" and rng.random() < 0.05:
        width, height = height, width
    old = kind == "flat" and width / height < 1.4
    rims, shell, front = _sample_style(rng, kind, old)
    parts, size, drop = _flat_panel(rng, kind, width, height, rims, shell, front)
    if kind == "curved":
        radius = rng.uniform(0.9, 1.8)
        parts = [part.deformed(_curved_deformation(radius)) for part in parts]
    low = rng.uniform(0.03, 0.14)
    lift, tilt = low + 0.5 * size[1], rng.normal(-4.0, 5.0)
    parts = [
        part.rotated("x", 90.0 + np.clip(tilt, -16.0, 4.0)).translated(z=lift) for part in parts
    ]
    stand = materials.brushed_metal(scale_colour(shell, 0.95)) if rng.random() < 0.15 else None
    metal = stand or materials.plain(shell if rng.random() < 0.7 else srgb_to_linear("26282b"), 0.4)
    kinds = list(STAND_PROBABILITIES)
    one = kind == "one" and rng.random() < 0.7
    made = kinds[3] if one else kinds[rng.choice(len(kinds), p=list(STAND_PROBABILITIES.values()))]
    return meshes.assemble("pc_monitor", [*parts, *made(rng, size[0], lift, drop, metal)])


def _sample_style(
    rng: np.random.Generator, kind: str, old: bool
) -> tuple[tuple[float, float, float], Colour, Colour]:
    """Rims at the sides, above and below, metres; the colours of the back and of the front."""
    back = jitter_colour(rng, str(rng.choice(_BLACKS if rng.random() < 0.65 else _SILVERS)))
    if kind == "one":
        shell = jitter_colour(rng, str(rng.choice(_SILVERS)), 0.7)
        if rng.random() < 0.25:
            shell = sample_colour(rng, (0.3, 0.7), (0.3, 0.8))
        rim = rng.uniform(0.012, 0.03)
        black = srgb_to_linear("101113") if rng.random() < 0.7 else srgb_to_linear("f2f2f2")
        return (rim, rim, rng.uniform(0.05, 0.085)), shell, black
    if old:
        rim = rng.uniform(0.018, 0.04)
        shell = jitter_colour(rng, str(rng.choice((*_BEIGES, *_SILVERS, *_BLACKS, *_BLACKS))))
        return (rim, rim, rim + rng.choice([0.0, rng.uniform(0.01, 0.05)])), shell, shell
    rim = float(rng.choice([rng.uniform(0.006, 0.01), rng.uniform(0.014, 0.026)]))
    front = back if rng.random() < 0.5 else srgb_to_linear("17181a")
    return (rim, rim, rim + rng.choice([0.004, rng.uniform(0.008, 0.035)])), back, front


def _flat_panel(
    rng: np.random.Generator,
    kind: str,
    width: float,
    height: float,
    rims: tuple[float, float, float],
    shell: Colour,
    front: Colour,
) -> tuple[list[Shape], tuple[float, float], float]:
    """A flat head, about the middle of its outline; its size; how far behind its front it ends."""
    side, above, below = rims
    wide, tall = width + 2 * side, height + above + below
    shift = 0.5 * (below - above)
    thick = {"one": 0.018}.get(kind, rng.uniform(0.02, 0.05))
    corner = rng.choice([0.003, rng.uniform(0.008, 0.02)])
    rise = float(rng.choice([0.0014, rng.uniform(0.003, 0.007)]))
    hump = thick + rng.uniform(0.0, 0.03)
    made, dark = materials.plain(front, 0.4), materials.plain((0.008, 0.008, 0.009), 0.25)
    back = vented_back_material(rng, shell, wide, tall)
    xs = np.linspace(-0.5 * wide, 0.5 * wide, 25 if kind == "curved" else 2)
    case = _horizontal_bar(xs, -0.5 * tall, 0.5 * tall, -thick, 0.0, 0.004)
    box = shapes.slab(
        0.55 * wide,
        0.6 * tall,
        [(0.0, -0.01 - 0.5 * thick), (0.0, -hump), (0.02, -hump - 0.008)],
        0.03,
    )
    if kind != "curved":  # rounded corners, and a back that narrows
        slope = rng.uniform(0.02, 0.2) * tall
        profile = [(slope, -thick), (0.4 * slope, -0.8 * thick), (0.002, -0.4 * thick)]
        case = shapes.slab(wide, tall, [*profile, (0.0, -0.3 * thick), (0.0, 0.0)], corner)
    parts = [
        replace(case, vertex_attribute=case.vertices).with_material(back),
        replace(box, vertex_attribute=box.vertices).with_material(back),
    ]
    picture = screen_shapes(rng, width - 0.002, height - 0.002, off_probability=0.22)
    parts += [part.translated(y=shift, z=0.0008) for part in picture]
    edges = [
        (xs, 0.5 * tall - above, 0.5 * tall),
        (xs, -0.5 * tall, -0.5 * tall + below),
        (xs[[0]] + [0.0, side], -0.5 * tall + below, 0.5 * tall - above),
        (xs[[-1]] - [side, 0.0], -0.5 * tall + below, 0.5 * tall - above),
    ]
    if kind == "curved":
        parts += [
            _horizontal_bar(x, low, high, -0.004, rise, 0.001).with_material(made)
            for x, low, high in edges
        ]
    else:
        outer = shapes.rounded_rectangle(wide + 0.0016, tall + 0.0016, [corner + 0.0008], 4)
        inner = shapes.rounded_rectangle(width, height, [0.001], 4) + np.array([0.0, shift])
        frame = bezel_frame(outer, inner, -0.006, rise, min(0.001, 0.4 * rise))
        parts.append(frame.with_material(made))
    parts += chin_parts(rng, kind, wide, tall, rims, rise, shell, front, dark)
    return parts, (wide, tall), hump


def _horizontal_bar(
    xs: np.ndarray, low: float, high: float, back: float, front: float, radius: float
) -> Shape:
    """A bar along X between heights and depths."""
    section = shapes.rounded_rectangle(high - low, front - back, [radius], 3)
    middle = np.array([0.5 * (low + high), 0.5 * (back + front)])
    rings = [np.c_[np.full(len(section), x), section + middle] for x in xs]
    return shapes.loft(np.array(rings))


def _curved_deformation(radius: float) -> Callable:
    """Both sides come forward."""
    return lambda points: (
        points + np.stack([*np.zeros((2, len(points))), points[:, 0] ** 2 / (2 * radius)], axis=1)
    )


def _tube_monitor(rng: np.random.Generator) -> list[Shape]:
    """A tube's head: a thick frame about bulging glass, a back that tapers, a turning foot."""
    height = float(rng.choice([0.2, 0.23, 0.27, 0.3], p=[0.2, 0.35, 0.3, 0.15]))
    width, candy = height * rng.uniform(1.28, 1.36), rng.random() < 0.2
    shell = jitter_colour(
        rng, str(rng.choice(_BEIGES if rng.random() < 0.7 else (*_BLACKS, *_SILVERS)))
    )
    front = shell
    if candy:
        shell, front = (
            jitter_colour(rng, str(rng.choice(_CANDY_COLOURS))),
            jitter_colour(rng, "e4e4e2", 0.4),
        )
    side, below = rng.uniform(0.022, 0.04), rng.uniform(0.04, 0.075) + 0.05 * candy
    rims = (side, side, below)
    wide, tall, shift = width + 2 * side, height + side + below, 0.5 * (below - side)
    deep, corner = width * rng.uniform(0.95, 1.2), rng.uniform(0.012, 0.03) + 0.03 * candy
    rise = rng.uniform(0.012, 0.02)
    shoulder, tail = rng.uniform(0.2, 0.4), rng.uniform(0.42, 0.62)
    at = np.array([0.0, 0.03, shoulder, shoulder + 0.1, 0.65, 0.93, 0.99, 1.0])
    shares = np.array([0.995, 1.0, 0.98, 0.9, 0.5 + 0.5 * tail, tail, 0.95 * tail, 0.85 * tail])
    if candy:
        shares[3:5] = 0.96, 0.85
    rings = []
    for depth, share in zip(at, shares, strict=True):
        outline = shapes.rounded_rectangle(
            wide * share, tall * (0.3 + 0.7 * share), [corner + 0.03 * depth], 6
        )
        sink = 0.12 * tall * (1.0 - share)
        rings.append(np.c_[outline - [0.0, sink], np.full(len(outline), -0.001 - depth * deep)])
    case = shapes.loft(np.array(rings))
    parts = [
        replace(case, vertex_attribute=case.vertices).with_material(
            vented_back_material(rng, shell, wide * 0.8, tall)
        )
    ]
    outer = shapes.rounded_rectangle(wide + 0.002, tall + 0.002, [corner + 0.001], 6)
    inner = shapes.rounded_rectangle(width, height, [0.014], 6) + np.array([0.0, shift])
    made = materials.plain(front, 0.5)
    parts.append(bezel_frame(outer, inner, -0.02 - 0.02 * candy, rise, 0.006).with_material(made))
    bulge = rng.uniform(0.006, 0.013)

    def swell(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        z = z + bulge * (1.0 - (2 * x / width) ** 2 * 0.6 - (2 * y / height) ** 2 * 0.4)
        return np.stack([x, y + shift, z], axis=1)

    dark = materials.plain((0.012, 0.013, 0.013), 0.3)
    margin = rng.uniform(0.95, 0.985)
    picture = screen_shapes(rng, width * margin, height * margin, old=True, off_probability=0.4)
    ground = replace(
        screen_shapes(rng, width, height, off_probability=1.0)[0], vertex_attribute=None
    ).with_material(dark)
    parts += [part.deformed(swell) for part in (ground, *(p.translated(z=0.0006) for p in picture))]
    parts += chin_parts(rng, "tube", wide, tall, rims, rise, shell, front, dark)
    clear, tilt = rng.uniform(0.02, 0.06), float(np.clip(rng.normal(-4.0, 4.0), -10.0, 2.0))
    lift = clear + 0.5 * tall
    parts = [part.rotated("x", 90.0 + tilt).translated(z=lift) for part in parts]
    radius, y = 0.3 * wide, 0.38 * deep
    bottom = lift - 0.5 * tall * 0.8
    profile = [(0, 0), (radius, 0), (radius, 0.3 * clear), (0.75 * radius, 0.6 * clear)]
    foot = shapes.lathe([*profile, (0.6 * radius, bottom), (0, bottom)], 48).translated(y=y)
    return [*parts, foot.with_material(materials.plain(scale_colour(shell, 0.85), 0.5))]
