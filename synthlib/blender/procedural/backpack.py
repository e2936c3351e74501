"""Backpacks: daypacks with zips and rucksacks with a flap, in nylon, canvas, prints and leather.

Parts are built in the pack's own frame, x to its right, y up and z to the front, around a body
whose outline (x, y) is a rounded rectangle and whose depth runs from z = 0, the wearer's back.
At the end the whole is tapered, crumpled and stood up, so that what is sewn on stays on.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import any_colour, scaled, tinted
from synthlib.blender.materials import fabric, leather, plain
from synthlib.blender.parts import bags
from synthlib.blender.shapes import Shape

_CLOTHS = (
    *("1c1d20", "26282c", "1f2a44", "2f3d5c", "4a4d52", "6d1f24", "3d4a32", "5a3a28"),
    *("2b5a8a", "a3262c", "1f7a74", "c2a77a", "c9592a", "6b3a7a", "8d9296", "d98a9b"),
)
_LEATHERS = ("6b3d20", "8a5428", "4a2a18", "1e1a18", "a5713c")


@dataclass(frozen=True)
class Pack:
    """Sizes in metres and materials of one pack; `bulge` is how far the front swells."""

    width: float
    height: float
    depth: float
    bulge: float
    top: float  # radius of the upper corners
    body: bpy.types.Material
    second: bpy.types.Material
    web: bpy.types.Material
    zip: bpy.types.Material
    trim: bpy.types.Material

    @property
    def front(self) -> float:
        """How far forward the body reaches, z."""
        return self.depth + self.bulge


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One backpack standing upright, its front pocket towards -Y. Returns one object."""
    flap = rng.random() < 0.35
    width = rng.uniform(0.27, 0.34)
    pack = Pack(
        width=width,
        height=width * rng.uniform(1.3, 1.7),
        depth=width * rng.uniform(0.42, 0.58),
        bulge=rng.uniform(0.015, 0.035),
        top=width * (rng.uniform(0.15, 0.22) if flap else rng.uniform(0.28, 0.48)),
        **_cloth(rng, flap),
    )
    parts = [bags.cushion(pack.width, pack.height, pack.depth, pack.bulge, pack.top).of(pack.body)]
    parts += _pockets(rng, pack, flap) + _side_pockets(rng, pack)
    parts += _flap(rng, pack) if flap else _main_zip(rng, pack)
    parts += _straps(rng, pack) + _handle(pack) + _back_pads(pack)
    taper, crumple = rng.uniform(0.0, 0.14), shapes.wobble(rng, rng.uniform(0.003, 0.008), 0.22)

    def worn(points: np.ndarray) -> np.ndarray:
        share = 1.0 - taper * (points[:, 1] / pack.height + 0.5)
        return crumple(points * np.stack([share, 1 + 0 * share, share], axis=1))

    return meshes.assemble("backpack", [part.bent(worn).turned("x", 90.0) for part in parts])


def _cloth(rng: np.random.Generator, flap: bool) -> dict[str, bpy.types.Material]:
    """What it is made of: plain, two-tone, with a darker base, blotched, or leather."""
    kind = rng.choice(
        ("plain", "two-tone", "base", "print", "leather"), p=[0.3, 0.3, 0.2, 0.1, 0.1]
    )
    main = tinted(rng, str(rng.choice(_CLOTHS)), 1.5)
    if rng.random() < 0.25:
        main = any_colour(rng, (0.3, 0.85), (0.08, 0.5))
    other = tinted(rng, str(rng.choice(_CLOTHS)), 1.0)
    brown = tinted(rng, str(rng.choice(_LEATHERS)))
    dark = tinted(rng, "202124")
    thread = rng.uniform(0.0012, 0.0024)
    body = fabric(main, thread=thread)
    if kind == "leather":
        body = leather(brown)
    elif kind == "print":
        body = fabric(main, other, thread=thread)
    elif kind == "base":
        base = brown if rng.random() < 0.4 else scaled(other, 0.7)
        body = fabric(main, base, edge=rng.uniform(0.07, 0.15), thread=thread)
    bright = any_colour(rng, (0.0, 0.85), (0.15, 0.55))
    zips = (dark, scaled(dark, 5.0), scaled(other, 0.8), bright)
    second = fabric(other, thread=thread) if kind == "two-tone" else body
    web = fabric(dark, thread=0.001) if rng.random() < 0.7 else second
    return {
        "body": body,
        "second": second,
        "web": leather(brown) if flap and rng.random() < 0.6 else web,
        "zip": plain(zips[rng.choice(4, p=[0.35, 0.25, 0.25, 0.15])], 0.5),
        "trim": materials.metal((0.55, 0.5, 0.42)) if flap else plain(bright, 0.5),
    }


def _zip(pack: Pack, path: np.ndarray, across: np.ndarray) -> list[Shape]:
    """A zip along a path on a bag's rim, its puller hanging at the end."""
    tape = shapes.ribbon(path, 0.017, 0.004, across).of(pack.zip)
    teeth = shapes.tube(path, 0.0028, across, around=8).of(pack.web)
    puller = shapes.slab(0.01, 0.036, [(0.001, 0.0), (0.0, 0.003), (0.001, 0.006)], 0.004)
    x, y, z = path[len(path) // 3]
    return [tape, teeth, puller.moved(x, y - 0.014, z + 0.001).of(pack.trim)]


def _main_zip(rng: np.random.Generator, pack: Pack) -> list[Shape]:
    """Over the top and down both sides, and sometimes piping along the front edge."""
    size = pack.width, pack.height, pack.depth, pack.top
    side = bool(rng.random() < 0.5)
    parts = _zip(pack, *bags.rim(*size, -rng.uniform(0.05, 0.2) * pack.height, side=side))
    if side and rng.random() < 0.6:
        path, across = bags.rim(*size, -0.45 * pack.height, side=False)
        parts.append(shapes.tube(path, 0.0035, across, around=8).of(pack.zip))
    return parts


def _pockets(rng: np.random.Generator, pack: Pack, flap: bool) -> list[Shape]:
    """One or two bags on the front, each with its own zip, and the maker's patch."""
    sizes = [(rng.uniform(0.68, 0.86), rng.uniform(0.36, 0.5), rng.uniform(0.03, 0.06))]
    if not flap and rng.random() < 0.35:
        sizes.append((sizes[0][0] * 0.92, rng.uniform(0.18, 0.24), rng.uniform(0.022, 0.03)))
    parts, floor = [], -0.5 * pack.height + 0.015
    for share, tall, thick in sizes:
        width, height = share * pack.width, tall * pack.height
        sunk = pack.depth - 0.03
        deep, top = pack.front + thick - sunk - 0.01, rng.uniform(0.2, 0.45) * height
        middle = floor + height / 2
        bag = bags.cushion(width, height, deep, 0.01, top).of(pack.second)
        rim = bags.rim(width, height, deep, top, -0.1 * height, side=False)
        made = [bag] if flap else [bag, *_zip(pack, *rim)]
        parts += [part.moved(y=middle, z=sunk) for part in made]
        floor += height + 0.012
    if not flap and rng.random() < 0.75:
        high = -0.5 * pack.height + sizes[0][1] * pack.height / 2 + 0.01
        parts += _patch(rng, pack, high, pack.front + sizes[0][2])
    return parts


def _patch(rng: np.random.Generator, pack: Pack, y: float, z: float) -> list[Shape]:
    """The maker's label, its face at about z."""
    words = str(rng.choice(["NORDIS", "Field", "ATLAS", "tramp", "KOI", "Ridge & Co"]))
    print_ = meshes.text(words, rng.uniform(0.009, 0.014))
    wide, tall = np.ptp(print_.vertices[:, 0]) + 0.016, rng.uniform(0.026, 0.04)
    inner = [(inset, 0.0025) for inset in (0.001, 0.004, 0.008, 0.012)]  # to follow the crumple
    label = shapes.slab(wide, tall, [(0.0, -0.008), (0.0, 0.002), *inner], 0.004, points=64)
    ground, ink = (pack.trim, pack.zip) if rng.random() < 0.5 else (pack.zip, pack.trim)
    return [label.of(ground).moved(y=y, z=z), print_.of(ink).moved(y=y, z=z + 0.003)]


def _side_pockets(rng: np.random.Generator, pack: Pack) -> list[Shape]:
    if rng.random() < 0.25:
        return []
    height = rng.uniform(0.28, 0.4) * pack.height
    bag = bags.cushion(0.7 * pack.depth, height, 0.03, 0.012, 0.02).of(pack.second)
    hem = shapes.slab(0.64 * pack.depth, 0.016, shapes.edge(0.034, 0.007), 0.007).of(pack.web)
    pocket = [bag, hem.moved(y=height / 2 - 0.01)]
    y, z = -0.5 * pack.height + 0.03 + height / 2, 0.5 * pack.depth
    return [
        part.turned("y", 90.0 * side).moved(side * (pack.width / 2 - 0.014), y, z)
        for side in (-1, 1)
        for part in pocket
    ]


def _flap(rng: np.random.Generator, pack: Pack) -> list[Shape]:
    """A lid from behind over the top and down the front, with two belts and buckles."""
    h, d, end = pack.height, pack.depth, rng.uniform(-0.02, 0.12) * pack.height
    bulged = pack.front + rng.uniform(0.04, 0.055)
    knots = [(0.40 * h, 0.002), (0.49 * h, 0.12 * d), (0.5 * h + 0.012, 0.5 * d)]
    knots += [(0.47 * h, 0.98 * d), (0.3 * h, bulged - 0.012), (end, bulged)]
    at = np.linspace(0.0, 1.0, 40)
    path = np.c_[0 * at, shapes.smooth(at, [0.0, 0.14, 0.32, 0.55, 0.75, 1.0], knots)]
    widths = pack.width * shapes.smooth(at, [0, 0.5, 0.93, 0.98, 1], [0.9, 1.0, 0.98, 0.9, 0.7])
    parts = [shapes.ribbon(path, widths, 0.012, (1.0, 0.0, 0.0)).of(pack.second)]
    belt = path[at > 0.6] + np.array([0.0, 0.0, 0.007])
    belt = np.vstack([belt, belt[-1] + [0.0, -0.14 * h, 0.0]])
    frame = shapes.slab(0.036, 0.03, shapes.edge(0.008, 0.002), 0.004).of(pack.trim)
    for x in (-0.24 * pack.width, 0.24 * pack.width):
        parts.append(shapes.ribbon(belt, 0.024, 0.004, (1.0, 0.0, 0.0)).of(pack.web).moved(x))
        parts.append(frame.moved(x, end - 0.02, bulged + 0.006))
    return parts


def _straps(rng: np.random.Generator, pack: Pack) -> list[Shape]:
    """Two padded shoulder straps looping behind, webbing from their ends to the lower corners."""
    h, w, slack = pack.height, pack.width, rng.uniform(0.05, 0.09)
    at = np.linspace(0.0, 1.0, 40)
    knots = [(0.17 * w, 0.44 * h, 0.012), (0.2 * w, 0.45 * h, -0.4 * slack)]
    knots += [(0.29 * w, 0.2 * h, -slack), (0.36 * w, -0.15 * h, -0.8 * slack)]
    knots += [(0.4 * w, -0.42 * h, 0.012)]
    path = shapes.smooth(at, [0.0, 0.09, 0.4, 0.7, 1.0], knots)
    wide, padding = rng.uniform(0.055, 0.072), rng.uniform(0.01, 0.016)
    widths = shapes.smooth(at, [0.0, 0.1, 0.66, 0.7, 1.0], [0.8 * wide, wide, wide, 0.024, 0.024])
    thick = shapes.smooth(at, [0.0, 0.1, 0.66, 0.7, 1.0], [0.006, padding, padding, 0.004, 0.004])
    paths = (path, path * [-1.0, 1.0, 1.0])
    return [shapes.ribbon(p, widths, thick, (1.0, 0.0, 0.0)).of(pack.web) for p in paths]


def _handle(pack: Pack) -> list[Shape]:
    a = np.linspace(0.0, np.pi, 16)
    arch = np.stack([0.045 * np.cos(a), 0.5 * pack.height - 0.012 + 0.05 * np.sin(a), 0.03 + 0 * a])
    return [shapes.ribbon(arch.T, 0.022, 0.007, (0.0, 0.0, 1.0)).of(pack.web)]


def _back_pads(pack: Pack) -> list[Shape]:
    pad = bags.cushion(0.3 * pack.width, 0.68 * pack.height, 0.02, 0.006, 0.03).turned("y", 180.0)
    sides = (-0.2 * pack.width, 0.2 * pack.width)
    return [pad.moved(x, -0.04 * pack.height, 0.008).of(pack.web) for x in sides]
