"""Vessels with real walls, handles, saucers, what is poured in, spoons: cups, vases, bowls.

Heights z = 0 up, axis along z, a handle towards +X; metres. What `glazes` reads of a vessel is in
`Shape.paint`: (cos, sin) of the angle, shrunk to a quarter inside, and the share of the way from
foot to lip.
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
"""Length of the first two paint components on the inside of a wall; 1 outside."""


def smooth_profile(knots: Sequence[tuple[float, float]], count: int = 28) -> np.ndarray:
    """float64 (count, 2): a smooth curve through (radius, z) points, by the way between them."""
    points = np.array(knots, dtype=float)
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    at = np.linspace(0.0, 1.0, count)
    return shapes.smooth_interpolation(at * way[-1], way.tolist(), points)


def outward_normals(outline: np.ndarray) -> np.ndarray:
    """float64 (N, 2): unit normals of a curve that rises from foot to lip, outward."""
    along = np.gradient(outline, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([along[:, 1], -along[:, 0]], axis=1)


def inner_outline(outline: np.ndarray, wall_thickness: float, floor_height: float) -> np.ndarray:
    """float64 (N, 2): the inside of the wall from just above the floor up to the lip."""
    inside = outline - wall_thickness * outward_normals(outline)
    return inside[(inside[:, 1] > floor_height) & (inside[:, 0] > 0.002)]


def vessel(
    outline: np.ndarray,
    wall_thickness: float,
    floor_height: float,
    foot_depth: float = 0.002,
    segments: int = 72,
) -> Shape:
    """A wall of one thickness along an outline (N, 2) of (radius, z) from the foot on z = 0 up.

    floor is the inside's height, foot the depth of the hollow under it; painted as said above.
    """
    inside = inner_outline(outline, wall_thickness, floor_height)
    middle, across = (outline[-1] + inside[-1]) / 2, (outline[-1] - inside[-1]) / 2
    rise = 0.5 * np.linalg.norm(across) * outward_normals(outline)[-1][::-1] * [-1, 1]
    lip = [middle + 0.7 * across + 0.7 * rise, middle + rise, middle - 0.7 * across + 0.7 * rise]
    sole = outline[0, 0]
    below = [(0.0, foot_depth), (0.72 * sole, foot_depth), (0.8 * sole, 0.0)]
    base = [(0.9 * inside[0, 0], floor_height), (0.0, floor_height)]
    profile = np.concatenate([below, outline, lip, inside[::-1], base])
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))]
    up = np.interp(inside[:, 1], outline[:, 1], way / way[-1])
    share = np.concatenate([[0.0] * 3, way / way[-1], [1.0] * 3, up[::-1], [0.0] * 2])
    side = np.ones(len(profile))
    side[-len(inside) - 2 :] = INSIDE_MARKER
    side[-len(inside) - 4 : -len(inside) - 2] = (0.8, 0.5)
    return with_wall_coordinates(shapes.lathe(profile, segments), side, share)


def with_wall_coordinates(shape: Shape, side: np.ndarray, height_share: np.ndarray) -> Shape:
    """A lathed shape with the paint that `glazes` reads, from values at its profile's points."""
    around = len(shape.vertices) // len(side)
    angle = np.linspace(0.0, 2 * np.pi, around, endpoint=False)
    paint = np.empty((len(side), around, 3))
    paint[..., 0] = side[:, None] * np.cos(angle)
    paint[..., 1] = side[:, None] * np.sin(angle)
    paint[..., 2] = height_share[:, None]
    return replace(shape, vertex_attribute=paint.reshape(-1, 3))


def outline_point_at_height(outline: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    """The outline's point (2,) at a height and its outward normal."""
    k = int(np.argmin(np.abs(outline[:, 1] - z)))
    return outline[k], outward_normals(outline)[k]


HANDLE_KNOTS = {  # out from the wall (shares of the reach), down from the top (shares of the height)
    "C": [(0.55, -0.06), (0.95, 0.18), (1.0, 0.5), (0.85, 0.8), (0.45, 0.98)],
    "ear": [(0.5, -0.12), (0.92, -0.02), (1.0, 0.25), (0.8, 0.6), (0.4, 0.88)],
    "high": [(0.25, -0.2), (0.7, -0.32), (1.0, -0.05), (0.85, 0.4), (0.45, 0.85)],
    "square": [(0.82, 0.0), (0.97, 0.06), (1.0, 0.2), (1.0, 0.8), (0.97, 0.94), (0.82, 1.0)],
    "angular": [(0.85, -0.08), (1.0, -0.03), (0.97, 0.08), (0.6, 0.6), (0.3, 0.95)],
    "drop": [(0.7, 0.04), (1.0, 0.25), (0.92, 0.6), (0.55, 0.86), (0.25, 0.97)],
}
"""Knots between the two ends of a handle."""


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
    """A bent bar from the wall at height `high` to the wall at `low`, entering both.

    section is its (width along Y, thickness); taper the size of its lower end to its upper.
    """
    (top, up), (bottom, down) = (
        outline_point_at_height(outline, top_height),
        outline_point_at_height(outline, bottom_height),
    )
    out = max(top[0], bottom[0]) + reach
    tall, knots = top[1] - bottom[1], [top - 0.7 * wall_thickness * up, top + 0.5 * section[1] * up]
    for share, fall in HANDLE_KNOTS[family]:
        start = top[0] + (bottom[0] - top[0]) * np.clip(fall, 0.0, 1.0)
        knots.append(np.array([start + share * (out - start), top[1] - fall * tall]))
    knots += [bottom + 0.5 * section[1] * down, bottom - 0.7 * wall_thickness * down]
    flat = smooth_profile([(float(r), float(z)) for r, z in knots], 40)
    path = np.stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]], axis=1)
    turns = np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    circle = np.sign(circle) * np.abs(circle) ** 0.8
    along = np.linspace(0.0, 1.0, len(flat))
    flare = 1.0 + 0.35 * (np.exp(-along / 0.06) + np.exp((along - 1.0) / 0.06))
    sizes = flare * (1.0 + (taper - 1.0) * along)
    bar = shapes.sweep(path, sizes[:, None, None] * circle * np.array(section) / 2, (0, 1, 0))
    return replace(bar, vertex_attribute=np.tile([1.0, 0.0, 0.5], (len(bar.vertices), 1)))


def saucer(rng: np.random.Generator, radius: float, well_radius: float) -> tuple[Shape, np.ndarray]:
    """A saucer with a well `well` metres wide in radius, and its upper curve (N, 2) from the axis.

    Its paint runs from 0 in the middle to 1 at the rim.
    """
    high, deep = radius * rng.uniform(0.14, 0.26), 0.0035
    lift = rng.uniform(0.3, 1.0)  # how early it rises: a cone or a flat plate with a rim
    knots = [
        (well_radius, deep),
        (well_radius * 1.06, deep + 0.0012),
        (radius * 0.8, deep + high * 0.5 * lift),
    ]
    upper = np.r_[[(0.0, deep)], smooth_profile([*knots, (radius, high)], 18)]
    lower = upper[2:] + np.array([0.0008, -0.0034])
    lower = lower[lower[:, 1] > 0.0015]
    base = [
        (0.0, 0.0012),
        (0.7 * well_radius, 0.0012),
        (0.74 * well_radius, 0.0),
        (0.85 * well_radius, 0.0),
    ]
    profile = np.r_[base, lower, upper[::-1]]
    share = np.clip(profile[:, 0] / radius, 0.0, 1.0)
    return with_wall_coordinates(shapes.lathe(profile, 72), np.ones(len(profile)), share), upper


def liquid_surface(
    outline: np.ndarray, wall_thickness: float, z: float, depth: float = 0.002
) -> Shape:
    """A disc that fills the inside at height z; paint is the point over its radius, and 0."""
    inside = inner_outline(outline, wall_thickness, 0.0)
    radius = float(np.interp(z, inside[:, 1], inside[:, 0])) + 0.35 * wall_thickness
    foot = float(np.interp(z - depth, inside[:, 1], inside[:, 0])) + 0.35 * wall_thickness
    steps = np.linspace(1.0, 0.0, 8)
    disc = shapes.lathe([(0.0, z - depth), (foot, z - depth), *((radius * s, z) for s in steps)])
    return replace(disc, vertex_attribute=disc.vertices / radius * [1.0, 1.0, 0.0])


def spoon(rng: np.random.Generator, saucer_profile: np.ndarray) -> Shape:
    """A teaspoon lying across a saucer, its bowl in it and its stem over the rim."""
    length, rim = saucer_profile[-1, 0] * rng.uniform(1.35, 1.7), saucer_profile[-1]
    y = -rim[0] * rng.uniform(0.66, 0.78)
    reach = np.sqrt(rim[0] ** 2 - y * y)
    start = -0.25 * reach
    low = float(np.interp(np.hypot(start, y), saucer_profile[:, 0], saucer_profile[:, 1]))
    slope = (rim[1] - low) / (reach - start)
    at = np.linspace(0.0, 1.0, 30)
    x = start - 0.12 * length + at * length
    path = np.stack([x, np.full(30, y), low + (x - start) * slope + 0.0006], axis=1)
    knots = (0.0, 0.05, 0.16, 0.28, 0.36, 0.7, 0.93, 1.0)
    widths = shapes.smooth_interpolation(
        at, knots, (0.004, 0.018, 0.026, 0.018, 0.005, 0.006, 0.011, 0.006)
    )
    path[:, 2] = np.maximum(path[:, 2], 0.0012)
    tone = (0.6, 0.44, 0.18) if rng.random() < 0.2 else (0.45, 0.45, 0.46)
    return shapes.ribbon(path, widths, 0.0022, (0, 1, 0)).with_material(
        mirror_metal(tone, dullness=0.3)
    )


def choose_colour(rng: np.random.Generator, hex_codes: Sequence[str]) -> Colour:
    """One of some sRGB codes, jittered."""
    return jitter_colour(rng, str(rng.choice(hex_codes)))


PRINTED_TEXTS = (
    "COFFEE|TEA|CAFE|LOVE|MOM|DAD|HELLO|No. 1|BOSS|GOOD\nMORNING|ESPRESSO|CAT|BREW|LATTE"
)


def printed_text(rng: np.random.Generator, outline: np.ndarray, ink: Material) -> list[Shape]:
    """Words on both sides, between the handle and its opposite, just above the wall."""
    height, words = outline[-1, 1], str(rng.choice(PRINTED_TEXTS.split("|")))
    z, size = 0.55 * height, height * rng.uniform(0.14, 0.26) / (1 + words.count("\n"))
    sheet = meshes.text_shape(words, size)
    middle = float(np.interp(z, outline[:, 1], outline[:, 0]))
    scale = min(1.0, 1.9 * middle / max(np.ptp(sheet.vertices[:, 0]), 1e-6))

    def wrap(points: np.ndarray, side: float) -> np.ndarray:
        high = z + scale * points[:, 1]
        out = np.interp(high, outline[:, 1], outline[:, 0]) + 0.0005
        angle = side + scale * points[:, 0] / middle
        return np.stack([out * np.cos(angle), out * np.sin(angle), high], axis=1)

    return [
        sheet.deformed(lambda at, s=s: wrap(at, s)).with_material(ink)
        for s in (-np.pi / 2, np.pi / 2)
    ]
