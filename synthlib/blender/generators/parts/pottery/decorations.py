"""Decorations of pots: bands, stripes, dots, flowers, dips, vines of blue-and-white porcelain.

Each paints a `glazes.Wall`: it returns the colour of the outside at every point.
"""

import numpy as np

from synthlib.blender.generators.parts.pottery.glazes import WallCanvas
from synthlib.blender.modelling.colours import Colour, jitter_colour, scale_colour
from synthlib.blender.modelling.node_graph import Field


def plain(wall: WallCanvas) -> Field:
    """One colour, a little paler at the lip and darker at the foot."""
    return wall.graph.mix(wall.height_share * 0.4, scale_colour(wall.base, 0.92), wall.base)


def bands(wall: WallCanvas) -> Field:
    """One to four rings of their own widths."""
    colour: Field | Colour = wall.base
    for _ in range(wall.rng.integers(1, 5)):
        at, wide = wall.rng.uniform(0.08, 0.95), wall.rng.choice([0.008, 0.02, 0.05, 0.1])
        tone = wall.ink if wall.rng.random() < 0.65 else wall.second_ink
        colour = wall.graph.mix(
            abs(wall.height_share - at).smoothstep(wide + 0.006, wide), colour, tone
        )
    return colour if isinstance(colour, Field) else plain(wall)


def rims(wall: WallCanvas) -> Field:
    """A line on the lip, with thinner ones below it or above the foot."""
    lip, line = wall.rng.uniform(0.015, 0.05), wall.rng.uniform(0.06, 0.16)
    share = wall.height_share.smoothstep(1.0 - lip - 0.01, 1.0 - lip)
    if wall.rng.random() < 0.6:
        share = share + abs(wall.height_share - (1.0 - line)).smoothstep(0.014, 0.006)
    if wall.rng.random() < 0.4:
        share = share + abs(wall.height_share - 0.1).smoothstep(0.022, 0.012)
    return wall.graph.mix(share, wall.base, wall.ink)


def vertical_stripes(wall: WallCanvas) -> Field:
    """Stripes from foot to lip, straight or turning."""
    count, twist = int(wall.rng.integers(6, 22)), int(wall.rng.choice([0, 0, 1, 2, 3]))
    share = wall.rng.uniform(0.1, 0.3)
    place = (
        wall.graph.math("FRACT", wall.angle_turns * float(count) + wall.height_share * float(twist))
        - 0.5
    )
    colour = wall.graph.mix(abs(place).smoothstep(share + 0.04, share), wall.base, wall.ink)
    if wall.rng.random() < 0.4:
        return wall.graph.mix(
            abs(abs(place) - 0.42).smoothstep(0.05, 0.02), colour, wall.second_ink
        )
    return colour


def dots(wall: WallCanvas) -> Field:
    """Polka dots, in rows or offset."""
    x, y, own = wall.grid_cells(int(wall.rng.integers(7, 18)), bool(wall.rng.random() < 0.7))
    size = wall.rng.uniform(0.22, 0.36)
    ink = wall.graph.mix(own.smoothstep(0.66, 0.68), wall.ink, wall.second_ink)
    return wall.graph.mix(
        wall.graph.math("SQRT", x * x + y * y).smoothstep(size + 0.05, size), wall.base, ink
    )


def flowers(wall: WallCanvas) -> Field:
    """Flowers of five to eight petals with leaves beside them, in rows or scattered."""
    graph, count = wall.graph, int(wall.rng.integers(5, 10))
    x, y, own = wall.grid_cells(count)
    scatter = wall.rng.uniform(0.0, 0.22)
    x = x + (own - 0.5) * scatter
    y = y + (graph.math("FRACT", own * 7.3) - 0.5) * scatter
    out, angle = graph.math("SQRT", x * x + y * y), graph.math("ARCTAN2", y, x)
    petals, size = int(wall.rng.integers(4, 8)), wall.rng.uniform(0.24, 0.34)
    edge = 0.75 + 0.25 * graph.math("COSINE", (angle + own * 6.0) * float(petals))
    leaf = abs(graph.math("SINE", angle * 1.5 + own * 20.0)).smoothstep(0.75, 0.95)
    colour = graph.mix(leaf * out.smoothstep(0.44, 0.4), wall.base, wall.second_ink)
    ink = graph.mix(own, scale_colour(wall.ink, 0.75), scale_colour(wall.ink, 1.35))
    colour = graph.mix((out / edge).smoothstep(size + 0.03, size), colour, ink)
    return graph.mix(out.smoothstep(0.1, 0.06), colour, jitter_colour(wall.rng, "e6b830"))


def garland(wall: WallCanvas) -> Field:
    """Flowers in one band between two lines, the rest bare."""
    middle, wide = wall.rng.uniform(0.4, 0.75), wall.rng.uniform(0.12, 0.24)
    away = abs(wall.height_share - middle)
    colour = wall.graph.mix(away.smoothstep(wide + 0.004, wide - 0.004), wall.base, flowers(wall))
    return wall.graph.mix(abs(away - wide - 0.02).smoothstep(0.014, 0.008), colour, wall.ink)


def checks(wall: WallCanvas) -> Field:
    """Gingham or a chessboard."""
    x, y, _ = wall.grid_cells(int(wall.rng.choice([8, 10, 14, 18])), staggered=False)
    across, along = abs(x).smoothstep(0.26, 0.24), abs(y).smoothstep(0.26, 0.24)
    share = (across + along) * 0.5
    if wall.rng.random() < 0.4:
        share = abs(across - along)
    return wall.graph.mix(share, wall.base, wall.ink)


def zigzag(wall: WallCanvas) -> Field:
    """Chevrons or waves around the wall."""
    count, rows = float(wall.rng.integers(6, 16)), float(wall.rng.integers(3, 8))
    if wall.rng.random() < 0.5:
        bend = abs(wall.graph.math("FRACT", wall.angle_turns * count) - 0.5) * 1.6
    else:
        bend = wall.graph.math("SINE", wall.angle_turns * (2 * np.pi * count)) * 0.35
    place = wall.graph.math("FRACT", wall.height_share * rows + bend)
    colour = wall.graph.mix(abs(place - 0.5).smoothstep(0.24, 0.2), wall.base, wall.ink)
    return wall.graph.mix(abs(place - 0.02).smoothstep(0.1, 0.06), colour, wall.second_ink)


def dipped(wall: WallCanvas) -> Field:
    """Two glazes: the lower or upper part dipped, with a straight or a running edge."""
    running = wall.rng.choice([0.0, 0.03, 0.25])
    at = wall.graph.object_coordinates((1.0, 1.0, 0.15))
    edge = wall.height_share + (wall.graph.noise(0.02, at, detail=2.0) - 0.5) * float(running)
    level = wall.rng.uniform(0.3, 0.72)
    below, above = (wall.ink, wall.base) if wall.rng.random() < 0.5 else (wall.base, wall.ink)
    return wall.graph.mix(edge.smoothstep(level - 0.008, level + 0.008), below, above)


def ombre(wall: WallCanvas) -> Field:
    """One colour fading into another, mottled as reactive glazes are."""
    mottled = wall.graph.noise(0.012, detail=2.0) - 0.5
    level = wall.rng.uniform(0.35, 0.65)
    share = (wall.height_share + mottled * wall.rng.uniform(0.1, 0.6)).smoothstep(
        level - 0.3, level + 0.3
    )
    return wall.graph.mix(share, wall.base, wall.ink)


def brush_strokes(wall: WallCanvas) -> Field:
    """Strokes of a broad brush around the pot."""
    at = wall.graph.object_coordinates((0.12, 0.12, 1.0))
    strokes = wall.graph.noise(float(wall.rng.uniform(0.006, 0.015)), at, detail=2.0)
    share = strokes.smoothstep(0.48, 0.56) * abs(wall.height_share - 0.55).smoothstep(0.34, 0.24)
    return wall.graph.mix(share, wall.base, wall.ink)


def speckled(wall: WallCanvas) -> Field:
    """Stoneware: dark specks, the clay showing at lip and foot."""
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
    """Celadon: fine cracks, paler over the edges."""
    graph = wall.graph
    scale = 1.0 / float(wall.rng.uniform(0.012, 0.028))
    options = {"feature": "DISTANCE_TO_EDGE"}
    cracks = graph.add_node("TexVoronoi", Vector=graph.object_coordinates(), Scale=scale, **options)
    pale = graph.mix(
        wall.height_share.smoothstep(0.1, 1.0),
        scale_colour(wall.base, 0.8),
        scale_colour(wall.base, 1.15),
    )
    return graph.mix(cracks.smoothstep(0.045, 0.015) * 0.6, pale, wall.ink)


def vines(wall: WallCanvas) -> Field:
    """Scrolling stems with flowers between bands of lattice, as on blue-and-white porcelain."""
    graph = wall.graph
    scroll = abs(graph.noise(float(wall.rng.uniform(0.25, 0.4)), _seamless_coordinates(wall)) - 0.5)
    colour = graph.mix(scroll.smoothstep(0.028, 0.018), wall.base, wall.ink)
    leaves = graph.noise(0.07, _seamless_coordinates(wall)).smoothstep(0.66, 0.68)
    colour = graph.mix(leaves, colour, scale_colour(wall.ink, 1.6))
    x, y, own = wall.grid_cells(int(wall.rng.integers(3, 6)))
    out = graph.math("SQRT", x * x + y * y)
    angle = graph.math("ARCTAN2", y, x) + own * 6.0
    edge = 0.72 + 0.28 * abs(graph.math("COSINE", angle * float(wall.rng.integers(3, 6))))
    head = out / edge
    colour = graph.mix(head.smoothstep(0.37, 0.35), colour, wall.base)
    colour = graph.mix(abs(head - 0.2).smoothstep(0.15, 0.12), colour, wall.ink)
    colour = graph.mix(
        abs(graph.math("FRACT", head * 9.0) - 0.5).smoothstep(0.14, 0.06)
        * head.smoothstep(0.34, 0.32),
        colour,
        wall.base,
    )
    for at in (0.06, 0.94) if wall.rng.random() < 0.6 else (0.9,):
        inside = abs(wall.height_share - at).smoothstep(0.058, 0.055)
        colour = graph.mix(inside, colour, _lattice_pattern(wall))
        colour = graph.mix(
            abs(abs(wall.height_share - at) - 0.058).smoothstep(0.009, 0.005), colour, wall.ink
        )
    return colour


def _seamless_coordinates(wall: WallCanvas) -> Field:
    """The point as on a cylinder of radius 1 / 2 pi: noise there has no seam."""
    angle = wall.angle_turns * (2 * np.pi)
    cosine, sine = wall.graph.math("COSINE", angle), wall.graph.math("SINE", angle)
    return wall.graph.add_node(
        "CombineXYZ", cosine * 0.6, sine * 0.6, wall.height_share * (wall.aspect_ratio * 3.7)
    )


def _lattice_pattern(wall: WallCanvas) -> Field:
    count = float(wall.rng.integers(14, 30))
    slope = count * wall.aspect_ratio
    share: Field | float = 0.0
    for sign in (1.0, -1.0):
        place = (
            wall.graph.math("FRACT", wall.angle_turns * count + wall.height_share * (sign * slope))
            - 0.5
        )
        share = wall.graph.math("MAXIMUM", share, abs(place).smoothstep(0.2, 0.1))
    return wall.graph.mix(share, wall.base, wall.ink)


def lattice(wall: WallCanvas) -> Field:
    """Crossing lines over most of the wall."""
    away = abs(wall.height_share - 0.5)
    colour = wall.graph.mix(away.smoothstep(0.36, 0.355), wall.base, _lattice_pattern(wall))
    return wall.graph.mix(abs(away - 0.37).smoothstep(0.02, 0.012), colour, wall.second_ink)


def marbled(wall: WallCanvas) -> Field:
    """Veins of a second colour."""
    veins = abs(wall.graph.noise(0.05, detail=3.0) - 0.5).smoothstep(0.05, 0.0)
    return wall.graph.mix(veins * 0.85, wall.base, wall.ink)


def badge(wall: WallCanvas) -> Field:
    """A round emblem on either side."""
    across = (wall.graph.math("FRACT", wall.angle_turns * 2.0) - 0.5) * (0.5 / wall.aspect_ratio)
    high = wall.height_share - 0.52
    out = wall.graph.math("SQRT", across * across + high * high)
    size = wall.rng.uniform(0.2, 0.3)
    colour = wall.graph.mix(out.smoothstep(size + 0.01, size), wall.base, wall.ink)
    colour = wall.graph.mix(abs(out - 0.8 * size).smoothstep(0.022, 0.012), colour, wall.base)
    return wall.graph.mix(out.smoothstep(0.45 * size, 0.4 * size), colour, wall.second_ink)
