"""Materials that generators share: plastic, metal, wood, glass, cloth, leather and stone.

Each function returns a new material. Colours are linear RGB triples in [0, 1], lengths are in
metres, and patterns are laid out in the object's own axes.
"""

import bpy
import numpy as np

from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph


def plain(colour: Colour, roughness: float = 0.5) -> bpy.types.Material:
    """One uniform colour, as for print, legends and glossy windows."""
    return NodeGraph("plain").build_material(colour, roughness)


def plastic(
    colour: Colour, roughness: float = 0.45, grain_size: float = 0.0004
) -> bpy.types.Material:
    """Moulded, slightly worn plastic with a fine texture; `grain_size` is its wavelength."""
    graph = NodeGraph("plastic")
    base = graph.mix(
        graph.noise(0.03, detail=3.0), scale_colour(colour, 0.88), scale_colour(colour, 1.12)
    )
    return graph.build_material(
        base, roughness, bump_height=graph.noise(grain_size), bump_distance=grain_size / 8
    )


def rubber(colour: Colour) -> bpy.types.Material:
    """Matte silicone rubber."""
    return NodeGraph("rubber").build_material(colour, 0.75, specular=0.3)


def metal(colour: Colour) -> bpy.types.Material:
    """Cast metal, as for buckles."""
    return NodeGraph("metal").build_material(colour, 0.35, metallic=1.0)


def brushed_metal(
    colour: Colour = (0.62, 0.62, 0.63), *, grain_axis: str = "x", roughness: float = 0.3
) -> bpy.types.Material:
    """Brushed metal sheet, such as steel, aluminium, brass or copper.

    Args:
        colour: Colour of the metal; the default is steel.
        grain_axis: "x", "y" or "z", the direction of the scratches.
        roughness: In [0, 1].
    """
    graph = NodeGraph("brushed")
    scratches = _brush_lines(graph, grain_axis)
    base = graph.mix(scratches, scale_colour(colour, 0.75), scale_colour(colour, 1.15))
    return graph.build_material(base, roughness, metallic=1.0)


def mirror_metal(
    colour: Colour, *, dullness: float = 0.0, brush_axis: str = ""
) -> bpy.types.Material:
    """Polished metal that reflects a room.

    The study's surroundings are white on all sides, so real reflections would make metal a uniform
    grey. The colour depends on the direction of the reflected ray instead: a bright ceiling,
    windows, a horizon, and a darker floor.

    Args:
        colour: Colour of the metal.
        dullness: In [0, 1]; blurs the reflected room.
        brush_axis: "x", "y" or "z", the direction of brush lines; "" for none.
    """
    graph = NodeGraph("mirror")
    ray = graph.add_node("TexCoord", output=6)
    up = ray.components()[2]
    blur = 0.06 + 0.5 * dullness
    room = graph.noise(0.7, ray).smoothstep(0.5 - blur, 0.5 + blur)
    wall = graph.mix(room, scale_colour(colour, 0.5 + 0.15 * dullness), scale_colour(colour, 1.25))
    floor = graph.mix(
        room,
        scale_colour(colour, 0.16 + 0.6 * dullness),
        scale_colour(colour, 0.45 + 0.45 * dullness),
    )
    base = graph.mix(up.smoothstep(-0.12 - blur, -0.02 + blur), floor, wall)
    base = graph.mix(up.smoothstep(0.45 - blur, 0.6 + blur), base, scale_colour(colour, 1.4))
    if brush_axis:
        lines = _brush_lines(graph, brush_axis, detail=1.0)
        tint = graph.mix(lines, (0.72, 0.72, 0.72), (1.0, 1.0, 1.0))
        base = graph.add_node("MixRGB", 1.0, base, tint, blend_type="MULTIPLY")
    return graph.build_material(base, 0.15 + 0.2 * dullness, metallic=1.0)


def _brush_lines(graph: NodeGraph, axis: str, detail: float = 2.0) -> Field:
    """Noise drawn out along an axis."""
    coordinates = graph.object_coordinates([1.0 if a != axis else 0.01 for a in "xyz"])
    return graph.noise(0.0012, coordinates, detail=detail)


def add_window_reflections(graph: NodeGraph, colour: Field | Colour, gloss: float) -> Field:
    """Colour of a glazed or lacquered surface that reflects windows and is darker from below.

    Args:
        graph: The material under construction.
        colour: Colour of the surface without reflections.
        gloss: Strength of the reflections, in [0, 1].
    """
    ray = graph.add_node("TexCoord", output=6)
    up = ray.components()[2]
    windows = graph.noise(0.45, ray).smoothstep(0.57, 0.62) * up.smoothstep(-0.1, 0.35)
    shade = graph.mix(up.smoothstep(-0.9, 0.1), (1.0 - 0.35 * gloss,) * 3, (1.0, 1.0, 1.0))
    shaded = graph.add_node("MixRGB", 1.0, colour, shade, blend_type="MULTIPLY")
    return graph.mix(windows * (0.3 * gloss), shaded, (1.0, 1.0, 1.0))


def fabric(
    colour: Colour,
    second_colour: Colour | None = None,
    *,
    boundary_height: float | None = None,
    thread_width: float = 0.0016,
    hollow_darkening: float = 0.3,
) -> bpy.types.Material:
    """Woven cloth, darker between its threads.

    Args:
        colour: Colour of the cloth.
        second_colour: Colour of a second part: below `boundary_height`, or of blotches if that is
            None.
        boundary_height: Height (z) of the boundary between the two colours.
        thread_width: Width of the threads.
        hollow_darkening: Share of the colour that is lost between threads, in [0, 1].
    """
    graph = NodeGraph("fabric")
    base = graph.mix(
        graph.noise(0.06, detail=2.0), scale_colour(colour, 0.75), scale_colour(colour, 1.25)
    )
    if second_colour is not None and boundary_height is not None:
        height = graph.object_coordinates().components()[2]
        is_below = height.smoothstep(boundary_height, boundary_height - 0.002)
        base = graph.mix(is_below, base, second_colour)
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
    """Grained leather, worn in places and darker in its creases; `grain_size` is their spacing."""
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
    """Sawn wood with annual rings and fibres.

    Args:
        colour: Mean colour of the wood.
        grain_axis: "x", "y" or "z", the direction of the grain.
        ring: Mean distance between annual rings.
        contrast: Darkness of the rings, in [0, 1].
        gloss: Amount of varnish, in [0, 1]; 0 is raw wood.
        specular: Specular level. It is low because reflections of the white surroundings would
            turn dark wood grey.
    """
    graph = NodeGraph("wood")
    coordinates = graph.object_coordinates([1.0 if a != grain_axis else 0.06 for a in "xyz"])
    distortion = (
        graph.noise(6 * ring, coordinates) * 6.0 + graph.noise(1.5 * ring, coordinates) * 0.5
    )
    components = dict(zip("xyz", coordinates.components(), strict=True))
    across = [components[a] for a in "xyz" if a != grain_axis]
    radius = (across[0] + 0.7 * across[1]) * (1.0 / ring) + distortion
    rings = 0.5 + 0.5 * graph.math("SINE", 2 * np.pi * radius)
    # Years differ, so rings are pale in some places and dark in others.
    streaks = graph.noise(2.5 * ring, coordinates, detail=2.0).smoothstep(0.3, 0.7)
    fibres = graph.noise(
        0.0016, graph.object_coordinates([1.0 if a != grain_axis else 0.02 for a in "xyz"])
    )
    light = scale_colour(colour, 1.0 + 0.5 * contrast)
    dark = scale_colour(colour, 1.0 - contrast)
    base = graph.mix(rings * (0.2 + 0.4 * streaks) + streaks * 0.25 + fibres * 0.15, light, dark)
    return graph.build_material(
        base,
        0.55 - 0.35 * gloss,
        bump_height=fibres,
        bump_distance=0.00015,
        specular=specular,
        coat=gloss,
    )


def glass(tint: Colour = (0.85, 0.93, 0.9), roughness: float = 0.0) -> bpy.types.Material:
    """Clear or tinted glass; light is multiplied by the tint at each face it passes through."""
    return NodeGraph("glass").build_material(tint, roughness, transmission=0.95)


def stone(colour: Colour, vein_colour: Colour, *, vein_spacing: float = 0.25) -> bpy.types.Material:
    """Polished stone with veins; `vein_spacing` is their typical distance."""
    graph = NodeGraph("stone")
    warped = graph.noise(vein_spacing, detail=6.0)
    veins = abs(warped - 0.5).smoothstep(0.035, 0.0)
    base = graph.mix(
        graph.noise(0.02, detail=4.0), scale_colour(colour, 0.9), scale_colour(colour, 1.08)
    )
    return graph.build_material(graph.mix(veins * 0.7, base, vein_colour), 0.2, coat=0.3)
