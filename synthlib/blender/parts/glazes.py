"""Glazes and painted decoration of cups and vases, on the paint that `tableware.vessel` leaves.

A decoration is a function of a `Wall` (the angle in turns, the share of the height) that returns
the colour outside; the inside keeps a colour of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.colours import Colour, scaled
from synthlib.blender.graphs import Field, Graph
from synthlib.blender.parts.reflections import shine

WHITES = "f1efe9 f1efe9 e8e2d4 dfe3e4 d9ccb4".split()
EARTH = "3c4a52 6d7f86 8a6a4a 4a3428 a35a3a 5b6a4c 2a2a2c b8a88c 3f5a6e c9b38a".split()
VIVID = "c22a22 1f4f9e e0b324 2f7d4a e07a2a 6fb7c9 d98a9c 7d3f78 141414 9ac23c".split()
INKS = "23408e 1f5f4a 9c2430 1c1c1e b8892f 6a3d7c c96f8a 3f7fb0 7a4a24".split()
"""Grounds, and what is painted on pale ones."""


@dataclass(frozen=True)
class Glaze:
    """Materials of one pot: of its wall, and the plain one of handles and knobs."""

    wall: Material
    plain: Material


@dataclass(frozen=True)
class Wall:
    """What a decoration is painted on, and with."""

    rng: np.random.Generator
    graph: Graph
    turn: Field  # -0.5 to 0.5 about the axis, 0 at +X
    up: Field  # 0 at the foot, 1 at the lip
    tall: float  # height over circumference
    base: Colour
    ink: Colour
    other: Colour

    def cells(self, count: int, brick: bool = True) -> tuple[Field, Field, Field]:
        """Square cells around the wall: the place in one, -0.5 to 0.5, and a number of its own."""
        rows = max(1.0, round(count * self.tall))
        high = self.up * rows
        row = self.graph.math("FLOOR", high)
        wide = self.turn * float(count) + (row * 0.5 if brick else 0.0)
        column = self.graph.math("MODULO", self.graph.math("FLOOR", wide) + 3.0 * count, count)
        own = self.graph.math("FRACT", column * 0.618 + row * 0.377)
        return self.graph.math("FRACT", wide) - 0.5, high - row - 0.5, own


def glaze(
    rng: np.random.Generator,
    painter: Callable[[Wall], Field],
    colours: tuple[Colour, Colour, Colour],
    tall: float,
    *,
    inside: Colour | None = None,
    gloss: float = 0.6,
) -> Glaze:
    """A pot's materials: base, ink and second colour; gloss in [0, 1], tall height over girth.

    inside is the colour of its inner wall, the base if None.
    """
    base, ink, other = colours
    graph = Graph("glaze")
    x, y, up = graph.paint().parts()
    wall = Wall(rng, graph, graph.math("ARCTAN2", y, x) / (2 * np.pi), up, tall, base, ink, other)
    outside = (x * x + y * y).step(0.3, 0.5)
    uneven = graph.noise(0.03, detail=1.0)
    colour = graph.mix(outside, inside or base, painter(wall))
    worn = graph.add(
        "MixRGB", 1.0, colour, graph.mix(uneven, (0.9,) * 3, (1.0,) * 3), blend_type="MULTIPLY"
    )
    look = {"coat": 0.4 * gloss, "specular": 0.3}
    skin = graph.finish(
        shine(graph, worn, gloss), 0.75 - 0.6 * gloss, height=uneven, depth=0.0004, **look
    )
    same = Graph("plain glaze")
    shade = same.mix(same.noise(0.03), scaled(base, 0.9), base)
    return Glaze(skin, same.finish(shine(same, shade, gloss), 0.75 - 0.6 * gloss, **look))


def clear(tint: Colour, body: float = 0.45, rough: float = 0.08) -> Material:
    """Glass that needs no refraction, quiet at few samples: faint from the front, full at edges.

    body in [0, 1] is how much of it is seen head on.
    """
    graph = Graph("clear")
    edge = graph.add("LayerWeight", 0.35, output=1)
    colour = graph.mix(edge, tint, scaled(tint, 0.3))
    made = graph.finish(colour, rough, specular=0.6)
    shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    alpha = edge.step(0.0, 0.95) * (1.0 - body) + body
    made.node_tree.links.new(alpha.socket, shader.inputs["Alpha"])
    return made
