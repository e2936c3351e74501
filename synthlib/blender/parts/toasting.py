"""What toasters and toaster ovens are made of: shells with a well, bezels, levers, dials, bread.

Controls lie in the plane y = 0, facing -Y, and reach a little behind it; metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material

from synthlib.blender import meshes, shapes
from synthlib.blender.colours import scaled, tinted
from synthlib.blender.graphs import Graph
from synthlib.blender.materials import plain
from synthlib.blender.shapes import Shape


@dataclass(frozen=True)
class Finish:
    """The materials of one toaster: of its shell, its trim, knobs, print and dark gaps."""

    shell: Material
    trim: Material
    knob: Material
    print: Material
    dark: Material


def shell(
    size: tuple[float, float],
    profile: Sequence[tuple[float, float, float]],
    corner: float,
    hole: tuple[float, float, float],
    well: float,
) -> Shape:
    """A rounded box with a well in its top, one closed surface.

    size is its width and depth; profile (inset along x, along y, z) runs up to the flat top;
    corner its radius in plan; hole the well's width, depth and corner radius, well how deep.
    """
    rings = []

    def ring(width: float, depth: float, radius: float, z: float) -> None:
        flat = shapes.rounded(width, depth, [radius], 6)
        rings.append(np.c_[flat, np.full(len(flat), z)])

    for x, y, z in profile:
        ring(size[0] - 2 * x, size[1] - 2 * y, max(corner - min(x, y), 0.003), z)
    top = profile[-1][2]
    for grow, z in ((0.0015, top), (0.0, top - 0.0015), (0.0, top - well)):
        ring(hole[0] + grow, hole[1] + grow, hole[2], z)
    return shapes.loft(np.array(rings))


def lining(hole: tuple[float, float, float], top: float, well: float) -> Shape:
    """A thin box within a well, for its walls to be dark."""
    rings = []
    for inset, z in ((0.0005, top - well + 0.0005), (0.0005, top - 0.002), (0.0012, top - 0.002)):
        flat = shapes.rounded(hole[0] - 2 * inset, hole[1] - 2 * inset, [hole[2]], 6)
        rings.append(np.c_[flat, np.full(len(flat), z)])
    flat = shapes.rounded(hole[0] - 0.0024, hole[1] - 0.0024, [hole[2]], 6)
    rings.append(np.c_[flat, np.full(len(flat), top - well + 0.0015)])
    return shapes.loft(np.array(rings))


def frame(size: tuple[float, float], wide: float, high: float, radius: float) -> Shape:
    """A flat rounded frame about an opening of a size, its foot 1 mm below z = 0."""
    rings = []
    for grow, z in ((wide, -0.001), (wide, 0.6 * high), (0.8 * wide, high), (0.1 * wide, high)):
        outline = shapes.rounded(size[0] + 2 * grow, size[1] + 2 * grow, [radius + grow], 4)
        rings.append(np.c_[outline, np.full(len(outline), z)])
    inner = shapes.rounded(*size, [radius], 4)
    rings.append(np.c_[inner, np.full(len(inner), -0.001)])
    return shapes.loft(np.array(rings), closed=True)


def facing(shape: Shape, x: float = 0.0, z: float = 0.0, out: float = 0.0) -> Shape:
    """A thing built on z = 0 turned to face -Y, `out` metres before the plane y = 0."""
    return shape.turned("x", 90.0).moved(x, -out, z)


def lever(rng: np.random.Generator, finish: Finish, travel: float, down: bool) -> list[Shape]:
    """A slit with a knob at its upper end, or at the lower one while it toasts."""
    wide, tall = rng.uniform(0.028, 0.05), rng.uniform(0.011, 0.02)
    slit = shapes.slab(0.007, travel, [(0, -0.004), (0, 0.0006)], 0.003)
    z = travel * (-0.36 if down else 0.4)
    out = rng.uniform(0.018, 0.03)
    radius = 0.45 * tall if rng.random() < 0.6 else 0.003
    knob = shapes.slab(wide, tall, [(0.002, 0), *shapes.edge(out - 0.008, 0.003, 0.002)], radius)
    stem = shapes.slab(0.005, 0.005, [(0, -0.002), (0, 0.012)], 0.001)
    made = finish.trim if rng.random() < 0.35 else finish.knob
    parts = [
        slit.of(finish.dark),
        stem.moved(y=z).of(finish.trim),
        knob.moved(y=z, z=0.008).of(made),
    ]
    return [facing(part) for part in parts]


def dial(rng: np.random.Generator, finish: Finish, radius: float) -> list[Shape]:
    """A round knob with a pointer, marks around it and sometimes a ring of trim."""
    high = rng.uniform(0.01, 0.018)
    knob = shapes.slab(
        2 * radius, 2 * radius, [(0, -0.002), *shapes.edge(high, 0.002)], radius, segments=8
    )
    turn = rng.uniform(-120.0, 120.0)
    pointer = shapes.slab(0.003, 0.8 * radius, [(0, -0.001), (0, 0.0006)], 0.001)
    pointer = pointer.moved(y=0.45 * radius, z=high).turned("z", turn)
    parts = [knob.of(finish.knob), pointer.of(finish.trim)]
    if rng.random() < 0.6:
        rim = frame((2 * radius, 2 * radius), 0.003, 0.003, radius)
        parts.append(rim.of(finish.trim))
    for k, angle in enumerate(np.linspace(-130.0, 130.0, 6)):
        mark = meshes.text(str(k + 1), 0.0045).moved(y=1.5 * radius + 0.001, z=0.0006)
        parts.append(mark.turned("z", -angle).of(finish.print))
    return [facing(part) for part in parts]


_WORDS = ("CANCEL", "DEFROST", "REHEAT", "BAGEL")


def buttons(rng: np.random.Generator, finish: Finish, pitch: float) -> list[Shape]:
    """Two or three in a column, with their names, one of them lit."""
    count, lit = int(rng.integers(2, 4)), rng.random() < 0.7
    glow = Graph("light").finish(tinted(rng, str(rng.choice(["ff3a1c", "3a8cff"]))), 0.4, glow=0.8)
    rounding = rng.choice([0.2, 1.0])
    parts = []
    for k in range(count):
        z, wide = ((count - 1) / 2 - k) * pitch, 0.0115 if rounding == 1.0 else 0.016
        cap = shapes.slab(
            wide, 0.0095, [(0, -0.002), *shapes.edge(0.004, 0.001)], 0.0045 * rounding
        )
        made = glow if lit and k == 0 else finish.knob
        parts.append(facing(cap, z=z).of(made))
        name = meshes.text(_WORDS[k], 0.0032)
        parts.append(facing(name, z=z - 0.0078, out=0.0005).of(finish.print))
    return parts


def wires(long: float, slot: float, top: float) -> list[Shape]:
    """The guards along both sides of a slot, just below the top."""
    wires = []
    for y in (0.00175 - slot / 2, slot / 2 - 0.00175):
        for x in np.linspace(-0.42, 0.42, 6) * long:
            wires.append(shapes.rod((x, y, top - 0.06), (x, y, top - 0.004), 0.0009, 6))
        wires.append(shapes.rod((-long / 2, y, top - 0.006), (long / 2, y, top - 0.006), 0.0011, 6))
    return wires


def cord(rng: np.random.Generator, x: float, y: float) -> Shape:
    """A cord from low on the back, at x and y, to the ground, in a curve."""
    side = float(rng.choice([-1.0, 1.0]))
    knots = [(x, y - 0.01, 0.03), (x, y + 0.015, 0.028), (x + 0.02 * side, y + 0.035, 0.0032)]
    knots += [(x + side * 0.06, y + 0.045, 0.003), (x + side * 0.12, y + 0.03, 0.003)]
    path = shapes.smooth(np.linspace(0.0, 1.0, 24), (0.0, 0.15, 0.4, 0.7, 1.0), knots)
    return shapes.tube(path, 0.003, (0.1, 0.2, 1.0), 8)


def bread(rng: np.random.Generator, width: float, high: float, thick: float) -> Shape:
    """A slice standing on z = 0 across y: 1 in its paint is the crust, 0 the crumb."""
    waist, dip = rng.uniform(0.0, 0.07), rng.uniform(0.0, 0.03)
    rise = rng.uniform(0.05, 0.12)
    half = [(0.0, 0.0), (0.4, 0.0), (0.47, 0.03), (0.48, 0.3), (0.48 - waist, 0.62)]
    half += [
        (0.5, 0.76),
        (0.5, 0.9 - rise),
        (0.42, 0.97 - 0.4 * rise),
        (0.25, 1.0),
        (0.0, 1.0 - dip),
    ]
    points = np.array(half)
    fine = shapes.smooth(np.linspace(0, 9, 30), list(range(10)), points)
    flat = np.r_[fine, fine[-2:0:-1] * [-1.0, 1.0]] * [width, high]
    middle, rings, edge = np.array([0.0, 0.5 * high]), [], []
    faces = ((0.55, -0.5), (0.86, -0.5), (0.95, -0.48), (1.0, -0.36), (1.0, 0.36), (0.95, 0.48))
    for by, y in (*faces, (0.86, 0.5), (0.55, 0.5)):
        at = middle + (flat - middle) * by
        rings.append(np.stack([at[:, 0], np.full(len(at), y * thick), at[:, 1]], axis=1))
        edge.append(np.full((len(at), 3), np.interp(by, (0.55, 0.86, 0.95), (0.0, 0.1, 1.0))))
    slice_ = replace(shapes.loft(np.array(rings)), paint=np.concatenate(edge))
    return slice_.moved(z=-float(slice_.vertices[:, 2].min()))


def toast(rng: np.random.Generator) -> Material:
    """Bread from pale to nearly burnt, mottled, within a darker crust."""
    code = rng.choice(["ecdcb4", "e6cf9f", "dcb878", "d0a05a", "b8823f", "945c2c"])
    crumb = tinted(rng, str(code))
    crust = tinted(rng, str(rng.choice(["8a4f22", "6b3815", "a0642c"])))
    graph = Graph("toast")
    edge = graph.paint().parts()[0]
    browned = graph.noise(0.03, detail=2.0).step(0.35, 0.7)
    colour = graph.mix(browned, scaled(crumb, 1.1), scaled(crumb, 0.72))
    pores = graph.noise(0.004, detail=1.0)
    colour = graph.mix(pores.step(0.45, 0.3) * 0.5, colour, scaled(crumb, 0.45))
    colour = graph.mix(edge.step(0.1, 0.9), colour, crust)
    return graph.finish(colour, 0.9, height=pores, depth=0.0008, specular=0.15)


def dark() -> Material:
    """The colour of gaps."""
    return plain((0.012, 0.011, 0.01), 0.8)
