"""Materials as arithmetic: node trees of Blender's own procedural textures, no image files.

A `Graph` is a material being made and a `Field` a value in it, a number or colour at every point
of the surface, so a pattern reads as a formula. Colours are linear RGB triples in [0, 1].

The study lights its objects white from everywhere, where bumps alone hardly show: `Graph.finish`
therefore darkens hollows too, as dirt and shade do.
"""

import colorsys
from collections.abc import Sequence

import bpy
import numpy as np

Colour = tuple[float, float, float]


def srgb(code: str) -> Colour:
    """The linear colour of an sRGB code such as "ff8000"."""
    shares = np.array([int(code[k : k + 2], 16) for k in (0, 2, 4)]) / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return tuple(linear.tolist())


def tinted(rng: np.random.Generator, code: str, amount: float = 1.0) -> Colour:
    """An sRGB code's linear colour, jittered as batches of one product differ."""
    hue, saturation, value = colorsys.rgb_to_hsv(*srgb(code))
    hue += rng.normal(0.0, 0.01 * amount)
    saturation *= np.exp(rng.normal(0.0, 0.08 * amount))
    value *= np.exp(rng.normal(0.0, 0.15 * amount))
    return colorsys.hsv_to_rgb(
        float(hue) % 1.0, min(float(saturation), 1.0), min(float(value), 0.9)
    )


def any_colour(rng: np.random.Generator, saturation: tuple, value: tuple) -> Colour:
    """A linear colour of any hue, its saturation and value within the given limits."""
    shares = rng.random(), rng.uniform(*saturation), rng.uniform(*value)
    return colorsys.hsv_to_rgb(*(float(share) for share in shares))


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter, within [0, 1]."""
    return tuple(min(share * factor, 1.0) for share in colour)


class Field:
    """A number or vector at every point of a surface, with arithmetic."""

    def __init__(self, graph: "Graph", socket: bpy.types.NodeSocket):
        self.graph, self.socket = graph, socket

    def __add__(self, other: "Value") -> "Field":
        return self.graph.math("ADD", self, other)

    def __sub__(self, other: "Value") -> "Field":
        return self.graph.math("SUBTRACT", self, other)

    def __rsub__(self, other: "Value") -> "Field":
        return self.graph.math("SUBTRACT", other, self)

    def __mul__(self, other: "Value") -> "Field":
        return self.graph.math("MULTIPLY", self, other)

    def __truediv__(self, other: "Value") -> "Field":
        return self.graph.math("DIVIDE", self, other)

    def __abs__(self) -> "Field":
        return self.graph.math("ABSOLUTE", self)

    __radd__, __rmul__ = __add__, __mul__

    def step(self, low: float, high: float) -> "Field":
        """0 at `low`, 1 at `high` (which may be the smaller), smooth between, flat outside."""
        if low > high:
            return 1.0 - self.step(high, low)
        options = {"From Min": low, "From Max": high, "interpolation_type": "SMOOTHSTEP"}
        return self.graph.add("MapRange", self, **options)

    def parts(self) -> tuple["Field", "Field", "Field"]:
        """The components of a vector."""
        node = self.graph.add("SeparateXYZ", self).socket.node
        return tuple(Field(self.graph, output) for output in node.outputs)


Value = Field | float | Sequence[float] | str | bool


class Graph:
    """A material being made of nodes."""

    def __init__(self, name: str):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add(self, kind: str, *values: Value, output: int = 0, **options: Value) -> Field:
        """A new node's output: `values` feed its inputs in order, options its inputs or settings.

        kind is the node's type without "ShaderNode"; inputs are written as Blender names them.
        """
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in options.items():
            if name[0].islower():
                setattr(node, name, value)
            else:
                self._feed(node.inputs[name], value)
        for k, value in enumerate(values):
            self._feed(node.inputs[k], value)
        return Field(self, node.outputs[output])

    def _feed(self, entry: bpy.types.NodeSocket, value: Value) -> None:
        if isinstance(value, Field):
            self.tree.links.new(value.socket, entry)
        elif isinstance(value, Sequence) and len(value) == 3 and entry.type == "RGBA":
            entry.default_value = (*value, 1.0)
        else:
            entry.default_value = value

    def math(self, operation: str, *values: Value) -> Field:
        """Blender's Math node: ADD, ABSOLUTE, MINIMUM, SINE ..."""
        return self.add("Math", *values, operation=operation)

    def mix(self, share: Value, one: Value, two: Value) -> Field:
        """Colour `one` where `share` is 0, `two` where it is 1."""
        return self.add("MixRGB", share, one, two)

    def place(self, stretch: Sequence[float] = (1.0, 1.0, 1.0)) -> Field:
        """The point itself, in metres, in the object's axes; each axis times `stretch`."""
        point = self.add("TexCoord", output=3)
        return self.add("Mapping", point, Scale=tuple(map(float, stretch)))

    def paint(self) -> Field:
        """What the shape carries in `Shape.paint`."""
        return self.add("Attribute", attribute_name="paint", output=1)

    def noise(self, length: float, at: Field | None = None, detail: float = 1.0) -> Field:
        """Smooth noise about 0.5, its waves about `length` metres long."""
        at = self.place() if at is None else at
        return self.add("TexNoise", Vector=at, Scale=1.0 / length, Detail=detail)

    def cells(self, length: float, at: Field | None = None) -> Field:
        """Distance to the nearest of points scattered `length` metres apart; 0 at the points."""
        at = self.place() if at is None else at
        return self.add("TexVoronoi", Vector=at, Scale=1.0 / length)

    def finish(
        self,
        colour: Value,
        roughness: Value,
        *,
        height: Field | None = None,
        depth: float = 0.0,
        shade: float = 0.0,
        specular: float = 0.5,
        sheen: float = 0.0,
        metallic: float = 0.0,
    ) -> bpy.types.Material:
        """The material: its bumps rise `depth` metres where height is 1, and hollows get darker.

        shade in [0, 1] is how much of the colour is lost where height is 0.
        """
        inputs = {
            "Roughness": roughness,
            "Specular IOR Level": specular,
            "Sheen Weight": sheen,
            "Metallic": metallic,
        }
        if height is not None and shade:
            colour = self.mix(height.step(0.0, 1.0), self.mix(shade, colour, (0, 0, 0)), colour)
        if height is not None and depth:
            inputs["Normal"] = self.add("Bump", Height=height, Distance=depth, Strength=1.0)
        shader = self.add("BsdfPrincipled", **{"Base Color": colour}, **inputs)
        out = self.tree.nodes.new("ShaderNodeOutputMaterial")
        self.tree.links.new(shader.socket, out.inputs["Surface"])
        return self.material


def plain(colour: Colour, roughness: float = 0.5) -> bpy.types.Material:
    """Print, legends, glossy windows: one even colour."""
    return Graph("plain").finish(colour, roughness)


def plastic(colour: Colour, roughness: float = 0.45, grain: float = 0.0004) -> bpy.types.Material:
    """Moulded plastic, its fine texture about `grain` metres long, a little worn."""
    graph = Graph("plastic")
    worn = graph.mix(graph.noise(0.03, detail=3.0), scaled(colour, 0.88), scaled(colour, 1.12))
    return graph.finish(worn, roughness, height=graph.noise(grain), depth=grain / 8)


def rubber(colour: Colour) -> bpy.types.Material:
    """Matt silicone rubber."""
    return Graph("rubber").finish(colour, 0.75, specular=0.3)


def metal(colour: Colour) -> bpy.types.Material:
    """Cast metal: buckles."""
    return Graph("metal").finish(colour, 0.35, metallic=1.0)


def fabric(
    colour: Colour,
    other: Colour | None = None,
    *,
    edge: float | None = None,
    thread: float = 0.0016,
    shade: float = 0.3,
) -> bpy.types.Material:
    """Woven cloth, its threads `thread` metres wide, shaded between them.

    other, if given, is the colour below the height `edge` in metres, or of blotches without it.
    """
    graph = Graph("fabric")
    base = graph.mix(graph.noise(0.06, detail=2.0), scaled(colour, 0.75), scaled(colour, 1.25))
    if other is not None and edge is not None:
        base = graph.mix(graph.place().parts()[2].step(edge, edge - 0.002), base, other)
    elif other is not None:
        base = graph.mix(graph.noise(0.045, detail=2.0).step(0.49, 0.52), base, other)
    x, y, z = graph.place([np.pi / thread] * 3).parts()
    weave = 0.5 + 0.5 * graph.math("SINE", x + y) * graph.math("SINE", z)
    return graph.finish(
        base, 0.85, height=weave, depth=thread / 6, shade=shade, specular=0.2, sheen=0.05
    )


def leather(colour: Colour, grain: float = 0.003) -> bpy.types.Material:
    """Grained leather, darker in its creases and worn in places."""
    graph = Graph("leather")
    worn = graph.noise(0.05, detail=3.0).step(0.35, 0.75)
    base = graph.mix(worn, scaled(colour, 0.8), scaled(colour, 1.25))
    height = graph.cells(grain).step(0.7, 0.2)
    return graph.finish(base, 0.5, height=height, depth=grain / 8, shade=0.35)
