"""Bananas in their peel: single fingers with stickers, hands on one crown, bunches on a stalk.

A *finger* is one banana, a *hand* several fingers that grow from one *crown*. Lengths are in
metres.

A finger is a soft four- to six-sided tube along a bent spine, from its black tip to the cut end of
its stem. Its vertex attribute holds three numbers that the peel's material computes colours from
(`banana_peel`): the position along the finger (0 tip to 1 stem), the closeness to a ridge (-1 to
1), and a random number per finger.
"""

from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material
from scipy.ndimage import map_coordinates

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class BananaForm:
    """Proportions shared by the fingers of one hand; lengths in metres, angles in degrees."""

    length: float
    radius: float
    bend: float
    stem: float  # length of the stem, as a share of the length
    sides: int
    ridge: float  # height of the section's corners, as a share of the radius
    bend_position: float  # position of the strongest bend, 0 tip to 1 stem
    skin: Material
    rings: int = 44  # rings of vertices
    dry_stem_end: bool = True  # the stem ends dry and black, not at a crown


def finger(
    rng: np.random.Generator, form: BananaForm, *, sticker: Material | None = None
) -> list[Shape]:
    """Build one banana in the plane z = 0, its stem ending at the origin, bending towards -Y.

    Args:
        sticker: Material of a sticker on the peel, None for none.

    Returns:
        The banana, and its sticker if it has one.
    """
    positions = np.linspace(0.0, 1.0, form.rings)
    radius = form.radius * rng.uniform(0.93, 1.05)
    neck_start = 1.0 - form.stem
    knots = (
        0.0,
        0.012,
        0.03,
        0.09,
        0.2,
        0.5,
        neck_start - 0.2,
        neck_start - 0.06,
        neck_start + 0.02,
        0.97,
        1.0,
    )
    relative_radii = (0.19, 0.22, 0.25, 0.62, 0.9, 1.0, 0.9, 0.52, 0.3, 0.25, 0.32)
    radii = radius * shapes.smooth_interpolation(positions, knots, relative_radii)
    curvature = 0.35 + np.exp(-(((positions - form.bend_position) / 0.3) ** 2))
    heading = (
        np.radians(form.bend * rng.uniform(0.92, 1.08)) * np.cumsum(curvature) / curvature.sum()
    )
    heading -= heading[-1]  # so that the stem ends parallel to the x axis
    steps = np.stack([-np.cos(heading), np.sin(heading), 0 * heading], axis=1)
    spine = np.cumsum(steps, axis=0) * form.length * rng.uniform(0.94, 1.06) / len(positions)
    spine = spine[-1] - spine

    angles = np.linspace(0.0, 2 * np.pi, 30 if form.rings > 36 else 20, endpoint=False)
    ridge_wave = np.cos(form.sides * (angles - rng.uniform(0.0, 2 * np.pi)))
    ridge_strength = np.interp(positions, [0.05, 0.2, neck_start, 1.0], [0.2, 1.0, 1.0, 0.6])[
        :, None
    ]
    section_radii = radii[:, None] * (
        1.0 + form.ridge * ridge_strength * np.sign(ridge_wave) * ridge_wave**2
    )
    unit_circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    shape = shapes.sweep(spine, section_radii[..., None] * unit_circle, (0.0, 0.0, 1.0))
    finger_number = np.full(section_radii.shape, rng.random())
    # The material turns black from position 0.982 on, which a finger at a crown does not reach.
    position_along = positions if form.dry_stem_end else 0.975 * positions
    attribute = np.stack(
        np.broadcast_arrays(position_along[:, None], ridge_wave * ridge_strength, finger_number),
        axis=-1,
    )
    shape = replace(shape, vertex_attribute=attribute.reshape(-1, 3)).with_material(form.skin)
    parts = [shape]
    if sticker:
        grid = shape.vertices.reshape(*section_radii.shape, 3)
        parts.append(_sticker(rng, grid, spine).with_material(sticker))
    return [part.translated(*-spine[-1]) for part in parts]


def _sticker(rng: np.random.Generator, grid: np.ndarray, spine: np.ndarray) -> Shape:
    """Build an oval sheet just above a banana's peel, on the side that faces up.

    Args:
        grid: Vertices of the peel, (rings, vertices per ring, 3).
        spine: Middle of each ring, (rings, 3).
    """
    rings, columns = grid.shape[:2]
    angles = np.linspace(0.0, 2 * np.pi, 20, endpoint=False)
    shares = np.array([1.0, 0.5, 0.01])[:, None]
    ring = rng.uniform(0.35, 0.65) * rings + 0.045 * rings * shares * np.cos(angles)
    column = rng.uniform(-0.17, 0.17) * columns + 0.09 * columns * shares * np.sin(angles)
    coordinates = np.array([ring, column])
    points = [
        map_coordinates(grid[..., k], coordinates, order=1, mode="grid-wrap") for k in range(3)
    ]
    middles = [np.interp(ring, np.arange(rings), spine[:, k]) for k in range(3)]
    sheet = np.stack(middles, axis=-1) + 1.03 * np.stack(
        [point - middle for point, middle in zip(points, middles, strict=True)], axis=-1
    )
    quads = shapes.loft(sheet).faces[0]
    return Shape(sheet.reshape(-1, 3), (quads,))


def hand(
    rng: np.random.Generator, form: BananaForm, count: int, *, sticker: Material | None = None
) -> list[Shape]:
    """Build fingers side by side from a common crown, arched or lying on their outer curve."""
    form = replace(form, stem=form.stem * 0.85, dry_stem_end=False)
    gap = rng.uniform(0.5, 0.7) * form.radius
    half_length = 0.5 * form.length
    spread = np.degrees(1.96 * form.radius - gap) / half_length * rng.uniform(1.0, 1.15)
    parts = []
    for offset in np.arange(count) - (count - 1) / 2:
        has_sticker = sticker if rng.random() < 0.5 else None
        roll, yaw = rng.normal(0.0, 2.0), offset * spread + rng.normal(0.0, 1.0)
        parts += [
            part.rotated("x", roll).rotated("xz", 90.0, yaw).translated(y=offset * gap)
            for part in finger(rng, form, sticker=has_sticker)
        ]
    half_width = (count - 1) / 2 * gap + 0.35 * form.radius
    parts.append(_crown(rng, half_width, form.radius).with_material(form.skin))
    tilt = rng.choice([rng.uniform(10.0, 35.0), rng.uniform(-180.0, -150.0)], p=[0.65, 0.35])
    return [part.rotated("y", tilt) for part in parts]


def _crown(rng: np.random.Generator, reach: float, radius: float) -> Shape:
    """Build the piece of stalk that joins the fingers of a hand, along Y.

    Args:
        rng: Source of every random draw.
        reach: Half the crown's length in metres.
        radius: Radius of a finger in metres.
    """
    positions = np.linspace(-1.0, 1.0, 13)
    path = np.stack([0.1 * radius * np.cos(positions), positions * reach, 0 * positions], axis=1)
    radii = 0.36 * radius * np.sqrt(1.0 - 0.75 * positions**4)
    shape = shapes.tube(path, radii, (0.0, 0.0, 1.0), segments=14)
    shape = shape.deformed(shapes.random_displacement(rng, 0.06 * radius, 1.2 * radius))
    return replace(shape, vertex_attribute=np.tile([0.985, 0.0, 0.5], (len(shape.vertices), 1)))


def bunch(rng: np.random.Generator, form: BananaForm, stalk: Material) -> list[Shape]:
    """Build two or three hands around one upright stalk, their fingers bending upwards."""
    form = replace(form, dry_stem_end=False, rings=26)
    levels = int(rng.integers(2, 4))
    spacing = 0.42 * form.length
    parts = []
    for level in range(levels):
        count = int(rng.integers(5, 8))
        start = rng.uniform(0.0, 360.0)
        for k in range(count):
            droop = rng.normal(20.0, 6.0)
            roll, turn = rng.normal(0.0, 6.0), start + 300.0 * k / count + rng.normal(0.0, 4.0)
            parts += [
                part.rotated("x", 90.0 + roll)
                .rotated("y", droop)
                .translated(x=-1.2 * form.radius)
                .rotated("z", turn)
                .translated(z=level * spacing)
                for part in finger(rng, form)
            ]
    top = (levels - 1) * spacing + rng.uniform(0.04, 0.09)
    path = np.linspace((0.0, 0.0, -0.3 * form.length), (0.0, 0.0, top), 12)
    path[:, :2] += 0.006 * np.sin(9.0 * path[:, 2:] + rng.uniform(0.0, 6.0, 2))
    rod = shapes.tube(path, form.radius * rng.uniform(0.8, 1.1), (1.0, 0.0, 0.0), segments=16)
    rod = rod.deformed(shapes.random_displacement(rng, 0.002, 0.02))
    return [*parts, rod.with_material(stalk)]
