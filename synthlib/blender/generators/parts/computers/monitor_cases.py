"""Cases of monitors: slotted backs, and the chin below the screen; metres."""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_BRAND_NAMES = (
    "OREL",
    "NORDIS",
    "tavo",
    "ViewLine",
    "KORA",
    "veyo",
    "LUMEN",
    "TKC",
    "ArQ",
    "VIDEA",
)


@dataclass(frozen=True)
class MonitorFront:
    """Front of a monitor around its screen; lengths in metres.

    Attributes:
        kind: "flat", "curved", "tube" or "one" (all-in-one).
        width: Outer width; `height` likewise.
        margins: Widths of the bezel beside, above and below the screen.
        rise: Height of the bezel above the screen.
        shell_colour: Colour of the back.
        bezel_colour: Colour of the bezel.
    """

    kind: str
    width: float
    height: float
    margins: tuple[float, float, float]
    rise: float
    shell_colour: Colour
    bezel_colour: Colour


def vented_back_material(
    rng: np.random.Generator, colour: Colour, width: float, height: float
) -> bpy.types.Material:
    """Return plastic with slots in the upper part of the back and a dark plate of ports below.

    It reads positions (x, y, z) relative to the screen's centre from the vertex attribute.

    Args:
        width: Of the case, metres; height likewise.
    """
    graph = NodeGraph("case")
    x, y, z = graph.vertex_attribute().components()
    slots_bottom, slots_top = np.sort(rng.uniform(0.02, 0.46, 2)) * height
    pitch = rng.uniform(0.007, 0.013)
    slot_axis = y if rng.random() < 0.4 else x
    slots = graph.math("SINE", slot_axis * (2 * np.pi / pitch)).smoothstep(0.0, 0.4)
    slots = (
        slots
        * y.smoothstep(slots_bottom, slots_bottom + 0.001)
        * y.smoothstep(slots_top + 0.03, slots_top + 0.029)
    )
    slots = slots * abs(x).smoothstep(0.36 * width, 0.355 * width) * z.smoothstep(-0.004, -0.006)
    base_colour = graph.mix(
        graph.noise(0.05, detail=2.0), scale_colour(colour, 0.93), scale_colour(colour, 1.05)
    )
    slot_colour = scale_colour(colour, 0.15)
    ports = y.smoothstep(-0.2 * height, -0.202 * height) * abs(x).smoothstep(
        0.16 * width, 0.155 * width
    )
    ports = ports * y.smoothstep(-0.29 * height, -0.288 * height) * z.smoothstep(-0.012, -0.014)
    slots = graph.math("MAXIMUM", slots, ports)
    return graph.build_material(
        graph.mix(slots, base_colour, slot_colour),
        0.45,
        bump_height=1.0 - slots,
        bump_distance=0.001,
    )


def chin_parts(
    rng: np.random.Generator, front: MonitorFront, dark: bpy.types.Material
) -> list[Shape]:
    """Build the parts below the screen: a coloured chin, a name, keys and a lamp, loudspeakers.

    Args:
        dark: Material of loudspeakers and of logos on pale chins.
    """
    parts = []
    kind = front.kind
    width = front.width
    below = front.margins[2]
    rise = front.rise
    y = -0.5 * front.height + 0.5 * below
    chin_colour = front.bezel_colour
    if kind == "one":
        chin = shapes.slab(width, below - 0.006, [(0, -0.004), (0, rise + 0.0008)], 0.004)
        parts.append(
            chin.translated(y=y - 0.003).with_material(materials.plain(front.shell_colour, 0.4))
        )
        rise = rise + 0.0008
        chin_colour = front.shell_colour
    ink = materials.plain(
        srgb_to_linear("c9cbce") if sum(chin_colour) < 0.8 else srgb_to_linear("303236"), 0.4
    )
    if below < 0.011:
        return parts
    if kind == "one" and rng.random() < 0.6:
        logo = shapes.slab(0.026, 0.03, [(0, 0), (0, rise + 0.0005)], 0.011, segments=6)
        parts.append(logo.translated(y=y).with_material(dark if sum(chin_colour) > 0.8 else ink))
    elif rng.random() < 0.85:
        name = meshes.text_shape(
            str(rng.choice(_BRAND_NAMES)), min(0.4 * below, rng.uniform(0.006, 0.013))
        )
        parts.append(name.translated(y=y, z=rise + 0.0004).with_material(ink))
    if kind == "one":
        return parts
    if below > 0.04 and rng.random() < 0.35:
        for x in (-0.3, 0.3):
            grille = shapes.slab(0.25 * width, 0.35 * below, [(0, 0), (0, rise + 0.0006)], 0.006)
            parts.append(grille.translated(x * width, y).with_material(dark))
    elif rng.random() < 0.8:
        key_material = materials.plain(scale_colour(chin_colour, rng.choice([0.35, 0.6, 1.2])), 0.4)
        size = min(0.35 * below, 0.009)
        key_count = int(rng.integers(1, 7))
        for k in range(key_count):
            key = shapes.slab(1.5 * size, size, [(0, 0), (0, rise + 0.001)], 0.4 * size)
            parts.append(
                key.translated(0.5 * width - 0.03 - 2.4 * size * k, y).with_material(key_material)
            )
    lamp = shapes.slab(0.006, 0.004, [(0, 0), (0, rise + 0.001)], 0.002)
    lamp_colour = srgb_to_linear(str(rng.choice(["30d050", "3aa0ff", "ff9020"])))
    return [
        *parts,
        lamp.translated(0.5 * width - 0.014, y).with_material(materials.plain(lamp_colour)),
    ]
