"""What tables and desks are made of: finishes, bars, tops, legs, bases, drawers with handles.

Things stand on z = 0 about the z axis, their front towards -Y; metres. A group is a list of shapes.
"""

import itertools

import numpy as np
from bpy.types import Material

from synthlib.blender import materials, shapes
from synthlib.blender.colours import srgb, tinted
from synthlib.blender.parts.groups import bar, block
from synthlib.blender.shapes import Shape

WOODS = "5a2c16 6b3a1e 7a4524 4a2414 3a2418 271812 8a5a33 a8743f b98650 c9a06a d6b98c".split()
PAINTED = "d9d5cb 1b1a1a 8a8d90 d8d2c2 5b6b6a 8c2a22 3c5570".split()


def timber(rng: np.random.Generator, painted: float = 0.2) -> tuple[Material, Material]:
    """One finish twice, its grain along x and along z; a share `painted` of them is lacquered."""
    if rng.random() < painted:
        finish = materials.plastic(tinted(rng, str(rng.choice(PAINTED, p=_LACQUER))), 0.4, 0.002)
        return finish, finish
    colour = tinted(rng, str(rng.choice(WOODS)), 1.2)
    look = {
        "ring": rng.uniform(0.02, 0.08),
        "contrast": rng.uniform(0.15, 0.4),
        "gloss": rng.choice([0.0, 0.1, 0.3]),
    }
    return materials.wood(colour, along="x", **look), materials.wood(colour, along="z", **look)


_LACQUER = (0.38, 0.28, 0.14, 0.12, 0.04, 0.02, 0.02)


def outline(kind: str, length: float, width: float, corner: float = 0.02) -> np.ndarray:
    """float64 (K, 2): the edge of a top: "rectangle", "oval" (also round), "boat", "octagon"."""
    if kind == "rectangle":
        return shapes.rounded(length, width, corner, segments=5)
    turns = np.linspace(0.0, 2 * np.pi, 9 if kind == "octagon" else 73)[:-1]
    turns = turns + (np.pi / 8 if kind == "octagon" else 0.0)
    power = {"oval": 1.0, "boat": 0.55, "octagon": 1.0}[kind]
    points = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = np.sign(points) * np.abs(points) ** power
    return points / np.abs(points).max(axis=0) * [length / 2, width / 2]


def board(edge: np.ndarray, profile: list[tuple]) -> Shape:
    """A top of that outline; profile lists (inset, z) from the bottom up, as of `shapes.slab`."""
    half = np.abs(edge).max(axis=0)
    rings = [np.c_[edge * (half - inset) / half, np.full(len(edge), z)] for inset, z in profile]
    return shapes.loft(np.array(rings))


def top(rng: np.random.Generator, edge: np.ndarray, thick: float) -> Shape:
    """A board with a square, round, bevelled or moulded edge."""
    soft, kind = 0.45 * thick, rng.integers(4)
    if kind == 0:
        profile = [(0.0, 0.0), (0.0, thick - 0.003), (0.003, thick)]
    elif kind == 1:
        profile = [(soft, 0.0), (0.0, soft), *shapes.edge(thick - soft, soft, soft)[1:]]
    elif kind == 2:
        profile = [(2.2 * thick, 0.0), (0.0, 0.6 * thick), (0.0, thick - 0.002), (0.002, thick)]
    else:
        profile = [(0.02, 0.0), (0.01, 0.5 * thick), (0.0, 0.55 * thick), (0.0, thick)]
    return board(edge, profile)


def leg(rng: np.random.Generator, style: str, height: float, size: float) -> Shape:
    """A leg `size` thick: square, tapered, round, turned or cabriole (its knee towards +X)."""
    if style == "square":
        return block(size, size, height)
    if style == "tapered":
        return bar((0, 0, height), (0, 0, 0), size, size, 0.55)
    if style == "round":
        return shapes.lathe([(0.3 * size, 0.0), (0.5 * size, height)], 14)
    if style == "turned":
        knots = np.sort(rng.uniform(0.1, 0.72, 5))
        sizes = [0.34, 0.3, *rng.permutation([0.26, 0.56, 0.3, 0.5, 0.36]), 0.5, 0.5]
        at = np.linspace(0.0, 1.0, 30)
        radii = shapes.smooth(at, [0.0, 0.06, *knots, 0.8, 1.0], sizes)
        return shapes.lathe(np.stack([radii * size, at * height], axis=1), 14)
    at = np.linspace(0.0, 1.0, 14)
    bow = shapes.smooth(at, [0.0, 0.1, 0.25, 0.72, 1.0], [0.55, 0.35, -0.1, 0.6, 0.1])
    path = np.stack([bow * size, 0 * at, at * height], axis=1)
    girth = shapes.smooth(at, [0.0, 0.06, 0.15, 0.75, 1.0], [0.5, 0.42, 0.26, 0.55, 0.55])
    return shapes.tube(path, girth * size, (0.0, 1.0, 0.0), 10)


def corners(made: Shape, length: float, width: float) -> list[Shape]:
    """One leg at each corner of a rectangle, its +X side turned outward."""
    spots = [(1, 1, 45), (-1, 1, 135), (-1, -1, -135), (1, -1, -45)]
    square = len(made.vertices) < 10  # bars stay parallel to the top
    return [
        made.turned("z", 0 if square else turn).moved(x * length / 2, y * width / 2)
        for x, y, turn in spots
    ]


def apron(length: float, width: float, height: float, z: float) -> list[Shape]:
    """Four rails below a top, their upper edge at z."""
    long, short = block(length, 0.022, height), block(0.022, width, height)
    base = z - height
    return [long.moved(0, s * width / 2, base) for s in (1, -1)] + [
        short.moved(s * length / 2, 0, base) for s in (1, -1)
    ]


def column(rng: np.random.Generator, height: float, spread: float, feet: int) -> list[Shape]:
    """A turned pedestal on curved feet, or on a round plate if feet is 0."""
    thick = rng.uniform(0.05, 0.085)
    at = np.linspace(0.0, 1.0, 26)
    sizes = [0.9, *rng.permutation([0.6, 1.15, 0.7, 0.95]), 0.8, 1.7]
    radii = thick * shapes.smooth(at, [0.0, 0.15, 0.35, 0.55, 0.75, 0.92, 1.0], sizes)
    foot = 0.12 if feet else 0.012
    parts = [shapes.lathe(np.stack([radii, foot + at * (height - foot)], axis=1), 20)]
    if not feet:
        plate = [(spread, 0.0), (spread, 0.012), (0.9 * spread, 0.03), (thick, 0.06)]
        return [*parts, shapes.lathe(plate, 32)]
    reach = np.linspace(0.0, 1.0, 9)
    path = np.stack([reach * spread, 0 * reach, 0.24 - 0.21 * reach**0.7], axis=1)
    ribs = shapes.tube(path, 0.045 - 0.018 * reach, (0.0, 1.0, 0.0), 8)
    low = float(ribs.vertices[:, 2].min())
    return parts + [ribs.moved(z=-low).turned("z", 45 + 360 * k / feet) for k in range(feet)]


def tulip(height: float, spread: float) -> Shape:
    """A waisted trumpet foot, as of the sixties."""
    knots, sizes = [0.0, 0.03, 0.12, 0.5, 0.85, 1.0], [1.0, 0.97, 0.45, 0.13, 0.25, 0.6]
    at = np.linspace(0.0, 1.0, 26)
    radii = spread * shapes.smooth(at, knots, sizes)
    return shapes.lathe(np.stack([radii, at * height], axis=1), 36)


def frame(style: str, width: float, height: float, size: float) -> list[Shape]:
    """One end of a table in the plane x = 0, `width` deep: trestle, A, sled, T, X or panel."""
    y, up = width / 2, height - size / 2

    def stick(y0: float, z0: float, y1: float, z1: float, thick: float = size) -> Shape:
        return bar((0, y0, z0), (0, y1, z1), thick, size)

    head, foot = stick(-0.85 * y, up, 0.85 * y, up, 0.96 * size), stick(-y, size / 2, y, size / 2)
    if style == "panel":
        return [block(0.6 * size, width, height)]
    if style == "sled":
        posts = [stick(s * (y - size / 2), 0.01, s * (y - size / 2), height) for s in (1, -1)]
        return [*posts, stick(0.002 - y, size / 2, y - 0.002, size / 2, 0.98 * size)]
    if style == "A":
        legs = [stick(s * 0.95 * y, 0.0, s * 0.25 * y, up) for s in (1, -1)]
        return [*legs, head, stick(-0.68 * y, 0.3, 0.68 * y, 0.3, 0.7 * size)]
    if style == "X":
        return [stick(-y, 0.0, 0.8 * y, up), stick(y, 0.0, -0.8 * y, up, 0.9 * size), head]
    post = stick(0, size / 2, 0, height, (1.0 if style == "T" else 2.2) * size)
    return [foot, post, head]


def pull(rng: np.random.Generator, style: str, wide: float) -> Shape:
    """A handle on the plane y = 0, standing out towards -Y: bar, knob, or cup."""
    if style == "knob":
        knob = shapes.lathe([(0.007, -0.001), (0.007, 0.014), (0.019, 0.02), (0.013, 0.034)], 12)
        return knob.turned("x", 90)
    if style == "cup":
        return shapes.slab(wide, 0.04, [(0.0, -0.001), (0.0, 0.01), (0.012, 0.028)], 0.018).turned(
            "x", 90
        )
    return block(wide, 0.026, rng.uniform(0.012, 0.018)).moved(0, -0.012, -0.008)


def drawers(
    rng: np.random.Generator,
    size: tuple[float, float, float],
    rows: int,
    body: Material,
    front: Material,
    handle: Material,
    style: str = "bar",
) -> list[Shape]:
    """A chest (width, depth, height) with its drawer fronts towards -Y, the lowest the tallest."""
    width, depth, height = size
    dark = materials.plain(srgb("120e0b"), 0.8)
    parts = [block(width, depth, height).of(body)]
    parts.append(block(width - 0.026, 0.006, height - 0.012).of(dark).moved(0, -depth / 2, 0.006))
    shares = np.ones(rows)
    shares[0] = rng.choice([1.0, 1.7]) if rows > 1 else 1.0
    edges = np.r_[0.0, np.cumsum(shares / shares.sum())] * (height - 0.02) + 0.01
    for low, high in itertools.pairwise(edges):
        gap = 0.011
        panel = block(width - 0.05, 0.024, high - low - gap).of(front)
        parts.append(panel.moved(0, -depth / 2 - 0.008, low + gap / 2))
        grip = pull(rng, style, min(0.5 * width, 0.13)).of(handle)
        parts.append(grip.moved(0, -depth / 2 - 0.0195, (low + high) / 2))
    return parts
