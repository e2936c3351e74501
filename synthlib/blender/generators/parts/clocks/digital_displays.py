"""Displays of digital clocks: seven segments, dot matrix or flip cards, showing a valid time.

A display lies at z = 0, facing +Z, its digits upright towards +Y and centred on the origin.
Lengths are in metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

LED_COLOURS = (
    "ff1a10",
    "ff1a10",
    "ff1a10",
    "22ff4a",
    "22ff4a",
    "2a6cff",
    "ffa010",
    "e8f4ff",
    "40e0ff",
)
"""Colours of light-emitting digits, sRGB hex, each as many times as its relative frequency."""

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_LIT_SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
    " ": "",
    "C": "adef",
    "-": "g",
}
_SEGMENT_LAYOUT = {  # centre (x in half widths, y in half heights), and True if horizontal
    "a": (0.0, 1.0, True),
    "b": (1.0, 0.5, False),
    "c": (1.0, -0.5, False),
    "d": (0.0, -1.0, True),
    "e": (-1.0, -0.5, False),
    "f": (-1.0, 0.5, False),
    "g": (0.0, 0.0, True),
}
_DOT_MATRIX_DIGITS = (  # rows from the top, 1 for a lit dot
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111",
    "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)


@dataclass(frozen=True)
class DisplayMaterials:
    """Materials of lit and unlit segments; `show_unlit` if the unlit ones are visible."""

    lit: bpy.types.Material
    unlit: bpy.types.Material
    show_unlit: bool


def led_materials(rng: np.random.Generator, colour: Colour, background: Colour) -> DisplayMaterials:
    """Sample light-emitting digits of a colour in front of a dark background."""
    unlit_colour = tuple(0.94 * g + 0.06 * c for g, c in zip(background, colour, strict=True))
    lit = NodeGraph("lit").build_material(
        colour, 0.5, emission_strength=float(rng.uniform(0.7, 1.3)), specular=0.1
    )
    return DisplayMaterials(lit, materials.plain(unlit_colour, 0.4), bool(rng.random() < 0.6))


def sample_led_materials(rng: np.random.Generator, background: Colour) -> DisplayMaterials:
    """Sample the colour of light-emitting digits in front of a background colour."""
    return led_materials(rng, srgb_to_linear(str(rng.choice(LED_COLOURS))), background)


def lcd_materials(rng: np.random.Generator, background: Colour) -> DisplayMaterials:
    """Sample liquid crystal: black on the background, unlit segments slightly darker than it."""
    dark = materials.plain(srgb_to_linear("15181a"), 0.5)
    return DisplayMaterials(
        dark, materials.plain(scale_colour(background, 0.86), 0.4), bool(rng.random() < 0.6)
    )


@dataclass(frozen=True)
class DisplayTime:
    """A time as displayed; `am_pm` is "AM", "PM", or "" on a 24-hour clock."""

    hours: str
    minutes: str
    seconds: str
    am_pm: str


def sample_time(rng: np.random.Generator) -> DisplayTime:
    """Sample any minute of the day, counted to 12 or 24, the hours padded by a space or a zero."""
    hour, minute, second = (int(rng.integers(upper)) for upper in (24, 60, 60))
    if rng.random() < 0.6:
        hours = f"{hour % 12 or 12:2d}"
        am_pm = "AM" if hour < 12 else "PM"
    else:
        hours = f"{hour:02d}" if rng.random() < 0.7 else f"{hour:2d}"
        am_pm = ""
    return DisplayTime(hours, f"{minute:02d}", f"{second:02d}", am_pm)


def _segment(length: float, width: float, half_thickness: float) -> Shape:
    """Build a bar along x with pointed ends, from z = -half_thickness to half_thickness."""
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
    """Build one seven-segment character.

    Args:
        height: Between the centre lines of the top and bottom segments, metres.
        width: Between the centre lines of the left and right segments, metres.
    """
    parts = []
    for name, (x, y, is_horizontal) in _SEGMENT_LAYOUT.items():
        lit = name in _LIT_SEGMENTS[character]
        if lit or ink.show_unlit:
            bar = _segment(
                0.96 * (width if is_horizontal else height / 2),
                segment_width,
                half_thickness if lit else 0.6 * half_thickness,
            )
            bar = bar if is_horizontal else bar.rotated("z", 90.0)
            material = ink.lit if lit else ink.unlit
            parts.append(bar.translated(x * width / 2, y * height / 2).with_material(material))
    return parts


def _dot_matrix_digit(
    character: str, height: float, ink: DisplayMaterials, half_thickness: float
) -> list[Shape]:
    """Build one digit of five by seven square dots."""
    pitch = height / 7
    parts = []
    half_dot = 0.4 * pitch
    square = shapes.prism(
        [
            (-half_dot, -half_dot),
            (half_dot, -half_dot),
            (half_dot, half_dot),
            (-half_dot, half_dot),
        ],
        2 * half_thickness,
    )
    rows = _DOT_MATRIX_DIGITS[int(character)].split() if character != " " else ["00000"] * 7
    for y, row in enumerate(rows):
        for x, bit in enumerate(row):
            if bit == "1":
                parts.append(
                    square.translated(
                        (x - 2) * pitch, (3 - y) * pitch, -half_thickness
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
    """Build a row of characters as large as fits.

    Args:
        characters: Of "0123456789: -C"; with `dot_matrix` of "0123456789: ".
        max_width: Metres; height likewise.
        shear: Slope of the digits to the right.
        segment_width: Width of a segment over half of the digit's height.
        dot_matrix: Build the digits of square dots.
    """
    pitch, digit_width = (0.86, 0.66) if dot_matrix else (0.75, 0.5)
    steps = sum(0.64 if character == ":" else 1.0 for character in characters) - 1.0
    height = min(max_height, max_width / (pitch * steps + digit_width + shear))
    half_thickness = 0.0004 + 0.006 * height
    bar_width = 0.5 * segment_width * height
    start_x = -0.5 * pitch * steps * height
    parts = []
    for k, character in enumerate(characters):
        steps_before = sum(0.64 if earlier == ":" else 1.0 for earlier in characters[:k])
        x = start_x + pitch * height * steps_before
        if character == ":":
            half_dot = 0.07 * height if dot_matrix else 0.55 * bar_width
            square = [
                (-half_dot, -half_dot),
                (half_dot, -half_dot),
                (half_dot, half_dot),
                (-half_dot, half_dot),
            ]
            character_parts = [shapes.prism(square, 2 * half_thickness).with_material(ink.lit)]
            character_parts = [
                part.translated(0.0, y * height, -half_thickness)
                for part in character_parts
                for y in (-0.2, 0.2)
            ]
            x -= 0.18 * pitch * height
        elif dot_matrix:
            character_parts = _dot_matrix_digit(character, height, ink, half_thickness)
        else:
            character_parts = _digit(
                character,
                height - bar_width,
                digit_width * height - bar_width,
                bar_width,
                ink,
                half_thickness,
            )
        parts += [part.translated(x) for part in character_parts]
    return [
        part.deformed(lambda points: points + points[:, 1:2] * [shear, 0.0, 0.0]) for part in parts
    ]


def time_display(
    rng: np.random.Generator, time: DisplayTime, width: float, height: float, ink: DisplayMaterials
) -> list[Shape]:
    """Build the time within width x height metres about the origin, with AM or PM next to it.

    The digits are sheared in some displays, and made of dots in others.
    """
    shear = float(rng.choice([0.0, 0.0, 0.1]))
    segment_width = rng.uniform(0.24, 0.38)
    hours = time.hours if ink.show_unlit else time.hours.strip()
    dot_matrix = bool(rng.random() < 0.08)
    max_width = 0.86 * width if time.am_pm else width
    characters = f"{hours}:{time.minutes}"
    parts = segment_display(
        characters,
        max_width,
        height,
        ink,
        shear=shear,
        segment_width=segment_width,
        dot_matrix=dot_matrix,
    )
    if time.am_pm:
        points = np.concatenate([part.vertices for part in parts])
        right_edge = points[:, 0].max()
        half_height = points[:, 1].max()
        y = (0.62 if time.am_pm == "AM" else -0.62) * half_height
        am_pm_text = meshes.text_shape(time.am_pm, 0.085 * width).with_material(ink.lit)
        parts = [*parts, am_pm_text.translated(right_edge + 0.11 * width, y, 0.0008)]
        parts = [part.translated(-0.08 * width) for part in parts]
    return parts


def time_and_date(
    rng: np.random.Generator, time: DisplayTime, width: float, height: float, ink: DisplayMaterials
) -> list[Shape]:
    """Build the time on a display of width x height metres, often with weekday and date below."""
    if rng.random() >= 0.65:
        return time_display(rng, time, 0.88 * width, 0.7 * height, ink)
    digits = time_display(rng, time, 0.88 * width, 0.52 * height, ink)
    parts = [part.translated(y=0.15 * height) for part in digits]
    date = f"{rng.integers(1, 13):2d}-{rng.integers(1, 29):02d}"
    date_digits = segment_display(date, 0.4 * width, 0.18 * height, ink, segment_width=0.3)
    weekday = meshes.text_shape(str(rng.choice(_DAYS)), 0.13 * height).with_material(ink.lit)
    parts += [part.translated(0.22 * width, -0.33 * height) for part in date_digits]
    return [*parts, weekday.translated(-0.27 * width, -0.33 * height, 0.0008)]


def flip_cards(
    words: Sequence[str],
    height: float,
    card_material: bpy.types.Material,
    ink_material: bpy.types.Material,
) -> list[Shape]:
    """Build digits or pairs of digits, each on two half cards around a gap.

    Args:
        words: Text of each card.
        height: Of both half cards together, metres.
    """
    parts = []
    slot_material = materials.plain(srgb_to_linear("060606"), 0.7)
    widths = [(0.66 if len(label) == 1 else 1.06) * height for label in words]
    x = -0.5 * (sum(widths) + 0.05 * height * (len(words) - 1))
    for label, width in zip(words, widths, strict=True):
        x += width / 2
        for y_share in (-0.2525, 0.2525):
            half_card = shapes.slab(
                width, 0.485 * height, shapes.fillet_profile(0.004, 0.0008), 0.05 * height
            )
            parts.append(
                half_card.translated(x, y_share * height, -0.001).with_material(card_material)
            )
        text = meshes.text_shape(label, 0.62 * height).with_material(ink_material)
        for k, shift in enumerate((-0.016, 0.016)):  # printed twice to be bolder
            parts.append(text.translated(x + shift * height, 0.0, 0.0034 + 0.00004 * k))
        slit = shapes.box(1.01 * width, 0.022 * height, 0.0012, 0.0003)
        parts.append(slit.translated(x, 0.0, 0.0028).with_material(slot_material))
        x += width / 2 + 0.05 * height
    return parts
