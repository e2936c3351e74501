"""Dining tables of all shapes and bases, bare, decorated, laid or full of dishes, with chairs.

`rng` draws the table's form, base and top (`parts.furniture.dining_tables`), its scene (bare,
centre piece, laid, feast), tablecloth or runner, the chairs' design and position, the dinner
service and the dishes. A table is 0.8 to 2.6 m long; lengths are in metres.
"""

from collections.abc import Callable

import bpy
import numpy as np

from synthlib.blender.generators.parts import groups
from synthlib.blender.generators.parts.furniture import chairs, dining_tables, joinery
from synthlib.blender.generators.parts.furniture.dining_tables import TableForm
from synthlib.blender.generators.parts.groups import Paints, block, place_group
from synthlib.blender.generators.parts.tabletop import decoration, dishes
from synthlib.blender.generators.parts.tabletop.decoration import TableSurface
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_METALS = ("c9ccd0", "8f9296", "1c1b1b", "b8923f")
_SHELL_COLOUR_RANGES = ((0.0, 0.6), (0.02, 0.7))
"""Ranges of saturation and of value of moulded seats."""


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a table with the things on and around it.

    Returns:
        One mesh object, standing on z = 0, its long side along x.
    """
    form = dining_tables.sample_table_form(rng)
    paints = groups.make_paints()
    top_wood, frame_wood = joinery.sample_timber(rng)
    metal = materials.brushed_metal(jitter_colour(rng, str(rng.choice(_METALS))))
    parts = dining_tables.table_base(rng, form, frame_wood, metal) + dining_tables.table_top(
        rng, form, top_wood
    )
    surface = TableSurface(form.height, _inside_test(form))
    scene = rng.choice(["bare", "centre", "laid", "feast"], p=[0.22, 0.3, 0.26, 0.22])
    seats = _seat_positions(rng, form)
    seats_to_lay = seats
    if rng.random() < (0.5 if scene == "feast" else 0.12):
        seats = []  # no chairs, but the table may still be laid
    cloth_probabilities = {"bare": 0.1 * bool(seats), "centre": 0.25, "laid": 0.5, "feast": 0.55}
    if rng.random() < cloth_probabilities[str(scene)]:
        drop = rng.uniform(0.15, 0.35) if rng.random() < 0.65 else form.height - 0.03
        cloth = decoration.tablecloth(rng, form.top_outline, form.height + 0.003, drop)
        parts.append(cloth.with_material(decoration.sample_linen(rng)))
        surface.height += 0.007
    elif scene != "bare" and rng.random() < 0.3:
        parts += _table_runner(rng, form, paints)
    parts += _place_chairs(rng, form, seats, frame_wood, metal)
    if scene == "laid":
        parts += _place_settings(rng, seats_to_lay, paints, surface)
    if scene != "bare":
        parts += _centre_pieces(rng, form, str(scene), paints, surface)
    return meshes.assemble("food_table", parts)


def _inside_test(form: TableForm) -> Callable[[np.ndarray], np.ndarray]:
    """Return a test of points (N, 2): at least 2 cm inside the table's edge or not, bool (N,)."""

    def inside(points: np.ndarray) -> np.ndarray:
        relative = np.abs(points) / [form.length / 2 - 0.02, form.width / 2 - 0.02]
        if form.kind in ("rectangle", "square"):
            return (relative < 1.0).all(axis=1)
        return (relative**2).sum(axis=1) < 1.0

    return inside


def _table_runner(rng: np.random.Generator, form: TableForm, paints: Paints) -> list[Shape]:
    """Build a strip of cloth along the middle of the table."""
    strip = block(0.8 * form.length, rng.uniform(0.24, 0.4), 0.003)
    return [
        paints.matte(strip, sample_colour(rng, (0.2, 0.8), (0.1, 0.7))).translated(
            z=form.height - 0.001
        )
    ]


def _seat_positions(rng: np.random.Generator, form: TableForm) -> list[tuple[float, float, float]]:
    """Sample the seats around the table.

    Returns:
        (x, y, angle) of each seat, on the edge of the top and facing in, in metres and degrees; the
        seat at -Y has the angle 180.
    """
    x, y = form.length / 2, form.width / 2
    if form.kind in ("round", "octagon"):
        count = int(rng.integers(3, 5 + 2 * (x > 0.55)))
        start_degrees = rng.uniform(0, 360)
        angles = np.radians(start_degrees + np.arange(count) * 360 / count)
        return [(x * np.sin(t), -y * np.cos(t), 180 + np.degrees(t)) for t in angles]
    count = max(1, int(form.length / rng.uniform(0.58, 0.75)))
    seat_xs = (np.arange(count) - (count - 1) / 2) * min(form.length / count, 0.75)
    seats = [
        (float(seat_x), side * y, 180.0 if side < 0 else 0.0)
        for seat_x in seat_xs
        for side in (-1, 1)
    ]
    if rng.random() < 0.65 and len(seats) < 8:
        seats += [(-x, 0.0, 90.0), (x, 0.0, -90.0)]
    return seats


def _place_chairs(
    rng: np.random.Generator,
    form: TableForm,
    seats: list,
    wood: bpy.types.Material,
    metal: bpy.types.Material,
) -> list[Shape]:
    """Place chairs of one design at all seats, pushed in or drawn back; some may be missing."""
    if not seats:
        return []
    if form.kind == "rectangle" and rng.random() < 0.1:
        bench = chairs.bench(0.85 * form.length, wood)
        y = form.width / 2 + rng.uniform(0.0, 0.2)
        return place_group(bench, y=y) + place_group(bench, y=-y)
    design = str(rng.choice(chairs.DINING_CHAIR_DESIGNS))
    frame_material = (
        wood if rng.random() < 0.75 else joinery.sample_timber(rng, lacquered_share=0.5)[1]
    )
    seat_material = (
        _sample_seat_material(rng)
        if design != "shell"
        else materials.plastic(sample_colour(rng, *_SHELL_COLOUR_RANGES), 0.4)
    )
    chair = chairs.dining(rng, design, frame_material, seat_material, metal)
    missing_probability = rng.choice([0.0, 0.0, 0.25])
    common_distance = rng.uniform(-0.17, 0.1)
    parts = []
    for x, y, facing in seats:
        distance = common_distance + (
            rng.uniform(0.1, 0.35) if rng.random() < 0.15 else rng.uniform(-0.03, 0.03)
        )
        angle = np.radians(facing)
        outward = np.array([-np.sin(angle), np.cos(angle)])  # away from the table's centre
        position = np.array([x, y]) + outward * distance
        if rng.random() >= missing_probability:
            parts += place_group(chair, *position, rotation=facing + rng.normal(0.0, 4.0))
    return parts


def _sample_seat_material(rng: np.random.Generator) -> bpy.types.Material:
    """Sample fabric or leather for seats."""
    colour = jitter_colour(
        rng,
        str(
            rng.choice(
                "e9e2d2 d8c9a8 1c1b1c 3a2a22 7a2a26 8a8478 5a4632 f0eeea 44583c 2f4560".split()
            )
        ),
    )
    return (
        materials.fabric(colour, thread_width=0.006)
        if rng.random() < 0.6
        else materials.leather(colour)
    )


def _place_settings(
    rng: np.random.Generator, seats: list, paints: Paints, surface: TableSurface
) -> list[Shape]:
    """Place the same setting in front of every seat."""
    plate_colour = str(
        rng.choice(["f4f2ee", "f4f2ee", "e9e2d0", "c8d4dd", "2c2a2a", "a8b89a", "c96a3a"])
    )
    charger_colour = str(rng.choice(["c9a24a", "b8bcc0", "7a2a26", "2f4a6a", "f0ece4"]))
    plates = ((0.145, charger_colour), (0.12, plate_colour), (0.085, plate_colour))[
        int(rng.integers(0, 2)) : int(rng.integers(2, 4))
    ]
    service = dishes.DinnerService(
        plates=plates,
        rim_colour=str(rng.choice(["2f4a7a", "b8923f", "7a2a26"])) if rng.random() < 0.4 else None,
        mat_colour=str(rng.choice(["7a5a36", "2a2624", "a8322a", "5a6b3a", "d9c9a0"]))
        if rng.random() < 0.35
        else None,
        napkin_colour=str(rng.choice(["f2f0ec", "8a1f2a", "3a5a7a", "d9b25a", "5f7a4a"]))
        if rng.random() < 0.7
        else None,
        napkin_on_plate=bool(rng.random() < 0.5),
        glasses=int(rng.integers(0, 3)),
        stemmed_glasses=bool(rng.random() < 0.5),
        wine_colour=str(rng.choice(["5a0f1c", "e0c060", "d07a1c"])) if rng.random() < 0.5 else None,
        cutlery_colour=str(rng.choice(["9a9ea2", "c9ccd0", "b8923f"])),
        food_colours=str(rng.choice(dishes.FOOD_COLOURS)) if rng.random() < 0.4 else None,
    )
    setting = dishes.place_setting(rng, paints, service)
    parts = []
    for x, y, facing in seats:
        angle = np.radians(facing)
        inward = np.array([np.sin(angle), -np.cos(angle)]) * 0.19
        parts += surface.place_at(setting, (x + inward[0], y + inward[1]), facing + 180)
    return parts


def _centre_pieces(
    rng: np.random.Generator, form: TableForm, scene: str, paints: Paints, surface: TableSurface
) -> list[Shape]:
    """Place flowers, candles and fruit in the middle; on a feast dishes wherever there is space."""
    makers = [decoration.vase_of_flowers, decoration.candle, decoration.bottle, dishes.serving_dish]
    centre_piece = makers[int(rng.choice(4, p=[0.5, 0.1, 0.05, 0.35]))](rng, paints)
    parts = surface.place_at(centre_piece, rng.uniform(-0.04, 0.04, 2))
    if scene == "centre" and rng.random() < 0.5:
        return parts
    count = {"centre": 3, "laid": 7, "feast": 24}[scene]
    half_extent = (form.length / 2, form.width / 2 if scene == "feast" else 0.15)
    probabilities = [0.04, 0.12, 0.12, 0.72] if scene == "feast" else [0.1, 0.35, 0.25, 0.3]
    for _ in range(count):
        group = makers[int(rng.choice(4, p=probabilities))](rng, paints)
        area = (-half_extent[0], -half_extent[1], *half_extent)
        parts += surface.place_if_free(rng, group, area, rng.uniform(0.0, 360.0))
    return parts
