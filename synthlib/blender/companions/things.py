"""Things that stand next to objects, carry them or hang next to them, as groups of shapes.

Lengths are in metres. What stands next to an object is built on z = 0 about the z axis, its front
towards -Y. A carrier is built around the points of what it carries, which stands on z = 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.generators.parts.furniture import chairs, joinery
from synthlib.blender.generators.parts.groups import Paints, block, place_group
from synthlib.blender.generators.parts.tabletop import (
    decoration,
    desk_accessories,
    desk_computers,
    dishes,
)
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

Builder = Callable[[np.random.Generator, Paints], list[Shape]]
Carrier = Callable[[np.random.Generator, Paints, np.ndarray], list[Shape]]


@dataclass(frozen=True)
class Thing:
    """Something in the scene that is not of the object's class: its name and its objects."""

    name: str
    objects: list[bpy.types.Object]

    def hide(self, hidden: bool) -> None:
        """Hide it, or show it again."""
        for obj in self.objects:
            obj.hide_render = hidden


_FRUIT = "b3261e c8341e 8f1f24 e07a1c e8912a d9c23a 7f9a2f 9ab03a 5a2140".split()
_DISHES = "f2f0ea e6e0d2 c9d3dd 4a6a8a 8a4a2a 2a2624 7a9a8a b8742c".split()
_FLOOR_SHARE = 0.92
"""Radius of a bowl's flat floor, as a share of the radius of what lies in it."""


def make_plain_paints() -> Paints:
    """Build the materials of one thing, which read their colour from its shapes."""
    painted = []
    for name, roughness in (("matte", 0.8), ("glossy", 0.35)):
        graph = NodeGraph(name)
        colour = graph.vertex_attribute()
        shade = graph.noise(0.09, detail=2.0).smoothstep(0.2, 0.8)
        dark = graph.add_node("MixRGB", 1.0, colour, (0.8, 0.8, 0.8), blend_type="MULTIPLY")
        painted.append(
            graph.build_material(graph.mix(shade, dark, colour), roughness, specular=0.3)
        )
    return Paints(painted[0], painted[1], materials.glass((0.93, 0.97, 0.96)))


def _fruit(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build an apple, an orange or a similar fruit."""
    radius = rng.uniform(0.031, 0.046)
    dimple = rng.uniform(0.0, 0.5)

    def dent(points: np.ndarray) -> np.ndarray:
        across = np.linalg.norm(points[:, :2], axis=1) / radius
        depth = dimple * radius * np.exp(-((across / 0.35) ** 2))
        return points - np.stack([0 * depth, 0 * depth, np.sign(points[:, 2]) * depth], axis=1)

    body = shapes.sphere(radius, 28).deformed(dent)
    body = paints.glossy(body, jitter_colour(rng, str(rng.choice(_FRUIT)), 1.5))
    top = radius * (1 - dimple)
    stem = paints.matte(
        shapes.rod((0, 0, top - 0.004), (0.004, 0, top + 0.016), 0.002, 6), "3a2a18"
    )
    tilt = float(rng.uniform(-50, 50))
    return [part.rotated("x", tilt).translated(z=radius) for part in (body, stem)]


def _box(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a carton, plain or printed in two colours."""
    width, depth, height = rng.uniform(0.08, 0.32, 3)
    colour = (
        jitter_colour(rng, "b08a5a")
        if rng.random() < 0.5
        else sample_colour(rng, (0.0, 0.9), (0.05, 0.8))
    )
    band = block(width + 0.001, depth + 0.001, height * rng.uniform(0.15, 0.5))
    band = band.translated(z=height * rng.uniform(0.1, 0.4))
    parts = [paints.matte(block(width, depth, height), colour)]
    return [*parts, paints.matte(band, sample_colour(rng, (0.0, 0.9), (0.05, 0.9)))]


def _flowers(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a bunch of flowers in a small or a large pot."""
    return decoration.vase_of_flowers(rng, paints, float(rng.uniform(0.6, 1.3)))


def _chair(rng: np.random.Generator, paints: Paints, office_share: float = 0.5) -> list[Shape]:
    """Build an office chair, with probability `office_share`, or a dining chair."""
    colour = jitter_colour(
        rng, str(rng.choice("1c1b1c 3a2a22 7a2a26 8a8478 2f4560 d8c9a8".split()))
    )
    seat = materials.fabric(colour, thread_width=0.006)
    metal = materials.brushed_metal(jitter_colour(rng, str(rng.choice(["c9ccd0", "1c1b1b"]))))
    if rng.random() < office_share:
        return chairs.office(rng, seat, metal)
    design = str(rng.choice(chairs.DINING_CHAIR_DESIGNS))
    return chairs.dining(rng, design, joinery.sample_timber(rng)[1], seat, metal)


def _dining_chair(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a chair without castors."""
    return _chair(rng, paints, office_share=0.0)


def _framed_print(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a framed photograph or print whose back is at y = 0, as it hangs on a wall."""
    width, height = rng.uniform(0.15, 0.5, 2)
    border = rng.uniform(0.015, 0.05)
    frame = paints.glossy(
        block(width, 0.02, height),
        desk_computers.choose_hex_code(rng, "6b3a1e 1c1b1b b8923f e6e3dc 3a2a22"),
    )
    parts = [frame.translated(y=-0.01)]
    inner = width - 2 * border, height - 2 * border
    for inset, thickness in ((0.0, 0.004), (rng.uniform(0.05, 0.25), 0.005)):
        size = inner[0] * (1 - inset), inner[1] * (1 - inset)
        sheet = block(size[0], thickness, size[1])
        z = (height - size[1]) / 2
        colour = sample_colour(rng, (0.0, 0.6), (0.1, 0.9))
        parts.append(paints.matte(sheet.translated(0.0, -0.02, z), colour))
    return parts


BESIDE: dict[str, Builder] = {
    "accessory": desk_accessories.desk_accessory,
    "books": desk_accessories.pile_of_books_or_paper,
    "bottle": decoration.bottle,
    "box": _box,
    "candle": decoration.candle,
    "chair": _chair,
    "computer_tower": desk_computers.computer_tower,
    "dining_chair": _dining_chair,
    "dish": dishes.serving_dish,
    "flowers": _flowers,
    "fruit": _fruit,
    "lamp": desk_accessories.lamp,
    "mug": desk_accessories.cup,
    "papers": desk_accessories.papers,
    "framed_print": _framed_print,
    "printer": desk_computers.printer,
}
"""Builders of things that stand or hang next to an object, by name."""


def _middle_and_radius(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle of the points on the ground, and the radius of a circle around them."""
    middle = (points[:, :2].min(axis=0) + points[:, :2].max(axis=0)) / 2
    return middle, float(np.linalg.norm(points[:, :2] - middle, axis=1).max())


def _bowl(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build an open bowl in which everything lies, deep or shallow."""
    middle, radius = _middle_and_radius(points)
    floor, rim = _FLOOR_SHARE * radius, radius * rng.uniform(1.12, 1.4)
    height = radius * rng.uniform(0.15, 0.5)
    profile = [
        (0.0, -0.01),
        (0.6 * floor, -0.01),
        (floor + 0.006, -0.004),
        ((floor + rim) / 2 + 0.008, 0.35 * height),
        (rim + 0.006, height),
        (rim, height),
        ((floor + rim) / 2, 0.37 * height),
        (floor, 0.0),
        (0.0, 0.0),
    ]
    paint = paints.glossy if rng.random() < 0.75 else paints.matte
    bowl = paint(shapes.lathe(profile, 48), jitter_colour(rng, str(rng.choice(_DISHES))))
    return [bowl.translated(float(middle[0]), float(middle[1]))]


def _plate(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a plate or a saucer below the object."""
    middle, radius = _middle_and_radius(points)
    radius *= rng.uniform(1.05, 1.5) / 0.62  # the flat part
    plate = dishes.plate(paints, radius, str(rng.choice(_DISHES)))
    return [plate.translated(float(middle[0]), float(middle[1]), -0.03 * radius)]


def _board(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a wooden board, a mat or a cloth below everything."""
    middle, _ = _middle_and_radius(points)
    size = np.ptp(points[:, :2], axis=0) * rng.uniform(1.05, 1.5, 2)
    thickness = float(rng.choice([0.003, 0.02]))
    board = shapes.box(float(size[0]), float(size[1]), thickness, 0.0012)
    if rng.random() < 0.5:
        board = board.with_material(joinery.sample_timber(rng)[0])
    else:
        board = paints.matte(board, sample_colour(rng, (0.0, 0.7), (0.03, 0.8)))
    return place_group([board], float(middle[0]), float(middle[1]), -thickness)


CARRIERS: dict[str, Carrier] = {"board": _board, "bowl": _bowl, "plate": _plate}
"""Builders of things below the object or below everything, by name."""
