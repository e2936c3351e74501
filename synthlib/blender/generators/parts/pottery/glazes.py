"""Glazes and clear glass of cups and vases, read from the attribute that `vessels.vessel` stores.

A decoration (`decorations`) is a function of a `WallCanvas` that returns the colour of the outer
wall; the inside has a colour of its own.
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
"""Colours of glazes by family, and of paint on pale glazes, as sRGB hex."""


@dataclass(frozen=True)
class Glaze:
    """Materials of one pot: of its wall, and the undecorated one of handles and knobs."""

    wall_material: Material
    handle_material: Material


@dataclass(frozen=True)
class WallCanvas:
    """Canvas of a decoration: coordinates on the wall, the node graph, and colours.

    Attributes:
        angle_turns: Angle about the axis in turns, -0.5 to 0.5, 0 at +X.
        height_share: 0 at the foot, 1 at the lip.
        aspect_ratio: Height of the wall over its circumference.
    """

    rng: np.random.Generator
    graph: NodeGraph
    angle_turns: Field
    height_share: Field
    aspect_ratio: float
    base: Colour
    ink: Colour
    second_ink: Colour

    def grid_cells(self, count: int, staggered: bool = True) -> tuple[Field, Field, Field]:
        """Divide the wall into square cells.

        Args:
            count: Cells around the wall.
            staggered: Shift every second row by half a cell.

        Returns:
            Fields of x and y within the cell, -0.5 to 0.5, and of a number in [0, 1) per cell.
        """
        rows = max(1.0, round(count * self.aspect_ratio))
        row_position = self.height_share * rows
        row = self.graph.math("FLOOR", row_position)
        column_position = self.angle_turns * float(count) + (row * 0.5 if staggered else 0.0)
        column = self.graph.math(
            "MODULO", self.graph.math("FLOOR", column_position) + 3.0 * count, count
        )
        cell_number = self.graph.math("FRACT", column * 0.618 + row * 0.377)
        return (
            self.graph.math("FRACT", column_position) - 0.5,
            row_position - row - 0.5,
            cell_number,
        )


def make_glaze(
    rng: np.random.Generator,
    decoration: Callable[[WallCanvas], Field],
    colours: tuple[Colour, Colour, Colour],
    aspect_ratio: float,
    *,
    inside_colour: Colour | None = None,
    gloss: float = 0.6,
) -> Glaze:
    """Build the materials of a pot.

    Args:
        colours: Base, ink and second ink.
        aspect_ratio: Height of the wall over its circumference.
        inside_colour: Of the inner wall; None for the base.
        gloss: In [0, 1].
    """
    base, ink, second_ink = colours
    graph = NodeGraph("glaze")
    x, y, height_share = graph.vertex_attribute().components()
    canvas = WallCanvas(
        rng,
        graph,
        graph.math("ARCTAN2", y, x) / (2 * np.pi),
        height_share,
        aspect_ratio,
        base,
        ink,
        second_ink,
    )
    outside = (x * x + y * y).smoothstep(0.3, 0.5)
    unevenness = graph.noise(0.03, detail=1.0)
    colour = graph.mix(outside, inside_colour or base, decoration(canvas))
    worn = graph.add_node(
        "MixRGB", 1.0, colour, graph.mix(unevenness, (0.9,) * 3, (1.0,) * 3), blend_type="MULTIPLY"
    )
    finish = {"coat": 0.4 * gloss, "specular": 0.3}
    wall_material = graph.build_material(
        add_window_reflections(graph, worn, gloss),
        0.75 - 0.6 * gloss,
        bump_height=unevenness,
        bump_distance=0.0004,
        **finish,
    )
    handle_graph = NodeGraph("plain glaze")
    handle_colour = handle_graph.mix(handle_graph.noise(0.03), scale_colour(base, 0.9), base)
    return Glaze(
        wall_material,
        handle_graph.build_material(
            add_window_reflections(handle_graph, handle_colour, gloss), 0.75 - 0.6 * gloss, **finish
        ),
    )


def clear_glass(tint: Colour, facing_opacity: float = 0.45, roughness: float = 0.08) -> Material:
    """Return glass without refraction, which renders with little noise at few samples.

    Args:
        facing_opacity: Opacity seen head-on, in [0, 1]; it rises to 1 at grazing angles.
    """
    graph = NodeGraph("clear")
    edge = graph.add_node("LayerWeight", 0.35, output=1)
    colour = graph.mix(edge, tint, scale_colour(tint, 0.3))
    material = graph.build_material(colour, roughness, specular=0.6)
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    alpha = edge.smoothstep(0.0, 0.95) * (1.0 - facing_opacity) + facing_opacity
    material.node_tree.links.new(alpha.socket, shader.inputs["Alpha"])
    return material
