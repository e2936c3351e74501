"""The deck of a laptop: keys, touchpad, loudspeakers, ports, stickers, and the underside.

The deck is the plane z = 0, its centre at the origin, x to the right, y from the user to the hinge.
Lengths are in metres.
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

# Rows from the back, 15 key units wide: "label:2" is a key of 2 units, "Space" has no legend.
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
    """A laptop's base.

    Attributes:
        thickness: Depth of the base below the deck, metres.
        hinge_strip: Distance between the hinge and the keys, metres.
        classic: Tall tapered keys, and buttons in front of the touchpad.
    """

    width: float
    depth: float
    thickness: float
    hinge_strip: float
    body: Colour
    keys: Colour
    ink: Colour
    accent: Colour
    classic: bool

    def plate(self, x: float, y: float, width: float, depth: float, height: float) -> Shape:
        """Build a thin plate on the deck, centred at (x, y)."""
        return shapes.slab(width, depth, [(0, -0.001), (0, height)], 0.003).translated(x, y)


def deck_parts(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """Build everything on the deck, its sides and its underside."""
    parts, keyboard_front = _keyboard(rng, deck)
    parts += _touchpad(rng, deck, keyboard_front)
    parts += _deck_details(rng, deck, keyboard_front)
    parts += _ports(rng, deck)
    return [*parts, *_underside(rng, deck)]


def _keyboard(rng: np.random.Generator, deck: Deck) -> tuple[list[Shape], float]:
    """Build keys in a darker bed.

    Returns:
        The parts, and y of the keyboard's front edge, metres.
    """
    has_number_pad = deck.width > 0.34 and rng.random() < 0.6
    units = 19.3 if has_number_pad else 15.0
    pitch = min(rng.uniform(0.9, 0.95) * deck.width / units, 0.0192)
    row_depth = min(pitch, (deck.depth - deck.hinge_strip) * 0.115)
    left = -0.5 * units * pitch
    y = 0.5 * deck.depth - deck.hinge_strip
    function_row_share = 0.62 if rng.random() < 0.7 else 1.0  # the row of function keys
    key_rectangles = [
        (left + k * pitch * 15 / 14, y, 15 / 14, function_row_share, label)
        for k, label in enumerate(_FUNCTION_KEYS)
    ]
    y -= function_row_share * row_depth
    for k, row in enumerate(_KEY_ROWS):
        key_rectangles += _key_row(row, left, y - k * row_depth, pitch)
        if has_number_pad and k:
            key_rectangles += _key_row(
                _NUMBER_PAD[k - 1], left + 15.3 * pitch, y - k * row_depth, pitch
            )
    front = y - 5 * row_depth
    margin = 0.002
    bed = deck.plate(
        0.0,
        0.5 * (front + function_row_share * row_depth + y),
        units * pitch + 2 * margin,
        y + function_row_share * row_depth - front + 2 * margin,
        0.0004,
    )
    bed_colour = (
        scale_colour(deck.body, rng.choice([0.3, 0.5, 0.75])) if rng.random() < 0.6 else deck.keys
    )
    parts = [bed.with_material(plain(scale_colour(bed_colour, 0.7), 0.6))]
    key_material = plain(deck.keys, 0.5)
    accent_material = plain(deck.accent, 0.5)
    gap, key_height = (0.0012, 0.0035) if deck.classic else (rng.uniform(0.0022, 0.0036), 0.0016)
    taper = 0.0018 if deck.classic else 0.0003
    profile = [(0.0, 0.0), (0.3 * taper, 0.6 * key_height), (taper, key_height)]
    has_legends = rng.random() < 0.85
    glyphs = {}
    ink = plain(deck.ink, 0.6)
    accented = rng.random() < 0.15
    cap_by_size = {}
    for x, back_y, width, height, label in key_rectangles:
        size = width * pitch - gap, height * row_depth - gap
        if size not in cap_by_size:
            cap_by_size[size] = shapes.slab(*size, profile, 0.0015, segments=1)
        key_centre = x + 0.5 * width * pitch, back_y - 0.5 * height * row_depth
        is_accented = accented and label in ("Esc", "Enter", "W", "A", "S", "D")
        parts.append(
            cap_by_size[size]
            .translated(*key_centre)
            .with_material(accent_material if is_accented else key_material)
        )
        if has_legends and label != "Space":
            if label not in glyphs:
                glyphs[label] = meshes.text_shape(label, 1.0).with_material(ink)
            label_width = max(np.ptp(glyphs[label].vertices[:, 0]), 1e-6)
            scale = min((0.3 if len(label) > 1 else 0.42) * size[1], 0.75 * size[0] / label_width)
            glyph = glyphs[label].deformed(lambda points, scale=scale: points * scale)
            parts.append(glyph.translated(*key_centre, key_height + 0.0003))
    return parts, front


def _key_row(row: Sequence[str], x: float, y: float, pitch: float) -> list[tuple]:
    """Parse one row of labels into (x, back y, width, 1.0, label), widths in key units."""
    key_rectangles = []
    for entry in row:
        label, _, width = entry.partition(":")
        width_units = float(width or 1.0)
        key_rectangles.append((x, y, width_units, 1.0, label))
        x += width_units * pitch
    return key_rectangles


def _touchpad(rng: np.random.Generator, deck: Deck, keyboard_front: float) -> list[Shape]:
    """Build a touchpad with a dark outline; on classic decks two buttons and a pointing stick."""
    free_depth = keyboard_front + 0.5 * deck.depth
    width = deck.width * (rng.uniform(0.18, 0.26) if deck.classic else rng.uniform(0.28, 0.42))
    depth = free_depth * rng.uniform(0.6, 0.85)
    x = rng.choice([0.0, -0.06]) * deck.width
    y = keyboard_front - 0.5 * free_depth
    pad_colour = scale_colour(deck.body, rng.choice([0.7, 0.85, 1.25]))
    pad_material = plain(pad_colour, 0.4)
    outline_material = plain(scale_colour(deck.body, 0.25), 0.5)
    parts = [
        deck.plate(x, y, width + 0.0025, depth + 0.0025, 0.0003).with_material(outline_material)
    ]
    if not deck.classic:
        return [*parts, deck.plate(x, y, width, depth, 0.0006).with_material(pad_material)]
    button_depth = 0.26 * depth
    parts.append(
        deck.plate(
            x, y + 0.5 * button_depth, width, depth - button_depth - 0.001, 0.0006
        ).with_material(pad_material)
    )
    button_material = plain(scale_colour(deck.keys, 1.3), 0.4)
    for side in (-0.25, 0.25):
        button = shapes.box(0.5 * width - 0.001, button_depth - 0.001, 0.003, 0.001)
        parts.append(
            button.translated(
                x + side * width, y - 0.5 * (depth - button_depth), -0.0012
            ).with_material(button_material)
        )
    if rng.random() < 0.5:
        stick = shapes.lathe(
            [(0, 0), (0.003, 0), (0.0028, 0.005), (0.0035, 0.0058), (0, 0.006)], 16
        )
        red = rubber(jitter_colour(rng, "c01a20"))
        parts.append(stick.translated(-0.01 * deck.width, keyboard_front + 0.05).with_material(red))
    return parts


def _deck_details(rng: np.random.Generator, deck: Deck, keyboard_front: float) -> list[Shape]:
    """Build loudspeakers, the power switch, stickers and status lamps."""
    parts = []
    back_y = 0.5 * deck.depth
    dark = plain(scale_colour(deck.body, 0.2), 0.6)
    speaker_kind = rng.integers(4)
    width = deck.width
    if speaker_kind == 0 and deck.hinge_strip > 0.03:  # a grille between the keys and the hinge
        parts.append(
            deck.plate(
                0, back_y - 0.6 * deck.hinge_strip, 0.7 * width, 0.25 * deck.hinge_strip, 0.0004
            ).with_material(dark)
        )
    elif speaker_kind == 1 and deck.width < 0.34:  # at both ends of the keys, where there is space
        for side in (-0.483, 0.483):
            parts.append(
                deck.plate(
                    side * width, 0.5 * (keyboard_front + back_y) - 0.01, 0.007, 0.09, 0.0004
                ).with_material(dark)
            )
    switch_material = plain(
        srgb_to_linear("c8cacd") if sum(deck.body) < 0.6 else srgb_to_linear("303236"), 0.3
    )
    switch_size = rng.uniform(0.008, 0.014)
    if deck.hinge_strip > 0.024:
        knob = shapes.slab(switch_size, switch_size, [(0, -0.001), (0, 0.001)], 0.5 * switch_size)
        parts.append(
            knob.translated(
                rng.choice([-0.43, 0.0, 0.43]) * width, back_y - 0.7 * deck.hinge_strip
            ).with_material(switch_material)
        )
    for k in range(rng.choice([0, 1, 2, 3], p=[0.45, 0.2, 0.2, 0.15])):
        colour = sample_colour(rng, (0.2, 0.9), (0.2, 0.8))
        side = float(rng.choice([-1.0, 1.0]))
        sticker_position = side * (0.44 * width - 0.022 * k), -back_y + 0.025
        parts.append(
            deck.plate(
                *sticker_position, 0.018, rng.uniform(0.014, 0.024), 0.0004 + 0.0003 * k
            ).with_material(plain(colour, 0.3))
        )
    if rng.random() < 0.4:
        lamp_material = plain(jitter_colour(rng, str(rng.choice(["40d060", "4090ff", "ffa020"]))))
        for k in range(3):
            lamp = deck.plate((0.4 - 0.025 * k) * width, -back_y + 0.008, 0.006, 0.0025, 0.0005)
            parts.append(lamp.with_material(lamp_material))
    return parts


def _ports(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """Build dark openings in both sides, a few of them metallic or blue."""
    dark = plain((0.01, 0.01, 0.01), 0.5)
    parts = []
    port_height = min(0.011, 0.45 * deck.thickness)
    materials = [
        dark,
        dark,
        plain(srgb_to_linear("9a9da2"), 0.3),
        plain(srgb_to_linear("2a50b0"), 0.4),
    ]
    for side in (-1.0, 1.0):
        y = 0.5 * deck.depth - 0.03
        while y > -0.3 * deck.depth:
            length = rng.choice(
                [0.007, 0.009, 0.014, 0.016, 0.045, 0.12 * (deck.thickness > 0.018) + 0.009]
            )
            y -= 0.5 * length
            if y - 0.5 * length < -0.45 * deck.depth:
                break
            port = shapes.box(0.003, length, port_height * (0.55 if length < 0.01 else 0.9), 0.0006)
            material = materials[rng.integers(len(materials))] if length < 0.02 else dark
            port = port.translated(
                side * (0.5 * deck.width - 0.001), y, -0.5 * deck.thickness - 0.45 * port_height
            )
            parts.append(port.with_material(material))
            y -= 0.5 * length + rng.uniform(0.006, 0.02)
    return parts


def _underside(rng: np.random.Generator, deck: Deck) -> list[Shape]:
    """Build feet, vents and a label below the base."""
    foot_material = rubber(srgb_to_linear("1a1a1c"))
    vent_material = plain(scale_colour(deck.body, 0.25), 0.6)
    parts = [
        shapes.box(0.03, 0.009, 0.004, 0.001)
        .translated(x * deck.width, y * deck.depth, -deck.thickness - 0.002)
        .with_material(foot_material)
        for x in (-0.4, 0.4)
        for y in (-0.4, 0.4)
    ]
    for y in rng.uniform(-0.25, 0.35, 3):
        vent = deck.plate(0.0, 0.0, rng.uniform(0.1, 0.6) * deck.width, 0.012, 0.001)
        x = rng.uniform(-0.15, 0.15) * deck.width
        parts.append(
            vent.translated(x, y * deck.depth, -deck.thickness + 0.0004).with_material(
                vent_material
            )
        )
    label = deck.plate(0.0, 0.0, 0.08, 0.035, 0.001)
    label = label.translated(0.1 * deck.width, -0.05, -deck.thickness)
    return [*parts, label.with_material(plain(srgb_to_linear("d4d4d2"), 0.5))]


def maker_logo(rng: np.random.Generator, height: float, ink: bpy.types.Material) -> list[Shape]:
    """Build a maker's logo facing +Z, up to 0.5 mm above z = 0: a word, disc, drop or squares."""
    kind = rng.choice(["word", "drop", "disc", "squares", "none"], p=[0.42, 0.2, 0.16, 0.1, 0.12])
    profile = [(0.0, -0.001), (0.0, 0.0004)]
    if kind == "word":
        names = "OREL tavo NORDIS veyo Lumen KORA RIFT TEKTON ARQ".split()
        return [
            meshes.text_shape(str(rng.choice(names)), 0.6 * height)
            .with_material(ink)
            .translated(z=0.0004)
        ]
    if kind == "drop":  # the sharp corner points up
        radii = (0.001, *(0.42 * height,) * 3)
        return [
            shapes.slab(height, height, profile, radii, segments=6)
            .rotated("z", 45)
            .with_material(ink)
        ]
    if kind == "disc":
        disc = shapes.slab(height, height, profile, 0.5 * height, segments=8)
        return [disc.with_material(ink)]
    if kind == "squares":
        square = shapes.slab(0.42 * height, 0.42 * height, profile, 0.0005)
        return [
            square.translated(x * height, y * height).with_material(ink)
            for x in (-0.25, 0.25)
            for y in (-0.25, 0.25)
        ]
    return []
