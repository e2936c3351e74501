"""Computers on desks in low detail: screens, laptop, keyboard and mouse, printer, tower.

Makers return a group about the origin on z = 0, its front towards -Y; lengths are in metres.
"""

import numpy as np

from synthlib.blender.generators.parts.groups import Paints, bar, block, place_group
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

DARK_CASE_COLOURS = ("17181a", "24262a", "101112", "3a3c40")
PALE_CASE_COLOURS = ("d6d0bf", "e4e2dc", "b9bbbd")


def choose_hex_code(rng: np.random.Generator, hex_codes: str) -> str:
    """Sample one of some sRGB hex codes separated by spaces."""
    return str(rng.choice(hex_codes.split()))


def lit_screen(
    rng: np.random.Generator, paints: Paints, width: float, height: float
) -> list[Shape]:
    """Build a screen upright on the plane y = 0: wallpaper and windows, or dark."""
    hex_code = str(
        rng.choice("2a6fc0 3f8fd8 123a7a 2f7a4a d8e4f2 f2f4f6 6a3f9a 0d1116 0a0b0c".split())
    )
    parts = [paints.glossy(block(width, 0.002, height).translated(y=-0.0006), hex_code)]
    if hex_code == "0a0b0c":  # switched off
        return parts
    has_hill = rng.random() < 0.4
    if has_hill:
        hill_height = rng.uniform(0.25, 0.5) * height
        parts.append(
            paints.glossy(
                block(width, 0.002, hill_height).translated(y=-0.0012),
                choose_hex_code(rng, "3f8a3a 1f4f8a c98a4a 0f2a4a"),
            )
        )
    for index in range(int(rng.integers(0, 4))):
        window_width = width * rng.uniform(0.25, 0.7)
        window_height = height * rng.uniform(0.3, 0.75)
        x = rng.uniform(-0.5, 0.5) * (width - window_width)
        z = rng.uniform(0.06, 0.97) * (height - window_height)
        y = -0.0022 - 0.0015 * index
        parts.append(
            paints.glossy(block(window_width, 0.002, window_height).translated(x, y, z), "f0f2f4")
        )
        title_code = choose_hex_code(rng, "2f5fa8 8a8d90 c9cdd2 1f2a3a")
        parts.append(
            paints.glossy(
                block(window_width, 0.002, 0.09 * height).translated(
                    x, y - 0.0006, z + 0.91 * window_height - 0.02 * height
                ),
                title_code,
            )
        )
        for row in range(int(rng.integers(0, 4))):
            line = block(window_width * rng.uniform(0.4, 0.8), 0.002, 0.05 * height)
            parts.append(
                paints.glossy(
                    line.translated(x, y - 0.0006, z + (0.15 + 0.2 * row) * window_height),
                    choose_hex_code(rng, "6a7078 9aa0a8 3f6fb0"),
                )
            )
    return parts


def monitor(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a flat screen on its foot."""
    width = rng.uniform(0.44, 0.66)
    height = width * rng.choice([0.58, 0.63, 0.78])
    case_colour = (
        str(rng.choice(DARK_CASE_COLOURS))
        if rng.random() < 0.75
        else choose_hex_code(rng, "c9ccd0 e8e9ea d6d0bf")
    )
    bottom_z = rng.uniform(0.08, 0.16)
    bezel_width = rng.uniform(0.012, 0.028)
    chin_height = bezel_width + (0.06 if rng.random() < 0.2 else 0.0)
    parts = [paints.glossy(block(width, 0.03, height).translated(0, 0, bottom_z), case_colour)]
    picture = lit_screen(rng, paints, width - 2 * bezel_width, height - bezel_width - chin_height)
    parts += place_group(picture, 0, -0.0152, bottom_z + chin_height)
    neck = block(0.06, 0.025, bottom_z + 0.1).translated(0, 0.024, 0.004)
    foot = shapes.slab(0.24, 0.18, [(0.0, 0.0), (0.0, 0.01), (0.02, 0.018)], 0.05, segments=3)
    return [
        *parts,
        paints.glossy(neck, case_colour),
        paints.glossy(foot.translated(0, 0.02), case_colour),
    ]


def tube_monitor(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a deep monitor with a picture tube."""
    width = rng.uniform(0.38, 0.46)
    case_colour = str(rng.choice((*PALE_CASE_COLOURS, "3a3c40")))
    height = 0.9 * width
    rings = []
    for y, scale in ((-0.2, 1.0), (-0.06, 1.0), (0.08, 0.72), (0.2, 0.62)):
        outline = shapes.rounded_rectangle(width * scale, height * scale, 0.02, 2)
        rings.append(np.c_[outline[:, 0], np.full(len(outline), y), outline[:, 1]])
    body = shapes.loft(np.array(rings)).translated(z=0.06 + height / 2)
    foot = shapes.lathe([(0.13, 0.0), (0.13, 0.02), (0.08, 0.03), (0.08, 0.12)], 16)
    picture = lit_screen(rng, paints, 0.8 * width, 0.76 * height)
    bezel = block(0.86 * width, 0.004, 0.82 * height).translated(0, -0.2005, 0.06 + 0.09 * height)
    screen = place_group(picture, 0, -0.2032, 0.06 + 0.12 * height)
    return [
        paints.matte(body, case_colour),
        paints.matte(foot, case_colour),
        paints.glossy(bezel, "2a2a2a"),
        *screen,
    ]


def laptop(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build an open laptop."""
    width = rng.uniform(0.32, 0.38)
    depth = rng.uniform(0.22, 0.26)
    case_colour = choose_hex_code(rng, "c9ccd0 1c1d1f 3a3c40 e8e9ea")
    lid = [paints.glossy(block(width, 0.008, depth).translated(0, 0.004), case_colour)]
    lid += place_group(
        lit_screen(rng, paints, 0.92 * width, 0.86 * depth), 0, -0.0002, 0.08 * depth
    )
    lid = [
        part.rotated("x", -rng.uniform(8, 25)).translated(0, depth / 2 - 0.008, 0.015)
        for part in lid
    ]
    keys = block(0.86 * width, 0.48 * depth, 0.003).translated(0, 0.1 * depth, 0.0165)
    pad = block(0.3 * width, 0.26 * depth, 0.002).translated(0, -0.32 * depth, 0.0165)
    base = block(width, depth, 0.018)
    return [
        *lid,
        paints.glossy(base, case_colour),
        paints.matte(keys, "141516"),
        paints.matte(pad, "8a8d90"),
    ]


def keyboard(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a keyboard with rows of keys and a mouse to its right."""
    case_colour = str(rng.choice((*DARK_CASE_COLOURS, *PALE_CASE_COLOURS)))
    key_colour = (
        choose_hex_code(rng, "e8e8e6 c9c6bb")
        if case_colour in PALE_CASE_COLOURS
        else choose_hex_code(rng, "2c2e32 4a4c50 0c0c0d")
    )
    parts = [paints.matte(block(0.44, 0.15, 0.02), case_colour)]
    for row in range(5):
        y = -0.052 + 0.026 * row
        for block_x, block_width in ((-0.075, 0.27), (0.1, 0.055), (0.173, 0.075)):
            count = max(2, int(block_width / 0.04))
            for index in range(count):
                key = block(block_width / count - 0.006, 0.019, 0.012)
                key_x = block_x + (index - (count - 1) / 2) * block_width / count
                parts.append(paints.matte(key.translated(key_x, y, 0.016), key_colour))
    mouse = shapes.sphere(1.0, 12).deformed(lambda points: points * [0.032, 0.055, 0.026])
    mouse = mouse.deformed(lambda points: np.maximum(points, [-9, -9, 0.0]))
    if rng.random() < 0.35:
        mat = block(0.22, 0.19, 0.003).translated(0.36, 0.0)
        parts.append(paints.matte(mat, choose_hex_code(rng, "1f3a6a 1c1c1e 7a2a2a 3a7a5a")))
    return [*parts, paints.glossy(mouse.translated(0.32, 0.0, 0.001), case_colour)]


def printer(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a printer with a sheet coming out."""
    case_colour = choose_hex_code(rng, "d9dad8 2a2c2e c9c6bb")
    height = rng.uniform(0.16, 0.26)
    parts = [paints.matte(block(0.42, 0.34, height), case_colour)]
    parts.append(
        paints.matte(block(0.32, 0.02, 0.05).translated(0, -0.165, 0.3 * height), "0f1011")
    )
    tray = bar((0, -0.1, 0.3 * height), (0, -0.3, 0.3 * height + 0.02), 0.28, 0.008)
    sheet = bar((0, 0.1, height - 0.02), (0, 0.2, height + 0.18), 0.22, 0.006)
    return [*parts, paints.matte(tray, case_colour), paints.matte(sheet, "f4f4f2")]


def computer_tower(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a computer tower."""
    case_colour = str(rng.choice((*DARK_CASE_COLOURS, *PALE_CASE_COLOURS)))
    parts = [paints.matte(block(0.19, 0.44, 0.42), case_colour)]
    for z, height, hex_code in (
        (0.36, 0.03, "8a8d90"),
        (0.31, 0.03, "55585c"),
        (0.08, 0.12, "0f1011"),
    ):
        parts.append(paints.matte(block(0.15, 0.006, height).translated(0, -0.221, z), hex_code))
    lamp = block(0.02, 0.006, 0.02).translated(0, -0.221, 0.25)
    return [*parts, paints.glossy(lamp, srgb_to_linear("3fd06a"))]
