"""Cases of digital clocks: profiles carried along X, panes, buttons; lying parts stood upright."""

from collections.abc import Sequence

import bpy
import numpy as np

from synthlib.blender import materials, shapes
from synthlib.blender.colours import Colour, any_colour, srgb, tinted
from synthlib.blender.graphs import Graph
from synthlib.blender.shapes import Shape

Point = tuple[float, float]

_SOBER = ("17171a", "17171a", "2b2c30", "e9e7e1", "b9bcc0", "8a8d92")
_WOODS = (("8a5c38", "4e3222", "5a3a24"), ("c89a64", "dcb888", "d0a878"))


def wood(rng: np.random.Generator, light: bool | None = None) -> bpy.types.Material:
    """Veneer, dark or light, either if None."""
    codes = _WOODS[int(rng.random() < 0.5 if light is None else light)]
    colour, contrast = tinted(rng, str(rng.choice(codes)), 0.6), rng.uniform(0.15, 0.35)
    return materials.wood(colour, ring=rng.uniform(0.003, 0.007), contrast=contrast)


def body(rng: np.random.Generator) -> bpy.types.Material:
    """What a case is made of: black, white or grey plastic, a colour, wood."""
    kind = rng.choice(["sober", "colour", "wood"], p=[0.66, 0.2, 0.14])
    if kind == "wood":
        return wood(rng)
    if kind == "colour":
        return materials.plastic(any_colour(rng, (0.4, 0.9), (0.3, 0.8)))
    return materials.plastic(tinted(rng, str(rng.choice(_SOBER)), 0.6))


def window(colour: Colour) -> bpy.types.Material:
    """A pane without reflections, which would turn its black to grey."""
    return Graph("window").finish(colour, 0.5, specular=0.05)


def bar(profile: Sequence[Point], wide: float, soft: float) -> Shape:
    """A convex profile (y, z), its corners rounded by `soft`, along X; its ends are bevelled."""
    points, corners = np.array(profile, dtype=float), []
    neighbours = zip(np.roll(points, 1, 0), points, np.roll(points, -1, 0), strict=True)
    for before, at, after in neighbours:
        start, end = (at + soft * (p - at) / np.linalg.norm(p - at) for p in (before, after))
        for t in np.linspace(0.0, 1.0, 6):
            corners.append((1 - t) ** 2 * start + 2 * t * (1 - t) * at + t**2 * end)
    around, edge = np.array(corners), min(soft, 0.004)
    middle = around.mean(axis=0)
    narrow = middle + (around - middle) * (1.0 - 1.2 * edge / np.ptp(around, axis=0).max())
    levels = [(narrow, 0.0), (around, edge), (around, wide - edge), (narrow, wide)]
    rings = [np.c_[np.full(len(at), x - wide / 2), at] for at, x in levels]
    return shapes.loft(np.array(rings))


def stood(parts: Sequence[Shape], lean: float, y: float, z: float) -> list[Shape]:
    """Parts laid out facing +Z, stood to face -Y, leaning back by degrees, their origin moved."""
    return [part.turned("x", 90.0 - lean).moved(0.0, y, z) for part in parts]


def pane(wide: float, tall: float, made: bpy.types.Material, thick: float = 0.0015) -> Shape:
    """A window stuck on z = 0, `thick` metres above it."""
    levels = [(0.0, -0.002), (0.0, thick - 0.0005), (0.0005, thick)]
    return shapes.slab(wide, tall, levels, 0.004).of(made)


def controls(rng: np.random.Generator, wide: float, front: Point, back: Point) -> list[Shape]:
    """On a top from `front` to `back` (y, z): snooze bar, buttons and speaker slots."""
    light = materials.plain(tinted(rng, str(rng.choice(["b9bcc0", "3a3b3e", "e0672a", "efece4"]))))
    dark = materials.plain(srgb("0c0c0d"), 0.5)
    run, slope = back[0] - front[0], np.degrees(np.arctan2(back[1] - front[1], back[0] - front[0]))
    rise = shapes.edge(0.006, 0.0015, -0.001)
    bar_ = shapes.slab(0.5 * wide, 0.2 * run, rise, 0.004)
    parts = [bar_.moved(y=-0.25 * run).of(light)]
    for k, x in enumerate(np.linspace(-0.32, 0.32, int(rng.integers(3, 7)))):
        button = shapes.slab(0.09 * wide, 0.14 * run, rise, 0.003)
        parts.append(button.moved(x * wide, 0.02 * run).of(light if k % 3 else dark))
    for y in np.linspace(0.17, 0.4, int(rng.integers(4, 8))):
        slot = shapes.slab(0.6 * wide, 0.02 * run, [(0.0, -0.001), (0.0, 0.0006)], 0.001)
        parts.append(slot.moved(y=y * run).of(dark))
    y, z = (front[0] + back[0]) / 2, (front[1] + back[1]) / 2
    return [part.turned("x", float(slope)).moved(0.0, y, z) for part in parts]
