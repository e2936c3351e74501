"""Digits of digital clocks: seven segments, dots or flaps, always showing a time that there is.

A display lies at z = 0, facing +Z, its digits upright towards +Y and centred on the origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import Colour, scaled, srgb
from synthlib.blender.graphs import Graph
from synthlib.blender.shapes import Shape

_LIT = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd",
    "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", " ": "", "C": "adef", "-": "g",
}  # fmt: skip
_BARS = {  # middle in half heights and whether it lies across
    "a": (0.0, 1.0, True), "b": (1.0, 0.5, False), "c": (1.0, -0.5, False), "d": (0.0, -1.0, True),
    "e": (-1.0, -0.5, False), "f": (-1.0, 0.5, False), "g": (0.0, 0.0, True),
}  # fmt: skip
_DOTS = (
    "01110 10001 10011 10101 11001 10001 01110", "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111", "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010", "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110", "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110", "01110 10001 10001 01111 00001 00010 01100",
)  # fmt: skip


@dataclass(frozen=True)
class Ink:
    """Lit and unlit segments; `ghosts` whether the unlit ones are there to see."""

    lit: bpy.types.Material
    unlit: bpy.types.Material
    ghosts: bool


def glowing(rng: np.random.Generator, colour: Colour, ground: Colour) -> Ink:
    """Light-emitting digits of a colour before a dark ground."""
    faint = tuple(0.94 * g + 0.06 * c for g, c in zip(ground, colour, strict=True))
    lit = Graph("lit").finish(colour, 0.5, glow=float(rng.uniform(0.7, 1.3)), specular=0.1)
    return Ink(lit, materials.plain(faint, 0.4), bool(rng.random() < 0.6))


def crystal(rng: np.random.Generator, ground: Colour) -> Ink:
    """Liquid crystal: black on a grey-green ground, its dark segments' ghosts a little darker."""
    dark = materials.plain(srgb("15181a"), 0.5)
    return Ink(dark, materials.plain(scaled(ground, 0.86), 0.4), bool(rng.random() < 0.6))


@dataclass(frozen=True)
class Time:
    """A time as shown; `half` is "AM" or "PM", or "" on a clock of 24 hours."""

    hours: str
    minutes: str
    seconds: str
    half: str


def any_time(rng: np.random.Generator) -> Time:
    """Any minute of the day, its hours counted to 12 or to 24, padded by nothing or a zero."""
    hour, minute, second = (int(rng.integers(most)) for most in (24, 60, 60))
    if rng.random() < 0.6:
        hours, half = f"{hour % 12 or 12:2d}", "AM" if hour < 12 else "PM"
    else:
        hours, half = f"{hour:02d}" if rng.random() < 0.7 else f"{hour:2d}", ""
    return Time(hours, f"{minute:02d}", f"{second:02d}", half)


def _segment(length: float, width: float, deep: float) -> Shape:
    """A bar along X with pointed ends, from z = -deep to deep."""
    x, y = length / 2, width / 2
    tip = x - 0.8 * y
    points = [(-tip, -y), (tip, -y), (x, 0.0), (tip, y), (-tip, y), (-x, 0.0)]
    return shapes.prism(points, 2 * deep).moved(z=-deep)


def _digit(sign: str, high: float, wide: float, thick: float, ink: Ink, deep: float) -> list[Shape]:
    """One sign of seven segments, `high` and `wide` between the middles of its outer bars."""
    parts = []
    for name, (x, y, across) in _BARS.items():
        lit = name in _LIT[sign]
        if lit or ink.ghosts:
            bar = _segment(
                0.96 * (wide if across else high / 2), thick, deep if lit else 0.6 * deep
            )
            bar = bar if across else bar.turned("z", 90.0)
            made = ink.lit if lit else ink.unlit
            parts.append(bar.moved(x * wide / 2, y * high / 2).of(made))
    return parts


def _matrix(sign: str, high: float, ink: Ink, deep: float) -> list[Shape]:
    """One digit of five by seven square dots."""
    step, parts = high / 7, []
    dot = 0.4 * step
    square = shapes.prism([(-dot, -dot), (dot, -dot), (dot, dot), (-dot, dot)], 2 * deep)
    rows = _DOTS[int(sign)].split() if sign != " " else ["00000"] * 7
    for y, row in enumerate(rows):
        for x, on in enumerate(row):
            if on == "1":
                parts.append(square.moved((x - 2) * step, (3 - y) * step, -deep).of(ink.lit))
    return parts


def display(
    signs: str,
    wide: float,
    tall: float,
    ink: Ink,
    *,
    lean: float = 0.0,
    thick: float = 0.2,
    dots: bool = False,
) -> list[Shape]:
    """Signs of "0123456789: -C" in a row, as large as fit in wide x tall metres.

    lean shears them to the right, thick is a bar's width over the height of half a digit. dots
    makes the digits of dots instead.
    """
    pitch, digit = (0.86, 0.66) if dots else (0.75, 0.5)
    steps = sum(0.64 if sign == ":" else 1.0 for sign in signs) - 1.0
    high = min(tall, wide / (pitch * steps + digit + lean))
    deep, bar, start = 0.0004 + 0.006 * high, 0.5 * thick * high, -0.5 * pitch * steps * high
    parts = []
    for k, sign in enumerate(signs):
        x = start + pitch * high * sum(0.64 if other == ":" else 1.0 for other in signs[:k])
        if sign == ":":
            spot = 0.07 * high if dots else 0.55 * bar
            square = [(-spot, -spot), (spot, -spot), (spot, spot), (-spot, spot)]
            made = [shapes.prism(square, 2 * deep).of(ink.lit)]
            made = [part.moved(0.0, y * high, -deep) for part in made for y in (-0.2, 0.2)]
            x -= 0.18 * pitch * high
        elif dots:
            made = _matrix(sign, high, ink, deep)
        else:
            made = _digit(sign, high - bar, digit * high - bar, bar, ink, deep)
        parts += [part.moved(x) for part in made]
    return [part.bent(lambda at: at + at[:, 1:2] * [lean, 0.0, 0.0]) for part in parts]


def flaps(
    words: Sequence[str], high: float, card: bpy.types.Material, ink: bpy.types.Material
) -> list[Shape]:
    """Digits or pairs of them, each on two half cards about a gap, `high` metres tall in all."""
    parts, slot = [], materials.plain(srgb("060606"), 0.7)
    wides = [(0.66 if len(word) == 1 else 1.06) * high for word in words]
    x = -0.5 * (sum(wides) + 0.05 * high * (len(words) - 1))
    for word, wide in zip(words, wides, strict=True):
        x += wide / 2
        for side in (-0.2525, 0.2525):
            half = shapes.slab(wide, 0.485 * high, shapes.edge(0.004, 0.0008), 0.05 * high)
            parts.append(half.moved(x, side * high, -0.001).of(card))
        letter = meshes.text(word, 0.62 * high).of(ink)
        for k, by in enumerate((-0.016, 0.016)):  # printed twice to be bolder
            parts.append(letter.moved(x + by * high, 0.0, 0.0034 + 0.00004 * k))
        slit = shapes.box(1.01 * wide, 0.022 * high, 0.0012, 0.0003)
        parts.append(slit.moved(x, 0.0, 0.0028).of(slot))
        x += wide / 2 + 0.05 * high
    return parts
