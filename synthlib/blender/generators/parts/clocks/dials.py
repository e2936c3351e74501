"""Dials of clocks: ticks, numerals or none, hands at one time that hour and minute hand agree on.

A dial lies at z = 0, facing +Z, its 12 towards +Y: turn it by ("x", 90) to face -Y.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_COLOUR_SCHEMES = (  # face, ink, hands, accent
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
_ROMAN_NUMERALS = ("XII", "I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI")
_DIAL_TEXTS = (
    "QUARTZ",
    "Tempo",
    "REGENT",
    "Nordlys",
    "ALARM",
    "KIRBY",
    "Solar & Co.",
    "PARIS",
    "1897",
)
_HAND_OUTLINES = {  # half widths along a hand, both as shares of the dial's radius resp. the hand
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
class DialStyle:
    """How a dial looks; `square` in [0, 1] spreads the numerals from a circle to a square."""

    face: bpy.types.Material
    ink: bpy.types.Material
    hands: bpy.types.Material
    accent: bpy.types.Material
    centre_zone: bpy.types.Material | None  # the middle of the face in another tone
    numerals: str
    minute_track: str
    hand_style: str
    numeral_materials: tuple[bpy.types.Material, ...] = ()  # of the numerals in turn, for children
    text: str = ""
    squareness: float = 0.0
    boldness: float = 1.0
    has_second_hand: bool = True
    has_alarm_hand: bool = False


def sample_dial_style(
    rng: np.random.Generator, *, alarm: bool = False, squareness: float = 0.0
) -> DialStyle:
    """Any dial, from sober to playful."""
    face, ink, hands, accent = (
        jitter_colour(rng, code, 0.5)
        for code in _COLOUR_SCHEMES[rng.choice(len(_COLOUR_SCHEMES), p=_scheme_probabilities())]
    )
    kinds = ["arabic", "roman", "quarters", "bars", "dots", "none"]
    numerals = str(rng.choice(kinds, p=[0.54, 0.15, 0.09, 0.11, 0.06, 0.05]))
    track = str(rng.choice(["ticks", "railway", "hours", "none"], p=[0.45, 0.2, 0.2, 0.15]))
    zone = scale_colour(face, float(rng.choice([0.72, 0.82, 1.3]))) if rng.random() < 0.25 else None
    playful = numerals == "arabic" and rng.random() < 0.1
    return DialStyle(
        face=_face_material(rng, face),
        ink=materials.plain(ink, 0.5),
        hands=materials.plain(hands, 0.35),
        accent=materials.plain(accent, 0.4),
        centre_zone=None if zone is None else materials.plain(zone, 0.5),
        numerals=numerals,
        minute_track=track if numerals != "none" or track != "none" else "hours",
        hand_style=str(rng.choice(list(_HAND_OUTLINES))),
        numeral_materials=sample_bright_materials(rng) if playful else (),
        text=str(rng.choice(_DIAL_TEXTS)) if rng.random() < 0.45 else "",
        squareness=squareness,
        boldness=rng.uniform(0.8, 1.7),
        has_second_hand=bool(rng.random() < 0.6),
        has_alarm_hand=alarm and bool(rng.random() < 0.8),
    )


def _scheme_probabilities() -> np.ndarray:
    """How often each scheme: most dials are white or cream with black on them."""
    often = np.array([5.0, 4.0, 2.0, 1.5, 2.0, 1.2, *[0.8] * (len(_COLOUR_SCHEMES) - 6)])
    return often / often.sum()


def sample_bright_materials(rng: np.random.Generator) -> tuple[bpy.types.Material, ...]:
    """Three to five bright colours."""
    count = int(rng.integers(3, 6))
    return tuple(
        materials.plain(sample_colour(rng, (0.7, 0.95), (0.35, 0.8))) for _ in range(count)
    )


def _face_material(rng: np.random.Generator, colour: Colour) -> bpy.types.Material:
    """The face: even, yellowed in blotches, or printed with a picture of soft colours."""
    kind = rng.choice(["even", "aged", "picture"], p=[0.72, 0.2, 0.08])
    graph = NodeGraph("dial")
    if kind == "even":
        return graph.build_material(colour, 0.45)
    length = rng.uniform(0.02, 0.05)
    if kind == "aged":
        stain = graph.noise(length, detail=3.0).smoothstep(0.45, 0.75) * rng.uniform(0.3, 0.8)
        brown = tuple(c * s for c, s in zip(colour, srgb_to_linear("d2b27c"), strict=True))
        return graph.build_material(graph.mix(stain, colour, brown), 0.6)
    one, two = (sample_colour(rng, (0.15, 0.45), (0.5, 0.85)) for _ in range(2))
    tone = graph.mix(graph.noise(length, detail=2.0).smoothstep(0.42, 0.58), colour, one)
    return graph.build_material(
        graph.mix(graph.noise(2 * length).smoothstep(0.5, 0.6), tone, two), 0.5
    )


def dial(
    rng: np.random.Generator, radius: float, style: DialStyle, *, with_face: bool = True
) -> list[Shape]:
    """Face, print and hands of a dial, `radius` metres to its edge (of a square: half its side).

    The cap of the hands rises to about 0.11 radius. Without `plate` the face is the case's.
    """
    lift, parts = 0.0003 + 0.0025 * radius, []
    if with_face:
        corner = radius * (1.0 - 0.85 * style.squareness)
        levels = [(0.0, -0.004), (0.0, 0.0)]
        segments = 24 if style.squareness < 0.5 else 4
        disc = shapes.slab(2 * radius, 2 * radius, levels, corner, segments=segments)
        parts.append(disc.with_material(style.face))
    if style.centre_zone is not None:
        levels, wide = [(0.0, -lift), (0.0, 0.6 * lift)], 1.2 * radius
        parts.append(
            shapes.slab(wide, wide, levels, radius, segments=12).with_material(style.centre_zone)
        )
    print_ = _minute_track(style, radius, lift) + _numerals(style, radius, lift)
    if style.text:
        sheet = meshes.text_shape(style.text, 0.075 * radius).with_material(style.ink)
        parts.append(sheet.translated(y=radius * rng.choice([0.36, -0.36]), z=1.3 * lift))
    return parts + print_ + _hands(rng, style, radius)


def _positions_on_dial(
    count: int, radius_share: float, squareness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Angles from 12 clockwise in degrees, and places (count, 2) at `share` of the way out."""
    turns = np.arange(count) * 2 * np.pi / count
    way = np.stack([np.sin(turns), np.cos(turns)], axis=1)
    return np.degrees(turns), radius_share * way / np.abs(way).max(
        axis=1, keepdims=True
    ) ** squareness


def _tick_mark(width: float, length: float, lift: float) -> Shape:
    """A bar along Y about the origin, sunk in the face by `lift` and rising above it by that."""
    x, y = width / 2, length / 2
    return shapes.prism([(-x, -y), (x, -y), (x, y), (-x, y)], 2 * lift).translated(z=-lift)


def _disc(radius: float, lift: float) -> Shape:
    return shapes.slab(2 * radius, 2 * radius, [(0.0, -lift), (0.0, lift)], radius)


def _minute_track(style: DialStyle, radius: float, lift: float) -> list[Shape]:
    """The ticks of the minutes and hours, and the rails of a railway track."""
    if style.minute_track == "none":
        return []
    parts, width = [], 0.014 * radius * style.boldness
    angles, places = _positions_on_dial(60, 0.9 * radius, style.squareness)
    for k, (angle, place) in enumerate(zip(angles, places, strict=True)):
        hour = k % 5 == 0
        if hour or style.minute_track != "hours":
            size = (2.6 * width, 0.09 * radius) if hour else (width, 0.05 * radius)
            parts.append(_tick_mark(*size, lift).rotated("z", -angle).translated(*place))
    if style.minute_track == "railway" and style.squareness == 0.0:
        for share in (0.865, 0.945):
            low, high = share * radius, share * radius + width
            parts.append(
                shapes.lathe_closed_section(
                    [(low, -lift), (high, -lift), (high, lift), (low, lift)]
                )
            )
    return [part.with_material(style.ink) for part in parts]


def _numerals(style: DialStyle, radius: float, lift: float) -> list[Shape]:
    """What stands at the hours."""
    out = 0.72 if style.minute_track != "none" else 0.8
    angles, places = _positions_on_dial(12, out * radius, style.squareness)
    inks = style.numeral_materials or (style.ink,)
    parts = []
    for hour, (angle, place) in enumerate(zip(angles, places, strict=True)):
        if style.numerals == "none":
            continue
        if style.numerals == "dots" or (style.numerals == "quarters" and hour % 3):
            spot = _disc((0.065 if style.numerals == "dots" else 0.04) * radius, lift)
        elif style.numerals == "bars":
            spot = _tick_mark(0.045 * radius * style.boldness, 0.2 * radius, lift).rotated(
                "z", -angle
            )
        elif style.numerals == "roman":
            spot = _bold_text(_ROMAN_NUMERALS[hour], 0.17 * radius, style.boldness, lift).rotated(
                "z", -angle
            )
        else:
            size = 0.3 if style.numerals == "quarters" else 0.215
            spot = _bold_text(str(hour or 12), size * radius, style.boldness, lift)
        parts.append(spot.translated(*place).with_material(inks[hour % len(inks)]))
    return parts


def _bold_text(text: str, height: float, boldness: float, lift: float) -> Shape:
    """Words made bolder than their font by being printed four times, a little apart."""
    sheet, by = meshes.text_shape(text, height), 0.035 * height * boldness
    copies = [(-by, -by), (by, -by), (-by, by), (by, by)]
    layers = [sheet.translated(*at, 1.5 * lift + 0.00004 * k) for k, at in enumerate(copies)]
    count = len(sheet.vertices)
    faces = [face + k * count for k, layer in enumerate(layers) for face in layer.faces]
    vertices = np.concatenate([layer.vertices for layer in layers])
    return replace(sheet, vertices=vertices, faces=tuple(faces))


def _hand_outline(
    widths: Sequence[tuple], length: float, radius: float, width_scale: float
) -> np.ndarray:
    """The outline (K, 2) of a hand that points to +Y from the origin."""
    right = [(width_scale * half * radius, share * length) for share, half in widths]
    return np.array(right + [(-x, y) for x, y in reversed(right)])


def _hands(rng: np.random.Generator, style: DialStyle, radius: float) -> list[Shape]:
    """Hands at any time, more often near the ten past ten of catalogues, and their cap."""
    hour, minute = (10, rng.uniform(6, 12)) if rng.random() < 0.3 else (0, rng.uniform(0, 720))
    second = float(rng.integers(60))
    minutes = np.floor(hour * 60.0 + minute) + second / 60.0
    thick = 0.014 * radius
    long, short = rng.uniform(0.78, 0.9), rng.uniform(0.48, 0.58)
    swell = rng.uniform(0.85, 1.35)
    widths = _HAND_OUTLINES[style.hand_style]
    rows = [
        (style.hands, _hand_outline(widths, short * radius, radius, 1.25 * swell), minutes / 2.0),
        (style.hands, _hand_outline(widths, long * radius, radius, swell), minutes * 6.0),
    ]
    if style.has_alarm_hand:
        outline = _hand_outline(_HAND_OUTLINES["arrow"], 0.42 * radius, radius, 0.7)
        rows.insert(0, (style.accent, outline, float(rng.integers(48)) * 7.5))
    if style.has_second_hand:
        outline = _hand_outline(((-0.3, 0.016), (1.0, 0.01)), 0.86 * radius, radius, 1.0)
        rows.append((style.accent, outline, second * 6.0))
    parts = []
    for k, (made, outline, angle) in enumerate(rows):
        hand = shapes.prism(outline, thick).rotated("z", -float(angle))
        parts.append(hand.translated(z=(0.018 + 0.021 * k) * radius).with_material(made))
    top, wide = (0.03 + 0.021 * len(rows)) * radius, rng.uniform(0.04, 0.075) * radius
    cap = [(wide, -0.001), (wide, 0.9 * top), (0.7 * wide, top)]
    parts.append(
        shapes.lathe(cap, 24).with_material(style.accent if style.has_second_hand else style.hands)
    )
    return parts
