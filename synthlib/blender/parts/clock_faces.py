"""Dials of clocks: ticks, numerals or none, hands at one time that hour and minute hand agree on.

A dial lies at z = 0, facing +Z, its 12 towards +Y: turn it by ("x", 90) to face -Y.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import Colour, any_colour, scaled, srgb, tinted
from synthlib.blender.graphs import Graph
from synthlib.blender.shapes import Shape

_SCHEMES = (  # face, ink, hands, accent
    ("f2f1ec", "16161a", "16161a", "c8201c"),
    ("f4f3ef", "101014", "101014", "101014"),
    ("ead9b0", "2e2015", "241a12", "7a2a1a"),
    ("e2cfa0", "4a3018", "2a1c10", "2a1c10"),
    ("141416", "efeee8", "efeee8", "e0641c"),
    ("121214", "d8e8b8", "d8e8b8", "c8201c"),
    ("c9cbcc", "1a1c20", "1a1c20", "c8201c"),
    ("1e3550", "f0ede2", "f0ede2", "e2b43a"),
    ("2b4a38", "efe4c4", "e8c868", "e8c868"),
    ("5a1a1c", "eed9a8", "eed9a8", "eed9a8"),
    ("d8b35a", "1c140c", "1c140c", "6a1a12"),
    ("f1efe6", "23407c", "16161a", "c8201c"),
    ("f1efe6", "8a1f1c", "16161a", "8a1f1c"),
    ("f3c83a", "1c1a18", "1c1a18", "c8201c"),
    ("a8d4cc", "1d3a3c", "1d3a3c", "d8502c"),
    ("e8a8b4", "fbf6f2", "5a2030", "fbf6f2"),
)
_ROMAN = ("XII", "I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI")
_WORDS = ("QUARTZ", "Tempo", "REGENT", "Nordlys", "ALARM", "KIRBY", "Solar & Co.", "PARIS", "1897")
_HANDS = {  # half widths along a hand, both as shares of the dial's radius resp. the hand
    "baton": ((-0.22, 0.032), (1.0, 0.032)),
    "taper": ((-0.2, 0.02), (0.0, 0.055), (1.0, 0.014)),
    "sword": ((-0.2, 0.024), (0.1, 0.024), (0.72, 0.06), (1.0, 0.004)),
    "leaf": ((-0.1, 0.02), (0.0, 0.02), (0.2, 0.045), (0.45, 0.062), (0.7, 0.045), (1.0, 0.004)),
    "spade": ((-0.2, 0.026), (0.5, 0.022), (0.62, 0.095), (0.7, 0.075), (0.8, 0.024), (1.0, 0.006)),
    "arrow": ((-0.18, 0.026), (0.68, 0.026), (0.68, 0.085), (1.0, 0.004)),
    "paddle": ((-0.24, 0.05), (0.0, 0.04), (1.0, 0.058)),
    "thin": ((-0.25, 0.022), (1.0, 0.014)),
}


@dataclass(frozen=True)
class Style:
    """How a dial looks; `square` in [0, 1] spreads the numerals from a circle to a square."""

    face: bpy.types.Material
    ink: bpy.types.Material
    hands: bpy.types.Material
    accent: bpy.types.Material
    zone: bpy.types.Material | None  # the middle of the face in another tone
    numerals: str
    track: str
    hand: str
    inks: tuple[bpy.types.Material, ...] = ()  # of the numerals in turn, for children
    words: str = ""
    square: float = 0.0
    bold: float = 1.0
    second: bool = True
    alarm: bool = False


def style(rng: np.random.Generator, *, alarm: bool = False, square: float = 0.0) -> Style:
    """Any dial, from sober to playful."""
    face, ink, hands, accent = (
        tinted(rng, code, 0.5) for code in _SCHEMES[rng.choice(len(_SCHEMES), p=_shares())]
    )
    kinds = ["arabic", "roman", "quarters", "bars", "dots", "none"]
    numerals = str(rng.choice(kinds, p=[0.54, 0.15, 0.09, 0.11, 0.06, 0.05]))
    track = str(rng.choice(["ticks", "railway", "hours", "none"], p=[0.45, 0.2, 0.2, 0.15]))
    zone = scaled(face, float(rng.choice([0.72, 0.82, 1.3]))) if rng.random() < 0.25 else None
    playful = numerals == "arabic" and rng.random() < 0.1
    return Style(
        face=_paper(rng, face),
        ink=materials.plain(ink, 0.5),
        hands=materials.plain(hands, 0.35),
        accent=materials.plain(accent, 0.4),
        zone=None if zone is None else materials.plain(zone, 0.5),
        numerals=numerals,
        track=track if numerals != "none" or track != "none" else "hours",
        hand=str(rng.choice(list(_HANDS))),
        inks=bright_inks(rng) if playful else (),
        words=str(rng.choice(_WORDS)) if rng.random() < 0.45 else "",
        square=square,
        bold=rng.uniform(0.8, 1.7),
        second=bool(rng.random() < 0.6),
        alarm=alarm and bool(rng.random() < 0.8),
    )


def _shares() -> np.ndarray:
    """How often each scheme: most dials are white or cream with black on them."""
    often = np.array([5.0, 4.0, 2.0, 1.5, 2.0, 1.2, *[0.8] * (len(_SCHEMES) - 6)])
    return often / often.sum()


def bright_inks(rng: np.random.Generator) -> tuple[bpy.types.Material, ...]:
    """Three to five bright colours."""
    count = int(rng.integers(3, 6))
    return tuple(materials.plain(any_colour(rng, (0.7, 0.95), (0.35, 0.8))) for _ in range(count))


def _paper(rng: np.random.Generator, colour: Colour) -> bpy.types.Material:
    """The face: even, yellowed in blotches, or printed with a picture of soft colours."""
    kind = rng.choice(["even", "aged", "picture"], p=[0.72, 0.2, 0.08])
    graph = Graph("dial")
    if kind == "even":
        return graph.finish(colour, 0.45)
    length = rng.uniform(0.02, 0.05)
    if kind == "aged":
        stain = graph.noise(length, detail=3.0).step(0.45, 0.75) * rng.uniform(0.3, 0.8)
        brown = tuple(c * s for c, s in zip(colour, srgb("d2b27c"), strict=True))
        return graph.finish(graph.mix(stain, colour, brown), 0.6)
    one, two = (any_colour(rng, (0.15, 0.45), (0.5, 0.85)) for _ in range(2))
    tone = graph.mix(graph.noise(length, detail=2.0).step(0.42, 0.58), colour, one)
    return graph.finish(graph.mix(graph.noise(2 * length).step(0.5, 0.6), tone, two), 0.5)


def dial(
    rng: np.random.Generator, radius: float, look: Style, *, plate: bool = True
) -> list[Shape]:
    """Face, print and hands of a dial, `radius` metres to its edge (of a square: half its side).

    The cap of the hands rises to about 0.11 radius. Without `plate` the face is the case's.
    """
    lift, parts = 0.0003 + 0.0025 * radius, []
    if plate:
        corner = radius * (1.0 - 0.85 * look.square)
        levels = [(0.0, -0.004), (0.0, 0.0)]
        segments = 24 if look.square < 0.5 else 4
        disc = shapes.slab(2 * radius, 2 * radius, levels, corner, segments=segments)
        parts.append(disc.of(look.face))
    if look.zone is not None:
        levels, wide = [(0.0, -lift), (0.0, 0.6 * lift)], 1.2 * radius
        parts.append(shapes.slab(wide, wide, levels, radius, segments=12).of(look.zone))
    print_ = _track(look, radius, lift) + _numerals(look, radius, lift)
    if look.words:
        sheet = meshes.text(look.words, 0.075 * radius).of(look.ink)
        parts.append(sheet.moved(y=radius * rng.choice([0.36, -0.36]), z=1.3 * lift))
    return parts + print_ + _hands(rng, look, radius)


def _spots(count: int, share: float, square: float) -> tuple[np.ndarray, np.ndarray]:
    """Angles from 12 clockwise in degrees, and places (count, 2) at `share` of the way out."""
    turns = np.arange(count) * 2 * np.pi / count
    way = np.stack([np.sin(turns), np.cos(turns)], axis=1)
    return np.degrees(turns), share * way / np.abs(way).max(axis=1, keepdims=True) ** square


def _mark(width: float, length: float, lift: float) -> Shape:
    """A bar along Y about the origin, sunk in the face by `lift` and rising above it by that."""
    x, y = width / 2, length / 2
    return shapes.prism([(-x, -y), (x, -y), (x, y), (-x, y)], 2 * lift).moved(z=-lift)


def _disc(radius: float, lift: float) -> Shape:
    return shapes.slab(2 * radius, 2 * radius, [(0.0, -lift), (0.0, lift)], radius)


def _track(look: Style, radius: float, lift: float) -> list[Shape]:
    """The ticks of the minutes and hours, and the rails of a railway track."""
    if look.track == "none":
        return []
    parts, width = [], 0.014 * radius * look.bold
    angles, places = _spots(60, 0.9 * radius, look.square)
    for k, (angle, place) in enumerate(zip(angles, places, strict=True)):
        hour = k % 5 == 0
        if hour or look.track != "hours":
            size = (2.6 * width, 0.09 * radius) if hour else (width, 0.05 * radius)
            parts.append(_mark(*size, lift).turned("z", -angle).moved(*place))
    if look.track == "railway" and look.square == 0.0:
        for share in (0.865, 0.945):
            low, high = share * radius, share * radius + width
            parts.append(shapes.ring([(low, -lift), (high, -lift), (high, lift), (low, lift)]))
    return [part.of(look.ink) for part in parts]


def _numerals(look: Style, radius: float, lift: float) -> list[Shape]:
    """What stands at the hours."""
    out = 0.72 if look.track != "none" else 0.8
    angles, places = _spots(12, out * radius, look.square)
    inks = look.inks or (look.ink,)
    parts = []
    for hour, (angle, place) in enumerate(zip(angles, places, strict=True)):
        if look.numerals == "none":
            continue
        if look.numerals == "dots" or (look.numerals == "quarters" and hour % 3):
            spot = _disc((0.065 if look.numerals == "dots" else 0.04) * radius, lift)
        elif look.numerals == "bars":
            spot = _mark(0.045 * radius * look.bold, 0.2 * radius, lift).turned("z", -angle)
        elif look.numerals == "roman":
            spot = _words(_ROMAN[hour], 0.17 * radius, look.bold, lift).turned("z", -angle)
        else:
            size = 0.3 if look.numerals == "quarters" else 0.215
            spot = _words(str(hour or 12), size * radius, look.bold, lift)
        parts.append(spot.moved(*place).of(inks[hour % len(inks)]))
    return parts


def _words(words: str, height: float, bold: float, lift: float) -> Shape:
    """Words made bolder than their font by being printed four times, a little apart."""
    sheet, by = meshes.text(words, height), 0.035 * height * bold
    copies = [(-by, -by), (by, -by), (-by, by), (by, by)]
    layers = [sheet.moved(*at, 1.5 * lift + 0.00004 * k) for k, at in enumerate(copies)]
    count = len(sheet.vertices)
    faces = [face + k * count for k, layer in enumerate(layers) for face in layer.faces]
    vertices = np.concatenate([layer.vertices for layer in layers])
    return replace(sheet, vertices=vertices, faces=tuple(faces))


def _hand(widths: Sequence[tuple], length: float, radius: float, swell: float) -> np.ndarray:
    """The outline (K, 2) of a hand that points to +Y from the origin."""
    right = [(swell * half * radius, share * length) for share, half in widths]
    return np.array(right + [(-x, y) for x, y in reversed(right)])


def _hands(rng: np.random.Generator, look: Style, radius: float) -> list[Shape]:
    """Hands at any time, more often near the ten past ten of catalogues, and their cap."""
    hour, minute = (10, rng.uniform(6, 12)) if rng.random() < 0.3 else (0, rng.uniform(0, 720))
    second = float(rng.integers(60))
    minutes = np.floor(hour * 60.0 + minute) + second / 60.0
    thick = 0.014 * radius
    long, short = rng.uniform(0.78, 0.9), rng.uniform(0.48, 0.58)
    swell = rng.uniform(0.85, 1.35)
    widths = _HANDS[look.hand]
    rows = [
        (look.hands, _hand(widths, short * radius, radius, 1.25 * swell), minutes / 2.0),
        (look.hands, _hand(widths, long * radius, radius, swell), minutes * 6.0),
    ]
    if look.alarm:
        outline = _hand(_HANDS["arrow"], 0.42 * radius, radius, 0.7)
        rows.insert(0, (look.accent, outline, float(rng.integers(48)) * 7.5))
    if look.second:
        outline = _hand(((-0.3, 0.016), (1.0, 0.01)), 0.86 * radius, radius, 1.0)
        rows.append((look.accent, outline, second * 6.0))
    parts = []
    for k, (made, outline, angle) in enumerate(rows):
        hand = shapes.prism(outline, thick).turned("z", -float(angle))
        parts.append(hand.moved(z=(0.018 + 0.021 * k) * radius).of(made))
    top, wide = (0.03 + 0.021 * len(rows)) * radius, rng.uniform(0.04, 0.075) * radius
    cap = [(wide, -0.001), (wide, 0.9 * top), (0.7 * wide, top)]
    parts.append(shapes.lathe(cap, 24).of(look.accent if look.second else look.hands))
    return parts
