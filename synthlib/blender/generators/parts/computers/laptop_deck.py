"""What is on a laptop's base: keys, touchpad, loudspeakers, ports, stickers, feet.

The deck is the plane z = 0, x to the right, y from the user to the hinge, about its middle; metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.materials import plain, rubber
from synthlib.blender.modelling.shapes import Shape

# Rows from the back, 15 key units wide: "word:2" is a key of 2 units, "Space" has no legend.
_KEY_ROWS = (
    "` 1 2 3 4 5 6 7 8 9 0 - = <-:2".split(),
    "Tab:1.5 Q W E R T Y U I O P [ ] \\:1.5".split(),
    "Caps:1.75 A S D F G H J K L ; ' Enter:2.25".split(),
    "Shift:2.25 Z X C V B N M , . / Shift:2.75".split(),
    "Ctrl Fn Alt:1.25 #:0.75 Space:5.5 Alt:1.25 Ctrl:1.25 < v >".split(),
)
_FUNCTION_KEYS = "Esc F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 Del".split()
_NUMBER_PAD = ("7 8 9 -".split(), "4 5 6 +".split(), "1 2 3 =".split(), "0:2 . =".split())


@dataclass(frozen=True)
class Deck:
    """A base and how it is dressed; thick is how deep it reaches below the deck."""

    width: float
    depth: float
    thickness: float
    hinge_strip: float  # between the hinge and the keys
    body: Colour
    keys: Colour
    ink: Colour
    accent: Colour
    classic: bool  # tall tapered keys, buttons before the touchpad

    def plate(self, x: float, y: float, width: float, depth: float, height: float) -> Shape:
        """A thin plate on the deck."""
        return shapes.slab(width, depth, [(0, -0.001), (0, height)], 0.003).translated(x, y)


def deck_parts(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """All that is on the deck and its sides."""
    parts, front = _keyboard(rng, deck)
    parts += _touchpad(rng, deck, front)
    parts += _deck_details(rng, deck, front)
    parts += _ports(rng, deck)
    return [*parts, *_underside(rng, deck)]


def _keyboard(rng: np.random.Generator, deck: Deck) -> tuple[list[Shape], float]:
    """Keys in a darker bed; where their front edge is."""
    pad = deck.width > 0.34 and rng.random() < 0.6
    units = 19.3 if pad else 15.0
    pitch = min(rng.uniform(0.9, 0.95) * deck.width / units, 0.0192)
    deep = min(pitch, (deck.depth - deck.hinge_strip) * 0.115)
    left, y = -0.5 * units * pitch, 0.5 * deck.depth - deck.hinge_strip
    low = 0.62 if rng.random() < 0.7 else 1.0  # the row of function keys
    spots = [
        (left + k * pitch * 15 / 14, y, 15 / 14, low, word) for k, word in enumerate(_FUNCTION_KEYS)
    ]
    y -= low * deep
    for k, row in enumerate(_KEY_ROWS):
        spots += _key_row(row, left, y - k * deep, pitch)
        if pad and k:
            spots += _key_row(_NUMBER_PAD[k - 1], left + 15.3 * pitch, y - k * deep, pitch)
    front = y - 5 * deep
    rim = 0.002
    bed = deck.plate(
        0.0,
        0.5 * (front + low * deep + y),
        units * pitch + 2 * rim,
        y + low * deep - front + 2 * rim,
        0.0004,
    )
    tone = (
        scale_colour(deck.body, rng.choice([0.3, 0.5, 0.75])) if rng.random() < 0.6 else deck.keys
    )
    parts = [bed.with_material(plain(scale_colour(tone, 0.7), 0.6))]
    caps, others = plain(deck.keys, 0.5), plain(deck.accent, 0.5)
    gap, high = (0.0012, 0.0035) if deck.classic else (rng.uniform(0.0022, 0.0036), 0.0016)
    taper = 0.0018 if deck.classic else 0.0003
    profile = [(0.0, 0.0), (0.3 * taper, 0.6 * high), (taper, high)]
    marked, sheets, ink = rng.random() < 0.85, {}, plain(deck.ink, 0.6)
    colourful, made = rng.random() < 0.15, {}
    for x, top, wide, tall, word in spots:
        size = wide * pitch - gap, tall * deep - gap
        if size not in made:
            made[size] = shapes.slab(*size, profile, 0.0015, segments=1)
        at = x + 0.5 * wide * pitch, top - 0.5 * tall * deep
        special = colourful and word in ("Esc", "Enter", "W", "A", "S", "D")
        parts.append(made[size].translated(*at).with_material(others if special else caps))
        if marked and word != "Space":
            if word not in sheets:
                sheets[word] = meshes.text_shape(word, 1.0).with_material(ink)
            long = max(np.ptp(sheets[word].vertices[:, 0]), 1e-6)
            scale = min((0.3 if len(word) > 1 else 0.42) * size[1], 0.75 * size[0] / long)
            glyph = sheets[word].deformed(lambda points, scale=scale: points * scale)
            parts.append(glyph.translated(*at, high + 0.0003))
    return parts, front


def _key_row(row: Sequence[str], x: float, y: float, pitch: float) -> list[tuple]:
    spots = []
    for word in row:
        label, _, width = word.partition(":")
        size = float(width or 1.0)
        spots.append((x, y, size, 1.0, label))
        x += size * pitch
    return spots


def _touchpad(rng: np.random.Generator, deck: Deck, keyboard_front: float) -> list[Shape]:
    """A pad with a dark outline; in old ones two buttons before it, a red stick in the keys."""
    room = keyboard_front + 0.5 * deck.depth
    wide = deck.width * (rng.uniform(0.18, 0.26) if deck.classic else rng.uniform(0.28, 0.42))
    deep = room * rng.uniform(0.6, 0.85)
    x = rng.choice([0.0, -0.06]) * deck.width
    y = keyboard_front - 0.5 * room
    tone = scale_colour(deck.body, rng.choice([0.7, 0.85, 1.25]))
    made, line = plain(tone, 0.4), plain(scale_colour(deck.body, 0.25), 0.5)
    parts = [deck.plate(x, y, wide + 0.0025, deep + 0.0025, 0.0003).with_material(line)]
    if not deck.classic:
        return [*parts, deck.plate(x, y, wide, deep, 0.0006).with_material(made)]
    keys = 0.26 * deep
    parts.append(
        deck.plate(x, y + 0.5 * keys, wide, deep - keys - 0.001, 0.0006).with_material(made)
    )
    lit = plain(scale_colour(deck.keys, 1.3), 0.4)
    for side in (-0.25, 0.25):
        key = shapes.box(0.5 * wide - 0.001, keys - 0.001, 0.003, 0.001)
        parts.append(
            key.translated(x + side * wide, y - 0.5 * (deep - keys), -0.0012).with_material(lit)
        )
    if rng.random() < 0.5:
        stick = shapes.lathe(
            [(0, 0), (0.003, 0), (0.0028, 0.005), (0.0035, 0.0058), (0, 0.006)], 16
        )
        red = rubber(jitter_colour(rng, "c01a20"))
        parts.append(stick.translated(-0.01 * deck.width, keyboard_front + 0.05).with_material(red))
    return parts


def _deck_details(rng: np.random.Generator, deck: Deck, keyboard_front: float) -> list[Shape]:
    """Loudspeakers, the switch, stickers, lamps, a name."""
    parts, back = [], 0.5 * deck.depth
    dark = plain(scale_colour(deck.body, 0.2), 0.6)
    kind, wide = rng.integers(4), deck.width
    if kind == 0 and deck.hinge_strip > 0.03:  # a grille between keys and hinge
        parts.append(
            deck.plate(
                0, back - 0.6 * deck.hinge_strip, 0.7 * wide, 0.25 * deck.hinge_strip, 0.0004
            ).with_material(dark)
        )
    elif kind == 1 and deck.width < 0.34:  # beside the keys, where there is room
        for side in (-0.483, 0.483):
            parts.append(
                deck.plate(
                    side * wide, 0.5 * (keyboard_front + back) - 0.01, 0.007, 0.09, 0.0004
                ).with_material(dark)
            )
    switch = plain(
        srgb_to_linear("c8cacd") if sum(deck.body) < 0.6 else srgb_to_linear("303236"), 0.3
    )
    size = rng.uniform(0.008, 0.014)
    if deck.hinge_strip > 0.024:
        knob = shapes.slab(size, size, [(0, -0.001), (0, 0.001)], 0.5 * size)
        parts.append(
            knob.translated(
                rng.choice([-0.43, 0.0, 0.43]) * wide, back - 0.7 * deck.hinge_strip
            ).with_material(switch)
        )
    for k in range(rng.choice([0, 1, 2, 3], p=[0.45, 0.2, 0.2, 0.15])):
        hue = sample_colour(rng, (0.2, 0.9), (0.2, 0.8))
        side = float(rng.choice([-1.0, 1.0]))
        at = side * (0.44 * wide - 0.022 * k), -back + 0.025
        parts.append(
            deck.plate(*at, 0.018, rng.uniform(0.014, 0.024), 0.0004 + 0.0003 * k).with_material(
                plain(hue, 0.3)
            )
        )
    if rng.random() < 0.4:
        lamp = plain(jitter_colour(rng, str(rng.choice(["40d060", "4090ff", "ffa020"]))))
        for k in range(3):
            lit = deck.plate((0.4 - 0.025 * k) * wide, -back + 0.008, 0.006, 0.0025, 0.0005)
            parts.append(lit.with_material(lamp))
    return parts


def _ports(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """Openings in both sides, seen dark, with a bright rim for a few; vents at the back."""
    dark, parts, high = plain((0.01, 0.01, 0.01), 0.5), [], min(0.011, 0.45 * deck.thickness)
    tones = [dark, dark, plain(srgb_to_linear("9a9da2"), 0.3), plain(srgb_to_linear("2a50b0"), 0.4)]
    for side in (-1.0, 1.0):
        y = 0.5 * deck.depth - 0.03
        while y > -0.3 * deck.depth:
            long = rng.choice(
                [0.007, 0.009, 0.014, 0.016, 0.045, 0.12 * (deck.thickness > 0.018) + 0.009]
            )
            y -= 0.5 * long
            if y - 0.5 * long < -0.45 * deck.depth:
                break
            hole = shapes.box(0.003, long, high * (0.55 if long < 0.01 else 0.9), 0.0006)
            made = tones[rng.integers(len(tones))] if long < 0.02 else dark
            hole = hole.translated(
                side * (0.5 * deck.width - 0.001), y, -0.5 * deck.thickness - 0.45 * high
            )
            parts.append(hole.with_material(made))
            y -= 0.5 * long + rng.uniform(0.006, 0.02)
    return parts


def _underside(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """Feet, grilles, plates, a label."""
    black, line = rubber(srgb_to_linear("1a1a1c")), plain(scale_colour(deck.body, 0.25), 0.6)
    below = deck.plate
    parts = [
        shapes.box(0.03, 0.009, 0.004, 0.001)
        .translated(x * deck.width, y * deck.depth, -deck.thickness - 0.002)
        .with_material(black)
        for x in (-0.4, 0.4)
        for y in (-0.4, 0.4)
    ]
    for y in rng.uniform(-0.25, 0.35, 3):
        plate = below(0.0, 0.0, rng.uniform(0.1, 0.6) * deck.width, 0.012, 0.001)
        x = rng.uniform(-0.15, 0.15) * deck.width
        parts.append(
            plate.translated(x, y * deck.depth, -deck.thickness + 0.0004).with_material(line)
        )
    label = below(0.0, 0.0, 0.08, 0.035, 0.001).translated(0.1 * deck.width, -0.05, -deck.thickness)
    return [*parts, label.with_material(plain(srgb_to_linear("d4d4d2"), 0.5))]


def maker_logo(rng: np.random.Generator, height: float, ink: bpy.types.Material) -> list[Shape]:
    """A maker's sign facing +Z at z = 0 to 0.5 mm: a word, a disc, a drop, squares."""
    kind = rng.choice(["word", "drop", "disc", "squares", "none"], p=[0.42, 0.2, 0.16, 0.1, 0.12])
    profile = [(0.0, -0.001), (0.0, 0.0004)]
    if kind == "word":
        names = "OREL tavo NORDIS veyo Lumen KORA RIFT TEKTON ARQ".split()
        return [
            meshes.text_shape(str(rng.choice(names)), 0.6 * height)
            .with_material(ink)
            .translated(z=0.0004)
        ]
    if kind == "drop":  # one corner sharp, upwards
        radii = (0.001, *(0.42 * height,) * 3)
        return [
            shapes.slab(height, height, profile, radii, segments=6)
            .rotated("z", 45)
            .with_material(ink)
        ]
    if kind == "disc":
        rim = shapes.slab(height, height, profile, 0.5 * height, segments=8)
        return [rim.with_material(ink)]
    if kind == "squares":
        small = shapes.slab(0.42 * height, 0.42 * height, profile, 0.0005)
        return [
            small.translated(x * height, y * height).with_material(ink)
            for x in (-0.25, 0.25)
            for y in (-0.25, 0.25)
        ]
    return []
