"""What tables and desks are made of: finishes, bars, tops, legs, bases, drawers with handles.

Things stand on z = 0 about the z axis, their front towards -Y; metres. A group is a list of shapes.
"""

import itertools

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.groups import bar, block
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

WOOD_COLOURS = (
    "5a2c16 6b3a1e 7a4524 4a2414 3a2418 271812 8a5a33 a8743f b98650 c9a06a d6b98c".split()
)
LACQUER_COLOURS = "d9d5cb 1b1a1a 8a8d90 d8d2c2 5b6b6a 8c2a22 3c5570".split()


def sample_timber(
    rng: np.random.Generator, lacquered_share: float = 0.2
) -> tuple[Material, Material]:
    """One finish twice, its grain along x and along z; a share `painted` of them is lacquered."""
    if rng.random() < lacquered_share:
        finish = materials.plastic(
            jitter_colour(rng, str(rng.choice(LACQUER_COLOURS, p=_LACQUER_PROBABILITIES))),
            0.4,
            0.002,
        )
        return finish, finish
    colour = jitter_colour(rng, str(rng.choice(WOOD_COLOURS)), 1.2)
    look = {
        "ring": rng.uniform(0.02, 0.08),
        "contrast": rng.uniform(0.15, 0.4),
        "gloss": rng.choice([0.0, 0.1, 0.3]),
    }
    return materials.wood(colour, grain_axis="x", **look), materials.wood(
        colour, grain_axis="z", **look
    )


_LACQUER_PROBABILITIES = (0.38, 0.28, 0.14, 0.12, 0.04, 0.02, 0.02)


def top_outline(kind: str, length: float, width: float, corner_radius: float = 0.02) -> np.ndarray:
    """float64 (K, 2): the edge of a top: "rectangle", "oval" (also round), "boat", "octagon"."""
    if kind == "rectangle":
        return shapes.rounded_rectangle(length, width, corner_radius, segments=5)
    turns = np.linspace(0.0, 2 * np.pi, 9 if kind == "octagon" else 73)[:-1]
    turns = turns + (np.pi / 8 if kind == "octagon" else 0.0)
    power = {"oval": 1.0, "boat": 0.55, "octagon": 1.0}[kind]
    points = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = np.sign(points) * np.abs(points) ** power
    return points / np.abs(points).max(axis=0) * [length / 2, width / 2]


def board_from_outline(outline: np.ndarray, profile: list[tuple]) -> Shape:
    """A top of that outline; profile lists (inset, z) from the bottom up, as of `shapes.slab`."""
    half = np.abs(outline).max(axis=0)
    rings = [
        np.c_[outline * (half - inset) / half, np.full(len(outline), z)] for inset, z in profile
    ]
    return shapes.loft(np.array(rings))


def moulded_top(rng: np.random.Generator, outline: np.ndarray, thickness: float) -> Shape:
    """A board with a square, round, bevelled or moulded edge."""
    soft, kind = 0.45 * thickness, rng.integers(4)
    if kind == 0:
        profile = [(0.0, 0.0), (0.0, thickness - 0.003), (0.003, thickness)]
    elif kind == 1:
        profile = [
            (soft, 0.0),
            (0.0, soft),
            *shapes.fillet_profile(thickness - soft, soft, soft)[1:],
        ]
    elif kind == 2:
        profile = [
            (2.2 * thickness, 0.0),
            (0.0, 0.6 * thickness),
            (0.0, thickness - 0.002),
            (0.002, thickness),
        ]
    else:
        profile = [(0.02, 0.0), (0.01, 0.5 * thickness), (0.0, 0.55 * thickness), (0.0, thickness)]
    return board_from_outline(outline, profile)


def leg(rng: np.random.Generator, style: str, height: float, thickness: float) -> Shape:
    """A leg `size` thick: square, tapered, round, turned or cabriole (its knee towards +X)."""
    if style == "square":
        return block(thickness, thickness, height)
    if style == "tapered":
        return bar((0, 0, height), (0, 0, 0), thickness, thickness, 0.55)
    if style == "round":
        return shapes.lathe([(0.3 * thickness, 0.0), (0.5 * thickness, height)], 14)
    if style == "turned":
        knots = np.sort(rng.uniform(0.1, 0.72, 5))
        sizes = [0.34, 0.3, *rng.permutation([0.26, 0.56, 0.3, 0.5, 0.36]), 0.5, 0.5]
        at = np.linspace(0.0, 1.0, 30)
        radii = shapes.smooth_interpolation(at, [0.0, 0.06, *knots, 0.8, 1.0], sizes)
        return shapes.lathe(np.stack([radii * thickness, at * height], axis=1), 14)
    at = np.linspace(0.0, 1.0, 14)
    bow = shapes.smooth_interpolation(at, [0.0, 0.1, 0.25, 0.72, 1.0], [0.55, 0.35, -0.1, 0.6, 0.1])
    path = np.stack([bow * thickness, 0 * at, at * height], axis=1)
    girth = shapes.smooth_interpolation(
        at, [0.0, 0.06, 0.15, 0.75, 1.0], [0.5, 0.42, 0.26, 0.55, 0.55]
    )
    return shapes.tube(path, girth * thickness, (0.0, 1.0, 0.0), 10)


def place_at_corners(leg_shape: Shape, length: float, width: float) -> list[Shape]:
    """One leg at each corner of a rectangle, its +X side turned outward."""
    spots = [(1, 1, 45), (-1, 1, 135), (-1, -1, -135), (1, -1, -45)]
    square = len(leg_shape.vertices) < 10  # bars stay parallel to the top
    return [
        leg_shape.rotated("z", 0 if square else turn).translated(x * length / 2, y * width / 2)
        for x, y, turn in spots
    ]


def apron(length: float, width: float, height: float, z: float) -> list[Shape]:
    """Four rails below a top, their upper edge at z."""
    long, short = block(length, 0.022, height), block(0.022, width, height)
    base = z - height
    return [long.translated(0, s * width / 2, base) for s in (1, -1)] + [
        short.translated(s * length / 2, 0, base) for s in (1, -1)
    ]


def turned_pedestal(
    rng: np.random.Generator, height: float, spread: float, feet: int
) -> list[Shape]:
    """A turned pedestal on curved feet, or on a round plate if feet is 0."""
    thick = rng.uniform(0.05, 0.085)
    at = np.linspace(0.0, 1.0, 26)
    sizes = [0.9, *rng.permutation([0.6, 1.15, 0.7, 0.95]), 0.8, 1.7]
    radii = thick * shapes.smooth_interpolation(at, [0.0, 0.15, 0.35, 0.55, 0.75, 0.92, 1.0], sizes)
    foot = 0.12 if feet else 0.012
    parts = [shapes.lathe(np.stack([radii, foot + at * (height - foot)], axis=1), 20)]
    if not feet:
        plate = [(spread, 0.0), (spread, 0.012), (0.9 * spread, 0.03), (thick, 0.06)]
        return [*parts, shapes.lathe(plate, 32)]
    reach = np.linspace(0.0, 1.0, 9)
    path = np.stack([reach * spread, 0 * reach, 0.24 - 0.21 * reach**0.7], axis=1)
    ribs = shapes.tube(path, 0.045 - 0.018 * reach, (0.0, 1.0, 0.0), 8)
    low = float(ribs.vertices[:, 2].min())
    return parts + [ribs.translated(z=-low).rotated("z", 45 + 360 * k / feet) for k in range(feet)]


def tulip_base(height: float, spread: float) -> Shape:
    """A waisted trumpet foot, as of the sixties."""
    knots, sizes = [0.0, 0.03, 0.12, 0.5, 0.85, 1.0], [1.0, 0.97, 0.45, 0.13, 0.25, 0.6]
    at = np.linspace(0.0, 1.0, 26)
    radii = spread * shapes.smooth_interpolation(at, knots, sizes)
    return shapes.lathe(np.stack([radii, at * height], axis=1), 36)


def end_frame(style: str, width: float, height: float, size: float) -> list[Shape]:
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


def drawer_pull(rng: np.random.Generator, style: str, width: float) -> Shape:
    """A handle on the plane y = 0, standing out towards -Y: bar, knob, or cup."""
    if style == "knob":
        knob = shapes.lathe([(0.007, -0.001), (0.007, 0.014), (0.019, 0.02), (0.013, 0.034)], 12)
        return knob.rotated("x", 90)
    if style == "cup":
        return shapes.slab(
            width, 0.04, [(0.0, -0.001), (0.0, 0.01), (0.012, 0.028)], 0.018
        ).rotated("x", 90)
    return block(width, 0.026, rng.uniform(0.012, 0.018)).translated(0, -0.012, -0.008)


def chest_of_drawers(
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
    dark = materials.plain(srgb_to_linear("120e0b"), 0.8)
    parts = [block(width, depth, height).with_material(body)]
    parts.append(
        block(width - 0.026, 0.006, height - 0.012)
        .with_material(dark)
        .translated(0, -depth / 2, 0.006)
    )
    shares = np.ones(rows)
    shares[0] = rng.choice([1.0, 1.7]) if rows > 1 else 1.0
    edges = np.r_[0.0, np.cumsum(shares / shares.sum())] * (height - 0.02) + 0.01
    for low, high in itertools.pairwise(edges):
        gap = 0.011
        panel = block(width - 0.05, 0.024, high - low - gap).with_material(front)
        parts.append(panel.translated(0, -depth / 2 - 0.008, low + gap / 2))
        grip = drawer_pull(rng, style, min(0.5 * width, 0.13)).with_material(handle)
        parts.append(grip.translated(0, -depth / 2 - 0.0195, (low + high) / 2))
    return parts
