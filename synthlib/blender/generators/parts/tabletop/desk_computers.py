"""The computer on a desk: screens and what they show, laptop, keyboard and mouse, printer, case.

Every maker returns a group about the origin on z = 0, its front towards -Y; metres.
"""

import numpy as np

from synthlib.blender.generators.parts.groups import Paints, bar, block, place_group
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

DARK_CASE_COLOURS = ("17181a", "24262a", "101112", "3a3c40")
PALE_CASE_COLOURS = ("d6d0bf", "e4e2dc", "b9bbbd")


def choose_hex_code(rng: np.random.Generator, hex_codes: str) -> str:
    """One of some sRGB codes separated by spaces."""
    return str(rng.choice(hex_codes.split()))


def lit_screen(
    rng: np.random.Generator, paints: Paints, width: float, height: float
) -> list[Shape]:
    """What a lit screen shows, upright on the plane y = 0: wallpaper, windows; or nothing."""
    code = str(rng.choice("2a6fc0 3f8fd8 123a7a 2f7a4a d8e4f2 f2f4f6 6a3f9a 0d1116 0a0b0c".split()))
    parts = [paints.glossy(block(width, 0.002, height).translated(y=-0.0006), code)]
    if code == "0a0b0c":  # switched off
        return parts
    hill = rng.random() < 0.4
    if hill:
        low = rng.uniform(0.25, 0.5) * height
        parts.append(
            paints.glossy(
                block(width, 0.002, low).translated(y=-0.0012),
                choose_hex_code(rng, "3f8a3a 1f4f8a c98a4a 0f2a4a"),
            )
        )
    for k in range(int(rng.integers(0, 4))):
        wide, tall = width * rng.uniform(0.25, 0.7), height * rng.uniform(0.3, 0.75)
        x, z = rng.uniform(-0.5, 0.5) * (width - wide), rng.uniform(0.06, 0.97) * (height - tall)
        y = -0.0022 - 0.0015 * k
        parts.append(paints.glossy(block(wide, 0.002, tall).translated(x, y, z), "f0f2f4"))
        bar_code = choose_hex_code(rng, "2f5fa8 8a8d90 c9cdd2 1f2a3a")
        parts.append(
            paints.glossy(
                block(wide, 0.002, 0.09 * height).translated(
                    x, y - 0.0006, z + 0.91 * tall - 0.02 * height
                ),
                bar_code,
            )
        )
        for row in range(int(rng.integers(0, 4))):
            line = block(wide * rng.uniform(0.4, 0.8), 0.002, 0.05 * height)
            parts.append(
                paints.glossy(
                    line.translated(x, y - 0.0006, z + (0.15 + 0.2 * row) * tall),
                    choose_hex_code(rng, "6a7078 9aa0a8 3f6fb0"),
                )
            )
    return parts


def monitor(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A flat screen on its foot."""
    wide = rng.uniform(0.44, 0.66)
    tall = wide * rng.choice([0.58, 0.63, 0.78])
    case = (
        str(rng.choice(DARK_CASE_COLOURS))
        if rng.random() < 0.75
        else choose_hex_code(rng, "c9ccd0 e8e9ea d6d0bf")
    )
    lift, edge = rng.uniform(0.08, 0.16), rng.uniform(0.012, 0.028)
    chin = edge + (0.06 if rng.random() < 0.2 else 0.0)
    parts = [paints.glossy(block(wide, 0.03, tall).translated(0, 0, lift), case)]
    picture = lit_screen(rng, paints, wide - 2 * edge, tall - edge - chin)
    parts += place_group(picture, 0, -0.0152, lift + chin)
    neck = block(0.06, 0.025, lift + 0.1).translated(0, 0.024, 0.004)
    foot = shapes.slab(0.24, 0.18, [(0.0, 0.0), (0.0, 0.01), (0.02, 0.018)], 0.05, segments=3)
    return [*parts, paints.glossy(neck, case), paints.glossy(foot.translated(0, 0.02), case)]


def tube_monitor(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A deep old one with a picture tube."""
    wide, case = rng.uniform(0.38, 0.46), str(rng.choice((*PALE_CASE_COLOURS, "3a3c40")))
    tall = 0.9 * wide
    rings = []
    for y, share in ((-0.2, 1.0), (-0.06, 1.0), (0.08, 0.72), (0.2, 0.62)):
        outline = shapes.rounded_rectangle(wide * share, tall * share, 0.02, 2)
        rings.append(np.c_[outline[:, 0], np.full(len(outline), y), outline[:, 1]])
    body = shapes.loft(np.array(rings)).translated(z=0.06 + tall / 2)
    foot = shapes.lathe([(0.13, 0.0), (0.13, 0.02), (0.08, 0.03), (0.08, 0.12)], 16)
    picture = lit_screen(rng, paints, 0.8 * wide, 0.76 * tall)
    bezel = block(0.86 * wide, 0.004, 0.82 * tall).translated(0, -0.2005, 0.06 + 0.09 * tall)
    glassy = place_group(picture, 0, -0.2032, 0.06 + 0.12 * tall)
    return [
        paints.matte(body, case),
        paints.matte(foot, case),
        paints.glossy(bezel, "2a2a2a"),
        *glassy,
    ]


def laptop(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """An open one."""
    wide, deep = rng.uniform(0.32, 0.38), rng.uniform(0.22, 0.26)
    case = choose_hex_code(rng, "c9ccd0 1c1d1f 3a3c40 e8e9ea")
    lid = [paints.glossy(block(wide, 0.008, deep).translated(0, 0.004), case)]
    lid += place_group(lit_screen(rng, paints, 0.92 * wide, 0.86 * deep), 0, -0.0002, 0.08 * deep)
    lid = [
        part.rotated("x", -rng.uniform(8, 25)).translated(0, deep / 2 - 0.008, 0.015)
        for part in lid
    ]
    keys = block(0.86 * wide, 0.48 * deep, 0.003).translated(0, 0.1 * deep, 0.0165)
    pad = block(0.3 * wide, 0.26 * deep, 0.002).translated(0, -0.32 * deep, 0.0165)
    base = block(wide, deep, 0.018)
    return [
        *lid,
        paints.glossy(base, case),
        paints.matte(keys, "141516"),
        paints.matte(pad, "8a8d90"),
    ]


def keyboard(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A keyboard with rows of keys and a mouse to its right."""
    case = str(rng.choice((*DARK_CASE_COLOURS, *PALE_CASE_COLOURS)))
    keys = (
        choose_hex_code(rng, "e8e8e6 c9c6bb")
        if case in PALE_CASE_COLOURS
        else choose_hex_code(rng, "2c2e32 4a4c50 0c0c0d")
    )
    parts = [paints.matte(block(0.44, 0.15, 0.02), case)]
    for row in range(5):
        y = -0.052 + 0.026 * row
        for x, wide in ((-0.075, 0.27), (0.1, 0.055), (0.173, 0.075)):
            count = max(2, int(wide / 0.04))
            for k in range(count):
                key = block(wide / count - 0.006, 0.019, 0.012)
                at = x + (k - (count - 1) / 2) * wide / count
                parts.append(paints.matte(key.translated(at, y, 0.016), keys))
    mouse = shapes.sphere(1.0, 12).deformed(lambda p: p * [0.032, 0.055, 0.026])
    mouse = mouse.deformed(lambda p: np.maximum(p, [-9, -9, 0.0]))
    if rng.random() < 0.35:
        mat = block(0.22, 0.19, 0.003).translated(0.36, 0.0)
        parts.append(paints.matte(mat, choose_hex_code(rng, "1f3a6a 1c1c1e 7a2a2a 3a7a5a")))
    return [*parts, paints.glossy(mouse.translated(0.32, 0.0, 0.001), case)]


def printer(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """A printer with a sheet coming out."""
    case, tall = choose_hex_code(rng, "d9dad8 2a2c2e c9c6bb"), rng.uniform(0.16, 0.26)
    parts = [paints.matte(block(0.42, 0.34, tall), case)]
    parts.append(paints.matte(block(0.32, 0.02, 0.05).translated(0, -0.165, 0.3 * tall), "0f1011"))
    tray = bar((0, -0.1, 0.3 * tall), (0, -0.3, 0.3 * tall + 0.02), 0.28, 0.008)
    sheet = bar((0, 0.1, tall - 0.02), (0, 0.2, tall + 0.18), 0.22, 0.006)
    return [*parts, paints.matte(tray, case), paints.matte(sheet, "f4f4f2")]


def computer_tower(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """The computer itself, for under the desk."""
    case = str(rng.choice((*DARK_CASE_COLOURS, *PALE_CASE_COLOURS)))
    parts = [paints.matte(block(0.19, 0.44, 0.42), case)]
    for z, tall, code in ((0.36, 0.03, "8a8d90"), (0.31, 0.03, "55585c"), (0.08, 0.12, "0f1011")):
        parts.append(paints.matte(block(0.15, 0.006, tall).translated(0, -0.221, z), code))
    lit = block(0.02, 0.006, 0.02).translated(0, -0.221, 0.25)
    return [*parts, paints.glossy(lit, srgb_to_linear("3fd06a"))]
