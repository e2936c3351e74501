"""Glazes and painted decoration of cups and vases, on the paint that `tableware.vessel` leaves.

A decoration is a function of a `Wall` (the angle in turns, the share of the height) that returns
the colour outside; the inside keeps a colour of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.materials import add_window_reflections
from synthlib.blender.modelling.node_graph import Field, NodeGraph

WHITE_COLOURS = "f1efe9 f1efe9 e8e2d4 dfe3e4 d9ccb4".split()
EARTH_COLOURS = "3c4a52 6d7f86 8a6a4a 4a3428 a35a3a 5b6a4c 2a2a2c b8a88c 3f5a6e c9b38a".split()
VIVID_COLOURS = "c22a22 1f4f9e e0b324 2f7d4a e07a2a 6fb7c9 d98a9c 7d3f78 141414 9ac23c".split()
INK_COLOURS = "23408e 1f5f4a 9c2430 1c1c1e b8892f 6a3d7c c96f8a 3f7fb0 7a4a24".split()
"""Grounds, and what is painted on pale ones."""


@dataclass(frozen=True)
class Glaze:
    """Materials of one pot: of its wall, and the plain one of handles and knobs."""

    wall_material: Material
    handle_material: Material


@dataclass(frozen=True)
class WallCanvas:
    """What a decoration is painted on, and with."""

    rng: np.random.Generator
    graph: NodeGraph
    angle_turns: Field  # -0.5 to 0.5 about the axis, 0 at +X
    height_share: Field  # 0 at the foot, 1 at the lip
    aspect_ratio: float  # height over circumference
    base: Colour
    ink: Colour
    second_ink: Colour

    def grid_cells(self, count: int, staggered: bool = True) -> tuple[Field, Field, Field]:
        """Square cells around the wall: the place in one, -0.5 to 0.5, and a number of its own."""
        rows = max(1.0, round(count * self.aspect_ratio))
        high = self.height_share * rows
        row = self.graph.math("FLOOR", high)
        wide = self.angle_turns * float(count) + (row * 0.5 if staggered else 0.0)
        column = self.graph.math("MODULO", self.graph.math("FLOOR", wide) + 3.0 * count, count)
        own = self.graph.math("FRACT", column * 0.618 + row * 0.377)
        return self.graph.math("FRACT", wide) - 0.5, high - row - 0.5, own


def make_glaze(
    rng: np.random.Generator,
    decoration: Callable[[WallCanvas], Field],
    colours: tuple[Colour, Colour, Colour],
    aspect_ratio: float,
    *,
    inside_colour: Colour | None = None,
    gloss: float = 0.6,
) -> Glaze:
    """A pot's materials: base, ink and second colour; gloss in [0, 1], tall height over girth.

    inside is the colour of its inner wall, the base if None.
    """
    base, ink, other = colours
    graph = NodeGraph("glaze")
    x, y, up = graph.vertex_attribute().components()
    wall = WallCanvas(
        rng, graph, graph.math("ARCTAN2", y, x) / (2 * np.pi), up, aspect_ratio, base, ink, other
    )
    outside = (x * x + y * y).smoothstep(0.3, 0.5)
    uneven = graph.noise(0.03, detail=1.0)
    colour = graph.mix(outside, inside_colour or base, decoration(wall))
    worn = graph.add_node(
        "MixRGB", 1.0, colour, graph.mix(uneven, (0.9,) * 3, (1.0,) * 3), blend_type="MULTIPLY"
    )
    look = {"coat": 0.4 * gloss, "specular": 0.3}
    skin = graph.build_material(
        add_window_reflections(graph, worn, gloss),
        0.75 - 0.6 * gloss,
        bump_height=uneven,
        bump_distance=0.0004,
        **look,
    )
    same = NodeGraph("plain glaze")
    shade = same.mix(same.noise(0.03), scale_colour(base, 0.9), base)
    return Glaze(
        skin,
        same.build_material(add_window_reflections(same, shade, gloss), 0.75 - 0.6 * gloss, **look),
    )


def clear_glass(tint: Colour, facing_opacity: float = 0.45, roughness: float = 0.08) -> Material:
    """Glass that needs no refraction, quiet at few samples: faint from the front, full at edges.

    body in [0, 1] is how much of it is seen head on.
    """
    graph = NodeGraph("clear")
    edge = graph.add_node("LayerWeight", 0.35, output=1)
    colour = graph.mix(edge, tint, scale_colour(tint, 0.3))
    made = graph.build_material(colour, roughness, specular=0.6)
    shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    alpha = edge.smoothstep(0.0, 0.95) * (1.0 - facing_opacity) + facing_opacity
    made.node_tree.links.new(alpha.socket, shader.inputs["Alpha"])
    return made
