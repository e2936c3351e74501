"""Materials as arithmetic: node trees of Blender's own procedural textures, no image files.

A `Graph` is a material being made and a `Field` a value in it, a number or colour at every point
of the surface, so a pattern reads as a formula. Colours are linear RGB triples in [0, 1].

The study lights its objects white from everywhere, where bumps alone hardly show: `Graph.finish`
therefore darkens hollows too, as dirt and shade do.
"""

from collections.abc import Sequence

import bpy


class Field:
    """A number or vector at every point of a surface, with arithmetic."""

    def __init__(self, graph: "NodeGraph", socket: bpy.types.NodeSocket):
        self.graph, self.socket = graph, socket

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

    __radd__, __rmul__ = __add__, __mul__

    def smoothstep(self, low: float, high: float) -> "Field":
        """0 at `low`, 1 at `high` (which may be the smaller), smooth between, flat outside."""
        if low > high:
            return 1.0 - self.smoothstep(high, low)
        options = {"From Min": low, "From Max": high, "interpolation_type": "SMOOTHSTEP"}
        return self.graph.add_node("MapRange", self, **options)

    def components(self) -> tuple["Field", "Field", "Field"]:
        """The components of a vector."""
        node = self.graph.add_node("SeparateXYZ", self).socket.node
        return tuple(Field(self.graph, output) for output in node.outputs)


FieldLike = Field | float | Sequence[float] | str | bool


class NodeGraph:
    """A material being made of nodes."""

    def __init__(self, name: str):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add_node(
        self, kind: str, *values: FieldLike, output: int = 0, **options: FieldLike
    ) -> Field:
        """A new node's output: `values` feed its inputs in order, options its inputs or settings.

        kind is the node's type without "ShaderNode"; inputs are written as Blender names them.
        """
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in options.items():
            if name[0].islower():
                setattr(node, name, value)
            else:
                self._connect(node.inputs[name], value)
        for k, value in enumerate(values):
            self._connect(node.inputs[k], value)
        return Field(self, node.outputs[output])

    def _connect(self, input_socket: bpy.types.NodeSocket, value: FieldLike) -> None:
        if isinstance(value, Field):
            self.tree.links.new(value.socket, input_socket)
        elif isinstance(value, Sequence) and len(value) == 3 and input_socket.type == "RGBA":
            input_socket.default_value = (*value, 1.0)
        else:
            input_socket.default_value = value

    def math(self, operation: str, *values: FieldLike) -> Field:
        """Blender's Math node: ADD, ABSOLUTE, MINIMUM, SINE ..."""
        return self.add_node("Math", *values, operation=operation)

    def mix(self, factor: FieldLike, one: FieldLike, two: FieldLike) -> Field:
        """Colour `one` where `share` is 0, `two` where it is 1."""
        return self.add_node("MixRGB", factor, one, two)

    def object_coordinates(self, scale: Sequence[float] = (1.0, 1.0, 1.0)) -> Field:
        """The point itself, in metres, in the object's axes; each axis times `stretch`."""
        point = self.add_node("TexCoord", output=3)
        return self.add_node("Mapping", point, Scale=tuple(map(float, scale)))

    def vertex_attribute(self) -> Field:
        """What the shape carries in `Shape.paint`."""
        return self.add_node("Attribute", attribute_name="paint", output=1)

    def noise(
        self, wavelength: float, coordinates: Field | None = None, detail: float = 1.0
    ) -> Field:
        """Smooth noise about 0.5, its waves about `length` metres long."""
        coordinates = self.object_coordinates() if coordinates is None else coordinates
        return self.add_node("TexNoise", Vector=coordinates, Scale=1.0 / wavelength, Detail=detail)

    def voronoi_distance(self, spacing: float, coordinates: Field | None = None) -> Field:
        """Distance to the nearest of points scattered `length` metres apart; 0 at the points."""
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
        """The material: its bumps rise `depth` metres where height is 1, and hollows get darker.

        shade in [0, 1] is how much of the colour is lost where height is 0; coat in [0, 1] a layer
        of clear varnish or glaze; transmission in [0, 1] how much is glass; glow the strength of
        light given off in the colour, as by a lit digit. The rest as Blender's Principled shader.
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
            colour = self.mix(
                bump_height.smoothstep(0.0, 1.0),
                self.mix(hollow_darkening, colour, (0, 0, 0)),
                colour,
            )
        if bump_height is not None and bump_distance:
            inputs["Normal"] = self.add_node(
                "Bump", Height=bump_height, Distance=bump_distance, Strength=1.0
            )
        if emission_strength:
            inputs |= {"Emission Color": colour, "Emission Strength": emission_strength}
        shader = self.add_node("BsdfPrincipled", **{"Base Color": colour}, **inputs)
        out = self.tree.nodes.new("ShaderNodeOutputMaterial")
        self.tree.links.new(shader.socket, out.inputs["Surface"])
        return self.material
