"""Computer monitors, 13 to 38 inches: flat, curved, tube monitors with deep backs, all-in-ones.

`rng` draws the kind, a common screen size, the widths of the bezel, colours, thickness and edges,
the screen's content, buttons and name, the stand, height and tilt. A monitor is 28 to 98 cm wide;
lengths are in metres.

The panel is modelled lying on its back, the screen facing +Z at z = 0 and the upper edge towards
+Y; then it is raised, tilted and set on a stand (`parts.computers.monitor_stands`), facing -Y.
"""

from collections.abc import Callable
from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers.monitor_cases import (
    MonitorFront,
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
    """Build one monitor on its stand.

    Returns:
        One mesh object, standing on z = 0, its screen towards -Y.
    """
    kind = str(rng.choice(["flat", "curved", "tube", "one"], p=[0.53, 0.11, 0.21, 0.15]))
    if kind == "tube":
        return meshes.assemble("pc_monitor", _tube_monitor(rng))
    sizes = {"curved": _ULTRAWIDE_SIZES, "one": _WIDE_SIZES}.get(
        kind, (*_STANDARD_SIZES, *_WIDE_SIZES, *_WIDE_SIZES, *_ULTRAWIDE_SIZES[:1])
    )
    width, height = (side * rng.uniform(0.96, 1.04) for side in sizes[rng.integers(len(sizes))])
    if kind == "flat" and rng.random() < 0.05:
        width, height = height, width
    is_old = kind == "flat" and width / height < 1.4
    margins, shell_colour, bezel_colour = _sample_style(rng, kind, is_old)
    parts, panel_size, back_depth = _flat_panel(
        rng, kind, width, height, margins, shell_colour, bezel_colour
    )
    if kind == "curved":
        radius = rng.uniform(0.9, 1.8)
        parts = [part.deformed(_curved_deformation(radius)) for part in parts]
    clearance = rng.uniform(0.03, 0.14)
    centre_z = clearance + 0.5 * panel_size[1]
    tilt = rng.normal(-4.0, 5.0)
    parts = [
        part.rotated("x", 90.0 + np.clip(tilt, -16.0, 4.0)).translated(z=centre_z) for part in parts
    ]
    brushed_metal = (
        materials.brushed_metal(scale_colour(shell_colour, 0.95)) if rng.random() < 0.15 else None
    )
    stand_material = brushed_metal or materials.plain(
        shell_colour if rng.random() < 0.7 else srgb_to_linear("26282b"), 0.4
    )
    stand_makers = list(STAND_PROBABILITIES)
    is_all_in_one = kind == "one" and rng.random() < 0.7
    make_stand = (
        stand_makers[3]
        if is_all_in_one
        else stand_makers[rng.choice(len(stand_makers), p=list(STAND_PROBABILITIES.values()))]
    )
    return meshes.assemble(
        "pc_monitor",
        [*parts, *make_stand(rng, panel_size[0], centre_z, back_depth, stand_material)],
    )


def _sample_style(
    rng: np.random.Generator, kind: str, old: bool
) -> tuple[tuple[float, float, float], Colour, Colour]:
    """Sample bezel widths and colours.

    Returns:
        Widths of the bezel beside, above and below the screen in metres, the back's colour, and
        the bezel's colour.
    """
    back_colour = jitter_colour(rng, str(rng.choice(_BLACKS if rng.random() < 0.65 else _SILVERS)))
    if kind == "one":
        shell_colour = jitter_colour(rng, str(rng.choice(_SILVERS)), 0.7)
        if rng.random() < 0.25:
            shell_colour = sample_colour(rng, (0.3, 0.7), (0.3, 0.8))
        bezel_width = rng.uniform(0.012, 0.03)
        bezel_colour = srgb_to_linear("101113") if rng.random() < 0.7 else srgb_to_linear("f2f2f2")
        return (bezel_width, bezel_width, rng.uniform(0.05, 0.085)), shell_colour, bezel_colour
    if old:
        bezel_width = rng.uniform(0.018, 0.04)
        shell_colour = jitter_colour(
            rng, str(rng.choice((*_BEIGES, *_SILVERS, *_BLACKS, *_BLACKS)))
        )
        return (
            (bezel_width, bezel_width, bezel_width + rng.choice([0.0, rng.uniform(0.01, 0.05)])),
            shell_colour,
            shell_colour,
        )
    bezel_width = float(rng.choice([rng.uniform(0.006, 0.01), rng.uniform(0.014, 0.026)]))
    bezel_colour = back_colour if rng.random() < 0.5 else srgb_to_linear("17181a")
    return (
        (bezel_width, bezel_width, bezel_width + rng.choice([0.004, rng.uniform(0.008, 0.035)])),
        back_colour,
        bezel_colour,
    )


def _flat_panel(
    rng: np.random.Generator,
    kind: str,
    width: float,
    height: float,
    rims: tuple[float, float, float],
    shell: Colour,
    front: Colour,
) -> tuple[list[Shape], tuple[float, float], float]:
    """Build a flat or curved panel about the centre of its outline.

    Args:
        width: Of the visible screen, metres; height likewise.
        rims: Widths of the bezel beside, above and below the screen, metres.

    Returns:
        The parts, the panel's outer (width, height), and the depth of its back in metres.
    """
    side, above, below = rims
    outer_width, outer_height = width + 2 * side, height + above + below
    screen_y = 0.5 * (below - above)
    thickness = {"one": 0.018}.get(kind, rng.uniform(0.02, 0.05))
    corner = rng.choice([0.003, rng.uniform(0.008, 0.02)])
    rise = float(rng.choice([0.0014, rng.uniform(0.003, 0.007)]))
    back_depth = thickness + rng.uniform(0.0, 0.03)
    bezel_material = materials.plain(front, 0.4)
    dark_material = materials.plain((0.008, 0.008, 0.009), 0.25)
    back_material = vented_back_material(rng, shell, outer_width, outer_height)
    xs = np.linspace(-0.5 * outer_width, 0.5 * outer_width, 25 if kind == "curved" else 2)
    case = _horizontal_bar(xs, -0.5 * outer_height, 0.5 * outer_height, -thickness, 0.0, 0.004)
    back_box = shapes.slab(
        0.55 * outer_width,
        0.6 * outer_height,
        [(0.0, -0.01 - 0.5 * thickness), (0.0, -back_depth), (0.02, -back_depth - 0.008)],
        0.03,
    )
    if kind != "curved":  # with rounded corners, and a back that narrows
        slope = rng.uniform(0.02, 0.2) * outer_height
        profile = [(slope, -thickness), (0.4 * slope, -0.8 * thickness), (0.002, -0.4 * thickness)]
        case = shapes.slab(
            outer_width, outer_height, [*profile, (0.0, -0.3 * thickness), (0.0, 0.0)], corner
        )
    parts = [
        replace(case, vertex_attribute=case.vertices).with_material(back_material),
        replace(back_box, vertex_attribute=back_box.vertices).with_material(back_material),
    ]
    screen = screen_shapes(rng, width - 0.002, height - 0.002, off_probability=0.22)
    parts += [part.translated(y=screen_y, z=0.0008) for part in screen]
    bezel_bars = [
        (xs, 0.5 * outer_height - above, 0.5 * outer_height),
        (xs, -0.5 * outer_height, -0.5 * outer_height + below),
        (xs[[0]] + [0.0, side], -0.5 * outer_height + below, 0.5 * outer_height - above),
        (xs[[-1]] - [side, 0.0], -0.5 * outer_height + below, 0.5 * outer_height - above),
    ]
    if kind == "curved":
        parts += [
            _horizontal_bar(x, low, high, -0.004, rise, 0.001).with_material(bezel_material)
            for x, low, high in bezel_bars
        ]
    else:
        outer = shapes.rounded_rectangle(
            outer_width + 0.0016, outer_height + 0.0016, [corner + 0.0008], 4
        )
        inner = shapes.rounded_rectangle(width, height, [0.001], 4) + np.array([0.0, screen_y])
        bezel = bezel_frame(outer, inner, -0.006, rise, min(0.001, 0.4 * rise))
        parts.append(bezel.with_material(bezel_material))
    monitor_front = MonitorFront(kind, outer_width, outer_height, rims, rise, shell, front)
    parts += chin_parts(rng, monitor_front, dark_material)
    return parts, (outer_width, outer_height), back_depth


def _horizontal_bar(
    xs: np.ndarray, low: float, high: float, back: float, front: float, radius: float
) -> Shape:
    """Build a bar along x with cross-sections at `xs`, y from low to high, z from back to front."""
    section = shapes.rounded_rectangle(high - low, front - back, [radius], 3)
    centre = np.array([0.5 * (low + high), 0.5 * (back + front)])
    rings = [np.c_[np.full(len(section), x), section + centre] for x in xs]
    return shapes.loft(np.array(rings))


def _curved_deformation(radius: float) -> Callable:
    """Return a deformation that bends both sides forward, to a cylinder of a radius in metres."""
    return lambda points: (
        points + np.stack([*np.zeros((2, len(points))), points[:, 0] ** 2 / (2 * radius)], axis=1)
    )


def _tube_monitor(rng: np.random.Generator) -> list[Shape]:
    """Build a tube monitor: a thick bezel around bulging glass, a tapered back, a swivel foot."""
    height = float(rng.choice([0.2, 0.23, 0.27, 0.3], p=[0.2, 0.35, 0.3, 0.15]))
    width = height * rng.uniform(1.28, 1.36)
    is_candy = rng.random() < 0.2
    shell_colour = jitter_colour(
        rng, str(rng.choice(_BEIGES if rng.random() < 0.7 else (*_BLACKS, *_SILVERS)))
    )
    bezel_colour = shell_colour
    if is_candy:
        shell_colour = jitter_colour(rng, str(rng.choice(_CANDY_COLOURS)))
        bezel_colour = jitter_colour(rng, "e4e4e2", 0.4)
    bezel_width = rng.uniform(0.022, 0.04)
    chin_height = rng.uniform(0.04, 0.075) + 0.05 * is_candy
    margins = (bezel_width, bezel_width, chin_height)
    outer_width = width + 2 * bezel_width
    outer_height = height + bezel_width + chin_height
    screen_y = 0.5 * (chin_height - bezel_width)
    depth = width * rng.uniform(0.95, 1.2)
    corner = rng.uniform(0.012, 0.03) + 0.03 * is_candy
    rise = rng.uniform(0.012, 0.02)
    case = _tube_case(rng, outer_width, outer_height, depth, corner, is_candy)
    parts = [
        replace(case, vertex_attribute=case.vertices).with_material(
            vented_back_material(rng, shell_colour, outer_width * 0.8, outer_height)
        )
    ]
    outer = shapes.rounded_rectangle(outer_width + 0.002, outer_height + 0.002, [corner + 0.001], 6)
    inner = shapes.rounded_rectangle(width, height, [0.014], 6) + np.array([0.0, screen_y])
    bezel_material = materials.plain(bezel_colour, 0.5)
    parts.append(
        bezel_frame(outer, inner, -0.02 - 0.02 * is_candy, rise, 0.006).with_material(
            bezel_material
        )
    )
    dark_material = materials.plain((0.012, 0.013, 0.013), 0.3)
    screen = _bulging_screen(rng, width, height, dark_material)
    parts += [part.translated(y=screen_y) for part in screen]
    front = MonitorFront(
        "tube", outer_width, outer_height, margins, rise, shell_colour, bezel_colour
    )
    parts += chin_parts(rng, front, dark_material)
    clearance = rng.uniform(0.02, 0.06)
    tilt = float(np.clip(rng.normal(-4.0, 4.0), -10.0, 2.0))
    centre_z = clearance + 0.5 * outer_height
    parts = [part.rotated("x", 90.0 + tilt).translated(z=centre_z) for part in parts]
    foot_top = centre_z - 0.5 * outer_height * 0.8
    foot = _swivel_foot(0.3 * outer_width, clearance, foot_top).translated(y=0.38 * depth)
    return [*parts, foot.with_material(materials.plain(scale_colour(shell_colour, 0.85), 0.5))]


def _tube_case(
    rng: np.random.Generator,
    width: float,
    height: float,
    depth: float,
    corner: float,
    is_candy: bool,
) -> Shape:
    """Build the case of a tube monitor, its front at z = 0, tapered towards its back."""
    shoulder_position = rng.uniform(0.2, 0.4)
    tail_share = rng.uniform(0.42, 0.62)
    depth_shares = [0.0, 0.03, shoulder_position, shoulder_position + 0.1, 0.65, 0.93, 0.99, 1.0]
    size_shares = [0.995, 1.0, 0.98, 0.9, 0.5 + 0.5 * tail_share]
    if is_candy:
        size_shares[3:5] = 0.96, 0.85
    size_shares += [tail_share, 0.95 * tail_share, 0.85 * tail_share]
    rings = []
    for depth_share, size_share in zip(depth_shares, size_shares, strict=True):
        outline = shapes.rounded_rectangle(
            width * size_share,
            height * (0.3 + 0.7 * size_share),
            [corner + 0.03 * depth_share],
            6,
        )
        drop = 0.12 * height * (1.0 - size_share)
        z = -0.001 - depth_share * depth
        rings.append(np.c_[outline - [0.0, drop], np.full(len(outline), z)])
    return shapes.loft(np.array(rings))


def _bulging_screen(
    rng: np.random.Generator, width: float, height: float, glass_material: bpy.types.Material
) -> list[Shape]:
    """Build bulging glass of width x height metres with a picture on it, centred at the origin."""
    bulge = rng.uniform(0.006, 0.013)

    def swell(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        z = z + bulge * (1.0 - (2 * x / width) ** 2 * 0.6 - (2 * y / height) ** 2 * 0.4)
        return np.stack([x, y, z], axis=1)

    picture_share = rng.uniform(0.95, 0.985)
    picture = screen_shapes(
        rng, width * picture_share, height * picture_share, old=True, off_probability=0.4
    )
    glass = replace(
        screen_shapes(rng, width, height, off_probability=1.0)[0], vertex_attribute=None
    ).with_material(glass_material)
    raised_picture = [part.translated(z=0.0006) for part in picture]
    return [part.deformed(swell) for part in (glass, *raised_picture)]


def _swivel_foot(radius: float, clearance: float, top: float) -> Shape:
    """Build a round foot whose neck rises to z = top."""
    profile = [
        (0, 0),
        (radius, 0),
        (radius, 0.3 * clearance),
        (0.75 * radius, 0.6 * clearance),
        (0.6 * radius, top),
        (0, top),
    ]
    return shapes.lathe(profile, 48)
