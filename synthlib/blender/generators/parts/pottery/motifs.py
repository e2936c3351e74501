"""Printed motifs of cups: hearts, stars, faces, hills, leaves, letters of a logo, terrazzo.

As in `decorations`, a motif is a function of a `glazes.WallCanvas` that returns the colour of the
outer wall as a field.
"""

import numpy as np

from synthlib.blender.generators.parts.pottery.glazes import WallCanvas
from synthlib.blender.modelling.colours import scale_colour
from synthlib.blender.modelling.node_graph import Field


def _on_two_sides(wall: WallCanvas, size: float) -> tuple[Field, Field]:
    """Return coordinates about the middle of the two sides beside the handle, 1 at `size`.

    Args:
        size: Half the motif's height as a share of the wall's height.
    """
    turns = wall.graph.math("FRACT", wall.angle_turns * 2.0) - 0.5
    return turns * (0.5 / wall.aspect_ratio / size), (wall.height_share - 0.52) * (1.0 / size)


def _heart_mask(wall: WallCanvas, x: Field, y: Field) -> Field:
    """Return 1 inside a heart that fills the unit square."""
    lobe = y - 0.62 * wall.graph.math("SQRT", abs(x) + 0.003) + 0.1
    return (x * x * 0.95 + lobe * lobe).smoothstep(0.8, 0.7)


def _star_mask(wall: WallCanvas, x: Field, y: Field, points: int) -> Field:
    """Return 1 inside a star with rounded points."""
    radius = wall.graph.math("SQRT", x * x + y * y)
    angle = wall.graph.math("ARCTAN2", x, y)
    edge = 0.66 + 0.34 * wall.graph.math("COSINE", angle * float(points))
    return (radius / edge).smoothstep(1.0, 0.92)


def big_heart(wall: WallCanvas) -> Field:
    """Return one heart on each side."""
    x, y = _on_two_sides(wall, wall.rng.uniform(0.2, 0.34))
    return wall.graph.mix(_heart_mask(wall, x, y), wall.base, wall.ink)


def big_star(wall: WallCanvas) -> Field:
    """Return one star or sun on each side, sometimes on a disc."""
    x, y = _on_two_sides(wall, wall.rng.uniform(0.22, 0.36))
    colour: Field | tuple = wall.base
    if wall.rng.random() < 0.4:
        disc = wall.graph.math("SQRT", x * x + y * y).smoothstep(1.08, 1.03)
        colour = wall.graph.mix(disc, colour, wall.second_ink)
    points = int(wall.rng.choice([4, 5, 5, 6, 9, 12]))
    return wall.graph.mix(_star_mask(wall, x, y, points), colour, wall.ink)


def small_motifs(wall: WallCanvas) -> Field:
    """Return hearts or stars in rows all over the wall."""
    x, y, number = wall.grid_cells(int(wall.rng.integers(6, 13)), bool(wall.rng.random() < 0.8))
    scale = wall.rng.uniform(2.4, 3.4)
    x, y = x * scale, y * scale
    is_heart = wall.rng.random() < 0.5
    mask = _heart_mask(wall, x, y) if is_heart else _star_mask(wall, x, y, 5)
    ink = wall.graph.mix(number.smoothstep(0.6, 0.62), wall.ink, wall.second_ink)
    return wall.graph.mix(mask, wall.base, ink)


def face(wall: WallCanvas) -> Field:
    """Return a drawn face on each side: two eyes and a smile, sometimes with ears and whiskers."""
    graph = wall.graph
    x, y = _on_two_sides(wall, wall.rng.uniform(0.24, 0.34))
    radius = graph.math("SQRT", x * x + y * y)
    colour: Field | tuple = wall.base
    if wall.rng.random() < 0.6:
        colour = graph.mix(radius.smoothstep(1.05, 1.0), colour, wall.second_ink)
    eye_x, eye_y = abs(x) - 0.38, y - 0.22
    eyes = graph.math("SQRT", eye_x * eye_x + eye_y * eye_y).smoothstep(0.15, 0.11)
    smile = abs(radius - 0.6).smoothstep(0.09, 0.05) * y.smoothstep(-0.15, -0.2)
    mask = graph.math("MAXIMUM", eyes, smile)
    if wall.rng.random() < 0.4:
        whiskers = abs(graph.math("SINE", y * 14.0)).smoothstep(0.25, 0.1) * abs(
            abs(x) - 0.8
        ).smoothstep(0.3, 0.25)
        mask = graph.math("MAXIMUM", mask, whiskers * abs(y).smoothstep(0.36, 0.34))
    return graph.mix(mask, colour, wall.ink)


def hills(wall: WallCanvas) -> Field:
    """Return a landscape: hills in two or three shades below a sky with a sun."""
    graph = wall.graph
    angle = wall.angle_turns * (2 * np.pi)
    x, y = _on_two_sides(wall, wall.rng.uniform(0.1, 0.2))
    sun = graph.math("SQRT", x * x + (y - 1.6) * (y - 1.6)).smoothstep(1.0, 0.92)
    colour = graph.mix(sun, wall.base, wall.second_ink)
    for k, level in enumerate(np.sort(wall.rng.uniform(0.15, 0.6, wall.rng.integers(2, 4)))[::-1]):
        count = float(wall.rng.integers(2, 6))
        wave = graph.math("SINE", angle * count + float(wall.rng.uniform(0.0, 6.0)))
        ridge = wall.height_share - wave * float(wall.rng.uniform(0.03, 0.09))
        shade = scale_colour(wall.ink, 1.6 - 0.5 * k)
        colour = graph.mix(ridge.smoothstep(level + 0.006, level - 0.006), colour, shade)
    return colour


def leaves(wall: WallCanvas) -> Field:
    """Return upright leaves or feathers with a midrib, side by side."""
    graph = wall.graph
    count = float(wall.rng.integers(5, 12))
    cell = graph.math("FRACT", wall.angle_turns * count) - 0.5
    low, high = wall.rng.uniform(0.05, 0.25), wall.rng.uniform(0.7, 0.95)
    along = (wall.height_share - float(low)) * float(1.0 / (high - low))
    width = 0.42 * graph.math("SINE", graph.math("MINIMUM", along, 1.0) * np.pi)
    mask = (abs(cell) - width).smoothstep(0.01, -0.02)
    mask = mask * along.smoothstep(0.0, 0.02) * along.smoothstep(1.0, 0.98)
    rib = abs(cell).smoothstep(0.035, 0.015)
    side_ribs = abs(graph.math("FRACT", along * 9.0 - abs(cell) * 4.0) - 0.5).smoothstep(0.1, 0.04)
    colour = graph.mix(mask, wall.base, wall.ink)
    veins = graph.math("MAXIMUM", rib, side_ribs * 0.7) * mask
    return graph.mix(veins, colour, wall.second_ink if wall.rng.random() < 0.4 else wall.base)


def terrazzo(wall: WallCanvas) -> Field:
    """Return chips of two colours scattered in the base."""
    graph = wall.graph
    spacing = float(wall.rng.uniform(0.006, 0.014))
    first = graph.noise(spacing, detail=0.0).smoothstep(0.63, 0.65)
    shifted = graph.add_node("Mapping", graph.object_coordinates(), Location=(0.3, 0.1, 0.2))
    second = graph.noise(1.4 * spacing, shifted, detail=0.0).smoothstep(0.64, 0.66)
    colour = graph.mix(first, wall.base, wall.ink)
    return graph.mix(second, colour, wall.second_ink)


def colour_block(wall: WallCanvas) -> Field:
    """Return large areas of three colours, cut at slants."""
    colour: Field | tuple = wall.base
    for ink in (wall.ink, wall.second_ink):
        phase = float(wall.rng.uniform(0.0, 2 * np.pi))
        wave = wall.graph.math("SINE", wall.angle_turns * (2 * np.pi) + phase)
        edge = wall.height_share + wave * float(wall.rng.uniform(0.15, 0.5))
        level = float(wall.rng.uniform(0.2, 0.8))
        sign = 0.006 if wall.rng.random() < 0.5 else -0.006
        colour = wall.graph.mix(edge.smoothstep(level + sign, level - sign), colour, ink)
    return colour if isinstance(colour, Field) else wall.graph.mix(0.0, wall.base, wall.base)
