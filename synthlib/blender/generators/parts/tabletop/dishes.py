"""Dishes and food: place settings, glasses, serving dishes.

Makers return a shape or a group about the origin on z = 0; lengths are in metres.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthlib.blender.generators.parts.groups import (
    Paints,
    bar,
    block,
    merge_by_material,
    place_group,
)
from synthlib.blender.generators.parts.tabletop.decoration import lump
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape


def plate(paints: Paints, radius: float, colour: str, rim_colour: str | None = None) -> Shape:
    """Build a plate, its rim in a second colour if given; colours are sRGB hex codes."""
    profile = [
        (0.0, 0.0),
        (0.6, 0.0),
        (1.0, 0.11),
        (0.99, 0.125),
        (0.8, 0.085),
        (0.78, 0.08),
        (0.62, 0.03),
        (0.0, 0.03),
    ]
    shape = paints.glossy(shapes.lathe(np.array(profile) * radius, 24), colour)
    assert shape.vertex_attribute is not None
    if rim_colour is not None:
        is_rim = np.linalg.norm(shape.vertices[:, :2], axis=1) > 0.79 * radius
        shape.vertex_attribute[is_rim] = srgb_to_linear(rim_colour)
    return shape


def bowl(paints: Paints, radius: float, colour: str, height_ratio: float = 0.5) -> Shape:
    """Build an open bowl.

    Args:
        height_ratio: Height over radius.
    """
    profile = [
        (0.0, 0.0),
        (0.45, 0.0),
        (0.85, 0.55 * height_ratio),
        (1.0, height_ratio),
        (0.95, height_ratio),
        (0.8, 0.6 * height_ratio),
        (0.4, 0.14 * height_ratio),
        (0.0, 0.12 * height_ratio),
    ]
    return paints.glossy(shapes.lathe(np.array(profile) * radius, 24), colour)


def heap_of_food(
    rng: np.random.Generator,
    paints: Paints,
    radius: float,
    height: float,
    hex_codes: str,
    lump_size: float,
) -> list[Shape]:
    """Build lumps heaped to a dome over z = 0.

    Args:
        hex_codes: sRGB codes separated by spaces; the first is of the heap's core.
        lump_size: Diameter of a lump.
    """
    parts = [paints.matte(lump(rng, radius, 0.9 * height, 14), hex_codes.split()[0])]
    count = int(np.clip(1.5 * (radius / lump_size) ** 2, 5, 45))
    for index in range(count):
        radius_share = np.sqrt((index + 0.5) / count)
        angle = 2.4 * index
        x, y = 0.92 * radius * radius_share * np.array([np.cos(angle), np.sin(angle)])
        z = height * (1 - radius_share**2) + 0.1 * lump_size
        colour = jitter_colour(rng, str(rng.choice(hex_codes.split())), 0.8)
        piece = lump(rng, lump_size / 2, lump_size * rng.uniform(0.35, 0.5), 8)
        parts.append(paints.matte(piece.translated(x, y, z), colour))
    return merge_by_material(parts)


def drinking_glass(
    paints: Paints, height: float, stemmed: bool, wine_colour: str | None
) -> list[Shape]:
    """Build a tumbler, or a stemmed glass.

    Args:
        wine_colour: sRGB code of the drink in it; None for an empty glass.
    """
    radius = 0.2 * height if stemmed else 0.27 * height
    bowl_z = 0.45 * height if stemmed else 0.008
    profile = [(0.75 * radius, bowl_z + 0.01), (1.0, 0.7 * height), (0.85 * radius, height)]
    profile[1] = (radius, 0.7 * height)
    foot = [(0.0, 0.0), (0.9 * radius, 0.0), (0.9 * radius, 0.004), (0.006, 0.012), (0.006, bowl_z)]
    walls = [*(foot if stemmed else [(0.0, 0.0), (0.8 * radius, 0.0)]), *profile]
    inner = [(r - 0.004, z) for r, z in reversed(profile)]
    parts = [
        shapes.lathe([*walls, *inner, (0.0, bowl_z + 0.01)], 14).with_material(
            paints.glass_material
        )
    ]
    if wine_colour is not None:
        body = [(0.7 * radius, bowl_z + 0.012), (0.93 * radius, 0.68 * height)]
        parts.append(paints.glossy(shapes.lathe(body, 14), wine_colour))
    return parts


@dataclass(frozen=True)
class DinnerService:
    """Properties shared by all place settings of a table; colours are sRGB hex codes.

    Attributes:
        plates: Radius and colour, from the lowest up.
        napkin_on_plate: The napkin stands on the plate, not next to it.
        food_colours: One of `FOOD_COLOURS`; None for empty plates.
    """

    plates: tuple[tuple[float, str], ...]
    rim_colour: str | None
    mat_colour: str | None
    napkin_colour: str | None
    napkin_on_plate: bool
    glasses: int
    stemmed_glasses: bool
    wine_colour: str | None
    cutlery_colour: str
    food_colours: str | None


def place_setting(rng: np.random.Generator, paints: Paints, service: DinnerService) -> list[Shape]:
    """Build a place setting for a person who sits at -Y."""
    parts = []
    if service.mat_colour is not None:
        parts.append(paints.matte(block(0.44, 0.32, 0.0026), service.mat_colour))
    z = 0.002
    for radius, colour in service.plates:
        parts.append(plate(paints, radius, colour, service.rim_colour).translated(z=z))
        z += 0.028 * radius / 0.14 * 0.6
    if service.napkin_colour is not None:
        napkin = shapes.prism(
            [(0.055, -0.07), (0.055, 0.05), (0.0, 0.09), (-0.055, 0.05), (-0.055, -0.07)], 0.016
        )
        position = (0.0, 0.0, z) if service.napkin_on_plate else (-0.2, 0.0, 0.001)
        parts.append(paints.matte(napkin, service.napkin_colour).translated(*position))
    for x, width in ((-0.165, 0.024), (-0.195, 0.024), (0.165, 0.02), (0.192, 0.02)):
        handle = bar((x, -0.11, 0.004), (x, 0.03, 0.004), 0.011, 0.004)
        head = block(width, 0.07, 0.004).translated(x, 0.06, 0.0025)
        parts += [
            paints.glossy(handle, service.cutlery_colour),
            paints.glossy(head, service.cutlery_colour),
        ]
    for x, stemmed in ((0.15, service.stemmed_glasses), (0.22, True))[: service.glasses]:
        glass = drinking_glass(paints, 0.2 if stemmed else 0.12, stemmed, service.wine_colour)
        parts += place_group(glass, x, 0.17)
    if service.food_colours is not None:
        parts += place_group(
            heap_of_food(rng, paints, 0.075, 0.035, service.food_colours, 0.035), 0, 0, z + 0.004
        )
    return merge_by_material(parts)


FOOD_COLOURS = (
    "7fa63a 4f7f2a c8321f e6d08a",  # salad
    "b5702c 8a4a1c d08a3a 5f7f2a",  # roast
    "e9d9a0 f0e4bd d9b25a",  # pasta, rice
    "d96a1c e6a02a c23a1c 6f9a2f",  # fruit
    "c98a45 b06a2c e0b06a",  # bread, pastry
    "e8e2d4 d98a8a f2c2b2 8a9a5a",  # fish, ham
    "5a1f1a 7a2a1e 3f2418 d8c090",  # stew
    "f0c02a e88a1c b8c83a",  # cheese, citrus
)


def serving_dish(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a serving dish with food in it."""
    kind = rng.choice(["platter", "bowl", "fruit", "cake", "rounds", "basket"])
    dish_colour = str(
        rng.choice(["f2f0ea", "e6e0d2", "c9d3dd", "b8bcc0", "4a6a8a", "8a4a2a", "2a2624"])
    )
    radius = rng.uniform(0.11, 0.18)
    food_colours = str(rng.choice(FOOD_COLOURS))
    if kind == "platter":
        parts = [
            plate(paints, radius, dish_colour),
            *place_group(
                heap_of_food(rng, paints, 0.7 * radius, 0.045, food_colours, 0.05), z=0.009
            ),
        ]
        stretch = np.array([rng.uniform(1.0, 1.6), 1.0, 1.0])
        return [part.deformed(lambda points: points * stretch) for part in parts]
    if kind == "bowl":
        heap = heap_of_food(rng, paints, 0.86 * radius, 0.03, food_colours, 0.045)
        return [bowl(paints, radius, dish_colour), *place_group(heap, z=0.38 * radius)]
    if kind == "fruit":
        heap = heap_of_food(
            rng, paints, 0.75 * radius, 0.06, "b3261e e07a1c e6c02c 7f9a2f 5a2140", 0.085
        )
        return [bowl(paints, radius, dish_colour, 0.4), *place_group(heap, z=0.3 * radius)]
    if kind == "cake":
        height = rng.uniform(0.06, 0.13)
        cake_radius = 0.75 * radius
        body = shapes.slab(
            2 * cake_radius,
            2 * cake_radius,
            [(0, 0.006), (0, height), (0.012, height + 0.012)],
            cake_radius,
            segments=6,
        )
        icing = str(rng.choice(["f4eee6", "5a3018", "f0b8c4", "f2dfa0", "c23a3a"]))
        top = place_group(
            heap_of_food(rng, paints, 0.6 * cake_radius, 0.006, "c21f2a f6f0e8 7a2a1e", 0.03),
            z=height + 0.008,
        )
        return [plate(paints, radius, dish_colour), paints.matte(body, icing), *top]
    if kind == "rounds":
        crust = shapes.lathe(
            [
                (0.0, 0.008),
                (0.85 * radius, 0.008),
                (0.88 * radius, 0.03),
                (0.8 * radius, 0.022),
                (0.0, 0.022),
            ],
            24,
        )
        topping = heap_of_food(
            rng, paints, 0.7 * radius, 0.012, "d88a2a c83a1c e8c04a 5f7f2a", 0.04
        )
        return [
            plate(paints, radius, dish_colour),
            paints.matte(crust, "b8742c"),
            *place_group(topping, z=0.018),
        ]
    wall = bowl(paints, radius, "8a5a2c", 0.45)
    rolls = heap_of_food(rng, paints, 0.8 * radius, 0.04, "c98a45 b06a2c d9a55a", 0.075)
    return [replace(wall, material=paints.matte_material), *place_group(rolls, z=0.3 * radius)]
