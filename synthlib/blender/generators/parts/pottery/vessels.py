"""Vessels with walls of real thickness, handles, saucers, liquids and spoons: cups, vases, bowls.

A vessel stands on z = 0 around the z axis, its handle towards +X; lengths are in metres. Its vertex
attribute, which `glazes` reads, holds (cosine, sine) of the angle, scaled to `INSIDE_MARKER` on the
inside, and the share of the way from foot to lip.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour
from synthlib.blender.modelling.materials import mirror_metal
from synthlib.blender.modelling.shapes import Shape

INSIDE_MARKER = 0.25
"""Length of the attribute's first two components on the inside of a wall; 1 outside."""


def smooth_profile(knots: Sequence[tuple[float, float]], count: int = 28) -> np.ndarray:
    """Return a smooth curve, float64 (count, 2), through (radius, z) knots, even in arc length."""
    points = np.array(knots, dtype=float)
    arc_lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    positions = np.linspace(0.0, 1.0, count)
    return shapes.smooth_interpolation(positions * arc_lengths[-1], arc_lengths.tolist(), points)


def outward_normals(outline: np.ndarray) -> np.ndarray:
    """Return the outward unit normals (N, 2) of a curve that rises from foot to lip."""
    tangents = np.gradient(outline, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    return np.stack([tangents[:, 1], -tangents[:, 0]], axis=1)


def inner_outline(outline: np.ndarray, wall_thickness: float, floor_height: float) -> np.ndarray:
    """Return the inside of the wall (M, 2), from just above the floor up to the lip."""
    inside = outline - wall_thickness * outward_normals(outline)
    return inside[(inside[:, 1] > floor_height) & (inside[:, 0] > 0.002)]


def vessel(
    outline: np.ndarray,
    wall_thickness: float,
    floor_height: float,
    foot_depth: float = 0.002,
    segments: int = 72,
) -> Shape:
    """Build a wall of constant thickness along an outline.

    Args:
        outline: (radius, z) from the foot on z = 0 up to the lip, (N, 2), metres.
        floor_height: Height of the inner floor, metres.
        foot_depth: Depth of the hollow below the foot, metres.
        segments: Number of segments around the axis.

    Returns:
        A closed shape with the attribute described in the module's docstring.
    """
    inside = inner_outline(outline, wall_thickness, floor_height)
    lip_centre, across = (outline[-1] + inside[-1]) / 2, (outline[-1] - inside[-1]) / 2
    rise = 0.5 * np.linalg.norm(across) * outward_normals(outline)[-1][::-1] * [-1, 1]
    lip = [
        lip_centre + 0.7 * across + 0.7 * rise,
        lip_centre + rise,
        lip_centre - 0.7 * across + 0.7 * rise,
    ]
    foot_radius = outline[0, 0]
    bottom_points = [(0.0, foot_depth), (0.72 * foot_radius, foot_depth), (0.8 * foot_radius, 0.0)]
    floor_points = [(0.9 * inside[0, 0], floor_height), (0.0, floor_height)]
    profile = np.concatenate([bottom_points, outline, lip, inside[::-1], floor_points])
    arc_lengths = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))]
    inside_shares = np.interp(inside[:, 1], outline[:, 1], arc_lengths / arc_lengths[-1])
    height_share = np.concatenate(
        [[0.0] * 3, arc_lengths / arc_lengths[-1], [1.0] * 3, inside_shares[::-1], [0.0] * 2]
    )
    side_marker = np.ones(len(profile))
    side_marker[-len(inside) - 2 :] = INSIDE_MARKER
    side_marker[-len(inside) - 4 : -len(inside) - 2] = (0.8, 0.5)
    return with_wall_coordinates(shapes.lathe(profile, segments), side_marker, height_share)


def with_wall_coordinates(shape: Shape, side: np.ndarray, height_share: np.ndarray) -> Shape:
    """Add the attribute that `glazes` reads to a lathed shape.

    Args:
        side: Length of (cosine, sine) at the profile's points, (N,).
        height_share: Share of the way from foot to lip at the profile's points, (N,).
    """
    segments = len(shape.vertices) // len(side)
    angle = np.linspace(0.0, 2 * np.pi, segments, endpoint=False)
    attribute = np.empty((len(side), segments, 3))
    attribute[..., 0] = side[:, None] * np.cos(angle)
    attribute[..., 1] = side[:, None] * np.sin(angle)
    attribute[..., 2] = height_share[:, None]
    return replace(shape, vertex_attribute=attribute.reshape(-1, 3))


def outline_point_at_height(outline: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline's point nearest to height z, and its outward normal, (2,) each."""
    k = int(np.argmin(np.abs(outline[:, 1] - z)))
    return outline[k], outward_normals(outline)[k]


HANDLE_KNOTS = {
    "C": [(0.55, -0.06), (0.95, 0.18), (1.0, 0.5), (0.85, 0.8), (0.45, 0.98)],
    "ear": [(0.5, -0.12), (0.92, -0.02), (1.0, 0.25), (0.8, 0.6), (0.4, 0.88)],
    "high": [(0.25, -0.2), (0.7, -0.32), (1.0, -0.05), (0.85, 0.4), (0.45, 0.85)],
    "square": [(0.82, 0.0), (0.97, 0.06), (1.0, 0.2), (1.0, 0.8), (0.97, 0.94), (0.82, 1.0)],
    "angular": [(0.85, -0.08), (1.0, -0.03), (0.97, 0.08), (0.6, 0.6), (0.3, 0.95)],
    "drop": [(0.7, 0.04), (1.0, 0.25), (0.92, 0.6), (0.55, 0.86), (0.25, 0.97)],
}
"""By family, the knots between a handle's ends: (distance from the wall as a share of the reach,
depth below the upper end as a share of the handle's height)."""


def bent_handle(
    outline: np.ndarray,
    family: str,
    top_height: float,
    bottom_height: float,
    reach: float,
    section: tuple[float, float],
    wall_thickness: float,
    taper: float = 1.0,
) -> Shape:
    """Build a bent bar from the wall at one height to the wall at another, entering both.

    Args:
        family: A key of `HANDLE_KNOTS`.
        top_height: Height of the upper end, metres; `bottom_height` of the lower one.
        reach: Distance of the outermost point from the wall, metres.
        section: Width along y and thickness, metres.
        taper: Size of the lower end over that of the upper one.
    """
    top, top_normal = outline_point_at_height(outline, top_height)
    bottom, bottom_normal = outline_point_at_height(outline, bottom_height)
    max_radius = max(top[0], bottom[0]) + reach
    height = top[1] - bottom[1]
    knots = [top - 0.7 * wall_thickness * top_normal, top + 0.5 * section[1] * top_normal]
    for distance_share, depth_share in HANDLE_KNOTS[family]:
        wall_radius = top[0] + (bottom[0] - top[0]) * np.clip(depth_share, 0.0, 1.0)
        knots.append(
            np.array(
                [
                    wall_radius + distance_share * (max_radius - wall_radius),
                    top[1] - depth_share * height,
                ]
            )
        )
    knots += [
        bottom + 0.5 * section[1] * bottom_normal,
        bottom - 0.7 * wall_thickness * bottom_normal,
    ]
    curve = smooth_profile([(float(r), float(z)) for r, z in knots], 40)
    path = np.stack([curve[:, 0], np.zeros(len(curve)), curve[:, 1]], axis=1)
    angles = np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    section_shape = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    section_shape = np.sign(section_shape) * np.abs(section_shape) ** 0.8
    positions = np.linspace(0.0, 1.0, len(curve))
    flare = 1.0 + 0.35 * (np.exp(-positions / 0.06) + np.exp((positions - 1.0) / 0.06))
    sizes = flare * (1.0 + (taper - 1.0) * positions)
    bar = shapes.sweep(
        path, sizes[:, None, None] * section_shape * np.array(section) / 2, (0, 1, 0)
    )
    return replace(bar, vertex_attribute=np.tile([1.0, 0.0, 0.5], (len(bar.vertices), 1)))


def saucer(rng: np.random.Generator, radius: float, well_radius: float) -> tuple[Shape, np.ndarray]:
    """Build a saucer with a well.

    Args:
        radius: Metres; `well_radius` likewise.

    Returns:
        The saucer, whose attribute runs from 0 in the middle to 1 at the rim, and its upper curve
        (N, 2) of (radius, z) from the axis.
    """
    rim_height = radius * rng.uniform(0.14, 0.26)
    well_height = 0.0035
    steepness = rng.uniform(0.3, 1.0)  # from a flat plate with a rim to a cone
    knots = [
        (well_radius, well_height),
        (well_radius * 1.06, well_height + 0.0012),
        (radius * 0.8, well_height + rim_height * 0.5 * steepness),
    ]
    upper = np.r_[[(0.0, well_height)], smooth_profile([*knots, (radius, rim_height)], 18)]
    lower = upper[2:] + np.array([0.0008, -0.0034])
    lower = lower[lower[:, 1] > 0.0015]
    base = [
        (0.0, 0.0012),
        (0.7 * well_radius, 0.0012),
        (0.74 * well_radius, 0.0),
        (0.85 * well_radius, 0.0),
    ]
    profile = np.r_[base, lower, upper[::-1]]
    radius_share = np.clip(profile[:, 0] / radius, 0.0, 1.0)
    return with_wall_coordinates(
        shapes.lathe(profile, 72), np.ones(len(profile)), radius_share
    ), upper


def liquid_surface(
    outline: np.ndarray, wall_thickness: float, z: float, depth: float = 0.002
) -> Shape:
    """Build a disc that fills the inside at height z.

    Its attribute holds the position over the disc's radius, and 0.
    """
    inside = inner_outline(outline, wall_thickness, 0.0)
    radius = float(np.interp(z, inside[:, 1], inside[:, 0])) + 0.35 * wall_thickness
    lower_radius = float(np.interp(z - depth, inside[:, 1], inside[:, 0])) + 0.35 * wall_thickness
    radius_shares = np.linspace(1.0, 0.0, 8)
    disc = shapes.lathe(
        [(0.0, z - depth), (lower_radius, z - depth), *((radius * s, z) for s in radius_shares)]
    )
    return replace(disc, vertex_attribute=disc.vertices / radius * [1.0, 1.0, 0.0])


def spoon(rng: np.random.Generator, saucer_profile: np.ndarray) -> Shape:
    """Build a teaspoon lying across a saucer, its bowl in it and its stem over the rim."""
    length = saucer_profile[-1, 0] * rng.uniform(1.35, 1.7)
    rim = saucer_profile[-1]
    y = -rim[0] * rng.uniform(0.66, 0.78)
    rim_x = np.sqrt(rim[0] ** 2 - y * y)
    start_x = -0.25 * rim_x
    start_z = float(np.interp(np.hypot(start_x, y), saucer_profile[:, 0], saucer_profile[:, 1]))
    slope = (rim[1] - start_z) / (rim_x - start_x)
    positions = np.linspace(0.0, 1.0, 30)
    x = start_x - 0.12 * length + positions * length
    path = np.stack([x, np.full(30, y), start_z + (x - start_x) * slope + 0.0006], axis=1)
    knots = (0.0, 0.05, 0.16, 0.28, 0.36, 0.7, 0.93, 1.0)
    widths = shapes.smooth_interpolation(
        positions, knots, (0.004, 0.018, 0.026, 0.018, 0.005, 0.006, 0.011, 0.006)
    )
    path[:, 2] = np.maximum(path[:, 2], 0.0012)
    colour = (0.6, 0.44, 0.18) if rng.random() < 0.2 else (0.45, 0.45, 0.46)
    return shapes.ribbon(path, widths, 0.0022, (0, 1, 0)).with_material(
        mirror_metal(colour, dullness=0.3)
    )


def choose_colour(rng: np.random.Generator, hex_codes: Sequence[str]) -> Colour:
    """Sample one of some sRGB hex codes, and jitter it."""
    return jitter_colour(rng, str(rng.choice(hex_codes)))


PRINTED_TEXTS = (
    "COFFEE|TEA|CAFE|LOVE|MOM|DAD|HELLO|No. 1|BOSS|GOOD\nMORNING|ESPRESSO|CAT|BREW|LATTE"
)


def printed_text(rng: np.random.Generator, outline: np.ndarray, ink: Material) -> list[Shape]:
    """Build text on both sides, between the handle and its opposite, just above the wall."""
    height = outline[-1, 1]
    text = str(rng.choice(PRINTED_TEXTS.split("|")))
    z = 0.55 * height
    size = height * rng.uniform(0.14, 0.26) / (1 + text.count("\n"))
    sheet = meshes.text_shape(text, size)
    radius = float(np.interp(z, outline[:, 1], outline[:, 0]))
    scale = min(1.0, 1.9 * radius / max(np.ptp(sheet.vertices[:, 0]), 1e-6))

    def wrap(points: np.ndarray, side: float) -> np.ndarray:
        heights = z + scale * points[:, 1]
        radii = np.interp(heights, outline[:, 1], outline[:, 0]) + 0.0005
        angle = side + scale * points[:, 0] / radius
        return np.stack([radii * np.cos(angle), radii * np.sin(angle), heights], axis=1)

    return [
        sheet.deformed(lambda at, s=s: wrap(at, s)).with_material(ink)
        for s in (-np.pi / 2, np.pi / 2)
    ]
