"""Backpacks: daypacks with zippers, rucksacks with a flap, trekking packs with a lid.

`rng` draws the family, proportions, materials (nylon, canvas, printed cloth, leather), pockets,
maker's patch, belts, rolled mat, taper and crumpling. A pack is 30 to 80 cm tall; lengths are in
metres.

Parts are modelled in the pack's own frame: x to its right, y up, z to the front. The body has a
rounded rectangle as its outline (x, y), and z = 0 is the wearer's back. One deformation tapers and
crumples all parts at the end, so that what is sewn on stays attached, and the pack is rotated
upright with its front towards -Y.
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
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_CLOTHS = (
    "1c1d20",
    "26282c",
    "1f2a44",
    "2f3d5c",
    "4a4d52",
    "6d1f24",
    "3d4a32",
    "5a3a28",
    "2b5a8a",
    "a3262c",
    "1f7a74",
    "c2a77a",
    "c9592a",
    "6b3a7a",
    "8d9296",
    "d98a9b",
)
_LEATHERS = ("6b3d20", "8a5428", "4a2a18", "1e1a18", "a5713c")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one backpack.

    Returns:
        One mesh object, standing on z = 0, its front pocket towards -Y.
    """
    family = str(rng.choice(["zips", "flap", "trekking"], p=[0.5, 0.27, 0.23]))
    width = rng.uniform(0.27, 0.34)
    aspect_ratio = rng.uniform(1.5, 1.85) if family == "trekking" else rng.uniform(1.3, 1.7)
    is_box = rng.random() < 0.25  # the box shape of a school bag
    top_roundness = rng.uniform(0.08, 0.14) if is_box else rng.uniform(0.28, 0.48)
    pack = Backpack(
        width=width,
        height=width * aspect_ratio,
        depth=width * rng.uniform(0.42, 0.6),
        bulge=rng.uniform(0.015, 0.035),
        top_radius=width * (top_roundness if family == "zips" else rng.uniform(0.15, 0.22)),
        **_sample_materials(rng, family),
    )
    parts = [
        bags.stuffed_bag(
            pack.width, pack.height, pack.depth, pack.bulge, pack.top_radius
        ).with_material(pack.body)
    ]
    parts += _pockets(rng, pack, family) + _side_pockets(rng, pack)
    make_front = {"zips": _main_zipper, "flap": _flap, "trekking": _trekking_parts}[family]
    parts += make_front(rng, pack)
    parts += bags.straps(rng, pack) + bags.handle(pack) + bags.back_pads(pack)
    taper = rng.uniform(0.0, 0.14)
    crumple = shapes.random_displacement(rng, rng.uniform(0.003, 0.008), 0.22)

    def taper_and_crumple(points: np.ndarray) -> np.ndarray:
        width_scale = 1.0 - taper * (points[:, 1] / pack.height + 0.5)
        scale = np.stack([width_scale, np.ones_like(width_scale), width_scale], axis=1)
        return crumple(points * scale)

    return meshes.assemble(
        "backpack", [part.deformed(taper_and_crumple).rotated("x", 90.0) for part in parts]
    )


def _sample_materials(rng: np.random.Generator, family: str) -> dict[str, bpy.types.Material]:
    """Sample the materials of body, second cloth, webbing, zippers and trim, as `Backpack` fields.

    The body is plain, two-tone, with a darker base, patterned or of leather.
    """
    kinds = ("plain", "two-tone", "base", "pattern", "leather")
    probabilities = (
        [0.25, 0.35, 0.2, 0.15, 0.05] if family == "zips" else [0.3, 0.3, 0.2, 0.05, 0.15]
    )
    kind = rng.choice(kinds, p=probabilities)
    main_colour, second_colour = (
        jitter_colour(rng, str(rng.choice(_CLOTHS)), 1.3) for _ in range(2)
    )
    if rng.random() < 0.35:
        main_colour = sample_colour(rng, (0.3, 0.9), (0.08, 0.6))
    brown = jitter_colour(rng, str(rng.choice(_LEATHERS)))
    dark = jitter_colour(rng, "202124")
    thread_width = rng.uniform(0.0012, 0.0024)
    body = fabric(main_colour, thread_width=thread_width)
    if kind == "leather":
        body = leather(brown)
    elif kind == "pattern":
        body = _printed_cloth(rng, main_colour, second_colour)
    elif kind == "base":
        base_colour = brown if rng.random() < 0.4 else scale_colour(second_colour, 0.7)
        body = fabric(
            main_colour,
            base_colour,
            boundary_height=rng.uniform(0.07, 0.15),
            thread_width=thread_width,
        )
    bright = sample_colour(rng, (0.0, 0.85), (0.15, 0.55))
    zip_colours = (dark, scale_colour(dark, 5.0), scale_colour(second_colour, 0.8), bright)
    second = (
        fabric(second_colour, thread_width=thread_width)
        if kind in ("two-tone", "pattern")
        else body
    )
    web = fabric(dark, thread_width=0.001) if rng.random() < 0.7 else second
    return {
        "body": body,
        "second_cloth": second,
        "webbing": leather(brown) if family == "flap" and rng.random() < 0.6 else web,
        "zipper": plain(zip_colours[rng.choice(4, p=[0.35, 0.25, 0.25, 0.15])], 0.5),
        "trim": metal((0.55, 0.5, 0.42)) if family == "flap" else plain(bright, 0.5),
    }


def _printed_cloth(rng: np.random.Generator, one: Colour, two: Colour) -> bpy.types.Material:
    """Return printed cloth in two colours: stripes, bands, checks, dots or camouflage."""
    graph = NodeGraph("printed cloth")
    x, _, z = graph.object_coordinates().components()
    spacing = rng.uniform(0.02, 0.06)
    wave_x, wave_z = (graph.math("SINE", axis * (2 * np.pi / spacing)) for axis in (x, z))
    pattern = rng.choice(["stripes", "bands", "checks", "dots", "camouflage"])
    patterns = {
        "stripes": wave_x.smoothstep(-0.1, 0.1),
        "bands": wave_z.smoothstep(0.3, 0.5),
        "checks": 0.5 * wave_x.smoothstep(-0.1, 0.1) + 0.5 * wave_z.smoothstep(-0.1, 0.1),
        "dots": (wave_x * wave_z).smoothstep(0.45, 0.55),
        "camouflage": graph.noise(spacing, detail=2.0).smoothstep(0.49, 0.52),
    }
    mask = patterns[str(pattern)]
    return graph.build_material(graph.mix(mask, one, two), 0.85, specular=0.2)


def _zipper(pack: Backpack, path: np.ndarray, across: np.ndarray) -> list[Shape]:
    """Build a zipper along a path on a bag's rim, its puller hanging near the end."""
    tape = shapes.ribbon(path, 0.017, 0.004, across).with_material(pack.zipper)
    teeth = shapes.tube(path, 0.0028, across, segments=8).with_material(pack.webbing)
    puller = shapes.slab(0.01, 0.036, [(0.001, 0.0), (0.0, 0.003), (0.001, 0.006)], 0.004)
    x, y, z = path[len(path) // 3]
    return [tape, teeth, puller.translated(x, y - 0.014, z + 0.001).with_material(pack.trim)]


def _main_zipper(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Build the zipper over the top and down both sides, sometimes with front piping."""
    size = pack.width, pack.height, pack.depth, pack.top_radius
    on_side = bool(rng.random() < 0.5)
    parts = _zipper(
        pack, *bags.rim_path(*size, -rng.uniform(0.05, 0.2) * pack.height, on_side=on_side)
    )
    if on_side and rng.random() < 0.6:
        path, across = bags.rim_path(*size, -0.45 * pack.height, on_side=False)
        parts.append(shapes.tube(path, 0.0035, across, segments=8).with_material(pack.zipper))
    return parts


def _pockets(rng: np.random.Generator, pack: Backpack, family: str) -> list[Shape]:
    """Build one or two bags on the front, each with its own zipper, and the maker's patch."""
    has_flap = family == "flap"
    sizes = [(rng.uniform(0.68, 0.86), rng.uniform(0.36, 0.5), rng.uniform(0.03, 0.06))]
    if not has_flap and rng.random() < 0.35:
        sizes.append((sizes[0][0] * 0.92, rng.uniform(0.18, 0.24), rng.uniform(0.022, 0.03)))
    parts = []
    base_y = -0.5 * pack.height + 0.015
    for width_share, height_share, thickness in sizes:
        width, height = width_share * pack.width, height_share * pack.height
        back_z = pack.depth - 0.03
        depth = pack.front_z + thickness - back_z - 0.01
        top_radius = rng.uniform(0.2, 0.45) * height
        centre_y = base_y + height / 2
        bag = bags.stuffed_bag(width, height, depth, 0.01, top_radius).with_material(
            pack.second_cloth
        )
        zipper_path = bags.rim_path(width, height, depth, top_radius, -0.1 * height, on_side=False)
        pocket = [bag] if has_flap else [bag, *_zipper(pack, *zipper_path)]
        parts += [part.translated(y=centre_y, z=back_z) for part in pocket]
        base_y += height + 0.012
    if not has_flap and rng.random() < 0.75:
        patch_y = -0.5 * pack.height + sizes[0][1] * pack.height / 2 + 0.01
        parts += _maker_patch(rng, pack, patch_y, pack.front_z + sizes[0][2])
    return parts


def _maker_patch(rng: np.random.Generator, pack: Backpack, y: float, z: float) -> list[Shape]:
    """Build the maker's label at height y, its face at about z."""
    text = str(rng.choice(["NORDIS", "Field", "ATLAS", "tramp", "KOI", "Ridge & Co"]))
    lettering = meshes.text_shape(text, rng.uniform(0.009, 0.014))
    width = np.ptp(lettering.vertices[:, 0]) + 0.016
    height = rng.uniform(0.026, 0.04)
    # Extra rings on the face let it follow the crumpled cloth.
    face_profile = [(inset, 0.0025) for inset in (0.001, 0.004, 0.008, 0.012)]
    label = shapes.slab(
        width, height, [(0.0, -0.008), (0.0, 0.002), *face_profile], 0.004, resample_count=64
    )
    patch_material, text_material = (
        (pack.trim, pack.zipper) if rng.random() < 0.5 else (pack.zipper, pack.trim)
    )
    return [
        label.with_material(patch_material).translated(y=y, z=z),
        lettering.with_material(text_material).translated(y=y, z=z + 0.003),
    ]


def _side_pockets(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Build a pocket with a hem on each side, or none."""
    if rng.random() < 0.25:
        return []
    height = rng.uniform(0.28, 0.4) * pack.height
    bag = bags.stuffed_bag(0.7 * pack.depth, height, 0.03, 0.012, 0.02).with_material(
        pack.second_cloth
    )
    hem = shapes.slab(
        0.64 * pack.depth, 0.016, shapes.fillet_profile(0.034, 0.007), 0.007
    ).with_material(pack.webbing)
    pocket = [bag, hem.translated(y=height / 2 - 0.01)]
    y = -0.5 * pack.height + 0.03 + height / 2
    z = 0.5 * pack.depth
    return [
        part.rotated("y", 90.0 * side).translated(side * (pack.width / 2 - 0.014), y, z)
        for side in (-1, 1)
        for part in pocket
    ]


def _flap(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Build a lid from behind over the top and down the front, with two belts and buckles."""
    height = pack.height
    depth = pack.depth
    end_y = rng.uniform(-0.02, 0.12) * pack.height
    lid_z = pack.front_z + rng.uniform(0.04, 0.055)
    knots = [
        (0.40 * height, 0.002),
        (0.49 * height, 0.12 * depth),
        (0.5 * height + 0.012, 0.5 * depth),
    ]
    knots += [(0.47 * height, 0.98 * depth), (0.3 * height, lid_z - 0.012), (end_y, lid_z)]
    positions = np.linspace(0.0, 1.0, 40)
    path = np.c_[
        0 * positions,
        shapes.smooth_interpolation(positions, [0.0, 0.14, 0.32, 0.55, 0.75, 1.0], knots),
    ]
    widths = pack.width * shapes.smooth_interpolation(
        positions, [0, 0.5, 0.93, 0.98, 1], [0.9, 1.0, 0.98, 0.9, 0.7]
    )
    parts = [shapes.ribbon(path, widths, 0.012, (1.0, 0.0, 0.0)).with_material(pack.second_cloth)]
    belt = path[positions > 0.6] + np.array([0.0, 0.0, 0.007])
    belt = np.vstack([belt, belt[-1] + [0.0, -0.14 * height, 0.0]])
    buckle = shapes.slab(0.036, 0.03, shapes.fillet_profile(0.008, 0.002), 0.004).with_material(
        pack.trim
    )
    for x in (-0.24 * pack.width, 0.24 * pack.width):
        parts.append(
            shapes.ribbon(belt, 0.024, 0.004, (1.0, 0.0, 0.0))
            .with_material(pack.webbing)
            .translated(x)
        )
        parts.append(buckle.translated(x, end_y - 0.02, lid_z + 0.006))
    return parts


def _trekking_parts(rng: np.random.Generator, pack: Backpack) -> list[Shape]:
    """Build a lid like a cap, straps around the sides, and often a rolled mat on top or below."""
    height, width, depth = pack.height, pack.width, pack.depth
    lid = bags.stuffed_bag(1.04 * width, depth + 0.05, 0.11, 0.02, 0.3 * depth).with_material(
        pack.second_cloth
    )
    parts = [lid.rotated("x", -90.0).translated(0.0, 0.5 * height - 0.05, 0.5 * depth + 0.01)]
    for y in rng.uniform(-0.1, 0.0) * height, rng.uniform(0.2, 0.28) * height:
        belt = shapes.resample_polygon(
            shapes.rounded_rectangle(width + 0.014, depth + 0.05, 0.3 * depth, 8), 96
        )
        path = np.c_[belt[:, 0], np.full(96, y), 0.5 * depth + 0.012 + belt[:, 1]]
        front_path = np.roll(path, 24, axis=0)[:60]
        parts.append(
            shapes.ribbon(front_path, 0.02, 0.004, (0.0, 1.0, 0.0)).with_material(pack.webbing)
        )
    buckle = shapes.slab(
        0.036, 0.03, shapes.fillet_profile(0.04, 0.002, -0.03), 0.004
    ).with_material(pack.trim)
    parts += [
        buckle.translated(x, 0.38 * height, pack.front_z + 0.012)
        for x in (-0.25 * width, 0.25 * width)
    ]
    if rng.random() < 0.5:
        radius = rng.uniform(0.05, 0.075)
        y = float(rng.choice([-0.5 * height + 0.01, 0.5 * height + 0.04 + radius]))
        mat = shapes.rod(
            (-0.58 * width, y, 0.55 * depth), (0.58 * width, y, 0.55 * depth), radius, 24
        )
        parts.append(
            mat.with_material(
                fabric(sample_colour(rng, (0.2, 0.8), (0.1, 0.5)), thread_width=0.003)
            )
        )
    return parts
