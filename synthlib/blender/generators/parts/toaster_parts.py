"""Parts of toasters and toaster ovens: shells with a well, frames, levers, dials, cords, bread.

Controls lie in the plane y = 0, facing -Y, and extend slightly behind it; lengths are in metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, scale_colour
from synthlib.blender.modelling.materials import plain
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class ToasterFinish:
    """Materials of one toaster: of its shell, trim, knobs, print and dark gaps."""

    shell: Material
    trim: Material
    knob: Material
    print: Material
    dark: Material


def shell_with_well(
    size: tuple[float, float],
    profile: Sequence[tuple[float, float, float]],
    corner: float,
    hole: tuple[float, float, float],
    well_depth: float,
) -> Shape:
    """Build a rounded box with a well in its top, as one closed surface.

    Args:
        size: Width and depth.
        profile: (inset along x, inset along y, z) from the bottom up to the flat top.
        corner: Radius of the corners in plan view.
        hole: Width, depth and corner radius of the well.
        well_depth: Depth of the well below the top.
    """
    rings = []

    def add_ring(width: float, depth: float, radius: float, z: float) -> None:
        outline = shapes.rounded_rectangle(width, depth, [radius], 6)
        rings.append(np.c_[outline, np.full(len(outline), z)])

    for x, y, z in profile:
        add_ring(size[0] - 2 * x, size[1] - 2 * y, max(corner - min(x, y), 0.003), z)
    top = profile[-1][2]
    for margin, z in ((0.0015, top), (0.0, top - 0.0015), (0.0, top - well_depth)):
        add_ring(hole[0] + margin, hole[1] + margin, hole[2], z)
    return shapes.loft(np.array(rings))


def well_lining(hole: tuple[float, float, float], top: float, well_depth: float) -> Shape:
    """Build a thin dark box inside a well, so that its walls look dark."""
    rings = []
    for inset, z in (
        (0.0005, top - well_depth + 0.0005),
        (0.0005, top - 0.002),
        (0.0012, top - 0.002),
    ):
        outline = shapes.rounded_rectangle(hole[0] - 2 * inset, hole[1] - 2 * inset, [hole[2]], 6)
        rings.append(np.c_[outline, np.full(len(outline), z)])
    outline = shapes.rounded_rectangle(hole[0] - 0.0024, hole[1] - 0.0024, [hole[2]], 6)
    rings.append(np.c_[outline, np.full(len(outline), top - well_depth + 0.0015)])
    return shapes.loft(np.array(rings))


def opening_frame(size: tuple[float, float], width: float, height: float, radius: float) -> Shape:
    """Build a flat rounded frame around an opening, its foot 1 mm below z = 0.

    Args:
        size: Width and depth of the opening.
        radius: Radius of the opening's corners.
    """
    rings = []
    for margin, z in (
        (width, -0.001),
        (width, 0.6 * height),
        (0.8 * width, height),
        (0.1 * width, height),
    ):
        outline = shapes.rounded_rectangle(
            size[0] + 2 * margin, size[1] + 2 * margin, [radius + margin], 4
        )
        rings.append(np.c_[outline, np.full(len(outline), z)])
    inner = shapes.rounded_rectangle(*size, [radius], 4)
    rings.append(np.c_[inner, np.full(len(inner), -0.001)])
    return shapes.loft(np.array(rings), closed=True)


def face_front(shape: Shape, x: float = 0.0, z: float = 0.0, distance: float = 0.0) -> Shape:
    """Rotate a shape modelled on z = 0 to face -Y, `distance` metres in front of y = 0."""
    return shape.rotated("x", 90.0).translated(x, -distance, z)


def lever(
    rng: np.random.Generator, finish: ToasterFinish, travel: float, pressed: bool
) -> list[Shape]:
    """Build a slit with a knob at its upper end, or at the lower one while it toasts.

    Args:
        travel: Length of the slit.
        pressed: The lever is down.
    """
    width = rng.uniform(0.028, 0.05)
    height = rng.uniform(0.011, 0.02)
    slit = shapes.slab(0.007, travel, [(0, -0.004), (0, 0.0006)], 0.003)
    z = travel * (-0.36 if pressed else 0.4)
    knob_distance = rng.uniform(0.018, 0.03)
    radius = 0.45 * height if rng.random() < 0.6 else 0.003
    knob = shapes.slab(
        width,
        height,
        [(0.002, 0), *shapes.fillet_profile(knob_distance - 0.008, 0.003, 0.002)],
        radius,
    )
    stem = shapes.slab(0.005, 0.005, [(0, -0.002), (0, 0.012)], 0.001)
    knob_material = finish.trim if rng.random() < 0.35 else finish.knob
    parts = [
        slit.with_material(finish.dark),
        stem.translated(y=z).with_material(finish.trim),
        knob.translated(y=z, z=0.008).with_material(knob_material),
    ]
    return [face_front(part) for part in parts]


def control_dial(rng: np.random.Generator, finish: ToasterFinish, radius: float) -> list[Shape]:
    """Build a round knob with a pointer, marks around it and sometimes a ring of trim."""
    height = rng.uniform(0.01, 0.018)
    knob = shapes.slab(
        2 * radius,
        2 * radius,
        [(0, -0.002), *shapes.fillet_profile(height, 0.002)],
        radius,
        segments=8,
    )
    pointer_angle = rng.uniform(-120.0, 120.0)
    pointer = shapes.slab(0.003, 0.8 * radius, [(0, -0.001), (0, 0.0006)], 0.001)
    pointer = pointer.translated(y=0.45 * radius, z=height).rotated("z", pointer_angle)
    parts = [knob.with_material(finish.knob), pointer.with_material(finish.trim)]
    if rng.random() < 0.6:
        rim = opening_frame((2 * radius, 2 * radius), 0.003, 0.003, radius)
        parts.append(rim.with_material(finish.trim))
    for k, angle in enumerate(np.linspace(-130.0, 130.0, 6)):
        mark = meshes.text_shape(str(k + 1), 0.0045).translated(y=1.5 * radius + 0.001, z=0.0006)
        parts.append(mark.rotated("z", -angle).with_material(finish.print))
    return [face_front(part) for part in parts]


_BUTTON_NAMES = ("CANCEL", "DEFROST", "REHEAT", "BAGEL")


def buttons(rng: np.random.Generator, finish: ToasterFinish, pitch: float) -> list[Shape]:
    """Build two or three buttons in a column, with their names, the first one often lit."""
    count = int(rng.integers(2, 4))
    has_light = rng.random() < 0.7
    lit_material = NodeGraph("light").build_material(
        jitter_colour(rng, str(rng.choice(["ff3a1c", "3a8cff"]))), 0.4, emission_strength=0.8
    )
    rounding = rng.choice([0.2, 1.0])
    parts = []
    for index in range(count):
        z = ((count - 1) / 2 - index) * pitch
        width = 0.0115 if rounding == 1.0 else 0.016
        cap = shapes.slab(
            width, 0.0095, [(0, -0.002), *shapes.fillet_profile(0.004, 0.001)], 0.0045 * rounding
        )
        material = lit_material if has_light and index == 0 else finish.knob
        parts.append(face_front(cap, z=z).with_material(material))
        name = meshes.text_shape(_BUTTON_NAMES[index], 0.0032)
        parts.append(face_front(name, z=z - 0.0078, distance=0.0005).with_material(finish.print))
    return parts


def slot_guards(length: float, slot: float, top: float) -> list[Shape]:
    """Build the wire guards along both sides of a slot, just below the top."""
    wires = []
    for y in (0.00175 - slot / 2, slot / 2 - 0.00175):
        for x in np.linspace(-0.42, 0.42, 6) * length:
            wires.append(shapes.rod((x, y, top - 0.06), (x, y, top - 0.004), 0.0009, 6))
        wires.append(
            shapes.rod((-length / 2, y, top - 0.006), (length / 2, y, top - 0.006), 0.0011, 6)
        )
    return wires


def power_cord(rng: np.random.Generator, x: float, y: float) -> Shape:
    """Build a cord from low on the back, at (x, y), to the ground in a curve."""
    side = float(rng.choice([-1.0, 1.0]))
    knots = [(x, y - 0.01, 0.03), (x, y + 0.015, 0.028), (x + 0.02 * side, y + 0.035, 0.0032)]
    knots += [(x + side * 0.06, y + 0.045, 0.003), (x + side * 0.12, y + 0.03, 0.003)]
    path = shapes.smooth_interpolation(np.linspace(0.0, 1.0, 24), (0.0, 0.15, 0.4, 0.7, 1.0), knots)
    return shapes.tube(path, 0.003, (0.1, 0.2, 1.0), 8)


def bread_slice(rng: np.random.Generator, width: float, height: float, thickness: float) -> Shape:
    """Build a slice of bread on z = 0, its faces along y.

    Returns:
        A shape whose attribute is 1 at the crust and 0 at the crumb.
    """
    waist = rng.uniform(0.0, 0.07)
    top_dip = rng.uniform(0.0, 0.03)
    rise = rng.uniform(0.05, 0.12)
    half_outline = [(0.0, 0.0), (0.4, 0.0), (0.47, 0.03), (0.48, 0.3), (0.48 - waist, 0.62)]
    half_outline += [
        (0.5, 0.76),
        (0.5, 0.9 - rise),
        (0.42, 0.97 - 0.4 * rise),
        (0.25, 1.0),
        (0.0, 1.0 - top_dip),
    ]
    points = np.array(half_outline)
    curve = shapes.smooth_interpolation(np.linspace(0, 9, 30), list(range(10)), points)
    outline = np.r_[curve, curve[-2:0:-1] * [-1.0, 1.0]] * [width, height]
    centre = np.array([0.0, 0.5 * height])
    rings = []
    crust_values = []
    bevel_rings = (
        (0.55, -0.5),
        (0.86, -0.5),
        (0.95, -0.48),
        (1.0, -0.36),
        (1.0, 0.36),
        (0.95, 0.48),
    )
    for scale, y in (*bevel_rings, (0.86, 0.5), (0.55, 0.5)):
        ring = centre + (outline - centre) * scale
        rings.append(np.stack([ring[:, 0], np.full(len(ring), y * thickness), ring[:, 1]], axis=1))
        crust_values.append(
            np.full((len(ring), 3), np.interp(scale, (0.55, 0.86, 0.95), (0.0, 0.1, 1.0)))
        )
    shape = replace(shapes.loft(np.array(rings)), vertex_attribute=np.concatenate(crust_values))
    return shape.translated(z=-float(shape.vertices[:, 2].min()))


def toast_material(rng: np.random.Generator) -> Material:
    """Sample bread from pale to nearly burnt, mottled, within a darker crust."""
    crumb_code = rng.choice(["ecdcb4", "e6cf9f", "dcb878", "d0a05a", "b8823f", "945c2c"])
    crumb = jitter_colour(rng, str(crumb_code))
    crust = jitter_colour(rng, str(rng.choice(["8a4f22", "6b3815", "a0642c"])))
    graph = NodeGraph("toast")
    crust_mask = graph.vertex_attribute().components()[0]
    browning = graph.noise(0.03, detail=2.0).smoothstep(0.35, 0.7)
    colour = graph.mix(browning, scale_colour(crumb, 1.1), scale_colour(crumb, 0.72))
    pores = graph.noise(0.004, detail=1.0)
    colour = graph.mix(pores.smoothstep(0.45, 0.3) * 0.5, colour, scale_colour(crumb, 0.45))
    colour = graph.mix(crust_mask.smoothstep(0.1, 0.9), colour, crust)
    return graph.build_material(colour, 0.9, bump_height=pores, bump_distance=0.0008, specular=0.15)


def gap_material() -> Material:
    """Return the dark material of gaps."""
    return plain((0.012, 0.011, 0.01), 0.8)
