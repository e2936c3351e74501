"""The materials that objects share: plastic, metal, wood, glass, ceramic, cloth, leather, stone."""

import bpy
import numpy as np

from synthlib.blender.colours import Colour, scaled
from synthlib.blender.graphs import Graph


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


def wood(
    colour: Colour,
    *,
    along: str = "x",
    ring: float = 0.012,
    contrast: float = 0.45,
    gloss: float = 0.0,
    specular: float = 0.2,
) -> bpy.types.Material:
    """Sawn wood, its grain running along the axis named; varnished where gloss is above 0.

    ring is the mean distance of the annual rings in metres, contrast in [0, 1] how dark they are.
    specular is low, because a mirrored white sky turns dark wood grey.
    """
    graph = Graph("wood")
    stretch = [1.0 if axis != along else 0.06 for axis in "xyz"]
    at = graph.place(stretch)
    bowed = graph.noise(6 * ring, at) * 6.0 + graph.noise(1.5 * ring, at) * 0.5
    across = [axis for axis in "xyz" if axis != along]
    parts = dict(zip("xyz", at.parts(), strict=True))
    radius = (parts[across[0]] + 0.7 * parts[across[1]]) * (1.0 / ring) + bowed
    rings = 0.5 + 0.5 * graph.math("SINE", 2 * np.pi * radius)
    streaks = graph.noise(2.5 * ring, at, detail=2.0).step(0.3, 0.7)  # years differ
    fibres = graph.noise(0.0016, graph.place([1.0 if axis != along else 0.02 for axis in "xyz"]))
    dark, light = scaled(colour, 1.0 - contrast), scaled(colour, 1.0 + 0.5 * contrast)
    base = graph.mix(rings * (0.2 + 0.4 * streaks) + streaks * 0.25 + fibres * 0.15, light, dark)
    rough = 0.55 - 0.35 * gloss
    return graph.finish(base, rough, height=fibres, depth=0.00015, specular=specular, coat=gloss)


def glass(tint: Colour = (0.85, 0.93, 0.9), roughness: float = 0.0) -> bpy.types.Material:
    """Clear or tinted glass; what passes through loses the tint's complement at each face."""
    return Graph("glass").finish(tint, roughness, transmission=0.95)


def brushed(
    colour: Colour = (0.62, 0.62, 0.63), *, along: str = "x", roughness: float = 0.3
) -> bpy.types.Material:
    """Brushed metal sheet, its scratches along the axis named: steel, aluminium, brass, copper."""
    graph = Graph("brushed")
    at = graph.place([1.0 if axis != along else 0.01 for axis in "xyz"])
    lines = graph.noise(0.0012, at, detail=2.0)
    base = graph.mix(lines, scaled(colour, 0.75), scaled(colour, 1.15))
    return graph.finish(base, roughness, metallic=1.0)


def stone(colour: Colour, vein: Colour, *, vein_length: float = 0.25) -> bpy.types.Material:
    """Polished stone with veins about `vein_length` metres apart."""
    graph = Graph("stone")
    warped = graph.noise(vein_length, detail=6.0)
    veins = abs(warped - 0.5).step(0.035, 0.0)
    base = graph.mix(graph.noise(0.02, detail=4.0), scaled(colour, 0.9), scaled(colour, 1.08))
    return graph.finish(graph.mix(veins * 0.7, base, vein), 0.2, coat=0.3)
