"""Joinery of tables and desks: finishes, tops, legs, aprons, pedestals, end frames, drawers.

Parts stand on z = 0 about the z axis, their front towards -Y; lengths are in metres.
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
    """Sample one finish, with its grain along x and along z.

    Args:
        lacquered_share: Probability that it is lacquered; both materials are then the same.
    """
    if rng.random() < lacquered_share:
        finish = materials.plastic(
            jitter_colour(rng, str(rng.choice(LACQUER_COLOURS, p=_LACQUER_PROBABILITIES))),
            0.4,
            0.002,
        )
        return finish, finish
    colour = jitter_colour(rng, str(rng.choice(WOOD_COLOURS)), 1.2)
    grain = {
        "ring": rng.uniform(0.02, 0.08),
        "contrast": rng.uniform(0.15, 0.4),
        "gloss": rng.choice([0.0, 0.1, 0.3]),
    }
    return materials.wood(colour, grain_axis="x", **grain), materials.wood(
        colour, grain_axis="z", **grain
    )


_LACQUER_PROBABILITIES = (0.38, 0.28, 0.14, 0.12, 0.04, 0.02, 0.02)


def top_outline(kind: str, length: float, width: float, corner_radius: float = 0.02) -> np.ndarray:
    """Return the edge of a top, float64 (K, 2).

    Args:
        kind: "rectangle", "oval" (round if length equals width), "boat" or "octagon".
        corner_radius: Of a rectangle.
    """
    if kind == "rectangle":
        return shapes.rounded_rectangle(length, width, corner_radius, segments=5)
    angles = np.linspace(0.0, 2 * np.pi, 9 if kind == "octagon" else 73)[:-1]
    angles = angles + (np.pi / 8 if kind == "octagon" else 0.0)
    exponent = {"oval": 1.0, "boat": 0.55, "octagon": 1.0}[kind]
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.sign(points) * np.abs(points) ** exponent
    return points / np.abs(points).max(axis=0) * [length / 2, width / 2]


def board_from_outline(outline: np.ndarray, profile: list[tuple]) -> Shape:
    """Build a board from its outline.

    Args:
        profile: (inset, z) from the bottom up, as for `shapes.slab`.
    """
    half_size = np.abs(outline).max(axis=0)
    rings = [
        np.c_[outline * (half_size - inset) / half_size, np.full(len(outline), z)]
        for inset, z in profile
    ]
    return shapes.loft(np.array(rings))


def moulded_top(rng: np.random.Generator, outline: np.ndarray, thickness: float) -> Shape:
    """Build a board with a square, round, bevelled or moulded edge."""
    fillet = 0.45 * thickness
    edge_kind = rng.integers(4)
    if edge_kind == 0:
        profile = [(0.0, 0.0), (0.0, thickness - 0.003), (0.003, thickness)]
    elif edge_kind == 1:
        profile = [
            (fillet, 0.0),
            (0.0, fillet),
            *shapes.fillet_profile(thickness - fillet, fillet, fillet)[1:],
        ]
    elif edge_kind == 2:
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
    """Build a leg.

    Args:
        style: "square", "tapered", "round", "turned" or "cabriole", its knee towards +X.
    """
    if style == "square":
        return block(thickness, thickness, height)
    if style == "tapered":
        return bar((0, 0, height), (0, 0, 0), thickness, thickness, 0.55)
    if style == "round":
        return shapes.lathe([(0.3 * thickness, 0.0), (0.5 * thickness, height)], 14)
    if style == "turned":
        knots = np.sort(rng.uniform(0.1, 0.72, 5))
        relative_radii = [0.34, 0.3, *rng.permutation([0.26, 0.56, 0.3, 0.5, 0.36]), 0.5, 0.5]
        positions = np.linspace(0.0, 1.0, 30)
        radii = shapes.smooth_interpolation(
            positions, [0.0, 0.06, *knots, 0.8, 1.0], relative_radii
        )
        return shapes.lathe(np.stack([radii * thickness, positions * height], axis=1), 14)
    positions = np.linspace(0.0, 1.0, 14)
    bow = shapes.smooth_interpolation(
        positions, [0.0, 0.1, 0.25, 0.72, 1.0], [0.55, 0.35, -0.1, 0.6, 0.1]
    )
    path = np.stack([bow * thickness, 0 * positions, positions * height], axis=1)
    relative_radii = shapes.smooth_interpolation(
        positions, [0.0, 0.06, 0.15, 0.75, 1.0], [0.5, 0.42, 0.26, 0.55, 0.55]
    )
    return shapes.tube(path, relative_radii * thickness, (0.0, 1.0, 0.0), 10)


def place_at_corners(leg_shape: Shape, length: float, width: float) -> list[Shape]:
    """Place one leg at each corner of a rectangle, its +X side facing outward."""
    corners = [(1, 1, 45), (-1, 1, 135), (-1, -1, -135), (1, -1, -45)]
    is_square = len(leg_shape.vertices) < 10  # square legs stay parallel to the top
    return [
        leg_shape.rotated("z", 0 if is_square else angle).translated(x * length / 2, y * width / 2)
        for x, y, angle in corners
    ]


def apron(length: float, width: float, height: float, z: float) -> list[Shape]:
    """Build four rails below a top, their upper edge at z."""
    long_rail = block(length, 0.022, height)
    short_rail = block(0.022, width, height)
    base = z - height
    return [long_rail.translated(0, side * width / 2, base) for side in (1, -1)] + [
        short_rail.translated(side * length / 2, 0, base) for side in (1, -1)
    ]


def turned_pedestal(
    rng: np.random.Generator, height: float, spread: float, feet: int
) -> list[Shape]:
    """Build a turned pedestal on curved feet, or on a round plate if `feet` is 0.

    Args:
        spread: Distance of the feet's ends, or of the plate's edge, from the axis.
    """
    thickness = rng.uniform(0.05, 0.085)
    positions = np.linspace(0.0, 1.0, 26)
    relative_radii = [0.9, *rng.permutation([0.6, 1.15, 0.7, 0.95]), 0.8, 1.7]
    radii = thickness * shapes.smooth_interpolation(
        positions, [0.0, 0.15, 0.35, 0.55, 0.75, 0.92, 1.0], relative_radii
    )
    foot_height = 0.12 if feet else 0.012
    parts = [
        shapes.lathe(
            np.stack([radii, foot_height + positions * (height - foot_height)], axis=1), 20
        )
    ]
    if not feet:
        plate = [(spread, 0.0), (spread, 0.012), (0.9 * spread, 0.03), (thickness, 0.06)]
        return [*parts, shapes.lathe(plate, 32)]
    radius_shares = np.linspace(0.0, 1.0, 9)
    path = np.stack(
        [radius_shares * spread, 0 * radius_shares, 0.24 - 0.21 * radius_shares**0.7], axis=1
    )
    foot = shapes.tube(path, 0.045 - 0.018 * radius_shares, (0.0, 1.0, 0.0), 8)
    lowest_z = float(foot.vertices[:, 2].min())
    return parts + [
        foot.translated(z=-lowest_z).rotated("z", 45 + 360 * k / feet) for k in range(feet)
    ]


def tulip_base(height: float, spread: float) -> Shape:
    """Build a waisted trumpet-shaped foot, as of the sixties."""
    knots = [0.0, 0.03, 0.12, 0.5, 0.85, 1.0]
    relative_radii = [1.0, 0.97, 0.45, 0.13, 0.25, 0.6]
    positions = np.linspace(0.0, 1.0, 26)
    radii = spread * shapes.smooth_interpolation(positions, knots, relative_radii)
    return shapes.lathe(np.stack([radii, positions * height], axis=1), 36)


def end_frame(style: str, width: float, height: float, size: float) -> list[Shape]:
    """Build one end of a table in the plane x = 0.

    Args:
        style: "A" (trestle), "sled", "T", "I", "X" or "panel".
        width: Along y.
        size: Thickness of its bars.
    """
    y = width / 2
    head_z = height - size / 2

    def stick(y0: float, z0: float, y1: float, z1: float, thickness: float = size) -> Shape:
        return bar((0, y0, z0), (0, y1, z1), thickness, size)

    head = stick(-0.85 * y, head_z, 0.85 * y, head_z, 0.96 * size)
    foot = stick(-y, size / 2, y, size / 2)
    if style == "panel":
        return [block(0.6 * size, width, height)]
    if style == "sled":
        posts = [
            stick(side * (y - size / 2), 0.01, side * (y - size / 2), height) for side in (1, -1)
        ]
        return [*posts, stick(0.002 - y, size / 2, y - 0.002, size / 2, 0.98 * size)]
    if style == "A":
        legs = [stick(side * 0.95 * y, 0.0, side * 0.25 * y, head_z) for side in (1, -1)]
        return [*legs, head, stick(-0.68 * y, 0.3, 0.68 * y, 0.3, 0.7 * size)]
    if style == "X":
        return [stick(-y, 0.0, 0.8 * y, head_z), stick(y, 0.0, -0.8 * y, head_z, 0.9 * size), head]
    post = stick(0, size / 2, 0, height, (1.0 if style == "T" else 2.2) * size)
    return [foot, post, head]


def drawer_pull(rng: np.random.Generator, style: str, width: float) -> Shape:
    """Build a handle on the plane y = 0, standing out towards -Y: "bar", "knob" or "cup"."""
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
    """Build a chest with its drawer fronts towards -Y, the lowest drawer often the tallest.

    Args:
        size: Width, depth and height.
        rows: Number of drawers.
        style: Of the handles, as in `drawer_pull`.
    """
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
    for bottom, top in itertools.pairwise(edges):
        gap = 0.011
        panel = block(width - 0.05, 0.024, top - bottom - gap).with_material(front)
        parts.append(panel.translated(0, -depth / 2 - 0.008, bottom + gap / 2))
        pull = drawer_pull(rng, style, min(0.5 * width, 0.13)).with_material(handle)
        parts.append(pull.translated(0, -depth / 2 - 0.0195, (bottom + top) / 2))
    return parts
