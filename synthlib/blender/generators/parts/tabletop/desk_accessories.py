"""Accessories on desks: lamps, books, papers, cups, telephones, loudspeakers, globes.

Makers return a group about the origin on z = 0, its front towards -Y; lengths are in metres.
"""

import numpy as np

from synthlib.blender.generators.parts.groups import Paints, bar, block, place_group
from synthlib.blender.generators.parts.tabletop.decoration import lump
from synthlib.blender.generators.parts.tabletop.desk_computers import (
    DARK_CASE_COLOURS,
    PALE_CASE_COLOURS,
    choose_hex_code,
)
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import sample_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

BOOK_COLOURS = (
    "7a1f1f 1f3a5f 2f5a3a c9a23a d8d2c2 1c1c1e 5a2f5a b85a1f 8a8d90 3f7a8a e6e3dc a83a4a".split()
)
_BOTTLES = "7fb0c9 2f6a3a a8231f d8e0e2 4a2a14 d8e0e2"


def lamp(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a jointed desk lamp, a banker's lamp or one with a fabric shade."""
    kind = rng.choice(["jointed", "shade", "banker"], p=[0.5, 0.35, 0.15])
    metal_code = choose_hex_code(rng, "1c1b1b c9ccd0 b8923f 8a1f1f e8e8e6 2f5a7a")
    if kind == "jointed":
        base = shapes.lathe([(0.085, 0.0), (0.085, 0.018), (0.02, 0.03)], 18)
        elbow = np.array([0.0, 0.16, 0.3])
        head = np.array([0.0, -0.06, 0.48])
        arms = [shapes.rod((0, 0, 0.02), elbow, 0.009, 8), shapes.rod(elbow, head, 0.009, 8)]
        hood = shapes.lathe([(0.085, 0.0), (0.05, 0.07), (0.03, 0.13), (0.0, 0.13)], 16)
        hood = hood.rotated("x", 25).translated(0, head[1] - 0.03, head[2] - 0.1)
        bulb = shapes.lathe([(0.078, -0.002), (0.078, 0.003)], 16).rotated("x", 25)
        bulb = paints.matte(bulb.translated(0, head[1] - 0.03, head[2] - 0.1), "fff2c0")
        return [*(paints.glossy(part, metal_code) for part in (base, *arms, hood)), bulb]
    if kind == "shade":
        height = rng.uniform(0.22, 0.32)
        width = rng.uniform(0.12, 0.18)
        positions = np.linspace(0, 1, 12)
        radii = shapes.smooth_interpolation(
            positions, [0, 0.1, 0.45, 0.8, 1], [0.08, 0.07, rng.uniform(0.03, 0.1), 0.015, 0.012]
        )
        foot = shapes.lathe(np.stack([radii, positions * height], axis=1), 16)
        shade = shapes.lathe([(width, height - 0.04), (0.6 * width, height + 0.15)], 24)
        return [
            paints.glossy(foot, metal_code),
            paints.matte(shade, choose_hex_code(rng, "f2e6c4 f4efe2 c9a06a 7a2a1e e8c87a")),
        ]
    stem = shapes.lathe([(0.09, 0.0), (0.08, 0.02), (0.012, 0.035), (0.012, 0.33)], 16)
    angles = np.linspace(0.15, np.pi - 0.15, 9)
    arc = np.stack([np.cos(angles) * 0.075, np.sin(angles) * 0.075], axis=1)
    section = np.r_[arc, arc[::-1] * 0.9]
    cover = shapes.loft(np.stack([np.c_[np.full(18, x), section] for x in (-0.14, 0.14)]))
    return [
        paints.glossy(stem, "b8923f"),
        paints.glossy(cover.translated(z=0.29), choose_hex_code(rng, "0f5a3a 1f5f4a 8a5a1c")),
    ]


def row_of_books(
    rng: np.random.Generator, paints: Paints, length: float, max_height: float
) -> list[Shape]:
    """Build a row of upright books along x.

    Args:
        length: Space along x.
        max_height: Of the tallest book.
    """
    parts = []
    x = -length / 2
    while True:
        width = rng.uniform(0.018, 0.055)
        if x + width > length / 2:
            return parts
        height = max_height * rng.uniform(0.7, 1.0)
        depth = rng.uniform(0.14, 0.2)
        spine = block(width - 0.002, depth, height).translated(x + width / 2, 0.1 - depth / 2)
        parts.append(paints.matte(spine, str(rng.choice(BOOK_COLOURS))))
        if rng.random() < 0.4:
            label = block(width - 0.006, 0.004, 0.2 * height).translated(
                x + width / 2, 0.1 - depth, 0.6 * height
            )
            parts.append(paints.matte(label, "e6dfc8"))
        x += width


def pile_of_books_or_paper(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build books, binders or piles of paper lying on one another."""
    parts = []
    z = 0.0
    is_paper = rng.random() < 0.35
    for _ in range(int(rng.integers(2, 7))):
        thickness = rng.uniform(0.012, 0.045)
        width = rng.uniform(0.15, 0.22)
        depth = rng.uniform(0.22, 0.3)
        hex_code = (
            choose_hex_code(rng, "f2f1ec e6e2d4 d9d6cc")
            if is_paper
            else str(rng.choice(BOOK_COLOURS))
        )
        book = block(width, depth, thickness + 0.001)
        parts += place_group([paints.matte(book, hex_code)], z=z, rotation=rng.normal(0, 8))
        z += thickness
    return parts


def papers(rng: np.random.Generator, paints: Paints, sheets_below: int = 0) -> list[Shape]:
    """Build one sheet with writing, or an open notebook.

    Args:
        sheets_below: Sheets that already lie below it, which raise it.
    """
    z = 0.0016 + 0.0012 * sheets_below
    kind = rng.integers(4)
    width = 0.4 if kind == 0 else 0.21
    sheet = paints.matte(
        block(width, 0.297, z), choose_hex_code(rng, "f4f3ef f4f3ef f0ead6 f2e27a c9dcea")
    )
    parts = [sheet]
    for row in range(int(rng.integers(3, 8))):
        line = block(0.15 * rng.uniform(0.5, 1), 0.007, 0.001).translated(
            0.5 * (width - 0.21), 0.11 - 0.03 * row, z - 0.0004
        )
        parts.append(paints.matte(line, "5a5d66"))
    if kind == 0:
        parts.append(
            paints.matte(block(0.006, 0.297, 0.0012).translated(0, 0, z - 0.0004), "8a8678")
        )
    return parts


def cup(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a mug, or a pot of pens."""
    hex_code = choose_hex_code(rng, "f0eee8 a8231f 1f4f8a 2a2a2c e0a82a 3f7a4a 8a8d90")
    profile = [(0.034, 0.0), (0.042, 0.004), (0.042, 0.1), (0.037, 0.1), (0.035, 0.02), (0.0, 0.02)]
    parts = [paints.glossy(shapes.lathe(profile, 16), hex_code)]
    if rng.random() < 0.5:
        angles = np.linspace(-1.4, 1.4, 8)
        handle_path = np.stack(
            [0.035 + 0.032 * np.cos(angles), 0 * angles, 0.05 + 0.032 * np.sin(angles)], 1
        )
        return [*parts, paints.glossy(shapes.tube(handle_path, 0.006, (0, 1.0, 0), 6), hex_code)]
    for angle in rng.uniform(0, 360, 6):
        pen = shapes.rod((0, 0, 0.022), (0.034, 0, 0.17), 0.004, 6).rotated("z", angle)
        parts.append(paints.glossy(pen, choose_hex_code(rng, "c9a22a 1f3f8a a8231f 1c1c1e e6e6e6")))
    return parts


def _globe(paints: Paints) -> Shape:
    """Build a globe: seas, and lands where a sum of waves is high."""
    globe = paints.glossy(shapes.sphere(0.11, 28), "2a648f")
    x, y, z = globe.vertices.T * 32
    is_land = np.sin(x + 1.3 * y) + np.sin(1.7 * z - y) * np.cos(0.8 * x) > 0.35
    assert globe.vertex_attribute is not None
    globe.vertex_attribute[is_land] = srgb_to_linear("a8964f")
    return globe


def desk_accessory(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a telephone, loudspeaker, tissue box, picture frame, bottle or globe."""
    kind = rng.choice(6, p=[0.24, 0.2, 0.16, 0.16, 0.17, 0.07])
    case_colour = str(rng.choice((*DARK_CASE_COLOURS, *PALE_CASE_COLOURS)))
    if kind == 0:
        body = bar((0, -0.1, 0.02), (0, 0.1, 0.045), 0.19, 0.04)
        handset = bar((-0.06, -0.09, 0.06), (-0.06, 0.09, 0.08), 0.05, 0.04)
        keypad = bar((0.035, -0.07, 0.045), (0.035, 0.02, 0.057), 0.08, 0.006)
        return [
            paints.glossy(body, case_colour),
            paints.glossy(handset, case_colour),
            paints.matte(keypad, "8a8d90"),
        ]
    if kind == 1:
        case = paints.matte(block(0.11, 0.13, 0.2), case_colour)
        cones = [
            shapes.rod((0, -0.067, z), (0, -0.06, z), radius, 14)
            for z, radius in ((0.07, 0.042), (0.15, 0.025))
        ]
        return [case, *(paints.glossy(cone, "55585c") for cone in cones)]
    if kind == 2:
        tissue = lump(rng, 0.035, 0.05, 8).translated(z=0.09)
        return [
            paints.matte(block(0.22, 0.12, 0.08), sample_colour(rng, (0.2, 0.7), (0.2, 0.7))),
            paints.matte(tissue, "f6f6f4"),
        ]
    if kind == 3:
        frame = block(0.16, 0.015, 0.2)
        photo = block(0.12, 0.004, 0.15).translated(0, -0.008, 0.025)
        frame_parts = [
            paints.glossy(frame, choose_hex_code(rng, "6b3a1e 1c1b1b b8923f e6e3dc")),
            paints.matte(photo, sample_colour(rng, (0.1, 0.5), (0.2, 0.7))),
        ]
        return [part.rotated("x", -10).translated(z=0.002) for part in frame_parts]
    if kind == 4:
        profile = [(0.032, 0.0), (0.033, 0.15), (0.014, 0.19), (0.014, 0.22)]
        return [paints.glossy(shapes.lathe(profile, 12), choose_hex_code(rng, _BOTTLES))]
    stand = shapes.lathe([(0.07, 0.0), (0.06, 0.015), (0.012, 0.03), (0.012, 0.09)], 14)
    return [
        paints.glossy(stand, "5a3a1e"),
        _globe(paints).translated(z=0.19),
    ]
