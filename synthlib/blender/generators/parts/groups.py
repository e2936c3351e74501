"""Groups of shapes: placement, merging, colours; boxes and bars of few triangles.

A group is a list of shapes; lengths are in metres.
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
    """Materials that read their colour from the shape, so that a hundred small things share two."""

    matte_material: Material
    glossy_material: Material
    glass_material: Material

    def matte(self, shape: Shape, colour: Colour | str) -> Shape:
        """Colour a shape as paper, cloth, food or dull plastic, by linear RGB or sRGB hex code."""
        return self._coloured(shape, colour, self.matte_material)

    def glossy(self, shape: Shape, colour: Colour | str) -> Shape:
        """Colour a shape as glazed or polished, by linear RGB or sRGB hex code."""
        return self._coloured(shape, colour, self.glossy_material)

    @staticmethod
    def _coloured(shape: Shape, colour: Colour | str, material: Material) -> Shape:
        triple = srgb_to_linear(colour) if isinstance(colour, str) else colour
        return replace(
            shape, material=material, vertex_attribute=np.tile(triple, (len(shape.vertices), 1))
        )


def make_paints() -> Paints:
    """Build the materials of one object."""
    node_materials = []
    for name, roughness, wavelength, darkest in (
        ("matt", 0.75, 0.012, 0.74),
        ("gloss", 0.3, 0.05, 0.9),
    ):
        graph = NodeGraph(name)
        colour = graph.vertex_attribute()
        # Mottling keeps plain surfaces from looking uniform.
        mottling = graph.noise(wavelength).smoothstep(0.25, 0.6)
        dark = graph.add_node(
            "MixRGB", 1.0, colour, (darkest, darkest, darkest), blend_type="MULTIPLY"
        )
        node_materials.append(
            graph.build_material(graph.mix(mottling, dark, colour), roughness, specular=0.35)
        )
    return Paints(node_materials[0], node_materials[1], materials.glass((0.93, 0.97, 0.96)))


def place_group(
    parts: list[Shape], x: float = 0.0, y: float = 0.0, z: float = 0.0, rotation: float = 0.0
) -> list[Shape]:
    """Rotate a group about its z axis by degrees, then translate it."""
    return [part.rotated("z", rotation).translated(x, y, z) for part in parts]


def block(width: float, depth: float, height: float) -> Shape:
    """Build a box of twelve triangles on z = 0, where rounded edges would be invisible."""
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
    """Build a straight bar of rectangular section.

    Args:
        width: Along `width_axis`; `depth` across it, metres.
        taper: Size of the end over that of the start.
    """
    x, y = width / 2, depth / 2
    section = np.array([(x, y), (-x, y), (-x, -y), (x, -y)])
    path = np.array([start, end], dtype=float)
    return shapes.sweep(
        path, np.stack([section, section * taper]), np.eye(3)["xyz".index(width_axis)]
    )


def merge_by_material(parts: list[Shape]) -> list[Shape]:
    """Merge a group into one shape per material, which is faster to place repeatedly."""
    merged = []
    for material in dict.fromkeys(part.material for part in parts):
        same_material = [part for part in parts if part.material is material]
        starts = np.cumsum([0, *(len(part.vertices) for part in same_material)])
        faces: dict[int, list[np.ndarray]] = {}
        for start, part in zip(starts, same_material, strict=False):
            for face in part.faces:
                faces.setdefault(face.shape[1], []).append(face + start)
        attributes = [
            np.zeros_like(p.vertices) if p.vertex_attribute is None else p.vertex_attribute
            for p in same_material
        ]
        vertices = np.concatenate([part.vertices for part in same_material])
        sides = tuple(np.concatenate(group) for group in faces.values())
        merged.append(Shape(vertices, sides, material, np.concatenate(attributes)))
    return merged
