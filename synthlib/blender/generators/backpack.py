"""Backpacks: daypacks with zips and rucksacks with a flap, in nylon, canvas, prints and leather.

Parts are built in the pack's own frame, x to its right, y up and z to the front, around a body
whose outline (x, y) is a rounded rectangle and whose depth runs from z = 0, the wearer's back.
At the end the whole is tapered, crumpled and stood up, so that what is sewn on stays on.
"""

import bpy
import numpy as np

from synthlib.blender.generators.parts import bags
from synthlib.blender.generators.parts.bags import Backpack
from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour, scale_colour
from synthlib.blender.modelling.materials import fabric, leather, metal, plain
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_CLOTHS = (
    *("1c1d20", "26282c", "1f2a44", "2f3d5c", "4a4d52", "6d1f24", "3d4a32", "5a3a28"),
    *("2b5a8a", "a3262c", "1f7a74", "c2a77a", "c9592a", "6b3a7a", "8d9296", "d98a9b"),
)
_LEATHERS = ("6b3d20", "8a5428", "4a2a18", "1e1a18", "a5713c")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One backpack standing upright, its front pocket towards -Y. Returns one object."""
    family = str(rng.choice(["zips", "flap", "trekking"], p=[0.5, 0.27, 0.23]))
    width = rng.uniform(0.27, 0.34)
    tall = rng.uniform(1.5, 1.85) if family == "trekking" else rng.uniform(1.3, 1.7)
    square = rng.random() < 0.25  # a school bag's box
    round_top = rng.uniform(0.08, 0.14) if square else rng.uniform(0.28, 0.48)
    pack = Backpack(
        width=width,
        height=width * tall,
        depth=width * rng.uniform(0.42, 0.6),
        bulge=rng.uniform(0.015, 0.035),
        top_radius=width * (round_top if family == "zips" else rng.uniform(0.15, 0.22)),
        **_sample_materials(rng, family),
    )
    parts = [
        bags.stuffed_bag(
            pack.width, pack.height, pack.depth, pack.bulge, pack.top_radius
        ).with_material(pack.body)
    ]
    parts += _pockets(rng, pack, family) + _side_pockets(rng, pack)
    front = {"zips": _main_zipper, "flap": _flap, "trekking": _trekking_parts}[family]
    parts += front(rng, pack)
    parts += bags.straps(rng, pack) + bags.handle(pack) + bags.back_pads(pack)
    taper, crumple = (
        rng.uniform(0.0, 0.14),
        shapes.random_displacement(rng, rng.uniform(0.003, 0.008), 0.22),
    )

    def worn(points: np.ndarray) -> np.ndarray:
        share = 1.0 - taper * (points[:, 1] / pack.height + 0.5)
        return crumple(points * np.stack([share, 1 + 0 * share, share], axis=1))

    return meshes.assemble("backpack", [part.deformed(worn).rotated("x", 90.0) for part in parts])


def _sample_materials(rng: np.random.Generator, family: str) -> dict[str, bpy.types.Material]:
    """What it is made of: plain, two-tone, with a darker base, patterned, or leather."""
    kinds = ("plain", "two-tone", "base", "pattern", "leather")
    shares = [0.25, 0.35, 0.2, 0.15, 0.05] if family == "zips" else [0.3, 0.3, 0.2, 0.05, 0.15]
    kind = rng.choice(kinds, p=shares)
    main, other = (jitter_colour(rng, str(rng.choice(_CLOTHS)), 1.3) for _ in range(2))
    if rng.random() < 0.35:
        main = sample_colour(rng, (0.3, 0.9), (0.08, 0.6))
    brown, dark = jitter_colour(rng, str(rng.choice(_LEATHERS))), jitter_colour(rng, "202124")
    thread = rng.uniform(0.0012, 0.0024)
    body = fabric(main, thread_width=thread)
    if kind == "leather":
        body = leather(brown)
    elif kind == "pattern":
        body = _printed_cloth(rng, main, other)
    elif kind == "base":
        base = brown if rng.random() < 0.4 else scale_colour(other, 0.7)
        body = fabric(main, base, boundary_height=rng.uniform(0.07, 0.15), thread_width=thread)
    bright = sample_colour(rng, (0.0, 0.85), (0.15, 0.55))
    zips = (dark, scale_colour(dark, 5.0), scale_colour(other, 0.8), bright)
    second = fabric(other, thread_width=thread) if kind in ("two-tone", "pattern") else body
    web = fabric(dark, thread_width=0.001) if rng.random() < 0.7 else second
    return {
        "body": body,
        "second": second,
        "web": leather(brown) if family == "flap" and rng.random() < 0.6 else web,
        "zip": plain(zips[rng.choice(4, p=[0.35, 0.25, 0.25, 0.15])], 0.5),
        "trim": metal((0.55, 0.5, 0.42)) if family == "flap" else plain(bright, 0.5),
    }


def _printed_cloth(rng: np.random.Generator, one: Colour, two: Colour) -> bpy.types.Material:
    """Printed cloth: stripes, checks, dots or camouflage."""
    graph = NodeGraph("printed cloth")
    x, _, z = graph.object_coordinates().components()
    step = rng.uniform(0.02, 0.06)
    across, up = (graph.math("SINE", way * (2 * np.pi / step)) for way in (x, z))
    pattern = rng.choice(["stripes", "bands", "checks", "dots", "camouflage"])
    share = {
        "stripes": across.smoothstep(-0.1, 0.1),
        "bands": up.smoothstep(0.3, 0.5),
        "checks": 0.5 * across.smoothstep(-0.1, 0.1) + 0.5 * up.smoothstep(-0.1, 0.1),
        "dots": (across * up).smoothstep(0.45, 0.55),
        "camouflage": graph.noise(step, detail=2.0).smoothstep(0.49, 0.52),
    }[str(pattern)]
    return graph.build_material(graph.mix(share, one, two), 0.85, specular=0.2)


def _zipper(pack: Backpack, path: np.ndarray, across: np.ndarray) -> list[Shape]:
    """A zip along a path on a bag's rim, its puller hanging at the end."""
    tape = shapes.ribbon(path, 0.017, 0.004, across).with_material(pack.zip)
    teeth = shapes.tube(path, 0.0028, across, segments=8).with_material(pack.web)
    puller = shapes.slab(0.01, 0.036, [(0.001, 0.0), (0.0, 0.003), (0.001, 0.006)], 0.004)
    x, y, z = path[len(path) // 3]
    return [tape, teeth, puller.translated(x, y - 0.014, z + 0.001).with_material(pack.trim)]


def _main_zipper(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Over the top and down both sides, and sometimes piping along the front edge."""
    size = pack.width, pack.height, pack.depth, pack.top_radius
    side = bool(rng.random() < 0.5)
    parts = _zipper(
        pack, *bags.rim_path(*size, -rng.uniform(0.05, 0.2) * pack.height, on_side=side)
    )
    if side and rng.random() < 0.6:
        path, across = bags.rim_path(*size, -0.45 * pack.height, on_side=False)
        parts.append(shapes.tube(path, 0.0035, across, segments=8).with_material(pack.zip))
    return parts


def _pockets(rng: np.random.Generator, pack: Backpack, family: str) -> list[Shape]:
    """One or two bags on the front, each with its own zip, and the maker's patch."""
    flap = family == "flap"
    sizes = [(rng.uniform(0.68, 0.86), rng.uniform(0.36, 0.5), rng.uniform(0.03, 0.06))]
    if not flap and rng.random() < 0.35:
        sizes.append((sizes[0][0] * 0.92, rng.uniform(0.18, 0.24), rng.uniform(0.022, 0.03)))
    parts, floor = [], -0.5 * pack.height + 0.015
    for share, tall, thick in sizes:
        width, height = share * pack.width, tall * pack.height
        sunk = pack.depth - 0.03
        deep, top = pack.front_z + thick - sunk - 0.01, rng.uniform(0.2, 0.45) * height
        middle = floor + height / 2
        bag = bags.stuffed_bag(width, height, deep, 0.01, top).with_material(pack.second)
        rim = bags.rim_path(width, height, deep, top, -0.1 * height, on_side=False)
        made = [bag] if flap else [bag, *_zipper(pack, *rim)]
        parts += [part.translated(y=middle, z=sunk) for part in made]
        floor += height + 0.012
    if not flap and rng.random() < 0.75:
        high = -0.5 * pack.height + sizes[0][1] * pack.height / 2 + 0.01
        parts += _maker_patch(rng, pack, high, pack.front_z + sizes[0][2])
    return parts


def _maker_patch(rng: np.random.Generator, pack: Backpack, y: float, z: float) -> list[Shape]:
    """The maker's label, its face at about z."""
    words = str(rng.choice(["NORDIS", "Field", "ATLAS", "tramp", "KOI", "Ridge & Co"]))
    print_ = meshes.text_shape(words, rng.uniform(0.009, 0.014))
    wide, tall = np.ptp(print_.vertices[:, 0]) + 0.016, rng.uniform(0.026, 0.04)
    inner = [(inset, 0.0025) for inset in (0.001, 0.004, 0.008, 0.012)]  # to follow the crumple
    label = shapes.slab(wide, tall, [(0.0, -0.008), (0.0, 0.002), *inner], 0.004, resample_count=64)
    ground, ink = (pack.trim, pack.zip) if rng.random() < 0.5 else (pack.zip, pack.trim)
    return [
        label.with_material(ground).translated(y=y, z=z),
        print_.with_material(ink).translated(y=y, z=z + 0.003),
    ]


def _side_pockets(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    if rng.random() < 0.25:
        return []
    height = rng.uniform(0.28, 0.4) * pack.height
    bag = bags.stuffed_bag(0.7 * pack.depth, height, 0.03, 0.012, 0.02).with_material(pack.second)
    hem = shapes.slab(
        0.64 * pack.depth, 0.016, shapes.fillet_profile(0.034, 0.007), 0.007
    ).with_material(pack.web)
    pocket = [bag, hem.translated(y=height / 2 - 0.01)]
    y, z = -0.5 * pack.height + 0.03 + height / 2, 0.5 * pack.depth
    return [
        part.rotated("y", 90.0 * side).translated(side * (pack.width / 2 - 0.014), y, z)
        for side in (-1, 1)
        for part in pocket
    ]


def _flap(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """A lid from behind over the top and down the front, with two belts and buckles."""
    h, d, end = pack.height, pack.depth, rng.uniform(-0.02, 0.12) * pack.height
    bulged = pack.front_z + rng.uniform(0.04, 0.055)
    knots = [(0.40 * h, 0.002), (0.49 * h, 0.12 * d), (0.5 * h + 0.012, 0.5 * d)]
    knots += [(0.47 * h, 0.98 * d), (0.3 * h, bulged - 0.012), (end, bulged)]
    at = np.linspace(0.0, 1.0, 40)
    path = np.c_[0 * at, shapes.smooth_interpolation(at, [0.0, 0.14, 0.32, 0.55, 0.75, 1.0], knots)]
    widths = pack.width * shapes.smooth_interpolation(
        at, [0, 0.5, 0.93, 0.98, 1], [0.9, 1.0, 0.98, 0.9, 0.7]
    )
    parts = [shapes.ribbon(path, widths, 0.012, (1.0, 0.0, 0.0)).with_material(pack.second)]
    belt = path[at > 0.6] + np.array([0.0, 0.0, 0.007])
    belt = np.vstack([belt, belt[-1] + [0.0, -0.14 * h, 0.0]])
    frame = shapes.slab(0.036, 0.03, shapes.fillet_profile(0.008, 0.002), 0.004).with_material(
        pack.trim
    )
    for x in (-0.24 * pack.width, 0.24 * pack.width):
        parts.append(
            shapes.ribbon(belt, 0.024, 0.004, (1.0, 0.0, 0.0)).with_material(pack.web).translated(x)
        )
        parts.append(frame.translated(x, end - 0.02, bulged + 0.006))
    return parts


def _trekking_parts(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """A lid like a cap, straps around the sides, and often a rolled mat on top or below."""
    h, w, d = pack.height, pack.width, pack.depth
    lid = bags.stuffed_bag(1.04 * w, d + 0.05, 0.11, 0.02, 0.3 * d).with_material(pack.second)
    parts = [lid.rotated("x", -90.0).translated(0.0, 0.5 * h - 0.05, 0.5 * d + 0.01)]
    for y in rng.uniform(-0.1, 0.0) * h, rng.uniform(0.2, 0.28) * h:
        belt = shapes.resample_polygon(
            shapes.rounded_rectangle(w + 0.014, d + 0.05, 0.3 * d, 8), 96
        )
        path = np.c_[belt[:, 0], np.full(96, y), 0.5 * d + 0.012 + belt[:, 1]]
        front = np.roll(path, 24, axis=0)[:60]
        parts.append(shapes.ribbon(front, 0.02, 0.004, (0.0, 1.0, 0.0)).with_material(pack.web))
    buckle = shapes.slab(
        0.036, 0.03, shapes.fillet_profile(0.04, 0.002, -0.03), 0.004
    ).with_material(pack.trim)
    parts += [buckle.translated(x, 0.38 * h, pack.front_z + 0.012) for x in (-0.25 * w, 0.25 * w)]
    if rng.random() < 0.5:
        radius = rng.uniform(0.05, 0.075)
        y = float(rng.choice([-0.5 * h + 0.01, 0.5 * h + 0.04 + radius]))
        roll = shapes.rod((-0.58 * w, y, 0.55 * d), (0.58 * w, y, 0.55 * d), radius, 24)
        parts.append(
            roll.with_material(
                fabric(sample_colour(rng, (0.2, 0.8), (0.1, 0.5)), thread_width=0.003)
            )
        )
    return parts
