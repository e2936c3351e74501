"""The materials that objects share: plastic, metal, wood, glass, ceramic, cloth, leather, stone."""

import bpy
import numpy as np

from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph


def plain(colour: Colour, roughness: float = 0.5) -> bpy.types.Material:
    """Print, legends, glossy windows: one even colour."""
    return NodeGraph("plain").build_material(colour, roughness)


def plastic(
    colour: Colour, roughness: float = 0.45, grain_size: float = 0.0004
) -> bpy.types.Material:
    """Moulded plastic, its fine texture about `grain` metres long, a little worn."""
    graph = NodeGraph("plastic")
    worn = graph.mix(
        graph.noise(0.03, detail=3.0), scale_colour(colour, 0.88), scale_colour(colour, 1.12)
    )
    return graph.build_material(
        worn, roughness, bump_height=graph.noise(grain_size), bump_distance=grain_size / 8
    )


def rubber(colour: Colour) -> bpy.types.Material:
    """Matt silicone rubber."""
    return NodeGraph("rubber").build_material(colour, 0.75, specular=0.3)


def metal(colour: Colour) -> bpy.types.Material:
    """Cast metal: buckles."""
    return NodeGraph("metal").build_material(colour, 0.35, metallic=1.0)


def fabric(
    colour: Colour,
    second_colour: Colour | None = None,
    *,
    boundary_height: float | None = None,
    thread_width: float = 0.0016,
    hollow_darkening: float = 0.3,
) -> bpy.types.Material:
    """Woven cloth, its threads `thread` metres wide, shaded between them.

    other, if given, is the colour below the height `edge` in metres, or of blotches without it.
    """
    graph = NodeGraph("fabric")
    base = graph.mix(
        graph.noise(0.06, detail=2.0), scale_colour(colour, 0.75), scale_colour(colour, 1.25)
    )
    if second_colour is not None and boundary_height is not None:
        base = graph.mix(
            graph.object_coordinates()
            .components()[2]
            .smoothstep(boundary_height, boundary_height - 0.002),
            base,
            second_colour,
        )
    elif second_colour is not None:
        base = graph.mix(graph.noise(0.045, detail=2.0).smoothstep(0.49, 0.52), base, second_colour)
    x, y, z = graph.object_coordinates([np.pi / thread_width] * 3).components()
    weave = 0.5 + 0.5 * graph.math("SINE", x + y) * graph.math("SINE", z)
    return graph.build_material(
        base,
        0.85,
        bump_height=weave,
        bump_distance=thread_width / 6,
        hollow_darkening=hollow_darkening,
        specular=0.2,
        sheen=0.05,
    )


def leather(colour: Colour, grain_size: float = 0.003) -> bpy.types.Material:
    """Grained leather, darker in its creases and worn in places."""
    graph = NodeGraph("leather")
    worn = graph.noise(0.05, detail=3.0).smoothstep(0.35, 0.75)
    base = graph.mix(worn, scale_colour(colour, 0.8), scale_colour(colour, 1.25))
    height = graph.voronoi_distance(grain_size).smoothstep(0.7, 0.2)
    return graph.build_material(
        base, 0.5, bump_height=height, bump_distance=grain_size / 8, hollow_darkening=0.35
    )


def wood(
    colour: Colour,
    *,
    grain_axis: str = "x",
    ring: float = 0.012,
    contrast: float = 0.45,
    gloss: float = 0.0,
    specular: float = 0.2,
) -> bpy.types.Material:
    """Sawn wood, its grain running along the axis named; varnished where gloss is above 0.

    ring is the mean distance of the annual rings in metres, contrast in [0, 1] how dark they are.
    specular is low, because a mirrored white sky turns dark wood grey.
    """
    graph = NodeGraph("wood")
    stretch = [1.0 if axis != grain_axis else 0.06 for axis in "xyz"]
    at = graph.object_coordinates(stretch)
    bowed = graph.noise(6 * ring, at) * 6.0 + graph.noise(1.5 * ring, at) * 0.5
    across = [axis for axis in "xyz" if axis != grain_axis]
    parts = dict(zip("xyz", at.components(), strict=True))
    radius = (parts[across[0]] + 0.7 * parts[across[1]]) * (1.0 / ring) + bowed
    rings = 0.5 + 0.5 * graph.math("SINE", 2 * np.pi * radius)
    streaks = graph.noise(2.5 * ring, at, detail=2.0).smoothstep(0.3, 0.7)  # years differ
    fibres = graph.noise(
        0.0016, graph.object_coordinates([1.0 if axis != grain_axis else 0.02 for axis in "xyz"])
    )
    dark, light = scale_colour(colour, 1.0 - contrast), scale_colour(colour, 1.0 + 0.5 * contrast)
    base = graph.mix(rings * (0.2 + 0.4 * streaks) + streaks * 0.25 + fibres * 0.15, light, dark)
    rough = 0.55 - 0.35 * gloss
    return graph.build_material(
        base, rough, bump_height=fibres, bump_distance=0.00015, specular=specular, coat=gloss
    )


def glass(tint: Colour = (0.85, 0.93, 0.9), roughness: float = 0.0) -> bpy.types.Material:
    """Clear or tinted glass; what passes through loses the tint's complement at each face."""
    return NodeGraph("glass").build_material(tint, roughness, transmission=0.95)


def brushed_metal(
    colour: Colour = (0.62, 0.62, 0.63), *, grain_axis: str = "x", roughness: float = 0.3
) -> bpy.types.Material:
    """Brushed metal sheet, its scratches along the axis named: steel, aluminium, brass, copper."""
    graph = NodeGraph("brushed")
    at = graph.object_coordinates([1.0 if axis != grain_axis else 0.01 for axis in "xyz"])
    lines = graph.noise(0.0012, at, detail=2.0)
    base = graph.mix(lines, scale_colour(colour, 0.75), scale_colour(colour, 1.15))
    return graph.build_material(base, roughness, metallic=1.0)


def stone(colour: Colour, vein_colour: Colour, *, vein_spacing: float = 0.25) -> bpy.types.Material:
    """Polished stone with veins about `vein_length` metres apart."""
    graph = NodeGraph("stone")
    warped = graph.noise(vein_spacing, detail=6.0)
    veins = abs(warped - 0.5).smoothstep(0.035, 0.0)
    base = graph.mix(
        graph.noise(0.02, detail=4.0), scale_colour(colour, 0.9), scale_colour(colour, 1.08)
    )
    return graph.build_material(graph.mix(veins * 0.7, base, vein_colour), 0.2, coat=0.3)
