"""Materials written as arithmetic on node graphs of Blender's procedural textures.

A `NodeGraph` is a material under construction, and a `Field` is a number or colour in it that
varies over the surface, so that a pattern reads as a formula:

    graph = NodeGraph("striped")
    x, y, z = graph.object_coordinates().components()
    stripes = graph.math("SINE", 300.0 * x).smoothstep(-0.1, 0.1)
    material = graph.build_material(graph.mix(stripes, (0.8, 0.1, 0.1), (0.9, 0.9, 0.9)), 0.5)

No image files are used. Colours are linear RGB triples in [0, 1], lengths are in metres.
"""

from collections.abc import Sequence

import bpy


class Field:
    """A number or vector at every point of a surface, with arithmetic operators."""

    def __init__(self, graph: "NodeGraph", socket: bpy.types.NodeSocket):
        self.graph = graph
        self.socket = socket

    def __add__(self, other: "FieldLike") -> "Field":
        return self.graph.math("ADD", self, other)

    def __sub__(self, other: "FieldLike") -> "Field":
        return self.graph.math("SUBTRACT", self, other)

    def __rsub__(self, other: "FieldLike") -> "Field":
        return self.graph.math("SUBTRACT", other, self)

    def __mul__(self, other: "FieldLike") -> "Field":
        return self.graph.math("MULTIPLY", self, other)

    def __truediv__(self, other: "FieldLike") -> "Field":
        return self.graph.math("DIVIDE", self, other)

    def __abs__(self) -> "Field":
        return self.graph.math("ABSOLUTE", self)

    __radd__ = __add__
    __rmul__ = __mul__

    def smoothstep(self, low: float, high: float) -> "Field":
        """Map `low` to 0 and `high` to 1, smoothly in between and constant outside.

        `low` may be larger than `high`; the step then falls.
        """
        if low > high:
            return 1.0 - self.smoothstep(high, low)
        options = {"From Min": low, "From Max": high, "interpolation_type": "SMOOTHSTEP"}
        return self.graph.add_node("MapRange", self, **options)

    def components(self) -> tuple["Field", "Field", "Field"]:
        """Separate a vector into its x, y and z components."""
        node = self.graph.add_node("SeparateXYZ", self).socket.node
        return tuple(Field(self.graph, output) for output in node.outputs)


FieldLike = Field | float | Sequence[float] | str | bool
"""A field, or a constant of any type that a node input takes."""


class NodeGraph:
    """A material under construction; `build_material` completes it."""

    def __init__(self, name: str):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add_node(
        self, kind: str, *values: FieldLike, output: int = 0, **options: FieldLike
    ) -> Field:
        """Add a shader node.

        Args:
            kind: The node's type in Blender without "ShaderNode", such as "MixRGB".
            *values: Values of the node's first inputs, in order.
            output: Index of the output to return.
            **options: Inputs by name, written as in Blender (capitalised), and settings of the node
                (lower case), such as `blend_type`.

        Returns:
            The chosen output of the node.
        """
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in options.items():
            if name[0].islower():
                setattr(node, name, value)
            else:
                self._connect(node.inputs[name], value)
        for index, value in enumerate(values):
            self._connect(node.inputs[index], value)
        return Field(self, node.outputs[output])

    def _connect(self, input_socket: bpy.types.NodeSocket, value: FieldLike) -> None:
        """Link a field to an input, or set the input's constant value."""
        if isinstance(value, Field):
            self.tree.links.new(value.socket, input_socket)
        elif isinstance(value, Sequence) and len(value) == 3 and input_socket.type == "RGBA":
            input_socket.default_value = (*value, 1.0)
        else:
            input_socket.default_value = value

    def math(self, operation: str, *values: FieldLike) -> Field:
        """Apply an operation of Blender's Math node, such as "ABSOLUTE", "MINIMUM" or "SINE"."""
        return self.add_node("Math", *values, operation=operation)

    def mix(self, factor: FieldLike, colour_at_0: FieldLike, colour_at_1: FieldLike) -> Field:
        """Interpolate linearly between two colours; `factor` in [0, 1]."""
        return self.add_node("MixRGB", factor, colour_at_0, colour_at_1)

    def object_coordinates(self, scale: Sequence[float] = (1.0, 1.0, 1.0)) -> Field:
        """Coordinates of the surface point in the object's axes, multiplied by `scale` per axis."""
        point = self.add_node("TexCoord", output=3)
        return self.add_node("Mapping", point, Scale=tuple(map(float, scale)))

    def vertex_attribute(self) -> Field:
        """Interpolated `Shape.vertex_attribute` of the mesh."""
        return self.add_node("Attribute", attribute_name="paint", output=1)

    def noise(
        self, wavelength: float, coordinates: Field | None = None, detail: float = 1.0
    ) -> Field:
        """Smooth noise around 0.5.

        Args:
            wavelength: Typical length of its waves.
            coordinates: A vector field that the noise is evaluated at; None: object coordinates.
            detail: Number of finer octaves that are added.
        """
        coordinates = self.object_coordinates() if coordinates is None else coordinates
        return self.add_node("TexNoise", Vector=coordinates, Scale=1.0 / wavelength, Detail=detail)

    def voronoi_distance(self, spacing: float, coordinates: Field | None = None) -> Field:
        """Distance to the nearest of many scattered points, in units of their typical spacing.

        Args:
            spacing: Typical distance between the points.
            coordinates: A vector field that the distance is evaluated at; None: object coordinates.
        """
        coordinates = self.object_coordinates() if coordinates is None else coordinates
        return self.add_node("TexVoronoi", Vector=coordinates, Scale=1.0 / spacing)

    def build_material(
        self,
        colour: FieldLike,
        roughness: FieldLike,
        *,
        bump_height: Field | None = None,
        bump_distance: float = 0.0,
        hollow_darkening: float = 0.0,
        specular: float = 0.5,
        sheen: float = 0.0,
        metallic: float = 0.0,
        coat: float = 0.0,
        transmission: float = 0.0,
        emission_strength: float = 0.0,
    ) -> bpy.types.Material:
        """Complete the material with a Principled shader.

        The study lights objects white from all sides, where bumps alone are hardly visible.
        Therefore hollows can be darkened too, as dirt and shade do.

        Args:
            colour: Base colour.
            roughness: In [0, 1].
            bump_height: Height of the surface's relief in [0, 1], None for a smooth surface.
            bump_distance: Height of the relief in metres where `bump_height` is 1; 0: no bumps.
            hollow_darkening: Share of the colour that is lost where `bump_height` is 0, in [0, 1].
            specular: Specular level of the shader; 0.5 is an index of refraction of 1.5.
            sheen: Weight of the soft reflection of fibres, in [0, 1].
            metallic: Weight of metal, in [0, 1].
            coat: Weight of a layer of clear varnish or glaze, in [0, 1].
            transmission: Weight of glass, in [0, 1].
            emission_strength: Strength of light emitted in the base colour, as by a lit digit.

        Returns:
            The material.
        """
        inputs = {
            "Roughness": roughness,
            "Specular IOR Level": specular,
            "Sheen Weight": sheen,
            "Metallic": metallic,
            "Coat Weight": coat,
            "Transmission Weight": transmission,
        }
        if bump_height is not None and hollow_darkening:
            is_high = bump_height.smoothstep(0.0, 1.0)
            darkened = self.mix(hollow_darkening, colour, (0, 0, 0))
            colour = self.mix(is_high, darkened, colour)
        if bump_height is not None and bump_distance:
            inputs["Normal"] = self.add_node(
                "Bump", Height=bump_height, Distance=bump_distance, Strength=1.0
            )
        if emission_strength:
            inputs |= {"Emission Color": colour, "Emission Strength": emission_strength}
        shader = self.add_node("BsdfPrincipled", **{"Base Color": colour}, **inputs)
        output = self.tree.nodes.new("ShaderNodeOutputMaterial")
        self.tree.links.new(shader.socket, output.inputs["Surface"])
        return self.material
