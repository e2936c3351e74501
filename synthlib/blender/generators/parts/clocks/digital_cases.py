"""Cases of digital clocks: profiles carried along X, panes, buttons; lying parts stood upright."""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

Point2 = tuple[float, float]

_NEUTRAL_COLOURS = ("17171a", "17171a", "2b2c30", "e9e7e1", "b9bcc0", "8a8d92")
_WOODS = (("8a5c38", "4e3222", "5a3a24"), ("c89a64", "dcb888", "d0a878"))


def sample_wood(rng: np.random.Generator, light: bool | None = None) -> bpy.types.Material:
    """Veneer, dark or light, either if None."""
    codes = _WOODS[int(rng.random() < 0.5 if light is None else light)]
    colour, contrast = jitter_colour(rng, str(rng.choice(codes)), 0.6), rng.uniform(0.15, 0.35)
    return materials.wood(colour, ring=rng.uniform(0.003, 0.007), contrast=contrast)


def sample_case_material(rng: np.random.Generator) -> bpy.types.Material:
    """What a case is made of: black, white or grey plastic, a colour, wood."""
    kind = rng.choice(["sober", "colour", "wood"], p=[0.66, 0.2, 0.14])
    if kind == "wood":
        return sample_wood(rng)
    if kind == "colour":
        return materials.plastic(sample_colour(rng, (0.4, 0.9), (0.3, 0.8)))
    return materials.plastic(jitter_colour(rng, str(rng.choice(_NEUTRAL_COLOURS)), 0.6))


def window_material(colour: Colour) -> bpy.types.Material:
    """A pane without reflections, which would turn its black to grey."""
    return NodeGraph("window").build_material(colour, 0.5, specular=0.05)


def extruded_profile(profile: Sequence[Point2], length: float, corner_radius: float) -> Shape:
    """A convex profile (y, z), its corners rounded by `soft`, along X; its ends are bevelled."""
    points, corners = np.array(profile, dtype=float), []
    neighbours = zip(np.roll(points, 1, 0), points, np.roll(points, -1, 0), strict=True)
    for before, at, after in neighbours:
        start, end = (
            at + corner_radius * (p - at) / np.linalg.norm(p - at) for p in (before, after)
        )
        for t in np.linspace(0.0, 1.0, 6):
            corners.append((1 - t) ** 2 * start + 2 * t * (1 - t) * at + t**2 * end)
    around, edge = np.array(corners), min(corner_radius, 0.004)
    middle = around.mean(axis=0)
    narrow = middle + (around - middle) * (1.0 - 1.2 * edge / np.ptp(around, axis=0).max())
    levels = [(narrow, 0.0), (around, edge), (around, length - edge), (narrow, length)]
    rings = [np.c_[np.full(len(at), x - length / 2), at] for at, x in levels]
    return shapes.loft(np.array(rings))


def stand_upright(parts: Sequence[Shape], lean_degrees: float, y: float, z: float) -> list[Shape]:
    """Parts laid out facing +Z, stood to face -Y, leaning back by degrees, their origin moved."""
    return [part.rotated("x", 90.0 - lean_degrees).translated(0.0, y, z) for part in parts]


def window_pane(
    width: float, height: float, material: bpy.types.Material, thickness: float = 0.0015
) -> Shape:
    """A window stuck on z = 0, `thick` metres above it."""
    levels = [(0.0, -0.002), (0.0, thickness - 0.0005), (0.0005, thickness)]
    return shapes.slab(width, height, levels, 0.004).with_material(material)


def top_controls(
    rng: np.random.Generator, width: float, front: Point2, back: Point2
) -> list[Shape]:
    """On a top from `front` to `back` (y, z): snooze bar, buttons and speaker slots."""
    light = materials.plain(
        jitter_colour(rng, str(rng.choice(["b9bcc0", "3a3b3e", "e0672a", "efece4"])))
    )
    dark = materials.plain(srgb_to_linear("0c0c0d"), 0.5)
    run, slope = back[0] - front[0], np.degrees(np.arctan2(back[1] - front[1], back[0] - front[0]))
    rise = shapes.fillet_profile(0.006, 0.0015, -0.001)
    bar_ = shapes.slab(0.5 * width, 0.2 * run, rise, 0.004)
    parts = [bar_.translated(y=-0.25 * run).with_material(light)]
    for k, x in enumerate(np.linspace(-0.32, 0.32, int(rng.integers(3, 7)))):
        button = shapes.slab(0.09 * width, 0.14 * run, rise, 0.003)
        parts.append(
            button.translated(x * width, 0.02 * run).with_material(light if k % 3 else dark)
        )
    for y in np.linspace(0.17, 0.4, int(rng.integers(4, 8))):
        slot = shapes.slab(0.6 * width, 0.02 * run, [(0.0, -0.001), (0.0, 0.0006)], 0.001)
        parts.append(slot.translated(y=y * run).with_material(dark))
    y, z = (front[0] + back[0]) / 2, (front[1] + back[1]) / 2
    return [part.rotated("x", float(slope)).translated(0.0, y, z) for part in parts]
