"""Digits of digital clocks: seven segments, dots or flaps, always showing a time that there is.

A display lies at z = 0, facing +Z, its digits upright towards +Y and centred on the origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_LIT_SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd",
    "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", " ": "", "C": "adef", "-": "g",
}  # fmt: skip
_SEGMENT_LAYOUT = {  # middle in half heights and whether it lies across
    "a": (0.0, 1.0, True), "b": (1.0, 0.5, False), "c": (1.0, -0.5, False), "d": (0.0, -1.0, True),
    "e": (-1.0, -0.5, False), "f": (-1.0, 0.5, False), "g": (0.0, 0.0, True),
}  # fmt: skip
_DOT_MATRIX_DIGITS = (
    "01110 10001 10011 10101 11001 10001 01110", "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111", "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010", "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110", "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110", "01110 10001 10001 01111 00001 00010 01100",
)  # fmt: skip


@dataclass(frozen=True)
class DisplayMaterials:
    """Lit and unlit segments; `ghosts` whether the unlit ones are there to see."""

    lit: bpy.types.Material
    unlit: bpy.types.Material
    show_unlit: bool


def led_materials(rng: np.random.Generator, colour: Colour, background: Colour) -> DisplayMaterials:
    """Light-emitting digits of a colour before a dark ground."""
    faint = tuple(0.94 * g + 0.06 * c for g, c in zip(background, colour, strict=True))
    lit = NodeGraph("lit").build_material(
        colour, 0.5, emission_strength=float(rng.uniform(0.7, 1.3)), specular=0.1
    )
    return DisplayMaterials(lit, materials.plain(faint, 0.4), bool(rng.random() < 0.6))


def lcd_materials(rng: np.random.Generator, background: Colour) -> DisplayMaterials:
    """Liquid crystal: black on a grey-green ground, its dark segments' ghosts a little darker."""
    dark = materials.plain(srgb_to_linear("15181a"), 0.5)
    return DisplayMaterials(
        dark, materials.plain(scale_colour(background, 0.86), 0.4), bool(rng.random() < 0.6)
    )


@dataclass(frozen=True)
class DisplayTime:
    """A time as shown; `half` is "AM" or "PM", or "" on a clock of 24 hours."""

    hours: str
    minutes: str
    seconds: str
    am_pm: str


def sample_time(rng: np.random.Generator) -> DisplayTime:
    """Any minute of the day, its hours counted to 12 or to 24, padded by nothing or a zero."""
    hour, minute, second = (int(rng.integers(most)) for most in (24, 60, 60))
    if rng.random() < 0.6:
        hours, half = f"{hour % 12 or 12:2d}", "AM" if hour < 12 else "PM"
    else:
        hours, half = f"{hour:02d}" if rng.random() < 0.7 else f"{hour:2d}", ""
    return DisplayTime(hours, f"{minute:02d}", f"{second:02d}", half)


def _segment(length: float, width: float, half_thickness: float) -> Shape:
    """A bar along X with pointed ends, from z = -deep to deep."""
    x, y = length / 2, width / 2
    tip = x - 0.8 * y
    points = [(-tip, -y), (tip, -y), (x, 0.0), (tip, y), (-tip, y), (-x, 0.0)]
    return shapes.prism(points, 2 * half_thickness).translated(z=-half_thickness)


def _digit(
    character: str,
    height: float,
    width: float,
    segment_width: float,
    ink: DisplayMaterials,
    half_thickness: float,
) -> list[Shape]:
    """One sign of seven segments, `high` and `wide` between the middles of its outer bars."""
    parts = []
    for name, (x, y, across) in _SEGMENT_LAYOUT.items():
        lit = name in _LIT_SEGMENTS[character]
        if lit or ink.show_unlit:
            bar = _segment(
                0.96 * (width if across else height / 2),
                segment_width,
                half_thickness if lit else 0.6 * half_thickness,
            )
            bar = bar if across else bar.rotated("z", 90.0)
            made = ink.lit if lit else ink.unlit
            parts.append(bar.translated(x * width / 2, y * height / 2).with_material(made))
    return parts


def _dot_matrix_digit(
    character: str, height: float, ink: DisplayMaterials, half_thickness: float
) -> list[Shape]:
    """One digit of five by seven square dots."""
    step, parts = height / 7, []
    dot = 0.4 * step
    square = shapes.prism([(-dot, -dot), (dot, -dot), (dot, dot), (-dot, dot)], 2 * half_thickness)
    rows = _DOT_MATRIX_DIGITS[int(character)].split() if character != " " else ["00000"] * 7
    for y, row in enumerate(rows):
        for x, on in enumerate(row):
            if on == "1":
                parts.append(
                    square.translated(
                        (x - 2) * step, (3 - y) * step, -half_thickness
                    ).with_material(ink.lit)
                )
    return parts


def segment_display(
    characters: str,
    max_width: float,
    max_height: float,
    ink: DisplayMaterials,
    *,
    shear: float = 0.0,
    segment_width: float = 0.2,
    dot_matrix: bool = False,
) -> list[Shape]:
    """Signs of "0123456789: -C" in a row, as large as fit in wide x tall metres.

    lean shears them to the right, thick is a bar's width over the height of half a digit. dots
    makes the digits of dots instead.
    """
    pitch, digit = (0.86, 0.66) if dot_matrix else (0.75, 0.5)
    steps = sum(0.64 if sign == ":" else 1.0 for sign in characters) - 1.0
    high = min(max_height, max_width / (pitch * steps + digit + shear))
    deep, bar, start = (
        0.0004 + 0.006 * high,
        0.5 * segment_width * high,
        -0.5 * pitch * steps * high,
    )
    parts = []
    for k, sign in enumerate(characters):
        x = start + pitch * high * sum(0.64 if other == ":" else 1.0 for other in characters[:k])
        if sign == ":":
            spot = 0.07 * high if dot_matrix else 0.55 * bar
            square = [(-spot, -spot), (spot, -spot), (spot, spot), (-spot, spot)]
            made = [shapes.prism(square, 2 * deep).with_material(ink.lit)]
            made = [part.translated(0.0, y * high, -deep) for part in made for y in (-0.2, 0.2)]
            x -= 0.18 * pitch * high
        elif dot_matrix:
            made = _dot_matrix_digit(sign, high, ink, deep)
        else:
            made = _digit(sign, high - bar, digit * high - bar, bar, ink, deep)
        parts += [part.translated(x) for part in made]
    return [part.deformed(lambda at: at + at[:, 1:2] * [shear, 0.0, 0.0]) for part in parts]


def flip_cards(
    words: Sequence[str],
    height: float,
    card_material: bpy.types.Material,
    ink_material: bpy.types.Material,
) -> list[Shape]:
    """Digits or pairs of them, each on two half cards about a gap, `high` metres tall in all."""
    parts, slot = [], materials.plain(srgb_to_linear("060606"), 0.7)
    wides = [(0.66 if len(word) == 1 else 1.06) * height for word in words]
    x = -0.5 * (sum(wides) + 0.05 * height * (len(words) - 1))
    for word, wide in zip(words, wides, strict=True):
        x += wide / 2
        for side in (-0.2525, 0.2525):
            half = shapes.slab(
                wide, 0.485 * height, shapes.fillet_profile(0.004, 0.0008), 0.05 * height
            )
            parts.append(half.translated(x, side * height, -0.001).with_material(card_material))
        letter = meshes.text_shape(word, 0.62 * height).with_material(ink_material)
        for k, by in enumerate((-0.016, 0.016)):  # printed twice to be bolder
            parts.append(letter.translated(x + by * height, 0.0, 0.0034 + 0.00004 * k))
        slit = shapes.box(1.01 * wide, 0.022 * height, 0.0012, 0.0003)
        parts.append(slit.translated(x, 0.0, 0.0028).with_material(slot))
        x += wide / 2 + 0.05 * height
    return parts
