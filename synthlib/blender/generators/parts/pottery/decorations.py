"""Decorations of pottery: bands, stripes, dots, flowers, dips, blue-and-white vines.

A decoration is a function of a `glazes.WallCanvas` that returns the colour of the outer wall as a
field. It draws counts, widths and positions from the canvas's `rng`.
"""

import numpy as np

from synthlib.blender.generators.parts.pottery.glazes import WallCanvas
from synthlib.blender.modelling.colours import Colour, jitter_colour, scale_colour
from synthlib.blender.modelling.node_graph import Field


def plain(wall: WallCanvas) -> Field:
    """Return one colour, slightly paler at the lip and darker at the foot."""
    return wall.graph.mix(wall.height_share * 0.4, scale_colour(wall.base, 0.92), wall.base)


def bands(wall: WallCanvas) -> Field:
    """Return one to four rings of different widths."""
    colour: Field | Colour = wall.base
    for _ in range(wall.rng.integers(1, 5)):
        height = wall.rng.uniform(0.08, 0.95)
        half_width = wall.rng.choice([0.008, 0.02, 0.05, 0.1])
        ring_colour = wall.ink if wall.rng.random() < 0.65 else wall.second_ink
        colour = wall.graph.mix(
            abs(wall.height_share - height).smoothstep(half_width + 0.006, half_width),
            colour,
            ring_colour,
        )
    return colour if isinstance(colour, Field) else plain(wall)


def rims(wall: WallCanvas) -> Field:
    """Return a line on the lip, with thinner ones below it or above the foot."""
    lip_width = wall.rng.uniform(0.015, 0.05)
    line_position = wall.rng.uniform(0.06, 0.16)
    mask = wall.height_share.smoothstep(1.0 - lip_width - 0.01, 1.0 - lip_width)
    if wall.rng.random() < 0.6:
        mask = mask + abs(wall.height_share - (1.0 - line_position)).smoothstep(0.014, 0.006)
    if wall.rng.random() < 0.4:
        mask = mask + abs(wall.height_share - 0.1).smoothstep(0.022, 0.012)
    return wall.graph.mix(mask, wall.base, wall.ink)


def vertical_stripes(wall: WallCanvas) -> Field:
    """Return stripes from foot to lip, straight or spiralling."""
    count = int(wall.rng.integers(6, 22))
    twist = int(wall.rng.choice([0, 0, 1, 2, 3]))
    half_width = wall.rng.uniform(0.1, 0.3)
    stripe_position = (
        wall.graph.math("FRACT", wall.angle_turns * float(count) + wall.height_share * float(twist))
        - 0.5
    )
    colour = wall.graph.mix(
        abs(stripe_position).smoothstep(half_width + 0.04, half_width), wall.base, wall.ink
    )
    if wall.rng.random() < 0.4:
        return wall.graph.mix(
            abs(abs(stripe_position) - 0.42).smoothstep(0.05, 0.02), colour, wall.second_ink
        )
    return colour


def dots(wall: WallCanvas) -> Field:
    """Return polka dots, in rows or staggered."""
    x, y, cell_number = wall.grid_cells(
        int(wall.rng.integers(7, 18)), bool(wall.rng.random() < 0.7)
    )
    size = wall.rng.uniform(0.22, 0.36)
    ink = wall.graph.mix(cell_number.smoothstep(0.66, 0.68), wall.ink, wall.second_ink)
    return wall.graph.mix(
        wall.graph.math("SQRT", x * x + y * y).smoothstep(size + 0.05, size), wall.base, ink
    )


def flowers(wall: WallCanvas) -> Field:
    """Return flowers of four to seven petals with leaves between them, in rows or scattered."""
    graph = wall.graph
    count = int(wall.rng.integers(5, 10))
    x, y, cell_number = wall.grid_cells(count)
    scatter = wall.rng.uniform(0.0, 0.22)
    x = x + (cell_number - 0.5) * scatter
    y = y + (graph.math("FRACT", cell_number * 7.3) - 0.5) * scatter
    radius = graph.math("SQRT", x * x + y * y)
    angle = graph.math("ARCTAN2", y, x)
    petals = int(wall.rng.integers(4, 8))
    size = wall.rng.uniform(0.24, 0.34)
    petal_edge = 0.75 + 0.25 * graph.math("COSINE", (angle + cell_number * 6.0) * float(petals))
    leaf_mask = abs(graph.math("SINE", angle * 1.5 + cell_number * 20.0)).smoothstep(0.75, 0.95)
    colour = graph.mix(leaf_mask * radius.smoothstep(0.44, 0.4), wall.base, wall.second_ink)
    petal_colour = graph.mix(
        cell_number, scale_colour(wall.ink, 0.75), scale_colour(wall.ink, 1.35)
    )
    colour = graph.mix((radius / petal_edge).smoothstep(size + 0.03, size), colour, petal_colour)
    return graph.mix(radius.smoothstep(0.1, 0.06), colour, jitter_colour(wall.rng, "e6b830"))


def garland(wall: WallCanvas) -> Field:
    """Return flowers in one band between two lines, the rest plain."""
    band_centre = wall.rng.uniform(0.4, 0.75)
    half_width = wall.rng.uniform(0.12, 0.24)
    distance = abs(wall.height_share - band_centre)
    colour = wall.graph.mix(
        distance.smoothstep(half_width + 0.004, half_width - 0.004), wall.base, flowers(wall)
    )
    return wall.graph.mix(
        abs(distance - half_width - 0.02).smoothstep(0.014, 0.008), colour, wall.ink
    )


def checks(wall: WallCanvas) -> Field:
    """Return gingham or a chessboard."""
    x, y, _ = wall.grid_cells(int(wall.rng.choice([8, 10, 14, 18])), staggered=False)
    columns = abs(x).smoothstep(0.26, 0.24)
    rows = abs(y).smoothstep(0.26, 0.24)
    mask = (columns + rows) * 0.5
    if wall.rng.random() < 0.4:
        mask = abs(columns - rows)
    return wall.graph.mix(mask, wall.base, wall.ink)


def zigzag(wall: WallCanvas) -> Field:
    """Return chevrons or waves around the wall."""
    count = float(wall.rng.integers(6, 16))
    rows = float(wall.rng.integers(3, 8))
    if wall.rng.random() < 0.5:
        wave = abs(wall.graph.math("FRACT", wall.angle_turns * count) - 0.5) * 1.6
    else:
        wave = wall.graph.math("SINE", wall.angle_turns * (2 * np.pi * count)) * 0.35
    row_position = wall.graph.math("FRACT", wall.height_share * rows + wave)
    colour = wall.graph.mix(abs(row_position - 0.5).smoothstep(0.24, 0.2), wall.base, wall.ink)
    return wall.graph.mix(abs(row_position - 0.02).smoothstep(0.1, 0.06), colour, wall.second_ink)


def dipped(wall: WallCanvas) -> Field:
    """Return two glazes: the lower or upper part dipped, with a straight or a running edge."""
    runniness = wall.rng.choice([0.0, 0.03, 0.25])
    coordinates = wall.graph.object_coordinates((1.0, 1.0, 0.15))
    edge = wall.height_share + (wall.graph.noise(0.02, coordinates, detail=2.0) - 0.5) * float(
        runniness
    )
    level = wall.rng.uniform(0.3, 0.72)
    below, above = (wall.ink, wall.base) if wall.rng.random() < 0.5 else (wall.base, wall.ink)
    return wall.graph.mix(edge.smoothstep(level - 0.008, level + 0.008), below, above)


def ombre(wall: WallCanvas) -> Field:
    """Return one colour fading into another, mottled like a reactive glaze."""
    mottling = wall.graph.noise(0.012, detail=2.0) - 0.5
    level = wall.rng.uniform(0.35, 0.65)
    mask = (wall.height_share + mottling * wall.rng.uniform(0.1, 0.6)).smoothstep(
        level - 0.3, level + 0.3
    )
    return wall.graph.mix(mask, wall.base, wall.ink)


def brush_strokes(wall: WallCanvas) -> Field:
    """Return strokes of a broad brush around the pot."""
    coordinates = wall.graph.object_coordinates((0.12, 0.12, 1.0))
    strokes = wall.graph.noise(float(wall.rng.uniform(0.006, 0.015)), coordinates, detail=2.0)
    mask = strokes.smoothstep(0.48, 0.56) * abs(wall.height_share - 0.55).smoothstep(0.34, 0.24)
    return wall.graph.mix(mask, wall.base, wall.ink)


def speckled(wall: WallCanvas) -> Field:
    """Return stoneware: dark specks, the clay visible at lip and foot."""
    noise = wall.graph.noise(0.012)
    specks = wall.graph.voronoi_distance(float(wall.rng.uniform(0.003, 0.007))).smoothstep(
        0.36, 0.26
    )
    colour = wall.graph.mix(specks * noise.smoothstep(0.35, 0.55), wall.base, wall.ink)
    clay = wall.height_share.smoothstep(0.98, 1.0) + wall.height_share.smoothstep(
        0.14, 0.12
    ) * float(wall.rng.random() < 0.5)
    return wall.graph.mix(clay * 0.85, colour, wall.second_ink)


def crackled(wall: WallCanvas) -> Field:
    """Return celadon: fine cracks, paler towards the lip."""
    graph = wall.graph
    scale = 1.0 / float(wall.rng.uniform(0.012, 0.028))
    options = {"feature": "DISTANCE_TO_EDGE"}
    cracks = graph.add_node("TexVoronoi", Vector=graph.object_coordinates(), Scale=scale, **options)
    gradient = graph.mix(
        wall.height_share.smoothstep(0.1, 1.0),
        scale_colour(wall.base, 0.8),
        scale_colour(wall.base, 1.15),
    )
    return graph.mix(cracks.smoothstep(0.045, 0.015) * 0.6, gradient, wall.ink)


def vines(wall: WallCanvas) -> Field:
    """Return scrolling stems and flowers between bands of lattice, as on blue-and-white china."""
    graph = wall.graph
    scroll = abs(graph.noise(float(wall.rng.uniform(0.25, 0.4)), _seamless_coordinates(wall)) - 0.5)
    colour = graph.mix(scroll.smoothstep(0.028, 0.018), wall.base, wall.ink)
    leaves = graph.noise(0.07, _seamless_coordinates(wall)).smoothstep(0.66, 0.68)
    colour = graph.mix(leaves, colour, scale_colour(wall.ink, 1.6))
    x, y, cell_number = wall.grid_cells(int(wall.rng.integers(3, 6)))
    radius = graph.math("SQRT", x * x + y * y)
    angle = graph.math("ARCTAN2", y, x) + cell_number * 6.0
    petal_edge = 0.72 + 0.28 * abs(graph.math("COSINE", angle * float(wall.rng.integers(3, 6))))
    flower_distance = radius / petal_edge
    colour = graph.mix(flower_distance.smoothstep(0.37, 0.35), colour, wall.base)
    colour = graph.mix(abs(flower_distance - 0.2).smoothstep(0.15, 0.12), colour, wall.ink)
    colour = graph.mix(
        abs(graph.math("FRACT", flower_distance * 9.0) - 0.5).smoothstep(0.14, 0.06)
        * flower_distance.smoothstep(0.34, 0.32),
        colour,
        wall.base,
    )
    for band_position in (0.06, 0.94) if wall.rng.random() < 0.6 else (0.9,):
        band_mask = abs(wall.height_share - band_position).smoothstep(0.058, 0.055)
        colour = graph.mix(band_mask, colour, _lattice_pattern(wall))
        colour = graph.mix(
            abs(abs(wall.height_share - band_position) - 0.058).smoothstep(0.009, 0.005),
            colour,
            wall.ink,
        )
    return colour


def _seamless_coordinates(wall: WallCanvas) -> Field:
    """Return coordinates on a cylinder, so that noise has no seam; its radius is 0.6 units."""
    angle = wall.angle_turns * (2 * np.pi)
    cosine = wall.graph.math("COSINE", angle)
    sine = wall.graph.math("SINE", angle)
    return wall.graph.add_node(
        "CombineXYZ", cosine * 0.6, sine * 0.6, wall.height_share * (wall.aspect_ratio * 3.7)
    )


def _lattice_pattern(wall: WallCanvas) -> Field:
    """Return crossing diagonal lines."""
    count = float(wall.rng.integers(14, 30))
    lines_per_height = count * wall.aspect_ratio
    mask: Field | float = 0.0
    for sign in (1.0, -1.0):
        line_position = (
            wall.graph.math(
                "FRACT", wall.angle_turns * count + wall.height_share * (sign * lines_per_height)
            )
            - 0.5
        )
        mask = wall.graph.math("MAXIMUM", mask, abs(line_position).smoothstep(0.2, 0.1))
    return wall.graph.mix(mask, wall.base, wall.ink)


def lattice(wall: WallCanvas) -> Field:
    """Return crossing lines over most of the wall, between two rings."""
    distance = abs(wall.height_share - 0.5)
    colour = wall.graph.mix(distance.smoothstep(0.36, 0.355), wall.base, _lattice_pattern(wall))
    return wall.graph.mix(abs(distance - 0.37).smoothstep(0.02, 0.012), colour, wall.second_ink)


def marbled(wall: WallCanvas) -> Field:
    """Return veins of a second colour."""
    veins = abs(wall.graph.noise(0.05, detail=3.0) - 0.5).smoothstep(0.05, 0.0)
    return wall.graph.mix(veins * 0.85, wall.base, wall.ink)


def badge(wall: WallCanvas) -> Field:
    """Return a round emblem on two opposite sides."""
    horizontal = (wall.graph.math("FRACT", wall.angle_turns * 2.0) - 0.5) * (
        0.5 / wall.aspect_ratio
    )
    vertical = wall.height_share - 0.52
    radius = wall.graph.math("SQRT", horizontal * horizontal + vertical * vertical)
    size = wall.rng.uniform(0.2, 0.3)
    colour = wall.graph.mix(radius.smoothstep(size + 0.01, size), wall.base, wall.ink)
    colour = wall.graph.mix(abs(radius - 0.8 * size).smoothstep(0.022, 0.012), colour, wall.base)
    return wall.graph.mix(radius.smoothstep(0.45 * size, 0.4 * size), colour, wall.second_ink)
