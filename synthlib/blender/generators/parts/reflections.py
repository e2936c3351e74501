"""Metal that mirrors a room which is not there: the study's surroundings are white all over.

The colour follows the direction that a mirror would show: a bright ceiling, windows, a horizon, a
darker floor. Chrome reads as chrome by that, where plain metal would be even grey.
"""

from bpy.types import Material

from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph


def mirror_metal(colour: Colour, *, dullness: float = 0.0, brush_axis: str = "") -> Material:
    """Polished metal; dull in [0, 1] blurs the room, grain is an axis to brush along, "" none."""
    graph = NodeGraph("mirror")
    ray = graph.add_node("TexCoord", output=6)
    up = ray.components()[2]
    soft = 0.06 + 0.5 * dullness
    room = graph.noise(0.7, ray).smoothstep(0.5 - soft, 0.5 + soft)
    wall = graph.mix(room, scale_colour(colour, 0.5 + 0.15 * dullness), scale_colour(colour, 1.25))
    floor = graph.mix(
        room,
        scale_colour(colour, 0.16 + 0.6 * dullness),
        scale_colour(colour, 0.45 + 0.45 * dullness),
    )
    base = graph.mix(up.smoothstep(-0.12 - soft, -0.02 + soft), floor, wall)
    base = graph.mix(up.smoothstep(0.45 - soft, 0.6 + soft), base, scale_colour(colour, 1.4))
    if brush_axis:
        lines = graph.noise(
            0.0012, graph.object_coordinates([1.0 if a != brush_axis else 0.01 for a in "xyz"])
        )
        tint = graph.mix(lines, (0.72, 0.72, 0.72), (1.0, 1.0, 1.0))
        base = graph.add_node("MixRGB", 1.0, base, tint, blend_type="MULTIPLY")
    return graph.build_material(base, 0.15 + 0.2 * dullness, metallic=1.0)


def add_window_reflections(graph: NodeGraph, colour: Field | Colour, gloss: float) -> Field:
    """A glazed or lacquered surface's colour with windows mirrored in it, darker from below."""
    ray = graph.add_node("TexCoord", output=6)
    up = ray.components()[2]
    windows = graph.noise(0.45, ray).smoothstep(0.57, 0.62) * up.smoothstep(-0.1, 0.35)
    shade = graph.mix(up.smoothstep(-0.9, 0.1), (1.0 - 0.35 * gloss,) * 3, (1.0, 1.0, 1.0))
    lit = graph.add_node("MixRGB", 1.0, colour, shade, blend_type="MULTIPLY")
    return graph.mix(windows * (0.3 * gloss), lit, (1.0, 1.0, 1.0))
