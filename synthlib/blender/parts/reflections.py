"""Metal that mirrors a room which is not there: the study's surroundings are white all over.

The colour follows the direction that a mirror would show: a bright ceiling, windows, a horizon, a
darker floor. Chrome reads as chrome by that, where plain metal would be even grey.
"""

from bpy.types import Material

from synthlib.blender.colours import Colour, scaled
from synthlib.blender.graphs import Field, Graph


def mirror(colour: Colour, *, dull: float = 0.0, grain: str = "") -> Material:
    """Polished metal; dull in [0, 1] blurs the room, grain is an axis to brush along, "" none."""
    graph = Graph("mirror")
    ray = graph.add("TexCoord", output=6)
    up = ray.parts()[2]
    soft = 0.06 + 0.5 * dull
    room = graph.noise(0.7, ray).step(0.5 - soft, 0.5 + soft)
    wall = graph.mix(room, scaled(colour, 0.5 + 0.15 * dull), scaled(colour, 1.25))
    floor = graph.mix(room, scaled(colour, 0.16 + 0.6 * dull), scaled(colour, 0.45 + 0.45 * dull))
    base = graph.mix(up.step(-0.12 - soft, -0.02 + soft), floor, wall)
    base = graph.mix(up.step(0.45 - soft, 0.6 + soft), base, scaled(colour, 1.4))
    if grain:
        lines = graph.noise(0.0012, graph.place([1.0 if a != grain else 0.01 for a in "xyz"]))
        tint = graph.mix(lines, (0.72, 0.72, 0.72), (1.0, 1.0, 1.0))
        base = graph.add("MixRGB", 1.0, base, tint, blend_type="MULTIPLY")
    return graph.finish(base, 0.15 + 0.2 * dull, metallic=1.0)


def shine(graph: Graph, colour: Field | Colour, gloss: float) -> Field:
    """A glazed or lacquered surface's colour with windows mirrored in it, darker from below."""
    ray = graph.add("TexCoord", output=6)
    up = ray.parts()[2]
    windows = graph.noise(0.45, ray).step(0.57, 0.62) * up.step(-0.1, 0.35)
    shade = graph.mix(up.step(-0.9, 0.1), (1.0 - 0.35 * gloss,) * 3, (1.0, 1.0, 1.0))
    lit = graph.add("MixRGB", 1.0, colour, shade, blend_type="MULTIPLY")
    return graph.mix(windows * (0.3 * gloss), lit, (1.0, 1.0, 1.0))
