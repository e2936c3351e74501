"""Dials of clocks: face, ticks, numerals or none, and hands at one consistent time.

A dial lies at z = 0, facing +Z, its 12 towards +Y; rotate it by ("x", 90) to face -Y. Lengths are
in metres.
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
_HAND_OUTLINES = {  # (position along the hand as a share of its length, half width over the radius)
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
    """Style of a dial.

    Attributes:
        centre_zone: Material of the face's middle, if that has another colour.
        numerals: "arabic", "roman", "quarters", "bars", "dots" or "none".
        minute_track: "ticks", "railway", "hours" or "none".
        hand_style: A key of `_HAND_OUTLINES`.
        numeral_materials: Materials of the numerals in turn, for children's clocks; `ink` if empty.
        text: Text printed on the face, such as a maker's name.
        squareness: In [0, 1]; spreads the numerals from a circle to a square.
        boldness: Scale of the strokes of ticks and numerals.
    """

    face: bpy.types.Material
    ink: bpy.types.Material
    hands: bpy.types.Material
    accent: bpy.types.Material
    centre_zone: bpy.types.Material | None
    numerals: str
    minute_track: str
    hand_style: str
    numeral_materials: tuple[bpy.types.Material, ...] = ()
    text: str = ""
    squareness: float = 0.0
    boldness: float = 1.0
    has_second_hand: bool = True
    has_alarm_hand: bool = False


def sample_dial_style(
    rng: np.random.Generator, *, alarm: bool = False, squareness: float = 0.0
) -> DialStyle:
    """Sample a dial's style, from plain to playful.

    Args:
        alarm: Allow an alarm hand.
        squareness: As in `DialStyle`.
    """
    face, ink, hands, accent = (
        jitter_colour(rng, code, 0.5)
        for code in _COLOUR_SCHEMES[rng.choice(len(_COLOUR_SCHEMES), p=_scheme_probabilities())]
    )
    kinds = ["arabic", "roman", "quarters", "bars", "dots", "none"]
    numerals = str(rng.choice(kinds, p=[0.54, 0.15, 0.09, 0.11, 0.06, 0.05]))
    minute_track = str(rng.choice(["ticks", "railway", "hours", "none"], p=[0.45, 0.2, 0.2, 0.15]))
    zone_colour = (
        scale_colour(face, float(rng.choice([0.72, 0.82, 1.3]))) if rng.random() < 0.25 else None
    )
    is_playful = numerals == "arabic" and rng.random() < 0.1
    return DialStyle(
        face=_face_material(rng, face),
        ink=materials.plain(ink, 0.5),
        hands=materials.plain(hands, 0.35),
        accent=materials.plain(accent, 0.4),
        centre_zone=None if zone_colour is None else materials.plain(zone_colour, 0.5),
        numerals=numerals,
        minute_track=minute_track if numerals != "none" or minute_track != "none" else "hours",
        hand_style=str(rng.choice(list(_HAND_OUTLINES))),
        numeral_materials=sample_bright_materials(rng) if is_playful else (),
        text=str(rng.choice(_DIAL_TEXTS)) if rng.random() < 0.45 else "",
        squareness=squareness,
        boldness=rng.uniform(0.8, 1.7),
        has_second_hand=bool(rng.random() < 0.6),
        has_alarm_hand=alarm and bool(rng.random() < 0.8),
    )


def _scheme_probabilities() -> np.ndarray:
    """Return the probability of each colour scheme; most dials are white or cream."""
    weights = np.array([5.0, 4.0, 2.0, 1.5, 2.0, 1.2, *[0.8] * (len(_COLOUR_SCHEMES) - 6)])
    return weights / weights.sum()


def sample_bright_materials(rng: np.random.Generator) -> tuple[bpy.types.Material, ...]:
    """Sample three to five materials in bright colours."""
    count = int(rng.integers(3, 6))
    return tuple(
        materials.plain(sample_colour(rng, (0.7, 0.95), (0.35, 0.8))) for _ in range(count)
    )


def _face_material(rng: np.random.Generator, colour: Colour) -> bpy.types.Material:
    """Return the face's material: even, yellowed in blotches, or a picture in soft colours."""
    kind = rng.choice(["even", "aged", "picture"], p=[0.72, 0.2, 0.08])
    graph = NodeGraph("dial")
    if kind == "even":
        return graph.build_material(colour, 0.45)
    wavelength = rng.uniform(0.02, 0.05)
    if kind == "aged":
        stain = graph.noise(wavelength, detail=3.0).smoothstep(0.45, 0.75) * rng.uniform(0.3, 0.8)
        brown = tuple(c * s for c, s in zip(colour, srgb_to_linear("d2b27c"), strict=True))
        return graph.build_material(graph.mix(stain, colour, brown), 0.6)
    first_colour, second_colour = (sample_colour(rng, (0.15, 0.45), (0.5, 0.85)) for _ in range(2))
    blended = graph.mix(
        graph.noise(wavelength, detail=2.0).smoothstep(0.42, 0.58), colour, first_colour
    )
    return graph.build_material(
        graph.mix(graph.noise(2 * wavelength).smoothstep(0.5, 0.6), blended, second_colour), 0.5
    )


def dial(
    rng: np.random.Generator, radius: float, style: DialStyle, *, with_face: bool = True
) -> list[Shape]:
    """Build the face, print and hands of a dial.

    Args:
        radius: Distance from the centre to the edge, metres; half the side of a square dial.
        with_face: Build the face too; without it the print lies on the case.

    Returns:
        The parts; the cap of the hands rises to about 0.11 radii.
    """
    lift = 0.0003 + 0.0025 * radius
    parts = []
    if with_face:
        corner = radius * (1.0 - 0.85 * style.squareness)
        levels = [(0.0, -0.004), (0.0, 0.0)]
        segments = 24 if style.squareness < 0.5 else 4
        disc = shapes.slab(2 * radius, 2 * radius, levels, corner, segments=segments)
        parts.append(disc.with_material(style.face))
    if style.centre_zone is not None:
        levels = [(0.0, -lift), (0.0, 0.6 * lift)]
        width = 1.2 * radius
        parts.append(
            shapes.slab(width, width, levels, radius, segments=12).with_material(style.centre_zone)
        )
    print_shapes = _minute_track(style, radius, lift) + _numerals(style, radius, lift)
    if style.text:
        sheet = meshes.text_shape(style.text, 0.075 * radius).with_material(style.ink)
        parts.append(sheet.translated(y=radius * rng.choice([0.36, -0.36]), z=1.3 * lift))
    return parts + print_shapes + _hands(rng, style, radius)


def _positions_on_dial(
    count: int, radius_share: float, squareness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return `count` positions at equal angles from 12 o'clock, clockwise.

    Args:
        radius_share: Distance from the centre, in the unit of the result.
        squareness: As in `DialStyle`.

    Returns:
        Angles in degrees, (count,), and positions, (count, 2).
    """
    angles = np.arange(count) * 2 * np.pi / count
    direction = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.degrees(angles), radius_share * direction / np.abs(direction).max(
        axis=1, keepdims=True
    ) ** squareness


def _tick_mark(width: float, length: float, lift: float) -> Shape:
    """Build a bar along y about the origin, from z = -lift to lift."""
    x, y = width / 2, length / 2
    return shapes.prism([(-x, -y), (x, -y), (x, y), (-x, y)], 2 * lift).translated(z=-lift)


def _disc(radius: float, lift: float) -> Shape:
    """Build a disc about the origin, from z = -lift to lift."""
    return shapes.slab(2 * radius, 2 * radius, [(0.0, -lift), (0.0, lift)], radius)


def _minute_track(style: DialStyle, radius: float, lift: float) -> list[Shape]:
    """Build the ticks of minutes and hours, and the rails of a railway track."""
    if style.minute_track == "none":
        return []
    parts = []
    width = 0.014 * radius * style.boldness
    angles, positions = _positions_on_dial(60, 0.9 * radius, style.squareness)
    for k, (angle, position) in enumerate(zip(angles, positions, strict=True)):
        is_hour = k % 5 == 0
        if is_hour or style.minute_track != "hours":
            size = (2.6 * width, 0.09 * radius) if is_hour else (width, 0.05 * radius)
            parts.append(_tick_mark(*size, lift).rotated("z", -angle).translated(*position))
    if style.minute_track == "railway" and style.squareness == 0.0:
        for share in (0.865, 0.945):
            inner, outer = share * radius, share * radius + width
            parts.append(
                shapes.lathe_closed_section(
                    [(inner, -lift), (outer, -lift), (outer, lift), (inner, lift)]
                )
            )
    return [part.with_material(style.ink) for part in parts]


def _numerals(style: DialStyle, radius: float, lift: float) -> list[Shape]:
    """Build the numerals, bars or dots at the hours."""
    radius_share = 0.72 if style.minute_track != "none" else 0.8
    angles, positions = _positions_on_dial(12, radius_share * radius, style.squareness)
    numeral_materials = style.numeral_materials or (style.ink,)
    parts = []
    for hour, (angle, position) in enumerate(zip(angles, positions, strict=True)):
        if style.numerals == "none":
            continue
        if style.numerals == "dots" or (style.numerals == "quarters" and hour % 3):
            shape = _disc((0.065 if style.numerals == "dots" else 0.04) * radius, lift)
        elif style.numerals == "bars":
            shape = _tick_mark(0.045 * radius * style.boldness, 0.2 * radius, lift).rotated(
                "z", -angle
            )
        elif style.numerals == "roman":
            shape = _bold_text(_ROMAN_NUMERALS[hour], 0.17 * radius, style.boldness, lift).rotated(
                "z", -angle
            )
        else:
            size = 0.3 if style.numerals == "quarters" else 0.215
            shape = _bold_text(str(hour or 12), size * radius, style.boldness, lift)
        parts.append(
            shape.translated(*position).with_material(
                numeral_materials[hour % len(numeral_materials)]
            )
        )
    return parts


def _bold_text(text: str, height: float, boldness: float, lift: float) -> Shape:
    """Build text made bolder than its font by four slightly shifted copies."""
    sheet = meshes.text_shape(text, height)
    shift = 0.035 * height * boldness
    offsets = [(-shift, -shift), (shift, -shift), (-shift, shift), (shift, shift)]
    layers = [
        sheet.translated(*offset, 1.5 * lift + 0.00004 * k) for k, offset in enumerate(offsets)
    ]
    count = len(sheet.vertices)
    faces = [face + k * count for k, layer in enumerate(layers) for face in layer.faces]
    vertices = np.concatenate([layer.vertices for layer in layers])
    return replace(sheet, vertices=vertices, faces=tuple(faces))


def _hand_outline(
    widths: Sequence[tuple], length: float, radius: float, width_scale: float
) -> np.ndarray:
    """Return the outline (K, 2) of a hand that points to +Y from the origin."""
    right = [(width_scale * half * radius, share * length) for share, half in widths]
    return np.array(right + [(-x, y) for x, y in reversed(right)])


def _hands(rng: np.random.Generator, style: DialStyle, radius: float) -> list[Shape]:
    """Build hands and their cap at a random time, often near ten past ten as in catalogues."""
    after_midnight = 600.0 + rng.uniform(6, 12) if rng.random() < 0.3 else rng.uniform(0, 720)
    second = float(rng.integers(60))
    minutes = np.floor(after_midnight) + second / 60.0
    thickness = 0.014 * radius
    minute_length = rng.uniform(0.78, 0.9)
    hour_length = rng.uniform(0.48, 0.58)
    width_scale = rng.uniform(0.85, 1.35)
    widths = _HAND_OUTLINES[style.hand_style]
    hands = [
        (
            style.hands,
            _hand_outline(widths, hour_length * radius, radius, 1.25 * width_scale),
            minutes / 2.0,
        ),
        (
            style.hands,
            _hand_outline(widths, minute_length * radius, radius, width_scale),
            minutes * 6.0,
        ),
    ]
    if style.has_alarm_hand:
        outline = _hand_outline(_HAND_OUTLINES["arrow"], 0.42 * radius, radius, 0.7)
        hands.insert(0, (style.accent, outline, float(rng.integers(48)) * 7.5))
    if style.has_second_hand:
        outline = _hand_outline(((-0.3, 0.016), (1.0, 0.01)), 0.86 * radius, radius, 1.0)
        hands.append((style.accent, outline, second * 6.0))
    parts = []
    for k, (material, outline, angle) in enumerate(hands):
        hand = shapes.prism(outline, thickness).rotated("z", -float(angle))
        parts.append(hand.translated(z=(0.018 + 0.021 * k) * radius).with_material(material))
    cap_height = (0.03 + 0.021 * len(hands)) * radius
    cap_radius = rng.uniform(0.04, 0.075) * radius
    cap = [(cap_radius, -0.001), (cap_radius, 0.9 * cap_height), (0.7 * cap_radius, cap_height)]
    parts.append(
        shapes.lathe(cap, 24).with_material(style.accent if style.has_second_hand else style.hands)
    )
    return parts
