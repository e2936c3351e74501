"""Groups of shapes: placed, joined, dyed; boxes and bars of few triangles to make them of.

A group is a list of shapes; metres.
"""

from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import Colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import ArrayLike, Shape


@dataclass(frozen=True)
class Paints:
    """Materials that take their colour from the shape, so that a hundred small things share two."""

    matte_material: Material
    glossy_material: Material
    glass_material: Material

    def matte(self, shape: Shape, colour: Colour | str) -> Shape:
        """The shape in paper, cloth, food, dull plastic of a colour or sRGB code."""
        return self._coloured(shape, colour, self.matte_material)

    def glossy(self, shape: Shape, colour: Colour | str) -> Shape:
        """The shape glazed or polished."""
        return self._coloured(shape, colour, self.glossy_material)

    @staticmethod
    def _coloured(shape: Shape, colour: Colour | str, material: Material) -> Shape:
        triple = srgb_to_linear(colour) if isinstance(colour, str) else colour
        return replace(
            shape, material=material, vertex_attribute=np.tile(triple, (len(shape.vertices), 1))
        )


def make_paints() -> Paints:
    """A fresh set of paints."""
    made = []
    for name, roughness, length, least in (("matt", 0.75, 0.012, 0.74), ("gloss", 0.3, 0.05, 0.9)):
        graph = NodeGraph(name)
        colour = graph.vertex_attribute()
        uneven = graph.noise(length).smoothstep(0.25, 0.6)  # so that no two points look quite alike
        dark = graph.add_node("MixRGB", 1.0, colour, (least, least, least), blend_type="MULTIPLY")
        made.append(graph.build_material(graph.mix(uneven, dark, colour), roughness, specular=0.35))
    return Paints(made[0], made[1], materials.glass((0.93, 0.97, 0.96)))


def place_group(
    parts: list[Shape], x: float = 0.0, y: float = 0.0, z: float = 0.0, rotation: float = 0.0
) -> list[Shape]:
    """A group turned about its z axis by degrees, then moved."""
    return [part.rotated("z", rotation).translated(x, y, z) for part in parts]


def block(width: float, depth: float, height: float) -> Shape:
    """A box of twelve triangles on z = 0, where rounded edges would not show."""
    x, y = width / 2, depth / 2
    return shapes.prism([(x, y), (-x, y), (-x, -y), (x, -y)], height)


def bar(
    start: ArrayLike,
    end: ArrayLike,
    width: float,
    depth: float,
    taper: float = 1.0,
    width_axis: str = "x",
) -> Shape:
    """A straight bar of rectangular section, `width` along the axis named; its end `taper` wide."""
    x, y = width / 2, depth / 2
    section = np.array([(x, y), (-x, y), (-x, -y), (x, -y)])
    path = np.array([start, end], dtype=float)
    return shapes.sweep(
        path, np.stack([section, section * taper]), np.eye(3)["xyz".index(width_axis)]
    )


def merge_by_material(parts: list[Shape]) -> list[Shape]:
    """The same as one shape a material, which is quicker to place again and again."""
    made = []
    for material in dict.fromkeys(part.material for part in parts):
        own = [part for part in parts if part.material is material]
        starts = np.cumsum([0, *(len(part.vertices) for part in own)])
        faces: dict[int, list[np.ndarray]] = {}
        for start, part in zip(starts, own, strict=False):
            for face in part.faces:
                faces.setdefault(face.shape[1], []).append(face + start)
        paint = [
            np.zeros_like(p.vertices) if p.vertex_attribute is None else p.vertex_attribute
            for p in own
        ]
        vertices = np.concatenate([part.vertices for part in own])
        sides = tuple(np.concatenate(same) for same in faces.values())
        made.append(Shape(vertices, sides, material, np.concatenate(paint)))
    return made
