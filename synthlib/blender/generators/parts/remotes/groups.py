"""Rarer groups of a remote control's buttons: cross, big fields of keys, displays, loudspeaker.

As in `buttons`, a group is its parts about y = 0 on the deck z = 0, and the length of deck it takes
along y. Lengths are in millimetres.
"""

import numpy as np

from synthlib.blender.generators.parts.remotes.buttons import (
    APP_KEY_COLOURS,
    COLOUR_KEY_COLOURS,
    Group,
    RemoteLook,
    button,
    button_row,
    label,
)
from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plain, rubber

_WORDS = (
    "TV DVD AUX VOL CH MENU EXIT INFO PLAY STOP REC EQ MODE SET CD FM AM A-B SEL 1 2 3 4 5 6 7 8 9"
).split()


def key_field(
    rng: np.random.Generator, look: RemoteLook, columns: int, rows: int, *, captions: bool
) -> Group:
    """Build a field of equal keys, some of them coloured.

    Args:
        captions: The words stand on the body above the keys, not on them.
    """
    pitch = look.width * 0.92 / columns
    depth = pitch * rng.uniform(0.5, 0.72)
    row_pitch = depth + (2.6 if captions else rng.uniform(1.6, 3.2))
    codes = (*COLOUR_KEY_COLOURS, *APP_KEY_COLOURS, "e07a1a", "e07a1a")
    colours = [rubber(jitter_colour(rng, code, 0.6)) for code in rng.choice(codes, 3)]
    coloured_share = float(rng.choice([0.0, 0.1, 0.4]))
    first_coloured = rng.random() < 0.5
    words = {
        word: meshes.text_shape(word, 1.0).with_material(look.legend)
        for word in sorted(set(map(str, rng.choice(_WORDS, 10))))
    }
    is_square = rng.random() < 0.5
    parts = []
    for row in range(rows):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * pitch
            y = ((rows - 1) / 2 - row) * row_pitch
            is_coloured = rng.random() < coloured_share or (first_coloured and row == 0)
            material = colours[rng.integers(3)] if is_coloured else look.button
            width = depth if is_square else 0.78 * pitch
            parts.append(button(look, width, depth, material).translated(x, y))
            word = words[str(rng.choice(list(words)))]
            size = 1.2 if captions else 0.32 * depth
            size = min(size, 0.8 * width / np.ptp(word.vertices[:, 0]))
            word = word.deformed(lambda points, size=size: points * [size, size, 1.0])
            place = (0.5 * depth + 1.2, 0.1) if captions else (0.0, look.button_height + 0.08)
            parts.append(word.translated(x, y + place[0], place[1]))
    return parts, rows * row_pitch


def big_keys(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build four or six big keys, as on a fob."""
    count = int(rng.integers(2, 4))
    depth = rng.uniform(28.0, 38.0) / count
    colours = [rubber(jitter_colour(rng, code)) for code in COLOUR_KEY_COLOURS]
    has_colours = rng.random() < 0.3
    parts = []
    for row in range(count):
        for x in (-0.24, 0.24):
            material = colours[rng.integers(4)] if has_colours else look.button
            y = (row - (count - 1) / 2) * (depth + 2.0)
            key = button(look, min(0.4 * look.width, 1.3 * depth), depth, material)
            parts.append(key.translated(x * look.width, y))
    return parts, count * (depth + 2.0)


def touch_screen(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build a large display with drawn keys."""
    depth = look.width * rng.uniform(0.8, 1.25)
    frame = shapes.slab(look.width * 0.94, depth, [(0, -0.3), (0, 0.3), (0.4, 0.5)], 2.5)
    code = str(rng.choice(["8fa088", "a9b8a0", "1d3a5a", "101318", "3a7fb0"]))
    glass = plain(jitter_colour(rng, code), 0.2)
    pane_width, pane_depth = look.width * 0.84, depth - 6.0
    pane = shapes.slab(pane_width, pane_depth, [(0, 0.2), (0, 0.6)], 0.8)
    ink = plain(jitter_colour(rng, "e8eef2" if code in ("1d3a5a", "101318") else "1a1e1a"), 0.4)
    parts = [frame.with_material(look.dark), pane.with_material(glass)]
    columns, rows = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    key = shapes.slab(
        0.8 * pane_width / columns, 0.6 * pane_depth / rows, [(0, 0.5), (0, 0.68)], 1.0
    ).with_material(ink)
    for row in range(rows):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * 0.95 * pane_width / columns
            y = (row - (rows - 1) / 2) * 0.9 * pane_depth / rows
            parts.append(key.translated(x, y))
    return parts, depth


def cross(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build a cross of four directions and a big round key, as for games."""
    arm, reach = 6.5, 20.0
    height = look.button_height
    profile = [(0.0, -0.3), *shapes.fillet_profile(height, 0.5)]
    bars = [
        shapes.slab(width, depth, profile, 1.0).translated(y=13.0).with_material(look.button)
        for width, depth in ((arm, reach), (reach, arm))
    ]
    big = shapes.slab(12.0, 12.0, profile, 6.0, segments=8)
    big = big.translated(y=-12.0).with_material(look.accent if rng.random() < 0.4 else look.button)
    return [*bars, big, label(look, "A", 5.0, 0.0, -12.0)], 48.0


def round_keys(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build one or two rows of small round keys."""
    depth = rng.uniform(4.5, 6.5)
    labels = [["-", "o", "+"], ["1", "2"], ["", "", ""]][rng.integers(3)]
    return button_row(look, labels, depth, width=depth), depth


def loudspeaker(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build a field of small holes or slots."""
    dark = look.dark
    if rng.random() < 0.5:
        slot = shapes.slab(0.4 * look.width, 0.9, [(0, -0.3), (0, 0.09)], 0.4).with_material(dark)
        return [slot.translated(y=y) for y in (-3.0, -1.0, 1.0, 3.0)], 7.0
    hole = shapes.slab(1.0, 1.0, [(0, -0.3), (0, 0.09)], 0.5, segments=2).with_material(dark)
    grid = [(x, y) for x in range(-3, 4) for y in range(-2, 3) if abs(x) + abs(y) < 5]
    return [hole.translated(2.2 * x, 2.2 * y) for x, y in grid], 11.0
